"""The shell around playback: it feeds the machine with requests, reports and time, and carries out its effects.

Everything runs on one loop and nothing here waits. A lane per camera is all the parallelism there is: a driver
takes a job and returns at once, so a camera that is slow or dead holds up no other. What happens in one turn:

    request, report, deadline  ->  playback  ->  effects  ->  drivers and outputs  ->  records  ->  screen

Bytes go first: every effect of a turn that reaches a camera is carried out before the first record is written, for
a cue over 64 cameras should start on all of them together and a log line costs as much as a datagram. A driver
may report while it is being called (a dead line refuses at once); such reports wait in `_reports` until the
effects in hand are done, so playback is never entered twice.

The executor gives itself no GO.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Literal, assert_never

from cuelang.clock import Alarm, Clock
from cuelang.commands import Command, Driver, Outcome, Pose, TallyMode
from cuelang.plain import short
from cuelang.plan import Plan, Step
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.effects import (
    Begin,
    CarryOn,
    CueChanged,
    Effect,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    PlacesAsked,
    ReloadAsked,
    Request,
    Say,
    SendOut,
    SkipAsked,
    Spoken,
    StandbyMoved,
    SupposeCut,
    Switch,
    Verdict,
    Withhold,
    WithholdOrder,
)
from cuelang.playback.machine import Playback
from cuelang.playback.rules import ALWAYS
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.by_hand import ByHand
from cuelang.runtime.cameras import Cameras
from cuelang.runtime.outputs import Output, Outputs
from cuelang.runtime.pace import Pace
from cuelang.runtime.places import Places
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.switchers import Occurrence, Switchers
from cuelang.runtime.times_of_day import TimesOfDay
from cuelang.runtime.verdicts import Verdicts
from cuelang.runtime.view import Board, Mistake, View
from cuelang.source import NOWHERE
from cuelang.switchers.link import SwitcherLink

AT_ONCE = 32
"""Happenings of playback between two looks at the clock."""

ROUNDS = 1000
"""Calls of playback in one turn, where no time goes by: a circle of cues in a rehearsal."""

FIRST = (End, Halt, Verdict)
"""What goes ahead of everything after a panic or a stop."""


class Executor:
    """Runs one plan on its cameras.

    `drivers` by camera name; a camera without one refuses its commands. `air` is what was on program before (None:
    unknown), `start` first cue on standby. `on_change` is called after each turn in which anything
    happened, `on_effect` for each effect when it has been carried out, `on_reload` when a reload is requested;
    it settles the request when the sheet has been compiled. `on_skip` leaves out the next firing of the schedules, or
    takes that back, and gives the verdict; None: the show has no schedules.
    """

    def __init__(
        self,
        plan: Plan,
        drivers: Mapping[str, Driver],
        *,
        log: AsRun,
        clock: Clock,
        zone: tzinfo | None = None,
        outputs: Mapping[str, Output] | None = None,
        air: Mapping[str, TallyMode | None] | None = None,
        words: Mapping[Speaker, Mapping[str, TallyMode]] | None = None,
        switchers: Mapping[str, SwitcherLink] | None = None,
        alone: bool = False,
        start: str | None = None,
        warnings: Mapping[str, tuple[str, ...]] | None = None,
        simulated: bool = False,
        on_change: Callable[[], None] | None = None,
        on_effect: Callable[[Effect], None] | None = None,
        on_reload: Callable[[Request], None] | None = None,
        on_skip: Callable[[Request], Verdict] | None = None,
        on_occurrence: Callable[[Occurrence], None] | None = None,
    ) -> None:
        self.plan = plan
        self.on_change = on_change
        self.on_effect = on_effect
        self.on_reload = on_reload
        self.on_skip = on_skip
        self._log = log
        self._clock = clock
        self._zone = zone
        self._days = TimesOfDay(clock, zone, self._wall_moved)
        self._playback = Playback(
            plan, time_of_day=self._days.at, air=air, words=words, alone=alone, start=start, at_once=AT_ONCE
        )
        self._board = Board(plan, clock.now(), warnings)
        self._board.standby = self._playback.standby
        self._board.simulated = simulated
        self._records = RecordQueue(log, clock)
        self._outputs = Outputs(outputs or {}, clock=clock, ms=log.ms, records=self._records, board=self._board)
        self._cameras = Cameras(
            drivers,
            clock=clock,
            log=log,
            records=self._records,
            board=self._board,
            finished=self._finished,
            adrift=self.say,
            called=self._called,
        )
        self._by_hand = ByHand(clock, self._board, self.say, on_occurrence)
        self._switchers = Switchers(
            clock,
            log=log,
            records=self._records,
            board=self._board,
            says=self._switcher_says,
            finished=self._finished,
            happened=self._by_hand.happened,
            warn=self.say,
        )
        self._verdicts = Verdicts()
        self._effects: deque[Effect] = deque()
        """What is still to be carried out, in its order."""
        self._urgent: deque[Effect] = deque()
        """What goes before it."""
        self._reports: deque[tuple[int, Outcome]] = deque()
        self._pace = Pace(self._no_more, self._anew)
        self._writing = self._written = False
        """Writing is asked for; and in this turn of the loop enough has been written."""
        self._turning = False
        self._asking = 0
        """How many requests wait for cameras to say where they are."""
        self._alarm = Alarm(self._wake, clock)
        self._switchers.load(plan, switchers or {})

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request) -> Verdict | None:
        """From any door. It gets one verdict, at once unless there is more to do than the machine can carry; None: it
        comes later, as that of a reload does when the sheet has been compiled."""
        awaited = self._verdicts.expect(request)
        try:
            self._ask(request)
        finally:
            self._verdicts.forget(request)
        return awaited.result() if awaited.done() else None

    async def decide(self, request: Request) -> Verdict:
        """Decide a request for an input that answers its sender, and wait for the verdict."""
        awaited = self._verdicts.expect(request)
        try:
            self._ask(request)
            return self._verdicts.complete(await awaited)
        finally:
            self._verdicts.forget(request)

    def _ask(self, request: Request) -> None:
        effects = self._playback.request(request, self._clock.now())
        if request.verb in ALWAYS:
            self._go_first(effects)
        else:
            self._turn(effects)

    def settled(self, verdict: Verdict) -> None:
        """A door has decided by itself; the verdict belongs into the log all the same."""
        self._turn([verdict])

    def osc(self, address: str) -> None:
        """An OSC message was heard: releases `wait for osc`. Most release nothing and only go to a trigger."""
        effects = self._playback.osc(address, self._clock.now())
        if effects or self._playback.due != self._alarm.due:
            self._turn(effects)

    def on_air(self, camera: str, mode: TallyMode, source: str = "") -> None:
        """The tally input `source` says what a camera is. A camera that a switcher knows is that one's to tell."""
        self._turn(self._playback.on_air(camera, mode, self._clock.now(), source))
        self._by_hand.tally(self.plan, camera, mode, source)

    def _switcher_says(self, name: str, word: SwitcherWord) -> None:
        self._turn(self._playback.switcher(name, word, self._clock.now()))

    def steer(self, request: Request, step: Step, before: Step | None) -> bool:
        """A hand on a controller drives a camera (see `Playback.steer`). Whether it has the axis."""
        effects = self._playback.steer(request, step, before, self._clock.now())
        self._turn(effects)
        return any(isinstance(effect, Begin) for effect in effects)

    def release(self, step: Step) -> None:
        """The hand is at rest."""
        self._turn(self._playback.release(step, self._clock.now()))

    def load(
        self,
        plan: Plan,
        drivers: Mapping[str, Driver],
        *,
        outputs: Mapping[str, Output],
        warnings: Mapping[str, tuple[str, ...]],
        switchers: Mapping[str, SwitcherLink] | None = None,
    ) -> None:
        """Another plan, while cues run. Drivers and outputs that it does not have any more may be at work still: they
        stay open until the show ends."""
        self.plan = plan
        self._outputs.load(outputs)
        self._cameras.load(drivers)
        self._board.load(plan, warnings)
        self._switchers.load(plan, switchers or {})
        self._turn(self._playback.load(plan, self._clock.now()))

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """Something that the operator should know, on screen and in the log."""
        self._turn([Say(kind, "", short(text), NOWHERE, self._clock.now())])

    def tell(self, text: str) -> None:
        """A line for the screen that is not part of the log."""
        self._board.note(self._clock.now(), "note", "", text)
        if self.on_change is not None:
            self.on_change()

    # --- what can be seen ----------------------------------------------------------------------------------

    def view(self) -> View:
        now, playback = self._clock.now(), self._playback
        return self._board.view(
            now, self._clock.wall(self._zone), playback.runs(now), playback.air, self.drivers,
            playback.follows(now), playback.go(),
            self._switchers.rows(now, lambda camera: playback.there(camera, now)), playback.vision,
        )  # fmt: skip

    @property
    def outputs(self) -> Mapping[str, Output]:
        return self._outputs.by_name

    @property
    def running(self) -> Mapping[int, str]:
        """The runs that are under way, with their cue's number; empty for a statement on its own."""
        return self._board.running

    @property
    def drivers(self) -> Mapping[str, Driver]:
        return self._cameras.drivers

    @property
    def due(self) -> int | None:
        """When playback must be woken next."""
        return self._playback.due

    @property
    def standby(self) -> str | None:
        return self._board.standby

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command is still to come by itself (a paused one waits for the operator), or a
        camera is being asked where it is."""
        return self._cameras.busy or self._switchers.busy or self._asking > 0

    def _wall_moved(self, by: int) -> None:
        self._turn(self._playback.wall_moved(by, self._clock.now()))

    def mistaken(self, mistakes: Sequence[Mistake]) -> None:
        """Why the last reload was refused, for the screen; nothing: it went well."""
        self._board.mistakes = tuple(mistakes)

    def lock(self, on: bool) -> None:
        """Show mode, for the screen. What it locks is decided at the doors."""
        self._board.show_mode = on

    # --- one turn ------------------------------------------------------------------------------------------

    def _turn(self, effects: Sequence[Effect], *, waking: bool = False) -> None:
        """Carry out effects and what follows from them at this instant, then write it down. One turn of the loop has
        its bounds: what is left goes on in the next one, in its order."""
        self._effects.extend(effects)
        if self._turning:
            return
        self._turning = True
        try:
            with self._clock.together():
                began = self._clock.now()
                done = self._carry_on(began, began + self._pace.left)
                took = self._clock.now() - began
                if done:
                    self._records.done()
                if done or waking:
                    self._pace.ended(done, took)
                    self._write_soon()
                self._pace.spend(took)
        finally:
            self._turning = False
            self._arm()
        if self.on_change is not None:
            self.on_change()

    def _no_more(self) -> None:
        """This turn of the loop has no time left."""
        self._playback.at_once = 0

    def _anew(self) -> None:
        """Another turn of the loop."""
        self._written, self._playback.at_once = False, AT_ONCE

    def _carry_on(self, began: int, until: int) -> bool:
        """False if there is more to do by `until` than time is for."""
        asked = 0
        while True:
            if self._urgent:
                self._carry_out(self._urgent.popleft())
                continue
            due = self._playback.due
            if not (self._effects or self._reports or (due is not None and due <= began)):
                return True
            now = self._clock.now()
            if now >= until:
                return False
            if self._effects:
                self._carry_out(self._effects.popleft())
                continue
            asked += 1
            if asked > ROUNDS:
                return False
            if self._reports:
                job, outcome = self._reports.popleft()
                self._effects.extend(self._playback.finished(job, outcome, now))
            elif self._records.full or due is None:
                return False
            else:
                self._records.begin(due)
                self._effects.extend(self._playback.wake(now))

    def _write_soon(self) -> None:
        """Once when this instant's bytes are out, and once in a turn of the loop if there is much."""
        if not (self._writing or self._written):
            self._writing = True
            self._clock.last(self._write)

    def _write(self) -> None:
        self._writing, began = False, self._clock.now()
        self._written = self._records.write()
        self._pace.spend(self._clock.now() - began)

    def _go_first(self, effects: Sequence[Effect]) -> None:
        """Put stops, and the verdict of the request, ahead of all that waits. A command that they end and that has
        not begun never begins."""
        self._urgent.extend(effect for effect in effects if isinstance(effect, FIRST))
        ended = {effect.job: effect.outcome for effect in self._urgent if isinstance(effect, End)}
        waiting, self._effects = self._effects, deque()
        for effect in waiting:
            if isinstance(effect, Begin) and effect.job in ended:
                self._cameras.never_begins(effect, ended[effect.job])
            else:
                self._effects.append(effect)
        self._turn([effect for effect in effects if not isinstance(effect, FIRST)])

    def _arm(self) -> None:
        due = self._playback.due
        unfinished = self._effects or self._reports or self._records.ready
        if unfinished or (self._pace.behind and due is not None):
            now = self._clock.now()
            due = self._pace.not_before(now if unfinished else due, now)
        self._alarm.set(due)

    def _wake(self) -> None:
        self._turn((), waking=True)

    def _carry_out(self, effect: Effect) -> None:
        self._board.effect(effect, self._clock.now())
        match effect:
            case Begin():
                self._cameras.begin(effect)
            case End():
                self._cameras.end(effect)
            case Narrow():
                self._cameras.narrow(effect)
            case Hold():
                self._cameras.hold(effect)
            case CarryOn():
                self._cameras.carry_on(effect)
            case Halt():
                self._cameras.halt(effect)
            case Withhold():
                self._verdicts.withheld(effect)
                self._cameras.withhold(effect)
            case SendOut():
                self._outputs.send(effect)
            case Switch():
                self._switchers.begin(effect)
            case SupposeCut():
                pass  # a rehearsal does it, by on_effect
            case WithholdOrder():
                self._verdicts.withheld(effect)
                self._switchers.withhold(effect)
            case Verdict():
                self._verdict(effect)
            case CueChanged() | Say() | StandbyMoved() | OnAir() | Spoken():
                self._records.effect(effect, self._clock.now())
            case ReloadAsked():
                self._reload_asked(effect)
            case SkipAsked():
                self._skip_asked(effect.request)
            case PlacesAsked(request=request, cameras=names):
                self._asking += 1
                Places(self._clock, self.drivers, names, partial(self._placed, request))
            case _:
                assert_never(effect)
        if self.on_effect is not None:
            self.on_effect(effect)

    def _placed(self, request: Request, places: Mapping[str, Pose | None]) -> None:
        self._asking -= 1
        self._turn(self._playback.located(request, places, self._clock.now()))

    def _finished(self, job: int, outcome: Outcome) -> None:
        """The record is written when the turn ends, playback gets it before that."""
        self._reports.append((job, outcome))
        if not self._turning:
            self._turn(())

    def _verdict(self, effect: Verdict) -> None:
        self._verdicts.give(effect)
        self._records.effect(effect, self._clock.now())

    def _called(self, name: str, command: Command) -> str:
        """What the sheet calls the preset that a command is about; empty if it is about none."""
        camera = next((camera for camera in self.plan.cameras if camera.name == name), None)
        return camera.preset_of(command) if camera is not None else ""

    def _reload_asked(self, effect: ReloadAsked) -> None:
        if self.on_reload is not None:
            self.on_reload(effect.request)
            return
        verdict = Verdict(effect.request, "fired", did="nothing was read: this show has no sheet on a disk")
        self._board.effect(verdict, self._clock.now())
        self._verdict(verdict)

    def _skip_asked(self, request: Request) -> None:
        if self.on_skip is not None:
            self.settled(self.on_skip(request))
        else:
            self.settled(Verdict(request, "refused", "nothing is scheduled"))

    # --- the ends of a show --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open every line at the same time. A camera that does not answer is not waited for."""
        self._days.watch()
        await asyncio.gather(self._switchers.open(), self._cameras.open())

    async def meet_switchers(self) -> None:
        """In a rehearsal: wait until the simulated ones are connected."""
        await self._switchers.meet()

    async def open_switchers(self) -> None:
        """Those that a reload has brought."""
        await self._switchers.open()

    def stop_all(self) -> None:
        """Stop what the show has set going, now: it is about to end."""
        self._board.stopping = True
        stop = self._playback.request(Request("stop", None, "the end of the show", self._clock.now(), automatic=True))
        self._go_first([effect for effect in stop if not isinstance(effect, Verdict)])  # not requested, so no verdict

    async def stop_show(self) -> tuple[str, ...]:
        """Stop what the show has set going, wait until the cameras say that they are at rest, and close every line.
        Returns a sentence for each camera that may still be moving."""
        self.stop_all()
        left = await self._cameras.come_to_rest()
        for text in left:
            self.say(text)
        self._alarm.clear()
        self._days.stop()
        while not self._records.write_rest():
            await asyncio.sleep(0)
        await asyncio.gather(self._switchers.close(), self._cameras.close())
        self._outputs.close()
        return left
