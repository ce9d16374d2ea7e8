"""`with one of`: the first camera that answers, is off program and is not moved by another cue."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.format import format_text
from cuelang.library import Library
from cuelang.output.plan import plan_json
from cuelang.output.state import state_json
from cuelang.plan import Plan
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.records import NoteRecord, WarningRecord
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.source import Source

RIG = """\
camera left "sim://left"
    preset door at pan 12deg tilt -3deg zoom 20%
camera right "sim://right"
    preset door at pan 22deg tilt 3deg zoom 30%
camera centre "sim://centre"
    preset door at pan 32deg tilt 0deg zoom 0%
"""

PANEL = """\
cue 1
    with one of left, right, centre as cam
        move cam to door
        wait for cam
        tally cam program only
    else
        note "nobody is free"
    note "after"
"""


def compiled(text: str) -> Compiled:
    return Compiler(Library()).compile(Source("panel.cues", RIG + dedent(text)))


def plan_of(text: str) -> Plan:
    found = compiled(text)
    assert found.plan is not None, [one.message for one in found.diagnostics]
    return found.plan


def codes(text: str) -> list[tuple[str, int]]:
    """Every finding and its line in the sheet below the rig."""
    return [(one.code, one.span.line - RIG.count("\n")) for one in compiled(text).diagnostics if one.code != "W605"]


def night(script: str, text: str, faults: Faults = NO_FAULTS) -> Rehearsal:
    return rehearse(plan_of(text), script=parse(script), faults=faults)


def moved(found: Rehearsal) -> list[str]:
    """The cameras that were moved, in the order in which that was due."""
    moves = [one for one in found.records if isinstance(one, CommandRecord) and one.action == "move"]
    return [one.camera or "" for one in sorted(moves, key=lambda one: one.due_ms)]


def notes(found: Rehearsal) -> list[str]:
    return [one.text for one in found.records if isinstance(one, NoteRecord | WarningRecord)]


def test_the_first_that_is_off_program_is_taken_and_said() -> None:
    found = night("0s go 1\n30s go 1\n60s go 1\n", PANEL)
    assert moved(found) == ["left", "right", "left"]
    assert notes(found)[0] == "left is taken."
    assert "right is taken (left is on program)." in notes(found)


def test_none_is_free_and_the_else_runs_or_the_block_is_left_out() -> None:
    busy = PANEL + "cue 2\n    tally all program\n"
    found = night("0s go 2\n10s go 1\n", busy)
    assert moved(found) == [] and "nobody is free" in notes(found) and "after" in notes(found)
    alone = busy.replace('    else\n        note "nobody is free"\n', "")
    found = night("0s go 2\n10s go 1\n", alone)
    assert moved(found) == []
    assert notes(found)[-2:] == [
        (
            "None of left, right, centre is free (left is on program; right is on program; centre is on program):"
            " its block is left out."
        ),
        "after",
    ]


def test_one_that_another_cue_moves_is_passed_by_but_not_one_that_this_cue_moves() -> None:
    other = PANEL + "cue 2\n    move left to pan 90deg tilt 0deg over 9s\n"
    assert moved(night("0s go 2\n1s go 1\n", other)) == ["left", "right"]
    assert moved(night("0s go 2\n30s go 1\n", other)) == ["left", "left"]
    own = """\
        cue 1
            move left to pan 90deg tilt 0deg over 9s
            with one of left, right as cam
                zoom cam to 50% over 2s
        """
    found = night("0s go 1\n", own)
    assert "left is taken." in notes(found)


def test_one_that_does_not_answer_is_passed_by() -> None:
    found = night("6s go 1\n", PANEL, Faults(silent=True))
    assert "nobody is free" in notes(found) and moved(found) == []


def test_one_that_is_disabled_tonight_is_passed_by() -> None:
    plan = Compiler(Library()).compile(Source("panel.cues", RIG + PANEL), without=frozenset(("left",))).plan
    assert plan is not None
    assert moved(rehearse(plan, script=parse("0s go 1\n"))) == ["right"]


def test_one_that_auto_tracking_turns_is_passed_by() -> None:
    assert moved(night("0s go 2\n9s go 1\n", PANEL + "cue 2\n    track left on\n")) == ["right"]


RECOVERED = """\
cue 1
    move all to door
    recover all
    with one of left, right as cam
        set cam iris 1
    else
        note "nobody is free"
    wait 9s
"""


def test_what_the_same_cue_recovers_is_free_in_the_show_as_in_the_plan() -> None:
    plan = plan_of(RECOVERED)
    events = plan_json(plan)["cues"][0]["events"]
    assert [one["camera"] for one in events if one["action"] == "set"] == ["left"]
    found = rehearse(plan)
    assert "left is taken." in notes(found) and "nobody is free" not in notes(found)


def test_what_another_cue_recovers_is_moved_by_that_cue() -> None:
    text = "cue 1\n    move left to door\n    wait for left\n    recover left\n    start 2\n" + PANEL.replace(
        "cue 1", "cue 2"
    )
    assert notes(night("0s go 1\n", text))[0] == "right is taken (left is moved by cue 1)."
    events = plan_json(plan_of(text))["cues"][0]["events"]
    assert [one["camera"] for one in events if one["action"] == "move"] == ["left"]
    plan = plan_of(text + 'cue 3\n    note "x"\n')
    said = state_json(plan, state_before(plan, "2"), "2", 0)["cameras"]
    assert said["right"]["zoom"] == 30.0


def test_a_stop_of_the_cue_stops_what_it_recovers() -> None:
    text = "cue 1\n    move left to pan 150deg tilt 0deg speed 1\n    at 500ms recover left\n    wait 60s\n"
    found = night("0s go 1\n700ms stop 1\n30s locate 1\n", text)
    moves = [one for one in found.records if isinstance(one, CommandRecord) and one.action == "move"]
    assert [one.outcome for one in moves][:2] == ["superseded", "stopped"]
    hand = night("0s go 1\n600ms pause 1\n20s resume 1\n", text)
    ends = [one for one in hand.records if isinstance(one, CommandRecord) and one.action == "move"]
    assert (ends[1].done_ms or 0) > 20_000


def test_the_plan_chooses_by_the_same_rule_and_says_among_which() -> None:
    events = plan_json(plan_of("cue 0.5\n    tally left program\n" + PANEL))["cues"][1]["events"]
    assert [(one["camera"], one["action"]) for one in events][:3] == [
        ("right", "move"), ("right", "tally"), ("left", "tally"),
    ]  # fmt: skip
    assert events[0]["one_of"] == ["left", "right", "centre"]
    assert all(one["camera"] != "centre" or one["action"] == "tally" for one in events)


def test_what_is_chosen_in_the_plan_is_chosen_in_a_rehearsal() -> None:
    text = (
        "cue 0.5\n    tally left program\n" + PANEL + PANEL.replace("cue 1", "cue 2") + PANEL.replace("cue 1", "cue 3")
    )
    plan = plan_of(text)
    planned = [one["camera"] for cue in plan_json(plan)["cues"] for one in cue["events"] if one["action"] == "move"]
    assert moved(rehearse(plan)) == planned == ["right", "left", "right"]


def test_all_are_checked_as_if_chosen() -> None:
    assert codes("""\
        cue 1
            with one of left, right as cam
                move cam to throne
        """) == [("E202", 3), ("E202", 3)]  # fmt: skip
    late = """\
        cue 1
            move right to pan 170deg tilt 0deg
            wait 10s
            with one of left, right as cam
                move cam to pan -20deg tilt 0deg over 1s
        """
    found = [one for one in compiled(late).diagnostics if one.code == "E503"]
    assert [one.span.line - RIG.count("\n") for one in found] == [5]
    assert "“right”" in found[0].message


def test_what_is_on_program_is_not_warned_of_because_it_would_not_be_chosen() -> None:
    assert codes("cue 0.5\n    tally left program\n" + PANEL) == []


def test_afterwards_their_places_are_estimated() -> None:
    plan = plan_of(PANEL + 'cue 2\n    note "x"\n')
    said = state_json(plan, state_before(plan, "2"), "2", 0)["cameras"]
    assert {name: one["estimated"] for name, one in said.items()} == {"left": True, "right": True, "centre": True}
    assert said["left"]["zoom"] == 20.0
    only = 'cue 1\n    with one of left, right as cam\n        tally cam preview\ncue 2\n    note "x"\n'
    plan = plan_of(only)
    assert not any(one["estimated"] for one in state_json(plan, state_before(plan, "2"), "2", 0)["cameras"].values())


def test_a_move_from_there_is_not_too_fast_and_then_the_place_is_known() -> None:
    text = (
        PANEL.replace("        tally cam program only\n", "")
        + """\
cue 2
    move left to pan -160deg tilt 0deg zoom 90% over 100ms
cue 3
    note "x"
"""
    )
    assert codes(text) == []
    plan = plan_of(text)
    said = state_json(plan, state_before(plan, "3"), "3", 0)["cameras"]
    assert said["left"]["estimated"] is False and said["right"]["estimated"] is True


def test_the_clock_goes_on_where_the_block_ended_and_at_counts_from_the_cue() -> None:
    text = """\
        cue 1
            at 2s with one of left, right as cam
                move cam to pan 5deg tilt 0deg
                wait 3s
                note "in it"
            else
                note "none"
            note "behind"
            at 9s note "nine"
        """
    found = night("0s go 1\n", text)
    said = [(one.text, one.t_ms) for one in found.records if isinstance(one, NoteRecord)]
    assert said == [("left is taken.", 2000.0), ("in it", 5000.0), ("behind", 5000.0), ("nine", 9000.0)]
    busy = night("0s go 2\n10s go 1\n", dedent(text) + "cue 2\n    tally all program\n")
    said = [(one.text, one.t_ms) for one in busy.records if isinstance(one, NoteRecord)]
    assert said[1:] == [("none", 12_000.0), ("behind", 12_000.0), ("nine", 19_000.0)]


def test_what_is_written_at_one_instant_is_done_in_its_order() -> None:
    text = """\
        cue 1
            note "before"
            with one of left, right as cam
                note "in it"
            note "behind"
        """
    assert notes(night("0s go 1\n", text)) == ["before", "left is taken.", "in it", "behind"]


@pytest.mark.parametrize(
    "around",
    ["repeat 2 times every 20s", "do", "together", "repeat forever every 20s"],
    ids=lambda text: text.split()[0],
)
def test_it_stands_wherever_a_statement_stands(around: str) -> None:
    inner = "".join(f"    {line}\n" for line in PANEL.splitlines()[1:])
    text = f"cue 1\n    {around}\n{inner}"
    found = rehearse(plan_of(text))
    assert moved(found)[0] == "left"
    if around.startswith("repeat"):
        assert moved(found)[:2] == ["left", "right"]


def test_one_inside_another_takes_another_camera_and_else_belongs_to_the_one_above() -> None:
    text = """\
        cue 1
            with one of left, right as first
                tally first program
                with one of left, right as second
                    tally second preview
                else
                    note "no second"
            else
                note "no first"
        """
    found = night("0s go 1\n", text)
    assert notes(found) == ["left is taken.", "right is taken (left is on program)."]


def test_locate_into_it_resumes_with_the_camera_of_the_plan() -> None:
    text = PANEL.replace("wait for cam", "wait 4s") + 'cue 2\n    note "x"\n'
    found = night("0s locate 1 at 2s\n30s resume\n", text)
    assert set(moved(found)) == {"left"}
    tally = [one.camera for one in found.records if isinstance(one, CommandRecord) and one.action == "tally"]
    assert "left" in tally


def test_a_macro_takes_the_chosen_camera_and_a_list_comes_from_a_parameter() -> None:
    text = """\
        group wings = left, right
        define speaker(cams)
            with one of cams as cam
                shot(cam)
        define shot(cam)
            move cam to door
        cue 1
            speaker(wings)
        """
    assert moved(night("0s go 1\n", text)) == ["left"]


def test_its_form() -> None:
    assert codes('cue 1\n    with one of left, right\n        note "x"\n')[0][0] == "E101"
    assert codes('cue 1\n    with any of left, right as cam\n        note "x"\n')[0] == ("E101", 2)
    assert codes('cue 1\n    with one of left, nobody as cam\n        note "x"\n') == [("E201", 2)]
    assert codes('cue 1\n    with one of left, right as left\n        note "x"\n') == [("E206", 2)]
    assert codes('cue 1\n    with one of left, right as cam\n    note "x"\n') == [("E102", 2)]
    laid_out = 'cue 1\n    with one of left, right as cam\n        move cam to door\n    else\n        note "x"\n'
    assert format_text(laid_out.replace("    ", "  ").replace("left, ", "left ,")) == laid_out


def test_its_words_stay_free_as_names() -> None:
    text = """\
        camera one "sim://one"
        camera of "sim://of"
        camera with "sim://with"
        let as = 2s
        define with2(x)
            note "x"
        cue 1
            with one of one, of, with as cam
                move cam to pan 3deg tilt 0deg
            wait as
        """
    assert codes(text) == []
