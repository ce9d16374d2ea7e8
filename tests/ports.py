"""Ports that tests may use.

A port that was bound to 0, and let go, is soon another test's, or that of an outgoing connection. Here each is given
once on this machine, to whatever process of tests asks, and outside of what the system gives to those who bind to 0.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FIRST, LAST = 15_000, 31_999
"""Below the ports that Linux (32768), macOS and Windows (49152) give by themselves."""
_next = random.randint(FIRST, LAST)
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)


def free_port() -> int:
    """One that is free for TCP and for UDP."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several in a row. Where this system cannot lock a file, each process begins somewhere."""
    if sys.platform == "win32":
        global _next  # noqa: PLW0603 - a counter of the process
        found = _row(count, _next)
        _next = found[-1] + 1
        return found
    path = Path(tempfile.gettempdir()) / f"cuelang-tests-{os.getuid()}-ports"
    with path.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        said = file.read()
        found = _row(count, int(said) if said.isdigit() else FIRST)
        file.truncate(0)
        file.write(str(found[-1] + 1))
    return found


def _row(count: int, first: int) -> list[int]:
    for _ in range(LAST - FIRST):
        if not FIRST <= first <= LAST + 1 - count:
            first = FIRST
        found = list(range(first, first + count))
        taken = [port for port in found if not _is_free(port)]
        if not taken:
            return found
        first = taken[-1] + 1
    raise OSError(f"no {count} ports in a row are free between {FIRST} and {LAST}")


def _is_free(port: int) -> bool:
    with ExitStack() as held:
        for kind in KINDS:
            probe = held.enter_context(socket.socket(socket.AF_INET, kind))
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


@contextmanager
def refusing() -> Iterator[int]:
    """A port at which TCP connections are refused: it is bound, so that nothing else gets it, and does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])
