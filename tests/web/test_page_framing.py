"""The framing view in a real browser: `cuelang run` and `cuelang simulate` in two processes, a wire between them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from cuelang.cli.parser import main
from tests.ports import free_port
from tests.program import started
from tests.running.relay import PASSES, Relay
from tests.web.pages import SIZES, Show, _tidy, browser, page_of  # noqa: F401  # fixtures

SHEET = """show "Framing"
    interlock block
camera foh "visca+udp://127.0.0.1:{wire}"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%  # all of it
    preset door at pan 12deg tilt -3deg zoom 20%
camera left "sim://left"
    preset seat = 2 at pan 5deg tilt 0deg zoom 0%
cue 1 "On air"
    tally foh program
cue 2 "Off air"
    tally foh off
"""
STOP = b"\x81\x01\x06\x01"


class Wire(Relay):
    """Between the show and its camera."""

    def drives(self, kind: bytes = b"\x01\x06\x01") -> list[bytes]:
        """Pan-tilt drives and stops; or those of zoom or focus. Stops are repeated, so each counts once."""
        return [data for _, data in self.seen if data[1:4] == kind]


ZOOM, FOCUS = b"\x01\x04\x07", b"\x01\x04\x08"


def stops(data: bytes) -> bool:
    return data[:4] == STOP and data[6:8] == b"\x03\x03"


@pytest.fixture
def wire() -> Iterator[Wire]:
    far = free_port()
    process = started(
        "simulate",
        f"visca+udp://127.0.0.1:{far}",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    next(line for line in process.stdout if str(far) in line)
    found = Wire(far, lambda _frame: PASSES)
    yield found
    found.close()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=50)


@pytest.fixture
def show(tmp_path: Path, wire: Wire) -> Iterator[Show]:
    found = Show(tmp_path)
    (tmp_path / "page.cues").write_text(SHEET.format(wire=wire.port), encoding="utf-8")
    found.start()
    yield found
    found.end(signal.SIGKILL)


def come(browser: Browser, show: Show, size: str = "desktop", name: str = "Anna") -> Page:  # noqa: F811
    called = f"localStorage.setItem('cuelang.name', {name!r})"
    page = page_of(browser, SIZES[size], script=called, has_touch=size == "phone")
    page.goto(f"{show.url}framing")
    expect(page.get_by_role("button", name="AF")).to_be_enabled()
    return page


def until(true: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@contextlib.contextmanager
def finger(page: Page, field: str, x: float, y: float) -> Iterator[None]:
    """A finger on a pad or a rocker, from -1 to 1."""
    box = page.locator(f".stick.{field}").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * (1 + x) / 2, box["y"] + box["height"] * (1 + y) / 2)
    page.mouse.down()
    yield
    page.mouse.up()


def test_pad_and_rockers_drive_and_stop(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    page = come(browser, show)
    page.evaluate(MOVED)
    with finger(page, "pad", 0.9, -0.5):
        until(lambda: any(data[6:8] == b"\x02\x01" for data in wire.drives()))
        expect(page.locator(".drives")).to_have_text("driven by Anna")
    until(lambda: stops(wire.drives()[-1]))
    with finger(page, "zoom", 0, -0.9):
        until(lambda: wire.drives(ZOOM) and wire.drives(ZOOM)[-1][4] >> 4 == 2)
    until(lambda: wire.drives(ZOOM)[-1][4] == 0)
    page.get_by_role("button", name="MF").click()
    with finger(page, "focus", 0, 0.9):
        until(lambda: wire.drives(FOCUS) and wire.drives(FOCUS)[-1][4] >> 4 == 3)
    until(lambda: wire.drives(FOCUS)[-1][4] == 0)
    assert page.evaluate("moved") == 1, "controls stand still, also between two frames"


MOVED = """() => {
  let was = null;
  window.moved = 0;
  const look = () => {
    const {top, height} = document.querySelector(".stick.pad").getBoundingClientRect(), now = `${top} ${height}`;
    if (now !== was) moved += 1;
    was = now;
    requestAnimationFrame(look);
  };
  look();
}"""
"""How many places the pad has had."""


def test_arrows_drive_and_shift_is_slow(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    page = come(browser, show)
    page.keyboard.down("ArrowLeft")
    until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x01\x03")
    fast = wire.drives()[-1][4]
    page.keyboard.up("ArrowLeft")
    until(lambda: stops(wire.drives()[-1]))
    page.keyboard.down("Shift")
    page.keyboard.down("ArrowLeft")
    until(lambda: wire.drives()[-1][6:8] == b"\x01\x03")
    assert wire.drives()[-1][4] < fast
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("Shift")
    until(lambda: stops(wire.drives()[-1]))


def test_a_gamepad_drives_recalls_and_changes_the_camera(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    page = come(browser, show)
    page.evaluate("""() => {
      window.pad = {axes: [0, 0, 0, 0], buttons: Array.from({length: 17}, () => ({pressed: false, value: 0}))};
      navigator.getGamepads = () => [window.pad];
    }""")
    page.evaluate("pad.axes[0] = 1")
    until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x02\x03")
    page.evaluate("pad.axes[0] = 0.3")
    until(lambda: wire.drives()[-1][4] <= 2)  # the curve: a slow start
    page.evaluate("pad.axes[0] = 0")
    until(lambda: stops(wire.drives()[-1]))
    page.evaluate("pad.buttons[0].pressed = true")
    until(lambda: any(data[1:5] == b"\x01\x04\x3f\x02" for _, data in wire.seen))
    expect(page.locator(".preset[aria-pressed=true]")).to_contain_text("wide")
    page.evaluate("(pad.buttons[0].pressed = false, pad.buttons[5].pressed = true)")
    expect(page.locator(".seen")).to_have_attribute("data-camera", "left")


def test_an_update_is_in_the_file_and_undo_takes_it_back(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    page = come(browser, show)
    file = show.folder / "page.cues"
    before = file.read_text()
    page.locator(".preset", has_text="door").click()
    until(lambda: any(data[1:4] == b"\x01\x06\x02" for _, data in wire.seen))
    expect(page.locator(".place")).to_contain_text("+12.0°", timeout=20000)
    with finger(page, "pad", 0.9, 0):
        until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x02\x03")
        time.sleep(0.3)
    until(lambda: stops(wire.drives()[-1]))
    page.get_by_role("button", name="Update door").click()
    expect(page.locator(".mine")).to_contain_text(re.compile(r"Door of foh: pan 12\.0 → .*, by Anna"))
    changed = [b for a, b in zip(before.splitlines(), file.read_text().splitlines(), strict=True) if a != b]
    assert len(changed) == 1 and changed[0].startswith("    preset door at pan ")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".mine")).to_contain_text("undoes Anna")
    assert file.read_text() == before
    page.get_by_role("button", name="New …").click()
    page.get_by_label("Name", exact=True).fill("altar")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".preset", has_text="altar")).to_be_visible()
    assert "    preset altar at pan " in file.read_text()


def test_a_path_is_recorded_and_written_with_a_button(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    anna, ben = come(browser, show), come(browser, show, name="Ben")
    anna.get_by_placeholder("name of the path").fill("walk")
    anna.get_by_role("button", name="Record path").click()
    for page in (anna, ben):
        expect(page.locator(".tracing")).to_have_text("● walk.trace")
    with finger(anna, "pad", 0.9, 0):
        until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x02\x03")
        time.sleep(0.6)
    until(lambda: stops(wire.drives()[-1]))
    ben.get_by_role("button", name="Unlock").or_(ben.get_by_role("button", name="Lock")).first.click()
    expect(anna.get_by_role("button", name="End the path")).to_be_enabled()  # in show mode, too
    anna.get_by_role("button", name="End the path").click()
    expect(anna.locator(".mine")).to_contain_text(re.compile(r"Traces/walk\.trace: foh, "))
    expect(ben.locator(".tracing")).to_have_count(0)
    expect(anna.get_by_role("button", name="Record path")).to_be_disabled()
    assert (show.folder / "traces" / "walk.trace").read_text().startswith("# cuelang.trace/1")


def test_another_terminal_keeps_what_was_found(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    file = show.folder / "page.cues"
    before = file.read_text()

    def remote(*words: str) -> tuple[int, str]:
        code = main(["remote", *words, "--url", show.url])
        said = capsys.readouterr()
        return code, said.out + said.err

    code, said = remote("trace", "foh", "start", "walk", "--who", "Ben")
    assert (code, said) == (0, "trace foh start walk: fired (trace of foh is being recorded, by Ben)\n")
    assert remote("send", "foh", "move to door")[0] == 0
    time.sleep(1.5)
    code, said = remote("trace", "foh", "stop")
    assert code == 0 and "traces/walk.trace: foh, " in said
    code, said = remote("update", "wide", "of", "foh", "--who", "Ben")
    assert code == 0 and re.match(r"update wide of foh: fired \(wide of foh: pan 0\.0 → .*, by Ben\)", said)
    assert sum(a != b for a, b in zip(before.splitlines(), file.read_text().splitlines(), strict=True)) == 1
    code, said = remote("undo", "wide", "of", "foh")
    assert code == 0 and "undoes Ben" in said and file.read_text() == before
    assert remote("store", "wide", "of", "foh")[0] == 0
    code, said = remote("new", "altar", "of", "foh", "number", "7")
    assert code == 0 and "    preset altar = 7 at pan " in file.read_text()
    code, said = remote("new", "altar", "of", "foh")
    assert code == 1 and "foh has a preset altar; update it, or choose another name" in said
    code, said = remote("undo", "altar")
    assert code == 2 and "write `undo PRESET of CAMERA [step N]`" in said


def test_a_read_only_sheet_is_said_at_once(browser: Browser, show: Show) -> None:  # noqa: F811
    os.chmod(show.folder / "page.cues", 0o444)
    page = come(browser, show)
    expect(page.locator(".locked")).to_contain_text("page.cues is read-only")
    expect(page.get_by_role("button", name="New …")).to_be_disabled()


def test_two_pages_see_who_drives_and_one_takes_over(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    anna, ben = come(browser, show), come(browser, show, name="Ben")
    with finger(anna, "pad", 0.9, 0):
        expect(ben.locator(".framed .by")).to_have_text("Anna")
        stood = ben.locator(".stick.pad").bounding_box()
        with finger(ben, "pad", -0.9, 0):
            expect(ben.locator(".why")).to_contain_text("foh is driven by Anna")
            expect(ben.get_by_role("button", name="Take over")).to_be_visible()
        assert ben.locator(".stick.pad").bounding_box() == stood, "what is said moves no control"
        ben.get_by_role("button", name="Take over").click()
        expect(anna.locator(".why")).to_contain_text("Ben has taken over")
        with finger(ben, "pad", -0.9, 0):
            until(lambda: wire.drives()[-1][6:8] == b"\x01\x03")
            expect(anna.locator(".framed .by")).to_have_text("Ben")


def test_a_camera_on_program_moves_only_while_live_is_held(browser: Browser, show: Show, wire: Wire) -> None:  # noqa: F811
    page = come(browser, show)
    page.keyboard.press("Space")
    expect(page.locator(".seen .tally")).to_contain_text("PGM")
    with finger(page, "pad", 0.9, 0):
        expect(page.locator(".why")).to_contain_text("foh is on program")
    assert wire.drives() == []
    page.keyboard.down("l")
    expect(page.locator("main.framing")).to_have_class(re.compile("live"))
    with finger(page, "pad", 0.9, 0):
        until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x02\x03")
        page.keyboard.up("l")
        until(lambda: stops(wire.drives()[-1]))


@pytest.mark.calm
def test_a_page_that_is_killed_while_driving_stops_the_camera_in_400_ms(
    browser: Browser,  # noqa: F811
    show: Show,
    wire: Wire,
) -> None:
    page = come(browser, show)
    with contextlib.suppress(Error), finger(page, "pad", 0.9, 0):
        until(lambda: wire.drives() and wire.drives()[-1][6:8] == b"\x02\x03")
        killed = time.monotonic()
        page.context.close()
        until(lambda: stops(wire.drives()[-1]))
        assert next(at for at, data in wire.seen if stops(data)) - killed < 0.4


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_within_reach(browser: Browser, show: Show, size: str) -> None:  # noqa: F811
    page = come(browser, show, size)
    for field in (".stick.pad", ".stick.zoom", ".stick.focus", ".hold"):
        box = page.locator(field).bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 40, field
        expect(page.locator(field)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shots = os.environ.get("CUELANG_SHOTS")
    if shots:
        time.sleep(1.5)
        page.screenshot(path=f"{shots}/framing-{size}.png")
