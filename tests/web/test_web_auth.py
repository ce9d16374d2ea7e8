"""Who may: PINs, roles, sessions, patience, hosts, origins, and no way out of the folder."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest
from booth import Page, page, showing

from cuelang.plan import NS
from cuelang.web.auth import BadPin, Door, pins
from cuelang.web.fault import Fault
from cuelang.web.guard import Bucket, Guard
from cuelang.web.routes import ROUTES
from cuelang.web.static import files

PINS = {"operate": "4711-op", "view": "0815-vw"}
EVIL = "http://evil.example"


# --- PINs ----------------------------------------------------------------------------------------------------


def test_pins_of_the_environment() -> None:
    assert pins({}) == {}
    assert pins({"CUELANG_PIN": "4711", "CUELANG_VIEW_PIN": "0815"}) == {"operate": "4711", "view": "0815"}
    for wrong, said in (
        ({"CUELANG_PIN": "471"}, "too short"),
        ({"CUELANG_VIEW_PIN": "0815"}, "nobody could operate"),
        ({"CUELANG_PIN": "4711", "CUELANG_VIEW_PIN": "4711"}, "the same"),
    ):
        with pytest.raises(BadPin, match=said):
            pins(wrong)


def test_wrong_tries_are_looked_at_ever_more_slowly() -> None:
    door, now, waits = Door({"operate": "4711"}), 0, []
    for _ in range(9):
        with pytest.raises(Fault) as wrong:
            door.try_pin("0000", "10.0.0.9", now)
        assert wrong.value.code == "wrong_pin"
        with pytest.raises(Fault) as early:
            door.try_pin("4711", "10.0.0.9", now)  # the right one is not looked at either
        assert early.value.code == "slow_down"
        waits.append(early.value.extra["retry_after"])
        now += waits[-1] * NS
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert door.try_pin("4711", "10.0.0.9", now) == "operate"
    with pytest.raises(Fault) as again:
        door.try_pin("0000", "10.0.0.9", now)
    assert again.value.code == "wrong_pin"
    assert door.try_pin("4711", "10.0.0.8", now) == "operate"  # another address never waited


def test_many_addresses_make_the_whole_house_slow() -> None:
    door, looked_at = Door({"operate": "4711"}), 0
    for number in range(2000):
        try:
            door.try_pin("0000", f"10.0.{number // 250}.{number % 250}", number * NS // 1000)
        except Fault as fault:
            looked_at += fault.code == "wrong_pin"
    assert looked_at <= 22


def test_sessions_end() -> None:
    door = Door({"operate": "4711"})
    token = door.open_session("view", 0)
    assert door.of_session(token, NS) == "view" and door.of_session(token + "x", NS) is None
    assert door.of_session(token, 25 * 3600 * NS) is None
    door.close_session(token)
    assert door.of_session(token, NS) is None
    tokens = [door.open_session("view", 0) for _ in range(300)]
    assert door.of_session(tokens[0], NS) is None and door.of_session(tokens[-1], NS) == "view"


# --- roles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pin", "may"), [(None, 0), ("0815-vw", 1), ("4711-op", 2)])
async def test_every_path_of_the_api_knows_who_may(pin: str | None, may: int) -> None:
    headers = {"Authorization": f"Bearer {pin}"} if pin else {}
    async with showing(pins=PINS) as booth, aiohttp.ClientSession(headers=headers) as program:  # type: ignore[arg-type]
        for route in ROUTES:
            if route.name == "login":
                continue
            path = route.path.replace("{cue}", "1").replace("{camera}", "foh")
            body = {"start": {"cue": "3"}, "standby": {"cue": "3"}, "key": {"key": "F8"}}.get(
                route.name, {"text": "zoom to 1%"}
            )
            takes = body if route.takes_something else None
            async with program.request(route.method, booth.url + path, json=takes) as answer:
                needed = {"nothing": 0, "view": 1, "operate": 2}[route.needs]
                if may < needed:
                    assert answer.status == (401 if may == 0 else 403), route
                else:  # with nothing that could be paused, and no key in the sheet, the show says so
                    wanted = (404,) if route.name == "key" else (200, 409) if route.wish else (200,)
                    assert answer.status in wanted, route
        async with program.get(f"{booth.url}/ws") as answer:
            assert answer.status == (401 if may == 0 else 400)  # a socket was not asked for
        assert bool(booth.asked) == (may == 2)


async def test_a_page_logs_in_and_out() -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # aiohttp keeps no cookies of addresses otherwise
    async with showing(pins=PINS) as booth, aiohttp.ClientSession(cookie_jar=jar) as browser:  # type: ignore[arg-type]
        async with browser.get(f"{booth.url}/api/me") as answer:
            assert await answer.json() == {"role": None, "pin": True}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{booth.url}/ws")
        assert refused.value.status == 401
        async with browser.post(f"{booth.url}/api/login", json={"pin": "0815-vw"}) as answer:
            assert await answer.json() == {"role": "view", "pin": True}
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "0815" not in cookie
        async with page(booth, browser) as one:
            assert one.hello["role"] == "view"
            answered = await one.do("press-0001", "panic")
            assert answered["error"]["code"] == "not_allowed"
            async with browser.post(f"{booth.url}/api/logout") as answer:
                assert answer.status == 200
            await one.until(lambda: one.socket.closed)
            assert one.socket.close_code == 1008
        async with browser.get(f"{booth.url}/api/state") as answer:
            assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
        assert booth.asked == []


async def test_wrong_pins_wait() -> None:
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as stranger:  # type: ignore[arg-type]
        async with stranger.post(f"{booth.url}/api/login", json={"pin": "1234"}) as answer:
            assert answer.status == 401 and (await answer.json())["error"]["code"] == "wrong_pin"
        async with stranger.get(f"{booth.url}/api/state", headers={"Authorization": "Bearer 4711-op"}) as answer:
            error = (await answer.json())["error"]
            assert answer.status == 429 and error["code"] == "slow_down" and answer.headers["Retry-After"] == "1"


# --- strangers' pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "host", "known"),
    [
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "localhost:8000", True),
        ("127.0.0.1", "LOCALHOST", True),
        ("127.0.0.1", "[::1]:8000", True),
        ("127.0.0.1", "booth.example", True),
        ("127.0.0.1", "10.0.0.9:8000", False),
        ("127.0.0.1", "evil.example:8000", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "evil.example@127.0.0.1", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[::1", False),
        ("0.0.0.0", "10.0.0.9:8000", True),
        ("0.0.0.0", "evil.example", False),
    ],
)
def test_what_this_machine_is_called(bound: str, host: str, known: bool) -> None:
    guard = Guard(bound, ("booth.example",))
    if known:
        guard.check("GET", {"Host": host})
    else:
        with pytest.raises(Fault) as refused:
            guard.check("GET", {"Host": host})
        assert refused.value.code == "wrong_host"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1:PORT.evil.example"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
async def test_a_page_from_elsewhere_can_press_nothing(headers: dict[str, str]) -> None:
    async with showing() as booth, aiohttp.ClientSession() as browser:
        sent = {name: value.replace("PORT", str(booth.port)) for name, value in headers.items()}
        async with browser.post(f"{booth.url}/api/go", headers=sent) as answer:
            assert answer.status in (403, 421) and (await answer.json())["error"]["hint"]
        async with browser.post(
            f"{booth.url}/api/go", data="{}", headers={**sent, "Content-Type": "text/plain"}
        ) as answer:
            assert answer.status in (403, 421)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{booth.url}/ws", headers=sent)
        assert refused.value.status in (403, 421)
        assert booth.asked == []


async def test_the_own_page_may() -> None:
    async with showing() as booth, aiohttp.ClientSession() as browser:
        own = {"Origin": booth.url, "Sec-Fetch-Site": "same-origin"}
        async with browser.post(f"{booth.url}/api/go", headers=own) as answer:
            assert answer.status == 200
        async with browser.ws_connect(f"{booth.url}/ws", headers=own) as socket:
            one = Page(socket)
            await one.until(lambda: one.seq >= 0)
            await one.close()
        async with browser.get(f"{booth.url}/") as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Access-Control" not in str(answer.headers)
        async with browser.get(f"{booth.url}/nothing") as answer:
            assert answer.status == 404 and answer.headers["X-Frame-Options"] == "DENY"


# --- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "/static/../../auth.py", "//etc/passwd",
        "/./../auth.py", "/%00", "/vendor/..%5c..%5cauth.py", "/..;/auth.py", "/%c0%ae%c0%ae/auth.py", "/etc/passwd",
        "/server.py",
    ],
)  # fmt: skip
async def test_there_is_no_way_out_of_the_folder(path: str) -> None:
    async with showing() as booth:
        reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        assert answer.split(b" ", 2)[1] in (b"400", b"404")
        assert b"root:" not in answer and b"import" not in answer


def test_only_files_of_the_folder_and_of_known_kinds_are_served(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "index.html").write_text("<p>")
    (folder / "vendor" / "one.js").write_text("1")
    (folder / "notes.py").write_text("2")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "inner.js").symlink_to(folder / "vendor" / "one.js")
    found = files(folder)
    assert set(found) == {"/", "/index.html", "/vendor/one.js", "/inner.js"}
    assert found["/"].kind == "text/html"


async def test_files_are_packed_and_an_unchanged_one_is_not_sent_again() -> None:
    async with showing() as booth, aiohttp.ClientSession(auto_decompress=False) as browser:
        async with browser.get(f"{booth.url}/", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip" and (await answer.read())[:2] == b"\x1f\x8b"
            tag = answer.headers["ETag"]
        async with browser.get(f"{booth.url}/", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304 and await answer.read() == b""
        async with browser.get(f"{booth.url}/", headers={"Accept-Encoding": "identity"}) as answer:
            assert (await answer.read()).startswith(b"<!doctype html>")


# --- limits --------------------------------------------------------------------------------------------------


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(rate=10, most=20)
    now = 5 * NS
    assert [bucket.take(now) for _ in range(21)] == [True] * 20 + [False]
    taken = [bucket.take(now + at * NS // 100) for at in range(1, 101)]
    assert sum(taken) == 10 and all(not (a and b) for a, b in pairwise(taken))


async def test_too_many_requests_are_refused_but_never_a_panic() -> None:
    async with showing() as booth, aiohttp.ClientSession() as program, page(booth) as one:

        async def ask(verb: str) -> int:
            async with program.post(f"{booth.url}/api/{verb}") as answer:
                return answer.status

        assert 429 in [await ask("back") for _ in range(60)]
        assert {await ask("panic") for _ in range(60)} == {200}
        codes = [(await one.do(f"press-{number:04}", "back")).get("error", {}).get("code") for number in range(60)]
        assert "too_many" in codes
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
        async with asyncio.timeout(5):
            while len(booth.server.hub._seats) > 1:
                await asyncio.sleep(0.01)
        third = await browser.ws_connect(f"{booth.url}/ws")
        await asyncio.gather(second.close(), third.close())


async def test_who_never_asks_for_anything_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.server.PATIENCE", 0.1)
    async with showing() as booth, page(booth) as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
        writer.write(b"GET / HTT")
        async with asyncio.timeout(5):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        assert (await one.do("press-0001", "go"))["verdict"] == "fired"


async def test_a_connection_too_many_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.server.CONNECTIONS", 3)
    async with showing() as booth:
        open_ones = [await asyncio.open_connection("127.0.0.1", booth.port) for _ in range(3)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", booth.port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        for _, one in [*open_ones, (reader, writer)]:
            one.close()
