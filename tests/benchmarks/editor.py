"""The language server in a long sheet: edits at random places, as an editor sends them, and what the hand waits for."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.benchmarks import sheets
from tests.benchmarks.figures import ROOT, Figure, Size, count, environment, ms, percentile, program
from tests.sheets.editing import Desk

NAME = "long.cues"
QUESTIONS = ("completion", "hover", "documentSymbol")
DECLARED = 25
"""Edits of cues between two of a preset's declaration."""
SPOILT = 20
"""Lines with a mistake at a time: of very many the compiler names some."""
AT_ONCE, LISTED, ANSWERED = 0.1, 0.5, 0.05
"""Seconds that findings of the edited cue, those of the whole list, and an answer may take."""


def figures(size: Size) -> Iterator[Figure]:
    cues, edits = size.of(10_000, 10_000, 300), size.of(1000, 30, 4)
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measure(Path(folder), cues, edits))
    base = ms(percentile(took.pop("echo"), 50))
    where = f"the language server, a sheet of {count(cues)} cues, {count(edits)} edits"
    for name, values in took.items():
        limit = {"cue": AT_ONCE, "list": LISTED, "declared": LISTED}.get(name, ANSWERED)
        what = {
            "cue": "findings of the edited cue",
            "list": "findings of the whole list",
            "declared": "findings of the whole list after a preset has another place",
        }.get(name, f"{name}, p95")
        slow = percentile(values, 95)
        yield Figure(
            f"{where}: {what}",
            ms(limit),
            ms(slow),
            f"{base} (a request that asks nothing)",
            "",
            size.judge(slow <= limit),
        )


async def measure(folder: Path, cues: int, edits: int) -> dict[str, list[float]]:
    """Seconds by what was waited for."""
    server = subprocess.Popen(
        program("lsp"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=ROOT
    )
    assert server.stdin is not None and server.stdout is not None
    desk = Desk(folder, server.stdout.fileno(), server.stdin.fileno())
    try:
        await desk.start()
        await asyncio.wait_for(desk.open(NAME, sheets.long_sheet(cues)), 120)
        await desk.of("documentSymbol", NAME)
        took = await asyncio.wait_for(type_and_ask(desk, cues, edits), 3000)
        await desk.ask("shutdown", None)
        desk.tell("exit", None)
        await asyncio.to_thread(server.wait, 10)
        return took
    finally:
        server.kill()
        server.wait()


async def type_and_ask(desk: Desk, cues: int, edits: int) -> dict[str, list[float]]:
    chance = Random(3)
    took: dict[str, list[float]] = {
        "cue": [],
        "list": [],
        "declared": [],
        **{name: [] for name in QUESTIONS},
        "echo": [],
    }
    rows = desk.texts[NAME].split("\n")
    moves = [number for number, row in enumerate(rows) if row.startswith("    at 0s     move ")]
    uri = desk.uri(NAME)
    presets = [number for number, row in enumerate(rows) if row.startswith("    preset ")]
    spoilt: list[int] = []
    for edit in range(edits):
        if edit % DECLARED == 0:
            took["declared"].append(await declare(desk, rows, chance.choice(presets)))
        number = spoilt.pop() if len(spoilt) >= SPOILT else chance.choice(moves)
        row = rows[number]
        column = row.index(" to p") + 5
        wrong = row[column] != "x"
        spoilt = [*(one for one in spoilt if one != number), *([number] if wrong else [])]
        rows[number] = f"{row[:column]}{'x' if wrong else chance.randrange(10)}{row[column + 1 :]}"
        start, end = {"line": number, "character": column}, {"line": number, "character": column + 1}
        begun = time.perf_counter()
        desk.change(NAME, [{"range": {"start": start, "end": end}, "text": rows[number][column]}])
        version = desk.versions[NAME]
        for question in QUESTIONS:
            asked = time.perf_counter()
            await ask(desk, question, {"line": number, "character": column})
            took[question].append(time.perf_counter() - asked)
        await desk.until(lambda version=version: desk.published[uri].get("version") == version)
        took["cue"].append(desk.heard_at[uri] - begun)
        codes = [one["code"] for one in desk.published[uri]["diagnostics"] if one["range"]["start"]["line"] == number]
        assert ("E202" in codes) is wrong, codes
        at = {"start": start, "end": end}
        await desk.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": at})
        took["list"].append(time.perf_counter() - begun)
        asked = time.perf_counter()
        await desk.answer("cuelang/nothing", None)
        took["echo"].append(time.perf_counter() - asked)
    return took


async def declare(desk: Desk, rows: list[str], number: int) -> float:
    """Change the last digit of a preset's zoom. Returns how long it took until all was known again."""
    row, uri = rows[number], desk.uri(NAME)
    column = row.index("%") - 1
    rows[number] = f"{row[:column]}{(int(row[column]) + 1) % 10}{row[column + 1 :]}"
    at = {"start": {"line": number, "character": column}, "end": {"line": number, "character": column + 1}}
    begun = time.perf_counter()
    desk.change(NAME, [{"range": at, "text": rows[number][column]}])
    await desk.ask("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": at})
    return time.perf_counter() - begun


async def ask(desk: Desk, question: str, position: dict[str, int]) -> None:
    params: dict[str, Any] = {"textDocument": {"uri": desk.uri(NAME)}}
    if question != "documentSymbol":
        params["position"] = position
    await desk.ask(f"textDocument/{question}", params)
