"""Tasks end, also those of libraries that keep a cancellation to themselves."""

import asyncio
import contextlib

from cuelang.clock import current, end_tasks, run
from cuelang.units import NS


async def deaf(times: int, ended: list[str]) -> None:
    """As `asyncio.wait_for` before Python 3.12, when what it waits for comes with the cancellation."""
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
    try:
        await asyncio.sleep(3600)
    finally:
        ended.append("ended")


def test_who_does_not_hear_the_first_cancellation_hears_the_next_one() -> None:
    ended: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(deaf(times, ended)) for times in (0, 1, 2)]
        await asyncio.sleep(0)
        await end_tasks(tasks)
        assert all(task.cancelled() for task in tasks)
        assert current().now() == 2 * NS

    run(main(), kind="virtual")
    assert ended == ["ended"] * 3


def test_what_a_task_raises_when_it_is_cancelled_is_dropped() -> None:
    async def fails() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise OSError("gone")

    async def main() -> None:
        task = asyncio.get_running_loop().create_task(fails())
        await asyncio.sleep(0)
        await end_tasks([task])
        assert task.done()

    run(main(), kind="virtual")


def test_no_task_outlives_a_program_and_none_keeps_it() -> None:
    ended: list[str] = []

    async def main() -> str:
        kept.append(asyncio.get_running_loop().create_task(deaf(1, ended)))
        await asyncio.sleep(0)
        return "done"

    kept: list[asyncio.Task[None]] = []
    assert run(main(), kind="virtual") == "done"
    assert ended == ["ended"]
