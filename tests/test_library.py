"""Sheets from the disk, and what is not a sheet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import MAX_SHEET_BYTES, Library, Unreadable, read_sheet, stdlib_folder


def test_a_sheet_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "night.cues"
    path.write_bytes("\ufeffcue 1 “été”\n".encode())
    source = read_sheet(path)
    assert (source.name, source.text) == (str(path), "cue 1 “été”\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "File not found"),
        (b"cue 1\0", "not a text file .NUL at byte 5"),
        (b"cue 1\ncue \xff\n", "byte 10, in line 2"),
        ("folder", "is a folder"),
    ],
)
def test_what_is_no_sheet_says_why(tmp_path: Path, content: bytes | str | None, message: str) -> None:
    path = tmp_path / "night.cues"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(Unreadable, match=message):
        read_sheet(path)
    found = Library(tmp_path).file("night.cues", str(tmp_path / "main.cues"))
    with pytest.raises(Unreadable) as same:
        read_sheet(path)
    assert found == str(same.value)


def test_what_is_far_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.cues"
    with path.open("wb") as file:
        file.truncate(MAX_SHEET_BYTES + 1)
    with pytest.raises(Unreadable, match="larger than 32 MB"):
        read_sheet(path)


def test_an_empty_name_and_an_impossible_one() -> None:
    with pytest.raises(Unreadable, match="file name is empty"):
        read_sheet("")
    with pytest.raises(Unreadable, match="cannot be read"):
        read_sheet("a\0b")
    assert Library().file("", "main.cues") == "The file name is empty."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.cues"
    path.write_text("cue 1\n")
    path.chmod(0)
    with pytest.raises(Unreadable, match="may not be read"):
        read_sheet(path)


def test_used_files_lie_beside_the_sheet_and_modules_in_the_library(tmp_path: Path) -> None:
    (tmp_path / "rigs").mkdir()
    (tmp_path / "rigs" / "globe.cues").write_text("rig\n")
    (tmp_path / "consoles").mkdir()
    (tmp_path / "consoles" / "eos.cues").write_text("# eos\n")
    library = Library(tmp_path)
    found = library.file("../rigs/globe.cues", str(tmp_path / "shows" / "main.cues"))
    assert not isinstance(found, str) and found.text == "rig\n"
    assert "consoles.eos" in library.modules()
    module = library.module("consoles.eos")
    assert module is not None and module.name == "stdlib/consoles/eos.cues"
    assert library.module("consoles.moon") is None


def test_a_module_may_use_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "eos.cues").write_text('use "shared.cues"\n')
    (tmp_path / "shared.cues").write_text("let a = 1s\n")
    library = Library(tmp_path)
    module = library.module("eos")
    assert module is not None
    found = library.file("shared.cues", module.name)
    assert not isinstance(found, str) and found.text == "let a = 1s\n"


def test_names_stay_short_and_one_file_is_one_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shows").mkdir()
    Path("globe.cues").write_text('camera foh "sim://foh"\n')
    Path("again.cues").symlink_to("globe.cues")
    library = Library()
    names = []
    for spelling in ("../globe.cues", str(tmp_path / "globe.cues"), "../shows/../again.cues"):
        found = library.file(spelling, "shows/night.cues")
        assert not isinstance(found, str)
        names.append(found.name)
    assert names == ["globe.cues"] * 3


def test_sheets_that_use_one_another_end_in_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.cues").write_text('use "b.cues"\ncue 1\n    note "x"\n')
    Path("b.cues").write_text('use "./a.cues"\n')
    for spelling in ("a.cues", "./a.cues", str(tmp_path / "a.cues")):
        compiled = Compiler(Library()).compile(read_sheet(spelling))
        assert [found.code for found in compiled.diagnostics] == ["E210"], spelling


def test_the_modules_of_a_checkout_are_found() -> None:
    assert stdlib_folder().is_dir()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"{\\rtf1\\ansi cue 1}", "rich text"),
        ("cue 1\n".encode("utf-16"), "UTF-16"),
        ("cue 1\n".encode("utf-16-le"), "UTF-16"),
        ("cue 1\n".encode("utf-16-be"), "UTF-16"),
        (b"PK\x03\x04....word/document.xml", "Word document"),
        (b"PK\x03\x04....xl/workbook.xml", "spreadsheet"),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text", "ODF"),
        (b"PK\x03\x04....Index/Document.iwa", "office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document"),
        (b"%PDF-1.7", "PDF"),
        (b"\n<!DOCTYPE html><html>", "web page"),
    ],
)
def test_what_another_program_saved_is_named(tmp_path: Path, content: bytes, named: str) -> None:
    path = tmp_path / "show.cues"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as told:
        read_sheet(path)
    assert named in str(told.value) and "Save it as plain text, in UTF-8." in str(told.value)


@pytest.mark.parametrize(
    ("there", "written"), [("e\u0301t\u00e9", "\u00e9te\u0301"), ("\u00e9t\u00e9", "e\u0301te\u0301")]
)
def test_a_file_is_found_whichever_way_its_accents_are_written(tmp_path: Path, there: str, written: str) -> None:
    folder = tmp_path / f"{there} 2"
    folder.mkdir()
    (folder / f"{there}.cues").write_text('cue 1\n    note "x"\n')
    found = read_sheet(tmp_path / f"{written} 2" / f"{written}.cues")
    assert Path(found.name) == folder / f"{there}.cues"
    with pytest.raises(Unreadable, match="File not found"):
        read_sheet(tmp_path / f"{written} 3" / f"{written}.cues")
