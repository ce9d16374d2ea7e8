"""What the system tells a program to end it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def on_signals(act: Callable[[], object], *numbers: signal.Signals) -> Iterator[None]:
    """Call `act` on the running loop for each of these signals, as long as the block lasts. Where the loop cannot hear
    signals (on Windows, on a thread beside the main one) they do what they do by default."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in numbers:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)
