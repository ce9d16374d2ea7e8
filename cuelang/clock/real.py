"""The real clock: a timer for an instant, and a loop that may be early."""

from __future__ import annotations

import selectors
import time
import weakref
from collections.abc import Callable
from datetime import datetime, tzinfo

from cuelang.clock.deadlines import Clock
from cuelang.clock.timers import Timer, monotonic_ns, open_timer
from cuelang.clock.wall import watch_wall
from cuelang.units import MS

EARLY_NS = MS
"""How long before a deadline a show's loop wakes at first: the timer's own lateness, and one command from cold."""
EARLY_EACH_NS = 30_000
"""What each further deadline of the same instant adds: a frame of a ramp, prepared."""
LEAST_EARLY, MOST_EARLY = 100_000, 2_000_000
EARLIER, LATER = 200_000, 2_000
"""Once too late makes it wake so much earlier, once in time so much later: it comes to one in a hundred too late."""
EARLIEST_NS = 4_000_000
"""The most for all the deadlines of one instant."""

BEAT_NS = 200_000_000
STALL_NS = 500_000_000
"""A beat that is so late: the machine stood still."""
SLEEP_NS = 3_000_000_000
"""So much that the wall clock went on between two beats: the machine slept, or its clock was set ahead."""
AFTERMATH_NS = 100_000_000
"""How long after it, at least, what is read counts as having lain there: other threads hand on what they have read."""
TURNS = 64
"""The most turns for which it does: a loop that is never idle has read what lay there by then."""


def since(wall: int) -> int:
    """How long ago this machine's wall clock showed this (ns since 1970), as of a file that was written then."""
    return time.time_ns() - wall


class WatchfulSelector(selectors.DefaultSelector):
    """Tells its clock when all that lay there has been read."""

    def __init__(self, clock: RealClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._clock.unread:
            ready = super().select(0)
            self._clock.turned(rests=not ready and (timeout is None or timeout > 0))
            if ready:
                return ready
        return super().select(timeout)


class RealClock(Clock):
    """`early`: wake this many ns before a deadline to prepare it, and then learn how many it takes; what is left
    is waited out busily. 0: never before its time."""

    def __init__(self, early: int = 0, *, timerfd: bool = True) -> None:
        super().__init__()
        self._early = early
        self._lead = 0
        self._ahead = self._settled = 0
        self._wanted = timerfd
        self._armed: int | None = None
        self._firing = False
        self._timer: Timer | None = None
        self._beat_due: int | None = None
        self._stalled = (-AFTERMATH_NS, 0)
        self._wall = 0
        self._missing: Callable[[int], object] | None = None
        self._unread = 0
        """Turns in which the loop may still read what lay there; 0 when it has come to rest."""

    def now(self) -> int:
        return max(monotonic_ns(), self._ahead)

    def _settle(self) -> None:
        if self._ahead == self._settled:
            return
        self._settled = self._ahead
        if monotonic_ns() > self._ahead:
            self._early = min(self._early + EARLIER, MOST_EARLY)
            return
        self._early = max(self._early - LATER, LEAST_EARLY)
        while monotonic_ns() < self._ahead:
            pass

    can_be_set = True

    def watch_wall(self, changed: Callable[[], object]) -> Callable[[], None] | None:
        return watch_wall(changed)

    def since(self, wall: int) -> int:
        return time.time_ns() - wall

    def watch_stalls(self) -> None:
        """From now on `stall` knows: a beat that comes late says how long nothing was looked at."""
        self._wall = time.time_ns()
        self._beat(self.now())

    def watch_sleep(self, missing: Callable[[int], object]) -> None:
        self._missing = missing

    def _beat(self, due: int) -> None:
        now = self.now()
        self._note_stall(now, due)
        self._note_sleep(time.time_ns())
        self._beat_due = now + BEAT_NS
        self.at(self._beat_due, self._beat, self._beat_due)

    def _note_sleep(self, wall: int) -> None:
        """Some systems' monotonic clocks go on while the machine sleeps, and others' do not; the wall clock does."""
        away, self._wall = wall - self._wall - BEAT_NS, wall
        if away >= SLEEP_NS and self._missing is not None:
            self._missing(away)

    def _note_stall(self, now: int, due: int) -> None:
        if now - due > STALL_NS:
            self._stalled = (now, now - due)
            self._unread = TURNS

    def stall(self) -> int:
        now = self.now()
        if self._beat_due is not None:
            self._note_stall(now, self._beat_due)
        at, long = self._stalled
        return long + now - at if self._unread or now - at < AFTERMATH_NS else 0

    @property
    def unread(self) -> bool:
        """Whether the loop may still read what lay there while the machine stood still."""
        return self._unread > 0

    def turned(self, *, rests: bool) -> None:
        """The loop begins a turn; `rests`: it had nothing to do, and nothing was there to be read."""
        self._unread = 0 if rests else max(0, self._unread - 1)

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return datetime.now(zone) if zone is not None else datetime.now().astimezone()

    def _machine(self, when: int) -> int:
        """Loop time to the machine's monotonic clock."""
        return when

    def _arm(self) -> None:
        if self._firing:
            return
        when = self._next()
        if when is None or when == self._armed:
            return
        if self._timer is None:
            self._timer = open_timer(self._wake, timerfd=self._wanted)
            weakref.finalize(self, self._timer.close)
        self._armed = when
        self._lead = self._headstart(when) if self._early else 0
        self._timer.set(self._machine(when) - self._lead)

    def _headstart(self, when: int) -> int:
        """How long before this deadline, the next one, to wake: the longer, the more of them there are."""
        heap, crowd, look = self._heap, 0, [0]
        while look and crowd * EARLY_EACH_NS < EARLIEST_NS:
            place = look.pop()
            if place < len(heap) and heap[place][0] <= when:
                crowd += 1
                look += (2 * place + 1, 2 * place + 2)
        return min(self._early + (crowd - 1) * EARLY_EACH_NS, EARLIEST_NS)

    def _wake(self) -> None:
        self._armed = None
        self._firing = True
        try:
            now = self.now()
            if self._lead and (when := self._next()) is not None and 0 < when - now <= self._lead:
                self._ahead = now = when
            self._fire(now)
        finally:
            self._firing = False
            self._arm()
