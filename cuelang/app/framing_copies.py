"""What the machine that leads does to presets, kept here as well: it can be undone when this one leads."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import asdict, replace

from cuelang.aside import loop_first
from cuelang.runtime.input_records import PresetRecord
from cuelang.runtime.records import Record
from cuelang.runtime.stamp import Stamp
from cuelang.runtime.updates import PresetChange, Updates, change_of

CLOSING_S = 1.0


class Copies:
    """`named` knows the path here of a file of the other machine, None: it is not here. `known` is called when there
    are changes more in `updates`."""

    def __init__(self, updates: Updates, named: Callable[[str], str | None], known: Callable[[], None]) -> None:
        self._updates, self._named, self._known = updates, named, known
        self._told: deque[PresetChange] = deque()
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()

    def begin(self) -> None:
        """What was kept here before has been read, or never will be."""
        self._begun.set()

    def take(self, record: Record) -> None:
        """A record of the machine that leads."""
        change = change_of(record.change) if isinstance(record, PresetRecord) else None
        path = None if change is None else self._named(change.file)
        if change is None or path is None:
            return
        self._told.append(replace(change, file=os.path.realpath(path)))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep(), name="presets of the other machine")

    async def _keep(self) -> None:
        await self._begun.wait()
        while self._told:
            with loop_first():
                await asyncio.to_thread(self._updates.copy, self._told.popleft())
        self._known()

    async def close(self) -> None:
        """Keep what is left, unless the disk hangs."""
        self.begin()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                await self.all()

    async def all(self) -> None:
        """Wait until all that was told is kept."""
        if self._task is not None:
            await self._task


def preset_record(change: PresetChange, stamp: Stamp) -> PresetRecord:
    return PresetRecord(*stamp, change=asdict(change))
