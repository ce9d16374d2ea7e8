"""MIDI out: `send keys "note" 60, 100`. What the words mean is in `protocols/midi.py`."""

from __future__ import annotations

import asyncio
from typing import Any

from cuelang.protocols.midi import message
from cuelang.transports import midi as ports

RETRY_AFTER_S = 2.0
"""Seconds between two looks for a port that is not there."""


class MidiOut:
    """A port by its name. It is looked for from `open` on until it is there, and again when it has gone."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._device: Any = None
        self._error = "its MIDI port is not open yet"
        self._looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Look once; then go on looking by itself. What fails is the reason of every `send`."""
        if await self._find() and self._device is None:
            self._look()

    def send(self, address: str, arguments: tuple[int | float | str, ...]) -> str:
        try:
            data = message(address, arguments)
        except ValueError as error:
            return str(error)
        if self._device is None:
            return self._error
        # The one broad catch: a backend is a plug-in with exceptions of its own. The operator reads the reason.
        try:
            self._device.send(data)
        except Exception as error:
            self._device, self._error = None, f"the MIDI port {self._wanted} has gone ({error})"
            self._look()
            return self._error
        return ""

    def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._device is not None:
            self._device.close()
            self._device = None

    def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        while self._device is None:
            await asyncio.sleep(RETRY_AFTER_S)
            if not await self._find():
                return

    async def _find(self) -> bool:
        """Whether looking again makes sense."""
        try:
            name = ports.choose(self._wanted, await asyncio.to_thread(ports.output_names))
            self._device = await asyncio.to_thread(ports.open_output, name)
        except ports.NoPort as error:
            self._error = str(error)
        except ports.NoMidi as error:
            self._error = str(error)
            return False
        return True
