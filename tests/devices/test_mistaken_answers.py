"""Lines that lose frames, where the answer to one command may be taken for that to another."""

from __future__ import annotations

from cuelang.commands import MoveTo, Pose, Ramp, Tally
from cuelang.devices.arrival import ELSEWHERE
from tests.devices.test_visca_camera import S, Stage, scene


@scene
async def test_a_move_that_another_commands_completion_ended_has_not_arrived(stage: Stage) -> None:
    """The frame for pan and tilt is lost. Zoom and lamp answer for themselves, and there are two of each answer."""
    job = stage.start(MoveTo(Pose(360, 0, 1000), 12, 12))
    stage.start(Tally("program"))
    await stage.passes(4)
    stage.camera.commands.clear()
    stage.camera.pose = Pose(0, 0, 1000)
    stage.camera.says("90 41 FF", "90 51 FF", "90 42 FF", "90 52 FF")
    await stage.passes(20_000)
    assert stage.ended(job) == ("timed_out", ELSEWHERE)


@scene
async def test_a_ramp_whose_lens_rests_elsewhere_has_not_arrived(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 0x2000, 1 * S, 10))
    await stage.passes(950)
    stage.camera.takes_all = False
    await stage.passes(100)
    stage.camera.pose = Pose(0, 0, 0x1C00)
    stage.camera.says("90 41 FF")
    await stage.passes(10_000)
    assert stage.ended(job) == ("timed_out", ELSEWHERE)


@scene
async def test_while_a_ramp_is_held_its_last_frame_is_not_sent_again(stage: Stage) -> None:
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 0x4000, 4 * S, 10))
    await stage.passes(950)
    stage.camera.takes_all = False
    await stage.passes(100)
    stage.driver.hold(job)
    stage.camera.commands.clear()
    await stage.passes(900)
    stage.camera.expects()
    stage.camera.takes_all = True
    stage.driver.resume(job, 900 * S // 1000)
    await stage.passes(4_000)
    assert job.outcome == "completed"
