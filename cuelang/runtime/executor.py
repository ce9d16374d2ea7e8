"""The shell around playback: it feeds the machine with requests, reports and time, and carries out its effects.

Everything runs on one loop and nothing here waits. A lane per camera is all the parallelism there is: a driver
takes a job and returns at once, so a camera that is slow or dead holds up no other. What happens in one turn (`turns`):

    request, report, deadline  ->  playback  ->  effects  ->  drivers and outputs  ->  records  ->  screen

Bytes go first: every effect of a turn that reaches a camera is carried out (`dispatch`) before the first record is
written, for a cue over 64 cameras should start on all of them together and a log line costs as much as a datagram.

The executor gives itself no GO.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any, Literal

from cuelang.clock import Clock
from cuelang.commands import Driver, Outcome, Pose, TallyMode
from cuelang.plain import short
from cuelang.plan import CameraAct, Plan, Step
from cuelang.playback.acts import ALL_MOTION
from cuelang.playback.air import Speaker, SwitcherWord
from cuelang.playback.effects import (
    Begin,
    Halt,
    Request,
    Say,
    Verdict,
    Withhold,
)
from cuelang.playback.machine import Playback
from cuelang.playback.rules import ALWAYS
from cuelang.runtime import portable
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.awaited import Awaited
from cuelang.runtime.board import Board
from cuelang.runtime.by_hand import ByHand
from cuelang.runtime.cameras import Cameras, called
from cuelang.runtime.dispatch import Dispatch, Hooks
from cuelang.runtime.following import Following
from cuelang.runtime.journal import Journal
from cuelang.runtime.notebook import Notebook
from cuelang.runtime.outline import Outline
from cuelang.runtime.outputs import Output, Outputs
from cuelang.runtime.places import place
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record, ShowState
from cuelang.runtime.screens import Screens
from cuelang.runtime.switchers import SwitcherOccurrence, Switchers
from cuelang.runtime.takeover import Takeover
from cuelang.runtime.times_of_day import TimesOfDay
from cuelang.runtime.timing import Rehearsed
from cuelang.runtime.told import MakeRecord, Told
from cuelang.runtime.turns import AT_ONCE, Turns
from cuelang.runtime.verdicts import Verdicts
from cuelang.runtime.view import BehindView, View
from cuelang.source import NOWHERE
from cuelang.switchers.link import SwitcherLink


class Executor:
    """Runs one plan on its cameras.

    `drivers` by camera name; a camera without one refuses its commands. `air` is what was on program before (None:
    unknown), `start` first cue on standby. `on_change` is called after each turn in which anything
    happened, `hooks` for some effects. `playback` is the list of a show which goes
    on; the others then say nothing of how it begins. `follows` is the list of another machine, which decides until
    `takeover.lead`: its records come by `follow`, and nothing is sent.
    """

    def __init__(  # noqa: PLR0913 - everything that a show can have, by name
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
        asked: Mapping[str, Any] | None = None,
        switchers: Mapping[str, SwitcherLink] | None = None,
        alone: bool = False,
        start: str | None = None,
        playback: Playback | None = None,
        follows: Journal | None = None,
        warnings: Mapping[str, tuple[str, ...]] | None = None,
        outlines: Mapping[str, Outline] | None = None,
        rehearsed: Rehearsed | None = None,
        simulated: bool = False,
        on_change: Callable[[], None] | None = None,
        hooks: Hooks | None = None,
        on_occurrence: Callable[[SwitcherOccurrence], None] | None = None,
    ) -> None:
        self.plan = plan
        self.on_change = on_change
        self.hooks = hooks or Hooks()
        self._log = log
        self._clock = clock
        self._zone = zone
        self._days = TimesOfDay(clock, zone, self._wall_moved)
        self._records = RecordQueue(log, clock)
        self._told = Told(
            plan,
            clock=clock,
            log=log,
            records=self._records,
            time_of_day=self._days.at,
            answers=self._answers,
            playback=playback if follows is None else follows.playback,
            follows=follows is not None,
            air=air,
            words=words,
            alone=alone,
            start=start,
            at_once=AT_ONCE,
            asked=portable.commands(asked),
        )
        self._records.muted = follows is not None
        zero = clock.now() if follows is None else follows.zero
        self._board = Board(plan, zero, warnings, outlines, rehearsed)
        self._board.standby = self._playback.standby
        self._board.simulated = simulated
        self._turns = Turns(self._told, self._records, clock, self._ended)
        self.notebook = Notebook(self._board, self._turns.turn, clock, zone)
        self._outputs = Outputs(outputs or {}, clock=clock, ms=log.ms, records=self._records, board=self._board)
        self._cameras = Cameras(
            drivers,
            clock=clock,
            log=log,
            records=self._records,
            board=self._board,
            finished=self._finished,
            adrift=self.say,
            called=lambda name, command: called(self.plan, name, command),
            noted=self._turns.noted,
        )
        self._by_hand = ByHand(clock, self._board, self.say, on_occurrence)
        self._switchers = Switchers(
            clock,
            log=log,
            records=self._records,
            board=self._board,
            says=self._switcher_says,
            finished=self._finished,
            happened=self._happened,
            warn=self.say,
        )
        self._verdicts = Verdicts()
        self._awaited = Awaited()
        self._dispatch = Dispatch(
            self.hooks,
            board=self._board,
            cameras=self._cameras,
            switchers=self._switchers,
            outputs=self._outputs,
            records=self._records,
            told=self._told,
            verdicts=self._verdicts,
            awaited=self._awaited,
            clock=clock,
            placed=lambda request, places: self._turns.turn(self._told.located(request, places)),
            settled=self.settled,
        )
        self._turns.serve(self._dispatch.carry_out, self._cameras.never_begins)
        self.screens = Screens(self._board, self._told, self._cameras, self._switchers, clock, zone)
        self.takeover = Takeover(
            follows,
            turns=self._turns,
            told=self._told,
            board=self._board,
            cameras=self._cameras,
            switchers=self._switchers,
            outputs=self._outputs,
            records=self._records,
            log=log,
            clock=clock,
            say=self.say,
        )
        self._switchers.load(plan, switchers or {})
        if playback is not None:
            self._board.show(playback.runs(clock.now()), clock.now())
            self._cameras.keep_lit(playback.lit)

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

    async def place(self, camera: str) -> Pose | None:
        """Where a camera says that it is; None: it does not answer."""
        return await place(self._clock, self.drivers, camera)

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
        self._by_hand.tally(self.plan, camera, mode, source)

    def _happened(self, what: SwitcherOccurrence) -> None:
        """By hand at a switcher, or one is silent; a machine that follows has it from the one that leads."""
        if self.following is None:
            self._by_hand.happened(what)

    def _switcher_says(self, name: str, word: SwitcherWord) -> None:
        self._turns.turn(self._told.switcher(name, word))

    def steer(self, request: Request, step: Step, before: Step | None) -> str:
        """A hand drives a camera (see `Playback.steer`). Why it has not got the axis; empty: it has."""
        effects, act = self._told.steer(request, step, before), step.act
        self._turns.turn(effects)
        if self.following is not None:
            return self.follows_another
        if any(isinstance(effect, Begin) for effect in effects):
            return ""
        why = next((effect.reason for effect in effects if isinstance(effect, Withhold)), "")
        return why or (self._playback.lost(act.camera, act.axes) if isinstance(act, CameraAct) else "")

    def hindered(self, request: Request | None, act: CameraAct, before: Step) -> str:
        """Why a hand may not go on from the drive `before` with this one; empty: it may. Without a request only what
        has taken the axis counts."""
        return self._playback.hindered(request, act, before)

    def release(self, step: Step) -> None:
        """The hand is at rest."""
        self._turns.turn(self._told.release(step))

    def load(  # noqa: PLR0913 - everything that a new plan can have, by name
        self,
        plan: Plan,
        drivers: Mapping[str, Driver],
        *,
        outputs: Mapping[str, Output],
        warnings: Mapping[str, tuple[str, ...]],
        outlines: Mapping[str, Outline] | None = None,
        switchers: Mapping[str, SwitcherLink] | None = None,
        files: Mapping[str, str] | None = None,
        digest: str = "",
        swaps: tuple[tuple[str, str], ...] = (),
        anyway: bool = False,
    ) -> None:
        """Another plan, while cues run. Drivers and outputs that it does not have any more may be at work still: they
        stay open until the show ends. `files`, `digest`, `swaps` and `anyway` are for the log: the SHA-256 of the
        plan's files, that of the plan, and the cameras that stand in for others in it."""
        self.plan = plan
        self._outputs.load(outputs)
        self._cameras.load(drivers)
        self._board.load(plan, warnings, outlines)
        self._switchers.load(plan, switchers or {})
        self._turns.turn(self._told.load(plan, files or {}, digest, swaps, anyway))

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """Something that the operator should know, on screen and in the log."""
        self._turns.turn([Say(kind, "", short(text), NOWHERE, self._clock.now())])

    def tell(self, text: str) -> None:
        """A line for the screen that is not part of the log."""
        self._board.note(self._clock.now(), "note", "", text)
        self._ended()

    # --- what can be seen ----------------------------------------------------------------------------------

    def view(self) -> View:
        return self.screens.view()

    @property
    def _playback(self) -> Playback:
        return self._told.playback

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
        return self._turns.busy or self._cameras.busy or self._switchers.busy or self._dispatch.asking

    def _ended(self) -> None:
        """A turn is over."""
        if self.on_change is not None:
            self.on_change()

    def _wall_moved(self, by: int) -> None:
        self._turns.turn(self._told.wall_moved(by))

    def _answers(self, camera: str) -> bool:
        """Whether a camera is there, as far as is known: idle ones are asked every few seconds."""
        driver = self.drivers.get(camera)
        return driver is not None and driver.state.connected

    def is_back(self, camera: str) -> None:
        """A camera that was lost answers again."""
        self._turns.turn(self._told.is_back(camera))

    def _finished(self, job: int, outcome: Outcome, at: int, record: MakeRecord) -> None:
        self._awaited.finished(job, outcome)
        self._turns.report(job, outcome, at, record)

    # --- behind another machine ----------------------------------------------------------------------------

    @property
    def following(self) -> Following | None:
        """What another machine decides; None: this one decides."""
        return self.takeover.following

    def follow(self, record: Record) -> None:
        """The next record of the machine that decides. It goes into the log as it is. Raises NoPlan."""
        self.takeover.follow(record)
        self._ended()

    def stands(self, behind: BehindView | None, followers: tuple[str, ...] = ()) -> None:
        """For the screens: which machine this one follows, and which follow this one."""
        if behind is not None:
            self._told.leader = behind.of
        if (self._board.behind, self._board.followers) != (behind, followers):
            self._board.behind, self._board.followers = behind, followers
            self._ended()

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

    async def open_one(self, camera: str) -> None:
        """Open the line of one camera; returns after the first attempt, whatever came of it."""
        await self._cameras.open_one(camera)

    def ms(self, at: int) -> float:
        """Loop ns as milliseconds of the show."""
        return self._log.ms(at)

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

    def beat(self) -> None:
        """While anything runs, the log says once more how far it has come."""
        if self._board.running and not self._turns.turning and not self._turns.effects:
            self._turns.turn(self._told.beat())

    def halt(self, cameras: Iterable[str], text: str) -> None:
        """Stop cameras that another show may have left moving, and say why."""
        cameras = tuple(cameras)
        for name in cameras:
            self._cameras.inherit(name, ALL_MOTION)
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
        await asyncio.gather(self._switchers.close(), self._cameras.close())
        self._outputs.close()

    async def stop_show(self) -> tuple[str, ...]:
        """Stop what the show has set going, wait until the cameras say that they are at rest, and close every line.
        Returns a sentence for each camera that may still be moving."""
        self.stop_all()
        left = await self._cameras.come_to_rest() if self.following is None else ()
        for text in left:
            self.say(text)
        await self.close_lines()
        return left
