"""The operator's page in a real browser: GO, pictures, two pages, a lost connection, a PIN, and what axe finds."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.program import ran
from tests.web.pages import (  # noqa: F401  # fixtures
    SHEET,
    SIZES,
    Show,
    _tidy,
    browser,
    card,
    come,
    comes_true,
    difference,
    nothing_found,
    picture,
    row,
    show,
    stands_by,
)


def test_go_moves_a_camera_and_its_picture_and_tally_change(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_warning_stands_beside_its_cue(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_go_cannot_be_pressed_twice_by_accident(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_two_pages_agree(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_lost_connection_cannot_be_overlooked_and_heals(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_pin_is_asked_for_and_who_may_only_watch_does_not_press(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    show = Show(tmp_path)  # noqa: F811
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


def test_axe_finds_nothing(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_axe_finds_nothing_in_the_report(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "page.cues").write_text(SHEET, encoding="utf-8")
    # Its loop cannot run beside the browser's.
    assert ran("rehearse", "page.cues", "--html", "report.html", cwd=tmp_path).returncode == 0
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        nothing_found(page)
