"""What a line fires or sends beside commands to cameras: another cue, an output's message, a switcher's own words."""

from __future__ import annotations

from cuelang.lang import switchers
from cuelang.lang import syntax as s
from cuelang.lang.refs import send_ok, unknown_port
from cuelang.lang.scope import Scope, called
from cuelang.lang.values import KIND_NAMES, shown
from cuelang.plan import SendOsc, SwitcherAct


def lower(node: s.Send, scope: Scope) -> SendOsc | SwitcherAct | None:
    """None for a mistaken line; that has been reported then."""
    outputs, vision = scope.env.outputs, scope.env.switchers
    output = scope.pick(node.output, (*outputs, *vision))
    address = scope.text(node.address, "An OSC address")
    values = [(expr, scope.evaluate(expr)) for expr in node.arguments]
    if output.kind == "unknown":
        return None
    name = called(output, node.output)
    if name in vision and name not in outputs:
        return switchers.send(name, node, address, scope)
    if name not in outputs:
        unknown_port(name, node.output.loc, "output", outputs, scope)
        return None
    if address is None:
        return None
    scope.used.add(f"output {name}")
    arguments: list[int | float | str] = []
    midi = outputs[name].kind == "midi"  # it knows no fractions
    for expr, value in values:
        if value.kind == "number":
            whole = value.amount.denominator == 1 and (midi or not value.fractional)
            arguments.append(int(value.amount) if whole else float(value.amount))
        elif value.kind in ("text", "word", "cameras"):
            arguments.append(shown(value, scope.env.fps))
        elif value.kind != "unknown":
            scope.report(
                "E301", expr.loc, f"Cannot send {KIND_NAMES[value.kind]}.", "Send a plain number or a quoted string."
            )
    given = tuple(arguments) if len(arguments) == len(node.arguments) else None
    ok = send_ok(outputs[name].kind, node.address, address, given, scope)
    return SendOsc(name, address, tuple(arguments)) if ok else None
