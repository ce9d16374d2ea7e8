"""`import cuelang`: the interface for programs."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cuelang

TOP = Path(__file__).parents[1]
SHEET = 'camera foh "sim://foh"\ncue 1 "One"\n    zoom foh to 50%\ncue 2 "Two"\n    wait 2s\n'


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("two.cues").write_text(SHEET, encoding="utf-8")
    return "two.cues"


def test_everything_that_it_names_is_there_and_described() -> None:
    for name in cuelang.__all__:
        member = getattr(cuelang, name)
        if name != "__version__":
            assert inspect.getdoc(member)
    with pytest.raises(AttributeError, match="no attribute 'compiler'"):
        cuelang.compiler  # type: ignore[attr-defined]  # noqa: B018


def test_a_program_that_only_imports_it_waits_for_nothing() -> None:
    code = "import sys; before = set(sys.modules); import cuelang; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith("cuelang")] == ["cuelang"]
    assert not {"asyncio", "lark", "msgspec", "aiohttp"} & set(loaded)


def test_a_sheet_is_compiled(sheet: str) -> None:
    compiled = cuelang.compile_sheet(sheet, without=["foh"])
    assert isinstance(compiled, cuelang.Compiled) and isinstance(compiled.plan, cuelang.Plan)
    assert compiled.plan.camera("foh").disabled
    Path(sheet).write_text(f"let late = 1s\n{SHEET.replace('2s', 'late')}", encoding="utf-8")
    changed = cuelang.compile_sheet(sheet, settings={"late": "7s"}).plan
    assert changed is not None and changed.cues[1].duration == 7_000_000_000


def test_mistakes_are_diagnostics_and_files_are_value_errors(sheet: str) -> None:
    Path(sheet).write_text(SHEET.replace("zoom foh", "zoom fho"), encoding="utf-8")
    compiled = cuelang.compile_sheet(sheet)
    assert compiled.plan is None
    (mistake,) = compiled.diagnostics
    assert isinstance(mistake, cuelang.Diagnostic)
    assert (mistake.code, mistake.span.line, mistake.severity) == ("E201", 3, "error")
    with pytest.raises(ValueError, match=r"File not found: none\.cues"):
        cuelang.compile_sheet("none.cues")
    with pytest.raises(ValueError, match="--set"):
        cuelang.compile_sheet(sheet, settings={"": "1"})


def test_a_rehearsal_gives_the_records_of_the_log(sheet: str) -> None:
    plan = cuelang.compile_sheet(sheet).plan
    assert plan is not None
    records = cuelang.rehearse(plan)
    assert [record["cue"] for record in records if record["kind"] == "cue" and record["state"] == "done"] == ["1", "2"]
    assert cuelang.rehearse(plan) == records
    Path("late.txt").write_text("60s go 2\n", encoding="utf-8")
    timed = cuelang.rehearse(plan, script="late.txt")
    assert [record["t_ms"] for record in timed if record["kind"] == "trigger"] == [60_000]
    Path("late.txt").write_text("soon go\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        cuelang.rehearse(plan, script="late.txt")


def test_a_show_is_run_to_the_end_of_its_script(sheet: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("now.txt").write_text("0s go 1\n0.2s panic\n", encoding="utf-8")
    options = {"simulate": True, "script": "now.txt", "inputs": ["osc+udp://127.0.0.1:0"], "log": "night.jsonl"}
    assert cuelang.run_show(sheet, **options) == 0  # type: ignore[arg-type]
    assert "cue 1 “One” started" in capsys.readouterr().out
    assert '"cue": "1"' in Path("night.jsonl").read_text(encoding="utf-8")
    assert cuelang.run_show("none.cues") == 2
    assert capsys.readouterr().err == "File not found: none.cues.\n"


def test_the_example_says_when_each_cue_was_done(sheet: str) -> None:
    code = [sys.executable, str(TOP / "examples/rehearse.py"), sheet]
    said = subprocess.run(code, capture_output=True, text=True, check=True).stdout
    assert "cue 2 “Two”: 2.0 s in the plan" in said
    assert re.findall(r"cue (\d) was done after", said) == ["1", "2"]
