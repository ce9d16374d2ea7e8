"""One switcher on its line: events of the machine become calls, and its deadlines are kept by the clock."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol, assert_never

from msgspec import Struct

from cuelang import clock
from cuelang.commands.switching import Order, OrderOutcome, SwitcherState
from cuelang.protocols.switcher import (
    Accepted,
    Changed,
    Close,
    Finished,
    Machine,
    Note,
    Send,
    SwitcherEvent,
)
from cuelang.transports import Line
from cuelang.transports.gate import GATE


class Watcher(Protocol):
    """Receives what happens at a switcher. Nothing here may raise."""

    def switcher_changed(
        self, link: SwitcherLink, before: SwitcherState, state: SwitcherState, by: tuple[Hashable, ...]
    ) -> None:
        """Its state is another: `state`. `by` are the orders of ours under way: without one, it was done by hand."""

    def switcher_link(self, link: SwitcherLink) -> None:
        """It has answered again, or does no longer; `link.error` says why."""

    def switcher_note(self, link: SwitcherLink, text: str) -> None:
        """Something for the operator to read."""


class SentOrder(Struct):
    """An order under way."""

    accepted: Callable[[int], None]
    finished: Callable[[OrderOutcome, str, int], None]


class Unwatched:
    """The watcher of a link that is not used yet."""

    def switcher_changed(
        self, link: SwitcherLink, before: SwitcherState, state: SwitcherState, by: tuple[Hashable, ...]
    ) -> None:
        pass

    def switcher_link(self, link: SwitcherLink) -> None:
        pass

    def switcher_note(self, link: SwitcherLink, text: str) -> None:
        pass


class SwitcherLink:
    """The listener of a switcher's line. Times are loop ns. Everything is called from the event loop."""

    def __init__(self, name: str, machine: Machine, line: Line, watcher: Watcher | None = None) -> None:
        self.name = name
        self.machine = machine
        self.line = line
        self.error = ""
        self.heard: int | None = None
        """When it last said anything; None: never."""
        self.turned_away = ""
        """Why it is of no use to go on with what answers there: no such switcher, a wrong password. Empty: it is."""
        self.watcher = watcher or Unwatched()
        self._clock = clock.current()
        self._orders: dict[Hashable, SentOrder] = {}
        self._ordered = False
        """It was given an order."""
        self._alarm = clock.Alarm(self._wake, self._clock)
        line.listener = self

    @property
    def state(self) -> SwitcherState:
        return self.machine.state

    async def open(self) -> None:
        await self.line.open()

    async def close(self) -> None:
        self._alarm.clear()
        await self.line.close()

    def do(
        self,
        key: Hashable,
        order: Order,
        *,
        accepted: Callable[[int], None],
        finished: Callable[[OrderOutcome, str, int], None],
    ) -> None:
        """Carry an order out. `accepted` is called when the switcher accepted it, `finished` exactly once how it
        ended."""
        self._ordered = True
        self._orders[key] = SentOrder(accepted, finished)
        self._handle(self.machine.do(key, order, self._clock.now()))

    def forget(self, key: Hashable) -> None:
        """This order is no longer waited for. What was sent runs to its end."""
        self._orders.pop(key, None)
        self._handle(self.machine.cancel(key, self._clock.now()))

    # --- the line ---

    def line_up(self) -> None:
        self._handle(self.machine.opened(self._clock.now()))

    def line_down(self, error: str) -> None:
        closing = getattr(self.machine, "closing", None)
        told: Close | None = closing(getattr(self.line, "code", None)) if closing is not None else None
        if told is not None and not told.again:
            self.line.calm()
        if told is not None:
            self.turned_away = told.reason
        before, self.error = self.error, told.reason if told is not None else error
        was = self.state.ready
        self._handle(self.machine.lost(self._clock.now()))
        if was or self.error != before:
            self.watcher.switcher_link(self)

    def line_error(self, error: str) -> None:
        if self.error != error:
            self.error = error
            self.watcher.switcher_link(self)

    def line_data(self, data: bytes) -> None:
        self.heard = self._clock.now()
        self._handle(self.machine.receive(data, self.heard))

    # --- events ---

    def _handle(self, events: list[SwitcherEvent]) -> None:  # noqa: C901 - a case for each event
        for event in events:
            match event:
                case Send(data=data):
                    self._send(data.encode() if isinstance(data, str) else data)
                case Changed(state=state, by=by):
                    was, self._before = self._before, state
                    if state.ready and not was.ready:
                        self.error = self.turned_away = ""
                        self.watcher.switcher_link(self)
                    self.watcher.switcher_changed(self, was, state, by)
                case Accepted(key=key):
                    if (under := self._orders.get(key)) is not None:
                        under.accepted(self._clock.now())
                case Finished(key=key, outcome=outcome, reason=reason):
                    if (under := self._orders.pop(key, None)) is not None:
                        under.finished(outcome, reason, self._clock.now())
                case Close(reason=reason, again=again):
                    if not again:
                        self.line.calm()
                    self.turned_away = reason
                    self.line.restart(reason)
                    if self.error != reason:  # a line inside the process has nothing to open again
                        self.error = reason
                        self.watcher.switcher_link(self)
                case Note(text=text):
                    self.watcher.switcher_note(self, text)
                case _:
                    assert_never(event)
        self._alarm.set(self.machine.deadline)

    _before = SwitcherState()

    def _send(self, data: bytes) -> None:
        """Before the first order the messages only keep the connection and ask for the state."""
        if self._ordered:
            self.line.send(data)
            return
        with GATE.asking():
            self.line.send(data)

    def _wake(self) -> None:
        self._handle(self.machine.wake(self._clock.now()))
