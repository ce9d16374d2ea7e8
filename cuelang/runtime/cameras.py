"""The cameras of a running show: a command goes to its camera's driver as a job, and its outcome comes back once.

Whatever is wrong inside one camera's driver, the others' cues go on: what it raises ends its own command, and
is in that command's record and on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from cuelang.clock import Clock
from cuelang.commands import (
    Axes,
    Command,
    Driver,
    HasLamp,
    Job,
    Outcome,
    Pose,
    SetProperty,
    Settling,
    TallyMode,
    axis_name,
)
from cuelang.models import DEFAULT
from cuelang.plain import failure
from cuelang.plan import Plan
from cuelang.playback.effects import Begin, End, Halt, Hold, Narrow, Resume, Withhold
from cuelang.protocols.visca.capability import written
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.board import Board
from cuelang.runtime.command_records import CommandRecord, HaltRecord, PlaceRecord, SentRecord
from cuelang.runtime.places import place
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import Record
from cuelang.runtime.stamp import Stamp
from cuelang.runtime.turns import Turns
from cuelang.units import MS, NS

CONFIRM_NS = 1 * NS
"""How long drivers may take to end their jobs when a show ends."""

REST_NS = 5 * NS
"""How long the end of a show waits for cameras to be at rest."""


class Cameras:
    """What has become of each job is reported to the turns, with its record, unless the cue list has ended it."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        *,
        clock: Clock,
        log: AsRun,
        records: RecordQueue,
        board: Board,
        turns: Turns,
    ) -> None:
        self.drivers = dict(drivers)
        self._clock, self._log, self._records, self._board, self._turns = clock, log, records, board, turns
        self._jobs: dict[int, tuple[Begin, Job, Driver | None]] = {}
        self._opened: list[Driver] = []
        self._held: set[int] = set()
        self._ended: dict[int, Outcome] = {}
        self._never_began: set[int] = set()
        self._former: dict[str, list[Driver]] = {}
        """Drivers that a reload has replaced: what the show has set going on their cameras is stopped by them."""
        self._listen()

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command is still to come by itself: a paused one waits for the operator."""
        return any(job not in self._held for job in self._jobs)

    def answers(self, camera: str) -> bool:
        """Whether a camera is there, as far as is known: idle ones are asked every few seconds."""
        driver = self.drivers.get(camera)
        return driver is not None and driver.state.connected

    async def place(self, camera: str) -> Pose | None:
        """Where a camera says that it is; None: it does not answer."""
        return await place(self._clock, self.drivers, camera)

    def load(self, drivers: Mapping[str, Driver]) -> None:
        """Those of another plan. One that it does not have any more may be at work: it stays open until the end."""
        for name, driver in self.drivers.items():
            if drivers.get(name) is not driver:
                self._former.setdefault(name, []).append(driver)
        self.drivers = dict(drivers)
        self._listen()

    def keep_lit(self, lamps: Mapping[str, TallyMode]) -> None:
        """By camera, the lamps that another program, which has driven them until now, has lit."""
        for name, mode in lamps.items():
            driver = self.drivers.get(name)
            if isinstance(driver, HasLamp):
                driver.keep_lit(mode)

    def inherit(self, camera: str, axes: Axes) -> None:
        """Another program has set this going: it is owed a stop here."""
        driver = self.drivers.get(camera)
        if isinstance(driver, Settling):
            driver.inherit(axes)

    def _listen(self) -> None:
        for name, driver in self.drivers.items():
            if isinstance(driver, Settling):
                driver.on_adrift = partial(self._is_adrift, name)

    def _is_adrift(self, camera: str, axes: Axes) -> None:
        self._turns.say(_adrift(camera, axes))

    # --- jobs ----------------------------------------------------------------------------------------------

    def begin(self, effect: Begin) -> None:
        job = Job(effect.command, effect.due + effect.held, partial(self._finished, effect), pose=effect.step.pose)
        job.on_left, job.on_planned = partial(self._left, effect), partial(self._planned, effect)
        driver = self.drivers.get(effect.camera)
        self._jobs[effect.job] = (effect, job, driver)
        if driver is None:
            self._give_up(job, "this camera has no link")
            return
        try:
            driver.start(job)
        except Exception as error:
            self._fail(job, error)

    def never_begins(self, effect: Begin, outcome: Outcome) -> None:
        """It was ended before its camera was asked."""
        self._never_began.add(effect.job)
        self._settle(effect, None, outcome, "")

    def _left(self, effect: Begin, job: Job) -> None:
        if effect.job in self._jobs:  # else it was displaced at its own instant, and its outcome says what was sent
            self._records.add(self._clock.now(), partial(SentRecord.of, effect, job))
        self._turns.noted()

    def _planned(self, effect: Begin, job: Job, at: Pose) -> None:
        def record(stamp: Stamp) -> PlaceRecord:
            return PlaceRecord(
                *stamp, run=effect.run, job=effect.job, camera=effect.camera, pan=at.pan, tilt=at.tilt, zoom=at.zoom
            )

        self._records.add(self._clock.now(), record)
        self._turns.noted()

    def end(self, effect: End) -> None:
        """The log's word for it is the effect's, also when the driver need not send a stop."""
        if effect.job in self._never_began:
            self._never_began.discard(effect.job)
        elif effect.job not in self._jobs and effect.halt is not None:
            self.halt(effect.halt)
            return
        self._ended[effect.job] = effect.outcome
        self._ask(effect.job, lambda driver, job: driver.end(job, "stopped" if effect.stops else "superseded"))
        self._ended.pop(effect.job, None)

    def narrow(self, effect: Narrow) -> None:
        self._ask(effect.job, lambda driver, job: driver.lose_axes(job, effect.axes))

    def hold(self, effect: Hold) -> None:
        if effect.job not in self._jobs:
            if effect.halt is not None:
                self.halt(effect.halt)
            return
        self._held.add(effect.job)
        self._ask(effect.job, lambda driver, job: driver.hold(job))

    def resume(self, effect: Resume) -> None:
        self._held.discard(effect.job)
        self._ask(effect.job, lambda driver, job: driver.resume(job, effect.shift))

    def _ask(self, number: int, question: Callable[[Driver, Job], None]) -> None:
        """Ask a camera's driver something about a job; one that has ended meanwhile is left alone."""
        _, job, driver = self._jobs.get(number, (None, None, None))
        if job is None or driver is None:
            return
        try:
            question(driver, job)
        except Exception as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        self._give_up(job, f"internal error in its driver: {failure(error)}")

    def _give_up(self, job: Job, reason: str) -> None:
        job.finish("refused", reason, self._clock.now())

    def _finished(self, begin: Begin, job: Job) -> None:
        """A driver reports."""
        if self._jobs.pop(begin.job, None) is None:
            return
        self._held.discard(begin.job)
        outcome: Outcome = job.outcome or "refused"
        reason = job.reason
        if outcome == "superseded" and begin.job in self._ended:
            outcome = self._ended[begin.job]
        elif outcome == "completed" and job.lost:
            outcome, reason = "superseded", reason or f"newer commands control its {_words(job.lost)}"
        if begin.job in self._ended:
            self._settle(begin, job, outcome, reason)  # the list has ended it, and knows
        else:
            self._turns.report(begin.job, outcome, *self._settled(begin, job, outcome, reason))

    def lost(self, effect: Begin, reason: str) -> tuple[int, Callable[[Stamp], Record]]:
        """It is not sent, for it may have been: the machine that had it to send is gone."""
        return self._settled(effect, None, "unreachable", reason)

    def withhold(self, effect: Withhold) -> None:
        self._settle(effect, None, effect.outcome, effect.reason)

    def _settle(self, what: Begin | Withhold, job: Job | None, outcome: Outcome, reason: str) -> None:
        self._records.add(*self._settled(what, job, outcome, reason, ended=isinstance(what, Begin)))

    def _settled(
        self, what: Begin | Withhold, job: Job | None, outcome: Outcome, reason: str, *, ended: bool = False
    ) -> tuple[int, Callable[[Stamp], Record]]:
        """The record is made when the bytes are out: a command that was displaced at its own instant has them too."""
        now = self._log.whole(self._clock.now())
        self._board.ended(what, outcome, reason, now)
        called = _called(self._board.plan, what.camera, what.command)
        ms = self._log.ms
        return now, lambda stamp: CommandRecord.of(what, job, outcome, reason, ms, stamp, called, ended=ended)

    def halt(self, effect: Halt) -> None:
        now = self._clock.now()
        present = self.drivers.get(effect.camera)
        drivers = [*self._former.get(effect.camera, ()), *([present] if present is not None else [])]
        if not drivers:
            return
        reason = ""
        for driver in drivers:
            try:
                driver.halt(effect.axes, effect.tracking)
            except Exception as error:  # the next camera has to be stopped too
                reason = f"internal error in its driver: {failure(error)}"
                text = f"{effect.camera} could not be stopped: {reason}"
                self._board.note(self._clock.now(), "trouble", "", text)
        self._records.add(now, partial(HaltRecord.of, effect, reason))

    # --- the ends of a show --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open every line that is not open yet, all at the same time. A camera that does not answer is not waited
        for."""
        await asyncio.gather(*map(self.open_one, self.drivers))

    def is_open(self, which: str | Driver) -> bool:
        """Whether the line of a camera was opened."""
        driver = self.drivers.get(which) if isinstance(which, str) else which
        return driver in self._opened

    async def open_one(self, camera: str) -> None:
        """Open the line of one camera, if it has one that is not open yet."""
        driver = self.drivers.get(camera)
        if driver is not None and driver not in self._opened:
            self._opened.append(driver)
            await driver.open()

    def _all(self) -> list[tuple[str, Driver]]:
        former = [(name, driver) for name, drivers in self._former.items() for driver in drivers]
        return [*self.drivers.items(), *former]

    async def come_to_rest(self) -> tuple[str, ...]:
        """Stop what has been set going and wait until the cameras say that they are at rest, but not forever.
        Returns a sentence for each that may still be moving."""
        settling = [(name, driver) for name, driver in self._all() if isinstance(driver, Settling)]
        for _, driver in settling:
            driver.settle()
        begun = self._clock.now()
        while (self._jobs and self._clock.now() < begun + CONFIRM_NS) or (
            any(driver.unsettled() for _, driver in settling) and self._clock.now() < begun + REST_NS
        ):
            await self._clock.sleep_until(self._clock.now() + 10 * MS)
        return tuple(_adrift(name, axes) for name, driver in settling if (axes := driver.unsettled()))

    async def close(self) -> None:
        await asyncio.gather(*(driver.close() for _, driver in self._all()))


def _adrift(camera: str, axes: Axes) -> str:
    return f"{camera} may still be moving ({_words(axes)}): it has not confirmed its stop. Stop it by hand."


def _words(axes: Axes) -> str:
    return " and ".join(sorted(map(axis_name, axes)))


def _called(plan: Plan, camera: str, command: Command) -> str:
    """The preset that a command is about, by its name, or the setting as a sheet has it: `iris 9`."""
    if not isinstance(command, SetProperty):
        return plan.preset_of(camera, command)
    model = next((one.figures for one in plan.cameras if one.name == camera), DEFAULT)
    return written(command, model)
