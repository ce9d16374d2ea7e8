"""A show in another process, a simulated camera in a third, and a relay between them that loses single frames."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.running.relay import LOST, PASSES, TWICE, Fate, Relay
from tests.running.test_every_link import CUELANG, camera, free_port, simulated

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
    """The first so many frames of a kind."""

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
    port = free_port(socket.SOCK_DGRAM)
    url = f"visca+udp://127.0.0.1:{port}"
    with simulated(url):
        relay = Relay(port, Loses(many, fate))
        sheet = tmp_path / "lost.cues"
        sheet.write_text(SHEET.format(port=relay.port))
        (tmp_path / "script.txt").write_text("1s go\n")
        show = subprocess.Popen(
            [*CUELANG, "run", str(sheet), "--log", "show.log", "--script", "script.txt"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        )  # fmt: skip
        try:
            until = time.monotonic() + 10
            while not any(frame.startswith(bytes.fromhex("81010601")) for _, frame in relay.seen):
                assert time.monotonic() < until and show.poll() is None, show.communicate()
                time.sleep(0.05)
            show.send_signal(signal.SIGTERM)
            _, said = show.communicate(timeout=15)
            assert "still be moving" not in said
            assert sum(is_stop(frame) for _, frame in relay.seen) >= (many + 1 if fate is LOST else 1)
            assert stands(url)
        finally:
            if show.poll() is None:
                show.kill()
            relay.close()
