"""Declarations become an `Env`: what every name of the show means before any cue is looked at.

One function for each kind of declaration. What varies (settings, their units and ranges) is a row in a table.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from fractions import Fraction
from string import hexdigits
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cuelang import address
from cuelang.address import PASSWORD_HINT, may_hold_a_password
from cuelang.commands import Recall
from cuelang.diagnostics import meant, nearest
from cuelang.lang import syntax as s
from cuelang.lang.env import CameraInfo, Env, Macro
from cuelang.lang.findings import Finding
from cuelang.lang.places import positions, preset_number, report_unknown_camera
from cuelang.lang.ports import BROKERS, is_open, meant_url, port_hint, port_url, web_problem
from cuelang.lang.settings import Reader, either
from cuelang.lang.switchers import Switchers
from cuelang.lang.texts import fill
from cuelang.lang.values import FPS, UNKNOWN, Names, Value, as_it_stands, evaluate, to_ns
from cuelang.models import DEFAULT, Model, find, names
from cuelang.plan import Camera, Port, Preset, Settings
from cuelang.protocols import no_speed, preset_speeds, why_not
from cuelang.source import NOWHERE, Loc

Overrides = Mapping[str, s.Expr]
Measured = Mapping[tuple[str, str], Model | Finding]
"""Model files by the sheet that names them and the name in it: what they hold, or what is wrong with them."""

MAX_CAMERAS = 1000
DEEPEST = 60
"""How many lets or groups may hang on one another in a chain."""


class Declarer(Reader):
    def __init__(
        self, sections: list[s.Section], overrides: Overrides, without: frozenset[str],
        broken: frozenset[str] = frozenset(), partial: bool = False, measured: Measured = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.measured = measured
        nothing = s.Section(NOWHERE.block, s.Line(s.Heading(_NONE, False, _NONE.loc), 0))
        super().__init__(Env(broken=broken, partial=partial), sections[0] if sections else nothing)
        self.sections = sections
        self.overrides = overrides
        self.without = without
        self.let_lines: dict[str, tuple[s.Section, s.Let]] = {}
        self.group_lines: dict[str, tuple[s.Section, s.Group]] = {}
        self.given_interlock = False
        self.cameras: dict[str, None] = {}
        self.too_many: set[str] = set()
        self.open: list[str] = []

    # --- the passes ------------------------------------------------------------------------------------------

    def run(self) -> Env:
        env = self.env
        shows = [section for section in self.sections if isinstance(section.line.node, s.Show)]
        for section in self.enter(shows[:1]):
            self.show(section)
        for section in self.enter(shows[1:]):
            first = shows[0].origin(shows[0].line, shows[0].line.node.loc)
            self.report(
                "E206",
                section.line.node.loc,
                "Duplicate `show`.",
                "Remove one.",
                (first, "first here"),
            )
        for section in self.enter(self.sections):
            self.name(section)
        for name in self.let_lines:
            self.let(name)
        env.broken |= self.too_many
        for section in self.enter(self.sections):
            node = section.line.node
            if isinstance(node, s.Camera) and node.name.id in self.cameras and self.is_first(node.name.id):
                self.camera(section, node)
        for name in self.group_lines:
            self.group(name)
        for section in self.enter(self.sections):
            if isinstance(section.line.node, s.Port):
                self.port(section, section.line.node)
        for section in self.enter(self.sections):
            if isinstance(section.line.node, s.Switcher):
                Switchers(self).declare(section, section.line.node)
        Switchers(self).finish(interlock=self.given_interlock)
        return env

    def is_first(self, name: str) -> bool:
        return self.env.places[name].block is self.section.block

    def name(self, section: s.Section) -> None:
        """Enter a name of the one namespace of cameras, groups, lets and macros."""
        node = section.line.node
        if not isinstance(node, s.Camera | s.Group | s.Let | s.Define):
            return
        name, env = node.name.id, self.env
        if name in env.places:
            self.report(
                "E206", node.name.loc, f"“{name}” is declared twice.", "Rename one of them.",
                (env.places[name], "first declared here"),
            )  # fmt: skip
            return
        env.places[name] = section.origin(section.line, node.name.loc)
        match node:
            case s.Camera():
                if len(self.cameras) < MAX_CAMERAS:
                    self.cameras[name] = None
                    return
                if not self.too_many:
                    self.report(
                        "E302", node.name.loc, f"A show has at most {MAX_CAMERAS} cameras.", "Split the show in two."
                    )
                self.too_many.add(name)
            case s.Let():
                self.let_lines[name] = (section, node)
            case s.Group():
                self.group_lines[name] = (section, node)
            case s.Define():
                env.macros[name] = Macro(section, node)
                self.parameters(section, node)

    def parameters(self, section: s.Section, node: s.Define) -> None:
        first: dict[str, Loc] = {}
        for parameter in node.parameters:
            name = parameter.name
            if name.id in first:
                self.report(
                    "E206", name.loc, f"The parameter “{name.id}” is declared twice.", "Rename one of them.",
                    (section.origin(section.line, first[name.id]), "first declared here"),
                )  # fmt: skip
            first.setdefault(name.id, name.loc)

    # --- show ------------------------------------------------------------------------------------------------

    def show(self, section: s.Section) -> None:
        node = section.line.node
        assert isinstance(node, s.Show)
        given: dict[str, Any] = {"title": node.title.value}
        for setting in self.settings(section, tuple(_SHOW)):
            word = setting.word.id
            match word:
                case "fps":
                    rate = self.amount(setting, "number")
                    known = {Fraction(text): text for text in FPS}
                    if rate is not None and rate not in known:
                        self.report(
                            "E302", setting.values[0].loc, "Not a valid frame rate.", f"Expected {either(FPS)}."
                        )
                        self.env.fps = FPS["25"]  # frames have a length, so a missing rate is reported once
                    elif rate is not None:
                        given["fps"] = known[rate]
                        self.env.fps = FPS[known[rate]]
                case "timezone":
                    zone = self.text(setting)
                    if zone is not None and zone not in available_timezones():
                        near = nearest(zone, available_timezones())
                        self.report(
                            "E302", setting.values[0].loc, f"Unknown time zone “{zone}”.{near}",
                            'For example: "Europe/London".',
                        )  # fmt: skip
                    elif zone is not None:
                        ZoneInfo(zone)
                        given["timezone"] = zone
                case "go_window" | "debounce":
                    span = self.amount(setting, "time")
                    if span is not None and span < 0:
                        self.report("E302", setting.values[0].loc, "This cannot be negative.", "Write 0s or more.")
                    elif span is not None:
                        given[word] = to_ns(span)
                case "interlock":
                    mode = self.word(setting, ("off", "warn", "block"))
                    if mode:
                        given["interlock"] = mode
                        self.given_interlock = True
                case "lamp":
                    lamp = self.word(setting, LAMPS)
                    if lamp:
                        given["lamp"] = lamp
        self.env.settings = Settings(**given)

    def evaluate(self, expr: s.Expr) -> Value:
        return evaluate(expr, Names(self.look_up, as_it_stands, self.env.fps, self.report))

    def look_up(self, name: s.Name) -> Value:
        found = self.declared(name)
        if found is not None:
            return found
        if name.id in self.env.macros:
            self.report(
                "E301",
                name.loc,
                f"“{name.id}” is a macro; a value is needed here.",
                "Write an amount, a name or a text.",
            )
            return UNKNOWN
        return Value("word", name.id, words=(name.id,))

    def declared(self, name: s.Name) -> Value | None:
        """What a name stands for; None if it is only a word."""
        if name.id in self.let_lines:
            self.env.used.add(name.id)
            return self.let(name.id, name.loc).named(name.id)
        if name.id == "all" or name.id in self.cameras or name.id in self.group_lines:
            return Value("cameras", self.members(name), words=(name.id,))
        return UNKNOWN.named(name.id) if name.id in self.env.broken else None

    def fill(self, text: s.Text) -> Value:
        """The text of a `let`, with the values of the names in it."""

        def known() -> tuple[str, ...]:
            return (*self.let_lines, *self.cameras, *self.group_lines)

        return fill(text, self.declared, known, self.env.fps, self.report)

    # --- lets and groups -------------------------------------------------------------------------------------

    def let(self, name: str, user: Loc | None = None) -> Value:
        """The value of a `let`, worked out when it is first asked for."""
        env = self.env
        if name in env.lets:
            return env.lets[name]
        if name in self.open or len(self.open) >= DEEPEST:
            if user is not None:
                why = "in terms of itself" if name in self.open else f"through more than {DEEPEST} others"
                self.report("E301", user, f"“{name}” is defined {why}.", "Give one of them a value.")
            return UNKNOWN
        self.open.append(name)
        before = self.section, self.line
        self.section, node = self.let_lines[name]
        self.line = self.section.line
        value = evaluate(
            self.overrides.get(name, node.value), Names(self.look_up, self.fill, self.env.fps, self.report)
        )
        self.section, self.line = before
        self.open.remove(name)
        env.lets[name] = value
        return value

    def group(self, name: str, user: Loc | None = None) -> tuple[str, ...]:
        env = self.env
        if name in env.groups:
            return env.groups[name]
        if name in self.open or len(self.open) >= DEEPEST:
            if user is not None:
                why = "contains itself" if name in self.open else f"is nested more than {DEEPEST} deep"
                self.report("E301", user, f"Group “{name}” {why}.", "Name cameras in one of them.")
            return ()
        self.open.append(name)
        before = self.section, self.line
        self.section, node = self.group_lines[name]
        self.line = self.section.line
        members: dict[str, None] = {}
        for cam in node.cams:
            members |= dict.fromkeys(self.members(cam))
        self.section, self.line = before
        self.open.remove(name)
        env.groups[name] = tuple(members)
        return env.groups[name]

    def members(self, cam: s.Name) -> tuple[str, ...]:
        env = self.env
        env.used.add(cam.id)
        if cam.id == "all":
            return tuple(self.cameras)
        if cam.id in self.cameras:
            return (cam.id,)
        if cam.id in self.group_lines:
            return self.group(cam.id, cam.loc)
        if cam.id in self.let_lines:
            value = self.let(cam.id, cam.loc)
            if value.kind in ("cameras", "unknown"):
                return value.amount or ()
        kind = "a macro" if cam.id in env.macros else "a value" if cam.id in self.let_lines else None
        known = (*self.cameras, *self.group_lines)
        env.used |= set() if kind else meant(cam.id, known)
        if kind or not env.excuses(cam.id, known):
            report_unknown_camera(cam, kind, known, self.report)
        return ()

    # --- cameras ---------------------------------------------------------------------------------------------

    def camera(self, section: s.Section, node: s.Camera) -> None:
        name = node.name.id
        try:
            where = address.parse_far(node.url.value)
        except address.BadAddress as bad:
            meant = meant_url("camera", node.url.value)
            self.report(
                "E303",
                node.url.loc,
                str(bad),
                f'Write "{meant}".' if meant else 'For example: "visca+udp://10.0.0.21".',
            )
            where = address.parse("sim://unknown")
        given: dict[str, Any] = {}
        model, rate_loc, by_loc, lost = None, None, None, False
        recall: tuple[s.Line, s.Setting] | None = None
        for setting in self.settings(section, tuple(_CAMERA)):
            word = setting.word.id
            row = _CAMERA[word]
            if word == "recall_speed":
                recall = self.line, setting
            elif isinstance(row, tuple):
                low, high = (0, 63) if word == "drive_speed" and where.family.startswith("pelco") else row
                number = self.integer(setting, low, high)
                if word == "tally_index" and (screen := self.screen(setting)) is not None:
                    given["tally_screen"] = screen
                if number is not None:
                    given[word] = number
                    rate_loc = section.origin(self.line, setting.values[0].loc) if word == "ramp_rate" else rate_loc
            elif word == "model":
                wanted = self.text(setting)
                model = find(wanted) if wanted is not None else None
                file = self.measured.get((section.block.file, wanted or ""))
                if isinstance(file, Finding):
                    self.env.findings.append(file)
                    lost = True
                elif file is not None:
                    given["measured"] = model = file
                elif wanted is not None and model is None:
                    near = nearest(wanted, names())
                    self.report(
                        "E209",
                        setting.values[0].loc,
                        f"Unknown model “{wanted}”.{near}",
                        f"Models: {', '.join(names())}.",
                    )
            elif word == "http":
                url = self.text(setting)
                wrong, hint = web_problem(url) if url is not None else ("", "")
                if wrong:
                    self.report("E303", setting.values[0].loc, wrong, hint)
                elif url is not None:
                    given["http"] = url
            elif word == "login":
                given["login"] = self.login(setting)
            elif word == "trust":
                given["trust"] = self.trust(setting)
            elif word == "boot":
                time = self.amount(setting, "time")
                if time is not None and time < 0:
                    self.report("E302", setting.values[0].loc, "`boot` cannot be negative.", "For example: 45s.")
                elif time is not None:
                    given["boot"] = to_ns(time)
            elif word == "ramp_by":
                given["ramp_by"] = self.word(setting, ("position", "speed")) or "position"
                by_loc = section.origin(self.line, setting.loc)
            elif word == "lamp":
                given["lamp"] = self.word(setting, LAMPS)
            elif word in ("disabled", "no_source"):
                if setting.values:
                    self.report("E208", setting.loc, f"`{word}` takes no value.", "Remove the rest of the line.")
                given[word] = True
        figures = model or DEFAULT
        if recall is not None:
            self.line, setting = recall
            given["recall_speed"] = self.recall_speed(setting, where.family, figures)
        if rate_loc is not None and given["ramp_rate"] > figures.ramp_rate_max:
            self.env.findings.append(
                Finding(
                    "W604",
                    rate_loc,
                    f"{given['ramp_rate']} frames a second is more than {figures.title} accepts.",
                    f"It accepts at most {figures.ramp_rate_max}; the rest will be skipped.",
                )
            )
        by_speed = given.get("ramp_by") == "speed" and not lost
        if by_loc is not None and by_speed and not (figures.zoom_speeds and where.family == "visca"):
            self.env.findings.append(
                Finding(
                    "E401",
                    by_loc,
                    "`ramp_by speed` needs a VISCA camera with measured zoom speeds.",
                    "`cuelang camera calibrate` measures them and writes a model file; then add"
                    f' `model "{name}.model.toml"`.',
                )
            )
        given.setdefault("ramp_rate", figures.ramp_rate)
        given.setdefault("http", f"http://{where.host}" if where.host and where.scheme != "sim" else "")
        if name in self.without:
            given["disabled"] = True
        presets = self.presets(section, figures)
        origin = section.origin(section.line, node.name.loc)
        camera = Camera(
            name=name, url=str(where), model=model.id if model else None, origin=origin,
            presets=tuple(presets.values()), **given,
        )  # fmt: skip
        self.env.cameras[name] = CameraInfo(camera, figures, where.family, presets)

    def recall_speed(self, setting: s.Setting, family: address.Family, model: Model) -> int | None:
        """The speed of recalls, if this camera has one; None after a report."""
        reason = why_not(family, model, Recall(1, 1)) or no_speed(family, model, Recall(1, 1))
        if reason is not None:
            self.report("E401", setting.loc, f"`recall_speed` has no effect here: {reason}.", "Remove this line.")
            return None
        low, high = preset_speeds(model) if family == "visca" else (1, 24)
        return self.integer(setting, low, high)

    def login(self, setting: s.Setting) -> tuple[str, str] | None:
        values = setting.values
        if len(values) == 2 and isinstance(values[0], s.Text) and isinstance(values[1], s.Text):
            self.password(values[1])
            return values[0].value, values[1].value
        self.report(
            "E208",
            setting.loc,
            "`login` needs a user name and the environment variable that holds the password.",
            'Write `login "admin" from "FOH_PASSWORD"`.',
        )
        return None

    def trust(self, setting: s.Setting) -> str:
        """The fingerprint of a certificate, as 64 small hexadecimal digits."""
        text = self.text(setting)
        kind, _, digits = (text or "").lower().partition(":")
        digits = digits.replace(":", "")
        if text is not None and not (kind == "sha256" and len(digits) == 64 and not set(digits) - set(hexdigits)):
            self.report(
                "E303", setting.values[0].loc, "Not a certificate fingerprint.",
                'Expected `trust "sha256:` and 64 hexadecimal digits; `cuelang preflight` shows the camera\'s.',
            )  # fmt: skip
        return digits

    def password(self, node: s.Text) -> None:
        """The variable that holds a password, for everything that has one."""
        if not may_hold_a_password(node.value):
            self.report(
                "E302", node.loc, f"A sheet may not use the variable “{node.value}” as a password.", PASSWORD_HINT
            )

    def presets(self, section: s.Section, model: Model) -> dict[str, Preset]:
        found: dict[str, Preset] = {}
        for line in section.line.children:
            self.line = line
            node = line.node
            if not isinstance(node, s.Preset):
                continue
            name = node.name.id
            if name in found:
                self.report(
                    "E206",
                    node.name.loc,
                    f"The preset “{name}” is declared twice.",
                    "Rename one of them.",
                    (found[name].origin, "first declared here"),
                )
                continue
            number = None
            if node.number is not None:
                number = preset_number(self.evaluate(node.number), node.number.loc, model, self.report)
            axes = (("pan", node.pan), ("tilt", node.tilt), ("zoom", node.zoom))
            pan, tilt, zoom = positions(axes, self.evaluate, model, self.report) or (None, None, None)
            picture = True
            if node.picture is not None:
                picture = node.picture.id != "off"
                if node.picture.id not in ("on", "off"):
                    self.report(
                        "E209", node.picture.loc, f"`picture` is `on` or `off`, not `{node.picture.id}`.",
                        "Use `picture off` if no image settings are stored with this preset.",
                    )  # fmt: skip
            found[name] = Preset(
                name, number, pan, tilt, zoom, section.origin(line, node.name.loc), picture, self.focus_of(node)
            )
        self.line = section.line
        return found

    def focus_of(self, node: s.Preset) -> int | None:
        """The focus position of a preset; None if it has none, or after a report."""
        if node.focus is None:
            return None
        value = self.evaluate(node.focus)
        if value.kind == "unknown":
            return None
        if value.kind != "number":
            self.report("E301", node.focus.loc, "A focus position must be a plain number.", "For example: focus 0x2A0.")
            return None
        if value.amount != int(value.amount) or not 0 <= value.amount <= 0xFFFF:
            self.report("E302", node.focus.loc, "This focus position is out of range.", "Expected 0 to 0xFFFF.")
            return None
        return int(value.amount)

    # --- inputs and outputs ----------------------------------------------------------------------------------

    def port(self, section: s.Section, node: s.Port) -> None:
        table = self.env.inputs if node.kind == "input" else self.env.outputs
        name = node.name.id
        if name in table:
            self.report(
                "E206",
                node.name.loc,
                f"The {node.kind} “{name}” is declared twice.",
                "Rename one of them.",
                (table[name].origin, "first declared here"),
            )
            return
        url, problem = port_url(node.kind, node.url.value)
        if problem:
            self.report("E303", node.url.loc, problem, port_hint(node.kind, node.url.value))
        allow: tuple[str, ...] = ()
        passcode = None
        guarded = False
        login = None
        broker = url.partition(":")[0] in BROKERS
        known = ("allow", "passcode") if node.kind == "input" else ("login",) if url.startswith("http:") else ()
        if broker:
            known = ("login", "allow") if node.kind == "input" else ("login",)
        for setting in self.settings(section, known):
            guarded = True
            if setting.word.id == "login":
                login = self.login(setting)
            elif setting.word.id == "allow" and broker:
                self.report(
                    "E208", setting.loc, "A broker does not say who sent a message, so `allow` cannot be checked.",
                    'Write `login "cuelang" from "BROKER_PASSWORD"` instead.',
                )  # fmt: skip
            elif setting.word.id == "allow":
                allow = self.allowed(setting)
            elif len(setting.values) == 1 and isinstance(setting.values[0], s.Text):
                passcode = setting.values[0].value
                self.password(setting.values[0])
            else:
                self.report(
                    "E208",
                    setting.loc,
                    "A passcode comes from an environment variable.",
                    'Write `passcode from "OSC_PASSCODE"`.',
                )
        if problem or node.kind == "output":
            pass
        elif url.startswith(("sacn:", "artnet:")):
            self._lighting(node, guarded, url, passcode)
        elif broker and not guarded and is_open(url):
            self.report(
                "E306", node.url.loc, f"Anyone who reaches the broker {urlsplit(url).netloc} could fire cues.",
                'Add `login "cuelang" from "BROKER_PASSWORD"` under it, or use a broker of this machine.',
            )  # fmt: skip
        elif not guarded and is_open(url):
            self.report(
                "E306", node.url.loc, f"Anyone on the network could fire cues through {urlsplit(url).netloc}.",
                'Add `allow "10.0.0.0/24"` or `passcode from "OSC_PASSCODE"` under it, or listen on 127.0.0.1.',
            )  # fmt: skip
        table[name] = Port(name, url, section.origin(section.line, node.name.loc), allow, passcode, login)

    def _lighting(self, node: s.Port, guarded: bool, url: str, passcode: str | None) -> None:
        """What a lighting input lacks: its senders cannot say who they are."""
        if passcode is not None:
            self.report(
                "E208", node.url.loc, "A lighting console cannot send a passcode.", "Use `allow` alone."
            )  # fmt: skip
        elif not guarded and is_open(url):
            self.report(
                "E306", node.url.loc, "Any machine of this network could fire cues.",
                'Add `allow "10.0.0.0/24"` under it, or listen to this machine alone with `?host=127.0.0.1`.',
            )  # fmt: skip

    def allowed(self, setting: s.Setting) -> tuple[str, ...]:
        networks = []
        for value in setting.values:
            try:
                if not isinstance(value, s.Text):
                    raise ValueError("put the address in quotes")
                networks.append(str(ipaddress.ip_network(value.value, strict=False)))
            except ValueError as bad:
                self.report("E303", value.loc, f"Not a network address: {bad}.", 'Write `allow "10.0.0.0/24"`.')
        if not setting.values:
            self.report("E208", setting.loc, "`allow` needs an address.", 'Write `allow "10.0.0.0/24"`.')
        return tuple(networks)


_NONE = s.Text("", Loc(0, 1, 0, 1))
LAMPS = ("on", "program", "off")
_SHOW = ("fps", "timezone", "go_window", "debounce", "interlock", "lamp")
_CAMERA: dict[str, tuple[int, int] | str] = {
    "model": "text", "http": "url", "login": "login", "trust": "fingerprint",
    "tally_index": (0, 65534), "ramp_rate": (1, 120),
    "recall_speed": "speed", "move_speed": (1, 24), "drive_speed": (1, 24), "zoom_speed": (0, 7), "boot": "time",
    "ramp_by": "word", "address_base": (0, 1), "disabled": "flag", "lamp": "word", "no_source": "flag",
}  # fmt: skip
"""Settings of a camera: a range of whole numbers, or what else it takes."""
