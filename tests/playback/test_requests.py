"""Requests and their verdicts, the standby, follow, and what becomes of a run."""

import pytest

from cuelang.playback.effects import Begin, CueChanged, ReloadAsked, Request, Say, SkipAsked, Verb, Verdict
from cuelang.playback.machine import Playback
from cuelang.playback.repeats import Repeats
from cuelang.playback.rules import LATE_NS, RULES
from cuelang.playback.run import TURNS
from cuelang.units import MS
from tests.playback.stage import (
    DRIVE,
    PUSH,
    RECALL,
    CameraAction,
    Desk,
    Go,
    GoGiven,
    Moment,
    Program,
    S,
    act,
    cue,
    fire,
    note,
    plan,
    wait,
)

LONG = {"length": 100 * S}


def test_what_was_asked_for_is_remembered_as_long_as_it_matters():
    repeats = Repeats()
    for n in range(1000):
        for again in (0, 1):
            request = Request("start", str(n), "osc", n * S + again)
            assert repeats.bounced(request, str(n), 100 * MS) == (again or None)
    assert len(repeats._seen) == 1


def test_the_table_of_turns_leads_out_of_every_state_that_is_not_an_end():
    states = {state for state, _ in TURNS} | {after for after, _ in TURNS.values()}
    ends = {"done", "stopped"}
    assert states == {"running", "paused"} | ends
    assert not [turn for turn in TURNS if turn[0] in ends]
    for state in states - ends:
        assert TURNS[state, "stop"] == ("stopped", "stopped")


def test_nothing_refuses_a_panic_or_a_stop():
    assert [verb for verb, rule in RULES.items() if rule.always] == ["stop", "panic"]
    assert not RULES["stop"].expires
    assert not RULES["panic"].expires


# A script: time in ms, request, verdict, and the standby after it. Cues 1 and 2.5 run for 100 s, 2 for no time,
# 3 is disabled, 4 restarts.
SCRIPTS = {
    "go walks down the list": [
        (0, "go", "fired", "2"), (400, "go", "fired", "2.5"), (800, "go", "fired", "4"), (1200, "go", "fired", None),
        (1600, "go", "refused", None),
    ],
    "the same within the debounce is a duplicate, a GO within the window is refused": [
        (0, "go", "fired", "2"), (99, "go", "duplicate", "2"), (100, "go", "window", "2"), (299, "go", "window", "2"),
        (399, "go", "fired", "2.5"),
    ],
    "the window starts with the last GO that fired": [
        (0, "go", "fired", "2"), (200, "go", "window", "2"), (310, "go", "fired", "2.5"),
    ],
    "a numbered GO knows no window but bounces": [
        (0, "go", "fired", "2"), (10, "go 2", "fired", "2.5"), (20, "go 2", "duplicate", "2.5"),
        (30, "go 4", "fired", None), (140, "go 2", "fired", "2.5"),
    ],
    "what was done between makes the same a new wish": [
        (0, "start 4", "fired", "1"), (10, "pause 4", "fired", "1"), (20, "resume 4", "fired", "1"),
        (30, "pause 4", "fired", "1"), (40, "pause 4", "duplicate", "1"), (50, "panic", "fired", "1"),
        (60, "start 4", "fired", "1"), (70, "start 4", "duplicate", "1"), (75, "start 2.5", "fired", "1"),
        (80, "start 4", "duplicate", "1"), (85, "stop", "fired", "1"), (90, "start 4", "fired", "1"),
    ],
    "go next is GO": [(0, "go", "fired", "2"), (50, "go next", "duplicate", "2"), (150, "go next", "window", "2")],
    "start leaves standby": [(0, "start 2.5", "fired", "1"), (0, "start 2", "fired", "1"), (0, "go", "fired", "2")],
    "numbers are compared as numbers": [
        (0, "go 2.50", "fired", "4"), (0, "standby 002", "fired", "2"),
        (50, "go 2.5", "duplicate", "2"), (60, "pause 2.50", "fired", "2"), (200, "resume 02.5", "fired", "2"),
        (300, "stop 2.500", "fired", "2"), (400, "go 2.5", "fired", "4"),
    ],
    "no such cue": [
        (0, "go 9", "no_cue", "1"), (0, "go 9", "no_cue", "1"), (0, "standby 9", "no_cue", "1"),
        (0, "stop 9", "no_cue", "1"), (0, "pause 9", "no_cue", "1"), (0, "start x", "no_cue", "1"),
        (0, "stop next", "no_cue", "1"), (0, "resume next", "no_cue", "1"),
    ],
    "a running cue is not fired again": [
        (0, "go 1", "fired", "2"), (500, "go 1", "refused", "2"), (700, "start 1", "refused", "2"),
        (900, "stop 1", "fired", "2"), (1100, "go 1", "fired", "2"),
    ],
    "nor when it stands by": [(0, "go", "fired", "2"), (400, "back", "fired", "1"), (800, "go", "refused", "1")],
    "restart": [(0, "go 4", "fired", None), (500, "go 4", "fired", None)],
    "disabled": [
        (0, "go 3", "refused", "1"), (0, "standby 3", "refused", "1"), (0, "standby 2.5", "fired", "2.5"),
        (400, "go", "fired", "4"), (800, "back", "fired", "2.5"),
    ],
    "standby moves without sending": [
        (0, "standby next", "fired", "2"), (200, "standby next", "fired", "2.5"), (300, "standby next", "fired", "4"),
        (400, "standby next", "refused", "4"), (500, "back", "fired", "2.5"), (600, "standby 1", "fired", "1"),
        (700, "back", "refused", "1"),
    ],
    "back from behind the last cue": [(0, "go 4", "fired", None), (200, "back", "fired", "4")],
    "pause and resume want something to hold": [
        (0, "pause", "refused", "1"), (0, "resume", "refused", "1"), (0, "go 1", "fired", "2"),
        (200, "pause 2", "refused", "2"), (200, "pause", "fired", "2"), (400, "pause", "refused", "2"),
        (400, "resume 1", "fired", "2"), (600, "resume 1", "refused", "2"),
    ],
    "stop and panic are always heard": [
        (0, "stop", "fired", "1"), (0, "stop", "fired", "1"), (0, "panic", "fired", "1"), (0, "panic", "fired", "1"),
    ],
    "a cue that does nothing has nothing to be stopped": [
        (0, "stop 1", "refused", "1"), (100, "go 1", "fired", "2"), (200, "stop 1", "fired", "2"),
        (200, "stop 1", "refused", "2"),
    ],
    "panic leaves standby": [(0, "go", "fired", "2"), (0, "panic", "fired", "2"), (300, "go", "fired", "2.5")],
    "reload": [(0, "reload", "asked", "1"), (50, "reload", "duplicate", "1")],
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_each_request_gets_its_verdict(script):
    desk = Desk(cue("1", **LONG), cue("2"), cue("2.5", **LONG), cue("3", disabled=True), cue("4", restart=True, **LONG))
    heard = []
    for at, request, *_ in script:
        verb, _, number = request.partition(" ")
        desk.until(at * MS)
        word = desk.ask(verb, number or None, source=f"sender {at}")
        heard.append((at, request, word, desk.playback.standby))
    assert heard == script
    assert len(desk.of(Verdict)) + len(desk.of(ReloadAsked)) == len(script)
    assert all(verdict.reason for verdict in desk.of(Verdict) if verdict.verdict != "fired")


def test_the_windows_are_the_shows():
    desk = Desk(cue("1", **LONG), cue("2", **LONG), go_window=2 * S, debounce=0)
    assert desk.ask("go") == "fired"
    assert desk.until(1999 * MS).ask("go") == "window"
    assert desk.until(2000 * MS).ask("go") == "fired"


def test_automatic_requests_know_neither_window_nor_debounce():
    desk = Desk(cue("1"), cue("2"), cue("3"), cue("4"))
    assert [desk.ask("go", automatic=True) for _ in range(3)] == ["fired"] * 3
    assert desk.ask("go") == "fired"


def test_the_first_standby_may_be_given_and_nothing_is_sent():
    desk = Desk(cue("1"), cue("2", act("foh", RECALL)), start="2")
    assert desk.playback.standby == "2"
    assert desk.playback.due is None
    assert Desk(cue("1"), cue("3", disabled=True), cue("4"), start="2").playback.standby == "4"


def test_a_request_that_lay_about_is_late_unless_it_stops_something():
    one = cue("1", act("foh", RECALL), **LONG)
    playback = Playback(plan(one), time_of_day=lambda _seconds, _now: 0)
    asked: list[tuple[Verb, str]] = [("go", "late"), ("stop", "fired"), ("panic", "fired"), ("back", "refused")]
    for verb, word in asked:
        (verdict, *_) = playback.request(Request(verb, None, "osc", 0), LATE_NS + 1)
        assert verdict.verdict == word


def test_a_cue_begins_when_its_request_was_received():
    playback = Playback(plan(cue("1", act("foh", RECALL, at=S))), time_of_day=lambda _seconds, _now: 0)
    playback.request(Request("go", None, "osc", 5 * S), 5 * S + 400)
    (begin,) = playback.wake(6 * S + 700)
    assert isinstance(begin, Begin)
    assert begin.due == 6 * S


def test_a_go_releases_the_oldest_waiting_cue_and_does_nothing_else():
    waiting = [cue(n, note(f"{n} goes on", anchor=1), waits=(wait(GoGiven()),)) for n in ("1", "2")]
    desk = Desk(*waiting, cue("3"))
    desk.ask("go", "2")
    desk.until(S).ask("go", "1")
    desk.until(2 * S)
    assert desk.ask("go") == "fired"
    assert desk.of(Verdict)[-1].reason == "released cue 2"
    assert desk.of(Say)[-1].text == "2 goes on"
    assert desk.playback.standby == "2"
    assert desk.until(2 * S + 200 * MS).ask("go") == "window"
    assert desk.until(3 * S).ask("go") == "fired"
    assert desk.of(Say)[-1].text == "1 goes on"
    assert desk.until(4 * S).ask("go") == "fired"
    assert desk.cues[-2:] == [("1", "done"), ("2", "started")]


def test_the_oldest_wait_is_the_one_that_was_opened_first_not_the_cue_that_was_fired_first():
    first = cue("1", waits=(wait(GoGiven(), at=5 * S),))
    desk = Desk(first, cue("2", waits=(wait(GoGiven(), at=S),)))
    desk.ask("go")
    desk.ask("go", "2")
    desk.until(6 * S).ask("go")
    assert desk.of(Verdict)[-1].reason == "released cue 2"


def test_what_was_due_before_a_go_comes_before_it():
    desk = Desk(cue("1", length=S, follow=0), cue("2"), cue("3"))
    desk.ask("go")
    desk.now = 3 * S
    desk.ask("go")
    assert [change.cue for change in desk.of(CueChanged) if change.state == "started"] == ["1", "2", "3"]


def test_a_numbered_go_does_not_release_a_waiting_cue():
    desk = Desk(cue("1", waits=(wait(GoGiven()),)), cue("2"))
    desk.ask("go")
    desk.ask("go", "2")
    assert desk.playback.waiting == (("1", "go", 0),)


# --- follow ------------------------------------------------------------------------------------------------


def test_follow_counts_from_when_the_cue_was_done_and_fires_as_this_one_was():
    desk = Desk(cue("1", act("foh", RECALL), follow=2 * S), cue("2", length=S, follow=0), cue("3"), cue("4"))
    desk.ask("go")
    desk.until(5 * S).done("foh").until(20 * S)
    fired = [(change.at, change.cue) for change in desk.of(CueChanged) if change.state == "started"]
    assert fired == [(0, "1"), (7 * S, "2"), (8 * S, "3")]
    assert desk.playback.standby == "4"
    assert [verdict.request.source for verdict in desk.of(Verdict)][1:] == ["follow of cue 1", "follow of cue 2"]


def test_what_follows_a_started_cue_is_started():
    desk = Desk(cue("1", follow=0), cue("2"), cue("3"))
    desk.ask("start", "1")
    assert desk.cues[-1] == ("2", "done")
    assert desk.playback.standby == "1"


def test_follow_skips_what_is_left_out_and_ends_with_the_list():
    desk = Desk(cue("1", follow=0), cue("2", disabled=True), cue("3", follow=0))
    desk.ask("go")
    assert desk.cues == [("1", "started"), ("1", "done"), ("3", "started"), ("3", "done")]


@pytest.mark.parametrize(("verb", "number"), [("stop", None), ("stop", "1"), ("panic", None)])
@pytest.mark.parametrize("at", [S, 4 * S], ids=["while it runs", "while the follow is pending"])
def test_no_follow_after_stop_or_panic(verb, number, at):
    desk = Desk(cue("1", length=3 * S, follow=5 * S), cue("2"))
    desk.ask("go")
    desk.until(at).ask(verb, number)
    desk.until(99 * S)
    assert ("2", "started") not in desk.cues


def test_no_follow_if_the_next_cue_was_fired_since():
    desk = Desk(cue("1", length=3 * S, follow=5 * S), cue("2"), cue("3"))
    desk.ask("go")
    desk.until(S).ask("go")
    desk.until(99 * S)
    assert desk.cues.count(("2", "started")) == 1
    assert "fired since" in desk.of(Say)[-1].text


def test_a_cue_fired_again_takes_its_pending_follow_with_it():
    desk = Desk(cue("1", follow=5 * S), cue("2"))
    desk.ask("go", "1")
    desk.until(3 * S).ask("go", "1")
    desk.until(7 * S)
    assert ("2", "started") not in desk.cues
    desk.until(8 * S)
    assert desk.cues.count(("2", "started")) == 1


def test_a_follow_may_take_away_another_of_the_same_instant():
    desk = Desk(cue("1", length=S, follow=4 * S), cue("2", length=3 * S, follow=2 * S), cue("3"))
    desk.ask("start", "2")
    desk.ask("start", "1")
    desk.until(9 * S)
    assert [change.cue for change in desk.of(CueChanged) if change.state == "started"] == ["2", "1", "2"]
    desk.until(10 * S)
    assert desk.cues[-2:] == [("3", "started"), ("3", "done")]


def test_a_pause_holds_a_pending_follow():
    desk = Desk(cue("1", follow=5 * S), cue("2"))
    desk.ask("go")
    assert desk.until(3 * S).ask("pause") == "fired"
    desk.until(50 * S)
    assert ("2", "started") not in desk.cues
    assert desk.ask("resume") == "fired"
    desk.until(52 * S)
    assert ("2", "started") in desk.cues


def test_a_scheduled_cues_follow_is_scheduled_too():
    desk = Desk(cue("1", follow=0), cue("2", fire("start", "3")), cue("3"))
    desk.ask("start", "1", source="schedule", schedule=True)
    assert [verdict.request.schedule for verdict in desk.of(Verdict)] == [True] * 3


# --- cues that fire cues -----------------------------------------------------------------------------------


def test_a_cue_fires_others_by_itself_and_next_is_the_next_of_the_list():
    desk = Desk(
        cue("1", fire("start", "3"), fire("go", None, at=S)), cue("2", fire("stop", "3", at=S)), cue("3", **LONG)
    )
    desk.ask("go")
    desk.until(9 * S)
    assert desk.verdicts == [("go", "fired"), ("start 3", "fired"), ("go 2", "fired"), ("stop 3", "fired")]
    assert [verdict.request.received for verdict in desk.of(Verdict)] == [0, 0, S, 2 * S]
    assert {verdict.request.source for verdict in desk.of(Verdict)[1:3]} == {"cue 1"}
    assert desk.cues[-1] == ("2", "done")
    assert ("3", "stopped") in desk.cues
    assert desk.playback.standby == "3"


def test_a_cue_may_stop_itself():
    desk = Desk(cue("1", fire("stop", "1", at=S), note("never", at=S), **LONG, follow=0), cue("2"))
    desk.ask("go")
    desk.until(99 * S)
    assert desk.cues == [("1", "started"), ("1", "stopped")]
    assert desk.of(Say) == []


def test_next_at_the_end_of_the_list_is_refused():
    desk = Desk(cue("1", fire("go", None)))
    desk.ask("go")
    assert desk.verdicts[-1] == ("go", "refused")


def test_a_circle_that_takes_no_time_is_cut():
    desk = Desk(cue("1", fire("go", "2")), cue("2", follow=0), cue("3", fire("start", "1"), restart=True))
    desk.ask("go")
    assert desk.verdicts == [("go", "fired"), ("go 2", "fired"), ("go 3", "fired"), ("start 1", "refused")]
    assert desk.playback.due is None


# --- statements, reload ------------------------------------------------------------------------------------


def test_a_statement_is_a_run_without_a_cue():
    statement = CameraAction(Program((Go(),), (act("foh", RECALL),), Moment(0, 0)))
    desk = Desk(cue("1"))
    assert desk.ask("statement", statement=statement) == "fired"
    assert desk.until(50 * MS).ask("statement", statement=statement) == "duplicate"
    desk.done("foh")
    assert desk.cues == [("", "started"), ("", "done")]
    assert desk.playback.standby == "1"


def test_reload_is_asked_for_and_nothing_else():
    desk = Desk(cue("1"))
    desk.ask("reload")
    assert len(desk.of(ReloadAsked)) == 1


def test_skip_is_left_to_the_schedules_and_a_double_press_is_one():
    desk = Desk(cue("1"))
    assert desk.ask("skip") == "asked"
    assert desk.until(50 * MS).ask("skip") == "duplicate"
    assert desk.until(S).ask("skip") == "asked"
    assert len(desk.of(SkipAsked)) == 2 and desk.playback.standby == "1"


def test_after_a_reload_running_cues_finish_as_they_were_and_standby_stays_by_number():
    desk = Desk(cue("1", note("old", at=5 * S), follow=S), cue("2"), cue("3"))
    desk.ask("go")
    desk.hear(desk.playback.load(plan(cue("1", note("new")), cue("2", note("new two"))), S))
    assert desk.playback.standby == "2"
    desk.until(9 * S)
    assert [say.text for say in desk.of(Say)] == ["old", "new two"]


@pytest.mark.parametrize(("left", "standby"), [(["1", "3"], "3"), (["1"], None)])
def test_a_standby_that_is_gone_moves_up(left, standby):
    desk = Desk(cue("1"), cue("2"), cue("3"), start="2")
    desk.hear(desk.playback.load(plan(*(cue(number) for number in left)), 0))
    assert desk.playback.standby == standby
    assert desk.standbys == [standby]


def test_a_cue_that_is_gone_from_the_sheet_can_still_be_stopped():
    desk = Desk(cue("1", act("foh", DRIVE), act("left", PUSH), **LONG), cue("2"))
    desk.ask("go")
    desk.hear(desk.playback.load(plan(cue("2")), S))
    assert desk.ask("stop", "1") == "fired"
    assert desk.cues[-1] == ("1", "stopped")


def test_what_a_screen_sees():
    desk = Desk(cue("1", act("foh", RECALL), length=10 * S), cue("2", waits=(wait(GoGiven()),)))
    desk.ask("go")
    desk.until(2 * S).ask("go")
    desk.until(4 * S).ask("pause", "1")
    first, second = desk.playback.runs(5 * S)
    assert (first.cue, first.state, first.elapsed, first.progress, first.jobs) == ("1", "paused", 4 * S, 0.4, 1)
    assert (second.cue, second.waiting, second.progress) == ("2", ("go",), None)
    assert desk.playback.waiting == (("2", "go", 2 * S),)
