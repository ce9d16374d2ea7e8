"""Where there is no timerfd, a thread wakes the loop: as exactly, as early, and only as long as there is a clock."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import threading
import time
from typing import Any

import pytest

from cuelang.clock import RealClock
from cuelang.clock.loops import OwnLoop
from cuelang.clock.real import WatchfulSelector
from cuelang.clock.timers import ThreadTimer, WaitableTimerBell
from cuelang.units import MS


def run_by_thread(main: Any, early: int = 0) -> Any:
    clock = RealClock(early, timerfd=False)
    with asyncio.Runner(loop_factory=lambda: OwnLoop(clock, WatchfulSelector(clock))) as runner:
        return runner.run(main(clock))


def waiting() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "clock"]


@pytest.mark.calm
def test_it_wakes_early_too_and_sends_at_the_instant() -> None:
    async def show(clock: RealClock) -> tuple[int, int]:
        when = clock.now() + 30 * MS
        prepared, sent = [], []

        def prepare() -> None:
            prepared.append(time.monotonic_ns() - when)
            clock.last(lambda: sent.append(time.monotonic_ns() - when))

        clock.at(when, prepare)
        while not sent:
            await asyncio.sleep(0.005)
        return prepared[0], sent[0]

    for _ in range(20):  # other work shares this machine, and may hold one loop up
        prepared, sent = run_by_thread(show, early=2 * MS)
        assert sent >= 0
        if prepared < 0:
            return
    raise AssertionError("it never woke in time to prepare anything")


def test_an_earlier_deadline_is_not_waited_past() -> None:
    async def show(clock: RealClock) -> int:
        fired: list[int] = []
        clock.at(clock.now() + 60_000 * MS, fired.append, 0)
        await asyncio.sleep(0.02)
        when = clock.now() + 20 * MS
        clock.at(when, lambda: fired.append(clock.now() - when))
        while not fired:
            await asyncio.sleep(0.005)
        return fired[0]

    assert 0 <= run_by_thread(show) < 2_000 * MS


def test_the_thread_ends_with_its_clock() -> None:
    before = frozenset(waiting())

    async def show(clock: RealClock) -> threading.Thread:
        await clock.sleep_until(clock.now() + MS)
        (new,) = frozenset(waiting()) - before
        return new

    thread = run_by_thread(show)
    for _ in range(500):
        gc.collect()
        if not thread.is_alive():
            return
        time.sleep(0.01)
    raise AssertionError("a thread of a clock that is gone still waits")


class Kernel32:
    """The part of Windows' library that a timer needs, by a condition."""

    def __init__(self, *, high_resolution: bool = True) -> None:
        self.high_resolution = high_resolution
        self.flags: list[int] = []
        self.closed: list[int] = []
        self._news = threading.Condition()
        self._event, self._due = False, 0.0
        self.CreateEventW = Call(lambda *_given: 11)
        self.CreateWaitableTimerExW = Call(self._timer)

    def _timer(self, attributes: None, name: None, flags: int, access: int) -> int:
        self.flags.append(flags)
        return 12 if self.high_resolution or not flags else 0

    def SetWaitableTimer(self, timer: Any, due: Any, *given: Any) -> None:
        with self._news:
            self._due = time.monotonic() - due._obj.value / 1e7

    def SetEvent(self, event: Any) -> None:
        with self._news:
            self._event = True
            self._news.notify()

    def WaitForMultipleObjects(self, count: int, handles: Any, every: bool, timeout: int) -> None:
        assert [handles[0], handles[1]] == [11, 12]
        with self._news:
            while not self._event:
                left = None if count == 1 else self._due - time.monotonic()
                if left is not None and left <= 0:
                    return
                self._news.wait(left)
            self._event = False

    def CloseHandle(self, handle: Any) -> None:
        self.closed.append(handle.value)


class Call:
    def __init__(self, does: Any) -> None:
        self._does = does
        self.restype: Any = ctypes.c_int

    def __call__(self, *given: Any) -> Any:
        assert self.restype is ctypes.c_void_p
        return self._does(*given)


class Rung:
    def __init__(self) -> None:
        self.at: list[int] = []

    def ring(self) -> None:
        self.at.append(time.monotonic_ns())


async def test_windows_own_timer_rings_at_the_instant_and_can_be_moved() -> None:
    kernel = Kernel32()
    rung = Rung()
    timer = ThreadTimer(rung.ring, WaitableTimerBell(kernel))  # type: ignore[arg-type]
    begun = time.monotonic_ns()
    timer.set(begun + 60_000 * MS)
    timer.set(begun + 30 * MS)
    async with asyncio.timeout(40):
        while not rung.at:
            await asyncio.sleep(0.001)
        assert rung.at[0] >= begun + 30 * MS
        timer.close()
        while kernel.closed != [11, 12]:
            await asyncio.sleep(0.001)
    assert kernel.flags == [2]


def test_a_windows_without_high_resolution_gives_its_common_timer() -> None:
    kernel = Kernel32(high_resolution=False)
    WaitableTimerBell(kernel)  # type: ignore[arg-type]
    assert kernel.flags == [2, 0]
