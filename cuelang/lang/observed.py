"""What was observed while a draft was played in belief, and the program that comes of it: each step with the time at
which it is expected."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from cuelang.plan import (
    Beat,
    Choose,
    Chosen,
    Either,
    Forever,
    Go,
    Join,
    Moment,
    Otherwise,
    Program,
    Step,
    Wait,
    Way,
)


class Observed(Struct):
    """Steps, loops and waits by the id of what was drafted. Times are ns from the beginning of their program."""

    begun: dict[int, int] = field(default_factory=dict)
    """Of an endless loop: when its first pass begins."""
    done: dict[int, Step] = field(default_factory=dict)
    """Of a step: the step as predicted."""
    opened: dict[int, int] = field(default_factory=dict)
    """Of a wait: when it would be given up, or when it was opened if it never is."""
    met_at: dict[int, int] = field(default_factory=dict)
    """Of a wait: when it is met."""
    taken: dict[int, str | None] = field(default_factory=dict)
    """Of a `with one of`: the camera that it took."""

    def settle(self, program: Program, begun: int = 0) -> Program:
        """The program with what was found, its steps in the order in which they are expected."""
        steps: list[Step] = []
        passed_by = self._passed_by(program)
        for drafted in program.steps:
            when = passed_by[drafted.at.anchor]
            if when is not None and not isinstance(drafted.act, Forever):
                at = when + drafted.at.offset
                steps.append(replace(drafted, predicted=at, until=at, estimated=True, idle=True))
            elif isinstance(drafted.act, Forever):
                inside = self.begun.get(id(drafted), begun + drafted.at.offset)
                body = self.settle(drafted.act.body, inside)
                forever = Forever(drafted.act.every, body, self._pass_time(drafted.act, inside))
                steps.append(replace(drafted, act=forever, predicted=inside - begun, until=None, idle=when is not None))
            else:
                steps.append(self.done.get(id(drafted)) or self._never(program, drafted))
        steps.sort(key=lambda step: step.predicted)
        return Program(program.anchors, tuple(steps), program.end)

    def _pass_time(self, forever: Forever, begun: int) -> int:
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
                case Chosen(at=at):
                    placed.append(placed[at.anchor] + at.offset)
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
                case _:
                    assert_never(anchor)
        takes = placed[body.end.anchor] + body.end.offset - begun
        return takes if forever.every is None else -(-max(takes, 1) // forever.every) * forever.every

    def _passed_by(self, program: Program) -> list[int | None]:
        """By anchor: when it would come, if it is in a way that no `with one of` took; None for all others."""
        taken = {
            way.begins: step
            for step in program.steps
            if isinstance(step.act, Choose)
            for way in (*step.act.ways, Way("", step.act.otherwise))
            if id(step) not in self.taken or way.begins != step.act.begins(self.taken[id(step)])
        }
        found: list[int | None] = []
        for number, anchor in enumerate(program.anchors):
            match anchor:
                case Chosen(at=at):
                    before = found[at.anchor]
                    if before is not None:
                        found.append(before + at.offset)
                    elif number in taken:
                        step = self.done.get(id(taken[number]))
                        found.append(step.predicted if step is not None else at.offset)
                    else:
                        found.append(None)
                case Wait(at=Moment(anchor=base, offset=offset)):
                    found.append(None if found[base] is None else (found[base] or 0) + offset)
                case Otherwise(wait=wait):
                    found.append(found[wait])
                case Either(moments=moments):
                    times = [found[base] for base, _ in moments]
                    found.append(None if None in times else times[0])
                case Join(moments=moments):
                    known = [(found[base] or 0) + offset for base, offset in moments if found[base] is not None]
                    found.append(max(known) if known else None)
                case Beat(base=base_of, after=after):
                    found.append(found[after.anchor] if found[base_of.anchor] is None else found[base_of.anchor])
                case Go():
                    found.append(None)
                case _:
                    assert_never(anchor)
        return found

    def _never(self, program: Program, drafted: Step) -> Step:
        """A step that is not expected: it is in an `else`. It is put where its wait would be given up."""
        anchor = drafted.at.anchor
        while True:
            match program.anchors[anchor]:
                case Otherwise(wait=wait):
                    given_up = self.opened.get(id(program.anchors[wait]), 0)
                    offset = drafted.at.offset if drafted.at.anchor == anchor else 0
                    return replace(drafted, predicted=given_up + offset, until=None, estimated=True)
                case Wait(at=at):
                    anchor = at.anchor
                case Join(moments=moments) | Either(moments=moments):
                    anchor = moments[-1].anchor
                case Beat(after=after):
                    anchor = after.anchor
                case Chosen(at=at):
                    anchor = at.anchor
                case Go():
                    return drafted
                case _ as never:
                    assert_never(never)
