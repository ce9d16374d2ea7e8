"""Every name in a sheet: where it is, what it names, and whether it declares that.

What a name means follows from the field of the syntax node that holds it (`FIELDS`); an amount's may be a `let`, a
parameter or a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from cuelang.lang import syntax as s
from cuelang.lang.env import Env
from cuelang.lang.refs import cue_text
from cuelang.source import Loc, Origin, Span

Kind = Literal[
    "camera",
    "group",
    "let",
    "macro",
    "preset",
    "place",
    "cue",
    "input",
    "output",
    "switcher",
    "source",
    "local",
    "parameter",
    "property",
    "value",
    "word",
    "setting",
    "module",
    "file",
]

FIELDS: dict[str, Kind] = {
    "cams": "camera", "shows": "camera", "macro": "macro", "prop": "property", "word": "setting",
    "switcher": "switcher", "direction": "word", "mode": "word", "kind": "word", "ease": "word", "released": "word",
    "command": "word",
    "type": "word", "last": "word", "what": "word", "days": "word", "exceptions": "word", "given": "word",
    "picture": "word", "device": "camera", "output": "output",
}  # fmt: skip
"""The field of a node -> what the name in it names."""

NODES: dict[tuple[type, str], Kind] = {
    (s.Place, "name"): "place", (s.Place, "number"): "place", (s.PresetOp, "preset"): "place",
    (s.CutTo, "source"): "source", (s.DissolveTo, "source"): "source", (s.PreviewOf, "source"): "source",
    (s.TakeOf, "source"): "source", (s.WaitProgram, "source"): "source", (s.OnBus, "source"): "source",
    (s.Camera, "name"): "camera", (s.Group, "name"): "group", (s.Switcher, "name"): "switcher",
    (s.SourceLine, "name"): "source", (s.Preset, "name"): "preset", (s.Define, "name"): "macro",
    (s.Let, "name"): "let", (s.Use, "target"): "module", (s.Argument, "name"): "parameter",
    (s.Parameter, "name"): "local", (s.For, "var"): "local", (s.CueRef, "number"): "cue", (s.Cue, "number"): "cue",
    **{(node, "source"): "input" for node in s.HEARD},
}  # fmt: skip
"""Where the field alone does not tell."""

DECLARING = (s.Camera, s.Group, s.Switcher, s.SourceLine, s.Preset, s.Define, s.Let, s.Parameter, s.Port, s.Cue)

_BRACES = re.compile(r"\{\{|\{([^\W\d]\w*)\}")
_PLAIN = re.compile(r'[^"\\{]*')


class NameUse(NamedTuple):
    """One name. `cams` are the cameras whose preset it is, None if a parameter brings them; `scope` tells apart the
    local names of different blocks."""

    kind: Kind
    id: str
    origin: Origin
    declares: bool = False
    cams: tuple[str, ...] | None = ()
    scope: int = 0

    @property
    def span(self) -> Span:
        return self.origin.span


class _Locals(NamedTuple):
    """A name of a block: which of them it is, and the cameras that it is, where that can be read off."""

    scope: int
    cams: tuple[str, ...] | None


class Walk:
    """The names of one section of a sheet, in the order of the text."""

    def __init__(self, section: s.Section) -> None:
        self.section = section
        self.line = section.line
        self.found: list[NameUse] = []
        self.scopes = 0

    def run(self) -> list[NameUse]:
        self.block((self.section.line,), {}, True)
        return self.found

    def block(self, lines: Iterable[s.Line], outer: dict[str, _Locals], top: bool = False) -> None:
        known = dict(outer)
        for line in lines:
            self.line = line
            node = line.node
            inner = dict(known)
            if isinstance(node, s.Define):
                for parameter in node.parameters:
                    self.scopes += 1
                    inner[parameter.name.id] = _Locals(self.scopes, None)
            elif isinstance(node, s.For):
                self.scopes += 1
                inner[node.var.id] = _Locals(self.scopes, self.cameras(node.cams, known))
            elif isinstance(node, s.Let) and not top:
                self.scopes += 1
                inner[node.name.id] = known[node.name.id] = _Locals(self.scopes, ())
            self.node(node, inner, top)
            self.block(line.children, inner)
            self.line = line

    def cameras(self, cams: s.Cams, known: dict[str, _Locals]) -> tuple[str, ...] | None:
        names: list[str] = []
        for cam in cams:
            local = known.get(cam.id)
            if local is not None and local.cams is None:
                return None
            names += local.cams or () if local is not None else (cam.id,)
        return tuple(names)

    def node(self, node: Any, known: dict[str, _Locals], top: bool = False, cams: tuple[str, ...] | None = ()) -> None:
        named = getattr(node, "cams", None)
        if isinstance(named, tuple):
            cams = self.cameras(named, known)
        for field in node.__struct_fields__:
            value = getattr(node, field)
            if value is None or field == "loc":
                continue
            kind = NODES.get((type(node), field)) or FIELDS.get(field, "value")
            if isinstance(node, s.Port) and field in ("kind", "name"):
                kind = node.kind
            if isinstance(node, s.Let) and field == "name" and not top:
                kind = "local"
            self.value(value, kind, node, field, known, cams)

    def value(
        self, value: Any, kind: Kind, node: Any, field: str, known: dict[str, _Locals], cams: tuple[str, ...] | None
    ) -> None:
        if isinstance(value, s.Name):
            self.name(value, kind, known, cams, isinstance(node, DECLARING) and field == "name")
        elif isinstance(value, s.Quantity):
            if kind == "cue":
                self.add("cue", cue_text(value.value) or "", value.loc, isinstance(node, s.Cue))
        elif isinstance(value, s.Text):
            if kind == "module":
                self.add("file", value.value, value.loc)
            else:
                self.text(value, known)
        elif isinstance(value, Struct):
            self.node(value, known, False, cams)
        elif isinstance(value, tuple) and not isinstance(value, Loc):
            for one in value:
                self.value(one, kind, node, field, known, cams)

    def name(
        self, name: s.Name, kind: Kind, known: dict[str, _Locals], cams: tuple[str, ...] | None, declares: bool
    ) -> None:
        local = known.get(name.id)
        if local is not None and kind not in ("setting", "parameter", "property", "module"):
            self.add("local", name.id, name.loc, declares or kind == "local", scope=local.scope)
        elif kind == "cue":
            self.add("word" if name.id == "next" else "value", name.id, name.loc)
        else:
            self.add(kind, name.id, name.loc, declares, cams if kind in ("place", "preset") else ())

    def add(
        self, kind: Kind, name: str, loc: Loc, declares: bool = False, cams: tuple[str, ...] | None = (), scope: int = 0
    ) -> None:
        self.found.append(NameUse(kind, name, self.section.origin(self.line, loc), declares, cams, scope))

    def text(self, text: s.Text, known: dict[str, _Locals]) -> None:
        """`{name}` in a text on one row without escapes, where its place is plain."""
        loc = text.loc
        if loc.line != loc.end_line or loc.end_column - loc.column != len(text.value) + 2:
            return
        for match in _BRACES.finditer(text.value):
            if match[1]:
                column = loc.column + 1 + match.start(1)
                place = Loc(loc.line, column, loc.line, column + len(match[1]))
                self.name(s.Name(match[1], place), "value", known, (), False)


def uses(section: s.Section) -> list[NameUse]:
    """Every name of a section. A preset that a camera declares has that camera in `cams`."""
    found = Walk(section).run()
    node = section.line.node
    if isinstance(node, s.Camera):
        found = [one._replace(cams=(node.name.id,)) if one.kind == "preset" else one for one in found]
    return found


class Thing(NamedTuple):
    """What a name stands for: two uses with equal things mean the same. Of a preset `cameras` are those that have it
    under this name and are asked for it together."""

    kind: Kind
    id: str
    cameras: frozenset[str] = frozenset()
    where: tuple[str, int, int] = ("", 0, 0)
    """Of a local name: its sheet, its block and its scope."""


SHARED: tuple[Kind, ...] = ("camera", "group", "let", "macro")
"""These share one set of names."""


def thing(use: NameUse, env: Env) -> Thing | None:
    """What a use names in a show, None for a word and for what is not declared."""
    name = use.id
    if use.kind == "local":
        return Thing("local", name, where=(use.origin.block.file, use.origin.block.line, use.scope))
    if use.kind in ("place", "preset"):
        known = frozenset(cam for cam in expanded(use.cams, env) if name in env.cameras[cam].presets)
        return Thing("preset", name, known) if known else None
    if use.kind == "cue":
        return Thing("cue", name)
    if use.kind == "input":
        return Thing("input", name) if name in env.inputs else None
    if use.kind in ("output", "switcher"):
        if name in env.outputs and use.kind == "output":
            return Thing("output", name)
        return Thing("switcher", name) if name in env.switchers else None
    if use.kind == "source":
        if name in env.cameras:
            return Thing("camera", name)
        return Thing("source", name) if name in env.sources else None
    if use.kind in (*SHARED, "value"):
        return shared(name, env)
    if use.kind in ("property", "module", "file", "parameter", "setting"):
        return Thing(use.kind, name)
    return None


def shared(name: str, env: Env) -> Thing | None:
    tables: tuple[tuple[Kind, Any], ...] = (
        ("camera", env.cameras), ("group", env.groups), ("let", env.lets), ("macro", env.macros),
        ("output", env.outputs), ("switcher", env.switchers),
    )  # fmt: skip
    return next((Thing(kind, name) for kind, table in tables if name in table), None)


def expanded(cams: tuple[str, ...] | None, env: Env) -> Iterator[str]:
    """The cameras of a list of cameras and groups; of an unknown list, all."""
    if cams is None or "all" in cams:
        yield from env.cameras
        return
    for name in dict.fromkeys(cams):
        if name in env.cameras:
            yield name
        else:
            yield from (cam for cam in env.groups.get(name, ()) if cam in env.cameras)


def declared(thing: Thing, env: Env, sections: Iterable[s.Section]) -> list[Span]:
    """Where a thing is declared."""
    name = thing.id
    if thing.kind in SHARED:
        return [env.places[name].span] if name in env.places else []
    if thing.kind == "preset":
        return [env.cameras[cam].presets[name].origin.span for cam in sorted(thing.cameras)]
    if thing.kind == "input":
        return [env.inputs[name].origin.span]
    if thing.kind == "output":
        return [env.outputs[name].origin.span]
    if thing.kind == "switcher":
        return [env.switchers[name].origin.span]
    if thing.kind == "source":
        return [source.origin.span for one in env.sources[name] if (source := one.source(name)) is not None]
    if thing.kind == "cue":
        return [
            section.origin(section.line, node.number.loc).span
            for section in sections
            if isinstance(node := section.line.node, s.Cue) and cue_text(node.number.value) == name
        ]
    return []


def widened(found: Thing, uses: Iterable[NameUse], env: Env) -> Thing:
    """A preset with all cameras that are asked for it in one line with one of its own, and so on: to rename it for one
    of them alone would take it from the others."""
    if found.kind != "preset":
        return found
    sets = [
        frozenset(cam for cam in expanded(use.cams, env) if found.id in env.cameras[cam].presets)
        for use in uses
        if use.kind in ("place", "preset") and use.id == found.id
    ]
    cameras = found.cameras
    while True:
        wider = cameras.union(*(one for one in sets if one & cameras))
        if wider == cameras:
            return found._replace(cameras=cameras)
        cameras = wider


def same(use: NameUse, wanted: Thing, env: Env) -> bool:
    """Whether a use names this thing."""
    found = thing(use, env)
    if found is None or found.kind != wanted.kind or found.id != wanted.id:
        return False
    return bool(found.cameras & wanted.cameras) if wanted.kind == "preset" else found.where == wanted.where


def in_library(name: str, path: str) -> bool:
    """Whether a sheet is a module of the program, which is not ours to change."""
    return name != path
