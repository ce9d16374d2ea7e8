"""The inputs of a sheet together: opened, loaded again and closed in one order, for a show and for `cuelang listen`.

Ports are bound first (`listen`), so that one that is in use is reported at once; what is looked for (MIDI ports, sound
devices, brokers) is looked for once there is a screen for the news (`start`).
"""

from __future__ import annotations

from collections.abc import Callable

from cuelang.commands import TallyMode
from cuelang.plan import Plan
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.http import HttpDoor
from cuelang.triggers.ltc import LtcDoor
from cuelang.triggers.midi import MidiDoor
from cuelang.triggers.mqtt import MqttDoor
from cuelang.triggers.osc import OscDoor
from cuelang.triggers.tsl import TallyDoor


class Inputs:
    """One door for each kind of input. Each does nothing in a sheet without such an input."""

    def __init__(
        self,
        *,
        osc: OscDoor,
        tally: TallyDoor,
        http: HttpDoor,
        dmx: DmxDoor,
        midi: MidiDoor,
        ltc: LtcDoor,
        mqtt: MqttDoor,
    ) -> None:
        self.osc, self.tally, self.http, self.dmx = osc, tally, http, dmx
        self.midi, self.ltc, self.mqtt = midi, ltc, mqtt

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where the inputs listen that have a socket, but for tally."""
        return {**self.osc.addresses, **self.http.addresses, **self.dmx.addresses}

    async def listen(self) -> None:
        """Bind the ports. Raises InputError, with none left open, if one cannot be opened."""
        try:
            await self.tally.open()
            await self.http.open()
            await self.dmx.open()
            await self.osc.open()
        except BaseException:
            await self.close()
            raise

    def start(self, on_air: Callable[[str, TallyMode, str], None]) -> None:
        """From now on what comes in counts. `on_air` gets the mode of a camera and the input that says it."""
        self.tally.start(on_air)
        self.http.start()
        self.dmx.start()
        self.midi.open()
        self.ltc.open()
        self.mqtt.open()

    def reload(self, plan: Plan) -> None:
        self.osc.reload(plan)
        self.tally.reload(plan)
        self.http.reload(plan)
        self.midi.reload(plan)
        self.ltc.reload(plan)
        self.mqtt.reload(plan)
        self.dmx.reload(plan)

    async def close(self) -> None:
        self.osc.close()
        self.tally.close()
        self.dmx.close()
        await self.http.close()
        await self.midi.close()
        await self.ltc.close()
        await self.mqtt.close()
