"""Camera statements become commands: one function a statement, each gives (camera, command) pairs.

What depends on where a camera is at that moment (travel, the start of an `arriving at`, the air) is left to
`predict`; what can be known from the words alone (names, units, ranges, what the camera can do) is settled here.
Ranges are checked before capability.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from cuelang import commands as c
from cuelang.lang import escapes, motions, properties, traces
from cuelang.lang import syntax as s
from cuelang.lang.draft import DraftAction
from cuelang.lang.env import CameraInfo
from cuelang.lang.folders import folder
from cuelang.lang.presets import stored
from cuelang.lang.scope import Scope
from cuelang.lang.synonyms import CHOICES
from cuelang.protocols import can, no_speed, outside, why_not
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.units import NS

ON_OFF = ("on", "off")


def lower(statement: s.CameraStatement, scope: Scope) -> list[DraftAction]:
    """The actions of one camera statement, in the order of its cameras; mistakes are reported in the scope."""
    # A line with a mistake is left at the first one, its names unread; none of them is to be called unused for that.
    scope.used.update(cam.id for cam in statement.cams if cam.id not in scope.local)
    actions: list[DraftAction] = []
    if _turned_round(statement, scope):
        return actions
    for action in _each(statement, scope):
        info, command = action.info, action.command
        why = why_not(info.family, info.model, command)
        speed = statement.options.speed if hasattr(statement, "options") else None
        if why is None and speed is not None:
            why = no_speed(info.family, info.model, command)
        beyond = outside(info.model, command) if why is None and info.family in ("visca", "panasonic") else None
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
        "E401",
        statement.loc,
        f"“{info.camera.name}” does not support this: {why}.",
        "Remove this camera from the line, or use a protocol that supports it.",
    )


# --- the rest ------------------------------------------------------------------------------------------------


def _stop(node: s.Stop, scope: Scope) -> Iterator[DraftAction]:
    for info in scope.cameras(node.cams):
        can_track = can(info.family, info.model, c.Track(False))
        yield DraftAction(info, c.Stop(tracking=can_track))


def _preset_op(node: s.PresetOp, scope: Scope) -> Iterator[DraftAction]:
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
            yield DraftAction(info, command, node.live is not None, True)


def _tally(node: s.Tally, scope: Scope) -> Iterator[DraftAction]:
    mode: Any = scope.choice(node.mode, ("program", "preview", "off"), "tally state")
    infos = scope.cameras(node.cams)
    if mode is None:
        return
    for info in infos:
        yield DraftAction(info, c.Tally(mode))
    if node.only is not None:
        if mode != "program":
            scope.report("E208", node.only, "`only` is only allowed with `program`.", "Remove `only`.")
            return
        named = {info.camera.name for info in infos}
        scope.looked_at.update(scope.env.cameras)
        for name, info in scope.env.cameras.items():
            if name not in named and can(info.family, info.model, c.Tally("off")):
                yield DraftAction(info, c.Tally("off"), only=True)


def _booth(node: s.Booth, scope: Scope) -> Iterator[DraftAction]:
    kind: Any = scope.choice(node.kind, ("photos", "videos"), "kind of booth")
    every = _whole_seconds(scope, node.every, 9, "The photo interval") if node.every else 1
    if node.length is not None and kind == "photos":
        scope.report("E208", node.length.loc, "`length` is only allowed with `videos`.", "Remove it.")
    length = _whole_seconds(scope, node.length, 10, "The length") if node.length else 5
    into = folder(node.save, "booth", scope)
    for info in scope.cameras(node.cams):
        if None not in (kind, every, length, into):
            yield DraftAction(info, c.Booth(kind, (every or 1) * NS, (length or 1) * NS, into or ""))


def _whole_seconds(scope: Scope, expr: s.Expr, high: int, what: str) -> int | None:
    span = scope.time(expr, what)
    if span is None:
        return None
    if span % NS or not 1 <= span // NS <= high:
        scope.report("E302", expr.loc, f"{what} is out of range.", f"Allowed: 1s to {high}s, in whole seconds.")
        return None
    return span // NS


def _snapshot(node: s.Snapshot, scope: Scope) -> Iterator[DraftAction]:
    into = folder(node.save, "snapshots", scope)
    for info in scope.cameras(node.cams):
        if into is not None:
            yield DraftAction(info, c.Snapshot(into))


def _track(node: s.Track, scope: Scope) -> Iterator[DraftAction]:
    mode = scope.choice(node.mode, ON_OFF, "state")
    for info in scope.cameras(node.cams):
        if mode is not None:
            yield DraftAction(info, c.Track(mode == "on"), node.live is not None, True)


def _power(node: s.Power, scope: Scope) -> Iterator[DraftAction]:
    mode = scope.choice(node.mode, ON_OFF, "state")
    for info in scope.cameras(node.cams):
        if mode is not None:
            yield DraftAction(info, c.Power(mode == "on", info.camera.boot), node.live is not None, mode == "off")


def _recover(node: s.Recover, scope: Scope) -> Iterator[DraftAction]:
    for info in scope.cameras(node.cams):
        yield DraftAction(info, c.Recover(), node.live is not None, True)


def _each(node: s.CameraStatement, scope: Scope) -> Iterator[DraftAction]:  # noqa: C901 - a case for each statement
    match node:
        case s.Move():
            return motions.move(node, scope)
        case s.MoveBy():
            return motions.move_by(node, scope)
        case s.MoveHome():
            return motions.home(node, scope)
        case s.Drive():
            return motions.drive(node, scope)
        case s.ZoomTo():
            return motions.zoom_to(node, scope)
        case s.ZoomDrive():
            return motions.zoom_drive(node, scope)
        case s.Focus():
            return motions.focus(node, scope)
        case s.Stop():
            return _stop(node, scope)
        case s.Set():
            return properties.lower(node, scope)
        case s.PresetOp():
            return _preset_op(node, scope)
        case s.Profile():
            return (DraftAction(*one, node.live is not None, True) for one in escapes.profile(node, scope))
        case s.Raw():
            return (DraftAction(*one, node.live is not None, True) for one in escapes.raw(node, scope))
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
        case s.Replay():
            return traces.lower(node, scope)
        case _:
            assert_never(node)
