"""`locate`: the rig goes to where the list has it, from wherever it is."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.state import state_json
from cuelang.plan import Plan
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.records import CommandRecord, CueRecord, EndRecord, NoteRecord, TriggerRecord, WarningRecord
from cuelang.source import Source
from tests.rehearsal.sheets_at_random import lists
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


def compiled(text: str) -> Plan | None:
    return Compiler(Library()).compile(Source("night.cues", text)).plan


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


@settings(max_examples=15, deadline=None)
@given(lists(), st.integers(1, 6), st.integers(1, 6))
def test_located_is_as_played(text: str, first: int, number: int) -> None:
    """Played 1 … n−1, or located n after other cues: every camera that is known ends in the same place."""
    plan = compiled(text)
    assume(plan is not None and not any(cue.disabled for cue in plan.cues if cue.number == str(number)))
    assert plan is not None
    script = parse(f"0s go {first}\n300s go {number}\n600s locate {number} live\n")
    end = rehearse(plan, script=script).records[-1]
    assert isinstance(end, EndRecord) and end.cameras is not None
    said = state_json(plan, state_before(plan, str(number)), str(number), 0)["cameras"]
    for name, camera in said.items():
        if not camera["unknown"]:
            assert agree(camera, end.cameras[name]), (name, camera, end.cameras[name])
