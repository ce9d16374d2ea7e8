"""Sheets that say themselves what is wrong with them.

    cue 1
        mvoe foh to wide        ### E101

`marked` takes the markers off and hands back the clean text with what it expects; several codes on a line are
separated by spaces. Any phase's diagnostics can be compared, not only the parser's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import dedent

from cuelang.diagnostics import Diagnostic
from cuelang.lang.parse import File, parse
from cuelang.lang.syntax import Line, Node
from cuelang.source import Source

_MARK = re.compile(r"[ \t]*###[ ]*([EW]\d{3}(?:[ ]+[EW]\d{3})*)[ ]*$")


def marked(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The sheet without its markers, and (line, code) of each marker in order."""
    expected: list[tuple[int, str]] = []
    lines = dedent(text).strip("\n").split("\n")
    for number, line in enumerate(lines, 1):
        found = _MARK.search(line)
        if found:
            lines[number - 1] = line[: found.start()]
            expected.extend((number, code) for code in found[1].split())
    return "\n".join(lines) + "\n", sorted(expected)


def places(diagnostics: Iterable[Diagnostic]) -> list[tuple[int, str]]:
    return sorted((found.span.line, found.code) for found in diagnostics)


def check_form(text: str) -> File:
    """Parse a marked sheet; its findings are exactly the marked ones."""
    clean, expected = marked(text)
    file = parse(Source("test.cues", clean))
    assert places(file.diagnostics) == expected, [(d.span, d.code, d.message) for d in file.diagnostics]
    return file


def read(text: str) -> File:
    """Parse a sheet that has no mistake in its form."""
    file = parse(Source("test.cues", dedent(text)))
    assert not file.diagnostics, [(d.span, d.code, d.message) for d in file.diagnostics]
    return file


def statement(text: str) -> Node:
    """The one statement, as it is in a cue."""
    return _only(read(f"cue 1\n    {text}\n").sections[0].line).node


def declaration(text: str) -> Node:
    sections = read(text).sections
    assert len(sections) == 1
    return sections[0].line.node


def _only(line: Line) -> Line:
    assert len(line.children) == 1
    return line.children[0]
