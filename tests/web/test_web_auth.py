"""Who may: PINs, roles, sessions, and patience with who guesses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from cuelang.clock import Handle, VirtualClock
from cuelang.units import NS
from cuelang.web.auth import BadPin, PinAuth, WrongPins, pins
from cuelang.web.errors import HttpError
from cuelang.web.origin import origin_of
from cuelang.web.routes import ROUTES
from tests.web.booth import PINS, Booth, page, showing


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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession(headers=headers) as program:
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession(cookie_jar=jar) as browser:
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:

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
        more: dict[str, Any] = {"json": {"pin": pin}} if path == "/api/login" else {"headers": headers}
        async with self._program.request(method, self._booth.url + path, **more) as answer:
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:
        guess = Guesses(booth, program)
        assert (await guess("0000"))[0] == 401
        pins = ("0001", "4711-op", "0002")
        if method == "WS":
            asked = [asyncio.ensure_future(guess.opens_a_page(pin)) for pin in pins]
        else:
            asked = [asyncio.ensure_future(guess(pin, path, method)) for pin in pins]
        if path in ("/api/panic", "/api/stop", "/api/go"):
            while not booth.asked:
                assert not any(one.done() for one in asked), "what is asked for does not wait for the answer"
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
        assert asyncio.get_running_loop().time() < before + 4, "a right PIN has come from there"
        booth.said.clear()


async def test_a_page_s_session_does_not_wait_for_who_guesses_beside_it() -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        showing(pins=PINS) as booth,
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:
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
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as program:
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

    def after(_ns: int, tell: Callable[[], None]) -> Handle:
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
