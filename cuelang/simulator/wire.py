"""Simulated cameras on a real serial line: a port, a pseudo-terminal, or any URL that pyserial opens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from weakref import WeakKeyDictionary

from cuelang.address import Address
from cuelang.simulator.chain import Chain, PartyLine
from cuelang.simulator.port import CameraEnd, SimulatorPort
from cuelang.simulator.visca import ViscaEnd
from cuelang.transports import Line
from cuelang.transports.serial import SerialPort


class Wire:
    """The cameras of one line. It is the port's listener; when the port comes back they go on as they stood."""

    def __init__(self, line: Line, cameras: Chain | PartyLine) -> None:
        self.cameras = cameras
        self.trouble = ""
        """Why the port could not be opened."""
        self.opened = False
        self._line = line
        self._port = SimulatorPort(cameras, lambda _peer, frame: line.send(frame))
        line.listener = self

    async def open(self) -> None:
        await self._line.open()

    async def close(self) -> None:
        self._port.close()
        await self._line.close()

    def line_up(self) -> None:
        self.opened, self.trouble = True, ""

    def line_down(self, error: str) -> None:
        self.trouble = error

    def line_error(self, error: str) -> None:
        self.trouble = error

    def line_data(self, data: bytes) -> None:
        self._port.receive(data, None)


_WIRES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Wire]] = WeakKeyDictionary()


async def open_serial(address: Address, end: CameraEnd) -> tuple[None, Callable[[], Awaitable[None]]]:
    """Put a camera on the line of this path, with those that are there already.

    ValueError: they speak another protocol, or one of them has its address. OSError: the port cannot be opened.
    """
    wires = _WIRES.setdefault(asyncio.get_running_loop(), {})
    kind = Chain if isinstance(end, ViscaEnd) else PartyLine
    wire = wires.get(address.path)
    if wire is None:
        wire = wires[address.path] = Wire(SerialPort(address.path, address.baud), kind())
        await wire.open()
        if not wire.opened:
            del wires[address.path]
            await wire.close()
            raise OSError(wire.trouble)
    here = wire.cameras
    if address.camera in here.ends:
        raise ValueError(f"Two cameras of {address.path} have the address {address.camera}; give each its own.")
    if type(here) is not kind:
        raise ValueError(f"The cameras of {address.path} speak different protocols; one line has one.")
    here.ends[address.camera] = end
    return None, partial(_leave, wires, address, wire)


async def _leave(wires: dict[str, Wire], address: Address, wire: Wire) -> None:
    wire.cameras.ends.pop(address.camera, None)
    if not wire.cameras.ends:
        if wires.get(address.path) is wire:
            del wires[address.path]
        await wire.close()
