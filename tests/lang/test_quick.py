"""The tight loop and Lark's own come to the same, and stop in the same row."""

import random

import pytest
from lark.exceptions import UnexpectedInput

from cuelang.lang.build_values import FormError
from cuelang.lang.parse import language
from cuelang.lang.quick import QuickParser, Stuck
from examples import STATEMENTS


def both(text: str) -> tuple[object, object]:
    """What the tight loop and Lark come to: nodes, or the row of the mistake."""
    lark = language()
    try:
        quick: object = QuickParser(lark).parse(text, "body_lines")
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
