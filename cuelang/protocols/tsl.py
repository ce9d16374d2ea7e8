"""TSL UMD, the way switchers say what is on air: versions 3.1 and 5.0, as datagrams and as a stream. Pure.

3.1: 18 bytes: 0x80 + address (0 to 126); control: tally 1 to 4 in bits 0 to 3, brightness; 16 characters of text.
     Which tally means what is the sender's affair; by Ross's manual, and in Tally Arbiter, tally 1 is preview and
     tally 2 is program.
5.0: little-endian: length of what follows, version 0, flags, screen, then for each display its index, a control word
     (right, text and left lamp in bits 0 to 5: 0 off, 1 red, 2 green, 3 amber), the length of its text, its text. On
     a stream packets begin with DLE STX (FE 02), and an FE inside is sent twice.

Red is program, also as the half of amber; green without red is preview. Texts are not read, so no encoding of a
name can hide a lamp. (The package tslumd raises on a text that is not UTF-8, knows no 3.1 and no streams; it is the
other end in the tests.)
"""

from __future__ import annotations

from dataclasses import dataclass

from cuelang.commands import TallyMode

EVERY = 0xFFFF
"""The index, and the screen, that mean all of them."""

_OLD = 18
_DLE, _STX = 0xFE, 0x02
_LONGEST = 2048
"""Bytes of a 5.0 packet at most, by its specification."""
_RED, _GREEN = 1, 2


@dataclass(frozen=True, slots=True)
class Lamp:
    """What a switcher says of one display."""

    index: int
    mode: TallyMode


class Malformed(ValueError):
    """What is wrong with a packet."""


def parse(packet: bytes) -> tuple[Lamp, ...]:
    """The lamps of one packet, or of several of 3.1 in one datagram, in their order. Raises Malformed."""
    if len(packet) >= 6 and int.from_bytes(packet[:2], "little") == len(packet) - 2:
        return _new(packet)
    if packet and packet[0] & 0x80 and len(packet) % _OLD == 0:
        return tuple(_old(packet[at : at + _OLD]) for at in range(0, len(packet), _OLD))
    raise Malformed(f"{len(packet)} bytes that are neither TSL 3.1 nor 5.0")


def _old(packet: bytes) -> Lamp:
    if not packet[0] & 0x80 or packet[0] == 0xFF or packet[1] & 0x80:
        raise Malformed("a 3.1 packet with a wrong header")
    return Lamp(packet[0] & 0x7F, "program" if packet[1] & 2 else "preview" if packet[1] & 1 else "off")


def _new(packet: bytes) -> tuple[Lamp, ...]:
    version, flags = packet[2], packet[3]
    if version != 0:
        raise Malformed(f"version 5.{version}")
    if flags & 2:
        return ()  # control data of a screen: no lamps
    lamps, at = [], 6
    while at < len(packet):
        if len(packet) - at < 6:
            raise Malformed("a display that is cut short")
        index, control, length = (int.from_bytes(packet[at + n : at + n + 2], "little") for n in (0, 2, 4))
        at += 6 + length
        if at > len(packet):
            raise Malformed("a text that is cut short")
        if not control & 0x8000:
            lit = control | control >> 2 | control >> 4
            lamps.append(Lamp(index, "program" if lit & _RED else "preview" if lit & _GREEN else "off"))
    return tuple(lamps)


class Stream:
    """Parts a stream into packets of either version. What is neither is passed over and counted in `skipped`."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._escaped = False
        self._framed = False
        self.skipped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that are complete now."""
        packets: list[bytes] = []
        for byte in data:
            packet = self._byte(byte)
            if packet is not None:
                packets.append(packet)
        return packets

    def _byte(self, byte: int) -> bytes | None:
        if self._escaped:
            self._escaped = False
            if byte == _STX:
                self._drop()
                self._framed = True
                return None
            if self._framed and byte == _DLE:
                return self._new(byte)
            if not self._framed:  # FE is display 126 of 3.1 too
                self._held.append(_DLE)
                return self._old(byte)
            self._drop()
            self._framed = False
            return None
        if byte == _DLE and (self._framed or not self._held):
            self._escaped = True
            return None
        return self._new(byte) if self._framed else self._old(byte)

    def _drop(self) -> None:
        self.skipped += len(self._held)
        self._held.clear()

    def _old(self, byte: int) -> bytes | None:
        """Its length parts a packet from the next: a text may hold anything."""
        if byte & 0x80 and len(self._held) < 2:
            self._drop()
        elif not self._held:
            self.skipped += 1
            return None
        self._held.append(byte)
        return self._take() if len(self._held) == _OLD else None

    def _new(self, byte: int) -> bytes | None:
        held = self._held
        held.append(byte)
        if len(held) < 2:
            return None
        length = held[0] | held[1] << 8
        if not 4 <= length <= _LONGEST:
            self._drop()
            self._framed = False
            return None
        if len(held) < length + 2:
            return None
        self._framed = False
        return self._take()

    def _take(self) -> bytes:
        packet = bytes(self._held)
        self._held.clear()
        return packet
