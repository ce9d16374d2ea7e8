"""Which preset or which pose a line means for one camera."""

from __future__ import annotations

from cuelang import commands as c
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo
from cuelang.lang.places import positions, preset_number
from cuelang.lang.scope import Scope, called
from cuelang.lang.values import KIND_NAMES, Value
from cuelang.plan import Preset


def pose_of(preset: Preset) -> c.Pose | None:
    pose = c.Pose(preset.pan, preset.tilt, preset.zoom)
    return None if pose == c.NO_POSE else pose


def place_of(place: s.Place, scope: Scope, info: CameraInfo) -> tuple[Preset | None, c.Pose | None] | None:
    """The preset or the pose that is meant for this camera; None after a report."""
    named = place.name if place.name is not None else place.number
    if named is not None:
        value = scope.pick(named, info.presets)
        if value.kind == "word" and (preset := scope.preset(info, str(value.amount))) is not None:
            return preset, pose_of(preset)
        if value.kind == "unknown":
            return None
        if value.kind == "number" or (place.name is None and value.kind != "word"):
            return _numbered(value, place, scope, info)
        word = called(value, named)
        if value.kind not in ("word", "text", "cameras") and (not isinstance(named, s.Name) or named.id in scope.local):
            scope.report(
                "E301",
                named.loc,
                f"“{word}” is {KIND_NAMES[value.kind]} here; a name is needed.",
                "Pass a name.",
            )
        elif word not in scope.env.broken:
            near = nearest(word, info.presets)
            known = f"Presets: {', '.join(info.presets)}." if info.presets else "It has no presets."
            cam = info.camera.name
            if word == "home":
                near, known = "", f"Write `move {cam} home`; a camera's home is not a preset."
            elif word == "preset":
                near, known = "", f"For a preset by its number write `move {cam} to preset 4`. {known}"
            scope.report("E202", named.loc, f"“{cam}” has no preset “{word}”.{near}", known)
        return None
    axes = (("pan", place.pan), ("tilt", place.tilt), ("zoom", place.zoom))
    if info.part and (place.pan or place.tilt):
        scope.report("E401", place.loc, f"These angles are for {info.part}; {info.camera.name} is somewhere else.")
        return None
    raw = positions(axes, scope.evaluate, info.model, scope.report)
    return None if raw is None else (None, c.Pose(*raw))


def _numbered(value: Value, place: s.Place, scope: Scope, info: CameraInfo) -> tuple[Preset, c.Pose | None] | None:
    """The preset that the camera stores under a number, whether it was declared or not."""
    loc = place.number.loc if place.number is not None else place.loc
    number = preset_number(value, loc, info.model, scope.report)
    if number is None:
        return None
    original = scope.env.cameras.get(info.part)
    if original is not None:  # the number is that of the camera that it stands in for
        named = original.numbered(number)
        other = scope.preset(info, named.name) if named is not None else None
        if other is None:
            what = f"preset {number}" if named is None else f"preset “{named.name}”"
            scope.report("E202", loc, f"“{info.camera.name}” has no {what}.")
            return None
        return other, pose_of(other)
    declared = info.numbered(number)
    if declared is not None:
        scope.preset(info, declared.name)
    preset = declared or Preset(f"preset {number}", number, None, None, None, scope.origin(place.loc))
    return preset, pose_of(preset)


def stored(expr: s.Expr, scope: Scope, info: CameraInfo) -> int | None:
    """The number of a preset that is named, or meant by its number; None after a report."""
    kept = [name for name, preset in info.presets.items() if preset.number is not None]
    value = scope.pick(expr, kept)
    if value.kind not in ("word", "text", "cameras"):
        return preset_number(value, expr.loc, info.model, scope.report)
    word = called(value, expr)
    preset = info.presets.get(word)
    if preset is not None and preset.number is not None:
        return preset.number
    if word not in scope.env.broken:
        known = f"Stored: {', '.join(kept)}." if kept else "Give its number, as in `preset 4`."
        scope.report(
            "E202",
            expr.loc,
            f"Preset “{word}” of “{info.camera.name}” is not stored in the camera.{nearest(word, kept)}",
            known,
        )
    return None


def whereabouts(preset: Preset | None, camera: str) -> str:
    name = preset.name if preset else "this preset"
    return f"The position of {name if name.startswith('preset ') else f'preset “{name}”'} of “{camera}”"
