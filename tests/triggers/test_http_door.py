"""Requests over HTTP as triggers: a joystick's button, a stream deck, a browser; on real sockets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cuelang.clock import current
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.triggers.access import InputError
from cuelang.triggers.http import CONNECTIONS, HttpDoor
from cuelang.triggers.http_table import HttpTable
from tests.drawn import examples
from tests.running.night import plan_of

SHEET = """
camera foh "sim://foh"
on http "/button/3" go 3
on http "/cue/{number}" start {number}
on http "/cue/9" go 2
on http "/panic" panic
on http "/only" from other go 1
cue 1
    tally foh off
cue 2
    on http "/two"
    tally foh off
cue 3
    tally foh off
"""


def sheet(*under: str, url: str = "http://127.0.0.1:0") -> Plan:
    return plan_of(SHEET, "\n    ".join((f'input buttons "{url}"', *under)) + '\ninput other "http://127.0.0.1:0"\n')


def basic(login: bytes) -> str:
    return "Basic " + base64.b64encode(login).decode()


class Told:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.verdicts: list[Verdict] = []
        self.problems: list[str] = []
        self.says: Any = lambda request: Verdict(request, "fired")

    async def decide(self, request: Request) -> Verdict:
        self.requests.append(request)
        verdict: Verdict = self.says(request)
        return verdict

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]


class Client:
    """What a sender without a browser sends."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self.session, self.base = session, f"http://127.0.0.1:{port}"

    async def ask(self, path: str, method: str = "GET", **options: Any) -> tuple[int, str]:
        async with self.session.request(method, self.base + path, **options) as response:
            assert response.headers["Cache-Control"] == "no-store"
            return response.status, (await response.text()).strip()


@asynccontextmanager
async def listening(plan: Plan, environ: dict[str, str] | None = None) -> AsyncIterator[tuple[Told, Client, HttpDoor]]:
    told = Told()
    door = HttpDoor(plan, current(), told.decide, told.verdicts.append, told.problems.append, environ=environ or {})
    await door.open()
    door.start()
    try:
        async with ClientSession() as session:
            yield told, Client(session, door.addresses["buttons"][1]), door
    finally:
        await door.close()


async def test_a_button_fires_by_get_or_post_and_is_told_what_became_of_it() -> None:
    async with listening(sheet()) as (told, client, _):
        assert await client.ask("/button/3") == (200, "go 3: fired")
        assert await client.ask("/button/3/", "POST", data=b"pressed=1") == (200, "go 3: fired")
        assert await client.ask("/cue/2.50?from=deck") == (200, "start 2.5: fired")
        assert (await client.ask("/cue/9"))[1] == "go 2: fired", "the most literal"
        assert (await client.ask("/two"))[1] == "go 2: fired", "a trigger in a cue"
        told.says = lambda request: Verdict(request, "window", "a GO 120 ms before")
        assert await client.ask("/button/3") == (409, "go 3: window, a GO 120 ms before")
        assert told.requests[0].source == "http 127.0.0.1 /button/3" and told.problems == []


async def test_it_knows_the_paths_of_its_triggers_and_no_other() -> None:
    async with listening(sheet()) as (told, client, _):
        for path in ("/", "/button", "/button/4", "/api/state", "/only", "/../etc/passwd", "/%2e%2e/x", "/a" * 300):
            assert (await client.ask(path))[0] == 404
        for method in ("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
            assert (await client.ask("/button/3", method))[0] == 405
        assert told.requests == [] == told.verdicts


async def test_a_path_that_names_no_cue_is_said_quietly() -> None:
    async with listening(sheet()) as (told, client, _):
        assert await client.ask("/cue/first") == (409, "start: no_cue, “first” is not a cue number")
        assert [verdict.verdict for verdict in told.verdicts] == ["no_cue"] and told.requests == []


async def test_a_stranger_fires_nothing() -> None:
    async with listening(sheet('allow "10.0.0.0/24"')) as (told, client, _):
        status, said = await client.ask("/button/3")
        assert status == 403 and "127.0.0.1 is not in the `allow` of the input buttons" in said
        assert [verdict.verdict for verdict in told.verdicts] == ["refused"] and told.requests == []


async def test_a_passcode_comes_in_the_address_or_as_a_login() -> None:
    async with listening(sheet('passcode from "DECK_PASSCODE"'), {"DECK_PASSCODE": "5577"}) as (told, client, _):
        assert await client.ask("/button/3?passcode=5577") == (200, "go 3: fired")
        assert (await client.ask("/button/3", headers={"Authorization": basic(b"deck:5577")}))[0] == 200
        assert (await client.ask("/button/3", headers={"Authorization": "Bearer 5577"}))[0] == 200
        status, said = await client.ask("/button/3")
        assert status == 401 and "has not sent the passcode" in said
        for wrong in ("Basic !!!", basic(b"\xff\xfe"), "Digest x"):
            assert (await client.ask("/button/3", headers={"Authorization": wrong}))[0] == 401
        assert (await client.ask("/button/3?passcode=1234"))[0] == 401
        assert (await client.ask("/button/3?passcode=5577"))[0] == 401, "guessing is slow"
        assert len(told.requests) == 3


async def test_who_may_only_look_may_stop() -> None:
    async with listening(sheet('passcode from "DECK_PASSCODE"'), {"DECK_PASSCODE": "1:view,2"}) as (
        told,
        client,
        _,
    ):
        assert (await client.ask("/button/3?passcode=1"))[0] == 401
        assert await client.ask("/panic?passcode=1") == (200, "panic: fired")
        assert told.asked == ["panic"]


@pytest.mark.parametrize(
    ("headers", "heard"),
    [
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Sec-Fetch-Site": "none", "Sec-Purpose": "prefetch;prerender"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}, False),
        ({"Sec-Fetch-Site": "none", "Host": "localhost:8090"}, True),
        ({"Host": "showpc.theatre.example"}, True),
    ],
)
async def test_a_browser_is_heard_when_a_person_asks(headers: dict[str, str], heard: bool) -> None:
    async with listening(sheet()) as (told, client, _):
        assert (await client.ask("/button/3", headers=headers))[0] == (200 if heard else 403)
        assert bool(told.requests) == heard


async def test_a_reload_knows_other_paths_and_other_rules() -> None:
    async with listening(sheet()) as (told, client, door):
        other = SHEET.replace("/button/3", "/button/4")
        inputs = 'input buttons "http://127.0.0.1:0"\n    allow "10.0.0.0/24"\ninput other "http://127.0.0.1:0"\n'
        door.reload(plan_of(other, inputs))
        assert (await client.ask("/button/3"))[0] == 403
        door.reload(plan_of(other, inputs.replace('    allow "10.0.0.0/24"\n', "")))
        assert (await client.ask("/button/3"))[0] == 404 and (await client.ask("/button/4"))[0] == 200
        elsewhere = inputs.replace('    allow "10.0.0.0/24"\n', "").replace("127.0.0.1:0", "127.0.0.1:1", 1)
        door.reload(plan_of(other, elsewhere))
        assert any("stays open until" in text for text in told.problems)


async def test_before_the_show_nothing_is_decided() -> None:
    told = Told()
    door = HttpDoor(sheet(), current(), told.decide, told.verdicts.append, told.problems.append, environ={})
    await door.open()
    async with ClientSession() as session:
        assert (await Client(session, door.addresses["buttons"][1]).ask("/button/3"))[0] == 503
    await door.close()
    assert told.requests == []


async def test_a_port_that_is_taken_is_named() -> None:
    async with listening(sheet()) as (told, _, door):
        taken = sheet(url=f"http://127.0.0.1:{door.addresses['buttons'][1]}")
        with pytest.raises(InputError, match="another program has this port"):
            await HttpDoor(taken, current(), told.decide, told.verdicts.append, told.problems.append).open()


async def test_connections_are_bounded() -> None:
    async with listening(sheet()) as (_, client, door):
        port = door.addresses["buttons"][1]
        open_ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS + 10)]
        await asyncio.sleep(0.05)
        assert sum(reader.at_eof() for reader, _ in open_ends) >= 10
        with pytest.raises(ClientConnectionError):
            await client.ask("/button/3")
        for _, writer in open_ends:
            writer.close()


@given(st.binary(max_size=400))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_bytes_break_it(data: bytes) -> None:
    async with listening(sheet()) as (told, client, door):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.addresses["buttons"][1])
        writer.write(data + b"\r\n\r\n")
        writer.write_eof()
        async with asyncio.timeout(40):
            await reader.read()
        writer.close()
        assert (await client.ask("/button/3"))[0] == 200
        assert told.asked[-1] == "go 3" and told.problems == []


@given(st.text(max_size=300))
def test_no_path_breaks_the_table(path: str) -> None:
    found = HttpTable(sheet()).find(path, "buttons", "http x", 0)
    assert found is None or isinstance(found, Request | Verdict)
