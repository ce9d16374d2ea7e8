"""Photobooth and snapshots over HTTP: what is fetched, where it is stored, and what of it is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cuelang.commands import (
    Booth,
    Job,
    Snapshot,
)
from cuelang.devices.cgi import CgiCamera
from cuelang.devices.picture_store import FolderStore
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import WebEnd, drawn, serve_web, undrawn
from cuelang.simulator.http_auth import HttpAuth
from cuelang.transports.http import HttpAnswer, HttpCamera, Method
from cuelang.units import MS, NS
from tests.devices.web_camera import EVENING, PHOTOS, VIDEOS, Stage, briskly, virtually


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
    def unable(*_args: object, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", unable)
    album = FolderStore(tmp_path)
    assert [await album.keep("s", "a", ".jpg", text) for text in (b"1", b"2")] == ["s/a.jpg", "s/a-2.jpg"]
    assert [(tmp_path / "s" / name).read_bytes() for name in ("a.jpg", "a-2.jpg")] == [b"1", b"2"]
    assert len(list((tmp_path / "s").iterdir())) == 2


def test_a_full_disk_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
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

        async def ask(method: Method, path: str, **limits: Any) -> HttpAnswer:
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

        async def ask(method: Method, path: str, **limits: Any) -> HttpAnswer:
            if path.startswith("/photo2") and next(refused, None) is not None:
                return HttpAnswer(trouble="unreachable", error="nobody listens there")
            return await asked(method, path, **limits)

        stage.web.ask = ask  # type: ignore[method-assign]
        job = await stage.do(PHOTOS)
        assert job.outcome == "completed" and stage.now.now() == 9500 * MS

    virtually(show())


def test_a_file_that_never_comes_and_a_page_that_is_no_picture() -> None:
    async def show() -> None:
        stage = Stage()
        asked = stage.web.ask

        async def ask(method: Method, path: str, **limits: Any) -> HttpAnswer:
            if path == "/photo2.jpg":
                return HttpAnswer(404, b"")
            if path == "/photo3.jpg":
                return HttpAnswer(200, b"<html>busy</html>", "image/jpeg")
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
        job = Job(Booth("photos", NS, 0, "shots"), camera.lane.clock.now(), lambda _job: done.set_result(None))
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

        async def ask(method: Method, path: str, **limits: Any) -> HttpAnswer:
            if path == "/photo3.jpg":
                await server.close()
            return await asked(method, path, **limits)

        camera.lane.web.ask = ask  # type: ignore[method-assign]
        job = Job(Booth("photos", NS, 0, "shots"), camera.lane.clock.now(), lambda _job: done.set_result(None))
        camera.start(job)
        await done
        assert job.outcome == "unreachable"
        assert job.reason.startswith("2 of 4 photos kept") and job.reason.endswith("connection refused")
        await camera.close()

    briskly(show(), speed=3)
    assert len(list((tmp_path / "shots").iterdir())) == 2
