"""What a page of the terminal is made of: styled text in columns, and how times are written. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

from cuelang.plain import plain as harmless
from cuelang.units import MINUTE, NS, hms


class Piece(NamedTuple):
    """Some text in one style, a rich style definition; empty is plain."""

    text: str
    style: str = ""


ScreenLine = tuple[Piece, ...]


def fit(line: ScreenLine, width: int) -> ScreenLine:
    """The line in exactly this many columns. What is too long ends in an ellipsis; the last style fills the rest if it
    has a background."""
    pieces: list[Piece] = []
    left = width
    for text, style in line:
        size = cell_len(text)
        if size <= left:
            pieces.append(Piece(text, style))
            left -= size
            continue
        if left:
            pieces.append(Piece(set_cell_size(text, left - 1) + "…", style))
        return tuple(pieces)
    if left:
        style = line[-1].style if line else ""
        pieces.append(Piece(" " * left, style if " on " in style or "reverse" in style else ""))
    return tuple(pieces)


def flowed(line: ScreenLine, width: int, indent: int, most: int) -> list[ScreenLine]:
    """The line in at most `most` lines, broken between words; those after the first are indented. The last has all that
    is left, and may be too long."""
    rows: list[list[Piece]] = [[]]
    used = 0
    for text, style in line:
        for word in re.findall(r"\s*\S+|\s+", text):
            size = cell_len(word)
            if used + size > width and used > indent and len(rows) < most:
                rows.append([Piece(" " * indent)])
                used, word = indent, word.lstrip()
                size = cell_len(word)
            rows[-1].append(Piece(word, style))
            used += size
    return [tuple(row) for row in rows]


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Words in lines of this many columns, `most` lines; what does not fit ends in an ellipsis. A text has its own line
    ends, too."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in harmless(part).split():
            for piece in chop_cells(word, max(1, width)):
                joined = f"{line} {piece}" if line else piece
                if cell_len(joined) <= width:
                    line = joined
                else:
                    lines.append(line)
                    line = piece
        lines.append(line)
    if len(lines) > most > 0:
        last = lines[most - 1]
        short = last if cell_len(last) < width else set_cell_size(last, width - 1)
        lines[most - 1 :] = [f"{short}…"]
    return lines[: max(0, most)]


# --- times ---------------------------------------------------------------------------------------------------


def span(ns: int) -> str:
    return hms(max(0, ns) // NS)


def seconds_of(ns: int) -> str:
    if ns < MINUTE:
        return f"{ns / NS:.1f}s"
    seconds = ns // NS
    return f"{seconds // 60}:{seconds % 60:02}" if seconds < 3600 else span(ns)


def age(ns: int) -> str:
    seconds = max(0, ns) // NS
    if seconds < 1:
        return "now"
    return f"{seconds}s" if seconds < 100 else f"{seconds // 60}m" if seconds < 6000 else f"{seconds // 3600}h"


def countdown(ns: int) -> str:
    """`0:17`, `1:02:03`; what is left of a second counts as one, so that 0:00 is the instant itself."""
    seconds = -(-max(0, ns) // NS)
    minutes = f"{seconds // 60}:{seconds % 60:02}"
    return minutes if seconds < 3600 else hms(seconds)
