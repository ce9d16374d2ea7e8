"""A timed turn of the head that starts or ends softly: a short series of speeds on the way to one place. Pure.

The head is sent to the same place again and again, each time at another speed, which VISCA heads take while they move.
Each axis climbs to a speed above its mean in a few steps of equal length, and comes down likewise; how long a step
lasts is worked out so that the axis arrives exactly when the time is over. An axis whose slowest speed is too fast for
that keeps one speed, and so does a move that is too short.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from cuelang.commands import Ease
from cuelang.models import motion
from cuelang.models.model import Model, nearest, nearest_ratio
from cuelang.units import MS, NS

SHORTEST_NS = 200 * MS
"""How long a head keeps a speed at least."""
TOGETHER_NS = 100 * MS
"""Changes of both axes that are closer together than this are one frame."""
MOST_STEPS = 3
"""Speeds below the highest one, at each end of a move."""
PEAK = {"in": Fraction(2), "out": Fraction(2), "in_out": Fraction(3, 2)}
"""The highest speed of each ease, as a multiple of the mean."""
LATE_NS = 500 * MS


class Leg(NamedTuple):
    """From `at` (ns after the start of the move) on the head turns with these speed steps."""

    at: int
    pan_speed: int
    tilt_speed: int


class Point(NamedTuple):
    """Counts from the start of the move, `at` ns after it."""

    at: int
    gone: int


@lru_cache(maxsize=4096)
def legs(model: Model, dpan: int, dtilt: int, over: int, ease: Ease) -> tuple[Leg, ...]:
    """How a head turns that is to arrive after `over` ns; one leg where the speeds do not allow the ease."""
    steps = motion.speeds_for(model, dpan, dtilt, over)
    even = (Leg(0, *steps),)
    if ease == "linear" or over <= 0:
        return even
    if model.speeds == "one":
        pan, tilt = motion.turn(model, dpan, dtilt, *steps)
        pans = pan >= tilt
        climb = _climb(model, "pan" if pans else "tilt", dpan if pans else dtilt, over, ease)
        eased = tuple(Leg(at, step, step) for at, step in climb)
    elif steps[1] == motion.TOGETHER:
        eased = tuple(Leg(at, step, motion.TOGETHER) for at, step in _climb(model, "pan", dpan, over, ease))
    else:
        eased = tuple(
            _beside(
                _climb(model, "pan", dpan, over, ease) or ((0, steps[0]),),
                _climb(model, "tilt", dtilt, over, ease) or ((0, steps[1]),),
            )
        )
    if len(eased) < 2:
        return even
    off, as_before = (abs(arrival(model, dpan, dtilt, one) - over) for one in (eased, even))
    return eased if off <= max(as_before, min(over // 10, LATE_NS)) else even


def _climb(model: Model, axis: motion.HeadAxis, delta: int, over: int, ease: Ease) -> tuple[tuple[int, int], ...]:
    """The speed steps of one axis, each with the time at which it begins; empty if it cannot be eased."""
    counts = _counts(model, axis)
    if not delta or counts[0] * over >= abs(delta) * NS:
        return ()
    wanted = Fraction(abs(delta) * NS, over) * PEAK[ease]
    peaks = sorted(range(len(counts)), key=lambda index: abs(counts[index] - wanted))
    for many in range(MOST_STEPS, 0, -1):
        for peak in peaks:
            found = _profile(counts, abs(delta), over, ease, peak, many)
            if found:
                return found
    return ()


def _profile(
    counts: tuple[Fraction, ...], way: int, over: int, ease: Ease, peak: int, many: int
) -> tuple[tuple[int, int], ...]:
    """With this highest speed and this number of steps up to it; empty if the axis would not arrive in time."""
    top = counts[peak]
    slower = [_nearest_step(counts, top * (2 * number + 1) / (2 * many)) for number in range(many)]
    slower = [step for step in slower if step < peak]
    ramps = slower if ease == "in" else slower[::-1] if ease == "out" else [*slower, *slower[::-1]]
    spare = top * over - way * NS
    lost = sum((top - counts[step] for step in ramps), Fraction(0))
    if not lost or spare <= 0:
        return ()
    lasts = spare / lost
    if lasts < SHORTEST_NS or over - lasts * len(ramps) < SHORTEST_NS:
        return ()
    order = (
        [*slower, peak] if ease == "in" else [peak, *slower[::-1]] if ease == "out" else [*slower, peak, *slower[::-1]]
    )
    found: list[tuple[int, int]] = []
    at = Fraction(0)
    for step in order:
        if not found or found[-1][1] != step + 1:
            found.append((nearest(at), step + 1))
        at += over - lasts * len(ramps) if step == peak else lasts
    return tuple(found)


def _nearest_step(counts: tuple[Fraction, ...], speed: Fraction) -> int:
    return min(range(len(counts)), key=lambda index: abs(counts[index] - speed))


@lru_cache(maxsize=64)
def _counts(model: Model, axis: motion.HeadAxis) -> tuple[Fraction, ...]:
    """Counts a second at each step."""
    steps = model.pan_speeds if axis == "pan" else model.tilt_speeds
    return tuple(speed * model.units_per_degree for speed in steps)


def _beside(pans: Iterable[tuple[int, int]], tilts: Iterable[tuple[int, int]]) -> Iterator[Leg]:
    """Both axes in one series."""
    pan_at, tilt_at = dict(pans), dict(tilts)
    before: Leg | None = None
    for at in sorted({*pan_at, *tilt_at}):
        if before is None:
            before = Leg(at, pan_at[at], tilt_at[at])
            continue
        pan, tilt = pan_at.get(at, before.pan_speed), tilt_at.get(at, before.tilt_speed)
        if at - before.at < TOGETHER_NS:
            before = Leg(before.at, pan, tilt)
            continue
        yield before
        before = Leg(at, pan, tilt)
    if before is not None:
        yield before


def courses(
    model: Model, dpan: int, dtilt: int, series: tuple[Leg, ...]
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Where pan and tilt are whenever a speed changes, and when each arrives, as the camera reckons."""
    pans, tilts = [Point(0, 0)], [Point(0, 0)]
    ends = [leg.at for leg in series[1:]]
    for leg, end in zip(series, [*ends, None], strict=True):
        left = dpan - pans[-1].gone, dtilt - tilts[-1].gone
        takes = motion.turn(model, *left, leg.pan_speed, leg.tilt_speed)
        for points, rest, travel in zip((pans, tilts), left, takes, strict=True):
            if rest and (end is None or leg.at + travel <= end):
                points.append(Point(leg.at + travel, points[-1].gone + rest))
            elif rest and end is not None:
                points.append(Point(end, points[-1].gone + nearest_ratio(rest * (end - leg.at), travel)))
    return tuple(pans), tuple(tilts)


def arrival(model: Model, dpan: int, dtilt: int, series: tuple[Leg, ...]) -> int:
    """When both axes are there, in ns after the start."""
    return max(points[-1].at for points in courses(model, dpan, dtilt, series))


def gone(points: tuple[Point, ...], elapsed: int) -> int:
    """How far along such a course an axis is."""
    after = bisect_right(points, elapsed, key=lambda point: point.at)
    if after == len(points):
        return points[-1].gone
    a, b = points[after - 1], points[after]
    return a.gone + nearest_ratio((b.gone - a.gone) * (elapsed - a.at), b.at - a.at)
