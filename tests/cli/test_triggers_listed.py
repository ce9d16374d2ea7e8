"""`cuelang triggers`: everything that can fire something, by the input that brings it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuelang.cli.parser import main
from cuelang.clock import run
from cuelang.triggers.listing import built_in
from tests.triggers.osc_house import plan_of
from tests.triggers.test_osc_door import listening, osc, until

SHEET = """\
show "Evening"
    timezone "Europe/London"
input desk "osc+udp://127.0.0.1:53000"
input keys "midi:nanoKONTROL2"
input code "ltc:USB Audio"
input lamps "tsl+udp://127.0.0.1:8900"
output eos "osc+tcp://10.0.0.5:3032?eos=1"
use consoles.eos
camera foh "sim://foh"
    preset wide = 1
on osc "/a" from desk go 1
on osc "/{wide,tight}" move foh to wide
on key "F12" panic
on midi control 1 drive foh pan
on timecode 01:02:03:04 go 1
on dmx 3 above 100 go 2
on lost foh standby 1
cue 1 "One"
    on every friday at 20:00
    wait for osc "/hi"
    follow after 2s
cue 2 "Two"
    disabled
cue 3
    start 1
"""


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("evening.cues").write_text(SHEET, encoding="utf-8")
    return "evening.cues"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["triggers", *words]) == 0
    return capsys.readouterr().out


def group(text: str, heading: str) -> list[str]:
    """The lines under a heading."""
    block = next(block for block in text.split("\n\n") if block.startswith(heading))
    return [" ".join(line.split()) for line in block.splitlines()[1:]]


def test_each_input_has_what_it_can_fire(sheet: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, sheet)
    desk = group(text, "desk ")
    assert 'on osc "/a" from desk go 1 evening.cues:11 One' in desk
    assert 'on osc "/{wide,tight}" foh: move to wide evening.cues:12' in desk
    assert 'wait for osc "/hi" continue cue 1 evening.cues:20 One' in desk
    assert any("stdlib/consoles/eos.cues:" in line for line in desk)
    eos = group(text, "eos ")
    assert not any("from desk" in line for line in eos) and eos[-1] == "built in: the same"
    assert group(text, "keys  midi:") == [
        "on midi control 1 drive foh pan evening.cues:14",
        "on timecode 01:02:03:04 go 1 evening.cues:15 One",
    ]
    assert group(text, "code  ltc:") == ["on timecode 01:02:03:04 go 1 evening.cues:15 One"]
    assert "lamps  tsl+udp://127.0.0.1:8900  (fires nothing)" in text
    assert group(text, "no input for it") == ["on dmx 3 above 100 go 2 evening.cues:16 Two (disabled)"]
    assert group(text, "clock  Europe/London") == ["on every friday at 20:00 go 1 evening.cues:19 One"]
    assert group(text, "keys of the terminal") == [
        'on key "F12" panic evening.cues:13', "built in: space (go), escape (panic)"
    ]  # fmt: skip
    assert group(text, "cameras and switchers") == ["on lost foh standby 1 evening.cues:17 One"]
    assert group(text, "cues\n") == [
        "end of cue 1, 2s later go 3 evening.cues:18", "cue 3 start 1 evening.cues:25 One"
    ]  # fmt: skip


def test_as_json_every_row_says_where_it_is_written(sheet: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(capsys, sheet, "--json"))
    lines = SHEET.splitlines()
    of_the_sheet = [row for row in rows if row["file"] == sheet]
    assert {row["line"] for row in of_the_sheet} == {
        number for number, line in enumerate(lines, 1) if line.strip().startswith(("on ", "wait for osc", "start"))
    } | {18}
    for row in of_the_sheet:
        if row["on"].startswith("on "):
            assert lines[row["line"] - 1].strip().startswith(row["on"].removesuffix(" from desk"))
    assert {row["kind"]: row["inputs"] for row in of_the_sheet}["timecode"] == ["keys", "code"]
    assert next(row for row in rows if row["on"] == "/go/{n}") == {
        "kind": "osc", "inputs": ["desk", "eos"], "on": "/go/{n}", "action": "go {n}", "cue": None, "file": None,
        "line": None, "built_in": True,
    }  # fmt: skip


def test_a_sheet_without_inputs_hears_osc_on_the_default_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "bare.cues"
    sheet.write_text('cue 1 "Alone"\n    wait 1s\n', encoding="utf-8")
    text = said(capsys, str(sheet))
    assert text.startswith("osc+udp://127.0.0.1:53000\n    built in: /go, ")
    assert "clock" not in text


def test_what_is_listed_as_built_in_is_what_the_input_does() -> None:
    sheet = """\
input desk "osc+udp://127.0.0.1:0"
camera foh "sim://foh"
camera left "sim://left"
cue 1
    wait 1s
cue 2
    wait 1s
"""
    names = {"{n}": "1", "{camera}": "foh", "{other}": "left"}
    differs = []

    def named(text: str) -> str:
        for capture, name in names.items():
            text = text.replace(capture, name)
        return text

    async def show() -> None:
        async with listening(plan_of(sheet)) as (told, send, _):
            for shown, action in built_in():
                if shown.startswith("/switcher/"):
                    continue
                address = named(shown.removesuffix(" {n}"))
                told.requests.clear()
                told.verdicts.clear()
                send(osc(address, *(["1"] if shown.endswith(" {n}") else [])))
                await until(lambda: told.asked or told.verdicts)
                asked = [*told.asked, *(verdict.request.text for verdict in told.verdicts)]
                meant = named(action).replace("stop cue", "stop").split(" or ")
                if not set(meant) & set(asked):
                    differs.append((shown, action, asked))

    run(show())
    assert differs == []
