"""The shell around playback: it feeds the machine with requests, reports and time, and carries out its effects.

Everything runs on one loop and nothing here waits. A lane per camera is all the parallelism there is: a driver
takes a job and returns at once, so a camera that is slow or dead holds up no other. What happens in one turn (`turns`):

    request, report, deadline  ->  playback  ->  effects  ->  drivers and outputs  ->  records  ->  screen

Bytes go first: every effect of a turn that reaches a camera is carried out (`dispatch`) before the first record is
written, for a cue over 64 cameras should start on all of them together and a log line costs as much as a datagram.

It is made of the parts that `joined` (`parts.py`) hands to each other, and gives itself no GO.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, Literal

from cuelang.clock import Clock
from cuelang.commands import Driver, Outcome, TallyMode
from cuelang.plain import short
from cuelang.plan import CameraAct, Plan
from cuelang.playback.acts import ALL_MOTION
from cuelang.playback.effects import (
    Halt,
    Request,
    Verdict,
)
from cuelang.playback.machine import Playback
from cuelang.playback.rules import ALWAYS
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.following import Following
from cuelang.runtime.given import AFRESH, UNREAD, Edition, Hooks, Outset, ShowLines
from cuelang.runtime.hands import Hands
from cuelang.runtime.notebook import Notebook
from cuelang.runtime.outputs import Output
from cuelang.runtime.parts import joined
from cuelang.runtime.records import ShowState
from cuelang.runtime.view import View


class Executor:
    """Runs one plan on its cameras.

    `lines` are those to its cameras, outputs and switchers; `outset` says how the show begins, `edition` what there is
    to say of the plan. `hooks` are called for some effects, and after each turn.
    """

    def __init__(
        self,
        plan: Plan,
        lines: ShowLines,
        *,
        log: AsRun,
        clock: Clock,
        zone: tzinfo | None = None,
        outset: Outset = AFRESH,
        edition: Edition = UNREAD,
        hooks: Hooks | None = None,
    ) -> None:
        self.hooks = hooks or Hooks()
        self._log, self._clock = log, clock
        parts = joined(plan, lines, log, clock, zone, outset, edition, self.hooks)
        self._told, self._records, self._turns, self._days = parts.told, parts.records, parts.turns, parts.days
        self._board, self.devices, self._by_hand = parts.board, parts.devices, parts.by_hand
        self._verdicts, self._awaited, self._dispatch = parts.verdicts, parts.awaited, parts.dispatch
        self.screens, self.takeover = parts.screens, parts.takeover
        self.hands = Hands(parts.told, parts.turns, parts.takeover)
        self.notebook = Notebook(parts.board, parts.turns.turn, clock, zone)

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request) -> Verdict | None:
        """From any door. It gets one verdict, at once unless there is more to do than the machine can carry; None: it
        comes later, as that of a reload does when the sheet has been compiled."""
        request = self._told.whole(request)
        self._verdicts.expect(request)
        try:
            self._ask(request)
            return self._verdicts.of(request)
        finally:
            self._verdicts.forget(request)

    async def decide(self, request: Request) -> Verdict:
        """Decide a request for an input that answers its sender, and wait for the verdict."""
        request = self._told.whole(request)
        self._verdicts.expect(request)
        try:
            self._ask(request)
            return await self._verdicts.wait(request)
        finally:
            self._verdicts.forget(request)

    async def carry_through(self, request: Request) -> tuple[Outcome, str]:
        """Put a request of one command to the show, and wait for what came of the command. A request that is not fired
        counts as refused."""
        assert request.statement is not None
        (step,) = request.statement.program.steps
        came = self._awaited.expect(step)
        try:
            verdict = await self.decide(request)
            if verdict.verdict != "fired":
                return "refused", verdict.reason
            return await came
        finally:
            self._awaited.forget(step)

    def stale(self, presets: Mapping[str, frozenset[int]]) -> None:
        """By camera, the presets that it holds at another place than the sheet: they are sent as positions."""
        self._playback.stale(presets)

    def forbids(self, request: Request, act: CameraAct) -> str:
        """Why the interlock would refuse this now; empty: it would not."""
        return self._playback.forbids(request, act)

    def _ask(self, request: Request) -> None:
        effects = self._told.request(request)
        if request.verb in ALWAYS:
            self._turns.go_first(effects)
        else:
            self._turns.turn(effects)

    def settled(self, verdict: Verdict) -> None:
        """A door has decided by itself; the verdict belongs into the log all the same."""
        self._turns.turn([verdict])

    def osc(self, address: str) -> None:
        """An OSC message was heard: releases `wait for osc`. Most release nothing and only go to a trigger."""
        effects = self._told.osc(address)
        if effects is not None and (effects or not self._turns.in_time):
            self._turns.turn(effects)

    def on_air(self, camera: str, mode: TallyMode, source: str = "") -> None:
        """The tally input `source` says what a camera is. A camera that a switcher knows is that one's to tell."""
        self._turns.turn(self._told.on_air(camera, mode, source))
        self._by_hand.tally(camera, mode, source)

    def load(self, plan: Plan, lines: ShowLines, edition: Edition = UNREAD) -> None:
        """Another plan, while cues run. Devices that it does not have any more may be at work still: their lines stay
        open until the show ends."""
        self._board.load(plan, edition.warnings, edition.outlines)
        self.devices.load(plan, lines)
        self._turns.turn(self._told.load(plan, edition))

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """Something that the operator should know, on screen and in the log."""
        self._turns.say(text, kind)

    def tell(self, text: str) -> None:
        """A line for the screen that is not part of the log."""
        self._board.note(self._clock.now(), "note", "", text)
        self.hooks.changed()

    # --- what can be seen ----------------------------------------------------------------------------------

    def view(self) -> View:
        return self.screens.view()

    @property
    def plan(self) -> Plan:
        return self._board.plan

    @property
    def _playback(self) -> Playback:
        return self._told.playback

    @property
    def outputs(self) -> Mapping[str, Output]:
        return self.devices.outputs.by_name

    @property
    def running(self) -> Mapping[int, str]:
        """The runs that are under way, with their cue's number; empty for a statement on its own."""
        return self._board.running

    @property
    def drivers(self) -> Mapping[str, Driver]:
        return self.devices.cameras.drivers

    @property
    def due(self) -> int | None:
        """When playback must be woken next."""
        return self._turns.due

    @property
    def elapsed_ms(self) -> float:
        """How long the show has been running, as its log counts."""
        return self._log.ms(self._told.now())

    @property
    def followed(self) -> bool:
        """Whether another machine reads the log as it is written."""
        return self._told.followed

    @followed.setter
    def followed(self, on: bool) -> None:
        self._told.followed = on

    @property
    def standby(self) -> str | None:
        return self._board.standby

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command is still to come by itself (a paused one waits for the operator), or a
        camera is being asked where it is."""
        return self._turns.busy or self.devices.busy or self._dispatch.asking

    def is_back(self, camera: str) -> None:
        """A camera that was lost answers again."""
        self._turns.turn(self._told.is_back(camera))

    # --- behind another machine ----------------------------------------------------------------------------

    @property
    def following(self) -> Following | None:
        """What another machine decides; None: this one decides."""
        return self.takeover.following

    @property
    def follows_another(self) -> str:
        """Why this machine, which follows, refuses what is asked of it."""
        return self._told.follows_another

    @property
    def hears(self) -> bool:
        """Whether anything waits for an OSC message."""
        return self._playback.hears

    def record(self, state: ShowState, **more: Any) -> None:
        """A record of the show itself."""
        self._log.show(state, **more)

    def abandon(self) -> None:
        """Another machine leads: nothing more is done."""
        self._turns.stop()
        self._days.stop()
        self._told.follows = self._records.muted = True

    def ms(self, at: int) -> float:
        """Loop ns as milliseconds of the show."""
        return self._log.ms(at)

    # --- the ends of a show --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open every line at the same time. A camera that does not answer is not waited for."""
        self._days.watch()
        await self.devices.open()

    def beat(self) -> None:
        """While anything runs, the log says once more how far it has come."""
        if self._board.running and not self._turns.turning and not self._turns.effects:
            self._turns.turn(self._told.beat())

    def halt(self, cameras: Iterable[str], text: str) -> None:
        """Stop cameras that another show may have left moving, and say why."""
        cameras = tuple(cameras)
        for name in cameras:
            self.devices.cameras.inherit(name, ALL_MOTION)
        self._turns.go_first([Halt(name, ALL_MOTION) for name in cameras])
        self._board.alarm(self._clock.now(), short(text))
        self.say(text)

    def stop_all(self) -> None:
        """Stop what the show has set going, now: it is about to end."""
        self._board.stopping = True
        if self.following is not None:
            return
        now = self._told.now()
        stop = self._playback.request(Request("stop", None, "the end of the show", now, automatic=True))
        self._turns.go_first(
            [effect for effect in stop if not isinstance(effect, Verdict)]
        )  # not requested, so no verdict

    async def close_lines(self) -> None:
        """Another machine decides from now on: close every line, send nothing."""
        self._turns.stop()
        self._days.stop()
        while not self._records.write_rest():
            await asyncio.sleep(0)
        await self.devices.close()

    async def stop_show(self) -> tuple[str, ...]:
        """Stop what the show has set going, wait until the cameras say that they are at rest, and close every line.
        Returns a sentence for each camera that may still be moving."""
        self.stop_all()
        left = await self.devices.cameras.come_to_rest() if self.following is None else ()
        for text in left:
            self.say(text)
        await self.close_lines()
        return left
