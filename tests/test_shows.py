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
from cuelang.library import Library, read_sheet
from cuelang.plan import Plan
from cuelang.playback import script
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.record_json import as_json
from cuelang.sheets import Recompiler, compile_sheet, override_inputs

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
    assert not ports["desk"].at.is_open


def test_make_show_plays_without_a_terminal(tmp_path: Path) -> None:
    """Half a minute of real time, so that the show is what is played and not a likeness of it."""
    ran = subprocess.run(
        [sys.executable, str(SHOWS / "play.py")],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
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


@pytest.mark.parametrize(
    ("name", "dead", "spare"),
    [("sunday", "organ", "left"), ("service", "foh", "organ"), ("conference", "left", "hall")],
)
def test_an_evening_can_be_taken_up_anywhere_and_goes_on_with_a_spare(name: str, dead: str, spare: str) -> None:
    sheet = str(SHOWS / name / f"{name}.cues")
    found = compile_sheet(sheet)
    assert found.plan is not None
    numbers = [cue.number for cue in found.plan.cues if cue.in_list]
    middle, later = numbers[len(numbers) // 2], numbers[-2]
    asks = script.parse(
        f"0s locate {middle} live\n60s go {middle}\n120s locate {later} at 0s live\n180s resume\n"
        f"240s swap {dead} for {spare}\n241s swap {dead} for {spare} anyway\n250s locate {middle} live\n"
        f"310s go {middle}\n400s swap {dead} for {dead}\n"
    )
    played = rehearse(found.plan, script=asks, recompile=Recompiler(found, sheet))
    said = [(one["request"], one["verdict"]) for one in map(as_json, played.records) if one["kind"] == "trigger"]
    asked = [one for one in said if one[0].startswith(("locate", "swap", "resume"))]
    assert [verdict for _, verdict in asked] == ["fired", "fired", "fired", "refused", "fired", "fired", "fired"]
    after = [one for one in map(as_json, played.records) if one["kind"] == "command" and one["due_ms"] > 241_000]
    sent = {one["camera"] for one in after if one["due_ms"] < 400_000 and one.get("camera")}
    assert dead not in {one.get("camera") for one in after if one["cue"] == middle and one["action"] != "tally"}
    assert sent


DEAD = {
    "sunday": [
        "locate 3",
        "swap organ for left anyway",
        "swap organ for organ",
        "recover organ live",
        "locate 6 at 1s",
    ],
    "service": ["locate 2", "locate 4", "swap foh for organ anyway", "swap foh for foh", "recover foh"],
    "conference": ["swap left for hall anyway", "swap left for left", "recover left", "locate 11 at 2s"],
}
"""What is asked for in the script of each show, and done."""


@pytest.mark.parametrize("name", DEAD)
def test_an_evening_goes_on_when_a_camera_loses_power(name: str) -> None:
    sheet = str(SHOWS / name / f"{name}.cues")
    found = compile_sheet(sheet)
    assert found.plan is not None
    asks = script.parse((SHOWS / name / "dead-camera.txt").read_text(encoding="utf-8"))
    played = rehearse(found.plan, script=asks, recompile=Recompiler(found, sheet))
    records = [as_json(record) for record in played.records]
    said = {record["request"]: record["verdict"] for record in records if record["kind"] == "trigger"}
    assert {said[request] for request in DEAD[name]} == {"fired"}
    assert [request for request, verdict in said.items() if verdict == "refused"] == [
        DEAD[name][-4 if name == "conference" else -4 if name == "sunday" else -3].removesuffix(" anyway")
    ]
    dead = next(ask.plug.camera for ask in asks if ask.plug is not None)
    (back,) = [record["t_ms"] for record in records if record["kind"] == "back"]
    assert back > next(ask.at for ask in asks if ask.plug is not None) / 1e6
    recovered = [record for record in records if record["kind"] == "command" and record["t_ms"] > back]
    assert any(record["camera"] == dead and record["action"] == "move" for record in recovered)
    assert {record["outcome"] for record in recovered if record["camera"] == dead} <= {"completed", "superseded"}
