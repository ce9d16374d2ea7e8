"""Every command of the manual is a line of a sheet, and comes out as the reference's bytes.

`reference_rows.json` is a frozen copy of the reference table; the lines were written beside it by hand. A row that
has no line is in `NO_LINE` with the reason.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import models
from cuelang.output.plan import plan_json
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.protocols.visca.reading import read
from cuelang.protocols.visca.table import TABLE
from tests.drawn import examples
from tests.lang.compiling import compiled, events
from tests.models.known import known

REFERENCE = json.loads((Path(__file__).parents[1] / "protocols" / "reference_rows.json").read_text())
COMMANDS = {row["id"]: row for row in REFERENCE if row["kind"] == "command"}
MANUAL = {name for name, row in COMMANDS.items() if "extra" not in row}

LINES = """
    power.on                                        | power foh on
    power.off                                       | power foh off live
    zoom.stop                                       | zoom foh in for 1s
    zoom.tele_var speed=3                           | zoom foh in for 1s
    zoom.tele_var speed=7                           | zoom foh in speed 7 for 1s
    zoom.wide_var speed=0                           | zoom foh out speed 0 for 1s
    zoom.direct zoom=0x4000                         | zoom foh to 100%
    focus.stop                                      | focus foh near for 1s
    focus.near                                      | focus foh near for 1s
    focus.far                                       | focus foh far for 1s
    focus.near_var speed=7                          | focus foh near speed 7 for 1s
    focus.far_var speed=0                           | focus foh far speed 0 for 1s
    focus.direct focus=0x1234                       | focus foh to 0x1234
    focus.auto                                      | focus foh auto
    focus.manual                                    | focus foh manual
    focus.toggle                                    | focus foh toggle
    focus.snap                                      | focus foh snap
    focus.lock                                      | focus foh lock
    focus.unlock                                    | focus foh unlock
    af_sensitivity.high                             | set foh af_sensitivity high
    af_sensitivity.normal                           | set foh af_sensitivity normal
    af_sensitivity.low                              | set foh af_sensitivity low
    wb.auto                                         | set foh white_balance auto
    wb.indoor                                       | set foh white_balance indoor
    wb.outdoor                                      | set foh white_balance outdoor
    wb.one_push                                     | set foh white_balance one_push
    wb.manual                                       | set foh white_balance manual
    wb.color_temperature                            | set foh white_balance color_temperature
    wb.one_push_trigger                             | set foh white_balance trigger
    r_gain.reset                                    | set foh red_gain reset
    r_gain.up                                       | set foh red_gain up
    r_gain.down                                     | set foh red_gain down
    r_gain.direct gain=200                          | set foh red_gain 200
    b_gain.reset                                    | set foh blue_gain reset
    b_gain.up                                       | set foh blue_gain up
    b_gain.down                                     | set foh blue_gain down
    b_gain.direct gain=0                            | set foh blue_gain 0
    color_temp.reset                                | set foh color_temperature reset
    color_temp.up                                   | set foh color_temperature up
    color_temp.down                                 | set foh color_temperature down
    color_temp.direct index=31                      | set foh color_temperature 5600K
    r_tuning.direct tuning=0                        | set foh red_tuning -10
    b_tuning.direct tuning=20                       | set foh blue_tuning 10
    ae.full_auto                                    | set foh exposure auto
    ae.manual                                       | set foh exposure manual
    ae.shutter_priority                             | set foh exposure shutter_priority
    ae.iris_priority                                | set foh exposure iris_priority
    ae.bright                                       | set foh exposure bright
    iris.reset                                      | set foh iris reset
    iris.up                                         | set foh iris up
    iris.down                                       | set foh iris down
    iris.direct iris=9                              | set foh iris 9
    drc.direct level=4                              | set foh drc 4
    shutter.reset                                   | set foh shutter reset
    shutter.up                                      | set foh shutter up
    shutter.down                                    | set foh shutter down
    shutter.direct shutter=17                       | set foh shutter 17
    gain.reset                                      | set foh gain reset
    gain.up                                         | set foh gain up
    gain.down                                       | set foh gain down
    gain.direct gain=5                              | set foh gain 5
    gain.limit limit=15                             | set foh gain_limit 15
    bright.reset                                    | set foh bright reset
    bright.up                                       | set foh bright up
    bright.down                                     | set foh bright down
    bright.direct bright=17                         | set foh bright 17
    exp_comp.on                                     | set foh exposure_compensation on
    exp_comp.off                                    | set foh exposure_compensation off
    exp_comp.reset                                  | set foh exposure_compensation reset
    exp_comp.up                                     | set foh exposure_compensation up
    exp_comp.down                                   | set foh exposure_compensation down
    exp_comp.direct level=4                         | set foh exposure_compensation 4
    nr2d.auto                                       | set foh noise_2d auto
    nr2d.manual                                     | set foh noise_2d manual
    nr2d.level level=5                              | set foh noise_2d 5
    nr3d.level level=8                              | set foh noise_3d 8
    wdr.reset                                       | set foh wdr reset
    wdr.up                                          | set foh wdr up
    wdr.down                                        | set foh wdr down
    wdr.direct level=6                              | set foh wdr 6
    backlight.on                                    | set foh backlight on
    backlight.off                                   | set foh backlight off
    flicker mode=0                                  | set foh flicker off
    flicker mode=1                                  | set foh flicker 50Hz
    flicker mode=2                                  | set foh flicker 60Hz
    sharpness.auto                                  | set foh sharpness auto
    sharpness.manual                                | set foh sharpness manual
    sharpness.reset                                 | set foh sharpness reset
    sharpness.up                                    | set foh sharpness up
    sharpness.down                                  | set foh sharpness down
    sharpness.direct gain=11                        | set foh sharpness 11
    effect.off                                      | set foh effect off
    effect.bw                                       | set foh effect bw
    preset.reset preset=254                         | clear foh preset 254
    preset.set preset=89                            | store foh preset 89
    preset.recall preset=100                        | move foh to preset 100
    preset.speed speed=24                           | move foh to preset 4 speed 24
    preset.speed speed=1                            | set foh preset_speed 1
    freeze state=2                                  | set foh freeze on
    freeze state=3                                  | set foh freeze off
    lr_reverse.on                                   | set foh reverse on
    lr_reverse.off                                  | set foh reverse off
    picture_flip.on                                 | set foh picture_flip on
    picture_flip.off                                | set foh picture_flip off
    gamma.direct gamma=2                            | set foh gamma 2
    color_gain gain=14                              | set foh color_gain 14
    color_hue hue=7                                 | set foh hue 7
    pt.up pan_speed=5 tilt_speed=5                  | drive foh up speed 5 for 1s
    pt.down pan_speed=24 tilt_speed=20              | drive foh down speed 24 for 1s
    pt.left pan_speed=3 tilt_speed=4                | drive foh left speed 3, 4 for 1s
    pt.right pan_speed=12 tilt_speed=12             | drive foh right for 1s
    pt.up_left pan_speed=1 tilt_speed=1             | drive foh up_left speed 1 for 1s
    pt.up_right pan_speed=12 tilt_speed=12          | drive foh up_right for 1s
    pt.down_left pan_speed=12 tilt_speed=12         | drive foh down_left for 1s
    pt.down_right pan_speed=12 tilt_speed=12        | drive foh down_right for 1s
    pt.stop pan_speed=12 tilt_speed=12              | stop foh
    zoom.stop                                       | stop foh
    focus.stop                                      | stop foh
    pt.absolute pan_speed=8 tilt_speed=6 pan=-432 tilt=72 | move foh to pan -30deg tilt 5deg speed 8, 6
    pt.relative pan_speed=12 tilt_speed=12 pan=144 tilt=-144 | move foh by pan 10deg tilt -10deg
    pt.home                                         | move foh home
    pt.limit_set corner=1 pan=1440 tilt=720         | set foh limit_up_right pan 100deg tilt 50deg
    pt.limit_set corner=0 pan=-1440 tilt=-72        | set foh limit_down_left pan -100deg tilt -5deg
    pt.limit_clear corner=1                         | set foh limit_up_right clear
    pt.limit_clear corner=0                         | set foh limit_down_left clear
    brightness.direct level=7                       | set foh brightness 7
    contrast.direct level=14                        | set foh contrast 14
    flip.off                                        | set foh flip off
    flip.h                                          | set foh flip h
    flip.v                                          | set foh flip v
    flip.hv                                         | set foh flip hv
    settings.save                                   | set foh settings save
    awb_sensitivity.high                            | set foh awb_sensitivity high
    awb_sensitivity.normal                          | set foh awb_sensitivity normal
    awb_sensitivity.low                             | set foh awb_sensitivity low
    af_zone.top                                     | set foh af_zone top
    af_zone.center                                  | set foh af_zone center
    af_zone.bottom                                  | set foh af_zone bottom
    osd.toggle                                      | set foh osd toggle
    osd.close                                       | set foh osd close
    osd.up                                          | set foh osd up
    osd.down                                        | set foh osd down
    osd.left                                        | set foh osd left
    osd.right                                       | set foh osd right
    osd.enter                                       | set foh osd enter
    osd.return                                      | set foh osd back
    lens_type.1                                     | set foh lens_type 1
    lens_type.2                                     | set foh lens_type 2
    af_calibration                                  | set foh af_calibration run
    tally mode=1                                    | tally foh preview
    tally mode=2                                    | tally foh program
    tally mode=3                                    | tally foh off
    ndi.high                                        | set foh ndi high
    ndi.medium                                      | set foh ndi medium
    ndi.low                                         | set foh ndi low
    ndi.off                                         | set foh ndi off
    multicast state=1                               | set foh multicast on
    multicast state=2                               | set foh multicast off
    motion_sync.on                                  | set foh motion_sync on
    motion_sync.off                                 | set foh motion_sync off
    motion_sync.max_speed stage=9                   | set foh motion_sync_speed 9
    uac state=2                                     | set foh usb_audio on
    uac state=3                                     | set foh usb_audio off
    rtmp stream=1 state=2                           | set foh rtmp_1 on
    rtmp stream=1 state=3                           | set foh rtmp_1 off
    rtmp stream=2 state=2                           | set foh rtmp_2 on
    rtmp stream=2 state=3                           | set foh rtmp_2 off
    focus_range enable=1 far=3 near=8               | set foh focus_range 3, 8
    focus_range enable=0 far=0 near=0               | set foh focus_range off
    autotrack state=2                               | track foh on
    autotrack state=3                               | track foh off
    sony.tally_red state=2                          | tally hall program
    sony.tally_red state=3                          | tally hall off
    sony.preset_speed preset=3 speed=9              | move hall to preset 4 speed 9
"""

NO_LINE = {
    "settings.reset": "gate: it wipes the camera; only `cuelang camera reset URL settings --yes-really`",
    "network.reset": "gate: the camera leaves the network; only `cuelang camera reset URL network --yes-really`",
    "motion_sync.min_speed": "gate: one document alone has these bytes, and nobody has tried them",
    "if_clear": "of the line: a serial line sends its broadcast form at its start",
    "zoom.tele": "`zoom … in` always names a speed (`zoom_speed`), as in zoom.tele_var",
    "zoom.wide": "`zoom … out` likewise",
    "zoom_focus.direct": "not in PTZOptics' own list: `zoom … to` and `focus … to` send the two frames that are",
    "pt.reset": "the head runs from end to end, which no cue can want; `power … on` does the same before doors",
    # Rows that the manual lacks.
    "address_set": "of the line: sent when a serial line opens",
    "command_cancel": "PTZOptics cameras do not know it; what is displaced just ends",
    "sony.tally_green": "one model has that lamp, and VISCA's preview is no light on a Sony",
}

HALL = 'camera hall "sony://10.0.0.31"\n    model "sony-brc-x400"\n'
FOH = 'camera foh "visca+udp://10.0.0.21"\n    model "ptzoptics-move-4k-20x"\n'


LETTERS = {
    "gamma.direct": {"gamma": "p"},
    "autotrack": {"state": "p"}, "sony.tally_red": {"state": "p"}, "sony.preset_speed": {"preset": "pp", "speed": "qq"},
}  # fmt: skip
"""Which value is where in the rows that the manual lacks: the reference says it in words."""


def reference(name: str, values: dict[str, int]) -> str:
    """The reference's template with its letters filled in, as text."""
    row = COMMANDS[name]
    text = row["send"].replace("8x", "81", 1)
    letters = LETTERS.get(name) or {param["name"]: param["letters"] for param in row["params"]}
    assert letters.keys() == values.keys()
    for param, places in letters.items():
        width = len(places)
        digits = list(f"{values[param] % 16**width:0{width}x}")
        placed = ""
        for sign in text:
            placed += digits.pop(0) if sign in places and digits else sign
        text = placed
    return text.lower()


def sentences() -> list[tuple[str, dict[str, int], str]]:
    found = []
    for line in LINES.strip().splitlines():
        row, sheet = (side.strip() for side in line.split("|"))
        name, *params = row.split()
        values = {param: int(value, 0) for param, value in (one.split("=") for one in params)}
        found.append((name, values, sheet))
    return found


SENTENCES = sentences()


@pytest.mark.parametrize(("row", "values", "line"), SENTENCES, ids=[line for _, _, line in SENTENCES])
def test_a_line_comes_out_as_the_reference_s_bytes(row: str, values: dict[str, int], line: str) -> None:
    sheet = (HALL if " hall " in line else FOH) + f"cue 1\n    {line}\n"
    frames = [frame["hex"] for event in events(sheet, rig=False) for frame in event["wire"]]
    assert reference(row, values) in frames


def test_every_command_of_the_reference_has_a_line_or_a_reason() -> None:
    written = {row for row, _, _ in SENTENCES}
    assert written.isdisjoint(NO_LINE)
    assert written | set(NO_LINE) == set(COMMANDS)
    assert MANUAL - written == {
        "settings.reset", "network.reset", "motion_sync.min_speed", "if_clear", "zoom.tele", "zoom.wide",
        "zoom_focus.direct", "pt.reset",
    }  # fmt: skip


def test_every_value_of_every_property_has_a_line() -> None:
    lines = {line for _, _, line in SENTENCES}
    missing = [
        f"{prop.name} {word}"
        for prop in PROPERTIES.values()
        for word in prop.words
        if f"set foh {prop.name} {word}" not in lines
    ]
    assert missing == []
    numbered = {line.split()[2] for line in lines if line.startswith("set ") and any(sign.isdigit() for sign in line)}
    assert numbered >= {prop.name for prop in PROPERTIES.values() if prop.numbers or prop.pose}


# --- what is gated is in no plan ---------------------------------------------------------------------------------

BY_NAME = {"multicast"}
"""Gated by the reference, and a property of the language: sent when a line asks for it by this name, and never else."""

NUMBER = st.one_of(
    st.integers(-20, 300).map(str),
    st.integers(0, 0xFFFF).map(hex),
    st.sampled_from(["5600K", "2500K", "50Hz", "60Hz", "10%", "3x", "2s", "1.5", "-3deg"]),
)
ANY_WORD = st.sampled_from(sorted({word for prop in PROPERTIES.values() for word in prop.words} | {"min", "network"}))
VALUE = st.one_of(
    ANY_WORD,
    NUMBER,
    st.tuples(NUMBER, NUMBER).map(", ".join),
    st.tuples(NUMBER, NUMBER).map(lambda two: f"pan {two[0]} tilt {two[1]}"),
)
PROPERTY = st.sampled_from([*PROPERTIES, "motion_sync_min", "network", "reset"])
STATEMENT = st.one_of(
    st.tuples(PROPERTY, VALUE).map(lambda two: f"set CAM {two[0]} {two[1]}"),
    st.sampled_from([line.replace("foh", "CAM").replace("hall", "CAM") for _, _, line in SENTENCES]),
    st.tuples(st.sampled_from(["store", "clear"]), NUMBER).map(lambda two: f"{two[0]} CAM preset {two[1]}"),
    st.tuples(NUMBER, NUMBER, NUMBER).map(lambda it: f"move CAM to pan {it[0]} tilt {it[1]} speed {it[2]}"),
    NUMBER.map(lambda number: f"move CAM to preset {number} speed {number}"),
    st.tuples(NUMBER, NUMBER).map(lambda two: f"zoom CAM to {two[0]} over {two[1]}"),
    NUMBER.map(lambda number: f"focus CAM to {number}"),
)


@cache
def frames_of(line: str, camera: str) -> tuple[str, ...]:
    """Every frame of a plan of this one line; a line that is refused makes none."""
    plan = compiled(f"{camera}cue 1\n    {line}\n").plan
    if plan is None:
        return ()
    return tuple(frame["hex"] for event in plan_json(plan)["cues"][0]["events"] for frame in event["wire"])


@examples(300)
@given(STATEMENT, st.sampled_from([FOH, HALL]))
def test_no_sheet_sends_what_is_gated(statement: str, camera: str) -> None:
    name = camera.split()[1]
    model = known("sony-brc-x400") if name == "hall" else models.DEFAULT
    for frame in frames_of(statement.replace("CAM", name), camera):
        found = read(bytes.fromhex(frame), model)
        assert not isinstance(found, int), f"{statement}: {frame}"
        row = TABLE[found[0]]
        asked_by_name = row.id in BY_NAME and f" {row.id} " in statement
        assert not row.gated or asked_by_name, f"{statement}: {row.id}"


def test_the_gate_is_the_reference_s() -> None:
    gated = {row for row, data in COMMANDS.items() if data.get("status") in ("conflict", "unverified")}
    assert {row.id for row in TABLE.values() if row.gated} == gated
    assert gated - BY_NAME == {row for row, why in NO_LINE.items() if why.startswith("gate")}


@pytest.mark.parametrize(
    "line", ["move old to preset 3 speed 5", "zoom old in speed 7 for 1s", "focus old near speed 3 for 1s"]
)
def test_a_speed_that_pelco_cannot_carry_is_refused(line: str) -> None:
    camera = 'camera old "pelco-d:///dev/ttyUSB1"\n'
    assert [one.code for one in compiled(f"{camera}cue 1\n    {line}\n").diagnostics if one.is_error] == ["E401"]
    bare = line.replace(" speed 5", "").replace(" speed 7", "").replace(" speed 3", "")
    assert not [one for one in compiled(f"{camera}cue 1\n    {bare}\n").diagnostics if one.is_error]
