"""Where a command leads and how long that takes, by the figures of the model: for a camera that reports nothing."""

from __future__ import annotations

from typing import assert_never

from cuelang.commands import (
    FOCUS,
    PAN_TILT,
    ZOOM,
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
    Pose,
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
from cuelang.models import Model
from cuelang.models.motion import axis_travel, fastest, travel, zoom_travel

TOP_SPEED = 24
"""A recall without a speed goes as fast as the camera is set to; nothing says how fast that is."""


def filled(pose: Pose, other: Pose | None) -> Pose:
    """A pose, with the axes that it leaves out as the other has them."""
    if other is None:
        return pose
    return Pose(
        other.pan if pose.pan is None else pose.pan,
        other.tilt if pose.tilt is None else pose.tilt,
        other.zoom if pose.zoom is None else pose.zoom,
    )


def goal_of(command: Command, start: Pose) -> Pose | None:
    """Where a command leads; None: unknown, or nowhere."""
    match command:
        case MoveTo(pose=pose):
            return filled(pose, start) if PAN_TILT in pose.axes else pose
        case MoveBy(pan=pan, tilt=tilt):
            if start.pan is None or start.tilt is None:
                return Pose()
            return Pose(start.pan + pan, start.tilt + tilt)
        case Home():
            return Pose(0, 0)
        case Recall(pose=pose):
            return pose
        case ZoomTo(position=position):
            return Pose(zoom=position)
        case Ramp(axis="zoom", target=target):
            return Pose(zoom=target)
        case (
            Ramp()
            | Replay()
            | Drive()
            | ZoomDrive()
            | Focus()
            | FocusTo()
            | FocusDrive()
            | Stop()
            | SetProperty()
            | Store()
            | Clear()
            | Raw()
            | Tally()
            | Power()
            | Track()
            | Recover()
            | Booth()
            | Snapshot()
        ):
            return None
        case _:
            assert_never(command)


def travel_of(command: Command, model: Model, start: Pose, goal: Pose, axis: str) -> int | None:
    """How long an axis is on its way; None: that cannot be said."""
    if axis == FOCUS:
        return 0
    if axis == ZOOM:
        if isinstance(command, Ramp) or (isinstance(command, MoveTo) and command.over is not None):
            return 0
        if start.zoom is None or goal.zoom is None:
            return None
        return zoom_travel(model, goal.zoom - start.zoom)
    if isinstance(command, MoveBy):
        pan = axis_travel(model, "pan", command.pan, command.pan_speed) if command.pan else 0
        return max(pan, axis_travel(model, "tilt", command.tilt, command.tilt_speed) if command.tilt else 0)
    if start.pan is None or start.tilt is None or goal.pan is None or goal.tilt is None:
        return None
    here, there = Pose(start.pan, start.tilt), Pose(goal.pan, goal.tilt)
    match command:
        case MoveTo(over=int(over)):
            return max(over, fastest(model, here, there))
        case MoveTo(pan_speed=pan_speed, tilt_speed=tilt_speed):
            return travel(model, here, there, pan_speed, tilt_speed)
        case Recall(speed=speed):
            return travel(model, here, there, speed or TOP_SPEED, speed or TOP_SPEED)
        case _:
            return fastest(model, here, there)
