"""What wakes the loop at an instant: an absolute timerfd where there is one, a thread that waits everywhere else.

asyncio's own timers are later: epoll rounds up to the next millisecond, and Windows' `select` wakes at the next tick
of 15.6 ms. Windows has a timer of its own for that, whose high resolution is asked for by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from cuelang.units import NS

_ABSOLUTE = 1
_PR_SET_TIMERSLACK = 29
_HIGH_RESOLUTION, _ALL_ACCESS, _INFINITE = 0x2, 0x1F0003, 0xFFFFFFFF

if sys.platform == "win32" and sys.version_info < (3, 13):
    monotonic_ns = time.perf_counter_ns  # `monotonic` goes on by steps of 15.6 ms there
else:
    monotonic_ns = time.monotonic_ns


class Timer(Protocol):
    def set(self, when: int) -> None:
        """Ring once at `when` (`monotonic_ns`), and no more at the time that it was set for before."""

    def close(self) -> None: ...


def open_timer(ring: Callable[[], object], *, timerfd: bool = True) -> Timer:
    """A timer that calls `ring`, a method, on the running loop. It does not keep that method's object alive."""
    return (_timerfd(ring) if timerfd else None) or ThreadTimer(ring)


# --- Linux ---------------------------------------------------------------------------------------------------


class TimerFd:
    """`fd` is a timerfd, `arm` sets it."""

    def __init__(self, fd: int, arm: Callable[[int], None], ring: Callable[[], object]) -> None:
        self._fd, self.set = fd, arm
        self._ring = weakref.WeakMethod(ring)
        asyncio.get_running_loop().add_reader(fd, self._heard)

    def _heard(self) -> None:
        try:
            os.read(self._fd, struct.calcsize("Q"))
        except BlockingIOError:
            return  # armed again since the loop saw it ready
        ring = self._ring()
        if ring is not None:
            ring()

    def close(self) -> None:
        os.close(self._fd)


def _timerfd(ring: Callable[[], object]) -> Timer | None:
    made = _made()
    if made is None:
        return None
    try:
        timer = TimerFd(*made, ring)
    except NotImplementedError:  # a loop that watches no file descriptors
        os.close(made[0])
        return None
    least_slack()
    return timer


def _made() -> tuple[int, Callable[[int], None]] | None:
    """A timerfd on CLOCK_MONOTONIC and what arms it for an absolute ns; None where the system has none."""
    if sys.platform != "linux":
        return None
    if sys.version_info >= (3, 13):
        fd = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)

        def set_ns(when: int) -> None:
            os.timerfd_settime_ns(fd, flags=os.TFD_TIMER_ABSTIME, initial=max(when, 1))

        return fd, set_ns
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        create, settime = libc.timerfd_create, libc.timerfd_settime
    except AttributeError:
        return None
    timer: int = create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        return None
    spec = (ctypes.c_long * 4)()  # struct itimerspec: interval s, ns; value s, ns. A value of zero disarms.
    address = ctypes.byref(spec)

    def arm(when: int) -> None:
        spec[2], spec[3] = divmod(max(when, 1), NS)
        if settime(timer, _ABSOLUTE, address, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    return timer, arm


def least_slack() -> None:
    """Ask Linux for 1 ns of timer slack in this thread instead of 50 µs; a refusal costs only those 50 µs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)


# --- everywhere else -----------------------------------------------------------------------------------------


class Bell(Protocol):
    """Waits on a thread, to the fraction of a millisecond, and can be woken from another one."""

    def wait(self, ns: int | None) -> None:
        """For so long, or without end; until `wake` is called if that is earlier, or was called since the last time."""

    def wake(self) -> None: ...

    def close(self) -> None: ...


class ThreadTimer:
    """A thread that waits for the instant and then wakes the loop, as any thread may."""

    def __init__(self, ring: Callable[[], object], bell: Bell | None = None) -> None:
        self._loop = weakref.ref(asyncio.get_running_loop())
        self._ring = weakref.WeakMethod(ring)
        self._bell = bell or _bell()
        self._lock = threading.Lock()
        self._when: int | None = None
        self._waits: int | None = None
        """Until when the thread waits; None: until it is woken."""
        self._closed = False
        threading.Thread(target=self._run, name="clock", daemon=True).start()

    def set(self, when: int) -> None:
        with self._lock:
            self._when = when
            sooner = self._waits is None or when < self._waits
        if sooner:
            self._bell.wake()

    def close(self) -> None:
        self._closed = True
        self._bell.wake()

    def _run(self) -> None:
        least_slack()
        while not self._closed:
            with self._lock:
                when = self._waits = self._when
                left = None if when is None else when - monotonic_ns()
                due = left is not None and left <= 0
                if due:
                    self._when = self._waits = None
            if due:
                self._rings()
            else:
                self._bell.wait(left)
        self._bell.close()

    def _rings(self) -> None:
        loop = self._loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._on_loop)

    def _on_loop(self) -> None:
        ring = self._ring()
        if ring is not None:
            ring()


class EventBell:
    """By a lock with a timeout, which POSIX keeps exactly."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wait(self, ns: int | None) -> None:
        self._event.wait(None if ns is None else ns / NS)
        self._event.clear()

    def wake(self) -> None:
        self._event.set()

    def close(self) -> None:
        pass


class WaitableTimerBell:
    """By Windows' waitable timer, since Windows 10 (1803) of high resolution. `kernel32` is the library of that name.
    Raises OSError."""

    def __init__(self, kernel32: ctypes.CDLL) -> None:
        handle = ctypes.c_void_p
        self._lib = kernel32
        for name in ("CreateEventW", "CreateWaitableTimerExW"):
            getattr(kernel32, name).restype = handle
        self._event = handle(kernel32.CreateEventW(None, False, False, None))
        timer = kernel32.CreateWaitableTimerExW(None, None, _HIGH_RESOLUTION, _ALL_ACCESS)
        self._timer = handle(timer or kernel32.CreateWaitableTimerExW(None, None, 0, _ALL_ACCESS))
        if not (self._event and self._timer):
            raise OSError("Windows gives no timer")
        self._both = (handle * 2)(self._event, self._timer)

    def wait(self, ns: int | None) -> None:
        due = ctypes.c_int64(-max(1, ns // 100) if ns is not None else 0)  # in units of 100 ns; negative: from now
        if ns is not None:
            self._lib.SetWaitableTimer(self._timer, ctypes.byref(due), 0, None, None, False)
        self._lib.WaitForMultipleObjects(1 if ns is None else 2, self._both, False, _INFINITE)

    def wake(self) -> None:
        self._lib.SetEvent(self._event)

    def close(self) -> None:
        self._lib.CloseHandle(self._event)
        self._lib.CloseHandle(self._timer)


def _bell() -> Bell:
    if sys.platform == "win32":
        with contextlib.suppress(OSError, AttributeError):
            return WaitableTimerBell(ctypes.WinDLL("kernel32", use_last_error=True))
    return EventBell()
