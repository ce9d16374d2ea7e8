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
from cuelang.lang.draft import Draft, Timed
from cuelang.lang.env import CameraInfo
from cuelang.lang.findings import Finding
from cuelang.lang.load import judge
from cuelang.models import Model, motion
from cuelang.plan import (
    Beat,
    Camera,
    CameraAct,
    Either,
    Forever,
    Go,
    Join,
    Moment,
    Otherwise,
    Program,
    Step,
    Switcher,
    SwitcherAct,
    Wait,
)
from cuelang.plan.state import BusState, CameraState, State
from cuelang.playback.played import Budget, Played, Playing
from cuelang.playback.timeline import OpenWait, StepDue
from cuelang.playback.track import Action, CameraTrack, Effect, far_off
from cuelang.protocols.visca.properties import PROPERTIES, WITH_PRESETS
from cuelang.source import Origin
from cuelang.units import NS

ATTEMPTS = 6
"""How often the starts of `arriving at` are sought; two runs settle all but moves that cross one another."""

MOVING = frozenset((c.PAN_TILT, c.ZOOM))


class Predicted(Struct):
    """`duration` None: it never ends by itself. `state` holds only the cameras and switchers that it touches. `fired`:
    the cues that it fires, and those that these fire."""

    program: Program
    duration: int | None
    state: dict[str, CameraState | BusState]
    fired: frozenset[str]
    findings: list[Finding] = field(default_factory=list)


def predict(
    draft: Draft,
    cameras: Mapping[str, CameraInfo],
    state: State,
    *,
    number: str | None = None,
    switchers: Mapping[str, Switcher] = MappingProxyType({}),
    drafts: Mapping[str, Draft] = MappingProxyType({}),
    budget: Budget | None = None,
    known: bool = True,
) -> Predicted:
    """Run a draft from `state` (cameras that are not in it are at home, switchers have nothing on their buses).
    `drafts`: what it may fire, by number; `budget`: how much of that is followed. `known` False: the state is unknown,
    so without warnings."""
    travels: dict[tuple[int, int], int] = {}
    for _ in range(ATTEMPTS):
        attempt = _Attempt(draft, cameras, state, travels, switchers, drafts, budget)
        attempt.run(number)
        if attempt.travels == travels:
            break
        travels = attempt.travels
    found = attempt.result(known)
    if known:
        found.findings.extend(judge(found.program, cameras))
    return found


class _Attempt(Played):
    def __init__(
        self, draft: Draft, cameras: Mapping[str, CameraInfo], state: State, travels: dict[tuple[int, int], int],
        switchers: Mapping[str, Switcher], drafts: Mapping[str, Draft], budget: Budget | None,
    ) -> None:  # fmt: skip
        super().__init__({}, switchers, state, budget=budget)
        self.restarts = lambda number: number in drafts and drafts[number].restart
        self.infos = cameras
        self.before = travels
        self.travels: dict[tuple[int, int], int] = {}
        self.drafts = drafts
        self.asked: set[str] = set()
        self.findings: list[Finding] = []
        self.warned = ""
        """The camera of the last W601: a line that says several things to it is warned once."""
        self.timed: dict[int, tuple[tuple[int, int], Timed]] = {}
        self.begun: dict[int, int] = {}
        """By the id of an endless loop as drafted: when its first pass begins."""
        self.inside: dict[int, int] = {}
        """By the id of a step as drafted: the id of the endless loop around it."""
        self.done: dict[int, Step] = {}
        """By the id of the step as drafted: the step as predicted."""
        self.opened: dict[int, int] = {}
        """By the id of a wait: when it would be given up, or when it was opened if it never is."""
        self.met_at: dict[int, int] = {}
        """By the id of a wait: when it is met."""
        self.preset_speed: int | None = None
        self.tracked = False
        self.pose = c.NO_POSE
        """Where the camera of the present step is; where it was sent, for an axis that the step leaves out."""
        self.told: set[int] = set()
        """By the id of a step: a cue that it fires and that still runs has been reported."""
        self.keep: list[Step] = []
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
            self.report(
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
        self.opened[id(wait.wait)] = opened if wait.limit is None else wait.limit
        self.met_at[id(wait.wait)] = met

    # --- one step --------------------------------------------------------------------------------------------

    def step(self, due: StepDue, playing: Playing) -> None:
        if id(due.step) in self.inside:
            self.begun[self.inside[id(due.step)]] = due.frame
        super().step(due, playing)

    def happened(self, due: StepDue, until: int, idle: bool = False) -> None:
        predicted = due.at - due.frame
        self.done[id(due.step)] = replace(due.step, predicted=predicted, until=until - due.frame, idle=idle)

    def meant(self, due: StepDue, act: CameraAct, track: CameraTrack) -> CameraAct:
        timed = self.timed.get(id(due.step))
        if timed is None or timed[1].arriving is None:
            return act
        return replace(act, command=self.set_back(due.step, timed[0], timed[1], track, due.at))

    def about_to(self, due: StepDue, act: CameraAct, track: CameraTrack, playing: Playing) -> None:
        one_sided = isinstance(act.command, c.MoveTo) and act.command.pose.one_sided
        self.pose = track.asked(due.at) if one_sided else track.pose(due.at)
        self.preset_speed, self.tracked = track.state.preset_speed, track.state.tracking
        self.watch(due.step, act, track, due.at, playing.owner)

    def began(self, due: StepDue, act: CameraAct, track: CameraTrack, effect: Effect) -> None:
        step, command, pose = due.step, act.command, self.pose
        timed = self.timed.get(id(step))
        if timed is not None:
            self.check_time(command, timed[1], effect.arrival, effect.shortest, track, pose, due.at, step)
        until = None if effect.until is None else effect.until - due.frame
        self.done[id(step)] = replace(
            step, act=act, predicted=due.at - due.frame, until=until, estimated=effect.estimated, pose=pose,
            preset_speed=self.preset_speed, untracks=self.tracked and c.ends_tracking(command),
        )  # fmt: skip

    def ordered(self, due: StepDue, act: SwitcherAct, until: int, taken: frozenset[str]) -> None:
        step = due.step
        if isinstance(act.order, Take) and act.source is None:
            self.report(
                "E208", step.origin, step, "Neither this line nor the list before it puts a source on preview.",
                "Name it, as in `take foh`, or put it on preview before.",
            )  # fmt: skip
        for name in sorted(taken):
            track = self.tracks.get(name)
            for action in track.going if track is not None and not act.live else ():
                self.cut_to(action, step, self.tracks[name], due.at)
        self.last = max(self.last, until)
        self.done[id(step)] = replace(step, act=act, predicted=due.at - due.frame, until=until - due.frame)

    def cut_short(self, action: Action, lost: c.Axes, now: int, until: int | None) -> None:
        done, at = self.done[id(action.step)], now - action.frame
        shown = None if until is None else max(until - action.frame, at)
        cuts = (*done.cuts, *((axis, at) for axis in sorted(lost)))
        self.done[id(action.step)] = replace(done, until=shown, cuts=cuts)

    def set_back(self, step: Step, key: tuple[int, int], timed: Timed, track: CameraTrack, now: int) -> c.MoveTo:
        """The move of an `arriving at`, with the travel that this run found for it."""
        assert isinstance(step.act, CameraAct) and isinstance(step.act.command, c.MoveTo)
        move = step.act.command
        travel = motion.travel(track.model, track.pose(now), move.pose, move.pan_speed, move.tilt_speed)
        self.travels[key] = travel
        if timed.arriving is not None and travel > timed.arriving and timed.origin is not None:
            self.report(
                "E503",
                timed.origin,
                step,
                f"The move takes {_enough(travel)} and would have to start {_enough(travel - timed.arriving)} before"
                " this block.",
                "Arrive later, go faster, or start it in the previous cue.",
            )
        return replace(move, over=travel or None)

    def check_time(
        self, command: c.Command, timed: Timed, arrival: int | None, shortest: int, track: CameraTrack,
        pose: c.Pose, now: int, step: Step,
    ) -> None:  # fmt: skip
        if timed.arriving is not None or timed.origin is None:
            return
        over: int | None = None
        if isinstance(command, c.MoveTo):
            over = command.over
            goal = command.pose.zoom
            start = pose.zoom
        elif isinstance(command, c.Ramp) and command.axis == "zoom":
            over, goal = command.over, command.target
            start = command.start if command.start is not None else pose.zoom
        if over is None:
            return
        name, model = track.camera.name, track.model
        needs = 0 if goal is None or start is None else motion.zoom_travel(model, goal - start)
        late = needs > over and far_off(needs, over)
        if late and isinstance(command, c.MoveTo):
            shortest = max(shortest, needs)
        if shortest > over:
            self.report(
                "E503",
                timed.origin,
                step,
                f"At full speed “{name}” needs {_enough(shortest)}.",
                f"Allow at least {_enough(shortest)}, or start closer.",
            )
        elif late:
            self.report(
                "W607",
                timed.origin,
                step,
                f"The zoom of “{name}” needs at least {_enough(needs)}.",
                "Allow more time.",
            )
        elif arrival is not None and far_off(arrival - now, over):
            how = "at its slowest" if arrival - now < over else "at the nearest available speed"
            who = f"“{name}”" if goal is None else f"Pan and tilt of “{name}”"
            arrives = "arrives" if goal is None else "arrive"
            self.report(
                "W607",
                timed.origin,
                step,
                f"{who} {arrives} after {_brief(arrival - now)}, {how}.",
                "Change the time, or split the move in two.",
            )

    # --- warnings --------------------------------------------------------------------------------------------

    def report(
        self, code: str, origin: Origin, step: Step, message: str, hint: str = "", *labels: tuple[Origin, str]
    ) -> None:
        called = ((step.call, "called here"),) if step.call else ()
        self.findings.append(Finding(code, origin, message, hint, (*labels, *called)))

    def watch(self, step: Step, act: CameraAct, track: CameraTrack, now: int, owner: int) -> None:
        """The air and two claims on one axis, before the command acts."""
        command, name = act.command, act.camera
        told = bool(self.findings) and self.findings[-1][:2] == ("W601", step.origin) and self.warned == name
        if act.watched and not act.live and not told and self.air(name, track, now) == "program":
            self.warned = name
            moves = command.axes & MOVING or isinstance(command, c.Recover)
            self.report(
                "W601",
                step.origin,
                step,
                f"“{name}” is on program when this {'moves it' if moves else 'changes its picture'}.",
                f"Add `live` if this is intended, or {'move it' if moves else 'do it'} while it is off air.",
            )
        if isinstance(command, c.Tally) and command.mode == "program" and track.state.air != "program":
            for action in track.going:
                self.cut_to(action, step, track, now)
        self.modes(command, step, track)
        if isinstance(command, c.Stop | c.Power) or not command.axes:
            return
        older = [each for each in track.going if each.owner == owner and _collide(each, step, command, now)]
        if older:
            shared = frozenset().union(*(c.overlap(action.axes, command.axes) for action in older))
            what = ", ".join(_AXIS_NAMES.get(axis, axis.partition(":")[2]) for axis in sorted(shared, reverse=True))
            said = f"This overrides the {what} of “{name}” while it is still moving."
            if any(action.begun == now for action in older):
                said = f"Two lines control the {what} of “{name}” at the same instant."
            self.report(
                "W603",
                step.origin,
                step,
                said,
                "The later one wins; wait for the earlier one, or remove one.",
                *((action.step.origin, "the earlier one") for action in older),
            )

    def modes(self, command: c.Command, step: Step, track: CameraTrack) -> None:
        """What the camera is set to, and what would come of this in that mode."""
        name = track.camera.name
        focuses = isinstance(command, c.FocusTo | c.FocusDrive) or (
            isinstance(command, c.Ramp) and command.axis == "focus"
        )
        if focuses and track.state.focus == "auto" and self.infos[name].family == "visca":
            self.report(
                "W611",
                step.origin,
                step,
                f"“{name}” is in autofocus here and will refuse to move its focus.",
                f"Write `focus {name} manual` before this line.",
            )
        if isinstance(command, c.Recall):
            made = {prop: one.origin for prop, one in track.state.settings if prop in WITH_PRESETS}
            if command.picture and made:
                preset = self.infos[name].numbered(command.preset)
                *most, last = (f"`{prop}`" for prop in made)
                settings = f"{', '.join(most)} and {last}" if most else last
                self.report(
                    "W612",
                    step.origin,
                    step,
                    f"Preset {command.preset} of “{name}” may restore its own {settings}, stored with the position.",
                    "Move the `set` after the arrival, or add `picture off` to the preset"
                    f"{f' “{preset.name}”' if preset is not None else ''} if no image settings are stored with it.",
                    *((origin, "set here") for origin in {origin.span: origin for origin in made.values()}.values()),
                )

    def cut_to(self, action: Action, step: Step, track: CameraTrack, now: int) -> None:
        """W602: the camera goes on program while this action moves it."""
        act = action.act
        moves = action.command.axes & MOVING and act.watched and not act.live and not action.estimated
        if not moves or isinstance(action.command, c.Track | c.Power):
            return
        if action.until is not None and action.until > now:
            if not track.moving(action.axes, now):
                return
            when = f"{_brief(action.until - now)} before it arrives"
        elif action.open:
            when = "while it is being driven"
        else:
            return
        self.report(
            "W602",
            step.origin,
            step,
            f"“{track.camera.name}” goes on program {when}.",
            "Cut later, or `wait for` it; add `live` to the move if this is intended.",
            (action.step.origin, "started here"),
        )

    # --- the result ------------------------------------------------------------------------------------------

    def result(self, known: bool) -> Predicted:
        for track in self.tracks.values():
            for action in track.going:
                if action.owner == 0 and action.open and isinstance(action.command, c.DRIVES):
                    self.report(
                        "W608",
                        action.step.origin,
                        action.step,
                        f"Nothing stops “{action.act.camera}”: it continues to the end of its range.",
                        "Add `for T`, or a `stop` later in this cue.",
                    )
        program = self.settle(self.drafted)
        endless = self.playing[0].timeline.cut_short or program.end is None
        fired = frozenset(self.asked)
        return Predicted(program, None if endless else self.last, self.rest(), fired, self.findings if known else [])

    def pass_time(self, forever: Forever, begun: int) -> int:
        """How long a pass is expected to take, from one start to the next."""
        body = forever.body
        if body.end is None:
            return 0
        placed: list[int] = []
        beats: dict[int, int] = {}
        for anchor in body.anchors:
            match anchor:
                case Go():
                    placed.append(begun)
                case Wait():
                    placed.append(self.met_at.get(id(anchor), begun))
                case Otherwise(wait=wait):
                    placed.append(placed[wait])
                case Either(moments=moments):
                    placed.append(placed[moments[0].anchor] + moments[0].offset)
                case Join(moments=moments):
                    placed.append(max(placed[at] + offset for at, offset in moments))
                case Beat(base=base, every=every, after=after, loop=loop):
                    start, free = (placed[at] + offset for at, offset in (base, after))
                    beats[loop] = max(beats.get(loop, 0) + 1, -((start - free) // every))
                    placed.append(start + beats[loop] * every)
        takes = placed[body.end.anchor] + body.end.offset - begun
        return takes if forever.every is None else -(-max(takes, 1) // forever.every) * forever.every

    def never(self, program: Program, drafted: Step) -> Step:
        """A step that is not expected: it is in an `else`. It is put where its wait would be given up."""
        anchor = drafted.at.anchor
        while not isinstance(program.anchors[anchor], Otherwise):
            match program.anchors[anchor]:
                case Wait(at=at):
                    anchor = at.anchor
                case Join(moments=moments) | Either(moments=moments):
                    anchor = moments[-1].anchor
                case Beat(after=after):
                    anchor = after.anchor
                case _:
                    return drafted
        otherwise = program.anchors[anchor]
        assert isinstance(otherwise, Otherwise)
        given_up = self.opened.get(id(program.anchors[otherwise.wait]), 0)
        offset = drafted.at.offset if drafted.at.anchor == anchor else 0
        return replace(drafted, predicted=given_up + offset, until=None, estimated=True)

    def settle(self, program: Program, begun: int = 0) -> Program:
        """The program with what was found, its steps in the order in which they are expected."""
        steps: list[Step] = []
        for drafted in program.steps:
            if isinstance(drafted.act, Forever):
                inside = self.begun.get(id(drafted), begun + drafted.at.offset)
                body = self.settle(drafted.act.body, inside)
                forever = Forever(drafted.act.every, body, self.pass_time(drafted.act, inside))
                steps.append(replace(drafted, act=forever, predicted=inside - begun, until=None))
            else:
                steps.append(self.done.get(id(drafted)) or self.never(program, drafted))
        steps.sort(key=lambda step: step.predicted)
        return Program(program.anchors, tuple(steps), program.end)


def _collide(action: Action, step: Step, command: c.Command, now: int) -> bool:
    """Whether a newer command cuts an older one of the same cue short, or both mean one instant."""
    older = action.command
    if not c.overlap(action.axes, command.axes):
        return False
    if isinstance(older, c.Power) or (isinstance(older, c.Track) and not older.on):
        return False
    if action.begun < now:
        return not action.open and action.until is not None and action.until > now
    if action.step.at.anchor != step.at.anchor:
        return False  # a wait of unknown length is between them
    if isinstance(older, c.Focus):
        return isinstance(command, c.Focus)
    if isinstance(older, c.SetProperty) and isinstance(command, c.SetProperty):
        steps = not all(PROPERTIES[one.prop].repeatable(one.verb) for one in (older, command))
        return not steps and bool(older.numbers) == bool(command.numbers)
    return True


def _brief(ns: int) -> str:
    """A time for a message: the nearest tenth of a second, so that what is some time never reads as none."""
    return f"{max(1, (ns + NS // 20) // (NS // 10)) / 10:g}s"


def _enough(ns: int) -> str:
    """As much time in tenths of a second as is surely enough."""
    return f"{-(-ns // (NS // 10)) / 10:g}s"


_AXIS_NAMES = {c.PAN_TILT: "pan, tilt", c.ZOOM: "zoom", c.FOCUS: "focus"}
