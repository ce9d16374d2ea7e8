"""Catching up in pieces: what a machine that is late does first, and what it leaves out."""

from cuelang.playback.effects import CueChanged, Request, Say
from cuelang.playback.machine import Playback
from cuelang.units import MS
from tests.playback.stage import S, cue, fire, forever, note, plan


def machine(*cues, at_once=None):
    return Playback(plan(*cues), time_of_day=lambda _seconds, _now: 0, at_once=at_once)


def start(number, at=0):
    return Request("start", number, "key", at)


def said(effects):
    return [effect.text for effect in effects if isinstance(effect, Say)]


def to_the_end(playback, now):
    effects = []
    calls = 0
    while playback.due is not None and playback.due <= now:
        effects += playback.wake(now)
        calls += 1
    return effects, calls


MANY = [note(f"{n}") for n in range(1000)]


def test_one_call_does_a_part_of_an_instant_and_the_next_goes_on_in_its_order():
    playback = machine(cue("1", *MANY), at_once=32)
    first = playback.request(start("1"))
    assert 0 < len(said(first)) < 100
    rest, calls = to_the_end(playback, 0)
    assert calls > 10
    assert said(first) + said(rest) == [f"{n}" for n in range(1000)]


def test_pieces_change_no_order():
    """Two cues at the same instant, of which one fires a third in its middle."""
    cues = (
        cue("1", *(note(f"a{n}", S) for n in range(70)), fire("start", "3", S), *(note(f"b{n}", S) for n in range(70))),
        cue("2", *(note(f"c{n}", S) for n in range(70))),
        cue("3", *(note(f"d{n}") for n in range(70))),
    )
    heard = []
    for at_once in (None, 1, 32, 1000):
        playback = machine(*cues, at_once=at_once)
        effects = playback.request(start("1")) + playback.request(start("2")) + to_the_end(playback, S)[0]
        heard.append([(e.text, e.at) if isinstance(e, Say) else type(e) for e in effects])
    assert all(one == heard[0] for one in heard)
    assert len(heard[0]) > 280


def test_a_panic_comes_before_what_is_overdue_and_ends_it():
    playback = machine(cue("1", *(note(f"{n}", n * MS) for n in range(1000))), at_once=32)
    playback.request(start("1"))
    playback.wake(1 * S)
    effects = playback.request(Request("panic", None, "key", 1 * S))
    assert said(effects) == []
    assert [effect.state for effect in effects if isinstance(effect, CueChanged)] == ["stopped"]
    assert playback.due is None
    assert playback.wake(2 * S) == []


def test_a_stop_of_one_cue_leaves_the_other_its_overdue_steps():
    cues = [cue(c, *(note(f"{c}{n}", n * MS) for n in range(500))) for c in "12"]
    playback = machine(*cues, at_once=32)
    playback.request(start("1"))
    playback.request(start("2"))
    playback.wake(1 * S)
    playback.request(Request("stop", "1", "key", 1 * S))
    rest = said(to_the_end(playback, 1 * S)[0])
    assert rest
    assert all(text.startswith("2") for text in rest)
    assert rest[-1] == "2499"


def test_a_go_is_judged_in_one_call_however_much_is_overdue():
    playback = machine(cue("1", *(note(f"{n}", n * MS) for n in range(1000))), cue("2", note("two")), at_once=32)
    playback.request(start("1"))
    effects = playback.request(start("2", S), S)
    assert len(effects) < 150
    assert any(isinstance(effect, CueChanged) and effect.cue == "2" for effect in effects)


def test_passes_that_the_machine_is_too_late_for_are_left_out_and_counted():
    playback = machine(cue("1", forever(note("pass"), every=100 * MS)))
    playback.request(start("1"))
    effects = playback.wake(5 * S + 50 * MS)
    assert said(effects) == [
        "The machine could not keep up: 49 passes were skipped.",
        "pass",
    ]
    assert playback.due == 5 * S + 100 * MS


def test_a_pass_that_is_less_than_one_pass_late_is_done():
    playback = machine(cue("1", forever(note("pass"), every=100 * MS)))
    playback.request(start("1"))
    assert said(playback.wake(199 * MS)) == ["pass"]
    assert said(playback.wake(300 * MS)) == ["pass", "pass"]


def test_passes_without_every_are_left_out_by_their_length():
    playback = machine(cue("1", forever(note("pass"), every=None, length=200 * MS)))
    playback.request(start("1"))
    assert said(playback.wake(2 * S + 10 * MS)) == ["The machine could not keep up: 9 passes were skipped.", "pass"]
    assert playback.due == 2 * S + 200 * MS


def test_passes_that_are_left_out_are_told_once_a_second_and_all_of_them():
    playback = machine(cue("1", forever(note("pass"), every=1 * MS)))
    playback.request(start("1"))
    told = []
    for step in range(1, 401):
        told += [text for text in said(playback.wake(step * 10 * MS)) if text != "pass"]
    told += said(playback.request(Request("stop", "1", "key", 4 * S)))
    assert len(told) <= 6
    passes = sum(int(text.split(": ")[1].split()[0]) for text in told)
    assert passes > 3000
