"""A monotonic clock that goes on while the machine sleeps: for what must be over when it wakes."""

from __future__ import annotations

import sys
import time


def awake_ns() -> int:
    """Nanoseconds since some moment. On Linux they count a sleep of the machine too, which its other monotonic clock
    leaves out; elsewhere it is that one."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()
