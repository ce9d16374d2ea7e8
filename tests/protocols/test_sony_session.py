"""The controller's end of a Sony session: what becomes of lost, repeated and refused datagrams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.sony import packet as header
from cuelang.protocols.sony import session as sessions
from cuelang.protocols.sony.packet import SonyPacket, Type
from cuelang.protocols.sony.receiver import Deliver, Receiver
from tests.protocols.sony_talk import (
    BY,
    HOME,
    POWER,
    RESET,
    RESET_DONE,
    STOP,
    Talk,
    command,
    inquiry,
    refusal,
    reply,
)


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.resets()
    return talk


def test_a_reset_comes_first_and_frames_wait_for_its_answer():
    talk = Talk()
    talk.sends("home", HOME)
    talk.sends("power", POWER)
    talk.expects(RESET)
    talk.hears(RESET_DONE)
    talk.expects()
    talk.passes(40)
    talk.expects(command(1, HOME), inquiry(2, POWER))


def test_a_stop_does_not_wait_for_the_reset():
    talk = Talk()
    talk.sends("stop", STOP, urgent=True)
    talk.expects(RESET, command(1, STOP))


def test_a_lost_reset_is_sent_again():
    talk = Talk()
    talk.sends("home", HOME)
    talk.passes(99)
    talk.expects(RESET)
    talk.passes(1)
    talk.expects(RESET)
    talk.hears(RESET_DONE)
    talk.expects()
    talk.passes(40)
    talk.expects(command(1, HOME))


def test_a_camera_that_never_answers_a_reset_gets_its_commands_all_the_same():
    talk = Talk()
    talk.sends("home", HOME)
    for _ in range(sessions.RESET_TRIES):
        talk.passes(100)
    talk.expects(*[RESET] * sessions.RESET_TRIES, command(1, HOME))
    assert talk.session.deadline is None


def test_what_waits_for_a_reset_is_not_sent_when_it_has_become_too_late():
    talk = Talk()
    talk.sends("home", HOME, within=150)
    talk.sends("power", POWER, within=1000)
    talk.passes(100)
    talk.passes(100)
    talk.expects(RESET, RESET, RESET)
    talk.hears(RESET_DONE)
    talk.passes(talk.waits())
    talk.expects(inquiry(1, POWER))


def test_what_is_withdrawn_before_it_was_sent_never_is():
    talk = Talk()
    talk.sends("home", HOME)
    talk.session.withdraw("home")
    talk.session.withdraw("nobody")
    talk.resets()
    talk.expects()


def test_what_is_withdrawn_after_it_was_sent_is_still_answered_but_not_issued_again(talk):
    talk.sends("zoom 1", HOME)
    talk.sends("zoom 2", HOME)
    talk.session.withdraw("zoom 1")
    talk.session.withdraw("zoom 2")
    talk.expects(command(1, HOME), command(2, HOME))
    talk.hears(reply(1, "90 41 FF"), refusal(2))
    assert talk.news() == [("reply", "zoom 1", "90 41 FF")]
    talk.resets()
    talk.expects()


def test_replies_are_matched_by_their_number(talk):
    talk.sends("home", HOME)
    talk.sends("power", POWER)
    talk.hears(reply(2, "90 50 02 FF"), reply(1, "90 41 FF"), reply(1, "90 51 FF"))
    assert talk.news() == [
        ("reply", "power", "90 50 02 FF"), ("reply", "home", "90 41 FF"), ("reply", "home", "90 51 FF"),
    ]  # fmt: skip


def test_repeated_replies_are_dropped(talk):
    talk.sends("home", HOME)
    talk.hears(*[reply(1, "90 41 FF")] * 2, *[reply(1, "90 51 FF")] * 3, reply(1, "90 41 FF"))
    assert talk.news() == [("reply", "home", "90 41 FF"), ("reply", "home", "90 51 FF")]
    assert talk.session.strays == 4


def test_replies_to_another_controller_on_this_machine_are_not_ours(talk):
    talk.sends("home", HOME)
    talk.hears(reply(77, "90 41 FF"), reply(77, "90 51 FF"))
    assert talk.news() == []


def test_a_lost_command_is_sent_again_with_the_same_number(talk):
    talk.sends("home", HOME)
    talk.sends("home", HOME)
    talk.expects(command(1, HOME), command(1, HOME))
    talk.hears(reply(1, "90 41 FF"))
    assert talk.news() == [("reply", "home", "90 41 FF")]


def test_the_next_thing_with_the_same_bytes_has_a_number_of_its_own(talk):
    talk.sends("first", HOME)
    talk.sends("second", HOME)
    talk.expects(command(1, HOME), command(2, HOME))


def test_only_the_reply_was_lost_so_it_is_issued_anew_after_a_reset(talk):
    talk.sends("power", POWER)
    talk.sends("power", POWER)
    talk.hears(refusal(1))
    talk.expects(inquiry(1, POWER), inquiry(1, POWER))
    talk.resets()
    talk.expects(inquiry(1, POWER))
    talk.hears(reply(1, "90 50 02 FF"))
    assert talk.news() == [("reply", "power", "90 50 02 FF")]


def test_a_relative_move_whose_ack_was_lost_is_not_done_twice(talk):
    talk.sends("by", BY, repeatable=False)
    talk.sends("by", BY, repeatable=False)
    talk.hears(refusal(1))
    assert talk.news() == [("taken", "by", "")]
    talk.expects(command(1, BY), command(1, BY))
    talk.resets()
    talk.expects()


def test_without_an_answer_to_the_reset_0f_01_proves_nothing():
    talk = Talk()
    for _ in range(sessions.RESET_TRIES):
        talk.passes(100)
    talk.sends("by", BY, repeatable=False)
    talk.sends("by", BY, repeatable=False)
    talk.hears(refusal(1))
    assert talk.news() == [("refused", "by", "0F 01")]


def test_a_reset_lets_everything_land_first_and_holds_back_all_but_a_stop(talk):
    talk.sends("by", BY, repeatable=False)
    talk.sends("power", POWER)
    talk.hears(refusal(2))
    talk.sends("home", HOME)
    talk.sends("stop", STOP, urgent=True)
    talk.expects(command(1, BY), inquiry(2, POWER), command(3, STOP))
    talk.passes(39)
    talk.expects()
    talk.passes(1)
    talk.expects(RESET)
    talk.hears(RESET_DONE)
    talk.passes(39)
    talk.expects()
    talk.passes(1)
    talk.expects(inquiry(1, POWER), command(2, HOME))


def test_a_relative_move_refused_at_once_is_reported_and_not_risked(talk):
    talk.sends("by", BY, repeatable=False)
    talk.hears(refusal(1))
    assert talk.news() == [("refused", "by", "0F 01")]
    talk.expects(command(1, BY))
    talk.resets()
    talk.expects()


def test_a_camera_that_was_switched_off_and_on_lost_count(talk):
    for key in "abc":
        talk.sends(key, HOME)
        talk.hears(reply(ord(key) - 96, "90 51 FF"))
    talk.sends("d", HOME)
    talk.sends("e", POWER)
    talk.hears(refusal(4), refusal(5))
    talk.expects(*[command(n, HOME) for n in (1, 2, 3, 4)], inquiry(5, POWER))
    talk.resets()
    talk.expects(command(1, HOME), inquiry(2, POWER))


def test_a_refusal_that_comes_after_the_reset_needs_no_second_one(talk):
    talk.sends("home", HOME)
    talk.sends("power", POWER)
    talk.hears(refusal(2))
    talk.wire.clear()
    talk.passes(40)
    talk.hears(refusal(1), RESET_DONE)
    talk.passes(40)
    talk.expects(RESET, inquiry(1, POWER), command(2, HOME))


def test_0f_01_for_what_has_been_answered_since_is_old_news(talk):
    talk.sends("home", HOME)
    talk.sends("home", HOME)
    talk.hears(reply(1, "90 41 FF"), refusal(1))
    talk.expects(command(1, HOME), command(1, HOME))
    assert talk.news() == [("reply", "home", "90 41 FF")]
    assert talk.session.ready


def test_0f_01_with_a_number_that_was_never_ours_still_means_a_reset(talk):
    talk.hears(refusal(99))
    talk.passes(40)
    talk.expects(RESET)


def test_a_move_that_began_before_the_reset_completes_after_it(talk):
    talk.sends("home", HOME)
    talk.hears(reply(1, "90 42 FF"), refusal(99))
    talk.wire.clear()
    talk.resets()
    talk.sends("stop", STOP)
    talk.hears(reply(1, "90 41 FF"), reply(1, "90 52 FF"), reply(1, "90 51 FF"))
    assert talk.news() == [
        ("reply", "home", "90 42 FF"), ("reply", "stop", "90 41 FF"),
        ("reply", "home", "90 52 FF"), ("reply", "stop", "90 51 FF"),
    ]  # fmt: skip


def test_the_copy_of_an_old_completion_ends_nothing_new(talk):
    talk.sends("home", HOME)
    talk.hears(reply(1, "90 41 FF"), refusal(99))
    talk.wire.clear()
    talk.resets()
    talk.hears(reply(1, "90 51 FF"))
    talk.sends("stop", STOP)
    talk.hears(reply(1, "90 51 FF"))
    assert talk.news()[1:] == [("reply", "home", "90 51 FF")]


def test_a_number_that_was_used_again_means_nothing_older(talk):
    talk.sends("lost", HOME)
    talk.hears(refusal(99))
    talk.wire.clear()
    talk.resets()
    talk.sends("stop", STOP)
    talk.hears(reply(1, "90 51 FF"), refusal(99))
    talk.wire.clear()
    talk.resets()
    talk.hears(reply(1, "90 41 FF"))
    assert talk.news() == [("reply", "stop", "90 51 FF")]


def test_what_was_under_way_at_a_reset_is_sent_again_only_if_it_may_be(talk):
    talk.sends("home", HOME)
    talk.sends("by", BY, repeatable=False)
    talk.hears(refusal(99))
    talk.wire.clear()
    talk.resets()
    talk.sends("by", BY, repeatable=False)
    talk.sends("home", HOME)
    talk.expects(command(1, HOME))
    talk.hears(reply(2, "90 41 FF"))
    assert talk.news() == [("reply", "by", "90 41 FF")]


def test_a_camera_that_always_says_0f_01_is_not_asked_for_ever(talk):
    talk.sends("home", HOME)
    for _ in range(sessions.ISSUES):
        talk.expects(command(1, HOME))
        talk.hears(refusal(1))
        talk.resets()
    talk.expects()
    assert talk.news() == [("refused", "home", "0F 01")]


def test_a_message_that_the_camera_does_not_understand(talk):
    talk.sends("home", HOME)
    talk.hears(refusal(1, "0F 02"))
    assert talk.news() == [("refused", "home", "0F 02")]


def test_nothing_of_what_is_forgotten_is_told(talk):
    talk.sends("home", HOME)
    talk.session.forget("home")
    talk.hears(reply(1, "90 41 FF"))
    assert talk.news() == []


def test_after_an_error_the_same_key_may_try_other_bytes(talk):
    talk.sends("gain", "81 01 04 4C 00 00 00 03 FF")
    talk.hears(reply(1, "90 60 02 FF"))
    talk.sends("gain", "81 01 04 0C 00 00 00 03 FF")
    talk.expects(command(1, "81 01 04 4C 00 00 00 03 FF"), command(2, "81 01 04 0C 00 00 00 03 FF"))


def test_the_books_stay_small(talk):
    for number in range(3000):
        talk.sends(str(number), HOME)
    session = talk.session
    assert max(map(len, (session._sent, session._now, session._before))) <= sessions.KEPT_FRAMES


CONTROLS = [header.RESET, header.ABNORMAL_NUMBER, header.ABNORMAL_MESSAGE]


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.builds(header.pack, st.sampled_from(Type), st.integers(0, 5), st.binary(min_size=1, max_size=5)),
            st.builds(header.pack, st.just(Type.CONTROL_REPLY), st.integers(0, 5), st.sampled_from(CONTROLS)),
        ),
        max_size=20,
    )
)
def test_no_bytes_make_either_end_raise(datagrams):
    talk, receiver = Talk(), Receiver()
    talk.sends("home", HOME)
    talk.sends("power", POWER)
    for datagram in datagrams:
        talk.passes(30)
        talk.hears(datagram.hex())
        answer = receiver.receive(datagram)
        assert answer is None or isinstance(answer, Deliver) or isinstance(header.unpack(answer.datagram), SonyPacket)
