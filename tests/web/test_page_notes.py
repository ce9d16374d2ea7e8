"""Names, notes and flags on the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.pages import Show, _tidy, browser, comes_true, nothing_found, show  # noqa: F401  # fixtures
from tests.web.test_page_list import cues
from tests.web.test_page_stands_still import Told, house, state, told  # noqa: F401  # fixtures
from tests.web.test_page_views import page  # noqa: F401  # the fixture

DESKS = pytest.mark.parametrize("told", [(1280, 800), (390, 844)], indirect=True, ids=["desk", "phone"])


def test_a_name_is_asked_for_once_and_kept(page: Page, show: Show) -> None:  # noqa: F811
    page.goto(show.url)
    page.get_by_role("button", name="Your name?").click()
    page.get_by_label("Your name").fill("Anna")
    page.get_by_role("button", name="Keep").click()
    page.keyboard.press("m")
    page.keyboard.press("Space")
    expect(page.locator(".last")).to_have_text(re.compile("go at .* by Anna"))
    expect(page.locator(".triggers")).to_contain_text("Anna")
    page.reload()
    expect(page.locator(".go")).to_be_enabled()
    expect(page.get_by_role("button", name="Your name?")).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.type("the band was loud, p1")
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("1 the band was loud, p1 (Anna)")
    log = (show.folder / "page.jsonl").read_text(encoding="utf-8")
    assert '"by":"Anna"' in log.replace('": "', '":"')


@DESKS
def test_a_note_is_about_the_cue_that_was_typed_or_fired_last(told: Told) -> None:  # noqa: F811
    told.show(state(cues(14), "3", last_cue="2"))
    stood = told.places()
    told.page.keyboard.press("n")
    expect(told.page.locator(".writing")).to_contain_text("About cue 2 Letter scene")
    nothing_found(told.page)
    told.page.keyboard.type("too 1 dark")
    assert told.places() == stood
    told.page.keyboard.press("Enter")
    told.page.keyboard.type("12n")
    expect(told.page.locator(".writing")).to_contain_text("About cue 12")
    told.page.keyboard.type("x")
    told.page.keyboard.press("Escape")
    comes_true(told.page, lambda: len(told.asked) == 2)
    assert [(one["verb"], one.get("cue"), one.get("text")) for one in told.asked] == [
        ("note", "2", "too 1 dark"), ("panic", None, None),
    ]  # fmt: skip
    told.page.keyboard.press("n")
    expect(told.page.locator(".writing input")).to_have_value("x")


@DESKS
def test_flags_are_set_by_key_and_button(told: Told) -> None:  # noqa: F811
    told.show(state(cues(14), "3", last_cue="2"))
    told.page.keyboard.press("f")
    told.page.keyboard.type("12f")
    comes_true(told.page, lambda: len(told.asked) == 2)
    asked = [(one["verb"], one["cue"], one["on"]) for one in told.asked]
    assert asked == [("flag", "2", True), ("flag", "12", True)]
    some = cues(14)
    some[3]["flag"] = "Anna"
    told.show(state(some, "3", last_cue="4"))
    expect(told.page.locator('[data-cue="4"] .flagged')).to_be_attached()
    told.page.keyboard.press("f")
    comes_true(told.page, lambda: told.asked[-1]["on"] is False)
