"""What a camera still owes for frames that were sent again, and how long an answer takes. Pure.

A frame that was sent again is answered again. When the first answer has come, the copies that were sent after the one
it was for are owed one each, and what comes for them is thrown away: an ACK, a refusal, a completion by the order of
sending, an answer by holding the next question back as long as it could be mistaken for its answer. How long that may
take follows the round trip, which is measured all along.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from cuelang.protocols.visca.exchange import Exchange
from cuelang.units import MS

SLOWEST_NS = 900 * MS
"""No line is waited for longer before a frame is repeated: after a second it is given up."""
END_OWED_NS = 1000 * MS
"""How long after its ACK the completion of a copy may come."""


class RoundTrip:
    """`measured` None: not yet. `usual` is how long an answer takes at most, as far as has been measured; 0: not
    yet."""

    def __init__(self) -> None:
        self.measured: int | None = None
        self.usual = 0
        self._varies = 0

    def measure(self, took: int) -> None:
        if self.measured is None:
            self.measured, self._varies = took, took // 2
        else:
            off = abs(self.measured - took)
            self._varies += (off - self._varies) // 4
            self.measured += (took - self.measured) // 8
        self.usual = min(self.measured + 4 * self._varies, SLOWEST_NS)


class _Copy(Struct):
    """A frame that was sent again, for which the camera will answer once more. `code`: it was refused before."""

    sent: int
    until: int
    code: int | None


class _End(Struct):
    """A completion that is owed for a copy."""

    socket: int
    acked: int
    until: int


class _Answers(Struct):
    """Answers owed for copies of the last question: how many, until when, and what they look like."""

    count: int
    until: int
    sample: bytes


class Repeated:
    """The ledger of one line. It measures the round trip by what is answered."""

    def __init__(self) -> None:
        self.trip = RoundTrip()
        self._copies: list[_Copy] = []
        self._ends: list[_End] = []
        self._answers: _Answers | None = None

    def clear(self) -> None:
        """The line is new: nothing that was owed on the old one will come."""
        self._copies, self._ends, self._answers = [], [], None

    def _owing(self, exchange: Exchange, now: int) -> tuple[list[int], int]:
        """An answer has come. The copies that were sent after the one that it is for, and how long each may take."""
        copies, trip = exchange.copies, self.trip
        which = 0
        if len(copies) == 1:
            if not exchange.slow:
                trip.measure(now - copies[0])
            return [], 0
        if trip.measured is not None:
            usual = trip.measured
            which = min(range(len(copies)), key=lambda index: abs(now - copies[index] - usual))
        return copies[which + 1 :], max((now - copies[which]) * 3 // 2, trip.usual) + 20 * MS

    # --- commands --------------------------------------------------------------------------------------------

    def answered(self, exchange: Exchange, now: int, code: int | None = None, *, owes: bool = True) -> None:
        """A command has its first answer. `owes`: what comes for its copies can be told only by their order."""
        copies, takes = self._owing(exchange, now)
        if owes:
            self._copies += [_Copy(sent, sent + takes, code) for sent in copies]

    def is_for_a_copy(self, exchange: Exchange | None, now: int, code: int | None) -> bool:
        """Whether an ACK (`code` None) or a refusal is for a copy, rather than for this exchange: answers come in the
        order of sending. A refusal with the code of the first one is that of its copy."""
        if not self._copies:
            return False
        self._copies = [copy for copy in self._copies if now < copy.until]
        for copy in self._copies:
            if exchange is None or copy.sent < exchange.last_sent:
                if copy.code is not None and code != copy.code:
                    continue
                self._copies.remove(copy)
                return True
        return False

    def acknowledged(self, socket: int, now: int) -> None:
        """A copy was ACKed: it will be completed, too."""
        self._ends.append(_End(socket, now, now + END_OWED_NS))

    def is_end_of_a_copy(self, socket: int, now: int, taken: Iterable[Exchange]) -> bool:
        """Whether a completion is for a copy, rather than for one of those that the camera has taken."""
        if not self._ends:
            return False
        self._ends = [end for end in self._ends if now < end.until]
        for end in self._ends:
            if end.socket == socket and not any(
                exchange.socket == socket and exchange.accepted < end.acked for exchange in taken
            ):
                self._ends.remove(end)
                return True
        return False

    # --- questions -------------------------------------------------------------------------------------------

    def told(self, question: Exchange, frame: bytes, now: int, *, owes: bool = True) -> None:
        """A question is answered by this frame. `owes` as for a command."""
        copies, takes = self._owing(question, now)
        if copies and owes:
            self._answers = _Answers(len(copies), copies[-1] + takes, frame)

    def told_again(self) -> None:
        """An answer came that fits no question."""
        if self._answers is not None:
            self._answers.count -= 1
            if self._answers.count <= 0:
                self._answers = None

    def holds_back(self, question: Exchange, now: int) -> bool:
        """Whether an answer that is still owed could be taken for that to this question."""
        if self._answers is None:
            return False
        if now >= self._answers.until:
            self._answers = None
            return False
        return question.fits is None or question.fits(self._answers.sample)

    @property
    def answers_until(self) -> int | None:
        """How long answers to copies of the last question are waited for; None: none is owed."""
        return None if self._answers is None else self._answers.until
