"""Triggers: what fires, what it asks for, and what cannot be meant."""

from __future__ import annotations

import pytest

from cuelang import commands as c
from cuelang import plan as p
from cuelang.units import NS
from tests.lang.compiling import check, plan_of

INPUTS = """\
input desk "osc+udp://127.0.0.1:9"
input keys "midi:Keys"
input buttons "http://127.0.0.1:8090"
input lights "sacn://1?host=127.0.0.1"
"""
CUES = "cue 4\n    wait 1s\ncue 5\n    wait 1s\n"


def only(line: str) -> p.Trigger:
    (trigger,) = plan_of(f"{INPUTS}{line}\n{CUES}").triggers
    return trigger


@pytest.mark.parametrize(
    ("line", "when", "action"),
    [
        ('on osc "/a/{number}" go {number}', p.OnOsc("/a/{number}", (), None), p.CueAction("go", p.Captured("number"))),
        (
            'on osc "/gma3/cue" with {number} start {number} from desk',
            p.OnOsc("/gma3/cue", (p.OscTest("capture", "number"),), "desk"),
            p.CueAction("start", p.Captured("number")),
        ),
        (
            'on osc "/f" with > 0.5, _, "x", 3, < 4 go next',
            p.OnOsc(
                "/f",
                (
                    p.OscTest(">", 0.5),
                    p.OscTest("_", None),
                    p.OscTest("==", "x"),
                    p.OscTest("==", 3.0),
                    p.OscTest("<", 4.0),
                ),
                None,
            ),
            p.CueAction("go", p.NEXT),
        ),
        ("on midi note 60 channel 1 go next", p.OnMidi("note", 60, None, 1), p.CueAction("go", p.NEXT)),
        ("on midi control 20 above 63 go 4.0", p.OnMidi("control", 20, 63, None), p.CueAction("go", "4")),
        ("on midi program 5 go 5", p.OnMidi("program", 5, None, None), p.CueAction("go", "5")),
        (
            "on midi control 1 channel 2 drive wings pan",
            p.OnMidi("control", 1, None, 2),
            p.ControlAction(("left", "right"), "pan"),
        ),
        ("on midi note 61 released stop foh", p.OnMidi("note", 61, released=True), None),
        ("on midi control 20 below 20 go 4", p.OnMidi("control", 20, below=20), p.CueAction("go", "4")),
        ("on midi bend below 20 go 4", p.OnMidi("bend", 0, below=20), p.CueAction("go", "4")),
        (
            "on midi bend channel 1 from keys drive foh pan",
            p.OnMidi("bend", 0, channel=1, source="keys"),
            p.ControlAction(("foh",), "pan"),
        ),
        ("on midi control 3 drive foh focus", p.OnMidi("control", 3), p.ControlAction(("foh",), "focus")),
        ("on midi note 60 from keys go 4", p.OnMidi("note", 60, source="keys"), p.CueAction("go", "4")),
        ("on midi note 60 go 4 from keys", p.OnMidi("note", 60, source="keys"), p.CueAction("go", "4")),
        (
            "on midi note 60 channel 2 panic from keys",
            p.OnMidi("note", 60, None, 2, source="keys"),
            p.CueAction("panic"),
        ),
        ("on timecode 01:00:12:00 from keys go 4", p.OnTimecode(1, 0, 12, 0, False, "keys"), p.CueAction("go", "4")),
        ("on timecode 01:00:12:00 go 4 from keys", p.OnTimecode(1, 0, 12, 0, False, "keys"), p.CueAction("go", "4")),
        (
            "on msc go 4 list 2 device 3 type lighting from keys go 5",
            p.OnMsc("go", "4", None, "2", 3, range(1, 16), "keys"),
            p.CueAction("go", "5"),
        ),
        ("on msc go {n} list 2.50 go {n}", p.OnMsc("go", None, "n", "2.5"), p.CueAction("go", p.Captured("n"))),
        ("on msc stop type 0x10 stop", p.OnMsc("stop", None, None, types=range(16, 17)), p.CueAction("stop")),
        ("on dmx 401 above 127 go 4", p.OnDmx(401, above=127), p.CueAction("go", "4")),
        ("on dmx 401 below 20 go 4 from lights", p.OnDmx(401, below=20, source="lights"), p.CueAction("go", "4")),
        ("on dmx 410 = {n} go {n}", p.OnDmx(410, capture="n"), p.CueAction("go", p.Captured("n"))),
        ("on dmx 410 = 7 from lights panic", p.OnDmx(410, equals=7, source="lights"), p.CueAction("panic")),
        ("on dmx 402 drive foh focus", p.OnDmx(402), p.ControlAction(("foh",), "focus")),
        ('on http "/button/3" go 4', p.OnHttp("/button/3"), p.CueAction("go", "4")),
        (
            'on http "/cue/{n}" from buttons start {n}',
            p.OnHttp("/cue/{n}", "buttons"),
            p.CueAction("start", p.Captured("n")),
        ),
        ('on osc "/a" from desk go 4', p.OnOsc("/a", (), "desk"), p.CueAction("go", "4")),
        ("on msc go {number} go {number}", p.OnMsc("go", None, "number"), p.CueAction("go", p.Captured("number"))),
        ("on timecode 01:00:12:00 go 4", p.OnTimecode(1, 0, 12, 0, False), p.CueAction("go", "4")),
        ('on key "F12" panic', p.OnKey("F12"), p.CueAction("panic")),
        ('on key "F9" off air', p.OnKey("F9"), p.CueAction("off air")),
        ('on osc "/x" on air from desk', p.OnOsc("/x", (), "desk"), p.CueAction("on air")),
        ('on osc "/x" with 1 on air', p.OnOsc("/x", (p.OscTest("==", 1),), None), p.CueAction("on air")),
        ('on key "F8" lamps off', p.OnKey("F8"), p.CueAction("lamps off")),
        ("on midi note 60 lamps on", p.OnMidi("note", 60), p.CueAction("lamps on")),
        (
            "on every sunday, monday at 18:25, 09:55 start 4",
            p.OnDays(frozenset((0, 6)), (35_700, 66_300)),
            p.CueAction("start", "4"),
        ),
        (
            "on every sunday at 17:30 except 2026-12-27, 2027-04-04 start 4",
            p.OnDays(frozenset({6}), (63_000,), frozenset({"2026-12-27", "2027-04-04"})),
            p.CueAction("start", "4"),
        ),
        ("on every weekday at 08:00 start 4", p.OnDays(frozenset(range(5)), (28_800,)), p.CueAction("start", "4")),
        ("on every weekend at 08:00:30 start 4", p.OnDays(frozenset((5, 6)), (28_830,)), p.CueAction("start", "4")),
        ("on every day at 00:00 start 4", p.OnDays(frozenset(range(7)), (0,)), p.CueAction("start", "4")),
        (
            "on every 30m from 09:00 to 17:00 start 4",
            p.OnInterval(1800 * NS, 32_400, 61_200),
            p.CueAction("start", "4"),
        ),
        ("on every 30m start 4", p.OnInterval(1800 * NS, 0, 86_399), p.CueAction("start", "4")),
        ("on once 2026-12-24 at 17:00 start 4", p.OnOnce("2026-12-24", 61_200), p.CueAction("start", "4")),
        ('on key "a" standby 4', p.OnKey("a"), p.CueAction("standby", "4")),
        ('on key "a" standby next', p.OnKey("a"), p.CueAction("standby", p.NEXT)),
        ('on key "a" back', p.OnKey("a"), p.CueAction("back")),
        ('on key "a" stop', p.OnKey("a"), p.CueAction("stop")),
        ('on key "a" stop cue 4', p.OnKey("a"), p.CueAction("stop", "4")),
        ('on key "a" pause', p.OnKey("a"), p.CueAction("pause")),
        ('on key "a" resume 5', p.OnKey("a"), p.CueAction("resume", "5")),
        ('on key "a" reload', p.OnKey("a"), p.CueAction("reload")),
        ('on key "a" locate 4', p.OnKey("a"), p.CueAction("locate", "4")),
        ('on key "a" locate 4 go live', p.OnKey("a"), p.CueAction("locate", "4", live=True, go=True)),
        (
            'on osc "/jump/{n}" locate {n} live from desk',
            p.OnOsc("/jump/{n}", (), "desk"),
            p.CueAction("locate", p.Captured("n"), live=True),
        ),
        (
            'on osc "/jump/{n}" with {t} locate {n} at {t}',
            p.OnOsc("/jump/{n}", (p.OscTest("capture", "t"),), None),
            p.CueAction("locate", p.Captured("n"), p.Captured("t")),
        ),
        (
            "on midi note 60 locate 4 live at 500ms + 2s from keys",
            p.OnMidi("note", 60, source="keys"),
            p.CueAction("locate", "4", 2_500_000_000, True),
        ),
        ("on every 30m locate 4", p.OnInterval(1800 * NS, 0, 86_399), p.CueAction("locate", "4")),
    ],
)
def test_every_form(line, when, action):
    trigger = only(line)
    assert (trigger.when, trigger.missed) == (when, 0)
    assert trigger.action == action if action is not None else isinstance(trigger.action, p.CameraAction)


def test_cron_has_five_fields_or_six_with_seconds_first():
    five, six = only('on cron "55 9 * * 0" go 4').when, only('on cron "0 55 9 * * sun" go 4').when
    assert isinstance(five, p.OnCron) and isinstance(six, p.OnCron)
    assert five.fields == six.fields and six.fields[5] == "sun"


def test_the_words_of_triggers_stay_free_as_names():
    plan_of(
        "let below = 3s\nlet list = 2s\nlet device = 1s\nlet type = 1s\nlet released = 1s\nlet bend = 1s\n"
        "let screen = 1s\nlet http = 1s\n"
        "cue 4\n    wait below + list + device + type + released + bend + screen + http\n"
    )


def test_how_late_a_schedule_may_fire():
    assert only("on every day at 10:00 missed within 2m start 4").missed == 120 * NS


def test_a_trigger_in_a_cue_fires_it_as_go_would():
    (trigger,) = plan_of('cue 2.50\n    on osc "/x"\n    wait 1s\n').triggers
    assert trigger.action == p.CueAction("go", "2.5")


VISION = 'switcher vision "obs://127.0.0.1:4455"\n    source foh = "Cam FOH"\n'


@pytest.mark.parametrize("asked", ["cutting by hand", "cutting by sheet", "off air", "on air", "lamps off", "lamps on"])
def test_who_cuts_and_what_is_on_air_may_be_an_action(asked: str) -> None:
    (trigger,) = plan_of(f'{INPUTS}{VISION}on osc "/x" {asked} from desk\n{CUES}').triggers
    assert trigger.action == p.CueAction(asked)  # type: ignore[arg-type]
    assert trigger.when == p.OnOsc("/x", (), "desk")


def test_requests_that_are_none():
    check(
        f"""
        camera foh "visca+udp://10.0.0.31"
        {VISION.splitlines()[0]}
            source foh = "Cam FOH"
        on key "F1" off aire                          ### E208
        on key "F2" on program                        ### E208
        on key "F3" cutting by hands                  ### E208
        on key "F4" lamps program                     ### E208
        on key "F5" cutting by hand
        cue 4
            wait 1s
        """,
        rig=False,
    )


def test_without_a_switcher_nobody_cuts():
    check(
        """
        on key "F1" cutting by hand                   ### E212
        on key "F2" off air
        cue 4
            wait 1s
        """
    )


def test_the_words_of_requests_stay_free_as_names():
    found = plan_of(
        """
camera lamps "visca+udp://10.0.0.31"
    preset air = 1
    preset cutting = 2
camera cutting "visca+udp://10.0.0.32"
    preset lamps = 1
    preset hand = 2
let sheet = 3s
define air(lamps)
    wait lamps
switcher vision "obs://127.0.0.1:4455"
    source lamps = "L"
    source cutting = "C"
on program lamps lamps off
on lost cutting cutting by hand
on key "F1" cut to lamps
cue 4
    move lamps to air
    move lamps to cutting
    move cutting to hand
    move cutting to lamps
    air(sheet)
    wait for program lamps
    wait for off cutting
    take lamps
"""
    )
    assert [one.action.text for one in found.triggers[:2]] == ["lamps off", "cutting by hand"]


def test_any_camera_statement_may_be_an_action():
    (trigger,) = plan_of(f'on key "F1" move wings to door speed 3\n{CUES}').triggers
    assert isinstance(trigger.action, p.CameraAction)
    acts = [step.act for step in trigger.action.program.steps]
    assert [(act.camera, act.command) for act in acts] == [("left", c.Recall(3, 3)), ("right", c.Recall(3, 3))]


def test_what_a_trigger_cannot_mean():
    check(
        """
        on osc "/a" go {number}                       ### E208
        on osc "/a/{n}" go {m}                        ### E208
        on osc "/b" with > "x" go next                ### E301
        on osc "/c" start next                        ### E208
        on osc "/c1" locate next                      ### E208
        on osc "/c2" locate 99                        ### E203
        on osc "/c3/{n}" locate {m}                   ### E208
        on osc "/c4/{n}" locate {n} at {m}            ### E208
        on osc "/c5" locate 4 at 3                    ### E301
        on osc "/c6" locate 4 at 30%                  ### E301
        on osc "/c7" locate 4 at 2s go                ### E208
        on osc "/c8" locate 4 live live               ### E101
        on osc "/c9" locate                           ### E101
        on osc "/c10" locate home                     ### E301
        on osc "/d" move nobody to wide               ### E201
        on osc "/e" move foh to nowhere               ### E202
        on midi note 128 go next                      ### E302
        on midi note 60 channel 17 go next            ### E302
        on midi note 60 above 3 go next               ### E208
        on midi note 1 drive foh pan                  ### E208
        on midi control 1 drive foh sideways          ### E208
        on midi control 1 above 3 drive foh pan       ### E208
        on midi note 60 below 3 go next               ### E208
        on midi control 1 above 9 below 3 go next     ### E208
        on midi control 1 below 0 go next             ### E302
        on midi control 1 released go next            ### E208
        on midi bend go next                          ### E208
        on midi note 60 from nobody go next           ### E212
        on midi note 60 from desk go next             ### E208
        on osc "/f" from keys go next                 ### E208
        on timecode 01:00:00:00 from desk go next     ### E208
        on midi note 60 channel 1 channel 2 go next   ### E101
        on midi note 60 from keys go next from keys   ### E101
        on key "a" go next from keys                  ### E101
        on msc go 1 list "two" go next                ### E301
        on msc go device 128 go next                  ### E302
        on msc go type lamps go next                  ### E208
        on http "a" go next                           ### E305
        on dmx 513 above 1 go next                    ### E302
        on dmx 1 above 255 go next                    ### E302
        on dmx 1 = 256 go next                        ### E302
        on dmx 1 go next                              ### E208
        on dmx 1 above 3 below 9 go next              ### E208
        on dmx 1 above 3 drive foh pan                ### E208
        on dmx 1 above 3 from keys go next            ### E208
        on dmx 1 above 3 above 4 go next              ### E101
        on http "/a b" go next                        ### E305
        on http "/a?n=3" go next                      ### E305
        on http "/{n}" go {m}                         ### E208
        input desk "osc+udp://127.0.0.1:9"
        input keys "midi:Keys"
        on timecode 25:00:00:00 go next               ### E302
        on timecode 01:00:00;00 go next               ### E302
        on every 500ms go next                        ### E304
        on every day at 10:00 missed within -1s go 4  ### E302
        on every day at 24:00 go 4                    ### E304
        on key " " go next                            ### E208
        cue 4
            on osc "/x" go next                       ### E101
            wait 1s
        """
    )


@pytest.mark.parametrize(
    ("fps", "timecode", "fine"),
    [
        ("29.97", "01:00:00;29", True), ("29.97", "01:00:00;30", False), ("29.97", "01:01:00;01", False),
        ("29.97", "01:01:00;02", True), ("29.97", "01:10:00;00", True), ("59.94", "01:01:00;03", False),
        ("59.94", "01:01:00;04", True), ("25", "01:00:00:24", True), ("25", "01:00:00:25", False),
        ("25", "01:00:00;10", False), ("30", "01:01:00;02", False),
    ],
)  # fmt: skip
def test_timecode_and_drop_frame(fps, timecode, fine):
    check(f'show "x"\n    fps {fps}\non timecode {timecode} go 4{"" if fine else "  ### E302"}\n{CUES}')


def test_two_triggers_that_are_the_same():
    check(
        """
        on osc "/a/{x}" go {x}
        on osc "/a/{y}" start {y}                     ### W606
        on osc "/b" with 1 go next
        on osc "/b" with 2 go next
        on every sunday at 09:00, 10:00 start 4
        on every sunday at 10:00, 09:00 start 5       ### W606
        cue 4
            on key "a"
            wait 1s
        cue 5
            on key "a"                                ### W606
            wait 1s
        cue 6
            disabled
            on key "a"
            wait 1s
        """
    )


def test_circles_that_take_no_time():
    check(
        """
        cue 1
            go 1                                      ### E504
        cue 2
            repeat forever every 5s
                start 3
        cue 3
            wait for left
            start 2                                   ### E504
        cue 10
            tally foh off
            follow
        cue 11
            go 10                                     ### E504
        """
    )


def test_circles_that_take_time():
    check(
        """
        cue 1
            move left to door
            wait for left
            go 2
        cue 2
            go 1
        cue 3
            move left to door
            follow
        cue 4
            go 3
        cue 5
            tally left off
            follow after 1s
        cue 6
            go 5
        cue 7
            wait for go
            go 8
        cue 8
            go 7
        cue 9
            wait 1ms
            go 10
        cue 10
            go 9
        cue 20
            disabled
            go 21
        cue 21
            go 20
        cue 22
            stop cue 22
        """
    )


def test_a_universe_has_to_say_who_is_heard() -> None:
    check(
        """
        input a "sacn://1"                              ### E306
        input b "artnet://1"
            allow "10.0.0.0/24"
        input c "sacn://2?host=127.0.0.1"
        input d "sacn://3"                              ### E208
            passcode from "DESK_PASSCODE"
        output e "sacn://1"                             ### E303
        on dmx 1 above 9 go 1
        on dmx 2 above 9 from b go 1
        on dmx 3 above 9 from c go 1
        on dmx 4 above 9 from d go 1
        cue 1
            wait 1s
        """
    )
