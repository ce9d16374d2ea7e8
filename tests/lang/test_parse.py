"""Each form of the language becomes its node, at its place."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from cuelang.lang import syntax as s
from cuelang.lang.parse import ParseCache, parse
from cuelang.source import Loc, Source
from tests.drawn import examples
from tests.lang.examples import ACTIONS, BLOCKS, CUE, DECLARATIONS, SHEETS, STATEMENTS
from tests.lang.sheets import declaration, read, statement


def bare(node: Any) -> Any:
    """A node as plain data, without its places and without how a number was written."""
    if isinstance(node, Loc):
        return None
    if isinstance(node, Struct):
        kept = (name for name in node.__struct_fields__ if name != "written")
        return (type(node).__name__, *(bare(getattr(node, name)) for name in kept))
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    return node


def tree(text: str) -> Any:
    return tuple(bare_line(section.line) for section in read(text).sections)


def bare_line(line: s.Line) -> Any:
    return bare(line.node), tuple(bare_line(child) for child in line.children)


def ids(names: tuple[s.Name, ...]) -> list[str]:
    return [name.id for name in names]


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_form_of_the_contract_is_read(sheet: str) -> None:
    assert read(sheet).sections


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statements_place_runs_from_its_first_word_to_its_end(text: str) -> None:
    assert statement(text).loc == Loc(0, 5, 0, 5 + len(text))


@pytest.mark.parametrize("text", ACTIONS)
def test_a_trigger_at_the_left_edge_takes_every_action(text: str) -> None:
    for sheet in (f'on osc "/a" {text}', f'on osc "/a" with 1 from desk {text}', f'on osc "/a" {text} from desk'):
        node = declaration(sheet)
        assert isinstance(node, s.Trigger) and node.action is not None and isinstance(node.when, s.OnOsc)
        assert (node.when.source is not None) == ("from desk" in sheet)
        assert node.action.loc.end_column - node.action.loc.column == len(text)


def test_move() -> None:
    node = statement("move foh, left to throne over 6s ease in_out speed 3, 2 live")
    assert isinstance(node, s.Move)
    assert ids(node.cams) == ["foh", "left"]
    assert node.to.name and node.to.name.id == "throne" and node.to.number is None and node.to.pan is None
    options = node.options
    assert isinstance(options.over, s.Quantity) and options.over.value == 6
    assert options.ease and options.ease.id == "in_out"
    assert options.speed and bare(options.speed.tilt) == ("Quantity", Fraction(2), "", None)
    assert options.live == Loc(0, 61, 0, 65)
    assert ids(options.given) == ["over", "ease", "speed", "live"]


def test_places() -> None:
    number = statement("move foh to preset 4")
    assert isinstance(number, s.Move) and bare(number.to.number) == ("Quantity", Fraction(4), "", None)
    pose = statement("move foh to zoom 4x pan -30deg")
    assert isinstance(pose, s.Move) and pose.to.tilt is None
    assert bare(pose.to.pan) == ("Unary", "-", ("Quantity", Fraction(30), "deg", None), None)
    assert bare(pose.to.zoom) == ("Quantity", Fraction(4), "x", None)


def test_a_macros_parameters_may_stand_wherever_a_value_may() -> None:
    node = statement("move cam to pan pan tilt tilt over time ease ease")
    assert isinstance(node, s.Move) and node.options.ease
    assert bare(node.to.pan) == ("Name", "pan", None) and bare(node.to.tilt) == ("Name", "tilt", None)
    for text in (
        "drive cam way speed speed for length",
        "tally cam mode",
        "set cam prop value",
        "note message",
        "send out address x",
        "move cam to preset preset",
        "zoom cam to to over over",
        "focus cam mode",
        "wait wait_",
        "booth cam kind save folder",
        "power cam state",
        "go number",
        "wait until time",
        "move up to home",
    ):
        statement(text)


@pytest.mark.parametrize(
    "name", ["up", "from", "to", "preset", "presett", "live", "over", "osc", "next", "caméra", "_x"]
)
def test_words_that_begin_no_statement_are_free_names(name: str) -> None:
    node = declaration(f'camera {name} "sim://a"')
    assert isinstance(node, s.Camera) and node.name.id == name
    moved = statement(f"move {name}, all to wide")
    assert isinstance(moved, s.Move) and ids(moved.cams) == [name, "all"]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.5s", Fraction(3, 2), "s"), ("300ms", Fraction(3, 10), "s"), ("2m", Fraction(120), "s"),
        ("1h", Fraction(3600), "s"), ("12f", Fraction(12), "f"), ("60%", Fraction(60), "%"), ("4x", Fraction(4), "x"),
        ("30deg", Fraction(30), "deg"), ("5600K", Fraction(5600), "K"), ("50Hz", Fraction(50), "Hz"),
        ("23.976", Fraction(23976, 1000), ""), ("0x2A0", Fraction(0x2A0), ""), ("0.1s", Fraction(1, 10), "s"),
    ],
)  # fmt: skip
def test_quantities_are_exact(text: str, value: Fraction, unit: str) -> None:
    node = declaration(f"let x = {text}")
    assert isinstance(node, s.Let) and bare(node.value) == ("Quantity", value, unit, None)


@given(st.integers(0, 10**9), st.integers(0, 10**6 - 1), st.sampled_from(["", "s", "%", "x", "deg", "K", "Hz", "f"]))
@examples(40)
def test_any_decimal_is_read_as_written(whole: int, part: int, unit: str) -> None:
    node = declaration(f"let x = {whole}.{part:06}{unit}")
    assert isinstance(node, s.Let) and isinstance(node.value, s.Quantity)
    assert node.value.value == whole + Fraction(part, 10**6) and node.value.unit == unit


def test_clocks_dates_and_timecodes_stay_as_written() -> None:
    assert bare(statement("wait 1:02:03.5")) == ("Wait", ("Clock", "1:02:03.5", None), None)
    assert bare(statement("wait until 19:30")) == ("WaitUntil", ("Clock", "19:30", None), None)
    assert bare(statement("on timecode 01:00:12;00")) == (
        "Trigger", ("OnTimecode", "01:00:12;00", True, None, None), None, None,
    )  # fmt: skip
    once = declaration("on once 2026-12-24 at 17:00 missed within 5s start 40")
    assert isinstance(once, s.Trigger) and isinstance(once.when, s.OnOnce)
    assert once.when.date == "2026-12-24" and once.when.time.text == "17:00" and once.when.missed


def test_products_bind_closer_than_sums_and_comparisons_closer_than_words() -> None:
    def shape(node: Any) -> Any:
        if isinstance(node, s.Binary):
            return (shape(node.left), node.op, shape(node.right))
        if isinstance(node, s.Unary):
            return (node.op, shape(node.operand))
        return node.id if isinstance(node, s.Name) else node.value

    node = statement("wait a - b - 2 * -c / (d + 1)")
    assert isinstance(node, s.Wait)
    assert shape(node.time) == (("a", "-", "b"), "-", ((2, "*", ("-", "c")), "/", ("d", "+", 1)))
    condition = read("cue 1\n    if not a < 1 and b == c + 1 or d\n        restart\n").sections[0].line.children[0].node
    assert isinstance(condition, s.If)
    assert shape(condition.condition) == ((("not", ("a", "<", 1)), "and", ("b", "==", ("c", "+", 1))), "or", "d")


def test_strings_undo_their_escapes() -> None:
    node = statement(r'note "a \"b\" \\ \u00e9 \ud83c\udfad \n#("')
    assert isinstance(node, s.Note) and isinstance(node.text, s.Text)
    assert node.text.value == 'a "b" \\ é 🎭 \n#('


def test_set_takes_words_numbers_and_limits() -> None:
    limits = statement("set foh limit_up_right pan 10deg tilt 5deg")
    assert isinstance(limits, s.Set) and limits.values == () and limits.pan and limits.tilt
    both = statement("set foh focus_range 3, 8")
    assert isinstance(both, s.Set) and [bare(v)[1] for v in both.values] == [3, 8]
    live = statement("set foh flip h live")
    assert isinstance(live, s.Set) and live.live and bare(live.values) == (("Name", "h", None),)
    on = statement("set all freeze on")
    assert isinstance(on, s.Set) and bare(on.values) == (("Name", "on", None),)


def test_wait_for() -> None:
    assert bare(statement("wait for go up to 5s"))[1:3] == ("go", ("Quantity", Fraction(5), "s", None))
    osc = statement('wait for osc "/a"')
    assert isinstance(osc, s.WaitFor) and isinstance(osc.what, s.Text) and osc.up_to is None
    cams = statement("wait for osc, up up to 5s")
    assert isinstance(cams, s.WaitFor) and isinstance(cams.what, tuple) and ids(cams.what) == ["osc", "up"]


def test_with_looks_at_the_arguments_in_order() -> None:
    node = declaration('on osc "/a" with "x", > 0.5, _, {n}, < 3, 7 start {n} from desk')
    assert isinstance(node, s.Trigger) and isinstance(node.when, s.OnOsc) and isinstance(node.action, s.Action)
    assert [test.op for test in node.when.tests] == ["==", ">", "_", "capture", "<", "=="]
    assert node.when.source and node.when.source.id == "desk"
    assert node.action.cue and bare(node.action.cue.number) == ("Capture", "n", None)


def test_a_controller_drives_and_a_direction_is_a_drive() -> None:
    driven = declaration("on midi control 1 channel 2 drive foh zoom")
    assert isinstance(driven, s.Trigger) and isinstance(driven.action, s.DriveMap)
    plain = declaration("on midi note 1 drive foh left for 1s")
    assert isinstance(plain, s.Trigger) and isinstance(plain.action, s.Drive)
    assert isinstance(statement("drive foh pan"), s.Drive)


def test_schedules() -> None:
    days = declaration("on every monday, thursday at 09:55, 18:25 missed within 2m start 1")
    assert isinstance(days, s.Trigger) and isinstance(days.when, s.OnDays)
    assert ids(days.when.days) == ["monday", "thursday"] and [t.text for t in days.when.times] == ["09:55", "18:25"]
    every = declaration("on every pace start 1")
    assert isinstance(every, s.Trigger) and isinstance(every.when, s.OnInterval) and every.when.start is None


def test_settings_and_presets() -> None:
    camera = next(x.line for x in read(DECLARATIONS).sections if isinstance(x.line.node, s.Camera))
    by_word = {line.node.word.id: line.node for line in camera.children if isinstance(line.node, s.Setting)}
    assert [bare(v)[1] for v in by_word["login"].values] == ["admin", "FOH_PASSWORD"]
    assert by_word["disabled"].values == ()
    wide, throne, door = (line.node for line in camera.children if isinstance(line.node, s.Preset))
    assert wide.number and wide.pan is None
    assert throne.number and throne.pan and throne.tilt and throne.zoom
    assert door.number is None and door.zoom


def test_indentation_makes_the_tree_and_lines_know_their_place() -> None:
    section = read(CUE).sections[0]
    assert isinstance(section.line.node, s.Cue) and section.line.node.number.value == Fraction(5, 2)
    block = section.line.children[5]
    assert isinstance(block.node, s.At) and block.node.statement is None and len(block.children) == 2
    move = block.children[1]
    assert section.origin(move, move.node.loc).span[1:] == (9, 9, 9, 35)


def test_at_with_a_block_statement_is_at_with_a_block() -> None:
    assert tree("cue 1\n    at 5s together\n        stop all\n") == tree(
        "cue 1\n    at 5s\n        together\n            stop all\n"
    )


def test_a_call_may_be_broken_inside_its_parentheses() -> None:
    call = read(BLOCKS).sections[0].line.children[5].children[0]
    assert isinstance(call.node, s.Call) and len(call.node.arguments) == 2
    assert BLOCKS.split("\n")[call.number].strip() == "push_in(" and call.node.arguments[1].loc == Loc(3, 13, 3, 25)
    for text in ("define f(\na,\nb = 2\n)\n    stop a\n", "let x = (1\n+ 2)\nlet y = 3\n"):
        read(text)
    assert len(read("let x = (1\n+ 2)\nlet y = 3\n").sections) == 2


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_other_line_ends_and_a_byte_order_mark_change_nothing(ends: str) -> None:
    other = parse(Source("test.cues", "\ufeff" + BLOCKS.replace("\n", ends)))
    assert not other.diagnostics
    assert [bare_line(x.line) for x in other.sections] == list(tree(BLOCKS))


def test_blank_lines_and_comments_never_end_a_block() -> None:
    assert tree("cue 1\n\n# left\n    stop all\n  \t\n      # odd\n    restart\n\n\n") == tree(
        "cue 1\n    stop all\n    restart\n"
    )


def test_an_edit_keeps_every_other_block_and_moves_it() -> None:
    cache = ParseCache()
    sheet = "".join(f"cue {n}\n    move foh to wide over {n}s\n" for n in range(1, 9))
    first = parse(Source("a.cues", sheet), cache)
    second = parse(Source("a.cues", sheet.replace("cue 3\n", "cue 3\n    # now\n    restart\n")), cache)
    kept = [a is b for a, b in zip(first.sections, second.sections, strict=True)]
    assert kept == [True, True, False, True, True, True, True, True]
    assert [section.block.line for section in second.sections] == [1, 3, 5, 9, 11, 13, 15, 17]


def test_equal_texts_are_two_blocks_and_one_line() -> None:
    first, second = read("cue 1\n    stop all\n\ncue 1\n    stop all\n\n").sections
    assert first.block is not second.block and (first.block.line, second.block.line) == (1, 4)
    assert first.line.children[0].node is second.line.children[0].node


def test_a_mistake_stays_with_its_block_when_that_moves() -> None:
    cache = ParseCache()
    parse(Source("a.cues", "cue 1\n    mvoe foh\n"), cache)
    again = parse(Source("a.cues", "# new\ncue 1\n    mvoe foh\n"), cache)
    assert [(d.code, d.span.line) for d in again.diagnostics] == [("E101", 3)]
