"""The lines of a cue, read and changed in the file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cuelang.plan import Plan
from cuelang.sheets import compile_sheet
from cuelang.sheets.drafts import DraftChanged, DraftRefused, Drafts

SHEET = (
    '\ufeffcamera foh "sim://foh"   # the only one\r\n    preset wide = 1 at pan 0deg zoom 0%\r\n\r\n'
    'section "Act I"\r\ncue 1 "Open"\r\n    move foh to wide\t\r\n    note "ä"\r\n\r\n'
    '# about cue 2\r\ncue 2.50 "Next"\r\n'
    "    tally foh program\r\n    move foh to wide\r\n\n\n#the end"
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "night.cues"
    path.write_bytes(SHEET.encode())
    return path


def drafts(sheet: Path) -> tuple[Drafts, Plan]:
    plan = compile_sheet(str(sheet)).plan
    assert plan is not None
    return Drafts(str(sheet), None, (), ()), plan


def test_a_cue_opens_to_its_lines_with_the_findings_at_their_place(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    part = desk.open(plan, "2.5")
    assert (part.line, part.text) == (10, 'cue 2.50 "Next"\n    tally foh program\n    move foh to wide')
    assert [(one.code, one.line, one.column) for one in part.findings] == [("W601", 3, 5)]
    assert (part.why, part.elsewhere) == ("", 0)


def test_the_rest_of_the_file_keeps_every_byte(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    part = desk.open(plan, "1")
    place = desk.save(plan, "1", part.tag, part.text.replace("ä", "ö") + '\n    note "more"\n')
    assert place == f"{sheet}:5"
    wanted = SHEET.replace('    note "ä"\r\n', '    note "ö"\r\n    note "more"\r\n')
    assert sheet.read_bytes() == wanted.encode()
    assert desk.undoes == "1"
    assert desk.undo() == "1"
    assert sheet.read_bytes() == SHEET.encode()
    with pytest.raises(DraftRefused, match="nothing to undo"):
        desk.undo()


def test_what_is_typed_is_checked_and_nothing_is_written(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    part = desk.open(plan, "1")
    found = desk.check(plan, "1", part.tag, 'cue 1 "Open"\n    move foh to nowhere')
    assert [(one.code, one.line, one.column) for one in found.findings] == [("E202", 2, 17)]
    found = desk.check(plan, "1", part.tag, 'cue 2.5 "Open"')
    assert found.first.split(": ")[-1].startswith("E207") or "E207" in found.first
    with pytest.raises(DraftRefused, match="not saved: line 2: E202"):
        desk.save(plan, "1", part.tag, 'cue 1 "Open"\n    move foh to nowhere')
    assert sheet.read_bytes() == SHEET.encode()


def test_a_file_that_was_changed_meanwhile_is_left_alone(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    part = desk.open(plan, "1")
    sheet.write_bytes(SHEET.encode() + b"\n")
    for deed in (desk.save, desk.check):
        with pytest.raises(DraftChanged):
            deed(plan, "1", part.tag, part.text)
    part = desk.open(plan, "1")
    desk.save(plan, "1", part.tag, part.text.replace("ä", "ö"))
    sheet.write_bytes(sheet.read_bytes() + b"#")
    with pytest.raises(DraftChanged):
        desk.undo()
    assert sheet.read_bytes().endswith(b"#the end\n#")


def test_a_cue_of_a_used_file_is_changed_there(tmp_path: Path) -> None:
    (tmp_path / "acts.cues").write_text('cue 7 "Song"\n    note "x"\n')
    main = tmp_path / "main.cues"
    main.write_text('use "acts.cues"\ncue 1\n    note "y"\n')
    desk, plan = drafts(main)
    part = desk.open(plan, "7")
    assert part.file.endswith("acts.cues")
    desk.save(plan, "7", part.tag, 'cue 7 "Song"\n    note "z"')
    assert (tmp_path / "acts.cues").read_text() == 'cue 7 "Song"\n    note "z"\n'
    assert main.read_text() == 'use "acts.cues"\ncue 1\n    note "y"\n'


def test_a_cue_that_is_gone_is_said(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    sheet.write_text('camera foh "sim://foh"\n')
    with pytest.raises(DraftRefused, match="has no cue 1 any more"):
        desk.open(plan, "1")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_says_so(sheet: Path) -> None:
    desk, plan = drafts(sheet)
    sheet.chmod(0o444)
    assert "read-only" in desk.open(plan, "1").why
