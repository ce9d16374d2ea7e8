"""Simulated cameras and switchers that listen at sockets until they are ended: `cuelang simulate`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from cuelang import address, clock
from cuelang.clock.signals import ENDING, on_signals
from cuelang.models import DEFAULT, Model, fits
from cuelang.plain import cells, padded
from cuelang.plan import Camera, Switcher
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.presets import stored
from cuelang.simulator.serve import AT_SOCKETS, CameraServer, CannotListen, CannotSimulate, serve
from cuelang.simulator.switchers import SwitcherServer, end_at, end_of, serve_switcher


class WantedCamera(Struct, frozen=True):
    """A camera that shall listen at `url`."""

    name: str
    url: str
    model: Model = DEFAULT
    presets: tuple[tuple[int, StoredPreset], ...] = ()
    http: str | None = None
    """Where its HTTP interface listens beside it."""
    base: int = 1
    """The first number of a Pelco-P line."""
    guard: HttpAuth | None = None
    """The login of its HTTP interface."""


def of_rig(
    cameras: Iterable[Camera], otherwise: Model = DEFAULT, environment: Mapping[str, str] = os.environ
) -> tuple[list[WantedCamera], list[str]]:
    """What a rig asks for, with the presets whose positions it knows; and what cannot be simulated at a socket, a
    sentence each. `otherwise` is the model of those that name none. A camera with a login asks for it, if its password
    is known here."""
    wanted, left_out = [], []
    for camera in cameras:
        if address.parse(camera.url).scheme not in AT_SOCKETS:
            left_out.append(f"{camera.name} ({camera.url}) was skipped: it exists only inside a show.")
            continue
        presets = tuple(stored(camera).items())
        model = camera.figures if camera.model or not fits(otherwise, camera.url) else otherwise
        by_web = address.parse(camera.url).family in address.BY_WEB
        http = camera.http if urlsplit(camera.http).port else None  # only the administrator may have port 80
        if http is not None and http.startswith("https:"):
            left_out.append(
                f"{camera.name}: its HTTP interface was skipped; a simulated one has no certificate for {http}."
            )
            http = None
        guard = None
        if camera.login is not None and (http is not None or by_web):
            name, variable = camera.login
            password = environment.get(variable)
            if password is None:
                left_out.append(f"{camera.name}: no login is required, because {variable} is not set.")
            else:
                guard = HttpAuth(name, password)
        wanted.append(WantedCamera(camera.name, camera.url, model, presets, http, camera.address_base, guard))
    return wanted, left_out


class WantedSwitcher(Struct, frozen=True):
    """A switcher that shall listen at `url`; `of` is the sheet's, None: one with eight cameras."""

    name: str
    url: str
    of: Switcher | None = None
    password: str | None = None


SWITCHERS = tuple(address.SWITCHER_PORTS)
"""Schemes of switchers that can be simulated at a socket."""


def switchers_of_rig(
    switchers: Iterable[Switcher], environment: Mapping[str, str] = os.environ
) -> tuple[list[WantedSwitcher], list[str]]:
    """The switchers of a rig to simulate, and why others are left out. OBS asks for the sheet's password if it is
    known here."""
    wanted, left_out = [], []
    for one in switchers:
        if one.kind not in SWITCHERS:
            left_out.append(f"{one.name} ({one.url}) was skipped: it exists only inside a show.")
            continue
        password = environment.get(one.password) if one.password is not None else None
        if one.password is not None and password is None:
            left_out.append(f"{one.name}: no password is required, because {one.password} is not set.")
        wanted.append(WantedSwitcher(one.name, one.url, one, password))
    return wanted, left_out


async def serve_wanted(one: WantedSwitcher) -> SwitcherServer:
    """Raises BadAddress and CannotSimulate for an address that cannot be simulated, and CannotListen."""
    parts = urlsplit(one.url)
    try:
        port = parts.port
    except ValueError as bad:
        raise CannotSimulate(f"“{one.url}” is not an address: {bad}.") from None
    if not parts.hostname:
        raise CannotSimulate(f"“{one.url}” has no host.")
    if port is None:
        port = next(usual for kind, usual in address.SWITCHER_PORTS.items() if kind == parts.scheme)
    end = end_at(parts.scheme) if one.of is None else end_of(one.of, one.password)
    try:
        return await serve_switcher(end, parts.hostname, port)
    except OSError as error:
        raise CannotListen(f"{one.url}: cannot listen there: {error.strerror or error}.") from None


def listen(
    wanted: Sequence[WantedCamera],
    faults: Faults = NO_FAULTS,
    *,
    switchers: Sequence[WantedSwitcher] = (),
    say: Callable[[str], None],
) -> None:
    """Listen until Ctrl-C or SIGTERM. `say` is called with the addresses, one line for each camera and each switcher.

    Raises BadAddress and CannotSimulate for an address that cannot be simulated, and CannotListen. Both say what to do.
    """
    clock.run(_listen(wanted, faults, switchers, say))


async def _listen(
    wanted: Sequence[WantedCamera], faults: Faults, switchers: Sequence[WantedSwitcher], say: Callable[[str], None]
) -> None:
    ended = asyncio.Event()
    hearing = contextlib.ExitStack()
    servers: list[CameraServer] = []
    mixers: list[SwitcherServer] = []
    try:
        for camera in wanted:
            server = await serve(
                camera.url,
                camera.model,
                camera.name,
                faults,
                http=camera.http,
                base=camera.base,
                guard=camera.guard,
            )
            servers.append(server)
            server.body.presets.update(camera.presets)
        for one in switchers:
            mixers.append(await serve_wanted(one))  # noqa: PERF401 - those that run are closed if the next one fails
        hearing.enter_context(on_signals(ended.set, *ENDING))
        width = max(cells(name) for name in [*(one.name for one in wanted), *(one.name for one in switchers)])
        for camera, server in zip(wanted, servers, strict=True):
            beside = f"  {server.web.url}" if server.web is not None else ""
            say(f"{padded(camera.name, width)}  {server.url}{beside}  {camera.model.title}")
        for one, mixer in zip(switchers, mixers, strict=True):
            parts = urlsplit(one.url)
            sources = ", ".join(title for title in mixer.end.mixer.sources.values())
            say(f"{padded(one.name, width)}  {parts.scheme}://{parts.hostname}:{mixer.port}  {sources}")
        say("Ctrl-C ends it.")
        await ended.wait()
    finally:
        for server in servers:
            await server.close()
        for mixer in mixers:
            await mixer.close()
        hearing.close()
