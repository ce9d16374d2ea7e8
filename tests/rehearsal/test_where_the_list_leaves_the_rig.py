"""Played to its end, a list leaves the simulated cameras where the plan says that it does."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.state import state_json
from cuelang.playback.located import state_before
from cuelang.playback.script import parse
from cuelang.rehearsal.rehearse import rehearse
from cuelang.simulator.body import BodySnapshot
from cuelang.simulator.settings import CHOICES, NUMBERS
from cuelang.source import Source
from tests.drawn import examples
from tests.rehearsal.sheets_at_random import compiled, lists

SETTINGS = {
    "iris": "iris", "backlight": "backlight", "white_balance": "wb_mode", "exposure": "ae_mode", "gain": "gain",
    "sharpness": "sharpness",
}  # fmt: skip
"""As the simulated camera calls what the random sheets set."""


def agree(said: dict[str, Any], found: BodySnapshot) -> bool:
    """Whether a camera is where the plan knows it to be, with the settings that it knows; what it does not know may be
    anything."""
    wanted = {SETTINGS[prop]: raw(prop, value) for prop, value in said["settings"].items() if prop in SETTINGS}
    if any(found.settings[name] != value for name, value in wanted.items() if value is not None):
        return False
    if said["focus"] is not None and found.focus_auto != (said["focus"] == "auto"):
        return False
    if said["estimated"]:
        return True
    there = {"pan": found.pan_degrees, "tilt": found.tilt_degrees, "zoom": found.zoom_percent}
    return all(said[axis] is None or abs(said[axis] - there[axis]) < 0.1 for axis in there)


def raw(prop: str, value: Any) -> int | None:
    """What a simulated camera answers for that value; None: it is not known."""
    if value is None or isinstance(value, int):
        return value
    if value == "reset":
        return NUMBERS[SETTINGS[prop]].default
    family = {"white_balance": "wb", "exposure": "ae"}.get(prop, prop)
    word = "full_auto" if (prop, value) == ("exposure", "auto") else value
    return CHOICES[SETTINGS[prop]][f"{family}.{word}"]


@examples(60)
@given(lists())
def test_a_list_that_is_played_leaves_the_cameras_where_the_plan_says(text: str) -> None:
    plan = compiled(text)
    assume(plan is not None)
    assert plan is not None
    played = [cue.number for cue in plan.cues if cue.in_list and cue.number != "6"]
    script = parse("".join(f"{1000 * at}s go {number}\n" for at, number in enumerate(played, 1)))
    left = rehearse(plan, script=script).left
    said = state_json(plan, state_before(plan, "6"), "6", 0)["cameras"]
    for name, camera in said.items():
        assert agree(camera, left[name]), (name, camera, left[name])


def test_what_is_stopped_at_the_instant_of_its_line_is_not_known() -> None:
    text = """\
camera a "sim://a"
cue 1
    set a iris 3
    focus a manual
cue 2
    wait 1s
    set a iris 7
    focus a auto
    stop cue 2
cue 3
    note "x"
"""
    plan = Compiler(Library()).compile(Source("night.cues", text)).plan
    assert plan is not None
    said = state_json(plan, state_before(plan, "3"), "3", 0)["cameras"]["a"]
    assert (said["settings"], said["focus"]) == ({"iris": None}, None)
    left = rehearse(plan, script=parse("0s go 1\n9s go 2\n")).left["a"]
    assert agree(said, left)
