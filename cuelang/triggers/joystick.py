"""A controller, or a pitch bend, as a stick: `on midi control 1 drive foh pan`. Values in, drives of cameras out.

Centre is 64, with a dead zone around it where the camera stops; from there the speed grows to the camera's
`drive_speed` (of zoom: `zoom_speed`; of focus: 7, upwards is far), or to what a controller that drives `speed` says.
Pan and tilt of a camera are one command, so they share one gesture. A gesture begins when a stick leaves its dead zone
and ends when it is back. Its first command is a trigger like any other; what follows only changes its speed. So
precedence is kept: what takes the axis meanwhile (a cue, a panic) keeps it until the hand has been at rest, and the end
of the gesture stops only what the gesture has set going.

A camera gets a command only when its speed changes, and at most one in `GAP`; a stop is never delayed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from msgspec import Struct, field

from cuelang.clock import Clock, Handle
from cuelang.commands import FOCUS, PAN_TILT, VECTORS, ZOOM, Command, Direction, Drive, FocusDrive, ZoomDrive
from cuelang.plan import Camera, CameraAct, ControlAction, Moment, OnDmx, OnMidi, Plan, Step
from cuelang.playback.effects import Request
from cuelang.protocols.midi import Hit
from cuelang.source import Origin
from cuelang.units import MS

CENTRE, DEAD = 64, 8
CENTRE_LEVELS = range(116, 141)
"""The same of a lighting channel, whose centre is 128."""
LENS = 7
"""The fastest step of zoom and focus."""
GAP = 50 * MS
"""A VISCA camera takes about 60 commands a second; the show's own come first."""

_DIRECTIONS: dict[tuple[int, int], Direction] = {VECTORS[name]: name for name in get_args(Direction)}

_AXES = {"pan": PAN_TILT, "tilt": PAN_TILT, "zoom": ZOOM, "focus": FOCUS}

Steer = Callable[[Request, Step, Step | None], bool]


def deflection(value: int) -> int:
    """-55 to 55; 0 in the dead zone."""
    away = value - CENTRE
    if abs(away) <= DEAD:
        return 0
    return max(-55, min(55, away - DEAD if away > 0 else away + DEAD))


def as_controller(level: int) -> int:
    """A level of 1 to 255 as the value of a controller that is deflected as far. 0 is not a deflection: a desk that
    sends nothing on a channel sends 0."""
    if not level or level in CENTRE_LEVELS:
        return CENTRE
    away = level - CENTRE_LEVELS[-1] if level > CENTRE_LEVELS[-1] else level - CENTRE_LEVELS[0]
    step = -(-abs(away) * 55 // 115)
    return CENTRE + DEAD + step if away > 0 else CENTRE - DEAD - step


def scaled(amount: int, top: int, lowest: int) -> int:
    """The speed step of a deflection: from `lowest` just outside the dead zone to `top`."""
    return lowest + (abs(amount) - 1) * max(top - lowest, 0) // 54


class _Gesture(Struct):
    """What the sticks do with one axis of a camera. `lost`: another command has the axis."""

    step: Step | None = None
    command: Command | None = None
    lost: bool = False
    sent: int | None = None
    armed: Handle | None = None
    port: str = ""


class _Joystick(Struct):
    camera: Camera
    at: dict[str, int] = field(default_factory=dict)
    speed: int | None = None
    gestures: dict[str, _Gesture] = field(default_factory=dict)


class Joysticks:
    """All controllers that drive cameras.

    `steer(request, step, before)` gives the camera a drive and returns whether it took it; `before` is the gesture's
    last one, None at its beginning. `release(step)` stops what the last one has set going, if it still is.
    """

    def __init__(self, plan: Plan, clock: Clock, steer: Steer, release: Callable[[Step], None]) -> None:
        self._clock, self._steer, self._release = clock, steer, release
        self._hands: dict[str, _Joystick] = {}
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan. A gesture whose controllers have gone ends."""
        self._controls: dict[tuple[str, int], list[tuple[OnMidi, ControlAction, Origin]]] = {}
        self._faders: dict[int, list[tuple[OnDmx, ControlAction, Origin]]] = {}
        for trigger in plan.triggers:
            when, action = trigger.when, trigger.action
            if isinstance(when, OnMidi) and isinstance(action, ControlAction):
                self._controls.setdefault((when.kind, when.number), []).append((when, action, trigger.origin))
            elif isinstance(when, OnDmx) and isinstance(action, ControlAction):
                self._faders.setdefault(when.channel, []).append((when, action, trigger.origin))
        self.channels = tuple(self._faders)
        """Lighting channels that drive something."""
        actions = [action for row in self._controls.values() for _, action, _ in row]
        actions += [action for row in self._faders.values() for _, action, _ in row]
        named = {(name, _AXES.get(action.what)) for action in actions for name in action.cameras}
        cameras = {camera.name: camera for camera in plan.cameras}
        for name, hand in tuple(self._hands.items()):
            for axis, gesture in hand.gestures.items():
                if (name, axis) not in named:
                    self._rest(gesture)
            if name in cameras:
                hand.camera = cameras[name]
            else:
                del self._hands[name]
        self._cameras = cameras

    def moved(self, hit: Hit, heard_on: str, now: int) -> None:
        """A controller has a new value."""
        for when, action, origin in self._controls.get((hit.kind, hit.number), ()):
            if when.channel in (None, hit.channel) and when.source in (None, heard_on):
                source = f"midi {heard_on} {hit.text}"
                for name in action.cameras:
                    self._take(name, action.what, hit.value, heard_on, Request("statement", None, source, now,
                               automatic=True, origin=origin))  # fmt: skip

    def faded(self, channel: int, level: int, heard_on: str, now: int, *, centred: bool) -> None:
        """A lighting channel has a new level; `centred`: it has been at its centre since it was heard."""
        for when, action, origin in self._faders.get(channel, ()):
            if when.source not in (None, heard_on) or not (centred or action.what == "speed"):
                continue
            value = level * 127 // 255 if action.what == "speed" else as_controller(level)
            request = Request(
                "statement", None, f"dmx {heard_on} channel {channel}", now, automatic=True, origin=origin
            )
            for name in action.cameras:
                self._take(name, action.what, value, heard_on, request)

    def _take(
        self, name: str, what: Literal["pan", "tilt", "zoom", "focus", "speed"], value: int, port: str, request: Request
    ) -> None:
        hand = self._hands.get(name)
        if hand is None:
            hand = self._hands[name] = _Joystick(self._cameras[name])
        if what == "speed":
            hand.speed = value
            for axis, gesture in hand.gestures.items():
                if gesture.step is not None:
                    self._look(hand, axis, request)
            return
        hand.at[what] = deflection(value)
        axis = _AXES[what]
        hand.gestures.setdefault(axis, _Gesture()).port = port
        self._look(hand, axis, request)

    def _look(self, hand: _Joystick, axis: str, request: Request) -> None:
        """Bring the camera to what the hands want now, or soon."""
        gesture, now = hand.gestures[axis], self._clock.now()
        command = self._wanted(hand, axis)
        if gesture.armed is not None:
            gesture.armed.cancel()
            gesture.armed = None
        if command is None:
            self._rest(gesture)
        elif gesture.lost or command == gesture.command:
            return
        elif gesture.sent is not None and now < gesture.sent + GAP:
            gesture.armed = self._clock.at(gesture.sent + GAP, self._look, hand, axis, request)
        else:
            axes = frozenset((axis,))
            step = Step(Moment(0, 0), CameraAct(hand.camera.name, command, axes=axes, watched=True), request.origin)
            if self._steer(request, step, gesture.step):
                gesture.step, gesture.command, gesture.sent = step, command, now
            else:
                gesture.step, gesture.command, gesture.lost = None, None, True

    def _rest(self, gesture: _Gesture) -> None:
        if gesture.armed is not None:
            gesture.armed.cancel()
            gesture.armed = None
        step = gesture.step
        gesture.step, gesture.command, gesture.lost = None, None, False
        if step is not None:
            self._release(step)

    def _wanted(self, hand: _Joystick, axis: str) -> Command | None:
        camera = hand.camera
        if axis == ZOOM:
            amount = hand.at.get("zoom", 0)
            top = camera.zoom_speed if hand.speed is None else hand.speed * LENS // 127
            return ZoomDrive("in" if amount > 0 else "out", scaled(amount, top, 0)) if amount else None
        if axis == FOCUS:
            amount = hand.at.get("focus", 0)
            top = LENS if hand.speed is None else hand.speed * LENS // 127
            return FocusDrive("far" if amount > 0 else "near", scaled(amount, top, 0)) if amount else None
        pan, tilt = hand.at.get("pan", 0), hand.at.get("tilt", 0)
        if not pan and not tilt:
            return None
        pans, tilts = len(camera.figures.pan_speeds), len(camera.figures.tilt_speeds)
        top = camera.drive_speed if hand.speed is None else max(hand.speed * pans // 127, 1)
        direction = _DIRECTIONS[_sign(pan), _sign(tilt)]
        speeds = (scaled(amount, min(top, most), 1) if amount else 1 for amount, most in ((pan, pans), (tilt, tilts)))
        return Drive(direction, *speeds)

    def gone(self, port: str) -> None:
        """An input has gone with whatever was held on it: what it drives stops."""
        for hand in self._hands.values():
            for axis, gesture in hand.gestures.items():
                if gesture.port == port:
                    for what in [what for what, of in _AXES.items() if of == axis]:
                        hand.at.pop(what, None)
                    self._rest(gesture)


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)
