"""The camera's end of a Sony session, and both ends over a bad network."""

from __future__ import annotations

import random

import pytest

from cuelang.protocols.sony import receiver as receivers
from cuelang.protocols.sony import session as sessions
from cuelang.protocols.sony.receiver import Deliver, Receiver, SonyAnswer
from cuelang.protocols.sony.session import SonyEventKind, SonySession
from cuelang.units import MS
from tests.protocols.sony_talk import BY, HOME, POWER, RESET, RESET_DONE, command, refusal, reply


class Camera:
    def __init__(self) -> None:
        self.receiver = Receiver()

    def hears(self, datagram: str) -> str:
        found = self.receiver.receive(bytes.fromhex(datagram))
        if isinstance(found, Deliver):
            return f"does {found.number}: {found.frame.hex(' ').upper()}"
        return found.datagram.hex(" ").upper() if isinstance(found, SonyAnswer) else "silence"


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
    session: SonySession[int] = SonySession()
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

    def heed(events: list[sessions.SonyEvent[int]]) -> None:
        for kind, key, data in events:
            if kind is SonyEventKind.SEND:
                throw(True, data)
                continue
            assert key is not None and key not in ends, "an end comes once"
            if kind is SonyEventKind.REPLY and data[1] >> 4 == 4:
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
            if isinstance(found, SonyAnswer):
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
