"""What the inputs of a running show have heard, which trigger took it, and which inputs are muted. No I/O.

Each input keeps its last message and the last one that no trigger took; all of them together keep the last
`MAX_MESSAGES`. A desk sends thousands of messages a second, so a message is put into words only when a screen shows it.

What a muted input asks for is refused, but panic and stop: those are never refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from cuelang import commands as c
from cuelang.clock import Clock
from cuelang.output.triggers import when_text
from cuelang.plain import UserError
from cuelang.plan import CameraAct, OnTimecode, Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.playback.rules import ALWAYS
from cuelang.protocols.timecode import TimecodeSpan
from cuelang.runtime.input_records import MuteRecord
from cuelang.runtime.records import Record
from cuelang.runtime.view import HeardRow, InputRow
from cuelang.triggers.message_lines import packet_line, taken_text
from cuelang.units import MS

MAX_MESSAGES = 100
POKE_NS = 500 * MS
"""Screens show what came in at most this often."""

DRIVES, WAITS = "drives a camera", "its trigger does not fire at this value"
"""Of a message that asks for nothing: what has use for it."""

Words = Callable[[], tuple[str, str]]
"""The line of a sheet that would hear a message, and what that line does not say."""


class NoSuchInput(UserError, ValueError):
    """It cannot be muted; the message says why."""

    code = 1


class _Message(Struct):
    seq: int
    at: int
    input: str
    sender: str
    words: Words
    found: tuple[Request | Verdict, ...]
    taken: str
    row: HeardRow | None = None


class _Input(Struct):
    port: Port
    muted: str = ""
    last: _Message | None = None
    untaken: _Message | None = None
    unread: tuple[bytes, str, int] | None = None
    """A packet for an address that is known to have no trigger: bytes, sender, when."""


def name_of(port: Port) -> str:
    """As an input is called on screens; OSC's own and those of the command line may have no name."""
    return port.name or port.url


class Ears:
    """`ports` are all inputs of the show, `default` the one that is heard without any."""

    def __init__(self, clock: Clock, zone: tzinfo | None = None, default: Port | None = None) -> None:
        self._clock, self._zone, self._default = clock, zone, default
        self._inputs: dict[str, _Input] = {}
        self._kept: deque[_Message] = deque(maxlen=MAX_MESSAGES)
        self._seq, self._poked = 0, 0
        self.on_heard: Callable[[], None] | None = None
        self.on_mute: Callable[[str], None] = _nothing
        """Called with an input's name when it is muted."""

    def load(self, plan: Plan) -> None:
        """The inputs of another plan. One that stays stays muted."""
        ports = plan.inputs or ((self._default,) if self._default is not None else ())
        before, self._inputs = self._inputs, {}
        for port in ports:
            known = before.get(name_of(port))
            self._inputs[name_of(port)] = _Input(port, known.muted if known else "")

    # --- from the doors ------------------------------------------------------------------------------------

    def heard(
        self,
        port: str,
        sender: str,
        words: Words,
        found: Sequence[Request | Verdict],
        *,
        taken: str = "",
        spare: bool = False,
    ) -> list[Request | Verdict]:
        """A message came in. `found`: what it asks for; `taken`: what else has use for it; `spare`: it is not worth
        to be shown as one that no trigger took (a button that is let go). Returns what is to be done about it."""
        self._seq += 1
        one = self._inputs.get(port)
        message = _Message(self._seq, self._clock.now(), port, sender, words, tuple(found), taken)
        if one is not None:
            one.last = message
            if not found and not taken and not spare:
                one.untaken = message
        self._kept.append(message)
        if self.on_heard is not None and message.at >= self._poked + POKE_NS:
            self._poked = message.at
            self.on_heard()
        return list(found) if one is None or not one.muted else [self.let_in(port, ask) for ask in found]

    def runs(self, port: str, sender: str, span: TimecodeSpan) -> None:
        """Time code ran on an input: it is that input's last message, and is not kept."""
        one = self._inputs.get(port)
        if one is not None:

            def words() -> tuple[str, str]:
                label = span.rate.label(span.end // 4 % span.rate.count(24, 0, 0, 0))
                return when_text(OnTimecode(*label, span.rate.drop)), f"{span.rate.fps} frames a second"

            one.last = _Message(self._seq, self._clock.now(), port, sender, words, (), "time code")

    def unread(self, port: str, data: bytes, sender: str) -> None:
        """An OSC packet that is known to mean nothing, which is not read."""
        one = self._inputs.get(port)
        if one is not None:
            one.unread = data, sender, self._clock.now()

    def muted(self, port: str) -> bool:
        one = self._inputs.get(port)
        return one is not None and bool(one.muted)

    def let_in(self, port: str, ask: Request | Verdict) -> Request | Verdict:
        """What a muted input asks for is refused."""
        one = self._inputs.get(port)
        if one is None or not one.muted or isinstance(ask, Verdict) or _stops(ask):
            return ask
        return Verdict(ask, "refused", f"the input {port} is muted ({one.muted})")

    # --- for people ----------------------------------------------------------------------------------------

    def mute(self, name: str, on: bool, by: str) -> str:
        """What was done, as the end of a sentence. Raises NoSuchInput."""
        one = self._inputs.get(name)
        if one is None:
            known = ", ".join(self._inputs) or "none"
            raise NoSuchInput(f"there is no input {name[:60]}; inputs: {known}")
        if one.port.kind == "tsl":
            raise NoSuchInput(f"{name} says who is on air and cannot be muted; `off air` is for that")
        was, one.muted = one.muted, by or "another" if on else ""
        if on and not was:
            self.on_mute(name)
        if on:
            return f"the input {name} is {'already ' if was else ''}muted"
        return f"the input {name} is {'heard again' if was else 'not muted'}"

    def take(self, record: Record) -> None:
        """What a log says of muted inputs: that of the show before a crash, or of the machine that leads."""
        one = self._inputs.get(record.input) if isinstance(record, MuteRecord) else None
        if one is not None and isinstance(record, MuteRecord):
            was, one.muted = one.muted, record.by if record.on else ""
            if one.muted and not was:
                self.on_mute(record.input)

    @property
    def rows(self) -> tuple[InputRow, ...]:
        """Every input, in the order of the sheet."""
        return tuple(
            InputRow(
                name, one.port.url, one.muted, None if one.last is None else self._row(one.last), self._untaken(name)
            )
            for name, one in self._inputs.items()
        )

    def messages(self, count: int = MAX_MESSAGES) -> tuple[HeardRow, ...]:
        """The last ones, newest last."""
        for name in self._inputs:
            self._untaken(name)
        return tuple(map(self._row, list(self._kept)[-count:])) if count else ()

    def _untaken(self, name: str) -> HeardRow | None:
        one = self._inputs[name]
        if one.unread is not None:
            data, sender, at = one.unread
            one.unread = None
            self._seq += 1
            message = _Message(self._seq, at, name, sender, lambda: (packet_line(data), ""), (), "")
            one.untaken = message
            if one.last is None or one.last.at < at:
                one.last = message
            self._kept.append(message)
        return None if one.untaken is None else self._row(one.untaken)

    def _row(self, message: _Message) -> HeardRow:
        if message.row is None:
            line, note = message.words()
            wall = self._wall(message.at)
            message.row = HeardRow(
                message.seq,
                wall,
                message.input,
                message.sender,
                line,
                note,
                taken_text(message.found) or message.taken,
            )
            message.words = lambda: (line, note)
        return message.row

    def _wall(self, at: int) -> datetime:
        return self._clock.wall(self._zone) - timedelta(microseconds=(self._clock.now() - at) // 1000)


def _stops(request: Request) -> bool:
    """Whether it is one of those that nothing refuses, or a statement that only stops."""
    if request.verb in ALWAYS:
        return True
    if request.statement is None:
        return False
    acts = [step.act for step in request.statement.program.steps]
    return bool(acts) and all(isinstance(act, CameraAct) and isinstance(act.command, c.Stop) for act in acts)


def _nothing(name: str) -> None:
    """Nothing that an input drives has to stop."""
