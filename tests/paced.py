"""Loops that run faster or slower than the machine's time."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any, TypeVar

from cuelang.clock.loops import OwnLoop, aware, shown
from cuelang.clock.real import RealClock
from cuelang.units import NS

T = TypeVar("T")


class PacedClock(RealClock):
    """Loop time runs `speed` times as fast as the machine's, from 0; the wall shows `start` + now."""

    def __init__(self, speed: float, start: datetime) -> None:
        super().__init__()
        if speed <= 0:
            raise ValueError(f"a loop cannot be paced at {speed} times real time; it must be more than 0")
        self.speed = Fraction(speed).limit_denominator(1_000_000)
        self._start = aware(start)
        self._zero = time.monotonic_ns()

    can_be_set = False

    def since(self, wall: int) -> int:
        return (time.time_ns() - wall) * self.speed.numerator // self.speed.denominator

    def now(self) -> int:
        return (time.monotonic_ns() - self._zero) * self.speed.numerator // self.speed.denominator

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return shown(self._start, self.now(), zone)

    def _machine(self, when: int) -> int:
        return self._zero - (-when * self.speed.denominator // self.speed.numerator)


class _PacedSelector(selectors.DefaultSelector):
    """asyncio's own timeouts are in loop time; the machine waits `speed` times less."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / self.speed)


class PacedLoop(OwnLoop):
    def __init__(self, clock: PacedClock) -> None:
        selector = _PacedSelector()
        selector.speed = float(clock.speed)
        super().__init__(clock, selector)

    def time(self) -> float:
        return self.clock.now() / NS


def run(main: Coroutine[Any, Any, T], *, speed: float, start: datetime) -> T:
    """Run `main` to its end, `speed` times as fast as the machine's time, with real sockets."""
    with asyncio.Runner(loop_factory=lambda: PacedLoop(PacedClock(speed, start))) as runner:
        return runner.run(main)
