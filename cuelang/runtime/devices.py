"""The devices of a running show: its cameras, its switchers and its outputs."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from cuelang.plan import Plan
from cuelang.runtime.cameras import Cameras
from cuelang.runtime.given import ShowLines
from cuelang.runtime.outputs import Outputs
from cuelang.runtime.switchers import Switchers


class Devices(Struct, frozen=True):
    """What effects are carried out by."""

    cameras: Cameras
    switchers: Switchers
    outputs: Outputs

    @property
    def busy(self) -> bool:
        """Whether the outcome of any command or order is still to come by itself."""
        return self.cameras.busy or self.switchers.busy

    def load(self, plan: Plan, lines: ShowLines) -> None:
        """Those of another plan. One that it does not have any more may be at work still: it stays open until the
        end."""
        self.outputs.load(lines.outputs)
        self.cameras.load(lines.drivers)
        self.switchers.load(plan, lines.switchers)

    async def open(self) -> None:
        """Open every line at the same time. A device that does not answer is not waited for. Outputs are opened by
        those who made them."""
        await asyncio.gather(self.switchers.open(), self.cameras.open())

    async def close(self) -> None:
        await asyncio.gather(self.switchers.close(), self.cameras.close())
        self.outputs.close()
