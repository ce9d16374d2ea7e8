"""A driver that goes by HTTP-CGI, with a simulated camera at the other end: in virtual time or over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cuelang import clock
from cuelang.commands import (
    Booth,
    Command,
    Job,
    Outcome,
)
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.picture_store import FolderStore, NullStore
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd, undrawn
from cuelang.simulator.http_end import HttpReply
from cuelang.units import NS
from tests import paced

EVENING = datetime(2026, 1, 1, 19, 30, tzinfo=UTC)
PHOTOS = Booth("photos", 2 * NS, 0, "shots/tonight")
VIDEOS = Booth("videos", 1 * NS, 3 * NS, "shots")


def virtually(show: Coroutine[Any, Any, None]) -> None:
    clock.run(show, kind="virtual", start=EVENING)


def briskly(show: Coroutine[Any, Any, None], speed: float = 5) -> None:
    paced.run(show, speed=speed, start=EVENING)


class Stage:
    """A camera behind HTTP-CGI and its clients. `heard` is what came over the wire."""

    def __init__(self, folder: Path | None = None, latency: int = 0, **options: object) -> None:
        self.body = Body(DEFAULT, "foh")
        self.end = WebEnd(self.body, draw=undrawn, **options)  # type: ignore[arg-type]  # as WebEnd has them
        self.heard: list[str] = []
        self.notes: list[str] = []
        answer = self.end.answer

        def heard(method: str, path: str, now: int, wall: datetime) -> HttpReply:
            self.heard.append(path.rsplit("?", maxsplit=1)[-1])
            return answer(method, path, now, wall)

        self.end.answer = heard  # type: ignore[method-assign]  # to listen in
        self.web = InProcess(self.end, latency=latency)
        album = FolderStore(folder) if folder else NullStore()
        self.camera = CgiCamera("foh", self.web, album, zone=UTC, note=self.notes.append, keepalive=None)
        self.now = self.camera.lane.clock

    def begin(self, command: Command, **fields: Any) -> tuple[Job, asyncio.Future[Outcome | None]]:
        done: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        job = Job(command, self.now.now(), lambda job: done.set_result(job.outcome), **fields)
        self.camera.start(job)
        return job, done

    async def do(self, command: Command, **fields: Any) -> Job:
        job, done = self.begin(command, **fields)
        await done
        return job

    async def until(self, seconds: float) -> None:
        await self.now.sleep_until(round(seconds * NS))

    @property
    def place(self) -> tuple[int, int, int]:
        now = self.now.now()
        return self.body.pan.at(now), self.body.tilt.at(now), self.body.zoom.at(now)
