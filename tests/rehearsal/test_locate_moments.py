"""`locate`, moment by moment: what counts as played, what goes on, what is open, and what is sent whole."""

from __future__ import annotations

from cuelang.output.state import state_json
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.records import CueRecord, NoteRecord, WarningRecord
from cuelang.simulator.faults import Faults
from tests.rehearsal.sheets_at_random import compiled

RIG = """\
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
    preset bare = 5 at pan 10deg tilt 0deg zoom 10% picture off
    preset dark = 9
camera left "sim://left"
"""


def night(cues: str, script: str, faults: Faults | None = None) -> Rehearsal:
    plan = compiled(RIG + cues)
    assert plan is not None
    return (
        rehearse(plan, script=parse(script)) if faults is None else rehearse(plan, script=parse(script), faults=faults)
    )


def pan(cues: str, number: str, camera: str = "left") -> float | None:
    """Where the list has it just before that cue."""
    plan = compiled(RIG + cues)
    assert plan is not None
    found: float | None = state_json(plan, state_before(plan, number), number, 0)["cameras"][camera]["pan"]
    return found


def commands(found: Rehearsal, after: float = 0) -> list[tuple[str, str]]:
    return [
        (one.camera or "", one.action)
        for one in found.records
        if isinstance(one, CommandRecord) and one.due_ms >= after
    ]


def test_a_circle_ends_at_the_second_time() -> None:
    cues = """\
cue 1
    move left by pan 10deg tilt 0deg
    wait 2s
    start 2
cue 2
    move left by pan 1deg tilt 0deg
    wait 3s
    start 1
cue 3
    note "x"
"""
    # 1, and in it 2; then 2 in its own place, and in it 1.
    assert round(pan(cues, "3") or 0) == 22


def test_follow_and_next_add_nothing() -> None:
    cues = """\
cue 1
    move left by pan 10deg tilt 0deg
    follow after 1s
cue 2
    move left by pan 5deg tilt 0deg
    go next
cue 3
    move left by pan 2deg tilt 0deg
cue 4
    note "x"
"""
    assert round(pan(cues, "4") or 0) == 17


def test_what_a_cue_stops_does_not_arrive() -> None:
    cues = """\
cue 1
    move left to pan 90deg tilt 0deg over 20s
    start 2
    wait 4s
    stop cue 2
cue 2
    move foh to pan 90deg tilt 0deg over 20s
cue 3
    note "x"
"""
    at = pan(cues, "2", "foh")
    assert at is not None and 30 < at < 60


def test_a_camera_without_an_answer_gets_everything() -> None:
    cues = 'cue 1\n    move left to pan 40deg tilt 0deg zoom 10%\n    set left iris 9\ncue 2\n    note "x"\n'
    asked = "0s locate 2\n30s locate 2\n"
    assert not [one for one in commands(night(cues, asked), 30_000) if one[0] == "left"]
    silent = night(cues, asked, Faults(no_positions=True))
    assert {action for camera, action in commands(silent, 30_000) if camera == "left"} >= {"move", "focus", "set"}


def test_what_goes_on_on_program_runs_to_its_end() -> None:
    cues = """\
cue 1
    tally left program
    move left to pan 60deg tilt 0deg over 10s live
    move foh to pan 60deg tilt 0deg over 10s
cue 2
    note "x"
"""
    found = night(cues, "0s go 1\n2s locate 1\n")
    assert found.left["left"].pan_degrees == 60.0
    assert found.left["foh"].pan_degrees == 0.0
    moves = [(one.camera, one.outcome) for one in found.records if isinstance(one, CommandRecord) and one.cue == "1"]
    assert ("left", "completed") in moves and ("foh", "stopped") in moves


def test_settings_before_a_recall_follow_it_only_if_it_stores_none() -> None:
    cues = """\
cue 1
    set foh iris 9
    move foh to {}
cue 2
    set foh sharpness 3
cue 3
    note "x"
"""
    for preset, sent in (("throne", 1), ("bare", 2)):
        found = night(cues.format(preset), "0s locate 3\n")
        assert len([one for one in commands(found) if one == ("foh", "set")]) == sent


def test_a_wait_for_go_at_that_moment_is_open() -> None:
    cues = 'cue 1\n    wait 2s\n    wait for go\n    note "after"\n    wait 1s\n    note "later"\ncue 2\n    note "x"\n'
    found = night(cues, "0s locate 1 at 2s\n10s resume\n20s go\n")
    notes = [(one.text, one.t_ms) for one in found.records if isinstance(one, NoteRecord) and one.cue == "1"]
    assert notes == [("after", 20_000.0), ("later", 21_000.0)]


def test_in_an_endless_loop_it_may_lie_in_any_pass() -> None:
    cues = """\
cue 1
    repeat forever every 10s
        move left to pan 20deg tilt 0deg
        wait 5s
        move left to pan -20deg tilt 0deg
cue 2
    note "x"
"""
    assert night(cues, "0s locate 1 at 43s\n").left["left"].pan_degrees == 20.0
    assert night(cues, "0s locate 1 at 48s\n").left["left"].pan_degrees == -20.0


def test_a_move_from_an_unknown_place_is_sent_whole_on_resume_and_named() -> None:
    cues = """\
cue 1
    move foh to dark
cue 2
    move foh to throne
    wait 30s
    note "x"
cue 3
    note "y"
"""
    found = night(cues, "0s locate 2 at 0s\n20s resume\n")
    said = [one.text for one in found.records if isinstance(one, WarningRecord)]
    assert "foh: its place at that moment is unknown; its move is sent whole on resume." in said
    states = [one.state for one in found.records if isinstance(one, CueRecord) and one.cue == "2"]
    assert states[:3] == ["started", "paused", "resumed"]
    assert found.left["foh"].pan_degrees == -30.0


def test_with_the_interlock_off_a_camera_on_program_is_left_all_the_same() -> None:
    cues = """\
show "Off"
    interlock off
cue 1
    move left to pan 40deg tilt 0deg
cue 2
    move left to pan 10deg tilt 0deg
    tally left program
cue 3
    note "x"
"""
    script = "0s go 1\n20s go 2\n40s locate 2{}\n"
    assert round(night(cues, script.format("")).left["left"].pan_degrees) == 10
    assert round(night(cues, script.format(" live")).left["left"].pan_degrees) == 40


def test_locate_and_go_waits_ten_seconds_at_most() -> None:
    slow = 'camera slow "sim://slow"\n    move_speed 1\n'
    cues = slow + 'cue 1\n    move slow to pan 160deg tilt 0deg\ncue 2\n    note "now"\n'
    found = night(cues, "0s locate 2 go\n")
    (at,) = [one.t_ms for one in found.records if isinstance(one, NoteRecord) and one.cue == "2"]
    moved = max(one.done_ms or 0 for one in found.records if isinstance(one, CommandRecord) and one.action == "move")
    assert at == 10_000.0 < moved
