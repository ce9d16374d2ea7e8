"""Deadlines on the three kinds of loop. What takes real time takes a few milliseconds of it."""

import asyncio
import gc
import os
import statistics
import time
import weakref
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import clock
from cuelang.clock import Alarm, Clock, Deadlock, Handle, RealClock, current, run
from cuelang.units import MS, NS

LONDON = ZoneInfo("Europe/London")


def test_virtual_time_jumps_and_is_exact_at_each_deadline():
    async def show():
        clock, seen = current(), []
        for when in (3 * 3600 * NS + 1, 7, 100 * MS, 333_333_333):
            clock.at(when, partial(lambda when: seen.append((when, clock.now())), when))
        await clock.sleep_until(3 * 3600 * NS + 2)
        return seen

    began = time.perf_counter()
    seen = run(show(), kind="virtual")
    assert time.perf_counter() - began < 60  # of three hours
    assert seen == sorted(seen)
    assert all(asked == now for asked, now in seen)


def test_ten_thousand_steps_of_100_ms_end_at_1000_s_exactly():
    async def show():
        clock = current()
        for step in range(1, 10_001):
            await clock.sleep_until(step * 100 * MS)
        return clock.now()

    assert run(show(), kind="virtual") == 1000 * NS


def test_asyncio_sleep_and_deadlines_share_one_virtual_time():
    async def show():
        clock, seen = current(), []
        clock.at(1_500 * MS, seen.append, "deadline")
        clock.at(2_500 * MS, seen.append, "late deadline")
        for second in (1, 2, 3):
            await asyncio.sleep(1)
            seen.append(f"slept {second}")
        return seen, clock.now()

    seen, now = run(show(), kind="virtual")
    assert seen == ["slept 1", "deadline", "slept 2", "late deadline", "slept 3"]
    assert abs(now - 3 * NS) <= 3


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60))
def test_deadlines_fire_by_instant_then_in_the_order_given_and_cancelled_ones_never(asked):
    async def show():
        clock, fired = current(), []
        handles = [clock.at(when, fired.append, (when, index)) for index, (when, _) in enumerate(asked)]
        for handle, (_, cancel) in zip(handles, asked, strict=True):
            if cancel:
                handle.cancel()
                handle.cancel()
        await clock.sleep_until(21)
        return fired, clock.pending

    fired, pending = run(show(), kind="virtual")
    assert fired == sorted((when, index) for index, (when, cancel) in enumerate(asked) if not cancel)
    assert pending == 0


@pytest.mark.parametrize("kind", ["virtual", "real"])
def test_one_due_deadline_may_cancel_another_of_the_same_instant(kind):
    async def show():
        clock, fired = current(), []
        when = clock.now() + 2 * MS
        others: list[Handle] = []
        clock.at(when, lambda: others[0].cancel())
        others.append(clock.at(when, fired.append, "second"))
        clock.at(when, fired.append, "third")
        await clock.sleep_until(when + MS)
        return fired, clock.pending

    assert run(show(), kind=kind) == (["third"], 0)


def test_a_deadline_in_the_past_fires_without_moving_time_back():
    async def show():
        clock, seen = current(), []
        await clock.sleep_until(5 * NS)
        clock.at(NS, lambda: seen.append(clock.now()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return seen

    assert run(show(), kind="virtual") == [5 * NS]


def test_a_chain_of_due_deadlines_does_not_starve_the_loop():
    async def show():
        clock, turns = current(), 0

        def again():
            nonlocal turns
            turns += 1
            clock.at(clock.now(), again)

        again()
        for _ in range(10):
            await asyncio.sleep(0)
        return turns

    assert run(show(), kind="virtual") <= 12


def test_a_failing_deadline_is_reported_and_stops_no_other():
    async def show():
        loop, clock, fired, reports = asyncio.get_running_loop(), current(), [], []
        loop.set_exception_handler(lambda _, context: reports.append(context))
        clock.at(5, lambda: 1 / 0)
        clock.at(5, fired.append, "next")
        await clock.sleep_until(6)
        return fired, [type(report["exception"]) for report in reports]

    assert run(show(), kind="virtual") == (["next"], [ZeroDivisionError])


def test_cancelled_deadlines_leave_the_heap():
    async def show():
        clock = current()
        for _ in range(10_000):
            clock.at(3600 * NS, print).cancel()
        return len(clock._heap), clock.pending

    held, pending = run(show(), kind="virtual")
    assert held < 200
    assert pending == 0


def test_virtual_time_that_stands_still_is_an_error_that_names_who_waits():
    async def show():
        asyncio.current_task().set_name("the lane of foh")
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="the lane of foh"):
        run(show(), kind="virtual")


def test_work_for_a_thread_is_done_at_once_on_a_virtual_loop():
    async def show():
        good = await asyncio.to_thread(sum, (1, 2))
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return good, current().now()

    assert run(show(), kind="virtual") == (3, 0)


def test_the_wall_of_a_virtual_loop_is_its_start_plus_now_across_a_clock_change():
    async def show():
        clock = current()
        await clock.sleep_until(2 * 3600 * NS)
        return clock.wall(), clock.wall(UTC), clock.until(datetime(2026, 3, 29, 4, 0, tzinfo=LONDON))

    start = datetime(2026, 3, 29, 0, 0, tzinfo=LONDON)
    local, utc, until = run(show(), kind="virtual", start=start)
    assert local.isoformat() == "2026-03-29T03:00:00+01:00"
    assert utc == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert until == 3 * 3600 * NS


def test_a_start_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.new_loop("virtual", start=datetime(2026, 1, 1))


def test_the_wall_of_a_real_loop_is_the_machines():
    async def show():
        return current().wall(), current().wall(LONDON)

    local, london = run(show())
    assert local.tzinfo is not None
    assert abs(london - datetime.now(UTC)) < timedelta(seconds=5)
    assert london.tzinfo is LONDON


@pytest.mark.parametrize("timerfd", [True, False])
def test_real_deadlines_are_never_early(timerfd):
    async def show():
        clock, seen = RealClock(timerfd=timerfd), []
        begin = clock.now()
        for step in range(20, 0, -1):
            clock.at(begin + step * MS, partial(lambda at: seen.append((at, clock.now() - begin - at * MS)), step))
        await clock.sleep_until(begin + 21 * MS)
        return seen

    seen = run(show())
    assert [step for step, _ in seen] == list(range(1, 21))
    assert all(late >= 0 for _, late in seen)


@pytest.mark.calm
def test_real_deadlines_at_2000_a_second_are_close_and_an_earlier_one_arms_anew():
    async def show():
        clock, late = current(), []
        begin = clock.now() + 5 * MS
        for index in reversed(range(400)):
            when = begin + index * MS // 2
            clock.at(when, partial(lambda when: late.append(clock.now() - when), when))
        await clock.sleep_until(begin + 210 * MS)
        return late

    late = run(show())
    assert len(late) == 400
    assert min(late) >= 0
    assert statistics.median(late) < 2 * MS  # loose: other work shares this machine


@pytest.mark.calm
def test_an_early_loop_prepares_before_the_instant_and_sends_at_it():
    async def show():
        clock = current()
        when = clock.now() + 30 * MS
        prepared, told, sent = [], [], []

        def prepare(_last):
            prepared.append(time.monotonic_ns() - when)
            told.append(clock.now() - when)
            clock.last(lambda: sent.append(time.monotonic_ns() - when))

        for number in range(10):
            clock.at(when, prepare, number)
        while len(sent) < 10:
            await asyncio.sleep(0.005)
        return prepared, told, sent

    for _ in range(20):  # other work shares this machine, and may hold one loop up
        prepared, told, sent = run(show(), early=2 * MS)
        assert len(sent) == 10 and min(sent) >= 0
        assert min(told) >= 0
        if max(prepared) < 0:
            return
    raise AssertionError("it never woke in time to prepare anything")


def test_the_time_of_an_early_loop_never_goes_back():
    async def show():
        clock, seen = current(), []
        for number in range(50):
            clock.at(clock.now() + number * MS // 10, lambda: seen.append(clock.now()))
            seen.append(clock.now())
        await asyncio.sleep(0.02)
        seen.append(clock.now())
        return seen

    seen = run(show(), early=MS)
    assert len(seen) == 101
    assert seen == sorted(seen)


async def test_a_loop_made_elsewhere_gets_one_real_clock():
    mine = current()
    assert mine is current()
    assert isinstance(mine, Clock)
    when = mine.now() + 2 * MS
    await mine.sleep_until(when)
    assert mine.now() >= when


def test_a_real_clock_gives_its_timer_back():
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    async def show():
        await current().sleep_until(current().now() + 1)
        return weakref.ref(current())

    run(show())
    gc.collect()
    before = descriptors()
    left, until = run(show()), time.monotonic() + 5
    while left() is not None and time.monotonic() < until:  # where a thread rings it, that ends a moment later
        time.sleep(0.01)
        gc.collect()
    assert left() is None
    assert descriptors() == before


def test_two_virtual_runs_are_the_same():
    async def show():
        clock, seen = current(), list[Any]()

        async def lane(name: str, period: float) -> None:
            for _ in range(50):
                await asyncio.sleep(period)
                seen.append((name, clock.now()))
                clock.at(clock.now() + 50 * MS, seen.append, (name, "echo"))

        await asyncio.gather(lane("a", 0.1), lane("b", 0.05), lane("c", 0.15))
        return seen

    assert run(show(), kind="virtual") == run(show(), kind="virtual")


def test_a_virtual_loop_that_is_interrupted_closes():
    loop = clock.new_loop("virtual")

    def interrupt():
        raise KeyboardInterrupt

    async def show():
        current().at(5, interrupt)
        current().at(5, print)
        await asyncio.sleep(1)

    with asyncio.Runner(loop_factory=lambda: loop) as runner, pytest.raises(KeyboardInterrupt):
        runner.run(show())
    assert loop.is_closed()


def test_what_belongs_to_one_instant_is_sent_after_all_of_it_was_prepared() -> None:
    async def main() -> list[str]:
        here, done = clock.current(), []

        def prepare(name: str) -> None:
            done.append(f"prepare {name}")
            here.last(done.append, f"send {name}")

        with here.together():
            prepare("a")
            with here.together():
                prepare("b")
        prepare("c")
        for name in "de":
            here.at(NS, prepare, name)
        await here.sleep_until(2 * NS)
        return done

    assert clock.run(main(), kind="virtual") == [
        "prepare a", "prepare b", "send a", "send b", "prepare c", "send c",
        "prepare d", "prepare e", "send d", "send e",
    ]  # fmt: skip


def test_an_alarm_rings_once_at_the_time_it_was_set_for_last():
    async def main():
        now, rung = current(), []
        alarm = Alarm(lambda: rung.append(now.now()))
        alarm.set(5 * NS)
        alarm.set(3 * NS)
        alarm.set(8 * NS)
        await now.sleep_until(20 * NS)
        assert (rung, alarm.due, now.pending) == ([8 * NS], None, 0)
        alarm.set(25 * NS)
        alarm.clear()
        await now.sleep_until(30 * NS)
        assert rung == [8 * NS]

    run(main(), kind="virtual")


def test_an_alarm_that_is_asked_for_at_the_latest_is_only_brought_forward():
    async def main():
        now, rung = current(), []
        alarm = Alarm(lambda: rung.append(now.now()))
        alarm.by(5 * NS)
        alarm.by(9 * NS)
        assert alarm.due == 5 * NS
        alarm.by(None)
        alarm.by(2 * NS)
        await now.sleep_until(20 * NS)
        assert rung == [2 * NS]

    run(main(), kind="virtual")


def test_an_alarm_may_be_set_again_while_it_rings():
    async def main():
        now, rung = current(), []

        def ring():
            rung.append(now.now())
            alarm.by(now.now() + NS if len(rung) < 3 else None)

        alarm = Alarm(ring)
        alarm.by(NS)
        await now.sleep_until(20 * NS)
        assert rung == [NS, 2 * NS, 3 * NS]

    run(main(), kind="virtual")
