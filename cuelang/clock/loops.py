"""A loop with a clock of its own, and the wall time of those that start at 0."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeVar, TypeVarTuple

from cuelang.aside import aside
from cuelang.clock.deadlines import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

ENDING_S = 2.0
"""Seconds that the end of a loop waits for what threads are doing: a picture that is being saved."""


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop that has its clock with it. What is asked of a thread, name look-ups too, is done on one that the end of
    the program does not wait for."""

    def __init__(self, clock: Clock, selector: selectors.BaseSelector | None = None) -> None:
        self.clock = clock
        self._aside: set[asyncio.Future[Any]] = set()
        super().__init__(selector)

    def run_in_executor(self, executor: Any, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        future = asyncio.wrap_future(aside(func, *args), loop=self)
        self._aside.add(future)
        future.add_done_callback(self._aside.discard)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as in asyncio
        if self._aside:
            await asyncio.wait(self._aside, timeout=ENDING_S)


def aware(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError("the wall time at which a loop starts needs a time zone")
    return start


def shown(start: datetime, now: int, zone: tzinfo | None) -> datetime:
    return (start.astimezone(UTC) + timedelta(microseconds=now // 1000)).astimezone(zone or start.tzinfo)
