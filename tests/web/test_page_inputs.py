"""The inputs on the page and in `cuelang remote`: what they hear, and muting one, seen on every screen."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cuelang.cli.parser import main
from cuelang.protocols.osc_encode import encode
from tests.ports import free_port
from tests.web.pages import Show, browser, come  # noqa: F401  # a fixture

SHEET = """show "Inputs"
    debounce 0s
input desk "osc+udp://127.0.0.1:{port}"
camera foh "sim://foh"
on osc "/cue" with {{n}} start {{n}}
cue 1 "One"
    note "one"
"""


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    found, port = Show(tmp_path), free_port()
    (tmp_path / "page.cues").write_text(SHEET.format(port=port), encoding="utf-8")
    found.osc = port  # type: ignore[attr-defined]
    found.start()
    yield found
    found.end(signal.SIGKILL)


def say(show: Show, address: str, *arguments: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(encode(address, arguments), ("127.0.0.1", show.osc))  # type: ignore[attr-defined]


def test_page_and_remote_hear_and_mute(
    browser: Browser,  # noqa: F811
    show: Show,
    capsys: pytest.CaptureFixture[str],
) -> None:
    anna, ben = come(browser, show), come(browser, show, "phone")
    say(show, "/nobody/knows", 5)
    expect(anna.locator(".triggers .untaken")).to_contain_text('on osc "/nobody/knows" with 5')
    anna.keyboard.press("i")
    panel = anna.get_by_role("region", name="Inputs")
    expect(panel.locator(".inputs")).to_contain_text("desk osc+udp://127.0.0.1:")
    say(show, "/cue", 1)
    expect(panel.locator(".said-rows")).to_contain_text(re.compile(r'on osc "/cue" with 1.*→ start 1 \(page\.cues:5\)'))
    panel.locator(".inputs li", has_text="desk").get_by_role("button", name="Mute").click()
    for one in (anna, ben):
        expect(one.locator("header .badge", has_text="Muted: desk")).to_be_visible()
    say(show, "/cue", 1)
    expect(anna.locator(".triggers li.refused")).to_contain_text(re.compile(r"the input desk is muted \("))

    def remote(*words: str) -> tuple[int, str]:
        code = main(["remote", *words, "--url", show.url])
        said = capsys.readouterr()
        return code, said.out + said.err

    code, said = remote("status")
    assert code == 0 and re.search(r"^muted +desk  by ", said, re.MULTILINE)
    assert re.search(r'^no trigger \d\d:\d\d:\d\d  desk  on osc "/nobody/knows" with 5$', said, re.MULTILINE)
    code, said = remote("listen", "--once")
    assert re.search(r'desk  on osc "/nobody/knows" with 5  → no trigger$', said, re.MULTILINE)
    assert re.search(r'desk  on osc "/cue" with 1  → start 1 \(page\.cues:5\)$', said, re.MULTILINE)
    assert remote("unmute", "desk") == (0, "unmute desk: fired (the input desk is heard again)\n")
    code, said = remote("mute", "keys")
    assert code == 1 and said.startswith("mute keys: refused (there is no input keys; inputs: desk, ")
    expect(ben.locator("header .badge", has_text="Muted")).to_have_count(0)
