"""What a plan becomes without an operator to give a GO, send OSC or stop a loop."""

from __future__ import annotations

from cuelang.commands import Tally
from cuelang.plan import (
    Beat,
    CameraAct,
    Cue,
    FireCue,
    Forever,
    Go,
    GoGiven,
    Join,
    Moment,
    OscHeard,
    Plan,
    Program,
    Settings,
    ShowNote,
    Step,
    Wait,
)
from cuelang.rehearsal.unattended import unattended
from cuelang.source import NOWHERE, Block
from cuelang.units import NS

GO = Moment(0, 0)


def cue(program: Program, number: str = "1") -> Cue:
    return Cue(number, "", "", Block("night.cues", 1), program, None)


def played(program: Program) -> Program:
    plan = Plan(Settings(), (), (cue(program),), (), (), ())
    return unattended(plan).cues[0].program


def note(at: Moment, text: str, predicted: int) -> Step:
    return Step(at, ShowNote(text), NOWHERE, predicted, predicted)


def test_waits_for_people_are_met_at_once() -> None:
    anchors = (
        Go(),
        Wait(Moment(0, NS), GoGiven(), None, NOWHERE),
        Wait(Moment(1, NS), OscHeard("/ready"), 3 * NS, NOWHERE),
    )
    program = played(Program(anchors, (note(Moment(2, 0), "on", 2 * NS),), Moment(2, 0)))
    assert program.anchors == (Go(), Join((Moment(0, NS),)), Join((Moment(1, NS),)))
    assert program.end == Moment(2, 0)


def test_a_plan_that_ends_by_itself_stays_as_it_is() -> None:
    tally = Step(GO, CameraAct("foh", Tally("program")), NOWHERE)
    plan = Plan(Settings(), (), (cue(Program((Go(),), (tally,), Moment(0, 5))),), (), (), ())
    assert unattended(plan).cues[0] is plan.cues[0]


def test_an_endless_loop_gets_three_passes_and_a_stop() -> None:
    body = Program((Go(),), (note(GO, "a", 0), note(Moment(0, NS), "b", NS)), Moment(0, 2 * NS))
    loop = Step(Moment(0, 10 * NS), Forever(5 * NS, body), NOWHERE, 10 * NS, None)
    program = played(Program((Go(),), (note(GO, "first", 0), loop), None))
    texts = [(step.act.text, step.predicted // NS) for step in program.steps if isinstance(step.act, ShowNote)]
    assert texts == [("first", 0), ("a", 10), ("b", 11), ("a", 15), ("b", 16), ("a", 20), ("b", 21)]
    beats = [anchor for anchor in program.anchors if isinstance(anchor, Beat)]
    assert {(beat.base, beat.every, beat.loop) for beat in beats} == {(Moment(0, 10 * NS), 5 * NS, 0)}
    assert [beat.after for beat in beats] == [Moment(0, 12 * NS), Moment(1, 2 * NS), Moment(2, 2 * NS)]
    stop = program.steps[-1]
    assert stop.act == FireCue("stop", "1") and stop.predicted == 25 * NS
    assert program.anchors[stop.at.anchor] == Join((Moment(3, 0),))


def test_a_loop_without_a_beat_goes_on_where_its_pass_ends() -> None:
    body = Program(
        (Go(), Wait(Moment(0, NS), GoGiven(), None, NOWHERE)),
        (note(Moment(1, 2 * NS), "a", 3 * NS),),
        Moment(1, 4 * NS),
    )
    program = played(Program((Go(),), (Step(GO, Forever(None, body), NOWHERE, 0, None),), None))
    assert program.anchors[:4] == (
        Go(),
        Join((Moment(0, NS),)),
        Join((Moment(1, 5 * NS),)),
        Join((Moment(2, 5 * NS),)),
    )
    assert [step.predicted // NS for step in program.steps] == [3, 8, 13, 15]
    assert isinstance(program.steps[-1].act, FireCue)


def test_two_loops_in_branches_both_get_their_passes() -> None:
    def loop(every: int) -> Step:
        return Step(GO, Forever(every * NS, Program((Go(),), (note(GO, str(every), 0),), GO)), NOWHERE, 0, None)

    program = played(Program((Go(),), (loop(1), loop(10)), None))
    assert program.steps[-1].predicted == 30 * NS
    assert [step.predicted // NS for step in program.steps if step.act == ShowNote("10")] == [0, 10, 20]
    assert len({beat.loop for beat in program.anchors if isinstance(beat, Beat)}) == 2
