"""Simulated cameras on one serial line: VISCA's daisy chain, and Pelco's party line.

A VISCA frame goes from camera to camera. Each takes what bears its address and passes the rest on, and what
no camera took comes back to the controller. `88 30 01 FF` gives addresses in the order of the chain and comes back as
`88 30 0w FF`, w one more than there are cameras; `88 01 00 01 FF` clears every camera and comes back as it was.

Cameras whose addresses are not 1, 2, 3 … have them by switches, as on RS-485: there nothing is passed on, and
broadcasts are not answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cuelang.simulator.faults import Reply
from cuelang.simulator.visca import BROADCAST

LONGEST_REST = 64


class Endpoint(Protocol):
    """What is at the far end of a line; as `ViscaEnd`, which has the words."""

    @property
    def due(self) -> int | None: ...

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]: ...

    def wake(self, now: int) -> list[Reply]: ...


def soonest(talkers: Iterable[Endpoint]) -> int | None:
    return min((due for talker in talkers if (due := talker.due) is not None), default=None)


class Chain:
    """VISCA cameras by address. They may be plugged in and out while the line runs."""

    def __init__(self) -> None:
        self.ends: dict[int, Endpoint] = {}
        self._rest = b""

    @property
    def passes_on(self) -> bool:
        return sorted(self.ends) == list(range(1, len(self.ends) + 1))

    @property
    def due(self) -> int | None:
        return soonest(self.ends.values())

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]:
        """A piece of the stream. Never raises, whatever the bytes."""
        *frames, self._rest = (self._rest + data).split(b"\xff")
        if len(self._rest) > LONGEST_REST:
            self._rest = b""
        return [mail for frame in frames for mail in self._frame(frame + b"\xff", now, peer)]

    def wake(self, now: int) -> list[Reply]:
        return [mail for end in tuple(self.ends.values()) for mail in end.wake(now)]

    def _frame(self, frame: bytes, now: int, peer: object) -> list[Reply]:
        address = frame[0] & 0x0F if frame[0] & 0xF0 == 0x80 else 0
        if address == BROADCAST:
            answers = [end.receive(frame, now, peer) for _, end in sorted(self.ends.items())]
            # A silent camera breaks the chain: nothing comes through.
            return answers[-1] if self.passes_on and all(answers) else []
        if address in self.ends:
            return self.ends[address].receive(frame, now, peer)
        return [(peer, frame)] if address and self.passes_on and self.ends else []


class PartyLine:
    """Cameras that all hear everything, each taking what is its own."""

    def __init__(self) -> None:
        self.ends: dict[int, Endpoint] = {}

    @property
    def due(self) -> int | None:
        return soonest(self.ends.values())

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]:
        return [mail for end in tuple(self.ends.values()) for mail in end.receive(data, now, peer)]

    def wake(self, now: int) -> list[Reply]:
        return [mail for end in tuple(self.ends.values()) for mail in end.wake(now)]
