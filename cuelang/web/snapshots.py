"""Pictures of cameras, and of the buses of simulated switchers: seldom made, shared by all, never waited for.

A camera is asked at most twice a second, and only while it is viewed; all clients that ask in between get the
same picture. A few cameras are asked at a time, for drawing a simulated one takes a processor.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct

from cuelang.clock import Clock
from cuelang.commands.switching import BusName
from cuelang.simulator.shots import Shot
from cuelang.units import MS, NS
from cuelang.web.show import ShowApi

FRESH_NS = 500 * MS
STALE_NS = 5 * NS
"""A picture of this age is better than none; beyond it, it would mislead."""
AT_ONCE = 2
PATIENCE_S = 8.0
"""Seconds that a client waits for a picture: the first one of a simulated theatre is painted from nothing."""


class _Snapshot(Struct):
    picture: bytes | None = None
    at: int = -STALE_NS
    asked: int = -STALE_NS
    task: asyncio.Task[None] | None = None


class _Drawn(Struct):
    shot: Shot
    pictures: dict[str, bytes | None]
    picture: bytes


def _montage(shot: Shot, pictures: dict[str, bytes | None]) -> bytes:
    """Pillow is loaded when the first picture is wanted."""
    from cuelang.simulator import montage

    return montage.drawn(shot, pictures)


class SnapshotCache:
    """The newest picture of each camera, made when it is asked for. A JPEG each."""

    def __init__(self, show: ShowApi, clock: Clock) -> None:
        self._show = show
        self._clock = clock
        self._snapshots: dict[str, _Snapshot] = {}
        self._buses: dict[tuple[str, BusName], _Drawn] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def picture(self, camera: str) -> bytes | None:
        """A JPEG that is not older than `STALE_NS`, or None."""
        look = self._snapshots.setdefault(camera, _Snapshot())
        if look.task is None and self._clock.now() - look.asked >= FRESH_NS:
            look.asked = self._clock.now()
            look.task = asyncio.get_running_loop().create_task(self._take(camera, look))
        if look.task is not None and self._clock.now() - look.at >= 2 * FRESH_NS:
            await asyncio.wait((look.task,), timeout=PATIENCE_S)
        return look.picture if self._clock.now() - look.at < STALE_NS else None

    async def _take(self, camera: str, look: _Snapshot) -> None:
        try:
            async with self._turns:
                picture = await self._show.picture(camera)
            if picture is not None:
                look.picture, look.at = picture, self._clock.now()
        finally:
            look.task = None

    async def bus(self, switcher: str, bus: BusName) -> bytes | None:
        """What a simulated switcher has on this bus now: a JPEG, or None."""
        pictures: dict[str, bytes | None] = {}
        while True:
            shot = self._show.shot(switcher, bus, self._clock.now())
            if shot is None:
                return None
            wanted = [camera for camera in shot.cameras if camera not in pictures]
            if not wanted:
                break
            found = await asyncio.gather(*map(self.picture, wanted))
            pictures |= dict(zip(wanted, found, strict=True))
        drawn = self._buses.get((switcher, bus))
        if drawn is None or (drawn.shot, drawn.pictures) != (shot, pictures):
            make = asyncio.get_running_loop().run_in_executor
            async with self._turns:
                drawn = _Drawn(shot, pictures, await make(None, _montage, shot, pictures))
            self._buses[switcher, bus] = drawn
        return drawn.picture

    def close(self) -> None:
        for look in self._snapshots.values():
            if look.task is not None:
                look.task.cancel()
