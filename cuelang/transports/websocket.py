"""One WebSocket to a program on the network, opened again whenever it breaks. Messages are UTF-8 texts."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from cuelang.transports import explain
from cuelang.transports.gate import GATE
from cuelang.transports.reopened import ReopenedLine

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT_S = 3.0
HEARTBEAT_S = 5.0
"""A peer that does not answer a ping of the protocol's own within half of it is gone."""
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MAX_UNSENT_BYTES = 256 * 1024


class WebSocketLine(ReopenedLine):
    """`line_data` is given one whole message at a time. `code` is that with which the peer closed last, None: it did
    not, the connection broke."""

    stream = False

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.code: int | None = None
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._unsent: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        """Texts, and whether they only ask."""
        self._unsent_bytes = 0

    def send(self, data: bytes) -> None:
        if self._socket is None or not GATE.passes():
            return
        self._unsent_bytes += len(data)
        if self._unsent_bytes > MAX_UNSENT_BYTES:
            self.restart("it no longer accepts data")
            return
        self._unsent.put_nowait((data.decode(), GATE.is_asking))

    def restart(self, error: str) -> None:
        self._lost(self._socket, error)

    async def _open_once(self) -> None:
        aiohttp = await asyncio.get_running_loop().run_in_executor(None, import_module, "aiohttp")
        session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                socket = await session.ws_connect(self.url, heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE_BYTES)
        except (OSError, ValueError, aiohttp.ClientError) as error:
            await session.close()
            self._failed(error if isinstance(error, OSError) else ConnectionError("it does not speak WebSocket there"))
            return
        except asyncio.CancelledError:  # closed meanwhile
            await session.close()
            raise
        if self._closed:
            await session.close()
            return
        self._session, self._socket, self.code = session, socket, None
        self._unsent, self._unsent_bytes = asyncio.Queue(), 0
        self._reader = asyncio.get_running_loop().create_task(self._carry(socket))
        self._came_up()

    async def _carry(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        writer = asyncio.get_running_loop().create_task(self._write(socket))
        why = "the connection broke"
        try:
            async for message in socket:
                if isinstance(message.data, str) and self._socket is socket:
                    self._attempts = 0
                    self.listener.line_data(message.data.encode())
            if socket.close_code is not None and socket.close_code != 1006:
                self.code = socket.close_code
                why = "it closed the connection"
        except (OSError, RuntimeError) as error:
            why = explain(error)
        finally:
            writer.cancel()
            self._lost(socket, why)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        unsent = self._unsent
        while True:
            text, asks = await unsent.get()
            try:
                if GATE.passes(asks=asks):
                    await socket.send_str(text)
            except (OSError, RuntimeError):
                return  # the reader notices, and says so
            self._unsent_bytes -= len(text)

    def _lost(self, socket: aiohttp.ClientWebSocketResponse | None, error: str) -> None:
        if self._closed or socket is None or socket is not self._socket:
            return
        session, self._socket, self._session = self._session, None, None
        if session is not None:
            self._closing = asyncio.get_running_loop().create_task(session.close())
        self._fell(error)

    async def _disconnect(self) -> None:
        session, self._socket, self._session = self._session, None, None
        if self._reader is not None:
            self._reader.cancel()
        if session is not None:
            await session.close()
