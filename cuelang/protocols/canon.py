"""Canon's XC cameras by HTTP: the requests for each row, and what the answers mean. Pure.

    GET /-wvhttp-01-/control.cgi?p=3&p.ptztime=5000      do something; what concerns one moment in one request
    GET /-wvhttp-01-/info.cgi?item=c.1.pan,c.1.tilt      lines of `key:=value`, `key==value` for what never changes
    GET /-wvhttp-01-/standby.cgi?cmd=idle                on; `standby` is off
    GET /-wvhttp-01-/preset/set?p=3&name=Wide&all=enabled

The header `livescope-status` is 0 where a request was accepted; anything else is a refusal, with HTTP's 200.

Angles and speeds are hundredths of a degree. The zoom is the camera's own number, which its ancestors give as the
width of the picture, so that less is nearer; `c.1.zoom.min` and `max` say its ends, and are asked for once. Nothing
tells that the camera has arrived: it is asked where it is.

The maker's specification is not public. Sources: companion-module-canon-ptz and three other clients, and Canon's
WebView specification of the VB cameras before. Not sure on a CR-N: which end of the zoom is which, and how fast it goes
to a position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from cuelang.models import Model, nearest_ratio
from cuelang.models.web_heads import STEPS
from cuelang.protocols.errand import Errand, Facts, Fields, HttpQuestion, Numbers, Said, Tell
from cuelang.protocols.visca.row import TURNS
from cuelang.units import MS

BASE = "/-wvhttp-01-/"
SPACING_NS = 50 * MS
STATUS = "livescope-status"
ZOOM_ENDS = 320, 6040
"""Tele and wide, where the camera does not say."""
FOCUS_SPEEDS = 3
LENS_STEPS = 8
MAX_ANSWER_BYTES = 64 * 1024
MAX_RECALL_S, MIN_RECALL_S = 99, 2
"""Of a recall in a time."""
ON, OFF = 2, 3
"""VISCA's words for a switch."""

_PLAIN = {
    "power.on": "standby.cgi?cmd=idle", "power.off": "standby.cgi?cmd=standby",
    "pt.stop": "control.cgi?pan=stop&tilt=stop", "zoom.stop": "control.cgi?zoom=stop",
    "focus.stop": "control.cgi?focus.action=stop", "focus.auto": "control.cgi?focus=auto",
    "focus.manual": "control.cgi?focus=manual", "focus.snap": "control.cgi?c.1.focus.action=one_shot",
    "focus.near": "control.cgi?focus.action=near&focus.speed=1",
    "focus.far": "control.cgi?focus.action=far&focus.speed=1",
    "pt.home": "control.cgi?pan=0&tilt=0",
}  # fmt: skip
_TALLY = {1: "tally=on&tally.mode=preview", 2: "tally=on&tally.mode=program", 3: "tally=off&tally.mode=program"}


def info(*items: str) -> str:
    """The path that asks for these keys."""
    return f"{BASE}info.cgi?item={','.join(items)}"


def control(query: str) -> str:
    return f"{BASE}control.cgi?{query}"


def fields(body: bytes) -> dict[str, str]:
    """What an answer says, by key. A value may hold a `:=` of its own. Never raises."""
    found: dict[str, str] = {}
    for line in body[:MAX_ANSWER_BYTES].decode("utf-8", "replace").splitlines():
        cut = min((at for mark in (":=", "==") if (at := line.find(mark)) > 0), default=0)
        if cut:
            found[line[:cut].strip()] = line[cut + 2 :].strip()
    return found


class Canon:
    """One XC camera."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._times: dict[int, int] = {}
        """Presets whose next recall is timed -> whole seconds."""
        self._speed: int | None = None
        """Of recalls, 1 to 100."""
        self._ends: tuple[int, int] | None = None
        """Tele and wide. None: it has not been asked."""

    def forget(self) -> None:
        self._ends = None

    def spacing(self, before: str, path: str) -> int:
        return SPACING_NS

    def hello(self) -> Errand | None:
        return self._learn_ends()

    def said(self, status: int, headers: Mapping[str, str], body: bytes) -> Said:
        text = body.decode("utf-8", "replace")
        if status == 404:
            return Said("unknown", text, "the camera does not support this request (HTTP 404)")
        if status == 503:
            return Said("busy", text, "the camera is busy")
        if not 200 <= status < 300:
            return Said("refused", text, f"the camera responded with HTTP {status}")
        word = headers.get(STATUS, "0").strip()
        if word not in ("0", ""):
            return Said("refused", text, f"the camera refused it (livescope-status {word[:8]})")
        return Said("fine", text)

    def work(self, row: str, values: Mapping[str, int]) -> Errand | None:  # noqa: C901 - a case for each row
        if row in _PLAIN:
            return _tell(BASE + _PLAIN[row])
        if row in TURNS:
            return _tell(control(self._drive(row, values)))
        match row:
            case "inq.power" | "inq.pan_tilt" | "inq.focus_mode" | "inq.preset":
                return _question(row)
            case "inq.zoom":
                return self._where_zoom()
            case "zoom.tele_var" | "zoom.wide_var":
                way = "tele" if row == "zoom.tele_var" else "wide"
                return _tell(control(f"zoom={way}&zoom.speed.dir={(values['speed'] + 1) * 127 // LENS_STEPS}"))
            case "focus.far_var" | "focus.near_var":
                way = "far" if row == "focus.far_var" else "near"
                return _tell(control(f"focus.action={way}&focus.speed={values['speed'] * FOCUS_SPEEDS // LENS_STEPS}"))
            case "zoom.direct":
                return self._zoom(values["zoom"])
            case "pt.absolute":
                return _tell(control(f"pan={values['pan']}&tilt={values['tilt']}"))
            case "preset.set":
                return self._store(values["preset"] + 1)
            case "preset.reset":
                return _tell(f"{BASE}preset/set?p={values['preset'] + 1}&cmd=delete")
            case "preset.speed":
                self._speed = nearest_ratio(values["speed"] * 100, STEPS)
                return _nothing()
            case "sony.preset_timed":
                if not values["timed"]:
                    self._times.pop(values["preset"], None)
                return _nothing()
            case "sony.preset_time":
                seconds = (values["tenths"] + 5) // 10
                self._times[values["preset"]] = min(max(seconds, MIN_RECALL_S), MAX_RECALL_S)
                return _nothing()
            case "preset.recall":
                return self._recall(values["preset"])
            case "tally" if values["mode"] in _TALLY:
                return _tell(control(_TALLY[values["mode"]]))
        return None

    def _drive(self, row: str, values: Mapping[str, int]) -> str:
        right, up = TURNS[row]
        parts = []
        for axis, sign, ways, step in (
            ("pan", right, ("left", "right"), values["pan_speed"]),
            ("tilt", up, ("down", "up"), values["tilt_speed"]),
        ):
            if not sign:
                parts.append(f"{axis}=stop")
                continue
            speeds = self.model.pan_speeds if axis == "pan" else self.model.tilt_speeds
            speed = round(speeds[min(max(step, 1), len(speeds)) - 1] * 100)
            parts.append(f"{axis}={ways[sign > 0]}&{axis}.speed.dir={min(max(speed, 10), 10000)}")
        return "&".join(parts)

    def _recall(self, preset: int) -> Errand:
        seconds = self._times.pop(preset, None)
        how = ""
        if seconds is not None:
            how = f"&p.ptztime={seconds * 1000}"
        elif self._speed is not None:
            how = f"&p.ptzspeed={self._speed}"
        yield Tell(control(f"p={preset + 1}{how}"))
        return None

    def _store(self, preset: int) -> Errand:
        """A preset keeps its name."""
        key = f"p.{preset}.name.utf8"
        said = yield HttpQuestion(info(key))
        name = fields(said.text.encode()).get(key) or f"Preset {preset}"
        yield Tell(f"{BASE}preset/set?p={preset}&name={quote(name, safe='')}&all=enabled")
        return None

    # --- what it is ----------------------------------------------------------------------------------------

    def who(self) -> Facts:
        said = yield HttpQuestion(info(*_FACTS.values()))
        found = fields(said.text.encode())
        facts = {fact: found[key] for fact, key in _FACTS.items() if found.get(key)}
        if "model" in facts:
            facts["model"] = f"Canon {facts['model']}"
        return facts

    def stored(self) -> Numbers:
        said = yield HttpQuestion(info("p"))
        found = fields(said.text.encode())
        if "p.count" not in found:
            return None
        marked = (key.split(".") for key, value in found.items() if _CONTENT.fullmatch(key) and value == "enabled")
        return frozenset(int(parts[1]) for parts in marked)

    # --- the zoom ------------------------------------------------------------------------------------------

    def goodbye(self) -> list[str]:
        return []

    def _learn_ends(self) -> Errand:
        if self._ends is None:
            said = yield HttpQuestion(info(*_ENDS))
            self._ends = _ends(fields(said.text.encode()))
        return None

    def _zoom(self, position: int) -> Errand:
        yield from self._learn_ends()
        tele, wide = self._ends or ZOOM_ENDS
        yield Tell(control(f"zoom={wide - nearest_ratio(position * (wide - tele), self.model.zoom_max)}"))
        return None

    def _where_zoom(self) -> Errand:
        said = yield HttpQuestion(info("c.1.zoom", *(() if self._ends is not None else _ENDS)))
        found = fields(said.text.encode())
        if self._ends is None:
            self._ends = _ends(found)
        tele, wide = self._ends
        at = _number(found.get("c.1.zoom", ""))
        if at is None:
            return None
        return {"zoom": min(max(nearest_ratio((wide - at) * self.model.zoom_max, wide - tele), 0), 0xFFFF)}


_FACTS = {
    "name": "c.1.name.utf8", "model": "c.1.type", "firmware": "s.firmware", "serial": "s.hardware.address",
}  # fmt: skip
"""What identifies it best is its address on the network: it tells no serial number."""
_CONTENT = re.compile(r"p\.[0-9]{1,3}\.content\.ptz")
_ENDS = "c.1.zoom.min", "c.1.zoom.max"


def _ends(found: Mapping[str, str]) -> tuple[int, int]:
    tele, wide = (_number(found.get(key, "")) for key in _ENDS)
    return (tele, wide) if tele is not None and wide is not None and tele < wide else ZOOM_ENDS


def _number(text: str) -> int | None:
    sign, digits = text[:1] == "-", text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    return -int(digits) if sign else int(digits)


def _question(row: str) -> Errand:
    said = yield HttpQuestion(info(*_KEYS[row]))
    return _read(row, fields(said.text.encode()))


_KEYS = {
    "inq.power": ("f.standby",), "inq.pan_tilt": ("c.1.pan", "c.1.tilt"), "inq.focus_mode": ("c.1.focus",),
    "inq.preset": ("p",),
}  # fmt: skip


def _read(row: str, found: Mapping[str, str]) -> Fields | None:
    values = [found.get(key, "") for key in _KEYS[row]]
    if not all(values):
        return None
    match row:
        case "inq.power":
            return {"power": ON if values[0] == "idle" else OFF}
        case "inq.focus_mode":
            return {"mode": ON if values[0] == "auto" else OFF}
        case "inq.preset":
            last = _number(values[0])
            return None if last is None or not 1 <= last <= 100 else {"preset": last - 1}
        case _:
            pan, tilt = (_number(value) for value in values)
            if pan is None or tilt is None or not (abs(pan) < 0x8000 and abs(tilt) < 0x8000):
                return None
            return {"pan": pan, "tilt": tilt}


def _tell(path: str) -> Errand:
    yield Tell(path)
    return None


def _nothing() -> Errand:
    yield from ()
    return None
