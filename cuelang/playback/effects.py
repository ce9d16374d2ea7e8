"""What goes into the cue-list machine and what comes out of it: the vocabulary of playback, executor and log."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.commands import Axes, Command, Outcome, TallyMode
from cuelang.commands.switching import Order
from cuelang.plan import CameraAction, CueVerb, NamedCue, Step, Swap, moment_text
from cuelang.playback.air import Speaker
from cuelang.source import NOWHERE, Origin

Verb = Literal[CueVerb, "statement", "seen", "done", "skip"]
"""`seen`: the alarms that the screens show have been seen. `done`: the first prompt for the operator who
cuts by hand is done. `skip`: the next firing of a schedule is left out, or no longer is."""
VerdictWord = Literal["fired", "duplicate", "window", "no_cue", "refused", "late"]
CueState = Literal["started", "paused", "resumed", "done", "stopped"]


class LocateMoment(Struct, frozen=True):
    """What a `locate` says besides its cue: `at` ns into it, `live`: cameras on program are moved too, `go`: the cue is
    fired when all have arrived."""

    at: int | None = None
    live: bool = False
    go: bool = False

    @property
    def text(self) -> str:
        """As it is written after the cue's number."""
        return moment_text(self.at, self.go, self.live)


NO_MOMENT = LocateMoment()


class Request(Struct, frozen=True):
    """What is requested, from whichever input.

    `cue` is a canonical number, the next cue, or None; `source` is for people and for the log (`osc udp
    10.0.0.7:53211`, `key space`, `schedule`, `cue 4`). `received` is loop ns. `automatic` requests (a follow, a
    rehearsal's GO) know neither go_window nor debounce. `schedule`: the interlock is `block` for it.
    `statement` is a camera statement of a top-level trigger.
    """

    verb: Verb
    cue: NamedCue | None
    source: str
    received: int
    automatic: bool = False
    schedule: bool = False
    statement: CameraAction | None = None
    origin: Origin = NOWHERE
    said: str = ""
    """What a statement asks for in the words of a sheet, for people."""
    pressed: bool = False
    """A button or a key was pressed: what ends a broadcast or moves the whole rig has to be requested twice."""
    moment: LocateMoment = NO_MOMENT
    """Of a `locate`."""
    swap: Swap | None = None
    guarded: bool = False
    """A hand frames a shot in show mode: the interlock is `block` for it."""
    own: bool = False
    """The list asked it of itself: a `go` in a cue, or what follows one."""
    key: str = ""
    """By which a client that sends it again makes known that it is the same."""

    @property
    def text(self) -> str:
        """As the log shows it: `go 2`."""
        if self.said or self.swap is not None:
            return self.said or (self.swap.text if self.swap is not None else "")
        return f"{self.verb} {self.cue}{self.moment.text}" if self.cue else self.verb


# --- effects -----------------------------------------------------------------------------------------------


class Verdict(Struct, frozen=True):
    """Each request gets exactly one; every word but `fired` comes with a reason. `did` says in words what a fired one
    has done, as `GO released cue 2`."""

    request: Request
    verdict: VerdictWord
    reason: str = ""
    did: str = ""


class CueChanged(Struct, frozen=True):
    """`run` numbers the firings of the show; `cue` is empty for a statement fired on its own. `at` is loop ns. `title`
    comes with the start."""

    run: int
    cue: str
    state: CueState
    at: int
    reason: str = ""
    title: str = ""


class Begin(Struct, frozen=True):
    """Give this command to the camera's driver. `job` is playback's number for it, used in `End` and reports."""

    job: int
    run: int
    cue: str
    camera: str
    command: Command
    due: int
    step: Step
    held: int = 0
    """How much later than `due` it begins, because the camera had to be off program first."""


class Switch(Struct, frozen=True):
    """Give this order to the switcher. `job` is playback's number for it, used in reports; `by` says who asked for it:
    `cue 4`, `page 10.0.0.9:51230`, `key F8`."""

    job: int
    run: int
    cue: str
    switcher: str
    order: Order
    source: str | None
    due: int
    step: Step
    by: str = ""


class SupposeCut(Struct, frozen=True):
    """In a rehearsal without a person: one has cut to this source of the sheet; None: away from the cameras."""

    switcher: str
    source: str | None


class WithholdOrder(Struct, frozen=True):
    """An order that is not sent (an operator cuts by hand, a camera is not where it should be)."""

    run: int
    cue: str
    switcher: str
    order: Order
    source: str | None
    due: int
    step: Step
    reason: str
    by_hand: bool = False
    """A person is asked to do it instead: that is not an error."""


class Withhold(Struct, frozen=True):
    """A command that is not sent (interlock, camera disabled): it only gets its record."""

    run: int
    cue: str
    camera: str
    command: Command
    due: int
    step: Step
    outcome: Outcome
    reason: str


class End(Struct, frozen=True):
    """`stops`: what it has set going gets its stop from it; otherwise what follows in the same turn sees to that.
    `halt`: what stops it if its command is complete and the list has not heard of it yet. Drives go on after that."""

    job: int
    outcome: Literal["superseded", "stopped"]
    stops: bool = False
    halt: Halt | None = None


class Narrow(Struct, frozen=True):
    """A newer command has these axes of a move; it goes on with those that are left to it."""

    job: int
    axes: Axes


class Hold(Struct, frozen=True):
    """`halt` as in `End`."""

    job: int
    halt: Halt | None = None


class Resume(Struct, frozen=True):
    """Go on with a job that was held: what is left of it is `shift` ns later."""

    job: int
    shift: int


class Halt(Struct, frozen=True):
    """Stop these axes of a camera outside any job: a drive without end whose cue was stopped, a panic."""

    camera: str
    axes: Axes
    tracking: bool = False


class SendOut(Struct, frozen=True):
    """Send a message to an output. `due` is the time (ns) that the cue wants."""

    run: int
    cue: str
    output: str
    address: str
    arguments: tuple[int | float | str, ...]
    due: int
    step: Step


class Say(Struct, frozen=True):
    """For screen and log. `kind`: note, warning. `by`: the person who wrote it; empty: the sheet or the show. `flag`:
    that person has set the cue's flag, or taken it away."""

    kind: Literal["note", "warning"]
    cue: str
    text: str
    origin: Origin
    at: int
    by: str = ""
    flag: bool | None = None


class StandbyMoved(Struct, frozen=True):
    """This cue is on standby now; None: no cue is."""

    cue: str | None


class OnAir(Struct, frozen=True):
    """What a camera now is, by everybody's word."""

    camera: str
    mode: TallyMode


class Spoken(Struct, frozen=True):
    """What one switcher or tally input now says of a camera."""

    speaker: Speaker
    camera: str
    mode: TallyMode


class PlacesAsked(Struct, frozen=True):
    """Ask every camera where it is, and give the answers to `Playback.located`."""

    request: Request
    cameras: tuple[str, ...]


class SwapAsked(Struct, frozen=True):
    """Compile the sheet with another camera instead of one, and give the verdict."""

    request: Request


class ReloadAsked(Struct, frozen=True):
    """Its verdict is given by the reload, when it has been compiled."""

    request: Request


class SkipAsked(Struct, frozen=True):
    """Its verdict is given by the schedules: they know which firing is next."""

    request: Request


Effect = (
    Verdict
    | CueChanged
    | Begin
    | Withhold
    | End
    | Narrow
    | Hold
    | Resume
    | Halt
    | SendOut
    | Say
    | StandbyMoved
    | OnAir
    | Spoken
    | Switch
    | SupposeCut
    | WithholdOrder
    | ReloadAsked
    | SkipAsked
    | SwapAsked
    | PlacesAsked
)
