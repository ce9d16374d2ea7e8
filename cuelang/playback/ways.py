"""One axis on its way: where it is at an instant, and how the way ends early. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from cuelang.commands import Ease, Place
from cuelang.models import Model, easing, motion, paths
from cuelang.units import NS


class Way(NamedTuple):
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


Course: TypeAlias = Way | Eased | Trail


def stand(way: Course | None, now: int) -> Way | None:
    """At rest where it is at `now`."""
    if way is None:
        return None
    here = way.at(now)
    return Way(here, here, now, now)


def far_off(travel: int, over: int) -> bool:
    """More than 10 % and more than 500 ms off the time that was asked for."""
    off = abs(travel - over)
    return off * 10 > over and off * 2 > NS


def clip(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def driven(
    here: int | None, sign: int, bounds: tuple[int, int], model: Model, axis: motion.Axis, speed: int, now: int
) -> Way | None:
    """An axis that is driven to the end of its range."""
    if here is None:
        return None
    end = bounds[1] if sign > 0 else bounds[0]
    if sign == 0 or (end - here) * sign <= 0:
        return Way(here, here, now, now)
    return Way(here, end, now, now + motion.axis_travel(model, axis, end - here, speed))


def given_up(way: Course | None, now: int) -> Course | None:
    """The same way, given up at `now`."""
    if way is None or now >= way.arrive:
        return way
    return Way(way.start, way.at(now), way.leave, now)
