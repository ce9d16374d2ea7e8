"""Values in texts: `{name}` is what that name stands for, as it was written; every other brace stands for itself."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelang.lang.values import FPS, Amount, shown
from tests.lang.compiling import check, compiled, events, plan_of

OUT = 'output vmix "http://10.0.0.5:8088"\n'


def noted(text: str, above: str = "", before: str = "", fps: int = 25) -> str:
    """What a note with this text shows."""
    sheet = f'show "S"\n    fps {fps}\n{above}\ncue 1\n{before}    note "{text}"\n'
    (event,) = events(sheet)
    return str(event["text"])


@pytest.mark.parametrize(
    ("written", "is_shown"),
    [
        ("12s", "12s"), ("300ms", "300ms"), ("2.5m", "2.5m"), ("1h", "1h"), ("1:30", "1:30"), ("12f", "12f"),
        ("60%", "60%"), ("4x", "4x"), ("-30deg", "-30deg"), ("5600K", "5600K"), ("50Hz", "50Hz"), ("3", "3"),
        ("5.0", "5.0"), ("0x2A0", "0x2A0"), ('"a text"', "a text"), ("sideways", "sideways"), ("foh", "foh"),
        ("wings", "wings"), ("all", "all"), ("12s / 2", "6s"), ("300ms * 2", "600ms"), ("2m + 30s", "2.5m"),
        ("1:30 + 45s", "2:15"), ("59:30 + 1m", "1:00:30"), ("12f * 2", "24f"), ("2 * 12f", "24f"),
        ("1s / 3", "0.333333s"), ("10 / 4", "2.5"), ("2.0 * 2", "4.0"), ("12s / 4s", "3"),
        ("-(30deg - 60deg)", "30deg"),
        ("100% - 40%", "60%"),
    ],
)  # fmt: skip
def test_a_value_is_shown_in_the_unit_in_which_it_was_written(written: str, is_shown: str) -> None:
    assert noted("<{x}>", f"let x = {written}") == f"<{is_shown}>"
    assert noted("<{x}>", before=f"    let x = {written}\n") == f"<{is_shown}>"


def test_a_parameter_and_a_loop_s_camera() -> None:
    sheet = OUT + dedent(
        """
        define take(cam, n, why = "as planned")
            send vmix "GET /api/?Function=CutDirect&Input={n}"
            note "{cam} is input {n}, {why}"
        cue 1
            take(foh, 3)
            for cam in wings
                take(cam, 2 + 2, "for {cam}")
        """
    )
    found = [event.get("text") or event["address"] for event in events(sheet)]
    assert found == [
        "GET /api/?Function=CutDirect&Input=3", "foh is input 3, as planned",
        "GET /api/?Function=CutDirect&Input=4", "left is input 4, for left",
        "GET /api/?Function=CutDirect&Input=4", "right is input 4, for right",
    ]  # fmt: skip


def test_every_text_that_is_said_or_sent() -> None:
    plan = plan_of(
        """
        let n = 7
        output eos "osc+udp://127.0.0.1:9001"
        cue 1 "Song {n}"
            standby "LX {n}"
            send eos "/eos/cue/{n}/fire" "go {n}"
            snapshot foh save "night {n}"
            booth foh photos save "booth {n}"
        """
    )
    (cue,) = plan.cues
    assert (cue.title, cue.standby) == ("Song 7", "LX 7")
    said: list[Any] = [step.act for step in cue.program.steps]
    assert (said[0].address, said[0].arguments) == ("/eos/cue/7/fire", ("go 7",))
    assert said[1].command.folder == "night 7" and said[2].command.folder == "booth 7"


@pytest.mark.parametrize(
    "text",
    ['{"a": {"b": 1}}', "{ n }", "{}", "{1}", "{n", "n}", "{n,m}", "{n m}", "[{-}]", "{{ n }}"],
)
def test_any_other_brace_stands_for_itself(text: str) -> None:
    assert noted(text.replace('"', '\\"'), "let n = 7") == text


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("{{n}}", "{n}"), ("{n}}", "7}"), ("{{n}", "{7"), ("{{{n}}}", "{{n}}"), ("{n}{n}", "77"),
        ('{\\"a\\":{n}}', '{"a":7}'),
    ],
)  # fmt: skip
def test_doubled_braces(text: str, is_shown: str) -> None:
    assert noted(text, "let n = 7") == is_shown


def test_doubled_braces_need_no_name_and_are_not_read_twice() -> None:
    assert noted("{{nobody}}") == "{nobody}"
    assert noted("{x}", 'let n = 7\nlet x = "{{n}}"') == "{n}"


def test_a_name_that_nobody_declared() -> None:
    (one,) = check(
        """
        let storm = 12s
        cue 1
            wait storm
            note "in {strom}"               ### E213
        """
    )
    assert "storm" in one.message and "{{strom}}" in one.hint
    assert (one.span.column, one.span.end_column) == (15, 20)


def test_captures_are_no_values() -> None:
    check(
        """
        on osc "/cue/{number}" go {number}
        on osc "/say" with "{n}" go 1
        cue 1
            note "a"
        """
    )


def test_a_text_of_a_macro_that_nobody_calls() -> None:
    check(
        """
        define say(n)
            note "is {n}"
            note "is {m}"                   ### E213
        cue 1
            note "a"
        """
    )


def test_no_text_grows_without_end() -> None:
    sheet = 'let a0 = "0123456789"\n' + "".join(f'let a{n + 1} = "{{a{n}}}{{a{n}}}"\n' for n in range(40))
    found = compiled(f'{sheet}cue 1\n    note "{{a40}}"\n').diagnostics
    assert [one.code for one in found if one.is_error] == ["E302"]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40).filter(lambda text: "{" not in text))
def test_a_text_without_names_is_sent_to_the_byte(text: str) -> None:
    assert noted(text.replace("\\", "\\\\").replace('"', '\\"')) == text


@settings(deadline=None)
@given(st.fractions(-1000, 1000, max_denominator=1000), st.sampled_from(["ms", "s", "m", "h", "f", ":"]))
def test_a_worked_out_time_is_shown_near_what_it_is(seconds: Any, unit: str) -> None:
    text = shown(Amount("time", seconds, unit=unit), FPS["25"])
    sign = -1 if text.startswith("-") else 1
    if unit == ":":
        found = 0.0
        for part in text.lstrip("-").split(":"):
            found = found * 60 + float(part)
    else:
        found = float(text.lstrip("-").removesuffix(unit)) * {"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "f": 0.04}[unit]
    assert sign * found == pytest.approx(float(seconds), abs=0.01)
