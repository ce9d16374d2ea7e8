"""Where things are on the operator's page: what is pressed does not move, nothing of it is cut off, the standby
cue is in sight. The page comes from a real show; what it receives comes from the test, so that it meets every state
quickly."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.drawn import NIGHT
from tests.web.pages import Show, browser, give_back, nothing_found, page_of  # noqa: F401  # the fixture

SIZES = [(390, 844), (844, 390), (768, 1024), (1024, 768), (1280, 800), (1366, 768), (1920, 1080)]
LONG = "Entrée of the whole company, with lanterns, and the band on the balcony plays until Viola has found her mark. "
STATES = ("", "running", "paused", "done", "failed", "stopped", "disabled")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    show = Show(tmp_path_factory.mktemp("still"))
    show.start()
    yield show
    show.end()


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def told(request: pytest.FixtureRequest, browser: Browser, house: Show) -> Iterator[Told]:  # noqa: F811
    yield Told(page_of(browser, request.param, "told"), house.url)
    give_back(browser)


def cue(number: int, title: str, **more: Any) -> dict[str, Any]:
    return {"number": str(number), "title": title, "section": "Act I", "state": "", "standby_text": "",
            "duration_ms": 4200, "troubles": 0, "warnings": [], "aside": False, "does": "", "triggers": [], "flag": "",
            **more}  # fmt: skip


def run(number: int, of: str, **more: Any) -> dict[str, Any]:
    return {"run": number, "cue": of, "title": "A cue that runs", "paused": False, "zero_ms": 0, "elapsed_ms": None,
            "duration_ms": 60_000, "waited_ms": 0, "doing": 1, "waiting": [], "waits": [],
            "then": "9", **more}  # fmt: skip


def waits(kind: str, **more: Any) -> dict[str, Any]:
    found = {"for": kind, "what": kind, "until_ms": None, "limit_ms": None, "left_ms": None, **more}
    return {"waiting": [kind], "waits": [found], "waited_ms": None}


def follow(number: int, of: str, then: str, **more: Any) -> dict[str, Any]:
    return {"run": number, "cue": of, "title": "Hymn", "next": then, "next_title": "Blessing " + LONG,
            "due_ms": 900_000, "left_ms": None, "paused": False, **more}  # fmt: skip


def state(cues: list[dict[str, Any]], standby: str | None, **more: Any) -> dict[str, Any]:
    fires = {"does": "fires", "cue": standby, "label": f"GO {standby}", "after": "then 9", "then": None, "reason": "",
             "cuts": []}  # fmt: skip
    ends = {
        "does": "nothing",
        "cue": "",
        "label": "GO",
        "after": "GO fires nothing.",
        "then": None,
        "reason": "end",
        "cuts": [],
    }
    camera = {"url": "sim://x", "link": "connected", "heard_ms": 0, "tally": "off", "pan": -30.0, "tilt": 5.0,
              "zoom": 60.0, "power": True, "doing": "", "error": "", "picture": None}  # fmt: skip
    names = [f"cam{n}" for n in range(4)]
    return {
        "show": {"title": "Twelfth Night", "file": "night.cues", "timezone": None}, "show_mode": False,
        "stopping": False, "simulated": False, "standby": standby, "go": fires if standby else ends,
        "pause_does": "pause", "panic": None, "mistakes": [], "keys": [],
        "order": {"cues": [one["number"] for one in cues], "cameras": names, "switchers": []},
        "inputs": [], "heard": [], "behind": None, "followers": [], "switchers": {}, "alarms": [],
        "air": {"off_air": False, "cutting": "sheet", "lamps_off": False, "prompts": []},
        "cues": {one["number"]: one for one in cues}, "running": {}, "follows": {}, "timelines": {},
        "cameras": {name: {"name": name, **camera} for name in names}, "triggers": [], "notes": [], "last_fired": None,
        "next_firing": None, "next_times": {}, "remarks": [], "last_cue": None, "timing": None,
        "counts": {"commands": 0, "troubles": 0}, **more,
    }  # fmt: skip


def any_state(dice: random.Random) -> dict[str, Any]:
    """A moment of some night."""
    cues = [
        cue(
            n,
            LONG[: dice.randint(0, 100)] * dice.randint(0, 3),
            state=dice.choice(STATES),
            duration_ms=dice.choice([None, 0, 4200]),
            does=LONG * dice.randint(0, 2),
            triggers=['key "F8"', "every day at 22:30"][: dice.randint(0, 2)],
            standby_text=LONG * dice.randint(0, 9),
            warnings=["W601 " + LONG] * dice.randint(0, 2),
            section=f"Act {n // 7}",
        )
        for n in range(1, 30)
    ]
    standby = dice.choice([None, "1", "14", "29"])
    kinds: list[dict[str, Any]] = [
            {}, {"duration_ms": None}, {"paused": True, "zero_ms": None, "elapsed_ms": 5_000_000}, waits("go"),
            waits("time", until_ms=9e6), waits("osc", limit_ms=9e6), {"title": LONG * 2, "duration_ms": 1},
    ]  # fmt: skip
    runs = [run(n, str(n), **dice.choice(kinds)) for n in range(1, dice.randint(1, 7))]
    more: dict[str, Any] = {
        "running": {str(one["run"]): one for one in runs},
        "follows": {"20": follow(20, "20", "21", **dice.choice([{}, {"paused": True, "due_ms": None, "left_ms": 7e6}]))}
        if dice.random() < 0.5 else {},
        "pause_does": dice.choice(["pause", "resume"]),
        "show_mode": dice.random() < 0.5, "stopping": dice.random() < 0.3, "simulated": dice.random() < 0.5,
        "panic": dice.choice([None, {"at_ms": 1, "time": "19:30:05", "source": "page 10.0.0.9:51230 " * 2}]),
        "mistakes": [{"place": "night.cues:7:17", "text": "E202 " + LONG, "hint": LONG}] * dice.randint(0, 9),
        "counts": {"commands": 9, "troubles": dice.choice([0, 120])},
        "next_firing": dice.choice([None, {"at": "2026-11-23T20:00:00+00:00", "cue": "3", "action": "go", "line": 4,
                                           "skipped": dice.random() < 0.5}]),
        "last_fired": dice.choice([None, {"at_ms": 1, "time": "19:30:05", "source": LONG, "request": "go 2"}]),
        "notes": [{"at_ms": n, "time": "19:30:05", "kind": "warning", "cue": "2", "text": LONG} for n in range(20)],
        "show": {"title": dice.choice(["x", LONG]), "file": "night.cues", "timezone": None},
        "next_times": {"3": "2026-11-23T20:00:00+00:00"},
    }  # fmt: skip
    made = state(cues, standby, **more)
    if dice.random() < 0.4:
        made["go"] = {"does": "releases", "cue": "4", "label": f"GO → {LONG * dice.randint(1, 2)}goes on (cue 4 waits)",
                      "after": "then 5", "then": "5", "reason": "", "cuts": []}  # fmt: skip
    return made


class Told:
    """A page, and the test instead of the show at the other end of its socket."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.seq = 0
        self.gone = False
        self.asked: list[dict[str, Any]] = []
        self.socket: WebSocketRoute | None = None
        self.first = state([cue(1, "Open")], "1")
        page.set_default_timeout(40_000)
        page.route_web_socket("**/ws", self._come)

    def _come(self, socket: WebSocketRoute) -> None:
        if self.gone:
            socket.close()
            return
        self.socket = socket
        socket.on_message(self._hear)
        socket.send(json.dumps({"type": "hello", "protocol": 1, "session": "s", "role": "operate"}))
        self.say(self.first)

    def _hear(self, text: str | bytes) -> None:
        order = json.loads(text)
        self.asked.append(order)
        assert self.socket is not None
        self.socket.send(
            json.dumps(
                {
                    "type": "answer",
                    "id": order["id"],
                    "request": order["verb"],
                    "verdict": "fired",
                    "reason": "",
                    "did": LONG,
                }
            )
        )

    def say(self, shown: dict[str, Any]) -> None:
        self.seq += 1
        assert self.socket is not None
        clock = {"wall": "2026-11-23T19:30:05.120+00:00", "elapsed_ms": 65120.4 * self.seq}
        self.socket.send(json.dumps({"type": "snapshot", "seq": self.seq, "clock": clock, "state": shown}))

    def say_rows(self, **rows: dict[str, Any]) -> None:
        """What changed in tables of the state."""
        self.seq += 1
        assert self.socket is not None
        clock = {"wall": "2026-11-23T19:30:05.120+00:00", "elapsed_ms": 65120.4 * self.seq}
        self.socket.send(json.dumps({"type": "delta", "seq": self.seq, "clock": clock, "set": {}, "rows": rows}))
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 100))")

    def show(self, shown: dict[str, Any]) -> None:
        """Tell it, and let it draw."""
        if self.socket is None:
            self.first = shown
            self.page.goto(self.url)
            expect(self.page.locator(".go")).to_be_attached()
        else:
            self.say(shown)
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def places(self) -> dict[str, list[float]]:
        """Where the controls are."""
        found: dict[str, list[float]] = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(
                 ".buttons button, header nav button, .tabs button, main > .left > .desk")].map((one) => {
                 const {x, y, width, height} = one.getBoundingClientRect();
                 const name = one.className.split(" ").slice(0, 1) + (one.closest("nav") ? one.closest("nav").className
                   + [...one.parentNode.children].indexOf(one) : "");
                 return [name, [x, y, width, height]]; }))"""
        )
        return found


def size_of(told: Told) -> tuple[int, int]:
    """Width and height of the window."""
    size = told.page.viewport_size
    assert size is not None
    return size["width"], size["height"]


def test_what_is_pressed_stays_where_it_is(told: Told) -> None:
    dice = random.Random(7)
    told.show(told.first)
    stood = told.places()
    assert {"go", "panic", "back", "pause", "stop", "desk"} <= stood.keys()
    width, height = size_of(told)
    for name, (x, y, wide, high) in stood.items():
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height, name
    for number in range(200 if NIGHT else 20):
        told.show(any_state(dice))
        if number % 20 == 1:
            told.page.keyboard.press(dice.choice(["Escape", "s", "7", "r", "p"]))
        if number % 20 == 7:
            told.page.keyboard.press(dice.choice(["?", "e"]))
        assert told.places() == stood, number


def vision(dice: random.Random) -> dict[str, Any]:
    """A switcher at some moment."""
    sources = [
        {
            "name": name,
            "label": LONG[:40],
            "bus": dice.choice(["program", "preview", "off"]),
            "cameras": ["cam0"],
            "there_ms": dice.choice([None, 0, 9e9]),
        }
        for name in ("centre", "slides", LONG)
    ]
    return {
        "name": "vision", "url": "obs://10.0.0.5", "link": dice.choice(["connected", "lost"]),
        "heard_ms": dice.choice([None, 0]), "error": LONG * dice.randint(0, 1), "model": "OBS", "no_air": False,
        "program": dice.choice(["centre", LONG, None]), "preview": dice.choice(["slides", LONG, None]),
        "cut_by": dice.choice(["", "by hand", LONG]), "cut_ms": dice.choice([None, 0]),
        "transitions": ["Fade", LONG][: dice.randint(0, 2)],
        "transition": dice.random() < 0.5, "sources": sources,
        "outputs": {
            name: {"on": dice.random() < 0.5, "since_ms": dice.choice([None, 0, -40_000_000])}
            for name in ("stream", "record")
        },
        "pictures": None,
    }  # fmt: skip


def test_the_buttons_of_a_switcher_stay_where_they_are(told: Told) -> None:
    dice = random.Random(5)
    stood = None
    for _ in range(25):
        shown = state([cue(1, "Open")], "1", switchers={"vision": vision(dice)})
        shown["order"]["switchers"] = ["vision"]
        cuts = [{"switcher": "vision", "action": "dissolve", "source": LONG, "at_ms": 9000}] * dice.randint(0, 2)
        shown["go"]["cuts"] = cuts
        asked = {"text": f"CUT TO {LONG}", "switcher": "vision", "source": LONG, "cue": "12.5", "since_ms": 0}
        shown["air"] = {"off_air": dice.random() < 0.5, "cutting": dice.choice(["hand", "sheet"]),
                        "lamps_off": dice.random() < 0.5, "prompts": [asked] * dice.randint(0, 3)}  # fmt: skip
        shown["alarms"] = [{"at_ms": 1, "time": "19:30:05", "text": LONG}] * dice.randint(0, 2)
        told.show(shown)
        if stood is None and told.page.locator(".of-switchers").is_visible():
            told.page.locator(".of-switchers").click()
            told.page.locator(".bus").wait_for()
        places = told.page.evaluate(
            """() => [...document.querySelectorAll(".bus button, .bus select, .modes button")].map((one) => {
                 const {x, y, width, height} = one.getBoundingClientRect(); return [x, y, width, height]; })"""
        )
        assert len(places) == 6 + 2 + 2 + 2 + 3, "sources, CUT and AUTO, their choices, outputs, modes"
        stood = stood or places
        assert places == stood


def test_what_is_short_is_whole(told: Told) -> None:
    """The words of the tabs, the countdown to the next schedule, what is on program and preview, where a camera is."""
    seen = vision(random.Random(1)) | {
        "program": "foh",
        "preview": "Black",
        "cut_by": "cue 3",
        "cut_ms": 0,
        "link": "connected",
    }
    next_firing = {"at": "2026-11-24T18:20:00+00:00", "cue": "1", "action": "start", "line": 4, "skipped": False}
    shown = state(
        [cue(1, "Open the house " + LONG)], "1", switchers={"vision": seen}, next_firing=next_firing, simulated=True
    )
    shown["order"]["switchers"] = ["vision"]
    shown["show"]["title"] = LONG
    told.show(shown)
    cut_off = """(names) => [...document.querySelectorAll(names)].filter((one) => {
        if (!one.checkVisibility()) return false;
        const line = one.closest(".next") ?? one;
        return one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"
          || one.getBoundingClientRect().right > line.getBoundingClientRect().right; }).map((one) => one.textContent)"""
    assert told.page.evaluate(cut_off, ".tabs button, .next b, .on-pgm b, .on-pvw b") == []
    for tab in (".of-switchers", ".of-cameras"):
        if told.page.locator(tab).is_visible():
            told.page.locator(tab).click()
        assert told.page.evaluate(cut_off, ".on-pgm b, .on-pvw b, .card h3, .card .place") == []


@pytest.mark.parametrize("told", [(1280, 800)], indirect=True, ids=["desk"])
def test_countdowns(told: Told) -> None:
    """To the next schedule with its title, to `wait until`, to the end of a running cue, to a follow."""
    next_firing = {"at": "2026-11-23T19:34:56+00:00", "cue": "2", "action": "go", "line": 4, "skipped": False}
    ends = run(3, "3", zero_ms=65_120, elapsed_ms=None, duration_ms=125_000)
    clock_time = waits("time", what="19:31:00", until_ms=120_000)
    shown = state(
        [cue(1, "Open"), cue(2, "Wake up"), cue(3, "Hymn"), cue(4, "Sermon"), cue(5, "Blessing")],
        "5",
        next_firing=next_firing,
        running={"3": ends, "4": run(4, "4", **clock_time)},
        follows={"6": follow(6, "1", "5", due_ms=105_000)},
    )
    told.show(shown)
    expect(told.page.locator(".next")).to_have_text(re.compile(r"^Next in 4:(51|50|4\d) Wake up \(go, 19:34:56\)"))
    expect(told.page.locator(".runs")).to_contain_text(re.compile(r"waits for 19:31:00 in 0:5\d"))
    expect(told.page.locator("[data-cue='3'] .length")).to_have_text(re.compile(r"−(2:0\d|1:5\d)"))
    expect(told.page.locator(".standby .coming")).to_have_text(re.compile(r"5 follows in 0:[34]\d"))


def test_a_long_alarm_does_not_hide_what_go_will_do(told: Told) -> None:
    shown = state([cue(1, "Open"), cue(2, "Storm")], "2")
    shown["alarms"] = [{"at_ms": 1, "time": "19:30:05", "text": LONG * 4}]
    told.show(shown)
    found = told.page.evaluate(
        """() => { const inside = (one) => { const {x, y, width, height} = one.getBoundingClientRect();
             return one.contains(document.elementFromPoint(x + width / 2, y + height / 2)); };
             return [...document.querySelectorAll(".standby .cue, .alarm button")].map(inside); }"""
    )
    assert found == [True, True]
    nothing_found(told.page)


def test_it_stays_where_it_is_without_a_connection(told: Told) -> None:
    told.show(told.first)
    stood = told.places()
    told.gone = True
    expect(told.page.get_by_role("alert")).to_be_visible(timeout=6000)  # three seconds without a word
    assert told.places() == stood
    covered = told.page.evaluate(
        """() => [...document.querySelectorAll(".buttons button")].filter((one) => {
             const {x, y, width, height} = one.getBoundingClientRect();
             return !one.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }).length"""
    )
    assert covered == 0


INSIDE = """() => {
  const inside = (one, box) => {
    const a = one.getBoundingClientRect(), b = box.getBoundingClientRect();
    return a.width > 30 && a.left >= b.left && a.right <= b.right + 0.5;
  };
  const runs = document.querySelector(".runs");
  return [...runs.querySelectorAll("button")].map((one) => inside(one, runs.querySelector(".scroll")));
}"""


@pytest.mark.parametrize(
    "more",
    [
        {"duration_ms": None, "zero_ms": -9e7}, {"title": LONG * 3}, {"duration_ms": 1}, waits("osc", limit_ms=9e6),
        {"paused": True, "zero_ms": None, "elapsed_ms": 4e6, "duration_ms": None},
    ],
    ids=["endless", "long title", "late", "waits", "paused"],
)  # fmt: skip
def test_the_stop_of_a_running_cue_is_inside_its_panel(told: Told, more: dict[str, Any]) -> None:
    runs = {str(n): run(n, str(n), **more) for n in range(1, 5)}
    told.show(state([cue(1, "Open")], "1", running=runs, follows={"9": follow(9, "9", "10")}))
    found = told.page.evaluate(INSIDE)
    assert len(found) == 10 and all(found)


def test_a_run_keeps_its_row_when_another_begins(told: Told) -> None:
    told.show(state([cue(1, "Open")], "1", running={"3": run(3, "3")}))
    stop = told.page.get_by_label("Stop cue 3")
    before = stop.bounding_box()
    told.show(state([cue(1, "Open")], "1", running={"3": run(3, "3", **waits("go")), "4": run(4, "4")}))
    assert stop.bounding_box() == before
    told.show(state([cue(1, "Open")], "1", follows={"3": follow(3, "3", "4")}))
    assert told.page.get_by_label("Stop the follow of cue 3").bounding_box() == before


def many(dice: random.Random, count: int) -> list[dict[str, Any]]:
    """Titles of one to four lines."""
    return [cue(n, LONG[: dice.choice([12, 60, 110])] * dice.choice([1, 1, 2])) for n in range(1, count + 1)]


IN_SIGHT = """() => {
  const row = document.querySelector(".stands") ?? [...document.querySelectorAll(".row")].at(-1);
  const box = document.querySelector(".list .scroll").getBoundingClientRect();
  const {top, bottom, left} = row.querySelector(".line").getBoundingClientRect();
  const seen = document.elementFromPoint(left + 20, Math.max(top, box.top) + 8);
  return top >= box.top - 1 && Math.min(bottom, top + 30) <= box.bottom + 1 && row.contains(seen)
    && bottom <= innerHeight && top >= 0;
}"""


def test_what_stands_by_is_in_sight(told: Told) -> None:
    """On a fresh page, after a jump far away, near the ends, and at the end of the list."""
    count = 1000 if NIGHT else 300
    cues = many(random.Random(count), count)
    for standby in (151, 199, 3, count, 1, count - 1, None, 77):
        told.show(state(cues, None if standby is None else str(standby)))
        told.page.wait_for_function(IN_SIGHT, timeout=5000)
        told.page.wait_for_timeout(150)
        assert told.page.evaluate(IN_SIGHT), standby


def test_the_list_is_beside_go_or_directly_under_it(told: Told) -> None:
    told.show(state(many(random.Random(1), 50), "7"))
    places = [told.page.locator(name).bounding_box() for name in (".desk", ".list")]
    desk, list_ = (place for place in places if place is not None)
    height = size_of(told)[1]
    assert list_["y"] + list_["height"] <= height and list_["height"] > 120
    beside = list_["x"] >= desk["x"] + desk["width"] or list_["x"] + list_["width"] <= desk["x"]
    assert beside or 0 <= list_["y"] - desk["y"] - desk["height"] < 130


def test_screens_for_the_eye(told: Told) -> None:
    """Taken to be looked at: CUELANG_SCREENS=FOLDER."""
    import os

    folder = os.environ.get("CUELANG_SCREENS")
    if not folder:
        pytest.skip("nobody wants to look")
    dice = random.Random(3)
    size = told.page.viewport_size or {}
    for number in range(4):
        told.show(any_state(dice))
        told.page.wait_for_timeout(400)
        told.page.screenshot(path=f"{folder}/{size['width']}x{size['height']}-{number}.png")
