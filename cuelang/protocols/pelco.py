"""Pelco-D and Pelco-P: commands as bytes and back.

    Pelco-D   FF addr c1 c2 d1 d2 SUM       SUM = addr + c1 + c2 + d1 + d2, modulo 256
    Pelco-P   A0 addr c1 c2 d1 d2 AF XOR    XOR of the seven bytes before it

The four middle bytes are the same in both, as PTZOptics prints them and its sister cameras (BenQ DVY23, AViPAS
AV-1281G, Minrray UV950A, Prisual TEM-20V) do. When bit 0 of c2 is clear they are a picture of all that shall move, so
a frame without any such bit stops everything, and a zoom frame stops a pan. When it is set, c2 is an operation.

The PTZOptics manual prints Focus Near without its bit (01 in c1), which is the stop frame, has neither stop nor
diagonals, and shows Pelco-P with Pelco-D's bytes; here are those of the other makers.

Nothing is ever acknowledged; only the three position queries have replies. Received bytes never make this raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import xor
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cuelang.commands import (
    FOCUS,
    PAN_TILT,
    VECTORS,
    ZOOM,
    Axes,
    Clear,
    Command,
    Drive,
    Focus,
    FocusDrive,
    Recall,
    Stop,
    Store,
    ZoomDrive,
)
from cuelang.protocols.visca.encode import ViscaMessage

Kind = Literal["pelco-d", "pelco-p"]

FASTEST = 63
"""Pelco-D's pan knows FF beyond it (turbo), which is read as the fastest and never sent."""

LENGTHS: dict[Kind, int] = {"pelco-d": 7, "pelco-p": 8}
_STARTS: dict[Kind, int] = {"pelco-d": 0xFF, "pelco-p": 0xA0}
_ETX = 0xAF


# --- what is reported --------------------------------------------------------------------------------------------


class Motion(Struct, frozen=True):
    """All that shall move from now on: +1 is right, up, in, far; −1 left, down, out, near; 0 stops it.

    Speeds are 0–63; that of an axis at rest is 0 on the wire.
    """

    pan: int = 0
    tilt: int = 0
    zoom: int = 0
    focus: int = 0
    pan_speed: int = 0
    tilt_speed: int = 0


STILL = Motion()
PresetAction = Literal["set", "clear", "call"]
PelcoAxis = Literal["pan", "tilt", "zoom"]


class PelcoPreset(Struct, frozen=True):
    """Store, clear or recall the preset of this number."""

    action: PresetAction
    number: int


class PelcoFocusMode(Struct, frozen=True):
    """Focus automatically, or leave the focus alone."""

    auto: bool


class Query(Struct, frozen=True):
    """Ask where this axis is; the reply is a Position."""

    axis: PelcoAxis


class Position(Struct, frozen=True):
    """A reply. `value` is 0–65535 in units that no PTZOptics list states."""

    axis: PelcoAxis
    value: int


Meaning = Motion | PelcoPreset | PelcoFocusMode | Query | Position

_BITS: tuple[tuple[str, int, int], ...] = (
    ("pan", +1, 0x0002), ("pan", -1, 0x0004), ("tilt", +1, 0x0008), ("tilt", -1, 0x0010),
    ("zoom", +1, 0x0020), ("zoom", -1, 0x0040), ("focus", +1, 0x0080), ("focus", -1, 0x0100),
)  # fmt: skip
"""Bits of c1 c2 taken as one number."""

_PRESETS: dict[PresetAction, int] = {"set": 0x03, "clear": 0x05, "call": 0x07}
_FOCUS_MODE = 0x2B
_FOCUS_MODES = {True: 0x01, False: 0x02}
_QUERIES: dict[PelcoAxis, int] = {"pan": 0x51, "tilt": 0x53, "zoom": 0x55}
_POSITIONS: dict[PelcoAxis, int] = {"pan": 0x59, "tilt": 0x5B, "zoom": 0x5D}

_ACTIONS = {code: action for action, code in _PRESETS.items()}
_ASKED = {code: axis for axis, code in _QUERIES.items()}
_ANSWERED = {code: axis for axis, code in _POSITIONS.items()}


def _write(meaning: Meaning) -> tuple[int, int, int, int]:
    match meaning:
        case Motion():
            wanted = [bit for axis, sign, bit in _BITS if getattr(meaning, axis) == sign]
            pan = meaning.pan_speed if meaning.pan else 0
            tilt = meaning.tilt_speed if meaning.tilt else 0
            return (*divmod(sum(wanted), 256), _in(pan, FASTEST, "speed"), _in(tilt, FASTEST, "speed"))
        case PelcoPreset(action=action, number=number):
            return 0, _PRESETS[action], 0, _in(number, 255, "preset")
        case PelcoFocusMode(auto=automatic):
            return 0, _FOCUS_MODE, 0, _FOCUS_MODES[automatic]
        case Query(axis=axis):
            return 0, _QUERIES[axis], 0, 0
        case Position(axis=axis, value=value):
            return 0, _POSITIONS[axis], *divmod(_in(value, 0xFFFF, "position"), 256)


def _in(value: int, high: int, what: str) -> int:
    if not 0 <= value <= high:
        raise ValueError(f"a Pelco {what} is 0 to {high}, not {value}")
    return value


def _read(c1: int, c2: int, d1: int, d2: int) -> Meaning | None:
    if not c2 & 1:
        return _motion(c1 << 8 | c2, d1, d2)
    if c1:
        return None
    if c2 == _FOCUS_MODE and d1 == 0 and d2 in _FOCUS_MODES.values():
        return PelcoFocusMode(d2 == _FOCUS_MODES[True])
    if c2 in _ACTIONS and d1 == 0:
        return PelcoPreset(_ACTIONS[c2], d2)
    if c2 in _ASKED and d1 == d2 == 0:
        return Query(_ASKED[c2])
    return Position(_ANSWERED[c2], d1 << 8 | d2) if c2 in _ANSWERED else None


def _motion(bits: int, d1: int, d2: int) -> Motion | None:
    signs = {"pan": 0, "tilt": 0, "zoom": 0, "focus": 0}
    for axis, sign, bit in _BITS:
        if bits & bit:
            if signs[axis]:
                return None
            signs[axis] = sign
            bits -= bit
    if bits:
        return None  # iris, camera power, scan
    pan, tilt = (min(speed, FASTEST) if moves else 0 for speed, moves in ((d1, signs["pan"]), (d2, signs["tilt"])))
    return Motion(**signs, pan_speed=pan, tilt_speed=tilt)


# --- frames --------------------------------------------------------------------------------------------------


class PelcoFrame(NamedTuple):
    """A frame that arrived whole. `meaning` None: it is in order, but nothing that these cameras know."""

    address: int
    meaning: Meaning | None


def encode(meaning: Meaning, kind: Kind = "pelco-d", address: int = 1, base: int = 1) -> bytes:
    """The frame. `base` is the number of the first camera on a Pelco-P line as it is in the frame, 0 or 1.

    PTZOptics prints “Address” and means the camera's own; other makers send that less one. Pelco-D has no such choice.
    ValueError: an address, a speed, a preset or a position that a frame cannot hold.
    """
    sent = address - 1 + base if kind == "pelco-p" else address
    if base not in (0, 1) or not 0 <= sent <= 255:
        raise ValueError(f"{address} is not a Pelco address")
    body = bytes((sent, *_write(meaning)))
    if kind == "pelco-d":
        return bytes((0xFF, *body, sum(body) % 256))
    frame = bytes((0xA0, *body, _ETX))
    return frame + bytes((reduce(xor, frame),))


def decode(frame: bytes, kind: Kind = "pelco-d", base: int = 1) -> PelcoFrame | None:
    """What a frame says; None: it is not one (length, first byte, checksum). Never raises."""
    if len(frame) != LENGTHS[kind] or frame[0] != _STARTS[kind]:
        return None
    if kind == "pelco-d":
        if sum(frame[1:6]) % 256 != frame[6]:
            return None
        return PelcoFrame(frame[1], _read(*frame[2:6]))
    if frame[6] != _ETX or reduce(xor, frame) != 0:
        return None
    return PelcoFrame(frame[1] + 1 - base, _read(*frame[2:6]))


class PelcoReader:
    """Frames out of a stream of bytes, which may come split, joined and with noise between."""

    def __init__(self, kind: Kind, base: int = 1) -> None:
        self.kind: Kind = kind
        self.base = base
        self.noise = 0
        """Bytes that belonged to no frame."""
        self._rest = b""

    def feed(self, data: bytes) -> list[PelcoFrame]:
        """The frames that are whole by now. Never raises."""
        found: list[PelcoFrame] = []
        rest, length = self._rest + data, LENGTHS[self.kind]
        start = bytes((_STARTS[self.kind],))
        while True:
            at = rest.find(start)
            self.noise += len(rest) if at < 0 else at
            rest = b"" if at < 0 else rest[at:]
            if len(rest) < length:
                self._rest = rest
                return found
            frame = decode(rest[:length], self.kind, self.base)
            if frame is None:
                self.noise += 1
                rest = rest[1:]
            else:
                found.append(frame)
                rest = rest[length:]

    def drop(self) -> None:
        """The line was silent: what was begun will not be completed."""
        self.noise += len(self._rest)
        self._rest = b""


# --- commands ------------------------------------------------------------------------------------------------


def messages(command: Command, kind: Kind = "pelco-d", *, address: int = 1, base: int = 1) -> tuple[ViscaMessage, ...]:
    """The frames of a command, in the order in which they are sent.

    There is one stop frame, and it stops every axis. Zoom and focus have no speed here, nor has a recall.
    Raises ValueError for what Pelco cannot say.
    """
    said = tuple(meanings(command))
    return tuple(
        ViscaMessage(offset, encode(meaning, kind, address, base), axis, row) for offset, meaning, axis, row in said
    )


def only(motion: Motion, axes: Axes) -> Motion:
    """What of a motion happens on these axes."""
    head = motion if PAN_TILT in axes else STILL
    return replace(head, zoom=motion.zoom if ZOOM in axes else 0, focus=motion.focus if FOCUS in axes else 0)


def meanings(command: Command) -> Iterator[tuple[int, Meaning, str, str]]:
    """Of each frame of a command: its offset in ns, what it says, the axis that it is about, and its name. A motion
    is that of the command alone; a caller with other axes in motion puts both into one frame.

    Raises ValueError for what Pelco cannot say.
    """
    match command:
        case Drive(direction=direction, pan_speed=pan_speed, tilt_speed=tilt_speed, duration=duration):
            motion = Motion(*VECTORS[direction], pan_speed=pan_speed, tilt_speed=tilt_speed)
            yield from _for_a_while(motion, PAN_TILT, f"drive.{direction}", duration)
        case ZoomDrive(direction=way, duration=duration):
            yield from _for_a_while(Motion(zoom=1 if way == "in" else -1), ZOOM, f"zoom.{way}", duration)
        case FocusDrive(direction=way, duration=duration):
            yield from _for_a_while(Motion(focus=1 if way == "far" else -1), FOCUS, f"focus.{way}", duration)
        case Stop(axes=axes):
            for axis in (PAN_TILT, ZOOM, FOCUS):
                if axis in axes:
                    yield 0, STILL, axis, "stop"
                    return
        case Focus(mode="auto" | "manual" as mode):
            yield 0, PelcoFocusMode(mode == "auto"), FOCUS, f"focus.{mode}"
        case Recall(preset=preset):
            yield 0, PelcoPreset("call", preset), PAN_TILT, "preset.call"
        case Store(preset=preset):
            yield 0, PelcoPreset("set", preset), "", "preset.set"
        case Clear(preset=preset):
            yield 0, PelcoPreset("clear", preset), "", "preset.clear"
        case _:
            raise ValueError(f"Pelco has no command for {command}")


def _for_a_while(motion: Motion, axis: str, row: str, duration: int | None) -> Iterator[tuple[int, Meaning, str, str]]:
    yield 0, motion, axis, row
    if duration is not None:
        yield duration, STILL, axis, "stop"
