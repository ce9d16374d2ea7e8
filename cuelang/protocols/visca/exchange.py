"""One command or inquiry on a VISCA line: the states it goes through, and the events that tell of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, auto
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from cuelang.units import MS

PATIENCE_NS = 1000 * MS
"""From its due time until a command must have been accepted."""
QUICK_LIMIT_NS = 10_000 * MS
SLOW_LIMIT_NS = 60_000 * MS
"""From the ACK (of a move: or from sending) to the completion, where the sender does not know better."""


class State(IntEnum):
    """How far an exchange is."""

    QUEUED = auto()
    SENT = auto()
    ACCEPTED = auto()
    ENDED = auto()


class Signal(IntEnum):
    TURN = auto()
    AGAIN = auto()
    ACK = auto()
    COMPLETION = auto()
    ANSWER = auto()
    FULL = auto()
    OTHER_FORM = auto()
    NO = auto()
    LATE = auto()
    LINE_LOST = auto()
    FORGOTTEN = auto()


TABLE: dict[tuple[State, Signal], State] = {
    (State.QUEUED, Signal.TURN): State.SENT,
    (State.QUEUED, Signal.LATE): State.ENDED,
    (State.QUEUED, Signal.LINE_LOST): State.ENDED,
    (State.QUEUED, Signal.FORGOTTEN): State.ENDED,
    (State.SENT, Signal.AGAIN): State.SENT,
    (State.SENT, Signal.ACK): State.ACCEPTED,
    (State.SENT, Signal.COMPLETION): State.ENDED,
    (State.SENT, Signal.ANSWER): State.ENDED,
    (State.SENT, Signal.FULL): State.QUEUED,
    (State.SENT, Signal.OTHER_FORM): State.QUEUED,
    (State.SENT, Signal.NO): State.ENDED,
    (State.SENT, Signal.LATE): State.ENDED,
    (State.SENT, Signal.LINE_LOST): State.QUEUED,
    (State.ACCEPTED, Signal.COMPLETION): State.ENDED,
    (State.ACCEPTED, Signal.NO): State.ENDED,
    (State.ACCEPTED, Signal.LATE): State.ENDED,
    (State.ACCEPTED, Signal.LINE_LOST): State.ENDED,
}
"""`FULL` and `LINE_LOST` lead back to the queue for what may be sent again; the rest gets NO or LATE instead."""


class EventKind(IntEnum):
    """What a conversation wants done, or has become of an exchange."""

    SEND = auto()
    """Hand `exchange.frame` to the line now."""
    ACCEPTED = auto()
    COMPLETED = auto()
    ANSWERED = auto()
    """`data` is the whole reply."""
    REFUSED = auto()
    """`data` is the error's code."""
    TIMED_OUT = auto()
    UNREACHABLE = auto()
    UNANSWERED = auto()
    """An inquiry that got no answer."""
    RUBBISH = auto()
    """`data` is not a VISCA reply; there is no exchange."""


class Owner(Protocol):
    """Whose exchange it is: who sends a command or an inquiry, and hears of it."""

    def sent(self, exchange: Exchange, now: int) -> None:
        """Its first transmission has been handed to the system."""

    def handle(self, event: Event, now: int) -> None:
        """What became of it."""


class Exchange(Struct, eq=False):
    """One command or inquiry and what became of it. `owner` is the caller (None: the line itself asks), who hears of
    it from the caller's own code alone. Times are ns.

    `slow`: it completes when something has arrived. As long as the camera answers at all, a missing ACK does not end
    it. `withheld`: its ACK is known to come as late as that with some cameras (preset recalls), so it is repeated
    once at most while the camera answers. `alternative` is the same request in other bytes, tried once when the camera
    does not know the first. `fits` says whether a reply can be the answer to this inquiry; one that does not is an
    answer that came too late for another.
    """

    frame: bytes
    due: int
    owner: Owner | None = None
    repeatable: bool = True
    urgent: bool = False
    slow: bool = False
    withheld: bool = False
    inquiry: bool = False
    alternative: bytes | None = None
    fits: Callable[[bytes], bool] | None = None
    limit: int = QUICK_LIMIT_NS
    kept: bool = False
    """Its owner says when it is sent again (`again`)."""
    ack_enough: bool = False
    """Once it is accepted it is done, also when the end is never reported."""
    within: int = 0
    """How long each copy of an inquiry may take to be answered; 0: as the line does."""
    stops: str = ""
    moves: frozenset[str] = frozenset()
    mover: object = None
    """What it stops, what it moves, and on whose behalf: the caller's, untouched."""
    patience: int = PATIENCE_NS
    state: State = State.QUEUED
    wanted: bool = True
    tries: int = 0
    socket: int = 0
    first_sent: int = 0
    last_sent: int = 0
    copies: list[int] = field(default_factory=list)
    """When it was sent, each time."""
    accepted: int = 0
    full: bool = False
    replies: int = 0
    """How many replies had come in when it was first sent."""
    posted: bool = False
    """It waits for its turn on a line that cameras share, and has not left: nothing that comes is for it."""
    passed: bool = False
    """A question that was sent after it has been answered before it: its ACK is not just late."""
    outdated: bool = False
    """A newer one has taken its place: it is not sent again."""
    guessed: bool = False
    """It was refused, or something else that waited for its answer at that time was."""
    unsure: bool = False
    """Answers have been missing on this line, and what came for it may have been for something else."""
    urls: list[str] = field(default_factory=list)
    """The requests that were made of it, on a line that makes requests of frames."""
    handed: bool = False
    """Its first transmission has left (a line that is shared may let it wait for its turn)."""

    @property
    def late(self) -> int:
        return self.due + self.patience


class Event(NamedTuple):
    """`reason` is for people, `data` as `kind` says."""

    kind: EventKind
    exchange: Exchange
    reason: str = ""
    data: bytes = b""


NOBODY = Exchange(b"", 0, wanted=False)
"""The exchange of an event that belongs to none."""

ERRORS = {
    0x01: "the camera reported a wrong message length",
    0x02: "the camera does not support this command",
    0x03: "the camera's command buffer is full",
    0x04: "the camera cancelled it",
    0x05: "the camera reported: no such socket",
    0x41: "the camera cannot do that in its present state",
}
SYNTAX, BUFFER_FULL, CANCELLED, NO_SOCKET = 0x02, 0x03, 0x04, 0x05
