"""The direct way between two machines: datagrams that carry a proof of a shared secret (HMAC-SHA-256).

Each message names the process that it is from and the one that it is for, so that a copy of it is of no use:
an answer is for a question of this process, and what is carried is taken once. Nothing is secret, all is genuine.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from cuelang.clock import Tasks
from cuelang.clock.awake_time import awake_ns
from cuelang.playback.lease import Lease, LeaseQuestion, Word
from cuelang.transports.datagrams import DatagramAdapter
from cuelang.transports.udp import SocketAddress, addresses
from cuelang.units import MS, NS

SECRET_VARIABLE = "CUELANG_TWIN_SECRET"
"""Where the secret of the two machines is."""

MAX_DATAGRAM_BYTES = 60_000
RETRY_AFTER_S = 0.05
"""What is carried is sent again so often until it is answered."""
CARRIED_S = 2.0
REMEMBERED = 1000
"""Carried messages that are known again."""
LOOK_UP_S = 5.0
HEARD_NS = 1 * NS
"""How long the other machine counts as there after it was heard."""
GONE_NS = 4 * NS
"""After so long without a word of it, nothing waits for its answer."""


class Peer:
    """The other machine at `host` and `port`; this one hears at `here`.

    `carried` is called once with what the other one carries here, a JSON value, with how long ago it came there and was
    on its way (ns), and with a function that takes the answer, then or later.
    """

    def __init__(
        self,
        host: str,
        port: int,
        here: tuple[str, int],
        secret: str,
        lease: Lease,
        *,
        carried: Callable[[Any, int, Callable[[Any], None]], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._host, self._port, self._here = host, port, here
        self._secret, self._lease, self._carried, self._changed = secret.encode(), lease, carried, changed
        self._where: SocketAddress | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks = Tasks()
        self._other = ""
        """The process there, as it says."""
        self._heard: int | None = None
        self._said: dict[str, Any] = {}
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._done: dict[str, Any] = {}
        self._order: deque[str] = deque()
        self._number = 0
        self._trips: deque[int] = deque(maxlen=8)
        """How long the last questions took, there and back (ns)."""
        self._asked: dict[int, int] = {}
        self.status: dict[str, Any] = {}
        """What this machine says of itself with each question and answer."""

    async def open(self) -> None:
        """Raises OSError when the port is in use."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: DatagramAdapter(self.received), local_addr=self._here
        )
        self._tasks.spawn(self._looked_up())

    async def close(self) -> None:
        await self._tasks.end()
        if self._transport is not None:
            self._transport.close()

    async def _looked_up(self) -> None:
        while True:
            with suppress(OSError, UnicodeError):
                found = await addresses(self._host, self._port)
                self._where = found[0][1] if found else None
            await asyncio.sleep(LOOK_UP_S)

    # --- what is known of the other ------------------------------------------------------------------------

    @property
    def there(self) -> bool:
        """It was heard a moment ago."""
        return self._heard is not None and awake_ns() - self._heard <= HEARD_NS

    @property
    def _gone(self) -> bool:
        return self._heard is not None and awake_ns() - self._heard > GONE_NS

    @property
    def said(self) -> dict[str, Any]:
        """What it says of itself; empty if it was not heard."""
        return self._said if self.there else {}

    @property
    def trip(self) -> int:
        """How long the last question took, there and back (ns)."""
        return self._trips[-1] if self._trips else 0

    # --- out -----------------------------------------------------------------------------------------------

    def ask(self, ask: LeaseQuestion) -> None:
        """A question of the lease."""
        now = awake_ns()
        self._asked = {number: at for number, at in self._asked.items() if now - at < NS}
        self._asked[ask.number] = now
        self._send({"ask": ask.number, "status": self.status})

    async def carry(self, what: Any, received: int, within: float = CARRIED_S) -> Any:
        """Carry a JSON value that came here at `received` (ns of `awake_ns`) to the other machine. Returns its answer;
        None if none came, or it is gone."""
        self._number += 1
        name = f"{self._lease.me}.{self._number}"
        answer = self._answers[name] = asyncio.get_running_loop().create_future()
        until = awake_ns() + int(within * NS)
        try:
            while awake_ns() < until and not self._gone:
                self._send({"carry": name, "what": what, "age": awake_ns() - received + self._way()})
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_AFTER_S):
                        return await asyncio.shield(answer)
            return None
        finally:
            del self._answers[name]

    def _way(self) -> int:
        """How long a message takes to the other machine: half of the quickest question."""
        return min(self._trips) // 2 if self._trips else MS

    def _send(self, what: dict[str, Any], to: tuple[Any, ...] | None = None, whom: str | None = None) -> None:
        where = to or self._where
        if self._transport is None or where is None:
            return
        text = json.dumps({**what, "by": self._lease.me, "for": self._other if whom is None else whom}).encode()
        if len(text) <= MAX_DATAGRAM_BYTES:
            self._transport.sendto(self._proof(text) + text, where)

    def _proof(self, text: bytes) -> bytes:
        return hmac.digest(self._secret, text, hashlib.sha256)

    # --- in ------------------------------------------------------------------------------------------------

    def received(self, data: bytes, whose: tuple[Any, ...]) -> None:
        text = data[32:]
        if len(data) <= 32 or not hmac.compare_digest(self._proof(text), data[:32]):
            return
        try:
            said = json.loads(text)
            by, whom = str(said["by"]), said["for"]
        except (ValueError, KeyError, TypeError):
            return
        if by == self._lease.me:
            return
        now = awake_ns()
        if "ask" in said:
            word = self._lease.asked(now)
            if whom == self._lease.me:
                self._heard, self._other, self._said = now, by, said.get("status") or {}
            elif not self.there:
                self._other = by
            self._send(
                {
                    "word": said["ask"],
                    "leads": word.leads,
                    "majority": word.majority,
                    "revision": word.revision,
                    "status": self.status,
                },
                whose,
                by,
            )
            return
        if whom != self._lease.me:
            return
        self._heard, self._other = now, by
        if "word" in said:
            self._said = said.get("status") or {}
            at = self._asked.pop(said["word"], None)
            if at is not None:
                self._trips.append(now - at)
            self._lease.answered(
                int(said["word"]), Word(bool(said["leads"]), bool(said["majority"]), int(said["revision"])), now
            )
            self._changed()
        elif "carry" in said:
            self._take(str(said["carry"]), said, whose)
        elif "done" in said and (answer := self._answers.get(said["done"])) is not None and not answer.done():
            answer.set_result(said.get("answer"))

    def _take(self, name: str, said: dict[str, Any], whose: tuple[Any, ...]) -> None:
        if name not in self._done:
            self._done[name] = None
            self._order.append(name)
            if len(self._order) > REMEMBERED:
                del self._done[self._order.popleft()]
            self._carried(
                said.get("what"), int(said.get("age", 0)), partial(self._answer, name, whose, str(said["by"]))
            )
        elif self._done[name] is not None:
            self._send({"done": name, "answer": self._done[name]}, whose, str(said["by"]))

    def _answer(self, name: str, whose: tuple[Any, ...], by: str, answer: Any) -> None:
        self._done[name] = answer
        self._send({"done": name, "answer": answer}, whose, by)
