"""What a camera makes of a frame: a row of the VISCA table and its values, or the error it answers with.

A frame is looked up by its bytes, so that an exchange costs microseconds. Rows without parameters are found whole;
the others by their length and the three bytes after the address, then by their fixed nibbles. The four OSD arrows are
left out, for they are the bytes of a drive; what concerns the line and not the camera is `visca.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from cuelang.protocols.visca.row import Row, Template
from cuelang.protocols.visca.table import ROWS

LENGTH, SYNTAX = 0x01, 0x02

Reading = tuple[str, Mapping[str, int]]

SPEEDS = frozenset(("pan_speed", "tilt_speed"))
"""Judged by the body, which knows its model's steps and what clients send beyond them."""

_NOTHING: Mapping[str, int] = {}
_WHOLE: dict[bytes, Reading] = {}
_BEGINNING: dict[tuple[int, bytes], list[tuple[Row, Template]]] = {}
_OPCODES: set[bytes] = set()

for _row in ROWS:
    if _row.status == "alias" or _row.id in ("if_clear", "address_set", "command_cancel"):
        continue
    for _template in _row.templates:
        _fixed = _template.fixed
        _OPCODES.add(_fixed[1:4])
        if _template.places:
            _BEGINNING.setdefault((len(_fixed), _fixed[1:4]), []).append((_row, _template))
        else:
            _WHOLE[_fixed[1:]] = (_row.id, _NOTHING)


def read(frame: bytes) -> Reading | int:
    """The frame's row and parameters. 02: no such command, or a parameter that no camera takes.
    01: a command that exists, in a wrong length. The address is not looked at."""
    found = _WHOLE.get(frame[1:])
    if found is not None:
        return found
    for row, template in _BEGINNING.get((len(frame), frame[1:4]), ()):
        if _fits(template, frame):
            values = {place.name: place.get(frame) for place in template.places}
            for place in template.places:
                if not place.signed and place.name not in SPEEDS and not place.low <= values[place.name] <= place.high:
                    return SYNTAX
            return row.id, values
    known = frame[1:4] in _OPCODES and (len(frame), frame[1:4]) not in _BEGINNING
    return LENGTH if known and frame[1:] not in _WHOLE else SYNTAX


def _fits(template: Template, frame: bytes) -> bool:
    fixed, mask = template.fixed, template.mask
    return all(frame[index] & mask[index] == fixed[index] for index in range(4, len(frame) - 1)) and frame[-1] == 0xFF
