"""The warnings of a line that need to know where a camera is, in which mode, whether it is on program, and what still
runs: W601 W602 W603 W607 W611 W612, E503."""

from __future__ import annotations

from collections.abc import Mapping

from cuelang import commands as c
from cuelang.lang.draft import Timed
from cuelang.lang.env import CameraInfo
from cuelang.lang.findings import Finding
from cuelang.models import motion
from cuelang.plan import CameraAct, Step
from cuelang.playback.going import OngoingAction
from cuelang.playback.track import CameraTrack
from cuelang.playback.ways import far_off
from cuelang.protocols.visca.properties import PROPERTIES, WITH_PRESETS
from cuelang.source import Origin
from cuelang.units import NS

MOVING = frozenset((c.PAN_TILT, c.ZOOM))


class Warnings:
    """What is found while a list is played in belief. Each is reported once for its line, also in a loop."""

    def __init__(self, cameras: Mapping[str, CameraInfo]) -> None:
        self._infos = cameras
        self.findings: list[Finding] = []
        self._warned: tuple[Origin, str] | None = None
        """Line and camera of the last W601: a line that says several things to it is warned once."""
        self._said: set[tuple[object, ...]] = set()
        """What was found, and at which line: in a loop it is found in each pass."""
        self.excused: set[str] = set()
        """Cameras that are taken here although they are on program: they never would be."""

    def report(
        self, code: str, origin: Origin, step: Step, message: str, hint: str = "", *labels: tuple[Origin, str]
    ) -> None:
        if self._told_already(code, origin, message):
            return
        called = ((step.call, "called here"),) if step.call else ()
        self.findings.append(Finding(code, origin, message, hint, (*labels, *called)))

    def _told_already(self, *what: object) -> bool:
        before = len(self._said)
        self._said.add(what)
        return len(self._said) == before

    def watch(self, step: Step, act: CameraAct, track: CameraTrack, now: int, owner: int, *, on_program: bool) -> None:
        """The air and two claims on one axis, before the command acts."""
        command, name = act.command, act.camera
        excused = name in self.excused
        told = self._warned == (step.origin, name)
        if act.watched and not act.live and not told and not excused and on_program:
            self._warned = (step.origin, name)
            moves = command.axes & MOVING or isinstance(command, c.Recover)
            self.report(
                "W601",
                step.origin,
                step,
                f"“{name}” is on program when this {'moves it' if moves else 'changes its picture'}.",
                f"Add `live` if this is intended, or {'move it' if moves else 'do it'} while it is off air.",
            )
        if isinstance(command, c.Tally) and command.mode == "program" and track.state.air != "program":
            for action in track.going:
                self.cut_to(action, step, track, now)
        self._modes(command, step, track)
        if isinstance(command, c.Stop | c.Power) or not command.axes:
            return
        older = [each for each in track.going if each.owner == owner and _collide(each, step, command, now)]
        at_once = any(action.begun == now for action in older)
        if older and not self._told_already(step.origin, name, command.axes, at_once, *(one.axes for one in older)):
            shared = frozenset().union(*(c.overlap(action.axes, command.axes) for action in older))
            what = ", ".join(_AXIS_NAMES.get(axis) or c.axis_name(axis) for axis in sorted(shared, reverse=True))
            said = f"This overrides the {what} of “{name}” while it is still moving."
            if at_once:
                said = f"Two lines control the {what} of “{name}” at the same instant."
            self.report(
                "W603",
                step.origin,
                step,
                said,
                "The later one wins; wait for the earlier one, or remove one.",
                *((action.step.origin, "the earlier one") for action in older),
            )

    def _modes(self, command: c.Command, step: Step, track: CameraTrack) -> None:
        """What the camera is set to, and what would come of this in that mode."""
        name = track.camera.name
        focuses = isinstance(command, c.FocusTo | c.FocusDrive) or (
            isinstance(command, c.Ramp) and command.axis == "focus"
        )
        if focuses and track.state.focus == "auto" and self._infos[name].family in ("visca", "panasonic", "canon"):
            self.report(
                "W611",
                step.origin,
                step,
                f"“{name}” is in autofocus here and will refuse to move its focus.",
                f"Write `focus {name} manual` before this line.",
            )
        if isinstance(command, c.Recall):
            made = {prop: one.origin for prop, one in track.state.settings if prop in WITH_PRESETS}
            if command.picture and made:
                preset = self._infos[name].numbered(command.preset)
                *most, last = (f"`{prop}`" for prop in made)
                settings = f"{', '.join(most)} and {last}" if most else last
                self.report(
                    "W612",
                    step.origin,
                    step,
                    f"Preset {command.preset} of “{name}” may restore its own {settings}, stored with the position.",
                    "Move the `set` after the arrival, or add `picture off` to the preset"
                    f"{f' “{preset.name}”' if preset is not None else ''} if no image settings are stored with it.",
                    *((origin, "set here") for origin in {origin.span: origin for origin in made.values()}.values()),
                )

    def cut_to(self, action: OngoingAction, step: Step, track: CameraTrack, now: int) -> None:
        """W602: the camera goes on program while this action moves it."""
        act = action.act
        if act.camera in self.excused:
            return
        moves = action.command.axes & MOVING and act.watched and not act.live and not action.estimated
        if not moves or isinstance(action.command, c.Track | c.Power):
            return
        if action.until is not None and action.until > now:
            if not track.moving(action.axes, now):
                return
            when = f"{brief(action.until - now)} before it arrives"
        elif action.open:
            when = "while it is being driven"
        else:
            return
        self.report(
            "W602",
            step.origin,
            step,
            f"“{track.camera.name}” goes on program {when}.",
            "Cut later, or `wait for` it; add `live` to the move if this is intended.",
            (action.step.origin, "started here"),
        )

    def check_time(
        self,
        command: c.Command,
        timed: Timed,
        arrival: int | None,
        shortest: int,
        track: CameraTrack,
        pose: c.Pose,
        now: int,
        step: Step,
    ) -> None:
        if timed.arriving is not None or timed.origin is None:
            return
        if isinstance(command, c.Replay):
            self._check_first_place(command, timed.origin, track, pose, step)
            return
        over: int | None = None
        if isinstance(command, c.MoveTo):
            over = command.over
            goal = command.pose.zoom
            start = pose.zoom
        elif isinstance(command, c.Ramp) and command.axis == "zoom":
            over, goal = command.over, command.target
            start = command.start if command.start is not None else pose.zoom
        if over is None:
            return
        name, model = track.camera.name, track.model
        needs = 0 if goal is None or start is None else motion.zoom_travel(model, goal - start)
        late = needs > over and far_off(needs, over)
        if late and isinstance(command, c.MoveTo):
            shortest = max(shortest, needs)
        if shortest > over:
            self.report(
                "E503",
                timed.origin,
                step,
                f"At full speed “{name}” needs {enough(shortest)}.",
                f"Allow at least {enough(shortest)}, or start closer.",
            )
        elif late:
            self.report(
                "W607",
                timed.origin,
                step,
                f"The zoom of “{name}” needs at least {enough(needs)}.",
                "Allow more time.",
            )
        elif arrival is not None and far_off(arrival - now, over):
            how = "at its slowest" if arrival - now < over else "at the nearest available speed"
            who = f"“{name}”" if goal is None else f"Pan and tilt of “{name}”"
            arrives = "arrives" if goal is None else "arrive"
            self.report(
                "W607",
                timed.origin,
                step,
                f"{who} {arrives} after {brief(arrival - now)}, {how}.",
                "Change the time, or split the move in two.",
            )

    def _check_first_place(
        self, command: c.Replay, origin: Origin, track: CameraTrack, pose: c.Pose, step: Step
    ) -> None:
        """W607 for a trace that begins elsewhere."""
        first = command.places[0]
        takes = motion.fastest(track.model, pose, c.Pose(first.pan, first.tilt, first.zoom))
        if takes > NS // command.rate:
            self.report(
                "W607",
                origin,
                step,
                f"“{track.camera.name}” is elsewhere when the trace begins; its way there takes {enough(takes)}.",
                "Move it to the first place of the trace before this line, and `wait for` it.",
            )


def _collide(action: OngoingAction, step: Step, command: c.Command, now: int) -> bool:
    """Whether a newer command cuts an older one of the same cue short, or both mean one instant."""
    older = action.command
    if not c.overlap(action.axes, command.axes):
        return False
    if isinstance(older, c.Power) or (isinstance(older, c.Track) and not older.on):
        return False
    if action.begun < now:
        return not action.open and action.until is not None and action.until > now
    if action.step.at.anchor != step.at.anchor:
        return False  # a wait of unknown length is between them
    if isinstance(older, c.Focus):
        return isinstance(command, c.Focus)
    if isinstance(older, c.SetProperty) and isinstance(command, c.SetProperty):
        steps = not all(PROPERTIES[one.prop].repeatable(one.verb) for one in (older, command))
        return not steps and bool(older.numbers) == bool(command.numbers)
    return True


def brief(ns: int) -> str:
    """A time for a message: the nearest tenth of a second, so that what is some time never reads as none."""
    return f"{max(1, (ns + NS // 20) // (NS // 10)) / 10:g}s"


def enough(ns: int) -> str:
    """As much time in tenths of a second as is surely enough."""
    return f"{-(-ns // (NS // 10)) / 10:g}s"


_AXIS_NAMES = {c.PAN_TILT: "pan, tilt", c.ZOOM: "zoom", c.FOCUS: "focus"}
