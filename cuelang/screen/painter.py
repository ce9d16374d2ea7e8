"""Paints pages on a terminal, on a thread of its own, so that a slow or stalled terminal delays nothing.

The show offers a view now and then; the thread takes the newest and paints what changed. A frame that is offered while
the terminal has not taken the one before replaces the one that waits, and that one is counted as dropped.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from typing import TextIO

from msgspec.structs import replace
from rich.console import COLOR_SYSTEMS, Console
from rich.errors import StyleSyntaxError
from rich.style import Style

from cuelang.runtime.view import View
from cuelang.screen.page import page
from cuelang.screen.pieces import Line
from cuelang.screen.top import Prompt

OPEN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J"
"""Another screen, no cursor, no wrapping, and pasted text marked as such."""
SHUT = "\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
RECHECK_S = 0.1
"""Seconds between two looks whether a stalled terminal takes something again."""
AFRESH = 50
"""Every so-manyth frame is painted whole: what others wrote across the page does not stay."""
LAST_WORDS = 5
"""So many of them, at the end, for the terminal to take what is left."""


class Painter(threading.Thread):
    """Start it, `offer` it views, `stop` it. `failed` is what ended it, if something did."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(name="screen", daemon=True)
        self.dropped = 0
        self.failed: Exception | None = None
        self._encoding = out.encoding or "utf-8"
        self._fd = _own(out.fileno())
        console = Console(file=out, force_terminal=True)
        self._colours = COLOR_SYSTEMS.get(console.color_system or "")
        self._plain = console.no_color
        self._styles: dict[str, Style] = {}
        self._offered: tuple[View, Prompt] | None = None
        self._news = threading.Event()
        self._stopping = False
        self._size = (0, 0)
        self._frames = 0
        self._shown: list[Line] = []

    def offer(self, view: View, desk: Prompt) -> None:
        """Returns at once."""
        if self._offered is not None:
            self.dropped += 1
        self._offered = (view, desk)
        self._news.set()

    def stop(self) -> None:
        """Give the terminal back, as far as it takes it, and wait for that: about a second if it is stalled."""
        self._stopping = True
        self._news.set()
        if self.is_alive():
            self.join()
        os.close(self._fd)

    def run(self) -> None:
        try:
            self._write(OPEN)
            while not self._stopping:
                self._news.wait()
                self._news.clear()
                offered, self._offered = self._offered, None
                if offered is not None:
                    self._write(self._frame(*offered))
        except Exception as error:  # whatever it is, the show must know and go on without a screen
            self.failed = error
        with contextlib.suppress(OSError):
            self._write(SHUT)

    def _frame(self, view: View, desk: Prompt) -> str:
        """What has to be sent so that the terminal shows this."""
        size = os.get_terminal_size(self._fd)
        width, height = max(1, size.columns), max(1, size.lines)
        parts: list[str] = []
        if (width, height) != self._size:
            self._size, self._shown = (width, height), []
            parts.append("\x1b[0m\x1b[2J")
        self._frames += 1
        if self._frames % AFRESH == 0:
            self._shown = []
        lines = page(view, width, height, replace(desk, dropped=self.dropped))
        for row, line in enumerate(lines):
            if row >= len(self._shown) or self._shown[row] != line:
                parts.append(f"\x1b[{row + 1};1H{self._painted(line)}")
        self._shown = lines
        return "".join(parts)

    def _painted(self, line: Line) -> str:
        return "".join(self._style(piece.style).render(piece.text, color_system=self._colours) for piece in line)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            try:
                style = Style.parse(name)
            except StyleSyntaxError:
                style = Style()
            self._styles[name] = style = style.without_color if self._plain else style
        return style

    def _write(self, text: str) -> None:
        """All of it, for half an escape sequence would spoil what follows; unless the show ends meanwhile."""
        data = memoryview(text.encode(self._encoding, "replace"))
        patience = LAST_WORDS
        while data and patience:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                select.select([], [self._fd], [], RECHECK_S)
                patience -= self._stopping


def _own(fd: int) -> int:
    """The same terminal, opened once more: set not to block, it leaves the shell's own descriptor as it is."""
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # a terminal without a name here, as in a container that was given one from outside
        return os.dup(fd)
