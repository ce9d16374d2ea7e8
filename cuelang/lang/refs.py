"""What a statement refers to: cues by number, ports and OSC addresses, macros and the values for their parameters."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

from cuelang.address import PortKind
from cuelang.diagnostics import meant, nearest
from cuelang.lang import syntax as s
from cuelang.lang.scope import Scope
from cuelang.lang.values import Value, WordValue
from cuelang.plan import NEXT, NamedCue, cue_number
from cuelang.protocols import midi, webhook
from cuelang.protocols.mqtt import topic_problem
from cuelang.source import Loc


def osc_ok(address: str, loc: Loc, scope: Scope) -> bool:
    problem = osc_problem(address)
    if problem:
        hint = 'For example: "/eos/cue/12/fire".'
        if " " in address.strip():
            hint = "An address cannot contain spaces; `on osc` can match one with `?`."
        scope.report("E305", loc, problem, hint)
    return not problem


def send_ok(
    kind: PortKind, place: s.Expr, address: str, arguments: tuple[int | float | str, ...] | None, scope: Scope
) -> bool:
    """Whether an output of this kind can send that; `arguments` None: they are not all known."""
    if kind == "osc":
        return osc_ok(address, place.loc, scope)
    if kind == "http":
        if webhook.parse(address) is None:
            scope.report("E303", place.loc, f"“{address}” is not a path.", 'Write "/api/press" or "GET /api/press".')
            return False
    elif kind == "mqtt":
        wrong = topic_problem(address)
        if wrong:
            scope.report("E303", place.loc, wrong, 'For example: `"venue/lights" "on"`.')
            return False
    elif kind == "midi" and arguments is not None and (wrong := midi.problem(address, arguments)):
        scope.report("E208", place.loc, f"{wrong[0].upper()}{wrong[1:]}.", _midi_hint(address))
        return False
    return True


def _midi_hint(text: str) -> str:
    """The message with its numbers outside the quotes, if they were written inside."""
    word = next((word for word in midi.words() if text.startswith(f"{word} ")), "")
    values = text[len(word) :].replace(",", " ").split() if word else []
    if not values:
        return 'For example: `"note" 60, 100, 1`.'
    cues = word.startswith("msc")
    plain = [value if value.isdecimal() or (cues and value.replace(".", "", 1).isdecimal()) else "" for value in values]
    shown = ", ".join(number or f'"{value}"' for number, value in zip(plain, values, strict=True))
    return f'Quote the name of the message only: `"{word}" {shown}`.'


def osc_problem(address: str) -> str:
    """What is wrong with a plain OSC address (OSC 1.0: printable ASCII without space # * , ? [ ] { }), or nothing."""
    if not address.startswith("/") or len(address) < 2:
        return f"“{address}” is not an OSC address: it must start with “/” and have a name."
    bad = next((char for char in address if char in " #*,?[]{}" or not "!" <= char <= "~"), None)
    if bad is not None:
        return f"“{address}” is not an OSC address: it must not contain “{bad}”."
    return "“//” is not an OSC address: a name is missing." if "//" in address else ""


def unknown_port(name: str, loc: Loc, kind: str, known: Any, scope: Scope) -> None:
    """E212, if it is not the fault of a line that could not be read."""
    scope.used.update(f"{kind} {port}" for port in meant(name, known))
    if scope.env.excuses(name, known):
        return
    declared = f"Declared: {', '.join(known)}." if known else f'Declare it: `{kind} {name} "osc+udp://…"`.'
    scope.report("E212", loc, f"Unknown {kind} “{name}”.{nearest(name, known)}", declared)


def unknown_macro(node: s.Call, scope: Scope) -> None:
    name, env = node.macro.id, scope.env
    for argument in node.arguments:
        scope.evaluate(argument.value)
    scope.used |= meant(name, env.macros)
    if env.excuses(name, env.macros):
        return
    if name in env.cameras or name in env.groups:
        is_a = "a camera" if name in env.cameras else "a group"
        scope.report(
            "E204",
            node.macro.loc,
            f"“{name}” is {is_a}, not a macro.",
            f"Begin with what it is to do: `move {name} to …`, `zoom {name} to …`.",
        )
        return
    near = nearest(name, env.macros)
    known = f"Macros here: {', '.join(sorted(env.macros))}." if env.macros else "Is a `use` line missing?"
    scope.report("E204", node.macro.loc, f"Unknown macro “{name}”.{near}", known)


_OUTPUTS = {
    **dict.fromkeys(("stream", "streaming", "broadcast"), "stream"),
    **dict.fromkeys(("record", "recording", "rec"), "record"),
}


def cue_of(ref: s.CueRef, scope: Scope, captures: Collection[str] = ()) -> NamedCue | None:
    """The canonical number of a cue that is referred to, the next cue, or None after a report.

    `captures`: the names that a trigger takes from what it hears; they are in braces."""
    if isinstance(ref.number, s.Capture):
        scope.report("E208", ref.loc, "A capture is only allowed in a trigger's action.", "Write the cue's number.")
        return None
    value = scope.pick(ref.number, (str(NEXT),))
    if value.kind == "unknown":
        return None
    if isinstance(value, WordValue) and value.amount == str(NEXT):
        return NEXT
    number = cue_text(value.amount) if value.kind == "number" and value.amount >= 0 else None
    if number is None:
        word = value.amount if isinstance(value, WordValue) else ""
        output = _OUTPUTS.get(word)
        hint = f"Write `{output} start` or `{output} stop`." if output else "For example: `go 2.5`."
        if word in captures:
            hint = f"Write `{{{word}}}`, in braces."
        elif word == "home":
            hint = "Write `move CAMERA home`, or a cue's number."
        scope.report("E301", ref.loc, "A cue number is needed.", hint)
    return number


def cue_text(number: Fraction) -> str | None:
    """A cue's number in its canonical form; None if it has no end behind the point."""
    scale, rest = 0, number.denominator
    while rest % 2 == 0 or rest % 5 == 0:
        rest, scale = rest // (10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5), scale + 1
    if rest != 1:
        return None
    digits = str(number.numerator * 10**scale // number.denominator).rjust(scale + 1, "0")
    return cue_number(f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def bind(node: s.Call, macro: s.Define, scope: Scope, inner: Scope) -> bool:
    """Give a macro's parameters their values; E208 when the arguments do not fit."""
    names = [parameter.name.id for parameter in macro.parameters]
    usage = f"Signature: `{macro.name.id}({', '.join(names)})`."
    given: dict[str, Value] = {}
    if len(set(names)) < len(names):  # E206 is reported at the `define`
        for argument in node.arguments:
            scope.evaluate(argument.value)
        return False
    ok = True
    for index, argument in enumerate(node.arguments):
        if argument.name is not None:
            name = argument.name.id
            if name not in names:
                scope.report(
                    "E208",
                    argument.name.loc,
                    f"“{macro.name.id}” has no parameter “{name}”.{nearest(name, names)}",
                    usage,
                )
                ok = False
                continue
        elif index < len(names):
            name = names[index]
        else:
            scope.report("E208", argument.loc, f"“{macro.name.id}” takes {len(names)} arguments.", usage)
            ok = False
            continue
        if name in given:
            scope.report("E208", argument.loc, f"“{name}” is given twice.", usage)
            ok = False
        given[name] = scope.evaluate(argument.value)
    for parameter in macro.parameters:
        name = parameter.name.id
        if name in given:
            inner.local[name] = given[name]
        elif parameter.default is not None:
            inner.local[name] = inner.evaluate(parameter.default)
        elif ok:
            scope.report("E208", node.loc, f"Missing argument “{name}” of “{macro.name.id}”.", usage)
            ok = False
    return ok
