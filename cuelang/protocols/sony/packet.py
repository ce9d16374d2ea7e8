"""One datagram of Sony's VISCA over IP: the header and what it carries."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from cuelang.protocols.visca.codec import MAX_FRAME_BYTES
from cuelang.protocols.visca.table import TABLE

PORT = 52381
"""Both ends use it: a Sony replies to this port of the sender's address, whatever port was sent from."""
HEADER = 8
NUMBERS = 1 << 32

RESET = b"\x01"
ABNORMAL_NUMBER = b"\x0f\x01"
ABNORMAL_MESSAGE = b"\x0f\x02"


class Type(IntEnum):
    COMMAND = 0x0100
    INQUIRY = 0x0110
    REPLY = 0x0111
    DEVICE_SETTING = 0x0120
    CONTROL = 0x0200
    CONTROL_REPLY = 0x0201


_TYPES = {int(kind): kind for kind in Type}


class SonyPacket(NamedTuple):
    type: Type
    number: int
    payload: bytes


class SonyMalformed(NamedTuple):
    """`number` is what is where the number should be; None: not even that is there."""

    reason: str
    number: int | None


def pack(kind: Type, number: int, payload: bytes) -> bytes:
    """A datagram. ValueError: a payload of no or too many bytes, or a number of more than 32 bits."""
    if not 1 <= len(payload) <= MAX_FRAME_BYTES:
        raise ValueError(f"a payload has 1 to {MAX_FRAME_BYTES} bytes, not {len(payload)}")
    if not 0 <= number < NUMBERS:
        raise ValueError(f"{number} is not a sequence number")
    return kind.to_bytes(2, "big") + len(payload).to_bytes(2, "big") + number.to_bytes(4, "big") + payload


def unpack(datagram: bytes) -> SonyPacket | SonyMalformed:
    """What a datagram holds. Never raises."""
    if len(datagram) < HEADER:
        return SonyMalformed(f"{len(datagram)} bytes are too short for a header", None)
    number = int.from_bytes(datagram[4:8], "big")
    kind = _TYPES.get(int.from_bytes(datagram[:2], "big"))
    if kind is None:
        return SonyMalformed(f"there is no type {datagram[:2].hex().upper()}", number)
    length, payload = int.from_bytes(datagram[2:4], "big"), datagram[HEADER:]
    if length != len(payload):
        return SonyMalformed(f"the header says {length} bytes, but there are {len(payload)}", number)
    if not 1 <= length <= MAX_FRAME_BYTES:
        return SonyMalformed(f"a payload of {length} bytes", number)
    return SonyPacket(kind, number, bytes(payload))


_UAC = TABLE["inq.uac"].template.fixed[1:]


def type_of(frame: bytes) -> Type:
    """The header's type for a VISCA frame. `8x 2A 02 A0 04 FF` asks without having the inquiries' class byte 09."""
    return Type.INQUIRY if frame[1:2] == b"\x09" or frame[1:] == _UAC else Type.COMMAND
