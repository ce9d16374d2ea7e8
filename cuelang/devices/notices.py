"""Where a Panasonic camera's notifications arrive: a port of this machine, one for each camera.

The camera connects to it for every notification, or keeps its connection; both are fine. A connection from anywhere
else than the camera is closed. A name that has several addresses is looked up once.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from cuelang.protocols.panasonic_notice import Notices

CONNECTIONS = 8
"""At a time; more are closed."""


class MemoryEar:
    """The ear for a camera in the same process."""

    PORT = 1

    def __init__(self) -> None:
        self._heard: Callable[[str], object] | None = None
        self._notices = Notices()

    async def open(self, heard: Callable[[str], object]) -> int:
        self._heard = heard
        return self.PORT

    async def close(self) -> None:
        self._heard = None

    def hear(self, data: bytes) -> None:
        for text in self._notices.receive(data):
            if self._heard is not None:
                asyncio.get_running_loop().call_soon(self._heard, text)


class TcpEar:
    """`host` is the camera's."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()

    async def open(self, heard: Callable[[str], object]) -> int:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, None, type=socket.SOCK_STREAM)
            peers = {str(to[0]) for *_, to in found}
            family = socket.AF_INET6 if all(":" in peer for peer in peers) else socket.AF_INET
            self._server = await loop.create_server(
                lambda: _Connection(self._connections, peers, heard), None, 0, family=family
            )
        except (OSError, UnicodeError):
            return 0
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        server, self._server = self._server, None
        for connection in list(self._connections):
            connection.abort()
        if server is not None:
            server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, others: set[asyncio.Transport], peers: set[str], heard: Callable[[str], object]) -> None:
        self._others, self._peers, self._heard = others, peers, heard
        self._notices = Notices()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        if peer is None or str(peer[0]) not in self._peers or len(self._others) >= CONNECTIONS:
            transport.abort()
            return
        self._transport = transport
        self._others.add(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        for text in self._notices.receive(data):
            self._heard(text)
        if self._notices.broken:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._others.discard(self._transport)
