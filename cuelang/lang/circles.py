"""E504: cues that fire one another in a circle that takes no time."""

from __future__ import annotations

from cuelang.lang.findings import Finding
from cuelang.plan import Beat, Cue, FireCue, GoGiven, Join, Moment, OscHeard, Program, TimeOfDay, Wait
from cuelang.source import Loc, Origin


def circles(cues: tuple[Cue, ...]) -> list[Finding]:
    """A finding for each line that closes such a circle."""
    following = {cue.number: after.number for cue, after in zip(cues, cues[1:], strict=False)}
    edges: dict[str, list[tuple[str, Origin]]] = {}
    for cue in cues:
        if not cue.disabled:
            edges[cue.number] = list(_at_once(cue, following))
    found: list[Finding] = []
    state: dict[str, int] = {}
    for root in edges:
        if root in state:
            continue
        path: list[str] = []
        todo: list[tuple[str, int]] = [(root, 0)]
        while todo:
            number, index = todo.pop()
            if index == 0:
                state[number] = 1
                path.append(number)
            if index < len(edges[number]):
                todo.append((number, index + 1))
                target, origin = edges[number][index]
                if state.get(target) == 1:
                    ring = " → ".join([*path[path.index(target) :], target])
                    found.append(
                        Finding(
                            "E504",
                            origin,
                            f"Cues {ring} fire one another at one instant, for ever.",
                            "Let time pass in one of them, or leave this line out.",
                        )
                    )
                elif target in edges and target not in state:
                    todo.append((target, 0))
            else:
                state[number] = 2
                path.pop()
    return found


def _at_once(cue: Cue, following: dict[str, str]) -> list[tuple[str, Origin]]:
    """The cues that this one fires at the instant at which it is fired itself."""
    fired: list[tuple[str, Origin]] = []
    for step in cue.program.steps:
        act = step.act
        if isinstance(act, FireCue) and act.verb != "stop" and step.predicted == 0 and _timeless(cue.program, step.at):
            target = act.number or following.get(cue.number)
            if target is not None:
                fired.append((target, step.origin))
    if cue.follow == 0 and cue.duration == 0 and cue.program.end and _timeless(cue.program, cue.program.end):
        target = following.get(cue.number)
        if target is not None:
            fired.append((target, Origin(cue.block, 0, Loc(0, 1, 0, 4))))
    return fired


def _timeless(program: Program, moment: Moment) -> bool:
    """Nothing before this moment waits for somebody outside."""
    anchor = program.anchors[moment.anchor]
    match anchor:
        case Wait(_, GoGiven() | OscHeard() | TimeOfDay()):
            return False
        case Wait(at):
            return _timeless(program, at)
        case Join(moments):
            return all(_timeless(program, one) for one in moments)
        case Beat(base, _, after):
            return _timeless(program, base) and _timeless(program, after)
    return True
