"""One deadline that is moved: for pure code that says when it needs to run next."""

from __future__ import annotations

from collections.abc import Callable

from cuelang.clock.deadlines import Clock, Handle
from cuelang.clock.running import current


class Alarm:
    """Calls `ring` at the time it was set for, once. `clock` None: that of the loop that runs when it is set."""

    __slots__ = ("_clock", "_handle", "_ring", "due")

    def __init__(self, ring: Callable[[], object], clock: Clock | None = None) -> None:
        self._ring, self._clock = ring, clock
        self._handle: Handle | None = None
        self.due: int | None = None
        """When it rings (loop ns); None: it is not set."""

    def set(self, when: int | None) -> None:
        """Ring at `when`, and not at another time that it was set for."""
        if when == self.due:
            return
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self.due = when
        if when is not None:
            self._handle = (self._clock or current()).at(when, self._rings)

    def by(self, when: int | None) -> None:
        """Ring at `when` at the latest: it is only brought forward, so that what is put off again and again costs
        nothing. Who is called too early sets it again."""
        if when is not None and (self.due is None or when < self.due):
            self.set(when)

    def clear(self) -> None:
        self.set(None)

    def _rings(self) -> None:
        self._handle = self.due = None
        self._ring()
