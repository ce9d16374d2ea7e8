"""Where a plan believes one camera to be: axes that move as the model says, and what is going on.

Times are ns after GO, positions raw counts. An axis that is None is not known.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct, field

from cuelang import commands as c
from cuelang.lang.env import CameraInfo
from cuelang.models import Model, motion
from cuelang.plan import CameraAct, Step
from cuelang.source import Origin
from cuelang.units import NS


class CameraState(NamedTuple):
    """What one cue leaves to the next: everything at rest."""

    pan: int | None
    tilt: int | None
    zoom: int | None
    air: c.TallyMode
    preset_speed: int | None
    focus: FocusMode | None = "auto"
    tracking: bool = False
    picture: tuple[tuple[str, Origin], ...] = ()
    """Image settings that the list has made so far and that no recall may have undone: property, and where."""


FocusMode = Literal["auto", "manual"]

AT_HOME = CameraState(0, 0, 0, "off", None)
ANYWHERE = CameraState(None, None, None, "off", None, None)

FASTEST_RECALL = 24
"""The preset speed that is assumed while none was sent."""


class Run(NamedTuple):
    """One axis on its way; at rest when `arrive` is past."""

    start: int
    target: int
    leave: int
    arrive: int
    ease: c.Ease = "linear"

    def at(self, now: int) -> int:
        if now >= self.arrive or self.start == self.target:
            return self.target
        return motion.ramp_value(self.start, self.target, self.arrive - self.leave, now - self.leave, self.ease)


class Action(NamedTuple):
    """Something that is going on: the step as drafted, what it came to, when it began and when the pass it is in did.

    `until` None: it cannot be known; `open`: until something else ends it.
    """

    step: Step
    command: c.Command
    act: CameraAct
    begun: int
    frame: int
    until: int | None
    open: bool
    estimated: bool
    axes: c.Axes
    """Those that no newer action has taken over."""


class Effect(NamedTuple):
    """`arrival`: when pan and tilt of a timed move have arrived; None if they do not move or it is not known."""

    until: int | None
    estimated: bool = False
    open: bool = False
    arrival: int | None = None
    shortest: int = 0
    """How long pan and tilt take at least, for a timed move."""


class CameraTrack(Struct):
    info: CameraInfo
    pan: Run | None
    tilt: Run | None
    zoom: Run | None
    air: c.TallyMode
    preset_speed: int | None
    focus: FocusMode | None
    tracking: bool
    picture: dict[str, Origin]
    going: list[Action] = field(default_factory=list)
    """What has any axis; a newer action takes it over, so these are few."""
    aside: int = 0
    """When what has no axis is complete."""

    @classmethod
    def start(cls, info: CameraInfo, state: CameraState) -> CameraTrack:
        pan, tilt, zoom = (None if raw is None else Run(raw, raw, 0, 0) for raw in state[:3])
        return cls(
            info, pan, tilt, zoom, state.air, state.preset_speed, state.focus, state.tracking, dict(state.picture)
        )

    def rest(self) -> CameraState:
        """How it is left when everything has come to its end; an axis that is driven on ends at an unknown place."""
        lost: set[str] = set()
        for action in self.going:
            if action.open:
                lost |= action.command.axes
        pan = None if self.pan is None or c.PAN_TILT in lost else self.pan.target
        tilt = None if self.tilt is None or c.PAN_TILT in lost else self.tilt.target
        zoom = None if self.zoom is None or c.ZOOM in lost else self.zoom.target
        picture = tuple(self.picture.items())
        return CameraState(pan, tilt, zoom, self.air, self.preset_speed, self.focus, self.tracking, picture)

    def pose(self, now: int) -> c.Pose:
        pan, tilt, zoom = self.pan, self.tilt, self.zoom
        return c.Pose(
            None if pan is None else pan.at(now),
            None if tilt is None else tilt.at(now),
            None if zoom is None else zoom.at(now),
        )

    def arrival(self, axes: c.Axes) -> int | None:
        """When what moves on these axes will be there; None: it cannot be known."""
        runs = ((c.PAN_TILT, self.pan), (c.PAN_TILT, self.tilt), (c.ZOOM, self.zoom))
        arrivals = [None if run is None else run.arrive for axis, run in runs if axis in axes]
        return None if None in arrivals else max((at for at in arrivals if at is not None), default=0)

    def busy(self, now: int) -> int:
        """When all that it is doing is complete, as far as can be known; `now` if that is past."""
        ends = (action.until for action in self.going if action.until is not None)
        return max((now, self.aside, *ends))

    def moving(self, axes: c.Axes, now: int) -> bool:
        """Whether anything on these axes is on its way, as far as is known."""
        runs = ((c.PAN_TILT, self.pan), (c.PAN_TILT, self.tilt), (c.ZOOM, self.zoom))
        return any(axis in axes and (run is None or run.at(now) != run.target) for axis, run in runs)

    # --- what a command does ---------------------------------------------------------------------------------

    def apply(self, command: c.Command, now: int) -> Effect:
        """Let a command act from `now` on."""
        if c.ends_tracking(command):
            self.tracking = False
        match command:
            case c.MoveTo():
                return self._move_to(command, now)
            case c.MoveBy(pan=pan, tilt=tilt, pan_speed=pan_speed, tilt_speed=tilt_speed):
                here, model = self.pose(now), self.info.model
                if here.pan is None or here.tilt is None:
                    self.pan = self.tilt = None
                    return Effect(None, estimated=True)
                goal = c.Pose(_clip(here.pan + pan, model.pan_range), _clip(here.tilt + tilt, model.tilt_range))
                return self._move_to(c.MoveTo(goal, pan_speed, tilt_speed), now)
            case c.Home():
                model = self.info.model
                return self._move_to(c.MoveTo(c.Pose(0, 0), len(model.pan_speeds), len(model.tilt_speeds)), now)
            case c.Recall():
                return self._recall(command, now)
            case c.Drive(direction=direction, pan_speed=pan_speed, tilt_speed=tilt_speed, duration=duration):
                return self._drive(direction, pan_speed, tilt_speed, duration, now)
            case c.ZoomTo(position=position):
                return self._zoom_to(position, now)
            case c.ZoomDrive(direction=direction, speed=speed, duration=duration):
                return self._zoom_drive(direction, speed, duration, now)
            case c.Ramp(axis="zoom"):
                return self._ramp(command, now)
            case c.Ramp(over=over):
                return Effect(now + over)
            case c.FocusDrive(duration=duration):
                return Effect(None, open=True) if duration is None else Effect(now + duration)
            case c.Stop(tracking=tracking):
                self._halt(now)
                self.tracking = self.tracking and not tracking
                return Effect(now)
            case c.Focus(mode="auto" | "manual" as mode):
                self.focus = mode
                return Effect(now)
            case c.Focus(mode="toggle"):
                self.focus = _OTHER[self.focus] if self.focus is not None else None
                return Effect(now)
            case c.Tally(mode=mode):
                self.air = mode
                return Effect(now)
            case c.SetProperty(prop="preset_speed", numbers=(speed,)):
                self.preset_speed = speed
                return Effect(now)
            case c.Power(on=True, boot=boot):
                return Effect(now + boot, estimated=True)
            case c.Power():
                self._halt(now)
                self.tracking = False
                return Effect(now)
            case c.Track(on=True):
                self.pan = self.tilt = self.zoom = None
                self.tracking = True
                return Effect(None, estimated=True, open=True)
            case c.Track():
                self.tracking = False
                return Effect(now)
            case c.Booth(kind=kind, every=every, length=length):
                return Effect(now + 4 * (every + (length if kind == "videos" else 0)), estimated=True)
            case _:
                return Effect(now)

    def _turn(self, model: Model, goal: c.Pose, pan_speed: int, tilt_speed: int, now: int) -> int | None:
        """Send pan and tilt on their way; when they arrive, None if they started at an unknown place."""
        here = self.pose(now)
        arrivals: list[int | None] = []
        ways = ((here.pan, goal.pan), (here.tilt, goal.tilt))
        dpan, dtilt = (0 if at is None or to is None else to - at for at, to in ways)
        takes = motion.turn(model, dpan, dtilt, pan_speed, tilt_speed)
        for axis, travel, target, at in (
            ("pan", takes[0], goal.pan, here.pan),
            ("tilt", takes[1], goal.tilt, here.tilt),
        ):
            run: Run | None
            if target is None:
                run = None if at is None else Run(at, at, now, now)
            elif at is None:
                run = Run(target, target, now, now)
                arrivals.append(None)
            else:
                run = Run(at, target, now, now + travel)
                arrivals.append(now + travel)
            if axis == "pan":
                self.pan = run
            else:
                self.tilt = run
        return None if None in arrivals else max((at for at in arrivals if at is not None), default=now)

    def _move_to(self, command: c.MoveTo, now: int) -> Effect:
        goal, here, model = command.pose, self.pose(now), self.info.model
        turns = goal.pan is not None or goal.tilt is not None
        pan_speed, tilt_speed = command.pan_speed, command.tilt_speed
        shortest = 0
        known = (goal.pan is None or here.pan is not None) and (goal.tilt is None or here.tilt is not None)
        if command.over is not None and known:
            way = c.Pose(goal.pan, goal.tilt)
            shortest = motion.fastest(model, here, way)
            dpan, dtilt = (
                (b or 0) - (a or 0) if b is not None else 0 for a, b in ((here.pan, goal.pan), (here.tilt, goal.tilt))
            )
            pan_speed, tilt_speed = motion.speeds_for(model, dpan, dtilt, command.over)
        turned = self._turn(model, goal, pan_speed, tilt_speed, now) if turns else now
        zoomed: int | None = now
        if goal.zoom is not None:
            if command.over is None:
                zoomed = self._zoom_to(goal.zoom, now).until
            else:
                ramp = c.Ramp("zoom", None, goal.zoom, command.over, command.rate, command.ease)
                zoomed = self._ramp(ramp, now).until
        if turned is None or zoomed is None:
            return Effect(now + command.over if command.over is not None else None, estimated=True)
        return Effect(max(turned, zoomed), arrival=turned if turned > now else None, shortest=shortest)

    def _recall(self, command: c.Recall, now: int) -> Effect:
        goal = command.pose or c.NO_POSE
        if command.speed is not None:
            self.preset_speed = command.speed
        speed = self.preset_speed or FASTEST_RECALL
        turned = self._turn(self.info.model, goal, speed, min(speed, len(self.info.model.tilt_speeds)), now)
        if goal.pan is None:
            self.pan = None
        if goal.tilt is None:
            self.tilt = None
        if goal.zoom is None:
            self.zoom = None
        zoomed = self._zoom_to(goal.zoom, now).until if goal.zoom is not None else None
        if command.over is not None:  # the camera sees to it itself, wherever it starts
            return Effect(now + command.over, estimated=goal.pan is None or goal.tilt is None)
        if turned is None or zoomed is None or goal.pan is None or goal.tilt is None:
            return Effect(None, estimated=True)
        return Effect(max(turned, zoomed))

    def _drive(self, direction: c.Direction, pan_speed: int, tilt_speed: int, duration: int | None, now: int) -> Effect:
        model = self.info.model
        right, up = c.VECTORS[direction]
        if model.pan_left_positive:
            right = -right
        here = self.pose(now)
        pans = _driven(here.pan, right, model.pan_range, model, "pan", pan_speed, now)
        tilts = _driven(here.tilt, up, model.tilt_range, model, "tilt", tilt_speed, now)
        if duration is None:
            self.pan, self.tilt = pans, tilts
            return Effect(None, open=True)
        self.pan, self.tilt = (_cut(run, now + duration) for run in (pans, tilts))
        return Effect(now + duration, estimated=pans is None or tilts is None)

    # --- zoom ------------------------------------------------------------------------------------------------

    def _zoom_to(self, position: int, now: int) -> Effect:
        if self.zoom is None:
            self.zoom = Run(position, position, now, now)
            return Effect(None, estimated=True)
        here = self.zoom.at(now)
        self.zoom = Run(here, position, now, now + motion.zoom_travel(self.info.model, position - here))
        return Effect(self.zoom.arrive)

    def _zoom_drive(self, direction: str, speed: int, duration: int | None, now: int) -> Effect:
        run = None
        if self.zoom is not None:
            model, here = self.info.model, self.zoom.at(now)
            end = model.zoom_max if direction == "in" else 0
            # No maker publishes the seconds of a zoom speed: step 7 is taken as full speed, step 0 as an eighth.
            run = Run(here, end, now, now + motion.zoom_travel(model, end - here) * 8 // (speed + 1))
        if duration is None:
            self.zoom = run
            return Effect(None, open=True)
        self.zoom = _cut(run, now + duration)
        return Effect(now + duration, estimated=run is None)

    def _ramp(self, ramp: c.Ramp, now: int) -> Effect:
        start = ramp.start if ramp.start is not None else None if self.zoom is None else self.zoom.at(now)
        if start is None:
            self.zoom = Run(ramp.target, ramp.target, now, now + ramp.over)
            return Effect(now + ramp.over, estimated=True)
        over = ramp.over
        needs = motion.zoom_travel(self.info.model, ramp.target - start)
        if far_off(needs, over) and needs > over:
            over = needs
        self.zoom = Run(start, ramp.target, now, now + over, ramp.ease)
        return Effect(now + over)

    def _halt(self, now: int) -> None:
        self.pan, self.tilt, self.zoom = (
            None if run is None else Run(run.at(now), run.at(now), now, now) for run in (self.pan, self.tilt, self.zoom)
        )


_OTHER: dict[FocusMode, FocusMode] = {"auto": "manual", "manual": "auto"}


def far_off(travel: int, over: int) -> bool:
    """More than 10 % and more than 500 ms off the time that was asked for."""
    off = abs(travel - over)
    return off * 10 > over and off * 2 > NS


def _clip(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def _driven(
    here: int | None, sign: int, bounds: tuple[int, int], model: Model, axis: motion.Axis, speed: int, now: int
) -> Run | None:
    """An axis that is driven to the end of its range."""
    if here is None:
        return None
    end = bounds[1] if sign > 0 else bounds[0]
    if sign == 0 or (end - here) * sign <= 0:
        return Run(here, here, now, now)
    return Run(here, end, now, now + motion.axis_travel(model, axis, end - here, speed))


def _cut(run: Run | None, now: int) -> Run | None:
    """The same way, given up at `now`."""
    if run is None or now >= run.arrive:
        return run
    return Run(run.start, run.at(now), run.leave, now)
