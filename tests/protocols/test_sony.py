"""Sony's header: the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols.sony import packet as header
from cuelang.protocols.sony.packet import SonyMalformed, SonyPacket, Type
from tests.protocols.sony_talk import HOME, POWER


def test_the_header_of_each_type():
    for kind, first in zip(Type, ("01 00", "01 10", "01 11", "01 20", "02 00", "02 01"), strict=True):
        datagram = header.pack(kind, 0x01020304, b"\x81\xff")
        assert datagram == bytes.fromhex(f"{first} 00 02 01 02 03 04 81 FF")
        assert header.unpack(datagram) == SonyPacket(kind, 0x01020304, b"\x81\xff")


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
    assert isinstance(found, SonyMalformed)
    assert found.number == number


@pytest.mark.parametrize(("number", "payload"), [(0, b""), (0, b"x" * 18), (-1, b"x"), (1 << 32, b"x")])
def test_what_no_header_can_carry(number, payload):
    with pytest.raises(ValueError):
        header.pack(Type.COMMAND, number, payload)


@given(st.sampled_from(Type), st.integers(0, header.NUMBERS - 1), st.binary(min_size=1, max_size=17))
def test_there_and_back(kind, number, payload):
    assert header.unpack(header.pack(kind, number, payload)) == SonyPacket(kind, number, payload)
