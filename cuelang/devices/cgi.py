"""A camera that is driven by HTTP-CGI alone: the driver behind `commands.Driver` for `cgi://host`.

HTTP-CGI does not report positions, so nothing can be asked on arrival: a move is complete when the model's figures say
that it has arrived, and the record says that this is predicted. Where the camera points is what it was last sent to; a
drive, a stop or a recall of a preset of unknown position makes that unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial

from msgspec.structs import replace

from cuelang.clock import Alarm, Handle
from cuelang.commands import (
    DRIVES,
    NO_AXES,
    NO_POSE,
    PAN_TILT,
    ZOOM,
    Axes,
    Booth,
    Command,
    Home,
    Job,
    LinkState,
    MoveBy,
    MoveTo,
    Outcome,
    Ramp,
    Recall,
    Snapshot,
    Stop,
    ZoomTo,
)
from cuelang.devices.base_link import KEEPALIVE_NS
from cuelang.devices.dead_reckoning import filled, goal_of, travel_of
from cuelang.devices.ledger import TRACKING, Ledger
from cuelang.devices.picture_store import PictureStore
from cuelang.devices.pictures import Pictures
from cuelang.devices.web import UNSAID, Lane, QueuedRequest
from cuelang.models import DEFAULT, Model
from cuelang.models.motion import axis_travel
from cuelang.protocols import cgi
from cuelang.protocols.cgi import CgiRequest
from cuelang.transports.http import Web
from cuelang.units import NS

PREDICTED = "arrival as predicted: HTTP-CGI does not report positions"
UNPREDICTED = "accepted; arrival unknown: HTTP-CGI does not report positions"
MINOR = frozenset(("track.off",))
"""A stop has worked although the camera knows nothing of auto-tracking."""
STOP_PATIENCE_NS = 500_000_000
"""How long one stop may take before the next one has its turn: it is sent again."""


class CgiCamera:
    """One camera behind its web server. `keepalive` None: an idle camera is not asked (one in this process).

    `note` is called with a sentence for each picture that was kept. `on_change` is called when `state` has changed.
    """

    def __init__(
        self,
        name: str,
        web: Web,
        album: PictureStore,
        model: Model = DEFAULT,
        *,
        zone: tzinfo | None = None,
        note: Callable[[str], object] | None = None,
        keepalive: int | None = KEEPALIVE_NS,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.lane = Lane(web, on_change)
        self.state: LinkState = self.lane.state
        self.pictures = Pictures(name, self.lane, album, zone=zone, note=note)
        self.aim = NO_POSE
        """Where it was last sent, as far as that is known."""
        self.ledger = Ledger(reads=NO_AXES, sure=True)
        self.on_adrift: Callable[[Axes], object] | None = None
        self._stopping: set[str] = set()
        """Axes whose stop is on its way."""
        self._rest = Alarm(self._look_after_stops)
        self._keepalive = keepalive
        self._idle: Handle | None = None
        self._actions: dict[Job, _Action] = {}

    def start(self, job: Job) -> None:
        if isinstance(job.command, Booth | Snapshot):
            self.pictures.start(job, job.command)
        else:
            action = self._actions[job] = _Action(self, job)
            action.begin()

    def end(self, job: Job, outcome: Outcome) -> None:
        action = self._actions.get(job)
        if action is not None:
            action.end(outcome)
        elif job in self.pictures:
            self.pictures.end(job, outcome)

    def lose_axes(self, job: Job, axes: Axes) -> None:
        action = self._actions.get(job)
        if action is not None:
            action.lose_axes(axes)

    def hold(self, job: Job) -> None:
        action = self._actions.get(job)
        if action is not None:
            action.hold()

    def resume(self, job: Job, shift: int) -> None:
        job.due += shift
        action = self._actions.get(job)
        if action is not None:
            action.resume()

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        stops = self._stops(axes, tracking)
        self.ledger.stop(stops, self.lane.clock.now())
        self._send_stops(stops)
        self.lost(axes)

    def _stops(self, axes: Axes, tracking: bool) -> dict[str, CgiRequest]:
        return {request.axis or TRACKING: request for request in cgi.requests(Stop(axes, tracking), self.model)}

    def _send_stops(self, stops: dict[str, CgiRequest]) -> None:
        now = self.lane.clock.now()
        for axis, request in stops.items():
            if axis not in self._stopping:
                self._stopping.add(axis)
                order = QueuedRequest(request, now, partial(self._stopped, axis), _unsent, patience=STOP_PATIENCE_NS)
                self.lane.submit(order, urgent=request.row.endswith(".stop"))
        self.watch()

    def _stopped(self, axis: str, outcome: Outcome, reason: str, now: int) -> None:
        self._stopping.discard(axis)
        if outcome in ("completed", "sent", "refused"):
            self.ledger.answered(axis)
            self.ledger.heard(now)
        else:
            self.ledger.missed(axis, now)
        self.watch()

    def watch(self) -> None:
        """Wake when the ledger is due."""
        self._rest.by(self.ledger.due)

    def _look_after_stops(self) -> None:
        due = self.ledger.wake(self.lane.clock.now())
        stops = self._stops(due.send - {TRACKING}, TRACKING in due.send)
        self._send_stops({axis: request for axis, request in stops.items() if axis in due.send})
        if due.adrift and self.on_adrift is not None:
            self.on_adrift(due.adrift)
        self.watch()

    def settle(self) -> None:
        axes = self.ledger.restless()
        if axes:
            self.halt(axes)

    def inherit(self, axes: Axes) -> None:
        self.ledger.inherit(axes)

    def unsettled(self) -> Axes:
        return self.ledger.unsure

    @property
    def web(self) -> Web | None:
        return self.lane.web

    def ask_pose(self) -> None:
        """It cannot be asked."""

    async def open(self) -> None:
        await self._who()

    async def look(self) -> bytes | None:
        return await self.pictures.look()

    async def close(self) -> None:
        self._rest.clear()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        await self.pictures.close()
        await self.lane.close()

    def forget(self, job: Job) -> None:
        self._actions.pop(job, None)

    def lost(self, axes: Axes) -> None:
        """It is at rest somewhere on its way."""
        if PAN_TILT in axes:
            self.aim = replace(self.aim, pan=None, tilt=None)
        if ZOOM in axes:
            self.aim = replace(self.aim, zoom=None)
        self.state.pose = self.aim

    def arrived(self, axis: str) -> None:
        pose = self.state.pose
        if axis == PAN_TILT:
            self.state.pose = replace(pose, pan=self.aim.pan, tilt=self.aim.tilt)
        elif axis == ZOOM:
            self.state.pose = replace(pose, zoom=self.aim.zoom)

    async def _who(self) -> None:
        request = cgi.request("inq.device_conf")
        self.lane.noted(await self.lane.web.ask(request.method, request.path, asks=request.asks))
        if self._keepalive is not None:
            self._wait(self.lane.clock.now() + self._keepalive)

    def _wait(self, when: int) -> None:
        self._idle = self.lane.clock.at(when, self._ask_if_idle)

    def _ask_if_idle(self) -> None:
        """An idle camera is asked who it is."""
        assert self._keepalive is not None
        now = self.lane.clock.now()
        due = (self.state.heard or 0) + self._keepalive
        if now >= due:
            self.lane.submit(QueuedRequest(cgi.request("inq.device_conf"), now, _unheard, _unsent))
            due = now + self._keepalive
        self._wait(due)


class _Action:
    """One command at work: its requests at their offsets, then the predicted arrival of each axis."""

    def __init__(self, camera: CgiCamera, job: Job) -> None:
        self.camera = camera
        self.job = job
        self.over = False
        self._command: Command = job.command
        self._timers: dict[Handle, str] = {}
        self._orders: dict[QueuedRequest, str] = {}
        self._going: set[str] = set()
        """Axes that it has set going and that have not arrived."""
        self._from = filled(camera.aim, job.pose)
        self._began = job.due
        self._held = self._resumed = False
        self._unsaid = False
        """The camera has answered a request without saying that it did it."""

    def begin(self) -> None:
        camera, job = self.camera, self.job
        try:
            requests = cgi.requests(self._command, camera.model, pose=self._from)
        except ValueError as error:
            self.finish("refused", str(error))
            return
        if not requests:
            what = "the camera points" if PAN_TILT in job.command.axes else "the zoom is"
            self.finish("refused", f"where {what} is not known, and HTTP-CGI moves pan and tilt together only")
            return
        now = camera.lane.clock.now()
        for request in requests:
            at = job.due + request.offset
            if self._resumed and at < now and not request.final:
                continue  # frames of a ramp that were due before the pause
            if request.offset:
                self._at(max(at, now), request.axis, partial(self._send, request))
            else:
                self._send(request)

    def _send(self, request: CgiRequest) -> None:
        at = max(self.job.due + request.offset, self._began)
        if request.offset and not request.final and any(axis == request.axis for axis in self._orders.values()):
            self.job.skipped += 1  # the camera has not taken the frame before this one
            return
        if request.row.endswith(".stop"):
            self.camera.ledger.stop((request.axis,), self.camera.lane.clock.now(), NS)
            self.camera.watch()
        order = QueuedRequest(
            request, at, lambda outcome, reason, now: self._heard(order, outcome, reason, now), self._sent
        )
        self._orders[order] = request.axis
        self.camera.lane.submit(order, urgent=request.row.endswith(".stop"))

    def _sent(self, request: CgiRequest, now: int) -> None:
        job = self.job
        job.left(now)
        job.late_max = max(job.late_max, now - max(job.due + request.offset, self._began))
        url = self.camera.lane.url(request)
        if isinstance(self._command, Ramp):
            job.frames = (job.frames or 0) + 1
            job.urls = [url]
        else:
            job.urls.append(url)
        moves = isinstance(self._command, (*DRIVES, MoveTo, MoveBy, Home, Recall, ZoomTo, Ramp))
        if moves and not request.row.endswith(".stop"):
            self._going.add(request.axis)
            ends = not isinstance(self._command, DRIVES)
            self.camera.ledger.set_going(self._moved(request), self.job, ends=ends)

    def _moved(self, request: CgiRequest) -> Axes:
        return self.job.command.axes if isinstance(self._command, Recall) else frozenset((request.axis,))

    def _failed(self, request: CgiRequest, outcome: Outcome) -> None:
        """What may move is stopped, and nothing more is asked for."""
        if request.row.endswith(".stop"):
            self.camera.halt(frozenset((request.axis,)))
        else:
            refused, unheard = outcome == "refused", outcome == "unreachable"
            owed = self.camera.ledger.failed(
                self._moved(request), self.job, refused=refused, unheard=unheard, sent=True
            )
            if owed:
                self.camera.halt(owed)
        going = frozenset(self._going) if outcome == "unreachable" else NO_AXES
        self._withdraw(None)
        if going and isinstance(self._command, DRIVES):
            self.camera.halt(going)  # it may have been heard, and who hears of the end may move it again

    def _heard(self, order: QueuedRequest, outcome: Outcome, reason: str, now: int) -> None:
        request = order.request
        del self._orders[order]
        if self.over:
            return
        if request.row in MINOR and isinstance(self._command, Stop):
            if outcome not in ("refused", "sent"):  # what the camera does not have need not be stopped
                self.job.reason = reason
        elif not request.final and outcome == "unreachable":
            self.job.skipped += 1
            return
        elif outcome == "sent":
            self._unsaid = True
        elif outcome != "completed":
            self._failed(request, outcome)
            self.finish(outcome, reason)
            return
        if self.job.acked is None:
            self.job.acked = now
        if request.row.endswith(".stop"):
            self.camera.ledger.answered(request.axis)
        else:
            self.camera.ledger.accepted(self._moved(request), self.job)
        self._set_off(request, now)
        if not self._orders and not self._timers:
            self.finish("completed", self.job.reason, now)

    def _set_off(self, request: CgiRequest, now: int) -> None:
        """The camera has taken it: from here on the figures of the model say where it is."""
        camera, command = self.camera, self._command
        if isinstance(command, (Stop, *DRIVES)):
            camera.lost(command.axes)
            if request.row.endswith(".stop"):
                self._going.discard(request.axis)
            return
        goal = goal_of(command, self._from)
        if goal is None:
            if isinstance(command, Recall):
                camera.lost(command.axes)
                self._going.clear()
                self.job.reason = UNPREDICTED
            return
        camera.aim = filled(goal, camera.aim)
        axes = goal.axes if isinstance(command, Recall) else frozenset((request.axis,))
        for axis in axes:
            takes = travel_of(command, camera.model, self._from, goal, axis)
            if takes is None:
                self._going.discard(axis)
                self.job.reason = UNPREDICTED
            elif request.final:
                timed = isinstance(command, MoveTo) and command.over is not None and axis == PAN_TILT
                self.job.reason = self.job.reason or PREDICTED
                arrives = max(self.job.due + takes, now) if timed else now + takes
                self._at(arrives, axis, partial(self._arrive, axis))

    def _arrive(self, axis: str) -> None:
        self._going.discard(axis)
        self.camera.arrived(axis)
        if not self._orders and not self._timers:
            self.finish("completed", self.job.reason, self.camera.lane.clock.now())

    def _at(self, when: int, axis: str, call: Callable[[], object]) -> None:
        def fire() -> None:
            self._timers.pop(handle, None)
            call()

        handle = self.camera.lane.clock.at(when, fire)
        self._timers[handle] = axis

    # --- the end

    def end(self, outcome: Outcome) -> None:
        going = frozenset(self._going)
        self.finish(outcome)
        if outcome == "stopped" and going:
            self.camera.halt(going)

    def lose_axes(self, axes: Axes) -> None:
        self._withdraw(axes)
        self._going -= axes
        self.job.lost |= axes & self.job.command.axes
        if not self._orders and not self._timers and not self._held:
            self.finish("completed", self.job.reason, self.camera.lane.clock.now())

    def hold(self) -> None:
        self._held = True
        if isinstance(self._command, MoveBy):
            self._command = self._left(self._command)
        going = frozenset(self._going)
        self._withdraw(None)
        if going:
            self.camera.halt(going)
        self._going.clear()

    def resume(self) -> None:
        self._held, self._resumed = False, True
        self._began = self.camera.lane.clock.now()
        self.begin()

    def _left(self, move: MoveBy) -> MoveBy:
        """What a relative move has still to do, by the figures of the model."""
        now, model = self.camera.lane.clock.now(), self.camera.model
        if self.job.acked is None:
            return move
        gone = now - max(self.job.acked, self._began)

        def rest(axis: str, delta: int, step: int) -> int:
            takes = axis_travel(model, "pan" if axis == "pan" else "tilt", delta, step)
            return 0 if gone >= takes else delta - delta * gone // takes

        return replace(move, pan=rest("pan", move.pan, move.pan_speed), tilt=rest("tilt", move.tilt, move.tilt_speed))

    def _withdraw(self, axes: Axes | None) -> None:
        """Send nothing more, for these axes or at all, and wait for nothing."""
        for handle, axis in list(self._timers.items()):
            if axes is None or axis in axes:
                handle.cancel()
                del self._timers[handle]
        for order, axis in list(self._orders.items()):
            if axes is None or axis in axes:
                order.wanted = False
                del self._orders[order]

    def finish(self, outcome: Outcome, reason: str = "", done: int | None = None) -> None:
        if self.over:
            return
        self.over = True
        self._withdraw(None)
        self.camera.forget(self.job)
        if outcome == "completed" and not isinstance(self._command, DRIVES):
            self.camera.ledger.rested(self.job)
        if outcome == "completed" and self._unsaid:
            outcome, reason = "sent", "; ".join(filter(None, (UNSAID, reason)))
        self.job.finish(outcome, reason, done)


def _unheard(outcome: Outcome, reason: str, now: int) -> None:
    """A stop or a question of its own, which belongs to no job; the line's state knows of it."""


def _unsent(request: CgiRequest, now: int) -> None:
    """A stop or an inquiry without a job was not sent; the line's state shows why."""
