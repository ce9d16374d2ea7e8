"""A conversation with a camera, with time as a number: what goes out, and what the camera says."""

from __future__ import annotations

from typing import Any

from cuelang.protocols.visca.conversation import Conversation
from cuelang.protocols.visca.exchange import Event, EventKind, Exchange
from cuelang.units import MS

POWER = bytes.fromhex("81 09 04 00 FF")
HOME, STOP, RECALL = "81 01 06 04 FF", "81 01 06 01 01 01 03 03 FF", "81 01 04 3F 02 05 FF"
TALLY, BY, POSITION = "81 0A 02 02 02 FF", "81 01 06 03 0A 0A 00 00 01 00 00 00 00 00 FF", "81 09 06 12 FF"
ZOOM = "81 01 04 47 0{} 00 00 00 FF"
AT_HOME = "90 50 00 00 00 00 00 00 00 00 FF"


class Asker(str):
    """Who asks, by name."""

    __slots__ = ()

    def sent(self, exchange: Exchange, now: int) -> None: ...
    def handle(self, event: Event, now: int) -> None: ...


class Talk:
    """Both sides of a conversation, with a clock in milliseconds that only `passes` moves."""

    def __init__(self, *, stream: bool = False, numbered: bool = False, turns: bool = False, up: bool = True) -> None:
        self.line = Conversation(POWER, stream=stream, numbered=numbered, turns=turns)
        self.now = 0
        self.wire: list[str] = []
        self.told: list[tuple[str, Any, str]] = []
        if up:
            self._handle(self.line.line_up(0))

    def ask(self, frame: str, name: str = "", **how: Any) -> Exchange:
        exchange = Exchange(bytes.fromhex(frame), self.now * MS, owner=Asker(name or frame), **how)
        self._handle(self.line.submit(exchange, self.now * MS))
        return exchange

    def expects(self, *frames: str) -> None:
        assert self.wire == [frame.upper() for frame in frames]
        self.wire = []

    def expects_nothing(self) -> None:
        self.expects()

    def says(self, *frames: str) -> None:
        for frame in frames:
            self._handle(self.line.receive(bytes.fromhex(frame), self.now * MS))

    def answers(self, exchange: Exchange, *frames: str) -> None:
        """Replies that the line knows to be to this exchange."""
        for frame in frames:
            self._handle(self.line.receive_for(exchange, bytes.fromhex(frame), self.now * MS))

    def passes(self, ms: int) -> None:
        end = self.now + ms
        while self.line.deadline is not None and self.line.deadline <= end * MS:
            self.now = max(self.now, -(-self.line.deadline // MS))
            self._handle(self.line.wake(self.now * MS))
            assert self.line.deadline is None or self.line.deadline > self.now * MS, "it would spin"
        self.now = end

    def drops(self) -> None:
        self._handle(self.line.line_lost(self.now * MS))

    def returns(self) -> None:
        self._handle(self.line.line_up(self.now * MS))

    def leaves(self, exchange: Exchange) -> None:
        """It has its turn on a line that cameras share."""
        self.line.left(exchange, self.now * MS)

    def forgets(self, exchange: Exchange) -> bool:
        return self.line.forget(exchange)

    def news(self) -> list[tuple[str, Any]]:
        """What happened since the last look: (what, to whom)."""
        told, self.told = self.told, []
        return [(what, who) for what, who, _ in told]

    def reason(self) -> str:
        return self.told[-1][2]

    def _handle(self, events: list[Event]) -> None:
        for kind, exchange, reason, _ in events:
            if kind is EventKind.SEND:
                self.wire.append(exchange.frame.hex(" ").upper())
            else:
                self.told.append((kind.name.lower(), exchange.owner, reason))
