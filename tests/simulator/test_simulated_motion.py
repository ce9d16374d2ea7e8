"""A body moves as `models.motion` predicts, stops where it should, and its presets come back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cuelang.commands import Pose
from cuelang.models import DEFAULT, motion
from cuelang.simulator.body import Body, StoredPreset
from cuelang.units import MS, NS
from tests.drawn import examples
from tests.models.known import known
from tests.simulator.simulated import DONE, Talk, nibbles

RIGHT, UP = 2448, 1296
ABSOLUTE = "81 01 06 02 {:02X} {:02X} {} {} FF"
PANS, TILTS = st.integers(-2448, 2448), st.integers(-432, 1296)


def absolute(pan: int, tilt: int, pan_speed: int = 12, tilt_speed: int = 12) -> str:
    return ABSOLUTE.format(pan_speed, tilt_speed, nibbles(pan), nibbles(tilt))


@examples(60)
@given(PANS, TILTS, st.integers(1, 24), st.integers(1, 20))
def test_an_absolute_move_takes_exactly_as_long_as_predicted(pan: int, tilt: int, fast: int, steep: int) -> None:
    camera = Talk()
    camera.now = 5 * NS
    took = motion.travel(DEFAULT, Pose(0, 0), Pose(pan, tilt), fast, steep)
    heard = camera.say(absolute(pan, tilt, fast, steep))
    assert heard == (["90 41 FF"] if took else DONE)
    assert camera.until(5 * NS + took - 1) == []
    assert camera.until(5 * NS + took) == (["90 51 FF"] if took else [])
    assert camera.position() == (pan, tilt)


@examples(60)
@given(PANS, st.integers(1, 24), st.integers(0, 20 * NS), st.integers(0, NS))
def test_a_moving_axis_never_leaves_its_way_and_never_turns_back(pan: int, speed: int, at: int, more: int) -> None:
    body = Body(DEFAULT)
    arrival = body.move_to(0, pan, 0, speed, 1)
    first, second = body.pan.at(at), body.pan.at(at + more)
    assert 0 <= abs(first) <= abs(second) <= abs(pan)
    assert (first == pan) == (at >= arrival or pan == 0)


def test_a_relative_move_counts_from_where_the_camera_is() -> None:
    camera = Talk()
    camera.say(absolute(100, 50))
    camera.after(30)
    assert camera.say(f"81 01 06 03 0C 0C {nibbles(-30)} {nibbles(20)} FF") == ["90 41 FF"]
    camera.after(30)
    assert camera.position() == (70, 70)
    camera.say(f"81 01 06 03 18 14 {nibbles(2448)} {nibbles(-1296)} FF")
    assert camera.after(60) == ["90 51 FF"]
    assert camera.position() == (2448, -432)


def test_home_goes_to_the_middle() -> None:
    camera = Talk()
    camera.say(absolute(-1440, 720))
    camera.after(60)
    assert camera.say("81 01 06 04 FF") == ["90 41 FF"]
    took = motion.fastest(DEFAULT, Pose(-1440, 720), Pose(0, 0))
    assert camera.after(60) == ["90 51 FF"]
    assert camera.arrivals[-1] == 60 * NS + took
    assert camera.position() == (0, 0)


@pytest.mark.parametrize(
    ("direction", "right", "up"),
    [
        ("03 01", 0, 1), ("03 02", 0, -1), ("01 03", -1, 0), ("02 03", 1, 0),
        ("01 01", -1, 1), ("02 01", 1, 1), ("01 02", -1, -1), ("02 02", 1, -1),
    ],
)  # fmt: skip
def test_a_drive_goes_its_way_until_it_is_stopped(direction: str, right: int, up: int) -> None:
    camera = Talk()
    assert camera.say(f"81 01 06 01 0C 0A {direction} FF") == DONE
    camera.after(1)
    per_second = float(DEFAULT.pan_speeds[11] * 144 / 10), float(DEFAULT.tilt_speeds[9] * 144 / 10)
    assert camera.say("81 01 06 01 0C 0A 03 03 FF") == DONE
    stopped = camera.position()
    assert stopped[0] == pytest.approx(right * per_second[0], abs=1)
    assert stopped[1] == pytest.approx(up * per_second[1], abs=1)
    camera.after(5)
    assert camera.position() == stopped


def test_a_drive_ends_at_the_end_of_the_range() -> None:
    camera = Talk()
    camera.say("81 01 06 01 18 14 02 01 FF")
    camera.after(60)
    assert camera.position() == (RIGHT, UP)
    assert not camera.body.moving(camera.now)
    camera.say("81 01 06 01 18 14 01 02 FF")
    camera.after(60)
    assert camera.position() == (-2448, -432)


def test_a_drive_ends_at_the_limits_that_were_set_and_a_cleared_limit_holds_nothing() -> None:
    camera = Talk()
    assert camera.say(f"81 01 06 07 00 01 {nibbles(300)} {nibbles(200)} FF") == DONE
    assert camera.say(f"81 01 06 07 00 00 {nibbles(-100)} {nibbles(-50)} FF") == DONE
    camera.say("81 01 06 01 18 14 02 01 FF")
    camera.after(60)
    assert camera.position() == (300, 200)
    camera.say("81 01 06 01 18 14 01 02 FF")
    camera.after(60)
    assert camera.position() == (-100, -50)
    camera.say(absolute(2000, 1000))
    camera.after(60)
    assert camera.position() == (300, 200)
    assert camera.say("81 01 06 07 01 01 07 0F 0F 0F 07 0F 0F 0F FF") == DONE
    camera.say(absolute(2000, 1000))
    camera.after(60)
    assert camera.position() == (2000, 1000)


def test_a_camera_that_counts_to_the_left_still_drives_to_the_right() -> None:
    model = known("sony-brc-x1000")
    assert model is not None and model.pan_left_positive
    camera = Talk(model)
    camera.say("81 01 06 01 18 14 02 03 FF")
    camera.after(60)
    shown = camera.body.snapshot(camera.now)
    assert shown.pan == model.pan_range[0]
    assert shown.pan_degrees == pytest.approx(170, abs=1)


def test_positions_of_five_nibbles() -> None:
    model = known("sony-ilme-fr7")
    assert model is not None and model.pan_nibbles == 5
    camera = Talk(model)
    assert camera.say("81 01 06 02 18 14 00 09 0C 0A 07 0F 0F 0F 0F 0F FF") == ["90 41 FF"]
    camera.after(60)
    assert camera.say("81 09 06 12 FF") == ["90 50 00 09 0C 0A 07 0F 0F 0F 0F 0F FF"]


def test_the_zoom_takes_its_full_time_from_end_to_end_and_less_for_less() -> None:
    camera = Talk()
    assert camera.say("81 01 04 47 04 00 00 00 FF") == ["90 41 FF"]
    assert camera.until(DEFAULT.zoom_full - 1) == []
    assert camera.until(DEFAULT.zoom_full) == ["90 51 FF"]
    assert camera.zoom() == 0x4000
    camera.say("81 01 04 47 03 00 00 00 FF")
    assert camera.after(1) == ["90 51 FF"]
    assert camera.zoom() == 0x3000


@pytest.mark.parametrize(("command", "eighths"), [("27", 8), ("20", 1), ("23", 4), ("02", 4)])
def test_the_zoom_drives_at_its_speed(command: str, eighths: int) -> None:
    camera = Talk()
    assert camera.say(f"81 01 04 07 {command} FF") == DONE
    camera.after(2)
    assert camera.zoom() == 0x2000 * eighths // 8
    assert camera.say("81 01 04 07 00 FF") == DONE
    camera.after(2)
    assert camera.zoom() == 0x2000 * eighths // 8
    camera.say("81 01 04 07 " + {"02": "03"}.get(command, f"3{command[1]}") + " FF")
    camera.after(60)
    assert camera.zoom() == 0


def test_a_measured_lens_drives_at_the_speeds_of_its_model_file() -> None:
    measured = replace(DEFAULT, zoom_speeds=tuple(Fraction(100 * 2**step) for step in range(8)))
    for command, rate in (("20", 100), ("25", 3200), ("02", 800)):
        camera = Talk(measured)
        assert camera.say(f"81 01 04 07 {command} FF") == DONE
        camera.after(2)
        assert camera.zoom() == 2 * rate


def test_a_direct_focus_is_refused_while_autofocus_is_on() -> None:
    camera = Talk()
    assert camera.say("81 01 04 48 01 02 03 04 FF") == ["90 61 41 FF"]
    camera.say("81 01 04 38 03 FF")
    assert camera.say("81 01 04 48 01 02 03 04 FF") == ["90 41 FF"]
    assert camera.after(5) == ["90 51 FF"]
    assert camera.say("81 09 04 48 FF") == ["90 50 01 02 03 04 FF"]


def test_the_focus_runs_near_and_far_unless_it_is_locked() -> None:
    camera = Talk()
    camera.say("81 01 04 38 03 FF")
    camera.say("81 01 04 08 37 FF")
    camera.after(10)
    assert camera.say("81 09 04 48 FF") == ["90 50 04 00 00 00 FF"]
    assert camera.say("81 0A 04 68 02 FF") == DONE
    for command in ("08 02", "08 27", "48 00 00 00 01", "38 04"):
        assert camera.say(f"81 01 04 {command} FF") == ["90 61 41 FF"]
    assert camera.say("81 0A 04 68 03 FF") == DONE
    camera.say("81 01 04 08 02 FF")
    camera.after(10)
    assert camera.say("81 09 04 48 FF") == ["90 50 00 00 00 00 FF"]


def test_a_preset_brings_back_position_zoom_focus_and_picture_at_the_preset_speed() -> None:
    camera = Talk()
    camera.say("81 01 04 38 03 FF")
    for command in (absolute(1440, -144), "81 01 04 47 02 00 00 00 FF", "81 01 04 48 00 01 00 00 FF"):
        camera.say(command)
        camera.after(30)
    camera.say("81 01 04 35 02 FF")
    assert camera.say("81 01 04 3F 01 04 FF") == DONE
    for command in ("81 01 06 04 FF", "81 01 04 47 00 00 00 00 FF", "81 01 04 48 02 00 00 00 FF"):
        camera.say(command)
        camera.after(30)
    camera.say("81 01 04 35 05 FF")
    assert camera.say("81 01 06 01 08 FF") == DONE
    begun = camera.now
    assert camera.say("81 01 04 3F 02 04 FF") == ["90 41 FF"]
    assert camera.after(60) == ["90 51 FF"]
    took = motion.travel(DEFAULT, Pose(0, 0, 0), Pose(1440, -144, 0x2000), 8, 8)
    assert camera.arrivals[-1] == begun + took
    assert camera.position() == (1440, -144)
    assert camera.zoom() == 0x2000
    assert camera.say("81 09 04 48 FF") == ["90 50 00 01 00 00 FF"]
    assert camera.say("81 09 04 35 FF") == ["90 50 02 FF"]
    assert camera.say("81 09 04 3F FF") == ["90 50 04 FF"]


def test_a_preset_that_was_never_stored_moves_nothing_and_completes() -> None:
    camera = Talk()
    assert camera.say("81 01 04 3F 02 07 FF") == DONE
    camera.body.presets[7] = StoredPreset(10, 20, 30)
    camera.say("81 01 04 3F 00 07 FF")
    assert camera.say("81 01 04 3F 02 07 FF") == DONE
    assert camera.position() == (0, 0)


def test_a_preset_of_which_only_the_zoom_is_known_leaves_the_head_alone() -> None:
    camera = Talk()
    camera.say(absolute(100, 100))
    camera.after(30)
    camera.body.presets[3] = StoredPreset(None, None, 0x1000)
    assert camera.say("81 01 04 3F 02 03 FF") == ["90 41 FF"]
    camera.after(30)
    assert (camera.position(), camera.zoom()) == ((100, 100), 0x1000)


def test_recall_90_is_home_and_the_numbers_around_it_are_no_presets() -> None:
    camera = Talk()
    camera.say(absolute(100, 100))
    camera.after(30)
    assert camera.say("81 01 04 3F 02 5A FF") == ["90 41 FF"]
    camera.after(30)
    assert camera.position() == (0, 0)
    for number in ("5B", "5E", "63"):
        assert camera.say(f"81 01 04 3F 02 {number} FF") == ["90 60 02 FF"]
        assert camera.say(f"81 01 04 3F 01 {number} FF") == ["90 60 02 FF"]


def test_on_a_sony_the_presets_90_and_95_are_presets() -> None:
    model = known("sony-srg-x40uh")
    assert model is not None
    camera = Talk(model)
    for number in (90, 95):
        camera.body.presets[number + 1] = StoredPreset(100, 0, 0)
        assert camera.say(f"81 01 04 3F 02 {number:02X} FF") == ["90 41 FF"]
        camera.after(30)
        assert camera.position() == (100, 0)
        camera.say("81 01 06 04 FF")
        camera.after(30)
    assert camera.say("81 09 06 06 FF") == ["90 50 03 FF"]


def test_a_snapshot_says_how_the_camera_stands() -> None:
    camera = Talk()
    camera.say(absolute(-144, 72))
    camera.say("81 0A 02 02 01 FF")
    camera.say("81 0A 11 54 02 FF")
    camera.now += 100 * MS
    assert camera.body.snapshot(camera.now).moving == {"pan_tilt"}
    camera.after(30)
    shown = camera.body.snapshot(camera.now)
    assert (shown.pan, shown.tilt, shown.pan_degrees, shown.tilt_degrees) == (-144, 72, -10.0, 5.0)
    assert (shown.tally, shown.tracking, shown.power, shown.moving) == ("preview", True, "on", frozenset())
    camera.say("81 0A 02 02 02 FF")
    assert camera.body.snapshot(camera.now).tally == "program"
    camera.say("81 0A 02 02 03 FF")
    assert camera.body.snapshot(camera.now).tally == "off"


def test_a_sony_with_one_speed_for_all_presets_uses_that() -> None:
    model = known("sony-brc-x400")
    took = {}
    for select in ("00", "01", "02"):
        camera = Talk(model)
        camera.body.presets[2] = StoredPreset(1024, 0, 0)
        for said in ("81 01 7E 01 0B 01 06 FF", f"81 01 7E 04 1B {select} FF"):
            assert camera.say(said) == DONE
        assert camera.say("81 01 04 3F 02 01 FF") == ["90 41 FF"]
        camera.after(60)
        took[select] = camera.arrivals[-1]
    assert took["00"] == took["01"] > 5 * took["02"]


def test_a_head_that_gets_its_target_again_and_again_arrives_when_it_would_have() -> None:
    once, often = Body(DEFAULT, "a"), Body(DEFAULT, "b")
    arrives = once.move_to(0, 720, 0, 5, 5)
    for at in range(0, arrives - 100 * MS, 33 * MS):
        often.move_to(at, 720, 0, 5, 5)
    assert abs(once.pan.at(arrives - 100 * MS) - often.pan.at(arrives - 100 * MS)) <= 2
    assert arrives <= often.move_to(arrives - 100 * MS, 720, 0, 5, 5) < arrives + 20 * MS
