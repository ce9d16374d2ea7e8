"""Two machines with the same cameras, in virtual time: the second one follows the records of the first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from cuelang import clock as clocks
from cuelang import rig
from cuelang.commands import Driver
from cuelang.devices.visca import ViscaCamera
from cuelang.playback.orders import asked
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Outset, ShowLines
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import Record
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.transports import memory
from cuelang.units import MS, NS
from tests.running.night import RIG, Night, plan_of

Doing = tuple[float, "str | Callable[[Pair], object]"]


class Pair:
    """`first` is a night as any other; `second` follows its records, `lag` ns later, until it takes over. `heard` is
    what the cameras were told by the second one alone, by camera: seconds and frame."""

    def __init__(self, first: Night, lag: int, ahead: bool, fast: float = 0) -> None:
        self.first, self.clock, self.plan = first, clocks.current(), first.plan
        its_own: Any = Fast(self.clock, timedelta(seconds=fast))
        self._lag, self._fed, self.cut_off = lag, 0, False
        self.heard: dict[str, list[tuple[float, str]]] = {name: [] for name in first.far}
        self.near: dict[str, Any] = {}
        self.sink, self.sent = MemorySink(), [("", ())][:0]
        self.ahead = ahead
        self.unsent: tuple[str, ...] = ()
        self.switchers = rig.SwitcherRig(simulate=True)
        drivers = {name: self._driver(name) for name in first.far}
        self.journal = Journal(self.plan, zero=0, plan_of=lambda _record: self.plan)
        self.second = Executor(
            self.plan,
            ShowLines(
                drivers,
                {port.name: Noted(self.sent) for port in self.plan.outputs},
                self.switchers.take(self.plan),
            ),
            log=AsRun(self.sink, its_own, zero=0),
            clock=its_own,
            zone=UTC,
            outset=Outset(follows=self.journal),
        )
        first.executor.followed = True
        first.executor._log._sink = self
        self.lines = OscLines(self.plan)

    def _driver(self, name: str) -> Driver:
        self.near[name], far = memory.pair()

        def note(way: str, frame: bytes, now: int) -> None:
            if way == "in" and frame[1:2] != b"\x09":
                self.heard[name].append((round(now / NS, 3), frame.hex(" ")))

        self.ends = getattr(self, "ends", [])
        self.ends.append(attach(far, self.first.far[name].body, NO_FAULTS, on_frame=note))
        return ViscaCamera(name, self.near[name], self.first.far[name].body.model, keepalive=5 * NS)

    def write(self, record: Record) -> None:
        """A record of the first one."""
        self.first.sink.write(record)
        if not self.cut_off:
            self.clock.at(self.clock.now() + self._lag, self._feed, from_json(as_json(record)))

    def _feed(self, record: Record) -> None:
        if self.second.following is not None:
            self.second.takeover.follow(record)

    def kill(self) -> None:
        """The first one is gone: none of its frames arrive any more, and none of its records."""
        self.cut_off = True
        self.unplug()

    def unplug(self) -> None:
        """None of the frames of the first one arrive any more."""
        for name in self.first.far:
            self.first.unplug(name)

    def take_over(self) -> None:
        self.unsent = self.second.takeover.lead("10.0.0.7", () if self.ahead else tuple(self.near))
        if not self.ahead:
            self._task = asyncio.ensure_future(self._catch_up())

    async def _catch_up(self) -> None:
        for name in self.near:
            await self.second.devices.cameras.open_one(name)
            self.second.takeover.catch_up(name)

    def ask(self, text: str) -> None:
        """A line of a script, to the second one."""
        (ask,) = parse("0s " + text)
        read_out(ask, self.second, self.lines, self.clock.now())

    def by_hand(self, what: str, source: str) -> None:
        """An operator at the switcher."""
        assert self.switchers.by_hand(asked(self.plan, what, source)) == ""

    # --- afterwards

    @property
    def records(self) -> list[dict[str, Any]]:
        return [as_json(record) for record in self.sink.records]

    def of(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        found = [record for record in self.records if record["kind"] == kind]
        return [one for one in found if all(one.get(name) == value for name, value in wanted.items())]


class Fast:
    """The clock of a machine whose time of day is wrong by so much."""

    def __init__(self, clock: clocks.Clock, by: timedelta) -> None:
        self._clock, self._by = clock, by

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return self._clock.wall(zone) + self._by

    def until(self, moment: datetime) -> int:
        return self._clock.until(moment - self._by)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)


class Noted:
    """An output that notes what it sends."""

    def __init__(self, sent: list[tuple[str, Any]]) -> None:
        self.sent = sent

    def send(self, address: str, arguments: tuple[Any, ...]) -> str:
        self.sent.append((address, arguments))
        return ""

    def close(self) -> None:
        """There is nothing to close."""


def perform_two(
    sheet: str,
    *doings: Doing,
    cameras: str = RIG,
    end: float = 30,
    lag: int = 2 * MS,
    ahead: bool = True,
    faults: Mapping[str, Faults] | None = None,
    fast: float = 0,
) -> Pair:
    """As `perform`: a text is asked of the first one, a function is called with both. `ahead`: the second one has its
    lines open before it takes over; `fast`: how far its time of day is ahead, in seconds."""
    plan = plan_of(sheet, cameras)
    wrong: list[dict[str, Any]] = []

    async def night() -> Pair:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: wrong.append(context))
        first = Night(plan, faults or {}, {}, None)
        first.sheet = sheet
        pair = Pair(first, lag, ahead, fast)
        await first.executor.open()
        if ahead:
            await asyncio.gather(
                pair.second.devices.switchers.open(), *map(pair.second.devices.cameras.open_one, pair.near)
            )
        for at, what in doings:
            await first.clock.sleep_until(round(at * NS))
            first.say(what) if isinstance(what, str) else what(pair)
        await first.clock.sleep_until(round(end * NS))
        await pair.second.stop_show()
        await first.executor.stop_show()
        return pair

    played = clocks.run(night(), kind="virtual", start=datetime(2026, 1, 1, tzinfo=UTC))
    assert not wrong, wrong
    return played
