"""HTTP-CGI against the paths of the sheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import commands as c
from cuelang import models
from cuelang.protocols import can, cgi
from tests.models.known import known

MODEL = known("ptzoptics-move-4k-20x")
S = 1_000_000_000
PTZ, PARAM = "/cgi-bin/ptzctrl.cgi?", "/cgi-bin/param.cgi?"


def asked(command: c.Command, **how: c.Pose) -> list[tuple[int, str, str]]:
    return [(one.offset, one.method, one.path) for one in cgi.requests(command, MODEL, **how)]


def paths(command: c.Command, **how: c.Pose) -> list[str]:
    return [one.path for one in cgi.requests(command, MODEL, **how)]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (c.Home(), PTZ + "ptzcmd&home"),
        (c.Recall(5), PTZ + "ptzcmd&poscall&5"),
        (c.Store(254), PTZ + "ptzcmd&posset&254"),
        (c.MoveTo(c.Pose(-2448, -431), 15, 10), PTZ + "ptzcmd&abs&15&10&F670&FE51"),
        (c.MoveBy(0x200, -2, 24, 24), PTZ + "ptzcmd&rel&24&20&0200&FFFE"),
        (c.Drive("left", 12, 10), PTZ + "ptzcmd&left&12&10"),
        (c.Drive("up_left", 12, 10), PTZ + "ptzcmd&leftup&12&10"),
        (c.Drive("down_right", 12, 10), PTZ + "ptzcmd&rightdown&12&10"),
        (c.ZoomDrive("in", 5), PTZ + "ptzcmd&zoomin&5"),
        (c.ZoomDrive("out", 0), PTZ + "ptzcmd&zoomout&0"),
        (c.ZoomTo(0x3000), PTZ + "ptzcmd&zoomto&7&3000"),
        (c.FocusDrive("near", 5), PTZ + "ptzcmd&focusin&5"),
        (c.FocusDrive("far", None), PTZ + "ptzcmd&focusout&3"),
        (c.Focus("lock"), PARAM + "ptzcmd&lock_mfocus"),
        (c.Focus("unlock"), PARAM + "ptzcmd&unlock_mfocus"),
        (c.Focus("snap"), PARAM + "set_focus&one_shot_focus"),
        (c.Snapshot("x"), "/snapshot.jpg"),
    ],
)
def test_one_request_each(command, path):
    assert asked(command) == [(0, "GET", path)]


@pytest.mark.parametrize(("on", "word", "number"), [(True, "on", 2), (False, "off", 3)])
def test_tracking_is_asked_for_as_g3_does_and_then_as_g2(on, word, number):
    (one,) = cgi.requests(c.Track(on), models.DEFAULT)
    assert one.path == PARAM + f"set_overlay&autotracking&{word}"
    assert one.alternative == PTZ + f"post_image_value&autotrack&{number}"


def test_a_recall_with_a_speed_and_for_older_cameras_without():
    (one,) = cgi.requests(c.Recall(1, 24), MODEL)
    assert one.method == "POST"
    assert one.path == PTZ + "post_preset&poscallwithspeed=1&panspeed=24&tiltspeed=20&zoomspeed=7"
    assert one.alternative == PTZ + "ptzcmd&poscall&1"


def test_what_has_a_time_has_its_stop():
    assert asked(c.Drive("up", 3, 4, 2 * S))[1] == (2 * S, "GET", PTZ + "ptzcmd&ptzstop&1&1")
    assert asked(c.ZoomDrive("in", 3, S))[1] == (S, "GET", PTZ + "ptzcmd&zoomstop&0")
    assert asked(c.FocusDrive("far", 3, S))[1] == (S, "GET", PTZ + "ptzcmd&focusstop&0")


def test_stop_stops_tracking_first():
    assert paths(c.Stop()) == [
        PTZ + "post_image_value&autotrack&3", PTZ + "ptzcmd&ptzstop&1&1", PTZ + "ptzcmd&zoomstop&0",
        PTZ + "ptzcmd&focusstop&0",
    ]  # fmt: skip
    assert paths(c.Stop(frozenset((c.ZOOM,)), tracking=False)) == [PTZ + "ptzcmd&zoomstop&0"]


def test_a_pose_without_tilt_keeps_the_tilt():
    assert paths(c.MoveTo(c.Pose(pan=16, zoom=1), 1, 1), pose=c.Pose(0, -16, 0)) == [
        PTZ + "ptzcmd&abs&1&1&0010&FFF0", PTZ + "ptzcmd&zoomto&7&0001",
    ]  # fmt: skip
    assert paths(c.MoveTo(c.Pose(pan=16), 1, 1)) == []


def test_a_timed_move_has_speeds_that_fit_and_a_zoom_drawn_step_by_step():
    move = c.MoveTo(c.Pose(1440, 0, 1000), 1, 1, over=4 * S, rate=2)
    turn, *zooms = cgi.requests(move, MODEL, pose=c.Pose(0, 0, 0))
    assert turn.path == PTZ + "ptzcmd&abs&5&1&05A0&0000"
    assert [one.offset for one in zooms] == [S // 2 * step for step in range(1, 9)]
    assert zooms[-1].path == PTZ + "ptzcmd&zoomto&7&03E8"
    assert [one.final for one in zooms] == [False] * 7 + [True]


def test_a_ramp_from_an_unknown_place_has_only_its_end():
    assert asked(c.Ramp("zoom", None, 0x4000, 3 * S, 10)) == [(3 * S, "GET", PTZ + "ptzcmd&zoomto&7&4000")]


def test_photos_are_taken_and_fetched():
    assert asked(c.Booth("photos", 3 * S, 5 * S, "x")) == [
        (0, "GET", "/cgi-bin/booth.cgi?0&4&3&photo&0"), *[(12 * S, "GET", f"/photo{n}.jpg") for n in (1, 2, 3, 4)],
    ]  # fmt: skip


def test_videos_are_taken_and_fetched():
    assert asked(c.Booth("videos", 9 * S, 10 * S, "x")) == [
        (0, "GET", "/cgi-bin/booth.cgi?0&4&9&video&10"), *[(76 * S, "GET", f"/video{n}.mp4") for n in (1, 2, 3, 4)],
    ]  # fmt: skip


def test_what_may_not_be_sent_twice():
    single = {row.id for row in cgi.ROWS if row.single}
    assert single == {"pt.relative", "booth.photos", "booth.videos", "image.onepush"}
    assert not cgi.requests(c.MoveBy(1, 1, 1, 1), MODEL)[0].repeatable


@pytest.mark.parametrize(
    ("row", "params"),
    [
        ("preset.set", {"preset": 255}), ("preset.set", {}), ("pt.home", {"preset": 1}), ("no.such", {}),
        ("zoom.in", {"speed": 8}), ("booth.photos", {"delay": 10}), ("booth.videos", {"delay": 1, "length": 11}),
        ("pt.absolute", {"pan_speed": 1, "tilt_speed": 1, "pan": 0x8000, "tilt": 0}),
    ],
)  # fmt: skip
def test_what_no_request_can_say(row, params):
    with pytest.raises(ValueError):
        cgi.request(row, **params)


def test_it_says_just_what_the_language_lets_it_say():
    commands: list[c.Command] = [
        c.Home(), c.Recall(1), c.Store(1), c.Clear(1), c.Drive("up", 1, 1), c.ZoomTo(1), c.ZoomDrive("in", 1), c.Stop(),
        c.Ramp("zoom", 0, 1, 1, 1), c.Ramp("focus", 0, 1, 1, 1), c.FocusTo(1), c.FocusDrive("near", 1), c.Track(True),
        c.MoveTo(c.Pose(1, 1), 1, 1), c.MoveBy(1, 1, 1, 1), c.Tally("off"), c.Power(True, 1), c.Snapshot(""),
        c.Booth("photos", S, S, ""), c.SetProperty("iris", "up"),
        *(c.Focus(mode) for mode in ("auto", "manual", "snap", "lock", "unlock")),
    ]  # fmt: skip
    for command in commands:
        if can("cgi", MODEL, command):
            assert cgi.requests(command, MODEL)
        else:
            with pytest.raises(ValueError):
                cgi.requests(command, MODEL)


# --- what a camera reads -------------------------------------------------------------------------------------


@given(st.data())
def test_every_row_is_read_as_what_was_written(data):
    row = data.draw(st.sampled_from(cgi.ROWS))
    params = {param.name: data.draw(st.integers(param.low, param.high)) for param in row.params}
    one = cgi.request(row.id, **params)
    assert cgi.read(one.path) == (row, params)
    if one.alternative is not None:
        assert cgi.read(one.alternative) is not None


def test_clients_write_hexadecimal_and_abs_as_they_like():
    found = cgi.read(PTZ + "ptzcmd&ABS&15&10&f670&fe51")
    assert found is not None
    assert found.row.id == "pt.absolute"
    assert found.params == {"pan_speed": 15, "tilt_speed": 10, "pan": -2448, "tilt": -431}


@pytest.mark.parametrize(
    "path", ["", "/", PTZ + "ptzcmd&fly", PTZ + "ptzcmd&left&25&1", PTZ + "ptzcmd&left&12", "/photo5.jpg", "/PHOTO1"]
)
def test_what_a_camera_does_not_know(path):
    assert cgi.read(path) is None


# --- answers -------------------------------------------------------------------------------------------------


def test_success():
    assert cgi.parse(cgi.SUCCESS).ok is True
    assert cgi.parse(b'{"Response":{"Result":"Fail"}}').ok is False


def test_lines():
    answer = cgi.parse(b'devname="Stage left"\r\nversion="SOC v9.1.35"\r\nserial_num=""\r\nempty\r\n')
    assert answer.ok is None
    assert answer.fields == {"devname": "Stage left", "version": "SOC v9.1.35", "serial_num": ""}


def test_json():
    answer = cgi.parse('{"data": {"devname": "FOH", "hdcp": true, "ports": [80, 5678], "none": null}}')
    assert answer.fields == {"data.devname": "FOH", "data.hdcp": "true", "data.ports.1": "80", "data.ports.2": "5678"}


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200), st.just("[" * 60_000), st.just('{"a":' * 9_000)))
def test_no_answer_makes_it_raise(body):
    cgi.parse(body)
    if isinstance(body, str):
        cgi.read(body)
