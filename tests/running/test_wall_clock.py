"""A wall clock that is set, a machine that sleeps or stalls, while a show waits and people press keys."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cuelang.clock import current, run
from cuelang.playback.effects import Request
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime import times_of_day
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.runtime.records import NoteRecord
from cuelang.units import NS
from tests.ports import free_port
from tests.program import started
from tests.running.night import plan_of
from tests.settable import Set

NOON = datetime(2026, 6, 1, 11, 59, 55, tzinfo=UTC)

SHEET = 'cue 1\n    wait until 12:00:30\n    note "met"\n    wait 2s\n    note "after"\n'
ZONE = 'show "Night"\n    timezone "UTC"\n'


def notes(
    steps: dict[int, timedelta], sheet: str = SHEET, until: int = 4000, told: bool = False
) -> list[tuple[str, float]]:
    """What was noted and when, in seconds of loop time. `told`: whether the system tells that its clock was set."""
    sink = MemorySink()

    async def show() -> None:
        clock = Set(current())
        executor = Executor(plan_of(sheet, ZONE), ShowLines(), log=AsRun(sink, clock, UTC), clock=clock, zone=UTC)
        await executor.open()
        executor.request(Request("go", None, "key", clock.now()))
        for at, step in sorted(steps.items()):
            await clock.inner.sleep_until(at * NS)
            if told:
                clock.set_by(step)
            else:
                clock.step += step
        await clock.inner.sleep_until(until * NS)
        await executor.stop_show()
        assert not clock.told

    run(show(), kind="virtual", start=NOON)
    return [(r["text"], round(r["t_ms"] / 1000, 1)) for r in map(as_json, sink.records) if r["kind"] == "note"]


def test_without_a_step_it_is_met_on_the_second() -> None:
    assert notes({}) == [("met", 35.0), ("after", 37.0)]


def test_a_clock_set_past_the_time_meets_it_within_a_second() -> None:
    (met, at), (_, after) = notes({10: timedelta(minutes=5)})
    assert met == "met" and 10 <= at <= 11
    assert after == pytest.approx(at + 2)


def test_a_clock_set_forward_brings_the_time_nearer() -> None:
    ((_, at), _) = notes({10: timedelta(seconds=12)})
    assert at == pytest.approx(23, abs=0.01)


def test_a_clock_set_back_makes_it_wait_longer_and_meets_it_once() -> None:
    found = notes({10: timedelta(minutes=-10)})
    assert [text for text, _ in found] == ["met", "after"]
    assert found[0][1] == pytest.approx(635, abs=0.01)


def test_a_clock_set_there_and_back_changes_nothing() -> None:
    assert notes({10: timedelta(seconds=-300), 20: timedelta(seconds=300)}) == [("met", 35.0), ("after", 37.0)]


@pytest.mark.parametrize("step", [timedelta(minutes=5), timedelta(seconds=12), timedelta(minutes=-10)])
def test_where_the_system_tells_it_a_clock_that_was_set_is_followed_at_once(
    step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(times_of_day, "LOOK_NS", None)
    at = max(10.0, 35 - step.total_seconds())
    assert notes({10: step}, told=True) == [("met", at), ("after", at + 2)]
    assert notes({10: step}, told=False) == [("met", 35.0), ("after", 37.0)]


def test_a_slow_correction_is_followed() -> None:
    ((_, at), _) = notes({second: timedelta(microseconds=500) for second in range(1, 31)})
    assert at == pytest.approx(34.985, abs=0.06)


# --- a machine that stalls ---------------------------------------------------------------------------


def osc(port: int, address: str) -> None:
    data = address.encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(data + b"\0" * (4 - len(data) % 4) + b",\0\0\0", ("127.0.0.1", port))


@pytest.mark.skipif(sys.platform != "linux", reason="the stamps of this system's kernel")
def test_what_was_asked_of_a_frozen_show_is_late_and_as_old_as_it_is(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "a.cues").write_text("".join(f'cue {n}\n    note "{n}"\n' for n in range(1, 10)))
    log = tmp_path / "a.jsonl"

    def records(kind: str) -> list[dict[str, Any]]:
        lines = log.read_text().split("\n")[:-1] if log.exists() else []
        return [r for r in map(json.loads, lines) if r["kind"] == kind]

    show = started(
        *("run", "a.cues", "--log", str(log), "--input", f"osc+udp://127.0.0.1:{port}"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 40
        while not records("show"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.5)
        os.kill(show.pid, signal.SIGSTOP)
        for address in ("/go", "/pause", "/cue/5/start", "/panic"):
            osc(port, address)
        time.sleep(1.6)
        osc(port, "/playhead/3")
        osc(port, "/go")
        time.sleep(0.5)
        osc(port, "/go")
        os.kill(show.pid, signal.SIGCONT)
        while len(records("trigger")) < 7 or len(records("note")) < 2:
            assert time.monotonic() < deadline + 10
            time.sleep(0.02)
    finally:
        show.kill()
        show.wait()
    found = records("trigger")
    assert [(r["request"], r["verdict"]) for r in found] == [
        ("go", "late"), ("pause", "refused"), ("start 5", "late"), ("panic", "fired"),
        ("standby 3", "fired"), ("go", "fired"), ("go", "fired"),
    ]  # fmt: skip
    ages = [r["t_ms"] for r in found]
    assert 400 < ages[6] - ages[5] < 700
    assert [r["text"] for r in records("note") if r["cue"]] == ["3", "4"]


@pytest.mark.parametrize(
    ("begins", "minutes"),
    [("2026-03-29T00:30", 30), ("2026-10-25T00:30", 60), ("2026-10-24T23:30", 120), ("2026-03-28T00:30", 60)],
    ids=["in the gap of spring: its end", "twice in autumn: the first", "over midnight", "another day"],
)
def test_a_time_of_day_on_the_night_of_a_clock_change_is_that_of_a_schedule(begins: str, minutes: int) -> None:
    plan = plan_of('cue 1\n    wait until 01:30\n    note "met"\n', 'show "Night"\n    timezone "Europe/London"\n')
    start = datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo("Europe/London"))
    (met,) = [one.t_ms for one in rehearse(plan, start=start).records if isinstance(one, NoteRecord)]
    assert met == minutes * 60_000
