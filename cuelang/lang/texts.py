"""Texts with values in them: `{name}` becomes what that name stands for, `{{name}}` becomes `{name}`.

Any other brace stands for itself, so JSON needs no care, and a text without such a name stays what it is to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.values import UNKNOWN, Report, Value, WordValue, shown
from cuelang.source import Loc

_NAMED = re.compile(r"\{\{([^\W\d]\w*)\}\}|\{([^\W\d]\w*)\}")
MAX_TEXT_CHARS = 2000
"""How many characters the values in one text may come to."""


def fill(
    text: s.Text,
    declared: Callable[[s.Name], Value | None],
    known: Callable[[], Iterable[str]],
    fps: Fraction | None,
    report: Report,
) -> Value:
    """The text with its names replaced; UNKNOWN when one of them is not known, or after a report.

    `declared` gives what a name stands for, None if it is not declared; `known` gives the names there are.
    """
    if "{" not in text.value:
        return WordValue("text", text.value)
    parts: list[str] = []
    end = length = 0
    missing = False
    for found in _NAMED.finditer(text.value):
        parts.append(text.value[end : found.start()])
        end = found.end()
        if found[1]:
            part = f"{{{found[1]}}}"
        else:
            name = s.Name(found[2], _inside(text, found.start(2), found.end(2)))
            value = declared(name)
            if value is None:
                _unknown(name, known(), report)
            missing = missing or value is None or value.kind == "unknown"
            part = "" if value is None or missing else shown(value, fps)
        parts.append(part)
        length += len(part)
        if length > MAX_TEXT_CHARS:
            report(
                "E302",
                text.loc,
                f"The values in this string are longer than {MAX_TEXT_CHARS} characters.",
                "Shorten them.",
            )
            return UNKNOWN
    if missing:
        return UNKNOWN
    return WordValue("text", "".join(parts) + text.value[end:]) if parts else WordValue("text", text.value)


def _unknown(name: s.Name, known: Iterable[str], report: Report) -> None:
    report(
        "E213",
        name.loc,
        f"Unknown name “{name.id}” in this string.{nearest(name.id, known)}",
        f"To write literal braces, double them: {{{{{name.id}}}}}.",
    )


def _inside(text: s.Text, start: int, end: int) -> Loc:
    """The place of a part of a text; the whole text, when it was written with escapes."""
    loc = text.loc
    if loc.line != loc.end_line or loc.end_column - loc.column != len(text.value) + 2:
        return loc
    return Loc(loc.line, loc.column + 1 + start, loc.end_line, loc.column + 1 + end)
