"""A camera's command as timed VISCA frames.

The plan prints these frames and the driver sends them: there is one function for both. What only the running
show can know (a position that nothing tracks) is left out here and comes when the driver asks again with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from types import MappingProxyType
from typing import assert_never

from msgspec import Struct

from cuelang.commands import (
    FOCUS,
    NO_POSE,
    PAN_TILT,
    POWER,
    ZOOM,
    Booth,
    Clear,
    Command,
    Drive,
    Focus,
    FocusDrive,
    FocusTo,
    Home,
    MoveBy,
    MoveTo,
    Pose,
    Power,
    Ramp,
    Raw,
    Recall,
    Recover,
    Replay,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
    image_axis,
)
from cuelang.models import Model, paths
from cuelang.models.easing import Leg, legs
from cuelang.models.motion import Glide, glide, ramp_frames
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.capability import properties_of, why_no_property
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.properties import to_rows
from cuelang.protocols.visca.row import Row
from cuelang.units import NS

NOTHING: Mapping[str, int] = MappingProxyType({})

STOP_SPEED = 12
"""The stop frame has speeds too. They mean nothing, but must not be 00: a BRC-300 refuses that (obs-ptz#40)."""

PUSH_NS = NS
"""How long (ns) the push of a focus button is held, on cameras that have one."""

TALLY = {"preview": 1, "program": 2, "off": 3}
"""PTZOptics: flashing, on, as it was."""


class ViscaMessage(Struct, frozen=True):
    """One frame, `offset` ns after the command's start.

    `axis` is what it moves ("" for nothing that a newer command could take over). `repeatable`: it may be sent
    again if the answer is lost. `final`: a slow camera must have it all the same; only a ramp has frames that
    may be skipped. `alternative`: to try if the camera does not know `frame` (a syntax error).
    """

    offset: int
    frame: bytes
    axis: str
    row: str
    repeatable: bool = True
    final: bool = True
    alternative: bytes | None = None


def messages(
    command: Command,
    model: Model,
    *,
    address: int = 1,
    pose: Pose = NO_POSE,
    preset_speed: int | None = None,
    focus: int | None = None,
) -> tuple[ViscaMessage, ...]:
    """The frames of a command, in the order in which they are sent; those at one offset follow each other.

    `pose` and `focus` are where the camera is, as far as it is known; `preset_speed` is the last one it was sent.
    A pan-tilt position needs both axes: when the command leaves one out and `pose` does not know it, there is
    no pan-tilt frame. A ramp without a known start has only its last frame. Booth and Snapshot have none.
    Raises ValueError for what the model's VISCA cannot say.
    """
    return tuple(_Encoder(model, address).frames(command, pose, preset_speed, focus))


TENTH_NS = 100_000_000


def tenths(over: int) -> int:
    """The nearest time that a camera can be told to take for a recall, in tenths of a second: 1 to 99 s."""
    return min(max((over + TENTH_NS // 2) // TENTH_NS, 10), 990)


class _Encoder(Struct, frozen=True):
    model: Model
    address: int

    @property
    def rows(self) -> Mapping[str, Row]:
        return rows_of(self.model)

    def row(self, row: str) -> Row:
        """The row as the model's list has it. Raises ValueError if it has none."""
        found = rows_of(self.model).get(row)
        if found is None:
            raise ValueError(f"{self.model.title} has no {row}")
        return found

    def wire(self, preset: int) -> int:
        """A preset as the wire counts it."""
        return preset - self.model.preset_base

    def speeds(self, pan: int, tilt: int, row: str) -> dict[str, int]:
        """Speed steps as this row takes them: one number serves both axes, and tilt ends at its highest step."""
        found = {"pan_speed": min(max(pan, 1), len(self.model.pan_speeds))}
        for param in self.row(row).params:
            if param.name == "tilt_speed":
                found["tilt_speed"] = min(max(tilt, param.low), len(self.model.tilt_speeds))
        return found

    def one(
        self, row: str, axis: str, params: Mapping[str, int] = NOTHING, offset: int = 0, final: bool = True
    ) -> ViscaMessage:
        known = self.row(row)
        frame = codec.fill(known, self.address, params)
        other = codec.alternative(row, self.address, **params) if known.alternatives else None
        return ViscaMessage(offset, frame, axis, row, not known.single, final, other)

    def stop(self, axis: str, offset: int = 0) -> ViscaMessage:
        if axis == PAN_TILT:
            return self.one("pt.stop", axis, {"pan_speed": STOP_SPEED, "tilt_speed": STOP_SPEED}, offset)
        return self.one(f"{axis}.stop", axis, offset=offset)

    def frames(  # noqa: C901 - a case for each command
        self, command: Command, pose: Pose, preset_speed: int | None, focus: int | None
    ) -> Iterator[ViscaMessage]:
        sony = self.model.family == "sony"
        match command:
            case MoveTo():
                yield from self.move(command, pose)
            case MoveBy(pan=pan, tilt=tilt, pan_speed=pan_speed, tilt_speed=tilt_speed):
                speeds = self.speeds(pan_speed, tilt_speed, "pt.relative")
                yield self.one("pt.relative", PAN_TILT, {**speeds, "pan": pan, "tilt": tilt})
            case Home():
                yield self.one("pt.home", PAN_TILT)
            case Recall(preset=preset, over=int(over)):
                number = self.wire(preset)
                if "sony.preset_apart" in self.rows:
                    yield self.one("sony.preset_apart", "")
                yield self.one("sony.preset_timed", "", {"preset": number, "timed": 1})
                yield self.one("sony.preset_time", "", {"preset": number, "tenths": tenths(over)})
                yield self.one("preset.recall", PAN_TILT, {"preset": number})
            case Recall(preset=preset, speed=speed):
                number = self.wire(preset)
                if speed is not None and sony:
                    # A Sony keeps the speed with each preset, so the last one sent says nothing.
                    if "sony.preset_apart" in self.rows:  # otherwise it may have one speed for all presets
                        yield self.one("sony.preset_apart", "")
                    if "sony.preset_timed" in self.rows:
                        yield self.one("sony.preset_timed", "", {"preset": number, "timed": 0})
                    yield self.one("sony.preset_speed", "", {"preset": number, "speed": speed})
                elif sony and "sony.preset_timed" in self.rows:  # a time that an earlier line gave it would still hold
                    yield self.one("sony.preset_timed", "", {"preset": number, "timed": 0})
                elif speed is not None and speed != preset_speed:
                    yield self.one("preset.speed", "", {"speed": speed})
                yield self.one("preset.recall", PAN_TILT, {"preset": number})
            case Drive(direction=direction, pan_speed=pan_speed, tilt_speed=tilt_speed, duration=duration):
                row = f"pt.{direction}"
                yield self.one(row, PAN_TILT, self.speeds(pan_speed, tilt_speed, row))
                if duration is not None:
                    yield self.stop(PAN_TILT, duration)
            case ZoomTo(position=position):
                yield self.one("zoom.direct", ZOOM, {"zoom": position})
            case ZoomDrive(direction=way, speed=speed, duration=duration):
                yield self.one("zoom.tele_var" if way == "in" else "zoom.wide_var", ZOOM, {"speed": speed})
                if duration is not None:
                    yield self.stop(ZOOM, duration)
            case Replay():
                yield from self.replay(command, pose)
            case Ramp():
                yield from self.ramp(command, pose.zoom if command.axis == "zoom" else focus)
            case Focus(mode="snap") if "sony.push_af" in self.rows:
                yield self.one("sony.push_af", FOCUS, {"state": 1})
                yield self.one("sony.push_af", FOCUS, {"state": 0}, PUSH_NS)
            case Focus(mode="snap") if sony:
                yield self.one("sony.focus_one_push", FOCUS)
            case Focus(mode=mode):
                yield self.one(f"focus.{mode}", FOCUS)
            case FocusTo(position=position):
                yield self.one("focus.direct", FOCUS, {"focus": position})
            case FocusDrive(direction=way, speed=rate, duration=duration):
                if rate is None:
                    yield self.one(f"focus.{way}", FOCUS)
                else:
                    yield self.one(f"focus.{way}_var", FOCUS, {"speed": rate})
                if duration is not None:
                    yield self.stop(FOCUS, duration)
            case Stop(axes=axes, tracking=tracking):
                if tracking:
                    yield from self.track(False, "")
                for axis in (PAN_TILT, ZOOM, FOCUS):
                    if axis in axes:
                        yield self.stop(axis)
            case SetProperty(prop=prop, verb=verb):
                properties = properties_of(self.model)
                why = why_no_property(self.model, prop, verb, properties)
                if why is not None:
                    raise ValueError(why)
                for row, params in to_rows(command, properties):
                    yield self.one(row, image_axis(prop), params)
            case Store(preset=preset):
                yield self.one("preset.set", "", {"preset": self.wire(preset)})
            case Clear(preset=preset):
                yield self.one("preset.reset", "", {"preset": self.wire(preset)})
            case Raw(frame=frame):
                yield ViscaMessage(0, bytes((0x80 | self.address, *frame[1:])), "", "raw", repeatable=False)
            case Tally(mode=mode) if sony:
                # Lamps that do not flash. Preview has one of its own on some, and leaves the others dark.
                for row, lit in (("sony.tally_red", "program"), ("sony.tally_green", "preview")):
                    if row in self.rows or lit == "program":
                        yield self.one(row, "", {"state": 2 if mode == lit else 3})
            case Tally(mode=mode):
                yield self.one("tally", "", {"mode": TALLY[mode]})
            case Power(on=on):
                yield self.one("power.on" if on else "power.off", POWER)
            case Track(on=on):
                yield from self.track(on, PAN_TILT)
            case Booth() | Snapshot() | Recover():
                return
            case _:
                assert_never(command)

    def replay(self, command: Replay, pose: Pose) -> Iterator[ViscaMessage]:
        end = command.over
        turned = (
            self.turned(turn, offset, offset == end)
            for offset, turn in paths.turns(self.model, command.places, pose, command.rate)
        )
        zoomed = (
            self.one("zoom.direct", ZOOM, {"zoom": zoom}, offset, offset == end)
            for offset, zoom in paths.zooms(command.places, command.rate)
        )
        yield from merge(turned, zoomed, key=lambda message: message.offset)

    def turned(self, turn: paths.Turn, offset: int = 0, final: bool = True) -> ViscaMessage:
        """The frame that sends the head to a place."""
        speeds = self.speeds(turn.pan_speed, turn.tilt_speed, "pt.absolute")
        return self.one("pt.absolute", PAN_TILT, {**speeds, "pan": turn.pan, "tilt": turn.tilt}, offset, final)

    def track(self, on: bool, axis: str) -> Iterator[ViscaMessage]:
        if "sony.auto_framing" in self.rows:
            yield self.one("sony.auto_framing", axis, {"state": int(on)})
        elif "autotrack" in self.rows or axis:
            yield self.one("autotrack", axis, {"state": 2 if on else 3})

    def move(self, command: MoveTo, pose: Pose) -> Iterator[ViscaMessage]:
        return merge(self.turns(command, pose), self.zooms(command, pose), key=lambda message: message.offset)

    def turns(self, command: MoveTo, pose: Pose) -> Iterator[ViscaMessage]:
        goal = command.pose
        pan = pose.pan if goal.pan is None else goal.pan
        tilt = pose.tilt if goal.tilt is None else goal.tilt
        if PAN_TILT not in goal.axes or pan is None or tilt is None:
            return
        series: tuple[Leg, ...] = (Leg(0, command.pan_speed, command.tilt_speed),)
        if command.over is not None and pose.pan is not None and pose.tilt is not None:
            series = legs(self.model, pan - pose.pan, tilt - pose.tilt, command.over, command.ease)
        for leg in series:
            yield self.turned(paths.Turn(pan, tilt, leg.pan_speed, leg.tilt_speed), leg.at, leg is series[-1])

    def zooms(self, command: MoveTo, pose: Pose) -> Iterator[ViscaMessage]:
        zoom = command.pose.zoom
        if zoom is None:
            return
        if command.over is None:
            yield self.one("zoom.direct", ZOOM, {"zoom": zoom})
        else:
            ramp = Ramp("zoom", None, zoom, command.over, command.rate, command.ease, command.by)
            yield from self.ramp(ramp, pose.zoom)

    def ramp(self, ramp: Ramp, position: int | None) -> Iterator[ViscaMessage]:
        row = f"{ramp.axis}.direct"
        start = position if ramp.start is None else ramp.start
        if start is None:
            yield self.one(row, ramp.axis, {ramp.axis: ramp.target}, ramp.over)
            return
        if ramp.by == "speed" and ramp.axis == "zoom" and self.model.zoom_speeds:
            yield from self.glide(ramp, start)
            return
        frames = ramp_frames(start, ramp.target, ramp.over, ramp.rate, ramp.ease, send_start=ramp.start is not None)
        for offset, value in frames:
            yield self.one(row, ramp.axis, {ramp.axis: value}, offset, offset == ramp.over)

    def glide(self, ramp: Ramp, start: int) -> Iterator[ViscaMessage]:
        if ramp.start is not None:
            yield self.one("zoom.direct", ZOOM, {"zoom": start})
        for offset, chosen in glide(self.model, start, ramp):
            yield ViscaMessage(offset, glide_frame(chosen, self.address), ZOOM, _glide_row(chosen), True, False)
        yield self.one("zoom.direct", ZOOM, {"zoom": ramp.target}, ramp.over)


def turn_frame(model: Model, turn: paths.Turn, address: int = 1) -> bytes:
    """The frame that sends a head to a place."""
    return _Encoder(model, address).turned(turn).frame


def glide_frame(chosen: Glide, address: int = 1) -> bytes:
    """The frame that drives the lens like this, or stops it."""
    row = _glide_row(chosen)
    return codec.encode(row, address) if chosen.step is None else codec.encode(row, address, speed=chosen.step)


def _glide_row(chosen: Glide) -> str:
    if chosen.step is None:
        return "zoom.stop"
    return "zoom.tele_var" if chosen.sign > 0 else "zoom.wide_var"
