"""E504: cues that fire one another in a circle that takes no time."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise, takewhile
from typing import assert_never

from cuelang import commands as c
from cuelang.lang.findings import MAX_MISTAKES, Finding
from cuelang.plan import (
    Arrived,
    Beat,
    CameraAct,
    Chosen,
    Cue,
    Either,
    FireCue,
    Forever,
    Go,
    Join,
    Otherwise,
    Program,
    Wait,
    walk,
)
from cuelang.source import Loc, Origin

FIRING = (FireCue, Forever)
SLICE = 1000
"""Cues between two pauses."""
MOST_SHOWN = 12
"""How many cues of a circle a message names."""


def may_fire(cue: Cue) -> bool:
    """Whether a cue may fire another one at the instant at which it is fired itself."""
    return _follows(cue) or any(isinstance(step.act, FIRING) for step in cue.program.steps)


def _follows(cue: Cue) -> bool:
    return cue.follow == 0 and cue.duration == 0


def _edges(cues: tuple[Cue, ...], firing: list[Cue]) -> Generator[None, None, dict[str, list[tuple[str, Origin]]]]:
    """By cue: those that it fires at once, and where."""
    listed = [cue for cue in cues if cue.in_list]
    following = {cue.number: after.number for cue, after in pairwise(listed)}
    edges: dict[str, list[tuple[str, Origin]]] = {}
    for index, cue in enumerate(firing):
        if index % SLICE == 0:
            yield
        if not cue.disabled:
            edges[cue.number] = _at_once(cue, following)
    yield
    return edges


def circles(cues: tuple[Cue, ...], firing: list[Cue]) -> Generator[None, None, list[Finding]]:
    """A finding for each line that closes such a circle; it pauses on the way. `firing`: those that `may_fire`."""
    if not firing:
        return []
    edges = yield from _edges(cues, firing)
    found: list[Finding] = []
    state: dict[str, int] = {}
    for root, first in edges.items():
        if root in state or not first:
            continue
        path: dict[str, None] = {}
        todo: list[tuple[str, int]] = [(root, 0)]
        while todo:
            number, index = todo.pop()
            if index == 0:
                state[number] = 1
                path[number] = None
            if index < len(edges[number]):
                todo.append((number, index + 1))
                target, origin = edges[number][index]
                if state.get(target) == 1:
                    ring = " → ".join(_ring(path, target))
                    found.append(
                        Finding(
                            "E504",
                            origin,
                            f"Cues {ring} fire each other endlessly at the same instant.",
                            "Add a `wait` to one of them, or remove this line.",
                        )
                    )
                    if len(found) > MAX_MISTAKES:
                        return found
                elif target in edges and target not in state:
                    todo.append((target, 0))
            else:
                state[number] = 2
                del path[number]
    return found


def _ring(path: dict[str, None], target: str) -> list[str]:
    """From `target` along the path to its end, and back; of a long one its ends."""
    back = list(takewhile(lambda number: number != target, reversed(path)))
    if len(back) > MOST_SHOWN:
        back[2 : -MOST_SHOWN + 2] = ["…"]
    return [target, *reversed(back), target]


def _at_once(cue: Cue, following: dict[str, str]) -> list[tuple[str, Origin]]:
    """The cues that this one fires at the instant at which it is fired itself."""
    fired: list[tuple[str, Origin]] = []
    busy = _busy(cue.program)
    _fires(cue.program, busy, following.get(cue.number), fired)
    if _follows(cue) and cue.program.end and not busy:
        target = following.get(cue.number)
        if target is not None and _timeless(cue.program, busy)[cue.program.end.anchor]:
            fired.append((target, Origin(cue.block, 0, Loc(0, 1, 0, 4))))
    return fired


def _fires(program: Program, busy: frozenset[str], following: str | None, fired: list[tuple[str, Origin]]) -> None:
    timeless: list[bool] | None = None
    for step in program.steps:
        act = step.act
        if step.predicted != 0 or not isinstance(act, FIRING):
            continue
        timeless = timeless or _timeless(program, busy)
        if not timeless[step.at.anchor]:
            continue
        if isinstance(act, Forever):
            _fires(act.body, busy, following, fired)
        elif act.verb != "stop" and (target := act.number or following) is not None:
            fired.append((target, step.origin))


def _busy(program: Program) -> frozenset[str]:
    """The cameras that are asked for something that takes time on a real camera, whatever the plan believes."""
    return frozenset(
        step.act.camera
        for step in walk(program)
        if isinstance(step.act, CameraAct) and not step.idle and _takes_time(step.act.command)
    )


def _takes_time(command: c.Command) -> bool:
    if isinstance(command, c.DRIVES):
        return command.duration is not None
    at_once = (c.SetProperty, c.Focus, c.Stop, c.Tally, c.Store, c.Clear, c.Raw, c.Track)
    return not isinstance(command, at_once)


def _timeless(program: Program, busy: frozenset[str]) -> list[bool]:
    """By anchor: nothing before it waits for anything outside, or for a camera that has something to do."""
    found: list[bool] = []
    for anchor in program.anchors:
        match anchor:
            case Go():
                found.append(True)
            case Wait(at=at, condition=Arrived(cameras=cameras)):
                found.append(found[at.anchor] and busy.isdisjoint(cameras))
            case Wait():
                found.append(False)
            case Chosen(at=at):
                found.append(found[at.anchor])
            case Otherwise():
                found.append(False)
            case Either(moments=moments):
                found.append(any(found[one.anchor] for one in moments))
            case Join(moments=moments):
                found.append(all(found[one.anchor] for one in moments))
            case Beat(base=base, after=after):
                found.append(found[base.anchor] and found[after.anchor])
            case _:
                assert_never(anchor)
    return found
