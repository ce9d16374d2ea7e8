"""Diagnostics for people: the caret is under what it means, whatever the line holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.diagnostics import Diagnostic, Label
from cuelang.output.diagnostics import MAX_LINE_CHARS, MAX_SHOWN, as_text, columns, excerpt, summary
from cuelang.source import Source, Span


def finding(line: int, column: int, end: int, code: str = "E202", **more: object) -> Diagnostic:
    return Diagnostic(code, Span("a.cues", line, column, line, end), "What is wrong.", **more)  # type: ignore[arg-type]


def said(text: str, *found: Diagnostic, colour: bool = False) -> str:
    return as_text(found, {"a.cues": Source("a.cues", text)}, colour=colour)


def test_labels_stand_below_with_their_own_line_and_margins_agree() -> None:
    first = Label(Span("a.cues", 1, 8, 1, 11), "first here")
    text = said("camera foh\n" * 12, finding(12, 8, 11, "E206", labels=(first,), hint="Give it another name."))
    assert text == (
        "error[E206]: What is wrong.\n"
        "  --> a.cues:12:8\n"
        "   |\n"
        "12 | camera foh\n"
        "   |        ^^^\n"
        "  ::: a.cues:1:8\n"
        "   |\n"
        " 1 | camera foh\n"
        "   |        --- first here\n"
        "   = Give it another name.\n"
        "\n"
        "1 error\n"
    )


@pytest.mark.parametrize(
    ("line", "column", "end", "caret"),
    [
        ("\tmove foh", 2, 6, "    ^^^^"),
        ("“é” 舞台 foh", 8, 11, " " * 9 + "^^^"),
        ("e\u0301 foh", 4, 7, "  ^^^"),
        ("foh", 4, 4, "   ^"),
        ("foh", 9, 12, "   ^"),
        ("foh", 2, 99, " ^^"),
    ],
)
def test_the_caret_stands_under_what_it_means(line: str, column: int, end: int, caret: str) -> None:
    assert said(line, finding(1, column, end)).splitlines()[4].removeprefix("  | ") == caret


@given(st.text(st.characters(exclude_characters="\r\n"), max_size=400), st.integers(0, 420), st.integers(0, 420))
def test_of_any_line_only_so_much_is_shown_and_nothing_that_a_terminal_obeys(line: str, start: int, end: int) -> None:
    shown, before, width = excerpt(line, start, end)
    assert shown.isprintable() and len(shown) <= MAX_LINE_CHARS * 4 + 2
    assert width >= 1 and before + width <= columns(shown) + 1


def test_a_mark_in_the_middle_of_a_long_line_is_in_sight() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    shown, before, width = excerpt(line, 500, 504)
    assert shown[before : before + width] == "HERE" and shown.startswith("…x") and shown.endswith("y…")


def test_of_very_many_errors_come_before_warnings_and_the_rest_is_counted() -> None:
    many = [finding(n, 1, 2, "W605") for n in range(1, 10_001)] + [finding(10_001, 1, 2)]
    text = said("x\n" * 10_001, *many)
    assert text.count("warning[") == MAX_SHOWN - 1 and text.count("error[") == 1
    assert text.endswith("\nand 9 951 more\n\n1 error, 10 000 warnings\n")


def test_a_place_without_a_text() -> None:
    text = as_text([Diagnostic("E209", Span("--set", 1, 1, 1, 1), "No `let`.")], {})
    assert text == "error[E209]: No `let`.\n --> --set\n\n1 error\n"


def test_colours_only_when_asked_for() -> None:
    assert "\x1b" not in said("foh", finding(1, 1, 4))
    assert "\x1b[1;31merror[E202]\x1b[0m" in said("foh", finding(1, 1, 4), colour=True)


def test_summary() -> None:
    assert summary([]) == "no errors"
    assert summary([finding(1, 1, 2), finding(1, 1, 2, "W605"), finding(2, 1, 2)]) == "2 errors, 1 warning"
