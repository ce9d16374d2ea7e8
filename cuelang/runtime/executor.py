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
import gc
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Literal, Protocol

from cuelang.clock import Clock, Handle
from cuelang.commands import Axes, Driver, Job, Outcome, Settling, TallyMode
from cuelang.plain import failure, short
from cuelang.plan import MS, NS, Plan, Step
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
    ReloadAsked,
    Request,
    Say,
    SendOut,
    StandbyMoved,
    Verdict,
    Withhold,
)
from cuelang.playback.machine import Playback
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.view import Board, Mistake, View
from cuelang.source import NOWHERE, Origin

Fields = dict[str, Any]

AT_ONCE = 32
"""Happenings of playback between two looks at the clock."""

TURN = 5 * MS
"""How long playback catches up in one turn of the loop, all requests and reports of that turn together; sending and
writing come on top."""

SHORT = MS // 4
"""What a turn may take without being counted."""

WRITING = 3 * MS
"""How long a turn writes records, and at least `AT_ONCE` of them; the rest is written in the next ones."""

UNWRITTEN = 2000
"""Records with which playback catches up no further before they are written."""

BREATH = 1 * MS
"""The pause after a turn that did not get done, from the second in a row on: a request by HTTP needs several turns of
the loop."""

ROUNDS = 1000
"""Calls of playback in one turn, where no time goes by: a circle of cues in a rehearsal."""

CONFIRM = 1 * NS
"""How long drivers may take to end their jobs when a show ends."""

REST = 5 * NS
"""How long the end of a show waits for cameras to be at rest."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HALF_DAY = 12 * 3600 * NS

TROUBLE: frozenset[Outcome] = frozenset(("refused", "timed_out", "unreachable"))


class Output(Protocol):
    """Where `send` lines go. `send` hands the message to the system at once and returns why it could not, if so;
    it does not raise."""

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str: ...

    def close(self) -> None: ...


class Executor:
    """Runs one plan on its cameras.

    `drivers` by camera name; a camera without one refuses its commands. `air` is what was on program before (None:
    nobody knows), `start` the cue that stands by first. `on_change` is called after each turn in which anything
    happened, `on_effect` for each effect when it has been carried out, `on_reload` when somebody asks for a reload;
    it settles the request when the sheet has been compiled.
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
        start: str | None = None,
        warnings: Mapping[str, tuple[str, ...]] | None = None,
        simulated: bool = False,
        on_change: Callable[[], None] | None = None,
        on_effect: Callable[[Effect], None] | None = None,
        on_reload: Callable[[Request], None] | None = None,
    ) -> None:
        self.plan = plan
        self.drivers = dict(drivers)
        self.outputs = dict(outputs or {})
        self.on_change = on_change
        self.on_effect = on_effect
        self.on_reload = on_reload
        self._log = log
        self._clock = clock
        self._zone = zone
        self._playback = Playback(plan, time_of_day=self._time_of_day, air=air, start=start, at_once=AT_ONCE)
        self._board = Board(plan, clock.now(), warnings)
        self._board.standby = self._playback.standby
        self._board.simulated = simulated
        self.running: dict[int, str] = {}
        """The runs that are under way, with their cue's number; empty for a statement on its own."""
        self._jobs: dict[int, tuple[Begin, Job, Driver | None]] = {}
        self._held: set[int] = set()
        self._judging: dict[int, asyncio.Future[Verdict]] = {}
        """By the identity of a request whose sender wants to hear its verdict."""
        self._withheld: list[str] = []
        """Of the statement that is being decided on, the commands that are not sent."""
        self._ended: dict[int, Outcome] = {}
        self._former: dict[str, list[Driver]] = {}
        """Drivers that a reload has replaced: what the show has set going on their cameras is stopped by them."""
        self._former_outputs: list[Output] = []
        self._waiting: deque[Sequence[Effect]] = deque()
        self._reports: deque[tuple[int, Outcome]] = deque()
        self._records: deque[tuple[int, str, Fields | Callable[[], Fields]]] = deque()
        self._whole = self._before = 0
        """How many of the records belong to instants that are done, and how many there were at the last call."""
        self._instant: int | None = None
        self._behind = 0
        """Turns in a row that ran out of time before they were done with what was due."""
        self._spent = 0
        """What catching up has taken in this turn of the loop."""
        self._listen(self.drivers)
        self._turning = False
        self._armed: tuple[int, Handle] | None = None
        self._wall_zero = clock.until(EPOCH)
        """The loop time at which the wall clock would have shown `EPOCH`."""
        self._watching: Handle | None = None
        self._do: dict[type, Callable[[Any], None]] = {
            Begin: self._begin, End: self._end, Narrow: self._narrow, Hold: self._hold, CarryOn: self._carry_on,
            Halt: self._halt, Withhold: self._withhold, SendOut: self._send_out, Verdict: self._verdict,
            CueChanged: self._cue_changed, Say: self._say, StandbyMoved: self._standby_moved, OnAir: self._air,
            ReloadAsked: self._reload_asked,
        }  # fmt: skip

    # --- what comes in -------------------------------------------------------------------------------------

    def request(self, request: Request) -> None:
        """From any door. Its one verdict is in the log when this returns."""
        self._turn(self._playback.request(request, self._clock.now()))

    async def decide(self, request: Request) -> Verdict:
        """The same, for a door that tells whoever asked: at once, but of a reload when the sheet has been compiled."""
        judged: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._judging[id(request)] = judged
        self._withheld = []
        try:
            self.request(request)
            verdict = await judged
            if request.verb == "statement" and self._withheld:
                verdict = replace(verdict, did=f"not sent: {'; '.join(self._withheld)}")
            return verdict
        finally:
            self._judging.pop(id(request), None)

    def settled(self, verdict: Verdict) -> None:
        """A door has decided by itself; the verdict belongs into the log all the same."""
        self._turn([verdict])

    def osc(self, address: str) -> None:
        """An OSC message was heard: releases `wait for osc`. Most release nothing and only go to a trigger."""
        effects = self._playback.osc(address, self._clock.now())
        if effects or self._playback.due != (self._armed and self._armed[0]):
            self._turn(effects)

    def on_air(self, camera: str, mode: TallyMode) -> None:
        """A tally input says what a camera is."""
        self._turn(self._playback.on_air(camera, mode, self._clock.now()))

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
    ) -> None:
        """Another plan, while cues run. Drivers and outputs that it does not have any more may be at work still: they
        stay open until the show ends."""
        self.plan = plan
        for name, driver in self.drivers.items():
            if drivers.get(name) is not driver:
                self._former.setdefault(name, []).append(driver)
        self._former_outputs += [output for output in self.outputs.values() if output not in outputs.values()]
        self.drivers, self.outputs = dict(drivers), dict(outputs)
        self._listen(self.drivers)
        self._board.load(plan, warnings)
        self._turn(self._playback.load(plan, self._clock.now()))

    def _listen(self, drivers: Mapping[str, Driver]) -> None:
        for name, driver in drivers.items():
            if isinstance(driver, Settling):
                driver.on_adrift = partial(self._is_adrift, name)

    def _is_adrift(self, camera: str, axes: Axes) -> None:
        self.say(_adrift(camera, axes))

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """Something that the operator should know, on screen and in the log."""
        self._turn([Say(kind, "", short(text), NOWHERE, self._clock.now())])

    def tell(self, text: str) -> None:
        """Something for the screen that is no part of the night: it is not in the log."""
        self._board.note(self._clock.now(), "note", "", text)
        if self.on_change is not None:
            self.on_change()

    # --- what can be seen ----------------------------------------------------------------------------------

    def view(self) -> View:
        now, playback = self._clock.now(), self._playback
        return self._board.view(
            now, self._clock.wall(self._zone), playback.runs(now), playback.air, self.drivers,
            playback.follows(now), playback.go(),
        )  # fmt: skip

    @property
    def due(self) -> int | None:
        """When playback wants to be woken next."""
        return self._playback.due

    @property
    def standby(self) -> str | None:
        return self._board.standby

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command is still to come by itself: a paused one waits for somebody."""
        return any(job not in self._held for job in self._jobs)

    def _time_of_day(self, seconds: int, now: int) -> int:
        """When, in loop ns, the wall shows that local time of day: the last time if that was less than 12 h ago."""
        wall = self._clock.wall(self._zone)
        today = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        days = (today + timedelta(days=day, seconds=seconds) for day in (-1, 0, 1))
        return next(at for local in days if (at := self._until(local.replace(tzinfo=wall.tzinfo))) > now - HALF_DAY)

    def _until(self, moment: datetime) -> int:
        """As the wall clock was when it was last looked at; if it was set since, the next look moves all alike."""
        if not self._clock.can_be_set:
            return self._clock.until(moment)
        return self._wall_zero + (moment - EPOCH) // timedelta(microseconds=1) * 1000

    def _watch_wall(self) -> None:
        """Times of day follow the wall clock within a second of its being set and of the machine's waking."""
        zero = self._clock.until(EPOCH)
        moved = zero - self._wall_zero
        if abs(moved) > MS:
            self._wall_zero = zero
            self._turn(self._playback.wall_moved(moved, self._clock.now()))
        self._watching = self._clock.at(self._clock.now() + NS, self._watch_wall)

    def mistaken(self, mistakes: Sequence[Mistake]) -> None:
        """Why the last reload was refused, for the screen; nothing: it went well."""
        self._board.mistakes = tuple(mistakes)

    def lock(self, on: bool) -> None:
        """Show mode, for the screen. What it locks is decided at the doors."""
        self._board.show_mode = on

    # --- one turn ------------------------------------------------------------------------------------------

    def _turn(self, effects: Sequence[Effect], *, waking: bool = False) -> None:
        """Carry out effects and what follows from them at this instant, then write it down. Catching up has its
        bounds: what is left goes on in the next turn of the loop."""
        if self._turning:
            self._waiting.append(effects)
            return
        self._turning = True
        try:
            with self._clock.together():
                began = self._clock.now()
                done = self._carry_all_out(effects, began + TURN - self._spent)
                took = self._clock.now() - began
                if done:
                    self._whole, self._instant = len(self._records), None
                if done or waking:
                    self._behind = 0 if done or not took else self._behind + 1
                    self._clock.last(self._write_records)
                self._spend(took)
        finally:
            self._turning = False
            self._arm()
        if self.on_change is not None:
            self.on_change()

    def _spend(self, time: int) -> None:
        if time < SHORT:
            return
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._anew)
        self._spent += time
        if self._spent >= TURN:
            self._playback.at_once = 0

    def _anew(self) -> None:
        """Another turn of the loop."""
        self._spent, self._playback.at_once = 0, AT_ONCE

    def _carry_all_out(self, effects: Sequence[Effect], until: int) -> bool:
        """False if there is more to do by `until` than time is for."""
        began = self._clock.now()
        for _ in range(ROUNDS):
            for effect in effects:
                self._carry_out(effect)
            if self._waiting:
                effects = self._waiting.popleft()
                continue
            now, due = self._clock.now(), self._playback.due
            if self._reports:
                job, outcome = self._reports.popleft()
                effects = self._playback.finished(job, outcome, now)
            elif due is None or due > began:
                return True
            elif now >= until or len(self._records) >= UNWRITTEN:
                return False
            else:
                if due != self._instant:
                    self._instant, self._whole = due, self._before
                self._before = len(self._records)
                effects = self._playback.wake(now)
        self._waiting.append(effects)
        return False

    def _write_records(self) -> None:
        """Those of instants that are done, as far as time is for it: its bytes come before its records."""
        began, written = self._clock.now(), 0
        ready = self._whole if len(self._records) < UNWRITTEN else len(self._records)
        while written < ready and (written < AT_ONCE or self._clock.now() - began < WRITING):
            self._write_one()
            written += 1
        self._whole, self._before = max(self._whole - written, 0), max(self._before - written, 0)

    def _write_one(self) -> None:
        at, kind, fields = self._records.popleft()
        self._log.write(kind, at, fields() if callable(fields) else fields)

    def _arm(self) -> None:
        due = self._playback.due
        if self._waiting or self._reports or self._whole or (self._behind and due is not None):
            now = self._clock.now()
            if self._waiting or self._reports or self._whole:
                due = now
            if self._behind > 1 and due is not None:
                due = max(due, now + BREATH)
        if self._armed is not None:
            when, handle = self._armed
            if when == due:
                return
            handle.cancel()
        self._armed = None if due is None else (due, self._clock.at(due, self._wake))

    def _wake(self) -> None:
        self._armed = None
        self._turn(self._playback.wake(self._clock.now()), waking=True)

    def _carry_out(self, effect: Effect) -> None:
        self._do[type(effect)](effect)
        if self.on_effect is not None:
            self.on_effect(effect)

    # --- cameras -------------------------------------------------------------------------------------------

    def _begin(self, effect: Begin) -> None:
        job = Job(effect.command, effect.due, partial(self._finished, effect), pose=effect.step.pose)
        driver = self.drivers.get(effect.camera)
        self._jobs[effect.job] = (effect, job, driver)
        self._board.began(effect.job, effect.camera, _doing(effect))
        if driver is not None:
            self._ask(effect.job, lambda driver, job: driver.start(job))
        else:
            self._give_up(job, "this camera has no link")

    def _end(self, effect: End) -> None:
        """The log's word for it is the effect's, also when the driver need not send a stop of its own."""
        self._ended[effect.job] = effect.outcome
        self._ask(effect.job, lambda driver, job: driver.end(job, "stopped" if effect.stops else "superseded"))
        self._ended.pop(effect.job, None)

    def _narrow(self, effect: Narrow) -> None:
        self._ask(effect.job, lambda driver, job: driver.lose_axes(job, effect.axes))

    def _hold(self, effect: Hold) -> None:
        self._held.add(effect.job)
        self._ask(effect.job, lambda driver, job: driver.hold(job))

    def _carry_on(self, effect: CarryOn) -> None:
        self._held.discard(effect.job)
        self._ask(effect.job, lambda driver, job: driver.resume(job, effect.shift))

    def _ask(self, number: int, question: Callable[[Driver, Job], None]) -> None:
        """Ask a camera's driver something about a job; one that has ended meanwhile is left alone."""
        _, job, driver = self._jobs.get(number, (None, None, None))
        if job is None or driver is None:
            return
        # The one broad catch: whatever is wrong inside one camera's driver, the others' cues go on (law 6). It
        # hides nothing: the command's record and the screen carry the error.
        try:
            question(driver, job)
        except Exception as error:
            self._give_up(job, f"its driver failed: {failure(error)}")

    def _halt(self, effect: Halt) -> None:
        now = self._clock.now()
        present = self.drivers.get(effect.camera)
        drivers = [*self._former.get(effect.camera, ()), *([present] if present is not None else [])]
        if not drivers:
            return
        reason = ""
        for driver in drivers:
            try:
                driver.halt(effect.axes, effect.tracking)
            except Exception as error:  # as above: the next camera has to be stopped too
                reason = f"its driver failed: {failure(error)}"
                self._trouble("", f"{effect.camera} could not be stopped: {reason}")
        fields = {"camera": effect.camera, "axes": sorted(effect.axes), "tracking": effect.tracking}
        self._record(now, "halt", fields | ({"reason": reason} if reason else {}))

    def _give_up(self, job: Job, reason: str) -> None:
        if job.outcome is None:
            job.outcome, job.reason, job.done = "refused", reason, self._clock.now()
            job.finished(job)

    def _finished(self, begin: Begin, job: Job) -> None:
        """A driver reports. The record is written when the turn ends, playback hears of it before that."""
        if self._jobs.pop(begin.job, None) is None:
            return
        self._held.discard(begin.job)
        outcome: Outcome = job.outcome or "refused"
        reason = job.reason
        if outcome == "superseded" and begin.job in self._ended:
            outcome = self._ended[begin.job]
        elif outcome == "completed" and job.lost:
            outcome, reason = "superseded", reason or f"newer commands have its {_words(job.lost)}"
        self._settle(begin, outcome, reason, job)
        self._board.ended(begin.job, outcome in TROUBLE)
        self._reports.append((begin.job, outcome))
        if not self._turning:
            self._turn(())

    def _withhold(self, effect: Withhold) -> None:
        if not effect.cue:
            said = f"{effect.camera}: {effect.command.action} {effect.outcome}: {effect.reason}"
            self._withheld.append(said)
        self._settle(effect, effect.outcome, effect.reason, None)
        self._board.ended(0, effect.outcome in TROUBLE)

    def _settle(self, what: Begin | Withhold, outcome: Outcome, reason: str, job: Job | None) -> None:
        now = self._clock.now()
        if outcome in TROUBLE:
            text = f"{what.camera}: {what.command.action} {outcome.replace('_', ' ')}"
            self._trouble(what.cue, f"{text}: {reason}" if reason else text)
        self._record(now, "command", partial(self._command, what, outcome, reason, job))

    def _command(self, what: Begin | Withhold, outcome: Outcome, reason: str, job: Job | None) -> Fields:
        """A command's record, made when its bytes are out: one that was displaced at its own instant has them too."""
        fields: Fields = {
            "cue": what.cue,
            "camera": what.camera,
            "action": what.command.action,
            "due_ms": self._log.ms(what.due),
        }
        if job is not None:
            fields |= {
                name: self._log.ms(at)
                for name, at in (("sent_ms", job.sent), ("acked_ms", job.acked), ("done_ms", job.done))
                if at is not None
            }
        fields["outcome"] = outcome
        if reason:
            fields["reason"] = reason
        fields |= _place(what.step.origin)
        if job is not None:
            if job.wire:
                fields["hex"] = " ".join(frame.hex(" ") for frame in job.wire)
            if job.urls:
                fields["url"] = " ".join(job.urls)
            if job.frames is not None:
                late = round(job.late_max / MS, 3)
                fields |= {"frames": job.frames, "skipped": job.skipped, "late_max_ms": late}
            if job.replanned:
                fields["replanned"] = True
        return fields

    # --- everything else -----------------------------------------------------------------------------------

    def _send_out(self, effect: SendOut) -> None:
        output = self.outputs.get(effect.output)
        reason = f"there is no output “{effect.output}”" if output is None else ""
        if output is not None:
            reason = output.send(effect.address, effect.arguments)
        now = self._clock.now()
        if reason:
            self._trouble(effect.cue, f"{effect.output}: {effect.address} was not sent: {reason}")
        fields: Fields = {
            "cue": effect.cue,
            "output": effect.output,
            "action": "send",
            "address": effect.address,
            "arguments": list(effect.arguments),
            "due_ms": self._log.ms(effect.due),
        }
        fields |= (
            {"outcome": "refused", "reason": reason} if reason else {"sent_ms": self._log.ms(now), "outcome": "sent"}
        )
        if getattr(output, "mute", False):
            fields["simulated"] = True
        self._record(now, "send", fields | _place(effect.step.origin))

    def _verdict(self, effect: Verdict) -> None:
        now = self._clock.now()
        self._board.verdict(effect, now)
        request = effect.request
        judged = self._judging.get(id(request))
        if judged is not None and not judged.done():
            judged.set_result(effect)
        fields: Fields = {"source": request.source, "request": request.text, "verdict": effect.verdict}
        if effect.verdict != "fired":
            fields["reason"] = effect.reason
        self._record(request.received, "trigger", fields | _place(request.origin))

    def _cue_changed(self, effect: CueChanged) -> None:
        self._board.cue(effect)
        if effect.state == "started":
            self.running[effect.run] = effect.cue
        elif effect.state in ("done", "stopped"):
            self.running.pop(effect.run, None)
        fields: Fields = {"cue": effect.cue, "run": effect.run, "state": effect.state}
        if effect.reason:
            fields["reason"] = effect.reason
        self._record(effect.at, "cue", fields)

    def _say(self, effect: Say) -> None:
        self._board.note(effect.at, effect.kind, effect.cue, effect.text)
        self._record(effect.at, effect.kind, {"cue": effect.cue, "text": effect.text} | _place(effect.origin))

    def _standby_moved(self, effect: StandbyMoved) -> None:
        self._board.standby = effect.cue
        self._record(self._clock.now(), "standby", {"cue": effect.cue})

    def _air(self, effect: OnAir) -> None:
        self._record(self._clock.now(), "air", {"camera": effect.camera, "mode": effect.mode})

    def _reload_asked(self, effect: ReloadAsked) -> None:
        if self.on_reload is not None:
            self.on_reload(effect.request)
        else:
            self._verdict(Verdict(effect.request, "fired", did="nothing was read: this show has no sheet on a disk"))

    def _trouble(self, cue: str, text: str) -> None:
        self._board.note(self._clock.now(), "trouble", cue, text)

    def _record(self, at: int, kind: str, fields: Fields | Callable[[], Fields]) -> None:
        self._records.append((at, kind, fields))

    # --- the ends of a show --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open every line at the same time. A camera that does not answer is no reason to wait for it longer."""
        if self._clock.can_be_set and self._watching is None:
            self._watch_wall()
        await asyncio.gather(*(driver.open() for driver in self.drivers.values()))

    async def stop_show(self) -> tuple[str, ...]:
        """Stop what the show has set going, wait until the cameras say that they are at rest, and close every line.
        Returns a sentence for each camera that may still be moving."""
        self._board.stopping = True
        stop = self._playback.request(Request("stop", None, "the end of the show", self._clock.now(), automatic=True))
        self._turn([effect for effect in stop if not isinstance(effect, Verdict)])  # nobody asked, so no verdict
        former = [(name, driver) for name, drivers in self._former.items() for driver in drivers]
        drivers = [*self.drivers.items(), *former]
        settling = [(name, driver) for name, driver in drivers if isinstance(driver, Settling)]
        for _, driver in settling:
            driver.settle()
        begun = self._clock.now()
        while (self._jobs and self._clock.now() < begun + CONFIRM) or (
            any(driver.unsettled() for _, driver in settling) and self._clock.now() < begun + REST
        ):
            await self._clock.sleep_until(self._clock.now() + 10 * MS)
        left = tuple(_adrift(name, axes) for name, driver in settling if (axes := driver.unsettled()))
        for text in left:
            self.say(text)
        if self._armed is not None:
            self._armed[1].cancel()
            self._armed = None
        if self._watching is not None:
            self._watching.cancel()
        while self._records:
            self._write_one()
        await asyncio.gather(*(driver.close() for _, driver in drivers))
        for output in (*self.outputs.values(), *self._former_outputs):
            output.close()
        return left


@contextmanager
def calm_collector() -> Iterator[None]:
    """What lives now lives as long as the show: the collector leaves it alone, and comes seldom.

    A full collection costs 30 ms with a plan of 10 000 cues alive, microseconds when that is frozen.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _place(origin: Origin) -> Fields:
    if origin is NOWHERE:
        return {}
    span = origin.span
    return {"file": span.file, "line": span.line, "column": span.column}


def _adrift(camera: str, axes: Axes) -> str:
    return f"{camera} may still be moving ({_words(axes)}): it has not confirmed its stop. Stop it by hand."


def _words(axes: Axes) -> str:
    return " and ".join(sorted(axis.replace("_", "-").removeprefix("image:") for axis in axes))


def _doing(effect: Begin) -> str:
    action = effect.command.action
    return f"cue {effect.cue}: {action}" if effect.cue else action
