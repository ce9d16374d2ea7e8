"""The MIDI door: ports by name, plugged in and out while the show runs.

mido's backend calls from threads of its own; what a message says is read there, and only what means something hops
onto the loop. The ports are looked through every two seconds on a thread, for that can take long and some systems
answer slowly while a device is being plugged in. A port that has gone takes its sticks with it: what they drive
stops.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from cuelang.clock import Clock
from cuelang.plan import Plan, Port
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.midi import Event, Hit, Located, Quarter, ShowControl, read
from cuelang.protocols.timecode import Chaser
from cuelang.transports import midi as ports
from cuelang.triggers.access import subject
from cuelang.triggers.joystick import Joysticks
from cuelang.triggers.midi_table import MidiTable
from cuelang.units import NS

SCAN = 2 * NS
MOST = 1000
"""Messages of one port that wait for the loop; a cable that feeds a port back into itself sends more than that."""


class _Input:
    """One input of the sheet, with its port while it is there."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.wanted = port.url.partition(":")[2].strip()
        self.name = ""
        self.device: Any = None
        self.chaser = Chaser()
        self.waiting = 0
        self.lost = 0
        self.said = ""


class MidiDoor:
    """All MIDI inputs of a show.

    `deliver` gets each request, `settled` each verdict that is given here (a captured number that is not a cue),
    `problem` what the operator should know; all on the loop. `hands` gets the controllers.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        deliver: Callable[[Request], object],
        settled: Callable[[Verdict], None],
        problem: Callable[[str], None],
        hands: Joysticks,
        *,
        every: int = SCAN,
    ) -> None:
        self._clock, self._every = clock, every
        self._deliver, self._settled, self._problem = deliver, settled, problem
        self._hands = hands
        self._table = MidiTable(plan)
        self._inputs: list[_Input] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._declare(plan)

    @property
    def connected(self) -> dict[str, str]:
        """The inputs that are there, with the names of their ports."""
        return {one.port.name: one.name for one in self._inputs if one.device is not None}

    def open(self) -> None:
        """Look for the ports from now on. It costs nothing in a show without MIDI."""
        self._loop = asyncio.get_running_loop()
        if self._inputs and (self._keeping is None or self._keeping.done()):
            self._keeping = self._loop.create_task(self._keep())

    async def close(self) -> None:
        """Hear no more; what sticks drive stops."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None
        for one in self._inputs:
            await self._close(one)

    def reload(self, plan: Plan) -> None:
        """Other triggers from now on; inputs that are new are looked for, those that have gone are closed."""
        self._table.load(plan)
        self._hands.load(plan)
        self._declare(plan)
        self.open()

    def _declare(self, plan: Plan) -> None:
        wanted = {(port.name, port.url): port for port in plan.inputs if port.url.startswith("midi:")}
        self._gone = [one for one in self._inputs if (one.port.name, one.port.url) not in wanted]
        kept = {(one.port.name, one.port.url): one for one in self._inputs}
        self._inputs = [kept.get(key) or _Input(port) for key, port in wanted.items()]

    # --- ports ---------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            try:
                await self._look()
            except ports.NoMidi as error:
                for one in self._inputs:
                    self._say(one, f"{subject(one.port)} is not open: {error}.")
                return
            await self._clock.sleep_until(self._clock.now() + self._every)

    async def _look(self) -> None:
        gone, self._gone = self._gone, []
        for one in gone:
            await self._close(one)
        names = await asyncio.to_thread(ports.input_names)
        for one in self._inputs:
            if one.lost:
                self._problem(f"{subject(one.port)} sends too much: {one.lost} messages were dropped.")
                one.lost = 0
            if one.device is not None and (one.name not in names or one.device.closed):
                await self._close(one)
                self._say(one, f"{subject(one.port)} was unplugged; it is used again when it is plugged in.")
            elif one.device is None:
                await self._find(one, names)

    async def _find(self, one: _Input, names: list[str]) -> None:
        try:
            one.name = ports.choose(one.wanted, names)
            one.chaser = Chaser()
            one.device = await asyncio.to_thread(ports.open_input, one.name, lambda message: self._called(one, message))
        except ports.NoPort as error:
            self._say(one, f"{subject(one.port)} is not connected yet: {error}.")
        else:
            if one.said:
                self._say(one, f"{subject(one.port)} is connected: {one.name}.")
                one.said = ""

    async def _close(self, one: _Input) -> None:
        device, one.device = one.device, None
        self._hands.gone(one.port.name)
        if device is not None:
            await asyncio.to_thread(device.close)

    def _say(self, one: _Input, text: str) -> None:
        if text != one.said:
            one.said = text
            self._problem(text)

    # --- what comes in -------------------------------------------------------------------------------------

    def _called(self, one: _Input, message: Any) -> None:
        """On the backend's thread."""
        event = read(message)
        if event is None or self._loop is None:
            return
        if one.waiting >= MOST:
            one.lost += 1
            return
        one.waiting += 1
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._on_loop, one, event)

    def _on_loop(self, one: _Input, event: Event) -> None:
        one.waiting -= 1
        if one.device is not None or one in self._inputs:
            self.hear(one.port.name, event, one.chaser)

    def hear(self, name: str, event: Event, chaser: Chaser) -> None:
        """What an input of this name said; `chaser` follows its time code."""
        now = self._clock.received()
        match event:
            case Located(rate=rate, label=label):
                chaser.located(rate, *label)
            case Quarter(piece=piece, nibble=nibble):
                span = chaser.quarter(piece, nibble, now)
                if span is not None:
                    for one in self._table.ran(span, name):
                        self._tell(one)
            case Hit() | ShowControl():
                found = self._table.find(event, name, now)
                if found is not None:
                    self._tell(found)
                if isinstance(event, Hit):
                    self._hands.moved(event, name, self._clock.now())

    def _tell(self, found: Request | Verdict) -> None:
        if isinstance(found, Request):
            self._deliver(found)
        else:
            self._settled(found)
