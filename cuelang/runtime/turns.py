"""The turn: what is to be carried out now, in which order, and when playback is woken next.

One turn of the loop has its bounds: what is left goes on in the next one, in its order. Bytes go before records, and
stops before everything else. A driver may report while it is being called (a dead line refuses at once); such reports
wait until the effects in hand are done, so playback is never entered twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from cuelang.clock import Alarm, Clock
from cuelang.commands import Outcome
from cuelang.plain import short
from cuelang.playback.effects import Begin, Effect, End, Halt, Say, Verdict
from cuelang.runtime.awaited import Awaited
from cuelang.runtime.pace import Pace
from cuelang.runtime.record_queue import RecordQueue
from cuelang.runtime.told import AT_ONCE, MakeRecord, Told
from cuelang.source import NOWHERE

ROUNDS = 1000
"""Calls of playback in one turn, where no time goes by: a circle of cues in a rehearsal."""

FIRST = (End, Halt, Verdict)
"""What goes ahead of everything after a panic or a stop."""


class Turns:
    """`ended` is called after each turn. The first turn comes after `serve`."""

    def __init__(
        self,
        told: Told,
        records: RecordQueue,
        awaited: Awaited,
        clock: Clock,
        ended: Callable[[], None],
    ) -> None:
        self._told, self._records, self._awaited, self._clock = told, records, awaited, clock
        self._playback = told.playback
        self._ended = ended
        self._carry_out: Callable[[Effect, int], None]
        self._never_begins: Callable[[Begin, Outcome], None]
        self.effects: deque[Effect] = deque()
        """What is still to be carried out, in its order."""
        self._urgent: deque[Effect] = deque()
        """What goes before it."""
        self.reports: deque[tuple[int, Outcome, int, MakeRecord]] = deque()
        """Commands that have ended, and playback does not know it yet."""
        self._pace = Pace(self._no_more, self._anew)
        self._writing = self._written = False
        """Writing is asked for; and in this turn of the loop enough has been written."""
        self.turning = False
        self._alarm = Alarm(self._wake, clock)

    def serve(self, carry_out: Callable[[Effect, int], None], never_begins: Callable[[Begin, Outcome], None]) -> None:
        """`carry_out` does what one effect says, now; `never_begins` settles a command that was ended before it
        began."""
        self._carry_out, self._never_begins = carry_out, never_begins

    @property
    def due(self) -> int | None:
        """When playback must be woken next."""
        return None if self._told.follows else self._playback.due

    @property
    def busy(self) -> bool:
        """There is more than one turn could carry."""
        return bool(self.effects or self.reports or self._urgent)

    @property
    def in_time(self) -> bool:
        """Whether the alarm is set for what is due."""
        return self._playback.due == self._alarm.due

    def stop(self) -> None:
        """Nothing is due any more."""
        self._alarm.clear()

    def report(self, job: int, outcome: Outcome, at: int, record: MakeRecord) -> None:
        """A command has ended; it was known at `at`. The record goes into the log when playback has it."""
        self._awaited.finished(job, outcome)
        self.reports.append((job, outcome, at, record))
        if not self.turning:
            self.turn(())

    def say(self, text: str, kind: Literal["note", "warning"] = "warning") -> None:
        """Something that the operator should know, on screen and in the log."""
        self.turn([Say(kind, "", short(text), NOWHERE, self._clock.now())])

    def noted(self) -> None:
        """There is a record of what was sent; it is written after the bytes of its instant."""
        if not self.turning:
            self._write_soon()

    def turn(self, effects: Sequence[Effect], *, waking: bool = False) -> None:
        """Carry out effects and what follows from them at this instant, then write it down."""
        self.effects.extend(effects)
        if self.turning:
            return
        self.turning = True
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
            self.turning = False
            self._arm()
        self._ended()

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
                self._carry_out(self._urgent.popleft(), self._clock.now())
                continue
            if self.effects:
                now = self._clock.now()
                if now >= until:
                    return False
                self._carry_out(self.effects.popleft(), now)
                continue
            due = self.due
            if not (self.reports or (due is not None and due <= began)):
                return True
            now = self._clock.now()
            asked += 1
            if now >= until or asked > ROUNDS:
                return False
            if self.reports:
                self.effects.extend(self._told.finished(*self.reports.popleft()))
            elif self._records.full or due is None:
                return False
            else:
                self._records.begin(due)
                self.effects.extend(self._told.wake(now))

    def _write_soon(self) -> None:
        """Once when this instant's bytes are out, and once in a turn of the loop if there is much."""
        if not (self._writing or self._written):
            self._writing = True
            self._clock.last(self._write)

    def _write(self) -> None:
        self._writing, began = False, self._clock.now()
        if not (self.effects or self.reports or self._urgent):
            self._records.all_out()
        self._written = self._records.write()
        self._pace.spend(self._clock.now() - began)

    def go_first(self, effects: Sequence[Effect]) -> None:
        """Put stops, and the verdict of the request, ahead of all that waits. A command that they end and that has
        not begun never begins. What they set free may begin, be ended and stopped at once: that keeps its order."""
        ahead, after = _parted(effects)
        self._urgent.extend(ahead)
        ended = {effect.job: effect.outcome for effect in self._urgent if isinstance(effect, End)}
        waiting, self.effects = self.effects, deque()
        for effect in waiting:
            if isinstance(effect, Begin) and effect.job in ended:
                self._never_begins(effect, ended[effect.job])
            else:
                self.effects.append(effect)
        self.turn(after)

    def _arm(self) -> None:
        due = self.due
        unfinished = self.effects or self.reports or self._records.ready
        if unfinished or (self._pace.behind and due is not None):
            now = self._clock.now()
            due = self._pace.not_before(now if unfinished else due, now)
        self._alarm.set(due)

    def _wake(self) -> None:
        self.turn((), waking=True)


def _parted(effects: Sequence[Effect]) -> tuple[list[Effect], list[Effect]]:
    """What of this goes first, and the rest."""
    ahead: list[Effect] = []
    after: list[Effect] = []
    begun: set[int] = set()
    busy: set[str] = set()
    for effect in effects:
        follows = (isinstance(effect, End) and effect.job in begun) or (
            isinstance(effect, Halt) and effect.camera in busy
        )
        (ahead if isinstance(effect, FIRST) and not follows else after).append(effect)
        if isinstance(effect, Begin):
            begun.add(effect.job)
            busy.add(effect.camera)
    return ahead, after
