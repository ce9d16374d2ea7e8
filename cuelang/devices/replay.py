"""A recorded path, gone along again: places of pan and tilt with their speeds, and places of the zoom.

The first place is sent at once, wherever the camera is; from then on both series have their own deadlines, as a ramp
has. The last places always go, and the job is done when the camera has arrived at both.
"""

from __future__ import annotations

from cuelang.commands import PAN_TILT, ZOOM, Axes, Job, Outcome, Pose, Replay
from cuelang.devices import link as links
from cuelang.devices.link import Link
from cuelang.devices.poses import first
from cuelang.devices.ramp import PositionRamp, TurnSeries
from cuelang.devices.tasks import OnEnded, Task
from cuelang.models import paths


class ReplayTask(Task):
    """Both series of one trace."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int, command: Replay) -> None:
        super().__init__(link, job, ended, released)
        self._replay = command
        self._turns = TurnSeries(link, job, PAN_TILT, self._turned, self.failed)
        self._zooms = PositionRamp(link, job, "zoom", self._zoomed, self.failed)
        self._open_axes = command.axes

    def begin(self, now: int) -> None:
        replay, link = self._replay, self.link
        start = first(self.job.pose, link.state.pose)
        self._open_axes = replay.axes - self.job.lost
        link.aim = Pose()
        if PAN_TILT in self._open_axes:
            self._turns.play(paths.turns(link.model, replay.places, start, replay.rate))
        if ZOOM in self._open_axes:
            self._zooms.play(paths.zooms(replay.places, replay.rate))

    def _turned(self, now: int) -> None:
        self._arrive(PAN_TILT, now)

    def _zoomed(self, now: int) -> None:
        self._arrive(ZOOM, now)

    def _arrive(self, axis: str, now: int) -> None:
        self._open_axes -= {axis}
        self.link.ask(links.PAN_TILT if axis == PAN_TILT else links.ZOOM, _noted)
        if not self._open_axes:
            self.finish("completed", self.job.reason, max(now, self.job.done or 0))
        else:
            self.job.done = now

    def lose_axes(self, axes: Axes, now: int) -> None:
        for axis, series in ((PAN_TILT, self._turns), (ZOOM, self._zooms)):
            if axis in axes & self._open_axes:
                series.cancel()
                self._open_axes -= {axis}
        if not self._open_axes:
            self.finish("completed", self.job.reason, now)

    def failed(self, outcome: Outcome, reason: str) -> None:
        if outcome != "unreachable":
            self._driven = self.moving  # half a path is useless
        super().failed(outcome, reason)

    def withdraw(self) -> None:
        super().withdraw()
        self._turns.cancel()
        self._zooms.cancel()

    def hold(self, now: int) -> None:
        self._turns.hold()
        self._zooms.hold()
        if self.moving:
            self.link.halt(self.moving)

    def resume(self, now: int) -> None:
        if not self._turns.running and not self._zooms.running:
            self.begin(now)
            return
        self._turns.resume()
        self._zooms.resume()
        if PAN_TILT in self._open_axes:
            self._turns.again()


def _noted(fields: dict[str, int] | None, now: int) -> None:
    """The link has written it into its state."""
