"""What each row of the VISCA table does to a body, and what each inquiry says of it: four tables.

    MOVES      has to arrive: claims axes, holds a socket until it is there
    DRIVES     claims axes, done at once; what it begins runs until it is stopped
    REST       done at once
    INQUIRIES  row -> the fields of its reply

Image settings are not listed here one by one: `settings.CHANGES` and `settings.ANSWERS` are. The tables are the
camera's own, by row, and DRIVES is not `commands.DRIVES`, the types of commands that go on until they are stopped: it
holds every row that is done at once on an axis, the stops and the switches of the focus too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct

from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Axes, TallyMode
from cuelang.models import Model, motion
from cuelang.protocols.visca.row import TURNS
from cuelang.simulator.body import Body, Menu
from cuelang.simulator.settings import ANSWERS, CHANGES, changes_of

ParameterValues = Mapping[str, int]
Error = int
FINE, SYNTAX, BUFFER_FULL, NOT_EXECUTABLE = 0x00, 0x02, 0x03, 0x41

HOME_PRESET = 90
"""A recall that calls a function of a PTZOptics camera (S3, Code-Examples)."""
ARROW_SPEED = 0x0E
TENTH_NS = 100_000_000
LAST_TILT_SPEED = 0x18
"""PTZOptics' tilt ends at 20, but clients send Sony's 24 and cameras take it as their fastest."""


class SimulatedMove(Struct, frozen=True):
    """`axes` are what it claims; `start` returns the instant of arrival, `refuse` why it cannot be begun."""

    axes: Axes
    start: Callable[[Body, int, ParameterValues], int]
    refuse: Callable[[Body, ParameterValues], Error] = lambda _body, _values: FINE


class SimulatedDrive(Struct, frozen=True):
    axes: Axes
    start: Callable[[Body, int, ParameterValues], None]
    refuse: Callable[[Body, ParameterValues], Error] = lambda _body, _values: FINE


def _inside(value: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= value <= bounds[1]


# moves


def _speeds_wrong(body: Body, values: ParameterValues) -> Error:
    model, pan = body.model, values["pan_speed"]
    if not 1 <= pan <= len(model.pan_speeds):
        return SYNTAX
    if model.speeds == "one":
        return FINE
    tilt = values["tilt_speed"]
    if tilt == motion.TOGETHER and model.speeds == "sync":
        return FINE
    return FINE if 1 <= tilt <= _last_tilt_speed(model) else SYNTAX


def _last_tilt_speed(model: Model) -> int:
    return LAST_TILT_SPEED if model.family == "ptzoptics" else len(model.tilt_speeds)


def _absolute_wrong(body: Body, values: ParameterValues) -> Error:
    model = body.model
    if not (_inside(values["pan"], model.pan_range) and _inside(values["tilt"], model.tilt_range)):
        return SYNTAX
    return _speeds_wrong(body, values)


def _absolute(body: Body, now: int, values: ParameterValues) -> int:
    return body.move_to(now, values["pan"], values["tilt"], values["pan_speed"], values.get("tilt_speed", 0))


def _relative(body: Body, now: int, values: ParameterValues) -> int:
    return body.move_by(now, values["pan"], values["tilt"], values["pan_speed"], values.get("tilt_speed", 0))


def _zoom_wrong(body: Body, values: ParameterValues) -> Error:
    return FINE if values["zoom"] <= body.model.zoom_max else SYNTAX


def _focus_wrong(body: Body, _values: ParameterValues) -> Error:
    return NOT_EXECUTABLE if body.focus_auto or body.focus_locked else FINE


def _zoom_focus_wrong(body: Body, values: ParameterValues) -> Error:
    return _zoom_wrong(body, values) or _focus_wrong(body, values)


def _zoom_focus(body: Body, now: int, values: ParameterValues) -> int:
    return max(body.zoom_to(now, values["zoom"]), body.focus_to(now, values["focus"]))


def _preset_wrong(body: Body, values: ParameterValues) -> Error:
    return FINE if body.model.preset_ok(_preset(body, values)) else SYNTAX


def _preset(body: Body, values: ParameterValues) -> int:
    """The preset as the camera's menu numbers it."""
    return values["preset"] + body.model.preset_base


def _recall(body: Body, now: int, values: ParameterValues) -> int:
    return body.recall(now, _preset(body, values))


_PT, _Z, _F = frozenset((PAN_TILT,)), frozenset((ZOOM,)), frozenset((FOCUS,))

HOME = SimulatedMove(_PT, lambda body, now, _values: body.home(now))

MOVES: dict[str, SimulatedMove] = {
    "pt.absolute": SimulatedMove(_PT, _absolute, _absolute_wrong),
    "pt.relative": SimulatedMove(_PT, _relative, _speeds_wrong),
    "pt.home": HOME,
    "pt.reset": HOME,
    "zoom.direct": SimulatedMove(_Z, lambda body, now, values: body.zoom_to(now, values["zoom"]), _zoom_wrong),
    "focus.direct": SimulatedMove(_F, lambda body, now, values: body.focus_to(now, values["focus"]), _focus_wrong),
    "zoom_focus.direct": SimulatedMove(_Z | _F, _zoom_focus, _zoom_focus_wrong),
    "preset.recall": SimulatedMove(_PT | _Z | _F, _recall, _preset_wrong),
}


# drives


def _turn(right: int, up: int, body: Body, now: int, values: ParameterValues) -> None:
    body.drive(now, right, up, values["pan_speed"], values["tilt_speed"])


def _turn_wrong(right: int, up: int, body: Body, values: ParameterValues) -> Error:
    """Speed 00 is borne on an axis that does not move, as clients send it; elsewhere it is refused (BRC-300)."""
    pan, tilt = values["pan_speed"], values["tilt_speed"]
    pan_fits = (not right and not pan) or 1 <= pan <= len(body.model.pan_speeds)
    tilt_fits = (not up and not tilt) or 1 <= tilt <= _last_tilt_speed(body.model)
    return FINE if pan_fits and tilt_fits else SYNTAX


def lens_fixed(body: Body, _values: ParameterValues) -> Error:
    return NOT_EXECUTABLE if body.focus_locked else FINE


def _push(body: Body, now: int, values: ParameterValues) -> None:
    if values["state"]:
        body.snap_focus(now)


DRIVES: dict[str, SimulatedDrive] = {
    **{
        row: SimulatedDrive(_PT, partial(_turn, *vector), partial(_turn_wrong, *vector))
        for row, vector in TURNS.items()
    },
    "pt.stop": SimulatedDrive(_PT, lambda body, now, _values: body.stop_pan_tilt(now), partial(_turn_wrong, 0, 0)),
    "zoom.stop": SimulatedDrive(_Z, lambda body, now, _values: body.stop_zoom(now)),
    "zoom.tele": SimulatedDrive(_Z, lambda body, now, _values: body.zoom_drive(now, True)),
    "zoom.wide": SimulatedDrive(_Z, lambda body, now, _values: body.zoom_drive(now, False)),
    "zoom.tele_var": SimulatedDrive(_Z, lambda body, now, values: body.zoom_drive(now, True, values["speed"])),
    "zoom.wide_var": SimulatedDrive(_Z, lambda body, now, values: body.zoom_drive(now, False, values["speed"])),
    "focus.stop": SimulatedDrive(_F, lambda body, now, _values: body.stop_focus(now)),
    "focus.far": SimulatedDrive(_F, lambda body, now, _values: body.focus_drive(now, False), _focus_wrong),
    "focus.near": SimulatedDrive(_F, lambda body, now, _values: body.focus_drive(now, True), _focus_wrong),
    "focus.far_var": SimulatedDrive(
        _F, lambda body, now, values: body.focus_drive(now, False, values["speed"]), _focus_wrong
    ),
    "focus.near_var": SimulatedDrive(
        _F, lambda body, now, values: body.focus_drive(now, True, values["speed"]), _focus_wrong
    ),
    "focus.auto": SimulatedDrive(_F, lambda body, now, _values: body.set_autofocus(now, True)),
    "focus.manual": SimulatedDrive(_F, lambda body, now, _values: body.set_autofocus(now, False)),
    "focus.toggle": SimulatedDrive(_F, lambda body, now, _values: body.set_autofocus(now, not body.focus_auto)),
    "sony.focus_one_push": SimulatedDrive(_F, lambda body, now, _values: body.snap_focus(now), lens_fixed),
    "sony.push_af": SimulatedDrive(_F, _push, lens_fixed),
    "focus.snap": SimulatedDrive(_F, lambda body, now, _values: body.snap_focus(now), lens_fixed),
}


ARROWS = {row: (right, up) for row, (right, up) in TURNS.items() if not (right and up)}
"""The drives that are the menu's arrows at speed 0E 0E (S1)."""

EVERY_AXIS: Axes = _PT | _Z | _F

STOPS: dict[str, Callable[[Body, int], None]] = {
    PAN_TILT: Body.stop_pan_tilt,
    ZOOM: Body.stop_zoom,
    FOCUS: Body.stop_focus,
}


# the rest: done at once, taken in standby too unless it is in NEEDS_POWER


def _power_off(body: Body, now: int, _values: ParameterValues) -> Error:
    body.power_off(now)
    return FINE


def _power_on(body: Body, now: int, _values: ParameterValues) -> Error:
    body.power_on(now)
    return FINE


def _lock(locked: bool, body: Body, now: int, _values: ParameterValues) -> Error:
    body.focus_locked = locked
    if locked:
        body.stop_focus(now)
    return FINE


def _store(body: Body, now: int, values: ParameterValues) -> Error:
    if not body.model.preset_ok(_preset(body, values)):
        return SYNTAX
    body.store(now, _preset(body, values))
    return FINE


def _clear(body: Body, _now: int, values: ParameterValues) -> Error:
    if not body.model.preset_ok(_preset(body, values)):
        return SYNTAX
    body.clear_preset(_preset(body, values))
    return FINE


def _preset_speed(body: Body, _now: int, values: ParameterValues) -> Error:
    body.preset_speed = values["speed"]
    return FINE


def _sony_preset_speed(body: Body, _now: int, values: ParameterValues) -> Error:
    body.speed_of_preset[_preset(body, values)] = values["speed"]
    return FINE


def _preset_speeds(body: Body, _now: int, _values: ParameterValues, *, common: bool) -> Error:
    body.common_speed = common
    return FINE


def _preset_timed(body: Body, _now: int, values: ParameterValues) -> Error:
    (body.timed.add if values["timed"] else body.timed.discard)(_preset(body, values))
    return FINE


def _preset_time(body: Body, _now: int, values: ParameterValues) -> Error:
    body.time_of_preset[_preset(body, values)] = values["tenths"] * TENTH_NS
    return FINE


def _factory(body: Body, _now: int, _values: ParameterValues) -> Error:
    body.reset()
    return FINE


def _limit_set(body: Body, _now: int, values: ParameterValues) -> Error:
    model, pan, tilt = body.model, values["pan"], values["tilt"]
    if not (_inside(pan, model.pan_range) and _inside(tilt, model.tilt_range)):
        return SYNTAX
    body.set_limit("up_right" if values["corner"] else "down_left", pan, tilt)
    return FINE


def _limit_clear(body: Body, _now: int, values: ParameterValues) -> Error:
    body.clear_limit("up_right" if values["corner"] else "down_left")
    return FINE


def menu_toggle(body: Body, _now: int, _values: ParameterValues) -> Error:
    body.menu = None if body.menu else Menu()
    return FINE


def _menu_close(body: Body, _now: int, _values: ParameterValues) -> Error:
    body.menu = None
    return FINE


def _menu_enter(body: Body, _now: int, _values: ParameterValues) -> Error:
    if body.menu is None:
        return NOT_EXECUTABLE
    body.menu.depth += 1
    body.menu.row = body.menu.column = 0
    return FINE


def _menu_return(body: Body, _now: int, _values: ParameterValues) -> Error:
    if body.menu is None:
        return NOT_EXECUTABLE
    body.menu.depth -= 1
    if body.menu.depth < 0:
        body.menu = None
    return FINE


def menu_arrow(menu: Menu, right: int, up: int) -> None:
    menu.row = max(menu.row - up, 0)
    menu.column = max(menu.column + right, 0)


TALLY: dict[int, TallyMode] = {1: "preview", 2: "program", 3: "off"}
"""1 flashing, 2 always on, 3 normal (S1, Standby Light)."""


def _tally(body: Body, now: int, values: ParameterValues) -> Error:
    body.light(TALLY[values["mode"]], now)
    return FINE


def _sony_tally(body: Body, now: int, values: ParameterValues) -> Error:
    """2 on, 3 off. A Move 4K 20x takes it as well (ptzoptics-visca#77)."""
    _lamp(body, now, "program", values["state"] == 2)
    return FINE


def _sony_preview(body: Body, now: int, values: ParameterValues) -> Error:
    _lamp(body, now, "preview", values["state"] == 2)
    return FINE


def _lamp(body: Body, now: int, colour: TallyMode, on: bool) -> None:
    """Red and green are two lamps; the one that was lit last is what is seen."""
    if on:
        body.light(colour, now)
    elif body.tally == colour:
        body.light("off", now)


def _track(body: Body, _now: int, values: ParameterValues) -> Error:
    body.tracking = values["state"] == 2
    return FINE


def _frame(body: Body, _now: int, values: ParameterValues) -> Error:
    body.tracking = values["state"] == 1
    return FINE


def _setting(row: str, body: Body, _now: int, values: ParameterValues) -> Error:
    changes_of(body.model)[row](body.settings, values)
    return FINE


def _freeze(body: Body, now: int, values: ParameterValues) -> Error:
    if body.settings["freeze"] != values["state"]:
        body.still = body.pan.at(now), body.tilt.at(now), body.zoom.at(now)
    return _setting("freeze", body, now, values)


REST: dict[str, Callable[[Body, int, ParameterValues], Error]] = {
    **{row: partial(_setting, row) for row in CHANGES},
    "freeze": _freeze,
    "settings.reset": _factory,
    "power.on": _power_on,
    "power.off": _power_off,
    "focus.lock": partial(_lock, True),
    "focus.unlock": partial(_lock, False),
    "preset.set": _store,
    "preset.reset": _clear,
    "preset.speed": _preset_speed,
    "pt.limit_set": _limit_set,
    "pt.limit_clear": _limit_clear,
    "osd.toggle": menu_toggle,
    "osd.close": _menu_close,
    "osd.enter": _menu_enter,
    "osd.return": _menu_return,
    "tally": _tally,
    "sony.tally_red": _sony_tally,
    "sony.tally_green": _sony_preview,
    "sony.preset_speed": _sony_preset_speed,
    "sony.preset_apart": partial(_preset_speeds, common=False),
    "sony.preset_compatible": partial(_preset_speeds, common=False),
    "sony.preset_common": partial(_preset_speeds, common=True),
    "sony.preset_timed": _preset_timed,
    "sony.preset_time": _preset_time,
    "sony.auto_framing": _frame,
    "autotrack": _track,
}

NEEDS_POWER = frozenset(
    (
        "preset.set", "preset.reset", "osd.toggle", "osd.enter", "osd.return", "autotrack", "wb.one_push_trigger",
        "af_calibration",
    )
)  # fmt: skip
"""Of the rest, what is not executable in standby, as every move and drive."""


# inquiries

MOVING, COMPLETE = 0x0400, 0x0800
"""Bits 11-10 of the pan-tilt status (S4). The FR7 and the AM7 have them two bits lower."""


def _settings(fields: Mapping[str, str], body: Body, _now: int) -> ParameterValues:
    settings = body.settings
    return {field: settings[name] for field, name in fields.items()}


def _pan_tilt_status(body: Body, now: int) -> ParameterValues:
    return {"status": MOVING if body.pan.moving(now) or body.tilt.moving(now) else COMPLETE}


NEVER_RECALLED = 0x7F


def _last_preset(body: Body, _now: int) -> ParameterValues:
    if body.last_preset is None:
        return {"preset": NEVER_RECALLED if body.model.family == "sony" else 0}
    return {"preset": body.last_preset - body.model.preset_base}


def _version(body: Body, _now: int) -> ParameterValues:
    """Sony's vendor number is 0001; no list gives PTZOptics' or any model's, so those are made up."""
    vendor = 0x0001 if body.model.family == "sony" else 0x2008
    return {"vendor": vendor, "model": 0x0513, "firmware": 0x0100, "sockets": 2}


def _lens_block(body: Body, now: int) -> ParameterValues:
    return {"zoom": body.zoom.at(now), "focus": body.focus.at(now), "af": int(body.focus_auto)}


def _camera_block(body: Body, _now: int) -> ParameterValues:
    settings = body.settings
    flags = (settings["backlight"] == 2) << 2 | (settings["exp_comp_mode"] == 2) << 1
    return {
        "r_gain": settings["r_gain"],
        "b_gain": settings["b_gain"],
        "wb_mode": settings["wb_mode"] & 0x0F,
        "aperture": settings["sharpness"],
        "ae_mode": settings["ae_mode"],
        "flags": flags,
        "shutter": settings["shutter"],
        "iris": settings["iris"],
        "bright": settings["bright"],
        "exp_comp": settings["exp_comp"],
    }


def _other_block(body: Body, now: int) -> ParameterValues:
    settings = body.settings
    return {
        "power": int(body.power(now) != "standby"),
        "lr_reverse": (settings["lr_reverse"] == 2) << 2,
        "effect": settings["effect"],
    }


def _enlargement_block(body: Body, _now: int) -> ParameterValues:
    settings = body.settings
    return {
        "af_sensitivity": settings["af_sensitivity"],
        "picture_flip": int(settings["picture_flip"] == 2),
        "color_gain": settings["color_gain"] << 3,
        "flip": settings["flip"],
        "nr2d": settings["nr2d"],
        "gain_limit": settings["gain_limit"],
    }


INQUIRIES: dict[str, Callable[[Body, int], ParameterValues]] = {
    **{row: partial(_settings, fields) for row, fields in ANSWERS.items()},
    "inq.power": lambda body, now: {"power": 3 if body.power(now) == "standby" else 2},
    "inq.pan_tilt": lambda body, now: {"pan": body.pan.at(now), "tilt": body.tilt.at(now)},
    "inq.zoom": lambda body, now: {"zoom": body.zoom.at(now)},
    "inq.focus": lambda body, now: {"focus": body.focus.at(now)},
    "inq.focus_mode": lambda body, _now: {"mode": 2 if body.focus_auto else 3},
    "inq.menu": lambda body, _now: {"open": 2 if body.menu else 3},
    "inq.preset": _last_preset,
    "inq.pt_status": _pan_tilt_status,
    "inq.head_status": lambda body, now: {"status": _pan_tilt_status(body, now)["status"] >> 2},
    "inq.detail_mode": lambda body, _now: {"mode": body.settings["sharpness_mode"] - 2},
    "inq.pt_max_speed": lambda body, _now: {
        "pan_speed": len(body.model.pan_speeds),
        "tilt_speed": len(body.model.tilt_speeds),
    },
    "inq.version": _version,
    "inq.block_lens": _lens_block,
    "inq.block_camera": _camera_block,
    "inq.block_other": _other_block,
    "inq.block_enlargement": _enlargement_block,
}

POSITIONS = frozenset(("inq.pan_tilt", "inq.zoom"))
BLOCKS = frozenset(("inq.block_lens", "inq.block_camera", "inq.block_other", "inq.block_enlargement"))
