"""One camera on a UDP socket of its own: one frame, one datagram.

The socket is not connected, so that nothing ties it to the address that this machine had when it was opened: after a
new lease or another network card the next datagram goes out by the new way. Linux still tells such a socket when
no process listens at the far end (`IP_RECVERR`). That is an error and not the end of the line: a camera that is still
booting refuses as well.

Only our camera knows the number of our port. What comes to it from the camera's host but another port is taken for the
camera's answer, as long as nothing came from the port that it was asked at.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import suppress
from typing import cast

from cuelang.transports import explain
from cuelang.transports.datagrams import DatagramAdapter, Sender
from cuelang.transports.gate import GATE
from cuelang.transports.reopened import ReopenedLine

_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""Linux's IP_RECVERR and IPV6_RECVERR, which Python does not name."""
_ERROR_QUEUE = 0x2000

MAX_DATAGRAM_BYTES = 1024
"""Bytes of a datagram that are looked at: a reply has 16 and a header."""

SocketAddress = tuple[str, int] | tuple[str, int, int, int]


async def addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """All that the host has, IPv4 first, for that is what cameras speak. Raises OSError or UnicodeError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    ends = [(family, cast(SocketAddress, to)) for family, _, _, _, to in found if family in _RECVERR]
    return sorted(ends, key=lambda end: end[0] != socket.AF_INET)


def plain_host(where: tuple[object, ...]) -> str:
    """Without the zone of a link-local IPv6 address."""
    return str(where[0]).partition("%")[0]


def unconnected(family: socket.AddressFamily) -> socket.socket:
    link = socket.socket(family, socket.SOCK_DGRAM)
    try:
        link.setblocking(False)
        link.bind(("", 0))
    except OSError:
        link.close()
        raise
    if sys.platform == "linux":
        with suppress(OSError):
            link.setsockopt(*_RECVERR[family], 1)
    return link


def take_errors(link: socket.socket) -> None:
    """Empty the queue of errors, which would keep the loop awake."""
    if sys.platform == "linux":
        with suppress(OSError):
            while True:
                link.recvmsg(512, 512, _ERROR_QUEUE)


class UdpLine(ReopenedLine):
    """A camera at `host` (a name or an address) and `port`. `send` is one datagram and never raises."""

    stream = False

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._host, self._port = host, port
        self._transport: asyncio.DatagramTransport | None = None
        self._socket: socket.socket | None = None
        self._where: SocketAddress = (host, port)
        self._choice = 0
        """Which of the host's addresses it is."""
        self._asked = False
        """Something has been sent since it was opened."""
        self._answers: tuple[object, ...] | None = None
        """Where the camera answers from."""
        self._told: str = ""

    def send(self, data: bytes) -> None:
        link, transport = self._socket, self._transport
        if link is None or transport is None or not GATE.passes():
            return
        self._asked = True
        try:
            link.sendto(data, self._where)
        except BlockingIOError:
            transport.sendto(data, self._where)
        except OSError:  # perhaps of an earlier datagram: then this one has not been tried
            take_errors(link)
            try:
                link.sendto(data, self._where)
            except OSError as error:
                self.listener.line_error(explain(error))

    async def _disconnect(self) -> None:
        transport, self._transport, self._socket = self._transport, None, None
        if transport is not None:
            transport.close()

    def restart(self, error: str) -> None:
        """A datagram line has no state that could be broken, but its socket may be tied to a network that is gone, and
        the camera's name may mean another address by now."""
        transport = self._transport
        if transport is not None:
            if self._answers is None:
                self._choice += 1
            self._lost(transport, error)
            transport.abort()

    async def _open_once(self) -> None:
        try:
            found = await addresses(self._host, self._port)
        except (OSError, UnicodeError) as error:  # no such host; UnicodeError: a host name IDNA cannot take
            self._failed(error)
            return
        if self._closed:
            return
        if not found:
            self._failed(OSError(f"{self._host} has no address"))
            return
        family, self._where = found[self._choice % len(found)]
        link = unconnected(family)
        adapter = DatagramAdapter(self.received, self.failed, lambda error: self._lost(adapter.transport, error))
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: adapter, sock=link)
        except BaseException:
            link.close()
            raise
        if self._closed:
            transport.close()
            return
        self._transport, self._socket, self._attempts = transport, link, 0
        self._asked, self._answers, self._told = False, None, ""
        self._came_up()

    def received(self, data: bytes, whose: Sender) -> None:
        if self._socket is None or (whose != self._answers and not self._is_its(whose)):
            return
        self._answers = whose
        self.listener.line_data(data[:MAX_DATAGRAM_BYTES])

    def _is_its(self, whose: tuple[object, ...]) -> bool:
        if plain_host(whose) == plain_host(self._where):
            asked_there = whose[1] == self._where[1]
            return asked_there or (self._asked and self._answers is None)
        if self._asked and self._answers is None:
            who = f"{whose[0]}:{whose[1]}"
            if self._told != who:
                self._told = who
                self.listener.line_error(f"{self._host} does not answer; something answers from {who}")
        return False

    def _lost(self, transport: asyncio.DatagramTransport, error: str) -> None:
        if self._closed or transport is not self._transport:
            return
        self._transport = self._socket = None
        self._fell(error)

    def failed(self, error: Exception) -> None:
        if self._socket is not None:
            take_errors(self._socket)
            self.listener.line_error(explain(error))
