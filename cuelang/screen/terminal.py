"""The terminal show: keys in, pages out, and the terminal as it was when it is over.

Keys are read on the show's loop, for GO must not wait for a picture. Pages are made and painted on a thread
(`painter.py`) from views that the loop makes ten times a second at most, and more seldom when a long cue list makes
a view dear. While it is open, threads give way to one another twenty times as often as by Python's default, so that a
page that is being made does not hold up a cue.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TextIO

from cuelang import clock as clocks
from cuelang.aside import loop_first
from cuelang.runtime.view import LiveShow
from cuelang.screen.bindings import Bindings
from cuelang.screen.painter import Painter
from cuelang.screen.surface import System
from cuelang.units import MS

if sys.platform == "win32":
    from cuelang.screen.console import WindowsConsole as ThisSystem
else:
    from cuelang.screen.posix import Tty as ThisSystem

EVERY_NS = 100 * MS
SHARE = 50
"""A view may take one part in this many of the loop's time."""
SWITCH_INTERVAL_S = 0.00025


async def terminal(
    show: LiveShow,
    keyboard: TextIO | None = None,
    out: TextIO | None = None,
    system: Callable[[TextIO, TextIO], System] = ThisSystem,
) -> None:
    """Show it and take keys until cancelled. Raises what went wrong with the terminal; the show may go on."""
    keyboard, out = keyboard or sys.stdin, out or sys.stdout
    out.flush()
    here = system(keyboard, out)
    with here.prepared(), loop_first(SWITCH_INTERVAL_S):
        painter = Painter(out, here.surface())
        painter.start()
        hand = Bindings(show)
        keys = here.listen(hand.press, show.quit)
        try:
            await _draw(show, hand, painter)
        finally:
            keys.close()
            await asyncio.to_thread(painter.stop)


async def _draw(show: LiveShow, hand: Bindings, painter: Painter) -> None:
    clock = clocks.current()
    while painter.failed is None:
        begun = clock.now()
        view = show.view()
        painter.offer(view, hand.desk(painter.dropped))
        took = clock.now() - begun
        await clock.sleep_until(begun + max(EVERY_NS, SHARE * took))
    raise painter.failed
