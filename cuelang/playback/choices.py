"""`with one of` when its line is reached: the first camera that is free is taken. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cuelang.commands import SEEN, Stop
from cuelang.playback.effects import Say
from cuelang.playback.run import Run
from cuelang.playback.timeline import ChoiceDue

if TYPE_CHECKING:
    from cuelang.playback.runs import Runs


def choose(runs: Runs, run: Run, due: ChoiceDue, answers: Callable[[str], bool]) -> None:
    """Take the first camera that is free, and say which; none of them, and why."""
    act, origin = due.choice.act, due.step.origin
    hindrances: list[str] = []
    taken: str | None = None
    for name in act.cameras:
        hindrance = _engaged(runs, name, run.number, answers)
        if not hindrance:
            taken = name
            break
        hindrances.append(f"{name} {hindrance}")
    run.timeline.choose(due, taken)
    why = "; ".join(hindrances)
    if taken is not None:
        text = f"{taken} is taken{f' ({why})' if why else ''}."
        runs.effects.append(Say("note", run.label, text, origin, due.at))
    else:
        instead = "its `else` runs" if act.has_else else "its block is left out"
        text = f"None of {', '.join(act.cameras)} is free ({why}): {instead}."
        runs.effects.append(Say("warning", run.label, text, origin, due.at))


def _engaged(runs: Runs, name: str, run: int, answers: Callable[[str], bool]) -> str:
    """What keeps a `with one of` of this run from taking a camera; empty: it is free."""
    camera = next((one for one in runs.plan.cameras if one.name == name), None)
    if camera is None or camera.disabled:
        return "is disabled"
    if not answers(name):
        return "does not answer"
    if runs.air.counts(name) in (None, "program"):
        return "is on program"
    for claim in runs.acts.claims.on(name, SEEN):
        if isinstance(claim.command, Stop):
            continue
        if claim.root != run and (claim.live or claim.endless) and claim.axes & SEEN:
            return f"is moved by cue {claim.cue}" if claim.cue else "is moved by hand"
    if runs.vision.holds_camera((name,), but=run):
        return "is about to be moved by another cue"
    return ""
