"""What the show last asked of each camera: where it is sent, and every setting. Pure.

Nothing is known of a camera before the first command. `recover` puts this back. What a camera did not answer, and what
`recover` and `locate` still have to send, was asked all the same; but it is not believed to be so, and `locate` sends
what differs from what is believed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cuelang import address
from cuelang import commands as c
from cuelang.models import Model
from cuelang.plan import Camera, Plan
from cuelang.plan.state import ANYWHERE, CameraState
from cuelang.playback.track import CameraTrack
from cuelang.protocols import can
from cuelang.source import NOWHERE, Origin


def translated(state: CameraState, was: Camera, camera: Camera, model: Model) -> CameraTrack:
    """What was asked of one camera, asked of another: its own preset of the same name, and the settings."""
    family = address.parse(camera.url).family
    settings = tuple(
        (prop, one) for prop, one in state.settings if one.command is not None and can(family, model, one.command)
    )
    track = CameraTrack.start(camera, model, ANYWHERE._replace(focus=state.focus, settings=settings))
    if state.recalled is not None:
        name = was.preset_of(state.recalled)
    else:
        name = was.preset_of(c.MoveTo(c.Pose(state.pan, state.tilt, state.zoom), 1, 1))
    preset = next((one for one in camera.presets if one.name == name), None) if name else None
    if preset is not None:
        pose = c.Pose(preset.pan, preset.tilt, preset.zoom)
        if preset.number is not None:
            known = None if pose == c.NO_POSE else pose
            track.apply(c.Recall(preset.number, camera.recall_speed, known, False), 0, NOWHERE)
        else:
            track.apply(c.MoveTo(pose, camera.move_speed, camera.move_speed), 0, NOWHERE)
    return track


def _part(name: str, swaps: Mapping[str, str]) -> str | None:
    """Whose lines a camera has; None: none, another one has its own."""
    part = next((part for part, other in swaps.items() if other == name), None)
    return part if part is not None or name in swaps else name


def _off_air(state: CameraState) -> CameraState:
    """Without what it is on air as: that is not asked of a camera."""
    return state._replace(air=ANYWHERE.air)


class Asked:
    """By camera. A camera that a reload takes out of the sheet is forgotten."""

    def __init__(self) -> None:
        self._tracks: dict[str, CameraTrack] = {}
        self._doubts: dict[str, set[str]] = {}
        """By camera: the axes on which it may not have what was asked."""
        self._news: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        """What has happened and is not taken in yet: that is not done while a cue begins."""
        self._cameras: dict[str, tuple[Camera, Model]] = {}
        self._swaps: dict[str, str] = {}
        self.recast: tuple[tuple[str, str], ...] = ()
        """The cameras that have another part since the last `take`, and which."""

    def take(self, plan: Plan) -> None:
        self.work_off()
        before = self._swaps
        self._swaps = dict(plan.swaps)
        old = dict(self._tracks)
        self._cameras = {camera.name: (camera, camera.figures) for camera in plan.cameras}
        self._tracks = {name: track for name, track in self._tracks.items() if name in self._cameras}
        self._doubts = {name: axes for name, axes in self._doubts.items() if name in self._cameras}
        self.recast = tuple(self._cast(old, before)) if before != self._swaps else ()

    def _cast(self, old: Mapping[str, CameraTrack], before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What is asked of each camera that has another part now is what was asked of the one that had it before."""
        for name, (camera, model) in self._cameras.items():
            part = _part(name, self._swaps)
            if part is None or part == _part(name, before):
                continue
            player = before.get(part, part)
            self._doubts.pop(name, None)
            if player not in old or player not in self._cameras or _part(player, before) != part:
                self._tracks.pop(name, None)
                continue
            track = translated(_off_air(old[player].rest()), self._cameras[player][0], camera, model)
            if track.rest() != ANYWHERE:
                self._tracks[name] = track
            elif part != name:  # one that is itself again keeps what was asked of it before
                self._tracks.pop(name, None)
            if name in self._tracks:
                yield name, part

    def state(self, camera: str) -> CameraState:
        """With what is under way at its end."""
        self.work_off()
        track = self._tracks.get(camera)
        return ANYWHERE if track is None else _off_air(track.rest())

    def believed(self, camera: str) -> CameraState:
        """What was asked of a camera and, as far as is known, is so or under way."""
        state, doubts = self.state(camera), self._doubts.get(camera)
        if not doubts:
            return state
        left = state.recalled_axes - doubts
        settings = tuple(pair for pair in state.settings if c.image_axis(pair[0]) not in doubts)
        focused = c.FOCUS not in doubts
        return state._replace(
            recalled=state.recalled if left else None,
            recalled_axes=left,
            settings=settings,
            focus=state.focus if focused else None,
            focus_at=state.focus_at if focused else None,
        )

    def remember(self, camera: str, commands: Iterable[c.Command]) -> None:
        """What a show before has asked of a camera, in its order; it may have been moved since."""
        for command in commands:
            self.intended(camera, command, 0, NOWHERE)

    def began(self, camera: str, command: c.Command, now: int, origin: Origin) -> None:
        """A command goes to its camera."""
        self._news.append((self._began, (camera, command, now, origin)))

    def intended(self, camera: str, command: c.Command, now: int, origin: Origin) -> None:
        """A command will go to its camera, and is asked of it from now on."""
        self._news.append((self._intended, (camera, command, now, origin)))

    def went(self, camera: str, command: c.Command) -> None:
        """What was intended goes to its camera."""
        self._news.append((self._went, (camera, command)))

    def failed(self, camera: str, command: c.Command, outcome: c.Outcome) -> None:
        """The camera did not take it. What it refused is no longer asked of it."""
        self._news.append((self._failed, (camera, command, outcome)))

    def halted(self, camera: str, axes: c.Axes, tracking: bool) -> None:
        """A stop without a command of its own: where the camera came to rest is not known."""
        self._news.append((self._halted, (camera, axes, tracking)))

    def work_off(self, most: int | None = None) -> None:
        """Take in what has happened, or the first `most` of it."""
        for _ in range(len(self._news) if most is None else min(most, len(self._news))):
            done, arguments = self._news.popleft()
            done(*arguments)

    def _began(self, camera: str, command: c.Command, now: int, origin: Origin) -> None:
        if camera not in self._cameras:
            return
        track = self._tracks.get(camera)
        if track is None:
            track = self._tracks[camera] = CameraTrack.start(*self._cameras[camera], ANYWHERE)
        effect = track.apply(command, now, origin)
        if effect.open:
            self._lose(track, command.axes)
        self._went(camera, command)

    def _intended(self, camera: str, command: c.Command, now: int, origin: Origin) -> None:
        self._began(camera, command, now, origin)
        if camera in self._cameras:
            self._doubts.setdefault(camera, set()).update(command.axes)

    def _went(self, camera: str, command: c.Command) -> None:
        self._doubts.get(camera, set()).difference_update(command.axes)

    def _failed(self, camera: str, command: c.Command, outcome: c.Outcome) -> None:
        track = self._tracks.get(camera)
        if track is None:
            return
        if outcome != "refused":
            self._doubts.setdefault(camera, set()).update(command.axes)
            return
        if track.state.power is False:
            return  # it has changed nothing
        self._lose(track, command.axes)
        if isinstance(command, c.Focus):
            track.note(focus=None, focus_at=None)
        elif isinstance(command, c.SetProperty):
            track.note(settings=tuple(pair for pair in track.state.settings if pair[0] != command.prop))

    def _halted(self, camera: str, axes: c.Axes, tracking: bool) -> None:
        track = self._tracks.get(camera)
        if track is not None:
            self._lose(track, axes)
            if tracking:
                track.note(tracking=False)

    @staticmethod
    def _lose(track: CameraTrack, axes: c.Axes) -> None:
        state = track.state
        if c.PAN_TILT in axes:
            track.pan = track.tilt = None
        if c.ZOOM in axes:
            track.zoom = None
        left = state.recalled_axes - axes
        track.note(
            recalled=state.recalled if left else None,
            recalled_axes=left,
            focus_at=None if c.FOCUS in axes else state.focus_at,
        )
