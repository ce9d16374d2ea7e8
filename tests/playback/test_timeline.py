"""Programs on a timeline: anchors placed, steps handed out in order, passes of endless loops."""

from hypothesis import given
from hypothesis import strategies as st

from cuelang.plan import Arrived, Beat, Forever, Go, GoGiven, Join, Moment, Program, ShowNote, Step, Wait
from cuelang.playback.timeline import LEAST_PASS_NS, Overran, StepDue, Timeline, WaitGaveUp, WaitOpened
from cuelang.source import NOWHERE

S = 1_000_000_000


def note(text, anchor=0, offset=0):
    return Step(Moment(anchor, offset), ShowNote(text), NOWHERE)


def forever(body, every=None, offset=0):
    return Step(Moment(0, offset), Forever(every, body), NOWHERE)


def wait(anchor=0, offset=0, up_to=None, condition=GoGiven()):  # noqa: B008 -- a frozen value
    return Wait(Moment(anchor, offset), condition, up_to, NOWHERE)


def play(timeline, until):
    """(time, text) of every note up to `until`, with waits, timeouts and overruns by name."""
    seen = []
    while (due := timeline.due) is not None and due <= until:
        for happening in timeline.advance(due):
            match happening:
                case StepDue(at, step):
                    seen.append((at, step.act.text))
                case WaitOpened(at):
                    seen.append((at, "waits"))
                case WaitGaveUp(at):
                    seen.append((at, "gave up"))
                case Overran(at, skipped):
                    seen.append((at, f"overran {skipped}"))
    return seen


def test_steps_come_by_time_and_ties_in_the_order_of_the_text():
    program = Program((Go(),), (note("a"), note("b", offset=2), note("c", offset=2), note("d", offset=1)), Moment(0, 5))
    timeline = Timeline(program, 100)
    assert play(timeline, 999) == [(100, "a"), (101, "d"), (102, "b"), (102, "c")]
    assert timeline.finished
    assert timeline.end == 105


def test_the_clock_has_to_reach_its_end_before_a_program_is_finished():
    timeline = Timeline(Program((Go(),), (note("a"),), Moment(0, 3 * S)), 0)
    timeline.advance(2 * S)
    assert not timeline.finished
    assert timeline.due == 3 * S
    timeline.advance(3 * S)
    assert timeline.finished


def test_an_empty_program_ends_where_it_begins():
    timeline = Timeline(Program((Go(),), (), Moment(0, 0)), 7)
    assert timeline.advance(7) == []
    assert (timeline.finished, timeline.end, timeline.due) == (True, 7, None)


def test_what_follows_a_wait_counts_from_where_it_was_met_not_from_when_anybody_looked():
    program = Program((Go(), wait(offset=S)), (note("a"), note("b", 1, 0), note("c", 1, 2 * S)), Moment(1, 3 * S))
    timeline = Timeline(program, 0)
    timeline.advance(9 * S)
    (open_wait,) = timeline.open
    assert open_wait.since == S
    assert timeline.due is None
    assert timeline.met(open_wait, 5 * S)
    assert not timeline.met(open_wait, 6 * S)
    assert [h.at for h in timeline.advance(9 * S)] == [5 * S, 7 * S]
    assert timeline.end == 8 * S


def test_a_wait_cannot_be_met_before_it_was_opened():
    timeline = Timeline(Program((Go(), wait(offset=S)), (note("b", 1),), Moment(1, 0)), 0)
    timeline.advance(S)
    timeline.met(next(iter(timeline.open)), 0)
    assert play(timeline, 9 * S) == [(S, "b")]


def test_a_wait_gives_up_at_its_limit_and_is_not_met_after_it():
    program = Program((Go(), wait(up_to=2 * S)), (note("b", 1, S),), Moment(1, S))
    timeline = Timeline(program, 0)
    timeline.advance(0)
    (open_wait,) = timeline.open
    assert open_wait.limit == timeline.due == 2 * S
    assert not timeline.met(open_wait, 2 * S + 1)
    assert play(timeline, 9 * S) == [(2 * S, "gave up"), (3 * S, "b")]
    assert timeline.finished


def test_a_limit_that_was_not_needed_leaves_nothing_behind():
    timeline = Timeline(Program((Go(), wait(up_to=60 * S)), (), Moment(1, 0)), 0)
    timeline.advance(0)
    assert timeline.met(next(iter(timeline.open)), S)
    timeline.advance(S)
    assert timeline.finished
    assert timeline.due is None


def test_a_join_lies_at_the_latest_branch():
    program = Program(
        (Go(), wait(), wait(), Join((Moment(1, S), Moment(2, 0), Moment(0, 4 * S)))), (note("j", 3, 1),), Moment(3, 1)
    )
    timeline = Timeline(program, 0)
    timeline.advance(0)
    first, second = timeline.open
    timeline.met(second, 2 * S)
    assert timeline.due is None
    timeline.met(first, 6 * S)
    assert play(timeline, 99 * S) == [(7 * S + 1, "j")]


def test_beats_are_multiples_never_before_the_pass_has_ended_and_a_skip_is_told():
    program = Program(
        (
            Go(),
            wait(),
            Beat(Moment(0, 0), 2 * S, Moment(1, 0), 0, NOWHERE),
            wait(2),
            Beat(Moment(0, 0), 2 * S, Moment(3, 0), 0, NOWHERE),
        ),
        (note("two", 2), note("three", 4)),
        Moment(4, 0),
    )
    timeline = Timeline(program, 0)
    timeline.advance(0)
    timeline.met(next(iter(timeline.open)), S)
    assert play(timeline, 3 * S) == [(2 * S, "two"), (2 * S, "waits")]
    timeline.met(next(iter(timeline.open)), 7 * S)
    assert play(timeline, 99 * S) == [(8 * S, "three"), (8 * S, "overran 2")]


def test_an_endless_loop_starts_pass_k_at_k_times_every():
    body = Program((Go(),), (note("x"), note("y", offset=S)), Moment(0, 2 * S))
    timeline = Timeline(Program((Go(),), (forever(body, 5 * S, offset=S),), None), 0)
    assert play(timeline, 12 * S) == [(S, "x"), (2 * S, "y"), (6 * S, "x"), (7 * S, "y"), (11 * S, "x"), (12 * S, "y")]
    assert not timeline.finished


def test_an_endless_loop_without_every_goes_on_where_a_pass_ends():
    timeline = Timeline(Program((Go(),), (forever(Program((Go(),), (note("x"),), Moment(0, 3 * S))),), None), 0)
    assert [at for at, _ in play(timeline, 9 * S)] == [0, 3 * S, 6 * S, 9 * S]


def test_an_overrunning_pass_moves_the_next_one_to_a_multiple():
    body = Program((Go(), wait()), (note("x", 1),), Moment(1, 0))
    timeline = Timeline(Program((Go(),), (forever(body, 2 * S),), None), 0)
    assert play(timeline, 9 * S) == [(0, "waits")]
    timeline.met(next(iter(timeline.open)), 5 * S)
    assert play(timeline, 6 * S) == [(5 * S, "x"), (6 * S, "overran 2"), (6 * S, "waits")]
    timeline.met(next(iter(timeline.open)), 8 * S)
    assert play(timeline, 8 * S) == [(8 * S, "x"), (8 * S, "waits")]


def test_passes_that_take_no_time_do_not_stop_the_world():
    body = Program((Go(), wait()), (), Moment(1, 0))
    timeline = Timeline(Program((Go(),), (forever(body),), None), 0)
    timeline.advance(0)
    timeline.met(next(iter(timeline.open)), 0)
    assert timeline.due == LEAST_PASS_NS


def test_a_limit_of_passes_ends_an_endless_loop():
    body = Program((Go(),), (note("x"),), Moment(0, S))
    timeline = Timeline(Program((Go(),), (forever(body, 2 * S),), None), 0, limit=3)
    assert play(timeline, 99 * S) == [(0, "x"), (2 * S, "x"), (4 * S, "x")]
    assert timeline.finished
    assert timeline.cut_short
    assert timeline.end == 5 * S


def test_loops_in_loops_have_fresh_anchors_and_tell_their_passes():
    inner = Program((Go(), wait()), (note("x", 1),), Moment(1, 0))
    outer = Program((Go(),), (note("o"), forever(inner, S)), None)
    timeline = Timeline(Program((Go(),), (forever(outer, 9 * S),), None), 0)
    happenings = timeline.advance(0)
    timeline.met(next(iter(timeline.open)), 0)
    happenings += timeline.advance(S)
    assert [(h.step.act.text, h.passes, h.frame) for h in happenings if isinstance(h, StepDue)] == [
        ("o", (0,), 0),
        ("x", (0, 0), 0),
    ]
    assert next(iter(timeline.open)).since == S


def test_a_pause_moves_all_that_is_left():
    program = Program((Go(), wait(offset=S, up_to=4 * S)), (note("a", offset=2 * S), note("b", 1)), Moment(1, 0))
    timeline = Timeline(program, 0)
    timeline.advance(S)
    timeline.shift(10 * S)
    assert next(iter(timeline.open)).since == 11 * S
    assert play(timeline, 99 * S) == [(12 * S, "a"), (15 * S, "gave up"), (15 * S, "b")]


def test_ten_thousand_waits_of_100_ms_end_at_1000_s():
    steps = tuple(note(str(k), offset=k * S // 10) for k in range(10_000))
    timeline = Timeline(Program((Go(),), steps, Moment(0, 1000 * S)), 0)
    assert len(play(timeline, 10_000 * S)) == 10_000
    assert timeline.end == 1000 * S


def test_ten_thousand_joins_in_a_chain_do_not_recurse():
    anchors = (Go(), wait(), *(Join((Moment(k, 1),)) for k in range(1, 10_001)))
    timeline = Timeline(Program(anchors, (), Moment(10_001, 0)), 0)
    timeline.advance(0)
    timeline.met(next(iter(timeline.open)), 0)
    timeline.advance(10**9)
    assert timeline.end == 10_000


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=30),
    st.lists(st.integers(0, 40), min_size=3, max_size=3),
    st.lists(st.integers(0, 30), max_size=8),
)
def test_however_late_it_is_asked_every_step_comes_once_at_its_own_time(places, answers, looks):
    anchors = (Go(), wait(0, 5), wait(1, 5), wait(2, 5, condition=Arrived(("foh",))))
    steps = tuple(note(str(k), anchor, offset) for k, (anchor, offset) in enumerate(places))
    timeline, placed = Timeline(Program(anchors, steps, Moment(3, 0)), 0), [0]
    for answer in answers:
        placed.append(placed[-1] + 5 + answer)
    seen, now, met = [], 0, 0
    for look in [*looks, 10_000, 10_000, 10_000, 10_000]:
        now += look
        happenings = timeline.advance(now)
        seen += [(one.at, int(one.step.act.text)) for one in happenings if isinstance(one, StepDue)]
        for open_wait in tuple(timeline.open):
            met += 1
            assert timeline.met(open_wait, placed[met])
    assert sorted(seen) == sorted((placed[anchor] + offset, k) for k, (anchor, offset) in enumerate(places))
    assert timeline.finished
