"""A night in which the machine that leads is gone at some moment: another one that has followed its journal takes over,
or the show is started again with what its log says. The same nights, cameras and faults, and rules of their own. What
goes on has every record that was written; what was about to be written is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC
from itertools import cycle
from random import Random
from typing import Any

from cuelang import clock as clocks
from cuelang import rig
from cuelang.commands.switching import Preview
from cuelang.plan import Plan
from cuelang.playback.effects import Begin, Effect, Request, Switch
from cuelang.playback.held import is_once
from cuelang.rehearsal.rehearse import OscLines
from cuelang.runtime.asrun import AsRun, MemorySink, line
from cuelang.runtime.command_records import CommandRecord, SentRecord
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, Outset, ShowLines
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import CueRecord, Record, ShowRecord
from cuelang.units import MS, NS
from tests.running.state_of import differences, state_of
from tests.simulation.dice import Case, compiled
from tests.simulation.theatre import START, Far, Night, linked
from tests.simulation.watch import APART
from tests.simulation.watched import Broken

UNHEARD_NS = 350 * MS
"""How long the key is not renewed before the other one takes it."""
AWAY_NS = 5 * NS
"""How long a show that was killed is away."""
OVER = ("done", "stopped")


class Successor:
    """What goes on when the machine that led is gone, with lines of its own to the same cameras."""

    executor: Executor

    def __init__(self, night: Night, plan: Plan, other: Plan | None) -> None:
        self.night, self.clock, self._plans = night, night.clock, cycle((other or plan, plan))
        self.broken: list[Broken] = []
        self.far = {
            name: Far(far.head, far.camera, night.case.seed * 8 + 4 + number, _unseen, _unseen, far.body)
            for number, (name, far) in enumerate(night.far.items())
        }
        self.switchers = rig.SwitcherRig(simulate=True)
        self.drivers = {name: far.driver for name, far in self.far.items()}
        self.links = linked(self.switchers, plan)
        self.sink = MemorySink()
        self.plan, self.zero = plan, 0
        self.died = 0
        """How many records the first machine has written."""
        self.dead = False
        self._begun: dict[int, Begin | Switch] = {}

    def _lines(self, plan: Plan) -> ShowLines:
        return ShowLines(self.drivers, {port.name: rig.Unheard() for port in plan.outputs}, self.links)

    def _executor(self, log: AsRun, outset: Outset) -> Executor:
        return Executor(
            self.plan,
            self._lines(self.plan),
            log=log,
            clock=self.clock,
            zone=UTC,
            outset=outset,
            hooks=Hooks(on_effect=self._effect, on_reload=self.night._reload),
        )

    def breaks(self, rule: str, what: str) -> None:
        self.broken.append(Broken(rule, self.clock.now(), what))

    def _reloaded(self, record: ShowRecord) -> Plan:
        self.plan = next(self._plans)
        return self.plan

    def _effect(self, effect: Effect) -> None:
        if isinstance(effect, Begin | Switch):
            self._begun[effect.job] = effect

    def dies(self) -> None:
        """The first one is gone."""
        night = self.night
        self.dead, self.died = True, len(night.log.records)
        for far in night.far.values():
            far.die()
        for link in night.links.values():
            link.line.plugged = False  # type: ignore[attr-defined]
        night.executor.abandon()
        night._hands.clear()

    async def goes_on(self) -> None:
        """A while after the first one is gone."""
        raise NotImplementedError

    def becomes_the_show(self) -> None:
        night = self.night
        night.executor, night.far, night.drivers = self.executor, self.far, self.drivers  # type: ignore[assignment]
        night.links, night.switchers, night.lines = self.links, self.switchers, OscLines(self.plan)

    # --- the rules

    def compare(self) -> None:
        """The log builds the list again."""
        night, due, turns = self.night, self.executor.due, self.executor._turns
        if (due is not None and due <= self.executor._told.now()) or turns.effects or turns.reports:
            return  # in the middle of an instant
        plans = cycle((compiled(night.case.sheet(night.case.other)).plan, night.first))
        now = self.executor._told.now()
        turns.turn(self.executor._told.wake(now))  # what was paused at the takeover is looked at with the next event
        again = Journal(night.first, zero=self.zero, plan_of=lambda _record: next(plans))
        for record in self.sink.records:
            again.take(from_json(json.loads(line(as_json(record)))))
        again.settle(now)
        found = differences(state_of(again.playback), state_of(self.executor._playback))
        for difference in [one for one in found if not any(apart in one for apart in APART)][:3]:
            self.breaks("the log builds the cue list again", difference)

    def afterwards(self, left: tuple[str, ...]) -> None:
        now, records = self.clock.now(), self.sink.records
        for name, far in self.far.items():
            named = any(text.startswith(f"{name} may still be moving") for text in left)
            if not far.stands(now) and not named and (far.head.scheme != "pelco-d" or far.head.whole):
                self.breaks("after the end nothing moves", name)
        if [record.seq for record in records] != list(range(1, len(records) + 1)):
            self.breaks("records are numbered", str([record.seq for record in records][-5:]))
        self._nothing_twice(records)
        runs: dict[int, list[str]] = {}
        for record in records:
            if isinstance(record, CueRecord):
                runs.setdefault(record.run, []).append(record.state)
        for run, states in runs.items():
            if states[0] != "started" or states[-1] not in OVER or sum(state in OVER for state in states) != 1:
                self.breaks("a firing has one beginning and one end", f"run {run}: {', '.join(states)}")

    def _nothing_twice(self, records: list[Record]) -> None:
        sent = {record.job for record in records[: self.died] if isinstance(record, SentRecord)}
        for record in records[self.died :]:
            if isinstance(record, SentRecord) and record.job in sent:
                begun = self._begun.get(record.job)
                once = not isinstance(begun.order, Preview) if isinstance(begun, Switch) else False
                if once or (isinstance(begun, Begin) and is_once(begun.command)):
                    self.breaks("nothing that may not be repeated is sent twice", f"job {record.job}: {record.action}")
        told = Counter(record.job for record in records if isinstance(record, CommandRecord) and record.job is not None)
        for job, count in told.items():
            if count > 1:
                self.breaks("each command has one record", f"job {job}: {count}")


class Second(Successor):
    """A machine that follows, and leads from the death of the first one on."""

    def __init__(self, night: Night, plan: Plan, other: Plan | None) -> None:
        super().__init__(night, plan, other)
        self.journal = Journal(plan, zero=0, plan_of=self._reloaded)
        self.executor = self._executor(AsRun(self.sink, self.clock, zero=0), Outset(follows=self.journal))
        self._write = night.log.write
        night.log.write = self._wrote  # type: ignore[method-assign]
        night.executor.followed = True

    def _wrote(self, record: Record) -> None:
        """The first one has written a record."""
        if self.dead:
            return
        self._write(record)
        record = from_json(json.loads(line(as_json(record))))
        self.executor.takeover.follow(record)
        if isinstance(record, ShowRecord) and record.state == "reloaded":
            plan = self.plan
            self.links = linked(self.switchers, plan)
            self.executor.load(plan, self._lines(plan))

    async def goes_on(self) -> None:
        self.becomes_the_show()
        await self.clock.sleep_until(self.clock.now() + UNHEARD_NS)
        self.executor.takeover.lead("the first", tuple(self.drivers))
        for name in self.drivers:
            await self.executor.devices.cameras.open_one(name)
            self.executor.takeover.catch_up(name)
        await self.executor.devices.switchers.open()


class Restarted(Successor):
    """The show, started again with `--resume`, and resumed."""

    def __init__(self, night: Night, plan: Plan, other: Plan | None) -> None:
        super().__init__(night, plan, other)
        self._write = night.log.write
        night.log.write = self._wrote  # type: ignore[method-assign]

    def _wrote(self, record: Record) -> None:
        if not self.dead:
            self._write(record)

    async def goes_on(self) -> None:
        await self.clock.sleep_until(self.clock.now() + AWAY_NS)
        records = [from_json(json.loads(line(as_json(record)))) for record in self.night.log.records]
        self.sink.records += records
        now = self.clock.now()
        self.zero = now - round(max((record.t_ms for record in records), default=0) * 1000) * 1000
        journal = Journal(self.plan, zero=self.zero, plan_of=self._reloaded)
        for record in records:
            journal.take(record)
        journal.settle()
        held = journal.hold(now, AWAY_NS)
        if self.night.plan is not self.plan:
            self.breaks("the log names the plan", "another one was in force")
        log = AsRun(self.sink, self.clock, zero=self.zero, seq=records[-1].seq if records else 0)
        log.show("resumed", now, away_ms=AWAY_NS / MS)
        self.links = linked(self.switchers, self.plan)
        self.executor = self._executor(log, Outset(playback=journal.playback))
        self.becomes_the_show()
        await self.executor.open()
        self.executor.halt(held.moving, "The last show ended without being closed.")
        await self.clock.sleep_until(self.clock.now() + NS)
        self.executor.request(Request("resume", None, "somebody", self.clock.now()))


def _unseen(data: bytes) -> None:
    """What is sent is judged by where the camera is, and by the records."""


def play_two(case: Case, kind: type[Successor] = Second) -> Successor:
    """The night of this case, in which the first machine is gone at a moment of its seed. `Successor.broken` is what
    was wrong."""
    plan = compiled(case.sheet()).plan
    other = compiled(case.sheet(case.other)).plan if case.other else None
    if plan is None:
        raise ValueError(f"seed {case.seed}: the sheet has mistakes")
    gone = Random(case.seed).randrange(NS, max(case.length - 5 * NS, 2 * NS))
    wrong: list[dict[str, Any]] = []

    async def played() -> Successor:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: wrong.append(context))
        night = Night(case, plan, other)
        second = kind(night, plan, other)
        await night.executor.open()
        for doing in case.doings:
            if not second.dead and doing.at >= gone:
                await night.clock.sleep_until(gone)
                second.dies()
                await second.goes_on()
            if doing.at < night.clock.now():
                continue  # no machine leads
            await night.clock.sleep_until(doing.at)
            try:
                night.do(doing.what)
            except Exception as error:
                second.breaks("nothing is raised", f"{doing.what}: {error!r}")
        if not second.dead:
            await night.clock.sleep_until(max(gone, night.clock.now()))
            second.dies()
            await second.goes_on()
        await night.clock.sleep_until(max(case.length, night.clock.now() + 2 * NS))
        second.compare()
        left = await night.executor.stop_show()
        await night.clock.sleep_until(night.clock.now() + 2 * NS)
        second.afterwards(left)
        for context in wrong:
            second.breaks("nothing is raised", f"{context.get('message')}: {context.get('exception')!r}")
        return second

    return clocks.run(played(), kind="virtual", start=START)
