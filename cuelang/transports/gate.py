"""What this machine may send to cameras, switchers and outputs: with a second machine, only the one that leads sends.

Every line asks before each piece of bytes, so that what was prepared before a machine was stopped or slept does not
leave when it wakes. The gate is

    open        everything passes
    questions   what only asks passes: a machine that follows knows which cameras and switchers it reaches, and has
                those lines ready. Nothing that moves, lights, cuts or sets anything does
    closed      nothing passes

A question is what its sender says is one (`asking`); anything else is not. For those who use a line, a closed gate is
a line that is down: what they wanted to send ends as unreachable, and what is owed goes first when the gate opens. A
process is one machine, so there is one gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol
from weakref import WeakSet

SHUT = "this machine does not lead"

Pass = Literal["open", "questions", "closed"]


def _never() -> bool:
    return False


class Gated(Protocol):
    """What asks the gate."""

    def gate_moved(self, *, opened: bool) -> None:
        """Something passes from now on, or nothing."""


class Gate:
    """Open, unless `guard` was called and what it was given says no."""

    def __init__(self) -> None:
        self._may: Callable[[], bool] | None = None
        self._asks: Callable[[], bool] = _never
        self._shut = self._quiet = self._asking = False
        self._lines: WeakSet[Gated] = WeakSet()

    def guard(
        self, may_send: Callable[[], bool] | None, *, may_ask: Callable[[], bool] = _never, quiet: bool = False
    ) -> None:
        """From now on `may_send` decides; None: the gate is open. `may_ask`: whether questions pass when nothing else
        does. `quiet`: bytes that may not leave are dropped, and the lines do not count as down: it is for a moment, or
        for good."""
        self._may, self._asks, self._quiet = may_send, may_ask, quiet
        self.look()

    def join(self, line: Gated) -> None:
        self._lines.add(line)

    @property
    def state(self) -> Pass:
        """At this instant."""
        if self._may is None or self._may():
            return "open"
        return "questions" if self._asks() else "closed"

    @contextmanager
    def asking(self) -> Iterator[None]:
        """What is sent in this block only asks. Nothing may be awaited in it."""
        before, self._asking = self._asking, True
        try:
            yield
        finally:
            self._asking = before

    @property
    def is_asking(self) -> bool:
        """For a line that keeps what it is to send: whether that only asks."""
        return self._asking

    def passes(self, *, asks: bool = False) -> bool:
        """Whether bytes may leave at this instant. `asks`: they only ask."""
        state = self.state
        if state == "open" or (state == "questions" and (asks or self._asking)):
            return True
        if state == "closed" and not self._shut and not self._quiet:
            self.look()
        return False

    @property
    def waits(self) -> bool:
        """Whether nothing passes and no line counts as down: it is for a moment, and frames in a row may wait."""
        return self._quiet and self.state != "open"

    @property
    def shut(self) -> bool:
        """Whether the lines count as down."""
        return self._shut

    def look(self) -> None:
        """See whether it has moved, and tell the lines."""
        shut = not self._quiet and self.state == "closed"
        if shut != self._shut:
            self._shut = shut
            for line in tuple(self._lines):
                line.gate_moved(opened=not shut)


GATE = Gate()
