"""The content of the as-run log, key by key; and what a rehearsal does by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from cuelang.output.plan import plan_rows
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.asrun import as_text
from cuelang.runtime.command_records import CommandRecord, SentRecord
from cuelang.runtime.record_json import as_json
from cuelang.simulator.faults import Faults
from cuelang.units import NS
from tests.running.night import RIG, compiled, perform, plan_of

COMMON = ["seq", "wall", "t_ms", "kind"]
PLACE = ["file", "line", "column"]
JOB = ["run", "job"]


def play(sheet: str, script: str | None = None, **options: Any) -> Rehearsal:
    return rehearse(plan_of(sheet), script=None if script is None else parse(script), **options)


def of(rehearsal: Rehearsal, kind: str) -> list[dict[str, Any]]:
    return [record for record in map(as_json, rehearsal.records) if record["kind"] == kind]


def cues(rehearsal: Rehearsal) -> list[tuple[str, str, float]]:
    return [(r["cue"], r["state"], round(r["t_ms"] / 1000, 3)) for r in of(rehearsal, "cue")]


# --- the as-run log ------------------------------------------------------------------------------------------


def test_keys_and_their_order() -> None:
    night = perform(
        "cue 1\n    zoom foh to 50% over 1s\n    move left to door\ncue 2\n    wait 1s\n", (0, "go"), (0.1, "go")
    )
    fired, window = night.of("trigger")
    assert list(fired) == [*COMMON, "source", "request", "verdict", "verb"]
    assert list(window) == [*COMMON, "source", "request", "verdict", "reason", "verb"]
    cue = night.of("cue")[0]
    assert list(cue)[:5] == [*COMMON, "cue"] and cue["state"] == "started"
    move, zoom = sorted(night.commands(), key=lambda record: record["action"])
    times = ["due_ms", "sent_ms", "acked_ms", "done_ms", "outcome"]
    assert list(move) == [*COMMON, "cue", "camera", "action", "preset", *times, *PLACE, "hex", *JOB]
    assert list(zoom) == [
        *COMMON,
        "cue",
        "camera",
        "action",
        *times,
        *PLACE,
        "hex",
        "frames",
        "skipped",
        "late_max_ms",
        *JOB,
    ]
    assert (zoom["frames"], zoom["skipped"], zoom["late_max_ms"]) == (10, 0, 0)
    assert [record["seq"] for record in night.records] == list(range(1, len(night.records) + 1))
    assert datetime.fromisoformat(move["wall"]).utcoffset() is not None


def test_what_went_by_http_has_its_url() -> None:
    sheet = """
        camera nave "cgi://10.0.0.31:8080"
            model "ptzoptics-move-4k-20x"
        camera foh "visca+udp://10.0.0.21"
        cue 1
            move nave to preset 4
            zoom nave from 0% to 50% over 1s
            booth foh photos every 1s save "guests"
            at 20s  snapshot foh save "stills"
    """
    plan = compiled(dedent(sheet), rig="").plan
    assert plan is not None
    night = rehearse(plan)
    sent = {(record["camera"], record["action"]): record for record in of(night, "command")}
    assert sent["nave", "move"]["url"] == "http://10.0.0.31:8080/cgi-bin/ptzctrl.cgi?ptzcmd&poscall&4"
    assert sent["nave", "zoom"]["url"] == "http://10.0.0.31:8080/cgi-bin/ptzctrl.cgi?ptzcmd&zoomto&7&2000"
    booth = sent["foh", "booth"]["url"].split(" ")
    assert booth == [
        "http://10.0.0.21/cgi-bin/booth.cgi?0&4&1&photo&0", *(f"http://10.0.0.21/photo{n}.jpg" for n in range(1, 5))
    ]  # fmt: skip
    assert sent["foh", "snapshot"]["url"] == "http://10.0.0.21/snapshot.jpg"
    assert not any("hex" in record for record in sent.values())


def test_one_record_for_each_command_when_its_outcome_is_known() -> None:
    rehearsal = play(
        "cue 1\n    repeat 3 times every 2s\n        tally all program\n        move all home\n    stop all\n"
    )
    commands = of(rehearsal, "command")
    assert len(commands) == 3 * 4 + 2
    assert {record["outcome"] for record in commands} <= {"completed", "stopped", "superseded"}
    for record in commands:
        assert record["t_ms"] >= record.get("done_ms", 0) >= record.get("acked_ms", 0) >= 0


def test_what_stands_in_a_macro_is_placed_in_the_macro() -> None:
    sheet = "define out(cam)\n    tally cam off\n    zoom cam to 0% over 1s\ncue 1\n    out(foh)\n"
    tally, zoom = of(play(sheet), "command")
    assert [(r["file"], r["line"], r["column"]) for r in (tally, zoom)] == [
        ("night.cues", 12, 5),
        ("night.cues", 13, 5),
    ]


def test_sent_is_the_first_transmission() -> None:
    night = perform("cue 1\n    tally foh off\n", (0, "go"), end=10, faults={"foh": Faults(loss=0.6, seed=7)})
    (record,) = night.commands()
    assert record["sent_ms"] == 0 and record["outcome"] == "completed"
    assert record["acked_ms"] > 0, "the seed should have lost the first one"


def test_times_are_exact_to_the_microsecond() -> None:
    sheet = 'cue 1\n    repeat 30 times\n        wait 1f\n    note "here"\n'
    rig = RIG.replace("interlock off", "interlock off\n    fps 29.97")
    night = perform(sheet, (0, "go"), end=5, rig=rig)
    assert night.of("note")[0]["t_ms"] == pytest.approx(1001.0, abs=0.001)


# --- a rehearsal --------------------------------------------------------------------------------------------


def test_automatic_gos_know_neither_window_nor_debounce() -> None:
    rehearsal = play("".join(f"cue {n}\n    tally foh off\n" for n in range(1, 6)))
    assert [r["verdict"] for r in of(rehearsal, "trigger")] == ["fired"] * 5
    assert rehearsal.length == 0


def test_waits_for_people_are_met_at_once_and_endless_cues_stopped_after_three_passes() -> None:
    sheet = """
cue 1
    wait for go
    wait for osc "/x" up to 30s
    wait 1s
cue 2
    repeat forever every 2s
        move foh to throne
        wait for foh
        move foh to wide
        wait for foh
cue 3
    repeat forever every 1s
        note "a"
cue 4
    wait 1s
"""
    rehearsal = play(sheet)
    states = cues(rehearsal)
    assert states[:3] == [("1", "started", 0), ("1", "done", 1), ("2", "started", 1)]
    assert [(cue, state) for cue, state, _ in states[3:]] == [
        ("2", "stopped"), ("3", "started"), ("3", "stopped"), ("4", "started"), ("4", "done"),
    ]  # fmt: skip
    moves = [r for r in of(rehearsal, "command") if r["cue"] == "2"]
    assert [r["outcome"] for r in moves] == ["completed"] * 6
    assert len(of(rehearsal, "note")) == 3


def test_an_endless_cue_without_an_interval_ends_too() -> None:
    sheet = "cue 1\n    repeat forever\n        zoom foh to 50%\n        wait for foh\n"
    sheet += "        zoom foh to 0%\n        wait for foh\n"
    rehearsal = play(sheet)
    assert len(of(rehearsal, "command")) == 6 and cues(rehearsal)[-1][1] == "stopped"


def test_a_time_of_day_passes_in_the_shows_zone() -> None:
    rehearsal = play('cue 1\n    wait until 09:00\n    note "now"\n')
    (note,) = of(rehearsal, "note")
    assert (note["wall"], note["t_ms"]) == ("2026-01-01T09:00:00.000+00:00", 9 * 3600 * 1000)


def test_schedules_fire_only_with_a_length() -> None:
    sheet = "cue 1\n    tally foh off\non every day at 00:10 start 1\n"
    assert [r["request"] for r in of(play(sheet), "trigger")] == ["go"]
    with_length = play(sheet, length=3600 * NS)
    assert [(r["request"], r["t_ms"]) for r in of(with_length, "trigger")] == [("go", 0), ("start 1", 600_000)]
    assert with_length.length == 3600 * NS


def test_it_begins_on_new_years_day_in_the_shows_zone() -> None:
    rehearsal = rehearse(plan_of("cue 1\n    wait 1s\n", RIG.replace("Europe/London", "America/New_York")))
    assert rehearsal.records[0].wall == "2026-01-01T00:00:00.000-05:00"


def test_the_output_does_not_depend_on_the_process(tmp_path: Path) -> None:
    """Byte for byte, with another hash seed, on another day, in another folder's zone."""
    sheet = (
        RIG
        + """
group both = left, foh
cue 1
    together
        move foh to throne over 5s ease in_out
        zoom left to 80% over 3s
        set both iris 9
    wait for all
    tally both program
    send eos "/go" 1
    follow after 100ms
cue 2
    for cam in both every 300ms
        move cam home
    stop all
"""
    )
    (tmp_path / "night.cues").write_text(sheet)
    words = [
        sys.executable,
        "-m",
        "cuelang",
        "rehearse",
        "night.cues",
        "--json",
        "--fault",
        "loss=10%",
        "--latency",
        "9ms",
    ]
    outputs = []
    for seed, zone in (("1", "UTC"), ("777", "Asia/Tokyo")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, timeout=30)
        assert done.returncode == 0
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len([json.loads(line) for line in outputs[0].splitlines()]) > 15


def test_a_log_for_people_calls_no_ramp_late_that_was_not() -> None:
    text = as_text(play("cue 1\n    zoom foh to 50% over 2s\n").records)
    assert "20 frames, 0 skipped" in text and "after its time" not in text


def test_a_set_says_what_it_sets_as_it_was_written() -> None:
    sheet = """
        camera fr7 "sony://10.0.0.8"
            model "sony-ilme-fr7"
        cue 1
            set foh color_temperature 5600K
            set foh flicker 50Hz
            set foh red_tuning -3
            set foh focus_range 3, 8
            set foh freeze on
            set fr7 color_temperature 5650K
            set foh limit_up_right pan 10deg tilt 5deg
        """
    plan = plan_of(dedent(sheet))
    told = [one for one in rehearse(plan).records if isinstance(one, CommandRecord)]
    written = [
        "color_temperature 5600K", "flicker 50Hz", "red_tuning -3", "focus_range 3, 8", "freeze on",
        "color_temperature 5650K", "limit_up_right pan 10deg tilt 5deg",
    ]  # fmt: skip
    assert {one.setting for one in told} == set(written)
    planned = [what for _, _, _, what, _ in plan_rows(plan, plan.cues[0])]
    assert planned == [f"set {one}" for one in written]
    assert "  foh set color_temperature 5600K – completed" in as_text(told)


def test_what_is_displaced_at_its_own_instant_leaves_no_record_of_something_sent_without_an_outcome() -> None:
    sheet = """
        cue 1
            move left to door
            move left by pan 3deg
            drive left left for 1s
        """
    records = rehearse(plan_of(dedent(sheet))).records
    ended = [one.job for one in records if isinstance(one, CommandRecord)]
    seen: set[int] = set()
    for one in records:
        if isinstance(one, SentRecord):
            assert one.job in ended and one.job not in seen
        elif isinstance(one, CommandRecord) and one.job is not None:
            seen.add(one.job)
    assert "no outcome" not in as_text(records)
