"""The canonical layout: a fixed point, the same sheet, every comment."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.format import format_text
from cuelang.lang.parse import parse
from cuelang.source import Source
from tests.drawn import examples
from tests.lang.examples import SHEETS, STATEMENTS
from tests.lang.test_parse import tree


def formatted(text: str) -> str:
    result = format_text(text)
    assert result is not None
    return result


def comments(text: str) -> list[str]:
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    return [found.strip() for found in re.findall(r"#.*", bare)]


def check(text: str) -> None:
    result = formatted(text)
    assert formatted(result) == result
    assert tree(result) == tree(text)
    assert comments(result) == comments(text)
    assert "\n\n\n" not in result and not result.startswith("\n")
    assert all(line == line.rstrip() for line in result.split("\n"))


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_contracts_sheets(sheet: str) -> None:
    check(sheet)
    check(sheet.replace("    ", "\t"))
    check(sheet.replace("    ", "  "))


def test_a_whole_sheet() -> None:
    assert formatted(
        dedent(
            """

            let x =   3s-2s * -  4   # c


            # about the cue
            cue 1   "x"
              # inside
              at 5s    push_in( foh ,amount=70% )   #t
                # hanging
              foo(a,   # first

                # second
                  b,
              )
              at 9s

                move foh to pan -3deg tilt 1deg
                # of the move
              # last of one
            # of two
            cue 2
            group g=a,b
            group h=c
            # the end"""
        )
    ) == dedent(
        """\
        let x = 3s - 2s * -4  # c

        # about the cue
        cue 1 "x"
            # inside
            at 5s push_in(foh, amount = 70%)  #t
            # hanging
            foo(a,  # first
                # second
                b,
            )
            at 9s

                move foh to pan -3deg tilt 1deg
                # of the move
            # last of one

        # of two
        cue 2
        group g = a, b
        group h = c
        # the end
        """
    )


@pytest.mark.parametrize(
    "text", ["cue 1\n    mvoe foh\n", 'note "', "cue 1\n  stop all\n cue 2\n", "cue 1\n  do\n\t\tstop all\n"]
)
def test_a_sheet_with_mistakes_is_left_alone(text: str) -> None:
    assert format_text(text) is None


def test_tabs_in_one_block_and_spaces_in_another_become_spaces() -> None:
    assert formatted("cue 1\n  stop all\ncue 2\n\tstop all\n") == "cue 1\n    stop all\n\ncue 2\n    stop all\n"


def test_nothing_stays_nothing() -> None:
    assert formatted("") == "" and formatted("\n\n") == "" and formatted("# a\n\n\n# b") == "# a\n\n# b\n"


_LINES = st.sampled_from([text for text in STATEMENTS if not text.startswith("else")])
_BLANKS = st.sampled_from(["", "", "", "\n", "\n\n", "# own\n", "      # deep\n", "  # mid\n\n# left\n"])
_HEADS = st.sampled_from(["together", "do", "at 5s", "repeat 3 times", "for cam in wings", "if a > 1"])


@st.composite
def bodies(draw: st.DrawFn, level: int = 1) -> str:
    step = " " * level * draw(st.sampled_from([3, 3, 3]))
    text = ""
    for _ in range(draw(st.integers(1, 3))):
        text += draw(_BLANKS)
        if level < 4 and draw(st.booleans()):
            text += f"{step}{draw(_HEADS)}\n{draw(bodies(level + 1))}"
        else:
            line = draw(_LINES)
            if draw(st.booleans()):
                line = re.sub(r"(?<=[\w]) (?=\w)", "   ", line) if '"' not in line else line
            text += f"{step}{line}{draw(st.sampled_from(['', ' # tail', '#tail', '   ']))}\n"
    return text


@given(
    st.lists(
        st.tuples(_BLANKS, st.sampled_from(["cue 1", "define f(a,b=2)", "let x = 1", "group g = a"]), bodies()),
        max_size=4,
    )
)
@examples(100)
def test_any_sheet(parts: list[tuple[str, str, str]]) -> None:
    check("".join(f"{blank}{head}\n{body if head[0] in 'cd' else ''}" for blank, head, body in parts))


@given(st.text(alphabet=' \n\tcue1(),#"-=x', max_size=80))
@examples(150)
def test_any_text(text: str) -> None:
    result = format_text(text)
    assert (result is None) <= bool(parse(Source("", text)).diagnostics)
    if result is not None:
        assert format_text(result) == result


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("on midi note 60   go 4 from keys  # the pads", "on midi note 60 from keys go 4  # the pads"),
        ('on osc "/a" with {n}, > 2 start {n} from desk', 'on osc "/a" with {n}, > 2 from desk start {n}'),
        ('on osc "/a" with back go 1 from desk', 'on osc "/a" with back from desk go 1'),
        ("on msc stop 4 list 2 stop cue 4 from keys", "on msc stop 4 list 2 from keys stop cue 4"),
        ("on timecode 01:00:00:00 stop from keys", "on timecode 01:00:00:00 from keys stop"),
        (
            'on http "/a" move foh to wide speed 3 live from buttons',
            'on http "/a" from buttons move foh to wide speed 3 live',
        ),
        ("on midi bend from keys drive foh pan", "on midi bend from keys drive foh pan"),
        ("on midi note 1 from keys zoom foh from 1% to 2%", "on midi note 1 from keys zoom foh from 1% to 2%"),
    ],
)
def test_from_is_put_before_the_action(written: str, canonical: str) -> None:
    assert formatted(written + "\n") == canonical + "\n"
    check(written + "\n")
