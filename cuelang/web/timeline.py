"""A cue as a timeline: a lane for each switcher and camera that it uses, one more for the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from cuelang.commands.switching import action_of
from cuelang.output import wording
from cuelang.output.plan import expected, milliseconds
from cuelang.plan import (
    NEXT,
    CameraAct,
    Choose,
    Cue,
    FireCue,
    Forever,
    Plan,
    Program,
    SendOsc,
    ShowNote,
    Step,
    SwitcherAct,
)

MAX_EVENTS = 400
"""Events of one cue that are drawn; what is beyond is counted in `more`."""


def timeline(plan: Plan, cue: Cue) -> dict[str, Any]:
    """The predicted course of a cue, as JSON data; its shape is in `cuelang/web/state.py`."""
    lanes: dict[DeviceRow, list[dict[str, Any]]] = {}
    count = 0
    for device, event in _events(plan, cue.program):
        count += 1
        if count <= MAX_EVENTS:
            lanes.setdefault(device, []).append(event)
    order = {(camera.name, ""): number for number, camera in enumerate(plan.cameras)}
    order |= {("", switcher.name): number - len(plan.switchers) for number, switcher in enumerate(plan.switchers)}
    return {
        "cue": cue.number,
        "duration_ms": None if cue.duration is None else milliseconds(cue.duration),
        "lanes": [
            {"camera": camera or None, "switcher": switcher or None, "events": lanes[camera, switcher]}
            for camera, switcher in sorted(lanes, key=lambda device: order.get(device, len(order)))
        ],
        "more": max(0, count - MAX_EVENTS),
    }


DeviceRow = tuple[str, str]
"""A camera's name or a switcher's; the other one is empty."""


def _events(plan: Plan, program: Program) -> Iterator[tuple[DeviceRow, dict[str, Any]]]:
    for step, at, until, wait, repeat in expected(program):
        camera, switcher, action, label = _named(plan, step)
        yield (
            (camera, switcher),
            {
                "at_ms": milliseconds(at),
                "until_ms": None if until is None else milliseconds(until),
                "action": action,
                "label": label,
                "line": step.origin.span.line,
                "file": step.origin.span.file,
                "estimated": step.estimated,
                "wait_line": None if wait is None else wait.span.line,
                "repeat_ms": None if repeat is None else milliseconds(repeat),
            },
        )


def _named(plan: Plan, step: Step) -> tuple[str, str, str, str]:
    """Its camera, its switcher (empty: none), the first word of the statement, and the statement in words."""
    act = step.act
    match act:
        case CameraAct(camera=camera, command=command):
            return camera, "", command.action, wording.statement(command, plan.camera(camera))
        case SwitcherAct(switcher=switcher, order=order, source=source):
            return "", switcher, action_of(order), wording.order(order, source)
        case SendOsc(output=output, address=path, arguments=arguments):
            return "", "", "send", " ".join(["send", output, path, *(str(one) for one in arguments)])
        case ShowNote(text=text):
            return "", "", "note", text
        case FireCue(verb=verb, number=number):
            return "", "", verb, f"{verb} cue {number or NEXT}"
        case Forever() | Choose():
            raise AssertionError(f"{act} is not an event")
        case _:
            assert_never(act)
