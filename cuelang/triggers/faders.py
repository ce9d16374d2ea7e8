"""A fader that says where something is to be: `on midi control 7 zoom foh to {value}`. Values in, requests out. No I/O.

The whole way of the fader is the whole range of the camera: the optical zoom, the focus from far to near, the numbers
that a property takes. MIDI has 0 to 127, a lighting channel 0 to 255, OSC and MQTT a number from 0 to 1; other numbers
are not a place on a fader and are not taken.

A camera gets at most one command in `GAP_NS`, and the newest value in the end. Each is a request as any statement: the
newest action has the axis, and the interlock is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from msgspec import Struct

from cuelang import commands as c
from cuelang.clock import Clock, Handle
from cuelang.plan import FaderAction, OnDmx, OnMidi, OnMqtt, OnOsc, Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.hands import single
from cuelang.protocols.faders import command_for
from cuelang.protocols.midi import Hit
from cuelang.protocols.mqtt import matches, values
from cuelang.protocols.osc import Argument, SheetAddress
from cuelang.source import Origin
from cuelang.triggers.arguments import Crossings
from cuelang.units import MS

GAP_NS, SAME_NS = 100 * MS, 1000 * MS
"""Between two commands; and how long the same one is not sent again."""


class _Rule(Struct, frozen=True, eq=False):
    when: OnMidi | OnDmx | OnOsc | OnMqtt
    action: FaderAction
    origin: Origin
    address: SheetAddress | None = None


class _Sent(Struct):
    """What a camera was told last for one thing."""

    at: int
    command: c.Command | None = None
    armed: Handle | None = None


class Faders:
    """All faders of a show. `deliver` gets each request, `settled` the verdict on a value that gives no request."""

    def __init__(
        self, plan: Plan, clock: Clock, deliver: Callable[[Request], object], settled: Callable[[Verdict], None]
    ) -> None:
        self._clock, self._deliver, self._settled = clock, deliver, settled
        self._crossings = Crossings()
        self._sent: dict[tuple[str, str], _Sent] = {}
        self.load(plan)

    def load(self, plan: Plan) -> None:
        """Another plan."""
        self._cameras = {camera.name: camera for camera in plan.cameras}
        self._rules = tuple(
            _Rule(one.when, one.action, one.origin, _address(one.when))
            for one in plan.triggers
            if isinstance(one.action, FaderAction) and isinstance(one.when, OnMidi | OnDmx | OnOsc | OnMqtt)
        )
        self.channels = frozenset(rule.when.channel for rule in self._rules if isinstance(rule.when, OnDmx))
        """Lighting channels that are faders."""

    def __bool__(self) -> bool:
        return bool(self._rules)

    # Each returns whether a fader has heard it; `muted`: it does nothing.

    def midi(self, hit: Hit, heard_on: str, received: int, *, muted: bool = False) -> bool:
        return self._all(
            (
                (rule, Fraction(hit.value, 127))
                for rule in self._rules
                if isinstance(rule.when, OnMidi)
                and (rule.when.kind, rule.when.number) == (hit.kind, hit.number)
                and rule.when.channel in (None, hit.channel)
                and rule.when.source in (None, heard_on)
            ),
            f"midi {heard_on} {hit.text}",
            received,
            muted,
        )

    def dmx(self, channel: int, level: int, heard_on: str, received: int, *, muted: bool = False) -> bool:
        return self._all(
            (
                (rule, Fraction(level, 255))
                for rule in self._rules
                if isinstance(rule.when, OnDmx)
                and rule.when.channel == channel
                and rule.when.source in (None, heard_on)
            ),
            f"dmx {heard_on} channel {channel}",
            received,
            muted,
        )

    def osc(
        self,
        address: str,
        arguments: tuple[Argument, ...],
        heard_on: str,
        source: str,
        received: int,
        *,
        muted: bool = False,
    ) -> bool:
        def found() -> Iterator[tuple[_Rule, Fraction | None]]:
            for rule in self._rules:
                if rule.address is None or not isinstance(rule.when, OnOsc):
                    continue
                captures = {} if address in rule.address.literals else rule.address.match(address)
                if captures is None or rule.when.source not in (None, heard_on):
                    continue
                met = self._crossings.met(rule.when.tests, arguments, captures, (rule.when, address))
                if met is not None:
                    yield rule, _share(met.get(rule.action.capture, ""))

        return self._all(found(), source, received, muted)

    def mqtt(self, topic: str, payload: bytes, heard_on: str, received: int, *, muted: bool = False) -> bool:
        arguments = values(payload)

        def found() -> Iterator[tuple[_Rule, Fraction | None]]:
            for rule in self._rules if arguments is not None else ():
                when = rule.when
                if isinstance(when, OnMqtt) and when.source in (None, heard_on) and matches(when.topic, topic):
                    met = self._crossings.met(when.tests, arguments or (), {}, (when, heard_on, topic))
                    if met is not None:
                        yield rule, _share(met.get(rule.action.capture, ""))

        return self._all(found(), f"mqtt {heard_on} {topic}", received, muted)

    @property
    def topics(self) -> set[tuple[str, str | None]]:
        """What an MQTT input has to subscribe to, and which input, if one is named."""
        return {(rule.when.topic, rule.when.source) for rule in self._rules if isinstance(rule.when, OnMqtt)}

    def _all(self, found: Iterator[tuple[_Rule, Fraction | None]], source: str, received: int, muted: bool) -> bool:
        heard = False
        for rule, share in found:
            heard = True
            for name in rule.action.cameras if not muted else ():
                camera = self._cameras.get(name)
                if camera is None or share is None:
                    continue
                command = command_for(camera.figures, rule.action.what, share)
                if command is not None:
                    said = f"{rule.action.text_of(name)} {round(share * 100)}%"
                    self._to(name, rule, command, said, source, received)
            if share is None and not muted:
                asked = Request(
                    "statement", None, source, received, automatic=True, origin=rule.origin, said=rule.action.text
                )
                self._settled(Verdict(asked, "refused", "a fader says a number from 0 to 1"))
        return heard

    def _to(self, name: str, rule: _Rule, command: c.Command, said: str, source: str, received: int) -> None:
        sent = self._sent.setdefault((name, rule.action.what), _Sent(-GAP_NS))
        if sent.armed is not None:
            sent.armed.cancel()
            sent.armed = None
        now = self._clock.now()
        if command == sent.command and now < sent.at + SAME_NS:
            return
        if now < sent.at + GAP_NS:
            sent.armed = self._clock.at(sent.at + GAP_NS, self._to, name, rule, command, said, source, now)
            return
        sent.at, sent.command = now, command
        self._deliver(
            Request(
                "statement",
                None,
                source,
                received,
                automatic=True,
                origin=rule.origin,
                statement=single(name, command),
                said=said,
            )
        )


def _address(when: object) -> SheetAddress | None:
    return SheetAddress(when.address) if isinstance(when, OnOsc) else None


def _share(text: str) -> Fraction | None:
    """0 to 1; None for another number, and for what cannot be read as a number."""
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return share if 0 <= share <= 1 else None
