"""From text to logical lines and their indentation, before anything is parsed.

A sheet is cut at its left edge into *blocks*: a line that starts in column 1 with all that is indented under it, and
the blank lines and comments that follow. Inside a block each *logical line* ends with its physical line, unless a
parenthesis is open. A forgotten `)` must not swallow the show: a line that cannot continue an expression, because it
begins with two words or a word and `(`, ends the logical line as well.

Comments go here, so the parser never sees one. Broken lines are joined with JOINT, which the grammar skips and which
keeps rows and columns true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from cuelang.lang.words import FIRST_WORDS
from cuelang.source import Loc

JOINT = "\x1f\n"
MAX_LEVELS = 50
MAX_PARENTHESES = 50
MAX_LINE_CHARS = 65_536
MAX_ROWS = 500
TAB = 4
"""Columns of a tab: only for guessing at the levels of a file that mixes tabs and spaces."""

_INSIDE = " \t\f\n#"
"""How lines begin that do not begin a block."""
_TOP = re.compile(rf"\n(?=[^{_INSIDE}])")
_WORD = re.compile(r"[^\W\d]\w*")
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[#()]', re.DOTALL)
_PECULIAR = re.compile(r'["#()]|[\x00-\x08\x0b-\x1f\x7f]')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_FRESH = re.compile(
    r"[ \t\f]*(?!(?:and|or|not)\b)[^\W\d]\w*"
    r"(?:[ \t]+(?!(?:and|or)\b)[\w\"]|[ \t]*\(|(?<=together)[ \t]*(?:#|$)|(?<=do)[ \t]*(?:#|$)|(?<=else)[ \t]*(?:#|$))"
)


class Problem(Struct, frozen=True):
    """A finding inside a block: `line` counts from 0 at the block's first."""

    code: str
    line: int
    loc: Loc
    message: str
    hint: str = ""
    kind: str = ""
    """Of findings of one kind, a file shows only the first: what caused it is the same on every line."""
    words: str = ""
    """A statement that begins with an unknown word: it may be the name of a camera or a macro."""


class Fault(Struct, frozen=True):
    """A line that could not be parsed; `loc` is where the caret goes."""

    code: str
    loc: Loc
    message: str
    hint: str = ""
    kind: str = ""
    words: str = ""
    """As in `Problem`."""


class Logical(Struct):
    """One logical line: its physical line in the block (from 0), columns of indentation, text without comment.

    `text` keeps its indentation. `broken`: something is wrong with it already, so the parser says no more;
    `given_up`: it cannot even be parsed. `rows` is how many physical lines it takes.
    """

    number: int
    width: int
    text: str
    word: str
    rows: int = 1
    broken: bool = False
    given_up: bool = False
    children: list[Logical] = field(default_factory=list)


class Layout(Struct):
    """The lines of one block as a tree; `tab` and `space`: the first line indented with that kind, or -1."""

    roots: list[Logical]
    problems: list[Problem]
    tab: int
    space: int


def clean(text: str) -> str:
    """Without byte order mark, every line ended by a single newline character."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def starts(text: str) -> Iterator[int]:
    """Where the lines of a cleaned text are that begin a block."""
    if text[:1] not in _INSIDE:
        yield 0
    for match in _TOP.finditer(text):
        yield match.end()


def blocks(text: str, begun: list[int] | None = None) -> Iterator[tuple[int, str]]:
    """The blocks of a cleaned text, each with its first line (1-based); what comes before the first one too. `begun`:
    its `starts`, where they are known."""
    begins = [*(starts(text) if begun is None else begun)]
    if not begins:
        if text.strip():
            yield 1, text
        return
    line = 1
    if begins[0]:
        head = text[: begins[0]]
        line += head.count("\n")
        if any(row.strip() and not row.lstrip().startswith("#") for row in head.split("\n")):
            yield 1, head
    begins.append(len(text))
    index, last = 0, len(begins) - 1
    while index < last:
        start, end = begins[index], begins[index + 1]
        index += 1
        block = text[start:end]
        if "(" in block and index < last and _left_open(block):
            closed = _closed(text, end, _left_open(block))
            while closed is not None and index < last and begins[index] < closed:
                index += 1
                end = begins[index]
            block = text[start:end]
        yield line, block
        line += block.count("\n")


def _left_open(block: str) -> int:
    """How many parentheses are open at the end of a block, on the logical line that ends it."""
    if block.count("(") == block.count(")") and "#" not in block and '"' not in block:
        return 0
    depth = 0
    for row in block.split("\n"):
        if depth and _FRESH.match(row):
            depth = 0
        if "(" in row or ")" in row:
            depth = _scan(row, depth).depth
    return depth


def _closed(text: str, position: int, depth: int) -> int | None:
    """Where the open parentheses are closed, looking on from a line's start; None: they never are."""
    for _ in range(MAX_ROWS):
        if position >= len(text):
            return None
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if end - position > MAX_LINE_CHARS:
            return None
        row = text[position:end]
        if _FRESH.match(row):
            return None
        depth = _scan(row, depth).depth
        if not depth:
            return end
        position = end + 1
    return None


class PhysicalLine(Struct):
    """One physical line read: where its code ends (a comment may follow), parentheses open after it, what is wrong."""

    end: int
    depth: int
    quote: int = -1  # column (from 0) of a string that does not end
    stray: int = -1  # of a `)` too many
    opened: int = -1  # of the last `(` that is still open
    deep: int = -1  # of the first `(` beyond MAX_PARENTHESES


def _scan(row: str, depth: int) -> PhysicalLine:
    found = PhysicalLine(len(row), depth)
    opened: list[int] = []
    for match in _MARK.finditer(row):
        mark = match[0]
        first = mark[0]
        if first == '"':
            if len(mark) < 2 or mark[-1] != '"' or _escaped_end(mark):
                found.quote = match.start()
                break
        elif first == "(":
            found.depth += 1
            opened.append(match.start())
            if found.depth > MAX_PARENTHESES and found.deep < 0:
                found.deep = match.start()
        elif first == ")":
            if found.depth:
                found.depth -= 1
                if opened:
                    opened.pop()
            elif found.stray < 0:
                found.stray = match.start()
        else:
            found.end = match.start()
            break
    found.opened = opened[-1] if opened else -1
    return found


def _escaped_end(mark: str) -> bool:
    body = mark[1:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


scan_row = _scan


def lay_out(text: str) -> Layout:
    """The lines of one block of `blocks`, nested by their indentation."""
    lines, problems, tab, space = _logical_lines(text)
    if lines and lines[0].width:
        first = lines[0]
        problems.append(
            Problem(
                "E102",
                first.number,
                Loc(0, 1, 0, first.width + 1),
                "Unexpected indent.",
                "Remove the indentation.",
            )
        )
        return Layout([], problems, tab, space)
    mixed = tab >= 0 and space >= 0
    return Layout(_nest(lines, problems, mixed), problems, tab, space)


def _logical_lines(text: str) -> tuple[list[Logical], list[Problem], int, int]:  # noqa: C901 - one loop, for its speed
    lines: list[Logical] = []
    problems: list[Problem] = []
    tab = space = -1
    depth = 0
    opened = (0, 0)
    current: Logical | None = None
    for number, row in enumerate(text.split("\n")):
        indent = len(row) - len(row.lstrip(" \t\f"))
        if indent == len(row) or row[indent] == "#":
            continue
        if current is not None and (_FRESH.match(row) or number - current.number >= MAX_ROWS):
            _unclosed(current, opened, problems)
            current, depth = None, 0
        if current is None:
            lead = row[:indent]
            width = indent
            if "\t" in lead or "\f" in lead:
                width = len(lead.replace("\f", "").expandtabs(TAB))
            if indent:
                if "\t" in lead:
                    tab = number if tab < 0 else tab
                if " " in lead:
                    space = number if space < 0 else space
            word = _WORD.match(row, indent)
            first = word[0] if word else ""
            if (
                first not in FIRST_WORDS
                and first.lower() in FIRST_WORDS
                and not row.startswith("(", indent + len(first))
            ):
                first = first.lower()  # tablets begin each line with a capital
                row = row[:indent] + first + row[indent + len(first) :]
            line = Logical(number, width, "", first)
            lines.append(line)
            if not _PECULIAR.search(row) and len(row) <= MAX_LINE_CHARS:
                line.text = row.rstrip()
                continue
        else:
            line = current
        code, depth, opened = _take(row, number, depth, opened, line, problems)
        missing = number - line.number - (line.rows - 1)
        line.text = line.text + JOINT * missing + code if line.text else code
        line.rows += missing
        if len(line.text) > MAX_LINE_CHARS and not line.given_up:
            line.broken = line.given_up = True
            problems.append(Problem("E101", line.number, Loc(0, 1, 0, 2), "This line is too long."))
            line.text = ""
            depth = 0
        current = line if depth else None
    if current is not None:
        _unclosed(current, opened, problems)
    return lines, problems, tab, space


def _take(
    row: str, number: int, depth: int, opened: tuple[int, int], line: Logical, problems: list[Problem]
) -> tuple[str, int, tuple[int, int]]:
    """The code of one physical line, and the parentheses open after it; findings about its characters."""
    plain = not depth and '"' not in row and "#" not in row and "(" not in row and ")" not in row
    if plain and len(row) <= MAX_LINE_CHARS:
        code = row.rstrip(" \t\f")
    else:
        found = _scan(row[: MAX_LINE_CHARS + 1], depth)
        code = row[: found.end].rstrip(" \t\f") if found.end <= MAX_LINE_CHARS else row[: MAX_LINE_CHARS + 1]
        before, depth = depth, found.depth
        if found.quote >= 0 and len(code) <= MAX_LINE_CHARS:
            problems.append(
                Problem(
                    "E104",
                    line.number,
                    _place(line, number, found.quote, len(code)),
                    "Unterminated string.",
                    'Add a " at its end; write a " inside the string as \\".',
                )
            )
            line.broken = True
            code += ("\\" if (len(code) - len(code.rstrip("\\"))) % 2 else "") + '"'
        elif found.stray >= 0 and not line.broken:
            _say(line, problems, number, found.stray, "Unmatched `)`.", "Remove it, or write the `(` before it.")
        if found.deep >= 0 and not line.broken:
            _say(line, problems, number, found.deep, "Parentheses are nested too deep.", "Use a `let` for a part.")
        if found.opened >= 0 or not before:
            opened = (number, max(found.opened, 0))
    if not code.isprintable():
        control = _CONTROL.search(code)
        if control and not line.given_up:
            _say(
                line,
                problems,
                number,
                control.start(),
                f"Invalid character: U+{ord(control[0]):04X}.",
                "Delete it.",
            )
    return code, depth, opened


def _place(line: Logical, number: int, start: int, end: int) -> Loc:
    row = number - line.number
    return Loc(row, start + 1, row, max(end, start + 1) + 1)


def _say(line: Logical, problems: list[Problem], number: int, column: int, message: str, hint: str) -> None:
    line.broken = line.given_up = True
    problems.append(
        Problem(
            "E101", line.number, _place(line, number, column, column + 1)._replace(end_column=column + 2), message, hint
        )
    )


def _unclosed(line: Logical, opened: tuple[int, int], problems: list[Problem]) -> None:
    if line.broken:
        line.given_up = True
        return
    _say(line, problems, opened[0], opened[1], "This `(` is not closed.", "Write the `)` that belongs to it.")


def _nest(lines: list[Logical], problems: list[Problem], mixed: bool) -> list[Logical]:
    """The lines as a tree, in place; a line at a level that does not exist is taken to be at the next one."""
    roots: list[Logical] = []
    above: list[Logical] = []
    skipping = -1
    for line in lines:
        if skipping >= 0:
            if line.width >= skipping:
                continue
            skipping = -1
        popped: Logical | None = None
        while above and above[-1].width >= line.width:
            popped = above.pop()
        if popped is not None and popped.width > line.width and above and not mixed:
            problems.append(
                Problem(
                    "E102",
                    line.number,
                    Loc(0, 1, 0, line.width + 1),
                    "The indentation does not match any line above.",
                    f"Indent it by {above[-1].width} or by {popped.width} columns.",
                )
            )
        if len(above) >= MAX_LEVELS:
            problems.append(
                Problem("E102", line.number, Loc(0, 1, 0, line.width + 1), "These blocks are nested too deep.")
            )
            skipping = line.width
            continue
        (above[-1].children if above else roots).append(line)
        above.append(line)
    return roots
