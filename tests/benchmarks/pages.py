"""The operator's page: how soon it shows what happens, and what twenty of them cost the show."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from cuelang.units import NS
from cuelang.web.static import files
from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, percentile, times
from tests.benchmarks.stage import Show, cameras, end, line, module, show
from tests.ports import free_port

PAGES = 20


def figures(size: Size) -> Iterator[Figure]:
    yield from weight(size)
    yield from seen(size)
    yield from crowd(size)


def weight(size: Size) -> Iterator[Figure]:
    """Everything that the page is, as it goes over the wire."""
    shelf = {path: file for path, file in files().items() if path == "/" or path.endswith(".svg")}
    packed = sum(len(file.packed or file.data) for file in shelf.values())
    raw = sum(len(file.data) for file in shelf.values())
    assert all(file.packed is None or gzip.decompress(file.packed) == file.data for file in shelf.values())
    yield Figure(
        "the page, all of it, compressed",
        "60 KB",
        f"{packed / 1000:.1f} KB",
        f"{raw / 1000:.1f} KB (not compressed)",
        times(packed / raw),
        size.judge(packed < 60_000),
    )


def seen(size: Size) -> Iterator[Figure]:
    """500 cues, 64 cameras: from the console's message to the page's."""
    cues, count, desk, port = size.of(500, 500, 20), size.of(64, 64, 2), free_port(), free_port()
    asked = size.of(300, 60, 5)
    with cameras(count) as far:
        sheet = sheets.rig(far.ports, desk)
        for cue in range(1, cues + 1):
            sheet += [f"cue {cue}", f"    set cam{cue % count} iris {5 + cue % 17}", ""]
        with show("\n".join(sheet), desk, "--http", f"127.0.0.1:{port}") as live:
            first = _first_list(port)
            with pages(port, 1) as readers:
                chance = random.Random(5)
                sent = {}
                for cue in range(1, asked + 1):
                    sent[str(1 + cue % cues)] = live.osc(f"/cue/{1 + cue % cues}/start")
                    time.sleep(0.05 + chance.random() / 10)
                time.sleep(0.5)
                shown: dict[str, int] = {}
                for _, number, at in _taken(readers):
                    shown.setdefault(number, at)
    late = [(shown[number] - at) / NS for number, at in sent.items()]
    p50 = percentile(late, 50)
    yield Figure(
        f"cue started to seen in the page, {cues} cues, {count} cameras: p50",
        "50 ms",
        ms(p50),
        "",
        "",
        size.judge(p50 < 0.05),
    )
    yield Figure("the same: p99", "", ms(percentile(late, 99)), "", "", None)
    yield Figure("the same: page and whole list fetched", "300 ms", ms(first), "", "", size.judge(first < 0.3))


def crowd(size: Size) -> Iterator[Figure]:
    """Commands by the clock without pages and with twenty pages, alternately."""
    desk, port, passes = free_port(), free_port(), size.of(6, 3, 1)
    steps, alone, watched = size.of(500, 200, 20), [], []
    with cameras(4) as far:
        sheet = [*sheets.rig(far.ports, desk), "cue 1"]
        for step in range(steps):
            sheet += [f"    at {20 * step}ms", f"        set cam{step % 4} iris {5 + step % 17}"]
        with show("\n".join([*sheet, ""]), desk, "--http", f"127.0.0.1:{port}") as live:
            for _ in range(passes):
                alone += _lateness(live, steps)
                with pages(port, size.of(PAGES, PAGES, 2)):
                    watched += _lateness(live, steps)
    p99, base = percentile(watched, 99), percentile(alone, 99)
    yield Figure(
        f"dispatch lateness with {PAGES} pages: p99",
        "1.2 × without, or 1 ms",
        ms(p99),
        f"{ms(base)} (no page)",
        times(p99 / base),
        size.judge(p99 <= 1.2 * base or p99 < 0.001),
    )
    p50, base = percentile(watched, 50), percentile(alone, 50)
    yield Figure("the same: p50", "", ms(p50), ms(base), times(p50 / base), None)


def _lateness(live: Show, steps: int) -> list[float]:
    before = len(live.commands())
    live.osc("/cue/1/start")
    time.sleep(0.02 * steps)
    found = live.wait(before + steps, 10)[before:]
    return [max(1e-6, record["sent_ms"] - record["due_ms"]) / 1000 for record in found]


@contextmanager
def pages(port: int, count: int) -> Iterator[subprocess.Popen[str]]:
    child = module("readers", port, count)
    try:
        assert line(child).strip() == "ready"
        yield child
    finally:
        end(child)


def _taken(child: subprocess.Popen[str]) -> list[tuple[int, str, int]]:
    assert child.stdin is not None
    child.stdin.write("take\n")
    child.stdin.flush()
    found: list[tuple[int, str, int]] = json.loads(line(child))
    return found


def _first_list(port: int) -> float:
    """Seconds from the first request to the last byte of the page, its files and the state, one after the other."""
    begun = time.perf_counter()
    for path in (*files(), "/api/state"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            answer.read()
    return time.perf_counter() - begun
