"""Who may: PINs, roles, sessions, patience, hosts, origins, and no way out of the folder."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.clock import Handle, VirtualClock
from cuelang.triggers.limits import Bucket
from cuelang.units import NS
from cuelang.web.auth import BadPin, PinAuth, WrongPins, pins
from cuelang.web.errors import HttpError
from cuelang.web.origin import OriginCheck, origin_of
from cuelang.web.routes import ROUTES
from cuelang.web.static import VIEWS, files
from cuelang.web.visitors import CONNECTIONS, RESERVE, Standing, Visitor, Visitors
from tests.web.booth import Booth, Page, page, showing

PINS = {"operate": "4711-op", "view": "0815-vw"}
EVIL = "http://evil.example"


# --- PINs ----------------------------------------------------------------------------------------------------


def test_pins_of_the_environment() -> None:
    assert pins({}) == {}
    assert pins({"CUELANG_PIN": "4711", "CUELANG_VIEW_PIN": "0815"}) == {"operate": "4711", "view": "0815"}
    for wrong, said in (
        ({"CUELANG_PIN": "471"}, "too short"),
        ({"CUELANG_VIEW_PIN": "0815"}, "operating would be impossible"),
        ({"CUELANG_PIN": "4711", "CUELANG_VIEW_PIN": "4711"}, "the same"),
    ):
        with pytest.raises(BadPin, match=said):
            pins(wrong)


def test_wrong_tries_are_looked_at_ever_more_slowly() -> None:
    door, now, waits = PinAuth({"operate": "4711"}), 0, []
    for _ in range(9):
        with pytest.raises(HttpError) as wrong:
            door.try_pin("0000", "10.0.0.9", now)
        assert wrong.value.code == "wrong_pin"
        with pytest.raises(HttpError) as early:
            door.try_pin("0001", "10.0.0.9", now)
        assert early.value.code == "slow_down"
        waits.append(early.value.extra["retry_after"])
        now += waits[-1] * NS
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert door.try_pin("4711", "10.0.0.9", now) == "operate"  # the right one does not wait
    with pytest.raises(HttpError) as again:
        door.try_pin("0000", "10.0.0.9", now)
    assert again.value.code == "wrong_pin"
    assert door.try_pin("4711", "10.0.0.8", now) == "operate"  # another address never waited


def test_many_addresses_make_the_whole_house_slow() -> None:
    door, looked_at = PinAuth({"operate": "4711"}), 0
    for number in range(2000):
        try:
            door.try_pin("0000", f"10.0.{number // 250}.{number % 250}", number * NS // 1000)
        except HttpError as fault:
            looked_at += fault.code == "wrong_pin"
    assert looked_at <= 22
    assert door.try_pin("4711", "10.0.99.99", 2 * NS) == "operate"


def test_sessions_end() -> None:
    door = PinAuth({"operate": "4711"})
    token = door.open_session("view", 0)
    assert door.of_session(token, NS) == "view" and door.of_session(token + "x", NS) is None
    assert door.of_session(token, 25 * 3600 * NS) is None
    door.close_session(token)
    assert door.of_session(token, NS) is None


def test_the_sessions_of_viewers_end_no_operator_s() -> None:
    door = PinAuth({"operate": "4711"})
    operator = door.open_session("operate", 0, "10.0.0.2")
    neighbour = door.open_session("view", 0, "10.0.0.3")
    there = [door.open_session("view", 0, "10.0.0.9") for _ in range(300)]
    assert door.of_session(there[0], NS) is None and door.of_session(there[-1], NS) == "view"
    assert door.of_session(operator, NS) == "operate" and door.of_session(neighbour, NS) == "view"
    everywhere = [door.open_session("view", 0, f"10.1.{number // 250}.{number % 250}") for number in range(400)]
    assert door.of_session(operator, NS) == "operate" and door.of_session(everywhere[-1], NS) == "view"
    assert door.of_session(everywhere[0], NS) is None


# --- roles ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pin", "may"), [(None, 0), ("0815-vw", 1), ("4711-op", 2)])
async def test_every_path_of_the_api_knows_who_may(pin: str | None, may: int) -> None:
    headers = {"Authorization": f"Bearer {pin}"} if pin else {}
    async with showing(pins=PINS) as booth, aiohttp.ClientSession(headers=headers) as program:  # type: ignore[arg-type]
        for route in ROUTES:
            if route.name == "login":
                continue
            path = route.path.replace("{cue}", "1").replace("{camera}", "foh")
            path = path.replace("{switcher}", "vision").replace("{bus}", "program").replace("{preset}", "wide")
            path = path.replace("{digest}", "0" * 64)
            bodies = {"start": {"cue": "3"}, "standby": {"cue": "3"}, "locate": {"cue": "3"}, "key": {"key": "F8"}}
            bodies |= {"swap": {"camera": "foh", "for": "left"}, "new_preset": {"preset": "far"}}
            bodies |= {verb: {"source": "foh"} for verb in ("cut", "preview", "dissolve")}
            bodies |= {name: {"input": "desk"} for name in ("mute", "unmute")}
            takes = bodies.get(route.name, {"text": "zoom to 1%"}) if route.takes_something else None
            asks = {"cue": "3"} if route.name == "state_at" else None
            await asyncio.sleep(0.06 if route.wish else 0)  # an address may ask for 20 things a second
            async with program.request(route.method, booth.url + path, json=takes, params=asks) as answer:
                needed = {"nothing": 0, "view": 1, "operate": 2}[route.needs]
                if may < needed:
                    assert answer.status == (401 if may == 0 else 403), route
                else:  # with nothing that could be paused, no key and no switcher in the sheet, the show says so
                    missing = route.name in ("key", "bus_picture", "changes", "preset_picture", "journal_file")
                    lines = route.path.endswith(("/lines", "/lines/check", "/lines/undo"))  # it has no file
                    wanted = (404,) if missing else (200, 400, 409) if lines else (200, 409) if route.wish else (200,)
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


async def test_wrong_pins_wait_and_the_right_one_does_not() -> None:
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:  # type: ignore[arg-type]

        async def tried(pin: str, path: str = "state", method: str = "GET") -> int:
            headers = {"Authorization": f"Bearer {pin}"}
            async with program.request(method, f"{booth.url}/api/{path}", headers=headers) as answer:
                assert answer.status != 429 or answer.headers["Retry-After"]
                return answer.status

        async with program.post(f"{booth.url}/api/login", json={"pin": "1234"}) as answer:
            assert answer.status == 401 and (await answer.json())["error"]["code"] == "wrong_pin"
        for number in range(8):  # slips; more would be guesses
            assert await tried(f"{number:04}") in (401, 429)
            assert await tried("4711-op") == 200
            assert await tried("4711-op", "panic", "POST") == 200
            assert await tried("0815-vw", "panic", "POST") == 403
        assert booth.said == [
            "A wrong PIN from 127.0.0.1. Wrong PINs are delayed; the right one is accepted at any time."
        ]
        booth.said.clear()


def test_who_guesses_is_answered_slowly_and_nobody_else() -> None:
    door = PinAuth({"operate": "4711"})
    assert door.turn("10.0.0.9", 0) == 0
    with pytest.raises(HttpError):
        door.try_pin("0000", "10.0.0.9", 0)
    assert [door.turn("10.0.0.9", 10) for _ in range(8)] == [n * NS // 2 for n in range(1, 9)]
    assert [door.turn("10.0.0.9", 10) for _ in range(4)] == [9 * NS // 2, 5 * NS, 5 * NS + 10, 5 * NS + 10]
    assert door.turn("10.0.0.8", 10) == 10, "who never erred"
    assert door.try_pin("4711", "10.0.0.9", 3 * NS) == "operate"
    assert door.turn("10.0.0.9", 3 * NS) > 3 * NS, "its answer has not gone yet"
    door.prove("10.0.0.9", "operate")
    assert door.turn("10.0.0.9", 3 * NS) == 3 * NS, "a right PIN came from there"
    with pytest.raises(HttpError):
        door.try_pin("0000", "10.0.0.7", 0)
    assert door.turn("10.0.0.7", 3600 * NS) == 3600 * NS


def test_who_guesses_where_a_right_pin_came_from_is_slow_too() -> None:
    """A proxy, or a program on the operator's own machine."""
    door = PinAuth({"operate": "4711"})
    door.prove("127.0.0.1", "operate")
    at, answers = 0, []
    for number in range(40):
        answers.append(door.turn("127.0.0.1", at) - at)
        with pytest.raises(HttpError):
            door.try_pin(f"{number:04}", "127.0.0.1", at)
        at += NS // 100
    assert answers[:11] == [0] * 11 and answers[-1] > 4 * NS
    assert door.turn("127.0.0.1", at + 901 * NS) == at + 901 * NS


def test_who_guesses_from_ever_new_addresses_is_slow_as_well() -> None:
    door, at_once = PinAuth({"operate": "4711"}), 0
    door.prove("10.9.9.9", "operate")
    for number in range(500):
        address, now = f"10.0.{number // 250}.{number % 250}", number * NS // 10
        at_once += door.turn(address, now) == now
        with pytest.raises(HttpError):
            door.try_pin(f"{number:04}", address, now)
    assert at_once <= 21
    assert door.turn("10.0.7.7", 50 * NS) == 55 * NS, "a right one is let in all the same, and as late as a wrong one"
    assert door.turn("10.9.9.9", 50 * NS) == 50 * NS, "who is known waits for nobody"


class Guesses:
    """What a machine hears that guesses, and when."""

    def __init__(self, booth: Booth, program: aiohttp.ClientSession) -> None:
        self._booth, self._program = booth, program
        self._began = asyncio.get_running_loop().time()

    async def __call__(self, pin: str, path: str = "/api/state", method: str = "GET") -> tuple[int, float]:
        headers = {"Authorization": f"Bearer {pin}"}
        more = {"json": {"pin": pin}} if path == "/api/login" else {"headers": headers}
        async with self._program.request(method, self._booth.url + path, **more) as answer:  # type: ignore[arg-type]
            return answer.status, asyncio.get_running_loop().time() - self._began

    async def opens_a_page(self, pin: str) -> tuple[int, float]:
        status = 101
        try:
            headers = {"Authorization": f"Bearer {pin}"}
            await (await self._program.ws_connect(f"{self._booth.url}/ws", headers=headers)).close()
        except aiohttp.WSServerHandshakeError as refused:
            status = refused.status
        return status, asyncio.get_running_loop().time() - self._began


DOORS: list[tuple[str, str]] = [
    ("/api/state", "GET"), ("/api/panic", "POST"), ("/api/stop", "POST"), ("/api/go", "POST"), ("/api/login", "POST"),
    ("/api/me", "GET"), ("/ws", "WS"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "method"), DOORS)
async def test_a_right_guess_is_as_slow_as_a_wrong_one(path: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at once from one address on connections of their own, the right one among them: which it was is seen by
    what it says, when its turn comes, and by nothing before. What it asks for is done at once."""
    monkeypatch.setattr("cuelang.web.auth.APART_NS", NS // 5)
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:  # type: ignore[arg-type]
        guess = Guesses(booth, program)
        assert (await guess("0000"))[0] == 401
        pins = ("0001", "4711-op", "0002")
        if method == "WS":
            asked = [asyncio.ensure_future(guess.opens_a_page(pin)) for pin in pins]
        else:
            asked = [asyncio.ensure_future(guess(pin, path, method)) for pin in pins]
        if path in ("/api/panic", "/api/stop", "/api/go"):
            async with asyncio.timeout(0.15):
                while not booth.asked:
                    await asyncio.sleep(0.005)
            assert booth.asked[0][0] == path.removeprefix("/api/")
        await asyncio.sleep(0.02)
        seen = (await guess("0003"))[1]  # no client is believed because of a right PIN that has no answer yet
        wrong, right, other = await asyncio.gather(*asked)
        assert right[0] in (101, 200) and {wrong[0], other[0]} <= {401, 429}
        turns = sorted(at for _, at in (wrong, right, other))
        assert turns[0] > 0.15 and turns[1] > 0.35 and turns[2] > 0.55
        assert seen > 0.75
        monkeypatch.setattr("cuelang.web.auth.APART_NS", 5 * NS)
        before = asyncio.get_running_loop().time()
        assert (await guess("4711-op"))[0] == 200
        assert asyncio.get_running_loop().time() < before + 0.4, "a right PIN has come from there"
        booth.said.clear()


async def test_a_page_s_session_does_not_wait_for_who_guesses_beside_it() -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        showing(pins=PINS) as booth,  # type: ignore[arg-type]
        aiohttp.ClientSession(cookie_jar=jar) as browser,
        aiohttp.ClientSession() as program,
    ):
        guess = Guesses(booth, program)
        async with browser.post(f"{booth.url}/api/login", json={"pin": "4711-op"}) as answer:
            assert answer.status == 200
        guesses = [asyncio.ensure_future(guess(f"{number:04}")) for number in range(16)]
        await asyncio.wait(guesses, timeout=0.2)
        for wish in ("go", "panic"):
            async with browser.post(f"{booth.url}/api/{wish}") as answer:
                assert answer.status == 200
        assert not all(one.done() for one in guesses)
        for one in guesses:
            one.cancel()
        booth.said.clear()


async def test_a_flood_that_is_cut_off_shows_no_right_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limits, whose answer comes at once or whose connection lives on would tell which PIN was right."""
    monkeypatch.setattr("cuelang.web.access.REQUESTS", (1, 2))
    monkeypatch.setattr("cuelang.web.auth.APART_NS", NS // 5)
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:  # type: ignore[arg-type]
        guess = Guesses(booth, program)
        await guess("0000")
        flood = [asyncio.ensure_future(guess(f"{number:04}")) for number in range(1, 6)]
        right = asyncio.ensure_future(guess("4711-op"))
        done, _ = await asyncio.wait([*flood, right], timeout=0.1)
        assert not done
        assert {(await one)[0] for one in flood} == {429} and (await right)[0] == 200
        booth.said.clear()


async def test_a_flood_of_strangers_does_not_use_up_the_operator_s_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuelang.web.access.REQUESTS", (5, 20))
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:  # type: ignore[arg-type]
        right = {"Authorization": "Bearer 4711-op"}
        for path in ("/api/state", "/api/panic", "/api/anything/panic", "/x/stop"):
            seen = set()
            for _ in range(40):
                async with program.get(booth.url + path) as answer:
                    seen.add(answer.status)
            assert 429 in seen, path
        async with program.post(f"{booth.url}/api/go", headers=right) as answer:
            assert answer.status == 200
        async with program.post(f"{booth.url}/api/panic", headers=right) as answer:
            assert answer.status == 200


def test_wrong_pins_are_summed_up_for_the_operator() -> None:
    said: list[str] = []
    later: list[Callable[[], None]] = []
    now = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)).at(0, bool)

    def after(ns: int, tell: Callable[[], None]) -> Handle:
        later.append(tell)
        return now

    wrong = WrongPins(said.append, after)
    for _ in range(13):
        wrong.count("10.0.0.7")
    assert len(said) == 1 and len(later) == 1
    later.pop()()
    assert said[1].startswith("12 wrong PINs from 10.0.0.7.")
    for number in range(5000):
        wrong.count(f"10.1.{number // 250}.{number % 250}")
    later.pop()()
    assert len(said) == 3 and said[2].startswith("5000 wrong PINs from 10.1.0.0") and len(said[2]) < 240
    later.pop()()
    assert not later and len(said) == 3
    wrong.count("10.0.0.7")
    assert said[3].startswith("A wrong PIN from 10.0.0.7.")


def test_a_machine_s_many_addresses_are_one() -> None:
    assert origin_of("2001:db8::1") == origin_of("2001:db8::ffff:2") != origin_of("2001:db8:0:1::1")
    assert origin_of("::ffff:10.0.0.7") == "10.0.0.7" and origin_of("fe80::1") != origin_of("fe80::2")


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
    guard = OriginCheck(bound, ("booth.example",))
    if known:
        guard.check("GET", {"Host": host})
    else:
        with pytest.raises(HttpError) as refused:
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
            allowed = answer.headers["Content-Security-Policy"]
            assert allowed.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in allowed
            text = await answer.text()
            for code in re.findall(r"<(?:script|style)[^>]*>(.*?)</(?:script|style)>", text, re.DOTALL):
                assert f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'" in allowed
            assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Access-Control" not in str(answer.headers)
        async with browser.get(f"{booth.url}/nothing") as answer:
            assert answer.status == 404 and answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")


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
    (folder / "index.html").write_text('<style></style><script></script><script type="module"></script>')
    for name in ("page.css", "views.css", "framing.css", "early.js"):
        (folder / name).write_text(f"/* {name} */")
    (folder / "app.js").write_text('import { two } from "./vendor/two.js";\nlet three = two;\n')
    (folder / "vendor" / "one.js").write_text("1")
    (folder / "vendor" / "two.js").write_text("let a=2;export{a as two};")
    (folder / "notes.py").write_text("2")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "inner.js").symlink_to(folder / "vendor" / "one.js")
    found = files(folder)
    assert set(found) == {"/", *VIEWS, "/vendor/one.js", "/inner.js"}
    assert found["/"].kind == "text/html"
    assert b"<style>/* page.css *//* views.css */" in found["/"].data and b"<script>/* early.js */" in found["/"].data
    assert b"const { two } = (() => {\nlet a=2;\nreturn { two: a };\n})();" in found["/"].data


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
            while len(booth.server.hub._seats) > 1:
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as browser:  # type: ignore[arg-type]

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
    asks: bytes, pins: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cuelang.web.visitors.CONNECTIONS", 12)
    headers = {"Authorization": "Bearer 4711-op"}
    async with (
        showing(pins=pins) as booth,  # type: ignore[arg-type]
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
