"""The show laid out like a score: systems one under another, each a stretch of time as wide as the page.

A system begins where a section begins, and where the one before is full. Where nothing happens for long the time is
left out, and the place is marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from cuelang.output.html.score import Score

LENGTHS = (30_000.0, 60_000.0, 120_000.0, 300_000.0, 600_000.0, 1_800_000.0, 3_600_000.0)
"""Milliseconds that a system may hold."""
MAX_SYSTEMS = 60
"""Systems of a show, if a longer one holds what is too much for that."""
READABLE, LARGEST = 0.25, 20.0
"""Of the page's width: a system that is narrower is drawn larger, but never larger than this many times."""
FULL, ROOMIER = 0.92, 2.5
"""A section that is one system only fills this much of the width, but is drawn larger at most this many times; the rows
of a longer section share one scale. What is left is for the words behind the last bar."""
BREAK = 14.0
"""Units that stand for time left out."""


class Stretch(Struct, frozen=True):
    """Time without a gap, from `start` to `end`, drawn from `x` on."""

    start: float
    end: float
    x: float


class ScoreSystem(Struct, frozen=True):
    section: str
    stretches: tuple[Stretch, ...]
    scale: float
    """Units for a millisecond."""

    @property
    def start(self) -> float:
        return self.stretches[0].start

    @property
    def end(self) -> float:
        return self.stretches[-1].end

    @property
    def width(self) -> float:
        last = self.stretches[-1]
        return last.x + (last.end - last.start) * self.scale

    def x(self, at: float) -> float:
        """The x of a time; what is left out is at the mark, what is outside at the edge."""
        found = self.stretches[0].x
        for one in self.stretches:
            if at < one.start:
                break
            found = one.x + (min(at, one.end) - one.start) * self.scale
        return found


def systems(score: Score, width: float) -> list[ScoreSystem]:
    """The systems of a show, `width` units wide at most."""
    moments = sorted({0.0, score.length, *_moments(score)})
    sections = _sections(score)
    for length in LENGTHS:
        found = _lay(moments, sections, length, width)
        if len(found) <= MAX_SYSTEMS + len(sections):
            break
    return found


def _moments(score: Score) -> Iterable[float]:
    """Every time at which something is to be seen, and enough between them that what lasts is not a gap."""
    for bar in score.bars:
        yield from (bar.start, bar.end)
    for block in score.blocks:
        yield from (block.start, block.end)
    for sign in score.signs:
        yield sign.at
    for finding in score.findings:
        if finding.at is not None:
            yield finding.at


def _sections(score: Score) -> list[tuple[float, str]]:
    """Where a section begins: with the first cue of another one than before."""
    found: list[tuple[float, str]] = []
    for block in score.blocks:
        if block.section != (found[-1][1] if found else ""):
            found.append((block.start, block.section))
    return found


def _lay(
    moments: Sequence[float], sections: Sequence[tuple[float, str]], length: float, width: float
) -> list[ScoreSystem]:
    scale = width / length
    gap = length / 2
    stretches: list[tuple[float, float]] = []
    start = moments[0]
    for before, after in pairwise(moments):
        if after - before > gap:
            stretches.append((start, before + gap / 8))
            start = after - gap / 8
    stretches.append((start, max(moments[-1], start + gap / 8)))
    found: list[ScoreSystem] = []
    row: list[Stretch] = []
    x, section, ahead = 0.0, "", list(sections)
    if ahead and ahead[0][0] <= stretches[0][1]:
        section = ahead.pop(0)[1]

    def close() -> None:
        nonlocal row, x
        if row:
            found.append(ScoreSystem(section, tuple(row), scale))
        row, x = [], 0.0

    for begin, end in stretches:
        at = begin
        if row:
            x += BREAK
            if x > width - length * scale / 10:
                close()
        while at < end:
            if ahead and ahead[0][0] <= at:
                close()
                section = ahead.pop(0)[1]
            stop = min(end, at + (width - x) / scale, *(ahead[0][:1] if ahead and ahead[0][0] > at else ()))
            row.append(Stretch(at, stop, x))
            x += (stop - at) * scale
            at = stop
            if x >= width - 0.5 or (ahead and at >= ahead[0][0]):
                close()
    close()
    alone = {name for name, count in Counter(one.section for one in found).items() if count == 1}
    return [_widened(one, width, ROOMIER if one.section in alone else 1.0) for one in found]


def _widened(system: ScoreSystem, width: float, most: float) -> ScoreSystem:
    """The time of a short system is drawn larger: up to `most` times to fill the page, and more than that where it
    would be too narrow to read."""
    gaps = BREAK * (len(system.stretches) - 1)
    drawn = system.width - gaps
    if drawn <= 0:
        return system
    full, readable = (width * FULL - gaps) / drawn, (width * READABLE - gaps) / drawn
    factor = max(1.0, min(full, most), min(readable, LARGEST))
    if factor == 1.0:
        return system
    stretches: list[Stretch] = []
    x = 0.0
    for one in system.stretches:
        stretches.append(Stretch(one.start, one.end, x))
        x += (one.end - one.start) * system.scale * factor + BREAK
    return ScoreSystem(system.section, tuple(stretches), system.scale * factor)
