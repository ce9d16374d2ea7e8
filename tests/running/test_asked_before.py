"""What a show last asked of its cameras is known when it is started again, and `recover` puts it back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cuelang.app import RunOptions, run_show
from cuelang.plan.state import ANYWHERE
from cuelang.runtime.asrun import read
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import Record, ShowRecord
from cuelang.sheets import compile_sheet

SHEET = """
show "Again"
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
cue 1
    move foh to throne speed 24
    wait for foh
    set foh iris 9
    focus foh manual
cue 2
    note "nothing"
"""


class Evening:
    def __init__(self, folder: Path) -> None:
        self.folder, self.sheet = folder, folder / "again.cues"
        self.sheet.write_text(SHEET, encoding="utf-8")
        self.options = RunOptions(str(self.sheet), inputs=("osc+udp://127.0.0.1:0",))

    def run(self, script: str) -> list[Record]:
        """One night's records."""
        path = self.folder / "script.txt"
        path.write_text(script, encoding="utf-8")
        before = set(self.folder.glob("logs/*.jsonl"))
        out = io.StringIO()
        assert run_show(replace(self.options, script=str(path)), out=out, err=out) == 0, out.getvalue()
        (log,) = set(self.folder.glob("logs/*.jsonl")) - before
        return list(read(log))


@pytest.fixture
def evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evening:
    monkeypatch.chdir(tmp_path)
    return Evening(tmp_path)


def commands(records: list[Record]) -> list[tuple[str, str]]:
    found = [as_json(record) for record in records]
    return [(one["action"], one["outcome"]) for one in found if one["kind"] == "command"]


def said(records: list[Record], kind: str) -> str:
    found: list[dict[str, Any]] = [as_json(record) for record in records]
    return "\n".join(one["text"] for one in found if one["kind"] == kind)


def rebuilt(evening: Evening, records: list[Record]) -> Journal:
    """The list, built again from its log."""
    plan, first = compile_sheet(str(evening.sheet)).plan, records[0]
    assert plan is not None and isinstance(first, ShowRecord) and first.asked is not None
    journal = Journal(plan, first)
    for record in records:
        journal.take(record)
    return journal


def test_a_show_that_is_started_again_still_knows_what_was_asked(evening: Evening) -> None:
    evening.run("0s go 1\n")
    again = evening.run("0s recover foh, left\n")
    assert [one for one in commands(again) if one[0] != "track"] == [
        ("recover", "refused"), ("move", "completed"), ("focus", "completed"), ("set", "completed"),
    ]  # fmt: skip
    assert "What it last asked of foh is known: `recover` puts it back." in said(again, "note")
    asked = rebuilt(evening, again).playback.asked("foh")  # the second night hands it on
    assert asked.recalled is not None and asked.recalled.preset == 4
    assert (asked.focus, [prop for prop, _ in asked.settings]) == ("manual", ["iris"])
    assert rebuilt(evening, again).playback.asked("left") == ANYWHERE


def test_of_another_sheet_nothing_is_known(evening: Evening) -> None:
    evening.run("0s go 1\n")
    evening.sheet.write_text(SHEET.replace("nothing", "something"), encoding="utf-8")
    again = evening.run("0s recover foh\n")
    assert commands(again) == [("recover", "refused")]
    assert "`recover` puts it back" not in said(again, "note")
