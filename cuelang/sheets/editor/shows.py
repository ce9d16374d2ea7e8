"""The shows that open sheets belong to, each with its compiler; what was last found in each.

A sheet that others use (a rig, macros) is looked at through the shows that use it; one that no other uses is a show.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cuelang.diagnostics import Diagnostic
from cuelang.lang import syntax as s
from cuelang.lang.compile import Compilation, Compiler
from cuelang.lang.env import Env
from cuelang.library import Library, Unreadable
from cuelang.plan import Cue
from cuelang.sheets.editor.documents import Document, TextChange, begins_block
from cuelang.sheets.editor.look import MOST_LINES, Seen, look, moved_by
from cuelang.sheets.editor.names import NameUse, uses
from cuelang.sheets.editor.tokens import SemanticToken
from cuelang.source import Source

MOST_SHEETS = 300
"""Sheets of the folders of an editor that are read to learn which uses which."""
MOST_FILES = 20_000
"""Directory entries that are looked at for that."""
MAX_FOLDER_DEPTH = 5
MOST_KEPT = 50_000
"""Sections whose names are kept."""
MOST_SHOWS = 8
"""Shows that one sheet is looked at through."""

_USE = re.compile(r'^use[ \t]+"([^"\r\n]+)"', re.MULTILINE)
_NUMBER = re.compile(r"(?<!\w)\d+")
_SKIPPED = frozenset(("node_modules", "__pycache__", "venv", "site-packages"))


class Sheets(Library):
    """The library of an editor: what is open is read from there, and the rest again only when it was changed."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        super().__init__()
        self.documents = documents
        """By the real path of the file."""
        self._read: dict[str, tuple[tuple[int, ...], str | Unreadable]] = {}
        self._real: dict[str, str] = {}

    def real(self, name: str) -> str:
        """The real path of the file behind a sheet's name, as it was when it was first asked for."""
        found = self._real.get(name)
        if found is None:
            found = self._real[name] = os.path.realpath(self.path(name))
        return found

    def open(self, name: str) -> Document | None:
        """The sheet of this name, if the editor has it open."""
        return self.documents.get(self.real(name))

    def forget(self) -> None:
        """Links may have changed."""
        self._real.clear()

    def text(self, path: str) -> str:
        real = os.path.realpath(path)
        document = self.documents.get(real)
        if document is not None:
            return document.text
        stamp = _stamp(real)
        known = self._read.get(real)
        if known is None or known[0] != stamp:
            found: str | Unreadable
            try:
                found = super().text(path)
            except Unreadable as error:
                found = error
            known = self._read[real] = (stamp, found)
        if isinstance(known[1], Unreadable):
            raise known[1]
        return known[1]


def _stamp(path: str) -> tuple[int, ...]:
    try:
        about = os.stat(path)
    except (OSError, ValueError):
        return ()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


class EditorOptions:
    """What `--rig`, `--set` and `--without` are for a command."""

    def __init__(self, rig: str = "", settings: Mapping[str, str] | None = None, without: Iterable[str] = ()) -> None:
        self.rig = rig
        self.settings = dict(settings or {})
        self.without = frozenset(without)


class EditorShow:
    """One show: the sheet that it begins with, its compiler, and what the last whole pass over it came to."""

    def __init__(self, main: str, library: Sheets, options: EditorOptions) -> None:
        self.main = main
        self.library = library
        self.options = options
        self.compiler = Compiler(library)
        self.whole: Compilation | None = None
        self.stale = True
        """Something has changed since the last pass began."""
        self.unnamed = True
        """Names may have changed since the last whole pass began."""
        self._renamed = False
        """They may have since the one that is under way began."""
        self.findings: dict[str, list[Diagnostic]] = {}
        """By sheet; moved and replaced as the text is edited, until the next pass."""
        self._uses: dict[int, tuple[s.Section, list[NameUse]]] = {}
        self._colours: tuple[Env | None, dict[str, list[SemanticToken]]] | None = None
        self._cues: dict[str, list[Cue]] | None = None
        """By sheet, in the order of its lines."""
        self.unread = ""
        """Why its main sheet cannot be had."""

    def uses(self, section: s.Section) -> list[NameUse]:
        """The names of a section, found once."""
        known = self._uses.get(id(section))
        if known is None or known[0] is not section:
            if len(self._uses) > MOST_KEPT:
                self._uses.clear()
            known = self._uses[id(section)] = (section, uses(section))
        return known[1]

    def colours(self, env: Env | None) -> dict[str, list[SemanticToken]]:
        """The tokens of blocks by their text, counted from their first line, as long as the show's names stay."""
        if self._colours is None or self._colours[0] is not env or len(self._colours[1]) > MOST_KEPT:
            self._colours = (env, {})
        return self._colours[1]

    def cues_of(self, name: str, first: int, last: int) -> list[Cue]:
        """The cues that may be in lines `first` to `last` (from 0) of a sheet."""
        if self.whole is None:
            return []
        if self._cues is None:
            self._cues = {}
            for cue in self.whole.plan.cues:
                self._cues.setdefault(cue.block.file, []).append(cue)
            for listed in self._cues.values():
                listed.sort(key=lambda cue: cue.block.line)
        listed = self._cues.get(name, [])
        begin = bisect_right(listed, first + 1, key=lambda cue: cue.block.line)
        end = bisect_right(listed, last + 1, key=lambda cue: cue.block.line)
        return listed[max(begin - 1, 0) : end]

    def begin(self) -> Compilation:
        """A pass over it, to be done slice by slice. Raises Unreadable."""
        rig = None
        if self.options.rig and os.path.realpath(self.options.rig) != os.path.realpath(self.main):
            rig = Source(self.options.rig, self.library.text(self.options.rig))
        main = Source(self.main, self.library.text(self.main))
        self.stale = self._renamed = False
        return self.compiler.begin(main, rig=rig, settings=self.options.settings, without=self.options.without)

    def take(self, done: Compilation) -> set[str]:
        """What a pass came to is what is known now; the sheets whose findings it changed."""
        before = self.findings
        self.whole, self._cues = done, None
        self.unnamed = self._renamed
        self.findings = {name: [] for name in done.files}
        for found in done.compiled.diagnostics:
            name = found.span.file if found.span.file in done.files else self.main  # about an option
            self.findings.setdefault(name, []).append(found)
        return {name for name in {*before, *self.findings} if before.get(name, []) != self.findings.get(name, [])}

    def edited(self, document: Document, change: TextChange, renamed: bool = True) -> Seen | None:
        """Look at what was edited by itself. What was found there before gives way, the rest moves with its lines.
        `renamed`: whether a name may be new there."""
        self.stale = True
        if self.whole is None or (renamed and (change.added > MOST_LINES or self._names_in(document, change))):
            self.unnamed = self._renamed = True
        if change.added > MOST_LINES or self.whole is None:
            return None
        seen = look(document, change.first, change.first + change.added, self.whole, self.library, self.compiler.cache)
        shift = change.added - (change.last - change.first)
        last = seen.last - shift
        kept = []
        for found in self.findings.get(document.name, []):
            line = found.span.line - 1
            if line < seen.first:
                kept.append(found)
            elif line >= last:
                kept.append(moved_by(found, shift))
        self.findings[document.name] = sorted(
            [*kept, *seen.diagnostics], key=lambda one: (one.span, one.code, one.message)
        )
        return seen

    def _names_in(self, document: Document, change: TextChange) -> bool:
        """Whether what was edited is, or may have been, more than the lines under a cue."""
        rows = document.rows
        first = document.block(change.first)[0]
        if change.last - change.first > change.added or not rows[first].startswith("cue"):
            return True
        return any(begins_block(row) for row in rows[change.first : change.first + change.added])


def same_names(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether lines inside a block differ in nothing but numbers: so no name is new."""
    return len(before) == len(after) and not any(
        begins_block(old) or begins_block(new) or _NUMBER.sub("", old) != _NUMBER.sub("", new)
        for old, new in zip(before, after, strict=True)
    )


class Folders:
    """Which sheet uses which, in the folders of an editor."""

    def __init__(self, library: Sheets) -> None:
        self.library = library
        self.roots: set[str] = set()

    def shows_of(self, path: str) -> list[str]:
        """The sheets that begin a show with this sheet in it: the sheet itself if no other uses it."""
        users = self._users(path)
        real = os.path.realpath(path)
        found: list[str] = []
        seen = {real}
        level = [real]
        while level:
            following: list[str] = []
            for one in level:
                above = users.get(one, set())
                if not above:
                    found.append(path if one == real else one)
                for user in above:
                    if user not in seen:
                        seen.add(user)
                        following.append(user)
            level = following
        return (found or [path])[:MOST_SHOWS]

    def _users(self, path: str) -> dict[str, set[str]]:
        """By real path: the sheets that use it."""
        users: dict[str, set[str]] = {}
        for sheet in self._sheets(path):
            try:
                text = self.library.text(sheet)
            except Unreadable:
                continue
            for target in _USE.findall(text):
                used = os.path.realpath(os.path.join(os.path.dirname(sheet), target))
                if used != os.path.realpath(sheet):
                    users.setdefault(used, set()).add(os.path.realpath(sheet))
        return users

    def _sheets(self, path: str) -> set[str]:
        folders = {os.path.dirname(path)} | self.roots
        if not os.path.isabs(path):
            folders = set(self.roots)
        found = {document.name for document in self.library.documents.values()}
        budget = MOST_FILES
        for folder in sorted(folders):
            for name in _walk(folder, 0 if folder not in self.roots else MAX_FOLDER_DEPTH, budget):
                if len(found) >= MOST_SHEETS:
                    return found
                found.add(name)
        return found


def _walk(folder: str, depth: int, budget: int) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        level = os.path.relpath(here, folder).count(os.sep) + (here != folder)
        budget -= len(names) + len(folders) + 1
        if level >= depth or budget < 0:
            folders.clear()
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED)
        yield from (os.path.join(here, name) for name in sorted(names) if name.endswith(".cues"))
        if budget < 0:
            return


def uri_of(name: str, library: Sheets) -> str:
    """The address by which the editor knows a sheet."""
    document = library.open(name)
    return document.uri if document is not None else Path(os.path.abspath(library.path(name))).as_uri()
