"""`recover`: what the show last asked of a camera is put back."""

from __future__ import annotations

from cuelang.runtime.records import CommandRecord, TriggerRecord
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


def commands(script: str, cue: str = "") -> list[tuple[str, str, str]]:
    found = night(script, SHEET)
    return [
        (one.action, one.text or "", one.outcome)
        for one in found.records
        if isinstance(one, CommandRecord) and (one.cue or "") == cue
    ]


def test_place_focus_and_settings_are_put_back_in_order() -> None:
    found = commands("0s go 1\n30s go 2\n")
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
    assert [one for one in commands("0s go 1\n30s go 3\n") if one[0] == "move"]  # `warn` sends it
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
