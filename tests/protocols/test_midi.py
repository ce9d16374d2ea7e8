"""MIDI: what a show reads from bytes, and the messages that it sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Parser

from cuelang.protocols.midi import Hit, Located, MidiEvent, Quarter, ShowControl, message, read, words
from cuelang.protocols.timecode import RATES


def heard(data: bytes) -> list[MidiEvent]:
    return [event for message in Parser(data) if (event := read(message)) is not None]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("90 3c 40", [Hit("note", 60, 64, 1)]),
        ("90 3c 00", [Hit("note", 60, 0, 1)]),
        ("80 3c 40", [Hit("note", 60, 0, 1)]),
        ("b1 01 7f", [Hit("control", 1, 127, 2)]),
        ("cf 05", [Hit("program", 5, 127, 16)]),
        ("f1 00", [Quarter(0, 0)]),
        ("f1 75", [Quarter(7, 5)]),
        ("f0 7f 7f 01 01 61 00 0c 00 f7", [Located(RATES[3], (1, 0, 12, 0))]),
        ("f8 fe 90 3c 40", [Hit("note", 60, 64, 1)]),
        ("e0 00 40 d0 10 a0 01 02", [Hit("bend", 0, 64, 1), Hit("aftertouch", 0, 16, 1), Hit("pressure", 1, 2, 1)]),
        ("e3 7f 7f e3 00 00", [Hit("bend", 0, 127, 4), Hit("bend", 0, 0, 4)]),
        ("f0 7e 7f 06 01 f7", []),
        ("f0 f7", []),
    ],
)
def test_bytes_are_read(data: str, said: list[MidiEvent]) -> None:
    assert heard(bytes.fromhex(data)) == said


@pytest.mark.parametrize(
    ("data", "command", "cue"),
    [
        ("f0 7f 7f 02 01 01 f7", "go", ""),
        ("f0 7f 05 02 7f 01 32 2e 35 f7", "go", "2.5"),
        ("f0 7f 05 02 01 01 31 32 00 31 00 33 f7", "go", "12"),
        ("f0 7f 05 02 01 02 f7", "stop", ""),
        ("f0 7f 05 02 01 03 34 f7", "resume", "4"),
        ("f0 7f 05 02 01 04 00 00 03 00 00 37 f7", "go", "7"),
        ("f0 7f 05 02 01 05 38 f7", "load", "8"),
        ("f0 7f 05 02 01 0b 39 f7", "go_off", "9"),
    ],
)
def test_show_control_is_read(data: str, command: str, cue: str) -> None:
    (event,) = heard(bytes.fromhex(data))
    assert isinstance(event, ShowControl)
    assert (event.command, event.cue) == (command, cue)


@pytest.mark.parametrize("data", ["f0 7f 7f 02 01 0a f7", "f0 7f 7f 02 01 f7", "f0 7f 7f 02 f7", "f0 7f f7"])
def test_other_show_control_is_not_for_us(data: str) -> None:
    assert heard(bytes.fromhex(data)) == []


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    for event in heard(data):
        assert isinstance(event, Hit | ShowControl | Quarter | Located)


@pytest.mark.parametrize(
    ("word", "arguments", "data"),
    [
        ("note", (60,), "90 3c 7f"),
        ("note", (60, 0, 16), "9f 3c 00"),
        ("control", (7, 100, 2), "b1 07 64"),
        ("program", (5,), "c0 05"),
        ("msc go", ("2.5",), "f0 7f 7f 02 7f 01 32 2e 35 f7"),
        ("msc go", (12,), "f0 7f 7f 02 7f 01 31 32 f7"),
        ("msc stop", (), "f0 7f 7f 02 7f 02 f7"),
        ("sysex", ("f0 7e 7f 06 01 f7",), "f0 7e 7f 06 01 f7"),
    ],
)
def test_a_send_line_becomes_its_message(word: str, arguments: tuple[int | float | str, ...], data: str) -> None:
    assert word in words()
    assert message(word, arguments).bin() == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("word", "arguments", "says"),
    [
        ("nite", (60,), "known: note, control"),
        ("note", (), "a note takes whole numbers: 0 to 127, 0 to 127, 1 to 16"),
        ("note", (128,), "0 to 127"),
        ("note", (60, 1.5), "whole"),
        ("program", (1, 17), "1 to 16"),
        ("program", (1, 1, 1), "a program"),
        ("sysex", ("hello",), "bytes from 00 to 7f"),
        ("sysex", ("ff",), "bytes from 00 to 7f"),
    ],
)
def test_a_send_line_that_is_no_message_is_told_so(
    word: str, arguments: tuple[int | float | str, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        message(word, arguments)
