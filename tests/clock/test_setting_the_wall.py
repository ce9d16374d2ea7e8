"""The kernel tells a loop that the wall clock was set. No test sets the clock of the machine."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from pathlib import Path

import pytest

from cuelang.clock import current, run, wall

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(os, "pread"), reason="only Linux tells it, and tests.lesser_system does not"
)


def timers() -> dict[int, str]:
    """The timers of this process on the wall clock, with what the kernel says of them."""
    found = {}
    for one in Path("/proc/self/fdinfo").iterdir():
        try:
            said = one.read_text()
        except OSError:
            continue
        if "clockid: 0\n" in said:
            found[int(one.name)] = said
    return found


def test_a_timer_that_setting_the_clock_cancels_is_armed_and_closed() -> None:
    before = timers()  # what another test of this process has left

    async def watched() -> tuple[list[str], dict[int, str]]:
        end = current().watch_wall(lambda: None)
        assert end is not None
        armed = [said for timer, said in timers().items() if timer not in before]
        end()
        return armed, timers()

    armed, left = run(watched())
    assert len(armed) == 1 and "settime flags: 03" in armed[0], armed
    assert left.keys() == before.keys()


def test_it_is_told_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer rings here because its time is past; the kernel's answer is that of a clock that was set."""
    monkeypatch.setattr(wall, "_FAR", 1)
    read = os.read

    def cancelled(fd: int, size: int) -> bytes:
        if fd in timers():
            raise OSError(errno.ECANCELED, "cancelled")
        return read(fd, size)

    monkeypatch.setattr(os, "read", cancelled)

    async def watched() -> int:
        told, times = asyncio.Event(), 0

        def changed() -> None:
            nonlocal times
            times += 1
            if times == 3:
                told.set()

        end = current().watch_wall(changed)
        assert end is not None
        await asyncio.wait_for(told.wait(), 40)
        end()
        return times

    assert run(watched()) >= 3


def test_a_virtual_clock_is_never_set() -> None:
    async def watched() -> object:
        return current().watch_wall(lambda: None)

    assert run(watched(), kind="virtual") is None
