"""How the program writes to people: patterns that a native writer would not use, kept out of every message.

The string literals of the package that hold a sentence or a part of one, the labels of the page, and the docstrings
and comments of the package and of its tests are checked.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cuelang"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted(path for path in Path(__file__).parent.rglob("*.py") if path != Path(__file__))
PAGES = sorted((PACKAGE / "web" / "static").glob("*.js"))

MESSAGES = {
    "not a (valid) …": r"(?<![Tt]here )\b(?:is|are|was) (?:no (?!longer\b|such\b|more\b)[A-Za-z]|none\b)",
    "is, is at": r"\bstands? (?:here|at|in(?! for\b)|above|below|under|apart|alone|still)\b"
    r"|\blies (?:at|in|outside|below)\b",
    "For example: X": r"\b[Ww]rite for example\b",
    "Known …: X": r"\b(?:Declared|Known|Modules|Here|There) (?:are|stands?) [{`“]",
    "name the agent": r"\b(?:nobody|somebody|whoever|anybody|Nobody|Somebody|Anybody)\b",
    "needs, reported, accepted": r"\b(?:wants (?:to|the|a)|is said|are said|said twice|is told|no longer takes)\b",
    "instead of, through, again": r"\bin the place of\b|\bby way of\b|\banew\b|\bof (?:its|their) own\.|\bso many\b",
    "the same": r"\b(?:[Uu]se|need|at) one (?:kind|unit|instant|line)\b",
    "verb first": r"\bGO of\b|\bwhat stands by\b|\bstandby one\b|\bat the end of it\b",
    "no first person": r"\bI (?:know|expect|cannot|mean)\b|\bthat I\b",
}
"""What to write, and how what is not written looks."""

PROSE = {
    "not a (valid) …": r"(?<![Tt]here )\b(?:is|are|was|were) (?:no (?!longer\b|such\b|more\b|less\b)[A-Za-z]|none\b)",
    "is, is at": r"\b[Ss]tands? (?:here|at|above|below|under|apart|alone|still|where|there|behind|beside)\b"
    r"|\b[Ww]hat (?:stands|may stand|lies)\b|\bstands? in (?!for\b)"
    r"|\blies? (?:at|in|on|under|over|between|ahead)\b",
    "name the agent": r"\b(?:[Nn]obody|[Ss]omebody|[Ww]hoever|[Aa]nybody)\b",
    "needs, reported, called with": r"\bwants? to be\b|\bis said\b|\b(?:is|are) told\b(?! apart)",
    "instead of, through, again": r"\bin the place of\b|\bby way of\b|\banew\b|\bso many (?!as\b|that\b)\w",
    "the same": r"\bat one instant\b",
    "forever, without an answer": r"\bfor ever\b|\bin vain\b",
    "say the thing": r"\b[Aa]s above\.|^The same(?:,|\.| at\b)|^Nor ",
    "no metaphor": r"\bthe books\b|\bluck\b|\b(?:the|a) house that\b|\ba hand that\b|\bknows no passcode\b",
}  # fmt: skip
"""The patterns for docstrings and comments."""

REFERENCES = {
    "the house": r"\b(?:house rules?|rules? of the house|the house(?! lights?\b))\b",
    "the law": r"\bthe (?:law|laws)\b",
    "a section elsewhere": r"\b[Ss]ections? (?:[Ff]ive|\d+(?:\.\d+)*)\b|§",
}
"""Sentences that need a document or a habit that a reader does not have."""

ANY_PROSE = re.compile("|".join((PROSE | REFERENCES).values()))

ACCEPTED = {
    ("simulator/theatre/", "the house"): "the auditorium of a theatre",
    ("simulator/picture.py", "the house"): "the auditorium of a theatre",
    ("protocols/midi.py", "a section elsewhere"): "a section of a published standard, which is named",
    ("protocols/visca/table.py", "needs, reported, accepted"): "notes on sources in a table of commands",
    ("simulator/theatre/", "is, is at"): "what stands on a stage",
}
"""Where a pattern finds what the field says: the module or its folder and the pattern, with the reason."""


def literals(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """The string literals that are not docstrings; the holes of an f-string are written as {}."""
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts.update(id(value) for value in node.values)
            texts = (value.value if isinstance(value, ast.Constant) else "{}" for value in node.values)
            yield node.lineno, "".join(str(text) for text in texts)
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


def prose(text: str, nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Docstrings, notes under attributes and comments."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    if not any(ANY_PROSE.search(line[line.index("#") :]) for line in text.splitlines() if "#" in line):
        return  # to find what is a comment takes ten times as long
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def found(patterns: dict[str, str], texts: Iterable[tuple[int, str]], name: str) -> list[str]:
    any_of_them = re.compile("|".join(patterns.values()))
    return [
        f"{name}:{line}: {text.strip()[:160]!r}: {advice}"
        for line, text in texts
        if any_of_them.search(joined := " ".join(text.split()))
        for advice, pattern in patterns.items()
        if not any(name.startswith(where) and advice == which for where, which in ACCEPTED)
        if re.search(pattern, joined)
    ]


def called(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else PACKAGE.parent).as_posix()


def by_folder(paths: list[Path]) -> list[list[Path]]:
    """One test for each package: a test for each file takes longer to report than to run."""

    def folder(path: Path) -> str:
        return "/".join(path.relative_to(PACKAGE.parent).parts[:2])

    return [list(group) for _, group in groupby(sorted(paths, key=folder), folder)]


def folder_of(paths: list[Path]) -> str:
    return called(paths[0].parent) if len(paths) > 1 else called(paths[0])


@pytest.mark.parametrize("paths", by_folder(MODULES + TESTS), ids=folder_of)
def test_what_people_read_is_idiomatic(paths: list[Path]) -> None:
    """The messages of the package, and the docstrings and comments of it and of its tests."""
    wrong: list[str] = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        nodes = list(ast.walk(ast.parse(text)))
        written = tuple(prose(text, nodes))
        wrong += found(PROSE, written, called(path))
        if path.is_relative_to(PACKAGE):
            wrong += found(REFERENCES, written, called(path))
            said = ((line, text) for line, text in literals(nodes) if " " in text.strip())
            wrong += found(MESSAGES, said, called(path))
    assert wrong == []


def test_the_page_is_idiomatic() -> None:
    for path in PAGES:
        lines = (
            (number, line)
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if not line.lstrip().startswith(("//", "/*", "*"))
        )
        assert found(MESSAGES, lines, path.name) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "“x” is no zone.", "The clock stands at 3s.", "Write for example 4.", "Known are {}.", "nobody listens there",
        "`go` wants a number", "in the place of the rig", "Both sides need one unit.", "GO of cue 3", "I expect `by`",
    ],
)  # fmt: skip
def test_the_patterns_find_what_they_are_for(sentence: str) -> None:
    assert found(MESSAGES, iter([(1, sentence)]), "x.py")


@pytest.mark.parametrize(
    "sentence",
    [
        "# this is no frame", "What stands in the log.", "None: nobody knows.", "It wants to be called.", "As above.",
        "Worked out anew.", "Two at one instant.", "The same, for a door.", "It waits for ever.",
        "the luck of the line",
    ],
)  # fmt: skip
def test_the_patterns_for_prose_find_what_they_are_for(sentence: str) -> None:
    assert found(PROSE, iter([(1, sentence)]), "x.py")
