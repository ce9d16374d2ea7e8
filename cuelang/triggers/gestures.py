"""Hands on cameras, wherever they are: sticks over MIDI and DMX, the page's pad, a gamepad, another program's panel.

A deflection is one gesture. It begins when a hand leaves rest and ends when it is back. Its first command is judged
like any other request; what follows only changes its speed. So precedence is kept: what takes the axes meanwhile (a
cue, a panic) keeps them until the hand has been at rest, and the end of the gesture stops only what the gesture has set
going. Pan and tilt of a camera are one command, so they share one gesture.

One person drives a camera at a time; another takes it over only by saying so. What comes from far away is repeated as
long as it holds: after `LIVES_NS` without a word the camera stops, and after `FORGOTTEN_NS` the hand counts as at rest.

A camera gets a command only when its speed changes, and at most one in `GAP_NS`; a stop is never delayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, get_args

from msgspec import Struct, field

from cuelang.clock import Clock, Handle
from cuelang.commands import FOCUS, PAN_TILT, VECTORS, ZOOM, Command, Direction, Drive, FocusDrive, ZoomDrive
from cuelang.plan import Camera, CameraAct, Moment, Plan, Step
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import Deflection, Driven
from cuelang.source import NOWHERE, Origin
from cuelang.units import MS

LENS = 7
"""The fastest step of zoom and focus."""
FULL = 55
"""A full deflection."""
GAP_NS = 50 * MS
"""A VISCA camera takes about 60 commands a second; the show's own come first."""
LIVES_NS, FORGOTTEN_NS = 300 * MS, 1000 * MS

AXES = {"pan": PAN_TILT, "tilt": PAN_TILT, "zoom": ZOOM, "focus": FOCUS}

_DIRECTIONS: dict[tuple[int, int], Direction] = {VECTORS[name]: name for name in get_args(Direction)}

Steer = Callable[[Request, Step, Step | None], str]
"""Gives a camera a drive; the second step is the gesture's last one, None at its beginning. Returns why the hand has
not got the axis, or has lost it; empty: it has it."""
Hindered = Callable[[Request | None, CameraAct, Step], str]


class Elsewhere(Protocol):
    """Told of each hand that moves, with the request that it makes; without one: it is gone."""

    def __call__(self, hand: Hand, request: Request | None, *, take: bool) -> None: ...


def scaled(amount: int, top: int, lowest: int) -> int:
    """The speed step of a deflection: from `lowest` just outside the dead zone to `top`."""
    return lowest + (abs(amount) - 1) * max(top - lowest, 0) // (FULL - 1)


class Gesture(Struct):
    """What a hand does with one axis of a camera. `why`: it has lost the axis, or never got it."""

    step: Step | None = None
    command: Command | None = None
    why: str = ""
    sent: int | None = None
    armed: Handle | None = None
    port: str = ""


class Hand(Struct, eq=False):
    """One person's hand on one camera. `at`: -55 to 55 by `pan`, `tilt`, `zoom` and `focus`; `speed`: 0 to 127."""

    camera: Camera
    person: str
    who: str
    at: dict[str, int] = field(default_factory=dict)
    speed: int | None = None
    live: bool = False
    gestures: dict[str, Gesture] = field(default_factory=dict)
    silent: Handle | None = None
    there: Driven | None = None
    """What has become of it at the machine that leads, if this one follows."""

    @property
    def moves(self) -> bool:
        """It is not at rest."""
        return any(self.at.values())

    @property
    def deflection(self) -> Deflection:
        pan, tilt, zoom, focus = (self.at.get(what, 0) / FULL for what in ("pan", "tilt", "zoom", "focus"))
        speed = None if self.speed is None else self.speed / 127
        return Deflection(self.camera.name, pan, tilt, zoom, focus, speed, self.live)

    @property
    def drives(self) -> bool:
        return any(gesture.step is not None for gesture in self.gestures.values())

    @property
    def now(self) -> Driven:
        """What has become of what it wants."""
        if self.there is not None:
            return self.there
        why = next((gesture.why for gesture in self.gestures.values() if gesture.why), "")
        return Driven("driving" if self.drives else "lost" if why else "rest", why)


class Gestures:
    """Every hand on every camera.

    `release(step)` stops what a gesture's last drive has set going, if it still is. `refused` gets the verdict on a
    gesture that was refused here. `hindered(request, act, before)`: why the hand may not go on from that drive with
    this one: the interlock refuses it, or something has taken the axis. Without a request only the latter counts.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        steer: Steer,
        release: Callable[[Step], None],
        *,
        refused: Callable[[Verdict], None] = lambda _verdict: None,
        hindered: Hindered = lambda _request, _act, _before: "",
    ) -> None:
        self._clock, self._steer, self._release = clock, steer, release
        self._refused, self._hindered = refused, hindered
        self._cameras = {camera.name: camera for camera in plan.cameras}
        self._hands: dict[tuple[str, str], Hand] = {}
        self.elsewhere: Elsewhere | None = None
        """Another machine leads, and its cameras are driven by this."""

    def load(self, plan: Plan) -> None:
        """Another plan."""
        self._cameras = {camera.name: camera for camera in plan.cameras}
        for key, hand in tuple(self._hands.items()):
            if key[0] in self._cameras:
                hand.camera = self._cameras[key[0]]
            else:
                self._forget(hand)

    @property
    def driven(self) -> dict[str, str]:
        """Who drives which camera."""
        return {hand.camera.name: hand.who for hand in self._hands.values() if self._has(hand)}

    def hand(self, camera: str, person: str, who: str) -> Hand:
        """The hand of `person`, which is called `who`, on a camera of the plan."""
        hand = self._hands.get((camera, person))
        if hand is None:
            hand = self._hands[camera, person] = Hand(self._cameras[camera], person, who)
        hand.who = who
        return hand

    def hands(self, person: str) -> tuple[Hand, ...]:
        return tuple(hand for hand in self._hands.values() if hand.person == person)

    def drive(
        self,
        person: str,
        who: str,
        wanted: Deflection,
        source: str,
        received: int,
        *,
        guarded: bool = False,
        at: Origin = NOWHERE,
    ) -> Driven:
        """A person's word about one camera of the plan; it holds for `LIVES_NS`. `guarded`: show mode is on. `at`: the
        trigger of the sheet that it is from."""
        hand = self.hand(wanted.camera, person, who)
        said = f"drive {wanted.camera} by hand" if at is NOWHERE else ""
        request = Request("statement", None, source, received, automatic=True, guarded=guarded, said=said, origin=at)
        hand.speed = None if wanted.speed is None else round(wanted.speed * 127)
        hand.live = wanted.live
        late = received + LIVES_NS <= self._clock.now()
        if wanted.take and not late:
            self._take_over(hand)
        for what, amount in (
            ("pan", wanted.pan),
            ("tilt", wanted.tilt),
            ("zoom", wanted.zoom),
            ("focus", wanted.focus),
        ):
            hand.at[what] = 0 if late else _step(amount)
        if self.elsewhere is not None:
            self._there(hand, request, take=wanted.take)
            now = hand.now
            self._listen(hand, received + LIVES_NS, self._forget)
            if not hand.moves:
                self._forget(hand)
            return now
        if late:
            self._fall_silent(hand, received)
        else:
            for axis in (PAN_TILT, ZOOM, FOCUS):
                if axis in hand.gestures or self._wanted(hand, axis) is not None:
                    hand.gestures.setdefault(axis, Gesture())
                    self.look(hand, axis, request)
            self._listen(hand, received + LIVES_NS, lambda hand: self._fall_silent(hand, received))
        now = hand.now
        if now.state == "rest":
            self._forget(hand)
        return now

    def lose_all(self, why: str) -> None:
        """No hand drives any more before it has been at rest."""
        for hand in self._hands.values():
            hand.there = None
            for axis in {AXES[what] for what, amount in hand.at.items() if amount}:
                gesture = hand.gestures.setdefault(axis, Gesture())
                self.rest(gesture)
                gesture.why = why

    def _there(self, hand: Hand, request: Request | None, *, take: bool = False) -> None:
        """Another machine leads: it drives."""
        assert self.elsewhere is not None
        if not hand.moves:
            hand.there = None
        elif hand.there is None:
            hand.there = Driven("driving")
        self.elsewhere(hand, request, take=take)

    def release_axis(self, hand: Hand, axis: str) -> None:
        """What has deflected an axis of a hand is gone."""
        for what in [what for what, of in AXES.items() if of == axis]:
            hand.at.pop(what, None)
        self.rest(hand.gestures[axis])
        if self.elsewhere is not None:
            self._there(hand, None)

    def look(self, hand: Hand, axis: str, request: Request) -> None:
        """Bring the camera to what the hand wants now, or soon."""
        if self.elsewhere is not None:
            self._there(hand, request)
            return
        gesture, now = hand.gestures[axis], self._clock.now()
        command = self._wanted(hand, axis)
        if gesture.armed is not None:
            gesture.armed.cancel()
            gesture.armed = None
        if command is None:
            self.rest(gesture)
            return
        if gesture.why:
            return
        act = CameraAct(hand.camera.name, command, live=hand.live, axes=frozenset((axis,)), watched=True)
        before = gesture.step
        why = self._in_use(hand, request) if before is None else self._hindered(request, act, before)
        if why:
            self.rest(gesture)
            gesture.why = why
        elif command == gesture.command:
            return
        elif gesture.sent is not None and now < gesture.sent + GAP_NS:
            gesture.armed = self._clock.at(gesture.sent + GAP_NS, self.look, hand, axis, request)
        else:
            step = Step(Moment(0, 0), act, request.origin)
            why = self._steer(request, step, before)
            if why:
                gesture.step, gesture.command, gesture.why = None, None, why
            else:
                gesture.step, gesture.command, gesture.sent = step, command, now

    def rest(self, gesture: Gesture) -> None:
        """The hand is at rest: what it set going stops, if it still is."""
        if gesture.armed is not None:
            gesture.armed.cancel()
            gesture.armed = None
        step = gesture.step
        gesture.step, gesture.command, gesture.why = None, None, ""
        if step is not None:
            self._release(step)

    def gone(self, person: str) -> None:
        """A person has gone, with every hand: a page was closed, say."""
        for hand in self.hands(person):
            self._forget(hand)

    def _in_use(self, hand: Hand, request: Request) -> str:
        """Why this hand cannot begin a gesture: another person drives the camera."""
        name = hand.camera.name
        for other in self._hands.values():
            if other is not hand and other.camera.name == name and self._has(other):
                why = f"{name} is driven by {other.who}"
                self._refused(Verdict(request, "refused", why))
                return why
        return ""

    def _has(self, hand: Hand) -> bool:
        """Whether it drives its camera: what it set going may have been displaced since."""
        if hand.there is not None:
            return hand.there.state == "driving"
        return any(gesture.step is not None and not self._lost(gesture) for gesture in hand.gestures.values())

    def _lost(self, gesture: Gesture) -> str:
        """What has taken the axis of a gesture that drives; empty: nothing."""
        step = gesture.step
        return self._hindered(None, step.act, step) if step is not None and isinstance(step.act, CameraAct) else ""

    def _take_over(self, hand: Hand) -> None:
        for other in tuple(self._hands.values()):
            if other is not hand and other.camera.name == hand.camera.name:
                for gesture in other.gestures.values():
                    if gesture.step is not None:
                        self.rest(gesture)
                        gesture.why = f"{hand.who} has taken over"
        for gesture in hand.gestures.values():
            gesture.why = ""

    def _listen(self, hand: Hand, until: int, then: Callable[[Hand], None]) -> None:
        if hand.silent is not None:
            hand.silent.cancel()
        hand.silent = self._clock.at(until, then, hand)

    def _fall_silent(self, hand: Hand, last: int) -> None:
        """No word since `last`, or it lay for so long: the camera stops. What has taken an axis keeps it, for the hand
        may still be deflected."""
        for gesture in hand.gestures.values():
            why = gesture.why or self._lost(gesture)
            self.rest(gesture)
            gesture.why = why
        self._listen(hand, last + FORGOTTEN_NS, self._forget)

    def _forget(self, hand: Hand) -> None:
        if hand.silent is not None:
            hand.silent.cancel()
        for gesture in hand.gestures.values():
            self.rest(gesture)
        if self.elsewhere is not None and hand.moves:
            hand.at.clear()
            self._there(hand, None)
        self._hands.pop((hand.camera.name, hand.person), None)

    def _wanted(self, hand: Hand, axis: str) -> Command | None:
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


def checked(data: Mapping[str, object], camera: str) -> Deflection:
    """The deflection in a message or a body. Raises ValueError, whose text says what is needed."""
    numbers: dict[str, float] = {}
    for name in ("pan", "tilt", "zoom", "focus", "speed"):
        value = data.get(name)
        if value is None:
            continue
        low = 0 if name == "speed" else -1
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= 1:
            raise ValueError(f"`{name}` is a number from {low} to 1.")
        numbers[name] = value
    live, take = data.get("live", False), data.get("take", False)
    if not isinstance(live, bool) or not isinstance(take, bool):
        raise ValueError("`live` and `take` are true or false.")
    return Deflection(camera, live=live, take=take, **numbers)


def _step(amount: float) -> int:
    """-1 to 1 as a step; what is not rest is at least one."""
    size = max(1, round(min(abs(amount), 1) * FULL)) if amount else 0
    return size if amount > 0 else -size


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)
