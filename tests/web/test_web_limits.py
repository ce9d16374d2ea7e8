"""Too many requests, pages, connections and visitors: who operates is never kept out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from typing import Any, get_args

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.triggers.limits import Bucket
from cuelang.units import NS
from cuelang.web.auth import Role
from cuelang.web.visitors import CONNECTIONS, RESERVE, Standing, Visitor, Visitors
from tests.web.booth import PINS, Page, page, showing


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(rate=10, burst=20)
    now = 5 * NS
    assert [bucket.take(now) for _ in range(21)] == [True] * 20 + [False]
    taken = [bucket.take(now + at * NS // 100) for at in range(1, 101)]
    assert sum(taken) == 10 and all(not (a and b) for a, b in pairwise(taken))


async def test_too_many_requests_are_refused_but_never_a_panic() -> None:
    async with showing() as booth, aiohttp.ClientSession() as program, page(booth) as one:

        async def ask(verb: str) -> int:
            async with program.post(f"{booth.url}/api/{verb}") as answer:
                return answer.status

        assert 429 in await asyncio.gather(*(ask("back") for _ in range(60)))
        assert {await ask("panic") for _ in range(60)} == {200}
        answers = await asyncio.gather(*(one.do(f"press-{number:04}", "back") for number in range(60)))
        assert "too_many" in [answer.get("error", {}).get("code") for answer in answers]
        assert (await one.do("press-9999", "panic"))["verdict"] == "fired"


async def test_long_bodies_messages_and_floods_are_refused() -> None:
    async with showing() as booth, aiohttp.ClientSession() as program:
        async with program.post(f"{booth.url}/api/go", json={"cue": "1" * 20_000}) as answer:
            assert answer.status == 413 and (await answer.json())["error"]["code"] == "too_long"
        async with program.ws_connect(f"{booth.url}/ws") as socket:
            one = Page(socket)
            await socket.send_str("x" * 10_000)
            await one.until(lambda: socket.closed)
            assert socket.close_code == 1009
        async with program.ws_connect(f"{booth.url}/ws") as socket:
            one = Page(socket)
            for _ in range(600):
                if socket.closed:
                    break
                await socket.send_str('{"type":"ping","id":"1"}')
            await one.until(lambda: socket.closed)
            assert socket.close_code == 1008


async def test_a_page_too_many_is_refused_and_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.socket.PAGES", 2)
    async with showing() as booth, aiohttp.ClientSession() as browser:
        first = await browser.ws_connect(f"{booth.url}/ws")
        second = await browser.ws_connect(f"{booth.url}/ws")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{booth.url}/ws")
        assert refused.value.status == 503
        await first.close()
        async with asyncio.timeout(40):
            while len(booth.server.hub._subscribers) > 1:
                await asyncio.sleep(0.01)
        third = await browser.ws_connect(f"{booth.url}/ws")
        await asyncio.gather(second.close(), third.close())


async def test_who_never_asks_for_anything_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.server.PATIENCE_S", 0.1)
    async with showing() as booth, page(booth) as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
        writer.write(b"GET / HTT")
        async with asyncio.timeout(40):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        assert (await one.do("press-0001", "go"))["verdict"] == "fired"


async def test_a_viewer_s_pages_make_room_for_an_operator_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.socket.PAGES", 4)
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as browser:

        async def opened(pin: str) -> aiohttp.ClientWebSocketResponse:
            return await browser.ws_connect(f"{booth.url}/ws", headers={"Authorization": f"Bearer {pin}"})

        viewers = [await opened("0815-vw") for _ in range(3)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await opened("0815-vw")
        assert refused.value.status == 503
        operators = [await opened("4711-op") for _ in range(4)]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await opened("4711-op")
        for one in operators:
            assert (await one.receive_json())["role"] == "operate"
        await asyncio.gather(*(one.close() for one in (*operators, *viewers)))


HEAD = b"HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF_A_BODY = b"POST /api/go " + HEAD + b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"


@pytest.mark.parametrize("asks", [b"", b"GET /api/me " + HEAD + b"\r\n", HALF_A_BODY])
@pytest.mark.parametrize("pins", [None, PINS])
async def test_connections_that_sit_there_keep_nobody_out(
    asks: bytes, pins: dict[Role, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cuelang.web.visitors.CONNECTIONS", 12)
    headers = {"Authorization": "Bearer 4711-op"}
    async with (
        showing(pins=pins) as booth,
        aiohttp.ClientSession(headers=headers) as program,
        page(booth, program) as one,
    ):
        sitting = []
        for _ in range(40):
            reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
            writer.write(asks)
            sitting.append((reader, writer))
        await asyncio.sleep(0.05)
        async with program.post(f"{booth.url}/api/panic") as answer:
            assert answer.status == 200
        assert (await one.do("press-0001", "go"))["verdict"] == "fired"
        for _, writer in sitting:
            writer.close()


# --- who is connected ----------------------------------------------------------------------------------------


class Hall:
    """Connections without sockets."""

    def __init__(self) -> None:
        self.visitors = Visitors()
        self.now = 0
        self.cut: list[Visitor] = []

    def come(self, address: str, standing: Standing = "stranger", **facts: Any) -> Visitor | None:
        self.now += 1
        gone: list[bool] = []
        new = Visitor(address, lambda: self.cut.append(new), lambda: bool(gone), self.now, standing, **facts)
        return new if self.visitors.admit(new) else None


def test_one_address_has_a_small_part_and_its_oldest_goes() -> None:
    hall = Hall()
    first = [hall.come("10.0.0.9") for _ in range(16)]
    assert hall.come("10.0.0.9") and hall.cut == [first[0]]
    assert all(hall.come(f"10.0.1.{number}") for number in range(20)) and len(hall.cut) == 1


def test_a_reserve_is_kept_for_who_operates() -> None:
    hall = Hall()
    operators = [hall.come("10.0.0.2", "trusted") for _ in range(10)]
    for number in range(1000):
        hall.come(f"10.{number % 200}.0.1", "viewer" if number % 3 else "stranger", page=number % 7 == 0)
    assert len(hall.visitors) <= CONNECTIONS - RESERVE + 10
    assert not set(hall.cut) & set(operators)
    assert all(hall.come("10.0.0.3", "trusted") for _ in range(300)) and len(hall.visitors) <= CONNECTIONS
    assert hall.cut[0].standing == "stranger" and not any(one.page for one in hall.cut)


def test_the_busy_go_after_the_idle() -> None:
    hall = Hall()
    busy = [hall.come("10.0.0.9", busy=1) for _ in range(15)]
    idle = hall.come("10.0.0.9")
    hall.come("10.0.0.9")
    hall.come("10.0.0.9", busy=1)
    assert hall.cut[0] is idle and not set(busy) & set(hall.cut)


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(get_args(Standing)), st.booleans(), st.integers(0, 1)),
        max_size=400,
    )
)
def test_there_are_never_too_many_and_strangers_never_cut_the_trusted(
    coming: list[tuple[int, Standing, bool, int]],
) -> None:
    hall = Hall()
    for number, standing, is_page, busy in coming:
        before = len(hall.cut)
        hall.come(f"10.0.0.{number}", standing, page=is_page, busy=busy)
        assert len(hall.visitors) <= CONNECTIONS
        if standing != "trusted":
            assert all(one.standing != "trusted" or one.address == f"10.0.0.{number}" for one in hall.cut[before:])
