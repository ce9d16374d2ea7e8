"""Schedules that mean what they say, or are refused with the way to write what is meant."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from cuelang.plan import OnCron, OnInterval
from cuelang.triggers.occurrences import describe, occurrences
from tests.lang.compiling import check, plan_of

LONDON = ZoneInfo("Europe/London")


def fires(line: str, count: int, start: str = "2026-11-01T00:00") -> list[str]:
    """When a top-level schedule comes, from that local time on."""
    (trigger,) = plan_of(f'{line} start 1\ncue 1\n    note "a"\n').triggers
    assert isinstance(trigger.when, OnInterval | OnCron)
    after = datetime.fromisoformat(start).replace(tzinfo=LONDON)
    return [f"{at:%Y-%m-%d %H:%M}" for at in islice(occurrences(trigger.when, LONDON, after), count)]


def test_a_day_that_begins_with_a_star_and_a_weekday_must_both_match() -> None:
    sundays = ["2026-11-01", "2026-11-08", "2026-11-15", "2026-11-22", "2026-11-29"]
    assert fires('on cron "0 9 */7 * sun"', 6) == [f"{day} 09:00" for day in (*sundays, "2027-08-01")]


def test_a_restricted_day_and_a_restricted_weekday_fire_when_either_matches() -> None:
    assert fires('on cron "0 9 3 * sun"', 3) == ["2026-11-01 09:00", "2026-11-03 09:00", "2026-11-08 09:00"]


def test_the_first_sunday_of_a_month() -> None:
    assert fires('on cron "0 9 */100,1-7 * sun"', 3) == ["2026-11-01 09:00", "2026-12-06 09:00", "2027-01-03 09:00"]
    (one,) = check(
        """
        on cron "0 9 * * sun#1" start 1         ### E304
        cue 1
            note "a"
        """
    )
    assert "*/100,1-7" in one.message


def test_an_interval_over_midnight_is_kept() -> None:
    assert fires("on every 90m from 22:00 to 02:00", 4, "2026-11-01T12:00") == [
        "2026-11-01 22:00", "2026-11-01 23:30", "2026-11-02 01:00", "2026-11-02 22:00",
    ]  # fmt: skip


def test_a_day_is_the_longest_interval() -> None:
    assert fires("on every 24h", 2) == ["2026-11-02 00:00", "2026-11-03 00:00"]
    (one,) = check(
        """
        on every 168h start 1                   ### E304
        cue 1
            note "a"
        """
    )
    assert "on every sunday" in one.hint


@pytest.mark.parametrize("text", ["0 9 */7 * sun", "0 0 9 1 * 0-6"])
def test_a_cron_line_is_shown_as_it_was_written(text: str) -> None:
    (trigger,) = plan_of(f'on cron "{text}" start 1\ncue 1\n    note "a"\n').triggers
    assert isinstance(trigger.when, OnCron)
    assert text in describe(trigger.when)
