"""Loops: `repeat` and `for` are unrolled, `repeat forever` is a step with a program inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cuelang.lang import syntax as s
from cuelang.lang.draft import NOTHING, START, BlockClock
from cuelang.lang.effort import MAX_STEPS
from cuelang.lang.scope import Scope
from cuelang.lang.values import UNKNOWN, CamerasValue
from cuelang.plan import Beat, Forever, Go, Program
from cuelang.source import Loc
from cuelang.units import MS, written

if TYPE_CHECKING:
    from cuelang.lang.lower import Lowering

LEAST_EVERY_NS = 1 * MS
"""A computer is not faster than that."""
_EMPTY = Program((Go(),), (), START)


def repeat(lowering: Lowering, line: s.Line, node: s.Repeat, scope: Scope, clock: BlockClock) -> None:
    every = scope.time(node.every, "`every`", low=LEAST_EVERY_NS) if node.every is not None else None
    if node.count is None:
        forever(lowering, line, node, every, scope, clock)
        return
    count = scope.integer(node.count, 1, MAX_STEPS, "The number of passes")
    start = now = clock.now
    begun = rest = clock.rest
    exact = scope.exact(node.every) if node.every is not None and every is not None else NOTHING
    loop = lowering.draft.beats
    lowering.draft.beats += 1
    for index in range(1 if count is None else count):
        inner = lowering.block(line.children, scope.nested(), now, rest)
        clock.now, clock.endless, clock.rest = inner.now, inner.endless, inner.rest
        scope.line = line
        last = count is None or index + 1 == count
        if every is None:
            now, rest = inner.now, inner.rest
        elif inner.now.anchor == now.anchor and (index == 0 or now.anchor == start.anchor):
            if inner.now.offset - now.offset > every:
                _too_long(scope, line, node, inner.now.offset - now.offset)
                return
            passed = BlockClock(start, start, rest=begun)
            passed.forward((index + 1) * exact)
            now, rest = passed.now, passed.rest
        elif not last:
            rest = NOTHING
            now = lowering.draft.anchor(Beat(start, every, inner.now, loop, scope.origin(node.loc)))
        if inner.endless and not last:
            _never_again(scope, node.loc)
        if lowering.effort.full or inner.endless:
            return


def forever(
    lowering: Lowering, line: s.Line, node: s.Repeat, every: int | None, scope: Scope, clock: BlockClock
) -> None:
    inside = lowering.apart()
    inner = inside.block(line.children, scope.nested(), START)
    scope.line = line
    body = inside.draft
    body.end = None if inner.endless else inner.now
    clock.endless = True
    static = inner.now.anchor == 0
    if node.every is None and static and inner.now.offset == 0 and not inner.endless:
        scope.report(
            "E502",
            node.loc,
            "This loop takes no time and would never end.",
            "Add `every` and a time, or a `wait` inside the loop.",
        )
        return
    if every is not None and static and inner.now.offset > every:
        _too_long(scope, line, node, inner.now.offset)
    index = lowering.emit(Forever(every, _EMPTY), scope.origin(node.loc), scope, clock.now)
    if index is not None:
        lowering.draft.bodies[index] = body


def each(lowering: Lowering, line: s.Line, node: s.For, scope: Scope, clock: BlockClock) -> None:
    every = scope.time(node.every, "`every`") if node.every is not None else None
    infos = scope.cameras(node.cams)
    lowering.shadowing(node.var, scope)
    start, ends = clock.now, [clock.now]
    begun = clock.rest
    exact = scope.exact(node.every) if node.every is not None and every is not None else NOTHING
    for index, info in enumerate(infos):
        if lowering.effort.full:
            return
        inner = scope.nested()
        inner.local[node.var.id] = CamerasValue((info.name,), words=(info.name,))
        if every is not None:
            clock.now, clock.rest = start, begun
            clock.forward(index * exact)
        end = lowering.block(line.children, inner, clock.now, clock.rest)
        ends.append(end.now)
        clock.now, clock.rest = end.now, end.rest
        scope.line = line
        if end.endless and node.every is None and index + 1 < len(infos):
            _never_again(scope, node.loc)
            return
        clock.endless = clock.endless or end.endless
    if every is not None:
        lowering.join(ends, node.loc, scope, clock)
    if not infos:
        inner = scope.nested()
        inner.local[node.var.id] = UNKNOWN
        lowering.apart().lines(line.children, inner, BlockClock(START, START))


def _never_again(scope: Scope, loc: Loc) -> None:
    scope.report(
        "E502",
        loc,
        "The second pass is never reached: the inner loop does not end.",
        "Put `repeat forever` outside, or give `for … every` a time so that the passes run in parallel.",
    )


def _too_long(scope: Scope, line: s.Line, node: s.Repeat, takes: int) -> None:
    scope.line = line
    loc = node.every.loc if node.every is not None else node.loc
    scope.report(
        "E506",
        loc,
        f"One pass takes {written(takes)}, which is longer than `every`.",
        "Allow more time, or remove `every`.",
    )
