"""What a camera makes of a frame: a row of its command list and its values, or the error it answers with.

A frame is looked up by its bytes, so that an exchange costs microseconds. Rows without parameters are found whole;
the others by their length and the three bytes after the address, then by their fixed nibbles. The four OSD arrows are
left out, for they are the bytes of a drive; what concerns the line and not the camera is `visca.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from cuelang.models import DEFAULT, Model
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.row import Row, Template

LENGTH, SYNTAX = 0x01, 0x02

Reading = tuple[str, Mapping[str, int]]

SPEEDS = frozenset(("pan_speed", "tilt_speed"))
"""Judged by the body, which knows its model's steps and what clients send beyond them."""

_NOTHING: Mapping[str, int] = {}


class _Index:
    """The rows of one camera by their bytes."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.whole: dict[bytes, Reading] = {}
        self.beginning: dict[tuple[int, bytes], list[tuple[Row, Template, int, int]]] = {}
        """With each row its fixed nibbles behind the third byte, as one number: mask, value."""
        self.lengths: dict[bytes, set[int]] = {}
        for row in rows:
            if row.status == "alias" or row.id in ("if_clear", "address_set", "command_cancel"):
                continue
            for template in row.templates:
                fixed = template.fixed
                self.lengths.setdefault(fixed[1:4], set()).add(len(fixed))
                if template.places:
                    mask, value = (int.from_bytes(part[4:], "big") for part in (template.mask, fixed))
                    key = len(fixed), fixed[1:4]
                    self.beginning.setdefault(key, []).append((row, template, mask, value))
                else:
                    self.whole[fixed[1:]] = (row.id, _NOTHING)


@cache
def _index(model: Model) -> _Index:
    return _Index(rows_of(model).values())


def read(frame: bytes, model: Model = DEFAULT) -> Reading | int:
    """The frame's row and parameters. 02: no such command, or a parameter that this camera does not take.
    01: a command that exists, in a wrong length. The address is not looked at."""
    index = _index(model)
    found = index.whole.get(frame[1:])
    if found is not None:
        return found
    opcode = frame[1:4]
    rows = index.beginning.get((len(frame), opcode))
    if rows is None:
        lengths = index.lengths.get(opcode)
        return LENGTH if lengths and len(frame) not in lengths else SYNTAX
    rest = int.from_bytes(frame[4:], "big")
    for row, template, mask, value in rows:
        if rest & mask == value:
            values = {place.name: place.get(frame) for place in template.places}
            for place in template.places:
                if not place.signed and place.name not in SPEEDS and not place.takes(values[place.name]):
                    return SYNTAX
            return row.id, values
    return SYNTAX
