"""MIDI as a show receives it. mido takes bytes apart; here its messages become what triggers ask about.

Channels are 1 to 16, as consoles show them; notes, controllers and programs are 0 to 127, as they are sent. MIDI Show
Control and MIDI time code are the Universal Real Time messages of MIDI 1.0: sub-id 02 and 01 of `F0 7F device …`.
A pitch bend counts as a controller does: 0 to 127, 64 is its centre.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct

from cuelang.protocols.timecode import RATES, Rate

Kind = Literal["note", "control", "program", "bend", "aftertouch", "pressure"]

COMMANDS: dict[int, str] = {
    0x01: "go",
    0x02: "stop",
    0x03: "resume",
    0x04: "go",  # TIMED_GO: who cannot vary the time does as for GO (MIDI Show Control 1.1, section 5)
    0x05: "load",
    0x0B: "go_off",
}
_TIMED_GO, _TIME = 0x04, 5
ALL = 0x7F
"""The device, and the type, that mean all of them."""
TYPES = {
    "lighting": range(0x01, 0x10), "sound": range(0x10, 0x20), "machinery": range(0x20, 0x30),
    "video": range(0x30, 0x40), "projection": range(0x40, 0x50), "process": range(0x50, 0x60),
    "pyro": range(0x60, 0x70),
}  # fmt: skip
"""Command formats of MIDI Show Control 1.1, by the name of their general category."""


class Hit(Struct, frozen=True):
    """A note struck (or let go: value 0), a controller or a bend moved, a program chosen. `value` is velocity or
    position; of a program 127. A bend and an aftertouch have the number 0, pressure that of its key."""

    kind: Kind
    number: int
    value: int
    channel: int

    @property
    def text(self) -> str:
        number = "" if self.kind in ("bend", "aftertouch") else f" {self.number}"
        return f"{self.kind}{number} ch {self.channel}{' released' if self.released else ''}"

    @property
    def released(self) -> bool:
        return self.kind == "note" and not self.value


class ShowControl(Struct, frozen=True):
    """`cue`, `list` and `path` as they were sent, empty when none was: `2.5`."""

    command: str
    cue: str
    device: int = ALL
    list: str = ""
    path: str = ""
    type: int = ALL

    @property
    def text(self) -> str:
        """All that it is addressed to: without it it is not visible why a cue went."""
        kind = next((name for name, known in TYPES.items() if self.type == known.start), str(self.type))
        parts = {
            "": self.cue, "list": self.list, "path": self.path,
            "device": "" if self.device == ALL else str(self.device), "type": "" if self.type == ALL else kind,
        }  # fmt: skip
        return " ".join(("msc", self.command, *(f"{name} {part}".strip() for name, part in parts.items() if part)))


class Quarter(Struct, frozen=True):
    """A quarter frame of MIDI time code."""

    piece: int
    nibble: int


class Located(Struct, frozen=True):
    """A full frame of MIDI time code: where the machine is now."""

    rate: Rate
    label: tuple[int, int, int, int]


MidiEvent = Hit | ShowControl | Quarter | Located


def read(message: Any) -> MidiEvent | None:
    """What a mido message says to a show; None: nothing."""
    match message.type:
        case "note_on":
            return Hit("note", message.note, message.velocity, message.channel + 1)
        case "note_off":
            return Hit("note", message.note, 0, message.channel + 1)
        case "pitchwheel":
            return Hit("bend", 0, (message.pitch + 8192) >> 7, message.channel + 1)
        case "aftertouch":
            return Hit("aftertouch", 0, message.value, message.channel + 1)
        case "polytouch":
            return Hit("pressure", message.note, message.value, message.channel + 1)
        case "control_change":
            return Hit("control", message.control, message.value, message.channel + 1)
        case "program_change":
            return Hit("program", message.program, 127, message.channel + 1)
        case "quarter_frame":
            return Quarter(message.frame_type, message.frame_value)
        case "sysex":
            return _sysex(tuple(message.data))
        case _:
            return None


def _sysex(data: tuple[int, ...]) -> MidiEvent | None:
    match data:
        case (0x7F, device, 0x02, kind, command, *rest) if command in COMMANDS:
            texts = _texts(rest[_TIME:] if command == _TIMED_GO else rest)
            return ShowControl(COMMANDS[command], texts[0], device, texts[1], texts[2], kind)
        case (0x7F, _, 0x01, 0x01, hours, minutes, seconds, frames):
            return Located(RATES[hours >> 5 & 3], (hours & 31, minutes, seconds, frames))
        case _:
            return None


def _texts(data: Sequence[int]) -> tuple[str, str, str]:
    """The texts that are parted by zeros: cue number, list, path."""
    number, of, path = (*bytes(data).split(b"\0")[:3], b"", b"", b"")[:3]
    return _shown(number), _shown(of), _shown(path)


def _shown(text: bytes) -> str:
    return text.decode("ascii", "replace").strip()[:40]


# --- what a show sends --------------------------------------------------------------------------------------


_SHOWN = {"note": "a note", "control": "a controller", "program": "a program"}
_MSC_ALL = (0x7F, 0x7F, 0x02, 0x7F)
"""Real time, every device, show control, all types."""


def words() -> tuple[str, ...]:
    """What may be in quotes after a MIDI output's name."""
    return ("note", "control", "program", *(f"msc {name}" for name in dict.fromkeys(COMMANDS.values())), "sysex")


def message(word: str, arguments: tuple[int | float | str, ...]) -> Any:
    """The mido message of a `send` line. Raises ValueError with a sentence."""
    from mido import Message  # 70 ms, and few shows send MIDI

    kind, fields = _fields(word, arguments)
    return Message(kind, **fields)


def problem(word: str, arguments: tuple[int | float | str, ...]) -> str:
    """What is wrong with a `send` line, or nothing."""
    try:
        _fields(word, arguments)
    except ValueError as error:
        return str(error)
    return ""


def _fields(word: str, arguments: tuple[int | float | str, ...]) -> tuple[str, dict[str, Any]]:
    """The type of a mido message, and what it holds."""
    kind, _, command = word.partition(" ")
    if word not in words():
        raise ValueError(f"“{word}” is not a MIDI message; known: {', '.join(words())}")
    if kind == "msc":
        number = next(code for code, name in COMMANDS.items() if name == command)
        if len(arguments) > 3:
            raise ValueError("“msc” takes at most a cue, a list and a path")
        text = "\0".join(_text(argument) for argument in arguments)
        return "sysex", {"data": (*_MSC_ALL, number, *text.encode("ascii", "ignore"))}
    if kind == "sysex":
        try:
            data = bytes.fromhex("".join(str(argument) for argument in arguments))
            data = data.removeprefix(b"\xf0").removesuffix(b"\xf7")
        except ValueError:
            data = b"\xff"
        if any(byte > 127 for byte in data):
            raise ValueError('a “sysex” is written as "7e 7f 06 01", bytes from 00 to 7f')
        return "sysex", {"data": data}
    if kind == "program":
        number, channel = _numbers(kind, arguments, (0, 1), (127, 16))
        return "program_change", {"program": number, "channel": channel - 1}
    number, value, channel = _numbers(kind, arguments, (0, 0, 1), (127, 127, 16), (None, 127, 1))
    if kind == "note":
        return "note_on", {"note": number, "velocity": value, "channel": channel - 1}
    return "control_change", {"control": number, "value": value, "channel": channel - 1}


def _numbers(
    kind: str,
    arguments: tuple[int | float | str, ...],
    low: tuple[int, ...],
    high: tuple[int, ...],
    otherwise: tuple[int | None, ...] = (None, 1),
) -> Iterable[int]:
    given = [*arguments, *otherwise[len(arguments) :]]
    if len(given) != len(low) or not all(
        isinstance(value, int) and least <= value <= most for value, least, most in zip(given, low, high, strict=True)
    ):
        ranges = ", ".join(f"{least} to {most}" for least, most in zip(low, high, strict=True))
        raise ValueError(f"{_SHOWN[kind]} takes whole numbers: {ranges}, the last one a channel")
    return [int(value) for value in given if value is not None]


def _text(value: int | float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
