"""An evening in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cuelang import clock
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.rehearsal.rehearse import Rehearsal, rehearse
from cuelang.runtime.record_json import as_json
from cuelang.source import Source
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, count, s, seconds, times


def figures(size: Size) -> Iterator[Figure]:
    cues, runs = size.of(1000, 1000, 20), size.of(7, 3, 1)
    plan = Compiler(Library()).compile(Source("evening.cues", sheets.evening(cues))).plan
    assert plan is not None
    found: list[Rehearsal] = []
    took = seconds(lambda: found.append(rehearse(plan)), runs)
    show = found[0]
    if any(other.records != show.records for other in found):
        raise RuntimeError("two rehearsals differ")
    commands = [record for record in map(as_json, show.records) if record["kind"] == "command"]
    if len(commands) != 5 * cues or any(record["outcome"] not in ("completed", "superseded") for record in commands):
        raise RuntimeError("the rehearsal did not do what the sheet says")
    timers = sum(record.get("frames", 1) for record in commands)
    bare = seconds(lambda: clock.run(_timers(timers, show.length), kind="virtual"), runs)
    hours = show.length / 3.6e12
    faster = show.length / 1e9 / took
    show_is = f"{count(cues)} cues, 8 cameras, five commands a cue, a ramp in every tenth"
    yield Figure(
        f"rehearse {hours:.1f} hours of show: {show_is}",
        "2 s",
        s(took),
        f"{bare * 1000:.0f} ms (the bare virtual loop, {count(timers)} timers)",
        times(took / bare),
        size.judge(took <= 2),
    )
    yield Figure("the same: times real time", "5 000", count(faster), "", "", size.judge(faster >= 5000))


async def _timers(total: int, length: int) -> None:
    """As many timers as the show has frames, each set by the one before."""
    now, done = clock.current(), asyncio.Event()

    def fire(number: int) -> None:
        if number < total:
            now.at(length * number // total, fire, number + 1)
        else:
            done.set()

    fire(1)
    await done.wait()
