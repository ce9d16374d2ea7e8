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
_BEGINNING: dict[tuple[int, bytes], list[tuple[Row, Template, int, int]]] = {}
"""With each row its fixed nibbles behind the third byte, as one number: mask, value."""
_LENGTHS: dict[bytes, set[int]] = {}

for _row in ROWS:
    if _row.status == "alias" or _row.id in ("if_clear", "address_set", "command_cancel"):
        continue
    for _template in _row.templates:
        _fixed = _template.fixed
        _LENGTHS.setdefault(_fixed[1:4], set()).add(len(_fixed))
        if _template.places:
            _mask, _value = (int.from_bytes(part[4:], "big") for part in (_template.mask, _fixed))
            _BEGINNING.setdefault((len(_fixed), _fixed[1:4]), []).append((_row, _template, _mask, _value))
        else:
            _WHOLE[_fixed[1:]] = (_row.id, _NOTHING)


def read(frame: bytes) -> Reading | int:
    """The frame's row and parameters. 02: no such command, or a parameter that no camera takes.
    01: a command that exists, in a wrong length. The address is not looked at."""
    found = _WHOLE.get(frame[1:])
    if found is not None:
        return found
    opcode = frame[1:4]
    rows = _BEGINNING.get((len(frame), opcode))
    if rows is None:
        lengths = _LENGTHS.get(opcode)
        return LENGTH if lengths and len(frame) not in lengths else SYNTAX
    rest = int.from_bytes(frame[4:], "big")
    for row, template, mask, value in rows:
        if rest & mask == value:
            values = {place.name: place.get(frame) for place in template.places}
            for place in template.places:
                if not place.signed and place.name not in SPEEDS and not place.low <= values[place.name] <= place.high:
                    return SYNTAX
            return row.id, values
    return SYNTAX
