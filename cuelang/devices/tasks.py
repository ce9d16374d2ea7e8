"""One job at work on a camera: what all kinds have in common, and those that go nowhere.

    Plain      send the frames at their offsets, wait for the completions
    PowerOn    until the camera answers for power and position
    MenuArrow  only when the camera says that its menu is open

What goes to a place is in `moves.py`. A task sends, hears what became of what it sent, and finishes its job once.
What it has set going it can stop, hold and send again; a newer command just takes over, and the older frames keep
their place in the conversation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from cuelang.clock import Handle
from cuelang.commands import (
    DRIVES,
    NO_AXES,
    POWER,
    TROUBLE,
    Axes,
    Focus,
    Job,
    MoveTo,
    Outcome,
    Pose,
    Power,
    Recall,
    SetProperty,
    Stop,
    TallyMode,
    Track,
)
from cuelang.devices import link as links
from cuelang.devices.ledger import MOTION, TRACKING
from cuelang.devices.link import NOBODY, Link
from cuelang.devices.wanted import LAMP
from cuelang.protocols.visca import encode
from cuelang.protocols.visca.encode import ViscaMessage
from cuelang.protocols.visca.exchange import PATIENCE_NS, SLOW_LIMIT_NS, Event, EventKind, Exchange
from cuelang.units import MS

OUTCOMES: dict[EventKind, Outcome] = {
    EventKind.REFUSED: "refused",
    EventKind.TIMED_OUT: "timed_out",
    EventKind.UNREACHABLE: "unreachable",
}
MINOR = {
    (Recall, "preset.speed"),
    (Recall, "sony.preset_apart"),
    (Recall, "sony.preset_timed"),
    (Recall, "sony.preset_speed"),
    (Stop, "autotrack"),
    (Stop, "sony.auto_framing"),
}
"""Frames that a camera may refuse without the command's being refused: the head still goes, or stops."""
ACK_ENOUGH_NS = 1000 * MS
"""After its ACK, a thing of an instant whose completion was lost is done."""
STOP_LIMIT_NS = 2000 * MS
"""A stop is over at once: if its completion was lost, it must not be waited for long."""
OnEnded = Callable[[Job], object]


class Task(ABC):
    """`released`: the job was held back until now, so its second of patience begins now."""

    limit = SLOW_LIMIT_NS
    """How long a slow frame may take to its end."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int = 0) -> None:
        self.link = link
        self.job = job
        self.over = False
        self._ended = ended
        self._floor = released or job.due
        self._timers: list[Handle] = []
        self._open: list[Exchange] = []
        self._minor: list[Exchange] = []
        self._guessed = False
        """What was refused may have been another command."""
        self._unsure = False
        """What is complete may be another command."""
        self._tried = False
        """A frame of it that moves something was handed to the line."""
        self._driven: Axes = NO_AXES
        """What it was driving when it failed."""

    # --- what the driver does with it

    @abstractmethod
    def begin(self, now: int) -> None:
        """Send what is due."""

    def end(self, outcome: Outcome, now: int) -> None:
        """Send nothing more; with `stopped`, what moves gets its stop."""
        moving = self.moving if outcome == "stopped" and not self.over else NO_AXES
        self.finish(outcome)
        if moving:
            self.link.halt(moving)

    @property
    def axes(self) -> Axes:
        """Those that it moves and has not lost."""
        return (self.job.command.axes - self.job.lost) & MOTION

    def lose_axes(self, axes: Axes, now: int) -> None:  # noqa: B027  # what has one axis ends when it loses it
        """A newer action has these axes; `job.lost` says so already."""

    def hold(self, now: int) -> None:  # noqa: B027  # what is over in an instant is not held
        """Send nothing, stop what moves, keep the job."""

    def resume(self, now: int) -> None:  # noqa: B027
        """`job.due` has been moved on: send again what is left."""

    @property
    def moving(self) -> Axes:
        """The axes of this task that have been set going, by itself or by what it was to take over, and that a stop
        must end."""
        if self._stills:
            return NO_AXES  # a stop is owed without it, and what goes on is another's
        return self.link.ledger.restless(self.axes, self.job if self._tried else None)

    # --- sending

    def encoded(self, pose: Pose = Pose()) -> tuple[ViscaMessage, ...] | None:  # noqa: B008  # frozen
        """The frames of the command; None when the camera's protocol cannot say it, and the job is then refused."""
        link, command = self.link, self.job.command
        try:
            return encode.messages(command, link.model, address=link.address, pose=pose, preset_speed=link.preset_speed)
        except ValueError as error:
            self.finish("refused", str(error))
            return None

    def send(self, message: ViscaMessage, due: int, *, slow: bool = False, urgent: bool = False) -> Exchange:
        exchange = Exchange(
            message.frame,
            max(due, self._floor),
            self,
            message.repeatable,
            urgent,
            slow,
            alternative=message.alternative,
            urls=self.job.urls,
        )
        if slow:
            exchange.limit = self.limit
            exchange.withheld = message.row == "preset.recall"
        elif urgent:
            exchange.limit = STOP_LIMIT_NS
            exchange.kept, exchange.stops = True, message.axis or TRACKING
        elif not isinstance(self.job.command, Power):
            exchange.limit, exchange.ack_enough = ACK_ENOUGH_NS, True
        self._open.append(exchange)
        if message.axis in MOTION and not urgent and self.axes and not self._stills:
            self._tried = True
            exchange.moves, exchange.mover = self._moved_by(message), self.job
            ends = not isinstance(self.job.command, DRIVES)
            self.link.sets_going(exchange.moves, self.job, brief=self.brief, ends=ends)
        if (type(self.job.command), message.row) in MINOR:
            self._minor.append(exchange)
        self.link.submit(exchange)
        return exchange

    @property
    def _stills(self) -> bool:
        """It sets nothing going. A drive goes on while auto-tracking is switched off."""
        command = self.job.command
        return isinstance(command, Stop) or (isinstance(command, Track) and not command.on)

    def _moved_by(self, message: ViscaMessage) -> Axes:
        """A position of several axes has a frame for each; a recall moves all of them with one."""
        return self.axes & {message.axis} if isinstance(self.job.command, MoveTo) else self.axes

    @property
    def brief(self) -> bool:
        """It comes to its end by itself at once."""
        return isinstance(self.job.command, Focus | Track)

    def sent(self, exchange: Exchange, now: int) -> None:
        job = self.job
        job.left(now)
        job.late_max = max(job.late_max, now - exchange.due)
        if self.link.requests is None:
            job.wire.append(exchange.frame)

    # --- hearing

    def handle(self, event: Event, now: int) -> None:
        kind, exchange = event.kind, event.exchange
        if kind is EventKind.ACCEPTED:
            self.accepted(exchange, now)
            return
        if exchange in self._open:
            self._open.remove(exchange)
        self._guessed = self._guessed or exchange.guessed
        self._unsure = self._unsure or exchange.unsure
        if kind is EventKind.COMPLETED:
            self.completed(exchange, now)
        elif exchange in self._minor:
            if not isinstance(self.job.command, Stop):  # whether it knows auto-tracking does not matter to a stop
                self.job.reason = event.reason
            self.completed(exchange, now)
        else:
            self.failed(OUTCOMES[kind], event.reason)

    def accepted(self, exchange: Exchange, now: int) -> None:
        its_end = exchange.urgent and not isinstance(self.job.command, Stop)
        if self.job.acked is None or not (its_end or exchange in self._minor):
            self.job.acked = now

    def completed(self, exchange: Exchange, now: int) -> None:
        if isinstance(self.job.command, Power):
            self.link.state.power = self.job.command.on
            self.link.ledger.forget()
        if not self._open and not self._timers:
            self.finish("completed", self.job.reason, now)

    def failed(self, outcome: Outcome, reason: str) -> None:
        self.finish(outcome, reason)

    # --- the end

    def finish(self, outcome: Outcome, reason: str = "", done: int | None = None) -> None:
        if self.over:
            return
        self.over = True
        self.withdraw()
        self.account(outcome)
        self.report(outcome, reason, done)
        self._ended(self.job)

    def account(self, outcome: Outcome) -> None:
        """What its end means for what moves: if it came to nothing, what it was to take over has to be stopped."""
        link, command = self.link, self.job.command
        if outcome == "completed" and not (isinstance(command, DRIVES) or command.axes & {POWER}):
            link.ledger.rested(self.job)
        elif outcome in TROUBLE and not (self._stills or isinstance(command, Power)):
            refused, unheard = outcome == "refused" and not self._guessed, outcome == "unreachable"
            owed = link.ledger.failed(self.axes, self.job, refused=refused, unheard=unheard, sent=self._tried)
            owed |= self.left_moving()
            if owed:
                link.halt(owed)

    def left_moving(self) -> Axes:
        """What it may have set going though it failed, and that does not end by itself. The driver stops it before it
        finishes the job, because the show may set the axis going again as soon as it hears of the end."""
        return self._driven

    def report(self, outcome: Outcome, reason: str = "", done: int | None = None) -> None:
        """Finish the job, if it is not finished yet."""
        if done is not None:  # it may have stood there before: another command had sent it
            done = max(done, self.job.sent or 0, self.job.acked or 0)
        self.job.finish(outcome, reason, done)

    def withdraw(self) -> None:
        """Nothing more is sent, and no reply to what has been sent is waited for."""
        for handle in self._timers:
            handle.cancel()
        self._timers = []
        for exchange in self._open:
            if exchange.stops:
                exchange.owner = NOBODY  # it is not waited for, and yet it has to be answered
            else:
                self.link.forget(exchange)
        self._open = []

    def wait(self, when: int, call: Callable[[], object]) -> None:
        self._timers.append(self.link.clock.at(when, call))


class Plain(Task):
    """Frames at their offsets; done when all are complete. A drive with a duration stops itself."""

    def begin(self, now: int) -> None:
        messages = self.encoded()
        if messages is not None:
            self.launch(messages, now)

    def launch(self, messages: tuple[ViscaMessage, ...], now: int) -> None:
        command, link = self.job.command, self.link
        if isinstance(command, Recall) and command.speed is not None:
            link.preset_speed = command.speed
        elif isinstance(command, SetProperty) and command.prop == "preset_speed" and command.numbers:
            link.preset_speed = command.numbers[0]
        elif isinstance(command, (*DRIVES, Stop)):
            link.aim = Pose()
        urgent = isinstance(command, Stop)
        if isinstance(command, Stop):
            link.owes(command.axes | {TRACKING} if command.tracking else command.axes)
        for message in messages:
            if message.offset:
                self.wait(self.job.due + message.offset, partial(self._last, message))
        for message in messages:
            if not message.offset and not self.over:
                self.send(message, now if urgent else self.job.due, urgent=urgent, slow=self.slow(message))

    def slow(self, message: ViscaMessage) -> bool:
        return False

    def _last(self, stop: ViscaMessage) -> None:
        self._timers = []
        self.link.owes(frozenset((stop.axis,)))
        self.send(stop, self.job.due + stop.offset, urgent=True)

    def failed(self, outcome: Outcome, reason: str) -> None:
        command, link = self.job.command, self.link
        if isinstance(command, Recall | SetProperty):
            link.preset_speed = None
        super().failed(outcome, reason)

    def left_moving(self) -> Axes:
        """The drive may have been heard though its ACK was not."""
        return self.moving if isinstance(self.job.command, DRIVES) else NO_AXES

    def hold(self, now: int) -> None:
        if isinstance(self.job.command, DRIVES):
            self.withdraw()
            self.link.halt(self.job.command.axes)

    def resume(self, now: int) -> None:
        if isinstance(self.job.command, DRIVES):
            self._floor = now
            self.begin(now)


class LampTask(Plain):
    """The tally lamp: what it is to show is a state, which is never too late. A camera that does not take it
    now gets it when it answers again."""

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int, mode: TallyMode) -> None:
        super().__init__(link, job, ended, released)
        self._mode = mode

    def begin(self, now: int) -> None:
        self._floor = max(self._floor, now)
        self.link.wanted.light(self._mode)
        super().begin(now)

    def handle(self, event: Event, now: int) -> None:
        if event.kind is EventKind.REFUSED and event.data == links.UNKNOWN:
            self.link.wanted.light(None)
        elif event.kind in OUTCOMES:
            self.link.wanted.missed(LAMP)
        super().handle(event, now)


class PowerOn(Plain):
    """Done when the camera reports that it is on, and its position."""

    FIRST, LAST = 250 * MS, 1000 * MS

    def __init__(self, link: Link, job: Job, ended: OnEnded, released: int, boot: int) -> None:
        super().__init__(link, job, ended, released)
        self._until = job.due + boot
        self._pause = self.FIRST
        self._polling = False

    def end(self, outcome: Outcome, now: int) -> None:
        """A camera that was switched on comes up whatever becomes of the job: what waits for it goes on waiting."""
        if self.job.sent is None:
            super().end(outcome, now)
        else:
            self.report(outcome)

    def accepted(self, exchange: Exchange, now: int) -> None:
        super().accepted(exchange, now)
        self.link.preset_speed = None
        if self.link.state.power is False:  # it was off: what it was asked meanwhile has not set it going
            self.link.ledger.forget()
        self._until = max(self._until, now)
        self._poll_first()

    def completed(self, exchange: Exchange, now: int) -> None:
        self._poll_first()

    def failed(self, outcome: Outcome, reason: str) -> None:
        if outcome != "timed_out":  # taken, but a booting camera need not report the end
            super().failed(outcome, reason)

    def _poll_first(self) -> None:
        if not self._polling:
            self._polling = True
            self._poll()

    def _poll(self) -> None:
        self._timers = []
        if self.link.clock.now() >= self._until:
            self.finish("timed_out", "the camera did not answer within its boot time")
        else:
            self.link.ask(links.POWER, self._power)

    def _power(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over:
            return
        if fields is None or fields["power"] != links.POWER_ON:
            self._again(now)
        else:
            self.link.ask(links.PAN_TILT, self._position)

    def _position(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over:
            return
        if fields is None and links.PAN_TILT not in self.link.blind:
            self._again(now)
        else:
            self.finish("completed", done=now)

    def _again(self, now: int) -> None:
        self.wait(min(now + self._pause, max(self._until, now + 1)), self._poll)
        self._pause = min(self._pause * 2, self.LAST)


class MenuArrow(Plain):
    """The menu's arrows are the bytes of a drive: they are sent only while the camera says that its menu is open."""

    OPEN = 2

    def begin(self, now: int) -> None:
        self.link.ask(links.MENU, self._answered, PATIENCE_NS)

    def _answered(self, fields: dict[str, int] | None, now: int) -> None:
        if self.over:
            return
        if fields is not None and fields["open"] == self.OPEN:
            self._floor = now
            super().begin(now)
        elif fields is not None:
            self.finish("refused", "the camera's menu is closed")
        elif links.MENU in self.link.blind or self.link.state.connected:
            self.finish("refused", "the camera does not report whether its menu is open")
        else:
            self.finish("unreachable", "the camera does not answer")
