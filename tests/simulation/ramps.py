"""The frames of a zoom over time, worked out again from the contract: at k/R, the last at exactly T with the target."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cuelang.commands import ZOOM, Ramp
from cuelang.units import MS, NS
from tests.simulation.wire import zoom_position

if TYPE_CHECKING:
    from tests.simulation.watch import Watch
    from tests.simulation.watched import Work

EASES = {
    "linear": lambda p: p, "in": lambda p: p * p, "out": lambda p: 1 - (1 - p) ** 2,
    "in_out": lambda p: 3 * p**2 - 2 * p**3,
}  # fmt: skip


def nearest(value: Fraction) -> int:
    """Halves away from zero."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


LATE = 60 * MS
"""A frame may wait until the camera has taken others."""


class Ramps:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._shifted: set[int] = set()
        self._seen: dict[int, list[tuple[int, int]]] = {}
        self._unclear: dict[int, int] = {}
        """The place of the latest frame that may have been this ramp's, or another's."""

    def shifted(self, work: Work) -> None:
        """It was held: its times are others now."""
        self._shifted.add(id(work))

    def frame(self, camera: str, works: list[Work], scheme: str, data: bytes, now: int) -> None:
        place = zoom_position(scheme, data)
        if place is None or camera not in self._watch.clean:
            return
        owners = [work for work in works if ZOOM in work.owns(now)]
        if len(owners) > 1:  # one has given way to the other at this instant, and the frame may be of either
            self._unclear |= {id(work): place for work in works if work.ended is None}
            return
        for work in works:
            if isinstance(work.job.command, Ramp) and work.job.command.axis == "zoom" and work.ended is None:
                self._seen.setdefault(id(work), []).append((now, place))

    def finished(self, camera: str, work: Work) -> None:
        command, job = work.job.command, work.job
        seen, unclear = self._seen.pop(id(work), []), self._unclear.pop(id(work), None)
        if not isinstance(command, Ramp) or camera not in self._watch.clean or id(work) in self._shifted:
            return
        if command.by != "position" or not seen or command.axis != "zoom":
            return
        if job.outcome == "completed" and command.target not in (seen[-1][1], unclear):
            self._watch.breaks("a ramp ends at its target", f"{camera}: {command}, {seen[-1][1]}")
        if command.start is None:
            return
        for at, place in seen:
            since = at - job.due
            count = (since + MS) * command.rate // NS
            due = command.over if since > command.over - MS else count * NS // command.rate
            if not -MS < since - due < LATE:
                self._watch.breaks("a ramp has its frames at their times", f"{camera}: {command}, {since} ns")
                return
            way = EASES[command.ease](Fraction(min(due, command.over), command.over))
            if place != nearest(command.start + (command.target - command.start) * way):
                self._watch.breaks("a ramp follows its curve", f"{camera}: {command}, {place} at {since} ns")
                return
