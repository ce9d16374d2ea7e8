"""Work that may never end, on background threads: a disk, a share or a name server that hangs."""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from concurrent.futures import Future

SWITCH_INTERVAL_S = 0.0005
"""Seconds that a busy thread may keep the event loop waiting while `loop_first` holds."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def aside(work: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
    """Do it on a thread of its own, which the end of the program does not wait for."""
    from concurrent.futures import Future  # a tenth of what a brief command takes

    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work(*args))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return future


def within(seconds: float, work: Callable[[], T], what: str = "its disk") -> T:
    """The result of `work`, or TimeoutError when it takes longer; it is left to itself then. `what` does not answer."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="aside", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError(errno.ETIMEDOUT, f"{what} has not answered for {seconds:g} s")
    return done[0]


@contextmanager
def loop_first(switch: float = SWITCH_INTERVAL_S) -> Iterator[None]:
    """While another thread computes, the event loop gets the interpreter back after this time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(switch)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
