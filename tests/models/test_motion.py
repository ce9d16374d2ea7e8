"""Predicted travel, chosen speeds, and the frames of a ramp."""

from fractions import Fraction
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import models
from cuelang.commands import Pose, Ramp
from cuelang.models import DEFAULT, motion
from cuelang.models.motion import ramp_frames
from cuelang.models.tables import MODELS
from cuelang.units import NS
from tests.models.known import known

SHAPES = {
    "linear": lambda p: p,
    "in": lambda p: p**2,
    "out": lambda p: p * (2 - p),
    "in_out": lambda p: p**2 * (3 - 2 * p),
}
"""Where a move of each `ease` is when `p` of its time is past; both go from 0 to 1."""

MOVE = known("ptzoptics-move-4k-20x")
assert MOVE is not None

eases = st.sampled_from(["linear", "in", "out", "in_out"])


def test_travel_is_the_slowest_axis():
    pan_only = motion.travel(MOVE, Pose(0, 0, 0), Pose(pan=1440), 24, 20)
    assert pan_only == round(100 / 97.5432 * NS)
    assert motion.travel(MOVE, Pose(0, 0, 0), Pose(1440, 10, 0x4000), 24, 20) == 4 * NS
    assert motion.travel(MOVE, Pose(0, 0, 0), Pose(0, 0, 0), 24, 20) == 0


def test_travel_leaves_out_what_is_not_known():
    assert motion.travel(MOVE, Pose(), Pose(1440, 10, 0x4000), 24, 20) == 0
    assert motion.travel(MOVE, Pose(zoom=0), Pose(1440, 10, 0x2000), 24, 20) == 2 * NS


def test_speeds_make_both_axes_arrive_together():
    pan, tilt = motion.speeds_for(MOVE, 1440, 720, 4 * NS)
    assert (pan, tilt) == (5, 4)
    axes: list[tuple[Literal["pan", "tilt"], int, int]] = [("pan", 1440, pan), ("tilt", 720, tilt)]
    for axis, delta, step in axes:
        mine = abs(motion.axis_travel(MOVE, axis, delta, step) - 4 * NS)
        for other in (step - 1, step + 1):
            assert mine <= abs(motion.axis_travel(MOVE, axis, delta, other) - 4 * NS)


def test_an_axis_that_stays_gets_step_one():
    assert motion.speeds_for(MOVE, 0, 0, NS) == (1, 1)
    assert motion.speeds_for(MOVE, 0, -300, NS)[0] == 1


@given(st.integers(-4000, 4000), st.integers(-1500, 1500))
def test_no_step_is_faster_than_the_fastest(dpan, dtilt):
    start, end = Pose(0, 0, 0), Pose(dpan, dtilt, 0)
    least = motion.fastest(MOVE, start, end)
    pan, tilt = motion.speeds_for(MOVE, dpan, dtilt, least)
    assert motion.travel(MOVE, start, end, pan, tilt) >= least
    assert motion.speeds_for(MOVE, dpan or 1, dtilt or 1, 1) == (24, 20)


@given(st.sampled_from(MODELS), st.integers(1, 4000), st.integers(1, 90 * NS))
def test_a_speed_is_chosen_as_if_each_were_tried(model, delta, over):
    axes: list[tuple[Literal["pan", "tilt"], tuple[Fraction, ...]]]
    axes = [("pan", model.pan_speeds), ("tilt", model.tilt_speeds)]
    for axis, steps in axes:
        times = [motion.axis_travel(model, axis, delta, step + 1) for step in range(len(steps))]
        best = min(range(len(times)), key=lambda index: (abs(times[index] - over), times[index]))
        assert motion._step_for(model, axis, delta, over) == best + 1


def test_a_ramp_of_one_second_at_ten_frames():
    frames = list(ramp_frames(0, 1000, NS, 10, "linear", send_start=True))
    assert frames == [(k * NS // 10, 100 * k) for k in range(11)]


def test_without_from_nothing_is_sent_at_zero():
    assert next(iter(ramp_frames(0, 1000, NS, 10, "linear"))) == (NS // 10, 100)


def test_a_length_between_two_frames_ends_exactly():
    frames = list(ramp_frames(0, 250, 250_000_000, 10, "linear"))
    assert frames == [(100_000_000, 100), (200_000_000, 200), (250_000_000, 250)]


def test_offsets_of_thirty_frames_a_second_are_the_nearest_nanosecond():
    offsets = [at for at, _ in ramp_frames(0, 16384, NS // 10, 30, "linear")]
    assert offsets == [33_333_333, 66_666_667, 100_000_000]


def test_frames_equal_to_the_one_before_are_left_out_but_never_the_last():
    frames = list(ramp_frames(0, 2, NS, 10, "linear", send_start=True))
    assert frames == [(0, 0), (300_000_000, 1), (800_000_000, 2), (NS, 2)]
    assert list(ramp_frames(7, 7, NS, 10, "linear", send_start=True)) == [(0, 7), (NS, 7)]


@pytest.mark.parametrize(
    ("ease", "quarter", "half"), [("linear", 250, 500), ("in", 63, 250), ("out", 438, 750), ("in_out", 156, 500)]
)
def test_eases(ease, quarter, half):
    frames = dict(ramp_frames(0, 1000, NS, 4, ease))
    assert (frames[NS // 4], frames[NS // 2]) == (quarter, half)


@given(
    st.integers(0, 0x4000),
    st.integers(0, 0x4000),
    st.integers(1, 20 * NS),
    st.integers(1, 60),
    eases,
    st.booleans(),
)
def test_every_ramp(start, target, over, rate, ease, send_start):
    frames = list(ramp_frames(start, target, over, rate, ease, send_start=send_start))
    offsets = [at for at, _ in frames]
    values = [value for _, value in frames]
    assert frames[-1] == (over, target)
    assert offsets == sorted(offsets)
    assert values == sorted(values, reverse=target < start)
    assert all(min(start, target) <= value <= max(start, target) for value in values)
    assert all(a != b for a, b in pairwise(values[:-1]))
    assert (offsets[0] == 0) == send_start
    for at, value in frames[:-1]:
        if at:
            progress = Fraction(round(Fraction(at * rate, NS)) * NS, over * rate)
            assert value == models.nearest(start + (target - start) * SHAPES[ease](progress))


@given(st.integers(-5000, 5000), st.integers(-5000, 5000), st.integers(1, 2000), st.integers(0, 20 * NS))
def test_an_axis_never_overshoots(start, target, speed, elapsed):
    where = motion.position(start, target, speed, elapsed)
    assert min(start, target) <= where <= max(start, target)
    assert motion.position(start, target, speed, 0) == start
    assert motion.position(start, target, speed, 10_001 * NS) == target


@pytest.mark.parametrize(
    ("here", "start", "target", "over", "ease", "keeps_up"),
    [
        (0, 0, 0x4000, 4 * NS, "linear", True),  # full zoom takes four seconds
        (0, 0, 0x4000, 4 * NS, "in_out", False),
        (0, 0, 0x4000, 6 * NS, "in_out", True),
        (0, 0, 0x4000, 7 * NS, "out", False),
        (0x4000, 0x3000, 0x4000, 10 * NS, "linear", False),
        (0x3100, 0x3000, 0x4000, 10 * NS, "linear", True),
        (None, 0x3000, 0x4000, 10 * NS, "linear", False),
        (0, None, 0x4000, 10 * NS, "linear", False),
    ],
)
def test_a_lens_keeps_up_with_a_ramp_that_begins_where_it_is_and_is_slow_enough(
    here, start, target, over, ease, keeps_up
):
    ramp = Ramp("zoom", start, target, over, 10, ease)
    assert motion.zoom_keeps_up(DEFAULT, here, ramp, start) is keeps_up
