"""The two directions of the language server's line: frames in, frames out.

Frames are read where the answers are made, so that a question waits for what is under way and for nothing else; a
thread reads only where the system cannot say that there is something to read. Long answers are written by a thread, so
that nothing waits for an editor that is slow to take one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
"""Bytes of one message; a larger one is read and thrown away."""
THREADED_ANSWER_BYTES = 1 << 16
"""Bytes of an answer that a thread writes."""
PIPE = 1 << 20
PIECE = 1 << 16
WAITING = 64
"""Pieces that a thread reads ahead."""
PATIENCE_S = 5.0
"""Seconds that the end waits for a client to take what is left."""

_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,15})[ \t]*\r?\n", re.IGNORECASE)

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Frames:
    """Cuts what comes in into the bodies of messages. Rows between them that are not headers are skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None
        """What the header says that is being read."""
        self._left: int | None = None
        """Bytes of the body that is being read, or that are still to be thrown away; None: it is a header."""
        self._kept = True

    def cut(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are complete with this piece."""
        buffer = self._buffer
        buffer += data
        while True:
            if self._left is not None:
                if self._kept and len(buffer) < self._left:
                    return
                body = bytes(buffer[: self._left]) if self._kept else b""
                gone = min(self._left, len(buffer))
                del buffer[:gone]
                if gone < self._left:
                    self._left -= gone
                    return
                self._left = None
                if self._kept:
                    yield body
                continue
            end = buffer.find(b"\n")
            if end < 0:
                if len(buffer) > PIECE:
                    buffer.clear()
                return
            line = bytes(buffer[: end + 1])
            del buffer[: end + 1]
            found = _LENGTH.fullmatch(line)
            if found:
                self._length = int(found[1])
            elif not line.strip() and self._length is not None:
                self._left, self._length = self._length, None
                self._kept = self._left <= MAX_MESSAGE_BYTES


def read(source: int, put: Callable[[bytes | None], None]) -> None:
    """The body of every message on a file descriptor, then None."""
    frames = Frames()
    while data := _read(source):
        for body in frames.cut(data):
            put(body)
    put(None)


def _read(source: int) -> bytes:
    """What there is, waiting for it; empty: the end."""
    try:
        return os.read(source, PIECE)
    except OSError:
        return b""


def hear(source: int, heard: Callable[[bytes], None]) -> Callable[[], None]:
    """Hand each piece on that comes in on a file descriptor, and an empty one at its end. Returns what ends that."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        data = _read(source)
        if not data:
            loop.remove_reader(source)
        heard(data)

    if sys.platform != "win32":
        with contextlib.suppress(OSError, NotImplementedError):  # of a file, for one, the system cannot say it
            loop.add_reader(source, readable)
            return partial(_deaf, loop, source)
    room = threading.Semaphore(WAITING)

    def take(data: bytes) -> None:
        room.release()
        heard(data)

    def reading() -> None:
        data = b" "
        while data:
            data = _read(source)
            room.acquire()
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(take, data)

    threading.Thread(target=reading, name="client", daemon=True).start()
    return lambda: None


def _deaf(loop: asyncio.AbstractEventLoop, source: int) -> None:
    loop.remove_reader(source)


class Outlet:
    """Writes frames in their order. `gone` is called, on whatever thread, when the client no longer reads them."""

    def __init__(self, output: BinaryIO, gone: Callable[[], None]) -> None:
        self._output = output
        self._gone = gone
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._behind = 0
        """Frames that the thread has not written."""
        self._lock = threading.Lock()

    def send(self, *parts: bytes) -> None:
        """A message, in one part or several."""
        frame = b"".join((b"Content-Length: %d\r\n\r\n" % sum(map(len, parts)), *parts))
        with self._lock:
            direct = not self._behind and len(frame) < THREADED_ANSWER_BYTES
            self._behind += not direct
        if direct:
            self._write(frame)
            return
        if self._writer is None:
            self._writer = threading.Thread(target=self._work, name="answers", daemon=True)
            self._writer.start()
        self._waiting.put(frame)

    def _work(self) -> None:
        while (frame := self._waiting.get()) is not None:
            self._write(frame)
            with self._lock:
                self._behind -= 1

    def _write(self, frame: bytes) -> None:
        try:
            self._output.write(frame)
            self._output.flush()
        except (OSError, ValueError):  # the client is gone
            self._gone()

    def finish(self) -> None:
        """Wait for what is still to be written."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join(PATIENCE_S)
            self._writer = None


def widen(pipe: int) -> None:
    """Room for large answers, where the system can: else a slow reader is waited for at each 64 KB."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
