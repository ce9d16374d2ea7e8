"""What the grammar's rules become: those of `on …` and of what it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self, get_args

from msgspec.structs import replace

from cuelang.lang import syntax as s
from cuelang.lang.build_values import Children, FormError, Option, Values, one_of
from cuelang.lang.quick import Token

_DRIVEN = frozenset({"pan", "tilt", "zoom", "focus", "speed"})


class Triggers(Values):
    def source(self, c: Children) -> Option:
        return Option(self.name(c[0]), c[1], self.span(c))

    def cue_trigger(self, c: Children) -> s.Trigger:
        return s.Trigger(c[1], None, self.span(c))

    def action_trigger(self, c: Children) -> s.Trigger:
        when, action = c[1], c[2]
        source = c[3] if len(c) > 3 else None
        if isinstance(action, tuple):
            action, source = action
        if source is not None:
            if not isinstance(when, s.HEARD):
                raise FormError(
                    c[0].line or 1,
                    source.loc,
                    "This trigger does not come from an input.",
                    f"Remove `from {source.value.id}`.",
                )
            if when.source is not None:
                raise FormError(c[0].line or 1, source.loc, "`from` is given twice.", "Remove one.")
            when = replace(when, source=source.value)
        if isinstance(action, s.Drive) and action.direction.id in _DRIVEN and action.options == s.Options():
            action = s.DriveMap(action.cams, action.direction, action.loc)
        return s.Trigger(when, action, self.span(c))

    def action(self, c: Children) -> Any:
        cue = None
        source = c[-1] if isinstance(c[-1], Option) else None
        if str(c[0]) == "locate":
            return self._locate(c)
        if str(c[0]) == "swap":
            if len(c) > 4 and c[4].id != "anyway":
                raise FormError(c[0].line or 1, c[4].loc, f"Expected `anyway` here, found `{c[4].id}`.")
            return s.Action("swap", None, self.span(c), swap=(c[1], c[3]), anyway=len(c) > 4)
        if len(c) > 1 and source is None:
            cue = self._cue_ref(c[-1]) if isinstance(c[-1], Token) else c[-1]
        action = s.Action(one_of(c[0], *get_args(s.ActionVerb)), cue, self.span(c[:-1] if source else c))
        return action if source is None else _Sourced(action, source)

    def locate_part(self, c: Children) -> Option:
        value = c[1] if len(c) > 1 else None
        if isinstance(value, Token):
            value = s.Capture(str(value)[1:-1], self.span(c[1:]))
        return Option(self.name(c[0]), value, self.span(c))

    def _locate(self, c: Children) -> s.Action:
        """`locate 12 at 2.5s go live`, the last three in any order."""
        given: dict[str, Option] = {}
        for part in c[2:]:
            word = part.word.id
            if word in given:
                raise FormError(c[0].line or 1, part.loc, f"`{word}` is given twice.", "Remove one.")
            given[word] = part
        at = given["at"].value if "at" in given else None
        return s.Action("locate", c[1], self.span(c), at, "go" in given, "live" in given)

    def fader(self, c: Children) -> s.Fader:
        what = self.name(c[0]) if str(c[0]) != "set" else c[2]
        return s.Fader(c[1], what, s.Capture(str(c[-1])[1:-1], self.span(c[-1:])), self.span(c))

    def request(self, c: Children) -> s.AirRequest:
        return s.AirRequest(one_of(" ".join(map(str, c[:-1])), "off", "on", "cutting by", "lamps"), c[-1], self.span(c))

    def on_osc(self, c: Children) -> s.OnOsc:
        source = c[-1].value if isinstance(c[-1], Option) else None
        return s.OnOsc(
            self.string(c[1]), tuple(child for child in c if isinstance(child, s.Test)), source, self.span(c)
        )

    def on_mqtt(self, c: Children) -> s.OnMqtt:
        source = c[-1].value if isinstance(c[-1], Option) else None
        tests = tuple(child for child in c if isinstance(child, s.Test))
        return s.OnMqtt(self.string(c[1]), tests, source, self.span(c))

    def test(self, c: Children) -> s.Test:
        first = c[0]
        loc = self.span(c)
        if isinstance(first, Token):
            if first.type == "CAPTURE":
                return s.Test("capture", self.capture(first), loc)
            return s.Test(">" if first == ">" else "<", c[1], loc)
        if isinstance(first, s.Name) and first.id == "_":
            return s.Test("_", None, loc)
        return s.Test("==", first, loc)

    def midi_part(self, c: Children) -> Option:
        """An option of a trigger: a word with its value, or a word alone, which is its own value."""
        if isinstance(c[0], Option):
            return c[0]
        word = self.name(c[0])
        value = c[1] if len(c) > 1 else word
        return Option(word, self.quantity(value) if isinstance(value, Token) else value, self.span(c))

    msc_part = midi_part

    def _said(self, options: Iterable[Option]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for option in options:
            if option.word.id in said:
                raise FormError(
                    self._row(option.word), option.loc, f"`{option.word.id}` is given twice.", "Remove one."
                )
            said[option.word.id] = option.value
        return said

    def on_midi(self, c: Children) -> s.OnMidi:
        return self._midi(c, c[2], c[3:])

    def on_bend(self, c: Children) -> s.OnMidi:
        return self._midi(c, None, c[2:])

    def _midi(self, c: Children, number: s.Expr | None, options: Children) -> s.OnMidi:
        said = self._said(options)
        return s.OnMidi(
            self.name(c[1]),
            number,
            said.get("above"),
            said.get("below"),
            said.get("channel"),
            said.get("released"),
            said.get("from"),
            self.span(c),
        )

    def on_msc(self, c: Children) -> s.OnMsc:
        cue: s.Capture | s.Quantity | None = None
        options = c[2:]
        if options and isinstance(options[0], Token):
            cue = self.capture(options[0]) if options[0].type == "CAPTURE" else self._cue_number(options[0])
            options = options[1:]
        said = self._said(options)
        return s.OnMsc(
            c[1], cue, said.get("list"), said.get("device"), said.get("type"), said.get("from"), self.span(c)
        )

    def dmx_part(self, c: Children) -> Option:
        if len(c) == 2 and isinstance(c[1], Token):
            value = self.capture(c[1]) if c[1].type == "CAPTURE" else self.quantity(c[1])
            return Option(self.name(c[0]), value, self.span(c))
        return self.midi_part(c)

    def on_dmx(self, c: Children) -> s.OnDmx:
        said = self._said(c[2:])
        return s.OnDmx(c[1], said.get("="), said.get("above"), said.get("below"), said.get("from"), self.span(c))

    def on_http(self, c: Children) -> s.OnHttp:
        return s.OnHttp(self.string(c[1]), c[2].value if len(c) > 2 else None, self.span(c))

    def on_timecode(self, c: Children) -> s.OnTimecode:
        return s.OnTimecode(str(c[1]), ";" in c[1], c[2].value if len(c) > 2 else None, self.span(c))

    def on_key(self, c: Children) -> s.OnKey:
        return s.OnKey(self.string(c[1]), self.span(c))

    def on_bus(self, c: Children) -> s.OnBus:
        return s.OnBus(one_of(c[0], "program", "preview", "off"), c[1], self.span(c))

    def on_output_lost(self, c: Children) -> s.OnOutputLost:
        return s.OnOutputLost("stream" if c[0] == "stream" else "record", self.span(c))

    def on_link(self, c: Children) -> s.OnLink:
        return s.OnLink("lost" if c[0] == "lost" else "back", c[1], self.span(c))

    def _missed(self, c: Children) -> Any:
        return c[-1].value if isinstance(c[-1], Option) else None

    def on_days(self, c: Children) -> s.OnDays:
        days = tuple(child for child in c if isinstance(child, s.Name))
        times = tuple(child.value for child in c if isinstance(child, _Hour))
        missed = next((child.value for child in c if isinstance(child, Option)), None)
        exceptions = next((child for child in c if isinstance(child, _Dates)), _Dates())
        return s.OnDays(days, times, missed, self.span(c), tuple(exceptions))

    def hour(self, c: Children) -> _Hour:
        return _Hour(self.clock(c) if c[0].type == "CLOCK" else self.name(c[0]))

    def except_(self, c: Children) -> _Dates:
        return _Dates(self.name(child) for child in c if child.type == "DATE")

    def on_interval(self, c: Children) -> s.OnInterval:
        times = [child.value for child in c if isinstance(child, _Hour)]
        start, end = times or (None, None)
        return s.OnInterval(c[1], start, end, self._missed(c), self.span(c))

    def on_cron(self, c: Children) -> s.OnCron:
        return s.OnCron(self.string(c[1]), self._missed(c), self.span(c))

    def on_once(self, c: Children) -> s.OnOnce:
        return s.OnOnce(str(c[1]), c[3].value, self._missed(c), self.span(c))


class _Hour(NamedTuple):
    """A time of day, or the name of one."""

    value: s.Clock | s.Name


class _Dates(tuple[s.Name, ...]):
    """What follows `except`."""

    __slots__ = ()


class _Sourced(tuple[s.Action, Option]):
    """An action with the `from NAME` that followed it."""

    __slots__ = ()

    def __new__(cls, action: s.Action, source: Option) -> Self:
        return super().__new__(cls, (action, source))
