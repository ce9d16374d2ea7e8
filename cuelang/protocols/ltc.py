"""Linear time code (SMPTE 12M-1) out of samples of sound. Pure.

A frame is 80 bits in biphase mark: the signal changes at the start of each bit, and in its middle if the bit is 1. Bits
64 to 79 are the sync word 0011 1111 1111 1101, which also says whether the tape runs forwards or backwards; the digits
of the label are BCD, units before tens, least bit first:

    0-3, 8-9 frames   10 drop   16-19, 24-26 seconds   32-35, 40-42 minutes   48-51, 56-57 hours

Polarity, level and an offset do not matter: a change counts when the signal has come an eighth of its swing beyond the
middle of what it did in the last 10 ms. The length of a bit is followed, so the tape may run at half to three times
its speed.

Of a frame that follows the last one the label is known before its end: when the bits up to the tens of its seconds are
those that must come. That is 14 ms into the frame, and not 40.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from msgspec import Struct

from cuelang.protocols.timecode import RATES, Rate

SYNC, CNYS = 0xBFFC, 0x3FFD
"""The sync word as it comes forwards, and backwards."""
BITS = 80
_EARLY = 28
_EARLY_MASK = 0x70F070F
"""Of the first 28 bits those that are not user bits: frames with the drop flag, seconds."""
_LEARN = 40
"""Changes of the signal after which the length of a bit is guessed."""
_SLOWEST, _FASTEST = 12, 100
"""Frames a second."""
TimecodeLabel = tuple[int, int, int, int]


class LtcFrame(Struct, frozen=True):
    """Hours, minutes, seconds, frames; where it began and ended, in samples since the start. `early`: the end is where
    it will be."""

    label: TimecodeLabel
    drop: bool
    begin: float
    end: float
    backwards: bool = False
    early: bool = False


class Ltc:
    """Reads one channel. Samples may be of any scale."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._shortest, self._longest = sample_rate / _FASTEST / BITS, sample_rate / _SLOWEST / BITS
        self._slice = max(sample_rate // 400, 8)
        self._rest: list[float] = []
        self._swings: deque[tuple[float, float]] = deque(maxlen=4)
        self._count = 0
        self._last = 0.0
        self._is_up = False
        self._changed = 0.0
        self._heard: list[tuple[float, float]] = []
        """Changes while the length of a bit is not known."""
        self._cell = 0.0
        """The length of a bit in samples; 0 while it is not known."""
        self._half = 0.0
        self._bits = 0
        self._got = 0
        """Bits since the row was last broken."""
        self._starts: deque[float] = deque(maxlen=BITS + 1)
        self._before: LtcFrame | None = None
        """The frame that ended with the last sync word."""
        self._since = 0
        self._row = 0
        """Frames in a row that followed each other."""

    def feed(self, samples: Sequence[int] | Sequence[float]) -> Iterator[LtcFrame]:
        """The frames that end in these samples, in order, and those that have begun as they must. Up to 2.5 ms of sound
        wait for the next call."""
        waiting = [*self._rest, *samples]
        whole = len(waiting) - len(waiting) % self._slice
        self._rest = waiting[whole:]
        for at in range(0, whole, self._slice):
            yield from self._read(waiting[at : at + self._slice])

    def _read(self, samples: list[float]) -> Iterator[LtcFrame]:
        self._swings.append((max(samples), min(samples)))
        high, low = max(top for top, _ in self._swings), min(bottom for _, bottom in self._swings)
        middle, margin = (high + low) / 2, (high - low) / 8
        above, below = middle + margin, middle - margin
        last, up, at = self._last, self._is_up, self._count
        for value in samples:
            if value < below if up else value > above:
                up = not up
                part = (middle - last) / (value - last) if value != last else 0.5
                where = at - 1 + min(max(part, 0.0), 1.0)
                length, self._changed = where - self._changed, where
                yield from self._change(length, where)
            last = value
            at += 1
        self._last, self._is_up, self._count = last, up, at

    def _change(self, length: float, where: float) -> Iterator[LtcFrame]:
        """The signal has changed at `where`, so long after it did before."""
        cell = self._cell
        if not cell:
            yield from self._learn(length, where)
        elif length > cell * 1.5 or length < cell * 0.25:
            self._break()
        elif length > cell * 0.75:
            if self._half:
                self._break()
                return
            self._cell += (length - cell) / 16
            yield from self._bit(0, where)
        elif self._half:
            self._cell += (self._half + length - cell) / 16
            self._half = 0.0
            yield from self._bit(1, where)
        else:
            self._half = length

    def _learn(self, length: float, where: float) -> Iterator[LtcFrame]:
        """Guess the length of a bit: long changes are whole bits, and the sync word has some of both. What was heard
        meanwhile is read then."""
        if length > self._longest * 1.5 or length < self._shortest * 0.25:
            self._heard.clear()
            return
        self._heard.append((length, where))
        if len(self._heard) < _LEARN:
            return
        lengths = [one for one, _ in self._heard]
        whole = [one for one in lengths if one > max(lengths) * 0.75]
        cell = sum(whole) / len(whole)
        if not self._shortest <= cell <= self._longest or min(lengths) < cell * 0.25:
            del self._heard[: _LEARN // 2]
            return
        self._cell, heard, self._heard = cell, self._heard, []
        self._starts.append(heard[0][1] - heard[0][0])
        for one, then in heard:
            yield from self._change(one, then)

    def _break(self) -> None:
        """The row of bits is broken."""
        self._bits = self._got = self._row = 0
        self._half = self._cell = 0.0
        self._before = None
        self._starts.clear()

    def _bit(self, bit: int, end: float) -> Iterator[LtcFrame]:
        self._bits = self._bits >> 1 | bit << BITS - 1
        self._got += 1
        self._since += 1
        self._starts.append(end)
        bits = self._bits
        if self._got >= BITS and len(self._starts) > BITS:
            if bits >> 64 == SYNC:
                yield from self._ended(bits, end)
            elif bits & 0xFFFF == CNYS:
                yield from self._ended(_reversed(bits), end, backwards=True)
        if self._since == _EARLY and self._before is not None and self._row >= 2:
            yield from self._begun(bits >> BITS - _EARLY, self._before)

    def _ended(self, bits: int, end: float, *, backwards: bool = False) -> Iterator[LtcFrame]:
        frame = LtcFrame(_label(bits), bool(bits >> 10 & 1), self._starts[0], end, backwards)
        before, self._before, since, self._since = self._before, None, self._since, 0
        rate = RATES[2] if frame.drop else RATES[3]
        if not _digits(bits) or not rate.has(*frame.label):
            self._row = 0
            return
        follows = before is not None and since == BITS and before.backwards == backwards
        self._row = self._row + 1 if follows else 1
        self._before = frame
        yield frame

    def _begun(self, bits: int, before: LtcFrame) -> Iterator[LtcFrame]:
        """Whether the next frame begins as it must."""
        if before.backwards:
            return
        hours, minutes, seconds, frames = before.label
        ahead = [(hours, minutes, seconds, frames + 1)]
        if frames in (23, 24, 29):
            total = (hours * 3600 + minutes * 60 + seconds + 1) % 86_400
            hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
            ahead.append((hours, minutes, seconds, 2 if before.drop and not seconds and minutes % 10 else 0))
        for label in ahead:
            if bits & _EARLY_MASK == _start(label, before.drop) and RATES[3].has(*label):
                yield LtcFrame(label, before.drop, before.end, before.end * 2 - before.begin, early=True)


def _label(bits: int) -> TimecodeLabel:
    return (
        (bits >> 48 & 15) + 10 * (bits >> 56 & 3),
        (bits >> 32 & 15) + 10 * (bits >> 40 & 7),
        (bits >> 16 & 15) + 10 * (bits >> 24 & 7),
        (bits & 15) + 10 * (bits >> 8 & 3),
    )


def _digits(bits: int) -> bool:
    return all(bits >> at & 15 < 10 for at in (0, 16, 32, 48))


def _start(label: TimecodeLabel, drop: bool) -> int:
    _, _, seconds, frames = label
    return frames % 10 | frames // 10 << 8 | drop << 10 | seconds % 10 << 16 | seconds // 10 << 24


def _reversed(bits: int) -> int:
    return int(f"{bits:0{BITS}b}"[::-1], 2)


class TapeRate:
    """Which rate a tape has. Each frame says whether it is drop frame; whether there are 24, 25 or 30 frames to a
    second, the frame before a new second says. Until one has come, the speed does, and where that is not one of them,
    `fps`: that of the show."""

    def __init__(self, sample_rate: int, fps: int | None = None) -> None:
        self._sample_rate, self._hint = sample_rate, fps
        self._known: int | None = None
        self._before: LtcFrame | None = None

    def rate(self, frame: LtcFrame) -> Rate:
        """The rate of a frame that has just been read; give it each that is not `early`."""
        before, self._before = self._before, frame
        if before is not None and not before.drop and before.label[3] + 1 in (24, 25, 30) and _next(before, frame):
            self._known = before.label[3] + 1
        if frame.drop:
            return RATES[2]
        return self.now(frame)

    def now(self, frame: LtcFrame) -> Rate:
        """The same as far as it is known."""
        if frame.drop:
            return RATES[2]
        if self._known is not None and frame.label[3] < self._known:
            return next(one for one in RATES if one.fps == self._known and not one.drop)
        self._known = None
        fits = [one for one in RATES if not one.drop and frame.label[3] < one.fps]
        speed = self._sample_rate / (frame.end - frame.begin)
        near = min(fits, key=lambda one: abs(one.fps / speed - 1))
        if abs(near.fps / speed - 1) < 0.02:
            return near
        return next((one for one in fits if one.fps == self._hint), near)


def _next(before: LtcFrame, frame: LtcFrame) -> bool:
    """Whether a new second has begun with this frame."""
    if frame.label[3] != 0 or frame.backwards or before.backwards or abs(frame.begin - before.end) > 2:
        return False
    hours, minutes, seconds, _ = before.label
    return (hours * 3600 + minutes * 60 + seconds + 1) % 86_400 == _second(frame)


def _second(frame: LtcFrame) -> int:
    hours, minutes, seconds, _ = frame.label
    return hours * 3600 + minutes * 60 + seconds
