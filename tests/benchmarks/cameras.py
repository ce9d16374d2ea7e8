"""Cameras that cost little, in a process of their own: `python -m tests.benchmarks.cameras COUNT`.

Each is a UDP socket of this machine. A command is acknowledged at once and completes 4 ms later, as a datagram of
its own; an inquiry is answered. The kernel stamps what arrives (SO_TIMESTAMPNS), so this process may be late without
changing a figure. It prints its ports, a line for each word it reads, and goes when its input ends:

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


def listen(count: int) -> list[socket.socket]:
    sockets = []
    for _ in range(count):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind(("127.0.0.1", 0))
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sockets.append(end)
    return sockets


def stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel had the datagram, in ns of the wall clock."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return seconds * 1_000_000_000 + nanoseconds
    return time.time_ns()


def main(count: int) -> None:
    sockets = listen(count)
    print(json.dumps([end.getsockname()[1] for end in sockets]), flush=True)
    zooms = [b"\x00\x00\x00\x00"] * count
    heard: list[tuple[int, int, bytes]] = []
    completions: deque[tuple[float, socket.socket, Any]] = deque()
    by_fd = {end.fileno(): number for number, end in enumerate(sockets)}
    poll = select.epoll()
    for end in sockets:
        poll.register(end, select.EPOLLIN)
    poll.register(0, select.EPOLLIN)
    while True:
        wait = max(0.0, completions[0][0] - time.monotonic()) if completions else -1
        for fd, _ in poll.poll(wait):
            if fd == 0:
                word = os.read(0, 100)
                if not word:
                    return
                print(json.dumps([(number, at, frame.hex()) for number, at, frame in heard]), flush=True)
                heard.clear()
                continue
            number = by_fd[fd]
            end = sockets[number]
            data, ancillary, _, peer = end.recvmsg(64, 64)
            if data[1] == 0x09:
                if data == ZOOM:
                    end.sendto(b"\x90\x50" + zooms[number] + b"\xff", peer)
                elif data == PAN_TILT:
                    end.sendto(b"\x90\x50\x00\x00\x00\x00\x00\x00\x00\x00\xff", peer)
                elif data == POWER:
                    end.sendto(b"\x90\x50\x02\xff", peer)
                else:
                    end.sendto(b"\x90\x60\x02\xff", peer)
                continue
            heard.append((number, stamp(ancillary), data))
            if data[2:4] == b"\x04\x47":
                zooms[number] = data[4:8]
            end.sendto(b"\x90\x41\xff", peer)
            completions.append((time.monotonic() + COMPLETES, end, peer))
        now = time.monotonic()
        while completions and completions[0][0] <= now:
            _, end, peer = completions.popleft()
            end.sendto(b"\x90\x51\xff", peer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
