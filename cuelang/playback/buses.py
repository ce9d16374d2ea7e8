"""What a plan believes to be on each switcher's buses, and so which cameras are on air.

Nothing is on a switcher at first. A cut has one source on program at once; a transition has both until it ends. What
was on program goes to preview after a dissolve and a take. Times are ns after GO.
"""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from cuelang.commands.switching import Cut, Dissolve, Native, Preview, SetOutput, Take
from cuelang.plan import Switcher, SwitcherAct
from cuelang.plan.state import BusState


class BusTrack(Struct):
    """One switcher. `leaving` are sources that are on program until `until`, while a transition takes them off."""

    switcher: Switcher
    program: str | None
    preview: str | None
    leaving: tuple[str, ...] = ()
    until: int = 0

    @classmethod
    def start(cls, switcher: Switcher, state: BusState) -> BusTrack:
        return cls(switcher, state.program, state.preview)

    def rest(self) -> BusState:
        return BusState(self.program, self.preview)

    def on_program(self, now: int) -> frozenset[str]:
        """The cameras that are on program here at `now`."""
        sources = [self.program, *(self.leaving if now < self.until else ())]
        return self._cameras(sources)

    def on_preview(self, now: int) -> frozenset[str]:
        return self._cameras([self.preview]) - self.on_program(now)

    def _cameras(self, names: list[str | None]) -> frozenset[str]:
        found: set[str] = set()
        for name in names:
            source = self.switcher.source(name) if name is not None else None
            if source is not None:
                found.update(source.cameras)
        return frozenset(found)

    def cut_by_hand(self, source: str) -> None:
        """A person has put this source on program, or a cut of the list has."""
        if self.switcher.source(source) is not None and self.program != source:
            self.leaving, self.program = (), source

    def taken_off(self, cameras: tuple[str, ...]) -> None:
        """These cameras are off program: what is there instead, a person has chosen."""
        if not self._cameras([self.program]).isdisjoint(cameras):
            self.leaving, self.program = (), None

    def apply(self, act: SwitcherAct, now: int) -> int:
        """Let an order act; when it is complete. A take without a source has had one put into it."""
        order = act.order
        before = (*(self.leaving if now < self.until else ()), *((self.program,) if self.program else ()))
        match order:
            case Cut():
                self.leaving, self.program = (), act.source
            case Preview():
                self.preview = act.source
            case Dissolve(over=over) | Take(over=int(over)) if act.source is not None:
                if act.source != self.program:
                    self.leaving = tuple(name for name in dict.fromkeys(before) if name != act.source)
                    self.preview, self.program, self.until = self.program, act.source, now + over
                    return self.until
            case Take() if act.source is not None and act.source != self.program:
                self.leaving = ()
                self.preview, self.program = self.program, act.source
            case Dissolve() | Take() | SetOutput() | Native():
                pass
            case _:
                assert_never(order)
        return now
