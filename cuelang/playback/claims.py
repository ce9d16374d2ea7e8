"""Who moves what: which command of which run has which axes of which camera. Pure.

Latest takes precedence, axis by axis. A new action takes its axes over, and what was at work on them ends there. A
move that is left with pan-tilt or zoom goes on with it and is still waited for: a sheet that recalls a preset,
sets the focus and waits for the camera needs to see it arrive. Three kinds of commands are special:

    settings      (image settings, focus modes, tracking) happen at an instant. Two at the same instant are both sent,
                  in order; a later one displaces one that is still on its way, unless that is a step (`up`),
                  which no later command repeats
    stop          is never displaced, nothing may keep it from going out
    power         claims every axis, and is displaced by nothing but power: what comes after it waits for it

A drive without end is finished as a command when the camera has taken it, but keeps its axes: it has to
be stopped. Auto-tracking that was switched on likewise.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from cuelang.commands import (
    DRIVES,
    FOCUS,
    MOVES,
    NO_AXES,
    PAN_TILT,
    POWER,
    SEEN,
    ZOOM,
    Axes,
    Command,
    Focus,
    Outcome,
    Power,
    SetProperty,
    Stop,
    Track,
)
from cuelang.plan import CameraAct, Step
from cuelang.protocols.visca.properties import PROPERTIES

SETTINGS = (SetProperty, Focus, Track)

MOTION: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))

NEVER_BEGAN: frozenset[Outcome] = frozenset(("refused", "disabled", "superseded", "stopped"))
"""A drive with one of these outcomes is not on its way; after any other it may be, and is stopped in the end."""


def _is_step(command: Command) -> bool:
    """Whether it changes something by so much, and not to something."""
    if not isinstance(command, SetProperty):
        return False
    prop = PROPERTIES.get(command.prop)
    return prop is None or not prop.repeatable(command.verb)


class Claim(Struct, eq=False):
    """A command and the axes it still has. `live`: its outcome is open. `held`: by a pause. `parked`: a drive
    without end that a pause has stopped."""

    job: int
    run: int
    cue: str
    camera: str
    command: Command
    step: Step
    due: int
    axes: Axes
    live: bool = True
    held: bool = False
    parked: bool = False
    root: int = 0
    """The run that `recover`s with it; otherwise `run`. `cue` is that one's."""
    doubtful: bool = False
    """A move whose end was never reported: it may still be going."""

    @property
    def endless(self) -> bool:
        """It has to be stopped."""
        if self.doubtful:
            return True
        command = self.command
        if isinstance(command, Track):
            return command.on
        return isinstance(command, DRIVES) and command.duration is None

    @property
    def step_axes(self) -> Axes:
        """The axes that it had at first."""
        act = self.step.act
        return (act.axes if isinstance(act, CameraAct) else NO_AXES) or self.command.axes

    @property
    def lasting(self) -> bool:
        """Whether it moves something from one instant to another; of these, one axis never has two."""
        return not isinstance(self.command, (*SETTINGS, Stop, Power))

    @property
    def tracking(self) -> bool:
        return isinstance(self.command, Track)

    @property
    def tracks(self) -> bool:
        """The camera turns and zooms by itself; a motion on one of its axes ends that on all of them."""
        return isinstance(self.command, Track) and self.command.on

    def gives_way_to(self, command: Command, due: int) -> bool:
        """Whether a newer command on one of its axes displaces it."""
        mine = self.command
        if isinstance(mine, Power):
            return isinstance(command, Power)
        if isinstance(mine, Stop):
            return False
        if self.tracks and not isinstance(command, SETTINGS):
            return True
        if self.live and isinstance(mine, SETTINGS):
            return due > self.due and not _is_step(mine)
        return True


class Claims(Struct):
    """All claims of a show, by job, by run and by camera."""

    jobs: dict[int, Claim] = field(default_factory=dict)
    _cameras: dict[str, dict[int, Claim]] = field(default_factory=dict)
    _axes: dict[tuple[str, str], dict[int, Claim]] = field(default_factory=dict)
    _runs: dict[int, dict[int, Claim]] = field(default_factory=dict)

    def add(self, claim: Claim) -> None:
        self.jobs[claim.job] = claim
        self._cameras.setdefault(claim.camera, {})[claim.job] = claim
        self._runs.setdefault(claim.run, {})[claim.job] = claim
        for axis in claim.axes:
            self._axes.setdefault((claim.camera, axis), {})[claim.job] = claim

    def release(self, claim: Claim) -> None:
        del self.jobs[claim.job]
        del self._cameras[claim.camera][claim.job]
        of_run = self._runs[claim.run]
        del of_run[claim.job]
        if not of_run:
            del self._runs[claim.run]
        self._leave(claim, claim.axes)

    def _leave(self, claim: Claim, axes: Axes) -> None:
        for axis in axes:
            self._axes[claim.camera, axis].pop(claim.job, None)

    def of_run(self, run: int) -> tuple[Claim, ...]:
        return tuple(self._runs.get(run, {}).values())

    def of_cue(self, cue: str) -> tuple[Claim, ...]:
        """Those of every run of a cue, over or not."""
        return tuple(claim for claim in self.jobs.values() if claim.cue == cue)

    def busy(self, cameras: Iterable[str]) -> bool:
        """Whether any of these cameras has something to do whose outcome is open."""
        return any(claim.live for camera in cameras for claim in self._cameras.get(camera, {}).values())

    def holds(self, run: int) -> bool:
        """Whether anything of a run is still to be complete; a drive without end holds nothing."""
        return any(claim.live and not claim.endless for claim in self._runs.get(run, {}).values())

    def on(self, camera: str, axes: Axes) -> tuple[Claim, ...]:
        """The claims of a camera that have one of these axes."""
        if POWER in axes:
            return tuple(claim for claim in self._cameras.get(camera, {}).values() if claim.axes)
        found: dict[int, Claim] = {}
        for axis in (*axes, POWER):
            found |= self._axes.get((camera, axis), {})
        return tuple(found[job] for job in sorted(found))

    def displace(self, camera: str, command: Command, axes: Axes, due: int) -> tuple[tuple[Claim, Axes], ...]:
        """Take axes over. Returns the live claims that lose some, with what they lose; those that end by it are live no
        more. What these have set going elsewhere stays claimed."""
        losers = []
        for claim in self.on(camera, axes):
            if not claim.gives_way_to(command, due):
                continue
            lost = claim.axes if POWER in axes or claim.tracks else claim.axes & axes
            claim.axes -= lost
            self._leave(claim, lost)
            if claim.live:
                losers.append((claim, lost))
                if not (claim.axes & SEEN and isinstance(claim.command, MOVES)):
                    claim.live = claim.held = False
            if not claim.axes:
                self.release(claim)
        return tuple(losers)

    def finish(self, job: int, outcome: Outcome) -> Claim | None:
        """The outcome of a job is known; None if it is no longer waited for."""
        claim = self.jobs.get(job)
        if claim is None or not claim.live:
            return None
        claim.live = False
        claim.doubtful = outcome == "timed_out" and claim.lasting and bool(claim.axes & MOTION)
        if claim.endless and outcome not in NEVER_BEGAN:
            claim.parked, claim.held = claim.held, False
        else:
            self.release(claim)
        return claim
