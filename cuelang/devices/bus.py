"""Several cameras on one serial line, and whose turn it is.

On RS-485 only one may talk at a time, and on RS-422 the cameras share the way back. So the line carries one
conversation at a time: a frame goes out, and the next one waits until its camera has said something, or until it
should have. Cameras take turns, one frame each; a stop goes before everything else, and among stops cameras take turns
as well. A frame that has become too late while it waited is dropped, never sent.

What comes back is recognised by the address in its first byte.

VISCA cameras in a chain get their addresses from the line: `88 30 01 FF` goes round, each camera takes the number,
adds one and passes it on, and what comes back says how many there are. `88 01 00 01 FF` then clears them of whatever a
program before us left (Sony, EVI-D70). A camera that is switched on later says `z0 38 FF`, and the addresses are given
again, without the clearing: it would break off the moves of all the others. Cameras whose addresses are set by
switches (RS-485) answer neither, and need neither.

Pelco cameras answer nothing but questions for their position.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from cuelang import clock
from cuelang.protocols.pelco import Query, decode
from cuelang.protocols.visca.codec import MAX_FRAME_BYTES, MIN_FRAME_BYTES
from cuelang.transports import Keeper, KeyedLine, Line, Listener, Nobody, Unkeyed
from cuelang.transports.serial import SerialPort
from cuelang.units import MS, NS

ANSWER_NS = 60 * MS
"""From the end of a frame to the end of the reply: a V cycle of 20 ms (Sony), the longest reply at 9600 baud, and as
much again for adapters that collect bytes before they pass them on."""
GREETING_NS = 200 * MS
"""For a number to go round seven cameras."""
LAST_STOPS_NS = 1000 * MS
"""How long the closing of a line waits for stops that have not had their turn."""
RENUMBER_AFTER_NS = 30_000 * MS
"""Addresses are not given more often than that because a camera is silent."""
ADDRESS_SET, IF_CLEAR = b"\x88\x30\x01\xff", b"\x88\x01\x00\x01\xff"
STOPS, COMMANDS, QUESTIONS = RANKS = range(3)
"""What goes first. A Pelco camera's position is asked for when nothing else is to be said."""
BITS = 10
"""Of a byte on the line: start, eight, stop."""

K = TypeVar("K", bound=Hashable)


class Queued(Struct):
    data: bytes
    until: int


class Bus(ABC):
    """One serial line. It is the port's listener, and opens it with the first camera and closes it with the last."""

    def __init__(self, port: Line, baud: int) -> None:
        self.port = port
        self.cameras: dict[int, BusLine[Any]] = {}
        self.baud = baud
        self.ready = False
        """Frames may be sent."""
        self._order: deque[BusLine[Any]] = deque()
        self._opening: asyncio.Future[None] | None = None
        self._turn: BusLine[Any] | None = None
        self._timer: clock.Handle | None = None
        port.listener = self

    def camera(self, address: int) -> BusLine[Any]:
        return BusLine(self, address)

    async def join(self, line: BusLine[Any]) -> None:
        first = not self._order
        self._order.append(line)
        self.cameras[line.address] = line  # after a reload it may be another driver's
        if first:
            self._opening = asyncio.get_running_loop().create_future()
            try:
                await self.port.open()
            finally:
                self._opening.set_result(None)
        elif self._opening is not None:
            await self._opening
        if self.ready and not line.up and line in self._order:
            line.rise()

    async def leave(self, line: BusLine[Any]) -> None:
        if line not in self._order:
            return
        self._order.remove(line)
        if self.cameras.get(line.address) is line:
            del self.cameras[line.address]
        if not self._order:
            self._silence()
            await self.port.close()

    # --- turns ---------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Send the next frame, if no camera has the turn."""
        if self._timer is not None or not self.ready:
            return
        now = clock.current().now()
        for rank in RANKS:
            for line in tuple(self._order):
                parcel = line.take(rank, now)
                if parcel is not None:
                    self._order.remove(line)
                    self._order.append(line)
                    self._give_turn(line, parcel)
                    return

    def _give_turn(self, line: BusLine[Any], parcel: tuple[Hashable, bytes]) -> None:
        key, data = parcel
        self.port.send(data)
        answer = self._answered(data)
        self._turn = line if answer else None
        self._pause(self.wire(data) + (ANSWER_NS if answer else 0))
        line.sent(key)

    def _pause(self, span: int) -> None:
        now = clock.current()
        self._timer = now.at(now.now() + span, self._over)

    def _over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._turn = None
        self.pump()

    def wire(self, data: bytes) -> int:
        """How long these bytes are on the line."""
        return len(data) * BITS * NS // self.baud

    # --- from the port -------------------------------------------------------------------------------------

    def line_up(self) -> None:
        self._greet()

    def line_down(self, error: str) -> None:
        self._silence()
        for line in tuple(self._order):
            line.fall(error)

    def line_error(self, error: str) -> None:
        for line in tuple(self._order):
            line.listener.line_error(error)

    def _silence(self) -> None:
        self.ready = False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._turn = None

    def _stands(self) -> None:
        """The greeting is over."""
        self.ready = True
        for line in tuple(self._order):
            if not line.up:
                line.rise()
        self.pump()

    def _greet(self) -> None:
        self._stands()

    def silent(self, line: BusLine[Any]) -> None:  # noqa: B027  # only addresses that the line gives can be lost
        """This camera no longer answers."""

    @abstractmethod
    def line_data(self, data: bytes) -> None: ...

    @abstractmethod
    def _answered(self, data: bytes) -> bool:
        """Whether this frame gets a reply."""

    def rank(self, data: bytes) -> int:
        """What a frame is that is not urgent."""
        return COMMANDS


class ViscaBus(Bus):
    """A chain or a bus of VISCA cameras at `baud`: addresses are given when the line opens."""

    def __init__(self, port: Line, baud: int) -> None:
        super().__init__(port, baud)
        self.count: int | None = None
        """How many cameras there are in the chain; None: cameras take no address from the line."""
        self._rest = b""
        self._calls: deque[bytes] = deque()
        self._calling = b""
        self._called_at = 0

    def _answered(self, data: bytes) -> bool:
        return True

    # --- broadcasts -------------------------------------------------------------------------

    def _greet(self) -> None:
        self._rest, self.count = b"", None
        self._call(ADDRESS_SET, IF_CLEAR)

    def _call(self, *frames: bytes) -> None:
        self._silence()
        self._calls = deque(frames)
        self._next_call()

    def _next_call(self) -> None:
        self._calling = self._calls.popleft() if self._calls else b""
        if not self._calling:
            self._stands()
            return
        self._called_at = clock.current().now()
        self.port.send(self._calling)
        goes_round = self._calling == ADDRESS_SET or self.count is not None
        self._pause(self.wire(self._calling) + (GREETING_NS if goes_round else ANSWER_NS))

    def _over(self) -> None:
        if self._calling:
            self._silence()
            self._next_call()
        else:
            super()._over()

    def silent(self, line: BusLine[Any]) -> None:
        if not self.ready:
            return
        if clock.current().now() - self._called_at > RENUMBER_AFTER_NS:
            self._call(ADDRESS_SET)
        elif not self.port.stream and all(one.missed for one in self._order):
            self.port.restart("no camera responds at this address")  # the network may be another one by now

    # --- what comes back -----------------------------------------------------------------------------------

    def line_data(self, data: bytes) -> None:
        *frames, self._rest = (self._rest + data).split(b"\xff")
        for frame in frames:
            self._frame(frame + b"\xff")
        if len(self._rest) >= MAX_FRAME_BYTES:
            self._noise(self._rest)
            self._rest = b""

    def _frame(self, frame: bytes) -> None:
        head = frame[0]
        if head == 0x88:
            self._round(frame)
        elif len(frame) < MIN_FRAME_BYTES or head < 0x90 or len(frame) > MAX_FRAME_BYTES:
            if not 0x80 < head < 0x88:  # a broadcast that reached no camera, or an adapter's own echo
                self._noise(frame)
        elif head & 0x0F:
            self._noise(frame)
        elif frame[1] == 0x38 and len(frame) == 3:
            self._call(ADDRESS_SET)
        else:
            line = self.cameras.get((head - 0x80) >> 4)
            if line is None:
                # A reply from A0 although there is one camera, and it is number 1 (companion module, issue 57).
                line = self._turn or (self._order[0] if len(self._order) == 1 else None)
            if line is not None:
                line.missed = False
                line.listener.line_data(frame)
                if line is self._turn:
                    self._over()

    def _round(self, frame: bytes) -> None:
        if len(frame) == 4 and frame[1] == 0x30 and frame[2] > 1:
            self.count = frame[2] - 1
            if self._calling == ADDRESS_SET:
                self._over()
            for line in tuple(self._order):
                if line.address > self.count:
                    line.listener.line_error(
                        f"the chain has {self.count} camera{'s' if self.count > 1 else ''}, none with the address "
                        f"{line.address}"
                    )
        elif frame == self._calling == IF_CLEAR and self.count is not None:
            self._over()

    def _noise(self, data: bytes) -> None:
        if self._turn is not None:
            self._turn.listener.line_data(data)


class PelcoBus(Bus):
    """A serial line of Pelco cameras. Their replies name the camera, so each of them hears all."""

    def _answered(self, data: bytes) -> bool:
        frame = decode(data) or decode(data, "pelco-p")
        return frame is not None and isinstance(frame.meaning, Query)

    def rank(self, data: bytes) -> int:
        return QUESTIONS if self._answered(data) else COMMANDS

    def line_data(self, data: bytes) -> None:
        for line in tuple(self._order):
            line.listener.line_data(data)


class BusLine(KeyedLine[K]):
    """One camera's part of the line. VISCA replies arrive as whole frames."""

    shared = True
    numbered = False

    def __init__(self, bus: Bus, address: int) -> None:
        self.listener: Listener = Nobody()
        self.keeper: Keeper[K] | None = None
        self.address = address
        self.up = False
        self.missed = False
        """It is held for dead, and has not been heard since."""
        self._bus = bus
        self.stream = bus.port.stream
        self._waiting: tuple[dict[K | Unkeyed, Queued], ...] = tuple({} for _ in RANKS)

    def send(self, data: bytes) -> None:
        self._post(Unkeyed(), data, clock.current().now() + 1000 * MS)

    def post(self, key: K, data: bytes, until: int, *, repeatable: bool = True, urgent: bool = False) -> None:
        if self.up:
            self.withdraw(key)
            self._post(key, data, until, urgent)

    def _post(self, key: K | Unkeyed, data: bytes, until: int, urgent: bool = False) -> None:
        if self.up:
            self._waiting[STOPS if urgent else self._bus.rank(data)][key] = Queued(data, until)
            self._bus.pump()

    def withdraw(self, key: K) -> None:
        for queue in self._waiting:
            queue.pop(key, None)

    def take(self, rank: int, now: int) -> tuple[K | Unkeyed, bytes] | None:
        """The next frame of this rank that is not too late."""
        queue = self._waiting[rank]
        while queue:
            key = next(iter(queue))
            parcel = queue.pop(key)
            if now < parcel.until:
                return key, parcel.data
        return None

    def sent(self, key: K | Unkeyed) -> None:
        if self.keeper is not None and not isinstance(key, Unkeyed):
            self.keeper.line_sent(key)

    def rise(self) -> None:
        self.up = True
        self.listener.line_up()

    def fall(self, error: str) -> None:
        for queue in self._waiting:
            queue.clear()
        if self.up:
            self.up = False
            self.listener.line_down(error)
        else:
            self.listener.line_error(error)

    async def open(self) -> None:
        await self._bus.join(self)

    async def close(self) -> None:
        """Stops that wait for their turn still leave; nothing else does."""
        for queue in self._waiting[COMMANDS:]:
            queue.clear()
        now = clock.current()
        deadline = now.now() + LAST_STOPS_NS
        while self._waiting[STOPS] and self.up and now.now() < deadline:
            await now.sleep_until(now.now() + 5 * MS)
        self.up = False
        self._waiting[STOPS].clear()
        await self._bus.leave(self)

    def restart(self, error: str) -> None:
        """This camera no longer answers. The other cameras keep the line; but a chain that was
        without power has forgotten its addresses."""
        self.missed = True
        self._bus.silent(self)


_BUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, int, type[Bus]], Bus]] = WeakKeyDictionary()


def line(kind: type[Bus], path: str, baud: int, address: int, port: Callable[[], Line] | None = None) -> BusLine[Any]:
    """A camera's part of the serial line at this path, which all its cameras share. `port` makes the way to it, where
    that is another than a port of this machine. Call it on the running loop."""
    buses = _BUSES.setdefault(asyncio.get_running_loop(), {})
    bus = buses.get((path, baud, kind))
    if bus is None:
        bus = buses[path, baud, kind] = kind(port() if port is not None else SerialPort(path, baud), baud)
    return bus.camera(address)
