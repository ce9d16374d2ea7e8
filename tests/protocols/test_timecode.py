"""MIDI time code: labels are counted, code is followed, and only what it runs through is reported."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.midi import Located, Quarter, read
from cuelang.protocols.timecode import RATES, Chaser, Rate, TimecodeSpan, position
from cuelang.units import NS

R25 = RATES[1]
DROP = RATES[2]
DATA = Path(__file__).parent / "data/mtc"


@pytest.mark.parametrize("rate", RATES, ids=str)
@given(data=st.data())
def test_a_label_counts_a_frame_and_the_frame_has_that_label(rate: Rate, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, rate.day // 4 - 1))
    assert rate.count(*rate.label(count)) == count


def test_drop_frame_leaves_two_numbers_out_but_not_every_ten_minutes() -> None:
    assert DROP.label(DROP.count(0, 0, 59, 29) + 1) == (0, 1, 0, 2)
    assert DROP.label(DROP.count(0, 9, 59, 29) + 1) == (0, 10, 0, 0)
    assert DROP.count(0, 1, 0, 0) == DROP.count(0, 1, 0, 2)
    assert DROP.day == 4 * 2_589_408  # SMPTE 12M: frames of a day


def test_a_sheet_of_fifty_frames_counts_two_to_a_frame_of_code() -> None:
    assert position(R25, 1, 0, 0, 31, 50) - position(R25, 1, 0, 0, 0, 50) == 15 * 4 + 2


class Machine:
    """Sends quarter frames as a tape would; what the chaser says is kept."""

    def __init__(self, rate: Rate = R25) -> None:
        self.rate, self.chaser, self.now = rate, Chaser(), 10 * NS
        self.spans: list[TimecodeSpan] = []

    def pieces(self, count: int) -> Iterable[int]:
        hours, minutes, seconds, frames = self.rate.label(count % (self.rate.day // 4))
        hours |= RATES.index(self.rate) << 5
        return [part >> shift & 15 for part in (frames, seconds, minutes, hours) for shift in (0, 4)]

    def play(self, label: tuple[int, int, int, int], frames: int, *, lost: range = range(0)) -> None:
        """`frames` from this label on; quarter frames numbered in `lost` are not heard."""
        first = self.rate.count(*label)
        for quarter in range(frames * 4):
            if quarter not in lost:
                piece = list(self.pieces(first + quarter // 8 * 2))[quarter % 8]
                span = self.chaser.quarter(quarter % 8, piece, self.now)
                if span is not None:
                    self.spans.append(span)
            self.now += self.rate.quarter

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * NS)

    def fired(self, hours: int, minutes: int, seconds: int, frames: int) -> list[float]:
        where = position(self.rate, hours, minutes, seconds, frames, None)
        return [met / NS for span in self.spans if (met := span.met(where)) is not None]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_code_that_runs_is_reported_once_and_whole(rate: Rate) -> None:
    machine = Machine(rate)
    machine.play((0, 59, 59, 20), 100)
    assert machine.spans[0].begin == position(rate, 0, 59, 59, 20, None)
    assert all((a.end + 1) % rate.day == b.begin for a, b in pairwise(machine.spans))
    assert machine.chaser.running == rate.label(rate.count(0, 59, 59, 20) + 99)


def test_a_trigger_is_met_at_its_own_instant() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 50)
    assert machine.fired(1, 0, 1, 0) == [pytest.approx(11)]
    assert machine.fired(1, 0, 0, 0) == [pytest.approx(10)], "where it starts, although it took two frames to read"
    assert machine.fired(1, 0, 2, 0) == [] == machine.fired(0, 59, 59, 24)


def test_a_jump_fires_nothing_that_it_leaps_over() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 20)
    machine.play((1, 0, 10, 0), 20)
    assert machine.fired(1, 0, 5, 0) == []
    assert machine.fired(1, 0, 10, 0) == [pytest.approx(10.8)], "where it landed, it runs"


def test_a_jump_back_fires_again() -> None:
    machine = Machine()
    for _ in range(2):
        machine.play((1, 0, 0, 0), 50)
    assert len(machine.fired(1, 0, 1, 0)) == 2


def test_a_locate_fires_nothing() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 20)
    machine.chaser.located(R25, 1, 0, 0, 22)
    machine.wait(0.5)
    machine.play((1, 0, 0, 22), 20)
    assert machine.fired(1, 0, 0, 21) == []


def test_what_stops_and_goes_on_misses_nothing_and_repeats_nothing() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 20)
    machine.wait(30)
    machine.play((1, 0, 0, 18), 4)
    machine.wait(30)
    machine.play((1, 0, 1, 0), 20)
    assert [len(machine.fired(1, 0, 0, frame)) for frame in (18, 19, 20, 21, 22, 23, 24)] == [1] * 7


@pytest.mark.parametrize("lost", [1, 2, 7, 8, 30, 70])
def test_a_drop_out_is_bridged(lost: int) -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 80, lost=range(85, 85 + lost))
    assert machine.fired(1, 0, 0, 22) == [pytest.approx(10.88)]
    assert all((a.end + 1) % R25.day == b.begin for a, b in pairwise(machine.spans))


def test_a_long_drop_out_is_a_stop() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 80, lost=range(80, 180))
    assert machine.fired(1, 0, 1, 2) == []


def test_backwards_fires_nothing() -> None:
    machine = Machine()
    for count in range(200, 100, -1):
        for piece in range(7, -1, -1):
            assert machine.chaser.quarter(piece, list(machine.pieces(count * 2))[piece], machine.now) is None
            machine.wait(0.01)


def test_midnight_is_run_through() -> None:
    machine = Machine()
    machine.play((23, 59, 59, 10), 40)
    assert machine.fired(0, 0, 0, 0) == [pytest.approx(10.6)]
    assert machine.fired(12, 0, 0, 0) == []


def test_a_label_that_cannot_be_is_no_code() -> None:
    chaser = Chaser()
    for number in range(64):
        assert chaser.quarter(number % 8, 15, NS + number * R25.quarter) is None


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 15), st.integers(0, 300_000_000)), max_size=200))
def test_no_row_of_quarter_frames_breaks_it(row: list[tuple[int, int, int]]) -> None:
    chaser, now = Chaser(), NS
    for piece, nibble, later in row:
        now += later
        span = chaser.quarter(piece, nibble, now)
        assert span is None or span.met(span.begin) is not None


# --- one label is not believed -----------------------------------------------------------------------------


def spliced(machine: Machine, first: tuple[int, int, int, int], frames: int) -> None:
    """A sender that fills each quarter frame from the frame that is running, as many do."""
    count = machine.rate.count(*first)
    for quarter in range(frames * 4):
        piece = list(machine.pieces(count + quarter // 4))[quarter % 8]
        span = machine.chaser.quarter(quarter % 8, piece, machine.now)
        if span is not None:
            machine.spans.append(span)
        machine.now += machine.rate.quarter


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("lead", range(40, 72))
def test_pieces_that_mix_two_times_fire_the_minute_that_comes_and_not_the_one_after(rate: Rate, lead: int) -> None:
    machine = Machine(rate)
    start = rate.count(1, 1, 0, 0) - lead
    spliced(machine, rate.label(start), lead + 60)
    due = 10 + lead * 4 * rate.quarter / NS
    first = (1, 1, 0, 2 if rate.drop else 0)
    assert machine.fired(*first) == [pytest.approx(due)]
    assert machine.fired(1, 2, 0, 2 if rate.drop else 0) == []
    assert machine.fired(1, 1, 59, rate.fps - 1) == []
    assert all((a.end + 1) % rate.day == b.begin for a, b in pairwise(machine.spans))


@pytest.mark.parametrize("lead", range(8))
def test_a_first_label_that_mixes_two_times_fires_nothing(lead: int) -> None:
    machine = Machine()
    spliced(machine, R25.label(R25.count(1, 1, 0, 0) - lead), 40)
    assert machine.fired(1, 2, 0, 0) == [] and machine.fired(1, 1, 59, 24) == []
    assert all(machine.fired(1, 1, 0, frame) for frame in range(8, 30))


def test_what_lies_behind_a_jump_is_never_run_through() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 20)
    machine.play((1, 0, 10, 0), 20)
    assert machine.fired(1, 0, 0, 21) == []
    assert machine.fired(1, 0, 10, 1) != []


def test_one_label_that_was_damaged_is_passed_over() -> None:
    machine = Machine()
    machine.play((1, 0, 0, 0), 20)
    for piece, nibble in enumerate(machine.pieces(R25.count(7, 30, 12, 3))):
        span = machine.chaser.quarter(piece, nibble, machine.now)
        assert span is None or not span.met(position(R25, 7, 30, 12, 3, None))
        machine.now += R25.quarter
    machine.play((1, 0, 0, 22), 20)
    assert machine.fired(7, 30, 12, 3) == [] and machine.fired(1, 0, 0, 21) == [pytest.approx(10.84)]


def test_after_a_full_frame_the_first_label_is_believed() -> None:
    machine = Machine()
    machine.chaser.located(R25, 2, 0, 0, 0)
    machine.play((2, 0, 0, 0), 2)
    assert machine.fired(2, 0, 0, 0) == [pytest.approx(10)]
    machine.chaser.located(R25, 3, 0, 0, 0)
    machine.play((4, 0, 0, 0), 2)
    assert machine.fired(4, 0, 0, 0) == [], "it is not where it was put"


SEQUENCES = [json.loads(line) for line in (DATA / "sequences.jsonl").read_text("utf-8").splitlines() if line]


def heard(sequence: dict[str, Any]) -> list[TimecodeSpan]:
    """What a chaser makes of a recorded row of MIDI messages that come at the speed of 25 frames."""
    chaser, spans, now = Chaser(), [], 10 * NS
    for number, message in enumerate(sequence["messages"]):
        event = read(mido.Message.from_bytes(bytes.fromhex(message)))
        now += R25.quarter
        if isinstance(event, Located):
            chaser.located(event.rate, *event.label)
        elif isinstance(event, Quarter) and (span := chaser.quarter(event.piece, event.nibble, now)) is not None:
            assert number >= 7
            spans.append(span)
    return spans


def there(spans: list[TimecodeSpan], text: str) -> bool:
    hours, minutes, seconds, frames = (int(part) for part in text.replace(";", ":").split(":"))
    return any(span.met(position(span.rate, hours, minutes, seconds, frames, None)) is not None for span in spans)


@pytest.mark.parametrize("sequence", [one for one in SEQUENCES if "messages" in one], ids=lambda one: one["name"][:40])
def test_rows_of_other_senders(sequence: dict[str, Any]) -> None:
    spans, expected = heard(sequence), sequence["expect"]
    labels = [one["label"] for one in expected if one["label"] and not one.get("locate")]
    if "spliced_label" in sequence:
        assert not there(spans, sequence["spliced_label"])
    if expected[0].get("direction") == "reverse" or len(sequence["messages"]) < 16:
        assert not spans
    elif "splice at a minute" in sequence["name"]:
        assert not spans, "no label has followed another yet"
    else:
        assert [label for label in labels if not there(spans, label)] == (
            ["01:00:10:10"] if "splice" in sequence["name"] else []
        )
