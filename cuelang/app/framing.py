"""What a hand has found is kept: presets are updated, added, undone and stored again while the show runs.

The order of an update: ask the camera where it is; write the new text, in memory; compile it; write the file; let the
camera store it; change the plan. What fails before the file is written changes nothing; a store that the camera
refuses takes the file back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from cuelang.app.framing_copies import Copies
from cuelang.app.framing_pictures import FramingPictures
from cuelang.app.framing_words import failed_text, moved_text
from cuelang.app.loading import LoadedSheet, Refused, RunOptions, load
from cuelang.app.reloading import Reloads
from cuelang.app.traces import BadRecording, Traces
from cuelang.aside import loop_first
from cuelang.clock import Clock
from cuelang.commands import NO_POSE, Command, Pose, Recall, Store
from cuelang.devices.inquire import RawAccess
from cuelang.lang import rewriting
from cuelang.lang.compile import Compiler
from cuelang.lang.rewriting import Unfit
from cuelang.library import STDLIB, Library, Unreadable, Unwritable, read_sheet, rewrite_as_read, stdlib_folder
from cuelang.plain import UserError
from cuelang.plan import Camera, CameraAct, Plan, Preset
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import LOCKED_KINDS, Framed, single
from cuelang.playback.recalls import placed
from cuelang.protocols.trace import FOLDER
from cuelang.runtime.executor import Executor
from cuelang.runtime.updates import PresetChange, Updates
from cuelang.sheets import Usage
from cuelang.source import Source
from cuelang.units import MS, NS

SECOND_PERSON_NS = 10 * NS
"""A second person who updates the same preset so soon is asked."""
STILL_NS, PATIENCE_NS = 60 * MS, 2 * NS
"""A camera is at rest when two answers so far apart are the same; it is waited for so long."""
READING_S = 3.0
"""How long the start of a show waits for what was done on other nights."""
MANUAL, BY_ITSELF = 3, -1
"""What a camera says of its focus mode; and a focus position that stands for autofocus."""


class Refusal(UserError):
    """It is not done; the message says why."""

    code = 1


class Where(NamedTuple):
    """A preset's sheet: its name in spans, its text as it was read, and the real path of its file."""

    source: Source
    path: str


class RunningSheets(Library):
    """The sheets that are in force, whatever the disk says now; what they do not have comes from there."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        """By real path."""

    def text(self, path: str) -> str:
        known = self.texts.get(os.path.realpath(path))
        return super().text(path) if known is None else known

    def read(self, path: str) -> Source:
        known = self.texts.get(os.path.realpath(path))
        return read_sheet(path) if known is None else Source(path, known)


class Framing:
    """One change at a time. `folder` is where the log is; `wall` is the time of day as people read it; `log`
    writes each change into the log."""

    def __init__(
        self,
        options: RunOptions,
        executor: Executor,
        reloads: Reloads,
        clock: Clock,
        folder: Path,
        wall: Callable[[], str],
        say: Callable[[str], None],
        log: Callable[[PresetChange], None],
    ) -> None:
        self._options, self._executor, self._reloads, self._clock = options, executor, reloads, clock
        self._wall, self._say, self._log = wall, say, log
        self._pictures = FramingPictures(executor, folder / "presets")
        self._library = RunningSheets()
        self._compiler = Compiler(self._library)
        self._updates = Updates(folder / "presets.undo")
        self.copies = Copies(self._updates, reloads.own.named, self._tell_stale)
        self._one = asyncio.Lock()
        self._traces = Traces(executor, clock, Path(self._library.path(options.sheet)).parent / FOLDER, wall)
        executor.screens.traced = lambda: self.tracing
        self._last: dict[tuple[str, str], tuple[str, int]] = {}
        """By camera and preset: who updated it last, and when."""
        self._asked: dict[tuple[str, str, str], int] = {}

    @property
    def tracing(self) -> dict[str, str]:
        """The cameras whose path is being recorded, with the names of their files."""
        return self._traces.going

    async def begin(self) -> None:
        """Read what was done on other nights."""
        try:
            async with asyncio.timeout(READING_S):
                await asyncio.to_thread(self._updates.read)
        except TimeoutError:
            self._say("What was done to presets on other nights was not read: the disk does not respond.")
        self.copies.begin()
        self._tell_stale()

    async def warm(self) -> None:
        """Compile once, so that the first update is as quick as any."""
        async with self._one:
            with loop_first():
                await asyncio.to_thread(self._compiled, {})

    # --- what there is -------------------------------------------------------------------------------------

    def presets(self, name: str) -> Iterator[dict[str, object]]:
        """The presets of a camera of the plan."""
        camera, stale = self._plan.camera(name), self._stale(self._plan)
        model = camera.figures
        for one in camera.presets:
            yield {
                "name": one.name,
                "number": one.number,
                "pan": None if one.pan is None else float(model.pan_degrees(one.pan)),
                "tilt": None if one.tilt is None else float(model.tilt_degrees(one.tilt)),
                "zoom": None if one.zoom is None else float(model.zoom_as_percent(one.zoom)),
                "focus": one.focus,
                "stale": one.number in stale.get(name, ()),
                "file": one.origin.block.file,
                "line": one.origin.line,
                "locked": self.locked(one.origin.block.file),
                "picture": self._pictures.taken(name, one.name),
            }

    def locked(self, file: str) -> str:
        """Why a sheet cannot be written; empty: it can."""
        file = self._named(file)
        path = os.path.realpath(self._library.path(file))
        if file not in self._reloads.loaded.sources or Path(path).is_relative_to(stdlib_folder().resolve()):
            return f"{file} belongs to the program and is not changed"
        try:
            writable = bool(os.stat(path).st_mode & 0o222) and os.access(path, os.W_OK)
        except OSError as error:
            return f"{file}: {error.strerror}"
        if not writable:
            return f"{file} is read-only"
        return "" if os.access(os.path.dirname(path), os.W_OK) else f"the folder of {file} is read-only"

    def history(self, camera: str, preset: str) -> list[PresetChange]:
        """What was done to a preset of the plan, newest first."""
        one = _preset(self._plan.camera(camera), preset)
        file = self._plan.camera(camera).origin.block.file if one is None else one.origin.block.file
        return self._updates.of(os.path.realpath(self._named(file)), camera, preset)

    def picture(self, camera: str, preset: str) -> bytes | None:
        """What the camera saw when the preset was stored. Blocks."""
        return self._pictures.read(camera, preset)

    # --- what is asked -------------------------------------------------------------------------------------

    async def ask(self, wanted: Framed, source: str, received: int, *, locked: bool) -> Verdict:
        """One change of a preset, with its one verdict, which is in the log when this returns."""
        request = Request("statement", None, source, received, said=wanted.text)
        try:
            if locked and wanted.kind in LOCKED_KINDS:
                raise Refusal("the show is locked (show mode)")
            await self.copies.all()
            async with self._one:
                if self._reloads.busy:
                    raise Refusal("a reload is in progress")
                did = await (self._trace(wanted) if wanted.traces else self._do(wanted, request))
            verdict = Verdict(request, "fired", did=did)
        except (Refusal, BadRecording, Unfit, Unwritable) as error:
            verdict = Verdict(request, "refused", str(error))
        except Refused as error:
            verdict = Verdict(request, "refused", f"with this the sheet would have an error: {error}")
        except (Unreadable, Usage) as error:
            verdict = Verdict(request, "refused", f"the sheet cannot be compiled: {error}")
        self._executor.settled(verdict)
        if verdict.verdict == "fired":
            self._say(f"{verdict.did}.")
        if self._updates.trouble:
            self._executor.say(self._updates.trouble)
            self._updates.trouble = ""
        return verdict

    async def _do(self, wanted: Framed, request: Request) -> str:
        camera = next((one for one in self._plan.cameras if one.name == wanted.camera), None)
        if camera is None:
            raise Refusal(f"there is no camera {wanted.camera}")
        old = _preset(camera, wanted.preset)
        if wanted.kind == "new preset":
            if old is not None:
                raise Refusal(f"{camera.name} has a preset {old.name}; update it, or choose another name")
            return await self._new(camera, wanted, request)
        if old is None:
            raise Refusal(f"{camera.name} has no preset {wanted.preset}")
        if wanted.kind == "undo":
            return await self._undo(camera, old, wanted)
        if wanted.kind == "store again":
            return await self._store_again(camera, old, wanted, request)
        return await self._update(camera, old, wanted, request)

    async def _trace(self, wanted: Framed) -> str:
        if all(one.name != wanted.camera for one in self._plan.cameras):
            raise Refusal(f"there is no camera {wanted.camera}")
        if wanted.kind == "trace start":
            return await self._traces.start(wanted.camera, wanted.preset, wanted.who)
        return await self._traces.stop(wanted.camera)

    async def close(self) -> None:
        """The show ends: traces that are being recorded are written."""
        await self.copies.close()
        for did in await self._traces.stop_all():
            self._say(f"{did}.")

    async def _update(self, camera: Camera, old: Preset, wanted: Framed, request: Request) -> str:
        where = self._where(old.origin.block.file)
        self._may_store(camera, old.number, wanted, request)
        self._ask_second(camera.name, old.name, wanted.who)
        pose, focus = await self._stands(camera)
        new = replace(old, pan=pose.pan, tilt=pose.tilt, zoom=pose.zoom, focus=old.focus if focus is None else focus)
        if focus == BY_ITSELF:
            new = replace(new, focus=None)
        if (old.pan, old.tilt, old.zoom) != (None, None, None):
            new = replace(new, **{axis: None for axis in ("pan", "tilt", "zoom") if getattr(old, axis) is None})
        text = rewriting.updated(where.source, camera.name, old, new, camera.figures)
        did = f"{old.name} of {camera.name}: {moved_text(camera, old, new)}, by {wanted.who}"
        await self._keep("update", camera, new, where, text, wanted, did, request)
        self._last[camera.name, old.name] = wanted.who, self._clock.now()
        return did

    async def _new(self, camera: Camera, wanted: Framed, request: Request) -> str:
        if not wanted.preset.isidentifier() or not wanted.preset.isascii():
            raise Refusal(f"“{wanted.preset}” is not a name: letters, digits and _, for example throne_left")
        taken = next((one for one in camera.presets if one.number == wanted.number), None)
        if wanted.number is not None and taken is not None:
            raise Refusal(f"{camera.name} stores {taken.name} as {wanted.number}; choose another number")
        where = self._where(camera.origin.block.file)
        self._may_store(camera, wanted.number, wanted, request)
        pose, focus = await self._stands(camera)
        new = Preset(
            wanted.preset,
            wanted.number,
            pose.pan,
            pose.tilt,
            pose.zoom,
            camera.origin,
            focus=None if focus == BY_ITSELF else focus,
        )
        text = rewriting.added(where.source, camera.name, new, camera.figures)
        said = rewriting.written(pose, camera.figures)
        did = f"{new.name} of {camera.name} is new: {said}, by {wanted.who}"
        await self._keep("new", camera, new, where, text, wanted, did, request)
        return did

    async def _undo(self, camera: Camera, old: Preset, wanted: Framed) -> str:
        where = self._where(old.origin.block.file)
        changes = self._updates.of(where.path, camera.name, old.name)
        if not 1 <= wanted.step <= len(changes):
            raise Refusal(
                f"there is no change of {old.name} to undo"
                if not changes
                else f"{old.name} has {len(changes)} changes that can be undone"
            )
        undone, line = changes[wanted.step - 1], self._updates.line(where.path, camera.name, old.name)
        text = rewriting.put_back(where.source, camera.name, old.name, line, undone.before)
        loaded = await self._compile(where, text)
        new = _preset(loaded.plan.camera(camera.name), old.name)
        moved = "removed" if new is None else moved_text(camera, old, new)
        did = f"{old.name} of {camera.name}: {moved}, by {wanted.who} (undoes {undone.who}, {undone.wall[11:16]})"
        await self._write(where, text)
        number = None if new is None or undone.number is None else new.number
        await self._change(
            PresetChange(
                "undo", camera.name, old.name, wanted.who, self._wall(), where.path, line, undone.before, did, number
            )
        )
        await self._reloads.take(loaded)
        self._tell_stale()
        return did

    async def _store_again(self, camera: Camera, preset: Preset, wanted: Framed, request: Request) -> str:
        """Go there, and let the camera store it."""
        if preset.number is None:
            raise Refusal(f"{preset.name} has no number in the camera: the sheet alone holds it")
        self._may_store(camera, preset.number, wanted, request)
        pose = Pose(preset.pan, preset.tilt, preset.zoom)
        if pose == NO_POSE:
            raise Refusal(f"the sheet does not say where {preset.name} is")
        for command in placed(camera, Recall(preset.number)):
            await self._carry_out(camera, command, wanted, request)
        await self._carry_out(camera, Store(preset.number), wanted, request)
        did = f"{preset.name} of {camera.name} is stored again, by {wanted.who}"
        path = self._where(preset.origin.block.file, writing=False).path
        await self._change(
            PresetChange(
                "store", camera.name, preset.name, wanted.who, self._wall(), path, did=did, number=preset.number
            )
        )
        self._tell_stale()
        self._pictures.take(camera.name, preset.name)
        return did

    # --- the steps -----------------------------------------------------------------------------------------

    @property
    def _plan(self) -> Plan:
        return self._executor.plan

    def _where(self, file: str, *, writing: bool = True) -> Where:
        file = self._named(file)
        why = self.locked(file) if writing else ""
        if why:
            raise Refusal(why)
        return Where(self._reloads.loaded.sources[file], os.path.realpath(self._library.path(file)))

    def _named(self, file: str) -> str:
        """A file of the plan as this machine has it, whichever machine has read it last."""
        return file if file in self._reloads.loaded.sources else self._reloads.own.named(file) or file

    def _may_store(self, camera: Camera, number: int | None, wanted: Framed, request: Request) -> None:
        """Raises Refusal if the interlock would not let the camera store it."""
        act = CameraAct(camera.name, Store(number or 1), live=wanted.live, watched=True)
        if number is not None and (why := self._executor.forbids(request, act)):
            raise Refusal(why)

    def _ask_second(self, camera: str, preset: str, who: str) -> None:
        """Raises Refusal for a second person who updates a preset just after another, the first time."""
        now = self._clock.now()
        last, at = self._last.get((camera, preset), (who, 0))
        asked = self._asked.pop((camera, preset, who), None)
        if last == who or now - at > SECOND_PERSON_NS or (asked is not None and now - asked <= SECOND_PERSON_NS):
            return
        self._asked[camera, preset, who] = now
        ago = (now - at) / NS
        raise Refusal(f"{last} updated {preset} of {camera} {ago:.0f} s ago; ask once more within 10 s")

    async def _stands(self, camera: Camera) -> tuple[Pose, int | None]:
        """Where the camera is at rest, and its focus, None where it does not say."""
        begun, before = self._clock.now(), None
        while True:
            pose = await self._executor.devices.cameras.place(camera.name)
            if pose is None or None in (pose.pan, pose.tilt, pose.zoom):
                raise Refusal(f"{camera.name} does not say where it is")
            if pose == before:
                return pose, await self._focus(camera)
            if self._clock.now() - begun > PATIENCE_NS:
                raise Refusal(f"{camera.name} is still moving")
            before = pose
            await self._clock.sleep_until(self._clock.now() + STILL_NS)

    async def _focus(self, camera: Camera) -> int | None:
        asks = self._executor.drivers.get(camera.name)
        if not isinstance(asks, RawAccess):
            return None
        mode = (await asks.ask("inq.focus_mode")).fields
        if mode is None:
            return None
        if mode["mode"] != MANUAL:
            return BY_ITSELF
        at = (await asks.ask("inq.focus")).fields
        return None if at is None else at["focus"]

    async def _keep(
        self,
        kind: str,
        camera: Camera,
        new: Preset,
        where: Where,
        text: str,
        wanted: Framed,
        did: str,
        request: Request,
    ) -> None:
        loaded = await self._compile(where, text)
        told = _preset(loaded.plan.camera(camera.name), new.name)
        if told is None or any(getattr(told, axis) != getattr(new, axis) for axis in ("pan", "tilt", "zoom", "focus")):
            raise Refusal(f"the line of {new.name} would not say where {camera.name} is; change it in the sheet")
        change = PresetChange(
            "new" if kind == "new" else "update",
            camera.name,
            new.name,
            wanted.who,
            self._wall(),
            where.path,
            _line(where.source, camera.name, new.name),
            _line(Source(where.source.name, text), camera.name, new.name),
            did,
            new.number,
        )
        if new.number is not None:
            await self._change(replace(change, kind="storing"))
        await self._write(where, text)
        if new.number is not None:
            try:
                await self._carry_out(camera, Store(new.number), wanted, request)
            except Refusal:
                await self._write(Where(Source(where.source.name, text), where.path), where.source.text)
                raise
        await self._change(change)
        await self._reloads.take(loaded)
        self._tell_stale()
        self._pictures.take(camera.name, new.name)

    async def _carry_out(self, camera: Camera, command: Command, wanted: Framed, request: Request) -> None:
        """Raises Refusal if the camera does not do it."""
        asked = Request(
            "statement",
            None,
            request.source,
            self._clock.now(),
            automatic=True,
            statement=single(camera.name, command, live=wanted.live),
            said=f"{command.action} {camera.name}",
        )
        outcome, reason = await self._executor.carry_through(asked)
        if outcome not in ("completed", "sent"):
            raise Refusal(failed_text(camera.name, command, outcome, reason))

    async def _compile(self, where: Where, text: str) -> LoadedSheet:
        with loop_first():
            return await asyncio.to_thread(self._compiled, {where.path: text})

    def _compiled(self, changed: Mapping[str, str]) -> LoadedSheet:
        known = self._reloads.loaded.sources
        self._library.texts = {
            os.path.realpath(name): source.text for name, source in known.items() if not name.startswith(STDLIB)
        } | dict(changed)
        return load(self._options, self._compiler, self._library.read, self._reloads.loaded.casting)

    async def _write(self, where: Where, text: str) -> None:
        """Raises Refusal for a file that is not what was read, and Unwritable."""

        def write() -> None:
            if not rewrite_as_read(where.path, where.source.text, text):
                raise Refusal(f"{where.source.name} was changed on the disk since it was read; reload first")

        try:
            with loop_first():
                await asyncio.to_thread(write)
        except OSError as error:
            raise Refusal(f"{where.source.name} cannot be read: {error.strerror or error}") from None

    async def _change(self, change: PresetChange) -> None:
        with loop_first():
            await asyncio.to_thread(self._updates.add, change)
        self._log(change)

    def _stale(self, plan: Plan) -> dict[str, frozenset[int]]:
        found: dict[str, frozenset[int]] = {}
        for (file, camera, preset), changes in self._updates.stale().items():
            for one in (one for one in plan.cameras if one.name == camera):
                held = _preset(one, preset)
                name = "" if held is None else self._named(held.origin.block.file)
                source = self._reloads.loaded.sources.get(name)
                if held is None or held.number is None or source is None or os.path.realpath(name) != file:
                    continue
                line = _line(source, camera, preset)
                if any(held.number == one.number and (one.kind == "undo" or one.after == line) for one in changes):
                    found[camera] = found.get(camera, frozenset()) | {held.number}
        return found

    def _tell_stale(self) -> None:
        self._executor.stale(self._stale(self._plan))


def _preset(camera: Camera, name: str) -> Preset | None:
    return next((one for one in camera.presets if one.name == name), None)


def _line(source: Source, camera: str, preset: str) -> str:
    """What a sheet says of a preset; empty if it does not have it."""
    part = rewriting.found(source, camera, preset)
    return "" if part is None else source.text[part.begin : part.end]
