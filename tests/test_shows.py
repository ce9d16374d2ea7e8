"""The shows of shows/: checked, laid out, rehearsed, and played as `make show` plays them without a terminal."""

from __future__ import annotations

import runpy
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from cuelang.lang.compile import Compiled, Compiler
from cuelang.lang.format import format_text
from cuelang.lang.ports import is_open
from cuelang.library import Library, read_sheet
from cuelang.plan import Plan
from cuelang.playback import script
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.records import as_json
from cuelang.sheets import override_inputs

SHOWS = Path(__file__).parents[1] / "shows"
PLAY = SHOWS / "twelfth-night"
SHEETS = sorted(SHOWS.rglob("*.cues"))


def compiled(sheet: Path, **settings: str) -> Compiled:
    return Compiler(Library()).compile(read_sheet(sheet), settings=settings)


def plan(**settings: str) -> Plan:
    found = compiled(PLAY / "twelfth-night.cues", **settings).plan
    assert found is not None
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_sheet_has_nothing_to_warn_of_and_is_laid_out(sheet: Path) -> None:
    assert [(found.span.line, found.message) for found in compiled(sheet).diagnostics] == []
    text = sheet.read_text(encoding="utf-8")
    assert format_text(text) == text


def test_the_play_rehearses_from_the_first_cue_to_the_last() -> None:
    play = plan()
    records = [as_json(record) for record in rehearse(play).records]
    fired = [record["cue"] for record in records if record["kind"] == "cue" and record["state"] == "started"]
    assert fired == [cue.number for cue in play.cues]
    assert len(fired) >= 12
    assert {record["outcome"] for record in records if record["kind"] == "command"} == {"completed"}
    assert not [record for record in records if record["kind"] == "warning"]


@pytest.mark.parametrize("storm", ["3s", "9s", "12s"])
def test_the_storm_may_be_shorter_or_longer(storm: str) -> None:
    assert compiled(PLAY / "twelfth-night.cues", storm=storm).diagnostics == []


def test_the_script_of_the_short_evening_ends_well() -> None:
    text = (PLAY / "gos.txt").read_text(encoding="utf-8")
    asks = script.parse(f"0s standby 1\n{text}")
    played = rehearse(plan(storm="3s"), script=asks)
    verdicts = [record["verdict"] for record in map(as_json, played.records) if record["kind"] == "trigger"]
    assert verdicts == ["fired", "fired", "window", *["fired"] * 6]
    outcomes = [record["outcome"] for record in map(as_json, played.records) if record["kind"] == "command"]
    assert set(outcomes) == {"completed", "superseded"}  # the cut to Orsino ends the slow zoom of the wide shot
    assert outcomes.count("superseded") == 1
    assert played.length < 32_000_000_000


def test_on_a_terminal_this_machine_may_be_the_light_board() -> None:
    spoken = runpy.run_path(str(SHOWS / "play.py"))["command"](True)
    inputs = [word for option, word in pairwise(spoken) if option == "--input"]
    ports = {port.name: port for port in override_inputs(plan(), inputs).inputs}
    assert set(ports) == {"desk", "osc+udp://127.0.0.1:53000"}
    assert not ports["osc+udp://127.0.0.1:53000"].allow
    assert is_open(ports["desk"].url) is False


def test_make_show_plays_without_a_terminal(tmp_path: Path) -> None:
    """Half a minute of real time, so that the show is what is played and not a likeness of it."""
    ran = subprocess.run(
        [sys.executable, str(SHOWS / "play.py")], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=55, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "cue 5 done" in ran.stdout
    assert "Good night" in ran.stdout
    assert "Traceback" not in ran.stdout
    assert list((tmp_path / "logs").glob("*.jsonl"))


EVENINGS = {"sunday": 10, "tempest": 60, "conference": 10}
"""A show and how many cues it has."""


def evening(name: str) -> Plan:
    found = compiled(SHOWS / name / f"{name}.cues").plan
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "cues"), EVENINGS.items())
def test_an_evening_rehearses_without_a_word(name: str, cues: int) -> None:
    play = evening(name)
    assert len(play.cues) == cues
    records = [as_json(record) for record in rehearse(play).records]
    fired = [record["cue"] for record in records if record["kind"] == "cue" and record["state"] == "started"]
    assert fired == [cue.number for cue in play.cues]
    assert {record["outcome"] for record in records if record["kind"] == "command"} == {"completed"}
    assert {record["verdict"] for record in records if record["kind"] == "trigger"} == {"fired"}
    assert not [record for record in records if record["kind"] == "warning"]


@pytest.mark.parametrize("name", EVENINGS)
def test_no_camera_moves_while_it_is_on_air(name: str) -> None:
    air: dict[str, str] = {}
    happened = [as_json(record) for record in rehearse(evening(name)).records]
    for record in sorted(happened, key=lambda record: (record.get("sent_ms", record["t_ms"]), record["seq"])):
        if record["kind"] == "air":
            air[record["camera"]] = record["mode"]
        elif record["kind"] == "command" and record["action"] == "move":
            assert air.get(record["camera"]) != "program", record


def test_a_seat_s_button_brings_its_camera_on_air() -> None:
    asks = script.parse("0s go 10\n2s osc /seat/5\n9s osc /seat/2\n")
    records = [as_json(record) for record in rehearse(evening("conference"), script=asks).records]
    program = [record["camera"] for record in records if record["kind"] == "air" and record["mode"] == "program"]
    assert program == ["hall", "right", "hall", "left"]


def test_the_sermon_waits_for_its_amen() -> None:
    asks = script.parse("0s go 7\n60s go\n")
    records = [as_json(record) for record in rehearse(evening("sunday"), script=asks).records]
    sent = [(record["address"].rpartition("=")[2], record["t_ms"]) for record in records if record["kind"] == "send"]
    assert [camera for camera, _ in sent] == ["1", "2"] and sent[1][1] == pytest.approx(60_000, abs=100)
