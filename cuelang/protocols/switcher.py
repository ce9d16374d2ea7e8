"""How an order is carried out at a video switcher, whatever it speaks. Pure: bytes and texts in, events out.

An order takes several steps, each of which waits for what the switcher says: wait until no transition runs, choose
the transition, start it, wait until it has ended, put the person's own transition back. Each is written as a
procedure, a generator that yields what it waits for:

    accepted = yield Until(lambda: self._acked(number), ACCEPT_NS)

The machine looks at every wait again whenever something came in or a limit has passed, and sends the generator
whether it was met in time. The value that a procedure returns is the outcome of the order.

Orders that change program supersede one another; the stream, the recording and requests in the switcher's own words
run beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands.switching import MIXES, Order, OrderOutcome, SwitcherState
from cuelang.units import NS

ACCEPT_NS = NS
"""A request that the switcher has not taken by then has not reached it."""
SETTLE_NS = 5 * NS
"""How long an order waits for a running transition to end."""
REPORT_NS = 2 * NS
"""How much longer than its transition a new program may take to be reported."""
OUTPUT_NS = 20 * NS
"""How long a stream or a recording may take to start or stop."""


class Send(Struct, frozen=True):
    """Hand this to the line: one datagram, one line of text, or one message."""

    data: bytes | str


class Changed(Struct, frozen=True):
    """The state is another one than before. `by` are the orders that were being carried out when it changed."""

    state: SwitcherState
    by: tuple[Hashable, ...]


class Accepted(Struct, frozen=True):
    """The switcher has taken the order."""

    key: Hashable


class Finished(Struct, frozen=True):
    """The order is over, with a reason unless it is completed."""

    key: Hashable
    outcome: OrderOutcome
    reason: str = ""


SAID = 60
"""Characters that are shown of what a stranger says."""


class Close(Struct, frozen=True):
    """Close the connection and say why. `again`: whether it is worth trying again soon; if not, what is wrong has to be
    put right by a person first."""

    reason: str
    again: bool = True


class Note(Struct, frozen=True):
    """Something that an operator should read."""

    text: str


SwitcherEvent = Send | Changed | Accepted | Finished | Close | Note


class Until(Struct, frozen=True):
    """What a procedure waits for, `limit` ns at most (None: as long as it takes)."""

    met: Callable[[], bool]
    limit: int | None


class Ended(Struct, frozen=True):
    """How an order ended."""

    outcome: OrderOutcome
    reason: str = ""


COMPLETED = Ended("completed")
UNREACHABLE = Ended("unreachable", "the switcher does not respond")

Procedure = Generator[Until, bool, Ended]


class _Job(Struct, eq=False):
    key: Hashable
    order: Order
    steps: Procedure
    met: Callable[[], bool]
    until: int | None


class Machine:
    """The controller's end of one switcher. Subclasses speak its protocol: they set `self.state` by `_says`, put
    what is to be sent into `self._out`, and write `_procedure` for each order.

    Every public method returns the events in the order in which they are to be handled.
    """

    def __init__(self) -> None:
        self.state = SwitcherState()
        self._now = 0
        self._out: list[SwitcherEvent] = []
        self._jobs: list[_Job] = []

    # --- for the link ---

    def opened(self, now: int) -> list[SwitcherEvent]:
        """The connection is open."""
        self._now = now
        self._open()
        return self._settle()

    def lost(self, now: int) -> list[SwitcherEvent]:
        """The connection is gone, and with it every order that was under way. What it said last stays."""
        self._now = now
        for job in self._jobs[:]:
            self._end(job, UNREACHABLE)
        self._says(ready=False)
        self._lost()
        return self._settle()

    def receive(self, data: bytes | str, now: int) -> list[SwitcherEvent]:
        """A datagram, a part of a stream, or a message of the switcher. Never raises."""
        self._now = now
        self._receive(data)
        return self._settle()

    def do(self, key: Hashable, order: Order, now: int) -> list[SwitcherEvent]:
        """Carry an order out. `key` names it in the events."""
        self._now = now
        if not self.state.ready:
            self._out.append(Finished(key, UNREACHABLE.outcome, UNREACHABLE.reason))
            return self._events()
        if isinstance(order, MIXES):
            for job in self._jobs[:]:
                if isinstance(job.order, MIXES):
                    self._end(job, Ended("superseded", "a newer cut, dissolve or take"))
        steps = self._procedure(key, order)
        job = _Job(key, order, steps, _never, None)
        self._jobs.append(job)
        self._advance(job, None)
        return self._settle()

    def cancel(self, key: Hashable, now: int) -> list[SwitcherEvent]:
        """Forget an order of which nothing was sent yet; what was sent runs to its end unwatched."""
        self._now = now
        for job in self._jobs[:]:
            if job.key == key:
                self._end(job, None)
        return self._settle()

    def wake(self, now: int) -> list[SwitcherEvent]:
        """Call this at `deadline` or a little later."""
        self._now = now
        self._wake()
        return self._settle()

    @property
    def deadline(self) -> int | None:
        """When `wake` must be called, in the ns of `now`."""
        times = [job.until for job in self._jobs if job.until is not None]
        own = self._due()
        if own is not None:
            times.append(own)
        return min(times, default=None)

    def resolve(self, source: str) -> str | None:
        """The name under which `state` knows a source of a sheet; None: the switcher has none like it."""
        return source if source in self.state.names else None

    def called(self, source: str | None) -> str:
        """What an operator calls a source that `state` knows."""
        return "nothing" if source is None else self.state.names.get(source) or source

    # --- for the protocols ---

    def _to_take(self, source: str | None) -> str | Ended:
        """What a take brings to program, or how it is over before anything is sent. `source` as `state` knows it, None:
        whatever is on preview."""
        preview = self.state.preview
        if source is not None and self.state.program == source:
            return COMPLETED
        if source is not None and preview != source:
            return Ended("refused", f"{self.called(preview)} is on preview, not {self.called(source)}")
        return preview if preview is not None else Ended("refused", "nothing is on preview")

    def _open(self) -> None:
        raise NotImplementedError

    def _receive(self, data: bytes | str) -> None:
        raise NotImplementedError

    def _procedure(self, key: Hashable, order: Order) -> Procedure:
        raise NotImplementedError

    def _lost(self) -> None:
        """The connection is gone: forget what belonged to it."""

    def _wake(self) -> None:
        """Time has passed."""

    def _due(self) -> int | None:
        """When the protocol itself must be woken."""
        return None

    def _rest(self) -> None:
        """No order that changes program is under way: put back what was borrowed."""

    def _says(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self._out.append(Changed(state, tuple(job.key for job in self._jobs)))

    def _send(self, data: bytes | str) -> None:
        self._out.append(Send(data))

    def _quiet(self) -> Procedure | Generator[Until, bool, Ended | None]:
        """Wait until no transition runs. Returns how the order ends if it cannot be carried out, else None."""
        if self.state.handle:
            return Ended("refused", "the T-bar is not at its end")
        met = yield Until(lambda: not self.state.transition or self.state.handle, SETTLE_NS)
        if not met:
            return Ended("refused", "another transition is running")
        return Ended("refused", "the T-bar is not at its end") if self.state.handle else None

    # --- inside ---

    def _settle(self) -> list[SwitcherEvent]:
        moved = True
        while moved:
            moved = False
            for job in self._jobs[:]:
                if job not in self._jobs:
                    continue
                if job.met():
                    self._advance(job, True)
                    moved = True
                elif job.until is not None and self._now >= job.until:
                    self._advance(job, False)
                    moved = True
        if not any(isinstance(job.order, MIXES) for job in self._jobs) and self.state.ready:
            self._rest()
        return self._events()

    def _advance(self, job: _Job, answer: bool | None) -> None:
        try:
            wait = next(job.steps) if answer is None else job.steps.send(answer)
        except StopIteration as stop:
            self._end(job, stop.value)
        else:
            job.met, job.until = wait.met, None if wait.limit is None else self._now + wait.limit

    def _end(self, job: _Job, ended: Ended | None) -> None:
        job.steps.close()
        self._jobs.remove(job)
        if ended is not None:
            self._out.append(Finished(job.key, ended.outcome, ended.reason))

    def _events(self) -> list[SwitcherEvent]:
        out, self._out = self._out, []
        return out


def _never() -> bool:
    return False
