"""How a finding can be mended with one touch. Only what has been tried is offered: the text is changed, looked at
again, and the finding must be gone with no new one in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cuelang.diagnostics import Diagnostic
from cuelang.sheets.editor.documents import Document, Place, body
from cuelang.source import Span

_NEAREST = re.compile(r"Did you mean [“`]([^”`]+)[”`]\?")
_WRITE = re.compile(r"(?:Write|For example:?) `([^`…]+)`")
_UNIT = re.compile(r"Write ([^\s`;]+);")
_NAMED = re.compile(r"“(\w+)”")

Try = Callable[[Document, int], list[Diagnostic]]
"""What is found in the block around a line of a changed text."""


class Edit(NamedTuple):
    start: Place
    end: Place
    text: str


class Fix(NamedTuple):
    title: str
    edit: Edit
    preferred: bool = False


def fixes(document: Document, found: Diagnostic, look: Try) -> list[Fix]:
    """What mends a finding, the likeliest first."""
    line = found.span.line - 1
    if not 0 <= line < len(document.rows):
        return []
    before = look(document, line)
    chosen: list[Fix] = []
    for fix in _candidates(document, found):
        if any(fix.edit == one.edit for one in chosen):
            continue
        if _mends(document, fix.edit, found, before, look):
            chosen.append(fix._replace(preferred=not chosen))
    return chosen


def _candidates(document: Document, found: Diagnostic) -> Iterator[Fix]:
    said = f"{found.message} {found.hint}"
    for near in dict.fromkeys(_NEAREST.findall(said)):
        yield Fix(f"Change to “{near}”", _over(found.span, near))
        for word in _NAMED.findall(found.message):
            if word != near and (edit := _word(document, found.span, word, near)) is not None:
                yield Fix(f"Change “{word}” to “{near}”", edit)
    if found.code == "W601":
        yield Fix("Add `live`", _at_end(document, found.span, " live"))
    if found.code == "W605" and "“" in found.message:
        first, last = document.block(found.span.line - 1)
        name = _NAMED.search(found.message)
        yield Fix(f"Remove “{name[1] if name else ''}”", Edit(Place(first, 0), _end(document, last), ""))
    if found.code in ("W602", "W603", "W611", "W617"):
        for name in dict.fromkeys(_NAMED.findall(found.message)):
            yield Fix(f"Add `wait for {name}`", _above(document, found.span, f"wait for {name}"))
            if found.code == "W611":
                yield Fix(f"Add `focus {name} manual`", _above(document, found.span, f"focus {name} manual"))
    for text in dict.fromkeys((*_WRITE.findall(said), *_UNIT.findall(said))):
        yield Fix(f"Write `{text}`", _over(found.span, text))
        yield Fix(f"Write `{text}`", _rest(document, found.span, text))
        yield Fix(f"Write `{text}`", _statement(document, found.span, text))
    if found.hint.startswith("Remove this line"):
        line = found.span.line - 1
        yield Fix("Remove this line", Edit(Place(line, 0), _end(document, line + 1), ""))


def _mends(document: Document, edit: Edit, found: Diagnostic, before: list[Diagnostic], look: Try) -> bool:
    trial = Document(document.uri, document.name, "", None, document.encoding)
    trial.rows = list(document.rows)
    trial._text = None
    trial.edit(edit.start, edit.end, edit.text)
    if found.code in ("W605", "E205", "E210"):
        return True  # known only to the whole show, and the edit is what its hint says
    after = look(trial, min(edit.start.line, len(trial.rows) - 1))
    if found.code not in {one.code for one in before}:
        return not any(one.is_error for one in after)
    here = [one.code for one in before]
    there = [one.code for one in after]
    fewer = there.count(found.code) < here.count(found.code)
    return fewer and all(there.count(code) <= here.count(code) for code in set(there) if code[0] == "E")


def _over(span: Span, text: str) -> Edit:
    return Edit(Place(span.line - 1, span.column - 1), Place(span.end_line - 1, span.end_column - 1), text)


def _word(document: Document, span: Span, word: str, near: str) -> Edit | None:
    """A word inside the span, or on its line."""
    row = body(document.rows[span.line - 1])
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", row[span.column - 1 :])
    if found is None:
        return None
    start = span.column - 1 + found.start()
    return Edit(Place(span.line - 1, start), Place(span.line - 1, start + len(word)), near)


def _code(row: str) -> str:
    """A line without its comment and what is blank before it."""
    from cuelang.lang.layout import scan_row

    text = body(row)
    return text[: scan_row(text, 0).end].rstrip()


def _at_end(document: Document, span: Span, text: str) -> Edit:
    line = span.end_line - 1
    place = Place(line, len(_code(document.rows[line])))
    return Edit(place, place, text)


def _rest(document: Document, span: Span, text: str) -> Edit:
    """From the finding to the end of the line."""
    line = span.line - 1
    return Edit(Place(line, span.column - 1), Place(line, max(len(_code(document.rows[line])), span.column - 1)), text)


def _statement(document: Document, span: Span, text: str) -> Edit:
    """The whole line, its indentation and what is before the statement at a time excepted."""
    line = span.line - 1
    row = _code(document.rows[line])
    start = len(row) - len(row.lstrip(" \t"))
    timed = re.match(r"[ \t]*at[ \t]+\S+[ \t]+", row)
    if timed and not text.startswith("at "):
        start = timed.end()
    return Edit(Place(line, min(start, span.column - 1)), Place(line, max(len(row), start)), text)


def _above(document: Document, span: Span, text: str) -> Edit:
    line = span.line - 1
    row = document.rows[line]
    lead = row[: len(row) - len(row.lstrip(" \t"))]
    return Edit(Place(line, 0), Place(line, 0), f"{lead}{text}\n")


def _end(document: Document, line: int) -> Place:
    if line < len(document.rows):
        return Place(line, 0)
    return Place(len(document.rows) - 1, len(body(document.rows[-1])))
