"""What may follow at a place of a sheet: from the grammar itself, for the text of the line up to there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cuelang.lang.layout import scan_row
from cuelang.lang.parse import language
from cuelang.lang.words import CHILDREN, STATEMENTS
from cuelang.sheets.editor.documents import body

if TYPE_CHECKING:
    from lark import Token

MOST_ROWS = 20
"""Rows of a broken line, and above it, that are looked at."""
MOST_CHARACTERS = 4000
"""Of a line up to the place; a longer one is not looked at."""

VERBS = frozenset((*(word.upper() for word in STATEMENTS), "PAUSE", "RESUME", "PANIC", "RELOAD", "BACK", "LOCATE"))
_INDENT = re.compile(r"[ \t\f]*")
_FIRST = re.compile(r"[ \t\f]*([^\W\d]\w*)")
_WORD = re.compile(r"[^\W]*$")
_HEADER = re.compile(
    r"[ \t]*(?:for[ \t]+(\w+)[ \t]+in[ \t]+([\w, ]+?)(?:[ \t]+every\b.*)?|define[ \t]+\w+[ \t]*\((.*))$"
)
_LET = re.compile(r"[ \t]+let[ \t]+(\w+)[ \t]*=")


class Prefix(NamedTuple):
    """A place in a line. `context` is the kind of line; `text` what precedes the word at the place, `word` its
    beginning; `quoted` the beginning of the string at the place, None outside of one."""

    context: str
    text: str
    word: str
    quoted: str | None
    comment: bool
    locals: dict[str, tuple[str, ...]]
    """Names of the blocks around it; with the cameras that they go through, if they do."""


def prefix(rows: Sequence[str], row: int, column: int) -> Prefix:
    """What precedes a place (both numbers from 0)."""
    text = body(rows[row])[:column]
    if len(text) > MOST_CHARACTERS:
        return Prefix("top", text, "", None, False, {})
    first, depth = _beginning(rows, row)
    before = "".join(f"{body(one)} " for one in rows[first:row])
    scanned = scan_row(text, depth)
    comment = scanned.end < len(text) and scanned.quote < 0
    quoted = text[scanned.quote + 1 :] if scanned.quote >= 0 else None
    known = _locals(rows, first)
    if quoted is not None:
        return Prefix(context(rows, first), before + text[: scanned.quote], "", quoted, comment, known)
    found = _WORD.search(text)
    word = found[0] if found else ""
    return Prefix(context(rows, first), before + text[: len(text) - len(word)], word, None, comment, known)


def _beginning(rows: Sequence[str], row: int) -> tuple[int, int]:
    """The first row of the line that reaches to this one, and the parentheses open there."""
    for first in range(max(0, row - MOST_ROWS), row):
        depth, began = 0, first
        for number in range(first, row):
            if not depth:
                began = number
            text = body(rows[number])
            depth = scan_row(text, depth).depth if len(text) <= MOST_CHARACTERS else 0
        if depth:
            return began, depth
    return row, 0


def context(rows: Sequence[str], row: int) -> str:
    """Which kind of line may be here: by the words of the lines that it is indented under."""
    limit = _width(rows[row])
    above: list[str] = []
    for number in range(row - 1, -1, -1):
        if not limit:
            break
        text = body(rows[number])
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        width = _width(text)
        if width < limit:
            limit = width
            above.append(_first_statement(text))
    found = "top"
    for word in reversed(above):
        found = CHILDREN.get(found, {}).get(word) or found
    return found if above else "top"


def _first_statement(text: str) -> str:
    found = _FIRST.match(text)
    return found[1] if found else ""


def _width(text: str) -> int:
    found = _INDENT.match(text)
    return len((found[0] if found else "").expandtabs(4))


def _locals(rows: Sequence[str], row: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    limit = _width(rows[row]) or 1
    for number in range(row - 1, -1, -1):
        text = body(rows[number])
        if not text.strip():
            continue
        width = _width(text)
        if width > limit:
            continue
        if width == limit and (let := _LET.match(text)):
            found.setdefault(let[1], ())
        if width < limit:
            limit = width
            header = _HEADER.match(text)
            if header and header[1]:
                found.setdefault(header[1], tuple(name.strip() for name in header[2].split(",")))
            elif header:
                for parameter in header[3].rstrip(") \t").split(","):
                    name = parameter.partition("=")[0].strip()
                    if name.isidentifier():
                        found.setdefault(name, ())
        if not limit:
            break
    return found


# --- the grammar ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def keywords() -> dict[str, str]:
    """The grammar's words by the name of their terminal."""
    found = {}
    for terminal in language().terminals:
        text = getattr(terminal.pattern, "value", "")
        if terminal.pattern.type == "str" and text.replace("_", "").isalpha():
            found[terminal.name] = text
    return found


@lru_cache(maxsize=1)
def free() -> frozenset[str]:
    """The terminals of words that may be names as well."""
    return frozenset(
        rule.expansion[0].name
        for rule in language().rules
        if rule.origin.name in ("word", "any_word", "source_name", "osc_name") and len(rule.expansion) == 1
    )


def warm_up() -> None:
    """Load what the rest needs, once."""
    keywords()
    free()


def tokens(text: str) -> list[Token] | None:
    """The tokens of a piece of a line, None if it cannot be taken apart."""
    from lark.exceptions import UnexpectedInput

    if len(text) > MOST_CHARACTERS:
        return None
    try:
        return list(language().lex(text))
    except UnexpectedInput:
        return None


def accepts(context: str, parts: Sequence[Token]) -> frozenset[str]:
    """The terminals that may come after these tokens of a line; none if they are not the beginning of one."""
    from lark.exceptions import UnexpectedInput

    parser = language().parse_interactive("", start=f"{context}_lines")
    try:
        for token in parts:
            parser.feed_token(token)
        found: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
        return frozenset(found)
    except (UnexpectedInput, AttributeError, KeyError):
        return frozenset()


def clause(parts: Sequence[Token]) -> list[Token]:
    """The statement at the end of a line: what is after `at T`, or the action of a trigger."""
    if parts and parts[0].type in ("AT", "ON"):
        for index in range(2, len(parts)):
            if parts[index].type in VERBS and "_NL" in accepts("body", parts[:index]):
                return list(parts[index:])
    return list(parts)
