"""Where all that is asked of a show comes in: from its inputs, its page, its terminal, and the other machine of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cuelang.app.carrying import Carrier
from cuelang.app.framing import Framing
from cuelang.app.notices import Notify
from cuelang.app.switches import Switches
from cuelang.commands import Driver, TallyMode
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven, Framed
from cuelang.runtime.executor import Executor
from cuelang.runtime.running_show import DoneOrWhy
from cuelang.triggers.gestures import Gestures


class Entry:
    """Of one show. `carrier`: of two machines; what comes to the one that follows is carried to the one that leads.
    `running`: whether the show has begun."""

    def __init__(
        self,
        executor: Executor,
        gestures: Gestures,
        switches: Switches,
        framing: Framing,
        carrier: Carrier | None,
        *,
        say: Notify,
        running: Callable[[], bool],
    ) -> None:
        self._executor, self._switches, self._framing, self._carrier = executor, switches, framing, carrier
        self._running = running
        self.gestures = gestures
        self.say = say
        self.view, self.settled = executor.view, executor.settled
        self.hindered, self.steer, self.release = executor.hands.hindered, executor.hands.steer, executor.hands.release

    def request(self, request: Request) -> Verdict | None:
        """From any door. The verdict is in the log and on the screens too; None: it comes later."""
        asked = self._let_in(request)
        if self._carrier is not None and isinstance(asked, Request):
            return self._carrier.request(asked)
        return asked if isinstance(asked, Verdict) else self._executor.request(asked)

    async def decide(self, request: Request) -> Verdict:
        """From an input that answers its sender."""
        asked = self._let_in(request)
        if self._carrier is not None and isinstance(asked, Request):
            return await self._carrier.decide(asked)
        return asked if isinstance(asked, Verdict) else await self._executor.decide(asked)

    def _let_in(self, request: Request) -> Request | Verdict:
        """Every request of this show comes by here."""
        asked = self._switches.let_in(request)
        if isinstance(asked, Verdict):
            self._executor.settled(asked)
        return asked

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict:
        """A change of a preset."""
        if self._executor.following is not None:
            if self._carrier is not None:
                return await self._carrier.frame(wanted, source, received)
            why = self._executor.follows_another
            verdict = Verdict(Request("statement", None, source, received, said=wanted.text), "refused", why)
            self._executor.settled(verdict)
            return verdict
        return await self._framing.ask(wanted, source, received, locked=self._switches.locked)

    def drive(self, person: str, who: str, wanted: Deflection, source: str, received: int) -> Driven:
        """A hand on a camera, from a page or another program."""
        return self.gestures.drive(person, who, wanted, source, received, guarded=self._switches.locked)

    def gone(self, person: str) -> None:
        """Who had a hand on a camera is gone."""
        self.gestures.gone(person)

    @property
    def decides(self) -> bool:
        """Whether this machine does, and no other one that it follows."""
        return self._executor.following is None

    @property
    def locked(self) -> bool:
        """Show mode."""
        return self._switches.locked

    def carry_out(self, what: Mapping[str, Any]) -> DoneOrWhy:
        """Something that an operator sets at the other machine of two. Raises KeyError for what makes no sense."""
        return self._switches.carry_out(what)

    def osc(self, address: str, source: str = "") -> None:
        """A message was heard."""
        if self._carrier is None:
            self._executor.osc(address)
        else:
            self._carrier.osc(address, source)

    def on_air(self, camera: str, mode: TallyMode, source: str = "") -> None:
        """A tally input has spoken."""
        (self._executor if self._carrier is None else self._carrier).on_air(camera, mode, source)

    def is_back(self, camera: str) -> None:
        """A camera that was lost answers again."""
        if self._running():
            self._executor.is_back(camera)

    def drivers(self) -> Mapping[str, Driver]:
        """By camera, what carries out its commands."""
        return self._executor.drivers
