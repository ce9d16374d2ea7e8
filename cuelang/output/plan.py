"""The plan for people and for programs.

The frames come from the same encoder as those that the drivers send.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple, assert_never

from cuelang import address
from cuelang import commands as c
from cuelang.commands import switching
from cuelang.output import wording
from cuelang.plain import plain
from cuelang.plan import (
    NEXT,
    Act,
    Beat,
    Camera,
    CameraAct,
    Choose,
    Chosen,
    Cue,
    Either,
    FireCue,
    Forever,
    Go,
    Join,
    Otherwise,
    Plan,
    Program,
    SendOsc,
    ShowNote,
    Step,
    SwitcherAct,
    Wait,
)
from cuelang.protocols import cgi, orders, panasonic, pelco
from cuelang.protocols.dialects import DIALECTS
from cuelang.protocols.errand import told
from cuelang.protocols.visca.encode import ViscaMessage, messages
from cuelang.source import Origin

FORMAT = "cuelang.plan/1"


def milliseconds(ns: int) -> int | float:
    """Exact to the microsecond; whole numbers stay whole."""
    us = (ns + 500) // 1000
    return us // 1000 if us % 1000 == 0 else us / 1000


def plan_json(plan: Plan, cue: str | None = None) -> dict[str, Any]:
    """The whole plan, or that of one cue (its canonical number), as JSON data."""
    fps = plan.settings.fps
    return {
        "format": FORMAT,
        "show": plan.settings.title,
        "fps": None if fps is None else _number(fps),
        "cameras": {camera.name: _camera(camera) for camera in plan.cameras},
        "cues": [_cue(plan, one) for one in plan.cues if cue in (None, one.number)],
    }


def _number(text: str) -> int | float:
    value = Fraction(text)
    return int(value) if value.denominator == 1 else float(value)


def _camera(camera: Camera) -> dict[str, Any]:
    shown: dict[str, Any] = {"url": camera.url, "model": camera.model}
    if camera.model is None:
        shown["estimated"] = True
    if camera.disabled:
        shown["disabled"] = True
    return shown


def _cue(plan: Plan, cue: Cue) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "number": cue.number,
        "title": cue.title,
        "line": cue.line,
        "duration_ms": None if cue.duration is None else milliseconds(cue.duration),
        "events": list(_events(plan, cue.program)),
    }
    if cue.block.file != plan.file:
        shown["file"] = cue.block.file
    if cue.aside:
        shown["aside"] = True
    if cue.disabled:
        shown["disabled"] = True
    if cue.follow is not None:
        shown["follow_ms"] = milliseconds(cue.follow)
    return shown


class Expected(NamedTuple):
    """A step and when it is expected, in ns after GO. `wait` is the wait from which it counts; `repeat` how long a pass
    of the endless loop takes that contains it."""

    step: Step
    at: int
    until: int | None
    wait: Origin | None
    repeat: int | None


def expected(program: Program) -> Iterator[Expected]:
    """What a program does, in the order in which it is expected; of endless loops the first pass."""
    return (one for one in _walk(program) if not isinstance(one.step.act, Choose | Forever))


def _walk(program: Program, begun: int = 0, repeat: int | None = None) -> Iterator[Expected]:
    """As `expected`, with the head of each loop and choice. `begun` is where the pass that contains it begins."""
    waits = waited_for(program)
    for step in program.steps:
        if step.idle:
            continue
        at = begun + step.predicted
        yield Expected(step, at, None if step.until is None else begun + step.until, waits[step.at.anchor], repeat)
        if isinstance(step.act, Forever):
            yield from _walk(step.act.body, at, step.act.takes)


def _events(plan: Plan, program: Program) -> Iterator[dict[str, Any]]:
    for step, at, until, wait, repeat in expected(program):
        event: dict[str, Any] = {
            "at_ms": milliseconds(at),
            "until_ms": None if until is None else milliseconds(until),
            **_act(plan, step, at),
        }
        if step.estimated:
            event["estimated"] = True
        if step.one_of:
            event["one_of"] = list(step.one_of)
        if wait is not None:
            event["anchor"] = _place(wait)
        if repeat is not None:
            event["repeat_ms"] = milliseconds(repeat)
        if step.call is not None:
            event["call"] = _place(step.call)
        yield event


def waited_for(program: Program) -> list[Origin | None]:
    """By anchor: the wait from which it really counts; of several that join, the last in the text."""
    waits: list[Origin | None] = []
    for anchor in program.anchors:
        match anchor:
            case Go():
                waits.append(None)
            case Wait(origin=origin):
                waits.append(origin)
            case Chosen(at=at):
                waits.append(waits[at.anchor])
            case Otherwise(wait=wait):
                waits.append(waits[wait])
            case Either(moments=moments):
                waits.append(waits[moments[0].anchor])
            case Join(moments=moments):
                found = [where for one in moments if (where := waits[one.anchor]) is not None]
                waits.append(max(found, key=lambda where: where.span) if found else None)
            case Beat(base=base, after=after):
                waits.append(waits[after.anchor] or waits[base.anchor])
            case _:
                assert_never(anchor)
    return waits


def _place(origin: Origin) -> str:
    span = origin.span
    return f"{span.line}:{span.column}"


def _act(plan: Plan, step: Step, at: int) -> dict[str, Any]:
    span = step.origin.span
    shown: dict[str, Any]
    act = step.act
    wire: list[dict[str, Any]] = []
    match act:
        case CameraAct(camera=name, command=command):
            shown = {"camera": name, "action": command.action}
            camera = plan.camera(name)
            wire = [] if camera.disabled else wire_of(camera, step, command, at)
        case SwitcherAct(switcher=name, order=order, source=source):
            there, fps = plan.switcher(name).at, plan.settings.fps
            shown = {"camera": None, "switcher": name, "action": switching.action_of(order), "source": source}
            wire = [{"at_ms": milliseconds(at), **sent} for sent in orders.wire(there, order, fps)]
        case SendOsc(output=output, address=to, arguments=arguments):
            shown = {"camera": None, "action": "send", "output": output, "address": to, "arguments": list(arguments)}
        case ShowNote(text=text):
            shown = {"camera": None, "action": "note", "text": text}
        case FireCue(verb=verb, number=number):
            shown = {"camera": None, "action": verb, "cue": number or str(NEXT)}
        case Forever() | Choose():
            raise AssertionError("a loop and a choice are shown by what is in them")
        case _:
            assert_never(act)
    shown |= {"line": span.line, "column": span.column}
    if span.file != plan.file:
        shown["file"] = span.file
    shown["wire"] = wire
    if any("predicted" in frame for frame in wire):
        shown["predicted"] = True
    return shown


def wire_of(camera: Camera, step: Step, command: c.Command, at: int) -> list[dict[str, Any]]:
    """The frames of a camera's step, which has this command, whose bytes are known before the show; `at` in ns after
    GO."""
    wire: list[dict[str, Any]] = []
    if isinstance(command, c.Recover):
        return wire  # only the show knows what it has asked for
    cuts = dict(step.cuts)
    for offset, axis, sent in _sent(camera, step, command):
        cut = cuts.get(axis)
        if cut is not None and offset and step.predicted + offset >= cut:
            continue
        frame: dict[str, Any] = {"at_ms": milliseconds(at + offset), **sent}
        if _hangs_on_pose(command, step.pose, axis):
            frame["predicted"] = True
        wire.append(frame)
    return wire


def _sent(camera: Camera, step: Step, command: c.Command) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Offset, axis, and the frame in hex or the URL of a request. Pictures go by HTTP whatever the camera's link; what
    a booth takes is fetched when it should be ready."""
    if step.untracks and not isinstance(command, c.Stop):
        yield from _sent(camera, step, c.Stop(c.NO_AXES, tracking=True))
    where = address.parse(camera.url)
    if where.family == "cgi" or (where.family == "visca" and isinstance(command, c.Booth | c.Snapshot)):
        for request in cgi.requests(command, camera.figures, pose=step.pose):
            yield request.offset, request.axis, {"url": camera.web + request.path}
        return
    frames: tuple[ViscaMessage, ...]
    pose, speed = step.pose, step.preset_speed
    if where.family == "panasonic" or where.family == "canon":
        if isinstance(command, c.Snapshot):
            yield 0, "", {"url": camera.web + panasonic.SNAPSHOTS[0].path}
        dialect = DIALECTS[where.family](camera.figures)
        for one in messages(command, camera.figures, pose=pose, preset_speed=speed):
            for path in told(dialect, one.frame):
                yield one.offset, one.axis, {"url": camera.web + path}
        return
    if where.family == "visca":
        frames = messages(command, camera.figures, address=where.camera, pose=pose, preset_speed=speed)
    else:
        frames = pelco.messages(command, where.family, address=where.camera, base=camera.address_base)
    for one in frames:
        yield one.offset, one.axis, {"hex": one.frame.hex(" ")}


def _hangs_on_pose(command: c.Command, pose: c.Pose, axis: str) -> bool:
    """Whether the bytes of a frame depend on where the plan believes the camera to be."""
    if not axis:
        return False
    if isinstance(command, c.Ramp):
        return command.start is None and pose.zoom is not None
    if isinstance(command, c.Replay):
        first = command.places[0]
        return axis == c.PAN_TILT and (pose.pan, pose.tilt) not in ((None, None), (first.pan, first.tilt))
    if isinstance(command, c.MoveTo):
        if axis == c.ZOOM:
            return command.over is not None and pose.zoom is not None
        return command.over is not None or (command.pose.pan is None) != (command.pose.tilt is None)
    return False


# --- the table -----------------------------------------------------------------------------------------------

HEAD = ("at", "until", "camera", "what", "line")


def plan_rows(plan: Plan, cue: Cue) -> list[tuple[str, str, str, str, str]]:
    """One row an event: when, until when, which camera, what, where it is written."""
    return [_row(plan, one) for one in _walk(cue.program)]


def _row(plan: Plan, one: Expected) -> tuple[str, str, str, str, str]:
    step, until = one.step, ""
    camera, what = asked_of(plan, step.act)
    if not isinstance(step.act, Forever):
        if one.until is None:
            until = "?"
        elif one.until != one.at:
            until = wording.clock(one.until)
        if one.wait is not None:
            what += f"  (after the wait in line {one.wait.span.line})"
        until = f"{'~' if step.estimated else ''}{until}"
    at = ("" if one.repeat is None else "↻ ") + wording.clock(one.at)
    return at, until, plain(camera), plain(what), str(step.origin.span.line)


def asked_of(plan: Plan, act: Act) -> tuple[str, str]:
    """The camera or switcher that does something (empty: the show itself), and what it does."""
    match act:
        case CameraAct(camera=name, command=command):
            return name, wording.statement(command, plan.camera(name))
        case SwitcherAct(switcher=name, order=order, source=source, live=live):
            return name, wording.order(order, source) + (" live" if live else "")
        case SendOsc(output=output, address=path, arguments=arguments):
            return "", " ".join(["send", output, path, *(str(one) for one in arguments)])
        case ShowNote(text=text):
            return "", f"note “{text}”"
        case FireCue(verb=verb, number=number):
            return "", f"{verb} cue {number or NEXT}"
        case Choose():
            return "", f"with one of {', '.join(act.cameras)}"
        case Forever(every=every):
            return "", f"forever, {f'every {wording.seconds(every)}' if every else 'repeatedly'}:"
