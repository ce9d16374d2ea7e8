"""Where a camera goes while a hand drives it, recorded in a running show."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from cuelang.aside import loop_first
from cuelang.clock import Clock, Handle
from cuelang.commands import Place, Pose
from cuelang.library import Unwritable, rewrite
from cuelang.models import Model
from cuelang.plain import UserError
from cuelang.protocols.trace import BEAT_NS, ENDING, measured, written
from cuelang.protocols.trace import Path as Way
from cuelang.runtime.executor import Executor

NAME = re.compile(r"\w[\w.-]{0,79}\Z")


class BadRecording(UserError, ValueError):
    """It is not done; the message says why."""

    code = 1


class Recording:
    """One camera, asked ten times a second. It stops by itself when it is full."""

    def __init__(self, executor: Executor, clock: Clock, camera: str, path: Path) -> None:
        self.camera, self.path = camera, path
        self._executor, self._clock = executor, clock
        self._begin = clock.now()
        self._way = Way(self._begin)
        self._timer: Handle | None = None
        self._beat(self._begin)

    @property
    def model(self) -> Model:
        return self._executor.plan.camera(self.camera).figures

    def _beat(self, due: int) -> None:
        driver = self._executor.drivers.get(self.camera)
        if driver is not None:
            said = driver.state.pan_tilt_said
            if said is not None and said >= self._begin:
                self._way.heard(driver.state.pose, said)
            driver.ask_pose()
        if not self._way.full:
            self._timer = self._clock.at(due + BEAT_NS, self._beat, due + BEAT_NS)

    def add(self, pose: Pose | None) -> None:
        """Where it is now; None: it does not say."""
        if pose is not None:
            self._way.heard(pose, self._clock.now())

    def end(self) -> tuple[Place, ...]:
        if self._timer is not None:
            self._timer.cancel()
        return self._way.trace()


class Traces:
    """`folder` is where the files are written; `wall` is the time of day as people read it."""

    def __init__(self, executor: Executor, clock: Clock, folder: Path, wall: Callable[[], str]) -> None:
        self._executor, self._clock, self._folder, self._wall = executor, clock, folder, wall
        self._going: dict[str, Recording] = {}

    @property
    def going(self) -> dict[str, str]:
        """The cameras whose path is being recorded, with the names of their files."""
        return {camera: recording.path.name for camera, recording in self._going.items()}

    async def start(self, camera: str, name: str, who: str) -> str:
        """Raises BadRecording."""
        going = self._going.get(camera)
        if going is not None:
            raise BadRecording(f"{going.path.name} of {camera} is being recorded")
        name = (name or f"{camera}-{self._wall()[11:19].replace(':', '')}").removesuffix(ENDING)
        if not NAME.match(name):
            raise BadRecording(f"“{name}” is not the name of a file: letters, digits, _, - and .")
        path = self._folder / f"{name}{ENDING}"
        if path.exists() or any(one.path == path for one in self._going.values()):
            raise BadRecording(f"{path.parent.name}/{path.name} exists; choose another name")
        pose = await self._executor.devices.cameras.place(camera)
        if pose is None or None in (pose.pan, pose.tilt, pose.zoom):
            raise BadRecording(f"{camera} does not say where it is")
        self._going[camera] = Recording(self._executor, self._clock, camera, path)
        return f"trace of {camera} is being recorded, by {who}" if who else f"trace of {camera} is being recorded"

    async def stop(self, camera: str) -> str:
        """Raises BadRecording."""
        recording = self._going.pop(camera, None)
        if recording is None:
            raise BadRecording(f"no trace of {camera} is being recorded")
        recording.add(await self._executor.devices.cameras.place(camera))
        places = recording.end()
        if len(places) < 2:
            raise BadRecording(f"{camera} did not move; nothing was written")
        text, path = written(recording.model, places), recording.path

        def write() -> None:
            path.parent.mkdir(exist_ok=True)
            rewrite(str(path), text)

        try:
            with loop_first():
                await asyncio.to_thread(write)
        except (OSError, Unwritable) as error:
            self._going[camera] = recording
            raise BadRecording(f"{path} cannot be written: {error}") from None
        return f"{path.parent.name}/{path.name}: {camera}, {measured(places)}"

    async def stop_all(self) -> list[str]:
        """What was written, or why not, a sentence each."""
        said = []
        for camera in list(self._going):
            try:
                said.append(await self.stop(camera))
            except BadRecording as error:
                said.append(str(error))
                self._going.pop(camera, None)
        return said
