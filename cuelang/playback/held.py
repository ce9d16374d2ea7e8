"""What a crash leaves of the cue list: everything held, and nothing under way that no driver knows of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import Struct
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands.switching import action_of
from cuelang.plan import CameraAct, SwitcherAct
from cuelang.playback.claims import MOTION, Claim
from cuelang.playback.locator import rest
from cuelang.protocols.visca.properties import PROPERTIES

if TYPE_CHECKING:
    from cuelang.playback.runs import Runs

NEVER_AGAIN = (c.MoveBy, c.Raw, c.Booth, c.Snapshot, c.Store, c.Clear)
"""What cannot be repeated, beside steps and orders to switchers: it would be done twice."""


class Held(Struct, frozen=True):
    """`moving`: cameras that had something under way. `unsure`: what may or may not have been done, in words; it is not
    sent again."""

    moving: tuple[str, ...]
    unsure: tuple[str, ...]


def hold(runs: Runs, now: int, away: int) -> Held:
    """Hold all that runs, as by a pause, and take out what was under way: what can be repeated begins with `resume`,
    for what is left of its time. `away`: how long (ns) the show was away, which the wall clock did not wait for."""
    runs.at(now)
    moving = {
        claim.camera: None
        for claim in runs.acts.claims.jobs.values()
        if claim.axes & MOTION and not claim.held and (claim.live or (claim.endless and not claim.parked))
    }
    unsure: list[str] = []
    for run in tuple(runs.runs.values()):
        if run.state == "running":
            runs.pause(run)
    for follow in runs.follows:
        if follow.paused_at is None:
            follow.paused_at = now
    for claim in tuple(runs.acts.claims.jobs.values()):
        if claim.tracking and not claim.live:
            continue
        if claim.parked and claim.run in runs.runs:
            continue
        _take_out(runs, claim, now, unsure)
    for job, under in tuple(runs.vision.orders.jobs.items()):
        unsure.append(_order(under.act))
        runs.vision.finished(job, "unreachable")
    runs.wall_moved(-away)
    runs.effects.clear()
    return Held(tuple(moving), tuple(unsure))


def take_out_held(runs: Runs, now: int) -> tuple[str, ...]:
    """Another machine's drivers have what is paused: `resume` begins it again, for what is left of its time. Returns in
    words what cannot be begun again."""
    runs.at(now)
    unsure: list[str] = []
    for claim in tuple(runs.acts.claims.jobs.values()):
        if claim.live and claim.held:
            _take_out(runs, claim, now, unsure)
    return tuple(unsure)


def _take_out(runs: Runs, claim: Claim, now: int, unsure: list[str]) -> None:
    """No driver knows of this command any more."""
    run, command = runs.runs.get(claim.run), claim.command
    live, was_held = claim.live, claim.held
    runs.acts.claims.release(claim)
    runs.touch_run(claim.run)
    if not live:
        runs.acts.asked.halted(claim.camera, claim.axes & MOTION, claim.tracking)
        return
    if is_once(command):
        unsure.append(f"{claim.camera} {command.action}")
        return
    if run is None or not isinstance(claim.step.act, CameraAct):
        runs.acts.asked.halted(claim.camera, claim.axes & MOTION, claim.tracking)
        return
    if isinstance(command, c.Recall) and claim.axes != claim.step_axes:
        unsure.append(f"{claim.camera} {command.action}: newer commands control some of its axes")
        return
    left = left_of(command, claim.due, run.paused_at if was_held else now)
    if left is not None and left <= 0:
        left = 1
    run.on_resume.append((claim.step, replace(claim.step.act, command=rest(command, left), axes=claim.axes)))


def left_of(command: c.Command, due: int, now: int) -> int | None:
    """What is left of the time (ns) of a command that began at `due`; None: it has none."""
    if isinstance(command, c.Untimed):
        return None
    match command:
        case c.MoveTo(over=int(over)) | c.Ramp(over=over):
            return over - (now - due)
        case c.Drive(duration=int(time)) | c.ZoomDrive(duration=int(time)) | c.FocusDrive(duration=int(time)):
            return time - (now - due)
        case c.MoveTo() | c.Drive() | c.ZoomDrive() | c.FocusDrive() | c.Replay():
            return None
        case _:
            assert_never(command)


def is_once(command: c.Command) -> bool:
    """Whether it must not be sent again when it is unknown whether it was carried out."""
    if isinstance(command, c.SetProperty):
        prop = PROPERTIES.get(command.prop)
        return prop is None or not prop.repeatable(command.verb)
    return isinstance(command, NEVER_AGAIN) or (isinstance(command, c.Focus) and command.mode == "toggle")


def _order(act: SwitcherAct) -> str:
    source = f" to {act.source}" if act.source else ""
    return f"{act.switcher} {action_of(act.order)}{source}"
