"""One camera on a TCP stream, opened again whenever it breaks.

A camera that is unplugged says nothing, so the stream only looks alive: keep-alive shortens that to some seconds, and
a listener that gets no answers may `restart` the line. Nothing is kept for a stream that is down, so nothing old is
sent when it comes back.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from array import array
from contextlib import suppress

from cuelang.transports import explain, keep_alive
from cuelang.transports.gate import GATE
from cuelang.transports.reopened import ReopenedLine

if sys.platform == "linux":
    import fcntl
    import termios

    def unacknowledged(link: socket.socket) -> int | None:
        """How many bytes the other end has not acknowledged; None where the system does not tell. Raises OSError."""
        left = array("i", [0])
        fcntl.ioctl(link.fileno(), termios.TIOCOUTQ, left)
        return left[0]
elif sys.platform == "darwin":
    _SO_NWRITE = 0x1024

    def unacknowledged(link: socket.socket) -> int | None:
        return link.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
else:

    def unacknowledged(_link: socket.socket) -> int | None:
        return None


CONNECT_TIMEOUT_S = 2.0
"""Seconds for one attempt: a camera in the same building answers in milliseconds or not at all."""
IDLE, EVERY, TIMES = 5, 2, 3
"""Of the keep-alive: a camera without its cable is noticed after 11 s; after 7 s on Linux, where one question counts as
sent data."""
UNANSWERED_MS = 1500
"""Within which a camera has to acknowledge what was sent to it, or the stream ends and what it holds is dropped. A
lost packet is repeated after 0.2 s, 0.6 s and 1.4 s."""
PIECE = 1024
"""Bytes that are read at once. Frames are 16 bytes at most, and each costs some microseconds."""
BACKLOG = 64 * 1024
"""Unsent bytes at which a stream counts as stuck; no camera has that many commands waiting."""


class TcpLine(ReopenedLine):
    """A camera at `host` and `port`. What is sent while it is down is dropped. `connect_timeout` is in seconds."""

    stream = True

    def __init__(self, host: str, port: int, *, connect_timeout: float = CONNECT_TIMEOUT_S) -> None:
        super().__init__()
        self._host, self._port = host, port
        self._connect_timeout = connect_timeout
        self._transport: asyncio.Transport | None = None

    def send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or not GATE.passes():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > BACKLOG:
            self.restart("the camera no longer accepts data")

    def holds(self) -> bool:
        """Whether bytes that were sent have not reached the camera: they would, when the cable is back. A system that
        does not tell is believed to hold what asyncio still has."""
        transport = self._transport
        if transport is None:
            return False
        link = transport.get_extra_info("socket")
        left = None
        if link is not None:
            with suppress(OSError):
                left = unacknowledged(link)
        return bool(left) or transport.get_write_buffer_size() > 0

    async def _disconnect(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def restart(self, error: str) -> None:
        transport = self._transport
        if transport is not None:
            self._lost(transport, error)
            link = transport.get_extra_info("socket")
            if link is not None:
                with suppress(OSError):  # what the system still holds is thrown away and not sent later
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    async def _open_once(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                transport, _ = await loop.create_connection(lambda: _Protocol(self), self._host, self._port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError; UnicodeError: a name IDNA cannot take
            self._failed(error)
            return
        if self._closed or transport.is_closing():
            transport.abort()
            if not self._closed:
                self._later()
            return
        keep_alive(transport.get_extra_info("socket"), IDLE, EVERY, TIMES, UNANSWERED_MS)
        self._transport = transport
        self._came_up()

    def _heard(self, data: bytes) -> None:
        self._attempts = 0  # a camera that accepts and hangs up at once is still waited for longer and longer
        self.listener.line_data(data)

    def _lost(self, transport: asyncio.BaseTransport | None, error: str) -> None:
        if self._closed or transport is None or transport is not self._transport:
            return
        self._transport = None
        self._fell(error)


class _Protocol(asyncio.BufferedProtocol):
    """Reads `PIECE` bytes in a turn of the loop, however much there is: a camera that talks without end waits for the
    others, and they not for it."""

    def __init__(self, line: TcpLine) -> None:
        self._line = line
        self._transport: asyncio.BaseTransport | None = None
        self._room = bytearray(PIECE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        if self._line._transport is self._transport:
            self._line._heard(bytes(self._room[:nbytes]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._line._lost(self._transport, explain(exc) if exc else "it closed the connection")
