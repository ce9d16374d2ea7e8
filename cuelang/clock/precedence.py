"""Precedence over the other programs of this machine, as far as the system grants it.

Linux: the scheduling class for real time, round robin at its lowest priority, under which the kernel still keeps a
twentieth of each second for the others; where that is not permitted, the lowest nice value that is. Windows: the high
priority class, timers of 1 ms, and none of the savings that it makes with hidden programs. macOS: the quality of
service of what a user waits for, which its timers are exact for.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator

NICE = -10
"""Asked for where there is no real time."""
_HIGH, _NORMAL = 0x80, 0x20
_POWER_THROTTLING, _SPEED_AND_TIMERS = 4, 0x1 | 0x4
_USER_INTERACTIVE, _DEFAULT = 0x21, 0x15

REFUSED = "no precedence over other programs: the system does not allow it to this user"


@contextlib.contextmanager
def precedence() -> Iterator[str]:
    """As long as the block lasts, threads that begin in it included. Yields what was granted, for people: the end of
    “This show has …”. To be called on the thread of the loop, before it starts others."""
    with contextlib.ExitStack() as undo:
        yield _ask(undo)


if sys.platform == "linux":
    import resource

    def _ask(undo: contextlib.ExitStack) -> str:
        with contextlib.suppress(OSError, ValueError):
            _raise_limit(resource.RLIMIT_RTPRIO)
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
            undo.callback(_quietly, os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0))
            return "real-time precedence over other programs (SCHED_RR 1)"
        before = os.getpriority(os.PRIO_PROCESS, 0)
        with contextlib.suppress(OSError, ValueError):
            _raise_limit(resource.RLIMIT_NICE)
        for nice in range(NICE, before):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, nice)
                undo.callback(_quietly, os.setpriority, os.PRIO_PROCESS, 0, before)
                return f"precedence over other programs (nice {nice})"
        return REFUSED

    def _raise_limit(which: int) -> None:
        """What the system lets this user ask for. Raises OSError and ValueError."""
        _, most = resource.getrlimit(which)
        resource.setrlimit(which, (most, most))

    def _quietly(call: Callable[..., object], *arguments: object) -> None:
        with contextlib.suppress(OSError):
            call(*arguments)
elif sys.platform == "win32":

    def _ask(undo: contextlib.ExitStack) -> str:
        kernel32, winmm = ctypes.WinDLL("kernel32", use_last_error=True), ctypes.WinDLL("winmm")
        return ask_windows(kernel32, winmm, undo)
elif sys.platform == "darwin":

    def _ask(undo: contextlib.ExitStack) -> str:
        return ask_macos(ctypes.CDLL(None), undo)
else:

    def _ask(_undo: contextlib.ExitStack) -> str:
        return REFUSED


def ask_windows(kernel32: ctypes.CDLL, winmm: ctypes.CDLL, undo: contextlib.ExitStack) -> str:
    """`kernel32` and `winmm` are the libraries of these names."""
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    me = ctypes.c_void_p(kernel32.GetCurrentProcess())
    exact = winmm.timeBeginPeriod(1) == 0
    if exact:
        undo.callback(winmm.timeEndPeriod, 1)
    with contextlib.suppress(AttributeError):  # before Windows 8
        unsaved = (ctypes.c_uint32 * 3)(1, _SPEED_AND_TIMERS, 0)  # version, what is decided here, what is saved
        kernel32.SetProcessInformation(me, _POWER_THROTTLING, ctypes.byref(unsaved), ctypes.sizeof(unsaved))
    if not kernel32.SetPriorityClass(me, _HIGH):
        return REFUSED
    undo.callback(kernel32.SetPriorityClass, me, _NORMAL)
    return "precedence over other programs (high priority class" + (", timers of 1 ms)" if exact else ")")


def ask_macos(system: ctypes.CDLL, undo: contextlib.ExitStack) -> str:
    """`system` is the C library."""
    if system.pthread_set_qos_class_self_np(_USER_INTERACTIVE, 0) != 0:
        return REFUSED
    undo.callback(system.pthread_set_qos_class_self_np, _DEFAULT, 0)
    return "precedence over other programs (user-interactive quality of service)"
