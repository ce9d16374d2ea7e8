"""Where a plan believes the cameras to be, and when they arrive. Figures worked out by hand:
14.4 units a degree, pan 3.7937·n + 6.4944 and tilt 2.2228·n + 3.4522 degrees a second at step n, full zoom 4 s."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cuelang.lang import warnings
from tests.lang.compiling import as_json, check, cue_steps, events


def pan_ns(degrees: int, step: int) -> int:
    return round(degrees * 10**9 / (Fraction("3.7937") * step + Fraction("6.4944")))


def tilt_ns(degrees: int, step: int) -> int:
    return round(degrees * 10**9 / (Fraction("2.2228") * step + Fraction("3.4522")))


def moved(text: str, number: str = "1"):
    return next(step for step in reversed(cue_steps(text, number)) if step.act.command.action == "move")


@pytest.mark.parametrize(
    ("line", "until"),
    [
        ("move left to pan 90deg tilt 0deg", pan_ns(90, 12)),
        ("move left to pan 90deg tilt 0deg speed 24", pan_ns(90, 24)),
        ("move left to pan -90deg tilt 30deg speed 24, 1", tilt_ns(30, 1)),
        ("move left to tilt 80deg speed 24", tilt_ns(80, 20)),
        ("move left to zoom 50%", 2_000_000_000),
        ("move left by pan -45deg", pan_ns(45, 12)),
        ("move left to pan 90deg tilt 0deg zoom 100% speed 24", 4_000_000_000),
    ],
)
def test_an_untimed_move_arrives_as_the_model_says(line, until):
    assert moved(f"cue 1\n    {line}\n").until == until


def test_a_timed_move_takes_the_step_that_comes_nearest():
    step = moved("cue 1\n    move left to pan 90deg tilt 0deg over 3s\n")
    nearest = min(range(1, 25), key=lambda n: abs(pan_ns(90, n) - 3 * 10**9))
    assert step.until == pan_ns(90, nearest)
    (event,) = events("cue 1\n    move left to pan 90deg tilt 0deg over 3s\n")
    assert event["wire"][0]["hex"] == f"81 01 06 02 {nearest:02x} 01 00 05 01 00 00 00 00 00 ff"


def test_each_cue_begins_where_the_one_before_in_the_list_ends():
    sheet = """
        cue 3
            move left to pan 0deg tilt 0deg
        cue 1
            move left to pan 90deg tilt 0deg
        cue 2
            drive left right speed 24 for 1s
    """
    driven = Fraction("3.7937") * 24 + Fraction("6.4944")
    assert abs(moved(sheet, "3").until - pan_ns(1, 12) * min(90 + driven, Fraction(170))) < 10**8
    assert moved(sheet, "1").until == pan_ns(90, 12)


def test_positions_are_tracked_in_time_order_not_in_that_of_the_text():
    sheet = """
        cue 1
            together
                at 20s move left to pan 0deg tilt 0deg
                at 0s  move left to pan 90deg tilt 0deg
    """
    assert moved(sheet).until == 20 * 10**9 + pan_ns(90, 12)


def test_a_stop_leaves_the_camera_where_it_has_come_to():
    sheet = """
        cue 1
            move left to pan 90deg tilt 0deg speed 24
            at 500ms stop left
            at 2s move left to pan 0deg tilt 0deg speed 24
    """
    assert abs(moved(sheet).until - 2_500_000_000) < 10_000_000


def test_what_is_not_known_is_an_estimate_and_no_mistake():
    sheet = """
        cue 1
            move left to door
            wait for left
            zoom left to 60% over 2s
            move left to pan 170deg tilt 0deg over 1s
    """
    check(sheet)
    recall, ramp, timed = events(sheet)
    assert recall["until_ms"] is None and recall["estimated"] and ramp["estimated"] and timed["estimated"]
    assert ramp["wire"] == [{"at_ms": 2000, "hex": "81 01 04 47 02 06 06 06 ff"}], "from an unknown start only its last"
    assert timed["until_ms"] == 1000


def test_a_recall_of_a_known_preset_is_predicted():
    (event,) = events("cue 1\n    move foh to throne speed 10\n")
    assert event["until_ms"] == max(round(tilt_ns(5, 10) / 1000) / 1000, round(pan_ns(30, 10) / 1000) / 1000, 2399.902)
    assert "estimated" not in event
    assert [frame["hex"] for frame in event["wire"]] == ["81 01 06 01 0a ff", "81 01 04 3f 02 04 ff"]


def test_the_preset_speed_is_sent_when_it_differs_from_the_last():
    sheet = """
        cue 1
            move foh to throne
            wait 10s
            move foh to wide speed 5
            wait 10s
            move foh to throne speed 5
            wait 10s
            move foh to wide
            wait 10s
            move foh to wide speed 6
        cue 2
            move foh to wide speed 6
    """
    assert [len(event["wire"]) for event in events(sheet)] == [1, 2, 1, 1, 2]
    assert [len(event["wire"]) for event in events(sheet, "2")] == [1]


def test_times_that_no_camera_can_keep():
    check(
        """
        cue 1
            move foh to pan 170deg tilt 0deg over 1s          ### E503
            wait 60s
            move foh to pan 0deg tilt 0deg over 1m            ### W607
            wait 60s
            zoom foh to 100% over 1s                          ### W607
            wait 60s
            zoom foh to 0% over 4s
        cue 2
            move left to door over 3s                         ### E505
            move foh to preset 77 over 3s                     ### E505
            move foh to wide arriving at 3s                   ### E505
            move foh to throne over 3s arriving at 4s         ### E208
            move foh to throne over 3s speed 4                ### E208
        """
    )


def test_arriving_at_sets_the_start_back_by_the_travel():
    event = events("cue 1\n    wait 5s\n    move left to pan 90deg tilt 0deg arriving at 10s speed 24\n")[0]
    travel = pan_ns(90, 24)
    assert event["at_ms"] == round((10**10 - travel) / 1000) / 1000
    assert event["until_ms"] == 10_000


def test_arriving_at_may_lie_before_the_clock_but_not_before_its_block():
    event = events("cue 1\n    wait 9s\n    move left to pan 90deg tilt 0deg arriving at 10s\n")[0]
    assert event["at_ms"] < 9000 and event["until_ms"] == 10_000
    check("cue 1\n    move left to pan 90deg tilt 0deg arriving at 500ms   ### E503\n")
    check("cue 1\n    at 20s\n        move left to pan 90deg tilt 0deg arriving at 500ms   ### E503\n")


def test_arriving_at_counts_as_at_counts():
    sheet = """
        cue 1
            drive foh left for 2s
            wait for foh
            move left to pan 90deg tilt 0deg arriving at 5s speed 24
    """
    event = next(one for one in events(sheet) if one["action"] == "move")
    assert event["until_ms"] == 7000 and event["anchor"] == "3:5"


def test_move_speed_is_that_of_the_camera():
    sheet = """
        camera a "visca+udp://10.0.0.1"
            move_speed 3
        cue 1
            move a to pan 90deg tilt 0deg
    """
    assert cue_steps(sheet, rig=False)[0].until == pan_ns(90, 3)


def test_halves_round_away_from_zero_and_axes_that_are_left_out_stay():
    assert events("cue 1\n    move left to pan 0.3125deg\n")[0]["wire"][0]["hex"][18:29] == "00 00 00 05"
    assert events("cue 1\n    move left to pan -0.3125deg\n")[0]["wire"][0]["hex"][18:29] == "0f 0f 0f 0b"
    event = events("cue 1\n    move left to tilt 10deg\n    wait 9s\n    move left to pan 10deg\n")[1]
    assert event["wire"][0]["hex"] == "81 01 06 02 0c 0c 00 00 09 00 00 00 09 00 ff" and event["predicted"]


def test_the_figures_of_a_camera_without_a_model_are_an_estimate():
    plan = as_json("cue 1\n    wait 1s\n")
    assert plan["duration_ms"] == 1000
    from cuelang.output.plan import plan_json
    from tests.lang.compiling import plan_of

    cameras = plan_json(plan_of("cue 1\n    wait 1s\n"))["cameras"]
    assert cameras["left"] == {"url": "visca+udp://10.0.0.22:1259", "model": None, "estimated": True}
    assert cameras["foh"] == {"url": "visca+udp://10.0.0.21:1259", "model": "ptzoptics-move-4k-20x"}


def test_the_zoom_of_a_timed_move_has_its_fastest_too():
    check(
        """
        camera a "visca+udp://10.0.0.1"
        cue 1
            move a to pan 10deg tilt 0deg zoom 100% over 1s  ### E503
            wait 9s
            move a to pan 0deg tilt 0deg zoom 10% over 3500ms  ### W607
        """,
        rig=False,
    )


def test_two_presets_may_name_one_number():
    check(
        """
        camera a "visca+udp://10.0.0.1"
            preset wide = 1
            preset safe = 1
        cue 1
            move a to wide
        """,
        rig=False,
    )


@pytest.mark.parametrize(
    ("takes", "enough", "brief"),
    [
        (1_600_000_000, "1.6s", "1.6s"), (1_600_000_001, "1.7s", "1.6s"), (1_599_999_999, "1.6s", "1.6s"),
        (1_000_000, "0.1s", "0.1s"), (2_000_000_000, "2s", "2s"),
    ],
    ids=str,
)  # fmt: skip
def test_a_time_that_is_needed_is_rounded_up_and_one_that_is_taken_to_the_nearest(takes, enough, brief):
    assert (warnings.enough(takes), warnings.brief(takes)) == (enough, brief)


def test_a_camera_that_cannot_move_to_a_place_is_not_asked_for_the_place() -> None:
    check("""
        camera dome "pelco-d:///dev/ttyUSB0?address=3"
            preset door = 5
        cue 1
            move dome to door over 3s             ### E401
        cue 2
            move dome to door arriving at 3s      ### E401
        """)
