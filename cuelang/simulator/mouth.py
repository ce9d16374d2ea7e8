"""What a simulated camera sends by itself, over a network: a connection for each notification, as real ones make."""

from __future__ import annotations

import asyncio

from cuelang.simulator.http_end import Notice

HUNG_S = 3600
"""How long a camera that hangs lets a client wait."""
WITHIN_S = 1
"""How long a receiver that does not accept is waited for."""


class Mouth:
    def __init__(self) -> None:
        self._last: dict[tuple[str, int], asyncio.Task[None]] = {}
        """By receiver: what is being sent there, after which the next one goes."""

    def say(self, notice: Notice) -> None:
        where = notice.host, notice.port
        before = self._last.get(where)
        self._last[where] = asyncio.get_running_loop().create_task(_send(notice, before), name="camera notification")

    def close(self) -> None:
        for task in self._last.values():
            task.cancel()


async def _send(notice: Notice, before: asyncio.Task[None] | None) -> None:
    if before is not None:
        await asyncio.wait([before])
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(notice.host, notice.port)
        writer.write(notice.data)
        await writer.drain()
        writer.close()
    except OSError:  # a receiver that is gone; TimeoutError is one, too
        return
