"""Canon's XC protocol: requests and answers as four public clients have them. `data/canon` was put together by hand
from these, for no recording of a camera is public."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import commands as c
from cuelang.protocols.canon import STATUS, Canon, control, fields, info
from cuelang.protocols.errand import errand
from cuelang.units import NS
from tests.models.known import known
from tests.protocols.talking import every_frame, says, told

DATA = Path(__file__).parent / "data" / "canon"
MODEL = known("canon-cr-n500")
REPLIES: list[dict[str, Any]] = [json.loads(line) for line in (DATA / "replies.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (c.Power(True, NS), "/-wvhttp-01-/standby.cgi?cmd=idle"),
        (c.Power(False, NS), "/-wvhttp-01-/standby.cgi?cmd=standby"),
        (c.Recall(1), control("p=1")),
        (c.Recall(100), control("p=100")),
        (c.Recall(3, over=5 * NS), control("p=3&p.ptztime=5000")),
        (c.Recall(3, over=1 * NS), control("p=3&p.ptztime=2000")),
        (c.Clear(3), "/-wvhttp-01-/preset/set?p=3&cmd=delete"),
        (c.MoveTo(c.Pose(-4500, 1200), 12, 12), control("pan=-4500&tilt=1200")),
        (c.Home(), control("pan=0&tilt=0")),
        (c.Drive("left", 24, 24), control("pan=left&pan.speed.dir=10000&tilt=stop")),
        (c.Drive("up_right", 1, 1), control("pan=right&pan.speed.dir=20&tilt=up&tilt.speed.dir=20")),
        (c.Drive("down", 12, 12), control("pan=stop&tilt=down&tilt.speed.dir=1200")),
        (c.ZoomDrive("in", 7), control("zoom=tele&zoom.speed.dir=127")),
        (c.ZoomDrive("out", 0), control("zoom=wide&zoom.speed.dir=15")),
        (c.Focus("auto"), control("focus=auto")),
        (c.Focus("snap"), control("c.1.focus.action=one_shot")),
        (c.FocusDrive("near", 7), control("focus.action=near&focus.speed=2")),
        (c.Tally("program"), control("tally=on&tally.mode=program")),
        (c.Tally("preview"), control("tally=on&tally.mode=preview")),
        (c.Tally("off"), control("tally=off&tally.mode=program")),
    ],
)
def test_one_request_each(command: c.Command, path: str) -> None:
    assert says(Canon(MODEL), command) == [path]


def test_a_stop_stops_each_axis() -> None:
    assert says(Canon(MODEL), c.Stop()) == [
        control("pan=stop&tilt=stop"), control("zoom=stop"), control("focus.action=stop"),
    ]  # fmt: skip


def test_the_speed_of_recalls_is_said_with_each() -> None:
    camera = Canon(MODEL)
    assert says(camera, c.Recall(3, 12)) == [control("p=3&p.ptzspeed=50")]
    assert says(camera, c.Recall(4)) == [control("p=4&p.ptzspeed=50")]
    assert says(camera, c.Recall(4, over=9 * NS)) == [control("p=4&p.ptztime=9000")]
    assert says(camera, c.Recall(4)) == [control("p=4&p.ptzspeed=50")]


def test_storing_a_preset_keeps_the_name_that_it_has() -> None:
    known_name = {"p.2.name": "p.2.name.utf8:=Kanzel =: hoch\r\n"}
    assert says(Canon(MODEL), c.Store(2), known_name)[-1] == (
        "/-wvhttp-01-/preset/set?p=2&name=Kanzel%20%3D%3A%20hoch&all=enabled"
    )
    assert says(Canon(MODEL), c.Store(7))[-1] == "/-wvhttp-01-/preset/set?p=7&name=Preset%207&all=enabled"


def test_the_zoom_goes_between_the_ends_that_the_camera_says() -> None:
    camera = Canon(MODEL)
    ends = {"c.1.zoom.min": "c.1.zoom.min==100\r\nc.1.zoom.max==1100\r\n"}
    asks, wide = says(camera, c.ZoomTo(0), ends)
    assert (asks[:2], wide) == ("? ", control("zoom=1100"))
    assert says(camera, c.ZoomTo(MODEL.zoom_max), ends) == [control("zoom=100")]
    assert told(camera, "inq.zoom", "c.1.zoom:=600\n") == {"zoom": MODEL.zoom_max // 2}


def test_a_camera_that_does_not_say_its_ends() -> None:
    assert says(Canon(MODEL), c.ZoomTo(0))[-1] == control("zoom=6040")
    assert says(Canon(MODEL), c.ZoomTo(MODEL.zoom_max))[-1] == control("zoom=320")


@pytest.mark.parametrize("name", ["info-lf.txt", "info-crlf.txt"])
def test_everything_a_camera_says_of_itself(name: str) -> None:
    body = (DATA / name).read_bytes()
    found = fields(body)
    assert found["p.2.name.utf8"] == "Kanzel =: hoch"
    assert found["c.1.exp.list"] == "fullauto,program,tv,av,manual"
    camera, text = Canon(MODEL), body.decode()
    assert told(camera, "inq.power", text) == {"power": 2}
    assert told(camera, "inq.pan_tilt", text) == {"pan": -4500, "tilt": 1200}
    assert told(camera, "inq.zoom", text) == {"zoom": 3040}
    assert told(camera, "inq.focus_mode", text) == {"mode": 2}
    assert told(camera, "inq.preset", text) == {"preset": 2}


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply["request"])
def test_replies(reply: dict[str, Any]) -> None:
    headers = {name.lower(): value for name, value in reply["headers"].items()}
    said = Canon(MODEL).said(reply["status"], headers, reply["body"].encode())
    accepted = reply["status"] == 200 and headers[STATUS] == "0"
    assert (said.verdict == "fine") == accepted
    if isinstance(reply["expect"], dict):
        assert fields(said.text.encode()) == reply["expect"]
        assert info("f.tally", "c.1.pan").endswith(reply["request"])


@given(
    frame=st.sampled_from(every_frame(MODEL)),
    body=st.binary(max_size=300),
    status=st.integers(0, 999),
    word=st.text(max_size=9),
)
def test_no_answer_makes_it_raise(frame: bytes, body: bytes, status: int, word: str) -> None:
    camera = Canon(MODEL)
    said = camera.said(status, {STATUS: word}, body)
    row, work = errand(camera, frame)
    assert row and work is not None
    try:
        next(work)
        while True:
            work.send(said)
    except StopIteration:
        pass
    told(camera, "inq.pan_tilt", body.decode(errors="replace"))
