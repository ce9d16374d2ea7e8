"""What a sheet says, as written: one frozen node for each form of the language.

A file is a list of `Section`s of text: top-level logical lines with the lines under them. A `Line` is one
logical line parsed by Lark (`node`) with its children by indentation. Nodes hold only `Loc`s (places inside
their own logical line), so equal lines share one node and blocks move freely; see `cuelang/source.py`.

`loc` of a statement runs from its first word to its end. Names are not resolved here: a `Name` may turn out
to be a camera, a group, a preset, a let, a macro's parameter or a bare word.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct

from cuelang.source import Block, Loc, Origin

# --- expressions -------------------------------------------------------------------------------------------


class Name(Struct, frozen=True):
    """An identifier in its own right; `all` and `next` come as names too."""

    id: str
    loc: Loc


class Quantity(Struct, frozen=True):
    """A literal. `unit` is one of `s` (value in seconds), `f` (frames), `%`, `x`, `deg`, `K`, `Hz`, or `` (plain)."""

    value: Fraction
    unit: str
    loc: Loc
    written: str = ""


class Clock(Struct, frozen=True):
    """`1:30`, `1:02:03.5`, `19:30`: m:ss or h:mm:ss as an amount of time, HH:MM or HH:MM:SS as a time of day.

    `text` as written; which of the two it is depends on the context.
    """

    text: str
    loc: Loc


class Text(Struct, frozen=True):
    """A string, escapes undone."""

    value: str
    loc: Loc


class Capture(Struct, frozen=True):
    """`{number}` in an action or among the arguments of `with`."""

    name: str
    loc: Loc


class Unary(Struct, frozen=True):
    """`-x` or `not x`."""

    op: Literal["-", "not"]
    operand: Expr
    loc: Loc


class Binary(Struct, frozen=True):
    """`+ - * /`, `== != < <= > >=`, `and or`."""

    op: str
    left: Expr
    right: Expr
    loc: Loc


Expr = Name | Quantity | Clock | Text | Unary | Binary
Cams = tuple[Name, ...]


class Pair(Struct, frozen=True):
    """`speed P[, T]`: pan and, if given, tilt."""

    pan: Expr
    tilt: Expr | None
    loc: Loc


class CueRef(Struct, frozen=True):
    """A cue by its number: a literal, a capture, the name `next`, a let or a parameter, or what is in parentheses."""

    number: Expr | Capture
    loc: Loc


class Options(Struct, frozen=True):
    """What may follow a timed or moving statement; None and False where it was not said.

    Each option's own place is its expression's. `given` lists option words in order with their places, so
    that one given twice, or two that exclude each other, can be pointed at.
    """

    speed: Pair | None = None
    over: Expr | None = None
    arriving: Expr | None = None
    ease: Name | None = None
    duration: Expr | None = None  # `for T`
    live: Loc | None = None
    given: tuple[Name, ...] = ()


# --- statements --------------------------------------------------------------------------------------------


class Place(Struct, frozen=True):
    """Where to: exactly one of a name (`preset`), a number (`preset 4`), a pose, or `home`."""

    name: Name | None
    number: Expr | None
    pan: Expr | None
    tilt: Expr | None
    zoom: Expr | None
    loc: Loc


class Move(Struct, frozen=True):
    """`move CAMS to PLACE …`."""

    cams: Cams
    to: Place
    options: Options
    loc: Loc


class MoveBy(Struct, frozen=True):
    cams: Cams
    pan: Expr | None
    tilt: Expr | None
    options: Options
    loc: Loc


class MoveHome(Struct, frozen=True):
    cams: Cams
    options: Options
    loc: Loc


class Drive(Struct, frozen=True):
    cams: Cams
    direction: Name
    options: Options
    loc: Loc


class ZoomTo(Struct, frozen=True):
    cams: Cams
    start: Expr | None  # `from Z`
    to: Expr
    options: Options
    loc: Loc


class ZoomDrive(Struct, frozen=True):
    cams: Cams
    direction: Name  # in, out
    options: Options
    loc: Loc


class Focus(Struct, frozen=True):
    """`mode` is auto, manual, toggle, snap, lock, unlock, near, far, or `to` with the position in `to`."""

    cams: Cams
    mode: Name
    to: Expr | None
    options: Options
    loc: Loc


class Stop(Struct, frozen=True):
    cams: Cams
    loc: Loc


class Set(Struct, frozen=True):
    """`set CAMS PROPERTY VALUES`: a word comes as Name, `pan A tilt B` as `pan` and `tilt`."""

    cams: Cams
    prop: Name
    values: tuple[Expr, ...]
    pan: Expr | None
    tilt: Expr | None
    live: Loc | None
    loc: Loc


class PresetOp(Struct, frozen=True):
    """`store CAM preset N`, `clear CAM preset N`."""

    op: Literal["store", "clear"]
    cams: Cams
    preset: Expr
    live: Loc | None
    loc: Loc


class Profile(Struct, frozen=True):
    """`profile CAMS "evening.toml"`."""

    cams: Cams
    file: Text | Name
    live: Loc | None
    loc: Loc


class Raw(Struct, frozen=True):
    """`raw CAM "81 01 06 05 FF"`."""

    cams: Cams
    frame: Text | Name
    live: Loc | None
    loc: Loc


class Tally(Struct, frozen=True):
    cams: Cams
    mode: Name
    only: Loc | None
    loc: Loc


class Booth(Struct, frozen=True):
    cams: Cams
    kind: Name
    every: Expr | None
    length: Expr | None
    save: Text | Name | None
    loc: Loc


class Snapshot(Struct, frozen=True):
    cams: Cams
    save: Text | Name | None
    loc: Loc


class Recover(Struct, frozen=True):
    cams: Cams
    live: Loc | None
    loc: Loc


class Track(Struct, frozen=True):
    cams: Cams
    mode: Name
    live: Loc | None
    loc: Loc


class Power(Struct, frozen=True):
    cams: Cams
    mode: Name
    live: Loc | None
    loc: Loc


CameraStatement = (
    Move | MoveBy | MoveHome | Drive | ZoomTo | ZoomDrive | Focus | Stop | Set | PresetOp | Profile | Raw | Tally
    | Booth | Snapshot | Track | Power | Recover
)  # fmt: skip


# --- switchers ---


class MixOptions(Struct, frozen=True):
    """What may follow a cut, a dissolve or a take; None where it was not said. `given` as in `Options`."""

    over: Expr | None = None
    transition: Text | None = None
    switcher: Name | None = None
    live: Loc | None = None
    given: tuple[Name, ...] = ()


class CutTo(Struct, frozen=True):
    source: Name
    options: MixOptions
    loc: Loc


class DissolveTo(Struct, frozen=True):
    source: Name
    options: MixOptions
    loc: Loc


class PreviewOf(Struct, frozen=True):
    source: Name
    options: MixOptions
    loc: Loc


class TakeOf(Struct, frozen=True):
    """`source` None: what is on preview."""

    source: Name | None
    options: MixOptions
    loc: Loc


class OutputSwitch(Struct, frozen=True):
    """`stream start`, `record stop`."""

    output: Literal["stream", "record"]
    on: bool
    options: MixOptions
    loc: Loc


SwitcherStatement = CutTo | DissolveTo | PreviewOf | TakeOf | OutputSwitch


class WaitProgram(Struct, frozen=True):
    """`wait for program SOURCE [up to T]`."""

    source: Name
    up_to: Expr | None
    loc: Loc


class WaitOff(Struct, frozen=True):
    """`wait for off CAMS [up to T]`."""

    cams: Cams
    up_to: Expr | None
    loc: Loc


class Wait(Struct, frozen=True):
    time: Expr
    loc: Loc


class WaitUntil(Struct, frozen=True):
    time: Clock | Name
    loc: Loc


class WaitFor(Struct, frozen=True):
    """`what`: cameras, an OSC address, or the word `go`. (`wait for go` is the word even if a camera is named so.)"""

    what: Cams | Text | Name | Literal["go"]
    up_to: Expr | None
    loc: Loc


class At(Struct, frozen=True):
    """`at T` with a statement on the same line, or (None) with a block under it."""

    time: Expr
    statement: Statement | None
    loc: Loc


class Together(Struct, frozen=True):
    loc: Loc


class Do(Struct, frozen=True):
    loc: Loc


class Repeat(Struct, frozen=True):
    """`repeat N times [every T]`; `count` None: forever."""

    count: Expr | None
    every: Expr | None
    loc: Loc


class For(Struct, frozen=True):
    var: Name
    cams: Cams
    every: Expr | None
    loc: Loc


class Let(Struct, frozen=True):
    name: Name
    value: Expr
    loc: Loc


class If(Struct, frozen=True):
    """`word` says which branch line this is."""

    word: Literal["if", "else if", "else"]
    condition: Expr | None
    loc: Loc


class Argument(Struct, frozen=True):
    """`name` None: positional."""

    name: Name | None
    value: Expr
    loc: Loc


class Call(Struct, frozen=True):
    macro: Name
    arguments: tuple[Argument, ...]
    loc: Loc


class Fire(Struct, frozen=True):
    """`go N`, `go next`, `start N`, `stop cue N`."""

    verb: Literal["go", "start", "stop"]
    cue: CueRef
    loc: Loc


class Follow(Struct, frozen=True):
    after: Expr | None
    loc: Loc


class Restart(Struct, frozen=True):
    loc: Loc


class Aside(Struct, frozen=True):
    loc: Loc


class Disabled(Struct, frozen=True):
    loc: Loc


class Send(Struct, frozen=True):
    output: Name
    address: Text | Name
    arguments: tuple[Expr, ...]
    loc: Loc


class Standby(Struct, frozen=True):
    text: Text | Name
    loc: Loc


class Note(Struct, frozen=True):
    text: Text | Name
    loc: Loc


Waiting = WaitFor | WaitUntil | WaitProgram | WaitOff
"""The waits that an `else` may follow."""

# --- triggers ----------------------------------------------------------------------------------------------


class Test(Struct, frozen=True):
    """One argument of `with`: a value it must equal (number or string), `_`, `> N`, `< N`, or `{name}`."""

    op: Literal["==", "_", ">", "<", "capture"]
    value: Expr | Capture | None
    loc: Loc


class OnOsc(Struct, frozen=True):
    address: Text
    tests: tuple[Test, ...]
    source: Name | None  # `from desk`
    loc: Loc


class OnMidi(Struct, frozen=True):
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


class OnMsc(Struct, frozen=True):
    """`on msc go {number} list 2 device 3 type lighting`: the command word, which cue it names, and to whom it is
    addressed. `type` is a word or a number."""

    command: Name
    cue: Capture | Quantity | None
    list: Expr | None
    device: Expr | None
    type: Name | Quantity | None
    source: Name | None
    loc: Loc


class OnTimecode(Struct, frozen=True):
    """`HH:MM:SS:FF`, `drop` with `;` before FF."""

    text: str
    drop: bool
    source: Name | None
    loc: Loc


class OnHttp(Struct, frozen=True):
    """`on http "/button/3"`; `{name}` parts of the path are captures."""

    path: Text
    source: Name | None
    loc: Loc


class OnMqtt(Struct, frozen=True):
    """`on mqtt "venue/cue" with {number}`: `tests` are about the payload."""

    topic: Text
    tests: tuple[Test, ...]
    source: Name | None
    loc: Loc


class OnDmx(Struct, frozen=True):
    """`on dmx 401 above 127`, `on dmx 410 = {number}`; `equals` a capture or a number."""

    channel: Expr
    equals: Capture | Quantity | None
    above: Expr | None
    below: Expr | None
    source: Name | None
    loc: Loc


HEARD = (OnOsc, OnMidi, OnMsc, OnTimecode, OnHttp, OnMqtt, OnDmx)
"""Triggers that an input receives, of which `from` names one."""


class OnKey(Struct, frozen=True):
    key: Text
    loc: Loc


class OnDays(Struct, frozen=True):
    """`on every sunday at 09:55, 18:25 except 2026-12-27`; days are words: day, weekday, weekend, monday …;
    the names of `exceptions` are dates."""

    days: tuple[Name, ...]
    times: tuple[Clock, ...]
    missed: Expr | None
    loc: Loc
    exceptions: tuple[Name, ...] = ()


class OnInterval(Struct, frozen=True):
    """`on every 30m from 09:00 to 17:00`."""

    every: Expr
    start: Clock | None
    end: Clock | None
    missed: Expr | None
    loc: Loc


class OnCron(Struct, frozen=True):
    text: Text
    missed: Expr | None
    loc: Loc


class OnOnce(Struct, frozen=True):
    """`date` is YYYY-MM-DD as written."""

    date: str
    time: Clock
    missed: Expr | None
    loc: Loc


class OnBus(Struct, frozen=True):
    """`on program left`, `on preview left`, `on off left`."""

    bus: Literal["program", "preview", "off"]
    source: Name
    loc: Loc


class OnOutputLost(Struct, frozen=True):
    """`on stream lost`, `on record lost`."""

    output: Literal["stream", "record"]
    loc: Loc


class OnLink(Struct, frozen=True):
    """`on lost foh`, `on back foh`."""

    state: Literal["lost", "back"]
    device: Name
    loc: Loc


When = (
    OnOsc | OnMidi | OnMsc | OnHttp | OnMqtt | OnDmx | OnTimecode | OnKey | OnDays | OnInterval | OnCron | OnOnce
    | OnBus | OnOutputLost | OnLink
)  # fmt: skip


ActionVerb = Literal["go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload", "locate"]


class Action(Struct, frozen=True):
    """What a top-level trigger does. `cue` is None where the verb needs none (`panic`, `back`, `pause` of all)."""

    verb: ActionVerb
    cue: CueRef | None
    loc: Loc
    at: Expr | Capture | None = None
    """Of a `locate`, as `go` and `live`: how long into the cue."""
    go: bool = False
    live: bool = False


class AirRequest(Struct, frozen=True):
    """`off air`, `cutting by hand`, `lamps off`: who is on air, who cuts, and the lights. `last` is its last word."""

    first: Literal["off", "on", "cutting by", "lamps"]
    last: Name
    loc: Loc


class DriveMap(Struct, frozen=True):
    """`drive foh pan`: a controller drives `what`: pan, tilt, zoom or speed."""

    cams: Cams
    what: Name
    loc: Loc


class Trigger(Struct, frozen=True):
    """`on …`; without an action it is inside a cue and fires that cue."""

    when: When
    action: Action | AirRequest | DriveMap | CameraStatement | SwitcherStatement | Send | None
    loc: Loc


Statement = (
    CameraStatement | SwitcherStatement | Wait | WaitUntil | WaitFor | WaitProgram | WaitOff | At | Together | Do
    | Repeat | For | Let | If | Call | Fire | Follow | Restart | Disabled | Aside | Send | Standby | Note | Trigger
)  # fmt: skip

# --- declarations ------------------------------------------------------------------------------------------


class Show(Struct, frozen=True):
    """`show "title"`, settings under it."""

    title: Text
    loc: Loc


class Rig(Struct, frozen=True):
    title: Text
    loc: Loc


class Use(Struct, frozen=True):
    """A file (Text) or a dotted module name (`consoles.eos`)."""

    target: Text | Name
    loc: Loc


class Heading(Struct, frozen=True):
    """`section "Act I"`. `aside`: so are all of its cues."""

    title: Text
    aside: bool
    loc: Loc


class Camera(Struct, frozen=True):
    name: Name
    url: Text
    loc: Loc


class Group(Struct, frozen=True):
    name: Name
    cams: Cams
    loc: Loc


class Port(Struct, frozen=True):
    """`input NAME "URL"` or `output NAME "URL"`."""

    kind: Literal["input", "output"]
    name: Name
    url: Text
    loc: Loc


class Switcher(Struct, frozen=True):
    """`switcher NAME "URL"`, sources and settings under it."""

    name: Name
    url: Text
    loc: Loc


class SourceLine(Struct, frozen=True):
    """`source foh = "Cam FOH" input "FOH camera"`, `source pip = "PiP" shows slides, foh`."""

    name: Name
    label: Text | Quantity
    input: Text | None
    shows: Cams
    loc: Loc


class Cue(Struct, frozen=True):
    """`number` as written (plain, not negative); titles are optional."""

    number: Quantity
    title: Text | None
    loc: Loc


class Parameter(Struct, frozen=True):
    name: Name
    default: Expr | None


class Define(Struct, frozen=True):
    name: Name
    parameters: tuple[Parameter, ...]
    loc: Loc


class Setting(Struct, frozen=True):
    """A line under `show`, `camera`, `input` or `output`: a word and its values, whatever the word is.

    `fps 25`, `timezone "…"`, `interlock warn`, `model "…"`, `tally_index 3`, `allow "10.0.0.0/24"`, `disabled`,
    `login "admin" from "FOH_PASSWORD"` and `passcode from "OSC"` (the variable's name is the last value).
    """

    word: Name
    values: tuple[Expr, ...]
    screen: Expr | None  # `tally_index 3 screen 1`
    loc: Loc


class Preset(Struct, frozen=True):
    """`preset wide = 1`, `preset throne = 4 at pan … tilt … zoom … focus N picture off`, `preset door at …` (no
    number)."""

    name: Name
    number: Expr | None
    pan: Expr | None
    tilt: Expr | None
    zoom: Expr | None
    picture: Name | None
    loc: Loc
    focus: Expr | None = None


Declaration = (
    Show | Rig | Use | Heading | Camera | Group | Port | Switcher | SourceLine | Cue | Define | Setting | Preset
)  # fmt: skip
Node = Declaration | Statement


class Line(Struct, frozen=True):
    """One logical line: `number` counts physical lines from 0 at its block's first; `children` by indentation."""

    node: Node
    number: int
    children: tuple[Line, ...] = ()
    size: int = 0
    """How long its text is."""


class Section(Struct, frozen=True):
    """A top-level logical line with all under it, and its block, which has its place."""

    block: Block
    line: Line

    def origin(self, line: Line, loc: Loc) -> Origin:
        return Origin(self.block, line.number, loc)
