"""The file of a trace: what it says, and what is wrong with one that does not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import Place
from cuelang.models import Model, find, names
from cuelang.protocols.trace import BadTrace, read_trace, written
from cuelang.units import MS


def test_a_trace_by_hand() -> None:
    trace = read_trace("# cuelang.trace/1 mine\n5 -30 5.5 0 # begin\n\n6.25\t−12.5 5 100\n", "walk.trace")
    assert trace.model == "mine" and trace.length == 1250 * MS
    assert [(one.at, float(one.pan), float(one.tilt), float(one.zoom)) for one in trace.points] == [
        (0, -30.0, 5.5, 0.0), (1250 * MS, -12.5, 5.0, 100.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "fewer than two lines"),
        ("0 0 0 0\n", "fewer than two lines"),
        ("0 0 0\n1 0 0 0\n", "line 1: expected four numbers"),
        ("0 0 0 0\n1 0 0 x\n", "line 2: x is not a number"),
        ("0 0 0 0\n1 0 0 1e3\n", "line 2: 1e3 is not a number"),
        ("0 0 0 0\n1 0 0 nan\n", "is not a number"),
        ("0 0 0 0\n1 0 0 ٣\n", "is not a number"),
        ("0 0 0 0\n0 0 0 0\n", "line 2: the times must rise"),
        ("0 0 0 0\n99999999 0 0 0\n", "out of range"),
        ("0 0 0 0\n1 400 0 0\n", "degrees"),
        ("0 0 0 0\n1 0 0 101\n", "percentage"),
        ("-1 0 0 0\n1 0 0 0\n", "out of range"),
    ],
)
def test_what_is_no_trace_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadTrace, match=said):
        read_trace(text, "walk.trace")


@given(st.text(max_size=200))
def test_nothing_else_is_raised(text: str) -> None:
    with suppress(BadTrace):
        read_trace(text, "x.trace")


@given(st.data(), st.sampled_from(names()).map(find))
def test_what_was_written_is_read_as_the_same_places(data: st.DataObject, model: Model) -> None:
    times = data.draw(st.lists(st.integers(1, 9000), min_size=2, max_size=8, unique=True).map(sorted))
    places = tuple(
        Place(
            time * MS,
            data.draw(st.integers(*model.pan_range)),
            data.draw(st.integers(*model.tilt_range)),
            data.draw(st.integers(0, model.zoom_max)),
        )
        for time in times
    )
    trace = read_trace(written(model, places), "x.trace")
    assert trace.model == model.id
    again = [(one.at, model.pan(one.pan), model.tilt(one.tilt), model.zoom_percent(one.zoom)) for one in trace.points]
    assert again == [(place.at - places[0].at, *place[1:]) for place in places]
