"""What a camera is to be, apart from what moves and what the picture shows: its tally lamp, its preset speed.

A camera forgets: a Sony puts its lamp out 15 s after the last On (list of the BRC-X400, p. 12), and one whose power was
gone comes back dark and at its own speed. The show does not forget. What is wanted is sent again before it expires, and
whenever the camera answers again after it was silent or switched on. Of several settings that a silent camera
missed only the newest is sent.

Nothing here moves a camera or changes its picture, so it is never too late for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cuelang.clock import Handle
from cuelang.commands import Tally, TallyMode
from cuelang.protocols.visca import codec, encode
from cuelang.protocols.visca.encode import ViscaMessage
from cuelang.protocols.visca.exchange import SYNTAX, Event, EventKind, Exchange

if TYPE_CHECKING:
    from cuelang.devices.link import Link

REPEAT_AFTER_NS = 5_000_000_000
"""A third of the time after which a Sony's lamp goes out: two of three may be lost."""
LIT = 2
UNKNOWN = bytes((SYNTAX,))
"""The camera's word for what it does not have. Anything else that it refuses it may take later."""

LAMP, SPEED = "lamp", "preset speed"


@runtime_checkable
class HasWanted(Protocol):
    """A driver that keeps what its camera is to be."""

    @property
    def wanted(self) -> Wanted: ...


class Wanted:
    """The wanted state of the camera at one link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.lamp: TallyMode | None = None
        """None: not given yet."""
        self.speed: int | None = None
        """The preset speed that was last asked for."""
        self.speed_said: int | None = None
        """The one that the camera is known to have."""
        self._unsaid: set[str] = set()
        """What the camera has not taken."""
        self._saying: dict[str, _Saying] = {}
        self._timer: Handle | None = None
        self._returned: int | None = None
        """When it was last told everything."""

    def light(self, mode: TallyMode | None) -> None:
        """The lamp from now on; the task that has it sends it the first time. None: this camera has no lamp."""
        self.lamp = mode
        self._unsaid.discard(LAMP)
        self._quit(LAMP)
        self._plan()

    def keep(self, mode: TallyMode) -> None:
        """The lamp shows this already, for another program has lit it: from now on it is kept so here."""
        self.light(mode)
        if self._link.state.connected:
            self._say(LAMP)

    def has_speed(self, speed: int | None) -> None:
        """The preset speed that has just been sent; None: unknown whether the camera has accepted it."""
        self.speed_said = speed
        if speed is not None:
            self.speed = speed
            self._unsaid.discard(SPEED)
            self._quit(SPEED)

    def missed(self, what: str) -> None:
        """The camera has not taken it."""
        self._unsaid.add(what)
        self._plan()

    def returned(self) -> None:
        """The camera is heard again, or is on again: it may have forgotten everything. One that comes and goes
        all the time is updated less often."""
        now = self._link.clock.now()
        if self._returned is not None and now < self._returned + REPEAT_AFTER_NS:
            self._unsaid |= {what for what in (SPEED, LAMP) if self._frames(what)}
            self._plan()
            return
        self._returned = now
        for what in (SPEED, LAMP):
            self._say(what)

    def take_over(self, other: Wanted) -> None:
        """The camera has another line from now on: what `other` wanted is sent there as soon as it answers."""
        self.lamp, self.speed = other.lamp, other.speed
        other.lamp = other.speed = None
        other.close()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._saying.clear()

    # --- saying it -----------------------------------------------------------------------------------------

    def _frames(self, what: str) -> tuple[ViscaMessage, ...]:
        link = self._link
        if what == LAMP and self.lamp is not None:
            try:
                return encode.messages(Tally(self.lamp), link.model, address=link.address)
            except ValueError:  # this model has no lamp, as the task that has it says
                return ()
        if what == SPEED and self.speed is not None and link.model.family != "sony":  # a Sony keeps it with the preset
            return (ViscaMessage(0, codec.encode("preset.speed", link.address, speed=self.speed), "", "preset.speed"),)
        return ()

    def _lit(self) -> bool:
        """Whether the lamp goes out by itself."""
        return any(_expires(message) for message in self._frames(LAMP))

    def _say(self, what: str, *, only_lit: bool = False) -> None:
        frames = [message for message in self._frames(what) if not only_lit or _expires(message)]
        self._quit(what)
        self._unsaid.discard(what)
        if frames:
            self._saying[what] = _Saying(self, what, len(frames))
            now = self._link.clock.now()
            for message in frames:
                saying = self._saying[what]
                exchange = Exchange(message.frame, now, saying, message.repeatable, alternative=message.alternative)
                saying.exchanges.append(exchange)
                self._link.submit(exchange)
        self._plan()

    def _quit(self, what: str) -> None:
        saying = self._saying.pop(what, None)
        if saying is not None:
            for exchange in saying.exchanges:
                self._link.forget(exchange)

    def said(self, what: str, saying: _Saying) -> None:
        if self._saying.get(what) is saying:
            del self._saying[what]
            if what == SPEED:
                self.speed_said = self.speed

    def failed(self, what: str, saying: _Saying, unknown: bool) -> None:
        if self._saying.get(what) is not saying:
            return
        self._quit(what)
        if not unknown:
            self.missed(what)
        elif what == LAMP:
            self.light(None)
        else:
            self.speed = None

    # --- time ----------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        if self._unsaid or self._lit():
            if self._timer is None:
                clock = self._link.clock
                self._timer = clock.at(clock.now() + REPEAT_AFTER_NS, self._wake)
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        if self._link.state.connected:
            for what in sorted(self._unsaid):
                self._say(what)
            if LAMP not in self._saying and self._lit():
                self._say(LAMP, only_lit=True)
        self._plan()


def _expires(message: ViscaMessage) -> bool:
    return message.row.startswith("sony.tally") and message.frame[-2] == LIT


class _Saying:
    """Frames that are sent again, as the owner of their exchanges."""

    def __init__(self, wanted: Wanted, what: str, count: int) -> None:
        self.exchanges: list[Exchange] = []
        self._wanted, self._what, self._left = wanted, what, count

    def sent(self, exchange: Exchange, now: int) -> None:
        """When it was sent does not matter."""

    def handle(self, event: Event, now: int) -> None:
        if event.kind is EventKind.COMPLETED:
            self._left -= 1
            if not self._left:
                self._wanted.said(self._what, self)
        elif event.kind is not EventKind.ACCEPTED:
            self._wanted.failed(self._what, self, event.data == UNKNOWN)
