"""A trigger in the words of a sheet: compiled again, the words mean the same."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.output.triggers import action_text, trigger_text
from cuelang.plain import quoted
from cuelang.plan import Plan, Trigger, When
from cuelang.source import Source

HEAD = """\
show "Words"
    fps 29.97
input desk "osc+udp://127.0.0.1:53000"
input keys "midi:Keys"
input lights "sacn://1"
    allow "10.0.0.0/24"
input buttons "http://127.0.0.1:8090"
input broker "mqtt://127.0.0.1"
switcher mixer "vmix://10.0.0.9"
    source first = 1
    source foh = 2
    source left = 3
camera foh "sim://foh"
    preset wide = 1 at pan 0deg tilt 0deg zoom 0%
camera left "sim://left"
cue 1
    wait 1s
"""

LINES = """
on osc "/a/{n}/b"
on osc "/a" with {n}, 2, "x", _, 0.5, -3 from desk
on osc "/a" with > 0.5
on osc "/{wide,tight}" with < 12
on midi note 60 channel 3
on midi note 60 released from keys
on midi control 20 above 63
on midi control 20 channel 2 below 20
on midi bend channel 1 above 100
on midi program 5
on msc go
on msc go {n} list 2 device 3 type sound from keys
on msc stop 2.5 type 3
on timecode 01:00:12;05
on timecode 10:00:00:00 from keys
on dmx 7 above 127
on dmx 7 below 20 from lights
on dmx 7 = 12
on dmx 7 = {n}
on http "/button/{n}" from buttons
on mqtt "venue/+/cue/#" with {n}, "on" from broker
on key "F12"
on every day at 09:55, 18:25:30
on every weekday at 08:00 missed within 2m
on every monday, friday at 20:00
on every sunday at 17:30 except 2026-12-27, 2027-04-04 missed within 2m
on every 30m from 09:00 to 17:00
on every 90s
on every 1.5s from 22:00 to 02:00 missed within 1h
on cron "0 55 9 * * sun"
on cron "0 55 9 1 * sun"
on once 2026-12-24 at 17:00
on program first
on off foh
on preview first
on stream lost
on record lost
on lost mixer
on back foh
""".strip().splitlines()


def plan_of(lines: str) -> Plan:
    compiled = Compiler(Library()).compile(Source("words.cues", f"{HEAD}{lines}\n"))
    assert compiled.plan is not None, [str(one) for one in compiled.diagnostics]
    return compiled.plan


def trigger(line: str) -> Trigger:
    return plan_of(f"{line} go 1").triggers[0]


@pytest.mark.parametrize("line", LINES)
def test_a_trigger_is_said_as_a_sheet_writes_it(line: str) -> None:
    said = trigger_text(trigger(line))
    assert said == line
    assert trigger(said).when == trigger(line).when


def test_every_part_of_every_trigger_is_among_the_lines() -> None:
    """A part that is new in the plan needs its words here."""
    whens = [trigger(line).when for line in LINES]
    for kind in get_args(When):
        same = [when for when in whens if type(when) is kind]
        for field in structs.fields(kind):
            values = [getattr(when, field.name) for when in same]
            assert any(field.required or value != field.default for value in values), f"{kind.__name__}.{field.name}"


@given(st.text(min_size=1, max_size=20))
def test_any_text_survives_its_quotes(text: str) -> None:
    compiled = Compiler(Library()).compile(Source("words.cues", f'{HEAD}on mqtt "venue" with {quoted(text)} go 1\n'))
    assert compiled.plan is not None
    assert compiled.plan.triggers[0].when.tests[0].value == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('on key "a" go 1', "go 1"),
        ('on key "a" stop cue 1', "stop cue 1"),
        ('on key "a" stop', "stop"),
        ('on key "a" cutting by hand', "cutting by hand"),
        ('on osc "/{n}" start {n}', "start {n}"),
        ("on midi control 1 drive foh, left pan", "drive foh, left pan"),
        ('on key "a" move foh to wide', "foh: move to wide"),
        ('on key "a" power all off', "foh, left: power off"),
        ('on key "a" tally foh off', "nothing"),  # W610: the switcher lights it
        ('on key "a" send mixer "FUNCTION Cut"', "mixer: send “FUNCTION Cut”"),  # W614
        ('on key "a" cut to first', "mixer: cut to first"),
    ],
)
def test_an_action_is_said(line: str, said: str) -> None:
    plan = plan_of(line)
    assert action_text(plan, plan.triggers[0].action) == said
