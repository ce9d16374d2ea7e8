"""Pelco-D and Pelco-P against the bytes that their makers print."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import commands as c
from cuelang import models
from cuelang.protocols import can, pelco
from cuelang.protocols.pelco import Motion, PelcoFocusMode, PelcoFrame, PelcoPreset, PelcoReader, Position, Query

MODEL = models.DEFAULT
KINDS = ("pelco-d", "pelco-p")

PRINTED = [
    # Pelco-D of camera 1; the middle bytes are in the lists of PTZOptics, BenQ and AViPAS
    (Motion(tilt=1, tilt_speed=0x20), "FF 01 00 08 00 20 29"),
    (Motion(tilt=-1, tilt_speed=0x20), "FF 01 00 10 00 20 31"),
    (Motion(pan=-1, pan_speed=0x20), "FF 01 00 04 20 00 25"),
    (Motion(pan=1, pan_speed=0x20), "FF 01 00 02 20 00 23"),
    (Motion(pan=-1, tilt=1, pan_speed=1, tilt_speed=2), "FF 01 00 0C 01 02 10"),
    (Motion(pan=1, tilt=1, pan_speed=1, tilt_speed=2), "FF 01 00 0A 01 02 0E"),
    (Motion(pan=-1, tilt=-1, pan_speed=1, tilt_speed=2), "FF 01 00 14 01 02 18"),
    (Motion(pan=1, tilt=-1, pan_speed=1, tilt_speed=2), "FF 01 00 12 01 02 16"),
    (Motion(zoom=1), "FF 01 00 20 00 00 21"),
    (Motion(zoom=-1), "FF 01 00 40 00 00 41"),
    (Motion(focus=1), "FF 01 00 80 00 00 81"),
    (Motion(focus=-1), "FF 01 01 00 00 00 02"),
    (Motion(), "FF 01 00 00 00 00 01"),
    (PelcoPreset("set", 1), "FF 01 00 03 00 01 05"),
    (PelcoPreset("clear", 1), "FF 01 00 05 00 01 07"),
    (PelcoPreset("call", 1), "FF 01 00 07 00 01 09"),
    (PelcoPreset("call", 254), "FF 01 00 07 00 FE 06"),
    (PelcoFocusMode(auto=True), "FF 01 00 2B 00 01 2D"),
    (PelcoFocusMode(auto=False), "FF 01 00 2B 00 02 2E"),
    (Query("pan"), "FF 01 00 51 00 00 52"),
    (Query("tilt"), "FF 01 00 53 00 00 54"),
    (Query("zoom"), "FF 01 00 55 00 00 56"),
    (Position("pan", 0x1234), "FF 01 00 59 12 34 A0"),
    (Position("tilt", 0x0510), "FF 01 00 5B 05 10 71"),
    (Position("zoom", 0x4000), "FF 01 00 5D 40 00 9E"),
]

meanings = st.one_of(
    st.builds(
        lambda pan, tilt, zoom, focus, fast, steep: Motion(pan, tilt, zoom, focus, fast * abs(pan), steep * abs(tilt)),
        *[st.integers(-1, 1)] * 4,
        st.integers(0, 63),
        st.integers(0, 63),
    ),
    st.builds(PelcoPreset, st.sampled_from(("set", "clear", "call")), st.integers(0, 255)),
    st.builds(PelcoFocusMode, st.booleans()),
    st.builds(Query, st.sampled_from(("pan", "tilt", "zoom"))),
    st.builds(Position, st.sampled_from(("pan", "tilt", "zoom")), st.integers(0, 0xFFFF)),
)


@pytest.mark.parametrize(("meaning", "frame"), PRINTED, ids=lambda value: value if isinstance(value, str) else "")
def test_printed_bytes_both_ways(meaning, frame):
    assert pelco.encode(meaning) == bytes.fromhex(frame)
    assert pelco.decode(bytes.fromhex(frame)) == PelcoFrame(1, meaning)


def test_the_known_frame_of_pelco_p():
    frame = bytes.fromhex("A0 01 00 02 29 00 AF 25")
    assert pelco.encode(Motion(pan=1, pan_speed=0x29), "pelco-p") == frame
    assert pelco.decode(frame, "pelco-p") == PelcoFrame(1, Motion(pan=1, pan_speed=0x29))


def test_pelco_p_counts_cameras_from_one_or_from_nought():
    assert pelco.encode(Motion(), "pelco-p", 3, base=0) == bytes.fromhex("A0 02 00 00 00 00 AF 0D")
    assert pelco.encode(Motion(), "pelco-p", 3, base=1) == bytes.fromhex("A0 03 00 00 00 00 AF 0C")
    assert pelco.decode(bytes.fromhex("A0 02 00 00 00 00 AF 0D"), "pelco-p", base=0) == PelcoFrame(3, Motion())
    assert pelco.encode(Motion(), "pelco-d", 3, base=0)[1] == 3


@pytest.mark.parametrize(
    ("meaning", "address", "base"),
    [
        (Motion(pan=1, pan_speed=64), 1, 1), (Motion(tilt=1, tilt_speed=-1), 1, 1), (PelcoPreset("call", 256), 1, 1),
        (Position("pan", 65536), 1, 1), (Motion(), 256, 1), (Motion(), 0, 0), (Motion(), 1, 2),
    ],
)  # fmt: skip
def test_what_no_frame_can_hold(meaning, address, base):
    with pytest.raises(ValueError):
        pelco.encode(meaning, "pelco-p", address, base)


@pytest.mark.parametrize(
    "frame",
    [
        "FF 01 00 08 00 20 28",
        "A0 01 00 08 00 20 29",
        "FF 01 00 08 00 20",
        "FF 01 00 08 00 20 29 00",
        "",
    ],
)
def test_what_is_no_frame(frame):
    assert pelco.decode(bytes.fromhex(frame)) is None


@pytest.mark.parametrize(
    "frame",
    [
        "FF 01 00 06 10 00 17",  # left and right
        "FF 01 00 60 00 00 61",  # in and out
        "FF 01 02 00 00 00 03",  # iris
        "FF 01 88 00 00 00 89",  # camera on
        "FF 01 00 09 00 01 0B",  # auxiliary on
        "FF 01 00 2B 00 03 2F",
    ],
)
def test_frames_that_these_cameras_do_not_know(frame):
    assert pelco.decode(bytes.fromhex(frame)) == PelcoFrame(1, None)


def test_turbo_is_read_as_the_fastest():
    assert pelco.decode(bytes.fromhex("FF 01 00 02 FF 00 02")) == PelcoFrame(1, Motion(pan=1, pan_speed=63))


@pytest.mark.parametrize("kind", KINDS)
@given(meaning=meanings, address=st.integers(1, 255), base=st.integers(0, 1))
def test_there_and_back(kind, meaning, address, base):
    frame = pelco.encode(meaning, kind, address, base)
    assert len(frame) == pelco.LENGTHS[kind]
    assert pelco.decode(frame, kind, base) == PelcoFrame(address, meaning)


@pytest.mark.parametrize("kind", KINDS)
@given(said=st.lists(meanings, max_size=6), cut=st.integers(1, 9), noise=st.lists(st.integers(0, 0x9F), max_size=9))
def test_a_stream_split_anywhere_after_noise(kind, said, cut, noise):
    reader = PelcoReader(kind)
    stream = bytes(noise) + b"".join(pelco.encode(meaning, kind) for meaning in said)
    found = [frame for at in range(0, len(stream), cut) for frame in reader.feed(stream[at : at + cut])]
    assert found == [PelcoFrame(1, meaning) for meaning in said]
    assert reader.noise == len(noise)


def test_a_broken_frame_does_not_take_the_next_with_it():
    reader = PelcoReader("pelco-d")
    assert reader.feed(bytes.fromhex("FF 01 00 59 12 FF 01 00 51 00 00 52")) == [PelcoFrame(1, Query("pan"))]


def test_silence_ends_a_frame_that_was_begun():
    reader = PelcoReader("pelco-d")
    reader.feed(bytes.fromhex("FF 01 00 59"))
    reader.drop()
    assert reader.feed(bytes.fromhex("FF 01 00 51 00 00 52")) == [PelcoFrame(1, Query("pan"))]
    assert reader.noise == 4


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=60))
def test_no_bytes_make_it_raise(kind, data):
    reader = PelcoReader(kind)
    reader.feed(data)
    pelco.decode(data[:8], kind)
    assert len(reader._rest) < pelco.LENGTHS[kind]


# --- commands ------------------------------------------------------------------------------------------------


def wire(command: c.Command, kind: pelco.Kind = "pelco-d", **how: int) -> list[tuple[int, str]]:
    return [(one.offset, one.frame.hex(" ").upper()) for one in pelco.messages(command, kind, **how)]


def test_a_drive_with_a_time_ends_in_a_stop():
    assert wire(c.Drive("left", 40, 40, 2_000)) == [(0, "FF 01 00 04 28 00 2D"), (2_000, "FF 01 00 00 00 00 01")]


def test_an_axis_that_does_not_move_carries_speed_0():
    assert wire(c.Drive("up", 63, 63)) == [(0, "FF 01 00 08 00 3F 48")]
    assert wire(c.Drive("down_right", 10, 63)) == [(0, "FF 01 00 12 0A 3F 5C")]


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        (c.ZoomDrive("in", 3), "FF 02 00 20 00 00 22"),
        (c.ZoomDrive("out", 3), "FF 02 00 40 00 00 42"),
        (c.FocusDrive("near", None), "FF 02 01 00 00 00 03"),
        (c.FocusDrive("far", 5), "FF 02 00 80 00 00 82"),
        (c.Focus("auto"), "FF 02 00 2B 00 01 2E"),
        (c.Focus("manual"), "FF 02 00 2B 00 02 2F"),
        (c.Recall(7, 24), "FF 02 00 07 00 07 10"),
        (c.Store(7), "FF 02 00 03 00 07 0C"),
        (c.Clear(7), "FF 02 00 05 00 07 0E"),
        (c.Stop(), "FF 02 00 00 00 00 02"),
        (c.Stop(frozenset((c.ZOOM,))), "FF 02 00 00 00 00 02"),
    ],
)
def test_the_other_commands_to_camera_2(command, frame):
    assert wire(command, address=2) == [(0, frame)]


def test_the_same_on_pelco_p():
    assert wire(c.Drive("right", 0x29, 1, 5), "pelco-p") == [
        (0, "A0 01 00 02 29 00 AF 25"),
        (5, "A0 01 00 00 00 00 AF 0E"),
    ]
    assert wire(c.Recall(7), "pelco-p", address=2, base=0) == [(0, "A0 01 00 07 00 07 AF 0E")]


def test_every_direction_has_bytes_of_its_own():
    frames = {wire(c.Drive(direction, 5, 5))[0][1] for direction in get_args(c.Direction)}
    assert len(frames) == 8


def test_it_says_just_what_the_language_lets_pelco_say():
    for command in (
        c.Drive("up", 1, 1),
        c.ZoomDrive("in", 1),
        c.FocusDrive("near", 1),
        c.Focus("auto"),
        c.Focus("manual"),
        c.Stop(),
        c.Recall(1),
        c.Store(1),
        c.Clear(1),
        c.Focus("snap"),
        c.Focus("lock"),
        c.Home(),
        c.ZoomTo(1),
        c.FocusTo(1),
        c.MoveBy(1, 1, 1, 1),
        c.MoveTo(c.Pose(1, 1), 1, 1),
        c.Tally("program"),
        c.Power(True, 1),
        c.Track(True),
        c.Snapshot(""),
        c.Booth("photos", 1, 1, ""),
        c.SetProperty("white_balance", "auto"),
        c.Ramp("zoom", 1, 2, 1, 1),
    ):
        if can("pelco-d", MODEL, command):
            assert pelco.messages(command)
        else:
            with pytest.raises(ValueError):
                pelco.messages(command)
