"""A simulated Panasonic AW camera: its commands by HTTP, and its notifications.

Assumptions, where no source says anything:
- A recall that another motion of the same axes takes over is never reported as arrived.
- A camera in standby takes its lamps, its speeds and questions, and refuses everything else.
- The recall of a preset that was never stored is answered with `eR3`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qs, urlsplit

from cuelang.commands import PAN_TILT, ZOOM, Axes
from cuelang.models.web_heads import PANASONIC_STEPS, STEPS, wire_step
from cuelang.protocols.panasonic import CENTRE, QUICK, SNAPSHOTS, WIDE, asked
from cuelang.protocols.panasonic_notice import notice
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.row import TURNS
from cuelang.simulator import actions
from cuelang.simulator.body import FOCUS_NEAR_END, Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_end import JPEG, TEXT, Draw, HttpEnd, HttpReply, Notice, said
from cuelang.units import NS

RECEIVERS = 5
BEAT_NS = 60 * NS
"""A notification comes so often at least."""
UNKNOWN, BUSY, RANGE = "1", "2", "3"
LENS_STEPS = 8
NEAR_END, FAR_END = 0x555, 0xFFF


class PanasonicEnd(HttpEnd):
    """`beat` None: it says nothing unless something happens."""

    def __init__(
        self, body: Body, faults: Faults = NO_FAULTS, *, beat: int | None = BEAT_NS, draw: Draw | None = None
    ) -> None:
        super().__init__(body, faults)
        self.draw = draw
        self.receivers: list[tuple[str, int]] = []
        self.timing = False
        """The number of a recall is a time."""
        self.number = "999"
        self.lights_allowed = True
        self._beat = beat
        self._next_beat = 0
        self._recalled: tuple[int, int] | None = None
        """When which preset will have arrived."""
        self._out: list[Notice] = []

    # --- what it says by itself ----------------------------------------------------------------------------

    @property
    def due(self) -> int | None:
        times = [self._recalled[0]] if self._recalled is not None else []
        if self.receivers and self._beat is not None:
            times.append(self._next_beat)
        return min(times, default=None)

    def wake(self, now: int, wall: datetime) -> None:
        if self._recalled is not None and self._recalled[0] <= now:
            self._say(f"q{self._recalled[1]:02d}")
            self._recalled = None
        if self.receivers and self._beat is not None and self._next_beat <= now:
            self._next_beat = now + self._beat
            self._say("QSV")

    def notices(self) -> list[Notice]:
        out, self._out = self._out, []
        return out

    def _say(self, text: str) -> None:
        data = notice(text)
        self._out += [Notice(host, port, data) for host, port in self.receivers]

    def sets_out(self, row: str, values: Mapping[str, int], arrives: int) -> None:
        if row == "preset.recall":
            self._recalled = arrives, values["preset"]

    def displaced(self, axes: Axes) -> None:
        if axes & frozenset((PAN_TILT, ZOOM)):
            self._recalled = None

    def _receiver(self, query: str, now: int, peer: str) -> HttpReply:
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        port = given.get("my_port", "")
        if given.get("connect") not in ("start", "stop") or not (port.isascii() and port.isdigit()):
            return said(400, TEXT, "400 Bad Request\n")
        who = peer, int(port[:6])
        if given["connect"] == "stop":
            self.receivers = [one for one in self.receivers if one != who]
        elif who not in self.receivers:
            if len(self.receivers) >= RECEIVERS:
                return said(503, TEXT, "503 Service Unavailable\n")
            self.receivers.append(who)
            self._next_beat = now + (self._beat or 0)
        return said(204, TEXT, "")

    # --- requests ------------------------------------------------------------------------------------------

    def reply(self, path: str, now: int, peer: str) -> HttpReply:
        parts = urlsplit(path)
        if parts.path == "/cgi-bin/event":
            return self._receiver(parts.query, now, peer)
        if parts.path == "/live/camdata.html":
            return said(200, TEXT, "\r\n".join(self._everything(now)) + "\r\n")
        old = self.body.model.list not in QUICK
        if path == SNAPSHOTS[old].path and self.draw is not None:
            seen = self.body.snapshot(now)
            wall = self.wall or datetime(2026, 1, 1, tzinfo=UTC)
            return HttpReply(200, JPEG, partial(self.draw, seen, self.body.name, wall, self.body.model))
        found = asked(path)
        if found is None:
            return said(404, TEXT, "404 Not Found\n")
        which, command = found
        text = self._ptz(command, now) if which == "ptz" else self._cam(command, now)
        if text in (UNKNOWN, BUSY, RANGE):
            word = re.match(r"[A-Z]+", command)
            text = f"{'eR' if which == 'ptz' else 'ER'}{text}:{word[0] if word else command[:3]}"
        return said(200, TEXT, text)

    def _everything(self, now: int) -> list[str]:
        ptz = ("O", "D1", "S", "AXZ", "AXF", "PE00", "PE01", "PE02", "INS")
        cam = ("QID", "QSJ:29", "QLR")
        found = [self._ptz(command, now) for command in ptz] + [self._cam(command, now) for command in cam]
        return [text for text in found if text not in (UNKNOWN, BUSY, RANGE)]

    def _done(self, row: str, values: Mapping[str, int], now: int, text: str) -> str:
        if row not in rows_of(self.body.model):
            return UNKNOWN
        error = self.do(row, values, now)
        if not error:
            return text
        return BUSY if error == actions.NOT_EXECUTABLE else RANGE

    def _ptz(self, command: str, now: int) -> str:  # noqa: C901 - a pattern for each command
        body = self.body
        answer = self._told(command, now)
        if answer:
            return answer
        if match := re.fullmatch(r"O([01])", command):
            self._done("power.on" if match[1] == "1" else "power.off", {}, now, "")
            return self._told("O", now)
        if match := re.fullmatch(r"PTS([0-9]{2})([0-9]{2})", command):
            return self._drive(int(match[1]) - 50, int(match[2]) - 50, now, f"pTS{match[1]}{match[2]}")
        if match := re.fullmatch(r"(Z|F)([0-9]{2})", command):
            return self._lens(match[1], int(match[2]) - 50, now)
        if match := re.fullmatch(r"(APC|APS)([0-9A-F]{4})([0-9A-F]{4})(?:([0-9A-F]{2})([0-2]))?", command):
            if (match[1] == "APS") != (match[4] is not None) or (match[1] == "APS" and body.model.list == "aw-old"):
                return UNKNOWN
            return self._go(int(match[2], 16) - CENTRE, CENTRE - int(match[3], 16), match[4], now, f"a{command[1:]}")
        if match := re.fullmatch(r"RPC([0-9A-F]{4})([0-9A-F]{4})", command):
            way = {"pan": int(match[1], 16) - CENTRE, "tilt": CENTRE - int(match[2], 16), "pan_speed": STEPS}
            return self._done("pt.relative", way, now, f"r{command[1:]}")
        if match := re.fullmatch(r"AX(Z|F)([0-9A-F]{3})", command):
            return self._lens_to(match[1], int(match[2], 16), now)
        if match := re.fullmatch(r"([RMC])([0-9]{2})", command):
            return self._preset(match[1], int(match[2]), now)
        if match := re.fullmatch(r"UPVS([0-9A-F]{3})", command):
            return self._speed(match[1])
        if match := re.fullmatch(r"D1([01])", command):
            return self._done("focus.auto" if match[1] == "1" else "focus.manual", {}, now, f"d1{match[1]}")
        if match := re.fullmatch(r"TAE([01])", command):
            self.lights_allowed = match[1] == "1"
            if not self.lights_allowed:
                body.light("off", now)
            return f"tAE{match[1]}"
        if match := re.fullmatch(r"DA([01])", command):
            self._light("program", match[1] == "1", now)
            return f"dA{match[1]}"
        return UNKNOWN

    def _told(self, command: str, now: int) -> str:  # noqa: C901 - a case for each question
        """The answer to a question of `ptz`; empty: the command is not a question."""
        body, standby = self.body, self.body.power(now) != "on"
        match command:
            case "O":
                return {"on": "p1", "booting": "p3", "standby": "p0"}[body.power(now)]
            case "APC":
                return f"aPC{CENTRE + body.pan.at(now):04X}{CENTRE - body.tilt.at(now):04X}"
            case "GZ" | "AXZ":
                head = "gz" if command == "GZ" else "axz"
                return f"{head}{'---' if standby else format(WIDE + body.zoom.at(now), '03X')}"
            case "AXF":
                return f"axf{self._focus(now):03X}"
            case "PTV" if body.model.list in QUICK:
                place = f"{CENTRE + body.pan.at(now):04X}{CENTRE - body.tilt.at(now):04X}"
                return f"pTV{place}{WIDE + body.zoom.at(now):03X}{self._focus(now):03X}800"
            case "D1":
                return f"d1{int(body.focus_auto)}"
            case "S":
                return f"s{(body.last_preset or 1) - 1:02d}"
            case "UPVS" if "preset.speed" in rows_of(body.model):
                return f"uPVS{self.number}"
            case "TAE":
                return f"tAE{int(self.lights_allowed)}"
            case "DA":
                return f"dA{int(body.lamp(now) == 'program')}"
            case "INS":
                return "iNS0"
            case "RER":
                return "rER00"
            case "PE00" | "PE01" | "PE02":
                first = int(command[-1]) * 40
                bits = sum(1 << bit for bit in range(40) if first + bit + 1 in body.presets)
                return f"p{command[1:]}{bits:010X}"
            case _:
                return ""

    def _focus(self, now: int) -> int:
        at = min(self.body.focus.at(now), FOCUS_NEAR_END)
        return FAR_END - at * (FAR_END - NEAR_END) // FOCUS_NEAR_END

    def _drive(self, pan: int, tilt: int, now: int, text: str) -> str:
        right, up = (pan > 0) - (pan < 0), (tilt > 0) - (tilt < 0)
        if not right and not up:
            return self._done("pt.stop", {"pan_speed": 1, "tilt_speed": 1}, now, text)
        row = next(row for row, vector in TURNS.items() if vector == (right, up))
        steps = {"pan_speed": _step(pan), "tilt_speed": _step(tilt)}
        return self._done(row, steps, now, text)

    def _lens(self, which: str, speed: int, now: int) -> str:
        axis, far = ("zoom", "tele") if which == "Z" else ("focus", "far")
        text = f"{which.lower()}S{50 + speed:02d}"
        if not speed:
            return self._done(f"{axis}.stop", {}, now, text)
        near = "wide" if which == "Z" else "near"
        row = f"{axis}.{far if speed > 0 else near}_var"
        return self._done(row, {"speed": min(abs(speed) * LENS_STEPS // 49, LENS_STEPS - 1)}, now, text)

    def _lens_to(self, which: str, place: int, now: int) -> str:
        if not WIDE <= place <= 0xFFF:
            return RANGE
        if which == "Z":
            return self._done("zoom.direct", {"zoom": place - WIDE}, now, f"axz{place:03X}")
        position = (FAR_END - place) * FOCUS_NEAR_END // (FAR_END - NEAR_END)
        return self._done("focus.direct", {"focus": position}, now, f"axf{place:03X}")

    def _go(self, pan: int, tilt: int, speed: str | None, now: int, text: str) -> str:
        model = self.body.model
        pan = min(max(pan, model.pan_range[0]), model.pan_range[1])
        tilt = min(max(tilt, model.tilt_range[0]), model.tilt_range[1])
        if model.list == "aw-ue4":
            return self._done("pt.home", {}, now, text) if pan == tilt == 0 else UNKNOWN
        step = STEPS if speed is None else _sheet_step(int(speed, 16) + 1)
        return self._done("pt.absolute", {"pan": pan, "tilt": tilt, "pan_speed": step}, now, text)

    def _preset(self, what: str, number: int, now: int) -> str:
        body = self.body
        text = f"s{number:02d}"
        if what != "R":
            return self._done("preset.set" if what == "M" else "preset.reset", {"preset": number}, now, text)
        if number + 1 not in body.presets:
            return RANGE if body.power(now) == "on" else BUSY
        body.timed.clear()
        if self.timing:
            body.timed.add(number + 1)
            body.time_of_preset[number + 1] = int(self.number, 16) * NS
        return self._done("preset.recall", {"preset": number}, now, text)

    def _speed(self, number: str) -> str:
        if "preset.speed" not in rows_of(self.body.model):
            return UNKNOWN
        if self.timing:
            if not 1 <= int(number, 16) <= 99:
                return RANGE
        elif not number.isdigit() or not (int(number) == 0 or 275 <= int(number) <= 999):
            return RANGE
        else:
            step = PANASONIC_STEPS if number in ("000", "999") else (int(number) - 250) // 25
            self.body.preset_speed = _sheet_step(step)
        self.number = number
        return f"uPVS{number}"

    def _cam(self, command: str, now: int) -> str:
        body, new = self.body, self.body.model.list in QUICK
        if command == "QID":
            return f"OID:{body.model.title.removeprefix('Panasonic ') if body.model.id else 'AW-HE40'}"
        if command == "QSV":
            return "OSV:V01.00"
        if command == "QSJ:29" and new:
            return f"OSJ:29:{int(self.timing)}"
        if new and (match := re.fullmatch(r"OSJ:29:([01])", command)):
            self.timing = match[1] == "1"
            self.number = "00A" if self.timing else "999"
            return command
        if new and (match := re.fullmatch(r"TL([RG]):([01])", command)):
            self._light("program" if match[1] == "R" else "preview", match[2] == "1", now)
            return command
        if new and command in ("QLR", "QLG"):
            lit = body.lamp(now) == ("program" if command == "QLR" else "preview")
            return f"OL{command[-1]}:{int(lit)}"
        if command == "OSE:69:1":
            return self._done("focus.snap", {}, now, command)
        if match := re.fullmatch(r"OSL:BC:([01])", command):
            return self._done("autotrack", {"state": 2 if match[1] == "1" else 3}, now, command)
        return UNKNOWN

    def _light(self, colour: str, on: bool, now: int) -> None:
        """Red and green are two lamps; the one that was lit last is what is seen."""
        if on and self.lights_allowed:
            self.body.light("program" if colour == "program" else "preview", now)
        elif not on and self.body.tally == colour:
            self.body.light("off", now)


def _step(speed: int) -> int:
    """One of 49 to either side as a step 1 to 24; 0 as 1, for an axis that does not move."""
    return min(max((abs(speed) * STEPS + 24) // 49, 1), STEPS)


def _sheet_step(step: int) -> int:
    """One of Panasonic's 1 to 30 as the nearest step 1 to 24."""
    return min(range(1, STEPS + 1), key=lambda one: abs(wire_step(one) - step))
