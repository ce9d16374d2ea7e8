"""What a trigger of the sheet asks for: the part behind what fires it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, assert_never

from cuelang import commands as c
from cuelang import plan as p
from cuelang.diagnostics import nearest
from cuelang.lang import syntax as s
from cuelang.lang.draft import CueRefs
from cuelang.lang.lower import Lowering
from cuelang.lang.predict import predict
from cuelang.lang.refs import cue_of
from cuelang.lang.scope import Scope
from cuelang.lang.switchers import NO_SWITCHER
from cuelang.lang.synonyms import likely
from cuelang.plan.state import ANYWHERE
from cuelang.protocols import why_not
from cuelang.protocols.faders import command_for
from cuelang.protocols.visca.properties import PROPERTIES

_REQUESTS: dict[str, dict[str, p.CueAction]] = {
    "off": {"air": p.CueAction("off air")},
    "on": {"air": p.CueAction("on air")},
    "cutting by": {"hand": p.CueAction("cutting by hand"), "sheet": p.CueAction("cutting by sheet")},
    "lamps": {"off": p.CueAction("lamps off"), "on": p.CueAction("lamps on")},
}
"""The first words of a request -> its last word -> what it asks for."""


TOUCHED = ("bend", "aftertouch", "pressure")
"""MIDI messages of something continuous other than a controller."""
CONTROLS = ("pan", "tilt", "zoom", "focus", "speed")


TriggerAction = s.Action | s.AirRequest | s.DriveMap | s.Fader | s.CameraStatement | s.SwitcherStatement | s.Send


def lower_action(
    action: TriggerAction, node: s.Trigger, scope: Scope, refs: CueRefs, captures: set[str]
) -> p.CueAction | p.CameraAction | p.ControlAction | p.FaderAction | None:
    if isinstance(action, s.Fader):
        return _fader(action, node.when, scope, captures)
    if isinstance(action, s.DriveMap):
        what: Any = scope.choice(action.what, CONTROLS, "control")
        if not is_stick(node.when):
            scope.report(
                "E208",
                action.loc,
                "Only a MIDI controller, a pitch bend or a lighting channel can drive a camera this way.",
                "For example: `on midi control 1 drive foh pan`.",
            )
            return None
        infos = scope.cameras(action.cams)
        names = tuple(info.camera.name for info in infos if not info.idle)
        return p.ControlAction(names, what) if what and names else None
    if isinstance(action, s.AirRequest):
        return _request(action, scope)
    if isinstance(action, s.Action) and action.verb == "locate":
        return _locate(action, scope, refs, captures)
    if isinstance(action, s.Action) and action.swap is not None:
        return _swap(action.swap, action.anyway, scope)
    if isinstance(action, s.Action):
        if action.cue is None:
            return p.CueAction(action.verb)
        number = _cue(action.verb, action.cue, scope, refs, captures)
        return None if number is None else p.CueAction(action.verb, number)
    lowering = Lowering(refs, in_cue=False)
    before = len(scope.findings)
    clock = lowering.block((s.Line(action, scope.line.number),), scope, p.Moment(0, 0))
    lowering.draft.end = clock.now
    if any(finding.code.startswith("E") for finding in scope.findings[before:]):
        return None
    cameras = scope.env.cameras
    return p.CameraAction(
        predict(
            lowering.draft, cameras, dict.fromkeys(cameras, ANYWHERE), switchers=scope.env.switchers, known=False
        ).program
    )


def _fader(action: s.Fader, when: s.When, scope: Scope, captures: set[str]) -> p.FaderAction | None:
    """`zoom foh to {value}`; None after a report."""
    name = action.capture.name
    if not isinstance(when, s.OnMidi | s.OnDmx | s.OnOsc | s.OnMqtt):
        scope.report(
            "E208", action.capture.loc, "This trigger has no value.", "A fader of MIDI, DMX, OSC or MQTT has one."
        )
        return None
    if isinstance(when, s.OnMidi | s.OnDmx):
        if not is_stick(when):
            scope.report(
                "E208",
                action.capture.loc,
                "Only a whole fader has a value.",
                "For example: `on midi control 7 zoom foh to {value}`.",
            )
            return None
        captures = {"value"}
    if name not in captures:
        scope.report(
            "E208",
            action.capture.loc,
            f"“{name}” is not captured.{nearest(name, captures)}",
            "Write {value}." if captures == {"value"} else f"Add `with {{{name}}}` after the address or the topic.",
        )
        return None
    word = action.what.id
    if word not in ("zoom", "focus"):
        prop = PROPERTIES.get(word)
        if prop is None or len(prop.numbers) != 1:
            message = f"`{word}` takes no number." if prop else f"Unknown property “{word}”.{likely(word, PROPERTIES)}"
            scope.report("E208" if prop else "E209", action.what.loc, message, "A fader sets one number: iris, gain …")
            return None
    names: list[str] = []
    for info in scope.cameras(action.cams):
        command = command_for(info.model, word, Fraction(1))
        why = why_not(info.family, info.model, command or c.SetProperty(word, ""))
        if why is None and command is None:
            why = f"{info.model.title} has no {word}"
        if why is not None:
            scope.report(
                "E401",
                action.loc,
                f"“{info.camera.name}” does not support this: {why}.",
                "Remove this camera from the line, or use a protocol that supports it.",
            )
        elif not info.idle:
            names.append(info.camera.name)
    return p.FaderAction(tuple(names), word, name) if names else None


def _cue(verb: str, ref: s.CueRef, scope: Scope, refs: CueRefs, captures: set[str]) -> p.CueRef | None:
    """The cue of an action; None after a report."""
    if isinstance(ref.number, s.Capture):
        return _captured(ref.number, scope, captures)
    number = cue_of(ref, scope, captures)
    match number:
        case None:
            return None
        case p.NextCue():
            if verb not in ("go", "standby"):
                scope.report("E208", ref.loc, f"`{verb}` needs a cue number.", f"For example: `{verb} 4`.")
                return None
        case str():
            refs.named.append((number, scope.origin(ref.loc), None))
        case _:
            assert_never(number)
    return number


def _captured(capture: s.Capture, scope: Scope, captures: set[str]) -> p.Captured | None:
    """None after a report."""
    name = capture.name
    if name in captures:
        return p.Captured(name)
    scope.report(
        "E208",
        capture.loc,
        f"“{name}” is not captured.{nearest(name, captures)}",
        f"Add {{{name}}} to the address or after `with`.",
    )
    return None


def _swap(pair: tuple[s.Name, s.Name], anyway: bool, scope: Scope) -> p.CueAction | None:
    """The cameras themselves, whichever stands in for one of them now."""
    for name in pair:
        scope.used.add(name.id)
        if name.id not in scope.env.cameras:
            if not scope.env.excuses(name.id, scope.env.cameras):
                near = nearest(name.id, scope.env.cameras)
                scope.report("E201", name.loc, f"Unknown camera “{name.id}”.{near}", "`swap` takes two cameras.")
            return None
    return p.CueAction("swap", swap=p.Swap(pair[0].id, pair[1].id, anyway))


def _locate(action: s.Action, scope: Scope, refs: CueRefs, captures: set[str]) -> p.CueAction | None:
    assert action.cue is not None
    number = _cue("locate", action.cue, scope, refs, captures)
    at: int | p.Captured | None = None
    if isinstance(action.at, s.Capture):
        at = _captured(action.at, scope, captures)
    elif action.at is not None:
        at = scope.time(action.at, "`at`")
    if number is None or (action.at is not None and at is None):
        return None
    if action.at is not None and action.go:
        scope.report("E208", action.loc, "`go` fires a cue from its start.", "Remove `at` or `go`.")
        return None
    return p.CueAction("locate", number, at, action.live, action.go)


def _request(action: s.AirRequest, scope: Scope) -> p.CueAction | None:
    asked = _REQUESTS[action.first]
    found = asked.get(action.last.id)
    if found is None:
        wanted = " or ".join(f"`{one.text}`" for one in asked.values())
        scope.report(
            "E208", action.loc, f"“{action.first} {action.last.id}” is not an action of a trigger.", f"Write {wanted}."
        )
    elif action.first == "cutting by" and not scope.env.switchers:
        scope.report("E212", action.loc, "This show has no switcher.", NO_SWITCHER)
        return None
    return found


def is_stick(when: s.When) -> bool:
    if isinstance(when, s.OnDmx):
        return not (when.above or when.below or when.equals)
    if not isinstance(when, s.OnMidi) or when.above or when.below:
        return False
    return when.kind.id in ("control", *TOUCHED)
