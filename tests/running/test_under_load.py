"""More than a machine can carry: whatever it is, a panic and the end of the show are heard."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.benchmarks.loads import LOADS, NEEDED, Night

TRIED = ("a note every 1 ms", "64 lamps every 5 ms", "64 drives every 5 ms", "two cues fired every 1 ms")
"""All of them are in the benchmark."""


@pytest.mark.calm
@pytest.mark.parametrize("load", TRIED, ids=[name.replace(" ", "-") for name in TRIED])
def test_a_panic_and_the_end_are_heard_under_load(load: str, tmp_path: Path) -> None:
    with Night(LOADS[load], tmp_path) as night:
        night.send("/go")
        time.sleep(0.8)
        heard = night.panic()
        print(f"panic answered after {heard:.3f} s")
        assert heard < NEEDED
        time.sleep(0.2)
        night.send("/cue/1/start")
        time.sleep(0.5)
        stopped, ended = night.end()
        print(f"stopped after {stopped:.3f} s, ended after {ended:.3f} s")
        assert (night.show.returncode, night.errors) == (0, "")
        assert stopped < NEEDED
        records = night.records()
    (panic,) = (record for record in records if record.get("request") == "panic")
    again = next(r["seq"] for r in records if r["kind"] == "trigger" and r["seq"] > panic["seq"])
    between = [record for record in records if panic["seq"] < record["seq"] < again]
    assert not [record for record in between if record["kind"] == "note" and record["t_ms"] > panic["t_ms"] + 1000]
    assert not [record for record in between if (record.get("sent_ms") or 0) > panic["t_ms"] + 1000 * NEEDED], "sent"
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
