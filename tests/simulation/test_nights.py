"""Nights at random in virtual time: whatever is asked and whatever fails, the rules of `watch.py` hold."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cuelang.units import NS
from tests.simulation.__main__ import main
from tests.simulation.dice import Doing, night
from tests.simulation.planted import FAULTS, broken, planted
from tests.simulation.smaller import smaller
from tests.simulation.theatre import play

NIGHTS, TOGETHER = 300, 10
SETS = 12
"""A night in which stops of several axes are repeated."""


@pytest.mark.parametrize("first", range(0, NIGHTS, TOGETHER))
def test_every_rule_holds(first: int) -> None:
    for seed in range(first, first + TOGETHER):
        wrong = play(night(seed)).watch.broken
        assert not wrong, f"{wrong[0]}\n\nplay it again: make night SEED={seed}"


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        (1435, "a reload forgot the cameras of which an undeclared tally input had spoken"),
        (1573, "the stop of a drive that was not heard ended the motion that followed it"),
        (1244, "on a serial line a frame that was given up as it was sent went out behind its stop"),
        (5569, "a frame that had given way before its line took it went out behind the stop"),
        (5433, "the last frame of a ramp was lost, and a stray completion was taken for its end"),
        (5687, "the end of a lamp was taken for that of a move, on a camera that does not say where it is"),
        (5801, "answers that came late on a stream were taken for those of newer commands"),
        (20511, "a camera without power had arrived when, back again, it completed something else"),
        (20297, "what a stop set free was ended before it had begun, and went on"),
        (374, "a completion in another socket, whose ACK had been lost, ended a zoom that was still under way"),
        (5935, "stopping a cue that had switched tracking off ended the recall of a newer one"),
    ],
)
def test_nights_that_broke_a_rule_once(seed: int, found: str) -> None:
    assert not play(night(seed)).watch.broken, found


@pytest.mark.parametrize(
    ("seed", "hours", "found"),
    [
        (31269, 0.025, "the answers to a stop were taken for those of a tally that had not had its turn on the line"),
        (32865, 0.025, "a simulated camera that hung with an answer on its way was woken at one instant for ever"),
        (41027, 1, "a late network was taken for a camera that is late, and the answers to one move for another's"),
        (60358, 3, "a move was lost, another command's answers were taken for its own, and it had nearly been there"),
        (60009, 3, "a `locate` by a follow asked where the cameras are as the list was woken, and the log lost it"),
    ],
)
def test_nights_of_a_length_that_broke_a_rule_once(seed: int, hours: float, found: str) -> None:
    assert not play(night(seed, round(hours * 3600 * NS))).watch.broken, found


def test_nights_last_as_long_as_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "5", "--count", "2", "--length", "0.1"]) == 0
    assert "2 nights, 0.2 show-hours, 0 broken" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--length", "0.001"])
    assert "half a minute or more" in capsys.readouterr().err


def test_a_night_is_the_same_again_byte_for_byte() -> None:
    for seed in (3, 17, 1234):
        first, second = play(night(seed)), play(night(seed))
        assert str(first.case) == str(second.case)
        assert [str(record) for record in first.log.records] == [str(record) for record in second.log.records]
        assert first.digest() == second.digest()


def test_a_night_is_the_same_in_another_process() -> None:
    """Sets have another order there."""
    told = "from tests.simulation import dice, theatre; print(theatre.play(dice.night({})).digest())"
    digests = set()
    for order in ("1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": order}
        command = [sys.executable, "-c", told.format(SETS)]
        digests.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    assert len(digests) == 1


def test_another_seed_is_another_night() -> None:
    assert len({play(night(seed)).digest() for seed in range(5)}) == 5


FINDS = {
    "a stop is not sent": 121, "a record is written twice": 2, "a ramp is one frame early": 5,
    "a claim is not released": 141, "a duplicate has no record": 0, "a refusal is not told": 0,
    "a newer command displaces nothing": 2, "a clock goes back": 2, "a follow survives a panic": 117,
    "a stopped cue goes on": 0, "what is accepted counts as arrived": 2, "locate forgets zooms": 313,
    "an old stop is repeated": 12, "a show ends and stops nothing": 5, "what is over is sent again": 12,
    "a timed drive is not stopped": 60,
}  # fmt: skip
"""The first seed whose night finds each: `python -m tests.simulation --planted` looks for them again."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_made_on_purpose_is_found(name: str) -> None:
    seed = FINDS[name]
    assert not broken(seed)
    with planted(name):
        assert broken(seed)


def test_a_night_that_breaks_a_rule_is_made_smaller() -> None:
    case = night(2, 30 * NS)
    with planted("a record is written twice"):
        rule = play(case).watch.broken[0].rule
        small = smaller(case, lambda one: any(wrong.rule == rule for wrong in play(one).watch.broken))
        assert play(small).watch.broken
    assert len(small.doings) <= 3 and sum(map(len, small.cues)) <= 6
    assert all(isinstance(doing, Doing) for doing in small.doings)
