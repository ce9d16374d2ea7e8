"""`recover`: what the show last asked of a camera is put back."""

from __future__ import annotations

from cuelang.runtime.command_records import CommandRecord
from cuelang.runtime.records import NoteRecord, TriggerRecord, WarningRecord
from tests.rehearsal.test_locate import cameras, night

SHEET = """\
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
    preset dark = 9
camera left "sim://left"

cue 1
    move foh to throne
    wait for foh
    set foh iris 9
    focus foh manual
cue 2
    recover foh
    wait for foh
    note "back"
cue 3
    tally foh program
    recover foh
cue 4
    recover foh live
cue 5
    recover left
cue 6
    move left to pan 90deg tilt 0deg
    at 100ms recover left
"""


def commands(script: str, cue: str) -> list[tuple[str, str, str]]:
    found = night(script, SHEET)
    return [
        (one.action, one.text or "", one.outcome)
        for one in found.records
        if isinstance(one, CommandRecord) and one.cue == cue
    ]


def test_place_focus_and_settings_are_put_back_in_order() -> None:
    found = commands("0s go 1\n30s go 2\n", "2")
    assert [action for action, _, _ in found] == ["track", "move", "focus", "set"]
    assert {outcome for _, _, outcome in found} == {"completed"}


def test_a_cue_waits_for_what_it_recovers() -> None:
    found = night("0s go 1\n30s go 2\n", SHEET)
    note = next(one for one in found.records if one.kind == "note")
    move = next(
        one for one in found.records if isinstance(one, CommandRecord) and one.action == "move" and one.t_ms >= 30_000
    )
    assert note.t_ms >= (move.done_ms or 0)


def test_on_program_the_interlock_holds_it_unless_it_is_live() -> None:
    assert [one for one in commands("0s go 1\n30s go 3\n", "3") if one[0] == "move"]  # `warn` sends it
    sheet = 'show "x"\n    interlock block\n' + SHEET
    held = night("0s go 1\n30s go 3\n", sheet)
    refused = [one for one in held.records if isinstance(one, CommandRecord) and one.action == "recover"]
    assert [one.outcome for one in refused] == ["refused"] and "on program" in (refused[0].reason or "")
    live = night("0s go 1\n30s go 3\n60s go 4\n", sheet)
    moves = [one for one in live.records if isinstance(one, CommandRecord) and one.action == "move"]
    assert [one.outcome for one in moves if one.t_ms >= 60_000] == ["completed"]


def test_a_camera_that_was_never_asked_for_anything_is_left_alone() -> None:
    found = commands("0s go 5\n", "5")
    assert found[0][0] == "recover" and found[0][2] == "refused"


def test_it_goes_to_where_what_is_under_way_would_end() -> None:
    assert cameras(night("0s go 6\n", SHEET))["left"]["pan"] == 90.0


def test_a_show_may_still_have_a_camera_of_that_name() -> None:
    text = 'camera recover "sim://r"\ncue 1\n    recover recover\n    move recover to pan 10deg tilt 0deg\n'
    verdicts = [one.verdict for one in night("0s go 1\n", text).records if isinstance(one, TriggerRecord)]
    assert verdicts == ["fired"]


def left(cues: str, script: str) -> dict[str, dict[str, float]]:
    head = SHEET[: SHEET.index("cue 1")].replace(
        "dark = 9", "dark = 9\n    preset near = 1 at pan 5deg tilt 0deg zoom 50%"
    )
    return cameras(night(script, head + cues))


def test_a_newer_line_has_the_last_word_over_what_a_recovery_still_has_to_send() -> None:
    cues = """\
cue 1
    move foh to throne
    zoom foh to 18%
cue 2
    recover foh
    zoom foh to 77%
"""
    assert left(cues, "0s go 1\n30s go 2\n")["foh"]["zoom"] == 77.0


def test_two_recoveries_at_one_instant_put_back_the_same() -> None:
    cues = """\
cue 1
    move foh to near
    zoom foh to 4%
    wait for foh
    move foh by pan 6deg tilt 0deg
cue 2
    recover foh
    recover foh
"""
    foh = left(cues, "0s go 1\n30s go 2\n")["foh"]
    assert (round(foh["pan"]), foh["zoom"]) == (11, 4.0)


def test_four_cameras_that_are_recovered_are_not_a_circle_of_cues() -> None:
    cues = "cue 1\n    move all to pan 9deg tilt 0deg\n    set all exposure bright\n    recover all\n    recover all\n"
    found = night("0s go 1\n", SHEET[: SHEET.index("cue 1")] + cues)
    assert not found.warnings
    assert {one.outcome for one in found.records if isinstance(one, CommandRecord) and one.action == "set"} == {
        "completed"
    }


LOST = """\
on lost foh start 8
on back foh start 9
cue 1
    move foh to near
    wait for foh
    set foh iris 9
    focus foh manual
cue 2
    move foh to pan -12deg tilt 3deg zoom 40%
cue 8
    aside
    note "it is lost"
cue 9
    aside
    note "it is back"
"""


def test_what_a_camera_without_power_was_asked_is_put_back_when_it_is_there_again() -> None:
    head = SHEET[: SHEET.index("cue 1")].replace(
        "dark = 9", "dark = 9\n    preset near = 1 at pan 5deg tilt 0deg zoom 50%"
    )
    found = night("0s go 1\n30s lost foh\n50s go 2\n80s back foh\n200s recover foh\n", head + LOST)
    outcomes = [one.outcome for one in found.records if isinstance(one, CommandRecord) and 40_000 < one.t_ms < 60_000]
    assert outcomes == ["unreachable"]
    notes = [one.text for one in found.records if isinstance(one, NoteRecord)]
    assert "it is lost" in notes and "it is back" in notes
    assert "foh is back. `recover foh` brings it to where the show wants it." in notes
    foh = found.left["foh"]
    assert (round(foh.pan_degrees), round(foh.tilt_degrees), round(foh.zoom_percent)) == (-12, 3, 40)
    assert (foh.settings["iris"], foh.focus_auto) == (9, False)


def test_without_a_recovery_a_camera_that_is_back_stays_where_it_booted() -> None:
    found = night(
        "0s go 1\n30s lost left\n40s back left\n100s go 6\n", SHEET.replace("    at 100ms recover left\n", "")
    )
    assert found.left["left"].pan_degrees == 90.0
    still = night("0s go 6\n30s lost left\n40s back left\n100s go 1\n", SHEET)
    assert still.left["left"].pan_degrees == 0.0


def test_a_camera_that_a_script_does_not_know_is_said() -> None:
    found = night("0s go 1\n1s lost fho\n2s recover fho\n", SHEET)
    said = [one.text for one in found.records if isinstance(one, WarningRecord)]
    assert said == ["script line 2: lost fho: unknown camera. Did you mean “foh”?"]
    refused = [one.reason for one in found.records if isinstance(one, TriggerRecord) and one.verdict == "refused"]
    assert refused == ["unknown camera “fho”. Did you mean “foh”?"]
