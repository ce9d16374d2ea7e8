"""`on …`: what is heard, and what it asks for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from cuelang.lang.syntax.statements import CameraStatement, Send, SwitcherStatement
from cuelang.lang.syntax.values import Cams, Capture, Clock, CueRef, Expr, Name, Quantity, Text
from cuelang.source import Loc


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
    times: tuple[Clock | Name, ...]
    missed: Expr | None
    loc: Loc
    exceptions: tuple[Name, ...] = ()


class OnInterval(Struct, frozen=True):
    """`on every 30m from 09:00 to 17:00`."""

    every: Expr
    start: Clock | Name | None
    end: Clock | Name | None
    missed: Expr | None
    loc: Loc


class OnCron(Struct, frozen=True):
    text: Text
    missed: Expr | None
    loc: Loc


class OnOnce(Struct, frozen=True):
    """`date` is YYYY-MM-DD as written."""

    date: str
    time: Clock | Name
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
    OnOsc
    | OnMidi
    | OnMsc
    | OnHttp
    | OnMqtt
    | OnDmx
    | OnTimecode
    | OnKey
    | OnDays
    | OnInterval
    | OnCron
    | OnOnce
    | OnBus
    | OnOutputLost
    | OnLink
)


ActionVerb = Literal["go", "start", "standby", "back", "stop", "pause", "resume", "panic", "reload", "locate", "swap"]


class Action(Struct, frozen=True):
    """What a top-level trigger does. `cue` is None where the verb needs none (`panic`, `back`, `pause` of all)."""

    verb: ActionVerb
    cue: CueRef | None
    loc: Loc
    at: Expr | Capture | None = None
    """Of a `locate`, as `go` and `live`: how long into the cue."""
    go: bool = False
    live: bool = False
    swap: tuple[Name, Name] | None = None
    """A camera, and the one that is to stand in for it."""
    anyway: bool = False


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


class Fader(Struct, frozen=True):
    """`zoom foh to {value}`: a fader says where `what` is to be: zoom, focus or a property."""

    cams: Cams
    what: Name
    capture: Capture
    loc: Loc


class Trigger(Struct, frozen=True):
    """`on …`; without an action it is inside a cue and fires that cue."""

    when: When
    action: Action | AirRequest | DriveMap | Fader | CameraStatement | SwitcherStatement | Send | None
    loc: Loc
