"""The parser's tables in the user's cache: used when they are ours and whole, else made again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cuelang.lang import parse, tables
from cuelang.source import Source

SHEET = 'cue 1 "Doors"\n    note "open"\n    wait 2s\n'


def keeps(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache in this home; each parse looks there again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(parse, "_parser", parse._parser.__wrapped__)
    return home / "cuelang"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the first parse has made."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = keeps(tmp_path_factory.mktemp("home"), monkeypatch)
        assert not folder.exists()
        sound()
        assert kept(folder)
        return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "cuelang")
    return keeps(tmp_path, monkeypatch)


def kept(folder: Path) -> Path:
    (found,) = folder.glob("tables-*.bin")
    return found


def sound() -> None:
    file = parse.parse(Source("show.cues", SHEET))
    assert not file.diagnostics
    assert len(file.sections[0].line.children) == 2


def test_what_is_read_back_is_what_was_kept(tmp_path: Path) -> None:
    made = tables.from_lark(parse.language())
    tables.write(tmp_path / "tables.bin", ("key",), made)
    assert tables.read(tmp_path / "tables.bin", ("key",)) == made
    assert tables.read(tmp_path / "tables.bin", ("another",)) is None
    assert [path.name for path in tmp_path.iterdir()] == ["tables.bin"]


def test_the_key_names_everything_that_the_tables_depend_on() -> None:
    key = tables.cache_key("the grammar")
    text = "\n".join(key)
    from lark import __version__ as lark

    from cuelang import __version__

    assert key[0] == __version__
    assert all(word in text for word in (f'"{lark}"', sys.version, "the grammar"))


@pytest.mark.usefixtures("folder")
def test_a_sheet_without_mistakes_is_parsed_without_lark() -> None:
    sound()
    code = (
        "import sys; from cuelang.lang.parse import parse; from cuelang.source import Source;"
        f" assert not parse(Source('a', {SHEET!r})).diagnostics; print('lark' in sys.modules);"
        " print(parse(Source('a', 'cue 1\\n    wiat 2s\\n')).diagnostics[0].code, 'lark' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "E101", "True"]


@pytest.mark.parametrize("length", [0, 3, 4, 5, 1000, -1])
def test_a_file_that_was_cut_short_is_not_used(made: Path, tmp_path: Path, length: int) -> None:
    whole = kept(made).read_bytes()
    key = parse._parser().key
    (tmp_path / "tables.bin").write_bytes(whole)
    assert tables.read(tmp_path / "tables.bin", key) is not None
    (tmp_path / "tables.bin").write_bytes(whole[:length])
    assert tables.read(tmp_path / "tables.bin", key) is None


def test_a_file_that_was_damaged_is_made_again(folder: Path) -> None:
    sound()
    whole = kept(folder).read_bytes()
    kept(folder).write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    sound()
    assert tables.read(kept(folder), parse._parser().key) is not None


@pytest.mark.skipif(os.name == "nt", reason="the rights of a file")
def test_a_file_that_others_may_write_is_not_read(folder: Path) -> None:
    sound()
    kept(folder).chmod(0o666)
    assert tables.read(kept(folder), parse._parser().key) is not None  # made again by the parser
    assert kept(folder).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_read(folder: Path) -> None:
    sound()
    key = parse._parser().key
    os.chown(kept(folder), 12345, -1)
    assert not tables.trusted(kept(folder))
    assert tables.read(kept(folder), key) is None
    sound()
    assert kept(folder).stat().st_uid == os.geteuid()


def test_no_place_for_a_cache_is_no_mistake(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file stands where the folder should be")
    sound()
