"""The buses of switchers on the operator's page, in a real browser against a real show with simulated switchers."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.pages import SIZES, Show, _tidy, browser, come, comes_true, difference  # noqa: F401  # the fixtures

LONG = "講壇とオルガンと聖歌隊席のカメラ" * 3
SHEET = f"""
show "Sunday"
    go_window 0s
    debounce 0s
    interlock off
camera foh "sim://foh"
    preset throne = 2 at pan -30deg tilt 5deg zoom 60%
camera left "sim://left"
switcher vision "sim://vision"
    source foh = "Cam FOH"
    source left = "Cam left"
    source slides = "<b>Slides</b> & more"
    source {LONG[:40]} = "{LONG}"
    source pip = "Both" shows slides, foh
cue 1 "Left"
    cut to left
    move foh to throne over 4s
    preview foh
cue 2 "Mix"
    dissolve to foh over 1s
cue 3 "Wide"
    cut to left
"""


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    found = Show(tmp_path)
    (tmp_path / "page.cues").write_text(SHEET, encoding="utf-8")
    found.start()
    yield found
    found.end(signal.SIGKILL)


def button(page: Page, bus: str, name: str) -> Any:
    return page.locator(f".source.{bus}", has=page.locator(f"b:text-is('{name}')"))


def lit(page: Page, bus: str, name: str) -> None:
    expect(button(page, bus, name)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f".source.{bus}[aria-pressed=true]")).to_have_count(1)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).click()


def test_the_rows_cut_preview_and_the_buttons_take(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    expect(page.locator(".bus .link")).to_have_text("ok")
    button(page, "program", "foh").click()
    expect(page.locator(".mine")).to_have_text("✓ Cut to foh: sent")
    lit(page, "program", "foh")
    expect(page.locator(".bus .on-pgm")).to_contain_text(re.compile(r"foh, .* 0:0\d ago"))
    expect(page.locator("[data-camera=foh] .tally")).to_contain_text("PGM")
    button(page, "preview", "left").click()
    lit(page, "preview", "left")
    expect(page.locator(".bus .on-pvw")).to_have_text("left, there")
    press(page, "CUT vision")
    lit(page, "program", "left")
    button(page, "preview", "slides").click()
    lit(page, "preview", "slides")
    page.get_by_label("Length of AUTO").select_option("0.5")
    press(page, "AUTO vision")
    expect(page.locator(".mine")).to_have_text("✓ Take over 0.5s: sent")
    lit(page, "program", "slides")
    expect(page.locator(".screen.program .none")).to_have_text("slides")
    expect(page.locator(".triggers")).to_contain_text("take over 0.5s")


def test_the_pictures_are_those_of_the_cameras_on_the_buses(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    page.keyboard.press("Space")
    lit(page, "program", "left")
    lit(page, "preview", "foh")
    expect(page.locator(".bus .on-pvw")).to_contain_text("there in ")
    expect(page.locator(".screen.program img")).to_have_attribute("alt", "What left sees")
    expect(page.locator(".screen.preview img")).to_have_attribute("alt", "What foh sees")
    expect(page.locator(".bus .on-pvw")).to_have_text("foh, there")
    page.wait_for_function(
        """() => ["foh", "left"].every((name) => [...document.images].filter((one) => one.alt === `What ${name} sees`)
            .every((one) => one.complete && one.naturalWidth > 0))"""
    )

    def are_theirs() -> bool:
        program, preview = (_pixels(page, f".screen.{bus} img") for bus in ("program", "preview"))
        foh, left = (_pixels(page, f"[data-camera={name}] img") for name in ("foh", "left"))
        on_program = difference(program, left) < 5 < difference(program, foh)
        return on_program and difference(preview, foh) < 5 < difference(preview, left)

    comes_true(page, are_theirs)


def test_a_source_of_several_is_seen_whole_and_a_mix_has_both(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    button(page, "program", "pip").click()
    lit(page, "program", "pip")
    expect(page.locator(".screen.program img")).to_have_attribute("alt", "What pip sees")
    _shown(page)
    inset, rest = _pixels(page, ".screen.program img", (33, 15, 14, 6)), _pixels(page, ".screen.program img")
    assert len(set(inset)) > 30, "the camera in its corner"
    assert rest[:3] == rest[4:7], "on the plain card of the slides"
    button(page, "program", "slides").click()
    expect(page.locator(".screen.program .card")).to_have_text("slides")
    button(page, "preview", "foh").click()
    lit(page, "preview", "foh")
    page.get_by_label("Length of AUTO").select_option("8")
    press(page, "AUTO vision")
    expect(page.locator(".bus .on-pgm")).to_contain_text("in transition")
    _shown(page)
    early = _pixels(page, ".screen.program img")
    camera = _pixels(page, ".screen.preview img")

    def has_more_of_the_camera() -> bool:
        return difference(_pixels(page, ".screen.program img"), camera) < difference(early, camera) - 3

    comes_true(page, has_more_of_the_camera)


def test_on_a_phone_the_name_of_what_is_on_program_is_not_squeezed_away(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show, "phone")
    page.locator(".of-switchers").click()
    button(page, "program", "foh").click()
    lit(page, "program", "foh")
    name = page.locator(".bus .on-pgm b")
    expect(name).to_have_text("foh")
    assert name.evaluate("one => one.clientWidth >= one.scrollWidth && one.clientWidth > 10")


def _shown(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('.screen.program img')?.naturalWidth > 0")


def _pixels(page: Page, where: str, box: tuple[int, int, int, int] = (0, 0, 48, 22)) -> list[int]:
    script = """([where, box]) => {
      const small = Object.assign(document.createElement("canvas"), {width: 48, height: 27});
      const pen = small.getContext("2d");
      pen.drawImage(document.querySelector(where), 0, 0, 48, 27);
      return [...pen.getImageData(...box).data];
    }"""
    found: list[int] = page.evaluate(script, [where, list(box)])
    return found


def test_what_go_will_cut_is_on_the_page_before(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    expect(page.locator(".bus .will")).to_have_text("GO: cut to left")
    expect(button(page, "program", "left")).to_have_class(re.compile("coming"))
    page.keyboard.press("Space")
    expect(page.locator(".bus .will")).to_have_text("GO: dissolve to foh")
    expect(page.locator(".bus .on-pgm")).to_contain_text("left, cue 1 0:0")


def test_a_source_inside_another_is_marked_as_seen(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    button(page, "program", "pip").click()
    lit(page, "program", "pip")
    expect(button(page, "program", "foh")).to_have_attribute("aria-label", "Cut to foh, seen on program")
    expect(button(page, "program", "left")).to_have_attribute("aria-label", "Cut to left")


def test_off_air_and_cutting_by_hand_are_said_in_words(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    for name in ("Off air", "Cut by hand", "Lamps off"):
        press(page, name)
    expect(page.locator(".standby .air")).to_have_text(["OFF AIR", "CUTTING BY HAND", "LAMPS OFF"])
    for key in ("3", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".prompt")).to_contain_text("CUT TO left")
    button(page, "program", "left").click()
    lit(page, "program", "left")
    expect(page.locator(".prompt")).to_have_count(0)
    for name in ("Off air", "Cut by hand", "Lamps off"):
        press(page, name)
    expect(page.locator(".standby .air")).to_have_count(0)


def test_show_mode_lets_cuts_through_and_locks_off_air(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    press(page, "Lock")
    expect(page.get_by_role("button", name="Off air")).to_be_disabled()
    button(page, "program", "foh").click()
    lit(page, "program", "foh")


def test_stream_and_recording_are_started_and_the_stream_stops_at_the_second_press(
    browser: Browser,  # noqa: F811
    show: Show,
) -> None:
    page = come(browser, show)
    press(page, "Start recording of vision")
    expect(page.get_by_role("button", name="Stop recording of vision")).to_contain_text("REC 0:0")
    press(page, "Start stream of vision")
    press(page, "Stop stream of vision")
    expect(page.locator(".mine")).to_contain_text("ask once more within 10 s")
    again = page.get_by_role("button", name="Stop stream of vision: press again")
    expect(again).to_have_text("Stop stream?")
    page.wait_for_timeout(600)  # half a double click counts for nothing
    again.click()
    expect(page.get_by_role("button", name="Start stream of vision")).to_have_text("Start stream")
    press(page, "Stop recording of vision")
    expect(page.get_by_role("button", name="Start recording of vision")).to_be_visible()


def test_auto_takes_the_transition_that_is_chosen(browser: Browser, show: Show) -> None:  # noqa: F811
    page = come(browser, show)
    button(page, "preview", "left").click()
    lit(page, "preview", "left")
    page.get_by_label("Transition of AUTO").select_option("Swipe")
    page.get_by_label("Length of AUTO").select_option("0.2")
    press(page, "AUTO vision")
    expect(page.locator(".mine")).to_have_text('✓ Take over 0.2s with "Swipe": sent')
    lit(page, "program", "left")


def test_who_may_only_look_sees_the_buses_and_presses_nothing(browser: Browser, show: Show) -> None:  # noqa: F811
    show.end()
    show.pins = {"CUELANG_PIN": "stage-4711", "CUELANG_VIEW_PIN": "look-0815"}
    show.start()
    page = come(browser, show)
    page.get_by_label("PIN").fill("look-0815")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".bus .link")).to_have_text("ok")
    assert page.locator(".switchers button:enabled").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_long_names_of_any_script_overflow_nowhere(browser: Browser, show: Show, size: str) -> None:  # noqa: F811
    page = come(browser, show, size)
    if page.locator(".of-switchers").is_visible():
        expect(page.locator(".brief")).to_contain_text("GO: cut to left")
        page.locator(".of-switchers").click()
    last = button(page, "preview", LONG[:40])
    last.scroll_into_view_if_needed()
    last.click()
    lit(page, "preview", LONG[:40])
    assert page.locator(".source small b").count() == 0
    wide = page.evaluate("""() => [...document.querySelectorAll(".switchers button, .says, .bus > header, .mix")]
        .filter((one) => one.closest(".rows") === null && one.getBoundingClientRect().right > innerWidth)
        .map((one) => one.className)""")
    assert wide == [] and page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    cut_off = page.evaluate("""() => [...document.querySelectorAll(".source")].filter((one) => {
        const outer = one.getBoundingClientRect();
        return [...one.children].map((text) => text.getBoundingClientRect()).some((inner) =>
            inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1);
    }).length""")
    assert cut_off == 0
    violations = Axe().run(page, ".switchers").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []


def test_a_switcher_that_goes_is_lost_since_when(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    found = Show(tmp_path)
    sheet = SHEET.replace("sim://vision", "obs://127.0.0.1:1")
    (tmp_path / "page.cues").write_text(sheet, encoding="utf-8")
    found.start()
    try:
        page = come(browser, found)
        expect(page.locator(".bus .link")).to_contain_text("LOST")
        expect(page.locator(".bus")).to_have_class(re.compile("away"))
        expect(page.locator(".bus .on-pgm")).to_have_text("–")
    finally:
        found.end(signal.SIGKILL)
