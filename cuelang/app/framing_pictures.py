"""What a camera saw when a preset was stored: one small picture of each, beside the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cuelang.clock import Tasks
from cuelang.commands import HasPictures
from cuelang.runtime.executor import Executor
from cuelang.units import MS


class FramingPictures:
    """The pictures in one folder. One that cannot be taken or kept is left out."""

    def __init__(self, executor: Executor, folder: Path) -> None:
        self._executor, self._folder = executor, folder
        self._looking = Tasks()

    def _path(self, camera: str, preset: str) -> Path:
        return self._folder / f"{camera}.{preset}.jpg"

    def taken(self, camera: str, preset: str) -> int | None:
        """When, in ms; None: there is none. Blocks."""
        path = self._path(camera, preset)
        return path.stat().st_mtime_ns // MS if path.is_file() else None

    def read(self, camera: str, preset: str) -> bytes | None:
        """Blocks."""
        try:
            return self._path(camera, preset).read_bytes()
        except OSError:
            return None

    def take(self, camera: str, preset: str) -> None:
        """Take one now, beside what else is to be done."""
        self._looking.spawn(self._keep(camera, preset))

    async def _keep(self, camera: str, preset: str) -> None:
        driver, path = self._executor.drivers.get(camera), self._path(camera, preset)
        picture = await driver.look() if isinstance(driver, HasPictures) else None
        if picture is None:
            return

        def keep() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)

        try:
            await asyncio.to_thread(keep)
        except OSError as error:
            self._executor.say(f"The picture of {preset} cannot be kept: {error.strerror or error}.")
