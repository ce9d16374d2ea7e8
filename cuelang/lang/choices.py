"""`with one of`: a way for each camera of the list, of which one is taken when the line is reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cuelang.commands import NO_AXES, Axes
from cuelang.lang import syntax as s
from cuelang.lang.draft import NOTHING, BlockClock, Draft
from cuelang.lang.scope import Scope
from cuelang.lang.values import UNKNOWN, CamerasValue
from cuelang.plan import CameraAct, Choose, Chosen, Forever, Moment, Way

if TYPE_CHECKING:
    from cuelang.lang.lower import Lowering


def with_one(
    lowering: Lowering, line: s.Line, node: s.WithOne, other: s.Line | None, scope: Scope, clock: BlockClock
) -> None:
    """Lower the block for each camera, and `other`, its `else`, for when none of them is free."""
    infos = [info for info in scope.cameras(node.cams) if not info.idle]
    lowering.shadowing(node.var, scope)
    start, rest = clock.now, clock.rest
    draft = lowering.draft
    index = lowering.emit(Choose((), 0), scope.origin(node.loc), scope, start)
    names = tuple(info.camera.name for info in infos)
    ways: list[Way] = []
    ends: list[BlockClock] = []
    for name, said in [(info.camera.name, info.name) for info in infos] or [("", "")]:
        inner = scope.nested()
        inner.local[node.var.id] = CamerasValue((said,), words=(said,)) if said else UNKNOWN
        inner.one_of = tuple(dict.fromkeys((*scope.one_of, *names)))
        begins = draft.anchor(Chosen(start))
        ways.append(Way(name, begins.anchor))
        ends.append(lowering.block(line.children, inner, begins, rest))
        scope.line = line
    none = draft.anchor(Chosen(start))
    if other is None:
        ends.append(BlockClock(none, none, rest=rest))
    else:
        scope.line = other
        ends.append(lowering.block(other.children, scope.nested(), none, rest))
        scope.line = line
    if index is not None:
        moves = tuple(_moved(draft, index).items())
        choose = Choose(tuple(ways) if names else (), none.anchor, moves, other is not None)
        draft.steps[index] = replace(draft.steps[index], act=choose)
    ended = [end for end in ends if not end.endless]
    clock.endless = not ended
    if ended:
        _meet(draft, ended, start, [*(way.begins for way in ways), none.anchor], clock)


def _meet(draft: Draft, ends: list[BlockClock], start: Moment, ways: list[int], clock: BlockClock) -> None:
    """The clock is where the way that was taken has ended; where all end after the same time, that is plain."""
    after = {(end.now.offset, end.rest) if end.now.anchor in ways else None for end in ends}
    same = next(iter(after))
    if len(after) == 1 and same is not None:
        clock.now, clock.rest = Moment(start.anchor, start.offset + same[0]), same[1]
    else:
        clock.now, clock.rest = draft.either([end.now for end in ends]), NOTHING


def _moved(draft: Draft, begin: int = 0) -> dict[str, Axes]:
    """By camera: the axes that the steps from `begin` on may move, those of endless loops included."""
    found: dict[str, Axes] = {}
    for index in range(begin, len(draft.steps)):
        act = draft.steps[index].act
        more: Iterable[tuple[str, Axes]] = ()
        if isinstance(act, CameraAct):
            more = ((act.camera, act.axes),)
        elif isinstance(act, Choose):
            more = act.moves
        elif isinstance(act, Forever):
            more = _moved(draft.bodies[index]).items()
        for camera, axes in more:
            found[camera] = found.get(camera, NO_AXES) | axes
    return found
