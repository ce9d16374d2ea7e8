"""A VISCA camera with its HTTP interface: one driver in front of two links.

Everything goes by VISCA but the pictures, and auto-tracking where the camera's VISCA does not know it. While a camera
that was switched on is starting up, its pictures wait as everything else does.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial

from cuelang.commands import (
    Axes,
    Booth,
    Job,
    LinkState,
    Outcome,
    Power,
    Snapshot,
    TallyMode,
    Track,
)
from cuelang.devices.http_line import HttpLine
from cuelang.devices.inquire import CommandResult, RawAnswer
from cuelang.devices.picture_store import PictureStore
from cuelang.devices.pictures import Pictures
from cuelang.devices.visca import ViscaCamera
from cuelang.devices.wanted import Wanted
from cuelang.devices.web import Lane, QueuedRequest
from cuelang.protocols import cgi
from cuelang.protocols.cgi import CgiRequest
from cuelang.protocols.visca.exchange import Exchange
from cuelang.transports.http import Web


class ViscaWithHttp:
    """`visca` moves the camera, `web` has its pictures. `state` is that of the VISCA link; `lane.state` the other's.

    `note` is called with a sentence for each picture that was kept; `zone` is that of the times in their names.
    """

    def __init__(
        self,
        name: str,
        visca: ViscaCamera,
        web: Web,
        album: PictureStore,
        *,
        zone: tzinfo | None = None,
        note: Callable[[str], object] | None = None,
        on_change: Callable[[], object] | None = None,
        snapshots: Sequence[CgiRequest] = (cgi.request("snapshot"),),
    ) -> None:
        self.name = name
        self.visca = visca
        self.state: LinkState = visca.state
        self.model = visca.link.model
        self.lane = Lane(web, on_change)
        self.pictures = Pictures(name, self.lane, album, zone=zone, note=note, snapshots=snapshots)
        self._tracks_by_web = False
        self._orders: dict[Job, QueuedRequest] = {}
        self._behind: dict[Job, Job] = {}
        """A job as the show knows it -> the one that VISCA has instead."""
        self._booting: set[Job] = set()
        self._waiting: dict[Job, Booth | Snapshot] = {}

    def start(self, job: Job) -> None:
        command = job.command
        if isinstance(command, Booth | Snapshot):
            if self._booting:
                self._waiting[job] = command
            else:
                self.pictures.start(job, command)
        elif isinstance(command, Track) and self._tracks_by_web:
            self._track(job, command.on)
        elif isinstance(command, Track) or (isinstance(command, Power) and command.on):
            instead = Job(command, job.due, lambda done: self._ended(job, done), job.pose)
            instead.on_left = partial(self._left, job)
            self._behind[job] = instead
            if isinstance(command, Power):
                self._booting.add(job)
            self.visca.start(instead)
        else:
            self.visca.start(job)

    def end(self, job: Job, outcome: Outcome) -> None:
        if job in self._waiting:
            del self._waiting[job]
            job.finish(outcome)
        elif job in self._orders:
            self._orders.pop(job).wanted = False
            job.finish(outcome)
        elif job in self.pictures:
            self.pictures.end(job, outcome)
        else:
            self.visca.end(self._behind.get(job, job), outcome)

    def lose_axes(self, job: Job, axes: Axes) -> None:
        behind = self._behind.get(job, job)
        if not self._has(job):
            self.visca.lose_axes(behind, axes)
            job.lost = behind.lost

    def hold(self, job: Job) -> None:
        if not self._has(job):
            self.visca.hold(self._behind.get(job, job))

    def resume(self, job: Job, shift: int) -> None:
        if self._has(job):
            job.due += shift
        else:
            behind = self._behind.get(job, job)
            self.visca.resume(behind, shift)
            job.due = behind.due

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        self.visca.halt(axes, tracking)
        if tracking and self._tracks_by_web:
            self.lane.submit(QueuedRequest(cgi.track(False, self.model), self.lane.clock.now(), _unheard, _unsent))

    @property
    def on_adrift(self) -> Callable[[Axes], object] | None:
        return self.visca.on_adrift

    @on_adrift.setter
    def on_adrift(self, call: Callable[[Axes], object] | None) -> None:
        self.visca.on_adrift = call

    def settle(self) -> None:
        self.visca.settle()

    def inherit(self, axes: Axes) -> None:
        self.visca.inherit(axes)

    def unsettled(self) -> Axes:
        return self.visca.unsettled()

    def keep_lit(self, mode: TallyMode) -> None:
        self.visca.keep_lit(mode)

    @property
    def web(self) -> Web | None:
        """PTZOptics' web side. A camera that is driven by its maker's requests has another one."""
        return self.lane.web if self.requests is None else None

    @property
    def requests(self) -> HttpLine[Exchange] | None:
        return self.visca.requests

    @property
    def resent(self) -> int:
        return self.visca.resent

    @property
    def strays(self) -> int:
        return self.visca.strays

    @property
    def wanted(self) -> Wanted:
        return self.visca.wanted

    def ask(self, row: str) -> Future[RawAnswer]:
        return self.visca.ask(row)

    def say(self, row: str, *, sure: bool = False, **params: int) -> Future[CommandResult]:
        return self.visca.say(row, sure=sure, **params)

    def send(self, frame: bytes) -> Future[CommandResult]:
        return self.visca.send(frame)

    def ask_pose(self) -> None:
        self.visca.ask_pose()

    async def open(self) -> None:
        await asyncio.gather(self.visca.open(), self.lane.web.prepare())

    async def look(self) -> bytes | None:
        return await self.pictures.look()

    async def close(self) -> None:
        await self.pictures.close()
        await asyncio.gather(self.visca.close(), self.lane.close())

    def _has(self, job: Job) -> bool:
        return job in self._waiting or job in self._orders or job in self.pictures

    def _left(self, job: Job, instead: Job) -> None:
        job.wire = instead.wire
        if instead.sent is not None:
            job.left(instead.sent)

    def _ended(self, job: Job, instead: Job) -> None:
        """VISCA is done with its part of a job."""
        del self._behind[job]
        known_there = self.model.family not in ("panasonic", "canon")
        if isinstance(job.command, Track) and instead.outcome == "refused" and known_there:
            self._tracks_by_web = True
            self._track(job, job.command.on)
            return
        job.lost, job.late_max = instead.lost, instead.late_max
        job.acked, job.wire = instead.acked, instead.wire
        self._booting.discard(job)
        assert instead.outcome is not None
        job.finish(instead.outcome, instead.reason, instead.done)
        if not self._booting:
            now = self.lane.clock.now()
            waiting, self._waiting = self._waiting, {}
            for picture, command in waiting.items():
                picture.due = max(picture.due, now)  # its second of patience begins now
                self.pictures.start(picture, command)

    def _track(self, job: Job, on: bool) -> None:
        request = cgi.track(on, self.model)
        due = max(job.due, self.lane.clock.now())
        order = self._orders[job] = QueuedRequest(
            request, due, lambda outcome, reason, now: self._tracked(job, outcome, reason, now), self._noting(job)
        )
        self.lane.submit(order)

    def _tracked(self, job: Job, outcome: Outcome, reason: str, now: int) -> None:
        del self._orders[job]
        if outcome == "completed":
            job.acked = now
        job.finish(outcome, reason, now if outcome == "completed" else None)

    def _noting(self, job: Job) -> Callable[[CgiRequest, int], object]:
        def sent(request: CgiRequest, now: int) -> None:
            job.left(now)
            job.urls.append(self.lane.url(request))

        return sent


def _unheard(outcome: Outcome, reason: str, now: int) -> None:
    """The outcome of a stop without a job is not needed."""


def _unsent(request: CgiRequest, now: int) -> None:
    """A stop without a job was not sent; the line's state shows why."""
