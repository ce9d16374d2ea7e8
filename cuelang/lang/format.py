"""The canonical layout of a sheet: four spaces for each level, one space between words, comments where they were.

It works on tokens, never on the parsed nodes, so it cannot change what a line says; only where a trigger's `from` is
after its action, the nodes tell where to put it. A sheet with mistakes in its form is left alone: it is unknown
which indentation was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token
from msgspec import Struct
from msgspec.structs import replace

from cuelang.lang import layout
from cuelang.lang import syntax as s
from cuelang.lang.layout import JOINT, Logical
from cuelang.lang.parse import File, language, parse
from cuelang.source import Source

STEP = 4

_TIGHT_AFTER = frozenset({"LPAR", "DOT"})
_TIGHT_BEFORE = frozenset({"RPAR", "COMMA", "DOT"})
_SIGNS = frozenset(
    {"PLUS", "MINUS", "STAR", "SLASH", "LPAR", "COMMA", "EQUAL", "LESSTHAN", "MORETHAN"}
    | {f"__ANON_{number}" for number in range(10)}
)


class _Row(Struct):
    """A row of the result: what it is, its level, its text; `head` marks a block's first line, `body` one with lines
    under it."""

    kind: str  # code, inside (of a broken line), comment, blank
    level: int
    text: str
    body: bool = False


def format_text(text: str) -> str | None:
    """The sheet in its canonical layout; None when its form has mistakes.

    Tabs in one block and spaces in another are mended; both in one block could mean anything. The lines end as the
    first one does: a sheet of Windows stays one.
    """
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    file = parse(Source("", text))
    if any(found.code != "E103" for found in file.diagnostics):
        return None
    text = layout.clean(text)
    if any(laid.tab >= 0 and laid.space >= 0 for laid in (layout.lay_out(block) for _, block in layout.blocks(text))):
        return None
    rows = _apart(list(_rows(text, dict(_late_sources(file)))))
    return "".join(f"{' ' * (STEP * row.level)}{row.text}".rstrip() + end for row in rows)


def _late_sources(file: File) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """Lines with a trigger whose `from NAME` is after its action: where the action begins, and where `from` can be and
    its name ends, as indexes into the line."""
    for section in file.sections:
        node = section.line.node
        if not isinstance(node, s.Trigger) or not isinstance(node.when, s.HEARD) or node.action is None:
            continue
        source = node.when.source
        if source is None or node.action.loc.end_line or source.loc.line:
            continue
        if source.loc.column > node.action.loc.column:
            after = node.action.loc.end_column - 1
            yield section.block.line, (node.action.loc.column - 1, after, source.loc.end_column - 1)


def _source_first(text: str, places: tuple[int, int, int]) -> str:
    action, after, end = places
    return f"{text[:action]}{text[after:end].strip()} {text[action:after]}{text[end:]}"


def _rows(text: str, late: dict[int, tuple[int, int, int]]) -> Iterator[_Row]:
    lines = text.split("\n")
    placed = _placed(text)
    levels: list[int] = [0]
    following = _following(lines, placed)
    number = 1
    while number <= len(lines):
        row = lines[number - 1].strip(" \t\f")
        if number in placed:
            line, level = placed[number]
            if number in late and line.rows == 1:
                line = replace(line, text=_source_first(line.text, late[number]))
            levels = [*levels[:level], line.width]
            yield from _line(line, level, lines[number - 1 : number - 1 + line.rows])
            number += line.rows
            continue
        if row:
            yield _Row("comment", _comment_level(lines[number - 1], levels, following[number]), row)
        else:
            yield _Row("blank", 0, "")
        number += 1


def _placed(text: str) -> dict[int, tuple[Logical, int]]:
    """Each logical line and its level, by its first row (from 1)."""
    placed: dict[int, tuple[Logical, int]] = {}
    for first, block in layout.blocks(text):
        level = 0
        lines = layout.lay_out(block).roots
        while lines:
            placed.update((first + line.number, (line, level)) for line in lines)
            lines = [child for line in lines for child in line.children]
            level += 1
    return placed


def _following(lines: Sequence[str], placed: dict[int, tuple[Logical, int]]) -> list[int]:
    """For each row (from 1) the level of the next logical line; 0 at the end."""
    level = 0
    following = [0] * (len(lines) + 1)
    for number in range(len(lines), 0, -1):
        if number in placed:
            level = placed[number][1]
        following[number] = level
    return following


def _comment_level(row: str, levels: Sequence[int], following: int) -> int:
    """The level of the line that follows; but a comment that is indented deeper still belongs to the lines above it."""
    lead = row[: len(row) - len(row.lstrip(" \t\f"))].replace("\f", "")
    width = len(lead.expandtabs(layout.TAB))
    level = following
    while level + 1 < len(levels) and width >= levels[level + 1]:
        level += 1
    return level


def _line(line: Logical, level: int, rows: Sequence[str]) -> Iterator[_Row]:
    spaced = _spaced(line.text)
    depth = 0
    for index, row in enumerate(rows):
        scanned = layout.scan_row(row, depth)
        depth = scanned.depth
        code = spaced[index] if index < len(spaced) else ""
        comment = row[scanned.end :].strip(" \t\f")
        if index and not code and not comment:
            continue
        text = f"{code}  {comment}" if code and comment else code or comment
        inside = level + (1 if index and not code.startswith(")") else 0)
        yield _Row("inside" if index else "code", inside, text, bool(line.children) and not index)


def _spaced(text: str) -> list[str]:
    """The tokens of each row of a logical line, with the spaces that belong between them."""
    rows = [""] * (text.count(JOINT) + 1)
    before: Token | None = None
    tight = False
    for token in language().lex(text):
        row = (token.line or 1) - 1
        gap = " "
        if not rows[row] or before is None or tight or token.type in _TIGHT_BEFORE or before.type in _TIGHT_AFTER:
            gap = ""
        elif token.type == "LPAR":
            gap = "" if _calls(before) and before.end_pos == token.start_pos else " "
        rows[row] += gap + token
        tight = token.type == "MINUS" and _is_sign(token, before, text)
        before = token
    return rows


def _calls(before: Token) -> bool:
    return before.type not in _SIGNS and before.type not in ("NUMBER", "STRING", "CLOCK", "RPAR")


def _is_sign(minus: Token, before: Token | None, text: str) -> bool:
    """Whether a minus belongs to the number after it. After a word it may be either: the sheet's own spaces tell."""
    if before is None or before.type in _SIGNS:
        return True
    if before.type in ("NUMBER", "CLOCK", "RPAR", "STRING"):
        return False
    apart = text[minus.start_pos - 1 : minus.start_pos] in (" ", "\t") if minus.start_pos else False
    return apart and text[minus.end_pos : (minus.end_pos or 0) + 1] not in (" ", "\t", "")


def _apart(rows: list[_Row]) -> list[_Row]:
    """At most one blank row in a row, none at the ends, and one around each top-level block that has lines under it."""
    result: list[_Row] = []
    previous: bool | None = None
    for row in rows:
        if row.kind == "blank":
            if result and result[-1].kind != "blank":
                result.append(row)
            continue
        if row.kind == "code" and row.level == 0:
            if previous is not None and (previous or row.body):
                at = len(result)
                while at and result[at - 1].kind == "comment" and result[at - 1].level == 0:
                    at -= 1
                if at and result[at - 1].kind != "blank" and not (at < len(result) and result[-1].kind == "blank"):
                    result.insert(at, _Row("blank", 0, ""))
            previous = row.body
        result.append(row)
    while result and result[-1].kind == "blank":
        result.pop()
    return result
