"""A laptop dies in the show: what the next start does, with real processes, and what comes of each kind of command."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.program import started

DESK = "osc+udp://127.0.0.1:0"
INQUIRE_PAN_TILT, INQUIRE_ZOOM = bytes.fromhex("81 09 06 12 ff"), bytes.fromhex("81 09 04 47 ff")
SHEET = """
show "Night"
    go_window 0s
    interlock off
camera foh "visca+udp://127.0.0.1:{foh}"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
camera left "visca+udp://127.0.0.1:{left}"
cue 1 "Opening"
    move foh to throne over 2s
    drive left right speed 2
    at 1.2s  stop left
    follow after 300ms
cue 2 "Second"
    zoom left to 80% over 1s
cue 3 "Third"
    note "here"
"""


class Theatre:
    """Simulated cameras in a process of their own, and shows that are started and killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, {"foh": free_port(), "left": free_port()}
        self.http = free_port()
        (folder / "night.cues").write_text(SHEET.format(**self.ports))
        self.shows: list[subprocess.Popen[str]] = []
        self.cameras = started(
            "simulate",
            "--rig",
            "night.cues",
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name in self.ports:
            self.position(name)

    def run(self, script: str, *options: str) -> subprocess.Popen[str]:
        (self.folder / "script.txt").write_text(script)
        show = started(
            *("run", "night.cues", "--input", DESK, "--http", "off", "--script", "script.txt", *options),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.shows.append(show)
        return show

    def wait_for(self, kind: str, **wanted: Any) -> None:
        """Until the newest log has that record."""
        for _ in range(6000):
            if any(r["kind"] == kind and all(r.get(k) == v for k, v in wanted.items()) for r in self.records()):
                return
            time.sleep(0.01)
        raise AssertionError(f"no {kind} {wanted}")

    def logs(self) -> list[Path]:
        """In the order in which they were begun: `a-2.jsonl` after `a.jsonl`, of the same second."""
        return sorted((self.folder / "logs").glob("*.jsonl"), key=lambda path: path.stem)

    def records(self) -> list[dict[str, Any]]:
        lines = self.logs()[-1].read_bytes().split(b"\n") if self.logs() else []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return found

    def position(self, camera: str) -> tuple[bytes, bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.connect(("127.0.0.1", self.ports[camera]))
            end.settimeout(0.2)
            return self._ask(end, INQUIRE_PAN_TILT), self._ask(end, INQUIRE_ZOOM)

    def _ask(self, end: socket.socket, inquiry: bytes) -> bytes:
        for _ in range(100):
            with contextlib.suppress(OSError):
                end.send(inquiry)
                return end.recv(64)
            time.sleep(0.05)
        raise AssertionError("the camera does not answer")

    def ask(self, path: str, **words: Any) -> None:
        """Of the show's API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/api/{path}", json.dumps(words).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["verdict"] == "fired"

    def state(self) -> dict[str, Any]:
        """What the page shows, as soon as it is there."""
        for _ in range(1200):
            url = f"http://127.0.0.1:{self.http}/api/state"
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)["state"]
                return found
            time.sleep(0.05)
        raise AssertionError("no page")

    def at_rest(self) -> bool:
        before = [self.position(name) for name in self.ports]
        time.sleep(0.3)
        return before == [self.position(name) for name in self.ports]

    def close(self) -> None:
        for process in (*self.shows, self.cameras):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.communicate()


@pytest.fixture
def theatre(tmp_path: Path) -> Iterator[Theatre]:
    there = Theatre(tmp_path)
    yield there
    there.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where the cameras are after a night without a crash."""
    there = Theatre(tmp_path_factory.mktemp("undisturbed"))
    try:
        assert there.run("0s go\n").wait(60) == 0
        return {"foh": there.position("foh"), "left": there.position("left")[1]}
    finally:
        there.close()


@pytest.mark.parametrize("seed", range(int(os.environ.get("CUELANG_CRASHES", "4"))))
def test_killed_at_any_moment_it_goes_on_where_it_was(theatre: Theatre, undisturbed: dict[str, Any], seed: int) -> None:
    show = theatre.run("0s go\n")
    theatre.wait_for("cue", state="started")
    time.sleep(random.Random(seed).uniform(0, 3.6))
    show.kill()
    show.wait()
    began = [r["cue"] for r in theatre.records() if r["kind"] == "cue" and r["state"] == "started"]
    over = [r["cue"] for r in theatre.records() if r["kind"] == "cue" and r["state"] == "done"]
    then = theatre.run("2s resume\n", "--resume")
    theatre.wait_for("show", state="resumed")
    time.sleep(0.8)
    assert theatre.at_rest(), "it is held"
    said, _ = then.communicate(timeout=60)
    assert then.returncode == 0, said
    assert f"Standby: cue {int(began[-1]) + 1}" in said
    for cue in set(began) - set(over):
        assert f"cue {cue}" in said
    done = [r["cue"] for r in theatre.records() if r["kind"] == "cue" and r["state"] == "done"]
    assert done == ["1", "2"], said
    assert {"foh": theatre.position("foh"), "left": theatre.position("left")[1]} == undisturbed
    assert len(theatre.logs()) == 1 and theatre.records()[-1]["kind"] == "end"
    assert [r["seq"] for r in theatre.records()] == list(range(1, len(theatre.records()) + 1))


@pytest.mark.parametrize("changed", [False, True], ids=["same sheet", "changed sheet"])
def test_notes_flags_muted_inputs_and_show_mode_survive_every_restart(theatre: Theatre, changed: bool) -> None:
    page = ("--http", f"127.0.0.1:{theatre.http}")
    night = theatre.folder / "night.cues"
    night.write_text(night.read_text().replace("follow after 300ms", "follow after 100s"))
    show = theatre.run("0s go\n100s go\n", *page)
    theatre.wait_for("cue", state="started")
    theatre.ask("note", text="the band was loud", who="Anna")
    theatre.ask("flag", cue="2", who="Ben")
    theatre.ask("flag", cue="3", who="Ben")
    theatre.ask("flag", cue="3", who="Anna", on=False)
    theatre.ask("mute", input=DESK, who="Anna")
    theatre.ask("lock", who="Anna")
    theatre.ask("note", text="Flagged.", cue="3", who="Anna")
    for number in range(2):
        theatre.wait_for("note", text="Flagged.", flag=None)
        show.kill()
        show.wait()
        if changed:
            night.write_text(f"# change {number}\n{night.read_text()}")
        show = theatre.run("100s go\n", "--resume", *page)
        state = theatre.state()
        assert [(one["cue"], one["text"], one["by"]) for one in state["remarks"]] == [
            ("1", "the band was loud", "Anna"), ("3", "Flagged.", "Anna"),
        ]  # fmt: skip
        assert [(number, one["flag"]) for number, one in state["cues"].items() if one["flag"]] == [("2", "Ben")]
        assert state["show_mode"] is True
        assert [(one["name"], one["muted"]) for one in state["inputs"]] == [(DESK, "Anna")]
        assert state["last_cue"] == ("1" if not changed or number == 0 else None)
    show.send_signal(signal.SIGINT)
    said, _ = show.communicate(timeout=60)
    assert "cue 1  the band was loud (Anna)" in said and "Flagged cues: 2 (Ben)" in said


def test_without_resume_the_next_start_stops_what_moves_and_says_what_was_running(theatre: Theatre) -> None:
    sheet = theatre.folder / "night.cues"
    sheet.write_text(sheet.read_text().replace("at 1.2s", "at 60s"))
    show = theatre.run("100s go\n", "--http", f"127.0.0.1:{theatre.http}")
    assert not theatre.state()["running"]
    second = theatre.run("0s go\n")
    said, _ = second.communicate(timeout=50)
    assert second.returncode == 1 and "is running" in said and len(theatre.logs()) == 1
    theatre.ask("go")  # it drives to the end of its travel, which it may reach before another program has started
    theatre.wait_for("command", camera="left", action="drive")
    show.kill()
    show.wait()
    assert not theatre.at_rest()
    then = theatre.run("1s stop\n")
    said, _ = then.communicate(timeout=50)
    assert then.returncode == 0
    assert "Running: cue 1" in said and "Standby: cue 2" in said and "--resume" in said
    assert "left" in said.partition("Stopped now: ")[2].partition(".")[0]
    assert theatre.at_rest()
    assert theatre.run("0s stop\n").wait(60) == 0
    assert "ended without being closed" not in str(theatre.records())


def test_beside_a_show_that_runs_another_one_starts_only_on_purpose(theatre: Theatre) -> None:
    show = theatre.run("0s go\n300s stop\n")
    theatre.wait_for("cue", state="started")
    refused = theatre.run("0s go\n")
    said, _ = refused.communicate(timeout=50)
    assert refused.returncode == 1 and "Start with --beside" in said and len(theatre.logs()) == 1
    second = theatre.run("0s go 3\n", "--beside")
    said, _ = second.communicate(timeout=50)
    assert second.returncode == 0 and len(theatre.logs()) == 2, said
    assert sum('"here"' in log.read_text() for log in theatre.logs()) == 1
    assert show.poll() is None and "ended without being closed" not in said
