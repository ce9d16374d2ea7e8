"""What a camera's end of a line is in any protocol: its state, its stops that are not confirmed yet, and the question
that is asked when nothing has been heard for a while."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Generic, TypeVar

from cuelang import clock
from cuelang.clock import Alarm, Clock, Handle
from cuelang.commands import Axes, LinkState
from cuelang.devices.ledger import Ledger
from cuelang.transports import KeyedLine, Line, is_keyed
from cuelang.units import NS

KEEPALIVE_NS = 3 * NS
"""How long a camera may be silent before it is asked whether it is there: it has 2 s to answer before it is lost."""


K = TypeVar("K", bound=Hashable)
"""By what the frames are known on a `KeyedLine`."""


class BaseLink(ABC, Generic[K]):
    """`keepalive` is how long the camera may be silent before it is asked, None: no limit. `on_change` is called when
    `state` has changed."""

    def __init__(
        self, line: Line, ledger: Ledger, *, keepalive: int | None, on_change: Callable[[], object] | None
    ) -> None:
        self.line = line
        self.ledger = ledger
        self.state = LinkState()
        self.on_change = on_change
        self.on_adrift: Callable[[Axes], object] | None = None
        """Called when axes may still be moving and nothing more is sent."""
        self._keyed: KeyedLine[K] | None = line if is_keyed(line) else None
        self._rest = Alarm(self._look_after_stops)
        self._keepalive = keepalive
        self._idle: Handle | None = None
        self._misses = 0
        """Questions in a row that were not answered."""

    @cached_property
    def clock(self) -> Clock:
        return clock.current()

    async def open(self) -> None:
        if self._keepalive is not None:
            self._idle = self.clock.at(self.clock.now() + self._keepalive, self._ask_if_idle, self._keepalive)
        await self.line.open()

    async def close(self) -> None:
        self._rest.clear()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._drop()
        await self.line.close()
        self.state.connected = False

    @abstractmethod
    def _drop(self) -> None:
        """The line is about to be closed: what waits is not sent any more."""

    @abstractmethod
    def _look_after_stops(self) -> None:
        """It is time to send a stop once more, or to ask whether the camera is at rest."""

    @abstractmethod
    def _ask_if_idle(self, every: int) -> None:
        """Ask the camera, if it has been silent for `every` ns, and come back."""

    @abstractmethod
    def settle(self) -> None:
        """Stop whatever has been set going here."""

    def _watch(self) -> None:
        self._rest.by(self.ledger.due)


L = TypeVar("L", bound=BaseLink[Any])


class LinkedDriver(Generic[L]):
    """A driver whose stops its link looks after."""

    link: L

    @property
    def on_adrift(self) -> Callable[[Axes], object] | None:
        return self.link.on_adrift

    @on_adrift.setter
    def on_adrift(self, call: Callable[[Axes], object] | None) -> None:
        self.link.on_adrift = call

    def settle(self) -> None:
        self.link.settle()

    def inherit(self, axes: Axes) -> None:
        self.link.ledger.inherit(axes)

    def unsettled(self) -> Axes:
        return self.link.ledger.unsure

    async def open(self) -> None:
        await self.link.open()
