"""What the terminal show needs of the system's terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol

RECHECK_S = 0.1
"""Seconds between two looks whether a stalled terminal takes something again."""
LAST_WORDS = 5
"""So many of them, at the end, for the terminal to take what is left."""


class Surface(Protocol):
    """Where pages are painted, on a thread of their own."""

    marks_pastes: bool
    """Pasted text comes with marks around it."""

    def size(self) -> tuple[int, int]:
        """Columns and lines. Raises OSError."""

    def write(self, text: str, stopping: Callable[[], bool]) -> None:
        """All of it, because half an escape sequence would spoil what follows; unless the show ends meanwhile.
        Raises OSError."""

    def close(self) -> None: ...


class Open(Protocol):
    def close(self) -> None: ...


class System(Protocol):
    def prepared(self) -> contextlib.AbstractContextManager[object]:
        """The terminal in the modes that keys and pages need; afterwards as it was."""

    def surface(self) -> Surface: ...

    def listen(self, press: Callable[[str], object], leave: Callable[[], object]) -> Open:
        """Call `press` on this loop with the name of each key, and `leave` for a Ctrl-C that came as a key."""
