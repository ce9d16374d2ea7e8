"""The API: what it answers, that its document says so, and that nonsense does it no harm."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, ValidationError

from cuelang.commands import Driver
from cuelang.web import access as gate
from cuelang.web import openapi, routes
from cuelang.web.snapshots import SnapshotCache
from tests.drawn import examples
from tests.web.booth import Booth, page, showing


@pytest.fixture
async def booth() -> AsyncIterator[Booth]:
    async with showing() as one:
        yield one


async def get(booth: Booth, path: str, expected: int = 200) -> Any:
    async with aiohttp.ClientSession() as program, program.get(booth.url + path) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def post(booth: Booth, path: str, data: Any = None, expected: int = 200) -> Any:
    async with aiohttp.ClientSession() as program, program.post(booth.url + path, json=data) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def test_what_a_program_can_read(booth: Booth) -> None:
    show = await get(booth, "/api/show")
    assert (show["title"], show["cues"], show["cameras"], show["standby"]) == ("Night", 4, 2, "1")
    assert [cue["number"] for cue in (await get(booth, "/api/cues"))["cues"]] == ["1", "2", "3", "10.5"]
    assert (await get(booth, "/api/cues/10.50"))["title"] == "End"
    drawn = await get(booth, "/api/cues/10.5/timeline")
    assert drawn["lanes"][0]["events"][0]["repeat_ms"] == 1000
    assert [camera["name"] for camera in (await get(booth, "/api/cameras"))["cameras"]] == ["foh", "left"]
    await post(booth, "/api/go", {"cue": 3})
    records = (await get(booth, "/api/log?tail=2"))["records"]
    assert len(records) == 2 and records[-1]["seq"] == len(booth.records)
    assert (await get(booth, "/api/log?tail=0"))["records"] == []
    moment = await get(booth, "/api/state")
    assert moment["state"]["cues"]["3"]["state"] == "done"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/cues/7", 404, "no_cue"),
        ("/api/cues/seven", 404, "no_cue"),
        ("/api/cameras/fog", 404, "no_such_camera"),
        ("/api/state-at?cue=7", 404, "no_cue"),
        ("/api/state-at", 404, "no_cue"),
        ("/api/state-at?cue=2&at=soon", 400, "bad_value"),
        ("/api/state-at?cue=2&at=2h", 400, "too_late"),
        ("/api/state-at?cue=10.5&at=25h", 400, "too_late"),
        ("/api/log?tail=2000", 400, "bad_tail"),
        ("/api/log?tale=2", 400, "unknown_parameter"),
        ("/api/nothing", 404, "not_found"),
        ("/api/go", 405, "wrong_method"),
    ],
)
async def test_troubles_have_a_code_and_a_hint(booth: Booth, path: str, status: int, code: str) -> None:
    error = (await get(booth, path, status))["error"]
    assert error["code"] == code and error["message"] and error["hint"]


async def test_what_the_show_refuses_says_why(booth: Booth) -> None:
    found = await post(booth, "/api/go", {"cue": "77"}, 404)
    assert found["verdict"] == "no_cue" and found["error"]["code"] == "no_cue" and found["reason"]
    await post(booth, "/api/lock")
    found = await post(booth, "/api/standby", {"cue": "2"}, 409)
    assert found["verdict"] == "refused" and "show mode" in found["error"]["message"]
    found = await post(booth, "/api/locate", {"cue": "2"}, 409)
    assert found["verdict"] == "refused" and "show mode" in found["reason"]
    found = await post(booth, "/api/cameras/foh/statement", {"text": "zoom to 200%"}, 422)
    assert found["error"]["code"] == "E302" and found["error"]["hint"]
    found = await post(booth, "/api/go", {"cues": "2"}, 400)
    assert found["error"]["hint"] == "Did you mean “cue”?"


async def test_the_rig_is_set_up_for_a_cue(booth: Booth) -> None:
    found = await post(booth, "/api/locate", {"cue": 2})
    assert found["did"] == "Locate 2: moves foh and left" and found["request"] == "locate 2"
    found = await post(booth, "/api/locate", {"cue": "2", "at": 2.5, "live": True})
    assert found["request"] == "locate 2 at 2.5s live"
    assert (await get(booth, "/api/show"))["standby"] == "3"
    found = await post(booth, "/api/locate", {"cue": "3", "go": True})
    assert (found["request"], found["verdict"]) == ("locate 3 go", "fired")
    assert (await post(booth, "/api/locate", {"cue": "2", "at": "2h"}, 409))["reason"] == "Cue 2 ends after 60s."
    for wrong in ({"at": "soon"}, {"at": "2s", "go": True}, {"live": "yes"}, {"at": ""}, {"at": -1}):
        assert (await post(booth, "/api/locate", {"cue": "2", **wrong}, 400))["error"]["code"] == "bad_value"
    assert (await post(booth, "/api/locate", {"cue": "77"}, 404))["verdict"] == "no_cue"
    assert (await post(booth, "/api/locate", expected=400))["error"]["code"] == "cue_missing"
    before = (await get(booth, "/api/state-at?cue=2"))["cameras"]["foh"]
    assert (before["pan"], before["preset"], before["air"]) == (-30.0, "throne", "program")


async def test_a_page_asks_first_and_the_same_again_does_it(booth: Booth) -> None:
    async with page(booth) as one:
        await one.do("press-0001", "go", cue="2")
        answer = await one.do("press-0002", "locate", cue="3")
        said = "Locate 3: stops cue 2; moves foh and left"
        assert (answer["verdict"], answer["reason"]) == ("refused", f"{said}; ask once more within 5 s")
        await one.until(lambda: one.state["standby"] == "3")
        assert [run["cue"] for run in one.state["running"].values()] == ["2"]
        await asyncio.sleep(0.55)  # the second half of a double click is not the second press
        answer = await one.do("press-0003", "locate", cue="3")
        assert (answer["verdict"], answer["did"]) == ("fired", said)
        await one.until(lambda: "2" not in [run["cue"] for run in one.state["running"].values()])


async def test_pictures_are_shared_and_seldom_taken(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    real = booth.running.picture

    async def counted(camera: str) -> bytes | None:
        taken.append(camera)
        return await real(camera)

    monkeypatch.setattr(booth.running, "picture", counted)
    async with aiohttp.ClientSession() as program:

        async def look() -> bytes:
            async with program.get(f"{booth.url}/api/cameras/foh/picture.jpg") as answer:
                assert answer.status == 200 and answer.content_type == "image/jpeg"
                return await answer.read()

        pictures = await asyncio.gather(*(look() for _ in range(20)))
    assert set(map(len, pictures)) == {len(pictures[0])} and pictures[0][:3] == b"\xff\xd8\xff"
    assert taken == ["foh"]


async def test_a_camera_that_shows_nothing_holds_nobody_up(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dark(_camera: str) -> bytes | None:
        await asyncio.sleep(60)
        return None

    monkeypatch.setattr(booth.running, "picture", dark)
    monkeypatch.setattr("cuelang.web.snapshots.PATIENCE_S", 0.05)
    assert (await get(booth, "/api/cameras/foh/picture.jpg", 503))["error"]["code"] == "dark"
    looks = SnapshotCache(booth.running, booth.clock)
    assert await asyncio.gather(*(looks.picture("left") for _ in range(10))) == [None] * 10
    looks.close()
    cast(dict[str, Driver], booth.executor.drivers).pop("left")
    assert (await get(booth, "/api/cameras/left/picture.jpg", 404))["error"]["code"] == "no_picture"


# --- the document --------------------------------------------------------------------------------------------


async def test_the_document_and_the_server_have_the_same_paths(booth: Booth) -> None:
    runner = booth.server._runner
    assert runner is not None
    served = {
        (route.method, route.resource.canonical)
        for route in runner.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    document = await get(booth, "/api/openapi.json")
    assert served == {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    operations = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(operations) == len(set(operations)) == len(routes.ROUTES)


async def test_what_is_answered_fits_the_document(booth: Booth) -> None:
    document = openapi.document()

    def fits(name: str, data: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(data)

    async with page(booth) as one:
        await one.do("press-0001", "go", cue="10.5")
        await one.until(lambda: one.state["running"] and one.state["notes"])
        fits("State", one.state)
    fits("Moment", await get(booth, "/api/state"))
    fits("Show", await get(booth, "/api/show"))
    fits("StateAt", await get(booth, "/api/state-at?cue=3&at=0s"))
    with pytest.raises(ValidationError):
        fits("Cue", {**(await get(booth, "/api/cues/1")), "title": 7})


@pytest.mark.timeout(360)
async def test_schemathesis_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation, with data that the document allows and with data that it does not."""
    monkeypatch.setattr(gate, "REQUESTS", (100_000, 100_000))
    monkeypatch.setattr(gate, "ORDERS", (100_000, 100_000))
    async with showing() as booth:
        asked = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from schemathesis.cli import schemathesis; schemathesis()",
            "run",
            f"{booth.url}/api/openapi.json",
            "--phases",
            "coverage",
            "--seed",
            "1",
            # a text that the schema allows need not be a statement of the language
            "--exclude-checks",
            "positive_data_acceptance",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asked.communicate()
        assert asked.returncode == 0, said.decode()
        assert (
            re.search(rf"Tested: +{len(routes.ROUTES) - 1}\b", said.decode()) and booth.asked
        )  # all but the document itself


# --- nonsense ------------------------------------------------------------------------------------------------

NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
WORDS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["do", "ping", "snapshot"]) | NONSENSE,
        "id": st.just("press-0001") | NONSENSE,
        "verb": st.sampled_from(["go", "start", "standby", "stop", "statement", "unlock"]) | NONSENSE,
        "cue": st.sampled_from(["1", "next", "-1", "1e9", "٣", ""]) | NONSENSE,
        "expect": NONSENSE,
        "camera": st.just("foh") | NONSENSE,
        "text": st.sampled_from(["zoom to 5%", 'move to "', "set x", "zoom it\n cue 2"]) | NONSENSE,
        "session": NONSENSE,
    },
)


@examples(15, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS.map(json.dumps) | st.text(max_size=50), max_size=12))
def test_whatever_a_page_says_it_is_answered_and_the_show_goes_on(messages: list[str]) -> None:
    async def night() -> None:
        async with showing() as booth, aiohttp.ClientSession() as program:
            async with program.ws_connect(f"{booth.url}/ws") as socket:
                for message in messages:
                    await socket.send_str(message)
                answers = 0
                async with asyncio.timeout(40):
                    while answers < len(messages):
                        heard = json.loads((await socket.receive()).data)
                        answers += heard["type"] in ("answer", "pong")
            found = await post(booth, "/api/start", {"cue": "3"})
            assert found["verdict"] == "fired"

    asyncio.run(night())
