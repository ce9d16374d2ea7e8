"""What a camera can be asked, and what comes of it.

A command is data in the camera's own units: positions are raw counts of the model, speeds are protocol
steps, times are integer nanoseconds. The maker of one has already checked names, units and ranges.
The language makes commands, protocols turn them into bytes, devices carry them out, and none of them
needs the others for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct, field

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

MOVES = (MoveTo, Recall, Replay)
"""Commands of several axes that may lose one of them to a newer command and go on."""
SEEN: Axes = frozenset((PAN_TILT, ZOOM))
"""What keeps such a command going: a recall that has only its focus left has nothing that can be waited for."""


def ends_tracking(command: Command) -> bool:
    """Whether auto-tracking is switched off before this, or it would pull the camera away again."""
    return bool(command.axes & SEEN) and not isinstance(command, Stop | Power | Track)


Outcome = Literal["completed", "sent", "refused", "timed_out", "unreachable", "superseded", "stopped", "disabled"]
TROUBLE: frozenset[Outcome] = frozenset(("refused", "timed_out", "unreachable"))
"""Outcomes of a command that did not do what it should."""


class Job(Struct, eq=False):
    """One command on its way through one camera's driver. Times are loop nanoseconds.

    The driver fills the lower half and calls `finish` when the outcome is known.
    """

    command: Command
    due: int
    finished: Callable[[Job], None]
    pose: Pose | None = None
    """Where the plan expects the camera to be when the job begins; None: the plan does not know."""
    outcome: Outcome | None = None
    reason: str = ""
    sent: int | None = None
    """When its first byte was handed to the system."""
    acked: int | None = None
    done: int | None = None
    wire: list[bytes] = field(default_factory=list)
    """First transmissions, in order; of a ramp only the last frame sent."""
    urls: list[str] = field(default_factory=list)
    """The same of what went by HTTP."""
    frames: int | None = None
    skipped: int = 0
    late_max: int = 0
    replanned: bool = False
    lost: Axes = NO_AXES
    """Axes that newer actions have taken over, while it goes on with the others."""
    on_left: Callable[[Job], object] | None = None
    on_planned: Callable[[Job, Pose], object] | None = None

    def left(self, now: int) -> None:
        """Something of it was handed to the system: the first time is when it was sent."""
        if self.sent is None:
            self.sent = now
            if self.on_left is not None:
                self.on_left(self)

    def planned(self, start: Pose) -> None:
        """What it does now was planned from the camera's being there."""
        if self.on_planned is not None:
            self.on_planned(self, start)

    def finish(self, outcome: Outcome, reason: str = "", done: int | None = None) -> None:
        """Its one outcome: later calls change nothing. `done`: when the camera had carried it out."""
        if self.outcome is None:
            self.outcome, self.reason = outcome, reason
            if done is not None or outcome != "completed":  # a part of it may have been carried out before
                self.done = done
            self.finished(self)


class LinkState(Struct):
    """What is known of a camera and its line. `heard` is when it last answered (loop ns), None: never."""

    connected: bool = False
    heard: int | None = None
    error: str = ""
    power: bool | None = None
    pose: Pose = NO_POSE
    pan_tilt_said: int | None = None
    """When it last said where pan and tilt are (loop ns); None: never."""
    zoom_said: int | None = None


@runtime_checkable
class Settling(Protocol):
    """A driver that knows what it has set going, and what the camera has said of it.

    `on_adrift` is called with axes that may still be moving although their stops were repeated; nothing more is sent.
    """

    on_adrift: Callable[[Axes], object] | None

    def settle(self) -> None:
        """Stop whatever has been set going and is not known to be at rest."""

    def inherit(self, axes: Axes) -> None:
        """Another program, which has driven the camera until now, has set this going."""

    def unsettled(self) -> Axes:
        """What has been set going and is not known to be at rest, though its stop has been sent."""


@runtime_checkable
class HasLamp(Protocol):
    """A camera whose lamp is kept as it was asked for, also where it goes out by itself."""

    def keep_lit(self, mode: TallyMode) -> None:
        """The program that has driven the camera until now has lit its lamp: keep it so."""


@runtime_checkable
class HasPictures(Protocol):
    """A camera that can say what it sees."""

    async def look(self) -> bytes | None:
        """What it sees now, as a JPEG; None: it does not say."""


class Driver(Protocol):
    """One camera. All calls come from the event loop and return at once; none of them raises for what
    a camera or a line does: that becomes an outcome.

    A driver knows nothing of cues and of precedence: it only receives what to begin and what to end. It does know
    what it has set going, and `halt` stops just that.
    """

    state: LinkState

    def start(self, job: Job) -> None:
        """Begin the job now; `job.due` is when it should have begun, and what its later frames count from.

        A drive without `duration` is finished when the camera has taken it. A job that moves something to a
        place is finished when the camera has arrived there (two equal positions), or cannot be asked.
        """

    def end(self, job: Job, outcome: Outcome) -> None:
        """Send nothing more for this job and finish it with this outcome, if it has not finished yet.

        `stopped`: what it has set going gets its stop (a ramp just holds). `superseded`: no stop is sent.
        """

    def lose_axes(self, job: Job, axes: Axes) -> None:
        """A newer action has these axes of a move now: send nothing more for them, wait no more for their arrival, and
        note them in `job.lost`. What the job has set going on its other axes goes on."""

    def hold(self, job: Job) -> None:
        """Pause: ramps hold, drives and moves stop. The job stays unfinished."""

    def resume(self, job: Job, shift: int) -> None:
        """Resume a held job: all its times move on by `shift` ns, and the move is sent again for what is left."""

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        """Send the stop for these axes now, ahead of everything that waits; with `tracking` auto-tracking goes off."""

    def ask_pose(self) -> None:
        """Ask for the position; the answer arrives in `state`."""

    async def open(self) -> None:
        """Open the line and keep it open; returns after the first attempt, whatever came of it."""

    async def close(self) -> None:
        """Close the line. What should stop has been stopped before."""
