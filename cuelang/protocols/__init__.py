"""What crosses the wire, and which protocol can say what. Pure: bytes in, events out.

`can` is the one place that knows what a camera's protocol and make can carry; the language asks it (E401).
"""

from __future__ import annotations

from collections.abc import Callable

from cuelang.address import Family
from cuelang.commands import (
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
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.models import Model
from cuelang.protocols.visca.capability import why_no_property
from cuelang.protocols.visca.lists import rows_of

PICTURES = (Booth, Snapshot)
"""Carried by the camera's web side, beside VISCA (the camera's `http` line)."""

CAPABILITIES: dict[Family, tuple[type, ...]] = {
    "visca": (
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusTo, FocusDrive, Stop, SetProperty,
        Store, Clear, Raw, Tally, Power, Track, *PICTURES,
    ),
    "pelco-d": (Recall, Drive, ZoomDrive, Focus, FocusDrive, Stop, Store, Clear),
    "pelco-p": (Recall, Drive, ZoomDrive, Focus, FocusDrive, Stop, Store, Clear),
    "cgi": (
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusDrive, Stop, Store, Track, *PICTURES,
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
        return f"{_LINKS[family]} cannot {_ACTIONS[type(command)]}"
    return _FINER[family](model, command)


_LINKS: dict[Family, str] = {"visca": "VISCA", "pelco-d": "Pelco-D", "pelco-p": "Pelco-P", "cgi": "HTTP-CGI alone"}

_ACTIONS: dict[type, str] = {
    MoveTo: "move to a position", MoveBy: "move by an angle", Home: "move home", Recall: "recall a preset",
    Drive: "drive", ZoomTo: "zoom to a position", ZoomDrive: "zoom in and out", Ramp: "follow a timed zoom or focus",
    Focus: "set the focus mode", FocusTo: "focus to a position", FocusDrive: "drive the focus", Stop: "stop",
    SetProperty: "set image properties", Store: "store a preset", Clear: "clear a preset",
    Raw: "send a VISCA frame", Tally: "light the tally",
    Power: "switch power", Track: "switch auto-tracking", Booth: "take booth pictures", Snapshot: "take a snapshot",
}  # fmt: skip


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
    return None


def preset_speeds(model: Model) -> tuple[int, int]:
    """The first and the last speed of a preset's recall."""
    row = rows_of(model).get("sony.preset_speed" if model.family == "sony" else "preset.speed")
    found = next((param for param in row.params if param.name == "speed"), None) if row is not None else None
    return (found.low, found.high) if found is not None else (1, len(model.pan_speeds))


def times_recalls(family: Family, model: Model) -> bool:
    """Whether the camera can be told how long a recall is to take."""
    return family == "visca" and model.family == "sony" and "sony.preset_time" in rows_of(model)


def no_speed(family: Family, model: Model, command: Command) -> str | None:
    """What prevents a `speed` with this command; None if it is carried."""
    match command:
        case Recall() | ZoomDrive() | FocusDrive() if family in ("pelco-d", "pelco-p"):
            return f"Pelco cannot {_ACTIONS[type(command)]} with a speed"
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
    return f"The focus of the {model.title} goes from {focus.low} (far) to {focus.high} (near)."


def _pelco(model: Model, command: Command) -> str | None:
    match command:
        case Focus(mode=mode) if mode not in ("auto", "manual"):
            return f"Pelco has no focus {mode}"
    return None


def _cgi(model: Model, command: Command) -> str | None:
    match command:
        case Ramp(axis="focus"):
            return "HTTP-CGI cannot focus to a position"
        case Focus(mode="snap" | "lock" | "unlock"):
            return None
        case Focus(mode=mode):
            return f"HTTP-CGI has no focus {mode} that all models share"
    return None


_FINER: dict[Family, Callable[[Model, Command], str | None]] = {
    "visca": _visca, "pelco-d": _pelco, "pelco-p": _pelco, "cgi": _cgi,
}  # fmt: skip
