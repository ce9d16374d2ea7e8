"""Cameras that cost little, in a process of their own: `python -m tests.benchmarks.cameras COUNT [LINK…]`.

Each is a socket of this machine; with several links (`udp`, `tcp`, `sony`) every next camera has the next one. A
command is acknowledged at once and completes 4 ms later, as a packet of its own; an inquiry is answered. The kernel
stamps what arrives (SO_TIMESTAMPNS), so this process may be late without changing a figure. It prints its ports, a line
for each word it reads, and goes when its input ends:

    take     -> [[camera, stamp in ns of the wall clock, frame in hex], …] of what came since
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import Any

SO_TIMESTAMPNS = 35
COMPLETES = 0.004

POWER, PAN_TILT, ZOOM = (bytes.fromhex(text) for text in ("81090400ff", "81090612ff", "81090447ff"))


LINKS = ("udp", "tcp", "sony")
HEADER, RESET_ANSWER = 8, bytes.fromhex("0201000100000000 01")


def listen(count: int, links: list[str]) -> list[socket.socket]:
    sockets = []
    for number in range(count):
        stream = links[number % len(links)] == "tcp"
        end = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        end.bind(("127.0.0.1", 0))
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if stream:
            end.listen()
        sockets.append(end)
    return sockets


def stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel had the datagram, in ns of the wall clock."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return seconds * 1_000_000_000 + nanoseconds
    return time.time_ns()


class Cameras:
    def __init__(self, count: int, links: list[str]) -> None:
        self.sockets = listen(count, links)
        self.links = [links[number % len(links)] for number in range(count)]
        self.zooms = [b"\x00\x00\x00\x00"] * count
        self.heard: list[tuple[int, int, str]] = []
        self.completions: deque[tuple[float, socket.socket, Any, bytes]] = deque()
        self.poll = select.epoll()
        self.by_fd: dict[int, tuple[int, socket.socket]] = {}
        for number, end in enumerate(self.sockets):
            self._watch(number, end)
        self.poll.register(0, select.EPOLLIN)

    def _watch(self, number: int, end: socket.socket) -> None:
        self.by_fd[end.fileno()] = (number, end)
        self.poll.register(end, select.EPOLLIN)

    def serve(self) -> None:
        completions = self.completions
        while True:
            wait = max(0.0, completions[0][0] - time.monotonic()) if completions else -1
            for fd, _ in self.poll.poll(wait):
                if fd == 0:
                    if not os.read(0, 100):
                        return
                    print(json.dumps(self.heard), flush=True)
                    self.heard.clear()
                else:
                    self._packet(*self.by_fd[fd])
            now = time.monotonic()
            while completions and completions[0][0] <= now:
                _, end, peer, head = completions.popleft()
                say(end, peer, head, b"\x90\x51\xff")

    def _packet(self, number: int, end: socket.socket) -> None:
        link = self.links[number]
        if link == "tcp" and end is self.sockets[number]:
            client, _ = end.accept()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._watch(number, client)
            return
        data, ancillary, _, peer = end.recvmsg(4096, 64)
        if link == "udp":
            self._frame(number, end, peer, b"", data, ancillary)
        elif link == "sony":
            if data[:2] == b"\x02\x00":
                end.sendto(RESET_ANSWER[:4] + data[4:8] + RESET_ANSWER[8:], peer)
            else:
                self._frame(number, end, peer, data[4:HEADER], data[HEADER:], ancillary)
        elif not data:
            self.poll.unregister(end)
            del self.by_fd[end.fileno()]
            end.close()
        else:
            for frame in data.split(b"\xff")[:-1]:
                self._frame(number, end, None, b"", frame + b"\xff", ancillary)

    def _frame(
        self,
        number: int,
        end: socket.socket,
        peer: Any,
        head: bytes,
        data: bytes,
        ancillary: list[tuple[int, int, bytes]],
    ) -> None:
        if data[1] == 0x09:
            if data == ZOOM:
                answer = b"\x90\x50" + self.zooms[number] + b"\xff"
            else:
                answer = ANSWERS.get(data, b"\x90\x60\x02\xff")
            say(end, peer, head, answer)
            return
        self.heard.append((number, stamp(ancillary), data.hex()))
        if data[2:4] == b"\x04\x47":
            self.zooms[number] = data[4:8]
        say(end, peer, head, b"\x90\x41\xff")
        self.completions.append((time.monotonic() + COMPLETES, end, peer, head))


ANSWERS = {
    PAN_TILT: b"\x90\x50\x00\x00\x00\x00\x00\x00\x00\x00\xff",
    POWER: b"\x90\x50\x02\xff",
}  # fmt: skip


def say(end: socket.socket, peer: Any, number: bytes, frame: bytes) -> None:
    """`number`: that of the frame which is answered, on a line of Sony's. `peer` None: a stream."""
    if number:
        frame = b"\x01\x11" + len(frame).to_bytes(2, "big") + number + frame
    if peer is None:
        if end.fileno() >= 0:
            end.send(frame)
    else:
        end.sendto(frame, peer)


def main(count: int, links: list[str]) -> None:
    cameras = Cameras(count, links)
    print(json.dumps([end.getsockname()[1] for end in cameras.sockets]), flush=True)
    cameras.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or ["udp"])
