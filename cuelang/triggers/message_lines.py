"""What came in on an input, as the line of a sheet that would hear it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cuelang.output.triggers import when_text
from cuelang.plain import quoted
from cuelang.plan import OnMidi, OnMsc
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import ALL, TYPES, Hit, ShowControl
from cuelang.protocols.mqtt import values
from cuelang.protocols.osc_decode import OscMalformed, parse
from cuelang.triggers.arguments import number_text

MOST_ARGUMENTS = 16


def osc_line(address: str, arguments: Collection[object]) -> str:
    """`on osc "/cue" with 5, "x"`."""
    return " ".join([f"on osc {quoted(address)}", *_with(arguments)])


def packet_line(data: bytes) -> str:
    """The same of a packet that was not read yet; the last message of a bundle."""
    found = parse(data)
    if isinstance(found, OscMalformed) or not found:
        return ""
    _, address, arguments = found[-1]
    return osc_line(address, arguments)


def mqtt_line(topic: str, payload: bytes) -> str:
    return " ".join([f"on mqtt {quoted(topic)}", *_with(values(payload) or ())])


def _with(arguments: Collection[object]) -> list[str]:
    shown = [_argument(value) for value in list(arguments)[:MOST_ARGUMENTS]]
    return ["with", ", ".join(shown)] if shown else []


def _argument(value: object) -> str:
    """A value that `with` can ask for; `_` for one that it cannot."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return quoted(value)
    return number_text(value) or "_"


def midi_line(event: Hit | ShowControl) -> tuple[str, str]:
    """The line, and what it does not say."""
    if isinstance(event, Hit):
        line = when_text(OnMidi(event.kind, event.number, channel=event.channel, released=event.released))
        value = "" if event.kind == "program" or event.released else f"value {event.value}"
        return line, value
    kind = next((known for known in TYPES.values() if event.type == known.start), range(event.type, event.type + 1))
    when = OnMsc(
        event.command,
        event.cue or None,
        None,
        event.list or None,
        None if event.device == ALL else event.device,
        None if event.type == ALL else kind,
    )
    return when_text(when), f"path {event.path}" if event.path else ""


def taken_text(found: Sequence[Request | Verdict]) -> str:
    """What takes a message: `go 1 (night.cues:3)`; empty if nothing does."""
    takes = []
    for one in found:
        request, refused = (one, "") if isinstance(one, Request) else (one.request, one.reason)
        place = request.origin.span
        where = f"{place.file}:{place.line}" if place.file else "built in"
        takes.append(f"{request.text} ({where}{f'; {refused}' if refused else ''})")
    return ", ".join(takes)
