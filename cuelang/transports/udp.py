"""One camera on a connected UDP socket: one frame, one datagram.

A connected socket hears only its camera, and is told when nobody listens there (ICMP port unreachable). That is an
error and not the end of the line: a camera that is still booting refuses as well.
"""

from __future__ import annotations

import asyncio

from cuelang import clock
from cuelang.transports import Line, Listener, Nobody, backoff, explain


class UdpLine(Line):
    stream = False

    def __init__(self, host: str, port: int) -> None:
        self.listener: Listener = Nobody()
        self._host, self._port = host, port
        self._transport: asyncio.DatagramTransport | None = None
        self._retry: clock.Handle | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._attempts = 0
        self._closed = True

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data)

    async def open(self) -> None:
        self._closed = False
        await self._open_once()

    async def close(self) -> None:
        self._closed = True
        if self._retry is not None:
            self._retry.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
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
            if not self._closed:
                self.listener.line_error(explain(error))
                self._later()
            return
        if self._closed:
            transport.close()
            return
        self._transport, self._attempts = transport, 0
        self.listener.line_up()

    def _later(self) -> None:
        self._attempts += 1
        now = clock.current()
        self._retry = now.at(now.now() + backoff(self._attempts), self._again)

    def _again(self) -> None:
        if not self._closed:
            self._attempt = asyncio.get_running_loop().create_task(self._open_once())

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
