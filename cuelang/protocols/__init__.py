"""What crosses the wire, and which protocol can say what. Pure: bytes in, events out.

`can` is the one place that knows what a camera's protocol and make can carry; the language asks it (E401).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from cuelang.address import Family
from cuelang.commands import (
    PAN_TILT,
    Booth,
    Clear,
    Command,
    Drive,
    Focus,
    FocusDrive,
    FocusTo,
    Home,
    MoveBy,
    MoveTo,
    Power,
    Ramp,
    Raw,
    Recall,
    Recover,
    Replay,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.models import Model, nearest_ratio
from cuelang.protocols.cgi_picture import PICTURE
from cuelang.protocols.visca.capability import properties_of, why_no_property
from cuelang.protocols.visca.encode import TENTH_NS, tenths
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import VALUE, Property
from cuelang.units import NS

PICTURES = (Booth, Snapshot)
"""Carried by the camera's web side, beside VISCA (the camera's `http` line)."""

CAPABILITIES: dict[Family, tuple[type, ...]] = {
    "visca": (
        MoveTo, MoveBy, Home, Recall, Replay, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusTo, FocusDrive, Stop,
        SetProperty, Store, Clear, Raw, Tally, Power, Track, *PICTURES,
    ),
    "pelco-d": (Recall, Drive, ZoomDrive, Focus, FocusDrive, Stop, Store, Clear),
    "pelco-p": (Recall, Drive, ZoomDrive, Focus, FocusDrive, Stop, Store, Clear),
    "cgi": (
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusDrive, Stop, SetProperty, Store,
        Track, *PICTURES,
    ),
    "panasonic": (
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusTo, FocusDrive, Stop, SetProperty,
        Store, Clear, Tally, Power, Track, Snapshot,
    ),
    "canon": (
        MoveTo, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusDrive, Stop, SetProperty, Store, Clear,
        Tally, Power,
    ),
}  # fmt: skip
"""Which commands a protocol has words for at all; `can` knows the finer points."""


def can(family: Family, model: Model, command: Command) -> bool:
    """Whether a camera of this model on this protocol can be asked for this. Ranges are not looked at."""
    return why_not(family, model, command) is None


def why_not(family: Family, model: Model, command: Command) -> str | None:
    """None if it can; else what prevents it, as the end of a sentence: “Pelco has no absolute moves”."""
    if isinstance(command, Recover):
        return None  # it becomes commands of other types
    if not isinstance(command, CAPABILITIES[family]):
        return f"{_LINKS[family]} cannot {_action(command)}"
    return _FINER[family](model, command)


_LINKS: dict[Family, str] = {
    "visca": "VISCA", "pelco-d": "Pelco-D", "pelco-p": "Pelco-P", "cgi": "HTTP-CGI alone",
    "panasonic": "Panasonic's AW protocol", "canon": "Canon's XC protocol",
}  # fmt: skip


def _action(command: Command) -> str:  # noqa: C901 - a case for each command
    match command:
        case MoveTo():
            return "move to a position"
        case MoveBy():
            return "move by an angle"
        case Home():
            return "move home"
        case Recall():
            return "recall a preset"
        case Replay():
            return "replay a trace"
        case Drive():
            return "drive"
        case ZoomTo():
            return "zoom to a position"
        case ZoomDrive():
            return "zoom in and out"
        case Ramp():
            return "follow a timed zoom or focus"
        case Focus():
            return "set the focus mode"
        case FocusTo():
            return "focus to a position"
        case FocusDrive():
            return "drive the focus"
        case Stop():
            return "stop"
        case SetProperty():
            return "set image properties"
        case Store():
            return "store a preset"
        case Clear():
            return "clear a preset"
        case Raw():
            return "send a VISCA frame"
        case Tally():
            return "light the tally"
        case Power():
            return "switch power"
        case Track():
            return "switch auto-tracking"
        case Booth():
            return "take booth pictures"
        case Snapshot():
            return "take a snapshot"
        case Recover():
            return "recover"
        case _:
            assert_never(command)


def _visca(model: Model, command: Command) -> str | None:
    if model.family == "ptzoptics":
        return None
    rows = rows_of(model)
    match command:
        case Track() if "sony.auto_framing" not in rows:
            return f"{model.title} has no auto-tracking over VISCA"
        case Focus(mode=mode) if mode in ("lock", "unlock"):
            return f"{model.title} has no focus {mode}"
        case Booth() | Snapshot():
            return f"{model.title} has no PTZOptics web pictures"
        case Tally() if "sony.tally_red" not in rows:
            return f"{model.title} has no tally lamp over VISCA"
        case Power() if "power.on" not in rows:
            return f"{model.title} has no power command over VISCA"
        case Recall(speed=int()) if "sony.preset_speed" not in rows:
            return f"{model.title} has no speed for its presets"
        case SetProperty(prop=prop, verb=verb):
            return why_no_property(model, prop, verb)
        case _:
            return None


def preset_speeds(model: Model) -> tuple[int, int]:
    """The first and the last speed of a preset's recall."""
    row = rows_of(model).get("sony.preset_speed" if model.family == "sony" else "preset.speed")
    found = next((param for param in row.params if param.name == "speed"), None) if row is not None else None
    return (found.low, found.high) if found is not None else (1, len(model.pan_speeds))


def times_recalls(family: Family, model: Model) -> bool:
    """Whether the camera can be told how long a recall is to take."""
    return family in TIMES.keys() | {"visca"} and "sony.preset_time" in rows_of(model)


TIMES: dict[str, tuple[int, int]] = {"panasonic": (1, 99), "canon": (2, 99)}
"""Whole seconds, first and last, that a recall can take there; Sony's cameras count in tenths."""


def recall_times(model: Model) -> str:
    """What times a recall can take, for a message."""
    low, high = TIMES.get(model.family, (1, 99))
    return f"{'whole seconds from ' if model.family in TIMES else ''}{low} s to {high} s"


def nearest_time(model: Model, over: int) -> int:
    """The time (ns) nearest to this one that the camera can be told to take for a recall."""
    if model.family not in TIMES:
        return tenths(over) * TENTH_NS
    low, high = TIMES[model.family]
    return min(max(nearest_ratio(over, NS), low), high) * NS


def no_speed(family: Family, model: Model, command: Command) -> str | None:
    """What prevents a `speed` with this command; None if it is carried."""
    match command:
        case Recall() | ZoomDrive() | FocusDrive() if family in ("pelco-d", "pelco-p"):
            return f"Pelco cannot {_action(command)} with a speed"
        case MoveTo() if model.list in UNPACED:
            return f"{model.title} takes no speed with a position"
        case MoveBy() if family == "panasonic":
            return f"{model.title} takes no speed with an angle"
        case MoveTo() | MoveBy() if model.speeds == "one" and command.pan_speed != command.tilt_speed:
            return f"a move of the {model.title} has one speed for pan and tilt"
    return None


def outside(model: Model, command: Command) -> str | None:
    """What is wrong with a raw number that the model's list does not take, None if it takes it."""
    position = command.position if isinstance(command, FocusTo) else None
    if isinstance(command, Ramp) and command.axis == "focus":
        position = command.target
    if position is None:
        return None
    (focus,) = rows_of(model)["focus.direct"].params
    if focus.low <= position <= focus.high:
        return None
    far, near = ("", "") if model.family == "panasonic" else (" (far)", " (near)")
    return f"The focus of the {model.title} goes from {focus.low}{far} to {focus.high}{near}."


def _pelco(_model: Model, command: Command) -> str | None:
    match command:
        case Focus(mode=mode) if mode not in ("auto", "manual"):
            return f"Pelco has no focus {mode}"
    return None


def _cgi(_model: Model, command: Command) -> str | None:
    match command:
        case Ramp(axis="focus"):
            return "HTTP-CGI cannot focus to a position"
        case Focus(mode="snap" | "lock" | "unlock"):
            return None
        case Focus(mode=mode):
            return f"HTTP-CGI has no focus {mode} that all models share"
        case SetProperty(prop=prop, verb=verb):
            return _not_carried(prop, verb)
        case _:
            return None


def _not_carried(name: str, verb: str) -> str | None:
    prop = PICTURE.get(name)
    if prop is None:
        return f"HTTP-CGI has no {name}"
    if verb in prop.words or (verb == VALUE and prop.numbers):
        return None
    return f"HTTP-CGI has no {name} {'number' if verb == VALUE else verb}; it takes {prop.allowed}"


def settings_of(family: Family, model: Model) -> Mapping[str, Property]:
    """The properties of a camera of this model on this protocol, by name."""
    return PICTURE if family == "cgi" else properties_of(model)


def _by_list(model: Model, command: Command) -> str | None:
    """What the camera's own list has no row for."""
    rows = rows_of(model)
    match command:
        case MoveTo(over=int()) if model.list in UNPACED:
            timed = "; it can time the recall of a stored preset" if "sony.preset_time" in rows else ""
            return f"{model.title} cannot time a move to a position{timed}"
        case MoveTo() if "pt.absolute" not in rows and PAN_TILT in command.axes:
            return f"{model.title} cannot move to a position"
        case MoveBy() if "pt.relative" not in rows:
            return f"{model.title} cannot move by an angle"
        case Track() if "autotrack" not in rows:
            return f"{model.title} has no auto-tracking"
        case Focus(mode=mode) if f"focus.{mode}" not in rows:
            return f"{model.title} has no focus {mode}"
        case Ramp(axis="focus") if "focus.direct" not in rows:
            return f"{model.title} cannot focus to a position"
        case Recall(speed=int()) if "preset.speed" not in rows:
            return f"{model.title} has no speed for its presets"
        case SetProperty(prop=prop, verb=verb):
            return why_no_property(model, prop, verb)
        case _:
            return None


UNPACED = ("aw-old", "aw-ue4", "xc")
"""Lists in which a position has no speed."""

_FINER: dict[Family, Callable[[Model, Command], str | None]] = {
    "visca": _visca, "pelco-d": _pelco, "pelco-p": _pelco, "cgi": _cgi, "panasonic": _by_list, "canon": _by_list,
}  # fmt: skip
