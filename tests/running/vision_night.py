"""A show with a switcher in virtual time: the rehearsal's executor, a simulated switcher, and a person at its desk."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.record_json import as_json
from cuelang.source import Source

RIG = """
show "Night"
camera foh "visca+udp://10.0.0.21"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "visca+udp://10.0.0.22"
    preset door = 2 at pan 12deg tilt -3deg zoom 20%
    preset altar = 3 at pan -20deg tilt 2deg zoom 40%
switcher vision "{url}"
    source foh = {foh}
    source left = {left}
    source slides = {slides}
"""
LABELS = {
    "obs": ('"Cam FOH"', '"Cam left"', '"PowerPoint"'),
    "sim": ('"a"', '"b"', '"c"'),
    "atem": ("1", "2", "3"),
    "vmix": ("1", "2", '"PowerPoint"'),
}


def plan_of(sheet: str, kind: str = "obs", rig: str = RIG) -> Any:
    foh, left, slides = LABELS[kind]
    text = rig.format(url=f"{kind}://{'vision' if kind == 'sim' else '10.0.0.5'}", foh=foh, left=left, slides=slides)
    found = Compiler(Library()).compile(Source("night.cues", text + dedent(sheet)))
    assert found.plan is not None, [(d.code, d.span.line, d.message) for d in found.diagnostics if d.is_error]
    return found.plan


class Evening:
    """What a show with this script has done. Times are seconds."""

    def __init__(self, sheet: str, script: str | None = None, kind: str = "obs", rig: str = RIG) -> None:
        plan = plan_of(sheet, kind, rig)
        found = rehearse(plan, script=None if script is None else parse(dedent(script)))
        self.records = [as_json(record) for record in found.records]

    def of(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        return [
            one
            for one in self.records
            if one["kind"] == kind and all(one.get(name) == value for name, value in wanted.items())
        ]

    def outcomes(self, device: str) -> list[tuple[str, str]]:
        commands = self.of("command")
        return [(one["action"], one["outcome"]) for one in commands if device in (one["camera"], one.get("switcher"))]

    def orders(self) -> list[tuple[str, str | None, str]]:
        return [(one["action"], one.get("source"), one["outcome"]) for one in self.of("command") if not one["camera"]]

    def air(self) -> list[tuple[str, str]]:
        return [(one["camera"], one["mode"]) for one in self.of("air")]

    def says(self) -> list[str]:
        return [one["text"] for kind in ("note", "warning") for one in self.of(kind)]
