"""Python's garbage collector, while a sheet is read and compiled."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused(*, keep: bool = False) -> Iterator[None]:
    """A big sheet makes hundreds of thousands of objects and no circles; the collector would walk them for nothing.

    With `keep` everything alive then is frozen afterwards. A pause inside a pause changes nothing.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if keep:
                gc.freeze()
            gc.enable()
