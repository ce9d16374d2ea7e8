"""A clock for tests whose wall can be set, as a time server does, or a lid that is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVarTuple

from cuelang.clock import Clock, Handle

Ts = TypeVarTuple("Ts")


class Set(Clock):
    """Virtual time under a wall clock that is set."""

    can_be_set = True

    def __init__(self, inner: Clock) -> None:
        super().__init__()
        self.inner = inner
        self.step = timedelta()
        self.told: list[Callable[[], object]] = []
        """Callbacks that run at once when it is set."""

    def set_by(self, step: timedelta) -> None:
        self.step += step
        for told in self.told:
            told()

    def watch_wall(self, changed: Callable[[], object]) -> Callable[[], None]:
        self.told.append(changed)
        return lambda: self.told.remove(changed)

    def now(self) -> int:
        return self.inner.now()

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return (self.inner.wall(UTC) + self.step).astimezone(zone)

    def at(self, when: int, callback: Callable[[*Ts], object], *args: *Ts) -> Handle:
        return self.inner.at(when, callback, *args)

    def _arm(self) -> None:
        raise AssertionError("the inner clock keeps the deadlines")
