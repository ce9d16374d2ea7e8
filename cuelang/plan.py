"""The timed plan: what each cue will do, when, and what that waits for.

Two kinds of edge are kept apart. A **timed** edge is an offset in integer nanoseconds from an anchor. A
**caused** edge is an anchor that only the run can place: the end of a `wait for`, the join of branches,
the next free beat of a loop. A `Moment` is an anchor and an offset; anchor 0 of a program is its start
(GO for a cue, the start of the pass for an endless loop). Anchors only look back, so a program is a
directed graph without circles, and the one rule that places them serves both the prediction
(`cuelang/lang/`) and the show (`cuelang/playback/machine.py`):

    Go                 when the cue was fired (the pass started)
    Wait(at, …)        from `at` on the condition is looked at; the anchor lies where it was met or given up
    Otherwise(wait)    when that wait was given up; nothing happens at the wait's own anchor then
    Either(moments)    the one of these moments that comes; only one of them ever does
    Join(moments)      the latest of these moments
    Beat(base, every, after)   the first multiple of `every` after `base` that is neither before `after`
                       nor on or before an earlier beat of the same loop
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import Struct

from cuelang import address
from cuelang.commands import NO_POSE, Axes, Clear, Command, Pose, Recall, Store
from cuelang.models import DEFAULT, Model, find
from cuelang.source import Block, Origin
from cuelang.switching import Order, OutputName

NS = 1_000_000_000
MS = 1_000_000


class Moment(NamedTuple):
    anchor: int
    offset: int


# --- anchors -----------------------------------------------------------------------------------------------


class Go(Struct, frozen=True):
    pass


class Arrived(Struct, frozen=True):
    """Until what these cameras are doing is complete."""

    cameras: tuple[str, ...]


class OscHeard(Struct, frozen=True):
    address: str


class GoGiven(Struct, frozen=True):
    pass


class TimeOfDay(Struct, frozen=True):
    """Seconds since local midnight in the show's zone; met at once when it passed less than 12 h ago."""

    seconds: int


class OnProgram(Struct, frozen=True):
    """Until this source is on program, by whomever. `switcher` names whose, None: any."""

    source: str
    switcher: str | None


class OffAir(Struct, frozen=True):
    """Until none of these cameras is on program."""

    cameras: tuple[str, ...]


class Settled(Struct, frozen=True):
    """Until no transition of this switcher runs."""

    switcher: str


class Streaming(Struct, frozen=True):
    """Until the stream of this switcher runs; None: of any."""

    switcher: str | None


Condition = Arrived | OscHeard | GoGiven | TimeOfDay | OnProgram | OffAir | Settled | Streaming


class Wait(Struct, frozen=True):
    """`otherwise`: there is an `else`. When the wait is given up, or a camera that it waits for was refused or is
    unreachable, its `Otherwise` is placed and the anchor of the wait itself never is."""

    at: Moment
    condition: Condition
    up_to: int | None
    origin: Origin
    otherwise: bool = False


class Otherwise(Struct, frozen=True):
    """`wait` is the number of the anchor that was given up."""

    wait: int


class Either(Struct, frozen=True):
    moments: tuple[Moment, ...]


class Join(Struct, frozen=True):
    moments: tuple[Moment, ...]


class Beat(Struct, frozen=True):
    """`loop` names the loop inside its program: beats of one loop are strictly increasing multiples."""

    base: Moment
    every: int
    after: Moment
    loop: int
    origin: Origin


Anchor = Go | Wait | Otherwise | Either | Join | Beat

# --- steps -------------------------------------------------------------------------------------------------


class CameraAct(Struct, frozen=True):
    """One command to one camera. `live`: meant to be seen. `only`: left out when, at that instant, the camera is
    not on program (the others of `tally … program only`)."""

    camera: str
    command: Command
    live: bool = False
    axes: Axes = frozenset()
    watched: bool = False
    """What the interlock covers: all motion, and what else changes a picture on air."""
    only: bool = False


class SwitcherAct(Struct, frozen=True):
    """One order to a switcher. `source` is what the sheet calls it (None: no source, or what is on preview); the order
    has the switcher's own name. `live`: meant to be seen, whatever the camera does."""

    switcher: str
    order: Order
    source: str | None = None
    live: bool = False


class SendOsc(Struct, frozen=True):
    output: str
    address: str
    arguments: tuple[int | float | str, ...]


class ShowNote(Struct, frozen=True):
    text: str


class FireCue(Struct, frozen=True):
    """`number` None is the next cue of the list."""

    verb: Literal["go", "start", "stop"]
    number: str | None


class Forever(Struct, frozen=True):
    """`repeat forever`: `every` None starts a pass where the one before ends. `takes`: how long a pass is expected
    to last, in ns, from one start to the next."""

    every: int | None
    body: Program
    takes: int = 0


Act = CameraAct | SwitcherAct | SendOsc | ShowNote | FireCue | Forever


class Step(Struct, frozen=True):
    """Something that happens at a moment.

    `predicted` and `until` are offsets from GO in ns (from the pass's start inside `Forever`); `until` is when
    it is expected to be complete, None when nobody can know. `pose` is what is known of the camera's place at
    that instant, `preset_speed` the preset speed it was last sent: what the bytes of ramps, timed moves and
    recalls depend on. `idle`: nothing is expected to be sent (see `CameraAct.only`).
    """

    at: Moment
    act: Act
    origin: Origin
    predicted: int = 0
    until: int | None = 0
    estimated: bool = False
    pose: Pose = NO_POSE
    preset_speed: int | None = None
    idle: bool = False
    untracks: bool = False
    """Auto-tracking is on at that instant, and is switched off before this moves the camera."""
    cuts: tuple[tuple[str, int], ...] = ()
    """Axes that a newer action or a stop is expected to take from it, and when, as `until`: what it would send for them
    from then on is not sent."""
    call: Origin | None = None
    """Where the macro was called, if the step stands in one."""


class Program(Struct, frozen=True):
    """Steps in the order in which they are predicted, ties in the order of the text; `end`: where the clock stands
    after the last statement (None when it never gets there)."""

    anchors: tuple[Anchor, ...]
    steps: tuple[Step, ...]
    end: Moment | None


# --- triggers ----------------------------------------------------------------------------------------------


OscOp = Literal["==", "_", ">", "<", "capture"]


class OscTest(Struct, frozen=True):
    """Of `capture` the `value` is the name; `_` takes any value."""

    op: OscOp
    value: float | str | None


class OnOsc(Struct, frozen=True):
    """`address` as in the sheet, `{name}` parts are captures; `source` an input's name."""

    address: str
    tests: tuple[OscTest, ...]
    source: str | None


class OnMidi(Struct, frozen=True):
    """A bend has the number 0. A controller is a way up through `above` or down through `below`; `released` is a note
    that is let go; `source` an input's name."""

    kind: Literal["note", "control", "program", "bend"]
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


class OnKey(Struct, frozen=True):
    key: str


class OnDays(Struct, frozen=True):
    """Weekdays 0 (Monday) … 6; times in seconds since local midnight."""

    days: frozenset[int]
    times: tuple[int, ...]


class OnInterval(Struct, frozen=True):
    """Every so many ns from `start` to `end` (seconds since midnight), both included; an `end` before the `start` is on
    the next day."""

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
    """A stream or a recording has ended, and nobody of ours ended it."""

    output: OutputName


class OnLink(Struct, frozen=True):
    """A camera or a switcher has been silent for 5 s, or answers again after that."""

    state: Literal["lost", "back"]
    device: str


Schedule = OnDays | OnInterval | OnCron | OnOnce
When = OnOsc | OnMidi | OnMsc | OnHttp | OnDmx | OnTimecode | OnKey | OnBus | OnOutputLost | OnLink | Schedule


class CueAction(Struct, frozen=True):
    """What to ask of playback. `cue` is a number, `{name}` for a capture, `next`, or None."""

    verb: Literal[
        "go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload", "off air", "on air",
        "cutting by hand", "cutting by sheet", "lamps off", "lamps on",
    ]  # fmt: skip
    cue: str | None = None

    @property
    def text(self) -> str:
        """`go 150`."""
        return f"{self.verb} {self.cue}" if self.cue else self.verb


class CameraAction(Struct, frozen=True):
    """A camera statement at the top level: a cue without a number that is fired by itself."""

    program: Program


class ControlAction(Struct, frozen=True):
    cameras: tuple[str, ...]
    what: Literal["pan", "tilt", "zoom", "focus", "speed"]


class Trigger(Struct, frozen=True):
    """`missed` is how late, in ns, a schedule may still fire."""

    when: When
    action: CueAction | CameraAction | ControlAction
    origin: Origin
    missed: int = 0


# --- the show ----------------------------------------------------------------------------------------------


class Cue(Struct, frozen=True):
    """`number` is canonical: `2.10` is `2.1`. `duration` in ns, None when it never ends by itself."""

    number: str
    title: str
    section: str
    block: Block
    program: Program
    duration: int | None
    standby: str = ""
    follow: int | None = None
    restart: bool = False
    disabled: bool = False

    @property
    def line(self) -> int:
        return self.block.line


class Camera(Struct, frozen=True):
    """`url` with every default filled in. Speeds are protocol steps, `boot` is ns. `model` None: not given; one that
    was measured is named by its file, and `measured` holds what stands in it."""

    name: str
    url: str
    model: str | None
    origin: Origin
    http: str = ""
    login: tuple[str, str] | None = None
    trust: str = ""
    """The SHA-256 of the one certificate that its web side may show; empty: one that the system trusts."""
    tally_index: int | None = None
    tally_screen: int = 0
    ramp_rate: int = 10
    ramp_by: Literal["position", "speed"] = "position"
    recall_speed: int | None = None
    move_speed: int = 12
    drive_speed: int = 12
    zoom_speed: int = 3
    boot: int = 45 * NS
    address_base: int = 1
    disabled: bool = False
    presets: tuple[Preset, ...] = ()
    measured: Model | None = None
    lamp: Lamp | None = None
    no_source: bool = False

    @property
    def figures(self) -> Model:
        """Its model, or the figures that serve when none is given."""
        return self.measured or (find(self.model) if self.model else None) or DEFAULT

    def preset_of(self, command: Command) -> str:
        """What the sheet calls the preset that a command recalls, stores or clears; empty if it has no name."""
        if not isinstance(command, Recall | Store | Clear):
            return ""
        return next((preset.name for preset in self.presets if preset.number == command.preset), "")

    @property
    def web(self) -> str:
        """What stands before the path of each of its requests, `http://10.0.0.21`; "" for a camera inside the process
        and one without a web side."""
        where = address.parse(self.url)
        if where.scheme != "cgi":
            found = re.match(r"https?://[^/?#]*", self.http)
            return found[0] if found else ""
        host = f"[{where.host}]" if ":" in where.host else where.host
        return f"http://{host}" if where.port in (None, 80) else f"http://{host}:{where.port}"


class Preset(Struct, frozen=True):
    """Position in raw counts, None where it is not known; `number` None: held here only. `picture`: the camera may have
    stored image settings with it, which come back when it is recalled."""

    name: str
    number: int | None
    pan: int | None
    tilt: int | None
    zoom: int | None
    origin: Origin
    picture: bool = True


class Port(Struct, frozen=True):
    """An input or an output. `passcode` is the name of an environment variable, and so is the second of a `login`."""

    name: str
    url: str
    origin: Origin
    allow: tuple[str, ...] = ()
    passcode: str | None = None
    login: tuple[str, str] | None = None


Lamp = Literal["on", "program", "off"]
"""Which lights of a camera are driven: all, only that of program, or none."""


class SwitcherSource(Struct, frozen=True):
    """What one switcher calls a source: `label`. `input` is OBS's input whose activity is the tally, if it was named.
    `cameras` are all cameras that are seen when it is: the one of its name, and those that it shows."""

    name: str
    label: str
    origin: Origin
    input: str | None = None
    shows: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()


class Switcher(Struct, frozen=True):
    """`url` with every default filled in, `password` the name of an environment variable. `no_air`: it counts for
    nothing on air."""

    name: str
    url: str
    origin: Origin
    sources: tuple[SwitcherSource, ...] = ()
    password: str | None = None
    no_air: bool = False

    @property
    def kind(self) -> str:
        return self.url.partition(":")[0]

    def source(self, name: str) -> SwitcherSource | None:
        return next((source for source in self.sources if source.name == name), None)

    @property
    def cameras(self) -> frozenset[str]:
        """Every camera that one of its sources shows."""
        return frozenset(camera for source in self.sources for camera in source.cameras)


class Settings(Struct, frozen=True):
    """Of the show. `fps` is as written (`29.97`), windows are ns."""

    title: str = ""
    fps: str | None = None
    timezone: str | None = None
    go_window: int = 300 * MS
    debounce: int = 100 * MS
    interlock: Literal["off", "warn", "block"] = "warn"
    lamp: Lamp | None = None


class Plan(Struct, frozen=True):
    """The whole show, ready to run. Cues are in numeric order."""

    settings: Settings
    cameras: tuple[Camera, ...]
    cues: tuple[Cue, ...]
    triggers: tuple[Trigger, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    file: str = ""
    switchers: tuple[Switcher, ...] = ()

    def camera(self, name: str) -> Camera:
        return next(camera for camera in self.cameras if camera.name == name)

    def switcher(self, name: str) -> Switcher:
        return next(switcher for switcher in self.switchers if switcher.name == name)

    @property
    def ruled(self) -> frozenset[str]:
        """The cameras whose air a switcher rules; `tally` lines say nothing of them."""
        return frozenset().union(*(switcher.cameras for switcher in self.switchers if not switcher.no_air))


def cue_key(number: str) -> Decimal:
    """What cue numbers are ordered and compared by."""
    return Decimal(number)


def cue_number(text: str) -> str:
    """The canonical form of a cue number: `2.10` -> `2.1`, `002` -> `2`. Raises ValueError if it is none."""
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
        raise ValueError(f"{text!r} is not a cue number")
    part = part.rstrip("0")
    return f"{int(whole)}.{part}" if part else str(int(whole))


def walk(program: Program) -> Iterator[Step]:
    """Every step, those inside endless loops too."""
    for step in program.steps:
        yield step
        if isinstance(step.act, Forever):
            yield from walk(step.act.body)
