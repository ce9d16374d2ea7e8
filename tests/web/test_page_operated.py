"""The operator's page in a real browser: keys, locate, swap, skip, a reload with errors, a phone."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.web.pages import SHEET, Show, _tidy, browser, come, nothing_found, row, show, stands_by  # noqa: F401  # fixtures


def test_a_keyboard_alone_is_enough(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_escape_is_panic_whatever_is_open_and_closes_it(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_the_sheets_own_keys_work_in_the_page(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_the_rig_is_set_up_for_a_moment_of_the_timeline(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_camera_is_swapped_and_taken_back_by_its_card(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_the_rig_is_set_up_for_a_cue_when_the_question_is_answered(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_reload_with_errors_is_refused_and_the_errors_can_be_read(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_a_follow_and_a_wait_for_go_are_seen_and_pressed(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_on_a_phone_everything_is_within_reach(browser: Browser, show: Show) -> None:  # noqa: F811
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


def test_the_next_firing_is_skipped_and_unskipped_beside_it(browser: Browser, show: Show) -> None:  # noqa: F811
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
