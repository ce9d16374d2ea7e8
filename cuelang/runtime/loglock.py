"""A running show holds a lock on its log: a log without its end that is not locked is that of a crash."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FAR = 1 << 40
"""Where the lock of Windows is, which keeps others from reading what it is on: far behind the end."""


def take(fd: int) -> bool:
    """Lock an open log until it is closed. False: another program has it. A file system without locks gives none."""
    try:
        _lock(fd)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def is_held(path: Path) -> bool:
    """Whether a running show has this log."""
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        return not take(fd)
    finally:
        os.close(fd)


def is_taken(error: OSError) -> bool:
    """Whether this is what Windows says of a lock that another program has: no access; under Wine, no reason at all."""
    return isinstance(error, PermissionError) or not error.errno


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        here = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError if is_taken(error) else error from None
        finally:
            os.lseek(fd, here, os.SEEK_SET)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
