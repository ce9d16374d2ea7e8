"""Two leases on real NATS servers, and the journal between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from cuelang.clock.awake_time import awake_ns
from cuelang.playback import lease
from cuelang.playback.lease import Lease, LeaseQuestion
from cuelang.transports import jetstream
from cuelang.transports.jetstream import JournalEntry, Servers
from cuelang.transports.twin_peer import Peer
from cuelang.units import MS
from tests.nats_servers import LEASE_TIMES, PATIENCE, NatsServers, needs_nats
from tests.ports import free_ports


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that last longer: their ratios are what counts, and the machine may be busy."""
    for name in LEASE_TIMES:
        monkeypatch.setattr(lease, name, getattr(lease, name) * PATIENCE)


@pytest.fixture
def one_server(tmp_path: Path) -> Iterator[NatsServers]:
    needs_nats()
    servers = NatsServers(tmp_path)
    yield servers
    servers.close()


@pytest.fixture
def three_servers(tmp_path: Path) -> Iterator[NatsServers]:
    needs_nats()
    servers = NatsServers(tmp_path, 3)
    yield servers
    servers.close()


class Machine:
    def __init__(self, name: str, urls: str, ports: tuple[int, int] | None = None, secret: str = "curtain") -> None:
        self.lease = Lease(name, awake_ns())
        self.heard: list[JournalEntry] = []
        self.peer: Peer | None = None
        self.carried: list[tuple[Any, int]] = []
        if ports is not None:
            self.peer = Peer("127.0.0.1", ports[1], ("127.0.0.1", ports[0]), secret, self.lease, carried=self.carry)
        self.servers = Servers(urls.split(","), "test", self.lease, heard=self.heard.append, asks=self.ask)

    def carry(self, what: Any, age: int, answer: Any) -> None:
        self.carried.append((what, age))
        answer({"heard": what})

    def ask(self, ask: LeaseQuestion) -> None:
        if self.peer is not None:
            self.peer.ask(ask)

    async def open(self) -> None:
        if self.peer is not None:
            await self.peer.open()
        self.servers.begin()

    async def close(self) -> None:
        await self.servers.close()
        if self.peer is not None:
            await self.peer.close()

    @property
    def leads(self) -> bool:
        return self.lease.may_send(awake_ns())

    @property
    def alone(self) -> bool:
        return self.lease.alone(awake_ns())


@pytest_asyncio.fixture
async def machines() -> AsyncIterator[list[Machine]]:
    found: list[Machine] = []
    yield found
    await asyncio.gather(*(one.close() for one in found))


async def pair(machines: list[Machine], urls: str, *, peers: bool = False) -> tuple[Machine, Machine]:
    """Two machines: the one that leads, and the other."""
    first, second = free_ports(2)
    for name, ports in (("a", (first, second)), ("b", (second, first))):
        machines.append(Machine(name, urls, ports if peers else None))
        await machines[-1].open()
        await until(lambda: any(one.leads for one in machines))
    a, b = machines
    await until(lambda: not a.servers.error and not b.servers.error)
    await until(lambda: a.leads != b.leads)
    return (a, b) if a.leads else (b, a)


async def until(true: Any, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def watched(*machines: Machine) -> Callable[[], bool]:
    """Whether one leads. Two never do."""

    def one_leads() -> bool:
        assert [one.leads for one in machines].count(True) <= 1
        return any(one.leads for one in machines)

    return one_leads


async def test_one_leads_and_the_other_takes_over_when_it_is_silent(
    one_server: NatsServers, machines: list[Machine]
) -> None:
    """The holder renews the key again and again; on a busy machine it may change meanwhile."""
    a, b = await pair(machines, one_server.urls)
    one_leads, first = watched(a, b), a.lease.revision or 0
    await until(lambda: one_leads() and (a.lease.revision or 0) > first + 20)
    await until(lambda: a.leads != b.leads)
    leads, other = (a, b) if a.leads else (b, a)
    for task in leads.servers._tasks._tasks:
        task.cancel()
    last = awake_ns()
    await until(lambda: one_leads() and other.leads)
    assert not leads.leads and awake_ns() - last >= lease.STOP_AFTER_NS


async def test_a_machine_that_ends_in_order_gives_the_key_back(
    one_server: NatsServers, machines: list[Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jetstream, "LEAVING_S", 20.0)
    a, b = await pair(machines, one_server.urls)
    owners: list[str] = []
    seen = b.lease.seen

    def sees(revision: int, owner: str, now: int) -> None:
        owners.append(owner)
        seen(revision, owner, now)

    monkeypatch.setattr(b.lease, "seen", sees)
    await a.servers.close()
    assert not a.leads
    await until(lambda: b.leads)
    assert "" in owners, "it was free: nothing had to be waited for"


async def test_what_one_writes_into_the_journal_the_other_reads_in_order(
    one_server: NatsServers, machines: list[Machine]
) -> None:
    a, b = await pair(machines, one_server.urls)
    for number in range(1, 501):
        a.servers.publish(7, number, f"record {number}".encode())
    await until(lambda: len(b.heard) == 500)
    assert [entry.count for entry in b.heard] == list(range(1, 501)) and {entry.term for entry in b.heard} == {7}
    late = Machine("c", one_server.urls)
    machines.append(late)
    await late.open()
    await until(lambda: len(late.heard) == 500)
    assert [entry.data for entry in late.heard] == [entry.data for entry in b.heard]
    await until(lambda: a.servers.unsent == 0)


async def test_what_was_written_is_waited_for_until_it_is_stored_but_not_for_long(
    one_server: NatsServers, machines: list[Machine]
) -> None:
    a, _ = await pair(machines, one_server.urls)
    for number in range(1, 50):
        a.servers.publish(1, number, b"record")
    assert a.servers.unsent == 49
    await a.servers.stored(20)
    assert a.servers.unsent == 0
    await a.servers.stored(20)
    one_server.kill(0)
    a.servers.publish(1, 50, b"away")
    await a.servers.stored(0.05)
    assert a.servers.unsent == 1


async def test_what_was_written_while_a_server_was_away_comes_later_and_once(
    one_server: NatsServers, machines: list[Machine]
) -> None:
    a, b = await pair(machines, one_server.urls)
    a.servers.publish(1, 1, b"before")
    await until(lambda: len(b.heard) == 1)
    one_server.kill(0)
    for number in range(2, 20):
        a.servers.publish(1, number, b"away")
    await asyncio.sleep(0.3)
    one_server.start(0)
    await until(lambda: len(b.heard) == 19)
    assert sorted(entry.count for entry in b.heard) == list(range(1, 20))


async def test_without_any_server_the_leader_is_alone_by_the_others_word(
    one_server: NatsServers, machines: list[Machine]
) -> None:
    a, b = await pair(machines, one_server.urls, peers=True)
    await until(lambda: a.peer is not None and a.peer.there and b.peer is not None and b.peer.there)
    await until(lambda: a.leads != b.leads)
    leads, other = (a, b) if a.leads else (b, a)
    one_server.kill(0)
    await until(lambda: leads.alone)
    for _ in range(100):
        await asyncio.sleep(0.01)
        assert not other.leads, "without servers nothing is taken"
    await until(lambda: leads.alone)
    one_leads = watched(a, b)
    one_server.start(0)
    await until(lambda: one_leads() and not leads.alone and not other.alone)


async def test_of_three_servers_one_may_die(three_servers: NatsServers, machines: list[Machine]) -> None:
    a, b = await pair(machines, three_servers.urls, peers=True)
    await until(lambda: a.peer.there and b.peer.there)
    one_leads = watched(a, b)
    for number in range(3):
        three_servers.kill(number)
        await asyncio.sleep(2.5)
        await until(one_leads)
        three_servers.start(number)
        await until(lambda: not a.servers.error and not b.servers.error)
        await until(one_leads)


async def test_what_is_carried_is_carried_once_with_its_age(machines: list[Machine]) -> None:
    needs_nats()
    first, second = free_ports(2)
    a = Machine("a", "nats://127.0.0.1:1", (first, second))
    b = Machine("b", "nats://127.0.0.1:1", (second, first))
    machines += [a, b]
    await asyncio.gather(a.open(), b.open())
    await until(lambda: a.peer.there and b.peer.there)
    began = awake_ns()
    answer = await b.peer.carry({"verb": "go"}, began - 300_000_000)
    assert answer == {"heard": {"verb": "go"}}
    ((what, age),) = a.carried
    assert what == {"verb": "go"} and 300_000_000 <= age <= 300_000_000 + awake_ns() - began + 100 * MS


async def test_who_has_another_secret_is_not_heard(machines: list[Machine]) -> None:
    needs_nats()
    first, second = free_ports(2)
    a = Machine("a", "nats://127.0.0.1:1", (first, second))
    b = Machine("b", "nats://127.0.0.1:1", (second, first), "another")
    machines += [a, b]
    await asyncio.gather(a.open(), b.open())
    await asyncio.sleep(0.5)
    assert not a.peer.there and not b.peer.there
    assert await b.peer.carry({"verb": "go"}, awake_ns()) is None and a.carried == []


class Journal:
    """A connection whose server has these entries; `between` is called before each is handed out."""

    def __init__(self, entries: int, between: Callable[[int], None]) -> None:
        self.entries, self.between = entries, between
        self.at = 0

    def new_inbox(self) -> str:
        return "inbox"

    async def subscribe(self, subject: str) -> Journal:
        return self

    async def unsubscribe(self) -> None: ...

    async def publish(self, subject: str, data: bytes, reply: str) -> None:
        self.at = json.loads(data)["seq"]

    async def next_msg(self, timeout: float) -> Any:  # noqa: ASYNC109 - as in nats-py
        await asyncio.sleep(0)
        number, self.at = self.at, self.at + 1
        if number > self.entries:
            return SimpleNamespace(headers={"Status": "204", "Nats-Num-Pending": "0"}, data=b"")
        self.between(number)
        return SimpleNamespace(headers={"Nats-Sequence": str(number), "Term": "1", "By": "b", "Count": "1"}, data=b"")


async def test_a_journal_that_is_begun_again_while_it_is_read_is_heard_from_its_beginning() -> None:
    needs_nats()
    machine, times = Machine("a", "nats://127.0.0.1:1"), [0]

    def between(number: int) -> None:
        if number == 3 and not times[0]:
            times[0] = 1
            machine.heard.clear()
            machine.servers.read_again()

    machine.servers._client = Journal(5, between)
    await machine.servers._fetch()
    await until(lambda: len(machine.heard) >= 5)
    assert [entry.number for entry in machine.heard] == [1, 2, 3, 4, 5]
    machine.servers._client = None
    await machine.close()


async def test_a_question_that_failed_is_asked_again() -> None:
    needs_nats()
    machine, times = Machine("a", "nats://127.0.0.1:1"), [0]

    def between(_number: int) -> None:
        times[0] += 1
        if times[0] == 2:
            raise TimeoutError

    machine.servers._client = Journal(3, between)
    await machine.servers._fetch()
    assert [entry.number for entry in machine.heard] == [1, 2, 3]
    machine.servers._client = None
    await machine.close()


async def test_what_was_asked_for_when_the_connection_went_is_dropped() -> None:
    needs_nats()
    machine = Machine("a", "nats://127.0.0.1:1")
    await machine.servers._write(lease.Write(1, "renew", 1, 0))
    await machine.servers.forget(3)
    await machine.close()
