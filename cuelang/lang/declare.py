"""Declarations become an `Env`: what every name of the show means before any cue is looked at.

Lets and groups are here; cameras, inputs, outputs and switchers have modules of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, assert_never
from zoneinfo import ZoneInfo, available_timezones

from cuelang.diagnostics import meant, nearest
from cuelang.lang import syntax as s
from cuelang.lang.cameras import CameraDeclarations
from cuelang.lang.env import Env, Macro
from cuelang.lang.findings import Finding
from cuelang.lang.inputs import Ports
from cuelang.lang.places import report_unknown_camera
from cuelang.lang.settings import LAMPS, DeclarationReader, either
from cuelang.lang.switchers import SwitcherDeclarations
from cuelang.lang.texts import fill
from cuelang.lang.values import (
    FPS,
    UNKNOWN,
    Amount,
    CamerasValue,
    Names,
    Truth,
    Unknown,
    Value,
    WordValue,
    as_it_stands,
    evaluate,
    to_ns,
)
from cuelang.models import Model
from cuelang.plan import Settings
from cuelang.source import NOWHERE, Loc

Overrides = Mapping[str, s.Expr]
Measured = Mapping[tuple[str, str], Model | Finding]
"""Model files by the sheet that names them and the name in it: what they hold, or what is wrong with them."""

MAX_CAMERAS = 1000
MAX_CHAIN = 60
"""How many lets or groups may hang on one another in a chain."""


@cache
def _zones() -> frozenset[str]:
    """Looking for them on the disk takes longer than a small sheet."""
    return frozenset(available_timezones())


class Declarer(DeclarationReader):
    """The declarations of a show, `sections` in the order in which they are read; `run` makes them an `Env`.

    `overrides` are the values of `--set`, `without` the cameras that are disabled. `broken` names what lines that could
    not be parsed may have declared: it is not reported as unknown. With `partial` some sections are missing. `measured`
    are the models of files. What is wrong goes into `env.findings`.
    """

    def __init__(
        self,
        sections: list[s.Section],
        overrides: Overrides,
        without: frozenset[str],
        broken: frozenset[str] = frozenset(),
        partial: bool = False,
        measured: Measured = MappingProxyType({}),
    ) -> None:
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
        for section in self.enter(self.sections):
            self.name(section)
            if isinstance(section.line.node, s.Rig):
                env.rig = section.line.node.title.value
        self.shows()
        for name in self.let_lines:
            self.let(name)
        env.broken |= self.too_many
        for section in self.enter(self.sections):
            node = section.line.node
            if isinstance(node, s.Camera) and node.name.id in self.cameras and self.is_first(node.name.id):
                CameraDeclarations(self).declare(section, node)
        for name in self.group_lines:
            self.group(name)
        for section in self.enter(self.sections):
            if isinstance(section.line.node, s.Port):
                Ports(self).declare(section, section.line.node)
        for section in self.enter(self.sections):
            if isinstance(section.line.node, s.Switcher):
                SwitcherDeclarations(self).declare(section, section.line.node)
        SwitcherDeclarations(self).finish(interlock=self.given_interlock)
        return env

    def shows(self) -> None:
        shows = [section for section in self.sections if isinstance(section.line.node, s.Show)]
        for section in self.enter(shows[:1]):
            if isinstance(node := section.line.node, s.Show):
                self.show(section, node)
        for section in self.enter(shows[1:]):
            first = shows[0].origin(shows[0].line, shows[0].line.node.loc)
            self.report(
                "E206",
                section.line.node.loc,
                "Duplicate `show`.",
                "Remove one.",
                (first, "first here"),
            )

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
                "E206",
                node.name.loc,
                f"“{name}” is declared twice.",
                "Rename one of them.",
                (env.places[name], "first declared here"),
            )
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
            case _:
                assert_never(node)

    def parameters(self, section: s.Section, node: s.Define) -> None:
        first: dict[str, Loc] = {}
        for parameter in node.parameters:
            name = parameter.name
            if name.id in first:
                self.report(
                    "E206",
                    name.loc,
                    f"The parameter “{name.id}” is declared twice.",
                    "Rename one of them.",
                    (section.origin(section.line, first[name.id]), "first declared here"),
                )
            first.setdefault(name.id, name.loc)

    # --- show ------------------------------------------------------------------------------------------------

    def show(self, section: s.Section, node: s.Show) -> None:  # noqa: C901 - a case for each setting
        given: dict[str, Any] = {"title": node.title.value}
        for setting in self.settings(section, tuple(_SHOW)):
            word = setting.word.id
            match word:
                case "fps":
                    if (rate := self.frame_rate(setting)) is not None:
                        given["fps"] = rate
                case "timezone":
                    if (zone := self.timezone(setting)) is not None:
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
                case _:
                    pass  # it is reported already
        self.env.settings = Settings(**given)

    def frame_rate(self, setting: s.Setting) -> str | None:
        rate = self.amount(setting, "number")
        known = {Fraction(text): text for text in FPS}
        if rate is None:
            return None
        if rate not in known:
            self.report("E302", setting.values[0].loc, "Not a valid frame rate.", f"Expected {either(FPS)}.")
            self.env.fps = FPS["25"]  # frames have a length, so a missing rate is reported once
            return None
        self.env.fps = FPS[known[rate]]
        return known[rate]

    def timezone(self, setting: s.Setting) -> str | None:
        zone = self.text(setting)
        if zone is None:
            return None
        if zone not in _zones():
            near = nearest(zone, _zones())
            self.report(
                "E302", setting.values[0].loc, f"Unknown time zone “{zone}”.{near}", 'For example: "Europe/London".'
            )
            return None
        ZoneInfo(zone)
        return zone

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
        return WordValue("word", name.id, words=(name.id,))

    def declared(self, name: s.Name) -> Value | None:
        """What a name stands for; None if it is only a word."""
        if name.id in self.let_lines:
            self.env.used.add(name.id)
            return self.let(name.id, name.loc).named(name.id)
        if name.id == "all" or name.id in self.cameras or name.id in self.group_lines:
            return CamerasValue(self.members(name), words=(name.id,))
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
        if name in self.open or len(self.open) >= MAX_CHAIN:
            if user is not None:
                why = "in terms of itself" if name in self.open else f"through more than {MAX_CHAIN} others"
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
        if name in self.open or len(self.open) >= MAX_CHAIN:
            if user is not None:
                why = "contains itself" if name in self.open else f"is nested more than {MAX_CHAIN} deep"
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
            match value:
                case CamerasValue(amount=names):
                    return names
                case Unknown():
                    return ()
                case Amount() | WordValue() | Truth():
                    pass  # a mistake, which is reported below
        kind = "a macro" if cam.id in env.macros else "a value" if cam.id in self.let_lines else None
        known = (*self.cameras, *self.group_lines)
        env.used |= set() if kind else meant(cam.id, known)
        if kind or not env.excuses(cam.id, known):
            report_unknown_camera(cam, kind, known, self.report, env.rig)
        return ()


_NONE = s.Text("", Loc(0, 1, 0, 1))
_SHOW = ("fps", "timezone", "go_window", "debounce", "interlock", "lamp")
