"""When something came in: datagrams as the system noted it, connections as their bytes were read."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import NamedTuple

from cuelang.clock import Clock
from cuelang.units import MS, NS


class Stamps(NamedTuple):
    """`option` is set on a socket, `message` is the kind of what then comes with each datagram, in `shape` and in
    parts of `part` ns."""

    option: int
    message: int
    shape: struct.Struct
    part: int

    def read(self, beside: list[tuple[int, int, bytes]]) -> int | None:
        """Nanoseconds of the wall clock since 1970."""
        for level, kind, data in beside:
            if level == socket.SOL_SOCKET and kind == self.message and len(data) >= self.shape.size:
                seconds, parts = self.shape.unpack_from(data)
                return int(seconds * NS + parts * self.part)
        return None


def _stamps() -> Stamps | None:
    if sys.platform == "linux":
        return Stamps(35, 35, struct.Struct("@ll"), 1)  # SO_TIMESTAMPNS, asm-generic/socket.h
    if sys.platform == "darwin":
        return Stamps(0x0400, 0x02, struct.Struct("@li"), 1000)  # SO_TIMESTAMP and SCM_TIMESTAMP, sys/socket.h
    return None


STAMPS = _stamps()
"""None where the system has none that are known here."""


_TCP_INFO = struct.Struct("=52xI96xI")
"""Of Linux's `struct tcp_info`: the ms since data came last, and how many segments with data have come."""
_TICK_NS = 10 * MS
"""How much later than it says the last data may have come."""


class Arrivals:
    """When the bytes of a connection came in, as far as the system tells. TCP has no stamps, but Linux knows how long
    ago data came last: that is when it was what has been read, if it all came in one piece."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._socket: socket.socket | None = None
        self._pieces = 0

    def of(self, transport: asyncio.BaseTransport) -> None:
        """The connection is made."""
        if sys.platform == "linux":
            self._socket = transport.get_extra_info("socket")
            if self._socket is not None and self._socket.family not in (socket.AF_INET, socket.AF_INET6):
                self._socket = None

    def read(self) -> int:
        """Something was read: when (loop ns) it came in. To be called each time."""
        at = self._clock.received()
        pieces = self._pieces
        if sys.platform != "linux" or self._socket is None:
            return at
        try:
            ago, self._pieces = _TCP_INFO.unpack(
                self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            )
        except (OSError, struct.error):
            self._socket = None
            return at
        return max(at, self._clock.now() - ago * MS - _TICK_NS) if self._pieces == pieces + 1 else at


class StampedProtocol(asyncio.Protocol):
    """Hands what comes on a connection on to `inner`, and keeps when (loop ns) the last of it came in."""

    def __init__(self, clock: Clock, inner: asyncio.Protocol | None = None) -> None:
        self.inner = inner
        self.received = clock.received()
        self._arrivals = Arrivals(clock)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrivals.of(transport)
        if self.inner is not None:
            self.inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.received = self._arrivals.read()
        if self.inner is not None:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received() if self.inner is not None else None

    def pause_writing(self) -> None:
        if self.inner is not None:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self.inner is not None:
            self.inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.inner is not None:
            self.inner.connection_lost(exc)


def received(transport: asyncio.BaseTransport | None, clock: Clock) -> int:
    """When (loop ns) the last bytes of a connection came in; of one that has ended meanwhile, now."""
    protocol = transport.get_protocol() if isinstance(transport, asyncio.Transport) else None
    return protocol.received if isinstance(protocol, StampedProtocol) else clock.received()
