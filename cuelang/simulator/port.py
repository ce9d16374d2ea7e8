"""A simulated end on the running loop: it gets the time, and its answers are sent when they are due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from cuelang import clock
from cuelang.simulator.body import Body
from cuelang.simulator.chain import Endpoint
from cuelang.simulator.faults import Faults

SendBytes = Callable[[object, bytes], None]


class CameraEnd(Endpoint, Protocol):
    """One camera."""

    body: Body

    @property
    def faults(self) -> Faults: ...

    @faults.setter
    def faults(self, faults: Faults) -> None: ...


class SimulatorPort:
    """What is at the far end of one line, a camera or several."""

    def __init__(self, end: Endpoint, send: SendBytes) -> None:
        self.end = end
        self.clock = clock.current()
        self._send = send
        self._alarm = clock.Alarm(self._wake, self.clock)

    def receive(self, data: bytes, peer: object) -> None:
        for to, frame in self.end.receive(data, self.clock.now(), peer):
            self._send(to, frame)
        self._alarm.set(self.end.due)

    def close(self) -> None:
        self._alarm.clear()

    def _wake(self) -> None:
        for to, frame in self.end.wake(self.clock.now()):
            self._send(to, frame)
        self._alarm.set(self.end.due)
