"""The page in Chromium: how soon a fresh browser has the list, how soon it shows a cue, what a search takes."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from cuelang.units import NS
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, count, ms, percentile
from tests.benchmarks.stage import Show, cameras, show
from tests.ports import free_port

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))  # as operators have it: with windows
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
         "--disable-component-update"]  # fmt: skip
FIRST_S, SEARCH_S, SEEN_S, SEEN_MOST_S = 0.3, 0.05, 0.04, 0.1
SOUGHT = ("9", "99", "cam", "cam1", "cam1 iris", "cue number 7", "no such cue", "cam3", "iris 1", "")

WATCH = """(() => {
  const box = () => document.querySelector(".list .scroll");
  window.seen = {first: null, whole: null};
  const look = () => {
    const list = box(), rows = list && list.querySelectorAll(".row");
    if (rows?.length) {
      const stands = list.querySelector(".stands")?.getBoundingClientRect(), edge = list.getBoundingClientRect();
      if (seen.first === null && stands && stands.top >= edge.top && stands.bottom <= edge.bottom) {
        seen.first = -1;
        setTimeout(() => (seen.first = performance.now()));
      }
      if (seen.whole === null && rows.length >= CUES) seen.whole = performance.now();
    }
    if (seen.whole === null) requestAnimationFrame(look);
  };
  look();
})()"""
"""Milliseconds since the navigation began: when the standby cue and its neighbours had been painted, and when every cue
had its row."""

MARKS = """() => {
  window.marks = {};
  const look = () => {
    for (const row of document.querySelectorAll(".row.running, .row.done")) {
      const number = row.dataset.cue;
      if (!(number in marks)) {
        marks[number] = 0;
        setTimeout(() => (marks[number] = performance.timeOrigin + performance.now()));
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""By cue: when its row had been painted as running or done, in ms of the wall clock."""

SEARCH = """async (text) => {
  const field = document.querySelector("[type=search]");
  const began = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""
"""A key, until the list with what it finds has been painted."""


def figures(size: Size) -> Iterator[Figure]:
    cues, many, desk, port = size.of(1000, 1000, 30), size.of(64, 64, 2), free_port(), free_port()
    with cameras(many) as far, sync_playwright() as playwright:
        sheet = sheets.rig(far.ports, desk)
        for cue in range(1, cues + 1):
            if cue % 50 == 1:
                sheet += [f'section "Part {cue // 50 + 1}"']
            sheet += [f'cue {cue} "Cue number {cue}"', f"    set cam{cue % many} iris {5 + cue % 17}", ""]
        with show("\n".join(sheet), desk, "--http", f"127.0.0.1:{port}") as live:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            where = f"{count(cues)} cues, {many} cameras, Chromium"
            yield from _first(browser, port, size, cues, where)
            page = _page(browser, port)
            yield from _searched(page, size)
            yield from _seen(page, live, size, cues, where)
            browser.close()


def _page(browser: Browser, port: int) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.locator(".stands").wait_for()
    page.wait_for_timeout(1500)
    return page


def _first(browser: Browser, port: int, size: Size, cues: int, where: str) -> Iterator[Figure]:
    first, whole = [], []
    for _ in range(size.of(7, 7, 1)):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.add_init_script(WATCH.replace("CUES", str(cues)))
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.wait_for_function("() => seen.first > 0 && seen.whole", timeout=20_000)
        found: dict[str, Any] = page.evaluate("seen")
        first.append(found["first"] / 1000)
        whole.append(found["whole"] / 1000)
        context.close()
    took = statistics.median(first)
    yield Figure(
        f"first list in a fresh browser context, {where}: median of {len(first)}",
        ms(FIRST_S),
        ms(took),
        f"{ms(min(first))} to {ms(max(first))}",
        "",
        size.judge(took < FIRST_S),
    )
    yield Figure("the same: every row there", "", ms(statistics.median(whole)), "", "", None)


def _searched(page: Page, size: Size) -> Iterator[Figure]:
    took = [page.evaluate(SEARCH, text) / 1000 for _ in range(size.of(5, 3, 1)) for text in SOUGHT]
    worst = percentile(took, 95)
    yield Figure(
        "the same: search, key to list, p95",
        ms(SEARCH_S),
        ms(worst),
        f"{ms(statistics.median(took))} (p50)",
        "",
        size.judge(worst < SEARCH_S),
    )


def _seen(page: Page, live: Show, size: Size, cues: int, where: str) -> Iterator[Figure]:
    page.evaluate(MARKS)
    chance, sent = random.Random(5), {}
    for cue in range(1, size.of(300, 100, 5) + 1):
        number = str(1 + cue * 7 % cues)
        sent[number] = live.osc(f"/cue/{number}/start")
        time.sleep(0.05 + chance.random() / 10)
    page.wait_for_timeout(1000)
    marks: dict[str, float] = page.evaluate("marks")
    late = [marks[number] / 1000 - at / NS for number, at in sent.items()]
    p50, p99 = percentile(late, 50), percentile(late, 99)
    yield Figure(
        f"cue started to painted in the page, {where}: p50", ms(SEEN_S), ms(p50), "", "", size.judge(p50 < SEEN_S)
    )
    yield Figure("the same: p99", ms(SEEN_MOST_S), ms(p99), "", "", size.judge(p99 < SEEN_MOST_S))
