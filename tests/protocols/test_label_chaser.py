"""Time code that says a label with each frame: what is run through, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.label_chaser import LabelChaser
from cuelang.protocols.timecode import FREEWHEEL_NS, RATES, Rate, TimecodeSpan
from cuelang.units import MS

R24, R25, DROP, R30 = RATES


class Tape:
    """A source of time code: each frame is heard as it begins."""

    def __init__(self, rate: Rate = R25) -> None:
        self.rate, self.chaser, self.now = rate, LabelChaser(), 5 * 10**9
        self.ran: list[int] = []
        self.spans: list[TimecodeSpan] = []

    @property
    def frame(self) -> int:
        return self.rate.quarter * 4

    def play(self, start: int, frames: int, step: int = 1) -> None:
        for number in range(start, start + frames * step, step):
            self.say(number)

    def say(self, number: int) -> None:
        span = self.chaser.label(self.rate, self.rate.label(number % (self.rate.day // 4)), self.now)
        if span is not None:
            self.spans.append(span)
            quarters = (span.end - span.begin) % self.rate.day + 1
            self.ran += [at // 4 for at in range(span.begin, span.begin + quarters) if at % 4 == 0]
        self.now += self.frame


@pytest.mark.parametrize("rate", RATES, ids=("24", "25", "29.97 drop", "30"))
def test_each_frame_is_run_through_once_also_over_midnight(rate: Rate) -> None:
    tape, day = Tape(rate), rate.day // 4
    tape.play(day - 30, 60)
    assert [number % day for number in tape.ran] == [number % day for number in range(day - 30, day + 30)]


def test_one_label_alone_fires_nothing_and_the_first_counts_from_its_own_frame() -> None:
    tape = Tape()
    tape.say(1000)
    assert tape.spans == []
    tape.say(1001)
    assert tape.ran == [1000, 1001] and tape.spans[0].met(4000) == 5 * 10**9


def test_a_wrong_label_in_a_run_moves_nothing() -> None:
    tape = Tape()
    tape.play(1000, 5)
    tape.say(70_000)
    tape.play(1006, 5)
    assert tape.ran == list(range(1000, 1011))


def test_a_jump_is_believed_with_its_second_label_and_skips_what_lies_between() -> None:
    tape = Tape()
    tape.play(1000, 5)
    tape.play(5000, 3)
    assert tape.ran == [*range(1000, 1005), 5000, 5001, 5002]


def test_a_drop_out_is_run_through_and_a_long_one_is_not() -> None:
    tape = Tape()
    tape.play(1000, 5)
    tape.now += 15 * tape.frame
    tape.play(1020, 3)
    assert tape.ran == list(range(1000, 1023)) and tape.spans[-3].met(4040) == 5 * 10**9 + 10 * tape.frame
    tape.now += FREEWHEEL_NS
    tape.play(1043, 3)
    assert tape.ran[23:] == [1043, 1044, 1045]


def test_code_that_stops_and_goes_on_gets_nothing_twice_and_misses_nothing() -> None:
    tape = Tape()
    tape.play(1000, 5)
    tape.now += 60 * 10**9
    tape.play(1002, 10)
    assert tape.ran == list(range(1000, 1012))
    tape.now += 60 * 10**9
    tape.play(1014, 3)
    assert tape.ran == list(range(1000, 1017))


def test_a_machine_that_stands_says_one_label_again_and_again() -> None:
    tape = Tape()
    tape.play(1000, 5)
    for _ in range(200):
        tape.say(1004)
    tape.play(1005, 3)
    assert tape.ran == list(range(1000, 1008))


def test_backwards_and_shuttling_fire_nothing_and_what_was_rewound_fires_again() -> None:
    tape = Tape()
    tape.play(1000, 50)
    tape.play(1049, 40, -1)
    tape.play(1010, 20, 10)
    assert tape.ran == list(range(1000, 1050))
    tape.play(1000, 5)
    assert tape.ran[50:] == list(range(1000, 1005))


def test_every_second_frame_at_its_time_and_double_speed_are_running() -> None:
    tape = Tape()
    for number in range(1000, 1020, 2):
        tape.say(number)
        tape.now += tape.frame
    assert tape.ran == list(range(1000, 1019))
    tape = Tape()
    for number in range(1000, 1010):
        tape.say(number)
        tape.now -= tape.frame // 2
    assert tape.ran == list(range(1000, 1010))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2000)), max_size=40))
def test_whatever_comes_no_frame_is_reported_that_did_not_lie_between_two_labels(rows: list[tuple[int, int]]) -> None:
    tape = Tape()
    for number, wait in rows:
        tape.say(number)
        tape.now += wait * MS
    assert set(tape.ran) <= set(range(41))
