"""The outline of a sheet as an editor gets it: the JSON of its symbols, kept block by block as the text is edited.

A sheet of ten thousand cues has two megabytes of it, most of which a key does not change.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from lsprotocol import types as lsp

from cuelang.sheets.editor.documents import INSIDE, Document, TextChange, units
from cuelang.sheets.editor.outline import Head, end_of, head_of

KINDS = {
    "cue": lsp.SymbolKind.Event, "section": lsp.SymbolKind.Namespace, "show": lsp.SymbolKind.Package,
    "rig": lsp.SymbolKind.Package, "camera": lsp.SymbolKind.Class, "group": lsp.SymbolKind.Array,
    "switcher": lsp.SymbolKind.Interface, "input": lsp.SymbolKind.Interface, "output": lsp.SymbolKind.Interface,
    "let": lsp.SymbolKind.Constant, "define": lsp.SymbolKind.Function,
}  # fmt: skip
MOST_CHANGES = 200
"""After more the sheet is looked through as a whole."""
RUN = 128
"""Blocks whose JSON is kept in one piece."""


class _Block(NamedTuple):
    """What the first line of a block declares, wherever it is: `tall` lines to the last that counts, of that width; the
    name is at columns `start` to before `stop`, as the editor counts them."""

    head: Head
    tall: int
    width: int
    start: int
    stop: int

    def text(self, line: int, last: int, width: int) -> str:
        return (
            f'{_named(self.head)}{line},"character":0}},"end":{{"line":{last},"character":{width}}}}}'
            f',"selectionRange":{{"start":{{"line":{line},"character":{self.start}}},'
            f'"end":{{"line":{line},"character":{self.stop}}}}}}}'
        )


class _Run(NamedTuple):
    """The JSON of some blocks in a row, which is ASCII. `cues`: those in a section."""

    cues: bytes
    others: bytes


class Symbols:
    """The symbols of one document. What has changed since they were last asked for is worked out when they are."""

    def __init__(self, document: Document, run: int = RUN) -> None:
        self._document = document
        self._run = run
        document.watchers.append(self.changed)
        self._changes: list[TextChange] | None = None
        """None: everything."""
        self._lines: list[int] = []
        """The first line of each block, from 0; of those that declare nothing too."""
        self._blocks: list[_Block | None] = []
        self._texts: list[str] = []
        """The JSON of each block; empty for those that declare nothing, and for sections."""
        self._runs: dict[int, dict[tuple[int, int, bool], _Run]] = {}
        """By number, counted by `run` blocks: what is kept of them, by the first one, the end, and whether they are in
        a section."""
        self._sections: list[int] = []
        """Which blocks are sections."""

    def changed(self, change: TextChange) -> None:
        if self._changes is not None:
            self._changes.append(change)
            if len(self._changes) > MOST_CHANGES:
                self._changes = None

    def json(self) -> bytes:
        if self._changes is None:
            self._renew(0, len(self._lines), 0, len(self._document.rows))
        elif all(change.added == change.last - change.first for change in self._changes):
            for change in dict.fromkeys(self._changes):  # no line has moved
                self._edited(change)
        else:
            self._edited(_together(self._changes))
        self._changes = []
        return b"[%b]" % b",".join(self._whole())

    def _edited(self, change: TextChange) -> None:
        """The blocks that the lines of a change are in, or were."""
        shift = change.added - (change.last - change.first)
        begin = max(bisect_right(self._lines, change.first) - 2, 0)  # the one before reaches up to this one
        end = bisect_left(self._lines, change.last)
        first = self._lines[begin] if begin < len(self._lines) and self._lines[begin] <= change.first else 0
        last = self._lines[end] + shift if end < len(self._lines) else len(self._document.rows)
        if shift:
            self._forget(end, len(self._lines))
            for index in range(end, len(self._lines)):
                line = self._lines[index] = self._lines[index] + shift
                block = self._blocks[index]
                if block is not None and self._texts[index]:
                    self._texts[index] = block.text(line, line + block.tall, block.width)
        self._renew(begin, end, first, last)

    def _renew(self, begin: int, end: int, first: int, last: int) -> None:
        """The blocks `begin` to before `end` are what is in lines `first` to before `last` now."""
        rows = self._document.rows
        lines = [number for number in range(first, last) if rows[number][:1] not in INSIDE]
        blocks = [self._block(line, end) for line, end in pairwise((*lines, last))]
        alike = len(lines) == end - begin
        sections = any(map(_is_section, (*self._blocks[begin:end], *blocks)))
        self._forget(begin, end if alike else len(self._lines))
        self._lines[begin:end] = lines
        self._blocks[begin:end] = blocks
        self._texts[begin:end] = [
            block.text(line, line + block.tall, block.width) if block and block.head.word != "section" else ""
            for line, block in zip(lines, blocks, strict=True)
        ]
        if sections or (self._sections and not alike):
            self._sections = [index for index, block in enumerate(self._blocks) if _is_section(block)]

    def _forget(self, begin: int, end: int) -> None:
        """What is kept of the blocks `begin` to before `end`."""
        for number in range(begin // self._run, -(-end // self._run)):
            self._runs.pop(number, None)

    def _block(self, line: int, end: int) -> _Block | None:
        rows, encoding = self._document.rows, self._document.encoding
        row = rows[line]
        head = head_of(row)
        if head is None:
            return None
        end = end_of(rows, line, end)
        start, stop = head.start, head.stop
        if not row.isascii():
            start, stop = units(row, start, encoding), units(row, stop, encoding)
        return _Block(head, end - 1 - line, self._width(end - 1), start, stop)

    def _width(self, line: int) -> int:
        row = self._document.rows[line].rstrip("\r\n")
        return units(row, len(row), self._document.encoding)

    def _whole(self) -> Iterator[bytes]:
        """Each symbol, a section with the cues up to the next one; some at a time."""
        ends = [*self._sections, len(self._texts)]
        yield from (run.others for run in self._kept(0, ends[0], False) if run.others)
        for begin, end in pairwise(ends):
            runs = [*self._kept(begin + 1, end, True)]
            cues = b",".join([run.cues for run in runs if run.cues])
            last = (self._lines[end] if end < len(self._lines) else len(self._document.rows)) - 1
            section = self._blocks[begin]
            assert section is not None
            text = section.text(self._lines[begin], last, self._width(last)).encode()
            yield b'%b,"children":[%b]}' % (text[:-1], cues) if cues else text
            yield from (run.others for run in runs if run.others)

    def _kept(self, begin: int, end: int, inside: bool) -> Iterator[_Run]:
        """The JSON of the blocks `begin` to before `end`, which are before the first section or in one."""
        while begin < end:
            number = begin // self._run
            stop = min(end, (number + 1) * self._run)
            kept = self._runs.setdefault(number, {})
            run = kept.get((begin, stop, inside))
            if run is None:
                run = kept[begin, stop, inside] = self._joined(begin, stop, inside)
            yield run
            begin = stop

    def _joined(self, begin: int, end: int, inside: bool) -> _Run:
        cues: list[str] = []
        others: list[str] = []
        for block, text in zip(self._blocks[begin:end], self._texts[begin:end], strict=True):
            if block is not None:
                (cues if inside and block.head.word == "cue" else others).append(text)
        return _Run(",".join(cues).encode(), ",".join(others).encode())


def _is_section(block: _Block | None) -> bool:
    return block is not None and block.head.word == "section"


def _together(changes: Sequence[TextChange]) -> TextChange:
    """Changes one after another as one."""
    first, last, added = changes[0]
    for change in changes[1:]:
        # The lines between the two count as changed; `last` is a line of the text before the first of them.
        shift = added - (last - first)
        begin, end = min(first, change.first), max(first + added, change.last)
        last = end - shift
        added = end - begin + change.added - (change.last - change.first)
        first = begin
    return TextChange(first, last, added)


@lru_cache(maxsize=100_000)
def _named(head: Head) -> str:
    """A symbol's beginning, which does not change when it moves."""
    name = f"cue {head.name}" if head.word == "cue" else head.name or head.word
    detail = f',"detail":{json.dumps(head.detail)}' if head.detail else ""
    return f'{{"name":{json.dumps(name)},"kind":{KINDS[head.word].value}{detail},"range":{{"start":{{"line":'
