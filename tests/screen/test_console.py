"""Windows' console, with a C runtime that these tests wrote."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import deque

import pytest

from cuelang import clock as clocks
from cuelang.screen.console import ConsoleSurface, WindowsConsole
from cuelang.screen.keys import console_keys


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (" ", ["space"]),
        ("\x1b", ["escape"]),
        ("12\r", ["1", "2", "enter"]),
        ("\xe0H\xe0P", ["up", "down"]),
        ("\0;\0D\xe0\x86", ["F1", "F10", "F12"]),
        ("à", ["à"]),
        ("à ", ["à", "space"]),
        ("\x08\t", ["backspace", "tab"]),
        ("\0\x94", []),
        ("\x03", ["ctrl-c"]),
        ("go to the shops", []),
        ("go to \x1b the shops", ["escape"]),
    ],
)
def test_what_a_console_gives_for_keys(typed: str, keys: list[str]) -> None:
    assert console_keys(typed) == keys


class Runtime:
    """A keyboard whose keys lie there until they are read."""

    def __init__(self) -> None:
        self._typed: deque[str] = deque()

    def type(self, text: str) -> None:
        self._typed.extend(text)

    def kbhit(self) -> bool:
        return bool(self._typed)

    def getwch(self) -> str:
        return self._typed.popleft()


async def until(done: object, pressed: list[str]) -> None:
    async with asyncio.timeout(40):
        while pressed != done:
            await asyncio.sleep(0.002)


def test_keys_come_to_the_loop_until_it_is_closed() -> None:
    runtime = Runtime()
    pressed: list[str] = []

    async def operator() -> None:
        keys = WindowsConsole(io.StringIO(), io.StringIO(), runtime).listen(
            pressed.append, lambda: pressed.append("ends")
        )
        runtime.type(" ")
        await until(["space"], pressed)
        runtime.type("\x1b")
        await until(["space", "escape"], pressed)
        runtime.type("\x03")
        await until(["space", "escape", "ends"], pressed)
        keys.close()

    clocks.run(operator())


class Marked(io.StringIO):
    """A console in which someone marks text: it takes nothing until that is over."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def write(self, text: str) -> int:
        self.free.wait(20)
        return super().write(text)


def test_a_console_whose_text_is_marked_does_not_keep_the_show_from_ending() -> None:
    out = Marked()
    surface = ConsoleSurface(out)
    surface.write("a page", lambda: True)
    out.free.set()
    surface.close()


def test_pages_are_written_whole_and_in_order() -> None:
    out = io.StringIO()
    surface = ConsoleSurface(out)
    for page in ("one ", "two ", "three"):
        surface.write(page, lambda: False)
    surface.close()
    assert out.getvalue() == "one two three"


def test_a_console_that_has_gone_is_said() -> None:
    out = io.StringIO()
    out.close()
    surface = ConsoleSurface(out)
    with pytest.raises(ValueError, match="closed"):
        surface.write("a page", lambda: False)
    surface.close()
