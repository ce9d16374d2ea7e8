"""A frame that a sheet gives byte by byte (`raw foh "81 01 06 05 FF"`), and what the language has instead. Pure.

`raw` is for what no other statement sends. A frame that the camera's command list has and that a statement sends is
refused, because a statement claims its axes, is checked, predicted and repeated as it should be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cuelang.models import Model
from cuelang.protocols.visca.capability import properties_of
from cuelang.protocols.visca.codec import END, MAX_FRAME_BYTES, MIN_FRAME_BYTES
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import Property
from cuelang.protocols.visca.row import Row

_HEX = re.compile(r"[0-9a-fA-F]{2}(?: ?[0-9a-fA-F]{2})*")
_LINE = frozenset(("if_clear", "address_set", "command_cancel"))
_SPEEDS = frozenset(("pan_speed", "tilt_speed"))
"""Clients send speeds beyond a model's steps, and cameras take them."""

STATEMENTS: Mapping[str, str] = {
    "power.on": "power {cam} on", "power.off": "power {cam} off",
    "zoom.stop": "stop {cam}", "focus.stop": "stop {cam}", "pt.stop": "stop {cam}",
    "zoom.tele": "zoom {cam} in", "zoom.wide": "zoom {cam} out",
    "zoom.tele_var": "zoom {cam} in speed {speed}", "zoom.wide_var": "zoom {cam} out speed {speed}",
    "zoom.direct": "zoom {cam} to 0x{zoom:X}",
    "zoom_focus.direct": "zoom {cam} to 0x{zoom:X}` and `focus {cam} to 0x{focus:X}",
    "focus.far": "focus {cam} far", "focus.near": "focus {cam} near",
    "focus.far_var": "focus {cam} far speed {speed}", "focus.near_var": "focus {cam} near speed {speed}",
    "focus.direct": "focus {cam} to 0x{focus:X}",
    **{f"focus.{mode}": f"focus {{cam}} {mode}" for mode in ("auto", "manual", "toggle", "snap", "lock", "unlock")},
    "sony.focus_one_push": "focus {cam} snap", "sony.push_af": "focus {cam} snap",
    "preset.reset": "clear {cam} preset {preset}", "preset.set": "store {cam} preset {preset}",
    "preset.recall": "move {cam} to preset {preset}",
    "sony.preset_speed": "move {cam} to preset {preset} speed {speed}",
    "sony.preset_apart": "move {cam} to PRESET speed P", "sony.preset_common": "move {cam} to PRESET speed P",
    "sony.preset_timed": "move {cam} to preset {preset} over T",
    "sony.preset_time": "move {cam} to preset {preset} over T",
    **{
        f"pt.{way}": f"drive {{cam}} {way} speed {{pan_speed}}, {{tilt_speed}}"
        for way in ("up", "down", "left", "right", "up_left", "up_right", "down_left", "down_right")
    },
    "pt.absolute": "move {cam} to pan {pan} tilt {tilt} speed {pan_speed}, {tilt_speed}",
    "pt.relative": "move {cam} by pan {pan} tilt {tilt} speed {pan_speed}, {tilt_speed}",
    "pt.home": "move {cam} home",
    "lens_type.1": "set {cam} lens_type 1", "lens_type.2": "set {cam} lens_type 2",
}  # fmt: skip
"""Row -> the statement that sends it. Rows of image settings are found in the table of properties."""

STATES: Mapping[str, Mapping[int, str]] = {
    "tally": {1: "tally {cam} preview", 2: "tally {cam} program", 3: "tally {cam} off"},
    "sony.tally_red": {2: "tally {cam} program", 3: "tally {cam} off"},
    "sony.tally_green": {2: "tally {cam} preview", 3: "tally {cam} off"},
    "autotrack": {2: "track {cam} on", 3: "track {cam} off"},
    "sony.auto_framing": {1: "track {cam} on", 0: "track {cam} off"},
}
"""The same by the value of the row's one parameter."""

RESETS: Mapping[str, str] = {
    "settings.reset": "It erases every setting. Only `cuelang camera reset URL settings --yes-really` sends it.",
    "network.reset": "It takes the camera off the network. Only `cuelang camera reset URL network --yes-really` sends"
    " it.",
}
"""Rows that no sheet sends, with the hint."""

FREE = frozenset(("pt.reset", "motion_sync.min_speed", "sony.preset_compatible"))
"""Rows that no other statement sends: `raw` does."""


class Instead(NamedTuple):
    """Why a frame is not for `raw`, and what to write."""

    why: str
    hint: str


def frame_of(text: str) -> bytes:
    """The frame that is written as bytes in hex. Raises ValueError with what is wrong, as a sentence."""
    bare = " ".join(text.split())
    if not _HEX.fullmatch(bare):
        raise ValueError("A frame is written as bytes in hex, two digits each.")
    frame = bytes.fromhex(bare)
    if not 0x81 <= frame[0] <= 0x87:
        raise ValueError("A VISCA frame starts with a camera's address, 81 to 87.")
    if frame[-1] != END:
        raise ValueError("A VISCA frame ends with FF.")
    if END in frame[:-1]:
        raise ValueError("FF ends a VISCA frame; this is more than one frame.")
    if not MIN_FRAME_BYTES <= len(frame) <= MAX_FRAME_BYTES:
        raise ValueError(f"A VISCA frame has {MIN_FRAME_BYTES} to {MAX_FRAME_BYTES} bytes, not {len(frame)}.")
    return frame


def instead(frame: bytes, model: Model, camera: str) -> Instead | None:
    """What the language has instead of this frame for this camera; None: nothing, so `raw` sends it."""
    if frame[1] == 0x09:
        return Instead("this frame asks the camera something and changes nothing", "Use `cuelang camera inspect URL`.")
    for row in sorted(rows_of(model).values(), key=lambda row: len(row.params)):  # osd.toggle before preset.recall
        if row.status == "alias" or row.kind == "inquiry" or row.id in FREE:
            continue
        if row.id.startswith("sony.") and model.family != "sony":
            continue
        values = _read(row, frame)
        if values is None:
            continue
        if row.id in _LINE:
            return Instead("the link itself sends this frame", "Remove this line.")
        if row.id in RESETS:
            return Instead(f"no sheet sends {row.id}", RESETS[row.id])
        said = _statement(row, values, model)
        if said:
            return Instead("a statement sends this frame", f"Write `{said.format(cam=camera, **values)}`.")
    return None


def _read(row: Row, frame: bytes) -> dict[str, int] | None:
    """The values of a row's parameters in a frame; None if the frame is not of this row."""
    for template in row.templates:
        if len(template.fixed) != len(frame) or not template.fits(frame):
            continue
        values = {place.name: place.get(frame) for place in template.places}
        if all(place.name in _SPEEDS or place.takes(values[place.name]) for place in template.places):
            return values
    return None


def _statement(row: Row, values: dict[str, int], model: Model) -> str:
    """The statement that sends a row with these values, which become those of the sheet; "" if there is none."""
    if "preset" in values:
        values["preset"] += model.preset_base
    if "pan_speed" in values:
        values |= {name: max(values.get(name, values["pan_speed"]), 1) for name in _SPEEDS}
    if row.id in STATES:
        return STATES[row.id].get(next(iter(values.values())), "")
    if row.id in STATEMENTS:
        return STATEMENTS[row.id]
    for prop in properties_of(model).values():
        for word, (name, params) in prop.words.items():
            if name == row.id and all(values.get(key) == value for key, value in params.items()):
                return f"set {{cam}} {prop.name} {word}"
        if prop.row == row.id and all(values.get(key) == value for key, value in prop.fixed.items()):
            if prop.pose:
                return f"set {{cam}} {prop.name} pan {values['pan']} tilt {values['tilt']}"
            shown = ", ".join(f"{limits.shown(values[limits.param])}{prop.unit}" for limits in prop.numbers)
            return f"set {{cam}} {prop.name} {shown}"
    return next((f"set {{cam}} {prop.name} …" for prop in properties_of(model).values() if _more(prop, row.id)), "")


def _more(prop: Property, row: str) -> bool:
    return any(name == row for chain in prop.more.values() for name, _ in chain)
