"""Panasonic's and Canon's cameras before the show: what a sheet may ask of each model, and what the plan says."""

from __future__ import annotations

import pytest

from cuelang.output.plan import plan_json
from tests.lang.compiling import compiled

RIG = """camera p "panasonic://10.0.0.31"
    model "panasonic-aw-ue100"
    preset close = 2 at pan 40deg tilt 5deg zoom 50%
    preset unknown = 7
camera old "panasonic://10.0.0.33"
    model "panasonic-aw-he50"
camera small "panasonic://10.0.0.34"
    model "panasonic-aw-ue4"
camera tracks "panasonic://10.0.0.35"
    model "panasonic-aw-ue80"
camera c "canon://10.0.0.32:8080"
    model "canon-cr-n500"
    preset close = 2 at pan 40deg tilt 5deg zoom 50%
    preset unknown = 7
camera plain "panasonic://10.0.0.36"
"""


def findings(*lines: str, rig: str = RIG) -> list[tuple[str, str]]:
    sheet = rig + "cue 1\n" + "".join(f"    {line}\n" for line in lines)
    return [(one.code, one.message) for one in compiled(sheet).diagnostics if one.code not in ("W605", "W601", "W603")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("track p on", "Panasonic AW-UE100 has no auto-tracking"),
        ("move small to pan 10deg tilt 0deg", "Panasonic AW-UE4 cannot move to a position"),
        ("move small by pan 10deg tilt 0deg", "Panasonic AW-UE4 cannot move by an angle"),
        ("move small to preset 3 speed 5", "Panasonic AW-UE4 has no speed for its presets"),
        ("move old to pan 10deg tilt 0deg over 5s", "Panasonic AW-HE50 cannot time a move to a position"),
        ("move old to pan 10deg tilt 0deg speed 5", "Panasonic AW-HE50 takes no speed with a position"),
        ("move p to pan 10deg tilt 0deg speed 5, 6", "a move of the Panasonic AW-UE100 has one speed for pan and tilt"),
        ("move c to pan 10deg tilt 0deg over 5s", "Canon CR-N500 cannot time a move to a position; it can time the"),
        ("move c by pan 10deg tilt 0deg", "Canon's XC protocol cannot move by an angle"),
        ("focus c to 2000", "Canon's XC protocol cannot focus to a position"),
        ("focus p lock", "Panasonic AW-UE100 has no focus lock"),
        ("set p iris 5", "Panasonic AW-UE100 has no iris"),
        ("raw p \"81 01 06 04 FF\"", "Panasonic's AW protocol cannot send a VISCA frame"),
        ("snapshot c save \"x\"", "Canon's XC protocol cannot take a snapshot"),
        ("track c on", "Canon's XC protocol cannot switch auto-tracking"),
    ],
)  # fmt: skip
def test_what_a_camera_lacks_is_refused(line: str, message: str) -> None:
    ((code, text),) = findings(line)
    assert code == "E401"
    assert message in text


@pytest.mark.parametrize(
    "line",
    [
        "track tracks on", "move p by pan 10deg tilt 0deg", "move old to pan 10deg tilt 0deg", "move small home",
        "move p to pan 10deg tilt 0deg over 5s", "move p to unknown over 5s", "move c to unknown over 5s",
        "move c to close speed 20", "set p preset_speed 12", "store c preset 100", "tally all program",
        "focus p manual", "power all on", "snapshot p save \"x\"", "zoom all to 50% over 5s",
    ],
)  # fmt: skip
def test_what_a_camera_has_is_not(line: str) -> None:
    assert [code for code, _ in findings(line) if code.startswith("E")] == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("move p to preset 101", "E302"), ("move c to preset 0", "E302"), ("focus p to 1000", "E302"),
        ("move p to pan 176deg tilt 0deg", "E302"), ("move p to pan -175deg tilt 210deg", ""),
        ("move old to pan 0deg tilt 100deg", "E302"), ("move plain to preset 100", ""),
    ],
)  # fmt: skip
def test_ranges_are_those_of_the_model(line: str, code: str) -> None:
    found = findings(line)
    assert [one for one, _ in found if one.startswith("E")] == ([code] if code else [])


@pytest.mark.parametrize(
    ("camera", "time", "until", "warned"),
    [
        ("p", "7s", 7000, False), ("p", "7.4s", 7000, False), ("p", "7.5s", 8000, False), ("p", "300ms", 1000, True),
        ("p", "120s", 99000, True), ("c", "1s", 2000, True), ("c", "2.4s", 2000, False), ("c", "99s", 99000, False),
    ],
)  # fmt: skip
def test_a_recall_takes_whole_seconds(camera: str, time: str, until: int, warned: bool) -> None:
    sheet = f"{RIG}cue 1\n    move {camera} to unknown over {time}\n"
    found = compiled(sheet)
    warnings = [one.message for one in found.diagnostics if one.code == "W607"]
    assert bool(warnings) == warned
    if warned:
        assert f"whole seconds from {1 if camera == 'p' else 2} s to 99 s" in warnings[0]
    assert found.plan is not None
    (event,) = plan_json(found.plan)["cues"][0]["events"]
    assert event["until_ms"] == until


def test_the_plan_has_the_requests() -> None:
    sheet = f"{RIG}cue 1\n    move p to close over 7s\n    tally p program\n    move c to close over 7s\n    stop c\n"
    plan = compiled(sheet).plan
    assert plan is not None
    wires = [[frame["url"] for frame in one["wire"]] for one in plan_json(plan)["cues"][0]["events"]]
    ptz, cam = "http://10.0.0.31/cgi-bin/aw_ptz?cmd=%23", "http://10.0.0.31/cgi-bin/aw_cam?cmd="
    xc = "http://10.0.0.32:8080/-wvhttp-01-/control.cgi?"
    assert wires == [
        [f"{cam}OSJ:29:1&res=1", f"{ptz}UPVS007&res=1", f"{ptz}R01&res=1"],
        [f"{cam}TLR:1&res=1", f"{cam}TLG:0&res=1"],
        [f"{xc}p=2&p.ptztime=7000"],
        [f"{xc}pan=stop&tilt=stop", f"{xc}zoom=stop", f"{xc}focus.action=stop"],
    ]


@pytest.mark.parametrize(
    ("url", "model", "fits"),
    [
        ("panasonic://10.0.0.1", "panasonic-aw-ue70", True), ("panasonic://10.0.0.1", "canon-cr-n500", False),
        ("panasonic://10.0.0.1", "ptzoptics-move-4k-20x", False), ("visca+udp://10.0.0.1", "canon-cr-n300", False),
        ("canon://10.0.0.1", "canon-cr-n300", True), ("sony://10.0.0.1", "sony-brc-x400", True),
    ],
)  # fmt: skip
def test_a_model_belongs_to_its_maker_s_address(url: str, model: str, fits: bool) -> None:
    rig = f'camera foh "{url}"\n    model "{model}"\n'
    found = findings("move foh home", rig=rig)
    assert [code for code, _ in found] == ([] if fits else ["E209"])


def test_an_address_has_no_more_than_a_host_and_a_port() -> None:
    rig = 'camera foh "panasonic://10.0.0.1/cgi-bin"\n'
    assert [code for code, _ in findings("move foh home", rig=rig)] == ["E303"]
