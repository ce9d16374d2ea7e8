"""Axes on their way: how they are set going, where they are at an instant, and how a way ends early. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from cuelang.commands import VECTORS, Direction, Ease, Place, Pose, Ramp
from cuelang.models import Model, easing, motion, paths
from cuelang.units import NS


class AxisWay(NamedTuple):
    """One axis on its way; at rest when `arrive` is past."""

    start: int
    target: int
    leave: int
    arrive: int
    ease: Ease = "linear"

    def at(self, now: int) -> int:
        if now >= self.arrive or self.start == self.target:
            return self.target
        if now <= self.leave:
            return self.start
        return motion.ramp_value(self.start, self.target, self.arrive - self.leave, now - self.leave, self.ease)


class Eased(NamedTuple):
    """One axis that starts or ends softly; at rest when `arrive` is past."""

    start: int
    leave: int
    points: tuple[easing.Point, ...]

    @property
    def target(self) -> int:
        return self.start + self.points[-1].gone

    @property
    def arrive(self) -> int:
        return self.leave + self.points[-1].at

    def at(self, now: int) -> int:
        return self.start + easing.gone(self.points, max(now - self.leave, 0))


class Trail(NamedTuple):
    """One axis on a recorded path that began at `leave`."""

    places: Sequence[Place]
    axis: Literal["pan", "tilt", "zoom"]
    leave: int

    @property
    def start(self) -> int:
        return self._of(self.places[0])

    @property
    def target(self) -> int:
        return self._of(self.places[-1])

    @property
    def arrive(self) -> int:
        return self.leave + self.places[-1].at

    def at(self, now: int) -> int:
        return self._of(paths.at(self.places, now - self.leave))

    def _of(self, place: Place) -> int:
        pan, tilt, zoom = place[1:]
        return {"pan": pan, "tilt": tilt, "zoom": zoom}[self.axis]


Course: TypeAlias = AxisWay | Eased | Trail


def stand(way: Course | None, now: int) -> AxisWay | None:
    """At rest where it is at `now`."""
    if way is None:
        return None
    here = way.at(now)
    return AxisWay(here, here, now, now)


def far_off(travel: int, over: int) -> bool:
    """More than 10 % and more than 500 ms off the time that was asked for."""
    off = abs(travel - over)
    return off * 10 > over and off * 2 > NS


def clip(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def turned(
    model: Model, here: Pose, goal: Pose, pan_speed: int, tilt_speed: int, now: int
) -> tuple[AxisWay | None, AxisWay | None, int | None]:
    """Pan and tilt, sent to a place, and when both arrive; None if one of them starts at an unknown place."""
    dpan, dtilt = _differences(here, goal)
    pan_time, tilt_time = motion.turn(model, dpan, dtilt, pan_speed, tilt_speed)
    pan, tilt = _sent(here.pan, goal.pan, pan_time, now), _sent(here.tilt, goal.tilt, tilt_time, now)
    if (goal.pan is not None and here.pan is None) or (goal.tilt is not None and here.tilt is None):
        return pan, tilt, None
    return pan, tilt, max((way.arrive for way in (pan, tilt) if way is not None), default=now)


def _differences(here: Pose, goal: Pose) -> tuple[int, int]:
    pan, tilt = (
        0 if at is None or to is None else to - at for at, to in ((here.pan, goal.pan), (here.tilt, goal.tilt))
    )
    return pan, tilt


def _sent(here: int | None, target: int | None, travel: int, now: int) -> AxisWay | None:
    if target is None:
        return None if here is None else AxisWay(here, here, now, now)
    return AxisWay(target, target, now, now) if here is None else AxisWay(here, target, now, now + travel)


def softened(
    model: Model, here: Pose, goal: Pose, over: int, ease: Ease, now: int
) -> tuple[Eased | None, Eased | None, int]:
    """Pan and tilt, sent to a place with a soft start or end, and when both arrive. None: it stays where it is."""
    dpan, dtilt = _differences(here, goal)
    pans, tilts = easing.courses(model, dpan, dtilt, easing.legs(model, dpan, dtilt, over, ease))
    return (
        Eased(here.pan or 0, now, pans) if dpan else None,
        Eased(here.tilt or 0, now, tilts) if dtilt else None,
        now + max(pans[-1].at, tilts[-1].at),
    )


def headed(
    model: Model, here: Pose, direction: Direction, pan_speed: int, tilt_speed: int, now: int
) -> tuple[AxisWay | None, AxisWay | None]:
    """Pan and tilt, driven this way to the ends of their ranges."""
    right, up = VECTORS[direction]
    if model.pan_left_positive:
        right = -right
    return (
        driven(here.pan, right, model.pan_range, model, "pan", pan_speed, now),
        driven(here.tilt, up, model.tilt_range, model, "tilt", tilt_speed, now),
    )


def driven(
    here: int | None, sign: int, bounds: tuple[int, int], model: Model, axis: motion.HeadAxis, speed: int, now: int
) -> AxisWay | None:
    """An axis that is driven to the end of its range."""
    if here is None:
        return None
    end = bounds[1] if sign > 0 else bounds[0]
    if sign == 0 or (end - here) * sign <= 0:
        return AxisWay(here, here, now, now)
    return AxisWay(here, end, now, now + motion.axis_travel(model, axis, end - here, speed))


def zoomed(model: Model, zoom: Course | None, position: int, now: int) -> AxisWay:
    """The lens, sent to a position."""
    here = position if zoom is None else zoom.at(now)
    return AxisWay(here, position, now, now + motion.zoom_travel(model, position - here))


def zoom_driven(model: Model, zoom: Course | None, direction: str, speed: int, now: int) -> AxisWay | None:
    """The lens, driven to its end. No maker publishes the seconds of a zoom speed: step 7 is taken as full speed,
    step 0 as an eighth."""
    if zoom is None:
        return None
    here, end = zoom.at(now), model.zoom_max if direction == "in" else 0
    return AxisWay(here, end, now, now + motion.zoom_travel(model, end - here) * 8 // (speed + 1))


def ramped(model: Model, zoom: Course | None, ramp: Ramp, now: int) -> AxisWay:
    """The lens on a ramp; later than asked for if it cannot be there in time."""
    start = ramp.start if ramp.start is not None else None if zoom is None else zoom.at(now)
    if start is None:
        return AxisWay(ramp.target, ramp.target, now, now + ramp.over)
    over = ramp.over
    needs = motion.zoom_travel(model, ramp.target - start)
    if far_off(needs, over) and needs > over:
        over = needs
    return AxisWay(start, ramp.target, now, now + over, ramp.ease)


def given_up(way: Course | None, now: int) -> Course | None:
    """The same way, given up at `now`."""
    if way is None or now >= way.arrive:
        return way
    return AxisWay(way.start, way.at(now), way.leave, now)
