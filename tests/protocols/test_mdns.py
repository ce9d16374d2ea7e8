"""Multicast DNS: what is asked, and what is read of answers, whatever comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cuelang.protocols import mdns

ASKED = bytes.fromhex("0000 0000 0001 0000 0000 0000 0b5f626c61636b6d61676963 045f746370 056c6f63616c 00 000c 8001")


def test_the_question_is_answered_to_the_port_that_asks() -> None:
    assert mdns.question("_blackmagic._tcp.local") == ASKED
    assert mdns.texts(ASKED) == {}, "another machine's question is not an answer"


def test_names_with_pointers_are_read() -> None:
    text = b"\x09txtvers=1\x12class=AtemSwitcher\x04flag"
    head = bytes.fromhex("0000 8400 0000 0001 0000 0000")
    name = b"\x04Desk\x0b_blackmagic\x04_tcp\x05local\0"
    record = name + bytes.fromhex("0010 8001 00001194") + len(text).to_bytes(2, "big") + text
    again = b"\xc0\x0c" + bytes.fromhex("0010 8001 00001194 0004") + b"\x03x=y"
    two = head[:7] + b"\x02" + head[8:]
    assert mdns.texts(head + record) == {
        "Desk._blackmagic._tcp.local": {"txtvers": "1", "class": "AtemSwitcher", "flag": ""}
    }
    assert mdns.texts(two + record + again) == {"Desk._blackmagic._tcp.local": {"x": "y"}}


def test_a_circle_of_pointers_ends() -> None:
    assert mdns.texts(bytes.fromhex("0000 8400 0000 0001 0000 0000 c00c 0010 0001 00000000 0000")) == {}


@given(st.binary(max_size=300), st.booleans())
def test_whatever_comes_is_read_without_trouble(data: bytes, headed: bool) -> None:
    for whole in (data, bytes.fromhex("0000 8400 0001 0003 0001 0001") + data if headed else data):
        assert isinstance(mdns.texts(whole), dict)
