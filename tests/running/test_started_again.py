"""A show that had a second machine, started again on its own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cuelang.app import RunOptions, run_show
from cuelang.cli.parser import main
from tests.benchmarks.resuming import crashed


def test_after_a_show_with_a_twin_a_start_without_it_sends_nothing(tmp_path: Path) -> None:
    log, _ = crashed(tmp_path, 40)
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace('"twin": null', '"twin": "nats://10.0.0.9:4222"', 1), encoding="utf-8")
    said = io.StringIO()
    options = RunOptions(str(tmp_path / "night.cues"), simulate=True, log=str(log))
    assert run_show(options, out=io.StringIO(), err=said) == 1
    assert "had a second machine, which may lead it now. Nothing was sent. Start with --twin" in said.getvalue()
    assert log.read_text(encoding="utf-8").count("\n") == text.count("\n")


def test_there_is_one_way_to_have_a_second_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "night.cues"
    sheet.write_text('camera foh "sim://foh"\n', encoding="utf-8")
    words = ["--behind", "http://10.0.0.7:8000", "--twin", "nats://10.0.0.9:4222"]
    assert main(["run", str(sheet), *words]) != 0
    assert "--behind and --twin" in capsys.readouterr().err
