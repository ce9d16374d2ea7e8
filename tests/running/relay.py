"""A relay between a show and a camera by UDP: it loses, delays, doubles or reorders single frames on demand."""

from __future__ import annotations

import heapq
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fate:
    """What befalls one frame. `copies` 0: it is lost. A frame that is delayed is overtaken by those behind it."""

    copies: int = 1
    delay: float = 0.0


PASSES, LOST, TWICE = Fate(), Fate(0), Fate(2)

Judge = Callable[[bytes], Fate]


class Relay:
    """Runs on a thread of its own until `close`. `seen` has every frame of the show, with its time."""

    def __init__(self, camera: int, judge: Judge) -> None:
        self.judge = judge
        self.seen: list[tuple[float, bytes]] = []
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far.connect(("127.0.0.1", camera))
        self.port: int = self._near.getsockname()[1]
        self._show: tuple[str, int] | None = None
        self._late: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._over = False
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._out, self._back)]
        for one in self._threads:
            one.start()

    def _out(self) -> None:
        self._near.settimeout(0.002)
        while not self._over:
            try:
                data, self._show = self._near.recvfrom(4096)
            except TimeoutError:
                data = b""
            except OSError:
                return
            now = time.monotonic()
            if data:
                self.seen.append((now, data))
                fate = self.judge(data)
                for _ in range(fate.copies):
                    self._count += 1
                    heapq.heappush(self._late, (now + fate.delay, self._count, data))
            while self._late and self._late[0][0] <= now:
                self._far.send(heapq.heappop(self._late)[2])

    def _back(self) -> None:
        self._far.settimeout(0.2)
        while not self._over:
            try:
                data = self._far.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if self._show is not None:
                self._near.sendto(data, self._show)

    def close(self) -> None:
        self._over = True
        for one in self._threads:
            one.join(2)
        self._near.close()
        self._far.close()
