"""Nothing that a sheet, a camera or a sender has put into a text rules a terminal, and no text forges a line."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from cuelang.cli.parser import main
from cuelang.runtime import asrun
from cuelang.runtime.record_json import from_json
from cuelang.screen.printer import LinePrinter

TITLE, NEWLINE = "\x1b]0;pwned\x07", "go\n 0:00:01.000  key space: panic – fired"
EVIL = "\x1b[2J\x9b31m\u202e"


def record(**fields: object) -> dict[str, object]:
    return {"seq": 1, "wall": "2026-01-01T00:00:00+00:00", "t_ms": 1.0, "kind": "trigger", **fields}


def clean(text: str) -> bool:
    return all(char == "\n" or char.isprintable() for char in text)


@pytest.mark.parametrize("kind", ["trigger", "cue", "command", "send", "note", "warning", "standby", "anything"])
@pytest.mark.parametrize("evil", [TITLE, NEWLINE, EVIL, "\r\n", "\u2028"])
def test_a_record_is_one_harmless_line(kind: str, evil: str) -> None:
    names = ("source", "request", "verdict", "reason", "cue", "state", "camera", "output", "action", "outcome", "text",
             "mode", "file", "kind")  # fmt: skip
    for name in names:
        shown = asrun.as_text([from_json(record(**{"kind": kind, name: evil}))])
        assert clean(shown) and shown.count("\n") == 1, name


def test_a_log_for_people_and_for_a_spreadsheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.jsonl"
    texts = [TITLE, NEWLINE, "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "plain"]
    path.write_text("".join(json.dumps(record(kind="note", text=text, t_ms=-1.5)) + "\n" for text in texts))
    assert main(["log", str(path)]) == 0
    shown = capsys.readouterr().out
    assert clean(shown) and shown.count("\n") == len(texts)
    assert main(["log", str(path), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["t_ms"] for row in rows] == ["-1.5"] * len(texts)
    for row, text in zip(rows, texts, strict=True):
        assert clean(row["text"]) and "\n" not in row["text"]
        assert row["text"].startswith("'") == (text not in (TITLE, NEWLINE, "plain", "\r=1", "\n=1"))
        assert row["text"][0] not in "=+-@\t\r\n"


@pytest.mark.parametrize("words", [["plan"], ["rehearse"], ["schedule"]])
def test_a_sheet_rules_no_terminal(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "night.cues"
    evil = r"\u001b]0;pwned\u0007\u009b2J\u202e\n 0:00:01.000  cue 1 started"
    sheet.write_text(
        f'show "{evil}"\nsection "{evil}"\ncamera foh "sim://foh"\non every day at 10:00 start 1\n'
        f'cue 1 "{evil}"\n    standby "{evil}"\n    note "{evil}"\n'
    )
    assert main([*words, str(sheet)]) == 0
    shown = capsys.readouterr()
    assert clean(shown.out) and clean(shown.err)
    assert not any(line.startswith(" 0:00:01.000") for line in shown.out.splitlines())


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/"])
def test_a_log_that_is_no_file(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", device]) == 2
    assert device in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
def test_a_pipe_without_a_writer_holds_nobody_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["log", str(tmp_path / "pipe")]) == 2
    assert "is not an as-run log" in capsys.readouterr().err


def test_what_is_printed_beside_a_show() -> None:
    out = io.StringIO()
    printer = LinePrinter(out)
    printer.say(f"{TITLE}one")
    printer.close()
    assert out.getvalue() == "\ufffd]0;pwned\ufffdone\n"


def test_an_error_message_rules_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / f"{TITLE}.cues")]) == 2
    assert clean(capsys.readouterr().err)
