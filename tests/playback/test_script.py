"""Scripts: a request at a time, one line each."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cuelang.plan import NEXT
from cuelang.playback.script import ScriptAsk, ScriptError, parse, parse_time
from cuelang.units import MS, NS


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0", 0), ("12.5s", 12_500 * MS), ("300ms", 300 * MS), ("2m", 120 * NS), ("1h", 3600 * NS),
        ("1:30", 90 * NS), ("1:02:03.5", 3_723_500 * MS), ("0.0000000006s", 1),
    ],
)  # fmt: skip
def test_times_are_written_as_in_a_sheet(text: str, ns: int) -> None:
    assert parse_time(text) == ns


def test_frames_need_the_shows_rate() -> None:
    assert parse_time("12f", Fraction(25)) == 480 * MS
    with pytest.raises(ValueError, match="fps"):
        parse_time("12f")


def test_every_request_has_a_line() -> None:
    script = """
    # the first act
    0s      go                # standby
    1s      go 2.50
    1.5s    start 7
    2s      standby next
    3s      back
    4s      stop cue 2
    5s      stop
    6s      pause 1
    7s      resume
    8s      osc "/eos/out/event/cue/1/3/fire" 1 0.5 "a # b" word
    9s      panic
    10s     reload
    """
    asked = [(ask.at // MS, ask.verb, ask.cue) for ask in parse(script) if ask.osc is None]
    assert asked == [
        (0, "go", None), (1000, "go", "2.5"), (1500, "start", "7"), (2000, "standby", NEXT), (3000, "back", None),
        (4000, "stop", "2"), (5000, "stop", None), (6000, "pause", "1"), (7000, "resume", None),
        (9000, "panic", None), (10000, "reload", None),
    ]  # fmt: skip
    assert [ask.osc for ask in parse(script) if ask.osc] == [("/eos/out/event/cue/1/3/fire", (1, 0.5, "a # b", "word"))]


def test_lines_are_taken_in_order_of_time() -> None:
    assert parse("2s go 2\n1s go 1\n2s go 3") == (
        ScriptAsk(1 * NS, 2, "go", "1"), ScriptAsk(2 * NS, 1, "go", "2"), ScriptAsk(2 * NS, 3, "go", "3")
    )  # fmt: skip


def test_mistakes_name_their_line_and_come_together() -> None:
    with pytest.raises(ScriptError) as caught:
        parse("soon go\n1s\n2s stat 3\n3s start\n4s panic 2\n5s go two\n6s osc go\n7s go 1")
    lines = caught.value.messages
    assert [line.split(":")[0] for line in lines] == [f"line {number}" for number in range(1, 8)]
    assert "Did you mean “start”?" in lines[2]
    assert "two" in lines[5]


def test_a_time_without_a_unit_is_told_how_it_is_written() -> None:
    with pytest.raises(ValueError, match="write 90s, 90ms or 90m"):
        parse_time("90")


def test_a_line_sends_a_switcher_what_it_understands_itself() -> None:
    (ask,) = parse('5s send vision "SetInputMute {\\"inputName\\": \\"Mic\\"}"')
    assert ask.order is not None
    assert (ask.order.what, ask.order.on, ask.order.words) == ("send", "vision", 'SetInputMute {"inputName": "Mic"}')


@pytest.mark.parametrize("line", ["5s send", "5s send vision", "5s send vision black", '5s send vision "black" 3'])
def test_a_send_needs_a_switcher_and_one_text(line: str) -> None:
    with pytest.raises(ScriptError, match="needs a switcher and one text in quotes"):
        parse(line)


@pytest.mark.parametrize("line", ["load 4", "load cue 4", "goto cue 4", "goto 4"])
def test_what_other_desks_call_locate(line: str) -> None:
    with pytest.raises(ScriptError, match="Write `locate 4`"):
        parse(f"5s {line}\n")


def test_a_simulated_camera_loses_power_and_gets_it_back() -> None:
    lost, back, standby = parse("1s lost foh\n2s back foh\n3s back\n")
    assert lost.plug is not None and (lost.plug.camera, lost.plug.back) == ("foh", False)
    assert back.plug is not None and back.plug.back
    assert standby.verb == "back" and standby.plug is None
    with pytest.raises(ScriptError, match="one camera"):
        parse("1s lost foh, left")


def test_cameras_are_recovered() -> None:
    one, more = parse("1s recover foh\n2s recover foh, left live\n")
    assert one.recover is not None and (one.recover.cameras, one.recover.live) == (("foh",), False)
    assert more.recover is not None and (more.recover.cameras, more.recover.live) == (("foh", "left"), True)
    with pytest.raises(ScriptError, match="needs a camera"):
        parse("1s recover live")
