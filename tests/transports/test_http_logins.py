"""Logins over HTTP: no password in clear where there is anything better, and certificates of a camera's own making."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from multidict import CIMultiDict

from cuelang.simulator.http_auth import REALM, HttpAuth
from cuelang.transports.http import HttpCamera
from cuelang.transports.http_out import HttpOut
from cuelang.transports.logins import challenges, digest_offer

PEM = Path(__file__).parent / "certificate_of_its_own.pem"
PASSWORD = {"FOH_PASSWORD": "s3cret"}
LOGIN = ("admin", "FOH_PASSWORD")
PATH = "/snapshot.jpg"


class Door:
    """A web server with a guard, and every Authorization header that it was shown."""

    def __init__(self, guard: HttpAuth, together: bool = False) -> None:
        self.guard, self.together = guard, together
        self.shown: list[str] = []
        self.url = ""

    async def hear(self, request: web.BaseRequest) -> web.StreamResponse:
        header = request.headers.get("Authorization", "")
        if header:
            self.shown.append(header.partition(" ")[0])
        if self.guard.lets_in(request.method, request.raw_path, header):
            return web.Response(text="in")
        offers = self.guard.challenges()
        wants = [", ".join(offers)] if self.together else offers
        return web.Response(status=401, headers=CIMultiDict([("WWW-Authenticate", one) for one in wants]))


@asynccontextmanager
async def served(door: Any, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(door), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def camera(url: str, **more: Any) -> AsyncIterator[HttpCamera]:
    client = HttpCamera(url, LOGIN, PASSWORD, **more)
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("together", [False, True], ids=["two headers", "one header"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_camera_that_offers_both_gets_the_digest_and_never_the_password(together: bool, algorithm: str) -> None:
    door = Door(HttpAuth("admin", "s3cret", "both", algorithm=algorithm), together)  # type: ignore[arg-type]
    async with served(door.hear) as url, camera(url) as client:
        for _ in range(3):
            assert (await client.ask("GET", PATH)).body == b"in"
    assert door.shown == ["Digest"] * 3


async def test_a_wrong_password_is_not_tried_in_clear_after_the_digest_was_refused() -> None:
    door = Door(HttpAuth("admin", "another", "both"))
    async with served(door.hear) as url, camera(url) as client:
        answer = await client.ask("GET", PATH)
    assert "Basic" not in door.shown
    assert answer.trouble == "refused" and "FOH_PASSWORD" in answer.error and "s3cret" not in answer.error


async def test_a_camera_that_once_offered_a_digest_does_not_get_the_password_in_clear_later() -> None:
    """An impostor at its address asks for Basic."""
    door = Door(HttpAuth("admin", "s3cret", "digest"))
    async with served(door.hear) as url, camera(url) as client:
        door.guard = HttpAuth("admin", "another", "digest")
        await client.ask("GET", PATH)
        door.guard = HttpAuth("admin", "s3cret", "basic")
        assert (await client.ask("GET", PATH)).trouble == "refused"
    assert "Basic" not in door.shown


async def test_a_camera_with_nothing_but_basic_gets_it() -> None:
    door = Door(HttpAuth("admin", "s3cret", "basic"))
    async with served(door.hear) as url, camera(url) as client:
        found = await asyncio.gather(*(client.ask("GET", PATH) for _ in range(4)))
    assert [answer.body for answer in found] == [b"in"] * 4


@pytest.mark.parametrize(
    ("headers", "schemes"),
    [
        (['Basic realm="a"', 'Digest realm="a", nonce="b", qop="auth"'], ["Basic", "Digest"]),
        (['Basic realm="a", Digest realm="b, Negotiate x=", nonce="c"'], ["Basic", "Digest"]),
        (['digest realm="b", qop = "auth,auth-int",nonce="c" , BASIC realm="a"'], ["digest", "BASIC"]),
        (["Negotiate", "NTLM, Basic realm=x"], ["Negotiate", "NTLM", "Basic"]),
        ([r'Basic realm="a \" , Digest realm=b"'], ["Basic"]),
        ([""], []),
        ([], []),
    ],
)
def test_every_login_that_a_camera_offers_is_read(headers: Sequence[str], schemes: list[str]) -> None:
    assert [scheme for scheme, _ in challenges(headers)] == schemes


def test_of_several_digests_the_strongest_is_taken() -> None:
    offers = ['Digest realm="a", algorithm=MD5, nonce="1"', 'Digest realm="a", algorithm=SHA-256, nonce="2"']
    assert 'nonce="2"' in digest_offer(offers)
    assert digest_offer(['Basic realm="a"']) == ""


# --- outputs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["digest", "basic", "both"])
async def test_an_output_logs_in(kind: Any) -> None:
    door, problems = Door(HttpAuth("admin", "s3cret", kind)), []
    async with served(door.hear) as url:
        out = HttpOut(url, problems.append, LOGIN, PASSWORD)
        await out.open()
        out.send("/press", (1,))
        await asyncio.gather(*out._requests)
    assert problems == []
    assert door.shown == ["Basic" if kind == "basic" else "Digest"]


async def test_an_output_whose_login_is_wrong_or_missing_says_so_without_the_password() -> None:
    door, problems = Door(HttpAuth("admin", "another")), []
    async with served(door.hear) as url:
        for login in (LOGIN, None):
            out = HttpOut(url, problems.append, login, PASSWORD)
            await out.open()
            out.send("/press", ())
            await asyncio.gather(*out._requests)
    assert "FOH_PASSWORD" in problems[0] and "`login` line" in problems[1]
    assert "s3cret" not in str(problems) and REALM not in str(problems)


# --- certificates ----------------------------------------------------------------------------------------------


def fingerprint() -> str:
    text = PEM.read_text(encoding="ascii")
    der = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :])
    return hashlib.sha256(der).hexdigest()


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(PEM)
    return made


async def test_a_certificate_of_the_cameras_own_is_named_with_the_line_to_write() -> None:
    door = Door(HttpAuth("admin", "s3cret", "basic"))
    async with served(door.hear, context()) as url, camera(url) as client:
        answer = await client.ask("GET", PATH)
    assert answer.trouble == "unreachable"
    assert f'write `trust "sha256:{fingerprint()}"` below' in answer.error
    assert door.shown == [], "nobody gets a password before he is known"


async def test_a_certificate_that_is_trusted_by_its_fingerprint_is_enough() -> None:
    door = Door(HttpAuth("admin", "s3cret", "basic"))
    async with served(door.hear, context()) as url, camera(url, trust=fingerprint()) as client:
        assert (await client.ask("GET", PATH)).body == b"in"


async def test_another_certificate_than_the_trusted_one_gets_nothing() -> None:
    door = Door(HttpAuth("admin", "s3cret", "basic"))
    async with served(door.hear, context()) as url, camera(url, trust="ab" * 32) as client:
        answer = await client.ask("GET", PATH)
    assert answer.trouble == "unreachable" and "different certificate" in answer.error and fingerprint() in answer.error
    assert door.shown == []
