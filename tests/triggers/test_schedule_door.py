"""The schedule door: exact in virtual time, and unshaken by a wall clock that is set, sleeps or starts again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from cuelang.clock import VirtualClock, current, run
from cuelang.lang.cron import parse_cron
from cuelang.plan import (
    NEXT,
    CameraAction,
    CueAction,
    Moment,
    OnCron,
    OnDays,
    OnInterval,
    Plan,
    Program,
    Schedule,
    Settings,
    ShowNote,
    Step,
    Trigger,
)
from cuelang.playback.effects import Request, Verdict
from cuelang.source import NOWHERE, Block, Loc, Origin
from cuelang.triggers.schedule import ScheduleDoor
from cuelang.units import NS
from tests import paced
from tests.settable import Set

LONDON = ZoneInfo("Europe/London")
SATURDAY = datetime(2026, 3, 28, tzinfo=LONDON)
MINUTE, HOUR = 60 * NS, 3600 * NS


def trigger(when: Schedule, action: CueAction | CameraAction, line: int = 1, missed: int = 0) -> Trigger:
    return Trigger(when, action, Origin(Block("a.cues", line), 0, Loc(0, 1, 0, 5)), missed)


def daily(*seconds: int) -> OnDays:
    return OnDays(frozenset(range(7)), seconds)


def show(*triggers: Trigger) -> Plan:
    return Plan(Settings(), (), (), triggers, (), ())


Told = list[tuple[str, str, str]]
Steps = dict[int, Callable[[Set, ScheduleDoor], None]]


def play(
    plan: Plan,
    until: int,
    start: datetime = SATURDAY,
    steps: Steps | None = None,
    asked: tuple[tuple[datetime, str], ...] = (),
    **options: object,
) -> Told:
    """What the door told until `until`, as (wall time, request or verdict, reason)."""
    told: Told = []

    async def main() -> None:
        clock = Set(current())

        def deliver(request: Request) -> None:
            assert request.schedule and request.received == clock.now()
            told.append((f"{clock.wall(LONDON):%d %H:%M:%S}", request.text, ""))

        def settled(verdict: Verdict) -> None:
            told.append(
                (f"{clock.wall(LONDON):%d %H:%M:%S}", f"{verdict.request.text} {verdict.verdict}", verdict.reason)
            )

        def problem(text: str) -> None:
            told.append(("", "problem", text))

        door = ScheduleDoor(plan, clock, LONDON, deliver, settled, problem, **options)  # type: ignore[arg-type]
        for wall, by in asked:
            door.was_asked(wall, by)
        door.open()
        for at in sorted(steps or {}):
            await clock.inner.sleep_until(at)
            (steps or {})[at](clock, door)
        await clock.inner.sleep_until(until)
        door.close()

    run(main(), kind="virtual", start=start)
    return told


def forward(**by: float) -> Callable[[Set, ScheduleDoor], None]:
    def step(clock: Set, _door: ScheduleDoor) -> None:
        clock.step += timedelta(**by)

    return step


def test_where_the_system_tells_it_a_clock_that_was_set_is_followed_at_once() -> None:
    """Without looking at the clock by itself: the firing that was passed fires now, the next one at its time."""
    plan = show(trigger(daily(3600, 7200), CueAction("start", "1")))
    steps = {HOUR - MINUTE: lambda clock, _door: clock.set_by(timedelta(seconds=62))}
    told = [("28 01:00:02", "start 1", ""), ("28 02:00:00", "start 1", "")]
    assert play(plan, 3 * HOUR, steps=steps, recheck=None) == told


def test_a_week_of_services_over_the_clock_change() -> None:
    plan = show(
        trigger(OnDays(frozenset({6}), (9 * 3600 + 55 * 60,)), CueAction("start", "1")),
        trigger(daily(5400), CueAction("panic")),
    )
    assert play(plan, 3 * 24 * HOUR, recheck=None) == [
        ("28 01:30:00", "panic", ""),
        ("29 02:00:00", "panic", ""),
        ("29 09:55:00", "start 1", ""),
        ("30 01:30:00", "panic", ""),
    ]


def test_in_virtual_time_it_fires_to_the_nanosecond() -> None:
    found: list[int] = []

    async def main() -> None:
        clock = current()
        assert isinstance(clock, VirtualClock)
        plan = show(trigger(OnCron(*parse_cron("*/20 * * * * *")), CueAction("go", NEXT)))
        await clock.sleep_until(123)
        door = ScheduleDoor(plan, clock, LONDON, lambda request: found.append(request.received), print, print)
        door.open()
        await clock.sleep_until(MINUTE)
        door.close()

    run(main(), kind="virtual", start=SATURDAY + timedelta(seconds=0.5))
    assert [at // 1000 for at in found] == [19_500_000, 39_500_000, 59_500_000]
    assert max(at % 1000 for at in found) <= 123


def test_a_firing_at_the_very_start_fires() -> None:
    assert play(show(trigger(daily(0), CueAction("start", "1"))), HOUR) == [("28 00:00:00", "start 1", "")]


def test_requests_say_where_they_come_from() -> None:
    statement = CameraAction(Program((), (), None))
    found: list[Request] = []

    async def main() -> None:
        clock = current()
        plan = show(trigger(daily(60), CueAction("go", "2"), 12), trigger(daily(60), statement, 13))
        ScheduleDoor(plan, clock, LONDON, found.append, print, print, recheck=None).open()
        await clock.sleep_until(HOUR)

    run(main(), kind="virtual", start=SATURDAY)
    assert [(request.verb, request.source, request.origin.span.line) for request in found] == [
        ("go", "schedule every day at 00:01", 12),
        ("statement", "schedule every day at 00:01", 13),
    ]
    assert found[1].statement is statement


# --- a wall clock that is set -------------------------------------------------------------------------------

AT_ONE = show(trigger(daily(3600), CueAction("go", "1")))


def test_a_clock_set_back_fires_nothing_twice() -> None:
    assert play(AT_ONE, 3 * HOUR, steps={HOUR + NS: forward(seconds=-10)}) == [("28 01:00:00", "go 1", "")]
    assert play(AT_ONE, 5 * HOUR, steps={HOUR + NS: forward(hours=-2)}) == [("28 01:00:00", "go 1", "")]


def test_a_clock_set_back_before_the_time_waits_for_it() -> None:
    assert play(AT_ONE, 3 * HOUR, steps={HOUR - NS: forward(seconds=-600)}) == [("28 01:00:00", "go 1", "")]


def test_a_clock_that_was_a_year_ahead_comes_back_to_this_years_times() -> None:
    ahead = SATURDAY.replace(year=2027, month=2)
    told = play(AT_ONE, 30 * HOUR, start=ahead, steps={2 * HOUR: forward(days=-365)})
    assert told == [("28 01:00:00", "go 1", ""), ("01 01:00:00", "go 1", "")]


def test_a_clock_set_forward_by_a_little_skips_nothing() -> None:
    assert play(AT_ONE, 3 * HOUR, steps={HOUR - 2 * NS: forward(seconds=4)}) == [("28 01:00:03", "go 1", "")]


def test_a_clock_set_forward_is_noticed_within_half_a_minute() -> None:
    assert play(AT_ONE, 3 * HOUR, steps={10 * MINUTE: forward(seconds=45 * 60)}) == [("28 01:00:00", "go 1", "")]


# --- sleep and restart -------------------------------------------------------------------------------------


def test_what_a_sleep_missed_is_late() -> None:
    told = play(AT_ONE, 2 * HOUR, steps={50 * MINUTE + NS: forward(minutes=30)})
    assert [entry[1] for entry in told] == ["go 1 late"]
    assert told[0][2].startswith("due 2026-03-28 01:00:00, noticed 20 min later")


def test_missed_within_lets_it_fire_late() -> None:
    plan = show(trigger(daily(3600), CueAction("go", "1"), missed=30 * MINUTE))
    told = play(plan, 2 * HOUR, steps={50 * MINUTE + NS: forward(minutes=30)})
    assert [entry[1:] for entry in told] == [("go 1", "")]
    told = play(plan, 2 * HOUR, steps={50 * MINUTE + NS: forward(minutes=50)})
    assert [entry[1] for entry in told] == ["go 1 late"] and "allows 30m" in told[0][2]


def test_of_several_missed_ones_the_latest_fires() -> None:
    plan = show(trigger(OnInterval(15 * MINUTE, 0, 86400), CueAction("go", "1"), missed=2 * HOUR))
    told = play(plan, NS, start=SATURDAY + timedelta(hours=1, minutes=1), alive=SATURDAY + timedelta(minutes=20))
    assert [entry[1] for entry in told] == ["go 1 late", "go 1 late", "go 1"]
    assert "the latest of the missed ones fires instead" in told[0][2]


def test_after_a_restart_nothing_fires_late_without_leave() -> None:
    start = SATURDAY + timedelta(hours=1, seconds=3)
    assert [entry[1] for entry in play(AT_ONE, NS, start=start, alive=SATURDAY)] == ["go 1 late"]
    assert play(AT_ONE, NS, start=start) == []
    assert play(AT_ONE, NS, start=start, alive=start + timedelta(days=1)) == []


def test_a_long_time_away_is_told_in_few_words() -> None:
    plan = show(trigger(OnCron(*parse_cron("* * * * * *")), CueAction("go", "1"), missed=3 * NS))
    told = play(plan, 0, alive=SATURDAY - timedelta(days=30))
    assert [entry[1] for entry in told] == ["go 1 late"] * 20 + ["go 1"]
    assert "many more were missed before it" in told[0][2]


# --- reload ------------------------------------------------------------------------------------------------


def test_after_a_reload_the_new_schedule_counts() -> None:
    later = show(trigger(daily(3 * 3600), CueAction("go", "3")), trigger(daily(3600), CueAction("go", "1"), line=9))
    told = play(AT_ONE, 4 * HOUR, steps={HOUR: lambda _clock, door: door.reload(later)})
    assert told == [("28 01:00:00", "go 1", ""), ("28 03:00:00", "go 3", "")]
    assert play(AT_ONE, 30 * HOUR, steps={MINUTE: lambda _clock, door: door.reload(show())}) == []


def test_a_schedule_that_cannot_be_read_stops_no_other() -> None:
    broken = trigger(OnCron(("0", "0", "0", "0", "0", "nonsense")), CueAction("go", "2"), 7)
    told = play(show(broken, *AT_ONE.triggers), 2 * HOUR)
    assert told[0][1] == "problem" and told[0][2].startswith("a.cues:7: this schedule is invalid")
    assert told[1:] == [("28 01:00:00", "go 1", "")]


def test_on_a_loop_that_takes_time_nothing_fires_early() -> None:
    found: list[datetime] = []

    async def main() -> None:
        clock = current()
        plan = show(trigger(OnCron(*parse_cron("*/20 * * * * *")), CueAction("go", "1"), missed=15 * NS))
        ScheduleDoor(plan, clock, LONDON, lambda _request: found.append(clock.wall(UTC)), print, print).open()
        await clock.sleep_until(70 * NS)

    paced.run(main(), speed=25, start=SATURDAY + timedelta(seconds=10))
    assert [(at.minute, at.second // 20 * 20) for at in found] == [(0, 20), (0, 40), (1, 0), (1, 20)]


def test_what_is_due_soon_after_the_clock_was_set_fires_at_its_time() -> None:
    plan = show(
        trigger(daily(9 * 3600 + 55 * 60), CueAction("start", "1")),
        trigger(daily(10 * 3600 + 30 * 60 + 12), CueAction("start", "1")),
    )
    start = SATURDAY.replace(hour=8)
    told = play(plan, HOUR, start, steps={6 * NS: forward(hours=2, minutes=30)})
    fired = [(at, what) for at, what, _ in told if what == "start 1"]
    assert fired == [("28 10:30:12", "start 1")]


def test_an_exception_fires_nothing_that_day_and_misses_nothing() -> None:
    when = OnDays(frozenset(range(7)), (9 * 3600,), frozenset({"2026-03-29"}))
    told = play(show(trigger(when, CueAction("go", "1"), missed=48 * HOUR)), 72 * HOUR, recheck=None)
    assert [at for at, text, _ in told if text == "go 1"] == ["28 09:00:00", "30 09:00:00"]
    assert len(told) == 2


def skip(clock: Set, door: ScheduleDoor) -> None:
    """Press it, and let the verdict be told."""
    verdict = door.skip(Request("skip", None, "key k", clock.now()))
    door._settled(verdict)


def said(told: Told) -> list[tuple[str, str]]:
    return [(when, text) for when, text, _ in told]


NOTED = (Step(Moment(0, 0), ShowNote("hymn"), NOWHERE),)
SUNDAYS = OnDays(frozenset({6}), (34_200,))


def test_skip_leaves_out_the_next_firing_and_no_other() -> None:
    plan = show(trigger(daily(HOUR // NS), CueAction("start", "1")), trigger(daily(2 * HOUR // NS), CueAction("go")))
    told = play(plan, 27 * HOUR, steps={MINUTE: skip}, recheck=None)
    assert told == [
        ("28 00:01:00", "skip fired", ""),
        ("28 01:00:00", "start 1 refused", "skipped by key k"),
        ("28 02:00:00", "go", ""),
        ("29 02:00:00", "start 1", ""),
        ("29 02:00:00", "go", ""),
    ]  # the clocks go forward on the 29th: both come at the end of the gap


def test_skip_is_undone_by_pressing_it_again() -> None:
    plan = show(trigger(daily(3600), CueAction("start", "1")))
    assert said(play(plan, 2 * HOUR, steps={MINUTE: skip, 2 * MINUTE: skip})) == [
        ("28 00:01:00", "skip fired"), ("28 00:02:00", "skip fired"), ("28 01:00:00", "start 1"),
    ]  # fmt: skip
    again = play(plan, 2 * HOUR, steps={MINUTE: skip, 2 * MINUTE: skip, 3 * MINUTE: skip})
    assert said(again)[-1] == ("28 01:00:00", "start 1 refused")


def test_what_was_skipped_before_a_crash_stays_skipped() -> None:
    """The show ran until Friday 23:00, and begins again at midnight."""
    friday = SATURDAY - timedelta(hours=2)
    plan = show(trigger(daily(HOUR // NS), CueAction("start", "1")))
    told = play(plan, 2 * HOUR, asked=((friday, "page (Anna)"),), alive=SATURDAY - timedelta(hours=1))
    assert told == [("28 01:00:00", "start 1 refused", "skipped by page (Anna)")]
    undone = play(plan, 2 * HOUR, asked=((friday, "page (Anna)"), (friday, "page (Ben)")))
    assert said(undone) == [("28 01:00:00", "start 1")]


def test_a_skip_whose_firing_has_come_since_leaves_out_no_other() -> None:
    thursday = SATURDAY - timedelta(hours=36)
    plan = show(trigger(daily(HOUR // NS), CueAction("start", "1")))
    assert said(play(plan, 2 * HOUR, asked=((thursday, "key k"),))) == [("28 01:00:00", "start 1")]


def test_what_the_machine_that_leads_skips_is_skipped_here() -> None:
    plan = show(trigger(daily(HOUR // NS), CueAction("start", "1")))
    copied = {MINUTE: lambda clock, door: door.was_asked(clock.wall(LONDON), "page (Anna)")}
    assert said(play(plan, 2 * HOUR, steps=copied)) == [("28 01:00:00", "start 1 refused")]


def test_skip_says_which_firing_and_whether_it_is_left_out() -> None:
    found: list[tuple[str, bool]] = []
    one = trigger(SUNDAYS, CueAction("start", "1"))
    instant = datetime(2026, 3, 29, 9, 30, tzinfo=LONDON)

    def press(clock: Set, door: ScheduleDoor) -> None:
        found.append((door.skip(Request("skip", None, "key k", clock.now())).did, door.skipped(one, instant)))

    play(show(one), 2 * HOUR, steps={MINUTE: press, 2 * MINUTE: press})
    assert found == [("skipped: start 1, Sun 2026-03-29 09:30:00", True),
                     ("no longer skipped: start 1, Sun 2026-03-29 09:30:00", False)]  # fmt: skip


def test_skip_is_refused_where_nothing_is_scheduled() -> None:
    assert play(show(), HOUR, steps={MINUTE: skip}) == [("28 00:01:00", "skip refused", "nothing is scheduled")]


def test_a_skip_survives_a_reload_that_keeps_its_firing_in_another_line() -> None:
    def at(line: int, action: CueAction | CameraAction) -> Trigger:
        if isinstance(action, CameraAction):
            steps = tuple(replace(step, origin=Origin(Block("a.cues", line), 0, Loc(0, 1, 0, 5))) for step in NOTED)
            action = CameraAction(Program((), steps, None))
        return trigger(daily(7200), action, line)

    for action in (CueAction("start", "1"), CameraAction(Program((), NOTED, None))):
        later = show(trigger(daily(3600), CueAction("panic")), at(9, action))

        def load(_clock: Set, door: ScheduleDoor, plan: Plan = later) -> None:
            door.reload(plan)

        told = play(show(at(1, action)), 3 * HOUR, steps={MINUTE: skip, 2 * MINUTE: load})
        assert [text for _, text in said(told)][:2] == ["skip fired", "panic"]
        assert told[-1][1].endswith("refused") and told[-1][2] == "skipped by key k"


def test_a_skip_whose_firing_a_reload_takes_away_is_said_and_forgotten() -> None:
    def load(_clock: Set, door: ScheduleDoor) -> None:
        door.reload(show(trigger(daily(3600), CueAction("start", "2"))))

    plan = show(trigger(daily(3600), CueAction("start", "1")))
    assert play(plan, 2 * HOUR, steps={MINUTE: skip, 2 * MINUTE: load}) == [
        ("28 00:01:00", "skip fired", ""),
        ("", "problem", "No longer scheduled, so no longer skipped: start 1, Sat 2026-03-28 01:00:00."),
        ("28 01:00:00", "start 2", ""),
    ]


def test_a_skipped_firing_stays_left_out_when_the_clock_is_set() -> None:
    plan = show(trigger(daily(3600, 3610), CueAction("start", "1")))
    forwards = play(plan, HOUR, steps={MINUTE: skip, 2 * MINUTE: forward(minutes=58, seconds=12)})
    assert said(forwards)[1:] == [("28 01:00:13", "start 1 refused"), ("28 01:00:13", "start 1")]
    back = play(plan, 3 * HOUR, steps={MINUTE: skip, HOUR + 2 * NS: forward(minutes=-30)})
    assert said(back) == [
        ("28 00:01:00", "skip fired"), ("28 01:00:00", "start 1 refused"), ("28 01:00:10", "start 1"),
    ]  # fmt: skip
