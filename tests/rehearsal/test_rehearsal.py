"""Rehearsals: real sheets, the real executor and simulated cameras, in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.record_json import as_json
from cuelang.simulator.faults import Faults
from cuelang.source import Source
from cuelang.units import NS

RIG = """
show "Night"
    timezone "Europe/London"
    interlock off
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://10.0.0.22"
    preset door at pan 12deg tilt -3deg zoom 20%
"""


def plan_of(sheet: str, rig: str = RIG) -> Plan:
    compiled = Compiler(Library()).compile(Source("night.cues", rig + sheet))
    errors = [(d.code, d.span.line, d.message) for d in compiled.diagnostics if d.is_error]
    assert compiled.plan is not None, errors
    return compiled.plan


def play(sheet: str, script: str | None = None, **options: Any) -> Rehearsal:
    return rehearse(plan_of(sheet), script=None if script is None else parse(script), **options)


def cues(rehearsal: Rehearsal) -> list[tuple[str, str, float]]:
    """Cue, what became of it, and at which second, as far as the log's microseconds go."""
    return [
        (record["cue"], record["state"], round(record["t_ms"] / 1000, 3))
        for record in map(as_json, rehearsal.records)
        if record["kind"] == "cue"
    ]


def triggers(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    return [
        (record["request"], record["verdict"])
        for record in map(as_json, rehearsal.records)
        if record["kind"] == "trigger"
    ]


def commands(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    return [record for record in map(as_json, rehearsal.records) if record["kind"] == "command"]


def test_each_cue_gets_go_when_the_one_before_is_done() -> None:
    rehearsal = play(
        """
cue 1
    wait 2s
cue 2
    wait 3s
cue 10
    tally foh program
"""
    )
    assert cues(rehearsal) == [
        ("1", "started", 0), ("1", "done", 2), ("2", "started", 2), ("2", "done", 5), ("10", "started", 5),
        ("10", "done", 5),
    ]  # fmt: skip
    assert triggers(rehearsal) == [("go", "fired")] * 3
    assert rehearsal.length == 5 * NS


def test_a_cue_is_done_when_its_moves_have_arrived() -> None:
    rehearsal = play(
        """
cue 1
    move foh to throne
cue 2
    move foh to wide
"""
    )
    first, second = commands(rehearsal)
    assert first["outcome"] == second["outcome"] == "completed"
    assert second["due_ms"] >= first["done_ms"] > 1000
    assert first["hex"] == "81 01 04 3f 02 04 ff"
    assert (first["file"], first["line"]) == ("night.cues", 12)


def test_waits_for_people_are_met_at_once() -> None:
    rehearsal = play(
        """
cue 1
    wait for go
    wait for osc "/ready"
    wait 1s
cue 2
    wait 1s
"""
    )
    assert cues(rehearsal)[-1] == ("2", "done", 2)
    assert len(triggers(rehearsal)) == 2


def test_an_endless_cue_is_stopped_after_three_passes() -> None:
    rehearsal = play(
        """
cue 1
    repeat forever every 4s
        tally foh program
        wait 1s
        tally foh off
cue 2
    wait 1s
"""
    )
    assert cues(rehearsal) == [
        ("1", "started", 0), ("1", "stopped", 12), ("2", "started", 12), ("2", "done", 13),
    ]  # fmt: skip
    assert [record["due_ms"] for record in commands(rehearsal)] == [0, 1000, 4000, 5000, 8000, 9000]


def test_a_cue_that_follows_is_not_fired_twice() -> None:
    rehearsal = play(
        """
cue 1
    wait 1s
    follow after 2s
cue 2
    wait 1s
    follow
cue 3
    wait 1s
cue 4
    wait 1s
"""
    )
    assert [cue for cue in cues(rehearsal) if cue[1] == "started"] == [
        ("1", "started", 0), ("2", "started", 3), ("3", "started", 4), ("4", "started", 5),
    ]  # fmt: skip
    assert all(verdict == "fired" for _, verdict in triggers(rehearsal))


def test_a_cue_that_was_started_is_waited_for_before_its_go() -> None:
    rehearsal = play(
        """
cue 1
    start 2
cue 2
    wait 5s
cue 3
    wait 1s
"""
    )
    assert [cue for cue in cues(rehearsal) if cue[1] == "started"] == [
        ("1", "started", 0), ("2", "started", 0), ("2", "started", 5), ("3", "started", 10),
    ]  # fmt: skip


def test_a_cue_that_goes_elsewhere_takes_standby_with_it() -> None:
    rehearsal = play(
        """
cue 1
    go 3
cue 2
    wait 1s
cue 3
    wait 1s
cue 4
    disabled
    wait 1s
cue 5
    wait 1s
"""
    )
    assert [cue[0] for cue in cues(rehearsal) if cue[1] == "started"] == ["1", "3", "5"]


def test_a_time_of_day_really_passes() -> None:
    rehearsal = play(
        """
cue 1
    wait until 19:30
    wait 1s
""",
        start=datetime(2026, 7, 1, 17, 0, tzinfo=UTC),
    )
    assert cues(rehearsal)[-1] == ("1", "done", 90 * 60 + 1)
    assert play("cue 1\n    wait until 12:30\n", start=datetime(2026, 7, 1, 22, tzinfo=UTC)).length == 0


def test_two_rehearsals_are_identical() -> None:
    plan = plan_of(
        """
cue 1
    together
        move foh to throne over 5s ease in_out
        zoom left to 80% over 3s
    wait for all
    follow after 100ms
cue 2
    repeat forever every 3s
        move left to door
        wait 1s
        zoom left to 10% over 1s
"""
    )
    faults = Faults(latency=30_000_000, jitter=20_000_000, loss=0.1, seed=7)
    assert rehearse(plan).records == rehearse(plan).records
    assert rehearse(plan, faults=faults).records == rehearse(plan, faults=faults).records
    assert rehearse(plan, faults=faults).records != rehearse(plan).records


def test_the_first_moment_is_where_from_says() -> None:
    sheet = "cue 1\n    wait 1s\n"
    assert play(sheet).records[0].wall == "2026-01-01T00:00:00.000+00:00"
    start = datetime(2026, 7, 1, 18, 30, tzinfo=UTC)
    assert play(sheet, start=start).records[0].wall == "2026-07-01T19:30:00.000+01:00"


def test_a_script_is_all_that_happens() -> None:
    rehearsal = play(
        """
cue 1
    wait 60s
cue 2
    wait for go
    wait 1s
cue 3
    on osc "/three"
    wait 2s
""",
        """
0s    go
0.1s  go           # within the window of 300 ms
5s    go 2
6s    go 9
7s    go
8.5s  stop cue 1
20s   osc "/three"
21s   osc "/go/1"
""",
    )
    assert triggers(rehearsal) == [
        ("go", "fired"), ("go", "window"), ("go 2", "fired"), ("go 9", "no_cue"), ("go", "fired"),
        ("stop 1", "fired"), ("go 3", "fired"), ("go 1", "fired"),
    ]  # fmt: skip
    assert cues(rehearsal) == [
        ("1", "started", 0), ("2", "started", 5), ("2", "done", 8), ("1", "stopped", 8.5), ("3", "started", 20),
        ("1", "started", 21), ("3", "done", 22), ("1", "done", 81),
    ]  # fmt: skip


def test_the_show_starts_before_the_first_line_of_a_script() -> None:
    records = play('cue 1\n    note "x"\n', script="0s go").records
    assert [as_json(record)["kind"] for record in records][:2] == ["show", "trigger"]


def test_a_script_ends_though_a_cue_waits_for_ever_or_loops() -> None:
    waiting = play("cue 1\n    wait for go\n    tally foh off\n", "1s go")
    assert waiting.length == NS and cues(waiting)[-1][1] == "stopped"
    paused = play("cue 1\n    move foh to throne\n    wait 5s\n", "0s go\n1s pause")
    assert paused.length == NS and cues(paused)[-1][1] == "stopped"
    assert [record["outcome"] for record in commands(paused)] == ["stopped"]
    looping = play("cue 1\n    repeat forever every 2s\n        tally foh off\n", "1s go\n2s standby 1")
    assert looping.length == 7 * NS and len(commands(looping)) >= 3


def test_schedules_fire_only_when_a_length_is_given() -> None:
    sheet = """
cue 1
    wait for osc "/never"
cue 2
    wait 1s
on every day at 09:55, 18:25 start 2
"""
    begin = datetime(2026, 3, 28, tzinfo=UTC)
    assert len(triggers(play(sheet, start=begin))) == 2
    rehearsal = play(sheet, "1s standby 2", start=begin, length=2 * 86400 * NS)
    fired = [record["wall"] for record in map(as_json, rehearsal.records) if record["kind"] == "trigger"][1:]
    assert fired == [
        "2026-03-28T09:55:00.000+00:00", "2026-03-28T18:25:00.000+00:00", "2026-03-29T09:55:00.000+01:00",
        "2026-03-29T18:25:00.000+01:00",
    ]  # fmt: skip
    assert rehearsal.length == 2 * 86400 * NS


def test_a_skip_and_what_it_leaves_out_are_in_the_log() -> None:
    sheet = """
cue 1
    wait for osc "/never"
on every day at 09:55, 18:25 start 1
"""
    begin = datetime(2026, 3, 28, tzinfo=UTC)
    script = "1s skip\n2s skip\n3s skip"
    found = triggers(play(sheet, script, start=begin, length=86400 * NS))
    assert found == [("skip", "fired")] * 3 + [("start 1", "refused"), ("start 1", "fired")]


def test_cameras_that_are_slow_or_silent_are_asked_for() -> None:
    sheet = "cue 1\n    tally foh program\n"
    assert commands(play(sheet))[0]["acked_ms"] == 0
    assert commands(play(sheet, faults=Faults(latency=40_000_000)))[0]["acked_ms"] == 40
    silent = commands(play(sheet, faults=Faults(silent=True)))[0]
    assert silent["outcome"] in ("unreachable", "timed_out") and silent["t_ms"] <= 2000


def test_a_camera_that_is_left_out_is_said_to_be() -> None:
    rehearsal = rehearse(plan_of("cue 1\n    tally all off\n", RIG + "    disabled\n"))
    assert {record["camera"]: record["outcome"] for record in commands(rehearsal)} == {
        "foh": "completed", "left": "disabled",
    }  # fmt: skip


def test_power_on_takes_the_cameras_own_time() -> None:
    rehearsal = play("cue 1\n    power foh off\n    wait 1s\n    power foh on\n    move foh to throne\n")
    outcomes = [(record["action"], record["outcome"]) for record in commands(rehearsal)]
    assert outcomes == [("power", "completed"), ("power", "completed"), ("move", "completed")]
    assert 20 * NS < rehearsal.length < 45 * NS


@pytest.mark.parametrize("every", ["", " every 1s"])
def test_a_hundred_cues_take_no_time(every: str) -> None:
    sheet = "".join(
        f"cue {n}\n    repeat 3 times{every}\n        tally foh off\n        wait 500ms\n" for n in range(1, 101)
    )
    rehearsal = play(sheet)
    assert len(commands(rehearsal)) == 300
    assert cues(rehearsal)[-1][1] == "done"


def test_cues_in_a_circle_end_after_three_rounds() -> None:
    circle = """
cue 1
    wait 5s
cue 2
    wait 1s
    go 1
"""
    rehearsal = play(circle)
    assert [what for what in cues(rehearsal) if what[:2] == ("1", "started")] == [
        ("1", "started", 0), ("1", "started", 6), ("1", "started", 12), ("1", "started", 18),
    ]  # fmt: skip
    assert rehearsal.length == 18 * NS
    assert rehearsal.warnings == ("Cue 1 keeps firing in a loop; the rehearsal stopped after 3 rounds.",)


def test_a_script_ends_though_cues_follow_one_another_for_ever() -> None:
    circle = """
cue 1
    wait 1s
    follow
cue 2
    wait 1s
    go 1
"""
    rehearsal = play(circle, "0s go")
    assert rehearsal.length == 6 * NS
    assert rehearsal.warnings == ("Cue 1 keeps firing in a loop; the rehearsal stopped after 3 rounds.",)


def test_no_switcher_speaks_in_a_rehearsal_so_the_tally_lines_decide() -> None:
    sheet = """show "Switched"
    interlock block
input switcher "tsl+udp://127.0.0.1:8900"
camera main "sim://main"
    tally_index 1
cue 1
    zoom main to 40%
    wait for main
    tally main program
    zoom main to 10%
"""
    played = rehearse(plan_of(sheet, rig=""))
    asked = [(record["action"], record["outcome"]) for record in commands(played)]
    assert sorted(asked) == [("tally", "completed"), ("zoom", "completed"), ("zoom", "refused")]


def test_a_motion_of_a_camera_that_tracks_switches_auto_tracking_off_first() -> None:
    rehearsal = play(
        """
cue 1
    track foh on
cue 2
    wait 2s
    zoom foh to 50% over 2s
    wait 5s
    move foh to throne
cue 3
    track foh on
    move foh to wide
"""
    )
    told = [
        (record["kind"], record.get("action", "off"))
        for record in map(as_json, rehearsal.records)
        if record["kind"] in ("command", "halt") and record["camera"] == "foh"
    ]
    assert told == [
        ("command", "track"), ("halt", "off"), ("command", "zoom"), ("command", "move"),
        ("command", "track"), ("halt", "off"), ("command", "move"),
    ]  # fmt: skip
    assert [record["tracking"] for record in map(as_json, rehearsal.records) if record["kind"] == "halt"] == [
        True,
        True,
    ]


def test_focus_in_autofocus_is_refused_and_a_wait_knows_of_an_arrival_to_come() -> None:
    rehearsal = play(
        """
cue 1
    focus foh near speed 2 for 300ms
    at 500ms focus foh manual
    at 1s focus foh near speed 2 for 300ms
cue 2
    move foh to throne arriving at 4s
    wait for foh
    note "there"
"""
    )
    assert [record["outcome"] for record in commands(rehearsal)] == ["refused", "completed", "completed", "completed"]
    there = next(record for record in map(as_json, rehearsal.records) if record["kind"] == "note")
    move = commands(rehearsal)[-1]
    assert there["t_ms"] >= move["done_ms"] > 4000


def test_a_recall_brings_the_picture_back_that_is_stored_with_the_preset() -> None:
    from cuelang.simulator.body import StoredPreset
    from cuelang.simulator.presets import stored

    plan = plan_of("cue 1\n    move foh to wide\n", RIG.replace("zoom 0%", "zoom 0% picture off"))
    presets = stored(plan.camera("foh"))
    assert presets[1] == StoredPreset(0, 0, 0) and presets[4].picture is not None


def test_a_wait_for_a_move_is_met_when_the_plan_says() -> None:
    sheet = """
cue 1
    move foh to throne
    wait for foh
    note "a"
    move foh to pan 10deg tilt 5deg zoom 10%
    wait for foh
    note "b"
    zoom foh to 90%
    wait for foh
    note "c"
    move foh home
    wait for foh
    note "d"
    move left to door
    wait for left
    note "e"
    move foh to pan -10deg zoom 80%
    wait for foh
    note "f"
"""
    told = [record["t_ms"] for record in map(as_json, play(sheet).records) if record["kind"] == "note"]
    steps = [step for step in plan_of(sheet).cues[0].program.steps if step.origin.line in (3, 6, 9, 12, 15, 18)]
    assert told == pytest.approx([step.predicted / 1e6 for step in steps], abs=5)


def test_a_wait_for_an_arrival_to_come_says_how_long_it_has_waited() -> None:
    rehearsal = play(
        """
cue 1
    move foh to throne arriving at 5s
    wait for foh up to 1s
cue 2
    move foh to wide arriving at 3s
    wait for foh up to 4s
"""
    )
    told = [record["text"] for record in map(as_json, rehearsal.records) if record["kind"] == "warning"]
    assert told == ["Timed out after 1 s waiting for foh; the cue continues."]


def test_a_timed_move_to_a_preset_has_the_preset_s_name_in_the_log() -> None:
    rehearsal = play("cue 1\n    move foh to throne over 6s\n    wait for foh\n    move foh to pan 3deg tilt 2deg\n")
    assert [record.get("preset") for record in commands(rehearsal)] == ["throne", None]
