"""What the technician's words have in common: which camera is meant, and whether it may move."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from cuelang.cli.common import ERRORS, CliStop, Shown, tell

if TYPE_CHECKING:
    from cuelang.app.loading import LoadedSheet
    from cuelang.plan import Camera, Plan
    from cuelang.plan.state import CameraState
    from cuelang.technician.onair import OnAirReport

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on a real loop. SIGTERM ends the command as Ctrl-C does, with every camera stopped."""
    from cuelang import clock

    return clock.run(_ended_by_signals(work))


async def _ended_by_signals(work: Coroutine[Any, Any, T]) -> T:
    import asyncio

    from cuelang.clock.signals import ENDING, on_signals

    me = asyncio.current_task()
    ended = False

    def end() -> None:
        nonlocal ended
        ended = True
        if me is not None:
            me.cancel()

    try:
        with on_signals(end, *(one for one in ENDING if one is not signal.SIGINT)):
            return await work
    except asyncio.CancelledError:
        if ended:
            raise CliStop("Ended.", ERRORS) from None
        raise


def camera_of(options: argparse.Namespace) -> Camera:
    """The camera that is meant, with its model."""
    from msgspec.structs import replace

    from cuelang.address import BadAddress
    from cuelang.technician.session import camera_at

    if options.rig is not None and "://" not in options.url:
        camera = _of_rig(options.rig, options.url)
    else:
        try:
            camera = camera_at(options.url)
        except BadAddress as error:
            name = "" if "://" in options.url or options.rig else " A name of a rig needs --rig FILE."
            raise CliStop(f"{error}{name}") from None
    return replace(camera, **_model(options.model)) if options.model else camera


def _of_rig(file: str, name: str) -> Camera:
    found, several = of_rig(file, name)
    if several:
        names = ", ".join(camera.name for camera in found)
        raise CliStop(f"“{name}” means several cameras, and one is needed here: {names}.")
    return found[0]


def of_rig(file: str, names: str) -> tuple[list[Camera], bool]:
    """What a name of a rig means: a camera, a group, `all`, or several of them with commas; and whether the words may
    mean more than one camera. Of those, disabled ones are left out. Raises CliStop."""
    from cuelang.diagnostics import nearest

    plan = plan_of(file)
    cameras, groups = {camera.name: camera for camera in plan.cameras}, dict(plan.groups)
    words = [word for word in (part.strip() for part in names.split(",")) if word]
    for word in words:
        if word not in cameras and word not in groups and word != "all":
            listed = f"Cameras: {', '.join(cameras) or 'none'}." + f" Groups: {', '.join(groups)}." * bool(groups)
            raise CliStop(f"{file} has no camera or group “{word}”.{nearest(word, (*cameras, *groups))} {listed}")
    if len(words) == 1 and words[0] in cameras:
        return [cameras[words[0]]], False
    meant = {name: None for word in words for name in _members(word, cameras, groups)}
    found = [cameras[name] for name in meant if not cameras[name].disabled]
    if not found:
        raise CliStop(f"“{names}” means no camera of {file} that is not disabled.")
    return found, True


def _members(word: str, cameras: Mapping[str, Camera], groups: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    if word in cameras:
        return (word,)
    return groups.get(word, tuple(cameras))


def _model(name: str) -> dict[str, Any]:
    """What a camera is given for `--model`: an id of the table, or a model file."""
    from cuelang.diagnostics import nearest
    from cuelang.library import read_sheet
    from cuelang.models import BadModel, find, names, read_model

    if name.endswith(".toml"):
        try:
            return {"model": name, "measured": read_model(read_sheet(name).text, name)}
        except BadModel as error:
            raise CliStop(f"The model file {name} {error}.") from None
    if find(name) is None:
        raise CliStop(f"Unknown model “{name}”.{nearest(name, names())} Models: {', '.join(names())}.")
    return {"model": name, "measured": None}


def plan_of(sheet: str, rig: str | None = None, settings: Sequence[str] = (), without: Sequence[str] = ()) -> Plan:
    return loaded_of(sheet, rig, settings, without).plan


def loaded_of(
    sheet: str, rig: str | None = None, settings: Sequence[str] = (), without: Sequence[str] = ()
) -> LoadedSheet:
    """The sheet as `run` has it with the same options."""
    from cuelang.app.loading import LoadedSheet
    from cuelang.sheets import compile_sheet

    compiled = compile_sheet(sheet, rig=rig, settings=settings, without=without)
    if compiled.plan is None:
        raise Shown.of(compiled.diagnostics, compiled.sources)
    changed = tuple(settings), tuple(without)
    return LoadedSheet(compiled.plan, {}, {}, compiled.sources, changed=changed)


def last_asked_of(loaded: LoadedSheet) -> dict[str, CameraState]:
    """What the last show of this sheet asked of its cameras; nothing if its log cannot be read."""
    from cuelang import clock
    from cuelang.clock.zones import show_zone
    from cuelang.runtime.asrun import latest, one_by_one
    from cuelang.runtime.last_asked import last_asked
    from cuelang.runtime.night_before import title_of

    plan = loaded.plan
    wall = clock.RealClock().wall(show_zone(plan.settings.timezone))
    try:
        log = latest(title_of(plan), simulated=False)
        return {} if log is None else last_asked(one_by_one(log), plan, loaded.digest, False, wall)
    except OSError:
        return {}


def may_move(what: str, yes: bool) -> None:
    """Say which cameras will move, and go on only if the user agrees. Raises CliStop."""
    tell(what)
    if yes:
        return
    if not sys.stdin.isatty():
        raise CliStop("Cameras would move; add --yes to confirm.")
    tell("Move them? [y/n]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CliStop("Nothing moved.", ERRORS)


async def asked(question: str) -> bool:
    """Ask at the terminal, y or n, and ask again until it is one of them. Ctrl-C still ends the program."""
    import asyncio

    loop = asyncio.get_running_loop()
    while True:
        tell(f"{question} y or n")
        answer: asyncio.Future[str] = loop.create_future()

        def said(line: str, answer: asyncio.Future[str] = answer) -> None:
            if not answer.done():
                answer.set_result(line)

        def read(said: Callable[[str], None] = said) -> None:
            line = sys.stdin.readline()
            with contextlib.suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(said, line)

        threading.Thread(target=read, daemon=True).start()
        word = (await answer).lower()
        if not word:
            raise CliStop("The terminal was closed.", ERRORS)
        if word.strip() in ("y", "yes", "n", "no"):
            return word.strip().startswith("y")


def left_alone(cameras: Sequence[Camera], on_air: OnAirReport) -> list[Camera]:
    """Those that may move; what is on program is reported and left alone."""
    for camera in cameras:
        if on_air.program(camera.name):
            source = f" ({on_air.source})" if on_air.source else ""
            tell(f"{camera.name} is on program{source} and was skipped.")
    return [camera for camera in cameras if not on_air.program(camera.name)]


def air_of(show: str | None, told: Sequence[str], cameras: Sequence[Camera]) -> OnAirReport:
    from cuelang import clock
    from cuelang.diagnostics import nearest
    from cuelang.technician.onair import on_air

    names = [camera.name for camera in cameras]
    for name in told:
        if name not in names:
            raise CliStop(f"--on-air {name}: unknown camera.{nearest(name, names)}")
    return on_air(show, told, clock.RealClock().wall())


def print_json(data: object) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False, indent=1))
