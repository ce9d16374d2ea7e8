"""Pages from elsewhere, and what this machine is called."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import aiohttp
import pytest

from cuelang.web.errors import HttpError
from cuelang.web.origin import OriginCheck
from tests.web.booth import Page, showing

EVIL = "http://evil.example"


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
