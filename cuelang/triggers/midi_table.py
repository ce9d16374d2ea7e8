"""Which trigger a MIDI message fires. No I/O and no clock.

One message fires one trigger, the most literal: the one that names its channel (of show control: its cue, then list,
device and type), then the one that names its input, then of thresholds that a controller crosses at once the farthest,
then the earlier in the sheet. `above N` fires on the way up through N; a controller without it fires when it leaves 0,
as a button does. A first message that is above has crossed, for a button sends no other. `below N` fires on the way
down, so the controller has to have been at N or above. Time code fires every trigger that it has run through.
"""

from __future__ import annotations

from msgspec import Struct

from cuelang.plan import CameraAction, CueAction, OnMidi, OnMsc, Plan, Trigger, cue_number
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import ALL, Hit, ShowControl
from cuelang.protocols.timecode import TimecodeSpan
from cuelang.source import Origin
from cuelang.triggers.osc_table import asked
from cuelang.triggers.timecode_table import TimecodeTable

_NO_CAPTURES: dict[str, str] = {}
_KEPT_CROSSINGS = 4096


class MidiRule(Struct, frozen=True, eq=False):
    when: OnMidi
    action: CueAction | CameraAction
    origin: Origin
    order: int


class Called(Struct, frozen=True, eq=False):
    when: OnMsc
    action: CueAction | CameraAction
    origin: Origin


class MidiTable:
    """The triggers of a plan. Crossings are remembered for each input and channel."""

    def __init__(self, plan: Plan) -> None:
        self._beyond: dict[tuple[object, ...], bool] = {}
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan; what was crossed stays crossed."""
        self._rules: dict[tuple[str, int], list[MidiRule]] = {}
        self._called: list[Called] = []
        self._timed = TimecodeTable(plan)
        for order, trigger in enumerate(plan.triggers):
            self._add(trigger, order)

    def _add(self, trigger: Trigger, order: int) -> None:
        when, action = trigger.when, trigger.action
        if not isinstance(action, CueAction | CameraAction):
            return
        match when:
            case OnMidi(kind=kind, number=number):
                self._rules.setdefault((kind, number), []).append(MidiRule(when, action, trigger.origin, order))
            case OnMsc():
                self._called.append(Called(when, action, trigger.origin))
            case _:
                pass  # of other inputs

    # --- finding -------------------------------------------------------------------------------------------

    def find(self, event: Hit | ShowControl, heard_on: str, received: int) -> Request | Verdict | None:
        """What a message asks for; None if no trigger wants it. `heard_on` is the input's name."""
        source = f"midi {heard_on} {event.text}"
        if isinstance(event, ShowControl):
            return self._show_control(event, heard_on, source, received)
        hits = [rule for rule in self._rules.get((event.kind, event.number), ()) if self._meets(rule, event, heard_on)]
        if not hits:
            return None
        best = min(hits, key=_rank)
        return asked(best.action, best.origin, _NO_CAPTURES, source, received)

    def knows(self, event: Hit, heard_on: str) -> bool:
        """Whether a trigger is about this note, controller or program, whatever its value."""
        return any(
            rule.when.channel in (None, event.channel) and rule.when.source in (None, heard_on)
            for rule in self._rules.get((event.kind, event.number), ())
        )

    def _meets(self, rule: MidiRule, event: Hit, heard_on: str) -> bool:
        when = rule.when
        if when.channel not in (None, event.channel) or when.source not in (None, heard_on):
            return False
        if event.kind in ("note", "program"):
            return when.released == event.released
        key = (heard_on, event.channel, when, rule.order)
        before = self._beyond.get(key, when.below is not None)
        now = event.value < when.below if when.below is not None else event.value > (when.above or 0)
        self._beyond[key] = now
        if len(self._beyond) > _KEPT_CROSSINGS:
            del self._beyond[next(iter(self._beyond))]
        return now and not before

    def _show_control(self, event: ShowControl, heard_on: str, source: str, received: int) -> Request | Verdict | None:
        best: Called | None = None
        for called in self._called:
            when = called.when
            if when.command != event.command or (when.capture is not None and not event.cue):
                continue
            if when.source not in (None, heard_on) or not _addressed(when, event):
                continue
            if when.cue is not None and not _same_cue(event.cue, when.cue):
                continue
            if best is None or _literal(when) < _literal(best.when):
                best = called
        if best is None:
            return None
        captures = {best.when.capture: event.cue} if best.when.capture is not None else _NO_CAPTURES
        return asked(best.action, best.origin, captures, source, received)

    def ran(self, span: TimecodeSpan, heard_on: str) -> list[Request | Verdict]:
        """What time code asks for that has run through `span`."""
        return self._timed.ran(span, "midi", (heard_on,))


def _rank(rule: MidiRule) -> tuple[object, ...]:
    when = rule.when
    return when.channel is None, when.source is None, -(when.above or 0), when.below or 0, rule.order


def _literal(when: OnMsc) -> tuple[int, int]:
    named = sum(part is not None for part in (when.list, when.device, when.types, when.source))
    return 0 if when.cue is not None else 1 if when.capture is not None else 2, -named


def _addressed(when: OnMsc, event: ShowControl) -> bool:
    """Whether a message is meant for the list, device and type of a trigger. What is sent to all is sent to each."""
    if when.list is not None and not _same_cue(event.list, when.list):
        return False
    if when.device is not None and event.device not in (when.device, ALL):
        return False
    return when.types is None or event.type in when.types or event.type == ALL


def _same_cue(text: str, number: str) -> bool:
    try:
        return cue_number(text) == number
    except ValueError:
        return False
