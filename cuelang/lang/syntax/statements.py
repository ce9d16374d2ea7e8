"""The lines of a cue or a macro: for cameras, for switchers, for time and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from cuelang.lang.syntax.values import Cams, Clock, CueRef, Expr, Name, Options, Text
from cuelang.source import Loc

if TYPE_CHECKING:
    from cuelang.lang.syntax import Statement


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


class Replay(Struct, frozen=True):
    """`replay CAM "walk.trace" from 3s speed 50%`."""

    cams: Cams
    file: Text | Name
    start: Expr | None
    speed: Expr | None
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
    Move
    | MoveBy
    | MoveHome
    | Drive
    | ZoomTo
    | ZoomDrive
    | Focus
    | Stop
    | Set
    | PresetOp
    | Profile
    | Raw
    | Tally
    | Booth
    | Snapshot
    | Track
    | Power
    | Recover
    | Replay
)


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


class WithOne(Struct, frozen=True):
    """`with one of CAMS as NAME`."""

    cams: Cams
    var: Name
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
