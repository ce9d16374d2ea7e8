"""When schedules fire, above all on the nights on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.cron import parse_cron
from cuelang.plan import CueAction, OnCron, OnDays, OnInterval, OnKey, OnOnce, Plan, Schedule, Settings, Trigger
from cuelang.source import Block, Loc, Origin
from cuelang.triggers.occurrences import describe, occurrences, upcoming
from cuelang.units import NS
from tests.drawn import examples

LONDON, NEW_YORK, LORD_HOWE = map(ZoneInfo, ("Europe/London", "America/New_York", "Australia/Lord_Howe"))
EVERY_DAY = frozenset(range(7))


def hm(text: str) -> int:
    hours, minutes, *rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


def days(*times: str, on: frozenset[int] = EVERY_DAY) -> OnDays:
    return OnDays(on, tuple(map(hm, times)))


def every(minutes: float, start: str = "00:00", end: str = "23:59:59") -> OnInterval:
    return OnInterval(int(minutes * 60 * NS), hm(start), hm(end))


def cron(text: str) -> OnCron:
    return OnCron(*parse_cron(text))


def fires(schedule: Schedule, zone: ZoneInfo, start: str, count: int) -> list[str]:
    """From a local time on, it included."""
    after = datetime.fromisoformat(start).replace(tzinfo=zone) - timedelta(microseconds=1)
    return [f"{at:%m-%d %H:%M%z}" for at in islice(occurrences(schedule, zone, after), count)]


# --- clock changes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [days("01:30"), every(1440, "01:30"), cron("30 1 * * *")])
def test_a_time_that_london_skips_fires_at_the_end_of_the_gap(schedule: Schedule) -> None:
    assert fires(schedule, LONDON, "2026-03-28T00:00", 3) == [
        "03-28 01:30+0000",
        "03-29 02:00+0100",
        "03-30 01:30+0100",
    ]


@pytest.mark.parametrize("schedule", [days("01:30"), every(1440, "01:30"), cron("30 1 * * *")])
def test_a_time_that_london_has_twice_fires_the_first_time(schedule: Schedule) -> None:
    assert fires(schedule, LONDON, "2026-10-24T00:00", 3) == [
        "10-24 01:30+0100",
        "10-25 01:30+0100",
        "10-26 01:30+0000",
    ]


def test_two_skipped_times_and_the_end_of_the_gap_are_one_firing() -> None:
    assert fires(days("00:59", "01:00", "01:30", "02:00", "02:01"), LONDON, "2026-03-29T00:00", 3) == [
        "03-29 00:59+0000", "03-29 02:00+0100", "03-29 02:01+0100",
    ]  # fmt: skip


def test_new_york_changes_at_two() -> None:
    assert fires(days("02:30"), NEW_YORK, "2026-03-08T00:00", 2) == ["03-08 03:00-0400", "03-09 02:30-0400"]
    assert fires(days("01:30"), NEW_YORK, "2026-11-01T00:00", 2) == ["11-01 01:30-0400", "11-02 01:30-0500"]


def test_lord_howe_changes_by_half_an_hour() -> None:
    assert fires(days("02:10", "02:45"), LORD_HOWE, "2026-10-04T00:00", 2) == ["10-04 02:30+1100", "10-04 02:45+1100"]
    assert fires(days("01:45"), LORD_HOWE, "2026-04-05T00:00", 2) == ["04-05 01:45+1100", "04-06 01:45+1030"]


def test_a_whole_day_that_was_skipped() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert fires(days("12:00"), apia, "2011-12-29T00:00", 3) == [
        "12-29 12:00-1000",
        "12-31 00:00+1400",
        "12-31 12:00+1400",
    ]


def test_an_interval_over_the_changes_is_counted_in_wall_time() -> None:
    assert fires(every(30, "00:30", "03:00"), LONDON, "2026-03-29T00:00", 5) == [
        "03-29 00:30+0000", "03-29 02:00+0100", "03-29 02:30+0100", "03-29 03:00+0100", "03-30 00:30+0100",
    ]  # fmt: skip
    assert fires(every(30, "00:30", "02:30"), LONDON, "2026-10-25T00:00", 5) == [
        "10-25 00:30+0100", "10-25 01:00+0100", "10-25 01:30+0100", "10-25 02:00+0000", "10-25 02:30+0000",
    ]  # fmt: skip


def test_asked_in_the_second_pass_of_an_hour_it_does_not_fire_again() -> None:
    second_pass = datetime(2026, 10, 25, 1, 15, tzinfo=LONDON, fold=1)
    assert next(occurrences(days("01:30"), LONDON, second_pass)).isoformat() == "2026-10-26T01:30:00+00:00"
    assert next(occurrences(days("01:00", "02:00"), LONDON, second_pass)).isoformat() == "2026-10-25T02:00:00+00:00"


ANY = st.one_of(
    st.builds(
        OnDays,
        st.frozensets(st.integers(0, 6), min_size=1),
        st.tuples(st.integers(0, 86399)),
        st.frozensets(st.dates(date(2026, 1, 1), date(2026, 1, 20)).map(str)),
    ),
    st.builds(OnInterval, st.integers(1, 1440).map(lambda m: m * 60 * NS), *[st.integers(0, 86399)] * 2),
    st.builds(lambda h, m: OnCron(*parse_cron(f"{m} {h} * * *")), st.integers(0, 23), st.integers(0, 59)),
)


@examples(60)
@given(ANY, st.sampled_from([LONDON, NEW_YORK, LORD_HOWE]), st.integers(0, 366 * 86400))
def test_firings_rise_strictly_and_do_not_depend_on_when_one_asks(
    schedule: Schedule, zone: ZoneInfo, seconds: int
) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    found = [at.astimezone(UTC) for at in islice(occurrences(schedule, zone, after), 6)]
    assert found == sorted(set(found)) and found[0] > after
    for before, following in pairwise(found):
        assert next(occurrences(schedule, zone, before)).astimezone(UTC) == following
        assert next(occurrences(schedule, zone, following - timedelta(microseconds=1))).astimezone(UTC) == following


# --- forms -------------------------------------------------------------------------------------------------


def test_an_exception_leaves_out_its_day_and_nothing_else() -> None:
    shows = OnDays(frozenset({5, 6}), (hm("17:30"), hm("20:00")), frozenset({"2026-12-26", "2027-01-03"}))
    assert fires(shows, LONDON, "2026-12-25T00:00", 5) == [
        "12-27 17:30+0000", "12-27 20:00+0000", "01-02 17:30+0000", "01-02 20:00+0000", "01-09 17:30+0000",
    ]  # fmt: skip
    assert describe(shows) == "every weekend at 17:30, 20:00 except 2026-12-26, 2027-01-03"


def test_the_day_of_an_exception_is_the_one_that_the_wall_shows() -> None:
    """A time that the clock change moves, and a zone that is far from UTC."""
    moved = OnDays(frozenset(range(7)), (hm("01:30"),), frozenset({"2026-03-29"}))
    assert fires(moved, LONDON, "2026-03-28T12:00", 1) == ["03-30 01:30+0100"]
    late = OnDays(frozenset(range(7)), (hm("23:30"),), frozenset({"2026-06-02"}))
    assert fires(late, NEW_YORK, "2026-06-01T12:00", 2) == ["06-01 23:30-0400", "06-03 23:30-0400"]


def test_days_and_times() -> None:
    assert fires(days("18:25", "09:55", on=frozenset({6})), LONDON, "2026-01-03T00:00", 3) == [
        "01-04 09:55+0000", "01-04 18:25+0000", "01-11 09:55+0000",
    ]  # fmt: skip
    assert fires(days("08:00", on=frozenset(range(5))), LONDON, "2026-01-02T08:00", 2) == [
        "01-02 08:00+0000", "01-05 08:00+0000",
    ]  # fmt: skip


def test_an_interval_has_both_its_ends() -> None:
    found = fires(every(30, "09:00", "17:00"), LONDON, "2026-01-05T00:00", 18)
    assert found[0] == "01-05 09:00+0000" and found[16] == "01-05 17:00+0000" and found[17] == "01-06 09:00+0000"


def test_an_interval_without_ends_is_counted_from_midnight() -> None:
    assert fires(every(420), LONDON, "2026-01-05T00:00", 5) == [
        "01-05 00:00+0000", "01-05 07:00+0000", "01-05 14:00+0000", "01-05 21:00+0000", "01-06 00:00+0000",
    ]  # fmt: skip
    assert fires(OnInterval(12 * 3600 * NS, 0, 86400), LONDON, "2026-01-05T00:00", 3)[2] == "01-06 00:00+0000"


def test_an_interval_over_midnight() -> None:
    assert fires(every(60, "22:30", "01:00"), LONDON, "2026-01-05T00:00", 4) == [
        "01-05 00:30+0000", "01-05 22:30+0000", "01-05 23:30+0000", "01-06 00:30+0000",
    ]  # fmt: skip


def test_a_short_interval_far_into_its_day_is_found_at_once() -> None:
    after = datetime(2026, 1, 5, 23, 59, 58, 500_000, tzinfo=LONDON)
    found = islice(occurrences(every(1 / 60), LONDON, after), 2)
    assert [at.isoformat() for at in found] == ["2026-01-05T23:59:59+00:00", "2026-01-06T00:00:00+00:00"]


def test_cron() -> None:
    assert fires(cron("0 55 9 * * sun"), LONDON, "2026-01-01T00:00", 1) == ["01-04 09:55+0000"]
    assert fires(cron("55 9 * * 0"), LONDON, "2026-01-01T00:00", 1) == ["01-04 09:55+0000"]
    assert fires(cron("0 12 29 2 *"), LONDON, "2026-01-01T00:00", 1) == ["02-29 12:00+0000"]
    leap = next(occurrences(cron("0 12 29 2 *"), LONDON, datetime(2026, 1, 1, tzinfo=UTC)))
    assert leap.year == 2028


def test_cron_with_a_day_and_a_weekday_fires_on_either() -> None:
    assert fires(cron("0 9 13 * fri"), LONDON, "2026-01-08T00:00", 4) == [
        "01-09 09:00+0000", "01-13 09:00+0000", "01-16 09:00+0000", "01-23 09:00+0000",
    ]  # fmt: skip


def test_once() -> None:
    once = OnOnce("2026-12-24", hm("17:00"))
    assert fires(once, LONDON, "2026-12-24T17:00", 5) == ["12-24 17:00+0000"]
    assert fires(once, LONDON, "2026-12-24T17:01", 5) == []


def test_time_ends() -> None:
    for schedule in (days("23:59"), every(60), cron("59 23 * * *")):
        assert len(list(occurrences(schedule, NEW_YORK, datetime(9999, 12, 29, tzinfo=UTC)))) < 80


# --- for people --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (days("09:55", "18:25", on=frozenset({6})), "every sunday at 09:55, 18:25"),
        (days("08:00:30", on=frozenset(range(5))), "every weekday at 08:00:30"),
        (days("08:00"), "every day at 08:00"),
        (days("08:00", on=frozenset({0, 3})), "every monday, thursday at 08:00"),
        (every(30, "09:00", "17:00"), "every 30m from 09:00 to 17:00"),
        (every(120), "every 2h"),
        (cron("0 55 9 * * sun"), "cron 0 55 9 * * sun"),
        (OnOnce("2026-12-24", hm("17:00")), "once 2026-12-24 at 17:00"),
    ],
)
def test_described_as_a_sheet_says_it(schedule: Schedule, text: str) -> None:
    assert describe(schedule) == text


def at_line(number: int) -> Origin:
    return Origin(Block("a.cues", number), 0, Loc(0, 1, 0, 5))


def show(*triggers: Trigger) -> Plan:
    return Plan(Settings(), (), (), triggers, (), ())


def test_what_is_coming_is_merged_and_says_what_the_clocks_do() -> None:
    plan = show(
        Trigger(days("09:55"), CueAction("start", "1"), at_line(12)),
        Trigger(OnKey("F12"), CueAction("panic"), at_line(13)),
        Trigger(days("01:30"), CueAction("go", "2"), at_line(14)),
        Trigger(days("09:55"), CueAction("panic"), at_line(15)),
    )
    found = upcoming(plan, LONDON, datetime(2026, 3, 28, 9, 55, tzinfo=LONDON), 4)
    assert [(firing.at.isoformat(), firing.cue, firing.action, firing.line) for firing in found] == [
        ("2026-03-28T09:55:00+00:00", "1", "start 1", 12),
        ("2026-03-28T09:55:00+00:00", None, "panic", 15),
        ("2026-03-29T02:00:00+01:00", "2", "go 2", 14),
        ("2026-03-29T09:55:00+01:00", "1", "start 1", 12),
    ]
    assert "01:30:00 is skipped" in found[2].note and found[3].note == ""
    autumn = upcoming(plan, LONDON, datetime(2026, 10, 25, tzinfo=LONDON), 1)
    assert "occurs twice" in autumn[0].note
    assert upcoming(show(), LONDON, datetime(2026, 1, 1, tzinfo=UTC), 5) == []
