"""Two ends of a line inside the process, for rehearsals and tests.

Without latency and faults a datagram and what is answered at once to it arrive in the next turn of the loop, in the
order in which they were sent. With them, every fate is drawn from a seeded generator, so on a virtual loop two runs
are identical. Neither end calls the other from within `send`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

from msgspec import Struct

from cuelang import clock
from cuelang.transports import Line, Listener, Nobody


class LineFaults(Struct, frozen=True):
    """What befalls datagrams, one by one. Chances are 0 … 1; times are ns.

    `jitter` is added to the latency, evenly drawn; on a line that does not reorder, what was sent later never
    overtakes.
    """

    latency: int = 0
    jitter: int = 0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: bool = False
    seed: int = 0


class MemoryEnd(Line):
    """One end. `plugged` is the cable: pulled out, everything sent on this end is lost, silently as with UDP."""

    stream = False

    def __init__(self, faults: LineFaults, seed: int, way: deque[tuple[MemoryEnd, bytes]]) -> None:
        self.listener: Listener = Nobody()
        self.peer: MemoryEnd
        self.plugged = True
        self.is_open = False
        self.peer_opened: Callable[[], object] | None = None
        """Called when the other end is opened."""
        self._faults = faults
        self._plain = faults.latency == 0 and faults.jitter == 0 and faults.loss == 0 and faults.duplicate == 0
        self._random = Random(seed)
        self._way = way
        self._latest = 0

    def send(self, data: bytes) -> None:
        if not (self.plugged and self.is_open):
            return
        if self._plain:
            if not self._way:
                asyncio.get_running_loop().call_soon(self._drain)
            self._way.append((self.peer, data))
            return
        faults, draw = self._faults, self._random.random
        if draw() < faults.loss:
            return
        self._post(data)
        if draw() < faults.duplicate:
            self._post(data)

    def _post(self, data: bytes) -> None:
        now = clock.current()
        when = now.now() + self._faults.latency + int(self._random.random() * self._faults.jitter)
        if not self._faults.reorder:
            when = self._latest = max(when, self._latest)
        now.at(when, self.peer._deliver, data)

    def _drain(self) -> None:
        """Deliver what is on the way. It leaves the queue only when it is delivered: until then it is not empty, and
        no second turn of the loop is asked for."""
        way = self._way
        try:
            while way:
                end, data = way[0]
                end._deliver(data)
                way.popleft()
        except BaseException:
            way.popleft()
            if way:
                asyncio.get_running_loop().call_soon(self._drain)
            raise

    def _deliver(self, data: bytes) -> None:
        if self.is_open:
            self.listener.line_data(data)

    async def open(self) -> None:
        self.start()

    def start(self) -> None:
        """`open`, for those who are not in a coroutine."""
        if not self.is_open:
            self.is_open = True
            if self.peer.peer_opened is not None:
                self.peer.peer_opened()
            self.listener.line_up()

    async def close(self) -> None:
        self.is_open = False

    def restart(self, error: str) -> None:
        """There is nothing to open again."""


def pair(faults: LineFaults | None = None) -> tuple[MemoryEnd, MemoryEnd]:
    """Both ends, neither open yet. The two directions have their own random faults."""
    faults = faults or LineFaults()
    way: deque[tuple[MemoryEnd, bytes]] = deque()
    near, far = MemoryEnd(faults, 2 * faults.seed, way), MemoryEnd(faults, 2 * faults.seed + 1, way)
    near.peer, far.peer = far, near
    return near, far
