"""What has been sent on one line and is not over, and to which of it a reply belongs. Pure.

Replies are matched by order, oldest first, with four preferences that only break ties. An ACK goes to a command sent
within the last ACK_TIMEOUT_NS before an older one, for the older one's camera is withholding it (on a stream, where
answers are late but never lost, only if the older one is a recall, or a move that a newer question has passed by). On
a line where frames take turns it goes to one whose turn may still be on. A completion goes to a command accepted in
that socket before any other, then to one whose ACK has not come, and to one that is over at once (a tally) before one
that takes its time (a move). An error goes to what was sent last and is not answered yet, in order of sending,
inquiries too. When a guess is wrong, two replies that are milliseconds apart change places; arrival is decided by
asking for the position, never here.
"""

from __future__ import annotations

from cuelang.protocols.visca.exchange import CANCELLED, Exchange
from cuelang.units import MS

SOCKETS = (1, 2)
"""Those that VISCA has. Some cameras complete something in another one that was never asked for."""


TURN_NS = 150 * MS
"""No frame has its turn on a shared line for longer. It may end sooner: the end of a command before it ends it, too."""


class Pending:
    """`stream`: the line loses nothing. `turns`: a frame leaves when the one before has been answered or has had its
    time. `ack_timeout`, which the caller gives, is how long an ACK takes at most."""

    def __init__(self, *, stream: bool, turns: bool = False) -> None:
        self.stream = stream
        self.turns = turns
        self.withholds = False
        """This camera has been seen to ACK a move only when it had ended."""
        self.asked: Exchange | None = None
        """The question that is under way."""
        self.open: list[Exchange] = []
        """Commands that wait for their ACK."""
        self.taken: list[Exchange] = []
        """Commands that the camera has accepted."""
        self.unended: set[int] = set()
        """Sockets of commands that have had their time: their completion may still come."""

    def leave(self, exchange: Exchange) -> None:
        """It is neither open nor taken nor asked any more."""
        if exchange is self.asked:
            self.asked = None
        elif exchange in self.open:
            self.open.remove(exchange)
        elif exchange in self.taken:
            self.taken.remove(exchange)

    def accept(self, exchange: Exchange) -> None:
        """It has a socket now, and what was in that one before is over."""
        self.unended.discard(exchange.socket)

    def give_up(self, exchange: Exchange) -> None:
        """It was accepted, and has had its time."""
        self.taken.remove(exchange)
        self.unended.add(exchange.socket)

    def acknowledged(self, now: int, ack_timeout: int) -> Exchange | None:
        """Which command an ACK is for."""
        waiting = [exchange for exchange in self.open if not exchange.posted]
        if len(waiting) <= 1:
            return waiting[0] if waiting else None
        fresh = [exchange for exchange in waiting if self._fresh(exchange, now, ack_timeout)]
        if self.withholds:
            fresh = [exchange for exchange in fresh if not exchange.slow] or fresh
        return fresh[0] if fresh else waiting[0]

    def completed(self, socket: int, now: int, ack_timeout: int) -> Exchange | None:
        """Which command a completion is for. Of a socket in which nothing was accepted it is for one whose ACK was
        lost, if there is any; without one, for what was accepted elsewhere."""
        here = [exchange for exchange in self.taken if exchange.socket == socket]
        if not here and socket in self.unended:
            self.unended.remove(socket)
            return None
        if not here and (socket in SOCKETS or not self.taken):
            here = [exchange for exchange in (self.acknowledged(now, ack_timeout),) if exchange is not None]
        here = here or self.taken
        return next((exchange for exchange in here if not exchange.slow), here[0] if here else None)

    def failed(self, socket: int, code: int, now: int, ack_timeout: int) -> Exchange | None:
        """What a refusal is for."""
        exchange = None if code == CANCELLED else self._oldest_unanswered(now, ack_timeout)
        if exchange is not None:
            return exchange
        return next((exchange for exchange in self.taken if exchange.socket == socket), None)

    def _oldest_unanswered(self, now: int, ack_timeout: int) -> Exchange | None:
        left = [exchange for exchange in self.open if not exchange.posted]
        waiting = [exchange for exchange in left if self._fresh(exchange, now, ack_timeout)]
        asked = self.asked
        if asked is not None and not asked.posted and (not self.turns or self._fresh(asked, now, ack_timeout)):
            waiting.append(asked)
        if waiting:
            return min(waiting, key=lambda exchange: exchange.last_sent)
        return left[0] if left else None

    def _fresh(self, exchange: Exchange, now: int, ack_timeout: int) -> bool:
        """Whether its answer may still be expected before that of a newer one. A stream loses none, so there only a
        move can be passed by, whose ACK the camera withholds: a recall, or one that was passed by already."""
        if self.turns:
            return now - exchange.last_sent <= TURN_NS
        lasting = self.stream and not (exchange.slow and (exchange.withheld or exchange.passed))
        return lasting or now - exchange.last_sent <= ack_timeout
