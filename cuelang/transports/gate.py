"""Whether this machine may send to cameras, switchers and outputs: with a second machine, only the one that leads.

Every line asks before each piece of bytes, so that what was prepared before a machine was stopped or slept does not
leave when it wakes. For those who use a line, a shut gate is a line that is down: what they wanted to send ends as
unreachable, and what is owed goes first when the gate opens. A process is one machine, so there is one gate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

SHUT = "this machine does not lead"


class Gated(Protocol):
    """What asks the gate."""

    def gate_moved(self, *, opened: bool) -> None:
        """It is open from now on, or shut."""


class Gate:
    """Open, unless `guard` was called and what it was given says no."""

    def __init__(self) -> None:
        self._may: Callable[[], bool] | None = None
        self._shut = self._quiet = False
        self._lines: WeakSet[Gated] = WeakSet()

    def guard(self, may_send: Callable[[], bool] | None, *, quiet: bool = False) -> None:
        """From now on `may_send` decides; None: the gate is open. `quiet`: bytes that may not leave are dropped,
        and the lines do not count as down: it is for a moment, or for good."""
        self._may, self._quiet = may_send, quiet
        self.look()

    def join(self, line: Gated) -> None:
        self._lines.add(line)

    def passes(self) -> bool:
        """Whether bytes may leave at this instant."""
        if self._may is None or self._may():
            return True
        if not self._shut and not self._quiet:
            self.look()
        return False

    @property
    def shut(self) -> bool:
        """Whether the lines count as down."""
        return self._shut

    def look(self) -> None:
        """See whether it has moved, and tell the lines."""
        shut = self._may is not None and not self._quiet and not self._may()
        if shut != self._shut:
            self._shut = shut
            for line in tuple(self._lines):
                line.gate_moved(opened=not shut)


GATE = Gate()
