"""The shape of a sheet, from its lines alone: what it declares and its cues, and what can be folded.

Plain data, and nothing that has to be compiled: a sheet of ten thousand cues is looked through in a few milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cuelang.sheets.editor.documents import INSIDE, body

_DECLARES = re.compile(
    r'(cue)[ \t]+([0-9.]+)[ \t]*(?:"((?:[^"\\]|\\.)*)")?'
    r'|(section|show|rig)[ \t]+"((?:[^"\\]|\\.)*)"'
    r"|(camera|group|switcher|input|output|let|define)[ \t]+(\w+)"
)


class Head(NamedTuple):
    """What the first line of a block declares; `name` is at columns `start` to before `stop`, from 0."""

    word: str
    name: str
    detail: str
    start: int
    stop: int


class Item(NamedTuple):
    """A declaration in lines `line` to before `end`, from 0. Of a section `children` are the cues up to the next
    one."""

    head: Head
    line: int
    end: int
    children: list[Item]


@lru_cache(maxsize=100_000)
def head_of(row: str) -> Head | None:
    """What a line at the left edge declares."""
    found = _DECLARES.match(row)
    if found is None:
        return None
    group = 2 if found[1] else 5 if found[4] else 7
    word = found[1] or found[4] or found[6]
    return Head(word, found[group], (found[3] or "") if found[1] else "", *found.span(group))


def end_of(rows: Sequence[str], line: int, following: int) -> int:
    """Before which line a block ends that begins at `line`, without what is blank or a comment before the next one."""
    end = following
    while end > line + 1 and not rows[end - 1].strip().partition("#")[0]:
        end -= 1
    return end


def outline(rows: Sequence[str]) -> list[Item]:
    items: list[Item] = []
    inside = items
    heads = [number for number, row in enumerate(rows) if row[:1] not in INSIDE]
    section = -1
    for number, following in pairwise((*heads, len(rows))):
        head = head_of(rows[number])
        if head is None:
            continue
        if head.word == "section":
            if section >= 0:
                items[section] = items[section]._replace(end=number)
            inside = []
            section = len(items)
            items.append(Item(head, number, len(rows), inside))
            continue
        end = end_of(rows, number, following)
        (inside if head.word == "cue" else items).append(Item(head, number, end, []))
    return items


class Fold(NamedTuple):
    """Lines `first` to `last`, both included; `kind` is `region` for a section, `comment`, or empty."""

    first: int
    last: int
    kind: str = ""


def folds(rows: Sequence[str]) -> Iterator[Fold]:  # noqa: C901 - one pass over the rows
    """Blocks by their indentation, sections up to the next one, and comments of several lines."""
    above: list[tuple[int, int]] = []
    last = -1
    comment = -1
    section = -1
    for number, row in enumerate(rows):
        text = body(row)
        bare = text.lstrip(" \t\f")
        if bare.startswith("#"):
            comment = number if comment < 0 else comment
            continue
        if comment >= 0:
            if number - comment > 1:
                yield Fold(comment, number - 1, "comment")
            comment = -1
        if not bare:
            continue
        lead = text[: len(text) - len(bare)]
        width = len(lead.expandtabs(4)) if "\t" in lead else len(lead)
        while above and above[-1][0] >= width:
            first = above.pop()[1]
            if last > first:
                yield Fold(first, last)
        if not width and bare.startswith("section"):
            if section >= 0 and last > section:
                yield Fold(section, last, "region")
            section = number
        above.append((width, number))
        last = number
    if comment >= 0 and len(rows) - comment > 1:
        yield Fold(comment, len(rows) - 1, "comment")
    for _, first in reversed(above):
        if last > first:
            yield Fold(first, last)
    if section >= 0 and last > section:
        yield Fold(section, last, "region")
