"""`aside`: a cue beside the list, fired by its number, a trigger or a button."""

from __future__ import annotations

import pytest

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.records import CueRecord, StandbyRecord, TriggerRecord
from cuelang.source import Source
from tests.lang.compiling import compiled as compiled_text

SHEET = """\
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
cue 1
    note "one"
cue 1.5 "Applause"
    aside
    move foh to pan 40deg tilt 0deg
cue 2
    note "two"
    move foh to wide
section "Extras" aside
cue 90
    note "ninety"
section "Act II"
cue 91
    note "the end"
"""


def compiled() -> Plan:
    plan = Compiler(Library()).compile(Source("night.cues", SHEET)).plan
    assert plan is not None
    return plan


def started(script: str) -> list[str]:
    found = rehearse(compiled(), script=parse(script))
    return [one.cue for one in found.records if isinstance(one, CueRecord) and one.state == "started"]


def test_go_and_back_pass_it_by() -> None:
    assert started("0s go\n5s go\n10s go\n") == ["1", "2", "91"]
    found = rehearse(compiled(), script=parse("0s go\n1s go\n2s back\n3s back\n"))
    assert [one.cue for one in found.records if isinstance(one, StandbyRecord)] == ["2", "91", "2", "1"]


def test_a_number_fires_it_and_standby_stays() -> None:
    found = rehearse(compiled(), script=parse("0s go 1.5\n20s go\n"))
    assert [one.cue for one in found.records if isinstance(one, CueRecord) and one.state == "started"] == ["1.5", "1"]


@pytest.mark.parametrize("asked", ["standby 90", "locate 1.5"])
def test_it_neither_stands_by_nor_has_a_place(asked: str) -> None:
    found = rehearse(compiled(), script=parse(f"0s {asked}\n"))
    said = [one for one in found.records if isinstance(one, TriggerRecord)]
    assert [one.verdict for one in said] == ["refused"] and "aside" in (said[0].reason or "")


def test_the_list_is_followed_without_it() -> None:
    state = state_before(compiled(), "2")
    assert state["foh"].pan == 0


def test_where_its_cameras_are_is_not_known_when_it_begins() -> None:
    step = next(cue for cue in compiled().cues if cue.number == "1.5").program.steps[0]
    assert step.estimated and step.until is None


def test_a_rehearsal_plays_the_list() -> None:
    played = [one.cue for one in rehearse(compiled()).records if isinstance(one, CueRecord) and one.state == "started"]
    assert played == ["1", "2", "91"]


def test_the_word_is_free_as_a_name() -> None:
    result = compiled_text('camera aside "sim://a"\ncue 1\n    move aside to pan 3deg tilt 0deg\n')
    assert not [one for one in result.diagnostics if one.is_error]
