"""Zoom or focus drawn frame by frame.

Every frame has its own absolute deadline, counted from the job's due time, so lateness never adds up. Frames are
computed one at a time, each after the one before has gone: sixty-four ramps may have their frames at the same instant,
and then nothing but sending should be done. A frame that the camera has not been able to take when the next is due
gives way to it; the last one always goes, and is repeated if need be.
Its completion is the end of the ramp. If that is lost, the position tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Literal

from cuelang.clock import Handle
from cuelang.commands import Job, Outcome, Pose, Ramp
from cuelang.devices.arrival import NOT_TAKEN, Arrival
from cuelang.devices.link import FOCUS, ZOOM, Link
from cuelang.models import motion
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.exchange import PATIENCE, Event, Exchange, Kind, State
from cuelang.protocols.visca.table import TABLE
from cuelang.units import MS

FRAME_LIMIT = 2000 * MS
"""How long a frame on the way is remembered; its completion is not waited for."""


class PositionRamp:
    """Plays one ramp on behalf of a job. `done(now)` when the last frame is complete, `failed` when that cannot be."""

    def __init__(
        self,
        link: Link,
        job: Job,
        axis: Literal["zoom", "focus"],
        done: Callable[[int], object],
        failed: Callable[[Outcome, str], object],
    ) -> None:
        self.running = False
        self._link = link
        self._job = job
        self._axis = axis
        # Thousands of frames a second: the codec makes the first, and each differs from it in one number only.
        self._axes = frozenset((axis,))
        self._blank = codec.encode(f"{axis}.direct", link.address, TABLE, **{axis: 0})
        (self._place,) = TABLE[f"{axis}.direct"].template.places
        self._done = done
        self._failed = failed
        self._frames: Iterator[tuple[int, int]] = iter(())
        self._next: tuple[int, int] | None = None
        self._following: tuple[int, int] | None = None
        self._ready: Exchange | None = None
        self._preparing = False
        self._held = False
        self._timer: Handle | None = None
        self._on_the_way: Exchange | None = None
        self._last: Exchange | None = None
        self._latest: bytes = b""
        self._arrival: Arrival | None = None

    @property
    def driving(self) -> bool:
        """Whether the lens runs on by itself, and a stop must end it."""
        return False

    def run(self, ramp: Ramp, start: int | None) -> None:
        """Begin. `start` None: the position of the lens is unknown, so only the last frame is sent."""
        self.running = True
        self._link.sets_going(self._axes, self._job, brief=True)
        if start is None:
            self._frames = iter(((ramp.over, ramp.target),))
        else:
            self._frames = motion.ramp_frames(
                start, ramp.target, ramp.over, ramp.rate, ramp.ease, send_start=ramp.start is not None
            )
        if self._job.frames is None:
            self._job.frames = 0
        self._next = next(self._frames)
        self._prepare()

    def hold(self) -> None:
        self._held = True
        self._drop()

    def resume(self) -> None:
        self._held = False
        if self.running and not self._preparing:
            self._prepare()

    def cancel(self) -> None:
        self._next = self._ready = None
        self._drop()
        for exchange in (self._on_the_way, self._last):
            if exchange is not None:
                self._link.forget(exchange)
        if self._arrival is not None:
            self._arrival.cancel()

    def _end(self, when: int) -> None:
        self.cancel()
        self._done(when)

    def _stands(self, when: int, sure: bool) -> None:
        last = self._last
        if not sure and last is not None and last.accepted == 0:
            self._failed("unreachable", NOT_TAKEN)
        else:
            self._end(when)

    def _drop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _prepare(self) -> None:
        """Make the next frame's exchange and wait for its time; a frame that is due already goes at once."""
        self._preparing = False
        frame = self._next
        if frame is None or self._timer is not None:
            return
        if self._ready is None:
            self._ready = self._exchange(frame[1])
            self._following = next(self._frames, None)
        if self._held:
            return
        due = self._job.due + frame[0]
        if due <= self._link.clock.now():
            self._frame()
        else:
            self._timer = self._link.clock.at(due, self._frame)

    def _exchange(self, value: int) -> Exchange:
        data = bytearray(self._blank)
        self._place.put(data, value)
        return Exchange(bytes(data), 0, self, moves=self._axes, mover=self._job)

    def _frame(self) -> None:
        """Send the frame that is due, or the latest of those that are."""
        self._timer = None
        link, job, exchange, frame = self._link, self._job, self._ready, self._next
        if exchange is None or frame is None:
            return
        now = link.clock.now()
        following = self._following
        if following is not None and job.due + following[0] <= now:
            while following is not None and job.due + following[0] <= now:
                job.skipped += 1
                frame, following = following, next(self._frames, None)
            exchange = self._exchange(frame[1])
        self._next, self._ready = following, None
        due = job.due + frame[0]
        exchange.due = due if now - due < PATIENCE // 2 else now
        job.late_max = max(job.late_max, now - due)
        before = self._on_the_way
        if before is not None and before.state is not State.ENDED:
            if before.state is State.QUEUED:
                link.forget(before)
                job.skipped += 1
            else:
                link.supersede(before)
        self._on_the_way = exchange
        if following is not None:
            exchange.limit = FRAME_LIMIT
            link.submit(exchange)
            self._preparing = True
            asyncio.get_running_loop().call_soon(self._prepare)  # other ramps' frames go first
            return
        self._last = exchange
        exchange.slow = True  # while the camera answers, a missing ACK is made up for by the position
        link.submit(exchange)
        row, target = (ZOOM, Pose(zoom=frame[1])) if self._axis == "zoom" else (FOCUS, Pose())
        self._arrival = Arrival(link, (row,), target, self._stands)
        self._arrival.set_off(now, link.model.zoom_full // 10)

    def sent(self, exchange: Exchange, now: int) -> None:
        job = self._job
        if job.sent is None:
            job.sent = now
        job.late_max = max(job.late_max, now - exchange.due)
        job.frames = (job.frames or 0) + 1
        wire, frame = job.wire, exchange.frame
        if wire and wire[-1] is self._latest:
            wire[-1] = frame
        else:
            wire.append(frame)
        self._latest = frame

    def heard(self, event: Event, now: int) -> None:
        kind, exchange, last = event.kind, event.exchange, self._last
        if kind is Kind.ACCEPTED:
            if self._job.acked is None:
                self._job.acked = now
        elif kind is Kind.COMPLETED:
            if exchange is last:
                self._end(now)
        elif kind is Kind.REFUSED:
            self._failed("refused", event.reason)
        elif exchange is last:
            self._failed("unreachable" if kind is Kind.UNREACHABLE else "timed_out", event.reason)
        elif kind is Kind.UNREACHABLE and exchange.replies == self._link.conversation.replies:
            self._failed("unreachable", event.reason)
