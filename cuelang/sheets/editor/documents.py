"""The text of a sheet that is open in an editor, changed in place as it is typed.

Editors count columns in the units of UTF-16, or of UTF-8; the compiler counts characters. Lines end as they do in the
language, and as the protocol has them: at \\n, \\r\\n or \\r.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

Encoding = Literal["utf-16", "utf-8", "utf-32"]

_ROWS = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


class TextPlace(NamedTuple):
    """A line and a column, both from 0; the column in characters."""

    line: int
    column: int


class TextChange(NamedTuple):
    """Lines `first` to before `last` were replaced by `added` lines."""

    first: int
    last: int
    added: int


def rows_of(text: str) -> list[str]:
    """Lines with their ends; the last one has none."""
    rows = _ROWS.findall(text)
    if not rows or rows[-1][-1] in "\r\n":
        rows.append("")
    return rows


def body(row: str) -> str:
    """A line without its end."""
    return row.rstrip("\r\n")


def characters(row: str, units: int, encoding: Encoding) -> int:
    """Which character of a line is at that many units; inside one: that one. Not beyond the line's end."""
    text = body(row)
    if units <= 0:
        return 0
    if encoding == "utf-32" or text.isascii():
        return min(units, len(text))
    count = 0
    for index, char in enumerate(text):
        count += width(char, encoding)
        if count > units:
            return index
    return len(text)


def units(row: str, column: int, encoding: Encoding) -> int:
    """How many units precede a character of a line."""
    text = row[:column]
    if encoding == "utf-32" or text.isascii():
        return len(text)
    return sum(width(char, encoding) for char in text)


def width(char: str, encoding: Encoding) -> int:
    """The units of one character."""
    code = ord(char)
    if encoding == "utf-16":
        return 2 if code > 0xFFFF else 1
    if encoding == "utf-8":
        return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return 1


class Document:
    """`name` is what spans call it: the path of the file."""

    def __init__(self, uri: str, name: str, text: str, version: int | None, encoding: Encoding) -> None:
        self.uri = uri
        self.name = name
        self.version = version
        self.encoding: Encoding = encoding
        self.rows = rows_of(text)
        self._text: str | None = text
        self.watchers: list[Callable[[TextChange], None]] = []
        """What is kept of the text hears of each change."""

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = "".join(self.rows)
        return self._text

    def place(self, line: int, character: int) -> TextPlace:
        """A position of the editor; one outside the text is its nearest end."""
        if line < 0:
            return TextPlace(0, 0)
        if line >= len(self.rows):
            return TextPlace(len(self.rows) - 1, len(body(self.rows[-1])))
        return TextPlace(line, characters(self.rows[line], character, self.encoding))

    def character(self, place: TextPlace) -> int:
        """The editor's column of a place."""
        if not 0 <= place.line < len(self.rows):
            return place.column
        return units(self.rows[place.line], place.column, self.encoding)

    def replace(self, text: str) -> TextChange:
        """Another text altogether."""
        before = len(self.rows)
        self.rows, self._text = rows_of(text), text
        return self._changed(TextChange(0, before, len(self.rows)))

    def edit(self, start: TextPlace, end: TextPlace, text: str) -> TextChange:
        """The text between two places becomes another."""
        start, end = min(start, end), max(start, end)
        first, last = start.line, end.line + 1
        new = self.rows[first][: start.column] + text + self.rows[end.line][end.column :]
        if first and self.rows[first - 1].endswith("\r"):  # a newline may come behind it
            first -= 1
            new = self.rows[first] + new
        if last < len(self.rows) and new.endswith("\r"):
            new += self.rows[last]
            last += 1
        rows = rows_of(new)
        if last < len(self.rows) and not rows[-1]:
            rows.pop()
        self.rows[first:last] = rows
        self._text = None
        return self._changed(TextChange(first, last, len(rows)))

    def _changed(self, change: TextChange) -> TextChange:
        for watcher in self.watchers:
            watcher(change)
        return change

    def block(self, line: int) -> tuple[int, int]:
        """The lines of the block around this one: from a line at the left edge to before the next one."""
        first = min(max(line, 0), len(self.rows) - 1)
        while first and not begins_block(self.rows[first]):
            first -= 1
        last = min(max(line, 0), len(self.rows) - 1) + 1
        while last < len(self.rows) and not begins_block(self.rows[last]):
            last += 1
        return first, last


INSIDE = frozenset(("", " ", "\t", "\f", "\r", "\n", "#"))
"""How lines begin that do not begin a block."""


def begins_block(row: str) -> bool:
    """Whether a line is at the left edge, and not blank or a comment."""
    return row[:1] not in INSIDE


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[int, int, int]:
    """How many lines two texts have alike at their beginning, and where the difference ends in each."""
    first = 0
    most = min(len(before), len(after))
    while first < most and before[first] == after[first]:
        first += 1
    alike = 0
    while alike < most - first and before[-1 - alike] == after[-1 - alike]:
        alike += 1
    return first, len(before) - alike, len(after) - alike
