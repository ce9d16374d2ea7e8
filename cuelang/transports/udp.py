"""One camera on a connected UDP socket: one frame, one datagram.

A connected socket hears only its camera, and is told when nobody listens there (ICMP port unreachable). That is an
error and not the end of the line: a camera that is still booting refuses as well.
"""

from __future__ import annotations

import asyncio

from cuelang.transports import explain
from cuelang.transports.reopened import ReopenedLine


class UdpLine(ReopenedLine):
    stream = False

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._host, self._port = host, port
        self._transport: asyncio.DatagramTransport | None = None

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data)

    async def _let_go(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def restart(self, error: str) -> None:
        """A datagram socket does not die with its camera: nothing to do."""

    async def _open_once(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Ears(self), remote_addr=(self._host, self._port)
            )
        except (OSError, UnicodeError) as error:  # no such host, no route; UnicodeError: a host name IDNA cannot take
            self._failed(error)
            return
        if self._closed:
            transport.close()
            return
        self._transport, self._attempts = transport, 0
        self.listener.line_up()

    def _lost(self, transport: asyncio.BaseTransport | None, error: Exception | None) -> None:
        if self._closed or transport is not self._transport:
            return
        self._transport = None
        self.listener.line_down(explain(error) if error else "the socket was closed")
        self._later()


class _Ears(asyncio.DatagramProtocol):
    def __init__(self, line: UdpLine) -> None:
        self._line = line
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._line.listener.line_data(data)

    def error_received(self, exc: Exception) -> None:
        self._line.listener.line_error(explain(exc))

    def connection_lost(self, exc: Exception | None) -> None:
        self._line._lost(self._transport, exc)
