"""The whole show in virtual time: the executor of the show, simulated cameras, and no time passes.

With a script, its lines are the requests. Without one the `_Operator` here gives GO: as soon as what the last GO
fired is done, and what follows from it by itself has been fired, until the list is at its end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from cuelang import clock as clocks
from cuelang import rig
from cuelang.clock import Clock
from cuelang.clock.zones import show_zone
from cuelang.commands import Driver
from cuelang.commands.switching import Cut
from cuelang.devices.base_link import KEEPALIVE_NS
from cuelang.devices.picture_store import NullStore
from cuelang.diagnostics import nearest
from cuelang.plan import NEXT, Plan, SwitcherAct
from cuelang.playback.effects import CueChanged, Effect, Request, SupposeCut, Verdict
from cuelang.playback.orders import recovery, statement
from cuelang.playback.script import Argument, OrderAsk, Plug, RecoverAsk, ScriptAsk
from cuelang.rehearsal import unattended as passes
from cuelang.rehearsal.swapping import Recompile, swap
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.collector import calm_collector
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, Outset, ShowLines
from cuelang.runtime.records import Record
from cuelang.simulator.body import Body, BodySnapshot
from cuelang.simulator.cgi import undrawn
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.switchers import BLACK
from cuelang.triggers.osc_table import OscTable
from cuelang.triggers.schedule import ScheduleDoor
from cuelang.triggers.vision import VisionDoor

SOURCE = "rehearsal"


class Rehearsal(Struct, frozen=True):
    """`records` are those of the as-run log, `length` is how long the show was in ns, `warnings` say what could
    not be rehearsed, `left` is how each simulated camera was left."""

    records: tuple[Record, ...]
    length: int
    warnings: tuple[str, ...]
    left: Mapping[str, BodySnapshot]


def default_start(plan: Plan) -> datetime:
    """2026-01-01T00:00 in the show's zone."""
    return datetime(2026, 1, 1, tzinfo=show_zone(plan.settings.timezone))


class _Rounds:
    """Cues that fire one another in a circle go on forever; a rehearsal has seen enough of them after three rounds.

    A cue that is started from many places (`start` leaves standby alone) is not a circle yet.
    """

    MAX_ROUNDS: ClassVar[Mapping[str, int]] = {"go": 3, "start": 100}

    def __init__(self) -> None:
        self._starts: Counter[tuple[str, str]] = Counter()
        self.said: list[str] = []
        """What to tell people, once that is so."""

    def enough(self, verb: str, cue: str) -> bool:
        """Count one more start of this cue; whether that is one too many. A statement without a cue is not counted."""
        if not cue:
            return bool(self.said)
        self._starts[verb, cue] += 1
        most = self.MAX_ROUNDS.get(verb, 100)
        if self._starts[verb, cue] > most and not self.said:
            self.said.append(f"Cue {cue} keeps firing in a loop; the rehearsal stopped after {most} rounds.")
        return bool(self.said)


class _Operator:
    """Gives GO in a rehearsal without a script. `done` is set when the list is at its end and everything is over."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self.done = asyncio.Event()
        self.executor: Executor | None = None
        self._clock = clock
        self._cues = {cue.number: cue for cue in plan.cues}
        self._asked: Verdict | None = None
        self._fired: set[int] = set()
        self._follows: list[int] = []
        self._looking = False
        self.rounds = _Rounds()

    def effect(self, effect: Effect) -> None:
        if isinstance(effect, Verdict):
            self._asked = effect
        elif isinstance(effect, CueChanged):
            verb = self._asked.request.verb if self._asked is not None else ""
            if effect.state == "started" and self.rounds.enough(verb, effect.cue):
                self.done.set()
            if effect.state == "started" and verb == "go":
                self._fired.add(effect.run)
            elif effect.state in ("done", "stopped") and effect.run in self._fired:
                self._fired.discard(effect.run)
                cue = self._cues.get(effect.cue)
                if effect.state == "done" and cue is not None and cue.follow is not None:
                    self._follows.append(effect.at + cue.follow)

    def look(self) -> None:
        """After each turn; at most one look an instant, and never from inside a turn."""
        if not self._looking:
            self._looking = True
            self._clock.at(self._clock.now(), self._look)

    def _look(self) -> None:
        self._looking = False
        executor, now = self.executor, self._clock.now()
        assert executor is not None
        self._follows = [at for at in self._follows if at > now or (at == now and executor.due == now)]
        if self._fired or self._follows or self.done.is_set():
            return
        standby = executor.standby
        if standby is None:
            if not executor.running and not executor.busy and executor.due is None:
                self.done.set()
        elif standby not in executor.running.values():
            executor.request(Request("go", None, SOURCE, now, automatic=True))
            if executor.standby == standby and not self._fired:
                executor.request(Request("standby", NEXT, SOURCE, now, automatic=True))
                if executor.standby == standby:
                    self.done.set()


def rehearse(
    plan: Plan,
    *,
    script: Sequence[ScriptAsk] | None = None,
    start: datetime | None = None,
    length: int | None = None,
    faults: Faults = NO_FAULTS,
    recompile: Recompile | None = None,
) -> Rehearsal:
    """Play the show in virtual time, on simulated cameras. Two rehearsals of the same plan and script are identical,
    record for record. It makes its own loop: not to be called while one runs in this thread.

    Args:
        plan: the show.
        script: what is done, and when; None: GO each time that the list is ready for it, to its end.
        start: the wall time at which it begins (aware); None: `default_start`.
        length: with it (ns) the show ends then, and schedules fire.
        faults: what befalls every camera's answers; without any, cameras answer at once.
        recompile: serves `swap`; without it, a swap is refused.

    Returns:
        The records of the log, and how each simulated camera was left.
    """
    with calm_collector():
        return clocks.run(
            _rehearse(plan, script, length, faults, recompile), kind="virtual", start=start or default_start(plan)
        )


async def _rehearse(
    plan: Plan, script: Sequence[ScriptAsk] | None, length: int | None, faults: Faults, recompile: Recompile | None
) -> Rehearsal:
    clock, zone = clocks.current(), show_zone(plan.settings.timezone)
    plan = _without_switcher(plan)
    played = plan if script is not None else passes.unattended(plan)
    sink = MemorySink()
    log = AsRun(sink, clock, zone)
    pictures = rig.PictureOptions(NullStore(), zone, lambda text: executor.say(text, "note"), undrawn)
    switchers = rig.SwitcherRig(simulate=True)
    bodies: dict[str, Body] = {}
    plugs = script is not None and any(ask.plug is not None for ask in script)
    drivers = _drivers(played, faults, pictures, bodies, KEEPALIVE_NS if plugs else None)
    operator: _Operator | _Reader
    operator = _Operator(played, clock) if script is None else _Reader(played, clock, script, switchers, bodies)

    def on_effect(effect: Effect) -> None:
        if isinstance(effect, SupposeCut):
            switchers.by_hand(_supposed(effect, played))
        operator.effect(effect)

    executor = Executor(
        played,
        ShowLines(drivers, {port.name: rig.Unheard() for port in played.outputs}, switchers.take(played)),
        log=log,
        clock=clock,
        zone=zone,
        outset=Outset(alone=script is None or not any(ask.order is not None and ask.order.by_hand for ask in script)),
        hooks=Hooks(on_effect=on_effect, on_change=operator.look, on_occurrence=lambda what: vision.happened(what)),
    )
    operator.executor = executor
    if recompile is not None:
        executor.hooks.on_swap = lambda request: swap(request, executor, recompile, switchers.take)
    vision = VisionDoor(played, clock, executor.request, lambda: executor.drivers, executor.is_back)
    log.show("started", show=plan.settings.title or plan.file)
    await executor.open()
    await executor.devices.switchers.meet()
    if plugs:
        vision.open()
    if isinstance(operator, _Reader):
        operator.begin()
    operator.look()
    if length is not None:
        door = ScheduleDoor(played, clock, zone, executor.request, executor.settled, executor.say, recheck=None)
        executor.hooks.on_skip = door.skip
        door.open()
        await clock.sleep_until(length)
        door.close()
    else:
        await operator.done.wait()
    ended = clock.now()
    vision.close()
    await executor.stop_show()
    log.show("stopped", at=ended)  # that its cameras come to rest takes a while more
    left = {name: body.snapshot(clock.now()) for name, body in bodies.items()}
    log.end(ended, {name: _left(seen) for name, seen in left.items()})
    return Rehearsal(tuple(sink.records), ended, (*rig.waits_for(plan), *operator.rounds.said), left)


def _drivers(
    plan: Plan, faults: Faults, pictures: rig.PictureOptions, bodies: dict[str, Body], keepalive: int | None
) -> dict[str, Driver]:
    """Simulated cameras, each with dice of its own. `bodies` gets the far ends."""
    return {
        camera.name: rig.simulated(
            camera, replace(faults, seed=faults.seed + number), pictures, bodies=bodies, keepalive=keepalive
        )
        for number, camera in enumerate(plan.cameras)
        if not camera.disabled
    }


def _supposed(effect: SupposeCut, plan: Plan) -> SwitcherAct:
    """What the person who is not there would do at the simulated switcher."""
    switcher = next(one for one in plan.switchers if one.name == effect.switcher)
    found = switcher.source(effect.source) if effect.source is not None else None
    return SwitcherAct(effect.switcher, Cut(found.label if found is not None else BLACK), effect.source)


def _left(seen: BodySnapshot) -> dict[str, Any]:
    """How a simulated camera was left."""
    return {
        "pan": round(seen.pan_degrees, 3), "tilt": round(seen.tilt_degrees, 3), "zoom": round(seen.zoom_percent, 2),
        "moving": bool(seen.moving), "tally": seen.tally,
    }  # fmt: skip


def _without_switcher(plan: Plan) -> Plan:
    """No switcher speaks in a rehearsal: what is on air is what the `tally` lines say."""
    return replace(plan, inputs=tuple(port for port in plan.inputs if port.kind != "tsl"))


class _Reader:
    """Reads a script out. `done` is set when its last line was read and nothing moves on by itself any more."""

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        script: Sequence[ScriptAsk],
        switchers: rig.SwitcherRig,
        bodies: Mapping[str, Body],
    ) -> None:
        self.done = asyncio.Event()
        self.executor: Executor | None = None
        self._clock = clock
        self._left = len(script)
        self._switchers = switchers
        self._bodies = bodies
        self._looking = False
        self._lines = OscLines(plan)
        self._endless = {cue.number: after for cue in plan.cues if (after := passes.third_ends(cue)) is not None}
        self._until = 0
        self.rounds, self._verb = _Rounds(), ""
        self._script = script

    def begin(self) -> None:
        """The cameras and switchers are there."""
        for ask in self._script:
            self._clock.at(ask.at, self._read, ask)

    def effect(self, effect: Effect) -> None:
        if isinstance(effect, Verdict):
            self._verb = effect.request.verb
        if not isinstance(effect, CueChanged) or effect.state != "started":
            return
        if not self._left and self.rounds.enough(self._verb, effect.cue):
            self.done.set()
        if effect.cue in self._endless:
            self._until = max(self._until, effect.at + self._endless[effect.cue])
            self._clock.at(self._until, self.look)

    def look(self) -> None:
        if not self._looking:
            self._looking = True
            self._clock.at(self._clock.now(), self._look)

    def _look(self) -> None:
        self._looking = False
        executor = self.executor
        if executor is None or self._left or self._clock.now() < self._until:
            return
        waits_for_somebody = executor.due is None and not executor.busy
        if waits_for_somebody or (not executor.busy and self._only_endless(executor)):
            self.done.set()

    def _only_endless(self, executor: Executor) -> bool:
        """Whether all that is left would go on forever. What is ahead in `due` may also be a follow."""
        running = executor.running.values()
        return bool(running) and all(cue in self._endless for cue in running)

    def _read(self, ask: ScriptAsk) -> None:
        assert self.executor is not None
        self._left -= 1
        read_out(ask, self.executor, self._lines, self._clock.now(), self._switchers.by_hand, self._plug)
        self.look()

    def _plug(self, plug: Plug) -> str:
        body = self._bodies.get(plug.camera)
        if body is None:
            return f"unknown camera.{nearest(plug.camera, self._bodies)}"
        if plug.back:
            body.plug_in(self._clock.now())
        else:
            body.unplug()
        return ""


def _order(order: OrderAsk, executor: Executor, request: Request, by_hand: Callable[[SwitcherAct], str] | None) -> None:
    try:
        act = order.act(executor.plan)
    except ValueError as error:
        executor.settled(Verdict(request, "refused", str(error)))
        return
    if not order.by_hand:
        executor.request(replace(request, statement=statement(act)))
        return
    wrong = by_hand(act) if by_hand is not None else "no operator in a rehearsal"
    if wrong:
        executor.say(f"{request.source}: {order.text}: {wrong}.")


def _recover(asked: RecoverAsk, executor: Executor, request: Request) -> None:
    cameras = [camera.name for camera in executor.plan.cameras]
    unknown = next((name for name in asked.cameras if name not in cameras and name != "all"), None)
    if unknown is not None:
        executor.settled(Verdict(request, "refused", f"unknown camera “{unknown}”.{nearest(unknown, cameras)}"))
        return
    names = cameras if "all" in asked.cameras else asked.cameras
    executor.request(replace(request, statement=recovery(*names, live=asked.live)))


class OscLines:
    """The OSC lines of a script, looked up as the OSC input does."""

    def __init__(self, plan: Plan) -> None:
        self._table = OscTable(plan, lambda _problem: None)
        self._inputs = [*(port.name for port in plan.inputs), ""]

    def find(self, address: str, arguments: tuple[Argument, ...], source: str, now: int) -> Request | Verdict | None:
        """What a message fires. A script does not say which input it came by: the first that listens for it."""
        for name in self._inputs:
            found = self._table.find(address, arguments, name, source, now)
            if found is not None:
                return found
        return None


def read_out(
    ask: ScriptAsk,
    executor: Executor,
    lines: OscLines,
    now: int,
    by_hand: Callable[[SwitcherAct], str] | None = None,
    plug: Callable[[Plug], str] | None = None,
) -> None:
    """Do what a line of a script asks for. `by_hand` does what a person does at a switcher, or says why it cannot;
    `plug` takes power from a simulated camera, or gives it back."""
    source = f"script line {ask.line}"
    if ask.plug is not None:
        wrong = plug(ask.plug) if plug is not None else "only in a rehearsal."
        if wrong:
            executor.say(f"{source}: {ask.plug.text}: {wrong}")
        else:
            executor.say(f"{source}: {ask.plug.text}.", "note")
        return
    if ask.recover is not None:
        _recover(ask.recover, executor, Request("statement", None, source, now, said=ask.recover.text))
        return
    if ask.order is not None:
        _order(ask.order, executor, Request("statement", None, source, now, said=ask.order.text), by_hand)
        return
    if ask.osc is None:
        executor.request(Request(ask.verb, ask.cue, source, now, moment=ask.moment, swap=ask.swap))
        return
    executor.osc(ask.osc[0])
    found = lines.find(*ask.osc, source, now)
    if isinstance(found, Request):
        executor.request(found)
    elif found is not None:
        executor.settled(found)
