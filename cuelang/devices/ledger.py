"""What a camera has been set going on, axis by axis, and which stops are owed. Pure: the time is passed in.

A motion stays in the ledger until it has arrived, until a later one of its axis was accepted, or until its stop was
acknowledged and the camera's position, where it can be asked, was read twice alike. A stop is repeated until then, for
ten seconds; after that the axis is `adrift`: it may still be moving, and nothing more is sent. Once more it is sent
when a camera that was silent answers again.

An acknowledgement without a number may be another frame's. So that of focus or tracking, whose rest cannot be read,
counts only when all stops that were sent with it are acknowledged.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from msgspec import Struct, field

from cuelang.commands import FOCUS, NO_AXES, PAN_TILT, ZOOM, Axes
from cuelang.units import MS

TRACKING = "tracking"
"""Kept beside the axes that are owed a stop."""
MOTION: Axes = frozenset((PAN_TILT, ZOOM, FOCUS))
READ: Axes = frozenset((PAN_TILT, ZOOM))
"""Axes whose rest can be read; of the others the acknowledgement is enough."""

FIRST_NS = 100 * MS
"""After a stop, until it is repeated; then at twice that, four times …"""
SELDOM_NS = 2000 * MS
"""… until they are this far apart."""
ADRIFT_AFTER_NS = 10_000 * MS
"""From the stop until the axis is adrift."""
APART_NS = 250 * MS
"""Between two readings that are to be alike."""
SILENCE_NS = 1000 * MS
"""A camera that was silent for this long, and is heard again, counts as answering again."""
UNREADABLE = 4
"""In a row, questions without an answer, after which an acknowledged stop is believed."""
BLIND_STOPS, BLIND_APART_NS = 3, 100 * MS
"""Where nothing is acknowledged: how often a stop is sent, and how far apart. Then it is believed; but where the
position can be asked, it is asked, and a camera that still moves gets as many again."""


OTHERS = "another program's"
"""The motion that stands for all of another program."""


class _Stop(Struct):
    since: int
    next: int
    ladder: int
    """Since when it is repeated: the stop, or the reading that said that it had not been heard."""
    moving: bool
    """The show had set something going there."""
    group: Axes
    """What was sent together with it the last time."""
    sent: int = 1
    answered: bool = False
    """Since the last time that it was known to be moving."""
    acked: bool = False
    """Since it was sent last."""
    reading: Hashable = None
    read_at: int | None = None
    moved: bool = False
    """Two readings differed since it was sent last."""
    asking: bool = False
    misses: int = 0


class _Account(Struct):
    motion: Hashable = None
    """The newest one, by the command that started it."""
    accepted: bool = False
    brief: bool = False
    """It comes to its end by itself at once: a frame of a ramp."""
    ends: bool = False
    """It comes to its end by itself."""
    older: bool = False
    """What went before it may still be going, for it has not been accepted yet."""
    ending: bool = False
    """So may what was not accepted either, and comes to its end by itself."""
    stop: _Stop | None = None


class Due(NamedTuple):
    """What is to be done now: stops to send, axes to ask for, axes that may still be moving."""

    send: Axes = NO_AXES
    ask: Axes = NO_AXES
    adrift: Axes = NO_AXES


class Ledger(Struct):
    """One camera's. `confirms` False: no stop is ever acknowledged. `reads`: axes whose position can be asked."""

    confirms: bool = True
    reads: Axes = READ
    sure: bool = False
    """An acknowledgement says for certain what it is for."""
    adrift: set[str] = field(default_factory=set)
    """Axes that may still be moving, and for which nothing more is sent."""
    readable: set[str] = field(default_factory=set)
    """Axes whose position the camera is known to tell: there a missing answer was lost."""
    _silent: set[str] = field(default_factory=set)
    """Those of them whose camera was silent: they get their stop when it is heard."""
    _accounts: dict[str, _Account] = field(default_factory=dict)
    _heard: int = -SILENCE_NS

    # --- motion --------------------------------------------------------------------------------------------

    def set_going(self, axes: Iterable[str], key: Hashable, *, brief: bool = False, ends: bool = False) -> None:
        """A frame that moves these axes is about to be sent. No stop for what they did before is sent any more, but
        that stays owed until this one is accepted."""
        for axis in axes:
            account = self._accounts.get(axis)
            if account is None:
                self._accounts[axis] = _Account(key, brief=brief, ends=ends, older=axis in self.adrift)
            elif account.motion is not key or account.stop is not None:
                if account.accepted:
                    over = account.brief or (account.ends and axis == FOCUS)
                else:
                    over = account.ends or account.brief  # it may or may not have been received; it would end by itself
                before = account.motion is not None and not over
                owed = account.stop is not None and account.stop.moving
                account.older = account.older or before or owed or axis in self.adrift
                account.ending |= account.motion is not None and account.ends and not account.accepted
                account.motion, account.accepted, account.stop = key, False, None
                account.brief, account.ends = brief, ends
            self.adrift.discard(axis)
            self._silent.discard(axis)
        if TRACKING in self._accounts and self._accounts[TRACKING].stop is not None:
            del self._accounts[TRACKING]  # what is set going ends tracking anyway

    def inherit(self, axes: Iterable[str]) -> None:
        """Another program has set these axes going, and the camera has taken it."""
        moved = tuple(axis for axis in axes if axis in MOTION)
        self.set_going(moved, OTHERS)
        self.accepted(moved, OTHERS)

    def accepted(self, axes: Iterable[str], key: Hashable) -> None:
        for axis in axes:
            account = self._accounts.get(axis)
            if account is not None and account.motion is key:
                account.accepted, account.older, account.ending = True, False, False

    def rested(self, key: Hashable) -> None:
        """This motion has come to its end."""
        for axis, account in tuple(self._accounts.items()):
            if account.motion is key:
                del self._accounts[axis]

    def failed(self, axes: Iterable[str], key: Hashable, *, refused: bool, unheard: bool, sent: bool) -> Axes:
        """A motion of these axes came to nothing: `refused`, `unheard`, or never even `sent`. Which of them have to be
        stopped now, because what it was to take over is going on."""
        owed: set[str] = set()
        for axis in axes:
            account = self._accounts.get(axis)
            if account is None or account.stop is not None:
                continue
            if account.motion is not key:
                if not sent:
                    owed |= self.restless((axis,))
            elif account.older and not account.accepted:
                owed.add(axis)
            elif refused or (unheard and account.ends):
                del self._accounts[axis]
        return frozenset(owed)

    def restless(self, axes: Iterable[str] = MOTION, key: Hashable = None) -> Axes:
        """Those of these axes that have been set going, and that a stop must end. `key`: only where this motion is the
        newest."""
        return frozenset(
            axis
            for axis in axes
            if (account := self._accounts.get(axis)) is not None
            and account.stop is None
            and (key is None or account.motion is key)
            and (account.older or account.ending or not account.brief)
        )

    def forget(self) -> None:
        """The camera has been switched off or on: nothing moves."""
        self._accounts.clear()
        self.adrift.clear()
        self._silent.clear()

    # --- stops ---------------------------------------------------------------------------------------------

    def stop(self, axes: Iterable[str], now: int, patience: int = 0) -> None:
        """The stop of these axes goes out now. `patience`: how long the camera takes to answer."""
        group = frozenset(axes)
        for axis in group:
            account = self._accounts.setdefault(axis, _Account())
            moving = account.motion is not None or account.older or axis in self.adrift
            moving = moving or (account.stop is not None and account.stop.moving)
            first = max(FIRST_NS, patience) if self.confirms else BLIND_APART_NS
            account.stop = _Stop(now, now + first, now, moving, group)
            account.motion, account.accepted, account.older, account.brief = None, False, False, False
            account.ending = False
            self.adrift.discard(axis)
            self._silent.discard(axis)

    def answered(self, axis: str) -> None:
        """The camera has taken a stop of this axis, or has nothing there to be stopped."""
        account = self._accounts.get(axis)
        if account is None or account.stop is None:
            return
        account.stop.answered, account.stop.acked, account.stop.moved = True, True, False
        for other in account.stop.group:
            self._paid(other)

    def missed(self, axis: str, now: int) -> None:
        """A stop of this axis is known not to have been taken."""
        account = self._accounts.get(axis)
        if account is not None and account.stop is not None:
            account.stop.next = min(account.stop.next, now + FIRST_NS)

    def reading(self, axis: str, value: Hashable, now: int) -> None:
        """The camera's position after a stop. None: it has not answered."""
        account = self._accounts.get(axis)
        stop = account.stop if account is not None else None
        if stop is None:
            return
        stop.asking = False
        if value is None:
            stop.misses += 1
        elif stop.read_at is None or value != stop.reading:
            if stop.read_at is not None:  # it has not come to rest, or its stop was never heard
                stop.moved, stop.ladder, stop.next = True, now, min(stop.next, now + APART_NS)
            self.readable.add(axis)
            stop.reading, stop.read_at, stop.misses = value, now, 0
        elif now - stop.read_at >= APART_NS:
            stop.misses = 0
            stop.moved = False
            self._paid(axis, alike=True)
            return
        self._paid(axis)

    def _paid(self, axis: str, alike: bool = False) -> None:
        """Forget the stop of this axis if there is nothing more to be known about it."""
        account = self._accounts.get(axis)
        stop = account.stop if account is not None else None
        if stop is None or not stop.answered:
            return
        if not alike:
            if axis in self.reads and (stop.misses < UNREADABLE or axis in self.readable):
                return
            if self.confirms and not self.sure and not all(self._acked(other) for other in stop.group):
                return
        del self._accounts[axis]

    def _acked(self, axis: str) -> bool:
        account = self._accounts.get(axis)
        return account is None or account.stop is None or account.stop.acked

    def heard(self, now: int) -> None:
        """The camera has said something. One that was silent gets its stops once more."""
        silent, self._heard = now - self._heard >= SILENCE_NS, now
        if silent or self._silent:
            self.back(now, now - SILENCE_NS)

    def back(self, now: int, before: int | None = None) -> None:
        """The line is up again, or the camera answers again: stops that were sent `before` go once more."""
        group = frozenset(self._silent)
        for axis in group:
            self._accounts[axis] = _Account(stop=_Stop(now, now, now, True, group))
        self.adrift -= group
        self._silent.clear()
        for account in self._accounts.values():
            stop = account.stop
            if stop is not None and not stop.answered and (before is None or stop.since <= before):
                stop.next = now

    # --- time ----------------------------------------------------------------------------------------------

    @property
    def due(self) -> int | None:
        soonest: int | None = None
        for axis, account in self._accounts.items():  # after each answer of the camera
            if account.stop is not None:
                when = self._next(axis, account.stop)
                soonest = when if soonest is None else min(soonest, when)
        return soonest

    def _stops(self) -> list[tuple[str, _Stop]]:
        return [(axis, account.stop) for axis, account in self._accounts.items() if account.stop is not None]

    def _next(self, axis: str, stop: _Stop) -> int:
        when = min(stop.next, stop.since + ADRIFT_AFTER_NS)
        if stop.answered and axis in self.reads and not stop.asking:
            when = min(when, stop.since if stop.read_at is None else stop.read_at + APART_NS)
        return when

    def wake(self, now: int) -> Due:
        """What is to be done by now. The caller sends the stops, and tells what was read."""
        send, ask, lost = set(), set(), set()
        for axis, stop in self._stops():
            if not self.confirms and not stop.answered and now >= stop.next and stop.sent >= BLIND_STOPS:
                if axis not in self.reads:
                    del self._accounts[axis]
                    continue
                stop.answered, stop.next = True, _later(stop, now)
            if now >= stop.since + ADRIFT_AFTER_NS:
                del self._accounts[axis]
                if self._heard < stop.since:
                    self._silent.add(axis)
                if stop.moving:
                    self.adrift.add(axis)
                    lost.add(axis)
                continue
            if now >= stop.next:
                unread = stop.read_at is None and not self.sure and self.confirms  # its ACK may be another frame's
                if not stop.answered or stop.moved or unread or axis not in self.reads:
                    send.add(axis)
                else:
                    stop.next = _later(stop, now)
            readable = stop.answered and axis in self.reads and not stop.asking
            if readable and (stop.read_at is None or now >= stop.read_at + APART_NS):
                stop.asking = True
                ask.add(axis)
        group = frozenset(send)
        for axis, stop in self._stops():
            if axis in group:
                stop.sent = 1 if stop.moved else stop.sent + 1
                stop.read_at = None if stop.moved else stop.read_at  # where it was then says nothing any more
                stop.answered = stop.answered and not stop.moved and axis in self.reads
                stop.group, stop.acked, stop.moved = group, False, False
                stop.next = _later(stop, now) if self.confirms else now + BLIND_APART_NS
        return Due(group, frozenset(ask), frozenset(lost))

    @property
    def owed(self) -> Axes:
        """Axes whose stop is not confirmed yet."""
        return frozenset(axis for axis, stop in self._stops())

    @property
    def unsure(self) -> Axes:
        """Axes that the show has set going and that may still be moving."""
        return frozenset(axis for axis, stop in self._stops() if stop.moving) | self.adrift


def _later(stop: _Stop, now: int) -> int:
    """100, 200, 400 ms … after the stop, and then every two seconds."""
    gone = max(now - stop.ladder, FIRST_NS)
    return now + min(gone, SELDOM_NS)
