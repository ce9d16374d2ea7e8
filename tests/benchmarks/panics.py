"""Panics on lines that lose frames: how many cameras still move six seconds later, and after the end of the show.

A camera is driven and zoomed, and then everything is stopped; in virtual time, many nights, each with other random
faults.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from cuelang import clock
from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Drive, Driver, FocusDrive, Job, Settling, ZoomDrive
from cuelang.devices.bus import BusLine, PelcoBus, ViscaBus
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.pelco import PelcoCamera
from cuelang.devices.picture_store import NullStore
from cuelang.devices.sony_line import SonyLine
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd, undrawn
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach
from cuelang.transports import Line, memory
from cuelang.transports.http import SMALL, HttpAnswer, Method
from cuelang.units import MS, NS
from tests.benchmarks.figures import Figure, Size

ALL = frozenset((PAN_TILT, ZOOM, FOCUS))
LOSSES = (0.01, 0.05, 0.20)
LATER = 6 * NS
END = 5 * NS
"""How long the end of a show waits."""
CUT = 500 * MS
"""How long a stream that was cut stays away."""
AGAIN = 200 * MS
"""How long a system waits before it sends a packet of a stream again."""


@dataclass(frozen=True, slots=True)
class Count:
    panics: int
    moving: int
    """Cameras that moved six seconds after the panic."""
    after: int
    """Cameras that moved when a show had ended that was stopped instead."""
    named: int
    """Shows whose end said that the camera may still be moving, though it stood."""


class CutLine(Line):
    """A stream: it loses nothing, but each frame may find it cut, and then it is away for a while."""

    stream = True

    def __init__(self, inner: memory.MemoryEnd, loss: float, seed: int) -> None:
        self._inner, self._loss, self._random = inner, loss, Random(seed)
        self._up = False

    @property  # the listener is the inner line's
    def listener(self):
        return self._inner.listener

    @listener.setter
    def listener(self, who) -> None:
        self._inner.listener = who

    def send(self, data: bytes) -> None:
        if not self._up:
            return
        if self._random.random() < self._loss:
            self._up = False
            now = clock.current()
            now.at(now.now(), self._cut)
            now.at(now.now() + CUT, self._joined)
            return
        self._inner.send(data)

    def _cut(self) -> None:
        self._inner.is_open = False
        self.listener.line_down("cut")

    def _joined(self) -> None:
        self._inner.is_open = self._up = True
        self.listener.line_up()

    async def open(self) -> None:
        self._up = True
        await self._inner.open()

    async def close(self) -> None:
        self._up = False
        await self._inner.close()

    def restart(self, error: str) -> None:
        """It comes back by itself."""


class LateLine(CutLine):
    """A stream whose packets get lost: the system resends them, each time twice as late; those behind wait."""

    def __init__(self, inner: memory.MemoryEnd, loss: float, seed: int) -> None:
        super().__init__(inner, loss, seed)
        self._there = self._back = 0
        self._listener = inner.listener
        inner.listener = self

    @property
    def listener(self):
        return self._listener

    @listener.setter
    def listener(self, who) -> None:
        self._listener = who

    def __getattr__(self, name: str):
        return getattr(self._listener, name)  # line_up, line_down …: as the inner line says

    def _late(self, not_before: int) -> int:
        now = clock.current().now()
        wait = AGAIN
        while self._random.random() < self._loss:
            now, wait = now + wait, 2 * wait
        return max(now, not_before)

    def send(self, data: bytes) -> None:
        self._there = self._late(self._there)
        clock.current().at(self._there, self._inner.send, data)

    def line_data(self, data: bytes) -> None:
        self._back = self._late(self._back)
        clock.current().at(self._back, self._listener.line_data, data)


class LossyWeb(InProcess):
    """A web server that does not always get the request, and does not always get its answer through."""

    def __init__(self, end: WebEnd, loss: float, seed: int) -> None:
        super().__init__(end)
        self._loss, self._random = loss, Random(seed)

    async def ask(
        self, method: Method, path: str, *, within: int = NS, most: int = SMALL, asks: bool = False
    ) -> HttpAnswer:
        lost, unheard = (self._random.random() < self._loss for _ in range(2))
        if not lost:
            answer = await super().ask(method, path, within=within, most=most)
            if not unheard:
                return answer
        now = clock.current()
        await now.sleep_until(now.now() + within)
        return HttpAnswer(trouble="timed_out", error="no answer in time")


def _visca(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body, Faults(loss=loss, seed=seed, latency=2 * MS))
    return ViscaCamera("foh", near)


def _sony(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body, Faults(loss=loss, seed=seed, latency=2 * MS), scheme="sony")
    return ViscaCamera("foh", SonyLine(near))


def _tcp(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body, Faults(latency=2 * MS))
    return ViscaCamera("foh", LateLine(near, loss, seed))


def _cut(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body)
    return ViscaCamera("foh", CutLine(near, loss, seed))


def _serial(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body, Faults(loss=loss, seed=seed, latency=2 * MS))
    return ViscaCamera("foh", BusLine(ViscaBus(near, 9600), 1))


def _pelco(body: Body, loss: float, seed: int) -> Driver:
    near, far = memory.pair()
    attach(far, body, Faults(loss=loss, seed=seed), scheme="pelco-d")
    return PelcoCamera("foh", BusLine(PelcoBus(near, 9600), 1), "pelco-d")


def _cgi(body: Body, loss: float, seed: int) -> Driver:
    return CgiCamera("foh", LossyWeb(WebEnd(body, draw=undrawn), loss, seed), NullStore())


LINKS: dict[str, Callable[[Body, float, int], Driver]] = {
    "VISCA UDP": _visca,
    "VISCA TCP": _tcp,
    "VISCA TCP (cut so often)": _cut,
    "Sony": _sony,
    "serial chain": _serial,
    "Pelco": _pelco,
    "CGI": _cgi,
}


def stands(body: Body, now: int) -> bool:
    def where() -> Iterator[int]:
        return (axis.at(when) for axis in (body.pan, body.tilt, body.zoom) for when in (now, now + NS))

    found = list(where())
    return found[::2] == found[1::2]


def count(link: str, loss: float, panics: int) -> Count:
    moving = after = named = 0
    for seed in range(panics):
        moving += clock.run(_night(link, loss, seed, panic=True), kind="virtual")[0]
        moved, said = clock.run(_night(link, loss, seed, panic=False), kind="virtual")
        after += moved
        named += said and not moved
    return Count(panics, moving, after, named)


async def _night(link: str, loss: float, seed: int, *, panic: bool) -> tuple[bool, bool]:
    body = Body(DEFAULT, f"foh {seed}")
    driver = LINKS[link](body, loss, seed)
    assert isinstance(driver, Settling)
    now = clock.current()
    await driver.open()
    await now.sleep_until(now.now() + NS)
    jobs = [
        Job(command, now.now(), lambda _job: None)
        for command in (Drive("right", 3, 3), ZoomDrive("in", 1), FocusDrive("near", 1))
    ]
    for job in jobs:
        driver.start(job)
    await now.sleep_until(now.now() + NS)
    for job in jobs:
        if job.outcome is None:
            driver.end(job, "stopped")
    if panic:
        driver.halt(ALL, tracking=True)
        await now.sleep_until(now.now() + LATER)
    else:
        driver.settle()
        until = now.now() + END
        while driver.unsettled() and now.now() < until:
            await now.sleep_until(now.now() + 10 * MS)
    said = bool(driver.unsettled())
    await driver.close()
    await asyncio.sleep(0)
    return not stands(body, now.now()), said


def figures(size: Size) -> Iterator[Figure]:
    panics = size.of(1000, 200, 5)
    for link in LINKS:
        for loss in LOSSES:
            found = count(link, loss, panics)
            bad = found.moving + found.after
            yield Figure(
                f"{panics} panics and {panics} ends, {link}, {loss:.0%} lost: cameras that move afterwards",
                "0, 0",
                f"{found.moving}, {found.after} ({found.named} named that stood)",
                "",
                "",
                size.judge(not bad),
            )
