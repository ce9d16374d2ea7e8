"""The place of a thing in a sheet.

A position rides from the syntax node to the as-run record. To let an edit of one cue leave the work done
on all the others valid, nodes know only their place inside their logical line, lines know only their
place inside their block, and the block knows its place in the file: `Block.line` is the one number
that moves when text above it is edited.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

_LINE_END = re.compile(r"\r\n|\r|\n")


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Lines as the language counts them: unlike `str.splitlines`, a form feed ends none."""
    return _LINE_END.split(text)


class Source(Struct, frozen=True):
    """The text of one sheet. `name` is the path as the user gave it, for people to read."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """The text of line `number` (1-based), without its end; empty when there is none."""
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line without its end; what follows the last end is one too, if only an empty one."""
        return tuple(_lines(self.text))


class Span(NamedTuple):
    """An absolute stretch of text: lines and columns count from 1, the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Loc(NamedTuple):
    """A stretch inside one logical line: `line` counts from 0 at its first physical line, columns from 1."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Loc) -> Loc:
        """From the start of this stretch to the end of the other."""
        return Loc(self.line, self.column, other.end_line, other.end_column)


class Block(Struct, eq=False):
    """A top-level declaration with the lines under it: `file` and its first line (1-based).

    The one mutable thing in the syntax: when a sheet is compiled again and a block's text did not change,
    the same Block is used and only moved, so everything that was worked out from it stays valid. `memo` is for
    what the compiler works out from the block and wants to find again.
    """

    file: str
    line: int
    memo: object = None

    def __repr__(self) -> str:
        return f"Block({self.file!r}, {self.line})"  # what is worked out from a block refers to it


class Origin(NamedTuple):
    """A place that survives edits elsewhere: a block, a line inside it (from 0), a stretch of that line."""

    block: Block
    line: int
    loc: Loc

    @property
    def span(self) -> Span:
        first = self.block.line + self.line
        loc = self.loc
        return Span(self.block.file, first + loc.line, loc.column, first + loc.end_line, loc.end_column)


NOWHERE = Origin(Block("", 1), 0, Loc(0, 1, 0, 1))
"""The place of what no sheet asked for: a request from the operator, a default."""
