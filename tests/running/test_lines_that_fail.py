"""Cameras that die and come back in the middle of a show: whose cues go on, what is sent, and what never is."""

from __future__ import annotations

import pytest

from cuelang.simulator.faults import Faults
from tests.running.night import FOCUS_STOP, TRACK_OFF, ZOOM_STOP, Night, perform

DRIVE_STOP = "81 01 06 01 0c 0c 03 03 ff"


def dies(night: Night) -> None:
    night.unplug("foh")


def is_back(night: Night) -> None:
    night.plug_in("foh")


def test_a_dead_camera_stops_no_other_and_is_never_moved_later() -> None:
    night = perform(
        "cue 1\n    move all to door\n    wait for all\n    tally all program\n",
        (0.5, dies),
        (1, "go"),
        (4, is_back),
        end=30,
        rig='camera foh "sim://foh"\n    preset door = 3\ncamera left "sim://left"\n    preset door = 3\n',
    )
    assert [frame for _, frame in night.wire("foh")] == ["81 0a 02 02 02 ff"], "its lamp is no motion"
    assert night.outcomes("foh") == [("move", "unreachable"), ("tally", "unreachable")]
    assert night.outcomes("left") == [("move", "completed"), ("tally", "completed")]
    assert night.commands("foh")[0]["t_ms"] == 2000
    assert night.cues()[-1] == ("1", "done", 3)


def test_a_camera_that_comes_back_takes_commands_again() -> None:
    night = perform("cue 1\n    zoom foh to 10%\n", (0.5, dies), (1, "go"), (3, is_back), (9, "go 1"), end=20)
    assert night.outcomes("foh") == [("zoom", "unreachable"), ("zoom", "completed")]
    assert [at for at, _ in night.wire("foh")] == [9]


def test_the_stop_of_a_drive_that_found_nobody_is_sent_when_the_camera_is_back() -> None:
    """The one thing that is sent late: what the show has set going, it stops."""
    night = perform("cue 1\n    drive foh left for 4s\n", (1, "go"), (2, dies), (20, is_back), end=40)
    stops = [at for at, frame in night.wire("foh") if frame == DRIVE_STOP]
    assert len(stops) == 1 and 20 < stops[0] <= 26
    assert night.outcomes("foh") == [("drive", "unreachable")]


@pytest.mark.parametrize("ending", ["stop", "panic", "stop 1", "pause 1"])
def test_a_stop_or_a_panic_that_found_nobody_is_sent_when_the_camera_is_back(ending: str) -> None:
    night = perform(
        "cue 1\n    drive foh left\n    wait 60s\n", (1, "go"), (2, dies), (3, ending), (20, is_back), end=40
    )
    after = [frame for at, frame in night.wire("foh", since=20, until=39)]
    assert after == ([TRACK_OFF, DRIVE_STOP, ZOOM_STOP, FOCUS_STOP] if ending == "panic" else [DRIVE_STOP])


def test_a_stop_that_is_owed_spares_what_was_set_going_since() -> None:
    night = perform(
        "cue 1\n    drive foh left for 1s\ncue 2\n    drive foh right for 10s\n",
        (1, "go"),
        (1.5, dies),
        (5, is_back),
        (5.1, "go"),
        end=40,
    )
    assert [at for at, frame in night.wire("foh") if frame == DRIVE_STOP] == [15.1]


def test_a_ramp_whose_camera_dies_ends_and_does_not_go_on_later() -> None:
    sheet = "cue 1\n    zoom foh to 80% over 10s\n    wait for foh\n    tally left off\n"
    night = perform(sheet, (0, "go"), (2.05, dies), (5, is_back), end=30)
    assert night.wire("foh")[-1][0] == 2.0
    assert night.outcomes() == [("zoom", "unreachable"), ("tally", "completed")]
    assert night.commands("left")[0]["due_ms"] < 4000


def test_power_on_holds_commands_until_the_camera_answers() -> None:
    night = perform(
        "cue 1\n    power foh off\n    wait 2s\n    power foh on\n    wait 1s\n    move foh to throne\n"
        "    wait for foh\n",
        (0, "go"),
        end=60,
    )
    power, move = night.commands("foh", "power")[1], night.commands("foh", "move")[0]
    assert power["outcome"] == "completed" and move["outcome"] == "completed"
    assert move["due_ms"] == 3000 and move["sent_ms"] >= power["done_ms"] > 20000
    assert night.cues()[-1][1] == "done"


def test_a_camera_that_never_comes_up_gets_its_boot_time_and_no_more() -> None:
    night = perform(
        "cue 1\n    power foh on\n    move foh to throne\n    wait for foh up to 2m\n    tally left off\n",
        (0, "go"),
        end=90,
        faults={"foh": Faults(silent=True)},
    )
    assert {outcome for _, outcome in night.outcomes("foh")} <= {"unreachable", "timed_out"}
    assert len(night.outcomes("foh")) == 2
    assert night.commands("left")[0]["due_ms"] <= 47_000


@pytest.mark.parametrize("fault", [Faults(rubbish=1.0, seed=3), Faults(silent=True), Faults(loss=0.5, seed=5)])
def test_a_camera_that_answers_rubbish_or_nothing_holds_up_nothing(fault: Faults) -> None:
    night = perform(
        "cue 1\n    move foh to throne\n    zoom left to 40% over 2s\n    wait for all\n    set foh iris 9\n"
        "cue 2\n    tally all off\n",
        (1, "go"),
        (1.5, "go"),
        end=60,
        faults={"foh": fault},
    )
    assert night.outcomes("left") == [("tally", "completed"), ("zoom", "completed")]
    assert len(night.commands("foh")) == 3
    assert [state for _, state, _ in night.cues()].count("done") == 2


@pytest.mark.parametrize("ending", ["panic", "stop", "stop 1"])
def test_a_panic_while_a_camera_comes_up_sets_nothing_going(ending: str) -> None:
    """What it held back must not slip out between the end of `power on` and its own."""
    night = perform(
        "cue 1\n    power foh off\n    wait 2s\n    power foh on\n    wait 1s\n    move foh to throne\n"
        "cue 2\n    zoom foh to 10%\n",
        (0, "go"),
        (6, ending),
        (8, "go"),
        end=60,
    )
    assert not [frame for _, frame in night.wire("foh") if frame.startswith("81 01 04 3f")]
    assert night.outcomes("foh") == [
        ("power", "completed"), ("power", "stopped"), ("move", "stopped"), ("zoom", "completed"),
    ]  # fmt: skip
    assert night.commands("foh", "zoom")[0]["sent_ms"] > 20_000, "it waits until the camera is up"


def test_switched_off_while_it_comes_up() -> None:
    night = perform(
        "cue 1\n    power foh off\n    wait 2s\n    power foh on\n    tally foh preview\n    move foh to throne\n"
        "    wait 1s\n    power foh off\n",
        (0, "go"),
        end=60,
    )
    frames = list(dict.fromkeys(frame for _, frame in night.wire("foh", since=3, until=59)))
    assert frames == ["81 01 04 00 03 ff", "81 0a 02 02 01 ff"]
    assert ("move", "superseded") in night.outcomes("foh")
