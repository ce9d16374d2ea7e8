"""A long show in real time: does anything grow?

    python -m tests.simulation.soak --hours 1          or `make soak HOURS=1`

Sixty-four simulated cameras on sockets ramp all the time, five pages watch, OSC fires cues and a tally input changes
what is on air. Memory, descriptors, threads, tasks and lateness are printed for the first tenth after the beginning
and for the last one. It ends with 1 if the show has grown.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks import sheets
from tests.benchmarks.figures import ROOT, environment, ms, percentile
from tests.benchmarks.pages import pages
from tests.benchmarks.stage import Show, cameras
from tests.ports import free_port

CAMERAS, PAGES = 64, 5
BEAT = 2.0
"""Seconds between two triggers, and between two tally messages."""
LOOK = 5.0
"""Seconds between two looks at the process."""
ROOM = 8 << 20
"""Bytes that an allocator may keep for itself."""


class Look(NamedTuple):
    """The process at one time. `tasks` are those of asyncio."""

    memory: int
    descriptors: int
    threads: int
    tasks: int


def sheet(ports: list[int], desk: int, lamps: int) -> str:
    lines = sheets.rig(ports, desk)
    found = []
    for one in lines:
        found.append(one)
        if one.startswith("camera cam"):
            found.append(f"    tally_index {one.split()[1][3:]}")
    found += [f'input lamps "tsl+udp://127.0.0.1:{lamps}"', ""]
    for cue in range(1, 9):
        found += [f"cue {cue}", "    restart"]
        low, high = ("0", "0x3000") if cue % 2 else ("0x3000", "0")
        found += [
            f"    zoom all from {low} to {high} over 6s",
            f"    wait {cue * 100}ms",
            f"    set all iris {4 + cue}",
            "",
        ]
    return "\n".join(found)


@contextmanager
def running(text: str, desk: int, port: int) -> Iterator[tuple[Show, Path]]:
    """The show in a process of its own, and the file in which it says how many tasks it has."""
    with tempfile.TemporaryDirectory() as folder:
        path, log, tasks = Path(folder, "soak.cues"), Path(folder, "soak.jsonl"), Path(folder, "tasks")
        path.write_text(text, encoding="utf-8")
        words = ["run", str(path), "--log", str(log), "--http", f"127.0.0.1:{port}"]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.simulation.soak", "--show", str(tasks), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(),
            cwd=ROOT,
        )
        show = Show(child, log, desk)
        try:
            until = time.monotonic() + 60
            while not (log.exists() and any(record["kind"] == "show" for record in show.records())):
                if child.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the show has not started")
                time.sleep(0.1)
            yield show, tasks
        finally:
            show.sender.close()
            child.send_signal(signal.SIGINT)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def counted(path: str, words: list[str]) -> int:
    """`cuelang`, and a thread beside it that counts the loop's tasks."""
    from cuelang.cli.parser import main

    def count() -> None:
        known: Any = getattr(asyncio.tasks, "_all_tasks" if sys.version_info < (3, 12) else "_scheduled_tasks")
        while True:
            time.sleep(1)
            try:
                Path(path).write_text(str(sum(not task.done() for task in tuple(known))), encoding="ascii")
            except RuntimeError:
                continue  # the set has changed meanwhile

    threading.Thread(target=count, daemon=True).start()
    return main(words)


def look(process: int, tasks: Path) -> Look:
    about = Path(f"/proc/{process}")
    pages_used = int((about / "statm").read_text(encoding="ascii").split()[1])
    number = tasks.read_text(encoding="ascii") if tasks.exists() else ""
    return Look(
        pages_used * os.sysconf("SC_PAGESIZE"),
        len(os.listdir(about / "fd")),
        len(os.listdir(about / "task")),
        int(number or 0),
    )


def lateness(records: list[dict[str, Any]]) -> list[float]:
    """In seconds, of every command that was sent; of a ramp that of its latest frame."""
    found = []
    for record in records:
        if record["kind"] == "command" and record.get("sent_ms") is not None:
            late = record.get("late_max_ms")
            found.append((record["sent_ms"] - record["due_ms"] if late is None else late) / 1000)
    return found


def soak(seconds: float) -> int:
    desk, lamps, port = free_port(), free_port(), free_port()
    looks: list[tuple[float, Look]] = []
    late: list[tuple[float, list[float]]] = []
    pick = random.Random(1)
    with (
        cameras(CAMERAS) as far,
        running(sheet(far.ports, desk, lamps), desk, port) as (show, tasks),
        pages(port, PAGES),
    ):
        tally = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        begun = time.monotonic()
        next_beat = next_look = begun
        while (now := time.monotonic()) < begun + seconds:
            if now >= next_beat:
                next_beat += BEAT
                show.osc(f"/cue/{pick.randint(1, 8)}/start")
                camera, on = pick.randrange(CAMERAS), pick.randrange(4)
                tally.sendto(bytes((0x80 + camera, 0x30 + on)) + b"CAM".ljust(16), ("127.0.0.1", lamps))
            if now >= next_look:
                next_look += min(LOOK, seconds / 50)
                looks.append((now - begun, look(show.child.pid, tasks)))
                late.append((now - begun, lateness(show.records())))
                show._records.clear()
                far.take()
            time.sleep(0.05)
        tally.close()
        ended = show.child.poll()
    if ended is not None:
        print(f"the show has ended by itself ({ended})")
        return 1
    return _told(looks, late, seconds)


def _told(looks: list[tuple[float, Look]], late: list[tuple[float, list[float]]], seconds: float) -> int:
    tenth = seconds / 10
    first = [seen for at, seen in looks if tenth <= at < 2 * tenth] or [looks[0][1]]
    last = [seen for at, seen in looks if at >= seconds - tenth] or [looks[-1][1]]
    early = [value for at, values in late if tenth <= at < 2 * tenth for value in values]
    lately = [value for at, values in late if at >= seconds - tenth for value in values]
    start, end = (
        Look(*(sorted(values)[len(values) // 2] for values in zip(*those, strict=True))) for those in (first, last)
    )
    print(f"{seconds / 3600:.2f} hours, {CAMERAS} cameras, {PAGES} pages; second tenth and last tenth, medians")
    for name, before, after in (
        ("memory", f"{start.memory / 2**20:.1f} MB", f"{end.memory / 2**20:.1f} MB"),
        ("descriptors", start.descriptors, end.descriptors),
        ("threads", start.threads, end.threads),
        ("tasks", start.tasks, end.tasks),
        ("commands and ramps", len(early), len(lately)),
        ("lateness, p50", _ms(early, 50), _ms(lately, 50)),
        ("lateness, p99", _ms(early, 99), _ms(lately, 99)),
    ):
        print(f"    {name:20} {before!s:>10}  {after!s:>10}", flush=True)
    grown = end.memory > start.memory + ROOM or end.descriptors > start.descriptors + 2 or end.tasks > start.tasks + 8
    print("It has grown." if grown else "Nothing has grown.")
    return int(grown)


def _ms(values: list[float], percent: float) -> str:
    return ms(percentile(values, percent)) if values else "none"


def main() -> int:
    if sys.argv[1:2] == ["--show"]:
        return counted(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.soak")
    parser.add_argument("--hours", type=float, default=1.0)
    return soak(parser.parse_args().hours * 3600)


if __name__ == "__main__":
    sys.exit(main())
