"""`move … over T` to a preset that the camera stores, on heads that time a recall themselves."""

from __future__ import annotations

import pytest

from cuelang.output.plan import plan_json
from tests.running.night import compiled

RIG = """
camera head "sony://10.0.0.21"
    model "{}"
    preset wide = 1
    preset close = 2 at pan 10deg tilt 5deg zoom 60%
"""


def events(line: str, model: str = "sony-ilme-fr7") -> tuple[list[str], list[tuple[str, int | None]]]:
    found = compiled(f"cue 1\n    {line}\n", RIG.format(model))
    codes = [one.code for one in found.diagnostics if one.code not in ("W605", "W612")]
    if found.plan is None:
        return codes, []
    cue = plan_json(found.plan)["cues"][0]
    return codes, [(wire.get("hex", ""), event.get("until_ms")) for event in cue["events"] for wire in event["wire"]]


@pytest.mark.parametrize("model", ["sony-ilme-fr7", "sony-brc-am7"])
@pytest.mark.parametrize("preset", [1, 2])
def test_the_camera_is_told_the_time_and_the_end_is_exact(model: str, preset: int) -> None:
    name = ("", "wide", "close")[preset]
    codes, sent = events(f"move head to {name} over 7.5s", model)
    assert codes == []
    assert [frame for frame, _ in sent][-2:] == [
        f"81 01 7e 04 67 0{preset - 1} 00 04 0b ff", f"81 01 04 3f 02 0{preset - 1} ff",
    ]  # fmt: skip
    assert {until for _, until in sent} == {7500}


def test_a_time_that_it_cannot_take_is_the_nearest_that_it_can_and_said_when_it_matters() -> None:
    codes, sent = events("move head to wide over 120s")
    assert codes == ["W607"] and {until for _, until in sent} == {99000}
    codes, sent = events("move head to wide over 7.52s")
    assert codes == [] and {until for _, until in sent} == {7500}


def test_with_an_ease_and_on_other_models_the_move_goes_to_the_position() -> None:
    codes, _ = events("move head to wide over 5s ease in_out")
    assert codes == ["E505"]
    codes, _ = events("move head to wide over 5s", "sony-brc-x400")
    assert codes == ["E505"]
