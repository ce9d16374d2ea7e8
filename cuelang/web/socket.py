"""`/ws`: one socket for each page. The protocol is in `cuelang/web/state.py`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, TypeAlias

from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Struct

from cuelang.clock import Clock, Tasks, end_tasks
from cuelang.playback.hands import LOCKED
from cuelang.playback.rules import ALWAYS
from cuelang.transports.stamps import received
from cuelang.triggers.limits import Bucket
from cuelang.web.access import VISITOR, Access
from cuelang.web.auth import Role
from cuelang.web.driving import PageHands, signed
from cuelang.web.errors import HttpError
from cuelang.web.hub import Hub, Subscriber
from cuelang.web.orders import WebOrders, parsed
from cuelang.web.origin import origin_of
from cuelang.web.show import ShowApi
from cuelang.web.state import PROTOCOL
from cuelang.web.wire import read, written

PAGES = 64
"""Sockets at once."""
FOR_OPERATORS = 16
"""Of those, that viewers leave free."""
VIEWERS_EACH = 32
"""Sockets of viewers at one address."""
MAX_MESSAGE_BYTES = 8 * 1024
"""Bytes of a message from a page."""
HEARTBEAT_S = 10.0
"""Seconds between two pings; a page that does not answer within half of that is gone."""
QUEUED = 400
"""Messages of one page that wait while an earlier one is being answered."""
BUFFER = 32 * 1024
"""Bytes that may be buffered for one page before its sender waits."""

_Waiting: TypeAlias = asyncio.Queue[tuple[str, int] | None]
"""Messages of a page, and when (loop ns) each came in; None when it has gone."""


class Sockets:
    """The pages that are open. `handle` serves one until it closes; raises HttpError if it may not come in."""

    def __init__(self, gate: Access, hub: Hub, orders: WebOrders, clock: Clock, show: ShowApi) -> None:
        self._gate, self._hub, self._orders, self._clock, self._show = gate, hub, orders, clock, show
        self._pages: dict[web.WebSocketResponse, _Page] = {}
        self._ending = Tasks()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        role = self._gate.let_in(request, "view")
        if request.query.get("role") == "view":
            role = "view"
        self._gate.believe(request)
        address = origin_of(request.remote or "")
        self._make_room(role, address)
        visitor = request.get(VISITOR)
        if visitor is not None:
            visitor.page = True
        page = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, compress=False, max_msg_size=MAX_MESSAGE_BYTES, writer_limit=BUFFER
        )
        self._pages[page] = _Page(self._gate.token(request), role, address)
        try:
            await page.prepare(request)
            await page.send_str(written(self._hello(role)))
            await self._serve(page, role, f"page {self._gate.address(request)}", request.transport)
        except ConnectionError:
            pass  # the page has gone while it was being written to
        finally:
            self._pages.pop(page, None)
        return page

    def _hello(self, role: Role) -> dict[str, Any]:
        return {
            "type": "hello",
            "protocol": PROTOCOL,
            "session": self._orders.session,
            "role": role,
            "locked": sorted(LOCKED),
            "always": sorted(ALWAYS),
        }

    def _make_room(self, role: Role, address: str) -> None:
        """For an operator the oldest viewer's page goes if it must be. Raises HttpError."""
        viewers = [page for page, one in self._pages.items() if one.role == "view"]
        if role == "view":
            there = sum(1 for page in viewers if self._pages[page].address == address)
            full = len(viewers) >= PAGES - min(FOR_OPERATORS, PAGES // 4) or there >= VIEWERS_EACH
        else:
            full = False
        if full or (len(self._pages) >= PAGES and (role == "view" or not viewers)):
            raise HttpError(503, "too_many_pages", "Too many pages are open.", "Close an unused page.")
        if len(self._pages) >= PAGES:
            del self._pages[viewers[0]]
            self._ending.spawn(_end(viewers[0], WSCloseCode.TRY_AGAIN_LATER, "closed to make room for an operator"))

    async def close(self) -> None:
        """The show has ended."""
        await asyncio.gather(*(_end(page, WSCloseCode.SERVICE_RESTART, "the show has ended") for page in self._pages))

    async def log_out(self, token: str) -> None:
        """Close the pages of a session that was ended."""
        ended = [page for page, known in self._pages.items() if token and known.token == token]
        await asyncio.gather(*(_end(page, WSCloseCode.POLICY_VIOLATION, "logged out") for page in ended))

    async def _serve(
        self, page: web.WebSocketResponse, role: Role, source: str, transport: asyncio.Transport | None
    ) -> None:
        subscriber, loop = self._hub.subscribe(), asyncio.get_running_loop()
        waiting: _Waiting = asyncio.Queue(QUEUED)
        sender = loop.create_task(self._send(page, subscriber))
        driver = PageHands(self._show, page, role, source)
        reader = loop.create_task(self._receive(page, waiting, transport, driver))
        try:
            await self._work(page, role, source, waiting)
        finally:
            self._hub.unsubscribe(subscriber)
            await end_tasks((sender, reader))

    async def _send(self, page: web.WebSocketResponse, subscriber: Subscriber) -> None:
        while True:
            await subscriber.wake.wait()
            subscriber.wake.clear()
            while (frame := self._hub.next_for(subscriber)) is not None:
                await page.send_str(frame)

    async def _receive(
        self,
        page: web.WebSocketResponse,
        waiting: _Waiting,
        transport: asyncio.Transport | None,
        driver: PageHands,
    ) -> None:
        """Only read: what is read at once has come in at once, however long what was asked before it takes. A hand
        waits for nothing: its words are given on at once."""
        flood = Bucket(200, 400)
        try:
            async for message in page:
                if message.type is not WSMsgType.TEXT or not flood.take(self._clock.now()):
                    await _end(page, WSCloseCode.POLICY_VIOLATION, "rate limit or non-text frame")
                    return
                came = received(transport, self._clock)
                if not await driver.hear(message.data, came):
                    await waiting.put((message.data, came))
        finally:
            driver.gone()
            await waiting.put(None)

    async def _work(self, page: web.WebSocketResponse, role: Role, source: str, waiting: _Waiting) -> None:
        """Answer one after the other. What was asked is done, also when the page has gone meanwhile."""
        pace = Bucket(20, 40)
        while (message := await waiting.get()) is not None:
            answer = await self._answer(*message, role, source, pace)
            with contextlib.suppress(ConnectionError):
                await page.send_str(written(answer))

    async def _answer(self, text: str, came: int, role: Role, source: str, pace: Bucket) -> dict[str, Any]:
        head: dict[str, Any] = {"type": "answer", "id": None}
        try:
            data = read(text, "A message")
            key = data.get("id")
            if not isinstance(key, str):
                raise HttpError(400, "bad_key", "`id` is missing.", "A key of 8 to 80 of A-Z a-z 0-9 . _ and -")
            head["id"] = key[:80]
            if data.get("type") == "ping":
                return {**head, "type": "pong"}
            if data.get("type") != "do":
                raise HttpError(400, "no_such_type", "`type` is “do” or “ping”.")
            order = parsed(data, pressed=True)
            if role != "operate":
                raise HttpError(403, "not_allowed", "You may look, but not operate.", "Log in with the operator's PIN.")
            if order.wish not in ALWAYS and not pace.take(self._clock.now()):
                raise HttpError(429, "too_many", "Too many requests.", "At most 20 a second.")
            answer, _ = await self._orders.once(key, order, signed(source, data), came)
        except HttpError as fault:
            return {**head, **fault.json()}
        return {**head, **answer.json()}


class _Page(Struct, frozen=True):
    token: str
    role: Role
    address: str


async def _end(page: web.WebSocketResponse, code: WSCloseCode, why: str) -> None:
    """Say goodbye; a page that does not answer to that is left."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.5):
            await page.close(code=code, message=why.encode())
