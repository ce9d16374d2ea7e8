"""The other machine: which of the two leads, the journal between them, and what they carry to one another."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from cuelang import clock as clocks
from cuelang.app.loading import casting_of
from cuelang.clock import Tasks
from cuelang.clock.awake_time import awake_ns
from cuelang.playback.lease import Lease
from cuelang.runtime.asrun import line
from cuelang.runtime.record_json import as_json, from_json
from cuelang.runtime.records import Record, ShowRecord
from cuelang.sheets import Casting, Usage
from cuelang.transports.gate import GATE
from cuelang.transports.jetstream import PIECE_BYTES, JournalEntry, Servers
from cuelang.transports.twin_peer import SECRET_VARIABLE, Peer
from cuelang.units import MS, NS

Role = Literal["lead", "follow"]

LOOK_AGAIN_NS = 2 * NS
"""After which a machine with another plan than the leader's looks whether its own has changed."""

LOOKS_NS = 500 * MS
"""Between two reports of where the cameras are."""

QUICK = 3
"""An answer that took no longer than this many times the quickest one says well what the leader's time is."""
CATCH_UP_S = 0.3
"""How long a takeover waits for the end of the journal."""
STORED_S = 0.25
"""How long a verdict waits for the journal. Without a confirmation for so long a machine leads no longer."""


class Twin:
    """This machine's end. `digest` is its plan's; `say` tells the operator, with whether it matters.

    `lead` is called when this machine leads from now on, `follow` when it does so no longer, `heard` with each record
    of the leader, in order, `restart` when the leader has begun another show.
    """

    def __init__(
        self,
        servers: str,
        peer: str,
        listen: str | None,
        sheet: str,
        digest: str,
        say: Callable[[str, bool], None],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        host, port = _host_and_port(peer, "--twin-peer")
        here = ("0.0.0.0", port) if listen is None else _host_and_port(listen, "--twin-listen")
        secret = environment.get(SECRET_VARIABLE, "")
        if not secret:
            raise Usage(f"--twin: set {SECRET_VARIABLE} to a secret, the same on both machines.")
        self.name = platform.node() or "this machine"
        self.digest = digest
        self.say = self._early_say = say
        self.lead: Callable[[], None] = lambda: None
        self.follow: Callable[[], None] = lambda: None
        self.heard: Callable[[Record], None] | None = None
        self.restart: Callable[[], None] = lambda: None
        self.asked: Callable[[dict[str, Any], int], Awaitable[Any]] | None = None
        """Called with what the other machine carries here, and its age in ns."""
        self.looked: Callable[[], None] = lambda: None
        """Called twenty times a second: how the two machines stand to one another may have changed."""
        self.looks: Callable[[], dict[str, list[object]]] = dict
        """Where the cameras of the machine that leads are, for the screens of the other one."""
        self.seen: Callable[[dict[str, list[Any]]], None] = lambda _looks: None
        self.time: Callable[[], float | None] = lambda: None
        """The show's time in ms, of the machine that leads."""
        self._lease = Lease(f"{self.name}-{uuid4().hex[:12]}", awake_ns(), ready=False)
        self._servers = Servers(
            _urls(servers),
            _name(sheet),
            self._lease,
            heard=self._entry,
            asks=lambda ask: self._peer.ask(ask),
            changed=self._changed,
        )
        self._peer = Peer(host, port, here, secret, self._lease, carried=self._carried, changed=self._zeroed)
        self.leads = self.asks = False
        self._tasks = Tasks()
        self._term = self._count = 0
        """Of the journal that is read: its term, and how many messages of it have come."""
        self._early: dict[int, JournalEntry] = {}
        self.records: list[Record] = []
        """The leader's show so far."""
        self.files: dict[str, str] = {}
        """The texts of its files, by their SHA-256."""
        self._plan: str | None = None
        """The plan of the journal."""
        self.casting: Casting | None = None
        """The stand-ins of that plan; None: those of the command line."""
        self._writes = 0
        """The term that this machine writes; 0: it does not lead."""
        self._written = 0
        self._marked = asyncio.Event()
        self._lines: list[str] = []
        self._flushes = False
        self._told = ""
        self._zero: deque[tuple[int, int]] = deque(maxlen=16)
        """For the last answers of the leader: how long it was on its way, and the loop time of its show's time 0."""

    async def open(self) -> None:
        """Raises OSError when the port of the direct way cannot be had."""
        GATE.guard(self.may_send, may_ask=self.may_ask)
        await self._peer.open()
        self._peer.status = {"name": self.name}
        self._servers.begin()
        self._tasks.spawn(self._status())

    async def close(self) -> None:
        await self._tasks.end()
        self._flush()
        await self._servers.close()
        await self._peer.close()
        GATE.guard(None)

    # --- who leads -----------------------------------------------------------------------------------------

    def may_send(self) -> bool:
        """For the gate. Not before the list of the one that led is this machine's."""
        return self.leads and self._lease.may_send(awake_ns())

    def may_ask(self) -> bool:
        """For the gate: it follows a show, and knows which cameras and switchers it reaches."""
        return self.asks and not self.leads

    @property
    def other(self) -> str:
        """The name of the other machine."""
        return str(self._peer.said.get("name") or self._by or "the other machine")

    _by = ""

    def attend(self, say: Callable[[str, bool], None]) -> None:
        """There is a show: from now on it informs the operator."""
        self.say, self._told = say, ""

    def by_hand(self) -> None:
        """By a signal: a person wants this machine to lead, or to continue alone."""
        why = self.take()
        self.say(f"Not taken over by hand: {why}." if why else "Taking over by hand.", False)

    def take(self) -> str:
        """A person wants this machine to lead, or to continue alone. Why not; empty: it tries to."""
        return self._lease.take(awake_ns())

    @property
    def stuck(self) -> bool:
        """It leads and may send nothing, unless a person lets it continue alone."""
        return self.leads and self._lease.stuck(awake_ns())

    @property
    def silent(self) -> int | None:
        """How long (ns) nothing was heard of the machine that leads, by the servers or directly; None: a moment
        ago something was."""
        return None if self._peer.there else self._lease.silent(awake_ns())

    @property
    def followed(self) -> bool:
        """The other machine follows this one."""
        return self.leads and self._peer.said.get("follows") is True

    def _changed(self) -> None:
        now = awake_ns()
        if not self.leads and self._lease.may_send(now):
            self.leads = True
            self.lead()
        elif self.leads and not self._lease.holds and not self._lease.by_hand:
            self.leads, self._writes = False, 0
            self.follow()
        GATE.look()

    async def _status(self) -> None:
        """Says what has changed, and lets the other machine know this show's time."""
        looked = 0
        while True:
            now = awake_ns()
            follows = self.heard is not None and not self.leads
            ms = self.time() if self.leads else None
            status = {"name": self.name, "leads": self.leads, "follows": follows, "ms": ms}
            if self.leads and now - looked >= LOOKS_NS:
                looked, status["cameras"] = now, self.looks()
            self._peer.status = status
            text = self._state(now)
            if text != self._told:
                self._told = text
                self.say(text, self.leads and not self._lease.majority(now))
            self.looked()
            await asyncio.sleep(0.05)

    def _state(self, now: int) -> str:
        lease = self._lease
        if self.leads:
            if lease.alone(now):
                if lease.by_hand:
                    return "This machine continues alone, by hand: make sure that the other one does not send."
                return f"Alone: no majority of the servers answers, and {self.other} confirms that it does not lead."
            if lease.stuck(now):
                return (
                    "Nothing is sent: no majority of the servers answers, and the other machine does not confirm that "
                    "it does not lead. Take over to continue alone."
                )
            return "This machine leads." if self._peer.there else "This machine leads. The other one does not answer."
        if self._servers.error:
            return f"The NATS servers cannot be reached: {self._servers.error}."
        if not self.same:
            return f"{self.other} leads with another plan. This machine waits until the two are the same."
        return f"This machine follows {self.other}." if self.records else "Waiting for the machine that leads."

    @property
    def same(self) -> bool:
        """Whether the leader's plan is this machine's."""
        return self._plan is None or self._plan == self.digest

    # --- the beginning -------------------------------------------------------------------------------------

    async def role(self) -> Role | None:
        """Wait until it is known whether this machine leads and begins a show, or there is a show to follow, with the
        same plan. None: there is one with another plan; read the sheet again, and come back."""
        self.heard, self.asked, self.say, self._told = None, None, self._early_say, ""
        self.lead = self.follow = self.restart = self.looked = lambda: None
        self.looks, self.seen = dict, lambda _looks: None
        self._term, self._count, self._early, self.records = 0, 0, {}, []
        self.asks = False
        GATE.look()
        self._zero.clear()  # of another show, perhaps
        self._servers.read_again()
        lease, first, alive, since = self._lease, self._lease.revision, False, awake_ns()
        while True:
            now = awake_ns()
            if first is None or lease.revision == 0:
                first = lease.revision
            begun = bool(self.records) and isinstance(self.records[0], ShowRecord)
            led = lease.revision != first and lease.owner not in ("", lease.me)
            alive = alive or led or bool(self._peer.said.get("leads"))
            if alive and not begun and lease.leaderless(now - LOOK_AGAIN_NS):
                alive = bool(self._peer.said.get("leads"))  # it was gone before it began
            lease.ready = not alive  # the journal of a machine that is silent is an old night's
            if self.leads:
                self.begin(fresh=True)
                GATE.look()
                return "lead"
            if alive and begun and self.same and (self._zero or now - since > LOOK_AGAIN_NS):
                return "follow"
            if alive and not self.same and now - since > LOOK_AGAIN_NS:
                return None
            await asyncio.sleep(0.01)

    # --- the journal, written ------------------------------------------------------------------------------

    def begin(self, *, fresh: bool) -> None:
        """From now on this machine writes the journal; `fresh`: it begins a show."""
        self._writes, self._written = self._lease.revision or 1, 0
        self._marked.clear()
        self._lines.clear()
        head = {"fresh": fresh, "plan": self.digest, "name": self.name}
        self._publish(json.dumps(head).encode())

    async def caught_up(self) -> None:
        """Wait until all is heard that the one that led has written, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_S):
                await self._marked.wait()

    def write(self, record: Record) -> None:
        """A record of this machine, while it leads. It leaves at the end of this turn of the loop."""
        if not self._writes:
            return
        self._add(line(as_json(record)))

    def keep(self, files: Mapping[str, str]) -> None:
        """The texts of the files of a plan, by their SHA-256: one who comes later follows from the beginning."""
        if self._writes:
            self._add(json.dumps({"files": dict(files)}))

    async def stored(self) -> None:
        """Wait until a majority of the servers has what has just been decided: who hears of it may rely on it, even
        if this machine dies now. Not for long, and not where no majority answers."""
        await asyncio.sleep(0)  # records are written at the end of a turn
        self._flush()
        if self.leads and self._lease.majority(awake_ns()):
            await self._servers.stored(STORED_S)

    def _add(self, text: str) -> None:
        self._lines.append(text)
        if not self._flushes:
            self._flushes = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushes = False
        lines, self._lines = self._lines, []
        piece: list[str] = []
        size = 0
        for text in lines:
            piece.append(text)
            size += len(text)
            if size > PIECE_BYTES:
                self._publish("\n".join(piece).encode())
                piece, size = [], 0
        if piece:
            self._publish("\n".join(piece).encode())

    def _publish(self, data: bytes) -> None:
        if self._writes:
            self._written += 1
            self._servers.publish(self._writes, self._written, data)

    # --- the journal, read ---------------------------------------------------------------------------------

    def _entry(self, entry: JournalEntry) -> None:
        if entry.term < self._term:
            return
        if entry.term > self._term:
            self._term, self._count, self._early = entry.term, 0, {}
        if entry.count <= self._count:
            return
        self._early[entry.count] = entry
        while (found := self._early.pop(self._count + 1, None)) is not None:
            self._count += 1
            self._read(found)

    def _read(self, entry: JournalEntry) -> None:
        if entry.count == 1:
            self._head(entry)
            return
        if entry.term == self._writes:
            return
        for text in entry.data.decode().split("\n"):
            said = json.loads(text)
            if "files" in said and "kind" not in said:
                self.files.update(said["files"])
                continue
            record = from_json(said)
            self._learn(record)
            self.records.append(record)
            if self.heard is not None:
                self.heard(record)

    def _head(self, entry: JournalEntry) -> None:
        said = json.loads(entry.data)
        own = entry.by == self._lease.me
        if said.get("fresh"):
            self.records, self.casting = [], None
            if own:
                self._tasks.spawn(self._servers.forget(entry.number))
            elif self.heard is not None:
                self.restart()
        self._plan, self._by = str(said.get("plan")), str(said.get("name"))
        if own and entry.term == self._writes:
            self._marked.set()

    def _learn(self, record: Record) -> None:
        if isinstance(record, ShowRecord) and record.state == "reloaded" and record.plan:
            self._plan, self.casting = record.plan, casting_of(record)

    # --- the leader's time ---------------------------------------------------------------------------------

    def _zeroed(self) -> None:
        """The leader has answered."""
        looks = self._peer.said.get("cameras")
        if isinstance(looks, dict) and not self.leads:
            self.seen(looks)
        ms = self._peer.said.get("ms")
        if isinstance(ms, (int, float)) and not self.leads:
            self._zero.append((self._peer.trip, clocks.current().now() - round(ms * MS) - self._peer.trip // 2))

    @property
    def zero(self) -> int | None:
        """The loop time (ns) of the leader's show's time 0, as far as it is known. What the leader says of its time is
        a little old when it leaves, so that of quick answers the earliest is the best."""
        if not self._zero:
            return None
        quick = QUICK * min(self._zero)[0]
        return min(at for trip, at in self._zero if trip <= quick)

    # --- what is carried -----------------------------------------------------------------------------------

    async def carry(self, what: dict[str, Any], received: int, within: float = 2.0) -> Any:
        """Carry this to the other machine; `received` is loop ns. None: no answer came."""
        age = clocks.current().now() - received
        return await self._peer.carry(what, awake_ns() - age, within)

    @property
    def there(self) -> bool:
        """Whether the other machine answers directly."""
        return self._peer.there

    def _carried(self, what: Any, age: int, answer: Callable[[Any], None]) -> None:
        if self.asked is None or not isinstance(what, dict):
            answer(None)
            return
        self._tasks.spawn(_answered(self.asked(what, age), answer))

    def ready(self, on: bool) -> None:
        """Whether this machine may take over."""
        self._lease.ready = on

    def ask_cameras(self) -> None:
        """There is a show that follows, with its own lines: they may ask."""
        self.asks = True
        GATE.look()


async def _answered(work: Awaitable[Any], answer: Callable[[Any], None]) -> None:
    answer(await work)


def _urls(text: str) -> list[str]:
    found = [one.strip() for one in text.split(",") if one.strip()]
    for one in found:
        where = urlsplit(one if "://" in one else f"nats://{one}")
        if where.scheme not in ("nats", "tls") or not where.hostname:
            raise Usage(f"--twin {one}: not the address of a NATS server, as in nats://10.0.0.9:4222.")
    if not found:
        raise Usage("--twin needs the address of a NATS server, as in nats://10.0.0.9:4222.")
    return [one if "://" in one else f"nats://{one}" for one in found]


def _host_and_port(text: str, option: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Usage(f"{option} {text}: needs a host and a port, as in 10.0.0.8:4230.")
    return host.strip("[]"), int(port)


def _name(sheet: str) -> str:
    """What the show is called at the servers."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", Path(sheet).stem)[:40] or "show"
