"""A VISCA driver against a camera that says what the test tells it to say, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from cuelang import clock
from cuelang.commands import (
    Command,
    Job,
    Pose,
)
from cuelang.devices.visca import ViscaCamera
from cuelang.protocols.visca import codec
from cuelang.transports.memory import MemoryEnd, pair
from cuelang.units import MS

S = 1000 * MS
HOME, RECALL_4 = "81 01 06 04 FF", "81 01 04 3F 02 04 FF"
PT_STOP, ZOOM_STOP, FOCUS_STOP = "81 01 06 01 0C 0C 03 03 FF", "81 01 04 07 00 FF", "81 01 04 08 00 FF"
LEFT_10 = "81 01 06 01 0A 0A 01 03 FF"
TALLY = "81 0A 02 02 02 FF"
POWER_ON = "81 01 04 00 02 FF"


def absolute(pan: int, tilt: int, pan_speed: int = 12, tilt_speed: int = 12) -> str:
    return shown(codec.encode("pt.absolute", pan_speed=pan_speed, tilt_speed=tilt_speed, pan=pan, tilt=tilt))


def zoom(position: int) -> str:
    return shown(codec.encode("zoom.direct", zoom=position))


def shown(frame: bytes) -> str:
    return frame.hex(" ").upper()


class Camera:
    """The far end."""

    def __init__(self, line: MemoryEnd) -> None:
        self.line = line
        self.pose = Pose(0, 0, 0)
        self.on = True
        self.menu_open = False
        self.mute = False
        self.takes_all = False
        """Answer every command with ACK and completion at once."""
        self.refuses: dict[str, str] = {}
        self.inquiries: list[str] = []
        self.commands: list[str] = []
        line.listener = self
        line.start()

    def expects(self, *frames: str) -> None:
        commands, self.commands = self.commands, []
        assert commands == list(frames)

    def says(self, *frames: str) -> None:
        for frame in frames:
            self.line.send(bytes.fromhex(frame))

    def line_up(self) -> None: ...

    def line_down(self, error: str) -> None: ...

    def line_error(self, error: str) -> None: ...

    def line_data(self, data: bytes) -> None:
        text = shown(data)
        if data[1] != 0x09:
            self.commands.append(text)
            if text in self.refuses:
                self.says(self.refuses[text])
            elif self.takes_all:
                self.says("90 41 FF", "90 51 FF")
            return
        self.inquiries.append(text)
        if text in self.refuses:
            self.says(self.refuses[text])
        elif not self.mute:
            pose = self.pose
            match text:
                case "81 09 06 12 FF":
                    self.line.send(codec.answer("inq.pan_tilt", pan=pose.pan or 0, tilt=pose.tilt or 0))
                case "81 09 04 47 FF":
                    self.line.send(codec.answer("inq.zoom", zoom=pose.zoom or 0))
                case "81 09 04 00 FF":
                    self.line.send(codec.answer("inq.power", power=2 if self.on else 3))
                case "81 09 06 06 FF":
                    self.line.send(codec.answer("inq.menu", open=2 if self.menu_open else 3))


class Stage:
    def __init__(self, keepalive: int | None = None) -> None:
        near, far = pair()
        self.near = near
        self.changes = 0
        self.camera = Camera(far)
        self.driver = ViscaCamera("foh", near, keepalive=keepalive, on_change=self._changed)
        self.clock = clock.current()
        self.finished: list[Job] = []

    async def open(self) -> None:
        await self.driver.open()
        await self.passes(1)
        self.camera.inquiries.clear()

    def start(self, command: Command, pose: Pose | None = None, late: int = 0) -> Job:
        job = Job(command, self.clock.now() - late * MS, self.finished.append, pose)
        self.driver.start(job)
        return job

    async def passes(self, ms: float) -> None:
        await self.clock.sleep_until(self.clock.now() + round(ms * MS))

    def ended(self, job: Job) -> tuple[str | None, str]:
        assert self.finished.count(job) == (job.outcome is not None), "finished exactly once, and not before"
        return job.outcome, job.reason

    def _changed(self) -> None:
        self.changes += 1


Test = Callable[[Stage], Coroutine[Any, Any, None]]


def scene(test: Test) -> Callable[[], None]:
    """A test in virtual time, on an open stage."""

    async def main() -> None:
        stage = Stage()
        await stage.open()
        await test(stage)

    def run() -> None:
        clock.run(main(), kind="virtual")

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def stands_still(stage: Stage, ms: int) -> None:
    """Time goes on, and nothing is done meanwhile."""
    assert isinstance(stage.clock, clock.VirtualClock)
    stage.clock._now += ms * MS
