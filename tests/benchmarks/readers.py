"""So many pages on a show, in a process of their own: python -m tests.benchmarks.readers PORT PAGES

Says `ready` when all have their first list. Then, for each line `take` on standard input: when each cue was first seen
running, done or failed by each page, as [page, cue, ns of the wall clock].
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import aiohttp


async def main(port: int, pages: int) -> None:
    seen: list[tuple[int, str, int]] = []
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        reading = []
        for number in range(pages):
            socket = await stack.enter_async_context(session.ws_connect(f"ws://127.0.0.1:{port}/ws", max_msg_size=0))
            while json.loads((await socket.receive()).data)["type"] != "snapshot":
                pass
            reading.append(asyncio.create_task(_read(number, socket, seen)))
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, partial(sys.stdin.readline)):
            print(json.dumps(seen), flush=True)
            seen.clear()
        for task in reading:
            task.cancel()


async def _read(number: int, socket: Any, seen: list[tuple[int, str, int]]) -> None:
    async for message in socket:
        at = time.time_ns()
        for cue, row in json.loads(message.data).get("rows", {}).get("cues", {}).items():
            if row["state"]:
                seen.append((number, cue, at))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))
