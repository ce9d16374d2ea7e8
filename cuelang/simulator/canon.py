"""A simulated Canon XC camera: `control.cgi`, `info.cgi`, `standby.cgi` and its presets.

Assumptions, where no source says anything:
- A request is done whole or refused whole: livescope-status 0, or 400 for a value out of range, 403 in standby.
- A recall without a speed goes at the speed of the recall before.
- What is asked for that it does not have is left out of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from cuelang.models import nearest_ratio
from cuelang.models.web_heads import STEPS
from cuelang.protocols.canon import BASE, LENS_STEPS, MAX_RECALL_S, MIN_RECALL_S, STATUS, ZOOM_ENDS
from cuelang.protocols.visca.row import TURNS
from cuelang.simulator import actions
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_end import TEXT, HttpEnd, HttpReply, said
from cuelang.units import MS

FINE, BAD, DENIED = "0", "400", "403"
TELE, WIDE = ZOOM_ENDS
PRESETS = 100


class CanonEnd(HttpEnd):
    """The requests that a Canon XC answers, and what `body` does for each."""

    def __init__(self, body: Body, faults: Faults = NO_FAULTS) -> None:
        super().__init__(body, faults)
        self.names: dict[int, str] = {}
        """Of presets."""

    def reply(self, path: str, now: int, peer: str) -> HttpReply:
        parts = urlsplit(path)
        if not parts.path.startswith(BASE):
            return said(404, TEXT, "404 Not Found\n")
        given = dict(parse_qsl(parts.query, keep_blank_values=True))
        match parts.path.removeprefix(BASE):
            case "info.cgi":
                return _reply(FINE, self._info(given.get("item", ""), now))
            case "control.cgi":
                return _reply(self._control(given, now))
            case "standby.cgi":
                return _reply(self._standby(given.get("cmd", ""), now))
            case "preset/set":
                return _reply(self._preset(given, now))
            case _:
                return said(404, TEXT, "404 Not Found\n")

    def _standby(self, word: str, now: int) -> str:
        if word not in ("idle", "standby"):
            return BAD
        return self._do("power.on" if word == "idle" else "power.off", {}, now)

    def _do(self, row: str, values: Mapping[str, int], now: int) -> str:
        error = self.do(row, values, now)
        if not error:
            return FINE
        return DENIED if error == actions.NOT_EXECUTABLE else BAD

    # --- orders --------------------------------------------------------------------------------------------

    def _control(self, given: Mapping[str, str], now: int) -> str:
        given = {key.removeprefix("c.1."): value for key, value in given.items()}
        if "p" in given:
            return self._recall(given, now)
        if "tally" in given:
            return self._tally(given, now)
        done: list[str] = []
        if "pan" in given or "tilt" in given:
            done.append(self._turn(given, now))
        if "zoom" in given:
            done.append(self._zoom(given, now))
        if "focus" in given or "focus.action" in given:
            done.append(self._focus(given, now))
        return next((one for one in done if one != FINE), FINE) if done else BAD

    def _turn(self, given: Mapping[str, str], now: int) -> str:
        pan, tilt = given.get("pan", "stop"), given.get("tilt", "stop")
        if _number(pan) is not None or _number(tilt) is not None:
            body = self.body
            place = {
                "pan": body.pan.at(now) if _number(pan) is None else _number(pan) or 0,
                "tilt": body.tilt.at(now) if _number(tilt) is None else _number(tilt) or 0,
                "pan_speed": STEPS,
            }
            return self._do("pt.absolute", place, now)
        right = {"left": -1, "stop": 0, "right": 1}.get(pan)
        up = {"down": -1, "stop": 0, "up": 1}.get(tilt)
        if right is None or up is None:
            return BAD
        if not right and not up:
            return self._do("pt.stop", {"pan_speed": 1, "tilt_speed": 1}, now)
        row = next(row for row, vector in TURNS.items() if vector == (right, up))
        steps = {f"{axis}_speed": self._step(given.get(f"{axis}.speed.dir", "10000")) for axis in ("pan", "tilt")}
        return self._do(row, steps, now)

    def _step(self, speed: str) -> int:
        """The step that is nearest to a speed in hundredths of a degree a second."""
        wanted = _number(speed) or 0
        speeds = self.body.model.pan_speeds
        return min(range(1, len(speeds) + 1), key=lambda step: abs(speeds[step - 1] * 100 - wanted))

    def _zoom(self, given: Mapping[str, str], now: int) -> str:
        word = given["zoom"]
        if word == "stop":
            return self._do("zoom.stop", {}, now)
        if word in ("tele", "wide"):
            speed = min(max(_number(given.get("zoom.speed.dir", "64")) or 0, 0), 127)
            return self._do(f"zoom.{word}_var", {"speed": min(speed * LENS_STEPS // 127, LENS_STEPS - 1)}, now)
        place = _number(word)
        if place is None or not TELE <= place <= WIDE:
            return BAD
        position = nearest_ratio((WIDE - place) * self.body.model.zoom_max, WIDE - TELE)
        return self._do("zoom.direct", {"zoom": position}, now)

    def _focus(self, given: Mapping[str, str], now: int) -> str:
        if "focus" in given:
            mode = given["focus"]
            return self._do(f"focus.{mode}", {}, now) if mode in ("auto", "manual") else BAD
        match given["focus.action"]:
            case "stop":
                return self._do("focus.stop", {}, now)
            case "one_shot":
                return self._do("focus.snap", {}, now)
            case "near" | "far" as way:
                speed = min(max(_number(given.get("focus.speed", "1")) or 0, 0), 2)
                return self._do(f"focus.{way}_var", {"speed": speed * (LENS_STEPS - 1) // 2}, now)
            case _:
                return BAD

    def _recall(self, given: Mapping[str, str], now: int) -> str:
        body, preset = self.body, _number(given["p"])
        time, speed = _number(given.get("p.ptztime", "")), _number(given.get("p.ptzspeed", ""))
        if preset is None or preset not in body.presets:
            return BAD
        if time is not None and not MIN_RECALL_S * 1000 <= time <= MAX_RECALL_S * 1000:
            return BAD
        body.timed.clear()
        if time is not None:
            body.timed.add(preset)
            body.time_of_preset[preset] = time * MS
        elif speed is not None:
            if not 1 <= speed <= 100:
                return BAD
            body.preset_speed = max(nearest_ratio(speed * STEPS, 100), 1)
        return self._do("preset.recall", {"preset": preset - 1}, now)

    def _tally(self, given: Mapping[str, str], now: int) -> str:
        mode = given.get("tally.mode", "")
        if given["tally"] not in ("on", "off") or mode not in ("program", "preview"):
            return BAD
        if given["tally"] == "off":
            self.body.light("off", now)
        else:
            self.body.light("program" if mode == "program" else "preview", now)
        return FINE

    def _preset(self, given: Mapping[str, str], now: int) -> str:
        preset = _number(given.get("p", ""))
        if preset is None or not 1 <= preset <= PRESETS:
            return BAD
        if given.get("cmd") == "delete":
            self.names.pop(preset, None)
            return self._do("preset.reset", {"preset": preset - 1}, now)
        if not given.get("name"):
            return BAD
        self.names[preset] = given["name"]
        return self._do("preset.set", {"preset": preset - 1}, now)

    # --- questions -----------------------------------------------------------------------------------------

    def _info(self, items: str, now: int) -> str:
        said_of = self._everything(now)
        wanted = [item for item in items.split(",") if item]
        if wanted:
            said_of = {
                key: value
                for key, value in said_of.items()
                if any(key.rstrip("=") == item or key.startswith(f"{item}.") for item in wanted)
            }
        lines = (f"{key}={value}" if key.endswith("=") else f"{key}:={value}" for key, value in said_of.items())
        return "".join(f"{line}\r\n" for line in lines)

    def _everything(self, now: int) -> dict[str, str]:
        """A key that ends in `=` never changes."""
        body, model = self.body, self.body.model
        lamp, power = body.lamp(now), body.power(now)
        kind = model.title.removeprefix("Canon ") if model.id else "CR-N300"
        found = {
            "c.1.type": kind,
            "c.1.name.utf8": body.name,
            "s.hardware": kind,
            "s.firmware": "1.0.0",
            "s.protocol": "1.4",
            "f.standby": {"on": "idle", "standby": "standby", "booting": "starting"}[power],
            "f.tally": "off" if lamp == "off" else "on",
            "f.tally.mode": "preview" if lamp == "preview" else "program",
            "p": str(body.last_preset or 0),
            "p.count": str(PRESETS),
        }
        for number in sorted(body.presets):
            found[f"p.{number}.name.utf8"] = self.names.get(number, f"Preset {number}")
            found[f"p.{number}.content.ptz"] = "enabled"
        return found | {
            "c.1.pan": str(body.pan.at(now)),
            "c.1.pan.min=": str(model.pan_range[0]),
            "c.1.pan.max=": str(model.pan_range[1]),
            "c.1.tilt": str(body.tilt.at(now)),
            "c.1.tilt.min=": str(model.tilt_range[0]),
            "c.1.tilt.max=": str(model.tilt_range[1]),
            "c.1.zoom": str(WIDE - nearest_ratio(body.zoom.at(now) * (WIDE - TELE), model.zoom_max)),
            "c.1.zoom.min=": str(TELE),
            "c.1.zoom.max=": str(WIDE),
            "c.1.platform.status": "moving" if body.moving(now) else "normal",
            "c.1.focus": "auto" if body.focus_auto else "manual",
        }


def _reply(status: str, text: str = "") -> HttpReply:
    return said(200, TEXT, text, {STATUS: status})


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    return int(text)
