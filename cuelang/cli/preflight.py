"""`cuelang preflight`. The result is the process's exit code."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from cuelang.cli.common import DONE, ERRORS, CliStop, progress
from cuelang.cli.technician import air_of, asked, last_asked_of, left_alone, loaded_of, may_move, print_json, run
from cuelang.plain import plain_lines

if TYPE_CHECKING:
    from cuelang.commands import Driver


def preflight(options: argparse.Namespace) -> int:
    """`camera preflight`: whether the cameras and switchers of a sheet can do what it wants. Exit code 1: a problem was
    found. Raises CliStop."""
    import asyncio

    from cuelang import clock, rig
    from cuelang.clock.zones import show_zone
    from cuelang.devices.picture_store import NullStore
    from cuelang.technician import lamps, preflight, preflight_paper, vision

    loaded = loaded_of(options.sheet, options.rig, options.settings, options.without)
    plan = loaded.plan
    cameras = [camera for camera in plan.cameras if not camera.disabled]
    if not cameras and not plan.switchers:
        raise CliStop("The sheet has no camera to check.", ERRORS)
    air = air_of(plan.settings.title, options.on_air, plan.cameras)
    if options.walk and not options.simulate:
        places = preflight.used(plan)
        going = [camera for camera in left_alone(cameras, air) if places[camera.name]]
        lines = [f"  {camera.name}: {', '.join(place.name for place in places[camera.name])}" for camera in going]
        if going:
            may_move("\n".join(["These cameras will move, to these presets and back:", *lines]), options.yes)

    asked_before = {} if options.simulate else last_asked_of(loaded)

    if options.lamps and not sys.stdin.isatty():
        raise CliStop("--lamps asks about each lamp and needs a terminal.")

    def drivers() -> dict[str, Driver] | None:
        pictures = rig.PictureOptions(NullStore())
        return (
            {camera.name: rig.simulated(camera, pictures=pictures) for camera in cameras} if options.simulate else None
        )

    async def work() -> tuple[list[preflight.Checked], list[vision.CheckedSwitcher]]:
        return await asyncio.gather(
            preflight.preflight(plan, air, visit=options.walk, drivers=drivers(), asked=asked_before),
            vision.look(plan, vision.simulated if options.simulate else vision.real),
        )

    async def by_eye() -> list[lamps.LampCheck]:
        async def seen(name: str) -> bool:
            return await asked(f"{name}: does its lamp light?")

        return await lamps.walk(cameras, air, seen, drivers())

    with progress("Checking the cameras"):
        checked, switchers = run(work())
    if options.lamps:
        preflight.lamps_seen(checked, run(by_eye()))
    show = plan.settings.title or options.sheet
    when = clock.RealClock().wall(show_zone(plan.settings.timezone)).isoformat(sep=" ", timespec="seconds")
    if options.json:
        print_json(preflight_paper.as_json(checked, show, when, switchers))
    else:
        left_out = [camera.name for camera in plan.cameras if camera.disabled]
        print(plain_lines(preflight_paper.as_text(checked, show, when, air, left_out, switchers)))
    return ERRORS if any(one.wrong for one in checked) or any(one.wrong for one in switchers) else DONE
