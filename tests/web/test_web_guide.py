"""The guide at `/guide`: every page, its links, and who may read it."""

from __future__ import annotations

import re

import aiohttp
import pytest

from cuelang.output import guide
from cuelang.output.guide.html import document
from cuelang.web.auth import Role
from tests.web.booth import showing

PINS: dict[Role, str] = {"operate": "operator-1", "view": "viewer-0001"}


@pytest.mark.parametrize("topic", guide.TOPICS)
def test_every_link_of_a_page_leads_to_a_heading_that_exists(topic: str) -> None:
    text = document(topic)
    assert text.count("<h1") == 1 and "style=" not in text and "<script" not in text
    for target in re.findall(r'href="([^"]*)"', text):
        path, _, anchor = target.partition("#")
        if path in ("/", "/icon.svg", "/guide.css") or target.startswith("https://"):
            continue
        assert path == "" or path.removeprefix("/guide/") in guide.TOPICS, target
        if anchor:
            assert f'id="{anchor}"' in document(path.removeprefix("/guide/") or topic), target


@pytest.mark.parametrize("topic", guide.TOPICS)
def test_every_picture_of_a_page_is_served(topic: str) -> None:
    for source in re.findall(r'<img src="([^"]*)"', document(topic)):
        assert guide.picture(source.removeprefix("/guide/"))


async def test_the_pages_are_served() -> None:
    async with showing() as booth, aiohttp.ClientSession() as client:
        for path, heading in [("/guide", "Start"), ("/guide/diagnostics", "Diagnostics")]:
            async with client.get(booth.url + path) as answer:
                assert answer.status == 200 and answer.content_type == "text/html"
                assert f">{heading}</h1>" in await answer.text()
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with client.get(f"{booth.url}/guide.css") as answer:
            assert answer.status == 200
        async with client.get(f"{booth.url}/guide/editor.svg") as answer:
            assert answer.status == 200 and answer.content_type == "image/svg+xml"
            assert (await answer.read()).startswith(b"<svg ")
        async with client.get(f"{booth.url}/guide/swichers") as answer:
            assert answer.status == 404 and "“switchers”" in await answer.text()


async def test_it_is_read_by_whoever_may_look() -> None:
    async with showing(pins=PINS) as booth, aiohttp.ClientSession() as client:
        async with client.get(f"{booth.url}/guide", headers={"Accept": "text/html,*/*"}) as answer:
            assert answer.status == 401 and answer.content_type == "text/html"
            assert "Sign in" in await answer.text()
        async with client.get(f"{booth.url}/guide") as answer:
            assert answer.status == 401 and (await answer.json())["error"]["code"] == "pin_needed"
        for pin in PINS.values():
            async with client.get(f"{booth.url}/guide", headers={"Authorization": f"Bearer {pin}"}) as answer:
                assert answer.status == 200
