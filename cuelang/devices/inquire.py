"""A camera asked and told anything in the command table: for technicians, never for a show.

Both go by the camera's own conversation, so they take their turn among what is under way on the line.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from cuelang.commands import Outcome
from cuelang.devices.http_line import HttpLine
from cuelang.devices.link import Link
from cuelang.devices.tasks import OUTCOMES
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.exchange import QUICK_LIMIT_NS, SLOW_LIMIT_NS, Event, EventKind, Exchange
from cuelang.protocols.visca.lists import rows_of
from cuelang.transports.http import Web


class RawAnswer(NamedTuple):
    """What came of an inquiry. `fields` None: nothing that can be read; `unknown` then says that the camera has
    answered, and does not know the question. `asked` and `heard` are loop nanoseconds."""

    fields: Mapping[str, int] | None
    unknown: bool
    asked: int
    heard: int


class CommandResult(NamedTuple):
    """What came of a command. `reply` is the answer to an inquiry that was sent as bytes, else empty."""

    outcome: Outcome
    reason: str = ""
    reply: bytes = b""


@runtime_checkable
class RawAccess(Protocol):
    """A driver whose camera has the inquiries and commands of the table.

    `requests` is what makes HTTP requests of them; None: they go as VISCA. `resent` counts the messages that were sent
    more than once, `strays` the replies that belonged to none."""

    @property
    def requests(self) -> HttpLine[Exchange] | None: ...

    @property
    def resent(self) -> int: ...

    @property
    def strays(self) -> int: ...

    def ask(self, row: str) -> Future[RawAnswer]: ...

    def say(self, row: str, *, sure: bool = False, **params: int) -> Future[CommandResult]: ...

    def send(self, frame: bytes) -> Future[CommandResult]: ...


@runtime_checkable
class HasWeb(Protocol):
    """A driver whose camera may have PTZOptics' web side; `web` None: it has none."""

    @property
    def web(self) -> Web | None: ...


@runtime_checkable
class MayAnswer(Protocol):
    """A driver whose cameras confirm nothing: some of them answer for their position. `answers` None: it has not been
    asked yet. `noise` counts the bytes that belonged to nothing."""

    @property
    def answers(self) -> bool | None: ...

    @property
    def noise(self) -> int: ...


def ask(link: Link, row: str) -> Future[RawAnswer]:
    """The answer to the inquiry `row`; it takes no longer than the conversation's patience."""
    future: Future[RawAnswer] = asyncio.get_running_loop().create_future()
    asked = link.clock.now()
    if row not in rows_of(link.model):
        future.set_result(RawAnswer(None, True, asked, asked))
        return future
    link.blind.discard(row)

    def answered(fields: dict[str, int] | None, now: int) -> None:
        if not future.done():
            future.set_result(RawAnswer(fields, fields is None and row in link.blind, asked, now))

    link.ask(row, answered, patient=True)
    return future


def say(link: Link, row: str, params: Mapping[str, int], *, sure: bool = False) -> Future[CommandResult]:
    """Send the command `row`; a gated one only if the caller is `sure`. Raises ValueError for parameters that it does
    not have."""
    known = rows_of(link.model)[row]
    if known.gated and not sure:
        refused: Future[CommandResult] = asyncio.get_running_loop().create_future()
        refused.set_result(CommandResult("refused", "this command is not sent unless it is asked for by its name"))
        return refused
    frame = codec.encode(row, link.address, rows_of(link.model), **params)
    other = codec.alternative(row, link.address, **params) if known.alternatives else None
    owner = _Saying(asyncio.get_running_loop().create_future())
    long = "at end of" in known.reply
    limit = SLOW_LIMIT_NS if long else QUICK_LIMIT_NS
    link.submit(Exchange(frame, link.clock.now(), owner, not known.single, alternative=other, slow=long, limit=limit))
    return owner.said


def send(link: Link, frame: bytes) -> Future[CommandResult]:
    """Send these very bytes, to the address that the link has; never twice. An inquiry's result is its reply."""
    owner = _Saying(asyncio.get_running_loop().create_future())
    addressed = bytes((0x80 | link.address, *frame[1:]))
    asks = frame[1:2] == b"\x09"
    link.submit(Exchange(addressed, link.clock.now(), owner, asks, inquiry=asks, limit=SLOW_LIMIT_NS))
    return owner.said


class _Saying:
    def __init__(self, said: Future[CommandResult]) -> None:
        self.said = said

    def sent(self, exchange: Exchange, now: int) -> None:
        """When it was sent does not matter."""

    def handle(self, event: Event, now: int) -> None:
        if event.kind is EventKind.ACCEPTED or self.said.done():
            return
        reply = event.data if event.kind is EventKind.ANSWERED else b""
        self.said.set_result(CommandResult(OUTCOMES.get(event.kind, "completed"), event.reason, reply))
