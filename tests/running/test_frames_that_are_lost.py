"""A show in another process, a simulated camera in a third, and a relay between them that loses single frames."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import started
from tests.running.relay import LOST, PASSES, TWICE, Fate, Relay
from tests.running.test_every_link import camera, simulated

STOP = bytes.fromhex("0303ff")
"""The end of a pan-tilt stop."""
SHEET = """
show "Lost"
    interlock off
camera foh "visca+udp://127.0.0.1:{port}"
cue 1
    drive foh right speed 1 for 60s live
"""


def is_stop(frame: bytes) -> bool:
    return frame.startswith(bytes.fromhex("81010601")) and frame.endswith(STOP)


class Loses:
    """The first `many` frames of a kind."""

    def __init__(self, many: int, fate: Fate = LOST) -> None:
        self.left, self.fate = many, fate

    def __call__(self, frame: bytes) -> Fate:
        if is_stop(frame) and self.left:
            self.left -= 1
            return self.fate
        return PASSES


def stands(url: str) -> bool:
    def pose() -> object:
        found = json.loads(camera("inspect", url, "--json"))
        return next(one["values"] for one in found["settings"] if one["name"] == "position")

    before = pose()
    time.sleep(0.5)
    return before == pose()


@pytest.mark.parametrize("fate", [LOST, TWICE, Fate(1, 0.15)])
@pytest.mark.parametrize("many", [1, 3])
def test_the_end_of_a_show_stops_the_camera_though_its_stops_meet_with_accidents(
    tmp_path: Path, many: int, fate: Fate
) -> None:
    port = free_port()
    url = f"visca+udp://127.0.0.1:{port}"
    with simulated(url):
        relay = Relay(port, Loses(many, fate))
        sheet = tmp_path / "lost.cues"
        sheet.write_text(SHEET.format(port=relay.port))
        (tmp_path / "script.txt").write_text("1s go\n")
        show = started(
            "run",
            str(sheet),
            "--input",
            f"osc+udp://127.0.0.1:{free_port()}",
            "--log",
            "show.log",
            "--script",
            "script.txt",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        try:
            until = time.monotonic() + 40
            while not any(frame.startswith(bytes.fromhex("81010601")) for _, frame in relay.seen):
                assert time.monotonic() < until and show.poll() is None, show.communicate()
                time.sleep(0.05)
            show.send_signal(signal.SIGTERM)
            _, said = show.communicate(timeout=40)
            assert "still be moving" not in said
            assert sum(is_stop(frame) for _, frame in relay.seen) >= (many + 1 if fate is LOST else 1)
            assert stands(url)
        finally:
            if show.poll() is None:
                show.kill()
            relay.close()


@contextmanager
def running(relay: Relay | Cutter, folder: Path, sheet: str, script: str) -> Iterator[subprocess.Popen[str]]:
    (folder / "lost.cues").write_text(sheet.format(port=relay.port))
    (folder / "script.txt").write_text(script)
    show = started(
        *("run", "lost.cues", "--log", "show.log", "--script", "script.txt", "--input", "osc+udp://127.0.0.1:0"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        yield show
    finally:
        show.kill()
        show.communicate()
        relay.close()


def until(true: Callable[[], object], within: float = 40) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.05)


def moves(frame: bytes) -> bool:
    return frame.startswith(bytes.fromhex("81010601")) and not is_stop(frame)


@pytest.mark.parametrize("many", [1, 2])
def test_a_panic_whose_stop_is_lost_stops_the_camera_while_the_show_goes_on(tmp_path: Path, many: int) -> None:
    port = free_port()
    url = f"visca+udp://127.0.0.1:{port}"
    with simulated(url):
        relay = Relay(port, Loses(many))
        with running(relay, tmp_path, SHEET, "1s go\n3s panic\n60s panic\n") as show:
            until(lambda: sum(is_stop(frame) for _, frame in relay.seen) > many)
            time.sleep(0.5)
            assert show.poll() is None and stands(url)


def test_a_drive_whose_successor_is_lost_is_stopped_while_the_show_goes_on(tmp_path: Path) -> None:
    port = free_port()
    url = f"visca+udp://127.0.0.1:{port}"

    def goes_nowhere(frame: bytes) -> Fate:
        return LOST if frame.startswith(bytes.fromhex("81010602")) else PASSES

    sheet = SHEET.replace(" for 60s", "") + "    at 1s move foh to pan -10deg tilt 0deg live\n"
    with simulated(url):
        relay = Relay(port, goes_nowhere)
        with running(relay, tmp_path, sheet, "1s go\n90s stop\n") as show:
            until(lambda: any(moves(frame) for _, frame in relay.seen), 60)
            until(lambda: any(is_stop(frame) for _, frame in relay.seen))
            time.sleep(0.5)
            assert show.poll() is None and stands(url)


class Cutter:
    """A relay for a stream, which cuts it at the first frames of a kind, and takes the next connection."""

    def __init__(self, camera: int, wanted: Callable[[bytes], bool], many: int) -> None:
        self.seen: list[bytes] = []
        self._camera, self._wanted, self._left = camera, wanted, many
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._camera))
            threading.Thread(target=self._back, args=(far, near), daemon=True).start()
            self._out(near, far)

    def _out(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, suppress(OSError):
            while data := near.recv(4096):
                for frame in [part + b"\xff" for part in data.split(b"\xff")[:-1]]:
                    self.seen.append(frame)
                    if self._left and self._wanted(frame):
                        self._left -= 1
                        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    far.sendall(frame)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(4096):
                near.sendall(data)

    def close(self) -> None:
        self._door.close()


@pytest.mark.parametrize("many", [1, 2])
def test_a_stream_that_is_cut_at_the_last_stop_is_opened_again_for_it(tmp_path: Path, many: int) -> None:
    port = free_port()
    url = f"visca+tcp://127.0.0.1:{port}"
    with simulated(url):
        relay = Cutter(port, is_stop, many)
        with running(relay, tmp_path, SHEET.replace("visca+udp", "visca+tcp"), "1s go\n") as show:
            until(lambda: any(moves(frame) for frame in relay.seen))
            show.send_signal(signal.SIGTERM)
            _, said = show.communicate(timeout=40)
            assert "still be moving" not in said
            assert sum(is_stop(frame) for frame in relay.seen) > many
            assert stands(url)


def test_a_camera_that_is_not_reached_at_the_end_is_named_on_standard_error(tmp_path: Path) -> None:
    """Everything is lost from the drive on: the show ends after five seconds and says who is to be stopped by hand."""
    port = free_port()
    gone = False

    def falls_silent(_frame: bytes) -> Fate:
        return LOST if gone else PASSES

    with simulated(f"visca+udp://127.0.0.1:{port}"):
        relay = Relay(port, falls_silent)
        with running(relay, tmp_path, SHEET, "1s go\n") as show:
            until(lambda: any(moves(frame) for _, frame in relay.seen))
            time.sleep(0.2)
            gone = True
            asked = time.monotonic()
            show.send_signal(signal.SIGTERM)
            _, said = show.communicate(timeout=40)
            assert "foh may still be moving" in said
            assert 4 < time.monotonic() - asked < 30
