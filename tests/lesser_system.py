"""A system without what only some systems have, for the tests: `pytest -p tests.lesser_system`.

What Windows or macOS lack is taken away from this one, before the program is loaded: timerfd, signals that a loop
hears, `pread`, the times of keep-alive, the kernel's stamps of datagrams, the ioctl for what was not acknowledged. What
is left has to do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest

TAKEN = (
    (os, ("timerfd_create", "pread")),
    (socket, ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")),
)


def _no_signals(self: object, *args: object) -> object:
    raise NotImplementedError


def take_away() -> None:
    for module, names in TAKEN:
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    loop = asyncio.SelectorEventLoop
    loop.add_signal_handler = loop.remove_signal_handler = _no_signals  # type: ignore[assignment, method-assign]

    from cuelang.clock import timers, wall
    from cuelang.transports import stamps, tcp

    timers._made = lambda: None
    wall._timer = lambda: None
    stamps.STAMPS = None
    tcp.unacknowledged = lambda *_: None


take_away()


def pytest_report_header() -> str:
    return "on a lesser system: no timerfd, no pread, no signals of the loop, no stamps, no times of keep-alive"


@pytest.fixture(autouse=True)
def on_time() -> None:
    assert not hasattr(os, "pread") and signal.getsignal(signal.SIGTERM) is not None
