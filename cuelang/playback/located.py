"""How the list has the rig at any moment of it. Pure.

Every cue before that is neither disabled nor aside is played once, in the list's order, each to its end before the next
begins.
"""

from __future__ import annotations

from cuelang.plain import UserError
from cuelang.plan import Cue, Plan, cue_key
from cuelang.plan.state import BusState, CameraState, RigState, bus_key, untouched
from cuelang.playback.played import Played
from cuelang.units import NS

FURTHEST_NS = 24 * 3600 * NS
"""How far into a cue without an end: every pass of it is played."""


class TooLate(UserError, ValueError):
    """The cue has ended before that; says when."""


def check_inside(cue: Cue, at: int) -> None:
    """Raises TooLate if the cue has ended before `at` ns, or is endless and `at` is further than is played through."""
    if cue.duration is None and at > FURTHEST_NS:
        raise TooLate(f"Cue {cue.number} has no end; a moment is at most 24 h into it.")
    if cue.duration is not None and at > cue.duration:
        raise TooLate(f"Cue {cue.number} ends after {cue.duration / NS:.3f}".rstrip("0").rstrip(".") + "s.")


def state_before(plan: Plan, number: str) -> RigState:
    """How the list leaves every camera and every switcher just before this cue."""
    state: dict[str, CameraState | BusState] = {camera.name: untouched(camera.name) for camera in plan.cameras}
    state |= {key: untouched(key) for key in (bus_key(switcher.name) for switcher in plan.switchers)}
    wanted = cue_key(number)
    for cue in plan.cues:
        if cue_key(cue.number) >= wanted:
            break
        if cue.in_list:
            state.update(cue.leaves)
    return state


def played_until(plan: Plan, cue: Cue, at: int) -> Played:
    """The cue from how the list leaves everything before it, up to and with `at` ns after its GO. Raises TooLate."""
    check_inside(cue, at)
    programs = {one.number: one.program for one in plan.cues if not one.disabled}
    cameras = {camera.name: camera for camera in plan.cameras}
    switchers = {switcher.name: switcher for switcher in plan.switchers}
    played = Played(cameras, switchers, state_before(plan, cue.number), programs.get, passes=None)
    again = {one.number for one in plan.cues if one.restart}
    played.restarts = again.__contains__
    played.play(cue.number, cue.program, at)
    return played


def state_within(plan: Plan, cue: Cue, at: int) -> RigState:
    """How everything is `at` ns after this cue's GO, with what is on its way where it is by then."""
    played = played_until(plan, cue, at)
    return {**played.state, **played.at(at)}
