"""`on …` lines become the plan's triggers: what fires, and what it asks for."""

from __future__ import annotations

import re
from typing import Any, assert_never, get_args

from cuelang import plan as p
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.draft import CueRefs
from cuelang.lang.refs import cue_of, cue_text, unknown_port
from cuelang.lang.schedules import lower_schedule
from cuelang.lang.scope import Scope, called
from cuelang.lang.switchers import NO_SWITCHER
from cuelang.lang.trigger_actions import TOUCHED, is_stick, lower_action
from cuelang.lang.values import as_it_stands
from cuelang.lang.words import key_problem
from cuelang.protocols.midi import TYPES, Kind
from cuelang.protocols.mqtt import topic_problem
from cuelang.protocols.osc import SheetAddress

_PLAIN = re.compile(r"(?:/[A-Za-z0-9_.:-]+)+")
"""An address of literal parts, which most are."""

TIMECODE = ("midi", "ltc", "artnet")
"""Schemes of the inputs that time code comes by."""


def lower_trigger(node: s.Trigger, scope: Scope, refs: CueRefs, cue: str | None) -> p.Trigger | None:
    """One trigger; None after a report. `cue` is the cue that contains it."""
    captures: set[str] = set()
    when = _when(node.when, scope, captures)
    action: p.CueAction | p.CameraAction | p.ControlAction | p.FaderAction | None
    if cue is not None:
        if node.action is not None:
            scope.report(
                "E208",
                node.action.loc,
                "Inside a cue, `on …` takes no action: it fires that cue.",
                "Move the line out of the cue to give it an action.",
            )
            return None
        action = p.CueAction("go", cue)
    elif node.action is None:
        scope.report(
            "E208", node.loc, "Outside a cue, a trigger needs an action.", "For example: `go 4` at the end of the line."
        )
        return None
    else:
        action = lower_action(node.action, node, scope, refs, captures)
    if when is None or action is None:
        return None
    if isinstance(when, p.OnMidi) and when.kind in TOUCHED and is_stick(node.when) and not _drives(action):
        scope.report(
            "E208",
            node.when.loc,
            f"{'A pitch bend' if when.kind == 'bend' else 'Aftertouch'} is continuous, not a button.",
            f"Write `above 100` or `below 20`{' (64 is the centre)' if when.kind == 'bend' else ''}, or let it drive:"
            " `drive foh pan`.",
        )
        return None
    if isinstance(when, p.OnDmx) and is_stick(node.when) and not _drives(action):
        scope.report(
            "E208",
            node.when.loc,
            "The level is missing.",
            "Write `above 127`, `below 20` or `= {number}`, or let it drive: `drive foh pan`.",
        )
        return None
    missed = getattr(node.when, "missed", None)
    late = scope.time(missed, "`missed within`") if missed is not None else 0
    return p.Trigger(when, action, scope.origin(node.when.loc), late or 0)


def _drives(action: object) -> bool:
    return isinstance(action, p.ControlAction | p.FaderAction)


# --- what fires ----------------------------------------------------------------------------------------------


def _osc(when: s.OnOsc, scope: Scope, captures: set[str]) -> p.OnOsc | None:
    try:
        if not _PLAIN.fullmatch(when.address.value):
            captures |= set(SheetAddress(when.address.value).captures)
    except ValueError as bad:
        captures |= set(re.findall(r"\{(\w+)\}", when.address.value))
        hint = 'For example: "/eos/out/event/cue/1/{number}/fire".'
        if " " in when.address.value.strip():
            hint = f'`?` matches one space: "{when.address.value.strip().replace(" ", "?")}".'
        scope.report("E305", when.address.loc, str(bad), hint)
        return None
    tests = _tests(when.tests, scope, captures, "An OSC argument")
    if tests is None:
        return None
    source = _source(when.source, scope, "an OSC", "osc+udp", "osc+tcp")
    return None if source is _WRONG else p.OnOsc(when.address.value, tests, source)


def _tests(given: tuple[s.Test, ...], scope: Scope, captures: set[str], what: str) -> tuple[p.OscTest, ...] | None:
    """What `with` asks for; None after a report. `what` it is about begins the sentence."""
    tests: list[p.OscTest] = []
    for test in given:
        if isinstance(test.value, s.Capture):
            captures.add(test.value.name)
            tests.append(p.OscTest("capture", test.value.name))
        elif test.value is None:
            tests.append(p.OscTest("_", None))
        else:
            # The braces of a literal would be captures, not values.
            value = as_it_stands(test.value) if isinstance(test.value, s.Text) else scope.evaluate(test.value)
            if value.kind == "unknown":
                return None
            if value.kind == "number":
                tests.append(p.OscTest(test.op, float(value.amount)))
            elif value.kind in ("text", "word") and test.op == "==":
                tests.append(p.OscTest("==", str(value.amount)))
            else:
                scope.report(
                    "E301",
                    test.loc,
                    f"{what} must be a plain number or a quoted string.",
                    'For example: `with > 0.5` or `with "go"`.',
                )
                return None
    return tuple(tests)


def _mqtt(when: s.OnMqtt, scope: Scope, captures: set[str]) -> p.OnMqtt | None:
    wrong = topic_problem(when.topic.value, wild=True)
    if wrong:
        scope.report("E303", when.topic.loc, wrong, 'For example: "venue/cue", "venue/+/cue" or "venue/#".')
        return None
    tests = _tests(when.tests, scope, captures, "A value of a payload")
    source = _source(when.source, scope, "an MQTT", "mqtt", "mqtts")
    return None if source is _WRONG or tests is None else p.OnMqtt(when.topic.value, tests, source)


_WRONG = ""
"""The input that a trigger names does not fit; this was reported."""


def _source(name: s.Name | None, scope: Scope, title: str, *schemes: str) -> str | None:
    """The input after `from`; None if there is none; `_WRONG` after a report."""
    if name is None:
        return None
    port = scope.env.inputs.get(name.id)
    if port is None:
        unknown_port(name.id, name.loc, "input", scope.env.inputs, scope)
        return _WRONG
    scope.used.add(f"input {name.id}")
    if port.at.scheme not in schemes:
        scope.report("E208", name.loc, f"“{name.id}” is not {title} input; it is {port.url}.", "Name another input.")
        return _WRONG
    return name.id


def _midi(when: s.OnMidi, scope: Scope) -> p.OnMidi | None:
    kind: Any = scope.choice(when.kind, get_args(Kind), "MIDI message")
    number: int | None = 0
    if when.number is not None:
        if kind == "note" and isinstance(when.number, s.Name) and (pitch := _pitch(when.number.id)) is not None:
            scope.report(
                "E301",
                when.number.loc,
                "A MIDI note is a number from 0 to 127.",
                f"{when.number.id} is {pitch} where middle C is C4, {pitch + 12} where it is C3: write `{pitch}`.",
            )
            return None
        number = scope.integer(when.number, 0, 127, f"The number of a MIDI {when.kind.id}")
    above = scope.integer(when.above, 0, 126, "`above`") if when.above is not None else None
    below = scope.integer(when.below, 1, 127, "`below`") if when.below is not None else None
    for word, limit in (("above", when.above), ("below", when.below)):
        if limit is not None and kind in ("note", "program"):
            scope.report("E208", limit.loc, f"`{word}` goes with a controller.", "Remove it.")
            return None
    if when.above is not None and when.below is not None:
        scope.report("E208", when.below.loc, "`above` and `below` cannot be combined.", "Write two triggers.")
        return None
    if when.released is not None and kind != "note":
        scope.report("E208", when.released.loc, "`released` goes with a note.", "Use `below` for a controller.")
        return None
    channel = scope.integer(when.channel, 1, 16, "A MIDI channel") if when.channel is not None else None
    source = _source(when.source, scope, "a MIDI", "midi")
    if kind is None or number is None or source is _WRONG:
        return None
    return p.OnMidi(kind, number, above, channel, below, when.released is not None, source)


def _pitch(name: str) -> int | None:
    """The number of a note such as C4 or Fs3, with 60 for C4."""
    found = re.fullmatch(r"([A-Ga-g])([sb]?)(\d)", name)
    if found is None:
        return None
    step = (9, 11, 0, 2, 4, 5, 7)["ABCDEFG".index(found[1].upper())] + {"s": 1, "b": -1, "": 0}[found[2]]
    return 12 * (int(found[3]) + 1) + step


def _dmx(when: s.OnDmx, scope: Scope, captures: set[str]) -> p.OnDmx | None:
    channel = scope.integer(when.channel, 1, 512, "A lighting channel")
    above = scope.integer(when.above, 0, 254, "`above`") if when.above is not None else None
    below = scope.integer(when.below, 1, 255, "`below`") if when.below is not None else None
    given = [part for part in (when.above, when.below, when.equals) if part is not None]
    if len(given) > 1:
        scope.report("E208", given[-1].loc, "A trigger has one of `above`, `below` and `=`.", "Write two triggers.")
        return None
    capture, equals = None, None
    if isinstance(when.equals, s.Capture):
        capture = when.equals.name
        captures.add(capture)
    elif when.equals is not None:
        equals = scope.integer(when.equals, 0, 255, "A level")
    source = _source(when.source, scope, "a lighting", "sacn", "artnet")
    if channel is None or source is _WRONG or (given and (above, below, equals, capture) == (None,) * 4):
        return None
    return p.OnDmx(channel, above, below, equals, capture, source)


def _http(when: s.OnHttp, scope: Scope, captures: set[str]) -> p.OnHttp | None:
    try:
        if "?" in when.path.value:
            raise ValueError("The path of a request ends before its “?”.")
        captures |= set(SheetAddress(when.path.value, "The path of a request").captures)
    except ValueError as bad:
        scope.report("E305", when.path.loc, str(bad), 'For example: "/button/3" or "/cue/{number}".')
        return None
    source = _source(when.source, scope, "an http", "http")
    return None if source is _WRONG else p.OnHttp(when.path.value, source)


def _msc(when: s.OnMsc, scope: Scope, captures: set[str]) -> p.OnMsc | None:
    command = scope.choice(when.command, ("go", "stop", "resume", "load", "go_off"), "command of MIDI Show Control")
    if command is None:
        return None
    to = _addressed(when, scope)
    if to is None:
        return None
    if isinstance(when.cue, s.Capture):
        captures.add(when.cue.name)
        return p.OnMsc(command, None, when.cue.name, *to)
    number = None if when.cue is None else cue_of(s.CueRef(when.cue, when.cue.loc), scope)
    assert not isinstance(number, p.NextCue), "the grammar has only a number there"
    if when.cue is not None and number is None:
        return None
    return p.OnMsc(command, number, None, *to)


def _addressed(when: s.OnMsc, scope: Scope) -> tuple[str | None, int | None, range | None, str | None] | None:
    """List, device, types and input of a message of MIDI Show Control; None after a report."""
    which, device, types = None, None, None
    if when.list is not None:
        value = scope.evaluate(when.list)
        if value.kind not in ("number", "unknown"):
            scope.report("E301", when.list.loc, "A cue list is a plain number.", "For example: `list 2`.")
        which = cue_text(value.amount) if value.kind == "number" and value.amount >= 0 else None
        if which is None:
            return None
    if when.device is not None:
        device = scope.integer(when.device, 0, 127, "A device of MIDI Show Control")
        if device is None:
            return None
    if isinstance(when.type, s.Name):
        word = scope.choice(when.type, tuple(TYPES), "type of MIDI Show Control")
        if word is None:
            return None
        types = TYPES[word]
    elif when.type is not None:
        number = scope.integer(when.type, 0, 127, "A type of MIDI Show Control")
        if number is None:
            return None
        types = range(number, number + 1)
    source = _source(when.source, scope, "a MIDI", "midi")
    return None if source is _WRONG else (which, device, types, source)


def _timecode(when: s.OnTimecode, scope: Scope) -> p.OnTimecode | None:
    hours, minutes, seconds, frames = (int(part) for part in when.text.replace(";", ":").split(":"))
    fps = scope.env.fps
    top = 60 if fps is None else -(-fps.numerator // fps.denominator)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= top:
        scope.report(
            "E302",
            when.loc,
            f"{when.text} is not a valid timecode.",
            f"Hours go to 23, minutes and seconds to 59, frames to {top - 1}.",
        )
        return None
    if when.drop and (fps is None or fps.denominator == 1):
        scope.report(
            "E302",
            when.loc,
            "Drop frame needs 29.97 or 59.94 frames a second.",
            "Write `:` before the frames, or set `fps 29.97`.",
        )
        return None
    if when.drop and minutes % 10 and seconds == 0 and frames < 2 * (top // 30):
        scope.report("E302", when.loc, f"{when.text} does not exist in drop-frame timecode.", "Use the next frame.")
        return None
    source = _source(when.source, scope, "a timecode", *TIMECODE)
    return None if source is _WRONG else p.OnTimecode(hours, minutes, seconds, frames, when.drop, source)


def _key(when: s.OnKey, scope: Scope) -> p.OnKey | None:
    wrong = key_problem(when.key.value)
    if wrong is not None:
        scope.report("E208", when.key.loc, *wrong)
        return None
    return p.OnKey(when.key.value)


def _bus(when: s.OnBus, scope: Scope) -> p.OnBus | None:
    sources, cameras = scope.env.sources, scope.env.cameras
    value = scope.pick(when.source, (*sources, *cameras))
    if value.kind == "unknown":
        return None
    name = called(value, when.source)
    scope.used.add(name)
    if name not in sources and name not in cameras:
        known = (*sources, *cameras)
        if not scope.env.excuses(name, known):
            scope.report("E201", when.source.loc, f"Unknown source “{name}”.{nearest(name, known)}")
        return None
    if not scope.env.switchers and not any(port.kind == "tsl" for port in scope.env.inputs.values()):
        scope.report("E212", when.loc, "This show has no switcher and no tally input.", NO_SWITCHER)
        return None
    return None if scope.env.idle(name) else p.OnBus(when.bus, scope.env.source_meant(name))


def _output_lost(when: s.OnOutputLost, scope: Scope) -> p.OnOutputLost | None:
    if not scope.env.switchers:
        scope.report("E212", when.loc, "This show has no switcher.", NO_SWITCHER)
        return None
    return p.OnOutputLost(when.output)


def _link(when: s.OnLink, scope: Scope) -> p.OnLink | None:
    known = (*scope.env.cameras, *scope.env.switchers)
    value = scope.pick(when.device, known)
    if value.kind == "unknown":
        return None
    name = called(value, when.device)
    scope.used.add(name)
    if name in known:
        return None if scope.env.idle(name) else p.OnLink(when.state, scope.env.source_meant(name))
    if not scope.env.excuses(name, known):
        scope.report(
            "E201",
            when.device.loc,
            f"Unknown camera or switcher “{name}”.{nearest(name, known)}",
            "Name one camera or one switcher.",
        )
    return None


def _when(when: s.When, scope: Scope, captures: set[str]) -> p.When | None:  # noqa: C901 - a case for each kind of trigger
    match when:
        case s.OnOsc():
            return _osc(when, scope, captures)
        case s.OnMidi():
            return _midi(when, scope)
        case s.OnMsc():
            return _msc(when, scope, captures)
        case s.OnHttp():
            return _http(when, scope, captures)
        case s.OnMqtt():
            return _mqtt(when, scope, captures)
        case s.OnDmx():
            return _dmx(when, scope, captures)
        case s.OnTimecode():
            return _timecode(when, scope)
        case s.OnKey():
            return _key(when, scope)
        case s.OnBus():
            return _bus(when, scope)
        case s.OnOutputLost():
            return _output_lost(when, scope)
        case s.OnLink():
            return _link(when, scope)
        case s.OnDays() | s.OnInterval() | s.OnCron() | s.OnOnce():
            return lower_schedule(when, scope)
        case _:
            assert_never(when)
