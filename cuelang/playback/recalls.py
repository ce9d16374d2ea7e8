"""A preset whose place the sheet knows better than the camera. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cuelang.commands import NO_POSE, Command, Focus, FocusTo, MoveTo, Pose, Recall
from cuelang.plan import Camera


def placed(camera: Camera, recall: Recall) -> Iterator[Command]:
    """What brings the camera to where its sheet has this preset; the recall itself where that is not known."""
    preset = next((one for one in camera.presets if one.number == recall.preset), None)
    pose = Pose() if preset is None else Pose(preset.pan, preset.tilt, preset.zoom)
    if preset is None or pose == NO_POSE or pose.one_sided:
        yield recall
        return
    if preset.focus is not None:
        yield Focus("manual")
        yield FocusTo(preset.focus)
    model = camera.figures
    speeds = min(camera.move_speed, len(model.pan_speeds)), min(camera.move_speed, len(model.tilt_speeds))
    yield MoveTo(pose, *speeds, over=recall.over, rate=camera.ramp_rate, by=camera.ramp_by)
