"""What controller and camera say to each other on one VISCA line: bytes in, events out, no clock.

The theory is short. A command is answered with an ACK (`y0 4s FF`) when the camera has taken it and with a
completion (`y0 5s FF`) when it is done, `s` being one of two sockets; an inquiry is answered with `y0 50 … FF`
and takes no socket; a refusal is `y0 6s ee FF`. Sony's cameras keep to that. PTZOptics' do not (companion module
ptzoptics-visca: `src/visca/port.ts`, issues 32, 41, 57, PR 42):

    ACK and completion of a preset recall both come at the END of the move       -> a missing ACK does not mean a dead
    camera
    several commands are ACKed in one socket, completions come out of order      -> match by order, socket is a hint
    a completion comes for an unused socket                             -> ignore it
    errors carry a socket that has nothing to do with their command              -> match by order
    a superseded preset still "completes" -> remember it
    a reply comes from any address, even over IP                                 -> the address is not looked at

So replies are matched by order, oldest first, with three preferences that only break ties. An ACK goes to a command
sent within the last ACK_TIMEOUT before an older one, for the older one's camera is withholding it (on a stream, where
answers are late but never lost, only if the older one is a move). A completion goes
to a command accepted in that socket before any other, and to one that is over at once (a tally) before one that
takes its time (a move). An error goes to what was sent last and is not answered yet, in order of sending, inquiries
too. When a guess is wrong, two replies that are milliseconds apart change places; arrival is decided by asking for
the position, never here.

At most `window` commands wait for their ACK at a time; one that has waited longer than ACK_TIMEOUT no longer counts,
so no axis waits for another forever. A stop waits for nothing. One inquiry is under way at a time.

A line that numbers its frames (Sony's) says which exchange a reply belongs to, and nothing is guessed. There any frame
may be sent again, for the camera knows it by its number.

Elsewhere a frame that was sent again is answered again. When the first answer has come, the copies that were sent
after the one it was for are owed one each, and what comes for them is thrown away: an ACK, a refusal, a completion by
the order of sending, an answer by holding the next question back as long as it could be mistaken for its answer. How
long that may take follows the round trip, which is measured all along; so do the times after which anything is
repeated.

What was not accepted PATIENCE after it was due is given up and never sent later. On a line that loses datagrams what
may be repeated is repeated until then; on a stream nothing is, as long as it is open.

Each exchange goes through the states of `exchange.TABLE`; a pair that is missing there cannot happen.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from cuelang.protocols.visca.exchange import (
    BUFFER_FULL,
    CANCELLED,
    ERRORS,
    NO_SOCKET,
    NOBODY,
    SYNTAX,
    TABLE,
    Event,
    Exchange,
    Kind,
    Signal,
    State,
)
from cuelang.units import MS

ACK_TIMEOUT = 250 * MS
ANSWER_TIMEOUT = 250 * MS
STREAM_ANSWER_TIMEOUT = 1000 * MS
ANSWER_TRIES = 3
SLOWEST = 900 * MS
"""No line is waited for longer before a frame is repeated: after a second it is given up."""
FULL_PAUSE = 50 * MS
"""After `buffer full`, unless something completes before."""
LONGEST_FRAME = 17
"""VISCA says 16; a position of two five-nibble axes takes one more."""


class _Copy(Struct):
    """A frame that was sent again, for which the camera will answer once more. `code`: it was refused before."""

    sent: int
    until: int
    code: int | None


class Conversation:
    """One camera's line. Every method returns the events in the order in which they are to be handled.

    `stream`: the line neither loses nor repeats, and frames may arrive split and joined. `numbered`: it knows frames
    again that are sent again. `probe` is an inquiry that any camera answers. Until `line_up` nothing is sent.
    """

    def __init__(self, probe: bytes, *, stream: bool = False, numbered: bool = False, window: int = 2) -> None:
        self.up = False
        self.stream = stream
        self.numbered = numbered
        self.replies = 0
        """How many frames the camera has said, strays among them."""
        self.strays = 0
        """Replies that belonged to nothing."""
        self.withholds = False
        """This camera has been seen to ACK a move only when it had ended."""
        self.deadline: int | None = None
        """`wake` must be called then, or a little later; calling it earlier does no harm."""
        self._probe = probe
        self._window = window
        self._queue: deque[Exchange] = deque()
        self._questions: deque[Exchange] = deque()
        self._asked: Exchange | None = None
        self._open: list[Exchange] = []
        self._taken: list[Exchange] = []
        self.resent = 0
        """How many frames were sent more than once."""
        self.round_trip: int | None = None
        """As measured; None: not yet."""
        self._varies = 0
        self._copies: list[_Copy] = []
        self._ends: list[tuple[int, int, int]] = []
        """Completions that are owed for copies: socket, time of the ACK, time until which they count."""
        self._answers: tuple[int, int, bytes] | None = None
        """Answers owed for copies of the last question: how many, until when, and what they look like."""
        self._full_until = 0
        self._rest = b""
        self._out: list[Event] = []

    # --- what the caller does ------------------------------------------------------------------------------

    def submit(self, exchange: Exchange, now: int) -> list[Event]:
        """Send it as soon as its turn comes; never, when it is too late already."""
        if now >= exchange.late:
            self._end(exchange, Signal.LATE, Kind.UNREACHABLE, "it came too late to be sent")
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
        self.up = True
        self._rest = b""
        self._copies, self._ends, self._answers = [], [], None
        self._give_up(now)
        self._pump(now)
        return self._events()

    def line_lost(self, now: int) -> list[Event]:
        """The line is gone, and with it every reply that was on its way."""
        self.up = False
        self._rest = b""
        again = []
        for exchange in self._open:
            if exchange.repeatable and exchange.wanted:
                self._step(exchange, Signal.LINE_LOST)
                again.append(exchange)
            else:
                self._end(
                    exchange, Signal.LATE, Kind.UNREACHABLE, "the line was lost before the camera acknowledged it"
                )
        self._queue.extendleft(reversed(again))
        for exchange in self._taken:
            if not exchange.slow:
                self._end(exchange, Signal.LINE_LOST, Kind.TIMED_OUT, "the line was lost before it was complete")
        self._open = []
        self._taken = [exchange for exchange in self._taken if exchange.slow]
        asked, self._asked = self._asked, None
        if asked is not None:
            self._end(asked, Signal.LATE, Kind.UNANSWERED, "the line was lost")
        while self._questions:
            self._end(self._questions.popleft(), Signal.LINE_LOST, Kind.UNANSWERED, "the line was lost")
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
            if self.stream and len(rest) < LONGEST_FRAME:
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

    def had(self, exchange: Exchange, now: int) -> list[Event]:
        """The camera has taken this exchange, and neither its ACK nor its end will come any more."""
        self.replies += 1
        if exchange.state is State.SENT and exchange in self._open:
            self._ack(0, now, exchange)
            if not exchange.slow:
                self._completion(0, now, exchange)
        self._pump(now)
        return self._events()

    def refuse(self, exchange: Exchange, reason: str, now: int) -> list[Event]:
        """The line could not bring the camera to take this exchange."""
        if exchange.state in (State.SENT, State.ACCEPTED):
            self._leave(exchange)
            kind = Kind.UNANSWERED if exchange.inquiry else Kind.REFUSED
            self._end(exchange, Signal.NO, kind, reason)
        self._pump(now)
        return self._events()

    def wake(self, now: int) -> list[Event]:
        """Time has passed: repeat what may be repeated, give up what is too late."""
        self._give_up(now)
        self._repeat(now)
        self._pump(now)
        self._plan(now)
        return self._events()

    # --- sending -------------------------------------------------------------------------------------------

    def _pump(self, now: int) -> None:
        if not self.up:
            return
        if self._queue:
            since = now - self.ack_timeout
            free = self._window - sum(1 for exchange in self._open if exchange.first_sent > since)
            while self._queue and (self._queue[0].urgent or (free > 0 and now >= self._full_until)):
                self._send(self._queue.popleft(), now)
                free -= 1
        if self._questions and self._asked is None and not self._held_back(now):
            self._asked = self._next_question(now)
            self._transmit(self._asked, Signal.TURN, now)
            self._wake_by(now + self._answer_timeout(self._asked))

    def _held_back(self, now: int) -> bool:
        """Whether an answer that is still owed could be taken for that to the next question."""
        if self._answers is None:
            return False
        _, until, sample = self._answers
        if now >= until:
            self._answers = None
            return False
        fits = self._questions[0].fits
        if fits is not None and not fits(sample):
            return False
        self._wake_by(until)
        return True

    def _next_question(self, now: int) -> Exchange:
        """The oldest, but for those that waited too long and are asked again behind it: a camera that was silent must
        not be asked all that piled up meanwhile."""
        while True:
            question = self._questions.popleft()
            if now < question.late or all(other.frame != question.frame for other in self._questions):
                return question
            self._end(question, Signal.LATE, Kind.UNANSWERED, "the camera did not answer")

    def _send(self, exchange: Exchange, now: int) -> None:
        self._transmit(exchange, Signal.TURN, now)
        self._open.append(exchange)
        self._wake_by(now + self.ack_timeout)

    def _transmit(self, exchange: Exchange, signal: Signal, now: int) -> None:
        self._step(exchange, signal)
        exchange.tries += 1
        exchange.last_sent = now
        exchange.copies.append(now)
        if signal is Signal.AGAIN:
            self.resent += 1
        if exchange.tries == 1:
            exchange.first_sent, exchange.replies = now, self.replies
        self._out.append(Event(Kind.SEND, exchange))

    @property
    def usual(self) -> int:
        """How long an answer takes at most, as far as has been measured; 0: not yet."""
        return 0 if self.round_trip is None else min(self.round_trip + 4 * self._varies, SLOWEST)

    @property
    def ack_timeout(self) -> int:
        """From sending to sending again, or to the next command's turn. A stream repeats nothing, and what it measures
        may be the time for which frames wait for their turn."""
        return ACK_TIMEOUT if self.stream else max(ACK_TIMEOUT, self.usual)

    def _answer_timeout(self, exchange: Exchange) -> int:
        return exchange.within or (STREAM_ANSWER_TIMEOUT if self.stream else max(ANSWER_TIMEOUT, self.usual))

    def _measure(self, took: int) -> None:
        if self.round_trip is None:
            self.round_trip, self._varies = took, took // 2
        else:
            off = abs(self.round_trip - took)
            self._varies += (off - self._varies) // 4
            self.round_trip += (took - self.round_trip) // 8

    def _owing(self, exchange: Exchange, now: int) -> tuple[list[int], int]:
        """An answer has come. The copies that were sent after the one that it is for, and how long each may take."""
        copies = exchange.copies
        which = 0
        if len(copies) == 1:
            if not exchange.slow:
                self._measure(now - copies[0])
            return [], 0
        if self.round_trip is not None:
            usual = self.round_trip
            which = min(range(len(copies)), key=lambda index: abs(now - copies[index] - usual))
        return copies[which + 1 :], max((now - copies[which]) * 3 // 2, self.usual) + 20 * MS

    def _answered(self, exchange: Exchange, now: int, known: Exchange | None, code: int | None = None) -> None:
        """A command has its first answer; what is owed for its copies is noted."""
        copies, takes = self._owing(exchange, now)
        if known is None:
            self._copies += [_Copy(sent, sent + takes, code) for sent in copies]

    def _for_a_copy(self, exchange: Exchange | None, now: int, code: int | None) -> bool:
        """Whether an ACK or a refusal is for a copy, rather than for this exchange: answers come in the order of
        sending. A refusal with the code of the first one is that of its copy."""
        self._copies = [copy for copy in self._copies if now < copy.until]
        for copy in self._copies:
            if exchange is None or copy.sent < exchange.last_sent:
                if copy.code is not None and code != copy.code:
                    continue
                self._copies.remove(copy)
                return True
        return False

    # --- replies -------------------------------------------------------------------------------------------

    def _frame(self, frame: bytes, now: int, known: Exchange | None = None) -> None:
        """`known` is the exchange that it belongs to, if the line has said so."""
        size = len(frame)
        if size < 3 or size > LONGEST_FRAME or frame[0] < 0x80:
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
        exchange = self._oldest_open(now) if known is None else known
        if known is None and self._copies and self._for_a_copy(exchange, now, None):
            self._ends.append((socket, now, now + 1000 * MS))
            self.strays += 1
            return
        if exchange is None or exchange not in self._open:
            self.strays += 1
            return
        self._answered(exchange, now, known)
        self._open.remove(exchange)
        self._taken.append(exchange)
        self._accept(exchange, socket, now)
        self._step(exchange, Signal.ACK)
        self._wake_by(now + exchange.limit)

    def _accept(self, exchange: Exchange, socket: int, now: int) -> None:
        if exchange.slow and now - exchange.last_sent > self.ack_timeout:
            self.withholds = True
        exchange.socket, exchange.accepted = socket, now
        if exchange.wanted:
            self._out.append(Event(Kind.ACCEPTED, exchange))

    def _oldest_open(self, now: int) -> Exchange | None:
        if len(self._open) == 1:
            return self._open[0]
        fresh = [exchange for exchange in self._open if self._fresh(exchange, now)]
        if self.withholds:
            fresh = [exchange for exchange in fresh if not exchange.slow] or fresh
        if fresh:
            return fresh[0]
        return self._open[0] if self._open else None

    def _fresh(self, exchange: Exchange, now: int) -> bool:
        """Whether its answer may still be expected before that of a newer one. A stream loses none, so there only a
        move can be passed by, whose ACK the camera withholds, and what was outdated before it had its turn."""
        lasting = self.stream and not exchange.slow and not exchange.outdated
        return lasting or now - exchange.last_sent <= self.ack_timeout

    def _completion(self, socket: int, now: int, known: Exchange | None) -> None:
        self._full_until = 0
        if known is None and self._ends and self._end_of_a_copy(socket, now):
            self.strays += 1
            return
        exchange = self._completed(socket, now) if known is None else known
        if exchange is None or exchange.inquiry:
            self.strays += 1
            return
        if exchange.state is State.SENT:  # its ACK was lost
            self._answered(exchange, now, known)
            self._accept(exchange, socket, now)
        self._leave(exchange)
        self._end(exchange, Signal.COMPLETION, Kind.COMPLETED)

    def _end_of_a_copy(self, socket: int, now: int) -> bool:
        self._ends = [end for end in self._ends if now < end[2]]
        for end in self._ends:
            if end[0] == socket and not any(
                exchange.socket == socket and exchange.accepted < end[1] for exchange in self._taken
            ):
                self._ends.remove(end)
                return True
        return False

    def _completed(self, socket: int, now: int) -> Exchange | None:
        if len(self._taken) == 1:
            return self._taken[0]
        if not self._taken:
            return self._oldest_open(now)
        here = [exchange for exchange in self._taken if exchange.socket == socket] or self._taken
        return next((exchange for exchange in here if not exchange.slow), here[0])

    def _answer(self, frame: bytes, now: int, known: Exchange | None) -> None:
        asked = self._asked
        fits = asked is not None and (asked.fits is None or asked.fits(frame)) and known in (None, asked)
        if asked is None or not fits:
            self.strays += 1
            if self._answers is not None and known is None:
                count, until, sample = self._answers
                self._answers = (count - 1, until, sample) if count > 1 else None
            return
        copies, takes = self._owing(asked, now)
        if copies and known is None:
            self._answers = len(copies), copies[-1] + takes, frame
        self._asked = None
        self._end(asked, Signal.ANSWER, Kind.ANSWERED, data=frame)
        if asked.owner is None and not self.withholds:
            for exchange in self._open:
                overdue = exchange.withheld and exchange.tries == 1 and now - exchange.last_sent >= self.ack_timeout
                if overdue and self._may_repeat(exchange):
                    self._transmit(exchange, Signal.AGAIN, now)

    def _error(self, socket: int, code: int, now: int, known: Exchange | None) -> None:
        if code == NO_SOCKET:
            self.strays += 1
            return
        exchange = self._failed(socket, code, now) if known is None else known
        if exchange is None or (known is None and self._copies and self._for_a_copy(exchange, now, code)):
            self.strays += 1
            return
        if exchange.state is State.SENT and not exchange.inquiry:
            self._answered(exchange, now, known, code)
        reason = ERRORS.get(code, f"the camera answered with error {code:02X}")
        alone = len(self._open) == 1
        exchange.guessed = known is None and not self.stream and not alone
        unanswered = exchange.state is State.SENT
        self._leave(exchange)
        if not unanswered:
            self._end(exchange, Signal.NO, Kind.REFUSED, reason, bytes((code,)))
        elif exchange.inquiry:
            if code == BUFFER_FULL and exchange.tries < ANSWER_TRIES and exchange.wanted:
                self._step(exchange, Signal.FULL)
                self._questions.append(exchange)
            else:
                self._end(exchange, Signal.NO, Kind.REFUSED, reason, bytes((code,)))
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
            self._full_until = now + FULL_PAUSE
            self._wake_by(self._full_until)
        elif code == SYNTAX and exchange.wanted and exchange.alternative is not None:
            self._step(exchange, Signal.OTHER_FORM)
            exchange.frame, exchange.alternative = exchange.alternative, None
            self._queue.appendleft(exchange)
        else:
            self._end(exchange, Signal.NO, Kind.REFUSED, reason, bytes((code,)))

    def _failed(self, socket: int, code: int, now: int) -> Exchange | None:
        exchange = None if code == CANCELLED else self._oldest_unanswered(now)
        if exchange is not None:
            return exchange
        return next((exchange for exchange in self._taken if exchange.socket == socket), None)

    def _leave(self, exchange: Exchange) -> None:
        """It is neither open nor taken nor asked any more."""
        if exchange is self._asked:
            self._asked = None
        elif exchange in self._open:
            self._open.remove(exchange)
        elif exchange in self._taken:
            self._taken.remove(exchange)

    def _oldest_unanswered(self, now: int) -> Exchange | None:
        waiting = [exchange for exchange in self._open if self._fresh(exchange, now)]
        if self._asked is not None:
            waiting.append(self._asked)
        if waiting:
            return min(waiting, key=lambda exchange: exchange.last_sent)
        return self._open[0] if self._open else None

    def _rubbish(self, data: bytes) -> None:
        if data:
            self._out.append(Event(Kind.RUBBISH, NOBODY, data=data))

    # --- time ----------------------------------------------------------------------------------------------

    def _may_repeat(self, exchange: Exchange) -> bool:
        harmless = (exchange.repeatable or self.numbered) and not exchange.outdated and not exchange.kept
        return self.up and not self.stream and harmless and exchange.wanted

    def _heard_since(self, exchange: Exchange) -> bool:
        return exchange.tries > 0 and self.replies > exchange.replies

    def _repeat(self, now: int) -> None:
        timeout = self.ack_timeout
        for exchange in self._open:
            if now - exchange.last_sent < timeout or now >= exchange.late:
                continue
            heard = self._heard_since(exchange)
            if exchange.slow and not heard and exchange.wanted and self._asked is None and not self._questions:
                self._questions.append(Exchange(self._probe, now, inquiry=True, wanted=False))
            if heard and (exchange.withheld or (exchange.slow and self.withholds)):
                continue
            if exchange.withheld and exchange.tries == 1 and now - exchange.last_sent < 2 * timeout:
                continue  # until the camera has had time to say that it is there
            if self._may_repeat(exchange):
                self._transmit(exchange, Signal.AGAIN, now)
        asked = self._asked
        if asked is not None and now - asked.last_sent >= self._answer_timeout(asked):
            if asked.tries < ANSWER_TRIES and not self.stream:
                self._transmit(asked, Signal.AGAIN, now)
            else:
                self._asked = None
                self._end(asked, Signal.LATE, Kind.UNANSWERED, "the camera did not answer")

    def _give_up(self, now: int) -> None:
        for exchange in [exchange for exchange in self._queue if now >= exchange.late]:
            self._queue.remove(exchange)
            if exchange.full:
                self._end(exchange, Signal.LATE, Kind.REFUSED, ERRORS[BUFFER_FULL])
            elif self.up:
                self._end(exchange, Signal.LATE, Kind.UNREACHABLE, "the camera does not answer")
            else:
                self._end(exchange, Signal.LATE, Kind.UNREACHABLE, "there is no connection to the camera")
        if not self.up:
            for exchange in [exchange for exchange in self._questions if now >= exchange.late]:
                self._questions.remove(exchange)
                self._end(exchange, Signal.LATE, Kind.UNANSWERED, "there is no connection to the camera")
        for exchange in [exchange for exchange in self._open if now >= exchange.late]:
            if not exchange.slow or not self._heard_since(exchange):
                self._open.remove(exchange)
                heard = self._heard_since(exchange)
                reason = "the camera responds but did not accept this" if heard else "the camera does not answer"
                self._end(exchange, Signal.LATE, Kind.UNREACHABLE, reason)
            elif now >= exchange.first_sent + exchange.limit:
                self._open.remove(exchange)
                self._end(exchange, Signal.LATE, Kind.TIMED_OUT, "no acknowledgement from the camera")
        for exchange in [exchange for exchange in self._taken if now >= exchange.accepted + exchange.limit]:
            self._taken.remove(exchange)
            if exchange.ack_enough:
                self._end(exchange, Signal.LATE, Kind.COMPLETED)
            else:
                self._end(exchange, Signal.LATE, Kind.TIMED_OUT, "the camera acknowledged it but never completed it")

    def _plan(self, now: int) -> None:
        times = [exchange.late for exchange in self._queue]
        if not self.up:
            times += [exchange.late for exchange in self._questions]
        if self._queue and self.up and self._full_until > now:
            times.append(self._full_until)
        for exchange in self._open:
            if now < exchange.late:
                again = exchange.last_sent + self.ack_timeout
                times.append(min(again if again > now else now + self.ack_timeout, exchange.late))
            else:
                times.append(exchange.first_sent + exchange.limit)
        times += [exchange.accepted + exchange.limit for exchange in self._taken]
        if self._asked is not None:
            times.append(self._asked.last_sent + self._answer_timeout(self._asked))
        elif self._questions and self._answers is not None:
            times.append(self._answers[1])
        self.deadline = min(times, default=None)

    def _wake_by(self, when: int) -> None:
        if self.deadline is None or when < self.deadline:
            self.deadline = when

    # --- bookkeeping ---------------------------------------------------------------------------------------------

    def _step(self, exchange: Exchange, signal: Signal) -> None:
        exchange.state = TABLE[exchange.state, signal]
        if exchange.state is State.QUEUED:
            exchange.copies.clear()  # what was sent has been answered, or was lost with the line

    def _end(self, exchange: Exchange, signal: Signal, kind: Kind, reason: str = "", data: bytes = b"") -> None:
        self._step(exchange, signal)
        if exchange.wanted:
            self._out.append(Event(kind, exchange, reason, data))

    def _events(self) -> list[Event]:
        out = self._out
        if out:
            self._out = []
        return out
