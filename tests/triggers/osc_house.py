"""A show in virtual time behind an OSC door, and clients that keep what they are sent."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pythonosc.osc_message import OscMessage

from cuelang.address import port_at
from cuelang.clock import current, run
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan, Port
from cuelang.protocols.osc_encode import encode
from cuelang.rig import SwitcherRig
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.source import NOWHERE, Source
from cuelang.triggers.access import ALL, NONE, InputAccess
from cuelang.triggers.osc import DEFAULT_INPUT, OscDoor
from cuelang.triggers.osc_client import Client, sender_limit
from cuelang.triggers.osc_wire import UdpInput
from cuelang.units import NS

SHEET = """
show "Twelfth Night"
    go_window 500ms
camera foh "sim://foh"
cue 1 "If music be the food of love"
    wait 4s
cue 2 "Orsino, close"
    standby "Stand by camera."
    wait 10s
    follow after 2s
cue 2.5 "Viola"
    tally foh program
cue 20
    disabled
    note "never"
"""


def plan_of(sheet: str) -> Plan:
    compiled = Compiler(Library()).compile(Source("night.cues", sheet))
    assert compiled.plan is not None, compiled.diagnostics
    return compiled.plan


class Guest:
    """A client on a connection of its own."""

    def __init__(self, house: House, name: str = "osc tcp 10.0.0.7:5000", gate: InputAccess | None = None) -> None:
        self.house = house
        self.packets: list[bytes] = []
        self.gate = gate or house.gate
        self.client = Client(name, "10.0.0.7", True, self._take, sender_limit(current().now()))
        self.client.rights = ALL if self.gate.open else NONE

    def _take(self, packet: bytes) -> bool:
        self.packets.append(packet)
        return True

    async def ask(self, address: str, *arguments: int | float | str) -> list[tuple[str, list[Any]]]:
        """Send a message; what comes back until the loop has nothing more to do."""
        self.packets.clear()
        self.house.door.packet(self.gate, self.client, encode(address, arguments), self.client.name)
        await current().sleep_until(current().now() + 1)
        return self.got

    @property
    def got(self) -> list[tuple[str, list[Any]]]:
        messages = [OscMessage(packet) for packet in self.packets]
        return [(message.address, list(message.params)) for message in messages]

    async def reply(self, address: str, *arguments: int | float | str) -> dict[str, Any]:
        """The one reply to a question."""
        replies = [r for r in await self.ask(address, *arguments) if r[0].startswith("/reply")]
        ((where, (text,)),) = replies
        found: dict[str, Any] = json.loads(text)
        assert where == f"/reply{address}" and found["address"].rpartition("/")[2] == address.rpartition("/")[2]
        return found

    async def data(self, address: str, *arguments: int | float | str) -> Any:
        found = await self.reply(address, *arguments)
        assert found["status"] == "ok", found
        return found["data"]


class House:
    def __init__(
        self, sheet: str = SHEET, *, port: Port = DEFAULT_INPUT, environ: dict[str, str] | None = None
    ) -> None:
        clock = current()
        self.plan = plan_of(sheet)
        self.sink = MemorySink()
        self.problems: list[str] = []
        self.door: OscDoor
        self.executor = Executor(
            self.plan,
            ShowLines(switchers=SwitcherRig(simulate=True).take(self.plan)),
            log=AsRun(self.sink, clock),
            clock=clock,
            hooks=Hooks(on_effect=lambda effect: self.door.effect(effect)),
        )
        self.door = OscDoor(
            self.plan,
            clock,
            self.executor.request,
            self.executor.settled,
            lambda a, _, _s: self.executor.osc(a),
            self.problems.append,
            view=self.executor.view,
        )
        self.gate = InputAccess(port, environ or {}, self.problems.append)
        self.ears = UdpInput(self.door, self.gate)
        self.door._inputs.append(self.ears)

    @property
    def verdicts(self) -> list[str]:
        """`go 2 fired`, in order."""
        return [f"{r['request']} {r['verdict']}" for r in map(as_json, self.sink.records) if r["kind"] == "trigger"]


def at_house(act: Callable[[House], Awaitable[None]], sheet: str = SHEET, **options: Any) -> None:
    """Play a scene in virtual time."""

    async def main() -> None:
        await act(House(sheet, **options))

    run(main(), kind="virtual")


async def after(seconds: float) -> None:
    await current().sleep_until(current().now() + int(seconds * NS))


GUARDED = Port("desk", port_at("osc+udp://0.0.0.0:53000"), NOWHERE, passcode="OSC_PASSCODE")
