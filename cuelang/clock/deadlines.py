"""What all clocks share: deadlines in a heap, and how those of one instant are fired."""

from __future__ import annotations

import asyncio
import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta, tzinfo
from types import TracebackType
from typing import Any, TypeVarTuple

from cuelang.units import DAY, NS

Ts = TypeVarTuple("Ts")


TURN_NS = 6_000_000
"""How long deadlines are fired before the loop looks at its sockets."""


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
        self._instant = _Instant(self)

    @abstractmethod
    def now(self) -> int:
        """Loop time in ns: monotonic, from an arbitrary zero on a real loop, from 0 on the others."""

    @abstractmethod
    def wall(self, zone: tzinfo | None = None) -> datetime:
        """The time of day, aware; in the machine's zone (or the zone of `start`) if none is given."""

    def at(self, when: int, callback: Callable[[*Ts], object], *args: *Ts) -> Handle:
        """Call back once.

        Args:
            when: loop time in ns; as soon as possible when that is past. Of two of one instant the one that was given
                first is called first.
            callback: called on the loop with `args`. What it raises goes to the loop's handler, and the others are
                called all the same.

        Returns:
            What cancels it.
        """
        handle = Handle(self, callback, args)
        self._given += 1
        heapq.heappush(self._heap, (when, self._given, handle))
        self._arm()
        return handle

    can_be_set = False
    """Whether the wall clock can go otherwise than loop time does: it is set, or the machine sleeps."""

    def watch_wall(self, changed: Callable[[], object]) -> Callable[[], None] | None:
        """Call `changed` as soon as the wall clock was set; what is returned ends it. None: it cannot be heard."""
        return None

    def until(self, moment: datetime) -> int:
        """The loop time at which the wall clock will show `moment`, as far as can be known now."""
        ahead = moment - self.wall(UTC)
        return self.now() + ahead.days * DAY + ahead.seconds * NS + ahead.microseconds * 1000

    def since(self, wall: int) -> int:
        """How long ago the wall clock showed this (ns since 1970); negative when that is in the future."""
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=wall // 1000)
        ago = self.wall(UTC) - at
        return ago.days * DAY + ago.seconds * NS + ago.microseconds * 1000

    def watch_stalls(self) -> None:  # noqa: B027  # only real time goes on while nothing is looked at
        """From now on `stall` knows."""

    def watch_sleep(self, missing: Callable[[int], object]) -> None:  # noqa: B027
        """After `watch_stalls`: call `missing` with the ns by which the machine was away, where that were seconds."""

    def stall(self) -> int:
        """How long the loop has not looked at anything, if that was long: what is read now may be as old. It holds
        until all that lay there has been read. 0 for a loop that does not watch itself."""
        return 0

    def received(self) -> int:
        """When (loop ns) what is read now came in: now, or earlier if it may have lain there while the machine stood
        still. To be asked when it is read, not when it is worked off."""
        return self.now() - self.stall()

    async def sleep_until(self, when: int) -> None:
        """Return at `when` (loop ns)."""
        woken = asyncio.get_running_loop().create_future()
        handle = self.at(when, _set, woken)
        try:
            await woken
        finally:
            handle.cancel()

    def together(self) -> AbstractContextManager[None]:
        """What is done inside belongs to one instant: calls given to `last` wait for its end. Deadlines that are due
        at once are fired so. Sixty cameras are sent to in a third of a millisecond when the sends follow one
        another; with the work for each of them in between it takes five."""
        return self._instant if self._lasts is None else _INSIDE

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
        """Fire what is due by `now`; after `TURN_NS` what is left waits for the next wake-up, in its order."""
        heap, batch, began = self._heap, [], self.now()
        while heap and heap[0][0] <= now:
            entry = heapq.heappop(heap)
            if entry[2]._call is None:
                self._dead -= 1
            else:
                entry[2]._queued = False
                batch.append(entry)
        lasts: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._lasts = lasts
        try:
            for position, (_, _, handle) in enumerate(batch):
                call = handle._call
                if call is None:  # cancelled by an earlier one of this batch
                    continue
                if position and self.now() - began > TURN_NS:
                    self._put_back(batch[position:])
                    break
                handle._call = None
                try:
                    self._guarded(*call)
                except (SystemExit, KeyboardInterrupt):
                    self._put_back(batch[position + 1 :])
                    raise
        finally:
            self._finish(lasts)

    def _put_back(self, batch: list[tuple[int, int, Handle]]) -> None:
        for entry in batch:
            if entry[2]._call is not None:
                entry[2]._queued = True
                heapq.heappush(self._heap, entry)

    def _guarded(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            callback(*args)
        except Exception as error:  # as asyncio does with its own callbacks: one mistake stops no other deadline
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"a deadline failed: {callback!r}", "exception": error}
            )


class _Instant(AbstractContextManager[None]):
    """The outermost `together` of a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        self._clock._lasts = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lasts = self._clock._lasts
        assert lasts is not None
        self._clock._finish(lasts)


_INSIDE = nullcontext()
"""One inside another: its end is not the end of the instant."""


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
