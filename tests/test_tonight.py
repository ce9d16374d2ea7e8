"""What the command line changes of a plan."""

from __future__ import annotations

import pytest

from cuelang.plan import Camera, Cue, Go, Moment, Plan, Port, Program, Settings
from cuelang.source import NOWHERE, Block
from cuelang.tonight import DEFAULT_INPUT, Usage, first_cue, listening, without

DESK = Port("desk", "osc+udp://0.0.0.0:53000", NOWHERE, allow=("10.0.0.0/24",))
PLAN = Plan(
    Settings(),
    (Camera("foh", "visca+udp://10.0.0.1:1259", None, NOWHERE), Camera("left", "sim://left", None, NOWHERE)),
    (Cue("2.5", "", "", Block("night.cues", 1), Program((Go(),), (), Moment(0, 0)), 0),),
    (),
    (),
    (),
)


def with_desk() -> Plan:
    return Plan(PLAN.settings, PLAN.cameras, PLAN.cues, (), (DESK,), ())


def test_cameras_are_left_out_by_name() -> None:
    assert [camera.disabled for camera in without(PLAN, ["left"]).cameras] == [False, True]
    with pytest.raises(Usage, match=r"no camera of that name. Did you mean “left”\?"):
        without(PLAN, ["lef"])


def test_without_inputs_osc_is_heard_on_this_machine() -> None:
    assert [port.url for port in listening(PLAN, []).inputs] == [DEFAULT_INPUT]
    assert listening(with_desk(), []).inputs == (DESK,)


def test_an_input_is_added_or_takes_the_place_of_the_sheets() -> None:
    added = listening(with_desk(), ["osc+udp://127.0.0.1:8000"]).inputs
    assert [port.name for port in added] == ["desk", "osc+udp://127.0.0.1:8000"]
    (replaced,) = listening(with_desk(), ["desk=osc+udp://0.0.0.0:9000"]).inputs
    assert (replaced.name, replaced.url, replaced.allow) == ("desk", "osc+udp://0.0.0.0:9000", DESK.allow)
    assert [port.url for port in listening(PLAN, ["osc+udp://127.0.0.1"]).inputs] == ["osc+udp://127.0.0.1:53000"]


@pytest.mark.parametrize("text", ["http://127.0.0.1:80", "osc+udp://", "osc+udp://0.0.0.0:53000", "new=osc+udp://h:1"])
def test_an_input_that_is_none_or_stands_open_is_refused(text: str) -> None:
    with pytest.raises(Usage, match="--input"):
        listening(PLAN, [text])


def test_the_first_cue_is_named_by_its_number() -> None:
    assert first_cue(PLAN, None) is None
    assert first_cue(PLAN, "2.50") == "2.5"
    for text in ("3", "two"):
        with pytest.raises(Usage, match=f"--from {text}"):
            first_cue(PLAN, text)
