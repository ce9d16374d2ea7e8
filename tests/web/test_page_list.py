"""The cue list of the page: search, sections that fold, what a cue does, what fires it, its next scheduled time."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.pages import Show, _tidy, browser, comes_true, is_spoilt, nothing_found  # noqa: F401  # fixtures
from tests.web.test_page_stands_still import IN_SIGHT, Told, cue, house, state, told  # noqa: F401  # fixtures

TITLES = ("Viola enters", "Storm", "Letter scene", "Duel")


def cues(count: int) -> list[dict[str, Any]]:
    return [
        cue(
            n,
            TITLES[n % 4],
            section=f"Act {1 + n // 10}",
            does=f"cam{n % 4} move to door" if n % 2 else "all stop",
            standby_text="Watch the conductor" if n == 12 else "",
            triggers=['key "F8"'] if n == 14 else [],
        )
        for n in range(1, count + 1)
    ]


def numbers(told: Told) -> list[str]:  # noqa: F811
    """Of the rows that are shown."""
    return told.page.locator(".row:visible .number").all_text_contents()


def search(told: Told, text: str) -> None:  # noqa: F811
    told.page.keyboard.press("/")
    expect(told.page.get_by_role("searchbox")).to_be_focused()
    told.page.get_by_role("searchbox").fill(text)


DESKS = pytest.mark.parametrize("told", [(1280, 800), (390, 844)], indirect=True, ids=["desk", "phone"])


@DESKS
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12", ["12"]), ("conductor", ["12"]), ("f8", ["14"]), ("STORM door", ["1", "5", "9", "13", "17"]),
        ("cam3 door", ["3", "7", "11", "15", "19"]), ("no such", []),
    ],
    ids=["number", "text", "trigger", "title and preset", "camera and preset", "nothing"],
)  # fmt: skip
def test_a_search_finds(told: Told, text: str, found: list[str]) -> None:  # noqa: F811
    """The standby cue is shown as well."""
    told.show(state(cues(20), "2"))
    search(told, text)
    expect(told.page.locator(".finder .count")).to_have_text(f"{len(found)} of 20")
    assert numbers(told) == sorted({*found, "2"}, key=int)
    assert told.page.evaluate(IN_SIGHT)
    if text in ("12", "no such"):
        nothing_found(told.page)


@DESKS
def test_a_camera_is_found_in_what_all_cameras_do(told: Told) -> None:  # noqa: F811
    told.show(state(cues(8), "1"))
    search(told, "cam2")
    assert numbers(told) == ["1", "2", "4", "6", "8"]


@DESKS
def test_letters_go_to_the_search_and_escape_is_panic(told: Told) -> None:  # noqa: F811
    told.show(state(cues(20), "2"))
    search(told, "")
    told.page.keyboard.type("viola enters 1p")
    assert told.asked == []
    assert told.page.get_by_role("searchbox").input_value() == "viola enters 1p"
    told.page.get_by_role("searchbox").fill("viola 12")
    told.page.keyboard.press("Enter")
    expect(told.page.get_by_role("button", name="Stand by")).to_be_focused()
    told.page.keyboard.press("Enter")
    comes_true(told.page, lambda: [(one["verb"], one["cue"]) for one in told.asked] == [("standby", "12")])
    told.page.keyboard.press("/")
    told.page.keyboard.press("Escape")
    comes_true(told.page, lambda: told.asked[-1]["verb"] == "panic")
    told.page.get_by_role("button", name="End the search").click()
    assert len(numbers(told)) == 20
    told.page.keyboard.press("Space")
    comes_true(told.page, lambda: told.asked[-1]["verb"] == "go")


@DESKS
def test_sections_fold_and_what_stands_by_stays_in_sight(told: Told) -> None:  # noqa: F811
    told.show(state(cues(25), "2"))
    told.page.get_by_role("button", name="Act 1").click()
    assert numbers(told)[:3] == ["2", "10", "11"]
    expect(told.page.get_by_role("button", name="Act 1")).to_have_text(re.compile("9 cues"))
    assert told.page.evaluate(IN_SIGHT)
    told.show(state(cues(25), "10"))
    assert numbers(told)[0] == "10"
    told.page.get_by_role("button", name="Act 1").click()
    assert numbers(told)[0] == "1"


def test_a_row_says_what_the_cue_does_and_what_fires_it(told: Told) -> None:  # noqa: F811
    told.show(state(cues(20), "14", next_times={"14": "2026-11-23T20:00:00+00:00"}))
    row = told.page.locator('[data-cue="14"]')
    expect(row.locator(".does")).to_contain_text("all stop")
    expect(row.locator(".fires")).to_contain_text('next 20:00, key "F8"')


def act(count: int) -> list[dict[str, Any]]:
    """All in one section."""
    return [{**one, "section": "Act I"} for one in cues(count)]


EVERY_ROW = "() => document.querySelectorAll('.row').length === 1000"

WATCHED = """() => {
  window.touched = [];
  new MutationObserver((all) => {
    for (const one of all) {
      const row = one.target.closest(".row");
      if (row) touched.push([row.dataset.cue, one.attributeName ?? one.type]);
      for (const node of one.addedNodes) if (node.matches?.(".row")) touched.push([node.dataset.cue, "new"]);
    }
  }).observe(document.querySelector(".list .scroll"),
             {subtree: true, childList: true, attributes: true, characterData: true});
}"""
"""What becomes of the rows from now on: which, and what of them."""


def touched(told: Told) -> list[tuple[str, str]]:  # noqa: F811
    """Since the last call."""
    told.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return [(number, what) for number, what in told.page.evaluate("() => touched.splice(0)")]


@DESKS
def test_a_search_in_a_thousand_cues_only_shows_and_hides(told: Told) -> None:  # noqa: F811
    told.show(state(act(1000), "2"))
    told.page.wait_for_function(EVERY_ROW, timeout=30_000)
    told.page.evaluate(WATCHED)
    shown = {str(n) for n in range(1, 1001)}
    for text, fits in (
        ("9", lambda n: str(n).startswith("9")),
        ("99", lambda n: str(n).startswith("99")),
        ("storm", lambda n: n % 4 == 1),
        ("cam3 door", lambda n: n % 4 == 3),
        ("", lambda _n: True),
    ):
        told.page.get_by_role("searchbox").fill(text)
        found = {str(n) for n in range(1, 1001) if fits(n) or n == 2}
        changed = touched(told)
        assert {number for number, _ in changed} == shown ^ found
        assert {what for _, what in changed} == {"hidden"}
        shown = found


@DESKS
def test_a_cue_that_runs_changes_its_own_row_only(told: Told) -> None:  # noqa: F811
    listed = act(1000)
    told.show(state(listed, "2"))
    told.page.wait_for_function(EVERY_ROW, timeout=30_000)
    told.page.evaluate(WATCHED)
    told.say_rows(cues={"700": {**listed[699], "state": "running"}})
    assert {number for number, _ in touched(told)} == {"700"}


@DESKS
def test_the_rows_around_the_standby_cue_are_drawn_first_and_the_others_soon(told: Told) -> None:  # noqa: F811
    is_spoilt(told.page)
    told.page.add_init_script(
        """new MutationObserver(() => {
             const rows = [...document.querySelectorAll(".row")];
             if (rows.length && !window.first) window.first = rows.map((row) => +row.dataset.cue);
           }).observe(document, {subtree: true, childList: true});"""
    )
    told.show(state(act(1000), "500"))
    first = told.page.evaluate("first")
    assert {*range(490, 511)} <= {*first} and len(first) < 150
    height = told.page.evaluate("() => document.querySelector('.list .scroll').scrollHeight")
    assert height > 1000 * 30, "the scroll bar is as long as the list is"
    told.page.wait_for_function(EVERY_ROW, timeout=30_000)
    assert told.page.locator(".row .number").all_text_contents() == [str(n) for n in range(1, 1001)]
    assert told.page.evaluate(IN_SIGHT)


@DESKS
def test_before_all_rows_are_drawn_a_jump_and_a_search_have_theirs(told: Told) -> None:  # noqa: F811
    is_spoilt(told.page)
    told.page.add_init_script("window.requestIdleCallback = () => 0;")  # the browser is never idle
    told.show(state(act(1000), "3"))
    assert told.page.locator('[data-cue="903"]').count() == 0
    told.show(state(act(1000), "903"))
    told.page.wait_for_function(IN_SIGHT)
    search(told, "77")
    assert numbers(told) == ["77", *map(str, range(770, 780)), "903"]
    told.show(state(act(1000), None))
    told.page.get_by_role("button", name="End the search").click()
    told.page.wait_for_function(IN_SIGHT)


@DESKS
def test_late_and_early_against_the_rehearsal(told: Told) -> None:  # noqa: F811
    timing = {"name": "dress.jsonl", "late_ms": 72_000, "due_ms": 1e9}
    told.show(state(cues(14), "3", timing=timing))
    expect(told.page.locator(".timing")).to_contain_text("1:12 late")
    expect(told.page.locator(".timing")).to_contain_text(re.compile(r"this cue in \d+:\d\d:\d\d as rehearsed"))
    told.show(state(cues(14), "3", timing={**timing, "late_ms": -3000, "due_ms": 0}))
    expect(told.page.locator(".timing")).to_contain_text("0:03 early")
    expect(told.page.locator(".timing")).to_contain_text("was due")
    told.show(state(cues(14), "3"))
    expect(told.page.locator(".timing")).to_have_count(0)
