"""Poses of which not every axis is known."""

from __future__ import annotations

from cuelang.commands import Pose


def pick(wanted: int | None, otherwise: int | None) -> int | None:
    return otherwise if wanted is None else wanted


def parts(pose: Pose) -> tuple[int | None, int | None, int | None]:
    return pose.pan, pose.tilt, pose.zoom


def first(planned: Pose | None, known: Pose) -> Pose:
    """What the plan expects, filled up with what was last heard."""
    if planned is None:
        return known
    return Pose(pick(planned.pan, known.pan), pick(planned.tilt, known.tilt), pick(planned.zoom, known.zoom))


def both(pose: Pose) -> bool:
    return pose.pan is not None and pose.tilt is not None


def differ(asked: Pose, planned: Pose) -> bool:
    """Whether the camera is elsewhere than planned; what was not asked or not planned does not differ."""
    pairs = zip(parts(asked), parts(planned), strict=True)
    return any(here is not None and there is not None and here != there for here, there in pairs)
