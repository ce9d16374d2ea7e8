"""Loops that never sleep: time jumps to the next deadline when nothing is ready."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TypeVar, TypeVarTuple

from cuelang.clock.deadlines import Clock
from cuelang.clock.loops import OwnLoop, aware, shown
from cuelang.units import NS

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Deadlock(RuntimeError):
    """Virtual time is stuck: nothing is ready, nothing is scheduled, and the program has not ended."""


class VirtualClock(Clock):
    """Time that only the loop advances. `now` inside a deadline's callback is exactly its instant."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = 0
        self._start = aware(start)

    def now(self) -> int:
        return self._now

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return shown(self._start, self._now, zone)

    def _arm(self) -> None:
        """The selector looks at the heap before every jump."""

    def _fire_due(self) -> None:
        self._fire(self._now)


class _VirtualSelector(selectors.SelectSelector):
    """Where asyncio would sleep, virtual time jumps. Registered sockets are never looked at."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self.loop
        clock = loop.virtual
        due = clock._next()
        if timeout is None or timeout > 0:
            asyncios = None if timeout is None else clock._now + max(1, round(timeout * NS))
            if due is None and asyncios is None:
                raise Deadlock(_waiting(loop))
            clock._now = max(clock._now, min(when for when in (due, asyncios) if when is not None))
        if due is not None and due <= clock._now:
            loop.call_soon(clock._fire_due)
        return []


class VirtualLoop(OwnLoop):
    def __init__(self, clock: VirtualClock) -> None:
        selector = _VirtualSelector()
        selector.loop = self
        self.virtual = clock
        super().__init__(clock, selector)

    def time(self) -> float:
        return self.virtual._now / NS

    def run_in_executor(self, executor: object, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Done here and now: a thread's end would come at another point of each run."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # what a thread raises belongs to the code that awaits it
            done.set_exception(error)
        return done


def _waiting(loop: asyncio.AbstractEventLoop) -> str:
    names = sorted(task.get_name() for task in asyncio.all_tasks(loop))
    return (
        "deadlock: nothing is scheduled and nothing can wake the waiting tasks. "
        f"Waiting: {', '.join(names) or 'the main task'}."
    )
