"""The outline of a sheet as an editor gets it: the JSON of its symbols, kept block by block as the text is edited.

A sheet of ten thousand cues has two megabytes of it, most of which a key does not change.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from lsprotocol import types as lsp

from cuelang.sheets.editor.documents import INSIDE, Change, Document, units
from cuelang.sheets.editor.outline import Head, end_of, head_of

KINDS = {
    "cue": lsp.SymbolKind.Event, "section": lsp.SymbolKind.Namespace, "show": lsp.SymbolKind.Package,
    "rig": lsp.SymbolKind.Package, "camera": lsp.SymbolKind.Class, "group": lsp.SymbolKind.Array,
    "switcher": lsp.SymbolKind.Interface, "input": lsp.SymbolKind.Interface, "output": lsp.SymbolKind.Interface,
    "let": lsp.SymbolKind.Constant, "define": lsp.SymbolKind.Function,
}  # fmt: skip
MOST_CHANGES = 200
"""After more the sheet is looked through as a whole."""


class _Block(NamedTuple):
    """What the first line of a block declares, wherever it is: `tall` lines to the last that counts, of that width; the
    name is at columns `start` to before `stop`, as the editor counts them."""

    head: Head
    tall: int
    width: int
    start: int
    stop: int

    def text(self, line: int, last: int, width: int, children: str = "") -> str:
        return (
            f'{_named(self.head)}{line},"character":0}},"end":{{"line":{last},"character":{width}}}}}'
            f',"selectionRange":{{"start":{{"line":{line},"character":{self.start}}},'
            f'"end":{{"line":{line},"character":{self.stop}}}}}{children}}}'
        )


class Symbols:
    """The symbols of one document. What has changed since they were last asked for is worked out when they are."""

    def __init__(self, document: Document) -> None:
        self._document = document
        document.watchers.append(self.changed)
        self._changes: list[Change] | None = None
        """None: everything."""
        self._lines: list[int] = []
        """The first line of each block, from 0; of those that declare nothing too."""
        self._blocks: list[_Block | None] = []
        self._texts: list[str] = []
        """The JSON of each block; empty for those that declare nothing, and for sections."""

    def changed(self, change: Change) -> None:
        if self._changes is not None:
            self._changes.append(change)
            if len(self._changes) > MOST_CHANGES:
                self._changes = None

    def json(self) -> str:
        if self._changes is None:
            self._renew(0, len(self._lines), 0, len(self._document.rows))
        elif len(self._changes) == 1:
            self._edited(self._changes[0])
        elif self._changes:
            self._edited(_together(self._changes))
        self._changes = []
        return f"[{','.join(self._whole())}]"

    def _edited(self, change: Change) -> None:
        """The blocks that the lines of a change are in, or were."""
        shift = change.added - (change.last - change.first)
        begin = max(bisect_right(self._lines, change.first) - 2, 0)  # the one before reaches up to this one
        end = bisect_left(self._lines, change.last)
        first = self._lines[begin] if begin < len(self._lines) and self._lines[begin] <= change.first else 0
        last = self._lines[end] + shift if end < len(self._lines) else len(self._document.rows)
        if shift:
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
        self._lines[begin:end] = lines
        self._blocks[begin:end] = blocks
        self._texts[begin:end] = [
            block.text(line, line + block.tall, block.width) if block and block.head.word != "section" else ""
            for line, block in zip(lines, blocks, strict=True)
        ]

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

    def _whole(self) -> Sequence[str]:
        """Each symbol, a section with the cues up to the next one."""
        sections = [
            index for index, block in enumerate(self._blocks) if block is not None and block.head.word == "section"
        ]
        if not sections:
            return [text for text in self._texts if text]
        found = [text for text in self._texts[: sections[0]] if text]
        for begin, end in zip(sections, [*sections[1:], len(self._texts)], strict=True):
            inside: list[str] = []
            beside: list[str] = []
            for block, text in zip(self._blocks[begin + 1 : end], self._texts[begin + 1 : end], strict=True):
                if block is not None:
                    (inside if block.head.word == "cue" else beside).append(text)
            last = (self._lines[end] if end < len(self._lines) else len(self._document.rows)) - 1
            children = f',"children":[{",".join(inside)}]' if inside else ""
            section = self._blocks[begin]
            assert section is not None
            found += [section.text(self._lines[begin], last, self._width(last), children), *beside]
        return found


def _together(changes: Sequence[Change]) -> Change:
    """Changes one after another as one."""
    first, last, added = changes[0]
    for change in changes[1:]:
        # The lines between the two count as changed; `last` is a line of the text before the first of them.
        shift = added - (last - first)
        begin, end = min(first, change.first), max(first + added, change.last)
        last = end - shift
        added = end - begin + change.added - (change.last - change.first)
        first = begin
    return Change(first, last, added)


@lru_cache(maxsize=100_000)
def _named(head: Head) -> str:
    """A symbol's beginning, which does not change when it moves."""
    name = f"cue {head.name}" if head.word == "cue" else head.name or head.word
    detail = f',"detail":{json.dumps(head.detail)}' if head.detail else ""
    return f'{{"name":{json.dumps(name)},"kind":{KINDS[head.word].value}{detail},"range":{{"start":{{"line":'
