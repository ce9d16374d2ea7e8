"""`cuelang run` against `cuelang simulate obs://…`, `atem://…` and `vmix://…`, each in its own process."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import ran, started

SHEET = """
input desk "osc+udp://127.0.0.1:{port}"
camera foh "sim://foh"
camera left "sim://left"
    preset door = 2 at pan 2deg tilt 1deg zoom 0%
switcher vision "{url}"
    source foh = {foh}
    source left = {left}
cue 1
    cut to left
    wait 500ms
    cut to foh
    move left to door
    wait for left
    dissolve to left over 500ms
    stream start
"""
LABELS = {"obs": ('"Camera 1"', '"Camera 2"'), "atem": ("1", "2"), "vmix": ("1", "2")}


@pytest.fixture(params=LABELS)
def simulated(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a simulated switcher in another process."""
    kind = request.param
    process = started("simulate", f"{kind}://127.0.0.1:0", stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(rf"{kind}://\S+:\d+", process.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.timeout(120)
def test_a_show_cuts_over_a_real_socket(simulated: str, tmp_path: Path) -> None:
    foh, left = LABELS[simulated.partition(":")[0]]
    (tmp_path / "night.cues").write_text(SHEET.format(port=free_port(), url=simulated, foh=foh, left=left))
    (tmp_path / "script").write_text("2s go 1\n")
    words = ("run", "night.cues", "--http", "off", "--script", "script", "--log", "night.jsonl")
    done = ran(*words, cwd=tmp_path, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in (tmp_path / "night.jsonl").read_text().splitlines()]
    orders = {
        (one["action"], one.get("source"), one["outcome"])
        for one in records
        if one["kind"] == "command" and one["camera"] is None
    }
    assert orders == {
        ("cut", "left", "completed"), ("cut", "foh", "completed"), ("dissolve", "left", "completed"),
        ("stream", None, "completed"),
    }, done.stdout  # fmt: skip
    (move,) = [one for one in records if one["kind"] == "command" and one["action"] == "move"]
    assert move["outcome"] == "completed"
    air = [one for one in records if one["kind"] == "air"]
    modes = [(one["t_ms"], one["mode"]) for one in air if one["camera"] == "left"]
    assert [mode for at, mode in modes if at <= move["sent_ms"]][-1] != "program"
