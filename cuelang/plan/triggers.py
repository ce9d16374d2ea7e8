"""What fires cues: triggers, schedules, and what they ask for."""

from __future__ import annotations

from typing import Final, Literal, assert_never

from msgspec import Struct

from cuelang.commands.switching import OutputName
from cuelang.plan.steps import Program
from cuelang.source import Origin
from cuelang.units import written

OscOp = Literal["==", "_", ">", "<", "capture"]


class OscTest(Struct, frozen=True):
    """Of `capture` the `value` is the name; `_` takes any value."""

    op: OscOp
    value: float | str | None


class OnOsc(Struct, frozen=True, cache_hash=True):
    """`address` as in the sheet, `{name}` parts are captures; `source` an input's name."""

    address: str
    tests: tuple[OscTest, ...]
    source: str | None


class OnMidi(Struct, frozen=True):
    """A bend and an aftertouch (of the whole channel) have the number 0, pressure that of its key. A controller
    is a way up through `above` or down through `below`; `released` is a note
    that is let go; `source` an input's name."""

    kind: Literal["note", "control", "program", "bend", "aftertouch", "pressure"]
    number: int
    above: int | None = None
    channel: int | None = None
    below: int | None = None
    released: bool = False
    source: str | None = None


class OnMsc(Struct, frozen=True):
    """`list` as a cue's number is written; `types` the command formats that are meant, None for all."""

    command: str
    cue: str | None
    capture: str | None
    list: str | None = None
    device: int | None = None
    types: range | None = None
    source: str | None = None


class OnTimecode(Struct, frozen=True):
    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool
    source: str | None = None


class OnDmx(Struct, frozen=True):
    """A lighting channel, 1 to 512: on its way up through `above`, down through `below`, at `equals`, or at any level
    but 0, which is captured. None of these: it drives."""

    channel: int
    above: int | None = None
    below: int | None = None
    equals: int | None = None
    capture: str | None = None
    source: str | None = None


class OnHttp(Struct, frozen=True):
    """A request for this path; `{name}` parts are captures."""

    path: str
    source: str | None = None


class OnMqtt(Struct, frozen=True):
    """A message of this topic, in which `+` and `#` stand for any; `tests` are about the payload."""

    topic: str
    tests: tuple[OscTest, ...] = ()
    source: str | None = None


class OnKey(Struct, frozen=True):
    key: str


class OnDays(Struct, frozen=True):
    """Weekdays 0 (Monday) … 6; times in seconds since local midnight; not on the dates of `exceptions` (YYYY-MM-DD)."""

    days: frozenset[int]
    times: tuple[int, ...]
    exceptions: frozenset[str] = frozenset()


class OnInterval(Struct, frozen=True):
    """Every this many ns from `start` to `end` (seconds since midnight), both included; an `end` before the `start` is
    on the next day."""

    every: int
    start: int
    end: int


class OnCron(Struct, frozen=True):
    """Six fields, seconds first, weekdays by name. `either`: it fires when the day or the weekday matches, and not
    only when both do. `text` is the line as it was written."""

    fields: tuple[str, str, str, str, str, str]
    either: bool = False
    text: str = ""


class OnOnce(Struct, frozen=True):
    """`date` is YYYY-MM-DD."""

    date: str
    seconds: int


class OnBus(Struct, frozen=True):
    """A person brought this source, or a camera of this name, to program or preview, or took it off both."""

    bus: Literal["program", "preview", "off"]
    source: str


class OnOutputLost(Struct, frozen=True):
    """A stream or a recording has ended, and no order of ours ended it."""

    output: OutputName


class OnLink(Struct, frozen=True):
    """A camera or a switcher has been silent for 5 s, or answers again after that."""

    state: Literal["lost", "back"]
    device: str


Schedule = OnDays | OnInterval | OnCron | OnOnce
When = OnOsc | OnMidi | OnMsc | OnHttp | OnMqtt | OnDmx | OnTimecode | OnKey | OnBus | OnOutputLost | OnLink | Schedule


class Swap(Struct, frozen=True):
    """`swap foh for spare`: from now on `other` stands in for `camera`; `anyway`: lines for which it lacks something
    are left out. The same camera twice ends it."""

    camera: str
    other: str
    anyway: bool = False

    @property
    def text(self) -> str:
        return f"swap {self.camera} for {self.other}{' anyway' if self.anyway else ''}"


class Captured(Struct, frozen=True):
    """What the message said at this place: `{number}`."""

    name: str

    def __str__(self) -> str:
        return f"{{{self.name}}}"


class NextCue(Struct, frozen=True):
    """`next`: whichever cue comes next when it is asked for."""

    def __str__(self) -> str:
        return "next"


NEXT: Final = NextCue()
NamedCue = str | NextCue
"""Which cue a request names: a number as cues have it, or the next one."""
CueRef = NamedCue | Captured
"""Which cue a trigger names: it may also be what its message captured."""


def named_cue(text: str | None) -> NamedCue | None:
    """A cue as a record or a request from outside writes it: `next`, or a number (which is not checked)."""
    return NEXT if text == str(NEXT) else text


def cue_word(cue: NamedCue | None) -> str | None:
    """The reverse of `named_cue`."""
    return None if cue is None else str(cue)


CueVerb = Literal[
    "go",
    "start",
    "standby",
    "back",
    "stop",
    "pause",
    "resume",
    "panic",
    "reload",
    "off air",
    "on air",
    "cutting by hand",
    "cutting by sheet",
    "lamps off",
    "lamps on",
    "locate",
    "swap",
]
"""What a trigger can ask of the list. `Verb` of `playback/effects.py` is what the list can be asked at all, `Wish` of
`web/orders.py` what page and API can ask."""


class CueAction(Struct, frozen=True):
    """What to ask of playback. `cue` None: no cue in particular. Of a `locate`: `at` is how many ns into the cue;
    `live`: cameras on program are moved too; `go`: the cue is fired when all have arrived."""

    verb: CueVerb
    cue: CueRef | None = None
    at: int | Captured | None = None
    live: bool = False
    go: bool = False
    swap: Swap | None = None

    @property
    def number(self) -> str | None:
        """The one cue that it names, if it does."""
        match self.cue:
            case str(number):
                return number
            case None | NextCue() | Captured():
                return None
            case _ as never:
                assert_never(never)

    @property
    def text(self) -> str:
        """`go 150`, `locate 12 at 2.5s live`."""
        if self.swap is not None:
            return self.swap.text
        return f"{self.verb} {self.cue}{moment_text(self.at, self.go, self.live)}" if self.cue else self.verb


def moment_text(at: int | Captured | None, go: bool, live: bool) -> str:
    """What follows the number of a cue in a `locate`."""
    when = "" if at is None else f" at {at}" if isinstance(at, Captured) else f" at {written(at)}"
    return f"{when}{' go' if go else ''}{' live' if live else ''}"


class CameraAction(Struct, frozen=True):
    """A camera statement at the top level: a cue without a number that is fired by itself."""

    program: Program


class ControlAction(Struct, frozen=True):
    cameras: tuple[str, ...]
    what: Literal["pan", "tilt", "zoom", "focus", "speed"]


class FaderAction(Struct, frozen=True):
    """A fader says where something is to be: `what` is `zoom`, `focus` or a property; `capture` is what its value is
    called."""

    cameras: tuple[str, ...]
    what: str
    capture: str = "value"

    @property
    def text(self) -> str:
        """`zoom foh to {value}`, `set foh, left iris {value}`."""
        return f"{self.text_of(', '.join(self.cameras))} {{{self.capture}}}"

    def text_of(self, cameras: str) -> str:
        if self.what in ("zoom", "focus"):
            return f"{self.what} {cameras} to"
        return f"set {cameras} {self.what}"


class Trigger(Struct, frozen=True):
    """`missed` is how late, in ns, a schedule may still fire."""

    when: When
    action: CueAction | CameraAction | ControlAction | FaderAction
    origin: Origin
    missed: int = 0
