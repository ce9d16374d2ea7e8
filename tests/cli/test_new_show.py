"""`cuelang new`: the first show checks, rehearses and runs as it is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cuelang.cli.new import NAMES
from cuelang.cli.parser import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "first"]) == 0
    assert capsys.readouterr().out.startswith("first: rig.cues, show.cues, script.txt.\n")
    monkeypatch.chdir("first")
    return tmp_path / "first"


@pytest.mark.usefixtures("folder")
def test_it_checks_without_a_warning_and_is_laid_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--strict", "show.cues", "rig.cues"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["fmt", "--check", "show.cues", "rig.cues"]) == 0


@pytest.mark.usefixtures("folder")
def test_a_rehearsal_plays_all_five_cues(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "show.cues", "--script", "script.txt"]) == 0
    said = capsys.readouterr().out
    assert [int(number) for number in re.findall(r"cue (\d) done", said)] == [1, 2, 3, 4, 5]
    assert re.search(r"5 cues fired, (\d+) commands \(\1 completed\)", said)
    assert main(["rehearse", "show.cues"]) == 0


@pytest.mark.usefixtures("folder")
def test_it_runs_as_it_is_written() -> None:
    Path("short.txt").write_text("0s go\n0.3s go 5\n0.4s panic\n", encoding="utf-8")
    words = ["--script", "short.txt", "--http", "off", "--log", "night.jsonl", "--input", "osc+udp://127.0.0.1:0"]
    assert main(["run", "show.cues", *words]) == 0
    records = [json.loads(line) for line in Path("night.jsonl").read_text(encoding="utf-8").splitlines()]
    outcomes = {record["outcome"] for record in records if record["kind"] == "command"}
    assert outcomes <= {"completed", "stopped", "cancelled", "displaced"} and "completed" in outcomes


@pytest.mark.usefixtures("folder")
def test_comments_name_commands_that_exist() -> None:
    lines = re.findall(r"^#\s+cuelang (check|plan|rehearse) (.+?)(?:  |$)", Path("show.cues").read_text(), re.MULTILINE)
    assert [command for command, _ in lines] == ["check", "plan", "rehearse"]
    for command, rest in lines:
        assert main([command, *rest.split()]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    assert main(["new", str(tmp_path)]) == 2
    assert name in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_a_folder_with_other_files_is_used_and_a_file_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    assert main(["new", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((*NAMES, "notes.txt"))
    capsys.readouterr()
    assert main(["new", str(other)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert main(["new", ""]) == 2
