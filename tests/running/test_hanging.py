"""Files, pipes and name servers that never answer: they are not waited for, and every screen says so."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuelang import clock as clocks
from cuelang.library import Library, Unreadable, read_file, read_sheet
from tests.ports import free_port
from tests.program import ran, started

SHEET = """use "more.cues"
input desk "osc+udp://127.0.0.1:{port}"
    allow "127.0.0.1"
on osc "/again" reload
cue 1
    note "one"
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def osc(port: int, address: str) -> None:
    data = address.encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(data + b"\0" * (4 - len(data) % 4) + b",\0\0\0", ("127.0.0.1", port))


def until(true: Callable[[], Any], within: float = 40) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_sheet_that_is_a_pipe_or_a_device_is_no_sheet(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.cues")
    for path in (tmp_path / "a.cues", Path("/dev/zero")):
        with pytest.raises(Unreadable, match="a pipe or a device, not a file"):
            read_sheet(path)
    told = Library().file("a.cues", str(tmp_path / "main.cues"))
    assert isinstance(told, str) and "a pipe or a device" in told


def test_a_share_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.cues").write_text("cue 1\n")
    answers = threading.Event()
    opened = os.open
    monkeypatch.setattr(os, "open", lambda *args, **more: answers.wait() and opened(*args, **more))
    with pytest.raises(TimeoutError, match=r"has not answered for 0\.05 s"):
        read_file(tmp_path / "a.cues", 1000, patience=0.05)
    answers.set()


@pytest.mark.parametrize("command", ["check", "plan", "run", "log"])
def test_commands_on_a_pipe_that_nobody_writes_end(command: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.cues")
    done = ran(command, "a.cues", cwd=tmp_path, stdin=subprocess.DEVNULL, text=True)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_a_reload_that_hangs_is_refused_and_the_show_ends(tmp_path: Path) -> None:
    port, log, more = free_port(), tmp_path / "a.jsonl", tmp_path / "more.cues"
    more.write_text('cue 2\n    note "two"\n')
    (tmp_path / "main.cues").write_text(SHEET.format(port=port))

    def records(**wanted: object) -> list[dict[str, Any]]:
        lines = log.read_text().splitlines() if log.exists() else []
        return [r for r in map(json.loads, lines) if all(r.get(key) == value for key, value in wanted.items())]

    show = started(
        *("run", "main.cues", "--log", str(log)),
        cwd=tmp_path,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        until(lambda: records(kind="show"))
        time.sleep(0.3)
        more.unlink()
        os.mkfifo(more)
        osc(port, "/again")
        until(lambda: records(request="reload", verdict="refused"))
        assert "a pipe or a device" in records(request="reload")[0]["reason"]
        more.unlink()
        more.write_text('cue 3\n    note "three"\n')
        time.sleep(0.2)
        osc(port, "/again")
        until(lambda: records(request="reload", verdict="fired"))
        show.send_signal(signal.SIGTERM)
        _, err = show.communicate(timeout=50)
        assert (show.returncode, err) == (0, "")
    finally:
        show.kill()
        show.communicate()


def test_a_log_that_nobody_reads_holds_up_neither_panic_nor_end(tmp_path: Path) -> None:
    port, pipe = free_port(), tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "more.cues").write_text("")
    (tmp_path / "main.cues").write_text(
        SHEET.format(port=port) + 'cue 9\n    repeat forever every 2ms\n        note "to fill a pipe of 64 kB"\n'
    )
    show = started(
        *("run", "main.cues", "--log", str(pipe)),
        cwd=tmp_path,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert show.stdout is not None
        for line in show.stdout:
            if "started" in line:
                break
        osc(port, "/cue/9/start")
        assert any("its disk does not answer" in line for line in show.stdout)
        osc(port, "/panic")
        assert any("panic – fired" in line for line in show.stdout)
        show.send_signal(signal.SIGTERM)
        _, err = show.communicate(timeout=50)
        assert show.returncode == 0
        assert "records are missing" in err
    finally:
        show.kill()
        show.communicate()


def test_a_name_server_that_hangs_holds_up_neither_the_loop_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers.wait())

    async def show() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.getaddrinfo("camera.example", 1259), 0.1)

    began = time.monotonic()
    clocks.run(show())
    assert time.monotonic() - began < 30  # it would wait forever
    answers.set()
