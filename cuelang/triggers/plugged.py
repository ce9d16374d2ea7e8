"""What the MIDI and the LTC door share: inputs that are devices of this machine, plugged in and out while a show runs.

Devices are looked for every two seconds, on a thread, for that can take long and some systems answer slowly while one
is being plugged in. What a device says comes on a thread of its library, and is handed to the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar, TypeVarTuple

from cuelang.address import PortKind
from cuelang.clock import Clock, end_tasks
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.triggers.access import subject
from cuelang.units import NS

SCAN_NS = 2 * NS
MAX_PENDING = 1000
"""What one device has said and waits for the loop; a cable that feeds a port back into itself sends more than that."""

Ts = TypeVarTuple("Ts")


class PluggedInput:
    """One input of the sheet, with its device while it is there."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.name = ""
        self.device: Any = None
        self.waiting = 0
        self.said = ""


I = TypeVar("I", bound=PluggedInput)  # noqa: E741


class PluggedDoor(ABC, Generic[I]):
    """All inputs of one kind.

    `deliver` gets each request, `settled` each verdict that is given here, `problem` what the operator should know; all
    on the loop.
    """

    kind: PortKind

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        every: int,
    ) -> None:
        self._clock, self._every = clock, every
        self._deliver, self._settled, self._problem = deliver, settled, problem
        self._inputs: list[I] = []
        self._gone: list[I] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._load(plan)
        self._declare(plan)

    @abstractmethod
    def _load(self, plan: Plan) -> None:
        """Other triggers."""

    @abstractmethod
    def _made(self, port: Port, plan: Plan) -> I:
        """An input that is new."""

    @abstractmethod
    async def _look(self) -> bool:
        """Open what is there now, and close what has gone. Whether to look again."""

    @property
    def connected(self) -> dict[str, str]:
        """The inputs that are there, with the names of their devices or files."""
        return {one.port.name: one.name for one in self._inputs if one.name}

    def open(self) -> None:
        """Look for the devices from now on. It costs nothing in a show without such an input."""
        self._loop = asyncio.get_running_loop()
        if self._inputs and (self._keeping is None or self._keeping.done()):
            self._keeping = self._loop.create_task(self._keep())

    async def close(self) -> None:
        """Hear no more."""
        if self._keeping is not None:
            await end_tasks((self._keeping,))
            self._keeping = None
        for one in (*self._inputs, *self._gone):
            await self._close(one)

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on; inputs that are new are looked for, those that have gone are closed."""
        self._load(plan)
        self._declare(plan)
        self.open()

    def _declare(self, plan: Plan) -> None:
        wanted = {(port.name, port.url): port for port in plan.inputs if port.kind == self.kind}
        kept = {(one.port.name, one.port.url): one for one in self._inputs}
        self._gone += [one for key, one in kept.items() if key not in wanted]
        self._inputs = [kept.get(key) or self._made(port, plan) for key, port in wanted.items()]

    async def _keep(self) -> None:
        while True:
            gone, self._gone = self._gone, []
            for one in gone:
                await self._close(one)
            if not await self._look():
                return
            await self._clock.sleep_until(self._clock.now() + self._every)

    async def _close(self, one: I) -> None:
        device, one.device, one.name = one.device, None, ""
        if device is not None:
            await asyncio.to_thread(device.close)

    async def _unplugged(self, one: I) -> None:
        await self._close(one)
        self._say(one, f"{subject(one.port)} was unplugged; it is used again when it is plugged in.")

    def _plugged(self, one: I, name: str, device: Any, there: str) -> None:
        """It is open; `there` is the sentence for an input that was missed."""
        one.name, one.device = name, device
        if one.said:
            self._say(one, f"{subject(one.port)} is {there}: {name}.")
            one.said = ""

    def _say(self, one: I, text: str) -> None:
        if text != one.said:
            one.said = text
            self._problem(text)

    def _hand_over(self, one: I, call: Callable[[*Ts], object], *args: *Ts) -> bool:
        """From a thread of a library to the loop; False: too much waits there already."""
        if self._loop is None or one.waiting >= MAX_PENDING:
            return self._loop is None
        one.waiting += 1
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._taken, one, call, args)
        return True

    def _taken(self, one: I, call: Callable[[*Ts], object], args: tuple[*Ts]) -> None:
        one.waiting -= 1
        if one.device is not None or one in self._inputs:
            call(*args)

    def _tell(self, found: Request | Verdict) -> None:
        if isinstance(found, Request):
            self._deliver(found)
        else:
            self._settled(found)
