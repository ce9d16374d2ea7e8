"""What the log of the night before decides of tonight: what is on air, and which schedules may have been missed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang.commands import TallyMode
from cuelang.plan import Plan
from cuelang.plan.state import ANYWHERE
from cuelang.playback.air import Speaker
from cuelang.playback.machine import Playback
from cuelang.runtime.asrun import latest, one_by_one, still_on_air
from cuelang.runtime.crash import Crash, left_behind
from cuelang.runtime.last_asked import as_asked, last_asked

LOOKING_S = 3.0
"""How long the start of a show waits for the log of the night before."""


class NightBefore(Struct, frozen=True):
    """`asked`: what was last asked of each camera, as the first record of a log has it. `air`: what each camera is on
    air as, `words`: what each switcher and tally input says of it; `until`: when that log ended, None if there is
    none. `taken` says in words what is taken from it, `trouble` why it cannot be read."""

    air: Mapping[str, TallyMode] = field(default_factory=dict)
    words: Mapping[Speaker, Mapping[str, TallyMode]] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    taken: str = ""
    trouble: str = ""
    later: bool = False
    """What was asked is not worked out here: the show is to be built again as a whole (`asked_in`)."""
    running: Path | None = None
    """The log of a show of this sheet that runs on this machine."""
    crash: Crash | None = None
    """The last show of this sheet, if it did not end."""


def title_of(plan: Plan) -> str:
    """The title by which the logs of a show are found."""
    return plan.settings.title or Path(plan.file).stem


async def look_back(
    plan: Plan, log: str | None, simulated: bool, wall: datetime, sheet: str, digest: str = "", *, resumes: bool = False
) -> NightBefore:
    """Look into `log`, or into the show's last one of that kind of cameras; not for long. `wall` is now, in the show's
    zone, `sheet` the path of the main file, `digest` that of the plan. `resumes`: a show that did not end is to
    continue."""

    def look() -> NightBefore:
        path = Path(log) if log else latest(title_of(plan), simulated=simulated)
        if path is None or not path.is_file():
            return NightBefore()
        read = cache(lambda log: list(one_by_one(log)))  # once, for it may be long
        left = left_behind(title_of(plan), os.path.realpath(sheet), log, simulated, wall, read)
        if left.running is not None:
            return NightBefore(running=left.running)
        air, words, until = still_on_air(read(path), simulated, wall)
        later = resumes and left.crash is not None and left.crash.plan == digest
        known = {} if later else last_asked(read(path), plan, digest, simulated, wall)
        asked = as_asked(known, plan.cameras)
        taken = "" if until is None else _taken(path, air, until, wall, plan, tuple(asked))
        return NightBefore(air, words, asked, until, taken, later=later, crash=left.crash)

    try:
        return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, look), LOOKING_S)
    except TimeoutError:
        return NightBefore(trouble=f"The last log was not read: its disk has not responded for {LOOKING_S:g} s.")
    except OSError as error:
        return NightBefore(trouble=f"The last log cannot be read: {error}.")


def asked_in(before: NightBefore, plan: Plan, playback: Playback) -> NightBefore:
    """`before` with what was last asked of each camera in a list that was built again."""
    states = {camera.name: playback.asked(camera.name) for camera in plan.cameras}
    asked = as_asked({name: state for name, state in states.items() if state != ANYWHERE}, plan.cameras)
    return replace(before, asked=asked, taken=before.taken + _recoverable(tuple(asked)) if before.taken else "")


def _taken(
    log: Path, air: Mapping[str, TallyMode], until: datetime, wall: datetime, plan: Plan, asked: tuple[str, ...]
) -> str:
    lit = [f"{camera} {mode}" for camera, mode in air.items() if mode != "off"]
    ended = until.astimezone(wall.tzinfo)
    said = f"On air according to {log}, until {ended:%Y-%m-%d %H:%M:%S}: {', '.join(lit) or 'nothing'}."
    if any(trigger.missed for trigger in plan.triggers):
        said += " Schedules that fired in that log do not fire again."
    return said + _recoverable(asked)


def _recoverable(asked: tuple[str, ...]) -> str:
    return f" What it last asked of {', '.join(asked)} is known: `recover` puts it back." if asked else ""
