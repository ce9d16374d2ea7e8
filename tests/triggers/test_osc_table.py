"""Which trigger a message fires: the most literal, one for each message, and none by guessing."""

from __future__ import annotations

import struct
from typing import Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.plan import (
    CameraAction,
    Captured,
    CueAction,
    OnKey,
    OnOsc,
    OscTest,
    Plan,
    Program,
    Settings,
    Trigger,
    cue_number,
)
from cuelang.playback.effects import Request, Verdict
from cuelang.source import Block, Loc, Origin
from cuelang.triggers.arguments import number_text
from cuelang.triggers.osc_table import OscTable
from tests.triggers.osc_house import plan_of

ANY = OscTest("_", None)


Op = Literal["==", "_", ">", "<", "capture"]


def test(op: Op, value: float | str | None) -> OscTest:
    return OscTest(op, value)


test.__test__ = False  # type: ignore[attr-defined]


def cue_action(text: str) -> CueAction:
    verb, _, cue = text.partition(" ")
    return CueAction(cast(Any, verb), Captured(cue[1:-1]) if cue.startswith("{") else cue or None)


def on(
    address: str, action: str | CueAction | CameraAction, *tests: OscTest, source: str | None = None, line: int = 1
) -> Trigger:
    does = cue_action(action) if isinstance(action, str) else action
    return Trigger(OnOsc(address, tests, source), does, Origin(Block("a.cues", line), 0, Loc(0, 1, 0, 5)))


def table(*triggers: Trigger) -> OscTable:
    return OscTable(Plan(Settings(), (), (), triggers, (), ()), pytest.fail)


def told(found: Request | Verdict | None) -> str:
    if isinstance(found, Verdict):
        return f"{found.request.text} {found.verdict}: {found.reason}"
    return found.text if found is not None else "nothing"


def ask(table: OscTable, address: str, *arguments: object, heard_on: str = "", peek: bool = False) -> str:
    return told(table.find(address, arguments, heard_on, "osc udp 10.0.0.7:5", 42, peek=peek))  # type: ignore[arg-type]


def single(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        (("/go",), "go"),
        (("/go", "2.50"), "go 2.5"),
        (("/go", 53), "go 53"),
        (("/go", 2.0), "go 2"),
        (("/go", 1), "go 1"),
        (("/go", 1.0), "go"),
        (("/go", 0.0), "nothing"),
        (("/go/4", 1.0), "go 4"),
        (("/go/4", 0.0), "nothing"),
        (("/go/4", 0), "nothing"),
        (("/cue/7/start", 0.0), "nothing"),
        (("/cue/7/start", 1), "start 7"),
        (("/playhead/12", 0.0), "nothing"),
        (("/pause", 0.0), "nothing"),
        (("/resume", 0), "nothing"),
        (("/stop", 0.0), "stop"),
        (("/panic", 0.0), "panic"),
        (("/go", single(2.1)), "go 2.1"),
        (("/go", "next"), "go next"),
        (("/go", ""), "go"),
        (("/go", True), "go"),
        (("/go", False), "nothing"),
        (("/go", "soon"), "go no_cue: “soon” is not a cue number"),
        (("/go", b"\1"), "go"),
        (("/go/2.10",), "go 2.1"),
        (("/go/next",), "go next"),
        (("/go/-1",), "go no_cue: “-1” is not a cue number"),
        (("/go/1/2",), "nothing"),
        (("/cue/7/start",), "start 7"),
        (("/cue/next/start",), "start no_cue: “next” is not a cue number"),
        (("/stop",), "stop"),
        (("/stop", False), "stop"),
        (("/pause", 1.0), "pause"),
        (("/resume", False), "nothing"),
        (("/panic",), "panic"),
        (("/playhead/12",), "standby 12"),
        (("/playhead/next",), "standby next"),
        (("/playhead/previous",), "back"),
        (("/locate/12",), "locate 12"),
        (("/locate/12.50", 1.0), "locate 12.5"),
        (("/locate/12", 1), "locate 12"),
        (("/locate/12", True), "locate 12"),
        (("/locate/12", 0.0), "nothing"),
        (("/locate/12", 2.5), "locate 12 at 2.5s"),
        (("/locate/12", 90), "locate 12 at 90s"),
        (("/locate/12", "2.5"), "locate 12 at 2.5s"),
        (("/locate/12", "1:30"), "locate 12 at 90s"),
        (("/locate/12", "at 2.5s live"), "locate 12 at 2.5s live"),
        (("/locate/12", "at", 2.5, "live"), "locate 12 at 2.5s live"),
        (("/locate/12", "go", "live"), "locate 12 go live"),
        (("/locate/12", "live", 1.0), "locate 12 live"),
        (("/locate/12", "soon"), "locate refused: Unexpected “soon” after `locate`; write `locate 12 at 2.5s live`"),
        (("/locate/12", -3.5), "locate refused: Unexpected “-3.5s” after `locate`; write `locate 12 at 2.5s live`"),
        (
            ("/locate/12", "go", "2.5s"),
            "locate refused: Unexpected “2.5s” after `locate`; write `locate 12 at 2.5s live`",
        ),
        (
            ("/locate/12", 2.5, "go"),
            "locate refused: `go` fires a cue from its start; leave `at` out, or resume after `locate`",
        ),
        (("/locate/12", b"x"), "locate refused: /locate/12 takes a time, `live` and `go`"),
        (("/locate/next",), "locate no_cue: “next” is not a cue number"),
        (("/Go",), "nothing"),
        (("/",), "nothing"),
        (("/p?nic",), "panic"),
        (("/{stop,halt}",), "stop"),
        (("/cue/*/start",), "nothing"),
        (("/*",), "go refused: /* matches 5 actions"),
        (("/{",), "nothing"),
    ],
)
def test_the_built_in_addresses(message: tuple[str, object], asks: str) -> None:
    assert ask(table(), *message) == asks


def test_a_request_says_where_it_comes_from() -> None:
    statement = CameraAction(Program((), (), None))
    found = table(on("/foh/wide", statement, line=9)).find("/foh/wide", (), "", "osc udp 10.0.0.7:53211", 42)
    assert isinstance(found, Request)
    assert (found.verb, found.source, found.received, found.origin.span.line) == (
        "statement",
        "osc udp 10.0.0.7:53211",
        42,
        9,
    )
    assert found.statement is statement and not found.schedule and not found.automatic


def test_captures_of_the_address() -> None:
    eos = table(on("/eos/out/event/cue/1/{number}/fire", "go {number}"), on("/Page1/Fader{n}", "start {n}"))
    assert ask(eos, "/eos/out/event/cue/1/2.50/fire", "Viola enters") == "go 2.5"
    assert ask(eos, "/eos/out/event/cue/1/first/fire") == "go no_cue: “first” is not a cue number"
    assert ask(eos, "/eos/out/event/cue/1/*/fire") == "nothing"
    assert ask(eos, "/Page1/Fader201", 100) == "start 201"


def test_arguments_in_order() -> None:
    gma = table(
        on("/gma3/cue", "start {number}", test("capture", "number"), source="desk"),
        on("/x", "go 1", test("==", 1.0), test("==", "a")),
        on("/x", "go 2", ANY, test("==", 0.1)),
        on("/x", "go {n}", ANY, ANY, test("capture", "n")),
    )
    assert ask(gma, "/gma3/cue", 5, heard_on="desk") == "start 5"
    assert ask(gma, "/gma3/cue", 5, heard_on="") == "nothing"
    assert ask(gma, "/gma3/cue", heard_on="desk") == "nothing"
    assert ask(gma, "/x", 1, "a") == "go 1"
    assert ask(gma, "/x", 1, "b") == "nothing"
    assert ask(gma, "/x", 1) == "nothing"
    assert ask(gma, "/x", "anything", single(0.1)) == "go 2"
    assert ask(gma, "/x", 1, "b", "7.0") == "go 7"
    assert ask(gma, "/x", 1, "b", None) == "nothing"


def test_the_most_literal_trigger_fires_alone() -> None:
    cues = table(
        on("/cue/*/fire", "go 1"),
        on("/cue/{n}/fire", "go {n}"),
        on("/cue/{5,6}/fire", "go 50"),
        on("/cue/5/fire", "go 500"),
        on("/cue/5/fire", "go 501", test("==", "x")),
        on("/cue/5/fire", "go 502", ANY, source="desk"),
        on("/go", "start 9"),
    )
    assert ask(cues, "/cue/7/fire") == "go 7"
    assert ask(cues, "/cue/6/fire") == "go 50"
    assert ask(cues, "/cue/5/fire") == "go 500"
    assert ask(cues, "/cue/5/fire", "x") == "go 501"
    assert ask(cues, "/cue/5/fire", "y", heard_on="desk") == "go 502"
    assert ask(cues, "/go") == "start 9"


def test_of_two_alike_the_first_of_the_sheet_fires() -> None:
    assert ask(table(on("/a", "go 1"), on("/a", "go 2")), "/a") == "go 1"


# --- incoming patterns -------------------------------------------------------------------------------------

THREE = (on("/fx/1", "go 1"), on("/fx/2", "go 2"), on("/fx/3", "start 3"), on("/fx/{n}/x", "go {n}"))


def test_a_pattern_that_means_one_action_fires_it() -> None:
    assert ask(table(*THREE), "/fx/[3-9]") == "start 3"
    assert ask(table(*THREE), "/f?/2") == "go 2"
    assert ask(table(on("/a", "go 1"), on("/b", "go 1")), "/[ab]") == "go 1"
    assert ask(table(on("/x/{a,b}", "go 1")), "/x/*") == "go 1"


def test_a_pattern_that_means_several_is_refused() -> None:
    assert ask(table(*THREE), "/fx/*") == "go refused: /fx/* matches 3 cues"
    assert ask(table(*THREE, on("/fx/4", "panic")), "/fx/*") == "go refused: /fx/* matches 4 actions"
    many = table(*(on(f"/fx/{n}", f"go {n}") for n in range(1, 200)))
    assert ask(many, "/fx/*") == "go refused: /fx/* matches more than 100 cues"


# --- crossings ---------------------------------------------------------------------------------------------


def test_a_fader_fires_on_crossing_upwards_not_on_every_message() -> None:
    fader = table(on("/fader/3", "go next", test(">", 0.5)))
    assert [ask(fader, "/fader/3", at) for at in (0.2, 0.7, 0.8, 0.5, 0.51, 0.1, 0.9)] == [
        "nothing", "go next", "nothing", "nothing", "go next", "nothing", "go next",
    ]  # fmt: skip


def test_a_button_fires_on_its_first_press() -> None:
    button = table(on("/1/push1", "go 1", test(">", 0.5)))
    assert [ask(button, "/1/push1", at) for at in (1.0, 0.0, 1, 0, True)] == [
        "go 1",
        "nothing",
        "go 1",
        "nothing",
        "go 1",
    ]
    assert ask(button, "/1/push1", "loud") == "nothing"
    assert ask(button, "/1/push1", float("nan")) == "nothing"


def test_a_button_that_is_let_go_fires_nothing() -> None:
    button = table(
        on("/b", "go 3"), on("/c/{n}", "start {n}"), on("/panic2", "panic"), on("/d", "go 4", test("==", 0.0))
    )
    for pressed in (1.0, 1, True):
        assert ask(button, "/b", pressed) == "go 3" and ask(button, "/c/7", pressed) == "start 7"
    for free in (0.0, 0, False):
        assert ask(button, "/b", free) == "nothing" == ask(button, "/c/7", free)
        assert ask(button, "/panic2", free) == "panic"
    assert ask(button, "/d", 0.0) == "go 4", "a sheet that means it gets it"
    assert ask(button, "/b", 0, "label") == "go 3" == ask(button, "/b")


def test_a_button_that_is_let_go_is_not_cue_0_where_there_is_one() -> None:
    show = OscTable(plan_of('cue 0 "Doors"\n    note "x"\ncue 1\n    note "y"\n'), pytest.fail)
    for value in (0.0, False):
        assert ask(show, "/go", value) == "nothing"
    assert ask(show, "/go", 0) == ask(show, "/go", "0") == ask(show, "/go/0") == "go 0"


def test_a_captured_button_that_is_let_go_is_no_cue_and_nothing_is_said() -> None:
    gma = table(on("/gma3/cue", "start {n}", test("capture", "n")))
    assert ask(gma, "/gma3/cue", 1.0) == "start 1", "the sheet asks for a number"
    assert ask(gma, "/gma3/cue", 0.0) == "nothing" == ask(gma, "/gma3/cue", False)
    assert ask(gma, "/gma3/cue", 0) == "start 0"


def test_a_fader_that_comes_from_below_is_not_on_its_way_down() -> None:
    fader = table(on("/f", "back", test("<", 0.5)))
    assert [ask(fader, "/f", at) for at in (0.0, 0.1, 0.6, 0.4, 0.3, 0.7, 0.0)] == [
        "nothing", "nothing", "nothing", "back", "nothing", "nothing", "back",
    ]  # fmt: skip


def test_up_and_down_of_one_fader() -> None:
    fader = table(on("/f", "go 1", test(">", 0.5)), on("/f", "back", test("<", 0.5)))
    assert [ask(fader, "/f", at) for at in (0.6, 0.4, 0.3, 0.7)] == ["go 1", "back", "nothing", "go 1"]


def test_each_address_crosses_by_itself() -> None:
    faders = table(
        on("/fader/{n}", "go {n}", test(">", 0.5)), on("/f", "start {n}", test("capture", "n"), test(">", 0))
    )
    assert [ask(faders, f"/fader/{n}", 0.9) for n in (1, 2, 1)] == ["go 1", "go 2", "nothing"]
    assert [ask(faders, "/f", n, 1) for n in (1, 2, 1)] == ["start 1", "start 2", "nothing"]


def test_peeking_crosses_nothing_and_a_reload_keeps_what_was_crossed() -> None:
    triggers = (on("/f", "go 1", test(">", 0.5)),)
    fader = table(*triggers)
    assert ask(fader, "/f", 1, peek=True) == "go 1"
    assert ask(fader, "/f", 1) == "go 1"
    fader.load(Plan(Settings(), (), (), (on("/new", "go 2"), *triggers), (), ()))
    assert ask(fader, "/f", 1) == "nothing"
    assert ask(fader, "/new") == "go 2"


def test_what_is_not_osc_is_left_alone_and_a_bad_address_is_told() -> None:
    said: list[str] = []
    plan = Plan(
        Settings(),
        (),
        (),
        (Trigger(OnKey("F1"), CueAction("panic"), on("/a", "go").origin), on("a b", "go 1", line=7)),
        (),
        (),
    )
    OscTable(plan, said.append)
    assert len(said) == 1 and said[0].startswith("a.cues:7: nothing can fire this trigger: An OSC address begins")


PLAIN = table()

# --- numbers -----------------------------------------------------------------------------------------------


@given(st.integers(0, 9999), st.integers(0, 999))
def test_every_cue_number_survives_being_sent_as_a_float(whole: int, thousandths: int) -> None:
    number = cue_number(f"{whole}.{thousandths:03}")
    if len(number.replace(".", "")) <= 7:
        assert number_text(single(float(number))) == number
    assert number_text(float(number)) == number
    assert cue_number(number_text(f" {whole}.{thousandths:03} ") or "") == number


@given(st.one_of(st.floats(), st.integers(), st.text(max_size=5), st.binary(max_size=3), st.booleans(), st.none()))
def test_no_argument_breaks_it(value: object) -> None:
    assert ask(PLAIN, "/go", value).startswith(("go", "nothing"))


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        ((2.5,), "locate 4 at 2.5s live"), ((12,), "locate 4 at 12s live"), (("1:30",), "locate 4 at 90s live"),
        (("300ms",), "locate 4 at 0.3s live"),
        (("soon",), "locate refused: “soon” is not a time; write 12.5s, 300ms or 1:30"),
        ((-2.5,), "locate refused: “-2.5” is not a time; write 12.5s, 300ms or 1:30"),
    ],
)  # fmt: skip
def test_a_captured_time_counts_seconds(arguments: tuple[object, ...], asks: str) -> None:
    jump = on("/jump/{n}", CueAction("locate", Captured("n"), Captured("t"), live=True), test("capture", "t"))
    assert ask(table(jump), "/jump/4", *arguments) == asks
