"""A loop with a clock of its own, and the wall time of those that start at 0."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta, tzinfo

from cuelang.clock.deadlines import Clock


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop that has its clock with it."""

    def __init__(self, clock: Clock, selector: selectors.BaseSelector | None = None) -> None:
        self.clock = clock
        super().__init__(selector)


def aware(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError("the wall time at which a loop starts needs a time zone")
    return start


def shown(start: datetime, now: int, zone: tzinfo | None) -> datetime:
    return (start.astimezone(UTC) + timedelta(microseconds=now // 1000)).astimezone(zone or start.tzinfo)
