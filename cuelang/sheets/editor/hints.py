"""What is written into the lines: when each move arrives and how long each cue lasts. And whether a new name may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cuelang.lang.compile import Compilation
from cuelang.lang.words import RESERVED
from cuelang.output import wording
from cuelang.plan import CameraAct, Cue, Forever, Program, cue_number
from cuelang.sheets.editor.names import Thing, shared
from cuelang.sheets.editor.shows import EditorShow


class Hint(NamedTuple):
    """At the end of a line (from 0)."""

    line: int
    text: str
    about: str


def arrivals(show: EditorShow, name: str, first: int, last: int) -> Iterator[Hint]:
    """The hints of lines `first` to `last` of a sheet."""
    for cue in show.cues_of(name, first, last):
        found: dict[int, tuple[int, bool, str]] = {}
        _arrive(cue, cue.program, 0, found)
        head = cue.block.line - 1
        if first <= head <= last and found:
            length = "no end" if cue.duration is None else wording.seconds(cue.duration)
            yield Hint(head, length, "how long the cue lasts")
        for line, (until, guess, who) in sorted(found.items()):
            if first <= line <= last and line != head:
                sign = "≈" if guess else "→"
                yield Hint(line, f"{sign} {wording.clock(until)}", f"{who} arrives then, counted from GO")


def _arrive(cue: Cue, program: Program, begun: int, found: dict[int, tuple[int, bool, str]]) -> None:
    """By line: when the last of what it sets going is there."""
    for step in program.steps:
        if isinstance(step.act, Forever):
            _arrive(cue, step.act.body, begun + step.predicted, found)
            continue
        if not isinstance(step.act, CameraAct) or step.idle or step.until in (None, step.predicted):
            continue
        place = step.call or step.origin
        if place.block is cue.block and step.until is not None:
            line, until = place.span.line - 1, begun + step.until
            if line not in found or until > found[line][0]:
                found[line] = (until, step.estimated, step.act.camera)


def rename_problem(thing: Thing, new: str, whole: Compilation) -> str:
    """Why something cannot have a name, empty if it can."""
    if thing.kind == "cue":
        try:
            number = cue_number(new)
        except ValueError:
            return f"“{new}” is not a cue number. For example: 2.5."
        taken = number != thing.id and any(cue.number == number for cue in whole.plan.cues)
        return f"There is a cue {number} already." if taken else ""
    if not new.isidentifier() or new[0].isdigit():
        return f"“{new}” is not a name: letters, digits and `_`, not starting with a digit."
    if new in RESERVED:
        return f"`{new}` is a keyword and cannot be used as a name."
    if new == thing.id:
        return ""
    env = whole.env
    if thing.kind == "preset":
        who = [cam for cam in sorted(thing.cameras) if new in env.cameras[cam].presets]
        return f"“{who[0]}” has a preset “{new}” already." if who else ""
    if thing.kind in ("input", "output", "switcher"):
        return f"“{new}” is declared already." if new in {**env.inputs, **env.outputs, **env.switchers} else ""
    return f"“{new}” is declared already." if shared(new, env) is not None else ""
