"""A controller as a stick, in the whole show: precedence, interlock, stops."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.midi import Hit
from cuelang.triggers.gestures import scaled
from cuelang.triggers.joystick import Joysticks, deflection
from tests.running.night import Night, perform

RIG = """
show "Night"
    interlock {interlock}
camera foh "visca+udp://10.0.0.21"
    drive_speed 24
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "visca+udp://10.0.0.22"
input desk "midi:Desk"
on midi control 1 drive foh pan
on midi control 2 drive foh tilt
on midi control 3 channel 2 drive foh zoom
on midi control 4 drive foh speed
on midi control 5 drive foh focus
input keys "midi:Keys"
on midi bend channel 1 from keys drive left pan
"""
CUE = "cue 1\n    move foh to pan 90deg speed 1\ncue 2\n    tally foh program\n"
STOP, ZOOM_STOP = "81 01 06 01 0c 0c 03 03 ff", "81 01 04 07 00 ff"


class Board:
    """A person at the sticks."""

    def __init__(self) -> None:
        self.hands: Joysticks | None = None

    def of(self, night: Night) -> Joysticks:
        if self.hands is None:
            self.hands = Joysticks(night.plan, night.clock, night.executor.hands.steer, night.executor.hands.release)
        return self.hands

    def moves(self, number: int, value: int, channel: int = 1) -> Callable[[Night], None]:
        return lambda night: self.of(night).moved(Hit("control", number, value, channel), "desk", night.clock.now())

    def unplugged(self, night: Night) -> None:
        self.of(night).gone("desk")


def played(*doings: Any, interlock: str = "block", end: float = 20) -> Night:
    return perform(CUE, *doings, rig=RIG.format(interlock=interlock), end=end)


def sent(night: Night) -> list[str]:
    return [frame for _, frame in night.wire("foh")]


def test_the_whole_way_is_the_whole_speed_and_centre_is_still() -> None:
    assert [deflection(value) for value in (0, 55, 56, 64, 72, 73, 127)] == [-55, -1, 0, 0, 0, 1, 55]
    assert [scaled(deflection(value), 24, 1) for value in (73, 127, 0)] == [1, 24, 24]


@given(st.integers(0, 127), st.integers(1, 24))
def test_a_speed_is_in_range(value: int, top: int) -> None:
    amount = deflection(value)
    assert amount == 0 or 1 <= scaled(amount, top, 1) <= top


def test_a_stick_drives_and_its_rest_stops() -> None:
    board = Board()
    night = played((1, board.moves(1, 127)), (2, board.moves(1, 64)))
    assert sent(night) == ["81 01 06 01 18 01 02 03 ff", STOP]
    (trigger,) = night.of("trigger")
    assert (trigger["source"], trigger["verdict"], trigger["line"]) == ("midi desk control 1 ch 1", "fired", 9)


def test_pan_and_tilt_are_one_drive() -> None:
    board = Board()
    night = played((1, board.moves(1, 0)), (2, board.moves(2, 127)), (3, board.moves(1, 60)), (4, board.moves(2, 60)))
    drives = ["81 01 06 01 18 01 01 03 ff", "81 01 06 01 18 14 01 01 ff", "81 01 06 01 01 14 03 01 ff"]
    assert sent(night) == [*drives, STOP]
    assert len(night.of("trigger")) == 1, "one gesture"


def test_zoom_hears_its_channel_alone_and_has_its_own_speed() -> None:
    board = Board()
    night = played((1, board.moves(3, 127)), (2, board.moves(3, 127, 2)), (3, board.moves(3, 64, 2)))
    assert sent(night) == ["81 01 04 07 23 ff", ZOOM_STOP]


def test_the_speed_controller_changes_what_is_under_way() -> None:
    board = Board()
    night = played((1, board.moves(4, 64)), (2, board.moves(1, 127)), (3, board.moves(4, 127)), (4, board.moves(4, 0)))
    assert sent(night)[:3] == ["81 01 06 01 0c 01 02 03 ff", "81 01 06 01 18 01 02 03 ff", "81 01 06 01 01 01 02 03 ff"]


def test_only_changes_are_sent_and_not_too_many_but_the_last_one_surely() -> None:
    board = Board()
    sweep = [(1 + n / 100, board.moves(1, 73 + n)) for n in range(55)]
    night = played(*sweep, (3, board.moves(1, 127)), (4, board.moves(1, 64)), (4.01, board.moves(1, 64)))
    frames = sent(night)
    assert 8 <= len(frames) <= 14
    assert frames[-2:] == ["81 01 06 01 18 01 02 03 ff", STOP]
    times = [at for at, _ in night.wire("foh")]
    assert all(b - a >= 0.049 for a, b in pairwise(times[:-1]))


def test_a_cue_takes_the_camera_from_the_hand_until_it_has_been_at_rest() -> None:
    board = Board()
    night = played(
        (1, board.moves(1, 127)),
        (2, "go 1"),
        (3, board.moves(1, 120)),
        (4, board.moves(1, 64)),
        (5, board.moves(1, 127)),
        (6, board.moves(1, 64)),
    )
    told = [frame for at, frame in night.wire("foh") if at < 4.9]
    assert [frame[:11] for frame in told] == ["81 01 06 01", "81 01 06 02"], "the rest of the stick stops no cue"
    assert ("drive", "superseded") in night.outcomes() or ("drive", "completed") in night.outcomes()
    assert [frame for at, frame in night.wire("foh") if at > 4.9] == ["81 01 06 01 18 01 02 03 ff", STOP]


def test_the_hand_takes_the_camera_from_a_cue() -> None:
    board = Board()
    night = played((1, "go 1"), (2, board.moves(1, 127)), (3, board.moves(1, 64)))
    assert ("move", "superseded") in night.outcomes()


@pytest.mark.parametrize("word", ["panic", "stop"])
def test_after_a_panic_a_stick_that_is_held_does_nothing(word: str) -> None:
    board = Board()
    night = played((1, board.moves(1, 127)), (2, word), (3, board.moves(1, 120)), (4, board.moves(1, 64)))
    assert [frame for at, frame in night.wire("foh") if at > 2.5] == []
    assert STOP in sent(night)


def test_the_interlock_holds_a_hand_back() -> None:
    board = Board()
    night = played((1, "go 2"), (2, board.moves(1, 127)), (3, board.moves(1, 100)), (4, board.moves(1, 64)))
    assert [frame for frame in sent(night) if frame.startswith("81 01 06")] == []
    (drive,) = night.commands(action="drive")
    assert (drive["outcome"], drive["reason"][:17]) == ("refused", "foh is on program")


def test_a_warning_is_given_once_a_gesture() -> None:
    board = Board()
    night = played((1, "go 2"), (2, board.moves(1, 127)), (3, board.moves(1, 100)), interlock="warn")
    assert len(night.says()) == 1
    assert len(night.commands(action="drive")) == 2


def test_a_controller_that_is_unplugged_lets_go() -> None:
    board = Board()
    night = played((1, board.moves(1, 127)), (2, board.unplugged))
    assert sent(night)[-1] == STOP


def test_focus_is_driven_too() -> None:
    board = Board()
    doings = ((0.1, "go 1"), (1, board.moves(5, 127)), (2, board.moves(5, 0)), (3, board.moves(5, 64)))
    night = perform("cue 1\n    focus foh manual\n", *doings, rig=RIG.format(interlock="block"), end=20)
    assert sent(night)[1:] == ["81 01 04 08 27 ff", "81 01 04 08 37 ff", "81 01 04 08 00 ff"]


def test_a_bend_of_the_one_device_that_is_named_drives() -> None:
    board = Board()

    def bends(value: int, port: str) -> Callable[[Night], None]:
        return lambda night: board.of(night).moved(Hit("bend", 0, value, 1), port, night.clock.now())

    night = played((1, bends(0, "desk")), (2, bends(127, "keys")), (3, bends(64, "keys")))
    assert [frame for _, frame in night.wire("left")] == ["81 01 06 01 0c 01 02 03 ff", STOP]
