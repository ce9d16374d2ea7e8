"""The controller's end of one ATEM mix effect. Pure.

Tally is the switcher's own (`TlSr`): it knows of keys, downstream keys, SuperSource, running transitions and of one
mix effect inside another; the program and preview blocks do not.

A transition of ours borrows the style and the rate of the person at the desk and puts them back when it has ended.
A preview that is changed while an auto transition runs freezes that on some firmware, so everything but a cut waits.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, SwitcherState, Take
from cuelang.protocols.atem import blocks as b
from cuelang.protocols.atem.packet import HELLO, HELLO_PACKET, AtemExchange, decode
from cuelang.protocols.switcher import (
    ACCEPT_NS,
    COMPLETED,
    OUTPUT_NS,
    REPORT_NS,
    UNREACHABLE,
    Accepted,
    Close,
    Ended,
    Machine,
    Note,
    Procedure,
    Until,
)
from cuelang.units import NS

DEFAULT_RATE = 25.0
MAX_FRAMES = 250
HELLO_AGAIN_NS = NS
_NATIVE = re.compile(
    r"(?P<macro>macro)\s+(?P<macro_n>\d{1,3})"
    r"|(?P<key>key|dsk)\s+(?P<key_n>\d)\s+(?P<key_to>on|off|auto)"
    r"|aux\s+(?P<aux>\d{1,2})\s*=\s*(?P<aux_to>\d{1,5})"
    r"|(?P<black>black)"
)


def native(text: str) -> str | None:
    """What is wrong with a request in the switcher's own words; None: nothing."""
    found = _NATIVE.fullmatch(text.strip())
    if found is None:
        return "an ATEM accepts `macro 3`, `key 1 on`, `dsk 1 auto`, `aux 1 = 3` or `black`"
    if found["key"] == "key" and found["key_to"] == "auto":
        return "an upstream key is either `on` or `off`"
    if found["macro_n"] == "0" or found["key_n"] == "0" or found["aux"] == "0":
        return "numbers start at 1"
    return None


def native_blocks(text: str, me: int, version: tuple[int, int]) -> list[bytes]:
    """The blocks of a request in the switcher's own words; none when `native` finds fault with it."""
    found = _NATIVE.fullmatch(text.strip())
    if found is None or native(text):
        return []
    if found["macro"]:
        return [b.macro(int(found["macro_n"]) - 1)]
    if found["aux"]:
        return [b.aux(int(found["aux"]) - 1, int(found["aux_to"]))]
    if found["black"]:
        return [b.fade_to_black(me)]
    index, to = int(found["key_n"]) - 1, found["key_to"]
    if found["key"] == "key":
        return [b.key(me, index, to == "on")]
    return [b.dsk_auto(index, version) if to == "auto" else b.dsk(index, to == "on")]


def frames(over: int, rate: float) -> int:
    """`over` ns as frames of a switcher that makes `rate` a second: 1 to 250."""
    return max(1, min(MAX_FRAMES, round(over * rate / NS)))


class Atem(Machine):
    """One controller at one switcher, for the mix effect `me` (0 is the first)."""

    def __init__(self, me: int = 0) -> None:
        super().__init__()
        self.state = SwitcherState(transitions=b.STYLES)
        self.me = me
        self._line: AtemExchange | None = None
        self._hello_at: int | None = None
        self._version = (2, 30)
        self._style = 0
        self._frames: dict[int, int] = {}
        self._borrowed: tuple[int, int | None] | None = None
        """The person's next style, and the rate of the style that was borrowed for a transition of ours."""
        self._borrowed_style = 0

    # --- the line ---

    def _open(self) -> None:
        self._line, self._hello_at = None, self._now + HELLO_AGAIN_NS
        self._frames, self._borrowed = {}, None
        self._says(ready=False, names={}, outputs={})
        self._send(HELLO_PACKET)

    def _lost(self) -> None:
        self._line = self._hello_at = None

    def _receive(self, data: bytes | str) -> None:
        packet = decode(data) if isinstance(data, bytes) else None
        if packet is None or (packet.flags & HELLO and packet.payload[:1] not in (b"\x02", b"\x03")):
            if self._line is None and self._hello_at is not None:
                self._hello_at = None
                self._out.append(Close("what answers there is not an ATEM"))
            return
        if packet.flags & HELLO:
            if packet.payload[:1] == b"\x03":
                self._hello_at = None
                self._out.append(Close("the switcher has no room for another controller: close one"))
            elif self._line is None:
                self._hello_at = None
                self._line = AtemExchange(self._now, packet.session, last=packet.number)
                self._send(bytes.fromhex("800c") + packet.session.to_bytes(2, "big") + bytes(8))
            return
        if self._line is None:
            return
        payload, answers = self._line.receive(packet, self._now)
        for answer in answers:
            self._send(answer)
        if payload is not None:
            for block in b.split(payload):
                self._hear(block)

    def _wake(self) -> None:
        if self._hello_at is not None and self._now >= self._hello_at:
            self._hello_at = self._now + HELLO_AGAIN_NS
            self._send(HELLO_PACKET)
        if self._line is not None:
            for packet in self._line.wake(self._now):
                self._send(packet)
            if self._line.lost:
                self._line = None
                self._out.append(Close("the switcher does not respond"))

    def _due(self) -> int | None:
        return self._line.deadline if self._line is not None else self._hello_at

    # --- what it says ---

    def _hear(self, block: b.AtemBlock) -> None:  # noqa: C901 - a case for each kind of block
        name, body = block
        match name:
            case "_ver":
                self._version = (b.word(body, 0), b.word(body, 2))
                self._says(version=f"{self._version[0]}.{self._version[1]}")
            case "_pin":
                self._says(model=b.text(body[:44]))
            case "_top":
                if self.me >= b.byte(body, 0) > 0:
                    self._out.append(
                        Note(f"the switcher has {b.byte(body, 0)} mix effects, and no number {self.me + 1}")
                    )
            case "VidM":
                self._says(frame_rate=b.RATES.get(b.byte(body, 0)))
            case "InPr":
                self._says(names={**self.state.names, str(b.word(body, 0)): b.text(body[2:22])})
            case "PrgI" | "PrvI" if b.byte(body, 0) == self.me:
                source = str(b.word(body, 2))
                self._says(program=source) if name == "PrgI" else self._says(preview=source)
            case "TlSr":
                self._says(tally={str(source): bus for source, bus in b.tally(body).items()})
            case "TrSS" if b.byte(body, 0) == self.me:
                self._style = b.byte(body, 3)
            case "TrPs" if b.byte(body, 0) == self.me:
                running, left, handle = b.byte(body, 1) == 1, b.byte(body, 2), b.word(body, 4)
                self._says(transition=running or handle > 0, handle=running and left == 0 and 0 < handle < 10_000)
            case "StRS":
                self._says(outputs={**self.state.outputs, "stream": bool(b.word(body, 0) & 4)})
            case "RTMS":
                self._says(outputs={**self.state.outputs, "record": bool(b.word(body, 0) & 1)})
            case "InCm":
                self._says(ready=True)
            case _ if name in b.RATE_BLOCKS and b.byte(body, 0) == self.me:
                self._frames[b.RATE_BLOCKS[name]] = b.byte(body, 1)

    # --- what it is asked ---

    def _ask(self, *blocks: bytes) -> int:
        """Send blocks in one packet; the packet's number."""
        assert self._line is not None, "the switcher is not ready"
        number, packet = self._line.send(b"".join(blocks), self._now)
        self._send(packet)
        return number

    def _taken(self, number: int) -> Until:
        line = self._line
        return Until(lambda: line is not None and line.acknowledged(number), ACCEPT_NS)

    def _procedure(self, key: Hashable, order: Order) -> Procedure:
        match order:
            case Cut(source=source):
                return self._cut(key, int(source))
            case Dissolve(source=source, over=over, transition=transition):
                return self._mix(key, source, over, transition)
            case Preview(source=source):
                return self._preview(key, source)
            case Take(source=source, over=over, transition=transition):
                return self._take(key, source, over, transition)
            case SetOutput(output=output, on=on):
                return self._output(key, output, on)
            case Native(text=text):
                return self._native(key, text)

    def _cut(self, key: Hashable, source: int) -> Procedure:
        if not (yield self._taken(self._ask(b.program(self.me, source)))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        met = yield Until(lambda: self.state.program == str(source) and not self.state.transition, REPORT_NS)
        return COMPLETED if met else self._not_reported(source)

    def _preview(self, key: Hashable, source: str) -> Procedure:
        if refusal := (yield from self._quiet()):
            return refusal
        if not (yield self._taken(self._ask(b.preview(self.me, int(source))))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        met = yield Until(lambda: self.state.preview == source, REPORT_NS)
        return COMPLETED if met else self._not_reported(source)

    def _mix(self, key: Hashable, source: str, over: int, transition: str | None) -> Procedure:
        if refusal := (yield from self._quiet()):
            return refusal
        if self.state.program == source:
            return COMPLETED
        number = b.STYLES.index(transition or "mix")
        self._borrow(number)
        asked = [b.preview(self.me, int(source)), b.style(self.me, number)]
        if number in b.RATE_BLOCKS.values():
            asked.append(b.rate(self.me, number, frames(over, self.state.frame_rate or DEFAULT_RATE)))
        if not (yield self._taken(self._ask(*asked, b.auto(self.me)))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        limit = REPORT_NS if number == b.STYLES.index("sting") else 0
        met = yield Until(
            lambda: self.state.program == source and not self.state.transition, over + REPORT_NS + 10 * limit
        )
        return COMPLETED if met else self._not_reported(source)

    def _take(self, key: Hashable, source: str | None, over: int | None, transition: str | None) -> Procedure:
        if refusal := (yield from self._quiet()):
            return refusal
        wanted = self._to_take(source)
        if isinstance(wanted, Ended):
            return wanted
        if over is not None:
            return (yield from self._mix(key, wanted, over, transition))
        if not (yield self._taken(self._ask(b.cut(self.me)))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        met = yield Until(lambda: self.state.program == wanted and not self.state.transition, REPORT_NS)
        return COMPLETED if met else self._not_reported(wanted)

    def _output(self, key: Hashable, output: str, on: bool) -> Procedure:
        running = self.state.outputs.get("stream" if output == "stream" else "record")
        if running is None:
            return Ended("refused", f"{self.state.model or 'this switcher'} cannot {output}")
        if running is on:
            return COMPLETED
        if not (yield self._taken(self._ask(b.stream(on) if output == "stream" else b.record(on)))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        met = yield Until(lambda: self.state.outputs.get("stream" if output == "stream" else "record") is on, OUTPUT_NS)
        return (
            COMPLETED
            if met
            else Ended("timed_out", f"the switcher did not report that it {'started' if on else 'stopped'}")
        )

    def _native(self, key: Hashable, text: str) -> Procedure:
        if wrong := native(text):
            return Ended("refused", wrong)
        asked = b"".join(native_blocks(text, self.me, self._version))
        if not (yield self._taken(self._ask(asked))):
            return UNREACHABLE
        self._out.append(Accepted(key))
        return COMPLETED

    def resolve(self, source: str) -> str | None:
        number = str(int(source)) if source.isascii() and source.isdigit() else source
        return number if number in self.state.names else None

    def _not_reported(self, source: str | int) -> Ended:
        return Ended("timed_out", f"the switcher does not report {self.called(str(source))}")

    def _borrow(self, style: int) -> None:
        """Remember what the person at the desk had chosen, unless ours is what is chosen now."""
        if self._borrowed is None:
            self._borrowed = (self._style, self._frames.get(style))
            self._borrowed_style = style
        elif style != self._borrowed_style:
            if (was := self._borrowed[1]) is not None:
                self._ask(b.rate(self.me, self._borrowed_style, was))
            self._borrowed = (self._borrowed[0], self._frames.get(style))
            self._borrowed_style = style

    def _rest(self) -> None:
        if self._borrowed is None or self.state.transition or self._line is None:
            return
        (style, rate), self._borrowed = self._borrowed, None
        back = [b.style(self.me, style)] if style != self._style or style != self._borrowed_style else []
        if rate is not None and rate != self._frames.get(self._borrowed_style):
            back.append(b.rate(self.me, self._borrowed_style, rate))
        if back:
            self._ask(*back)
