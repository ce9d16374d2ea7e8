"""A night played: the executor of a show on simulated cameras, in virtual time, and everything that is done to it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import MethodType
from typing import Any

from msgspec.structs import replace

from cuelang import address, rig
from cuelang import clock as clocks
from cuelang.commands import Drive, Driver, ZoomDrive
from cuelang.devices.bus import BusLine, PelcoBus, ViscaBus
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.pelco import PelcoCamera
from cuelang.devices.picture_store import NullStore
from cuelang.devices.sony_line import SonyLine
from cuelang.devices.visca import ViscaCamera
from cuelang.plan import Camera, CameraAct, Moment, Plan, Step
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime import logfile
from cuelang.runtime.asrun import AsRun, line
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, ShowLines
from cuelang.runtime.logfile import FileSink
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import WebEnd, undrawn
from cuelang.simulator.faults import Faults
from cuelang.simulator.presets import stored
from cuelang.simulator.serve import Attached, attach
from cuelang.source import NOWHERE
from cuelang.switchers.link import SwitcherLink
from cuelang.transports import memory
from cuelang.units import MS, NS
from tests.benchmarks.panics import LateLine, LossyWeb
from tests.simulation.dice import Case, Head, compiled
from tests.simulation.disk import FullDisk, full_disk
from tests.simulation.watch import Watch
from tests.simulation.watched import Watched

START = datetime(2026, 1, 1, tzinfo=UTC)
AFTERWARDS = 30 * NS
"""How long it is looked whether anything still moves."""


class Far:
    """A camera and a line to it; `body` is the camera, if another machine has a line to it already. What is sent to it
    is seen where it leaves the driver."""

    def __init__(
        self,
        head: Head,
        camera: Camera,
        seed: int,
        sent: Callable[[bytes], None],
        answered: Callable[[bytes], None],
        body: Body | None = None,
    ) -> None:
        self.head, self.camera = head, camera
        if body is None:
            body = Body(camera.figures, camera.name, boot=camera.boot // 2)
            body.presets.update(stored(camera))
        self.body = body
        self.end: Attached | None = None
        if head.scheme == "cgi":
            self.web = LossyWeb(WebEnd(self.body, draw=undrawn), head.loss, seed)
            self.driver: Driver = CgiCamera(camera.name, self.web, NullStore(), camera.figures, keepalive=5 * NS)
            return
        datagrams = head.scheme in ("visca+udp", "sony")
        self.near, self.far = memory.pair(
            memory.LineFaults(
                latency=2 * MS * datagrams,
                jitter=head.jitter,
                loss=head.loss * datagrams,
                duplicate=head.duplicate,
                reorder=head.reorder,
                seed=seed,
            )
        )
        where = address.parse(camera.url)
        quirks = replace(Faults.parse(head.quirks), seed=seed, loss=head.loss * (head.scheme == "visca+serial"))
        _tap(self.far, answered)
        self.end = attach(self.far, self.body, quirks, address=where.camera, scheme=head.scheme)
        wire: Any = self.near
        if head.scheme == "visca+tcp" and head.loss:
            wire = LateLine(self.near, head.loss, seed)
        _tap(wire, sent)
        if head.scheme == "pelco-d":
            wire = BusLine(PelcoBus(wire, 9600), where.camera)
            self.driver = PelcoCamera(camera.name, wire, "pelco-d", address=where.camera, keepalive=5 * NS)
            return
        if head.scheme == "sony":
            wire = SonyLine(wire)
        elif head.scheme == "visca+serial":
            wire = BusLine(ViscaBus(wire, 9600), where.camera)
        self.driver = ViscaCamera(camera.name, wire, camera.figures, address=where.camera, keepalive=5 * NS)

    def die(self) -> None:
        """The machine at the other end of the line is gone."""
        if self.end is None:
            self.web.gone = True
        else:
            self.near.plugged = self.far.plugged = False

    def stands(self, now: int) -> bool:
        """Whether pan, tilt and zoom will not be elsewhere later on."""
        axes = (self.body.pan, self.body.tilt, self.body.zoom)
        return all(axis.at(now) == axis.at(now + AFTERWARDS) for axis in axes)


def _tap(line: Any, sent: Callable[[bytes], None]) -> None:
    send = line.send

    def tapped(_self: Any, data: bytes) -> None:
        sent(data)
        send(data)

    line.send = MethodType(tapped, line)


class Log:
    """The as-run log in memory, and on a disk if that is full at times."""

    def __init__(self, watch: Watch) -> None:
        self.records: list[Record] = []
        self.file: FileSink | None = None
        self._watch = watch

    def write(self, record: Record) -> None:
        self.records.append(record)
        self._watch.record(record)
        if self.file is not None:
            self.file.write(record)


class Night:
    """A case while it is played, and afterwards."""

    def __init__(self, case: Case, plan: Plan, other: Plan | None, disk: tuple[FullDisk, Path] | None = None) -> None:
        self.disk = disk
        self.case, self.first, self.plan, self.other = case, plan, plan, other
        self.clock = clocks.current()
        self.watch = Watch(self)
        self.log = Log(self.watch)
        heads = {head.name: head for head in case.heads}
        self.wire: list[tuple[int, str, str]] = []
        self.far: dict[str, Far] = {}
        for number, camera in enumerate(plan.cameras):
            sent, answered = self._tapped(camera.name), self._heard(camera.name)
            self.far[camera.name] = Far(heads[camera.name], camera, case.seed * 8 + number, sent, answered)
        self.switchers = rig.SwitcherRig(simulate=True)
        self.links = linked(self.switchers, self.plan)
        self.drivers = {name: Watched(far.driver, name, self.watch) for name, far in self.far.items()}
        self.executor = Executor(
            plan,
            ShowLines(self.drivers, {port.name: rig.Unheard() for port in plan.outputs}, self.links),
            log=AsRun(self.log, self.clock),
            clock=self.clock,
            zone=UTC,
            hooks=Hooks(on_effect=self.watch.effect, on_reload=self._reload, on_change=self.watch.turned),
        )
        if disk is not None:
            path = disk[1]
            self.log.file = FileSink(path, self.clock, lambda text: self.executor.say(text.replace(str(path), "LOG")))
        self.lines = OscLines(plan)
        self._hands: dict[tuple[str, str], Step] = {}
        self.left: tuple[str, ...] = ()
        self.ended = 0

    def _tapped(self, name: str) -> Callable[[bytes], None]:
        def sent(data: bytes) -> None:
            now = self.clock.now()
            self.wire.append((now, name, data.hex(" ")))
            self.watch.sent(name, data, now)

        return sent

    def _heard(self, name: str) -> Callable[[bytes], None]:
        return lambda data: self.wire.append((self.clock.now(), f"{name} answers", data.hex(" ")))

    # --- what is done

    def do(self, what: str) -> None:
        word, *rest = what.split()
        if word in DEEDS:
            DEEDS[word](self, *rest)
            return
        (ask,) = parse(f"0s {what}")
        now = self.clock.now()
        if ask.osc is None and ask.order is None:
            request = Request(ask.verb, ask.cue, "somebody", now, moment=ask.moment)
            self.watch.asks(request)
            self.executor.request(request)
        else:
            read_out(ask, self.executor, self.lines, now, self.switchers.by_hand)

    def _reload(self, request: Request) -> None:
        if self.other is not None:
            self.plan, self.other = self.other, self.plan
            self.links = linked(self.switchers, self.plan)
            self.executor.load(self.plan, ShowLines(self.drivers, self.executor.outputs, self.links))
            self.lines = OscLines(self.plan)
        self.executor.settled(Verdict(request, "fired"))

    def hand(self, camera: str, axis: str) -> None:
        """A hand takes the stick of this camera, or turns it further."""
        command = Drive("right", 5, 5) if axis == "pan" else ZoomDrive("in", 3)
        before = self._hands.get((camera, axis))
        step = Step(Moment(0, 0), CameraAct(camera, command, live=True), NOWHERE)
        self._hands[camera, axis] = step
        request = Request("statement", None, "hand", self.clock.now(), said=f"drive {camera} {axis}")
        if before is None:
            self.watch.asks(request)
        if not self.executor.hands.steer(request, step, before) and before is not None:
            del self._hands[camera, axis]

    def unhand(self, camera: str) -> None:
        for axis in ("pan", "zoom"):
            step = self._hands.pop((camera, axis), None)
            if step is not None:
                self.executor.hands.release(step)

    def plugged(self, camera: str, there: bool, back: bool) -> None:
        far = self.far[camera]
        if far.end is not None:
            far.near.plugged, far.far.plugged = there, back

    def hang(self, camera: str, silent: bool) -> None:
        far = self.far[camera]
        if far.end is not None and far.head.scheme != "pelco-d":
            far.end.end.faults = replace(far.end.end.faults, silent=silent)

    def fill(self, full: bool) -> None:
        if self.disk is not None:
            self.disk[0].fill(full)

    # --- afterwards

    async def closed(self) -> None:
        """The log's file is written to its end: it has every record, whole."""
        if self.log.file is None or self.disk is None:
            return
        await self.log.file.close()
        lines = self.disk[1].read_text().splitlines()
        log = self.log.file
        told_lost = (
            log.lost > 0 and len(lines) >= logfile.MAX_WAITING and len(lines) + log.lost == len(self.log.records)
        )
        if not told_lost and lines != [line(as_json(record)) for record in self.log.records]:
            told = f"{len(lines)} lines, {len(self.log.records)} records, {self.log.file.lost} lost"
            self.watch.breaks("a full disk loses no record", told)

    def digest(self) -> str:
        """Everything that can be told of it, in one word: the same night is the same, byte for byte."""
        told = hashlib.sha256()
        for record in self.log.records:
            told.update(json.dumps(as_json(record), ensure_ascii=False).encode())
        for sent in self.wire:
            told.update(repr(sent).encode())
        return told.hexdigest()[:16]


def linked(switchers: rig.SwitcherRig, plan: Plan) -> dict[str, SwitcherLink]:
    links = switchers.take(plan)
    for link in links.values():
        line: Any = link.line
        line.restart = MethodType(_opened_again, line)
    return links


def _opened_again(line: Any, error: str) -> None:
    """As a real line does: down at once, and up again after a while."""
    if line.is_open:
        line.is_open = False
        line.listener.line_down(error)
        now = clocks.current()
        now.at(now.now() + NS, line.start)


def _away(night: Night, away: bool) -> None:
    for link in night.links.values():
        assert isinstance(link.line, memory.MemoryEnd)
        link.line.plugged = not away


DEEDS: dict[str, Callable[..., object]] = {
    "unplug": lambda night, camera: night.plugged(camera, False, False),
    "deafen": lambda night, camera: night.plugged(camera, True, False),
    "plug": lambda night, _word, camera: night.plugged(camera, True, True),
    "hear": lambda night, camera: night.plugged(camera, True, True),
    "outage": lambda night, camera: night.far[camera].body.power_cut(night.clock.now()),
    "hang": lambda night, camera: night.hang(camera, True),
    "unhang": lambda night, camera: night.hang(camera, False),
    "hand": lambda night, camera, axis: night.hand(camera, axis),
    "unhand": lambda night, camera: night.unhand(camera),
    "input": lambda night, camera, mode: night.executor.on_air(camera, mode, "desk"),
    "switcher": lambda night, word: _away(night, word == "away"),
    "disk": lambda night, word: night.fill(word == "full"),
}
"""What is done that no script says. The first words."""


def play(case: Case) -> Night:
    """From its first moment to when nothing moves any more. `Night.watch` has what was wrong."""
    plan = compiled(case.sheet()).plan
    other = compiled(case.sheet(case.other)).plan if case.other else None
    if plan is None:
        raise ValueError(f"seed {case.seed}: the sheet has mistakes")
    wrong: list[dict[str, Any]] = []

    async def played(disk: tuple[FullDisk, Path] | None = None) -> Night:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: wrong.append(context))
        night = Night(case, plan, other, disk)
        night.watch.unhandled = wrong
        await night.executor.open()
        kept = frozenset(Random(case.seed).sample(range(len(case.doings)), min(3, len(case.doings))))
        for number, doing in enumerate(case.doings):
            await night.clock.sleep_until(doing.at)
            if number in kept:
                night.watch.keep()
            night.watch.look()
            try:
                night.do(doing.what)
            except Exception as error:
                night.watch.breaks("nothing is raised", f"{doing.what}: {error!r}")
        await night.clock.sleep_until(case.length)
        night.watch.at_end()
        night.left = await night.executor.stop_show()
        night.ended = night.clock.now()
        await night.clock.sleep_until(night.ended + 2 * NS)
        await night.closed()
        night.watch.afterwards()
        return night

    if not any(doing.what == "disk full" for doing in case.doings):
        return clocks.run(played(), kind="virtual", start=START)
    with full_disk() as disk:
        return clocks.run(played(disk), kind="virtual", start=START)
