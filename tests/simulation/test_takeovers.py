"""Nights at random in which the machine that leads is gone at some moment, and another one takes over, or the show is
started again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cuelang.runtime import following
from cuelang.runtime.asrun import AsRun
from cuelang.runtime.following import Following, Taken
from tests.simulation.dice import night
from tests.simulation.takeover import Restarted, Second, Successor, play_two

NIGHTS, TOGETHER = 40, 10


@pytest.mark.parametrize("kind", [Second, Restarted])
@pytest.mark.parametrize("first", range(0, NIGHTS, TOGETHER))
def test_every_rule_holds_when_the_machine_that_led_is_gone(first: int, kind: type[Successor]) -> None:
    for seed in range(first, first + TOGETHER):
        wrong = play_two(night(seed), kind).broken
        option = "--takeover" if kind is Second else "--restart"
        assert not wrong, f"{wrong[0]}\n\nagain: python -m tests.simulation {option} --from {seed} --count 1"


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        (28, "a follow asked where the cameras are, and the log had nothing between that and their answer"),
        (62, "a skip that was refused woke the list, which the log did not have"),
    ],
)
def test_restarts_that_broke_a_rule_once(seed: int, found: str) -> None:
    assert not play_two(night(seed), Restarted).broken, found


def test_what_was_due_before_a_takeover_is_by_the_wall_clock_of_the_machine_that_led() -> None:
    """The log of the second machine was read with that one's own."""
    assert not play_two(night(636)).broken


def sent_all_the_same(take_over: Callable[[Following, int], Taken]) -> Callable[[Following, int], Taken]:
    def changed(self: Following, now: int) -> Taken:
        taken = take_over(self, now)
        taken.effects += taken.lost
        taken.lost = []
        return taken

    return changed


def done_nothing(take_over: Callable[[Following, int], Taken]) -> Callable[[Following, int], Taken]:
    def changed(self: Following, now: int) -> Taken:
        take_over(self, now)
        return Taken()

    return changed


@pytest.mark.parametrize(
    ("seed", "what", "name", "mistake"),
    [
        (141, following, "is_once", lambda _is_once: lambda _command: False),
        (141, Following, "take_over", sent_all_the_same),
        (0, Following, "take_over", done_nothing),
        (0, AsRun, "go_on", lambda _go_on: lambda _self, _seq, _zero: None),
    ],
    ids=["a relative move is repeated", "what is lost is sent", "nothing is sent", "the log is numbered from 1"],
)
def test_a_mistake_at_a_takeover_is_found(
    seed: int, what: Any, name: str, mistake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not play_two(night(seed)).broken
    monkeypatch.setattr(what, name, mistake(getattr(what, name)))
    assert play_two(night(seed)).broken
