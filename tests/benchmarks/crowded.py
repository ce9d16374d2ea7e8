"""A show beside two programs that keep both cores busy: with precedence, without, and asyncio's own timers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile, times
from tests.benchmarks.live import MANY, RATE, ZOOM_MAX, pulse_lateness, ramp_lateness
from tests.benchmarks.stage import Cameras, cameras, end, line, module, show
from tests.ports import free_port

NEEDED = 0.005
BUSY = "while True: pass"


def figures(size: Size) -> Iterator[Figure]:
    count, seconds = size.of(MANY, MANY, 4), size.of(30, 8, 1)
    cores = len(os.sched_getaffinity(0))
    with cameras(count) as far, crowd(size.of(cores, cores, 0)):
        first, lost, granted = _ramps(far, count, seconds)
        second, lost_without, _ = _ramps(far, count, seconds, "--no-priority")
        base = _pulses(far, count, seconds)
    refused = granted.startswith("no ")
    yield Figure(
        f"{count} cameras ramping for {seconds} s beside two busy programs, {granted}: frames that did not arrive",
        "0",
        f"{lost}",
        f"{lost_without} (`--no-priority`)",
        "",
        size.judge(refused or not lost),
    )
    for percent in (50, 99):
        ours, plain, bare = (percentile(values, percent) for values in (first, second, base))
        yield Figure(
            f"the same: lateness p{percent}",
            ms(NEEDED) if percent == 99 else "",
            ms(ours),
            f"{ms(plain)} (`--no-priority`), {ms(bare)} (asyncio's timers)",
            times(ours / plain),
            size.judge(refused or percent == 50 or ours <= NEEDED),
        )


@contextmanager
def crowd(count: int) -> Iterator[None]:
    """Programs that are as eager as any other."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def _ramps(far: Cameras, count: int, seconds: int, *words: str) -> tuple[list[float], int, str]:
    """How late each frame came, how many did not come, and what the show says of its precedence."""
    desk = free_port()
    sheet = [*sheets.rig(far.ports, desk, RATE), "cue 1", f"    zoom all from 0 to {ZOOM_MAX} over {seconds}s", ""]
    with show("\n".join(sheet), desk, *words) as live:
        far.take()
        live.osc("/cue/1/start")
        time.sleep(seconds + 0.5)
        commands = {record["camera"]: record for record in live.wait(count, 20)}
        notes = [str(record["text"]) for record in live.records() if record["kind"] == "note"]
        heard = far.take()
    late, lost = ramp_lateness(heard, commands, count, seconds)
    said = next((note for note in notes if "precedence" in note), "")
    return [lateness for _, lateness in late], lost, said.removeprefix("This show has ").rstrip(".")


def _pulses(far: Cameras, _count: int, seconds: int) -> list[float]:
    bare = module("bare", "pulse", RATE, seconds * RATE, *far.ports)
    try:
        first = int(line(bare))
        line(bare)
        pulses = far.take()
    finally:
        end(bare)
    return pulse_lateness(pulses, first)
