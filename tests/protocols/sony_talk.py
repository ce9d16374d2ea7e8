"""Both ends of a Sony session, with time as a number."""

from __future__ import annotations

from cuelang.protocols.sony import session as sessions
from cuelang.protocols.sony.session import SonyEventKind, SonySession
from cuelang.units import MS

HOME, BY = "81 01 06 04 FF", "81 01 06 03 0A 0A 00 00 01 00 00 00 00 00 FF"
STOP, POWER = "81 01 06 01 01 01 03 03 FF", "81 09 04 00 FF"
RESET, RESET_DONE = "02 00 00 01 00 00 00 00 01", "02 01 00 01 00 00 00 00 01"


def command(number: int, frame: str) -> str:
    return f"01 00 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def inquiry(number: int, frame: str) -> str:
    return f"01 10 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def reply(number: int, frame: str) -> str:
    return f"01 11 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def refusal(number: int, code: str = "0F 01") -> str:
    return f"02 01 00 02 00 00 00 {number:02X} {code}"


class Talk:
    def __init__(self) -> None:
        self.session: SonySession[str] = SonySession()
        self.now = 0
        self.wire: list[str] = []
        self.told: list[tuple[str, str | None, str]] = []
        self._handle(self.session.start(0))

    def sends(self, key: str, frame: str, within: int | None = None, **how: bool) -> None:
        until = None if within is None else self.now + within * MS
        self._handle(self.session.send(key, bytes.fromhex(frame), self.now, until=until, **how))

    def hears(self, *datagrams: str) -> None:
        for datagram in datagrams:
            self._handle(self.session.receive(bytes.fromhex(datagram), self.now))

    def passes(self, ms: int) -> None:
        self.now += ms * MS
        self._handle(self.session.wake(self.now))

    def resets(self) -> None:
        """The session's own RESET goes its way, and nothing but it."""
        if not self.wire:
            self.passes(self.waits())
        self.expects(RESET)
        self.hears(RESET_DONE)
        self.passes(self.waits())
        assert self.session.ready

    def waits(self) -> int:
        assert self.session.deadline is not None
        return (self.session.deadline - self.now) // MS

    def expects(self, *datagrams: str) -> None:
        assert self.wire == list(datagrams)
        self.wire = []

    def news(self) -> list[tuple[str, str | None, str]]:
        told, self.told = self.told, []
        return told

    def _handle(self, events: list[sessions.SonyEvent[str]]) -> None:
        for kind, key, data in events:
            if kind is SonyEventKind.SEND:
                self.wire.append(data.hex(" ").upper())
            else:
                self.told.append((kind.name.lower(), key, data.hex(" ").upper()))
