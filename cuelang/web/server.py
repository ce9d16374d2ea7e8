"""The web side put together: aiohttp on a socket that is open already.

aiohttp is loaded with this module, a fifth of a second, so whoever wants it imports it late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from socket import socket

from aiohttp import web
from aiohttp.http import HttpProcessingError

from cuelang.clock import NS, Clock
from cuelang.plain import failure
from cuelang.web.api import Api, answered
from cuelang.web.auth import Door, Role
from cuelang.web.fault import Fault
from cuelang.web.floor import Floor
from cuelang.web.gate import Gate
from cuelang.web.guard import HEADERS, Guard
from cuelang.web.hub import Hub
from cuelang.web.looks import Looks
from cuelang.web.orders import Orders
from cuelang.web.socket import Sockets
from cuelang.web.static import File, files

CONNECTIONS = 256
LARGEST_BODY = 16 * 1024
PATIENCE = 10.0
"""Seconds that a request may take: for its head, for its body, for its answer."""
IDLE = 30.0
"""Seconds that a connection without a request stays open."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS_CODES = {404: "not_found", 405: "wrong_method", 413: "too_long"}
STATUS_HINTS = {404: "`GET /api/openapi.json` lists everything.", 405: "`GET /api/openapi.json` lists everything."}


class WebServer:
    """The page and the API of one show, from `open` to `close`. `bound` is the host that the sockets listen at."""

    def __init__(
        self,
        floor: Floor,
        clock: Clock,
        bound: str,
        pins: Mapping[Role, str],
        names: Iterable[str],
        trouble: Callable[[str], None],
    ) -> None:
        self.session = secrets.token_urlsafe(9)
        self.hub = Hub(floor, clock)
        self._looks = Looks(floor, clock)
        self._gate = Gate(Door(pins), Guard(bound, names), clock)
        orders = Orders(floor, clock, self.session)
        self._api = Api(floor, clock, self._gate, self.hub, orders, self._looks)
        self._sockets = Sockets(self._gate, self.hub, orders, clock)
        self._gate.on_logout = self._sockets.log_out
        self._clock = clock
        self._silent: set[object] = set()
        """New connections that have not asked for anything yet."""
        self._trouble = _Once(trouble)
        self._logger = _Log(self._trouble)
        self._servers: list[asyncio.Server] = []
        self._runner: web.AppRunner | None = None
        self._task: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Something happened in the show."""
        self.hub.changed()

    async def open(self, listening: Iterable[socket]) -> None:
        """Serve at these sockets, which listen already."""
        loop = asyncio.get_running_loop()
        app = web.Application(middlewares=[self._all], client_max_size=LARGEST_BODY)
        app.on_response_prepare.append(_sealed)
        app.add_routes(self._api.routes())
        app.add_routes([web.get("/ws", self._sockets.handle)])
        shelf = await asyncio.to_thread(files)
        app.add_routes([web.get(path, _served(file)) for path, file in shelf.items()])
        runner = web.AppRunner(app, access_log=None, logger=self._logger, keepalive_timeout=IDLE, shutdown_timeout=0.5,
                               lingering_time=1.0)  # fmt: skip
        await runner.setup()
        self._runner = runner
        for one in listening:
            self._servers.append(await loop.create_server(lambda: self._connection(runner), sock=one))
        self._task = loop.create_task(self._keep_pages(), name="pages")

    async def close(self) -> None:
        """Say goodbye to every page; within a second, whoever is still there."""
        for server in self._servers:
            server.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._looks.close()
        await self._sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _keep_pages(self) -> None:
        while True:
            try:
                await self.hub.run()
            except Exception as error:  # a mistake of ours: it is said, and the pages go on
                self._trouble(f"The pages could not be brought up to date: {failure(error)}")
            await self._clock.sleep_until(self._clock.now() + NS)

    def _connection(self, runner: web.AppRunner) -> asyncio.BaseProtocol:
        """A new one, which has to ask for something before long; those that only sit there would be many soon."""
        server = runner.server
        if server is None or len(server.connections) >= CONNECTIONS:
            return _Full()
        connection = server()

        def look() -> None:
            if connection in self._silent:
                self._silent.discard(connection)
                if connection.transport is not None:
                    connection.transport.abort()

        self._silent.add(connection)
        asyncio.get_running_loop().call_later(PATIENCE, look)
        return connection

    @web.middleware
    async def _all(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._silent.discard(request.protocol)
        try:
            self._gate.check(request)
            if request.path == "/ws":
                return await handler(request)
            async with asyncio.timeout(PATIENCE):
                return await handler(request)
        except Fault as fault:
            response = answered(fault.json(), fault.status)
            if "retry_after" in fault.extra:
                response.headers["Retry-After"] = str(fault.extra["retry_after"])
            if fault.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        except TimeoutError:
            return answered(Fault(408, "too_slow", "This took too long.").json(), 408)
        except web.HTTPException as error:
            code = STATUS_CODES.get(error.status, "http")
            said = Fault(error.status, code, f"{error.reason}.", STATUS_HINTS.get(error.status, ""))
            kept = {name: value for name, value in error.headers.items() if name == "Allow"}
            response = answered(said.json(), error.status)
            response.headers.update(kept)
            return response
        except Exception as error:  # a mistake of ours: whoever asked and the operator both hear of it
            self._trouble(f"The page's server has failed over {request.method} {request.path[:80]}: {failure(error)}")
            return answered(Fault(500, "failed", "This is a fault of the program.", "The show goes on.").json(), 500)


class _Once:
    """Says each thing once, and not everything that a night of strangers' requests can bring."""

    MOST = 50

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    def __call__(self, text: str) -> None:
        if text not in self._said and len(self._said) < self.MOST:
            self._said.add(text)
            self._say(text)


class _Log(logging.Logger):
    """What aiohttp has to say, for the operator and not for the terminal: a page may be drawn there."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__("cuelang.web", logging.WARNING)
        self._say = say

    def handle(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):  # somebody sends what is no HTTP: his trouble
            self._say(f"The page's server: {record.getMessage()}" + (f" {failure(error)}" if error is not None else ""))


class _Full(asyncio.Protocol):
    """One connection too many: it is closed again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def _sealed(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


def _served(file: File) -> Handler:
    """An unchanged file is not sent again."""

    async def handle(request: web.Request) -> web.StreamResponse:
        headers = {"ETag": f'"{file.tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if file.tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = file.data
        if file.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = file.packed, "gzip"
        charset = "utf-8" if file.kind.startswith("text/") else None
        return web.Response(body=body, content_type=file.kind, charset=charset, headers=headers)

    return handle
