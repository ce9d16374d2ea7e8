"""What the web side may ask of a running show, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from cuelang.commands.switching import Bus
from cuelang.plan import Plan, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.runtime.records import Record
from cuelang.runtime.view import View
from cuelang.simulator.shots import Shot


class ShowApi(Protocol):
    """All calls come from the show's loop and return at once, but those that are `async`."""

    @property
    def plan(self) -> Plan: ...

    @property
    def zone(self) -> tzinfo: ...

    def view(self) -> View: ...

    async def decide(self, request: Request) -> Verdict:
        """Put a request to the show. Its verdict is in the log when this returns: at once, but of a reload when the
        sheet has been compiled."""

    def settled(self, verdict: Verdict) -> None:
        """The web side has decided by itself; the verdict belongs into the log all the same."""

    def lock(self, on: bool, source: str) -> None:
        """Show mode on or off, as `source` wishes."""

    def skipped(self, trigger: Trigger, instant: datetime) -> bool:
        """Whether this firing of a schedule is to be left out."""

    def records(self, count: int) -> Sequence[Record]:
        """The last records of the as-run log, oldest first; the show keeps a bounded number of them at hand."""

    def where_is(self, camera: str) -> None:
        """Let the camera be asked for its position, if that costs the show nothing; the answer comes by the view."""

    def has_picture(self, camera: str) -> bool:
        """Whether `picture` can be asked for."""

    async def picture(self, camera: str) -> bytes | None:
        """What the camera sees now, as JPEG; None when it does not answer. Does not raise for what a camera does."""

    def has_shot(self, switcher: str) -> bool:
        """Whether `shot` can be asked for: it is a simulated one."""

    def shot(self, switcher: str, bus: Bus, now: int) -> Shot | None:
        """What is on a bus of a simulated switcher at `now`; None: there is nothing to draw."""
