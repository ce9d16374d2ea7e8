"""What a show is begun with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from msgspec import Struct, field

from cuelang.app.aftermath import Aftermath
from cuelang.app.loading import LoadedSheet, RunOptions
from cuelang.app.succession import Plans
from cuelang.app.twin import Twin
from cuelang.playback import script
from cuelang.runtime.journal import Journal
from cuelang.runtime.night_before import NightBefore
from cuelang.runtime.view import Screen
from cuelang.web.leader import Leader
from cuelang.web.listen import WebDoor


class ShowSetting(Struct, frozen=True):
    """The sheet of tonight, and where the show is seen. `asks` is its script, `granted` what the system has granted to
    this process, in words. `own`: the sheet as this machine has read it, where that of another one is played."""

    options: RunOptions
    loaded: LoadedSheet
    out: TextIO
    err: TextIO
    asks: Sequence[script.ScriptAsk] | None = None
    web: WebDoor | None = None
    screen: Screen | None = None
    granted: str = ""
    own: LoadedSheet | None = None


class FollowedMachine(Struct, frozen=True):
    """The machine that is followed, its list, the plans of its night, and the page of this one."""

    link: Leader
    journal: Journal
    plans: Plans
    by: str | None


class Paired(Struct, frozen=True):
    """The other machine of two, and the plans that this one knows, by their digest. `follows` is the other one's list,
    None: this machine leads."""

    twin: Twin
    known: dict[str, LoadedSheet]
    follows: Journal | None


class Beginning(Struct, frozen=True):
    """How a show begins: alone, `behind` another machine or as one of two (`pair`). `after`: what a crash has
    left."""

    before: NightBefore = field(default_factory=NightBefore)
    after: Aftermath | None = None
    behind: FollowedMachine | None = None
    pair: Paired | None = None

    @property
    def follows(self) -> Journal | None:
        """The list of the machine that leads; None: this one does."""
        if self.behind is not None:
            return self.behind.journal
        return self.pair.follows if self.pair is not None else None
