"""The web driver: requests, predicted arrivals, ramps, stops, and cameras that do not say what they did."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from cuelang.commands import (
    PAN_TILT,
    ZOOM,
    Command,
    Drive,
    Focus,
    Home,
    MoveBy,
    MoveTo,
    Pose,
    Ramp,
    Recall,
    SetProperty,
    Stop,
    Store,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.devices.cgi import PREDICTED, UNPREDICTED
from cuelang.models import DEFAULT, motion
from cuelang.protocols import cgi
from cuelang.simulator.http_end import HttpReply
from cuelang.units import MS, NS
from tests.devices.web_camera import Stage, virtually
from tests.models.known import known


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (Home(), "ptzcmd&home"),
        (MoveTo(Pose(-2448, -431), 24, 20), "ptzcmd&abs&24&20&F670&FE51"),
        (MoveBy(-100, 10, 5, 5), "ptzcmd&rel&5&5&FF9C&000A"),
        (Store(7), "ptzcmd&posset&7"),
        (Recall(7), "ptzcmd&poscall&7"),
        (Drive("up_left", 8, 6), "ptzcmd&leftup&8&6"),
        (ZoomTo(0x4000), "ptzcmd&zoomto&7&4000"),
        (ZoomDrive("in", 5), "ptzcmd&zoomin&5"),
        (Focus("snap"), "set_focus&one_shot_focus"),
        (Track(True), "set_overlay&autotracking&on"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_is_its_request(command: Command, sent: str) -> None:
    async def show() -> None:
        stage = Stage()
        job = await stage.do(command)
        assert (job.outcome, stage.heard) == ("completed", [sent])
        assert job.sent is not None and job.acked is not None and job.done is not None
        await stage.camera.close()

    virtually(show())


def test_a_move_is_complete_when_it_should_have_arrived_and_says_that_this_is_predicted() -> None:
    async def show() -> None:
        stage = Stage()
        await stage.do(Home(), pose=Pose(0, 0, 0))
        began = stage.now.now()
        job = await stage.do(MoveTo(Pose(720, 144, 0x2000), 12, 12), pose=Pose(0, 0, 0))
        travel = motion.travel(DEFAULT, Pose(0, 0, 0), Pose(720, 144, 0x2000), 12, 12)
        assert (job.outcome, job.reason, job.done) == ("completed", PREDICTED, began + travel)
        assert stage.place == (720, 144, 0x2000)
        assert stage.camera.state.pose == Pose(720, 144, 0x2000)

    virtually(show())


def test_a_recall_of_an_unknown_place_is_complete_when_taken_and_says_so() -> None:
    async def show() -> None:
        stage = Stage()
        job = await stage.do(Recall(3))
        assert (job.outcome, job.reason, job.done) == ("completed", UNPREDICTED, 0)

    virtually(show())


def test_an_axis_alone_keeps_the_other_where_it_was_asked_to_be() -> None:
    async def show() -> None:
        stage = Stage()
        await stage.do(MoveTo(Pose(100, 50), 24, 20), pose=Pose(0, 0, 0))
        await stage.do(MoveTo(Pose(pan=-100), 24, 20))
        assert stage.place[:2] == (-100, 50)

    virtually(show())


def test_pan_alone_from_nowhere_is_refused() -> None:
    async def show() -> None:
        job = await Stage().do(MoveTo(Pose(pan=5), 1, 1))
        assert job.outcome == "refused" and "not known" in job.reason

    virtually(show())


def test_a_drive_for_a_time_stops_itself() -> None:
    async def show() -> None:
        stage = Stage()
        job = await stage.do(Drive("left", 10, 10, duration=2 * NS))
        assert (job.outcome, job.done) == ("completed", 2 * NS)
        assert stage.heard[-1].startswith("ptzcmd&ptzstop")
        assert not stage.body.pan.moving(stage.now.now())

    virtually(show())


def test_a_stopped_drive_gets_its_stop_and_a_superseded_one_does_not() -> None:
    async def show() -> None:
        for outcome, stops in (("stopped", 1), ("superseded", 0)):
            stage = Stage()
            job, done = stage.begin(Drive("left", 10, 10, duration=60 * NS))
            await asyncio.sleep(1)
            stage.camera.end(job, outcome)  # type: ignore[arg-type]  # an outcome
            assert await done == outcome
            await asyncio.sleep(70)
            assert sum(path.startswith("ptzcmd&ptzstop") for path in stage.heard) == stops

    virtually(show())


def test_a_ramp_sends_its_frames_and_ends_exactly() -> None:
    async def show() -> None:
        stage = Stage()
        job = await stage.do(Ramp("zoom", 0, 0x1000, NS, 10))
        assert stage.heard[0][-4:] == "0000"
        assert (len(stage.heard), stage.heard[-1][-4:], job.frames) == (11, "1000", 11)
        assert (job.outcome, job.done) == ("completed", NS)

    virtually(show())


def test_a_slow_camera_gets_fewer_frames_and_always_the_last() -> None:
    async def show() -> None:
        stage = Stage(latency=250 * MS)
        job = await stage.do(Ramp("zoom", 0, 0x1000, 2 * NS, 20))
        assert job.outcome == "completed" and job.skipped > 20
        assert stage.heard[-1][-4:] == "1000"

    virtually(show())


def test_pause_and_resume_a_ramp_and_a_relative_move() -> None:
    async def show() -> None:
        stage = Stage()
        ramp, ramped = stage.begin(Ramp("zoom", 0, 0x1000, 2 * NS, 10))
        move, moved = stage.begin(MoveBy(1000, 0, 5, 5), pose=Pose(0, 0, 0))
        await stage.until(1.05)
        for job in (ramp, move):
            stage.camera.hold(job)
        await stage.until(3.05)
        before = len(stage.heard)
        held = stage.place
        await stage.until(4.05)
        assert stage.place == held and len(stage.heard) == before, "nothing moves in a pause"
        for job in (ramp, move):
            stage.camera.resume(job, 3 * NS)
        assert await ramped == await moved == "completed"
        assert ramp.done == 5 * NS and stage.body.zoom.target == 0x1000
        await asyncio.sleep(20)
        assert stage.place[0] == pytest.approx(1000, abs=3), "a relative move is never made twice"

    virtually(show())


def test_a_stop_goes_ahead_of_what_waits() -> None:
    async def show() -> None:
        stage = Stage(latency=100 * MS)
        for _ in range(4):
            stage.begin(Store(1))
        _, done = stage.begin(Stop())
        await done
        words = [path.split("&")[1] for path in stage.heard]
        assert words[:3] == ["ptzstop", "zoomstop", "focusstop"]

    virtually(show())


def test_a_stop_has_worked_on_a_camera_that_knows_no_tracking() -> None:
    async def show() -> None:
        stage = Stage()
        answer = stage.end.answer
        stage.end.answer = lambda method, path, now, wall: (  # type: ignore[method-assign]
            HttpReply(404, "text/plain", bytes) if "track" in path else answer(method, path, now, wall)
        )
        job = await stage.do(Stop())
        assert (job.outcome, job.reason) == ("completed", "")

    virtually(show())


@pytest.mark.parametrize(("generation", "asked"), [("g3", 1), ("g2", 2)])
def test_tracking_finds_the_path_of_the_camera_and_remembers_it(generation: str, asked: int) -> None:
    async def show() -> None:
        stage = Stage(generation=generation)
        assert (await stage.do(Track(True))).outcome == "completed"
        assert stage.body.tracking and len(stage.heard) == asked
        await stage.do(Track(True))
        assert len(stage.heard) == asked + 1

    virtually(show())


def test_what_the_camera_refuses_is_an_outcome_with_a_reason() -> None:
    async def show() -> None:
        stage = Stage()
        job = await stage.do(Recall(95))
        assert (job.outcome, job.reason) == ("refused", "the camera reported a failure")
        job = await stage.do(SetProperty("freeze", "on"))
        assert job.outcome == "refused" and "HTTP-CGI" in job.reason

    virtually(show())


def test_a_camera_that_is_gone_is_unreachable_after_a_second_and_is_not_asked_later() -> None:
    async def show() -> None:
        stage = Stage()
        stage.web.gone = True
        job = await stage.do(Home())
        assert (job.outcome, stage.now.now()) == ("unreachable", NS)
        assert not stage.camera.state.connected and stage.camera.state.error
        stage.web.gone = False
        await asyncio.sleep(5)
        assert not stage.heard
        assert (await stage.do(Home())).outcome == "completed"
        assert stage.camera.state.connected

    virtually(show())


def test_an_axis_that_is_lost_is_not_waited_for() -> None:
    async def show() -> None:
        stage = Stage()
        job, done = stage.begin(MoveTo(Pose(2000, 0, 0x100), 1, 1), pose=Pose(0, 0, 0))
        await asyncio.sleep(0.1)
        stage.camera.lose_axes(job, frozenset((PAN_TILT,)))
        await done
        assert job.lost == {PAN_TILT} and job.outcome == "completed" and stage.now.now() < NS
        assert not job.lost & {ZOOM}

    virtually(show())


# --- a camera that does not say what it did


def answering(stage: Stage, reply: HttpReply, *words: str) -> None:
    """Requests with one of these words get this answer, and do nothing."""
    answer = stage.end.answer

    def heard(method: str, path: str, now: int, wall: datetime) -> HttpReply:
        if any(word in path for word in words):
            stage.heard.append(path.rsplit("?", maxsplit=1)[-1])
            return reply
        return answer(method, path, now, wall)

    stage.end.answer = heard  # type: ignore[method-assign]  # to answer in its place


PAGES = [
    HttpReply(200, "text/html", bytes), HttpReply(200, "text/html", lambda: b"<html>Error</html>"),
    HttpReply(200, "application/json", lambda: b"{}"),
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=["empty", "a page", "JSON"])
@pytest.mark.parametrize(
    ("command", "word", "then"),
    [
        (Track(True), "set_overlay", "post_image_value&autotrack&2"),
        (Recall(4, 5), "poscallwithspeed", "ptzcmd&poscall&4"),
    ],
    ids=["track", "recall"],
)
def test_what_is_not_called_a_success_is_asked_for_in_the_other_way(
    page: HttpReply, command: Command, word: str, then: str
) -> None:
    async def show() -> None:
        stage = Stage()
        answering(stage, page, word)
        job = await stage.do(command)
        assert job.outcome == "completed" and stage.heard[-1] == then and len(stage.heard) == 2
        await stage.do(command)
        assert len(stage.heard) == 3, "it is known by now which of them the camera has"

    virtually(show())


@pytest.mark.parametrize("page", PAGES, ids=["empty", "a page", "JSON"])
@pytest.mark.parametrize("command", [Track(True), Home(), Store(3), ZoomTo(0x1000), Recall(4, 5)], ids=str)
def test_an_answer_without_a_success_is_sent_and_not_completed(page: HttpReply, command: Command) -> None:
    async def show() -> None:
        stage = Stage()
        answering(stage, page, "cgi")
        job = await stage.do(command)
        assert job.outcome == "sent" and "responded without confirming" in job.reason

    virtually(show())


@pytest.mark.parametrize("name", ["ptzoptics-move-4k-12x", "ptzoptics-link-4k-30x"])
def test_the_manual_s_own_request_goes_first_to_the_models_that_it_is_about(name: str) -> None:
    model = known(name)
    assert model is not None
    for on, word in ((True, "2"), (False, "3")):
        request = cgi.track(on, model)
        assert request.path.endswith(f"post_image_value&autotrack&{word}")
        assert request.alternative is not None and "set_overlay&autotracking" in request.alternative
    assert "set_overlay" in cgi.track(True, DEFAULT).path
