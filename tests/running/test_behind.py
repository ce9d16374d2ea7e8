"""A second laptop behind the first: two real shows, a real `cuelang simulate`, and what each of them sends to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.program import ran, started

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="SIGKILL and SIGSTOP"), pytest.mark.timeout(300)]

PIN = "4711"
SHEET = """
show "Night"
    go_window 0s
    interlock off
camera foh "visca+udp://127.0.0.1:{tap}"
    preset throne = 4 at pan -30deg tilt 5deg zoom 60%
cue 1 "Opening"
    zoom foh from 0% to 60% over 600s
cue 2 "Second"
    drive foh left speed 3
    wait 900s
    stop foh
cue 3 "Third"
    note "here"
"""


class Tap(threading.Thread):
    """Between the shows and the camera: `heard` is what came, when, and from which port. Questions are not counted."""

    def __init__(self, camera: int) -> None:
        super().__init__(daemon=True)
        self.camera = camera
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = int(self.front.getsockname()[1])
        self.heard: list[tuple[float, int, bytes]] = []
        self._over = False

    def run(self) -> None:
        backs: dict[int, socket.socket] = {}
        self.front.settimeout(0.01)
        while not self._over:
            with contextlib.suppress(OSError):
                data, (_, port) = self.front.recvfrom(1024)
                if data[1:2] != b"\x09":
                    self.heard.append((time.monotonic(), port, data))
                if port not in backs:
                    backs[port] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    backs[port].setblocking(False)
                backs[port].sendto(data, ("127.0.0.1", self.camera))
            for port, back in backs.items():
                with contextlib.suppress(OSError):
                    while True:
                        self.front.sendto(back.recv(1024), ("127.0.0.1", port))
        for one in (self.front, *backs.values()):
            one.close()

    def close(self) -> None:
        self._over = True
        self.join()


class Machine:
    """A folder with the sheet, a page, and the shows that run there."""

    def __init__(self, folder: Path, sheet: str) -> None:
        folder.mkdir()
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "night.cues").write_text(sheet)
        self.show: subprocess.Popen[str] | None = None
        self.all: list[subprocess.Popen[str]] = []

    def start(self, *options: str) -> None:
        environment = {**os.environ, "CUELANG_PIN": PIN}
        out = (self.folder / "out.txt").open("a")
        self.show = started(
            "run",
            "night.cues",
            "--http",
            f"127.0.0.1:{self.port}",
            "--may-sleep",
            "--input",
            "osc+udp://127.0.0.1:0",
            "--no-priority",
            *options,
            cwd=self.folder,
            text=True,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        out.close()
        self.all.append(self.show)

    def signal(self, which: int) -> None:
        assert self.show is not None
        self.show.send_signal(which)

    @property
    def said(self) -> str:
        return (self.folder / "out.txt").read_text()

    def ask(self, path: str, **words: Any) -> dict[str, Any]:
        body = json.dumps(words).encode() if path != "state" else None
        request = urllib.request.Request(
            f"{self.url}/api/{path}", body, {"Content-Type": "application/json", "Authorization": f"Bearer {PIN}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as refused:
            found = json.load(refused)
        assert isinstance(found, dict)
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("state")["state"]
        return found

    def until(self, what: Callable[[dict[str, Any]], object], within: float = 120) -> dict[str, Any]:
        """Until its page shows this."""
        end, state = time.monotonic() + within, {}
        while time.monotonic() < end:
            with contextlib.suppress(OSError, KeyError):
                state = self.state()
                if what(state):
                    return state
            time.sleep(0.05)
        raise AssertionError((self.said, state))

    def log(self) -> list[dict[str, Any]]:
        logs = sorted((self.folder / "logs").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        return [json.loads(line) for line in logs[-1].read_text().splitlines()] if logs else []


class Stage:
    def __init__(self, folder: Path) -> None:
        camera = free_port()
        self.tap = Tap(camera)
        self.tap.start()
        (folder / "rig.cues").write_text(f'camera foh "visca+udp://127.0.0.1:{camera}"\n')
        self.cameras = started(
            "simulate", "--rig", "rig.cues", cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        sheet = SHEET.format(tap=self.tap.port)
        self.first, self.second = Machine(folder / "first", sheet), Machine(folder / "second", sheet)

    def begin(self) -> None:
        """The first one runs cue 1, and the second one follows."""
        self.first.start()
        self.first.until(lambda state: state["cameras"]["foh"]["link"] == "connected")
        assert self.first.ask("go")["verdict"] == "fired"
        self.second.start("--behind", self.first.url)
        self.second.until(lambda state: state["running"] and state["standby"] == "2")
        self.first.until(lambda state: state["followers"])

    def by(self, since: float) -> set[int]:
        """The ports from which the camera was told something since then."""
        return {port for at, port, _ in self.tap.heard if at >= since}

    def close(self) -> None:
        for show in (*self.first.all, *self.second.all):
            show.kill()
            show.wait()
        self.cameras.kill()
        self.cameras.wait()
        self.tap.close()


def wait_for(what: Callable[[], object], within: float = 60) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    there = Stage(tmp_path)
    yield there
    there.close()


def test_handed_over_killed_and_back_by_a_restart(stage: Stage) -> None:
    """While the first one answers, a takeover is requested twice; then it follows. A machine that is started again
    after a `kill -9` asks who leads, whether it had led or followed."""
    stage.begin()
    first, second = stage.first, stage.second
    (led,) = stage.by(0)
    state = second.state()
    assert state["behind"]["of"] == f"127.0.0.1:{first.port}" and state["behind"]["silent_s"] is None
    assert second.ask("go")["verdict"] == "refused"
    why = f"this machine follows 127.0.0.1:{first.port}, which decides: do it there"
    assert second.ask("cameras/foh/drive", pan=0.5) == {"state": "lost", "reason": why}
    assert first.ask("lock")["verdict"] == "fired"
    second.until(lambda state: state["show_mode"])
    assert second.ask("unlock")["reason"] == second.ask("note", text="late")["reason"] == why
    assert first.ask("unlock")["verdict"] == "fired"
    second.until(lambda state: not state["show_mode"])

    there = ("--url", second.url, "--pin", PIN)
    asked = ran("remote", "takeover", *there, text=True)
    assert asked.returncode == 1 and "still answers; request it again within 10 s" in asked.stderr
    assert second.state()["behind"]["asked"] is True
    said = ran("remote", "status", *there, text=True).stdout
    assert f"behind     127.0.0.1:{first.port}, which leads; this machine sends nothing" in said
    answer = second.ask("takeover")
    if answer["verdict"] == "refused":  # the commands above took longer than 10 s
        answer = second.ask("takeover")
    assert (answer["verdict"], answer["did"]) == ("fired", f"taken over from 127.0.0.1:{first.port}")
    first.until(lambda state: state["behind"] is not None)
    handed = time.monotonic()
    wait_for(lambda: stage.by(handed))
    assert led not in stage.by(handed), "the ramp goes on from the second one"
    assert second.ask("go")["verdict"] == "fired"
    seqs = [record["seq"] for record in second.log()]
    assert seqs == list(range(1, len(seqs) + 1))

    first.until(lambda state: state["standby"] == "3")
    first.signal(signal.SIGKILL)
    first.start()
    wait_for(lambda: f"{second.url} leads this show. This machine follows it" in first.said)
    first.until(lambda state: state["behind"] and state["standby"] == "3")
    (leads,) = stage.by(handed)

    second.until(lambda state: state["followers"])
    second.signal(signal.SIGKILL)
    first.until(lambda state: state["behind"]["silent_s"] is not None)
    wait_for(lambda: "IS SILENT" in first.said)
    taken = time.monotonic()
    assert first.ask("takeover")["verdict"] == "fired"
    first.until(lambda state: state["behind"] is None)
    wait_for(lambda: stage.by(taken))
    second.start()
    wait_for(lambda: f"{first.url} leads this show. This machine follows it" in second.said)
    second.until(lambda state: state["behind"] and state["standby"] == "3")
    assert leads not in stage.by(taken) and len(stage.by(taken)) == 1


def test_stopped_and_woken_before_and_after_a_takeover(stage: Stage) -> None:
    """Woken before it, the first one asks and goes on; after it, it sends nothing more and follows."""
    stage.begin()
    (first,) = stage.by(0)
    stage.first.signal(signal.SIGSTOP)
    stage.second.until(lambda state: state["behind"]["silent_s"] is not None)
    stage.first.signal(signal.SIGCONT)
    stage.second.until(lambda state: state["behind"]["silent_s"] is None)
    woken = time.monotonic()
    wait_for(lambda: stage.by(woken))
    assert stage.by(woken) == {first}

    stage.first.signal(signal.SIGSTOP)
    stage.second.until(lambda state: state["behind"]["silent_s"] is not None)
    stopped = time.monotonic()
    assert stage.second.ask("takeover")["verdict"] == "fired"
    wait_for(lambda: stage.by(stopped))
    stage.first.signal(signal.SIGCONT)
    stage.first.until(lambda state: state["behind"] is not None)
    assert stage.second.ask("go")["verdict"] == "fired"
    stage.first.until(lambda state: state["standby"] == "3")
    assert first not in stage.by(stopped) and len(stage.by(stopped)) == 1
    left = [record for path in (stage.first.folder / "logs").glob("*.jsonl") for record in map(json.loads, path.open())]
    assert [record["peer"] for record in left if record.get("state") == "left"] == [stage.second.url]


def test_woken_while_the_other_one_stands_still_it_goes_on(stage: Stage) -> None:
    """The question who leads gets no answer; what was under way goes on."""
    stage.begin()
    (first,) = stage.by(0)
    stage.first.signal(signal.SIGSTOP)
    stage.second.until(lambda state: state["behind"]["silent_s"] is not None)
    stage.second.signal(signal.SIGSTOP)
    stage.first.signal(signal.SIGCONT)
    wait_for(lambda: "does not answer. This show continues." in stage.first.said)
    continued = time.monotonic()
    wait_for(lambda: stage.by(continued))
    assert stage.by(continued) == {first}
    assert "unreachable" not in stage.first.said
    stage.second.signal(signal.SIGCONT)


def test_another_plan_is_said_and_waited_for_and_a_reload_is_followed(stage: Stage) -> None:
    """And a PIN that may only look cannot follow."""
    sheet = stage.second.folder / "night.cues"
    sheet.write_text(sheet.read_text() + 'cue 4\n    note "more"\n')
    stage.first.start()
    stage.first.until(lambda state: state["cameras"])
    stage.second.start("--behind", stage.first.url)
    wait_for(lambda: "runs another version of this sheet" in stage.second.said)
    (stage.first.folder / "night.cues").write_text(sheet.read_text())
    assert stage.first.ask("reload")["verdict"] == "fired"
    stage.second.until(lambda state: "4" in state["cues"])
    (stage.first.folder / "night.cues").write_text(sheet.read_text() + 'cue 5\n    note "most"\n')
    assert stage.first.ask("reload")["verdict"] == "fired"
    stage.second.until(lambda state: "5" in state["cues"])
    wait_for(lambda: 'note "most"' in sheet.read_text())
    assert stage.first.ask("standby", cue="5")["verdict"] == "fired"
    stage.second.until(lambda state: state["standby"] == "5")
    assert not stage.by(0)
    stage.second.signal(signal.SIGKILL)
    assert stage.second.show is not None
    stage.second.show.wait()
    (stage.first.folder / "night.cues").write_text(sheet.read_text() + 'cue 6\n    note "all"\n')
    assert stage.first.ask("reload")["verdict"] == "fired"
    stage.second.start("--behind", stage.first.url)  # with the sheet as it was before
    stage.second.until(lambda state: "6" in state["cues"])
    assert 'note "all"' in sheet.read_text()
    done = ran(
        *("run", "night.cues", "--behind", stage.first.url, "--http", f"127.0.0.1:{free_port()}"),
        *("--input", "osc+udp://127.0.0.1:0"),
        cwd=stage.second.folder,
        text=True,
        env={**os.environ, "CUELANG_PIN": PIN, "CUELANG_BEHIND_PIN": "0000"},
        timeout=60,
    )
    assert done.returncode == 1 and "PIN" in done.stderr
