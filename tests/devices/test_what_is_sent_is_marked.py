"""A log that was cut off says what was under way: every driver says, once, when it hands a command to its line."""

from __future__ import annotations

import asyncio

import pytest

from cuelang import clock as clocks
from cuelang import commands as c
from cuelang import rig
from cuelang.address import SCHEMES
from cuelang.commands import Job
from cuelang.units import MS, NS
from tests.test_rig import camera

COMMANDS: tuple[c.Command, ...] = (
    c.MoveTo(c.Pose(100, 50, None), 10, 10), c.MoveTo(c.Pose(200, 80, 500), 10, 10, over=2 * NS),
    c.MoveBy(30, 10, 10, 10), c.Home(), c.Recall(1), c.Drive("left", 3, 3), c.Drive("up", 3, 3, NS), c.ZoomTo(300),
    c.ZoomDrive("in", 2, NS), c.Ramp("zoom", 0, 400, NS, 10), c.Focus("auto"), c.FocusTo(300),
    c.SetProperty("iris", "value", (5,)), c.Tally("program"), c.Stop(), c.Store(3),
)  # fmt: skip
UNSENT = frozenset(("refused", "unreachable"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_command_is_marked_when_it_is_handed_to_its_line(scheme: str) -> None:
    async def show() -> list[tuple[Job, int]]:
        clock = clocks.current()
        driver = rig.simulated(camera(scheme), keepalive=5 * NS)
        await driver.open()
        await clock.sleep_until(clock.now() + NS)
        done: list[tuple[Job, int]] = []
        for command in COMMANDS:
            over, marks = asyncio.Event(), [0]
            job = Job(command, clock.now(), lambda _job, over=over: over.set())  # type: ignore[misc]

            def marked(job: Job, marks: list[int] = marks) -> None:
                assert job.outcome is None, "before its outcome"
                marks[0] += 1

            job.on_left = marked
            driver.start(job)
            async with asyncio.timeout(120):
                await over.wait()
            done.append((job, marks[0]))
            driver.halt(frozenset((c.PAN_TILT, c.ZOOM, c.FOCUS)))
            await clock.sleep_until(clock.now() + 500 * MS)
        await driver.close()
        return done

    done = clocks.run(show(), kind="virtual")
    sent = [job for job, _ in done if job.outcome not in UNSENT]
    assert len(sent) >= 2, "what this protocol can"
    for job, marks in done:
        assert marks == (0 if job.outcome in UNSENT and job.sent is None else 1), (job.command, job.outcome, job.reason)
