"""Whatever arrives at the OSC door, it raises nothing, keeps nothing and still hears the next GO."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols import qlab
from cuelang.protocols.osc_encode import encode
from tests.drawn import examples
from tests.triggers.osc_house import GUARDED, Guest, House, after, at_house

WORDS = sorted(
    {*qlab.CUE_ACTIONS, *qlab.WORKSPACE_ACTIONS, *qlab.NOT_FOR_CAMERAS, *qlab.NEUTRAL, *qlab.SHOW_NEUTRAL}
    | {
        "cue",
        "cue_id",
        "workspace",
        "selected",
        "active",
        "playhead",
        "2",
        "2.5",
        "*",
        "?",
        "[12]",
        "{1,2}",
        "[",
        "",
        "connect",
        "updates",
        "listen",
        "go",
        "udpReplyPort",
        "alwaysReply",
        "replyFormat",
        "thump",
        "valuesForKeys",
        "cueLists",
        "shallow",
        "uniqueIDs",
        "children",
        "cuelang",
        "subscribe",
        "stopListening",
        "disconnect",
        "Ünïcode",
    }
)
ADDRESSES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(lambda words: "/" + "/".join(words))
ARGUMENTS = st.lists(
    st.integers(-(1 << 31), (1 << 31) - 1)
    | st.floats(width=32)
    | st.booleans()
    | st.sampled_from(["", "2", "next", "toggle", "[]", '["number"]', "#data#", "x" * 300]),
    max_size=3,
).map(tuple)


@examples(60)
@given(st.lists(st.tuples(ADDRESSES, ARGUMENTS), max_size=12), st.booleans())
def test_any_words_of_qlab_in_any_order(messages: list[tuple[str, tuple[float | str, ...]]], guarded: bool) -> None:
    async def act(house: House) -> None:
        guest = Guest(house)
        for address, arguments in messages:
            await guest.ask(address, *arguments)
        if guarded:
            await after(61)  # it may have guessed
            await guest.ask("/connect", "5577")
        before = len(house.verdicts)
        await guest.ask("/panic")
        assert house.verdicts[before:] == ["panic fired"]

    options: dict[str, Any] = {"port": GUARDED, "environ": {"OSC_PASSCODE": "5577"}} if guarded else {}
    at_house(act, **options)


def test_packets_with_any_bit_turned() -> None:
    async def act(house: House) -> None:
        dice, guest = random.Random(7), Guest(house)
        good = [
            encode("/cue/2/valuesForKeys", ('["number","name"]',)), encode("/go", ("2",)), encode("/updates", (1,)),
            b"#bundle\0" + bytes(7) + b"\1" + (12).to_bytes(4, "big") + encode("/go/2"),
        ]  # fmt: skip
        for _ in range(5000):
            packet = bytearray(dice.choice(good))
            for _ in range(dice.randrange(4)):
                packet[dice.randrange(len(packet))] ^= 1 << dice.randrange(8)
            house.door.packet(
                house.gate, guest.client, bytes(packet[: dice.randrange(len(packet) + 1) or None]), "osc x:1"
            )
        guest.packets.clear()
        assert len(house.problems) < 20 and house.door.malformed > 100
        assert len(house.ears.clients()) == 0
        await guest.ask("/panic")
        assert house.verdicts[-1] == "panic fired"

    at_house(act)


def test_a_thousand_machines_are_not_remembered_for_ever() -> None:
    async def act(house: House) -> None:
        for number in range(3000):
            house.ears.datagram_received(encode("/thump"), (f"10.1.{number // 250}.{number % 250}", 9))
        assert len(house.ears.clients()) == 256

    at_house(act)
