"""Sheets through the whole compiler, from texts instead of files."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiled, Compiler
from cuelang.output.plan import plan_json
from cuelang.plan import Plan, Step, walk
from cuelang.source import Source
from tests.lang.sheets import marked, places

RIG = """
camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide = 1
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
    preset door at pan 12deg tilt -3deg zoom 20%
camera left "visca+udp://10.0.0.22"
    preset door = 3
camera right "visca+tcp://10.0.0.23"
    preset door = 3
group wings = left, right
"""
"""Three cameras; `throne` is stored with a known position, `door` of foh is held here, the others are not known."""


class Texts:
    """A library of texts by path, and of modules by name."""

    def __init__(self, files: dict[str, str] | None = None, modules: dict[str, str] | None = None) -> None:
        self.texts = files or {}
        self.stdlib = modules or {}

    def file(self, path: str, user: str) -> Source | str:
        folder = user.rpartition("/")[0]
        path = f"{folder}/{path}" if folder else path
        return Source(path, dedent(self.texts[path])) if path in self.texts else f"File not found: {path}."

    def module(self, name: str) -> Source | None:
        return Source(f"stdlib/{name}", dedent(self.stdlib[name])) if name in self.stdlib else None

    def modules(self) -> list[str]:
        return sorted(self.stdlib)


def compiled(
    text: str, files: dict[str, str] | None = None, modules: dict[str, str] | None = None, **options: Any
) -> Compiled:
    """A sheet as it stands, main.cues; with a rig of its own unless it declares a camera or uses a file."""
    return Compiler(Texts(files, modules)).compile(Source("main.cues", text), **options)


def with_rig(text: str) -> str:
    """The sheet, and after it (so that its lines keep their numbers) the rig of three cameras."""
    return dedent(text).strip("\n") + "\n" + RIG


def check(text: str, *, rig: bool = True, unused: bool = False, **options: Any) -> list[Diagnostic]:
    """The sheet's findings are exactly those that its lines are marked with.

    `unused` False: W605 is left aside, for a sheet about something else need not use all of the rig.
    """
    clean, expected = marked(with_rig(text) if rig else text)
    found = compiled(clean, **options).diagnostics
    shown = [one for one in found if unused or one.code != "W605"]
    assert places(shown) == expected, [(one.span[:3], one.code, one.message) for one in shown]
    return shown


def plan_of(text: str, *, rig: bool = True, **options: Any) -> Plan:
    """The plan of a sheet without errors."""
    done = compiled(with_rig(text) if rig else dedent(text).strip("\n"), **options)
    assert done.plan is not None, [(one.span[:3], one.code, one.message) for one in done.diagnostics]
    return done.plan


def cue_steps(text: str, number: str = "1", **options: Any) -> list[Step]:
    plan = plan_of(text, **options)
    return list(walk(next(cue for cue in plan.cues if cue.number == number).program))


def as_json(text: str, number: str = "1", **options: Any) -> dict[str, Any]:
    (cue,) = plan_json(plan_of(text, **options), number)["cues"]
    return cue


def events(text: str, number: str = "1", **options: Any) -> list[dict[str, Any]]:
    return as_json(text, number, **options)["events"]


def times(text: str, number: str = "1", **options: Any) -> list[int | float]:
    """When each event of a cue comes, in ms."""
    return [event["at_ms"] for event in events(text, number, **options)]


def duration(text: str, number: str = "1", **options: Any) -> int | float | None:
    return as_json(text, number, **options)["duration_ms"]
