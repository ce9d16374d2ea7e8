"""Compiling a long sheet: in a fresh process, and again after an edit."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from lark import Lark

from cuelang.lang import layout, parse
from cuelang.lang.words import CHILDREN
from tests.benchmarks import sheets
from tests.benchmarks.figures import (
    ROOT,
    Figure,
    Size,
    count,
    environment,
    percentile,
    process_seconds,
    program,
    s,
    times,
)

RUN = """
import json, sys, time
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.source import Source
from tests.benchmarks import sheets
cues = int(sys.argv[1])
text = sheets.long_sheet(cues)
compiler = Compiler(Library())
start = time.perf_counter()
assert compiler.compile(Source("long.cues", text)).plan is not None
cold = time.perf_counter() - start
edits = []
for number in range(9):
    changed = sheets.edited(text, cues // 2 + number, number)
    start = time.perf_counter()
    assert compiler.compile(Source("long.cues", changed)).plan is not None
    edits.append(time.perf_counter() - start)
print(json.dumps([cold, sorted(edits)[len(edits) // 2]]))
"""


def figures(size: Size) -> Iterator[Figure]:
    cues, runs = size.of(10_000, 10_000, 60), size.of(5, 3, 1)
    text = sheets.long_sheet(cues)
    what = f"compile a sheet of {count(cues)} cues, {count(text.count(chr(10)))} lines"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long.cues")
        path.write_text(text, encoding="utf-8")
        check, memory = process_seconds(program("check", str(path)), runs)
    inside = [_child(RUN, cues) for _ in range(runs)]
    cold, edit = (percentile([run[part] for run in inside], 50) for part in (0, 1))
    base = percentile([lark_alone(text) for _ in range(runs)], 50)
    yield Figure(
        f"{what}: `cuelang check`, the whole process",
        "5 s",
        s(check),
        f"{s(base)} (Lark alone)",
        times(check / base),
        size.judge(check <= 5),
    )
    yield Figure("the same: compiling alone", "5 s", s(cold), s(base), times(cold / base), size.judge(cold <= 5))
    yield Figure(
        "the same: one cue changed, the rest held",
        "0.2 s",
        s(edit),
        s(base),
        times(edit / base),
        size.judge(edit <= 0.2),
    )
    yield Figure("the same: memory", "300 MB", f"{memory / 1e6:.0f} MB", "", "", size.judge(memory <= 300e6))


def _child(code: str, cues: int) -> list[float]:
    run = subprocess.run(
        [sys.executable, "-c", code, str(cues)], capture_output=True, text=True, check=True, env=environment(), cwd=ROOT
    )
    found: list[float] = json.loads(run.stdout)
    return found


def lark_alone(text: str) -> float:
    """Seconds that Lark takes for every line of the text, with the same grammar and no transformer."""
    grammar = files("cuelang.lang").joinpath("grammar.lark").read_text("utf-8")
    starts = list(parse.language().options.start)
    alone = Lark(grammar, parser="lalr", lexer="basic", start=starts, maybe_placeholders=False)
    alone.lexer = alone.parser.lexer
    lines: dict[str, list[str]] = {}
    for _, block in layout.blocks(layout.clean(text)):
        for root in layout.lay_out(block).roots:
            _gather(root, "top", lines)
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for context, texts in lines.items():
            for first in range(0, len(texts), parse.CHUNK):
                alone.parse("\n".join(texts[first : first + parse.CHUNK]) + "\n", start=f"{context}_lines")
        return time.perf_counter() - start
    finally:
        gc.enable()


def _gather(line: layout.Logical, context: str, lines: dict[str, list[str]]) -> None:
    lines.setdefault(context, []).append(line.text)
    for child in line.children:
        _gather(child, CHILDREN[context][line.word], lines)
