"""What a cue does, on one line, and what fires it besides GO: for lists. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cuelang.output.plan import asked_of
from cuelang.output.triggers import length, trigger_text
from cuelang.plan import Arrived, CameraAct, Cue, CueAction, Forever, Plan, Program, TimeOfDay, Wait
from cuelang.playback.timeline import awaited
from cuelang.runtime.outline import Outline

MAX_CHARS = 400
"""Characters of a line: a list of a thousand cues goes to every page."""
BETWEEN = " · "


def outlines(plan: Plan) -> dict[str, Outline]:
    """By cue number."""
    everyone = tuple(camera.name for camera in plan.cameras if not camera.disabled)
    fired: dict[str, list[str]] = {}
    for trigger in plan.triggers:
        action = trigger.action
        if isinstance(action, CueAction) and action.verb in ("go", "start") and action.number is not None:
            fired.setdefault(action.number, []).append(trigger_text(trigger).removeprefix("on "))
    return {cue.number: Outline(_line(plan, cue, everyone), tuple(fired.get(cue.number, ()))) for cue in plan.cues}


def _line(plan: Plan, cue: Cue, everyone: tuple[str, ...]) -> str:
    parts = list(_parts(plan, cue.program, everyone))
    if cue.follow is not None:
        parts.append(f"follow after {length(cue.follow)}" if cue.follow else "follow")
    said = BETWEEN.join(parts).replace("\n", " ")
    return said if len(said) <= MAX_CHARS else said[: MAX_CHARS - 1].rstrip() + "…"


OutlinePart = tuple[int, int, str]
"""What several cameras are asked for together: anchor, offset from it, and the words."""


def grouped(plan: Plan, program: Program) -> tuple[dict[OutlinePart, list[str]], dict[OutlinePart, Program]]:
    """Who does what, in the order of the steps, and the bodies of endless loops."""
    groups: dict[OutlinePart, list[str]] = {}
    bodies: dict[OutlinePart, Program] = {}
    for step in program.steps:
        act = step.act
        if step.idle or (isinstance(act, CameraAct) and act.only):
            continue
        who, what = asked_of(plan, act)
        key = (step.at.anchor, step.at.offset, what)
        groups.setdefault(key, []).append(who)
        if isinstance(act, Forever):
            bodies[key] = act.body
    return groups, bodies


def _parts(plan: Plan, program: Program, everyone: tuple[str, ...]) -> Iterator[str]:
    """Steps in their order, those of several cameras that are asked for the same together."""
    groups, bodies = grouped(plan, program)
    opened = 0
    for key, whose in groups.items():
        anchor, _, what = key
        for one in program.anchors[opened + 1 : anchor + 1]:
            if isinstance(one, Wait):
                yield wait_text(one)
        opened = max(opened, anchor)
        names = tuple(name for name in whose if name)
        yield f"{'all' if len(names) > 1 and names == everyone else ', '.join(names)} {what}".strip()
        if key in bodies:
            yield from _parts(plan, bodies[key], everyone)
    for one in program.anchors[opened + 1 :]:
        if isinstance(one, Wait):
            yield wait_text(one)


def wait_text(wait: Wait) -> str:
    """`wait for go up to 1m`, `wait until 19:30:00`."""
    word = "until" if isinstance(wait.condition, TimeOfDay) else "for"
    limit = "" if wait.up_to is None or isinstance(wait.condition, Arrived) else f" up to {length(wait.up_to)}"
    return f"wait {word} {awaited(wait.condition)}{limit}"
