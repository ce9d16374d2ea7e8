"""Is a camera still as the show has left it? What differs is named, and `recover` is offered for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from cuelang.commands import Pose, SetProperty
from cuelang.models import Model
from cuelang.plan.state import CameraState
from cuelang.protocols.visca.profile import BadSetting, commands_of
from cuelang.technician.inspect import Inspected, inspect
from cuelang.technician.session import CameraError, Session
from cuelang.technician.table import degrees, percent

NEAR_DEGREES, NEAR_PERCENT = 0.5, 1.0
"""A camera further from a place than this is not there."""


async def differences(session: Session, asked: CameraState) -> list[str]:
    """What is not as it was last asked for, in words; nothing about what cannot be asked or was not known."""
    found = list(_places(await session.pose(), asked, session.model))
    if asked.focus is not None or asked.settings:
        with suppress(CameraError):  # its link reports no settings
            found += _settings(await inspect(session), asked, session)
    return found


def offer(name: str, off: list[str]) -> str:
    return f"It is not as the show left it: {', '.join(off)}. `recover {name}` in the show puts it back."


def _places(here: Pose, asked: CameraState, model: Model) -> Iterator[str]:
    axes = (
        ("pan", here.pan, asked.pan, model.pan_degrees, NEAR_DEGREES, degrees),
        ("tilt", here.tilt, asked.tilt, model.tilt_degrees, NEAR_DEGREES, degrees),
        ("zoom", here.zoom, asked.zoom, model.zoom_as_percent, NEAR_PERCENT, percent),
    )
    for axis, at, to, unit, near, shown in axes:
        if at is None or to is None:
            continue
        is_at, should = float(unit(at)), float(unit(to))
        if abs(is_at - should) > near:
            yield f"{axis} {shown(is_at)} instead of {shown(should)}"


def _settings(found: Inspected, asked: CameraState, session: Session) -> Iterator[str]:
    said = {setting.name: setting.text for setting in found.settings if setting.standing == "said"}
    mode = said.get("focus_mode")
    if asked.focus is not None and mode in ("auto", "manual") and mode != asked.focus:
        yield f"focus {mode} instead of {asked.focus}"
    for prop, setting in asked.settings:
        command = setting.command
        if command is None or prop not in said:
            continue
        try:
            now = list(commands_of(prop, said[prop], session.model, session.properties))
        except BadSetting:
            continue
        if any(isinstance(one, SetProperty) and _other(one, command) for one in now):
            yield f"{prop} {said[prop]}"


def _other(now: SetProperty, asked: SetProperty) -> bool:
    """Whether it says another value in the same kind of words."""
    return now.prop == asked.prop and bool(now.numbers) == bool(asked.numbers) and now != asked
