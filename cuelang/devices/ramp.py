"""Zoom or focus drawn frame by frame, and whatever else is sent as a series of places.

Every frame has its own absolute deadline, counted from the job's due time, so lateness never adds up. Frames are
computed one at a time, each after the one before has gone: sixty-four ramps may have their frames at the same instant,
and then nothing but sending should be done. A frame that the camera has not been able to take when the next is due
gives way to it; the last one always goes, and is repeated if need be.
Its completion is the end of the ramp. If that is lost, the position tells.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

from cuelang.clock import Handle
from cuelang.commands import Job, Outcome, Pose, Ramp
from cuelang.devices.arrival import ELSEWHERE, NOT_TAKEN, UNSEEN, Arrival
from cuelang.devices.link import FOCUS, PAN_TILT, ZOOM, Link
from cuelang.models import motion
from cuelang.models.easing import Leg
from cuelang.models.paths import Turn
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.encode import turn_frame
from cuelang.protocols.visca.exchange import PATIENCE_NS, Event, EventKind, Exchange, State
from cuelang.protocols.visca.table import TABLE
from cuelang.transports.gate import GATE
from cuelang.units import MS, NS

FRAME_LIMIT_NS = 2000 * MS
"""How long a frame on the way is remembered; its completion is not waited for."""
LOOK_NS = 20 * MS
"""How often is looked whether this machine, which stood still, may send again; frames wait for it."""


V = TypeVar("V")


class FrameSeries(ABC, Generic[V]):
    """Plays frames on behalf of a job: values of one axis, each at its offset. `done(now)` when the last frame is
    complete, `failed` when that cannot be."""

    brief = True
    """Each frame comes to its end by itself at once; what is left then has not to be stopped."""

    def __init__(
        self, link: Link, job: Job, axis: str, done: Callable[[int], object], failed: Callable[[Outcome, str], object]
    ) -> None:
        self.running = False
        self._link = link
        self._job = job
        self._axes = frozenset((axis,))
        self._done = done
        self._failed = failed
        self._frames: Iterator[tuple[int, V]] = iter(())
        self._next: tuple[int, V] | None = None
        self._latest: tuple[int, V] | None = None
        """The one that was sent."""
        self._following: tuple[int, V] | None = None
        self._ready: Exchange | None = None
        self._preparing = False
        self._held = self._over = False
        self._stood = -1
        """When the gate last kept a frame."""
        self._timer: Handle | None = None
        self._on_the_way: Exchange | None = None
        self._superseded: Exchange | None = None
        """What that one has taken the place of: it may still wait for its turn on the line."""
        self._last: Exchange | None = None
        self._target: V
        self._slot: int | None = None
        """Which of the job's frames on record is the last of these."""
        self._arrival: Arrival | None = None

    @abstractmethod
    def _encoded(self, value: V) -> bytes:
        """The frame that says it."""

    @abstractmethod
    def _goal(self, value: V) -> tuple[str, Pose, int]:
        """Of the last value: what to ask for the arrival, where that should be, and how long it may take from there."""

    @property
    def driving(self) -> bool:
        """Whether the axis runs on by itself, and a stop must end it."""
        return False

    def play(self, frames: Iterator[tuple[int, V]]) -> None:
        """Begin. The frames count from the job's due time; there is at least one."""
        self.running, self._over = True, False
        self._sets_going()
        self._frames = frames
        if self._job.frames is None:
            self._job.frames = 0
        self._next = next(self._frames)
        self._prepare()

    def _sets_going(self) -> None:
        self._link.sets_going(self._axes, self._job, brief=self.brief, ends=True)

    def hold(self) -> None:
        """Send no more. The last frame, when it has gone, is still carried out; unless the axis gets a stop, which is
        for those whose frames are not brief."""
        self._held = True
        self._drop()
        for exchange in (self._superseded, self._on_the_way):
            if exchange is not None and not (self.brief and exchange is self._last):
                self._link.forget(exchange)
        if self._arrival is not None and not self.brief:
            self._arrival.cancel()
            self._arrival = None

    def resume(self) -> None:
        self._held = False
        if not self.running or self._over:
            return
        self._sets_going()  # a stop of the pause is not repeated any more
        if self._last is not None:
            if self._arrival is None:
                now = self._link.clock.now()
                self._send_last(self._exchange(self._target, now), now)
        elif not self._preparing:
            self._prepare()

    def cancel(self) -> None:
        self._over = True
        self._next = self._ready = None
        self._drop()
        for exchange in (self._superseded, self._on_the_way, self._last):
            if exchange is not None:
                self._link.forget(exchange)
        if self._arrival is not None:
            self._arrival.cancel()

    def _end(self, when: int) -> None:
        self.cancel()
        self._done(when)

    def _stands(self, when: int, sure: bool) -> None:
        last = self._last
        if not sure and self._arrival is not None and self._arrival.unseen:
            self._failed("timed_out", UNSEEN)
        elif not sure and last is not None and last.accepted == 0:
            self._failed("unreachable", NOT_TAKEN)
        elif not sure and "focus" not in self._axes:
            self._failed("timed_out", ELSEWHERE)
        else:
            self._end(when)

    def _supersede(self) -> bool:
        """The frame that is on the way is not sent again. Whether it had not even left."""
        before = self._on_the_way
        if before is None or before.state is State.ENDED:
            return False
        if before.state is State.QUEUED:
            self._link.forget(before)
            return True
        if self._superseded is not None:
            self._link.supersede(self._superseded)
        self._link.supersede(before)
        self._superseded = before
        return False

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

    def _exchange(self, value: V, due: int = 0) -> Exchange:
        return Exchange(self._encoded(value), due, self, moves=self._axes, mover=self._job)

    def _frame(self) -> None:
        """Send the frame that is due, or the latest of those that are."""
        self._timer = None
        link, job, exchange, frame = self._link, self._job, self._ready, self._next
        if exchange is None or frame is None:
            return
        now = link.clock.now()
        if self._kept(now):
            self._timer = link.clock.at(now + LOOK_NS, self._frame)
            return
        following = self._following
        if following is not None and job.due + following[0] <= now:
            while following is not None and job.due + following[0] <= now:
                job.skipped += 1
                frame, following = following, next(self._frames, None)
            exchange = self._exchange(frame[1])
        self._next, self._latest, self._ready = following, frame, None
        due = job.due + frame[0]
        exchange.due = due if now - due < PATIENCE_NS // 2 else now
        job.late_max = max(job.late_max, now - due)
        if self._supersede():
            job.skipped += 1
        self._on_the_way = exchange
        if following is not None:
            exchange.limit = FRAME_LIMIT_NS
            link.submit(exchange)
            self._preparing = True
            asyncio.get_running_loop().call_soon(self._prepare)  # other ramps' frames go first
            return
        self._target = frame[1]
        self._send_last(exchange, now)

    def _send_last(self, exchange: Exchange, now: int) -> None:
        self._last = self._on_the_way = exchange
        exchange.slow = True  # while the camera answers, a missing ACK is made up for by the position
        self._link.submit(exchange)
        row, target, travel = self._goal(self._target)
        self._arrival = Arrival(self._link, (row,), target, self._stands)
        self._arrival.set_off(now, travel)

    def _complete(self, exchange: Exchange, now: int) -> None:
        """The last frame is complete. Where answers have been missing, the lens is asked whether it is so."""
        if self._arrival is None or not self._link.conversation.doubtful or "focus" in self._axes:
            self._end(now)
        else:
            self._arrival.complete(now, exchange.unsure)

    def sent(self, exchange: Exchange, now: int) -> None:
        job = self._job
        job.left(now)
        job.late_max = max(job.late_max, now - exchange.due)
        job.frames = (job.frames or 0) + 1
        if self._link.requests is not None:
            job.urls = exchange.urls  # of a ramp the last one
            return
        if self._slot is None:
            self._slot = len(job.wire)
            job.wire.append(exchange.frame)
        job.wire[self._slot] = exchange.frame

    def handle(self, event: Event, now: int) -> None:
        kind, exchange, last = event.kind, event.exchange, self._last
        if kind is EventKind.ACCEPTED:
            if self._job.acked is None:
                self._job.acked = now
        elif kind is EventKind.COMPLETED:
            if exchange is last:
                self._complete(exchange, now)
        elif kind is EventKind.REFUSED:
            self._failed("refused", event.reason)
        elif kind is EventKind.UNREACHABLE and (self._kept(now) or exchange.due <= self._stood):
            if exchange is last:
                self._last_again()
        elif exchange is last:
            self._failed("unreachable" if kind is EventKind.UNREACHABLE else "timed_out", event.reason)
        elif kind is EventKind.UNREACHABLE and exchange.replies == self._link.conversation.replies:
            self._failed("unreachable", event.reason)

    def _kept(self, now: int) -> bool:
        """Whether this machine, which stood still, may not send yet. What was under way may never have left: that says
        nothing of the camera, and the next frame takes its place."""
        if GATE.waits:
            self._stood = now
            return True
        return False

    def _last_again(self) -> None:
        if self._arrival is not None:
            self._arrival.cancel()
        self._next, self._last, self._arrival = self._latest, None, None
        self._prepare()


class PositionRamp(FrameSeries[int]):
    """Zoom or focus from where it is to a place."""

    def __init__(
        self,
        link: Link,
        job: Job,
        axis: Literal["zoom", "focus"],
        done: Callable[[int], object],
        failed: Callable[[Outcome, str], object],
    ) -> None:
        super().__init__(link, job, axis, done, failed)
        # Thousands of frames a second: the codec makes the first, and each differs from it in one number only.
        self._blank = codec.encode(f"{axis}.direct", link.address, TABLE, **{axis: 0})
        (self._place,) = TABLE[f"{axis}.direct"].template.places
        self._row = ZOOM if axis == "zoom" else FOCUS

    def run(self, ramp: Ramp, start: int | None) -> None:
        """Begin. `start` None: the position of the lens is unknown, so only the last frame is sent."""
        if self._row == ZOOM:
            here = start if ramp.start is None else self._link.state.pose.zoom
            self.brief = motion.zoom_keeps_up(self._link.model, here, ramp, start)
        if start is None:
            self.play(iter(((ramp.over, ramp.target),)))
            return
        self.play(
            motion.ramp_frames(start, ramp.target, ramp.over, ramp.rate, ramp.ease, send_start=ramp.start is not None)
        )

    def _encoded(self, value: int) -> bytes:
        data = bytearray(self._blank)
        self._place.put(data, value)
        return bytes(data)

    def _goal(self, value: int) -> tuple[str, Pose, int]:
        return self._row, Pose(zoom=value) if self._row == ZOOM else Pose(), self._link.model.zoom_full // 10


class TurnSeries(FrameSeries[Turn]):
    """Pan and tilt, from place to place. Held, the head is stopped; then what was sent last is sent again."""

    brief = False

    def _encoded(self, value: Turn) -> bytes:
        return turn_frame(self._link.model, value, self._link.address)

    def _goal(self, value: Turn) -> tuple[str, Pose, int]:
        return PAN_TILT, Pose(value.pan, value.tilt), NS // 10

    def again(self) -> None:
        """The head was stopped: it goes on to where it was going, until the next frame says otherwise."""
        before = self._on_the_way
        if before is None or self._last is not None:
            return
        now = self._link.clock.now()
        self._on_the_way = Exchange(before.frame, now, self, limit=FRAME_LIMIT_NS, moves=self._axes, mover=self._job)
        self._link.submit(self._on_the_way)


class EasedTurn(TurnSeries):
    """One place, at one speed after the other. The position says when the head has arrived: what completes may be a
    frame before."""

    def begin(self, goal: tuple[int, int], series: tuple[Leg, ...], arrives: int, since: int) -> None:
        """`arrives`: how long the last leg takes (ns); `since`: how long after the job's due time they count from."""
        self._takes = arrives
        self.play(iter([(since + leg.at, Turn(*goal, leg.pan_speed, leg.tilt_speed)) for leg in series]))

    def _goal(self, value: Turn) -> tuple[str, Pose, int]:
        return PAN_TILT, Pose(value.pan, value.tilt), self._takes

    def handle(self, event: Event, now: int) -> None:
        if event.kind is EventKind.COMPLETED and event.exchange is self._last and self._arrival is not None:
            self._arrival.complete(now)
        else:
            super().handle(event, now)
