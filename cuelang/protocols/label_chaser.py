"""Follows time code that says a whole label with each frame, as LTC and Art-Net do.

It reports the same spans as the `Chaser` of MIDI time code does, and nothing else fires a trigger:

    start     the first label waits for the one that follows it; the span begins with the first
    jump      a label that does not follow is believed when the next one follows it; what is between is skipped
    stop      nothing more is reported; what goes on within four frames of where it stopped has missed nothing, and
              gets nothing twice
    drop-out  of at most `FREEWHEEL_NS`, after which the code is where its time would have taken it: it ran through the
              gap
    backwards, shuttling, or the same label again and again: nothing
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.protocols.timecode import FREEWHEEL_NS, SILENCE_NS, SLACK, Rate, TimecodeSpan

DRIFT = 2
"""Frames by which the code may be off its time after a drop-out."""
_NEAR = SLACK // 4


class _Heard(Struct, frozen=True):
    """A label: its frame's number, and when its frame began."""

    rate: Rate
    count: int
    at: int


class LabelChaser:
    """Follows the labels of one source."""

    def __init__(self) -> None:
        self._run: _Heard | None = None
        """The last label that was believed."""
        self._claim: _Heard | None = None
        """One that did not follow, and waits for the next one to follow it."""
        self._seen: tuple[Rate, int] | None = None
        """Up to which quarter frame spans were reported."""

    def label(self, rate: Rate, parts: tuple[int, int, int, int], at: int) -> TimecodeSpan | None:
        """A frame with this label began at `at` (loop ns)."""
        heard = _Heard(rate, rate.count(*parts), at)
        run, claim = self._run, self._claim
        if run is not None and _goes_on(run, heard):
            return self._believe(heard)
        if claim is not None and _follows(claim, heard):
            begin = claim.count * 4
            if self._seen is None or self._seen[0] != rate or abs(_apart(rate, self._seen[1], begin)) > SLACK:
                self._seen = rate, begin - 1
            return self._believe(heard)
        self._claim = heard
        return None

    def _believe(self, heard: _Heard) -> TimecodeSpan | None:
        self._run, self._claim = heard, None
        rate, now = heard.rate, heard.count * 4
        _, last = self._seen or (rate, now - 1)
        if _apart(rate, last, now) <= 0:
            return None
        self._seen = rate, now
        return TimecodeSpan(rate, (last + 1) % rate.day, now, heard.at)


def _apart(rate: Rate, start: int, end: int) -> int:
    """Quarter frames from one position to another the short way round the day."""
    return (end - start + rate.day // 2) % rate.day - rate.day // 2


def _frames(before: _Heard, heard: _Heard) -> int:
    return _apart(heard.rate, before.count * 4, heard.count * 4) // 4


def _follows(before: _Heard, heard: _Heard) -> bool:
    """Whether it is the next label, or the one to which the code would have run meanwhile."""
    if before.rate != heard.rate:
        return False
    gap, passed = _frames(before, heard), heard.at - before.at
    if gap < 1 or passed > FREEWHEEL_NS:
        return False
    return gap == 1 or abs(gap - round(passed / (heard.rate.quarter * 4))) <= (1 if passed < SILENCE_NS else DRIFT)


def _goes_on(run: _Heard, heard: _Heard) -> bool:
    """The same of code that is known to be there: it may rest, and it may have stopped for as long as it likes."""
    if run.rate != heard.rate:
        return False
    gap = _frames(run, heard)
    return gap == 0 or _follows(run, heard) or (heard.at - run.at > SILENCE_NS and abs(gap) <= _NEAR)
