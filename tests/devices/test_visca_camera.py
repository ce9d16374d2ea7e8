"""A VISCA driver's settings, drives and stops, and cameras that are dead or odd."""

from __future__ import annotations

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
    Pose,
    Recall,
    SetProperty,
    Stop,
    Tally,
    ZoomDrive,
    ZoomTo,
)
from cuelang.devices.visca import ViscaCamera
from cuelang.transports.memory import pair
from cuelang.units import MS
from tests.devices.scripted_camera import (
    FOCUS_STOP,
    LEFT_10,
    PT_STOP,
    TALLY,
    ZOOM_STOP,
    Camera,
    S,
    Stage,
    scene,
    shown,
)


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
    ("drive", "newer", "stop"),
    [(ZoomDrive("in", 4), ZoomTo(100), ZOOM_STOP), (Drive("left", 10, 10), Home(), PT_STOP)],
    ids=["zoom", "pan and tilt"],
)
def test_what_a_lost_drive_is_followed_by_is_not_ended_by_its_stop(drive: Command, newer: Command, stop: str) -> None:
    """The show moves the axis again in the moment in which it hears of the end."""

    @scene
    async def night(stage: Stage) -> None:
        following: list[Job] = []
        lost = Job(drive, stage.clock.now(), lambda _job: following.append(stage.start(newer)))
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
