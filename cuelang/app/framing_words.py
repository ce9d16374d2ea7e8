"""What the framing view says of a preset: how it moved, and why a command failed."""

from __future__ import annotations

from fractions import Fraction

from cuelang.commands import Command, Outcome
from cuelang.plan import Camera, Preset


def failed_text(camera: str, command: Command, outcome: Outcome, reason: str) -> str:
    said = reason or {"refused": "the camera refused it", "unreachable": "the camera cannot be reached"}.get(
        outcome, ""
    )
    return f"{command.action} {camera}: {said or outcome.replace('_', ' ')}"


def moved_text(camera: Camera, old: Preset, new: Preset) -> str:
    """`pan −30.0 → −28.4, zoom 60 → 63 %`."""
    model, parts = camera.figures, []
    for axis, said in (("pan", model.pan_degrees), ("tilt", model.tilt_degrees)):
        a, b = getattr(old, axis), getattr(new, axis)
        if a != b and b is not None:
            parts.append(f"{axis} {'? → ' if a is None else f'{_signed(said(a))} → '}{_signed(said(b))}")
    if old.zoom != new.zoom and new.zoom is not None:
        was = "?" if old.zoom is None else f"{round(model.zoom_as_percent(old.zoom))}"
        parts.append(f"zoom {was} → {round(model.zoom_as_percent(new.zoom))} %")
    if old.focus != new.focus:
        parts.append("focus auto" if new.focus is None else f"focus 0x{new.focus:X}")
    return ", ".join(parts) or "unchanged"


def _signed(degrees: Fraction) -> str:
    return f"{float(degrees):.1f}".replace("-", "−")
