"""The technician's words on the command line: `cuelang camera …` and `cuelang preflight`.

What they do is in `cuelang/technician/`; it is imported when it is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from cuelang.desk import DONE, ERRORS, Stop, progress, tell

if TYPE_CHECKING:
    from cuelang.plan import Camera, Plan
    from cuelang.technician.onair import OnAir

T = TypeVar("T")
Add = Callable[..., argparse.ArgumentParser]

CAMERA = """\
  cuelang camera probe 10.0.0.21              which protocol answers there, and what it is
  cuelang camera inspect URL                  every setting by name
  cuelang camera save URL FILE                all settings as a file …
  cuelang camera restore FILE URL             … and put back
  cuelang camera send URL "zoom to 50% over 2s"
  cuelang camera learn RIGFILE [CAMERA …]     where its presets lie, written into the rig file
  cuelang camera calibrate URL                how fast it is, as a model file
  cuelang camera reset URL settings|network --yes-really

URL is a camera's address, as in visca+udp://10.0.0.21; with --rig FILE it may be
the name of a camera of that file. Ctrl-C stops whatever the command has set going.
"""

SEND = """\
The statement is written as in a sheet, and the camera is left out or called `it`:

  cuelang camera send visca+udp://10.0.0.21 "zoom to 50% over 2s"
  cuelang camera send visca+udp://10.0.0.21 "drive it left speed 4"

A drive without `for` goes on until Ctrl-C.
"""


def add_words(add: Add) -> None:
    """Add `camera` and `preflight` to the commands. `add(name, command, about, epilog)` makes one."""
    _add_preflight(add)
    camera = add(
        "camera", _no_deed, "one camera: who are you, every setting, presets' positions, one statement", CAMERA
    )
    deeds = camera.add_subparsers(title="what to do", metavar="DEED", required=True)

    def deed(
        name: str, command: Callable[[argparse.Namespace], int], about: str, epilog: str = ""
    ) -> argparse.ArgumentParser:
        sub = deeds.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=epilog, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        sub.set_defaults(command=command)
        return sub

    probe = deed("probe", _probe, "find the protocol that answers, and say what the camera is")
    probe.add_argument("target", metavar="HOST|URL", help="a host (every protocol is tried) or one whole address")
    probe.add_argument("--json", action="store_true", help="for programs")

    inspect = deed("inspect", _inspect, "print every setting by name")
    _where(inspect)
    inspect.add_argument("--json", action="store_true", help="for programs")

    save = deed("save", _save, "write all settings into a profile file")
    _where(save)
    save.add_argument("file", metavar="FILE", help="where to: TOML, or JSON if it ends in .json")

    restore = deed("restore", _restore, "put a profile back, and list what could not be restored")
    restore.add_argument("file", metavar="FILE", help="what `save` wrote")
    _where(restore)

    send = deed("send", _send, "carry out one statement of the language", SEND)
    _where(send)
    send.add_argument("statement", metavar="STATEMENT", help="in quotes")

    learn = deed("learn", _learn, "recall each preset, read where it lies, and write that into the rig file")
    learn.add_argument("file", metavar="RIGFILE", help="the file that declares the cameras")
    learn.add_argument("cameras", nargs="*", metavar="CAMERA", help="these only (default: all of the file)")
    learn.add_argument("--dry-run", action="store_true", help="move and read, but show the changes only")
    _moving(learn)

    calibrate = deed(
        "calibrate", _calibrate, "measure how fast it pans, tilts and zooms, and write a model file",
        'The camera moves over its whole range for some minutes. In the rig, write the file\'s\n'
        'name as the camera\'s model: model "foh.model.toml"',
    )  # fmt: skip
    _where(calibrate)
    calibrate.add_argument("--out", metavar="FILE", help="the model file (default: NAME.model.toml)")
    calibrate.add_argument("--quick", action="store_true", help="every fourth step, the others on a line between")
    calibrate.add_argument("--yes", action="store_true", help="it may move; nobody is asked")

    reset = deed("reset", _reset, "put all settings, or the network, back to what the factory set")
    _where(reset)
    reset.add_argument("what", choices=("settings", "network"), help="network: the camera may leave this network")
    reset.add_argument("--yes-really", action="store_true", help="without this nothing is sent")


def _add_preflight(add: Add) -> None:
    preflight = add(
        "preflight", _preflight, "before doors: every camera answers, is the one that the rig says, lights its tally",
        "The result is a table to print and sign. With --walk cameras move; those on program are\n"
        "left alone, as far as the last log or --on-air says so. Exit code 1: something is wrong.",
    )  # fmt: skip
    preflight.add_argument("sheet", metavar="SHEET", help="the cue sheet, a file that ends in .cues")
    preflight.add_argument("--walk", action="store_true", help="visit each preset that the show uses, and compare")
    preflight.add_argument("--simulate", action="store_true", help="simulated cameras in the place of those of the rig")
    preflight.add_argument("--json", action="store_true", help="for programs")
    preflight.add_argument("--rig", metavar="FILE", help="the cameras of this venue, in the place of the sheet's own")
    preflight.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE",
                           help="another value for a `let` of the sheet")  # fmt: skip
    preflight.add_argument("--without", action="append", default=[], metavar="NAME", help="leave this camera out")
    _moving(preflight)


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="the camera's address, or its name with --rig")
    parser.add_argument("--model", metavar="M", help="its model (default: the rig's, or PTZOptics' figures)")
    parser.add_argument("--rig", metavar="FILE", help="the file whose camera is meant")


def _moving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="cameras may move; nobody is asked")
    parser.add_argument(
        "--on-air", action="append", default=[], metavar="NAME",
        help="this camera is on program and is left alone, besides those that the last log shows there",
    )  # fmt: skip


# --- help for all of them ------------------------------------------------------------------------------------


def _no_deed(options: argparse.Namespace) -> int:
    raise Stop("camera wants to know what to do; `cuelang camera --help` lists it.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run on a real loop. NotNow ends the command; SIGTERM ends it as Ctrl-C does, with every camera stopped."""
    from cuelang import clock
    from cuelang.technician.session import NotNow

    try:
        return clock.run(_ended_by_signals(work))
    except NotNow as error:
        raise Stop(str(error), ERRORS) from None


async def _ended_by_signals(work: Coroutine[Any, Any, T]) -> T:
    me = asyncio.current_task()
    ended = False

    def end() -> None:
        nonlocal ended
        ended = True
        if me is not None:
            me.cancel()

    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGTERM, end)
    try:
        return await work
    except asyncio.CancelledError:
        if ended:
            raise Stop("Ended.", ERRORS) from None
        raise


def _camera(options: argparse.Namespace) -> Camera:
    """The camera that is meant, with its model."""
    from dataclasses import replace

    from cuelang.technician.session import NotNow, camera_at

    if options.rig is not None and "://" not in options.url:
        camera = _of_rig(options.rig, options.url)
    else:
        try:
            camera = camera_at(options.url)
        except NotNow as error:
            raise Stop(str(error)) from None
    return replace(camera, **_model(options.model)) if options.model else camera


def _of_rig(file: str, name: str) -> Camera:
    from cuelang.diagnostics import nearest

    cameras = {camera.name: camera for camera in _plan(file).cameras}
    if name not in cameras:
        raise Stop(f"{file} has no camera “{name}”.{nearest(name, cameras)} It has {', '.join(cameras) or 'none'}.")
    return cameras[name]


def _model(name: str) -> dict[str, Any]:
    """What a camera is given for `--model`: an id of the table, or a model file."""
    from cuelang.diagnostics import nearest
    from cuelang.library import Unreadable, read_sheet
    from cuelang.models import BadModel, find, names, read_model

    if name.endswith(".toml"):
        try:
            return {"model": name, "measured": read_model(read_sheet(name).text, name)}
        except Unreadable as error:
            raise Stop(str(error)) from None
        except BadModel as error:
            raise Stop(f"The model file {name} {error}.") from None
    if find(name) is None:
        raise Stop(f"There is no model “{name}”.{nearest(name, names())} There are {', '.join(names())}.")
    return {"model": name, "measured": None}


def _plan(
    sheet: str, rig: str | None = None, settings: Sequence[str] = (), without: Sequence[str] = ()
) -> Plan:  # fmt: skip
    from cuelang import report
    from cuelang.sheets import Unreadable, Usage, compile_sheet

    try:
        compiled = compile_sheet(sheet, rig=rig, settings=settings, without=without)
    except (Unreadable, Usage) as error:
        raise Stop(str(error)) from None
    if compiled.plan is None:
        text = report.as_text(compiled.diagnostics, compiled.sources, colour=report.wants_colour(sys.stderr))
        raise Stop(text.rstrip("\n"), ERRORS)
    return compiled.plan


def _may_move(what: str, yes: bool) -> None:
    """Say which cameras will move, and go on only if somebody agrees. Raises Stop."""
    tell(what)
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop("Cameras would move, and there is nobody to ask: add --yes if they may.")
    tell("May they move? y or n")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Stop("Nothing has moved.", ERRORS)


def _left_alone(cameras: Sequence[Camera], on_air: OnAir) -> list[Camera]:
    """Those that may move; what is on program is said and left alone."""
    for camera in cameras:
        if on_air.program(camera.name):
            source = f" ({on_air.source})" if on_air.source else ""
            tell(f"{camera.name} is on program{source} and is left alone.")
    return [camera for camera in cameras if not on_air.program(camera.name)]


def _air(show: str | None, told: Sequence[str], cameras: Sequence[Camera]) -> OnAir:
    from cuelang import clock
    from cuelang.diagnostics import nearest
    from cuelang.technician.onair import on_air

    names = [camera.name for camera in cameras]
    for name in told:
        if name not in names:
            raise Stop(f"--on-air {name}: there is no such camera.{nearest(name, names)}")
    return on_air(show, told, clock.RealClock().wall())


def _print_json(data: object) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False, indent=1))


# --- one camera ----------------------------------------------------------------------------------------------


def _probe(options: argparse.Namespace) -> int:
    from cuelang.technician import probe
    from cuelang.technician.session import NotNow

    try:
        urls = probe.candidates(options.target)
    except NotNow as error:
        raise Stop(str(error)) from None
    with progress("Knocking"):
        found = _run(probe.probe(urls))
    if options.json:
        _print_json([one.json for one in found])
    else:
        print(probe.as_text(found))
    return DONE if any(one.answers for one in found) else ERRORS


def _inspect(options: argparse.Namespace) -> int:
    from cuelang.technician import inspect
    from cuelang.technician.session import opened

    camera = _camera(options)

    async def work() -> inspect.Inspected:
        async with opened(camera) as session:
            return await inspect.inspect(session)

    with progress("Asking"):
        found = _run(work())
    if options.json:
        _print_json(inspect.as_json(found))
    else:
        print(inspect.as_text(found))
    return DONE


def _save(options: argparse.Namespace) -> int:
    from cuelang import clock
    from cuelang.library import Unwritable, rewrite
    from cuelang.technician import profile
    from cuelang.technician.session import opened

    camera = _camera(options)

    async def work() -> tuple[profile.Profile, str]:
        async with opened(camera) as session:
            return await profile.save(session), clock.current().wall().isoformat(timespec="seconds")

    with progress("Asking"):
        saved, when = _run(work())
    try:
        rewrite(options.file, profile.write(saved, options.file, when))
    except Unwritable as error:
        raise Stop(str(error)) from None
    print(f"{len(saved.settings)} settings of {saved.url} saved in {options.file}.")
    return DONE


def _restore(options: argparse.Namespace) -> int:
    from cuelang.technician import profile
    from cuelang.technician.session import NotNow, opened

    camera = _camera(options)
    try:
        saved = profile.load(options.file)
    except NotNow as error:
        raise Stop(str(error)) from None

    async def work() -> profile.Restored:
        async with opened(camera) as session:
            return await profile.restore(session, saved)

    with progress("Restoring"):
        restored = _run(work())
    print(profile.as_text(restored, camera.url))
    return ERRORS if restored.failed else DONE


def _send(options: argparse.Namespace) -> int:
    from pathlib import Path

    from cuelang import report, rig
    from cuelang.devices.album import Folder
    from cuelang.technician import statement
    from cuelang.technician.session import NotNow, opened

    camera = _camera(options)
    try:
        asked = statement.compiled(options.statement, camera)
    except NotNow as error:
        raise Stop(str(error)) from None
    except statement.Mistake as mistake:
        text = report.as_text(mistake.diagnostics, mistake.sources, colour=report.wants_colour(sys.stderr))
        raise Stop(text.rstrip("\n"), ERRORS) from None
    for warning in asked.warnings:
        tell(f"note: {warning}")

    def say(line: str) -> None:
        print(line, flush=True)

    async def work() -> bool:
        darkroom = rig.Darkroom(Folder(Path()), note=say)
        async with opened(camera, rig.open_driver(camera, darkroom)) as session:
            return await statement.carry_out(session, asked, say)

    return DONE if _run(work()) else ERRORS


def _reset(options: argparse.Namespace) -> int:
    from cuelang.technician.session import opened

    camera = _camera(options)
    if not options.yes_really:
        what = "puts every setting of the camera back" if options.what == "settings" else "takes the camera's address"
        raise Stop(f"This {what}, and nothing brings it back but you. Add --yes-really if you mean it.")

    async def work() -> bool:
        async with opened(camera) as session:
            said = await session.say(f"{options.what}.reset")
            print(f"{camera.url}: {options.what} reset: {said.outcome.replace('_', ' ')}"
                  + (f", {said.reason}" if said.reason else ""))  # fmt: skip
            return said.outcome in ("completed", "sent")

    return DONE if _run(work()) else ERRORS


def _learn(options: argparse.Namespace) -> int:
    from cuelang.diagnostics import nearest
    from cuelang.library import Unwritable, read_sheet, rewrite
    from cuelang.technician import learn
    from cuelang.technician.session import NotNow

    plan = _plan(options.file)
    names = [camera.name for camera in plan.cameras]
    for name in options.cameras:
        if name not in names:
            raise Stop(f"{options.file} has no camera “{name}”.{nearest(name, names)}")
    wanted = [camera for camera in plan.cameras if not options.cameras or camera.name in options.cameras]
    for camera in wanted:
        if camera.origin.block.file != options.file:
            tell(f"{camera.name} is declared in {camera.origin.block.file}; learn that file for it.")
        elif camera.disabled:
            tell(f"{camera.name} is disabled and is left out.")
    wanted = [
        camera for camera in wanted if not camera.disabled and learn.numbered(camera, options.file)
    ]  # fmt: skip
    wanted = _left_alone(wanted, _air(None, options.on_air, plan.cameras))
    if not wanted:
        raise Stop("There is no camera whose presets could be learned.", ERRORS)
    walks = {camera.name: learn.numbered(camera, options.file) for camera in wanted}
    going = [
        f"  {camera.name} ({camera.url}): {', '.join(preset.name for preset in walks[camera.name])}"
        for camera in wanted
    ]  # fmt: skip
    _may_move("\n".join(["These cameras will move, to these presets and back:", *going]), options.yes)

    async def work() -> list[learn.Learned]:
        found = await asyncio.gather(*(learn.walk(camera, walks[camera.name], tell) for camera in wanted))
        return [one for some in found for one in some]

    learned = _run(work())
    source = read_sheet(options.file)
    try:
        text = learn.rewritten(source, learned, plan.cameras)
        if options.dry_run:
            sys.stdout.write(learn.diff(source, text))
        elif text != source.text:
            rewrite(options.file, text)
    except (NotNow, Unwritable) as error:
        raise Stop(str(error), ERRORS) from None
    changed = "it stays as it is" if options.dry_run or text == source.text else "it says so now"
    tell(f"{options.file}: {learn.in_short(learned)[:-1]}; {changed}.")
    return DONE if all(one.pose is not None for one in learned) else ERRORS


def _calibrate(options: argparse.Namespace) -> int:
    from cuelang import address, clock
    from cuelang.library import Unwritable, rewrite
    from cuelang.models import DEFAULT, find
    from cuelang.technician import calibrate
    from cuelang.technician.session import opened

    camera = _camera(options)
    named = camera.name if options.rig else address.parse(camera.url).host or "camera"
    out = options.out or f"{named}.model.toml"
    if not out.endswith(".toml"):
        raise Stop(f"--out {out}: a model file ends in .toml, or no rig will take it for one.")
    _may_move(f"{camera.url} will move over its whole range, and come back.", options.yes)

    async def work() -> tuple[calibrate.Calibration, str]:
        async with opened(camera) as session:
            found = await calibrate.calibrate(session, quick=options.quick, say=tell)
            return found, clock.current().wall().isoformat(sep=" ", timespec="seconds")

    found, when = _run(work())
    if not (found.pan or found.tilt or found.zoom):
        raise Stop(f"{camera.url} has not moved; nothing was measured.", ERRORS)
    base = find(camera.figures.base or camera.figures.id) or DEFAULT
    try:
        rewrite(out, calibrate.as_file(found, base, camera.url, when))
    except Unwritable as error:
        raise Stop(str(error), ERRORS) from None
    print(calibrate.as_text(found, camera.figures))
    for missing in found.missing:
        tell(f"Not measured: {missing}.")
    print(f'Written to {out}. In the rig, under the camera: model "{out}"')
    return ERRORS if found.missing else DONE


# --- the rig -------------------------------------------------------------------------------------------------


def _preflight(options: argparse.Namespace) -> int:
    from cuelang import clock, rig
    from cuelang.technician import preflight
    from cuelang.zones import show_zone

    plan = _plan(options.sheet, options.rig, options.settings, options.without)
    cameras = [camera for camera in plan.cameras if not camera.disabled]
    if not cameras:
        raise Stop("The sheet has no camera to look at.", ERRORS)
    air = _air(plan.settings.title, options.on_air, plan.cameras)
    if options.walk and not options.simulate:
        places = preflight.used(plan)
        going = [camera for camera in _left_alone(cameras, air) if places[camera.name]]
        lines = [f"  {camera.name}: {', '.join(place.name for place in places[camera.name])}" for camera in going]
        if going:
            _may_move("\n".join(["These cameras will move, to these presets and back:", *lines]), options.yes)

    async def work() -> list[preflight.Checked]:
        drivers = {camera.name: rig.simulated(camera) for camera in cameras} if options.simulate else None
        return await preflight.preflight(plan, air, visit=options.walk, drivers=drivers)

    with progress("Looking at the cameras"):
        checked = _run(work())
    show = plan.settings.title or options.sheet
    when = clock.RealClock().wall(show_zone(plan.settings.timezone)).isoformat(sep=" ", timespec="seconds")
    if options.json:
        _print_json(preflight.as_json(checked, show, when))
    else:
        left_out = [camera.name for camera in plan.cameras if camera.disabled]
        print(preflight.as_text(checked, show, when, air, left_out))
    return ERRORS if any(one.wrong for one in checked) else DONE
