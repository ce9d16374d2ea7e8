"""What asyncio tells of a socket for datagrams, as three functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from cuelang.transports import explain

Sender = tuple[Any, ...]
"""An address as the system has it: host, port, and for IPv6 two more."""


def _unheeded(_: object) -> None:
    return


class DatagramAdapter(asyncio.DatagramProtocol):
    """`on_data` gets each datagram with its sender. `on_error` gets what the system says of one that was sent; it does
    not say of which, and by itself it is nothing: the other end is gone, others may ask. `on_lost` gets why the socket
    is closed, for people. None of them may raise."""

    transport: asyncio.DatagramTransport
    """From the time on that the socket is open."""

    def __init__(
        self,
        on_data: Callable[[bytes, Sender], None],
        on_error: Callable[[Exception], None] = _unheeded,
        on_lost: Callable[[str], None] = _unheeded,
    ) -> None:
        self._on_data, self._on_error, self._on_lost = on_data, on_error, on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Sender) -> None:
        self._on_data(data, addr)

    def error_received(self, exc: Exception) -> None:
        self._on_error(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(explain(exc) if exc else "the socket was closed")
