"""The OSC door: datagrams become requests.

A message is heard, looked up and delivered inside `datagram_received`, with nothing awaited in between: from the
packet to the camera's first byte it is one turn of the loop. A bundle that is dated ahead is held by the show's clock,
never slept for. Whatever is wrong with a packet is counted and told seldom; it never raises and never stalls.

Who may come in: an input with `allow` takes only senders of those networks; one with `passcode` only senders that have
sent `/connect "…"` before (QLab's way in), from the same machine.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cuelang.clock import NS, Clock, Handle
from cuelang.effects import Request, Verdict
from cuelang.plan import Plan, Port
from cuelang.protocols.osc import Argument, Malformed, Message, parse
from cuelang.source import NOWHERE
from cuelang.triggers.gate import HOSTS, Gate, Seldom, called, cannot_open, subject
from cuelang.triggers.osc_table import OscTable

DEFAULT_INPUT = Port("", "osc+udp://127.0.0.1:53000", NOWHERE)
DEFAULT_PORT = 53000

MAX_AHEAD = 60 * NS
"""A bundle dated further ahead comes from a clock that is wrong, not from a desk that plans."""
MAX_HELD = 1000
RECEIVE_BUFFER = 1 << 20

LATER = {
    "osc+tcp": "OSC over TCP",
    "midi": "MIDI",
    "tsl+udp": "tally over UDP",
    "tsl+tcp": "tally over TCP",
}
"""Inputs that the language knows and this version does not open yet."""

_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, door: OscDoor, gate: Gate) -> None:
        self.door, self.gate = door, gate
        self.transport: asyncio.DatagramTransport | None = None
        self.refused = Seldom(NS)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.door._received(self, data, addr)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.door._problem(f"{subject(self.gate.port)} is closed: {exc}.")


class OscDoor:
    """All OSC inputs of a show.

    `deliver` gets each request; `settled` each verdict that is given here (refused, no_cue); `heard` every message of
    a sender that may speak, before its trigger fires: address as sent, arguments, source. `problem` gets what the
    operator should know. All are called on the loop. `malformed` counts what could not be read.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], None],
        settled: Callable[[Verdict], None],
        heard: Callable[[str, tuple[Argument, ...], str], None],
        problem: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._clock, self._environ = clock, environ
        self._deliver, self._settled, self._heard, self._problem = deliver, settled, heard, problem
        self._plan = plan
        self._table = OscTable(plan, problem)
        self._receivers: list[_Receiver] = []
        self._held: set[Handle] = set()
        self._bad = Seldom(10 * NS)
        self._advised: set[str] = set()
        self.malformed = 0

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where it listens: the names of its inputs, with host and port."""
        return {
            receiver.gate.port.name: receiver.transport.get_extra_info("sockname")[:2]
            for receiver in self._receivers
            if receiver.transport is not None
        }

    async def open(self) -> None:
        """Listen on every input. Raises InputError, with none left open, if one cannot be opened."""
        for port in self._plan.inputs or (DEFAULT_INPUT,):
            scheme = urlsplit(port.url).scheme
            if scheme != "osc+udp":
                self._problem(f"{subject(port)} is not open: {LATER.get(scheme, scheme)} comes with a later version.")
                continue
            try:
                await self._listen(port)
            except (OSError, ValueError) as error:
                self.close()
                raise cannot_open(port, error) from error

    async def _listen(self, port: Port) -> None:
        receiver = _Receiver(self, Gate(port, self._environ, self._problem))
        where = urlsplit(port.url)
        local = (where.hostname or "127.0.0.1", DEFAULT_PORT if where.port is None else where.port)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: receiver, local_addr=local)
        receiver.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._receivers.append(receiver)

    def close(self) -> None:
        """Listen no more, and forget what was held."""
        for handle in self._held:
            handle.cancel()
        self._held.clear()
        for receiver in self._receivers:
            if receiver.transport is not None:
                receiver.transport.close()
        self._receivers = []

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on, and other `allow` lines. An input with another address needs a new start."""
        self._table.load(plan)
        wanted = {(port.name, port.url): port for port in plan.inputs or (DEFAULT_INPUT,)}
        for receiver in self._receivers:
            old = receiver.gate.port
            port = wanted.pop((old.name, old.url), None)
            if port is None:
                self._problem(f"{subject(old)} stays open until the show is started again.")
            elif (port.allow, port.passcode) != (old.allow, old.passcode):
                receiver.gate = Gate(port, self._environ, self._problem)
        for port in wanted.values():
            if urlsplit(port.url).scheme == "osc+udp":
                self._problem(f"{subject(port)} is opened when the show is started again.")
        self._plan = plan

    # --- what comes in -------------------------------------------------------------------------------------

    def _received(self, receiver: _Receiver, data: bytes, sender: tuple[str, int]) -> None:
        now, host = self._clock.now(), sender[0]
        refusal = receiver.gate.refusal(host)
        if refusal and not receiver.gate.port.passcode and not receiver.refused.ready(now):
            return
        source = f"osc udp {f'[{host}]' if ':' in host else host}:{sender[1]}"
        messages = parse(data)
        if isinstance(messages, Malformed):
            self.malformed += 1
            if self._bad.ready(now):
                self._problem(f"{source}: a packet that is no OSC was ignored: {messages.reason}{self._bad.others()}.")
            return
        for message in messages:
            if message.address == "/connect" and receiver.gate.port.passcode:
                self._connect(receiver, message, host, source, now)
            elif refusal:
                if not receiver.gate.port.passcode or receiver.refused.ready(now):
                    self._refuse(receiver, message, source, now, refusal + receiver.refused.others())
            elif message.timetag is None:
                self._hear(receiver, message, source, now)
            else:
                self._dated(receiver, message, source, now)
            refusal = receiver.gate.refusal(host)

    def _connect(self, receiver: _Receiver, message: Message, host: str, source: str, now: int) -> None:
        if not receiver.gate.connect(host, message.arguments) and receiver.refused.ready(now):
            self._problem(f"{source}: wrong passcode for {called(receiver.gate.port)}{receiver.refused.others()}.")

    def _dated(self, receiver: _Receiver, message: Message, source: str, now: int) -> None:
        assert message.timetag is not None
        wall = (self._clock.wall(UTC) - _NTP_EPOCH) // timedelta(microseconds=1)
        ahead = (message.timetag * NS >> 32) - wall * 1000
        if ahead <= 0:
            self._hear(receiver, message, source, now)
        elif ahead > MAX_AHEAD:
            reason = f"dated too far ahead: {ahead // NS} s, at most {MAX_AHEAD // NS} s; is the sender's clock right?"
            self._refuse(receiver, message, source, now, reason)
        elif len(self._held) >= MAX_HELD:
            self._refuse(receiver, message, source, now, f"{MAX_HELD} messages that are dated ahead wait already")
        else:
            self._hold(receiver, message, source, now + ahead)

    def _hold(self, receiver: _Receiver, message: Message, source: str, due: int) -> None:
        def now_due() -> None:
            self._held.discard(handle)
            self._hear(receiver, message, source, due)

        handle = self._clock.at(due, now_due)
        self._held.add(handle)

    def _refuse(self, receiver: _Receiver, message: Message, source: str, now: int, reason: str) -> None:
        """A verdict for what would have fired something; the rest is nobody's trigger."""
        name = receiver.gate.port.name
        found = self._table.find(message.address, message.arguments, name, source, now, peek=True)
        if found is not None:
            request = found if isinstance(found, Request) else found.request
            self._settled(Verdict(request, "refused", reason))

    def _hear(self, receiver: _Receiver, message: Message, source: str, received: int) -> None:
        _, address, arguments = message
        self._heard(address, arguments, source)
        found = self._table.find(address, arguments, receiver.gate.port.name, source, received)
        if isinstance(found, Request):
            self._deliver(found)
        elif found is not None:
            self._settled(found)
        match arguments:
            case (int() | float() as number, *_) if address == "/go" and not isinstance(number, bool):
                self._advise(source, number)

    def _advise(self, source: str, number: float) -> None:
        host = source.rpartition(":")[0]
        if host not in self._advised and len(self._advised) < HOSTS:
            self._advised.add(host)
            self._problem(
                f"{source} sent /go with the number {number}; it is taken as the cue. Other programs want a text: "
                f'/go "{number}", or /go/{number}.'
            )
