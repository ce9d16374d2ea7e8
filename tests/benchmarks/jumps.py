"""`locate` in a long list: from the request to the last frame, with cameras that answer at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile
from tests.benchmarks.figures import count as thousands
from tests.benchmarks.stage import cameras, free_port, show

MANY = 16
WANTED = 0.05


def long_list(cues: int) -> list[str]:
    """Each cue moves one camera to a place of its own and sets its iris."""
    lines: list[str] = []
    for number in range(1, cues + 1):
        camera, pan = number % MANY, number % 150 + 1
        lines += [
            f"cue {number}", f"    move cam{camera} to pan {pan}deg tilt 5deg zoom {number % 90 + 5}%",
            f"    set cam{camera} iris {5 + number % 17}", "",
        ]  # fmt: skip
    return lines


def figures(size: Size) -> Iterator[Figure]:
    count, desk, runs = size.of(1000, 1000, 40), free_port(), size.of(60, 30, 3)
    with cameras(MANY) as far:
        sheet = "\n".join([*sheets.rig(far.ports, desk), *long_list(count)])
        with show(sheet, desk) as live:
            time.sleep(size.of(10, 10, 2) / 10)
            far.take()
            took = []
            for run in range(runs):
                sent = live.osc(f"/locate/{count - run % 10}")
                time.sleep(0.4)
                heard = far.take()
                moved = {camera for camera, _, _ in heard}
                if len(moved) < MANY:
                    raise RuntimeError(f"{len(moved)} of {MANY} cameras were brought somewhere")
                took.append((max(at for _, at, _ in heard) - sent) / NS)
    p50, p99 = percentile(took, 50), percentile(took, 99)
    what = f"`locate` in a list of {thousands(count)} cues and {MANY} cameras: request to last frame, p50"
    yield Figure(what, ms(WANTED), ms(p50), "", "", size.judge(p50 <= WANTED))
    yield Figure("the same: p99", "", ms(p99), "", "", None)
