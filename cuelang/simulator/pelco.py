"""A simulated camera's Pelco end: frames in, and positions out when they are asked for.

Nothing is acknowledged. A frame of motion says all that shall move; what is not in it stops. While the camera boots or
is in standby nothing is taken.

Assumptions, where PTZOptics says nothing: speeds 1–63 are spread evenly over the steps of the model; zoom and focus go
at their plain speed; pan and tilt are answered in hundredths of a degree, 0 to 35999, as Pelco's own cameras do, and
zoom as the raw position.
"""

from __future__ import annotations

from typing import assert_never

from cuelang.protocols.pelco import (
    FASTEST,
    Kind,
    Meaning,
    Motion,
    PelcoAxis,
    PelcoFocusMode,
    PelcoPreset,
    PelcoReader,
    Position,
    Query,
    encode,
)
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults, Reply, ReplyQueue
from cuelang.simulator.visca import OnFrame

CIRCLE = 36_000


class PelcoEnd:
    """A Pelco camera, called as a `ViscaEnd` is. `base` is the number of the first camera on a Pelco-P line, as it is
    in the frame."""

    def __init__(
        self,
        body: Body,
        kind: Kind,
        faults: Faults = NO_FAULTS,
        *,
        address: int = 1,
        base: int = 1,
        on_frame: OnFrame | None = None,
    ) -> None:
        self.body = body
        self.address = address
        self.on_frame = on_frame
        self._kind, self._base = kind, base
        self._reader = PelcoReader(kind, base)
        self._post = ReplyQueue(faults, body.name)

    @property
    def faults(self) -> Faults:
        return self._post.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._post.faults = faults

    @property
    def due(self) -> int | None:
        return self._post.due

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]:
        """A piece of the stream. Never raises, whatever the bytes."""
        for address, meaning in self._reader.feed(data):
            if address != self.address or meaning is None or isinstance(meaning, Position):
                continue
            if self.on_frame is not None:
                self.on_frame("in", self._encoded(meaning), now)
            faults = self._post.faults
            if faults.silent or not self.body.plugged or (faults.loss and not self._post.arrives()):
                continue
            if self.body.power(now) != "on":
                continue
            if isinstance(meaning, Query):
                if not faults.no_positions:
                    self._answer(meaning.axis, now, peer)
            else:
                self._do(meaning, now)
        return self.wake(now)

    def wake(self, now: int) -> list[Reply]:
        out = self._post.take(now)
        if self.on_frame is not None:
            for _, frame in out:
                self.on_frame("out", frame, now)
        return out

    def _encoded(self, meaning: Meaning) -> bytes:
        return encode(meaning, self._kind, self.address, self._base)

    def _do(self, meaning: Meaning, now: int) -> None:
        body = self.body
        match meaning:
            case Motion():
                self._move(meaning, now)
            case PelcoPreset(action="set", number=number):
                body.store(now, number)
            case PelcoPreset(action="clear", number=number):
                body.clear_preset(number)
            case PelcoPreset(action="call", number=number):
                body.recall(now, number)
            case PelcoFocusMode(auto=auto):
                body.set_autofocus(now, auto)
            case PelcoPreset() | Query() | Position():
                pass
            case _:
                assert_never(meaning)

    def _move(self, motion: Motion, now: int) -> None:
        body, model = self.body, self.body.model
        if motion.pan or motion.tilt:
            pan, tilt = _step(motion.pan_speed, len(model.pan_speeds)), _step(motion.tilt_speed, len(model.tilt_speeds))
            body.drive(now, motion.pan, motion.tilt, pan, tilt)
        else:
            body.stop_pan_tilt(now)
        if motion.zoom:
            body.zoom_drive(now, motion.zoom > 0)
        else:
            body.stop_zoom(now)
        if motion.focus:
            body.focus_drive(now, motion.focus < 0)
        else:
            body.stop_focus(now)

    def _answer(self, axis: PelcoAxis, now: int, peer: object) -> None:
        body, model = self.body, self.body.model
        match axis:
            case "pan":
                value = round(model.pan_degrees(body.pan.at(now)) * 100) % CIRCLE
            case "tilt":
                value = round(model.tilt_degrees(body.tilt.at(now)) * 100) % CIRCLE
            case "zoom":
                value = body.zoom.at(now)
        self._post.put(now, peer, self._encoded(Position(axis, value)))


def _step(speed: int, steps: int) -> int:
    """The model's step for a Pelco speed; 0 is the slowest, for an axis that moves must move."""
    return max(1, -(-speed * steps // FASTEST))
