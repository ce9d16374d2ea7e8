"""Panasonic's AW cameras by HTTP: the requests for each row, and what the answers mean. Pure.

    GET /cgi-bin/aw_ptz?cmd=%23R00&res=1     head, lens, presets, power     ->  s00
    GET /cgi-bin/aw_cam?cmd=TLR:1&res=1      the picture and the lamps      ->  TLR:1

The answer is the text of a response, and that of an error as well, with HTTP's 200: `ER1:TLR` the camera has no such
command, `eR2:R00` it is busy or in standby, `eR3:AXZ` the value is out of its range; aw_ptz says them with a small e.
Some cameras wrap it in HTML.

Numbers are hexadecimal in capitals. Pan 8000h is the centre and more is right; tilt 8000h is level and less is up; the
zoom is 555h (wide) to FFFh. Presets count from 00.

A recall takes the speed that was set last. On newer cameras that number may be a time instead, in whole seconds, and
one setting of the camera (`OSJ:29`) says which of the two it is: `#UPVS` is 250 + 25·n for the speed n of 1 to 30, or
01h to 63h seconds. So before a recall in a time the camera is asked what it has, and before the next one without a time
it gets that back.

Sources: Panasonic, HD/4K Integrated Camera Interface Specifications, Compatible model Table, March 2025; AW-UE100
IP/Serial Control Interface Specifications; AW-HE42 IP Control Specifications. That `#F` goes near below 50 is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping

from cuelang.models import Model
from cuelang.models.web_heads import wire_step
from cuelang.protocols.cgi import CgiRequest
from cuelang.protocols.errand import Errand, Facts, Fields, HttpQuestion, Numbers, Said, Tell
from cuelang.protocols.visca.row import TURNS
from cuelang.units import MS

CENTRE = 0x8000
PAN_ENDS = 0x2D09, 0xD2F5
TILT_ENDS = 0x1C71, 0x8E38
WIDE = 0x555
FASTEST_TABLE = 2
"""Of the three tables of speeds that a move to a position may name: 0 slow, 1 and 2 fast."""
DRIVE_STEPS, LENS_STEPS = 24, 8
MAX_RECALL_S = 99
ON, OFF = 2, 3
"""VISCA's words for a switch."""

QUICK_NS, SLOW_NS = 40 * MS, 130 * MS
"""Between two requests to the head: newer cameras, older ones. To the picture: the second for all."""
QUICK = ("aw-ue", "aw-ue-tracking")

_PLAIN = {
    "power.on": "O1", "power.off": "O0", "pt.stop": "PTS5050", "zoom.stop": "Z50", "focus.stop": "F50",
    "focus.auto": "D11", "focus.manual": "D10", "focus.near": "F35", "focus.far": "F65",
}  # fmt: skip
_QUESTIONS = {
    "inq.power": ("O", r"\bp([013])\b"),
    "inq.pan_tilt": ("APC", r"aPC([0-9A-F]{4})([0-9A-F]{4})"),
    "inq.zoom": ("GZ", r"gz([0-9A-F]{3})"),
    "inq.focus": ("AXF", r"axf([0-9A-F]{3})"),
    "inq.focus_mode": ("D1", r"\bd1([01])\b"),
    "inq.preset": ("S", r"\bs([0-9]{1,2})\b"),
}
_LAMPS = {"TLR": 2, "TLG": 1}
"""The lamp that each state of the tally lights: 2 is program, 1 preview."""

SNAPSHOTS = tuple(
    CgiRequest(0, "GET", path, "", "snapshot")
    for path in ("/cgi-bin/view.cgi?action=snapshot", "/cgi-bin/camera?resolution=1280")
)
"""The second is that of older cameras."""

_ERROR = re.compile(r"\b[Ee][Rr]([123]):?")
_TAG = re.compile(r"<[^>]*>|<!--.*?-->", re.DOTALL)


def ptz(command: str) -> str:
    """The path of a command for the head, the lens, presets and power."""
    return f"/cgi-bin/aw_ptz?cmd=%23{command}&res=1"


def cam(command: str) -> str:
    """The path of a command for the picture and the lamps."""
    return f"/cgi-bin/aw_cam?cmd={command}&res=1"


def asked(path: str) -> tuple[str, str] | None:
    """`ptz` or `cam`, and the command of a request's path; None for another path."""
    match = re.fullmatch(r"/cgi-bin/aw_(ptz|cam)\?cmd=([^&]*)(?:&res=1)?", path)
    if match is None:
        return None
    word = match[2].replace("%23", "#").replace("%3A", ":").replace("%3a", ":")
    return match[1], word.removeprefix("#") if match[1] == "ptz" else word


class Panasonic:
    """One AW camera."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._times: dict[int, int] = {}
        """Presets whose next recall is timed -> whole seconds."""
        self._timing: bool | None = None
        """Whether the number of a recall is a time. None: it has not said."""
        self._own = False
        """It was made a time for this show."""
        self._found: bool | None = None
        """What it was at first."""
        self._speed = ""
        """The last number that was a speed, as the camera writes it."""
        self._lit: bool | None = None
        """Whether the tally lamps are allowed to burn."""

    def forget(self) -> None:
        self._timing, self._lit = None, None

    def spacing(self, before: str, path: str) -> int:
        both = "aw_cam" in before and "aw_cam" in path
        return SLOW_NS if both or self.model.list not in QUICK else QUICK_NS

    def hello(self) -> Errand | None:
        return self._learn_unit() if self._timed else None

    def goodbye(self) -> list[str]:
        if not (self._own and self._timing and self._speed):
            return []
        return [cam("OSJ:29:0"), ptz(f"UPVS{self._speed}")]

    def _learn_unit(self) -> Errand:
        yield from self._read_unit()
        return None

    def said(self, status: int, headers: Mapping[str, str], body: bytes) -> Said:
        text = _TAG.sub(" ", body.decode("ascii", "replace")).strip()
        if not 200 <= status < 300:
            return Said("unknown" if status == 404 else "refused", text, f"the camera responded with HTTP {status}")
        error = _ERROR.search(text)
        if error is None:
            return Said("fine", text)
        match error[1]:
            case "1":
                return Said("unknown", text, "the camera does not support this command")
            case "2":
                return Said("busy", text, "the camera is busy or in standby")
            case _:
                return Said("refused", text, "the camera reported a value out of its range")

    def work(self, row: str, values: Mapping[str, int]) -> Errand | None:  # noqa: C901 - a case for each row
        if row in _PLAIN:
            return _tell(ptz(_PLAIN[row]))
        if row in _QUESTIONS:
            return _question(row)
        if row in TURNS:
            right, up = TURNS[row]
            pan, tilt = right * _drive(values["pan_speed"]), up * _drive(values["tilt_speed"])
            return _tell(ptz(f"PTS{50 + pan:02d}{50 + tilt:02d}"))
        match row:
            case "zoom.tele_var" | "zoom.wide_var":
                return _tell(ptz(f"Z{50 + _lens(values['speed'], row == 'zoom.tele_var'):02d}"))
            case "focus.far_var" | "focus.near_var":
                return _tell(ptz(f"F{50 + _lens(values['speed'], row == 'focus.far_var'):02d}"))
            case "zoom.direct":
                return _tell(ptz(f"AXZ{min(WIDE + values['zoom'], 0xFFF):03X}"))
            case "focus.direct":
                return _tell(ptz(f"AXF{values['focus']:03X}"))
            case "focus.snap":
                return _tell(cam("OSE:69:1"))
            case "pt.home":
                return _tell(ptz(f"APC{CENTRE:04X}{CENTRE:04X}"))
            case "pt.absolute":
                return _tell(ptz(self._place(values)))
            case "pt.relative":
                return _tell(ptz(self._way(values)))
            case "preset.set":
                return _tell(ptz(f"M{values['preset']:02d}"))
            case "preset.reset":
                return _tell(ptz(f"C{values['preset']:02d}"))
            case "preset.speed":
                return self._preset_speed(values["speed"])
            case "sony.preset_timed":
                if not values["timed"]:
                    self._times.pop(values["preset"], None)
                return _nothing()
            case "sony.preset_time":
                self._times[values["preset"]] = min(max((values["tenths"] + 5) // 10, 1), MAX_RECALL_S)
                return _nothing()
            case "preset.recall":
                return self._recall(values["preset"])
            case "tally":
                return self._tally(values["mode"])
            case "autotrack":
                return _tell(cam(f"OSL:BC:{int(values['state'] == ON)}"))
            case _:
                return None

    def _place(self, values: Mapping[str, int]) -> str:
        pan = _within(CENTRE + values["pan"], PAN_ENDS)
        tilt = _within(CENTRE - values["tilt"], TILT_ENDS)
        if self.model.list == "aw-old":
            return f"APC{pan:04X}{tilt:04X}"
        return f"APS{pan:04X}{tilt:04X}{wire_step(values['pan_speed']) - 1:02X}{FASTEST_TABLE}"

    def _way(self, values: Mapping[str, int]) -> str:
        pan, tilt = _within(CENTRE + values["pan"], (0, 0xFFFF)), _within(CENTRE - values["tilt"], (0, 0xFFFF))
        return f"RPC{pan:04X}{tilt:04X}"

    # --- what it is ----------------------------------------------------------------------------------------

    def who(self) -> Facts:
        said = yield HttpQuestion(cam("QID"))
        model = re.search(r"OID:([A-Za-z0-9-]+)", said.text)
        found = {"model": f"Panasonic {model[1]}"} if model is not None else {}
        said = yield HttpQuestion("/cgi-bin/getinfo?FILE=1")
        if said.verdict == "fine":
            lines = dict(line.strip().partition("=")[::2] for line in said.text.splitlines())
            keys = {"name": "NAME", "firmware": "VERSION", "serial": "SERIAL"}
            found |= {fact: lines[key] for fact, key in keys.items() if lines.get(key)}
        return found

    def stored(self) -> Numbers:
        found: set[int] = set()
        for part in range(3):
            said = yield HttpQuestion(ptz(f"PE{part:02d}"))
            bits = re.search(rf"pE{part:02d}([0-9A-F]{{10}})", said.text)
            if bits is None:
                return None
            found |= {part * 40 + bit + 1 for bit in range(40) if int(bits[1], 16) >> bit & 1}
        return frozenset(found)

    # --- recalls -------------------------------------------------------------------------------------------

    def _preset_speed(self, speed: int) -> Errand:
        number = f"{min(wire_step(speed) * 25 + 250, 999):03d}"
        if self._timing is None and self._timed:
            yield from self._read_unit()
        if self._timing:
            yield Tell(cam("OSJ:29:0"))
            self._timing = False
        self._speed = number
        yield Tell(ptz(f"UPVS{number}"))
        return None

    def _recall(self, preset: int) -> Errand:
        seconds = self._times.pop(preset, None)
        if seconds is not None:
            if self._timing is None:
                yield from self._read_unit()
            if not self._timing:
                yield Tell(cam("OSJ:29:1"))
                self._timing = self._own = True
            yield Tell(ptz(f"UPVS{seconds:03X}"))
        else:
            if self._timing is None and self._found is not None:  # another machine may have set it meanwhile
                yield from self._read_unit()
            if self._timing and self._speed:
                yield Tell(cam("OSJ:29:0"))
                self._timing = False
                yield Tell(ptz(f"UPVS{self._speed}"))
        yield Tell(ptz(f"R{preset:02d}"))
        return None

    @property
    def _timed(self) -> bool:
        return self.model.list in QUICK

    def _read_unit(self) -> Generator[Tell | HttpQuestion, Said, None]:
        """Ask whether the number of a recall is a time, and keep what the speed was."""
        said = yield HttpQuestion(cam("QSJ:29"))
        unit = re.search(r"OSJ:29:(?:0x)?0*([01])\b", said.text)
        if unit is not None:
            self._timing = unit[1] == "1"
            if self._found is None:
                self._found = self._timing
            self._own = self._own or (self._timing and not self._found)  # the machine that led before
        if self._timing is False and not self._speed:
            said = yield HttpQuestion(ptz("UPVS"))
            speed = re.search(r"uPVS([0-9A-F]{3})", said.text)
            if speed is not None:
                self._speed = speed[1]

    # --- the lamps -----------------------------------------------------------------------------------------

    def _tally(self, mode: int) -> Errand:
        if mode in _LAMPS.values() and self._lit is None:
            said = yield HttpQuestion(ptz("TAE"))
            self._lit = "tAE0" not in said.text
        if mode in _LAMPS.values() and not self._lit:
            yield Tell(ptz("TAE1"))
            self._lit = True
        if self.model.list not in QUICK:
            yield Tell(ptz(f"DA{int(mode == _LAMPS['TLR'])}"))
            return None
        for word, lights in sorted(_LAMPS.items(), key=lambda lamp: lamp[1] != mode):
            yield Tell(cam(f"{word}:{int(lights == mode)}"))
        return None


def _tell(path: str) -> Errand:
    yield Tell(path)
    return None


def _nothing() -> Errand:
    yield from ()
    return None


def _question(row: str) -> Errand:
    command, pattern = _QUESTIONS[row]
    said = yield HttpQuestion(ptz(command))
    found = re.search(pattern, said.text)
    return None if found is None else _fields(row, found)


def _fields(row: str, found: re.Match[str]) -> Fields:
    match row:
        case "inq.power":
            return {"power": ON if found[1] == "1" else OFF}
        case "inq.pan_tilt":
            return {"pan": int(found[1], 16) - CENTRE, "tilt": CENTRE - int(found[2], 16)}
        case "inq.zoom":
            return {"zoom": max(int(found[1], 16) - WIDE, 0)}
        case "inq.focus":
            return {"focus": int(found[1], 16)}
        case "inq.focus_mode":
            return {"mode": ON if found[1] == "1" else OFF}
        case _:
            return {"preset": int(found[1])}


def _drive(step: int) -> int:
    """A step 1 to 24 as one of the 49 to either side."""
    return (min(max(step, 1), DRIVE_STEPS) * 49 * 2 + DRIVE_STEPS) // (DRIVE_STEPS * 2)


def _lens(speed: int, up: bool) -> int:
    """A speed 0 to 7 of the lens as one of the 49 to either side: 0 still moves."""
    step = (speed + 1) * 49 // LENS_STEPS
    return step if up else -step


def _within(value: int, ends: tuple[int, int]) -> int:
    return min(max(value, ends[0]), ends[1])
