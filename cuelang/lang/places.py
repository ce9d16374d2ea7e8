"""What declarations and statements both need: cameras by name, presets by number, positions in raw counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cuelang.lang import syntax as s
from cuelang.lang.synonyms import likely
from cuelang.lang.values import HEX, KIND_NAMES, Amount, Report, Value
from cuelang.models import Model
from cuelang.source import Loc


def report_unknown_camera(
    cam: s.Name, kind: str | None, known: tuple[str, ...], report: Report, rig: str | None = None
) -> None:
    """E201 with the nearest of the `known` names. `kind`: what the name is instead, if it is declared. `rig`: what a
    `rig` line of the show says."""
    declared = f"Declared: {', '.join(known)}." if known else "No camera is declared."
    if not known and rig is not None:
        file = rig if "." in rig else f"{rig}.cues"
        declared += f' `rig "{rig}"` only gives this sheet a title; `use "{file}"` uses the cameras of a file.'
    if kind is not None:
        report(
            "E201",
            cam.loc,
            f"“{cam.id}” is {kind}.{likely(cam.id, known)}",
            f"Expected a camera or a group. {declared}",
        )
        return
    near = likely(cam.id, (*known, "all"))
    report("E201", cam.loc, f"Unknown camera or group “{cam.id}”.{near}", declared)


def preset_number(value: Value, loc: Loc, model: Model, report: Report) -> int | None:
    """A preset's number in the camera; None after a report."""
    if value.kind == "unknown":
        return None
    if value.kind != "number":
        report("E301", loc, f"A preset number must be a plain number, not {KIND_NAMES[value.kind]}.", "For example: 4.")
        return None
    if value.amount.denominator != 1 or not model.preset_ok(int(value.amount)):
        report(
            "E302",
            loc,
            f"{title(model)} has no preset {float(value.amount):g}.",
            f"Presets: {model.presets_text}.",
        )
        return None
    return int(value.amount)


def position(axis: str, value: Value, loc: Loc, model: Model, report: Report, relative: bool = False) -> int | None:
    """A pan, tilt or zoom in the model's raw counts; None after a report.

    `relative`: a way instead of a place, so it may span the whole range in either direction.
    """
    if value.kind == "unknown":
        return None
    if axis == "zoom":
        return _zoom(value, loc, model, report)
    low, high = model.pan_range if axis == "pan" else model.tilt_range
    if value.kind == "angle":
        raw = model.pan(value.amount) if axis == "pan" else model.tilt(value.amount)
    elif value.kind == "number" and value.amount.denominator == 1:
        raw = int(value.amount)
    else:
        what = KIND_NAMES[value.kind] if value.kind != "number" else "a fraction of a count"
        report(
            "E301",
            loc,
            f"{what[0].upper()}{what[1:]} is not a {axis} position.",
            "Write an angle, such as 30deg, or the camera's own whole number.",
        )
        return None
    if relative:
        low, high = low - high, high - low
    if not low <= raw <= high:
        degrees = model.pan_degrees if axis == "pan" else model.tilt_degrees
        ends = sorted((degrees(low), degrees(high)))
        report(
            "E302",
            loc,
            f"{axis.capitalize()} {_show(value)} is out of range.",
            f"{title(model)} goes from {float(ends[0]):g}deg to {float(ends[1]):g}deg.",
        )
        return None
    return raw


Axes = Sequence[tuple[str, s.Expr | None]]
"""What is written for `pan`, `tilt` or `zoom`."""


def positions(
    axes: Axes, evaluate: Callable[[s.Expr], Value], model: Model, report: Report, relative: bool = False
) -> list[int | None] | None:
    """Each of them in the model's raw counts, None for one that is not given; None for all of it after a report, or
    when one is not known. Plain numbers that look like degrees or percent are W613."""
    raw: list[int | None] = []
    bare: list[tuple[str, Amount, s.Expr]] = []
    meant = failed = False
    for axis, expr in axes:
        if expr is None:
            raw.append(None)
            continue
        value = evaluate(expr)
        raw.append(position(axis, value, expr.loc, model, report, relative))
        failed = failed or raw[-1] is None
        if value.kind == "number" and value.amount:
            bare.append((axis, value, expr))
            meant = meant or value.unit == HEX or abs(value.amount) > _looks_bare(axis, model)
    if failed:
        return None
    if bare and not meant:
        _no_unit(bare, model, report)
    return raw


def _looks_bare(axis: str, model: Model) -> int:
    """Up to which size a plain number looks like one that misses its unit."""
    if axis == "zoom":
        return 100
    ends = map(model.pan_degrees, model.pan_range) if axis == "pan" else map(model.tilt_degrees, model.tilt_range)
    return int(max(abs(end) for end in ends))


def _no_unit(bare: list[tuple[str, Amount, s.Expr]], model: Model, report: Report) -> None:
    """W613, once for one pose."""
    said = " and ".join(f"{axis} {_show(value)}" for axis, value, _ in bare)
    axis, value, expr = bare[0]
    number = int(value.amount)
    if axis == "zoom":
        is_now = f"{float(100 * number / model.zoom_max):.2g} % of the way"
        units = f"{number}%" + (f" or {number}x" if model.ratio_max and number <= model.ratio_max else "")
    else:
        degrees = model.pan_degrees(number) if axis == "pan" else model.tilt_degrees(number)
        is_now, units = f"{float(degrees):.2g}°", f"{number}deg"
    sign = "-" if number < 0 else ""
    report(
        "W613",
        expr.loc,
        f"{said[0].upper()}{said[1:]}: a number without a unit is the camera's own count.",
        f"{axis.capitalize()} {number} is {is_now}. Write {units}; if the count is meant, {sign}{abs(number):#x}.",
    )


def title(model: Model) -> str:
    """Its name at the head of a sentence."""
    return model.title[0].upper() + model.title[1:]


def _show(value: Amount) -> str:
    return f"{float(value.amount):g}{'deg' if value.kind == 'angle' else ''}"


def _zoom(value: Value, loc: Loc, model: Model, report: Report) -> int | None:
    if value.kind == "percent":
        if not 0 <= value.amount <= 100:
            report(
                "E302", loc, f"{float(value.amount):g}% is out of range.", "Zoom goes from 0% (wide) to 100% (tele)."
            )
            return None
        return model.zoom_percent(value.amount)
    if value.kind == "times":
        if model.ratio_max is None:
            report(
                "E401",
                loc,
                f"{title(model)} has no zoom table, so {float(value.amount):g}x is unknown.",
                "Write a percentage.",
            )
            return None
        if not 1 <= value.amount <= model.ratio_max:
            report(
                "E302",
                loc,
                f"{float(value.amount):g}x is out of range.",
                f"{title(model)} zooms from 1x to {model.ratio_max}x.",
            )
            return None
        return model.zoom_ratio(value.amount)
    if value.kind == "number" and value.amount.denominator == 1:
        if not 0 <= value.amount <= model.zoom_max:
            report(
                "E302",
                loc,
                f"Zoom {int(value.amount)} is out of range.",
                f"{title(model)} accepts 0 to {model.zoom_max}.",
            )
            return None
        return int(value.amount)
    report(
        "E301",
        loc,
        f"{KIND_NAMES[value.kind].capitalize()} is not a zoom position.",
        "Write a percentage, such as 60%, or a magnification, such as 4x.",
    )
    return None
