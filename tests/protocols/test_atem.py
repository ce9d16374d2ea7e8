"""The ATEM protocol against packets that were recorded from real clients and switchers (`data/atem`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.commands.switching import Cut, Dissolve, Native, Order, Preview, SetOutput, Take
from cuelang.protocols.atem import blocks
from cuelang.protocols.atem.machine import Atem, frames, native
from cuelang.protocols.atem.packet import ACK, ACK_ME, AtemExchange, AtemPacket, covered, decode
from cuelang.protocols.switcher import Accepted, Changed, Close, Finished, Send, SwitcherEvent
from cuelang.units import MS, NS

DATA = Path(__file__).parent / "data" / "atem"


def state_of(name: str) -> list[bytes]:
    return [bytes.fromhex(line) for line in (DATA / f"{name}.payloads.hex").read_text().split()]


def recording(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]


class Desk:
    """A switcher at the other end of the wire: it answers as a real one does, and has buttons for a person."""

    def __init__(self, state: str = "mini-v8.1", me: int = 0, *, announces: bool = True) -> None:
        self.atem = Atem(me)
        self.me = me
        self.now = 0
        self.announces = announces
        self.asked: list[blocks.AtemBlock] = []
        self.events: list[SwitcherEvent] = []
        self.deaf = False
        self.take(self.atem.opened(0))
        self.line = AtemExchange(0, 0x8001)
        self.hear(AtemPacket(2, 0x53AB, payload=bytes.fromhex("0200000100000000")))
        for payload in state_of(state):
            self.says(payload)
        assert self.atem.state.ready

    def hear(self, packet: AtemPacket) -> None:
        self.take(self.atem.receive(packet.encode(), self.now))

    def says(self, payload: bytes) -> None:
        _, data = self.line.send(payload, self.now)
        self.take(self.atem.receive(data, self.now))

    def take(self, events: list[SwitcherEvent]) -> None:
        for event in events:
            if isinstance(event, Send):
                packet = decode(bytes(event.data)) if isinstance(event.data, bytes) else None
                if packet is None or self.deaf or packet.flags & 2:
                    continue
                payload, answers = self.line.receive(packet, self.now)
                if payload is not None:
                    self.asked += blocks.split(payload)
                    self.hear(AtemPacket(ACK, 0x8001, acked=packet.number))
                for answer in answers:
                    self.take(self.atem.receive(answer, self.now))
            else:
                self.events.append(event)

    def passes(self, ms: float) -> None:
        end = self.now + round(ms * MS)
        while (due := self.atem.deadline) is not None and due <= end:
            self.now = max(self.now, due)
            self.take(self.atem.wake(self.now))
            if not self.deaf and self.line.deadline <= self.now + 100 * MS:
                self.says(b"")
        self.now = end
        self.take(self.atem.wake(self.now))

    def order(self, order: Order, key: str = "order") -> None:
        self.take(self.atem.do(key, order, self.now))

    def program(self, source: int, preview: int | None = None) -> None:
        body = blocks.block("PrgI", bytes([self.me, 0x65]) + source.to_bytes(2, "big"))
        if preview is not None:
            body += blocks.block("PrvI", bytes([self.me, 0]) + preview.to_bytes(2, "big") + bytes(4))
        self.says(body)

    def transition(self, running: bool, left: int = 0, position: int = 0) -> None:
        self.says(blocks.block("TrPs", bytes([self.me, running, left, 0]) + position.to_bytes(2, "big") + bytes(2)))

    def style(self, number: int) -> None:
        self.says(blocks.block("TrSS", bytes([self.me, number, 1, number, 1, 0, 0, 0])))

    def outcome(self, key: str = "order") -> Finished | None:
        return next((event for event in self.events if isinstance(event, Finished) and event.key == key), None)

    def names(self) -> list[str]:
        return [f"{each.name} {each.body.hex()}" for each in self.asked]


# --- real switchers ---


@pytest.mark.parametrize(
    ("state", "me", "model", "version", "program", "preview"),
    [
        ("mini-v8.1", 0, "ATEM Mini", "2.29", "1", "1"),
        ("tvshd-v8.2.0", 0, "ATEM Television Studio HD", "2.30", "0", "0"),
        ("constellation-2me-hd-v9.6.2", 0, "ATEM 2 M/E Constellation HD", "2.32", "6", "5"),
        ("constellation-2me-hd-v9.6.2", 1, "ATEM 2 M/E Constellation HD", "2.32", "4", "5"),
    ],
)
def test_the_state_that_a_real_switcher_sends_is_read(
    state: str, me: int, model: str, version: str, program: str, preview: str
) -> None:
    seen = Desk(state, me).atem.state
    assert (seen.model, seen.version, seen.program, seen.preview) == (model, version, program, preview)
    assert seen.names["1"] and "\0" not in "".join(seen.names.values())


@pytest.mark.parametrize("case", json.loads((DATA / "real-tally.json").read_text()), ids=lambda case: case["case"])
def test_tally_is_the_switchers_own_word(case: dict[str, Any]) -> None:
    seen = blocks.tally(bytes.fromhex(case["TlSr_body_hex"]))
    assert sorted(source for source, bus in seen.items() if bus == "program") == case["program"]
    assert {source for source, bus in seen.items()} == {*case["program"], *case["preview"]}


@pytest.mark.parametrize(
    "name", ["01-connect-preview-cut-auto", "02-packets-lost-and-resent", "03-packet-ids-wrap-at-32768"]
)
def test_a_recorded_evening_gives_the_tally_that_the_recording_client_saw(name: str) -> None:
    atem = Atem()
    atem.opened(0)
    seen: list[tuple[set[str], set[str]]] = []
    for line in recording(name):
        if line["dir"] == "s2c":
            events = atem.receive(bytes.fromhex(line["hex"]), round(line["t"] * NS))
            tallies = [event.state.tally for event in events if isinstance(event, Changed) and event.state.tally]
            seen += [(lit(tally, "program"), lit(tally, "preview")) for tally in tallies]
    told = re.findall(r"tally program (\S+) preview (\S+)", (DATA / f"{name}.client.txt").read_text())
    wanted = [(set(on.split(",")), set(next_.split(",")) - set(on.split(","))) for on, next_ in told]
    assert without_repeats(seen) == without_repeats(wanted)


def lit(tally: Mapping[str, str], bus: str) -> set[str]:
    return {source for source, on in tally.items() if on == bus}


def without_repeats(rows: list[tuple[set[str], set[str]]]) -> list[tuple[set[str], set[str]]]:
    return [row for at, row in enumerate(rows) if at == 0 or rows[at - 1] != row]


def test_a_switcher_without_room_is_said() -> None:
    atem = Atem()
    atem.opened(0)
    (event,) = atem.receive(bytes.fromhex(recording("04-no-room")[1]["hex"]), 0)
    assert event == Close("the switcher has no room for another controller: close one")


def test_a_switcher_that_falls_silent_is_closed_and_its_orders_are_unreachable() -> None:
    desk = Desk()
    desk.deaf = True
    desk.order(Cut("2"))
    desk.passes(999)
    assert desk.outcome() is None
    desk.passes(2)
    assert desk.outcome() == Finished("order", "unreachable", "the switcher does not respond")
    desk.passes(5000)
    assert Close("the switcher does not respond") in desk.events


# --- packets ---


def test_a_packet_that_came_before_its_turn_waits_for_the_missing_one() -> None:
    here, there = AtemExchange(0), AtemExchange(0, 5)
    packets = [decode(there.send(bytes([number]) * 8, 0)[1]) for number in range(3)]
    assert all(packets)
    first, second, third = (packet for packet in packets if packet is not None)
    assert here.receive(first, 0)[0] == b"\0" * 8
    assert here.receive(third, 0)[0] is None
    assert here.receive(second, 0)[0] == b"\1" * 8
    assert here.receive(third, 0)[0] == b"\2" * 8


def test_a_repeated_packet_is_acknowledged_again_and_not_done_twice() -> None:
    here, there = AtemExchange(0), AtemExchange(0, 5)
    packet = decode(there.send(b"12345678", 0)[1])
    assert packet is not None
    assert here.receive(packet, 0)[0] == b"12345678"
    payload, answers = here.receive(packet, 0)
    assert payload is None
    assert [decode(answer) for answer in answers] == [AtemPacket(ACK, 5, acked=1)]


def test_a_lost_command_is_sent_again_under_its_number() -> None:
    line = AtemExchange(0, 7)
    number, data = line.send(b"12345678", 0)
    assert line.wake(59 * MS) == []
    assert line.wake(60 * MS) == [data]
    line.receive(AtemPacket(ACK, 7, acked=number), 61 * MS)
    assert line.wake(200 * MS) == [] and line.acknowledged(number)


def test_what_is_asked_for_again_is_sent_again() -> None:
    line = AtemExchange(0, 7)
    sent = [line.send(bytes([number]) * 8, 0)[1] for number in range(3)]
    assert line.receive(AtemPacket(8, 7, wanted=2), 1)[1] == sent[1:]


@given(st.integers(0, 32767), st.integers(0, 16383))
def test_an_acknowledgement_covers_what_was_before_it_over_the_wrap(acked: int, back: int) -> None:
    assert covered(acked, (acked - back) % 32768)
    assert not covered(acked, (acked + 1 + back) % 32768)


@given(st.binary(max_size=200))
def test_nothing_that_comes_in_raises(data: bytes) -> None:
    atem = Atem()
    atem.opened(0)
    atem.receive(data, 0)
    atem.receive(AtemPacket(2, 1, payload=b"\x02").encode(), 0)
    atem.receive(AtemPacket(ACK_ME, 1, number=1, payload=data).encode(), 0)
    for name in (
        "PrgI",
        "PrvI",
        "TlSr",
        "TrSS",
        "TrPs",
        "StRS",
        "RTMS",
        "InPr",
        "_ver",
        "_pin",
        "_top",
        "VidM",
        "TMxP",
    ):
        number = 2
        atem.receive(AtemPacket(ACK_ME, 1, number=number, payload=blocks.block(name, data)).encode(), 0)
        number += 1


# --- orders ---


def test_a_cut_leaves_preview_alone() -> None:
    desk = Desk()
    desk.order(Cut("2"))
    assert desk.names() == ["CPgI 00000002"]
    assert Accepted("order") in desk.events and desk.outcome() is None
    desk.program(2)
    assert desk.outcome() == Finished("order", "completed")


def test_a_cut_that_the_switcher_never_reports_is_timed_out() -> None:
    desk = Desk()
    desk.order(Cut("2"))
    desk.passes(1999)
    assert desk.outcome() is None
    desk.passes(2)
    assert desk.outcome() == Finished("order", "timed_out", f"the switcher does not report {desk.atem.called('2')}")


def test_a_dissolve_borrows_the_style_and_the_rate_and_gives_them_back() -> None:
    desk = Desk()
    desk.says(blocks.block("VidM", bytes([12, 0, 0, 0])) + blocks.block("TMxP", bytes([0, 25, 0, 0])))
    desk.style(2)
    desk.order(Dissolve("3", NS))
    assert desk.names() == ["CPvI 00000003", "CTTp 01000000", "CTMx 00320000", "DAut 00000000"]
    desk.style(0)
    desk.says(blocks.block("TMxP", bytes([0, 50, 0, 0])))
    desk.transition(True, 49, 200)
    desk.passes(1000)
    assert desk.outcome() is None
    desk.asked.clear()
    desk.program(3, 1)
    desk.transition(False)
    assert desk.outcome() == Finished("order", "completed")
    assert desk.names() == ["CTTp 01000200", "CTMx 00190000"]


def test_preview_waits_for_a_running_transition() -> None:
    desk = Desk()
    desk.transition(True, 10, 100)
    desk.order(Preview("2"))
    assert desk.asked == []
    desk.transition(False)
    assert desk.names() == ["CPvI 00000002"]


def test_a_cut_is_sent_into_a_running_transition_and_supersedes_a_dissolve() -> None:
    desk = Desk()
    desk.order(Dissolve("3", NS), "mix")
    desk.transition(True, 20, 100)
    desk.asked.clear()
    desk.order(Cut("2"), "cut")
    assert desk.outcome("mix") == Finished("mix", "superseded", "a newer cut, dissolve or take")
    assert desk.names()[0] == "CPgI 00000002"


def test_a_dissolve_is_refused_while_the_t_bar_is_off_its_end() -> None:
    desk = Desk()
    desk.transition(True, 0, 4000)
    desk.order(Dissolve("3", NS))
    assert desk.outcome() == Finished("order", "refused", "the T-bar is not at its end")


def test_what_waits_for_a_transition_gives_up_after_five_seconds() -> None:
    desk = Desk()
    desk.transition(True, 100, 100)
    desk.order(Preview("2"))
    desk.passes(4990)
    assert desk.outcome() is None
    desk.passes(20)
    assert desk.outcome() == Finished("order", "refused", "another transition is running")


def test_a_take_with_something_else_on_preview_sends_nothing() -> None:
    desk = Desk()
    desk.program(1, 4)
    desk.order(Take("2"))
    names = desk.atem.state.names
    assert desk.asked == []
    assert desk.outcome() == Finished("order", "refused", f"{names['4']} is on preview, not {names['2']}")


def test_a_take_of_what_is_on_program_is_complete_at_once() -> None:
    desk = Desk()
    desk.program(2, 4)
    desk.order(Take("2"))
    assert desk.asked == [] and desk.outcome() == Finished("order", "completed")


def test_a_take_cuts_what_is_on_preview() -> None:
    desk = Desk()
    desk.program(1, 4)
    desk.order(Take(None))
    assert desk.names() == ["DCut 00000000"]
    desk.program(4, 1)
    assert desk.outcome() == Finished("order", "completed")


def test_the_second_mix_effect_is_asked_and_heard_alone() -> None:
    desk = Desk("constellation-2me-hd-v9.6.2", 1)
    desk.order(Cut("2"))
    assert desk.names() == ["CPgI 01000002"]


def test_a_stream_is_complete_when_the_switcher_says_so() -> None:
    desk = Desk()
    desk.says(blocks.block("StRS", bytes([0, 1, 0, 0])))
    desk.order(SetOutput("stream", True))
    assert desk.names() == ["StrR 01000000"] and desk.outcome() is None
    desk.says(blocks.block("StRS", bytes([0, 2, 0, 0])))
    assert desk.outcome() is None
    desk.says(blocks.block("StRS", bytes([0, 4, 0, 0])))
    assert desk.outcome() == Finished("order", "completed")


def test_a_model_without_a_recorder_refuses() -> None:
    desk = Desk("constellation-2me-hd-v9.6.2")
    desk.order(SetOutput("record", True))
    assert desk.outcome() == Finished("order", "refused", "ATEM 2 M/E Constellation HD cannot record")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("macro 3", "MAct 00020000"),
        ("key 1 on", "CKOn 00000100"),
        ("dsk 2 off", "CDsL 01000000"),
        ("dsk 1 auto", "DDsA 00000000"),
        ("aux 1 = 3", "CAuS 01000003"),
        ("black", "FtbA 00000000"),
    ],
)
def test_requests_in_the_switchers_own_words(text: str, sent: str) -> None:
    desk = Desk()
    desk.order(Native(text))
    assert desk.names() == [sent] and desk.outcome() == Finished("order", "completed")


@pytest.mark.parametrize("text", ["macro", "key 1", "key 0 on", "key 1 auto", "aux 1", "white", ""])
def test_words_that_it_does_not_know(text: str) -> None:
    assert native(text)


@pytest.mark.parametrize(("over", "rate", "sent"), [(NS, 50.0, 50), (1, 25.0, 1), (90 * NS, 25.0, 250)])
def test_a_length_in_frames(over: int, rate: float, sent: int) -> None:
    assert frames(over, rate) == sent


def test_an_order_to_a_switcher_that_is_away_is_unreachable() -> None:
    assert Atem().do("k", Cut("1"), 0) == [Finished("k", "unreachable", "the switcher does not respond")]


@pytest.mark.parametrize("answer", [b"\x00garbage", b"HTTP/1.1 400 Bad Request\r\n\r\n", None])
def test_what_is_not_an_atem_is_said(answer: bytes | None) -> None:
    """Something else listens there; None: it sends back what it gets."""
    machine = Atem()
    (hello,) = (event.data for event in machine.opened(0) if isinstance(event, Send))
    assert isinstance(hello, bytes)
    assert Close("what answers there is not an ATEM") in machine.receive(hello if answer is None else answer, 1)
    assert not machine.state.ready
