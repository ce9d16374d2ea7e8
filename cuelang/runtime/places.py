"""Ask cameras where they are, for a `locate`: all at the same time, and none is waited for longer than 200 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cuelang.clock import Clock
from cuelang.commands import Driver, Pose
from cuelang.units import MS

PATIENCE_NS = 200 * MS
LOOK_NS = 2 * MS


async def place(clock: Clock, drivers: Mapping[str, Driver], camera: str) -> Pose | None:
    """Where a camera says that it is; None: it does not answer."""
    came: asyncio.Future[Pose | None] = asyncio.get_running_loop().create_future()

    def said(places: Mapping[str, Pose | None]) -> None:
        if not came.done():
            came.set_result(places[camera])

    Places(clock, drivers, (camera,), said)
    return await came


class Places:
    """`answer` is called once, with the place of each camera, None for one that has not answered."""

    def __init__(
        self,
        clock: Clock,
        drivers: Mapping[str, Driver],
        names: tuple[str, ...],
        answer: Callable[[Mapping[str, Pose | None]], None],
    ) -> None:
        self._clock = clock
        self._answer = answer
        self._begun = clock.now()
        self._drivers = {name: drivers.get(name) for name in names}
        for driver in self._drivers.values():
            if driver is not None:
                driver.ask_pose()
        clock.at(self._begun, self._look)

    def _look(self) -> None:
        now = self._clock.now()
        waits = [driver for driver in self._drivers.values() if driver is not None and driver.state.connected]
        if now < self._begun + PATIENCE_NS and not all(self._answered(driver) for driver in waits):
            self._clock.at(now + LOOK_NS, self._look)
            return
        self._answer(
            {
                name: driver.state.pose if driver is not None and self._answered(driver) else None
                for name, driver in self._drivers.items()
            }
        )

    def _answered(self, driver: Driver) -> bool:
        state = driver.state
        return all(at is not None and at >= self._begun for at in (state.pan_tilt_said, state.zoom_said))
