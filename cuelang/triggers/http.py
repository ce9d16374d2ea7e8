"""The inputs for requests over HTTP: a joystick's button, a stream deck, a browser.

An input knows the paths of its triggers and nothing else, by GET or POST. What was asked for is answered with what
became of it: 200 when it fired, 409 with the reason when it did not, 404 for every other path. `allow` and `passcode`
are those of every input; a passcode comes as `?passcode=…`, as the password of Basic or as a Bearer token.

A browser shows pages from elsewhere too, and those could ask for a path here. So a request that bears the marks of a
browser is heard only when a person has typed it in or a page of this input has sent it, and never when the browser
looks ahead. Programs send none of these marks.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cuelang.clock import Clock
from cuelang.output.triggers import when_text
from cuelang.plain import failure
from cuelang.plan import OnHttp, Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.rules import ALWAYS
from cuelang.transports.listening import bound
from cuelang.transports.stamps import StampedProtocol, received
from cuelang.triggers.access import InputAccess, Seldom, called, cannot_open, subject
from cuelang.triggers.ears import Ears
from cuelang.triggers.http_table import HttpTable
from cuelang.units import NS

if TYPE_CHECKING:
    from aiohttp import web

CONNECTIONS = 64
"""Of one input at a time."""
REQUEST_TIMEOUT_S = 10
"""Seconds in which a new connection has to ask for something."""
MAX_PATH_CHARS = 200
"""Characters of a path that are looked at."""
RATE = 50
"""Requests a second of one input that are looked at."""


class HttpDoor:
    """All HTTP inputs of a show.

    `decide` gets each request and returns its verdict; `settled` each verdict that is given here (refused, no_cue);
    `problem` what the operator should know.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        decide: Callable[[Request], Awaitable[Verdict]],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
        ears: Ears | None = None,
    ) -> None:
        self.clock, self.problem = clock, problem
        self._decide, self._settled, self._environ = decide, settled, environ
        self._plan = plan
        self._ears = ears or Ears(clock)
        self._table = HttpTable(plan)
        self._refused = Seldom(NS)
        self._started = False
        self._inputs: list[_Input] = []

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where it listens: the names of its inputs, with host and port."""
        return {one.access.port.name: one.address for one in self._inputs}

    async def open(self) -> None:
        """Listen on every input. Raises InputError, with none left open, if one cannot be opened."""
        for port in _inputs(self._plan):
            one = _Input(self, InputAccess(port, self._environ, self.problem))
            self._inputs.append(one)
            try:
                await one.open()
            except (OSError, ValueError) as error:
                await self.close()
                raise cannot_open(port, error) from error

    def start(self) -> None:
        """The show is there: what is asked from now on is decided."""
        self._started = True

    async def close(self) -> None:
        inputs, self._inputs = self._inputs, []
        for one in inputs:
            await one.close()

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on, and other `allow` lines. An input with another address needs a new start."""
        self._plan, self._table = plan, HttpTable(plan)
        wanted = {(port.name, port.url): port for port in _inputs(plan)}
        for one in self._inputs:
            old = one.access.port
            port = wanted.pop((old.name, old.url), None)
            if port is None:
                self.problem(f"{subject(old)} stays open until the show is restarted.")
            elif (port.allow, port.passcode) != (old.allow, old.passcode):
                one.access = InputAccess(port, self._environ, self.problem)
        for port in wanted.values():
            self.problem(f"{subject(port)} opens when the show is restarted.")

    async def asked(self, access: InputAccess, method: str, path: str, host: str, request: web.BaseRequest) -> Answer:
        """What to answer to one request. Never raises."""
        now = received(request.transport, self.clock)
        found = self._table.find(path[:MAX_PATH_CHARS], access.port.name, f"http {host} {path[:60]}", now)
        stranger = access.stranger(host) or _foreign(request.headers)
        if stranger:
            return self._refuse(found, 403, stranger)
        if not access.open:
            rights, wrong = access.connect(host, (_passcode(request),), now)
            asks = found if isinstance(found, Request) or found is None else found.request
            if "control" not in rights and not (rights and asks is not None and asks.verb in ALWAYS):
                return self._refuse(found, 401, wrong or f"{host} has not sent the passcode of {called(access.port)}")
        heard = self._ears.heard(
            access.port.name,
            f"http {host}",
            lambda: (when_text(OnHttp(path[:MAX_PATH_CHARS])), method),
            [] if found is None else [found],
        )
        found = heard[0] if heard else None
        if found is None:
            return 404, "No trigger of this show has this path."
        if method not in ("GET", "POST"):
            return 405, "GET or POST."
        if not self._started:
            return 503, "The show has not begun."
        if isinstance(found, Verdict):
            self._settled(found)
            verdict = found
        else:
            verdict = await self._decide(found)
        said = f"{verdict.request.text}: {verdict.verdict}"
        if verdict.verdict == "fired":
            return 200, said
        return 409, f"{said}, {verdict.reason}"

    def _refuse(self, found: Request | Verdict | None, status: int, reason: str) -> Answer:
        if found is not None and self._refused.ready(self.clock.now()):
            request = found if isinstance(found, Request) else found.request
            self._settled(Verdict(request, "refused", reason + self._refused.others()))
        return status, reason


Answer = tuple[int, str]


class _Input:
    """One input, at each address of its host."""

    def __init__(self, door: HttpDoor, access: InputAccess) -> None:
        self.access = access
        self._door = door
        self._links: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._server: web.Server | None = None
        self._silent: set[asyncio.BaseProtocol] = set()
        """Connections that have not asked for anything yet."""
        self._second, self._count = 0, 0

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._links[0].getsockname()[:2]
        return host, port

    async def open(self) -> None:
        """Raises OSError."""
        from aiohttp import web  # a fifth of a second, and few shows hear requests

        at, loop = self.access.port.at, asyncio.get_running_loop()
        self._server = web.Server(
            self._handle, access_log=None, logger=_Log(self._door.problem), keepalive_timeout=30, lingering_time=1
        )
        self._links = await bound(at.host or "127.0.0.1", at.port or 0, socket.SOCK_STREAM)
        for link in self._links:
            self._servers.append(await loop.create_server(self._connection, sock=link))

    async def close(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        if self._server is not None:
            await self._server.shutdown(0.5)

    def _connection(self) -> asyncio.BaseProtocol:
        server = self._server
        if server is None or len(server.connections) >= CONNECTIONS:
            return _Full()
        connection = server()
        self._silent.add(connection)

        def look() -> None:
            if connection in self._silent:
                self._silent.discard(connection)
                if connection.transport is not None:
                    connection.transport.abort()

        asyncio.get_running_loop().call_later(REQUEST_TIMEOUT_S, look)
        return StampedProtocol(self._door.clock, connection)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        from aiohttp import web

        self._silent.discard(request.protocol)
        status, text = 429, "Too many requests."
        if self._has_time():
            peer = request.transport.get_extra_info("peername") if request.transport is not None else None
            host = str(peer[0]) if isinstance(peer, tuple) else ""
            status, text = await self._door.asked(self.access, request.method, request.path, host, request)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "cuelang"}
        if status == 405:
            headers["Allow"] = "GET, POST"
        if status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="cuelang"'
        return web.Response(status=status, text=f"{text}\n", headers=headers)

    def _has_time(self) -> bool:
        second = self._door.clock.now() // NS
        self._second, self._count = second, self._count + 1 if second == self._second else 1
        return self._count <= RATE


class _Full(asyncio.Protocol):
    """More connections than there is room for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


class _Log(logging.Logger):
    """What aiohttp has to say, for the operator. Bytes that are not HTTP do not concern the operator."""

    def __init__(self, problem: Callable[[str], None]) -> None:
        super().__init__("cuelang.http", logging.WARNING)
        self._problem = problem

    def handle(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not type(error).__module__.startswith("aiohttp"):
            self._problem(f"An input for requests has failed: {failure(error)}.")


def _foreign(headers: Mapping[str, str]) -> str:
    """Why a browser's request is not a person's; empty if it is, or if no browser has sent it."""
    if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
        return "prefetch by a browser, not a request"
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is None and origin is None:
        return ""
    host = headers.get("Host", "")
    if site not in (None, "none", "same-origin") or (origin is not None and origin.lower() != f"http://{host.lower()}"):
        return "another web page asks for this"
    return "" if _is_this_machine(host) else f"a browser calls this machine {host[:60]}; use its address"


def _is_this_machine(host: str) -> bool:
    """A name that a foreign DNS has pointed at this machine is not its own; an address cannot be pointed."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        ip_address(name)
    except ValueError:
        here = socket.gethostname().lower()
        return name in ("localhost", here, here.partition(".")[0], f"{here.partition('.')[0]}.local")
    return True


def _passcode(request: web.BaseRequest) -> str:
    given = request.query.get("passcode")
    if given is not None:
        return given
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _inputs(plan: Plan) -> list[Port]:
    return [port for port in plan.inputs if port.kind == "http"]
