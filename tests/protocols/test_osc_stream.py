"""Packets on a stream: captured bytes of real senders, any split, any rubbish, and no memory for what never ends."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from pythonosc.slip import encode as slip

from cuelang.protocols.osc_decode import MAX_DATAGRAM_BYTES
from cuelang.protocols.osc_encode import encode
from cuelang.protocols.osc_stream import FRAMINGS, Deframer, StreamFraming, length

PACKETS = st.lists(st.binary(min_size=1, max_size=60), max_size=8)
FRAMING = st.sampled_from(sorted(FRAMINGS))


def test_liblo_sends_a_length() -> None:
    stream = Deframer()
    assert stream.feed(bytes.fromhex("0000000c 2f676f00 2c730000 32000000".replace(" ", ""))) == [
        b"/go\0,s\0\0002\0\0\0"
    ]
    assert stream.framing == "length"


def test_companion_sends_slip() -> None:
    stream = Deframer()
    assert stream.feed(b"\xc0/go\0,\0\0\0\xc0\xc0/stop\0\0\0,\0\0\0\xc0") == [b"/go\0,\0\0\0", b"/stop\0\0\0,\0\0\0"]
    assert stream.framing == "slip"


def test_slip_with_one_end_is_slip_too() -> None:
    assert Deframer().feed(b"/go\0\xc0/go/1\0\0\0\xc0") == [b"/go\0", b"/go/1\0\0\0"]


def test_what_slip_escapes() -> None:
    packet = b"a\xc0b\xdbc\xdb\xdcd\xdb\xdd"
    assert slip(packet) == b"\xc0a\xdb\xdcb\xdb\xddc\xdb\xdd\xdcd\xdb\xdd\xdd\xc0"
    assert Deframer().feed(slip(packet)) == [packet]


@given(PACKETS, FRAMING, st.lists(st.integers(0, 600), max_size=12))
def test_however_a_stream_is_cut_the_packets_are_the_same(
    packets: list[bytes], framing: StreamFraming, cuts: list[int]
) -> None:
    data = b"".join(FRAMINGS[framing](packet) for packet in packets)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    stream = Deframer()
    found = [packet for a, b in itertools.pairwise(places) for packet in stream.feed(data[a:b])]
    assert found == packets and not stream.broken


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_rubbish_never_raises_and_a_broken_stream_stays_broken(chunks: list[bytes]) -> None:
    stream = Deframer()
    for chunk in chunks:
        was = stream.broken
        found = stream.feed(chunk)
        if was:
            assert found == [] and stream.broken == was
        assert len(stream._rest) <= 2 * MAX_DATAGRAM_BYTES


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x80\0\0\0", "begins with the byte 80"),
        (b"\0\xff\xff\xff", "16777215 bytes or more"),
        (length(b"a") + b"\x80\0\0\0" + b"x" * 100, "2147483648 bytes or more"),
        (b"\xc0" + b"a" * (2 * MAX_DATAGRAM_BYTES + 1), "at most 65536"),
        (b"GET / HTTP/1.1\r\n\r\n", "begins with the byte 47"),
    ],
)
def test_a_length_that_nobody_sends_ends_the_stream(data: bytes, said: str) -> None:
    stream = Deframer()
    stream.feed(data)
    assert said in stream.broken and stream.feed(slip(b"/go\0")) == [] and len(stream._rest) == 0


def test_a_packet_of_the_largest_size_that_comes_byte_by_byte_is_cheap() -> None:
    stream, data = Deframer(), slip(b"\xc0" * MAX_DATAGRAM_BYTES)
    found = [packet for at in range(0, len(data), 7) for packet in stream.feed(data[at : at + 7])]
    assert found == [b"\xc0" * MAX_DATAGRAM_BYTES]


ARGUMENTS = st.lists(
    st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(width=32, allow_nan=False)
    | st.booleans()
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    max_size=6,
).map(tuple)


@given(ARGUMENTS)
def test_what_is_encoded_is_what_python_osc_reads(arguments: tuple[int | float | str, ...]) -> None:
    message = OscMessage(encode("/reply/go", arguments))
    assert (message.address, tuple(message.params)) == ("/reply/go", arguments)


def test_the_bytes_are_those_of_python_osc() -> None:
    assert encode("/eos/user", ("Viola", 7, 0.5, True)) == build_msg("/eos/user", ["Viola", 7, 0.5, True]).dgram


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-(1 << 31), b",i\0\0\x80\0\0\0"), (1 << 31, b",h\0\0\0\0\0\0\x80\0\0\0"), (1.0, b",f\0\0\x3f\x80\0\0"),
        (True, b",T\0\0"), ("é", b",s\0\0\xc3\xa9\0\0"), ("a\0bcd", b",s\0\0abcd\0\0\0\0"),
        ("\ud800", b",s\0\0?\0\0\0"),
    ],
)  # fmt: skip
def test_each_kind_of_argument_has_its_bytes(value: int | float | str, said: bytes) -> None:
    assert encode("/x", (value,)) == b"/x\0\0" + said


@pytest.mark.parametrize("value", [1 << 63, 1e39])
def test_what_osc_cannot_say_is_said(value: float) -> None:
    with pytest.raises(ValueError, match="too large for OSC"):
        encode("/x", (value,))
