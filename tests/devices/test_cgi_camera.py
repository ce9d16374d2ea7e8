"""The web driver, the photobooth and the side-car of a VISCA camera: in virtual time without sockets, and over loopback
with a real server on a loop that runs five times as fast as the wall."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cuelang import clock
from cuelang.commands import (
    PAN_TILT,
    ZOOM,
    Booth,
    Command,
    Drive,
    Focus,
    Home,
    Job,
    MoveBy,
    MoveTo,
    Outcome,
    Pose,
    Power,
    Ramp,
    Recall,
    SetProperty,
    Snapshot,
    Stop,
    Store,
    Track,
    ZoomDrive,
    ZoomTo,
)
from cuelang.devices.cgi import PREDICTED, UNPREDICTED, CgiCamera
from cuelang.devices.picture_store import FolderStore, NullStore
from cuelang.devices.visca import ViscaCamera
from cuelang.devices.visca_web import ViscaWithHttp
from cuelang.models import DEFAULT, motion
from cuelang.protocols import cgi
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import InProcess, WebEnd, drawn, serve_web, undrawn
from cuelang.simulator.faults import Faults
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.http_end import Reply
from cuelang.simulator.serve import attach
from cuelang.transports import memory
from cuelang.transports.http import Answer, HttpCamera, Method
from cuelang.units import MS, NS
from tests import paced
from tests.models.known import known

EVENING = datetime(2026, 1, 1, 19, 30, tzinfo=UTC)
PHOTOS = Booth("photos", 2 * NS, 0, "shots/tonight")
VIDEOS = Booth("videos", 1 * NS, 3 * NS, "shots")


def virtually(show: Coroutine[Any, Any, None]) -> None:
    clock.run(show, kind="virtual", start=EVENING)


def briskly(show: Coroutine[Any, Any, None], speed: float = 5) -> None:
    paced.run(show, speed=speed, start=EVENING)


class Stage:
    """A camera behind HTTP-CGI and its clients. `heard` is what came over the wire."""

    def __init__(self, folder: Path | None = None, latency: int = 0, **options: object) -> None:
        self.body = Body(DEFAULT, "foh")
        self.end = WebEnd(self.body, draw=undrawn, **options)  # type: ignore[arg-type]  # as WebEnd has them
        self.heard: list[str] = []
        self.notes: list[str] = []
        answer = self.end.answer

        def heard(method: str, path: str, now: int, wall: datetime) -> Reply:
            self.heard.append(path.split("?")[-1])
            return answer(method, path, now, wall)

        self.end.answer = heard  # type: ignore[method-assign]  # to listen in
        self.web = InProcess(self.end, latency=latency)
        album = FolderStore(folder) if folder else NullStore()
        self.camera = CgiCamera("foh", self.web, album, zone=UTC, note=self.notes.append, keepalive=None)
        self.now = self.camera.lane.clock

    def begin(self, command: Command, **fields: Any) -> tuple[Job, asyncio.Future[Outcome | None]]:
        done: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        job = Job(command, self.now.now(), lambda job: done.set_result(job.outcome), **fields)
        self.camera.start(job)
        return job, done

    async def do(self, command: Command, **fields: Any) -> Job:
        job, done = self.begin(command, **fields)
        await done
        return job

    async def until(self, seconds: float) -> None:
        await self.now.sleep_until(round(seconds * NS))

    @property
    def place(self) -> tuple[int, int, int]:
        now = self.now.now()
        return self.body.pan.at(now), self.body.tilt.at(now), self.body.zoom.at(now)


# --- the driver


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
            Reply(404, "text/plain", bytes) if "track" in path else answer(method, path, now, wall)
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


# --- pictures


def test_four_photos_are_taken_waited_for_kept_and_told_of(tmp_path: Path) -> None:
    async def show() -> None:
        stage = Stage(tmp_path)
        job = await stage.do(PHOTOS)
        names = [f"shots/tonight/booth-foh-20260101-193000-{number}.jpg" for number in range(1, 5)]
        assert job.outcome == "completed" and job.reason == f"4 of 4 photos kept: {', '.join(names)}"
        assert job.done == 8 * NS
        assert stage.notes == [f"foh: photo {number} of 4 saved as {name}" for number, name in enumerate(names, 1)]
        assert all(Image.open(tmp_path / name).format == "JPEG" for name in names)

    virtually(show())


def test_videos(tmp_path: Path) -> None:
    async def show() -> None:
        job = await Stage(tmp_path).do(VIDEOS)
        assert job.outcome == "completed" and job.done == 16 * NS
        kept = sorted(tmp_path.glob("shots/*"))
        assert [path.name[-6:] for path in kept] == [f"-{number}.mp4" for number in range(1, 5)]
        assert all(path.read_bytes()[4:8] == b"ftyp" for path in kept)

    virtually(show())


def test_a_second_run_in_the_same_second_overwrites_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "shots" / "tonight"
    folder.mkdir(parents=True)
    (folder / "booth-foh-20260101-193000-1.jpg").write_text("precious")

    async def show() -> None:
        assert (await Stage(tmp_path).do(PHOTOS)).outcome == "completed"

    virtually(show())
    assert (folder / "booth-foh-20260101-193000-1.jpg").read_text() == "precious"
    assert (folder / "booth-foh-20260101-193000-1-2.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("folder", ["../out", "/tmp/out", "a/../../out", "link/in", "nul\0l", "\ud800"])
def test_no_folder_leads_out_of_the_sheets(tmp_path: Path, folder: str) -> None:
    base, outside = tmp_path / "sheet", tmp_path / "elsewhere"
    base.mkdir()
    outside.mkdir()
    (base / "link").symlink_to(outside)

    async def show() -> None:
        job = await Stage(base).do(Snapshot(folder))
        assert job.outcome == "refused" and "could not be saved" in job.reason

    virtually(show())
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_camera_with_a_wild_name_writes_one_file_in_its_folder(tmp_path: Path) -> None:
    kept = await FolderStore(tmp_path).keep("shots", "../../x/..\\y\n", ".jpg", b"x")
    assert Path(kept).parent == Path("shots") and (tmp_path / kept).read_bytes() == b"x"


async def test_without_links_the_file_system_still_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*args: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", unable)
    album = FolderStore(tmp_path)
    assert [await album.keep("s", "a", ".jpg", text) for text in (b"1", b"2")] == ["s/a.jpg", "s/a-2.jpg"]
    assert [(tmp_path / "s" / name).read_bytes() for name in ("a.jpg", "a-2.jpg")] == [b"1", b"2"]
    assert len(list((tmp_path / "s").iterdir())) == 2


def test_a_full_disk_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    async def show() -> None:
        job = await Stage(tmp_path).do(Snapshot("shots"))
        assert job.outcome == "refused" and "No space left on device" in job.reason

    virtually(show())
    assert not list((tmp_path / "shots").iterdir())


def test_a_snapshot_and_its_name(tmp_path: Path) -> None:
    async def show() -> None:
        stage = Stage(tmp_path)
        job = await stage.do(Snapshot("shots"))
        assert (job.outcome, job.reason) == ("completed", "shots/snapshot-foh-20260101-193000.jpg")
        assert (tmp_path / job.reason).exists() and len(stage.notes) == 1

    virtually(show())


def test_a_camera_that_disappears_in_the_middle_leaves_what_was_fetched() -> None:
    async def show() -> None:
        stage = Stage()
        job, done = stage.begin(PHOTOS)
        asked = stage.web.ask

        async def ask(method: Method, path: str, **limits: Any) -> Answer:
            stage.web.gone = stage.web.gone or path == "/photo3.jpg"
            return await asked(method, path, **limits)

        stage.web.ask = ask  # type: ignore[method-assign]  # pulls the plug
        assert await done == "unreachable"
        assert job.reason.startswith("2 of 4 photos kept: shots/tonight/booth-foh-20260101-193000-1.jpg, ")
        assert "then: photo 3: no answer" in job.reason
        assert len(stage.notes) == 2

    virtually(show())


def test_a_short_absence_while_fetching_is_waited_out() -> None:
    async def show() -> None:
        stage = Stage()
        asked, refused = stage.web.ask, iter(range(3))

        async def ask(method: Method, path: str, **limits: Any) -> Answer:
            if path.startswith("/photo2") and next(refused, None) is not None:
                return Answer(trouble="unreachable", error="nobody listens there")
            return await asked(method, path, **limits)

        stage.web.ask = ask  # type: ignore[method-assign]
        job = await stage.do(PHOTOS)
        assert job.outcome == "completed" and stage.now.now() == 9500 * MS

    virtually(show())


def test_a_file_that_never_comes_and_a_page_that_is_no_picture() -> None:
    async def show() -> None:
        stage = Stage()
        asked = stage.web.ask

        async def ask(method: Method, path: str, **limits: Any) -> Answer:
            if path == "/photo2.jpg":
                return Answer(404, b"")
            if path == "/photo3.jpg":
                return Answer(200, b"<html>busy</html>", "image/jpeg")
            return await asked(method, path, **limits)

        stage.web.ask = ask  # type: ignore[method-assign]
        job = await stage.do(PHOTOS)
        assert job.outcome == "timed_out"
        assert job.reason.startswith("2 of 4") and "photo 3: the response is not an image" in job.reason

    virtually(show())


def test_a_booth_under_way_refuses_another_and_can_be_ended() -> None:
    async def show() -> None:
        stage = Stage()
        first, done = stage.begin(PHOTOS)
        await stage.until(1)
        assert (await stage.do(PHOTOS)).outcome == "refused"
        stage.camera.end(first, "stopped")
        assert await done == "stopped"
        await stage.until(30)
        assert not stage.notes

    virtually(show())


def test_a_booth_whose_start_is_not_answered_is_not_started_again() -> None:
    async def show() -> None:
        stage = Stage()
        stage.web.gone = True
        job = await stage.do(PHOTOS)
        assert job.outcome == "unreachable" and "the booth may or may not be running" in job.reason

    virtually(show())


def test_a_show_that_closes_ends_its_booth_and_leaves_no_task() -> None:
    async def show() -> None:
        stage = Stage()
        _, done = stage.begin(PHOTOS)
        await stage.until(1)
        await stage.camera.close()
        assert await done == "stopped"
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtually(show())


# --- over loopback


def test_a_booth_over_a_real_server_with_a_digest_login(tmp_path: Path) -> None:
    # The first picture takes half a second of a processor, which on a busy machine is many seconds of a fast clock.
    drawn(Body(DEFAULT, "foh").snapshot(0), "foh", EVENING, DEFAULT)

    async def show() -> None:
        end = WebEnd(Body(DEFAULT, "foh"))
        server = await serve_web(end, "127.0.0.1", 0, HttpAuth("admin", "s3cret"))
        web = HttpCamera(server.url, ("admin", "FOH_PASSWORD"), {"FOH_PASSWORD": "s3cret"})
        camera = CgiCamera("foh", web, FolderStore(tmp_path), zone=UTC, keepalive=None)
        await camera.open()
        assert camera.state.connected
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        job = Job(Booth("photos", NS, 0, "shots"), camera.lane.clock.now(), lambda job: done.set_result(None))
        camera.start(job)
        await done
        assert job.outcome == "completed", job.reason
        await camera.close()
        await server.close()

    briskly(show())
    kept = sorted((tmp_path / "shots").iterdir())
    assert len(kept) == 4
    assert all(Image.open(BytesIO(path.read_bytes())).size == (640, 360) for path in kept)


def test_a_real_server_that_dies_in_the_middle(tmp_path: Path) -> None:
    async def show() -> None:
        end = WebEnd(Body(DEFAULT, "foh"), draw=undrawn)
        server = await serve_web(end, "127.0.0.1", 0)
        camera = CgiCamera("foh", HttpCamera(server.url), FolderStore(tmp_path), zone=UTC, keepalive=None)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asked = camera.lane.web.ask

        async def ask(method: Method, path: str, **limits: Any) -> Answer:
            if path == "/photo3.jpg":
                await server.close()
            return await asked(method, path, **limits)

        camera.lane.web.ask = ask  # type: ignore[method-assign]
        job = Job(Booth("photos", NS, 0, "shots"), camera.lane.clock.now(), lambda job: done.set_result(None))
        camera.start(job)
        await done
        assert job.outcome == "unreachable"
        assert job.reason.startswith("2 of 4 photos kept") and job.reason.endswith("connection refused")
        await camera.close()

    briskly(show(), speed=15)
    assert len(list((tmp_path / "shots").iterdir())) == 2


# --- beside VISCA


class Both:
    """A simulated VISCA camera and its HTTP interface on one body."""

    def __init__(self, faults: Faults | None = None, boot: int = 5 * NS) -> None:
        near, far = memory.pair()
        self.body = Body(DEFAULT, "foh", boot=boot)
        attach(far, self.body, faults or Faults())
        self.web = InProcess(WebEnd(self.body, draw=undrawn))
        visca = ViscaCamera("foh", near, DEFAULT, keepalive=None)
        self.notes: list[str] = []
        self.driver = ViscaWithHttp("foh", visca, self.web, NullStore(), zone=UTC, note=self.notes.append)

    async def do(self, command: Command) -> Job:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        job = Job(command, self.driver.lane.clock.now(), lambda job: done.set_result(None))
        self.driver.start(job)
        await done
        return job


def test_one_camera_with_two_links() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        moved, shot = await asyncio.gather(both.do(MoveTo(Pose(500, 100), 24, 20)), both.do(PHOTOS))
        assert moved.outcome == shot.outcome == "completed"
        assert moved.wire and both.driver.state.connected
        assert len(both.notes) == 4
        await both.driver.close()

    virtually(show())


def test_tracking_goes_by_visca_where_it_is_known() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        job = await both.do(Track(True))
        assert job.outcome == "completed" and job.wire and both.body.tracking
        await both.driver.close()

    virtually(show())


class NoTracking(ViscaCamera):
    """A camera whose VISCA refuses auto-tracking."""

    def start(self, job: Job) -> None:
        if isinstance(job.command, Track):
            job.outcome, job.reason = "refused", "syntax error"
            job.finished(job)
        else:
            super().start(job)


def test_tracking_goes_by_the_web_where_visca_refuses_it() -> None:
    async def show() -> None:
        both = Both()
        near, far = memory.pair()
        attach(far, both.body)
        both.driver.visca = NoTracking("foh", near, DEFAULT, keepalive=None)
        await both.driver.open()
        assert (await both.do(Track(True))).outcome == "completed"
        assert both.body.tracking
        both.driver.halt(frozenset(), tracking=True)
        await asyncio.sleep(1)
        assert not both.body.tracking
        await both.driver.close()

    virtually(show())


def test_pictures_wait_for_a_camera_that_is_starting_up() -> None:
    async def show() -> None:
        both = Both()
        await both.driver.open()
        await both.do(Power(False, 0))
        on, shot = await asyncio.gather(both.do(Power(True, 45 * NS)), both.do(Snapshot("s")))
        assert on.outcome == shot.outcome == "completed"
        assert on.done is not None and shot.sent is not None and shot.sent >= on.done >= 5 * NS
        await both.driver.close()

    virtually(show())


def test_two_rehearsals_of_a_booth_are_the_same() -> None:
    told: list[list[str]] = []

    async def show() -> None:
        stage = Stage()
        await stage.do(PHOTOS)
        told.append(stage.notes + stage.heard)

    virtually(show())
    virtually(show())
    assert told[0] == told[1] and len(told[0]) == 4 + 5


# --- a camera that does not say what it did


def answering(stage: Stage, reply: Reply, *words: str) -> None:
    """Requests with one of these words get this answer, and do nothing."""
    answer = stage.end.answer

    def heard(method: str, path: str, now: int, wall: datetime) -> Reply:
        if any(word in path for word in words):
            stage.heard.append(path.split("?")[-1])
            return reply
        return answer(method, path, now, wall)

    stage.end.answer = heard  # type: ignore[method-assign]  # to answer in its place


PAGES = [
    Reply(200, "text/html", bytes), Reply(200, "text/html", lambda: b"<html>Error</html>"),
    Reply(200, "application/json", lambda: b"{}"),
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
    page: Reply, command: Command, word: str, then: str
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
def test_an_answer_without_a_success_is_sent_and_not_completed(page: Reply, command: Command) -> None:
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
