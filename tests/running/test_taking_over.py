"""A second machine follows the journal of the first; what it sends when it takes over, and what it never sends."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cuelang.runtime.command_records import SentRecord
from cuelang.runtime.journal import Journal
from cuelang.runtime.record_json import from_json
from cuelang.units import MS
from tests.running.night import RIG, compiled
from tests.running.state_of import differences, state_of
from tests.running.test_journal import more_doings, sheet
from tests.running.two_machines import Pair, perform_two
from tests.running.vision_night import LABELS

GONE = (1.5, Pair.kill), (2.0, Pair.take_over)


def stops(pair: Pair, camera: str = "foh") -> list[float]:
    """When its pan and tilt were stopped by the second machine."""
    return [
        round(at, 1)
        for at, frame in pair.heard[camera]
        if frame.startswith("81 01 06 01") and frame.endswith("03 03 ff")
    ]


def shown(executor: Any) -> Any:
    view = executor.view()
    return view.standby, view.cues, view.running, view.follows, view.go, [(t.request, t.verdict) for t in view.triggers]


def test_a_second_machine_shows_what_the_first_one_shows_and_sends_nothing() -> None:
    seen: list[tuple[Any, Any]] = []

    def look(pair: Pair) -> None:
        seen.append((shown(pair.first.executor), shown(pair.second)))

    pair = perform_two(
        'cue 1 "Opening"\n    move foh to throne over 4s\n    wait 2s\n    wait for go\n    follow after 2s\n'
        "cue 2\n    drive left up speed 3 for 2s\n    wait 3s\ncue 3\n    wait 1s\n",
        (1, "go"),
        (2, look),
        (3.5, look),
        (4, "go"),
        (4.5, look),
        (6.9, look),
        (7, "standby 3"),
        (8, look),
        (9, "panic"),
        (9.5, look),
        end=12,
    )
    for first, second in seen:
        for one, other in zip(first, second, strict=True):
            assert one == other
    assert all(not heard for heard in pair.heard.values())
    assert [one["seq"] for one in pair.records] == list(range(1, len(pair.records) + 1))


def test_a_request_to_a_machine_that_follows_is_refused_and_not_in_the_journal() -> None:
    pair = perform_two("cue 1\n    move foh to throne\n", (1, lambda pair: pair.ask("go")), end=3)
    assert pair.of("trigger") == []
    assert pair.heard == {"foh": [], "left": []}


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("move foh to throne", "81 01 04 3f 02 04 ff"),
        ("zoom foh to 30%", "81 01 04 47"),
        ("set foh iris 5", "81 01 04 4b"),
        ("tally foh program", "81 0a 02 02 02 ff"),
    ],
)
def test_what_may_be_repeated_is_sent_when_the_journal_has_no_outcome(line: str, frame: str) -> None:
    pair = perform_two(f"cue 1\n    wait 600ms\n    {line}\n", (1, "go"), *GONE, end=20)
    assert any(sent.startswith(frame) for at, sent in pair.heard["foh"] if at < 2.1), pair.heard["foh"]
    command = [one for one in pair.of("command") if one["camera"] == "foh"]
    assert [one["outcome"] for one in command] == ["completed"]
    assert [one["state"] for one in pair.of("cue")] == ["started", "done"]


@pytest.mark.parametrize(
    "line", ["move foh by pan 20deg", "set foh iris up", "store foh preset 9", 'raw foh "81 01 04 99 01 ff"']
)
def test_what_would_perhaps_be_done_twice_is_listed_and_never_sent(line: str) -> None:
    pair = perform_two(f"cue 1\n    wait 600ms\n    {line}\n    wait 1s\n", (1, "go"), *GONE, end=20)
    assert pair.heard["foh"] == []
    (command,) = pair.of("command")
    assert (command["outcome"], command["reason"]) == ("unreachable", "takeover")
    assert pair.unsent and pair.unsent[0].startswith("foh ")
    assert any("Not sent, because it may have been: foh" in one["text"] for one in pair.of("warning"))
    assert [one["state"] for one in pair.of("cue")] == ["started", "done"]


def test_what_comes_due_after_the_takeover_is_sent() -> None:
    pair = perform_two(
        'cue 1\n    wait 2s\n    move foh by pan 20deg\n    send eos "/late"\n', (1, "go"), *GONE, end=20
    )
    assert [at for at, _ in pair.heard["foh"]] == [3.0]
    assert pair.sent == [("/late", ())]
    assert pair.unsent == ()


def test_a_message_is_sent_by_one_of_them_or_listed() -> None:
    sheet = 'cue 1\n    send eos "/early"\n    wait 600ms\n    send eos "/lost"\n    wait 3s\n    send eos "/late"\n'
    pair = perform_two(sheet, (1, "go"), *GONE, end=20)
    assert pair.sent == [("/late", ())]
    assert [(one["address"], one["outcome"]) for one in pair.of("send")] == [
        ("/early", "sent"), ("/lost", "unreachable"), ("/late", "sent"),
    ]  # fmt: skip


def at_the_switcher(kind: str, line: str, *meanwhile: Any) -> Pair:
    """The first one is killed before `line` is due, and the second one takes over after."""
    foh, left, _ = LABELS[kind]
    desk = f'switcher vision "{kind}://10.0.0.5"\n    source foh = {foh}\n    source left = {left}\n'
    return perform_two(
        f"cue 1\n    wait 600ms\n    {line}\n    wait 3s\n",
        (0.5, lambda pair: pair.by_hand("cut", "foh")),
        (1, "go"),
        (1.5, Pair.kill),
        *meanwhile,
        (2.0, Pair.take_over),
        cameras=RIG + desk,
        end=10,
    )


@pytest.mark.parametrize("kind", ["obs", "atem", "vmix"])
def test_a_cut_is_sent_only_if_the_switcher_shows_neither_it_nor_its_transition(kind: str) -> None:
    for line in ("cut to left", "dissolve to left over 1s"):
        (sent,) = at_the_switcher(kind, line).of("command", switcher="vision")
        assert (sent["outcome"], sent.get("reason")) == ("completed", None) and sent["sent_ms"] >= 2000

        (shown,) = at_the_switcher(kind, line, (1.8, lambda pair: pair.by_hand("cut", "left"))).of(
            "command", switcher="vision"
        )
        assert (shown["outcome"], shown.get("reason")) == ("completed", "the switcher shows it")
        assert "sent_ms" not in shown

        pair = at_the_switcher(kind, line, (1.8, log_says_sent))
        (lost,) = pair.of("command", switcher="vision")
        assert (lost["outcome"], lost.get("reason")) == ("unreachable", "takeover") and "sent_ms" not in lost


def log_says_sent(pair: Pair) -> None:
    """The journal has it that the first one has sent its order, and no outcome."""
    wall = "2026-01-01T00:00:01.600+00:00"
    pair.second.takeover.follow(
        SentRecord(seq=99, wall=wall, t_ms=1600.0, run=1, job=1, cue="1", camera=None, switcher="vision", action="cut")
    )


def test_a_stream_is_never_sent_again_and_a_preview_is() -> None:
    pair = at_the_switcher("obs", "stream start")
    (lost,) = pair.of("command", switcher="vision")
    assert (lost["outcome"], lost["reason"], pair.unsent) == ("unreachable", "takeover", ("vision stream",))
    (again,) = at_the_switcher("obs", "preview left").of("command", switcher="vision")
    assert again["outcome"] == "completed" and again["sent_ms"] >= 2000


def test_a_cue_whose_verdict_was_told_is_not_lost() -> None:
    """The first one dies in the very instant: the record of the request is all that has arrived."""
    pair = perform_two(
        "cue 1\n    move foh to throne\n",
        (1, lambda pair: pair.first.unplug("foh")),
        (1.2, "go"),
        (1.201, Pair.kill),
        (1.7, Pair.take_over),
        end=20,
        lag=MS // 2,
    )
    assert [one["verdict"] for one in pair.of("trigger")] == ["fired"]
    assert pair.heard["foh"][0][1] == "81 01 04 3f 02 04 ff"
    assert [one["outcome"] for one in pair.of("command")] == ["completed"]


def test_a_ramp_goes_on_with_its_next_frame() -> None:
    sheet = "cue 1\n    zoom foh from 0% to 60% over 4s\n"
    whole = perform_two(sheet, (1, "go"), end=20).first
    pair = perform_two(sheet, (1, "go"), (2.02, Pair.kill), (2.52, Pair.take_over), end=20)
    frames = [frame for at, frame in whole.wire("foh") if at > 2.51]
    assert [frame for _, frame in pair.heard["foh"]][-len(frames) :] == frames
    assert pair.of("command")[-1]["outcome"] == "completed"


def test_a_drive_without_end_is_stopped_by_the_cue_that_the_new_one_fires() -> None:
    sheet = "cue 1\n    drive foh left speed 3\n    wait 5s\n    stop foh\n"
    pair = perform_two(sheet, (1, "go"), *GONE, end=20)
    assert stops(pair)[0] == 6.0


def test_the_stop_of_a_timed_drive_is_sent_when_its_time_has_come_meanwhile() -> None:
    pair = perform_two("cue 1\n    drive foh left speed 3 for 700ms\n    wait 9s\n", (1, "go"), *GONE, end=20)
    assert stops(pair)[0] == 2.0 and pair.heard["foh"][0][0] == 2.0


def test_a_timed_drive_is_driven_for_what_is_left_of_its_time() -> None:
    pair = perform_two("cue 1\n    drive foh left speed 3 for 3s\n    wait 9s\n", (1, "go"), *GONE, end=20)
    assert pair.heard["foh"][0] == (2.0, "81 01 06 01 03 03 01 03 ff") and stops(pair)[0] == 4.0


def test_a_stop_that_the_first_one_decided_and_did_not_send_is_sent_first() -> None:
    sheet = "cue 1\n    drive foh left speed 3\n    wait 600ms\n    stop foh\n    move left to door\n"
    pair = perform_two(sheet, (1, "go"), *GONE, end=20)
    assert stops(pair)[0] == 2.0 and pair.heard["foh"][0][0] == 2.0


def test_a_panic_of_which_only_the_request_arrived_stops_every_camera() -> None:
    sheet = "cue 1\n    drive foh left speed 3\n    wait 9s\n"
    pair = perform_two(
        sheet,
        (1, "go"),
        (1.5, Pair.unplug),
        (1.5, "panic"),
        (1.51, Pair.kill),
        (2, Pair.take_over),
        end=20,
    )
    for camera in ("foh", "left"):
        assert stops(pair, camera)[0] == 2.0
    assert pair.first.far["foh"].body.pan.at(19 * 10**9) == pair.first.far["foh"].body.pan.at(20 * 10**9)


def test_what_is_paused_goes_on_with_resume_on_the_new_one() -> None:
    sheet = "cue 1\n    move foh to throne over 6s\n    wait 1s\n"
    pair = perform_two(sheet, (1, "go"), (1.3, "pause"), *GONE, (4, lambda pair: pair.ask("resume")), end=20)
    assert not [frame for at, frame in pair.heard["foh"] if at < 4]
    assert [frame for at, frame in pair.heard["foh"] if at >= 4]
    assert [one["state"] for one in pair.of("cue")] == ["started", "paused", "resumed", "done"]


def test_lines_that_one_alone_may_hold_are_opened_at_the_takeover() -> None:
    pair = perform_two("cue 1\n    move foh to throne over 6s\n    wait 8s\n", (1, "go"), *GONE, end=20, ahead=False)
    assert [one["outcome"] for one in pair.of("command")] == ["completed"]
    assert pair.heard["foh"]


def test_a_machine_that_reaches_no_camera_hands_over_and_nothing_is_done_twice() -> None:
    """Its list goes on without an answer, and the journal says so; what comes after is sent by the second one."""
    sheet = "cue 1\n    set foh iris 5\n    move foh by pan 5deg\ncue 2\n    set foh iris 6\n    move foh by pan 2deg\n"
    pair = perform_two(
        sheet,
        (1, Pair.unplug),
        (1.2, "go"),
        (9, Pair.kill),
        (9.5, Pair.take_over),
        (10, lambda pair: pair.ask("go")),
        end=20,
    )
    told = [(one["cue"], one["action"], one["outcome"]) for one in pair.of("command")]
    assert [one for one in told if one[0] == "2"] == [("2", "set", "completed"), ("2", "move", "completed")]
    assert {outcome for cue, _, outcome in told if cue == "1"} <= {"timeout", "unreachable"}
    assert len([frame for _, frame in pair.heard["foh"] if frame.startswith("81 01 06 03")]) == 1


@pytest.mark.parametrize("fast", [-300, 300])
def test_clocks_that_are_five_minutes_apart_change_nothing(fast: float) -> None:
    sheet = (
        "cue 1\n    zoom foh from 0% to 60% over 4s\n    wait until 00:00:07\n    move left to door\n"
        "    follow after 2s\ncue 2\n    move foh to throne\n"
    )
    pair, right = (
        perform_two(sheet, (1, "go"), (2.02, Pair.kill), (2.52, Pair.take_over), end=20, fast=by) for by in (fast, 0)
    )
    assert pair.heard == right.heard and pair.heard["left"][0][0] == 7.0
    assert [(one["kind"], one["t_ms"]) for one in pair.records] == [(one["kind"], one["t_ms"]) for one in right.records]


@pytest.mark.parametrize("seed", range(8))
def test_the_log_of_the_new_one_is_a_journal_too(seed: int) -> None:
    pick = random.Random(seed)
    text, asked = sheet(pick), [one for one in more_doings(pick) if isinstance(one[1], str)]
    if compiled(text).plan is None:
        return
    at = pick.uniform(5, 38)
    doings: list[Any] = [one for one in asked if one[0] < at]
    later: list[Any] = [(when, lambda pair, what=what: pair.ask(what)) for when, what in asked if when > at + 0.5]
    states: list[Any] = []

    def freeze(pair: Pair) -> None:
        pair.second._told.wake(pair.clock.now())
        states.append((len(pair.sink.records), state_of(pair.second._playback)))

    pair = perform_two(text, *doings, (at, Pair.kill), (at + 0.4, Pair.take_over), *later, (58, freeze), end=60)
    count, state = states[0]
    again = Journal(pair.plan, plan_of=lambda _record: pair.plan)
    for record in pair.records[:count]:
        again.take(from_json(record))
    again.settle(58 * 1000 * MS)
    assert differences(state_of(again.playback), state) == []
    assert [one["seq"] for one in pair.records] == list(range(1, len(pair.records) + 1))


@pytest.mark.parametrize("how", ["panic", "stop", ""])
def test_what_the_first_one_has_set_going_is_named_if_its_stop_is_not_confirmed(how: str) -> None:
    def falls_silent(pair: Pair) -> None:
        pair.near["foh"].plugged = False

    pair = perform_two(
        "cue 1\n    drive foh left speed 3\n    wait 20s\n",
        (1, "go"),
        *GONE,
        (2.5, falls_silent),
        (3, lambda pair: pair.ask(how) if how else None),
        end=20 if how else 4,
    )
    assert any("foh may still be moving" in one["text"] for one in pair.of("warning"))


SONY = """
show "Night"
    interlock off
camera foh "sony://10.0.0.21"
    model "sony-brc-x400"
camera left "visca+udp://10.0.0.22"
"""


@pytest.mark.parametrize("ahead", [True, False])
def test_a_lamp_that_goes_out_by_itself_is_kept_lit_by_the_new_one(ahead: bool) -> None:
    lamps: list[tuple[str, str]] = []

    def look(pair: Pair) -> None:
        lamps.append(tuple(pair.first.far[name].body.lamp(pair.clock.now()) for name in ("foh", "left")))  # type: ignore[arg-type]

    def loses_power(pair: Pair) -> None:
        pair.first.far["left"].body.power_cut(pair.clock.now())
        pair.near["left"].plugged = False

    def is_back(pair: Pair) -> None:
        pair.near["left"].plugged = True

    sheet = "cue 1\n    tally foh, left program\ncue 2\n    tally foh, left off\n"
    perform_two(
        sheet,
        (1, "go"),
        (5, Pair.kill),
        (5.5, Pair.take_over),
        (18, look),
        (20, loses_power),
        (30, look),
        (35, is_back),
        (80, look),
        (81, lambda pair: pair.ask("go")),
        (100, look),
        cameras=SONY,
        end=101,
        ahead=ahead,
    )
    assert lamps == [("program", "program"), ("program", "off"), ("program", "program"), ("off", "off")]
