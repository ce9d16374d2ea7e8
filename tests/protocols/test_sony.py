"""VISCA with Sony's header: the bytes, and what becomes of lost, repeated and overtaken datagrams.

The conversations are written from the controller's end: it `sends` and `hears`, and `expects` what is on the wire.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.sony import packet as header
from cuelang.protocols.sony import receiver as receivers
from cuelang.protocols.sony import session as sessions
from cuelang.protocols.sony.packet import Malformed, Packet, Type
from cuelang.protocols.sony.receiver import Answer, Deliver, Receiver
from cuelang.protocols.sony.session import Kind, Session
from cuelang.units import MS

HOME, BY = "81 01 06 04 FF", "81 01 06 03 0A 0A 00 00 01 00 00 00 00 00 FF"
STOP, POWER = "81 01 06 01 01 01 03 03 FF", "81 09 04 00 FF"
RESET, RESET_DONE = "02 00 00 01 00 00 00 00 01", "02 01 00 01 00 00 00 00 01"


def command(number: int, frame: str) -> str:
    return f"01 00 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def inquiry(number: int, frame: str) -> str:
    return f"01 10 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def reply(number: int, frame: str) -> str:
    return f"01 11 00 {len(frame.split()):02X} 00 00 00 {number:02X} {frame}"


def refusal(number: int, code: str = "0F 01") -> str:
    return f"02 01 00 02 00 00 00 {number:02X} {code}"


class Talk:
    def __init__(self) -> None:
        self.session: Session[str] = Session()
        self.now = 0
        self.wire: list[str] = []
        self.told: list[tuple[str, str | None, str]] = []
        self._heed(self.session.start(0))

    def sends(self, key: str, frame: str, within: int | None = None, **how: bool) -> None:
        until = None if within is None else self.now + within * MS
        self._heed(self.session.send(key, bytes.fromhex(frame), self.now, until=until, **how))

    def hears(self, *datagrams: str) -> None:
        for datagram in datagrams:
            self._heed(self.session.receive(bytes.fromhex(datagram), self.now))

    def passes(self, ms: int) -> None:
        self.now += ms * MS
        self._heed(self.session.wake(self.now))

    def resets(self) -> None:
        """The session's own RESET goes its way, and nothing but it."""
        if not self.wire:
            self.passes(self.waits())
        self.expects(RESET)
        self.hears(RESET_DONE)
        self.passes(self.waits())
        assert self.session.ready

    def waits(self) -> int:
        assert self.session.deadline is not None
        return (self.session.deadline - self.now) // MS

    def expects(self, *datagrams: str) -> None:
        assert self.wire == list(datagrams)
        self.wire = []

    def news(self) -> list[tuple[str, str | None, str]]:
        told, self.told = self.told, []
        return told

    def _heed(self, events: list[sessions.Event[str]]) -> None:
        for kind, key, data in events:
            if kind is Kind.SEND:
                self.wire.append(data.hex(" ").upper())
            else:
                self.told.append((kind.name.lower(), key, data.hex(" ").upper()))


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.resets()
    return talk


# --- bytes ---------------------------------------------------------------------------------------------------


def test_the_header_of_each_type():
    for kind, first in zip(Type, ("01 00", "01 10", "01 11", "01 20", "02 00", "02 01"), strict=True):
        datagram = header.pack(kind, 0x01020304, b"\x81\xff")
        assert datagram == bytes.fromhex(f"{first} 00 02 01 02 03 04 81 FF")
        assert header.unpack(datagram) == Packet(kind, 0x01020304, b"\x81\xff")


def test_reset_is_the_manuals():
    assert header.pack(Type.CONTROL, 0, header.RESET) == bytes.fromhex("02 00 00 01 00 00 00 00 01")


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (HOME, Type.COMMAND),
        (POWER, Type.INQUIRY),
        ("81 2A 02 A0 04 FF", Type.INQUIRY),
        ("81 2A 02 A0 04 02 FF", Type.COMMAND),
        ("87 2A 02 A0 04 FF", Type.INQUIRY),
        ("88 01 00 01 FF", Type.COMMAND),
    ],
)
def test_an_inquiry_is_known_by_its_class_except_the_audio_one(frame, kind):
    assert header.type_of(bytes.fromhex(frame)) is kind


@pytest.mark.parametrize(
    ("datagram", "number"),
    [
        ("", None),
        ("01 00 00 01 00 00 00", None),
        ("01 00 00 00 00 00 00 07", 7),
        ("01 00 00 06 00 00 00 07 81 01 06 04 FF", 7),
        ("01 00 00 04 00 00 00 07 81 01 06 04 FF", 7),
        ("03 00 00 05 00 00 00 07 81 01 06 04 FF", 7),
        ("01 00 00 12 00 00 00 07" + " 81" * 18, 7),
        ("90 41 FF", None),
    ],
)
def test_what_is_no_datagram_says_so(datagram, number):
    found = header.unpack(bytes.fromhex(datagram))
    assert isinstance(found, Malformed)
    assert found.number == number


@pytest.mark.parametrize(("number", "payload"), [(0, b""), (0, b"x" * 18), (-1, b"x"), (1 << 32, b"x")])
def test_what_no_header_can_carry(number, payload):
    with pytest.raises(ValueError):
        header.pack(Type.COMMAND, number, payload)


@given(st.sampled_from(Type), st.integers(0, header.NUMBERS - 1), st.binary(min_size=1, max_size=17))
def test_there_and_back(kind, number, payload):
    assert header.unpack(header.pack(kind, number, payload)) == Packet(kind, number, payload)


# --- the controller's end ------------------------------------------------------------------------------------


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
    assert max(map(len, (session._sent, session._now, session._before))) <= sessions.MEMORY


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
        assert answer is None or isinstance(answer, Deliver) or isinstance(header.unpack(answer.datagram), Packet)


# --- the camera's end ----------------------------------------------------------------------------------------


class Camera:
    def __init__(self) -> None:
        self.receiver = Receiver()

    def hears(self, datagram: str) -> str:
        found = self.receiver.receive(bytes.fromhex(datagram))
        if isinstance(found, Deliver):
            return f"does {found.number}: {found.frame.hex(' ').upper()}"
        return found.datagram.hex(" ").upper() if isinstance(found, Answer) else "silence"


def test_a_camera_delivers_and_answers_with_the_same_number():
    assert Camera().hears(command(9, HOME)) == f"does 9: {HOME}"
    assert receivers.reply(9, bytes.fromhex("90 41 FF")) == bytes.fromhex("01 11 00 03 00 00 00 09 90 41 FF")


def test_a_camera_does_nothing_twice():
    camera = Camera()
    camera.hears(command(1, BY))
    assert camera.hears(command(1, BY)) == refusal(1)


def test_what_was_overtaken_or_lost_is_still_taken():
    camera = Camera()
    assert camera.hears(command(2, HOME)).startswith("does 2")
    assert camera.hears(command(1, HOME)).startswith("does 1")
    assert camera.hears(command(7, HOME)).startswith("does 7")


def test_a_controller_that_was_started_anew_must_reset():
    camera = Camera()
    camera.hears("01 00 00 05 00 01 00 00 " + HOME)
    assert camera.hears(command(1, HOME)) == refusal(1)
    assert camera.hears(RESET) == RESET_DONE
    assert camera.hears(command(1, HOME)) == f"does 1: {HOME}"


def test_numbers_run_round():
    camera = Camera()
    assert camera.hears("01 00 00 05 FF FF FF FF " + HOME).startswith("does")
    assert camera.hears(command(0, HOME)) == f"does 0: {HOME}"
    assert camera.hears(command(0, HOME)) == refusal(0)


def test_oddities_of_known_clients_are_borne():
    camera = Camera()
    assert camera.hears("02 00 00 01 00 00 00 01 01") == "02 01 00 01 00 00 00 01 01"
    assert camera.hears(command(1, POWER)) == f"does 1: {POWER}"
    assert camera.hears("01 20 00 05 00 00 00 02 " + HOME) == f"does 2: {HOME}"


@pytest.mark.parametrize(
    ("datagram", "answer"),
    [
        ("05 00 00 05 00 00 00 07 " + HOME, refusal(7, "0F 02")),
        ("01 00 00 09 00 00 00 07 " + HOME, refusal(7, "0F 02")),
        ("02 00 00 01 00 00 00 07 55", refusal(7, "0F 02")),
        ("81 01", "silence"),
        (reply(1, "90 41 FF"), "silence"),
        (RESET_DONE, "silence"),
    ],
)
def test_a_camera_before_what_it_does_not_understand(datagram, answer):
    assert Camera().hears(datagram) == answer


# --- both ends over a bad network ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_over_a_bad_network_everything_happens_once_in_effect_or_is_reported(seed):
    """A fifth of all datagrams is lost, some come twice, all are up to 30 ms late; nothing is repeated within 60 ms."""
    dice = random.Random(seed)
    session: Session[int] = Session()
    receiver = Receiver()
    done: list[bytes] = []
    acks: dict[int, int] = {}
    ends: dict[int, str] = {}
    flying: list[tuple[int, int, bool, bytes]] = []
    count = now = 0

    def throw(to_camera: bool, datagram: bytes) -> None:
        nonlocal count
        for _ in range(0 if dice.random() < 0.2 else 2 if dice.random() < 0.1 else 1):
            count += 1
            flying.append((now + dice.randrange(30), count, to_camera, datagram))

    def heed(events: list[sessions.Event[int]]) -> None:
        for kind, key, data in events:
            if kind is Kind.SEND:
                throw(True, data)
                continue
            assert key is not None and key not in ends, "an end comes once"
            if kind is Kind.REPLY and data[1] >> 4 == 4:
                acks[key] = acks.get(key, 0) + 1
            else:
                ends[key] = kind.name

    frames = {key: b"\x81\x01" + bytes((key // 16, key % 16)) + b"\xff" for key in range(60)}
    single = {key for key in frames if key % 3 == 0}
    heed(session.start(0))
    last = dict.fromkeys(frames, -1000)
    for now in range(6000):
        for one in sorted(one for one in flying if one[0] <= now):
            flying.remove(one)
            if not one[2]:
                heed(session.receive(one[3], now * MS))
                continue
            found = receiver.receive(one[3])
            if isinstance(found, Answer):
                throw(False, found.datagram)
            elif isinstance(found, Deliver):
                done.append(found.frame)
                throw(False, receivers.reply(found.number, b"\x90\x41\xff"))
                throw(False, receivers.reply(found.number, b"\x90\x51\xff"))
        if session.deadline is not None and session.deadline <= now * MS:
            heed(session.wake(now * MS))
        for key in range(min(60, now // 20)):
            if key not in ends and key not in acks and now - last[key] >= 60 and now < 20 * key + 1000:
                last[key] = now
                heed(session.send(key, frames[key], now * MS, repeatable=key not in single))
    assert set(acks.values()) <= {1}
    for key, frame in frames.items():
        if key in single:
            assert done.count(frame) <= 1, "a relative move was made twice"
        if key in acks or ends.get(key) in ("REPLY", "TAKEN"):
            assert frame in done, "it was said to be done and is not"
    told = [key for key in frames if key in acks or key in ends]
    assert len(told) >= 50, "most of it arrives for all that"
