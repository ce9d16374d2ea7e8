"""Cameras of every link in one process, each asked where it is while half of them zoom; and how fast the codec is.

    python -m tests.benchmarks.links SECONDS PORT…     the process that is measured: `cuelang`'s own lines and drivers

It prints one line: how its ramps ended, what it asked and what was answered, when the ramps were due on the wall clock,
and what it took of the processor and of the memory.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from cuelang import clock, rig
from cuelang.commands import Job, Ramp
from cuelang.devices.inquire import RawAccess, RawAnswer
from cuelang.devices.visca import ViscaCamera
from cuelang.protocols.visca import codec
from cuelang.protocols.visca.reading import read
from cuelang.technician.session import camera_at
from cuelang.units import NS
from tests.benchmarks.cameras import LINKS
from tests.benchmarks.figures import Figure, Size, count, ms, percentile, seconds, times
from tests.benchmarks.stage import cameras, end, line, module

MANY, RATE, POLLS = 64, 30, 4
ZOOM_MAX = 0x4000
SETTLE = 1.5
"""Seconds from the opening of the lines to the ramps."""
URLS = {"udp": "visca+udp://127.0.0.1:{}", "tcp": "visca+tcp://127.0.0.1:{}", "sony": "sony://127.0.0.1:{}"}
LATE, SHARE, MEMORY = 0.010, 0.6, 150e6


def figures(size: Size) -> Iterator[Figure]:
    many, length = size.of(MANY, MANY, 6), size.of(60, 10, 2)
    with cameras(many, *LINKS) as far:
        child = module("links", length, *far.ports)
        try:
            said = json.loads(line(child))
        finally:
            end(child)
        heard = far.take()
    ramping = many // 2
    with cameras(ramping) as plain:
        bare = module("bare", "pulse", RATE, length * RATE, *plain.ports)
        try:
            first = int(line(bare))
            bare_used = float(line(bare))
            pulses = plain.take()
        finally:
            end(bare)
    steps = length * RATE
    number_of = {int(Fraction(ZOOM_MAX * k, steps) + Fraction(1, 2)): k for k in range(steps + 1)}
    late, seen = [], defaultdict(set)
    for camera, at, frame in heard:
        data = bytes.fromhex(frame)
        value = data[4] << 12 | data[5] << 8 | data[6] << 4 | data[7]
        late.append((at - said["due"]) / NS - number_of[value] / RATE)
        seen[camera].add(number_of[value])
    missing = sum(steps + 1 - len(seen[camera]) for camera in range(0, many, 2))
    base, beats = [], defaultdict[int, int](int)
    for camera, at, _ in pulses:
        base.append((at - first) / NS - beats[camera] / RATE)
        beats[camera] += 1
    why = f" ({said['failed'][0]})" if said["failed"] else ""
    p50, p99 = percentile(late, 50), percentile(late, 99)
    base50, base99 = percentile(base, 50), percentile(base, 99)
    what = (
        f"{many} cameras by UDP, TCP and Sony, asked {POLLS} times a second, {ramping} of them ramping for {length} s"
    )
    yield Figure(
        f"{what}: lateness p99",
        "10 ms",
        ms(p99),
        f"{ms(base99)} (asyncio's timers, UDP, no questions)",
        times(p99 / base99),
        size.judge(p99 <= LATE),
    )
    yield Figure("the same: lateness p50", "", ms(p50), ms(base50), times(p50 / base50), size.judge(True))
    yield Figure(
        "the same: ramps completed, frames that did not arrive",
        f"{ramping}, 0",
        f"{said['completed']}, {missing} of {count(ramping * (steps + 1))}{why}",
        "",
        "",
        size.judge(said["completed"] == ramping and not missing),
    )
    yield Figure(
        "the same: positions asked for and answered",
        f"{count(many * POLLS * length)} asked",
        f"{count(said['asked'])}, {count(said['answered'])}",
        "",
        "",
        size.judge(said["answered"] == said["asked"] >= many * POLLS * length),
    )
    yield Figure(
        "the same: share of one core",
        "60 %",
        f"{said['share']:.0%}",
        f"{bare_used:.0%}",
        times(said["share"] / max(bare_used, 0.001)),
        size.judge(said["share"] < SHARE),
    )
    yield Figure(
        "the same: memory", "150 MB", f"{said['memory'] / 1e6:.0f} MB", "", "", size.judge(said["memory"] < MEMORY)
    )


# --- the process that is measured ------------------------------------------------------------------------------


class Polls:
    def __init__(self, drivers: list[ViscaCamera]) -> None:
        self.asked = self.answered = 0
        self._drivers = drivers
        self._clock = clock.current()

    def begin(self, until: int) -> None:
        """Pan and tilt of each camera, `POLLS` times a second, one camera after another."""
        now = self._clock.now()
        for number, driver in enumerate(self._drivers):
            self._clock.at(now + NS * number // (POLLS * len(self._drivers)), self._ask, driver, now, 0, until)

    def _ask(self, driver: ViscaCamera, begun: int, beat: int, until: int) -> None:
        self.asked += 1
        driver.ask("inq.pan_tilt").add_done_callback(self._told)
        due = begun + NS * (beat + 1) // POLLS
        if due < until:
            self._clock.at(due, self._ask, driver, begun, beat + 1, until)

    def _told(self, future: asyncio.Future[RawAnswer]) -> None:
        self.answered += future.result().fields is not None


async def measured(length: int, ports: list[int]) -> dict[str, Any]:
    drivers = []
    for number, port in enumerate(ports):
        driver = rig.open_driver(camera_at(URLS[LINKS[number % len(LINKS)]].format(port), "sony-srg-x400"))
        assert isinstance(driver, ViscaCamera) and isinstance(driver, RawAccess)
        drivers.append(driver)
    await asyncio.gather(*(driver.open() for driver in drivers))
    now, finished = clock.current(), asyncio.Event()
    await asyncio.sleep(SETTLE)
    jobs: list[Job] = []
    due = now.now() + 200_000_000
    wall = time.time_ns() - time.monotonic_ns()
    end_of_all = due + length * NS
    polls = Polls(drivers)
    used, began = time.process_time(), now.now()
    polls.begin(end_of_all)

    def over(_job: Job) -> None:
        if all(job.outcome for job in jobs):
            finished.set()

    def go() -> None:
        jobs.extend(Job(Ramp("zoom", 0, ZOOM_MAX, length * NS, RATE), due, over) for _ in drivers[::2])
        for driver, job in zip(drivers[::2], jobs, strict=True):
            driver.start(job)

    now.at(due, go)
    await asyncio.wait_for(finished.wait(), length + 10)
    await now.sleep_until(end_of_all + NS // 2)
    share = (time.process_time() - used) / ((now.now() - began) / NS)
    for driver in drivers:
        await driver.close()
    return {
        "due": due + wall, "failed": [f"{job.outcome}: {job.reason}" for job in jobs if job.outcome != "completed"],
        "completed": sum(job.outcome == "completed" for job in jobs), "share": share,
        "asked": polls.asked, "answered": polls.answered,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }  # fmt: skip


# --- the codec -----------------------------------------------------------------------------------------------

FRAME = "81 01 06 02 0c 0a 0f 0e 05 00 00 00 04 08 ff"


def codec_rate(size: Size) -> Iterator[Figure]:
    """A command with four numbers, both ways, and an answer; beside what Python takes to make the bytes from text."""
    turns, runs = size.of(100_000, 30_000, 200), size.of(5, 3, 1)
    frame = bytes.fromhex(FRAME)
    place = {"pan_speed": 12, "tilt_speed": 10, "pan": -432, "tilt": 72}
    assert codec.encode("pt.absolute", **place) == frame
    answer = codec.answer("inq.pan_tilt", pan=-432, tilt=72)

    def decode() -> object:
        return codec.decode("inq.pan_tilt", answer[2:-1])

    base = _rate(partial(bytes.fromhex, FRAME), turns, runs)
    for what, work in (
        ("encode a command (a position, both speeds)", partial(codec.encode, "pt.absolute", **place)),
        ("decode it", partial(read, frame)),
        ("decode an answer (a position)", decode),
    ):
        rate = _rate(work, turns, runs)
        yield Figure(
            f"{what}: a second",
            "",
            count(rate),
            f"{count(base)} (`bytes.fromhex`)",
            f"{rate / base:.3f}",
            size.judge(True),
        )


def _rate(work: Callable[[], object], turns: int, runs: int) -> float:
    def all_turns() -> None:
        for _ in range(turns):
            work()

    return turns / seconds(all_turns, runs)


if __name__ == "__main__":
    print(json.dumps(clock.run(measured(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))), flush=True)
