"""The file of the as-run log, on a disk that may be full, slow, gone, or hang.

Records are handed to the system as they happen and synced once a second, by a thread of its own. A log that cannot be
written never stops a show and never delays it: the trouble is reported once, what could not be written waits in memory
up to a bound, and is tried again every second.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import queue
import stat
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FuturesTimeout
from functools import partial
from pathlib import Path

from cuelang.clock import Clock, Handle, VirtualClock
from cuelang.runtime import loglock
from cuelang.runtime.asrun import kept_beside, line
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record
from cuelang.units import NS

MAX_WAITING = 100_000
"""Records that wait in memory while the log cannot be written; about 30 MB."""


BATCH_RECORDS = 200
"""Records that are handed to the system at once."""

OPENING_S = 1.0
CLOSING_S = 2.0
"""Seconds that the disk is waited for at the beginning and at the end of a show."""


class InUse(OSError):
    """Another show writes this log."""


class FileSink:
    """A log file. What is there already stays: records are added at the end.

    Everything that touches the disk is done by `_Disk` on a background thread; here are the bound on what
    waits, and the watch over the thread. On a virtual loop it is all done at once. `problem` is called, in an
    operator's words, when the file can no longer be written and when it can be again.
    """

    def __init__(self, path: Path, clock: Clock, problem: Callable[[str], None]) -> None:
        """Opens the file and the folders that contain it. Raises OSError where that cannot be done; a disk that hangs
        is not waited for."""
        self.path = path
        self.lost = 0
        """Records that are not in the file."""
        self._clock, self._problem = clock, problem
        self._loop = asyncio.get_running_loop()
        self._threaded = not isinstance(clock, VirtualClock)
        self._disk = _Disk(path, self._from_disk)
        self._given = self._asked = 0
        self._seen = (0, 0)
        self._full = self._stalled = self._closed = False
        self._queue: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        opened: Future[None] = Future()
        if self._threaded:
            threading.Thread(target=self._work, name="as-run log", daemon=True).start()
        self._do(partial(_tell, opened, self._disk.open))
        try:
            opened.result(OPENING_S)
        except FuturesTimeout:
            opened.add_done_callback(self._opened_late)
        except OSError:
            self._do(self._disk.close)
            raise
        self._timer: Handle | None = None
        if self._threaded:
            self._timer = clock.at(clock.now() + NS, self._tick)

    def _opened_late(self, opened: Future[None]) -> None:
        error = opened.exception()
        if error is not None:
            self._from_disk(f"The log {self.path} cannot be opened: {error}. The show continues without one.")

    def keep(self, files: Mapping[str, str]) -> None:
        """Copy texts into the folder `files` beside the log, each once by its SHA-256."""
        self._do(partial(self._disk.keep, files))

    @property
    def _pending(self) -> int:
        return self._given - self._disk.done

    def write(self, record: Record) -> None:
        if self._closed:
            self.lost += 1
            return
        if self._pending >= MAX_WAITING:
            self.lost += 1
            if not self._full:
                self._full = True
                self._problem(f"{MAX_WAITING} records wait for the log {self.path}; further records are lost.")
            return
        self._given += 1
        data = line(as_json(record)).encode("utf-8", "backslashreplace") + b"\n"
        self._disk.incoming.append(data)
        if not self._disk.called:
            self._disk.called = True
            self._do(self._disk.flush)
        if self._timer is None:
            self._timer = self._clock.at(self._clock.now() + NS, self._tick)

    def _do(self, work: Callable[[], object]) -> None:
        if self._threaded:
            self._queue.put(work)
        else:
            work()

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            try:
                work()
            except Exception as error:  # without this thread the rest of the night would not be written
                self._unforeseen(error)
            if self._disk.closed:
                return

    def _unforeseen(self, error: Exception) -> None:
        """On the thread: told as any mistake inside the program is."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the show is over
            told = {"message": "the log's thread", "exception": error}
            self._loop.call_soon_threadsafe(self._loop.call_exception_handler, told)

    def _from_disk(self, text: str) -> None:
        """On the thread: a word for the operator."""
        if not self._threaded:
            self._problem(text)
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: the show is over
            self._loop.call_soon_threadsafe(self._problem, text)

    def _tick(self) -> None:
        """Once a second: what was written is made safe, what could not be is tried again, and a disk that hangs
        is reported."""
        self._timer = None
        disk = self._disk
        progress = (disk.done, disk.looks)
        waits = self._asked > disk.looks
        if waits and progress == self._seen and not self._stalled:
            self._stalled = True
            self._problem(
                f"The log {self.path} is not being written: its disk does not answer. The show continues; up to "
                f"{MAX_WAITING} records are kept in memory."
            )
        elif self._stalled and not waits:
            self._stalled = False
            self._problem(f"The log {self.path} can be written again; {self._how_many_lost()}.")
        self._seen = progress
        if self._full and self._pending < MAX_WAITING // 2:
            self._full = False
        if not waits:
            self._asked += 1
            self._do(partial(disk.look, self._how_many_lost))
        if self._threaded or self._pending or disk.dirty:
            self._timer = self._clock.at(self._clock.now() + NS, self._tick)

    def _how_many_lost(self) -> str:
        lost, self._told = self.lost - self._told, self.lost
        return f"{lost} records did not fit in memory and are lost" if lost else "nothing is lost"

    _told = 0

    async def close(self) -> None:
        """Write what waits, sync, and close; a disk that hangs is not waited for long. Closing twice does nothing.
        `lost` is then what the file lacks."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ended: Future[None] = Future()
        self._do(partial(_tell, ended, self._disk.close))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(ended), CLOSING_S)
        self.lost += self._pending


class _Disk:
    """The file itself. Everything here may take as long as the disk likes."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.incoming: deque[bytes] = deque()
        self.done = self.looks = 0
        """Records that were written, and looks that were taken."""
        self.dirty = self.closed = self.called = False
        """`called`: it has been told to `flush` what waits, and has not begun to."""
        self._say = say
        self._fd = -1
        self._cut = 0
        """Bytes of the first line that waits which are in the file already."""
        self._failing = self._unsafe = self._away = False

    def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = self._opened(os.O_CREAT)
        if not loglock.take(self._fd):
            os.close(self._fd)
            self._fd = -1
            raise InUse(errno.EBUSY, "another show writes it", str(self.path))
        try:
            size = os.fstat(self._fd).st_size
            if size and _at(self._fd, 1, size - 1) != b"\n":
                os.write(self._fd, b"\n")  # the night before was cut off in the middle of a line
        except OSError:
            pass  # it is reported with the first record

    def _opened(self, flags: int) -> int:
        """For its owner's eyes alone: who asked for what is private."""
        return os.open(self.path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | flags, 0o600)

    def keep(self, files: Mapping[str, str]) -> None:
        folder = kept_beside(self.path)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            for digest, text in files.items():
                whole, half = folder / digest, folder / f"{digest}.{os.getpid()}.new"
                if not whole.exists():
                    half.write_text(text, "utf-8", newline="")
                    half.replace(whole)
        except OSError as error:
            self._say(f"The files of the sheet could not be copied to {folder}: {error}.")

    def flush(self) -> None:
        """Hand what waits to the system."""
        self.called, waiting = False, self.incoming
        if self._failing or self._fd < 0:
            return
        while waiting:
            lines = [
                waiting[at] for at in range(min(len(waiting), BATCH_RECORDS))
            ]  # by number, for others append meanwhile
            try:
                taken = os.write(self._fd, b"".join(lines)[self._cut :])
            except OSError as error:
                self._fails(error)
                return
            if not taken:
                self._fails(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
                return
            self.dirty = True
            left = taken + self._cut
            for one in lines:
                if left < len(one):
                    break
                left -= len(one)
                waiting.popleft()
                self.done += 1
            else:
                left = 0
            self._cut = left  # the next write says why it was not all

    def _fails(self, error: OSError) -> None:
        self._failing = True
        room = " Make room on the disk." if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        self._say(
            f"The log {self.path} cannot be written: {error.strerror or error}. The show continues; records are kept in"
            f" memory and tried again every second.{room}"
        )

    def look(self, lost: Callable[[], str]) -> None:
        """Once a second."""
        if self._fd >= 0:
            if self._failing:
                self._again(lost)
            if self.dirty:
                self.dirty = False
                self._sync()
            self._still_there()
        self.looks += 1

    def _again(self, lost: Callable[[], str]) -> None:
        say, self._say = self._say, lambda _text: None
        try:
            self._failing = False
            self.flush()
        finally:
            self._say = say
        if not self._failing:
            self._say(f"The log {self.path} can be written again; {lost()}.")

    def _sync(self) -> None:
        try:
            os.fsync(self._fd)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTSUP):  # a pipe or a device: nothing there can be synced
                return
            if not self._unsafe and not self._failing:
                self._unsafe = True
                self._say(f"The log {self.path} could not be synced to disk: {error}. The show continues.")

    def _still_there(self) -> None:
        """A file that was deleted is written again from what the system still has of it."""
        try:
            mine = os.fstat(self._fd)
            if not stat.S_ISREG(mine.st_mode) or os.name == "nt" or self._away:
                return
            try:
                there = os.stat(self.path)
                if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
                    return
                taken = True
            except FileNotFoundError:
                taken = False
            if mine.st_nlink:
                self._away = True
                self._say(f"The log {self.path} was moved; its records continue at the new location.")
                return
            if taken:
                self._away = True
                self._say(
                    f"The log {self.path} was deleted, and another file has its name. This show's records are lost."
                )
                return
            self._anew()
        except OSError as error:
            self._away = True
            self._say(
                f"The log {self.path} was deleted and cannot be created again: {error.strerror or error}. "
                "This show's records are lost."
            )

    def _anew(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        old, new = self._fd, self._opened(os.O_CREAT | os.O_EXCL)
        loglock.take(new)
        at = 0
        while part := _at(old, 1 << 20, at):
            at += os.write(new, part)
        self._fd = new
        os.close(old)
        self._say(f"The log {self.path} was deleted. It was created again; nothing is lost.")

    def close(self) -> None:
        self.closed = True
        if self._fd < 0:
            return
        self._failing, self._say = False, self._say if not self._failing else lambda _text: None
        self.flush()
        if self._cut:
            with contextlib.suppress(OSError):  # no half line at the end
                os.ftruncate(self._fd, os.fstat(self._fd).st_size - self._cut)
        self._sync()
        self._still_there()
        os.close(self._fd)
        self._fd = -1


def _at(fd: int, size: int, place: int) -> bytes:
    """What the file has there. Where it is written does not depend on that: records are added at its end."""
    os.lseek(fd, place, os.SEEK_SET)
    return os.read(fd, size)


def _tell(future: Future[None], work: Callable[[], None]) -> None:
    error: OSError | None = None
    try:
        work()
    except OSError as caught:
        error = caught
    with contextlib.suppress(InvalidStateError):  # no longer waited for
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
