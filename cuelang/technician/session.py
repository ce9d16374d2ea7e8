"""One camera in a technician's hands: its line opened, asked, told, and left standing still.

Everything goes by the camera's driver, whatever its link. What can be asked and told beyond the `Driver` protocol is
in `devices.asking.RawAccess`; a link that has no inquiries says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import Future
from collections.abc import AsyncIterator
from dataclasses import dataclass

from cuelang import address, clock, rig
from cuelang.commands import Command, Drive, Driver, FocusDrive, Job, Outcome, Pose, Stop, ZoomDrive
from cuelang.devices.inquire import Answer, CommandResult, RawAccess
from cuelang.devices.visca_web import ViscaWithHttp
from cuelang.models import Model
from cuelang.plan import MS, NS, Camera
from cuelang.source import NOWHERE

OPENING = 3.0
"""Seconds that the first attempt to open a line may take."""
STOPPING = 1.5
"""Seconds that a camera is given to take the last stop."""


class CameraError(Exception):
    """It cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Reached:
    """`latency` is the median of a few inquiries in ns, None when the link cannot be asked. `why` says what is wrong
    if it does not answer."""

    answers: bool
    latency: int | None = None
    why: str = ""


class Session:
    """Made by `opened`. Times are loop nanoseconds."""

    def __init__(self, camera: Camera, driver: Driver) -> None:
        self.camera = camera
        self.driver = driver
        front = driver.visca if isinstance(driver, ViscaWithHttp) else driver
        self._asks = front if isinstance(front, RawAccess) else None
        self.clock = clock.current()
        self._jobs: set[Job] = set()
        self._driving = False

    @property
    def model(self) -> Model:
        return self.camera.figures

    @property
    def can_ask(self) -> bool:
        return self._asks is not None

    async def ask(self, row: str) -> Answer:
        """An inquiry of the table. A link without inquiries answers that it does not know it."""
        if self._asks is not None:
            return await self._asks.ask(row)
        now = self.clock.now()
        return Answer(None, True, now, now)

    async def say(self, row: str, **params: int) -> CommandResult:
        """A command of the table that moves nothing."""
        if self._asks is not None:
            return await self._asks.say(row, **params)
        return CommandResult("refused", "this camera's link has no such command")

    async def reach(self, tries: int = 5) -> Reached:
        """Does it answer, and how fast? One that is silent costs about a second."""
        if self._asks is None:
            return await self._reach_otherwise()
        times: list[int] = []
        for _ in range(tries):
            answer = await self.ask("inq.power")
            if answer.fields is None and not answer.unknown:
                break
            times.append(answer.heard - answer.asked)
        if times:
            return Reached(True, sorted(times)[len(times) // 2])
        return Reached(False, None, self.driver.state.error or "it does not answer")

    async def _reach_otherwise(self) -> Reached:
        state = self.driver.state
        before = state.heard
        self.driver.ask_pose()
        end = self.clock.now() + NS
        while state.heard == before and self.clock.now() < end:
            await self.sleep(20 * MS)
        if state.heard != before:
            return Reached(True)
        if state.connected:
            return Reached(True, None, "the line is open; its protocol has no answers")
        return Reached(False, None, state.error or "it does not answer")

    async def pose(self) -> Pose:
        """Where it stands now, as far as it says so."""
        turned, zoomed = await self.ask("inq.pan_tilt"), await self.ask("inq.zoom")
        pan_tilt, zoom = turned.fields or {}, zoomed.fields or {}
        return Pose(pan_tilt.get("pan"), pan_tilt.get("tilt"), zoom.get("zoom"))

    async def do(self, command: Command, pose: Pose | None = None) -> Job:
        """Carry out a command to its end. If the wait is cancelled the camera stops."""
        finished: Future[None] = asyncio.get_running_loop().create_future()

        def over(job: Job) -> None:
            self._jobs.discard(job)
            if not finished.done():
                finished.set_result(None)

        job = Job(command, self.clock.now(), over, pose)
        self._jobs.add(job)
        if isinstance(command, Drive | ZoomDrive | FocusDrive):
            self._driving = True
        self.driver.start(job)
        await finished
        return job

    async def stop(self) -> Outcome:
        """Pan, tilt, zoom and focus stand still; the outcome says whether the camera has taken it."""
        job = await self.do(Stop(tracking=False))
        self._driving = False
        return job.outcome or "unreachable"

    async def sleep(self, ns: int) -> None:
        await self.clock.sleep_until(self.clock.now() + ns)

    async def close(self) -> None:
        """Stop what this session has set going, and close the line."""
        moving = self._driving or bool(self._jobs)
        for job in list(self._jobs):
            self.driver.end(job, "stopped")
        if moving:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOPPING):
                    await self.stop()
        await self.driver.close()


def camera_at(url: str, model: str | None = None, measured: Model | None = None) -> Camera:
    """A camera that stands in no rig. Raises CameraError for a bad address."""
    try:
        where = address.parse(url)
    except address.BadAddress as error:
        raise CameraError(str(error)) from None
    http = f"http://{where.host}" if where.host and where.scheme != "sim" else ""
    return Camera("it", str(where), model, NOWHERE, http, measured=measured)


@contextlib.asynccontextmanager
async def opened(camera: Camera, driver: Driver | None = None) -> AsyncIterator[Session]:
    """Open the camera's line (by `driver`, if it is there already) and close it in the end, whatever happens."""
    driver = driver or rig.open_driver(camera)
    session = Session(camera, driver)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OPENING):
                await driver.open()
        yield session
    finally:
        await session.close()
