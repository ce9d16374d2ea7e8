"""A show with a page, in the loop of the test: a sheet, simulated cameras, a real server on a free port."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import aiohttp

from cuelang import clock as clocks
from cuelang import rig
from cuelang.devices.picture_store import FolderStore
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.outline import outlines
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven, Framed, in_show_mode
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.board import who
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Edition, ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import DoneOrWhy, RunningShow
from cuelang.runtime.updates import PresetChange
from cuelang.sheets.drafts import Drafts
from cuelang.source import Source
from cuelang.triggers.ears import Ears, NoSuchInput
from cuelang.triggers.gestures import Gestures
from cuelang.triggers.schedule import ScheduleDoor
from cuelang.web.auth import Role
from cuelang.web.listen import _listening
from cuelang.web.server import WebServer

SHEET = """
show "Night"
    go_window 1ms
    debounce 1ms
    interlock off
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
on once 2099-12-24 at 17:00 start 1
section "Act I"
cue 1 "Open"
    standby "Ready"
    tally foh program
    move foh to throne
cue 2 "Long"
    wait 60s
    note "late"
cue 3 "Quick"
    note "three"
cue 10.5 "End"
    repeat forever every 1s
        note "again"
"""


def compiled(text: str = SHEET) -> Plan:
    plan = Compiler(Library()).compile(Source("night.cues", text)).plan
    assert plan is not None
    return plan


class NoFiles:
    """The presets of a show that has no sheet on a disk."""

    def presets(self, name: str) -> list[dict[str, object]]:
        return []

    def history(self, camera: str, preset: str) -> list[PresetChange]:
        return []

    def picture(self, camera: str, preset: str) -> bytes | None:
        return None

    async def warm(self) -> None: ...


class Alone:
    """There is no second machine."""

    def leads(self) -> dict[str, object]:
        return {"leads": True, "night": "n"}

    async def journal(self, after: int, by: str | None, leads: bool) -> dict[str, object]:
        return {**self.leads(), "seq": 0, "elapsed_ms": 0.0, "plan": "", "cameras": {}, "records": []}

    async def file(self, digest: str) -> str | None:
        return None

    async def take_over(self, source: str) -> DoneOrWhy:
        return False, "this machine leads already"

    async def carry(self, what: dict[str, Any]) -> DoneOrWhy:
        return False, "this machine leads"


class Booth:
    """The show behind the page; `url` is the page's."""

    def __init__(self, plan: Plan, drafts: Drafts | None = None) -> None:
        now = clocks.current()
        self.clock = now
        self.records: deque[Record] = deque(maxlen=1000)
        self.locked = False
        self.said: list[str] = []
        pictures = rig.PictureOptions(FolderStore(Path()))
        drivers = {camera.name: rig.simulated(camera, pictures=pictures) for camera in plan.cameras}
        log = AsRun(self, now, UTC)
        self.switchers = rig.SwitcherRig(simulate=True)
        links = self.switchers.take(plan)
        self.executor = Executor(
            plan,
            ShowLines(drivers, switchers=links),
            log=log,
            clock=now,
            zone=UTC,
            edition=Edition(outlines=outlines(plan)),
        )
        self.schedule = ScheduleDoor(plan, now, UTC, print, self.executor.settled, self.said.append)
        self.executor.hooks.on_skip = self.schedule.skip
        self.gestures = Gestures(
            plan,
            now,
            self.executor.hands.steer,
            self.executor.hands.release,
            refused=self.executor.settled,
            hindered=self.executor.hands.hindered,
        )
        self.ears = Ears(now, UTC)
        self.ears.load(plan)
        screens = self.executor.screens
        screens.inputs, screens.heard = lambda: self.ears.rows, lambda: self.ears.messages(20)
        screens.driven = lambda: self.gestures.driven
        self.running = RunningShow(
            self.executor,
            zone=UTC,
            records=self.records,
            entry=self,
            switches=self,
            switchers=self.switchers,
            skipped=self.schedule.skipped,
            framing=NoFiles(),
            drafts=drafts or Drafts("night.cues", None, (), ()),
            beside=Alone(),
        )
        self.server: WebServer
        self.url = ""
        self.port = 0

    def write(self, record: Record) -> None:
        self.records.append(record)

    async def decide(self, request: Request) -> Verdict:
        allowed = in_show_mode(request, self.executor.plan) if self.locked else request
        if allowed is None:
            verdict = Verdict(request, "refused", "the show is locked (show mode)")
            self.executor.settled(verdict)
            return verdict
        return await self.executor.decide(allowed)

    def drive(self, person: str, who: str, wanted: Deflection, source: str, received: int) -> Driven:
        return self.gestures.drive(person, who, wanted, source, received, guarded=self.locked)

    def gone(self, person: str) -> None:
        self.gestures.gone(person)

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict:
        return Verdict(Request("statement", None, source, received, said=wanted.text), "refused", "it has no file")

    async def mute(self, name: str, on: bool, source: str) -> DoneOrWhy:
        try:
            return True, self.ears.mute(name, on, who(source))
        except NoSuchInput as error:
            return False, str(error)

    async def lock(self, on: bool, source: str) -> DoneOrWhy:
        self.show_mode(on)
        return True, f"show mode is {'on' if on else 'off'}"

    def show_mode(self, on: bool) -> None:
        self.locked = on
        self.executor.screens.lock(on)
        self.executor.say("locked" if on else "unlocked", "note")

    async def remark(self, cue: str, text: str, by: str) -> DoneOrWhy:
        self.executor.notebook.write(cue, text, by)
        return True, ""

    async def flag(self, cue: str, on: bool, by: str) -> DoneOrWhy:
        self.executor.notebook.flag(cue, on, by)
        return True, ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in map(as_json, self.records) if record["kind"] == kind]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(record["request"], record["verdict"]) for record in self.of("trigger")]


PINS: dict[Role, str] = {"operate": "4711-op", "view": "0815-vw"}


@asynccontextmanager
async def showing(
    text: str = SHEET,
    pins: Mapping[Role, str] | None = None,
    bound: str = "127.0.0.1",
    names: tuple[str, ...] = (),
    sheet: str = "night.cues",
) -> AsyncIterator[Booth]:
    booth = Booth(compiled(text), Drafts(sheet, None, (), ()))
    sockets = _listening("127.0.0.1", 0)
    booth.port = sockets[0].getsockname()[1]
    booth.url = f"http://127.0.0.1:{booth.port}"
    booth.server = WebServer(booth.running, booth.clock, bound, pins or {}, names, booth.said.append)
    await booth.executor.open()
    await booth.server.open(sockets)
    booth.schedule.open()
    booth.executor.hooks.on_change = booth.server.changed
    try:
        yield booth
    finally:
        booth.schedule.close()
        await booth.server.close()
        await booth.executor.stop_show()
    assert booth.said == []


class Page:
    """What the page does with its socket: keep the state, ask for things."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.hello: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.seq = -1
        self.snapshots = 0
        self.driven: list[tuple[str, str, str]] = []
        """What the page was told of its hands."""
        self.answers: dict[str, dict[str, Any]] = {}
        self._heard = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            self.hear(json.loads(message.data))
        self._heard.set()

    def hear(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "hello":
            self.hello = message
        elif kind == "snapshot":
            assert message["seq"] >= self.seq
            self.state, self.seq = message["state"], message["seq"]
            self.snapshots += 1
        elif kind == "delta":
            assert message["seq"] == self.seq + 1
            self.seq = message["seq"]
            self.state |= message["set"]
            for table, rows in message["rows"].items():
                for key, row in rows.items():
                    if row is None:
                        del self.state[table][key]
                    else:
                        self.state[table][key] = row
        elif kind == "drive":
            self.driven.append((message["camera"], message["state"], message["reason"]))
        else:
            self.answers[message["id"]] = message
        self._heard.set()

    async def until(self, true: Callable[[], object], seconds: float = 40) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._heard.clear()
                await self._heard.wait()

    async def do(self, key: str, verb: str, **words: Any) -> dict[str, Any]:
        await self.socket.send_json({"type": "do", "id": key, "verb": verb, **words})
        await self.until(lambda: key in self.answers)
        return self.answers.pop(key)

    async def close(self) -> None:
        await self.socket.close()
        await self._task


@asynccontextmanager
async def page(booth: Booth, session: aiohttp.ClientSession | None = None) -> AsyncIterator[Page]:
    """An open page, once it has its first list."""
    own = session or aiohttp.ClientSession()
    try:
        async with own.ws_connect(f"{booth.url}/ws") as socket:
            one = Page(socket)
            await one.until(lambda: one.seq >= 0)
            yield one
            await one.close()
    finally:
        if session is None:
            await own.close()
