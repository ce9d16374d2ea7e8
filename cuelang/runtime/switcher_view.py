"""What a screen shows of the switchers of a running show: plain frozen data, times in ns."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from cuelang.commands import TallyMode
from cuelang.commands.switching import OutputName


class AirState(Struct, frozen=True):
    """What people have asked for beside the list. `prompts` is what an operator who cuts by hand is to do, the first
    thing first."""

    off_air: bool = False
    by_hand: bool = False
    lamps_off: bool = False
    prompts: tuple[ShownPrompt, ...] = ()


ON_AIR = AirState()


class ShownPrompt(Struct, frozen=True):
    """Shown large: `CUT TO left`. `ago` is since when."""

    text: str
    switcher: str
    source: str | None
    cue: str
    ago: int


class ShownAlarm(Struct, frozen=True):
    """It stays on every screen until `seen` is requested. `at` is ns since the show started."""

    at: int
    wall: datetime
    text: str


class OutputRow(Struct, frozen=True):
    """A stream or a recording. `length`: for how long it has been running as far as this show has seen, in ns."""

    name: OutputName
    on: bool
    length: int | None


class SwitcherRow(Struct, frozen=True):
    """A switcher on a screen. `program` and `preview` are the sheet's names of what is there, or else the switcher's.
    `cut_by` says who brought it there: `by hand` (at the switcher), `cue 4`, `key F8`, `page 10.0.0.9`, empty
    if it was there before; `cut_ago` is ns.
    `link`: connected | lost."""

    name: str
    url: str
    link: str
    age: int | None
    error: str
    program: str | None
    preview: str | None
    cut_by: str
    cut_ago: int | None
    transition: bool
    outputs: tuple[OutputRow, ...]
    sources: tuple[SourceRow, ...]
    no_air: bool
    model: str = ""
    transitions: tuple[str, ...] = ()
    """Those that can be asked for by name."""


class SourceRow(Struct, frozen=True):
    """A button of a bus. `bus`: program | preview | off; `cameras` are those that are seen in it; `there`: ns
    until they are at rest, 0: they are, None: unknown."""

    name: str
    label: str
    bus: TallyMode
    cameras: tuple[str, ...]
    there: int | None = 0
