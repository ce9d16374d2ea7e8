"""The switchers of a show over HTTP and on the page's socket: requests with verdicts, and what the state says then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from jsonschema_rs import Draft202012Validator
from PIL import Image, ImageStat

from cuelang.web import openapi
from tests.web.booth import Booth, page, showing

SHEET = """
show "Night"
    debounce 1ms
    interlock off
camera foh "sim://foh"
camera left "sim://left"
switcher vision "sim://vision"
    source foh = "Cam FOH"
    source left = "Cam left"
    source 講壇 = "講壇 & <b>slides</b>"
cue 1 "Cut"
    cut to left
"""


@pytest.fixture
async def booth() -> AsyncIterator[Booth]:
    async with showing(SHEET) as one:
        async with page(one) as seen:
            await seen.until(lambda: seen.state["switchers"]["vision"]["link"] == "connected")
        yield one


async def post(booth: Booth, path: str, data: Any = None, expected: int = 200) -> Any:
    async with aiohttp.ClientSession() as program, program.post(booth.url + path, json=data) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def test_a_program_cuts_previews_takes_and_mixes(booth: Booth) -> None:
    async with page(booth) as seen:

        def buses() -> tuple[str | None, str | None]:
            row = seen.state["switchers"]["vision"]
            return row["program"], row["preview"]

        answer = await post(booth, "/api/switcher/cut", {"source": "foh"})
        assert (answer["request"], answer["verdict"], answer["did"]) == ("cut to foh", "fired", "cut to foh: sent")
        await seen.until(lambda: buses()[0] == "foh")
        await post(booth, "/api/switcher/preview", {"source": "left", "switcher": "vision"})
        await seen.until(lambda: buses() == ("foh", "left"))
        buttons = {one["name"]: one["bus"] for one in seen.state["switchers"]["vision"]["sources"]}
        assert buttons == {"foh": "program", "left": "preview", "講壇": "off"}
        await post(booth, "/api/switcher/take")
        await seen.until(lambda: buses()[0] == "left")
        await post(booth, "/api/switcher/preview", {"source": "講壇"})
        await seen.until(lambda: buses()[1] == "講壇")
        answer = await post(booth, "/api/switcher/auto", {"over": 0.2})
        assert answer["request"] == "take over 0.2s"
        await seen.until(lambda: buses()[0] == "講壇")
        assert seen.state["switchers"]["vision"]["cut_by"]
        schema = {"$ref": "#/components/schemas/Switcher", "components": openapi.document()["components"]}
        Draft202012Validator(schema).validate(seen.state["switchers"]["vision"])


@pytest.mark.parametrize(
    ("path", "data", "status", "code", "says"),
    [
        ("cut", {}, 400, "source_missing", "needs a source"),
        ("cut", {"source": "lefft"}, 409, "refused", "lefft"),
        ("cut", {"source": "foh", "switcher": "side"}, 409, "refused", "no switcher “side”"),
        ("cut", {"source": 7}, 400, "bad_value", "text"),
        ("cut", {"source": "foh", "over": 2}, 400, "unknown_field", "over"),
        ("take", {"source": "x" * 101}, 400, "bad_value", "100"),
        ("auto", {"over": 0}, 409, "refused", "50ms to 20s"),
        ("auto", {"over": "1s"}, 400, "bad_value", "seconds"),
        ("auto", {"over": True}, 400, "bad_value", "seconds"),
        ("take", {"with": "Fade"}, 400, "unknown_field", "with"),
        ("dissolve", {"over": 1}, 400, "source_missing", "needs a source"),
        ("record-start", {"switcher": "side"}, 409, "refused", "no switcher “side”"),
        ("stream-start", {"source": "foh"}, 400, "unknown_field", "source"),
    ],
)
async def test_nonsense_is_refused_and_says_why(
    booth: Booth, path: str, data: Any, status: int, code: str, says: str
) -> None:
    error = (await post(booth, f"/api/switcher/{path}", data, status))["error"]
    assert error["code"] == code and says in error["message"]


async def test_a_program_records_mixes_with_a_transition_and_ends_the_stream(booth: Booth) -> None:
    async with page(booth) as seen:

        def row() -> Any:
            return seen.state["switchers"]["vision"]

        assert row()["transitions"] == ["Fade", "Swipe"]
        await post(booth, "/api/switcher/stream-start")
        await post(booth, "/api/switcher/record-start")
        await seen.until(lambda: all(one["on"] for one in row()["outputs"].values()))
        await post(booth, "/api/switcher/cut", {"source": "foh"})
        mix = await post(booth, "/api/switcher/dissolve", {"source": "left", "over": 0.1, "with": "Swipe"})
        assert mix["request"] == 'dissolve to left over 0.1s with "Swipe"'
        await seen.until(lambda: row()["program"] == "left")
        error = (await post(booth, "/api/switcher/stream-stop", None, 409))["error"]
        assert error["message"] == "this ends the stream; ask once more within 10 s"
        await asyncio.sleep(0.55)  # as a person waits: half a double click counts for nothing
        assert (await post(booth, "/api/switcher/stream-stop"))["verdict"] == "fired"
        await post(booth, "/api/switcher/record-stop")
        await seen.until(lambda: not any(one["on"] for one in row()["outputs"].values()))


async def test_one_press_sent_twice_takes_once(booth: Booth) -> None:
    await post(booth, "/api/switcher/cut", {"source": "foh"})
    await post(booth, "/api/switcher/preview", {"source": "left"})
    first = await post(booth, "/api/switcher/take", {"id": "press-0001"})
    again = await post(booth, "/api/switcher/take", {"id": "press-0001"})
    assert again == {**first, "repeated": True}
    assert [request for request, _ in booth.asked].count("take") == 1


async def test_show_mode_lets_the_switcher_through(booth: Booth) -> None:
    await post(booth, "/api/lock")
    assert (await post(booth, "/api/switcher/cut", {"source": "foh"}))["verdict"] == "fired"
    await post(booth, "/api/cameras/foh/statement", {"text": "zoom to 10%"}, 409)


async def test_the_page_presses_with_a_verdict(booth: Booth) -> None:
    async with page(booth) as seen:
        answer = await seen.do("press-0001", "preview", source="left", switcher="vision")
        assert (answer["verdict"], answer["did"]) == ("fired", "preview left on vision: sent")
        answer = await seen.do("press-0002", "auto", over=99)
        assert answer["verdict"] == "refused" and "20s" in answer["reason"]
        answer = await seen.do("press-0003", "cut")
        assert answer["error"]["code"] == "source_missing"


async def test_a_cut_that_is_not_sent_is_not_called_sent() -> None:
    sheet = SHEET.replace("interlock off", "interlock block") + 'cue 2 "Move"\n    move left to pan 30deg over 5s\n'
    async with showing(sheet) as booth, page(booth) as seen:
        await seen.until(lambda: seen.state["switchers"]["vision"]["link"] == "connected")
        await post(booth, "/api/switcher/cut", {"source": "foh"})
        await seen.until(lambda: seen.state["switchers"]["vision"]["program"] == "foh")
        await post(booth, "/api/start", {"cue": "2"})
        await asyncio.sleep(0.2)
        answer = await post(booth, "/api/switcher/cut", {"source": "left"})
        assert answer["did"].startswith("not sent: ") and "left is still moving" in answer["did"]


async def look(booth: Booth, path: str, expected: int = 200) -> Any:
    async with aiohttp.ClientSession() as program, program.get(booth.url + path) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.read() if expected == 200 else await answer.json()


def mean(picture: bytes) -> list[float]:
    with Image.open(BytesIO(picture)) as image:
        return ImageStat.Stat(image.convert("RGB")).mean


async def test_the_buses_have_pictures_that_are_made_of_those_of_the_cameras(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    colours = {"foh": (240, 0, 0), "left": (0, 0, 240)}

    async def plain(camera: str) -> bytes | None:
        out = BytesIO()
        Image.new("RGB", (64, 36), colours[camera]).save(out, "JPEG")
        return out.getvalue()

    monkeypatch.setattr(booth.running, "picture", plain)
    async with page(booth) as seen:
        paths = seen.state["switchers"]["vision"]["pictures"]
        assert paths == {bus: f"/api/switchers/vision/{bus}/picture.jpg" for bus in ("program", "preview")}
        assert max(mean(await look(booth, paths["program"]))) < 4, "black, before anything is cut"
        await post(booth, "/api/switcher/cut", {"source": "foh"})
        await seen.until(lambda: seen.state["switchers"]["vision"]["program"] == "foh")
        red, _, blue = mean(await look(booth, paths["program"]))
        assert red > 230 and blue < 10, "at once, however new the picture before it is"
        await post(booth, "/api/switcher/dissolve", {"source": "left", "over": 20})
        await seen.until(lambda: seen.state["switchers"]["vision"]["transition"])
        first = mean(await look(booth, paths["program"]))
        await asyncio.sleep(0.4)
        then = mean(await look(booth, paths["program"]))
        assert then[0] < first[0] and then[2] > first[2] and then[0] > 150 and then[2] > 1


@pytest.mark.parametrize(
    ("path", "code"),
    [("visoin/program", "no_such_switcher"), ("vision/clean", "no_such_bus"), ("stage/program", "no_such_switcher")],
)
async def test_a_bus_that_is_not_there_has_no_picture(booth: Booth, path: str, code: str) -> None:
    found = await look(booth, f"/api/switchers/{path}/picture.jpg", 404)
    assert found["error"]["code"] == code


async def test_a_switcher_that_is_not_simulated_has_none(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booth.switchers, "is_simulated", lambda _name: False)
    async with page(booth) as seen:
        await seen.until(lambda: seen.state["switchers"]["vision"]["pictures"] is None)
    assert (await look(booth, "/api/switchers/vision/program/picture.jpg", 404))["error"]["code"] == "no_picture"


async def test_without_studio_mode_preview_is_dark(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booth.switchers, "shot", lambda _switcher, _bus, _now: None)
    assert (await look(booth, "/api/switchers/vision/preview/picture.jpg", 503))["error"]["code"] == "dark"
