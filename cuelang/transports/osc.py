"""OSC out: messages to one host, as datagrams or on a stream that is opened again whenever it breaks.

`send` hands a message to the system at once, and says why it could not. Nothing is kept for a stream that is down: a
cue of another machine that comes a minute late is worse than none.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from cuelang import clock
from cuelang.address import PortAddress
from cuelang.clock import Tasks
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS, Deframer, StreamFraming
from cuelang.transports import backoff, explain
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import addresses

OscArguments = tuple[int | float | str, ...]

CONNECT_TIMEOUT_S = 0.5
"""Seconds that the start of a show waits for a console; the connection goes on trying by itself."""


class OscOut(Protocol):
    """An output for `send` lines. `on_up` is called when messages get through, from now on or again; `on_packet` gets
    what the other end sends, where there is a way back."""

    on_up: Callable[[], None]
    on_packet: Callable[[bytes], None]

    async def open(self) -> None:
        """What fails is the reason of every `send`."""

    def send_packet(self, data: bytes) -> str:
        """Send one packet; the reason if it cannot be sent."""

    def send(self, address: str, arguments: OscArguments) -> str: ...

    def close(self) -> None:
        """Send no more."""


class _Sender:
    def __init__(self) -> None:
        self.on_up: Callable[[], None] = lambda: None
        self.on_packet: Callable[[bytes], None] = lambda _data: None
        self._error = "it is not open yet"

    def _hand_over(self, data: bytes) -> None:
        """Give a packet to the system. Raises OSError."""

    def send_packet(self, data: bytes) -> str:
        if not self._error:
            try:
                self._hand_over(data)
            except OSError as error:
                return explain(error)
        return self._error

    def send(self, address: str, arguments: OscArguments) -> str:
        try:
            return self.send_packet(encode(address, arguments))
        except ValueError as error:
            return str(error)


class UdpOut(_Sender):
    """Datagrams, to one host or to all of a network. A host name is looked up when the output is opened, again and
    again until it is known; of several addresses it is the IPv4 one, where most programs listen."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._where = (host, port)
        self._to: tuple[object, ...] | None = None
        self._socket: socket.socket | None = None
        self._attempts = 0
        self._retry: clock.Handle | None = None
        self._opening: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        try:
            found = await addresses(*self._where)
            if not found:
                raise OSError(f"{self._where[0]} has no address")
            family, self._to = found[0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        except (OSError, UnicodeError) as error:
            self._error = explain(error)
            if not self._closed:
                self._attempts += 1
                now = clock.current()
                self._retry = now.at(now.now() + backoff(self._attempts), self._again)
        else:
            if self._closed:
                self.close()
                return
            self._error = ""
            self.on_up()

    def _again(self) -> None:
        self._opening = asyncio.get_running_loop().create_task(self.open())

    def _hand_over(self, data: bytes) -> None:
        if self._socket is not None and self._to is not None:
            self._socket.sendto(data, self._to)

    def close(self) -> None:
        self._closed = True
        if self._retry is not None:
            self._retry.cancel()
        if self._opening is not None:
            self._opening.cancel()
        if self._socket is not None:
            self._socket.close()
        self._socket, self._error = None, "it is closed"


class TcpOut(_Sender):
    """A stream, each packet in SLIP or behind its length."""

    def __init__(self, host: str, port: int, framing: StreamFraming = "length") -> None:
        super().__init__()
        self._line = TcpLine(host, port)
        self._line.listener = self
        self._framing: StreamFraming = framing
        self._stream = Deframer(framing)
        self._error = "it is not connected yet"
        self._tasks = Tasks()

    async def open(self) -> None:
        opening = self._tasks.spawn(self._line.open())
        await asyncio.wait((opening,), timeout=CONNECT_TIMEOUT_S)

    def _hand_over(self, data: bytes) -> None:
        self._line.send(FRAMINGS[self._framing](data))

    def close(self) -> None:
        self._error = "it is closed"
        self._tasks.spawn(self._line.close())

    def line_up(self) -> None:
        self._error = ""
        self._stream = Deframer(self._framing)
        self.on_up()

    def line_down(self, error: str) -> None:
        self._error = error

    def line_error(self, error: str) -> None:
        self._error = error

    def line_data(self, data: bytes) -> None:
        for packet in self._stream.feed(data):
            self.on_packet(packet)
        if self._stream.broken:
            self._line.restart(f"what it sends cannot be read: {self._stream.broken}")


def output(at: PortAddress) -> UdpOut | TcpOut:
    """The output at `osc+udp://…` or `osc+tcp://…`."""
    host, port = at.host or "127.0.0.1", at.port or 53000
    if at.scheme == "osc+udp":
        return UdpOut(host, port)
    return TcpOut(host, port, "slip" if at.option("framing") == "slip" else "length")
