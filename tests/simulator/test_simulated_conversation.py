"""What a simulated camera says on the wire: sockets, errors, power, menus, and whatever bytes may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.visca.table import ROWS
from cuelang.simulator.faults import Faults
from cuelang.units import NS
from tests.drawn import examples
from tests.models.known import known
from tests.simulator.simulated import DONE, Talk, nibbles

SLOW = f"81 01 06 02 01 01 {nibbles(2000)} {nibbles(0)} FF"
BACK = f"81 01 06 02 18 14 {nibbles(0)} {nibbles(0)} FF"
ZOOM = "81 01 04 47 04 00 00 00 FF"
FOCUS = "81 01 04 48 03 00 00 00 FF"
MANUAL = "81 01 04 38 03 FF"


def test_two_moves_hold_two_sockets_and_a_third_finds_the_buffer_full() -> None:
    camera = Talk()
    camera.say(MANUAL)
    assert camera.say(SLOW) == ["90 41 FF"]
    assert camera.say(ZOOM) == ["90 42 FF"]
    assert camera.say(FOCUS) == ["90 60 03 FF"]
    assert camera.after(4) == ["90 52 FF"]
    assert camera.say(FOCUS) == ["90 42 FF"]
    assert camera.after(60) == ["90 52 FF", "90 51 FF"]


def test_an_inquiry_takes_no_socket() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.say(ZOOM)
    assert camera.say("81 09 04 00 FF") == ["90 50 02 FF"]
    assert camera.say("81 09 06 10 FF") == ["90 50 04 00 FF"]
    camera.after(60)
    assert camera.say("81 09 06 10 FF") == ["90 50 08 00 FF"]


def test_a_newer_move_takes_over_and_the_older_completes_at_once() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.after(2)
    assert camera.say(BACK) == ["90 51 FF", "90 41 FF"]
    assert camera.after(60) == ["90 51 FF"]
    assert camera.position() == (0, 0)


def test_a_stop_ends_a_move_where_it_is() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.after(2)
    assert camera.say("81 01 06 01 01 01 03 03 FF") == ["90 51 FF", *DONE]
    stopped = camera.position()
    assert 0 < stopped[0] < 2000
    assert camera.after(60) == []
    assert camera.position() == stopped


def test_a_cancel_stops_what_is_in_the_socket() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.after(2)
    assert camera.say("81 22 FF") == ["90 62 05 FF"]
    assert camera.say("81 21 FF") == ["90 61 04 FF"]
    stopped = camera.position()
    assert camera.after(60) == []
    assert camera.position() == stopped
    assert camera.say("81 21 FF") == ["90 61 05 FF"]


def test_if_clear_and_the_calls_to_everybody() -> None:
    camera = Talk()
    camera.say(SLOW)
    assert camera.say("81 01 00 01 FF") == ["90 50 FF"]
    assert camera.after(60) == []
    assert camera.say("88 01 00 01 FF") == ["88 01 00 01 FF"]
    assert camera.say("88 30 01 FF") == ["88 30 02 FF"]


def test_a_frame_for_another_camera_is_left_alone() -> None:
    camera = Talk()
    assert camera.say("82 01 04 00 03 FF") == []
    assert camera.say("81 09 04 00 FF") == ["90 50 02 FF"]


@pytest.mark.parametrize(
    "frame",
    [
        "81 01 04 99 00 FF",
        "81 09 99 99 FF",
        "81 01 04 35 04 FF",
        "81 01 06 01 03 18 FF",  # preset and speed: an older form, refused by a G3
        "81 01 04 47 01 02 03 FF",
        "81 01 04 47 04 00 00 01 FF",  # beyond the tele end
        "81 01 04 47 11 02 03 04 FF",
        "81 01 06 02 00 01 00 00 00 00 00 00 00 00 FF",
        "81 01 06 02 19 01 00 00 00 00 00 00 00 00 FF",
        f"81 01 06 02 18 14 {nibbles(2449)} {nibbles(0)} FF",
        f"81 01 06 02 18 14 {nibbles(0)} {nibbles(-433)} FF",
        "81 01 06 01 00 0A 02 03 FF",  # speed 00 on the axis that moves
        "81 01 06 01 00 FF",
        "81 01 04 07 28 FF",
        "81 0A 02 02 04 FF",
        "81 FF",
        "FF",
        "81 01 04",
        "01 02 03 FF",
        "41 42 43",
        "81 01 04 07 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF",
    ],
)
def test_nonsense_is_a_syntax_error(frame: str) -> None:
    camera = Talk()
    assert camera.say(frame) == ["90 60 02 FF"]
    assert camera.after(5) == []
    assert camera.position() == (0, 0)


def test_speed_00_is_borne_where_nothing_moves() -> None:
    camera = Talk()
    for frame in ("0C 00 02 03", "00 0A 03 01", "00 00 03 03"):
        assert camera.say(f"81 01 06 01 {frame} FF") == DONE


def test_a_sony_camera_names_a_wrong_length() -> None:
    model = known("sony-srg-300h")
    assert model is not None
    camera = Talk(model)
    assert camera.say("81 01 04 47 01 02 03 FF") == ["90 60 01 FF"]
    for unknown in ("81 01 04 99 01 FF", "81 01 04 35 06 FF", "81 01 04 47 11 02 03 04 FF"):
        assert camera.say(unknown) == ["90 60 02 FF"]


def test_in_standby_nothing_moves_but_settings_and_tally_are_taken() -> None:
    camera = Talk()
    assert camera.say("81 01 04 00 03 FF") == DONE
    assert camera.say("81 09 04 00 FF") == ["90 50 03 FF"]
    for frame in (
        SLOW,
        ZOOM,
        FOCUS,
        "81 01 06 04 FF",
        "81 01 06 01 0C 0C 02 03 FF",
        "81 01 04 07 02 FF",
        "81 01 04 3F 02 01 FF",
        "81 01 04 3F 01 01 FF",
    ):
        assert camera.say(frame) == ["90 61 41 FF"]
    assert camera.say("81 0A 02 02 02 FF") == DONE
    assert camera.body.snapshot(0).tally == "program"
    assert camera.say("81 01 04 35 03 FF") == DONE
    assert camera.after(10) == []
    assert camera.position() == (0, 0)


def test_power_off_stops_what_moves() -> None:
    camera = Talk()
    camera.say(SLOW)
    camera.after(1)
    assert camera.say("81 01 04 00 03 FF") == ["90 51 FF", *DONE]
    where = camera.position()
    camera.after(20)
    assert camera.position() == where != (2000, 0)


def test_while_it_boots_only_the_power_inquiry_is_answered() -> None:
    camera = Talk(boot=20)
    camera.say("81 01 04 00 03 FF")
    assert camera.say("81 01 04 00 02 FF") == DONE
    camera.after(19.9)
    assert camera.say("81 09 04 00 FF") == ["90 50 02 FF"]
    for frame in ("81 09 06 12 FF", SLOW, "81 01 04 35 01 FF", b"nonsense".hex()):
        assert camera.say(frame) == []
    assert camera.body.power(camera.now) == "booting"
    camera.after(0.1)
    assert camera.say("81 09 06 12 FF") == ["90 50 00 00 00 00 00 00 00 00 FF"]
    assert camera.say(SLOW) == ["90 41 FF"]


def test_a_camera_that_is_on_does_not_boot_again() -> None:
    camera = Talk(boot=20)
    assert camera.say("81 01 04 00 02 FF") == DONE
    assert camera.say(SLOW) == ["90 41 FF"]


def test_the_arrows_move_the_head_unless_the_menu_is_open() -> None:
    camera = Talk()
    camera.say("81 01 04 3F 02 5F FF")
    for arrow in ("03 02", "03 02", "02 03"):
        assert camera.say(f"81 01 06 01 0E 0E {arrow} FF") == DONE
    camera.after(1)
    assert camera.position() == (0, 0)
    assert camera.body.menu is not None
    assert (camera.body.menu.row, camera.body.menu.column) == (2, 1)
    camera.say("81 01 06 06 03 FF")
    camera.say("81 01 06 01 0E 0E 03 02 FF")
    camera.after(1)
    assert camera.position()[1] < 0


def test_enter_and_return_are_not_executable_without_a_menu() -> None:
    camera = Talk()
    for key in ("04", "05"):
        assert camera.say(f"81 01 06 06 {key} FF") == ["90 61 41 FF"]


def test_several_frames_in_one_datagram_are_answered_in_order() -> None:
    camera = Talk()
    assert camera.say("81 09 04 00 FF 81 01 04 35 01 FF 81 09 04 35 FF") == ["90 50 02 FF", *DONE, "90 50 01 FF"]
    assert camera.say("81 09 04 00 FF 81 09") == ["90 50 02 FF", "90 60 02 FF"]


def test_completion_goes_to_the_client_that_asked() -> None:
    camera = Talk()
    camera.say(SLOW, peer="desk")
    camera.say(ZOOM, peer="tablet")
    assert camera.end.due == 4 * NS
    assert camera.end.wake(4 * NS) == [("tablet", bytes.fromhex("9052FF"))]
    assert camera.end.due is not None
    assert camera.end.wake(camera.end.due) == [("desk", bytes.fromhex("9051FF"))]


def test_every_frame_can_be_watched() -> None:
    camera = Talk()
    seen: list[tuple[str, str, int]] = []
    camera.end.on_frame = lambda way, frame, now: seen.append((way, frame.hex(" "), now))
    camera.now = 7
    camera.say("81 09 04 00 FF")
    assert seen == [("in", "81 09 04 00 ff", 7), ("out", "90 50 02 ff", 7)]


BEGINNINGS = sorted({row.template.fixed[1:5] for row in ROWS})
FRAMES = st.one_of(
    st.binary(max_size=24),
    st.builds(
        lambda start, body: b"\x81" + start + body + b"\xff", st.sampled_from(BEGINNINGS), st.binary(max_size=12)
    ),
)


@examples(150)
@given(st.lists(st.tuples(FRAMES, st.integers(0, 5 * NS)), max_size=12), st.sampled_from(["", "all"]))
def test_no_bytes_break_it_and_all_that_it_says_is_visca(frames: list[tuple[bytes, int]], faults: str) -> None:
    camera = Talk(boot=1)
    if faults:
        camera.end.faults = Faults.parse(
            "latency=10ms, jitter=5ms, loss=10%, duplicate=10%, reorder=10%, ack_at_end, stray_completion, "
            "error_socket, late_superseded, buffer_full=5, no_positions, no_blocks, seed=4"
        )
    for frame, pause in frames:
        heard = camera.say(frame.hex()) + camera.until(camera.now + pause)
        for answer in map(bytes.fromhex, heard):
            assert answer[-1] == 0xFF and 0xFF not in answer[:-1]
            assert answer[0] in (0x90, 0x88)
            assert 3 <= len(answer) <= 16
    shown = camera.body.snapshot(camera.now)
    assert -2448 <= shown.pan <= 2448 and -432 <= shown.tilt <= 1296 and 0 <= shown.zoom <= 0x4000
