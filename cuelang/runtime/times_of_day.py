"""When the wall shows a time of day, on the loop's clock; and a watch over the wall clock, which may be set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from cuelang.clock import Clock, Handle
from cuelang.clock.zones import instant_of
from cuelang.units import HOUR, MS, NS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HALF_DAY_NS = 12 * HOUR
LOOK_NS: int | None = NS
"""How often the wall clock is looked at, for what nothing tells: a slow correction, or a system that tells nothing."""


class TimesOfDay:
    """`moved` is called with the number of ns by which the wall clock was set."""

    def __init__(self, clock: Clock, zone: tzinfo | None, moved: Callable[[int], None]) -> None:
        self._clock, self._zone, self._moved = clock, zone, moved
        self._zero = clock.until(EPOCH)
        """The loop time at which the wall clock would have shown `EPOCH`."""
        self._watching: Handle | None = None
        self._listening: Callable[[], None] | None = None

    def at(self, seconds: int, now: int) -> int:
        """When, in loop ns, the wall shows that local time of day: the last time if that was less than 12 h ago. One
        that a clock change skips is the end of the gap, as for a schedule."""
        wall = self._clock.wall(self._zone)
        zone = self._zone or wall.tzinfo or UTC
        today = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        days = (today + timedelta(days=day, seconds=seconds) for day in (-1, 0, 1))
        return next(at for local in days if (at := self._until(instant_of(local, zone))) > now - HALF_DAY_NS)

    def _until(self, moment: datetime) -> int:
        """As the wall clock was when it was last looked at; if it was set since, the next look moves all alike."""
        if not self._clock.can_be_set:
            return self._clock.until(moment)
        return self._zero + (moment - EPOCH) // timedelta(microseconds=1) * 1000

    def watch(self) -> None:
        """Times of day follow the wall clock when it is set and when the machine wakes: at once where the system tells
        of it, within a second elsewhere."""
        if self._clock.can_be_set and self._watching is None and self._listening is None:
            self._listening = self._clock.watch_wall(self._follow)
            self._look()

    def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._listening is not None:
            self._listening()
        self._watching = self._listening = None

    def _look(self) -> None:
        self._follow()
        if LOOK_NS is not None:
            self._watching = self._clock.at(self._clock.now() + LOOK_NS, self._look)

    def _follow(self) -> None:
        zero = self._clock.until(EPOCH)
        moved = zero - self._zero
        if abs(moved) > MS:
            self._zero = zero
            self._moved(moved)
