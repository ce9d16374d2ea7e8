"""`set`: image settings and switches, as the property table has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from cuelang import commands as c
from cuelang.lang import syntax as s
from cuelang.lang.draft import DraftAction
from cuelang.lang.env import CameraInfo
from cuelang.lang.places import positions
from cuelang.lang.scope import Scope, called
from cuelang.lang.synonyms import likely
from cuelang.lang.values import KIND_NAMES, Amount, Value, WordValue
from cuelang.protocols import settings_of
from cuelang.protocols.visca.capability import vocabulary
from cuelang.protocols.visca.properties import PROPERTIES, Property
from cuelang.source import Loc


def _property(node: s.Set, scope: Scope) -> Property | None:
    """The property that is meant; None after a report."""
    wanted = scope.pick(node.prop, PROPERTIES)
    if wanted.kind == "unknown":
        for expr in (*node.values, node.pan, node.tilt):
            if expr is not None:
                scope.evaluate(expr)
        return None
    prop = PROPERTIES.get(str(wanted.amount)) or PROPERTIES.get(node.prop.id)
    if prop is None:
        word = called(wanted, node.prop)
        scope.report(
            "E209",
            node.prop.loc,
            f"Unknown property “{word}”.{likely(word, PROPERTIES)}",
            "The properties are listed in the user's guide.",
        )
        return None
    return prop


def lower(node: s.Set, scope: Scope) -> Iterator[DraftAction]:
    infos = scope.cameras(node.cams)
    prop = _property(node, scope)
    if prop is None:
        return
    if prop.risk:
        send = f'`cuelang camera send URL "set it {prop.name} …"`'
        scope.report("W618", node.prop.loc, prop.risk, f"Do it before the show with {send}.")
    watched, live = prop.on_air, node.live is not None
    loc = node.values[0].loc if node.values else node.loc
    usage = f"Allowed: {prop.allowed}."
    if node.pan is not None or node.tilt is not None:
        for info, posed in _posed(node, prop, infos, usage, scope):
            yield DraftAction(info, posed, live, watched)
        return
    words = vocabulary(prop)
    if len(node.values) == 1:
        expr = node.values[0]
        value = scope.pick(expr, words)
        if value.kind not in ("unknown", "number", "kelvin", "hertz") and isinstance(expr, s.Name):
            word = value.amount if isinstance(value, WordValue) and value.amount in words else expr.id
            command = c.SetProperty(prop.name, word) if word in words else None
            if command is None:
                word = called(value, expr)
                if value.kind in ("word", "cameras", "text"):
                    near = likely(word, words, prop.name)
                    scope.report("E209", expr.loc, f"`{prop.name}` has no value “{word}”.{near}", usage)
                    return
            else:
                for info in infos:
                    yield DraftAction(info, command, live, watched)
                return
        values = [value]
    else:
        values = [scope.evaluate(value) for value in node.values]
    amounts = _amounts(node, prop, values, scope)
    if amounts is None:
        return
    for info, numbered in _numbered(prop, infos, amounts, loc, scope):
        yield DraftAction(info, numbered, live, watched)


def _numbered(
    prop: Property, infos: Iterable[CameraInfo], amounts: Sequence[Fraction], loc: Loc, scope: Scope
) -> Iterator[tuple[CameraInfo, c.SetProperty]]:
    """A property that takes numbers, each camera within its own range."""
    told: set[str] = set()
    for info in infos:
        own = _own(prop, info)
        command = own.value(amounts)
        if command is not None:
            yield info, command
        elif own.allowed not in told:
            told.add(own.allowed)
            of = f" on the {info.model.title}" if own is not prop and info.camera.model else ""
            scope.report("E302", loc, f"Out of range for `{prop.name}`{of}.", f"Allowed: {own.allowed}.")


def _own(prop: Property, info: CameraInfo) -> Property:
    """The property as this camera has it, if it has numbers for it; else as the language has it."""
    own = settings_of(info.family, info.model).get(prop.name)
    return own if own is not None and own.numbers else prop


def _posed(
    node: s.Set, prop: Property, infos: Iterable[CameraInfo], usage: str, scope: Scope
) -> Iterator[tuple[CameraInfo, c.SetProperty]]:
    """A property that takes a pan and a tilt."""
    if not prop.pose or node.pan is None or node.tilt is None or node.values:
        scope.report(
            "E208", (node.pan or node.tilt or node.prop).loc, f"`{prop.name}` takes a different kind of value.", usage
        )
        return
    for info in infos:
        axes = (("pan", node.pan), ("tilt", node.tilt))
        pan, tilt = positions(axes, scope.evaluate, info.model, scope.report) or (None, None)
        if pan is not None and tilt is not None:
            command = prop.value((pan, tilt))
            if command is not None:
                yield info, command


def _amounts(node: s.Set, prop: Property, values: Sequence[Value], scope: Scope) -> list[Fraction] | None:
    """The values as numbers, as many as the property takes, with its unit; None after a report, or when one is not
    known."""
    if any(value.kind == "unknown" for value in values):
        return None
    usage = f"Allowed: {prop.allowed}."
    kinds = {"K": ("kelvin",), "Hz": ("hertz",), "": ("number",)}[prop.unit]
    if not prop.numbers or len(values) != len(prop.numbers):
        loc = node.values[0].loc if node.values else node.loc
        scope.report("E208", loc, f"`{prop.name}` takes a different kind of value.", usage)
        return None
    amounts: list[Fraction] = []
    for value, expr in zip(values, node.values, strict=True):
        if not isinstance(value, Amount) or value.kind not in kinds:
            scope.report("E301", expr.loc, f"`{prop.name}` does not take {KIND_NAMES[value.kind]}.", usage)
            return None
        amounts.append(value.amount)
    return amounts
