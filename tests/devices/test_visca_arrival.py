"""When a VISCA camera has arrived, and from where it sets off."""

from __future__ import annotations

import pytest

from cuelang import clock
from cuelang.commands import (
    Drive,
    Home,
    MoveTo,
    Pose,
    Ramp,
    Recall,
    ZoomTo,
)
from cuelang.units import MS
from tests.devices.scripted_camera import LEFT_10, PT_STOP, RECALL_4, S, Stage, absolute, scene, zoom


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
