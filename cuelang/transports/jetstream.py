"""NATS JetStream for two machines: the key of their lease, and the journal as a stream. By nats-py.

Nothing here decides: what the servers say goes to the `Lease`, and what it wants is sent. Two streams on the servers:
one holds the key and a sign of life of each machine, the other the journal. Both hand on what they have stored, so
that a listener needs no state at the servers; what it missed it fetches by number.

A message of the journal has three headers: `Term` (the revision at which its writer took the key), `By` (its writer)
and `Count` (its number within the term, from 1).
"""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from msgspec import Struct

from cuelang.clock import Tasks
from cuelang.clock.awake_time import awake_ns
from cuelang.plain import UserError, failure
from cuelang.playback.lease import Lease, LeaseQuestion, Write
from cuelang.units import MS, NS

EXTRA = 'two machines need nats-py, which is not installed: pip install "cuelang[twin]"'
TOKEN_VARIABLE = "CUELANG_NATS_TOKEN"
"""Where the token of the servers is, if they want one."""

DEAD_NS = 1 * NS
"""A connection on which nothing was confirmed for so long is given up for the next server."""
RETRY_AFTER_S = 0.2
CONNECT_S = 1.0
LEAVING_S = 0.5
"""How long the end of a show tries to give the key back."""
ANSWER_S = 2.0
PIECE_BYTES = 200_000
"""Of the journal in one message."""
FETCHED = 256
"""Messages that are fetched at once."""
UNSENT_BYTES = 64 << 20
"""What is kept of the journal while no server takes it."""

_NOT_THAT_REVISION = 10071
_EXPECTED = "Nats-Expected-Last-Subject-Sequence"


class NoNats(UserError):
    """There can be no connection. The message says why."""

    code = 1


def library() -> ModuleType:
    """Raises NoNats."""
    try:
        import nats  # few shows have two machines
    except ImportError:
        raise NoNats(EXTRA) from None
    return nats


class JournalEntry(Struct, frozen=True):
    """A message of the journal. `number` is its place in the stream."""

    number: int
    term: int
    by: str
    count: int
    data: bytes


class Servers:
    """The servers at `urls`, for the machines of one `name`.

    `heard` is called with each entry of the journal, in the order of the stream; `asks` for each question to the other
    machine; `changed` when the lease or the connection may have changed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        name: str,
        lease: Lease,
        *,
        heard: Callable[[JournalEntry], None],
        asks: Callable[[LeaseQuestion], None],
        changed: Callable[[], None] = lambda: None,
        replicas: int | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._library = library()
        self._faults: tuple[type[Exception], ...] = (
            self._library.errors.Error,
            NoNats,
            OSError,
            EOFError,
            TimeoutError,
            ValueError,
        )
        """What a server, or the way there, may do to us. A mistake of ours is not among them."""
        self._urls, self._lease = deque(urls), lease
        self._heard, self._asks, self._changed = heard, asks, changed
        self._replicas = replicas or (3 if len(urls) >= 3 else 1)
        self._token = environment.get(TOKEN_VARIABLE)
        self._bucket, self._stream = f"KV_{name}", f"JOURNAL_{name}"
        self._key, self._signs = f"$KV.{name}.lease", f"$KV.{name}.sign.{lease.me}"
        self._news, self._journal = f"cuelang.{name}.lease", f"cuelang.{name}.journal"
        self._copies = f"cuelang.{name}.copy"
        self._client: Any = None
        self._tasks = Tasks()
        self._closed = False
        self._next = 1
        """The entry of the journal that is wanted next."""
        self._fetching = False
        self._reading = 0
        """How often the journal was begun. What was fetched for an earlier reading does not count for this one."""
        self._early: dict[int, JournalEntry] = {}
        self._outbox: deque[tuple[dict[str, str], bytes]] = deque()
        self._unsent = self._lost = 0
        self._stored = asyncio.Event()
        """The next message of the journal has been confirmed."""
        self._confirmed = 0
        self.error = "not connected yet"
        """Why no server is reached; empty: one is."""

    # --- beginning and end ---------------------------------------------------------------------------------

    def begin(self) -> None:
        self._tasks.spawn(self._connected())
        self._tasks.spawn(self._beat())

    async def close(self) -> None:
        """Give the key back, if it is ours, and let go."""
        self._closed = True
        if self._client is not None and self._lease.revision and not self.error:
            with suppress(*self._faults):
                async with asyncio.timeout(LEAVING_S):
                    while self._outbox:
                        await asyncio.sleep(0.01)
                    self._lease.leave()
                    while self._lease.owner == self._lease.me:
                        for what in self._lease.wake(awake_ns()):
                            if isinstance(what, Write):
                                await self._write(what)
                        await asyncio.sleep(0.01)
        await self._tasks.end()
        client, self._client = self._client, None
        if client is not None:
            await _end(client)

    # --- the connection ------------------------------------------------------------------------------------

    async def _connected(self) -> None:
        """Keeps a connection, to whichever server answers."""
        while True:
            url = self._urls[0]
            self._urls.rotate(-1)
            try:
                client = await self._connect(url)
            except self._faults as error:
                self._is(failure(error) or "no answer")
                await asyncio.sleep(RETRY_AFTER_S)
                continue
            self._client, self._confirmed = client, awake_ns()
            self._is("")
            self._sent_again()
            self._tasks.spawn(self._look())
            self._tasks.spawn(self._fetch())
            while not client.is_closed and awake_ns() - self._confirmed < DEAD_NS:
                await asyncio.sleep(0.05)
            self._client = None
            self._is("the connection is gone" if client.is_closed else "no majority of the servers answers")
            self._tasks.spawn(_end(client))

    async def _connect(self, url: str) -> Any:
        client = self._library.NATS()

        async def trouble(error: Exception) -> None:
            """What goes wrong is seen by what is not confirmed."""

        options: dict[str, Any] = {} if self._token is None else {"token": self._token}
        try:
            async with asyncio.timeout(CONNECT_S):
                await client.connect(
                    url, allow_reconnect=False, connect_timeout=1, error_cb=trouble, name="cuelang", **options
                )
                await client.subscribe(self._news, cb=self._renewed)
                await client.subscribe(self._copies, cb=self._copied)
            async with asyncio.timeout(CONNECT_S * 5):
                await self._made(client)
        except BaseException:
            await _end(client)
            raise
        return client

    async def _made(self, client: Any) -> None:
        """The two streams, if they are not there yet."""
        for name, subjects, source, copy, most in (
            (self._bucket, [f"$KV.{self._bucket[3:]}.>"], self._key, self._news, 1),
            (self._stream, [self._journal], self._journal, self._copies, -1),
        ):
            config = {
                "name": name, "subjects": subjects, "retention": "limits", "storage": "file", "discard": "new",
                "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0, "max_msg_size": -1,
                "max_msgs_per_subject": most, "num_replicas": self._replicas, "allow_direct": True,
                "allow_rollup_hdrs": most == 1, "deny_delete": True, "duplicate_window": 120 * NS,
                "republish": {"src": source, "dest": copy},
            }  # fmt: skip
            said = await _ask(client, f"$JS.API.STREAM.INFO.{name}", b"")
            if "error" in said:
                said = await _ask(client, f"$JS.API.STREAM.CREATE.{name}", json.dumps(config).encode())
            if "error" in said and "already in use" not in said["error"].get("description", ""):
                raise NoNats(said["error"].get("description", "the servers made no stream"))

    def _is(self, error: str) -> None:
        if error != self.error:
            self.error = error
            self._changed()

    # --- the lease -----------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Does what the lease wants, when it wants it."""
        while not self._closed:
            now = awake_ns()
            for what in self._lease.wake(now):
                if isinstance(what, LeaseQuestion):
                    self._asks(what)
                elif self._client is not None:
                    self._tasks.spawn(self._write(what))
            self._changed()
            await asyncio.sleep(max(self._lease.due(awake_ns()) - awake_ns(), MS) / NS)

    async def _write(self, write: Write) -> None:
        client, headers = self._client, {}
        if client is None:
            return  # the connection went since this was asked for
        subject = self._signs if write.kind == "sign" else self._key
        if write.kind != "sign":
            headers[_EXPECTED] = str(write.revision)
        value = b"" if write.kind == "release" else self._lease.me.encode()
        try:
            answer = await client.request(subject, value, timeout=ANSWER_S, headers=headers or None)
            said = json.loads(answer.data)
        except self._faults:
            return  # it may have been stored or not
        now = awake_ns()
        if "error" in said:
            if said["error"].get("err_code") == _NOT_THAT_REVISION:
                self._lease.refused(write.number)
                await self._look()
            return
        self._confirmed = now
        self._lease.confirmed(write.number, 0 if write.kind == "sign" else int(said["seq"]), now)
        self._changed()

    async def _renewed(self, message: Any) -> None:
        """The servers have stored a revision, and hand it on."""
        number = int((message.headers or {}).get("Nats-Sequence", 0))
        if number:
            self._lease.seen(number, message.data.decode(), awake_ns())
            self._changed()

    async def _look(self) -> None:
        """Ask for the key as it is."""
        client = self._client
        if client is None:
            return
        try:
            said = await _ask(
                client, f"$JS.API.STREAM.MSG.GET.{self._bucket}", json.dumps({"last_by_subj": self._key}).encode()
            )
        except self._faults:
            return
        if "message" in said:
            owner = b64decode(said["message"].get("data") or "").decode()
            self._lease.seen(int(said["message"]["seq"]), owner, awake_ns())
        elif said.get("error", {}).get("code") == 404:
            self._lease.seen(0, "", awake_ns())
        self._changed()

    # --- the journal, written ------------------------------------------------------------------------------

    def publish(self, term: int, count: int, data: bytes) -> None:
        """Put this into the journal. It is sent at once if there is a connection, and again until it is confirmed."""
        if self._unsent + len(data) > UNSENT_BYTES:
            self._lost += 1
            return
        headers = {
            "Term": str(term),
            "By": self._lease.me,
            "Count": str(count),
            "Nats-Msg-Id": f"{self._lease.me}.{term}.{count}",
        }
        self._unsent += len(data)
        self._outbox.append((headers, data))
        if self._client is not None and not self._waits:
            self._send(headers, data)

    _waits = False
    """Something of the journal was not confirmed: all that is left goes again, in its order."""

    def _send(self, headers: dict[str, str], data: bytes) -> None:
        self._tasks.spawn(self._deliver(self._client, headers, data))

    async def _deliver(self, client: Any, headers: dict[str, str], data: bytes) -> None:
        try:
            answer = await client.request(self._journal, data, timeout=ANSWER_S, headers=headers)
            taken = "error" not in json.loads(answer.data)
        except self._faults:
            taken = False
        if taken:
            with suppress(ValueError):
                self._outbox.remove((headers, data))
                self._unsent -= len(data)
            stored, self._stored = self._stored, asyncio.Event()
            stored.set()
        elif client is self._client and not self._waits:
            self._waits = True
            await asyncio.sleep(RETRY_AFTER_S)
            self._sent_again()

    def _sent_again(self) -> None:
        self._waits = False
        if self._client is not None:
            for headers, data in tuple(self._outbox):
                self._send(headers, data)

    async def stored(self, within: float) -> None:
        """Wait until a majority has confirmed all that is in the journal so far, `within` seconds at most."""
        waiting = {id(headers) for headers, _ in self._outbox}
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while any(id(headers) in waiting for headers, _ in self._outbox):
                    await self._stored.wait()

    @property
    def unsent(self) -> int:
        """How many messages of the journal no majority has confirmed."""
        return len(self._outbox) + self._lost

    def read_again(self) -> None:
        """Hear the journal from its beginning."""
        self._next = 1
        self._reading += 1
        self._early.clear()
        self._tasks.spawn(self._fetch())

    # --- the journal, read ---------------------------------------------------------------------------------

    async def _copied(self, message: Any) -> None:
        entry = _entry(message)
        if entry is not None:
            self._take(entry)

    def _take(self, entry: JournalEntry) -> None:
        if entry.number < self._next:
            return
        self._early[entry.number] = entry
        while (found := self._early.pop(self._next, None)) is not None:
            self._next += 1
            self._heard(found)
        if self._early and not self._fetching:
            self._tasks.spawn(self._fetch())

    async def _fetch(self) -> None:
        """What was missed, by number."""
        client = self._client
        if client is None or self._fetching:
            return
        self._fetching = True
        try:
            while client is self._client:
                try:
                    if not await self._fetched(client):
                        break
                except self._faults:
                    await asyncio.sleep(RETRY_AFTER_S)
        finally:
            self._fetching = False

    async def _fetched(self, client: Any) -> bool:
        """A number of entries. Whether there are more."""
        inbox, first, reading = client.new_inbox(), self._next, self._reading
        answers = await client.subscribe(inbox)
        try:
            await client.publish(
                f"$JS.API.DIRECT.GET.{self._stream}",
                json.dumps({"seq": first, "batch": FETCHED, "next_by_subj": self._journal}).encode(),
                reply=inbox,
            )
            while True:
                message = await answers.next_msg(timeout=ANSWER_S)
                if self._reading != reading:
                    return True
                headers = message.headers or {}
                if "Status" in headers or "Nats-Sequence" not in headers:
                    return self._next > first and headers.get("Nats-Num-Pending", "0") not in ("0", "")
                entry = _entry(message)
                if entry is not None:
                    self._next = max(self._next, entry.number)  # what came before it was forgotten
                    self._take(entry)
        finally:
            with suppress(*self._faults):
                await answers.unsubscribe()

    async def forget(self, before: int) -> None:
        """Drop what comes before this entry: another night."""
        client = self._client
        if client is None:
            return
        with suppress(*self._faults):
            await _ask(client, f"$JS.API.STREAM.PURGE.{self._stream}", json.dumps({"seq": before}).encode())


def _entry(message: Any) -> JournalEntry | None:
    headers = message.headers or {}
    try:
        return JournalEntry(
            int(headers["Nats-Sequence"]), int(headers["Term"]), headers["By"], int(headers["Count"]), message.data
        )
    except (KeyError, ValueError):
        return None


async def _ask(client: Any, subject: str, data: bytes) -> dict[str, Any]:
    answer = await client.request(subject, data, timeout=ANSWER_S)
    said: dict[str, Any] = json.loads(answer.data)
    return said


async def _end(client: Any) -> None:
    with suppress(Exception):  # of nats-py, of a connection that is given up
        async with asyncio.timeout(0.5):
            await client.close()
