"""What a sheet says, as written: one frozen node for each form of the language.

A file is a list of `Section`s of text: top-level logical lines with the lines under them. A `Line` is one
logical line parsed by Lark (`node`) with its children by indentation. Nodes hold only `Loc`s (places inside
their own logical line), so equal lines share one node and blocks move freely; see `cuelang/source.py`.

`loc` of a statement runs from its first word to its end. Names are not resolved here: a `Name` may turn out
to be a camera, a group, a preset, a let, a macro's parameter or a bare word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from cuelang.source import Block, Loc, Origin

# --- expressions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier in its own right; `all` and `next` come as names too."""

    id: str
    loc: Loc


@dataclass(frozen=True, slots=True)
class Quantity:
    """A literal. `unit` is one of `s` (value in seconds), `f` (frames), `%`, `x`, `deg`, `K`, `Hz`, or `` (plain)."""

    value: Fraction
    unit: str
    loc: Loc
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Clock:
    """`1:30`, `1:02:03.5`, `19:30`: m:ss or h:mm:ss as an amount of time, HH:MM or HH:MM:SS as a time of day.

    `text` as written; which of the two it is depends on where it stands.
    """

    text: str
    loc: Loc


@dataclass(frozen=True, slots=True)
class Text:
    """A string, escapes undone."""

    value: str
    loc: Loc


@dataclass(frozen=True, slots=True)
class Capture:
    """`{number}` in an action or among the arguments of `with`."""

    name: str
    loc: Loc


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`."""

    op: Literal["-", "not"]
    operand: Expr
    loc: Loc


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * /`, `== != < <= > >=`, `and or`."""

    op: str
    left: Expr
    right: Expr
    loc: Loc


Expr = Name | Quantity | Clock | Text | Unary | Binary
Cams = tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """`speed P[, T]`: pan and, if given, tilt."""

    pan: Expr
    tilt: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class CueRef:
    """A cue by its number: a literal, a capture, the name `next`, a let or a parameter, or what is in parentheses."""

    number: Expr | Capture
    loc: Loc


@dataclass(frozen=True, slots=True)
class Options:
    """What may follow a timed or moving statement; None and False where it was not said.

    Each option's own place is its expression's. `given` lists option words in order with their places, so
    that one said twice, or two that exclude each other, can be pointed at.
    """

    speed: Pair | None = None
    over: Expr | None = None
    arriving: Expr | None = None
    ease: Name | None = None
    duration: Expr | None = None  # `for T`
    live: Loc | None = None
    given: tuple[Name, ...] = ()


# --- statements --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where to: exactly one of a name (`preset`), a number (`preset 4`), a pose, or `home`."""

    name: Name | None
    number: Expr | None
    pan: Expr | None
    tilt: Expr | None
    zoom: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Move:
    """`move CAMS to PLACE …`."""

    cams: Cams
    to: Place
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class MoveBy:
    cams: Cams
    pan: Expr | None
    tilt: Expr | None
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class MoveHome:
    cams: Cams
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class Drive:
    cams: Cams
    direction: Name
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class ZoomTo:
    cams: Cams
    start: Expr | None  # `from Z`
    to: Expr
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class ZoomDrive:
    cams: Cams
    direction: Name  # in, out
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class Focus:
    """`mode` is auto, manual, toggle, snap, lock, unlock, near, far, or `to` with the position in `to`."""

    cams: Cams
    mode: Name
    to: Expr | None
    options: Options
    loc: Loc


@dataclass(frozen=True, slots=True)
class Stop:
    cams: Cams
    loc: Loc


@dataclass(frozen=True, slots=True)
class Set:
    """`set CAMS PROPERTY VALUES`: a word comes as Name, `pan A tilt B` as `pan` and `tilt`."""

    cams: Cams
    prop: Name
    values: tuple[Expr, ...]
    pan: Expr | None
    tilt: Expr | None
    live: Loc | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class PresetOp:
    """`store CAM preset N`, `clear CAM preset N`."""

    op: Literal["store", "clear"]
    cams: Cams
    preset: Expr
    live: Loc | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Tally:
    cams: Cams
    mode: Name
    only: Loc | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Booth:
    cams: Cams
    kind: Name
    every: Expr | None
    length: Expr | None
    save: Text | Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Snapshot:
    cams: Cams
    save: Text | Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Track:
    cams: Cams
    mode: Name
    live: Loc | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Power:
    cams: Cams
    mode: Name
    live: Loc | None
    loc: Loc


CameraStatement = (
    Move | MoveBy | MoveHome | Drive | ZoomTo | ZoomDrive | Focus | Stop | Set | PresetOp | Tally | Booth
    | Snapshot | Track | Power
)  # fmt: skip


# --- switchers ---


@dataclass(frozen=True, slots=True)
class MixOptions:
    """What may follow a cut, a dissolve or a take; None where it was not said. `given` as in `Options`."""

    over: Expr | None = None
    transition: Text | None = None
    switcher: Name | None = None
    live: Loc | None = None
    given: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class CutTo:
    source: Name
    options: MixOptions
    loc: Loc


@dataclass(frozen=True, slots=True)
class DissolveTo:
    source: Name
    options: MixOptions
    loc: Loc


@dataclass(frozen=True, slots=True)
class PreviewOf:
    source: Name
    options: MixOptions
    loc: Loc


@dataclass(frozen=True, slots=True)
class TakeOf:
    """`source` None: what is on preview."""

    source: Name | None
    options: MixOptions
    loc: Loc


@dataclass(frozen=True, slots=True)
class OutputSwitch:
    """`stream start`, `record stop`."""

    output: Literal["stream", "record"]
    on: bool
    options: MixOptions
    loc: Loc


SwitcherStatement = CutTo | DissolveTo | PreviewOf | TakeOf | OutputSwitch


@dataclass(frozen=True, slots=True)
class WaitProgram:
    """`wait for program SOURCE [up to T]`."""

    source: Name
    up_to: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class WaitOff:
    """`wait for off CAMS [up to T]`."""

    cams: Cams
    up_to: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Wait:
    time: Expr
    loc: Loc


@dataclass(frozen=True, slots=True)
class WaitUntil:
    time: Clock | Name
    loc: Loc


@dataclass(frozen=True, slots=True)
class WaitFor:
    """`what`: cameras, an OSC address, or the word `go`. (`wait for go` is the word even if a camera is named so.)"""

    what: Cams | Text | Name | Literal["go"]
    up_to: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class At:
    """`at T` with a statement on the same line, or (None) with a block under it."""

    time: Expr
    statement: Statement | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Together:
    loc: Loc


@dataclass(frozen=True, slots=True)
class Do:
    loc: Loc


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat N times [every T]`; `count` None: forever."""

    count: Expr | None
    every: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class For:
    var: Name
    cams: Cams
    every: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Let:
    name: Name
    value: Expr
    loc: Loc


@dataclass(frozen=True, slots=True)
class If:
    """`word` says which branch line this is."""

    word: Literal["if", "else if", "else"]
    condition: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Argument:
    """`name` None: positional."""

    name: Name | None
    value: Expr
    loc: Loc


@dataclass(frozen=True, slots=True)
class Call:
    macro: Name
    arguments: tuple[Argument, ...]
    loc: Loc


@dataclass(frozen=True, slots=True)
class Fire:
    """`go N`, `go next`, `start N`, `stop cue N`."""

    verb: Literal["go", "start", "stop"]
    cue: CueRef
    loc: Loc


@dataclass(frozen=True, slots=True)
class Follow:
    after: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Restart:
    loc: Loc


@dataclass(frozen=True, slots=True)
class Disabled:
    loc: Loc


@dataclass(frozen=True, slots=True)
class Send:
    output: Name
    address: Text | Name
    arguments: tuple[Expr, ...]
    loc: Loc


@dataclass(frozen=True, slots=True)
class Standby:
    text: Text | Name
    loc: Loc


@dataclass(frozen=True, slots=True)
class Note:
    text: Text | Name
    loc: Loc


WAITS = (WaitFor, WaitUntil, WaitProgram, WaitOff)
"""The waits that an `else` may follow."""

# --- triggers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Test:
    """One argument of `with`: a value it must equal (number or string), `_`, `> N`, `< N`, or `{name}`."""

    op: Literal["==", "_", ">", "<", "capture"]
    value: Expr | Capture | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnOsc:
    address: Text
    tests: tuple[Test, ...]
    source: Name | None  # `from desk`
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnMidi:
    """`kind` note, control, program or bend (which has no number); `above` and `below` for controllers; `channel` 1–16
    or None for any; `released` for notes."""

    kind: Name
    number: Expr | None
    above: Expr | None
    below: Expr | None
    channel: Expr | None
    released: Name | None
    source: Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnMsc:
    """`on msc go {number} list 2 device 3 type lighting`: the command word, which cue it names, and to whom it is
    addressed. `type` is a word or a number."""

    command: Name
    cue: Capture | Quantity | None
    list: Expr | None
    device: Expr | None
    type: Name | Quantity | None
    source: Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnTimecode:
    """`HH:MM:SS:FF`, `drop` with `;` before FF."""

    text: str
    drop: bool
    source: Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnHttp:
    """`on http "/button/3"`; `{name}` parts of the path are captures."""

    path: Text
    source: Name | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnDmx:
    """`on dmx 401 above 127`, `on dmx 410 = {number}`; `equals` a capture or a number."""

    channel: Expr
    equals: Capture | Quantity | None
    above: Expr | None
    below: Expr | None
    source: Name | None
    loc: Loc


HEARD = (OnOsc, OnMidi, OnMsc, OnTimecode, OnHttp, OnDmx)
"""Triggers that an input hears, of which `from` names one."""


@dataclass(frozen=True, slots=True)
class OnKey:
    key: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnDays:
    """`on every sunday at 09:55, 18:25`; days are words: day, weekday, weekend, monday …"""

    days: tuple[Name, ...]
    times: tuple[Clock, ...]
    missed: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnInterval:
    """`on every 30m from 09:00 to 17:00`."""

    every: Expr
    start: Clock | None
    end: Clock | None
    missed: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnCron:
    text: Text
    missed: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnOnce:
    """`date` is YYYY-MM-DD as written."""

    date: str
    time: Clock
    missed: Expr | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnBus:
    """`on program left`, `on preview left`, `on off left`."""

    bus: Literal["program", "preview", "off"]
    source: Name
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnOutputLost:
    """`on stream lost`, `on record lost`."""

    output: Literal["stream", "record"]
    loc: Loc


@dataclass(frozen=True, slots=True)
class OnLink:
    """`on lost foh`, `on back foh`."""

    state: Literal["lost", "back"]
    device: Name
    loc: Loc


When = (
    OnOsc | OnMidi | OnMsc | OnHttp | OnDmx | OnTimecode | OnKey | OnDays | OnInterval | OnCron | OnOnce | OnBus
    | OnOutputLost | OnLink
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """What a top-level trigger does. `cue` is None where the verb needs none (`panic`, `back`, `pause` of all)."""

    verb: Literal["go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload"]
    cue: CueRef | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class DriveMap:
    """`drive foh pan`: a controller drives `what`: pan, tilt, zoom or speed."""

    cams: Cams
    what: Name
    loc: Loc


@dataclass(frozen=True, slots=True)
class Trigger:
    """`on …`; without an action it stands in a cue and fires that cue."""

    when: When
    action: Action | DriveMap | CameraStatement | SwitcherStatement | Send | None
    loc: Loc


Statement = (
    CameraStatement | SwitcherStatement | Wait | WaitUntil | WaitFor | WaitProgram | WaitOff | At | Together | Do
    | Repeat | For | Let | If | Call | Fire | Follow | Restart | Disabled | Send | Standby | Note | Trigger
)  # fmt: skip

# --- declarations ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Show:
    """`show "title"`, settings under it."""

    title: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class Rig:
    title: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class Use:
    """A file (Text) or a dotted module name (`consoles.eos`)."""

    target: Text | Name
    loc: Loc


@dataclass(frozen=True, slots=True)
class Heading:
    """`section "Act I"`."""

    title: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class Camera:
    name: Name
    url: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class Group:
    name: Name
    cams: Cams
    loc: Loc


@dataclass(frozen=True, slots=True)
class Port:
    """`input NAME "URL"` or `output NAME "URL"`."""

    kind: Literal["input", "output"]
    name: Name
    url: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class Switcher:
    """`switcher NAME "URL"`, sources and settings under it."""

    name: Name
    url: Text
    loc: Loc


@dataclass(frozen=True, slots=True)
class SourceLine:
    """`source foh = "Cam FOH" input "FOH camera"`, `source pip = "PiP" shows slides, foh`."""

    name: Name
    label: Text | Quantity
    input: Text | None
    shows: Cams
    loc: Loc


@dataclass(frozen=True, slots=True)
class Cue:
    """`number` as written (plain, not negative); titles are optional."""

    number: Quantity
    title: Text | None
    loc: Loc


@dataclass(frozen=True, slots=True)
class Parameter:
    name: Name
    default: Expr | None


@dataclass(frozen=True, slots=True)
class Define:
    name: Name
    parameters: tuple[Parameter, ...]
    loc: Loc


@dataclass(frozen=True, slots=True)
class Setting:
    """A line under `show`, `camera`, `input` or `output`: a word and its values, whatever the word is.

    `fps 25`, `timezone "…"`, `interlock warn`, `model "…"`, `tally_index 3`, `allow "10.0.0.0/24"`, `disabled`,
    `login "admin" from "FOH_PASSWORD"` and `passcode from "OSC"` (the variable's name is the last value).
    """

    word: Name
    values: tuple[Expr, ...]
    screen: Expr | None  # `tally_index 3 screen 1`
    loc: Loc


@dataclass(frozen=True, slots=True)
class Preset:
    """`preset wide = 1`, `preset throne = 4 at pan … tilt … zoom … picture off`, `preset door at …` (no number)."""

    name: Name
    number: Expr | None
    pan: Expr | None
    tilt: Expr | None
    zoom: Expr | None
    picture: Name | None
    loc: Loc


Declaration = (
    Show | Rig | Use | Heading | Camera | Group | Port | Switcher | SourceLine | Cue | Define | Setting | Preset
)  # fmt: skip
Node = Declaration | Statement


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: `number` counts physical lines from 0 at its block's first; `children` by indentation."""

    node: Node
    number: int
    children: tuple[Line, ...] = ()
    size: int = field(default=0, compare=False)
    """How long its text is."""


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level logical line with all under it, and the block that knows where it stands."""

    block: Block
    line: Line

    def origin(self, line: Line, loc: Loc) -> Origin:
        return Origin(self.block, line.number, loc)
