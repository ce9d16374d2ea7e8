"""The door of the clock on the wall: schedules become requests.

Which instants they are is worked out in `cuelang/triggers/occurrences.py`; here each trigger has one firing that
is next, and the loop's clock is armed for the nearest. The wall clock is only believed when it is looked at, as soon
as the system says that it was set, and at least every `recheck`: set forward, what is between is a little late or,
past its grace, gets the verdict `late`; set back, everything is worked out again and what has fired does not fire
again. A machine that slept looks the same as a clock set forward, and is treated the same.

`skip` leaves out the next firing of all, once: when it is due it gets the verdict `refused` instead. It is kept by
schedule, action and instant, so a reload or a clock that is set changes nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import NamedTuple

from cuelang.clock import Clock, Handle
from cuelang.plan import CameraAction, CueAction, Forever, Plan, Schedule, Trigger, walk
from cuelang.playback.effects import Request, Verdict
from cuelang.triggers.occurrences import Occurrence, describe, does, occurrences, placed, scheduled, span, upcoming
from cuelang.triggers.osc_table import literal
from cuelang.units import NS

__all__ = ["ScheduleDoor", "describe", "occurrences", "upcoming"]

MAX_LATE = timedelta(seconds=5)
"""How late a firing of a running show may be without `missed within`: time servers set clocks by this much."""
RECHECK_NS = 1 * NS
"""Shorter than `MAX_LATE`: what is due soon after the clock was set is not missed for want of a look."""
_BACK = timedelta(seconds=1)
_MAX_MISSED = 20
"""Verdicts for firings that one trigger missed; the last of them counts the rest."""
_KEPT_FIRINGS = 10_000
_SCAN = 2_000
"""Missed firings of one trigger that are looked at one by one after a long sleep."""

_Kept = tuple[object, object]
"""A schedule and its action, in whatever line of the sheet."""
_Fired = dict[_Kept, dict[datetime, None]]


class _Skip(NamedTuple):
    """Who asked for it, and which firing it is, for people."""

    by: str
    firing: str


class _Armed:
    """One trigger: which firing is next, and which have been."""

    def __init__(
        self, trigger: Trigger, when: Schedule, zone: tzinfo, after: datetime, fired: dict[datetime, None]
    ) -> None:
        self.trigger, self.fired = trigger, fired
        self.source = f"schedule {describe(when)}"
        self.kept = _kept(trigger)
        self.missed = timedelta(microseconds=trigger.missed // 1000)
        self._when, self._zone = when, zone
        self.seek(after)

    def seek(self, after: datetime) -> None:
        self._walk: Iterator[Occurrence] = placed(self._when, self._zone, after)
        self.next = next(self._walk, None)

    def coming(self, wall: datetime) -> Occurrence | None:
        """The first one later than `wall` that has not fired."""
        if self.next is not None and self.next.instant > wall and self.next.instant not in self.fired:
            return self.next
        walk = placed(self._when, self._zone, wall)
        return next((one for one in walk if one.instant not in self.fired), None)

    def first(self, wall: datetime) -> Occurrence | None:
        """The first one later than `wall`, fired or not."""
        return next(placed(self._when, self._zone, wall), None)

    def due(self, wall: datetime) -> tuple[list[Occurrence], bool]:
        """What has come since the last time, and whether there was more than that."""
        found: list[Occurrence] = []
        while self.next is not None and self.next.instant <= wall:
            if len(found) == _SCAN:
                self.seek(wall - max(self.missed, MAX_LATE))
                return found[-_MAX_MISSED:] + self.due(wall)[0][-_SCAN:], True
            if self.next.instant not in self.fired:
                found.append(self.next)
                self.fired[self.next.instant] = None
                if len(self.fired) > _KEPT_FIRINGS:
                    del self.fired[next(iter(self.fired))]
            self.next = next(self._walk, None)
        return found, False


class ScheduleDoor:
    """`deliver` gets the request of each firing, `settled` the verdict `late` of each that is missed.

    `alive`: when this show was last known to run (the last line of its log). What should have fired since then fires
    now if its `missed within` allows, and is `late` if not; of several, only the latest fires. Without it nothing
    from before `open` is looked for. `recheck` None: the wall clock cannot be set (a virtual loop).
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        zone: tzinfo,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        *,
        alive: datetime | None = None,
        recheck: int | None = RECHECK_NS,
    ) -> None:
        self._plan, self._clock, self._zone = plan, clock, zone
        self._deliver, self._settled, self._problem = deliver, settled, problem
        self._alive, self._recheck = alive, recheck
        self._armed: list[_Armed] = []
        self._skips: dict[tuple[_Kept, datetime], _Skip] = {}
        self._asked: list[tuple[datetime, str]] = []
        """Skips that were asked for before `open`, in another show or on another machine: when, and by whom."""
        self._handle: Handle | None = None
        self._listening: Callable[[], None] | None = None
        self._seen = datetime.min.replace(tzinfo=UTC)

    def open(self) -> None:
        """Begin. A firing at this very instant fires; what was missed before is settled before this returns."""
        self._seen = self._clock.wall(UTC)
        alive = self._alive.astimezone(UTC) if self._alive is not None else self._seen
        self._arm_all(min(alive, self._seen) - timedelta(microseconds=1), {})
        for wall, by in self._asked:
            self._skip_at(wall, by)
        self._asked.clear()
        self._check(timedelta(0))
        self._listening = self._clock.watch_wall(self._set)

    def close(self) -> None:
        if self._listening is not None:
            self._listening()
            self._listening = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._armed = []

    def reload(self, plan: Plan) -> None:
        """Another plan from now on. A schedule that stayed as it was does not fire again for this instant."""
        fired: _Fired = {armed.kept: armed.fired for armed in self._armed}
        self._plan = plan
        self._arm_all(self._seen, fired)
        self._keep_skips()
        self._check(MAX_LATE)

    def skip(self, request: Request) -> Verdict:
        """Leave out the next firing, or, if it is left out already, do not."""
        wall = self._clock.wall(UTC)
        coming = [(armed, one) for armed in self._armed if (one := armed.coming(wall)) is not None]
        if not coming:
            return Verdict(request, "refused", "nothing is scheduled")
        armed, one = min(coming, key=lambda found: found[1].instant)
        firing = f"{does(armed.trigger)}, {one.at(self._zone):%a %Y-%m-%d %H:%M:%S}"
        if self._skips.pop((armed.kept, one.instant), None) is not None:
            return Verdict(request, "fired", did=f"no longer skipped: {firing}")
        self._skips[armed.kept, one.instant] = _Skip(request.source, firing)
        return Verdict(request, "fired", did=f"skipped: {firing}")

    def was_asked(self, wall: datetime, by: str) -> None:
        """`skip` was asked for at that time, in the show before a crash or on the machine that leads."""
        if self._listening is None:
            self._asked.append((wall, by))
        else:
            self._skip_at(wall, by)

    def _skip_at(self, wall: datetime, by: str) -> None:
        coming = [(armed, one) for armed in self._armed if (one := armed.first(wall.astimezone(UTC))) is not None]
        if coming:
            armed, one = min(coming, key=lambda found: found[1].instant)
            if self._skips.pop((armed.kept, one.instant), None) is None:
                firing = f"{does(armed.trigger)}, {one.at(self._zone):%a %Y-%m-%d %H:%M:%S}"
                self._skips[armed.kept, one.instant] = _Skip(by, firing)

    def skipped(self, trigger: Trigger, instant: datetime) -> bool:
        """Whether this firing is to be left out."""
        return bool(self._skips) and (_kept(trigger), instant.astimezone(UTC)) in self._skips

    def _keep_skips(self) -> None:
        """Those of schedules that the plan still has."""
        there = {armed.kept for armed in self._armed}
        for key, skip in list(self._skips.items()):
            if key[0] not in there:
                del self._skips[key]
                self._problem(f"No longer scheduled, so no longer skipped: {skip.firing}.")

    def _arm_all(self, after: datetime, fired: _Fired) -> None:
        self._armed = []
        for trigger, when in scheduled(self._plan):
            try:
                self._armed.append(_Armed(trigger, when, self._zone, after, fired.get(_kept(trigger), {})))
            except ValueError as error:
                place = trigger.origin.span
                self._problem(f"{place.file}:{place.line}: this schedule is invalid: {error}.")

    def _wake(self) -> None:
        self._handle = None
        self._check(MAX_LATE)

    def _set(self) -> None:
        self._check(MAX_LATE)

    def _check(self, grace: timedelta) -> None:
        wall = self._clock.wall(UTC)
        if wall < self._seen - _BACK:
            for armed in self._armed:
                armed.seek(wall)
        self._seen = wall
        firing: list[tuple[datetime, Callable[[], object]]] = []
        for armed in self._armed:
            found, more = armed.due(wall)
            if found:
                firing.extend(self._settle(armed, found, more, wall, grace))
        if self._skips:
            self._skips = {key: skip for key, skip in self._skips.items() if key[1] > wall}
        for _, act in sorted(firing, key=lambda item: item[0]):
            act()
        self._arm()

    def _settle(
        self, armed: _Armed, found: list[Occurrence], more: bool, wall: datetime, grace: timedelta
    ) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """One verdict for each; only the last may fire, because firing the same cue several times at once is
        useless."""
        request = self._request(armed)
        if request is None:
            return
        for one in found:
            skip = self._skips.get((armed.kept, one.instant))
            if skip is not None:
                yield one.instant, partial(self._settled, Verdict(request, "refused", f"skipped by {skip.by}"))
        found = [one for one in found if (armed.kept, one.instant) not in self._skips]
        if not found:
            return
        *missed, last = found
        allowed = max(armed.missed, grace)
        fires = wall - last.instant <= allowed
        if not fires:
            missed.append(last)
        left_out = len(missed) - _MAX_MISSED
        for number, one in enumerate(missed[-_MAX_MISSED:]):
            reason = f"due {one.at(self._zone):%Y-%m-%d %H:%M:%S}, noticed {_ago(wall - one.instant)} later"
            if fires:
                reason += "; the latest of the missed ones fires instead"
            elif armed.missed:
                reason += f"; “missed within” allows {span(armed.trigger.missed)}"
            if number == 0 and (left_out > 0 or more):
                reason += f"; {'many' if more else left_out} more were missed before it"
            yield one.instant, partial(self._settled, Verdict(request, "late", reason))
        if fires:
            yield last.instant, partial(self._deliver, request)

    def _request(self, armed: _Armed) -> Request | None:
        action, origin, now = armed.trigger.action, armed.trigger.origin, self._clock.now()
        if isinstance(action, CueAction | CameraAction):
            return literal(action, origin, armed.source, now, schedule=True)
        return None  # a controller's drive: the language gives it to MIDI alone

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        nearest = min((armed.next.instant for armed in self._armed if armed.next is not None), default=None)
        if nearest is None:
            return
        when = self._clock.until(nearest)
        if self._recheck is not None:
            when = min(when, self._clock.now() + self._recheck)
        self._handle = self._clock.at(when, self._wake)


def _kept(trigger: Trigger) -> _Kept:
    action = trigger.action
    if not isinstance(action, CameraAction):
        return trigger.when, action
    steps = walk(action.program)
    return trigger.when, tuple((step.at, Forever if isinstance(step.act, Forever) else step.act) for step in steps)


def _ago(late: timedelta) -> str:
    seconds = int(late.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
