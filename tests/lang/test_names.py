"""A parameter, a default or a `let` may be used wherever a literal of its kind may, and words stay words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import VECTORS
from cuelang.lang.words import FREE
from cuelang.output.plan import plan_json
from cuelang.plan import Wait
from cuelang.protocols.visca.properties import PROPERTIES
from tests.drawn import examples
from tests.lang.compiling import check, compiled, plan_of, with_rig

KEPT = ("at_ms", "until_ms", "camera", "action", "wire", "output", "address", "arguments", "text", "cue", "number")
LEFT = 'output eos "osc+udp://127.0.0.1:9001"\n'


def sent(body: str, above: str = "", **options: Any) -> list[Any]:
    """What cue 1 sends and what it waits for, without the places in the sheet."""
    text = f"{above}\ncue 1\n{body}\n" + "\n".join(f'cue {n}\n    note "{n}"' for n in (2, 5, 9.5))
    plan = plan_of(text, **options)
    (cue,) = plan_json(plan, "1")["cues"]
    waits = [one.condition for one in plan.cues[0].program.anchors if isinstance(one, Wait)]
    return [*({key: event[key] for key in KEPT if key in event} for event in cue["events"]), *waits]


def ways(literal: str, line: str) -> dict[str, tuple[str, str]]:
    """(above, body) of one statement with its literal in the line and brought by a name in every way there is."""
    written = line.replace("@", literal)
    by_name = line.replace("@", "x")
    macro = f"define m(x)\n    {by_name}\n"
    return {
        "as it stands": ("", f"    {written}"),
        "a parameter": (macro, f"    m({literal})"),
        "a parameter by name": (macro, f"    m(x = {literal})"),
        "a default": (f"define m(x = {literal})\n    {by_name}\n", "    m()"),
        "the default of a default": (f"define m(y = {literal}, x = y)\n    {by_name}\n", "    m()"),
        "through two macros": (f"{macro}define o(y)\n    m(y)\n", f"    o({literal})"),
        "a let of the block": ("", f"    let x = {literal}\n    {by_name}"),
        "a let in an if": ("", f"    if 1 == 1\n        let x = {literal}\n        {by_name}"),
        "a let of the show": (f"let x = {literal}\n", f"    {by_name}"),
        "a let of the show, handed over": (f"let y = {literal}\n{macro}", "    m(y)"),
        "a let of the show as a default": (f"let y = {literal}\ndefine m(x = y)\n    {by_name}\n", "    m()"),
        "a let of a let": (f"let y = {literal}\nlet x = y\n", f"    {by_name}"),
    }


POSITIONS = [
    *(("set foh iris @", value) for value in ("9", "up", "reset")),
    ("set foh color_temperature @", "5600K"),
    ("set foh flicker @", "50Hz"),
    ("set foh flicker @", "off"),
    ("set foh @ 9", "iris"),
    ("set foh @ up", "osd"),
    ("set foh osd @", "left"),
    ("set foh white_balance @", "indoor"),
    ("set foh focus_range @, 8", "3"),
    ("set foh exposure_compensation @", "on"),
    ("move foh to @", "throne"),
    ("move wings to @", "door"),
    ("move foh to preset @", "4"),
    ("move foh to pan @ tilt 2deg", "-30deg"),
    ("move foh to zoom @", "4x"),
    ("move foh to throne over @", "6s"),
    ("move foh to throne speed @", "7"),
    ("move foh to throne over 6s ease @", "in_out"),
    ("move @ to door", "wings"),
    ("move @ to door", "all"),
    ("drive foh @ for 1s", "left"),
    ("drive foh @ for 1s", "up_left"),
    ("drive foh up speed @ for 1s", "5"),
    ("zoom foh @ for 1s", "in"),
    ("zoom foh @ speed 3 for 1s", "out"),
    ("zoom foh to @ over 2s", "80%"),
    ("focus foh @", "auto"),
    ("focus foh @ speed 3 for 1s", "near"),
    ("focus foh to @", "500"),
    ("store foh preset @", "33"),
    ("store foh preset @", "throne"),
    ("clear foh preset @", "wide"),
    ("tally foh @", "program"),
    ("track foh @", "off"),
    ("power foh @", "on"),
    ('booth foh @ every 2s save "x"', "photos"),
    ('booth foh photos every 2s save @', '"folder"'),
    ("go @", "5"),
    ("go @", "9.5"),
    ("start @", "next"),
    ("stop cue @", "2"),
    ('send @ "/a" 1', "eos"),
    ("send eos @ 1", '"/a/b"'),
    ('send eos "/a" @', "5.0"),
    ('send eos "/a" @', "5"),
    ('send eos "/a" @', "left"),
    ("note @", '"text"'),
    ("wait for osc @", '"/a/b"'),
    ("wait until @", "19:30"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "literal"), POSITIONS)
def test_a_name_means_what_its_literal_means(line: str, literal: str) -> None:
    every = {way: sent(body, LEFT + above) for way, (above, body) in ways(literal, line).items()}
    plain = every["as it stands"]
    assert plain
    assert all(one == plain for one in every.values()), {way for way, one in every.items() if one != plain}


@pytest.mark.parametrize(("line", "literal"), POSITIONS)
def test_a_macro_that_nobody_calls_and_a_branch_not_taken_are_no_mistake(line: str, literal: str) -> None:
    by_name = line.replace("@", "x")
    sheet = f"{LEFT}define m(x, y = {literal})\n    {line.replace('@', 'x')}\n    {line.replace('@', 'y')}\n"
    sheet += f"define taken(x)\n    if 1 > 2\n        {by_name}\n"
    sheet += (
        f'cue 1\n    taken({literal})\n    note "a"\ncue 2\n    note "b"\ncue 5\n    note "b"\ncue 9.5\n    note "b"\n'
    )
    assert [one for one in compiled(with_rig(sheet)).diagnostics if one.is_error] == []


@pytest.mark.parametrize("let", ["shot = wide", 'shot = "wide"'])
def test_the_command_line_sets_a_word(let: str) -> None:
    body = "    move foh to shot"
    assert sent(body, f"let {let}", settings={"shot": "throne"}) == sent("    move foh to throne")


NUMBERS = sorted(
    (name, f"{prop.numbers[0].low + prop.numbers[0].step}{prop.numbers[0].unit}")
    for name, prop in PROPERTIES.items()
    if len(prop.numbers) == 1
)


@pytest.mark.parametrize(("name", "amount"), NUMBERS)
def test_every_property_takes_its_amount_by_name(name: str, amount: str) -> None:
    plain = sent(f"    set foh {name} {amount}")
    assert sent(f"    m({amount})", f"define m(x)\n    set foh {name} x") == plain
    assert sent("    m()", f"define m(x = {amount})\n    set foh {name} x") == plain
    assert sent("    m(iris, 9)", f"define m(iris, n)\n    set foh {name} {amount}\n    set foh iris n") != plain


def test_a_word_stays_a_word_though_something_has_its_name() -> None:
    nudge = "define nudge(cam, dir = left)\n    drive cam dir for 1s\n"
    plain = sent("    drive foh left for 1s")
    assert sent("    nudge(foh)", nudge) == sent("    nudge(foh, left)", nudge) == plain
    assert sent("    let b = left\n    drive foh b for 1s") == plain
    assert sent("    drive foh d for 1s", "let d = left") == plain
    assert sent("    cut(foh)", "let wide = 3s\ndefine cut(cam, shot = wide)\n    move cam to shot") == sent(
        "    move foh to wide"
    )
    assert sent("    arrow(left)", "define arrow(x)\n    set foh osd x") == sent("    set foh osd left")


def test_a_parameter_may_have_the_name_of_a_property_or_a_word() -> None:
    assert sent("    m(9)", "define m(iris)\n    set foh iris iris") == sent("    set foh iris 9")
    assert sent("    m(3s)", "define m(up)\n    drive foh up for up") == sent("    drive foh up for 3s")
    assert sent("    m(9)", "define m(up)\n    set foh iris up") == sent("    set foh iris 9")


def test_a_preset_s_number_may_come_by_a_name_that_is_no_preset() -> None:
    keep = "define keep(cam, n)\n    store cam preset n\ndefine twice(cam, what)\n    keep(cam, what)\n"
    plain = sent("    store foh preset 33")
    assert sent("    keep(foh, slot)", f"let slot = 33\n{keep}") == plain
    assert sent("    twice(foh, 33)", keep) == plain
    assert sent("    twice(foh, slot)", f"let slot = 33\n{keep}") == plain
    assert sent("    store foh preset slot", "let slot = 33") == plain


def test_store_and_move_agree_on_a_name_that_is_a_preset_and_a_number() -> None:
    """The word is meant: it stays a word."""
    above = "let throne = 33\ndefine both(n)\n    move foh to preset n\n    store foh preset n\n"
    plain = sent("    move foh to preset 4\n    store foh preset 4")
    assert sent("    move foh to preset throne\n    store foh preset throne", above) == plain
    assert sent("    both(throne)", above) == plain


def test_a_cue_may_be_named_in_parentheses() -> None:
    assert sent("    go (5)") == sent("    go 5")
    assert sent("    start (n * 2 + 1)", "let n = 2") == sent("    start 5")


def test_a_time_of_day_and_the_show_s_settings_may_come_by_a_name() -> None:
    named = """
        show "Named"
            fps rate
            go_window quiet
        let rate = 25
        let quiet = 12f
        let doors = 09:55
        let end = 17:30
        on every sunday at doors, 18:25 start 1
        on every 30m from doors to end start 1
        on once 2027-12-24 at end start 1
        cue 1
            wait until doors
        """
    written = named.replace("rate\n", "25\n", 1).replace("quiet", "480ms", 1)
    for name, literal in (("doors", "09:55"), ("end", "17:30")):
        written = re.sub(rf"(?<!let ){name}\b", literal, written)
    first, second = plan_of(named), plan_of(written)
    assert first.settings == second.settings and first.settings.fps == "25"
    assert [trigger.when for trigger in first.triggers] == [trigger.when for trigger in second.triggers]
    check("""
        let some = 3
        on every sunday at some start 1        ### E304
        on every sunday at gone start 1        ### E304
        on every 30m from foh to 17:00 start 1 ### E304
        cue 1
            wait until noon                    ### E301
        """)


def test_what_cannot_stand_there_is_still_told() -> None:
    check(
        """
        output eos "osc+udp://127.0.0.1:9001"
        let storm = 3s
        define shot(cam, x)
            move cam to x               ### E301
        define way(cam, x)
            drive cam x for 1s          ### E208
        define prop(cam, x)
            set cam x 9                 ### E209
        define value(cam, x)
            set cam iris x              ### E209
        cue 1
            shot(foh, 3s)
            way(foh, sideways)
            prop(foh, irsi)
            value(foh, wide)
            go storm                    ### E301
            go (1 / 3)                  ### E301
            zoom foh sideways for 1s    ### E208
            send storm "/a"             ### E212
        """
    )


LITERALS = st.one_of(
    st.sampled_from(sorted(VECTORS)).map(lambda word: ("drive foh @ for 1s", word)),
    st.integers(1, 24).map(lambda n: ("drive foh up speed @ for 1s", str(n))),
    st.integers(0, 100).map(lambda n: ("zoom foh to @", f"{n}%")),
    st.integers(1, 5000).map(lambda n: ("zoom foh to 40% over @", f"{n}ms")),
    st.integers(-170, 170).map(lambda n: ("move foh to pan @", f"{n}deg")),
    st.sampled_from(["wide", "throne", "door"]).map(lambda word: ("move foh to @", word)),
    st.integers(0, 89).map(lambda n: ("move foh to preset @", str(n))),
    st.sampled_from(["2", "5", "9.5", "next"]).map(lambda word: ("go @", word)),
    st.sampled_from(
        [(f"set foh {name} @", word) for name, prop in PROPERTIES.items() for word in prop.words if not prop.needs_menu]
    ),
)


@examples(60)
@given(LITERALS, st.sampled_from(["up = 40%", "wide = 7", "auto = 2m", "next = 3s"]))
def test_any_literal_by_any_name_in_a_show_full_of_names(case: tuple[str, str], name: str) -> None:
    line, literal = case
    every = {way: sent(body, f"let {name}\n{extra}") for way, (extra, body) in ways(literal, line).items()}
    plain = every.pop("as it stands")
    assert all(one == plain for one in every.values()), {way for way, one in every.items() if one != plain}


LATER_WORDS = sorted({*FREE, "aside", "lamp"})


@pytest.mark.parametrize("word", LATER_WORDS)
def test_words_that_came_later_stay_free_as_names(word: str) -> None:
    for sheet in (
        f'camera {word} "sim://a"\n    preset {word} = 1\ncue 1\n    move {word} to {word}\n    stop {word}, foh\n',
        f"group {word} = foh, left\ncue 1\n    stop {word}\n",
        f"let {word} = 3s\ncue 1\n    wait {word}\n    drive foh up for {word}\n",
        f"define {word}({word})\n    stop {word}\ncue 1\n    {word}(foh)\n",
        f"cue 1\n    for {word} in wings\n        stop {word}\n",
        f'cue 1\n    let {word} = 2s\n    wait {word}\n    note "{{{word}}}"\n',
    ):
        assert [one for one in compiled(with_rig(sheet)).diagnostics if one.is_error] == [], sheet
