"""The tally door: what a switcher says is on air drives lights and interlock, by `tally_index` and its screen.

Switchers send to us: datagrams, or a connection that they open and keep. Packets that come before the show is there
are remembered, for many senders speak only when something changes. A connection that ends changes nothing: what
was last reported is kept, and the operator is informed.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from cuelang.clock import Clock
from cuelang.commands import TallyMode
from cuelang.plan import Plan, Port
from cuelang.protocols.tsl import EVERY, TslLamp, TslMalformed, TslStream, parse
from cuelang.transports.datagrams import DatagramAdapter, Sender
from cuelang.transports.listening import bound
from cuelang.triggers.access import InputAccess, Seldom, cannot_open, subject
from cuelang.triggers.ears import Ears
from cuelang.triggers.limits import Newest
from cuelang.units import NS

DEFAULT_PORT = 8900
SENDERS = 32
"""Connections to one input at a time."""
DISPLAYS = 8192
"""Displays that are remembered, for cameras of a later reload; beyond that the one that was said longest ago goes."""


class _Heard:
    """What both kinds of sender have in common."""

    def __init__(self, door: TallyDoor, gate: InputAccess) -> None:
        self.door, self.gate = door, gate
        self.clients: set[asyncio.Transport] = set()

    def admits(self, host: str) -> bool:
        reason = self.gate.refusal(host)
        if reason and self.door.refused.ready(self.door.clock.now()):
            self.door.problem(f"Tally from {host} is ignored: {reason}{self.door.refused.others()}.")
        return not reason

    def datagram(self, data: bytes, sender: Sender) -> None:
        if self.admits(sender[0]):
            self.door.packet(data, f"tsl udp {sender[0]}:{sender[1]}", self.gate.port.name)


class _Connection(asyncio.Protocol):
    def __init__(self, heard: _Heard) -> None:
        self._heard, self._stream, self._source = heard, TslStream(), ""
        self._transport: asyncio.Transport | None = None
        self._spoke = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        host, number, *_ = transport.get_extra_info("peername") or ("", 0)
        self._source = f"tsl tcp {host}:{number}"
        if not self._heard.admits(host) or len(self._heard.clients) >= SENDERS:
            transport.abort()
            return
        self._transport = transport
        self._heard.clients.add(transport)

    def data_received(self, data: bytes) -> None:
        for packet in self._stream.feed(data):
            self._spoke = True
            self._heard.door.packet(packet, self._source, self._heard.gate.port.name)
        if self._stream.skipped:
            self._heard.door.malformed(self._source, f"{self._stream.skipped} invalid bytes")
            self._stream.skipped = 0

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is None:
            return
        self._heard.clients.discard(self._transport)
        if self._stream.held and not self._spoke:
            self._heard.door.malformed(self._source, f"{self._stream.held} invalid bytes")
        if self._spoke and not self._heard.door.closing:
            port = self._heard.gate.port
            self._heard.door.problem(
                f"{subject(port)}: the switcher ({self._source}) has closed its connection. Its last tally state is"
                " kept."
            )


class TallyDoor:
    """All tally inputs of a show. `problem` gets what the operator should know."""

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        problem: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
        ears: Ears | None = None,
    ) -> None:
        self.ears = ears or Ears(clock)
        self.clock, self.problem, self._environ = clock, problem, environ
        self.refused, self._bad = Seldom(10 * NS), Seldom(10 * NS)
        self.closing = False
        self._plan = plan
        self._on_air: Callable[[str, TallyMode, str], None] | None = None
        self._lamps: dict[str, Newest[tuple[int, int], tuple[int, TallyMode]]] = {}
        """Of each input, by screen and index, of which each may be EVERY: how many lamps were said before it, and what
        it said."""
        self._said = 0
        self._elsewhere: set[int] = set()
        """Screens of which it was told that no camera is on them."""
        self._told: dict[tuple[str, str], TallyMode] = {}
        self._open: list[tuple[_Heard, asyncio.DatagramTransport | asyncio.Server]] = []

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where it listens: the names of its inputs, with host and port."""
        found: dict[str, tuple[str, int]] = {}
        for heard, end in self._open:
            where = end.sockets[0].getsockname() if isinstance(end, asyncio.Server) else end.get_extra_info("sockname")
            found.setdefault(heard.gate.port.name, where[:2])
        return found

    async def open(self) -> None:
        """Listen on every input. Raises InputError, with none left open, if one cannot be opened."""
        for port in _inputs(self._plan):
            try:
                await self._listen(port)
            except (OSError, ValueError) as error:
                self.close()
                raise cannot_open(port, error) from error

    async def _listen(self, port: Port) -> None:
        if port.passcode and not port.allow:
            self.problem(f"{subject(port)} is not open: tally has no passcode. Use `allow`.")
            return
        heard = _Heard(self, self._gate(port))
        at, loop = port.at, asyncio.get_running_loop()
        host, number = at.host or "127.0.0.1", DEFAULT_PORT if at.port is None else at.port
        if at.scheme == "tsl+udp":
            for link in await bound(host, number, socket.SOCK_DGRAM):
                transport, _ = await loop.create_datagram_endpoint(lambda: DatagramAdapter(heard.datagram), sock=link)
                self._open.append((heard, transport))
        else:
            for link in await bound(host, number, socket.SOCK_STREAM):
                self._open.append((heard, await loop.create_server(lambda: _Connection(heard), sock=link)))

    def _gate(self, port: Port) -> InputAccess:
        return InputAccess(replace(port, passcode=None), self._environ, self.problem)

    def start(self, on_air: Callable[[str, TallyMode, str], None]) -> None:
        """The show is there: from now on it gets everything, first what was received before."""
        self._on_air = on_air
        self._tell()

    def close(self) -> None:
        self.closing = True
        for heard, end in self._open:
            end.close()
            for client in tuple(heard.clients):
                client.abort()
        self._open = []

    def reload(self, plan: Plan) -> None:
        """Other cameras and indexes from now on. An input with another address needs a new start."""
        wanted = {(port.name, port.url): port for port in _inputs(plan)}
        for heard in dict.fromkeys(heard for heard, _ in self._open):
            old = heard.gate.port
            port = wanted.pop((old.name, old.url), None)
            if port is None:
                self.problem(f"{subject(old)} stays open until the show is restarted.")
            elif port.allow != old.allow:
                heard.gate = self._gate(port)
        for port in wanted.values():
            self.problem(f"{subject(port)} opens when the show is restarted.")
        self._plan = plan
        self._told = {}
        self._tell()

    # --- what comes in -------------------------------------------------------------------------------------

    def packet(self, data: bytes, source: str, name: str = "") -> None:
        """One packet of a sender that may speak to the input of this name."""
        try:
            lamps = parse(data)
        except TslMalformed as error:
            self.malformed(source, str(error))
            return
        known = self._lamps.setdefault(name, Newest(DISPLAYS))
        for lamp in lamps:
            before = known.get((lamp.screen, lamp.index))
            if before is None or before[1] != lamp.mode:
                self._listened(lamp, name, source)
            self._said += 1
            known.keep((lamp.screen, lamp.index), (self._said, lamp.mode))
            self._elsewhere_said(lamp, source)
        self._tell()

    def _listened(self, lamp: TslLamp, name: str, source: str) -> None:
        names = [
            camera.name
            for camera in self._plan.cameras
            if lamp.index in (camera.tally_index, EVERY) and lamp.screen in (camera.tally_screen, EVERY)
        ]
        screen = f" screen {lamp.screen}" if lamp.screen else ""
        self.ears.heard(
            name,
            source,
            lambda: (f"tally_index {lamp.index}{screen}", lamp.mode),
            [],
            taken=f"tally of {', '.join(names)}" if names else "",
        )

    def _elsewhere_said(self, lamp: TslLamp, source: str) -> None:
        """A display whose index is a camera's, but not its screen, is probably that camera's."""
        cameras = [camera for camera in self._plan.cameras if camera.tally_index == lamp.index]
        if not cameras or lamp.screen in (EVERY, *self._elsewhere, *(camera.tally_screen for camera in cameras)):
            return
        if len(self._elsewhere) < SENDERS:
            self._elsewhere.add(lamp.screen)
            self.problem(
                f"{source}: tally of display {lamp.index} on screen {lamp.screen} belongs to no camera. If it is that"
                " of "
                f"{cameras[0].name}, write `tally_index {lamp.index} screen {lamp.screen}`."
            )

    def malformed(self, source: str, reason: str) -> None:
        if self._bad.ready(self.clock.now()):
            self.problem(f"{source}: ignored a non-tally packet: {reason}{self._bad.others()}.")

    def _tell(self) -> None:
        if self._on_air is None:
            return
        for name, known in self._lamps.items():
            for camera in self._plan.cameras:
                if camera.tally_index is None:
                    continue
                screens, indexes = (camera.tally_screen, EVERY), (camera.tally_index, EVERY)
                keys = ((screen, index) for screen in screens for index in indexes)
                last = max((known[key] for key in keys if key in known), default=None)
                if last is not None and self._told.get((name, camera.name)) != last[1]:
                    self._told[name, camera.name] = last[1]
                    self._on_air(camera.name, last[1], name)


def _inputs(plan: Plan) -> list[Port]:
    return [port for port in plan.inputs if port.kind == "tsl"]
