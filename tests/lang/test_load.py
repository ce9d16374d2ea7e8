"""What a cue would load a machine with is judged before doors."""

from __future__ import annotations

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.source import Source

RIG = "".join(f'camera c{n} "visca+udp://10.0.0.{n}"\n' for n in range(1, 65))


def found(sheet: str) -> list[tuple[str, int]]:
    compiled = Compiler(Library()).compile(Source("a.cues", RIG + sheet))
    return [(d.code, d.span.line - 64) for d in compiled.diagnostics if d.code != "W605"]


@pytest.mark.parametrize("every", ["0.000001ms", "0.001ms", "0.01ms", "0.5ms"])
@pytest.mark.parametrize("times", ["forever", "3 times"])
def test_no_pass_comes_sooner_than_a_millisecond(every: str, times: str) -> None:
    assert found(f'cue 1\n    repeat {times} every {every}\n        note "x"\n') == [("E302", 2)]


def test_a_millisecond_is_enough() -> None:
    assert found('cue 1\n    repeat forever every 1ms\n        note "x"\n') == []


def test_more_commands_a_second_than_a_machine_carries() -> None:
    assert found("cue 1\n    repeat forever every 25ms\n        tally all preview\n") == [("W604", 2), ("W604", 2)]


def test_more_commands_a_second_than_a_camera_takes() -> None:
    assert found("cue 1\n    repeat forever every 40ms\n        tally c1 preview\n") == [("W604", 2)]


def test_what_all_take_is_no_finding() -> None:
    assert found("cue 1\n    repeat forever every 100ms\n        tally all preview\n") == []


def test_loops_beside_each_other_count_together() -> None:
    loop = "        repeat forever every 80ms\n            tally c1 preview\n"
    sheet = "cue 1\n    together\n" + loop + loop.replace("preview", "program")
    assert ("W604", 5) in found(sheet)


def test_passes_that_end_count_within_a_second() -> None:
    sheet = "cue 1\n    repeat 100 times every 5ms\n        tally all preview\n"
    assert found(sheet) == [("W604", 3)]
    assert found(sheet.replace("5ms", "100ms")) == []


def test_a_module_in_quotes_is_told_how_it_is_used() -> None:
    found = Compiler(Library()).compile(Source("show.cues", 'use "moves.cues"\n')).diagnostics[0]
    assert found.code == "E205" and found.hint.startswith("For the module write `use moves`.")
