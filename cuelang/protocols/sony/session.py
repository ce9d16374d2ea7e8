"""The controller's end of one Sony line."""

from __future__ import annotations

from collections.abc import Hashable
from enum import IntEnum, auto
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from cuelang.protocols.sony.packet import (
    ABNORMAL_MESSAGE,
    ABNORMAL_NUMBER,
    NUMBERS,
    RESET,
    SonyMalformed,
    Type,
    pack,
    type_of,
    unpack,
)
from cuelang.units import MS

RESET_AGAIN_NS = 100 * MS
FLIGHT_NS = 40 * MS
"""No datagram is longer under way. After a RESET numbers begin at 1 again, so nothing of before may still fly, nor a
copy of the RESET: it waits so long after the last frame, the next frame so long after the RESET, and everything twice
as long for replies to what went before."""
RESET_TRIES = 5
"""After this many RESETs without an answer commands are sent all the same: some cameras never answer one."""
ISSUES = 4
"""One frame is issued under at most this many numbers."""
KEPT_FRAMES = 256
"""Sent frames that are remembered while their end does not come."""

K = TypeVar("K", bound=Hashable)


class SonyEventKind(IntEnum):
    """What a session wants done, or has heard."""

    SEND = auto()
    """Hand `data` to the line now. `key` is whose frame it is; None: a RESET."""
    REPLY = auto()
    """`data` is a VISCA reply to `key`'s frame."""
    TAKEN = auto()
    """The camera says that it has had `key`'s frame before. No other reply will come of it."""
    REFUSED = auto()
    """The header of `key`'s frame was refused; `data` is 0F 01 or 0F 02."""
    RUBBISH = auto()
    """`data` is not a datagram of this protocol."""


class SonyEvent(NamedTuple, Generic[K]):
    """`key` None: it is about the session itself."""

    kind: SonyEventKind
    key: K | None
    data: bytes


class _Sent(Struct, Generic[K], eq=False):
    """One thing under way: `number` is its newest one, `sends` how often it was sent under that."""

    key: K
    frame: bytes
    repeatable: bool
    number: int = 0
    epoch: int = 0
    sends: int = 0
    issues: int = 0
    until: int | None = None
    last: bool = False
    """Whatever comes, it is not sent once more."""
    acked: bool = False
    socket: int = 0
    done: bool = False


def _after(when: int | None, gap: int) -> int:
    return -1 if when is None else when + gap


class SonySession(Generic[K]):
    """One controller's talk with one camera. Methods return events in the order in which they are to be handled.

    A key names one thing to be done: a command or an inquiry. Until `start` nothing may be sent.
    """

    def __init__(self) -> None:
        self.ready = False
        """The camera has answered the RESET, or will not."""
        self.deadline: int | None = None
        """`wake` must be called then, or a little later."""
        self.strays = 0
        """Replies that belonged to nothing, and repeated ones."""
        self._number = 0
        self._epoch = 0
        self._resets, self._answered = 0, False
        self._last_sent: int | None = None
        self._last_reset: int | None = None
        self._quiet = 0
        self._told: dict[tuple[int, bytes], int] = {}
        """The last replies and when they came: a copy of one is not a reply to another frame that has the same
        number."""
        self._pending = False
        self._sent: dict[K, _Sent[K]] = {}
        self._now: dict[int, _Sent[K]] = {}
        self._before: dict[int, _Sent[K]] = {}
        self._held: dict[K, _Sent[K]] = {}
        self._out: list[SonyEvent[K]] = []

    def start(self, now: int) -> list[SonyEvent[K]]:
        """The line is open: nothing from before counts, and the camera gets a RESET."""
        self._sent, self._now, self._before, self._held = {}, {}, {}, {}
        self._last_sent = self._last_reset = None
        self._new_epoch(now)
        return self._events()

    def stop(self) -> None:
        """The line is gone, and all that was under way with it."""
        self.ready, self.deadline = False, None
        self._sent, self._now, self._before, self._held = {}, {}, {}, {}

    def send(
        self,
        key: K,
        frame: bytes,
        now: int,
        *,
        until: int | None = None,
        repeatable: bool = True,
        urgent: bool = False,
    ) -> list[SonyEvent[K]]:
        """Send a VISCA frame, or send it again: a key that is under way with this frame keeps its number.

        While a RESET is not answered frames wait for it, but not beyond `until`, and `urgent` ones not at all.
        `repeatable`: the camera may carry it out twice without harm. ValueError: a frame that no header can carry.
        """
        one = self._sent.get(key)
        if one is None or one.frame != frame:
            if one is not None:
                self._finish(one)
            one = self._sent[key] = _Sent(key, frame, repeatable or type_of(frame) is Type.INQUIRY)
            if len(self._sent) > KEPT_FRAMES:
                self._finish(next(iter(self._sent.values())))
        one.until = until
        if self.ready or urgent:
            self._held.pop(key, None)
            self._transmit(one, now)
        elif one.sends == 0 or one.repeatable:
            self._held[key] = one
        return self._events()

    def forget(self, key: K) -> None:
        """No more events for it, and no more sending."""
        one = self._sent.get(key)
        if one is not None:
            self._finish(one)

    def withdraw(self, key: K) -> None:
        """Never send it again, nor for the first time. What has been sent keeps its place, for its replies come yet."""
        one = self._sent.get(key)
        if one is not None:
            one.last = True
            self._held.pop(key, None)
            if one.sends == 0:
                self._finish(one)

    def receive(self, datagram: bytes, now: int) -> list[SonyEvent[K]]:
        """A datagram as it came. Never raises."""
        packet = unpack(datagram)
        if isinstance(packet, SonyMalformed):
            self._out.append(SonyEvent(SonyEventKind.RUBBISH, None, datagram))
        elif packet.type is Type.REPLY:
            self._reply(packet.number, packet.payload, now)
        elif packet.type is not Type.CONTROL_REPLY:
            self.strays += 1
        elif packet.payload == RESET:
            self._reset_done(now)
        elif packet.payload == ABNORMAL_NUMBER:
            self._abnormal_number(packet.number, now)
        elif packet.payload == ABNORMAL_MESSAGE:
            self._abnormal_message(packet.number)
        else:
            self.strays += 1
        return self._events()

    def wake(self, now: int) -> list[SonyEvent[K]]:
        """Time has passed: a RESET may have been lost."""
        if self.deadline is not None and now >= self.deadline:
            if self._pending:
                self._new_epoch(now)
            elif self._answered or self._resets == RESET_TRIES:
                self._open(now)
            else:
                self._send_reset(now)
        return self._events()

    # --- numbers -------------------------------------------------------------------------------------------

    def _reset(self, now: int) -> None:
        landed = max(_after(self._last_sent, FLIGHT_NS), _after(self._last_reset, 2 * FLIGHT_NS))
        if now >= landed:
            self._new_epoch(now)
        else:
            self.ready, self._pending, self.deadline = False, True, landed

    def _new_epoch(self, now: int) -> None:
        self._before |= self._now
        self._now = {}
        while len(self._before) > KEPT_FRAMES:
            del self._before[next(iter(self._before))]
        self._epoch += 1
        self._quiet = _after(self._last_sent, 2 * FLIGHT_NS)
        self._number = 0
        self._resets, self._answered = 0, False
        self.ready = self._pending = False
        self._send_reset(now)

    def _send_reset(self, now: int) -> None:
        self._resets += 1
        self._last_reset = now
        self._quiet = max(self._quiet, now + FLIGHT_NS)
        self.deadline = now + RESET_AGAIN_NS
        self._out.append(SonyEvent(SonyEventKind.SEND, None, pack(Type.CONTROL, 0, RESET)))

    def _reset_done(self, now: int) -> None:
        if self.ready or self._pending:
            return
        self._answered = True
        if now >= self._quiet:
            self._open(now)
        else:
            self.deadline = self._quiet

    def _open(self, now: int) -> None:
        self.ready, self.deadline = True, None
        held, self._held = self._held, {}
        for one in held.values():
            if one.until is None or now < one.until:
                self._transmit(one, now)
            else:
                self._finish(one)

    def _transmit(self, one: _Sent[K], now: int) -> None:
        if one.sends and one.epoch != self._epoch:
            if not one.repeatable:
                return
            one.sends = 0
        if one.sends == 0:
            self._number = (self._number + 1) % NUMBERS
            one.number, one.epoch = self._number, self._epoch
            one.issues += 1
            self._now[one.number] = one
            old = self._before.get(one.number)
            if old is not None and not old.acked:
                del self._before[one.number]
        one.sends += 1
        self._last_sent = now
        self._out.append(SonyEvent(SonyEventKind.SEND, one.key, pack(type_of(one.frame), one.number, one.frame)))

    # --- replies -------------------------------------------------------------------------------------------

    def _candidates(self, number: int) -> list[_Sent[K]]:
        found = [self._now.get(number), self._before.get(number)]
        if self._in_use(number):
            del found[1]
        return [one for one in found if one is not None and not one.done]

    def _in_use(self, number: int) -> bool:
        """Whether something since the last RESET has this number."""
        return 0 < number <= self._number

    def _reply(self, number: int, frame: bytes, now: int) -> None:
        kind, socket = (frame[1] >> 4, frame[1] & 0x0F) if len(frame) > 1 else (0, 0)
        candidates = self._candidates(number)
        if kind == 4:
            candidates = [one for one in candidates if not one.acked]
        elif kind == 5 and len(frame) == 3:
            old = self._before.get(number)
            moving = [*candidates] if old is None or old.done else [*candidates, old]
            candidates = [one for one in moving if one.acked and one.socket == socket] or candidates
        repeated = now - self._told.get((number, frame), -FLIGHT_NS) < FLIGHT_NS
        if not candidates or repeated:
            self.strays += 1
            return
        one = candidates[0]
        self._told[number, frame] = now
        if len(self._told) > KEPT_FRAMES:
            del self._told[next(iter(self._told))]
        if kind == 4:
            one.acked, one.socket = True, socket
            self._held.pop(one.key, None)
        else:
            self._finish(one)
        self._out.append(SonyEvent(SonyEventKind.REPLY, one.key, frame))

    def _abnormal_number(self, number: int, now: int) -> None:
        one = next((one for one in self._candidates(number) if not one.acked), None)
        if one is None:
            self.strays += 1
            if self.ready and not self._in_use(number) and number not in self._before:
                self._reset(now)
            return
        if one.number != number:
            self.strays += 1  # it has been issued again since
            return
        if one.last:
            self._finish(one)
        elif not one.repeatable:
            self._finish(one)
            had = one.sends > 1 and self._answered
            self._out.append(
                SonyEvent(
                    SonyEventKind.TAKEN if had else SonyEventKind.REFUSED, one.key, b"" if had else ABNORMAL_NUMBER
                )
            )
        elif one.issues >= ISSUES:
            self._finish(one)
            self._out.append(SonyEvent(SonyEventKind.REFUSED, one.key, ABNORMAL_NUMBER))
        else:
            self._held[one.key] = one
        if one.epoch == self._epoch:
            self._reset(now)
        elif self.ready:
            self._open(now)

    def _abnormal_message(self, number: int) -> None:
        one = next((one for one in self._candidates(number) if not one.acked), None)
        if one is None:
            self.strays += 1
            return
        self._finish(one)
        self._out.append(SonyEvent(SonyEventKind.REFUSED, one.key, ABNORMAL_MESSAGE))

    def _finish(self, one: _Sent[K]) -> None:
        one.done = True
        if self._sent.get(one.key) is one:
            del self._sent[one.key]
        if self._held.get(one.key) is one:
            del self._held[one.key]
        if self._now.get(one.number) is one:
            del self._now[one.number]

    def _events(self) -> list[SonyEvent[K]]:
        out, self._out = self._out, []
        return out
