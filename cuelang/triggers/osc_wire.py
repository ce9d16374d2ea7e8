"""The sockets of the OSC inputs: datagrams and streams, many senders, and none that can hold up the others.

Whatever arrives is worked on in short slices, and between two of them the loop looks after cameras and clocks. Of one
sender at most `RATE` messages a second are taken. What a UDP sender sends beyond is thrown away unread, unless it
begins like a panic or a stop; a TCP sender is simply not read until its turn comes.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Protocol

from cuelang.clock import Clock
from cuelang.protocols.osc_stream import FRAMINGS, Deframer
from cuelang.transports import keep_alive
from cuelang.transports.listening import bound
from cuelang.transports.stamps import STAMPS, Arrivals
from cuelang.triggers.access import ALL, NONE, InputAccess
from cuelang.triggers.osc_client import CLIENTS, LARGEST_DATAGRAM, Client, UdpClients, sender_limit, to_stream
from cuelang.units import MS, NS

SLICE_NS = MS // 4
"""How long packets are worked on before everything else on the loop has its turn."""
CHUNK = 16 * 1024
"""What is read of a stream at once."""
RECEIVE_BUFFER = 4 << 20
UNSENT = 1 << 20
"""Bytes of datagrams that wait for a network that takes no more; beyond that they are dropped."""
ROOM_FOR_STAMPS = 128
FLOOD_TOLD_NS = 10 * NS
"""How often a flood of one sender is reported."""
IDLE, EVERY, TIMES = 30, 10, 3
"""Of the keep-alive: a client whose cable was pulled is noticed after a minute."""

Ancillary = list[tuple[int, int, bytes]]
"""What the system says of a datagram: level, kind, data."""


class SocketInput(Protocol):
    """What the sockets tell the door: one packet of a client, whose message came from `source`."""

    clock: Clock
    urgent: tuple[bytes, ...]
    """How packets begin that no rate limit holds back."""

    def packet(self, gate: InputAccess, client: Client, data: bytes, source: str, received: int) -> None: ...
    def flooded(self, source: str) -> None: ...
    def trouble(self, what: str, text: str) -> None:
        """Something to be told seldom; `what` says what kind of trouble it is."""


def shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class UdpInput:
    """One UDP input, at each address of its host. A datagram is as old as the system says: one that lay here while the
    machine stood still was received then, and not when it is read."""

    def __init__(self, ears: SocketInput, gate: InputAccess) -> None:
        self.gate = gate
        self._ears = ears
        self._clients = UdpClients(self._new)
        self._looked: dict[socket.socket, int] = {}
        """Its sockets, and when there was nothing to read at each any more: what is read now is not older."""

    async def open(self, host: str, port: int) -> None:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        for link in await bound(host, port, socket.SOCK_DGRAM, _prepare):
            self._looked[link] = self._ears.clock.now()
            loop.add_reader(link, self._readable, link)

    @property
    def address(self) -> tuple[str, int] | None:
        link = next(iter(self._looked), None)
        if link is None:
            return None
        host, port = link.getsockname()[:2]
        return host, port

    def close(self) -> None:
        links, self._looked = self._looked, {}
        for link in links:
            asyncio.get_running_loop().remove_reader(link)
            link.close()

    def clients(self) -> list[Client]:
        return self._clients.alive(self._ears.clock.now())

    def renew(self, gate: InputAccess) -> None:
        """Other rules for who may speak: everybody has to show the passcode again."""
        self.gate = gate
        self._clients = UdpClients(self._new)

    def _readable(self, link: socket.socket) -> None:
        """As many datagrams as a slice has time for."""
        clock = self._ears.clock
        now = clock.now()
        deadline = now + SLICE_NS
        while link in self._looked and now < deadline:
            try:
                data, beside, addr = _datagram(link)
            except (BlockingIOError, InterruptedError):
                self._looked[link] = now
                return
            except OSError:
                now = clock.now()
                continue  # an answer was not delivered (ICMP): senders that only send have nothing open for it
            self.datagram_received(data, addr, now - self._age(beside, now, self._looked[link]))
            now = clock.now()

    def _age(self, beside: Ancillary, now: int, looked: int) -> int:
        """How long a datagram lay here. Never longer than since the last look, whatever was done to the clock."""
        stamp = STAMPS.read(beside) if STAMPS is not None else None
        lay = self._ears.clock.since(stamp) if stamp is not None else self._ears.clock.stall()
        return max(0, min(lay, now - looked))

    def datagram_received(self, data: bytes, addr: tuple[str, int], received: int | None = None) -> None:
        """What is thrown away has to cost next to nothing: behind it, in the same buffer, another sender's GO waits."""
        now = self._ears.clock.now()
        client = self._clients.client(addr[0], now)
        if client.bucket.take(now) or data.startswith(self._ears.urgent):
            source = f"{client.name}:{addr[1]}"
            self._ears.packet(self.gate, client, data, source, now if received is None else received)
        elif now >= client.flood_told:
            client.flood_told = now + FLOOD_TOLD_NS
            self._ears.flooded(f"{client.name}:{addr[1]}")

    def _new(self, host: str, now: int) -> Client:
        client = Client(
            f"osc udp {shown(host)}", host, False, lambda data: self.send_to(client, data), sender_limit(now)
        )
        client.rights = ALL if self.gate.open else NONE
        return client

    def send_to(self, client: Client, data: bytes, port: int | None = None) -> bool:
        """What a network does not take at once is dropped."""
        family = socket.AF_INET6 if ":" in client.host else socket.AF_INET
        link = next((link for link in self._looked if link.family == family), None)
        if link is None or len(data) > LARGEST_DATAGRAM:
            return False
        try:
            link.sendto(data, (client.host, client.reply_port if port is None else port))
        except OSError:
            return False
        return True


if sys.platform == "win32":

    def _datagram(link: socket.socket) -> tuple[bytes, Ancillary, tuple[str, int]]:
        data, addr = link.recvfrom(65536)
        return data, [], addr
else:

    def _datagram(link: socket.socket) -> tuple[bytes, Ancillary, tuple[str, int]]:
        data, beside, _, addr = link.recvmsg(65536, ROOM_FOR_STAMPS)
        return data, beside, addr


def _prepare(link: socket.socket) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
    if STAMPS is not None:
        link.setsockopt(socket.SOL_SOCKET, STAMPS.option, 1)


class TcpInput:
    """One TCP input, and all who are connected to it."""

    def __init__(self, ears: SocketInput, gate: InputAccess) -> None:
        self.gate = gate
        self.ears = ears
        self.connections: set[_Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str, port: int) -> None:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        for link in await bound(host, port, socket.SOCK_STREAM):
            self._servers.append(await loop.create_server(lambda: _Connection(self), sock=link, backlog=CLIENTS))

    @property
    def address(self) -> tuple[str, int] | None:
        if not self._servers or not self._servers[0].sockets:
            return None
        host, port = self._servers[0].sockets[0].getsockname()[:2]
        return host, port

    def close(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for connection in tuple(self.connections):
            connection.close()

    def clients(self) -> list[Client]:
        return [connection.client for connection in self.connections if connection.client is not None]

    def renew(self, gate: InputAccess) -> None:
        self.gate = gate
        for client in self.clients():
            client.rights = ALL if gate.open else NONE


class _Connection(asyncio.BufferedProtocol):
    """One TCP client."""

    def __init__(self, home: TcpInput) -> None:
        self.client: Client | None = None
        self._home = home
        self._buffer = bytearray(CHUNK)
        self._stream = Deframer()
        self._arrivals = Arrivals(home.ears.clock)
        self._packets: deque[tuple[bytes, int]] = deque()
        """Each with the loop ns at which it came in."""
        self._transport: asyncio.Transport | None = None
        self._source = ""
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        ears, gate = self._home.ears, self._home.gate
        peer = transport.get_extra_info("peername") or ("", 0)
        host = peer[0]
        self._source = f"osc tcp {shown(host)}:{peer[1]}"
        stranger = gate.stranger(host)
        if stranger or len(self._home.connections) >= CLIENTS:
            why = stranger or f"{CLIENTS} clients are already connected"
            ears.trouble("rejected", f"{self._source} was rejected: {why}")
            transport.abort()
            return
        keep_alive(transport.get_extra_info("socket"), IDLE, EVERY, TIMES)
        self._transport = transport
        self._arrivals.of(transport)
        send = to_stream(transport, self._frame)
        self.client = Client(self._source, host, True, send, sender_limit(ears.clock.now()))
        self.client.rights = ALL if gate.open else NONE
        self._home.connections.add(self)

    def _frame(self, packet: bytes) -> bytes:
        """Answers are framed as questions are."""
        return FRAMINGS[self._stream.framing or "slip"](packet)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        came = self._arrivals.read()
        self._packets.extend((packet, came) for packet in self._stream.feed(bytes(memoryview(self._buffer)[:nbytes])))
        if not self._paused:
            self._work()

    def _work(self) -> None:
        """Work on what has come for one slice; go on in a later turn, and read no more until then."""
        client, transport, ears = self.client, self._transport, self._home.ears
        if client is None or transport is None or transport.is_closing():
            return
        now = ears.clock.now()
        deadline = now + SLICE_NS
        while self._packets and now < deadline:
            if not client.bucket.take(now):
                self._later(client.bucket.wait)
                return
            client.heard = now
            packet, came = self._packets.popleft()
            ears.packet(self._home.gate, client, packet, self._source, came)
            now = ears.clock.now()
        if self._packets:
            self._later(0)
            return
        if self._stream.broken:
            ears.trouble("broken stream", f"{self._source} was closed: {self._stream.broken}")
            transport.abort()
        elif self._paused:
            self._paused = False
            transport.resume_reading()

    def _later(self, wait: int) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if wait:
            self._home.ears.clock.at(self._home.ears.clock.now() + wait, self._work)
        else:
            asyncio.get_running_loop().call_soon(self._work)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._home.connections.discard(self)
        self._transport = None
        self._packets.clear()


Input = UdpInput | TcpInput
INPUTS: dict[str, Callable[[SocketInput, InputAccess], Input]] = {"osc+udp": UdpInput, "osc+tcp": TcpInput}
