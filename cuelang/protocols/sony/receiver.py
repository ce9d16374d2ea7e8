"""The camera's end of one Sony line."""

from __future__ import annotations

from typing import NamedTuple

from cuelang.protocols.sony.packet import (
    ABNORMAL_MESSAGE,
    ABNORMAL_NUMBER,
    NUMBERS,
    RESET,
    SonyMalformed,
    Type,
    pack,
    unpack,
)

CONTROLLERS = 5
"""A camera remembers this many addresses at once (Sony)."""
WINDOW = 256
"""How far from the last number another may be. Datagrams are lost and overtake each other, so gaps are normal."""


class Deliver(NamedTuple):
    """A VISCA frame for the camera. What it says goes back through `reply` with this number."""

    number: int
    frame: bytes


class SonyAnswer(NamedTuple):
    """A datagram for the controller; it does not reach the camera itself."""

    datagram: bytes


class Receiver:
    """What a camera remembers of one controller: which numbers it has carried out.

    A frame is delivered once: the same number again is 0F 01, and so is one far from the last (`WINDOW`), as when
    the controller was restarted without a RESET. One that was overtaken or sent again after a loss is in order. After
    power-on any number is. Clients send inquiries as commands and a RESET with any number; that is borne.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._done: dict[int, None] = {}

    def receive(self, datagram: bytes) -> Deliver | SonyAnswer | None:
        """None: nothing that a camera answers. Never raises."""
        packet = unpack(datagram)
        if isinstance(packet, SonyMalformed):
            return None if packet.number is None else _control_reply(packet.number, ABNORMAL_MESSAGE)
        if packet.type in (Type.REPLY, Type.CONTROL_REPLY):
            return None
        if packet.type is Type.CONTROL:
            if packet.payload != RESET:
                return _control_reply(packet.number, ABNORMAL_MESSAGE)
            self._last = 0
            self._done.clear()
            return _control_reply(packet.number, RESET)
        number = packet.number
        if number in self._done or not self._near(number):
            return _control_reply(number, ABNORMAL_NUMBER)
        self._done[number] = None
        if len(self._done) > 2 * WINDOW:
            del self._done[next(iter(self._done))]
        if self._last is None or (number - self._last) % NUMBERS <= WINDOW:
            self._last = number
        return Deliver(number, packet.payload)

    @property
    def fresh(self) -> bool:
        """It has just been reset."""
        return self._last == 0 and not self._done

    def _near(self, number: int) -> bool:
        return self._last is None or (number - self._last + WINDOW) % NUMBERS <= 2 * WINDOW


def reply(number: int, frame: bytes) -> bytes:
    """The camera's VISCA reply to what came with this number."""
    return pack(Type.REPLY, number, frame)


def _control_reply(number: int, payload: bytes) -> SonyAnswer:
    return SonyAnswer(pack(Type.CONTROL_REPLY, number, payload))
