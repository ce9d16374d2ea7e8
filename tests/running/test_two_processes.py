"""`cuelang run`, `cuelang simulate` and `oscsend`: real processes that only know each other's ports."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.ports import free_port
from tests.program import started

OSCSEND = shutil.which("oscsend")
"""Of liblo-tools. Where it is not installed, python-osc plays the console."""
SHEET = """
show "Night"
    go_window 0s
    debounce 0s
    interlock off
camera foh "visca+udp://127.0.0.1:{foh}"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+tcp://127.0.0.1:{left}"
cue 1 "Preset"
    tally all preview
cue 2 "Long"
    zoom foh to 50% over 3s
    zoom left to 50% over 3s
    wait 60s
cue 3 "After"
    tally all program
cue 4 "Hold"
    wait for osc "/ready" up to 10s
    note "ready"
"""


class Stage:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.osc = free_port()
        self.foh, self.left = free_port(), free_port()
        (folder / "night.cues").write_text(SHEET.format(foh=self.foh, left=self.left))
        self.log = folder / "night.jsonl"

    def cameras(self) -> subprocess.Popen[str]:
        process = started(
            "simulate",
            "--rig",
            "night.cues",
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                return process
        raise AssertionError("the cameras do not come up")

    @contextlib.contextmanager
    def show(self, *more: str) -> Iterator[subprocess.Popen[str]]:
        words = ["run", "night.cues", "--log", str(self.log), "--input", f"osc+udp://127.0.0.1:{self.osc}", *more]
        process = started(
            *words,
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            self.until(lambda: bool(self.of("show")))
            yield process
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=40)
            assert (process.returncode, said) == (0, "")
        finally:
            process.kill()
            process.communicate()

    def osc_send(self, *words: str) -> None:
        if OSCSEND:
            subprocess.run([OSCSEND, "localhost", str(self.osc), *words], check=True)
        else:
            SimpleUDPClient("127.0.0.1", self.osc).send_message(words[0], list(words[2:]))

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def of(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        return [r for r in self.records() if r["kind"] == kind and all(r.get(k) == v for k, v in wanted.items())]

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 40
        while not true():
            assert time.monotonic() < deadline, self.records()[-5:]
            time.sleep(0.01)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_console_drives_a_show_with_simulated_cameras(stage: Stage) -> None:
    with stage.show("--simulate"):
        stage.osc_send("/go")
        stage.until(lambda: len(stage.of("command", action="tally")) == 2)
        stage.osc_send("/cue/2/start")
        stage.until(lambda: bool(stage.of("cue", cue="2", state="started")))
        stage.osc_send("/cue/2/start")
        stage.osc_send("/pause")
        stage.osc_send("/resume")
        stage.osc_send("/playhead/3")
        stage.osc_send("/go/9")
        stage.osc_send("/go/4")
        stage.osc_send("/ready")
        stage.until(lambda: bool(stage.of("note", text="ready")))
        stage.osc_send("/nothing/of/ours", "s", "x")
        stage.osc_send("/stop")
        stage.osc_send("/panic")
        stage.until(lambda: bool(stage.of("halt", tracking=True)))
    triggers = stage.of("trigger")
    assert [(r["request"], r["verdict"]) for r in triggers] == [
        ("go", "fired"), ("start 2", "fired"), ("start 2", "refused"), ("pause", "fired"), ("resume", "fired"),
        ("standby 3", "fired"), ("go 9", "no_cue"), ("go 4", "fired"), ("stop", "fired"), ("panic", "fired"),
    ]  # fmt: skip
    assert all(r["source"].startswith("osc udp 127.0.0.1:") for r in triggers)
    assert {r["outcome"] for r in stage.of("command", action="tally")} == {"completed"}
    assert {r["outcome"] for r in stage.of("command", action="zoom")} == {"stopped"}
    assert stage.records()[-1]["kind"] == "end" and stage.records()[-2]["state"] == "stopped"


def test_cameras_that_are_killed_and_come_back_in_the_middle_of_a_cue(stage: Stage) -> None:
    cameras = stage.cameras()
    try:
        with stage.show():
            stage.osc_send("/go")
            stage.until(lambda: len(stage.of("command")) == 2)
            stage.osc_send("/go/2")
            stage.until(lambda: bool(stage.of("cue", cue="2", state="started")))
            time.sleep(0.2)
            cameras.kill()
            cameras.communicate()
            stage.until(lambda: len(stage.of("command", action="zoom")) == 2)
            cameras = stage.cameras()

            def heard() -> bool:
                stage.osc_send("/go/3")
                time.sleep(0.2)
                done = stage.of("command", cue="3", outcome="completed")
                return {record["camera"] for record in done} == {"foh", "left"}

            stage.until(heard)
    finally:
        cameras.kill()
        cameras.communicate()
    assert [r["outcome"] for r in stage.of("command", cue="1")] == ["completed"] * 2
    zooms = {record["camera"]: record for record in stage.of("command", action="zoom")}
    assert {record["outcome"] for record in zooms.values()} == {"unreachable"}
    assert all(0 < record["frames"] < 40 and record["line"] in (12, 13) for record in zooms.values())
    assert not stage.of("cue", cue="2", state="done")
