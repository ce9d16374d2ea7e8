"""The sheet on the page: a cue opens to its lines, is checked as it is typed, saved, undone."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from tests.web.pages import SHEET, Show, _tidy, browser, nothing_found, row, show  # noqa: F401  # fixtures
from tests.web.test_page_views import page  # noqa: F401  # the fixture


def open_lines(page: Page, show: Show, cue: str) -> None:  # noqa: F811
    page.goto(show.url)
    expect(page.locator(".go")).to_be_enabled()
    row(page, cue).locator(".line").click()
    page.get_by_role("button", name=f"Lines of cue {cue} in the sheet").click()


def text_of(show: Show) -> str:  # noqa: F811
    return (Path(show.folder) / "page.cues").read_text(encoding="utf-8")


def test_a_cue_is_changed_in_the_sheet_and_reloaded(page: Page, show: Show) -> None:  # noqa: F811
    open_lines(page, show, "3")
    field = page.get_by_role("textbox", name="Lines of cue 3")
    expect(field).to_have_value('cue 3 "Seen"\n    move foh to wide')
    expect(page.locator(".found")).to_contain_text("W601")
    nothing_found(page)
    save = page.locator(".save")
    expect(save).to_be_disabled()
    field.fill('cue 3 "Seen"\n    move foh to nowhere')
    expect(page.locator(".found")).to_contain_text("E202")
    expect(page.locator(".code .wrong")).to_contain_text("✗")
    expect(save).to_be_disabled()
    assert text_of(show) == SHEET
    field.fill('cue 3 "Seen again"\n    move foh to wide live')
    expect(page.locator(".found")).to_contain_text("no errors, no warnings")
    save.click()
    expect(page.locator(".deeds .mine")).to_contain_text("Reload: sheet reloaded")
    expect(row(page, "3")).to_contain_text("Seen again")
    changed = SHEET.replace('cue 3 "Seen"\n    move foh to wide\n', 'cue 3 "Seen again"\n    move foh to wide live\n')
    assert text_of(show) == changed
    page.get_by_role("button", name="Undo cue 3").click()
    expect(row(page, "3")).not_to_contain_text("again")
    assert text_of(show) == SHEET
    expect(page.locator(".notes")).to_contain_text("Cue 3 was changed in page.cues:")


def test_a_file_that_was_changed_elsewhere_is_not_overwritten(page: Page, show: Show) -> None:  # noqa: F811
    open_lines(page, show, "4")
    field = page.get_by_role("textbox", name="Lines of cue 4")
    field.fill('cue 4 "Last"\n    note "the very end"')
    expect(page.locator(".save")).to_be_enabled()
    (show.folder / "page.cues").write_text(SHEET + "# by another editor\n", encoding="utf-8")
    page.locator(".save").click()
    expect(page.locator(".deeds .mine")).to_contain_text("The file was changed meanwhile: nothing was saved.")
    assert text_of(show) == SHEET + "# by another editor\n"


def test_letters_are_letters_and_escape_is_panic(page: Page, show: Show) -> None:  # noqa: F811
    open_lines(page, show, "4")
    field = page.get_by_role("textbox", name="Lines of cue 4")
    field.press("Control+End")
    field.press_sequentially(" # p s")
    expect(field).to_have_value('cue 4 "Last"\n    note "the end" # p s')
    expect(page.locator(".last")).to_have_text("Nothing fired yet.")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(page.locator(".mine").first).to_contain_text("PANIC")
    page.get_by_role("button", name="Lines of cue 4 in the sheet").click()
    expect(field).to_have_value('cue 4 "Last"\n    note "the end" # p s')  # what was typed is still there


def test_show_mode_and_those_who_look_change_nothing(page: Page, show: Show) -> None:  # noqa: F811
    page.goto(f"{show.url}?role=view")
    row(page, "4").locator(".line").click()
    page.get_by_role("button", name="Lines of cue 4 in the sheet").click()
    field = page.get_by_role("textbox", name="Lines of cue 4")
    expect(field).not_to_be_editable()
    lines = f"{show.url}api/cues/4/lines"
    with urllib.request.urlopen(lines) as answer:
        tag = json.load(answer)["tag"]

    def asked(path: str, **body: str) -> int:
        head = {"Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(path, json.dumps(body).encode(), head)) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    assert asked(f"{show.url}api/lock") == 200
    assert asked(lines, tag=tag, text='cue 4 "X"') == 409
    assert asked(f"{show.url}api/lines/undo") == 409
    assert text_of(show) == SHEET
    assert asked(f"{show.url}api/unlock") == 200
    assert asked(lines, tag="stale", text='cue 4 "X"') == 409
    assert asked(lines, tag=tag, text="") == 400
    assert asked(lines, tag=tag, text='cue 4 "X"') == 200


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (768, 1024)])
def test_the_lines_leave_go_where_it_is(page: Page, show: Show, width: int, height: int) -> None:  # noqa: F811
    page.set_viewport_size({"width": width, "height": height})
    open_lines(page, show, "2")
    expect(page.get_by_role("textbox", name="Lines of cue 2")).to_be_visible()
    for name in (".go", ".panic", ".stop", ".save"):
        expect(page.locator(name)).to_be_in_viewport(ratio=1)
    covered = page.evaluate(
        """() => [...document.querySelectorAll(".buttons button")].filter((one) => {
             const {x, y, width, height} = one.getBoundingClientRect();
             return !one.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }).length"""
    )
    assert covered == 0
