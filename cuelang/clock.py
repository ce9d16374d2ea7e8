"""Time: the one module that reads a clock.

Everything else is given time as an argument or asks `current()`. Loop time is integer nanoseconds; one
`Clock` belongs to each running loop, in three kinds:

    real      CLOCK_MONOTONIC. asyncio's own timers round up to epoll's millisecond (0.6 ms late at p50), so
              deadlines lie in a heap of our own under one absolute timerfd that the loop reads like a socket
              (0.05 ms). Where there is no timerfd, `call_at` serves.
    paced     the same at `speed` times real time, from 0. Sockets work.
    virtual   never sleeps: when nothing is ready, time jumps to the next deadline. From 0. Two runs are
              identical. The selector is blind to sockets, and what is asked of a thread is done at once on the
              loop, since a thread would bring real time back in.

All deadlines that are due are fired in one wake-up, by instant and then in the order in which they were
given; one given while they fire waits for the next wake-up, so that no chain of them starves the sockets.

A show's loop is early: it wakes a little before a deadline and prepares, as if the time had come, what the deadline
brings. Only what leaves the process (`last`) waits for the instant itself. From sleep to the first byte a processor
with cold caches takes up to half a millisecond; that time is spent before the instant and not after it.
"""

from __future__ import annotations

import asyncio
import ctypes
import heapq
import os
import selectors
import struct
import sys
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Any, Literal, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Kind = Literal["real", "paced", "virtual"]

NS = 1_000_000_000
VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC)


class Deadlock(RuntimeError):
    """Virtual time stands still: nothing is ready, nothing is scheduled, and the program has not ended."""


class Handle:
    """A deadline that can be taken back. Cancelling twice, or after it fired, does nothing."""

    __slots__ = ("_call", "_clock", "_queued")

    def __init__(self, clock: Clock, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._clock = clock
        self._call: tuple[Callable[..., object], tuple[Any, ...]] | None = (callback, args)
        self._queued = True

    def cancel(self) -> None:
        if self._call is not None:
            self._call = None
            if self._queued:
                self._clock._one_cancelled()


class Clock(ABC):
    """The time of one loop. Only to be used from that loop's thread."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Handle]] = []
        self._given = 0
        self._dead = 0
        self._lasts: list[tuple[Callable[..., object], tuple[Any, ...]]] | None = None

    @abstractmethod
    def now(self) -> int:
        """Loop time in ns: monotonic, from an arbitrary zero on a real loop, from 0 on the others."""

    @abstractmethod
    def wall(self, zone: tzinfo | None = None) -> datetime:
        """The time of day, aware; in the machine's zone (or the zone of `start`) if none is given."""

    def at(self, when: int, callback: Callable[[*Ts], object], *args: *Ts) -> Handle:
        """Call back at `when` (loop ns); as soon as possible when that is past."""
        handle = Handle(self, callback, args)
        self._given += 1
        heapq.heappush(self._heap, (when, self._given, handle))
        self._arm()
        return handle

    def until(self, moment: datetime) -> int:
        """The loop time at which the wall clock will show `moment`, as far as can be known now."""
        ahead = moment - self.wall(UTC)
        return self.now() + (ahead.days * 86_400 + ahead.seconds) * NS + ahead.microseconds * 1000

    async def sleep_until(self, when: int) -> None:
        """Return at `when` (loop ns)."""
        woken = asyncio.get_running_loop().create_future()
        handle = self.at(when, _set, woken)
        try:
            await woken
        finally:
            handle.cancel()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done inside belongs to one instant: calls given to `last` wait for its end. Deadlines that are due
        at once are fired so. Sixty cameras are sent to in a third of a millisecond when the sends follow one
        another; with the work for each of them in between it takes five."""
        if self._lasts is not None:
            yield
            return
        self._lasts = []
        try:
            yield
        finally:
            self._finish(self._lasts)

    def _finish(self, lasts: list[tuple[Callable[..., object], tuple[Any, ...]]]) -> None:
        if lasts:
            self._settle()
        for call, args in lasts:  # the list may grow meanwhile
            self._guarded(call, args)
        self._lasts = None

    def _settle(self) -> None:  # noqa: B027  # only a loop that is early has anything to wait for
        """Wait until the time that `now` tells has come."""

    def last(self, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call back when all that belongs to this instant has been prepared; at once outside of `together`."""
        if self._lasts is None:
            callback(*args)
        else:
            self._lasts.append((callback, args))

    @property
    def pending(self) -> int:
        """Deadlines that are neither fired nor cancelled."""
        return len(self._heap) - self._dead

    @property
    def soonest(self) -> int | None:
        """The next deadline: for work that had better not be in its way."""
        return self._next()

    @abstractmethod
    def _arm(self) -> None:
        """The heap has a new entry: see that the loop wakes for it."""

    def _next(self) -> int | None:
        heap = self._heap
        while heap and heap[0][2]._call is None:
            heapq.heappop(heap)
            self._dead -= 1
        return heap[0][0] if heap else None

    def _one_cancelled(self) -> None:
        self._dead += 1
        if self._dead > 64 and self._dead * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2]._call is not None]
            heapq.heapify(self._heap)
            self._dead = 0

    def _fire(self, now: int) -> None:
        heap, batch = self._heap, []
        while heap and heap[0][0] <= now:
            handle = heapq.heappop(heap)[2]
            if handle._call is None:
                self._dead -= 1
            else:
                handle._queued = False
                batch.append(handle)
        lasts: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._lasts = lasts
        try:
            for position, handle in enumerate(batch):
                call = handle._call
                if call is None:  # cancelled by an earlier one of this batch
                    continue
                handle._call = None
                try:
                    self._guarded(*call)
                except (SystemExit, KeyboardInterrupt):
                    for left in (left for left in batch[position + 1 :] if left._call is not None):
                        self._given += 1
                        left._queued = True
                        heapq.heappush(self._heap, (now, self._given, left))
                    raise
        finally:
            self._finish(lasts)

    def _guarded(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            callback(*args)
        except Exception as error:  # as asyncio does with its own callbacks: one mistake stops no other deadline
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"a deadline failed: {callback!r}", "exception": error}
            )


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


# --- real and paced ----------------------------------------------------------------------------------------

EARLY = 1_000_000
"""How long before a deadline a show's loop wakes at first: the timer's own lateness, and one command from cold."""
EARLY_EACH = 30_000
"""What each further deadline of the same instant adds: a frame of a ramp, prepared."""
LEAST_EARLY, MOST_EARLY = 100_000, 2_000_000
EARLIER, LATER = 200_000, 2_000
"""Once too late makes it wake so much earlier, once in time so much later: it comes to one in a hundred too late."""
EARLIEST = 4_000_000
"""The most for all the deadlines of one instant."""

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
                return  # armed anew since the loop saw it ready
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


class PacedClock(RealClock):
    """Loop time runs `speed` times as fast as the machine's, from 0; the wall shows `start` + now."""

    def __init__(self, speed: float, start: datetime) -> None:
        super().__init__()
        if speed <= 0:
            raise ValueError(f"a loop cannot be paced at {speed} times real time; it must be more than 0")
        self.speed = Fraction(speed).limit_denominator(1_000_000)
        self._start = _aware(start)
        self._zero = time.monotonic_ns()

    def now(self) -> int:
        return (time.monotonic_ns() - self._zero) * self.speed.numerator // self.speed.denominator

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return _shown(self._start, self.now(), zone)

    def _machine(self, when: int) -> int:
        return self._zero - (-when * self.speed.denominator // self.speed.numerator)


class _OwnLoop(asyncio.SelectorEventLoop):
    """A loop that has its clock with it."""

    def __init__(self, clock: Clock, selector: selectors.BaseSelector | None = None) -> None:
        self.clock = clock
        super().__init__(selector)


class _PacedSelector(selectors.DefaultSelector):
    """asyncio's own timeouts are in loop time; the machine waits `speed` times less."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / self.speed)


class PacedLoop(_OwnLoop):
    def __init__(self, clock: PacedClock) -> None:
        selector = _PacedSelector()
        selector.speed = float(clock.speed)
        super().__init__(clock, selector)

    def time(self) -> float:
        return self.clock.now() / NS


# --- virtual -----------------------------------------------------------------------------------------------


class VirtualClock(Clock):
    """Time that stands until the loop moves it. `now` inside a deadline's callback is exactly its instant."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = 0
        self._start = _aware(start)

    def now(self) -> int:
        return self._now

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return _shown(self._start, self._now, zone)

    def _arm(self) -> None:
        """The selector looks at the heap before every jump."""

    def _fire_due(self) -> None:
        self._fire(self._now)


class _VirtualSelector(selectors.SelectSelector):
    """Where asyncio would sleep, virtual time jumps. Registered sockets are never looked at."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self.loop
        clock = loop.virtual
        due = clock._next()
        if timeout is None or timeout > 0:
            asyncios = None if timeout is None else clock._now + max(1, round(timeout * NS))
            if due is None and asyncios is None:
                raise Deadlock(_waiting(loop))
            clock._now = max(clock._now, min(when for when in (due, asyncios) if when is not None))
        if due is not None and due <= clock._now:
            loop.call_soon(clock._fire_due)
        return []


class VirtualLoop(_OwnLoop):
    def __init__(self, clock: VirtualClock) -> None:
        selector = _VirtualSelector()
        selector.loop = self
        self.virtual = clock
        super().__init__(clock, selector)

    def time(self) -> float:
        return self.virtual._now / NS

    def run_in_executor(self, executor: object, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Done here and now: a thread's end would come at another point of each run."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # what a thread raises belongs to whoever awaits it
            done.set_exception(error)
        return done


def _waiting(loop: asyncio.AbstractEventLoop) -> str:
    names = sorted(task.get_name() for task in asyncio.all_tasks(loop))
    return (
        "virtual time stands still: nothing is scheduled, and what is awaited can no longer come. "
        f"Waiting: {', '.join(names) or 'the main task'}."
    )


# --- for everyone ------------------------------------------------------------------------------------------


def _aware(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError("the wall time at which a loop starts needs a time zone")
    return start


def _shown(start: datetime, now: int, zone: tzinfo | None) -> datetime:
    return (start.astimezone(UTC) + timedelta(microseconds=now // 1000)).astimezone(zone or start.tzinfo)


_foreign: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Clock] = weakref.WeakKeyDictionary()


def current() -> Clock:
    """The clock of the running loop; a loop that was not made here gets a real one. RuntimeError without a loop."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, _OwnLoop):
        return loop.clock
    clock = _foreign.get(loop)
    if clock is None:
        clock = _foreign[loop] = RealClock()
    return clock


def new_loop(
    kind: Kind = "real", *, speed: float = 1.0, start: datetime | None = None, early: int = 0
) -> asyncio.AbstractEventLoop:
    """A loop of this kind, not running. `start` is the wall time at its 0: by default the present one for a paced
    loop, 2026-01-01 UTC for a virtual one; a real loop has no say in it."""
    if kind == "virtual":
        return VirtualLoop(VirtualClock(start or VIRTUAL_START))
    if kind == "paced":
        return PacedLoop(PacedClock(speed, start or datetime.now().astimezone()))
    return _OwnLoop(RealClock(early))


def run(
    main: Coroutine[Any, Any, T],
    *,
    kind: Kind = "real",
    speed: float = 1.0,
    start: datetime | None = None,
    early: int = 0,
) -> T:
    """Run `main` to its end on a new loop of this kind. Raises Deadlock where a virtual loop would hang."""
    with asyncio.Runner(loop_factory=lambda: new_loop(kind, speed=speed, start=start, early=early)) as runner:
        return runner.run(main)
