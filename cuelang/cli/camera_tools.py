"""`cuelang camera …`: one function for each action. The result is the process's exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from cuelang.cli.common import DONE, ERRORS, CliStop, Shown, progress, span_of, tell
from cuelang.cli.technician import air_of, camera_of, left_alone, may_move, of_rig, plan_of, print_json, run
from cuelang.plain import plain, plain_lines

if TYPE_CHECKING:
    from cuelang.commands import Place
    from cuelang.plan import Camera
    from cuelang.technician.session import CameraError

T = TypeVar("T")


def probe(options: argparse.Namespace) -> int:
    """`camera probe`: which protocol answers at a host. Exit code 1: none does. Raises BadAddress."""
    from cuelang.technician import probe

    urls = probe.candidates(options.target)
    with progress("Knocking"):
        found = run(probe.probe(urls))
    if options.json:
        print_json([one.json for one in found])
    else:
        print(plain_lines(probe.as_text(found)))
    return DONE if any(one.answers for one in found) else ERRORS


def inspect(options: argparse.Namespace) -> int:
    """`camera inspect`: every setting that the camera reports. Raises CameraError."""
    from cuelang.technician import inspect
    from cuelang.technician.session import opened

    camera = camera_of(options)

    async def work() -> inspect.Inspected:
        async with opened(camera, web=True) as session:
            return await inspect.with_identity(session)

    with progress("Asking"):
        found = run(work())
    if options.json:
        print_json(inspect.as_json(found))
    else:
        print(plain_lines(inspect.as_text(found)))
    return DONE


def fetch(options: argparse.Namespace) -> int:
    """`camera fetch`: its photos or videos into a folder. Exit code 1: not all came. Raises CliStop."""
    from pathlib import Path

    from cuelang import clock
    from cuelang.devices.picture_store import FolderStore
    from cuelang.devices.pictures import Fetched, fetch_booth
    from cuelang.technician.session import CameraError, opened

    camera, folder = camera_of(options), Path(options.folder)

    async def work() -> Fetched:
        async with opened(camera, web=True) as session:
            if session.web is None:
                raise CameraError("This camera has no HTTP interface to fetch files from.")
            name = f"-{camera.name}" if options.rig is not None else ""
            stem = f"booth{name}-{clock.current().wall():%Y%m%d-%H%M%S}"
            return await fetch_booth(
                session.web, FolderStore(folder), "videos" if options.videos else "photos", "", stem
            )

    with progress("Fetching"):
        try:
            found = run(work())
        except OSError as error:
            raise CliStop(f"could not be saved: {error}") from None
    for kept in found.kept:
        print(plain_lines(str(folder / kept)))
    for missing in found.missing:
        print(plain_lines(f"Not fetched: {missing}."), file=sys.stderr)
    return ERRORS if found.missing else DONE


def save(options: argparse.Namespace) -> int:
    """`camera save`: the settings of one camera into a file, or of several into a folder. Exit code 1: not all of them
    answered. Raises CliStop before a camera is asked."""
    from cuelang import clock
    from cuelang.library import rewrite
    from cuelang.protocols.visca.profile import Profile
    from cuelang.technician import profile
    from cuelang.technician.session import CameraError, opened

    files, foldered = _profiles(options)
    texts: dict[str, str] = {}
    older: dict[str, Profile] = {}
    for camera, file in files:
        if not os.path.lexists(file):
            continue
        try:
            texts[camera.name] = profile.text_of(file)
            older[camera.name] = profile.read(texts[camera.name], file)
        except CameraError as error:
            raise CliStop(f"{error} It is not overwritten; give another name.") from None

    async def one(camera: Camera) -> tuple[Profile, str]:
        async with opened(camera) as session:
            return await profile.save(session), clock.current().wall().isoformat(timespec="seconds")

    if foldered:
        _make_folder(options.file)
    with progress("Asking"):
        answers = _of_each(one, [camera for camera, _ in files], alone=not foldered)
    for (camera, file), answer in zip(files, answers, strict=True):
        if isinstance(answer, CameraError):
            print(plain_lines(f"{camera.name} was not saved: {answer}"))
            continue
        saved, when = answer
        before = older.get(camera.name)
        saved = profile.with_filled_in(saved, before)
        rewrite(file, profile.write(saved, file, when, texts.get(camera.name, "")), 0o600)
        print(plain_lines(profile.saved_text(saved, file, before)))
    return ERRORS if any(isinstance(answer, CameraError) for answer in answers) else DONE


def restore(options: argparse.Namespace) -> int:
    """`camera restore`: settings back from the files that `save` wrote. Exit code 1: not everything was taken. Raises
    CliStop and WrongArgument before anything is sent."""
    from cuelang.protocols.visca.profile import Profile
    from cuelang.technician import profile
    from cuelang.technician.session import CameraError, opened

    files, foldered = _profiles(options)
    profiles: dict[str, Profile] = {}
    missing = [] if not foldered else [camera for camera, file in files if not os.path.lexists(file)]
    files = [(camera, file) for camera, file in files if camera not in missing]
    for camera, file in files:
        profiles[camera.name] = profile.load(file)
    if not files:
        whose = f"any camera of {options.rig}" if options.url is None else ", ".join(camera.name for camera in missing)
        raise CliStop(f"{options.file} has no profile of {whose}; `camera save` writes them.")

    async def one(camera: Camera) -> profile.Restored:
        async with opened(camera) as session:
            return await profile.restore(session, profiles[camera.name])

    with progress("Restoring"):
        answers = _of_each(one, [camera for camera, _ in files], alone=not foldered)
    failed = bool(missing)
    for (camera, _), answer in zip(files, answers, strict=True):
        if isinstance(answer, CameraError):
            failed = True
            print(plain_lines(f"{camera.name} was not restored: {answer}"))
        else:
            failed = failed or bool(answer.failed)
            name = f"{camera.name} ({camera.url})" if foldered else camera.url
            print(plain_lines(profile.as_text(answer, name)))
    for camera in missing:
        print(plain_lines(f"{camera.name} was not restored: {options.file} has no {camera.name}.toml."))
    return ERRORS if failed else DONE


def _profiles(options: argparse.Namespace) -> tuple[list[tuple[Camera, str]], bool]:
    """The cameras that are meant, each with the file of its profile, and whether these are in a folder: those of a
    group or of several names, or with `--rig` alone all of the rig."""
    if options.url is not None and (options.rig is None or "://" in options.url):
        return [(camera_of(options), options.file)], False
    if options.rig is None:
        raise CliStop("Name the camera, or with --rig FILE a folder for the profiles of all of its cameras.")
    _is_no_name(options.rig, options.file, options.url)
    cameras, several = of_rig(options.rig, "all" if options.url is None else options.url)
    if not several and not os.path.isdir(options.file):
        return [(camera_of(options), options.file)], False
    if options.model:
        raise CliStop("--model goes with one camera; the rig names the models of all.")
    return [(camera, os.path.join(options.file, f"{camera.name}.toml")) for camera in cameras], True


def _is_no_name(rig: str, file: str, url: str | None) -> None:
    """Raises CliStop for the name of a camera or group where a file or folder is wanted."""
    plan = plan_of(rig)
    names = {"all", *(camera.name for camera in plan.cameras), *dict(plan.groups)}
    if file not in names or os.path.lexists(file) or url in names:
        return
    if url is not None:
        raise CliStop(f"The file or folder comes first: camera restore {url} {file}.")
    raise CliStop(f"“{file}” is a name of {rig}. Add the file or folder for its profiles.")


def _make_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CliStop(f"The folder {folder} cannot be made: {error.strerror}.") from None


def _of_each(
    work: Callable[[Camera], Coroutine[Any, Any, T]], cameras: list[Camera], *, alone: bool
) -> list[T | CameraError]:
    """What becomes of each camera, all at once. The fault of one that is not `alone` does not stop the others."""
    from cuelang.technician.session import CameraError

    async def one(camera: Camera) -> T | CameraError:
        try:
            return await work(camera)
        except CameraError as error:
            if alone:
                raise
            return error

    import asyncio  # late: a check needs none

    async def every() -> list[T | CameraError]:
        return await asyncio.gather(*map(one, cameras))

    return run(every())


def send(options: argparse.Namespace) -> int:
    """`camera send`: one statement, or with `--hex` one frame. Exit code 1: the camera has not carried it out. Raises
    WrongArgument, and Shown for a statement with mistakes."""
    from pathlib import Path

    from cuelang import rig
    from cuelang.devices.picture_store import FolderStore
    from cuelang.technician import statement
    from cuelang.technician.session import opened

    camera = camera_of(options)
    if options.hex:
        return _send_bytes(camera, options.statement)
    try:
        asked = statement.compiled(options.statement, camera)
    except statement.StatementMistake as mistake:
        raise Shown.of(mistake.diagnostics, mistake.sources) from None
    for warning in asked.warnings:
        tell(f"note: {warning}")

    def say(line: str) -> None:
        print(plain(line), flush=True)

    async def work() -> bool:
        pictures = rig.PictureOptions(FolderStore(Path()), note=say)
        async with opened(camera, rig.open_driver(camera, pictures)) as session:
            return await statement.carry_out(session, asked, say)

    return DONE if run(work()) else ERRORS


def _send_bytes(camera: Camera, text: str) -> int:
    from cuelang.technician import statement
    from cuelang.technician.session import opened

    frame = statement.frame_of(text)

    async def work() -> bool:
        async with opened(camera) as session:
            return await statement.send_bytes(session, frame, lambda line: print(plain(line), flush=True))

    return DONE if run(work()) else ERRORS


def reset(options: argparse.Namespace) -> int:
    """`camera reset`: settings, network or head. Raises CliStop without `--yes-really`, but for the head."""
    from cuelang.technician.session import opened

    camera, head = camera_of(options), options.what == "head"
    if not options.yes_really and not head:
        what = "resets every setting" if options.what == "settings" else "resets the camera's network address"
        raise CliStop(f"This {what} and cannot be undone. Add --yes-really to confirm.")

    async def work() -> bool:
        async with opened(camera, web=head) as session:
            said = await (session.reset_head() if head else session.say(f"{options.what}.reset", sure=True))
            reason = f", {said.reason}" if said.reason else ""
            print(plain(f"{camera.url}: {options.what} reset: {said.outcome.replace('_', ' ')}{reason}"))
            return said.outcome in ("completed", "sent")

    return DONE if run(work()) else ERRORS


def learn(options: argparse.Namespace) -> int:
    """`camera learn`: drive to the presets, and write where they are into the rig. Exit code 1: not all were learned.
    Raises CliStop and CameraError; the file is unchanged then."""
    from cuelang.diagnostics import nearest
    from cuelang.library import read_sheet
    from cuelang.technician import learn

    plan = plan_of(options.file)
    names = [camera.name for camera in plan.cameras]
    for name in options.cameras:
        if name not in names:
            raise CliStop(f"{options.file} has no camera “{name}”.{nearest(name, names)}")
    wanted = [camera for camera in plan.cameras if not options.cameras or camera.name in options.cameras]
    for camera in wanted:
        if camera.origin.block.file != options.file:
            tell(f"{camera.name} is declared in {camera.origin.block.file}; run learn on that file.")
        elif camera.disabled:
            tell(f"{camera.name} is disabled and was skipped.")
    wanted = [camera for camera in wanted if not camera.disabled and learn.numbered(camera, options.file)]
    wanted = left_alone(wanted, air_of(None, options.on_air, plan.cameras))
    if not wanted:
        raise CliStop("No camera has presets to learn.", ERRORS)
    walks = {camera.name: learn.numbered(camera, options.file) for camera in wanted}
    going = [
        f"  {camera.name} ({camera.url}): {', '.join(preset.name for preset in walks[camera.name])}"
        for camera in wanted
    ]
    may_move("\n".join(["These cameras will move, to these presets and back:", *going]), options.yes)

    async def work() -> list[learn.Learned]:
        import asyncio

        found = await asyncio.gather(*(learn.walk(camera, walks[camera.name], tell) for camera in wanted))
        return [one for some in found for one in some]

    learned = run(work())
    source = read_sheet(options.file)
    text = learn.rewritten(source, learned, plan.cameras)
    if options.dry_run:
        sys.stdout.write(learn.diff(source, text))
    elif text != source.text:
        _write(options.file, text)
    changed = "unchanged" if options.dry_run or text == source.text else "updated"
    tell(f"{options.file}: {learn.in_short(learned)[:-1]}; {changed}.")
    return DONE if all(one.pose is not None for one in learned) else ERRORS


def calibrate(options: argparse.Namespace) -> int:
    """`camera calibrate`: measure how fast the camera moves, and write a model file. Exit code 1: not everything was
    measured. Raises CliStop."""
    from cuelang import address, clock
    from cuelang.models import DEFAULT, find
    from cuelang.technician import calibrate
    from cuelang.technician.session import opened

    camera = camera_of(options)
    named = camera.name if options.rig else address.parse(camera.url).host or "camera"
    out = options.out or f"{named}.model.toml"
    if not out.endswith(".toml"):
        raise CliStop(f"--out {out}: the model file must end in .toml.")
    before = _model_file(out)
    may_move(f"{camera.url} will move through its full range and return.", options.yes)

    async def work() -> tuple[calibrate.Calibration, str]:
        async with opened(camera) as session:
            found = await calibrate.calibrate(session, quick=options.quick, say=tell)
            return found, clock.current().wall().isoformat(sep=" ", timespec="seconds")

    found, when = run(work())
    if not (found.pan or found.tilt or found.zoom):
        raise CliStop(f"{camera.url} did not move; nothing was measured.", ERRORS)
    base = find(camera.figures.base or camera.figures.id) or DEFAULT
    _write(out, calibrate.as_file(found, base, camera.url, when, before))
    print(calibrate.as_text(found, camera.figures))
    for missing in found.missing:
        tell(f"Not measured: {missing}.")
    print(f'Wrote {out}. Add to the camera in the rig: model "{out}"')
    return ERRORS if found.missing else DONE


def _model_file(path: str) -> str:
    """The text of the model file that will be replaced; empty: there is none. Raises CliStop: it is another file."""
    from cuelang.library import Unreadable, read_sheet
    from cuelang.models import BadModel, read_model

    if not os.path.lexists(path):
        return ""
    try:
        text = read_sheet(path).text
        read_model(text, path)
    except Unreadable as error:
        raise CliStop(f"{error} It is not overwritten; give another --out.") from None
    except BadModel as error:
        raise CliStop(f"{path} {error}. It is not overwritten; give another --out.") from None
    return text


def trace(options: argparse.Namespace) -> int:
    """`camera trace`: record a path that is driven by hand, and write it. Raises CameraError: it did not move."""
    from cuelang.protocols.trace import ENDING, measured, written
    from cuelang.technician import trace
    from cuelang.technician.session import opened

    camera = camera_of(options)
    if not options.file.endswith(ENDING):
        raise CliStop(f"{options.file}: the name of a trace must end in {ENDING}.")
    longest = span_of(options.longest, "--for") if options.longest else None

    async def work() -> tuple[Place, ...]:
        async with opened(camera) as session:
            tell(f"Recording {camera.url}. Drive it now; Ctrl-C ends it.")
            return await trace.record(session, longest, lambda: tell("It moves."))

    places = run(work())
    _write(options.file, written(camera.figures, places))
    print(f"Wrote {options.file}: {measured(places)}.")
    return DONE


def _write(path: str, text: str) -> None:
    """Raises CliStop: the cameras have done their part, and what they said cannot be kept."""
    from cuelang.library import Unwritable, rewrite

    try:
        rewrite(path, text)
    except Unwritable as error:
        raise CliStop(str(error), ERRORS) from None
