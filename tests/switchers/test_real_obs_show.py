"""A whole show with OBS itself: what it cuts away from moves at once, and is never seen moving."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cuelang import clock as clocks
from cuelang import rig
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.playback.effects import Request
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.source import Source
from tests.drawn import some
from tests.switchers.real_obs import MISSING, PASSWORD, Hand, real_obs

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.timeout(300),
    pytest.mark.calm,
]
TIMES = some(200)
SLACK = 0.05
"""How much later than us the other client may look at the same event."""
SHEET = """
camera foh "sim://foh"
camera left "sim://left"
    preset door = 2 at pan 1deg tilt 0deg zoom 0%
    preset altar = 3 at pan -1deg tilt 0deg zoom 0%
switcher vision "obs://127.0.0.1:{port}"
    password from "STAGE_PASSWORD"
    source foh = "FOH" input "Cam FOH"
    source left = "Left" input "Cam Left"
cue 1
    cut to left
    wait for program left up to 5s
    wait 100ms
    cut to foh
    move left to {place}
    wait for left up to 10s
"""


def plan_of(port: int, place: str) -> Any:
    found = Compiler(Library()).compile(Source("night.cues", SHEET.format(port=port, place=place)))
    assert found.plan is not None, found.diagnostics
    return found.plan


async def test_a_cut_and_a_motion_at_one_instant_are_never_refused_and_never_seen(tmp_path: Path) -> None:
    async with real_obs(tmp_path) as obs, Hand(obs.port) as hand:
        clock, sink = clocks.current(), MemorySink()
        began, log = clock.now(), AsRun(sink, clock)
        plans = [plan_of(obs.port, place) for place in ("door", "altar")]
        plan = plans[0]
        drivers = {camera.name: rig.simulated(camera) for camera in plan.cameras}
        link = rig.open_switcher(plan.switchers[0], {"STAGE_PASSWORD": PASSWORD})
        executor = Executor(plan, ShowLines(drivers, switchers={"vision": link}), log=log, clock=clock)
        await executor.open()
        await executor.devices.switchers.meet()
        zero = asyncio.get_running_loop().time() - (clock.now() - began) / 1e9
        for number in range(TIMES):
            assert obs.lives, "OBS has crashed"
            executor.load(plans[number % 2], ShowLines(drivers, switchers={"vision": link}))
            executor.request(Request("go", "1", "test", clock.now(), automatic=True))
            async with asyncio.timeout(20):
                while executor.running or executor.busy:
                    await asyncio.sleep(0.005)
        await executor.stop_show()
        records = [as_json(record) for record in sink.records]
    moves = [one for one in records if one["kind"] == "command" and one["action"] == "move"]
    cuts = [one for one in records if one["kind"] == "command" and one["action"] == "cut"]
    assert [(one["outcome"], one.get("reason")) for one in moves] == [("completed", None)] * TIMES, [
        one for one in records if one.get("outcome") not in (None, "completed")
    ]
    # On a machine that has no time for OBS the cut back may come before its word on the one before.
    assert {one["outcome"] for one in cuts} <= {"completed", "superseded"} and len(cuts) == 2 * TIMES
    assert all(0 < one["held_ms"] < 1000 for one in moves)
    # OBS's own word, as another client heard it: what was active when each motion was sent.
    told = [
        (at, fields["videoActive"])
        for at, name, fields in hand.events
        if name == "InputActiveStateChanged" and fields["inputName"] == "Cam Left"
    ]
    for one in moves:
        sent = zero + one["sent_ms"] / 1000
        last = [active for at, active in told if at <= sent]
        gone = [at for at, active in told if not active and sent - 1 <= at <= sent + SLACK]
        assert gone and not (last[-1] and gone[-1] < sent), one
