"""Panasonic's AW cameras: requests by the published table, answers and notifications as real cameras gave them.

`data/panasonic/camdata` are replies of ten cameras; `notifications.jsonl` says of each line whether it was captured.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import commands as c
from cuelang.models import find
from cuelang.models.tables import MODELS
from cuelang.protocols import panasonic
from cuelang.protocols.errand import errand
from cuelang.protocols.panasonic import Panasonic, cam, ptz
from cuelang.protocols.panasonic_notice import Notices, notice, recalled
from cuelang.protocols.visca import encode
from cuelang.units import NS
from tests.models.known import known
from tests.protocols.talking import every_frame, says, told

DATA = Path(__file__).parent / "data" / "panasonic"
NOTICES: list[dict[str, Any]] = [json.loads(line) for line in (DATA / "notifications.jsonl").read_text().splitlines()]
DUMPS = sorted((DATA / "camdata").glob("*_camdata.txt"))
NEW, OLD = known("panasonic-aw-ue100"), known("panasonic-aw-he42")
CAMERAS = [model for model in MODELS if model.family == "panasonic"]


@pytest.mark.parametrize(
    ("command", "command_text"),
    [
        (c.Power(True, NS), "O1"),
        (c.Power(False, NS), "O0"),
        (c.Recall(1), "R00"),
        (c.Recall(100), "R99"),
        (c.Store(3), "M02"),
        (c.Clear(3), "C02"),
        (c.MoveTo(c.Pose(0, 0), 24, 24), "APS800080001D2"),
        (c.MoveTo(c.Pose(NEW.pan(-175), NEW.tilt(-30)), 1, 1), "APS2D098E38002"),
        (c.MoveTo(c.Pose(NEW.pan(175), NEW.tilt(210)), 12, 12), "APSD2F51C720E2"),
        (c.MoveBy(16, 16, 12, 12), "RPC80107FF0"),
        (c.Home(), "APC80008000"),
        (c.Drive("right", 24, 24), "PTS9950"),
        (c.Drive("up_left", 24, 24), "PTS0199"),
        (c.Drive("down", 1, 1), "PTS5048"),
        (c.ZoomTo(0), "AXZ555"),
        (c.ZoomTo(NEW.zoom_max), "AXZFFF"),
        (c.ZoomDrive("in", 7), "Z99"),
        (c.ZoomDrive("in", 0), "Z56"),
        (c.ZoomDrive("out", 7), "Z01"),
        (c.Focus("auto"), "D11"),
        (c.Focus("manual"), "D10"),
        (c.FocusTo(0x800), "AXF800"),
    ],
)
def test_one_request_each(command: c.Command, command_text: str) -> None:
    assert says(Panasonic(NEW), command) == [ptz(command_text)]


def test_a_stop_stops_each_axis() -> None:
    assert says(Panasonic(NEW), c.Stop()) == [ptz("PTS5050"), ptz("Z50"), ptz("F50")]
    tracks = known("panasonic-aw-ue80")
    assert says(Panasonic(tracks), c.Stop()) == [cam("OSL:BC:0"), ptz("PTS5050"), ptz("Z50"), ptz("F50")]


def test_older_heads_take_no_speed_with_a_position() -> None:
    assert says(Panasonic(known("panasonic-aw-he50")), c.MoveTo(c.Pose(0, 0), 24, 24)) == [ptz("APC80008000")]


SPEEDS = {"QSJ:29": "OSJ:29:0", "23UPVS&": "uPVS500"}


def test_a_recall_in_a_time_makes_the_number_a_time_and_gives_it_back_afterwards() -> None:
    camera = Panasonic(NEW)
    timed = c.Recall(4, over=10 * NS)
    assert says(camera, timed, SPEEDS) == [
        "? " + cam("QSJ:29"), "? " + ptz("UPVS"), cam("OSJ:29:1"), ptz("UPVS00A"), ptz("R03"),
    ]  # fmt: skip
    assert says(camera, c.Recall(5, over=99 * NS), SPEEDS) == [ptz("UPVS063"), ptz("R04")]
    assert says(camera, c.Recall(4), SPEEDS) == [cam("OSJ:29:0"), ptz("UPVS500"), ptz("R03")]
    assert says(camera, c.Recall(4), SPEEDS) == [ptz("R03")]


def test_a_recall_at_a_speed_after_one_in_a_time() -> None:
    camera = Panasonic(NEW)
    says(camera, c.Recall(4, over=3 * NS), SPEEDS)
    assert says(camera, c.Recall(4, 24), SPEEDS) == [cam("OSJ:29:0"), ptz("UPVS999"), ptz("R03")]
    assert says(camera, c.Recall(4, 1), SPEEDS) == [ptz("UPVS275"), ptz("R03")]


def test_a_camera_whose_number_is_a_time_already_keeps_to_it() -> None:
    camera = Panasonic(NEW)
    there = {"QSJ:29": "OSJ:29:1"}  # as the AW-UE100 of the dumps
    assert says(camera, c.Recall(4, over=3 * NS), there) == ["? " + cam("QSJ:29"), ptz("UPVS003"), ptz("R03")]
    assert says(camera, c.Recall(4), there) == [ptz("R03")]
    assert says(camera, c.Recall(4, 12), there) == [cam("OSJ:29:0"), ptz("UPVS625"), ptz("R03")]


def test_an_older_camera_is_never_asked_what_its_number_means() -> None:
    assert says(Panasonic(OLD), c.Recall(4, 12)) == [ptz("UPVS625"), ptz("R03")]


def test_the_lamps_of_newer_cameras_are_red_and_green_and_are_switched_on_first() -> None:
    camera = Panasonic(NEW)
    dark = {"TAE": "tAE0"}
    assert says(camera, c.Tally("program"), dark) == ["? " + ptz("TAE"), ptz("TAE1"), cam("TLR:1"), cam("TLG:0")]
    assert says(camera, c.Tally("preview"), dark) == [cam("TLG:1"), cam("TLR:0")]
    assert set(says(camera, c.Tally("off"), dark)) == {cam("TLR:0"), cam("TLG:0")}


def test_older_cameras_have_one_lamp() -> None:
    camera = Panasonic(OLD)
    lit = {"TAE": "tAE1"}
    assert says(camera, c.Tally("program"), lit) == ["? " + ptz("TAE"), ptz("DA1")]
    assert says(camera, c.Tally("preview"), lit) == [ptz("DA0")]
    assert says(camera, c.Tally("off"), lit) == [ptz("DA0")]


@pytest.mark.parametrize(
    ("row", "answer", "fields"),
    [
        ("inq.power", "p1", {"power": 2}),
        ("inq.power", "p0", {"power": 3}),
        ("inq.power", "p3", {"power": 3}),
        ("inq.pan_tilt", "aPC80008000", {"pan": 0, "tilt": 0}),
        ("inq.pan_tilt", "aPC2D098E38", {"pan": -21239, "tilt": -3640}),
        ("inq.pan_tilt", "aPCD2F51C71", {"pan": 21237, "tilt": 25487}),
        ("inq.zoom", "gz555", {"zoom": 0}),
        ("inq.zoom", "gzFFF", {"zoom": 0xAAA}),
        ("inq.zoom", "gz---", None),
        ("inq.focus", "axfD69", {"focus": 0xD69}),
        ("inq.focus_mode", "d11", {"mode": 2}),
        ("inq.preset", "s1", {"preset": 1}),
        ("inq.preset", "s07", {"preset": 7}),
        ("inq.pan_tilt", "", None),
    ],
)
def test_answers(row: str, answer: str, fields: dict[str, int] | None) -> None:
    assert told(Panasonic(NEW), row, answer) == fields


@pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.name)
def test_what_real_cameras_say_of_themselves_is_understood(dump: Path) -> None:
    camera = Panasonic(NEW)
    said = camera.said(200, {}, dump.read_bytes())
    assert said.verdict == "fine"
    lines = [line.strip() for line in said.text.splitlines()]
    on = next((line for line in lines if re.fullmatch(r"p\d", line)), None)
    assert told(camera, "inq.power", said.text) == (None if on is None else {"power": 2 if on == "p1" else 3})
    lens = next((line for line in lines if line.startswith("axf")), None)
    if lens is not None:
        assert told(camera, "inq.focus", said.text) == {"focus": int(lens[3:], 16)}
    last = next((line for line in lines if re.fullmatch(r"s\d+", line)), None)
    assert told(camera, "inq.preset", said.text) == (None if last is None else {"preset": int(last[1:])})


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b"s03", "fine"), (b"ER1:TLR", "unknown"), (b"eR1:OSJ", "unknown"), (b"eR2:R00", "busy"),
        (b"ER3:OWS", "refused"),
        (b"<html><body>eR2:R00</body></html>", "busy"), (b"rER00", "fine"), (b"", "fine"),
    ],
)  # fmt: skip
def test_an_error_comes_as_a_fine_answer(body: bytes, verdict: str) -> None:
    assert Panasonic(NEW).said(200, {}, body).verdict == verdict


def test_a_path_says_what_it_asks_for() -> None:
    assert panasonic.asked(ptz("R03")) == ("ptz", "R03")
    assert panasonic.asked("/cgi-bin/aw_cam?cmd=TLR%3A1&res=1") == ("cam", "TLR:1")
    assert panasonic.asked("/cgi-bin/event?connect=start") is None


# --- what a camera says by itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("row", NOTICES, ids=lambda row: row["name"])
def test_notifications(row: dict[str, Any]) -> None:
    heard = Notices()
    assert [text for piece in row["segments"] for text in heard.receive(bytes.fromhex(piece))] == row["expect"]


@given(row=st.sampled_from(NOTICES), data=st.data())
def test_it_does_not_matter_where_a_stream_is_cut(row: dict[str, Any], data: st.DataObject) -> None:
    whole = bytes.fromhex("".join(row["segments"]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    heard = Notices()
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert [text for piece in pieces for text in heard.receive(piece)] == row["expect"]


def test_what_we_send_as_a_camera_is_what_a_camera_sends() -> None:
    assert Notices().receive(notice("q05") + notice("TLR:1")) == ["q05", "TLR:1"]
    assert (recalled("q05"), recalled("q5"), recalled("s05"), recalled("q")) == (5, 5, None, None)


# --- anything may come -----------------------------------------------------------------------------------------


@given(body=st.binary(max_size=200), status=st.integers(0, 999), frame=st.sampled_from(every_frame(NEW)))
def test_no_answer_makes_it_raise(body: bytes, status: int, frame: bytes) -> None:
    camera = Panasonic(NEW)
    said = camera.said(status, {}, body)
    _, work = errand(camera, frame)
    assert work is not None
    try:
        next(work)
        while True:
            work.send(said)
    except StopIteration:
        pass


@given(pieces=st.lists(st.binary(max_size=80), max_size=20))
def test_no_notification_makes_it_raise(pieces: list[bytes]) -> None:
    heard = Notices()
    for piece in pieces:
        heard.receive(piece)


@pytest.mark.parametrize("model", CAMERAS, ids=lambda model: model.id)
def test_each_row_of_a_list_has_its_requests(model: Any) -> None:
    """And each frame that the sheet can send is in the list."""
    for frame in every_frame(model):
        row, work = errand(Panasonic(model), frame)
        assert row and work is not None


def test_what_a_list_lacks_has_no_request() -> None:
    camera = Panasonic(known("panasonic-aw-ue4"))
    absolute = encode.messages(c.MoveTo(c.Pose(0, 0), 1, 1), NEW)[0].frame
    assert errand(camera, absolute) == ("", None)
    assert find("panasonic-ae-1") is None
