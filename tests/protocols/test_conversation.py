"""The conversation with a camera, one test for each way in which cameras answer: acknowledgements, completions, sockets
and questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.visca.exchange import TABLE, Signal, State
from cuelang.units import MS
from tests.protocols.conversing import AT_HOME, BY, HOME, POSITION, RECALL, TALLY, ZOOM, Talk


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
                talk._handle(talk.line.receive(data.draw(st.binary(max_size=40)), talk.now * MS))
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


def test_what_ends_after_it_was_given_up_ends_nothing_else() -> None:
    """A focus goes on for longer than it is waited for; a zoom is under way in the other socket when it ends."""
    talk = Talk()
    talk.ask("81 01 04 48 01 02 00 00 FF", "focus", limit=1000 * MS, ack_enough=True)
    talk.says("90 41 FF")
    talk.passes(1000)
    assert talk.news() == [("accepted", "focus"), ("completed", "focus")]
    talk.ask(ZOOM.format(1), "zoom")
    talk.says("90 42 FF", "90 51 FF")
    assert talk.news() == [("accepted", "zoom")]
    talk.says("90 52 FF")
    assert talk.news() == [("completed", "zoom")]


def test_a_socket_that_is_taken_again_has_nothing_left_to_end() -> None:
    talk = Talk()
    talk.ask("81 01 04 48 01 02 00 00 FF", "focus", limit=1000 * MS, ack_enough=True)
    talk.says("90 41 FF")
    talk.passes(1000)
    talk.ask(ZOOM.format(1), "zoom")
    talk.says("90 41 FF", "90 51 FF")
    assert talk.news()[-2:] == [("accepted", "zoom"), ("completed", "zoom")]
