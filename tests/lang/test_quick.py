"""The tight loop and Lark's own come to the same, and stop in the same row."""

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from lark import Lark
from lark import Token as LarkToken
from lark.exceptions import UnexpectedInput

from cuelang.lang.build import Builder
from cuelang.lang.build_values import FormError
from cuelang.lang.parse import language
from cuelang.lang.quick import QuickParser, Stuck, Token
from cuelang.lang.tables import from_lark
from tests.lang.examples import STATEMENTS


class InLark:
    """Our builder as a transformer of Lark's: it is called by Lark, with our tokens in place of Lark's."""

    def __init__(self) -> None:
        self.builder = Builder()

    def __getattr__(self, name: str) -> Callable[[list[Any]], Any]:
        build: Callable[[list[Any]], Any] = getattr(self.builder, name)
        return lambda children: build([ours(child) for child in children])


def ours(child: object) -> object:
    if not isinstance(child, LarkToken):
        return child
    token = Token(child)
    token.type, token.line, token.column = child.type, child.line or 0, child.column or 0
    token.end_line, token.end_column = child.end_line or 0, child.end_column or 0
    return token


@cache
def parsers() -> tuple[QuickParser, Lark]:
    lark = language()
    usual = Lark(
        lark.source_grammar,
        parser="lalr",
        lexer="basic",
        start=list(lark.options.start),
        maybe_placeholders=False,
        transformer=InLark(),
    )
    return QuickParser(from_lark(lark), Builder()), usual


def both(text: str) -> tuple[object, object]:
    """What the tight loop and Lark come to: nodes, or the row of the mistake."""
    parser, lark = parsers()
    try:
        quick: object = parser.parse(text, "body_lines")
    except Stuck as stuck:
        quick = ("stuck", stuck.row)
    except FormError as error:
        quick = ("form", error.row, error.message)
    try:
        usual: object = lark.parse(text, start="body_lines")
    except UnexpectedInput as error:
        usual = ("stuck", error.line)
    except FormError as error:
        usual = ("form", error.row, error.message)
    return quick, usual


@pytest.mark.parametrize("line", STATEMENTS)
def test_every_statement_becomes_the_same_nodes_at_the_same_places(line: str) -> None:
    quick, usual = both(f"    {line}\n")
    assert quick == usual
    assert isinstance(quick, list)


def test_mistakes_are_found_in_the_same_row() -> None:
    chance = random.Random(7)
    stuck = 0
    for _ in range(300):
        lines = [f"    {line}" for line in chance.sample(STATEMENTS, 4)]
        where = chance.randrange(4)
        at = chance.randrange(4, len(lines[where]) + 1)
        lines[where] = lines[where][:at] + chance.choice(["", " at", " §", "to ", "12", '"', " ,", "("])
        quick, usual = both("\n".join(lines) + "\n")
        assert quick == usual, lines
        stuck += isinstance(quick, tuple)
    assert stuck > 100
