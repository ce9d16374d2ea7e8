"""The web transport against real aiohttp servers: logins, limits, cameras that stop in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.cgi import WebEnd, serve_web
from cuelang.simulator.http_auth import HttpAuth
from cuelang.transports.http import HttpCamera
from cuelang.units import MS

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def camera(base: str, name: str = "", secret: str | None = None) -> AsyncIterator[HttpCamera]:
    login = (name, "FOH_PASSWORD") if name else None
    client = HttpCamera(base, login, {} if secret is None else {"FOH_PASSWORD": secret})
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def simulated(guard: HttpAuth | None = None) -> AsyncIterator[str]:
    server = await serve_web(WebEnd(Body(DEFAULT, "foh")), "127.0.0.1", 0, guard)
    try:
        yield server.url
    finally:
        await server.close()


LEFT = "/cgi-bin/ptzctrl.cgi?ptzcmd&left&5&5"


async def test_a_path_goes_over_the_wire_as_it_is() -> None:
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(text="ok")

    async with answering(handler) as base, camera(base) as client:
        assert (await client.ask("GET", LEFT)).fine
        assert (await client.ask("GET", "/cgi-bin/a.cgi?x=%23&y&z=1;2")).fine
    assert seen == [LEFT, "/cgi-bin/a.cgi?x=%23&y&z=1;2"]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_digest_login_is_accepted_and_then_sent_at_once(algorithm: str) -> None:
    guard = HttpAuth("admin", "s3cret", algorithm=algorithm)  # type: ignore[arg-type]  # one of the two
    async with simulated(guard) as base, camera(base, "admin", "s3cret") as client:
        for _ in range(3):
            assert (await client.ask("GET", LEFT)).fine
        assert len(guard._nonces) == 1, "one challenge for three requests"


async def test_a_basic_login_is_accepted() -> None:
    guard = HttpAuth("admin", "s3cret", "basic")
    async with simulated(guard) as base, camera(base, "admin", "s3cret") as client:
        assert (await client.ask("GET", LEFT)).fine
        assert (await client.ask("GET", LEFT)).fine


@pytest.mark.parametrize("kind", ["digest", "basic"])
async def test_a_wrong_password_is_a_refusal_that_names_the_variable_and_not_the_password(kind: str) -> None:
    guard = HttpAuth("admin", "s3cret", kind)  # type: ignore[arg-type]  # one of the two
    async with simulated(guard) as base, camera(base, "admin", "guessed") as client:
        answer = await client.ask("GET", LEFT)
    assert answer.trouble == "refused"
    assert "FOH_PASSWORD" in answer.error and "guessed" not in answer.error


async def test_without_a_login_line_or_without_the_variable_the_error_says_what_is_missing() -> None:
    async with simulated(HttpAuth("admin", "s3cret")) as base:
        async with camera(base) as client:
            assert "`login` line" in (await client.ask("GET", LEFT)).error
        async with camera(base, "admin") as client:
            assert "FOH_PASSWORD is not set" in (await client.ask("GET", LEFT)).error


async def test_a_digest_answer_is_good_for_one_request_only() -> None:
    headers: list[str] = []

    class Listening(HttpAuth):
        def lets_in(self, method: str, path: str, header: str) -> bool:
            headers.append(header)
            return super().lets_in(method, path, header)

    guard = Listening("admin", "s3cret")
    async with simulated(guard) as base, camera(base, "admin", "s3cret") as client:
        assert (await client.ask("GET", LEFT)).fine
    assert not guard.lets_in("GET", LEFT, headers[-1]), "the same header again"
    assert not guard.lets_in("GET", "/snapshot.jpg", headers[-1])


async def test_nobody_listens() -> None:
    async with camera("http://127.0.0.1:9") as client:
        answer = await client.ask("GET", LEFT)
    assert (answer.trouble, answer.error) == ("unreachable", "connection refused")


@pytest.mark.parametrize(
    "base", ["http://no.such.host.invalid", "http://[::1", "http://a..b", "http://", "http://x:99999"]
)
async def test_a_host_that_is_no_host(base: str) -> None:
    async with camera(base) as client:
        assert (await client.ask("GET", LEFT)).trouble == "unreachable"


async def test_a_camera_that_says_nothing_is_given_up_in_time() -> None:
    never = asyncio.Event()

    async def handler(_request: web.BaseRequest) -> web.Response:
        await never.wait()
        return web.Response()

    async with answering(handler) as base, camera(base) as client:
        answer = await client.ask("GET", LEFT, within=50 * MS)
    assert (answer.trouble, answer.error) == ("timed_out", "no answer within 0.05 s")


async def test_an_answer_without_end_is_cut_off() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(bytes(10_000))
        return response

    async with answering(handler) as base, camera(base) as client:
        answer = await client.ask("GET", LEFT, most=50_000)
    assert answer.trouble == "refused" and "more than 50000 bytes" in answer.error
    assert not answer.body


async def test_a_camera_that_breaks_off_in_the_middle_of_a_picture() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(bytes(100))
        assert request.transport is not None
        request.transport.close()
        return response

    async with answering(handler) as base, camera(base) as client:
        answer = await client.ask("GET", "/photo1.jpg")
    assert answer.trouble == "timed_out" and not answer.fine


async def test_what_is_not_http_is_an_error_and_no_exception() -> None:
    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x90\x60\x02\xff" * 20 + b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with camera(f"http://127.0.0.1:{port}") as client:
        answer = await client.ask("GET", LEFT)
    server.close()
    assert answer.trouble == "timed_out" and answer.error


async def test_a_get_is_never_made_twice_when_the_connection_ends_without_an_answer() -> None:
    """aiohttp repeats a GET on a kept connection; a relative move must not be."""
    heard: list[bytes] = []

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.startswith(b"GET"):
                heard.append(line)
            if line == b"\r\n":
                if len(heard) > 1:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with camera(f"http://127.0.0.1:{port}") as client:
        assert (await client.ask("GET", "/one")).fine
        assert (await client.ask("GET", "/two")).trouble == "timed_out"
    server.close()
    assert len(heard) == 2


async def test_redirects_are_not_followed() -> None:
    async def handler(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"})

    async with answering(handler) as base, camera(base) as client:
        answer = await client.ask("GET", LEFT)
    assert answer.status == 302 and not answer.fine and not answer.trouble
