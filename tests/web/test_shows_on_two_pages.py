"""The shows of shows/, run with simulated cameras and two operators: one at a desk, one with a phone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ports import free_port
from tests.program import started
from tests.web.pages import browser, come, stands_by, until_said  # noqa: F401  # the browser is a fixture

SHOWS = Path(__file__).parents[2] / "shows"


class Evening:
    """`cuelang run --simulate` of a show, with its page on a port of its own."""

    pins: dict[str, str] = {}  # noqa: RUF012  # as the page's own tests have it

    def __init__(self, name: str, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        self.log = folder / "evening.jsonl"
        sheet = str(SHOWS / name / f"{name}.cues")
        command = ["run", sheet, "--simulate", "--log", str(self.log)]
        command += ["--http", f"127.0.0.1:{port}"]
        inputs = {"tempest": "desk", "conference": "buttons"}
        command += ["--input", f"{inputs[name]}=osc+udp://127.0.0.1:0" if name in inputs else "osc+udp://127.0.0.1:0"]
        self.process = started(
            *command,
            cwd=folder,
            text=True,
            env=os.environ | {"PYTHONPATH": str(SHOWS.parent)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        until_said(self.process, self.url)

    def records(self, kind: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [record for record in found if record["kind"] == kind]


@contextmanager
def evening(name: str, folder: Path) -> Iterator[Evening]:
    found = Evening(name, folder)
    try:
        yield found
    finally:
        found.process.send_signal(signal.SIGTERM)
        found.process.communicate(timeout=50)


def pages(browser: Browser, show: Evening) -> tuple[Page, Page]:  # noqa: F811
    return come(browser, show), come(browser, show, "phone")  # type: ignore[arg-type]


def test_two_volunteers_and_a_sermon(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    with evening("sunday", tmp_path) as show:
        desk, phone = pages(browser, show)
        for page in (desk, phone):
            stands_by(page, "0.1")
        for number in range(1, 8):
            desk.keyboard.press("ArrowDown")
            stands_by(phone, str(number))
            desk.wait_for_timeout(150)  # sooner, the show takes it for the same press
        phone.locator(".go").click()
        for page in (desk, phone):
            expect(page.locator(".go")).to_contain_text("goes on", timeout=15_000)
        desk.wait_for_timeout(700)  # a second GO within the show's half second would be a slip of the finger
        desk.locator(".go").click()
        for page in (desk, phone):
            stands_by(page, "8")
            expect(page.locator(".last")).to_contain_text("Last fired: go")
    sent = [record["address"].rpartition("=")[2] for record in show.records("send")]
    assert sent == ["1", "2"] and all(record["simulated"] for record in show.records("send"))


@pytest.mark.parametrize("name", ["tempest", "conference"])
def test_what_one_page_fires_the_other_shows(browser: Browser, tmp_path: Path, name: str) -> None:  # noqa: F811
    with evening(name, tmp_path) as show:
        both = pages(browser, show)
        stands_by(both[1], "1")
        for number, page in zip((2, 3, 4), (both[0], both[1], both[0]), strict=True):
            page.locator(".go").click()
            for one in both:
                stands_by(one, str(number))
            page.wait_for_timeout(700)
    fired = [record["cue"] for record in show.records("cue") if record["state"] == "started"]
    assert fired == ["1", "2", "3"]
    assert {record["verdict"] for record in show.records("trigger")} == {"fired"}
