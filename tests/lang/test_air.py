"""What the plan warns of: the air, two claims on one axis, drives without a stop, presets that are overwritten."""

from __future__ import annotations

import pytest

from tests.lang.compiling import check, cue_steps, events


def test_a_move_on_program_wants_to_be_live():
    check(
        """
        cue 1
            tally foh program
            move foh to wide                  ### W601
            wait 30s
            move foh to wide live
            wait 30s
            zoom foh to 20%                   ### W601
            wait 30s
            focus foh auto
            set foh iris 9
            stop foh
            tally foh off
            zoom foh to 10%
        """
    )


@pytest.mark.parametrize(
    "line",
    [
        "move foh by pan 1deg", "move foh home", "drive foh left for 1s", "zoom foh in for 1s", "track foh on",
        "power foh off", "set foh flip h", "set foh reverse on", "set foh picture_flip on", "set foh freeze on",
        "set foh osd toggle",
    ],
)  # fmt: skip
def test_the_interlock_covers_all_motion_and_what_changes_the_picture(line):
    check(f"cue 1\n    tally foh program\n    {line}   ### W601\n")
    check(f"cue 1\n    tally foh program\n    {line} live\n")
    check(f"cue 1\n    tally foh preview\n    {line}\n")


def test_clearing_a_preset_is_covered_too():
    check("cue 1\n    tally foh program\n    clear foh preset 4  ### W601 W609\n")
    check("cue 1\n    tally foh program\n    clear foh preset 4 live  ### W609\n")


def test_each_cue_leaves_the_air_to_the_next_of_the_list():
    check(
        """
        cue 2
            move foh to wide      ### W601
        cue 1
            tally foh program
        cue 1.5
            disabled
            tally foh off
        cue 3
            tally foh off
        cue 4
            move foh to wide
        """
    )


def test_program_only_takes_the_others_off():
    sheet = """
        cue 1
            tally foh program
            tally left preview
            tally right program only
            drive foh up for 1s
            drive right up for 1s live
    """
    check(sheet)
    assert [(one["camera"], one["wire"][0]["hex"][12:14]) for one in events(sheet) if one["action"] == "tally"] == [
        ("foh", "02"), ("left", "01"), ("right", "02"), ("foh", "03"),
    ]  # fmt: skip
    steps = [step for step in cue_steps(sheet) if step.act.only]
    assert [(step.act.camera, step.idle) for step in steps] == [("foh", False), ("left", True)]


def test_program_before_arrival():
    check(
        """
        cue 1
            move foh to throne over 2s
            at 1s tally foh program           ### W602
        cue 2
            tally foh off
            drive foh left for 4s
            tally foh program                 ### W602
            wait for foh
            tally foh off
            zoom foh in
            tally foh program                 ### W602
            stop foh
            tally foh off
        cue 3
            move foh to pan -60deg tilt 0deg over 3s live
            tally foh program
            wait for foh
            tally foh off
        cue 4
            move left to door
            tally left program
        """
    )


def test_from_an_unknown_place_nothing_is_known_to_be_late():
    check(
        """
        cue 1
            move left to door
            wait for left
            move left to pan 10deg tilt 0deg over 1s
            tally left program
            tally left off
            wait 10s
            move left to door
            wait 10s
            zoom left to 50% over 5s
            tally left program
            tally left off
        """
    )


def test_tracking_is_no_move_that_is_late():
    check("cue 1\n    track foh on\n    tally foh program\n    wait 1s\n    track foh off live\n")


def test_two_claims_on_one_axis():
    check(
        """
        cue 1
            zoom foh to 80% over 8s
            at 2s zoom foh to 20% over 2s       ### W603
            at 4s zoom foh to 80% over 8s
            at 6s move foh to wide              ### W603
        cue 2
            drive foh left for 3s
            drive foh up for 3s                 ### W603
            drive left left
            drive left up                       ### W603
            stop all
        cue 3
            drive foh left
            at 1s drive foh right
            at 2s stop foh
            at 2s drive foh right for 2s
            at 3s stop foh
        cue 4
            set foh iris 9
            set foh iris 5                      ### W603
            set foh gain 5
            set foh bright up
            set foh bright up
            set foh sharpness manual
            set foh sharpness 5
            focus foh manual
            focus foh to 500
            zoom foh to 50%
            move foh to pan 3deg tilt 3deg
            move foh to wide                    ### W603 W612
        cue 5
            drive foh left for 3s
            power foh on
            move foh to wide
        """
    )


def test_settings_of_a_later_instant_collide_with_nothing():
    check("cue 1\n    set foh iris 9\n    wait 1s\n    set foh iris 5\n")


def test_a_drive_wants_a_stop():
    check(
        """
        cue 1
            drive foh left        ### W608
            zoom left in          ### W608
            focus right near      ### W608 W611
        cue 2
            drive foh left
            zoom foh in
            focus foh manual
            focus foh near
            wait 1s
            stop foh
        cue 3
            drive foh left for 3s
        cue 4
            drive foh left
            wait 2s
            drive foh right for 1s
        cue 5
            drive foh left
            wait 2s
            move foh to wide
        """
    )


def test_a_preset_is_not_overwritten_in_a_show():
    check(
        """
        cue 1
            store foh preset throne     ### W609
            store foh preset 7          ### W609
            clear foh preset 7          ### W609
        on key "F5" store foh preset 7
        """
    )


def test_a_warning_inside_a_macro_stands_there_and_names_the_call():
    found = check(
        """
        cue 1
            tally foh program
            go_to(foh)
            wait 30s
            go_to(foh)
        define go_to(cam)
            move cam to wide      ### W601
        """
    )
    assert [(label.span.line, label.text) for label in found[0].labels] == [(3, "called here")]


def test_a_camera_that_is_left_out_warns_of_nothing():
    check("cue 1\n    tally foh program\n    move foh to wide\n    drive foh left\n", without=frozenset(["foh"]))
