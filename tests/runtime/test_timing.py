"""Late or early against a rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuelang.runtime.timing import Pacing, Rehearsed, TimingView, read
from cuelang.units import NS

LOG = """
{"seq": 1, "wall": "2026-11-28T19:30:00.000+00:00", "t_ms": 0.0, "kind": "show", "state": "started"}
{"seq": 2, "wall": "2026-11-28T19:30:10.000+00:00", "t_ms": 10000.0, "kind": "cue", "cue": "1", "run": 1, "state": "started"}
{"seq": 3, "wall": "2026-11-28T19:30:12.000+00:00", "t_ms": 12000.0, "kind": "cue", "cue": "1", "run": 1, "state": "done"}
{"seq": 4, "wall": "2026-11-28T19:31:00.000+00:00", "t_ms": 60000.0, "kind": "cue", "cue": "2", "run": 2, "state": "started"}
{"seq": 5, "wall": "2026-11-28T19:32:00.000+00:00", "t_ms": 120000.0, "kind": "cue", "cue": "2", "run": 3, "state": "started"}
""".lstrip()  # noqa: E501


def test_a_log_has_when_each_cue_was_fired_first(tmp_path: Path) -> None:
    log = tmp_path / "dress.jsonl"
    log.write_text(LOG, encoding="utf-8")
    assert read(str(log)) == Rehearsed("dress.jsonl", {"1": 10 * NS, "2": 60 * NS})
    log.write_text("no log\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not an as-run log"):
        read(str(log))


def test_both_evenings_begin_with_their_first_cue_in_common() -> None:
    pacing = Pacing(Rehearsed("dress", {"1": 10 * NS, "2": 60 * NS, "3": 100 * NS}))
    assert pacing.view("1") == TimingView("dress", None, None)
    pacing.fired("0.5", 1 * NS)
    pacing.fired("1", 300 * NS)
    assert pacing.view("2") == TimingView("dress", 0, 350 * NS)
    pacing.fired("2", 365 * NS)
    assert pacing.view("3") == TimingView("dress", 15 * NS, 390 * NS)
    pacing.fired("3", 380 * NS)
    assert pacing.view("99") == TimingView("dress", -10 * NS, None)
    assert Pacing(None).view("1") is None
