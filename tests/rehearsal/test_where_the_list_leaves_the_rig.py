"""Played to its end, a list leaves the simulated cameras where the plan says that it does."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.state import state_json
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.records import EndRecord
from cuelang.source import Source
from tests.rehearsal.sheets_at_random import lists


def agree(said: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether a camera is where the plan knows it to be; what it does not know may be anything."""
    if said["estimated"]:
        return True
    return all(said[axis] is None or abs(said[axis] - found[axis]) < 0.1 for axis in ("pan", "tilt", "zoom"))


@settings(max_examples=60, deadline=None)
@given(lists())
def test_a_list_that_is_played_leaves_the_cameras_where_the_plan_says(text: str) -> None:
    plan = Compiler(Library()).compile(Source("night.cues", text)).plan
    assume(plan is not None)
    assert plan is not None
    script = parse("".join(f"{1000 * number}s go {number}\n" for number in range(1, 6)))
    end = rehearse(plan, script=script).records[-1]
    assert isinstance(end, EndRecord) and end.cameras is not None
    said = state_json(plan, state_before(plan, "6"), "6", 0)["cameras"]
    for name, camera in said.items():
        assert agree(camera, end.cameras[name]), (name, camera, end.cameras[name])
