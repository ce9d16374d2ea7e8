"""One statement of the language for one camera, compiled as a cue of its own and carried out at once.

The camera is left out, or called `it`: `zoom to 50% over 2s` is `zoom it to 50% over 2s`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import PureWindowsPath

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands import DRIVES, Command, Job
from cuelang.diagnostics import Diagnostic
from cuelang.lang.compile import Compiler
from cuelang.lang.words import OF_CAMERAS
from cuelang.library import Library
from cuelang.output import wording
from cuelang.plain import UserError
from cuelang.plan import Camera, CameraAct, CameraAction, Preset, Program
from cuelang.protocols.visca import raw
from cuelang.source import Source, Span
from cuelang.technician.session import Session, WrongArgument
from cuelang.technician.table import milliseconds, plural
from cuelang.units import HOUR

WITH_FILE = ("profile", "replay")
NAMED = re.compile(r'"(?:[^"\\]|\\.)*"|\bit\b')
WARNED = ("W604", "W607")
"""What a warning of a single statement can mean; the others are about a show."""

EXAMPLE = "zoom to 50% over 2s"


class Statement(Struct, frozen=True):
    """`commands` with their offsets in ns."""

    text: str
    commands: tuple[tuple[int, Command], ...]
    warnings: tuple[str, ...] = ()

    @property
    def endless(self) -> bool:
        """It drives until it is stopped."""
        drives = DRIVES
        return any(isinstance(command, drives) and command.duration is None for _, command in self.commands)


class StatementMistake(UserError):
    """The statement does not compile: the diagnostics, and the text that they refer to."""

    code = 1

    def __init__(self, diagnostics: list[Diagnostic], sources: dict[str, Source]) -> None:
        super().__init__("; ".join(diagnostic.message for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.sources = sources


def spelt_out(text: str) -> str:
    """The statement with `it` in the camera's place. Raises WrongArgument for what is not a camera statement."""
    statement = " ".join(text.split())
    verb, _, rest = statement.partition(" ")
    if "\n" in text.strip() or verb not in OF_CAMERAS:
        raise WrongArgument(
            f"Expected one camera statement, for example “{EXAMPLE}”. They begin with {', '.join(OF_CAMERAS)}."
        )
    if any(match[0] == "it" for match in NAMED.finditer(rest)):
        return statement
    return f"{verb} it {rest}".rstrip()


def compiled(text: str, camera: Camera) -> Statement:
    """What the statement asks of this camera. Raises WrongArgument and StatementMistake."""
    spelt, program, warnings = _as_cue(text, camera)
    commands = tuple((step.predicted, step.act.command) for step in program.steps if isinstance(step.act, CameraAct))
    return Statement(spelt, commands, warnings)


def action(text: str, camera: Camera, folder: str = "") -> CameraAction:
    """The statement as a running show carries it out, with files of its folder. Raises as `compiled` does."""
    verb, _, rest = text.strip().partition(" ")
    if verb in WITH_FILE and any(_is_elsewhere(name) for name in re.findall(r'"([^"]*)"', rest)):
        raise WrongArgument(f"`{verb}` takes a file of the show's own folder here.")
    _, program, _ = _as_cue(text, camera, folder)
    steps = tuple(
        replace(step, act=replace(step.act, camera=camera.name)) if isinstance(step.act, CameraAct) else step
        for step in program.steps
    )
    return CameraAction(replace(program, steps=steps))


def _is_elsewhere(name: str) -> bool:
    """The right to send a statement does not include reading every file of this machine."""
    there = PureWindowsPath(name)  # for which `/etc` is not absolute, and `C:notes` is not either
    return bool(there.drive or there.root) or "\\" in name or ".." in name.split("/")


def _as_cue(text: str, camera: Camera, folder: str = "") -> tuple[str, Program, tuple[str, ...]]:
    """The statement spelt out, what it does as a cue of its own, and the warnings that mean something."""
    spelt = spelt_out(text)
    named = NAMED.sub(lambda match: camera.name if match[0] == "it" else match[0], spelt)
    lines = [f'camera {camera.name} "{camera.url}"']
    if camera.model is not None:
        model = camera.model
        if camera.measured:
            model = os.path.abspath(os.path.join(os.path.dirname(camera.origin.block.file), model))
        lines.append(f"    model {json.dumps(model, ensure_ascii=False)}")
    lines += [
        f"    {line}"
        for line in (
            *(_declared(preset) for preset in camera.presets),
            *([] if camera.recall_speed is None else [f"recall_speed {camera.recall_speed}"]),
            f"ramp_rate {camera.ramp_rate}",
            f"move_speed {camera.move_speed}",
            f"drive_speed {camera.drive_speed}",
            f"zoom_speed {camera.zoom_speed}",
        )
    ]
    source = Source(os.path.join(folder, "statement"), "\n".join([*lines, "cue 1", f"    {named}", ""]))
    found = Compiler(Library()).compile(source)
    if found.plan is None:
        typed = Source("statement", " ".join(text.split()))
        added = 0 if "it" in [match[0] for match in NAMED.finditer(typed.text)] else len(camera.name) + 1
        shown = [_as_typed(one, typed, len(lines) + 2, added) for one in found.diagnostics if one.is_error]
        raise StatementMistake(shown, {"statement": typed})
    warnings = tuple(_plainly(one.message) for one in found.diagnostics if one.code in WARNED)
    return spelt, found.plan.cues[0].program, warnings


INDENT = 4


def _as_typed(found: Diagnostic, typed: Source, line: int, added: int) -> Diagnostic:
    """A mistake at its place in what was typed: the sheet around it is not shown. `added` characters after
    the first word were not typed."""
    verb = len(typed.text.partition(" ")[0]) + 1

    def column(at: int) -> int:
        at -= INDENT
        return min(max(at - added if at > verb else at, 1), len(typed.text) + 1)

    span = found.span
    if span.line == line:
        begin, end = column(span.column), column(span.end_column)
        span = Span("statement", 1, begin, 1, max(end, begin + 1))
    else:
        span = Span("statement", 1, 1, 1, len(typed.text) + 1)
    return replace(found, span=span, message=_plainly(found.message), hint=_plainly(found.hint), labels=())


def _plainly(text: str) -> str:
    """A camera that is in no rig has no name."""
    text = text.replace("“it”", "the camera")
    return text[:1].upper() + text[1:] if text.startswith("the camera") else text


def _place(preset: Preset) -> str:
    axes = (("pan", preset.pan), ("tilt", preset.tilt), ("zoom", preset.zoom))
    known = " ".join(f"{axis} {raw}" for axis, raw in axes if raw is not None)
    return f" at {known}" if known else ""


def _declared(preset: Preset) -> str:
    number = "" if preset.number is None else f" = {preset.number}"
    focus = "" if preset.focus is None else f" focus {preset.focus}"
    return f"preset {preset.name}{number}{_place(preset)}{focus}{'' if preset.picture else ' picture off'}"


async def carry_out(session: Session, statement: Statement, say: Callable[[str], None]) -> bool:
    """Do it, and tell what came of it; a drive without an end goes on until the wait is cancelled. Returns whether the
    camera has done it all."""
    await session.pose()  # the driver then knows where a ramp starts, also on a line too slow to ask in time
    begun, good = session.clock.now(), True
    for offset, command in statement.commands:
        await session.clock.sleep_until(begun + offset)
        job = await session.do(command)
        say(_told(job, session))
        good = good and job.outcome in ("completed", "sent")
    if good and statement.endless:
        say("Running until Ctrl-C.")
        while True:
            await session.sleep(HOUR)
    return good


def _told(job: Job, session: Session) -> str:
    what = wording.command(job.command, session.model)
    return f"{what}: {', '.join(_facts(job))}"


def _facts(job: Job) -> Iterator[str]:
    outcome = (job.outcome or "").replace("_", " ")
    yield f"{outcome}, {job.reason}" if job.reason else outcome
    if job.sent is not None and job.acked is not None:
        yield f"acknowledged after {milliseconds(job.acked - job.sent)}"
    if job.sent is not None and job.done is not None:
        yield f"done after {wording.seconds(job.done - job.sent)}"
    if job.frames is not None:
        yield plural(job.frames, "frame") + (f", {job.skipped} skipped" if job.skipped else "")


# --- bytes -------------------------------------------------------------------------------------------------------


def frame_of(text: str) -> bytes:
    """`81 01 06 05 FF` as bytes, also with commas and `0x`. Raises WrongArgument for what is not a VISCA frame."""
    try:
        return raw.frame_of(text.replace(",", " ").replace("0x", ""))
    except ValueError as error:
        raise WrongArgument(f"{error} For example: {FRAME}") from None


FRAME = "81 01 06 05 FF"


async def send_bytes(session: Session, frame: bytes, say: Callable[[str], None]) -> bool:
    """Send it, and tell what came of it. Returns whether the camera has taken it."""
    result = await session.send(frame)
    said = (result.outcome or "").replace("_", " ")
    facts = [f"{said}, {result.reason}" if result.reason else said]
    facts += [f"reply {result.reply.hex(' ').upper()}"] if result.reply else []
    say(f"{frame.hex(' ').upper()}: {', '.join(facts)}")
    return result.outcome in ("completed", "sent")
