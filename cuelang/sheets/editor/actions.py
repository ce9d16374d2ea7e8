"""How a finding can be mended with one touch. Only what has been tried is offered: the text is changed, looked at
again, and the finding must be gone with no new one in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cuelang.diagnostics import Diagnostic
from cuelang.plan import cue_number
from cuelang.sheets.editor.documents import Document, TextPlace, body
from cuelang.source import Span

_NEAREST = re.compile(r"Did you mean [“`]([^”`]+)[”`]\?")
_WRITE = re.compile(r"(?:Write|For example:?) `([^`…]+)`(?! before)")
_UNIT = re.compile(r"Write ([^\s`;]+);")
_NAMED = re.compile(r"“(\w+)”")
_WORD = re.compile(r"[^\W\d]\w*")
_RESTART = re.compile(r"write `restart` in cue ([\d.]+)")
_GIVEN = re.compile(r"[ \t]*for[ \t]+(\w+)[ \t]+in\b|define[ \t]+\w+[ \t]*\(([^#]*)")
"""Lines that give a name to cameras for the lines under them."""
_HEAD = re.compile(r"cue[ \t]+([\d.]+)")
WAITS = ("W602", "W603", "W611")
"""What a `wait for` the camera before the line may mend."""

Try = Callable[[Document, int], list[Diagnostic]]
"""What is found in the block around a line of a changed text."""


class Edit(NamedTuple):
    start: TextPlace
    end: TextPlace
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
    words = f"{found.message} {found.hint}"
    for near in dict.fromkeys(_NEAREST.findall(words)):
        yield Fix(f"Change to “{near}”", _over(found.span, near))
        for word in _NAMED.findall(found.message):
            if word != near and (edit := _word(document, found.span, word, near)) is not None:
                yield Fix(f"Change “{word}” to “{near}”", edit)
    yield from _of_code(document, found)
    for text in dict.fromkeys((*_WRITE.findall(words), *_UNIT.findall(words))):
        yield Fix(f"Write `{text}`", _over(found.span, text))
        yield Fix(f"Write `{text}`", _rest(document, found.span, text))
        yield Fix(f"Write `{text}`", _statement(document, found.span, text))
    if found.hint.startswith("Remove this line") or found.hint.endswith("or remove one."):
        line = found.span.line - 1
        yield Fix("Remove this line", Edit(TextPlace(line, 0), _end(document, line + 1), ""))


def _of_code(document: Document, found: Diagnostic) -> Iterator[Fix]:
    """What mends a warning of this code, whatever it names."""
    if found.code == "W601":
        yield Fix("Add `live`", _at_end(document, found.span, " live"))
    if found.code == "W605" and "“" in found.message:
        first, last = document.block(found.span.line - 1)
        name = _NAMED.search(found.message)
        yield Fix(f"Remove “{name[1] if name else ''}”", Edit(TextPlace(first, 0), _end(document, last), ""))
    if found.code in WAITS:
        for camera in _NAMED.findall(found.message)[:1]:
            said = _as_given(document, found.span, camera)
            if found.code == "W611":
                yield Fix(f"Add `focus {said} manual`", _above(document, found.span, f"focus {said} manual"))
            yield Fix(f"Add `wait for {said}`", _above(document, found.span, f"wait for {said}"))
    if found.code == "W602":
        for label in found.labels:
            if label.text == "started here" and label.span.file == found.span.file:
                yield Fix("Add `live` to the move", _at_end(document, label.span, " live"))
    if found.code == "W617" and (again := _RESTART.search(found.hint)):
        yield from _restarted(document, again[1])


def _as_given(document: Document, span: Span, camera: str) -> str:
    """What the line calls a camera: in a macro or a loop perhaps by the name that it is given there."""
    row = document.rows[span.line - 1]
    words = _WORD.findall(_code(row))
    if camera in words:
        return camera
    indent = len(row) - len(row.lstrip(" \t"))
    given: list[str] = []
    for above in reversed(document.rows[document.block(span.line - 1)[0] : span.line - 1]):
        lead = len(above) - len(above.lstrip(" \t"))
        if above.strip() and lead < indent:
            indent = lead
            if (found := _GIVEN.match(above)) is not None:
                given += [found[1]] if found[1] else _WORD.findall(found[2])
    return next((word for word in words if word in given), camera)


def _restarted(document: Document, number: str) -> Iterator[Fix]:
    """`restart` as the first line of a cue."""
    for line, row in enumerate(document.rows):
        if (head := _HEAD.match(row)) is not None and _number(head[1]) == number:
            below = document.rows[line + 1] if line + 1 < len(document.rows) else ""
            lead = below[: len(below) - len(below.lstrip(" \t"))] if below.strip() else ""
            place = TextPlace(line, len(body(row)))
            yield Fix(f"Add `restart` to cue {number}", Edit(place, place, f"{_ending(row)}{lead or '    '}restart"))
            return


def _number(text: str) -> str:
    """A cue's number in its canonical form; empty if it is not one."""
    try:
        return cue_number(text)
    except ValueError:
        return ""


def _ending(row: str) -> str:
    """How a line ends, so that one that is added ends alike."""
    return row[len(body(row)) :] or "\n"


def _mends(document: Document, edit: Edit, found: Diagnostic, before: list[Diagnostic], look: Try) -> bool:
    trial = Document(document.uri, document.name, "", None, document.encoding)
    trial.rows = list(document.rows)
    trial._text = None
    trial.edit(edit.start, edit.end, edit.text)
    if found.code in ("W605", "W617", "E205", "E210"):
        return True  # known only to the whole show, and the edit is what its hint says
    after = look(trial, min(edit.start.line, len(trial.rows) - 1))
    if found.code not in {one.code for one in before}:
        return not any(one.is_error for one in after)
    here = [one.code for one in before]
    there = [one.code for one in after]
    fewer = there.count(found.code) < here.count(found.code)
    strict = found.code in ("W602", "W603")  # what waits or is gone must not be in the way of something else
    return fewer and all(there.count(code) <= here.count(code) for code in set(there) if strict or code[0] == "E")


def _over(span: Span, text: str) -> Edit:
    return Edit(TextPlace(span.line - 1, span.column - 1), TextPlace(span.end_line - 1, span.end_column - 1), text)


def _word(document: Document, span: Span, word: str, near: str) -> Edit | None:
    """A word inside the span, or on its line."""
    row = body(document.rows[span.line - 1])
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", row[span.column - 1 :])
    if found is None:
        return None
    start = span.column - 1 + found.start()
    return Edit(TextPlace(span.line - 1, start), TextPlace(span.line - 1, start + len(word)), near)


def _code(row: str) -> str:
    """A line without its comment and what is blank before it."""
    from cuelang.lang.layout import scan_row

    text = body(row)
    return text[: scan_row(text, 0).end].rstrip()


def _at_end(document: Document, span: Span, text: str) -> Edit:
    line = span.end_line - 1
    place = TextPlace(line, len(_code(document.rows[line])))
    return Edit(place, place, text)


def _rest(document: Document, span: Span, text: str) -> Edit:
    """From the finding to the end of the line."""
    line = span.line - 1
    return Edit(
        TextPlace(line, span.column - 1), TextPlace(line, max(len(_code(document.rows[line])), span.column - 1)), text
    )


def _statement(document: Document, span: Span, text: str) -> Edit:
    """The whole line, its indentation and what is before the statement at a time excepted."""
    line = span.line - 1
    row = _code(document.rows[line])
    start = len(row) - len(row.lstrip(" \t"))
    timed = re.match(r"[ \t]*at[ \t]+\S+[ \t]+", row)
    if timed and not text.startswith("at "):
        start = timed.end()
    return Edit(TextPlace(line, min(start, span.column - 1)), TextPlace(line, max(len(row), start)), text)


def _above(document: Document, span: Span, text: str) -> Edit:
    line = span.line - 1
    row = document.rows[line]
    lead = row[: len(row) - len(row.lstrip(" \t"))]
    return Edit(TextPlace(line, 0), TextPlace(line, 0), f"{lead}{text}{_ending(row)}")


def _end(document: Document, line: int) -> TextPlace:
    if line < len(document.rows):
        return TextPlace(line, 0)
    return TextPlace(len(document.rows) - 1, len(body(document.rows[-1])))
