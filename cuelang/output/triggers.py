"""Triggers in the words of a sheet: what was compiled, as the line that means the same."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from cuelang.lang.schedules import DAYS
from cuelang.output.plan import asked_of
from cuelang.plain import quoted
from cuelang.plan import (
    CameraAction,
    ControlAction,
    CueAction,
    FaderAction,
    OnBus,
    OnCron,
    OnDays,
    OnDmx,
    OnHttp,
    OnInterval,
    OnKey,
    OnLink,
    OnMidi,
    OnMqtt,
    OnMsc,
    OnOnce,
    OnOsc,
    OnOutputLost,
    OnTimecode,
    OscTest,
    Plan,
    Program,
    Trigger,
    When,
    walk,
)
from cuelang.protocols.midi import TYPES
from cuelang.units import NS, clock_parts

_HOUR = 3600
_MIDNIGHT = 24 * _HOUR - 1
"""The end of an interval that names none."""


def trigger_text(trigger: Trigger) -> str:
    """`on every sunday at 09:55 missed within 2m`, without its action."""
    late = f" missed within {length(trigger.missed)}" if trigger.missed else ""
    return when_text(trigger.when) + late


def when_text(when: When) -> str:  # noqa: C901 - a case for each kind of trigger
    """What a trigger waits for, as a sheet says it: `on midi note 60 channel 1`."""
    match when:
        case OnOsc(address=address, tests=tests):
            words = ["osc", quoted(address), *_with(tests)]
        case OnMqtt(topic=topic, tests=tests):
            words = ["mqtt", quoted(topic), *_with(tests)]
        case OnHttp(path=path):
            words = ["http", quoted(path)]
        case OnMidi(kind=kind, number=number, channel=channel):
            words = ["midi", kind, *([] if kind in ("bend", "aftertouch") else [str(number)])]
            words += _part("channel", channel) + _part("above", when.above) + _part("below", when.below)
            words += ["released"] if when.released else []
        case OnMsc(command=command, cue=cue, capture=capture):
            words = ["msc", command, *([f"{{{capture}}}"] if capture else [cue] if cue else [])]
            words += _part("list", when.list) + _part("device", when.device) + _part("type", _types(when.types))
        case OnTimecode():
            words = ["timecode", timecode(when)]
        case OnDmx(channel=channel, equals=equals, capture=capture):
            words = ["dmx", str(channel), *_part("above", when.above), *_part("below", when.below)]
            words += _part("=", equals) if capture is None else ["=", f"{{{capture}}}"]
        case OnKey(key=key):
            words = ["key", quoted(key)]
        case OnDays(days=days, times=times):
            words = ["every", _days(days), "at", ", ".join(map(_clock, times))]
            words += ["except", ", ".join(sorted(when.exceptions))] if when.exceptions else []
        case OnInterval(every=every, start=start, end=end):
            words = ["every", length(every)]
            words += [] if (start, end) == (0, _MIDNIGHT) else ["from", _clock(start), "to", _clock(end)]
        case OnCron(text=text):
            words = ["cron", quoted(text)]
        case OnOnce(date=date, seconds=seconds):
            words = ["once", date, "at", _clock(seconds)]
        case OnBus(bus=bus, source=source):
            return f"on {bus} {source}"
        case OnOutputLost(output=output):
            words = [output, "lost"]
        case OnLink(state=state, device=device):
            words = [state, device]
        case _ as never:
            assert_never(never)
    named = getattr(when, "source", None)
    return " ".join(["on", *words, *(["from", named] if named else [])])


def action_text(plan: Plan, action: CueAction | CameraAction | ControlAction | FaderAction) -> str:
    """What a trigger asks for: `go 4`, `drive foh pan`, `foh: move to wide`."""
    match action:
        case CueAction(verb="stop", cue=cue) if cue is not None:
            return f"stop cue {cue}"
        case CueAction():
            return action.text
        case FaderAction():
            return action.text
        case ControlAction(cameras=cameras, what=what):
            return f"drive {', '.join(cameras)} {what}"
        case CameraAction(program=program):
            return _statement(plan, program)
        case _:
            assert_never(action)


def _statement(plan: Plan, program: Program) -> str:
    acts: dict[str, list[str]] = {}
    for step in walk(program):
        who, asked = asked_of(plan, step.act)
        acts.setdefault(asked, []).append(who)
    said = (f"{', '.join(who)}: {asked}" if any(who) else asked for asked, who in acts.items())
    return "; ".join(said) or "nothing"


def value_text(value: float | str) -> str:
    """A value after `with`."""
    if isinstance(value, str):
        return quoted(value)
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def timecode(when: OnTimecode) -> str:
    """`01:00:12:00`; drop frame has a semicolon before the frames."""
    last = ";" if when.drop else ":"
    return f"{when.hours:02}:{when.minutes:02}:{when.seconds:02}{last}{when.frames:02}"


def length(ns: int) -> str:
    """A time with its unit, exactly: `2m`, `1.5s`."""
    seconds = Decimal(ns) / NS
    for unit, size in (("h", _HOUR), ("m", 60)):
        if ns and not seconds % size:
            return f"{int(seconds / size)}{unit}"
    return f"{value_text(float(seconds))}s"


def _with(tests: tuple[OscTest, ...]) -> list[str]:
    return ["with", ", ".join(map(_test, tests))] if tests else []


def _test(test: OscTest) -> str:
    if test.op == "capture":
        return f"{{{test.value}}}"
    if test.value is None:
        return "_"
    return value_text(test.value) if test.op == "==" else f"{test.op} {value_text(test.value)}"


def _part(word: str, value: object) -> list[str]:
    return [] if value is None else [word, str(value)]


def _types(types: range | None) -> str | None:
    if types is None:
        return None
    return next((name for name, known in TYPES.items() if known == types), str(types.start))


def _days(days: frozenset[int]) -> str:
    """Days by one name if there is one, otherwise one after the other."""
    alone = next((name for name, known in DAYS.items() if known == days), None)
    return alone or ", ".join(name for name, known in DAYS.items() if len(known) == 1 and known <= days)


def _clock(seconds: int) -> str:
    hours, minutes, rest = clock_parts(seconds)
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")
