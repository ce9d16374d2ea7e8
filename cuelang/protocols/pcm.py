"""Sound as bytes: WAV, also as a stream that never ends, and raw samples. Pure.

A WAV stream from a pipe says 0 or 0xFFFFFFFF for its length, so lengths are passed over: what follows the header is
sound until it ends.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from msgspec import Struct

RATES = range(8_000, 192_001)
CHANNELS = 64
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


class Pcm(Struct, frozen=True):
    """`width` bytes a sample; of one byte they are unsigned, as WAV has it. `real`: 32-bit floats."""

    rate: int
    channels: int = 1
    width: int = 2
    real: bool = False

    @property
    def frame(self) -> int:
        """Bytes of one instant."""
        return self.channels * self.width

    def channel(self, data: bytes, number: int) -> Sequence[int] | Sequence[float]:
        """The samples of one channel (from 1) in whole frames of sound. Their scale does not matter."""
        if self.width == 1:
            return data[number - 1 :: self.channels]
        if self.width == 3:  # the two upper bytes are more than enough
            pairs = bytearray(len(data) // 3 * 2)
            pairs[::2], pairs[1::2] = data[1::3], data[2::3]
            samples = array("h", bytes(pairs))
        else:
            samples = array("f" if self.real else "h" if self.width == 2 else "i", data)
        if sys.byteorder == "big":
            samples.byteswap()
        return samples[number - 1 :: self.channels]


def wav(data: bytes) -> tuple[Pcm, int] | None:
    """The format of a WAV, and where its sound begins; None: its header is not here yet. Raises ValueError with the
    end of a sentence."""
    if len(data) < 12:
        return None
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise ValueError("it is not a WAV")
    at, found = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"data":
            if found is None:
                raise ValueError("it says nothing about its sound")
            return found, at + 8
        if size > 1_000_000:
            raise ValueError("its header is damaged")
        if name == b"fmt ":
            if at + 8 + size > len(data):
                return None
            found = _format(data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return None


def _format(part: bytes) -> Pcm:
    kind, channels = int.from_bytes(part[:2], "little"), int.from_bytes(part[2:4], "little")
    rate, width = int.from_bytes(part[4:8], "little"), int.from_bytes(part[14:16], "little") // 8
    if kind == _EXTENSIBLE:
        kind = int.from_bytes(part[24:26], "little")
    fits = (kind == _PCM and width in (1, 2, 3, 4)) or (kind == _FLOAT and width == 4)
    if not fits or not 1 <= channels <= CHANNELS or rate not in RATES:
        raise ValueError("its sound is of a kind that is not read: PCM of 8 to 32 bits or floats are")
    return Pcm(rate, channels, width, kind == _FLOAT)
