"""More than a machine can carry: whatever it is, a panic and the end of the show are heard."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HEARD = 1.0
"""Seconds; on a quiet machine it is a tenth of that. Before turns were bounded it was never."""

HEAD = 'show "Load"\n    interlock off\n    go_window 0s\n    debounce 0s\n'
NOTES = HEAD + 'cue 1\n    repeat forever every 1ms\n        note "x"\n'
TALLY = (
    HEAD
    + "".join(f'camera c{n} "visca+udp://10.0.0.{n}"\n' for n in range(1, 65))
    + "cue 1\n    repeat forever every 5ms\n        tally all preview\n"
)
AT_ONCE = HEAD + "cue 1\n    repeat 30000 times\n" + '        note "x"\n'


def sends(port: int, address: str) -> None:
    data = address.encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(data + b"\0" * (4 - len(data) % 4) + b",\0\0\0", ("127.0.0.1", port))


def asks(port: int, wish: str) -> float:
    """From the question to its answer, in seconds."""
    began = time.monotonic()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/{wish}", method="POST")
    with urllib.request.urlopen(request, timeout=15) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def records(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().split("\n")[:-1]] if log.exists() else []


def wait_for(log: Path, kind: str, **wanted: object) -> float:
    began = time.monotonic()
    while not any(
        r["kind"] == kind and all(r.get(key) == value for key, value in wanted.items()) for r in records(log)
    ):
        assert time.monotonic() < began + 15, records(log)[-3:]
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.parametrize("sheet", [NOTES, TALLY, AT_ONCE], ids=["notes", "tally", "one-instant"])
def test_a_panic_and_the_end_are_heard_under_load(sheet: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        page = probe.getsockname()[1]
    (tmp_path / "load.cues").write_text(sheet)
    log = tmp_path / "load.jsonl"
    show = subprocess.Popen(
        [sys.executable, "-m", "cuelang", "run", "load.cues", "--simulate", "--log", str(log),
         "--input", f"osc+udp://127.0.0.1:{port}", "--http", f"127.0.0.1:{page}"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(log, "show")
        sends(port, "/go")
        time.sleep(1.5)
        heard = asks(page, "panic")
        print(f"panic by HTTP answered after {heard:.3f} s")
        assert heard < HEARD
        wait_for(log, "trigger", request="panic")
        panic = next(r for r in records(log) if r.get("request") == "panic")
        number = panic["seq"]
        later = [r for r in records(log) if r["seq"] > number]  # type: ignore[operator]
        assert not [r for r in later if r["kind"] == "note"]
        if sheet is not AT_ONCE:
            assert [r for r in records(log) if r["kind"] == "cue" and r.get("reason") == "panic"]
        sends(port, "/cue/1/start")
        time.sleep(0.5)
        asked = time.monotonic()
        show.send_signal(signal.SIGTERM)
        _, err = show.communicate(timeout=15)
        ended = time.monotonic() - asked
        print(f"ended after {ended:.3f} s")
        assert (show.returncode, err) == (0, "")
        assert ended < HEARD * 3
    finally:
        show.kill()
        show.communicate()
