"""Everything that can fire something in a show, by the input that it comes by. Pure.

What a sheet says is here as its line says it; what the program adds, such as `/go` of OSC and the keys space and
escape, is marked as built in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct

from cuelang.lang.triggers import TIMECODE
from cuelang.output.triggers import action_text, length, trigger_text
from cuelang.plain import quoted
from cuelang.plan import (
    NEXT,
    CueAction,
    FireCue,
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
    OscHeard,
    Plan,
    Port,
    Trigger,
    When,
    waits,
    walk,
)
from cuelang.protocols.qlab import CUE_ACTIONS, WORKSPACE_ACTIONS
from cuelang.source import NOWHERE, Loc, Origin
from cuelang.triggers.osc import DEFAULT_INPUT
from cuelang.triggers.osc_table import BUILT_IN, SwitcherButton

CLOCK, KEYS, RIG, CUES = "clock", "keys", "cameras and switchers", "cues"
"""What fires without an input of the sheet."""

_OSC = ("osc+udp", "osc+tcp")
_QLAB = {"toggle": "pause or resume", "next": "standby next", "reset": "stop"}
"""What the acts of QLab's dictionary ask for, where it is not the word itself."""
_OF_CUES = {"stop": "stop cue {n}", "toggle": "pause {n} or resume {n}", "solo": "start {n}"}


class ListedTrigger(Struct, frozen=True):
    """One thing that can fire something.

    `inputs`: names of the sheet's inputs that may bring it, empty where none is needed or there is none. `kind` is
    `osc`, `midi`, `clock` …. `on` is what comes in and `action` what is asked for; `cue` its cue's number, if it names
    one. `origin` is where the sheet says so."""

    kind: str
    inputs: tuple[str, ...]
    on: str
    action: str
    cue: str | None
    origin: Origin = NOWHERE
    built_in: bool = False


def inputs_of(plan: Plan) -> tuple[Port, ...]:
    """The inputs that are open in this show, and the outputs on which a console answers."""
    back = tuple(port for port in plan.outputs if port.at.scheme == "osc+tcp")
    return (plan.inputs or (DEFAULT_INPUT,)) + back


def name_of(port: Port) -> str:
    """The name of an input; the one that a show has without any is its address."""
    return port.name or port.url


def heading(port: Port) -> str:
    """An input's name and address."""
    name = name_of(port)
    return port.url if name == port.url else f"{name}  {port.url}"


def rows(plan: Plan) -> list[ListedTrigger]:
    """All of them: the sheet's in its order, then what is built in."""
    found = [_of(plan, trigger) for trigger in plan.triggers]
    for cue in plan.cues:
        for wait in waits(cue.program):
            if isinstance(wait.condition, OscHeard):
                on = f"wait for osc {quoted(wait.condition.address)}"
                found.append(
                    ListedTrigger("osc", _names(plan, _OSC), on, f"continue cue {cue.number}", cue.number, wait.origin)
                )
    found += _chained(plan)
    osc = _names(plan, _OSC)
    if osc:
        found += [ListedTrigger("osc", osc, address, action, None, built_in=True) for address, action in built_in()]
    found.append(ListedTrigger(KEYS, (), "space", "go", None, built_in=True))
    found.append(ListedTrigger(KEYS, (), "escape", "panic", None, built_in=True))
    return found


def built_in() -> Iterator[tuple[str, str]]:
    """The OSC addresses that every show hears, and what they ask for."""
    seen: set[str] = set()
    for address, tests, asked in BUILT_IN:
        action = asked.button if isinstance(asked, SwitcherButton) else asked.text
        shown = f"{address} {{n}}" if tests else address
        seen.add(shown)
        yield shown, action
    for word, act in WORKSPACE_ACTIONS.items():
        if f"/{word}" not in seen:
            yield f"/{word}", _QLAB.get(act, act)
    for word, act in CUE_ACTIONS.items():
        shown = f"/cue/{{n}}/{word}"
        if shown not in seen and act != "nothing":
            yield shown, _OF_CUES.get(act, f"{act} {{n}}")


def _of(plan: Plan, trigger: Trigger) -> ListedTrigger:
    when, action = trigger.when, trigger.action
    cue = action.number if isinstance(action, CueAction) else None
    return ListedTrigger(
        _kind(when),
        _names(plan, _schemes(when), getattr(when, "source", None)),
        trigger_text(trigger),
        action_text(plan, action),
        cue,
        trigger.origin,
    )


def _kind(when: When) -> str:
    match when:
        case OnOsc() | OnHttp() | OnMqtt() | OnDmx() | OnMidi() | OnMsc() | OnTimecode():
            return type(when).__name__.removeprefix("On").lower()
        case OnKey():
            return KEYS
        case OnBus() | OnOutputLost() | OnLink():
            return RIG
        case OnDays() | OnInterval() | OnCron() | OnOnce():
            return CLOCK
        case _:
            assert_never(when)


def _schemes(when: When) -> tuple[str, ...]:
    """The inputs that may bring what a trigger waits for."""
    match when:
        case OnOsc():
            return _OSC
        case OnHttp():
            return ("http",)
        case OnMqtt():
            return "mqtt", "mqtts"
        case OnDmx():
            return "sacn", "artnet"
        case OnMidi() | OnMsc():
            return ("midi",)
        case OnTimecode():
            return TIMECODE
        case OnKey() | OnBus() | OnOutputLost() | OnLink() | OnDays() | OnInterval() | OnCron() | OnOnce():
            return ()
        case _:
            assert_never(when)


def _names(plan: Plan, schemes: tuple[str, ...], only: str | None = None) -> tuple[str, ...]:
    heard = [name_of(port) for port in inputs_of(plan) if port.at.scheme in schemes]
    return tuple(name for name in heard if only in (None, name))


def _chained(plan: Plan) -> Iterator[ListedTrigger]:
    """Cues that are fired by other cues."""
    for at, cue in enumerate(plan.cues):
        for step in walk(cue.program):
            if isinstance(step.act, FireCue):
                number = step.act.number
                action = f"{step.act.verb} {'cue ' if step.act.verb == 'stop' else ''}{number or NEXT}"
                yield ListedTrigger(CUES, (), f"cue {cue.number}", action, number, step.origin)
        after = next((later for later in plan.cues[at + 1 :] if not later.disabled), None)
        if cue.follow is not None and after is not None:
            late = f", {length(cue.follow)} later" if cue.follow else ""
            yield ListedTrigger(
                CUES,
                (),
                f"end of cue {cue.number}{late}",
                f"go {after.number}",
                after.number,
                Origin(cue.block, 0, Loc(0, 1, 0, 1)),
            )
