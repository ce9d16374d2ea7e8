"""A real show on real sockets: from the trigger to the byte, all cameras together, ramps, and a steady beat."""

from __future__ import annotations

import random
import socket
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile, times
from tests.benchmarks.stage import Heard, cameras, end, line, module, show, since, zero
from tests.ports import free_port

MANY = 64
RATE = 30
ZOOM_MAX = 0x4000
IRISES = range(5, 22)
"""Numbers that the cameras of `sheets.rig` take for their iris."""


def trigger(size: Size) -> Iterator[Figure]:
    """OSC to a show and to a bare relay, turn about; each trigger is a cue of one command."""
    count, desk, heard_at = size.of(1000, 300, 20), free_port(), free_port()
    with cameras(2) as far:
        sheet = sheets.rig(far.ports[:1], desk)
        for iris in IRISES:
            sheet += [f"cue {iris}", f"    set cam0 iris {iris}", ""]
        relay = module("bare", "relay", heard_at, far.ports[1])
        try:
            line(relay)
            with show("\n".join(sheet), desk) as live:
                far.take()
                chance, sent, relayed = random.Random(3), [], []
                for number in range(count):
                    sent.append(live.osc(f"/cue/{IRISES[number % len(IRISES)]}/start"))
                    time.sleep(0.012 + chance.random() / 200)
                    relayed.append(time.time_ns())
                    live.sender.sendto(b"/cue/1/start\0\0\0\0,\0\0\0", ("127.0.0.1", heard_at))
                    time.sleep(0.004 + chance.random() / 200)
                live.wait(count, 5)
                heard = far.take()
        finally:
            end(relay)
    ours = _after(heard, 0, sent)
    bare = _after(heard, 1, relayed)
    p50, base = percentile(ours, 50), percentile(bare, 50)
    yield Figure(
        "trigger to first VISCA byte, OSC over loopback, 1 camera: p50",
        "3 × a bare asyncio relay",
        ms(p50),
        ms(base),
        times(p50 / base),
        size.judge(p50 <= 3 * base),
    )
    p99, base = percentile(ours, 99), percentile(bare, 99)
    yield Figure("the same: p99", "2 ms", ms(p99), ms(base), times(p99 / base), size.judge(p99 <= 0.002))


def _after(heard: list[Heard], camera: int, sent: list[int]) -> list[float]:
    """How long after its trigger each frame came. On a machine that is busy otherwise a trigger may be overtaken by the
    next one at the same instant; more than one in ten is a fault."""
    stamps = [at for number, at, _ in heard if number == camera]
    if not 0.9 * len(sent) <= len(stamps) <= len(sent):
        raise RuntimeError(f"camera {camera} heard {len(stamps)} frames after {len(sent)} triggers")
    if len(stamps) < len(sent):
        return since(sent, stamps)
    return [(at - before) / NS for at, before in zip(stamps, sent, strict=True)]


def skew(size: Size) -> Iterator[Figure]:
    """One line over 64 cameras: from the first camera's frame to the last one's."""
    count, desk, runs = size.of(MANY, MANY, 4), free_port(), size.of(60, 30, 3)
    with cameras(count) as far:
        sheet = sheets.rig(far.ports, desk)
        for cue in range(1, runs + 1):
            sheet += [f"cue {cue}", f"    zoom all to {cue}%", ""]
        with show("\n".join(sheet), desk) as live:
            far.take()
            ours = []
            for cue in range(1, runs + 1):
                live.osc(f"/cue/{cue}/start")
                time.sleep(0.4)
                ours.append(_spread(far.take(), count))
        bare, frame = [], bytes.fromhex("8101044700000000ff")
        ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in far.ports]
        for _ in range(runs):
            for one, port in zip(ends, far.ports, strict=True):
                one.sendto(frame, ("127.0.0.1", port))
            time.sleep(0.05)
            bare.append(_spread(far.take(), count))
        for one in ends:
            one.close()
    p50, base = percentile(ours, 50), percentile(bare, 50)
    yield Figure(
        f"start skew of one cue over {count} cameras: p50",
        "2 ms",
        ms(p50),
        f"{ms(base)} (bare `sendto`)",
        times(p50 / base),
        size.judge(p50 <= 0.002),
    )


def _spread(heard: list[Heard], count: int) -> float:
    first: dict[int, int] = {}
    for camera, at, _ in heard:
        first.setdefault(camera, at)
    if len(first) != count:
        raise RuntimeError(f"{len(first)} of {count} cameras heard the cue")
    return (max(first.values()) - min(first.values())) / NS


def ramps(size: Size) -> Iterator[Figure]:
    """64 cameras draw their zoom through the whole range, all from one instant."""
    count, seconds = size.of(MANY, MANY, 4), size.of(60, 10, 2)
    desk = free_port()
    with cameras(count) as far:
        sheet = [*sheets.rig(far.ports, desk, RATE), "cue 1", f"    zoom all from 0 to {ZOOM_MAX} over {seconds}s", ""]
        with show("\n".join(sheet), desk) as live:
            far.take()
            used = live.cpu()
            live.osc("/cue/1/start")
            time.sleep(seconds + 0.5)
            used = (live.cpu() - used) / (seconds + 0.5)
            commands = {record["camera"]: record for record in live.wait(count, 10)}
            heard = far.take()
        bare = module("bare", "pulse", RATE, seconds * RATE, *far.ports)
        try:
            first = int(line(bare))
            bare_used = float(line(bare))
            pulses = far.take()
        finally:
            end(bare)
    steps = seconds * RATE
    late, lost = ramp_lateness(heard, commands, count, seconds)
    at_first = statistics.median(lateness for k, lateness in late if k <= RATE)
    at_last = statistics.median(lateness for k, lateness in late if k > steps - RATE)
    values = [lateness for _, lateness in late]
    p50, p99 = percentile(values, 50), percentile(values, 99)
    base = pulse_lateness(pulses, first)
    base50, base99 = percentile(base, 50), percentile(base, 99)
    what = f"{count} cameras ramping at {RATE} frames/s for {seconds} s"
    yield Figure(
        f"{what}: frames skipped",
        "0",
        f"{lost} of {count * (steps + 1):,}".replace(",", " "),
        "",
        "",
        size.judge(not lost),
    )
    drift = at_last - at_first
    yield Figure(
        "the same: drift from the first second to the last",
        "0",
        f"{drift * 1e6:+.0f} µs",
        "",
        "",
        size.judge(abs(drift) < 0.0005),
    )
    yield Figure(
        "the same: lateness p50",
        "1 ms",
        ms(p50),
        f"{ms(base50)} (asyncio's timers)",
        times(p50 / base50),
        size.judge(p50 <= 0.001),
    )
    yield Figure("the same: lateness p99", "3 ms", ms(p99), ms(base99), times(p99 / base99), size.judge(p99 <= 0.003))
    yield Figure(
        "the same: share of one core",
        "60 %",
        f"{used:.0%}",
        f"{bare_used:.0%}",
        times(used / max(bare_used, 0.001)),
        size.judge(used <= 0.6),
    )


def ramp_lateness(
    heard: list[Heard], commands: dict[str, dict[str, Any]], count: int, seconds: int
) -> tuple[list[tuple[int, float]], int]:
    """Of each frame of a ramp through the whole range its number and how late it came, and how many did not come."""
    stamps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    steps = seconds * RATE
    number_of = {int(Fraction(ZOOM_MAX * k, steps) + Fraction(1, 2)): k for k in range(steps + 1)}
    for camera, at, frame in heard:
        data = bytes.fromhex(frame)
        if data[2:4] == b"\x04\x47":
            value = data[4] << 12 | data[5] << 8 | data[6] << 4 | data[7]
            stamps[camera].append((number_of[value], at))
    skipped = sum(commands[f"cam{camera}"]["skipped"] for camera in range(count))
    missing = sum(steps + 1 - len({k for k, _ in stamps[camera]}) for camera in range(count))
    records = [commands[f"cam{camera}"] for camera in range(count)]
    origin = zero(records, [stamps[camera][0][1] for camera in range(count)])
    late = [
        (k, (at - origin) / NS - commands[f"cam{camera}"]["due_ms"] / 1000 - k / RATE)
        for camera in range(count)
        for k, at in stamps[camera]
    ]
    return late, skipped + missing


def pulse_lateness(pulses: list[Heard], first: int) -> list[float]:
    """The same of `bare pulse`, whose first beat was at `first`."""
    seen: dict[int, int] = defaultdict(int)
    late = []
    for camera, at, _ in pulses:
        late.append((at - first) / NS - seen[camera] / RATE)
        seen[camera] += 1
    return late


def beat(size: Size) -> Iterator[Figure]:
    """One camera, fifty commands a second, each a statement with its own record."""
    rate, seconds = 50, size.of(30, 10, 1)
    desk, count = free_port(), 50 * seconds
    with cameras(1) as far:
        sheet = [
            *sheets.rig(far.ports, desk),
            "cue 1",
            f"    repeat {count} times every 20ms",
            "        set cam0 iris 9",
        ]
        with show("\n".join(sheet) + "\n", desk) as live:
            far.take()
            live.osc("/cue/1/start")
            time.sleep(seconds + 0.3)
            commands = live.wait(count, 10)
            stamps = [at for _, at, _ in far.take()]
        bare = module("bare", "pulse", rate, count, far.ports[0])
        try:
            first = int(line(bare))
            line(bare)
            pulses = [at for _, at, _ in far.take()]
        finally:
            end(bare)
    commands = [record for record in commands if "sent_ms" in record]  # one that is very late gives way to the next
    commands.sort(key=lambda record: record["due_ms"])
    origin = zero(commands, stamps)
    ours = [(at - origin) / NS - record["due_ms"] / 1000 for record, at in zip(commands, stamps, strict=True)]
    base = [(at - first) / NS - k / rate for k, at in enumerate(pulses)]
    for percent, needed in ((50, 0.0002), (99, 0.0005)):
        measured, bare_one = percentile(ours, percent), percentile(base, percent)
        what = f"one camera, {rate} events a second: lateness p50" if percent == 50 else "the same: p99"
        yield Figure(
            what,
            f"{needed * 1000:.1f} ms",
            ms(measured),
            f"{ms(bare_one)} (asyncio's timers)",
            times(measured / bare_one),
            size.judge(measured <= needed),
        )
