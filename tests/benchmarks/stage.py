"""A show in one process, its cameras in another, and what passed between them."""

from __future__ import annotations

import bisect
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pythonosc.osc_message_builder import OscMessageBuilder

from cuelang.units import NS
from tests.benchmarks.figures import ROOT, environment, program

Heard = tuple[int, int, str]
"""Camera, when the kernel had it (ns of the wall clock), frame in hex."""


def module(name: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    )


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    text = child.stdout.readline()
    if not text:
        raise RuntimeError(f"{child.args!r} has ended")
    return text


@dataclass(slots=True)
class Cameras:
    child: subprocess.Popen[str]
    ports: list[int]

    def take(self) -> list[Heard]:
        """What they heard since the last time, but for inquiries."""
        assert self.child.stdin is not None
        self.child.stdin.write("take\n")
        self.child.stdin.flush()
        return [(camera, at, frame) for camera, at, frame in json.loads(line(self.child))]


@contextmanager
def cameras(count: int, *links: str) -> Iterator[Cameras]:
    child = module("cameras", count, *links)
    try:
        yield Cameras(child, json.loads(line(child)))
    finally:
        end(child)


def end(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


@dataclass(slots=True)
class Show:
    child: subprocess.Popen[bytes]
    log: Path
    desk: int
    sender: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    _read: int = 0
    _records: list[dict[str, Any]] = field(default_factory=list)

    def osc(self, address: str) -> int:
        """Returns when it was sent, in ns of the wall clock."""
        data = OscMessageBuilder(address).build().dgram
        at = time.time_ns()
        self.sender.sendto(data, ("127.0.0.1", self.desk))
        return at

    def records(self) -> list[dict[str, Any]]:
        with self.log.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        self._records += map(json.loads, whole.splitlines())
        return self._records

    def commands(self) -> list[dict[str, Any]]:
        return [record for record in self.records() if record["kind"] == "command"]

    def wait(self, commands: int, within: float) -> list[dict[str, Any]]:
        """Until this many commands have their outcome."""
        until = time.monotonic() + within
        while len(found := self.commands()) < commands:
            if time.monotonic() > until:
                raise RuntimeError(f"{len(found)} of {commands} commands within {within} s")
            time.sleep(0.2)
        return found

    def cpu(self) -> float:
        """Seconds that the process has used so far, with all its threads."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def show(sheet: str, desk: int, *words: str) -> Iterator[Show]:
    """`cuelang run` without a terminal, from the moment it says that it has started. `words` are options."""
    with tempfile.TemporaryDirectory() as folder:
        path, log = Path(folder, "bench.cues"), Path(folder, "bench.jsonl")
        path.write_text(sheet, encoding="utf-8")
        child = subprocess.Popen(
            program("run", str(path), "--log", str(log), *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(),
            cwd=ROOT,
        )
        running = Show(child, log, desk)
        try:
            until = time.monotonic() + 30
            while not (log.exists() and any(record["kind"] == "show" for record in running.records())):
                if child.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the show has not started")
                time.sleep(0.05)
            time.sleep(0.5)
            yield running
        finally:
            running.sender.close()
            child.send_signal(signal.SIGINT)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def zero(records: Sequence[dict[str, Any]], first: Sequence[int]) -> int:
    """The wall clock's ns at the 0 of the log, from commands and the stamps of their first frames.

    The kernel stamps a frame some microseconds before the show notes the time, so the median of the differences
    is that much too early, and lateness comes out that much too great.
    """
    return int(statistics.median(at - record["sent_ms"] * 1e6 for record, at in zip(records, first, strict=True)))


def since(sent: Sequence[int], stamps: Sequence[int]) -> list[float]:
    """Seconds from the last sending before each stamp."""
    ordered = sorted(sent)
    return [(at - ordered[before - 1]) / NS for at in stamps if (before := bisect.bisect_right(ordered, at))]
