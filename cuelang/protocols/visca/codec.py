"""VISCA bytes: a row's frame and back, replies and back, frames out of a stream.

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

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

from msgspec import Struct

from cuelang.protocols.visca.row import Row, Template
from cuelang.protocols.visca.table import ROWS, TABLE

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


class Parsed(NamedTuple):
    row: Row
    params: dict[str, int]
    address: int


_ALIASES = frozenset(("osd.toggle", "osd.up", "osd.down", "osd.left", "osd.right"))
"""Rows whose bytes are another row's: they are read as preset recall 95 and as drives at 0E 0E."""

# Clients send speed 00 on an axis that does not move, and Sony's lists have it as the tilt's speed of a move.
_STILL = {
    "pt.up": ("pan_speed",), "pt.down": ("pan_speed",), "pt.left": ("tilt_speed",), "pt.right": ("tilt_speed",),
    "pt.stop": ("pan_speed", "tilt_speed"), "pt.absolute": ("tilt_speed",), "pt.relative": ("tilt_speed",),
}  # fmt: skip


@cache
def _index() -> dict[tuple[int, bytes], list[tuple[Row, Template]]]:
    found: defaultdict[tuple[int, bytes], list[tuple[Row, Template]]] = defaultdict(list)
    for row in ROWS:
        if row.id in _ALIASES:
            continue
        for template in row.templates:
            length = len(template.fixed)
            found[length, template.fixed[1:3] if length > MIN_FRAME_BYTES else b""].append((row, template))
    return found


def parse_command(frame: bytes) -> Parsed | None:
    """The row that a camera reads in a frame, or None: a syntax error.

    Rows that share an opcode are told apart by length (preset.speed has 6 bytes, a drive 9) and by the ranges
    of their parameters.
    """
    if not frame or not 0x81 <= frame[0] <= 0x88:
        return None
    key = (len(frame), frame[1:3] if len(frame) > MIN_FRAME_BYTES else b"")
    for row, template in _index().get(key, ()):
        if not template.fits(frame):
            continue
        params: dict[str, int] = {}
        for place in template.places:
            value = place.get(frame)
            if not place.takes(value) and not (value == 0 and place.name in _STILL.get(row.id, ())):
                break
            params[place.name] = value
        else:
            return Parsed(row, params, frame[0] & 0x0F)
    return None


Fault = Literal["length", "syntax", "buffer_full", "cancelled", "no_socket", "not_executable", "unknown"]

_FAULTS: dict[int, Fault] = {
    0x01: "length", 0x02: "syntax", 0x03: "buffer_full", 0x04: "cancelled", 0x05: "no_socket", 0x41: "not_executable",
}  # fmt: skip
_FAULT_CODES = {fault: code for code, fault in _FAULTS.items()}


class Ack(Struct, frozen=True):
    socket: int


class Completion(Struct, frozen=True):
    """Also the answer to IF_Clear, in socket 0."""

    socket: int


class InquiryAnswer(Struct, frozen=True):
    """`payload`: the bytes between `y0 50` and `FF`."""

    payload: bytes


class Error(Struct, frozen=True):
    """PTZOptics fills in sockets that have nothing to do with the command: match errors by order."""

    kind: Fault
    socket: int


class NetworkChange(Struct, frozen=True):
    pass


class AddressReply(Struct, frozen=True):
    """`cameras` answered the call for addresses."""

    cameras: int


Reply = Ack | Completion | InquiryAnswer | Error | NetworkChange | AddressReply


def sender(frame: bytes) -> int | None:
    """The address of the camera that a reply names as its sender, if it names one of 1 … 7."""
    address = (frame[0] >> 4) - 8 if frame else 0
    return address if 1 <= address <= 7 else None


def parse_reply(frame: bytes) -> Reply | None:
    """What a camera says, or None for what no camera should say."""
    if len(frame) < MIN_FRAME_BYTES or frame[-1] != END:
        return None
    if frame[0] == 0x88:
        return AddressReply(frame[2] - 1) if len(frame) == 4 and frame[1] == 0x30 and 1 <= frame[2] <= 8 else None
    if frame[0] & 0x0F or frame[0] < 0x90:
        return None
    kind, socket = frame[1] >> 4, frame[1] & 0x0F
    match kind, len(frame):
        case 4, 3:
            return Ack(socket)
        case 5, 3:
            return Completion(socket)
        case 5, _:
            return InquiryAnswer(frame[2:-1])
        case 6, 4:
            return Error(_FAULTS.get(frame[2], "unknown"), socket)
        case 3, 3 if socket == 8:
            return NetworkChange()
    return None


def ack(socket: int, address: int = 1) -> bytes:
    return bytes((0x80 + 0x10 * address, 0x40 | socket, END))


def completion(socket: int, address: int = 1) -> bytes:
    return bytes((0x80 + 0x10 * address, 0x50 | socket, END))


def error(kind: Fault, socket: int = 0, address: int = 1) -> bytes:
    return bytes((0x80 + 0x10 * address, 0x60 | socket, _FAULT_CODES[kind], END))


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


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The whole frames of a stream and what is left for the next call.

    What cannot be a frame (too short, too long, a first byte below 80) is skipped up to its FF; what is left
    is never longer than a frame.
    """
    *whole, rest = buffer.split(b"\xff")
    sizes = range(MIN_FRAME_BYTES - 1, MAX_FRAME_BYTES)
    frames = [body + b"\xff" for body in whole if len(body) in sizes and body[0] >= 0x80]
    # A first byte kept from junk marks it as junk still, however it goes on.
    return frames, rest if len(rest) < MAX_FRAME_BYTES else rest[:MAX_FRAME_BYTES]
