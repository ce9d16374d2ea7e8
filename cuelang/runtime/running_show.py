"""A running show as pages and other clients see it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Generic, Protocol, TypeVar

from cuelang import address
from cuelang.commands import HasPictures
from cuelang.commands.switching import BusName
from cuelang.plan import Plan, Switcher, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven, Framed
from cuelang.runtime.executor import Executor
from cuelang.runtime.records import Record
from cuelang.runtime.updates import PresetChange
from cuelang.runtime.view import View
from cuelang.simulator.shots import Shot

LINKS_WITH_ROOM = frozenset(("visca+udp", "visca+tcp", "sony", "panasonic", "canon", "sim"))
"""Links on which a question more delays no command. A serial line has room for a hundred bytes in ten milliseconds."""


class Simulated(Protocol):
    """The simulated switchers of a show."""

    def is_simulated(self, switcher: str) -> bool: ...

    def shot(self, switcher: Switcher, bus: BusName, now: int) -> Shot | None: ...


class ShowFraming(Protocol):
    """The presets of a show."""

    def presets(self, name: str) -> Iterable[dict[str, object]]: ...

    def history(self, camera: str, preset: str) -> Sequence[PresetChange]: ...

    def picture(self, camera: str, preset: str) -> bytes | None: ...

    async def warm(self) -> None: ...


DoneOrWhy = tuple[bool, str]
"""Whether it was done; what was, or why it was not."""


class ShowEntry(Protocol):
    """Where a show takes what is asked of it; it may refuse."""

    async def decide(self, request: Request) -> Verdict: ...

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict: ...

    def drive(self, person: str, who: str, wanted: Deflection, source: str, received: int) -> Driven: ...

    def gone(self, person: str) -> None: ...


class ShowSwitches(Protocol):
    """What an operator sets beside the cue list. Asked of a machine that follows, it is done by the one that leads."""

    async def lock(self, on: bool, source: str) -> DoneOrWhy: ...

    async def mute(self, name: str, on: bool, source: str) -> DoneOrWhy: ...

    async def remark(self, cue: str, text: str, by: str) -> DoneOrWhy: ...

    async def flag(self, cue: str, on: bool, by: str) -> DoneOrWhy: ...


class Beside(Protocol):
    """This machine and another one: who leads."""

    def leads(self) -> dict[str, object]:
        """Whether this machine leads, and which night."""

    async def journal(self, after: int, by: str | None, leads: bool) -> dict[str, object]:
        """The records after that number. `by` is the page of the machine that asks, if it may take over; `leads`: it
        has. Raises OSError."""

    async def file(self, digest: str) -> str | None:
        """A file of the plan by its SHA-256."""

    async def take_over(self, source: str) -> DoneOrWhy:
        """Lead from now on."""

    async def carry(self, what: dict[str, Any]) -> DoneOrWhy:
        """Asked of this machine, which follows: to be done by the one that leads (see `ShowSwitches`)."""


D = TypeVar("D")


class RunningShow(Generic[D]):
    """`records` are the last ones, `skipped` tells whether a schedule's firing is left out, `drafts` how the files of
    the show are changed."""

    def __init__(  # noqa: PLR0913 - the parts of a show that its page sees
        self,
        executor: Executor,
        *,
        zone: tzinfo,
        records: deque[Record],
        entry: ShowEntry,
        switches: ShowSwitches,
        switchers: Simulated,
        skipped: Callable[[Trigger, datetime], bool],
        framing: ShowFraming,
        drafts: D,
        beside: Beside,
    ) -> None:
        self.drafts = drafts
        self.beside = beside
        self._executor = executor
        self.zone = zone
        self._records = records
        self.decide, self.frame, self.drive, self.gone = entry.decide, entry.frame, entry.drive, entry.gone
        self.lock, self.mute, self.remark, self.flag = switches.lock, switches.mute, switches.remark, switches.flag
        self.skipped = skipped
        self._framing = framing
        self.preset_changes, self.preset_picture, self.warm = framing.history, framing.picture, framing.warm
        self._switchers = switchers

    @property
    def plan(self) -> Plan:
        return self._executor.plan

    def view(self) -> View:
        return self._executor.view()

    def settled(self, verdict: Verdict) -> None:
        self._executor.settled(verdict)

    def say(self, text: str) -> None:
        self._executor.say(text, "note")

    def presets(self, camera: str) -> list[dict[str, object]]:
        return list(self._framing.presets(camera))

    def records(self, count: int) -> Sequence[Record]:
        return list(self._records)[-count:] if count else []

    def where_is(self, camera: str) -> None:
        driver = self._executor.drivers.get(camera)
        if driver is not None and address.parse(self.plan.camera(camera).url).scheme in LINKS_WITH_ROOM:
            driver.ask_pose()

    def has_picture(self, camera: str) -> bool:
        return isinstance(self._executor.drivers.get(camera), HasPictures)

    async def picture(self, camera: str) -> bytes | None:
        driver = self._executor.drivers.get(camera)
        return await driver.look() if isinstance(driver, HasPictures) else None

    def has_shot(self, switcher: str) -> bool:
        return self._switchers.is_simulated(switcher)

    def shot(self, switcher: str, bus: BusName, now: int) -> Shot | None:
        return self._switchers.shot(self.plan.switcher(switcher), bus, now)
