"""Hearing at once that the wall clock was set, where the kernel says so."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable

_REALTIME, _ABSOLUTE, _CANCEL_ON_SET = 0, 1, 2
_FAR = 1 << 40
"""Seconds since 1970: the timer is never to ring by itself."""


def watch_wall(changed: Callable[[], object]) -> Callable[[], None] | None:
    """Call `changed` in this loop whenever the wall clock was set, or the machine has woken; what is returned ends it.

    None where nothing can be heard: on other systems than Linux, and on a loop that watches no file descriptors.
    """
    made = _timer()
    if made is None:
        return None
    timer, arm = made
    loop = asyncio.get_running_loop()

    def heard() -> None:
        try:
            os.read(timer, 8)
        except BlockingIOError:
            return
        except OSError:  # ECANCELED: the clock was set
            pass
        if not arm():
            loop.remove_reader(timer)
        changed()

    def end() -> None:
        loop.remove_reader(timer)
        os.close(timer)

    try:
        loop.add_reader(timer, heard)
    except NotImplementedError:
        os.close(timer)
        return None
    return end


def _timer() -> tuple[int, Callable[[], bool]] | None:
    """An armed timer on the wall clock, and what arms it again; None where there is no such timer."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        create, settime = libc.timerfd_create, libc.timerfd_settime
    except AttributeError:
        return None
    timer: int = create(_REALTIME, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        return None
    spec = (ctypes.c_long * 4)(0, 0, _FAR, 0)

    def arm() -> bool:
        done: int = settime(timer, _ABSOLUTE | _CANCEL_ON_SET, ctypes.byref(spec), None)
        return done == 0

    if not arm():  # an old kernel
        os.close(timer)
        return None
    return timer, arm
