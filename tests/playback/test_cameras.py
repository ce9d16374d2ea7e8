"""What cues do to cameras: precedence, arrivals, pauses, stops, what is on air."""

import pytest

from cuelang.address import port_at
from cuelang.commands import FOCUS, PAN_TILT, ZOOM, Drive, Focus, FocusTo, SetProperty, ZoomDrive
from cuelang.plan import Forever, Go, Moment, Program, Step
from cuelang.playback.effects import (
    Begin,
    CueChanged,
    End,
    Halt,
    Hold,
    Narrow,
    OnAir,
    Resume,
    Say,
    SendOut,
    Withhold,
)
from cuelang.source import NOWHERE
from tests.playback.stage import (
    DRIVE,
    FREEZE,
    MOVE,
    POWER_ON,
    PUSH,
    RECALL,
    Camera,
    Desk,
    OscHeard,
    Port,
    S,
    Stop,
    Tally,
    TimeOfDay,
    Track,
    act,
    arrived,
    cue,
    forever,
    note,
    send,
    wait,
)

LONG = {"length": 100 * S}
ZOOM_IN = ZoomDrive("in", 3)


def ended(desk):
    return [(end.job, end.outcome) for end in desk.of(End)]


def halted(desk):
    return [(halt.camera, set(halt.axes), halt.tracking) for halt in desk.of(Halt)]


# --- precedence --------------------------------------------------------------------------------------------

PRECEDENCE = {
    "a move takes over a drive": (DRIVE, MOVE, "superseded"),
    "a recall takes zoom from a ramp": (PUSH, RECALL, "superseded"),
    "tracking takes pan-tilt and zoom": (PUSH, Track(True), "superseded"),
    "power takes everything": (FREEZE, POWER_ON, "superseded"),
    "a stop stops": (DRIVE, Stop(), "stopped"),
    "zoom and pan-tilt are two things": (DRIVE, PUSH, None),
    "image settings are one axis each": (FREEZE, SetProperty("effect", "bw"), None),
    "the same setting later": (SetProperty("iris", "value", (3,)), SetProperty("iris", "value", (9,)), "superseded"),
    "a step is never dropped": (SetProperty("iris", "up"), SetProperty("iris", "up"), None),
    "a light is no axis": (RECALL, Tally("program"), None),
    "nothing keeps a stop from going out": (Stop(), MOVE, None),
    "what comes after power on waits for it": (POWER_ON, MOVE, None),
    "power takes over power": (POWER_ON, POWER_ON, "superseded"),
}


@pytest.mark.parametrize(("older", "newer", "outcome"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_latest_takes_precedence(older, newer, outcome):
    desk = Desk(cue("1", act("foh", older)), cue("2", act("foh", newer), act("left", newer)))
    desk.ask("go")
    desk.until(S).ask("go", "2")
    assert ended(desk) == ([(1, outcome)] if outcome else [])
    assert [type(effect) for effect in desk.log if isinstance(effect, Begin | End)][:2] == (
        [Begin, End] if outcome else [Begin, Begin]
    )


NARROWED = {
    "a ramp takes zoom from a recall": (RECALL, PUSH, {ZOOM}),
    "a focus mode takes focus from a recall": (RECALL, Focus("auto"), {FOCUS}),
    "a drive takes pan-tilt from a move, which zooms on": (MOVE, DRIVE, {PAN_TILT}),
}


@pytest.mark.parametrize(("older", "newer", "lost"), NARROWED.values(), ids=NARROWED)
def test_a_move_that_loses_one_axis_goes_on_with_the_others(older, newer, lost):
    desk = Desk(cue("1", act("foh", older)), cue("2", act("foh", newer)))
    desk.ask("go")
    desk.until(S).ask("go", "2")
    assert [(effect.job, set(effect.axes)) for effect in desk.of(Narrow)] == [(1, lost)]
    assert ended(desk) == [] and ("1", "done") not in desk.cues
    desk.hear(desk.playback.finished(1, "completed", 2 * S))
    assert ("1", "done") in desk.cues


def test_a_recall_that_has_only_its_focus_left_ends():
    desk = Desk(cue("1", act("foh", RECALL)), cue("2", act("foh", PUSH), act("foh", DRIVE)))
    desk.ask("go")
    desk.until(S).ask("go", "2")
    assert ended(desk) == [(1, "superseded")] and ("1", "done") in desk.cues


def test_settings_of_one_instant_are_all_sent():
    desk = Desk(
        cue("1", act("foh", Focus("manual")), act("foh", FocusTo(7)), act("foh", FREEZE), act("foh", FREEZE), **LONG)
    )
    desk.ask("go")
    assert len(desk.begun) == 4
    assert ended(desk) == []


def test_of_two_cues_at_one_instant_the_newer_has_the_last_word():
    desk = Desk(cue("1", act("foh", PUSH, at=S), **LONG), cue("2", act("foh", PUSH, at=S), **LONG))
    desk.ask("go")
    desk.ask("go", "2")
    desk.until(S)
    assert ended(desk) == [(1, "superseded")]


def test_a_displaced_cue_is_done_and_a_late_report_says_nothing_new():
    desk = Desk(cue("1", act("foh", PUSH)), cue("2", act("foh", PUSH), **LONG))
    desk.ask("go")
    desk.until(S).ask("go", "2")
    assert ("1", "done") in desk.cues
    before = len(desk.log)
    assert desk.playback.finished(1, "superseded", S) == []
    assert len(desk.log) == before


# --- done and wait for -------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["completed", "sent", "refused", "timed_out", "unreachable"])
def test_a_cue_is_done_when_its_clock_and_all_that_it_set_going_are(outcome):
    desk = Desk(cue("1", act("foh", RECALL), act("left", PUSH), length=2 * S))
    desk.ask("go")
    desk.until(S).done("foh", outcome).until(3 * S)
    assert desk.cues == [("1", "started")]
    desk.until(4 * S).done("left", outcome)
    assert desk.of(CueChanged)[-1].at == 4 * S
    assert desk.cues[-1] == ("1", "done")


def test_wait_for_cameras_counts_from_their_arrival():
    desk = Desk(cue("1", act("foh", RECALL), note("there", at=S, anchor=1), waits=(arrived("foh", at=2 * S),)))
    desk.ask("go")
    desk.until(5 * S).done("foh").until(9 * S)
    assert [say.at for say in desk.of(Say)] == [6 * S]


def test_wait_for_looks_at_everybodys_work_and_at_all_cameras_named():
    desk = Desk(
        cue("1", act("foh", RECALL), act("left", RECALL)),
        cue("2", note("there", anchor=1), waits=(arrived("foh", "left"),)),
    )
    desk.ask("go")
    desk.ask("go", "2")
    desk.until(S).done("foh")
    assert desk.of(Say) == []
    desk.until(2 * S).done("left")
    assert [say.at for say in desk.of(Say)] == [2 * S]


def test_idle_and_left_out_cameras_are_there_at_once():
    night = (Camera("foh", "sim://foh", None, NOWHERE), Camera("left", "sim://left", None, NOWHERE, disabled=True))
    desk = Desk(cue("1", act("left", RECALL), note("there", anchor=1), waits=(arrived("left", "foh"),)), cameras=night)
    desk.ask("go")
    (withheld,) = desk.of(Withhold)
    assert (withheld.outcome, withheld.due) == ("disabled", 0)
    assert [say.at for say in desk.of(Say)] == [0]
    assert desk.cues[-1] == ("1", "done")


def test_a_wait_in_vain_goes_on_at_its_limit_and_says_so():
    desk = Desk(cue("1", act("foh", RECALL), note("on", anchor=1), waits=(arrived("foh", at=S, up_to=3 * S),)))
    desk.ask("go")
    desk.until(9 * S)
    assert [(say.at, say.kind) for say in desk.of(Say)] == [(4 * S, "warning"), (4 * S, "note")]
    assert "3 s waiting for foh" in desk.of(Say)[0].text


def test_ten_thousand_waits_of_100_ms_end_at_1000_s():
    desk = Desk(cue("1", *(note(str(k), at=k * S // 10) for k in range(10_000)), length=1000 * S))
    desk.ask("go")
    desk.until(2000 * S)
    assert [say.at for say in desk.of(Say)] == [k * S // 10 for k in range(10_000)]
    assert desk.of(CueChanged)[-1].at == 1000 * S


def test_dues_count_from_go_however_late_the_machine_is_woken():
    desk = Desk(cue("1", *(act("foh", Tally("program"), at=k * S) for k in range(1, 4)), length=3 * S), cue("2"))
    desk.ask("go")
    desk.hear(desk.playback.wake(9 * S + 123))
    assert [due for due, *_ in desk.begun] == [S, 2 * S, 3 * S]


def test_a_message_that_comes_before_the_machine_has_opened_its_wait_meets_it():
    looped = Program((Go(), wait(OscHeard("/x"), S)), (note("heard", anchor=1),), Moment(1, 0))
    desk = Desk(
        cue("1", note("heard", anchor=1), waits=(wait(OscHeard("/x"), S),)),
        cue("2", act("foh", PUSH)),
        cue("3", Step(Moment(0, 0), Forever(None, looped), NOWHERE)),
    )
    assert not desk.playback.hears
    desk.ask("go")
    assert desk.playback.hears
    desk.hear(desk.playback.osc("/x", 2 * S))
    assert [say.text for say in desk.of(Say)] == ["heard"] and not desk.playback.hears
    desk.until(3 * S).ask("start", "2")
    assert not desk.playback.hears
    desk.ask("start", "3")
    assert desk.playback.hears


def test_wait_for_osc_and_until_a_time_of_day():
    desk = Desk(
        cue("1", note("osc", anchor=1), note("seven", anchor=2), waits=(wait(OscHeard("/go/1")), wait(TimeOfDay(7)))),
        cue("2", note("past", anchor=1), waits=(wait(TimeOfDay(1)),)),
    )
    desk.ask("go")
    desk.hear(desk.playback.osc("/go/2", S))
    assert desk.of(Say) == []
    desk.hear(desk.playback.osc("/go/[0-1]", 2 * S))
    desk.until(6 * S).ask("go", "2")
    assert [(say.at, say.text) for say in desk.of(Say)] == [(2 * S, "osc"), (6 * S, "past")]
    desk.until(8 * S)
    assert (desk.of(Say)[-1].at, desk.of(Say)[-1].text) == (7 * S, "seven")


def test_an_endless_cue_goes_on_until_it_is_stopped():
    desk = Desk(cue("1", forever(act("foh", Tally("preview")), every=10 * S, length=S)))
    desk.ask("go")
    desk.until(25 * S)
    assert [due for due, *_ in desk.begun] == [0, 10 * S, 20 * S]
    desk.ask("stop", "1")
    assert desk.playback.due is None


def test_what_is_sent_out():
    desk = Desk(cue("1", send("/eos/go", at=S), length=S))
    desk.ask("go")
    desk.until(S)
    (sent,) = desk.of(SendOut)
    assert (sent.output, sent.address, sent.due, sent.arguments) == ("eos", "/eos/go", S, (1,))


# --- drives without end ------------------------------------------------------------------------------------


def test_a_drive_without_end_does_not_hold_its_cue_and_is_stopped_all_the_same():
    desk = Desk(cue("1", act("foh", DRIVE), act("left", ZOOM_IN)), cue("2", act("right", DRIVE)))
    desk.ask("go")
    assert desk.cues[-1] == ("1", "done")
    desk.done("foh").done("left")
    desk.ask("go", "2")
    desk.done("right")
    desk.ask("stop", "1")
    assert halted(desk) == [("foh", {PAN_TILT}, False), ("left", {ZOOM}, False)]
    desk.ask("stop")
    assert halted(desk)[2:] == [("right", {PAN_TILT}, False)]
    desk.ask("stop")
    assert len(halted(desk)) == 3


@pytest.mark.parametrize(("outcome", "stops"), [("completed", 1), ("timed_out", 1), ("unreachable", 1), ("refused", 0)])
def test_a_drive_that_may_have_begun_is_stopped(outcome, stops):
    desk = Desk(cue("1", act("foh", DRIVE), **LONG))
    desk.ask("go")
    desk.done("foh", outcome)
    desk.ask("stop")
    assert len(halted(desk)) == stops


def test_the_stop_of_a_displaced_drive_is_not_sent():
    desk = Desk(cue("1", act("foh", DRIVE), **LONG), cue("2", act("foh", MOVE)))
    desk.ask("go")
    desk.done("foh")
    desk.until(S).ask("go", "2")
    desk.ask("stop", "1")
    assert halted(desk) == []
    assert ended(desk) == []


def test_what_a_half_displaced_move_still_moves_is_its_cues_to_stop():
    desk = Desk(cue("1", act("foh", RECALL), **LONG), cue("2", act("foh", PUSH), **LONG))
    desk.ask("go")
    desk.until(S).ask("go", "2")
    desk.ask("stop", "1")
    (end,) = desk.of(End)
    assert (end.job, end.outcome, end.stops) == (1, "stopped", True)


def test_tracking_goes_off_when_what_switched_it_on_is_stopped():
    desk = Desk(cue("1", act("foh", Track(True))))
    desk.ask("go")
    desk.done("foh")
    desk.ask("stop")
    assert halted(desk) == [("foh", {"pan_tilt", "zoom"}, True)]


# --- pause, stop, panic ------------------------------------------------------------------------------------


def test_pause_freezes_and_resume_carries_on_from_the_same_offset():
    desk = Desk(cue("1", act("foh", PUSH), act("left", RECALL, at=3 * S), length=4 * S))
    desk.ask("go")
    desk.until(2 * S).ask("pause")
    assert [hold.job for hold in desk.of(Hold)] == [1]
    assert desk.playback.due is None
    desk.until(12 * S).ask("resume")
    assert desk.of(Resume) == [Resume(1, 10 * S)]
    desk.until(14 * S).done("foh").done("left")
    assert [due for due, *_ in desk.begun] == [0, 13 * S]
    assert desk.cues == [("1", "started"), ("1", "paused"), ("1", "resumed"), ("1", "done")]


def test_pause_of_one_cue_leaves_the_others():
    desk = Desk(cue("1", act("foh", PUSH), **LONG), cue("2", act("left", PUSH), note("on", at=3 * S), **LONG))
    desk.ask("go")
    desk.ask("go", "2")
    desk.ask("pause", "1")
    assert [hold.job for hold in desk.of(Hold)] == [1]
    desk.until(3 * S)
    assert [say.at for say in desk.of(Say)] == [3 * S]


def test_a_drive_without_end_stops_in_a_pause_and_is_sent_again():
    desk = Desk(cue("1", act("foh", DRIVE), **LONG))
    desk.ask("go")
    desk.done("foh")
    desk.until(S).ask("pause")
    assert halted(desk) == [("foh", {PAN_TILT}, False)]
    desk.until(5 * S).ask("resume")
    assert desk.begun == [(0, "foh", "drive"), (5 * S, "foh", "drive")]


def test_a_drive_that_the_camera_takes_during_a_pause_is_sent_again_after_it():
    desk = Desk(cue("1", act("foh", DRIVE), **LONG))
    desk.ask("go")
    desk.until(S).ask("pause")
    desk.done("foh").until(5 * S).ask("resume")
    assert desk.begun == [(0, "foh", "drive"), (5 * S, "foh", "drive")]
    assert desk.of(Resume) == []


def test_a_drive_that_a_pause_has_stopped_needs_no_other_stop():
    desk = Desk(cue("1", act("foh", DRIVE), **LONG))
    desk.ask("go")
    desk.done("foh").until(S).ask("pause")
    desk.ask("stop")
    assert halted(desk) == [("foh", {PAN_TILT}, False)]


def test_a_pause_leaves_tracking_on():
    desk = Desk(cue("1", act("foh", Track(True)), **LONG))
    desk.ask("go")
    desk.done("foh").until(S).ask("pause")
    desk.until(5 * S).ask("resume")
    assert halted(desk) == []
    assert len(desk.begun) == 1


def test_a_resumed_cue_does_not_take_a_camera_back():
    desk = Desk(cue("1", act("foh", DRIVE), act("left", PUSH), **LONG), cue("2", act("foh", MOVE), act("left", RECALL)))
    desk.ask("go")
    desk.done("foh")
    desk.until(S).ask("pause", "1")
    desk.ask("go", "2")
    desk.until(5 * S).ask("resume", "1")
    assert len(desk.begun) == 4
    assert desk.of(Resume) == []


def test_while_a_cue_is_paused_its_waits_are_not_met_but_arrivals_count_on_resume():
    heard = cue("1", note("heard", anchor=1), waits=(wait(OscHeard("/x")),))
    there = cue("2", note("there", anchor=1), waits=(arrived("foh"),))
    late = cue("4", note("late", anchor=1), waits=(wait(TimeOfDay(7)),))
    desk = Desk(heard, there, cue("3", act("foh", RECALL)), late)
    for number in ("3", "1", "2", "4"):
        desk.ask("go", number)
    for number in ("1", "2", "4"):
        desk.until(desk.now + 200_000_000).ask("pause", number)
    desk.until(2 * S).done("foh")
    desk.hear(desk.playback.osc("/x", 2 * S))
    desk.until(9 * S)
    assert desk.of(Say) == []
    desk.ask("resume")
    assert sorted((say.text, say.at) for say in desk.of(Say)) == [("late", 9 * S), ("there", 9 * S)]
    desk.hear(desk.playback.osc("/x", 10 * S))
    assert desk.of(Say)[-1].at == 10 * S


def test_stop_ends_what_the_cue_set_going_and_sends_nothing_more():
    desk = Desk(cue("1", act("foh", PUSH), act("left", RECALL), act("right", RECALL, at=3 * S)), cue("2"))
    desk.ask("go")
    desk.until(S).done("left")
    desk.ask("stop", "1")
    desk.until(99 * S)
    assert ended(desk) == [(1, "stopped")]
    assert len(desk.begun) == 2
    assert desk.cues == [("1", "started"), ("1", "stopped")]


def test_restart_stops_and_starts_anew():
    desk = Desk(cue("1", act("foh", PUSH), act("foh", Tally("off"), at=3 * S), restart=True, **LONG))
    desk.ask("go")
    desk.until(2 * S).ask("go", "1")
    desk.until(4 * S)
    assert desk.cues == [("1", "started"), ("1", "stopped"), ("1", "started")]
    assert ended(desk) == [(1, "stopped")]
    assert [due for due, *_ in desk.begun] == [0, 2 * S]


def test_panic_stops_every_camera_and_everything_that_waits():
    night = ("foh", "left", Camera("right", "sim://right", None, NOWHERE, disabled=True))
    desk = Desk(
        cue("1", act("foh", PUSH), act("foh", Tally("program")), **LONG),
        cue("2", waits=(wait(OscHeard("/x")),)),
        cue("3", follow=5 * S),
        cue("4", act("left", DRIVE)),
        cameras=night,
    )
    for number in ("1", "2", "3", "4"):
        desk.ask("go", number)
    desk.done("left")
    desk.ask("pause", "1")
    desk.ask("panic")
    assert (1, "stopped") in ended(desk)
    everything = {PAN_TILT, ZOOM, FOCUS}
    assert halted(desk) == [("foh", everything, True), ("left", everything, True)]
    assert desk.playback.runs(0) == ()
    assert desk.playback.due is None
    assert desk.playback.air["foh"] == "program"


# --- on air ------------------------------------------------------------------------------------------------

INTERLOCK = {
    "off": ({"interlock": "off"}, {}, ["foh"], [], 0),
    "warn sends and warns": ({"interlock": "warn"}, {}, ["foh"], [], 1),
    "block withholds": ({"interlock": "block"}, {}, [], ["foh"], 0),
    "a schedule always blocks": ({"interlock": "off"}, {"schedule": True}, [], ["foh"], 0),
}


@pytest.mark.parametrize(("settings", "request_", "sent", "withheld", "warnings"), INTERLOCK.values(), ids=INTERLOCK)
@pytest.mark.parametrize("mode", ["program", None], ids=["on program", "unknown"])
def test_interlock(settings, request_, sent, withheld, warnings, mode):
    moves = cue("1", act("foh", RECALL), act("foh", PUSH, live=True), act("foh", SetProperty("iris", "up")))
    desk = Desk(moves, air={"foh": mode}, **settings)
    desk.ask("go", "1", **request_)
    assert [begin.camera for begin in desk.of(Begin)] == [*sent, "foh", "foh"]
    assert [(one.camera, one.outcome) for one in desk.of(Withhold)] == [(camera, "refused") for camera in withheld]
    assert len(desk.of(Say)) == warnings
    assert all(one.reason for one in desk.of(Withhold))


@pytest.mark.parametrize("mode", ["preview", "off"])
def test_off_air_nothing_is_asked(mode):
    desk = Desk(cue("1", act("foh", RECALL)), air={"foh": mode}, interlock="block")
    desk.ask("go")
    assert desk.of(Withhold) == []


def test_the_sheets_tally_lines_say_what_is_on_air_when_they_run():
    desk = Desk(
        cue(
            "1",
            act("foh", Tally("program"), at=S),
            act("foh", RECALL, at=S),
            act("foh", Tally("off"), at=2 * S),
            act("foh", RECALL, at=2 * S),
            length=2 * S,
        ),
        interlock="block",
    )
    assert desk.playback.air == {"foh": "off", "left": "off", "right": "off"}
    desk.ask("go")
    desk.until(9 * S)
    assert desk.of(OnAir) == [OnAir("foh", "program"), OnAir("foh", "off")]
    assert [one.due for one in desk.of(Withhold)] == [S]


def test_program_only_switches_off_who_is_on_program_at_that_instant():
    only = [act(camera, Tally("off"), only=True) for camera in ("left", "right")]
    desk = Desk(cue("1", *only, act("foh", Tally("program"))), air={"left": "program", "right": "preview"})
    desk.ask("go")
    assert desk.of(OnAir) == [OnAir("left", "off"), OnAir("foh", "program")]
    assert [begin.camera for begin in desk.of(Begin)] == ["left", "foh"]


def test_a_tally_input_decides_and_drives_the_lights():
    night = (Camera("foh", "sim://foh", None, NOWHERE, tally_index=3), "left")
    tsl = Port("switcher", port_at("tsl+udp://0.0.0.0:8901"), NOWHERE)
    desk = Desk(
        cue("1", act("foh", Tally("off")), act("left", Tally("program")), act("foh", RECALL)),
        cameras=night,
        inputs=(tsl,),
        interlock="block",
        air={"foh": "off"},
    )
    assert desk.playback.air == {"foh": None, "left": "off"}
    desk.ask("go")
    assert [(one.camera, one.outcome) for one in desk.of(Withhold)] == [("foh", "superseded"), ("foh", "refused")]
    assert desk.of(OnAir) == [OnAir("left", "program")]
    desk.hear(desk.playback.on_air("foh", "preview", S))
    desk.hear(desk.playback.on_air("foh", "preview", S))
    assert desk.of(OnAir)[1:] == [OnAir("foh", "preview")]
    assert desk.of(Begin)[-1].command == Tally("preview")
    desk.done("left").until(2 * S).ask("go", "1")
    assert desk.begun[-1] == (2 * S, "foh", "move")


def test_air_stays_over_a_reload():
    desk = Desk(cue("1", act("foh", Tally("program"))))
    desk.ask("go")
    desk.hear(desk.playback.load(desk.plan, S))
    assert desk.playback.air["foh"] == "program"


def test_what_an_input_that_no_sheet_declares_said_stays_over_a_reload():
    desk = Desk(cue("1", act("foh", Tally("off")), act("foh", RECALL)), interlock="block")
    desk.hear(desk.playback.on_air("foh", "program", S, "arbiter"))
    desk.hear(desk.playback.load(desk.plan, S))
    assert desk.playback.air["foh"] == "program"
    desk.until(2 * S).ask("go", "1")
    assert [(one.camera, one.outcome) for one in desk.of(Withhold)] == [("foh", "superseded"), ("foh", "refused")]


def test_a_drive_with_an_end_holds_its_cue():
    desk = Desk(cue("1", act("foh", Drive("left", 5, 5, duration=2 * S))))
    desk.ask("go")
    assert desk.cues == [("1", "started")]
    desk.until(2 * S).done("foh")
    assert desk.cues[-1] == ("1", "done")
    desk.ask("stop")
    assert desk.of(Halt) == []
