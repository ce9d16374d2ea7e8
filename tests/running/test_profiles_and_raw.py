"""`profile` and `raw` in a running show: what the camera is sent, what the log says, what the interlock holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuelang.simulator.faults import Faults
from tests.running.night import perform

HEAD = 'format = "cuelang.profile/1"\nurl = "sim://foh"\n[settings]\n'
HUE = "81 01 04 4f 00 00 00 09 ff"
RESET = "81 01 06 05 ff"
BLOCK = 'show "Night"\n    interlock block\n'


@pytest.fixture(autouse=True)
def evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "evening.toml"
    file.write_text(HEAD + 'hue = "9"\nflip = "h"\nexposure_compensation = "on, 4"\n')
    return file


def test_each_setting_has_its_own_record() -> None:
    night = perform('cue 1\n    profile foh "evening.toml"\n', (0, "go"), end=5)
    assert night.outcomes("foh") == [("set", "completed")] * 4
    assert night.commands("foh")[0]["hex"] == HUE
    assert {(one["line"] > 0, one["cue"]) for one in night.commands("foh")} == {(True, "1")}
    body = night.far["foh"].body
    assert (body.settings["color_hue"], body.settings["flip"]) == (9, 1)


def test_the_interlock_holds_every_setting_of_a_profile_and_a_frame() -> None:
    sheet = 'cue 1\n    tally foh program\n    wait 1s\n    profile foh "evening.toml"\n    raw foh "81 01 06 05 FF"\n'
    night = perform(BLOCK + sheet, (0, "go"), end=5, rig=_without_show())
    assert night.outcomes("foh")[1:] == [("set", "refused")] * 4 + [("raw", "refused")]
    assert not any(frame in (HUE, RESET) for _, frame in night.wire("foh"))
    seen = perform(BLOCK + sheet.replace('toml"', 'toml" live'), (0, "go"), end=5, rig=_without_show())
    assert sorted(seen.outcomes("foh")[1:]) == [("raw", "refused")] + [("set", "completed")] * 4


def _without_show() -> str:
    from tests.running.night import RIG

    lines = RIG.splitlines(keepends=True)
    kept, under = [], False
    for line in lines:
        under = line.startswith("show") or (under and line.startswith(" "))
        if not under:
            kept.append(line)
    return "".join(kept)


def test_a_frame_is_logged_with_its_bytes_and_what_came_of_it() -> None:
    night = perform('cue 1\n    raw foh "82 01 06 05 FF"\n    raw foh "81 01 DE AD FF"\n', (0, "go"), end=60)
    known, strange = night.commands("foh", "raw")
    assert (known["hex"], known["outcome"]) == (RESET, "completed")
    assert (strange["hex"], strange["outcome"]) == ("81 01 de ad ff", "refused") and strange["reason"]


def test_a_frame_stops_nothing_and_is_displaced_by_nothing() -> None:
    sheet = 'cue 1\n    zoom foh to 80% over 4s\n    wait 1s\n    raw foh "81 01 06 05 FF"\n    move foh home\n'
    night = perform(sheet, (0, "go"), end=60)
    assert sorted(night.outcomes("foh")) == [("move", "completed"), ("raw", "completed"), ("zoom", "completed")]


def test_a_frame_is_never_sent_twice_however_silent_the_camera_is() -> None:
    sheet = 'cue 1\n    raw foh "81 01 06 05 FF"\n    wait 10s\n    set foh hue 9\n'
    night = perform(sheet, (0, "go"), end=60, faults={"foh": Faults(silent=True)})
    heard = [frame for _, frame in night.far["foh"].heard]
    assert heard.count(RESET) == 1 and heard.count(HUE) > 1
    assert night.commands("foh", "raw")[0]["outcome"] in ("timed_out", "unreachable")


def test_a_trigger_and_a_remote_statement_may_bring_them() -> None:
    night = perform('on osc "/look" profile foh "evening.toml"\ncue 1\n    wait 1s\n', (0, "osc /look"), end=5)
    assert [one["outcome"] for one in night.commands("foh", "set")] == ["completed"] * 4
