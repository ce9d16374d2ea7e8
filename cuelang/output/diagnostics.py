"""Diagnostics as people read them: what is wrong, where, the line itself with a caret under it, and what to write.

    error[E202]: “foh” has no preset “throe”. Did you mean “throne”?
      --> shows/sunday.cues:7:17
       |
     7 |     move foh to throe
       |                 ^^^^^
       = It has throne.

A sheet may hold anything, so what is shown of it is made harmless first: no control character of a sheet reaches
the terminal.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from cuelang.diagnostics import Diagnostic
from cuelang.plain import plain
from cuelang.source import Source, Span

MAX_SHOWN = 50
"""Diagnostics that are shown of one run; the rest is counted."""
MAX_LINE_CHARS = 100
"""Characters of a line that are shown; a longer one is cut around the caret."""
TAB = 4

_RED, _YELLOW, _BLUE, _BOLD, _PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


Paint = Callable[[str, str], str]
"""A text in the colour of a code."""


def wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colours, and colour was not turned off (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def as_text(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, colour: bool = False) -> str:
    """All of them with their lines, then a summary; empty when there are none. When there are more than `MAX_SHOWN`,
    errors are shown before warnings."""
    if not diagnostics:
        return ""
    paint = _paint if colour else _plain
    chosen = diagnostics
    if len(diagnostics) > MAX_SHOWN:
        ranked = sorted(range(len(diagnostics)), key=lambda index: (not diagnostics[index].is_error, index))
        chosen = [diagnostics[index] for index in sorted(ranked[:MAX_SHOWN])]
    parts = ["\n".join(_one(diagnostic, sources, paint)) + "\n" for diagnostic in chosen]
    if len(diagnostics) > len(chosen):
        parts.append(f"and {_number(len(diagnostics) - len(chosen))} more\n")
    return "\n".join([*parts, summary(diagnostics) + "\n"])


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`3 errors, 1 warning`."""
    counts = {"error": 0, "warning": 0}
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    said = [f"{_number(count)} {word}{'' if count == 1 else 's'}" for word, count in counts.items() if count]
    return ", ".join(said) or "no errors"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The documented JSON shape."""
    return json.dumps({"diagnostics": [diagnostic.as_json() for diagnostic in diagnostics]}, indent=1)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{_PLAIN}"


def _plain(text: str, _code: str) -> str:
    return text


def _one(diagnostic: Diagnostic, sources: Mapping[str, Source], paint: Paint) -> Iterator[str]:
    span, labels = diagnostic.span, diagnostic.labels
    code = _RED if diagnostic.is_error else _YELLOW
    margin = len(str(max([span.line, *(label.span.line for label in labels)])))
    head = paint(f"{diagnostic.severity}[{diagnostic.code}]", code)
    yield f"{head}{paint(f': {plain(diagnostic.message)}', _BOLD)}"
    yield from _place(span, "-->", "", "^", code, margin, sources, paint)
    for label in labels:
        yield from _place(label.span, ":::", label.text, "-", _BLUE, margin, sources, paint)
    if diagnostic.hint:
        yield f"{' ' * margin} {paint('=', _BLUE)} {plain(diagnostic.hint)}"


def _place(
    span: Span, arrow: str, text: str, mark: str, code: str, margin: int, sources: Mapping[str, Source], paint: Paint
) -> Iterator[str]:
    pad = " " * margin
    source = sources.get(span.file)
    where = f"{span.file}:{span.line}:{span.column}" if source is not None else span.file
    alone = "" if source is not None or not text else f" {plain(text)}"
    yield f"{pad}{paint(arrow, _BLUE)} {plain(where)}{alone}"
    if source is None:
        return
    line = source.line(span.line)
    last = span.end_column if span.end_line == span.line else len(line) + 1
    shown, before, width = excerpt(line, span.column - 1, last - 1)
    bar = paint("|", _BLUE)
    said = f" {plain(text)}" if text else ""
    yield f"{pad} {bar}"
    yield f"{paint(f'{span.line:>{margin}}', _BLUE)} {bar} {shown}".rstrip()
    yield f"{pad} {bar} {' ' * before}{paint(mark * width + said, code)}"


def excerpt(line: str, start: int, end: int) -> tuple[str, int, int]:
    """What is shown of a line with `line[start:end]` marked: the text, the columns before the mark, its width (one at
    least). Both count columns of a terminal: a tab is four, some characters are two or none."""
    start = min(start, len(line))
    end = max(start, min(end, len(line)))
    first, last = 0, len(line)
    if len(line) > MAX_LINE_CHARS:
        first = max(0, min(start - MAX_LINE_CHARS // 3, len(line) - MAX_LINE_CHARS))
        last = first + MAX_LINE_CHARS
    left = "…" if first else ""
    before = left + plain(line[first:start])
    inside = plain(line[start : min(end, last)])
    after = plain(line[min(end, last) : last]) + ("…" if last < len(line) else "")
    return before + inside + after, columns(before), max(1, columns(inside))


def columns(text: str) -> int:
    """How wide a text without control characters is on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
