"""A terminal on Linux and macOS: a tty with its modes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from typing import TextIO

from cuelang import clock as clocks
from cuelang.screen.keys import PATIENCE_NS, Keys
from cuelang.screen.surface import LAST_WORDS, RECHECK_S, Open, Surface

assert sys.platform != "win32"

WATCHED_BY_THE_LOOP = sys.platform == "linux"
"""macOS' kqueue, by which a loop waits there, does not know every tty."""


class Tty:
    """`watched`: the loop itself waits for keys; else a thread does."""

    def __init__(self, keyboard: TextIO, out: TextIO, *, watched: bool = WATCHED_BY_THE_LOOP) -> None:
        self._keys, self._out, self._watched = keyboard.fileno(), out, watched

    def prepared(self) -> contextlib.AbstractContextManager[None]:
        return _raw(self._keys)

    def surface(self) -> Surface:
        return TtySurface(self._out)

    def listen(self, press: Callable[[str], object], leave: Callable[[], object]) -> Open:
        """Ctrl-C stays a signal."""
        return (WatchedKeys if self._watched else ThreadKeys)(self._keys, press)


def ours(keyboard: TextIO) -> bool:
    """Whether its keys come to us: a show in the background has none."""
    try:
        return os.tcgetpgrp(keyboard.fileno()) == os.getpgrp()
    except OSError:
        return False


@contextlib.contextmanager
def _raw(fd: int) -> Iterator[None]:
    """Keys one by one and unseen. Ctrl-C stays what it is; Ctrl-Z, Ctrl-\\ and Ctrl-S do nothing, for they would
    leave cameras moving without an operator."""
    before = termios.tcgetattr(fd)
    mode = termios.tcgetattr(fd)
    mode[0] &= ~(termios.IXON | termios.ICRNL)
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
    for key in (termios.VSUSP, termios.VQUIT):
        mode[6][key] = b"\x00"
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, mode)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcflush(fd, termios.TCIFLUSH)
            termios.tcsetattr(fd, termios.TCSANOW, before)


# --- keys ----------------------------------------------------------------------------------------------------


class _TtyKeys:
    """What the terminal sends, as keys."""

    def __init__(self, press: Callable[[str], object]) -> None:
        self._press = press
        self._keys = Keys()
        self._alarm = clocks.Alarm(self._settle)

    def heard(self, data: bytes) -> None:
        self._alarm.clear()
        for key in self._keys.feed(data):
            self._press(key)
        if self._keys.waiting:
            self._alarm.set(clocks.current().now() + PATIENCE_NS)

    def _settle(self) -> None:
        for key in self._keys.settle():
            self._press(key)

    def close(self) -> None:
        self._alarm.clear()


class WatchedKeys(_TtyKeys):
    """The loop waits for the terminal."""

    def __init__(self, fd: int, press: Callable[[str], object]) -> None:
        super().__init__(press)
        self._fd, self._open = fd, True
        asyncio.get_running_loop().add_reader(fd, self._read)

    def _read(self) -> None:
        data = _read(self._fd)
        if data:
            self.heard(data)
        else:
            self.close()

    def close(self) -> None:
        super().close()
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._fd)


class ThreadKeys(_TtyKeys):
    """A thread waits for the terminal, by `select`, which knows every tty."""

    def __init__(self, fd: int, press: Callable[[str], object]) -> None:
        super().__init__(press)
        self._fd, self._loop = fd, asyncio.get_running_loop()
        self._end, self._ended = socket.socketpair()
        threading.Thread(target=self._wait, name="keys", daemon=True).start()

    def _wait(self) -> None:
        with self._ended:
            while True:
                ended = self._ended.fileno()
                ready, _, _ = select.select([self._fd, ended], [], [])
                data = _read(self._fd) if ended not in ready else b""
                if not data:
                    return
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self.heard, data)

    def close(self) -> None:
        super().close()
        self._end.close()


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except OSError:  # the terminal has hung up
        return b""


# --- pages ---------------------------------------------------------------------------------------------------


class TtySurface:
    marks_pastes = True

    def __init__(self, out: TextIO) -> None:
        self._encoding = out.encoding or "utf-8"
        self._fd = _own(out.fileno())

    def size(self) -> tuple[int, int]:
        size = os.get_terminal_size(self._fd)
        return size.columns or 80, size.lines or 24  # a line that was never told its size has none

    def write(self, text: str, stopping: Callable[[], bool]) -> None:
        data = memoryview(text.encode(self._encoding, "replace"))
        patience = LAST_WORDS
        while data and patience:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                select.select([], [self._fd], [], RECHECK_S)
                patience -= stopping()

    def close(self) -> None:
        os.close(self._fd)


def _own(fd: int) -> int:
    """The same terminal, opened once more: set not to block, it leaves the shell's own descriptor as it is."""
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # a terminal without a name here, as in a container that was given one from outside
        return os.dup(fd)
