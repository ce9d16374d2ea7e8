"""Time code: labels, the frames that they count, and MIDI time code as it comes in, quarter frame by quarter frame.

A position is a whole number of quarter frames since 00:00:00:00, modulo a day, so drop frame leaves no holes in it.
MIDI time code spreads one label over eight quarter frames (two frames of time); the label is that of the first of
them. A `Chaser` knows where the code is only after it has heard eight in a row; from then on each one moves it on
and is held against what the next label must say.

What a chaser reports are spans that the code has *run* through, and nothing else fires a trigger:

    start     the span begins with the first quarter frame of the unbroken row
    jump      (a locate, while it runs or stands) is no running: what lies between is skipped
    stop      nothing more is reported; what goes on within four frames of where it stopped has missed nothing, and
              gets nothing twice
    drop-out  of at most `FREEWHEEL`, after which the code is where its speed would have taken it: the gap was run
              through. What lies in it is late, but its instant is known
    backwards and shuttling: nothing, for eight in a row never come
"""

from __future__ import annotations

from dataclasses import dataclass

NS = 1_000_000_000
MS = 1_000_000

SILENCE = 150 * MS
"""Quarter frames are 10.4 ms apart at most; after so long without one the row is broken."""
FREEWHEEL = 800 * MS
SLACK = 16
"""Quarter frames by which a start may differ from the last stop and still go on from there: code starts on even
frames, and machines park a frame or two off."""
DRIFT = 8
"""Quarter frames by which the code may be off its speed after a drop-out."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`fps` frame numbers a second; with `drop` numbers 0 and 1 are left out in nine of ten minutes (SMPTE 12M)."""

    fps: int
    drop: bool = False

    @property
    def day(self) -> int:
        """Quarter frames in 24 hours."""
        return self.count(24, 0, 0, 0) * 4

    @property
    def quarter(self) -> int:
        """Its length in ns. Drop frame runs at 30000/1001 frames a second."""
        return NS * 1001 // 120_000 if self.drop else NS // (4 * self.fps)

    def count(self, hours: int, minutes: int, seconds: int, frames: int) -> int:
        """The number of the frame with this label since 00:00:00:00. A label that drop frame leaves out is taken as
        the next there is."""
        total = hours * 60 + minutes
        if self.drop and minutes % 10 and not seconds and frames < 2:
            frames = 2
        dropped = 2 * (total - total // 10) if self.drop else 0
        return (total * 60 + seconds) * self.fps + frames - dropped

    def label(self, count: int) -> tuple[int, int, int, int]:
        """Hours, minutes, seconds, frames of a frame's number."""
        if self.drop:
            tens, rest = divmod(count, 17_982)
            count += 18 * tens + (2 * ((rest - 2) // 1798) if rest > 1 else 0)
        seconds, frames = divmod(count, self.fps)
        return seconds // 3600, seconds // 60 % 60, seconds % 60, frames


RATES = (Rate(24), Rate(25), Rate(30, drop=True), Rate(30))
"""By the two bits in the hours of MIDI time code."""


def position(rate: Rate, hours: int, minutes: int, seconds: int, frames: int, fps: int | None) -> int:
    """Where a label written in a sheet of `fps` lies in code of this rate, in quarter frames. Shows of 50 and 60 frames
    count two to a frame of MIDI time code."""
    part = 0
    if fps is not None and fps > 30:
        frames, part = frames // 2, frames % 2 * 2
    return (rate.count(hours, minutes, seconds, frames) * 4 + part) % rate.day


@dataclass(frozen=True, slots=True)
class Span:
    """Code has run from `begin` through `end`, both included (quarter frames; `end` may lie after midnight and so
    below `begin`). `at` is when it was at `end`, in loop ns."""

    rate: Rate
    begin: int
    end: int
    at: int

    def met(self, where: int) -> int | None:
        """When the code was there, in loop ns; None: it was not."""
        day = self.rate.day
        if (where - self.begin) % day > (self.end - self.begin) % day:
            return None
        return self.at - (self.end - where) % day * self.rate.quarter


class Chaser:
    """Follows the quarter frames of one source."""

    def __init__(self) -> None:
        self._nibbles = [0] * 8
        self._row = 0
        self._last = -1
        self._heard = 0
        self._row_began = 0
        self._group: tuple[Rate, int] | None = None
        """The label's frame number that the quarter frames now belong to, while the chaser is locked."""
        self._due: tuple[int, ...] = ()
        self._seen: tuple[Rate, int, int] | None = None
        """Up to where spans were reported, and when."""

    @property
    def running(self) -> tuple[int, int, int, int] | None:
        """The label of the frame where the code was heard last, while it runs."""
        if self._group is None:
            return None
        rate, count = self._group
        return rate.label((count + self._last // 4) % (rate.day // 4))

    def located(self) -> None:
        """A full-frame message: the code stands elsewhere now."""
        self._lose()
        self._seen = None

    def _lose(self) -> None:
        self._row, self._group, self._last = 0, None, -1

    def quarter(self, piece: int, nibble: int, now: int) -> Span | None:
        """A quarter-frame message: `piece` 0 to 7, `nibble` 0 to 15, heard at `now`."""
        if self._row and piece == (self._last + 1) % 8 and now - self._heard <= SILENCE:
            self._row += 1
        else:
            self._row, self._group, self._row_began = 1, None, now
        self._last, self._heard = piece, now
        self._nibbles[piece] = nibble
        if self._group is not None:
            if piece == 0:
                self._turn()
            rate, count = self._group
            if nibble == self._due[piece]:
                return self._ran((count * 4 + piece) % rate.day, rate, now)
            self._group, self._row = None, piece + 1
            self._row_began = now - piece * rate.quarter
        return self._lock(now) if piece == 7 and self._row >= 8 else None

    def _turn(self) -> None:
        assert self._group is not None
        rate, count = self._group
        self._follow(rate, (count + 2) % (rate.day // 4))

    def _follow(self, rate: Rate, count: int) -> None:
        hours, minutes, seconds, frames = rate.label(count)
        hours |= RATES.index(rate) << 5
        self._group = rate, count
        self._due = tuple(part >> shift & 15 for part in (frames, seconds, minutes, hours) for shift in (0, 4))

    def _lock(self, now: int) -> Span | None:
        low, high = self._nibbles[::2], self._nibbles[1::2]
        frames, seconds, minutes, hours = (a | b << 4 for a, b in zip(low, high, strict=True))
        rate, hours = RATES[hours >> 5 & 3], hours & 31
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= rate.fps:
            self._lose()
            return None
        count = rate.count(hours, minutes, seconds, frames)
        end = (count * 4 + 7) % rate.day
        begin = (end - min(self._row, rate.day) + 1) % rate.day
        seen, self._seen = self._seen, None
        self._follow(rate, count)
        if seen is not None and seen[0] == rate:
            gap = self._apart(rate, seen[1], begin)
            silent = self._row_began - seen[2]
            bridged = silent <= FREEWHEEL and abs(gap - silent // rate.quarter) <= DRIFT
            if bridged or abs(gap) <= SLACK:
                self._seen = rate, seen[1], now
        if self._seen is None:
            self._seen = rate, (begin - 1) % rate.day, now
        return self._ran(end, rate, now)

    @staticmethod
    def _apart(rate: Rate, start: int, end: int) -> int:
        """From one position to another the short way round the day."""
        return (end - start + rate.day // 2) % rate.day - rate.day // 2

    def _ran(self, end: int, rate: Rate, now: int) -> Span | None:
        _, last, _ = self._seen or (rate, (end - 1) % rate.day, now)
        if self._apart(rate, last, end) <= 0:
            return None
        self._seen = rate, end, now
        return Span(rate, (last + 1) % rate.day, end, now)
