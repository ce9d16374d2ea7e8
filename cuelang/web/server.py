"""The web side put together: aiohttp on a socket that is open already.

aiohttp is loaded with this module, a fifth of a second, so it is imported late.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from socket import socket
from typing import cast

from aiohttp import web
from aiohttp.http import HttpProcessingError

from cuelang.clock import Clock, end_tasks
from cuelang.plain import failure
from cuelang.transports.stamps import StampedProtocol
from cuelang.units import NS
from cuelang.web.access import VISITOR, Access
from cuelang.web.api import Api, answered
from cuelang.web.auth import PinAuth, Role, WrongPins
from cuelang.web.errors import HttpError
from cuelang.web.hub import Hub
from cuelang.web.manual import Manual
from cuelang.web.orders import WebOrders
from cuelang.web.origin import HEADERS, POLICY, OriginCheck, origin_of, policy
from cuelang.web.show import ShowApi
from cuelang.web.snapshots import SnapshotCache
from cuelang.web.socket import Sockets
from cuelang.web.static import StaticFile, files
from cuelang.web.visitors import Visitor, Visitors

LARGEST_BODY = 16 * 1024
PATIENCE_S = 10.0
"""Seconds that a request may take: for its head, for its body, for its answer."""
IDLE_S = 30.0
"""Seconds that a connection without a request stays open."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS_CODES = {404: "not_found", 405: "wrong_method", 413: "too_long"}
STATUS_HINTS = {404: "`GET /api/openapi.json` lists everything.", 405: "`GET /api/openapi.json` lists everything."}


class WebServer:
    """The page and the API of one show, from `open` to `close`. `bound` is the host that the sockets listen at."""

    def __init__(
        self,
        show: ShowApi,
        clock: Clock,
        bound: str,
        pins: Mapping[Role, str],
        names: Iterable[str],
        trouble: Callable[[str], None],
    ) -> None:
        self.context: ssl.SSLContext | None = None
        """With one, everything is encrypted."""
        self.session = secrets.token_urlsafe(9)
        self.hub = Hub(show, clock)
        self._snapshots = SnapshotCache(show, clock)
        self._wrong_pins = WrongPins(trouble, lambda ns, tell: clock.at(clock.now() + ns, tell))
        self._gate = Access(PinAuth(pins, self._wrong_pins.count), OriginCheck(bound, names), clock)
        orders = WebOrders(show, clock, self.session)
        self._api = Api(show, clock, self._gate, self.hub, orders, self._snapshots)
        self._manual = Manual(self._gate, show)
        self._sockets = Sockets(self._gate, self.hub, orders, clock, show)
        self._gate.on_logout = self._sockets.log_out
        self._clock = clock
        self._visitors = Visitors()
        self._visitor_of: dict[object, Visitor] = {}
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
        app.add_routes([web.get("/ws", self._sockets.handle), *self._manual.routes()])
        shelf = await asyncio.to_thread(files)
        app.add_routes([web.get(path, _served(file)) for path, file in shelf.items()])
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=self._logger,
            keepalive_timeout=IDLE_S,
            shutdown_timeout=0.5,
            lingering_time=1.0,
        )
        await runner.setup()
        self._runner = runner
        for one in listening:
            enter = partial(self._enter, runner)
            entry: Callable[[], asyncio.Protocol] = partial(_NewConnection, self._clock, enter)
            if self.context is not None:
                entry = partial(_Encrypted, self._clock, enter, self.context)
            self._servers.append(await loop.create_server(entry, sock=one))
        self._task = loop.create_task(self._keep_pages(), name="pages")

    async def close(self) -> None:
        """Say goodbye to every page; within a second, even those still connected."""
        for server in self._servers:
            server.close()
        if self._task is not None:
            await end_tasks((self._task,))
        self._snapshots.close()
        self._wrong_pins.close()
        await self._sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _keep_pages(self) -> None:
        while True:
            try:
                await self.hub.run()
            except Exception as error:  # an internal error: it is reported, and the pages go on
                self._trouble(f"Page update failed: {failure(error)}")
            await self._clock.sleep_until(self._clock.now() + NS)

    def _enter(self, runner: web.AppRunner, transport: asyncio.Transport) -> asyncio.Protocol | None:
        """What serves a new connection; None if there is no room. It has to ask for something before long."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        server = runner.server
        new = Visitor(origin_of(address), transport.abort, transport.is_closing, self._clock.now())
        new.standing = self._gate.standing(address)
        if server is None or not self._visitors.admit(new):
            transport.abort()
            return None

        def look() -> None:
            if not new.asked:
                transport.abort()

        connection = server()
        there = {known: one for known, one in self._visitor_of.items() if not one.gone()}
        self._visitor_of = there | {connection: new}
        asyncio.get_running_loop().call_later(PATIENCE_S, look)
        return connection

    @web.middleware
    async def _all(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        visitor = self._visitor_of.get(request.protocol)
        if visitor is not None:
            request[VISITOR] = visitor
            visitor.asked, visitor.at, visitor.busy = True, self._clock.now(), visitor.busy + 1
        try:
            return await self._answered(request, handler)
        finally:
            if visitor is not None:
                visitor.at, visitor.busy = self._clock.now(), visitor.busy - 1

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever the answer is, it waits until it is its turn: how fast it comes says nothing of a PIN."""
        self._gate.queue(request)
        if request.path == "/ws":  # it answers by itself
            await self._gate.wait(request)
        response = await self._worked(request, handler)
        await self._gate.wait(request)
        self._gate.believe(request)
        return response

    async def _worked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._gate.check(request)
            if request.path == "/ws":
                return await handler(request)
            async with asyncio.timeout(PATIENCE_S):
                return await handler(request)
        except HttpError as fault:
            response = answered(fault.json(), fault.status)
            if "retry_after" in fault.extra:
                response.headers["Retry-After"] = str(fault.extra["retry_after"])
            if fault.status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
        except TimeoutError:
            return answered(HttpError(408, "too_slow", "Request timed out.").json(), 408)
        except web.HTTPException as error:
            code = STATUS_CODES.get(error.status, "http")
            said = HttpError(error.status, code, f"{error.reason}.", STATUS_HINTS.get(error.status, ""))
            kept = {name: value for name, value in error.headers.items() if name == "Allow"}
            response = answered(said.json(), error.status)
            response.headers.update(kept)
            return response
        except ConnectionError:  # the client has gone in the middle of it, or was cut: no one reads this
            return answered(HttpError(400, "gone", "The connection ended too early.").json(), 400)
        except Exception as error:  # an internal error: the client and the operator both get it
            self._trouble(f"The page's server has failed over {request.method} {request.path[:80]}: {failure(error)}")
            return answered(HttpError(500, "failed", "Internal error.", "The show continues.").json(), 500)


class _Once:
    """Says each thing once, and not everything that a night of strangers' requests can bring."""

    MAX_TEXTS = 50

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    def __call__(self, text: str) -> None:
        if text not in self._said and len(self._said) < self.MAX_TEXTS:
            self._said.add(text)
            self._say(text)


class _Log(logging.Logger):
    """What aiohttp has to say, for the operator and not for the terminal: a page may be drawn there."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__("cuelang.web", logging.WARNING)
        self._say = say

    def handle(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):  # bytes that are not HTTP: not our problem
            self._say(f"The page's server: {record.getMessage()}" + (f" {failure(error)}" if error is not None else ""))


class _NewConnection(StampedProtocol):
    """A connection that is served once it is known where it comes from."""

    def __init__(self, clock: Clock, enter: Callable[[asyncio.Transport], asyncio.Protocol | None]) -> None:
        super().__init__(clock)
        self._enter = enter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.inner = self._enter(cast(asyncio.Transport, transport))
        super().connection_made(transport)


class _Encrypted(StampedProtocol):
    """A connection that is counted before it is encrypted, and served after that."""

    def __init__(
        self, clock: Clock, enter: Callable[[asyncio.Transport], asyncio.Protocol | None], context: ssl.SSLContext
    ) -> None:
        super().__init__(clock)
        self._enter, self._context = enter, context
        self._early: list[bytes] = []
        """What came with the last word of the handshake."""
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        plain = cast(asyncio.Transport, transport)
        plain.pause_reading()
        served = self._enter(plain)
        if served is not None:
            self._work = asyncio.get_running_loop().create_task(self._shake_hands(plain, served))

    async def _shake_hands(self, plain: asyncio.Transport, served: asyncio.Protocol) -> None:
        try:
            encrypted = await asyncio.get_running_loop().start_tls(
                plain, self, self._context, server_side=True, ssl_handshake_timeout=PATIENCE_S
            )
        except (OSError, RuntimeError):  # not TLS, a certificate that the client refuses, or it has gone
            plain.abort()
            return
        if encrypted is None:
            return
        self.inner = served
        served.connection_made(encrypted)
        for piece in self._early:
            served.data_received(piece)
        self._early = []

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.inner is None:
            self._early.append(data)


async def _sealed(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update({**HEADERS, POLICY: response.headers.get(POLICY, HEADERS[POLICY])})
    response.headers.setdefault("Cache-Control", "no-store")


def _served(file: StaticFile) -> Handler:
    """An unchanged file is not sent again."""

    async def handle(request: web.Request) -> web.StreamResponse:
        headers = {"ETag": f'"{file.tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if file.policy:
            headers[POLICY] = policy(file.policy)
        if file.tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = file.data
        if file.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = file.packed, "gzip"
        charset = "utf-8" if file.kind.startswith("text/") else None
        return web.Response(body=body, content_type=file.kind, charset=charset, headers=headers)

    return handle
