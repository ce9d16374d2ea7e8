"""A busy network: thousands of OSC messages a second that no trigger uses, and fifty GOs among them.

    python -m tests.benchmarks.osc desk PORT SECONDS    the desk; prints [[cue, when it was sent in ns], …] at its end
    python -m tests.benchmarks.osc flood PORT SECONDS   another machine, which sends ten times as much and means nothing
    python -m tests.benchmarks.osc crowd PORT COUNT     clients by TCP, each asks something once a second

Desk, flood, crowd, show and cameras are a process each. The desk sends a handful of messages each millisecond and
sleeps in between; a GO is stamped right before it is sent, and the kernel stamps what the camera gets.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Iterator

from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS
from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, count, ms, percentile, times
from tests.benchmarks.stage import Heard, cameras, end, line, module, show, since
from tests.ports import free_port

RATE, GOS, FLOOD = 5000, 50, 50_000
CLIENTS = 100
CAMERAS = 10
TICK = 0.001
NOISE = [
    *(encode(f"/eos/out/user/1/fader/{fader}", (fader / 100,)) for fader in range(100)),
    *(encode(f"/eos/out/active/chan/{chan}", (f"{chan} [50] Wash", 0.5)) for chan in range(200)),
    *(encode(f"/lx/fixture/{fixture}/level", (fixture,)) for fixture in range(300)),
]


def desk(port: int, seconds: int) -> None:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gos = [encode(f"/go/{cue}", ()) for cue in range(1, GOS + 1)]
    there, every, sent = ("127.0.0.1", port), RATE // GOS, []
    for number in _paced(RATE, seconds):
        if number % every == every // 2:
            cue = number // every % GOS
            sent.append((cue + 1, time.time_ns()))
            link.sendto(gos[cue], there)
        else:
            link.sendto(NOISE[number % len(NOISE)], there)
    print(json.dumps(sent), flush=True)


def flood(port: int, seconds: int) -> None:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.2", 0))
    for number in _paced(FLOOD, seconds):
        link.sendto(NOISE[number % len(NOISE)], ("127.0.0.1", port))


def _paced(rate: int, seconds: int) -> Iterator[int]:
    """One number after the other, as many a second."""
    start, done = time.perf_counter(), 0
    while done < rate * seconds:
        due = min(rate * seconds, int((time.perf_counter() - start) * rate) + 1)
        yield from range(done, due)
        done = due
        time.sleep(TICK)


async def crowd(port: int, clients: int) -> None:
    """Prints how many are connected, and at its end how many questions were answered."""
    question, answers = FRAMINGS["slip"](encode("/version", ())), 0

    async def client(number: int) -> None:
        nonlocal answers
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        there.release()
        await asyncio.sleep(number / clients)
        while True:
            writer.write(question)
            await reader.read(4096)
            answers += 1
            await asyncio.sleep(1)

    there = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(client(number)) for number in range(clients)]
    for _ in tasks:
        await there.acquire()
    print(len(tasks), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    print(answers, flush=True)


Sent = list[tuple[int, int]]


def _talk(udp: int, tcp: int, clients: int, seconds: int, *, flooded: bool = False) -> tuple[Sent, int]:
    """The GOs that were sent in that time, and how many of the crowd's questions were answered."""
    many = module("osc", "crowd", tcp, clients)
    others = [module("osc", "flood", udp, seconds + 1)] if flooded else []
    try:
        line(many)
        talker = module("osc", "desk", udp, seconds)
        try:
            sent = [(cue, at) for cue, at in json.loads(line(talker))]
        finally:
            end(talker)
        time.sleep(0.5)
        assert many.stdin is not None
        many.stdin.write("\n")
        many.stdin.flush()
        return sent, int(line(many))
    finally:
        for child in (*others, many):
            end(child)


def _latencies(sent: Sent, heard: list[tuple[int, int]]) -> tuple[list[float], int]:
    """From each GO to the frame of its cue, in seconds, and how many have none. `heard`: cues, with the frame's stamp.
    A cue is asked for once a second: its frame belongs to the last time before it."""
    asked: dict[int, list[int]] = {}
    for cue, at in sent:
        asked.setdefault(cue, []).append(at)
    found = [(at - max(before)) / NS for cue, at in heard if (before := [t for t in asked.get(cue, []) if t <= at])]
    return found, len(sent) - len(found)


def _cues(heard: list[Heard]) -> list[tuple[int, int]]:
    """The cue behind each frame: camera and iris say which."""
    cues = {(cue % CAMERAS, _iris(cue)): cue for cue in range(1, GOS + 1)}
    found = []
    for camera, at, frame in heard:
        data = bytes.fromhex(frame)
        if data[2:4] == b"\x04\x4b":
            found.append((cues[camera, data[6] << 4 | data[7]], at))
    return found


def _iris(cue: int) -> int:
    return 5 + cue % 17


def figures(size: Size) -> Iterator[Figure]:
    seconds, clients = size.of(20, 6, 1), size.of(CLIENTS, CLIENTS, 5)
    udp, tcp, heard_at, also = (free_port() for _ in range(4))
    with cameras(CAMERAS + 1) as far:
        sheet = [*sheets.rig(far.ports[:CAMERAS], udp), f'input crowd "osc+tcp://127.0.0.1:{tcp}"', ""]
        for cue in range(1, GOS + 1):
            sheet += [f"cue {cue}", f"    set cam{cue % CAMERAS} iris {_iris(cue)}", ""]
        with show("\n".join(sheet), udp) as live:
            far.take()
            used = live.cpu()
            sent, answers = _talk(udp, tcp, clients, seconds)
            used = (live.cpu() - used) / seconds
            live.wait(len(sent), 5)
            verdicts = [record["verdict"] for record in live.records() if record["kind"] == "trigger"]
            ours, missing = _latencies(sent, _cues(far.take()))
            beside, _ = _talk(udp, tcp, clients, seconds, flooded=True)
            time.sleep(1)
            flooded, drowned = _latencies(beside, _cues(far.take()))
        sieve = module("bare", "sieve", heard_at, also, far.ports[CAMERAS])
        try:
            line(sieve)
            relayed, _ = _talk(heard_at, also, clients, seconds)
        finally:
            end(sieve)
        stamps = [at for camera, at, _ in far.take() if camera == CAMERAS]
        bare = since([before for _, before in relayed], stamps)
    lost = max(missing, len(sent) - verdicts.count("fired"))
    what = f"{count(RATE)} OSC messages a second for {seconds} s, {GOS} of them GOs, {clients} TCP clients"
    yield Figure(f"{what}: GOs lost", "0", f"{lost} of {count(len(sent))}", "", "", size.judge(not lost))
    p50, base = percentile(ours, 50), percentile(bare, 50)
    yield Figure(
        "the same: GO sent to first VISCA byte, p50",
        "",
        ms(p50),
        f"{ms(base)} (a bare asyncio relay)",
        times(p50 / base),
        None,
    )
    p99, base = percentile(ours, 99), percentile(bare, 99)
    yield Figure("the same: p99", "10 ms", ms(p99), ms(base), times(p99 / base), size.judge(p99 <= 0.01))
    yield Figure("the same: share of one core", "", f"{used:.0%}", "", "", None)
    asked = f"the same: questions of the {clients} TCP clients answered"
    yield Figure(asked, "", count(answers), "", "", None)
    what = f"the same beside {count(FLOOD)} messages a second from another machine"
    yield Figure(f"{what}: GOs lost", "0", f"{drowned} of {count(len(beside))}", "", "", size.judge(not drowned))
    late = percentile(flooded, 99)
    yield Figure("the same: p99", "", ms(late), f"{ms(p99)} (without)", times(late / p99), None)


if __name__ == "__main__":
    kind, port, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "desk":
        desk(port, number)
    elif kind == "flood":
        flood(port, number)
    else:
        asyncio.run(crowd(port, number))
