"""A show that is compiled slice by slice, as an editor does, and dropped on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.source import Source
from tests.benchmarks.sheets import edited, long_sheet
from tests.drawn import examples

SHEET = long_sheet(450)
SHORTER = long_sheet(120)


@examples(20)
@given(st.lists(st.tuples(st.integers(1, 120), st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_a_pass_that_is_dropped_anywhere_leaves_no_trace(edits: list[tuple[int, int, int]]) -> None:
    compiler = Compiler(Library())
    text = SHORTER
    for cue, again, slices in edits:
        text = edited(text, cue, again)
        work = compiler.begin(Source("long.cues", text)).slices()
        for _ in zip(range(slices), work, strict=False):
            pass
    whole = compiler.compile(Source("long.cues", text))
    fresh = Compiler(Library()).compile(Source("long.cues", text))
    assert whole.diagnostics == fresh.diagnostics
    assert whole.plan is not None and fresh.plan is not None
    assert [(cue.number, cue.line, cue.duration) for cue in whole.plan.cues] == [
        (cue.number, cue.line, cue.duration) for cue in fresh.plan.cues
    ]


def test_the_work_pauses_often() -> None:
    compiler = Compiler(Library())
    compiler.compile(Source("long.cues", SHEET))
    work = compiler.begin(Source("long.cues", edited(SHEET, 7, 3)))
    assert sum(1 for _ in work.slices()) > 8
    assert work.compiled.ok and len(work.plan.cues) == 450
