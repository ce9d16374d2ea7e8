"""`replay CAM "walk.trace"`: a recorded path becomes a command."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from cuelang import commands as c
from cuelang.lang import syntax as s
from cuelang.lang.draft import DraftAction
from cuelang.lang.env import CameraInfo
from cuelang.lang.scope import Scope
from cuelang.models import Model, paths
from cuelang.protocols import can
from cuelang.protocols.trace import FOLDER, BadTrace, Trace, TracePoint, read_trace
from cuelang.units import NS

SLOWEST, QUICKEST = Fraction(10, 100), Fraction(400, 100)
"""What `speed` may be, as a part of the recorded one."""

_ANY = c.Replay((), 1)


def lower(node: s.Replay, scope: Scope) -> Iterator[DraftAction]:
    infos = scope.cameras(node.cams)
    if len(infos) > 1:
        scope.report("E208", node.cams[0].loc, "`replay` takes one camera at a time.", "Write a line for each camera.")
        return
    path = scope.text(node.file, "The name of a trace")
    start = 0 if node.start is None else scope.time(node.start, "The start")
    speed = Fraction(1) if node.speed is None else _speed(node.speed, scope)
    trace = None if path is None else _read(path, node, scope)
    if path is None or trace is None or start is None or speed is None:
        return
    if start >= trace.length:
        assert node.start is not None
        scope.report(
            "E302", node.start.loc, f"{path} is {_shown(trace.length)} long.", "Start before its end, or leave it out."
        )
        return
    for info in infos:
        if info.part:
            scope.report("E401", node.file.loc, f"This trace is of {info.part}; {info.camera.name} is somewhere else.")
            continue
        if not can(info.family, info.model, _ANY):
            yield DraftAction(info, _ANY)
            continue
        places = _places(path, trace, node, scope, info)
        if places is None:
            continue
        places = paths.stretched(paths.rest(places, start), speed.numerator, speed.denominator)
        behind = _too_fast(info.model, places)
        if behind is not None:
            late, begin, end = (_shown(time) for time in (behind.late, behind.begin, behind.end))
            scope.report(
                "E503",
                node.file.loc,
                f"“{info.camera.name}” cannot follow {path}: from {begin} to {end} it falls {late} behind.",
                "Replay it slower, as in `speed 50%`, or with a faster camera.",
            )
            continue
        live = node.live is not None
        yield DraftAction(info, c.Replay(places, info.camera.ramp_rate, path), live, True, time_loc=node.file.loc)


def _speed(expr: s.Expr, scope: Scope) -> Fraction | None:
    percent = scope.amount(expr, "percent", "The speed of a replay")
    if percent is None:
        return None
    if not SLOWEST <= percent / 100 <= QUICKEST:
        scope.report("E302", expr.loc, "The speed of a replay is out of range.", "Allowed: 10% to 400%.")
        return None
    return percent / 100


def _read(path: str, node: s.Replay, scope: Scope) -> Trace | None:
    user = scope.section.block.file
    source = scope.files.file(path, user)
    if isinstance(source, str) and "/" not in path:
        kept = scope.files.file(f"{FOLDER}/{path}", user)
        source = source if isinstance(kept, str) else kept
    if isinstance(source, str):
        why = source.replace("a cue sheet is UTF-8 text", "a trace is UTF-8 text")
        hint = f"The path is relative to this sheet; a file of `{FOLDER}` is found by its name alone."
        scope.report("E205", node.file.loc, why, hint)
        return None
    try:
        return _trace(source.text, path)
    except BadTrace as bad:
        scope.report("E302", node.file.loc, str(bad), "`cuelang camera trace` writes such a file.")
        return None


_trace = lru_cache(maxsize=64)(read_trace)


def _places(path: str, trace: Trace, node: s.Replay, scope: Scope, info: CameraInfo) -> tuple[c.Place, ...] | None:
    """The path in the camera's own counts; None after a report."""
    model = info.model
    for point in trace.points:
        pan, tilt = model.pan(point.pan), model.tilt(point.tilt)
        for axis, raw, (low, high), degrees in (
            ("pan", pan, model.pan_range, model.pan_degrees),
            ("tilt", tilt, model.tilt_range, model.tilt_degrees),
        ):
            if not low <= raw <= high:
                ends = sorted((float(degrees(low)), float(degrees(high))))
                scope.report(
                    "E302",
                    node.file.loc,
                    f"{path} leads to {axis} {float(degrees(raw)):g}° at {_shown(point.at)}.",
                    f"The {axis} of “{info.camera.name}” goes from {ends[0]:g}° to {ends[1]:g}°.",
                )
                return None
    return _counted(model, trace.points)


@lru_cache(maxsize=64)
def _counted(model: Model, points: tuple[TracePoint, ...]) -> tuple[c.Place, ...]:
    return tuple(
        c.Place(one.at, model.pan(one.pan), model.tilt(one.tilt), model.zoom_percent(one.zoom)) for one in points
    )


_too_fast = lru_cache(maxsize=64)(paths.too_fast)


def _shown(ns: int) -> str:
    return f"{ns / NS:.1f}s"
