"""TSL UMD: lamps are read whatever else a packet holds. The sender of 5.0 is the package tslumd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tslumd import TallyColor
from tslumd.messages import Display, Flags, Message

from cuelang.protocols.tsl import EVERY, Lamp, Malformed, Stream, parse


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
    assert parse(old(3, tallies)) == (Lamp(3, mode),)  # type: ignore[arg-type]  # a mode


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
    shown = Display(index=4, text="Foh", **{lamp: colour})  # type: ignore[arg-type]  # one of its colours
    assert parse(new(shown)) == (Lamp(4, mode),)  # type: ignore[arg-type]  # a mode


def test_many_displays_with_any_text_in_any_encoding() -> None:
    displays = [Display(index=n, rh_tally=TallyColor.RED, text="Ö" * n) for n in range(20)]
    for flags in (Flags.NO_FLAGS, Flags.UTF16):
        assert parse(new(*displays, flags=flags)) == tuple(Lamp(n, "program") for n in range(20))
    latin = b"\x0d\x00\x00\x00\x00\x00\x07\x00\x01\x00\x03\x00\xe9\xff\xfe"
    assert parse(latin) == (Lamp(7, "program"),)


def test_everybody_is_an_index() -> None:
    assert parse(new(Display.broadcast(lh_tally=TallyColor.GREEN)))[0].index == EVERY


def test_control_data_lights_nothing() -> None:
    assert parse(new(Display(index=1, control=b"abc"))) == ()
    assert parse(bytes(Message(scontrol=b"xyz").build_message())) == ()


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"\x83", old(3, 1)[:-1], b"\xff" + old(3, 1)[1:], b"\x83\x81" + bytes(16),
        new(Display(index=1, text="a"))[:-1], bytes.fromhex("0600000000000100"),
        bytes.fromhex("0a000000000001000100ff00"), bytes.fromhex("040001000000"),
    ],
)  # fmt: skip
def test_what_is_neither_is_malformed(packet: bytes) -> None:
    with pytest.raises(Malformed):
        parse(packet)


PACKETS = [old(0, 1), old(126, 1, "Ça þe"), new(Display(index=0xFE, text="\x02")), new(), old(5, 2),
           new(Display(index=2, text="x" * 300), Display(index=3))]  # fmt: skip


@given(st.lists(st.integers(0, len(PACKETS) - 1)), st.lists(st.integers(1, 40), min_size=1))
def test_a_stream_of_both_is_parted_however_it_comes(order: list[int], cuts: list[int]) -> None:
    packets = [PACKETS[number] for number in order]
    data = b"".join(packet if packet[0] & 0x80 else framed(packet) for packet in packets)
    stream, heard, turn = Stream(), [], 0
    while data:
        heard += stream.feed(data[: cuts[turn % len(cuts)]])
        data, turn = data[cuts[turn % len(cuts)] :], turn + 1
    assert heard == packets
    assert stream.skipped == 0


def test_a_stream_recovers_from_rubbish() -> None:
    stream = Stream()
    assert stream.feed(b"hello" + framed(PACKETS[3])[:5] + framed(PACKETS[5])) == [PACKETS[5]]
    assert stream.feed(b"\xfe\x02\xff\xff" + old(7, 2)) == [old(7, 2)]
    assert stream.skipped


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    try:
        assert all(0 <= lamp.index <= EVERY for lamp in parse(data))
    except Malformed as error:
        assert str(error)
    stream = Stream()
    for packet in stream.feed(data):
        assert len(packet) >= 6
