"""The conversation over lines that break, are streams, are shared by cameras or number their frames."""

from __future__ import annotations

import pytest

from cuelang.protocols.visca.exchange import Exchange, State
from cuelang.units import MS
from tests.protocols.conversing import AT_HOME, BY, HOME, POSITION, STOP, TALLY, ZOOM, Asker, Talk


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_without_a_line_nothing_is_sent_and_a_second_later_it_is_unreachable() -> None:
    talk = Talk(up=False)
    talk.ask(TALLY, "tally")
    talk.ask(POSITION, "position", inquiry=True)
    talk.passes(1001)
    assert talk.reason() == "there is no connection to the camera"
    assert talk.news() == [("unreachable", "tally"), ("unanswered", "position")]
    talk.returns()
    talk.expects_nothing()


def test_what_is_not_too_late_goes_out_when_the_line_stands() -> None:
    talk = Talk(up=False)
    talk.ask(TALLY, "tally")
    talk.passes(400)
    talk.returns()
    talk.expects(TALLY)


def test_a_broken_line_repeats_a_set_and_no_relative_move() -> None:
    talk = Talk(stream=True)
    talk.ask(TALLY, "tally")
    talk.ask(BY, "by", repeatable=False)
    talk.wire.clear()
    talk.drops()
    assert talk.news() == [("unreachable", "by")]
    talk.passes(200)
    talk.returns()
    talk.expects(TALLY)


def test_a_broken_line_ends_what_was_taken_but_not_a_move() -> None:
    talk = Talk(stream=True)
    talk.ask(TALLY, "tally")
    talk.ask(HOME, "home", slow=True)
    talk.ask(POSITION, "position", inquiry=True)
    talk.says("90 41 FF 90 42 FF")
    talk.news()
    talk.drops()
    assert talk.news() == [("timed_out", "tally"), ("unanswered", "position")]
    talk.returns()
    talk.says("90 52 FF")
    assert talk.news() == [("completed", "home")]


def test_what_comes_more_than_a_second_late_is_never_sent(talk: Talk) -> None:
    late = Exchange(bytes.fromhex(HOME), 0, owner=Asker("home"))
    talk.now = 1500
    talk._handle(talk.line.submit(late, talk.now * MS))
    talk.expects_nothing()
    assert talk.news() == [("unreachable", "home")]


def test_late_answers_on_a_stream_come_in_the_order_of_the_frames() -> None:
    """A packet was lost and sent again by the system: what is late is no less the answer to the older frame."""
    talk = Talk(stream=True)
    talk.ask(STOP, "pan")
    talk.ask(ZOOM.format(1), "zoom")
    talk.passes(202)
    talk.says("90 41 FF", "90 51 FF")
    talk.ask("81 01 04 08 31 FF", "focus")
    talk.passes(200)
    talk.says("90 41 FF", "90 51 FF", "90 61 41 FF")
    assert [one for one in talk.news() if one[0] != "accepted"] == [
        ("completed", "pan"), ("completed", "zoom"), ("refused", "focus"),
    ]  # fmt: skip


def test_a_move_whose_ack_is_late_on_a_stream_keeps_its_place() -> None:
    """Nothing that was sent after it has been answered: the network is late, not the camera."""
    talk = Talk(stream=True)
    talk.ask(HOME, "home", slow=True)
    talk.passes(100)
    talk.ask(TALLY, "tally")
    talk.passes(200)
    talk.says("90 41 FF", "90 42 FF", "90 52 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("accepted", "tally"), ("completed", "tally"), ("completed", "home")]
    talk.ask(HOME, "home", slow=True)
    talk.ask(TALLY, "tally")
    talk.says("90 41 FF", "90 42 FF", "90 52 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("accepted", "tally"), ("completed", "tally"), ("completed", "home")]


def test_a_move_that_a_newer_question_has_passed_by_is_withheld_on_a_stream_too() -> None:
    talk = Talk(stream=True)
    talk.ask(HOME, "home", slow=True)
    talk.passes(251)
    talk.says("90 50 02 FF")  # are you there?
    talk.ask(TALLY, "tally")
    talk.says("90 42 FF", "90 52 FF")
    assert talk.news() == [("accepted", "tally"), ("completed", "tally")]
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("completed", "home")]
    assert talk.line.withholds


def test_stream_frames_arrive_split_and_joined() -> None:
    talk = Talk(stream=True)
    talk.ask(HOME, "home", slow=True)
    talk.ask(POSITION, "position", inquiry=True)
    for piece in ("90", "41 FF 90 50 00 00 00", "00 00 00 00 00 FF 90", "51", "FF"):
        talk.says(piece)
    assert talk.news() == [("accepted", "home"), ("answered", "position"), ("completed", "home")]


def test_two_replies_in_one_datagram(talk: Talk) -> None:
    talk.ask(HOME, "home")
    talk.says("90 41 FF 90 51 FF")
    assert talk.news() == [("accepted", "home"), ("completed", "home")]


@pytest.mark.parametrize(
    "noise", ["00 11 22", "48 54 54 50 FF", "90 FF", "90 77 FF", "FF", "90 50" + " 00" * 15 + " FF"]
)
def test_rubbish_is_reported_and_changes_nothing(talk: Talk, noise: str) -> None:
    talk.ask(HOME, "home")
    talk.says(noise)
    assert talk.news() == [("rubbish", None)]
    talk.says("90 41 FF")
    assert talk.news() == [("accepted", "home")]


def test_a_stream_without_end_does_not_pile_up() -> None:
    talk = Talk(stream=True)
    for _ in range(1000):
        talk.says("90 01 02 03 04 05 06 07 08")
    assert len(talk.line._rest) < 16


def test_a_late_stop_keeps_its_place_on_a_stream_though_a_newer_motion_has_taken_its_axis() -> None:
    talk = Talk(stream=True)
    stop = talk.ask(STOP, "stop", urgent=True)
    stop.outdated = True
    talk.passes(300)
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "stop"), ("completed", "stop")]
    talk.says("90 41 FF")
    assert talk.news() == [("accepted", "home")]


# --- a line that cameras share, frame by frame ----------------------------------------------------------------


def test_on_a_shared_line_nothing_is_for_a_frame_that_has_not_left() -> None:
    """The stop goes ahead of the tally, which was submitted before it."""
    talk = Talk(stream=True, turns=True)
    talk.leaves(talk.ask("81 01 04 08 03 FF", "focus"))
    tally = talk.ask(TALLY, "tally")
    talk.says("90 61 41 FF")
    assert talk.news() == [("refused", "focus")]
    talk.leaves(talk.ask(STOP, "stop", urgent=True))
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "stop"), ("completed", "stop")]
    talk.says("90 41 FF")
    assert talk.news() == []
    talk.leaves(tally)
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "tally"), ("completed", "tally")]


def test_on_a_shared_line_an_answer_is_for_what_has_left_a_moment_ago() -> None:
    """The ACK to the first move is lost. The second one's turn comes 160 ms later, and a question's after that."""
    talk = Talk(stream=True, turns=True)
    talk.leaves(talk.ask(HOME, "home", slow=True))
    talk.passes(160)
    talk.leaves(talk.ask(ZOOM.format(4), "zoom", slow=True))
    talk.says("90 42 FF")
    assert talk.news() == [("accepted", "zoom")]
    talk.passes(160)
    talk.leaves(talk.ask(POSITION, "position", inquiry=True))
    talk.says("90 60 02 FF")
    assert talk.news() == [("refused", "position")]
    talk.says("90 52 FF")
    assert talk.news() == [("completed", "zoom")]


def test_a_frame_that_has_another_turn_keeps_its_place() -> None:
    """Its ACK was lost, and the answers to both come in the order in which they left first."""
    talk = Talk(turns=True)
    zoom = talk.ask("81 01 04 07 21 FF", "zoom")
    talk.leaves(zoom)
    talk.leaves(talk.ask("81 01 04 08 31 FF", "focus"))
    talk.passes(251)
    talk.leaves(zoom)
    talk.says("90 51 FF")
    assert talk.news() == [("accepted", "zoom"), ("completed", "zoom")]
    talk.says("90 61 41 FF")
    assert talk.news() == [("refused", "focus")]


# --- a line that numbers its frames ---------------------------------------------------------------------------


def test_on_a_numbered_line_nothing_is_guessed() -> None:
    talk = Talk(numbered=True)
    first, second = talk.ask(HOME, "first", slow=True), talk.ask(TALLY, "second")
    question = talk.ask("81 09 06 12 FF", "question", inquiry=True)
    talk.answers(second, "90 41 FF", "90 51 FF")
    talk.answers(question, AT_HOME)
    talk.answers(first, "90 51 FF")  # its ACK was lost
    assert talk.news() == [
        ("accepted", "second"), ("completed", "second"), ("answered", "question"), ("accepted", "first"),
        ("completed", "first"),
    ]  # fmt: skip
    talk.answers(first, "90 41 FF", "90 51 FF")
    assert talk.news() == []
    assert talk.line.strays == 2


def test_on_a_numbered_line_an_error_is_its_commands_own() -> None:
    talk = Talk(numbered=True)
    first, second = talk.ask(HOME, "first", slow=True), talk.ask(BY, "second", repeatable=False)
    talk.answers(first, "90 41 FF")
    talk.answers(second, "90 60 03 FF")
    assert talk.news() == [("accepted", "first")]
    talk.expects(HOME, BY)
    talk.passes(50)
    talk.expects(BY)  # buffer full: it was not carried out
    talk.answers(first, "90 61 04 FF")
    assert talk.news() == [("refused", "first")]


def test_on_a_numbered_line_a_relative_move_may_be_sent_again() -> None:
    talk = Talk(numbered=True)
    move = talk.ask(BY, "by", repeatable=False)
    talk.passes(250)
    talk.expects(BY, BY)
    talk._handle(talk.line.on_duplicate(move, talk.now * MS))
    assert talk.news() == [("accepted", "by"), ("completed", "by")]


def test_what_the_camera_has_had_of_a_move_leaves_the_end_to_the_position() -> None:
    talk = Talk(numbered=True)
    move = talk.ask(HOME, "home", slow=True)
    talk._handle(talk.line.on_duplicate(move, 0))
    assert talk.news() == [("accepted", "home")]
    assert move.state is State.ACCEPTED


def test_what_a_newer_frame_has_made_out_of_date_is_not_sent_again() -> None:
    talk = Talk(numbered=True)
    frame = talk.ask(ZOOM.format(1), "frame")
    frame.outdated = True
    talk.passes(900)
    talk.expects(ZOOM.format(1))


def test_what_the_line_could_not_get_across_is_refused() -> None:
    talk = Talk(numbered=True)
    move, question = talk.ask(BY, "by"), talk.ask("81 09 06 12 FF", "question", inquiry=True)
    for exchange in (move, question):
        talk._handle(talk.line.refuse(exchange, "the camera refuses the frame", 0))
    assert talk.told == [
        ("refused", "by", "the camera refuses the frame"),
        ("unanswered", "question", "the camera refuses the frame"),
    ]
