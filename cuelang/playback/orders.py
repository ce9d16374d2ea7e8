"""Orders to switchers that are under way: what they hold, what they bring to program and what they take off. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct

from cuelang.commands import PAN_TILT, SEEN, Axes, Command, MoveTo, Outcome, Pose, Recall, Recover
from cuelang.commands.switching import MIXES, Cut, Dissolve, Native, Order, OutputName, Preview, SetOutput, Take
from cuelang.plan import Camera, CameraAct, CameraAction, Go, Moment, Plan, Program, Step, Switcher, SwitcherAct
from cuelang.playback.claims import Claim, Claims
from cuelang.source import NOWHERE
from cuelang.units import NS

CUTTING = (*MIXES, Preview)
"""What is not sent for a cue while an operator cuts by hand."""
FREED_NS = NS
"""How long after the end of its transition a switcher may take to say that a camera is off program."""
MIX_NS = NS
"""How long a transition takes by default."""


class PendingOrder(Struct, eq=False):
    """An order under way. `run` 0: it is not waited for. `over` is how long its transition takes."""

    job: int
    run: int
    act: SwitcherAct
    over: int

    @property
    def holds(self) -> bool:
        """Whether its cue is not done before it: whatever takes time by itself."""
        return isinstance(self.act.order, SetOutput) or self.over > 0


def length(order: Order) -> int:
    """How long its transition takes, 0 for none."""
    match order:
        case Dissolve(over=over) | Take(over=int(over)):
            return over
        case Cut() | Preview() | Take() | SetOutput() | Native():
            return 0
        case _:
            assert_never(order)


class SwitcherOrders:
    """All orders of a show that are not over."""

    def __init__(self) -> None:
        self.jobs: dict[int, PendingOrder] = {}
        self.by_hand = False
        """An operator cuts by hand: what cues would put on program and preview is not sent."""

    def add(self, job: int, run: int, act: SwitcherAct) -> tuple[PendingOrder, list[PendingOrder]]:
        """It is sent now. Returns it, and the older ones that it supersedes, which hold nothing any more."""
        older = []
        if isinstance(act.order, MIXES):
            older = [
                one
                for one in self.jobs.values()
                if one.act.switcher == act.switcher and isinstance(one.act.order, MIXES)
            ]
            for one in older:
                del self.jobs[one.job]
        under = self.jobs[job] = PendingOrder(job, run, act, length(act.order))
        return under, older

    def finish(self, job: int) -> PendingOrder | None:
        return self.jobs.pop(job, None)

    def holds(self, run: int) -> bool:
        return any(one.run == run and one.holds for one in self.jobs.values())

    def mixing(self, switcher: str) -> bool:
        """Whether a cut or a transition of ours is under way there."""
        return any(one.act.switcher == switcher and isinstance(one.act.order, MIXES) for one in self.jobs.values())


def cameras_of(switcher: Switcher, source: str | None) -> tuple[str, ...]:
    """The cameras that are seen when this source is."""
    found = switcher.source(source) if source is not None else None
    return found.cameras if found is not None else ()


# --- asked by a person, without a cue ------------------------------------------------------------------------


def recovery(*cameras: str, live: bool = False) -> CameraAction:
    """`recover CAMERAS`, as a statement that is fired by itself."""
    command = Recover()
    return statement(*(CameraAct(name, command, live=live, axes=command.axes, watched=True) for name in cameras))


def statement(*acts: SwitcherAct | CameraAct) -> CameraAction:
    """Orders or commands of one instant, as a statement that is fired by itself."""
    return CameraAction(Program((Go(),), tuple(Step(Moment(0, 0), act, NOWHERE) for act in acts), Moment(0, 0)))


def cuts_only(action: CameraAction) -> bool:
    """Whether it does nothing but what the buttons of a switcher do."""
    acts = [step.act for step in action.program.steps]
    return bool(acts) and all(
        isinstance(act, SwitcherAct) and isinstance(act.order, (*CUTTING, SetOutput)) for act in acts
    )


def ends_stream(action: CameraAction) -> bool:
    """Whether it takes a stream off the air."""
    acts = [step.act for step in action.program.steps]
    return any(isinstance(act, SwitcherAct) and act.order == SetOutput("stream", False) for act in acts)


def asked(
    plan: Plan,
    what: str,
    source: str | None = None,
    *,
    on: str | None = None,
    over: int | None = None,
    transition: str | None = None,
) -> SwitcherAct:
    """The order that a page, HTTP or OSC asks for, as the buttons of a switcher do: `cut`, `dissolve`, `preview` to a
    source of the sheet, `take` of what is on preview (with `over`, by a mix), `stream start`, `stream stop`, `record
    start`, `record stop`. ValueError says what is wrong."""
    switcher = _switcher(plan, source, on)
    label = None
    if source is not None:
        found = switcher.source(source)
        if found is None:
            names = ", ".join(one.name for one in switcher.sources) or "none"
            raise ValueError(f"{switcher.name} has no source “{source}”. Its sources: {names}.")
        label = found.label
    order: Order
    match what:
        case "cut" | "dissolve" | "preview" if label is None:
            raise ValueError(f"`{what}` needs a source.")
        case "cut":
            assert label is not None
            order = Cut(label)
        case "dissolve":
            assert label is not None
            order = Dissolve(label, MIX_NS if over is None else over, transition)
        case "preview":
            assert label is not None
            order = Preview(label)
        case "take":
            order = Take(label, MIX_NS if over is None and transition is not None else over, transition)
        case "stream start" | "stream stop" | "record start" | "record stop":
            output: OutputName = "stream" if what.startswith("stream") else "record"
            order = SetOutput(output, what.endswith("start"))
        case _:
            raise ValueError(f"A switcher does not understand “{what}”.")
    return SwitcherAct(switcher.name, order, source)


def native(switcher: Switcher, text: str) -> Native:
    """A request in the switcher's own words; `aux 1 = foh` gets the number that the switcher knows. ValueError: it does
    not understand this. A protocol is imported only for a request in its words."""
    if switcher.kind == "atem":
        from cuelang.protocols.atem.machine import native as problem

        head, equals, tail = text.partition("=")
        source = switcher.source(tail.strip()) if equals else None
        text = text if source is None else f"{head.strip()} = {source.label}"
    elif switcher.kind == "vmix":
        from cuelang.protocols.vmix import native as problem
    else:
        from cuelang.protocols.obs import native as problem
    wrong = problem(text)
    if wrong:
        raise ValueError(wrong)
    return Native(text)


def sent(plan: Plan, on: str, text: str) -> SwitcherAct:
    """`send vision "…"`, as a sheet has it. ValueError says what is wrong."""
    switcher = _switcher(plan, None, on)
    try:
        return SwitcherAct(on, native(switcher, text))
    except ValueError as error:
        raise ValueError(f"{on} does not understand this: {error}.") from None


def _switcher(plan: Plan, source: str | None, on: str | None) -> Switcher:
    if not plan.switchers:
        raise ValueError("This show has no switcher.")
    if on is not None:
        found = next((one for one in plan.switchers if one.name == on), None)
        if found is None:
            raise ValueError(f"There is no switcher “{on}”. Switchers: {', '.join(s.name for s in plan.switchers)}.")
        return found
    able = [one for one in plan.switchers if source is None or one.source(source) is not None]
    if not able:
        raise ValueError(f"No switcher has a source “{source}”.")
    if len(able) > 1:
        raise ValueError(f"More than one switcher could be meant: {', '.join(one.name for one in able)}.")
    return able[0]


# --- a cut needs a camera ------------------------------------------------------------------------------------

FAILED: frozenset[Outcome] = frozenset(("refused", "unreachable", "timed_out"))


def is_motion(command: Command, axes: Axes) -> bool:
    """Whether it moves what the camera sees from one place to another, by itself and to an end."""
    return bool(axes & SEEN) and command.action in ("move", "drive", "zoom")


class Motions:
    """How the last motion of each camera went, where it did not go well."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[Command, Outcome]] = {}

    def began(self, camera: str, command: Command, axes: Axes) -> None:
        if is_motion(command, axes):
            self._failed.pop(camera, None)

    def ended(self, camera: str, command: Command, axes: Axes, outcome: Outcome) -> None:
        if outcome in FAILED and is_motion(command, axes):
            self._failed[camera] = (command, outcome)

    def outcome(self, camera: str) -> Outcome | None:
        """How its last motion failed, None: it did not."""
        found = self._failed.get(camera)
        return None if found is None else found[1]

    def not_there(self, cameras: Iterable[str], claims: Claims, of: dict[str, Camera]) -> str:
        """Why a cut to these cameras would show what should not be seen; empty: it would not."""
        for name in cameras:
            if any(moves(claim) and not _meant(claim) for claim in claims.on(name, SEEN)):
                return f"{name} is still moving"
            if (found := self._failed.get(name)) is not None:
                return f"{name} did not reach {_place(found[0], of.get(name))}: {found[1].replace('_', ' ')}"
        return ""


def moves(claim: Claim) -> bool:
    """Whether it is at work on where its camera looks."""
    under_way = claim.live or (claim.endless and not claim.parked and not claim.doubtful)
    return under_way and not claim.held and is_motion(claim.command, claim.axes)


def _meant(claim: Claim) -> bool:
    """Whether its line says that it is meant to be seen."""
    act = claim.step.act
    return isinstance(act, CameraAct) and act.live


def _place(command: Command, camera: Camera | None) -> str:
    """Where a motion leads, by the name of a preset if it has one."""
    number = command.preset if isinstance(command, Recall) else None
    pose = command.pose if isinstance(command, MoveTo) else None
    for one in camera.presets if camera is not None else ():
        if (number is not None and one.number == number) or (
            pose is not None and Pose(one.pan, one.tilt, one.zoom) == pose and PAN_TILT in pose.axes
        ):
            return one.name
    return f"preset {number}" if number is not None else "its place"
