"""Time: the one room that reads a clock.

Everything else is given time as an argument or asks `current()`. Loop time is integer nanoseconds; one
`Clock` belongs to each running loop, in two kinds:

    real      CLOCK_MONOTONIC. asyncio's own timers round up to epoll's millisecond (0.6 ms late at p50), so
              deadlines are in a heap of our own under one absolute timerfd that the loop reads like a socket
              (0.05 ms). Where there is no timerfd, a thread waits for the instant and wakes the loop.
    virtual   never sleeps: when nothing is ready, time jumps to the next deadline. From 0. Two runs are
              identical. The selector is blind to sockets, and what is asked of a thread is done at once on the
              loop, since a thread would bring real time back in.

All deadlines that are due are fired in one wake-up, by instant and then in the order in which they were
given; one given while they fire waits for the next wake-up, so that no chain of them starves the sockets.

A show's loop is early: it wakes a little before a deadline and prepares, as if the time had come, what the deadline
brings. Only what leaves the process (`last`) waits for the instant itself. From sleep to the first byte a processor
with cold caches takes up to half a millisecond; that time is spent before the instant and not after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from cuelang.clock.alarm import Alarm
from cuelang.clock.deadlines import Clock, Handle
from cuelang.clock.loops import OwnLoop
from cuelang.clock.real import EARLY_NS, RealClock, WatchfulSelector, since
from cuelang.clock.running import current
from cuelang.clock.tasks import Tasks, end_tasks, to_the_end
from cuelang.clock.virtual import Deadlock, VirtualClock, VirtualLoop

__all__ = [
    "EARLY_NS",
    "Alarm",
    "Clock",
    "Deadlock",
    "Handle",
    "RealClock",
    "Tasks",
    "VirtualClock",
    "current",
    "end_tasks",
    "new_loop",
    "run",
    "since",
]

T = TypeVar("T")
Kind = Literal["real", "virtual"]

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC)


def new_loop(kind: Kind = "real", *, start: datetime | None = None, early: int = 0) -> asyncio.AbstractEventLoop:
    """A loop of this kind, not running. `start` is the wall time at the 0 of a virtual loop: 2026-01-01 UTC by
    default."""
    if kind == "virtual":
        return VirtualLoop(VirtualClock(start or VIRTUAL_START))
    clock = RealClock(early)
    return OwnLoop(clock, WatchfulSelector(clock))


def run(
    main: Coroutine[Any, Any, T],
    *,
    kind: Kind = "real",
    start: datetime | None = None,
    early: int = 0,
) -> T:
    """Run `main` to its end on a new loop of this kind. Raises Deadlock where a virtual loop would hang."""
    with asyncio.Runner(loop_factory=lambda: new_loop(kind, start=start, early=early)) as runner:
        return runner.run(to_the_end(main))
