"""A running show as pages and other clients see it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from cuelang import address
from cuelang.commands import HasPictures
from cuelang.commands.switching import Bus
from cuelang.plan import Plan, Switcher, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.runtime.executor import Executor
from cuelang.runtime.records import Record
from cuelang.runtime.view import View
from cuelang.simulator.shots import Shot

ROOMY = frozenset(("visca+udp", "visca+tcp", "sony", "sim"))
"""Links on which a question more delays no command. A serial line has room for a hundred bytes in ten milliseconds."""


class Simulated(Protocol):
    """The simulated switchers of a show."""

    def is_simulated(self, switcher: str) -> bool: ...

    def shot(self, switcher: Switcher, bus: Bus, now: int) -> Shot | None: ...


class RunningShow:
    """`decide` and `lock` are those of the show: it may refuse."""

    def __init__(
        self,
        executor: Executor,
        zone: tzinfo,
        records: deque[Record],
        decide: Callable[[Request], Awaitable[Verdict]],
        lock: Callable[[bool, str], None],
        switchers: Simulated,
        skipped: Callable[[Trigger, datetime], bool],
    ) -> None:
        self._executor = executor
        self.zone = zone
        self._records = records
        self._decide = decide
        self.lock = lock
        self.skipped = skipped
        self._switchers = switchers

    @property
    def plan(self) -> Plan:
        return self._executor.plan

    def view(self) -> View:
        return self._executor.view()

    async def decide(self, request: Request) -> Verdict:
        return await self._decide(request)

    def settled(self, verdict: Verdict) -> None:
        self._executor.settled(verdict)

    def records(self, count: int) -> Sequence[Record]:
        return list(self._records)[-count:] if count else []

    def where_is(self, camera: str) -> None:
        driver = self._executor.drivers.get(camera)
        if driver is not None and address.parse(self.plan.camera(camera).url).scheme in ROOMY:
            driver.ask_pose()

    def has_picture(self, camera: str) -> bool:
        return isinstance(self._executor.drivers.get(camera), HasPictures)

    async def picture(self, camera: str) -> bytes | None:
        driver = self._executor.drivers.get(camera)
        return await driver.look() if isinstance(driver, HasPictures) else None

    def has_shot(self, switcher: str) -> bool:
        return self._switchers.is_simulated(switcher)

    def shot(self, switcher: str, bus: Bus, now: int) -> Shot | None:
        return self._switchers.shot(self.plan.switcher(switcher), bus, now)
