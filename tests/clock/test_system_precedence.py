"""What each system is asked for, what it may answer, and that it is given back."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

import pytest

from cuelang.clock import precedence as asked
from cuelang.clock.precedence import REFUSED, ask_macos, ask_windows, precedence

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux' scheduler")


class Scheduler:
    """Linux' calls, which allow real time or not, and nice values from `nicest` on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, real_time: bool, nicest: int) -> None:
        self.policy, self.nice = os.SCHED_OTHER, 0
        self._real_time, self._nicest = real_time, nicest
        monkeypatch.setattr(os, "sched_setscheduler", self._schedule)
        monkeypatch.setattr(os, "getpriority", lambda _which, _who: self.nice)
        monkeypatch.setattr(os, "setpriority", self._renice)
        monkeypatch.setattr(asked, "_raise_limit", lambda _which: None)

    def _schedule(self, pid: int, policy: int, param: object) -> None:
        if policy == os.SCHED_RR and not self._real_time:
            raise PermissionError(1, "Operation not permitted")
        self.policy = policy

    def _renice(self, which: int, who: int, nice: int) -> None:
        if nice < min(self._nicest, self.nice):
            raise PermissionError(13, "Permission denied")
        self.nice = nice


@linux
def test_real_time_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    system = Scheduler(monkeypatch, real_time=True, nicest=0)
    with precedence() as granted:
        assert "real-time" in granted and system.policy == os.SCHED_RR
    assert system.policy == os.SCHED_OTHER


@linux
@pytest.mark.parametrize(("nicest", "got"), [(-20, -10), (-5, -5)])
def test_as_nice_as_is_allowed_where_there_is_no_real_time(
    monkeypatch: pytest.MonkeyPatch, nicest: int, got: int
) -> None:
    system = Scheduler(monkeypatch, real_time=False, nicest=nicest)
    with precedence() as granted:
        assert f"nice {got}" in granted and system.nice == got
    assert system.nice == 0


@linux
def test_a_user_who_may_ask_for_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    system = Scheduler(monkeypatch, real_time=False, nicest=0)
    with precedence() as granted:
        assert granted == REFUSED
    assert (system.policy, system.nice) == (os.SCHED_OTHER, 0)


class Library:
    """A system's library that notes what it is asked."""

    def __init__(self, **answers: int) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def call(*given: object) -> int:
            self.calls.append((name, *(getattr(one, "value", one) for one in given)))
            return self._answers.get(name, 0)

        if name not in self._answers:
            raise AttributeError(name)
        self.__dict__[name] = call
        return call


def test_windows_gives_its_high_class_and_a_timer_of_a_millisecond() -> None:
    kernel = Library(GetCurrentProcess=77, SetPriorityClass=1, SetProcessInformation=1)
    timers = Library(timeBeginPeriod=0, timeEndPeriod=0)
    with contextlib.ExitStack() as undo:
        assert "high priority class, timers of 1 ms" in ask_windows(kernel, timers, undo)  # type: ignore[arg-type]
        assert ("SetPriorityClass", 77, 0x80) in kernel.calls and timers.calls == [("timeBeginPeriod", 1)]
    assert kernel.calls[-1] == ("SetPriorityClass", 77, 0x20) and timers.calls[-1] == ("timeEndPeriod", 1)


def test_an_older_windows_that_refuses_is_believed() -> None:
    kernel, timers = Library(GetCurrentProcess=77, SetPriorityClass=0), Library(timeBeginPeriod=97)
    with contextlib.ExitStack() as undo:
        assert ask_windows(kernel, timers, undo) == REFUSED  # type: ignore[arg-type]


@pytest.mark.parametrize(("answer", "granted"), [(0, "user-interactive"), (1, "no precedence")])
def test_macos_gives_its_quality_of_service(answer: int, granted: str) -> None:
    system = Library(pthread_set_qos_class_self_np=answer)
    with contextlib.ExitStack() as undo:
        assert granted in ask_macos(system, undo)  # type: ignore[arg-type]
    assert system.calls[0] == ("pthread_set_qos_class_self_np", 0x21, 0)
