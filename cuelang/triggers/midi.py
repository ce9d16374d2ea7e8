"""The MIDI door: ports by name, plugged in and out while the show runs.

mido's backend calls from threads of its own; what a message says is read there, and only what means something hops
onto the loop. A port that has gone takes its sticks with it: what they drive stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, assert_never

from cuelang.clock import Clock
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Hit, Located, MidiEvent, Quarter, ShowControl, read
from cuelang.protocols.timecode import Chaser
from cuelang.transports import midi as ports
from cuelang.triggers.access import subject
from cuelang.triggers.ears import DRIVES, WAITS, Ears
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.message_lines import midi_line
from cuelang.triggers.midi_table import MidiTable
from cuelang.triggers.plugged import SCAN_NS, PluggedDoor, PluggedInput


class _Input(PluggedInput):
    def __init__(self, port: Port) -> None:
        super().__init__(port)
        self.chaser = Chaser()
        self.lost = 0


class MidiDoor(PluggedDoor[_Input]):
    """All MIDI inputs of a show. A verdict is given here for a captured number that is not a cue; `hands` gets the
    controllers."""

    kind = "midi"

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        hands: Joysticks,
        *,
        every: int = SCAN_NS,
        ears: Ears | None = None,
    ) -> None:
        self._hands = hands
        self._table = MidiTable(plan)
        self._ears = ears or Ears(clock)
        super().__init__(plan, clock, deliver, settled, problem, every)

    def reload(self, plan: Plan) -> None:
        self._hands.load(plan)
        super().reload(plan)

    def _load(self, plan: Plan) -> None:
        self._table.load(plan)

    def _made(self, port: Port, plan: Plan) -> _Input:
        return _Input(port)

    # --- ports ---------------------------------------------------------------------------------------------

    async def _look(self) -> bool:
        try:
            names = await asyncio.to_thread(ports.input_names)
        except ports.NoMidi as error:
            for one in self._inputs:
                self._say(one, f"{subject(one.port)} is not open: {error}.")
            return False
        for one in self._inputs:
            if one.lost:
                self._problem(f"{subject(one.port)} sends too much: {one.lost} messages were dropped.")
                one.lost = 0
            if one.device is not None and (one.name not in names or one.device.closed):
                await self._unplugged(one)
            elif one.device is None:
                await self._find(one, names)
        return True

    async def _find(self, one: _Input, names: list[str]) -> None:
        one.chaser = Chaser()
        try:
            name = ports.choose(one.port.at.name, names)
            device = await asyncio.to_thread(ports.open_input, name, lambda message: self._called(one, message))
        except ports.NoPort as error:
            self._say(one, f"{subject(one.port)} is not connected yet: {error}.")
        else:
            self._plugged(one, name, device, "connected")

    async def _close(self, one: _Input) -> None:
        self._hands.gone(one.port.name)
        await super()._close(one)

    # --- what comes in -------------------------------------------------------------------------------------

    def _called(self, one: _Input, message: Any) -> None:
        """On the backend's thread."""
        event = read(message)
        if event is not None and not self._hand_over(one, self._heard, one, event):
            one.lost += 1

    def _heard(self, one: _Input, event: MidiEvent) -> None:
        self.hear(one.port.name, event, one.chaser)

    def hear(self, name: str, event: MidiEvent, chaser: Chaser) -> None:
        """What an input of this name said; `chaser` follows its time code."""
        now = self._clock.received()
        match event:
            case Located(rate=rate, label=label):
                chaser.located(rate, *label)
            case Quarter(piece=piece, nibble=nibble):
                span = chaser.quarter(piece, nibble, now)
                if span is not None:
                    self._ears.runs(name, "midi", span)
                    for one in self._table.ran(span, name):
                        self._tell(self._ears.let_in(name, one))
            case Hit() | ShowControl():
                self._asked(name, event, self._table.find(event, name, now))
            case _:
                assert_never(event)

    def _asked(self, name: str, event: Hit | ShowControl, found: Request | Verdict | None) -> None:
        muted = self._ears.muted(name)
        drives = isinstance(event, Hit) and self._hands.uses(event, name)
        sets = isinstance(event, Hit) and self._hands.faders.midi(event, name, self._clock.received(), muted=muted)
        waits = found is None and isinstance(event, Hit) and self._table.knows(event, name)
        done = self._ears.heard(
            name,
            "midi",
            lambda: midi_line(event),
            [] if found is None else [found],
            taken=DRIVES if drives or sets else WAITS if waits else "",
            spare=isinstance(event, Hit) and event.released,
        )
        for one in done:
            self._tell(one)
        if isinstance(event, Hit) and drives and not muted:
            self._hands.moved(event, name, self._clock.now())
