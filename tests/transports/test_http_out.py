"""HTTP out against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cuelang import rig
from cuelang.address import port_at
from cuelang.plan import Port
from cuelang.source import NOWHERE
from cuelang.transports.http_out import MAX_PENDING, HttpOut
from tests.ports import free_port


@asynccontextmanager
async def served(answer: int = 200, wait: float = 0) -> AsyncIterator[tuple[str, list[tuple[str, str, str]]]]:
    heard: list[tuple[str, str, str]] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append((request.method, request.path_qs, await request.text()))
        await asyncio.sleep(wait)
        return web.Response(status=answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", free_port())
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


async def settled(out: HttpOut) -> None:
    await asyncio.gather(*out._requests)


async def test_a_line_is_one_request() -> None:
    problems: list[str] = []
    async with served() as (url, heard):
        out = HttpOut(url + "/base/", problems.append)
        await out.open()
        for address, arguments in (
            ("/press", ()),
            ("/set", (1, "x", 0.5)),
            ("GET /api/?Function=Cut", ()),
            ("PUT /a", ()),
        ):
            assert out.send(address, arguments) == ""
            await settled(out)
        assert heard == [
            ("POST", "/base/press", ""), ("POST", "/base/set", '[1, "x", 0.5]'),
            ("GET", "/base/api/?Function=Cut", ""), ("PUT", "/base/a", ""),
        ]  # fmt: skip
        assert problems == []
        out.close()


async def test_what_fails_later_is_told() -> None:
    problems: list[str] = []
    async with served(answer=503) as (url, _):
        out = HttpOut(url, problems.append)
        await out.open()
        assert out.send("/press", ()) == ""
        await settled(out)
    assert out.send("/press", ()) == ""
    await settled(out)
    assert problems[0] == f"POST {url}/press: the answer was 503 Service Unavailable."
    assert problems[1] == f"POST {url}/press failed: connection refused."


async def test_a_failure_names_the_output_and_the_cue(dead_port: int) -> None:
    problems: list[str] = []
    url = f"http://127.0.0.1:{dead_port}"
    out = rig.open_output(Port("vmix", port_at(url), NOWHERE), problems.append)
    assert isinstance(out, HttpOut)
    await out.open()
    out.about = "cue 4"
    assert out.send("GET /api", ()) == ""
    out.about = "cue 5"
    await settled(out)
    assert problems == [f"vmix: cue 4: GET {url}/api failed: connection refused."]


async def test_a_server_that_never_answers_gets_no_more() -> None:
    async with served(wait=10) as (url, _):
        out = HttpOut(url, lambda _text: None)
        await out.open()
        assert [out.send("/press", ()) for _ in range(MAX_PENDING)] == [""] * MAX_PENDING
        assert "already waiting" in out.send("/press", ())
        out.close()
        assert out.send("/press", ()) == "it is not open"


@pytest.mark.parametrize("address", ["press", "DELETE /press", "/a b", ""])
async def test_a_line_that_is_no_path_is_told_so(address: str) -> None:
    assert "is not a path" in HttpOut("http://127.0.0.1:1", lambda _text: None).send(address, ())
