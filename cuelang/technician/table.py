"""Rows in aligned columns, for a terminal, a pipe or paper."""

from __future__ import annotations

from collections.abc import Sequence

from cuelang.plain import cells, padded, plain
from cuelang.units import MS


def table(head: Sequence[str], rows: Sequence[Sequence[str]], rule: bool = False) -> list[str]:
    """The lines of a table, two blanks between columns; `rule` draws a line under its head."""
    everything = [head, *(tuple(map(plain, row)) for row in rows)]
    widths = [max(cells(row[column]) for row in everything) for column in range(len(head))]
    lines = [
        "  ".join(padded(text, width) for text, width in zip(row, widths, strict=True)).rstrip() for row in everything
    ]
    if rule:
        lines.insert(1, "─" * (sum(widths) + 2 * (len(widths) - 1)))
    return lines


def degrees(value: float) -> str:
    """`-12.5°`, at most one place, never `-0°`."""
    return f"{round(value, 1) + 0.0:g}°"


def percent(value: float) -> str:
    return f"{round(value, 1) + 0.0:g} %"


def milliseconds(ns: int) -> str:
    ms = ns / MS
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def sentence(text: str) -> str:
    """With a full stop, unless it ends as a sentence does."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."
