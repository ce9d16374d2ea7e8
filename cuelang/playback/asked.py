"""What the show last asked of each camera: where it is sent, and every setting. Pure.

Nothing is known of a camera before the first command. `recover` puts this back, and `locate` sends only what differs
from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from cuelang import commands as c
from cuelang.models import Model
from cuelang.plan import Camera, Plan
from cuelang.plan.state import ANYWHERE, CameraState
from cuelang.playback.track import CameraTrack
from cuelang.source import Origin


class Asked:
    """By camera. A camera that a reload takes out of the sheet is forgotten."""

    def __init__(self) -> None:
        self._tracks: dict[str, CameraTrack] = {}
        self._news: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        """What has happened and is not taken in yet: that is not done while a cue begins."""
        self._cameras: dict[str, tuple[Camera, Model]] = {}

    def take(self, plan: Plan) -> None:
        self.work_off()
        self._cameras = {camera.name: (camera, camera.figures) for camera in plan.cameras}
        self._tracks = {name: track for name, track in self._tracks.items() if name in self._cameras}

    def state(self, camera: str) -> CameraState:
        """With what is under way at its end."""
        self.work_off()
        track = self._tracks.get(camera)
        return ANYWHERE if track is None else track.rest()

    def began(self, camera: str, command: c.Command, now: int, origin: Origin) -> None:
        """A command goes to its camera."""
        self._news.append((self._began, (camera, command, now, origin)))

    def failed(self, camera: str, command: c.Command) -> None:
        """The camera did not take it: what it was to change is as it was, and that is not kept."""
        self._news.append((self._failed, (camera, command)))

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

    def _failed(self, camera: str, command: c.Command) -> None:
        track = self._tracks.get(camera)
        if track is None:
            return
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
            recalled=state.recalled if left else None, recalled_axes=left,
            focus_at=None if c.FOCUS in axes else state.focus_at,
        )  # fmt: skip
