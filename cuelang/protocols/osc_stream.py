"""OSC on a stream: where one packet ends and the next begins. Pure.

Two framings are in use, and the first byte of a connection tells them apart:

    c0          SLIP (RFC 1055), an END before and after each packet: QLab, Companion, python-osc, OSC 1.1
    00          four bytes of length, most significant first: liblo's oscsend, Eos on 3032, OSC 1.0
    2f or 23    SLIP without the END in front, as RFC 1055 itself has it: "/" and "#" begin a packet

A length of 16 MB or more begins with another byte, and no packet is that long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pythonosc.slip import END, ESC, encode

from cuelang.protocols.osc_decode import MAX_DATAGRAM_BYTES

StreamFraming = Literal["slip", "length"]

_END_ESCAPED, _ESC_ESCAPED = b"\xdb\xdc", b"\xdb\xdd"


def length(packet: bytes) -> bytes:
    return len(packet).to_bytes(4, "big") + packet


FRAMINGS: dict[StreamFraming, Callable[[bytes], bytes]] = {"slip": encode, "length": length}


class Deframer:
    """Bytes in, packets out. `framing` is None until the first byte has come. A stream that cannot be read any further
    is `broken`, with the reason for people, and gives nothing more. Never holds more than one packet of the largest
    size."""

    __slots__ = ("_rest", "broken", "framing")

    def __init__(self, framing: StreamFraming | None = None) -> None:
        self.framing = framing
        self.broken = ""
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        if self.broken or not data:
            return []
        if self.framing is None:
            self.framing = _framing(data[0])
            if self.framing is None:
                self.broken = f"it begins with the byte {data[0]:02x}; SLIP begins with c0, a length with 00"
                return []
        return self._slip(data) if self.framing == "slip" else self._length(data)

    def _slip(self, data: bytes) -> list[bytes]:
        first, *others = data.split(END)
        self._rest += first
        found: list[bytes] = []
        for piece in others:
            if self._too_long(len(self._rest)):
                return found
            if self._rest:
                found.append(bytes(self._rest).replace(_END_ESCAPED, END).replace(_ESC_ESCAPED, ESC))
            self._rest = bytearray(piece)
        self._too_long(len(self._rest))
        return found

    def _length(self, data: bytes) -> list[bytes]:
        self._rest += data
        found: list[bytes] = []
        at, end = 0, len(self._rest)
        while end - at >= 4:
            size = int.from_bytes(self._rest[at : at + 4], "big")
            if self._too_long(size):
                return found
            if end - at - 4 < size:
                break
            if size:
                found.append(bytes(self._rest[at + 4 : at + 4 + size]))
            at += 4 + size
        del self._rest[:at]
        return found

    def _too_long(self, size: int) -> bool:
        """Escapes may double a packet."""
        if size <= MAX_DATAGRAM_BYTES * (2 if self.framing == "slip" else 1):
            return False
        self.broken = f"a packet of {size} bytes or more; at most {MAX_DATAGRAM_BYTES} are taken"
        self._rest = bytearray()
        return True


def _framing(first: int) -> StreamFraming | None:
    if first in b"\xc0/#":
        return "slip"
    return "length" if first == 0 else None
