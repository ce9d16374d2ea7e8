"""Whole shows with Panasonic's and Canon's cameras: what they are asked for, when they arrive, and that they stop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from itertools import pairwise

import pytest

from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.faults import Faults
from cuelang.simulator.panasonic import PanasonicEnd
from cuelang.units import NS
from tests.running import night as nights
from tests.running.night import Night

RIG = """
show "Night"
    interlock off
camera p "panasonic://10.0.0.31"
    model "panasonic-aw-ue100"
    preset close = 2 at pan 40deg tilt 5deg zoom 50%
    preset away = 3 at pan 0deg tilt 0deg zoom 0%
    preset somewhere = 7
camera c "canon://10.0.0.32"
    model "canon-cr-n500"
    preset close = 2 at pan 40deg tilt 5deg zoom 50%
    preset away = 3 at pan 0deg tilt 0deg zoom 0%
    preset somewhere = 7
"""
BOTH = ("p", "c")
perform = partial(nights.perform, loud=True)
STOPS = {
    "p": ["PTS5050", "Z50", "F50"],
    "c": ["pan=stop&tilt=stop", "zoom=stop", "focus.action=stop"],
}
SHORT = re.compile(r"cmd=(?:%23)?([^&]*)&res=1|cgi\?(.*)$|(preset/set.*)$")


def told(night: Night, camera: str, since: float = 0, until: float = 1e9) -> list[str]:
    """What a camera was told, without the paths around it."""
    found = (SHORT.search(path) for _, path in night.wire(camera, since=since, until=until))
    return [next(filter(None, match.groups())) for match in found if match is not None]


def took(night: Night, camera: str, action: str = "move") -> list[float]:
    return [round((one["done_ms"] - one["due_ms"]) / 1000, 2) for one in night.commands(camera, action)]


def ends(night: Night, camera: str) -> list[str]:
    return [outcome for _, outcome in night.outcomes(camera)]


def somewhere(night: Night) -> None:
    """Both have a preset whose place the sheet does not know."""
    for name in BOTH:
        body = night.far[name].body
        body.presets[7] = StoredPreset(body.model.pan(90), body.model.tilt(10), body.model.zoom_percent(20))


def test_everything_that_moves_arrives() -> None:
    night = perform(
        """
cue 1
    move p, c to close
cue 2
    move p, c to pan -20deg tilt 10deg zoom 25%
cue 3
    move p, c home
    zoom p, c to 100%
cue 4
    drive p, c left speed 12 for 2s
    zoom p, c out for 1s
    focus p, c manual
    focus p, c near for 500ms
""",
        (1, "go 1"),
        (10, "go 2"),
        (20, "go 3"),
        (30, "go 4"),
        rig=RIG,
        end=40,
    )
    for name in BOTH:
        assert set(ends(night, name)) == {"completed"}, night.commands(name)
    assert told(night, "p", 1, 9) == ["R01"]
    assert told(night, "p", 10, 19) == ["APS76857B420E2", "AXZ800"]
    assert told(night, "p", 20, 29) == ["APC80008000", "AXZFFF"]
    assert set(told(night, "p", 30, 40)) == {"PTS2550", "PTS5050", "Z26", "Z50", "D10", "F35", "F50"}
    assert told(night, "c", 1, 9) == ["p=2"]
    assert told(night, "c", 10, 19) == ["pan=-2000&tilt=1000", "zoom=4610"]
    assert told(night, "c", 20, 29) == ["pan=0&tilt=0", "zoom=320"]
    assert "pan=left&pan.speed.dir=1200&tilt=stop" in told(night, "c", 30, 40)
    for name in BOTH:
        assert not night.far[name].body.moving(night.clock_at_end)


def test_the_log_has_the_urls_and_a_panasonic_recall_ends_with_its_notification() -> None:
    places: list[int] = []

    def count(night: Night) -> None:
        end = night.far["p"].end
        assert isinstance(end, PanasonicEnd)
        places.append(len(end.receivers))

    night = perform(
        "cue 1\n    move p to close\n    wait for p\n    tally p program", (4, count), (5, "go 1"), rig=RIG, end=20
    )
    count(night)
    assert places == [1, 0], "the camera gets its place for a receiver back"
    move, lamp = night.commands("p")
    assert move["url"] == "http://10.0.0.31/cgi-bin/aw_ptz?cmd=%23R01&res=1"
    assert "hex" not in move
    arrives = 5 + 2  # half of its zoom, which is the slowest
    assert arrives <= move["done_ms"] / 1000 <= arrives + 0.2
    assert lamp["due_ms"] == pytest.approx(move["done_ms"], abs=100)
    assert night.far["p"].body.tally == "program"


def test_a_camera_whose_places_for_receivers_are_taken_is_asked_where_it_is() -> None:
    def taken(night: Night) -> None:
        end = night.far["p"].end
        end.receivers = [("10.0.0.99", port) for port in range(5)]

    night = perform("cue 1\n    move p to close", (0, taken), (5, "go 1"), rig=RIG, end=20)
    assert ends(night, "p") == ["completed"]
    assert 2 <= took(night, "p")[0] <= 3


@pytest.mark.parametrize("name", BOTH)
def test_a_recall_takes_the_time_that_it_is_given(name: str) -> None:
    night = perform(
        f"cue 1\n    move {name} to close over 7s\ncue 2\n    move {name} to somewhere over 3s\n"
        f"cue 3\n    move {name} to close",
        (0, somewhere),
        (5, "go 1"),
        (20, "go 2"),
        (30, "go 3"),
        rig=RIG,
        end=60,
    )
    assert ends(night, name) == ["completed"] * 3
    first, second, third = took(night, name)
    assert 7 <= first <= 7.8
    assert 3 <= second <= 3.8
    assert third < 2.9, "the time of the recall before does not hold any more"


@pytest.mark.parametrize("name", BOTH)
def test_the_wait_for_a_preset_of_unknown_place_ends_when_it_is_there(name: str) -> None:
    night = perform(f"cue 1\n    move {name} to somewhere", (0, somewhere), (5, "go 1"), rig=RIG, end=30)
    assert ends(night, name) == ["completed"]
    arrives = {"p": 0.8, "c": 0.9}[name]
    assert arrives <= took(night, name)[0] <= arrives + 1


@pytest.mark.parametrize("name", BOTH)
def test_a_panic_stops_everything_at_once(name: str) -> None:
    night = perform(f"cue 1\n    move {name} to close over 20s", (5, "go 1"), (10, "panic"), rig=RIG, end=40)
    assert ends(night, name) == ["stopped"]
    assert told(night, name, 10, 10.3)[:3] == STOPS[name]
    assert not night.far[name].body.moving(int(10.3 * NS))
    assert told(night, name, 12, 40) == [], "it was read to be at rest"
    at = night.far[name].body.snapshot(night.clock_at_end)
    assert 8 < at.pan_degrees < 12


@pytest.mark.parametrize("name", BOTH)
def test_a_stop_that_a_camera_did_not_hear_is_sent_again_until_it_answers(name: str) -> None:
    night = perform(
        f"cue 1\n    drive {name} left speed 1",
        (5, "go 1"),
        (8, lambda night: night.unplug(name)),
        (9, "stop"),
        (9.5, "panic"),
        (13, lambda night: night.plug_in(name)),
        rig=RIG,
        end=40,
    )
    assert night.far[name].body.moving(int(12.9 * NS))
    assert not night.far[name].body.moving(int(14.5 * NS))
    assert STOPS[name][0] in told(night, name, 13, 14.5)


PLACE = {"p": "cmd=%23APC&res=1", "c": "c.1.pan,c.1.tilt"}
"""What asks for pan and tilt."""


@pytest.mark.parametrize("deaf", [0, 1, 3])
@pytest.mark.parametrize("name", BOTH)
def test_a_stop_is_believed_when_the_camera_was_twice_at_the_same_place(name: str, deaf: int) -> None:
    """It answers its first stops without heeding them."""
    ignored: list[str] = []

    def is_deaf(night: Night) -> None:
        do = night.far[name].end.do

        def heeds(row: str, values: Mapping[str, int], now: int) -> int:
            if row == "pt.stop" and len(ignored) < deaf:
                ignored.append(row)
                return 0
            return int(do(row, values, now))

        night.far[name].end.do = heeds

    rested: list[int] = []

    def look(night: Night) -> None:
        if not night.far[name].body.moving(night.clock.now()):
            rested.append(night.clock.now())

    every = [(9 + at / 50, look) for at in range(1, 400)]
    night = perform(
        f"cue 1\n    drive {name} left speed 1", (5, "go 1"), (8, is_deaf), (9, "stop"), *every, rig=RIG, end=40
    )
    assert len(ignored) == deaf
    stops = [at for at, path in night.wire(name, since=9) if STOPS[name][0] in path]
    assert len(stops) >= deaf + 1
    stood = rested[0] / NS
    assert stood < 9 + 2 * deaf + 0.1 and not [at for at in stops if at > stood + 1.5]
    asked = [at for at, path in night.far[name].heard if PLACE[name] in path and stops[-1] < at < stops[-1] + 1.5]
    assert max(asked) - min(asked) >= 0.25


@pytest.mark.parametrize("name", BOTH)
def test_a_camera_that_is_gone_gets_nothing_later_and_holds_up_no_other(name: str) -> None:
    other = "c" if name == "p" else "p"
    night = perform(
        "cue 1\n    move p, c to close\ncue 2\n    move p, c to away\n    tally p, c program",
        (5, "go 1"),
        (10, lambda night: night.unplug(name)),
        (12, "go 2"),
        (20, lambda night: night.plug_in(name)),
        rig=RIG,
        end=45,
    )
    assert night.outcomes(name)[0] == ("move", "completed")
    assert ("move", "unreachable") in night.outcomes(name)
    assert set(ends(night, other)) == {"completed"}
    recall = "R02" if name == "p" else "p=3"
    assert recall not in told(night, name)
    assert night.far[name].body.snapshot(night.clock_at_end).pan_degrees == pytest.approx(40, abs=0.1)
    assert night.far[name].body.tally == "program", "its lamp is lit when it answers again"


@pytest.mark.parametrize("name", BOTH)
def test_a_newer_move_takes_over_and_a_pause_holds(name: str) -> None:
    still: list[int] = []

    def look(night: Night) -> None:
        still.append(night.far[name].body.pan.at(night.clock.now()))

    night = perform(
        f"cue 1\n    move {name} to close over 20s\ncue 2\n    drive {name} right speed 12 for 1s\n"
        f"cue 3\n    move {name} to close over 20s",
        (5, "go 1"),
        (10, "go 2"),
        (20, "go 3"),
        (24, look),
        (25, "pause"),
        (26, look),
        (29, look),
        (30, "resume"),
        rig=RIG,
        end=70,
    )
    assert night.outcomes(name)[-1] == ("move", "completed")
    assert ("drive", "completed") in night.outcomes(name)
    assert still[0] != still[1] == still[2], "held"
    at = night.far[name].body.snapshot(night.clock_at_end)
    assert at.pan_degrees == pytest.approx(40, abs=0.1)


@pytest.mark.parametrize("name", BOTH)
def test_the_zoom_follows_a_ramp(name: str) -> None:
    night = perform(f"cue 1\n    zoom {name} to 100% over 4s", (5, "go 1"), rig=RIG, end=20)
    (ramp,) = night.commands(name)
    assert ramp["outcome"] == "completed"
    assert ramp["frames"] >= {"p": 36, "c": 18}[name]
    assert ramp["done_ms"] == pytest.approx(9000, abs=700)
    assert night.far[name].body.snapshot(night.clock_at_end).zoom_percent == 100


@pytest.mark.parametrize("name", BOTH)
def test_standby_and_power(name: str) -> None:
    night = perform(
        f"cue 1\n    power {name} off\ncue 2\n    move {name} to close\ncue 3\n    power {name} on\n"
        f"    move {name} to close",
        (5, "go 1"),
        (10, "go 2"),
        (20, "go 3"),
        rig=RIG.replace("    preset close", "    boot 10s\n    preset close"),
        end=60,
    )
    assert night.outcomes(name)[:2] == [("power", "completed"), ("move", "refused")]
    assert sorted(night.outcomes(name)[2:]) == [("move", "completed"), ("power", "completed")]
    assert night.far[name].body.snapshot(night.clock_at_end).pan_degrees == pytest.approx(40, abs=0.1)


def test_requests_keep_the_distance_that_a_camera_needs() -> None:
    rig = RIG.replace("panasonic-aw-ue100", "panasonic-aw-he42")
    lines = "".join(
        f"    {line}\n" for line in ("tally p program", "focus p manual", "focus p to 2000", "zoom p to 40%")
    )
    for text, gap in ((RIG, 0.04), (rig, 0.13)):
        night = perform(f"cue 1\n{lines}    move p to pan 5deg tilt 5deg", (5, "go 1"), rig=text, end=20)
        times = [at for at, path in night.far["p"].heard if "event?" not in path]
        assert min(b - a for a, b in pairwise(times)) >= gap - 0.0005
        assert set(ends(night, "p")) == {"completed"}


@pytest.mark.parametrize("name", BOTH)
def test_a_slow_camera(name: str) -> None:
    night = perform(
        f"cue 1\n    move {name} to close\n    tally {name} preview\ncue 2\n    drive {name} up for 1s",
        (5, "go 1"),
        (12, "go 2"),
        rig=RIG,
        end=30,
        faults={name: Faults(latency=150_000_000)},
    )
    assert set(ends(night, name)) == {"completed"}
    assert not night.far[name].body.moving(int(13.8 * NS))


def test_a_preset_that_was_never_stored_is_refused() -> None:
    night = perform("cue 1\n    move p, c to preset 50", (5, "go 1"), rig=RIG, end=20)
    assert {one["outcome"] for one in night.commands()} == {"refused"}
    reasons = {one["camera"]: one["reason"] for one in night.commands()}
    assert reasons == {
        "p": "the camera reported a value out of its range", "c": "the camera refused it (livescope-status 400)",
    }  # fmt: skip


def test_the_end_of_a_show_gives_a_panasonic_its_speed_back() -> None:
    night = perform("cue 1\n    move p to close over 7s", (5, "go 1"), rig=RIG, end=20)
    end = night.far["p"].end
    assert isinstance(end, PanasonicEnd)
    assert told(night, "p", 20) == ["OSJ:29:0", "UPVS999"]
    assert (end.timing, end.number) == (False, "999")


def test_a_request_that_is_tried_again_is_in_the_log_once() -> None:
    night = perform(
        "cue 1\n    move p to close",
        (4.9, lambda night: night.unplug("p")),
        (5, "go 1"),
        (5.8, lambda night: night.plug_in("p")),
        rig=RIG,
        end=20,
    )
    (move,) = night.commands("p")
    assert move["outcome"] == "completed"
    assert move["url"].count("R01") == 1
    assert night.of("sent")[0]["url"].count("R01") == 1


def test_a_rehearsal_has_every_preset_of_the_sheet_stored() -> None:
    plan = nights.plan_of("cue 1\n    move p, c to somewhere\n    wait for p, c\n    tally p, c program", RIG)

    records = rehearse(plan).records
    found = sorted((one.camera or "", one.outcome) for one in records if isinstance(one, CommandRecord))
    assert found == [("c", "completed")] * 2 + [("p", "completed")] * 2
