"""What the system tells a program to end it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

ENDING: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, `kill`, and Ctrl-Break where there is such a key."""
if hasattr(signal, "SIGBREAK"):
    ENDING = (*ENDING, signal.SIGBREAK)


def hang_up() -> tuple[signal.Signals, ...]:
    """The end of the terminal, if it is to end the program: not after `nohup`, nor where there is no such signal."""
    if sys.platform == "win32" or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return ()
    return (signal.SIGHUP,)


CLOSED, LOGGED_OFF, SHUT_DOWN = 2, 5, 6
"""What Windows says of a console: its window was closed, its user logs off, the machine is shut down."""
TIME_TO_END_S = 4.5
"""Seconds that Windows lets a program live whose window was closed: it gives 5."""


@contextlib.contextmanager
def on_signals(act: Callable[[], object], *numbers: signal.Signals) -> Iterator[None]:
    """Call `act` on the running loop for each of these signals, as long as the block lasts, and for the closing of
    Windows' console: Windows then waits for the end of the block. On a thread beside the main one signals do what they
    do by default."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as undo:
        for number in numbers:
            try:
                loop.add_signal_handler(number, act)
                undo.callback(loop.remove_signal_handler, number)
            except NotImplementedError:  # Windows
                undo.enter_context(_handlers(loop, act, numbers))
                break
            except (RuntimeError, ValueError):  # not the main thread
                break
        undo.enter_context(_console(Closing(lambda: loop.call_soon_threadsafe(act))))
        yield


@contextlib.contextmanager
def _handlers(
    loop: asyncio.AbstractEventLoop, act: Callable[[], object], numbers: tuple[signal.Signals, ...]
) -> Iterator[None]:
    """Python's own handlers, which run when the main thread has the word: a byte on a socket wakes the loop for it."""
    ours, theirs = socket.socketpair()
    with contextlib.ExitStack() as undo:
        for link in (ours, theirs):
            link.setblocking(False)
            undo.callback(link.close)
        try:
            before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        except ValueError:  # not the main thread
            yield
            return
        undo.callback(signal.set_wakeup_fd, before)
        loop.add_reader(ours, _emptied, ours)
        undo.callback(loop.remove_reader, ours)
        for number in numbers:
            handler = signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(act))
            undo.callback(signal.signal, number, handler)
        yield


def _emptied(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.recv(4096)


class Closing:
    """What Windows calls, on a thread of its own, when something happens to the console. It ends the program as soon
    as the call returns, so it returns when what has to be ended has `ended`."""

    def __init__(self, act: Callable[[], object], patience: float = TIME_TO_END_S) -> None:
        self._act, self._patience = act, patience
        self._ended = threading.Event()

    def __call__(self, event: int) -> bool:
        """Whether it has been dealt with."""
        if event not in (CLOSED, LOGGED_OFF, SHUT_DOWN):
            return False
        with contextlib.suppress(RuntimeError):  # the loop is closed: it is over
            self._act()
            self._ended.wait(self._patience)
        return True

    def ended(self) -> None:
        self._ended.set()


@contextlib.contextmanager
def _console(closing: Closing) -> Iterator[None]:
    if sys.platform != "win32":
        yield
        return
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    called = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(closing)
    kernel32.SetConsoleCtrlHandler(called, True)
    try:
        yield
    finally:
        closing.ended()
        kernel32.SetConsoleCtrlHandler(called, False)
