"""Work that may never end, on background threads: a disk, a share or a name server that hangs."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FuturesTimeout
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, TypeVarTuple

SWITCH_INTERVAL_S = 0.0005
"""Seconds that a busy thread may keep the event loop waiting while `loop_first` holds."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

FILE_TIMEOUT_S = 10.0
"""Seconds that a file is waited for before that is reported."""


def aside(work: Callable[[*Ts], T], *args: *Ts) -> Future[T]:
    """Do it on a thread of its own, which the end of the program does not wait for."""
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
    try:
        return aside(work).result(seconds)
    except FuturesTimeout:
        raise TimeoutError(errno.ETIMEDOUT, f"{what} has not answered for {seconds:g} s") from None


class TooLarge(OSError):
    """A file that is larger than it may be."""


def read_file(path: str | Path, largest: int, patience: float = FILE_TIMEOUT_S) -> bytes:
    """All of a regular file. Raises OSError if it is not a regular file, TooLarge, and TimeoutError for a disk that
    hangs."""
    return within(patience, lambda: _read(path, largest))


def _read(path: str | Path, largest: int) -> bytes:
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(fd, "rb") as file:
        about = os.fstat(fd)
        if stat.S_ISDIR(about.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        data = b"" if about.st_size > largest else file.read(largest + 1)
        if max(len(data), about.st_size) > largest:
            raise TooLarge(errno.EFBIG, f"it is larger than {largest // 1024**2} MB", str(path))
        return data


@contextmanager
def loop_first(switch: float = SWITCH_INTERVAL_S) -> Iterator[None]:
    """While another thread computes, the event loop gets the interpreter back after this time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(switch)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
