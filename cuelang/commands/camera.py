"""The commands of a camera, and the axes that each of them claims."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from msgspec import Struct

PAN_TILT, ZOOM, FOCUS, POWER = "pan_tilt", "zoom", "focus", "power"
"""Axes. An image setting is an axis of its own, named `image:PROPERTY`. `POWER` overlaps every axis."""

_IMAGE = "image:"

Axes = frozenset[str]
NO_AXES: Axes = frozenset()

Direction = Literal["up", "down", "left", "right", "up_left", "up_right", "down_left", "down_right"]
Ease = Literal["linear", "in", "out", "in_out"]
TallyMode = Literal["program", "preview", "off"]
RampBy = Literal["position", "speed"]

VECTORS: dict[str, tuple[int, int]] = {
    "up": (0, 1), "down": (0, -1), "left": (-1, 0), "right": (1, 0),
    "up_left": (-1, 1), "up_right": (1, 1), "down_left": (-1, -1), "down_right": (1, -1),
}  # fmt: skip
"""Direction of a drive -> sign of pan and of tilt; right and up are positive."""


def overlap(a: Axes, b: Axes) -> Axes:
    """The axes that both claim. `power` claims every axis."""
    if POWER in a:
        return b
    if POWER in b:
        return a
    return a & b


class Pose(Struct, frozen=True):
    """A position in raw counts of the model; None is an axis that is left out or not known."""

    pan: int | None = None
    tilt: int | None = None
    zoom: int | None = None

    @property
    def one_sided(self) -> bool:
        """Of pan and tilt only one is given; on the wire both are needed."""
        return (self.pan is None) != (self.tilt is None)

    @property
    def axes(self) -> Axes:
        claimed = set()
        if self.pan is not None or self.tilt is not None:
            claimed.add(PAN_TILT)
        if self.zoom is not None:
            claimed.add(ZOOM)
        return frozenset(claimed)

    def only(self, axes: Axes) -> Pose:
        """The same on these axes."""
        turns = PAN_TILT in axes
        return Pose(self.pan if turns else None, self.tilt if turns else None, self.zoom if ZOOM in axes else None)


NO_POSE = Pose()


class Place(NamedTuple):
    """Where a camera is `at` ns after a path begins: raw counts of the model."""

    at: int
    pan: int
    tilt: int
    zoom: int


class Ramp(Struct, frozen=True):
    """A move of zoom or focus drawn frame by frame.

    `start` None: from where the camera is, asked at run time. Frames are due at k/`rate` s, the last at
    exactly `over` with exactly `target`.
    """

    axis: Literal["zoom", "focus"]
    start: int | None
    target: int
    over: int
    rate: int
    ease: Ease = "linear"
    """One of the four eases; frames equal to the one before are not sent."""
    by: RampBy = "position"
    """`speed` (zoom alone, and only a model whose zoom speeds are measured): driven, corrected by the position
    `rate` times a second, and ended by one exact frame."""

    @property
    def action(self) -> str:
        """The word of the statement, as for every other command."""
        return self.axis

    @property
    def axes(self) -> Axes:
        return frozenset((self.axis,))


class MoveTo(Struct, frozen=True):
    """Go to a pose. `over` None: pan-tilt and zoom positions are sent at once.

    With `over`: pan and tilt get one frame whose speeds the driver chooses from the model so that they
    arrive together after `over`, or with an `ease` that the model's speeds allow a short series of them
    (`cuelang/models/easing.py`). Zoom is a ramp of that length, `rate` frames a second, shaped by `ease`.
    """

    action: ClassVar[str] = "move"
    pose: Pose
    pan_speed: int
    tilt_speed: int
    over: int | None = None
    ease: Ease = "linear"
    rate: int = 10
    by: RampBy = "position"

    @property
    def axes(self) -> Axes:
        return self.pose.axes


class MoveBy(Struct, frozen=True):
    """Move by a number of counts. Never repeated on a doubtful line."""

    action: ClassVar[str] = "move"
    pan: int
    tilt: int
    pan_speed: int
    tilt_speed: int
    axes: ClassVar[Axes] = frozenset((PAN_TILT,))


class Home(Struct, frozen=True):
    action: ClassVar[str] = "move"
    axes: ClassVar[Axes] = frozenset((PAN_TILT,))


class Recall(Struct, frozen=True):
    """Recall a preset stored in the camera. `speed` is the preset speed for it (1–24), None: as it is.

    `pose` is where it leads if that is known, and `picture` whether image settings may come back with it, both for
    prediction only. `over` ns: the camera times the recall itself, as only some can.
    """

    action: ClassVar[str] = "move"
    preset: int
    speed: int | None = None
    pose: Pose | None = None
    picture: bool = True
    over: int | None = None
    axes: ClassVar[Axes] = frozenset((PAN_TILT, ZOOM, FOCUS))


class Replay(Struct, frozen=True):
    """Go along a path: `places` with rising times, the first at 0. `rate`: how often a second at most a frame is sent.
    `name`: the file that it was read from."""

    action: ClassVar[str] = "replay"
    places: tuple[Place, ...]
    rate: int
    name: str = ""
    axes: ClassVar[Axes] = frozenset((PAN_TILT, ZOOM))

    @property
    def over(self) -> int:
        """How long it takes, in ns."""
        return self.places[-1].at


class Drive(Struct, frozen=True):
    """Pan and tilt for `duration` ns, then stop; None: until something else stops it."""

    action: ClassVar[str] = "drive"
    direction: Direction
    pan_speed: int
    tilt_speed: int
    duration: int | None = None
    axes: ClassVar[Axes] = frozenset((PAN_TILT,))


class ZoomTo(Struct, frozen=True):
    action: ClassVar[str] = "zoom"
    position: int
    axes: ClassVar[Axes] = frozenset((ZOOM,))


class ZoomDrive(Struct, frozen=True):
    action: ClassVar[str] = "zoom"
    direction: Literal["in", "out"]
    speed: int
    duration: int | None = None
    axes: ClassVar[Axes] = frozenset((ZOOM,))


class Focus(Struct, frozen=True):
    """`auto`, `manual`, `toggle` (the other of the two), `snap`, `lock`, `unlock`."""

    action: ClassVar[str] = "focus"
    mode: Literal["auto", "manual", "toggle", "snap", "lock", "unlock"]
    axes: ClassVar[Axes] = frozenset((FOCUS,))


class FocusTo(Struct, frozen=True):
    action: ClassVar[str] = "focus"
    position: int
    axes: ClassVar[Axes] = frozenset((FOCUS,))


class FocusDrive(Struct, frozen=True):
    action: ClassVar[str] = "focus"
    direction: Literal["near", "far"]
    speed: int | None
    duration: int | None = None
    axes: ClassVar[Axes] = frozenset((FOCUS,))


DRIVES = (Drive, ZoomDrive, FocusDrive)
"""What goes on until something stops it."""


class Stop(Struct, frozen=True):
    """Stop these axes now (pan-tilt, zoom, focus), and auto-tracking if `tracking`."""

    action: ClassVar[str] = "stop"
    axes: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))
    tracking: bool = True


def image_axis(prop: str) -> str:
    """The axis that `set` of this property claims."""
    return f"{_IMAGE}{prop}"


def axis_name(axis: str) -> str:
    """An axis in the words of people: `pan-tilt`, or the property's name as sheets have it."""
    return axis.removeprefix(_IMAGE) if axis.startswith(_IMAGE) else axis.replace("_", "-")


class SetProperty(Struct, frozen=True):
    """An image or system setting. `verb` is the value's name (`auto`, `on`, `up`, `reset`, `value` …);
    `numbers` are raw values as the property's row wants them."""

    action: ClassVar[str] = "set"
    prop: str
    verb: str
    numbers: tuple[int, ...] = ()

    @property
    def axes(self) -> Axes:
        return frozenset((image_axis(self.prop),))


class Store(Struct, frozen=True):
    action: ClassVar[str] = "store"
    preset: int
    axes: ClassVar[Axes] = NO_AXES


class Clear(Struct, frozen=True):
    action: ClassVar[str] = "clear"
    preset: int
    axes: ClassVar[Axes] = NO_AXES


class Raw(Struct, frozen=True):
    """One frame of a camera's protocol, as it is; what it does is not known. Its first byte stands for the camera's own
    address, whatever that is. Never repeated on a doubtful line."""

    action: ClassVar[str] = "raw"
    frame: bytes
    axes: ClassVar[Axes] = NO_AXES


class Tally(Struct, frozen=True):
    action: ClassVar[str] = "tally"
    mode: TallyMode
    axes: ClassVar[Axes] = NO_AXES


class Power(Struct, frozen=True):
    """`boot` is how long, in ns, a camera may take to answer after it was switched on."""

    action: ClassVar[str] = "power"
    on: bool
    boot: int
    axes: ClassVar[Axes] = frozenset((POWER,))


class Track(Struct, frozen=True):
    action: ClassVar[str] = "track"
    on: bool
    axes: ClassVar[Axes] = frozenset((PAN_TILT, ZOOM))


class Recover(Struct, frozen=True):
    """Put back what the show last asked of the camera: place, focus and settings. Playback makes it into commands that
    a driver knows."""

    action: ClassVar[str] = "recover"
    axes: ClassVar[Axes] = NO_AXES


BoothKind = Literal["photos", "videos"]


class Booth(Struct, frozen=True):
    action: ClassVar[str] = "booth"
    kind: BoothKind
    every: int
    length: int
    folder: str
    axes: ClassVar[Axes] = NO_AXES


class Snapshot(Struct, frozen=True):
    action: ClassVar[str] = "snapshot"
    folder: str
    axes: ClassVar[Axes] = NO_AXES


Command = (
    MoveTo
    | MoveBy
    | Home
    | Recall
    | Replay
    | Drive
    | ZoomTo
    | ZoomDrive
    | Ramp
    | Focus
    | FocusTo
    | FocusDrive
    | Stop
    | SetProperty
    | Store
    | Clear
    | Raw
    | Tally
    | Power
    | Track
    | Booth
    | Snapshot
    | Recover
)

Untimed = (
    MoveBy
    | Home
    | Recall
    | ZoomTo
    | Focus
    | FocusTo
    | Stop
    | SetProperty
    | Store
    | Clear
    | Raw
    | Tally
    | Power
    | Track
    | Recover
    | Booth
    | Snapshot
)
"""Commands that are sent whole again, if at all, when they go on later."""
MOVES = (MoveTo, Recall, Replay)
"""Commands of several axes that may lose one of them to a newer command and go on."""
SEEN: Axes = frozenset((PAN_TILT, ZOOM))
"""What keeps such a command going: a recall that has only its focus left has nothing that can be waited for."""


def ends_tracking(command: Command) -> bool:
    """Whether auto-tracking is switched off before this, or it would pull the camera away again."""
    return bool(command.axes & SEEN) and not isinstance(command, Stop | Power | Track)
