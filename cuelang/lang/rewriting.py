"""Presets written into a sheet: only the numbers that change, and every other byte as it was. Pure.

What a preset's line has after `at` is replaced number by number; a number that says the position already stays, in
whatever words. A name or a sum was chosen by the author, and is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from cuelang.commands import Pose
from cuelang.lang import syntax as s
from cuelang.lang.parse import parse
from cuelang.models import Model
from cuelang.models.model import Number
from cuelang.plan import Preset
from cuelang.source import Loc, Source

PLACES = 4
LINE_END = re.compile(r"\r\n|\r|\n")
_INDENT = re.compile(r"[ \t]*")


class Unfit(Exception):
    """This cannot be written; the message says why, with the place."""


class PresetText(NamedTuple):
    """A preset in the text of its sheet: where its logical line begins and ends, without what ends the line."""

    node: s.Preset
    first: int
    """The number of its first line, from 0."""
    begin: int
    end: int


# --- numbers -----------------------------------------------------------------------------------------------------


def written(pose: Pose, model: Model) -> str:
    """`pan -30deg tilt 5deg zoom 60%`, with as few places as bring back these very counts."""
    return " ".join(f"{axis} {text}" for axis, text in _numbers(pose, model).items())


def _numbers(pose: Pose, model: Model) -> dict[str, str]:
    parts = {}
    if pose.pan is not None:
        parts["pan"] = f"{_short(model.pan_degrees(pose.pan), model.pan, pose.pan)}deg"
    if pose.tilt is not None:
        parts["tilt"] = f"{_short(model.tilt_degrees(pose.tilt), model.tilt, pose.tilt)}deg"
    if pose.zoom is not None:
        parts["zoom"] = f"{_short(model.zoom_as_percent(pose.zoom), model.zoom_percent, pose.zoom)}%"
    return parts


def _short(value: Fraction, raw_of: Callable[[Number], int], raw: int) -> str:
    for places in range(PLACES):
        scaled = round(value * 10**places)
        if raw_of(Fraction(scaled, 10**places)) == raw:
            return _decimal(scaled, places)
    return _decimal(round(value * 10**PLACES), PLACES)


def _decimal(scaled: int, places: int) -> str:
    digits = str(abs(scaled)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
    return f"-{text}" if scaled < 0 and text != "0" else text


# --- places in a text --------------------------------------------------------------------------------------------


class _Text:
    """Offsets in the text of a sheet."""

    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text
        self.starts = [0, *(match.end() for match in LINE_END.finditer(source.text))]

    def at(self, first: int, loc: Loc) -> tuple[int, int]:
        return (
            self.starts[first + loc.line] + loc.column - 1,
            self.starts[first + loc.end_line] + loc.end_column - 1,
        )

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends, before what ends it."""
        found = LINE_END.search(self.text, offset)
        return found.start() if found else len(self.text)

    def closed(self, begin: int, end: int) -> int:
        """The end, behind the parentheses that were opened before it: they are not part of an expression."""
        while self.text.count("(", begin, end) > self.text.count(")", begin, end) and ")" in self.text[end:]:
            end = self.text.index(")", end) + 1
        return end

    def place(self, first: int, loc: Loc) -> str:
        return f"{self.source.name}:{first + loc.line + 1}:{loc.column}"


def _cameras(source: Source, camera: str) -> Iterator[s.Section]:
    for section in parse(source).sections:
        if isinstance(section.line.node, s.Camera) and section.line.node.name.id == camera:
            yield section


def _presets(text: _Text, camera: str) -> Iterator[PresetText]:
    for section in _cameras(text.source, camera):
        for line in section.line.children:
            if isinstance(line.node, s.Preset):
                first = section.block.line + line.number - 1
                _, end = text.at(first, line.node.loc)
                begin = text.starts[first]
                yield PresetText(line.node, first, begin, text.line_end(text.closed(begin, end)))


def found(source: Source, camera: str, preset: str) -> PresetText | None:
    """Where a sheet declares a preset of a camera; None: it does not."""
    return next((one for one in _presets(_Text(source), camera) if one.node.name.id == preset), None)


# --- changes -----------------------------------------------------------------------------------------------------


def updated(source: Source, camera: str, old: Preset, new: Preset, model: Model) -> str:
    """The text with the preset at its new place. An axis that the line does not name stays without a place; a line
    without any gets the whole. Raises Unfit."""
    text = _Text(source)
    one = next((one for one in _presets(text, camera) if one.node.name.id == old.name), None)
    if one is None:
        raise Unfit(f"{source.name} does not declare the preset {old.name} of {camera}.")
    node, edits = one.node, list[tuple[int, int, str]]()
    numbers = _numbers(Pose(new.pan, new.tilt, new.zoom), model)
    axes = {"pan": node.pan, "tilt": node.tilt, "zoom": node.zoom}
    last = node.name.loc if node.number is None else node.number.loc
    named = [expr for expr in axes.values() if expr is not None]
    for axis, expr in axes.items():
        if expr is not None and getattr(old, axis) != getattr(new, axis) and axis in numbers:
            edits.append(_literal(text, one, axis, expr, numbers[axis]))
    last = max((expr.loc for expr in named), key=lambda loc: (loc.end_line, loc.end_column), default=last)
    end = text.closed(one.begin, text.at(one.first, last)[1])
    added = "" if named else f" at {written(Pose(new.pan, new.tilt, new.zoom), model)}"
    if node.focus is not None and new.focus is not None and old.focus != new.focus:
        edits.append(_literal(text, one, "focus", node.focus, f"0x{new.focus:X}"))
    elif node.focus is not None and new.focus is None and old.focus is not None:
        edits.append((end, text.closed(one.begin, text.at(one.first, node.focus.loc)[1]), ""))
    elif node.focus is None and new.focus is not None:
        added += f" focus 0x{new.focus:X}"
    if added:
        edits.append((end, end, added))
    return _edited(text.text, edits)


def _literal(text: _Text, one: PresetText, axis: str, expr: s.Expr, number: str) -> tuple[int, int, str]:
    plain = expr.operand if isinstance(expr, s.Unary) and expr.op == "-" else expr
    begin, end = text.at(one.first, expr.loc)
    if not isinstance(plain, s.Quantity):
        what = f"the name `{plain.id}`" if isinstance(plain, s.Name) else "not a plain number"
        raise Unfit(
            f"{text.place(one.first, expr.loc)}: the {axis} of {one.node.name.id} is {what}; put a number there, or"
            " change it in the sheet."
        )
    return begin, end, number


def added(source: Source, camera: str, new: Preset, model: Model) -> str:
    """The text with a line more in the camera's block, after its last preset. Raises Unfit."""
    text = _Text(source)
    section = next(_cameras(source, camera), None)
    if section is None:
        raise Unfit(f"{source.name} does not declare {camera}.")
    number = "" if new.number is None else f" = {new.number}"
    focus = "" if new.focus is None else f" focus 0x{new.focus:X}"
    line = f"preset {new.name}{number} at {written(Pose(new.pan, new.tilt, new.zoom), model)}{focus}"
    presets = list(_presets(text, camera))
    if presets:
        indent, after = _INDENT.match(text.text, presets[-1].begin), presets[-1].end
    elif section.line.children:
        child = section.line.children[0].number + section.block.line - 1
        indent, after = _INDENT.match(text.text, text.starts[child]), _last(text, section)
    else:
        indent, after = None, _last(text, section)
    lead = indent[0] if indent is not None else _usual(text.text)
    ending = LINE_END.search(text.text, after) or LINE_END.search(text.text)
    newline = ending[0] if ending is not None else "\n"
    return f"{text.text[:after]}{newline}{lead}{line}{text.text[after:]}"


def _last(text: _Text, section: s.Section) -> int:
    """The end of the last line of a block that says something."""
    lines = [section.line, *section.line.children]
    first, loc = 0, None
    for line in lines:
        here = section.block.line + line.number - 1
        node_loc = getattr(line.node, "loc", None)
        if isinstance(node_loc, Loc) and here >= first:
            first, loc = here, node_loc
    if loc is None:
        return text.line_end(text.starts[section.block.line - 1])
    end = text.at(first, loc)[1]
    return text.line_end(text.closed(text.starts[first], end))


def _usual(text: str) -> str:
    """The indentation of a sheet."""
    match = re.search(r"^(\t| +)\S", text, re.MULTILINE)
    return match[1] if match else "    "


def put_back(source: Source, camera: str, preset: str, now: str, before: str) -> str:
    """The text with a line of a preset as it was; `now` is what it has to be. Without `before` the line goes. Raises
    Unfit."""
    text = _Text(source)
    one = found(source, camera, preset)
    if one is None or text.text[one.begin : one.end] != now:
        raise Unfit(f"The line of {preset} in {source.name} has been changed in another way since.")
    if before:
        return text.text[: one.begin] + before + text.text[one.end :]
    ending = LINE_END.match(text.text, one.end)
    if ending is not None:
        return text.text[: one.begin] + text.text[ending.end() :]
    kept = text.text[: one.begin]
    return kept[: -len(last[0])] if (last := re.search(r"(\r\n|\r|\n)\Z", kept)) else kept


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text
