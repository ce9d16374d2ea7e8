"""The language server in a long sheet: edits at random places, as an editor sends them, and what the hand waits for."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
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
CUE, WHOLE = "findings of the edited cue", "findings of the whole list"
WHOLE_AFTER_PRESET = f"{WHOLE} after a preset has another place"
ONE_BY_ONE, AT_ONCE_ASKED, AT_REST = "asked one by one after a key", "asked at once with the key", "asked at rest"
WHILE_COMPILED = "asked one by one after a key that comes while the list is compiled"
INTERRUPTED = 10
"""Edits between two such keys."""
BEGUN_S = 0.06
"""Seconds after a key in which the server has begun to compile the list, and has not ended."""
ANSWERED = 0.05
LONG = 1_000_000
"""Bytes of an answer that this client does not take apart: to do so takes it longer than the server took."""
LONGEST_S = 3600
"""Seconds after which no further edits are made, on a machine that is busy."""
PATIENCE_S = 300
"""Seconds for any answer: the machine may be busy."""
LIMITS = {CUE: 0.1, WHOLE: 0.5}
"""Seconds that these may take, and any other answer."""


def figures(size: Size) -> Iterator[Figure]:
    cues, edits = size.of(10_000, 10_000, 300), size.of(1000, 100, 4)
    with tempfile.TemporaryDirectory() as folder:
        took, spent = asyncio.run(measure(Path(folder), cues, edits))
    echo = took.pop("echo")
    base = percentile(echo, 50)
    where = f"the language server, a sheet of {count(cues)} cues, {count(len(echo))} edits"
    for name, values in took.items():
        limit = next((limit for begin, limit in LIMITS.items() if name.startswith(begin)), ANSWERED)
        slow, usual = percentile(values, 95), percentile(values, 50)
        yield Figure(
            f"{where}: {name}: p95 (p50)",
            ms(limit),
            f"{ms(slow)} ({ms(usual)})",
            f"{ms(base)} (a request that asks nothing, p50)",
            f"{usual / base:.1f} (p50)",
            size.judge(slow <= limit),
        )
    for name, values in spent.items():
        if values:
            measured = f"{ms(percentile(values, 95))} ({ms(percentile(values, 50))})"
            yield Figure(f"{where}: {name}, the server's processor time: p95 (p50)", "", measured, "", "", None)


async def measure(folder: Path, cues: int, edits: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds by what was waited for: of the clock, and of the server's processor time."""
    server = subprocess.Popen(
        program("lsp"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=ROOT
    )
    assert server.stdin is not None and server.stdout is not None
    desk = Desk(folder, server.stdout.fileno(), server.stdin.fileno())
    try:
        desk.patience, desk.longest = PATIENCE_S, LONG
        await desk.start()
        await desk.open(NAME, sheets.long_sheet(cues))
        await asking(desk, "documentSymbol", {})
        typing = Typing(desk, server.pid)
        await typing.edits(edits)
        await desk.ask("shutdown", None)
        desk.tell("exit", None)
        await asyncio.to_thread(server.wait, 10)
        return typing.took, typing.spent
    finally:
        server.kill()
        server.wait()


def processor(pid: int) -> float:
    """Seconds of processor time that a process has had; 0 where the system does not say it so finely."""
    ran = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            ran += int(thread.read_text().split()[0])
    return ran / 1e9


class Typing:
    """A hand that types, and an editor that asks after each key: now one question after another, now all at once; and
    each again by itself, when nothing is under way any more."""

    def __init__(self, desk: Desk, pid: int) -> None:
        self.desk = desk
        self.pid = pid
        self.uri = desk.uri(NAME)
        self.rows = desk.texts[NAME].split("\n")
        self.moves = [number for number, row in enumerate(self.rows) if row.startswith("    at 0s     move ")]
        self.presets = [number for number, row in enumerate(self.rows) if row.startswith("    preset ")]
        self.spoilt: list[int] = []
        self.chance = Random(3)
        self.took: dict[str, list[float]] = {"echo": []}
        self.spent: dict[str, list[float]] = {}

    def note(self, name: str, seconds: float) -> None:
        self.took.setdefault(name, []).append(seconds)

    async def edits(self, count: int) -> None:
        until = time.perf_counter() + LONGEST_S
        for edit in range(count):
            if time.perf_counter() > until:
                print(f"stopped after {edit} of {count} edits", file=sys.stderr, flush=True)
                break
            if edit % DECLARED == 0:
                await self.timed(WHOLE_AFTER_PRESET, self.declare())
            await self.edit(AT_ONCE_ASKED if edit % 2 else ONE_BY_ONE)
            if edit % INTERRUPTED == 0:
                self.another_place()
                await asyncio.sleep(BEGUN_S)
                await self.edit(WHILE_COMPILED)
            if edit % 50 == 49:
                print(f"{edit + 1} edits", file=sys.stderr, flush=True)

    async def timed(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """By the clock, and in processor time of the server, which has nothing else to do."""
        before, begun = processor(self.pid), time.perf_counter()
        await work
        self.note(name, (self.desk.answered_at.get(self.desk.number) or time.perf_counter()) - begun)
        if spent := processor(self.pid) - before:
            self.spent.setdefault(name, []).append(spent)

    async def edit(self, manner: str) -> None:
        """Change a preset's name in a cue, and ask about it."""
        desk, rows = self.desk, self.rows
        number = self.spoilt.pop() if len(self.spoilt) >= SPOILT else self.chance.choice(self.moves)
        row = rows[number]
        column = row.index(" to p") + 5
        wrong = row[column] != "x"
        self.spoilt = [*(one for one in self.spoilt if one != number), *([number] if wrong else [])]
        rows[number] = f"{row[:column]}{'x' if wrong else self.chance.randrange(10)}{row[column + 1 :]}"
        start, end = {"line": number, "character": column}, {"line": number, "character": column + 1}
        before, begun = processor(self.pid), time.perf_counter()
        desk.change(NAME, [{"range": {"start": start, "end": end}, "text": rows[number][column]}])
        version = desk.versions[NAME]
        asked = {}
        for question in QUESTIONS:
            sent = begun if manner == AT_ONCE_ASKED else time.perf_counter()
            future = asking(desk, question, start)
            asked[question] = desk.number, sent, future
            if manner != AT_ONCE_ASKED:
                await asyncio.wait_for(future, PATIENCE_S)
        for question, (id_, sent, future) in asked.items():
            assert "error" not in await asyncio.wait_for(future, PATIENCE_S)
            self.note(f"{question}, {manner}", desk.answered_at.pop(id_) - sent)
        await desk.until(lambda: desk.published[self.uri].get("version") == version)
        self.note(f"{CUE}, {manner}", desk.heard_at[self.uri] - begun)
        listed = desk.published[self.uri]["diagnostics"]
        codes = [one["code"] for one in listed if one["range"]["start"]["line"] == number]
        assert ("E202" in codes) is wrong, codes
        await self.settled(number)
        self.note(f"{WHOLE}, {manner}", time.perf_counter() - begun)
        if manner != WHILE_COMPILED:
            self.spent.setdefault(f"{WHOLE}, with the questions", []).append(processor(self.pid) - before)
        for question in QUESTIONS:
            await self.timed(f"{question}, {AT_REST}", self.answered(question, start))
        begun = time.perf_counter()
        await desk.answer("cuelang/nothing", None)
        self.took["echo"].append(desk.answered_at.pop(desk.number) - begun)
        desk.answered_at.clear()

    async def answered(self, question: str, position: dict[str, int]) -> None:
        answer = await asyncio.wait_for(asking(self.desk, question, position), PATIENCE_S)
        assert "error" not in answer

    async def settled(self, number: int) -> None:
        """An answer that needs the whole list as it is now."""
        at = {"start": {"line": number, "character": 0}, "end": {"line": number, "character": 1}}
        await self.desk.ask("textDocument/inlayHint", {"textDocument": {"uri": self.uri}, "range": at})

    async def declare(self) -> None:
        """Give a preset another place, and wait until all is known again."""
        await self.settled(self.another_place())

    def another_place(self) -> int:
        """Change the last digit of a preset's zoom; the line."""
        number = self.chance.choice(self.presets)
        row = self.rows[number]
        column = row.index("%") - 1
        self.rows[number] = f"{row[:column]}{(int(row[column]) + 1) % 10}{row[column + 1 :]}"
        at = {"start": {"line": number, "character": column}, "end": {"line": number, "character": column + 1}}
        self.desk.change(NAME, [{"range": at, "text": self.rows[number][column]}])
        return number


def asking(desk: Desk, question: str, position: dict[str, int]) -> asyncio.Future[dict[str, Any]]:
    params: dict[str, Any] = {"textDocument": {"uri": desk.uri(NAME)}}
    if question != "documentSymbol":
        params["position"] = position
    return desk.question(f"textDocument/{question}", params)
