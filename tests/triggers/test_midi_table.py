"""Which trigger a MIDI message fires."""

from __future__ import annotations

import pytest

from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit, ShowControl
from cuelang.protocols.timecode import RATES, TimecodeSpan, position
from cuelang.triggers.midi_table import MidiTable
from tests.running.night import plan_of

RIG = 'camera foh "sim://foh"\ninput desk "midi:Desk"\ninput keys "midi:Keys"\n'
CUES = "".join(f"cue {number}\n    tally foh off\n" for number in (1, 2, 2.5, 3, 4, 5))


def table(*lines: str, settings: str = "") -> MidiTable:
    return MidiTable(plan_of("\n".join((*lines, CUES)), f'show "x"\n{settings}{RIG}'))


def said(found: Request | Verdict | None) -> str:
    if isinstance(found, Verdict):
        return f"{found.verdict} {found.reason}"
    return "" if found is None else f"{found.text} ({found.source})"


def note(number: int, channel: int = 1) -> Hit:
    return Hit("note", number, 64, channel)


def control(value: int, number: int = 20, channel: int = 1) -> Hit:
    return Hit("control", number, value, channel)


def test_a_note_fires_on_its_channel_or_on_any() -> None:
    midi = table("on midi note 60 go 1", "on midi note 60 channel 3 go 2")
    assert said(midi.find(note(60), "desk", 0)) == "go 1 (midi desk note 60 ch 1)"
    assert said(midi.find(note(60, 3), "desk", 0)) == "go 2 (midi desk note 60 ch 3)", "the most literal"
    assert midi.find(note(61), "desk", 0) is None


def test_a_program_is_as_it_is_sent() -> None:
    midi = table("on midi program 5 go 5")
    assert said(midi.find(Hit("program", 5, 127, 2), "desk", 0)) == "go 5 (midi desk program 5 ch 2)"
    assert midi.find(Hit("program", 4, 127, 2), "desk", 0) is None


def test_a_controller_fires_on_its_way_up() -> None:
    midi = table("on midi control 20 above 63 go 4")
    fired = [bool(midi.find(control(value), "desk", 0)) for value in (0, 63, 64, 100, 64, 63, 127)]
    assert fired == [False, False, True, False, False, False, True]


def test_each_input_and_channel_crosses_by_itself() -> None:
    midi = table("on midi control 20 above 63 go 4")
    ways = [("desk", 1), ("desk", 2), ("keys", 1), ("desk", 1)]
    assert [bool(midi.find(control(100, channel=ch), port, 0)) for port, ch in ways] == [True, True, True, False]


def test_of_thresholds_crossed_at_once_the_highest_fires() -> None:
    midi = table("on midi control 20 above 10 go 1", "on midi control 20 above 100 go 2")
    assert said(midi.find(control(127), "desk", 0)).startswith("go 2")
    assert midi.find(control(50), "desk", 0) is None
    assert said(midi.find(control(127), "desk", 0)).startswith("go 2")


def test_a_controller_without_above_is_a_button() -> None:
    midi = table("on midi control 20 go 1")
    fired = [bool(midi.find(control(value), "desk", 0)) for value in (127, 0, 1, 127, 0)]
    assert fired == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("command", "cue", "asked"),
    [
        ("go", "2.50", "go 2.5 (midi desk msc go 2.50)"), ("go", "5", "start 4 (midi desk msc go 5)"),
        ("go", "", "go next (midi desk msc go)"), ("go", "x", "no_cue “x” is not a cue number"),
        ("stop", "", "stop (midi desk msc stop)"), ("stop", "7", "stop (midi desk msc stop 7)"), ("load", "1", ""),
    ],
)  # fmt: skip
def test_show_control(command: str, cue: str, asked: str) -> None:
    midi = table("on msc go {number} go {number}", "on msc go 5 start 4", "on msc go go next", "on msc stop stop")
    assert said(midi.find(ShowControl(command, cue, 0x7F), "desk", 9)) == asked


def test_time_code_fires_what_it_runs_through_in_order_each_at_its_own_instant() -> None:
    midi = table(
        "on timecode 01:00:01:00 go 2",
        "on timecode 01:00:00:10 go 1",
        "on timecode 01:00:02:00 go 3",
        settings="    fps 25\n",
    )
    begin = position(RATES[1], 1, 0, 0, 5, None)
    found = midi.ran(TimecodeSpan(RATES[1], begin, begin + 100, 10**10), "desk")
    assert [said(one) for one in found] == [
        "go 1 (midi desk timecode 01:00:00:10)", "go 2 (midi desk timecode 01:00:01:00)",
    ]  # fmt: skip
    assert [one.received for one in found if isinstance(one, Request)] == [10**10 - 80 * 10**7, 10**10 - 20 * 10**7]


def test_what_was_crossed_stays_crossed_over_a_reload() -> None:
    sheet = "on midi control 20 above 63 go 4\n"
    midi = table(sheet)
    assert midi.find(control(100), "desk", 0)
    midi.load(plan_of(sheet + CUES, RIG))
    assert midi.find(control(101), "desk", 0) is None


# --- who is meant ------------------------------------------------------------------------------------------


def go(text: str, **to: int | str) -> ShowControl:
    return ShowControl("go", text, **to)  # type: ignore[arg-type]  # its fields


def test_a_note_that_is_let_go_is_another_trigger() -> None:
    midi = table("on midi note 60 go 1", "on midi note 60 released stop")
    assert said(midi.find(note(60), "desk", 0)) == "go 1 (midi desk note 60 ch 1)"
    assert said(midi.find(Hit("note", 60, 0, 1), "desk", 0)) == "stop (midi desk note 60 ch 1 released)"
    assert table("on midi note 60 go 1").find(Hit("note", 60, 0, 1), "desk", 0) is None


def test_below_fires_on_the_way_down_only() -> None:
    midi = table("on midi control 20 below 20 go 4")
    fired = [bool(midi.find(control(value), "desk", 0)) for value in (0, 1, 19, 20, 19, 5, 64, 0)]
    assert fired == [False, False, False, False, True, False, False, True]


def test_a_bend_has_thresholds_as_a_controller_has() -> None:
    midi = table("on midi bend above 100 go 4")
    fired = [bool(midi.find(Hit("bend", 0, value, 1), "desk", 0)) for value in (64, 101, 120, 64, 127)]
    assert fired == [False, True, False, False, True]


def test_of_two_devices_the_one_that_is_named() -> None:
    midi = table(
        "on midi note 60 from keys go 1",
        "on midi note 61 go 2",
        "on midi note 61 from keys go 3",
        "on timecode 01:00:00:00 from keys go 4",
        "on msc go 5 from keys go 5",
    )
    assert midi.find(note(60), "desk", 0) is None
    assert said(midi.find(note(60), "keys", 0)).startswith("go 1")
    assert said(midi.find(note(61), "desk", 0)).startswith("go 2")
    assert said(midi.find(note(61), "keys", 0)).startswith("go 3")
    span = TimecodeSpan(RATES[1], position(RATES[1], 1, 0, 0, 0, None), position(RATES[1], 1, 0, 1, 0, None), 0)
    assert midi.ran(span, "desk") == [] and len(midi.ran(span, "keys")) == 1
    assert midi.find(go("5"), "desk", 0) is None and midi.find(go("5"), "keys", 0) is not None


def test_show_control_is_for_a_list_a_device_a_type() -> None:
    midi = table(
        "on msc go 3 list 2 go 1", "on msc go 3 device 5 go 2", "on msc go 3 type sound go 3", "on msc go {n} go {n}"
    )
    asked = lambda event: said(midi.find(event, "desk", 0))  # noqa: E731  # short, for one test
    assert asked(go("3", device=0, list="2", type=1)) == "go 1 (midi desk msc go 3 list 2 device 0 type lighting)"
    assert asked(go("3", device=5, list="1", type=1)).startswith("go 2 (")
    assert asked(go("3", device=6, type=0x11)) == "go 3 (midi desk msc go 3 device 6 type 17)"
    assert asked(go("4", device=6, list="2", path="64")) == "go 4 (midi desk msc go 4 list 2 path 64 device 6)"
    assert asked(go("3")).startswith("go 2 ("), "to all devices and of all types is to each"
    only = table("on msc go {n} list 1 go {n}")
    assert only.find(go("3", list="2"), "desk", 0) is None and only.find(go("3"), "desk", 0) is None
