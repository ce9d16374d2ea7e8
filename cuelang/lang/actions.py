"""Camera statements become commands: one function a statement, each gives (camera, command) pairs.

What depends on where a camera is at that moment (travel, the start of an `arriving at`, the air) is left to
`predict`; what can be known from the words alone (names, units, ranges, what the camera can do) is settled here.
Ranges are checked before capability.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, assert_never

from cuelang import commands as c
from cuelang.lang import escapes
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo
from cuelang.lang.folders import folder
from cuelang.lang.places import positions
from cuelang.lang.presets import place_of, pose_of, stored, whereabouts
from cuelang.lang.scope import Scope, called
from cuelang.lang.synonyms import CHOICES, likely
from cuelang.lang.values import KIND_NAMES
from cuelang.plan import Preset
from cuelang.playback.track import far_off
from cuelang.protocols import can, no_speed, outside, preset_speeds, times_recalls, why_not
from cuelang.protocols.visca.capability import properties_of, vocabulary
from cuelang.protocols.visca.encode import TENTH, tenths
from cuelang.protocols.visca.properties import PROPERTIES, Property
from cuelang.source import Loc
from cuelang.units import NS


class Action(NamedTuple):
    """`arriving`: ns after the zero of `at`, set back by `predict`. `time_loc` is the place of a time that
    the camera may not be able to keep."""

    info: CameraInfo
    command: c.Command
    live: bool = False
    watched: bool = False
    only: bool = False
    arriving: int | None = None
    time_loc: Loc | None = None


EASES: dict[str, c.Ease] = {"linear": "linear", "in": "in", "out": "out", "in_out": "in_out"}
ON_OFF = ("on", "off")


def lower(statement: s.CameraStatement, scope: Scope) -> list[Action]:
    """The actions of one camera statement, in the order of its cameras; mistakes are reported in the scope."""
    # A line with a mistake is left at the first one, its names unread; none of them is to be called unused for that.
    scope.used.update(cam.id for cam in statement.cams if cam.id not in scope.local)
    actions: list[Action] = []
    if _turned_round(statement, scope):
        return actions
    for action in _each(statement, scope):
        info, command = action.info, action.command
        why = why_not(info.family, info.model, command)
        speed = statement.options.speed if hasattr(statement, "options") else None
        if why is None and speed is not None:
            why = no_speed(info.family, info.model, command)
        beyond = outside(info.model, command) if why is None and info.family == "visca" else None
        if why is not None:
            _cannot(scope, statement, info, why)
        elif beyond is not None:
            scope.report("E302", statement.loc, f"“{info.camera.name}” cannot reach this position.", beyond)
        else:
            actions.append(action)
    return actions


def _turned_round(statement: s.CameraStatement, scope: Scope) -> bool:
    """`zoom in foh`, `tally program foh`: the word is where the camera should be, and the other way round."""
    word = getattr(statement, "mode", None) or getattr(statement, "direction", None) or getattr(statement, "prop", None)
    if not isinstance(word, s.Name) or len(statement.cams) != 1:
        return False
    cam = statement.cams[0]
    strange = cam.id not in scope.local and scope.env.value_of(cam.id) is None
    if not strange or (word.id not in scope.env.cameras and word.id not in scope.env.groups and word.id != "all"):
        return False
    if cam.id not in _TURNED and (cam.id not in PROPERTIES if isinstance(statement, s.Set) else cam.id not in CHOICES):
        return False
    scope.used.add(word.id)
    verb = type(statement).__name__.lower().removesuffix("drive") or "drive"
    meant = cam.id if cam.id in _TURNED or isinstance(statement, s.Set) else CHOICES[cam.id]
    more = " …" if isinstance(statement, s.Set) else ""
    scope.report("E208", cam.loc, f"The camera comes before `{cam.id}`.", f"Write `{verb} {word.id} {meant}{more}`.")
    return True


_TURNED = frozenset(
    ("in", "out", "program", "preview", "off", "on", "auto", "manual", "near", "far", "snap", *c.VECTORS)
)


def _cannot(scope: Scope, statement: s.CameraStatement, info: CameraInfo, why: str) -> None:
    scope.report(
        "E401", statement.loc, f"“{info.camera.name}” does not support this: {why}.",
        "Remove this camera from the line, or use a protocol that supports it.",
    )  # fmt: skip


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


def _move(node: s.Move, scope: Scope) -> Iterator[Action]:
    options = node.options
    _allow(scope, options, "speed", "over", "arriving", "ease", "live")
    timed = options.over or options.arriving
    ease = _ease(scope, options, timed is not None)
    over = scope.time(options.over, "The duration", low=1) if options.over else None
    arriving = scope.time(options.arriving, "The arrival") if options.arriving else None
    if options.arriving and arriving is not None:
        scope.time_of_day(options.arriving, "arriving at", arriving)
    if options.over and options.arriving:
        scope.report("E208", options.arriving.loc, "`over` and `arriving at` cannot be combined.", "Use one of them.")
        return
    if options.over and options.speed:
        scope.report(
            "E208", options.speed.loc, "`over` already determines the speed.", "Use `over` or `speed`, not both."
        )
        return
    for info in scope.cameras(node.cams):
        camera = info.camera
        default = min(max(camera.move_speed, 1), 24)
        place = place_of(node.to, scope, info)
        if place is None:
            continue
        preset, pose = place
        recalled = timed is None and preset is not None and preset.number is not None
        if preset is not None and preset.focus is not None:
            live = options.live is not None
            yield Action(info, c.Focus("manual"), live, True)
            if not recalled:  # what a camera stored, it brings back with its focus
                yield Action(info, c.FocusTo(preset.focus), live, True)
        speed = None if recalled else options.speed
        pan_speed, tilt_speed = _pan_tilt_speed(scope, speed, info, default)
        if over is not None and preset is not None and preset.number is not None and options.ease is None:
            timer = c.Recall(preset.number, None, pose_of(preset), preset.picture, tenths(over) * TENTH)
            if times_recalls(info.family, info.model):
                if far_off(timer.over or 0, over):
                    scope.report(
                        "W607", timed.loc if timed else node.loc,
                        f"“{camera.name}” can take 1 s to 99 s for a recall, and takes {(timer.over or 0) // NS} s.",
                        "Change the time.",
                    )  # fmt: skip
                yield Action(info, timer, options.live is not None, True)
                continue
        if timed is not None:
            if pose is None or pose == c.NO_POSE:
                if preset is not None and preset.number is None:
                    continue  # the preset's own line is mistaken, and that was said there
                scope.report(
                    "E505",
                    node.to.loc,
                    f"{whereabouts(preset, camera.name)} is unknown, so this move cannot be timed.",
                    "Add its position to the preset: `at pan … tilt … zoom …`. `cuelang camera learn` can read it"
                    " from the camera.",
                )
                continue
            command: c.Command = c.MoveTo(
                pose, pan_speed, tilt_speed, over or 1, ease, camera.ramp_rate, camera.ramp_by
            )
            if over is None and arriving is None:
                continue
            yield Action(
                info, command, options.live is not None, True, arriving=arriving if options.arriving else None,
                time_loc=timed.loc,
            )  # fmt: skip
        elif preset is not None and preset.number is not None:
            yield Action(info, _recall(scope, options, info, preset), options.live is not None, True)
        elif pose is not None:
            yield Action(info, c.MoveTo(pose, pan_speed, tilt_speed), options.live is not None, True)


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


def _move_by(node: s.MoveBy, scope: Scope) -> Iterator[Action]:
    _allow(scope, node.options, "speed", "live")
    for info in scope.cameras(node.cams):
        axes = (("pan", node.pan), ("tilt", node.tilt))
        pan, tilt = positions(axes, scope.evaluate, info.model, scope.report, relative=True) or (0, 0)
        speeds = _pan_tilt_speed(scope, node.options.speed, info, info.camera.move_speed)
        yield Action(info, c.MoveBy(pan or 0, tilt or 0, *speeds), node.options.live is not None, True)


def _home(node: s.MoveHome, scope: Scope) -> Iterator[Action]:
    _allow(scope, node.options, "live")
    for info in scope.cameras(node.cams):
        yield Action(info, c.Home(), node.options.live is not None, True)


def _drive(node: s.Drive, scope: Scope) -> Iterator[Action]:
    _allow(scope, node.options, "speed", "for", "live")
    direction: Any = scope.choice(node.direction, c.VECTORS, "direction")
    duration = _duration(scope, node.options)
    for info in scope.cameras(node.cams):
        speeds = _pan_tilt_speed(scope, node.options.speed, info, info.camera.drive_speed)
        if direction is not None and _settled(node.options, duration):
            yield Action(info, c.Drive(direction, *speeds, duration), node.options.live is not None, True)


# --- lens ----------------------------------------------------------------------------------------------------


def _lens_speed(scope: Scope, options: s.Options) -> int | None:
    if options.speed is None:
        return None
    if options.speed.tilt is not None:
        scope.report("E208", options.speed.tilt.loc, "This takes one speed.", "Remove the second number.")
    return scope.integer(options.speed.pan, 0, 7, "A zoom or focus speed")


def _zoom_to(node: s.ZoomTo, scope: Scope) -> Iterator[Action]:
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
            yield Action(info, c.ZoomTo(target), live, True)
        elif over is not None:
            ramp = c.Ramp("zoom", start, target, over, info.camera.ramp_rate, ease, info.camera.ramp_by)
            yield Action(info, ramp, live, True, time_loc=options.over.loc)


def _zoom_drive(node: s.ZoomDrive, scope: Scope) -> Iterator[Action]:
    _allow(scope, node.options, "speed", "for", "live")
    direction: Any = scope.choice(node.direction, ("in", "out"), "direction of zoom")
    duration, speed = _duration(scope, node.options), _lens_speed(scope, node.options)
    for info in scope.cameras(node.cams):
        if direction is not None and _settled(node.options, duration):
            command = c.ZoomDrive(direction, _or(speed, info.camera.zoom_speed), duration)
            yield Action(info, command, node.options.live is not None, True)


_FOCUS_MODES = ("auto", "manual", "toggle", "snap", "lock", "unlock", "near", "far")


def _focus(node: s.Focus, scope: Scope) -> Iterator[Action]:
    options = node.options
    if node.to is not None:
        _allow(scope, options, "over")
        place = scope.integer(node.to, 0, 0xFFFF, "A focus position")
        over = scope.time(options.over, "The duration", low=1) if options.over else None
        for info in scope.cameras(node.cams):
            if place is None:
                continue
            if options.over is None:
                yield Action(info, c.FocusTo(place))
            elif over is not None:
                yield Action(info, c.Ramp("focus", None, place, over, info.camera.ramp_rate))
        return
    mode: Any = scope.choice(node.mode, _FOCUS_MODES, "focus mode")
    driving = mode in ("near", "far")
    _allow(scope, options, *(("speed", "for") if driving or mode is None else ()))
    duration, speed = _duration(scope, options), _lens_speed(scope, options)
    for info in scope.cameras(node.cams):
        if driving and _settled(options, duration):
            yield Action(info, c.FocusDrive(mode, speed, duration))
        elif not driving and mode is not None:
            yield Action(info, c.Focus(mode))


# --- the rest ------------------------------------------------------------------------------------------------


def _stop(node: s.Stop, scope: Scope) -> Iterator[Action]:
    for info in scope.cameras(node.cams):
        can_track = can(info.family, info.model, c.Track(False))
        yield Action(info, c.Stop(tracking=can_track))


def _set(node: s.Set, scope: Scope) -> Iterator[Action]:
    infos = scope.cameras(node.cams)
    wanted = scope.pick(node.prop, PROPERTIES)
    if wanted.kind == "unknown":
        for expr in (*node.values, node.pan, node.tilt):
            if expr is not None:
                scope.evaluate(expr)
        return
    prop = PROPERTIES.get(str(wanted.amount)) or PROPERTIES.get(node.prop.id)
    if prop is None:
        word = called(wanted, node.prop)
        scope.report(
            "E209",
            node.prop.loc,
            f"Unknown property “{word}”.{likely(word, PROPERTIES)}",
            "The properties are listed in the user's guide.",
        )
        return
    if prop.risk:
        send = f'`cuelang camera send URL "set it {prop.name} …"`'
        scope.report("W618", node.prop.loc, prop.risk, f"Do it before the show with {send}.")
    watched, live = prop.on_air, node.live is not None
    loc = node.values[0].loc if node.values else node.loc
    usage = f"Allowed: {prop.allowed}."
    if node.pan is not None or node.tilt is not None:
        if not prop.pose or node.pan is None or node.tilt is None or node.values:
            scope.report(
                "E208",
                (node.pan or node.tilt or node.prop).loc,
                f"`{prop.name}` takes a different kind of value.",
                usage,
            )
            return
        for info in infos:
            axes = (("pan", node.pan), ("tilt", node.tilt))
            pan, tilt = positions(axes, scope.evaluate, info.model, scope.report) or (None, None)
            if pan is not None and tilt is not None:
                command = prop.value((pan, tilt))
                if command is not None:
                    yield Action(info, command, live, watched)
        return
    words = vocabulary(prop)
    if len(node.values) == 1:
        expr = node.values[0]
        value = scope.pick(expr, words)
        if value.kind not in ("unknown", "number", "kelvin", "hertz") and isinstance(expr, s.Name):
            word = str(value.amount) if value.amount in words else expr.id
            command = c.SetProperty(prop.name, word) if word in words else None
            if command is None:
                word = called(value, expr)
                if value.kind in ("word", "cameras", "text"):
                    near = likely(word, words, prop.name)
                    scope.report("E209", expr.loc, f"`{prop.name}` has no value “{word}”.{near}", usage)
                    return
            else:
                for info in infos:
                    yield Action(info, command, live, watched)
                return
        values = [value]
    else:
        values = [scope.evaluate(value) for value in node.values]
    if any(value.kind == "unknown" for value in values):
        return
    kinds = {"K": ("kelvin",), "Hz": ("hertz",), "": ("number",)}[prop.unit]
    if not prop.numbers or len(values) != len(prop.numbers):
        scope.report("E208", loc, f"`{prop.name}` takes a different kind of value.", usage)
        return
    for value, expr in zip(values, node.values, strict=True):
        if value.kind not in kinds:
            scope.report("E301", expr.loc, f"`{prop.name}` does not take {KIND_NAMES[value.kind]}.", usage)
            return
    told: set[str] = set()
    for info in infos:
        own = _own(prop, info)
        command = own.value([value.amount for value in values])
        if command is not None:
            yield Action(info, command, live, watched)
        elif own.allowed not in told:
            told.add(own.allowed)
            of = f" on the {info.model.title}" if own is not prop else ""
            scope.report("E302", loc, f"Out of range for `{prop.name}`{of}.", f"Allowed: {own.allowed}.")


def _own(prop: Property, info: CameraInfo) -> Property:
    """The property as this camera has it, if it has numbers for it; else as the language has it."""
    own = properties_of(info.model).get(prop.name) if info.family == "visca" else None
    return own if own is not None and own.numbers else prop


def _preset_op(node: s.PresetOp, scope: Scope) -> Iterator[Action]:
    infos = scope.cameras(node.cams)
    if len(infos) > 1:
        scope.report(
            "E208", node.cams[0].loc, f"`{node.op}` takes one camera at a time.", "Write a line for each camera."
        )
        return
    for info in infos:
        number = stored(node.preset, scope, info)
        if number is not None:
            command = c.Store(number) if node.op == "store" else c.Clear(number)
            yield Action(info, command, node.live is not None, True)


def _tally(node: s.Tally, scope: Scope) -> Iterator[Action]:
    mode: Any = scope.choice(node.mode, ("program", "preview", "off"), "tally state")
    infos = scope.cameras(node.cams)
    if mode is None:
        return
    for info in infos:
        yield Action(info, c.Tally(mode))
    if node.only is not None:
        if mode != "program":
            scope.report("E208", node.only, "`only` is only allowed with `program`.", "Remove `only`.")
            return
        named = {info.camera.name for info in infos}
        for name, info in scope.env.cameras.items():
            if name not in named and can(info.family, info.model, c.Tally("off")):
                yield Action(info, c.Tally("off"), only=True)


def _booth(node: s.Booth, scope: Scope) -> Iterator[Action]:
    kind: Any = scope.choice(node.kind, ("photos", "videos"), "kind of booth")
    every = _whole_seconds(scope, node.every, 9, "The photo interval") if node.every else 1
    if node.length is not None and kind == "photos":
        scope.report("E208", node.length.loc, "`length` is only allowed with `videos`.", "Remove it.")
    length = _whole_seconds(scope, node.length, 10, "The length") if node.length else 5
    into = folder(node.save, "booth", scope)
    for info in scope.cameras(node.cams):
        if None not in (kind, every, length, into):
            yield Action(info, c.Booth(kind, (every or 1) * NS, (length or 1) * NS, into or ""))


def _whole_seconds(scope: Scope, expr: s.Expr, high: int, what: str) -> int | None:
    span = scope.time(expr, what)
    if span is None:
        return None
    if span % NS or not 1 <= span // NS <= high:
        scope.report("E302", expr.loc, f"{what} is out of range.", f"Allowed: 1s to {high}s, in whole seconds.")
        return None
    return span // NS


def _snapshot(node: s.Snapshot, scope: Scope) -> Iterator[Action]:
    into = folder(node.save, "snapshots", scope)
    for info in scope.cameras(node.cams):
        if into is not None:
            yield Action(info, c.Snapshot(into))


def _track(node: s.Track, scope: Scope) -> Iterator[Action]:
    mode = scope.choice(node.mode, ON_OFF, "state")
    for info in scope.cameras(node.cams):
        if mode is not None:
            yield Action(info, c.Track(mode == "on"), node.live is not None, True)


def _power(node: s.Power, scope: Scope) -> Iterator[Action]:
    mode = scope.choice(node.mode, ON_OFF, "state")
    for info in scope.cameras(node.cams):
        if mode is not None:
            yield Action(info, c.Power(mode == "on", info.camera.boot), node.live is not None, mode == "off")


def _recover(node: s.Recover, scope: Scope) -> Iterator[Action]:
    for info in scope.cameras(node.cams):
        yield Action(info, c.Recover(), node.live is not None, True)


def _each(node: s.CameraStatement, scope: Scope) -> Iterator[Action]:
    match node:
        case s.Move():
            return _move(node, scope)
        case s.MoveBy():
            return _move_by(node, scope)
        case s.MoveHome():
            return _home(node, scope)
        case s.Drive():
            return _drive(node, scope)
        case s.ZoomTo():
            return _zoom_to(node, scope)
        case s.ZoomDrive():
            return _zoom_drive(node, scope)
        case s.Focus():
            return _focus(node, scope)
        case s.Stop():
            return _stop(node, scope)
        case s.Set():
            return _set(node, scope)
        case s.PresetOp():
            return _preset_op(node, scope)
        case s.Profile():
            return (Action(*one, node.live is not None, True) for one in escapes.profile(node, scope))
        case s.Raw():
            return (Action(*one, node.live is not None, True) for one in escapes.raw(node, scope))
        case s.Tally():
            return _tally(node, scope)
        case s.Booth():
            return _booth(node, scope)
        case s.Snapshot():
            return _snapshot(node, scope)
        case s.Track():
            return _track(node, scope)
        case s.Power():
            return _power(node, scope)
        case s.Recover():
            return _recover(node, scope)
        case _:
            assert_never(node)
