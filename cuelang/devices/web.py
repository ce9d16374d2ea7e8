"""A camera's web side in use: orders one after another, and what became of them.

Orders wait in one lane and go out one at a time, for nothing says that a camera keeps the order of requests that come
by several connections; a stop goes ahead of all that waits. Each has a second of patience from when it was due. A
camera that cannot be reached is tried again within that second, for nothing was taken; one that was reached and did
not answer is not asked again. Pictures are fetched beside the lane: they may take their time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from cuelang import clock
from cuelang.clock import Clock
from cuelang.commands import LinkState, Outcome
from cuelang.protocols import cgi
from cuelang.protocols.cgi import CgiRequest
from cuelang.transports.http import HttpAnswer, Web
from cuelang.units import MS, NS

BUSY_TIMEOUT_NS = 1 * NS
UNSAID = "the camera responded without confirming the request"
RETRY_AFTER_NS = 100 * MS
"""Between two attempts to reach a camera."""


class QueuedRequest(Struct, eq=False):
    """One request on its way. `sent` is called when it goes out, `heard` once with the outcome, its reason and the
    time; neither after `wanted` has been taken back."""

    request: CgiRequest
    due: int
    heard: Callable[[Outcome, str, int], object]
    sent: Callable[[CgiRequest, int], object]
    wanted: bool = True
    patience: int = 0
    """From when its turn has come; 0: as everything, a second from when it was due."""


class Lane:
    """`on_change` is called when `state` has changed."""

    def __init__(self, web: Web, on_change: Callable[[], object] | None = None) -> None:
        self.web = web
        self.state = LinkState()
        self.on_change = on_change
        self._waiting: deque[QueuedRequest] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._older: set[str] = set()
        """Rows that this camera knows by their alternative path only."""

    @cached_property
    def clock(self) -> Clock:
        return clock.current()

    def submit(self, order: QueuedRequest, *, urgent: bool = False) -> None:
        if urgent:
            ahead = sum(1 for other in self._waiting if other.request.row.endswith(".stop"))
            self._waiting.insert(ahead, order)
        else:
            self._waiting.append(order)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work(), name="web orders")

    def url(self, request: CgiRequest) -> str:
        return self.web.base + request.path

    async def close(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
        await self.web.close()
        self.state.connected = False

    def noted(self, answer: HttpAnswer) -> None:
        """What an answer says of the line."""
        state, before = self.state, (self.state.connected, self.state.error)
        if answer.status:
            state.connected, state.heard = True, self.clock.now()
            state.error = answer.error if answer.status == 401 else ""
        else:
            state.connected, state.error = False, answer.error
        if before != (state.connected, state.error) and self.on_change is not None:
            self.on_change()

    async def _work(self) -> None:
        try:
            while self._waiting:
                order = self._waiting.popleft()
                if order.wanted:
                    outcome, reason = await self._carry_out(order)
                    if order.wanted:
                        order.heard(outcome, reason, self.clock.now())
        finally:
            self._worker = None

    async def _carry_out(self, order: QueuedRequest) -> tuple[Outcome, str]:
        until = self.clock.now() + order.patience if order.patience else order.due + BUSY_TIMEOUT_NS
        request = order.request
        busy = "the camera was busy with earlier requests"
        answer = HttpAnswer(trouble="unreachable", error=self.state.error or busy)
        first = True
        while order.wanted and (left := until - self.clock.now()) > 0:
            if first:
                order.sent(request, self.clock.now())
                first = False
            answer = await self._asked(request, left)
            self.noted(answer)
            if answer.trouble != "unreachable":
                break
            await self.clock.sleep_until(min(until, self.clock.now() + RETRY_AFTER_NS))
        return judged(answer)

    async def _asked(self, request: CgiRequest, within: int) -> HttpAnswer:
        if request.alternative is None:
            return await self.web.ask(request.method, request.path, within=within, asks=request.asks)
        began = self.clock.now()
        first: HttpAnswer | None = None
        if request.row not in self._older:
            first = await self.web.ask(request.method, request.path, within=within)
            if first.trouble or _done(first):
                return first
        left = began + within - self.clock.now()
        answer = await self.web.ask("GET", request.alternative, within=max(left, MS))
        if _done(answer):
            self._older.add(request.row)
        elif first is not None and first.fine and not answer.fine:
            return first  # it did not mind the first, and knows the second even less
        return answer


def _done(answer: HttpAnswer) -> bool:
    """Whether the camera says that it did it. What it does not know, cameras answer with 404, with `Failed`, with
    an empty page or with a page of their own."""
    return answer.fine and cgi.parse(answer.body).ok is True


def judged(answer: HttpAnswer) -> tuple[Outcome, str]:
    """What an answer to an order means. No answer in time is `unreachable`, as it is for every other link."""
    if answer.trouble:
        return ("refused" if answer.trouble == "refused" else "unreachable"), answer.error
    if answer.status == 404:
        return "refused", "unsupported request (HTTP 404)"
    if not answer.fine:
        return "refused", f"the camera responded with HTTP {answer.status}"
    ok = cgi.parse(answer.body).ok
    if ok is False:
        return "refused", "the camera reported a failure"
    return ("completed", "") if ok else ("sent", UNSAID)
