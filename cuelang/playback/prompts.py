"""What an operator who cuts by hand is to do: the orders of cues that are not sent, in their order. Pure.

One is confirmed when its switcher shows it on the bus that it is about, or when the operator says that it is done. It
takes with it what was asked for the same bus before: that picture is past, and must not be cut to any more.
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct

from cuelang.commands.switching import BusName
from cuelang.playback.air import SwitcherWord

MAX_PROMPTS = 20
"""Prompts that are kept. More are not worked off; the oldest go."""

WORDS = {"cut": "CUT TO", "dissolve": "DISSOLVE TO", "preview": "PREVIEW", "take": "TAKE"}


class Prompt(Struct, frozen=True):
    """`action` is the word of the language. `source` None: whatever is on preview. `at` is loop ns."""

    switcher: str
    action: str
    source: str | None
    cue: str
    at: int

    @property
    def bus(self) -> BusName:
        """Where it will be seen that it was done."""
        return "preview" if self.action == "preview" else "program"

    @property
    def text(self) -> str:
        """As it is shown: `CUT TO left`."""
        return f"{WORDS.get(self.action, self.action.upper())} {self.source or ''}".rstrip()


class Prompts:
    """`open` are those that are not done yet, the first one first."""

    def __init__(self) -> None:
        self.open: tuple[Prompt, ...] = ()

    def ask(self, prompt: Prompt, word: SwitcherWord) -> None:
        """`word` is what its switcher says now: what is there already, and nothing else is asked for before it, is not
        asked for."""
        before = [one for one in self.open if _same(one, prompt)]
        last = before[-1] if before else None
        if last is None and prompt.source is not None and _on(word, prompt.bus) == prompt.source:
            return
        if last is not None and (last.action, last.source) == (prompt.action, prompt.source):
            return
        self.open = (*self.open, prompt)[-MAX_PROMPTS:]

    def hear(self, switcher: str, before: SwitcherWord, word: SwitcherWord) -> None:
        """Its switcher says `word` now: what has come to a bus is done."""
        for bus in ("program", "preview"):
            if _on(before, bus) != _on(word, bus):
                self._came(switcher, bus, _on(word, bus))

    def done(self) -> None:
        """The operator says that the first one is done, or is not wanted any more."""
        self.open = self.open[1:]

    def keep(self, switchers: Container[str]) -> None:
        """Only these switchers are in the show now."""
        self.open = tuple(one for one in self.open if one.switcher in switchers)

    def clear(self) -> None:
        self.open = ()

    def _came(self, switcher: str, bus: BusName, source: str | None) -> None:
        mine = [one for one in self.open if one.switcher == switcher and one.bus == bus]
        done = next((number for number, one in enumerate(mine, 1) if one.source in (source, None)), 0)
        past = mine[:done]
        self.open = tuple(one for one in self.open if one not in past)


def _same(one: Prompt, other: Prompt) -> bool:
    return one.switcher == other.switcher and one.bus == other.bus


def _on(word: SwitcherWord, bus: BusName) -> str | None:
    return word.program if bus == "program" else word.preview
