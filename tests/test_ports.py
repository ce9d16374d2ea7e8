"""The ports that tests are given."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import FIRST, LAST, free_ports


@pytest.mark.skipif(sys.platform == "win32", reason="there no file can be locked")
def test_no_two_processes_are_given_the_same_port() -> None:
    words = [sys.executable, "-c", "from tests.ports import free_port\nprint(*(free_port() for _ in range(40)))"]
    others = [subprocess.Popen(words, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE) for _ in range(3)]
    found = [*free_ports(20), *(int(port) for other in others for port in other.communicate()[0].split())]
    assert len(found) == len(set(found)) == 140
    assert all(FIRST <= port <= LAST for port in found)


def test_a_port_that_is_in_use_is_not_given() -> None:
    (before,) = free_ports(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.bind(("127.0.0.1", before + 1))
        except OSError:
            pytest.skip("another program has it")
        assert before + 1 not in free_ports(5)


def test_a_dead_port_refuses(dead_port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", dead_port))
