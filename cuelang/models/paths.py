"""A camera on a recorded path: where it should be, how it is made to go there, and whether it can. Pure.

Pan and tilt are sent to places with speeds. Ten times a second, or as often as the model takes frames, the speed steps
are chosen that bring each axis nearest to where the path is a beat later; a frame is sent when its places or speeds
are others than before. Along a straight stretch the place is the end of the stretch, so that the head does not stop
on the way. An axis that would run ahead (it is to go slower than its slowest step) is sent from place to place, as is
a head whose axes have one speed together.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cuelang.commands import Place, Pose
from cuelang.models import motion
from cuelang.models.model import Model, nearest_ratio
from cuelang.units import MS, NS

OFF_DEG_100 = 10
"""How far, in hundredths of a degree, a place of the path may lie from where a straight stretch has it, and how far an
axis may run ahead in a beat."""
LONGEST_STRETCH = 50
"""Places that one straight stretch holds at most."""
LATE_NS = 500 * MS


class Turn(NamedTuple):
    """One frame of pan and tilt: the place in raw counts, and the speed steps."""

    pan: int
    tilt: int
    pan_speed: int
    tilt_speed: int


def at(places: Sequence[Place], when: int) -> Place:
    """The place at that time: the first one before the path begins, the last one after it ends."""
    after = bisect_right(places, when, key=lambda place: place.at)
    if after == 0:
        return places[0]._replace(at=when)
    if after == len(places):
        return places[-1]._replace(at=when)
    a, b = places[after - 1], places[after]
    part, whole = when - a.at, b.at - a.at
    pan, tilt, zoom = (x + nearest_ratio((y - x) * part, whole) for x, y in zip(a[1:], b[1:], strict=True))
    return Place(when, pan, tilt, zoom)


def rest(places: Sequence[Place], when: int) -> tuple[Place, ...]:
    """The path from `when` on, its time counted from there."""
    later = [place._replace(at=place.at - when) for place in places if place.at > when]
    return (at(places, when)._replace(at=0), *later)


def stretched(places: Sequence[Place], numerator: int, denominator: int) -> tuple[Place, ...]:
    """The same path `numerator`/`denominator` times as fast."""
    return tuple(place._replace(at=nearest_ratio(place.at * denominator, numerator)) for place in places)


def turns(model: Model, places: Sequence[Place], start: Pose, rate: int) -> Iterator[tuple[int, Turn]]:
    """The frames of pan and tilt: (offset ns, frame), the first at 0 with the first place, the last at the end of the
    path with exactly its last place. `start`: where the head is, as far as that is known."""
    first, last, beat = places[0], places[-1], NS // rate
    before = Turn(first.pan, first.tilt, len(model.pan_speeds), len(model.tilt_speeds))
    yield 0, before
    pan = first.pan if start.pan is None else start.pan
    tilt = first.tilt if start.tilt is None else start.tilt
    pan, tilt = _gone(model, pan, tilt, before, beat)
    stretch, now = 0, beat
    while now < last.at:
        ahead = min(now + beat, last.at)
        goal = at(places, ahead)
        while places[stretch].at <= now:
            stretch = _stretch_end(model, places, stretch)
        if model.speeds == "two":
            pan_to, pan_speed = _axis(model, "pan", pan, goal.pan, places[stretch].pan, ahead - now)
            tilt_to, tilt_speed = _axis(model, "tilt", tilt, goal.tilt, places[stretch].tilt, ahead - now)
            turn = Turn(pan_to, tilt_to, pan_speed, tilt_speed)
        else:
            steps = motion.speeds_for(model, goal.pan - pan, goal.tilt - tilt, ahead - now)
            turn = Turn(goal.pan, goal.tilt, *steps)
        if turn != before:
            yield now, turn
            before = turn
        pan, tilt = _gone(model, pan, tilt, turn, ahead - now)
        now = ahead
    yield last.at, Turn(last.pan, last.tilt, *motion.speeds_for(model, last.pan - pan, last.tilt - tilt, beat))


def _axis(model: Model, axis: motion.HeadAxis, here: int, goal: int, end: int, beat: int) -> tuple[int, int]:
    """Where to send one axis for the next beat, and how fast."""
    way, allowed = goal - here, _allowed(model)
    if way == 0:
        return goal, 1
    step = _step(model, axis, way, beat)
    reaches = (end - here) * way > 0 and abs(end - here) >= abs(way)
    ahead = _counts(model, axis)[step - 1] * beat / NS - abs(way)
    return (goal if ahead > allowed or not reaches else end), step


def _allowed(model: Model) -> int:
    """In counts."""
    return int(model.units_per_degree * OFF_DEG_100 / 100)


@lru_cache(maxsize=64)
def _counts(model: Model, axis: motion.HeadAxis) -> tuple[float, ...]:
    """Counts a second at each step."""
    steps = model.pan_speeds if axis == "pan" else model.tilt_speeds
    return tuple(float(speed * model.units_per_degree) for speed in steps)


def _step(model: Model, axis: motion.HeadAxis, way: int, beat: int) -> int:
    """The step with which an axis is nearest to the end of its way after a beat."""
    speeds, wanted = _counts(model, axis), abs(way) * NS / beat
    above = bisect_left(speeds, wanted)
    if above == 0 or above == len(speeds):
        return min(above, len(speeds) - 1) + 1
    return above if wanted - speeds[above - 1] <= speeds[above] - wanted else above + 1


def _gone(model: Model, pan: int, tilt: int, turn: Turn, beat: int) -> tuple[int, int]:
    """Where the head is after a beat."""
    takes = motion.turn(model, turn.pan - pan, turn.tilt - tilt, turn.pan_speed, turn.tilt_speed)
    ways = ((pan, turn.pan, takes[0]), (tilt, turn.tilt, takes[1]))
    gone = (to if travel <= beat else here + nearest_ratio((to - here) * beat, travel) for here, to, travel in ways)
    found = tuple(gone)
    return found[0], found[1]


def _stretch_end(model: Model, places: Sequence[Place], begin: int) -> int:
    """The last place that is reached in a straight line and at an even speed."""
    most = min(begin + LONGEST_STRETCH, len(places) - 1)
    allowed = _allowed(model)
    end = begin + 1
    while end < most and _is_straight(places, begin, end + 1, allowed):
        end += 1
    return end


def _is_straight(places: Sequence[Place], begin: int, end: int, allowed: int) -> bool:
    ends = (places[begin], places[end])
    for place in places[begin + 1 : end]:
        there = at(ends, place.at)
        if abs(there.pan - place.pan) > allowed or abs(there.tilt - place.tilt) > allowed:
            return False
    return True


def zooms(places: Sequence[Place], rate: int) -> Iterator[tuple[int, int]]:
    """The frames of the zoom: (offset ns, raw position), the first at 0, the last at the end of the path."""
    last, beat = places[-1], NS // rate
    before = places[0].zoom
    yield 0, before
    for now in range(beat, last.at, beat):
        zoom = at(places, now).zoom
        if zoom != before:
            before = zoom
            yield now, zoom
    yield last.at, last.zoom


class Behind(NamedTuple):
    """A stretch that a camera cannot follow: from when to when (ns of the path), and how late it is at its end."""

    begin: int
    end: int
    late: int


def too_fast(model: Model, places: Sequence[Place]) -> Behind | None:
    """The first stretch that the model cannot follow by more than 10 % and 500 ms."""
    free, begin = 0, 0
    worst: Behind | None = None
    for a, b in pairwise(places):
        if free <= a.at:
            if worst is not None:
                return worst
            free, begin = a.at, a.at
        free += motion.fastest(model, _pose(a), _pose(b))
        late = free - b.at
        if late > LATE_NS and late * 10 > b.at - begin and (worst is None or late > worst.late):
            worst = Behind(begin, b.at, late)
    return worst


def _pose(place: Place) -> Pose:
    return Pose(place.pan, place.tilt, place.zoom)
