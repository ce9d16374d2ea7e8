"""When a camera will be where: predictions from a model's tables. Times are integer nanoseconds.

An axis runs at the constant speed of its step; no maker publishes an acceleration, so there is none here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from cuelang.commands import Ease, Pose, Ramp
from cuelang.models.model import Model, nearest_ratio
from cuelang.units import NS

HeadAxis = Literal["pan", "tilt"]

TOGETHER = 0
"""As the tilt's speed of a head that can: it takes the speed with which it arrives when the pan does."""


@lru_cache(maxsize=512)
def _pace(model: Model, axis: HeadAxis) -> tuple[tuple[int, int], ...]:
    """For each step, nanoseconds per count as a quotient (numerator, denominator)."""
    steps = model.pan_speeds if axis == "pan" else model.tilt_speeds
    paces = (NS / (speed * model.units_per_degree) for speed in steps)
    return tuple((pace.numerator, pace.denominator) for pace in paces)


@lru_cache(maxsize=512)
def _rises(model: Model, axis: HeadAxis) -> bool:
    """Whether no step is slower than the one before."""
    steps = model.pan_speeds if axis == "pan" else model.tilt_speeds
    return all(one <= other for one, other in pairwise(steps))


def axis_travel(model: Model, axis: HeadAxis, delta: int, step: int) -> int:
    """How long an axis takes for `delta` counts at a speed step; steps outside the table count as its ends."""
    paces = _pace(model, axis)
    numerator, denominator = paces[min(max(step, 1), len(paces)) - 1]
    return nearest_ratio(abs(delta) * numerator, denominator)


def turn(model: Model, dpan: int, dtilt: int, pan_speed: int, tilt_speed: int) -> tuple[int, int]:
    """How long pan and tilt take on a move to a position. A model with one speed has the pan's for both axes; with
    `TOGETHER` as the tilt's speed both arrive when the slower one does."""
    if model.speeds == "one":
        tilt_speed = pan_speed
    pan = axis_travel(model, "pan", dpan, pan_speed)
    if tilt_speed == TOGETHER:
        both = max(pan, axis_travel(model, "tilt", dtilt, len(model.tilt_speeds)))
        return both, both
    return pan, axis_travel(model, "tilt", dtilt, tilt_speed)


def zoom_travel(model: Model, delta: int) -> int:
    """How long the zoom takes for `delta` counts at full speed."""
    return nearest_ratio(abs(delta) * model.zoom_full, model.zoom_max)


def travel(model: Model, start: Pose, end: Pose, pan_speed: int, tilt_speed: int) -> int:
    """How long until every axis of `end` is there. An axis that either pose leaves out takes no time."""
    dpan = 0 if start.pan is None or end.pan is None else end.pan - start.pan
    dtilt = 0 if start.tilt is None or end.tilt is None else end.tilt - start.tilt
    longest = max(turn(model, dpan, dtilt, pan_speed, tilt_speed))
    if start.zoom is not None and end.zoom is not None:
        longest = max(longest, zoom_travel(model, end.zoom - start.zoom))
    return longest


def longest(model: Model, pan_speed: int, tilt_speed: int) -> int:
    """How long the longest way takes that this model can go."""
    (left, right), (low, high) = model.pan_range, model.tilt_range
    return travel(model, Pose(left, low, 0), Pose(right, high, model.zoom_max), pan_speed, tilt_speed)


def given(travels: int) -> int:
    """How long a move is waited for: cameras are slower than their figures, and some report late."""
    return 2 * travels + 10_000_000_000


def fastest(model: Model, start: Pose, end: Pose) -> int:
    """`travel` at the highest speeds: no timed move can be shorter."""
    return travel(model, start, end, len(model.pan_speeds), len(model.tilt_speeds))


def speeds_for(model: Model, dpan: int, dtilt: int, over: int) -> tuple[int, int]:
    """The steps (pan, tilt) with which each axis arrives as near `over` as the table allows.

    Of two steps equally near, the one that is not late. An axis that does not move gets step 1. On a model with one
    speed it is the last axis that arrives nearest; on a head that brings both in together, each is chosen wherever
    that comes nearer or as near.
    """
    if model.speeds == "one":
        steps = range(1, len(model.pan_speeds) + 1)
        times = {step: max(turn(model, dpan, dtilt, step, step)) for step in steps if dpan or dtilt}
        step = min(times, key=lambda step: (abs(times[step] - over), times[step], step), default=1)
        return step, step
    pan, tilt = _step_for(model, "pan", dpan, over), _step_for(model, "tilt", dtilt, over)
    if model.speeds == "sync" and dpan and dtilt:
        apart = max(turn(model, dpan, dtilt, pan, tilt))
        together, _ = turn(model, dpan, dtilt, pan, TOGETHER)
        slowest = axis_travel(model, "tilt", dtilt, 1)
        if together <= slowest and abs(together - over) <= abs(apart - over):
            return pan, TOGETHER
    return pan, tilt


def _step_for(model: Model, axis: HeadAxis, delta: int, over: int) -> int:
    if delta == 0:
        return 1
    paces, way = _pace(model, axis), abs(delta)

    def takes(index: int) -> int:
        return nearest_ratio(way * paces[index][0], paces[index][1])

    if not _rises(model, axis):
        return min(range(len(paces)), key=lambda index: (abs(takes(index) - over), takes(index))) + 1
    in_time = bisect_left(range(len(paces)), True, key=lambda index: takes(index) <= over)
    late = in_time - 1
    while late > 0 and takes(late - 1) == takes(late):
        late -= 1
    near = [index for index in (late, in_time) if 0 <= index < len(paces)]
    return min(near, key=lambda index: (abs(takes(index) - over), takes(index))) + 1


def _shape(n: int, d: int, ease: Ease) -> tuple[int, int]:
    match ease:
        case "linear":
            return n, d
        case "in":
            return n * n, d * d
        case "out":
            return n * (2 * d - n), d * d
        case "in_out":
            return n * n * (3 * d - 2 * n), d * d * d


def ramp_value(start: int, target: int, over: int, elapsed: int, ease: Ease) -> int:
    """The raw value of a ramp `elapsed` ns after its start: `target` from `over` on."""
    if elapsed >= over:
        return target
    return _value(start, target, max(elapsed, 0), over, ease)


STEEPEST = {"linear": 2, "in": 4, "out": 4, "in_out": 3}
"""The fastest part of a ramp, in halves of its average speed."""


def zoom_keeps_up(model: Model, here: int | None, ramp: Ramp, start: int | None) -> bool:
    """Whether a lens that is `here` (None: unknown) is never much behind the frames of this zoom over time, which
    begins at `start` (None: unknown)."""
    if start is None or here is None:
        return False
    way = zoom_travel(model, ramp.target - start) * STEEPEST[ramp.ease]
    return zoom_travel(model, here - start) <= NS // ramp.rate and way <= ramp.over * 2


def _value(start: int, target: int, n: int, d: int, ease: Ease) -> int:
    numerator, denominator = _shape(n, d, ease)
    return nearest_ratio(start * denominator + (target - start) * numerator, denominator)


def ramp_frames(
    start: int, target: int, over: int, rate: int, ease: Ease, *, send_start: bool = False
) -> Iterator[tuple[int, int]]:
    """The frames of a ramp: (offset ns, raw value), in order.

    One at k/`rate` seconds for k = 1, 2, … before `over`, and one at exactly `over` with exactly `target`.
    With `send_start`, one at 0 with `start`. A frame equal to the one before is left out, the last one never.
    """
    before: int | None = None
    if send_start:
        before = start
        yield 0, start
    whole = over * rate
    at = NS
    while at < whole:
        value = _value(start, target, at, whole, ease)
        if value != before:
            before = value
            yield nearest_ratio(at, rate), value
        at += NS
    yield over, target


class Glide(NamedTuple):
    """How a lens is driven: the zoom speed 0 … 7 (None: at rest), and 1 towards tele or -1 towards wide."""

    step: int | None
    sign: int


STANDING = Glide(None, 0)


def glided(model: Model, here: int, glide: Glide, elapsed: int) -> int:
    """Where a lens is that was `here` `elapsed` ns ago and has been driven like this. `model` has `zoom_speeds`."""
    if glide.step is None:
        return here
    speed = model.zoom_speeds[glide.step]
    way = nearest_ratio(max(elapsed, 0) * speed.numerator, NS * speed.denominator)
    return min(max(here + glide.sign * way, 0), model.zoom_max)


def glide_on(model: Model, here: int, start: int, ramp: Ramp, elapsed: int, beat: int) -> Glide:
    """How to drive a lens that is `here`, so that it is nearest to where the ramp from `start` will be a beat (ns)
    later. Of two that are equally near, standing and then the slower one."""
    ahead = min(elapsed + beat, ramp.over)
    way = ramp_value(start, ramp.target, ramp.over, ahead, ramp.ease) - here
    wanted = Fraction(abs(way) * NS, max(ahead - elapsed, 1))
    chosen, off = STANDING, wanted
    for step, speed in enumerate(model.zoom_speeds):
        if abs(speed - wanted) < off:
            chosen, off = Glide(step, 1 if way > 0 else -1), abs(speed - wanted)
    return chosen


def glide(model: Model, start: int, ramp: Ramp) -> Iterator[tuple[int, Glide]]:
    """The speeds of a ramp on a camera that keeps to its model: (offset ns, speed), each that differs from the one
    before. What ends the ramp, at `over`, is not part of it. With a start of its own it begins one beat later."""
    beat = NS // ramp.rate
    offset = turned = 0 if ramp.start is None else beat
    there, going = start, STANDING
    while offset < ramp.over:
        here = glided(model, there, going, offset - turned)
        chosen = glide_on(model, here, start, ramp, offset, beat)
        if chosen != going:
            there, turned, going = here, offset, chosen
            yield offset, going
        offset += beat


def position(start: int, target: int, units_per_s: Fraction | int, elapsed: int) -> int:
    """Where an axis is that left `start` for `target` `elapsed` ns ago at a constant speed."""
    speed = Fraction(units_per_s)
    covered = nearest_ratio(max(elapsed, 0) * speed.numerator, NS * speed.denominator)
    if covered >= abs(target - start):
        return target
    return start + covered if target >= start else start - covered
