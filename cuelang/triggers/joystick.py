"""A controller, or a pitch bend, as a stick: `on midi control 1 drive foh pan`. Values in, deflections of a hand out.

Centre is 64, with a dead zone around it where the camera stops; from there the speed grows to the camera's
`drive_speed` (of zoom: `zoom_speed`; of focus: 7, upwards is far), or to what a controller that drives `speed` says.
All sticks of a show are one pair of hands; what a hand may do is in `cuelang/triggers/gestures.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cuelang.clock import Clock
from cuelang.plan import ControlAction, OnDmx, OnMidi, Plan, Step
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit
from cuelang.source import Origin
from cuelang.triggers.faders import Faders
from cuelang.triggers.gestures import AXES, FULL, Gesture, Gestures, Hindered, Steer

CENTRE, DEAD = 64, 8
CENTRE_LEVELS = range(116, 141)
"""The same of a lighting channel, whose centre is 128."""
STICKS = "sticks"
"""The person at the sticks."""


def deflection(value: int) -> int:
    """-55 to 55; 0 in the dead zone."""
    away = value - CENTRE
    if abs(away) <= DEAD:
        return 0
    return max(-FULL, min(FULL, away - DEAD if away > 0 else away + DEAD))


def as_controller(level: int) -> int:
    """A level of 1 to 255 as the value of a controller that is deflected as far. 0 is not a deflection: a desk that
    sends nothing on a channel sends 0."""
    if not level or level in CENTRE_LEVELS:
        return CENTRE
    away = level - CENTRE_LEVELS[-1] if level > CENTRE_LEVELS[-1] else level - CENTRE_LEVELS[0]
    step = -(-abs(away) * FULL // 115)
    return CENTRE + DEAD + step if away > 0 else CENTRE - DEAD - step


class Joysticks:
    """All controllers that drive cameras. Its arguments are those of `Gestures`; `deliver` gets what faders ask for."""

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        steer: Steer,
        release: Callable[[Step], None],
        *,
        refused: Callable[[Verdict], None] = lambda _verdict: None,
        hindered: Hindered = lambda _request, _act, _before: "",
        deliver: Callable[[Request], object] = lambda _request: None,
    ) -> None:
        self.gestures = Gestures(plan, clock, steer, release, refused=refused, hindered=hindered)
        self.faders = Faders(plan, clock, deliver, refused)
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan. A gesture whose controllers have gone ends."""
        self.faders.load(plan)
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
        named = {(name, AXES.get(action.what)) for action in actions for name in action.cameras}
        for hand in self.gestures.hands(STICKS):
            for axis, gesture in hand.gestures.items():
                if (hand.camera.name, axis) not in named:
                    self.gestures.rest(gesture)
        self.gestures.load(plan)

    def uses(self, hit: Hit, heard_on: str) -> bool:
        """Whether a controller drives something."""
        return any(
            when.channel in (None, hit.channel) and when.source in (None, heard_on)
            for when, _, _ in self._controls.get((hit.kind, hit.number), ())
        )

    def moved(self, hit: Hit, heard_on: str, now: int) -> None:
        """A controller has a new value."""
        for when, action, origin in self._controls.get((hit.kind, hit.number), ()):
            if when.channel in (None, hit.channel) and when.source in (None, heard_on):
                source = f"midi {heard_on} {hit.text}"
                for name in action.cameras:
                    self._take(
                        name,
                        action.what,
                        hit.value,
                        heard_on,
                        Request("statement", None, source, now, automatic=True, origin=origin),
                    )

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
        gestures = self.gestures
        hand = gestures.hand(name, STICKS, port)
        if what == "speed":
            hand.speed = value
            for axis, gesture in hand.gestures.items():
                if gesture.step is not None:
                    gestures.look(hand, axis, request)
            return
        hand.at[what] = deflection(value)
        axis = AXES[what]
        hand.gestures.setdefault(axis, Gesture()).port = port
        gestures.look(hand, axis, request)

    def gone(self, port: str) -> None:
        """An input has gone with whatever was held on it: what it drives stops."""
        for hand in self.gestures.hands(STICKS):
            for axis, gesture in hand.gestures.items():
                if gesture.port == port:
                    self.gestures.release_axis(hand, axis)
