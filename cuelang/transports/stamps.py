"""When something came in: datagrams as the system noted it, connections as their bytes were read."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import NamedTuple

from cuelang.clock import Clock
from cuelang.units import NS


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


class StampedProtocol(asyncio.Protocol):
    """Hands what comes on a connection on to `inner`, and keeps when (loop ns) the last of it came in."""

    def __init__(self, clock: Clock, inner: asyncio.Protocol | None = None) -> None:
        self.inner = inner
        self.received = clock.received()
        self._clock = clock

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.inner is not None:
            self.inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.received = self._clock.received()
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
