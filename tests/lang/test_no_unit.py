"""W613: numbers and clocks that mean something else than was probably meant, and those that mean what they say."""

from __future__ import annotations

import pytest

from tests.lang.compiling import check, compiled, with_rig


def told(line: str, above: str = "") -> list[str]:
    """The hints of the W613 of one line of a cue."""
    found = compiled(with_rig(f"{above}\ncue 1\n    {line}\n")).diagnostics
    assert [one for one in found if one.is_error] == []
    return [one.hint for one in found if one.code == "W613"]


def test_a_follow_after_half_past_seven() -> None:
    (hint,) = told("follow after 19:30")
    assert "write `follow after 0:19:30`" in hint
    assert told("follow after 2:00") == told("follow after 90s") == []


def test_where_a_unit_is_surely_missing() -> None:
    check(
        """
        let wide_open = 20
        camera stage "sim://stage"
            preset here at pan 30 tilt 5 zoom 40%         ### W613
        define shot(cam, amount = 70)
            zoom cam to amount                            ### W613
        cue 1
            zoom foh to 50                                ### W613
            wait for foh
            zoom foh from 20 to 80 over 8s                ### W613
            wait for foh
            zoom foh to wide_open                         ### W613
            wait for foh
            shot(foh)
        cue 2
            move foh to pan 30 tilt 5                     ### W613
            wait for foh
            move foh to pan 30deg tilt 5                  ### W613
            wait for foh
            move foh to zoom 4                            ### W613
            wait for foh
            move foh by pan -10                           ### W613
            wait for foh
            set foh limit_up_right pan 170 tilt 90        ### W613
        cue 3
            at 19:30 note "doors"                         ### W613
        cue 4
            wait 20:00                                    ### W613
            wait for foh up to 21:15                      ### W613
        cue 5
            move stage to here
        """
    )


@pytest.mark.parametrize(
    "line",
    [
        "zoom foh to 0", "zoom foh to 0x32", "zoom foh to 8000", "zoom foh from 0x10 to 50 over 3s", "zoom foh to 50%",
        "move foh to pan 0 tilt 0 zoom 0", "move foh to pan 1200 tilt 30", "move foh to pan 30 tilt 0x20 zoom 40",
        "move foh by pan 0x10 tilt 0", "move foh to pan 30deg tilt 5deg zoom 4x", "move foh to pan 2 * 0x10",
        "at 1:30 note \"a\"", "at 0:19:30 note \"a\"", "at 19m + 30s note \"a\"", "wait 5:00", "wait 45:00",
        "wait until 19:30", "set foh iris 9", "drive foh up speed 5 for 1s", "move foh to preset 4",
    ],
)  # fmt: skip
def test_what_is_clearly_meant_is_left_alone(line: str) -> None:
    assert told(line) == []


def test_a_long_timeline_of_clocks_is_left_alone() -> None:
    steps = "".join(f'    at {minute:02}:00 note "{minute}"\n' for minute in range(3, 24, 3))
    assert [one for one in compiled(with_rig(f"cue 1\n{steps}")).diagnostics if one.code == "W613"] == []


def test_the_hint_says_what_it_is_and_what_to_write() -> None:
    (hint,) = told("zoom foh to 50")
    assert "0.31 %" in hint and "50%" in hint and "0x32" in hint
    (hint,) = told("move foh to pan -30 tilt 5")
    assert "-2.1°" in hint and "-30deg" in hint and "-0x1e" in hint
    (hint,) = told('at 19:30 note "a"')
    assert "wait until 19:30" in hint and "at 0:19:30" in hint


def test_a_statement_for_several_cameras_is_told_once() -> None:
    assert len(told("zoom all to 50")) == 1
