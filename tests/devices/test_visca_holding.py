"""What of a VISCA camera is ended, held and resumed; its power and its menu."""

from __future__ import annotations

from cuelang.commands import (
    ZOOM,
    Drive,
    Home,
    MoveBy,
    Pose,
    Power,
    Ramp,
    Recall,
    SetProperty,
    Stop,
    Tally,
    Track,
)
from tests.devices.scripted_camera import (
    FOCUS_STOP,
    HOME,
    LEFT_10,
    POWER_ON,
    PT_STOP,
    RECALL_4,
    TALLY,
    ZOOM_STOP,
    S,
    Stage,
    absolute,
    scene,
    zoom,
)


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
