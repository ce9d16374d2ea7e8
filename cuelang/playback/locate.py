"""Bring the cameras to where the list has them at a moment: what has to be sent, in which order. Pure.

For each camera that may be moved only what differs is sent: auto-tracking, place, zoom, focus, settings. Where the
list's last word on the place was a recall, the preset is recalled, and what the list set later follows its arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cuelang import address
from cuelang import commands as c
from cuelang.models import Model
from cuelang.plan import (
    Anchor,
    Arrived,
    Camera,
    CameraAct,
    FireCue,
    Go,
    Join,
    Moment,
    Program,
    Step,
    Wait,
)
from cuelang.plan.state import CameraState
from cuelang.protocols import can
from cuelang.protocols.visca.properties import PROPERTIES, WITH_PRESETS
from cuelang.source import NOWHERE, Origin
from cuelang.units import NS

ARRIVES_NS = 60 * NS
"""How long a recalled preset may take before what follows it is sent all the same."""
READY_NS = 10 * NS
"""How long `locate N go` waits for the cameras."""


class LocateChange(NamedTuple):
    """For one camera: what is sent now, what follows the arrival of a recall, and what stays as it is, in words."""

    now: tuple[c.Command, ...]
    then: tuple[c.Command, ...]
    unknown: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not self.now and not self.then


def change(
    camera: Camera, target: CameraState, asked: CameraState, place: c.Pose | None, *, exact: bool = False
) -> LocateChange:
    """What brings a camera from where it is to the target. `asked`: what the show last asked of it. `place`: where it
    says that it is; None: it does not answer, and everything is sent. `exact`: settings that are unknown in the target
    are not mentioned."""
    model = camera.figures
    now: list[c.Command] = []
    then: list[c.Command] = []
    unknown = [] if exact else [f"{axis} ({why})" for axis, why in target.unknown]
    silent = place is None
    here = place or c.NO_POSE
    if target.tracking != asked.tracking or (silent and not target.tracking):
        now.append(c.Track(target.tracking))
    anew = target.recalled is not None and target.recalled.preset in {*dict(target.stored), *dict(asked.stored)}
    recall = _recall(camera, target) if not anew and _recalls(target, asked, here) else None
    if anew and target.by_preset and None in (target.pan, target.tilt, target.zoom):
        unknown.append("place (a preset that was stored since had it last)")
    later = now if recall is None else then
    if recall is not None:
        now.append(recall)
    if not target.tracking:
        later += _place(model, camera, target, here, recall)
    later += focus_of(target, None if recall is not None or silent else asked)
    known = dict(asked.settings)
    for prop, setting in target.settings:
        if setting.command is None:
            unknown.append(f"{prop} (a step had it last)")
        elif silent or _lost(prop, recall) or prop not in known or known[prop].command != setting.command:
            later.append(setting.command)
    family = address.parse(camera.url).family
    told = [*now, *then]
    now, then = ([one for one in part if can(family, model, one)] for part in (now, then))
    if len(now) + len(then) < len(told):
        unknown.append("what its protocol cannot send")
    return LocateChange(tuple(now), tuple(then), tuple(unknown))


def _recalls(target: CameraState, asked: CameraState, here: c.Pose) -> bool:
    """Whether the preset has to be recalled: not if the camera is still at the place of the same recall."""
    if not target.by_preset or target.recalled is None:
        return False
    there = None not in (target.pan, target.tilt, target.zoom)
    return not (
        there
        and asked.recalled == target.recalled
        and asked.recalled_axes == target.recalled_axes
        and (here.pan, here.tilt, here.zoom) == (target.pan, target.tilt, target.zoom)
    )


def _recall(camera: Camera, target: CameraState) -> c.Recall:
    recall = target.recalled
    assert recall is not None
    speed = recall.speed if recall.speed is not None else camera.recall_speed
    return c.Recall(recall.preset, speed, recall.pose, recall.picture)


def _place(
    model: Model, camera: Camera, target: CameraState, here: c.Pose, recall: c.Recall | None
) -> Iterable[c.Command]:
    """What brings pan, tilt and zoom there, apart from a recall."""
    pan, tilt, zoom = target.pan, target.tilt, target.zoom
    if recall is not None and c.PAN_TILT in target.recalled_axes:
        yield from target.moved
        pan = tilt = None
    elif recall is None and (pan, tilt) == (here.pan, here.tilt):
        pan = tilt = None
    if (recall is not None and c.ZOOM in target.recalled_axes) or (recall is None and zoom == here.zoom):
        zoom = None
    if pan is not None or tilt is not None:
        yield c.MoveTo(c.Pose(pan, tilt, zoom), *speeds(model, camera.move_speed))
    elif zoom is not None:
        yield c.ZoomTo(zoom)


def speeds(model: Model, speed: int) -> tuple[int, int]:
    """One number as the steps of pan and tilt."""
    return min(speed, len(model.pan_speeds)), min(speed, len(model.tilt_speeds))


def focus_of(target: CameraState, asked: CameraState | None = None) -> Iterable[c.Command]:
    """What brings the focus there. `asked`: what the show has asked already."""
    if target.focus is None:
        return
    if asked is None or asked.focus != target.focus:
        yield c.Focus(target.focus)
    if target.focus_at is not None and (asked is None or asked.focus_at != target.focus_at):
        yield c.FocusTo(target.focus_at)


def _lost(prop: str, recall: c.Recall | None) -> bool:
    """Whether the recall may have brought another value."""
    return recall is not None and recall.picture and prop in WITH_PRESETS


def program(
    changes: Mapping[str, LocateChange], live: Callable[[str], bool], fire: str | None, origin: Origin = NOWHERE
) -> Program:
    """All changes as one program. `live`: which cameras are meant to be seen moving. `fire`: the cue that is fired
    when all have arrived. `origin`: the line that asked for it."""
    anchors: list[Anchor] = [Go()]
    steps: list[Step] = []
    ends = [Moment(0, 0)]
    for name, one in changes.items():
        at = Moment(0, 0)
        steps += [_step(at, name, command, live(name), origin) for command in one.now]
        for number, command in enumerate(one.then):
            if number == 0 or isinstance(command, c.MoveBy):  # by an angle from where it has arrived
                anchors.append(Wait(at, Arrived((name,)), ARRIVES_NS, NOWHERE))
                at = Moment(len(anchors) - 1, 0)
            steps.append(_step(at, name, command, live(name), origin))
        if one.then:
            ends.append(at)
    end = ends[0]
    if len(ends) > 1:
        anchors.append(Join(tuple(ends)))
        end = Moment(len(anchors) - 1, 0)
    if fire is not None:
        anchors.append(Wait(end, Arrived(tuple(changes)), READY_NS, NOWHERE))
        end = Moment(len(anchors) - 1, 0)
        steps.append(Step(end, FireCue("go", fire), NOWHERE))
    return Program(tuple(anchors), tuple(steps), end)


def _step(at: Moment, camera: str, command: c.Command, live: bool, origin: Origin) -> Step:
    watched = bool(command.axes & c.SEEN) or isinstance(command, c.Track)
    if isinstance(command, c.SetProperty):
        watched = PROPERTIES[command.prop].on_air
    return Step(at, CameraAct(camera, command, live=live, axes=command.axes, watched=watched), origin)
