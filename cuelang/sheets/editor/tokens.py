"""Which kind of word is where, for editors that colour by meaning: what a colouring by patterns cannot know is which
names are cameras, macros, presets or amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cuelang.lang import syntax as s
from cuelang.lang.env import Env
from cuelang.lang.layout import MAX_LINE_CHARS
from cuelang.lang.words import RESERVED
from cuelang.sheets.editor.documents import body
from cuelang.sheets.editor.names import Kind, NameUse, shared, uses

TYPES = (
    "comment", "string", "number", "keyword", "operator", "variable", "parameter", "function", "enumMember", "property",
    "class", "namespace", "event",
)  # fmt: skip
MODIFIERS = ("declaration",)

OF_KIND: dict[Kind, str] = {
    "camera": "class", "group": "class", "let": "variable", "macro": "function", "preset": "enumMember",
    "place": "enumMember", "cue": "event", "input": "namespace", "output": "namespace", "switcher": "namespace",
    "source": "class", "local": "parameter", "parameter": "parameter", "property": "property", "word": "keyword",
    "setting": "keyword", "module": "namespace",
}  # fmt: skip

_PART = re.compile(
    r'(?P<comment>#.*)|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<number>(?<![\w.])(?:\d[\w.:;%-]*|\.\d[\w%]*))'
    r"|(?P<word>[^\W\d]\w*)|(?P<operator>==|!=|<=|>=|[-+*/=<>])"
)


class SemanticToken(NamedTuple):
    """A stretch of one line, all from 0; `type` and `modifiers` as in `TYPES` and `MODIFIERS`."""

    line: int
    start: int
    length: int
    type: int
    modifiers: int


def tokens(rows: Sequence[str], first: int, sections: Sequence[s.Section], env: Env | None) -> Iterator[SemanticToken]:
    """The tokens of some lines, the first of which is line `first` (from 0) of the sheet; none of a line that is too
    long to be compiled."""
    known = {(use.span.line - 1, use.span.column - 1): use for section in sections for use in uses(section)}
    for number, row in enumerate(rows, first):
        if len(row) > MAX_LINE_CHARS:
            continue
        fresh = True
        for match in _PART.finditer(body(row)):
            part = match.lastgroup or "word"
            start, end = match.span()
            modifiers = 0
            if part == "word":
                use = known.get((number, start))
                part = _type(match[0], use, env, fresh)
                modifiers = 1 if use is not None and use.declares else 0
            elif part == "number" and (use := known.get((number, start))) is not None and use.kind == "cue":
                part = "event"
            fresh = False
            if part:
                yield SemanticToken(number, start, end - start, TYPES.index(part), modifiers)


def _type(word: str, use: NameUse | None, env: Env | None, fresh: bool) -> str:
    if use is None:
        return "keyword" if fresh or word in RESERVED or not word.isdigit() else ""
    if use.kind == "value":
        found = shared(word, env) if env is not None else None
        return OF_KIND[found.kind] if found is not None else "enumMember"
    return OF_KIND.get(use.kind, "")
