"""The real clock: an absolute timerfd, and a loop that may be early."""

from __future__ import annotations

import asyncio
import ctypes
import os
import selectors
import struct
import sys
import time
import weakref
from collections.abc import Callable
from datetime import datetime, tzinfo

from cuelang.clock.deadlines import Clock
from cuelang.clock.wall import watch_wall
from cuelang.units import MS, NS

EARLY = MS
"""How long before a deadline a show's loop wakes at first: the timer's own lateness, and one command from cold."""
EARLY_EACH = 30_000
"""What each further deadline of the same instant adds: a frame of a ramp, prepared."""
LEAST_EARLY, MOST_EARLY = 100_000, 2_000_000
EARLIER, LATER = 200_000, 2_000
"""Once too late makes it wake so much earlier, once in time so much later: it comes to one in a hundred too late."""
EARLIEST = 4_000_000
"""The most for all the deadlines of one instant."""

BEAT = 200_000_000
STALL = 500_000_000
"""A beat that is so late: the machine stood still."""
AFTERMATH = 100_000_000
"""How long after it, at least, what is read counts as having lain there: other threads hand on what they have read."""
TURNS = 64
"""The most turns for which it does: a loop that is never idle has read what lay there by then."""

_ABSOLUTE = 1
_PR_SET_TIMERSLACK = 29


def _timer() -> tuple[int, Callable[[int], None]] | None:
    """A timerfd on CLOCK_MONOTONIC and what arms it for an absolute ns; None where the system has none."""
    if sys.platform != "linux":
        return None
    if sys.version_info >= (3, 13):
        fd = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)
        return fd, lambda when: _unit(os.timerfd_settime_ns(fd, flags=os.TFD_TIMER_ABSTIME, initial=max(when, 1)))
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        create, settime = libc.timerfd_create, libc.timerfd_settime
    except AttributeError:
        return None
    timer: int = create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        return None
    spec = (ctypes.c_long * 4)()  # struct itimerspec: interval s, ns; value s, ns. A value of zero disarms.
    address = ctypes.byref(spec)

    def arm(when: int) -> None:
        spec[2], spec[3] = divmod(max(when, 1), NS)
        if settime(timer, _ABSOLUTE, address, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    return timer, arm


def _unit(_: object) -> None:
    """For a call whose answer is of no interest."""


def _least_slack() -> None:
    """Ask Linux for 1 ns of timer slack in this thread instead of 50 µs; a refusal costs only those 50 µs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)


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
        self._open = False
        self._fd = -1
        self._set_timer: Callable[[int], None] | None = None
        self._fallback: asyncio.TimerHandle | None = None
        self._beat_due: int | None = None
        self._stalled = (-AFTERMATH, 0)
        self._unread = 0
        """Turns in which the loop may still read what lay there; 0 when it has come to rest."""

    def now(self) -> int:
        now = time.monotonic_ns()
        return now if now >= self._ahead else self._ahead

    def _settle(self) -> None:
        if self._ahead == self._settled:
            return
        self._settled = self._ahead
        if time.monotonic_ns() > self._ahead:
            self._early = min(self._early + EARLIER, MOST_EARLY)
            return
        self._early = max(self._early - LATER, LEAST_EARLY)
        while time.monotonic_ns() < self._ahead:
            pass

    can_be_set = True

    def watch_wall(self, changed: Callable[[], object]) -> Callable[[], None] | None:
        return watch_wall(changed)

    def since(self, wall: int) -> int:
        return since(wall)

    def watch_stalls(self) -> None:
        """From now on `stall` knows: a beat that comes late says how long nothing was looked at."""
        self._beat(self.now())

    def _beat(self, due: int) -> None:
        now = self.now()
        self._note_stall(now, due)
        self._beat_due = now + BEAT
        self.at(self._beat_due, self._beat, self._beat_due)

    def _note_stall(self, now: int, due: int) -> None:
        if now - due > STALL:
            self._stalled = (now, now - due)
            self._unread = TURNS

    def stall(self) -> int:
        now = self.now()
        if self._beat_due is not None:
            self._note_stall(now, self._beat_due)
        at, long = self._stalled
        return long + now - at if self._unread or now - at < AFTERMATH else 0

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
        if not self._open:
            self._open_timer()
        self._armed = when
        self._lead = self._headstart(when) if self._early else 0
        machine = self._machine(when) - self._lead
        if self._set_timer is not None:
            self._set_timer(machine)
            return
        loop = asyncio.get_running_loop()
        if self._fallback is not None:
            self._fallback.cancel()
        self._fallback = loop.call_at(loop.time() + (when - self.now()) / NS, self._wake)

    def _headstart(self, when: int) -> int:
        """How long before this deadline, the next one, to wake: the longer, the more of them there are."""
        heap, crowd, look = self._heap, 0, [0]
        while look and crowd * EARLY_EACH < EARLIEST:
            place = look.pop()
            if place < len(heap) and heap[place][0] <= when:
                crowd += 1
                look += (2 * place + 1, 2 * place + 2)
        return min(self._early + (crowd - 1) * EARLY_EACH, EARLIEST)

    def _open_timer(self) -> None:
        self._open = True
        made = _timer() if self._wanted else None
        if made is None:
            return
        fd, arm = made
        try:
            asyncio.get_running_loop().add_reader(fd, self._wake)
        except NotImplementedError:  # Windows' proactor loop watches no file descriptors
            os.close(fd)
            return
        _least_slack()
        self._fd, self._set_timer = fd, arm
        weakref.finalize(self, os.close, fd)

    def _wake(self) -> None:
        if self._fd >= 0:
            try:
                os.read(self._fd, struct.calcsize("Q"))
            except BlockingIOError:
                return  # armed again since the loop saw it ready
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
