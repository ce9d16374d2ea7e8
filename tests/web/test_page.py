"""The operator's page in a real browser, against a real `cuelang run` in its own process."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cuelang.web.static import files, joined
from tests.ports import free_port
from tests.program import ran, started

STATIC = Path(__file__).parents[2] / "cuelang" / "web" / "static"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
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
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if self.url in line:
                return
        raise AssertionError("".join(said))

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


# --- what it does --------------------------------------------------------------------------------------------


def test_go_moves_a_camera_and_its_picture_and_tally_change(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    stands_by(page, "1")
    expect(page.locator(".standby .text")).to_have_text("LX 1. Stand by camera.")
    before = picture(page, "foh")
    page.get_by_role("button", name=re.compile("^GO 1")).click()
    expect(page.locator(".mine")).to_contain_text("GO 1 fired")
    stands_by(page, "2")
    expect(card(page, "foh")).to_have_class(re.compile("program"))
    expect(card(page, "foh").locator(".tally")).to_contain_text("PGM")
    expect(card(page, "left").locator(".tally")).to_contain_text("PVW")
    expect(card(page, "foh").locator(".place")).to_contain_text("−30.0°")
    expect(row(page, "1")).to_have_class(re.compile("done"))
    expect(page.locator(".notes")).to_contain_text("She is there")
    comes_true(page, lambda: difference(before, picture(page, "foh")) > 12)


def test_a_warning_stands_beside_its_cue(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    expect(row(page, "3").locator(".warnings")).to_contain_text("W601")


HELD_AND_PRESSED_AGAIN = """() => {
  const key = (kind, repeat) => document.body.dispatchEvent(
    new KeyboardEvent(kind, {key: " ", code: "Space", bubbles: true, cancelable: true, repeat}));
  key("keydown", false);
  for (let held = 0; held < 20; held++) key("keydown", true);
  key("keyup", false);
  key("keydown", false);
  key("keyup", false);
}"""


def test_go_cannot_be_pressed_twice_by_accident(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    stands_by(page, "1")
    page.evaluate("() => { for (let press = 0; press < 2; press++) document.querySelector('.go').click(); }")
    stands_by(page, "2")
    expect(page.locator(".go")).to_be_enabled()
    page.evaluate(HELD_AND_PRESSED_AGAIN)  # at once, however busy the machine is
    stands_by(page, "3")
    expect(page.locator(".mine")).to_have_text("✓ GO 2 fired. Second press ignored (too soon).")
    expect(page.locator(".go")).to_be_enabled()
    stands_by(page, "3")


def test_two_pages_agree(browser: Browser, show: Show) -> None:
    pages = come(browser, show), come(browser, show, "phone")
    for number, page in zip(("1", "2"), pages, strict=True):
        stands_by(page, number)
        page.locator(".go").click()
        for one in pages:
            stands_by(one, str(int(number) + 1))
            expect(one.locator(".last")).to_contain_text("Last fired: go")
    for page in pages:
        expect(row(page, "2")).to_have_class(re.compile("running"))
        expect(page.locator(".run", has_text="Long").locator(".time")).to_contain_text("−")
        expect(page.locator(".timeline h2")).to_contain_text("Long")
        expect(page.locator(".timeline .event.zoom")).to_have_count(1)
    assert len({"|".join(page.locator(".row .number").all_text_contents()) for page in pages}) == 1


def test_a_lost_connection_cannot_be_overlooked_and_heals(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    stands_by(page, "1")
    lost = page.get_by_role("alert")
    assert show.process is not None
    show.process.send_signal(signal.SIGSTOP)  # the line is up, and silent
    expect(lost).to_contain_text("No connection")
    page.keyboard.press("Space")
    expect(page.locator(".mine")).to_contain_text("refused: no connection")
    show.process.send_signal(signal.SIGCONT)
    expect(lost).to_have_count(0)
    stands_by(page, "1")
    show.end(signal.SIGKILL)
    expect(lost).to_contain_text(re.compile(r"No connection to the show since \d\d:\d\d:\d\d"))
    expect(page).to_have_title(re.compile("NO CONNECTION"))
    expect(page.locator(".go")).to_be_disabled()
    page.keyboard.press("Space")
    expect(page.locator(".mine")).to_contain_text("refused: no connection")
    show.start()
    expect(lost).to_have_count(0)
    stands_by(page, "1")
    expect(row(page, "1")).not_to_have_class(re.compile("done|running"))
    page.keyboard.press("Space")
    stands_by(page, "2")


# --- who sits before it --------------------------------------------------------------------------------------


def test_a_keyboard_alone_is_enough(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    stands_by(page, "1")
    for key, number in (("ArrowDown", "2"), ("ArrowDown", "3"), ("ArrowUp", "2")):
        page.keyboard.press(key)
        stands_by(page, number)
    page.keyboard.press("Space")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.keyboard.press("p")
    expect(row(page, "2")).to_have_class(re.compile("paused"))
    page.keyboard.press("p")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "stop":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    expect(page.locator(".go")).to_be_enabled()
    page.keyboard.press("Space")  # GO, whatever has the focus
    expect(row(page, "3")).to_have_class(re.compile("done|running"))
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.keyboard.press("Enter")
    expect(row(page, "2")).to_have_class(re.compile("stopped"))
    page.keyboard.type("1")
    expect(page.locator(".typed")).to_contain_text("cue 1")
    page.keyboard.press("Enter")
    expect(page.locator(".mine")).to_contain_text("GO 1 fired")
    page.keyboard.press("r")
    expect(page.locator(".triggers")).to_contain_text("reload")


def test_escape_is_panic_whatever_is_open_and_closes_it(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.keyboard.press("?")
    expect(page.get_by_role("region", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".triggers")).to_contain_text("panic")
    expect(row(page, "2")).to_have_class(re.compile("stopped"))
    expect(page.get_by_role("region", name="Keys")).to_have_count(0)
    expect(page.locator(".standby .alarm")).to_contain_text("PANIC at")
    expect(page.locator(".mine")).to_contain_text("PANIC: every cue ended")
    page.keyboard.press("?")
    expect(page.get_by_role("region", name="Keys")).to_contain_text("Esc is PANIC, and closes this")
    page.locator(".standby .tag").click()
    expect(page.get_by_role("region", name="Keys")).to_have_count(0)
    expect(page.locator(".go")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator(".standby .alarm")).to_have_count(0)


def test_the_sheets_own_keys_work_in_the_page(browser: Browser, show: Show) -> None:
    (show.folder / "page.cues").write_text(SHEET + 'on key "F8" go 3\non key "x" panic\n', encoding="utf-8")
    page = come(browser, show)
    page.keyboard.press("r")
    expect(page.locator(".notes")).to_contain_text("Sheet reloaded")
    keys = page.get_by_role("region", name="Keys")
    page.keyboard.press("?")
    expect(keys).to_contain_text("go 3")
    page.keyboard.press("?")
    expect(keys).to_have_count(0)
    page.keyboard.press("F8")
    expect(page.locator(".mine")).to_contain_text("GO 3 fired")
    stands_by(page, "4")
    page.keyboard.press("x")
    expect(page.locator(".mine")).to_contain_text("PANIC: every cue ended")
    expect(page.locator(".triggers")).to_contain_text("key F8")


def test_the_rig_is_set_up_for_a_moment_of_the_timeline(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    asks, mine = page.locator(".asks b"), page.locator(".mine")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    slider = page.get_by_label("Moment of cue 2")
    slider.fill("3000")
    page.get_by_role("button", name="Set up at 3").click()
    expect(asks).to_contain_text("Locate 2 at 3")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.get_by_role("button", name="Set up for cue 2 at 3").click()
    expect(mine).to_contain_text("Locate 2 at 3")
    expect(page.locator(".runs")).to_contain_text("paused")
    stands_by(page, "3")
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(slider).to_be_disabled()


def test_a_camera_is_swapped_and_taken_back_by_its_card(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    mine, card = page.locator(".mine"), page.locator("[data-camera=foh]")
    card.get_by_role("button", name="Swap foh").click()
    card.get_by_label("What stands in for foh").select_option("left")
    card.get_by_role("button", name="Swap", exact=True).click()
    expect(mine).to_contain_text("left")
    expect(page.locator("[data-camera=left] .driven")).to_have_count(0)  # refused: it has no such presets
    card.get_by_role("button", name="Anyway").click()
    expect(page.locator("[data-camera=left] .driven")).to_contain_text("foh")
    card.get_by_role("button", name="Undo the swap").click()
    expect(page.locator("[data-camera=left] .driven")).to_have_count(0)


def test_the_rig_is_set_up_for_a_cue_when_the_question_is_answered(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    asks, mine = page.locator(".asks b"), page.locator(".mine")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    row(page, "4").locator(".line").click()
    page.get_by_role("button", name="Set up for cue 4", exact=True).click()
    expect(asks).to_have_text("Locate 4: stops cue 2; moves foh and left")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.get_by_role("button", name="Set up for cue 4", exact=True).click()
    expect(mine).to_contain_text("Locate 4: stops cue 2; moves foh and left")
    expect(row(page, "2")).to_have_class(re.compile("stopped"))
    expect(asks).to_have_count(0)
    stands_by(page, "4")
    expect(page.locator(".runs")).to_contain_text("Nothing is running", timeout=15_000)

    page.keyboard.type("3l")
    expect(asks).to_contain_text("Locate 3: moves foh and left")
    page.get_by_role("button", name="No", exact=True).click()
    expect(asks).to_have_count(0)
    stands_by(page, "4")

    page.keyboard.type("3L")
    expect(asks).to_contain_text("Locate 3 go: moves foh and left")
    page.keyboard.press("l")  # the other letter is another question
    stands_by(page, "4")
    expect(page.get_by_role("button", name="Set up for cue 3 and GO")).to_be_enabled()
    page.keyboard.press("L")
    expect(mine).to_contain_text("Locate 3 go: moves foh and left")
    expect(row(page, "3")).to_have_class(re.compile("done|running"), timeout=15_000)

    page.get_by_role("button", name="Lock", exact=True).click()
    row(page, "2").locator(".line").click()
    expect(page.get_by_role("button", name="Set up for cue 2", exact=True)).to_be_disabled()
    page.keyboard.type("2l")
    expect(mine).to_contain_text("show mode")
    expect(asks).to_have_count(0)


def test_a_reload_with_errors_is_refused_and_the_errors_can_be_read(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    broken = SHEET.replace("move foh to wide", "move foh to wode").replace('note "the end"', 'nte "the end"')
    (show.folder / "page.cues").write_text(broken, encoding="utf-8")
    page.keyboard.press("r")
    expect(page.locator(".mine")).to_contain_text("reload refused: the current sheet stays. page.cues:22:17: E202")
    errors = page.get_by_role("region", name="Errors of the last reload")
    expect(errors.locator("li")).to_have_count(2)
    expect(errors).to_contain_text("page.cues:24:5")
    nothing_found(page)
    page.keyboard.press("e")
    expect(errors).to_have_count(0)
    page.get_by_role("button", name="Reload: 2 errors").click()
    expect(errors).to_be_visible()
    (show.folder / "page.cues").write_text(SHEET, encoding="utf-8")
    page.get_by_role("button", name="Reload", exact=True).click()
    expect(page.locator(".mine")).to_contain_text("Sheet reloaded")
    expect(page.get_by_role("button", name="Reload: 2 errors")).to_have_count(0)


def test_a_follow_and_a_wait_for_go_are_seen_and_pressed(browser: Browser, show: Show) -> None:
    sheet = (
        SHEET[: SHEET.index("section")]
        + """
cue 1 "Hymn"
    note "ONE"
    follow after 60s
cue 2 "Sermon"
    wait for go
    note "Amen"
cue 3 "Blessing"
    note "THREE"
"""
    )
    (show.folder / "page.cues").write_text(sheet, encoding="utf-8")
    page = come(browser, show)
    page.keyboard.press("r")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("Space")
    expect(page.locator(".standby .coming")).to_have_text(re.compile(r"2 follows in (1:00|0:5\d)"))
    expect(page.locator(".runs")).to_contain_text("after cue 1")
    page.keyboard.press("p")
    expect(page.locator(".mine")).to_contain_text("Paused the follow of cue 1")
    expect(page.locator(".pause")).to_contain_text("Resume")
    page.keyboard.press("p")
    expect(page.locator(".mine")).to_contain_text("Resumed the follow of cue 1")
    expect(page.locator(".pause")).to_contain_text("Pause")
    page.get_by_label("Stop the follow of cue 1").click()
    expect(page.locator(".standby .coming")).to_have_count(0)
    expect(page.locator(".go")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator(".go")).to_contain_text("GO → Sermon goes on (cue 2 waits)")
    expect(page.locator(".standby .then")).to_have_text("then 3 Blessing")
    expect(page.locator(".go")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator(".mine")).to_contain_text("GO released cue 2")
    expect(page.locator(".go")).to_contain_text("GO 3")


def test_on_a_phone_everything_is_within_reach(browser: Browser, show: Show) -> None:
    page = come(browser, show, "phone", has_touch=True, is_mobile=True)
    stands_by(page, "1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in (".go", ".panic", ".stop", ".pause", ".back"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)
    sizes = page.locator("button:visible:not(.line)").evaluate_all(
        "all => all.map(one => [one.offsetWidth, one.offsetHeight])"
    )
    assert min(min(size) for size in sizes) >= 44, sizes
    page.locator(".go").tap()
    stands_by(page, "2")
    row(page, "4").tap()
    page.get_by_role("button", name="Stand by").tap()
    stands_by(page, "4")
    expect(page.locator(".go")).to_have_class("go")
    page.locator(".go").tap()
    expect(page.locator(".standby")).to_contain_text("End of the list")
    expect(page.locator(".go")).to_have_class("go spent")
    nothing_found(page)


def test_a_pin_is_asked_for_and_who_may_only_watch_does_not_press(browser: Browser, tmp_path: Path) -> None:
    show = Show(tmp_path)
    show.pins = {"CUELANG_PIN": "violets", "CUELANG_VIEW_PIN": "onlylook"}
    show.start()
    try:
        page = come(browser, show)
        page.get_by_label("PIN").fill("onlylook")
        page.get_by_label("PIN").press("Enter")
        stands_by(page, "1")
        expect(page.locator("header")).to_contain_text("Watching only")
        expect(page.locator(".go")).to_be_disabled()
        page.keyboard.press("Space")
        expect(page.locator(".mine")).to_contain_text("may only watch")
        stands_by(page, "1")
    finally:
        show.end(signal.SIGKILL)


def test_axe_finds_nothing(browser: Browser, show: Show) -> None:
    """At three sizes with a cue running and the keys open, and once more without a connection."""
    page = come(browser, show)
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(row(page, "2")).to_have_class(re.compile("running"))
    page.keyboard.press("?")
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        nothing_found(page)
    page.keyboard.press("?")
    show.end(signal.SIGKILL)
    expect(page.get_by_role("alert")).to_be_visible()
    nothing_found(page)


def test_axe_finds_nothing_in_the_report(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.cues").write_text(SHEET, encoding="utf-8")
    # Its loop cannot run beside the browser's.
    assert ran("rehearse", "page.cues", "--html", "report.html", cwd=tmp_path).returncode == 0
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        nothing_found(page)


AXE = Axe()


def nothing_found(page: Page, *rules: str) -> None:
    """Axe finds nothing, by these rules or by all."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {"runOnly": [*rules], "resultTypes": ["violations"]} if rules else {"resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options).then((found) => found.violations)", options)
    assert found == []


# --- the files -----------------------------------------------------------------------------------------------


def test_the_whole_page_is_small_and_needs_nothing_from_elsewhere() -> None:
    found = [path for path in STATIC.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in found) < 90_000
    own = [path for path in found if path.parent == STATIC]
    for path in own:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href|from|url\()\s*=?\s*["'(]?(?:https?:)?//""", text), path
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|style)[^>]*>[^<]|\son\w+=|\sstyle=", page)
    shelf = files()
    assert set(re.findall(r'(?:href|src)="(/[\w./-]+)"', page)) <= shelf.keys()
    parts = {f"/{name}" for name in (*joined(STATIC)[1], "early.js")}
    assert {f"/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*.js")} == parts
    assert not parts & shelf.keys(), "it is all in the document"
    assert {path for path in shelf if path.endswith(".css")} == {"/guide.css"}
    for path in STATIC.glob("*.css"):
        assert path.name == "guide.css" or path.read_text(encoding="utf-8") in shelf["/"].data.decode()


def test_the_modules_of_the_page_are_one_without_a_name_that_means_two_things() -> None:
    script, parts = joined(STATIC)
    declared = Counter(
        name
        for text in parts
        if "/" not in text
        for name in re.findall(DECLARED, (STATIC / text).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert declared["List"] == declared["show"] == 1 and len(declared) > 200
    assert [name for name, count in declared.items() if count > 1] == []
    aliases = [text for text in parts if re.search(r"^import .* as ", (STATIC / text).read_text(), re.MULTILINE)]
    assert aliases == []
    assert re.findall(r"^(?:import|export)\b.*", script, re.MULTILINE) == []
    subprocess.run(["node", "--check", "--input-type=module"], input=script.encode(), check=True)


DECLARED = r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)"


def test_the_vendored_module_is_what_npm_has() -> None:
    """htm 3.1.1, preact/standalone.module.js."""
    vendored = STATIC / "vendor" / "htm-preact.js"
    assert sha256(vendored.read_bytes()).hexdigest() == VENDORED
    licences = (STATIC / "vendor" / "LICENSES.txt").read_text(encoding="utf-8")
    assert "Apache License" in licences
    assert "Copyright (c) 2015-present Jason Miller" in licences


VENDORED = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"


def test_the_next_firing_is_skipped_and_unskipped_beside_it(browser: Browser, show: Show) -> None:
    page = come(browser, show)
    expect(page.locator(".next")).to_have_text("Nothing is scheduled")
    button = page.locator("button.skip")
    expect(button).to_be_disabled()
    scheduled = SHEET + "on once 2099-12-24 at 17:00 start 3\n"
    (show.folder / "page.cues").write_text(scheduled, encoding="utf-8")
    page.keyboard.press("r")
    expect(page.locator(".next")).to_have_text("Next 17:00 2099-12-24 start 3 Seen")
    expect(button).to_have_text("Skip")
    button.click()
    expect(button).to_have_text("Unskip")
    expect(page.locator(".next")).to_have_text("Skipped 17:00 2099-12-24 start 3 Seen")
    expect(page.locator(".mine")).to_contain_text("Skipped: start 3, Thu 2099-12-24 17:00:00")
    (show.folder / "page.cues").write_text(f"# a line more\n{scheduled}", encoding="utf-8")
    page.keyboard.press("r")
    expect(page.locator(".notes")).to_contain_text(re.compile("Sheet reloaded.*Sheet reloaded", re.DOTALL))
    expect(button).to_have_text("Unskip")
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(button).to_be_disabled()
    page.get_by_role("button", name="Unlock", exact=True).click()
    page.keyboard.press("k")
    expect(button).to_have_text("Skip")
