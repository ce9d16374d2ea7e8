"""Clients that this project did not write, on cameras that it simulates: other processes, real sockets, a real cable.

`visca-over-ip` speaks VISCA in Sony's frames with oddities of its own: its inquiries travel as commands and by a second
socket that never says RESET, its RESET has the number 1, an axis at rest has the speed 0, and it sends iris and
gain in a byte where two nibbles belong. `pyptzcontroller` speaks Pelco-D on a serial port.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.ports import free_port
from tests.program import started

CAMERA, DESK = "127.0.10.2", "127.0.10.1"


@contextmanager
def simulated(url: str) -> Iterator[None]:
    with started("simulate", url, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert any("Ctrl-C" in line for line in process.stdout), f"{url} is not simulated"
            yield
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def program(script: str, *words: object) -> Any:
    """What a program of its own says at its end, as JSON."""
    command = [sys.executable, "-c", dedent(script), *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=40)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


ON_ANOTHER_MACHINE = f"""
    import json, socket, sys, time

    class Desk(socket.socket):
        "Its own address for what the library binds everywhere: camera and client have one machine here."
        def bind(self, where):
            super().bind(("{DESK}", where[1]))

    socket.socket = Desk
    from visca_over_ip import Camera
    from visca_over_ip.exceptions import ViscaException
    camera = Camera("{CAMERA}", int(sys.argv[1]))

    def still():
        before = None
        while (now := (camera.get_pantilt_position(), camera.get_zoom_position())) != before:
            before = now
            time.sleep(0.15)
        return now
"""


@pytest.fixture
def port() -> Iterator[int]:
    pytest.importorskip("visca_over_ip")
    number = free_port()
    with simulated(f"sony://{CAMERA}:{number}"):
        yield number


@pytest.mark.calm
def test_visca_over_ip_moves_a_camera_and_reads_where_it_is(port: int) -> None:
    script = """
    said = {"reset and cleared": camera.num_missed_responses}
    said["home"] = still()
    camera.pantilt(24, 20, 400, -100)
    camera.zoom_to(0.25)
    said["moved"] = still()
    camera.save_preset(3)
    camera.pantilt(24, 20, -100, 50, relative=True)
    said["by"] = still()
    camera.pantilt_home()
    camera.zoom_to(0)
    said["at home"] = still()
    camera.recall_preset(3)
    said["recalled"] = still()
    said["missed"] = camera.num_missed_responses
    camera.close_connection()
    print(json.dumps(said))
    """
    said = program(ON_ANOTHER_MACHINE + script, port)
    assert said["home"] == [[0, 0], 0]
    assert said["moved"] == [[400, -100], 0x1000]
    assert said["by"] == [[300, -50], 0x1000]
    assert said["at home"] == [[0, 0], 0]
    assert said["recalled"] == [[400, -100], 0x1000]
    assert said["missed"] == said["reset and cleared"], "every request has had its answer"


def test_visca_over_ip_drives_with_a_speed_of_nothing_on_the_axis_that_stands(port: int) -> None:
    script = """
    before = still()
    camera.pantilt(0, 8)                       # 8x 01 06 01 00 08 03 02: tilt alone
    time.sleep(0.3)
    camera.pantilt(0, 0)                       # a stop with speeds 00 00
    tilted = still()
    camera.zoom(5)
    time.sleep(0.3)
    camera.zoom(0)
    print(json.dumps([before, tilted, still()]))
    """
    before, tilted, zoomed = program(ON_ANOTHER_MACHINE + script, port)
    assert before == [[0, 0], 0]
    assert tilted[0][0] == 0 and tilted[0][1] != 0
    assert zoomed[0] == tilted[0] and zoomed[1] > 0


def test_visca_over_ip_sets_the_picture_and_is_refused_in_visca_s_words(port: int) -> None:
    script = """
    said = {"focus": [camera.get_focus_mode()]}
    camera.set_focus_mode("manual")
    said["focus"].append(camera.get_focus_mode())
    camera.set_iris(9)                          # 04 4B 00 00 09: a byte where two nibbles belong
    camera.backlight(True)
    camera.white_balance_mode("indoor")
    calls = {"colour": lambda: camera.set_color_gain("magenta", 4), "preset": lambda: camera.save_preset(95)}
    for what, call in calls.items():
        try:
            call()
            said[what] = "taken"
        except ViscaException as refusal:
            said[what] = refusal.status_code
    camera.close_connection()
    print(json.dumps(said))
    """
    said = program(ON_ANOTHER_MACHINE + script, port)
    assert said["focus"] == ["auto", "manual"]
    assert said["colour"] == 0x02, "PTZOptics has no colour selector there"
    assert said["preset"] == 0x02, "PTZOptics keeps that number for its menu"


def test_visca_over_ip_begins_anew(port: int) -> None:
    """A second run of it asks from the same port with the same numbers, and says RESET from another port only."""
    script = """
    camera.pantilt(24, 20, int(sys.argv[2]), 0)
    print(json.dumps(still()))
    """
    for pan in (200, 300, 100):
        assert program(ON_ANOTHER_MACHINE + script, port, pan) == [[pan, 0], 0]


def test_pyptzcontroller_on_a_cable(tmp_path: Path) -> None:
    pytest.importorskip("ptz_control_lib")
    if shutil.which("socat") is None:
        pytest.skip("socat is not installed")
    near, far = tmp_path / "near", tmp_path / "far"
    cable = subprocess.Popen(["socat", f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}"])
    script = """
    import json, sys, time
    from ptz_control_lib import PtzControl
    camera = PtzControl(sys.argv[1], address=3, baudrate=9600)
    assert camera.connect()
    said = [camera.get_position()]
    camera.set_preset(5)
    camera.move("right", 63)
    time.sleep(0.4)
    camera.stop()
    said.append(camera.get_position())
    time.sleep(0.2)
    said.append(camera.get_position())
    camera.go_to_preset(5)
    time.sleep(1)
    said.append(camera.get_position())
    camera.disconnect()
    print(json.dumps(said))
    """
    try:
        while not (near.exists() and far.exists()):
            assert cable.poll() is None
        with simulated(f"pelco-d://{far}?address=3&baud=9600"):
            home, turned, still, back = program(script, near)
    finally:
        cable.terminate()
        cable.wait()
    assert home == [0, 0]
    assert turned[0] > 10 and turned[1] == 0
    assert still == turned
    assert back == [0, 0]
