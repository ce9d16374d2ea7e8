"""The end of tasks that nothing waits for any longer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, TypeVar

RETRY_AFTER_S = 1.0

T = TypeVar("T")


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them, and return when each has ended; what they raise is dropped.

    Each is cancelled again every second until it ends: before Python 3.12 `asyncio.wait_for`, which libraries use,
    keeps a cancellation to itself when what it waits for comes at the same moment.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=RETRY_AFTER_S)
        for task in ended:
            if not task.cancelled():
                task.exception()


async def to_the_end(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns or raises; no other task of its loop outlives it."""
    try:
        return await main
    finally:
        me = asyncio.current_task()
        await end_tasks(task for task in asyncio.all_tasks() if task is not me)


class Tasks:
    """Work that goes on in the background."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[asyncio.Task[None]]:
        return iter(tuple(self._tasks))

    async def end(self) -> None:
        """End what still goes on."""
        await end_tasks(self._tasks)
