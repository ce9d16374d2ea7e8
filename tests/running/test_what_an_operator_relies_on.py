"""Running, sentence by sentence: what an operator may rely on when a show runs. Times are seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cuelang.playback.effects import Request
from cuelang.units import MS
from tests.running.night import FOCUS_STOP, RIG, TRACK_OFF, ZOOM_STOP, Doing, Night, perform

DRIVE_STOP = "81 01 06 01 0c 0c 03 03 ff"
ALL_STOPS = [TRACK_OFF, DRIVE_STOP, ZOOM_STOP, FOCUS_STOP]
TALLY = {"program": "81 0a 02 02 02 ff", "preview": "81 0a 02 02 01 ff", "off": "81 0a 02 02 03 ff"}
THREE = "cue 1\n    wait 1s\ncue 2\n    wait 1s\ncue 3\n    wait 1s\n"


def started(night: Night) -> list[tuple[str, float]]:
    return [(cue, at) for cue, state, at in night.cues() if state == "started"]


def reasons(night: Night) -> list[tuple[str, str, str]]:
    return [(r["request"], r["verdict"], r.get("reason", "")) for r in night.of("trigger")]


# --- standby, GO, back ---------------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_first_go() -> None:
    night = perform(THREE, end=30)
    assert night.wire("foh") == [] and night.cues() == [] and night.verdicts() == []


def test_go_fires_standby_and_moves_it_on_and_back_moves_it_back() -> None:
    night = perform(
        THREE, (0, "go"), (2, "go"), (4, "back"), (5, "back"), (6, "go"), (8, "standby 3"), (9, "go"), (11, "go")
    )
    assert started(night) == [("1", 0), ("2", 2), ("1", 6), ("3", 9)]
    assert [r["cue"] for r in night.of("standby")] == ["2", "3", "2", "1", "2", "3", None]
    assert reasons(night)[-1] == ("go", "refused", "the cue list is at its end")


def test_go_with_a_number_moves_standby_to_after_it_and_start_leaves_it() -> None:
    night = perform(THREE, (0, "go 2"), (2, "start 1"), (4, "go"))
    assert started(night) == [("2", 0), ("1", 2), ("3", 4)]


def test_the_first_standby_may_be_another_one() -> None:
    assert started(perform(THREE, (0, "go"), start="2")) == [("2", 0)]


def test_back_at_the_beginning_is_refused() -> None:
    assert reasons(perform(THREE, (0, "back"))) == [("back", "refused", "the cue list is at its beginning")]


def test_numbers_are_decimals() -> None:
    night = perform(
        "cue 2.10\n    wait 1s\ncue 2.9\n    wait 1s\ncue 10\n    wait 1s\n", (0, "go 2.1"), (2, "go"), (4, "go")
    )
    assert [cue for cue, _ in started(night)] == ["2.1", "2.9", "10"]


# --- go_window, debounce, verdicts ---------------------------------------------------------------------------


def test_a_second_go_within_the_window_is_refused_from_any_source() -> None:
    def other(night: Night) -> None:
        night.ask("go", source="key space")

    night = perform(THREE, (0, "go"), (0.1, other), (0.2, "go"), (0.3, "go"))
    assert [verdict for _, verdict in night.verdicts()] == ["fired", "window", "window", "fired"]
    assert reasons(night)[1][2] == "100 ms after the last GO; go_window is 300 ms"


def test_the_window_is_the_shows() -> None:
    rig = RIG.replace("interlock off", "interlock off\n    go_window 2s\n    debounce 0s")
    night = perform(THREE, (0, "go"), (1.5, "go"), (2, "go"), rig=rig)
    assert [verdict for _, verdict in night.verdicts()] == ["fired", "window", "fired"]


def test_a_go_with_a_number_knows_no_window() -> None:
    night = perform(THREE, (0, "go"), (0.15, "go 2"), (0.3, "go 3"))
    assert [verdict for _, verdict in night.verdicts()] == ["fired"] * 3


def test_the_same_again_is_a_duplicate_whoever_sends_it() -> None:
    def twin(night: Night) -> None:
        night.ask("go", "2", source="osc udp 10.0.0.7:9000")

    night = perform(THREE, (0, "go 2"), (0.05, twin), (0.099, "go 2.0"), (1.5, "go 2"))
    assert [verdict for _, verdict in night.verdicts()] == ["fired", "duplicate", "duplicate", "fired"]


def test_what_names_no_cue_is_no_cue_and_what_runs_is_running() -> None:
    night = perform(THREE, (0, "go 9"), (1, "go 1"), (1.5, "go 1"))
    assert [(verdict, reason) for _, verdict, reason in reasons(night)] == [
        ("no_cue", "there is no cue 9"), ("fired", ""), ("refused", "running"),
    ]  # fmt: skip


def test_restart_stops_the_cue_and_starts_it_anew() -> None:
    night = perform("cue 1\n    restart\n    zoom foh to 100% over 10s\n    wait 10s\n", (0, "go"), (3, "go 1"), end=30)
    assert [(state, at) for _, state, at in night.cues()] == [
        ("started", 0),
        ("stopped", 3),
        ("started", 3),
        ("done", pytest.approx(13, abs=0.1)),
    ]
    assert [outcome for _, outcome in night.outcomes()] == ["stopped", "completed"]


def test_several_cues_run_at_once() -> None:
    night = perform(
        "cue 1\n    zoom foh to 50% over 5s\ncue 2\n    zoom left to 50% over 5s\n", (0, "go"), (1, "go"), end=30
    )
    assert [round(r["done_ms"]) for r in night.commands()] == [
        pytest.approx(5000, abs=200),
        pytest.approx(6000, abs=200),
    ]
    assert {outcome for _, outcome in night.outcomes()} == {"completed"}


# --- pause, stop, panic --------------------------------------------------------------------------------------

MIXED = """
cue 1
    zoom foh to 100% over 10s
    drive left left for 10s
    wait 4s
    tally foh preview
    wait 6s
"""


def test_pause_freezes_and_resume_carries_on_from_the_same_offset() -> None:
    night = perform(MIXED, (0, "go"), (2, "pause"), (22, "resume"), end=60)
    zooms = [at for at, frame in night.wire("foh") if frame.startswith("81 01 04 47")]
    assert [at for at in zooms if 2 < at < 22] == [] and len(zooms) == 100
    assert zooms[-1] == 30
    drive = [(at, frame[12:]) for at, frame in night.wire("left") if frame.startswith("81 01 06 01")]
    assert drive == [(0, "0c 0c 01 03 ff"), (2, "0c 0c 03 03 ff"), (22, "0c 0c 01 03 ff"), (30, "0c 0c 03 03 ff")]
    assert (24, TALLY["preview"]) in night.wire("foh")
    _, state, at = night.cues()[-1]
    assert state == "done" and at == pytest.approx(30, abs=0.2)


def test_resume_sends_the_move_again_for_what_is_left() -> None:
    rig = RIG.replace("-30deg tilt 5deg", "-150deg tilt 5deg")
    sheet = "cue 1\n    move foh to throne\ncue 2\n    move foh by pan 60deg tilt 0deg\n"
    night = perform(
        sheet,
        (0, "go 1"),
        (0.4, "pause"),
        (10, "resume"),
        (20, "go 2"),
        (21, "pause 2"),
        (30, "resume 2"),
        rig=rig,
        end=60,
    )
    sent = [(at, frame[6:17]) for at, frame in night.wire("foh") if "3f 02" in frame or frame.startswith("81 01 06 0")]
    assert [at for at, _ in sent] == [0, 0.4, 10, 20, 21, 30]
    assert night.far["foh"].body.pan.at(10**12) == -2160 + 864
    assert night.outcomes() == [("move", "completed"), ("move", "completed")]


def test_pause_of_one_cue_leaves_the_others() -> None:
    night = perform(
        "cue 1\n    wait 5s\ncue 2\n    wait 5s\n", (0, "go"), (1, "go"), (2, "pause 1"), (10, "resume 1"), end=60
    )
    assert [(cue, at) for cue, state, at in night.cues() if state == "done"] == [("2", 6), ("1", 13)]


def test_pause_without_anything_running_is_refused() -> None:
    assert [r[1:] for r in reasons(perform(THREE, (0, "pause"), (1, "resume")))] == [
        ("refused", "not running"), ("refused", "not paused"),
    ]  # fmt: skip


def test_a_paused_cue_is_not_released_by_a_go_and_waits_no_time() -> None:
    sheet = "cue 1\n    wait for go\n    wait 1s\ncue 2\n    wait 1s\n"
    night = perform(sheet, (0, "go"), (1, "pause"), (2, "go"), (5, "resume"), (6, "go"), end=30)
    assert started(night) == [("1", 0), ("2", 2)]
    assert night.cues()[-1] == ("1", "done", 7)


def test_stop_ends_a_cue() -> None:
    night = perform(MIXED, (0, "go"), (2, "stop 1"), end=60)
    assert [at for at, frame in night.wire("foh") if at > 2] == []
    assert [frame for at, frame in night.wire("left") if at >= 2] == [DRIVE_STOP]
    assert night.outcomes() == [("zoom", "stopped"), ("drive", "stopped")]
    assert night.cues()[-1] == ("1", "stopped", 2)


def test_stop_without_a_number_stops_all_and_a_drive_whose_cue_is_done() -> None:
    night = perform("cue 1\n    drive foh left\ncue 2\n    wait 60s\n", (0, "go"), (1, "go"), (2, "stop"), end=10)
    assert night.cues()[1] == ("1", "done", 0)
    assert [at for at, frame in night.wire("foh") if frame == DRIVE_STOP] == [2]
    assert night.cues()[-1] == ("2", "stopped", 2)


def test_panic_stops_every_camera_and_leaves_lights_standby_and_triggers() -> None:
    sheet = """
cue 1
    tally left program
    zoom foh to 100% over 10s
    track left on
    repeat forever every 1s
        note "tick"
    follow
cue 2
    on osc "/two"
    wait 1s
cue 3
    wait 1s
"""
    sheet = sheet.replace("    follow\n", "")
    night = perform(sheet, (0, "go"), (2.5, "panic"), (5, 'osc "/two"'), (7, "go"), end=30)
    assert [
        frame for _, frame in night.wire("foh", since=2.45, until=4) if not frame.startswith("81 01 04 47")
    ] == ALL_STOPS
    assert [frame for _, frame in night.wire("left", since=2.5, until=4)] == ALL_STOPS
    assert [frame for _, frame in night.wire("left") if frame in TALLY.values()] == [TALLY["program"]]
    assert len(night.says("note")) == 3
    assert night.cues()[1] == ("1", "stopped", 2.5)
    assert started(night)[1:] == [("2", 5), ("3", 7)]
    assert len(night.of("air")) == 1


def test_panic_reaches_cameras_that_no_cue_has_touched() -> None:
    night = perform(THREE, (1, "panic"), end=10)
    for camera in ("foh", "left"):
        assert [frame for _, frame in night.wire(camera)] == ALL_STOPS


@pytest.mark.parametrize("verb", ["panic", "stop"])
def test_nothing_refuses_a_panic_or_a_stop(verb: str) -> None:
    night = perform(THREE, (0, "go"), *((0.01 * n, verb) for n in range(1, 6)), end=10)
    assert [verdict for request, verdict in night.verdicts() if request == verb] == ["fired"] * 5


def test_no_follow_after_stop_or_panic() -> None:
    sheet = "cue 1\n    wait 2s\n    follow after 5s\ncue 2\n    wait 1s\n"
    assert started(perform(sheet, (0, "go"), end=30)) == [("1", 0), ("2", 7)]
    for ending in ((1, "stop 1"), (1, "panic"), (4, "stop 1"), (4, "stop"), (4, "panic")):
        assert started(perform(sheet, (0, "go"), ending, end=30)) == [("1", 0)], ending


def test_no_follow_if_the_next_was_fired_since_and_a_start_is_followed_by_a_start() -> None:
    sheet = "cue 1\n    wait 2s\n    follow\ncue 2\n    wait 5s\ncue 3\n    wait 1s\n"
    assert started(perform(sheet, (0, "go"), (1, "start 2"), end=30)) == [("1", 0), ("2", 1)]
    night = perform(sheet, (0, "start 1"), (10, "go"), end=30)
    assert started(night) == [("1", 0), ("2", 2), ("1", 10), ("2", 12)]


# --- waits ---------------------------------------------------------------------------------------------------


def test_wait_for_a_camera_gives_up_and_says_so() -> None:
    sheet = "cue 1\n    zoom foh to 100% over 20s\n    wait for foh up to 5s\n    tally left off\n"
    night = perform(sheet, (0, "go"), end=60)
    assert night.commands("left")[0]["due_ms"] == 5000
    assert night.says() == ["Timed out after 5 s waiting for foh; the cue continues."]
    assert night.of("warning")[0]["line"] == 13
    unset = perform("cue 1\n    zoom foh to 100% over 90s\n    wait for foh\n    tally left off\n", (0, "go"), end=120)
    assert unset.commands("left")[0]["due_ms"] == 60_000


def test_wait_for_osc_and_go_are_new_zeros() -> None:
    sheet = 'cue 1\n    wait for osc "/ready"\n    at 2s   tally foh preview\n    wait for go\n'
    sheet += "    wait 1s\n    tally foh off\n"
    night = perform(sheet, (0, "go"), (5, 'osc "/other"'), (10, 'osc "/ready"'), (20, "go"), end=60)
    assert [r["due_ms"] for r in night.commands("foh")] == [12_000, 21_000]
    assert reasons(night)[-1] == ("go", "fired", "")
    assert [r["cue"] for r in night.of("standby")] == [None]


def test_a_go_releases_the_oldest_waiting_cue_and_does_nothing_else() -> None:
    sheet = "cue 1\n    wait for go\ncue 2\n    wait for go\ncue 3\n    wait 1s\n"
    night = perform(sheet, (0, "start 1"), (1, "start 2"), (2, "go"), (3, "go"), (4, "go"), end=30)
    assert [(cue, at) for cue, state, at in night.cues() if state == "done"] == [("1", 2), ("2", 3)]
    assert started(night) == [("1", 0), ("2", 1), ("1", 4)]


@pytest.mark.parametrize(
    ("hour", "until"), [("19:30", 90 * 60), ("17:30", 0), ("05:00", 11 * 3600 + 0), ("18:00:05", 5)]
)
def test_wait_until(hour: str, until: int) -> None:
    wall = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
    night = perform(f'cue 1\n    wait until {hour}\n    note "now"\n', (0, "go"), end=12 * 3600, wall=wall)
    assert night.of("note")[0]["t_ms"] == until * 1000


# --- on air --------------------------------------------------------------------------------------------------


def aired(interlock: str, line: str = "zoom foh to 10%", **options: Any) -> Night:
    rig = RIG.replace("interlock off", f"interlock {interlock}")
    return perform(f"cue 1\n    {line}\n", (0, "go"), rig=rig, air={"foh": "program"}, end=20, **options)


def test_the_interlock() -> None:
    assert aired("off").outcomes() == [("zoom", "completed")] and aired("off").says() == []
    warned = aired("warn")
    assert warned.outcomes() == [("zoom", "completed")] and "foh is on program" in warned.says()[0]
    blocked = aired("block")
    assert blocked.outcomes() == [("zoom", "refused")] and blocked.wire("foh") == []
    assert "`live`" in blocked.commands()[0]["reason"]
    assert aired("block", "zoom foh to 10% live").outcomes() == [("zoom", "completed")]


@pytest.mark.parametrize(
    "line",
    ["move foh to throne", "move foh home", "move foh by pan 1deg tilt 1deg", "drive foh left for 1s",
     "zoom foh in for 1s",
     "track foh on", "power foh off", "set foh flip h", "set foh reverse on",
     "set foh picture_flip on", "set foh freeze on", "clear foh preset 5", "set foh osd toggle"],
)  # fmt: skip
def test_the_interlock_covers(line: str) -> None:
    assert [outcome for _, outcome in aired("block", line).outcomes()] == ["refused"], line


@pytest.mark.parametrize(
    "line", ["stop foh", "tally foh off", "set foh iris 9", "power foh on", "set foh white_balance indoor"]
)
def test_the_interlock_does_not_cover(line: str) -> None:
    assert "refused" not in [outcome for _, outcome in aired("block", line).outcomes()], line


def test_unknown_counts_as_on_program_and_tally_lines_decide() -> None:
    rig = RIG.replace("interlock off", "interlock block")
    sheet = "cue 1\n    zoom foh to 10%\ncue 2\n    tally foh off\n    zoom foh to 20%\n"
    sheet += "cue 3\n    tally foh program\n    zoom foh to 30%\n"
    night = perform(sheet, (0, "go"), (2, "go"), (6, "go"), rig=rig, air={"foh": None}, end=20)
    assert [outcome for action, outcome in night.outcomes("foh") if action == "zoom"] == [
        "refused",
        "completed",
        "refused",
    ]


def test_only_the_blocked_cameras_command_is_withheld() -> None:
    rig = RIG.replace("interlock off", "interlock block")
    night = perform("cue 1\n    zoom all to 10%\n", (0, "go"), rig=rig, air={"foh": "program"}, end=20)
    assert night.outcomes("foh") == [("zoom", "refused")] and night.outcomes("left") == [("zoom", "completed")]


def test_a_tally_input_drives_the_lights_and_decides() -> None:
    rig = RIG.replace("interlock off", "interlock block").replace(
        'camera foh "visca+udp://10.0.0.21"',
        'input sw "tsl+udp://127.0.0.1:8900"\ncamera foh "visca+udp://10.0.0.21"\n    tally_index 1',
    )

    def says(mode: Any) -> Any:
        return lambda night: night.executor.on_air("foh", mode)

    sheet = "cue 1\n    tally foh program\n    zoom foh to 10%\n"
    night = perform(
        sheet, (0, "go"), (5, says("off")), (6, "go 1"), (10, says("program")), (11, "go 1"), rig=rig, end=20
    )
    assert [frame for _, frame in night.wire("foh") if frame in TALLY.values()] == [TALLY["off"], TALLY["program"]]
    assert [outcome for action, outcome in night.outcomes("foh") if action == "zoom"] == [
        "refused",
        "completed",
        "refused",
    ]


def test_tally_only_takes_the_others_off_program() -> None:
    night = perform(
        "cue 1\n    tally left program\ncue 2\n    tally foh program only\ncue 3\n    tally foh program only\n",
        (0, "go"),
        (1, "go"),
        (2, "go"),
        end=10,
    )
    assert [frame for _, frame in night.wire("left")] == [TALLY["program"], TALLY["off"]]
    assert [frame for _, frame in night.wire("foh")] == [TALLY["program"]] * 2


def test_a_schedule_never_moves_a_camera_on_program() -> None:
    def scheduled(night: Night) -> None:
        night.ask("start", "1", source="schedule", schedule=True)

    night = perform(
        "cue 1\n    zoom foh to 10%\n    start 2\ncue 2\n    zoom foh to 20%\n",
        (0, scheduled),
        air={"foh": "program"},
        end=20,
    )
    assert night.outcomes() == [("zoom", "refused")] * 2


# --- reload --------------------------------------------------------------------------------------------------


def test_after_a_reload_running_cues_finish_and_air_links_and_standby_stay() -> None:
    old = "cue 1\n    tally foh program\n    zoom foh to 100% over 10s\n    wait 10s\ncue 2\n    wait 1s\n"
    new = "cue 1\n    wait 1s\ncue 2\n    zoom foh to 10%\ncue 1.5\n    wait 1s\n"

    def reload(night: Night) -> None:
        night.load(new, RIG.replace("interlock off", "interlock block"))

    night = perform(old, (0, "go"), (3, reload), (12, "go"), end=30)
    assert night.outcomes("foh") == [("tally", "completed"), ("zoom", "completed"), ("zoom", "refused")]
    assert started(night) == [("1", 0), ("2", 12)]
    assert night.cues()[1][:2] == ("1", "done") and 10 <= night.cues()[1][2] < 10.3


def test_a_camera_that_a_reload_takes_out_is_stopped_all_the_same() -> None:
    only_left = RIG[: RIG.index("camera foh")] + RIG[RIG.index("camera left") :]

    def reload(night: Night) -> None:
        night.load("cue 1\n    wait 1s\n", only_left)

    for ending in ("stop", "panic", None):
        doings: list[Doing] = [(0, "go"), (1, reload), *([(2, ending)] if ending else [])]
        night = perform("cue 1\n    drive foh left\n", *doings, end=5)
        assert [at for at, frame in night.wire("foh") if frame == DRIVE_STOP] == [2 if ending else 5], ending


def test_a_reload_moves_nothing() -> None:
    night = perform(THREE, (1, lambda night: night.load("cue 1\n    move foh to throne\n")), end=10)
    assert night.wire("foh") == []


# --- the end, what is left out, done -------------------------------------------------------------------------


def test_the_end_of_a_show_stops_what_it_set_going_and_nothing_else() -> None:
    night = perform("cue 1\n    move foh to throne over 6s\n    wait 60s\n", (0, "go"), end=2)
    assert [frame for _, frame in night.wire("foh", since=2.001)] == []
    assert [frame for at, frame in night.wire("foh") if at == 2 and not frame.startswith("81 01 04 47")] == [DRIVE_STOP]
    assert night.wire("left") == []
    assert night.cues()[-1] == ("1", "stopped", 2)


def test_cameras_and_cues_that_are_left_out() -> None:
    rig = RIG.replace('camera left "visca+udp://10.0.0.22"', 'camera left "visca+udp://10.0.0.22"\n    disabled')
    sheet = "cue 1\n    tally all off\n    wait for all\ncue 2\n    disabled\n    wait 1s\ncue 3\n    wait 1s\n"
    night = perform(sheet, (0, "go"), (1, "go"), (3, "go 2"), (4, "panic"), rig=rig, end=10)
    assert night.outcomes("left") == [("tally", "disabled")] and night.outcomes("foh") == [("tally", "completed")]
    assert started(night) == [("1", 0), ("3", 1)]
    assert reasons(night)[2] == ("go 2", "refused", "disabled")


def test_a_cue_is_done_when_all_that_it_set_going_is() -> None:
    sheet = "cue 1\n    zoom foh to 100% over 5s\ncue 2\n    drive foh left\ncue 3\n    drive left left for 3s\n"
    night = perform(sheet, (0, "go"), (10, "go"), (20, "go"), end=60)
    done = {cue: at for cue, state, at in night.cues() if state == "done"}
    assert done["1"] == pytest.approx(5, abs=0.2) and done["2"] == 10 and done["3"] == 23


def test_repeat_with_an_interval_and_a_pass_that_overruns() -> None:
    sheet = 'cue 1\n    repeat forever every 4s\n        note "pass"\n        wait for osc "/on"\n'
    night = perform(sheet, (0, "go"), (1, 'osc "/on"'), (9, 'osc "/on"'), (13, 'osc "/on"'), end=15)
    assert [r["t_ms"] for r in night.of("note")] == [0, 4000, 12000]
    assert "A pass overran its `every`: 1 pass skipped." in night.says()[0]


def test_notes_and_sends_are_in_the_log() -> None:
    sheet = 'cue 1\n    note "Curtain"\n    wait 1s\n    send eos "/eos/cue/12/fire" 1, "x", 0.5\n'
    night = perform(sheet, (0, "go"), end=5)
    (note,) = night.of("note")
    assert (note["text"], note["cue"], note["line"]) == ("Curtain", "1", 12)
    (send,) = night.of("send")
    assert (send["address"], send["arguments"], send["due_ms"], send["outcome"]) == (
        "/eos/cue/12/fire", [1, "x", 0.5], 1000, "sent",
    )  # fmt: skip


def test_ten_thousand_waits_end_where_they_should() -> None:
    sheet = "cue 1\n    repeat 10000 times\n        wait 100ms\n    tally foh off\n"
    night = perform(sheet, (0, "go"), end=1001)
    assert night.commands()[0]["due_ms"] == 1_000_000 and night.commands()[0]["sent_ms"] == 1_000_000


def test_a_request_that_was_kept_too_long_is_late() -> None:
    def old(night: Night) -> None:
        night.executor.request(Request("go", None, "osc", night.clock.now() - 1500 * MS))

    night = perform(THREE, (5, old), end=10)
    assert night.verdicts() == [("go", "late")]
