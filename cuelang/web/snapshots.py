"""Pictures of cameras for viewers: seldom asked for, shared by all, never waited for by the show.

A camera is asked at most twice a second, and only while it is viewed; all clients that ask in between get the
same picture. A few cameras are asked at a time, for drawing a simulated one takes a processor.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct

from cuelang.clock import Clock
from cuelang.units import MS, NS
from cuelang.web.show import ShowApi

FRESH = 500 * MS
STALE = 5 * NS
"""A picture of this age is better than none; beyond it, it would mislead."""
AT_ONCE = 2
PATIENCE = 8.0
"""Seconds that a client waits for a picture: the first one of a simulated theatre is painted from nothing."""


class _Snapshot(Struct):
    picture: bytes | None = None
    at: int = -STALE
    asked: int = -STALE
    task: asyncio.Task[None] | None = None


class SnapshotCache:
    def __init__(self, floor: ShowApi, clock: Clock) -> None:
        self._floor = floor
        self._clock = clock
        self._looks: dict[str, _Snapshot] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def picture(self, camera: str) -> bytes | None:
        """A JPEG that is not older than `STALE`, or None."""
        look = self._looks.setdefault(camera, _Snapshot())
        if look.task is None and self._clock.now() - look.asked >= FRESH:
            look.asked = self._clock.now()
            look.task = asyncio.get_running_loop().create_task(self._take(camera, look))
        if look.task is not None and self._clock.now() - look.at >= 2 * FRESH:
            await asyncio.wait((look.task,), timeout=PATIENCE)
        return look.picture if self._clock.now() - look.at < STALE else None

    async def _take(self, camera: str, look: _Snapshot) -> None:
        try:
            async with self._turns:
                picture = await self._floor.picture(camera)
            if picture is not None:
                look.picture, look.at = picture, self._clock.now()
        finally:
            look.task = None

    def close(self) -> None:
        for look in self._looks.values():
            if look.task is not None:
                look.task.cancel()
