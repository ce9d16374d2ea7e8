"""`locate` in a long list: from the request to the last frame, with cameras that answer at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.state import state_json
from cuelang.playback.located import state_before
from cuelang.source import Source
from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile
from tests.benchmarks.figures import count as thousands
from tests.benchmarks.stage import cameras, show
from tests.ports import free_port

MANY = 16
WANTED = 0.05
STATE_WANTED = 0.5


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
    yield state_of_the_last(size)


def state_of_the_last(size: Size) -> Figure:
    """The processor time of `plan --state` of the last cue, beside compiling."""
    count = size.of(10_000, 10_000, 100)
    rig = [f'camera cam{number} "sim://cam{number}"' for number in range(MANY)]
    text = "\n".join([*rig, *(re.sub(r"iris \d+", "iris 9", line) for line in long_list(count))])
    plan = Compiler(Library()).compile(Source("long.cues", text)).plan
    assert plan is not None
    begun = time.process_time()
    state_json(plan, state_before(plan, str(count)), str(count), 0)
    took = time.process_time() - begun
    what = f"`plan --state` of the last of {thousands(count)} cues, beside compiling"
    return Figure(what, ms(STATE_WANTED), ms(took), "", "", size.judge(took <= STATE_WANTED))
