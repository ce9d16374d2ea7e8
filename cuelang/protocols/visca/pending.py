"""What has been sent on one line and is not over, and to which of it a reply belongs. Pure.

Replies are matched by order, oldest first, with three preferences that only break ties. An ACK goes to a command sent
within the last ACK_TIMEOUT_NS before an older one, for the older one's camera is withholding it (on a stream, where
answers are late but never lost, only if the older one is a recall, or a move that a newer question has passed by). A completion goes to a command accepted in that
socket before any other, then to one whose ACK has not come, and to one that is over at once (a tally) before one that
takes its time (a move). An error goes to what was sent last and is not answered yet, in order of sending, inquiries
too. When a guess is wrong, two replies that are milliseconds apart change places; arrival is decided by asking for the
position, never here.
"""

from __future__ import annotations

from cuelang.protocols.visca.exchange import CANCELLED, Exchange

SOCKETS = (1, 2)
"""Those that VISCA has. Some cameras complete something in another one that was never asked for."""


class Pending:
    """`stream`: the line loses nothing. `ack_timeout`, which the caller gives, is how long an ACK takes at most."""

    def __init__(self, *, stream: bool) -> None:
        self.stream = stream
        self.withholds = False
        """This camera has been seen to ACK a move only when it had ended."""
        self.asked: Exchange | None = None
        """The question that is under way."""
        self.open: list[Exchange] = []
        """Commands that wait for their ACK."""
        self.taken: list[Exchange] = []
        """Commands that the camera has accepted."""

    def leave(self, exchange: Exchange) -> None:
        """It is neither open nor taken nor asked any more."""
        if exchange is self.asked:
            self.asked = None
        elif exchange in self.open:
            self.open.remove(exchange)
        elif exchange in self.taken:
            self.taken.remove(exchange)

    def acknowledged(self, now: int, ack_timeout: int) -> Exchange | None:
        """Which command an ACK is for."""
        if len(self.open) == 1:
            return self.open[0]
        fresh = [exchange for exchange in self.open if self._fresh(exchange, now, ack_timeout)]
        if self.withholds:
            fresh = [exchange for exchange in fresh if not exchange.slow] or fresh
        if fresh:
            return fresh[0]
        return self.open[0] if self.open else None

    def completed(self, socket: int, now: int, ack_timeout: int) -> Exchange | None:
        """Which command a completion is for. Of a socket in which nothing was accepted it is for one whose ACK was
        lost, if there is any; without one, for what was accepted elsewhere."""
        here = [exchange for exchange in self.taken if exchange.socket == socket]
        if not here and self.open and (socket in SOCKETS or not self.taken):
            return self.acknowledged(now, ack_timeout)
        here = here or self.taken
        return next((exchange for exchange in here if not exchange.slow), here[0] if here else None)

    def failed(self, socket: int, code: int, now: int, ack_timeout: int) -> Exchange | None:
        """What a refusal is for."""
        exchange = None if code == CANCELLED else self._oldest_unanswered(now, ack_timeout)
        if exchange is not None:
            return exchange
        return next((exchange for exchange in self.taken if exchange.socket == socket), None)

    def _oldest_unanswered(self, now: int, ack_timeout: int) -> Exchange | None:
        waiting = [exchange for exchange in self.open if self._fresh(exchange, now, ack_timeout)]
        if self.asked is not None:
            waiting.append(self.asked)
        if waiting:
            return min(waiting, key=lambda exchange: exchange.last_sent)
        return self.open[0] if self.open else None

    def _fresh(self, exchange: Exchange, now: int, ack_timeout: int) -> bool:
        """Whether its answer may still be expected before that of a newer one. A stream loses none, so there only a
        move can be passed by, whose ACK the camera withholds: a recall, or one that was passed by already. And what was
        outdated before it had its turn."""
        withheld = exchange.slow and (exchange.withheld or exchange.passed)
        lasting = self.stream and not withheld and not exchange.outdated
        return lasting or now - exchange.last_sent <= ack_timeout
