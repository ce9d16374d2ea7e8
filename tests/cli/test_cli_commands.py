"""Commands of `cuelang`, called in this process: what they print, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import re
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from cuelang.cli import common
from cuelang.cli.common import progress
from cuelang.cli.parser import main

RIG = """\
camera foh "sim://foh"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
"""
NIGHT = (
    """\
show "Twelfth Night"
    fps 25
    timezone "Europe/London"

let storm = 3s

"""
    + RIG
    + """\

section "Act I"
cue 1 "Open"
    standby "LX 24"
    move foh to throne
    zoom left to 80% over storm
    wait 2f
    note "hello"
cue 2 "Storm"
    tally all program
    follow after 1s
cue 3
    tally all off

on every sunday at 09:55 start 1
on every sunday at 10:00 panic
"""
)
WRONG = RIG + "cue 1\n    move foh to throe\ncue 2\n    move fho to throne\n    tally left off\n"


class Desk:
    """A folder with sheets in it, and what the last command said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return code, out, err


@pytest.fixture
def cuelang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    Path("night.cues").write_text(NIGHT)
    Path("wrong.cues").write_text(WRONG)
    Path("binary.cues").write_bytes(b"\x7fELF\0\0")
    Path("folder.cues").mkdir()
    return Desk(capsys)


# --- check ---------------------------------------------------------------------------------------------------


def test_a_sheet_without_mistakes(cuelang: Desk) -> None:
    assert cuelang("check", "night.cues") == (0, "night.cues: no errors, no warnings.\n", "")


def test_mistakes_are_shown_where_they_stand(cuelang: Desk) -> None:
    code, out, err = cuelang("check", "wrong.cues")
    assert (code, out) == (1, "")
    assert err == (
        """\
error[E202]: “foh” has no preset “throe”. Did you mean “throne”?
 --> wrong.cues:5:17
  |
5 |     move foh to throe
  |                 ^^^^^
  = Presets: throne.

error[E201]: Unknown camera or group “fho”. Did you mean “foh”?
 --> wrong.cues:7:10
  |
7 |     move fho to throne
  |          ^^^
  = Declared: foh, left.

2 errors
"""
    )


def test_as_json_standard_output_holds_json_and_nothing_else(cuelang: Desk) -> None:
    code, out, err = cuelang("check", "wrong.cues", "--format", "json")
    assert (code, err) == (1, "")
    first, second = json.loads(out)["diagnostics"]
    assert first == {
        "code": "E202", "severity": "error", "file": "wrong.cues", "line": 5, "column": 17, "end_line": 5,
        "end_column": 22, "message": "“foh” has no preset “throe”. Did you mean “throne”?", "hint": "Presets: throne.",
    }  # fmt: skip
    assert second["code"] == "E201"
    assert json.loads(cuelang("check", "night.cues", "--json")[1]) == {"diagnostics": []}


@pytest.mark.parametrize("file", ["nowhere.cues", "folder.cues", "binary.cues", ""])
def test_what_cannot_be_read_is_said_and_the_others_are_checked(cuelang: Desk, file: str) -> None:
    code, out, err = cuelang("check", file, "wrong.cues", "--format", "json")
    assert code == 2
    assert len(json.loads(out)["diagnostics"]) == 2
    assert file in err and err.count("\n") == 1
    for command in ("fmt", "plan", "rehearse", "schedule", "log", "run"):
        code, out, err = cuelang(command, file)
        assert (code, out) == (2, ""), command
        assert err.count("\n") == 1 and "Traceback" not in err


FOH = "visca+udp://127.0.0.1:1"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("camera", "send", FOH, "nonsense"), 2, "Expected one camera statement"),
        (("camera", "send", FOH, "--hex", "zz"), 2, "81 01 06 05 FF"),
        (("camera", "restore", FOH, "nowhere.toml"), 2, "nowhere.toml"),
        (("camera", "inspect", FOH, "--model", "nowhere.toml"), 2, "nowhere.toml"),
        (("camera", "probe", ":"), 2, "not a host"),
        (("camera", "fetch", "pelco-d:///dev/nowhere", "."), 1, "no HTTP interface"),
        (("simulate", "nonsense"), 2, "“nonsense” does not begin with"),
        (("simulate", "sim://foh"), 2, "exists only inside a show"),
        (("simulate", "obs://"), 2, "has no host"),
        (("simulate", FOH, "--fault", "rot"), 2, "Unknown fault “rot”"),
        (("simulate", "visca+udp://192.0.2.1:5000"), 1, "192.0.2.1"),
        (("listen", "osc+udp://192.0.2.1:5000"), 1, "192.0.2.1"),
        (("remote", "status", "--url", "https://127.0.0.1:1", "--fingerprint", "zz"), 2, "64 hexadecimal digits"),
        (("run", "night.cues", "--http", "nowhere:x"), 2, "--http nowhere:x"),
        (("run", "night.cues", "--http", "0.0.0.0:5000"), 1, "without authentication"),
        (("run", "wrong.cues"), 1, "throe"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    cuelang: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    found, out, err = cuelang(*words)
    assert (found, out) == (code, "") and said in err and "internal error" not in err


def test_warnings_are_errors_only_when_strict(cuelang: Desk) -> None:
    Path("unused.cues").write_text(RIG + "let spare = 3s\ncue 1\n    move all home\n")
    code, _, err = cuelang("check", "unused.cues")
    assert code == 0 and "warning[W605]" in err and err.endswith("1 warning\n")
    assert cuelang("check", "unused.cues", "--strict")[0] == 1


def test_what_the_command_line_changes_is_checked_with_it(cuelang: Desk) -> None:
    assert cuelang("check", "night.cues", "--set", "storm=15s", "--without", "left")[0] == 0
    code, _, err = cuelang("check", "night.cues", "--set", "strom=15s")
    assert code == 1 and "Did you mean “storm”?" in err
    code, _, err = cuelang("check", "night.cues", "--set", "storm")
    assert code == 2 and "--set storm=15s" in err
    code, _, err = cuelang("check", "night.cues", "--rig", "nowhere.cues")
    assert code == 2 and "nowhere.cues" in err


HALL = """\
rig "Hall"
camera foh "visca+udp://10.0.0.21"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
switcher vision "obs://10.0.0.5:4455"
    password from "OBS_PASSWORD"
    source foh = "Cam FOH"
    source slides = "PowerPoint"
"""
CUT = """\
use "hall.cues"
cue 1
    move foh to throne
    wait for foh
    cut to foh
    wait 1s
cue 2
    dissolve to slides over 1s
"""


def test_a_rig_for_another_house_replaces_the_switcher_too(cuelang: Desk) -> None:
    chapel = HALL.replace("obs://10.0.0.5:4455", "atem://10.1.0.9").replace('    password from "OBS_PASSWORD"\n', "")
    chapel = chapel.replace('"Cam FOH"', "4").replace('"PowerPoint"', "7")
    for name, text in {"hall.cues": HALL, "chapel.cues": chapel, "cut.cues": CUT}.items():
        Path(name).write_text(text)
    for rig in ((), ("--rig", "chapel.cues")):
        plan = json.loads(cuelang("plan", "cut.cues", "--json", *rig)[1])
        (wire,) = (one for event in plan["cues"][0]["events"] if event["action"] == "cut" for one in event["wire"])
        assert wire.keys() - {"at_ms"} == ({"hex"} if rig else {"text"})
        code, out, err = cuelang("rehearse", "cut.cues", "--json", *rig)
        assert code == 0, err
        records = [json.loads(line) for line in out.splitlines()]
        done = [one for one in records if one["kind"] == "command" and one.get("switcher") == "vision"]
        orders = [(one["action"], one["source"], one["outcome"]) for one in done]
        assert orders == [("cut", "foh", "completed"), ("dissolve", "slides", "completed")]
        assert all(("hex" in one) is bool(rig) for one in done)
    Path("chapel.cues").write_text(chapel.replace("    source slides = 7\n", ""))
    code, _, err = cuelang("check", "cut.cues", "--rig", "chapel.cues")
    assert code == 1 and "slides" in err


# --- fmt -----------------------------------------------------------------------------------------------------


def test_fmt_lays_a_sheet_out_in_place_once(cuelang: Desk) -> None:
    sheet = Path("untidy.cues")
    sheet.write_text(RIG + "cue   1   # first\n  move foh   to throne\n")
    assert cuelang("fmt", "--check", "untidy.cues")[0] == 1
    assert "cue   1" in sheet.read_text()
    assert cuelang("fmt", "untidy.cues")[0] == 0
    assert "cue 1  # first\n    move foh to throne\n" in sheet.read_text()
    assert cuelang("fmt", "--check", "untidy.cues") == (0, "", "")
    assert sorted(path.name for path in Path().glob("*.new")) == []


@pytest.mark.skipif(os.name == "nt", reason="links and rights of POSIX")
def test_fmt_keeps_a_link_and_the_rights_of_a_sheet(cuelang: Desk) -> None:
    sheet = Path("untidy.cues")
    sheet.write_text("cue   1\n  wait 1s\n")
    sheet.chmod(0o640)
    os.symlink("untidy.cues", "link.cues")
    assert cuelang("fmt", "link.cues")[0] == 0
    assert sheet.read_text() == "cue 1\n    wait 1s\n"
    assert Path("link.cues").is_symlink() and sheet.stat().st_mode & 0o777 == 0o640


def test_fmt_keeps_the_line_ends_of_windows(cuelang: Desk) -> None:
    sheet = Path("windows.cues")
    sheet.write_bytes(b"cue   1\r\n  wait 1s\n  wait 2s\r\n")
    assert cuelang("fmt", "windows.cues")[0] == 0
    assert sheet.read_bytes() == b"cue 1\r\n    wait 1s\r\n    wait 2s\r\n"
    assert cuelang("fmt", "--check", "windows.cues") == (0, "", "")


def test_fmt_leaves_a_sheet_that_it_cannot_understand(cuelang: Desk) -> None:
    Path("broken.cues").write_text('cue 1\n      move "\n')
    code, out, err = cuelang("fmt", "broken.cues")
    assert (code, out) == (1, "") and "E104" in err and "was not formatted" in err
    assert Path("broken.cues").read_text() == 'cue 1\n      move "\n'


# --- plan, schedule ------------------------------------------------------------------------------------------


def test_the_plan_as_a_table(cuelang: Desk) -> None:
    code, out, _ = cuelang("plan", "night.cues")
    assert code == 0
    for wanted in ("── Act I ──", "Cue 1  Open  (0:03.", "standby: LX 24", "zoom to 80% over 3s", "follows after 1s"):
        assert wanted in out, wanted
    code, out, _ = cuelang("plan", "night.cues", "--cue", "2.0")
    assert code == 0 and "Cue 2" in out and "Cue 1" not in out


def test_columns_of_the_plan_stand_below_each_other_whatever_the_script(cuelang: Desk) -> None:
    cameras = 'camera 客席 "sim://a"\n    preset 全景 = 1\ncamera foh "sim://b"\n'
    cue = "cue 1\n    move 客席 to 全景\n    move foh home\n"
    Path("wide.cues").write_text(cameras + cue, encoding="utf-8")
    rows = [row for row in cuelang("plan", "wide.cues")[1].splitlines() if "move" in row]
    assert len({cell_len(row.partition("move")[0]) for row in rows}) == 1 and len(rows) == 2
    assert len({cell_len(row[: re.search(r"\d+$", row).start()]) for row in rows}) == 1


def test_the_plan_as_json_with_what_was_set(cuelang: Desk) -> None:
    code, out, err = cuelang("plan", "night.cues", "--json", "--cue", "1", "--set", "storm=15s")
    plan = json.loads(out)
    assert (code, err, plan["format"], [cue["number"] for cue in plan["cues"]]) == (0, "", "cuelang.plan/1", ["1"])
    assert plan["cues"][0]["duration_ms"] == 15000


@pytest.mark.parametrize(("number", "said"), [("9", "no cue 9"), ("x", "not a cue number")])
def test_a_cue_that_is_not_there(cuelang: Desk, number: str, said: str) -> None:
    for words in (("plan", "night.cues", "--cue", number), ("run", "night.cues", "--simulate", "--from", number)):
        code, out, err = cuelang(*words)
        assert (code, out) == (2, "") and said in err


def test_a_sheet_with_errors_has_no_plan(cuelang: Desk) -> None:
    for words in (("plan", "--json"), ("rehearse", "--json"), ("schedule", "--json"), ("run", "--simulate")):
        code, out, err = cuelang(words[0], "wrong.cues", *words[1:])
        assert (code, out) == (1, ""), words
        assert "error[E202]" in err and err.endswith("2 errors\n")


def test_the_schedule_knows_that_the_clocks_change(cuelang: Desk) -> None:
    code, out, _ = cuelang("schedule", "night.cues", "--from", "2026-03-28T00:00", "--count", "3", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"at": "2026-03-29T09:55:00+01:00", "cue": "1", "line": 24},
        {"at": "2026-03-29T10:00:00+01:00", "cue": None, "line": 25, "action": "panic"},
        {"at": "2026-04-05T09:55:00+01:00", "cue": "1", "line": 24},
    ]
    code, out, _ = cuelang("schedule", "night.cues", "--from", "2026-03-28T00:00", "--count", "1")
    assert out == "Sun 2026-03-29 09:55:00 +0100  start 1       Open  night.cues:24\n"
    assert cuelang("schedule", "night.cues", "--from", "soon")[0] == 2


EARLY = """\
show "St Mary's"
    timezone "Europe/London"
camera nave "sim://nave"
on every sunday at 01:30, 09:55 start 1
on every 30m from 00:30 to 02:00 start 2
cue 1 "Before the service"
    zoom nave to 10%
cue 2 "A look around"
    zoom nave to 20%
"""
GAP = "01:30:00 is skipped that day; it fires at 02:00:00, after the clock change"
TWICE = "01:30:00 occurs twice that day; fires the first time"


@pytest.mark.parametrize(
    ("day", "instant", "why"),
    [("2026-03-29", "2026-03-29T02:00:00+01:00", GAP), ("2026-10-25", "2026-10-25T01:30:00+01:00", TWICE)],
)
def test_the_schedule_says_what_each_clock_change_does(cuelang: Desk, day: str, instant: str, why: str) -> None:
    Path("early.cues").write_text(EARLY)
    asked = ("schedule", "early.cues", "--from", f"{day}T00:45", "--count", "6")
    first, later, *_ = (row for row in json.loads(cuelang(*asked, "--json")[1]) if row["cue"] == "1")
    assert (first["at"], first["note"]) == (instant, why)
    assert "note" not in later
    assert f"({why})" in cuelang(*asked)[1]


def _fired(cuelang: Desk, monday: str) -> list[tuple[str, str]]:
    """A week that is rehearsed: the wall time of every firing, and what it asked for."""
    Path("early.cues").write_text(EARLY)
    Path("nobody.txt").write_text("")
    code, out, err = cuelang(
        "rehearse", "early.cues", "--from", monday, "--for", "7d", "--script", "nobody.txt", "--json"
    )
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert records[-1]["t_ms"] == 7 * 86_400_000, "a week is 168 hours"
    triggers = [record for record in records if record["kind"] == "trigger"]
    assert all(record["verdict"] == "fired" for record in triggers)
    return [(record["wall"], record["request"]) for record in triggers]


def _every_night(days: list[str], zone: str) -> list[tuple[str, str]]:
    times = ("00:30", "01:00", "01:30", "02:00")
    return [(f"{day}T{time}:00.000{zone}", "start 2") for day in days for time in times]


def test_a_week_over_the_spring_change_is_rehearsed_to_the_second(cuelang: Desk) -> None:
    assert _fired(cuelang, "2026-03-23") == [
        *_every_night([f"2026-03-{day}" for day in range(23, 29)], "+00:00"),
        ("2026-03-29T00:30:00.000+00:00", "start 2"),
        ("2026-03-29T02:00:00.000+01:00", "start 1"),
        ("2026-03-29T02:00:00.000+01:00", "start 2"),
        ("2026-03-29T09:55:00.000+01:00", "start 1"),
        ("2026-03-30T00:30:00.000+01:00", "start 2"),
        ("2026-03-30T01:00:00.000+01:00", "start 2"),
    ]


def test_a_week_over_the_autumn_change_is_rehearsed_to_the_second(cuelang: Desk) -> None:
    assert _fired(cuelang, "2026-10-19") == [
        *_every_night([f"2026-10-{day}" for day in range(19, 25)], "+01:00"),
        ("2026-10-25T00:30:00.000+01:00", "start 2"),
        ("2026-10-25T01:00:00.000+01:00", "start 2"),
        ("2026-10-25T01:30:00.000+01:00", "start 1"),
        ("2026-10-25T01:30:00.000+01:00", "start 2"),
        ("2026-10-25T02:00:00.000+00:00", "start 2"),
        ("2026-10-25T09:55:00.000+00:00", "start 1"),
    ]


# --- rehearse, log -------------------------------------------------------------------------------------------


def test_a_rehearsal_for_people_and_for_programs(cuelang: Desk) -> None:
    code, out, err = cuelang("rehearse", "night.cues")
    assert (code, err) == (0, "")
    assert "cue 3 done" in out and "3 cues fired" in out.splitlines()[-1]
    code, out, err = cuelang("rehearse", "night.cues", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "") and records[0]["wall"] == "2026-01-01T00:00:00.000+00:00"
    assert cuelang("rehearse", "night.cues", "--json")[1] == out


def test_a_rehearsal_on_a_script_for_a_while_with_a_fault(cuelang: Desk) -> None:
    Path("asks.txt").write_text("1s go 2\n")
    words = ("rehearse", "night.cues", "--json", "--script", "asks.txt", "--from", "2026-03-29T09:54", "--for", "2m")
    code, out, _ = cuelang(*words, "--latency", "30ms", "--fault", "ack_at_end")
    records = [json.loads(line) for line in out.splitlines()]
    asked = [record["source"] for record in records if record["kind"] == "trigger"]
    assert code == 0 and asked[0].startswith("script line 1") and any("sunday" in source for source in asked)
    assert records[0]["wall"].startswith("2026-03-29T09:54:00") and records[-1]["t_ms"] == 120_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--html", "nowhere/out.html"), "nowhere"),
        (("--for", "soon"), "--for 90s"),
        (("--from", "soon"), "2026-03-28T19:30"),
        (("--fault", "los=5%"), "Did you mean “loss”?"),
        (("--latency", "slow"), "latency=30ms"),
        (("--script", "nowhere.txt"), "nowhere.txt"),
        (("--script", "bad.txt"), "bad.txt, line 1"),
    ],
)
def test_options_that_mean_nothing(cuelang: Desk, words: tuple[str, ...], said: str) -> None:
    Path("bad.txt").write_text("soon go\n")
    code, out, err = cuelang("rehearse", "night.cues", *words)
    assert (code, out) == (2, "") and said in err


def test_a_log_is_read_written_out_and_compared(cuelang: Desk) -> None:
    for name, more in (("a.jsonl", ()), ("b.jsonl", ("--set", "storm=9s"))):
        Path(name).write_text(cuelang("rehearse", "night.cues", "--json", *more)[1])
    code, out, _ = cuelang("log", "a.jsonl")
    assert code == 0 and "cue 1 “Open” started" in out
    assert cuelang("log", "a.jsonl", "--csv")[1].startswith("\ufeffseq,wall,t_ms,kind,cue")
    assert cuelang("log", "a.jsonl", "a.jsonl") == (0, "No differences.\n", "")
    code, out, _ = cuelang("log", "a.jsonl", "b.jsonl")
    assert code == 0 and "left zoom" in out and "difference" in out.splitlines()[-1]
    assert cuelang("log", "a.jsonl", "b.jsonl", "a.jsonl")[0] == 2
    assert cuelang("log", "night.cues")[0] == 2


# --- the rest ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--rig FILE"),
        (("sim://foh",), "exists only inside a show"),
        (("nonsense",), "nonsense"),
        (("visca+udp://127.0.0.1:0",), "Port 0"),
        (("visca+udp://127.0.0.1:52999", "--model", "ptzoptic"), "Unknown model"),
        (("visca+udp://127.0.0.1:52999", "--fault", "x"), "Unknown fault"),
        (("--rig", "nowhere.cues"), "file not found: nowhere.cues"),
    ],
)
def test_what_cannot_be_simulated(cuelang: Desk, words: tuple[str, ...], said: str) -> None:
    code, out, err = cuelang("simulate", *words)
    assert (code, out) == (2, "") and said.lower() in err.lower()


def test_a_rig_without_a_camera_for_a_socket(cuelang: Desk) -> None:
    code, out, err = cuelang("simulate", "--rig", "night.cues")
    assert (code, out) == (1, "") and "no camera that can be simulated" in err


def test_wrong_usage_and_help(cuelang: Desk) -> None:
    for words in ((), ("chek", "night.cues"), ("check",), ("plan", "a", "b"), ("schedule", "a", "--count", "x")):
        code, out, err = cuelang(*words)
        assert (code, out) == (2, "") and "usage" in err
    for command in ("check", "fmt", "plan", "rehearse", "run", "simulate", "schedule", "log", "preflight", "remote"):
        code, out, err = cuelang(command, "--help")
        assert (code, err) == (0, "") and "usage: cuelang" in out
    assert "rehearse" in cuelang("--help")[1] and "simulate the whole show" in cuelang()[2]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_says_what_it_is_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "SILENT_WORK_S", 0.001)
    for stream, wanted in ((Screen(), "Rehearsing …\r\x1b[2K"), (io.StringIO(), "")):
        monkeypatch.setattr("sys.stderr", stream)
        with progress("Rehearsing"):
            while wanted and not stream.getvalue():
                time.sleep(0.001)
        assert stream.getvalue() == wanted


def test_a_fault_of_ours_is_one_sentence(cuelang: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.output.diagnostics.as_text", lambda *_, **__: 1 / 0)
    code, out, err = cuelang("check", "wrong.cues")
    assert (code, out) == (1, "") and "internal error" in err and "Traceback" not in err


def test_the_table_says_whose_times_are_an_estimate(cuelang: Desk) -> None:
    rig = 'camera a "sim://a"\n    model "ptzoptics-move-4k-20x"\ncamera b "sim://b"\n'
    Path("two.cues").write_text(rig + "cue 1\n    move a to pan 9deg\ncue 2\n    move a, b to pan 9deg\n")
    _, known, _ = cuelang("plan", "two.cues", "--cue", "1")
    _, guessed, _ = cuelang("plan", "two.cues", "--cue", "2")
    assert "estimate" not in known
    assert guessed.splitlines()[-1] == "b has no model; its times are estimates based on PTZOptics figures."
    rig = 'camera c "panasonic://10.0.0.1"\n    model "panasonic-aw-ue100"\n'
    Path("three.cues").write_text(rig + "cue 1\n    move c to pan 9deg\n")
    _, assumed, _ = cuelang("plan", "three.cues")
    assert assumed.splitlines()[-1] == "Times of c are estimates: the manufacturer publishes no speeds."


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("night.cues",), "Did you mean `cuelang check night.cues` or `cuelang run night.cues`?"),
        (("chek", "night.cues"), "Did you mean `cuelang check night.cues`?"),
        (("play", "night.cues"), "Did you mean `cuelang run night.cues`?"),
        (("validate", "night.cues"), "Did you mean `cuelang check night.cues`?"),
        (("format", "night.cues"), "Did you mean `cuelang fmt night.cues`?"),
        (("go", "2"), "Did you mean `cuelang remote go 2`?"),
        (("locate", "12", "at", "2.5s"), "Did you mean `cuelang remote locate 12 at 2.5s`?"),
        (("probe", "sony://10.0.0.1"), "Did you mean `cuelang camera probe sony://10.0.0.1`?"),
        (("xyzzy",), "`cuelang help` explains them."),
    ],
)
def test_a_command_that_there_is_not(cuelang: Desk, words: tuple[str, ...], says: str) -> None:
    code, out, err = cuelang(*words)
    assert (code, out) == (2, "") and says in err


def test_help_is_a_command_too(cuelang: Desk) -> None:
    assert cuelang("help") == cuelang("--help")
    assert cuelang("help", "check") == cuelang("check", "--help")


def test_an_empty_sheet_says_that_it_has_no_cues_yet(cuelang: Desk) -> None:
    Path("empty.cues").write_text("# nothing yet\n", encoding="utf-8")
    assert cuelang("check", "empty.cues") == (0, "empty.cues: no errors, no warnings, no cues yet.\n", "")


def test_refused_requests_stand_in_the_sum_of_a_rehearsal(cuelang: Desk) -> None:
    Path("calls.cues").write_text(
        "cue 1\n    repeat 3 times\n        start 200\n        wait 1s\ncue 200\n    wait 10s\n"
    )
    Path("once.txt").write_text("0s go 1\n")
    code, out, _ = cuelang("rehearse", "calls.cues", "--script", "once.txt")
    assert code == 0 and "2 requests refused." in out.splitlines()[-1]


def test_a_spreadsheet_sees_utf_8(cuelang: Desk) -> None:
    Path("a.jsonl").write_text(cuelang("rehearse", "night.cues", "--json")[1])
    code, out, _ = cuelang("log", "a.jsonl", "--csv")
    assert code == 0 and out.startswith("\ufeffseq,wall,")


def test_fmt_says_when_there_was_nothing_to_do(cuelang: Desk) -> None:
    Path("neat.cues").write_text("cue 1\n    wait 1s\n")
    assert cuelang("fmt", "neat.cues")[1] == "neat.cues is already formatted.\n"
    assert cuelang("fmt", "--check", "neat.cues")[1] == ""
