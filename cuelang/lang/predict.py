"""What a program is expected to do: when each step comes, when it is complete, where it leaves the cameras.

The draft runs on the same `Timeline` as the show, with a believed camera instead of each real one. Waits
are met when the believed cameras have arrived; waits for GO, OSC and a time of day are met at once. The warnings
that need to know where a camera is and in which mode, and what still runs (W601 W602 W603 W607 W608 W611 W612 W617,
E503), come out on the way.

`arriving at T` is set back by its travel, which depends on where the camera is at the instant that is sought:
the draft is run until the starts stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang import commands as c
from cuelang.commands.switching import Take
from cuelang.lang.draft import START, Draft, Timed
from cuelang.lang.effort import MAX_WORK
from cuelang.lang.env import CameraInfo
from cuelang.lang.findings import Finding
from cuelang.lang.load import judge
from cuelang.lang.observed import Observed
from cuelang.lang.warnings import Warnings, enough
from cuelang.models import Model, motion
from cuelang.plan import (
    Camera,
    CameraAct,
    Choose,
    Forever,
    Go,
    Moment,
    Program,
    Step,
    Switcher,
    SwitcherAct,
)
from cuelang.plan.state import BusState, CameraState, RigState
from cuelang.playback.going import OngoingAction, OngoingEffect
from cuelang.playback.played import Budget, Played, Playing
from cuelang.playback.timeline import ChoiceDue, OpenWait, StepDue
from cuelang.playback.track import CameraTrack

ATTEMPTS = 6
"""How often the starts of `arriving at` are sought; two runs settle all but moves that cross one another."""

MOST_AS_IF = 200_000
"""How many steps of a cue are checked as if another camera of its `with one of` were chosen."""


class Predicted(Struct):
    """`duration` None: it never ends by itself. `state` holds only the cameras and switchers that it touches. `fired`:
    the cues that it fires, and those that these fire."""

    program: Program
    duration: int | None
    state: dict[str, CameraState | BusState]
    fired: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    again: int = 0
    """What it has cost to play it more than once, as `MAX_WORK` counts."""


UNPREDICTED = Predicted(Program((Go(),), (), START), 0, {}, frozenset())
"""Of a cue in a show that is too large."""


def predict(
    draft: Draft,
    cameras: Mapping[str, CameraInfo],
    state: RigState,
    *,
    number: str | None = None,
    switchers: Mapping[str, Switcher] = MappingProxyType({}),
    drafts: Mapping[str, Draft] = MappingProxyType({}),
    budget: Budget | None = None,
    known: bool = True,
    work: int = MAX_WORK,
) -> Predicted:
    """Run a draft from `state` (cameras that are not in it are at home, switchers have nothing on their buses).
    `drafts`: what it may fire, by number; `budget`: how much of that is followed. `known` False: the state is unknown,
    so without warnings. `work`: what playing it more than once may cost; beyond that it is left as it is."""
    again = 0

    def played(wanted: int | None, budget: Budget | None) -> Predicted:
        nonlocal again
        travels: dict[tuple[int, int], int] = {}
        for _ in range(ATTEMPTS):
            attempt = _Attempt(draft, cameras, state, travels, switchers, drafts, budget, wanted)
            attempt.run(number)
            settled = attempt.travels == travels
            if not settled or wanted is not None:
                again += 10 * attempt.count + len(draft.steps)
            if settled or again > work:
                break
            travels = attempt.travels
        return attempt.result(known)

    found = played(None, budget)
    if known:
        ways = _ways(draft)
        seen = set(found.findings)
        for wanted in range(min(ways + 1, max(MOST_AS_IF // (len(draft.steps) + 1), 1)) if ways else 0):
            if again > work:
                break
            as_if = played(wanted, replace(budget) if budget is not None else None)
            found.findings.extend(one for one in as_if.findings if one not in seen)
            seen.update(as_if.findings)
        found.findings.extend(judge(found.program, cameras))
    found.again = again
    return found


def _ways(draft: Draft) -> int:
    """How many cameras the longest `with one of` has."""
    ways = [len(step.act.ways) for step in draft.steps if isinstance(step.act, Choose)]
    return max((*ways, *(_ways(body) for body in draft.bodies.values())), default=0)


class _Attempt(Played):
    def __init__(
        self,
        draft: Draft,
        cameras: Mapping[str, CameraInfo],
        state: RigState,
        travels: dict[tuple[int, int], int],
        switchers: Mapping[str, Switcher],
        drafts: Mapping[str, Draft],
        budget: Budget | None,
        wanted: int | None = None,
    ) -> None:
        """`wanted`: which camera of its list each `with one of` takes, to check it as if chosen; one too many: none of
        them. None: as the show would choose."""
        super().__init__({}, switchers, state, budget=budget)
        self.restarts = lambda number: number in drafts and drafts[number].restart
        self.infos = cameras
        self.before = travels
        self.travels: dict[tuple[int, int], int] = {}
        self.drafts = drafts
        self.asked: set[str] = set()
        self.warnings = Warnings(cameras)
        self.observed = Observed()
        self.timed: dict[int, tuple[tuple[int, int], Timed]] = {}
        self.inside: dict[int, int] = {}
        """By the id of a step as drafted: the id of the endless loop around it."""
        self.preset_speed: int | None = None
        self.tracked = False
        self.pose = c.NO_POSE
        """Where the camera of the present step is; where it was sent, for an axis that the step leaves out."""
        self.told: set[int] = set()
        """By the id of a step: a cue that it fires and that still runs has been reported."""
        self.keep: list[Step] = []
        self.count = 0
        """How many steps have been played."""
        self.wanted = wanted
        self.drafted = self.assemble(draft)

    def run(self, number: str | None) -> None:
        self.play(number, self.drafted)

    def all_cameras(self) -> Iterable[str]:
        return self.infos

    def camera_of(self, name: str) -> tuple[Camera, Model]:
        return self.infos[name].camera, self.infos[name].model

    def program_of(self, number: str) -> Program | None:
        self.asked.add(number)
        draft = self.drafts.get(number)
        return None if draft is None else self.assemble(draft)

    def refused(self, number: str, step: Step, until: int) -> None:
        if id(step) not in self.told:
            self.told.add(id(step))
            self.warnings.report(
                "W617",
                step.origin,
                step,
                f"Cue {number} is still running here; this is refused.",
                f"Wait until it is done, or write `restart` in cue {number} to begin it again.",
            )

    def assemble(self, draft: Draft) -> Program:
        """The draft as a program to run, endless loops with their bodies in them."""
        steps = list(draft.steps)
        for index, body in draft.bodies.items():
            forever = steps[index].act
            assert isinstance(forever, Forever)
            inner = self.assemble(body)
            steps[index] = loop = replace(steps[index], act=Forever(forever.every, inner))
            self.inside |= {id(step): id(loop) for step in inner.steps}
        for index, timed in draft.timed.items():
            key = (id(draft), index)
            if timed.arriving is not None:
                offset = max(timed.zero.offset, timed.zero.offset + timed.arriving - self.before.get(key, 0))
                steps[index] = replace(steps[index], at=Moment(timed.zero.anchor, offset))
            self.timed[id(steps[index])] = (key, timed)
        self.keep += steps
        return Program(tuple(draft.anchors), tuple(steps), draft.end)

    def waited(self, wait: OpenWait, opened: int, met: int) -> None:
        self.observed.opened[id(wait.wait)] = opened if wait.limit is None else wait.limit
        self.observed.met_at[id(wait.wait)] = met

    # --- one step --------------------------------------------------------------------------------------------

    def step(self, due: StepDue, playing: Playing) -> None:
        self.count += 1
        if id(due.step) in self.inside:
            self.observed.begun[self.inside[id(due.step)]] = due.frame
        super().step(due, playing)

    def pick(self, act: Choose, now: int, playing: Playing) -> str | None:
        if self.wanted is None:
            return super().pick(act, now, playing)
        name = act.cameras[self.wanted] if self.wanted < len(act.ways) else None
        if name is not None and self.air(name, self.track(name), now) == "program":
            self.warnings.excused.add(name)
        return name

    def chose(self, due: ChoiceDue, camera: str | None) -> None:
        step, predicted = due.step, due.at - due.begun
        self.observed.taken[id(step)] = camera
        self.observed.done[id(step)] = replace(step, predicted=predicted, until=predicted)

    def happened(self, due: StepDue, until: int, idle: bool = False) -> None:
        predicted = due.at - due.frame
        self.observed.done[id(due.step)] = replace(due.step, predicted=predicted, until=until - due.frame, idle=idle)

    def meant(self, due: StepDue, act: CameraAct, track: CameraTrack) -> CameraAct:
        timed = self.timed.get(id(due.step))
        if timed is None or timed[1].arriving is None:
            return act
        match due.step.act:
            case CameraAct(command=c.MoveTo() as move):
                return replace(act, command=self.set_back(due.step, move, timed[0], timed[1], track, due.at))
            case _:
                return act

    def about_to(self, due: StepDue, act: CameraAct, track: CameraTrack, playing: Playing) -> None:
        one_sided = isinstance(act.command, c.MoveTo) and act.command.pose.one_sided
        self.pose = track.asked(due.at) if one_sided else track.pose(due.at)
        self.preset_speed, self.tracked = track.state.preset_speed, track.state.tracking
        on_program = self.air(act.camera, track, due.at) == "program"
        self.warnings.watch(due.step, act, track, due.at, playing.owner, on_program=on_program)

    def began(self, due: StepDue, act: CameraAct, track: CameraTrack, effect: OngoingEffect) -> None:
        step, command, pose = due.step, act.command, self.pose
        timed = self.timed.get(id(step))
        if timed is not None and not effect.doubtful:
            self.warnings.check_time(command, timed[1], effect.arrival, effect.shortest, track, pose, due.at, step)
        until = None if effect.until is None else effect.until - due.frame
        self.observed.done[id(step)] = replace(
            step,
            act=act,
            predicted=due.at - due.frame,
            until=until,
            estimated=effect.estimated,
            pose=pose,
            preset_speed=self.preset_speed,
            untracks=self.tracked and c.ends_tracking(command),
        )

    def ordered(self, due: StepDue, act: SwitcherAct, until: int, taken: frozenset[str]) -> None:
        step = due.step
        if isinstance(act.order, Take) and act.source is None:
            self.warnings.report(
                "E208",
                step.origin,
                step,
                "Neither this line nor the list before it puts a source on preview.",
                "Name it, as in `take foh`, or put it on preview before.",
            )
        for name in sorted(taken):
            track = self.tracks.get(name)
            for action in track.going if track is not None and not act.live else ():
                self.warnings.cut_to(action, step, self.tracks[name], due.at)
        self.last = max(self.last, until)
        self.observed.done[id(step)] = replace(step, act=act, predicted=due.at - due.frame, until=until - due.frame)

    def cut_short(self, action: OngoingAction, lost: c.Axes, now: int, until: int | None) -> None:
        done, at = self.observed.done[id(action.step)], now - action.frame
        shown = None if until is None else max(until - action.frame, at)
        cuts = (*done.cuts, *((axis, at) for axis in sorted(lost)))
        self.observed.done[id(action.step)] = replace(done, until=shown, cuts=cuts)

    def set_back(
        self, step: Step, move: c.MoveTo, key: tuple[int, int], timed: Timed, track: CameraTrack, now: int
    ) -> c.MoveTo:
        """The move of an `arriving at`, with the travel that this run found for it."""
        travel = motion.travel(track.model, track.pose(now), move.pose, move.pan_speed, move.tilt_speed)
        self.travels[key] = travel
        doubtful = bool(track.state.chosen & move.axes)
        if timed.arriving is not None and travel > timed.arriving and timed.origin is not None and not doubtful:
            self.warnings.report(
                "E503",
                timed.origin,
                step,
                f"The move takes {enough(travel)} and would have to start {enough(travel - timed.arriving)} before"
                " this block.",
                "Arrive later, go faster, or start it in the previous cue.",
            )
        return replace(move, over=travel or None)

    # --- the result ------------------------------------------------------------------------------------------

    def result(self, known: bool) -> Predicted:
        for track in self.tracks.values():
            for action in track.going:
                if action.owner == 0 and action.open and isinstance(action.command, c.DRIVES):
                    self.warnings.report(
                        "W608",
                        action.step.origin,
                        action.step,
                        f"Nothing stops “{action.act.camera}”: it continues to the end of its range.",
                        "Add `for T`, or a `stop` later in this cue.",
                    )
        program = self.observed.settle(self.drafted)
        endless = self.playing[0].timeline.cut_short or program.end is None
        fired = frozenset(self.asked)
        return Predicted(
            program, None if endless else self.last, self.rest(), fired, self.warnings.findings if known else []
        )
