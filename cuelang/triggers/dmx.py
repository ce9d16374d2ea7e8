"""The lighting door: levels of sACN and Art-Net fire triggers and drive cameras.

One socket for each protocol and address, however many universes are heard there. Of sACN each universe has a multicast
group of its own, and unicast is heard too; Art-Net comes by broadcast or unicast. Consoles send up to 44 times a
second, mostly the same: what has not changed costs next to nothing. Art-Net brings time code, too.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

from cuelang.clock import Clock, Handle
from cuelang.output.triggers import when_text
from cuelang.plan import OnDmx, Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.dmx import SILENCE_NS, DmxTimecode, Levels, Universe, artnet, sacn, timecode
from cuelang.protocols.label_chaser import LabelChaser
from cuelang.transports.datagrams import DatagramAdapter
from cuelang.triggers.access import InputAccess, Seldom, cannot_open, subject
from cuelang.triggers.dmx_table import DmxTable
from cuelang.triggers.ears import DRIVES, WAITS, Ears
from cuelang.triggers.joystick import CENTRE_LEVELS, Joysticks
from cuelang.triggers.timecode_table import TimecodeTable
from cuelang.units import NS

PORTS = {"sacn": 5568, "artnet": 6454}


class _Input:
    """One input of the sheet: a universe, and what was heard of it last."""

    def __init__(self, access: InputAccess) -> None:
        self.access = access
        at = access.port.at
        self.scheme, self.number, self.host = at.scheme, int(at.name), at.host
        self.priority, self.stream = int(at.option("priority", "0")), int(at.option("stream", "0"))
        self.universe = Universe()
        self.levels: bytes | None = None
        self.centred: set[int] = set()
        """Channels that have been at their centre since they were heard: only these drive."""
        self.expiry: Handle | None = None


class _Code:
    """The time code of one stream that comes to one address, and who sends it: one machine at a time is followed."""

    def __init__(self, sender: str) -> None:
        self.sender, self.heard = sender, 0
        self.chaser = LabelChaser()


class DmxDoor:
    """All lighting inputs of a show.

    `deliver` gets each request, `settled` each verdict that is given here (a captured number that is not a cue),
    `problem` what the operator should know. `sticks` gets the channels that drive.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        sticks: Joysticks,
        *,
        environ: Mapping[str, str] = os.environ,
        ears: Ears | None = None,
    ) -> None:
        self._clock, self._environ = clock, environ
        self._deliver, self._settled, self._problem, self._sticks = deliver, settled, problem, sticks
        self._refused = Seldom(10 * NS)
        self._ears = ears or Ears(clock)
        self._plan, self._table, self._timed = plan, DmxTable(plan), TimecodeTable(plan)
        self._codes: dict[tuple[str, int], _Code] = {}
        self._started = False
        self._inputs: list[_Input] = []
        self._links: dict[tuple[str, str], asyncio.DatagramTransport] = {}

    async def open(self, ports: Mapping[str, int] = PORTS) -> None:
        """Listen for every input. Raises InputError, with none left open, if one cannot be opened."""
        for port in _inputs(self._plan):
            one = _Input(self._access(port))
            if port.passcode and not port.allow:
                self._problem(f"{subject(port)} is not open: this protocol has no passcode. Use `allow`.")
                continue
            try:
                await self._listen(one, ports[one.scheme])
            except OSError as error:
                self.close()
                raise cannot_open(port, error) from error
            self._inputs.append(one)

    def start(self) -> None:
        """The show is there: what comes from now on counts."""
        self._started = True

    def _access(self, port: Port) -> InputAccess:
        return InputAccess(Port(port.name, port.at, port.origin, port.allow), self._environ, self._problem)

    async def _listen(self, one: _Input, port: int) -> None:
        key = (one.scheme, one.host)
        if key not in self._links:
            loop = asyncio.get_running_loop()
            link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ears = DatagramAdapter(lambda data, sender: self.packet(key, data, sender[0]))
            try:
                link.setblocking(False)
                link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # consoles on this machine listen too
                link.bind((one.host, port))
                transport, _ = await loop.create_datagram_endpoint(lambda: ears, sock=link)
            except OSError:
                link.close()
                raise
            self._links[key] = transport
        if one.scheme == "sacn":
            group = socket.inet_aton(f"239.255.{one.number >> 8}.{one.number & 255}")
            member = struct.pack("4s4s", group, socket.inet_aton(one.host))
            link = self._links[key].get_extra_info("socket")
            with suppress(OSError):  # no network yet: unicast is heard all the same
                link.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where it listens: the names of its inputs, with host and port."""
        return {
            one.access.port.name: self._links[one.scheme, one.host].get_extra_info("sockname")[:2]
            for one in self._inputs
        }

    def close(self) -> None:
        for one in self._inputs:
            if one.expiry is not None:
                one.expiry.cancel()
            self._sticks.gone(one.access.port.name)
        for link in self._links.values():
            link.close()
        self._inputs, self._links, self._codes = [], {}, {}

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on, and other `allow` lines. Another universe needs a new start."""
        self._plan, self._table, self._timed = plan, DmxTable(plan), TimecodeTable(plan)
        wanted = {(port.name, port.url): port for port in _inputs(plan)}
        for one in self._inputs:
            old = one.access.port
            port = wanted.pop((old.name, old.url), None)
            if port is None:
                self._problem(f"{subject(old)} stays open until the show is started again.")
            elif port.allow != old.allow:
                one.access = self._access(port)
        for port in wanted.values():
            self._problem(f"{subject(port)} is opened when the show is started again.")

    # --- what comes in -------------------------------------------------------------------------------------

    def packet(self, key: tuple[str, str], data: bytes, host: str) -> None:
        """One datagram that came to the socket of a protocol and an address. Never raises."""
        if not self._started:
            return
        code = timecode(data) if key[0] == "artnet" else None
        if code is not None:
            self._runs(key[1], code, host)
            return
        said = sacn(data) if key[0] == "sacn" else artnet(data, host.encode())
        if said is None:
            return
        for one in self._inputs:
            if (one.scheme, one.host) == key and one.number == said.universe and said.priority >= one.priority:
                self._heard(one, said, host)

    def _runs(self, address: str, code: DmxTimecode, host: str) -> None:
        """Time code came to this address of ours. It belongs to no universe: every input there receives it."""
        inputs = [
            one
            for one in self._inputs
            if (one.scheme, one.host, one.stream) == ("artnet", address, code.stream)
            and self._may("Time code", one, host)
        ]
        if not inputs:
            return
        now = self._clock.now()
        known = self._codes.get((address, code.stream))
        if known is None or (known.sender != host and now - known.heard > SILENCE_NS):
            known = self._codes[address, code.stream] = _Code(host)
        if known.sender != host:
            if self._refused.ready(now):
                self._problem(
                    f"Time code from {host} is not followed while {known.sender} sends it, too{self._refused.others()}."
                )
            return
        known.heard = now
        span = known.chaser.label(code.rate, code.label, self._clock.received())
        if span is not None:
            names = [one.access.port.name for one in inputs]
            for name in names:
                self._ears.runs(name, "artnet", span)
            open_to = [name for name in names if not self._ears.muted(name)]
            found = self._timed.ran(span, "artnet", open_to or names)
            self._tell([self._ears.let_in("" if open_to else names[0], one) for one in found])

    def _may(self, what: str, one: _Input, host: str) -> bool:
        stranger = one.access.stranger(host)
        if stranger and self._refused.ready(self._clock.now()):
            self._problem(f"{what} from {host} is ignored: {stranger}{self._refused.others()}.")
        return not stranger

    def _heard(self, one: _Input, said: Levels, host: str) -> None:
        now = self._clock.now()
        if not self._may("DMX", one, host):
            return
        if one.universe.take(said, now):
            self._look(one)
        if one.expiry is None and one.universe.due is not None:
            one.expiry = self._clock.at(one.universe.due, self._expire, one)

    def _expire(self, one: _Input) -> None:
        one.expiry = None
        if one.universe.expire(self._clock.now()):
            self._look(one)
        if one.universe.due is not None:
            one.expiry = self._clock.at(one.universe.due, self._expire, one)

    def _look(self, one: _Input) -> None:
        before, after = one.levels, one.universe.levels()
        one.levels = after
        name, now = one.access.port.name, self._clock.now()
        if after is None:
            one.centred.clear()
            self._sticks.gone(name)
            return
        for channel in self._sticks.channels:
            level = after[channel - 1]
            if level in CENTRE_LEVELS:
                one.centred.add(channel)
            if (before is None or before[channel - 1] != level) and not self._ears.muted(name):
                self._sticks.faded(channel, level, name, now, centred=channel in one.centred)
        if before is not None and before != after:
            muted = self._ears.muted(name)
            for channel in self._sticks.faders.channels:
                if before[channel - 1] != after[channel - 1]:
                    self._sticks.faders.dmx(channel, after[channel - 1], name, self._clock.received(), muted=muted)
            found = self._table.changed(before, after, name, self._clock.received())
            self._tell(self._listened(name, one.scheme, before, after, found))

    def _listened(
        self, name: str, scheme: str, before: bytes, after: bytes, found: list[Request | Verdict]
    ) -> list[Request | Verdict]:
        """Of the channels that no trigger is about the first is shown; a console may change all at once."""
        changed = [at for at in range(len(after)) if before[at] != after[at]]
        mine = next((at for at in changed if at + 1 in self._table.channels), None)
        strange = next((at for at in changed if at + 1 not in self._table.channels), None)
        if strange is not None:
            self._ears.heard(name, scheme, lambda: _line(strange, after), [])
        if mine is None:
            return found
        taken = "" if found else DRIVES if mine + 1 in self._drives else WAITS
        return self._ears.heard(name, scheme, lambda: _line(mine, after), found, taken=taken)

    @property
    def _drives(self) -> frozenset[int]:
        return self._sticks.faders.channels.union(self._sticks.channels)

    def _tell(self, found: list[Request | Verdict]) -> None:
        for one in found:
            if isinstance(one, Request):
                self._deliver(one)
            else:
                self._settled(one)


def _line(at: int, levels: bytes) -> tuple[str, str]:
    return when_text(OnDmx(at + 1, equals=levels[at])), ""


def _inputs(plan: Plan) -> list[Port]:
    return [port for port in plan.inputs if port.kind == "dmx"]
