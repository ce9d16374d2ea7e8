"""How the list leaves cameras and switchers: what one cue hands to the next, and what `locate` goes back to.

Positions are raw counts of the camera's model; None is what cannot be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from cuelang.commands import FOCUS, PAN_TILT, ZOOM, MoveBy, Pose, Recall, SetProperty, TallyMode, axis_name
from cuelang.source import Origin

FocusMode = Literal["auto", "manual"]

Unknowable = Literal["drive", "tracking", "step", "relative", "recall", "many"]
"""Why an axis or a setting is unknown; in words in `WHY`."""

WHY: dict[Unknowable, str] = {
    "drive": "a drive without end had it last",
    "tracking": "auto-tracking had it last",
    "step": "a step had it last",
    "relative": "it was moved by an amount from an unknown place",
    "recall": "the position of its preset is not given",
    "many": "too many cues fire one another",
}


class Setting(NamedTuple):
    """What the list last made of a property. `command` None: a step after an unknown value."""

    command: SetProperty | None
    origin: Origin


class CameraState(NamedTuple):
    """One camera with everything at rest. What the list has not touched is as at the start: at home, autofocus."""

    pan: int | None
    tilt: int | None
    zoom: int | None
    air: TallyMode
    preset_speed: int | None
    focus: FocusMode | None = "auto"
    tracking: bool = False
    settings: tuple[tuple[str, Setting], ...] = ()
    """By property: what the list has set so far and no recall may have undone since."""
    focus_at: int | None = None
    """The focus position, where the list gave one."""
    recalled: Recall | None = None
    """The last recall, while an axis is still where it led. Its `speed` is the one that was in force."""
    recalled_axes: frozenset[str] = frozenset()
    moved: tuple[MoveBy, ...] = ()
    """Relative moves of pan and tilt since that recall."""
    estimated: frozenset[str] = frozenset()
    """Axes whose place was reckoned from something that is not exactly known: a drive, a stop on the way."""
    power: bool | None = None
    stored: tuple[tuple[int, Pose], ...] = ()
    """Presets that the list has stored or deleted, and where they lead now; an axis that is None is unknown."""
    why: tuple[tuple[str, Unknowable], ...] = ()
    """By axis: why it is unknown."""
    chosen: frozenset[str] = frozenset()
    """Axes whose place hangs on which camera a `with one of` took; here it is the one that the plan took."""

    @property
    def unknown(self) -> tuple[tuple[str, str], ...]:
        """Each axis that is unknown, and why: in words."""
        return tuple((axis_name(axis), WHY[why]) for axis, why in self.why)

    @property
    def by_preset(self) -> bool:
        """Whether the list's last word on the place was a recall."""
        return PAN_TILT in self.recalled_axes or (ZOOM in self.recalled_axes and self.zoom is None)


AT_HOME = CameraState(0, 0, 0, "off", None)
ANYWHERE = CameraState(None, None, None, "off", None, None)
UNFOLLOWED = ANYWHERE._replace(why=((PAN_TILT, "many"), (ZOOM, "many"), (FOCUS, "many")))


class BusState(NamedTuple):
    """A switcher's buses: names of sources, as the sheet calls them."""

    program: str | None = None
    preview: str | None = None


NOTHING = BusState()

RigState = Mapping[str, CameraState | BusState]
"""Cameras by name, and switchers by `bus_key`."""


def bus_key(switcher: str) -> str:
    """Under what a `RigState` keeps a switcher; no camera can be called so."""
    return f"switcher {switcher}"


def camera_state(state: RigState, name: str) -> CameraState:
    """How a camera is left, one that nothing has touched included. KeyError: a switcher has that name."""
    match state.get(name, AT_HOME):
        case CameraState() as found:
            return found
        case BusState():
            raise KeyError(name)


def bus_state(state: RigState, switcher: str) -> BusState:
    """The same of a switcher, by its name. KeyError: a camera has its key."""
    match state.get(bus_key(switcher), NOTHING):
        case BusState() as found:
            return found
        case CameraState():
            raise KeyError(switcher)


def untouched(name: str) -> CameraState | BusState:
    """The state of a camera or a switcher (by `bus_key`) before any cue."""
    return NOTHING if name.startswith("switcher ") else AT_HOME
