"""TSL UMD: lamps are read whatever else a packet holds. The sender of 5.0 is the package tslumd."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tslumd import TallyColor
from tslumd.messages import Display, Flags, Message

from cuelang.protocols.tsl import EVERY, TslLamp, TslMalformed, TslStream, parse


def old(address: int, tallies: int, text: str = "CAM") -> bytes:
    return bytes((0x80 + address, tallies | 0x30)) + text.ljust(16).encode("latin-1")


def new(*displays: Display, flags: Flags = Flags.NO_FLAGS, screen: int = 0) -> bytes:
    return bytes(Message(displays=list(displays), flags=flags, screen=screen).build_message())


def framed(packet: bytes) -> bytes:
    return b"\xfe\x02" + packet.replace(b"\xfe", b"\xfe\xfe")


@pytest.mark.parametrize(
    ("tallies", "mode"), [(0, "off"), (1, "preview"), (2, "program"), (3, "program"), (4, "off"), (8, "off")]
)
def test_tally_one_is_preview_and_tally_two_program(tallies: int, mode: str) -> None:
    assert parse(old(3, tallies)) == (TslLamp(3, mode),)  # type: ignore[arg-type]  # a mode


def test_several_old_packets_in_one_datagram() -> None:
    assert [lamp.index for lamp in parse(old(1, 0) + old(126, 2, "Caméra"))] == [1, 126]


@pytest.mark.parametrize("lamp", ["rh_tally", "txt_tally", "lh_tally"])
@pytest.mark.parametrize(
    ("colour", "mode"),
    [
        (TallyColor.OFF, "off"),
        (TallyColor.RED, "program"),
        (TallyColor.GREEN, "preview"),
        (TallyColor.AMBER, "program"),
    ],
)
def test_any_red_lamp_is_program_and_green_preview(lamp: str, colour: TallyColor, mode: str) -> None:
    shown = Display(index=4, text="Foh", **{lamp: colour})  # one of its colours
    assert parse(new(shown)) == (TslLamp(4, mode),)  # type: ignore[arg-type]  # a mode


def test_many_displays_with_any_text_in_any_encoding() -> None:
    displays = [Display(index=n, rh_tally=TallyColor.RED, text="Ö" * n) for n in range(20)]
    for flags in (Flags.NO_FLAGS, Flags.UTF16):
        assert parse(new(*displays, flags=flags)) == tuple(TslLamp(n, "program") for n in range(20))
    latin = b"\x0d\x00\x00\x00\x00\x00\x07\x00\x01\x00\x03\x00\xe9\xff\xfe"
    assert parse(latin) == (TslLamp(7, "program"),)


def test_everybody_is_an_index() -> None:
    assert parse(new(Display.broadcast(lh_tally=TallyColor.GREEN)))[0].index == EVERY


def test_control_data_lights_nothing() -> None:
    assert parse(new(Display(index=1, control=b"abc"))) == ()
    assert parse(bytes(Message(scontrol=b"xyz").build_message())) == ()


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"\x83", old(3, 1)[:-1], b"\xff" + old(3, 1)[1:],
        new(Display(index=1, text="a"))[:-1], bytes.fromhex("0600000000000100"),
        bytes.fromhex("0a000000000001000100ff00"), bytes.fromhex("040001000000"),
    ],
)  # fmt: skip
def test_what_is_neither_is_malformed(packet: bytes) -> None:
    with pytest.raises(TslMalformed):
        parse(packet)


def middle(address: int, tallies: int, *lamps: int, text: str = "CAM") -> bytes:
    """4.0: what it adds makes the sum of all bytes but the count 0 modulo 128."""
    packet = old(address, tallies, text)
    return packet + bytes((-sum(packet) & 0x7F, len(lamps), *lamps))


RED, GREEN, AMBER = 1, 2, 3


@pytest.mark.parametrize("lamp", [0, 2, 4])
@pytest.mark.parametrize(("colour", "mode"), [(0, "off"), (RED, "program"), (GREEN, "preview"), (AMBER, "program")])
def test_a_lamp_of_either_display_of_4_0_is_read(lamp: int, colour: int, mode: str) -> None:
    for lamps in ((colour << lamp, 0), (0, colour << lamp)):
        packet = middle(9, 0, *lamps)
        assert parse(packet) == (TslLamp(9, mode),)  # type: ignore[arg-type]  # a mode
        assert parse(packet + middle(10, 2, 0, 0)) == (TslLamp(9, mode), TslLamp(10, "program"))  # type: ignore[arg-type]


def test_4_0_as_another_program_writes_it() -> None:
    """tsl-umd-protocol (bitaffair), test/v4-0.spec.js: the left lamp and the text of one display are red."""
    packet = bytes.fromhex("840054534c3400000000000000000000000055021626")
    assert parse(packet) == (TslLamp(4, "program"),)
    assert TslStream().feed(packet) == [packet]
    wrong = packet[:18] + b"\x01" + packet[19:]
    assert parse(wrong) == (TslLamp(4, "program"),), "a datagram is whole, whatever its checksum"


def test_4_0_that_sets_a_display_lights_nothing() -> None:
    packet = bytes((0x84, 0x40)) + b"BRIGHT".ljust(16)
    assert parse(packet + bytes((-sum(packet) & 0x7F, 0))) == ()


def test_nine_packets_of_4_0_are_not_eleven_of_3_1() -> None:
    assert parse(b"".join(middle(n, 2, 0, 0) for n in range(9))) == tuple(TslLamp(n, "program") for n in range(9))


def test_4_0_whose_end_comes_late_is_heard_at_once_and_then_whole() -> None:
    packet, stream = middle(4, 0, GREEN, 0), TslStream()
    assert stream.feed(packet[:18]) == [packet[:18]]
    assert stream.feed(packet[18:19]) == []
    assert stream.feed(packet[19:] + old(5, 2)) == [packet, old(5, 2)]
    assert not stream.skipped and not stream.held


PACKETS = [old(0, 1), old(126, 1, "Ça þe"), new(Display(index=0xFE, text="\x02")), new(), old(5, 2),
           new(Display(index=2, text="x" * 300), Display(index=3))]  # fmt: skip


@given(st.lists(st.integers(0, len(PACKETS) - 1)), st.lists(st.integers(1, 40), min_size=1))
def test_a_stream_of_both_is_parted_however_it_comes(order: list[int], cuts: list[int]) -> None:
    packets = [PACKETS[number] for number in order]
    data = b"".join(packet if packet[0] & 0x80 else framed(packet) for packet in packets)
    stream, heard, turn = TslStream(), [], 0
    while data:
        heard += stream.feed(data[: cuts[turn % len(cuts)]])
        data, turn = data[cuts[turn % len(cuts)] :], turn + 1
    assert heard == packets
    assert stream.skipped == 0


def test_a_stream_recovers_from_rubbish() -> None:
    stream = TslStream()
    assert stream.feed(b"hello" + framed(PACKETS[3])[:5] + framed(PACKETS[5])) == [PACKETS[5]]
    assert stream.feed(b"\xfe\x02\xff\xff" + old(7, 2)) == [old(7, 2)]
    assert stream.skipped


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    try:
        assert all(0 <= lamp.index <= EVERY for lamp in parse(data))
    except TslMalformed as error:
        assert str(error)
    stream = TslStream()
    for packet in stream.feed(data):
        assert len(packet) >= 6


# --- as other programs send it -----------------------------------------------------------------------------

DATA = Path(__file__).parent / "data/tsl"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines() if line]


def shown(row: dict[str, Any]) -> list[TslLamp]:
    """What a packet lights, in our words."""
    lamps = []
    for one in row.get("displays", [row]):
        colours = {one.get(lamp) for lamp in ("rh", "txt", "lh")}
        red, green = one.get("program") or "red" in colours, one.get("preview") or "green" in colours
        lamps.append(TslLamp(one["display"], "program" if red else "preview" if green else "off"))
    return lamps


@pytest.mark.parametrize("row", rows("packets.jsonl"), ids=lambda row: row["hex"][:24])
def test_every_packet_is_heard_by_datagram_and_by_stream(row: dict[str, Any]) -> None:
    packet = bytes.fromhex(row["hex"])
    assert list(parse(packet)) == shown(row)
    stream = TslStream()
    (whole,) = stream.feed(packet)
    assert list(parse(whole)) == shown(row) and not stream.skipped and not stream.held


@pytest.mark.parametrize("row", rows("tcp-streams.jsonl"), ids=lambda row: row["name"])
def test_streams_as_they_come(row: dict[str, Any]) -> None:
    words = {"txt red": "program", "lh green": "preview"}
    stream = TslStream()
    lamps = [lamp for text in row["segments"] for packet in stream.feed(bytes.fromhex(text)) for lamp in parse(packet)]
    assert [(lamp.index, lamp.mode) for lamp in lamps] == [
        (index, words.get(said, said)) for index, said in row["expect"]
    ]


def test_a_datagram_may_be_framed_and_hold_several_packets() -> None:
    foh, left = new(Display(index=1, rh_tally=TallyColor.RED)), new(Display(index=0xFE, lh_tally=TallyColor.GREEN))
    one, two = TslLamp(1, "program"), TslLamp(0xFE, "preview")
    assert parse(framed(foh)) == (one,)
    assert parse(framed(foh) + framed(left)) == (one, two) == parse(foh + left) == parse(foh + framed(left))
    assert parse(old(126, 2)) == (TslLamp(126, "program"),)
    assert parse(b"\xfe\x02" + b"CAM".ljust(16)) == (TslLamp(126, "program"),), "3.1 of display 126, not DLE STX"


def test_the_screen_is_part_of_the_address() -> None:
    shows = Display(index=1, rh_tally=TallyColor.RED)
    assert parse(new(shows, screen=3)) == (TslLamp(1, "program", 3),)
    assert parse(old(1, 2)) == (TslLamp(1, "program", 0),)


PARTS = {"middle": st.builds(middle, st.integers(0, 125), st.integers(0, 3), st.integers(0, 63), st.integers(0, 63)),
         "old": st.builds(old, st.integers(0, 125), st.integers(0, 3), st.sampled_from(["C", "Caméra", "", "B\0\0"])),
         "bare": st.builds(lambda index, text: new(Display(index=index, text=text)), st.integers(0, 65534),
                           st.text("CAM é", max_size=200))}  # fmt: skip


@given(
    st.lists(st.one_of(PARTS["middle"], PARTS["old"], PARTS["bare"], PARTS["bare"].map(framed)), max_size=12),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_a_stream_of_every_form_is_parted_however_it_comes(packets: list[bytes], cuts: list[int]) -> None:
    data, stream, heard, turn = b"".join(packets), TslStream(), [], 0
    while data:
        heard += stream.feed(data[: cuts[turn % len(cuts)]])
        data, turn = data[cuts[turn % len(cuts)] :], turn + 1
    once = [one for one, other in pairwise([*heard, b""]) if (other[:18], len(other)) != (one, 22)]
    assert [parse(packet) for packet in once] == [parse(packet) for packet in packets]
    assert not stream.skipped and not stream.held


@given(st.binary(max_size=60), PARTS["bare"].map(framed))
def test_what_is_framed_is_heard_behind_any_rubbish(rubbish: bytes, packet: bytes) -> None:
    stream = TslStream()
    heard = stream.feed(rubbish) + stream.feed(packet + packet + packet)
    assert parse(packet) in [parse(one) for one in heard]


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_a_stream_holds_no_more_than_a_packet(pieces: list[bytes]) -> None:
    stream = TslStream()
    for piece in pieces:
        stream.feed(piece)
        assert stream.held <= 4110
