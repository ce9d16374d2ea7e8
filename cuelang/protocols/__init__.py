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
    Recall,
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
from cuelang.protocols.visca.properties import PROPERTIES, VALUE

PICTURES = (Booth, Snapshot)
"""Carried by the camera's web side, beside VISCA (the camera's `http` line)."""

CAPABILITIES: dict[Family, tuple[type, ...]] = {
    "visca": (
        MoveTo, MoveBy, Home, Recall, Drive, ZoomTo, ZoomDrive, Ramp, Focus, FocusTo, FocusDrive, Stop, SetProperty,
        Store, Clear, Tally, Power, Track, *PICTURES,
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
    """None if it can; else what stands in the way, as the end of a sentence: “Pelco has no absolute moves”."""
    if not isinstance(command, CAPABILITIES[family]):
        return f"{_LINKS[family]} cannot {_DEEDS[type(command)]}"
    return _FINER[family](model, command)


_LINKS: dict[Family, str] = {"visca": "VISCA", "pelco-d": "Pelco-D", "pelco-p": "Pelco-P", "cgi": "HTTP-CGI alone"}

_DEEDS: dict[type, str] = {
    MoveTo: "move to a position", MoveBy: "move by an angle", Home: "move home", Recall: "recall a preset",
    Drive: "drive", ZoomTo: "zoom to a position", ZoomDrive: "zoom in and out", Ramp: "follow a timed zoom or focus",
    Focus: "set the focus mode", FocusTo: "focus to a position", FocusDrive: "drive the focus", Stop: "stop",
    SetProperty: "set image properties", Store: "store a preset", Clear: "clear a preset", Tally: "light the tally",
    Power: "switch power", Track: "switch auto-tracking", Booth: "take booth pictures", Snapshot: "take a snapshot",
}  # fmt: skip


def _visca(model: Model, command: Command) -> str | None:
    sony = model.family == "sony"
    match command:
        case Track() if sony:
            return f"{model.title} has no auto-tracking over VISCA"
        case Focus(mode) if sony and mode in ("lock", "unlock"):
            return f"{model.title} has no focus {mode}"
        case Booth() | Snapshot() if sony:
            return f"{model.title} has no PTZOptics web pictures"
        case SetProperty(prop) if sony and prop in PROPERTIES and PROPERTIES[prop].ptzoptics_only:
            return f"{model.title} has no {prop}; it is a PTZOptics setting"
        case SetProperty(prop, verb) if prop in PROPERTIES and PROPERTIES[prop].pose and verb == VALUE:
            if (model.pan_nibbles, model.tilt_nibbles) != (4, 4):
                return f"the limits of the {model.title} are not known to be settable"
    return None


def _pelco(model: Model, command: Command) -> str | None:
    match command:
        case Focus(mode) if mode not in ("auto", "manual"):
            return f"Pelco has no focus {mode}"
    return None


def _cgi(model: Model, command: Command) -> str | None:
    match command:
        case Ramp(axis="focus"):
            return "HTTP-CGI cannot focus to a position"
        case Focus("snap" | "lock" | "unlock"):
            return None
        case Focus(mode):
            return f"HTTP-CGI has no focus {mode} that all models share"
    return None


_FINER: dict[Family, Callable[[Model, Command], str | None]] = {
    "visca": _visca, "pelco-d": _pelco, "pelco-p": _pelco, "cgi": _cgi,
}  # fmt: skip
