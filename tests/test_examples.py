"""The sheets of examples/ against their golden plans, and every macro of stdlib/.

A plan that changed on purpose is written again, and the difference read before it is committed:

    CUELANG_GOLDEN=write .venv/bin/pytest tests/test_examples.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.format import format_text
from cuelang.lang.parse import parse
from cuelang.lang.syntax import Define
from cuelang.library import Library, read_sheet
from cuelang.output.plan import plan_json
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.record_json import as_json
from cuelang.source import Source

TOP = Path(__file__).parents[1]
EXAMPLES = sorted((TOP / "examples").glob("*.cues"))
MODULES = sorted((TOP / "stdlib").rglob("*.cues"))


@pytest.fixture(autouse=True)
def beside_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet names files relative to its own folder."""
    monkeypatch.chdir(TOP / "examples")


def compiled(sheet: Path | Source) -> Compiled:
    source = sheet if isinstance(sheet, Source) else Source(sheet.name, sheet.read_text(encoding="utf-8"))
    return Compiler(Library()).compile(source)


def findings(result: Compiled) -> list[str]:
    return [f"{found.span.file}:{found.span.line} {found.code} {found.message}" for found in result.diagnostics]


def rendered(plan: dict[str, object]) -> str:
    """Indented, but an event's frames one a line: a difference shows what changed."""
    text = json.dumps(plan, indent=1, ensure_ascii=False)
    lines: list[str] = []
    for line in text.splitlines():
        word = line.strip()
        if lines and (word.startswith('"hex"') or (word in ("}", "},") and '"hex"' in lines[-1])):
            lines[-1] += (" " if word.startswith('"') else "") + word
        elif word.startswith('"at_ms"') and lines[-1].strip() == "{":
            lines[-1] += word
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("sheet", EXAMPLES, ids=lambda sheet: sheet.stem)
def test_an_example_comes_to_its_golden_plan(sheet: Path) -> None:
    result = compiled(sheet)
    assert findings(result) == []
    assert result.plan is not None
    plan = plan_json(result.plan)
    golden = sheet.with_suffix(".plan.json")
    if os.environ.get("CUELANG_GOLDEN") == "write":
        golden.write_text(rendered(plan), encoding="utf-8")
    assert plan == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sheet", EXAMPLES, ids=lambda sheet: sheet.stem)
def test_an_example_plays_through(sheet: Path) -> None:
    plan = compiled(sheet).plan
    assert plan is not None
    records = [as_json(record) for record in rehearse(plan).records]
    fired = {record["cue"] for record in records if record["kind"] == "cue" and record["state"] == "started"}
    assert fired == {cue.number for cue in plan.cues if not cue.disabled}
    outcomes = {record["outcome"] for record in records if record["kind"] == "command"}
    assert outcomes <= {"completed", "stopped", "superseded"}


@pytest.mark.parametrize("sheet", [*EXAMPLES, *MODULES], ids=lambda sheet: sheet.stem)
def test_a_sheet_begins_with_what_it_teaches_and_is_laid_out(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert format_text(text) == text


def test_every_golden_plan_has_its_sheet() -> None:
    goldens = {path.name.removesuffix(".plan.json") for path in (TOP / "examples").glob("*.plan.json")}
    assert goldens == {sheet.stem for sheet in EXAMPLES}


# --- stdlib --------------------------------------------------------------------------------------------------

EVERY_MACRO = """\
use moves
use tally
use consoles.eos
use consoles.qlab

camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne at pan -30deg tilt 5deg zoom 20%
camera left "sim://left"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%

cue 1 "Moves that are seen"
    cut_to(foh)
    push_in(foh)
    settle(left, wide)
    preview(left)
    wait for foh
    pull_out(foh, 10%, time = 4s)
    drift(foh, left, time = 2s)
    wait for foh
    sweep(foh, throne, time = 1s)
    wait for foh
    glance(foh, pan_by = -10deg)
    crash_in(foh)
    wait for foh
    reveal(foh)
    wait for foh

cue 2 "Cuts"
    take(left, wide)
    clear_of(left)
    all_clear()
    push_in(all)
"""

EVERY_SHOT = """\
use vision

switcher desk "sim://desk"
    source foh = "FOH"
    source left = "Left"
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "sim://left"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%

cue 1 "Shots"
    at 1s shot(foh, wide)
cue 2 "Mixes"
    mix(left, wide, over = 2s)
cue 3 "Next"
    wait for desk
    ready(foh, wide)
"""


def test_every_macro_of_the_library_does_its_work() -> None:
    defined = {
        section.line.node.name.id
        for module in MODULES
        for section in parse(read_sheet(module)).sections
        if isinstance(section.line.node, Define)
    }
    assert {name for name in defined if f" {name}(" not in EVERY_MACRO + EVERY_SHOT} == set()
    for sheet in (EVERY_MACRO, EVERY_SHOT):
        result = compiled(Source("every.cues", sheet))
        assert findings(result) == []
        assert result.plan is not None
        records = [as_json(record) for record in rehearse(result.plan).records]
        assert {record["outcome"] for record in records if record["kind"] == "command"} == {"completed"}


@pytest.mark.parametrize(
    ("address", "arguments", "asked"),
    [
        ("/eos/out/event/cue/1/2/fire", "", "go 2"),
        ("/eos/out/event/cue/1/2/stop", "", "stop 2"),
        ("/cameras/go/2", "", "go 2"),
        ("/cameras/start/2", "", "start 2"),
        ("/cameras/standby/2", "", "standby 2"),
        ("/cameras/stop/2", "", "stop 2"),
        ("/cameras/go", "", "go next"),
        ("/cameras/stop", "", "stop"),
        ("/cameras/panic", "", "panic"),
        ("/qlab/event/workspace/go", ' "2" "Lights" "ABC" "Group"', "go 2"),
    ],
)
def test_consoles_ask_for_what_their_headers_say(address: str, arguments: str, asked: str) -> None:
    from cuelang.playback import script

    sheet = dedent("""\
        use consoles.eos
        use consoles.qlab
        camera foh "sim://foh"
        cue 1
            wait 5s
        cue 2
            wait 5s
        """)
    plan = compiled(Source("consoles.cues", sheet)).plan
    assert plan is not None
    played = rehearse(plan, script=script.parse(f'1s osc "{address}"{arguments}'))
    records = [as_json(record) for record in played.records]
    said = [(record["request"], record["verdict"]) for record in records if record["kind"] == "trigger"]
    assert said == [(asked, "refused" if asked == "stop 2" else "fired")]  # there is nothing of cue 2 to be stopped
