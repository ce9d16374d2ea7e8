"""A plan as a rehearsal without a script plays it.

There is no operator to give a GO and no console to send OSC, so those waits are met at once, and there is no
operator to stop an endless cue, so it is stopped when its fourth pass would begin. Both are done to the plan, by the
rules that the plan already has, so that the machine that plays it is the very one of the show:

    wait for go, wait for osc    ->  a join of the one moment at which the wait begins
    repeat forever               ->  three passes, then the cue stops itself
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from msgspec.structs import replace

from cuelang.plan import (
    Act,
    Anchor,
    Beat,
    Choose,
    Chosen,
    Cue,
    Either,
    FireCue,
    Forever,
    Go,
    GoGiven,
    Join,
    Moment,
    OscHeard,
    Otherwise,
    Plan,
    Program,
    Step,
    Wait,
)

PASSES = 3


def unattended(plan: Plan) -> Plan:
    """The same plan, playing to its end unattended."""
    return replace(plan, cues=tuple(_cue(cue) for cue in plan.cues))


def third_ends(cue: Cue) -> int | None:
    """When an endless cue's third pass is expected to be over, in ns from GO; None for a cue that ends by itself."""
    if not any(isinstance(step.act, Forever) for step in cue.program.steps):
        return None
    return max(step.predicted for step in _cue(cue).program.steps)


def _cue(cue: Cue) -> Cue:
    program, ends = _settle(cue.program)
    if ends:
        anchors = (*program.anchors, Join(tuple(ends)))
        last = max(program.steps, key=lambda step: step.predicted)
        at = _predicted(program, ends)
        stop = Step(Moment(len(anchors) - 1, 0), FireCue("stop", cue.number), last.origin, at, at)
        program = Program(anchors, (*program.steps, stop), None)
    return cue if program == cue.program else replace(cue, program=program)


def _settle(program: Program) -> tuple[Program, list[Moment]]:
    """The program with its endless loops laid out, and the moments at which each of them would go on."""
    anchors = [_met(anchor) for anchor in program.anchors]
    steps: list[Step] = []
    ends: list[Moment] = []
    for step in program.steps:
        if isinstance(step.act, Forever):
            ends.append(_lay_out(step, step.act, anchors, steps))
        else:
            steps.append(step)
    return Program(tuple(anchors), tuple(sorted(steps, key=lambda step: step.predicted)), program.end), ends


def _met(anchor: Anchor) -> Anchor:
    if isinstance(anchor, Wait) and isinstance(anchor.condition, GoGiven | OscHeard):
        return Join((anchor.at,))
    return anchor


def _lay_out(loop: Step, forever: Forever, anchors: list[Anchor], steps: list[Step]) -> Moment:
    """Append three passes; returns the moment at which the fourth would begin."""
    body, inner = _settle(forever.body)
    loops = 1 + max((anchor.loop for anchor in anchors if isinstance(anchor, Beat)), default=-1)
    inside = 1 + max((anchor.loop for anchor in body.anchors if isinstance(anchor, Beat)), default=-1)
    start, at = loop.at, loop.predicted
    for number in range(PASSES):
        place = _copy(body.anchors, start, anchors, loops + 1 + number * inside)
        shift = len(anchors) - len(body.anchors)
        steps.extend(
            replace(
                step,
                act=_shifted(step.act, shift),
                at=place(step.at),
                predicted=at + step.predicted,
                until=None if step.until is None else at + step.until,
            )
            for step in body.steps
        )
        if inner or body.end is None:
            return place(inner[0] if inner else Moment(0, 0))
        start = place(body.end)
        if forever.every is None:
            at += _predicted(body, [body.end])
        else:
            anchors.append(Beat(loop.at, forever.every, start, loops, loop.origin))
            start, at = Moment(len(anchors) - 1, 0), at + forever.every
    return start


def _shifted(act: Act, by: int) -> Act:
    """The ways of a choice begin at anchors that have other numbers now."""
    if not isinstance(act, Choose):
        return act
    ways = tuple(way._replace(begins=way.begins + by) for way in act.ways)
    return replace(act, ways=ways, otherwise=act.otherwise + by)


def _copy(body: Sequence[Anchor], start: Moment, anchors: list[Anchor], loops: int) -> Callable[[Moment], Moment]:
    """Append a pass's own anchors; returns what a moment of the body is in the program around it."""
    shift = len(anchors) - 1

    def place(moment: Moment) -> Moment:
        if moment.anchor == 0:
            return Moment(start.anchor, start.offset + moment.offset)
        return Moment(moment.anchor + shift, moment.offset)

    for anchor in body[1:]:
        match anchor:
            case Wait(at=at) | Chosen(at=at):
                anchors.append(replace(anchor, at=place(at)))
            case Join(moments=moments) | Either(moments=moments):
                anchors.append(type(anchor)(tuple(place(moment) for moment in moments)))
            case Otherwise(wait=wait):
                anchors.append(Otherwise(wait + shift))
            case Beat(base=base, after=after, loop=loop):
                anchors.append(replace(anchor, base=place(base), after=place(after), loop=loop + loops))
            case Go():
                anchors.append(anchor)
            case _:
                assert_never(anchor)
    return place


def _predicted(program: Program, moments: Sequence[Moment]) -> int:
    """When the latest of these is expected, from the program's start, as far as its steps tell.

    Steps carry what the compiler predicted, so an anchor that any step hangs on is known exactly; of the others
    a wait is taken to be met at once. Only the order of steps that are not timed against each other depends on it.
    """
    known = {step.at.anchor: step.predicted - step.at.offset for step in program.steps}
    known[0] = 0

    def at(moment: Moment) -> int:
        if moment.anchor not in known:
            anchor = program.anchors[moment.anchor]
            match anchor:
                case Wait(at=before) | Chosen(at=before):
                    known[moment.anchor] = at(before)
                case Join(moments=joined):
                    known[moment.anchor] = max(map(at, joined))
                case Either(moments=any_of):
                    known[moment.anchor] = at(any_of[0])
                case Otherwise(wait=wait):
                    known[moment.anchor] = at(Moment(wait, 0))
                case Beat(every=every, after=after, loop=loop):
                    base = at(anchor.base)
                    earlier = [
                        at(Moment(index, 0)) + every
                        for index, other in enumerate(program.anchors[: moment.anchor])
                        if isinstance(other, Beat) and other.loop == loop
                    ]
                    beats = max(1, -((base - at(after)) // every))
                    known[moment.anchor] = max([base + every * beats, *earlier])
                case Go():
                    known[moment.anchor] = 0
                case _:
                    assert_never(anchor)
        return known[moment.anchor] + moment.offset

    return max(map(at, moments))
