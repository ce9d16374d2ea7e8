"""One OSC message with all that its way through the input needs to know of it: its address is read once."""

from __future__ import annotations

from msgspec import Struct

from cuelang.protocols import qlab
from cuelang.protocols.osc import Argument
from cuelang.protocols.osc_decode import OscMessage
from cuelang.triggers.access import InputAccess
from cuelang.triggers.osc_client import Client


class Heard(Struct, frozen=True, eq=False):
    """`sent` is the address as it came; `workspace` is the one that it names (empty: none) and `address` the rest.
    `asked` is what it means in QLab's form, None if it has not got that. `received` in loop ns."""

    sent: str
    workspace: str
    address: str
    asked: qlab.QLabMethod | None
    arguments: tuple[Argument, ...]
    timetag: int | None
    gate: InputAccess
    client: Client
    source: str
    received: int

    @classmethod
    def of(cls, message: OscMessage, gate: InputAccess, client: Client, source: str, received: int) -> Heard:
        timetag, sent, arguments = message
        workspace, address = qlab.plain(sent)
        asked = qlab.asked(address, arguments)
        return cls(sent, workspace, address, asked, arguments, timetag, gate, client, source, received)

    def __str__(self) -> str:
        return f"{self.source}: {self.sent[:60]}"
