"""The conversation with a camera, one test per way in which cameras and lines misbehave.

Each test reads as what goes over the wire: the controller `sends`, the camera `says`, time `passes`.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.visca.conversation import Conversation
from cuelang.protocols.visca.exchange import ERRORS, TABLE, Event, Exchange, Kind, Signal, State
from cuelang.units import MS

POWER = bytes.fromhex("81 09 04 00 FF")
HOME, STOP, RECALL = "81 01 06 04 FF", "81 01 06 01 01 01 03 03 FF", "81 01 04 3F 02 05 FF"
TALLY, BY, POSITION = "81 0A 02 02 02 FF", "81 01 06 03 0A 0A 00 00 01 00 00 00 00 00 FF", "81 09 06 12 FF"
ZOOM = "81 01 04 47 0{} 00 00 00 FF"
AT_HOME = "90 50 00 00 00 00 00 00 00 00 FF"


class Talk:
    """Both sides of a conversation, with a clock in milliseconds that only `passes` moves."""

    def __init__(self, *, stream: bool = False, numbered: bool = False, turns: bool = False, up: bool = True) -> None:
        self.line = Conversation(POWER, stream=stream, numbered=numbered, turns=turns)
        self.now = 0
        self.wire: list[str] = []
        self.told: list[tuple[str, Any, str]] = []
        if up:
            self._heed(self.line.line_up(0))

    def ask(self, frame: str, name: str = "", **how: Any) -> Exchange:
        exchange = Exchange(bytes.fromhex(frame), self.now * MS, owner=name or frame, **how)
        self._heed(self.line.submit(exchange, self.now * MS))
        return exchange

    def expects(self, *frames: str) -> None:
        assert self.wire == [frame.upper() for frame in frames]
        self.wire = []

    def expects_nothing(self) -> None:
        self.expects()

    def says(self, *frames: str) -> None:
        for frame in frames:
            self._heed(self.line.receive(bytes.fromhex(frame), self.now * MS))

    def answers(self, exchange: Exchange, *frames: str) -> None:
        """Replies that the line knows to be to this exchange."""
        for frame in frames:
            self._heed(self.line.receive_for(exchange, bytes.fromhex(frame), self.now * MS))

    def passes(self, ms: int) -> None:
        end = self.now + ms
        while self.line.deadline is not None and self.line.deadline <= end * MS:
            self.now = max(self.now, -(-self.line.deadline // MS))
            self._heed(self.line.wake(self.now * MS))
            assert self.line.deadline is None or self.line.deadline > self.now * MS, "it would spin"
        self.now = end

    def drops(self) -> None:
        self._heed(self.line.line_lost(self.now * MS))

    def returns(self) -> None:
        self._heed(self.line.line_up(self.now * MS))

    def leaves(self, exchange: Exchange) -> None:
        """It has its turn on a line that cameras share."""
        self.line.left(exchange, self.now * MS)

    def forgets(self, exchange: Exchange) -> bool:
        return self.line.forget(exchange)

    def news(self) -> list[tuple[str, Any]]:
        """What happened since the last look: (what, to whom)."""
        told, self.told = self.told, []
        return [(what, who) for what, who, _ in told]

    def reason(self) -> str:
        return self.told[-1][2]

    def _heed(self, events: list[Event]) -> None:
        for kind, exchange, reason, _ in events:
            if kind is Kind.SEND:
                self.wire.append(exchange.frame.hex(" ").upper())
            else:
                self.told.append((kind.name.lower(), exchange.owner, reason))


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_move_is_taken_and_done(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.expects(HOME)
    talk.says("90 41 FF")
    assert talk.news() == [("accepted", "home")]
    talk.passes(3000)
    talk.says("90 51 FF")
    assert talk.news() == [("completed", "home")]
    talk.passes(100_000)
    talk.expects_nothing()


def test_two_sockets_complete_in_either_order(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF")
    talk.ask(ZOOM.format(4), "zoom", slow=True)
    talk.says("90 42 FF", "90 52 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("accepted", "zoom"), ("completed", "zoom"), ("completed", "home")]


@pytest.mark.parametrize("reply", ["90 41 FF", "A0 41 FF", "F0 41 FF"])
def test_a_reply_counts_from_any_address(talk: Talk, reply: str) -> None:
    talk.ask(HOME, "home")
    talk.says(reply)
    assert talk.news() == [("accepted", "home")]


def test_recall_that_is_acked_at_the_end_of_the_move(talk: Talk) -> None:
    """pov#32: ACK and completion 3.15 s after the send."""
    talk.ask(RECALL, "recall", slow=True, withheld=True)
    talk.expects(RECALL)
    talk.passes(251)
    talk.expects("81 09 04 00 FF")  # are you there?
    talk.says("90 50 02 FF")
    talk.expects(RECALL)  # the first may have been lost
    talk.passes(2900)
    talk.expects_nothing()
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "recall"), ("completed", "recall")]
    talk.ask(RECALL, "again", slow=True, withheld=True)
    talk.expects(RECALL)
    talk.passes(251)
    talk.expects("81 09 04 00 FF")
    talk.says("90 50 02 FF")
    talk.passes(3000)
    talk.expects_nothing()  # known by now: this camera is late, nothing was lost


def test_while_a_recall_is_withheld_others_get_their_ack(talk: Talk) -> None:
    talk.ask(RECALL, "recall", slow=True, withheld=True)
    talk.passes(251)
    talk.says("90 50 02 FF")
    talk.passes(1000)
    talk.ask(TALLY, "tally")
    talk.says("90 42 FF", "90 52 FF")
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [
        ("accepted", "tally"), ("completed", "tally"), ("accepted", "recall"), ("completed", "recall"),
    ]  # fmt: skip


def test_a_move_that_is_not_acked_is_repeated_and_not_given_up_while_the_camera_answers(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.passes(260)
    talk.expects(HOME, HOME, "81 09 04 00 FF")
    talk.says("90 50 02 FF")
    talk.passes(1000)
    talk.expects(HOME, HOME)
    assert talk.news() == []
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("completed", "home")]


def test_a_recall_that_is_never_acked_times_out_after_a_minute(talk: Talk) -> None:
    talk.ask(RECALL, "recall", slow=True, withheld=True, limit=60_000 * MS)
    talk.passes(251)
    talk.says("90 50 02 FF")
    talk.passes(59_000)
    assert talk.news() == []
    talk.passes(2000)
    assert talk.news() == [("timed_out", "recall")]


def test_several_commands_in_one_socket(talk: Talk) -> None:
    """pov PR#42: Move SE, G3. What is over at once completes first."""
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF")
    talk.ask(TALLY, "tally")
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("accepted", "tally"), ("completed", "tally")]
    talk.says("90 51 FF")
    assert talk.news() == [("completed", "home")]


@pytest.mark.parametrize("stream", [False, True])
def test_a_completion_in_another_socket_is_for_the_one_whose_ack_was_lost(stream: bool) -> None:
    """The ACK 42 to the relative move never came. The zoom goes on."""
    talk = Talk(stream=stream)
    zoom = talk.ask(ZOOM.format(4), "zoom", slow=True)
    talk.says("90 41 FF")
    by = talk.ask(BY, "by", slow=True, repeatable=False)
    talk.says("90 52 FF")
    assert talk.news() == [("accepted", "zoom"), ("accepted", "by"), ("completed", "by")]
    assert by.unsure and talk.line.doubtful
    talk.says("90 51 FF")
    assert talk.news() == [("completed", "zoom")]
    assert not zoom.unsure


def test_a_completion_in_a_socket_that_visca_has_not_is_for_nothing_that_waits(talk: Talk) -> None:
    """It belongs to nothing. A tally that the camera has not taken is not done by it."""
    talk.ask(HOME, "home", slow=True)
    talk.says("90 41 FF")
    talk.ask(TALLY, "tally")
    talk.says("90 55 FF")
    assert ("completed", "tally") not in talk.news()
    talk.says("90 60 41 FF")
    assert talk.news() == [("refused", "tally")]


def test_where_answers_were_missing_a_completion_in_another_socket_is_not_certain(talk: Talk) -> None:
    zoom = talk.ask(ZOOM.format(4), "zoom", slow=True)
    talk.says("90 41 FF")
    talk.ask(BY, "by", repeatable=False)
    talk.passes(1001)
    assert talk.news() == [("accepted", "zoom"), ("unreachable", "by")]
    talk.says("90 52 FF")
    assert talk.news() == [("completed", "zoom")]
    assert zoom.unsure


def test_a_completion_for_a_socket_never_used_serves_the_oldest(talk: Talk) -> None:
    talk.ask(HOME, "home")
    talk.says("90 41 FF", "90 52 FF")
    assert talk.news() == [("accepted", "home"), ("completed", "home")]


def test_replies_to_nothing_are_counted_and_ignored(talk: Talk) -> None:
    talk.says("90 52 FF", "90 41 FF", "90 60 41 FF", "90 50 02 FF", "90 61 05 FF", "90 38 FF", "88 30 02 FF")
    assert talk.news() == []
    assert talk.line.strays == 7


def test_a_superseded_preset_still_completes(talk: Talk) -> None:
    """pov#41. Its completion must not be taken for that of the new one."""
    first = talk.ask(RECALL, "first", slow=True, withheld=True)
    talk.says("90 41 FF")
    talk.forgets(first)
    talk.ask(RECALL, "second", slow=True, withheld=True)
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news() == [("accepted", "first"), ("accepted", "second")]
    talk.says("90 51 FF")
    assert talk.news() == [("completed", "second")]


def test_an_ack_that_was_lost_is_made_up_by_the_completion(talk: Talk) -> None:
    talk.ask(TALLY, "tally")
    talk.says("90 51 FF")
    assert talk.news() == [("accepted", "tally"), ("completed", "tally")]


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


def test_one_inquiry_at_a_time(talk: Talk) -> None:
    talk.ask(POSITION, "position", inquiry=True)
    talk.ask("81 09 04 47 FF", "zoom", inquiry=True)
    talk.expects(POSITION)
    talk.says(AT_HOME)
    talk.expects("81 09 04 47 FF")
    talk.says("90 50 00 00 00 00 FF")
    assert talk.news() == [("answered", "position"), ("answered", "zoom")]


def test_an_inquiry_takes_no_socket(talk: Talk) -> None:
    talk.ask(HOME, "home", slow=True)
    talk.ask(POSITION, "position", inquiry=True)
    talk.says("90 41 FF", AT_HOME, "90 51 FF")
    assert talk.news() == [("accepted", "home"), ("answered", "position"), ("completed", "home")]


def test_an_inquiry_is_asked_three_times(talk: Talk) -> None:
    talk.ask(POSITION, "position", inquiry=True)
    talk.passes(749)
    talk.expects(POSITION, POSITION, POSITION)
    assert talk.news() == []
    talk.passes(2)
    assert talk.news() == [("unanswered", "position")]


def test_a_line_whose_answers_take_long_is_asked_again_later(talk: Talk) -> None:
    """A line of which nothing is known is asked again after 250 ms."""
    talk.ask(POSITION, "position", inquiry=True)
    talk.passes(240)
    talk.says(AT_HOME)
    talk.expects(POSITION)
    talk.ask(POSITION, "position", inquiry=True)
    talk.passes(600)
    talk.expects(POSITION)
    talk.says(AT_HOME)
    assert talk.news() == [("answered", "position"), ("answered", "position")]


def test_a_late_answer_to_another_question_is_no_answer(talk: Talk) -> None:
    talk.ask(POSITION, "position", inquiry=True, fits=lambda reply: len(reply) == 11)
    talk.says("90 50 02 FF")
    assert talk.news() == []
    talk.says(AT_HOME)
    assert talk.news() == [("answered", "position")]


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
    late = Exchange(bytes.fromhex(HOME), 0, owner="home")
    talk.now = 1500
    talk._heed(talk.line.submit(late, talk.now * MS))
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
    talk._heed(talk.line.had(move, talk.now * MS))
    assert talk.news() == [("accepted", "by"), ("completed", "by")]


def test_what_the_camera_has_had_of_a_move_leaves_the_end_to_the_position() -> None:
    talk = Talk(numbered=True)
    move = talk.ask(HOME, "home", slow=True)
    talk._heed(talk.line.had(move, 0))
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
        talk._heed(talk.line.refuse(exchange, "the camera refuses the frame", 0))
    assert talk.told == [
        ("refused", "by", "the camera refuses the frame"),
        ("unanswered", "question", "the camera refuses the frame"),
    ]


def test_every_state_of_the_table_can_be_left() -> None:
    assert {state for state, _ in TABLE} == set(State) - {State.ENDED}
    assert {signal for _, signal in TABLE} == set(Signal)


REPLIES = [
    "9041FF",
    "9042FF",
    "9051FF",
    "9052FF",
    "905002FF",
    "906003FF",
    "906002FF",
    "906141FF",
    "906204FF",
    "FF",
    "12",
]


@given(st.data(), st.booleans())
def test_nothing_that_a_camera_says_raises_or_leaves_a_command_without_an_end(
    data: st.DataObject, stream: bool
) -> None:
    talk = Talk(stream=stream)
    asked = []
    for _ in range(data.draw(st.integers(1, 30))):
        match data.draw(
            st.sampled_from(["ask", "ask", "say", "say", "say", "noise", "pass", "drop", "return", "forget"])
        ):
            case "ask":
                how = data.draw(
                    st.fixed_dictionaries(
                        {key: st.booleans() for key in ("repeatable", "slow", "withheld", "urgent", "inquiry")}
                    )
                )
                asked.append(talk.ask(TALLY, f"command {len(asked)}", **how))
            case "say":
                talk.says(data.draw(st.sampled_from(REPLIES)))
            case "noise":
                talk._heed(talk.line.receive(data.draw(st.binary(max_size=40)), talk.now * MS))
            case "pass":
                talk.passes(data.draw(st.integers(0, 1500)))
            case "drop":
                talk.drops()
            case "return":
                talk.returns()
            case "forget" if asked:
                exchange = data.draw(st.sampled_from(asked))
                if exchange.wanted:
                    talk.forgets(exchange)
    talk.returns()
    talk.passes(200_000)
    ends = [who for what, who, _ in talk.told if what not in ("accepted", "rubbish")]
    assert len(ends) == len(set(ends)), "an exchange ended twice"
    assert all(exchange.state is State.ENDED for exchange in asked)
    assert {exchange.owner for exchange in asked if exchange.wanted} <= set(ends)
    assert talk.line.deadline is None
