"""Orders to switchers in the pure machine: who is on air by several words, and when a cut needs a camera."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cuelang.address import parse_switcher, port_at
from cuelang.commands.switching import Cut
from cuelang.plan import Preset, Step, Switcher, SwitcherAct, SwitcherSource
from cuelang.playback.air import SwitcherWord
from cuelang.playback.effects import Begin, Switch, Withhold, WithholdOrder
from cuelang.playback.machine import Playback
from cuelang.source import NOWHERE
from tests.playback.stage import RECALL, Camera, Desk, Moment, Port, S, act, cue

SOURCES = tuple(SwitcherSource(name, name.upper(), NOWHERE, cameras=(name,)) for name in ("foh", "left"))
VISION, SIDE = (Switcher(name, parse_switcher("sim://x"), NOWHERE, SOURCES) for name in ("vision", "side"))


def cut(source, at=0, live=False):
    return Step(Moment(0, at), SwitcherAct("vision", Cut(source.upper()), source, live), NOWHERE)


def desk(*cues, switchers=(VISION,), words=None, **of_plan):
    of_plan.setdefault("interlock", "block")
    made = Desk(*cues, **of_plan)
    made.plan = replace(made.plan, switchers=switchers)
    made.playback = Playback(made.plan, time_of_day=lambda seconds, _now: seconds * S, words=words)
    return made


def says(made, name="vision", program=None, **modes):
    cameras = {"foh": "off", "left": "off"} | modes
    made.hear(made.playback.switcher(name, SwitcherWord(True, cameras, program=program), made.now))


def test_program_if_any_says_so_or_has_not_spoken_yet():
    made = desk(switchers=(VISION, SIDE))
    assert made.playback.air["foh"] is None
    says(made, foh="preview")
    assert made.playback.air["foh"] is None
    says(made, "side")
    assert made.playback.air["foh"] == "preview"
    says(made, "side", foh="program")
    assert made.playback.air["foh"] == "program"


def test_one_that_does_not_count_says_nothing_of_air():
    made = desk(switchers=(VISION, replace(SIDE, no_air=True)))
    says(made)
    says(made, "side", foh="program")
    assert made.playback.air["foh"] == "off"


def test_a_camera_that_a_cut_takes_off_waits_for_the_word():
    made = desk(cue("1", cut("foh"), act("left", RECALL)))
    says(made, left="program")
    made.ask("go")
    assert [begin.camera for begin in made.of(Begin) if begin.command == RECALL] == []
    made.until(40_000_000)
    says(made, foh="program")
    (begin,) = [begin for begin in made.of(Begin) if begin.command == RECALL]
    assert (begin.due, begin.held) == (0, 40_000_000)


def test_without_the_word_the_interlock_decides():
    made = desk(cue("1", cut("foh"), act("left", RECALL)))
    says(made, left="program")
    made.ask("go")
    (switch,) = made.of(Switch)
    made.until(50_000_000)
    made.hear(made.playback.finished(switch.job, "completed", made.now))
    made.until(2 * S)
    assert [(one.camera, one.outcome) for one in made.of(Withhold)] == [("left", "refused")]


def test_what_a_cut_brings_counts_at_once():
    made = desk(cue("1", cut("left"), act("left", RECALL)))
    says(made, foh="program")
    made.ask("go")
    assert [(one.camera, one.outcome) for one in made.of(Withhold)] == [("left", "refused")]


@pytest.mark.parametrize("outcome", ["refused", "unreachable", "timed_out"])
def test_a_cut_to_a_camera_that_did_not_arrive_is_withheld(outcome):
    night = ("foh", Camera("left", "sim://left", None, NOWHERE, presets=(Preset("door", 4, 1, 1, 1, NOWHERE),)))
    motion = replace(RECALL, preset=4)
    made = desk(cue("1", act("left", motion)), cue("2", cut("left")), cue("3", cut("left", live=True)), cameras=night)
    says(made, foh="program")
    made.ask("go")
    made.done("left", outcome)
    made.until(S).ask("go")
    (withheld,) = made.of(WithholdOrder)
    assert withheld.reason == f"left did not reach door: {outcome.replace('_', ' ')}"
    made.until(2 * S).ask("go")
    assert len(made.of(Switch)) == 1


def test_one_that_somebody_stopped_stands_where_it_is_wanted():
    made = desk(cue("1", act("left", RECALL)), cue("2", cut("left")))
    says(made, foh="program")
    made.ask("go")
    made.ask("stop")
    made.until(S).ask("go")
    assert made.of(WithholdOrder) == [] and len(made.of(Switch)) == 1


def test_a_tally_input_and_a_switcher_each_have_their_word():
    night = (Camera("foh", "sim://foh", None, NOWHERE, tally_index=1), "left")
    made = desk(cameras=night, inputs=(Port("desk", port_at("tsl+udp://127.0.0.1:8900"), NOWHERE),))
    says(made)
    assert made.playback.air == {"foh": None, "left": "off"}
    made.hear(made.playback.on_air("foh", "program", 0, "desk"))
    assert made.playback.air["foh"] == "program"
