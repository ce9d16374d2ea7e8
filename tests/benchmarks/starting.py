"""How soon a command answers, as a whole process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import sheets
from tests.benchmarks.figures import Figure, Size, ms, process_seconds, program, times


def figures(size: Size) -> Iterator[Figure]:
    runs = size.of(20, 10, 1)
    bare, _ = process_seconds([sys.executable, "-c", "pass"], runs)
    version, _ = process_seconds(program("--version"), runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.cues")
        path.write_text(sheets.SMALL, encoding="utf-8")
        process_seconds(program("check", str(path)), 1)
        check, _ = process_seconds(program("check", str(path)), runs)
    for what, took, needed in (
        ("`cuelang --version`", version, 0.1),
        ("`cuelang check` of a small sheet", check, 0.15),
    ):
        yield Figure(
            what, ms(needed), ms(took), f"{ms(bare)} (`python -c pass`)", times(took / bare), size.judge(took <= needed)
        )
