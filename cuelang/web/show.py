"""What the web side may ask of a running show, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from cuelang.commands.switching import BusName
from cuelang.plan import Plan, Trigger
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven, Framed
from cuelang.runtime.records import Record
from cuelang.runtime.running_show import Beside, DoneOrWhy
from cuelang.runtime.updates import PresetChange
from cuelang.runtime.view import View
from cuelang.sheets.drafts import Drafts
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

    def drive(self, person: str, who: str, wanted: Deflection, source: str, received: int) -> Driven:
        """A hand on a camera of the plan, for the next 300 ms. `person` tells one from another, `who` is its name."""

    async def frame(self, wanted: Framed, source: str, received: int) -> Verdict:
        """A change of a preset, with its verdict, which is in the log when this returns."""

    def presets(self, camera: str) -> list[dict[str, object]]:
        """The presets of a camera of the plan, and which of them can be changed. Blocks."""

    def preset_changes(self, camera: str, preset: str) -> Sequence[PresetChange]:
        """What can be undone, newest first."""

    def preset_picture(self, camera: str, preset: str) -> bytes | None:
        """What the camera saw when the preset was stored, as JPEG. Blocks."""

    async def warm(self) -> None:
        """Make ready for the first change of a preset."""

    def gone(self, person: str) -> None:
        """A person has gone: what it drives stops."""

    def settled(self, verdict: Verdict) -> None:
        """The web side has decided by itself; the verdict belongs into the log all the same."""

    async def mute(self, name: str, on: bool, source: str) -> DoneOrWhy:
        """Mute an input, or hear it again; what was done, as the end of a sentence."""

    async def lock(self, on: bool, source: str) -> DoneOrWhy:
        """Show mode on or off, as `source` wishes."""

    @property
    def drafts(self) -> Drafts:
        """The files of the show, to be changed."""

    @property
    def beside(self) -> Beside:
        """This machine and another one."""

    def say(self, text: str) -> None:
        """A note on the screens and in the log."""

    async def remark(self, cue: str, text: str, by: str) -> DoneOrWhy:
        """`by` notes something down, about a cue of the plan or (empty) about none."""

    async def flag(self, cue: str, on: bool, by: str) -> DoneOrWhy:
        """`by` wants to come back to a cue of the plan, or no longer."""

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

    def shot(self, switcher: str, bus: BusName, now: int) -> Shot | None:
        """What is on a bus of a simulated switcher at `now`; None: there is nothing to draw."""
