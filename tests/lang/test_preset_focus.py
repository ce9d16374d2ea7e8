"""`focus N` in a preset: going there sets manual focus first."""

from __future__ import annotations

from cuelang.lang.format import format_text
from cuelang.output.plan import plan_json
from tests.lang.compiling import check, compiled

RIG = """camera foh "visca+udp://10.0.0.21"
    preset door at pan 0deg tilt 0deg zoom 20% focus 0x2A0
    preset throne = 4 at pan -30deg tilt 5deg zoom 60% focus 700 picture off
"""
MANUAL, AT_672, AT_700 = "81 01 04 38 03 ff", "81 01 04 48 00 02 0a 00 ff", "81 01 04 48 00 02 0b 0c ff"


def frames(line: str) -> list[str]:
    done = compiled(f"{RIG}cue 1\n    {line}\n")
    assert done.plan is not None
    (cue,) = plan_json(done.plan)["cues"]
    return [sent["hex"] for event in cue["events"] for sent in event["wire"]]


def test_a_place_that_is_held_here_sets_manual_focus_and_the_position_first() -> None:
    assert frames("move foh to door")[:2] == [MANUAL, AT_672]
    assert frames("move foh to throne over 9s")[:2] == [MANUAL, AT_700]


def test_a_stored_preset_brings_its_own_focus_back_in_manual_focus() -> None:
    assert frames("move foh to throne") == [MANUAL, "81 01 04 3f 02 04 ff"]


def test_the_focus_is_checked_where_it_is_declared() -> None:
    check(
        """
        camera foh "visca+udp://10.0.0.21"
            preset a at pan 0deg focus 70000        ### E302
            preset b at pan 0deg focus 5deg         ### E301
            preset c = 4 focus 0.5                  ### E302
            preset d focus 5                        ### E101
        cue 1
            stop foh
        """,
        rig=False,
    )


def test_the_focus_waits_with_the_move_for_a_camera_on_program() -> None:
    lines = ("tally foh program", "move foh to door  ### W601", "wait for foh", "move foh to throne live")
    check(RIG + "cue 1\n    " + "\n    ".join(lines) + "\n", rig=False)


def test_its_layout_is_kept() -> None:
    assert format_text(RIG.replace(" focus", "   focus")) == RIG
