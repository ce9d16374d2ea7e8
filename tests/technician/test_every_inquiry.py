"""Every inquiry of the reference, from the bytes of its answer to a named value with its unit, as `inspect` shows it.

The answers were written by hand after the reference's layouts.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest

from cuelang.devices.inquire import RawAnswer
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.capability import properties_of
from cuelang.technician.inspect import BLOCKS, FROM_BLOCK, Inspected, as_json, inspect
from cuelang.technician.session import Reached, Session, camera_at
from tests.models.known import known
from tests.protocols.visca_reader import InquiryAnswer, parse_reply

REFERENCE = json.loads((Path(__file__).parents[1] / "protocols" / "reference_rows.json").read_text())
INQUIRIES = {row["id"] for row in REFERENCE if row["kind"] == "inquiry"}

ANSWERED = """
    inq.version            50 00 01 05 13 01 00 02          version                 Sony, model 0513, firmware 0100
    inq.power              50 03                            power                   standby
    inq.pan_tilt           50 0F 0E 05 00 00 00 04 08       position                -30.0 5.0 deg
    inq.zoom               50 02 00 00 00                   zoom                    50.0 %
    inq.focus_mode         50 03                            focus_mode              manual
    inq.focus              50 01 02 03 04                   focus                   4660
    inq.preset             50 FE                            last_preset             254
    inq.pt_status          50 04 00                         pan_tilt_status         moving
    inq.pt_max_speed       50 18 14                         fastest                 24 20 step
    inq.wb_mode            50 20                            white_balance           color_temperature
    inq.r_gain             50 00 00 0E 02                   red_gain                226
    inq.b_gain             50 00 00 0B 0C                   blue_gain               188
    inq.color_temp         50 1F                            color_temperature       5600 K
    inq.r_tuning           50 00 00 00 07                   red_tuning              -3
    inq.b_tuning           50 00 00 01 04                   blue_tuning             10
    inq.ae_mode            50 0A                            exposure                shutter_priority
    inq.shutter            50 00 00 01 01                   shutter                 17
    inq.iris               50 00 00 00 09                   iris                    9
    inq.gain               50 00 00 00 05                   gain                    5
    inq.bright             50 00 00 01 01                   bright                  17
    inq.gain_limit         50 0F                            gain_limit              15
    inq.nr3d               50 08                            noise_3d                8
    inq.color_gain         50 00 00 00 0E                   color_gain              14
    inq.color_hue          50 00 00 00 07                   hue                     7
    inq.brightness         50 00 00 00 06                   brightness              6
    inq.contrast           50 00 00 00 0D                   contrast                13
    inq.exp_comp_mode      50 02                            exposure_compensation   on 4
    inq.exp_comp           50 00 00 00 04                   exposure_compensation   on 4
    inq.nr2d_mode          50 03                            noise_2d                manual 5
    inq.nr2d               50 05                            noise_2d                manual 5
    inq.sharpness_mode     50 03                            sharpness               manual 11
    inq.sharpness          50 00 00 00 0B                   sharpness               manual 11
    inq.backlight          50 02                            backlight               on
    inq.lr_reverse         50 02                            reverse                 on
    inq.picture_flip       50 03                            picture_flip            off
    inq.motion_sync        50 01                            motion_sync             on
    inq.motion_sync_speed  50 09                            motion_sync_speed       9
    inq.uac                50 03                            usb_audio               off
    inq.rtmp               50 02                            rtmp_2                  on
    inq.flicker            50 02                            flicker                 60 Hz
    inq.effect             50 04                            effect                  bw
    inq.flip               50 03                            flip                    hv
    inq.awb_sensitivity    50 02                            awb_sensitivity         low
    inq.af_sensitivity     50 01                            af_sensitivity          high
    inq.af_zone            50 01                            af_zone                 center
    inq.focus_range        50 01 03 08                      focus_range             3 8
    inq.menu               50 02                            osd                     open
    inq.gamma              50 03                            gamma                   3
"""

IN_BLOCKS = """
    inq.block_lens         50 02 00 00 00 00 00 01 02 03 04 00 00 00                    zoom 50.0 % · focus 4660 · focus_mode manual
    inq.block_camera       50 0E 02 0B 0C 03 0B 0A 06 11 09 00 11 04      red_gain 226 · blue_gain 188 · white_balance one_push · sharpness manual 11 · exposure shutter_priority · backlight on · exposure_compensation on 4 · shutter 17 · iris 9 · bright 17
    inq.block_other        50 00 04 00 04 00 00 00 00 00 00 00 00 00                    power standby · reverse on · effect bw
    inq.block_enlargement  50 00 00 00 00 00 00 00 01 00 70 03 05 0F                    af_sensitivity high · picture_flip off · color_gain 14 · flip hv · noise_2d manual 5 · gain_limit 15
"""  # noqa: E501 - a table

UNITS = {"deg", "%", "K", "Hz", "step"}


def value(word: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def expected(text: str) -> tuple[list[str | int | float], str | None]:
    words = text.split()
    unit = words.pop() if words[-1] in UNITS else None
    return [value(word) for word in words], unit


def single() -> list[tuple[str, bytes, str, str]]:
    found = []
    for line in ANSWERED.strip().splitlines():
        row, _, rest = line.strip().partition(" ")
        shown = rest.strip().split("  ", 1)
        name, _, text = shown[1].strip().partition(" ")
        found.append((row, bytes.fromhex(shown[0]), name, text.strip()))
    return found


def blocks() -> list[tuple[str, bytes, list[tuple[str, str]]]]:
    found = []
    for line in IN_BLOCKS.strip().splitlines():
        row, _, rest = line.strip().partition(" ")
        payload, _, shown = rest.strip().partition("  ")
        held = [(one.split()[0], one.partition(one.split()[0])[2].strip()) for one in shown.strip().split(" · ")]
        found.append((row, bytes.fromhex(payload), held))
    return found


SINGLE, IN_BLOCK = single(), blocks()
FRAMES = {row: b"\x90" + payload + b"\xff" for row, payload, _, _ in SINGLE} | {
    row: b"\x90" + payload + b"\xff" for row, payload, _ in IN_BLOCK
}


class Answering:
    """A session on a camera that has just these answers."""

    can_ask = True
    camera = camera_at("visca+udp://10.0.0.21", "ptzoptics-move-4k-20x")
    model = known("ptzoptics-move-4k-20x")
    properties = properties_of(model)

    def __init__(self, *rows: str) -> None:
        self.rows = rows

    async def reach(self, tries: int) -> Reached:
        return Reached(True)

    async def ask(self, row: str) -> RawAnswer:
        if row not in self.rows:
            return RawAnswer(None, True, 0, 0)
        reply = parse_reply(FRAMES[row])
        assert isinstance(reply, InquiryAnswer)
        return RawAnswer(codec.decode(row, reply.payload), False, 0, 0)


def inspected(*rows: str) -> Inspected:
    return asyncio.run(inspect(cast(Session, Answering(*rows))))


def shown(found: Inspected, name: str) -> dict[str, Any]:
    return next(one for one in as_json(found)["settings"] if one["name"] == name)


ALL = inspected(*FRAMES)


def test_every_inquiry_has_its_line_here() -> None:
    assert {row for row, *_ in SINGLE} | {row for row, *_ in IN_BLOCK} == INQUIRIES
    assert {row for row, *_ in IN_BLOCK} == set(BLOCKS)


@pytest.mark.parametrize(
    ("row", "name", "text"), [(row, *rest) for row, _, *rest in SINGLE], ids=[row for row, *_ in SINGLE]
)
def test_an_answer_is_a_named_value_with_its_unit(row: str, name: str, text: str) -> None:
    setting = shown(ALL, name)
    if row == "inq.version":
        assert setting["value"] == text
        return
    values, unit = expected(text)
    assert setting["values"] == values and [type(one) for one in setting["values"]] == [type(one) for one in values]
    assert setting.get("unit") == unit
    without = inspected(*(one for one in FRAMES if one != row and one not in BLOCKS))
    assert shown(without, name).get("why") == "not known to this camera", f"{name} is read from {row} and nothing else"


@pytest.mark.parametrize(("row", "payload", "held"), IN_BLOCK, ids=[row for row, *_ in IN_BLOCK])
def test_a_block_says_all_that_it_holds(row: str, payload: bytes, held: list[tuple[str, str]]) -> None:
    """With the single inquiries of what it holds unknown to the camera."""
    inside = {inquiry for inquiry, (block, _) in FROM_BLOCK.items() if block == row}
    found = inspected(*(one for one in FRAMES if one not in inside and one not in BLOCKS), row)
    for name, text in held:
        values, unit = expected(text)
        setting = shown(found, name)
        assert (setting["values"], setting.get("unit")) == (values, unit), name
    fields = {field for field, _ in next(one for one in REFERENCE if one["id"] == row)["fields"]}
    assert fields == set(codec.decode(row, payload[1:])), "every field of the layout is read"
