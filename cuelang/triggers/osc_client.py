"""Those who speak to an OSC input, and what each of them has asked for.

QLab knows a UDP client by its machine and answers to one port of it; a TCP client is its connection. What is sent to
a client is bounded: a datagram that does not fit is not sent, and a stream whose reader has fallen asleep is closed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct, field

from cuelang.triggers.access import NONE, Rights
from cuelang.triggers.limits import Bucket
from cuelang.units import NS

REPLY_PORT = 53001
FORGOTTEN_NS = 61 * NS
"""A UDP client that says nothing for so long is forgotten, as QLab does it."""
CLIENTS = 256
"""UDP machines that are remembered, and TCP connections, of one input."""

RATE = 10_000
"""Messages a second that are taken from one sender, and as many at once."""

PUZZLED = 20
"""Answers in a second, to one sender, that there is no such address: a desk that tells everybody everything did not
ask."""

LARGEST_DATAGRAM = 65_000
BACKLOG = 8 << 20
"""Unsent bytes at which a stream counts as asleep. The cue list of 10 000 cues is 2 MB."""


def sender_limit(now: int) -> Bucket:
    return Bucket(RATE, RATE, now)


class Client(Struct, eq=False):
    """`name` is how the log calls it. `send` takes one packet, and says whether it went out. `rights` stay empty until
    the passcode came."""

    name: str
    host: str
    stream: bool
    send: Callable[[bytes], bool]
    bucket: Bucket
    rights: Rights = NONE
    heard: int = 0
    flood_told: int = 0
    """When, in loop ns, it may be told again that this client sends too much."""
    reply_port: int = REPLY_PORT
    puzzled: tuple[int, int] = (0, 0)
    """The second in which it was told last that there is no such address, and how often."""
    keep_alive: bool = False
    always_reply: bool = False
    updates: bool = False
    listening: set[str] = field(default_factory=set)
    reply_format: str = ""
    surface: Callable[[bytes], bool] | None = None
    """Where readings of the show go, for one that has subscribed to them."""
    shown: dict[str, tuple[int | float | str, ...]] = field(default_factory=dict)
    """What it was sent of them."""

    def may_be_puzzled(self, now: int) -> bool:
        """Whether to answer once more that there is no such address."""
        second, count = self.puzzled
        count = count + 1 if second == now // NS else 1
        self.puzzled = now // NS, count
        return count <= PUZZLED

    def is_puzzled(self, now: int) -> bool:
        """Whether it was told that often enough in this second."""
        second, count = self.puzzled
        return second == now // NS and count >= PUZZLED

    @property
    def subscribed(self) -> bool:
        return self.updates or bool(self.listening) or self.surface is not None


class UdpClients:
    """The machines that have spoken to a UDP input lately."""

    def __init__(self, new: Callable[[str, int], Client]) -> None:
        self._new = new
        self._clients: OrderedDict[str, Client] = OrderedDict()

    def client(self, host: str, now: int) -> Client:
        client = self._clients.get(host)
        if client is not None and (client.keep_alive or now - client.heard <= FORGOTTEN_NS):
            client.heard = now
            return client
        if client is None and len(self._clients) >= CLIENTS:
            self._forget_one()
        client = self._clients[host] = self._new(host, now)
        client.heard = now
        return client

    def _forget_one(self) -> None:
        """One client has to go: the one that was silent longest, those that wait for nothing first, and before
        them those that have not shown the passcode."""

        def worth(client: Client) -> tuple[bool, bool, int]:
            return bool(client.rights), client.subscribed or client.keep_alive, client.heard

        idle = min(self._clients.values(), key=worth)
        del self._clients[idle.host]

    def alive(self, now: int) -> list[Client]:
        """Those that are remembered still; the others are forgotten."""
        for host, client in tuple(self._clients.items()):
            if not client.keep_alive and now - client.heard > FORGOTTEN_NS:
                del self._clients[host]
        return list(self._clients.values())


def to_stream(transport: asyncio.Transport, frame: Callable[[bytes], bytes]) -> Callable[[bytes], bool]:
    """A way to send to one TCP client that never waits for it."""

    def send(packet: bytes) -> bool:
        if transport.is_closing():
            return False
        transport.write(frame(packet))
        if transport.get_write_buffer_size() > BACKLOG:
            transport.abort()
            return False
        return True

    return send
