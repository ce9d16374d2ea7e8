"""`on every …`, `on cron …` and `on once …` become the plan's schedules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import assert_never

from cuelang import plan as p
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.cron import parse_cron
from cuelang.lang.scope import Scope
from cuelang.lang.values import HOURS, seconds_of_day
from cuelang.units import NS

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = {
    "day": frozenset(range(7)), "weekday": frozenset(range(5)), "weekend": frozenset((5, 6)),
    **{name: frozenset((index,)) for index, name in enumerate(WEEK)},
}  # fmt: skip
_DAY = 24 * 3600


def lower_schedule(when: s.OnDays | s.OnInterval | s.OnCron | s.OnOnce, scope: Scope) -> p.Schedule | None:
    """None after a report."""
    match when:
        case s.OnDays():
            return _days(when, scope)
        case s.OnInterval():
            return _interval(when, scope)
        case s.OnCron():
            return _cron(when, scope)
        case s.OnOnce():
            return _once(when, scope)
        case _:
            assert_never(when)


def _time(clock: s.Clock | s.Name, scope: Scope) -> int | None:
    text = scope.clock_text(clock)
    if text is None:
        return None
    seconds = seconds_of_day(text)
    if seconds is None:
        shown = text or (clock.id if isinstance(clock, s.Name) else "this")
        hint = f"Write `{HOURS[shown]}`." if shown in HOURS else "For example: 09:55 or 19:30:15."
        scope.report("E304", clock.loc, f"“{shown}” is not a time of day.", hint)
    return seconds


def _days(when: s.OnDays, scope: Scope) -> p.OnDays | None:
    days: set[int] = set()
    bad = False
    for name in when.days:
        if name.id.lower() not in DAYS:
            scope.report(
                "E304",
                name.loc,
                f"“{name.id}” is not a day.{nearest(name.id, DAYS)}",
                f"Expected one of {', '.join(DAYS)}.",
            )
            bad = True
        days |= DAYS.get(name.id.lower(), frozenset())
    times = [_time(time, scope) for time in when.times]
    if bad or None in times:
        return None
    exceptions = [_exception(one, days, scope) for one in when.exceptions]
    if None in exceptions:
        return None
    return p.OnDays(
        frozenset(days),
        tuple(sorted({time for time in times if time is not None})),
        frozenset(one for one in exceptions if one is not None),
    )


def _exception(name: s.Name, days: set[int], scope: Scope) -> str | None:
    """A date on which a schedule does not fire; None after a report."""
    try:
        day = date.fromisoformat(name.id)
    except ValueError:
        scope.report("E304", name.loc, f"{name.id} does not exist.", "For example: 2026-12-24.")
        return None
    if day.weekday() in days:
        return name.id
    near = min(
        (day + timedelta(away) for away in (-1, 1, -2, 2, -3, 3) if (day.weekday() + away) % 7 in days),
        key=lambda one: abs((one - day).days),
    )
    weekday = WEEK[day.weekday()].capitalize()
    scope.report(
        "E304",
        name.loc,
        f"{name.id} is a {weekday}, and this schedule does not fire then.",
        f"The nearest day on which it fires is {near}.",
    )
    return None


def _interval(when: s.OnInterval, scope: Scope) -> p.OnInterval | None:
    every = scope.time(when.every, "The interval", low=1)
    start = _time(when.start, scope) if when.start is not None else 0
    end = _time(when.end, scope) if when.end is not None else 24 * 3600 - 1
    if every is None or start is None or end is None:
        return None
    if every < NS:
        scope.report(
            "E304", when.every.loc, "A schedule cannot fire more than once a second.", "Use `repeat` in a cue."
        )
        return None
    if every > _DAY * NS:
        scope.report(
            "E304",
            when.every.loc,
            "This is longer than a day, and an interval starts again each day.",
            "Name the days, as in `on every sunday at 09:55`, or use `cron` or `once`.",
        )
        return None
    return p.OnInterval(every, start, end)


def _cron(when: s.OnCron, scope: Scope) -> p.OnCron | None:
    try:
        return p.OnCron(*parse_cron(when.text.value))
    except ValueError as bad:
        scope.report(
            "E304",
            when.text.loc,
            str(bad),
            'For example: "0 55 9 * * sun": second, minute, hour, day, month, weekday.',
        )
        return None


def _once(when: s.OnOnce, scope: Scope) -> p.OnOnce | None:
    seconds = _time(when.time, scope)
    try:
        date.fromisoformat(when.date)
    except ValueError:
        scope.report("E304", when.loc, f"{when.date} does not exist.", "For example: 2026-12-24.")
        return None
    return None if seconds is None else p.OnOnce(when.date, seconds)
