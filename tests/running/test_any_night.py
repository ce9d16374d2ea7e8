"""Whatever is asked in whatever order: nothing is lost from the log, and when the show is over no camera moves."""

from __future__ import annotations

import random
from functools import partial

import pytest

from cuelang.simulator.faults import Faults
from cuelang.units import NS
from tests.drawn import some
from tests.running.night import Doing, Night, compiled, perform

REPEAT = "repeat 3 times every 1s\n        tally foh off"
LINES = (
    "move foh to throne", "move foh to wide", "move left to door", "move foh to throne over 6s", "move all home",
    "move left by pan 20deg tilt 1deg", "drive foh left", "drive all up_right for 3s", "zoom foh in",
    "zoom left out for 2s", "zoom all to 70% over 4s", "zoom foh to 10%", "focus foh auto", "focus foh near for 1s",
    "focus left manual", "stop foh", "stop all", "track foh on", "track foh off", "power left off", "power left on",
    "tally all preview", "tally foh program only", "set foh iris 9", "set all iris up", "wait 700ms", "wait 2s",
    "wait for foh up to 5s", "wait for all up to 20s", "wait for go up to 4s", REPEAT,
    "start 4",
    "go next", "stop cue 1", 'send eos "/x" 1', 'note "n"',
)  # fmt: skip
ASKS = (
    "go", "go", "go", "go 1", "go 3", "start 2", "stop", "stop 2", "panic", "pause", "resume", "pause 1", "resume 1",
    "back", "standby 1", "go 9",
)  # fmt: skip


def sheet(pick: random.Random) -> str:
    text = ""
    for number in range(1, 5):
        lines = [pick.choice(LINES) for _ in range(pick.randint(1, 6))]
        options = pick.choice(["", "", "    restart\n", "    follow after 1s\n"])
        text += f"cue {number}\n{options}" + "".join(f"    {line}\n" for line in lines)
    return text


def doings(pick: random.Random) -> list[Doing]:
    asked: list[Doing] = []
    for _ in range(pick.randint(5, 25)):
        what = pick.random()
        camera = pick.choice(["foh", "left"])
        if what < 0.06:
            asked.append((pick.uniform(0, 40), partial(Night.unplug, camera=camera)))
        elif what < 0.2:
            asked.append((pick.uniform(0, 40), partial(Night.plug_in, camera=camera)))
        else:
            asked.append((round(pick.uniform(0, 40), 1), pick.choice(ASKS)))
    asked += [(41, lambda night: night.plug_in("foh")), (41, lambda night: night.plug_in("left"))]
    return sorted(asked, key=lambda doing: doing[0])


@pytest.mark.parametrize("seed", range(some(60)))
def test_any_night(seed: int) -> None:
    pick = random.Random(seed)
    faults = {} if seed % 3 else {"foh": Faults(latency=30_000_000, jitter=20_000_000, loss=0.1, seed=seed)}
    cues, asked = sheet(pick), doings(pick)
    if compiled(cues).plan is None:
        return  # cues that fire one another forever
    night = perform(cues, *asked, end=60, faults=faults, loud=True)

    assert [record["seq"] for record in night.records] == list(range(1, len(night.records) + 1))
    assert len(night.commands()) == night.asked, "each command has one record"
    people = [what for _, what in asked if isinstance(what, str)]
    assert len([r for r in night.of("trigger") if r["source"].startswith("script")]) == len(people)
    states: dict[int, list[str]] = {}
    for record in night.of("cue"):
        states.setdefault(record["run"], []).append(record["state"])
    assert all(seen[0] == "started" and seen[-1] in ("done", "stopped") for seen in states.values())
    assert all(seen.count("done") + seen.count("stopped") == 1 for seen in states.values())
    still = night.clock_at_end + NS // 2  # the last frame of a ramp has its way to go
    later = still + 30 * NS
    for name, far in night.far.items():
        axes = {"pan": far.body.pan, "tilt": far.body.tilt, "zoom": far.body.zoom}
        moving = [axis for axis, leg in axes.items() if leg.at(still) != leg.at(later)]
        assert not moving, (name, moving, night.wire(name)[-8:], night.outcomes(name)[-5:])


@pytest.mark.parametrize("seed", range(1000, 1000 + some(24)))
def test_where_nothing_is_lost_nobody_is_told_that_a_camera_may_still_move(seed: int) -> None:
    pick = random.Random(seed)
    cues, asked = sheet(pick), [doing for doing in doings(pick) if isinstance(doing[1], str)]
    if "power" in cues or compiled(cues).plan is None:
        return  # a camera that is switched on says nothing for a while
    night = perform(cues, *asked, end=60, loud=True)
    assert [text for text in night.says() if "moving" in text] == []
    assert {outcome for _, outcome in night.outcomes()}.isdisjoint({"unreachable", "timed_out"})


def test_what_a_camera_that_is_off_was_asked_does_not_make_it_move_when_it_is_on() -> None:
    night = perform(
        "cue 1\n    power left off\ncue 2\n    move left to door\n    move left to door\n    move all home\n"
        "    power left on\n",
        (1, "go"),
        (3, "go"),
        (6, "panic"),
        end=60,
    )
    assert night.outcomes("left")[-1] == ("power", "stopped") and night.says() == []
