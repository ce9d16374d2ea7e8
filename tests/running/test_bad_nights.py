"""What a theatre does to a process: signals at any moment, streams that are closed, folders that cannot be written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

CUELANG = [sys.executable, "-m", "cuelang"]
DRIVE = bytes.fromhex("81 01 06 01 0c 0c 01 03 ff")
STOP = bytes.fromhex("81 01 06 01 0c 0c 03 03 ff")
RUN = ("run", "night.cues", "--input", "osc+udp://127.0.0.1:0", "--script", "script.txt")


@pytest.fixture
def camera() -> socket.socket:
    """A camera that takes everything at once, on a socket of its own."""
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", 0))
    end.settimeout(40)
    return end


@pytest.fixture
def folder(tmp_path: Path, camera: socket.socket) -> Path:
    url = f"visca+udp://127.0.0.1:{camera.getsockname()[1]}"
    sheet = f'show "Night"\ncamera foh "{url}"\ncue 1\n    drive foh left\n    wait 60s\n    stop foh\n'
    (tmp_path / "night.cues").write_text(sheet)
    (tmp_path / "script.txt").write_text("0s go\n")
    return tmp_path


def hear(camera: socket.socket, wanted: bytes) -> None:
    """Answer as a camera does until this frame has come."""
    while True:
        frame, peer = camera.recvfrom(64)
        if frame[1] == 1:
            camera.sendto(b"\x90\x41\xff", peer)
            camera.sendto(b"\x90\x51\xff", peer)
        elif frame == bytes.fromhex("81 09 04 00 ff"):
            camera.sendto(bytes.fromhex("90 50 02 ff"), peer)
        if frame == wanted:
            return


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_moves_is_stopped_however_the_show_is_ended(folder: Path, camera: socket.socket, name: str) -> None:
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip(f"this system has no {name}")
    show = subprocess.Popen(
        [*CUELANG, *RUN],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    hear(camera, DRIVE)
    show.send_signal(number)
    hear(camera, STOP)
    _, said = show.communicate(timeout=40)
    assert (show.returncode, "Traceback" in said) == (0, False)
    (log,) = (folder / "logs").glob("*.jsonl")
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert records[-1]["kind"] == "end" and records[-2]["state"] == "stopped"
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))


@pytest.mark.skipif(shutil.which("nohup") is None, reason="nohup")
def test_nohup_keeps_a_show(folder: Path, camera: socket.socket) -> None:
    show = subprocess.Popen(
        ["nohup", *CUELANG, *RUN],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    hear(camera, DRIVE)
    show.send_signal(signal.SIGHUP)
    time.sleep(0.05)
    assert show.poll() is None
    show.send_signal(signal.SIGTERM)
    hear(camera, STOP)
    assert show.wait(60) == 0


def test_ctrl_c_at_any_moment_prints_no_traceback(folder: Path) -> None:
    (folder / "script.txt").write_text("0s go\n50ms stop\n")
    start = 'import sys; from cuelang.__main__ import main; print("up", flush=True); sys.exit(main())'
    for pause in (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25):
        show = subprocess.Popen(
            [sys.executable, "-c", start, *RUN, "--simulate"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert show.stdout is not None and show.stdout.readline() == "up\n"
        time.sleep(pause)
        show.send_signal(signal.SIGINT)
        _, said = show.communicate(timeout=40)
        assert show.returncode in (0, 130, -signal.SIGINT), (pause, said)
        if pause:  # at 0 it may be Python's own
            assert "Traceback" not in said, (pause, said)


@pytest.mark.skipif(os.name == "nt", reason="a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(folder: Path, closed: str) -> None:
    (folder / "script.txt").write_text("0s go\n20ms stop\n")
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {closed}', *CUELANG, *RUN, "--simulate"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, "rror" in done.stderr, "Traceback" in done.stderr) == (0, False, False), done.stderr
    assert len(list((folder / "logs").glob("*.jsonl"))) == 1


def test_without_a_home(folder: Path) -> None:
    (folder / "script.txt").write_text("0s go\n20ms stop\n")
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "SYSTEMROOT")}
    done = subprocess.run([*CUELANG, *RUN, "--simulate"], cwd=folder, env=bare, capture_output=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_folder_that_takes_no_log(folder: Path) -> None:
    (folder / "script.txt").write_text("0s go\n20ms stop\n")
    (folder / "logs").write_text("a file stands where the folder should be\n")
    done = subprocess.run([*CUELANG, *RUN, "--simulate"], cwd=folder, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0 and "The log cannot be written" in done.stdout
