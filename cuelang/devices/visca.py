"""A VISCA camera: the driver behind `commands.Driver`.

It knows which job is at work and nothing of cues. A camera that has been switched on gets nothing but stops until
it answers for power and position; what came meanwhile is sent then, and its second of patience begins then.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from typing import assert_never

from cuelang.commands import (
    PAN_TILT,
    Axes,
    Booth,
    Clear,
    Drive,
    Focus,
    FocusDrive,
    FocusTo,
    Home,
    Job,
    LinkState,
    MoveBy,
    MoveTo,
    Outcome,
    Power,
    Ramp,
    Raw,
    Recall,
    Recover,
    Replay,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    TallyMode,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.devices import inquire as asking
from cuelang.devices import link as links
from cuelang.devices.base_link import KEEPALIVE_NS, LinkedDriver
from cuelang.devices.http_line import HttpLine
from cuelang.devices.inquire import CommandResult, RawAnswer
from cuelang.devices.link import Link
from cuelang.devices.moves import MoveTask, RampTask, TimedMoveTask
from cuelang.devices.replay import ReplayTask
from cuelang.devices.tasks import LampTask, MenuArrow, Plain, PowerOn, Task
from cuelang.devices.wanted import Wanted
from cuelang.models import DEFAULT, Model
from cuelang.protocols.visca.exchange import Exchange
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.transports import Line, is_keyed


class ViscaCamera(LinkedDriver[Link]):
    """One camera on a line. `keepalive` None: an idle camera is not asked (one that lives in this process).

    `on_change` is called when `state` has changed; it should only take note of it.
    """

    def __init__(
        self,
        name: str,
        line: Line,
        model: Model = DEFAULT,
        *,
        address: int = 1,
        keepalive: int | None = KEEPALIVE_NS,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.link = Link(line, model, address=address, keepalive=keepalive, on_change=on_change)
        self.state: LinkState = self.link.state
        self._tasks: dict[Job, Task] = {}
        self._booting: Job | None = None
        self._waiting: list[Job] = []
        self._held_waiting: set[Job] = set()

    def start(self, job: Job) -> None:
        if isinstance(job.command, Booth | Snapshot):
            job.finish("refused", "this camera has no HTTP address for pictures; add an `http` line")
        elif self._booting is not None and not isinstance(job.command, Stop | Power):
            self._waiting.append(job)
        else:
            before = self._tasks.get(self._booting) if self._booting is not None else None
            if before is not None and isinstance(job.command, Power):
                self._booting = None
                before.finish("superseded")
            self._start(job, 0)
            if before is not None and self._booting is None:
                self._release()

    def _start(self, job: Job, released: int) -> None:
        task = self._tasks[job] = self._task(job, released)
        if isinstance(task, PowerOn):
            self._booting = job
        task.begin(self.link.clock.now())

    def _task(self, job: Job, released: int) -> Task:
        """What carries the job out."""
        given = (self.link, job, self._ended, released)
        match job.command:
            case MoveTo(over=over) as move if over is not None:
                return TimedMoveTask(*given, move, over)
            case MoveTo() | MoveBy() | Home() | Recall() | ZoomTo():
                return MoveTask(*given)
            case Ramp() as ramp:
                return RampTask(*given, ramp)
            case Replay() as replay:
                return ReplayTask(*given, replay)
            case Power(on=True, boot=boot):
                return PowerOn(*given, boot)
            case Tally(mode=mode):
                return LampTask(*given, mode)
            case SetProperty(prop=prop, verb=verb) if prop in PROPERTIES and verb in PROPERTIES[prop].needs_menu:
                return MenuArrow(*given)
            case (
                Drive()
                | ZoomDrive()
                | Focus()
                | FocusTo()
                | FocusDrive()
                | Stop()
                | SetProperty()
                | Store()
                | Clear()
                | Raw()
                | Power()
                | Track()
                | Recover()
                | Booth()
                | Snapshot()
            ):
                return Plain(*given)
            case _ as never:
                assert_never(never)

    def end(self, job: Job, outcome: Outcome) -> None:
        task = self._tasks.get(job)
        if task is not None:
            task.end(outcome, self.link.clock.now())
        elif job in self._waiting:
            self._waiting.remove(job)
            self._held_waiting.discard(job)
            job.finish(outcome)

    def lose_axes(self, job: Job, axes: Axes) -> None:
        job.lost |= axes
        task = self._tasks.get(job)
        if task is not None:
            task.lose_axes(axes, self.link.clock.now())
        elif job in self._waiting and isinstance(job.command, Recall) and PAN_TILT in axes:
            self.end(job, "superseded")  # sent now, it would take back what the newer command has

    def hold(self, job: Job) -> None:
        task = self._tasks.get(job)
        if task is not None:
            task.hold(self.link.clock.now())
        elif job in self._waiting:
            self._held_waiting.add(job)

    def resume(self, job: Job, shift: int) -> None:
        job.due += shift
        task = self._tasks.get(job)
        if task is not None:
            task.resume(self.link.clock.now())
        elif job in self._waiting:
            self._held_waiting.discard(job)
            if self._booting is None:
                self._release()

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        self.link.halt(axes, tracking)

    def keep_lit(self, mode: TallyMode) -> None:
        self.link.wanted.keep(mode)

    def ask_pose(self) -> None:
        for row in (links.PAN_TILT, links.ZOOM):
            self.link.ask(row, _noted)

    @property
    def requests(self) -> HttpLine[Exchange] | None:
        """What makes requests of frames, where the camera is driven by HTTP."""
        return self.link.requests

    @property
    def resent(self) -> int:
        """Messages that were sent more than once."""
        return self.link.conversation.resent

    @property
    def strays(self) -> int:
        """Replies that belonged to nothing that was sent, repeated ones among them."""
        line = self.link.line
        return self.link.conversation.strays + (line.strays if is_keyed(line) else 0)

    @property
    def wanted(self) -> Wanted:
        return self.link.wanted

    def ask(self, row: str) -> Future[RawAnswer]:
        """Any inquiry of the command table, by its id."""
        return asking.ask(self.link, row)

    def say(self, row: str, *, sure: bool = False, **params: int) -> Future[CommandResult]:
        """Any command of the command table, by its id. Nothing stops what it sets going. `sure`: also a gated one,
        which destroys something, or of which the documents do not say for certain what it does."""
        return asking.say(self.link, row, params, sure=sure)

    def send(self, frame: bytes) -> Future[CommandResult]:
        """Bytes that no table has. What they do to the camera is not known here."""
        return asking.send(self.link, frame)

    async def close(self) -> None:
        for job in [*self._waiting, *self._tasks]:
            self.end(job, "stopped")
        for task in tuple(self._tasks.values()):
            task.finish("stopped")
        await self.link.close()

    def _ended(self, job: Job) -> None:
        del self._tasks[job]
        if job is self._booting:
            self._booting = None
            self._release()

    def _release(self) -> None:
        now = self.link.clock.now()
        ready = [job for job in self._waiting if job not in self._held_waiting]
        self._waiting = [job for job in self._waiting if job in self._held_waiting]
        for job in ready:
            if self._booting is None:
                self._start(job, now)
            else:
                self._waiting.append(job)


def _noted(fields: dict[str, int] | None, now: int) -> None:
    """The link has written it into `state`."""
