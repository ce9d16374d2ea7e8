"""Latest takes precedence, seen from the far end of the wire and in the log."""

from __future__ import annotations

import pytest

from cuelang.output.plan import plan_json
from tests.running.night import FOCUS_STOP, PAN_TILT_STOP, RIG, TRACK_OFF, ZOOM_STOP, Night, perform, plan_of

BOOTING = "cue 1\n    power foh off\n    wait 2s\n    power foh on\n"
FAR = RIG.replace("-30deg tilt 5deg", "-150deg tilt 5deg")
DRIVE_STOP = "81 01 06 01 0c 0c 03 03 ff"


def stops(night: Night, camera: str, **span: float) -> list[str]:
    return [frame for _, frame in night.wire(camera, **span) if frame in (DRIVE_STOP, PAN_TILT_STOP, ZOOM_STOP)]


@pytest.mark.parametrize(
    ("line", "lost"),
    [("focus foh lock", "focus"), ("focus foh auto", "focus"), ("zoom foh to 10%", "zoom"), ("zoom foh out", "zoom")],
)
def test_a_recall_that_loses_its_focus_or_zoom_is_still_waited_for(line: str, lost: str) -> None:
    """Otherwise `wait for` would put a camera on program that is still turning."""
    sheet = f"""
cue 1
    move foh to throne
    wait 500ms
    {line}
    wait for foh
    tally foh program
"""
    night = perform(sheet, (1, "go"), rig=FAR)
    (move,) = night.commands(action="move")
    (tally,) = night.commands(action="tally")
    assert (move["outcome"], move["reason"]) == ("superseded", f"newer commands control its {lost}")
    assert tally["due_ms"] >= move["done_ms"] > 1700
    assert stops(night, "foh", until=tally["due_ms"] / 1000) == []
    (planned,) = [
        event for event in plan_json(plan_of(sheet, FAR), "1")["cues"][0]["events"] if event["action"] == "tally"
    ]
    assert planned["at_ms"] == pytest.approx(tally["due_ms"] - 1000, abs=400)


def test_a_drive_takes_pan_and_tilt_from_a_timed_move_and_the_zoom_goes_on() -> None:
    night = perform(
        "cue 1\n    move foh to throne over 6s\n    wait 2s\n    drive foh left for 1s\n", (0, "go"), end=20
    )
    (move,) = night.commands(action="move")
    zooms = [at for at, frame in night.wire("foh") if frame.startswith("81 01 04 47")]
    assert zooms[-1] == 6 and move["frames"] == 60
    assert (move["outcome"], move["done_ms"] > 6000) == ("superseded", True)
    assert [at for at, frame in night.wire("foh") if frame == DRIVE_STOP] == [3]


def test_a_zoom_takes_the_ramp_from_a_timed_move_and_the_head_goes_on() -> None:
    sheet = "cue 1\n    move foh to throne over 15s\n    wait 2s\n    zoom foh to 0%\n    wait for foh\n"
    night = perform(sheet, (0, "go"), rig=FAR)
    zooms = [at for at, frame in night.wire("foh", until=20) if frame.startswith("81 01 04 47")]
    assert zooms[-2:] == [1.9, 2.0]
    assert night.far["foh"].body.pan.at(10**12) == -2160
    assert 13 < night.cues()[-1][2] < 17


def test_a_drive_ends_a_recall_that_has_not_been_sent() -> None:
    """Held by `power on`: sent afterwards, it would take the head back from the drive."""
    night = perform(BOOTING + "    move foh to throne\n    wait 1s\n    drive foh left for 2s\n", (0, "go"), end=90)
    assert not [frame for _, frame in night.wire("foh") if frame.startswith("81 01 04 3f")]
    assert ("move", "superseded") in night.outcomes("foh")


def test_a_recall_that_waits_for_power_keeps_its_turn_before_the_focus() -> None:
    night = perform(BOOTING + "    move foh to throne\n    wait 1s\n    focus foh lock\n", (0, "go"), end=90)
    sent = [frame for _, frame in night.wire("foh", until=89)]
    assert sent[-2:] == ["81 01 04 3f 02 04 ff", "81 0a 04 68 02 ff"]
    assert night.far["foh"].body.pan.at(10**12) == -432


def test_one_record_for_what_is_displaced_and_no_stop_for_it() -> None:
    night = perform(
        "cue 1\n    drive foh left\ncue 2\n    move foh to throne\ncue 3\n    move foh to wide\n",
        (0, "go"),
        (1, "go"),
        (2, "go"),
        end=30,
    )
    assert night.outcomes("foh") == [("drive", "completed"), ("move", "superseded"), ("move", "completed")]
    assert stops(night, "foh") == []


def test_a_stop_is_sent_once() -> None:
    night = perform(
        "cue 1\n    move foh to throne\n    drive left left\n    wait 1s\n    stop all\n", (0, "go"), end=20
    )
    stop = [TRACK_OFF, DRIVE_STOP, ZOOM_STOP, FOCUS_STOP]
    assert [frame for _, frame in night.wire("foh", since=1)] == stop
    assert [frame for _, frame in night.wire("left", since=1)] == stop
    assert night.outcomes("foh") == [("move", "stopped"), ("stop", "completed")]


def test_stopping_a_cue_stops_only_what_is_still_its_own() -> None:
    night = perform(
        "cue 1\n    move foh to throne\n    wait 60s\ncue 2\n    zoom foh to 100% over 20s\n",
        (0, "go"),
        (1, "go"),
        (1.5, "stop 1"),
        end=40,
        rig=FAR,
    )
    assert stops(night, "foh") == [DRIVE_STOP]
    (zoom,) = night.commands(action="zoom")
    assert (zoom["outcome"], zoom["frames"]) == ("completed", 200)
    (move,) = night.commands(action="move")
    assert move["outcome"] == "stopped"


def test_resume_does_not_take_back_what_was_lost() -> None:
    night = perform(
        "cue 1\n    move foh to throne\n    wait 20s\ncue 2\n    zoom foh to 100%\n",
        (0, "go"),
        (0.5, "pause 1"),
        (1, "go"),
        (5, "resume 1"),
        end=40,
    )
    assert len([frame for _, frame in night.wire("foh") if frame.startswith("81 01 04 3f")]) == 1
    (move,) = night.commands(action="move")
    assert move["outcome"] == "superseded" and "recalling it again would undo" in move["reason"]
    assert night.far["foh"].body.zoom.at(10**12) == 0x4000


def test_image_settings_and_lights_take_nothing_from_a_move() -> None:
    night = perform(
        "cue 1\n    move foh to throne\n    set foh iris 9\n    set foh freeze on\n    tally foh preview\n",
        (0, "go"),
        rig=RIG,
        end=20,
    )
    assert {outcome for _, outcome in night.outcomes()} == {"completed"}
