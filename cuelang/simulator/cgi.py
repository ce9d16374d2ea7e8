"""A simulated camera's web end: PTZOptics' HTTP-CGI on a body, its snapshot and its photobooth.

`WebEnd` is pure: a request and the time go in, an answer comes out; what is due later (the booth's pictures) it does
in `wake`. `WebPort` gives it the clock, `InProcess` answers a driver of the same process without a socket, and
`serve_web` listens for any client with aiohttp, which is imported only there.

Assumptions, where no source says anything:
- What the camera does not know is a 404; what it knows and cannot do now is a 200 with the result `Failed`.
- A booth's files are there as soon as each is taken, and are gone when the next run begins. The first picture is taken
  one delay after the start, so the last at four delays; a video lasts its length, and the delay comes before each.
- A second run is refused while one is under way, and so is one in standby.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cuelang import clock
from cuelang.address import Address
from cuelang.models import Model
from cuelang.protocols import cgi, cgi_picture
from cuelang.protocols.cgi import SHOTS, CgiDecoded
from cuelang.simulator.actions import DRIVES, MOVES, SimulatedDrive, SimulatedMove, lens_fixed
from cuelang.simulator.body import Body, BodySnapshot, Menu
from cuelang.simulator.faults import NO_FAULTS
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.http_end import JPEG, MAX_PATH_CHARS, TEXT, Draw, HttpEnd, HttpReply, Notice, said
from cuelang.simulator.mouth import HUNG_S, Mouth
from cuelang.simulator.settings import ANSWERS as SHOWN
from cuelang.simulator.settings import changes_of
from cuelang.transports.http import QUICK_NS, SMALL, HttpAnswer, Method, Web
from cuelang.units import NS

if TYPE_CHECKING:
    from aiohttp import web

Generation = Literal["any", "g2", "g3"]

FRAME_NS = NS // 2
"""Two pictures a second in a simulated video."""

JSON, VIDEO = "application/json", "video/mp4"
IN_PROCESS = "in this process"
"""Whose requests come without a socket."""
FAILED = '{"Response":{"Result":"Failed"}}'


def drawn(seen: BodySnapshot, name: str, wall: datetime, model: Model) -> bytes:
    """The theatre. Pillow is loaded when the first picture is wanted."""
    from cuelang.simulator import picture

    return picture.snapshot(seen, name, wall, model)


def undrawn(_seen: BodySnapshot, _name: str, _wall: datetime, _model: Model) -> bytes:
    """A grey card, for a rehearsal whose pictures are not looked at."""
    from cuelang.simulator import picture

    return picture.card()


SUCCESS = said(200, JSON, cgi.SUCCESS)
REFUSED = said(200, JSON, FAILED)
UNKNOWN = said(404, TEXT, "404 Not Found\n")


class _Run(Struct):
    """A photobooth at work. `takes` are the instants still to come, with the number of their file."""

    video: bool
    takes: list[tuple[int, int]]


class WebEnd:
    """`generation`: which of the two ways to switch auto-tracking the camera knows, and the newer requests at all."""

    faults = NO_FAULTS

    def __init__(self, body: Body, *, generation: Generation = "any", draw: Draw = drawn) -> None:
        self.body = body
        self.generation = generation
        self.files: dict[str, HttpReply] = {}
        self._draw = draw
        self._run: _Run | None = None
        self._frames: dict[int, list[tuple[BodySnapshot, datetime]]] = {}

    # time

    @property
    def due(self) -> int | None:
        """When it has something to do next."""
        return self._run.takes[0][0] if self._run is not None else None

    def wake(self, now: int, wall: datetime) -> None:
        """Take the pictures that are due."""
        run = self._run
        while run is not None and run.takes and run.takes[0][0] <= now:
            _, number = run.takes.pop(0)
            seen = self.body.snapshot(now)
            if seen.power != "on":
                self._run = None
                return
            if run.video and any(other == number for _, other in run.takes):
                self._frames.setdefault(number, []).append((seen, wall))
            elif run.video:  # its last instant: the film is over
                self.files[f"/video{number}.mp4"] = HttpReply(
                    200, VIDEO, partial(self._film, tuple(self._frames[number]))
                )
            else:
                self.files[f"/photo{number}.jpg"] = HttpReply(200, JPEG, partial(self._photo, seen, wall))
        if run is not None and not run.takes:
            self._run = None

    # requests

    def notices(self) -> list[Notice]:
        """It says nothing by itself."""
        return []

    def answer(self, method: str, path: str, now: int, wall: datetime) -> HttpReply:
        """`path` with its query, as it came over the wire. Never raises."""
        if method not in ("GET", "POST"):
            return said(405, TEXT, "405 Method Not Allowed\n")
        self.wake(now, wall)
        if path in self.files:
            return self.files[path]
        asked = cgi.read(path) if len(path) <= MAX_PATH_CHARS else None
        if asked is None or not self._knows(asked, path):
            return UNKNOWN
        row = asked.row.id
        if row == "snapshot":
            return HttpReply(200, JPEG, partial(self._photo, self.body.snapshot(now), wall))
        if row in ("booth.photo", "booth.video"):
            return UNKNOWN
        if row.startswith("inq."):
            return self._inquiry(row, now)
        if self.body.power(now) != "on":
            return REFUSED
        if row in ("booth.photos", "booth.videos"):
            return self._booth(asked, now)
        return self._order(asked, now)

    def _knows(self, asked: CgiDecoded, path: str) -> bool:
        newer = asked.row.alternative is not None and cgi.TABLE[asked.row.id].path.split("{")[0] in path
        older = asked.row.alternative is not None and not newer
        return not (newer and self.generation == "g2") and not (older and self.generation == "g3" and "auto" in path)

    def _order(self, asked: CgiDecoded, now: int) -> HttpReply:
        row, values, body = asked.row.id, dict(asked.params), self.body
        if row in ("track.on", "track.off"):
            body.tracking = row == "track.on"
            return SUCCESS
        if row.startswith("image."):
            return self._picture(row.removeprefix("image."), values["value"])
        if row in ("osd.open", "osd.close"):
            body.menu = Menu() if row == "osd.open" else None
            return SUCCESS
        if row == "preset.set":
            if not body.model.preset_ok(values["preset"]):
                return REFUSED
            body.store(now, values["preset"])
            return SUCCESS
        if row in ("focus.lock", "focus.unlock"):
            body.focus_locked = row == "focus.lock"
            if body.focus_locked:
                body.stop_focus(now)
            return SUCCESS
        if row == "preset.recall_at":
            kept, body.preset_speed = body.preset_speed, values["pan_speed"]
            try:
                return self._do(MOVES["preset.recall"], values, now)
            finally:
                body.preset_speed = kept
        action = MOVES.get(row) or DRIVES.get(LENS.get(row, row))
        if isinstance(action, SimulatedDrive) and row in ("focus.near", "focus.far"):
            action = replace(
                action, refuse=lens_fixed
            )  # the web side has no word for manual focus: it cannot be asked for
        return REFUSED if action is None else self._do(action, values, now)

    def _picture(self, key: str, value: int) -> HttpReply:
        meant = cgi_picture.meant(key, value)
        if meant is None:
            return REFUSED
        changes_of(self.body.model)[meant[0]](self.body.settings, meant[1])
        return SUCCESS

    def _do(self, action: SimulatedMove | SimulatedDrive, values: dict[str, int], now: int) -> HttpReply:
        if action.refuse(self.body, values):
            return REFUSED
        action.start(self.body, now, values)
        return SUCCESS

    def _inquiry(self, row: str, now: int) -> HttpReply:
        tell = INQUIRIES.get(row)
        fields = {} if tell is None else tell(self.body, now)
        return said(200, TEXT, "".join(f'{name}="{value}"\n' for name, value in fields.items()))

    # pictures

    def _photo(self, seen: BodySnapshot, wall: datetime) -> bytes:
        return self._draw(seen, self.body.name, wall, self.body.model)

    def _film(self, frames: tuple[tuple[BodySnapshot, datetime], ...]) -> bytes:
        from cuelang.simulator import film, picture

        pictures = [self._photo(seen, wall) for seen, wall in frames]
        return film.mp4(pictures, FRAME_NS * 1000 // NS, picture.SIZE)

    def _booth(self, asked: CgiDecoded, now: int) -> HttpReply:
        if self._run is not None:
            return REFUSED
        video, delay = asked.row.id == "booth.videos", asked.params["delay"] * NS
        length = asked.params.get("length", 0) * NS
        takes: list[tuple[int, int]] = []
        for number in range(1, SHOTS + 1):
            begins = now + number * delay + (number - 1) * length
            takes += [(at, number) for at in (range(begins, begins + length + 1, FRAME_NS) if video else (begins,))]
        self.files.clear()
        self._frames.clear()
        self._run = _Run(video, sorted(takes))
        return SUCCESS


LENS = {
    "zoom.in": "zoom.tele_var", "zoom.out": "zoom.wide_var",
    "focus.near": "focus.near_var", "focus.far": "focus.far_var",
}  # fmt: skip
"""HTTP-CGI's rows -> VISCA's, where the body knows them by another name."""


def _device(body: Body, _now: int) -> Mapping[str, object]:
    return {"devname": body.name, "devtype": body.model.title, "versioninfo": "simulated"}


def _shown(body: Body, row: str) -> Mapping[str, int]:
    return {name: body.settings[setting] for name, setting in SHOWN.get(row, DRC).items()}


DRC = {"level": "drc"}
"""What HTTP-CGI tells, and no inquiry of VISCA."""


INQUIRIES: dict[str, Callable[[Body, int], Mapping[str, object]]] = {
    "inq.device_conf": _device,
    "inq.serial_number": lambda body, _now: {"serial_number": f"SIM-{body.name}"},
    "inq.tally_status": lambda body, now: {"tally_status": ("off", "preview", "program").index(body.lamp(now))},
    "inq.advance_image_conf": lambda body, _now: dict(cgi_picture.fields_of(lambda row: _shown(body, row))),
    "inq.image_conf": lambda body, _now: {
        "luminance": body.settings["brightness"], "contrast": body.settings["contrast"],
        "hue": body.settings["color_hue"], "saturation": body.settings["color_gain"],
        "sharpness": body.settings["sharpness"], "flip": body.settings["flip"] >> 1,
        "mirror": body.settings["flip"] & 1,
    },
}  # fmt: skip


class WebPort:
    """A web end on the running loop: it has the time, and is woken for its pictures. `tell` is called with what the
    camera says by itself."""

    def __init__(self, end: WebEnd | HttpEnd, tell: Callable[[Notice], object]) -> None:
        self.end = end
        self.clock = clock.current()
        self._tell = tell
        self._alarm = clock.Alarm(self._wake, self.clock)

    def answer(self, method: str, path: str, peer: str = "") -> HttpReply:
        now, wall = self.clock.now(), self.clock.wall()
        if isinstance(self.end, HttpEnd):
            reply = self.end.answer(method, path, now, wall, peer)
        else:
            reply = self.end.answer(method, path, now, wall)
        self._after()
        return reply

    def close(self) -> None:
        self._alarm.clear()

    def _wake(self) -> None:
        self.end.wake(self.clock.now(), self.clock.wall())
        self._after()

    def _after(self) -> None:
        self._alarm.set(self.end.due)
        for notice in self.end.notices():
            self._tell(notice)


def _unheard(notice: Notice) -> None:
    """There is no listener."""


class InProcess(Web):
    """A web end for a driver in the same process, without a socket and in the loop's own time.

    `latency` ns pass before each answer. While `gone` is set the camera is off the network. `tell` is called with what
    it says by itself.
    """

    def __init__(
        self, end: WebEnd | HttpEnd, *, latency: int = 0, base: str = "", tell: Callable[[Notice], object] = _unheard
    ) -> None:
        self.end = end
        self.base = base
        self.gone = False
        self._latency = latency
        self._tell = tell
        self._port: WebPort | None = None

    async def ask(
        self, method: Method, path: str, *, within: int = QUICK_NS, most: int = SMALL, asks: bool = False
    ) -> HttpAnswer:
        if self._port is None:
            self._port = WebPort(self.end, self._tell)
        now = self._port.clock
        if self.gone or self.end.faults.silent or not self.end.body.plugged or self._latency > within:
            await now.sleep_until(now.now() + within)
            return HttpAnswer(trouble="timed_out", error=f"no answer within {within / NS:g} s")
        if self._latency:
            await now.sleep_until(now.now() + self._latency)
        reply = self._port.answer(method, path, IN_PROCESS)
        drawn_now = reply.kind in (JPEG, VIDEO)
        body = await asyncio.get_running_loop().run_in_executor(None, reply.make) if drawn_now else reply.make()
        if len(body) > most:
            return HttpAnswer(reply.status, trouble="refused", error=f"the camera sends more than {most} bytes")
        return HttpAnswer(reply.status, body, reply.kind, headers=reply.headers)

    async def prepare(self) -> None:
        """Nothing has to be loaded before the first request."""

    async def close(self) -> None:
        if self._port is not None:
            self._port.close()


class CgiServer:
    """A web end that listens. `url` is where, with the port that it really got."""

    def __init__(
        self, host: str, port: int, end: WebEnd | HttpEnd, runner: web.AppRunner, ears: WebPort, mouth: Mouth
    ) -> None:
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self.port = port
        self.end = end
        self._runner = runner
        self._ears, self._mouth = ears, mouth

    async def close(self) -> None:
        self._ears.close()
        self._mouth.close()
        await self._runner.cleanup()


async def serve_web(end: WebEnd | HttpEnd, host: str, port: int, guard: HttpAuth | None = None) -> CgiServer:
    """Listen at http://host:port; port 0 is any free one. OSError: it cannot listen there."""
    from aiohttp import web
    from multidict import CIMultiDict

    mouth = Mouth()
    ears = WebPort(end, mouth.say)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        if guard is not None and not guard.lets_in(request.method, path, request.headers.get("Authorization", "")):
            wants = CIMultiDict([("WWW-Authenticate", challenge) for challenge in guard.challenges()])
            return web.Response(status=401, headers=wants)
        if end.faults.silent or not end.body.plugged:
            await asyncio.sleep(HUNG_S)
        reply = ears.answer(request.method, path, request.remote or "")
        if reply.kind in (JPEG, VIDEO):
            body = await asyncio.get_running_loop().run_in_executor(None, reply.make)
        else:
            body = reply.make()
        return web.Response(status=reply.status, body=body, content_type=reply.kind, headers=dict(reply.headers))

    runner: Any = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return CgiServer(host, runner.addresses[0][1], end, runner, ears, mouth)


async def serve_beside(body: Body, url: str, guard: HttpAuth | None = None, *, draw: Draw = drawn) -> CgiServer:
    """The web side of a body that listens for something else elsewhere: `http://host[:port]`, 80 if not given.

    ValueError: no such URL. OSError: it cannot listen there.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "cgi") or not parts.hostname:
        raise ValueError(f"“{url}” is not the address of a web server, as in http://127.0.0.1:8080.")
    return await serve_web(WebEnd(body, draw=draw), parts.hostname, 80 if parts.port is None else parts.port, guard)


class _Bodied(Protocol):
    body: Body


async def open_web(
    address: Address, end: _Bodied, guard: HttpAuth | None = None
) -> tuple[int, Callable[[], Awaitable[None]]]:
    """The opener of a camera that is driven by HTTP: the port that it got, and what closes it. OSError: it cannot
    listen there."""
    own = end if isinstance(end, HttpEnd) else WebEnd(end.body)
    server = await serve_web(own, address.host, address.port or 0, guard)
    return server.port, server.close
