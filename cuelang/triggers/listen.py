"""What comes in on the inputs, and which trigger takes it: the doors of a show, with nothing behind them.

Each message is shown as the line of a sheet that would hear it. The inputs answer their senders as they do in a show
(QLab's words, a passcode); a request over HTTP is answered with 409, for nothing is fired.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from cuelang.address import port_at
from cuelang.clock import Clock
from cuelang.lang.ports import port_url
from cuelang.output.triggers import when_text
from cuelang.plain import UserError
from cuelang.plan import OnDmx, OnHttp, OnTimecode, Plan, Port, Settings
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit, MidiEvent, ShowControl
from cuelang.protocols.timecode import Chaser, TimecodeSpan
from cuelang.source import NOWHERE
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.http import HttpDoor
from cuelang.triggers.inputs import Inputs
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.listing import heading
from cuelang.triggers.ltc import LtcDoor
from cuelang.triggers.message_lines import midi_line, mqtt_line, osc_line
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.mqtt import MqttDoor, MqttTable
from cuelang.triggers.osc import DEFAULT_INPUT, OscDoor
from cuelang.triggers.osc_heard import Heard
from cuelang.triggers.timecode_table import TimecodeTable
from cuelang.triggers.tsl import TallyDoor

MOST_CHANNELS = 8
"""Lighting channels that are shown of one change; a console may change all of them at once."""


class HeardRequest(Struct, frozen=True):
    """What a message asks for. `refused` says why it would not be asked for, if so."""

    request: Request
    refused: str = ""


class HeardMessage(Struct):
    """`line` is what a sheet would write for it, `note` what the line cannot say. Empty `taken`: no trigger."""

    input: str
    sender: str
    line: str
    note: str = ""
    taken: list[HeardRequest] = []


class NoInput(UserError):
    """An address that is not one of an input; the message says what to write."""


def plan_for(urls: Collection[str]) -> Plan:
    """A show without a sheet: these inputs, named by what they hear, and no trigger. Raises NoInput."""
    ports: list[Port] = []
    for text in urls:
        url, wrong = port_url("input", text)
        if wrong:
            raise NoInput(wrong)
        kind = re.split(r"\W", url, maxsplit=1)[0]
        number = sum(port.name.startswith(kind) for port in ports) + 1
        ports.append(Port(f"{kind}{number}" if number > 1 else kind, port_at(url), NOWHERE))
    return Plan(Settings(), (), (), (), tuple(ports), ())


class InputListener:
    """The inputs of a plan. `said` gets each message when all is known of it, `problem` what else there is to say."""

    def __init__(
        self, plan: Plan, clock: Clock, said: Callable[[HeardMessage], None], problem: Callable[[str], None]
    ) -> None:
        self._said, self._problem = said, problem
        self._open: HeardMessage | None = None
        self.inputs = tuple(heading(port) for port in plan.inputs or (DEFAULT_INPUT,))
        hands = Joysticks(plan, clock, lambda request, _step, _before: self._steered(request), lambda _step: None)
        self._doors = Inputs(
            osc=_Osc(self, plan, clock, problem),
            tally=TallyDoor(plan, clock, problem),
            http=_Http(self, plan, clock, problem),
            dmx=_Dmx(self, plan, clock, problem, hands),
            midi=_Midi(self, plan, clock, problem, hands),
            ltc=_Ltc(self, plan, clock, problem),
            mqtt=_Mqtt(self, plan, clock, problem),
        )

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where the inputs listen that have a socket."""
        return self._doors.addresses

    async def open(self) -> None:
        """Raises InputError, with none left open, if one cannot be opened."""
        await self._doors.listen()
        self._doors.start(self._tally_said)

    async def close(self) -> None:
        await self._doors.close()

    # --- from the doors ------------------------------------------------------------------------------------

    @contextmanager
    def message(self, name: str, sender: str, line: str, note: str = "") -> Iterator[None]:
        """What is asked for inside belongs to this message. Inside another message it is that one."""
        if self._open is not None:
            yield
            return
        self._open = message = HeardMessage(name, sender, line, note, [])
        try:
            yield
        finally:
            self._open = None
            self._said(message)

    def note(self, text: str) -> None:
        if self._open is not None:
            self._open.note = text

    def asked(self, request: Request) -> None:
        self._take(HeardRequest(request))

    def settled(self, verdict: Verdict) -> None:
        self._take(HeardRequest(verdict.request, f"{verdict.verdict.replace('_', ' ')}: {verdict.reason}"))

    def _take(self, taken: HeardRequest) -> None:
        if self._open is not None:
            self._open.taken.append(taken)
        else:
            self._problem(f"{taken.request.source}: {taken.request.text}, {taken.refused or 'asked for'}.")

    def _steered(self, request: Request) -> str:
        self.asked(request)
        return ""

    def _tally_said(self, camera: str, mode: str, source: str) -> None:
        with self.message(source, "", f"tally {camera} {mode}"):
            pass


class _Osc(OscDoor):
    def __init__(self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None]) -> None:
        super().__init__(plan, clock, lambda request: listener.asked(request), listener.settled, _ignored, problem)
        self._listener = listener

    def _message(self, heard: Heard) -> None:
        with self._about(heard):
            super()._message(heard)

    def _hear(self, heard: Heard) -> None:
        with self._about(heard):
            if self._is_awaited(heard.sent):
                self._listener.note("met by `wait for osc`")
            super()._hear(heard)

    def _session(self, heard: Heard) -> bool:
        known = super()._session(heard)
        if known:
            self._listener.note("answered as QLab does")
        return known

    def _hold(self, heard: Heard, due: int) -> None:
        self._listener.note("held until its time tag")
        super()._hold(heard, due)

    def _nobodys(self, heard: Heard) -> None:
        """Nothing is forgotten here: it is shown every time."""

    def _about(self, heard: Heard) -> Any:
        return self._listener.message(
            heard.gate.port.name or heard.gate.port.url, heard.source, osc_line(heard.sent, heard.arguments)
        )


class _Http(HttpDoor):
    def __init__(self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None]) -> None:
        async def decide(request: Request) -> Verdict:
            listener.asked(request)
            return Verdict(request, "refused", "cuelang listen fires nothing")

        super().__init__(plan, clock, decide, listener.settled, problem)
        self._listener = listener

    async def asked(self, access: Any, method: str, path: str, host: str, request: Any) -> tuple[int, str]:
        note = "" if method == "GET" else method
        with self._listener.message(access.port.name, f"http {host}", when_text(OnHttp(path)), note):
            return await super().asked(access, method, path, host, request)


class _Dmx(DmxDoor):
    def __init__(
        self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None], hands: Joysticks
    ) -> None:
        super().__init__(plan, clock, listener.asked, listener.settled, problem, hands)
        self._listener = listener
        self._timed = _Timed(listener, plan)

    def _look(self, one: Any) -> None:
        before, after = one.levels, one.universe.levels()
        changed = [at for at in range(512) if before and after and before[at] != after[at]]
        lines = [when_text(OnDmx(at + 1, equals=after[at])) for at in changed[:MOST_CHANNELS]]
        more = f"and {len(changed) - MOST_CHANNELS} channels more" if len(changed) > MOST_CHANNELS else ""
        if before is None and after is not None:
            lines, more = [f"universe {one.number}"], "its first levels fire nothing"
        for line in lines[:-1]:
            with self._listener.message(one.access.port.name, one.scheme, line):
                pass
        if not lines:
            super()._look(one)
            return
        with self._listener.message(one.access.port.name, one.scheme, lines[-1], more):
            super()._look(one)


class _Midi(MidiDoor):
    def __init__(
        self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None], hands: Joysticks
    ) -> None:
        super().__init__(plan, clock, listener.asked, listener.settled, problem, hands)
        self._listener = listener
        self._table._timed = _Timed(listener, plan)

    def hear(self, name: str, event: MidiEvent, chaser: Chaser) -> None:
        if not isinstance(event, Hit | ShowControl):
            super().hear(name, event, chaser)  # time code is shown where it has run to
            return
        with self._listener.message(name, "midi", *midi_line(event)):
            super().hear(name, event, chaser)


class _Ltc(LtcDoor):
    def __init__(self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None]) -> None:
        super().__init__(plan, clock, listener.asked, listener.settled, problem)
        self._timed = _Timed(listener, plan)


class _EveryTopic(MqttTable):
    """An input without a trigger of its own is asked for everything."""

    def topics(self, heard_on: str) -> set[str]:
        return super().topics(heard_on) or {"#"}


class _Mqtt(MqttDoor):
    def __init__(self, listener: InputListener, plan: Plan, clock: Clock, problem: Callable[[str], None]) -> None:
        super().__init__(plan, clock, listener.asked, listener.settled, problem)
        self._listener = listener
        self._table = _EveryTopic(plan)

    def heard(self, name: str, topic: str, payload: bytes, *, retained: bool = False) -> None:
        note = "retained: it fires nothing" if retained else ""
        with self._listener.message(name, "mqtt", mqtt_line(topic, payload), note):
            super().heard(name, topic, payload, retained=retained)


class _Timed(TimecodeTable):
    """Time code is shown once a second, and where it meets a trigger."""

    def __init__(self, listener: InputListener, plan: Plan) -> None:
        super().__init__(plan)
        self._listener = listener
        self._second: tuple[int, ...] = ()

    def ran(self, span: TimecodeSpan, kind: str, heard_on: Collection[str]) -> list[Request | Verdict]:
        found = super().ran(span, kind, heard_on)
        label = span.rate.label(span.end // 4 % span.rate.count(24, 0, 0, 0))
        if found or label[:3] != self._second:
            self._second = label[:3]
            line = when_text(OnTimecode(*label, span.rate.drop))
            with self._listener.message(", ".join(heard_on), kind, line, f"{span.rate.fps} frames a second"):
                for one in found:
                    if isinstance(one, Request):
                        self._listener.asked(one)
                    else:
                        self._listener.settled(one)
        return []


def _ignored(address: str, arguments: tuple[object, ...], source: str) -> None:
    """A show lets its waits and its consoles know; here there are none."""
