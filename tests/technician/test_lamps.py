"""Lamps, one after the other, with a person in front of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cuelang import clock, rig
from cuelang.commands import TallyMode
from cuelang.devices.picture_store import NullStore
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.simulator.body import Body
from cuelang.source import Source
from cuelang.technician.lamps import LampCheck, walk
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import ONLY_EYES, Checked, lamps_seen

RIG = """\
camera foh "sim://foh"
camera left "sim://left"
    model "sony-brc-x400"
camera old "pelco-d:///dev/ttyUSB0?address=2"
cue 1
    zoom foh to 20%
"""


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> dict[str, Body]:
    """The simulated cameras by name."""
    made: dict[str, Body] = {}

    class Kept(Body):
        def __init__(self, model: object, name: str = "", *rest: object, **more: object) -> None:
            super().__init__(model, name, *rest, **more)  # type: ignore[arg-type]
            made[name] = self

    monkeypatch.setattr(rig, "Body", Kept)
    return made


def walked(
    bodies: dict[str, Body], sees: Mapping[str, bool], air: Mapping[str, TallyMode] | None = None
) -> tuple[list[LampCheck], list[str]]:
    """What came of it, and who was asked for."""
    plan = Compiler(Library()).compile(Source("night.cues", RIG)).plan
    assert plan is not None
    asked: list[str] = []

    async def evening() -> list[LampCheck]:
        pictures = rig.PictureOptions(NullStore())
        drivers = {camera.name: rig.simulated(camera, pictures=pictures) for camera in plan.cameras}

        async def ask(name: str) -> bool:
            assert [each for each, body in bodies.items() if body.tally != "off"] == [name]
            asked.append(name)
            return sees[name]

        return await walk(plan.cameras, OnAirReport(air or {}), ask, drivers)

    return clock.run(evening(), kind="virtual"), asked


def test_one_lamp_after_the_other_is_lit_and_asked_for(bodies: dict[str, Body]) -> None:
    found, asked = walked(bodies, {"foh": True, "left": False})
    assert asked == ["foh", "left"]
    assert found == [
        LampCheck("foh", True),
        LampCheck("left", False),
        LampCheck("old", None, "It has no lamp that a show can light."),
    ]
    assert all(body.tally == "off" for body in bodies.values())


def test_a_camera_on_program_keeps_its_light(bodies: dict[str, Body]) -> None:
    found, asked = walked(bodies, {"left": True}, {"foh": "program"})
    assert asked == ["left"] and found[0].why == "It is on program: its lamp was left alone."


def test_what_was_seen_is_in_the_table() -> None:
    rows = [Checked("foh", "", "yes", notes=[ONLY_EYES]), Checked("left", "", "yes"), Checked("old", "", "yes")]
    lamps_seen(rows, [LampCheck("foh", True), LampCheck("left", False), LampCheck("old", None, "It has no lamp.")])
    assert [row.tally for row in rows] == ["seen", "NOT SEEN", "–"]
    assert rows[0].notes == [] and rows[2].notes == ["It has no lamp."]
    assert rows[1].wrong == ["Its tally lamp was lit, but was not seen."]
