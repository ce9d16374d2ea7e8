"""A disk that is full for a while, under the log of a night."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cuelang.runtime import logfile


class FullDisk:
    """Stands for `os` in the code of the log file. While it is `full` nothing can be written; when it fills up, half of
    a write still is."""

    def __init__(self) -> None:
        self.full = False
        self._half = False

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fill(self, full: bool) -> None:
        self._half = full and not self.full
        self.full = full

    def write(self, file: int, data: bytes) -> int:
        if self._half:
            self._half = False
            return os.write(file, data[: len(data) // 2])
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        """What only costs time is left out."""


@contextmanager
def full_disk() -> Iterator[tuple[FullDisk, Path]]:
    """The disk, and a file on it."""
    disk, before = FullDisk(), vars(logfile)["os"]
    with tempfile.TemporaryDirectory() as folder:
        vars(logfile)["os"] = disk
        try:
            yield disk, Path(folder) / "night.jsonl"
        finally:
            vars(logfile)["os"] = before
