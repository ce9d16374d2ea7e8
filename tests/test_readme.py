"""The README keeps its word: its sheets compile, its commands run and print what it shows, its tables are whole.

The tables of models and properties are made from the code's own:

    CUELANG_GOLDEN=write .venv/bin/pytest tests/test_readme.py
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cuelang import models
from cuelang.cli.parser import main
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.protocols.visca.properties import PROPERTIES, Property
from cuelang.source import Source

TOP = Path(__file__).parents[1]
README = TOP / "README.md"
TEXT = README.read_text(encoding="utf-8")
MARK = re.compile(r"[ ]*###[ ]*([EW]\d{3})$", re.M)
CUELANG = [sys.executable, "-c", "import sys; from cuelang.cli.parser import main; sys.exit(main())"]


@dataclass(frozen=True)
class Block:
    line: int
    kind: str
    words: tuple[str, ...]
    text: str


def blocks() -> Iterator[Block]:
    for found in re.finditer(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", TEXT, re.M):
        yield Block(TEXT.count("\n", 0, found.start()) + 1, found[1], tuple(found[2].split()), found[3])


BLOCKS = tuple(blocks())
SHEETS = [block for block in BLOCKS if block.kind == "cues"]


@pytest.mark.parametrize("block", SHEETS, ids=lambda block: f"line {block.line}")
def test_a_sheet_of_the_readme_compiles(block: Block) -> None:
    """Without a finding but those that its fence or a `###` mark names."""
    expected = [word for word in block.words if re.fullmatch(r"[EW]\d{3}", word)] + MARK.findall(block.text)
    found = Compiler(Library()).compile(Source("readme.cues", MARK.sub("", block.text))).diagnostics
    assert sorted(one.code for one in found) == sorted(expected), [(one.span.line, one.message) for one in found]


def test_the_commands_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In order, in one folder, with the files that stand before them. A block's lines after a command are what it
    prints, `exit=N` is its code, `until=Ctrl-C` goes on until it is ended, `play=FILE` has that script for its GOs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "dumb")
    ran = 0
    for block in BLOCKS:
        if block.kind in ("cues", "text") and block.words:
            Path(block.words[0]).write_text(MARK.sub("", block.text), encoding="utf-8")
        if block.kind != "console":
            continue
        options = dict(word.split("=", 1) for word in block.words)
        for command, shown in re.findall(r"^\$ cuelang (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.M):
            words = shlex.split(command)
            if "until" in options:
                assert ended_by_ctrl_c(words) == 0
            else:
                words += ["--script", options["play"]] if "play" in options else []
                assert main(words) == int(options.get("exit", 0)), command
                out, err = capfd.readouterr()
                if shown:
                    assert f"{out}{err}".rstrip().splitlines() == shown.rstrip().splitlines(), command
            ran += 1
    assert ran == TEXT.count("\n$ cuelang ")


def ended_by_ctrl_c(words: list[str]) -> int:
    with subprocess.Popen([*CUELANG, *words], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
                break
        return process.wait(10)


@pytest.mark.skipif(shutil.which("oscsend") is None, reason="oscsend is in Debian's liblo-tools")
def test_the_messages_of_the_readme_are_heard(tmp_path: Path, unused_udp_port: int) -> None:
    sheet = next(block for block in SHEETS if block.words == ("sunday.cues",))
    (tmp_path / "sunday.cues").write_text(sheet.text, encoding="utf-8")
    lines = [line for block in BLOCKS for line in block.text.splitlines() if line.startswith("oscsend ")]
    url = f"osc+udp://127.0.0.1:{unused_udp_port}"
    verdicts: list[str] = []
    with subprocess.Popen(
        [*CUELANG, "run", "sunday.cues", "--input", url], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "show started" in line or "fired" in line:
                verdicts += [line] if "fired" in line else []
                if len(verdicts) == len(lines):
                    process.send_signal(signal.SIGINT)
                    break
                words = shlex.split(lines[len(verdicts)])
                subprocess.run([word.replace("53000", str(unused_udp_port)) for word in words], check=True)
        assert process.wait(10) == 0
    assert [line.split(": ", 1)[1].split(" – ")[0] for line in verdicts] == ["go", "start 2", "panic"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_what_the_readme_asks_of_a_running_show_is_answered(tmp_path: Path, unused_tcp_port: int) -> None:
    sheet = next(block for block in SHEETS if block.words == ("sunday.cues",))
    text = 'show "Quick fingers"\n    go_window 1ms\n' + sheet.text.replace("throe", "throne")
    (tmp_path / "sunday.cues").write_text(text, encoding="utf-8")
    lines = [line for block in BLOCKS if block.words == ("live",) for line in block.text.splitlines()]
    where = f"127.0.0.1:{unused_tcp_port}"
    run = [*CUELANG, "run", "sunday.cues", "--simulate", "--input", "osc+udp://127.0.0.1:0", "--http", where]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUELANG_")}
    environment |= {"CUELANG_URL": f"http://{where}"}
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stdout is not None
            while "operator's page" not in process.stdout.readline():
                assert process.poll() is None
            for line in lines:
                words = shlex.split(line.replace("127.0.0.1:8000", where))
                asked = (
                    ["curl", "-sS", "--fail-with-body", *words[1:]] if words[0] == "curl" else [*CUELANG, *words[1:]]
                )
                done = subprocess.run(asked, capture_output=True, cwd=tmp_path, env=environment, timeout=20)
                assert done.returncode == 0, (line, done.stdout, done.stderr)
                assert done.stdout or "-o" in words, line
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert (tmp_path / "foh.jpg").read_bytes()[:3] == b"\xff\xd8\xff"


def test_what_is_made_is_a_target_of_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake (show|test|bench|\w+)(?=`|\s+#)", TEXT)) <= targets


# --- tables --------------------------------------------------------------------------------------------------


def property_row(prop: Property) -> str:
    return f"| `{prop.name}` | {prop.allowed} |"


def model_rows() -> list[str]:
    rows = ["| model | degrees a second, slowest and fastest | zoom | ramp |", "| --- | --- | --- | --- |"]
    for name in models.names():
        model = models.find(name)
        assert model is not None
        pan = f"pan {float(model.pan_speeds[0]):.3g}–{float(model.pan_speeds[-1]):.3g}"
        tilt = f"tilt {float(model.tilt_speeds[0]):.3g}–{float(model.tilt_speeds[-1]):.3g}"
        zoom = f"{model.ratio_max}x" if model.ratio_max else "no table"
        rows.append(f"| `{name}` | {pan}, {tilt} | {zoom} | {model.ramp_rate}/s |")
    return rows


TABLES = {
    "models": model_rows(),
    "properties": ["| property | values |", "| --- | --- |", *map(property_row, PROPERTIES.values())],
}


@pytest.mark.parametrize("name", TABLES)
def test_a_made_table_is_up_to_date(name: str) -> None:
    before, after = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    made = f"{before}{chr(10).join(TABLES[name])}{after}"
    if os.environ.get("CUELANG_GOLDEN") == "write":
        text = README.read_text(encoding="utf-8")
        start, end = text.index(before), text.index(after.lstrip()) + len(after.lstrip())
        README.write_text(text[:start] + made + text[end:], encoding="utf-8")
    assert made in README.read_text(encoding="utf-8")


def test_every_diagnostic_has_its_line() -> None:
    listed = re.findall(r"^\| ([EW]\d{3}) \| \S", TEXT, re.M)
    sources = "".join(path.read_text(encoding="utf-8") for path in (TOP / "cuelang").rglob("*.py"))
    assert listed == sorted(set(listed))
    assert set(re.findall(r'"([EW]\d{3})"', sources)) == set(listed)


def test_the_command_table_names_commands_and_options_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `cuelang (\w+) (.*?)` \|", TEXT, re.M)
    section = TEXT.partition("## What comes with later versions")[2].partition("\n## ")[0]
    later = re.findall(r"`cuelang (\w+)`", section)
    assert {command for command, _ in rows}.isdisjoint(later)
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    (\w+) +(later:)?", capsys.readouterr().out, re.M)
    assert {name for name, mark in listed if not mark} == {command for command, _ in rows}
    assert {name for name, mark in listed if mark} == set(later)
    for command, form in rows:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known = capsys.readouterr().out
        assert [option for option in re.findall(r"--[a-z-]+", form) if option not in known] == []
