"""Lines that lose frames, where the answer to one command may be taken for that to another."""

from __future__ import annotations

from cuelang.commands import PAN_TILT, Drive, Focus, MoveTo, Pose, Ramp, Recall, Stop, Tally, Track, ZoomDrive, ZoomTo
from cuelang.devices.arrival import ELSEWHERE, UNSEEN
from tests.devices.scripted_camera import PT_STOP, ZOOM_STOP, S, Stage, scene, zoom


async def _only_others_answer(stage: Stage, rests_at: Pose) -> None:
    """The frame for pan and tilt is lost. Zoom and lamp answer for themselves, and there are two of each answer."""
    job = stage.start(MoveTo(Pose(360, 0, 1000), 12, 12))
    stage.start(Tally("program"))
    await stage.passes(4)
    stage.camera.commands.clear()
    stage.camera.pose = rests_at
    stage.camera.says("90 41 FF", "90 51 FF", "90 42 FF", "90 52 FF")
    await stage.passes(20_000)
    assert stage.ended(job) == ("timed_out", ELSEWHERE)


@scene
async def test_a_move_that_another_commands_completion_ended_has_not_arrived(stage: Stage) -> None:
    await _only_others_answer(stage, Pose(0, 0, 1000))


@scene
async def test_nor_has_it_if_it_was_less_than_a_degree_away_before(stage: Stage) -> None:
    await _loses_an_answer(stage)
    await _only_others_answer(stage, Pose(350, 0, 1000))


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
    stage.camera.pose = Pose(0, 0, 0x4000)
    stage.driver.resume(job, 900 * S // 1000)
    await stage.passes(4_000)
    assert job.outcome == "completed"


async def _loses_an_answer(stage: Stage) -> None:
    """The lamp is sent twice before it is answered: from now on what is answered is a guess."""
    stage.start(Tally("program"))
    await stage.passes(300)
    stage.camera.says("90 41 FF", "90 51 FF", "90 41 FF", "90 51 FF")
    await stage.passes(1500)
    stage.camera.commands.clear()


@scene
async def test_a_ramp_whose_last_frame_was_lost_is_not_ended_by_a_stray_completion(stage: Stage) -> None:
    await _loses_an_answer(stage)
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 0x2000, 1 * S, 10))
    await stage.passes(950)
    stage.camera.takes_all = False
    await stage.passes(100)
    assert stage.camera.commands.pop() == zoom(0x2000)
    stage.camera.says("90 51 FF")
    await stage.passes(100)
    assert job.outcome is None
    stage.camera.takes_all = True
    stage.camera.pose = Pose(0, 0, 0x2000)
    await stage.passes(500)
    assert stage.camera.commands[-1] == zoom(0x2000)
    assert stage.ended(job) == ("completed", "")


@scene
async def test_a_ramp_on_a_line_that_has_lost_answers_ends_where_the_lens_is(stage: Stage) -> None:
    await _loses_an_answer(stage)
    stage.camera.takes_all = True
    job = stage.start(Ramp("zoom", 0, 0x2000, 1 * S, 10))
    stage.camera.pose = Pose(0, 0, 0x1000)
    await stage.passes(1300)
    assert job.outcome is None
    await stage.passes(5000)
    assert stage.ended(job) == ("timed_out", ELSEWHERE)


@scene
async def test_a_camera_that_does_not_say_where_it_is_has_not_arrived_by_a_doubtful_completion(stage: Stage) -> None:
    """Two commands wait, and one pair of answers comes: whose it is cannot be known."""
    await _loses_an_answer(stage)
    stage.camera.mute = True
    job = stage.start(MoveTo(Pose(360, 0), 12, 12), pose=Pose(0, 0, 0))
    stage.start(Tally("preview"))
    await stage.passes(4)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(500)
    assert job.outcome is None
    await stage.passes(10_000)
    assert stage.ended(job) == ("timed_out", UNSEEN)


@scene
async def test_alone_on_such_a_line_its_completion_is_its_own(stage: Stage) -> None:
    await _loses_an_answer(stage)
    stage.camera.mute = True
    job = stage.start(MoveTo(Pose(360, 0), 12, 12), pose=Pose(0, 0, 0))
    await stage.passes(4)
    stage.camera.says("90 41 FF")
    await stage.passes(700)
    stage.camera.says("90 51 FF")
    await stage.passes(5_000)
    assert stage.ended(job) == ("completed", "")


@scene
async def test_a_cue_that_is_stopped_does_not_stop_what_a_newer_one_has_set_going(stage: Stage) -> None:
    """Tracking owns the axes that it may move, and is not over yet when the recall goes out."""
    track = stage.start(Track(on=False))
    await stage.passes(1)
    recall = stage.start(Recall(4))
    await stage.passes(1)
    stage.driver.end(track, "stopped")
    await stage.passes(3000)
    assert not {PT_STOP, ZOOM_STOP} & set(stage.camera.commands)
    assert recall.outcome is None


@scene
async def test_a_stop_whose_cue_is_stopped_stops_nothing_newer(stage: Stage) -> None:
    """The camera does not answer, so the stop is still open when the next cue moves it."""
    stop = stage.start(Stop())
    await stage.passes(50)
    move = stage.start(MoveTo(Pose(360, 0, 0x1000), 12, 12))
    await stage.passes(50)
    stage.camera.commands.clear()
    stage.driver.end(stop, "stopped")
    await stage.passes(100)
    assert not {PT_STOP, ZOOM_STOP} & set(stage.camera.commands)
    assert stop.outcome == "stopped" and move.outcome is None


@scene
async def test_a_drive_goes_on_when_tracking_is_switched_off_and_is_stopped_at_the_end(stage: Stage) -> None:
    stage.camera.takes_all = True
    stage.start(ZoomDrive("in", 0))
    await stage.passes(50)
    stage.start(Track(on=False))
    await stage.passes(50)
    assert ZOOM_STOP not in stage.camera.commands
    stage.driver.settle()
    await stage.passes(50)
    assert ZOOM_STOP in stage.camera.commands


@scene
async def test_where_tracking_cannot_be_switched_off_the_move_beside_it_goes_on(stage: Stage) -> None:
    track = stage.start(Track(on=False))
    await stage.passes(1)
    move = stage.start(MoveTo(Pose(360, 0, 0x1000), 12, 12))
    await stage.passes(1)
    stage.camera.commands.clear()
    stage.camera.says("90 60 41 FF")
    await stage.passes(100)
    assert track.outcome == "refused" and move.outcome is None
    assert not {PT_STOP, ZOOM_STOP} & set(stage.camera.commands)


@scene
async def test_a_cue_that_is_stopped_stops_what_it_set_going(stage: Stage) -> None:
    drive = stage.start(Drive("left", 10, 10))
    await stage.passes(1)
    stage.driver.end(drive, "stopped")
    await stage.passes(1)
    assert stage.camera.commands[-1] == PT_STOP


@scene
async def test_a_camera_that_lost_its_power_has_not_arrived_when_it_completes_something_else(stage: Stage) -> None:
    """It accepts a zoom, is silent for seconds, and then accepts and completes a move in the same socket."""
    zoomed = stage.start(ZoomTo(0x2000))
    await stage.passes(4)
    stage.camera.says("90 41 FF")
    stage.camera.mute = True
    await stage.passes(8000)
    stage.camera.mute = False
    stage.start(MoveTo(Pose(360, 0), 12, 12), pose=Pose(0, 0, 0))
    await stage.passes(4)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(20_000)
    assert stage.ended(zoomed) == ("timed_out", ELSEWHERE)


@scene
async def test_a_zoom_that_was_seen_elsewhere_before_its_camera_fell_silent_has_not_arrived(stage: Stage) -> None:
    """Nothing says yet that the line loses frames: the zoom was lost, and a focus has answered."""
    stage.camera.pose = Pose(0, 0, 0x4000)
    job = stage.start(ZoomTo(0))
    stage.start(Focus("auto"))
    await stage.passes(4)
    stage.camera.says("90 41 FF", "90 51 FF")
    await stage.passes(30)
    stage.camera.mute = True
    await stage.passes(20_000)
    assert job.outcome in ("timed_out", "unreachable")


@scene
async def test_of_two_stops_none_that_was_refused_is_sent_behind_a_newer_move(stage: Stage) -> None:
    """Two panics at once, and a move; the camera had no room for the first stop."""
    for _ in range(2):
        stage.driver.halt(frozenset((PAN_TILT,)))
    stage.start(MoveTo(Pose(360, 0), 12, 12))
    await stage.passes(10)
    assert stage.camera.commands[:2] == [PT_STOP, PT_STOP]
    stage.camera.commands.clear()
    stage.camera.says("90 60 03 FF", "90 41 FF", "90 51 FF")
    await stage.passes(400)
    assert PT_STOP not in stage.camera.commands
