"""The operator's page in a real browser, against a real `cuelang run` in its own process: what tests of it share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ports import free_port
from tests.program import started


def found_chromium() -> Path:
    """`CHROMIUM`, or the one without a window, which takes a third of the processor's time, or the usual one."""
    names = ("chromium-headless-shell", "chromium")
    there = (path for name in names if (path := shutil.which(name)))
    return Path(os.environ.get("CHROMIUM") or next(there, "/usr/bin/chromium"))


CHROMIUM = found_chromium()
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=30_000)
SIZES = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
SHEET = """
show "Page <night> & day"
    go_window 0s
    debounce 0s
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
    preset throne = 2 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"

section "Act I"
cue 1 "The queen"
    standby "LX 1. Stand by camera."
    move foh to throne
    tally foh program
    tally left preview
    note "She is there"
cue 2 "Long"
    zoom left to 40% over 8s
    wait 60s
section "Act II"
cue 3 "Seen"
    move foh to wide
cue 4 "Last"
    note "the end"
"""


def until_said(process: subprocess.Popen[str], text: str) -> None:
    """Wait until a program that was started has said this; if it ends before, what it said is the mistake."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return
    raise AssertionError("".join(said))


class Show:
    """`cuelang run` with the page on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "page.cues").write_text(SHEET, encoding="utf-8")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.pins: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = ["run", "page.cues", "--http", f"127.0.0.1:{self.port}", "--log", "page.jsonl"]
        command += ["--input", "osc+udp://127.0.0.1:0"]
        self.process = started(
            *command,
            cwd=self.folder,
            text=True,
            env=os.environ | self.pins,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        until_said(self.process, self.url)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.communicate(timeout=50)
            self.process = None


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    found = Show(tmp_path)
    found.start()
    yield found
    found.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not there: apt-get install chromium, or say where a Chromium is with CHROMIUM=…")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()
        IDLE.clear()


IDLE: dict[str, list[Page]] = {}
TAKEN: list[tuple[str, Page]] = []


def page_of(browser: Browser, size: tuple[int, int], kind: str = "", script: str = "", **options: Any) -> Page:
    """A page that shows nothing of ours yet. One that an earlier test has left is taken again, for the process of a new
    one costs a second; `kind`: only one that was taken for the same."""
    kind += f"{script}{sorted(options.items())}"
    idle = IDLE.get(kind)
    page = idle.pop() if idle else browser.new_context(**options).new_page()
    if script and not idle:
        page.add_init_script(script)
    TAKEN.append((kind, page))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.set_default_timeout(40_000)
    page.mouse.move(0, 0)
    return page


def is_spoilt(page: Page) -> None:
    """It is not taken again: what the test does to it would last."""
    TAKEN[:] = [one for one in TAKEN if one[1] is not page]


def give_back(browser: Browser) -> None:
    """At the end of a test: what its pages kept is forgotten, and all others are closed."""
    for kind, page in TAKEN:
        if not page.is_closed() and page.url.startswith("http"):
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            IDLE.setdefault(kind, []).append(page)
    TAKEN.clear()
    kept = [page for pages in IDLE.values() for page in pages]
    for context in browser.contexts:
        mine = [page for page in kept if page.context is context]
        if not mine:
            context.close()
        for page in context.pages:
            if mine and page not in mine:
                page.close()


def come(browser: Browser, show: Show, size: str = "desktop", **more: Any) -> Page:
    page = page_of(browser, SIZES[size], **more)
    page.goto(show.url)
    if not show.pins:
        expect(page.locator(".go")).to_be_enabled()
    return page


@pytest.fixture(autouse=True)
def _tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "browser" in request.fixturenames:
        give_back(request.getfixturevalue("browser"))


def row(page: Page, number: str) -> Any:
    return page.locator(".row", has=page.locator(f".number:text-is('{number}')"))


def stands_by(page: Page, number: str) -> None:
    expect(page.locator(".standby .number")).to_have_text(number)
    expect(row(page, number)).to_have_attribute("aria-current", "step")


def card(page: Page, name: str) -> Any:
    return page.locator(f"[data-camera={name}]")


PIXELS = """(name) => {
  const image = document.querySelector(`[data-camera=${name}] img`);
  if (!image || !image.naturalWidth) return null;
  const small = Object.assign(document.createElement("canvas"), {width: 48, height: 27});
  const pen = small.getContext("2d");
  pen.drawImage(image, 0, 0, 48, 24);
  return [...pen.getImageData(0, 0, 48, 22).data];
}"""


def picture(page: Page, name: str) -> list[int]:
    """What a card shows, small and without the line of text at its lower edge."""
    page.wait_for_function(f"{PIXELS.replace('(name)', '()')}".replace("${name}", name))
    pixels: list[int] = page.evaluate(PIXELS, name)
    return pixels


def difference(one: list[int], other: list[int]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def comes_true(page: Page, what: Callable[[], bool], within: float = 30) -> None:
    """For what can be measured, and not expected of an element."""
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        page.wait_for_timeout(50)


AXE = Axe()


def nothing_found(page: Page, *rules: str) -> None:
    """Axe finds nothing, by these rules or by all."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {"runOnly": [*rules], "resultTypes": ["violations"]} if rules else {"resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options).then((found) => found.violations)", options)
    assert found == []
