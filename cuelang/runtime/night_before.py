"""What the log of the night before decides of tonight: what is on air, and which schedules may have been missed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from cuelang.commands import TallyMode
from cuelang.plan import Plan
from cuelang.playback.air import Speaker
from cuelang.runtime.asrun import latest, still_on_air

LOOKING_S = 3.0
"""How long the start of a show waits for the log of the night before."""


class NightBefore(Struct, frozen=True):
    """`air`: what each camera is on air as, `words`: what each switcher and tally input says of it; `until`: when that
    log ended, None if there is none. `taken` says in words
    what is taken from it, `trouble` why it cannot be read."""

    air: Mapping[str, TallyMode] = field(default_factory=dict)
    words: Mapping[Speaker, Mapping[str, TallyMode]] = field(default_factory=dict)
    until: datetime | None = None
    taken: str = ""
    trouble: str = ""


def title_of(plan: Plan) -> str:
    """The title by which the logs of a show are found."""
    return plan.settings.title or Path(plan.file).stem


async def look_back(plan: Plan, log: str | None, simulated: bool, wall: datetime) -> NightBefore:
    """Look into `log`, or into the show's last one of that kind of cameras; not for long. `wall` is now, in the show's
    zone."""

    def look() -> NightBefore:
        path = Path(log) if log else latest(title_of(plan), simulated=simulated)
        if path is None or not path.is_file():
            return NightBefore()
        air, words, until = still_on_air(path, simulated, wall)
        return NightBefore(air, words, until, "" if until is None else _taken(path, air, until, wall, plan))

    try:
        return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, look), LOOKING_S)
    except TimeoutError:
        return NightBefore(trouble=f"The last log was not read: its disk has not responded for {LOOKING_S:g} s.")
    except OSError as error:
        return NightBefore(trouble=f"The last log cannot be read: {error}.")


def _taken(log: Path, air: Mapping[str, TallyMode], until: datetime, wall: datetime, plan: Plan) -> str:
    lit = [f"{camera} {mode}" for camera, mode in air.items() if mode != "off"]
    ended = until.astimezone(wall.tzinfo)
    said = f"On air according to {log}, until {ended:%Y-%m-%d %H:%M:%S}: {', '.join(lit) or 'nothing'}."
    if any(trigger.missed for trigger in plan.triggers):
        said += " Schedules that fired in that log do not fire again."
    return said
