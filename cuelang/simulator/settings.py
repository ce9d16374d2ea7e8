"""A simulated camera's settings: what each command row changes, and what the inquiry row then answers. A
property that is only words or only one number, and that one inquiry reads back, follows from its row in the table of
properties.

Settings are plain integers under a name, in the encoding of their inquiry. Rows and their parameters are
named as in the VISCA command table. A setting is taken in every mode: an iris value in full auto is kept
for later, as PTZOptics cameras keep it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cuelang.models import Model
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import PROPERTIES, meanings_of
from cuelang.protocols.visca.table import TABLE

SettingValues = dict[str, int]
Change = Callable[[SettingValues, Mapping[str, int]], None]

ON, OFF = 2, 3


class NumberSetting(Struct, frozen=True):
    """A setting with reset, up and down. `default` is the reset value (PTZOptics G2 list, 10/27/2023)."""

    rows: str
    param: str
    low: int
    high: int
    default: int
    gaps: tuple[range, ...] = ()

    @property
    def taken(self) -> tuple[int, ...]:
        return tuple(n for n in range(self.low, self.high + 1) if not any(n in gap for gap in self.gaps))


NUMBERS: dict[str, NumberSetting] = {
    "r_gain": NumberSetting("r_gain", "gain", 0, 255, 0xE2),
    "b_gain": NumberSetting("b_gain", "gain", 0, 255, 0xBC),
    "color_temp": NumberSetting("color_temp", "index", 0, 0x37, 0x28),
    "iris": NumberSetting("iris", "iris", 0, 0x11, 0x0C),
    "shutter": NumberSetting("shutter", "shutter", 1, 0x11, 0x05),
    "gain": NumberSetting("gain", "gain", 0, 15, 2),
    "bright": NumberSetting("bright", "bright", 0, 17, 7),
    "exp_comp": NumberSetting("exp_comp", "level", 0, 14, 7),
    "wdr": NumberSetting("wdr", "level", 0, 6, 0),
    "sharpness": NumberSetting("sharpness", "gain", 0, 15, 3),
}


class Choice(NamedTuple):
    """A setting that is one of several words, and the inquiry that shows it in a field."""

    rows: dict[str, int]
    """Row -> its value. The last one is how a new camera is set, unless `DEFAULTS` knows better."""
    inquiry: str
    field: str


def _choices() -> dict[str, Choice]:
    """Of the table of properties, what is nothing but words that one inquiry reads back: there is no more to know."""
    found = {}
    for prop in PROPERTIES.values():
        if len(prop.inquiries) != 1 or prop.numbers or any(params for _, params in prop.words.values()):
            continue
        meanings = meanings_of(prop, prop.inquiries[0]) or {}
        values = {word: value for value, word in meanings.items()}
        if values.keys() >= prop.words.keys():
            (inquiry,) = prop.inquiries
            rows = {row: values[word] for word, (row, _) in prop.words.items()}
            found[inquiry.removeprefix("inq.")] = Choice(rows, inquiry, TABLE[inquiry].fields[0].name)
    return found


class Level(NamedTuple):
    """A setting that is one number, and the inquiry that shows it in a field. A new camera has the lowest one, unless
    `DEFAULTS` knows better."""

    row: str
    param: str
    lowest: int
    inquiry: str
    field: str


def _levels() -> dict[str, Level]:
    """Of the table of properties, what is nothing but one number that one inquiry reads back."""
    found = {}
    for prop in PROPERTIES.values():
        if len(prop.inquiries) != 1 or len(prop.numbers) != 1 or prop.words or prop.fixed:
            continue
        (inquiry,), (param,) = prop.inquiries, TABLE[prop.row].params
        level = Level(prop.row, param.name, param.low, inquiry, TABLE[inquiry].fields[0].name)
        found[inquiry.removeprefix("inq.")] = level
    return found


SAME = _choices()
LEVELS = _levels()
CHOICES: dict[str, dict[str, int]] = {
    **{setting: choice.rows for setting, choice in SAME.items()},
    "wb_mode": {
        "wb.auto": 0x00, "wb.indoor": 0x01, "wb.outdoor": 0x02, "wb.one_push": 0x03, "wb.manual": 0x05,
        "wb.color_temperature": 0x20, "sony.wb_auto2": 0x04,
    },
    "ae_mode": {
        "ae.full_auto": 0x00, "ae.manual": 0x03, "ae.shutter_priority": 0x0A, "ae.iris_priority": 0x0B,
        "ae.bright": 0x0D, "sony.ae_gain_priority": 0x0E,
    },
    "exp_comp_mode": {"exp_comp.on": ON, "exp_comp.off": OFF},
    "nr2d_mode": {"nr2d.auto": 2, "nr2d.manual": 3},
    "sharpness_mode": {"sharpness.auto": 2, "sharpness.manual": 3},
    "effect": {"effect.off": 2, "effect.bw": 4},
    "ndi": {"ndi.high": 1, "ndi.medium": 2, "ndi.low": 3, "ndi.off": 4},
    "lens_type": {"lens_type.1": 0, "lens_type.2": 1},
}  # fmt: skip
"""Setting -> row -> its value. The effect's inquiry says 02 for off although the command says 00 (so in every PTZOptics
document)."""

DIRECT: dict[str, tuple[str, str]] = {
    **{level.row: (setting, level.param) for setting, level in LEVELS.items()},
    "drc.direct": ("drc", "level"),
    "nr2d.level": ("nr2d", "level"),
    "flicker": ("flicker", "mode"),
    "freeze": ("freeze", "state"),
    "multicast": ("multicast", "state"),
    "motion_sync.min_speed": ("motion_sync_min_speed", "stage"),
    "uac": ("uac", "state"),
    "sony.auto_iris": ("auto_iris", "state"),
    "sony.auto_gain": ("auto_gain", "state"),
    "sony.auto_shutter": ("auto_shutter", "state"),
}
"""Row -> the setting that takes its one parameter, and that parameter."""

DEFAULTS: SettingValues = {
    **{setting: [*choice.rows.values()][-1] for setting, choice in SAME.items()},
    **{setting: level.lowest for setting, level in LEVELS.items()},
    **{name: number.default for name, number in NUMBERS.items()},
    "wb_mode": 0x00, "ae_mode": 0x00, "af_sensitivity": 2, "awb_sensitivity": 1, "af_zone": 1,
    "exp_comp_mode": OFF, "nr2d_mode": 2, "sharpness_mode": 2, "effect": 2,
    "flip": 0, "ndi": 4, "lens_type": 0,
    "r_tuning": 10, "b_tuning": 10, "drc": 0, "gain_limit": 8, "nr2d": 3, "nr3d": 3, "flicker": 1, "freeze": OFF,
    "color_gain": 4, "color_hue": 7, "brightness": 7, "contrast": 7, "multicast": 2, "motion_sync_speed": 5,
    "motion_sync_min_speed": 0, "uac": OFF, "rtmp": 0,
    "auto_iris": ON, "auto_gain": ON, "auto_shutter": ON,
    "focus_range": 0, "focus_range_far": 0x0B, "focus_range_near": 0x00,
}  # fmt: skip

PICTURE = frozenset(
    {*NUMBERS, "wb_mode", "ae_mode", "exp_comp_mode", "backlight", "nr2d_mode", "nr2d", "nr3d", "sharpness_mode"}
    | {"r_tuning", "b_tuning", "drc", "gain_limit", "color_gain", "color_hue", "brightness", "contrast", "gamma"}
)
"""What a preset keeps of the picture besides the position."""


def _put(setting: str, value: int) -> Change:
    def change(settings: SettingValues, _values: Mapping[str, int]) -> None:
        settings[setting] = value

    return change


def _take(setting: str, param: str) -> Change:
    def change(settings: SettingValues, values: Mapping[str, int]) -> None:
        settings[setting] = values[param]

    return change


def _step(setting: str, by: int, number: NumberSetting) -> Change:
    taken = number.taken

    def change(settings: SettingValues, _values: Mapping[str, int]) -> None:
        at = bisect_left(taken, settings[setting]) + by
        settings[setting] = taken[min(max(at, 0), len(taken) - 1)]

    return change


def _rtmp(settings: SettingValues, values: Mapping[str, int]) -> None:
    bit = 1 << (values["stream"] - 1)
    settings["rtmp"] = settings["rtmp"] | bit if values["state"] == ON else settings["rtmp"] & ~bit


def _focus_range(settings: SettingValues, values: Mapping[str, int]) -> None:
    settings["focus_range"] = values["enable"]
    settings["focus_range_far"] = values["far"]
    settings["focus_range_near"] = values["near"]


def _nothing(settings: SettingValues, values: Mapping[str, int]) -> None:
    """Taken and completed; no inquiry shows it."""


def _flips(sideways: bool | None, over: bool | None) -> Change:
    """`flip` and the two switches are one state: left to right is the reverse, upside down the picture flip."""

    def change(settings: SettingValues, _values: Mapping[str, int]) -> None:
        for name, state in (("lr_reverse", sideways), ("picture_flip", over)):
            if state is not None:
                settings[name] = ON if state else OFF
        settings["flip"] = (settings["lr_reverse"] == ON) | (settings["picture_flip"] == ON) << 1

    return change


FLIPS: dict[str, Change] = {
    "lr_reverse.on": _flips(True, None), "lr_reverse.off": _flips(False, None),
    "picture_flip.on": _flips(None, True), "picture_flip.off": _flips(None, False),
    "flip.off": _flips(False, False), "flip.h": _flips(True, False), "flip.v": _flips(False, True),
    "flip.hv": _flips(True, True),
}  # fmt: skip


def _changes(numbers: Mapping[str, NumberSetting]) -> dict[str, Change]:
    changes: dict[str, Change] = {
        row: _nothing
        for prop in PROPERTIES.values()
        if not prop.inquiries
        for row, params in prop.words.values()
        if not params
    }
    changes |= {row: _put(setting, value) for setting, rows in CHOICES.items() for row, value in rows.items()}
    changes |= {row: _take(setting, param) for row, (setting, param) in DIRECT.items()}
    changes |= FLIPS
    for setting, number in numbers.items():
        changes[f"{number.rows}.reset"] = _put(setting, number.default)
        changes[f"{number.rows}.up"] = _step(setting, 1, number)
        changes[f"{number.rows}.down"] = _step(setting, -1, number)
        changes[f"{number.rows}.direct"] = _take(setting, number.param)
    changes["rtmp"] = _rtmp
    changes["focus_range"] = _focus_range
    for row in ("network.reset", "wb.one_push_trigger"):
        changes[row] = _nothing
    return changes


CHANGES: dict[str, Change] = _changes(NUMBERS)
"""Command row -> what it does to the settings of a PTZOptics camera; `changes_of` knows the others."""

_SONY_RESETS = {"r_gain": 0x80, "b_gain": 0x80, "gain": 1, "sharpness": 7}
"""Gain 1 is 0 dB in every list, and reset returns to it."""
_HEADS_RESETS = {"r_gain": 0x3DE, "b_gain": 0x3DE, "color_temp": 5600}


def _numbers(model: Model) -> dict[str, NumberSetting]:
    """The settings with numbers as this model's rows take them."""
    rows = rows_of(model)
    own = _SONY_RESETS | (_HEADS_RESETS if "sony.auto_iris" in rows else {}) if model.list else {}
    found: dict[str, NumberSetting] = {}
    for setting, number in NUMBERS.items():
        row = rows.get(f"{number.rows}.direct")
        param = next((one for one in row.params if one.name == number.param), None) if row is not None else None
        if param is not None and model.list:
            number = replace(number, low=param.low, high=param.high, gaps=param.gaps)
        default = own.get(setting, number.default)
        found[setting] = replace(number, default=min(max(default, number.low), number.high))
    return found


@cache
def changes_of(model: Model) -> Mapping[str, Change]:
    """Command row -> what it does to the settings of this model's camera."""
    if not model.list:
        return CHANGES
    changes = _changes(_numbers(model)) | {"effect.off": _put("effect", 0)}
    if "sony.auto_iris" in rows_of(model):
        changes |= {"wb.auto": _put("wb_mode", 0x04), "wb.color_temperature": _put("wb_mode", 0x0A)}
    return changes


@cache
def defaults_of(model: Model) -> SettingValues:
    """How a camera of this model is set when it is new."""
    if not model.list:
        return DEFAULTS
    found = DEFAULTS | {setting: number.default for setting, number in _numbers(model).items()}
    found |= {"effect": 0}
    if "sony.auto_iris" in rows_of(model):
        found |= {"wb_mode": 0x04}
    return found


ANSWERS: dict[str, dict[str, str]] = {
    **{one.inquiry: {one.field: setting} for setting, one in (SAME | LEVELS).items()},
    "inq.wb_mode": {"mode": "wb_mode"},
    "inq.r_gain": {"gain": "r_gain"},
    "inq.b_gain": {"gain": "b_gain"},
    "inq.color_temp": {"index": "color_temp"},
    "inq.shutter": {"shutter": "shutter"},
    "inq.iris": {"iris": "iris"},
    "inq.gain": {"gain": "gain"},
    "inq.bright": {"bright": "bright"},
    "inq.exp_comp_mode": {"state": "exp_comp_mode"},
    "inq.exp_comp": {"level": "exp_comp"},
    "inq.nr2d_mode": {"mode": "nr2d_mode"},
    "inq.nr2d": {"level": "nr2d"},
    "inq.flicker": {"mode": "flicker"},
    "inq.sharpness_mode": {"mode": "sharpness_mode"},
    "inq.sharpness": {"gain": "sharpness"},
    "inq.uac": {"state": "uac"},
    "inq.rtmp": {"streams": "rtmp"},
    "inq.auto_iris": {"iris": "auto_iris"},
    "inq.auto_gain": {"gain": "auto_gain"},
    "inq.auto_shutter": {"shutter": "auto_shutter"},
    "inq.focus_range": {"enable": "focus_range", "far": "focus_range_far", "near": "focus_range_near"},
}
"""Inquiry row -> its reply's fields -> the settings they show. What the body itself knows (power, positions, menu,
preset, blocks) is answered in `visca.py`."""
