"""`cuelang plan --state`: how the list has the rig at a moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuelang.cli.parser import main

SHEET = """\
camera foh "visca+udp://10.0.0.21"
    model "ptzoptics-move-4k-20x"
    preset wide = 1
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://10.0.0.22"

cue 1
    move foh to throne
    set foh iris 9
    tally foh program
    tally left off
cue 2
    disabled
    move foh home live
cue 3
    start 5
cue 4
    drive left right live
    move foh to wide live
    set foh backlight on
    move foh by pan 2deg tilt 0deg live
    set left iris up
cue 5
    zoom left to 40%
cue 6
    at 2s move left to pan 30deg tilt 0deg speed 24 live
    note "on its way"
"""


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    path = tmp_path / "night.cues"
    path.write_text(SHEET, encoding="utf-8")
    return str(path)


def state(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["plan", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_so_just_before_a_cue(sheet, capsys) -> None:
    found = state(capsys, sheet, "--state", "2")
    assert (found["format"], found["cue"], found["at_ms"]) == ("cuelang.state/1", "2", 0)
    foh, left = found["cameras"]["foh"], found["cameras"]["left"]
    assert (foh["pan"], foh["tilt"], foh["zoom"], foh["preset"]) == (-30.0, 5.0, 60.0, "throne")
    assert (foh["air"], foh["settings"], foh["focus"], foh["tracking"]) == ("program", {"iris": 9}, "auto", False)
    assert (left["pan"], left["tilt"], left["zoom"], left["settings"]) == (0.0, 0.0, 0.0, {})
    assert not foh["estimated"] and not left["estimated"]


def test_a_disabled_cue_counts_for_nothing(sheet, capsys) -> None:
    before, after = (state(capsys, sheet, "--state", number)["cameras"] for number in ("2", "3"))
    assert before == after


def test_what_a_cue_starts_is_played_at_that_instant(sheet, capsys) -> None:
    assert state(capsys, sheet, "--state", "3")["cameras"]["left"]["zoom"] == 0.0
    assert state(capsys, sheet, "--state", "4")["cameras"]["left"]["zoom"] == 40.0


def test_what_nobody_can_know_is_null(sheet, capsys) -> None:
    cameras = state(capsys, sheet, "--state", "5")["cameras"]
    assert cameras["left"]["pan"] is None and cameras["left"]["unknown"] == {"pan_tilt": "drive"}
    assert cameras["left"]["settings"] == {"iris": None}
    assert cameras["foh"]["pan"] is None and cameras["foh"]["zoom"] is None
    assert cameras["foh"]["settings"] == {"backlight": "on"}  # the preset may have brought another iris


def test_so_long_into_a_cue(sheet, capsys) -> None:
    lefts = [state(capsys, sheet, "--state", "6", "--at", at)["cameras"]["left"]["pan"] for at in ("1s", "2s")]
    assert lefts == [None, None]
    assert main(["plan", sheet, "--state", "1", "--at", "1h", "--json"]) == 2
    assert "Cue 1 ends after" in capsys.readouterr().err


def test_as_a_table(sheet, capsys) -> None:
    assert main(["plan", sheet, "--state", "5"]) == 0
    out = capsys.readouterr().out
    assert "Just before cue 5" in out and "pan-tilt: a drive without end" in out


@pytest.mark.parametrize("words", [["--at", "2s"], ["--state", "1", "--cue", "2"], ["--state", "77"], ["--state", "x"]])
def test_what_cannot_be_answered(sheet, capsys, words) -> None:
    assert main(["plan", sheet, *words]) == 2
    assert capsys.readouterr().err
