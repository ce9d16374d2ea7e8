"""What the lines of a run do: commands go through the interlock to their cameras, orders to switchers. Pure.

A command displaces what older ones do on its axes. What it sets going is claimed (`cuelang/playback/claims.py`) until
it is over or has been ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, assert_never

from msgspec.structs import replace

from cuelang.commands import (
    DRIVES,
    FOCUS,
    NO_AXES,
    NO_POSE,
    PAN_TILT,
    POWER,
    SEEN,
    TROUBLE,
    ZOOM,
    Axes,
    Clear,
    Command,
    MoveTo,
    Outcome,
    Power,
    Recall,
    Recover,
    Stop,
    Store,
    Tally,
    TallyMode,
    Track,
    ends_tracking,
)
from cuelang.plan import (
    CameraAct,
    Choose,
    FireCue,
    Forever,
    Go,
    Moment,
    Plan,
    Program,
    SendOsc,
    ShowNote,
    Step,
    SwitcherAct,
)
from cuelang.plan.state import ANYWHERE
from cuelang.playback.asked import Asked
from cuelang.playback.claims import Claim, Claims
from cuelang.playback.effects import Begin, End, Halt, Narrow, Request, Say, SendOut, Verdict, Withhold
from cuelang.playback.locate import change, program
from cuelang.playback.recalls import placed
from cuelang.playback.run import Run
from cuelang.playback.timeline import Timeline
from cuelang.source import NOWHERE

if TYPE_CHECKING:
    from cuelang.playback.runs import Runs

_NOTHING = Program((Go(),), (), Moment(0, 0))

ALL_MOTION: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))


class Acts:
    """On behalf of `runs`: what it sends are its effects. `decide` judges a request of a cue and carries it out."""

    def __init__(self, runs: Runs, decide: Callable[[Request], None]) -> None:
        self.claims = Claims()
        self.offers: dict[str, str] = {}
        """Cameras for which `recover` is offered, and why."""
        self.asked = Asked()
        self._runs = runs
        self._decide = decide
        self.last_job = 0
        self._latest: dict[tuple[str, str], tuple[int, int]] = {}
        """By camera and axis: the last job that took it, and its run."""
        self.stale: dict[str, frozenset[int]] = {}
        """By camera, the presets that it holds at another place than the sheet."""
        self._anew: set[tuple[str, int]] = set()
        """Presets that lines of this show have stored or deleted: `asked` knows where they lead."""

    def take(self, plan: Plan) -> None:
        """From now on this plan's cameras count."""
        self._cameras = {camera.name: camera for camera in plan.cameras}
        self.asked.take(plan)
        for camera, part in self.asked.recast:
            self.offer(camera, f"stands in for {part}" if part != camera else "is itself again")

    def offer(self, camera: str, why: str) -> None:
        """Offer `recover` for a camera, if there is anything to put back."""
        if camera in self._cameras and self.asked.state(camera) != ANYWHERE:
            self.offers[camera] = why
            text = f"{camera} {why}. `recover {camera}` brings it to where the show wants it."
            self._runs.effects.append(Say("note", "", text, NOWHERE, self._runs.now))

    def step(self, run: Run, due: int, step: Step) -> None:
        """A line of a run is due."""
        match step.act:
            case CameraAct() as act:
                self._act(run, due, step, act)
            case SwitcherAct() as order:
                self._runs.vision.order(run, due, step, order)
            case SendOsc(output=output, address=address, arguments=arguments):
                self._runs.effects.append(SendOut(run.number, run.label, output, address, arguments, due, step))
            case ShowNote(text=text):
                self._runs.effects.append(Say("note", run.label, text, step.origin, due))
            case FireCue(verb=verb, number=number):
                if number is None:
                    following = self._runs.next_cue(run.cue)
                    number = following.number if following is not None else None
                source = f"cue {run.label}" if run.label else run.request.source
                schedule = run.request.schedule
                request = Request(
                    verb, number, source, due, automatic=True, schedule=schedule, origin=step.origin, own=True
                )
                if number is None:
                    self._runs.effects.append(Verdict(request, "refused", "the cue list is at its end"))
                else:
                    self._decide(request)
            case Forever() | Choose():
                pass  # the timeline hands out what is in them
            case _ as never:
                assert_never(never)

    def _act(self, run: Run, due: int, step: Step, act: CameraAct) -> None:
        """One command: to its camera, unless the camera is left out, on air, or has its light from elsewhere."""
        name = act.camera
        camera = self._cameras.get(name)
        if act.only and (name in self._runs.air.ruled or self._runs.air.mode(name) not in (None, "program")):
            return
        if camera is not None and camera.disabled:
            self._withhold(run, due, step, act, "disabled", f"{name} is disabled")
            return
        if act.withheld:
            self._withhold(run, due, step, act, "disabled", act.withheld)
            return
        if run.since is not None:
            taken = self._taken(run, run.since, act)
            if taken and taken >= act.command.axes:
                self._withhold(run, due, step, act, "superseded", f"a newer command controls this of {name}")
                return
            if taken and isinstance(act.command, MoveTo):
                left = replace(act.command, pose=act.command.pose.only(act.command.axes - taken))
                act = replace(act, command=left, axes=left.axes)
        if isinstance(act.command, Tally):
            self._tally(run, due, step, act, act.command)
            return
        if isinstance(act.command, Recall) and act.command.preset in self.stale.get(name, ()):
            for command in placed(self._cameras[name], act.command):
                self.judge(run, due, step, replace(act, command=command, axes=command.axes))
            return
        if isinstance(act.command, Recall) and (name, act.command.preset) in self._anew:
            held = dict(self.asked.state(name).stored).get(act.command.preset) or NO_POSE
            command = replace(act.command, pose=held if None not in (held.pan, held.tilt, held.zoom) else None)
            act = replace(act, command=command)
        self.judge(run, due, step, act)

    def _taken(self, run: Run, since: int, act: CameraAct) -> Axes:
        """The axes of a command that others have taken after the job `since`."""
        found = set()
        for axis in act.command.axes:
            for key in (axis, POWER):
                job, by = self._latest.get((act.camera, key), (0, 0))
                if job > since and by != run.number:
                    found.add(axis)
        return frozenset(found)

    def _tally(self, run: Run, due: int, step: Step, act: CameraAct, asked: Tally) -> None:
        """A `tally` line: what it says counts for a camera that no tally source controls, and its light shows it."""
        name = act.camera
        if name in self._runs.air.ruled:
            self._withhold(run, due, step, act, "superseded", self._runs.air.ruler(name))
            return
        if self._runs.air.dark(name):
            self._withhold(run, due, step, act, "superseded", "its lamp is off in the sheet")
        else:
            shown = Tally(self._runs.air.light(name, asked.mode))
            self.begin(run.number, run.label, due, step, act if shown == asked else replace(act, command=shown))
        self._runs.vision.line(name, asked.mode)

    def judge(self, run: Run, due: int, step: Step, act: CameraAct, held: int = 0) -> None:
        """The interlock decides on this command, and it is sent or not. `held`: how much later than it was due."""
        name = act.camera
        if act.watched and not act.live and (mode := self._runs.air.counts(name)) in (None, "program"):
            if not held and run.number and self._runs.vision.hold(run, due, step, act):
                return
            if why := self.forbids(run.request, act):
                self._withhold(run, due, step, act, "refused", why)
                return
            if self._interlock(run.request) == "warn":
                text = f"{_seen(name, mode)} and will be seen: {act.command.action} {name}."
                self._runs.effects.append(Say("warning", run.label, text, step.origin, due))
        if isinstance(act.command, Recover):
            self._recover(run, due, step, act)
        else:
            self.begin(run.number, run.label, due, step, act, held)

    def _interlock(self, request: Request) -> Literal["off", "warn", "block"]:
        return "block" if request.schedule or request.guarded else self._runs.plan.settings.interlock

    def forbids(self, request: Request, act: CameraAct) -> str:
        """Why the interlock refuses this now; empty: it does not."""
        mode = self._runs.air.counts(act.camera)
        if act.watched and not act.live and mode in (None, "program") and self._interlock(request) == "block":
            return f"{_seen(act.camera, mode)}; {'hold LIVE' if request.guarded else 'add `live`'} if intended"
        return ""

    def _recover(self, run: Run, due: int, step: Step, act: CameraAct) -> None:
        """Send what the show last asked of the camera. The interlock has let it pass."""
        name = act.camera
        asked = self.asked.state(name)
        if any(claim.run == 0 for claim in self.claims.on(name, ALL_MOTION)):
            self._withhold(run, due, step, act, "refused", f"{name} is driven by hand")
        elif asked == ANYWHERE:
            self._withhold(run, due, step, act, "refused", f"the show has not asked anything of {name} yet")
        else:
            self.offers.pop(name, None)
            back = change(self._cameras[name], asked, ANYWHERE, None, exact=True)
            request = replace(run.request, received=self._runs.now)
            back_again = program({name: back}, lambda _name: True, None, step.origin)
            self._runs.begin_now(self._runs.put_back(back_again, request, by=run.root if run.number else None))

    def _withhold(self, run: Run, due: int, step: Step, act: CameraAct, outcome: Outcome, reason: str) -> None:
        cue = run.root.label
        self._runs.effects.append(Withhold(run.number, cue, act.camera, act.command, due, step, outcome, reason))
        self._runs.vision.motions.ended(act.camera, act.command, act.axes or act.command.axes, outcome)
        self._runs.vision.failed(act.camera, outcome)

    def new_job(self) -> int:
        self.last_job += 1
        return self.last_job

    def begin(self, run: int, label: str, due: int, step: Step, act: CameraAct, held: int = 0) -> None:
        camera, command = act.camera, act.command
        axes = act.axes or command.axes
        word: Literal["stopped", "superseded"] = "stopped" if isinstance(command, Stop) else "superseded"
        tracks = bool(axes & SEEN) and ends_tracking(command) and any(c.tracks for c in self.claims.on(camera, axes))
        self._runs.vision.displaced(camera, axes)
        driven = self._driven(camera, axes, command)
        losers = self.claims.displace(camera, command, axes, due + held)
        for claim, lost in losers:
            self._runs.effects.append(Narrow(claim.job, lost) if claim.live else End(claim.job, word))
            self._runs.touch(claim)
        if tracks or driven:
            self._runs.effects.append(Halt(camera, driven, tracking=tracks))
        if isinstance(command, Store | Clear):
            self._anew.add((camera, command.preset))
        job = self.new_job()
        root = self._runs.runs[run].root if run in self._runs.runs else None
        number, cue = (run, label) if root is None else (root.number, root.label)
        for axis in axes:
            self._latest[camera, axis] = job, run
        self.claims.add(Claim(job, run, cue, camera, command, step, due + held, axes, root=number))
        if run in self._runs.runs and self._runs.runs[run].since is not None:
            self.asked.went(camera, command)
        else:
            self.asked.began(camera, command, self._runs.now, step.origin)
        self._runs.vision.motions.began(camera, command, axes)
        self._runs.effects.append(Begin(job, run, cue, camera, command, due, step, held))
        if run == 0 and isinstance(command, DRIVES) and any(claim.run and claim.lasting for claim, _ in losers):
            self._runs.vision.failed(camera, "superseded")  # by a hand

    def _driven(self, camera: str, axes: Axes, command: Command) -> Axes:
        """The axes that drives have, where this command displaces them and would leave them going: switching
        auto-tracking off does, and switching on a camera that is on. Tracking may have displaced a drive before."""
        powers = isinstance(command, Power) and command.on
        if not (powers or (isinstance(command, Track) and not command.on)):
            return NO_AXES
        lost = ALL_MOTION if powers else axes & ALL_MOTION
        drives = (
            one
            for one in self.claims.on(camera, lost)
            if (isinstance(one.command, DRIVES) or (powers and one.tracks)) and not one.parked
        )
        return frozenset(axis for one in drives for axis in one.axes & lost)

    # --- by hand and by report ---------------------------------------------------------------------------

    def steer(self, request: Request, step: Step, before: Step | None) -> None:
        """A hand on a controller. Its first drive is as any action; a later one needs the axis that the one `before` it
        has."""
        act = step.act
        assert isinstance(act, CameraAct)
        if before is None:
            self._runs.effects.append(Verdict(request, "fired"))
            hand = Run(0, None, "", request, Timeline(self._runs.prepare(_NOTHING), self._runs.now))
            self._act(hand, self._runs.now, step, act)
        elif any(claim.step is before for claim in self.claims.on(act.camera, act.axes)):
            self.begin(0, "", self._runs.now, step, act)

    def release(self, step: Step) -> None:
        """The hand is at rest: what its last drive has set going stops, if no other command has the axis."""
        self.stop_claims([claim for claim in self.claims.jobs.values() if claim.step is step])

    def finished(self, job: int, outcome: Outcome) -> None:
        if job in self._runs.vision.orders.jobs:
            self._runs.vision.finished(job, outcome)
            return
        self.asked.work_off(2)  # at most: the bytes of other cameras come first
        claim = self.claims.finish(job, outcome)
        if claim is not None:
            self._runs.touch(claim)
            if outcome in TROUBLE:
                self.asked.failed(claim.camera, claim.command, outcome)
            self._runs.vision.motions.ended(claim.camera, claim.command, claim.step_axes, outcome)
            self._runs.vision.failed(claim.camera, outcome)

    def stop_claims(self, claims: Iterable[Claim]) -> None:
        """End what these have set going."""
        for claim in claims:
            self.asked.halted(claim.camera, claim.axes & ALL_MOTION, claim.tracking)
            if claim.live:
                self._runs.effects.append(End(claim.job, "stopped", stops=True, halt=halt_of(claim)))
            elif not claim.parked:
                # also where the camera tracks: a drive that tracking has displaced may still be going
                self._runs.effects.append(Halt(claim.camera, claim.axes, claim.tracking))
            self.claims.release(claim)
            self._runs.rest()

    def halt_all(self) -> None:
        """Every camera gets its stops, one that a reload took out of the sheet while it moved too."""
        cameras = {name: None for name, camera in self._cameras.items() if not camera.disabled}
        for claim in tuple(self.claims.jobs.values()):
            cameras[claim.camera] = None
            if claim.live:
                self._runs.effects.append(End(claim.job, "stopped"))
            self.claims.release(claim)
        for camera in cameras:
            self.asked.halted(camera, ALL_MOTION, True)
            self._runs.effects.append(Halt(camera, ALL_MOTION, tracking=True))


def halt_of(claim: Claim) -> Halt | None:
    """What stops it when its command is complete; None: then it stands."""
    goes_on = claim.tracks or isinstance(claim.command, DRIVES)
    return Halt(claim.camera, claim.axes, claim.tracking) if goes_on else None


def _seen(camera: str, mode: TallyMode | None) -> str:
    return f"{camera} is on program" if mode is not None else f"{camera} may be on program (tally unknown)"
