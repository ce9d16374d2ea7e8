"""The Pelco driver against a far end that hears, and against a simulated camera; in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cuelang import clock, rig
from cuelang.commands import (
    FOCUS,
    PAN_TILT,
    ZOOM,
    Clear,
    Command,
    Drive,
    Driver,
    Focus,
    FocusDrive,
    Home,
    Job,
    Recall,
    Stop,
    Store,
    Tally,
    ZoomDrive,
)
from cuelang.devices.bus import PelcoBus
from cuelang.devices.pelco import PelcoCamera
from cuelang.models import DEFAULT
from cuelang.plan import Camera
from cuelang.protocols.pelco import Position, encode
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach
from cuelang.source import NOWHERE
from cuelang.transports.memory import MemoryEnd, pair
from cuelang.units import MS

S = 1000 * MS
LEFT, LEFT_IN, ZOOM_IN = "FF 01 00 04 20 00 25", "FF 01 00 44 20 00 65", "FF 01 00 40 00 00 41"
STILL, CALL_4, ASK_PAN = "FF 01 00 00 00 00 01", "FF 01 00 07 00 04 0C", "FF 01 00 51 00 00 52"


class Far:
    """The far end: it hears, and answers for its position when it has one."""

    def __init__(self, line: MemoryEnd) -> None:
        self.line = line
        self.heard: list[tuple[int, str]] = []
        self.position: int | None = None
        line.listener = self
        line.start()

    def line_data(self, data: bytes) -> None:
        frame = data.hex(" ").upper()
        if frame[9:11] in ("51", "53", "55"):
            if self.position is not None:
                axis = {"51": "pan", "53": "tilt", "55": "zoom"}[frame[9:11]]
                self.line.send(encode(Position(axis, self.position)))  # type: ignore[arg-type]  # one of the three
        else:
            self.heard.append((clock.current().now() // MS, frame))

    def line_up(self) -> None: ...
    def line_down(self, error: str) -> None: ...
    def line_error(self, error: str) -> None: ...


class Stage:
    def __init__(self, bused: bool = False) -> None:
        near, far = pair()
        self.cable = near
        self.far = Far(far)
        line = PelcoBus(near, 2400).camera(1) if bused else near
        self.camera = PelcoCamera("foh", line, "pelco-d", keepalive=None)
        self.finished: list[Job] = []

    def start(self, command: Command) -> Job:
        job = Job(command, clock.current().now(), self.finished.append)
        self.camera.start(job)
        return job

    def expects(self, *frames: tuple[int, str]) -> None:
        """What the camera heard, but for stops that are said again."""
        heard, self.far.heard = self.far.heard, []
        first = [one for one in heard if not {(one[0] - 100, one[1]), (one[0] - 200, one[1])} & set(heard)]
        assert first == list(frames)


async def after(seconds: float) -> None:
    now = clock.current()
    await now.sleep_until(now.now() + round(seconds * S))


def play(scene: Callable[[Stage], Coroutine[Any, Any, None]], bused: bool = False) -> None:
    async def main() -> None:
        stage = Stage(bused)
        await stage.camera.open()
        await scene(stage)
        await stage.camera.close()

    clock.run(main(), kind="virtual")


def test_it_is_a_driver() -> None:
    async def scene(stage: Stage) -> None:
        driver: Driver = stage.camera
        assert driver.state.connected  # there are no answers, so the line is all that is known

    play(scene)


def test_what_has_left_is_sent_and_nothing_more_is_known() -> None:
    async def scene(stage: Stage) -> None:
        jobs = [stage.start(command) for command in (Store(4), Recall(4), Focus("manual"), Clear(4))]
        await after(1)
        stage.expects(
            (0, "FF 01 00 03 00 04 08"), (0, CALL_4), (0, "FF 01 00 2B 00 02 2E"), (0, "FF 01 00 05 00 04 0A")
        )
        assert {job.outcome for job in jobs} == {"sent"}
        assert [job.sent for job in jobs] == [0] * 4
        assert [job.acked for job in jobs] == [None] * 4
        assert jobs[1].wire == [bytes.fromhex(CALL_4)]

    play(scene)


@pytest.mark.parametrize("command", [Home(), Tally("program")])
def test_what_pelco_has_no_words_for_is_refused(command: Command) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.start(command).outcome == "refused"
        stage.expects()

    play(scene)


def test_a_drive_stops_itself_at_its_absolute_deadline() -> None:
    async def scene(stage: Stage) -> None:
        drive = stage.start(Drive("left", 32, 32, 2 * S))
        await after(1.9)
        before = drive.outcome
        await after(1)
        stage.expects((0, LEFT), (2000, STILL))
        assert (before, drive.outcome, drive.done) == (None, "sent", 2 * S)
        assert [frame.hex(" ").upper() for frame in drive.wire] == [LEFT, STILL]

    play(scene)


def test_a_stop_is_sent_three_times_for_nobody_confirms_it() -> None:
    async def scene(stage: Stage) -> None:
        stage.start(Drive("left", 32, 32))
        await after(1)
        stage.camera.halt(frozenset((PAN_TILT,)))
        await after(5)
        assert stage.far.heard == [(0, LEFT), (1000, STILL), (1100, STILL), (1200, STILL)]
        assert not stage.camera.unsettled()

    play(scene)


@pytest.mark.parametrize("deaf", [0, 3, 5])
def test_a_camera_that_answers_is_asked_whether_it_stands(deaf: int) -> None:
    """The first stops do not reach it."""

    async def scene(stage: Stage) -> None:
        far, stops = stage.far, 0
        far.position = 0

        def drives_on(data: bytes) -> None:
            nonlocal stops
            stops += data.hex(" ").upper() == STILL
            if stops <= deaf and far.position is not None:
                far.position += 1
            Far.line_data(far, data)

        far.line_data = drives_on  # type: ignore[method-assign]
        await after(1)
        stage.start(Drive("left", 32, 32))
        await after(1)
        stage.camera.halt(frozenset((PAN_TILT,)))
        await after(0.25)
        assert stage.camera.unsettled() == {PAN_TILT}
        await after(4)
        assert [at for at, frame in far.heard if frame == STILL][:3] == [2000, 2100, 2200]
        assert stops == (3 if deaf < 3 else 6)
        assert not stage.camera.unsettled()

    play(scene)


def test_a_camera_that_answers_no_more_after_a_stop_may_still_be_moving() -> None:
    async def scene(stage: Stage) -> None:
        adrift: list[frozenset[str]] = []
        stage.camera.on_adrift = adrift.append
        stage.far.position = 0
        await after(1)
        stage.start(Drive("left", 32, 32))
        await after(1)
        stage.camera.halt(frozenset((PAN_TILT,)))
        await after(0.4)
        stage.far.position = None
        await after(9)
        assert adrift == []
        await after(2)
        assert adrift == [{PAN_TILT}]
        assert stage.camera.unsettled() == {PAN_TILT}

    play(scene)


def test_a_newer_drive_ends_the_repetitions_of_a_stop() -> None:
    async def scene(stage: Stage) -> None:
        stage.start(Drive("left", 32, 32))
        await after(1)
        stage.camera.halt(frozenset((PAN_TILT,)))
        await after(0.15)
        stage.start(Drive("left", 32, 32))
        await after(5)
        assert stage.far.heard == [(0, LEFT), (1000, STILL), (1100, STILL), (1150, LEFT)]

    play(scene)


def test_a_zoom_does_not_end_the_pan_that_it_begins_in() -> None:
    """A frame of motion says all that moves, so each says what goes on beside it."""

    async def scene(stage: Stage) -> None:
        stage.start(Drive("left", 32, 32, 3 * S))
        await after(1)
        stage.start(ZoomDrive("out", 3, S))
        await after(3)
        stage.expects((0, LEFT), (1000, LEFT_IN), (2000, LEFT), (3000, STILL))

    play(scene)


def test_a_stop_of_one_axis_leaves_the_others() -> None:
    async def scene(stage: Stage) -> None:
        stage.start(Drive("left", 32, 32))
        stage.start(ZoomDrive("out", 3))
        stage.start(Stop(frozenset((PAN_TILT,)), tracking=False))
        await after(1)
        stage.camera.halt(frozenset((ZOOM, FOCUS)))
        await after(1)
        stage.expects((0, LEFT), (0, LEFT_IN), (0, ZOOM_IN), (1000, STILL))

    play(scene)


def test_what_is_superseded_gets_no_stop_and_what_is_stopped_does() -> None:
    async def scene(stage: Stage) -> None:
        first = stage.start(Drive("left", 32, 32, 9 * S))
        await after(1)
        stage.camera.end(first, "superseded")
        second = stage.start(Drive("right", 32, 32, 9 * S))
        await after(1)
        stage.camera.end(second, "stopped")
        await after(20)
        stage.expects((0, LEFT), (1000, "FF 01 00 02 20 00 23"), (2000, STILL))
        assert (first.outcome, second.outcome) == ("superseded", "stopped")
        assert len(stage.finished) == 2

    play(scene)


def test_a_held_drive_stops_and_drives_on_for_what_is_left() -> None:
    async def scene(stage: Stage) -> None:
        drive = stage.start(Drive("left", 32, 32, 3 * S))
        await after(1)
        stage.camera.hold(drive)
        await after(5)
        stage.camera.resume(drive, 5 * S)
        await after(5)
        stage.expects((0, LEFT), (1000, STILL), (6000, LEFT), (8000, STILL))
        assert drive.outcome == "sent"

    play(scene)


def test_a_recall_ends_what_was_going_on() -> None:
    async def scene(stage: Stage) -> None:
        drive = stage.start(FocusDrive("near", None))
        await after(1)
        assert drive.outcome == "sent"
        stage.start(Recall(4))
        await after(1)
        stage.start(ZoomDrive("out", 3))
        await after(1)
        stage.expects((0, "FF 01 01 00 00 00 02"), (1000, CALL_4), (2000, ZOOM_IN))

    play(scene)


def test_a_recall_of_a_camera_that_answers_is_over_when_it_stands() -> None:
    async def scene(stage: Stage) -> None:
        stage.far.position = 0
        stage.camera.link.line_up()
        await after(0.1)
        assert stage.camera.link.answers
        recall = stage.start(Recall(4))
        for position in range(1, 31):
            await after(0.1)
            stage.far.position = position
        assert recall.outcome is None
        await after(2)
        assert recall.outcome == "sent"
        assert recall.done is not None and 3 * S < recall.done < 4 * S
        assert stage.camera.link.positions == {"pan": 30, "tilt": 30, "zoom": 30}

    play(scene)


def test_a_recall_that_loses_an_axis_is_superseded() -> None:
    async def scene(stage: Stage) -> None:
        stage.far.position = 0
        stage.camera.link.line_up()
        await after(0.1)
        recall = stage.start(Recall(4))
        await after(0.1)
        stage.camera.lose_axes(recall, frozenset((ZOOM,)))
        assert (recall.outcome, recall.lost) == ("superseded", frozenset((ZOOM,)))

    play(scene)


def test_on_a_shared_line_a_stop_overtakes_and_what_it_overtook_sets_nothing_going() -> None:
    async def scene(stage: Stage) -> None:
        stage.far.heard.clear()
        await after(1)
        for _ in range(3):
            stage.start(Store(1))
        stage.start(Drive("left", 32, 32, 9 * S))
        zoom = stage.start(ZoomDrive("out", 3, 9 * S))
        stage.camera.halt(frozenset((PAN_TILT,)))
        await after(1)
        frames = [frame for _, frame in stage.far.heard]
        assert frames[1] == ZOOM_IN  # the stop: of all that was going to move, the zoom is left
        assert LEFT not in frames and LEFT_IN not in frames
        assert zoom.sent is not None and zoom.sent > S

    play(scene, bused=True)


def test_a_drive_that_was_ended_before_its_turn_leaves_nothing_behind() -> None:
    async def scene(stage: Stage) -> None:
        stage.start(Store(1))
        pan = stage.start(Drive("left", 32, 32, 9 * S))
        stage.camera.end(pan, "stopped")
        stage.start(ZoomDrive("out", 3))
        await after(1)
        assert [frame for _, frame in stage.far.heard] == ["FF 01 00 03 00 01 05", ZOOM_IN]
        assert (pan.outcome, pan.sent) == ("stopped", None)

    play(scene, bused=True)


def test_what_the_line_could_not_take_in_time_is_unreachable_and_never_sent() -> None:
    async def scene(stage: Stage) -> None:
        stage.camera.link.line_down("the port is gone; was the cable pulled?")
        job = stage.start(Drive("left", 32, 32, 2 * S))
        await after(3)
        assert (job.outcome, job.reason) == ("unreachable", "the port is gone; was the cable pulled?")
        stage.camera.link.line_up()
        await after(1)
        stage.expects()
        assert job.sent is None

    play(scene)


def test_a_stop_that_could_not_leave_is_made_up_for() -> None:
    async def scene(stage: Stage) -> None:
        job = stage.start(Drive("left", 32, 32, 2 * S))
        await after(1)
        stage.camera.link.line_down("the port is gone; was the cable pulled?")
        await after(5)
        assert job.outcome == "timed_out"
        stage.camera.link.line_up()
        await after(1)
        stage.expects((0, LEFT), (6000, STILL))

    play(scene)


def test_a_camera_that_stops_answering_is_said_to() -> None:
    async def main() -> None:
        near, far_end = pair()
        far = Far(far_end)
        far.position = 5
        camera = PelcoCamera("foh", near, "pelco-d")
        await camera.open()
        await after(20)
        assert camera.state.connected and camera.state.heard is not None
        far.position = None
        await after(20)
        assert (camera.state.connected, camera.state.error) == (False, "the camera no longer answers")
        far.position = 5
        await after(10)
        assert camera.state.connected
        await camera.close()

    clock.run(main(), kind="virtual")


# --- with a simulated camera ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "base"), [("pelco-d", 1), ("pelco-p", 1), ("pelco-p", 0)])
def test_a_simulated_camera_does_what_it_is_told(kind: str, base: int) -> None:
    async def main() -> None:
        near, far = pair()
        body = Body(DEFAULT, "foh")
        body.presets[4] = StoredPreset(600, -100, 0x1000)
        attach(far, body, scheme=kind, address=3, base=base)
        camera = PelcoCamera("foh", near, kind, address=3, base=base, keepalive=None)  # type: ignore[arg-type]  # one of two
        await camera.open()
        await after(0.1)
        finished: list[Job] = []
        camera.start(Job(Recall(4), clock.current().now(), finished.append))
        await after(10)
        assert [job.outcome for job in finished] == ["sent"]
        now = clock.current().now()
        assert (body.pan.at(now), body.tilt.at(now), body.zoom.at(now)) == (600, -100, 0x1000)
        assert camera.link.positions == {"pan": 4167, "tilt": 36_000 - 694, "zoom": 0x1000}
        camera.start(Job(Drive("up_right", 63, 63, S), now, finished.append))
        camera.start(Job(FocusDrive("near", None, S), now, finished.append))
        await after(0.5)
        assert body.moving(clock.current().now()) == {"pan_tilt", "focus"}
        await after(2)
        assert not body.moving(clock.current().now())
        assert body.pan.target > 600 and body.tilt.target > -100
        await camera.close()

    clock.run(main(), kind="virtual")


def test_a_simulated_camera_without_positions_is_taken_for_a_link_without_replies() -> None:
    async def main() -> None:
        near, far = pair()
        attach(far, Body(DEFAULT), Faults(no_positions=True), scheme="pelco-d")
        camera = PelcoCamera("foh", near, "pelco-d", keepalive=None)
        await camera.open()
        await after(1)
        assert camera.link.answers is False
        finished: list[Job] = []
        camera.start(Job(Recall(4), S, finished.append))
        assert [job.outcome for job in finished] == ["sent"]
        await camera.close()

    clock.run(main(), kind="virtual")


def test_a_rehearsal_speaks_pelco_too() -> None:
    async def main() -> Job:
        driver = rig.simulated(Camera("foh", "pelco-p:///dev/ttyS0?address=2", None, NOWHERE, address_base=0))
        assert isinstance(driver, PelcoCamera)
        await driver.open()
        finished: list[Job] = []
        driver.start(Job(Store(4), 0, finished.append))
        await driver.close()
        return finished[0]

    assert clock.run(main(), kind="virtual").wire == [bytes.fromhex("A0 01 00 03 00 04 AF 09")]
