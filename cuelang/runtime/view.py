"""What a screen shows of a running show: plain frozen data, made for each look.

Times are integer nanoseconds unless said otherwise, angles are degrees, zoom is percent of the optical range.
A `View` does not refer back to the show: it may be kept, compared or sent to another process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, field

from cuelang.commands import TallyMode
from cuelang.plan import NamedCue
from cuelang.playback.effects import (
    Verb,
    Verdict,
    VerdictWord,
)
from cuelang.playback.sight import NO_GO, FollowView, GoView, WaitView
from cuelang.runtime.outline import NO_OUTLINE, Outline
from cuelang.runtime.remarks import Remark
from cuelang.runtime.switcher_view import ON_AIR, AirState, ShownAlarm, SwitcherRow
from cuelang.runtime.timing import TimingView

CueMark = Literal["", "running", "paused", "done", "stopped", "disabled"]
LinkMark = Literal["connected", "silent", "lost", "disabled", "none"]
"""`silent`: the line is open and the camera has not answered for a while. `none`: there is no driver for it."""


class CueRow(Struct, frozen=True):
    """One line of the cue list. `progress` is 0…1 while it runs and its length is known. `standby_text` is shown
    while the cue is next. `warnings` are what `check` said of this cue."""

    number: str
    title: str
    section: str
    state: CueMark
    is_standby: bool
    standby_text: str
    progress: float | None
    duration: int | None
    warnings: tuple[str, ...]
    troubles: int = 0
    """Commands of its last firing that did not do what they should."""
    aside: bool = False
    """Fired by its number, a trigger or a button only."""
    outline: Outline = NO_OUTLINE
    flag: str = ""
    """Who wants to come back to it."""


class RunRow(Struct, frozen=True):
    """A cue on its way. `remaining` is predicted, None when it never ends by itself, and while it cannot be known."""

    run: int
    cue: str
    title: str
    paused: bool
    elapsed: int
    remaining: int | None
    doing: int
    """How many of its commands are under way."""
    waiting: tuple[str, ...]
    """What it waits for, in words: `go`, `osc /ready`, a camera's name."""
    waits: tuple[WaitView, ...] = ()
    waited: int = 0
    """How much of `elapsed` went by in waits that no plan can foresee."""
    then: str = ""
    """The cue that follows by itself when this one is done; empty: none."""


class CameraRow(Struct, frozen=True):
    """`age` is how long ago it last answered, None: never. `tally` None: no source said what is on air."""

    name: str
    url: str
    link: LinkMark
    age: int | None
    tally: TallyMode | None
    pan: float | None
    tilt: float | None
    zoom: float | None
    power: bool | None
    doing: str
    error: str
    driven_by: str = ""
    """Who drives it by hand."""
    cast: str = ""
    """`stands in for foh`, `replaced by spare`."""
    offer: str = ""
    """Why `recover` is offered: `is back`; empty: it is not."""
    tracing: str = ""
    """The file into which its path is being recorded; empty: it is not."""


class TriggerRow(Struct, frozen=True):
    """A request and what became of it; `at` is ns since the show started."""

    at: int
    wall: datetime
    source: str
    request: str
    verdict: VerdictWord
    reason: str
    did: str = ""
    """What a fired one has done, as `GO released cue 2`."""


class HeardRow(Struct, frozen=True):
    """A message of an input. `line` is what a sheet would write for it, `note` what the line cannot say; `taken` which
    trigger took it, empty: none."""

    seq: int
    wall: datetime
    input: str
    sender: str
    line: str
    note: str
    taken: str


class InputRow(Struct, frozen=True):
    """`muted`: by whom, empty: it is not. `last`: what it has heard last; `untaken`: the last that no trigger took."""

    name: str
    url: str
    muted: str
    last: HeardRow | None
    untaken: HeardRow | None


class Panic(Struct, frozen=True):
    """A PANIC after which nothing was fired yet."""

    at: int
    wall: datetime
    source: str


class Mistake(Struct, frozen=True):
    """Why the sheet on the disk is not the one that runs; `place` is `file:line:column`, or empty."""

    place: str
    text: str
    hint: str = ""


PauseDoes = Literal["pause", "resume"]


class BehindView(Struct, frozen=True):
    """This machine follows another one, called `of`. `silent`: how long (ns) that one has not answered, None: it
    answers. `asked`: a takeover was requested once, and has to be requested again. `stuck`: this machine leads, with a
    second one, and sends nothing unless a person lets it continue alone."""

    of: str
    silent: int | None = None
    asked: bool = False
    stuck: bool = False


class NoteRow(Struct, frozen=True):
    """`kind` note: the sheet says it. warning: the show says it. trouble: a command did not do what it should."""

    at: int
    wall: datetime
    kind: Literal["note", "warning", "trouble"]
    cue: str
    text: str


class View(Struct, frozen=True):
    """A moment of the show. `triggers` and `notes`: the last ones, newest last."""

    title: str
    wall: datetime
    elapsed: int
    standby: str | None
    cues: tuple[CueRow, ...]
    running: tuple[RunRow, ...]
    cameras: tuple[CameraRow, ...]
    triggers: tuple[TriggerRow, ...]
    notes: tuple[NoteRow, ...]
    commands: int
    """Commands whose outcome is known."""
    troubles: int
    """Of those, how many were refused, timed out or not reached."""
    show_mode: bool = False
    stopping: bool = False
    follows: tuple[FollowView, ...] = ()
    """What fires by itself after a while, the soonest first."""
    go: GoView = NO_GO
    panic: Panic | None = None
    mistakes: tuple[Mistake, ...] = ()
    """Why the last reload was refused; empty once one has gone well."""
    simulated: bool = False
    switchers: tuple[SwitcherRow, ...] = ()
    air: AirState = ON_AIR
    """Off air, cutting by hand, lamps off."""
    alarms: tuple[ShownAlarm, ...] = ()
    """What stays on the screens until it is acknowledged, the oldest first."""

    remarks: tuple[Remark, ...] = ()
    """What people have written down during the show, newest last."""
    timing: TimingView | None = None
    """Against the rehearsal that was given with `--timing`."""
    last_cue: str | None = None
    """The cue that was fired last."""
    inputs: tuple[InputRow, ...] = ()
    """In the order of the sheet."""
    heard: tuple[HeardRow, ...] = ()
    """What they have heard last, newest last."""

    @property
    def untaken(self) -> HeardRow | None:
        """The last message that no trigger took."""
        rows = [row.untaken for row in self.inputs if row.untaken is not None]
        return max(rows, key=lambda row: row.seq, default=None)

    behind: BehindView | None = None
    """None: this machine decides."""
    followers: tuple[str, ...] = ()
    """The machines that follow this one."""

    @property
    def decides(self) -> bool:
        """Whether this machine decides, and no other one that it follows."""
        return self.behind is None or self.behind.stuck

    @property
    def pause_does(self) -> PauseDoes:
        """What the pause key is for: to resume when something is held and nothing else goes on."""
        return _pause_does([run.paused for run in self.running] + [follow.paused for follow in self.follows])

    def pause_of(self, cue: str) -> PauseDoes:
        """What the pause key does to one cue: resume, if it is held and nothing else of it goes on."""
        held = [run.paused for run in self.running if run.cue == cue]
        return _pause_does(held + [follow.paused for follow in self.follows if follow.cue == cue])


def _pause_does(held: Sequence[bool]) -> PauseDoes:
    return "resume" if held and all(held) else "pause"


# --- the board ---------------------------------------------------------------------------------------------


class LiveShow(Protocol):
    """What a screen may ask of the show. Every call returns at once, on the show's loop."""

    def view(self) -> View: ...

    def key(self, verb: Verb, cue: NamedCue | None = None, *, key: str, fires: bool = False) -> Verdict | None:
        """A request from the operator's keyboard; `cue` as typed. The verdict shows in the view, too; None: it comes
        later. `fires`: of a `locate`, which fires the cue then."""

    def press(self, key: str) -> bool:
        """A key that the sheet may have a trigger for, by name: `F12`, `a`. False: it has none."""

    def swap(self, text: str, *, key: str) -> None:
        """`foh=spare` as typed, with `!` at its end for `anyway`: from now on the second stands in for the first."""

    def take_over(self, *, key: str) -> None:
        """Lead from now on, instead of the machine that this one follows."""

    def recover(self, *, key: str) -> None:
        """`recover` for every camera for which it is offered."""

    def mute(self, text: str, *, key: str) -> None:
        """The name of an input, as typed: nothing that it hears fires anything from now on, or it does again."""

    def trace(self, text: str, *, key: str) -> None:
        """`foh=walk` or `foh` as typed: record where foh goes, into that file, or end that."""

    def quit(self) -> None:
        """End the show: what it set going is stopped, the log is closed."""


Screen = Callable[[LiveShow], Awaitable[None]]


class Around(Struct, frozen=True):
    """What others know of the moment. By camera: `driven`, who drives it by hand; `traced`, the file into which its
    path is being recorded. `inputs`, and what they have `heard` last."""

    driven: Mapping[str, str] = field(default_factory=dict)
    traced: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[InputRow, ...] = ()
    heard: tuple[HeardRow, ...] = ()


NONE_AROUND = Around()
