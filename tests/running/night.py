"""A night at the theatre in virtual time: a sheet, the real executor, simulated cameras, and people who do things."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cuelang import clock as clocks
from cuelang import rig
from cuelang.commands import Driver, TallyMode
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiled, Compiler
from cuelang.library import Library
from cuelang.plan import Plan, named_cue
from cuelang.playback.effects import Begin, Effect, Request, Verdict, Withhold
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, Outset, ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.cgi import InProcess
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.source import Source
from cuelang.transports import memory
from cuelang.transports.http import QUICK_NS, SMALL, HttpAnswer, Method, Web
from cuelang.units import MS, NS

RIG = """
show "Night"
    timezone "Europe/London"
    interlock off
camera foh "visca+udp://10.0.0.21"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://10.0.0.22"
    preset door at pan 12deg tilt -3deg zoom 20%
output eos "osc+udp://127.0.0.1:8000"
"""

QUESTION = re.compile(r"info\.cgi|event\?|cmd=(%23(O|APC|GZ|AXF|D1|S|UPVS|TAE)|QSJ:29)&")
"""What a camera that is driven by HTTP is asked and not told."""

Doing = tuple[float, "str | Callable[[Night], object]"]

PAN_TILT_STOP, ZOOM_STOP, FOCUS_STOP = "81 01 06 01 01 01 03 03 ff", "81 01 04 07 00 ff", "81 01 04 08 00 ff"
TRACK_OFF = "81 0a 11 54 03 ff"


def compiled(sheet: str, rig: str = RIG) -> Compiled:
    return Compiler(Library()).compile(Source("night.cues", rig + sheet))


def plan_of(sheet: str, rig: str = RIG) -> Plan:
    found = compiled(sheet, rig)
    errors = [(d.code, d.span.line, d.message) for d in found.diagnostics if d.is_error]
    assert found.plan is not None, errors
    return found.plan


class Plug(Web):
    """The plug of a camera that is driven by HTTP, which notes what goes through it."""

    def __init__(self, web: InProcess, heard: list[tuple[float, str]]) -> None:
        self.base = web.base
        self.web, self.heard = web, heard

    async def ask(
        self, method: Method, path: str, *, within: int = QUICK_NS, most: int = SMALL, asks: bool = False
    ) -> HttpAnswer:
        if not self.web.gone:
            self.heard.append((round(clocks.current().now() / NS, 3), path))
        return await self.web.ask(method, path, within=within, most=most, asks=asks)

    async def prepare(self) -> None: ...

    async def close(self) -> None:
        await self.web.close()

    @property
    def plugged(self) -> bool:
        return not self.web.gone

    @plugged.setter
    def plugged(self, plugged: bool) -> None:
        self.web.gone = not plugged


class Far:
    """A simulated camera at the far end of its wire, and everything that it heard."""

    def __init__(self, camera: Any, faults: Faults) -> None:
        self.near, far = memory.pair()
        self.body = Body(rig.model_of(camera), camera.name, boot=camera.boot // 2)
        for preset in camera.presets:
            if preset.number is not None and preset.pan is not None:
                self.body.presets[preset.number] = StoredPreset(preset.pan, preset.tilt, preset.zoom)
        self.heard: list[tuple[float, str]] = []
        requests = rig.requests_to(camera, self.body, faults)
        if requests is not None:
            self.near = Plug(requests[0], self.heard)  # type: ignore[assignment]  # it can be unplugged, and no more
            self.driver: Driver = rig.by_requests(camera, self.near, requests[1], 5 * NS)  # type: ignore[arg-type]
            self.end: Any = requests[0].end
            return
        self.end = attach(far, self.body, faults, on_frame=self._note)
        self.driver = ViscaCamera(camera.name, self.near, self.body.model, keepalive=5 * NS)

    def _note(self, way: str, frame: bytes, now: int) -> None:
        if way == "in":
            self.heard.append((round(now / NS, 3), frame.hex(" ")))


class Night:
    """One show from its first moment to its last; times are seconds."""

    def __init__(
        self, plan: Plan, faults: Mapping[str, Faults], air: Mapping[str, TallyMode | None], start: str | None
    ) -> None:
        self.plan, self.clock, self.sheet = plan, clocks.current(), ""
        self.sink = MemorySink()
        self.far = {c.name: Far(c, faults.get(c.name, NO_FAULTS)) for c in plan.cameras if not c.disabled}
        self.reloads = 0
        self.asked = 0
        """Commands that were given to a camera or withheld from it."""
        self.clock_at_end = 0
        self.lines = OscLines(plan)
        self.executor = Executor(
            plan,
            ShowLines(
                {name: far.driver for name, far in self.far.items()},
                {port.name: rig.Unheard() for port in plan.outputs},
            ),
            log=AsRun(self.sink, self.clock),
            clock=self.clock,
            zone=UTC,
            outset=Outset(air=air or {}, start=start),
            hooks=Hooks(on_reload=self._reloaded, on_effect=self._seen),
        )

    def _reloaded(self, request: Request) -> None:
        self.reloads += 1
        self.executor.settled(Verdict(request, "fired"))

    def _seen(self, effect: Effect) -> None:
        if isinstance(effect, Begin | Withhold):
            self.asked += 1

    def say(self, text: str) -> None:
        """A line of a script, without its time."""
        (ask,) = parse("0s " + text)
        read_out(ask, self.executor, self.lines, self.clock.now())

    def ask(self, verb: Any, cue: str | None = None, source: str = "somebody", **more: Any) -> None:
        self.executor.request(Request(verb, named_cue(cue), source, self.clock.now(), **more))

    def load(self, sheet: str, rig: str = RIG) -> None:
        plan = plan_of(sheet, rig)
        known = {camera.name for camera in plan.cameras if not camera.disabled}
        self.executor.load(
            plan,
            ShowLines({name: far.driver for name, far in self.far.items() if name in known}, self.executor.outputs),
        )

    def load_again(self) -> None:
        """The same sheet, compiled once more."""
        drivers = {name: far.driver for name, far in self.far.items()}
        plan = plan_of(self.sheet)
        self.lines = OscLines(plan)
        self.executor.load(plan, ShowLines(drivers, self.executor.outputs))

    def unplug(self, camera: str) -> None:
        self.far[camera].near.plugged = False

    def plug_in(self, camera: str) -> None:
        self.far[camera].near.plugged = True

    # --- afterwards

    @property
    def records(self) -> list[dict[str, Any]]:
        return [as_json(record) for record in self.sink.records]

    def of(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        return [
            record
            for record in self.records
            if record["kind"] == kind and all(record.get(name) == value for name, value in wanted.items())
        ]

    def commands(self, camera: str | None = None, action: str | None = None) -> list[dict[str, Any]]:
        return [
            record
            for record in self.of("command")
            if camera in (None, record["camera"]) and action in (None, record["action"])
        ]

    def outcomes(self, camera: str | None = None) -> list[tuple[str, str]]:
        return [(record["action"], record["outcome"]) for record in self.commands(camera)]

    def cues(self) -> list[tuple[str, str, float]]:
        return [(record["cue"], record["state"], round(record["t_ms"] / 1000, 3)) for record in self.of("cue")]

    def verdicts(self) -> list[tuple[str, str]]:
        return [(record["request"], record["verdict"]) for record in self.of("trigger")]

    def says(self, kind: str = "warning") -> list[str]:
        return [record["text"] for record in self.of(kind)]

    def wire(self, camera: str, *, since: float = 0, until: float = 1e9) -> list[tuple[float, str]]:
        """What the camera was told, not what it was asked."""
        heard = self.far[camera].heard
        return [
            (at, frame)
            for at, frame in heard
            if since <= at <= until and not frame.startswith("81 09") and not QUESTION.search(frame)
        ]


def perform(
    sheet: str,
    *doings: Doing,
    rig: str = RIG,
    end: float = 120,
    faults: Mapping[str, Faults] | None = None,
    air: Mapping[str, TallyMode | None] | None = None,
    start: str | None = None,
    wall: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    loud: bool = False,
) -> Night:
    """Run the sheet until `end` (seconds); at each of its times a line of a script is requested or a function called.
    `loud`: whatever goes wrong inside is raised."""
    wrong: list[dict[str, Any]] = []
    plan = plan_of(sheet, rig)

    async def night() -> Night:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: wrong.append(context))
        night = Night(plan, faults or {}, air or {}, start)
        night.sheet = sheet
        await night.executor.open()
        for at, what in doings:
            await night.clock.sleep_until(round(at * NS))
            if isinstance(what, str):
                night.say(what)
            else:
                what(night)
        await night.clock.sleep_until(round(end * NS))
        await night.executor.stop_show()
        night.clock_at_end = night.clock.now()
        await night.clock.sleep_until(night.clock.now() + 500 * MS)
        return night

    played = clocks.run(night(), kind="virtual", start=wall)
    assert not (loud and wrong), wrong
    return played
