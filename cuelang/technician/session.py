"""One camera in a technician's hands: its line opened, asked, told, and left standing still.

Everything goes by the camera's driver, whatever its link. What can be asked and told beyond the `Driver` protocol is
in `devices.asking.RawAccess`; a link that has no inquiries says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import Future
from collections.abc import AsyncIterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from cuelang import address, clock, rig
from cuelang.commands import DRIVES, Command, Driver, Job, Outcome, Pose, Stop
from cuelang.devices.http_line import HttpLine
from cuelang.devices.inquire import CommandResult, HasWeb, MayAnswer, RawAccess, RawAnswer
from cuelang.devices.picture_store import NullStore
from cuelang.devices.web import judged
from cuelang.models import Model
from cuelang.plain import UserError
from cuelang.plan import Camera
from cuelang.protocols import cgi, settings_of
from cuelang.protocols.visca.exchange import Exchange
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import Property
from cuelang.source import NOWHERE
from cuelang.technician import webside
from cuelang.technician.webside import Identity
from cuelang.transports.http import Web
from cuelang.units import MS, NS

OPENING_S = 3.0
"""Seconds that the first attempt to open a line may take."""
FEW, MANY, SWIFT_NS = 5, 20, 30 * MS
"""Questions to a camera; how many if it answers faster than this."""
STOPPING_S = 1.5
"""Seconds that a camera is given to take the last stop."""


class CameraError(UserError):
    """It cannot be done; the message says why and what to do."""

    code = 1


class WrongArgument(CameraError):
    """What was typed, or the file that it names, is not what is needed here; no camera was asked."""

    code = 2


class Reached(Struct, frozen=True):
    """`answers` None: nothing was heard, which on this link means nothing. `latency` is the median of a few questions
    in ns. `why` says what is wrong, or what is not known. Of `asked` questions `twice` had to be asked more than once;
    `understood`: the camera knew at least one of them. `strays` replies belonged to none of them."""

    answers: bool | None
    latency: int | None = None
    why: str = ""
    asked: int = 0
    twice: int = 0
    understood: bool = True
    strays: int = 0


class Session:
    """Made by `opened`. Times are loop nanoseconds."""

    def __init__(self, camera: Camera, driver: Driver) -> None:
        self.camera = camera
        self.driver = driver
        self._asks = driver if isinstance(driver, RawAccess) else None
        self.web: Web | None = driver.web if isinstance(driver, HasWeb) else None
        """The camera's web side, if it has PTZOptics' one."""
        self.clock = clock.current()
        self._jobs: set[Job] = set()
        self._driving = False

    @property
    def model(self) -> Model:
        return self.camera.figures

    @property
    def can_ask(self) -> bool:
        return self._asks is not None

    @property
    def properties(self) -> Mapping[str, Property]:
        """The settings that it can be given, by name."""
        return settings_of(address.parse(self.camera.url).family, self.model)

    async def picture(self) -> dict[str, Mapping[str, int]] | None:
        """Of a camera that is driven by HTTP-CGI alone: its settings as answers to VISCA's inquiries. None: it is no
        such camera."""
        return None if self._web_alone is None else await webside.picture(self._web_alone)

    @property
    def _web_alone(self) -> Web | None:
        """By which everything goes; None: there is something else."""
        return self.web if self._asks is None else None

    async def ask(self, row: str) -> RawAnswer:
        """An inquiry of the table. A link without inquiries answers that it does not know it."""
        if self._asks is not None:
            return await self._asks.ask(row)
        now = self.clock.now()
        return RawAnswer(None, True, now, now)

    async def who(self) -> Identity:
        """What the camera says of itself outside of VISCA."""
        if self.web is not None:
            return (await webside.who(self.web))[1]
        requests = self._requests
        return Identity(**(await requests.who() or {})) if requests is not None else Identity()

    async def stored(self) -> frozenset[int] | None:
        """The presets that it has stored. None: it does not say."""
        requests = self._requests
        return await requests.stored() if requests is not None else None

    @property
    def pause(self) -> int:
        """How long (ns) a question waits because the camera has to be left alone after the one before."""
        return self._requests.pause if self._requests is not None else 0

    @property
    def _requests(self) -> HttpLine[Exchange] | None:
        return self._asks.requests if self._asks is not None else None

    async def say(self, row: str, *, sure: bool = False, **params: int) -> CommandResult:
        """A command of the table that moves nothing; a gated one only if the caller is `sure`."""
        if self._asks is not None:
            return await self._asks.say(row, sure=sure, **params)
        return CommandResult("refused", "this camera's link has no such command")

    async def send(self, frame: bytes) -> CommandResult:
        """Bytes that no table has."""
        if self._asks is not None:
            return await self._asks.send(frame)
        return CommandResult("refused", "only a VISCA camera accepts VISCA bytes")

    async def reset_head(self) -> CommandResult:
        """Pan and tilt find their ends again, as when the camera starts."""
        if self._web_alone is not None:
            request = cgi.request("pt.reset")
            return CommandResult(*judged(await self._web_alone.ask(request.method, request.path)))
        if "pt.reset" not in rows_of(self.model):
            return CommandResult("refused", f"the {self.model.title} has no such command")
        return await self.say("pt.reset")

    @property
    def comes_to_rest(self) -> bool:
        """Whether it is heard of a recall that it has ended, though not where."""
        return self._answers is True

    @property
    def _answers(self) -> bool | None:
        """Of a camera that confirms nothing: whether it answers for its position; None: it is not known yet."""
        return self.driver.answers if isinstance(self.driver, MayAnswer) else False

    @property
    def _said_nothing(self) -> str:
        noise = self.driver.noise if isinstance(self.driver, MayAnswer) else 0
        if noise:
            return f"{noise} byte{'' if noise == 1 else 's'} came that are not Pelco: is the baud rate right?"
        return "not every Pelco camera replies"

    @property
    def no_position(self) -> str:
        """Why it does not tell its position in degrees."""
        if self.comes_to_rest:
            return "no list states the unit of its positions"
        return "its protocol does not report positions"

    async def reach(self, tries: int = FEW) -> Reached:
        """Does it answer, and how fast? One that is silent costs about a second. A fast link is asked more often, for
        only then are lost packets seen."""
        if self._web_alone is not None:
            return await self._reach_web(self._web_alone, tries)
        if self._asks is None:
            return await self._reach_unasked()
        times: list[int] = []
        again: list[int] = []
        understood, strays = False, self._asks.strays
        while len(times) + len(again) < (MANY if tries >= FEW and _quick(times) else tries):
            before = self._asks.resent
            answer = await self.ask("inq.power")
            if answer.fields is None and not answer.unknown:
                break
            understood = understood or answer.fields is not None
            (times if self._asks.resent == before else again).append(answer.heard - answer.asked)
        if times or again:
            known = sorted(times or again)
            asked = len(times) + len(again)
            return Reached(True, known[len(known) // 2], "", asked, len(again), understood, self._asks.strays - strays)
        return Reached(False, None, self.driver.state.error)

    async def _reach_web(self, web: Web, tries: int) -> Reached:
        times: list[int] = []
        for _ in range(tries):
            begun = self.clock.now()
            answer = await webside.knock(web)
            if not answer.status and answer.trouble:
                return Reached(False, None, answer.error)
            times.append(self.clock.now() - begun)
            if answer.trouble:
                return Reached(True, times[0], answer.error)
        return Reached(True, sorted(times)[len(times) // 2])

    async def _reach_unasked(self) -> Reached:
        """A link whose cameras confirm nothing. Some answer for their position, and are asked when the line is up."""
        state, end = self.driver.state, self.clock.now() + NS
        while self._answers is None and self.clock.now() < end:
            await self.sleep(20 * MS)
        if self._answers:
            return Reached(True)
        if state.connected:
            return Reached(None, None, f"the line is open, but no reply came; {self._said_nothing}")
        return Reached(False, None, state.error)

    async def pose(self) -> Pose:
        """Its position now, as far as it reports it."""
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
        if isinstance(command, DRIVES):
            self._driving = True
        self.driver.start(job)
        await finished
        return job

    async def stop(self) -> Outcome:
        """Pan, tilt, zoom and focus stop; the outcome says whether the camera has taken it."""
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
                async with asyncio.timeout(STOPPING_S):
                    await self.stop()
        await self.driver.close()


def _quick(times: list[int]) -> bool:
    return len(times) >= 2 and max(times) < SWIFT_NS


def camera_at(url: str, model: str | None = None, measured: Model | None = None) -> Camera:
    """A camera that is in no rig. Raises BadAddress."""
    where = address.parse_far(url)
    http = f"http://{where.host}" if where.host and where.scheme != "sim" else ""
    camera = Camera("it", str(where), model, NOWHERE, http, measured=measured)
    return replace(camera, ramp_rate=min(camera.ramp_rate, camera.figures.ramp_rate))


@contextlib.asynccontextmanager
async def opened(camera: Camera, driver: Driver | None = None, *, web: bool = False) -> AsyncIterator[Session]:
    """Open the camera's line (by `driver`, if it is there already) and close it in the end, whatever happens. `web`:
    its HTTP interface is asked, too."""
    if driver is None:
        driver = rig.open_driver(camera, rig.PictureOptions(NullStore())) if web else rig.open_driver(camera)
    session = Session(camera, driver)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OPENING_S):
                await driver.open()
        yield session
    finally:
        await session.close()
