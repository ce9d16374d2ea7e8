"""Sheets from the disk, and what is no sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuelang.library import Library, Unreadable, read_sheet


def test_a_sheet_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "night.cues"
    path.write_bytes("\ufeffcue 1 “été”\n".encode())
    source = read_sheet(path)
    assert (source.name, source.text) == (str(path), "cue 1 “été”\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no file"), (b"cue 1\0", "no text"), (b"cue 1\ncue \xff\n", "line 2"), ("folder", "is a folder")],
)
def test_what_is_no_sheet_says_why(tmp_path: Path, content: bytes | str | None, message: str) -> None:
    path = tmp_path / "night.cues"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(Unreadable, match=message):
        read_sheet(path)
    assert message in str(Library(tmp_path).file("night.cues", str(tmp_path / "main.cues")))


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
