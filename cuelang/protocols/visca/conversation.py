"""What controller and camera say to each other on one VISCA line: bytes in, events out, no clock.

The theory is short. A command is answered with an ACK (`y0 4s FF`) when the camera has taken it and with a
completion (`y0 5s FF`) when it is done, `s` being one of two sockets; an inquiry is answered with `y0 50 … FF`
and takes no socket; a refusal is `y0 6s ee FF`. Sony's cameras keep to that. PTZOptics' do not (companion module
ptzoptics-visca: `src/visca/port.ts`, issues 32, 41, 57, PR 42):

    ACK and completion of a recall both come at the END of the move  -> a missing ACK does not mean a dead camera
    several commands are ACKed in one socket and end out of order    -> match by order, the socket is a hint
    a completion comes for an unused socket                          -> ignore it
    errors carry a socket that is not their command's                -> match by order
    a superseded preset still "completes"                            -> remember it
    a reply comes from any address, even over IP                     -> the address is not looked at

So replies are matched by order, oldest first (`pending.py`). Once an answer has been missing, the order is a guess
(`doubtful`): where several commands wait, the end of one is not certain (`Exchange.unsure`).

At most `window` commands wait for their ACK at a time; one that has waited longer than ACK_TIMEOUT_NS no longer counts,
so no axis waits for another forever. A stop waits for nothing. One inquiry is under way at a time.

A line that numbers its frames (Sony's) says which exchange a reply belongs to, and nothing is guessed. There any frame
may be sent again, for the camera knows it by its number.

Elsewhere a frame that was sent again is answered again, and what comes for the copies is thrown away (`repeated.py`).
The times after which anything is repeated follow the round trip, which is measured all along.

What was not accepted in time is given up and never sent later. On a line that loses datagrams what may be repeated is
repeated until then; on a stream nothing is, as long as it is open.

Each exchange goes through the states of `exchange.TABLE`; a pair that is missing there cannot happen.
"""

from __future__ import annotations

from collections import deque

from cuelang.protocols.visca.codec import MAX_FRAME_BYTES, MIN_FRAME_BYTES
from cuelang.protocols.visca.exchange import (
    BUFFER_FULL,
    ERRORS,
    NO_SOCKET,
    NOBODY,
    SYNTAX,
    TABLE,
    Event,
    EventKind,
    Exchange,
    Signal,
    State,
)
from cuelang.protocols.visca.pending import Pending
from cuelang.protocols.visca.repeated import Repeated
from cuelang.units import MS

ACK_TIMEOUT_NS = 250 * MS
ANSWER_TIMEOUT_NS = 250 * MS
STREAM_ANSWER_TIMEOUT_NS = 1000 * MS
ANSWER_TRIES = 3
FULL_PAUSE_NS = 50 * MS
"""After `buffer full`, unless something completes before."""
READING_NS = 20 * MS
"""After a standstill: between two looks whether all that came meanwhile has been read."""


class Conversation:
    """One camera's line. Every method returns the events in the order in which they are to be handled.

    It never raises for what a camera says. Times are ns of the loop. Until `line_up` nothing is sent.

    Args:
        probe: an inquiry that any camera answers.
        stream: the line neither loses nor repeats, and frames may arrive split and joined.
        numbered: the line knows frames again that are sent again.
        turns: cameras share the line, and a frame leaves when the one before has been answered or has had its time;
            the caller says when (`left`).
        window: how many commands may wait for their ACK at a time.
    """

    def __init__(
        self, probe: bytes, *, stream: bool = False, numbered: bool = False, turns: bool = False, window: int = 2
    ) -> None:
        self.up = False
        self.stream = stream
        self.numbered = numbered
        self.turns = turns
        self.replies = 0
        """How many frames the camera has said, strays among them."""
        self.strays = 0
        """Replies that belonged to nothing."""
        self.doubtful = False
        """An answer was missing since the line was opened: what comes may be for something else."""
        self.deadline: int | None = None
        """`wake` must be called then, or a little later; calling it earlier does no harm."""
        self._probe = probe
        self._window = window
        self._queue: deque[Exchange] = deque()
        self._questions: deque[Exchange] = deque()
        self._pending = Pending(stream=stream, turns=turns)
        self._repeated = Repeated()
        self.ack_timeout = ACK_TIMEOUT_NS
        """From sending to sending again, or to the next command's turn."""
        self.resent = 0
        """How many frames were sent more than once."""
        self._full_until = 0
        self._rest = b""
        self._out: list[Event] = []

    # --- what the caller does ------------------------------------------------------------------------------

    def submit(self, exchange: Exchange, now: int) -> list[Event]:
        """Send it as soon as its turn comes; never, when it is too late already."""
        if now >= exchange.late:
            self._end(exchange, Signal.LATE, EventKind.UNREACHABLE, "it came too late to be sent")
        elif exchange.inquiry:
            self._questions.append(exchange)
        elif exchange.urgent:
            if self.up:
                self._send(exchange, now)
            else:
                self._queue.appendleft(exchange)
        else:
            self._queue.append(exchange)
        if exchange.state is State.QUEUED:
            self._pump(now)
            if exchange.state is State.QUEUED:
                self._wake_by(exchange.late)
        return self._events()

    def again(self, exchange: Exchange, now: int) -> list[Event]:
        """Send it once more, if it waits for its ACK."""
        if exchange.state is State.SENT and self.up and not exchange.outdated:
            self._transmit(exchange, Signal.AGAIN, now)
        return self._events()

    def left(self, exchange: Exchange, now: int) -> None:
        """It had its turn on the line, and others that were submitted later may have had theirs before."""
        exchange.last_sent = now
        if exchange.posted:
            exchange.posted = False
            exchange.first_sent, exchange.replies = now, self.replies
            if exchange in self._pending.open:
                self._pending.open.remove(exchange)
                self._pending.open.append(exchange)

    def forget(self, exchange: Exchange) -> bool:
        """No more events for it, and no more sending. Returns whether it had never been sent.

        What has been sent is remembered, for its replies will still come.
        """
        exchange.wanted = False
        if exchange.state is not State.QUEUED:
            return False
        self._step(exchange, Signal.FORGOTTEN)
        (self._questions if exchange.inquiry else self._queue).remove(exchange)
        return exchange.tries == 0

    def line_up(self, now: int) -> list[Event]:
        """The line is open. What still waits and is not too late goes out."""
        self.up, self.doubtful = True, False
        self._rest = b""
        self._repeated.clear()
        self._give_up_queued(now)
        self._give_up_sent(now)
        self._pump(now)
        return self._events()

    def line_lost(self, now: int) -> list[Event]:
        """The line is gone, and with it every reply that was on its way."""
        self.up = False
        self._rest = b""
        again = []
        for exchange in self._pending.open:
            if exchange.repeatable and exchange.wanted:
                self._step(exchange, Signal.LINE_LOST)
                again.append(exchange)
            else:
                self._end(
                    exchange, Signal.LATE, EventKind.UNREACHABLE, "the line was lost before the camera acknowledged it"
                )
        self._queue.extendleft(reversed(again))
        for exchange in self._pending.taken:
            if not exchange.slow:
                self._end(exchange, Signal.LINE_LOST, EventKind.TIMED_OUT, "the line was lost before it was complete")
        self._pending.open = []
        self._pending.unended.clear()
        self._pending.taken = [exchange for exchange in self._pending.taken if exchange.slow]
        asked, self._pending.asked = self._pending.asked, None
        if asked is not None:
            self._end(asked, Signal.LATE, EventKind.UNANSWERED, "the line was lost")
        while self._questions:
            self._end(self._questions.popleft(), Signal.LINE_LOST, EventKind.UNANSWERED, "the line was lost")
        self._plan(now)
        return self._events()

    def receive(self, data: bytes, now: int) -> list[Event]:
        """Bytes as they came from the line: a datagram, or a piece of a stream. Never raises."""
        if len(data) >= 3 and data.find(0xFF) == len(data) - 1 and not self._rest:
            self._frame(data, now)
        else:
            *frames, rest = (self._rest + data).split(b"\xff")
            self._rest = b""
            for frame in frames:
                self._frame(frame + b"\xff", now)
            if self.stream and len(rest) < MAX_FRAME_BYTES:
                self._rest = rest
            else:
                self._rubbish(rest)
        if self._queue or self._questions:
            self._pump(now)
        return self._events()

    def receive_for(self, exchange: Exchange, data: bytes, now: int) -> list[Event]:
        """A frame that is known to be a reply to this exchange. Never raises."""
        if exchange.state in (State.SENT, State.ACCEPTED):
            self._frame(data, now, exchange)
        else:
            self.strays += 1
            self.replies += 1
        self._pump(now)
        return self._events()

    def on_duplicate(self, exchange: Exchange, now: int) -> list[Event]:
        """The camera has taken this exchange, and neither its ACK nor its end will come any more."""
        self.replies += 1
        if exchange.state is State.SENT and exchange in self._pending.open:
            self._ack(0, now, exchange)
            if not exchange.slow:
                self._completion(0, now, exchange)
        self._pump(now)
        return self._events()

    def refuse(self, exchange: Exchange, reason: str, now: int) -> list[Event]:
        """The camera has said no to this exchange, below the level of its own protocol."""
        self.replies += 1
        if exchange.state in (State.SENT, State.ACCEPTED):
            self._pending.leave(exchange)
            kind = EventKind.UNANSWERED if exchange.inquiry else EventKind.REFUSED
            self._end(exchange, Signal.NO, kind, reason)
        self._pump(now)
        return self._events()

    def wake(self, now: int, *, unread: bool = False) -> list[Event]:
        """Time has passed: repeat what may be repeated, give up what is too late. `unread`: this machine stood still,
        and what the camera said meanwhile may not have been read yet; so nothing is concluded from its silence."""
        self._give_up_queued(now)
        if not unread:
            self._give_up_sent(now)
            self._repeat(now)
        self._pump(now)
        self._plan(now)
        if unread:
            self.deadline = now + READING_NS
        return self._events()

    # --- sending -------------------------------------------------------------------------------------------

    def _pump(self, now: int) -> None:
        if not self.up:
            return
        if self._queue:
            self._give_up_queued(now)  # after a standstill an answer may be read before the deadline is noticed
        if self._queue:
            free = self._window
            if self._pending.open:
                since = now - self.ack_timeout
                free -= sum(1 for exchange in self._pending.open if exchange.first_sent > since)
            while self._queue and (self._queue[0].urgent or (free > 0 and now >= self._full_until)):
                self._send(self._queue.popleft(), now)
                free -= 1
        if self._questions and self._pending.asked is None and not self._holds_back(now):
            self._pending.asked = self._next_question(now)
            self._transmit(self._pending.asked, Signal.TURN, now)
            self._wake_by(now + self._answer_timeout(self._pending.asked))

    def _holds_back(self, now: int) -> bool:
        held = self._repeated.holds_back(self._questions[0], now)
        if held and (until := self._repeated.answers_until) is not None:
            self._wake_by(until)
        return held

    def _next_question(self, now: int) -> Exchange:
        """The oldest, but for those that waited too long and are asked again behind it: a camera that was silent must
        not be asked all that piled up meanwhile."""
        while True:
            question = self._questions.popleft()
            if now < question.late or all(other.frame != question.frame for other in self._questions):
                return question
            self._end(question, Signal.LATE, EventKind.UNANSWERED, "the camera did not answer")

    def _send(self, exchange: Exchange, now: int) -> None:
        self._transmit(exchange, Signal.TURN, now)
        self._pending.open.append(exchange)
        self._wake_by(now + self.ack_timeout)

    def _transmit(self, exchange: Exchange, signal: Signal, now: int) -> None:
        self._step(exchange, signal)
        exchange.tries += 1
        exchange.last_sent = now
        exchange.copies.append(now)
        if signal is Signal.AGAIN:
            self.resent += 1
            self.doubtful = self.doubtful or not (exchange.inquiry or self.numbered)
        if exchange.tries == 1:
            exchange.first_sent, exchange.replies = now, self.replies
            exchange.posted = self.turns
        self._out.append(Event(EventKind.SEND, exchange))

    @property
    def usual(self) -> int:
        """How long an answer takes at most, as far as has been measured; 0: not yet."""
        return self._repeated.trip.usual

    @property
    def withholds(self) -> bool:
        """This camera has been seen to ACK a move only when it had ended."""
        return self._pending.withholds

    def _measured(self) -> None:
        """The round trip was measured. Not on a stream: it repeats nothing, and what it measures may be the time for
        which frames wait for their turn."""
        if not self.stream:
            self.ack_timeout = max(ACK_TIMEOUT_NS, self._repeated.trip.usual)

    def _answer_timeout(self, exchange: Exchange) -> int:
        return exchange.within or (STREAM_ANSWER_TIMEOUT_NS if self.stream else max(ANSWER_TIMEOUT_NS, self.usual))

    # --- replies -------------------------------------------------------------------------------------------

    def _frame(self, frame: bytes, now: int, known: Exchange | None = None) -> None:
        """`known` is the exchange that it belongs to, if the line has said so."""
        size = len(frame)
        if size < MIN_FRAME_BYTES or size > MAX_FRAME_BYTES or frame[0] < 0x80:
            self._rubbish(frame)
            return
        if frame[0] & 0x0F:  # 88 30 0w FF, 88 01 00 01 FF: what comes round a daisy chain
            self.strays += 1
            return
        kind, socket = frame[1] >> 4, frame[1] & 0x0F
        if kind == 4 and size == 3:
            self._ack(socket, now, known)
        elif kind == 5:
            if size == 3:
                self._completion(socket, now, known)
            else:
                self._answer(frame, now, known)
        elif kind == 6 and size == 4:
            self._error(socket, frame[2], now, known)
        elif frame[1] == 0x38 and size == 3:  # network change
            self.strays += 1
        else:
            self._rubbish(frame)
            return
        self.replies += 1

    def _ack(self, socket: int, now: int, known: Exchange | None) -> None:
        exchange = self._pending.acknowledged(now, self.ack_timeout) if known is None else known
        if known is None and self._repeated.is_for_a_copy(exchange, now, None):
            self._repeated.acknowledged(socket, now)
            self.strays += 1
            return
        if exchange is None or exchange not in self._pending.open:
            self.strays += 1
            return
        self._repeated.answered(exchange, now, owes=known is None)
        self._measured()
        exchange.unsure = known is None and self.doubtful and len(self._pending.open) > 1
        self._pending.open.remove(exchange)
        self._pending.taken.append(exchange)
        self._accept(exchange, socket, now)
        self._step(exchange, Signal.ACK)
        self._wake_by(now + exchange.limit)

    def _accept(self, exchange: Exchange, socket: int, now: int) -> None:
        late = now - exchange.last_sent > self.ack_timeout
        if exchange.slow and late and (exchange.passed or not self.stream):
            self._pending.withholds = True
        exchange.socket, exchange.accepted = socket, now
        self._pending.accept(exchange)
        if exchange.wanted:
            self._out.append(Event(EventKind.ACCEPTED, exchange))

    def _completion(self, socket: int, now: int, known: Exchange | None) -> None:
        self._full_until = 0
        if known is None and self._repeated.is_end_of_a_copy(socket, now, self._pending.taken):
            self.strays += 1
            return
        exchange = self._pending.completed(socket, now, self.ack_timeout) if known is None else known
        if exchange is None or exchange.inquiry:
            self.strays += 1
            return
        if known is None and self._hardly_for(exchange):
            self.strays += 1
            return
        if known is None:
            several = len(self._pending.open) + len(self._pending.taken) > 1
            if several and exchange.state is State.SENT:  # an ACK has been lost
                self.doubtful = not self.numbered
            elsewhere = exchange.state is State.SENT or exchange.socket != socket
            exchange.unsure = exchange.unsure or (self.doubtful and (several or elsewhere))
        if exchange.state is State.SENT:  # its ACK was lost
            self._repeated.answered(exchange, now, owes=known is None)
            self._measured()
            self._accept(exchange, socket, now)
        self._pending.leave(exchange)
        self._end(exchange, Signal.COMPLETION, EventKind.COMPLETED)

    def _hardly_for(self, exchange: Exchange) -> bool:
        """Whether a completion is not taken for that of a place that was never ACKed: the place is sent once more, as
        what was lost is."""
        waits = exchange.state is State.SENT and exchange.slow and not exchange.withheld
        return waits and self.doubtful and exchange.tries == 1 and self._may_repeat(exchange)

    def _answer(self, frame: bytes, now: int, known: Exchange | None) -> None:
        asked = self._pending.asked
        fits = asked is not None and (asked.fits is None or asked.fits(frame)) and known in (None, asked)
        if asked is None or not fits:
            self.strays += 1
            if known is None:
                self._repeated.told_again()
            return
        self._repeated.told(asked, frame, now, owes=known is None)
        self._measured()
        self._pending.asked = None
        for exchange in self._pending.open:
            exchange.passed = exchange.passed or exchange.first_sent < asked.first_sent
        self._end(asked, Signal.ANSWER, EventKind.ANSWERED, data=frame)
        if asked.owner is None and not self._pending.withholds:
            for exchange in self._pending.open:
                overdue = exchange.withheld and exchange.tries == 1 and now - exchange.last_sent >= self.ack_timeout
                if overdue and self._may_repeat(exchange):
                    self._transmit(exchange, Signal.AGAIN, now)

    def _error(self, socket: int, code: int, now: int, known: Exchange | None) -> None:
        if code == NO_SOCKET:
            self.strays += 1
            return
        exchange = self._pending.failed(socket, code, now, self.ack_timeout) if known is None else known
        if exchange is None or (known is None and self._repeated.is_for_a_copy(exchange, now, code)):
            self.strays += 1
            return
        if exchange.state is State.SENT and not exchange.inquiry:
            self._repeated.answered(exchange, now, code, owes=known is None)
            self._measured()
        reason = ERRORS.get(code, f"the camera answered with error {code:02X}")
        alone = len(self._pending.open) == 1
        exchange.guessed = known is None and (self.turns or not self.stream) and not alone
        unanswered = exchange.state is State.SENT
        self._pending.leave(exchange)
        if not unanswered:
            self._end(exchange, Signal.NO, EventKind.REFUSED, reason, bytes((code,)))
        elif exchange.inquiry:
            if code == BUFFER_FULL and exchange.tries < ANSWER_TRIES and exchange.wanted:
                self._step(exchange, Signal.FULL)
                self._questions.append(exchange)
            else:
                self._end(exchange, Signal.NO, EventKind.REFUSED, reason, bytes((code,)))
        elif (
            code == BUFFER_FULL
            and exchange.wanted
            and (exchange.repeatable or alone or known is not None)
            and not exchange.outdated
            and now < exchange.late
        ):
            self._step(exchange, Signal.FULL)
            exchange.full = True
            self._queue.appendleft(exchange)
            self._full_until = now + FULL_PAUSE_NS
            self._wake_by(self._full_until)
        elif code == SYNTAX and exchange.wanted and exchange.alternative is not None:
            self._step(exchange, Signal.OTHER_FORM)
            exchange.frame, exchange.alternative = exchange.alternative, None
            self._queue.appendleft(exchange)
        else:
            self._end(exchange, Signal.NO, EventKind.REFUSED, reason, bytes((code,)))

    def _rubbish(self, data: bytes) -> None:
        if data:
            self._out.append(Event(EventKind.RUBBISH, NOBODY, data=data))

    # --- time ----------------------------------------------------------------------------------------------

    def _may_repeat(self, exchange: Exchange) -> bool:
        harmless = (exchange.repeatable or self.numbered) and not exchange.outdated and not exchange.kept
        return self.up and not self.stream and harmless and exchange.wanted

    def _heard_since(self, exchange: Exchange) -> bool:
        return exchange.tries > 0 and self.replies > exchange.replies

    def _repeat(self, now: int) -> None:
        timeout = self.ack_timeout
        for exchange in self._pending.open:
            if now - exchange.last_sent < timeout or now >= exchange.late:
                continue
            heard = self._heard_since(exchange)
            if exchange.slow and not heard and exchange.wanted and self._pending.asked is None and not self._questions:
                self._questions.append(Exchange(self._probe, now, inquiry=True, wanted=False))
            if heard and (exchange.withheld or (exchange.slow and self._pending.withholds)):
                continue
            if exchange.withheld and exchange.tries == 1 and now - exchange.last_sent < 2 * timeout:
                continue  # until the camera has had time to say that it is there
            if self._may_repeat(exchange):
                self._transmit(exchange, Signal.AGAIN, now)
        asked = self._pending.asked
        if asked is not None and now - asked.last_sent >= self._answer_timeout(asked):
            if asked.tries < ANSWER_TRIES and not self.stream:
                self._transmit(asked, Signal.AGAIN, now)
            else:
                self._pending.asked = None
                self._end(asked, Signal.LATE, EventKind.UNANSWERED, "the camera did not answer")

    def _give_up_queued(self, now: int) -> None:
        for exchange in [exchange for exchange in self._queue if now >= exchange.late]:
            self._queue.remove(exchange)
            if exchange.full:
                self._end(exchange, Signal.LATE, EventKind.REFUSED, ERRORS[BUFFER_FULL])
            elif self.up:
                self._end(exchange, Signal.LATE, EventKind.UNREACHABLE, "the camera does not answer")
            else:
                self._end(exchange, Signal.LATE, EventKind.UNREACHABLE, "there is no connection to the camera")
        if not self.up:
            for exchange in [exchange for exchange in self._questions if now >= exchange.late]:
                self._questions.remove(exchange)
                self._end(exchange, Signal.LATE, EventKind.UNANSWERED, "there is no connection to the camera")

    def _give_up_sent(self, now: int) -> None:
        for exchange in [exchange for exchange in self._pending.open if now >= exchange.late]:
            if not exchange.slow or not self._heard_since(exchange):
                self.doubtful = not self.numbered
                self._pending.open.remove(exchange)
                heard = self._heard_since(exchange)
                reason = "the camera responds but did not accept this" if heard else "the camera does not answer"
                self._end(exchange, Signal.LATE, EventKind.UNREACHABLE, reason)
            elif now >= exchange.first_sent + exchange.limit:
                self._pending.open.remove(exchange)
                self._end(exchange, Signal.LATE, EventKind.TIMED_OUT, "no acknowledgement from the camera")
        for exchange in [exchange for exchange in self._pending.taken if now >= exchange.accepted + exchange.limit]:
            self._pending.give_up(exchange)
            if exchange.ack_enough:
                self._end(exchange, Signal.LATE, EventKind.COMPLETED)
            else:
                self._end(
                    exchange, Signal.LATE, EventKind.TIMED_OUT, "the camera acknowledged it but never completed it"
                )

    def _plan(self, now: int) -> None:
        times = [exchange.late for exchange in self._queue]
        if not self.up:
            times += [exchange.late for exchange in self._questions]
        if self._queue and self.up and self._full_until > now:
            times.append(self._full_until)
        for exchange in self._pending.open:
            if now < exchange.late:
                again = exchange.last_sent + self.ack_timeout
                times.append(min(again if again > now else now + self.ack_timeout, exchange.late))
            else:
                times.append(exchange.first_sent + exchange.limit)
        times += [exchange.accepted + exchange.limit for exchange in self._pending.taken]
        if self._pending.asked is not None:
            times.append(self._pending.asked.last_sent + self._answer_timeout(self._pending.asked))
        elif self._questions and (until := self._repeated.answers_until) is not None:
            times.append(until)
        self.deadline = min(times, default=None)

    def _wake_by(self, when: int) -> None:
        if self.deadline is None or when < self.deadline:
            self.deadline = when

    # --- bookkeeping ---------------------------------------------------------------------------------------------

    def _step(self, exchange: Exchange, signal: Signal) -> None:
        exchange.state = TABLE[exchange.state, signal]
        if exchange.state is State.QUEUED:
            exchange.copies.clear()  # what was sent has been answered, or was lost with the line

    def _end(self, exchange: Exchange, signal: Signal, kind: EventKind, reason: str = "", data: bytes = b"") -> None:
        self._step(exchange, signal)
        if exchange.wanted:
            self._out.append(Event(kind, exchange, reason, data))

    def _events(self) -> list[Event]:
        out = self._out
        if out:
            self._out = []
        return out
