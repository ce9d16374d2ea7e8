"""PTZOptics' HTTP-CGI as data: which request says what, and what the answers mean.

Sources: S8 the official HTTP-CGI command sheets (G2 rev 1.4, G3 10/27/2023) · 12x-SDI manual page 56 · clients that
use them. A query of these cameras is words between `&`, not names and values, and must not be percent-encoded.

Cameras want a digest login when one is set. An order is answered with `{"Response":{"Result":"Success"}}`, an inquiry
with lines of `name="value"` or with JSON, by model. Nothing of what came from outside makes this raise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands import (
    FOCUS,
    NO_POSE,
    PAN_TILT,
    ZOOM,
    Booth,
    BoothKind,
    Command,
    Drive,
    Focus,
    FocusDrive,
    Home,
    MoveBy,
    MoveTo,
    Pose,
    Ramp,
    Recall,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.models import Model
from cuelang.models.motion import ramp_frames, speeds_for
from cuelang.protocols.cgi_picture import CARRIED, ONE_PUSH, key_and_value
from cuelang.units import NS

Method = Literal["GET", "POST"]

PAN_STEPS, TILT_STEPS, ZOOM_STEPS = 24, 20, 7
SHOTS = 4
"""Pictures or videos of one photobooth run."""


class CgiParam(NamedTuple):
    name: str
    low: int
    high: int
    hexadecimal: bool = False
    """Four digits, capitals; a negative one as two's complement: F670."""


class CgiRow(Struct, frozen=True):
    """One request. `path` has its parameters in braces; `alternative` is for cameras that do not know `path`."""

    id: str
    path: str
    params: tuple[CgiParam, ...] = ()
    method: Method = "GET"
    alternative: str | None = None
    single: bool = False
    """It must not be sent twice."""
    notes: str = ""


_PTZ, _PARAM = "/cgi-bin/ptzctrl.cgi?", "/cgi-bin/param.cgi?"
_WORDS = {
    "up": "up", "down": "down", "left": "left", "right": "right",
    "up_left": "leftup", "up_right": "rightup", "down_left": "leftdown", "down_right": "rightdown",
}  # fmt: skip
_SPEEDS = (CgiParam("pan_speed", 1, PAN_STEPS), CgiParam("tilt_speed", 1, TILT_STEPS))
_PLACE = (*_SPEEDS, CgiParam("pan", -0x8000, 0x7FFF, True), CgiParam("tilt", -0x8000, 0x7FFF, True))
_SPEED = (CgiParam("speed", 0, ZOOM_STEPS),)
_PRESET = (CgiParam("preset", 0, 254),)
_DELAY = CgiParam("delay", 1, 9)
_RUN = (CgiParam("shot", 1, SHOTS),)

ROWS: tuple[CgiRow, ...] = (
    *(CgiRow(f"pt.{way}", f"{_PTZ}ptzcmd&{word}&{{pan_speed}}&{{tilt_speed}}", _SPEEDS)
        for way, word in _WORDS.items()),
    CgiRow("pt.stop", f"{_PTZ}ptzcmd&ptzstop&{{pan_speed}}&{{tilt_speed}}", _SPEEDS),
    CgiRow("pt.home", f"{_PTZ}ptzcmd&home"),
    CgiRow("pt.absolute", f"{_PTZ}ptzcmd&abs&{{pan_speed}}&{{tilt_speed}}&{{pan}}&{{tilt}}", _PLACE),
    CgiRow("pt.relative", f"{_PTZ}ptzcmd&rel&{{pan_speed}}&{{tilt_speed}}&{{pan}}&{{tilt}}", _PLACE, single=True),
    CgiRow("zoom.in", f"{_PTZ}ptzcmd&zoomin&{{speed}}", _SPEED),
    CgiRow("zoom.out", f"{_PTZ}ptzcmd&zoomout&{{speed}}", _SPEED),
    CgiRow("zoom.stop", f"{_PTZ}ptzcmd&zoomstop&{{speed}}", _SPEED),
    CgiRow("zoom.direct", f"{_PTZ}ptzcmd&zoomto&{{speed}}&{{zoom}}", (*_SPEED, CgiParam("zoom", 0, 0x7AC0, True))),
    CgiRow("focus.near", f"{_PTZ}ptzcmd&focusin&{{speed}}", _SPEED,
        notes="No sheet states whether `in` means near; it is assumed to."),
    CgiRow("focus.far", f"{_PTZ}ptzcmd&focusout&{{speed}}", _SPEED),
    CgiRow("focus.stop", f"{_PTZ}ptzcmd&focusstop&{{speed}}", _SPEED),
    CgiRow("focus.lock", f"{_PARAM}ptzcmd&lock_mfocus"),
    CgiRow("focus.unlock", f"{_PARAM}ptzcmd&unlock_mfocus"),
    CgiRow("focus.snap", f"{_PARAM}set_focus&one_shot_focus"),
    CgiRow("preset.set", f"{_PTZ}ptzcmd&posset&{{preset}}", _PRESET),
    CgiRow("preset.recall", f"{_PTZ}ptzcmd&poscall&{{preset}}", _PRESET),
    CgiRow("preset.recall_at",
        f"{_PTZ}post_preset&poscallwithspeed={{preset}}&panspeed={{pan_speed}}&tiltspeed={{tilt_speed}}"
        "&zoomspeed={speed}",
        (*_PRESET, *_SPEEDS, *_SPEED), "POST", f"{_PTZ}ptzcmd&poscall&{{preset}}",
        notes="In the G3 sheet only; others recall at the speed that is set in the camera."),
    CgiRow("track.on", f"{_PARAM}set_overlay&autotracking&on", alternative=f"{_PTZ}post_image_value&autotrack&2"),
    CgiRow("track.off", f"{_PARAM}set_overlay&autotracking&off", alternative=f"{_PTZ}post_image_value&autotrack&3"),
    CgiRow("snapshot", "/snapshot.jpg"),
    CgiRow("booth.photos", "/cgi-bin/booth.cgi?0&4&{delay}&photo&0", (_DELAY,), single=True,
        notes="The manual prints “&;photo”: what is left of an escaped “&”."),
    CgiRow("booth.videos", "/cgi-bin/booth.cgi?0&4&{delay}&video&{length}", (_DELAY, CgiParam("length", 1, 10)),
        single=True),
    CgiRow("booth.photo", "/photo{shot}.jpg", _RUN),
    CgiRow("booth.video", "/video{shot}.mp4", _RUN),
    CgiRow("osd.open", f"{_PARAM}navigate_mode&OSD"),
    CgiRow("osd.close", f"{_PARAM}navigate_mode&PTZ"),
    CgiRow("pt.reset", f"{_PARAM}pan_tiltdrive_reset"),
    *(CgiRow(f"image.{one.key}", f"{_PTZ}post_image_value&{one.key}&{{value}}", (CgiParam("value", 0, 255),),
        alternative=f"{_PARAM}post_image_value&{one.older}&{{value}}" if one.older else None,
        notes="The second path is that of the G2 sheet.") for one in CARRIED),
    CgiRow(f"image.{ONE_PUSH}", f"{_PTZ}post_image_value&{ONE_PUSH}&{{value}}", (CgiParam("value", 0, 0),),
        single=True),
    *(CgiRow(f"inq.{name}", f"{_PARAM}get_{name}") for name in (
        "device_conf", "serial_number", "tally_status", "ndi_info", "system_conf", "image_conf", "advance_image_conf",
        "media_audio", "media_video", "network_conf")),
)  # fmt: skip
TABLE: Mapping[str, CgiRow] = MappingProxyType({row.id: row for row in ROWS})


class CgiRequest(Struct, frozen=True):
    """One request, `offset` ns after the command's start; the other fields are those of a VISCA message.

    `path` is path and query, to be put after `http://host:port` as it is. `alternative` is to be tried (with GET)
    when the camera does not know `path`.
    """

    offset: int
    method: Method
    path: str
    axis: str
    row: str
    repeatable: bool = True
    final: bool = True
    alternative: str | None = None

    @property
    def asks(self) -> bool:
        """It changes nothing at the camera."""
        return self.row.startswith("inq.")


def request(row_id: str, axis: str = "", offset: int = 0, **params: int) -> CgiRequest:
    """The request of a row. ValueError: an unknown row, or a missing, unknown or out-of-range parameter."""
    row = TABLE.get(row_id)
    if row is None:
        raise ValueError(f"there is no HTTP request {row_id}")
    if params.keys() != {param.name for param in row.params}:
        raise ValueError(f"{row_id} takes {[param.name for param in row.params]}, not {list(params)}")
    texts = {param.name: _text(row_id, param, params[param.name]) for param in row.params}
    other = None if row.alternative is None else row.alternative.format(**texts)
    return CgiRequest(offset, row.method, row.path.format(**texts), axis, row_id, not row.single, alternative=other)


MANUAL = ("ptzoptics-move-4k", "ptzoptics-link-4k")
"""The models whose manual gives the second path of auto-tracking; the first is in the G3 sheet."""


def track(on: bool, model: Model) -> CgiRequest:
    """Auto-tracking, by the path that the model's own manual gives first."""
    found = request("track.on" if on else "track.off")
    if found.alternative is not None and (model.base or model.id).startswith(MANUAL):
        return replace(found, path=found.alternative, alternative=found.path)
    return found


def _text(row_id: str, param: CgiParam, value: int) -> str:
    if not param.low <= value <= param.high:
        raise ValueError(f"{row_id}: {param.name} is {value}, not {param.low} to {param.high}")
    return f"{value & 0xFFFF:04X}" if param.hexadecimal else str(value)


# --- commands ------------------------------------------------------------------------------------------------


def requests(command: Command, model: Model, *, pose: Pose = NO_POSE) -> tuple[CgiRequest, ...]:
    """The requests of a command, in the order in which they are sent; those at one offset follow each other.

    `pose` is where the camera is, as far as it is known: a position needs both pan and tilt, and a ramp its start. A
    ramp without one has only its last request. A booth's downloads are at the times at which its pictures should be
    ready. Raises ValueError for what HTTP-CGI cannot say.
    """
    return tuple(_ask(command, model, pose))


def _ask(command: Command, model: Model, pose: Pose) -> Iterator[CgiRequest]:  # noqa: C901 - a case for each command
    match command:
        case MoveTo():
            yield from _move(command, model, pose)
        case MoveBy(pan=pan, tilt=tilt, pan_speed=pan_speed, tilt_speed=tilt_speed):
            yield request("pt.relative", PAN_TILT, pan=pan, tilt=tilt, **_speeds(pan_speed, tilt_speed))
        case Home():
            yield request("pt.home", PAN_TILT)
        case Recall(preset=preset, speed=None):
            yield request("preset.recall", PAN_TILT, preset=preset)
        case Recall(preset=preset, speed=int(speed)):
            steps = {**_speeds(speed, speed), "speed": speed * ZOOM_STEPS // PAN_STEPS}
            yield request("preset.recall_at", PAN_TILT, preset=preset, **steps)
        case Drive(direction=direction, pan_speed=pan_speed, tilt_speed=tilt_speed, duration=duration):
            yield request(f"pt.{direction}", PAN_TILT, **_speeds(pan_speed, tilt_speed))
            if duration is not None:
                yield _stop(PAN_TILT, duration)
        case ZoomTo(position=position):
            yield _zoom(position)
        case ZoomDrive(direction=way, speed=speed, duration=duration):
            yield request(f"zoom.{way}", ZOOM, speed=speed)
            if duration is not None:
                yield _stop(ZOOM, duration)
        case Ramp(axis="zoom"):
            yield from _ramp(command, pose)
        case Focus(mode="snap" | "lock" | "unlock" as mode):
            yield request(f"focus.{mode}", FOCUS)
        case FocusDrive(direction=way, speed=rate, duration=duration):
            yield request(f"focus.{way}", FOCUS, speed=_FOCUS_SPEED if rate is None else rate)
            if duration is not None:
                yield _stop(FOCUS, duration)
        case Stop(axes=axes, tracking=tracking):
            if tracking:
                yield track(False, model)
            for axis in (PAN_TILT, ZOOM, FOCUS):
                if axis in axes:
                    yield _stop(axis, 0)
        case Store(preset=preset):
            yield request("preset.set", preset=preset)
        case Track(on=on):
            yield replace(track(on, model), axis=PAN_TILT)
        case SetProperty():
            key, value = key_and_value(command)
            yield request(f"image.{key}", value=value)
        case Snapshot():
            yield request("snapshot")
        case Booth():
            yield from booth(command)
        case _:
            raise ValueError(f"HTTP-CGI has no command for {command}")


_FOCUS_SPEED = 3
"""When the sheet names none; the middle of 0–7."""


def booth(command: Booth) -> Iterator[CgiRequest]:
    """The start, and the four files. A file that is not there yet (404) may be asked for again."""
    every, length = command.every // NS, command.length // NS
    if command.kind == "photos":
        yield request("booth.photos", delay=every)
        ready = SHOTS * every
    else:
        yield request("booth.videos", delay=every, length=length)
        ready = SHOTS * (every + length)
    yield from booth_files(command.kind, ready * NS)


def booth_files(kind: BoothKind, ready: int = 0) -> Iterator[CgiRequest]:
    """The four files of the last run."""
    for shot in range(1, SHOTS + 1):
        yield request("booth.photo" if kind == "photos" else "booth.video", offset=ready, shot=shot)


def _move(command: MoveTo, model: Model, pose: Pose) -> Iterator[CgiRequest]:
    goal = command.pose
    pan = pose.pan if goal.pan is None else goal.pan
    tilt = pose.tilt if goal.tilt is None else goal.tilt
    if PAN_TILT in goal.axes and pan is not None and tilt is not None:
        speeds = _speeds(command.pan_speed, command.tilt_speed)
        if command.over is not None and pose.pan is not None and pose.tilt is not None:
            speeds = _speeds(*speeds_for(model, pan - pose.pan, tilt - pose.tilt, command.over))
        yield request("pt.absolute", PAN_TILT, pan=pan, tilt=tilt, **speeds)
    if goal.zoom is not None:
        if command.over is None:
            yield _zoom(goal.zoom)
        else:
            yield from _ramp(Ramp("zoom", None, goal.zoom, command.over, command.rate, command.ease), pose)


def _ramp(ramp: Ramp, pose: Pose) -> Iterator[CgiRequest]:
    start = pose.zoom if ramp.start is None else ramp.start
    if start is None:
        yield _zoom(ramp.target, ramp.over)
        return
    frames = ramp_frames(start, ramp.target, ramp.over, ramp.rate, ramp.ease, send_start=ramp.start is not None)
    for offset, value in frames:
        yield _zoom(value, offset, offset == ramp.over)


def _zoom(position: int, offset: int = 0, final: bool = True) -> CgiRequest:
    return replace(request("zoom.direct", ZOOM, offset, speed=ZOOM_STEPS, zoom=position), final=final)


def _stop(axis: str, offset: int) -> CgiRequest:
    if axis == PAN_TILT:
        return request("pt.stop", axis, offset, pan_speed=1, tilt_speed=1)
    return request(f"{axis}.stop", axis, offset, speed=0)


def _speeds(pan: int, tilt: int) -> dict[str, int]:
    return {"pan_speed": min(max(pan, 1), PAN_STEPS), "tilt_speed": min(max(tilt, 1), TILT_STEPS)}


# --- what a camera reads -------------------------------------------------------------------------------------


class CgiDecoded(NamedTuple):
    """What a request says. Its `row` may have been reached by the alternative path."""

    row: CgiRow
    params: dict[str, int]


def read(path: str) -> CgiDecoded | None:
    """The row of a path and query; None: a camera would not know it, or a value is out of range. Never raises."""
    for row, pattern in _PATTERNS:
        found = pattern.fullmatch(path)
        if found is None:
            continue
        params = {
            param.name: _number(param, found[param.name]) for param in row.params if param.name in found.groupdict()
        }
        if all(param.low <= params.get(param.name, param.low) <= param.high for param in row.params):
            return CgiDecoded(row, params)
    return None


def _pattern(row: CgiRow, path: str) -> re.Pattern[str]:
    digits = {param.name: "[0-9A-F]{4}" if param.hexadecimal else "[0-9]{1,3}" for param in row.params}
    escaped = re.sub(r"\\\{(\w+)\\\}", lambda found: f"(?P<{found[1]}>{digits[found[1]]})", re.escape(path))
    return re.compile(escaped, re.ASCII | re.IGNORECASE)


def _number(param: CgiParam, text: str) -> int:
    if not param.hexadecimal:
        return int(text)
    value = int(text, 16)
    return value - 0x10000 if param.low < 0 and value > 0x7FFF else value


_PATTERNS = [(row, _pattern(row, path)) for row in ROWS for path in (row.path, row.alternative) if path is not None]


# --- answers -------------------------------------------------------------------------------------------------

MAX_ANSWER_CHARS = 64 * 1024
SUCCESS = '{"Response":{"Result":"Success"}}'

_LINE = re.compile(r'^\s*([\w.\-]+)\s*=\s*"?(.*?)"?\s*;?\s*$')


class CgiReply(Struct, frozen=True):
    """`ok`: whether the camera says that it did it; None: it says neither. `fields` as text; what was nested in JSON
    has dots between its names: `Response.Result`."""

    ok: bool | None
    fields: Mapping[str, str]


def parse(body: bytes | str) -> CgiReply:
    """An answer's meaning. Never raises; what is neither JSON nor lines has no fields."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    fields: dict[str, str] = {}
    text = text[:MAX_ANSWER_CHARS].strip().removeprefix("\ufeff")
    if text.startswith(("{", "[")):
        try:
            _flatten(json.loads(text), "", fields)
        except (ValueError, RecursionError):
            fields.clear()
    else:
        for line in text.splitlines():
            found = _LINE.match(line)
            if found is not None:
                fields[found[1]] = found[2]
    result = fields.get("Response.Result", fields.get("Result"))
    return CgiReply(None if result is None else result.casefold() == "success", MappingProxyType(fields))


def _flatten(value: object, name: str, fields: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else str(key), fields)
    elif isinstance(value, list):
        for index, inner in enumerate(value, 1):
            _flatten(inner, f"{name}.{index}" if name else str(index), fields)
    elif value is not None:
        fields[name] = str(value).lower() if isinstance(value, bool) else str(value)
