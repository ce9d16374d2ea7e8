"""More than a machine can carry: how soon a panic is answered all the same, and how soon the end of a show stops the
cameras. A real `cuelang run --simulate` in another process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.figures import Figure, Size, ms
from tests.ports import free_port

NEEDED = 0.2
"""Seconds."""

HEAD = 'show "Load"\n    interlock off\n    go_window 0s\n    debounce 0s\n'
CAMERAS = HEAD + "".join(f'camera c{n} "visca+udp://10.0.0.{n}"\n' for n in range(1, 65))
BEGIN = "cue 1\n    repeat forever every"

LOADS = {
    "a note every 1 ms": f'{HEAD}{BEGIN} 1ms\n        note "x"\n',
    "30 000 notes at one instant": f'{HEAD}cue 1\n    repeat 30000 times\n        note "x"\n',
    "64 lamps every 5 ms": f"{CAMERAS}{BEGIN} 5ms\n        tally all preview\n",
    "64 drives every 5 ms": f"{CAMERAS}{BEGIN} 5ms\n        drive all right speed 1 for 3ms live\n",
    "64 moves every 5 ms": f"{CAMERAS}{BEGIN} 5ms\n        move all by pan 1deg live\n",
    "64 steps every 5 ms": f"{CAMERAS}{BEGIN} 5ms\n        set all iris up\n",
    "25 600 drives at one instant": f"{CAMERAS}cue 1\n    repeat 400 times\n"
    "        drive all right speed 1 for 3ms live\n",
    "two cues fired every 1 ms": f"{CAMERAS}{BEGIN} 1ms\n        start 2\n        start 3\n"
    "cue 2\n    restart\n    drive all right speed 1 for 3ms live\ncue 3\n    restart\n    wait 1h\n",
    "two cues that fire each other": f'{HEAD}cue 1\n    start 2\ncue 2\n    restart\n    wait 1ms\n    start 3\n'
    '    note "a"\ncue 3\n    restart\n    wait 1ms\n    start 2\n',
}  # fmt: skip


class Night:
    """A show under way. `panic` and `end` return seconds, without those in which one of the two processes was ready to
    run and had to wait for a processor."""

    def __init__(self, sheet: str, folder: Path) -> None:
        self._osc, self._page = free_port(), free_port()
        self.log = folder / "load.jsonl"
        (folder / "load.cues").write_text(sheet)
        self.show = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "cuelang",
                "run",
                "load.cues",
                "--simulate",
                "--log",
                str(self.log),
                "--input",
                f"osc+udp://127.0.0.1:{self._osc}",
                "--http",
                f"127.0.0.1:{self._page}",
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors = ""

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 30
        while not any(record["kind"] == "show" for record in self.records()):
            assert time.monotonic() < deadline and self.show.poll() is None, "the show has not begun"
            time.sleep(0.02)
        self._ask("stop")  # from now on everything that an answer needs is loaded
        return self

    def __exit__(self, *_: object) -> None:
        self.show.kill()
        self.show.communicate()

    def send(self, address: str) -> None:
        data = address.encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.sendto(data + b"\0" * (4 - len(data) % 4) + b",\0\0\0", ("127.0.0.1", self._osc))

    def panic(self) -> float:
        """From the request to its answer."""
        waited, began = self._waited(), time.monotonic()
        self._ask("panic")
        return max(time.monotonic() - began - (self._waited() - waited), 0)

    def end(self) -> tuple[float, float]:
        """From SIGTERM until the last command was told to stop, and until the process had ended."""
        show, asked = str(self.show.pid), time.time()
        waits = [(asked, _queued(show))]
        self.show.send_signal(signal.SIGTERM)
        while self.show.poll() is None and time.time() < asked + 20:
            waits.append((time.time(), _queued(show)))
            time.sleep(0.002)
        ended = time.time() - asked
        _, self.errors = self.show.communicate(timeout=1)
        stopped = max(at for at in self._stops() if at >= asked - 0.001)
        waited = max(wait for at, wait in waits if at <= stopped or at == asked) - waits[0][1]
        return max(stopped - asked - waited, 0), ended

    def _ask(self, wish: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self._page}/api/{wish}", method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().split("\n")[:-1]] if self.log.exists() else []

    def _stops(self) -> list[float]:
        """When something was stopped, as the log has it."""
        return [
            datetime.fromisoformat(record["wall"]).timestamp()
            for record in self.records()
            if record["kind"] == "halt" or "stopped" in (record.get("outcome"), record.get("state"))
            if record["kind"] != "show"
        ]

    def _waited(self) -> float:
        return _queued("self") + _queued(str(self.show.pid))


def _queued(process: str) -> float:
    """How long its main thread has been ready to run and had no processor, in seconds; where that is not known, 0."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def figures(size: Size) -> Iterator[Figure]:
    for name, sheet in LOADS.items():
        panics, stops, ends = [], [], []
        for _ in range(size.of(5, 2, 1)):
            with tempfile.TemporaryDirectory() as folder, Night(sheet, Path(folder)) as night:
                night.send("/go")
                for _ in range(size.of(4, 2, 1)):
                    time.sleep(size.of(15, 10, 2) / 10)
                    panics.append(night.panic())
                    night.send("/cue/1/start")
                time.sleep(size.of(15, 10, 2) / 10)
                stopped, ended = night.end()
                stops.append(stopped)
                ends.append(ended)
        for what, took in (("panic by HTTP, answered", panics), ("SIGTERM, stops sent", stops)):
            took.sort()
            yield Figure(
                f"{what}; {name}",
                f"{ms(NEEDED)} at most",
                f"{ms(took[len(took) // 2])} (p50), {ms(took[-1])} (most)",
                "" if took is panics else f"ended after {ms(max(ends))}",
                "",
                size.judge(took[-1] <= NEEDED),
            )
        if size.tiny:
            return
