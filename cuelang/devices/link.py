"""A camera's line in use: the conversation on one side, the transport on the other, and what is known of the camera.

Everything is driven by callbacks; there is no task and no queue but the one that keeps events in order when the
handling of one makes more. One timer serves all the deadlines of the conversation, and it is only moved forward, so
a frame that is answered in time costs no timer at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from cuelang.clock import Alarm, Handle
from cuelang.commands import FOCUS as FOCUS_AXIS
from cuelang.commands import PAN_TILT as PT_AXIS
from cuelang.commands import ZOOM as ZOOM_AXIS
from cuelang.commands import Axes, Pose, Stop
from cuelang.devices.base_link import KEEPALIVE_NS, BaseLink
from cuelang.devices.http_line import HttpLine
from cuelang.devices.ledger import MOTION, TRACKING, Ledger
from cuelang.devices.wanted import Wanted
from cuelang.models import Model
from cuelang.protocols.visca import codec, encode
from cuelang.protocols.visca.conversation import Conversation
from cuelang.protocols.visca.exchange import BUFFER_FULL, PATIENCE_NS, SYNTAX, Event, EventKind, Exchange, State
from cuelang.protocols.visca.lists import rows_of
from cuelang.protocols.visca.table import TABLE
from cuelang.transports import Holding, Line, is_keyed
from cuelang.transports.gate import GATE
from cuelang.units import MS, NS

ANSWER_WITHIN_NS = 200 * MS
"""How long a move waits for a position before the planned one serves."""

POWER, PAN_TILT, ZOOM, FOCUS, MENU = "inq.power", "inq.pan_tilt", "inq.zoom", "inq.focus", "inq.menu"

_SHAPES: dict[str, Callable[[bytes], bool]] = {
    POWER: lambda reply: len(reply) == 4,
    PAN_TILT: lambda reply: 11 <= len(reply) <= 13,
    ZOOM: lambda reply: len(reply) == 7,
    FOCUS: lambda reply: len(reply) == 7,
    MENU: lambda reply: len(reply) == 4,
}
"""What an answer must look like: one that does not is an old answer to another question."""


def shape(row: str) -> Callable[[bytes], bool]:
    """What the answer to any inquiry of the table must look like: as long as it is there, or, where it is one
    number, in one of the lengths in which cameras write one."""
    known = TABLE[row]
    lengths = {len(known.answer.fixed), *((4, 5, 7) if len(known.fields) == 1 else ())}
    return lambda reply: len(reply) in lengths


POWER_ON = 2
ROWS = {PT_AXIS: PAN_TILT, ZOOM_AXIS: ZOOM, FOCUS_AXIS: FOCUS}
"""Which inquiry reports an axis's position."""
FULL = bytes((BUFFER_FULL,))
UNKNOWN = bytes((SYNTAX,))

Answered = Callable[[dict[str, int] | None, int], object]
"""Called with the fields of the answer (None: there was none) and the time."""


class Link(BaseLink[Exchange]):
    """One camera's line. `keepalive` is how long the camera may be silent before it is asked, None: no limit."""

    def __init__(
        self,
        line: Line,
        model: Model,
        *,
        address: int = 1,
        keepalive: int | None = KEEPALIVE_NS,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        numbered = is_keyed(line) and line.numbered
        super().__init__(line, Ledger(sure=numbered), keepalive=keepalive, on_change=on_change)
        self.model = model
        self.address = address
        self.blind: set[str] = set()
        """Inquiries that this camera does not know."""
        self.wanted = Wanted(self)
        self._new = True
        """Nothing has been heard since the line was opened."""
        self.requests: HttpLine[Exchange] | None = line if isinstance(line, HttpLine) else None
        """What makes requests of frames, where the camera is driven by HTTP."""
        self.aim = Pose()
        """Where the camera has been sent and is not known to have arrived or stopped."""
        self._stops = {
            message.axis or TRACKING: message.frame for message in self._stop_messages(Stop(MOTION, tracking=True))
        }
        self._stopping: dict[str, list[Exchange]] = {}
        """By axis: stops that were sent and are not over, the newest last."""
        self._inquiries = {row: codec.encode(row, address) for row in _SHAPES}
        turns = line.shared and not numbered
        self.conversation = Conversation(self._inquiries[POWER], stream=line.stream, numbered=numbered, turns=turns)
        self._events: deque[Event] = deque()
        self._heeding = False
        self._timer = Alarm(self._wake)
        self._asked_at = 0
        line.listener = self
        if self._keyed is not None:
            self._keyed.keeper = self

    def _drop(self) -> None:
        self._timer.clear()
        self.wanted.close()

    # --- sending -------------------------------------------------------------------------------------------

    def submit(self, exchange: Exchange) -> None:
        if exchange.stops:
            before = self._stopping.get(exchange.stops, [])
            going_on = [stop for stop in before if stop.state in (State.SENT, State.QUEUED)]
            self._stopping[exchange.stops] = [*going_on, exchange]
        self._handle(self.conversation.submit(exchange, self.clock.now()))

    def silent(self, row: str) -> bool:
        """Whether the camera never says that such a move has arrived."""
        return self.requests is not None and not self.requests.announces(row)

    def forget(self, exchange: Exchange) -> bool:
        if self._keyed is not None:
            self._keyed.withdraw(exchange)
        return self.conversation.forget(exchange)

    def supersede(self, exchange: Exchange) -> None:
        """Something newer has been sent in its place: it is not sent again."""
        exchange.repeatable, exchange.outdated = False, True
        if self._keyed is not None:
            self._keyed.withdraw(exchange)

    def ask(self, row: str, back: Answered, within: int | None = None, *, patient: bool = False) -> None:
        """Ask the camera. `back` is called once: with the answer, or with None after `within` ns or when none comes.
        `patient`: it is not urgent, so the question is not asked again before a second has gone by."""
        inquiry = _Inquiry(self, row, back)
        if within is not None:
            inquiry.timer = self.clock.at(self.clock.now() + within, inquiry.late)
        frame = self._inquiries.get(row) or codec.encode(row, self.address, rows_of(self.model))
        fits = _SHAPES.get(row) or shape(row)
        self.submit(
            Exchange(frame, self.clock.now(), owner=inquiry, inquiry=True, fits=fits, within=NS if patient else 0)
        )

    def halt(self, axes: Axes, tracking: bool = False) -> None:
        """The stop for these axes, ahead of everything, and again until the camera is known to be at rest."""
        self._send_stops(self.owes(axes | {TRACKING} if tracking else axes))
        self.aim = Pose()

    def owes(self, axes: Axes) -> Axes:
        """The caller is about to send the stops of these axes; returns those of them that the camera has a stop for."""
        stops = frozenset(axes) & self._stops.keys()
        self.ledger.stop(stops, self.clock.now(), self.conversation.usual)
        self._watch()
        return stops

    def sets_going(self, axes: Axes, key: object, *, brief: bool = False, ends: bool = False) -> None:
        """These axes are about to get something new to do: a stop for what they did before comes too late."""
        for axis in axes & self._stopping.keys():
            for stop in self._stopping.pop(axis):
                stop.outdated = True
                if self._keyed is not None and self.conversation.numbered and stop.handed:
                    self._keyed.withdraw(stop)  # a line that begins to number again would send it behind this
        self.ledger.set_going(axes & MOTION, key, brief=brief, ends=ends)

    def settle(self) -> None:
        """Stop whatever has been set going here."""
        axes = self.ledger.restless()
        if axes:
            self.halt(axes)

    def _send_stops(self, axes: Axes) -> None:
        now = self.clock.now()
        for axis, frame in self._stops.items():
            if axis in axes:
                self.submit(Exchange(frame, now, owner=NOBODY, urgent=True, kept=True, stops=axis))

    def _repeat_stops(self, axes: Axes) -> None:
        """The frame that waits for its ACK, if there is one; otherwise a new one."""
        now, new = self.clock.now(), set()
        for axis in sorted(axes):  # one order in every process
            exchange = next(reversed(self._stopping.get(axis, [])), None)
            if exchange is None or exchange.state not in (State.SENT, State.QUEUED) or now >= exchange.late:
                new.add(axis)
            elif exchange.state is State.SENT:
                self._handle(self.conversation.again(exchange, now))
        self._send_stops(frozenset(new))

    def _look_after_stops(self) -> None:
        due = self.ledger.wake(self.clock.now())
        if due.send and self.conversation.up:
            self._repeat_stops(due.send)
        for axis in sorted(due.ask):
            row = ROWS[axis]
            if row in self.blind:
                self._read(axis, None, self.clock.now())
            else:
                self.ask(row, partial(self._read, axis))
        if due.adrift and self.on_adrift is not None:
            self.on_adrift(due.adrift)
        self._watch()

    def _read(self, axis: str, fields: dict[str, int] | None, now: int) -> None:
        self.ledger.reading(axis, None if fields is None else tuple(sorted(fields.items())), now)
        if fields is None and self.ledger.owed and not self.conversation.up:
            return
        self._watch()

    def _stop_messages(self, command: Stop) -> tuple[encode.ViscaMessage, ...]:
        return encode.messages(command, self.model, address=self.address)

    # --- what is known -------------------------------------------------------------------------------------

    @property
    def preset_speed(self) -> int | None:
        """The last one sent, if the camera is known to have it still."""
        return None if self.state.error else self.wanted.speed_said

    @preset_speed.setter
    def preset_speed(self, speed: int | None) -> None:
        self.wanted.has_speed(speed)

    def learn(self, row: str, fields: dict[str, int], now: int) -> None:
        state = self.state
        if row == PAN_TILT:
            state.pose = Pose(fields["pan"], fields["tilt"], state.pose.zoom)
            state.pan_tilt_said = now
            self.ledger.readable.add(PT_AXIS)
        elif row == ZOOM:
            state.pose = Pose(state.pose.pan, state.pose.tilt, fields["zoom"])
            state.zoom_said = now
            self.ledger.readable.add(ZOOM_AXIS)
        elif row == POWER:
            before, state.power = state.power, fields["power"] == POWER_ON
            if before is False and state.power:
                self.wanted.returned()
        self.changed()

    def changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    # --- the line ------------------------------------------------------------------------------------------

    def line_up(self) -> None:
        self.blind.clear()
        self.ledger.readable.clear()
        self._misses, self._new = 0, True
        if self.line.stream and not self.line.shared:
            self.state.connected, self.state.error = True, ""
        self.ledger.back(self.clock.now())
        self._repeat_stops(self.ledger.wake(self.clock.now()).send)  # what is owed goes first
        self._handle(self.conversation.line_up(self.clock.now()))
        self._watch()
        for row in (POWER, PAN_TILT, ZOOM):
            self.ask(row, _unheeded)
        self.changed()

    def line_down(self, error: str) -> None:
        self.state.connected, self.state.error = False, error
        self.preset_speed = None  # it may come back from a power cut
        self._handle(self.conversation.line_lost(self.clock.now()))
        self.changed()

    def line_error(self, error: str) -> None:
        self.state.connected, self.state.error = False, error
        self.changed()

    def line_data(self, data: bytes) -> None:
        now, before = self.clock.now(), self.conversation.replies
        self._heard(self.conversation.receive(data, now), before, now)

    def line_sent(self, key: Exchange) -> None:
        if self.conversation.turns:
            self.conversation.left(key, self.clock.now())
        if not key.handed:
            key.handed = True
            if key.wanted and key.owner is not None:
                key.owner.sent(key, self.clock.now())

    def line_reply(self, key: Exchange, data: bytes) -> None:
        now, before = self.clock.now(), self.conversation.replies
        self._heard(self.conversation.receive_for(key, data, now), before, now)

    def line_duplicate(self, key: Exchange) -> None:
        now, before = self.clock.now(), self.conversation.replies
        self._heard(self.conversation.on_duplicate(key, now), before, now)

    def line_told(self, key: Exchange, url: str) -> None:
        key.urls.append(url)

    def line_refused(self, key: Exchange, reason: str) -> None:
        now, before = self.clock.now(), self.conversation.replies
        self._heard(self.conversation.refuse(key, reason, now), before, now)

    def _heard(self, events: list[Event], before: int, now: int) -> None:
        state = self.state
        if self.conversation.replies != before:
            state.heard = now
            back = self._new or not state.connected
            if not state.connected or state.error:
                state.connected, state.error = True, ""
                self.changed()
            self._misses, self._new = 0, False
            if back:
                self.wanted.returned()
        self._handle(events)
        if state.heard == now:
            self.ledger.heard(now)
            self._watch()

    def _handle(self, events: list[Event]) -> None:
        queue = self._events
        queue.extend(events)
        if self._heeding:
            return
        self._heeding = True
        now = self.clock.now()
        try:
            while queue:
                event = queue.popleft()
                kind, exchange = event.kind, event.exchange
                if kind is EventKind.SEND:
                    self.clock.last(self._transmit, exchange, exchange.tries == 1 and exchange.wanted)
                elif kind is EventKind.RUBBISH:
                    shown = event.data[:8].hex(" ").upper()
                    self.state.error = f"the camera sent non-VISCA data: {shown}"
                    self.changed()
                else:
                    if exchange.stops:
                        if kind is EventKind.ACCEPTED or (kind is EventKind.REFUSED and event.data != FULL):
                            self.ledger.answered(exchange.stops)
                    elif exchange.moves and kind is EventKind.ACCEPTED:
                        self.ledger.accepted(exchange.moves, exchange.mover)
                    if exchange.wanted and exchange.owner is not None:
                        if kind is EventKind.UNREACHABLE:
                            self._out_of_reach(event)
                        exchange.owner.handle(event, now)
                        if kind is EventKind.UNREACHABLE and exchange.tries:
                            self._never_later()
        finally:
            self._heeding = False
        self._timer.by(self.conversation.deadline)

    def _transmit(self, exchange: Exchange, first: bool) -> None:
        now = self.clock.now()
        if self._keyed is not None:
            if exchange.moves and not exchange.wanted:
                return  # given up in the turn that would have posted it; its stop would go ahead of it
            # A question is worth asking however long it had to wait; the conversation ends it when no answer comes.
            until = now + PATIENCE_NS if exchange.inquiry else exchange.late
            self._keyed.post(exchange, exchange.frame, until, repeatable=exchange.repeatable, urgent=exchange.urgent)
            return
        if exchange.inquiry:
            with GATE.asking():
                self.line.send(exchange.frame)
        else:
            self.line.send(exchange.frame)
        if first and exchange.owner is not None:
            exchange.owner.sent(exchange, now)

    def _wake(self) -> None:
        self._handle(self.conversation.wake(self.clock.now(), unread=self.clock.stall() > 0))

    def _out_of_reach(self, event: Event) -> None:
        if event.exchange.replies == self.conversation.replies and event.exchange.tries:
            self.state.connected = False
            self.state.error = self.state.error or event.reason
            self.changed()

    def _never_later(self) -> None:
        """A command was given up. If its bytes may still be on their way, the connection is cut, and they with it."""
        if isinstance(self.line, Holding) and self.line.holds():
            self.line.restart("the camera does not answer, and the connection still held an abandoned command")

    # --- idle lines ----------------------------------------------------------------------------------------

    def _ask_if_idle(self, every: int) -> None:
        now = self.clock.now()
        last = max(self.state.heard or 0, self._asked_at)
        if now >= last + every:
            last = self._asked_at = now
            if self.conversation.up:
                self.ask(POWER, self._alive)
        self._idle = self.clock.at(last + every, self._ask_if_idle, every)

    def _alive(self, fields: dict[str, int] | None, now: int) -> None:
        if fields is not None or not self.conversation.up:
            return
        self._misses += 1
        self.state.connected = False
        self.state.error = self.state.error or "the camera does not answer"
        self.changed()
        if self._misses > 1:
            self.line.restart(self.state.error)


class _Inquiry:
    """One inquiry and the callback for its answer."""

    __slots__ = ("_back", "_link", "_row", "timer")

    def __init__(self, link: Link, row: str, back: Answered) -> None:
        self._link = link
        self._row = row
        self._back: Answered | None = back
        self.timer: Handle | None = None

    def sent(self, exchange: Exchange, now: int) -> None:
        pass

    def handle(self, event: Event, now: int) -> None:
        fields = None
        if event.kind is EventKind.ANSWERED:
            fields = codec.decode(self._row, event.data[2:-1]) or None
            if fields is not None:
                self._link.learn(self._row, fields, now)
        elif event.kind is EventKind.REFUSED and event.data == UNKNOWN:
            self._link.blind.add(self._row)
        if self.timer is not None:
            self.timer.cancel()
        self._tell(fields, now)

    def late(self) -> None:
        self._tell(None, self._link.clock.now())

    def _tell(self, fields: dict[str, int] | None, now: int) -> None:
        back, self._back = self._back, None
        if back is not None:
            back(fields, now)


class _Nobody:
    def sent(self, exchange: Exchange, now: int) -> None:
        pass

    def handle(self, event: Event, now: int) -> None:
        pass


NOBODY = _Nobody()
"""The owner of what is sent without a job."""


def _unheeded(fields: dict[str, int] | None, now: int) -> None:
    pass
