"""Modes that last: autofocus, auto-tracking, the picture that a preset brings back; and what a wait waits for."""

from __future__ import annotations

import pytest

from tests.lang.compiling import RIG, check, compiled, events

TRACKING_OFF = "81 0a 11 54 03 ff"


@pytest.mark.parametrize("line", ["focus foh near speed 2 for 300ms", "focus foh far for 1s", "focus foh to 500",
                                  "focus foh to 500 over 2s"])  # fmt: skip
def test_focus_is_not_moved_in_autofocus(line):
    check(f"cue 1\n    {line}    ### W611\n")
    check(f"cue 1\n    focus foh manual\n    {line}\n")
    check(f"cue 1\n    focus foh toggle\ncue 2\n    {line}\n")


def test_the_focus_mode_is_tracked_through_the_list():
    check(
        """
        cue 3
            focus foh, left near for 1s       ### W611
        cue 1
            focus foh manual
        cue 2
            focus foh to 500
            wait 1s
            move foh to throne
            wait for foh
            focus foh to 500
            at 1s focus foh snap
            at 2s focus foh to 500
            at 3s focus foh auto
            at 4s focus foh to 500                  ### W611
            at 5s focus foh toggle
            at 6s focus foh to 500
        cue 4 "not tonight"
            disabled
            focus foh auto
        cue 5
            focus foh near for 1s
        on key "F1" focus foh near for 1s
        """
    )


def test_a_camera_that_cannot_refuse_is_not_warned_about():
    check(
        """
        camera dome "pelco-d:///dev/ttyUSB1"
        cue 1
            focus dome near for 1s
        """
    )


def test_a_recall_may_bring_the_picture_back():
    found = check(
        """
        camera stage "visca+udp://10.0.0.31"
            preset kept = 5 picture off
            preset wide = 6 at pan 3deg tilt 1deg zoom 20% picture on
        cue 1
            set stage iris 9
            set stage freeze on
            move stage to kept
            wait for stage
            move stage to wide over 9s
            wait for stage
            set stage exposure manual
            move stage to wide                      ### W612
            wait for stage
            move stage to preset 9
            wait for stage
            set stage iris 9
            move stage to preset 9                  ### W612
        """
    )
    assert "`iris` and `exposure`" in found[0].message and len(found[0].labels) == 2
    assert "“wide”" in found[0].hint
    check('camera x "sim://x"\n    preset a = 1 picture of    ### E209\ncue 1\n    move x to a\n')
    check('camera x "sim://x"\n    preset a picture off    ### E101\ncue 1\n    stop x\n')


@pytest.mark.parametrize("move", ["move foh to wide", "move foh to throne over 6s", "move foh home", "zoom foh to 50%",
                                  "move foh by pan 3deg", "drive foh left for 1s", "zoom foh in for 1s",
                                  "zoom foh to 50% over 3s", "move foh to door"])  # fmt: skip
def test_a_motion_switches_auto_tracking_off_first(move):
    sheet = f"cue 1\n    track foh on\n    wait 3s\n    {move}\n    wait 20s\n    {move}\n"
    wires = [[frame["hex"] for frame in event["wire"]] for event in events(sheet)]
    assert wires[0] == ["81 0a 11 54 02 ff"]
    assert wires[1][0] == TRACKING_OFF and len(wires[1]) > 1 and "predicted" not in events(sheet)[1]["wire"][0]
    assert TRACKING_OFF not in wires[2]
    for line in ("track foh off", "stop foh", "power foh off"):
        sheet = f"cue 1\n    track foh on\ncue 2\n    {line}\n    wait 3s\n    {move}\n"
        assert TRACKING_OFF not in [frame["hex"] for frame in events(sheet, "2")[1]["wire"]]


def test_auto_tracking_is_tracked_from_cue_to_cue():
    sheet = "cue 1\n    track foh on\ncue 2\n    focus foh manual\ncue 3\n    move foh home\n"
    assert [frame["hex"] for frame in events(sheet, "3")[0]["wire"]] == [TRACKING_OFF, "81 01 06 04 ff"]


def test_a_wait_waits_for_an_arrival_that_is_still_to_come():
    text = """
        cue 1
            move foh to door arriving at 3s
            wait for foh
            note "there"
            wait 1s
            note "a"
        cue 2
            move left to pan 20deg tilt 0deg arriving at 4s
            at 1s move foh to pan 0deg tilt 0deg
            wait for foh
            note "foh alone"
            wait for left
            note "left too"
        cue 3
            move foh to door arriving at 3s
            wait for foh up to 1s
            note "in vain"
        cue 4
            move foh to throne arriving at 3s
            at 5s
                wait for foh
                note "long there"
        """
    check(text)
    move, there, later = events(text, "1")
    assert there["at_ms"] == move["until_ms"] == pytest.approx(3000, abs=100)
    assert later["at_ms"] == there["at_ms"] + 1000
    move = next(event for event in events(text, "2") if event["camera"] == "left")
    assert events(text, "2")[-1]["text"] == "left too" and events(text, "2")[-1]["at_ms"] == move["until_ms"] > 3900
    assert [event["at_ms"] for event in events(text, "3") if event["action"] == "note"] == [1000]
    assert [event["at_ms"] for event in events(text, "4") if event["action"] == "note"] == [5000]


def test_each_axis_may_be_far_off_its_time():
    found = check(
        """
        cue 1
            move left to pan 20deg zoom 50% over 8s      ### W607
        """
    )
    assert found[0].message == "Pan and tilt of “left” arrive after 1.9s, at its slowest."


def test_what_stays_where_it_is_may_be_shown():
    check(
        """
        cue 1
            move foh to throne
            wait for foh
            move foh to throne over 5s
            wait 1s
            tally foh program
            wait 5s
            tally foh off
            zoom foh to 10% over 3s
            wait 1s
            tally foh program              ### W602
        """
    )


MOVE = "\ncue 2\n    zoom foh to 60% over 10s\n"
"""A cue that runs for ten seconds although its only line is over at once."""


@pytest.mark.parametrize(
    ("sheet", "times"),
    [
        ("cue 1\n    repeat 5 times every 1s\n        start 2" + MOVE, 1),
        ("cue 1\n    start 2\n    wait 5s\n    start 2" + MOVE, 1),
        ("cue 1\n    start 2\n    wait 11s\n    start 2" + MOVE, 0),
        ("cue 1\n    start 2\n    wait for foh\n    start 2" + MOVE, 1),
        ("cue 1\n    start 2\n    wait 1s\n    wait for foh\n    start 2" + MOVE, 0),
        ("cue 1\n    start 2\n    wait for go\n    start 2" + MOVE, 0),
        ("cue 1\n    start 2\n    wait 5s\n    start 2" + MOVE + "    restart\n", 0),
        ("cue 1\n    start 2\n    wait 60s\n    start 2\ncue 2\n    repeat forever every 1s\n        note \"x\"\n", 1),
        ("cue 1\n    start 2\n    wait 1s\n    stop cue 2\n    start 2" + MOVE, 0),
    ],
)  # fmt: skip
def test_a_cue_that_is_started_while_it_runs(sheet, times):
    assert [one.code for one in compiled(RIG + sheet).diagnostics if one.code == "W617"] == ["W617"] * times


def test_a_line_of_a_macro_is_shown_once_however_often_it_was_called():
    sheet = "define put(cam, prop)\n    set cam prop 9\n"
    sheet += "cue 1\n    put(foh, iris)\n    put(foh, gain)\n    move foh to wide\n"
    (found,) = [one for one in compiled(RIG + sheet).diagnostics if one.code == "W612"]
    assert [label.text for label in found.labels] == ["set here"]
