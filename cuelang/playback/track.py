"""Where a plan believes one camera to be: axes that move as the model says, and what is going on.

Times are ns after GO, positions raw counts. An axis that is None is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import address
from cuelang import commands as c
from cuelang.models import Model, motion
from cuelang.plan import Camera
from cuelang.plan.state import CameraState, FocusMode, Setting, Unknowable
from cuelang.playback import ways
from cuelang.playback.going import OngoingAction, OngoingEffect
from cuelang.playback.ways import AxisWay, Course, Trail, clip, given_up, stand
from cuelang.protocols.visca.properties import PROPERTIES, WITH_PRESETS
from cuelang.source import Origin

NO_STATE = frozenset(("osd", "settings", "af_calibration"))
"""Properties that do something once and are nothing afterwards."""

POWERED = (
    c.MoveTo, c.MoveBy, c.Home, c.Recall, c.Replay, c.Drive, c.ZoomTo, c.ZoomDrive, c.Ramp, c.Focus, c.FocusTo,
    c.FocusDrive, c.Track, c.Store, c.Clear,
)  # fmt: skip
"""What a camera that is switched off refuses; settings it takes."""

FASTEST_RECALL = 24
"""The preset speed that is assumed while none was sent."""

MOST_MOVED = 200
"""More relative moves than this after a recall are not repeated: the place is no longer known."""


class CameraTrack(Struct):
    """`state` is as the list has it by now, but for its places: those are `pan`, `tilt` and `zoom`."""

    camera: Camera
    model: Model
    state: CameraState
    pan: Course | None
    tilt: Course | None
    zoom: Course | None
    going: list[OngoingAction] = field(default_factory=list)
    """What has any axis; a newer action takes it over, so these are few."""
    loose: list[tuple[int, int]] = field(default_factory=list)
    """What has no axis: by which cue it was begun, and when it is complete."""
    recovered: tuple[int, int] | None = None
    """When it was last recovered, and by which cue."""

    @classmethod
    def start(cls, camera: Camera, model: Model, state: CameraState) -> CameraTrack:
        pan, tilt, zoom = (None if raw is None else AxisWay(raw, raw, 0, 0) for raw in state[:3])
        return cls(camera, model, state, pan, tilt, zoom)

    def rest(self) -> CameraState:
        """How it is left when everything has come to its end; an axis that is driven on ends at an unknown place."""
        state = self.state
        lost: set[str] = set()
        for action in self.going:
            if action.open:
                lost |= action.command.axes
        if lost:
            why = dict.fromkeys(sorted(lost), "tracking" if state.tracking else "drive")
            state = state._replace(
                why=_with(state.why, why),
                focus_at=None if c.FOCUS in lost else state.focus_at,
                recalled_axes=state.recalled_axes - lost,
            )
        pan = None if self.pan is None or c.PAN_TILT in lost else self.pan.target
        tilt = None if self.tilt is None or c.PAN_TILT in lost else self.tilt.target
        zoom = None if self.zoom is None or c.ZOOM in lost else self.zoom.target
        if (pan, tilt, zoom) == state[:3]:
            return state  # shared with the cues before
        return state._replace(pan=pan, tilt=tilt, zoom=zoom)

    def at(self, now: int) -> CameraState:
        """How it is at `now`, with what is on its way where it is by then."""
        pose = self.pose(now)
        lost: set[str] = set()
        for action in self.going:
            if action.until is None and not action.open:  # from an unknown place
                lost |= action.axes
        turns = c.PAN_TILT not in lost
        on_its_way = frozenset(
            axis for axis in self.state.recalled_axes & c.SEEN - lost if self.moving(frozenset((axis,)), now)
        )
        return self.state._replace(
            pan=pose.pan if turns else None,
            tilt=pose.tilt if turns else None,
            zoom=None if c.ZOOM in lost else pose.zoom,
            recalled_axes=self.state.recalled_axes - on_its_way,
        )

    def pose(self, now: int) -> c.Pose:
        pan, tilt, zoom = self.pan, self.tilt, self.zoom
        return c.Pose(
            None if pan is None else pan.at(now),
            None if tilt is None else tilt.at(now),
            None if zoom is None else zoom.at(now),
        )

    def target(self, axes: c.Axes) -> c.Pose:
        """Where these axes are going."""
        turns = c.PAN_TILT in axes
        return c.Pose(
            None if self.pan is None or not turns else self.pan.target,
            None if self.tilt is None or not turns else self.tilt.target,
            None if self.zoom is None or c.ZOOM not in axes else self.zoom.target,
        )

    def arrival(self, axes: c.Axes) -> int | None:
        """When what moves on these axes will be there; None: it cannot be known."""
        runs = ((c.PAN_TILT, self.pan), (c.PAN_TILT, self.tilt), (c.ZOOM, self.zoom))
        arrivals = [None if run is None else run.arrive for axis, run in runs if axis in axes]
        return None if None in arrivals else max((at for at in arrivals if at is not None), default=0)

    def busy(self, now: int, owner: int | None = None) -> int:
        """When all that it is doing is complete, as far as can be known; `now` if that is past. `owner`: only what
        this cue set going."""
        ends = [action.until for action in self.going if action.until is not None and owner in (None, action.owner)]
        ends += [until for by, until in self.loose if owner in (None, by)]
        return max((now, *ends))

    def moving(self, axes: c.Axes, now: int) -> bool:
        """Whether anything on these axes is on its way, as far as is known."""
        runs = ((c.PAN_TILT, self.pan), (c.PAN_TILT, self.tilt), (c.ZOOM, self.zoom))
        return any(axis in axes and (run is None or run.at(now) != run.target) for axis, run in runs)

    # --- what a command does ---------------------------------------------------------------------------------

    def apply(self, command: c.Command, now: int, origin: Origin) -> OngoingEffect:  # noqa: C901 - a case for each command
        """Let a command act from `now` on. `origin`: where it is written."""
        before = self.state
        if before.power is False and isinstance(command, POWERED):
            return OngoingEffect(now)
        if c.ends_tracking(command):
            self.note(tracking=False)
        if command.axes and not isinstance(command, c.Stop):
            self.take(command)
        match command:
            case c.MoveTo():
                return self._move_to(command, now)
            case c.MoveBy():
                return self._move_by(command, now)
            case c.Home():
                model = self.model
                return self._move_to(c.MoveTo(c.Pose(0, 0), len(model.pan_speeds), len(model.tilt_speeds)), now)
            case c.Recall():
                return self._recall(command, now)
            case c.Replay():
                return self._replay(command, now)
            case c.Drive(direction=direction, pan_speed=pan_speed, tilt_speed=tilt_speed, duration=duration):
                return self._drive(direction, pan_speed, tilt_speed, duration, now)
            case c.ZoomTo(position=position):
                return self._zoom_to(position, now)
            case c.ZoomDrive(direction=direction, speed=speed, duration=duration):
                return self._zoom_drive(direction, speed, duration, now)
            case c.Ramp(axis="zoom"):
                return self._ramp(command, now)
            case c.Ramp(over=over, target=target):
                self.note(focus_at=target)
                return OngoingEffect(now + over)
            case c.FocusTo(position=position):
                self.note(focus_at=position)
                return OngoingEffect(now)
            case c.FocusDrive(duration=duration):
                self.unknowable(c.FOCUS, "drive")
                return OngoingEffect(None, open=True) if duration is None else OngoingEffect(now + duration)
            case c.Stop(tracking=tracking):
                self._halt(command.axes, now)
                if tracking:
                    self.note(tracking=False)
                return OngoingEffect(now)
            case c.Focus(mode=mode):
                self._focus(mode, before)
                return OngoingEffect(now)
            case c.Tally(mode=mode):
                self.note(air=mode)
                return OngoingEffect(now)
            case c.SetProperty():
                self._set(command, origin)
                return OngoingEffect(now)
            case c.Power(on=True, boot=boot):
                self.note(power=True)
                return OngoingEffect(now + boot, estimated=True)
            case c.Power():
                self._halt(c.SEEN, now)
                self.note(tracking=False, power=False)
                return OngoingEffect(now)
            case c.Track(on=True):
                self.pan = self.tilt = self.zoom = None
                self.note(tracking=True)
                for axis in (c.PAN_TILT, c.ZOOM):
                    self.unknowable(axis, "tracking")
                return OngoingEffect(None, estimated=True, open=True)
            case c.Track():
                on_its_way = c.SEEN if self.moving(c.SEEN, now) else c.NO_AXES  # it goes on, but no job waits for it
                self.note(tracking=False, estimated=self.state.estimated | on_its_way)
                return OngoingEffect(now)
            case c.Store(preset=preset):
                self._kept(preset, c.NO_POSE if self.moving(c.SEEN, now) or before.estimated else self.pose(now))
                return OngoingEffect(now)
            case c.Clear(preset=preset):
                self._kept(preset, c.NO_POSE)
                return OngoingEffect(now)
            case c.Raw():
                self.note(estimated=before.estimated | c.SEEN)  # it may have done anything
                return OngoingEffect(now)
            case c.Booth(kind=kind, every=every, length=length):
                return OngoingEffect(now + 4 * (every + (length if kind == "videos" else 0)), estimated=True)
            case c.Recover() | c.Snapshot():
                return OngoingEffect(now)
            case _:
                assert_never(command)

    # --- what the list has said ------------------------------------------------------------------------------

    def note(self, **changes: Any) -> None:
        self.state = self.state._replace(**changes)

    def reckoned(self, axis: str) -> None:
        self.note(estimated=self.state.estimated | {axis})

    def unknowable(self, axis: str, why: Unknowable) -> None:
        self.note(why=_with(self.state.why, {axis: why}))

    def take(self, command: c.Command) -> None:
        """The axes of a newer command are no longer where a recall led, nor for the old reason unknown."""
        state, axes = self.state, command.axes
        if isinstance(command, c.Power | c.SetProperty) or (isinstance(command, c.Track) and not command.on):
            return
        if not (state.why or state.estimated or state.chosen or state.recalled is not None):
            return
        changes: dict[str, Any] = {}
        if state.why:
            changes["why"] = tuple((axis, why) for axis, why in state.why if axis not in axes)
        if state.recalled is not None and not isinstance(command, c.MoveBy):
            left = state.recalled_axes - (frozenset() if isinstance(command, c.Focus) else axes)
            changes |= {"recalled": state.recalled if left else None, "recalled_axes": left}
            if c.PAN_TILT in axes:
                changes["moved"] = ()
        one_sided = isinstance(command, c.MoveTo) and command.pose.one_sided
        if state.estimated and not isinstance(command, c.MoveBy) and not one_sided:
            changes["estimated"] = state.estimated - axes
        if state.chosen and not isinstance(command, c.MoveBy) and not one_sided:
            changes["chosen"] = state.chosen - axes
        if changes:
            self.note(**changes)

    def _set(self, command: c.SetProperty, origin: Origin) -> None:
        """A setting, and what comes of a step after it."""
        prop = PROPERTIES.get(command.prop)
        if prop is None or command.prop in NO_STATE or command.verb == "trigger":
            return
        if command.prop == "preset_speed" and len(command.numbers) == 1:
            self.note(preset_speed=command.numbers[0])
        known = command if prop.repeatable(command.verb) else None
        self.note(settings=_with(self.state.settings, {command.prop: Setting(known, origin)}))

    def _focus(self, mode: str, before: CameraState) -> None:
        if mode in ("auto", "manual"):
            self.note(focus=mode, focus_at=None if mode == "auto" else before.focus_at)
        elif mode == "toggle":
            self.note(focus=_OTHER[before.focus] if before.focus is not None else None, focus_at=None)
        elif mode == "snap":
            self.note(focus_at=None)
            self.unknowable(c.FOCUS, "step")

    def _move_by(self, command: c.MoveBy, now: int) -> OngoingEffect:
        here, model, state = self.pose(now), self.model, self.state
        if self.moving(command.axes, now):
            self.reckoned(c.PAN_TILT)
        if c.PAN_TILT in state.recalled_axes:
            if len(state.moved) < MOST_MOVED:
                self.note(moved=(*state.moved, command))
            else:
                left = state.recalled_axes - {c.PAN_TILT}
                self.note(recalled=state.recalled if left else None, recalled_axes=left, moved=())
        if here.pan is None or here.tilt is None:
            self.pan = self.tilt = None
            if c.PAN_TILT not in self.state.recalled_axes:
                self.unknowable(c.PAN_TILT, "relative")
            return OngoingEffect(None, estimated=True)
        goal = c.Pose(clip(here.pan + command.pan, model.pan_range), clip(here.tilt + command.tilt, model.tilt_range))
        return self._move_to(c.MoveTo(goal, command.pan_speed, command.tilt_speed), now)

    def _turn(self, goal: c.Pose, pan_speed: int, tilt_speed: int, now: int) -> int | None:
        """Send pan and tilt on their way; when they arrive, None if they started at an unknown place."""
        self.pan, self.tilt, arrival = ways.turned(self.model, self.pose(now), goal, pan_speed, tilt_speed, now)
        return arrival

    @property
    def eases(self) -> bool:
        """Whether the head is sent to a place at one speed after the other."""
        return address.parse(self.camera.url).family == "visca"

    def _soften(self, here: c.Pose, goal: c.Pose, over: int, ease: c.Ease, now: int) -> int:
        """Pan and tilt go there with a soft start or end; when they arrive."""
        pan, tilt, arrival = ways.softened(self.model, here, goal, over, ease, now)
        self.pan, self.tilt = pan or self.pan, tilt or self.tilt
        return arrival

    def asked(self, now: int) -> c.Pose:
        """Where each axis was sent; where it is, if it was driven and not sent anywhere."""
        here = self.pose(now)
        driven = any(
            isinstance(action.command, c.Drive)
            and c.PAN_TILT in action.axes
            and (action.open or (action.until is not None and action.until > now))
            for action in self.going
        )
        if driven:
            return here
        return c.Pose(
            None if self.pan is None else self.pan.target, None if self.tilt is None else self.tilt.target, here.zoom
        )

    def _move_to(self, command: c.MoveTo, now: int) -> OngoingEffect:
        goal, here, model = command.pose, self.pose(now), self.model
        if goal.one_sided:
            asked = self.asked(now)
            pan, tilt = (asked.pan if goal.pan is None else goal.pan), (asked.tilt if goal.tilt is None else goal.tilt)
            goal = c.Pose(pan, tilt, goal.zoom)
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
        turned = self._turn(goal, pan_speed, tilt_speed, now) if turns else now
        if turned is not None and turns and command.over is not None and command.ease != "linear" and self.eases:
            turned = self._soften(here, goal, command.over, command.ease, now)
        zoomed: int | None = now
        if goal.zoom is not None:
            if command.over is None:
                zoomed = self._zoom_to(goal.zoom, now).until
            else:
                ramp = c.Ramp("zoom", None, goal.zoom, command.over, command.rate, command.ease)
                zoomed = self._ramp(ramp, now).until
        if turned is None or zoomed is None:
            return OngoingEffect(now + command.over if command.over is not None else None, estimated=True)
        return OngoingEffect(max(turned, zoomed), arrival=turned if turned > now else None, shortest=shortest)

    def _recall(self, command: c.Recall, now: int) -> OngoingEffect:
        state = self.state
        anew = dict(state.stored).get(command.preset)
        goal = anew or command.pose or c.NO_POSE
        wanted = command.speed if command.speed is not None else state.preset_speed
        settings = state.settings
        if (command.picture or anew is not None) and settings:
            settings = tuple((prop, setting) for prop, setting in settings if prop not in WITH_PRESETS)
        self.note(
            preset_speed=wanted,
            settings=settings,
            recalled=replace(command, speed=wanted),
            recalled_axes=command.axes,
            moved=(),
            focus_at=None,
        )
        if anew is not None:  # the camera need not hold it when the rig is brought there
            self.note(recalled=None, recalled_axes=c.NO_AXES)
        if anew is not None and None in (goal.pan, goal.tilt, goal.zoom):
            self.unknowable(c.PAN_TILT, "recall")
            self.unknowable(c.ZOOM, "recall")
        speed = wanted or FASTEST_RECALL
        turned = self._turn(goal, speed, min(speed, len(self.model.tilt_speeds)), now)
        if goal.pan is None:
            self.pan = None
        if goal.tilt is None:
            self.tilt = None
        if goal.zoom is None:
            self.zoom = None
        zoomed = self._zoom_to(goal.zoom, now).until if goal.zoom is not None else None
        if command.over is not None:  # the camera sees to it itself, wherever it starts
            return OngoingEffect(now + command.over, estimated=goal.pan is None or goal.tilt is None)
        if turned is None or zoomed is None or goal.pan is None or goal.tilt is None:
            return OngoingEffect(None, estimated=True)
        return OngoingEffect(max(turned, zoomed))

    def _kept(self, preset: int, pose: c.Pose) -> None:
        self.note(stored=(*(pair for pair in self.state.stored if pair[0] != preset), (preset, pose)))

    def _replay(self, command: c.Replay, now: int) -> OngoingEffect:
        here = self.pose(now)
        known = None not in (here.pan, here.tilt, here.zoom)
        self.pan, self.tilt, self.zoom = (
            Trail(command.places, "pan", now),
            Trail(command.places, "tilt", now),
            Trail(command.places, "zoom", now),
        )
        return OngoingEffect(now + command.over, estimated=not known)

    def _drive(
        self, direction: c.Direction, pan_speed: int, tilt_speed: int, duration: int | None, now: int
    ) -> OngoingEffect:
        pans, tilts = ways.headed(self.model, self.pose(now), direction, pan_speed, tilt_speed, now)
        if duration is None:
            self.pan, self.tilt = pans, tilts
            return OngoingEffect(None, open=True)
        self.pan, self.tilt = (given_up(run, now + duration) for run in (pans, tilts))
        self.reckoned(c.PAN_TILT)
        return OngoingEffect(now + duration, estimated=pans is None or tilts is None)

    # --- zoom ------------------------------------------------------------------------------------------------

    def _zoom_to(self, position: int, now: int) -> OngoingEffect:
        known = self.zoom is not None
        self.zoom = ways.zoomed(self.model, self.zoom, position, now)
        return OngoingEffect(self.zoom.arrive) if known else OngoingEffect(None, estimated=True)

    def _zoom_drive(self, direction: str, speed: int, duration: int | None, now: int) -> OngoingEffect:
        run = ways.zoom_driven(self.model, self.zoom, direction, speed, now)
        if duration is None:
            self.zoom = run
            return OngoingEffect(None, open=True)
        self.zoom = given_up(run, now + duration)
        self.reckoned(c.ZOOM)
        return OngoingEffect(now + duration, estimated=run is None)

    def _ramp(self, ramp: c.Ramp, now: int) -> OngoingEffect:
        known = ramp.start is not None or self.zoom is not None
        self.zoom = ways.ramped(self.model, self.zoom, ramp, now)
        return OngoingEffect(self.zoom.arrive, estimated=not known)

    def _halt(self, axes: c.Axes, now: int) -> None:
        """Stop these axes at once, before they reach their targets."""
        if c.PAN_TILT in axes and self.moving(frozenset((c.PAN_TILT,)), now):
            self._cut_off(c.PAN_TILT)
            self.pan, self.tilt = stand(self.pan, now), stand(self.tilt, now)
        if c.ZOOM in axes and self.moving(frozenset((c.ZOOM,)), now):
            self._cut_off(c.ZOOM)
            self.zoom = stand(self.zoom, now)

    def _cut_off(self, axis: str) -> None:
        """A recall did not get there on this axis."""
        state = self.state
        if axis in state.recalled_axes:
            left = state.recalled_axes - {axis}
            self.note(recalled=state.recalled if left else None, recalled_axes=left, moved=())
            if (self.pan if axis == c.PAN_TILT else self.zoom) is None:
                self.unknowable(axis, "recall")
        self.reckoned(axis)

    def end(self, owner: int, now: int) -> list[OngoingAction]:
        """Stop a cue: what it set going halts where it is. Returns those actions."""
        ended = [action for action in self.going if action.owner == owner]
        for action in ended:
            if action.open or action.until is None or action.until > now:
                self._halt(action.axes & c.SEEN, now)
            if action.begun == now:
                self._doubt(action.command)
        self.going = [action for action in self.going if action.owner != owner]
        self.loose = [one for one in self.loose if one[0] != owner]
        return ended

    def half_recovered(self) -> None:
        """What puts it back was stopped: of a preset that was recalled the settings may not have followed."""
        state = self.state
        self.note(estimated=state.estimated | c.SEEN)
        if state.recalled is not None:
            settings = tuple(
                (prop, one._replace(command=None) if prop in WITH_PRESETS else one) for prop, one in state.settings
            )
            self.note(focus=None, focus_at=None, settings=settings)

    def _doubt(self, command: c.Command) -> None:
        """It is stopped at the instant at which it was due: whether it was sent cannot be known."""
        if isinstance(command, c.SetProperty):
            found = dict(self.state.settings).get(command.prop)
            if found is not None:
                self.note(settings=_with(self.state.settings, {command.prop: found._replace(command=None)}))
        elif isinstance(command, c.Focus):
            self.note(focus=None, focus_at=None)


def _with(pairs: tuple[tuple[str, Any], ...], changes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Pairs by name with some of them changed; what is changed comes last."""
    return (*((name, value) for name, value in pairs if name not in changes), *changes.items())


_OTHER: dict[FocusMode, FocusMode] = {"auto": "manual", "manual": "auto"}
