"""TSL UMD, the way switchers say what is on air: versions 3.1, 4.0 and 5.0, as datagrams and as a stream. Pure.

3.1: 18 bytes: 0x80 + address (0 to 126); control: tally 1 to 4 in bits 0 to 3; 16 characters of text. Which tally
     means what is the sender's affair; by Ross's manual, and in Tally Arbiter, tally 1 is preview and tally 2 is
     program. The other bits of the control byte are not looked at: by the standard brightness is in bits 4 and 5, in
     Tally Arbiter in 6 and 7.
4.0: a packet of 3.1 and more: a checksum (all 20 bytes but the next one give 0 modulo 128), the number of bytes that
     follow in bits 0 to 3, and those: one byte for each display of the address, its lamps as in 5.0. Bit 6 of the
     control byte says that the packet sets the display and lights nothing.
5.0: little-endian: length of what follows, version 0, flags, screen, then for each display its index, a control word
     (right, text and left lamp in bits 0 to 5: 0 off, 1 red, 2 green, 3 amber), the length of its text, its text.

By the standard a packet of 5.0 begins with DLE STX (FE 02) on a stream, an FE inside is sent twice, and a datagram
has neither. Programs do it either way on either, so every form is taken on both: framed, unframed, several in one
datagram. What may be one or the other:

    FE 02       begins a framed packet if a length follows that can be one, otherwise 3.1 of display 126
    80 to FE    begins 3.1, or an unframed 5.0 of 128 bytes and more: its fourth and fifth byte are version and flags,
                where 3.1 has text
    behind 3.1  its checksum begins what 4.0 adds to it; the lamps of 3.1 do not wait for that
    00 to 7F    begins an unframed 5.0, if length, version, flags and displays can be ones

A packet that turns out to be none is passed over byte by byte, and a framed packet that is whole goes before what only
might become an unframed one. So no rubbish hides what follows it, and nothing is reported that was not sent.

Red is program, also as the half of amber; green without red is preview. Texts are not read, so no encoding of a
name can hide a lamp. (The package tslumd raises on a text that is not UTF-8, knows no 3.1 and no streams; it is the
other end in the tests.)
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.commands import TallyMode

EVERY = 0xFFFF
"""The index, and the screen, that mean all of them."""

_OLD = 18
_MIDDLE = _OLD + 2
"""Bytes of a 4.0 packet before its lamps."""
_USUAL = 4
"""Bytes that 4.0 adds to 3.1 for two displays, as every sender has them; another number may also be the beginning of
an unframed 5.0."""
_HEAD = 6
"""Bytes of a 5.0 packet before its first display."""
_DLE = 0xFE
_START = b"\xfe\x02"
_MAX_PACKET_BYTES = 2048
"""Bytes of a 5.0 packet at most, by its specification."""
_FLAGS = 3
_RED, _GREEN = 1, 2
_NO_TEXT = frozenset((*range(1, 0x20), 0x7F, 0xFF))
"""Bytes that no text of 3.1 holds, in any encoding."""


class TslLamp(Struct, frozen=True):
    """What a switcher says of one display. 3.1 has no screens: it is screen 0."""

    index: int
    mode: TallyMode
    screen: int = 0


class TslMalformed(ValueError):
    """What is wrong with a packet."""


def parse(packet: bytes) -> tuple[TslLamp, ...]:
    """The lamps of one datagram, or of one packet of a stream, in their order. Raises TslMalformed."""
    if _length(packet) == len(packet) - 2:
        return _new(packet)
    if packet and len(packet) % _OLD == 0 and all(head & 0x80 for head in packet[::_OLD]) and not _starts(packet):
        return tuple(lamp for at in range(0, len(packet), _OLD) for lamp in _old(packet[at : at + _OLD]))
    if _is_middle(packet) and not _starts(packet):
        return _old(packet)  # whatever its checksum: nothing else is in a datagram of this length
    stream = TslStream()
    packets = stream.feed(packet)
    if not packets or stream.skipped or stream.held:
        raise TslMalformed(f"{len(packet)} bytes that are not TSL 3.1, 4.0 or 5.0")
    return tuple(lamp for one in packets for lamp in (_new(one) if _length(one) == len(one) - 2 else _old(one)))


def _is_middle(packet: bytes) -> bool:
    """Whether this has the form of one packet of 4.0."""
    if len(packet) < _MIDDLE or not packet[0] & 0x80 or len(packet) != _MIDDLE + (packet[_OLD + 1] & 0x0F):
        return False
    return not any(byte & 0x80 for byte in packet[_OLD:])


def _old(packet: bytes) -> tuple[TslLamp, ...]:
    """The lamp of 3.1 or of 4.0. A packet of 4.0 that only sets the display has none."""
    if not packet[0] & 0x80 or packet[0] == 0xFF:
        raise TslMalformed("a 3.1 packet with a wrong header")
    if len(packet) > _OLD and packet[1] & 0x40:
        return ()
    red, green = packet[1] & 2, packet[1] & 1
    for colours in packet[_MIDDLE:]:
        lit = colours | colours >> 2 | colours >> 4
        red, green = red | lit & _RED, green | lit & _GREEN
    return (TslLamp(packet[0] & 0x7F, "program" if red else "preview" if green else "off"),)


def _new(packet: bytes) -> tuple[TslLamp, ...]:
    if len(packet) < _HEAD:
        raise TslMalformed("a 5.0 packet without a screen")
    version, flags, screen = packet[2], packet[3], int.from_bytes(packet[4:6], "little")
    if version != 0:
        raise TslMalformed(f"version 5.{version}")
    if flags & 2:
        return ()  # control data of a screen: no lamps
    lamps, at = [], _HEAD
    while at < len(packet):
        if len(packet) - at < 6:
            raise TslMalformed("a display that is cut short")
        index, control, length = (int.from_bytes(packet[at + n : at + n + 2], "little") for n in (0, 2, 4))
        at += 6 + length
        if at > len(packet):
            raise TslMalformed("a text that is cut short")
        if not control & 0x8000:
            lit = control | control >> 2 | control >> 4
            lamps.append(TslLamp(index, "program" if lit & _RED else "preview" if lit & _GREEN else "off", screen))
    return tuple(lamps)


# --- where a packet ends -----------------------------------------------------------------------------------


def _length(data: bytes) -> int:
    return int.from_bytes(data[:2], "little")


def _plausible(head: bytes) -> bool | None:
    """Whether these bytes can begin a 5.0 packet; None: too few to tell."""
    if len(head) >= 2 and not 4 <= _length(head) <= _MAX_PACKET_BYTES:
        return False
    if (len(head) >= 3 and head[2]) or (len(head) >= 4 and head[3] > _FLAGS):
        return False
    return True if len(head) >= 4 else None


def _starts(data: bytes) -> bool:
    """Whether a framed packet begins here."""
    return data.startswith(_START) and _plausible(_unstuffed(data[2:12])[0][:4]) is True


def _unstuffed(data: bytes, most: int = _MAX_PACKET_BYTES + 2) -> tuple[bytes, int, bool]:
    """What a framed packet holds from here on, at most this many bytes; how many bytes it took; whether it goes on: a
    DLE that is not sent twice ends it."""
    out, at = bytearray(), 0
    while at < len(data) and len(out) < most:
        if data[at] == _DLE:
            if at + 1 == len(data):
                break
            if data[at + 1] != _DLE:
                return bytes(out), at, False
            at += 1
        out.append(data[at])
        at += 1
    return bytes(out), at, True


def _fits(packet: bytes) -> bool:
    """Whether the displays of a 5.0 packet, as far as it has come, are no longer than the packet."""
    size, at = _length(packet) + 2, _HEAD
    while at + 6 <= len(packet) and not packet[3] & 2:
        at += 6 + int.from_bytes(packet[at + 4 : at + 6], "little")
    return at <= size and (len(packet) < size or at == size or bool(packet[3] & 2))


_MORE: tuple[int, bytes] = (0, b"")
"""Too few bytes to tell."""


def _framed(data: bytes) -> tuple[int, bytes] | None:
    """A framed packet at the beginning: how many bytes it takes, and what is in it. None: there is none."""
    if not data.startswith(_START):
        return _MORE if data == _START[:1] else None
    head, _, goes_on = _unstuffed(data[2:])
    plausible = _plausible(head[:4])
    size = _length(head) + 2 if len(head) >= 2 else 0
    if plausible is False or (not goes_on and (plausible is None or len(head) < size)):
        return None
    if plausible is None:
        return _MORE
    packet, took, _ = _unstuffed(data[2:], size)
    if not _fits(packet):
        return None
    return _MORE if len(packet) < size else (2 + took, packet)


def _bare(data: bytes) -> tuple[int, bytes] | None:
    """The same of an unframed packet of 5.0."""
    plausible = _plausible(data[:4])
    if plausible is False or (data[0] & 0x80 and len(data) >= _OLD and not any(data[2:_OLD])):
        return None
    size = _length(data) + 2
    if plausible is None:
        return _MORE
    packet = data[:size]
    if not _fits(packet):
        return None
    return _MORE if len(packet) < size else (size, packet)


def _short(data: bytes) -> tuple[int, bytes] | None:
    """The same of 3.1."""
    if not data[0] & 0x80 or data[0] == 0xFF or not _NO_TEXT.isdisjoint(data[2:_OLD]):
        return None
    return _MORE if len(data) < _OLD else (_OLD, data[:_OLD])


def _rest(before: bytes, data: bytes) -> tuple[int, bytes] | None:
    """What makes 4.0 of the packet of 3.1 that ended just before: how many bytes it takes, and the whole packet."""
    if not before or not data or data[0] != -sum(before) & 0x7F:
        return None
    if len(data) < 2:
        return _MORE
    size = 2 + (data[1] & 0x0F)
    if any(byte & 0x80 for byte in data[1:size]) or (size != _USUAL and _plausible(data[:4]) is not False):
        return None
    return _MORE if len(data) < size else (size, before + data[:size])


class TslStream:
    """Parts a stream into packets of any version. What is not a packet is passed over and counted in `skipped`; `held`
    is how many bytes wait for more. Holds no more than one packet of the largest size. A packet of 4.0 whose end comes
    late is given twice: as the 3.1 that it begins with, and whole."""

    def __init__(self) -> None:
        self._held = b""
        self._before = b""
        """The packet of 3.1 that ended just here: 4.0 may go on."""
        self.skipped = 0

    @property
    def held(self) -> int:
        return len(self._held)

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that are complete now."""
        packets: list[bytes] = []
        held, at = self._held + data, 0
        while at < len(held):
            rest = held[at : at + 2 * _MAX_PACKET_BYTES + 8]
            found = _rest(self._before, rest)
            whole = found is not None
            if found is None:
                found = next((one for form in (_framed, _bare, _short) if (one := form(rest)) is not None), None)
            if found == _MORE and whole:
                break
            if found == _MORE:
                hidden = self._hidden(rest)
                if hidden is None:
                    break
                self.skipped += hidden
                at += hidden
                self._before = b""
            elif found is None:
                self.skipped += 1
                at += 1
                self._before = b""
            else:
                at += found[0]
                if whole and packets and packets[-1] == self._before:
                    packets.pop()
                packets.append(found[1])
                self._before = found[1] if len(found[1]) == _OLD and found[1][0] & 0x80 else b""
        self._held = held[at:]
        return packets

    @staticmethod
    def _hidden(rest: bytes) -> int | None:
        """Where a whole framed packet begins in what only might become a packet."""
        at = rest.find(_START, 1)
        while at > 0:
            if (_framed(rest[at:]) or _MORE) != _MORE:
                return at
            at = rest.find(_START, at + 1)
        return None
