"""The page's other views, its themes and its sizes of type, in a real browser against a real show."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.pages import SIZES, Show, _tidy, browser, is_spoilt, nothing_found, page_of, row, show  # noqa: F401  # fixtures

VIEWS = ("", "prompt", "cameras", "framing")


@pytest.fixture
def page(browser: Browser) -> Page:  # noqa: F811
    return page_of(browser, (1280, 800))


def test_the_prompt_has_what_stands_by_and_what_comes_then(page: Page, show: Show) -> None:  # noqa: F811
    page.goto(f"{show.url}prompt")
    standby = page.locator(".now-standby")
    expect(standby).to_contain_text("The queen")
    expect(standby).to_contain_text("LX 1. Stand by camera.")
    expect(standby.locator(".will")).to_have_text("GO 1")
    expect(page.locator(".next-three li")).to_have_text(["2 Long", "3 Seen", "4 Last"])
    expect(page.locator(".clock time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    page.keyboard.press("Space")
    expect(standby.locator(".will")).to_have_text("GO 2")
    expect(page.locator(".last-notes")).to_contain_text("She is there")
    expect(page.locator(".mine")).to_contain_text("GO 1 fired")


def test_the_wall_has_every_camera_and_its_tally(page: Page, show: Show) -> None:  # noqa: F811
    page.goto(f"{show.url}cameras")
    expect(page.locator(".tile")).to_have_count(2)
    page.keyboard.press("Space")
    expect(page.locator(".tile[data-camera=foh] .tally")).to_contain_text("PGM")
    expect(page.locator(".tile[data-camera=left] .tally")).to_contain_text("PVW")
    for size in SIZES.values():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        expect(page.locator(".tile[data-camera=left]")).to_be_in_viewport(ratio=1)


def test_theme_and_size_of_type_are_kept_by_the_device(page: Page, show: Show) -> None:  # noqa: F811
    page.goto(show.url)
    expect(page.locator(".go")).to_be_enabled()
    go = page.locator(".go").bounding_box()
    small = page.locator(".standby .cue").evaluate("(one) => getComputedStyle(one).fontSize")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Light", exact=True).click()
    page.get_by_role("button", name="Largest").click()
    page.reload()
    expect(page.locator(".go")).to_be_enabled()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(228, 231, 235)"
    large = page.locator(".standby .cue").evaluate("(one) => getComputedStyle(one).fontSize")
    assert float(large[:-2]) > 1.5 * float(small[:-2])
    assert page.locator(".go").bounding_box() == go, "what is pressed keeps its place and its size"


def test_a_link_to_look_only_cannot_press(page: Page, show: Show) -> None:  # noqa: F811
    for view in VIEWS:
        page.goto(f"{show.url}{view}?role=view")
        expect(page.locator("header")).to_contain_text("Watching only")
        page.keyboard.press("Space")
    page.goto(f"{show.url}?role=view")
    expect(page.locator(".go")).to_be_disabled()
    answer = page.evaluate(
        """() => new Promise((done) => {
             const socket = new WebSocket(`ws://${location.host}/ws?role=view`);
             socket.onopen = () => socket.send(JSON.stringify({type: "do", id: "12345678", verb: "go"}));
             socket.onmessage = ({data}) => { const one = JSON.parse(data); if (one.type === "answer") done(one); };
           })"""
    )
    assert answer["error"]["code"] == "not_allowed"
    expect(row(page, "1")).to_have_attribute("aria-current", "step")


COLOURS = ("color-contrast", "link-in-text-block")


def test_axe_finds_nothing_in_any_view(page: Page, show: Show) -> None:  # noqa: F811
    """In the other theme only the colours are other ones, and those of a phone are those of the other sizes."""
    page.goto(show.url)
    for theme, sizes, rules in (("dark", [*SIZES], ()), ("light", ["phone"], COLOURS)):
        page.evaluate("(theme) => localStorage.setItem('cuelang.theme', theme)", theme)
        for view in VIEWS:
            page.goto(f"{show.url}{view}")
            expect(page.locator(".clock")).to_be_visible()
            page.keyboard.press("Space")
            page.keyboard.press("m")
            for width, height in (SIZES[size] for size in sizes):
                page.set_viewport_size({"width": width, "height": height})
                nothing_found(page, *rules)
            page.keyboard.press("m")
            nothing_found(page, *rules)


def test_the_cue_sheet_is_there_to_print_and_the_desk_prints_its_list(page: Page, show: Show) -> None:  # noqa: F811
    is_spoilt(page)
    page.goto(show.url)
    expect(page.locator(".go")).to_be_enabled()
    page.keyboard.press("m")
    href = page.get_by_role("link", name="Cue sheet to print").get_attribute("href")
    page.keyboard.press("m")
    page.emulate_media(media="print")
    expect(page.locator(".list")).to_be_visible()
    for hidden in (".desk", ".cameras", ".triggers", "header nav"):
        expect(page.locator(hidden)).to_be_hidden()
    page.emulate_media(media="screen")
    page.goto(f"{show.url.rstrip('/')}{href}")
    expect(page.locator("tbody tr")).to_have_count(6)
    expect(page.locator("tbody")).to_contain_text("LX 1. Stand by camera.")
    assert page.locator("h1").evaluate("(one) => getComputedStyle(one).marginTop") == "0px", "its style is there"
    nothing_found(page)


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (768, 1024), (1280, 800)])
def test_the_pad_of_the_framing_view_is_in_reach(page: Page, show: Show, size: tuple[int, int]) -> None:  # noqa: F811
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{show.url}framing")
    pad = page.locator(".stick.pad")
    expect(pad).to_be_in_viewport(ratio=1)
    box = pad.bounding_box()
    assert box is not None and box["height"] >= 90
