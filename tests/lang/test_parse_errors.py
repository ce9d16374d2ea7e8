"""What cannot be parsed is reported once, at its place, in the words of the stage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.diagnostics import Diagnostic
from cuelang.lang import syntax as s
from cuelang.lang.parse import parse
from cuelang.source import Source
from tests.drawn import examples
from tests.lang.examples import SHEETS
from tests.lang.sheets import check_form


def only(text: str) -> Diagnostic:
    found = parse(Source("test.cues", text)).diagnostics
    assert len(found) == 1, found
    return found[0]


def in_cue(text: str) -> Diagnostic:
    return only(f"cue 1\n    {text}\n    restart\n")


def test_a_property_is_told_with_its_own_values() -> None:
    assert in_cue("set foh iris up up").hint == "Allowed after `iris`: `reset`, `up`, `down` or a number, 0 to 17."
    assert "white_balance" in (in_cue("set foh").hint or "")


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("mvoe foh to wide", "mvoe", "Did you mean `move`?"),
        ("at 5s mvoe foh to wide", "mvoe", "Did you mean `move`?"),
        ("move foh", "", "Expected `by`, `home` or `to` after `move foh`, found the end of the line."),
        ("move foh too wide", "too", "Did you mean `to`?"),
        ("move foh to", "", "a preset's name, `preset 4`, or `pan … tilt … zoom …`"),
        ("move to wide", "wide", "Expected"),
        ("move 5 to wide", "5", "Expected a camera or a group after `move`, found `5`."),
        ("zoom foh to", "", "a zoom position like `60%` or `4x`"),
        ("wait", "", "how long (`2s`), `until` or `for`"),
        ("wait forr foh", "forr", "Did you mean `for`?"),
        ("wait untill 19:30", "untill", "Did you mean `until`?"),
        ("wait until soon enough", "enough", "the end of the line"),
        ("wait 5sec", "5sec", "`5sec` is not a valid amount."),
        ("wait 5 s", "5 s", "directly after its number"),
        ("drive foh", "", "a direction: `up`"),
        ("tally foh", "", "`program`, `preview` or `off`"),
        ("note “hello”", "“", "word processor"),
        ("move foh by pan −5deg", "−", "dash"),
        ('note "a\\q"', "\\q", "Unknown escape"),
        ("go", "", "a cue's number or `next`"),
        ("go 5s", "5s", "plain decimal"),
        ("let stop = 5s", "stop", "is a keyword"),
        ("for set in wings", "set", "is a keyword"),
        ("push_in(foh", "(", "not closed"),
        ("push_in(foh))", ")", "Unmatched"),
        ("cue 2", "cue", "not allowed inside a cue"),
        ("on key \"F1\" go 4", "go", "fires that cue"),
        ("move foh to pan 1deg pan 2deg", "pan", "given twice"),
        ("move foh by zoom 3%", "zoom 3%", "`pan` and `tilt` only"),
        ('booth foh photos save "a" save "b"', "save", "given twice"),
        ("snapshot foh every 2s", "every", "not allowed here"),
        ("else", "else", "without an `if`"),
        ("wait 1 +", "", "Expected a value"),
    ],
)  # fmt: skip
def test_the_caret_and_the_words(text: str, at: str, says: str) -> None:
    found = in_cue(text)
    assert found.code == "E101"
    assert says in found.message
    assert found.span.line == 2
    line = f"    {text}"
    if at:
        places = [i + 1 for i in range(len(line)) if line.startswith(at, i)]
        assert found.span.column in places
        assert line[found.span.column - 1 : found.span.end_column - 1] == at
    else:
        assert found.span.column == len(line) + 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("move foh to wide sped 5", "`move` has no option `sped`. Did you mean `speed`?"),
        ("at 5s move foh to wide sped 5", "`move` has no option `sped`."),
        ("zoom foh in fast", "`zoom` has no option `fast`."),
        ('booth foh photos evry 3s', "Did you mean `every`?"),
    ],
)  # fmt: skip
def test_an_option_nobody_knows(text: str, says: str) -> None:
    found = in_cue(text)
    assert found.code == "E209" and says in found.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("move foh to wide", "belongs in a cue"),
        ("camra foh \"sim://a\"", "Did you mean `camera`?"),
        ("camera foh", "a string in quotation marks"),
        ("camera all \"sim://a\"", "`all` is a keyword"),
        ("cue", "the cue's number"),
        ("cue -1", "the cue's number"),
        ("cue 2s", "plain decimal"),
        ("on key \"F1\"", "Expected an action"),
        ("on key \"F1\" go 1 from desk", "does not come from an input"),
        ("on timecode 01:00:12 go 1", "a timecode like"),
        ("on osc \"/a\" from desk go 1 from desk", "given twice"),
        ("group wings left", "`=`"),
        ("42", "cannot begin with `42`"),
    ],
)  # fmt: skip
def test_mistakes_at_the_left_edge(text: str, says: str) -> None:
    found = only(f"{text}\nlet a = 1\n")
    assert found.code == "E101" and says in found.message, found.message


def test_every_bad_line_is_named_and_the_good_ones_stand() -> None:
    file = check_form(
        """
        camera foh "sim://foh"
            model 5 5                     ### E101
            preset wide                   ### E101
            preset door = 2
        cue 1 "one"
            mvoe foh to wide              ### E101
            move foh to door
            zoom foh to 5 5               ### E101
            att 5s                        ### E101
                tally foh off
                nonsense here             ### E101
            restart
        quite wrong                       ### E101
        cue 2
            move foh to door
        """
    )
    assert [type(section.line.node) for section in file.sections] == [s.Camera, s.Cue, s.Cue]
    assert [type(line.node) for line in file.sections[1].line.children] == [s.Move, s.Restart]
    assert "wide" in file.lost


def test_the_children_of_a_bad_header_are_not_to_blame() -> None:
    check_form(
        """
        cue 1
            at 5s 5s                      ### E101
                move foh to wide
                at 6s
                    tally foh off
            if storm >                    ### E101
                note "a"
            else
                note "b"
        cue two                           ### E101
            move foh to wide
        camera foh visca                  ### E101
            model "x"
            preset wide = 1
        """
    )


def test_indentation() -> None:
    check_form(
        """
        cue 1
                move foh to wide
            tally foh off                 ### E102
            tally foh program
        cue 2
            note "a"
                note "b"                  ### E102
                note "c"
            together                      ### E102
            at 5s                         ### E102
            at 5s note "d"
                note "e"                  ### E102
        let x = 5s
            note "f"                      ### E102
        """
    )
    assert only("    cue 1\n      stop all\n").code == "E102"


def test_tabs_and_spaces() -> None:
    found = only('cue 1\n    note "a"\n\n# c\ncue 2\n\tnote "b"\n\tnote "c"\n')
    assert (found.code, found.span.line) == ("E103", 6)
    assert found.labels[0].span.line == 2
    inside = only('cue 1\n    together\n\t\tnote "b"\n    restart\n')
    assert (inside.code, inside.span.line) == ("E103", 3)


def test_a_string_without_its_end_is_closed_at_the_line_and_costs_nothing_more() -> None:
    file = check_form(
        """
        cue 1 "Viola                      ### E104
            note "a                       ### E104
            note "b\\\\                   ### E104
            on osc "/x with > 3           ### E104
        cue 2
            note "fine"
        """.replace('note "b\\\\     ', 'note "b\\\\')
    )
    assert len(file.sections) == 2 and len(file.sections[0].line.children) == 3


def test_a_forgotten_parenthesis_swallows_nothing() -> None:
    file = check_form(
        """
        cue 1
            push_in(foh                   ### E101
            move foh to wide
            push_in(foh,                  ### E101
                amount = 3
            note "x"
        define f(a, b                     ### E101
            stop a
        cue 2
            stop all
        """
    )
    assert len(file.sections) == 2


def test_what_nests_too_deep_is_refused_and_not_followed() -> None:
    blocks = "cue 1\n" + "".join(" " * (n + 1) + "at 1s\n" for n in range(1000))
    assert {d.code for d in parse(Source("x", blocks)).diagnostics} == {"E102"}
    assert "too deep" in in_cue(f"wait {'(' * 1000}1s{')' * 1000}").message
    assert "too long" in in_cue(f"wait 1s{' + 1s' * 5000}").message
    assert "too long" in in_cue(f"wait {'-' * 5000}1s").message
    assert in_cue(f"wait {'(' * 40}1s{')' * 40} + (").code == "E101"


@pytest.mark.parametrize("text", ["\0", 'note "\x1b"', "stop all\x1f", "a" * 200_000, "1" * 70_000, "\u00a0stop all"])
def test_what_is_no_text_is_refused(text: str) -> None:
    assert in_cue(text).code == "E101"


def test_form_feeds_are_blanks() -> None:
    assert not parse(Source("x", "cue 1\n\f    stop all\n\f\ncue 2\n")).diagnostics


def test_ten_thousand_mistakes_are_ten_thousand_findings() -> None:
    sheet = "".join(f"cue {n}\n    move foh too wide_{n}\n" for n in range(1500))
    assert len(parse(Source("x", sheet)).diagnostics) == 1500


@given(st.text(max_size=200))
@examples(150)
def test_no_text_is_an_exception(text: str) -> None:
    parse(Source("x", text))


_WORDS = st.sampled_from(
    [
        "cue",
        "camera",
        "define",
        "at",
        "move",
        "to",
        "pan",
        "(",
        ")",
        ",",
        "=",
        '"',
        "5s",
        "1:30",
        "foh",
        "for",
        "in",
        "if",
        "else",
        "#",
        "\n",
        "\n\t",
        "{",
        "}",
        "{n}",
        "->",
        "-",
        "+",
        "on",
        "every",
        "osc",
        "\\",
        "\t",
    ]
)


@given(st.lists(_WORDS, max_size=60), st.sampled_from([" ", "", "\n    "]))
@examples(150)
def test_no_heap_of_words_is_an_exception(words: list[str], between: str) -> None:
    _check(between.join(words))


@given(st.sampled_from(SHEETS), st.data())
@examples(150)
def test_no_damaged_sheet_is_an_exception(sheet: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(sheet)))
        end = min(len(sheet), start + data.draw(st.integers(0, 12)))
        sheet = (
            sheet[:start]
            + data.draw(st.sampled_from(["", " ", "(", ")", '"', "\n", "\t", "x", "5", "\0", "#"]))
            + sheet[end:]
        )
    _check(sheet)


def _check(sheet: str) -> None:
    last = len(sheet.splitlines()) + 1
    for found in parse(Source("x", sheet)).diagnostics:
        assert found.code in ("E101", "E102", "E103", "E104", "E209")
        assert 1 <= found.span.line <= last and found.span.column >= 1 and found.message
        assert (found.span.end_line, found.span.end_column) > (found.span.line, found.span.column)
