"""Who carries commands out: a job, the driver of one camera, and what is known of its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from cuelang.commands.camera import NO_AXES, NO_POSE, Axes, Command, Pose, TallyMode

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
        """Begin the job now.

        Args:
            job: `job.due` (loop ns) is when it should have begun, and what its later frames count from. It is finished
                once, by `job.finish`, in this call or later.

        A drive without `duration` is finished when the camera has taken it. A job that moves something to a
        place is finished when the camera has arrived there (two equal positions), or cannot be asked.
        """

    def end(self, job: Job, outcome: Outcome) -> None:
        """Send nothing more for this job and finish it, if it has not finished yet.

        Args:
            job: one that was given to `start`.
            outcome: `stopped`: what it has set going gets its stop (a ramp just holds). `superseded`: no stop is sent.
        """

    def lose_axes(self, job: Job, axes: Axes) -> None:
        """A newer action has these axes of a move now: send nothing more for them, wait no more for their arrival, and
        note them in `job.lost`. What the job has set going on its other axes goes on.

        Args:
            job: one that was given to `start` and is not finished.
            axes: some of its axes, and not all.
        """

    def hold(self, job: Job) -> None:
        """Pause: ramps hold, drives and moves stop. The job stays unfinished."""

    def resume(self, job: Job, shift: int) -> None:
        """Resume a job that was held: the move is sent again for what is left.

        Args:
            job: one that `hold` has held.
            shift: ns by which all its times move on.
        """

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        """Send a stop now, ahead of everything that waits.

        Args:
            axes: what is to be at rest.
            tracking: auto-tracking goes off, too.
        """

    def ask_pose(self) -> None:
        """Ask for the position; the answer arrives in `state`."""

    async def open(self) -> None:
        """Open the line and keep it open; returns after the first attempt, whatever came of it."""

    async def close(self) -> None:
        """Close the line. What should stop has been stopped before."""
