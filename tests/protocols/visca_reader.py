"""A second reader of VISCA frames: what the program writes, and what its own readers make of it (`reading` of commands,
`conversation` of replies), is held against this one."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Literal, NamedTuple

from msgspec import Struct

from cuelang.protocols.visca.codec import END, FAULTS, MIN_FRAME_BYTES, ViscaFault
from cuelang.protocols.visca.row import Row, Template
from cuelang.protocols.visca.table import ROWS


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


_FAULTS: dict[int, ViscaFault] = {code: fault for fault, code in FAULTS.items()}


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

    kind: ViscaFault | Literal["unknown"]
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
