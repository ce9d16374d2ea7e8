"""VISCA bytes: the frame of a row, replies and answers. `reading` reads commands, `conversation` replies.

    controller -> camera    8x … FF        x: the camera's address, 1 over IP; 88 is everybody
    camera -> controller    y0 4s FF       taken, in socket s
                            y0 5s FF       done
                            y0 50 … FF     the answer to an inquiry
                            y0 6s ee FF    refused, ee says why
                            y0 38 FF       the chain has changed
                            88 30 0w FF    addresses are given, w − 1 cameras answered

y is the address + 8 by the book; cameras have been seen to answer with others (A0 41 FF, a PTZOptics G3), so any
will do. Nothing here raises for bytes that came from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cuelang.protocols.visca.row import Row, Template
from cuelang.protocols.visca.table import TABLE

END = 0xFF
MIN_FRAME_BYTES = 3
MAX_FRAME_BYTES = 17
"""VISCA says 16, and so does Sony of a payload; an absolute position of two five-nibble axes takes one more."""


def encode(row_id: str, address: int = 1, rows: Mapping[str, Row] = TABLE, /, **params: int) -> bytes:
    """The frame of a row. `rows` are those of the camera's own list (`lists.rows_of`).

    Raises ValueError for an unknown row, a missing, unknown or out-of-range parameter, or an address not 1 … 8
    (8: every camera of the line).
    """
    row = rows.get(row_id)
    if row is None:
        raise ValueError(f"there is no VISCA row {row_id}")
    return _fill(row_id, row.template, address, params)


def fill(row: Row, address: int, params: Mapping[str, int]) -> bytes:
    """The same for a row that is at hand."""
    return _fill(row.id, row.template, address, params)


def alternative(row_id: str, address: int = 1, **params: int) -> bytes | None:
    """The frame to try when a camera answers `encode`'s with a syntax error; None if there is no other."""
    row = TABLE[row_id]
    return _fill(row_id, row.templates[1], address, params) if row.alternatives else None


def _fill(row_id: str, template: Template, address: int, params: Mapping[str, int]) -> bytes:
    if not 1 <= address <= 8:
        raise ValueError(f"{address} is not a VISCA address")
    frame = bytearray(template.fixed)
    if template.addressed:
        frame[0] |= address
    if len(params) != len(template.places):
        raise ValueError(f"{row_id} takes {[place.name for place in template.places]}, not {list(params)}")
    for place in template.places:
        value = params.get(place.name)
        if value is None or not place.takes(value):
            low, high = place.bounds
            raise ValueError(f"{row_id}: {place.name} is {value}, not {low} to {high}")
        place.put(frame, value)
    return bytes(frame)


ViscaFault = Literal["length", "syntax", "buffer_full", "cancelled", "no_socket", "not_executable"]

FAULTS: dict[ViscaFault, int] = {
    "length": 0x01, "syntax": 0x02, "buffer_full": 0x03, "cancelled": 0x04, "no_socket": 0x05, "not_executable": 0x41,
}  # fmt: skip
"""What a camera says of a command that it does not carry out, and the byte for it."""


def ack(socket: int, address: int = 1) -> bytes:
    """The reply of a camera that has taken a command into this socket."""
    return bytes((0x80 + 0x10 * address, 0x40 | socket, END))


def completion(socket: int, address: int = 1) -> bytes:
    """The reply of a camera that has carried out the command of this socket."""
    return bytes((0x80 + 0x10 * address, 0x50 | socket, END))


def error(kind: ViscaFault, socket: int = 0, address: int = 1) -> bytes:
    """The reply of a camera that does not carry out a command. `socket` 0: it was never taken."""
    return bytes((0x80 + 0x10 * address, 0x60 | socket, FAULTS[kind], END))


def answer(row_id: str, address: int = 1, *, nibbles: tuple[int, int] = (4, 4), **fields: int) -> bytes:
    """A camera's answer to an inquiry. A value that is too wide for its field is cut to the nibbles it has.

    Raises ValueError for a row that has no answer, or if a field is missing or unknown.
    """
    row = TABLE.get(row_id)
    if row is None or not row.layout:
        raise ValueError(f"{row_id} has no answer")
    if fields.keys() != {field.name for field in row.fields}:
        raise ValueError(f"{row_id} answers {[field.name for field in row.fields]}, not {list(fields)}")
    head = 0x80 + 0x10 * address
    if row_id == "inq.pan_tilt" and nibbles != (4, 4):
        position = _spread(fields["pan"], nibbles[0]) + _spread(fields["tilt"], nibbles[1])
        return bytes((head, 0x50)) + position + bytes((END,))
    frame = bytearray(row.answer.fixed)
    frame[0] = head
    for place in row.answer.places:
        place.put(frame, fields[place.name])
    return bytes(frame)


def _spread(value: int, nibbles: int) -> bytes:
    return bytes(value >> 4 * index & 0xF for index in reversed(range(nibbles)))


def _gather(nibbles: bytes) -> int:
    value = 0
    for byte in nibbles:
        value = value << 4 | byte & 0xF
    return value


def _signed(nibbles: bytes) -> int:
    value = _gather(nibbles)
    return value - (1 << 4 * len(nibbles)) if nibbles and nibbles[0] & 0x8 else value


def decode(row_id: str, payload: bytes) -> dict[str, int]:
    """The fields of an answer; empty if it cannot be read.

    Lenient where cameras differ: an answer of one field may come long (00 00 0p 0q), short (0p 0q) or as one
    byte; positions have four or five nibbles. `effect` off is 0 whether the camera says 00 or 02, and
    `inq.motion_sync` is 1 or 0 also from a camera that answers 02 or 03.
    """
    row = TABLE.get(row_id)
    if row is None or not row.layout or not payload:
        return {}
    if row_id == "inq.pan_tilt":
        if not 8 <= len(payload) <= 10:
            return {}
        split = (len(payload) + 1) // 2
        return {"pan": _signed(payload[:split]), "tilt": _signed(payload[split:])}
    if len(row.fields) == 1:
        value = payload[0] if len(payload) == 1 else _gather(payload)
        if row_id == "inq.pt_status":
            value = int.from_bytes(payload, "big")
        name = row.fields[0].name
        return {name: _SAME.get(row_id, {}).get(value, value)}
    frame = b"\x90\x50" + payload + b"\xff"
    if len(frame) != len(row.answer.fixed):
        return {}
    return {place.name: place.get(frame) for place in row.answer.places}


_SAME = {"inq.effect": {2: 0}, "inq.motion_sync": {2: 1, 3: 0}}
"""What cameras answer -> what the setting's own number is."""
