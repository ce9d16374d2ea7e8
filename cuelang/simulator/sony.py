"""A simulated camera that speaks VISCA in Sony's frames: a `ViscaEnd` with a header before it.

The line's faults strike whole datagrams, control replies among them, so they live here and not in the VISCA end.
"""

from __future__ import annotations

from msgspec.structs import replace

from cuelang.protocols.sony.receiver import CONTROLLERS, Receiver, SonyAnswer, reply
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults, Reply, ReplyQueue
from cuelang.simulator.visca import OnFrame, ViscaEnd


def on_a_perfect_line(faults: Faults) -> Faults:
    """The camera's own faults without those of the line."""
    return replace(faults, latency=0, jitter=0, loss=0.0, duplicate=0.0, reorder=0.0, rubbish=0.0)


class SonyEnd:
    """A Sony camera over IP, called as a `ViscaEnd` is. Frames reach `on_frame` without their header. A new
    controller takes the place of the one that has been silent longest, when there are more than a camera remembers."""

    def __init__(self, body: Body, faults: Faults = NO_FAULTS, *, on_frame: OnFrame | None = None) -> None:
        self.body = body
        self._end = ViscaEnd(body, on_a_perfect_line(faults), on_frame=on_frame)
        self._cuts = body.cuts
        self._post = ReplyQueue(faults, body.name)
        self._receivers: dict[object, Receiver] = {}

    @property
    def faults(self) -> Faults:
        return self._post.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._post.faults = faults
        self._end.faults = on_a_perfect_line(faults)

    @property
    def due(self) -> int | None:
        times = [when for when in (self._end.due, self._post.due) if when is not None]
        return min(times, default=None)

    def receive(self, data: bytes, now: int, peer: object = None) -> list[Reply]:
        faults = self._post.faults
        if not self.body.plugged or self.body.cuts != self._cuts:
            self._cuts = self.body.cuts
            self._receivers.clear()  # without power it has forgotten every controller's numbers as well
        if self.body.plugged and not faults.silent and not (faults.loss and not self._post.arrives()):
            receiver = self._receivers.pop(peer, None) or Receiver()
            self._receivers[peer] = receiver
            if len(self._receivers) > CONTROLLERS:
                del self._receivers[next(iter(self._receivers))]
            taken = receiver.receive(data)
            if receiver.fresh:
                self._forget(peer)
            if isinstance(taken, SonyAnswer):
                self._put(now, [(peer, taken.datagram)])
            elif taken is not None:
                self._headed(now, self._end.receive(taken.frame, now, (peer, taken.number)))
        return self._sent(now)

    def _forget(self, peer: object) -> None:
        """A RESET counts for all ports of its host: to a Sony a controller is an address, and clients that ask by a
        second socket (visca-over-ip) reset the first one only."""
        if isinstance(peer, tuple):
            same = [other for other in self._receivers if isinstance(other, tuple) and other[0] == peer[0]]
            for other in same:
                if other != peer:
                    del self._receivers[other]

    def wake(self, now: int) -> list[Reply]:
        self._headed(now, self._end.wake(now))
        return self._sent(now)

    def _headed(self, now: int, mail: list[Reply]) -> None:
        for whose, frame in mail:
            assert isinstance(whose, tuple)
            peer, number = whose
            self._put(now, [(peer, reply(number, frame))])

    def _put(self, now: int, mail: list[Reply]) -> None:
        for peer, datagram in mail:
            self._post.put(now, peer, datagram)

    def _sent(self, now: int) -> list[Reply]:
        due = self._post.take(now)
        return [] if self._post.faults.silent or not self.body.plugged else due
