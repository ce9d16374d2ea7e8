"""The driver against a camera that says what the test tells it to say, in virtual time.

Inquiries are answered from `camera.pose`, unless it is `mute`; commands wait for the test to answer them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cuelang import clock
from cuelang.commands import (
    FOCUS,
    PAN_TILT,
    ZOOM,
    Booth,
    Command,
    Drive,
    Driver,
    Home,
    Job,
    MoveBy,
    MoveTo,
    Pose,
    Power,
    Ramp,
    Recall,
    SetProperty,
    Stop,
    Tally,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.devices.visca import ViscaCamera
from cuelang.protocols.visca import codec
from cuelang.transports.gate import GATE
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


# --- settings and drives -----------------------------------------------------------------------------------------


@scene
async def test_it_is_a_driver(stage: Stage) -> None:
    driver: Driver = stage.driver
    assert driver.state.connected and driver.state.power and driver.state.pose == Pose(0, 0, 0)


@scene
async def test_a_tally_is_sent_taken_and_done(stage: Stage) -> None:
    job = stage.start(Tally("program"))
    begun = job.due
    await stage.passes(4)
    stage.camera.expects(TALLY)
    stage.camera.says("90 41 FF")
    await stage.passes(3)
    assert job.outcome is None and job.acked == begun + 4 * MS
    stage.camera.says("90 51 FF")
    await stage.passes(0)
    await stage.passes(1)
    assert stage.ended(job) == ("completed", "")
    assert (job.sent, job.done, job.wire) == (begun, begun + 7 * MS, [bytes.fromhex(TALLY)])


@scene
async def test_a_second_after_its_ack_a_thing_of_an_instant_is_done_though_its_completion_is_lost(stage: Stage) -> None:
    for command in (Tally("program"), SetProperty("iris", "value", (9,))):
        job = stage.start(command)
        await stage.passes(4)
        stage.camera.says("90 41 FF")
        await stage.passes(900)
        assert job.outcome is None
        await stage.passes(200)
        assert stage.ended(job) == ("completed", "")


@scene
async def test_a_no_is_an_outcome_with_its_reason(stage: Stage) -> None:
    job = stage.start(SetProperty("iris", "value", (9,)))
    await stage.passes(1)
    stage.camera.says("90 60 41 FF")
    await stage.passes(1)
    assert stage.ended(job) == ("refused", "the camera cannot do that in its present state")


@scene
async def test_a_disputed_row_is_tried_in_its_other_form(stage: Stage) -> None:
    job = stage.start(SetProperty("gain", "value", (5,)))
    await stage.passes(1)
    stage.camera.expects("81 01 04 4C 00 00 00 05 FF")
    stage.camera.says("90 60 02 FF")
    await stage.passes(1)
    stage.camera.expects("81 01 04 0C 00 00 00 05 FF")
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(1)
    assert stage.ended(job) == ("completed", "")


@scene
async def test_a_drive_stops_itself(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Drive("left", 10, 10, duration=2 * S))
    await stage.passes(1999)
    stage.camera.expects(LEFT_10)
    assert job.outcome is None
    await stage.passes(2)
    stage.camera.expects(PT_STOP)
    assert stage.ended(job) == ("completed", "") and job.done == job.due + 2 * S and job.acked == job.due


@scene
async def test_a_drive_without_end_is_finished_when_it_is_taken(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(ZoomDrive("in", 3))
    await stage.passes(1)
    assert stage.ended(job) == ("completed", "")


@scene
async def test_a_drive_that_was_perhaps_heard_is_stopped(stage: Stage) -> None:
    job = stage.start(Drive("left", 10, 10))
    await stage.passes(1100)
    assert stage.ended(job)[0] == "unreachable"
    assert stage.camera.commands[-1] == PT_STOP


@scene
async def test_a_camera_without_a_web_side_refuses_pictures(stage: Stage) -> None:
    job = stage.start(Booth("photos", S, S, "."))
    assert stage.ended(job) == ("refused", "this camera has no HTTP address for pictures; add an `http` line")


@scene
async def test_a_stop_goes_before_everything(stage: Stage) -> None:
    for _ in range(4):
        stage.start(Tally("program"))
    job = stage.start(Stop())
    await stage.passes(1)
    stage.camera.expects(TALLY, TALLY, "81 0A 11 54 03 FF", PT_STOP, ZOOM_STOP, FOCUS_STOP)
    stage.camera.says(*["90 41 FF", "90 51 FF"] * 2, "90 60 02 FF", *["90 41 FF", "90 51 FF"] * 3)
    await stage.passes(1)
    assert stage.ended(job)[0] == "completed", "a camera without auto-tracking has stopped all the same"


@scene
async def test_halt(stage: Stage) -> None:
    stage.driver.halt(frozenset((ZOOM,)))
    stage.driver.halt(frozenset((PAN_TILT, FOCUS)), tracking=True)
    await stage.passes(1)
    stage.camera.expects(ZOOM_STOP, "81 0A 11 54 03 FF", PT_STOP, FOCUS_STOP)


# --- arrival -----------------------------------------------------------------------------------------------------


@scene
async def test_arrived_means_two_equal_positions(stage: Stage) -> None:
    job = stage.start(MoveTo(Pose(500, 100), 12, 12))
    await stage.passes(1)
    stage.camera.expects(absolute(500, 100))
    stage.camera.says("90 41 FF", "90 51 FF")  # it says so, but it moves
    for pan in (100, 300, 500):
        stage.camera.pose = Pose(pan, 100, 0)
        await stage.passes(60 if pan == 100 else 120)
    there = stage.clock.now()
    await stage.passes(2000)
    assert stage.ended(job) == ("completed", "")
    assert job.done is not None and job.done <= there
    assert stage.driver.state.pose == Pose(500, 100, 0)


@scene
async def test_a_move_costs_two_questions(stage: Stage) -> None:
    job = stage.start(ZoomTo(0x1000))
    await stage.passes(1000)
    stage.camera.pose = Pose(0, 0, 0x1000)
    stage.camera.says("90 41 FF", "90 51 FF")
    completed = stage.clock.now()
    stage.camera.inquiries.clear()
    await stage.passes(5000)
    assert stage.ended(job) == ("completed", "") and job.done == completed
    assert stage.camera.inquiries == ["81 09 04 47 FF"] * 2


@scene
async def test_ack_and_completion_at_the_end_of_a_recall(stage: Stage) -> None:
    """pov#32."""
    job = stage.start(Recall(4))
    await stage.passes(3150)
    stage.camera.pose = Pose(500, 100, 0x1000)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(1000)
    assert stage.ended(job) == ("completed", "")
    assert job.done == job.acked == job.due + 3150 * MS


@scene
async def test_a_recall_whose_completion_never_comes_has_arrived_all_the_same(stage: Stage) -> None:
    stage.driver.link.preset_speed = 12
    job = stage.start(Recall(4, pose=Pose(500, 100, 0x1000)))
    await stage.passes(5)
    stage.camera.says("90 41 FF")
    await stage.passes(1000)
    stage.camera.pose = Pose(500, 100, 0x1000)
    await stage.passes(3000)
    assert stage.ended(job) == ("completed", "")


@scene
async def test_a_camera_that_never_set_off_has_not_arrived(stage: Stage) -> None:
    """Every frame of the move is lost; only inquiries get through."""
    job = stage.start(MoveTo(Pose(500, 100), 12, 12))
    await stage.passes(10_000)
    assert stage.ended(job) == ("unreachable", "the camera responds but did not accept this")


@scene
async def test_a_camera_that_stops_on_its_way_has_not_arrived(stage: Stage) -> None:
    job = stage.start(MoveTo(Pose(500, 100), 12, 12))
    await stage.passes(1)
    stage.camera.says("90 41 FF")
    stage.camera.pose = Pose(200, 100, 0)
    await stage.passes(10_000)
    assert stage.ended(job)[0] == "timed_out"


@scene
async def test_closing_stops_what_is_under_way(stage: Stage) -> None:
    stage.camera.takes_all = True
    jobs = [stage.start(command) for command in (Drive("left", 10, 10, 9 * S), Ramp("zoom", 0, 900, 9 * S, 1))]
    await stage.passes(10)
    await stage.driver.close()
    assert [stage.ended(job)[0] for job in jobs] == ["stopped", "stopped"]
    await stage.passes(100)
    stage.camera.expects(LEFT_10, zoom(0), PT_STOP)


@scene
async def test_a_camera_that_does_not_know_positions_is_done_at_completion(stage: Stage) -> None:
    stage.camera.refuses = {"81 09 06 12 FF": "90 60 02 FF", "81 09 04 47 FF": "90 60 02 FF"}
    for _ in range(2):
        job = stage.start(Recall(4))
        await stage.passes(1000)
        stage.camera.says("90 41 FF", "90 51 FF")
        await stage.passes(1)
        assert stage.ended(job) == ("completed", "") and job.done == job.due + 1000 * MS
    assert stage.camera.inquiries.count("81 09 06 12 FF") == 1, "it is not asked again"


@scene
async def test_a_camera_that_keeps_its_position_to_itself_is_done_at_completion(stage: Stage) -> None:
    job = stage.start(Home())
    await stage.passes(1)
    stage.camera.mute = True
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(5000)
    assert stage.ended(job) == ("completed", "") and job.done == job.due + 1 * MS


@scene
async def test_a_move_that_never_ends_times_out(stage: Stage) -> None:
    job = stage.start(Home())
    await stage.passes(1)
    stage.camera.says("90 41 FF")
    stage.camera.mute = True
    await stage.passes(61_000)
    assert stage.ended(job)[0] == "timed_out"


@scene
async def test_an_axis_left_out_stays_where_the_camera_says_it_is(stage: Stage) -> None:
    stage.camera.pose = Pose(70, -30, 0)
    stage.start(MoveTo(Pose(tilt=100), 12, 12), pose=Pose(0, 0, 0))
    await stage.passes(1)
    stage.camera.expects(absolute(70, 100))


@scene
async def test_an_axis_left_out_while_it_moves_stays_where_it_was_sent(stage: Stage) -> None:
    stage.camera.takes_all = True
    first = stage.start(MoveTo(Pose(500, 0), 12, 12))
    stage.camera.pose = Pose(20, 0, 0)
    await stage.passes(20)
    stage.driver.end(first, "superseded")
    stage.start(MoveTo(Pose(tilt=100), 12, 12))
    await stage.passes(1)
    stage.camera.expects(absolute(500, 0), absolute(500, 100))


@scene
async def test_an_axis_left_out_and_no_answer_is_where_the_plan_has_it(stage: Stage) -> None:
    stage.camera.mute = True
    stage.start(MoveTo(Pose(tilt=100), 12, 12), pose=Pose(33, 0, 0))
    await stage.passes(199)
    stage.camera.expects()
    await stage.passes(2)
    stage.camera.expects(absolute(33, 100))


@pytest.mark.parametrize("pose", [Pose(tilt=100), Pose(tilt=100, zoom=50)])
def test_an_axis_left_out_that_nobody_knows_moves_nothing(pose: Pose) -> None:
    async def main() -> None:
        stage = Stage()
        stage.camera.mute = True
        await stage.open()
        job = stage.start(MoveTo(pose, 12, 12))
        await stage.passes(1000)
        stage.camera.expects()
        assert stage.ended(job)[0] == "refused"

    clock.run(main(), kind="virtual")


@scene
async def test_the_preset_speed_is_sent_when_it_differs(stage: Stage) -> None:
    stage.camera.takes_all = True
    for speed in (None, 10, 10, None, 12):
        stage.start(Recall(4, speed))
        await stage.passes(1000)
    stage.camera.expects(RECALL_4, "81 01 06 01 0A FF", RECALL_4, RECALL_4, RECALL_4, "81 01 06 01 0C FF", RECALL_4)


@scene
async def test_a_camera_without_preset_speed_goes_all_the_same(stage: Stage) -> None:
    stage.camera.takes_all = True
    stage.camera.refuses = {"81 01 06 01 0A FF": "90 60 02 FF"}
    job = stage.start(Recall(4, 10))
    await stage.passes(1000)
    stage.camera.expects("81 01 06 01 0A FF", RECALL_4)
    assert stage.ended(job) == ("completed", "the camera does not support this command")


# --- ramps -------------------------------------------------------------------------------------------------------


@scene
async def test_a_ramp_draws_frame_by_frame(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 1000, over=S, rate=10))
    await stage.passes(1001)
    stage.camera.expects(*(zoom(100 * k) for k in range(11)))
    assert stage.ended(job) == ("completed", "")
    assert (job.frames, job.skipped, job.late_max, job.done) == (11, 0, 0, job.due + S)
    assert job.wire == [bytes.fromhex(zoom(1000))]


@scene
async def test_a_lens_that_is_behind_its_ramp_gets_a_stop(stage: Stage) -> None:
    stage.camera.takes_all = True
    for ramp, lens, stops in (
        (Ramp("zoom", 0, 0x1000, 4 * S, 10), 0, []),
        (Ramp("zoom", None, 0x1000, 4 * S, 10), 0x400, []),
        (Ramp("zoom", 0, 0x1000, 4 * S, 10), 0x4000, [ZOOM_STOP]),  # it is on its way to where the ramp begins
        (Ramp("zoom", 0, 0x4000, S, 10), 0, [ZOOM_STOP]),  # full zoom takes four seconds
        (Ramp("focus", 0, 0x1000, S, 10), 0, []),
    ):
        stage.camera.pose = Pose(0, 0, lens)
        stage.driver.ask_pose()
        await stage.passes(10)
        job = stage.start(ramp)
        await stage.passes(550)
        stage.camera.commands.clear()
        stage.driver.end(job, "stopped")
        await stage.passes(50)
        stage.camera.expects(*stops)
        await stage.passes(2000)


@scene
async def test_a_ramp_waits_while_this_machine_finds_out_whether_it_leads(stage: Stage) -> None:
    """It stood still: for as long as that takes nothing is sent, and then the ramp is where it would be."""
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 1000, over=5 * S, rate=2))
    await stage.passes(1001)
    stage.camera.expects(zoom(0), zoom(100), zoom(200))
    try:
        GATE.guard(lambda: False, quiet=True)
        await stage.passes(2700)
    finally:
        GATE.guard(None)
    stage.camera.expects()
    await stage.passes(1300)
    stage.camera.expects(zoom(700), zoom(800), zoom(900), zoom(1000))
    assert stage.ended(job) == ("completed", "")
    assert (job.frames, job.skipped) == (7, 4)


@scene
async def test_a_ramp_goes_on_where_the_answer_to_its_frame_lay_there_unread(stage: Stage) -> None:
    """This machine stood still for a second and a half. Its deadlines are noticed before the camera's answer is."""
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 1000, over=5 * S, rate=2))
    await stage.passes(501)
    stage.camera.takes_all = False
    await stage.passes(500)
    stage.camera.expects(zoom(0), zoom(100), zoom(200))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage.clock, "stall", lambda: 1500 * MS)
        stage.camera.takes_all = True
        stands_still(stage, 1500)
        await stage.passes(0)
        stage.camera.says("90 41 FF", "90 51 FF")
        await stage.passes(100)
    await stage.passes(2500)
    stage.camera.expects(*(zoom(100 * k) for k in range(5, 11)))
    assert stage.ended(job) == ("completed", "") and job.skipped == 2


@scene
async def test_what_waited_for_its_turn_while_this_machine_stood_still_is_too_late(stage: Stage) -> None:
    """Though the camera's answers to what went before it are read before the deadline is noticed."""
    jobs = [stage.start(SetProperty("iris", "value", (number,))) for number in (1, 2, 3)]
    await stage.passes(1)
    assert len(stage.camera.commands) == 2, "the third one waits"
    stage.camera.says("90 41 FF", "90 42 FF")
    stands_still(stage, 1500)
    await stage.passes(10)
    assert [job.acked is not None for job in jobs] == [True, True, False]
    assert len(stage.camera.commands) == 2 and stage.ended(jobs[2])[0] == "unreachable"


@scene
async def test_a_ramp_outlives_a_frame_that_this_machine_kept_back(stage: Stage) -> None:
    """It stood still between the frame and the line. That says nothing of the camera."""
    went_on = (400, 500, 600, 700, 800, 900, 1000)
    for over, before, after in ((5 * S, (0, 100, 200), went_on), (S, (0, 500, 1000), (1000,))):
        stage.camera.takes_all = True
        job = stage.start(Ramp("zoom", 0, 1000, over=over, rate=2))
        await stage.passes(501)
        stage.camera.takes_all, stage.camera.mute = False, True
        await stage.passes(500)
        assert list(dict.fromkeys(stage.camera.commands)) == [zoom(place) for place in before]
        GATE.guard(lambda: False, quiet=True)
        await stage.passes(1400)
        stage.camera.commands.clear()
        GATE.guard(None)
        stage.camera.takes_all, stage.camera.mute, stage.camera.pose = True, False, Pose(0, 0, 1000)
        await stage.passes(3200)
        stage.camera.expects(*map(zoom, after))
        assert stage.ended(job) == ("completed", "")


@scene
async def test_a_ramp_starts_from_where_the_camera_is(stage: Stage) -> None:
    stage.camera.takes_all = True
    stage.camera.pose = Pose(0, 0, 500)
    stage.start(Ramp("zoom", None, 1000, over=S, rate=5), pose=Pose(0, 0, 0))
    await stage.passes(1001)
    stage.camera.expects(zoom(600), zoom(700), zoom(800), zoom(900), zoom(1000))


@scene
async def test_a_ramp_of_a_camera_that_does_not_answer_starts_from_the_plan(stage: Stage) -> None:
    stage.camera.takes_all = stage.camera.mute = True
    job = stage.start(Ramp("zoom", None, 1000, over=S, rate=5), pose=Pose(0, 0, 500))
    await stage.passes(1001)
    stage.camera.expects(zoom(600), zoom(700), zoom(800), zoom(900), zoom(1000))
    assert job.skipped == 0


@scene
async def test_a_ramp_from_nowhere_is_its_last_frame(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("focus", None, 1000, over=S, rate=5))
    await stage.passes(1001)
    stage.camera.expects(shown(codec.encode("focus.direct", focus=1000)))
    assert job.frames == 1


@scene
async def test_a_slow_camera_skips_frames_and_gets_the_last(stage: Stage) -> None:
    """It takes one frame every 150 ms; twenty a second are due."""
    job = stage.start(Ramp("zoom", 0, 1000, over=S, rate=20))
    for _ in range(12):
        await stage.passes(150)
        stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(200)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(1)
    assert stage.camera.commands[-1] == zoom(1000)
    assert stage.ended(job)[0] == "completed"
    assert job.skipped > 5 and job.frames == 21 - job.skipped


@scene
async def test_a_ramp_on_a_dead_camera_is_unreachable_and_falls_silent(stage: Stage) -> None:
    stage.camera.line.plugged = False
    job = stage.start(Ramp("zoom", 0, 0x4000, over=10 * S, rate=10))
    await stage.passes(1500)
    assert stage.ended(job)[0] == "unreachable"
    stage.camera.commands.clear()
    await stage.passes(10_000)
    stage.camera.expects()
    assert stage.driver.state.connected is False


@scene
async def test_focus_that_is_automatic_refuses_the_ramp(stage: Stage) -> None:
    job = stage.start(Ramp("focus", 0, 1000, over=S, rate=10))
    await stage.passes(1)
    stage.camera.says("90 60 41 FF")
    await stage.passes(3000)
    assert stage.ended(job) == ("refused", "the camera cannot do that in its present state")
    assert len(stage.camera.commands) == 1


@scene
async def test_a_ramp_whose_last_completion_is_lost_has_ended_all_the_same(stage: Stage) -> None:
    job = stage.start(Ramp("zoom", 0, 1000, over=S, rate=1))
    await stage.passes(1)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(1000)
    stage.camera.says("90 41 FF")
    stage.camera.pose = Pose(0, 0, 1000)
    await stage.passes(2000)
    assert stage.ended(job) == ("completed", "")


# --- timed moves -------------------------------------------------------------------------------------------------


@scene
async def test_a_timed_move_is_planned_from_where_the_camera_is(stage: Stage) -> None:
    stage.camera.takes_all = True
    plan = stage.start(MoveTo(Pose(500, 100), 12, 12, over=4 * S), pose=Pose(0, 0, 0))
    await stage.passes(1)
    near, stage.camera.commands = stage.camera.commands, []
    assert plan.replanned is False
    stage.driver.end(plan, "superseded")
    stage.camera.pose = Pose(-1500, 900, 0)
    anew = stage.start(MoveTo(Pose(500, 100), 12, 12, over=4 * S), pose=Pose(0, 0, 0))
    await stage.passes(1)
    far = stage.camera.commands
    assert anew.replanned is True
    pan_near, pan_far = (bytes.fromhex(frames[0])[4] for frames in (near, far))
    assert pan_far > pan_near, "a longer way in the same time is faster"


@scene
async def test_a_timed_move_without_an_answer_keeps_to_the_plan(stage: Stage) -> None:
    stage.camera.mute = stage.camera.takes_all = True
    job = stage.start(MoveTo(Pose(500, 100), 12, 12, over=4 * S), pose=Pose(0, 0, 0))
    await stage.passes(199)
    stage.camera.expects()
    await stage.passes(2)
    assert len(stage.camera.commands) == 1 and job.replanned is False


@scene
async def test_a_timed_move_zooms_while_it_goes(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(MoveTo(Pose(500, 100, 1000), 12, 12, over=S, rate=5), pose=Pose(0, 0, 0))
    await stage.passes(500)
    stage.camera.pose = Pose(500, 100, 1000)
    await stage.passes(1500)
    assert [frame for frame in stage.camera.commands if frame.startswith("81 01 04 47")] == [
        zoom(200), zoom(400), zoom(600), zoom(800), zoom(1000),
    ]  # fmt: skip
    assert stage.ended(job) == ("completed", "") and job.done == job.due + S and job.frames == 5


# --- ending, holding ---------------------------------------------------------------------------------------------


@scene
async def test_what_is_superseded_gets_no_stop_and_what_is_stopped_does(stage: Stage) -> None:
    stage.camera.takes_all = True
    for outcome, frames in (("superseded", [LEFT_10]), ("stopped", [LEFT_10, PT_STOP])):
        job = stage.start(Drive("left", 10, 10, duration=5 * S))
        await stage.passes(100)
        stage.driver.end(job, outcome)  # type: ignore[arg-type]  # both are outcomes
        await stage.passes(10_000)
        stage.camera.expects(*frames)
        assert stage.ended(job)[0] == outcome


@scene
async def test_a_stopped_recall_stops_every_axis_it_moves(stage: Stage) -> None:
    job = stage.start(Recall(4))
    await stage.passes(1)
    stage.driver.end(job, "stopped")
    await stage.passes(1)
    stage.camera.expects(RECALL_4, PT_STOP, ZOOM_STOP, FOCUS_STOP)


@scene
async def test_a_stopped_ramp_holds(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 1000, over=S, rate=10))
    await stage.passes(250)
    stage.driver.end(job, "stopped")
    await stage.passes(2000)
    stage.camera.expects(zoom(0), zoom(100), zoom(200))
    assert stage.ended(job)[0] == "stopped"


@scene
async def test_a_held_ramp_goes_on_from_the_same_place(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 1000, over=S, rate=10))
    await stage.passes(250)
    stage.driver.hold(job)
    await stage.passes(3000)
    stage.camera.expects(zoom(0), zoom(100), zoom(200))
    stage.driver.resume(job, 3 * S)
    await stage.passes(51)
    stage.camera.expects(zoom(300))
    await stage.passes(701)
    assert stage.ended(job)[0] == "completed" and (job.frames, job.skipped, job.late_max) == (11, 0, 0)


@scene
async def test_a_held_drive_stops_and_drives_on_for_what_is_left(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Drive("left", 10, 10, duration=2 * S))
    await stage.passes(500)
    stage.driver.hold(job)
    await stage.passes(3000)
    stage.camera.expects(LEFT_10, PT_STOP)
    stage.driver.resume(job, 3 * S)
    await stage.passes(1499)
    stage.camera.expects(LEFT_10)
    await stage.passes(2)
    stage.camera.expects(PT_STOP)
    assert stage.ended(job)[0] == "completed"


@scene
async def test_a_held_move_is_sent_again(stage: Stage) -> None:
    job = stage.start(Home())
    await stage.passes(1)
    stage.camera.says("90 41 FF")
    await stage.passes(500)
    stage.driver.hold(job)
    await stage.passes(2000)
    assert job.outcome is None
    stage.driver.resume(job, 2 * S)
    await stage.passes(1)
    assert stage.camera.commands[0] == HOME and stage.camera.commands[-1] == HOME and PT_STOP in stage.camera.commands
    stage.camera.takes_all = True
    await stage.passes(5000)
    assert stage.ended(job)[0] == "completed"


@scene
async def test_a_held_relative_move_goes_only_what_is_left(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(MoveBy(500, 0, 12, 12))
    await stage.passes(50)
    stage.camera.pose = Pose(200, 0, 0)
    stage.driver.hold(job)
    await stage.passes(1000)
    stage.camera.commands.clear()
    stage.driver.resume(job, S)
    await stage.passes(1)
    stage.camera.expects(absolute(500, 0))


# --- power and menu ----------------------------------------------------------------------------------------------


@scene
async def test_after_power_on_everything_waits_for_the_camera(stage: Stage) -> None:
    stage.camera.mute = True
    power = stage.start(Power(True, boot=45 * S))
    await stage.passes(1)
    stage.camera.says("90 41 FF", "90 51 FF")
    tally = stage.start(Tally("program"))
    await stage.passes(10_000)
    stage.camera.expects(POWER_ON)
    assert power.outcome is None and tally.outcome is None
    stage.camera.mute, stage.camera.takes_all = False, True
    await stage.passes(2000)
    stage.camera.expects(TALLY)
    assert stage.ended(power)[0] == "completed" and stage.ended(tally)[0] == "completed"


@scene
async def test_a_camera_that_never_comes_up_times_out_after_its_boot_time(stage: Stage) -> None:
    stage.camera.mute = True
    power = stage.start(Power(True, boot=20 * S))
    await stage.passes(1)
    stage.camera.says("90 41 FF", "90 51 FF")
    tally = stage.start(Tally("program"))
    await stage.passes(23_000)
    assert stage.ended(power)[0] == "timed_out" and power.outcome == "timed_out"
    assert stage.ended(tally)[0] == "unreachable"


@scene
async def test_a_ramp_that_was_held_by_a_booting_camera_jumps_to_where_it_should_be(stage: Stage) -> None:
    stage.camera.mute = True
    stage.start(Power(True, boot=200 * S))
    await stage.passes(1)
    stage.camera.says("90 41 FF", "90 51 FF")
    job = stage.start(Ramp("zoom", 0, 0x4000, over=120 * S, rate=60))
    await stage.passes(100_000)
    stage.camera.expects(POWER_ON)
    stage.camera.mute, stage.camera.takes_all = False, True
    await stage.passes(30_000)
    assert stage.ended(job) == ("completed", "")
    assert stage.camera.commands[-1] == zoom(0x4000) and job.skipped > 5000 and len(stage.camera.commands) > 100


@scene
async def test_a_stop_is_not_held_by_a_booting_camera(stage: Stage) -> None:
    stage.camera.mute = True
    stage.start(Power(True, boot=20 * S))
    waiting = stage.start(Home())
    stage.start(Stop(frozenset((ZOOM,)), tracking=False))
    stage.driver.end(waiting, "stopped")
    await stage.passes(1)
    stage.camera.expects(POWER_ON, ZOOM_STOP)
    assert stage.ended(waiting)[0] == "stopped"


@scene
async def test_power_off_ends_the_waiting(stage: Stage) -> None:
    stage.camera.mute = True
    power = stage.start(Power(True, boot=20 * S))
    await stage.passes(1)
    stage.driver.end(power, "superseded")
    stage.start(Power(False, boot=20 * S))
    await stage.passes(1)
    stage.camera.expects(POWER_ON, "81 01 04 00 03 FF")


@scene
async def test_menu_arrows_move_no_head(stage: Stage) -> None:
    job = stage.start(SetProperty("osd", "up"))
    await stage.passes(1)
    stage.camera.expects()
    assert stage.ended(job) == ("refused", "the camera's menu is closed")
    stage.camera.menu_open = True
    stage.start(SetProperty("osd", "up"))
    await stage.passes(1)
    stage.camera.expects("81 01 06 01 0E 0E 03 01 FF")


@scene
async def test_menu_arrows_are_not_sent_on_no_answer(stage: Stage) -> None:
    stage.camera.mute = True
    job = stage.start(SetProperty("osd", "up"))
    await stage.passes(1100)
    stage.camera.expects()
    assert stage.ended(job)[0] == "refused"


@scene
async def test_tracking(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Track(True))
    await stage.passes(1)
    stage.camera.expects("81 0A 11 54 02 FF")
    assert stage.ended(job)[0] == "completed"


# --- dead and odd cameras ----------------------------------------------------------------------------------------


@scene
async def test_a_dead_camera_is_unreachable_after_a_second_and_nothing_comes_later(stage: Stage) -> None:
    stage.near.plugged = False
    jobs = [stage.start(command) for command in (ZoomTo(100), Home(), MoveBy(10, 0, 5, 5), Recall(4))]
    await stage.passes(1100)
    assert [stage.ended(job)[0] for job in jobs] == ["unreachable"] * 4
    assert not stage.driver.state.connected
    stage.near.plugged = True
    await stage.passes(10_000)
    stage.camera.expects()


@pytest.mark.parametrize(
    "drive, newer, stop",
    [(ZoomDrive("in", 4), ZoomTo(100), ZOOM_STOP), (Drive("left", 10, 10), Home(), PT_STOP)],
    ids=["zoom", "pan and tilt"],
)
def test_what_a_lost_drive_is_followed_by_is_not_ended_by_its_stop(drive: Command, newer: Command, stop: str) -> None:
    """The show moves the axis again in the moment in which it hears of the end."""

    @scene
    async def night(stage: Stage) -> None:
        following: list[Job] = []
        lost = Job(drive, stage.clock.now(), lambda job: following.append(stage.start(newer)))
        stage.driver.start(lost)
        await stage.passes(2000)
        assert lost.outcome == "unreachable"
        sent = stage.camera.commands
        frame = shown(following[0].wire[0])
        assert stop in sent and stop not in sent[sent.index(frame) :]

    night()


@scene
async def test_a_camera_that_answers_rubbish(stage: Stage) -> None:
    job = stage.start(Tally("program"))
    await stage.passes(1)
    stage.camera.says("48 54 54 50 2F 31")
    await stage.passes(1)
    assert stage.driver.state.error == "the camera sent non-VISCA data: 48 54 54 50 2F 31"
    await stage.passes(1100)
    assert stage.ended(job)[0] == "unreachable"


@scene
async def test_a_command_that_comes_too_late_is_not_sent(stage: Stage) -> None:
    job = stage.start(Home(), late=1500)
    await stage.passes(100)
    stage.camera.expects()
    assert stage.ended(job) == ("unreachable", "it came too late to be sent")


@pytest.mark.parametrize("plugged", [True, False])
def test_an_idle_line_is_asked_every_five_seconds(plugged: bool) -> None:
    async def main() -> None:
        stage = Stage(keepalive=5 * S)
        await stage.open()
        await stage.passes(100)
        stage.near.plugged = plugged
        stage.changes = 0
        await stage.passes(16_000)
        if plugged:
            assert stage.camera.inquiries == ["81 09 04 00 FF"] * 3
            assert stage.driver.state.heard is not None
            assert stage.clock.now() - stage.driver.state.heard < 5 * S
        else:
            assert not stage.driver.state.connected and stage.changes > 0
            assert stage.driver.state.error == "the camera does not answer"
            stage.near.plugged = True
            await stage.passes(6000)
            assert stage.driver.state.connected and stage.driver.state.error == ""
        await stage.driver.close()
        assert stage.clock.pending == 0

    clock.run(main(), kind="virtual")


def test_a_stream_that_only_looks_alive_is_opened_anew() -> None:
    """pov#87: half-open after a power cycle."""

    async def main() -> None:
        near, far = pair()
        near.stream = True
        restarts: list[str] = []
        vars(near)["restart"] = restarts.append  # all that the test wants of a TCP line
        camera = Camera(far)
        driver = ViscaCamera("foh", near, keepalive=5 * S)
        await driver.open()
        now = clock.current()
        await now.sleep_until(now.now() + S)
        assert driver.state.connected
        camera.mute = True
        await now.sleep_until(now.now() + 15 * S)
        assert restarts and restarts[0] == "the camera does not answer"
        assert not driver.state.connected
        await driver.close()

    clock.run(main(), kind="virtual")
