"""`locate`: the rig goes to where the list has it, from wherever it is."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cuelang.output.state import state_json
from cuelang.plan import Plan
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.records import CueRecord, EndRecord, NoteRecord, TriggerRecord, WarningRecord
from cuelang.units import MS
from tests.drawn import examples
from tests.rehearsal.sheets_at_random import compiled, lists
from tests.rehearsal.test_where_the_list_leaves_the_rig import agree

SHEET = """\
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
    preset dark = 9
camera left "sim://left"
    preset door at pan 12deg tilt -3deg zoom 20%

cue 1
    move foh to throne
    move left to door
    set foh iris 9
    focus left manual
cue 2
    move foh to wide
    set left white_balance indoor
cue 3
    tally foh program
    move left to pan 40deg tilt 0deg
cue 4
    at 1s move left to pan 0deg tilt 0deg over 6s
    at 5s note "half way"
    at 8s note "there"
cue 5
    note "go on"
    move left to pan -20deg tilt 5deg
"""


def night(script: str, sheet: str = SHEET) -> Rehearsal:
    plan = compiled(sheet)
    assert plan is not None
    return rehearse(plan, script=parse(script))


def cameras(found: Rehearsal) -> dict[str, Any]:
    end = found.records[-1]
    assert isinstance(end, EndRecord) and end.cameras is not None
    return end.cameras


def sent(found: Rehearsal, after_ms: float) -> list[tuple[str, str]]:
    return [
        (one.camera or "", one.action)
        for one in found.records
        if isinstance(one, CommandRecord) and one.t_ms >= after_ms and one.due_ms >= after_ms
    ]


def test_the_rig_goes_to_where_the_list_has_it_just_before_the_cue() -> None:
    found = night("0s go 1\n30s go 2\n60s locate 2\n")
    foh, left = cameras(found)["foh"], cameras(found)["left"]
    assert (foh["pan"], foh["tilt"], foh["zoom"]) == (-30.0, 5.0, 60.0)
    assert (left["pan"], left["zoom"]) == (12.014, 20.0)
    assert ("left", "move") not in sent(found, 60_000)  # it is there already


def test_only_what_differs_is_sent() -> None:
    found = night("0s go 1\n60s locate 2\n90s locate 2\n")
    assert sent(found, 60_000) == [("foh", "focus")]  # the show has not asked for its mode before
    assert sent(found, 90_000) == []


def test_cues_and_follows_that_run_are_stopped() -> None:
    found = night("0s go 4\n2s locate 2\n")
    states = [
        (one.cue, one.state, one.reason) for one in found.records if isinstance(one, CueRecord) and one.cue == "4"
    ]
    assert states == [("4", "started", None), ("4", "stopped", "locate")]


def test_a_camera_on_program_is_left_and_named() -> None:
    found = night("0s go 1\n30s go 2\n60s go 3\n90s locate 2\n")
    assert cameras(found)["foh"]["pan"] == 0.0
    said = [one for one in found.records if isinstance(one, TriggerRecord) and one.request == "locate 2"]
    assert [one.verdict for one in said] == ["fired"]
    live = night("0s go 1\n30s go 2\n60s go 3\n90s locate 2 live\n")
    assert cameras(live)["foh"]["pan"] == -30.0


def test_the_cue_stands_by_and_can_be_fired_when_the_cameras_are_there() -> None:
    found = night("0s locate 2\n60s go\n")
    assert [one.cue for one in found.records if isinstance(one, CueRecord) and one.state == "started"] == ["", "2"]
    found = night("0s locate 5 go\n")
    fired = next(one for one in found.records if isinstance(one, CueRecord) and one.cue == "5")
    moved = max(one.done_ms or 0 for one in found.records if isinstance(one, CommandRecord) and one.cue == "")
    assert fired.t_ms >= moved


def test_so_long_into_a_cue_it_stands_paused_and_ends_as_if_it_were_played() -> None:
    found = night("0s locate 4 at 3s\n20s resume\n")
    notes = [(one.text, one.t_ms) for one in found.records if isinstance(one, NoteRecord) and one.cue == "4"]
    assert notes == [("half way", 22_000.0), ("there", 25_000.0)]
    assert cameras(found)["left"]["pan"] == 0.0
    standby = [one for one in found.records if one.kind == "standby"]
    assert getattr(standby[-1], "cue", None) == "5"


def test_what_a_cue_has_fired_stands_paused_beside_it() -> None:
    sheet = (
        SHEET
        + """\
cue 6
    note "six"
    start 7
    wait 2s
    note "six again"
cue 7
    wait 4s
    note "seven"
    move left to pan 33deg tilt 0deg
"""
    )
    found = night("0s locate 6 at 1s\n20s resume\n", sheet)
    notes = [(one.text, one.t_ms) for one in found.records if isinstance(one, NoteRecord) and one.cue]
    assert notes == [("six again", 21_000.0), ("seven", 23_000.0)]
    assert cameras(found)["left"]["pan"] == pytest.approx(33, abs=0.1)


def test_a_relative_move_on_its_way_gets_what_is_left_of_it() -> None:
    sheet = SHEET + "cue 6\n    move left to pan 0deg tilt 0deg\ncue 7\n    move left by pan 60deg tilt 0deg speed 3\n"
    found = night("0s locate 7 at 1s\n20s resume\n", sheet)
    assert cameras(found)["left"]["pan"] == pytest.approx(60, abs=0.1)


def test_a_recall_on_its_way_is_put_at_its_place_and_goes_on() -> None:
    sheet = SHEET + "cue 6\n    move foh to wide\ncue 7\n    move foh to throne speed 1\n    focus foh manual\n"
    assert -20 < cameras(night("0s locate 7 at 1s\n", sheet))["foh"]["pan"] < -5
    found = night("0s locate 7 at 1s\n20s resume\n", sheet)
    assert cameras(found)["foh"]["pan"] == -30.0 and not found.left["foh"].focus_auto


def test_a_moment_after_the_end_is_refused_with_that_end() -> None:
    found = night("0s locate 4 at 1h\n")
    said = next(one for one in found.records if isinstance(one, TriggerRecord))
    assert said.verdict == "refused" and "ends after 8s" in (said.reason or "")


def test_what_cannot_be_known_is_named_and_left_alone() -> None:
    sheet = (
        SHEET.replace('    note "go on"\n', "    drive foh left speed 3 live\n    set left iris up\n")
        + 'cue 6\n    note "x"\n'
    )
    found = night("0s locate 6\n", sheet)
    said = " ".join(one.text for one in found.records if isinstance(one, WarningRecord))
    assert "foh pan-tilt (a drive without end had it last)" in said and "left iris (a step had it last)" in said


def test_relative_moves_after_a_recall_come_one_after_the_other() -> None:
    sheet = """
        camera foh "sim://foh"
            preset near = 1 at pan 5deg tilt 0deg zoom 50%
        cue 1
            move foh to near
        cue 2
            repeat 2 times every 9s
                move foh by pan 3deg tilt 0deg
        cue 3
            note "the end"
        """
    end = night("0s locate 3\n", dedent(sheet)).records[-1]
    assert isinstance(end, EndRecord) and end.cameras is not None
    assert end.cameras["foh"]["pan"] == pytest.approx(11, abs=0.1)


def agrees(plan: Plan, before: str, found: Rehearsal) -> None:
    """Every camera that the list knows just before this cue is there, with the settings that it knows. One that is
    switched off does not move, and `locate` switches nothing on."""
    said = state_json(plan, state_before(plan, before), before, 0)["cameras"]
    for name, camera in said.items():
        if not camera["unknown"] and found.left[name].power == "on":
            assert agree(camera, found.left[name]), (name, camera, found.left[name])


@examples(15)
@given(lists(endless=True), st.integers(1, 6), st.integers(1, 6))
def test_located_is_as_played(text: str, first: int, number: int) -> None:
    """Played 1 … n−1, or located n after other cues: every camera that is known ends in the same place."""
    plan = compiled(text)
    assume(plan is not None and all(cue.in_list for cue in plan.cues if cue.number == str(number)))
    assert plan is not None
    script = parse(f"0s go {first}\n300s go {number}\n600s locate {number} live\n")
    agrees(plan, str(number), rehearse(plan, script=script))


@examples(15)
@given(lists(again=True), st.integers(1, 6), st.integers(1, 5), st.integers(0, 100))
def test_located_into_a_cue_and_resumed_is_as_played(text: str, first: int, number: int, percent: int) -> None:
    """`locate n at T` and `resume`, after other cues: the rig ends as playing n ends."""
    plan = compiled(text)
    cue = next((one for one in plan.cues if one.number == str(number)), None) if plan is not None else None
    assume(cue is not None and cue.in_list and cue.duration is not None)
    assert plan is not None and cue is not None and cue.duration is not None
    at = cue.duration * percent // 100 // MS
    script = parse(f"0s go {first}\n300s locate {number} at {at}ms live\n600s resume\n")
    agrees(plan, str(number + 1), rehearse(plan, script=script))


STORED = """\
camera foh "sim://foh"
    preset near = 1 at pan 5deg tilt 0deg zoom 50%
cue 1
    move foh to pan 40deg tilt 0deg zoom 20%
cue 2
    store foh preset near
    move foh to pan 0deg tilt 0deg zoom 0%
cue 3
    move foh to near
    wait for foh
    note "there"
cue 4
    note "the end"
"""


def test_a_preset_that_the_list_stores_leads_to_where_it_was_stored() -> None:
    played = night("0s go 1\n30s go 2\n60s go 3\n", STORED)
    assert played.left["foh"].pan_degrees == 40.0
    moves = [one.outcome for one in played.records if isinstance(one, CommandRecord) and one.action == "move"]
    assert moves == ["completed"] * 3
    plan = compiled(STORED)
    assert plan is not None
    foh = state_json(plan, state_before(plan, "4"), "4", 0)["cameras"]["foh"]
    assert (foh["pan"], foh["zoom"], foh["preset"]) == (40.0, 20.0, None)


def test_where_the_camera_may_hold_another_place_the_position_is_sent() -> None:
    end = cameras(night("0s locate 4\n", STORED))["foh"]
    assert (end["pan"], end["zoom"]) == (40.0, 20.0)


def test_a_camera_that_the_list_has_switched_off_takes_settings_only() -> None:
    sheet = SHEET + 'cue 6\n    power foh off\ncue 7\n    move foh to wide\n    set foh iris 4\ncue 8\n    note "x"\n'
    plan = compiled(sheet)
    assert plan is not None
    before, after = (state_json(plan, state_before(plan, number), number, 0)["cameras"]["foh"] for number in ("6", "8"))
    assert (after["pan"], after["zoom"]) == (before["pan"], before["zoom"])
    assert after["settings"]["iris"] == 4
