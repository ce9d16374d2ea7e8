"""The orderly end, where the loop hears signals and where it does not, as on Windows."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Any

import pytest

from cuelang import clock as clocks
from cuelang.clock.loops import OwnLoop
from cuelang.clock.signals import CLOSED, ENDING, LOGGED_OFF, SHUT_DOWN, Closing, on_signals


def refused(self: object, *given: object) -> object:
    raise NotImplementedError


@pytest.fixture(params=["the loop's", "Python's"])
def handlers(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Python's":
        monkeypatch.setattr(OwnLoop, "add_signal_handler", refused)
        monkeypatch.setattr(OwnLoop, "remove_signal_handler", refused)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", ENDING)
def test_a_signal_is_heard_by_a_loop_that_sleeps(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def show() -> None:
        ended = asyncio.Event()
        with on_signals(ended.set, *ENDING):
            sender = threading.Timer(0.05, signal.raise_signal, (number,))
            sender.start()
            await asyncio.wait_for(ended.wait(), 40)
            sender.join()

    clocks.run(show())
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("handlers")
def test_beside_the_main_thread_nothing_is_changed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    done: list[bool] = []

    async def show() -> None:
        with on_signals(lambda: None, *ENDING):
            done.append(signal.getsignal(signal.SIGTERM) == before)

    thread = threading.Thread(target=lambda: clocks.run(show()))
    thread.start()
    thread.join()
    assert done == [True]


@pytest.mark.parametrize("event", [CLOSED, LOGGED_OFF, SHUT_DOWN])
def test_a_closed_window_waits_until_the_cameras_are_stopped(event: int) -> None:
    asked = threading.Event()
    closing = Closing(asked.set, patience=30)
    answers: list[bool] = []
    window = threading.Thread(target=lambda: answers.append(closing(event)))
    window.start()
    assert asked.wait(60) and not answers
    closing.ended()
    window.join(10)
    assert answers == [True]


def test_ctrl_c_in_a_console_is_left_to_its_signal() -> None:
    closing = Closing(lambda: pytest.fail("it is no closing"))
    assert closing(0) is False and closing(1) is False


def test_a_window_that_is_closed_after_the_show_is_not_held_up() -> None:
    def over() -> None:
        raise RuntimeError("Event loop is closed")

    assert Closing(over, patience=60)(CLOSED) is True
