"""A VISCA camera whose pictures and tracking go by HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC

from cuelang.commands import (
    Command,
    Job,
    MoveTo,
    Pose,
    Power,
    Snapshot,
    Track,
)
from cuelang.devices.picture_store import NullStore
from cuelang.devices.visca import ViscaCamera
from cuelang.devices.visca_web import ViscaWithHttp
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd, undrawn
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach
from cuelang.transports import memory
from cuelang.units import NS
from tests.devices.web_camera import PHOTOS, Stage, virtually


class Both:
    """A simulated VISCA camera and its HTTP interface on one body."""

    def __init__(self, faults: Faults | None = None, boot: int = 5 * NS) -> None:
        near, far = memory.pair()
        self.body = Body(DEFAULT, "foh", boot=boot)
        attach(far, self.body, faults or Faults())
        self.web = InProcess(WebEnd(self.body, draw=undrawn))
        visca = ViscaCamera("foh", near, DEFAULT, keepalive=None)
        self.notes: list[str] = []
        self.driver = ViscaWithHttp("foh", visca, self.web, NullStore(), zone=UTC, note=self.notes.append)

    async def do(self, command: Command) -> Job:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        job = Job(command, self.driver.lane.clock.now(), lambda _job: done.set_result(None))
        self.driver.start(job)
        await done
        return job


def test_one_camera_with_two_links() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        moved, shot = await asyncio.gather(both.do(MoveTo(Pose(500, 100), 24, 20)), both.do(PHOTOS))
        assert moved.outcome == shot.outcome == "completed"
        assert moved.wire and both.driver.state.connected
        assert len(both.notes) == 4
        await both.driver.close()

    virtually(show())


def test_tracking_goes_by_visca_where_it_is_known() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        job = await both.do(Track(True))
        assert job.outcome == "completed" and job.wire and both.body.tracking
        await both.driver.close()

    virtually(show())


class NoTracking(ViscaCamera):
    """A camera whose VISCA refuses auto-tracking."""

    def start(self, job: Job) -> None:
        if isinstance(job.command, Track):
            job.outcome, job.reason = "refused", "syntax error"
            job.finished(job)
        else:
            super().start(job)


def test_tracking_goes_by_the_web_where_visca_refuses_it() -> None:
    async def show() -> None:
        both = Both()
        near, far = memory.pair()
        attach(far, both.body)
        both.driver.visca = NoTracking("foh", near, DEFAULT, keepalive=None)
        await both.driver.open()
        assert (await both.do(Track(True))).outcome == "completed"
        assert both.body.tracking
        both.driver.halt(frozenset(), tracking=True)
        await asyncio.sleep(1)
        assert not both.body.tracking
        await both.driver.close()

    virtually(show())


def test_pictures_wait_for_a_camera_that_is_starting_up() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        await both.do(Power(False, 0))
        on, shot = await asyncio.gather(both.do(Power(True, 45 * NS)), both.do(Snapshot("s")))
        assert on.outcome == shot.outcome == "completed"
        assert on.done is not None and shot.sent is not None and shot.sent >= on.done >= 5 * NS
        await both.driver.close()

    virtually(show())


def test_two_rehearsals_of_a_booth_are_the_same() -> None:
    told: list[list[str]] = []

    async def show() -> None:
        stage = Stage()
        await stage.do(PHOTOS)
        told.append(stage.notes + stage.heard)

    virtually(show())
    virtually(show())
    assert told[0] == told[1] and len(told[0]) == 4 + 5
