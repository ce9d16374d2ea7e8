"""The cameras of a running show: a command goes to its camera's driver as a job, and its outcome comes back once.

Whatever is wrong inside one camera's driver, the others' cues go on: what it raises ends its own command, and
is in that command's record and on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from cuelang.clock import Clock
from cuelang.commands import Axes, Command, Driver, Job, Outcome, Settling
from cuelang.plain import failure
from cuelang.playback.effects import Begin, CarryOn, End, Halt, Hold, Narrow, Withhold
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.records import CommandRecord, HaltRecord
from cuelang.runtime.view import Board
from cuelang.units import MS, NS

CONFIRM_NS = 1 * NS
"""How long drivers may take to end their jobs when a show ends."""

REST_NS = 5 * NS
"""How long the end of a show waits for cameras to be at rest."""


class Cameras:
    """`finished` is called with the number and the outcome of each job, `adrift` a sentence for each camera that may
    still be moving although its stop was repeated; `called` knows the name of a camera's preset that a command is
    about."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        *,
        clock: Clock,
        log: AsRun,
        records: RecordQueue,
        board: Board,
        finished: Callable[[int, Outcome], None],
        adrift: Callable[[str], None],
        called: Callable[[str, Command], str] = lambda camera, command: "",
    ) -> None:
        self.drivers = dict(drivers)
        self._clock, self._log, self._records, self._board = clock, log, records, board
        self._report, self._adrift, self._called = finished, adrift, called
        self._jobs: dict[int, tuple[Begin, Job, Driver | None]] = {}
        self._held: set[int] = set()
        self._ended: dict[int, Outcome] = {}
        self._former: dict[str, list[Driver]] = {}
        """Drivers that a reload has replaced: what the show has set going on their cameras is stopped by them."""
        self._listen()

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command is still to come by itself: a paused one waits for the operator."""
        return any(job not in self._held for job in self._jobs)

    def load(self, drivers: Mapping[str, Driver]) -> None:
        """Those of another plan. One that it does not have any more may be at work: it stays open until the end."""
        for name, driver in self.drivers.items():
            if drivers.get(name) is not driver:
                self._former.setdefault(name, []).append(driver)
        self.drivers = dict(drivers)
        self._listen()

    def _listen(self) -> None:
        for name, driver in self.drivers.items():
            if isinstance(driver, Settling):
                driver.on_adrift = partial(self._is_adrift, name)

    def _is_adrift(self, camera: str, axes: Axes) -> None:
        self._adrift(_adrift(camera, axes))

    # --- jobs ----------------------------------------------------------------------------------------------

    def begin(self, effect: Begin) -> None:
        job = Job(effect.command, effect.due + effect.held, partial(self._finished, effect), pose=effect.step.pose)
        driver = self.drivers.get(effect.camera)
        self._jobs[effect.job] = (effect, job, driver)
        if driver is not None:
            self._ask(effect.job, lambda driver, job: driver.start(job))
        else:
            self._give_up(job, "this camera has no link")

    def never_begins(self, effect: Begin, outcome: Outcome) -> None:
        """It was ended before its camera was asked."""
        self._settle(effect, None, outcome, "")

    def end(self, effect: End) -> None:
        """The log's word for it is the effect's, also when the driver need not send a stop."""
        self._ended[effect.job] = effect.outcome
        self._ask(effect.job, lambda driver, job: driver.end(job, "stopped" if effect.stops else "superseded"))
        self._ended.pop(effect.job, None)

    def narrow(self, effect: Narrow) -> None:
        self._ask(effect.job, lambda driver, job: driver.lose_axes(job, effect.axes))

    def hold(self, effect: Hold) -> None:
        self._held.add(effect.job)
        self._ask(effect.job, lambda driver, job: driver.hold(job))

    def carry_on(self, effect: CarryOn) -> None:
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
        self._settle(begin, job, outcome, reason)
        self._report(begin.job, outcome)

    def withhold(self, effect: Withhold) -> None:
        self._settle(effect, None, effect.outcome, effect.reason)

    def _settle(self, what: Begin | Withhold, job: Job | None, outcome: Outcome, reason: str) -> None:
        """The record is made when the bytes are out: a command that was displaced at its own instant has them too."""
        now = self._clock.now()
        self._board.ended(what, outcome, reason, now)
        preset = self._called(what.camera, what.command)
        self._records.add(now, lambda stamp: CommandRecord.of(what, job, outcome, reason, self._log.ms, stamp, preset))

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
        """Open every line at the same time. A camera that does not answer is not waited for."""
        await asyncio.gather(*(driver.open() for driver in self.drivers.values()))

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
    return " and ".join(sorted(axis.replace("_", "-").removeprefix("image:") for axis in axes))
