"""What an executor is given: the lines to its devices, how its list begins, its plan as it was read, and who hears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from cuelang.commands import Driver, TallyMode
from cuelang.playback.air import Speaker
from cuelang.playback.effects import Effect, Request, Verdict
from cuelang.playback.machine import Playback
from cuelang.runtime.journal import Journal
from cuelang.runtime.occurrences import SwitcherOccurrence
from cuelang.runtime.outline import Outline
from cuelang.runtime.outputs import Output
from cuelang.runtime.timing import Rehearsed
from cuelang.switchers.link import SwitcherLink


class ShowLines(Struct, frozen=True):
    """What the devices of a plan are reached by, by their names. A camera without a driver refuses its commands."""

    drivers: Mapping[str, Driver] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    switchers: Mapping[str, SwitcherLink] = field(default_factory=dict)


class Outset(Struct, frozen=True):
    """How the list of a show begins.

    `air` is what was on program before (None: unknown), `words` what each speaker said of it, `asked` what was last
    asked of each camera, as the first record of a log has it; `start` is the first cue on standby, `alone`: no other
    program or person works the switchers. `playback` is the list of a show which goes on; the others then say nothing.
    `follows` is the list of another machine, which decides until `Takeover.lead`.

    For the screens: `rehearsed` is the evening to be late or early against, `simulated`: the cameras are.
    """

    air: Mapping[str, TallyMode | None] = field(default_factory=dict)
    words: Mapping[Speaker, Mapping[str, TallyMode]] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    start: str | None = None
    playback: Playback | None = None
    follows: Journal | None = None
    rehearsed: Rehearsed | None = None
    simulated: bool = False


AFRESH = Outset()
"""Nothing is known of what was before."""


class Edition(Struct, frozen=True):
    """A plan as it was read. For the screens, by cue: `warnings` and `outlines`. For the log: the SHA-256 of its
    `files`, by their names, `digest`, that of the plan, and `swaps`, the cameras that stand in for others in it;
    `anyway`: also where they lack something."""

    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    swaps: tuple[tuple[str, str], ...] = ()
    anyway: bool = False


UNREAD = Edition()
"""The plan comes from no file."""


class Hooks(Struct):
    """What others do about what happens. `on_effect` is called for each effect when it has been carried out,
    `on_reload` when a reload is requested; it settles the request when the sheet has been compiled. `on_skip` leaves
    out the next firing of the schedules, or takes that back, and gives the verdict; None: the show has no schedules.
    `on_swap` compiles the sheet with another camera instead of one, loads it and settles the request. `on_change` is
    called after each turn in which anything happened, `on_occurrence` for what is done by hand at the switchers and
    what fails there."""

    on_effect: Callable[[Effect], None] | None = None
    on_reload: Callable[[Request], None] | None = None
    on_skip: Callable[[Request], Verdict] | None = None
    on_swap: Callable[[Request], None] | None = None
    on_change: Callable[[], None] | None = None
    on_occurrence: Callable[[SwitcherOccurrence], None] | None = None

    def changed(self) -> None:
        """A turn is over."""
        if self.on_change is not None:
            self.on_change()
