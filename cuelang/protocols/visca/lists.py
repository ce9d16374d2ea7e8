"""Which rows each camera's own command list has, with its bytes and its numbers where they are not PTZOptics'.

PTZOptics has the table without the rows that are Sony's. Each Sony model has the rows of its list and no others: what
is not there the camera answers with a syntax error. `_TABLE` is one line a row: the rows, the lists that have it, how
sure that is, and what is different there.

Sure: `A`, a text of Sony's was read; `B`, a transcription of Sony's list (Companion's sony-visca module, its
protocol/*.html); `C`, inferred. `SOURCES` names each list; a row's `evidence` is the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from cuelang.models import Model
from cuelang.protocols.visca.row import Param, Row
from cuelang.protocols.visca.table import ROWS, TABLE

SOURCES = {
    "brc-x400": "Sony VISCA command list E-042-100, SW 2.10 (BRC-X400, BRC-X401)",
    "srg-x400": "Sony VISCA command list E-042-100, SW 2.10, without what it marks as BRC-X400/X401 only",
    "srg-a40": "Sony SRG-A40/A12 list 5-053-155, SW 3.0",
    "srg-x40uh": "Sony SRG-X40UH/H40UH VISCA/CGI list 5-046-290, SW 1.00",
    "brc-x1000": "Sony BRC-X1000/H800/H780 command list C-456-100, SW 2.10",
    "srg-300h": "Sony SRG-300H technical manual A-ES6-100-1x",
    "srg-300se": "Sony SRG-300SE/301SE/201SE technical manual C-092-100-12",
    "srg-120dh": "Sony SRG-120DH technical manual A-ES7-100-11",
    "srg-360she": "Sony SRG-360SHE/280SHE technical manual C-369-100-12",
    "ilme-fr7": "Sony ILME-FR7 VISCA list 4.00",
    "brc-am7": "Sony BRC-AM7 VISCA list 5-066-06x, SW 2.0",
    **dict.fromkeys(
        ("aw-ue", "aw-ue-tracking", "aw-he", "aw-old", "aw-ue4"),
        "Panasonic HD/4K Integrated Camera Interface Specifications, Compatible model Table, March 2025",
    ),
    "xc": "clients of Canon's XC protocol",
}

X400 = ("brc-x400", "srg-x400", "srg-a40", "srg-x40uh")
MODERN = (*X400, "brc-x1000")
OLD = ("srg-300h", "srg-300se", "srg-120dh", "srg-360she")
HEADS = ("ilme-fr7", "brc-am7")
ALL = (*MODERN, *OLD, *HEADS)
BRC = ("brc-x400", "brc-x1000")
FLIPPED = ("brc-x400", "srg-a40", "srg-x40uh", "brc-x1000")
TIMED = ("aw-ue", "aw-ue-tracking")
PLACED = (*TIMED, "aw-he", "aw-old")
PANASONIC = (*PLACED, "aw-ue4")
WEB = (*PANASONIC, "xc")
"""Cameras that are driven by HTTP: their drivers turn these rows into the camera's own requests."""
LAMP = ("brc-x400", "srg-a40", "brc-x1000", "srg-360she", *HEADS)

TILT_STEPS = (
    dict.fromkeys((*X400, "srg-300h", "srg-300se"), 23)
    | {"srg-120dh": 20}
    | dict.fromkeys(("srg-360she", "brc-x1000", *HEADS, *WEB), 24)
)


class Listed(NamedTuple):
    """One line: `rows` are those of the table. `send` and `layout`: the list's bytes, where they are others. `numbers`:
    what a parameter takes there (`0, 5-25`); a parameter that `send` does not have falls away."""

    rows: str
    lists: tuple[str, ...]
    sure: str = "B"
    send: str = ""
    numbers: Mapping[str, str] = {}
    letters: Mapping[str, str] = {}
    layout: str = ""


L = Listed

# fmt: off
_TABLE: tuple[Listed, ...] = (
    L("if_clear inq.version address_set command_cancel", ALL, "C"),
    L("power.on power.off", (*MODERN, "srg-300h", "srg-120dh", "srg-360she", *HEADS)),
    L("inq.power inq.zoom inq.focus_mode inq.focus inq.menu inq.pan_tilt inq.backlight", ALL),
    L("zoom.stop zoom.tele zoom.wide zoom.tele_var zoom.wide_var zoom.direct", ALL),
    L("focus.stop focus.far focus.near focus.far_var focus.near_var focus.auto focus.manual focus.toggle", ALL),
    L("zoom_focus.direct", OLD),
    L("focus.direct", (*MODERN, "srg-300h", "srg-300se", "srg-360she"), numbers={"focus": "4096-61440"}),
    L("focus.direct", ("srg-120dh",), numbers={"focus": "4096-57344"}),
    L("focus.direct", ("ilme-fr7",)),
    L("focus.direct", ("brc-am7",), numbers={"focus": "0-63487"}),
    L("sony.focus_one_push", (*MODERN, *OLD)),
    L("sony.push_af", HEADS),
    L("af_sensitivity.normal af_sensitivity.low inq.af_sensitivity", (*MODERN, *OLD)),
    L("wb.auto wb.indoor wb.outdoor wb.one_push wb.manual sony.wb_auto2", (*MODERN, *OLD)),
    L("wb.auto", HEADS, send="8x 01 04 35 04 FF"),
    L("wb.manual", HEADS),
    L("wb.color_temperature", HEADS, send="8x 01 04 35 0A FF"),
    L("wb.one_push_trigger inq.wb_mode", ALL),
    L("r_gain.reset r_gain.up r_gain.down r_gain.direct inq.r_gain", (*MODERN, *OLD)),
    L("b_gain.reset b_gain.up b_gain.down b_gain.direct inq.b_gain", (*MODERN, *OLD)),
    L("r_gain.reset", HEADS, send="8x 01 7E 04 46 02 00 03 0D 0E FF"),
    L("r_gain.up", HEADS, send="8x 01 7E 01 63 02 02 00 0A FF"),
    L("r_gain.down", HEADS, send="8x 01 7E 01 63 03 02 00 0A FF"),
    L("r_gain.direct", HEADS, send="8x 01 7E 04 46 02 0r 0r 0r 0r FF", numbers={"gain": "0-1980"},
      letters={"gain": "r"}),
    L("inq.r_gain", HEADS, send="8x 09 7E 04 46 02 FF", layout="y0 50 0p 0p 0q 0q FF"),
    L("b_gain.reset", HEADS, send="8x 01 7E 04 56 02 00 03 0D 0E FF"),
    L("b_gain.up", HEADS, send="8x 01 7E 01 64 02 02 00 0A FF"),
    L("b_gain.down", HEADS, send="8x 01 7E 01 64 03 02 00 0A FF"),
    L("b_gain.direct", HEADS, send="8x 01 7E 04 56 02 0r 0r 0r 0r FF", numbers={"gain": "0-1980"},
      letters={"gain": "r"}),
    L("inq.b_gain", HEADS, send="8x 09 7E 04 56 02 FF", layout="y0 50 0p 0p 0q 0q FF"),
    L("color_temp.up", HEADS, send="8x 01 05 03 02 01 00 01 FF"),
    L("color_temp.down", HEADS, send="8x 01 05 03 03 01 00 01 FF"),
    L("color_temp.direct", HEADS, send="8x 01 05 43 01 0r 0r 0r 0r FF", numbers={"index": "2000-15000"},
      letters={"index": "r"}),
    L("inq.color_temp", HEADS, send="8x 09 05 43 01 FF", layout="y0 50 0p 0p 0q 0q FF"),
    L("ae.full_auto ae.manual ae.shutter_priority ae.iris_priority inq.ae_mode", (*MODERN, *OLD)),
    L("ae.bright", OLD),
    L("sony.ae_gain_priority", ("brc-x1000",)),
    L("sony.auto_iris sony.auto_gain sony.auto_shutter", HEADS, "C"),
    L("inq.auto_iris inq.auto_gain inq.auto_shutter", HEADS),
    L("iris.reset iris.up iris.down inq.iris", (*MODERN, *OLD)),
    L("iris.direct", X400, numbers={"iris": "0, 5-25"}),
    L("iris.direct", ("brc-x1000",), numbers={"iris": "5-21"}),
    L("iris.direct", OLD, numbers={"iris": "0, 5-17"}),
    L("iris.up", HEADS, send="8x 01 7E 04 4B 02 05 05 FF"),
    L("iris.down", HEADS, send="8x 01 7E 04 4B 03 05 05 FF"),
    L("shutter.reset shutter.up shutter.down inq.shutter", (*MODERN, *OLD)),
    L("shutter.direct", X400, numbers={"shutter": "6-33"}),
    L("shutter.direct", ("brc-x1000",), numbers={"shutter": "1-21"}),
    L("shutter.direct", OLD, numbers={"shutter": "0-21"}),
    L("gain.reset gain.up gain.down inq.gain inq.gain_limit", (*MODERN, *OLD)),
    L("gain.direct", X400, numbers={"gain": "1-17"}),
    L("gain.direct", ("brc-x1000",), numbers={"gain": "0-12"}),
    L("gain.direct", OLD, numbers={"gain": "1-15"}),
    L("gain.limit", X400, numbers={"limit": "4-13"}),
    L("gain.limit", ("brc-x1000",), numbers={"limit": "4-9, 15"}),
    L("gain.limit", OLD, numbers={"limit": "4-15"}),
    L("bright.up bright.down inq.bright", OLD),
    L("bright.direct", OLD, numbers={"bright": "0, 5-31"}),
    L("exp_comp.on exp_comp.off exp_comp.reset exp_comp.direct inq.exp_comp_mode inq.exp_comp", (*MODERN, *OLD)),
    L("exp_comp.up exp_comp.down", ALL),
    L("backlight.on backlight.off", ALL),
    L("sharpness.auto", MODERN, send="8x 01 05 42 01 00 FF"),
    L("sharpness.manual", MODERN, send="8x 01 05 42 01 01 FF"),
    L("inq.detail_mode", MODERN),
    L("sharpness.reset", (*MODERN, *OLD)),
    L("sharpness.reset", HEADS, send="8x 01 04 42 00 00 00 07 FF"),
    L("sharpness.up sharpness.down inq.sharpness", ALL),
    L("sharpness.direct", (*MODERN, *OLD)),
    L("sharpness.direct", HEADS, numbers={"gain": "0-14"}),
    L("effect.off effect.bw inq.effect", ("brc-x400", "srg-x400", "srg-a40", *OLD)),
    L("picture_flip.on picture_flip.off inq.picture_flip", FLIPPED),
    L("color_gain color_hue inq.color_gain inq.color_hue", (*BRC, *OLD)),
    L("gamma.direct", BRC, numbers={"gamma": "0-2, 8-14"}),
    L("gamma.direct", OLD, numbers={"gamma": "0-1"}),
    L("inq.gamma", (*BRC, *OLD)),
    L("preset.reset preset.set preset.recall", (*MODERN, *HEADS), numbers={"preset": "0-99"}),
    L("preset.reset preset.set preset.recall", OLD, numbers={"preset": "0-15"}),
    L("inq.preset", MODERN),
    L("sony.preset_speed", X400, numbers={"preset": "0-99", "speed": "1-25"}),
    L("sony.preset_speed", ("brc-x1000",), numbers={"preset": "0-99", "speed": "1-24"}),
    L("sony.preset_speed", ("ilme-fr7",), numbers={"preset": "0-99", "speed": "1-50"}),
    L("sony.preset_speed", ("brc-am7",), numbers={"preset": "0-99", "speed": "1-127"}),
    L("sony.preset_apart sony.preset_common", (*X400, *HEADS)),
    L("sony.preset_compatible", X400),
    L("sony.preset_timed sony.preset_time", HEADS),
    L("pt.up pt.down pt.left pt.right pt.up_left pt.up_right pt.down_left pt.down_right pt.stop pt.home pt.reset", ALL),
    L("pt.absolute pt.relative pt.limit_set pt.limit_clear", ALL),
    L("inq.pt_max_speed", (*X400, *OLD, *HEADS)),
    L("inq.pt_status", (*MODERN, *OLD)),
    L("inq.head_status", HEADS),
    L("osd.close", ALL),
    L("sony.tally_red", LAMP),
    L("sony.tally_green", HEADS),
    L("sony.auto_framing", ("srg-a40", *HEADS)),
    L("power.on power.off inq.power inq.zoom inq.focus_mode inq.pan_tilt inq.preset", WEB),
    L("zoom.stop zoom.tele_var zoom.wide_var zoom.direct", WEB),
    L("focus.stop focus.far focus.near focus.far_var focus.near_var focus.auto focus.manual focus.snap", WEB),
    L("focus.direct", PANASONIC, numbers={"focus": "1365-4095"}),
    L("inq.focus", PANASONIC),
    L("preset.reset preset.set preset.recall", WEB, numbers={"preset": "0-99"}),
    L("preset.speed", (*PLACED, "xc")),
    L("sony.preset_timed sony.preset_time", (*TIMED, "xc")),
    L("pt.up pt.down pt.left pt.right pt.up_left pt.up_right pt.down_left pt.down_right pt.stop pt.home", WEB),
    L("pt.absolute", (*PLACED, "xc")),
    L("pt.relative", PLACED),
    L("tally", WEB),
    L("autotrack", ("aw-ue-tracking",)),
)
# fmt: on


_PTZOPTICS: Mapping[str, Row] = {row.id: row for row in ROWS if not row.id.startswith("sony.")}


def rows_of(model: Model) -> Mapping[str, Row]:
    """The rows that this model's camera takes, as it takes them, by their ids."""
    if not model.list:
        return _PTZOPTICS
    return _rows(model.list, model.pan_nibbles, model.tilt_nibbles, model.speeds)


@cache
def _rows(name: str, pan: int, tilt: int, speeds: str) -> Mapping[str, Row]:
    found: dict[str, Row] = {}
    for listed in _TABLE:
        if name in listed.lists:
            for row_id in listed.rows.split():
                found[row_id] = _own(TABLE[row_id], listed, name)
    for row_id, row in found.items():
        if row_id.startswith("pt."):
            found[row_id] = _turning(row, name, (pan, tilt), speeds)
    return found


def _own(row: Row, listed: Listed, name: str) -> Row:
    """The row as this list has it: its bytes alone, and only the numbers it takes."""
    send = listed.send or row.send
    params = tuple(
        _limited(
            param._replace(letters=listed.letters.get(param.name, param.letters)), listed.numbers.get(param.name, "")
        )
        for param in row.params
        if not listed.send or param.name in listed.letters
    )
    return replace(
        row,
        send=send,
        params=params,
        alternatives=(),
        accepted=(),
        layout=listed.layout or row.layout,
        evidence=f"{SOURCES[name]} ({listed.sure})",
        status="ok",
    )


def _limited(param: Param, numbers: str) -> Param:
    if not numbers:
        return param
    spans = [[int(end) for end in span.split("-")] for span in numbers.split(",")]
    gaps = tuple(range(one[-1] + 1, other[0]) for one, other in pairwise(spans))
    return param._replace(low=spans[0][0], high=spans[-1][-1], gaps=gaps)


def _turning(row: Row, name: str, nibbles: tuple[int, int], speeds: str) -> Row:
    """A pan-tilt row with the width of the model's positions and the speeds that its moves take."""
    places = " ".join(["0y"] * nibbles[0] + ["0z"] * nibbles[1])
    params = tuple(
        param._replace(high=TILT_STEPS[name]) if param.name == "tilt_speed" else param for param in row.params
    )
    if row.id in ("pt.absolute", "pt.relative"):
        opcode = "02" if row.id == "pt.absolute" else "03"
        tilt = "00" if speeds == "one" else "ww"
        params = tuple(_arriving(param, speeds) for param in params if param.name != "tilt_speed" or speeds != "one")
        return replace(row, send=f"8x 01 06 {opcode} vv {tilt} {places} FF", params=params)
    if row.id == "pt.limit_set":
        return replace(row, send=f"8x 01 06 07 00 0w {places} FF")
    if row.id == "pt.limit_clear":
        return replace(row, send=f"8x 01 06 07 01 0w {' '.join(_end(nibbles))} FF")
    return replace(row, params=params)


def _arriving(param: Param, speeds: str) -> Param:
    """00 as the tilt's speed makes both axes arrive together, on a head that can."""
    return param._replace(low=0) if param.name == "tilt_speed" and speeds == "sync" else param


def _end(nibbles: tuple[int, int]) -> Iterator[str]:
    for width in nibbles:
        yield from ("07", *["0F"] * (width - 1))
