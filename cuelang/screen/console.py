"""Windows' console: keys by the C runtime (`msvcrt`), pages by escape sequences, which it knows since Windows 10."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol, TextIO

from cuelang.screen.keys import console_keys
from cuelang.screen.surface import LAST_WORDS, RECHECK_S, Open, Surface

LOOK_S = 0.005
"""Seconds between two looks for keys."""
_OUTPUT = -11
_ESCAPES = 0x4
"""ENABLE_VIRTUAL_TERMINAL_PROCESSING"""


class Runtime(Protocol):
    """The part of `msvcrt` that reads keys."""

    def kbhit(self) -> bool: ...
    def getwch(self) -> str: ...


class WindowsConsole:
    def __init__(self, keyboard: TextIO, out: TextIO, runtime: Runtime | None = None) -> None:
        self._out = out
        self._runtime = runtime or _msvcrt()

    def prepared(self) -> contextlib.AbstractContextManager[object]:
        return escapes()

    def surface(self) -> Surface:
        return ConsoleSurface(self._out)

    def listen(self, press: Callable[[str], object], leave: Callable[[], object]) -> Open:
        return ConsoleKeys(self._runtime, press, leave)


class ConsoleKeys:
    """A thread that looks for keys: nothing else there says that one was pressed."""

    def __init__(self, runtime: Runtime, press: Callable[[str], object], leave: Callable[[], object]) -> None:
        self._runtime, self._press, self._leave = runtime, press, leave
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        threading.Thread(target=self._look, name="keys", daemon=True).start()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_S):
            typed = ""
            while self._runtime.kbhit():
                typed += self._runtime.getwch()
            if typed:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._heard, typed)

    def _heard(self, typed: str) -> None:
        for key in console_keys(typed):
            if self._ended.is_set():
                return
            if key == "ctrl-c":
                self._leave()
            else:
                self._press(key)

    def close(self) -> None:
        self._ended.set()


class ConsoleSurface:
    """By the text stream, which alone shows every character there. While someone marks text with the mouse the console
    takes nothing; that holds up one more thread, and not the painter for longer than it wants to wait."""

    marks_pastes = False

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._wanted, self._done = threading.Event(), threading.Event()
        self._text = ""
        self._closed = False
        self._failed: Exception | None = None
        threading.Thread(target=self._paint, name="console", daemon=True).start()

    def size(self) -> tuple[int, int]:
        size = os.get_terminal_size(self._out.fileno())
        return size.columns, size.lines

    def write(self, text: str, stopping: Callable[[], bool]) -> None:
        self._text = text
        self._done.clear()
        self._wanted.set()
        patience = LAST_WORDS
        while patience and not self._done.wait(RECHECK_S):
            patience -= stopping()
        if self._failed is not None:
            raise self._failed

    def _paint(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closed:
                return
            try:
                self._out.write(self._text)
                self._out.flush()
            except (OSError, ValueError) as error:
                self._failed = error
            self._done.set()

    def close(self) -> None:
        self._closed = True
        self._wanted.set()


def _msvcrt() -> Runtime:
    if sys.platform == "win32":
        import msvcrt

        return msvcrt
    raise OSError("this system has no such console")


def takes_escapes() -> bool:
    """Whether standard output is a console that knows escape sequences."""
    with escapes() as known:
        return known


@contextlib.contextmanager
def escapes() -> Iterator[bool]:
    """The console with escape sequences, as long as the block lasts."""
    if sys.platform != "win32":
        yield False
        return
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.GetStdHandle.restype = ctypes.c_void_p
    handle, before = ctypes.c_void_p(kernel32.GetStdHandle(_OUTPUT)), ctypes.c_uint(0)
    known = bool(kernel32.GetConsoleMode(handle, ctypes.byref(before)))
    known = known and bool(kernel32.SetConsoleMode(handle, before.value | _ESCAPES))
    try:
        yield known
    finally:
        if known:
            kernel32.SetConsoleMode(handle, before.value)
