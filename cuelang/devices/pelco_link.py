"""A Pelco link: frames out and, from cameras that have any, positions back. What is done with them is in `pelco.py`.

A frame of motion is a picture of all that shall move. So the link remembers what has been set going, and a zoom that
begins in a pan is sent as one frame with both; the plan, which does not know what will be going on, shows each alone.
A stop that could not leave is made up for when the line is back.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cuelang.clock import Handle
from cuelang.commands import FOCUS, NO_AXES, PAN_TILT, ZOOM, Axes
from cuelang.devices.base_link import BaseLink
from cuelang.devices.ledger import READ, Ledger
from cuelang.protocols import pelco
from cuelang.protocols.pelco import STILL, Kind, Meaning, Motion, PelcoAxis, PelcoReader, Position, Query
from cuelang.transports import Line
from cuelang.units import MS

SEND_TIMEOUT_NS = 1000 * MS
"""From its due time until a frame must have left."""
ANSWER_WITHIN_NS = 500 * MS
"""A question may have to wait for the turns of other cameras."""
MISSES = 2
"""Questions without an answer after which a camera that used to answer does not."""
TRIES = 5
"""Questions without an answer after which a camera that has just come up is taken for one that never answers."""
ROUNDS_OF_SILENCE = 12
"""A camera that never answered is asked once in this many idle times."""

EVERYTHING: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))
POSITIONS: tuple[PelcoAxis, ...] = ("pan", "tilt", "zoom")

OnLeft = Callable[[bytes, int | None], object]


class QueuedFrame:
    """A frame on its way. `left` is called once, with its bytes and the time, which is None when it never left."""

    def __init__(self, data: bytes, until: int, motion: Motion | None, urgent: bool, left: OnLeft) -> None:
        self.data = data
        self.until = until
        self.motion = motion
        self.urgent = urgent
        self.handed = False
        """The line has it, and keeps it until its turn comes."""
        self.timer: Handle | None = None
        self._left: OnLeft | None = left

    def over(self, now: int | None) -> None:
        left, self._left = self._left, None
        if self.timer is not None:
            self.timer.cancel()
        if left is not None:
            left(self.data, now)


class PelcoLink(BaseLink[QueuedFrame]):
    """One camera's end of a line. `base` is the number of the first camera on a Pelco-P line. `keepalive` None: an
    idle camera is not asked (one that lives in this process)."""

    def __init__(
        self,
        line: Line,
        kind: Kind,
        *,
        address: int,
        base: int,
        keepalive: int | None,
        on_change: Callable[[], object] | None,
    ) -> None:
        ledger = Ledger(confirms=False, reads=NO_AXES)
        super().__init__(line, ledger, keepalive=keepalive, on_change=on_change)
        self.answers: bool | None = None
        """Whether it answers for its position; None: it has not been asked."""
        self.positions: dict[PelcoAxis, int] = {}
        """In the camera's own units, which no list states."""
        self._kind: Kind = kind
        self._address, self._base = address, base
        self._reader = PelcoReader(kind, base)
        self._up = False
        self._moving = STILL
        self._owed = False
        self._frames: list[QueuedFrame] = []
        self._questions: dict[PelcoAxis, list[Callable[[int | None], object]]] = {}
        self._silence = 0
        line.listener = self
        if self._keyed is not None:
            self._keyed.keeper = self

    def _drop(self) -> None:
        for frame in self._frames:
            if frame.timer is not None:
                frame.timer.cancel()
        self._frames = []

    # --- sending -------------------------------------------------------------------------------------------

    def set_going(self, axes: Axes, motion: Motion, key: object = None) -> Motion:
        """These axes do this now, the others what they did; all of it is what the next frame says. What has not left
        yet says no more that an axis moves which has been stopped: the stop goes ahead of it."""
        new, kept = pelco.only(motion, axes), pelco.only(self._moving, EVERYTHING - axes)
        head, zoom, focus = (new if axis in axes else kept for axis in (PAN_TILT, ZOOM, FOCUS))
        self._moving = replace(head, zoom=zoom.zoom, focus=focus.focus)
        if new != STILL:
            self.ledger.set_going(axes & EVERYTHING, key)
        if new == STILL:
            for frame in self._frames:
                if frame.motion is not None and pelco.only(frame.motion, axes) != STILL:
                    frame.motion = pelco.only(frame.motion, EVERYTHING - axes)
                    frame.data = self._encoded(frame.motion)
                    if frame.handed:
                        self._hand_over(frame)
        return self._moving

    def halt(self, axes: Axes) -> None:
        if axes & EVERYTHING:
            self.set_going(axes, STILL)
            self.owes(axes)
            self.send(self._moving, self.clock.now(), self.reconstructed, urgent=True)

    def owes(self, axes: Axes) -> None:
        """A stop of these axes goes out now. It is not confirmed, so it goes out again."""
        self.ledger.stop(axes & EVERYTHING, self.clock.now())
        self._watch()

    def gave_up(self, axes: Axes, key: object) -> None:
        """What was to move these axes has not left: they are at rest, and what went on there is stopped."""
        self.set_going(axes, STILL)
        owed = self.ledger.failed(axes & EVERYTHING, key, refused=True, unheard=False, sent=True)
        if owed:
            self.halt(owed)

    def settle(self) -> None:
        self.halt(self.ledger.restless())

    def _look_after_stops(self) -> None:
        """Send once more what shall move and what shall stop, and ask a camera that answers whether it does."""
        due = self.ledger.wake(self.clock.now())
        if due.send and self._up:
            self.send(self._moving, self.clock.now(), self.reconstructed, urgent=True)
        if PAN_TILT in due.ask:
            self._insist("pan", lambda pan: self._insist("tilt", lambda tilt: self._read(PAN_TILT, pan, tilt)))
        if ZOOM in due.ask:
            self._insist("zoom", lambda zoom: self._read(ZOOM, zoom))
        if due.adrift and self.on_adrift is not None:
            self.on_adrift(due.adrift)
        self._watch()

    def _read(self, axis: str, *values: int | None) -> None:
        self.ledger.reading(axis, None if None in values else values, self.clock.now())
        self._watch()

    @property
    def noise(self) -> int:
        """Bytes that came and belonged to no frame."""
        return self._reader.noise

    def send(self, meaning: Meaning, due: int, left: OnLeft, *, urgent: bool = False) -> QueuedFrame:
        motion = meaning if isinstance(meaning, Motion) else None
        frame = QueuedFrame(self._encoded(meaning), due + SEND_TIMEOUT_NS, motion, urgent, left)
        if self.clock.now() >= frame.until:
            frame.over(None)
            return frame
        self._frames.append(frame)
        frame.timer = self.clock.at(frame.until, self._too_late, frame)
        if self._up:
            self.clock.last(self._hand_over, frame)
        return frame

    def _encoded(self, meaning: Meaning) -> bytes:
        return pelco.encode(meaning, self._kind, self._address, self._base)

    def recall(self, frame: QueuedFrame) -> None:
        """It is no longer wanted."""
        if frame in self._frames:
            self._frames.remove(frame)
            if frame.timer is not None:
                frame.timer.cancel()
            if self._keyed is not None:
                self._keyed.withdraw(frame)

    def _hand_over(self, frame: QueuedFrame) -> None:
        if frame not in self._frames:
            return
        frame.handed = True
        if self._keyed is not None:
            self._keyed.post(frame, frame.data, frame.until, urgent=frame.urgent)
        else:
            self.line.send(frame.data)
            self.line_sent(frame)

    def _too_late(self, frame: QueuedFrame) -> None:
        if frame in self._frames:
            self.recall(frame)
            frame.over(None)

    def reconstructed(self, data: bytes, now: int | None) -> None:
        self._owed = now is None

    # --- the line ------------------------------------------------------------------------------------------

    def line_up(self) -> None:
        self._up = True
        self.state.connected, self.state.error = True, ""
        self._reader.drop()
        for frame in tuple(self._frames):
            self._hand_over(frame)
        if self._owed:
            self._owed = False
            self.send(self._moving, self.clock.now(), self.reconstructed, urgent=True)
        self.answers, self._misses = None, 0
        self.ledger.readable.clear()
        self._find_out(TRIES)
        self._changed()

    def _find_out(self, tries: int) -> None:
        """Whether it answers at all; a question may be lost."""
        self._ask("pan", lambda value: self._find_out(tries - 1) if value is None and tries > 1 and self._up else None)

    def line_down(self, error: str) -> None:
        self._up = False
        for frame in self._frames:
            frame.handed = False
        self.line_error(error)

    def line_error(self, error: str) -> None:
        self.state.connected, self.state.error = False, error
        self._changed()

    def line_data(self, data: bytes) -> None:
        now = self.clock.now()
        for address, meaning in self._reader.feed(data):
            if address == self._address and isinstance(meaning, Position):
                self.answers, self._misses = True, 0
                self.ledger.reads = READ
                self.ledger.heard(now)
                self.positions[meaning.axis] = meaning.value
                self.state.heard = now
                if not self.state.connected or self.state.error:
                    self.state.connected, self.state.error = True, ""
                for back in self._questions.pop(meaning.axis, ()):
                    back(meaning.value)
                self._changed()

    def line_sent(self, key: QueuedFrame) -> None:
        if key in self._frames:
            self._frames.remove(key)
            key.over(self.clock.now())

    def line_reply(self, key: QueuedFrame, data: bytes) -> None:
        """A Pelco line does not know whose reply it is."""

    def line_told(self, key: QueuedFrame, url: str) -> None:
        """Pelco has no requests."""

    def line_duplicate(self, key: QueuedFrame) -> None:
        """Sony's duplicates do not occur on a Pelco line."""

    def line_refused(self, key: QueuedFrame, reason: str) -> None:
        """A Pelco line refuses nothing."""

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    # --- questions -----------------------------------------------------------------------------------------

    def look(self, back: Callable[[dict[PelcoAxis, int] | None], object]) -> None:
        """Ask for all positions; `back` is called once, with None when one of them did not come."""
        found: dict[PelcoAxis, int] = {}
        asking = iter(POSITIONS)

        def answered(axis: PelcoAxis, value: int | None) -> None:
            if value is None:
                back(None)
                return
            found[axis] = value
            following = next(asking, None)
            if following is None:
                back(found)
            else:
                self._ask(following, lambda value: answered(following, value))

        first = next(asking)
        self._ask(first, lambda value: answered(first, value))

    def _ask(self, axis: PelcoAxis, back: Callable[[int | None], object]) -> None:
        now = self.clock.now()
        waiting = self._questions.setdefault(axis, [])
        once = _Once(back)
        waiting.append(once)
        self.send(Query(axis), now, lambda _data, _when: None)
        self.clock.at(now + ANSWER_WITHIN_NS, self._unanswered, axis, once)

    def _insist(self, axis: PelcoAxis, back: Callable[[int | None], object]) -> None:
        """Ask once more if no answer comes."""
        self._ask(axis, lambda value: self._ask(axis, back) if value is None and self._up else back(value))

    def _unanswered(self, axis: PelcoAxis, once: _Once) -> None:
        if once not in self._questions.get(axis, ()):
            return
        self._questions[axis].remove(once)
        if self._up:
            if self.answers is None:
                self.answers = False
            elif self.answers:
                self._misses += 1
                if self._misses >= MISSES:
                    self.line_error("the camera no longer answers")
        once(None)

    def _ask_if_idle(self, every: int) -> None:
        now = self.clock.now()
        due = (self.state.heard or -every) + every
        self._idle = self.clock.at(due if due > now else now + every, self._ask_if_idle, every)
        if not self._up or due > now:
            return
        if self.answers is False:
            self._silence += 1
            if self._silence % ROUNDS_OF_SILENCE:
                return
        self._ask("pan", lambda _value: None)


class _Once:
    """One question; two of them are never the same."""

    def __init__(self, back: Callable[[int | None], object]) -> None:
        self._back = back

    def __call__(self, value: int | None) -> None:
        self._back(value)
