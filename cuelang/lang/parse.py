"""From a sheet's text to its syntax.

`layout` cuts the text into blocks and lines. A line's grammar depends only on its parent's first word, so every line
is parsed by itself, once for each different text: lines that are new are handed to Lark many at a time, and
only a chunk with a mistake in it is taken apart. A block whose text did not change is used again as it is, and moved.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import astuple

from cuelang.diagnostics import Diagnostic, Label
from cuelang.lang import layout, tables
from cuelang.lang import syntax as s
from cuelang.lang.build import Builder
from cuelang.lang.build_values import FormError
from cuelang.lang.collector import collector_paused
from cuelang.lang.layout import Fault, Logical, Problem
from cuelang.lang.quick import QuickParser, Stuck
from cuelang.lang.words import BLOCK_WORDS, CHILDREN, nearest_word
from cuelang.source import Block, Loc, Source, Span

if TYPE_CHECKING:
    from lark import Lark

CHUNK = 400
SLICE = 500
"""Blocks between two pauses."""
MOST_FAULTS = 500
"""How many lines with mistakes are explained one by one."""
MAX_EXPRESSION_DEPTH = 100
"""How deep an expression may be nested, counting each operator of a chain."""

_BLOCKS = (s.Together, s.Do, s.Repeat, s.For, s.WithOne, s.If)
_CONTEXTS = ("top", "body", "camera", "show", "port", "switcher")


class File(Struct, frozen=True):
    """A parsed sheet.

    `lost` holds the names (and cue numbers, as written) that lines with mistakes would have declared: what asks for
    them is not to blame.
    """

    source: Source
    sections: tuple[s.Section, ...]
    diagnostics: tuple[Diagnostic, ...]
    lost: frozenset[str] = frozenset()
    strangers: tuple[tuple[Diagnostic, str], ...] = ()
    """Findings about statements that begin with an unknown word, and those statements."""
    others: tuple[s.Section, ...] = ()
    """The sections that are not cues."""


class _Entry(Struct):
    """What a block's text came to; everything in it counts lines from the block's first."""

    block: Block
    section: s.Section | None
    problems: tuple[Problem, ...]
    lost: tuple[str, ...]
    tab: int
    space: int
    usual: bool
    """A cue without anything to be said of it."""


class ParseCache(Struct):
    """What a process keeps of the sheets it parsed, so that an edit costs what it touches."""

    lines: dict[tuple[str, str], s.Node | Fault] = field(default_factory=dict)
    files: dict[str, dict[str, list[_Entry]]] = field(default_factory=dict)


def parse(source: Source, cache: ParseCache | None = None) -> File:
    """The syntax of one sheet. Never raises: what is wrong is in `diagnostics`, and the lines around it are kept."""
    work = parsing(source, ParseCache() if cache is None else cache)
    with collector_paused():
        while True:
            try:
                next(work)
            except StopIteration as end:
                found: File = end.value
                return found


def parsing(source: Source, cache: ParseCache) -> Generator[None, None, File]:
    """As `parse`, with pauses. Until its end the cache is as before, but for the lines on which blocks begin."""
    if len(cache.lines) > 500_000:
        cache.lines.clear()
    before = cache.files.get(source.name, {})
    kept: dict[str, list[_Entry]] = {}
    entries: list[_Entry | None] = []
    fresh: list[tuple[int, int, str, layout.Layout]] = []
    whole = layout.clean(source.text)
    starts: list[int] = []
    for start in layout.starts(whole):
        starts.append(start)
        if len(starts) % SLICE == 0:
            yield
    for line, text in layout.blocks(whole, starts):
        if len(entries) % SLICE == 0:
            yield
        same = kept.setdefault(text, [])
        old = before.get(text, ())
        if len(same) < len(old):
            entry = old[len(same)]
            entry.block.line = line
            same.append(entry)
            entries.append(entry)
        else:
            fresh.append((len(entries), line, text, layout.lay_out(text)))
            entries.append(None)
    yield from _parse_lines(fresh, cache.lines)
    for number, (index, line, text, laid) in enumerate(fresh):
        if number % SLICE == 0:
            yield
        entry = entries[index] = _entry(Block(source.name, line), laid, cache.lines)
        kept[text].append(entry)
    cache.files[source.name] = kept
    yield
    done = [entry for entry in entries if entry is not None]
    unusual = [entry for entry in done if not entry.usual]
    yield
    strangers: list[tuple[Diagnostic, str]] = []
    return File(
        source,
        tuple(entry.section for entry in done if entry.section is not None),
        tuple(_diagnostics(done, unusual, strangers)),
        frozenset(name for entry in unusual for name in entry.lost),
        tuple(strangers),
        tuple(one for entry in unusual if (one := entry.section) is not None and not isinstance(one.line.node, s.Cue)),
    )


# --- the parser ---------------------------------------------------------------------------------------------


class _Parser:
    """The quick parser with our builder, and Lark for what does not fit; made once."""

    def __init__(self) -> None:
        self.grammar = Path(__file__).with_name("grammar.lark").read_text("utf-8")
        self.key = tables.cache_key(self.grammar)
        self.builder = Builder()
        self.quick = QuickParser(self._tables(), self.builder)
        self.faults = 0
        """How many lines of the sheet could not be read."""

    @cached_property
    def lark(self) -> Lark:
        """Without the builder: it tells what is wrong with a text, and the text's tokens."""
        from lark import Lark

        path = tables.cache_file("grammar", self.key)
        parser = Lark(
            self.grammar,
            parser="lalr",
            lexer="basic",
            start=[f"{context}_lines" for context in _CONTEXTS],
            maybe_placeholders=False,
            cache=str(path) if path is not None and tables.trusted(path) else False,
        )
        parser.lexer = parser.parser.lexer  # else every call of `lex` would build another one
        return parser

    def _tables(self) -> tables.Tables:
        path = tables.cache_file("tables", self.key)
        found = tables.read(path, self.key) if path is not None else None
        if found is None:
            found = tables.from_lark(self.lark)
            if path is not None:
                tables.write(path, self.key, found)
        return found

    def lines(self, context: str, texts: list[str]) -> list[s.Node]:
        nodes: list[s.Node] = self.quick.parse("\n".join(texts) + "\n", f"{context}_lines")
        return nodes

    def line(self, context: str, text: str) -> s.Node | Fault:
        """One logical line, perhaps over several rows."""
        self.builder.rows = layout.JOINT in text
        try:
            node = self.lines(context, [text])[0]
        except Stuck:
            self.faults += 1
            if self.faults > MOST_FAULTS:
                return Fault("E101", Loc(0, 1, 0, 2), "This line could not be parsed.", "Fix the lines above first.")
            return self._explained(context, text)
        except FormError as error:
            return Fault("E101", error.loc, error.message, error.hint)
        finally:
            self.builder.rows = False
        if len(text) > 2 * MAX_EXPRESSION_DEPTH and _too_deep(node):
            return Fault("E101", Loc(0, 1, 0, 2), "This expression is too long.", "Split it with `let`.")
        return node

    def fits(self, context: str, text: str) -> bool:
        """Whether this is a line of the language."""
        try:
            self.lines(context, [text])
        except (Stuck, FormError):
            return False
        return True

    def _explained(self, context: str, text: str) -> Fault:
        """Why a text does not fit, from what Lark says of it."""
        from lark.exceptions import UnexpectedInput

        from cuelang.lang.explain import explain

        try:
            self.lark.parse(f"{text}\n", start=f"{context}_lines")
        except UnexpectedInput as error:
            return explain(self.lark, context, text, error, self.fits)
        raise AssertionError("Lark and its tables disagree")


@lru_cache(maxsize=1)
def _parser() -> _Parser:
    return _Parser()


def language() -> Lark:
    """The parser of the language, for those who need its tokens."""
    return _parser().lark


def _parse_lines(
    fresh: Iterable[tuple[int, int, str, layout.Layout]], known: dict[tuple[str, str], Any]
) -> Iterator[None]:
    """Every line of the new blocks into `known`, each different (context, text) once."""
    wanted: dict[str, dict[str, None]] = {context: {} for context in _CONTEXTS}
    for _, _, _, laid in fresh:
        for root in laid.roots:
            _collect(root, "top", known, wanted)
    parser = _parser()
    parser.faults = 0
    for context, texts in wanted.items():
        single = [text for text in texts if layout.JOINT not in text and len(text) <= 2 * MAX_EXPRESSION_DEPTH]
        for text in texts:
            if layout.JOINT in text or len(text) > 2 * MAX_EXPRESSION_DEPTH:
                known[context, text] = parser.line(context, text)
        pending = iter(single)
        while chunk := list(islice(pending, CHUNK)):
            _parse_chunk(parser, context, chunk, known)
            yield


def _parse_chunk(parser: _Parser, context: str, chunk: list[str], known: dict[tuple[str, str], Any]) -> None:
    """A chunk of lines of one row; a line with a mistake parts it in two."""
    while chunk:
        try:
            nodes = parser.lines(context, chunk)
        except Stuck as error:
            bad = error.row - 1
        except FormError as error:
            bad = error.row - 1
        else:
            known.update(zip(((context, text) for text in chunk), nodes, strict=True))
            return
        if not 0 <= bad < len(chunk):
            for text in chunk:
                known[context, text] = parser.line(context, text)
            return
        if bad:
            _parse_chunk(parser, context, chunk[:bad], known)
        known[context, chunk[bad]] = parser.line(context, chunk[bad])
        chunk = chunk[bad + 1 :]


def _collect(
    line: Logical, context: str, known: dict[tuple[str, str], Any], wanted: dict[str, dict[str, None]]
) -> None:
    if not line.given_up and (context, line.text) not in known:
        wanted[context][line.text] = None
    if line.children and (inner := _inner(line, context)):
        for child in line.children:
            _collect(child, inner, known, wanted)


def _inner(line: Logical, context: str) -> str:
    """What a line's block may contain; for one whose first word is misspelt, under what was probably meant."""
    table = CHILDREN.get(context, {})
    return table.get(line.word) or table.get(nearest_word(line.word, table) or "", "")


def _too_deep(node: Any) -> bool:
    level = [node]
    for _ in range(MAX_EXPRESSION_DEPTH):
        level = [
            value
            for part in level
            for value in (part if isinstance(part, tuple) else astuple(part))
            if isinstance(value, Struct) or (isinstance(value, tuple) and not isinstance(value, Loc))
        ]
        if not level:
            return False
    return True


# --- from lines to blocks -----------------------------------------------------------------------------------


def _entry(block: Block, laid: layout.Layout, known: dict[tuple[str, str], Any]) -> _Entry:
    problems = list(laid.problems)
    lost: list[str] = []
    lines = [line for root in laid.roots for line in _assemble(root, "top", known, problems, lost)]
    section = s.Section(block, lines[0]) if lines else None
    problems.sort(key=lambda problem: (problem.line + problem.loc.line, problem.loc.column))
    usual = bool(lines) and isinstance(lines[0].node, s.Cue) and not problems and not lost and laid.tab < 0
    return _Entry(block, section, tuple(problems), tuple(lost), laid.tab, laid.space, usual)


def _assemble(
    line: Logical, context: str, known: dict[tuple[str, str], Any], problems: list[Problem], lost: list[str]
) -> list[s.Line]:
    """The line with its children, or nothing if it could not be read."""
    found = None if line.given_up else known[context, line.text]
    if found is None or isinstance(found, Fault):
        if isinstance(found, Fault) and not line.broken:
            problems.append(
                Problem(found.code, line.number, found.loc, found.message, found.hint, found.kind, found.words)
            )
        lost.extend(_would_declare(line))
    children: list[s.Line] = []
    if line.children and (inner := _inner(line, context)):
        children = _children(line.children, inner, known, problems, lost)
    if found is None or isinstance(found, Fault):
        return []
    takes = _takes_block(found)
    if line.children and not takes:
        child = line.children[0]
        problems.append(
            Problem(
                "E102",
                child.number,
                Loc(0, 1, 0, child.width + 1),
                "Unexpected indent: the line above cannot have a block.",
                _out_again(found, line, child),
            )
        )
    elif takes and context == "body" and not line.children:
        problems.append(
            Problem(
                "E102",
                line.number,
                found.loc,
                f"`{line.word}` needs an indented block.",
                "Indent the block by four more spaces.",
            )
        )
        if not isinstance(found, s.If):
            return []
    if isinstance(found, s.At) and isinstance(found.statement, _BLOCKS):
        inside = s.Line(found.statement, line.number, tuple(children), len(line.text))
        return [s.Line(s.At(found.time, None, found.loc), line.number, (inside,))]
    return [s.Line(found, line.number, tuple(children) if takes else (), len(line.text))]


def _children(
    lines: list[Logical], context: str, known: dict[tuple[str, str], Any], problems: list[Problem], lost: list[str]
) -> list[s.Line]:
    children: list[s.Line] = []
    chain = waiting = inline = False
    for line in lines:
        parts = _assemble(line, context, known, problems, lost)
        node = parts[0].node if parts else None
        if isinstance(node, s.If):
            if node.word == "else if" and waiting:
                chain = False
            if node.word == "else" and inline:
                inside = children[-1]
                children[-1] = s.Line(inside.node, inside.number, (*inside.children, *parts), inside.size)
                chain = inline = False
                continue
            if node.word != "if" and not chain:
                if problems and problems[-1].code == "E102" and problems[-1].line == line.number:
                    problems.pop()
                problems.append(
                    Problem(
                        "E101",
                        line.number,
                        node.loc,
                        f"`{node.word}` without an `if` right above it.",
                        "Place it right after the `if` block, at the same indentation.",
                    )
                )
                continue
            chain = node.word != "else"
            waiting = inline = False
        else:
            inline = bool(parts) and _chooses_at(parts[0])
            waiting = _may_fail(node)
            chain = waiting or not parts  # what could not be read may have been an `if`
        children.extend(parts)
    return children


def _out_again(node: s.Node, line: Logical, child: Logical) -> str:
    """The hint for a line that is indented under one without a block."""
    if isinstance(node, s.Preset) and child.word in ("at", "pan", "tilt", "zoom", "focus", "picture"):
        return f"A preset is one line: `{line.text.strip()} {child.text.strip()}`."
    return "Indent it as the line above."


def _takes_block(node: s.Node) -> bool:
    if isinstance(node, s.At):
        return node.statement is None or isinstance(node.statement, _BLOCKS)
    return isinstance(node, (*_BLOCKS, s.Show, s.Camera, s.Port, s.Switcher, s.Cue, s.Define))


def _chooses_at(line: s.Line) -> bool:
    """Whether this is `at T with one of …` on one line: an `else` below belongs to the choice."""
    inside = line.children[0] if isinstance(line.node, s.At) and len(line.children) == 1 else None
    return inside is not None and isinstance(inside.node, s.WithOne) and inside.number == line.number


def _may_fail(node: s.Node | None) -> bool:
    """Whether an `else` may follow it: a wait that may be given up, or a choice that may find none."""
    if isinstance(node, s.At):
        node = node.statement
    return isinstance(node, s.Waiting | s.WithOne)


def _would_declare(line: Logical) -> Iterator[str]:
    words = line.text.replace("(", " ").replace("=", " ").split(None, 2)
    if len(words) > 1 and (words[0] in BLOCK_WORDS or words[0] in ("group", "let", "preset")):
        yield words[1]
        yield unicodedata.normalize("NFC", words[1])  # as other lines may well spell it


def _diagnostics(
    entries: list[_Entry], unusual: list[_Entry], strangers: list[tuple[Diagnostic, str]]
) -> Iterator[Diagnostic]:
    reported: set[str] = set()
    for entry in unusual:
        block = entry.block
        for problem in entry.problems:
            if problem.kind in reported:
                continue
            if problem.kind:
                reported.add(problem.kind)
            found = Diagnostic(problem.code, _span(block, problem.line, problem.loc), problem.message, problem.hint)
            if problem.words:
                strangers.append((found, problem.words))
            yield found
    tabs = next(((e.block, e.tab) for e in unusual if e.tab >= 0), None)
    spaces = next(((e.block, e.space) for e in entries if e.space >= 0), None) if tabs else None
    if tabs and spaces:
        kinds = sorted(
            [(tabs[0].line + tabs[1], "tabs", tabs), (spaces[0].line + spaces[1], "spaces", spaces)],
            key=lambda kind: kind[0],
        )
        (_, first, there), (_, second, here) = kinds
        yield Diagnostic(
            "E103",
            _span(here[0], here[1], Loc(0, 1, 0, 2)),
            f"This line is indented with {second}, the lines above with {first}.",
            "Use either tabs or spaces throughout.",
            (Label(_span(there[0], there[1], Loc(0, 1, 0, 2)), f"{first} are used from here on"),),
        )


def _span(block: Block, line: int, loc: Loc) -> Span:
    first = block.line + line
    return Span(block.file, first + loc.line, loc.column, first + loc.end_line, loc.end_column)
