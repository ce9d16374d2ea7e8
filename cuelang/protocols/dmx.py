"""Levels of lighting consoles: sACN (ANSI E1.31) and Art-Net 4, as datagrams, and what several senders come to. Pure.

    sACN     root layer (18 bytes of preamble and "ASC-E1.17", vector 4, CID), framing layer (source's name, priority,
             synchronisation, sequence, options, universe), DMP layer with the start code and up to 512 levels
    Art-Net  "Art-Net\\0", OpCode 5000, version, sequence, physical, Port-Address, length, levels
             "Art-Net\\0", OpCode 9700, version, filler, stream, frames, seconds, minutes, hours, type: time code

Of several senders those of the highest priority count, and of these the highest level of each channel (HTP); Art-Net
has no priorities. A sender is gone when it says so, or after 2.5 s of silence (E1.31, 6.7.1). Data for a preview drives
nothing and is not a sign of life.
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.protocols.timecode import RATES, Rate
from cuelang.units import MS

SILENCE_NS = 2_500 * MS
SENDERS = 32
"""Senders of one universe that are remembered."""
CHANNELS = 512

_SACN = b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00"
_ARTNET = b"Art-Net\x00"
_OLDEST = 14
"""The version of Art-Net since which packets have looked like this."""
_PREVIEW, _ENDED = 0x80, 0x40
_MAX_PRIORITY = 200


class Levels(Struct, frozen=True):
    """What one sender says of one universe. `sequence` None: its packets are not numbered."""

    universe: int
    sender: bytes
    levels: bytes
    priority: int = 100
    sequence: int | None = None
    ended: bool = False


def sacn(packet: bytes) -> Levels | None:
    """The levels of one packet; None: it holds none."""
    if len(packet) < 126 or not packet.startswith(_SACN) or _number(packet, 18, 4) != 4 or _number(packet, 40, 4) != 2:
        return None
    priority, sequence, options, universe = packet[108], packet[111], packet[112], _number(packet, 113, 2)
    count = _number(packet, 123, 2)
    if packet[117] != 2 or packet[118] != 0xA1 or not 1 <= count <= CHANNELS + 1 or len(packet) < 125 + count:
        return None
    if packet[125] != 0 or options & _PREVIEW or priority > _MAX_PRIORITY or not 1 <= universe <= 63_999:
        return None
    return Levels(universe, packet[22:38], packet[126 : 125 + count], priority, sequence, bool(options & _ENDED))


def artnet(packet: bytes, sender: bytes) -> Levels | None:
    """The same of Art-Net, where a sender is known by its address."""
    if len(packet) < 20 or not packet.startswith(_ARTNET) or packet[8:10] != b"\x00\x50":
        return None
    count, universe = _number(packet, 16, 2), packet[14] | (packet[15] & 0x7F) << 8
    if not 1 <= count <= CHANNELS or len(packet) < 18 + count:
        return None
    return Levels(universe, sender, packet[18 : 18 + count])


class DmxTimecode(Struct, frozen=True):
    """A frame of time code, sent as it begins."""

    stream: int
    rate: Rate
    label: tuple[int, int, int, int]


def timecode(packet: bytes) -> DmxTimecode | None:
    """The time code of one packet; None: it holds none, or an impossible one."""
    if len(packet) < 19 or not packet.startswith(_ARTNET) or packet[8:10] != b"\x00\x97":
        return None
    stream, frames, seconds, minutes, hours, kind = packet[13:19]
    if _number(packet, 10, 2) < _OLDEST or kind >= len(RATES) or not RATES[kind].has(hours, minutes, seconds, frames):
        return None
    return DmxTimecode(stream, RATES[kind], (hours, minutes, seconds, frames))


def _number(packet: bytes, at: int, size: int) -> int:
    return int.from_bytes(packet[at : at + size], "big")


class _Sender(Struct):
    levels: bytes
    priority: int
    sequence: int | None
    heard: int


class Universe:
    """What all senders of one universe come to."""

    def __init__(self) -> None:
        self._senders: dict[bytes, _Sender] = {}

    @property
    def due(self) -> int | None:
        """When the next sender is gone if it stays silent."""
        return min((one.heard + SILENCE_NS for one in self._senders.values()), default=None)

    def take(self, said: Levels, now: int) -> bool:
        """Whether the levels may be others now."""
        before = self._senders.get(said.sender)
        if before is not None and _is_old(before.sequence, said.sequence):
            return False
        if said.ended:
            return self._senders.pop(said.sender, None) is not None
        if before is None and len(self._senders) >= SENDERS:
            return False
        self._senders[said.sender] = _Sender(said.levels, said.priority, said.sequence, now)
        return before is None or (before.levels, before.priority) != (said.levels, said.priority)

    def expire(self, now: int) -> bool:
        """Forget senders that were silent for too long; whether there were any."""
        gone = [name for name, one in self._senders.items() if one.heard + SILENCE_NS <= now]
        for name in gone:
            del self._senders[name]
        return bool(gone)

    def levels(self) -> bytes | None:
        """512 levels; None while nothing is received."""
        if not self._senders:
            return None
        top = max(one.priority for one in self._senders.values())
        rows = [one.levels.ljust(CHANNELS, b"\0") for one in self._senders.values() if one.priority == top]
        return rows[0] if len(rows) == 1 else bytes(map(max, *rows))


def _is_old(last: int | None, now: int | None) -> bool:
    """Whether a packet was overtaken: up to 20 behind the last one (E1.31, 6.7.2)."""
    if last is None or now is None:
        return False
    behind = (now - last + 128) % 256 - 128
    return -20 < behind <= 0
