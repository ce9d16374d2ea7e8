"""What the command line changes of a plan."""

from __future__ import annotations

import pytest

from cuelang.address import port_at
from cuelang.plan import Cue, Go, Moment, Plan, Port, Program, Settings
from cuelang.sheets import Usage, cue_of, override_inputs
from cuelang.source import NOWHERE, Block

DESK = Port("desk", port_at("osc+udp://0.0.0.0:53000"), NOWHERE, allow=("10.0.0.0/24",))
PLAN = Plan(
    Settings(),
    (),
    (Cue("2.5", "", "", Block("night.cues", 1), Program((Go(),), (), Moment(0, 0)), 0),),
    (),
    (),
    (),
)


def with_desk() -> Plan:
    return Plan(PLAN.settings, PLAN.cameras, PLAN.cues, (), (DESK,), ())


def test_without_the_option_the_sheets_inputs_stay() -> None:
    assert override_inputs(PLAN, []).inputs == ()
    assert override_inputs(with_desk(), []).inputs == (DESK,)


def test_an_input_is_added_or_takes_the_place_of_the_sheets() -> None:
    added = override_inputs(with_desk(), ["osc+udp://127.0.0.1:8000"]).inputs
    assert [port.name for port in added] == ["desk", "osc+udp://127.0.0.1:8000"]
    (replaced,) = override_inputs(with_desk(), ["desk=osc+udp://0.0.0.0:9000"]).inputs
    assert (replaced.name, replaced.url, replaced.allow) == ("desk", "osc+udp://0.0.0.0:9000", DESK.allow)
    assert [port.url for port in override_inputs(PLAN, ["osc+udp://127.0.0.1"]).inputs] == ["osc+udp://127.0.0.1:53000"]


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1", "ftp://127.0.0.1:80", "osc+udp://", "osc+udp://0.0.0.0:53000", "new=osc+udp://h:1"]
)
def test_an_input_that_is_none_or_stands_open_is_refused(text: str) -> None:
    with pytest.raises(Usage, match="--input"):
        override_inputs(PLAN, [text])


def test_the_first_cue_is_named_by_its_number() -> None:
    assert cue_of(PLAN, None, "--from") is None
    assert cue_of(PLAN, "2.50", "--from") == "2.5"
    for text in ("3", "two"):
        with pytest.raises(Usage, match=f"--from {text}"):
            cue_of(PLAN, text, "--from")
