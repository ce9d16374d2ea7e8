"""A show with a switcher: from the trigger to the request, from a hand at the desk to the lamp, and all at once."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cuelang.units import NS
from tests.benchmarks.desk import SCENES
from tests.benchmarks.figures import Figure, Size, ms, percentile, times
from tests.benchmarks.stage import Cameras, Show, cameras, end, line, module, show
from tests.ports import free_port

COUNT = 5
TALLY = "810a0202"
"""How a frame begins that switches a tally lamp."""


@contextmanager
def desk() -> Iterator[tuple[subprocess.Popen[str], int]]:
    child = module("desk")
    try:
        yield child, int(line(child))
    finally:
        end(child)


def ask(child: subprocess.Popen[str], word: str) -> str:
    assert child.stdin is not None
    child.stdin.write(f"{word}\n")
    child.stdin.flush()
    return line(child)


def taken(child: subprocess.Popen[str]) -> list[tuple[int, str]]:
    return [(at, text) for at, text in json.loads(ask(child, "take"))]


def rig(ports: list[int], osc: int, obs: int) -> list[str]:
    lines = [f'input desk "osc+udp://127.0.0.1:{osc}"', f'switcher obs "obs://127.0.0.1:{obs}"']
    lines += [f'    source cam{number} = "{scene}"' for number, scene in enumerate(list(SCENES)[:COUNT])]
    lines.append('    source black = "Scene 5"')
    for number, port in enumerate(ports):
        lines += [f'camera cam{number} "visca+udp://127.0.0.1:{port}"', '    model "ptzoptics-move-4k-20x"']
    return [*lines, ""]


def figures(size: Size) -> Iterator[Figure]:
    with desk() as (obs, port), cameras(COUNT) as far:
        osc, heard_at = free_port(), free_port()
        sheet = rig(far.ports, osc, port)
        for number in range(COUNT):
            sheet += [f"cue {number + 1}", f"    cut to cam{number}", ""]
        sheet += ["cue 10", "    cut to black", "    zoom cam0, cam1, cam2, cam3 to 10% live", ""]
        sheet += ["cue 11", "    cut to cam4", "    zoom cam0, cam1, cam2, cam3 to 20% live", ""]
        relay = module("bare", "speak", heard_at, f"ws://127.0.0.1:{port}")
        try:
            line(relay)
            with show("\n".join(sheet), osc, "--http", "off") as live:
                time.sleep(1)
                taken(obs)
                far.take()
                count, chance = size.of(500, 200, 10), random.Random(5)
                sent, relayed = [], []
                for number in range(count):
                    sent.append(live.osc(f"/cue/{(number + 1) % COUNT + 1}/start"))
                    time.sleep(0.12 + chance.random() / 100)
                ours = [(at - before) / NS for (at, _), before in zip(_each(taken(obs), sent), sent, strict=True)]
                for _ in range(count):
                    relayed.append(time.time_ns())
                    live.sender.sendto(b"/cue/1/start\0\0\0\0,\0\0\0", ("127.0.0.1", heard_at))
                    time.sleep(0.02 + chance.random() / 200)
                stamps = [at for at, text in taken(obs) if '"bare"' in text]
                bare = [(at - before) / NS for at, before in zip(stamps, relayed, strict=True)]
                lamps = _lamps(size, obs, far)
                skews = _skews(size, obs, far, live)
        finally:
            end(relay)
    p50, base = percentile(ours, 50), percentile(bare, 50)
    yield Figure(
        "OSC trigger to OBS's request at the other end of its socket: p50",
        "3 × a bare asyncio relay",
        ms(p50),
        ms(base),
        times(p50 / base),
        size.judge(p50 <= 3 * base),
    )
    p50, p99 = percentile(lamps, 50), percentile(lamps, 99)
    yield Figure("a cut at the desk to the camera's lamp: p50", "20 ms", ms(p50), "", "", size.judge(p50 < 0.02))
    yield Figure("the same: p99", "100 ms", ms(p99), "", "", size.judge(p99 < 0.1))
    p50 = percentile(skews, 50)
    yield Figure(
        "a cue that cuts and moves four cameras: skew of all five, p50",
        "2 ms",
        ms(p50),
        "",
        "",
        size.judge(p50 < 0.002),
    )


def _each(heard: list[tuple[int, str]], sent: list[int]) -> list[tuple[int, str]]:
    """The first request after each trigger."""
    found, rest = [], iter(heard)
    for number, before in enumerate(sent):
        after = sent[number + 1] if number + 1 < len(sent) else None
        one = next((each for each in rest if each[0] > before), None)
        if one is None or (after is not None and one[0] > after):
            raise RuntimeError(f"no request came of trigger {number}")
        found.append(one)
    return found


def _lamps(size: Size, obs: subprocess.Popen[str], far: Cameras) -> list[float]:
    found = []
    for number in range(size.of(200, 60, 4)):
        far.take()
        chosen = (number + 1) % COUNT
        at = int(ask(obs, f"cut Scene {chosen}"))
        time.sleep(0.15)
        heard = far.take()
        stamps = [when for camera, when, frame in heard if camera == chosen and frame.startswith(TALLY)]
        if not stamps:
            raise RuntimeError(f"no lamp of camera {chosen} was switched: {heard}")
        found.append((min(stamps) - at) / NS)
    return found


def _skews(size: Size, obs: subprocess.Popen[str], far: Cameras, live: Show) -> list[float]:
    found = []
    for number in range(size.of(100, 40, 4)):
        far.take()
        taken(obs)
        live.osc(f"/cue/{10 + number % 2}/start")
        time.sleep(0.3)
        first: dict[int, int] = {}
        for camera, at, frame in far.take():
            if frame.startswith("81010447"):
                first.setdefault(camera, at)
        cut = [each for each in taken(obs) if "SetCurrentProgramScene" in each[1]]
        if len(first) != 4 or not cut:
            raise RuntimeError(f"{len(first)} of 4 cameras and {len(cut)} cuts were heard")
        both = [*first.values(), cut[0][0]]
        found.append((max(both) - min(both)) / NS)
    return found
