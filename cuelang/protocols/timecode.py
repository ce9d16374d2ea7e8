"""Time code: labels, the frames that they count, and MIDI time code as it comes in, quarter frame by quarter frame.

A position is a whole number of quarter frames since 00:00:00:00, modulo a day, so drop frame leaves no holes in it.
MIDI time code spreads one label over eight quarter frames (two frames of time); the label is that of the first of
them. Once a `Chaser` knows where the code is, each quarter frame moves it on and is compared with what the next label
must say.

One label is not enough to believe that the code is somewhere else. Many senders fill each quarter frame from the time
that is running, so a label that is sent while a second or a minute rolls over mixes two times: 01:00:59:29 and
01:01:00:00 become 01:01:59:29. A label that does not follow is believed when the next one follows it, or at once when
the code goes on where it stopped or where a full frame has put it. Until then the code is taken to run on: what it
meets is reported when each quarter frame is that of the running frame or of the next one, and otherwise kept until it
is clear which of the two is true.

What a chaser reports are spans that the code has *run* through, and nothing else fires a trigger:

    start     the span begins with the first quarter frame of the unbroken row
    jump      (a locate, while it runs or stands) is not running: what is between is skipped
    stop      nothing more is reported; what goes on within four frames of where it stopped has missed nothing, and
              gets nothing twice
    drop-out  of at most `FREEWHEEL_NS`, after which the code is where its speed would have taken it: the gap was run
              through. What is in it is late, but its instant is known
    backwards and shuttling: nothing, for eight in a row never come
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from cuelang.units import MS, NS, clock_parts

SILENCE_NS = 150 * MS
"""Quarter frames are 10.4 ms apart at most; after so long without one the row is broken."""
FREEWHEEL_NS = 800 * MS
SLACK = 16
"""Quarter frames by which a start may differ from the last stop and still go on from there: code starts on even
frames, and machines park a frame or two off."""
DRIFT = 8
"""Quarter frames by which the code may be off its speed after a drop-out."""
WRONG = 4
"""Labels in a row that neither follow nor are followed, after which the position is unknown."""


class Rate(Struct, frozen=True):
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

    def has(self, hours: int, minutes: int, seconds: int, frames: int) -> bool:
        """Whether there is a frame with this label."""
        left_out = self.drop and minutes % 10 and seconds == 0 and frames < 2
        return hours < 24 and minutes < 60 and seconds < 60 and frames < self.fps and not left_out

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
        return *clock_parts(seconds), frames


RATES = (Rate(24), Rate(25), Rate(30, drop=True), Rate(30))
"""By the two bits in the hours of MIDI time code."""


def position(rate: Rate, hours: int, minutes: int, seconds: int, frames: int, fps: int | None) -> int:
    """Where a label written in a sheet of `fps` is in code of this rate, in quarter frames. Shows of 50 and 60 frames
    count two to a frame of MIDI time code."""
    part = 0
    if fps is not None and fps > 30:
        frames, part = frames // 2, frames % 2 * 2
    return (rate.count(hours, minutes, seconds, frames) * 4 + part) % rate.day


class TimecodeSpan(Struct, frozen=True):
    """Code has run from `begin` through `end`, both included (quarter frames; `end` may be after midnight and so
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


class _Claim(Struct, frozen=True):
    """A label that did not follow, and waits for the next one to follow it: its frame's number, where the code ran in
    that row before it, and when it was complete. `broken`: the row has ended since."""

    rate: Rate
    count: int
    begin: int
    at: int
    broken: bool = False


class Chaser:
    """Follows the quarter frames of one source."""

    def __init__(self) -> None:
        self._nibbles = [0] * 8
        self._row = 0
        """Quarter frames in a row, up to the last one, that may belong to the same run of the code."""
        self._last = -1
        self._heard = 0
        self._row_began = 0
        self._group: tuple[Rate, int] | None = None
        """The label's frame number that the quarter frames now belong to, while the chaser is locked."""
        self._due: tuple[int, ...] = ()
        self._next: tuple[int, ...] = ()
        """What the quarter frames of the group are, and what they are if they are taken from the frame after it."""
        self._doubt = False
        """Since the code was sure, a quarter frame came that neither of them explains."""
        self._wrong = 0
        """Labels in a row that were not those of the group."""
        self._claimed: _Claim | None = None
        self._stands: tuple[Rate, int] | None = None
        """Where a full frame has put the code, until it runs."""
        self._seen: tuple[Rate, int, int] | None = None
        """Up to where spans were reported, and when."""

    @property
    def running(self) -> tuple[int, int, int, int] | None:
        """The label of the frame where the code was heard last, while it runs."""
        if self._group is None:
            return None
        rate, count = self._group
        return rate.label((count + self._last // 4) % (rate.day // 4))

    def located(self, rate: Rate, hours: int, minutes: int, seconds: int, frames: int) -> None:
        """A full-frame message: the code is elsewhere now."""
        self._lose()
        self._seen = self._claimed = None
        self._stands = (rate, rate.count(hours, minutes, seconds, frames)) if frames < rate.fps else None

    def _lose(self) -> None:
        self._row, self._group, self._last = 0, None, -1

    def quarter(self, piece: int, nibble: int, now: int) -> TimecodeSpan | None:
        """A quarter-frame message: `piece` 0 to 7, `nibble` 0 to 15, heard at `now`."""
        if self._row and piece == (self._last + 1) % 8 and now - self._heard <= SILENCE_NS:
            self._row += 1
        else:
            self._row, self._group, self._row_began = 1, None, now
            self._claimed = self._claimed and replace(self._claimed, broken=True)
        self._last, self._heard = piece, now
        self._nibbles[piece] = nibble
        if self._group is None:
            return self._lock(now) if piece == 7 and self._row >= 8 else None
        if piece == 0:
            rate, count = self._group
            self._follow(rate, (count + 2) % (rate.day // 4))
        if nibble not in (self._due[piece], self._next[piece]):
            self._doubt = True
        if piece == 7:
            if tuple(self._nibbles) == self._due:
                self._wrong, self._doubt, self._claimed = 0, False, None
            elif (moved := self._moved(self._group[0], now)) is not None:
                return moved
            if self._group is None:
                return None
        rate, count = self._group
        return None if self._doubt else self._ran((count * 4 + piece) % rate.day, rate, now)

    def _moved(self, rate: Rate, now: int) -> TimecodeSpan | None:
        """A label that is not the one that follows; `rate` is that of the code so far. The position is unknown
        when such labels follow each other and agree on nothing."""
        label = self._label()
        if label is not None and self._follows(label, now):
            return self._believe(label, now)
        self._row, self._row_began = 8, now - 7 * rate.quarter
        self._claim(label, now)
        self._wrong += 1
        if self._wrong >= WRONG:
            self._group = None
        return None

    def _claim(self, label: tuple[Rate, int] | None, now: int) -> None:
        self._claimed = None if label is None else _Claim(*label, self._begin(label), now)

    def _follows(self, label: tuple[Rate, int], now: int) -> bool:
        """Whether it is the label after the claimed one, or is where that would have run to meanwhile."""
        claim = self._claimed
        if claim is None or claim.rate != label[0]:
            return False
        gap = self._apart(claim.rate, claim.count * 4, label[1] * 4)
        if not claim.broken:
            return gap == 8
        passed = now - claim.at
        return passed <= FREEWHEEL_NS and abs(gap - passed // claim.rate.quarter) <= DRIFT

    def _follow(self, rate: Rate, count: int) -> None:
        self._group = rate, count
        self._due, self._next = _pieces(rate, count), _pieces(rate, (count + 1) % (rate.day // 4))

    def _label(self) -> tuple[Rate, int] | None:
        """The frame number of the eight quarter frames that came last; None when there is no such label."""
        low, high = self._nibbles[::2], self._nibbles[1::2]
        frames, seconds, minutes, hours = (a | b << 4 for a, b in zip(low, high, strict=True))
        rate, hours = RATES[hours >> 5 & 3], hours & 31
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= rate.fps:
            return None
        return rate, rate.count(hours, minutes, seconds, frames)

    def _lock(self, now: int) -> TimecodeSpan | None:
        label = self._label()
        if label is None:
            self._lose()
            self._claimed = None
            return None
        if self._goes_on(label[0], self._begin(label)) or self._follows(label, now):
            return self._believe(label, now)
        if self._claimed is not None:
            self._row, self._row_began = 8, now - 7 * label[0].quarter
        self._claim(label, now)
        return None

    def _begin(self, label: tuple[Rate, int]) -> int:
        """Where the row began, if it ends with this label."""
        rate, count = label
        return (count * 4 + 7 - min(self._row, rate.day) + 1) % rate.day

    def _goes_on(self, rate: Rate, begin: int) -> bool:
        """Whether a row that begins here is expected here."""
        if self._stands is not None and self._stands[0] == rate:
            return abs(self._apart(rate, self._stands[1] * 4 % rate.day, begin)) <= SLACK
        if self._seen is None or self._seen[0] != rate:
            return False
        gap, silent = self._apart(rate, self._seen[1], begin), self._row_began - self._seen[2]
        return abs(gap) <= SLACK or (silent <= FREEWHEEL_NS and abs(gap - silent // rate.quarter) <= DRIFT)

    def _believe(self, label: tuple[Rate, int], now: int) -> TimecodeSpan | None:
        rate, count = label
        begin = self._begin(label)
        seen, goes_on = self._seen, self._stands is None and self._goes_on(rate, begin)
        if not goes_on and self._claimed is not None and self._follows(label, now):
            begin = self._claimed.begin
        self._follow(rate, count)
        self._doubt, self._wrong, self._claimed, self._stands = False, 0, None, None
        self._seen = (rate, seen[1], now) if goes_on and seen is not None else (rate, (begin - 1) % rate.day, now)
        return self._ran((count * 4 + 7) % rate.day, rate, now)

    @staticmethod
    def _apart(rate: Rate, start: int, end: int) -> int:
        """From one position to another the short way round the day."""
        return (end - start + rate.day // 2) % rate.day - rate.day // 2

    def _ran(self, end: int, rate: Rate, now: int) -> TimecodeSpan | None:
        _, last, _ = self._seen or (rate, (end - 1) % rate.day, now)
        if self._apart(rate, last, end) <= 0:
            return None
        self._seen = rate, end, now
        return TimecodeSpan(rate, (last + 1) % rate.day, end, now)


def _pieces(rate: Rate, count: int) -> tuple[int, ...]:
    """The eight quarter frames of a label."""
    hours, minutes, seconds, frames = rate.label(count)
    hours |= RATES.index(rate) << 5
    return tuple(part >> shift & 15 for part in (frames, seconds, minutes, hours) for shift in (0, 4))
