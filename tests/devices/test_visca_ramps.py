"""Ramps and timed moves of a VISCA camera: frame by frame, from where the camera is."""

from __future__ import annotations

import pytest

from cuelang.commands import (
    MoveTo,
    Pose,
    Ramp,
    SetProperty,
)
from cuelang.protocols.visca import codec
from cuelang.transports.gate import GATE
from cuelang.units import MS
from tests.devices.scripted_camera import ZOOM_STOP, S, Stage, scene, shown, stands_still, zoom


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
