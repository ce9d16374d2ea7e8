"""Every command of a camera as timed VISCA frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands import (
    NO_POSE,
    PAN_TILT,
    VECTORS,
    ZOOM,
    Booth,
    Clear,
    Drive,
    Focus,
    FocusDrive,
    FocusTo,
    Home,
    MoveBy,
    MoveTo,
    Pose,
    Power,
    Ramp,
    Recall,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.protocols.visca.encode import messages, tenths
from cuelang.units import NS
from tests.models.known import known
from tests.protocols.visca_reader import parse_command

MOVE = known("ptzoptics-move-4k-20x")
SONY = known("sony-brc-x400")
FR7 = known("sony-ilme-fr7")
assert MOVE and SONY and FR7

PT_STOP = "81 01 06 01 0c 0c 03 03 ff"


def wire(command, model=MOVE, **known):
    return [(message.offset / NS, message.frame.hex(" ")) for message in messages(command, model, **known)]


@pytest.mark.parametrize(
    ("command", "frames"),
    [
        (MoveTo(Pose(-432, 72, 9830), 12, 12),
         [(0, "81 01 06 02 0c 0c 0f 0e 05 00 00 00 04 08 ff"), (0, "81 01 04 47 02 06 06 06 ff")]),
        (MoveTo(Pose(zoom=0x4000), 12, 12), [(0, "81 01 04 47 04 00 00 00 ff")]),
        (MoveBy(-144, 72, 24, 24), [(0, "81 01 06 03 18 14 0f 0f 07 00 00 00 04 08 ff")]),
        (Home(), [(0, "81 01 06 04 ff")]),
        (Recall(4), [(0, "81 01 04 3f 02 04 ff")]),
        (Drive("up_left", 24, 24), [(0, "81 01 06 01 18 14 01 01 ff")]),
        (Drive("right", 5, 5, 2 * NS), [(0, "81 01 06 01 05 05 02 03 ff"), (2, PT_STOP)]),
        (ZoomTo(0x2000), [(0, "81 01 04 47 02 00 00 00 ff")]),
        (ZoomDrive("in", 3), [(0, "81 01 04 07 23 ff")]),
        (ZoomDrive("out", 0, NS), [(0, "81 01 04 07 30 ff"), (1, "81 01 04 07 00 ff")]),
        (Focus("auto"), [(0, "81 01 04 38 02 ff")]),
        (Focus("manual"), [(0, "81 01 04 38 03 ff")]),
        (Focus("snap"), [(0, "81 01 04 38 04 ff")]),
        (Focus("lock"), [(0, "81 0a 04 68 02 ff")]),
        (Focus("unlock"), [(0, "81 0a 04 68 03 ff")]),
        (FocusTo(0x1234), [(0, "81 01 04 48 01 02 03 04 ff")]),
        (FocusDrive("near", None), [(0, "81 01 04 08 03 ff")]),
        (FocusDrive("far", 5, NS), [(0, "81 01 04 08 25 ff"), (1, "81 01 04 08 00 ff")]),
        (Stop(), [(0, "81 0a 11 54 03 ff"), (0, PT_STOP), (0, "81 01 04 07 00 ff"), (0, "81 01 04 08 00 ff")]),
        (Stop(frozenset((ZOOM,)), tracking=False), [(0, "81 01 04 07 00 ff")]),
        (SetProperty("white_balance", "indoor"), [(0, "81 01 04 35 01 ff")]),
        (Store(7), [(0, "81 01 04 3f 01 07 ff")]),
        (Clear(7), [(0, "81 01 04 3f 00 07 ff")]),
        (Tally("program"), [(0, "81 0a 02 02 02 ff")]),
        (Tally("preview"), [(0, "81 0a 02 02 01 ff")]),
        (Tally("off"), [(0, "81 0a 02 02 03 ff")]),
        (Power(True, NS), [(0, "81 01 04 00 02 ff")]),
        (Power(False, NS), [(0, "81 01 04 00 03 ff")]),
        (Track(True), [(0, "81 0a 11 54 02 ff")]),
        (Track(False), [(0, "81 0a 11 54 03 ff")]),
        (Booth("photos", NS, NS, "x"), []),
        (Snapshot("x"), []),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)  # fmt: skip
def test_ptzoptics(command, frames):
    assert wire(command) == frames


def test_the_address_is_in_every_frame():
    assert wire(Stop(), address=3)[1] == (0, PT_STOP.replace("81", "83", 1))


def test_an_axis_left_out_stays_where_the_camera_is():
    assert wire(MoveTo(Pose(pan=-432), 1, 1), pose=Pose(0, 72, 0)) == wire(MoveTo(Pose(-432, 72), 1, 1))
    assert wire(MoveTo(Pose(pan=-432), 1, 1)) == []


def test_a_recall_sends_its_speed_only_when_it_is_another_one():
    speed, recall = (0, "81 01 06 01 05 ff"), (0, "81 01 04 3f 02 04 ff")
    assert wire(Recall(4, 5)) == [speed, recall]
    assert wire(Recall(4, 5), preset_speed=6) == [speed, recall]
    assert wire(Recall(4, 5), preset_speed=5) == [recall]
    assert wire(Recall(4), preset_speed=5) == [recall]


def test_a_timed_move_chooses_speeds_and_ramps_the_zoom():
    found = messages(MoveTo(Pose(1440, 720, 1000), 12, 12, 4 * NS, rate=2), MOVE, pose=Pose(0, 0, 0))
    assert found[0].frame[4:6] == bytes((5, 4))
    assert [message.offset for message in found[1:]] == [k * NS // 2 for k in range(1, 9)]
    assert [message.final for message in found[1:]] == [False] * 7 + [True]
    assert found[-1].frame.hex(" ") == "81 01 04 47 00 03 0e 08 ff"


def test_a_timed_move_from_an_unknown_place_has_its_last_zoom_and_its_own_speeds():
    assert wire(MoveTo(Pose(1440, 720, 1000), 7, 8, 4 * NS)) == [
        (0, "81 01 06 02 07 08 00 05 0a 00 00 02 0d 00 ff"),
        (4, "81 01 04 47 00 03 0e 08 ff"),
    ]


def test_a_ramp_with_from_sends_it_at_zero():
    ramp = Ramp("zoom", 0, 100, NS, 2)
    assert [at for at, _ in wire(ramp, pose=Pose(zoom=50))] == [0, 0.5, 1]
    assert [at for at, _ in wire(Ramp("zoom", None, 100, NS, 2), pose=Pose(zoom=50))] == [0.5, 1]
    assert wire(Ramp("zoom", None, 100, NS, 2)) == [(1, "81 01 04 47 00 00 06 04 ff")]


def test_a_focus_ramp_starts_where_the_focus_is():
    assert wire(Ramp("focus", None, 100, NS, 2), focus=0)[0] == (0.5, "81 01 04 48 00 00 03 02 ff")
    assert len(wire(Ramp("focus", None, 100, NS, 2), pose=Pose(0, 0, 0))) == 1


def test_a_disputed_row_brings_its_second_form():
    (message,) = messages(SetProperty("bright", "value", (17,)), MOVE)
    assert message.frame.hex(" ") == "81 01 04 4d 00 00 01 01 ff"
    assert message.alternative == bytes.fromhex("81 01 04 0d 00 00 01 01 ff")


@pytest.mark.parametrize(
    ("command", "again"),
    [
        (Home(), True),
        (ZoomTo(0), True),
        (MoveBy(1, 1, 1, 1), False),
        (SetProperty("iris", "up"), False),
        (SetProperty("iris", "reset"), True),
        (SetProperty("osd", "toggle"), False),
        (SetProperty("white_balance", "trigger"), False),
        (SetProperty("white_balance", "one_push"), True),
        (Drive("up", 1, 1), True),
    ],
)
def test_what_may_be_sent_again(command, again):
    assert [message.repeatable for message in messages(command, MOVE)] == [again]


def test_sony_says_some_things_otherwise():
    assert wire(Tally("program"), SONY) == [(0, "81 01 7e 01 0a 00 02 ff")]
    assert wire(Tally("preview"), SONY) == wire(Tally("off"), SONY) == [(0, "81 01 7e 01 0a 00 03 ff")]
    assert wire(Recall(4, 5), SONY, preset_speed=5) == [
        (0, "81 01 7e 04 1b 01 ff"), (0, "81 01 7e 01 0b 03 05 ff"), (0, "81 01 04 3f 02 03 ff"),
    ]  # fmt: skip
    assert wire(Focus("snap"), SONY) == [(0, "81 01 04 18 01 ff")]
    assert wire(Stop(), SONY)[0] == (0, PT_STOP)
    assert wire(MoveTo(Pose(-40103, 46000), 1, 1), FR7) == [
        (0, "81 01 06 02 01 01 0f 06 03 05 09 00 0b 03 0b 00 ff")
    ]  # fmt: skip


@pytest.mark.parametrize("command", [Track(True), Focus("lock"), SetProperty("wdr", "up"), SetProperty("flip", "h")])
def test_what_sony_cannot_say_is_an_error(command):
    with pytest.raises(ValueError, match="Sony BRC-X400 has no"):
        messages(command, SONY)


commands = st.one_of(
    st.builds(
        MoveTo,
        st.builds(Pose, *[st.none() | st.integers(0, 1000)] * 3),
        st.integers(1, 24),
        st.integers(1, 24),
        st.none() | st.integers(1, 3 * NS),
        st.sampled_from(["linear", "in", "out", "in_out"]),
    ),
    st.builds(
        Drive,
        st.sampled_from(list(VECTORS)),
        st.integers(1, 24),
        st.integers(1, 24),
        st.none() | st.integers(1, 10 * NS),
    ),
    st.builds(
        Ramp,
        st.sampled_from(["zoom", "focus"]),
        st.none() | st.integers(0, 0x4000),
        st.integers(0, 0x4000),
        st.integers(1, 3 * NS),
        st.integers(1, 60),
    ),
    st.builds(Recall, st.integers(0, 254), st.none() | st.integers(1, 24)),
)


@given(commands, st.sampled_from([NO_POSE, Pose(0, 0, 0), Pose(5, None, 7)]), st.integers(1, 7))
def test_every_frame_is_one_that_a_camera_reads(command, pose, address):
    found = messages(command, MOVE, address=address, pose=pose)
    assert [message.offset for message in found] == sorted(message.offset for message in found)
    for message in found:
        read = parse_command(message.frame)
        assert read is not None and (read.row.id, read.address) == (message.row, address)
        assert message.axis in (PAN_TILT, ZOOM, "focus", "")
    if found:
        assert found[-1].final


def test_a_head_that_times_a_recall_itself_is_told_to_and_told_otherwise_the_next_time() -> None:
    assert wire(Recall(4, over=2_500_000_000), FR7) == [
        (0, "81 01 7e 04 1b 01 ff"), (0, "81 01 7e 04 27 03 01 ff"), (0, "81 01 7e 04 67 03 00 01 09 ff"),
        (0, "81 01 04 3f 02 03 ff"),
    ]  # fmt: skip
    assert wire(Recall(4), FR7)[0] == (0, "81 01 7e 04 27 03 00 ff")
    assert [tenths(over * 50_000_000) for over in (1, 19, 21, 1979, 3000)] == [10, 10, 11, 990, 990]
