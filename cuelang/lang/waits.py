"""`wait for …` and its brothers: which condition a line waits for, and how long."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from cuelang.lang import switchers
from cuelang.lang import syntax as s
from cuelang.lang.refs import osc_ok
from cuelang.lang.scope import Scope
from cuelang.lang.values import HOURS, seconds_of_day
from cuelang.plan import Arrived, Condition, GoGiven, OscHeard, TimeOfDay
from cuelang.units import MINUTE

DEFAULT_UP_TO_NS = MINUTE
"""How long a camera is waited for if the line does not say."""


class AwaitedCondition(Struct):
    """`up_to` ns at the longest; None: no limit."""

    condition: Condition
    up_to: int | None


def lower(node: s.Waiting, scope: Scope) -> AwaitedCondition | None:
    """None for a mistaken line; that has been reported then."""
    match node:
        case s.WaitUntil():
            seconds = _time_of_day(node.time, scope)
            return None if seconds is None else AwaitedCondition(TimeOfDay(seconds), None)
        case s.WaitFor():
            up_to = _up_to(node.up_to, scope)
            if node.up_to is not None and up_to is not None:
                scope.time_of_day(node.up_to, "up to", up_to)
            condition = _condition(node, scope)
            if isinstance(condition, Arrived) and node.up_to is None:
                up_to = DEFAULT_UP_TO_NS
            return None if condition is None else AwaitedCondition(condition, up_to)
        case s.WaitProgram():
            up_to = _up_to(node.up_to, scope)
            program = switchers.wait_program(node, scope)
            return None if program is None else AwaitedCondition(program, up_to)
        case s.WaitOff():
            up_to = _up_to(node.up_to, scope)
            off = switchers.wait_off(node, scope)
            return None if off is None else AwaitedCondition(off, up_to)
        case _:
            assert_never(node)


def _up_to(expr: s.Expr | None, scope: Scope) -> int | None:
    return scope.time(expr, "`up to`") if expr is not None else None


def _time_of_day(expr: s.Expr, scope: Scope) -> int | None:
    """Seconds since midnight."""
    text = scope.clock_text(expr)
    if text is None:
        return None
    seconds = seconds_of_day(text)
    if seconds is None:
        shown = text or (expr.id if isinstance(expr, s.Name) else "this")
        hint = f"Write `{HOURS[shown]}`." if shown in HOURS else "For example: 19:30 or 19:30:15."
        if shown in scope.env.cameras:
            hint = f"Write `wait for {shown}`."
        scope.report("E302" if text else "E301", expr.loc, f"“{shown}” is not a time of day.", hint)
    return seconds


def _condition(node: s.WaitFor, scope: Scope) -> Condition | None:
    what = node.what
    if what == "go":
        return GoGiven()
    if isinstance(what, tuple) and (other := switchers.wait_name(what, scope)) is not None:
        return other
    if isinstance(what, s.Text | s.Name):
        address = what.value if isinstance(what, s.Text) else scope.text(what, "An OSC address")
        return OscHeard(address) if address is not None and osc_ok(address, what.loc, scope) else None
    word = what[0].id if len(what) == 1 else ""
    if word in ("program", "off") and scope.env.switchers and scope.declared(what[0]) is None:
        scope.report("E201", what[0].loc, f"`wait for {word}` needs a camera.", f"Write `wait for {word} CAMERA`.")
        return None
    infos = scope.cameras(what)
    return Arrived(tuple(info.camera.name for info in infos if not info.idle)) if infos else None
