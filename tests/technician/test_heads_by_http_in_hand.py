"""A Panasonic and a Canon before doors, at real sockets: who they are, what they have stored, what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuelang import clock, rig
from cuelang.address import Address
from cuelang.commands import HasPictures, Job, Snapshot
from cuelang.devices.picture_store import FolderStore
from cuelang.models import Model
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.cgi import undrawn
from cuelang.simulator.http_auth import HttpAuth
from cuelang.simulator.panasonic import PanasonicEnd
from cuelang.simulator.serve import CameraServer, serve
from cuelang.technician.inspect import inspect
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import preflight
from cuelang.technician.probe import probe
from cuelang.technician.session import camera_at, opened
from cuelang.units import MS
from tests.models.known import known
from tests.technician.test_preflight import plan_of

MODELS = {"panasonic": known("panasonic-aw-ue100"), "canon": known("canon-cr-n500")}
BOTH = tuple(MODELS)


@asynccontextmanager
async def camera(maker: str, model: Model | None = None, guard: HttpAuth | None = None) -> AsyncIterator[CameraServer]:
    where = Address(maker, "panasonic" if maker == "panasonic" else "canon", host="127.0.0.1", port=0)
    server = await serve(where, model or MODELS[maker], "foh", guard=guard)
    body = server.body
    body.presets[2] = StoredPreset(body.model.pan(10), body.model.tilt(5), body.model.zoom_percent(20))
    try:
        yield server
    finally:
        await server.close()


SHEET = """show "x"
camera foh "{url}"
    model "{model}"
    preset wide = 2 at pan 10deg tilt 5deg zoom 20%
    preset gone = 5
cue 1
    move foh to wide
"""


@pytest.mark.parametrize("maker", BOTH)
async def test_a_camera_that_is_as_the_rig_says_is_ready(maker: str) -> None:
    async with camera(maker) as server:
        plan = plan_of(SHEET.format(url=server.url, model=MODELS[maker].id))
        (found,) = await preflight(plan, OnAirReport({}), visit=True)
    assert [text for text in found.wrong if "slow" not in text] == []  # this machine may be busy
    assert (found.answers, found.model, found.power, found.tally) == ("yes", "agrees", "on", "blinked")
    assert found.presets == "1 of 1"
    assert found.identity.model == MODELS[maker].title


@pytest.mark.parametrize("maker", BOTH)
async def test_a_preset_that_is_not_stored_and_another_model_are_found(maker: str) -> None:
    other = known("panasonic-aw-ue150a" if maker == "panasonic" else "canon-cr-n700")
    async with camera(maker, other) as server:
        named = "panasonic-aw-ue150" if maker == "panasonic" else "canon-cr-n500"
        sheet = (
            SHEET.format(url=server.url, model=named) + "cue 2\n    move foh to gone\ncue 3\n    move foh to preset 9\n"
        )
        (found,) = await preflight(plan_of(sheet), OnAirReport({}))
    assert found.model == "WRONG"
    assert found.wrong[-2:] == [
        "Preset gone (5) is not stored in the camera.", "Preset 9 is not stored in the camera.",
    ]  # fmt: skip


@pytest.mark.parametrize("maker", BOTH)
async def test_it_is_probed_by_its_own_protocol_and_by_no_other(maker: str) -> None:
    async with camera(maker) as server:
        port = server.url.rpartition(":")[2]
        found = await probe([f"{scheme}://127.0.0.1:{port}" for scheme in BOTH])
    answers = {one.url.partition(":")[0]: one.answers for one in found}
    assert answers == {scheme: scheme == maker for scheme in BOTH}
    (own,) = (one for one in found if one.answers)
    assert own.model == MODELS[maker].title
    assert (own.power, own.pan, own.tilt, own.zoom) == ("on", 0.0, 0.0, 0.0)


@pytest.mark.parametrize("maker", BOTH)
async def test_inspect_says_what_it_knows(maker: str) -> None:
    async with camera(maker) as server, opened(camera_at(server.url, MODELS[maker].id)) as session:
        found = await inspect(session)
    names = {one.name for one in found.settings}
    assert {"power", "position", "zoom"} <= names


@pytest.mark.parametrize("kind", ["digest", "basic"])
async def test_a_login_is_used_where_the_camera_asks_for_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOH_PASSWORD", "secret")
    guard = HttpAuth("admin", "secret", kind="basic" if kind == "basic" else "digest")
    async with camera("canon", guard=guard) as server:
        login = '    login "admin" from "FOH_PASSWORD"\n    preset wide'
        sheet = SHEET.format(url=server.url, model="canon-cr-n500")
        (found,) = await preflight(plan_of(sheet.replace("    preset wide", login)), OnAirReport({}))
        assert [text for text in found.wrong if "slow" not in text] == []
        monkeypatch.setenv("FOH_PASSWORD", "wrong")
        (found,) = await preflight(plan_of(sheet.replace("    preset wide", login)), OnAirReport({}))
        assert "login" in found.wrong[0]


async def test_the_end_of_a_session_gives_the_place_for_a_receiver_back() -> None:
    async with camera("panasonic") as server:
        end = server.end
        assert isinstance(end, PanasonicEnd)
        async with opened(camera_at(server.url, "panasonic-aw-ue100")) as session:
            await session.pose()
            assert len(end.receivers) == 1
        assert end.receivers == []


@pytest.mark.parametrize("model", ["panasonic-aw-ue100", "panasonic-aw-he40"])
async def test_a_panasonic_s_picture_is_kept(model: str, tmp_path: Path) -> None:
    """The older cameras have it at another address."""
    async with camera("panasonic", known(model)) as server:
        assert isinstance(server.end, PanasonicEnd)
        server.end.draw = undrawn
        plan = plan_of(SHEET.format(url=server.url, model=model))
        driver = rig.open_driver(plan.cameras[0], rig.PictureOptions(FolderStore(tmp_path)))
        await driver.open()
        done: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        driver.start(Job(Snapshot("pictures"), clock.current().now(), done.set_result))
        job = await done
        assert isinstance(driver, HasPictures)
        assert (await driver.look() or b"").startswith(b"\xff\xd8\xff")
        await driver.close()
    assert job.outcome == "completed"
    (picture,) = tmp_path.glob("pictures/*.jpg")
    assert picture.read_bytes().startswith(b"\xff\xd8\xff")


async def test_the_rest_that_an_older_camera_needs_does_not_make_its_link_slow() -> None:
    async with opened(camera_at("panasonic://127.0.0.1:9", "panasonic-aw-he40")) as session:
        assert session.pause == 130 * MS
