"""Where a rig's presets are: each is recalled, the camera waited for and asked, and the rig file says so from then on.

A preset that was never stored looks like one at which the camera already is: a recall moves nothing. Such a camera
is moved aside and the preset recalled once more, for only one that is stored brings it back.

In the file only the stretch from `at` to the end of a preset's line changes, or is added; comments, order and layout
stay. What was written is read again before it is handed on: it must compile, and be as neat as before.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from cuelang.commands import MoveTo, Pose, Recall
from cuelang.lang import syntax as s
from cuelang.lang.compile import Compiler
from cuelang.lang.format import format_text
from cuelang.lang.parse import parse
from cuelang.lang.rewriting import LINE_END, written
from cuelang.library import Library
from cuelang.models import Model
from cuelang.plan import Camera, Preset
from cuelang.source import Loc, Source
from cuelang.technician.session import CameraError, Session, opened
from cuelang.technician.table import plural

ASIDE = 5
"""Degrees by which a camera is moved aside to see whether a recall brings it back."""
SPEED = 12
PAN_TILT_NEAR, ZOOM_NEAR = 3, 32
"""Counts: nearer than this a camera has come back."""

_AT = re.compile(r"\bat\b")
_REST = re.compile(r"\s+(?:focus|picture)\b.*", re.DOTALL)
"""What follows a preset's position, and stays."""


class Learned(Struct, frozen=True):
    """`pose` None: `why` says why nothing was learned."""

    camera: str
    preset: str
    pose: Pose | None
    why: str = ""


# --- the walk ----------------------------------------------------------------------------------------------------


def numbered(camera: Camera, file: str) -> list[Preset]:
    """The presets of this camera that are in this file and have a number."""
    return [one for one in camera.presets if one.number is not None and one.origin.block.file == file]


async def walk(camera: Camera, presets: Sequence[Preset], say: Callable[[str], None]) -> list[Learned]:
    """Recall each preset, read where the camera has come to, and bring it back to where it stood."""
    try:
        async with opened(camera) as session:
            reached = await session.reach(1)
            if reached.answers is False:
                return _none(camera, presets, reached.why or "it does not answer", say)
            if not session.can_ask:
                return _none(camera, presets, session.no_position, say)
            start = await session.pose()
            found = []
            for preset in presets:
                found.append(await _visit(session, preset))
                say(_told(found[-1], session.model))
            if None not in (start.pan, start.tilt):
                await session.do(MoveTo(start, SPEED, SPEED))
            return found
    except CameraError as error:
        return _none(camera, presets, str(error), say)


def _none(camera: Camera, presets: Sequence[Preset], why: str, say: Callable[[str], None]) -> list[Learned]:
    found = [Learned(camera.name, preset.name, None, why) for preset in presets]
    for one in found:
        say(_told(one, camera.figures))
    return found


async def _visit(session: Session, preset: Preset) -> Learned:
    name, number = session.camera.name, preset.number
    assert number is not None
    before = await session.pose()
    job = await session.do(Recall(number, session.camera.recall_speed))
    if job.outcome != "completed":
        return Learned(name, preset.name, None, job.reason or str(job.outcome).replace("_", " "))
    pose = await session.pose()
    if not far(before, pose):
        aside = await session.do(_aside(pose, session.model))
        again = await session.do(Recall(number, session.camera.recall_speed))
        back = await session.pose()
        if aside.outcome == again.outcome == "completed" and far(back, pose):
            return Learned(name, preset.name, None, f"preset {number} is not stored in the camera")
    if pose.pan is None or pose.tilt is None or pose.zoom is None:
        return Learned(name, preset.name, None, "the camera does not report its position")
    return Learned(name, preset.name, pose)


def far(here: Pose, there: Pose) -> bool:
    """Whether these are two places."""
    pairs = (
        (here.pan, there.pan, PAN_TILT_NEAR),
        (here.tilt, there.tilt, PAN_TILT_NEAR),
        (here.zoom, there.zoom, ZOOM_NEAR),
    )
    return any(a is not None and b is not None and abs(a - b) > near for a, b, near in pairs)


def _aside(pose: Pose, model: Model) -> MoveTo:
    pan = pose.pan or 0
    step = abs(model.pan(ASIDE))
    return MoveTo(Pose(pan - step if pan + step > model.pan_range[1] else pan + step, pose.tilt), SPEED, SPEED)


def _told(learned: Learned, model: Model) -> str:
    what = f"{learned.camera} {learned.preset}"
    return f"{what}: {learned.why}" if learned.pose is None else f"{what}: {written(learned.pose, model)}"


# --- the file ----------------------------------------------------------------------------------------------------


def rewritten(source: Source, learned: Iterable[Learned], cameras: Sequence[Camera]) -> str:
    """The text of the file with the positions that were learned; a line that says so already, in whatever words,
    stays. Raises CameraError if it would not compile any more."""
    models = {camera.name: camera.figures for camera in cameras}
    known = {(camera.name, one.name): Pose(one.pan, one.tilt, one.zoom) for camera in cameras for one in camera.presets}
    poses = {
        (one.camera, one.preset): one.pose
        for one in learned
        if one.pose is not None and known.get((one.camera, one.preset)) != one.pose
    }
    starts = [0, *(match.end() for match in LINE_END.finditer(source.text))]
    edits: list[tuple[int, int, str]] = []
    for section in parse(source).sections:
        camera = section.line.node
        if not isinstance(camera, s.Camera):
            continue
        for line in section.line.children:
            node = line.node
            pose = poses.get((camera.name.id, node.name.id)) if isinstance(node, s.Preset) else None
            if pose is None or not isinstance(node, s.Preset) or node.number is None:
                continue
            first = section.block.line + line.number - 1
            begin, end = _end(starts, first, node.name.loc), _end(starts, first, node.loc)
            end = _closed(source.text, begin, end)
            old = source.text[begin:end]
            rest = _REST.search(old)
            tail = rest[0] if rest else ""
            kept = old[: rest.start()] if rest else old
            at = _AT.search(kept)
            kept = kept[: at.start()] if at else kept
            new = f"{kept.rstrip()} at {written(pose, models[camera.name.id])}{tail}"
            edits.append((begin, end, new))
    text = source.text
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    _checked(source, text)
    return text


def _end(starts: Sequence[int], first: int, loc: Loc) -> int:
    return starts[first + loc.end_line] + loc.end_column - 1


def _closed(text: str, begin: int, end: int) -> int:
    """The end, behind the parentheses that were opened before it: they are not part of an expression."""
    while text.count("(", begin, end) > text.count(")", begin, end) and ")" in text[end:]:
        end = text.index(")", end) + 1
    return end


def _checked(source: Source, text: str) -> None:
    if Compiler(Library()).compile(Source(source.name, text)).plan is None:
        raise CameraError(f"{source.name} is unchanged: with these positions it would no longer compile.")
    if format_text(source.text) == source.text and format_text(text) != text:
        raise CameraError(f"{source.name} is unchanged: with these positions it would no longer be formatted.")


def diff(source: Source, text: str) -> str:
    """What would change, as a unified diff."""
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True), text.splitlines(keepends=True), source.name, source.name, n=1
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def in_short(learned: Sequence[Learned]) -> str:
    """`4 positions learned, 1 not.`"""
    known = sum(1 for one in learned if one.pose is not None)
    lost = len(learned) - known
    return f"{plural(known, 'position')} learned" + (f", {lost} not." if lost else ".")
