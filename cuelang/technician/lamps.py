"""The tally lamps, one after the other: each is lit until the user has said whether it is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from cuelang import address
from cuelang.commands import Driver, Tally, TallyMode
from cuelang.models import Model
from cuelang.plan import Camera
from cuelang.protocols import why_not
from cuelang.technician.onair import OnAirReport
from cuelang.technician.session import CameraError, Session, opened
from cuelang.technician.table import sentence

AskUser = Callable[[str], Awaitable[bool]]


class LampCheck(Struct, frozen=True):
    """`seen` None: the user was not asked, and `why` says for what reason."""

    camera: str
    seen: bool | None
    why: str = ""


def flash(camera: Camera, model: Model) -> TallyMode | None:
    """What a lamp shows to be found: it blinks where it can. None: this camera has no lamp that a show can light."""
    mode: TallyMode = "preview" if model.family == "ptzoptics" else "program"  # the others' lamps do not flash
    return mode if why_not(address.parse(camera.url).family, model, Tally(mode)) is None else None


async def walk(
    cameras: Sequence[Camera], air: OnAirReport, ask: AskUser, drivers: Mapping[str, Driver] | None = None
) -> list[LampCheck]:
    """Light one lamp after the other and `ask` for it; then it is as it was. A camera on program is left alone."""
    return [await _one(camera, air, ask, (drivers or {}).get(camera.name)) for camera in cameras]


async def _one(camera: Camera, air: OnAirReport, ask: AskUser, driver: Driver | None) -> LampCheck:
    mode = flash(camera, camera.figures)
    if air.program(camera.name):
        return LampCheck(camera.name, None, "It is on program: its lamp was left alone.")
    if mode is None:
        return LampCheck(camera.name, None, "It has no lamp that a show can light.")
    try:
        async with opened(camera, driver) as session:
            return await _lit(session, mode, air.before(camera.name), ask)
    except CameraError as error:
        return LampCheck(camera.name, None, str(error))


async def _lit(session: Session, mode: TallyMode, before: TallyMode, ask: AskUser) -> LampCheck:
    name = session.camera.name
    try:
        lit = await session.do(Tally(mode))
        if lit.outcome not in ("completed", "sent"):
            return LampCheck(name, None, sentence(f"Its lamp does not light: {lit.reason or lit.outcome}"))
        return LampCheck(name, await ask(name))
    finally:
        await asyncio.shield(session.do(Tally(before)))
