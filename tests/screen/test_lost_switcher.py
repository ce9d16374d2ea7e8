"""A switcher that is away, on the terminal's page: since when, and what of it is only its last word."""

from __future__ import annotations

import pytest

from cuelang.runtime.switcher_view import SwitcherRow
from cuelang.runtime.view import View
from cuelang.screen.vision import switchers
from cuelang.units import NS
from tests.screen.test_screen import view


def line(age: int | None) -> str:
    row = SwitcherRow(
        "vision", "obs://10.0.0.5", "lost", age, "no answer", "left", None, "", None, False, (), (), False, "", ()
    )
    shown: View = view(switchers=(row,))
    return "".join(piece.text for piece in switchers(shown)[0])


@pytest.mark.parametrize(
    ("age", "said"), [(72 * NS, "LOST 0:01:12 ago: no answer, last known:"), (None, "LOST: no answer ")]
)
def test_a_lost_switcher_says_since_when_and_that_its_buses_are_its_last_word(age: int | None, said: str) -> None:
    assert said in line(age)
