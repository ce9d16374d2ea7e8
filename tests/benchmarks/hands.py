"""A hand on a camera: from the page's word to the camera's frame, and from `update` to the line in the file."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile
from tests.benchmarks.stage import Cameras, cameras, show
from tests.ports import free_port

DRIVE_S, UPDATE_S = 0.03, 0.3
REST_S = 0.12
"""Between two gestures: longer than the gap between two commands of a hand."""


def figures(size: Size) -> Iterator[Figure]:
    desk, port, runs = free_port(), free_port(), size.of(200, 60, 3)
    with cameras(4) as far:
        lines = sheets.rig(far.ports, desk)
        lines.insert(lines.index("    ramp_rate 10") + 1, "    preset door at pan 1deg tilt 5deg zoom 20%")
        with show("\n".join([*lines, "cue 1", '    note "x"', ""]), desk, "--http", f"127.0.0.1:{port}") as live:
            late = asyncio.run(_driven(far, port, runs))
            written = _updated(live.log.parent, port, size.of(40, 15, 2))
    p50 = percentile(late, 50)
    yield Figure(
        "a hand on the page to the camera's first frame, from the socket: p50",
        "30 ms",
        ms(p50),
        "",
        "",
        size.judge(p50 < DRIVE_S),
    )
    yield Figure("the same: p99", "", ms(percentile(late, 99)), "", "", None)
    p50 = percentile(written, 50)
    yield Figure(
        "`update` of a preset to its line in the file: p50", "300 ms", ms(p50), "", "", size.judge(p50 < UPDATE_S)
    )


async def _driven(far: Cameras, port: int, runs: int) -> list[float]:
    late = []
    async with aiohttp.ClientSession() as page, page.ws_connect(f"http://127.0.0.1:{port}/ws") as socket:
        far.take()
        for run in range(runs):
            sent = time.time_ns()
            await socket.send_json({"type": "drive", "camera": "cam1", "pan": 1 if run % 2 else -1})
            await asyncio.sleep(REST_S)
            late.append((min(at for camera, at, _ in far.take() if camera == 1) - sent) / NS)
            await socket.send_json({"type": "drive", "camera": "cam1"})
            await asyncio.sleep(REST_S)
            far.take()
    return late


def _updated(folder: Path, port: int, runs: int) -> list[float]:
    took, file = [], next(folder.glob("*.cues"))
    url = f"http://127.0.0.1:{port}/api/cameras/cam0"
    with urllib.request.urlopen(f"{url}/presets") as answer:  # the page asks for them, too, and makes the show ready
        answer.read()
    time.sleep(0.5)
    for run in range(runs):
        _post(f"{url}/statement", {"text": f"zoom to {30 + run}%"})
        before, until = file.read_text(), time.perf_counter() + 10
        while True:
            time.sleep(0.6)
            begun = time.perf_counter()
            try:
                said = _post(f"{url}/presets/door/update", {"who": "Anna"})
                break
            except urllib.error.HTTPError as error:  # the lens is still on its way
                if error.code != 409 or begun > until:
                    raise
        took.append(time.perf_counter() - begun)
        if file.read_text() == before:
            raise RuntimeError(f"nothing was written: {said}")
    return took


def _post(url: str, data: dict[str, str]) -> str:
    body = json.dumps(data).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return str(answer.read().decode())
