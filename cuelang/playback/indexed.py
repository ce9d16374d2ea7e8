"""A program, indexed by what its steps hang on."""

from __future__ import annotations

from typing import assert_never

from cuelang.plan import (
    Beat,
    Chosen,
    Either,
    Forever,
    Go,
    Join,
    Moment,
    OscHeard,
    Otherwise,
    Program,
    Wait,
    waits,
)


class IndexedProgram:
    """A program arranged for running, made once and used for every run of it."""

    __slots__ = ("bodies", "dependents", "hears", "others", "program", "steps_at")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.hears = any(isinstance(wait.condition, OscHeard) for wait in waits(program))
        """It waits for OSC messages."""
        steps: list[list[tuple[int, int]]] = [[] for _ in program.anchors]
        self.bodies: dict[int, IndexedProgram] = {}
        self.others: dict[int, int] = {}
        """By the number of a wait: that of its `else`."""
        for index, step in enumerate(program.steps):
            steps[step.at.anchor].append((step.at.offset, index))
            if isinstance(step.act, Forever):
                self.bodies[index] = IndexedProgram(step.act.body)
        for at_anchor in steps:
            at_anchor.sort()
        self.steps_at = steps
        self.dependents: list[list[int]] = [[] for _ in program.anchors]
        for number, anchor in enumerate(program.anchors):
            match anchor:
                case Go() | Chosen():
                    before: tuple[Moment, ...] = ()
                case Wait(at=at):
                    before = (at,)
                case Join(moments=moments) | Either(moments=moments):
                    before = moments
                case Beat(base=base, after=after):
                    before = (base, after)
                case Otherwise(wait=wait):
                    before = ()
                    self.others[wait] = number
                case _:
                    assert_never(anchor)
            for origin in {moment.anchor for moment in before}:
                self.dependents[origin].append(number)
