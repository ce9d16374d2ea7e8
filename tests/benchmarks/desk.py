"""A simulated OBS in a process of its own, which notes when each request came: `python -m tests.benchmarks.desk`.

It prints its port, reads a word a line and answers with one, and goes when its input ends:

    take       -> [[when in ns of the wall clock, request], …] of the requests since the last
    cut NAME -> when a cut was made at the desk, in ns of the wall clock
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Hashable
from typing import Any

from cuelang import clock
from cuelang.simulator.obs import ObsEnd
from cuelang.simulator.switchers import end_for, serve_switcher

SCENES = {f"Scene {number}": f"Scene {number}" for number in range(6)}


async def serve() -> None:
    end = end_for("obs", SCENES, {}, inputs={scene: f"Camera {scene[-1]}" for scene in SCENES})
    assert isinstance(end, ObsEnd)
    heard: list[tuple[int, str]] = []
    receive = end.receive

    def noted(peer: Hashable, text: str, now: int) -> Any:
        if '"op":6' in text.replace(" ", ""):
            heard.append((time.time_ns(), text))
        return receive(peer, text, now)

    end.receive = noted  # type: ignore[method-assign]
    server = await serve_switcher(end, "127.0.0.1", 0)
    print(server.port, flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "take":
            print(json.dumps(heard), flush=True)
            heard.clear()
        else:
            at = time.time_ns()
            end.mixer.cut(word.removeprefix("cut "))
            server.poke()
            print(at, flush=True)
    await server.close()


if __name__ == "__main__":
    clock.run(serve())
