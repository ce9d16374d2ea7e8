"""Lines for a reader that may be gone or slow: a full pipe or a stalled terminal never delays the show."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TextIO

from cuelang.plain import plain_lines

WAITING = 1000
"""Lines that wait for a slow reader; what comes after them is dropped and counted."""

CLOSING_TIMEOUT_S = 1.0
"""Seconds that `close` waits for the reader to take what is left."""


PrintedLine = str | Callable[[], str]
"""What is called is called when it is printed."""


class LinePrinter:
    """Prints on a thread of its own. `say` returns at once, whatever the other end of `out` does."""

    def __init__(self, out: TextIO) -> None:
        self.dropped = 0
        self._out = out
        self._queue: queue.Queue[PrintedLine | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._print, name="lines", daemon=True)
        self._thread.start()

    def say(self, line: PrintedLine) -> None:
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Print what waits, as far as the reader takes it."""
        if self.dropped:
            self.say(f"… {self.dropped} lines were dropped here and are only in the log")
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=CLOSING_TIMEOUT_S)
            self._thread.join(CLOSING_TIMEOUT_S)

    def _print(self) -> None:
        # the reader may hang up, and the stream may be closed under us
        with contextlib.suppress(OSError, ValueError):
            while (line := self._queue.get()) is not None:
                self._out.write(plain_lines(line if isinstance(line, str) else line()) + "\n")
                if self._queue.empty():
                    self._out.flush()
            self._out.flush()
