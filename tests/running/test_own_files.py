"""A machine that follows has in its own files what the leading one has written into its own."""

from pathlib import Path
from typing import Literal

import pytest

from cuelang.app.loading import sha256
from cuelang.app.own_files import OwnFiles, overtaken
from cuelang.runtime.records import ShowRecord
from cuelang.source import Source

OLD, NEW = 'cue 1\n    note "old"\n', 'cue 1\n    note "new"\n'


def read(*paths: str, text: str = OLD) -> dict[str, Source]:
    return {path: Source(path, text) for path in paths}


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "night.cues"
    path.write_bytes(OLD.encode())
    return path


def brought(sheet: Path, before: dict[str, Source], after: dict[str, Source]) -> list[tuple[str, bool]]:
    return list(OwnFiles(read(str(sheet))).bring([before], after))


def test_what_is_as_it_was_there_is_written(sheet: Path) -> None:
    theirs = "/home/anna/night.cues"
    said = brought(sheet, read(theirs), read(theirs, text=NEW))
    assert said == [(f"{sheet} was changed as at the leading machine.", True)]
    assert sheet.read_bytes() == NEW.encode()


def test_line_ends_and_a_byte_order_mark_stay(sheet: Path) -> None:
    old, new = OLD.replace("\n", "\r\n"), NEW.replace("\n", "\r\n")
    sheet.write_bytes(b"\xef\xbb\xbf" + old.encode())
    assert [written for _, written in brought(sheet, read("a/night.cues", text=old), read("a/night.cues", text=new))]
    assert sheet.read_bytes() == b"\xef\xbb\xbf" + new.encode()


def test_what_was_changed_here_too_stays_and_is_said(sheet: Path) -> None:
    sheet.write_text('cue 1\n    note "my own"\n')
    ((said, written),) = brought(sheet, read("night.cues"), read("night.cues", text=NEW))
    assert not written and "copy it before you reload" in said and "my own" in sheet.read_text()


def test_nothing_is_said_of_what_is_the_same_already(sheet: Path) -> None:
    sheet.write_text(NEW, newline="")
    assert brought(sheet, read("night.cues"), read("night.cues", text=NEW)) == []
    assert brought(sheet, read("night.cues", text=NEW), read("night.cues", text=NEW)) == []


def test_what_this_machine_has_twice_or_not_at_all_is_left(sheet: Path, tmp_path: Path) -> None:
    own = OwnFiles(read(str(sheet), str(tmp_path / "b" / "night.cues"), "stdlib/follow.cues"))
    for name in ("night.cues", "follow.cues", "other.cues"):
        assert list(own.bring([read(name)], read(name, text=NEW))) == []
    assert sheet.read_text() == OLD


def test_a_file_that_cannot_be_read_is_said(sheet: Path) -> None:
    sheet.unlink()
    ((said, written),) = brought(sheet, read("night.cues"), read("night.cues", text=NEW))
    assert not written and "cannot be read" in said


def begun(state: Literal["started", "reloaded"], **texts: str) -> ShowRecord:
    files = {f"/home/anna/{name}.cues": sha256(text) for name, text in texts.items()}
    return ShowRecord(seq=1, wall="2026-11-30T19:30:00+00:00", t_ms=0.0, state=state, files=files)


TEXTS = {sha256(text): text for text in (OLD, NEW)}


def test_a_machine_that_comes_back_has_what_the_leader_has_changed_meanwhile(sheet: Path) -> None:
    night = [begun("started", night=OLD), begun("reloaded", night=NEW)]
    assert overtaken(read(str(sheet)), night, TEXTS) == [(f"{sheet} was changed as at the leading machine.", True)]
    assert sheet.read_text() == NEW


def test_a_sheet_that_the_leader_never_had_is_left(sheet: Path) -> None:
    sheet.write_text("cue 2\n")
    mine = {str(sheet): Source(str(sheet), "cue 2\n")}
    assert overtaken(mine, [begun("started", night=OLD), begun("reloaded", night=NEW)], TEXTS) == []
    assert (
        overtaken(read(str(sheet)), [begun("started", night=OLD, rig=OLD), begun("reloaded", night=NEW)], TEXTS) == []
    )
    assert overtaken(read(str(sheet)), [], TEXTS) == []
    assert sheet.read_text() == "cue 2\n"
