"""What a place of a sheet means, for people: where a preset is and how long the camera takes to it, when a move
arrives, how long a cue lasts, what a property takes, and the bytes. In Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from cuelang import plan as p
from cuelang.lang import syntax as s
from cuelang.lang.compile import Compilation
from cuelang.lang.env import CameraInfo, Env
from cuelang.lang.explain import FORMS
from cuelang.output import wording
from cuelang.output.plan import asked_of, wire_of
from cuelang.plan import CameraAct, Forever, Program, Step, walk
from cuelang.protocols.visca.capability import properties_of
from cuelang.protocols.visca.properties import PROPERTIES
from cuelang.sheets.editor.completion import preset_text
from cuelang.sheets.editor.documents import TextPlace
from cuelang.sheets.editor.look import Seen, SeenCue
from cuelang.sheets.editor.names import NameUse, expanded, thing, uses
from cuelang.source import Span

MOST_FRAMES = 4
MOST_STEPS = 12


def at_place(seen: Seen, place: TextPlace) -> NameUse | None:
    """The name at a place (from 0) of the blocks that were looked at."""
    found = [use for section in seen.file.sections for use in uses(section) if inside(use.span, place)]
    return min(found, key=lambda use: use.span.end_column - use.span.column, default=None)


def inside(span: Span, place: TextPlace) -> bool:
    start, end = (span.line - 1, span.column - 1), (span.end_line - 1, span.end_column - 1)
    return start <= (place.line, place.column) <= end


def hover(seen: Seen, place: TextPlace, whole: Compilation | None, word: str) -> tuple[str, Span | None]:
    """The text, and what it is about; empty if there is nothing to say."""
    use = at_place(seen, place)
    env = whole.env if whole is not None else None
    parts: list[str] = []
    if use is not None and env is not None:
        parts += _of_name(use, env, seen)
    cue = next((one for one in seen.cues if _covers(one, place.line)), None)
    if cue is not None and whole is not None:
        on_head = place.line == cue.section.block.line - 1
        parts += _of_cue(cue, whole.plan) if on_head else _of_line(cue, place.line, whole.plan)
    if not parts and word in FORMS:
        parts.append(f"`{FORMS[word]}`")
    return "\n\n".join(part for part in parts if part), use.span if use is not None else None


def _covers(cue: SeenCue, line: int) -> bool:
    first = cue.section.block.line - 1
    return first <= line <= first + _last(cue.section.line)


def _last(line: s.Line) -> int:
    return max((line.number, *(_last(child) for child in line.children)))


# --- names ---


def _of_name(use: NameUse, env: Env, seen: Seen) -> Iterator[str]:
    if use.kind == "property":
        yield from _property(use, env, seen)
        return
    found = thing(use, env)
    if found is None:
        return
    name = found.id
    if found.kind == "preset":
        for cam, info in env.cameras.items():
            if cam in found.cameras:
                yield f"**{cam} · {name}** — {preset_text(info.presets[name], info.model)}"
    elif found.kind == "camera" and name in env.cameras:
        yield _camera(name, env.cameras[name])
    elif found.kind == "group":
        yield f"**{name}** — {', '.join(env.groups[name])}"
    elif found.kind == "macro":
        yield f"`{signature(env.macros[name].node)}`"
    elif found.kind == "let":
        value = env.lets[name]
        yield f"**{name}** = {value.written or value.amount}"
    elif found.kind in ("input", "output", "switcher"):
        table: dict[str, p.Port | p.Switcher] = {**env.inputs, **env.outputs, **env.switchers}
        yield f"**{name}** — `{table[name].url}`"
    elif found.kind == "source":
        labels = ((switcher.source(name), switcher.name) for switcher in env.sources[name])
        yield from (f"**{name}** — “{source.label}” of {switcher}" for source, switcher in labels if source is not None)


def _camera(name: str, info: CameraInfo) -> str:
    presets = ", ".join(info.presets) or "none"
    estimated = "" if info.camera.model else " (estimated)"
    return f"**{name}** — `{info.camera.url}` · {info.model.title}{estimated} · presets: {presets}"


def signature(node: s.Define) -> str:
    """`push_in(cam, amount = …)`: a macro with its parameters."""
    shown = [
        one.name.id + (f" = {_written(one.default)}" if one.default is not None else "") for one in node.parameters
    ]
    return f"{node.name.id}({', '.join(shown)})"


def _written(expr: s.Expr) -> str:
    match expr:
        case s.Quantity(written=written, unit=unit, value=value):
            return written or f"{float(value):g}{unit}"
        case s.Name(id=name):
            return name
        case s.Clock(text=text):
            return text
        case s.Text(value=text):
            return f'"{text}"'
        case s.Unary() | s.Binary():
            return "…"
        case _:
            assert_never(expr)


def _property(use: NameUse, env: Env, seen: Seen) -> Iterator[str]:
    cams = _cameras_of_line(use, seen)
    told: dict[str, list[str]] = {}
    for cam in dict.fromkeys(expanded(cams, env)):
        prop = properties_of(env.cameras[cam].model).get(use.id)
        told.setdefault(prop.allowed if prop is not None else "not on this camera", []).append(cam)
    if not told and use.id in PROPERTIES:
        told[PROPERTIES[use.id].allowed] = []
    for allowed, who in told.items():
        yield f"**{use.id}** — {allowed}" + (f" ({', '.join(who)})" if len(told) > 1 else "")
    risk = PROPERTIES[use.id].risk if use.id in PROPERTIES else ""
    if risk:
        yield risk


def _cameras_of_line(use: NameUse, seen: Seen) -> tuple[str, ...] | None:
    found = [
        one.id
        for section in seen.file.sections
        for one in uses(section)
        if one.origin.block is use.origin.block and one.origin.line == use.origin.line and one.kind == "camera"
    ]
    return tuple(found) or None


# --- cues ---


def _of_cue(cue: SeenCue, plan: p.Plan) -> Iterator[str]:
    predicted = cue.predicted
    length = "does not end by itself" if predicted.duration is None else f"lasts {wording.seconds(predicted.duration)}"
    title = cue.lowered.facts.title
    count = sum(1 for step in walk(predicted.program) if not step.idle)
    about = (
        f"**Cue {cue.number}**{f' — {title}' if title else ''}: {length}, {count} {'event' if count == 1 else 'events'}"
    )
    follow = cue.lowered.facts.follow
    if follow is not None:
        about += f", then the next cue after {wording.seconds(follow)}" if follow else ", then the next cue"
    yield about
    names = {act.camera for step in walk(predicted.program) if isinstance(act := step.act, CameraAct)}
    if names:
        yield f"Cameras: {', '.join(camera.name for camera in plan.cameras if camera.name in names)}"


def _of_line(cue: SeenCue, line: int, plan: p.Plan) -> Iterator[str]:
    """What a line of a cue does, step by step: from when to when, where the camera is then, and the first bytes."""
    steps = list(steps_of(cue.predicted.program, cue.section.block.line - 1, line))
    for step, begun in steps[:MOST_STEPS]:
        yield _step(step, begun, plan)
    if len(steps) > MOST_STEPS:
        yield f"… and {len(steps) - MOST_STEPS} more"


def steps_of(program: Program, first: int, line: int, begun: int = 0) -> Iterator[tuple[Step, int]]:
    """The steps that are written on a line, or in a macro that is called there; with when their pass begins."""
    for step in program.steps:
        place = step.call or step.origin
        if isinstance(step.act, Forever):
            yield from steps_of(step.act.body, first, line, begun + step.predicted)
        elif place.span.line - 1 == line and not step.idle:
            yield step, begun


def _step(step: Step, begun: int, plan: p.Plan) -> str:
    who, what = asked_of(plan, step.act)
    at = begun + step.predicted
    text = f"{wording.clock(at)} {f'**{who}** ' if who else ''}{what}"
    if step.until is None:
        text += " — when it arrives is not known"
    elif step.until != step.predicted:
        guess = "about " if step.estimated else ""
        text += (
            f" — arrives at {guess}{wording.clock(begun + step.until)}, after"
            f" {wording.seconds(step.until - step.predicted)}"
        )
    if isinstance(step.act, CameraAct):
        camera = plan.camera(step.act.camera)
        place = wording.pose(step.pose, camera.figures)
        if place and "move" in what:
            text += f", from {place}"
        wire = [] if camera.disabled else wire_of(camera, step, step.act.command, at)
        text += _bytes(wire)
    return text


def _bytes(wire: Sequence[dict[str, object]]) -> str:
    if not wire:
        return ""
    shown = "".join(f"\n    {frame.get('hex') or frame.get('url')}" for frame in wire[:MOST_FRAMES])
    more = f"\n    … {len(wire) - MOST_FRAMES} more" if len(wire) > MOST_FRAMES else ""
    return f"\n{shown}{more}"
