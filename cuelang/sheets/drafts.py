"""The lines of one cue, to be read and changed while a show runs.

A cue is found in the file as it is on the disk. What is typed replaces it, the whole show is compiled with it as a
reload would, and only then the file is written: whole or not at all, and only if it is still the one that was read.
Every byte outside the cue stays.

All of it reads files and compiles: it belongs on a thread.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiled, Compiler
from cuelang.library import MAX_SHEET_BYTES, STDLIB, Library, Unreadable, Unwritable, read_file, rewrite
from cuelang.plain import UserError
from cuelang.plan import Plan, cue_number
from cuelang.sheets import compile_sheet
from cuelang.sheets.editor.outline import Item, outline
from cuelang.source import Source

_ROWS = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
MAX_DRAFT_CHARS = 12_000
"""Characters of a cue that is edited here."""
UNDOS = 20
MARK = "\ufeff"


class DraftFinding(Struct, frozen=True):
    """What the compiler says about lines of the cue; `line` and `end_line` count from 1 at its first one."""

    code: str
    severity: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    hint: str


class Part(Struct, frozen=True):
    """A cue's lines. `tag` names the state of the file that they are from; `why`: why they cannot be changed here."""

    cue: str
    file: str
    line: int
    text: str
    tag: str
    findings: tuple[DraftFinding, ...]
    elsewhere: int
    """Errors in other lines of the show."""
    why: str = ""


class DraftChecked(Struct, frozen=True):
    findings: tuple[DraftFinding, ...]
    elsewhere: tuple[str, ...]
    """The errors in other lines of the show: `night.cues:7:17: E202 …`."""

    @property
    def first(self) -> str:
        """The first error, empty: there is none."""
        mine = (f"line {one.line}: {one.code} {one.message}" for one in self.findings if one.severity == "error")
        return next(iter((*mine, *self.elsewhere)), "")


class DraftChanged(Exception):
    """The file is not the one that was read."""


class DraftRefused(UserError):
    """It cannot be done; the message says why."""

    code = 1


class _Undo(Struct, frozen=True):
    path: str
    before: str
    tag: str
    cue: str


class _Overlay(Library):
    """Everything as on the disk, but one file with another text."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__()
        self._real, self._text = os.path.realpath(path), text

    def text(self, path: str) -> str:
        return self._text if os.path.realpath(path) == self._real else super().text(path)


class Drafts:
    """`sheet`, `rig`, `settings` and `without` as `compile_sheet` takes them."""

    def __init__(self, sheet: str, rig: str | None, settings: Sequence[str], without: Sequence[str]) -> None:
        self._sheet, self._rig, self._settings, self._without = sheet, rig, settings, without
        self._undos: list[_Undo] = []

    def open(self, plan: Plan, cue: str) -> Part:
        """The lines of a cue of this plan. Raises DraftRefused if they cannot be found."""
        path = self._path(plan, cue)
        text, tag = _read(path)
        rows, item = _cue_in(text, path, cue)
        checked = self._check(path, text, item.line, item.end)
        return Part(
            cue,
            path,
            item.line + 1,
            _lines(rows, item),
            tag,
            checked.findings,
            len(checked.elsewhere),
            _not_ours(path),
        )

    def check(self, plan: Plan, cue: str, tag: str, text: str) -> DraftChecked:
        """What the compiler would say. Raises DraftChanged and DraftRefused."""
        path = self._path(plan, cue)
        whole, first, end = _put(path, cue, tag, text)
        return self._check(path, whole, first, end)

    def save(self, plan: Plan, cue: str, tag: str, text: str) -> str:
        """Write it; gives the place, `night.cues:41`. Raises DraftChanged, and DraftRefused for a text with errors."""
        path = self._path(plan, cue)
        if why := _not_ours(path):
            raise DraftRefused(why)
        whole, first, end = _put(path, cue, tag, text)
        wrong = self._check(path, whole, first, end).first
        if wrong:
            raise DraftRefused(f"not saved: {wrong}")
        before, now = _read(path)
        if now != tag:
            raise DraftChanged
        _write(path, whole)
        self._undos = [*self._undos[1 - UNDOS :], _Undo(path, before, _tag(whole), cue)]
        return f"{path}:{first + 1}"

    @property
    def undoes(self) -> str:
        """The cue whose last change `undo` takes back; empty: nothing."""
        return self._undos[-1].cue if self._undos else ""

    def undo(self) -> str:
        """Take the last change back; gives its cue. Raises DraftChanged, and DraftRefused if there is none."""
        if not self._undos:
            raise DraftRefused("nothing to undo")
        last = self._undos[-1]
        if _read(last.path)[1] != last.tag:
            raise DraftChanged
        _write(last.path, last.before)
        self._undos.pop()
        return last.cue

    def _path(self, plan: Plan, cue: str) -> str:
        return next(one.block.file for one in plan.cues if one.number == cue)

    def _check(self, path: str, text: str, first: int, end: int) -> DraftChecked:
        """`first` to before `end`, from 0: the lines that are the cue's."""
        compiled = self._compiled(path, text.removeprefix(MARK))
        mine, elsewhere = [], []
        for one in compiled.diagnostics:
            span = one.span
            if os.path.realpath(span.file) == os.path.realpath(path) and first < span.line <= end:
                mine.append(_finding(one, first))
            elif one.is_error:
                elsewhere.append(f"{span.file}:{span.line}:{span.column}: {one.code} {one.message}")
        return DraftChecked(tuple(mine), tuple(elsewhere))

    def _compiled(self, path: str, text: str) -> Compiled:
        library = _Overlay(path, text)
        try:
            return compile_sheet(
                self._sheet,
                rig=self._rig,
                settings=self._settings,
                without=self._without,
                compiler=Compiler(library),
                read=lambda name: Source(name, library.text(name)),
            )
        except Unreadable as error:
            raise DraftRefused(str(error)) from None


def _finding(one: Diagnostic, first: int) -> DraftFinding:
    span = one.span
    return DraftFinding(
        one.code,
        one.severity,
        span.line - first,
        span.column,
        span.end_line - first,
        span.end_column,
        one.message,
        one.hint,
    )


def _tag(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _read(path: str) -> tuple[str, str]:
    """Everything that a file says, and its tag. Raises DraftRefused."""
    try:
        text = read_file(path, MAX_SHEET_BYTES).decode()
    except UnicodeDecodeError:
        raise DraftRefused(f"{path} is not UTF-8 text") from None
    except (OSError, TimeoutError) as error:
        raise DraftRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return text, _tag(text)


def _write(path: str, text: str) -> None:
    try:
        rewrite(path, text)
    except Unwritable as error:
        raise DraftRefused(str(error)) from None


def _not_ours(path: str) -> str:
    """Why a file is not changed here; empty: it is."""
    if path.startswith(STDLIB):
        return "modules of stdlib/ are not changed"
    return "" if os.access(path, os.W_OK) else f"{path} is read-only"


def _cue_in(text: str, path: str, cue: str) -> tuple[list[str], Item]:
    rows = _ROWS.findall(text)
    if rows:
        rows[0] = rows[0].removeprefix(MARK)
    for item in _cues(outline(rows)):
        try:
            if cue_number(item.head.name) == cue:
                return rows, item
        except ValueError:
            continue
    raise DraftRefused(f"{path} has no cue {cue} any more")


def _cues(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        if item.head.word == "cue":
            yield item
        yield from _cues(item.children)


def _lines(rows: Sequence[str], item: Item) -> str:
    """With one kind of line end, as an editor has them, and none at the end."""
    return re.sub(r"\r\n?", "\n", "".join(rows[item.line : item.end])).removesuffix("\n")


def _put(path: str, cue: str, tag: str, text: str) -> tuple[str, int, int]:
    """The whole file with this text instead of the cue; the text's lines are the first to before the last number, from
    0. Lines end as those of the cue did. Raises DraftChanged."""
    whole, now = _read(path)
    if now != tag:
        raise DraftChanged
    rows, item = _cue_in(whole, path, cue)
    mine = rows[item.line : item.end]
    end = next((found[0] for row in mine if (found := re.search(r"\r\n?|\n", row))), "\n")
    last = re.search(r"(?:\r\n?|\n)?\Z", mine[-1])
    lines = re.split(r"\r\n?|\n", text.rstrip())
    put = end.join(lines) + (last[0] if last is not None else "")
    mark = MARK if whole.startswith(MARK) else ""
    head, tail = "".join(rows[: item.line]), "".join(rows[item.end :])
    return mark + head + put + tail, item.line, item.line + len(lines)
