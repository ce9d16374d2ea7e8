"""The Companion module in a host made of Companion's own library, at a real `cuelang run` in another process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import cuelang
from tests.ports import free_port
from tests.program import started

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MODULE = ROOT / "cuelang" / "integrations" / "companion"
PACKAGES = ROOT / ".venv" / "node" / "node_modules"
NODE = PACKAGES / ".bin" / "node"

pytestmark = pytest.mark.skipif(
    not (NODE.exists() and (PACKAGES / "@companion-module" / "base").exists()),
    reason="not installed: npm's node 22 with @companion-module/base",
)

SHEET = """
show "Companion"
    go_window 0s
switcher vision "sim://vision"
    source foh  = "Cam FOH"
    source left = "Cam Left"
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "sim://left"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset door = 2 at pan 20deg tilt 0deg zoom 30%
on key "F8" start 3
cue 1 "House"
    standby "Everybody is seated."
    cut to foh
cue 2 "Storm"
    zoom left to 80% over 20s
    follow after 30s
cue 3 "Thunder"
    wait for go
cue 4 "End"
    move left to door
"""

PIN, LOOK = "stage-1234", "look-5678"


def until(true: Callable[[], object], within: float = 40) -> None:
    limit = time.monotonic() + within
    while not true():
        assert time.monotonic() < limit, "it did not come to that"
        time.sleep(0.05)


class Show:
    """`cuelang run --simulate`, with its page on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log, self._folder = folder / "show.jsonl", folder
        (folder / "show.cues").write_text(SHEET, encoding="utf-8")
        self.start()

    def start(self) -> None:
        desk = f"osc+udp://127.0.0.1:{free_port()}"
        self._child = started(
            *[
                "run",
                "show.cues",
                "--simulate",
                "--log",
                str(self.log),
                "--http",
                f"127.0.0.1:{self.port}",
                "--input",
                desk,
            ],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CUELANG_PIN": PIN, "CUELANG_VIEW_PIN": LOOK},
        )

    def end(self) -> None:
        self._child.terminate()
        self._child.wait(60)

    def triggers(self) -> list[tuple[str, str]]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        records = [json.loads(line) for line in lines if line.endswith("}")]
        return [(record["request"], record["verdict"]) for record in records if record["kind"] == "trigger"]


class Host:
    def __init__(self, folder: Path) -> None:
        shutil.copytree(MODULE / "src", folder / "src")
        shutil.copy(MODULE / "package.json", folder)
        (folder / "node_modules").symlink_to(PACKAGES)
        self._child = subprocess.Popen(
            [str(NODE), str(HERE / "companion" / "host.mjs"), str(folder / "src" / "main.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **words: Any) -> dict[str, Any]:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(words) + "\n")
        self._child.stdin.flush()
        for line in self._child.stdout:
            if line.startswith("= "):
                answer: dict[str, Any] = json.loads(line[2:])
                assert "error" not in answer, answer["error"]
                return answer
        raise AssertionError("the host has ended")

    def connect(self, port: int, pin: str) -> None:
        self.ask(configure={"host": "127.0.0.1", "port": port}, secrets={"pin": pin})

    def press(self, action: str, **options: Any) -> str:
        """Its verdict, in the words of the variable."""
        return str(self.ask(press=action, options=options)["variables"]["last_verdict"])

    def status(self) -> str:
        return str(self.ask(look=True)["status"]["status"])

    def variable(self, name: str) -> object:
        return self.variables()[name]

    def variables(self) -> Mapping[str, object]:
        found: Mapping[str, object] = self.ask(look=True)["variables"]
        return found

    def shows(self, feedback: str, **options: Any) -> bool:
        return bool(self.ask(feedback=feedback, options=options)["on"])

    def end(self) -> None:
        if self._child.poll() is None:
            self.ask(end=True)
        self._child.wait(60)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    folder = tmp_path / "show"
    folder.mkdir()
    running = Show(folder)
    yield running
    running.end()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    folder = tmp_path / "module"
    folder.mkdir()
    made = Host(folder)
    yield made
    made.end()


def test_buttons_drive_a_show_and_tell_what_it_does(show: Show, host: Host) -> None:
    host.connect(show.port, PIN)
    until(lambda: host.status() == "ok" and host.variable("standby_number") == "1")
    assert host.variable("standby_text") == "Everybody is seated."
    assert host.variable("show") == "Companion"
    assert host.ask(look=True)["faults"] == []
    until(lambda: host.variable("switcher_vision_preview") is not None and host.shows("connected"))

    assert host.ask(preset="go")["variables"]["last_verdict"].startswith("GO 1")
    until(lambda: host.shows("camera_air", camera="foh", bus="program"))
    until(lambda: host.variable("camera_foh_tally") == "program" and host.variable("switcher_vision_program") == "foh")
    assert host.shows("source_air", source="foh", bus="program", switcher="vision")
    assert not host.shows("camera_air", camera="left", bus="program")

    assert host.press("go_cue", cue="2").startswith("GO 2")
    until(lambda: host.shows("running", cue="2") and host.variable("running_number") == "2")
    assert str(host.variable("running_left")).startswith("0:")
    host.press("pause", cue="2")
    until(lambda: host.shows("paused", cue="2") and not host.shows("running", cue="2"))
    assert host.shows("all_paused")
    host.press("pause_or_resume")
    until(lambda: host.shows("running", cue="2"))

    host.press("key", key="F8")
    until(lambda: host.variable("go_label") != "GO 3" and host.shows("running", cue="3"))
    assert "3" in str(host.variable("go_label"))
    host.press("go")
    until(lambda: not host.shows("running", cue="3"))

    assert "not sent" in host.press("cut", source="left")  # it still zooms
    host.press("stop")
    until(lambda: not host.shows("running", cue=""))
    time.sleep(0.2)  # the same again at once would be taken for the same press
    host.press("cut", source="left")
    until(lambda: host.variable("switcher_vision_program") == "left")
    host.press("preview", source="foh")
    until(lambda: host.shows("source_air", source="foh", bus="preview", switcher=""))
    host.press("take")
    until(lambda: host.variable("switcher_vision_program") == "foh")

    assert "locate 4" in host.press("locate", cue="4").lower() or host.variable("last_request") == "locate 4"
    host.press("recover", camera="left")
    assert host.variable("last_request") == "recover left"
    host.press("panic")
    until(lambda: host.shows("panicked") and not host.shows("running", cue=""))
    assert ("panic", "fired") in show.triggers()


def test_a_button_that_is_refused_says_why(show: Show, host: Host) -> None:
    host.connect(show.port, PIN)
    until(lambda: host.status() == "ok")
    assert host.press("go_cue", cue="99") == "no_cue: there is no cue 99"
    assert "Unknown camera" in host.press("statement", camera="nobody", text="stop")
    host.press("show_mode", to="on")
    until(lambda: host.shows("show_mode"))
    assert "show mode" in host.press("standby", cue="3")
    assert "go 99" in {request for request, verdict in show.triggers() if verdict == "no_cue"}


def test_nothing_is_kept_for_a_show_that_is_away(show: Show, host: Host) -> None:
    host.connect(show.port, PIN)
    until(lambda: host.status() == "ok")
    show.end()
    until(lambda: host.status() == "connection_failure")
    assert host.variable("standby_number") == "" and not host.shows("connected")
    assert host.press("go") == "not connected; nothing was sent"
    show.start()
    until(lambda: host.status() == "ok")
    assert host.variable("standby_number") == "1"
    assert ("go", "fired") not in show.triggers()


def test_a_pin_decides_what_buttons_may_do(show: Show, host: Host) -> None:
    host.connect(show.port, "wrong")
    until(lambda: host.status() == "authentication_failure")
    host.connect(show.port, LOOK)
    until(lambda: host.status() == "insufficient_permissions")
    assert host.variable("standby_number") == "1"
    host.press("go")
    assert host.variable("standby_number") == "1"
    host.connect(show.port, PIN)
    until(lambda: host.status() == "ok")


def test_what_answers_there_is_no_show(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        host.connect(other.getsockname()[1], "")
        assert host.status() == "connecting"
        end, _ = other.accept()
        end.recv(1000)
        end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
        until(lambda: host.status() == "connection_failure")
        end.close()


@pytest.mark.skipif(
    not (PACKAGES / ".bin" / "companion-module-build").exists(), reason="not installed: npm's @companion-module/tools"
)
def test_the_module_is_built_into_what_companion_loads(tmp_path: Path) -> None:
    folder = tmp_path / "module"
    shutil.copytree(MODULE, folder, ignore=shutil.ignore_patterns("node_modules", "pkg", "*.tgz"))
    (folder / "node_modules").symlink_to(PACKAGES)
    path = os.pathsep.join((str(PACKAGES / ".bin"), os.environ["PATH"]))
    subprocess.run(["companion-module-build"], cwd=folder, env={**os.environ, "PATH": path}, check=True)
    version = json.loads((MODULE / "package.json").read_text(encoding="utf-8"))["version"]
    assert version == cuelang.__version__
    with tarfile.open(folder / f"cuelang-cuelang-{version}.tgz") as built:
        inside = {name.partition("/")[2]: name for name in built.getnames()}
        packed = built.extractfile(inside["companion/manifest.json"])
        assert packed is not None and "companion/HELP.md" in inside
        manifest = json.load(packed)
    assert manifest["runtime"]["entrypoint"].removeprefix("../") in inside
    assert manifest["version"] == version and manifest["runtime"]["apiVersion"].startswith("2.")
