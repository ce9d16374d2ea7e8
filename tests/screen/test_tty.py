"""The terminal show on a real terminal of Linux and macOS, or on one that stalls."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
import tty
from collections.abc import Iterator
from functools import partial

import pytest

from cuelang import clock as clocks
from cuelang.screen.painter import Painter
from cuelang.screen.posix import Tty, TtySurface
from cuelang.screen.terminal import terminal
from cuelang.screen.top import KeyboardState
from cuelang.units import NS
from tests.screen.test_screen import FakeShow, view


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The operator's end of a terminal, and ours."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    yield master, slave
    os.close(master)
    os.close(slave)


async def screen_on(show: FakeShow, slave: int, *, watched: bool = True) -> None:
    with open(slave, closefd=False) as keyboard, open(slave, "w", closefd=False) as out:
        task = asyncio.ensure_future(terminal(show, keyboard, out, partial(Tty, watched=watched)))
        ended = asyncio.ensure_future(show.ended.wait())
        await asyncio.wait([task, ended], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        await asyncio.gather(task, ended, return_exceptions=True)


@pytest.mark.parametrize("watched", [True, False], ids=["by the loop", "by a thread, as on macOS"])
def test_keys_are_heard_and_the_terminal_is_left_as_it_was(ends: tuple[int, int], watched: bool) -> None:
    master, slave = ends
    before = termios.tcgetattr(slave)
    show = FakeShow(view())
    seen = bytearray()

    async def operator() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(master, lambda: seen.extend(os.read(master, 65536)))
        screen = asyncio.ensure_future(screen_on(show, slave, watched=watched))
        while b"STANDBY" not in seen:
            await asyncio.sleep(0.01)
        os.write(master, b" \x1b")
        while len(show.asked) < 2:
            await asyncio.sleep(0.005)
        os.write(master, b"qq")
        await screen
        await asyncio.sleep(0.05)
        loop.remove_reader(master)

    clocks.run(asyncio.wait_for(operator(), 40))
    assert show.asked == ["go", "panic", "quit"]
    text = seen.decode()
    assert text.startswith("\x1b[?1049h") and text.endswith("\x1b[?1049l")
    assert termios.tcgetattr(slave) == before


@pytest.mark.calm
def test_a_terminal_that_nobody_reads_delays_nothing(ends: tuple[int, int]) -> None:
    master, slave = ends
    show = FakeShow(view())
    late: list[int] = []

    async def loop() -> None:
        clock = clocks.current()
        screen = asyncio.ensure_future(screen_on(show, slave))
        begun = clock.now()
        for beat in range(1, 100):
            show.shown = view(title=chr(65 + beat % 26) * 60, elapsed=beat * NS)
            await clock.sleep_until(begun + beat * NS // 100)
            late.append(clock.now() - begun - beat * NS // 100)
        os.write(master, b"q")
        os.write(master, b"q")
        ending = clock.now()
        await screen
        assert clock.now() - ending < 3 * NS

    fill(slave)
    clocks.run(asyncio.wait_for(loop(), 40))
    assert show.asked == ["quit"]
    assert sorted(late)[len(late) // 2] < NS // 200


def test_frames_that_a_stalled_terminal_does_not_take_are_counted(ends: tuple[int, int]) -> None:
    _, slave = ends
    fill(slave)
    with open(slave, "w", closefd=False) as out:
        painter = Painter(out, TtySurface(out))
        painter.start()
        for _ in range(20):
            painter.offer(view(), KeyboardState())
        painter.stop()
    assert painter.dropped >= 18 and painter.failed is None


def test_a_terminal_that_does_not_know_its_size_is_an_ordinary_one(ends: tuple[int, int]) -> None:
    _, slave = ends
    with open(slave, "w", closefd=False) as out:
        for rows, columns, size in ((0, 0, (80, 24)), (0, 132, (132, 24)), (40, 100, (100, 40))):
            termios.tcsetwinsize(slave, (rows, columns))
            assert TtySurface(out).size() == size


def fill(slave: int) -> None:
    """Write until the terminal takes no more."""
    tty.setraw(slave, termios.TCSANOW)
    os.set_blocking(slave, False)
    try:
        while True:
            os.write(slave, b"." * 1000)
    except BlockingIOError:
        os.set_blocking(slave, True)


def test_a_terminal_that_is_gone_is_said_and_not_waited_for() -> None:
    master, slave = pty.openpty()
    show = FakeShow(view())

    async def loop() -> None:
        with open(slave, closefd=False) as keyboard, open(slave, "w", closefd=False) as out:
            screen = asyncio.ensure_future(terminal(show, keyboard, out))
            await asyncio.sleep(0.2)
            os.close(master)
            with pytest.raises(OSError):
                await asyncio.wait_for(screen, 40)

    clocks.run(loop())
    os.close(slave)
