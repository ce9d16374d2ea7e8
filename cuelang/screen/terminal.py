"""The terminal show: keys in, pages out, and the terminal as it was when it is over.

Keys are read on the show's loop, for GO must not wait for a picture. Pages are made and painted on a thread
(`painter.py`) from views that the loop makes ten times a second at most, and more seldom when a long cue list makes
a view dear. While it is open, threads give way to one another twenty times as often as by Python's default, so that a
page that is being made does not hold up a cue.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
from collections.abc import Iterator
from typing import TextIO

from cuelang import clock as clocks
from cuelang.runtime.view import LiveShow
from cuelang.screen.bindings import Bindings
from cuelang.screen.keys import PATIENCE, Keys
from cuelang.screen.painter import Painter
from cuelang.units import MS

EVERY = 100 * MS
SHARE = 50
"""A view may take one part in this many of the loop's time."""
SWITCH_INTERVAL_S = 0.00025


async def terminal(show: LiveShow, keyboard: TextIO | None = None, out: TextIO | None = None) -> None:
    """Show it and take keys until cancelled. Raises what went wrong with the terminal; the show may go on."""
    keyboard, out = keyboard or sys.stdin, out or sys.stdout
    interval = sys.getswitchinterval()
    out.flush()
    with _raw(keyboard.fileno()):
        painter = Painter(out)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        painter.start()
        hand = Bindings(show)
        keys = _Keyboard(keyboard.fileno(), hand)
        try:
            await _draw(show, hand, painter)
        finally:
            keys.close()
            sys.setswitchinterval(interval)
            await asyncio.to_thread(painter.stop)


async def _draw(show: LiveShow, hand: Bindings, painter: Painter) -> None:
    clock = clocks.current()
    while painter.failed is None:
        begun = clock.now()
        view = show.view()
        painter.offer(view, hand.desk(painter.dropped))
        took = clock.now() - begun
        await clock.sleep_until(begun + max(EVERY, SHARE * took))
    raise painter.failed


class _Keyboard:
    """What the terminal sends, as keys in the operator's hand."""

    def __init__(self, fd: int, hand: Bindings) -> None:
        self._fd, self._hand = fd, hand
        self._keys = Keys()
        self._clock = clocks.current()
        self._timer: clocks.Handle | None = None
        self._open = True
        asyncio.get_running_loop().add_reader(fd, self._read)

    def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._fd)
        self._forget()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except OSError:  # the terminal has hung up
            data = b""
        if not data:
            self.close()
            return
        self._forget()
        for key in self._keys.feed(data):
            self._hand.press(key)
        if self._keys.waiting and self._open:
            self._timer = self._clock.at(self._clock.now() + PATIENCE, self._settle)

    def _settle(self) -> None:
        self._timer = None
        for key in self._keys.settle():
            self._hand.press(key)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


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
