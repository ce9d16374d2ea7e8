"""When a schedule fires. Pure: a schedule, a zone and an instant in, instants out.

Schedules are kept in local wall time, the way people read them, and only the finished wall time is placed on the
line of instants. So a clock change can do no more than two things, and both are decided in one place:

    a wall time that is skipped     fires once, at the end of the gap
    a wall time that comes twice    fires the first time

Placing never turns the order round, so a schedule's wall times can be walked in order and an instant that was
reached already is passed over. APScheduler's triggers do the calendar, in UTC, where no clock changes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple, assert_never

from msgspec import Struct

from cuelang.clock.zones import instant_of
from cuelang.lang.cron import WEEKDAYS
from cuelang.plan import CueAction, OnCron, OnDays, OnInterval, OnOnce, Plan, Schedule, Trigger
from cuelang.units import HOUR, MINUTE, MS, NS, clock_parts

DAY = 86_400
_TICK = timedelta(microseconds=1)


class Occurrence(NamedTuple):
    """`instant` is in UTC; `local` is the wall time that the schedule names, which that day may not have."""

    instant: datetime
    local: datetime

    def at(self, zone: tzinfo) -> datetime:
        return self.instant.astimezone(zone)

    def note(self, zone: tzinfo) -> str:
        """What a clock change did to it, empty if nothing."""
        shown = self.at(zone)
        if shown.replace(tzinfo=None, fold=0) != self.local:
            return f"{self.local:%H:%M:%S} is skipped that day; it fires at {shown:%H:%M:%S}, after the clock change"
        if instant_of(self.local.replace(fold=1), zone) != self.instant:
            return f"{self.local:%H:%M:%S} occurs twice that day; fires the first time"
        return ""


def occurrences(schedule: Schedule, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Every firing later than `after` (aware), in order, as aware times of `zone`.

    Raises ValueError for a cron line that APScheduler does not read; `cuelang.lang.cron.parse_cron` writes none.
    """
    return (found.at(zone) for found in placed(schedule, zone, after))


def placed(schedule: Schedule, zone: tzinfo, after: datetime) -> Iterator[Occurrence]:
    """When the schedule fires later than `after` (aware), in order, each with the wall time that is meant."""
    last = after.astimezone(UTC)
    for local in _walk(schedule, after.astimezone(zone).replace(tzinfo=None)):
        try:
            instant = instant_of(local, zone)
        except OverflowError:  # the last hours of the year 9999
            return
        if instant > last:
            last = instant
            yield Occurrence(instant, local)


# --- walks: local wall times after a local wall time, in order ----------------------------------------------


def _walk_cron(schedule: OnCron, after: datetime) -> Iterator[datetime]:
    second, minute, hour, day, month, weekday = schedule.fields
    fields: dict[str, Any] = {"second": second, "minute": minute, "hour": hour, "month": month}
    if not schedule.either:
        return _calendar(after, fields | {"day": day, "day_of_week": weekday})
    return _merged(
        _calendar(after, fields | {"day": day, "day_of_week": "*"}),
        _calendar(after, fields | {"day": "*", "day_of_week": weekday}),
    )


def _walk_days(schedule: OnDays, after: datetime) -> Iterator[datetime]:
    days = ",".join(WEEKDAYS[day] for day in sorted(schedule.days)) if len(schedule.days) < 7 else "*"
    found = _merged(
        *(
            _calendar(after, {"day_of_week": days, "hour": at // 3600, "minute": at // 60 % 60, "second": at % 60})
            for at in sorted(set(schedule.times))
        )
    )
    return (local for local in found if local.date().isoformat() not in schedule.exceptions)


def _calendar(after: datetime, fields: dict[str, Any]) -> Iterator[datetime]:
    from apscheduler.triggers.cron import CronTrigger  # 100 ms, and only schedules need it

    trigger = CronTrigger(timezone=UTC, **fields)
    found = trigger.get_next_fire_time(None, after.replace(tzinfo=UTC, fold=0) + _TICK)
    while found is not None:
        yield found.replace(tzinfo=None)
        found = trigger.get_next_fire_time(None, found + _TICK)


def _merged(*walks: Iterator[datetime]) -> Iterator[datetime]:
    last = None
    for found in heapq.merge(*walks):
        if found != last:
            yield found
        last = found


def _walk_interval(schedule: OnInterval, after: datetime) -> Iterator[datetime]:
    """Counted from `start` each day; a window that ends before it starts runs over midnight."""
    every = timedelta(microseconds=max(schedule.every // 1000, 1))
    length = timedelta(seconds=schedule.end - schedule.start + (DAY if schedule.end < schedule.start else 0))
    if schedule.start <= schedule.end:
        length = min(length, timedelta(seconds=DAY - schedule.start) - _TICK)
    first = max(after.date().toordinal() - 1, 1)
    for ordinal in range(first, date.max.toordinal() - 1):
        begin = datetime.combine(date.fromordinal(ordinal), time()) + timedelta(seconds=schedule.start)
        passes = max((after - begin) // every + 1, 0)
        while passes * every <= length:
            yield begin + passes * every
            passes += 1


def _walk_once(schedule: OnOnce, after: datetime) -> Iterator[datetime]:
    at = datetime.combine(date.fromisoformat(schedule.date), time()) + timedelta(seconds=schedule.seconds)
    return iter([at] if at > after else [])


def _walk(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Its times on the wall later than `after`, in order. Both are without a zone."""
    match schedule:
        case OnCron():
            return _walk_cron(schedule, after)
        case OnDays():
            return _walk_days(schedule, after)
        case OnInterval():
            return _walk_interval(schedule, after)
        case OnOnce():
            return _walk_once(schedule, after)
        case _:
            assert_never(schedule)


# --- for people ---------------------------------------------------------------------------------------------

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETS = {frozenset(range(7)): "day", frozenset(range(5)): "weekday", frozenset((5, 6)): "weekend"}
_UNITS = ((HOUR, "h"), (MINUTE, "m"), (NS, "s"), (MS, "ms"), (1000, "µs"))


def describe(schedule: Schedule) -> str:
    """As a sheet would say it: `every sunday at 09:55, 18:25`."""
    match schedule:
        case OnDays(days=days, times=times, exceptions=exceptions):
            names = _SETS.get(days) or ", ".join(_DAY_NAMES[day] for day in sorted(days))
            without = f" except {', '.join(sorted(exceptions))}" if exceptions else ""
            return f"every {names} at {', '.join(map(_clock, times))}{without}"
        case OnInterval(every=every, start=start, end=end):
            window = "" if start == 0 and end >= DAY - 1 else f" from {_clock(start)} to {_clock(end)}"
            return f"every {span(every)}{window}"
        case OnCron(fields=fields, text=text):
            return f"cron {text or ' '.join(fields)}"
        case OnOnce(date=day, seconds=seconds):
            return f"once {day} at {_clock(seconds)}"


def span(ns: int) -> str:
    """A length of time in the largest unit that holds it whole."""
    size, unit = next(((size, unit) for size, unit in _UNITS if ns % size == 0 and ns), (NS, "s"))
    return f"{ns // size}{unit}"


def _clock(seconds: int) -> str:
    hours, minutes, rest = clock_parts(seconds)
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


class Firing(Struct, frozen=True):
    """`cue` is the cue it fires, None for every other action; `note` says what a clock change did to it."""

    at: datetime
    cue: str | None
    action: str
    trigger: Trigger
    note: str = ""

    @property
    def line(self) -> int:
        return self.trigger.origin.span.line


def scheduled(plan: Plan) -> tuple[tuple[Trigger, Schedule], ...]:
    """The triggers that are schedules, each with its schedule, in the order of the sheet."""
    return tuple((trigger, trigger.when) for trigger in plan.triggers if isinstance(trigger.when, Schedule))


def does(trigger: Trigger) -> str:
    """What it fires, for people: `start 3`."""
    return trigger.action.text if isinstance(trigger.action, CueAction) else "a camera statement"


def upcoming(plan: Plan, zone: tzinfo, start: datetime, count: int) -> list[Firing]:
    """The next `count` firings of the whole show from `start` (aware, included) on."""
    merged = heapq.merge(*_walks(plan, zone, start), key=lambda found: found[:2])
    return [firing for _, (_, _, firing) in zip(range(count), merged, strict=False)]


def next_of_each(plan: Plan, zone: tzinfo, start: datetime) -> list[Firing]:
    """The next firing of each schedule from `start` (aware, included) on, the soonest first."""
    found = [one for walk in _walks(plan, zone, start) if (one := next(walk, None)) is not None]
    return [firing for _, _, firing in sorted(found, key=lambda one: one[:2])]


def _walks(plan: Plan, zone: tzinfo, start: datetime) -> list[Iterator[tuple[datetime, int, Firing]]]:
    after = start.astimezone(UTC) - _TICK
    return [_firings(index, trigger, when, zone, after) for index, (trigger, when) in enumerate(scheduled(plan))]


def _firings(
    index: int, trigger: Trigger, when: Schedule, zone: tzinfo, after: datetime
) -> Iterator[tuple[datetime, int, Firing]]:
    action, text, cue = trigger.action, does(trigger), None
    if isinstance(action, CueAction):
        cue = action.number if action.verb in ("go", "start") else None
    for found in placed(when, zone, after):
        yield found.instant, index, Firing(found.at(zone), cue, text, trigger, found.note(zone))
