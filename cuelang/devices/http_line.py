"""A camera that is driven by HTTP, as a line: frames of the command table in, requests of the camera's maker out.

The driver of a VISCA camera has all that makes a camera safe: stops that are repeated until the camera is at rest,
moves that end when it has arrived, ramps that skip what is too late. It works on rows of the command table and on
answers to them, and that they are bytes matters only to a line. So this line is its own far end: it makes a frame into
the requests of a `Dialect`, sends them one after another, and answers as a camera on a perfect VISCA line would.

    the camera has taken it        ACK, and completion at once unless it takes its time
    it says that it has arrived    completion (Panasonic's recalls); otherwise the position tells
    it does not have such a thing  syntax error
    not now (standby)              not executable
    nothing comes                  nothing, and the conversation gives the command up after its second

A stop goes before all that waits, also between two requests of one command. Requests keep the distance that the
camera needs. One that could not be delivered is sent again within its second; one that may have been received is sent
again only where that does no harm.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Hashable
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from cuelang import clock
from cuelang.clock import Clock
from cuelang.protocols import panasonic_notice as notices
from cuelang.protocols.errand import PLACES, Dialect, Fields, HttpQuestion, Said, Tell, errand
from cuelang.protocols.visca import codec
from cuelang.transports import Keeper, KeyedLine, Listener, Nobody
from cuelang.transports.gate import GATE
from cuelang.transports.http import HttpAnswer, Web
from cuelang.units import MS, NS

WITHIN_NS = 700 * MS
"""How long one answer may take."""
RETRY_AFTER_NS = 100 * MS
"""Between two attempts to reach a camera."""
REGISTER_AGAIN_NS = 10 * NS
"""After an attempt to be told of arrivals that failed."""
SILENT_NS = 150 * NS
"""Without a notification, though a camera sends one a minute: it has forgotten who listens."""
LEAVING_NS = 300 * MS
"""How long the end of a show waits for each answer."""
GREETING_NS = 2 * NS
"""How long what has to be known of a camera is asked for."""
ASKING_NS = 5 * NS
"""How long questions that belong to no command may take."""
RECALL = "preset.recall"
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class NoticePort(Protocol):
    """Where a camera's notifications arrive."""

    async def open(self, heard: Callable[[str], object]) -> int:
        """Listen; `heard` is called with each text. Returns the port that the camera is to connect to; 0: it cannot
        listen."""

    async def close(self) -> None: ...


class _Work(Struct, Generic[K], eq=False):
    """One frame at work."""

    key: K | None
    """None: the keeper does not hear of it."""
    frame: bytes
    until: int
    repeatable: bool
    urgent: bool
    row: str = ""
    steps: Generator[Tell | HttpQuestion, Said, Any] | None = None
    request: Tell | HttpQuestion | None = None
    named: Tell | None = None
    """The request that its owner knows of."""
    begun: bool = False
    wanted: bool = True
    after: int = 0
    """Not before this time."""
    plain: bool = False
    """The reply to it is the listener's."""
    told: asyncio.Future[Any] | None = None
    """Of questions that belong to no frame: what came of them."""


class HttpLine(KeyedLine[K]):
    """`ear` is where the camera's notifications arrive, for a camera that has them."""

    stream = True
    shared = True
    """That it is up says nothing of the camera."""
    numbered = True

    def __init__(self, web: Web, dialect: Dialect, ear: NoticePort | None = None) -> None:
        self.listener: Listener = Nobody()
        self.keeper: Keeper[K] | None = None
        self._web, self._dialect, self._ear = web, dialect, ear
        self._urgent: deque[_Work[K]] = deque()
        self._waiting: deque[_Work[K]] = deque()
        self._current: _Work[K] | None = None
        self._last, self._last_at = "", 0
        """The request that was sent last, and when."""
        self._worker: asyncio.Task[None] | None = None
        self._settled: asyncio.Event | None = None
        self._open = False
        self._prepared = False
        self._port = 0
        self._registered = False
        self._register_at = 0
        self._greeted = False
        self._led = False
        """This machine may send, and what is known of the camera holds: no other machine has told it anything since."""
        self._down = False
        """The last request was not answered."""
        self._noticed = 0
        """When it was last heard by a notification."""
        self._recalls: dict[int, K] = {}
        """Presets -> the frame whose recall has been taken."""

    @cached_property
    def clock(self) -> Clock:
        return clock.current()

    def announces(self, row: str) -> bool:
        """Whether the camera will say that this has arrived."""
        return row == RECALL and self._registered

    @property
    def pause(self) -> int:
        """How long (ns) the camera has to be left alone between two requests such as the last one."""
        return self._dialect.spacing(self._last, self._last)

    # --- for who sends -------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if self._open:
            self._enqueue(_Work(None, data, self.clock.now() + NS, True, False, plain=True))

    def post(self, key: K, data: bytes, until: int, *, repeatable: bool = True, urgent: bool = False) -> None:
        if not self._open or any(work.key is key and work.wanted for work in self._all()):
            return
        self._enqueue(_Work(key, data, until, repeatable, urgent))

    def _enqueue(self, work: _Work[K]) -> None:
        (self._urgent if work.urgent else self._waiting).append(work)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._run(), name="http camera")

    def withdraw(self, key: K) -> None:
        for work in self._all():
            if work.key is key:
                work.wanted = False

    def ask(self, questions: Generator[HttpQuestion, Said, T]) -> asyncio.Future[T | None]:
        """Ask this between what else is asked, each question whether or not the one before was answered. None: the
        camera does not answer at all."""
        told: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._enqueue(_Work(None, b"", self.clock.now() + ASKING_NS, True, False, "", questions, told=told))
        return told

    def who(self) -> asyncio.Future[dict[str, str] | None]:
        """What the camera says of itself."""
        return self.ask(self._dialect.who())

    def stored(self) -> asyncio.Future[frozenset[int] | None]:
        """The presets that it has stored."""
        return self.ask(self._dialect.stored())

    def _all(self) -> list[_Work[K]]:
        return [*self._urgent, *((self._current,) if self._current is not None else ()), *self._waiting]

    async def open(self) -> None:
        self._open = True
        self._settled = asyncio.Event()
        self.listener.line_up()
        if self._worker is not None:
            await self._settled.wait()

    async def close(self) -> None:
        self._open = False
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
        if self._last and not self._down:
            await self._leave()
        if self._ear is not None:
            await self._ear.close()
            self._port = 0
        self._prepared = False
        await self._web.close()

    async def _leave(self) -> None:
        """Leave the camera as it was found: its listener's place, and what a recall is to take."""
        paths = [notices.stop(self._port)] if self._registered else []
        self._registered = False
        for path in [*paths, *self._dialect.goodbye()]:
            await self.clock.sleep_until(self._ready(path))
            self._last, self._last_at = path, self.clock.now()
            if (await self._web.ask("GET", path, within=LEAVING_NS)).trouble:
                return

    def restart(self, error: str) -> None:
        """Nothing is kept of the camera: it may come back as another."""
        self._lost()

    def _lost(self) -> None:
        self._registered = False
        self._register_at = 0
        self._recalls.clear()
        self._greeted = False
        self._dialect.forget()

    # --- the work ------------------------------------------------------------------------------------------

    async def _prepare(self) -> None:
        await self._web.prepare()
        if self._ear is not None and not self._port:
            self._port = await self._ear.open(self._notified)
        self._prepared = True

    async def _run(self) -> None:
        try:
            if not self._prepared:
                await self._prepare()
            while (work := self._next()) is not None:
                now = self.clock.now()
                if not work.wanted or now >= work.until:
                    self._drop(work)
                elif work.request is None:
                    self._begin(work)
                elif now < (due := max(work.after, self._ready(work.request.path))):
                    await self.clock.sleep_until(due)  # a stop may come meanwhile: it is looked for again
                else:
                    await self._step(work, work.request, now)
        finally:
            self._worker = None
            if self._settled is not None:
                self._settled.set()

    def _next(self) -> _Work[K] | None:
        if self._urgent:
            return self._urgent[0]
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
        return self._current

    def _drop(self, work: _Work[K]) -> None:
        if work.told is not None and not work.told.done():
            work.told.set_result(None)
        if work is self._current:
            self._current = None
        elif work in self._urgent:
            self._urgent.remove(work)

    def _begin(self, work: _Work[K]) -> None:
        led, self._led = self._led, GATE.state == "open"
        if self._led and not led:
            self._dialect.forget()
            self._greeted = False
        if work.steps is None:
            work.row, work.steps = errand(self._dialect, work.frame)
        if work.steps is None:
            self._end(work, codec.error("syntax"))
        else:
            self._go_on(work, None)

    def _ready(self, path: str) -> int:
        """When this request may be sent."""
        return self._last_at + self._dialect.spacing(self._last, path) if self._last else 0

    async def _step(self, work: _Work[K], request: Tell | HttpQuestion, now: int) -> None:
        keeper, key = self.keeper, work.key
        if keeper is not None and key is not None:
            if isinstance(request, Tell) and request is not work.named:
                keeper.line_told(key, self._web.base + request.path)
                work.named = request
            if not work.begun:
                keeper.line_sent(key)
        work.begun = True
        self._last, self._last_at = request.path, now
        within = max(min(work.until - now, WITHIN_NS), MS)
        answer = await self._web.ask("GET", request.path, within=within, asks=isinstance(request, HttpQuestion))
        if self._settled is not None:
            self._settled.set()
        if answer.trouble or answer.status == 401:
            if work.told is None or answer.trouble != "refused":
                self._failed(work, answer)
            else:
                self._go_on(work, Said("refused", "", answer.error))
            return
        self._down = False
        said = self._dialect.said(answer.status, answer.headers, answer.body)
        if said.verdict == "fine" or work.told is not None:
            self._go_on(work, said)
        elif said.verdict == "refused":
            self._drop(work)
            if keeper is not None and key is not None:
                keeper.line_refused(key, said.reason)
        else:
            self._end(work, codec.error("syntax" if said.verdict == "unknown" else "not_executable"))
        await self._greet()

    def _go_on(self, work: _Work[K], said: Said | None) -> None:
        """The next request of it, or its end."""
        assert work.steps is not None
        try:
            work.request = next(work.steps) if said is None else work.steps.send(said)
        except StopIteration as end:
            if work.told is not None and not work.told.done():
                work.told.set_result(end.value)
            self._done(work, end.value)

    def _done(self, work: _Work[K], fields: Fields | None) -> None:
        if work.row.startswith("inq."):
            self._end(work, codec.error("not_executable") if fields is None else _answer(work.row, fields))
            return
        if not work.begun and self.keeper is not None and work.key is not None:
            self.keeper.line_sent(work.key)  # it needed no request
        self._end(work, codec.ack(1))
        if work.row not in PLACES:
            self._reply(work, codec.completion(1))
        elif work.key is not None and self.announces(work.row):
            self._recalls[work.frame[5]] = work.key

    def _end(self, work: _Work[K], reply: bytes) -> None:
        self._drop(work)
        self._reply(work, reply)

    def _reply(self, work: _Work[K], reply: bytes) -> None:
        if work.key is not None and self.keeper is not None:
            self.keeper.line_reply(work.key, reply)
        elif work.key is not None or work.plain:
            self.listener.line_data(reply)

    def _failed(self, work: _Work[K], answer: HttpAnswer) -> None:
        """No answer, or none to what was asked."""
        self._down = True
        if self._registered:
            self._registered, self._register_at = False, 0
        if answer.trouble == "refused":
            self._drop(work)
            if self.keeper is not None and work.key is not None:
                self.keeper.line_refused(work.key, answer.error)
        elif answer.trouble == "unreachable" or work.repeatable or isinstance(work.request, HttpQuestion):
            work.after = self.clock.now() + RETRY_AFTER_NS
        else:
            self._drop(work)
        self.listener.line_error(answer.error)

    # --- what it says by itself ----------------------------------------------------------------------------

    async def _greet(self) -> None:
        """The camera answers: ask what has to be known of it, and have it say when a recall has arrived."""
        if not self._greeted and not self._urgent:
            self._greeted = True
            hello = self._dialect.hello()
            if hello is not None:
                self._waiting.append(_Work(None, b"", self.clock.now() + GREETING_NS, True, False, "hello", hello))
        if self._ear is not None:
            await self._listen()

    async def _listen(self) -> None:
        now = self.clock.now()
        if self._registered and now - self._noticed > SILENT_NS:
            self._registered = False
        if self._registered or now < self._register_at or not self._port or self._urgent:
            return
        self._register_at = now + REGISTER_AGAIN_NS
        if self._noticed:  # a camera keeps the place of a receiver that it cannot reach
            await self._web.ask("GET", notices.stop(self._port), within=WITHIN_NS)
        answer = await self._web.ask("GET", notices.start(self._port), within=WITHIN_NS)
        self._registered = answer.status == notices.REGISTERED
        if answer.trouble:
            self._register_at = 0  # it is gone: as soon as it answers again
        self._noticed = now

    def _notified(self, text: str) -> None:
        self._noticed = self.clock.now()
        preset = notices.recalled(text)
        key = self._recalls.pop(preset, None) if preset is not None else None
        if key is not None and self.keeper is not None:
            self.keeper.line_reply(key, codec.completion(1))


def _answer(row: str, fields: Fields) -> bytes:
    return codec.answer(row, 1, nibbles=(4, 4), **fields)
