"""A hand on a camera through the socket and the API: who drives is seen on every page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from cuelang.triggers import gestures
from cuelang.units import NS
from cuelang.web.auth import Role
from tests.web.booth import Booth, page, showing


@pytest.fixture
async def booth() -> AsyncIterator[Booth]:
    async with showing() as one:
        yield one


async def drive(booth: Booth, expected: int = 200, camera: str = "foh", **wanted: Any) -> Any:
    async with (
        aiohttp.ClientSession() as program,
        program.post(f"{booth.url}/api/cameras/{camera}/drive", json=wanted) as answer,
    ):
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def until(true: Any, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def drives(booth: Booth) -> list[tuple[str, str]]:
    return [(record["action"], record["outcome"]) for record in booth.of("command")]


async def test_a_page_drives_and_every_page_sees_who(booth: Booth) -> None:
    async with page(booth) as anna, page(booth) as ben:
        await anna.socket.send_json({"type": "drive", "camera": "foh", "pan": 1, "who": "Anna"})
        await ben.until(lambda: ben.state["cameras"]["foh"]["driven_by"] == "Anna")
        await ben.socket.send_json({"type": "drive", "camera": "foh", "pan": -1, "who": "Ben"})
        await ben.until(lambda: ben.driven)
        assert ben.driven == [("foh", "lost", "foh is driven by Anna")]
        await ben.until(lambda: ben.state["cameras"]["foh"]["driven_by"] == "")
        assert anna.driven == [("foh", "driving", "")], "it is told only what is new"
        (fired, refused) = booth.of("trigger")
        assert (fired["verdict"], refused["verdict"], refused["reason"]) == (
            "fired", "refused", "foh is driven by Anna",
        )  # fmt: skip
        assert fired["source"].endswith("(Anna)")


async def test_a_page_that_is_closed_lets_go(booth: Booth) -> None:
    async with page(booth) as anna:
        await anna.socket.send_json({"type": "drive", "camera": "foh", "zoom": 1, "who": "Anna"})
        await until(lambda: booth.gestures.driven == {"foh": "Anna"})
    await until(lambda: booth.gestures.driven == {})


async def test_nonsense_from_a_page_says_why(booth: Booth) -> None:
    async with page(booth) as anna:
        for wrong in ({"camera": "fog"}, {"camera": "foh", "pan": 7}, {"camera": "foh", "who": ""}, {}):
            await anna.socket.send_json({"type": "drive", **wrong})
        await anna.until(lambda: len(anna.driven) >= 4)
        assert [reason for _, _, reason in anna.driven] == [
            "Unknown camera “fog”.", "`pan` is a number from -1 to 1.", "`who` is a name of 1 to 40 characters.",
            "Unknown camera “None”.",
        ]  # fmt: skip
    assert drives(booth) == []


async def test_a_panel_drives_by_http(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gestures, "LIVES_NS", 60 * NS)  # a word holds, however slow this machine is
    monkeypatch.setattr(gestures, "FORGOTTEN_NS", 90 * NS)
    assert await drive(booth, pan=-0.5, tilt=0.25, who="Panel") == {"state": "driving", "reason": ""}
    assert booth.gestures.driven == {"foh": "Panel"}
    assert await drive(booth, pan=1, who="Ben") == {"state": "lost", "reason": "foh is driven by Panel"}
    assert (await drive(booth, pan=1, take=True, who="Ben"))["state"] == "driving"
    assert await drive(booth, pan=-0.5, who="Panel") == {"state": "lost", "reason": "Ben has taken over"}
    assert await drive(booth, who="Ben") == {"state": "rest", "reason": ""}
    assert (await drive(booth, 400, pan=2))["error"]["code"] == "bad_value"
    assert (await drive(booth, 400, pam=1))["error"]["code"] == "unknown_field"
    assert (await drive(booth, 404, camera="fog", pan=1))["error"]["code"] == "no_such_camera"


async def test_show_mode_lets_a_hand_frame_what_is_off_program(booth: Booth) -> None:
    async with page(booth) as one:
        booth.executor.on_air("foh", "program")
        booth.show_mode(True)
        answer = await one.do("press-0001", "statement", camera="foh", text="move to throne")
        assert (answer["verdict"], answer["reason"]) == ("fired", "")
        await until(lambda: ("move", "refused") in drives(booth))
        answer = await one.do("press-0002", "statement", camera="foh", text="zoom to 20%")
        assert answer["reason"] == "the show is locked (show mode)"
        for number, text in enumerate(("focus auto", "move to throne live")):
            assert (await one.do(f"live-000{number}", "statement", camera="foh", text=text))["verdict"] == "fired"
        await one.until(lambda: one.state["cameras"]["foh"]["doing"] == "move")
        assert (await drive(booth, pan=1))["reason"] == "foh is on program; hold LIVE if intended"
        assert (await drive(booth))["state"] == "rest"
        assert (await drive(booth, pan=1, live=True))["state"] == "driving"
        assert (await drive(booth, camera="left", pan=1))["state"] == "driving"
        answer = await one.do("recover-01", "statement", camera="foh", text="recover live")
        assert answer["reason"] == "the show is locked (show mode)"
        assert (await one.do("recover-02", "statement", camera="left", text="recover"))["verdict"] == "fired"


async def test_who_may_only_look_drives_nothing() -> None:
    pins: dict[Role, str] = {"operate": "4711", "view": "1234"}
    async with showing(pins=pins) as booth, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as viewer:
        async with viewer.post(f"{booth.url}/api/login", json={"pin": "1234"}) as answer:
            assert answer.status == 200
        async with page(booth, viewer) as one:
            await one.socket.send_json({"type": "drive", "camera": "foh", "pan": 1})
            await one.until(lambda: one.driven)
            assert one.driven[0][1:] == ("lost", "You may look, but not operate.")
        async with viewer.post(f"{booth.url}/api/cameras/foh/drive", json={"pan": 1}) as answer:
            assert answer.status == 403
    assert drives(booth) == []
