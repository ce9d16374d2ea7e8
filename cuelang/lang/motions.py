"""What moves a camera or its lens: `move`, `drive`, `home`, `zoom`, `focus`, and their options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cuelang import commands as c
from cuelang.lang import syntax as s
from cuelang.lang.draft import DraftAction
from cuelang.lang.env import CameraInfo
from cuelang.lang.places import positions
from cuelang.lang.presets import place_of, pose_of, whereabouts
from cuelang.lang.scope import Scope
from cuelang.plan import Preset
from cuelang.playback.ways import far_off
from cuelang.protocols import can, nearest_time, preset_speeds, recall_times, times_recalls
from cuelang.units import NS

EASES: dict[str, c.Ease] = {"linear": "linear", "in": "in", "out": "out", "in_out": "in_out"}
# --- options -------------------------------------------------------------------------------------------------

_OPTION_NAMES = {
    "for": "duration",
    "arriving": "arriving",
    "over": "over",
    "speed": "speed",
    "ease": "ease",
    "live": "live",
}


def _allow(scope: Scope, options: s.Options, *allowed: str) -> None:
    """E208 for options that this form does not have, and for those given twice."""
    seen: set[str] = set()
    for name in options.given:
        if name.id not in allowed:
            scope.report(
                "E209",
                name.loc,
                f"`{name.id}` cannot be used with this statement.",
                f"Allowed options: {', '.join(allowed) or 'none'}.",
            )
        elif name.id in seen:
            scope.report("E208", name.loc, f"`{name.id}` is given twice.", "Remove one.")
        seen.add(name.id)


def _ease(scope: Scope, options: s.Options, timed: bool) -> c.Ease:
    if options.ease is None:
        return "linear"
    word = scope.choice(options.ease, EASES, "ease")
    if not timed:
        scope.report("E208", options.ease.loc, "`ease` only applies to a timed move.", "Add `over` and a time.")
    return EASES.get(word or "linear", "linear")


def _pan_tilt_speed(scope: Scope, pair: s.Pair | None, info: CameraInfo, default: int) -> tuple[int, int]:
    """Protocol steps of pan and tilt; one number serves both, tilt capped at its highest step."""
    if info.family.startswith("pelco"):
        low, pan_high, tilt_high = 0, 63, 63
    else:
        low, pan_high, tilt_high = 1, len(info.model.pan_speeds), len(info.model.tilt_speeds)
    pan = tilt = default
    if pair is not None:
        pan = tilt = _or(scope.integer(pair.pan, low, pan_high, "A speed"), default)
        if pair.tilt is not None:
            tilt = _or(scope.integer(pair.tilt, low, tilt_high, "A tilt speed"), default)
    return pan, min(tilt, tilt_high)


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _duration(scope: Scope, options: s.Options) -> int | None:
    return None if options.duration is None else scope.time(options.duration, "The duration", low=1)


def _settled(options: s.Options, duration: int | None) -> bool:
    """Whether it is known if and how long a drive lasts: one whose `for` is wrong does not count as endless."""
    return options.duration is None or duration is not None


# --- moving --------------------------------------------------------------------------------------------------


_Place = tuple[Preset | None, c.Pose | None]
"""What `place_of` gives."""


class _Timing(NamedTuple):
    """How long a move takes (ns), or when it arrives; `expr` is what says so. All None: as fast as its speed."""

    expr: s.Expr | None
    over: int | None
    arriving: int | None
    ease: c.Ease


def _timing(options: s.Options, scope: Scope) -> _Timing | None:
    """None: what is written contradicts itself."""
    timed = options.over or options.arriving
    ease = _ease(scope, options, timed is not None)
    over = scope.time(options.over, "The duration", low=1) if options.over else None
    arriving = scope.time(options.arriving, "The arrival") if options.arriving else None
    if options.arriving and arriving is not None:
        scope.time_of_day(options.arriving, "arriving at", arriving)
    if options.over and options.arriving:
        scope.report("E208", options.arriving.loc, "`over` and `arriving at` cannot be combined.", "Use one of them.")
        return None
    if options.over and options.speed:
        scope.report(
            "E208", options.speed.loc, "`over` already determines the speed.", "Use `over` or `speed`, not both."
        )
        return None
    return _Timing(timed, over, arriving, ease)


def move(node: s.Move, scope: Scope) -> Iterator[DraftAction]:
    _allow(scope, node.options, "speed", "over", "arriving", "ease", "live")
    timing = _timing(node.options, scope)
    if timing is None:
        return
    for info in scope.cameras(node.cams):
        place = place_of(node.to, scope, info)
        if place is not None:
            yield from _move(node, scope, info, place, timing)


def _move(node: s.Move, scope: Scope, info: CameraInfo, place: _Place, timing: _Timing) -> Iterator[DraftAction]:
    options, (preset, pose) = node.options, place
    live = options.live is not None
    number = None if preset is None else preset.number
    recalled = timing.expr is None and number is not None
    if preset is not None and preset.focus is not None:
        yield DraftAction(info, c.Focus("manual"), live, True)
        if not recalled:  # what a camera stored, it brings back with its focus
            yield DraftAction(info, c.FocusTo(preset.focus), live, True)
    default = min(max(info.camera.move_speed, 1), 24)
    speeds = _pan_tilt_speed(scope, None if recalled else options.speed, info, default)
    if timing.expr is not None:
        recall = _timed_recall(preset, scope, info, timing) if options.ease is None else None
        if recall is not None:
            yield DraftAction(info, recall, live, True)
        else:
            yield from _timed_move(node, scope, info, place, speeds, timing)
    elif preset is not None and number is not None:
        yield DraftAction(info, _recall(scope, options, info, preset), live, True)
    elif pose is not None:
        yield DraftAction(info, c.MoveTo(pose, *speeds), live, True)


def _timed_recall(preset: Preset | None, scope: Scope, info: CameraInfo, timing: _Timing) -> c.Recall | None:
    """A preset that the camera itself brings back in a time; None: it cannot."""
    over = timing.over
    if over is None or timing.expr is None or preset is None or preset.number is None:
        return None
    if not times_recalls(info.family, info.model):
        return None
    recall = c.Recall(preset.number, None, pose_of(preset), preset.picture, nearest_time(info.model, over))
    if far_off(recall.over or 0, over):
        scope.report(
            "W607",
            timing.expr.loc,
            f"“{info.camera.name}” can take {recall_times(info.model)} for a recall, and takes"
            f" {(recall.over or 0) // NS} s.",
            "Change the time.",
        )
    return recall


def _timed_move(
    node: s.Move, scope: Scope, info: CameraInfo, place: _Place, speeds: tuple[int, int], timing: _Timing
) -> Iterator[DraftAction]:
    camera, (preset, pose), live = info.camera, place, node.options.live is not None
    if pose is None or pose == c.NO_POSE:
        if preset is not None and preset.number is None:
            return  # the preset's own line is mistaken, and that was said there
        nowhere = c.MoveTo(c.Pose(0, 0, 0), *speeds, timing.over or 1)
        if not can(info.family, info.model, nowhere):
            yield DraftAction(info, nowhere, live, True)  # a known place would not help
            return
        scope.report(
            "E505",
            node.to.loc,
            f"{whereabouts(preset, camera.name)} is unknown, so this move cannot be timed.",
            "Add its position to the preset: `at pan … tilt … zoom …`. `cuelang camera learn` can read it"
            " from the camera.",
        )
    elif timing.expr is not None and (timing.over is not None or timing.arriving is not None):
        command = c.MoveTo(pose, *speeds, timing.over or 1, timing.ease, camera.ramp_rate, camera.ramp_by)
        yield DraftAction(info, command, live, True, arriving=timing.arriving, time_loc=timing.expr.loc)


def _recall(scope: Scope, options: s.Options, info: CameraInfo, preset: Preset) -> c.Recall:
    speed = info.camera.recall_speed
    if options.speed is not None:
        speed = scope.integer(options.speed.pan, *preset_speeds(info.model), "A preset's speed")
        if options.speed.tilt is not None:
            scope.report(
                "E208",
                options.speed.tilt.loc,
                "A preset recall has one speed for pan and tilt.",
                "Remove the second number.",
            )
    return c.Recall(preset.number or 0, speed, pose_of(preset), preset.picture)


def move_by(node: s.MoveBy, scope: Scope) -> Iterator[DraftAction]:
    _allow(scope, node.options, "speed", "live")
    for info in scope.cameras(node.cams):
        axes = (("pan", node.pan), ("tilt", node.tilt))
        pan, tilt = positions(axes, scope.evaluate, info.model, scope.report, relative=True) or (0, 0)
        speeds = _pan_tilt_speed(scope, node.options.speed, info, info.camera.move_speed)
        yield DraftAction(info, c.MoveBy(pan or 0, tilt or 0, *speeds), node.options.live is not None, True)


def home(node: s.MoveHome, scope: Scope) -> Iterator[DraftAction]:
    _allow(scope, node.options, "live")
    for info in scope.cameras(node.cams):
        yield DraftAction(info, c.Home(), node.options.live is not None, True)


def drive(node: s.Drive, scope: Scope) -> Iterator[DraftAction]:
    _allow(scope, node.options, "speed", "for", "live")
    direction: Any = scope.choice(node.direction, c.VECTORS, "direction")
    duration = _duration(scope, node.options)
    for info in scope.cameras(node.cams):
        speeds = _pan_tilt_speed(scope, node.options.speed, info, info.camera.drive_speed)
        if direction is not None and _settled(node.options, duration):
            yield DraftAction(info, c.Drive(direction, *speeds, duration), node.options.live is not None, True)


# --- lens ----------------------------------------------------------------------------------------------------


def _lens_speed(scope: Scope, options: s.Options) -> int | None:
    if options.speed is None:
        return None
    if options.speed.tilt is not None:
        scope.report("E208", options.speed.tilt.loc, "This takes one speed.", "Remove the second number.")
    return scope.integer(options.speed.pan, 0, 7, "A zoom or focus speed")


def zoom_to(node: s.ZoomTo, scope: Scope) -> Iterator[DraftAction]:
    options = node.options
    _allow(scope, options, "over", "ease", "live")
    ease = _ease(scope, options, options.over is not None)
    over = scope.time(options.over, "The duration", low=1) if options.over else None
    if node.start is not None and options.over is None:
        scope.report("E208", node.start.loc, "`from` needs a duration.", "Add `over` and a time.")
        return
    for info in scope.cameras(node.cams):
        ends = (("zoom", node.start), ("zoom", node.to))
        start, target = positions(ends, scope.evaluate, info.model, scope.report) or (None, None)
        if target is None:
            continue
        live = options.live is not None
        if options.over is None:
            yield DraftAction(info, c.ZoomTo(target), live, True)
        elif over is not None:
            ramp = c.Ramp("zoom", start, target, over, info.camera.ramp_rate, ease, info.camera.ramp_by)
            yield DraftAction(info, ramp, live, True, time_loc=options.over.loc)


def zoom_drive(node: s.ZoomDrive, scope: Scope) -> Iterator[DraftAction]:
    _allow(scope, node.options, "speed", "for", "live")
    direction: Any = scope.choice(node.direction, ("in", "out"), "direction of zoom")
    duration, speed = _duration(scope, node.options), _lens_speed(scope, node.options)
    for info in scope.cameras(node.cams):
        if direction is not None and _settled(node.options, duration):
            command = c.ZoomDrive(direction, _or(speed, info.camera.zoom_speed), duration)
            yield DraftAction(info, command, node.options.live is not None, True)


_FOCUS_MODES = ("auto", "manual", "toggle", "snap", "lock", "unlock", "near", "far")


def focus(node: s.Focus, scope: Scope) -> Iterator[DraftAction]:
    options = node.options
    if node.to is not None:
        _allow(scope, options, "over")
        place = scope.integer(node.to, 0, 0xFFFF, "A focus position")
        over = scope.time(options.over, "The duration", low=1) if options.over else None
        for info in scope.cameras(node.cams):
            if place is None:
                continue
            if options.over is None:
                yield DraftAction(info, c.FocusTo(place))
            elif over is not None:
                yield DraftAction(info, c.Ramp("focus", None, place, over, info.camera.ramp_rate))
        return
    mode: Any = scope.choice(node.mode, _FOCUS_MODES, "focus mode")
    driving = mode in ("near", "far")
    _allow(scope, options, *(("speed", "for") if driving or mode is None else ()))
    duration, speed = _duration(scope, options), _lens_speed(scope, options)
    for info in scope.cameras(node.cams):
        if driving and _settled(options, duration):
            yield DraftAction(info, c.FocusDrive(mode, speed, duration))
        elif not driving and mode is not None:
            yield DraftAction(info, c.Focus(mode))
