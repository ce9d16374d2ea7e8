"""Jobs that go to a place.

    MoveTask     send the frames, and then wait until the camera has arrived
    RampTask    one frame after the other; only the last one has to be taken
    TimedMoveTask      a pan-tilt frame at the speed that makes it arrive in time, and a zoom ramp beside it

A pan-tilt position on the wire needs both axes. One that the command leaves out is where the camera has been sent, or
where it says it is, or where the plan expects it, in this order.
"""

from __future__ import annotations

from msgspec.structs import replace

from cuelang.commands import (
    NO_AXES,
    PAN_TILT,
    ZOOM,
    Axes,
    Home,
    Job,
    MoveBy,
    MoveTo,
    Outcome,
    Pose,
    Ramp,
    Recall,
    ZoomTo,
)
from cuelang.devices import link as links
from cuelang.devices.arrival import ELSEWHERE, NOT_TAKEN, UNSEEN, Arrival
from cuelang.devices.link import ANSWER_WITHIN_NS, Link
from cuelang.devices.poses import both, differ, first, parts, pick
from cuelang.devices.ramp import EasedTurn, PositionRamp
from cuelang.devices.speed_ramp import SpeedRamp
from cuelang.devices.tasks import OnEnded, Plain, Task
from cuelang.models import easing, motion
from cuelang.protocols.visca import encode
from cuelang.protocols.visca.encode import ViscaMessage
from cuelang.protocols.visca.exchange import Exchange

HOMING = 12
"""The speed step at which a camera is supposed to go home; no maker says."""


class MoveTask(Plain):
    """Something goes to a place: done when it has arrived there."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int = 0) -> None:
        super().__init__(link, job, ended, released)
        self._arrival: Arrival | None = None
        self._from = Pose()
        self._asking = False
        self._frames: list[tuple[str, Exchange]] = []
        """What was sent for which axis."""

    def begin(self, now: int) -> None:
        command = self.job.command
        self._from = self.link.state.pose
        if isinstance(command, MoveTo) and command.pose.one_sided and not both(self.link.aim):
            self._asking = True
            self.link.ask(links.PAN_TILT, self._placed, ANSWER_WITHIN_NS)
        else:
            self._go(self.link.aim, now)

    def _placed(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over or not self._asking:
            return
        self._asking = False
        pose = Pose(fields["pan"], fields["tilt"]) if fields else first(self.job.pose, self.link.state.pose)
        self._go(pose, now)

    def _go(self, pose: Pose, now: int) -> None:
        messages = self.encoded(pose)
        if messages is None:
            return
        goal = self.job.command.axes if isinstance(self.job.command, MoveTo) else NO_AXES
        if goal:
            messages = tuple(message for message in messages if message.axis not in self.job.lost)
        if goal - self.job.lost - {message.axis for message in messages}:
            self.finish("refused", "the camera's position is unknown")
            return
        self._aim(pose)
        rows, target = self._where()
        command = self.job.command
        silent, timed = self._silent, isinstance(command, Recall) and command.over is not None
        self._arrival = Arrival(self.link, rows, target, self._arrived, silent=silent, timed=timed)
        self._arrival.lose_axes(self.job.lost)
        travel = self._travel(target)
        self.limit = motion.given(self._longest() if travel is None else travel)
        self.launch(messages, now)
        if not self.over:
            self._arrival.set_off(now, travel)

    @property
    def _silent(self) -> bool:
        return self.link.silent("preset.recall" if isinstance(self.job.command, Recall) else "")

    def slow(self, message: ViscaMessage) -> bool:
        return message.axis != ""

    def send(self, message: ViscaMessage, due: int, *, slow: bool = False, urgent: bool = False) -> Exchange:
        exchange = super().send(message, due, slow=slow, urgent=urgent)
        self._frames.append((message.axis, exchange))
        return exchange

    def lose_axes(self, axes: Axes, now: int) -> None:
        if isinstance(self.job.command, Recall):
            if PAN_TILT in axes and self.job.sent is None:
                self.finish("superseded")  # it would take back what the newer command has
        else:
            self._forget(axes)
        if self._arrival is not None:
            self._arrival.lose_axes(axes)
            if not self._open:
                self._arrival.complete(now)

    def _forget(self, axes: Axes) -> None:
        """Send nothing more for these axes, and wait for no reply to what has been sent."""
        for axis, exchange in self._frames:
            if axis in axes and exchange in self._open:
                self._open.remove(exchange)
                self.link.forget(exchange)

    def _aim(self, pose: Pose) -> None:
        if PAN_TILT in self.job.lost:
            return
        command, aim = self.job.command, self.link.aim
        if isinstance(command, MoveTo):
            goal = command.pose
            if PAN_TILT in goal.axes:
                aim = Pose(pick(goal.pan, pose.pan), pick(goal.tilt, pose.tilt), aim.zoom)
            self.link.aim = Pose(aim.pan, aim.tilt, pick(goal.zoom, aim.zoom))
        elif isinstance(command, Home):
            self.link.aim = Pose(0, 0, aim.zoom)
        elif isinstance(command, ZoomTo):
            self.link.aim = replace(aim, zoom=command.position)
        else:
            self.link.aim = Pose()

    def _where(self) -> tuple[tuple[str, ...], Pose]:
        """What to ask for the arrival, and where it should be, as far as that is known."""
        command = self.job.command
        match command:
            case MoveTo(pose=pose):
                rows = ((links.PAN_TILT,) if PAN_TILT in pose.axes else ()) + (
                    (links.ZOOM,) if ZOOM in pose.axes else ()
                )
                return rows, pose
            case Recall(pose=pose):
                return (links.PAN_TILT, links.ZOOM), pose or Pose()
            case ZoomTo(position=position):
                return (links.ZOOM,), Pose(zoom=position)
            case MoveBy(pan=pan, tilt=tilt) if both(self._from):
                return (links.PAN_TILT,), Pose((self._from.pan or 0) + pan, (self._from.tilt or 0) + tilt)
            case Home():
                return (links.PAN_TILT,), Pose(0, 0)
            case _:
                return (links.PAN_TILT,), Pose()

    def _travel(self, target: Pose) -> int | None:
        command, model = self.job.command, self.link.model
        start = first(self.job.pose, self._from)
        match command:
            case MoveTo() | MoveBy():
                speeds = command.pan_speed, command.tilt_speed
            case Recall(over=int(over)):
                return over
            case Recall() if self.link.preset_speed is not None:
                speeds = self.link.preset_speed, self.link.preset_speed
            case Recall():
                return None
            case _:
                speeds = HOMING, HOMING
        goals = zip(parts(start), parts(target), strict=True)
        if target == Pose() or any(here is None and there is not None for here, there in goals):
            return None
        return motion.travel(model, start, target, *speeds)

    def _longest(self) -> int:
        """How long the longest way takes at the speed of this move."""
        command = self.job.command
        match command:
            case MoveTo() | MoveBy():
                speeds = command.pan_speed, command.tilt_speed
            case Recall(over=int(over)):
                return over
            case Recall():
                speed = self.link.preset_speed or command.speed or 1  # the camera's own speed is unknown
                speeds = speed, speed
            case _:
                speeds = HOMING, HOMING
        return motion.longest(self.link.model, *speeds)

    def completed(self, exchange: Exchange, now: int) -> None:
        if not self._open and self._arrival is not None:
            self._arrival.complete(now, self._unsure)

    def _arrived(self, when: int, sure: bool) -> None:
        self._forget_aim()
        if sure or self._believable():
            self.finish("completed", self.job.reason, when)

    def _forget_aim(self) -> None:
        if PAN_TILT not in self.job.lost:
            self.link.aim = Pose()

    def _believable(self) -> bool:
        """Whether a camera at rest, not at its target and without a completion, may have done what it was told;
        if not, the job is finished with what is wrong."""
        _, target = self._where()
        if self._arrival is not None and self._arrival.unseen:
            self.finish("timed_out", UNSEEN)
        elif self.job.acked is None and self.link.state.pose == self._from:
            self.finish("unreachable", NOT_TAKEN)
        elif target != Pose():
            self.finish("timed_out", ELSEWHERE)
        return not self.over

    def withdraw(self) -> None:
        super().withdraw()
        self._asking = False
        if self._arrival is not None:
            self._arrival.cancel()
            self._arrival = None

    def hold(self, now: int) -> None:
        moving = self.moving
        self.withdraw()
        if moving:
            self.link.halt(moving)

    def resume(self, now: int) -> None:
        self._floor = now
        if isinstance(self.job.command, Recall) and self.job.lost:
            self.finish("superseded", "recalling it again would undo newer commands")
        elif isinstance(self.job.command, MoveBy) and self.job.sent is not None:
            self._asking = True
            self.link.ask(links.PAN_TILT, self._rest, ANSWER_WITHIN_NS)
        else:
            self.begin(now)

    def _rest(self, fields: dict[str, int] | None, now: int) -> None:
        """Send what is left of a relative move: repeating it whole would go too far."""
        command, start = self.job.command, self._from
        if self.over or not self._asking or not isinstance(command, MoveBy):
            return
        self._asking = False
        if fields is None or start.pan is None or start.tilt is None:
            self.finish("stopped", "its position when paused is unknown")
            return
        self.job.planned(Pose(fields["pan"], fields["tilt"]))
        goal = Pose(start.pan + command.pan, start.tilt + command.tilt)
        rest = MoveTo(goal, command.pan_speed, command.tilt_speed)
        self._arrival = Arrival(self.link, (links.PAN_TILT,), goal, self._arrived, silent=self._silent)
        travel = motion.travel(
            self.link.model, Pose(fields["pan"], fields["tilt"]), goal, command.pan_speed, command.tilt_speed
        )
        self.limit = motion.given(travel)
        self.launch(encode.messages(rest, self.link.model, address=self.link.address), now)
        if self._arrival is not None:
            self._arrival.set_off(now, travel)


class RampTask(Task):
    """Zoom or focus, frame by frame."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int, command: Ramp) -> None:
        super().__init__(link, job, ended, released)
        self._ramp = command
        kind = SpeedRamp if command.by == "speed" and command.axis == "zoom" else PositionRamp
        self._ramper = kind(link, job, command.axis, self._done, self.failed)

    def begin(self, now: int) -> None:
        if self._ramp.start is not None:
            self._ramper.run(self._ramp, self._ramp.start)
            return
        row = links.ZOOM if self._ramp.axis == "zoom" else links.FOCUS
        self.link.ask(row, self._placed, ANSWER_WITHIN_NS)

    def _placed(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over:
            return
        start = fields[self._ramp.axis] if fields else None
        if start is None and self._ramp.axis == "zoom":
            start = first(self.job.pose, self.link.state.pose).zoom
        if start is not None and self._ramp.axis == "zoom":
            self.job.planned(Pose(zoom=start))
        self._ramper.run(self._ramp, start)

    def _done(self, now: int) -> None:
        self.finish("completed", done=now)

    def failed(self, outcome: Outcome, reason: str) -> None:
        self._driven = frozenset((ZOOM,)) if self._ramper.driving else NO_AXES
        super().failed(outcome, reason)

    @property
    def moving(self) -> Axes:
        """A lens that is driven: a ramp that gets no more frames stops."""
        return super().moving | (frozenset((ZOOM,)) if self._ramper.driving else NO_AXES)

    def withdraw(self) -> None:
        super().withdraw()
        self._ramper.cancel()

    def hold(self, now: int) -> None:
        self._ramper.hold()
        moving = self.moving
        if moving:
            self.link.halt(moving)

    def resume(self, now: int) -> None:
        self._ramper.resume()


class TimedMoveTask(MoveTask):
    """A move that takes a given time. The position is asked for first; where the plan was wrong it is planned again."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int, command: MoveTo, span: int) -> None:
        super().__init__(link, job, ended, released)
        self._move, self._span = command, span
        self._asked = Pose()
        self._awaited = 0
        self._standing = PAN_TILT not in command.pose.axes - job.lost
        """Pan and tilt have arrived, or the move has none."""
        self._zoomed = ZOOM not in command.pose.axes - job.lost
        kind = SpeedRamp if command.by == "speed" else PositionRamp
        self._ramper = kind(link, job, "zoom", self._zoom_done, self.failed)
        self._turning: EasedTurn | None = None

    def begin(self, now: int) -> None:
        self._standing = PAN_TILT not in self._move.pose.axes - self.job.lost
        rows = [] if self._standing else [links.PAN_TILT]
        if not self._zoomed and not self._ramper.running:
            rows.append(links.ZOOM)
        self._asking, self._asked, self._awaited = True, Pose(), len(rows)
        for row in rows:
            self.link.ask(row, self._answered, ANSWER_WITHIN_NS)

    def _answered(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over or not self._asking:
            return
        if fields is not None and "zoom" in fields:
            self._asked = replace(self._asked, zoom=fields["zoom"])
        elif fields is not None:
            self._asked = replace(self._asked, pan=fields["pan"], tilt=fields["tilt"])
        self._awaited -= 1
        if not self._awaited:
            self._asking = False
            self._set_off(now)

    def _set_off(self, now: int) -> None:
        asked, planned = self._asked, self.job.pose or Pose()
        self.job.replanned = self.job.replanned or differ(asked, planned)
        start = Pose(*(pick(*pair) for pair in zip(parts(asked), parts(planned), strict=True)))
        start = Pose(*(pick(*pair) for pair in zip(parts(start), parts(self.link.state.pose), strict=True)))
        self.job.planned(start)
        if not self._zoomed and not self._ramper.running and self._move.pose.zoom is not None:
            move = self._move
            ramp = Ramp("zoom", None, self._move.pose.zoom, self._span, move.rate, move.ease, move.by)
            self._ramper.run(ramp, start.zoom)
        if self._standing:
            return
        goal = Pose(pick(self._move.pose.pan, start.pan), pick(self._move.pose.tilt, start.tilt))
        if not both(goal):
            self.failed("refused", "the camera's position is unknown")
            return
        left = max(self.job.due + self._span - now, 1)
        series: tuple[easing.Leg, ...] = (easing.Leg(0, self._move.pan_speed, self._move.tilt_speed),)
        delta = (goal.pan or 0) - (start.pan or 0), (goal.tilt or 0) - (start.tilt or 0)
        if both(start):
            series = easing.legs(self.link.model, *delta, left, self._move.ease)
        if len(series) > 1:
            self._soften((goal.pan or 0, goal.tilt or 0), series, easing.arrival(self.link.model, *delta, series), now)
            return
        speeds = series[0].pan_speed, series[0].tilt_speed
        self.link.aim = Pose(goal.pan, goal.tilt, self.link.aim.zoom)
        self._arrival = Arrival(self.link, (links.PAN_TILT,), goal, self._stands, silent=self._silent)
        model = self.link.model
        travel = motion.travel(model, start, goal, *speeds)
        self.limit = motion.given(travel if both(start) else motion.longest(model, *speeds))
        self.launch(encode.messages(MoveTo(goal, *speeds), model, address=self.link.address), now)
        if self._arrival is not None:
            self._arrival.set_off(now, travel)

    def _soften(self, goal: tuple[int, int], series: tuple[easing.Leg, ...], arrives: int, now: int) -> None:
        """Send the head there at one speed after the other."""
        self.link.aim = Pose(*goal, self.link.aim.zoom)
        self._turning = EasedTurn(self.link, self.job, PAN_TILT, self._turned, self.failed)
        since = max(now - self.job.due, 0)
        self._turning.begin(goal, series, arrives - series[-1].at, since)

    def _turned(self, now: int) -> None:
        self._forget_aim()
        self._standing = True
        self._finish_if_done(now)

    def launch(self, messages: tuple[ViscaMessage, ...], now: int) -> None:
        for message in messages:
            if not self.over:
                self.send(message, self.job.due, slow=True)

    def lose_axes(self, axes: Axes, now: int) -> None:
        if ZOOM in axes and not self._zoomed:
            self._ramper.cancel()
            self._zoomed = True
        if PAN_TILT in axes and not self._standing:
            self._forget(axes)
            if self._arrival is not None:
                self._arrival.cancel()
            self._still()
            self._standing = True
        if self._standing and self._zoomed:
            self.finish("completed", self.job.reason, now)

    def failed(self, outcome: Outcome, reason: str) -> None:
        moving = self.moving if outcome != "unreachable" else NO_AXES
        driving = self._ramper.driving
        self.finish(outcome, reason)
        if driving:
            self.link.halt(frozenset((ZOOM,)))
        if moving and PAN_TILT in moving and outcome == "refused":
            self.link.halt(frozenset((PAN_TILT,)))  # half a framing is useless: zoom was refused, so stop

    def _stands(self, when: int, sure: bool) -> None:
        self._forget_aim()
        if not sure and not self._believable():
            return
        self._standing = True
        self._finish_if_done(when)

    def _zoom_done(self, now: int) -> None:
        self._zoomed = True
        self._finish_if_done(now)

    def _finish_if_done(self, when: int) -> None:
        if self._standing and self._zoomed:
            self.finish("completed", self.job.reason, max(when, self.job.done or 0))
        else:
            self.job.done = when

    def _still(self) -> None:
        """The head gets no more speeds."""
        if self._turning is not None:
            self._turning.cancel()
            self._turning = None

    def withdraw(self) -> None:
        super().withdraw()
        self._still()
        if self.over:
            self._ramper.cancel()

    @property
    def moving(self) -> Axes:
        """Pan and tilt, and a lens that is driven: a ramp that gets no more frames stops."""
        lens = frozenset((ZOOM,)) if self._ramper.driving else NO_AXES
        return super().moving | lens

    def hold(self, now: int) -> None:
        self._ramper.hold()
        super().hold(now)

    def resume(self, now: int) -> None:
        self._floor = now
        self._ramper.resume()
        if not self._standing or not (self._zoomed or self._ramper.running):
            self.begin(now)
