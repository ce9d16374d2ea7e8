"""Which trigger a MIDI message fires."""

from __future__ import annotations

import pytest

from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit, ShowControl
from cuelang.protocols.timecode import RATES, Span, position
from cuelang.triggers.midi_table import MidiTable
from tests.running.night import plan_of

RIG = 'camera foh "sim://foh"\ninput desk "midi:Desk"\n'
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
        ("go", "", "go next (midi desk msc go)"), ("go", "x", "no_cue “x” is no cue number"),
        ("stop", "", "stop (midi desk msc stop)"), ("stop", "7", "stop (midi desk msc stop 7)"), ("load", "1", ""),
    ],
)  # fmt: skip
def test_show_control(command: str, cue: str, asked: str) -> None:
    midi = table("on msc go {number} go {number}", "on msc go 5 start 4", "on msc go go next", "on msc stop stop")
    assert said(midi.find(ShowControl(command, cue, 0x7F), "desk", 9)) == asked


def test_time_code_fires_what_it_runs_through_in_order_each_at_its_own_instant() -> None:
    midi = table(
        "on timecode 01:00:01:00 go 2", "on timecode 01:00:00:10 go 1", "on timecode 01:00:02:00 go 3",
        settings="    fps 25\n",
    )  # fmt: skip
    begin = position(RATES[1], 1, 0, 0, 5, None)
    found = midi.ran(Span(RATES[1], begin, begin + 100, 10**10), "desk")
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
