"""The conversation with a camera that refuses, has no room or does not acknowledge: what is sent again, what never."""

from __future__ import annotations

import pytest

from cuelang.protocols.visca.exchange import ERRORS
from tests.protocols.conversing import BY, HOME, POSITION, RECALL, STOP, TALLY, ZOOM, Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_buffer_full_is_tried_again_after_a_pause(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    talk.expects(TALLY)
    talk.says("90 60 03 FF")
    talk.expects_nothing()
    talk.passes(51)
    talk.expects(TALLY)
    talk.says("90 41 FF")
    assert talk.news() == [("accepted", "tally")]


def test_buffer_full_is_tried_again_when_something_completes(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF")
    talk.ask(BY, "by", repeatable=False)
    talk.expects(HOME, BY)
    talk.says("90 60 03 FF")
    talk.passes(10)
    talk.expects_nothing()
    talk.says("90 51 FF")
    talk.expects(BY)


def test_buffer_full_for_long_is_a_refusal(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    for _ in range(30):
        talk.says("90 60 03 FF")
        talk.passes(50)
    assert talk.news() == [("refused", "tally")]
    talk.wire.clear()
    talk.passes(5000)
    talk.expects_nothing()


def test_buffer_full_with_two_waiting_never_doubles_a_relative_move(talk: Talk) -> None:
    talk.ask(BY, "by", repeatable=False)
    talk.ask(TALLY, "tally")
    talk.expects(BY, TALLY)
    talk.says("90 60 03 FF")  # whose is it?
    assert talk.news() == [("refused", "by")]
    talk.passes(1000)
    assert BY not in talk.wire


def test_buffer_full_is_not_tried_again_when_nobody_wants_it(talk: Talk) -> None:
    tally = talk.ask(TALLY, "tally")
    talk.says("90 60 03 FF")
    assert talk.forgets(tally) is False
    talk.wire.clear()
    talk.passes(2000)
    talk.expects_nothing()


@pytest.mark.parametrize("error", ["90 61 41 FF", "90 60 41 FF", "90 62 41 FF"])
def test_not_executable_in_whatever_socket(talk: Talk, error: str) -> None:
    talk.ask(HOME, "home")
    talk.says(error)
    assert talk.reason() == ERRORS[0x41]
    assert talk.news() == [("refused", "home")]


def test_not_executable_after_the_ack(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF", "90 61 41 FF")
    assert talk.news() == [("accepted", "home"), ("refused", "home")]


def test_a_move_that_was_taken_is_not_ended_by_an_error_for_another_socket(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF", "90 60 41 FF", "90 62 41 FF")
    assert talk.news() == [("accepted", "home")]


def test_errors_go_to_the_oldest_that_waits(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    talk.passes(5)
    talk.ask(POSITION, "position", inquiry=True)
    talk.says("90 60 41 FF", "90 60 02 FF")
    assert talk.news() == [("refused", "tally"), ("refused", "position")]


def test_syntax_error_tries_the_other_form_once(talk: Talk) -> None:
    """Gain Direct: 04 4C, and 04 0C for cameras that do not know it."""
    talk.ask("81 01 04 4C 00 00 00 05 FF", "gain", alternative=bytes.fromhex("81 01 04 0C 00 00 00 05 FF"))
    talk.expects("81 01 04 4C 00 00 00 05 FF")
    talk.says("90 60 02 FF")
    talk.expects("81 01 04 0C 00 00 00 05 FF")
    talk.says("90 60 02 FF")
    assert talk.news() == [("refused", "gain")]
    talk.expects_nothing()


def test_no_ack_is_sent_again_if_it_may_be(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    talk.passes(990)
    talk.expects(TALLY, TALLY, TALLY, TALLY)
    talk.passes(20)
    assert talk.news() == [("unreachable", "tally")]
    talk.passes(10_000)
    talk.expects_nothing()


def test_no_ack_is_never_sent_again_if_it_moves_on(talk: Talk) -> None:
    talk.ask(BY, "by", repeatable=False)
    talk.passes(2000)
    talk.expects(BY)
    assert talk.news() == [("unreachable", "by")]


def test_a_dead_camera_gets_a_move_twice_at_most_after_a_question(talk: Talk) -> None:
    talk.ask(RECALL, "recall", slow=True, withheld=True)
    talk.passes(1001)
    assert talk.wire.count(RECALL) == 3
    assert talk.news() == [("unreachable", "recall")]


def test_a_stream_never_repeats() -> None:
    talk = Talk(stream=True)
    talk.ask(TALLY, "tally")
    talk.ask(RECALL, "recall", slow=True, withheld=True)
    talk.passes(300)
    talk.says("90 50 02 FF")
    talk.passes(700)
    talk.expects(TALLY, RECALL, "81 09 04 00 FF")
    assert talk.news() == [("unreachable", "tally")]


def test_taken_and_never_completed(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    talk.says("90 41 FF")
    talk.passes(9_999)
    assert talk.news() == [("accepted", "tally")]
    talk.passes(2)
    assert talk.news() == [("timed_out", "tally")]


def test_two_wait_for_their_ack_and_the_third_for_its_turn(talk: Talk) -> None:
    for number in (1, 2, 3, 4):
        talk.ask(ZOOM.format(number), str(number))
    talk.expects(ZOOM.format(1), ZOOM.format(2))
    talk.says("90 41 FF")
    talk.expects(ZOOM.format(3))
    talk.passes(249)
    talk.expects_nothing()
    talk.passes(2)  # number 2 has waited long enough
    assert ZOOM.format(4) in talk.wire


def test_a_stop_waits_for_nothing(talk: Talk) -> None:
    for number in (1, 2, 3):
        talk.ask(ZOOM.format(number))
    talk.wire.clear()
    talk.ask(STOP, "stop", urgent=True)
    talk.expects(STOP)


def test_a_frame_that_was_never_sent_can_be_replaced(talk: Talk) -> None:
    sent = talk.ask(ZOOM.format(1))
    talk.ask(ZOOM.format(2))
    waiting = talk.ask(ZOOM.format(3))
    assert talk.forgets(waiting) is True
    assert talk.forgets(sent) is False
    talk.ask(ZOOM.format(4))
    talk.wire.clear()
    talk.says("90 41 FF")
    talk.expects(ZOOM.format(4))
