"""Paints pages on a terminal, on a thread of its own, so that a slow or stalled terminal delays nothing.

The show offers a view now and then; the thread takes the newest and paints what changed. A frame that is offered while
the terminal has not taken the one before replaces the one that waits, and that one is counted as dropped.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TextIO

from msgspec.structs import replace
from rich.console import COLOR_SYSTEMS, Console
from rich.errors import StyleSyntaxError
from rich.style import Style

from cuelang.runtime.view import View
from cuelang.screen.page import page
from cuelang.screen.pieces import ScreenLine
from cuelang.screen.surface import Surface
from cuelang.screen.top import KeyboardState

OPEN, SHUT = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J", "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
"""Another screen, no cursor, no wrapping."""
MARKED, UNMARKED = "\x1b[?2004h", "\x1b[?2004l"
"""Pasted text is marked as such, where it can be."""
AFRESH = 50
"""Every so-manyth frame is painted whole: what others wrote across the page does not stay."""


class Painter(threading.Thread):
    """Start it, `offer` it views, `stop` it. `failed` is what ended it, if something did."""

    def __init__(self, out: TextIO, surface: Surface) -> None:
        super().__init__(name="screen", daemon=True)
        self.dropped = 0
        self.failed: Exception | None = None
        self._surface = surface
        console = Console(file=out, force_terminal=True)
        self._colours = COLOR_SYSTEMS.get(console.color_system or "")
        self._plain = console.no_color
        self._styles: dict[str, Style] = {}
        self._offered: tuple[View, KeyboardState] | None = None
        self._news = threading.Event()
        self._stopping = False
        self._size = (0, 0)
        self._frames = 0
        self._shown: list[ScreenLine] = []

    def offer(self, view: View, desk: KeyboardState) -> None:
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
        self._surface.close()

    def run(self) -> None:
        try:
            self._put(OPEN + (MARKED if self._surface.marks_pastes else ""))
            while not self._stopping:
                self._news.wait()
                self._news.clear()
                offered, self._offered = self._offered, None
                if offered is not None:
                    self._put(self._frame(*offered))
        except Exception as error:  # whatever it is, the show must know and go on without a screen
            self.failed = error
        with contextlib.suppress(OSError):
            self._put((UNMARKED if self._surface.marks_pastes else "") + SHUT)

    def _frame(self, view: View, desk: KeyboardState) -> str:
        """What has to be sent so that the terminal shows this."""
        width, height = (max(1, size) for size in self._surface.size())
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

    def _painted(self, line: ScreenLine) -> str:
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

    def _put(self, text: str) -> None:
        self._surface.write(text, lambda: self._stopping)
