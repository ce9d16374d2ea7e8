"""How the list has the rig at a moment, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cuelang import commands as c
from cuelang.output import wording
from cuelang.output.plan import milliseconds
from cuelang.plan import Camera, Plan
from cuelang.plan.state import CameraState, RigState, bus_state, camera_state
from cuelang.protocols.visca.properties import PROPERTIES, VALUE

FORMAT = "cuelang.state/1"


def state_json(plan: Plan, state: RigState, cue: str, at: int) -> dict[str, Any]:
    """What is so just before a cue, or `at` ns into it. Degrees and percent; null is what cannot be known."""
    found: dict[str, Any] = {"format": FORMAT, "cue": cue, "at_ms": milliseconds(at), "cameras": {}, "switchers": {}}
    for camera in plan.cameras:
        found["cameras"][camera.name] = _camera(plan, camera, state)
    for switcher in plan.switchers:
        bus = bus_state(state, switcher.name)
        found["switchers"][switcher.name] = {"program": bus.program, "preview": bus.preview}
    return found


def state_rows(plan: Plan, state: RigState) -> Iterator[tuple[str, ...]]:
    """One row for each camera: name, place, preset, focus, air, and what else the list has set."""
    for camera in plan.cameras:
        one = camera_state(state, camera.name)
        place = wording.pose(c.Pose(one.pan, one.tilt, one.zoom), camera.figures) or "–"
        unknown = [f"{axis}: {why}" for axis, why in one.unknown]
        settings = [f"{name} {'?' if value is None else value}" for name, value in _settings(one).items()]
        tracking = ["auto-tracking"] if one.tracking else []
        rest = "; ".join((*(["estimated"] if one.estimated or one.chosen else []), *tracking, *settings, *unknown))
        yield camera.name, place, preset_name(camera, one), focus_text(one), air(plan, camera, state), rest


def bus_lines(plan: Plan, state: RigState) -> Iterator[str]:
    """What each switcher has on its buses."""
    for switcher in plan.switchers:
        bus = bus_state(state, switcher.name)
        yield f"    {switcher.name}: program {bus.program or '–'}, preview {bus.preview or '–'}"


def focus_text(state: CameraState) -> str:
    mode = state.focus or "–"
    return mode if state.focus_at is None else f"{mode} {state.focus_at}"


def preset_name(camera: Camera, state: CameraState) -> str:
    """The preset that the camera is at, as the sheet calls it; "" if none."""
    if state.recalled is not None and state.by_preset and not state.moved:
        return camera.preset_of(state.recalled) or str(state.recalled.preset)
    for preset in camera.presets:
        place = (preset.pan, preset.tilt, preset.zoom)
        if None not in place and place == (state.pan, state.tilt, state.zoom):
            return preset.name
    return ""


def air(plan: Plan, camera: Camera, state: RigState) -> c.TallyMode:
    """What the switchers show, where one rules the camera, and its `tally` lines elsewhere."""
    if camera.name not in plan.ruled:
        return camera_state(state, camera.name).air
    on: set[c.TallyMode] = set()
    for switcher in plan.switchers:
        bus = bus_state(state, switcher.name)
        shown: tuple[tuple[c.TallyMode, str | None], ...] = (("program", bus.program), ("preview", bus.preview))
        for mode, name in shown:
            source = switcher.source(name) if name is not None and not switcher.no_air else None
            if source is not None and camera.name in source.cameras:
                on.add(mode)
    return "program" if "program" in on else "preview" if "preview" in on else "off"


def _camera(plan: Plan, camera: Camera, state: RigState) -> dict[str, Any]:
    one, model = camera_state(state, camera.name), camera.figures
    return {
        "pan": None if one.pan is None else _shown(model.pan_degrees(one.pan)),
        "tilt": None if one.tilt is None else _shown(model.tilt_degrees(one.tilt)),
        "zoom": None if one.zoom is None else round(float(model.zoom_as_percent(one.zoom)), 2),
        "preset": preset_name(camera, one) or None,
        "focus": one.focus,
        "focus_position": one.focus_at,
        "tracking": one.tracking,
        "air": air(plan, camera, state),
        "settings": _settings(one),
        "estimated": bool(one.estimated or one.chosen),
        "unknown": dict(one.why),
    }


def _settings(state: CameraState) -> dict[str, Any]:
    """By property, in the operator's unit; None where it cannot be known."""
    return {prop: None if one.command is None else _value(one.command) for prop, one in state.settings}


def _value(command: c.SetProperty) -> Any:
    prop = PROPERTIES[command.prop]
    if command.verb != VALUE:
        return command.verb
    if prop.pose:
        return list(command.numbers)
    shown = [limits.shown(raw) for limits, raw in zip(prop.numbers, command.numbers, strict=True)]
    return shown[0] if len(shown) == 1 else shown


def _shown(value: Fraction) -> float:
    return round(float(value), 3)
