"""OSC datagrams and addresses: read without ever raising, matched without ever backtracking."""

from __future__ import annotations

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from cuelang.protocols.osc import Glob, Incoming, SheetAddress, is_pattern, matches
from cuelang.protocols.osc_decode import MAX_BUNDLE_DEPTH, OscMalformed, OscMessage, parse


def osc(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return builder.build().dgram


def bundle(tag: int, *elements: bytes) -> bytes:
    body = b"".join(struct.pack(">I", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", tag) + body


# --- datagrams ---------------------------------------------------------------------------------------------


def test_a_message_with_every_common_kind_of_argument() -> None:
    assert parse(osc("/a/b", 5, 0.5, "x", True, False, b"\1\2")) == [
        OscMessage(None, "/a/b", (5, 0.5, "x", True, False, b"\1\2"))
    ]


def test_messages_without_a_type_tag_have_no_arguments() -> None:
    assert parse(b"/go\0") == [OscMessage(None, "/go", ())]
    assert parse(b"/stop\0\0\0\0\0\0\5") == [OscMessage(None, "/stop", ())]


def test_tags_that_the_library_does_not_know_are_read_as_their_nearest() -> None:
    assert parse(b"/a\0\0,ScI\0\0\0\0yes\0\0\0\0A") == [OscMessage(None, "/a", ("yes", "A", None))]


def test_a_bundle_gives_its_messages_in_order_with_the_latest_tag() -> None:
    packet = bundle(5 << 32, osc("/a"), bundle(1, osc("/b")), bundle(9 << 32, osc("/c")), osc("/d"))
    assert parse(packet) == [
        OscMessage(5 << 32, "/a", ()),
        OscMessage(5 << 32, "/b", ()),
        OscMessage(9 << 32, "/c", ()),
        OscMessage(5 << 32, "/d", ()),
    ]
    assert parse(bundle(1, osc("/now"))) == [OscMessage(None, "/now", ())]


def test_python_oscs_own_bundle_is_read() -> None:
    builder = OscBundleBuilder(0)
    message = OscMessageBuilder("/go")
    message.add_arg("7")
    builder.add_content(message.build())
    assert parse(builder.build().dgram) == [OscMessage(None, "/go", ("7",))]


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        (b"", "an empty packet"),
        (b"hello\0\0\0", "neither a message nor a bundle"),
        (b"/go", "without an end"),
        (b"/" + b"a" * 300 + b"\0" * 3, "an address of more than"),
        (b"/\xff\xfe\0,i\0\0\0\0\0\1", "not UTF-8"),
        (b"/\xff\xfe\0", "not UTF-8"),
        (b"/a\0\0,s\0\0\xff\xff\xff\0", "not UTF-8"),
        (b"/a\0\0,q\0\0\0\0\0\1", "unknown type 'q'"),
        (b"/a\0\0,i", "type tag without an end"),
        (b"/a\0\0,i\0\0\0", "not as long"),
        (b"/a\0\0,[[\0", "not as long"),
        (b"/a\0\0," + b"i" * 200 + b"\0" * 900, "more than 128 arguments"),
        (b"/a\0\0,b\0\0" + b"\0" * 9000, "a message of more than"),
        (b"#bundle\0\0\0", "without a time tag"),
        (bundle(1, b""), "not as long as it says"),
        (bundle(1, osc("/a"))[:-1], "not as long as it says"),
        (bundle(1, osc("/a"), b"rubbish!"), "neither a message nor a bundle"),
        (bundle(1, *[osc("/a")] * 600), "more than 512 messages"),
        (b"/" * 70000, "more than a datagram holds"),
    ],
)  # fmt: skip
def test_what_is_malformed_says_why(packet: bytes, said: str) -> None:
    found = parse(packet)
    assert isinstance(found, OscMalformed)
    assert said in found.reason


def test_nested_bundles_are_bounded() -> None:
    packet = osc("/deep")
    for _ in range(MAX_BUNDLE_DEPTH):
        packet = bundle(1, packet)
    assert parse(packet) == [OscMessage(None, "/deep", ())]
    for _ in range(3000):
        packet = bundle(1, packet)
    assert isinstance(parse(packet), OscMalformed)


GOOD = bundle(1 << 40, osc("/eos/out/event/cue/1/2/fire", "Viola"), bundle(1, osc("/a", 1, 0.5, "ü", b"xy", True)))


@given(st.binary(max_size=200))
def test_no_bytes_raise(packet: bytes) -> None:
    assert isinstance(parse(packet), list | OscMalformed)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD)))
def test_no_damaged_packet_raises(changes: list[tuple[int, int]], cut: int) -> None:
    packet = bytearray(GOOD)
    for index, value in changes:
        packet[index] = value
    assert isinstance(parse(bytes(packet[:cut] or packet)), list | OscMalformed)


@given(st.sampled_from([b"/a\0\0,", b"/\0\0\0,", b"#bundle\0"]), st.binary(max_size=60))
def test_no_packet_with_a_good_beginning_raises(head: bytes, tail: bytes) -> None:
    assert isinstance(parse(head + tail), list | OscMalformed)


# --- patterns ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "address", "fits"),
    [
        ("/go", "/go", True),
        ("/g?", "/go", True),
        ("/g?", "/g", False),
        ("/*", "/go", True),
        ("/*", "/cue/1", False),
        ("/cue/*/start", "/cue/2.5/start", True),
        ("/cue/[1-3]/start", "/cue/2/start", True),
        ("/cue/[!1-3]/start", "/cue/2/start", False),
        ("/cue/[3-1]", "/cue/2", True),
        ("/x/[a-]", "/x/-", True),
        ("/x/[]", "/x/a", False),
        ("/{go,stop}", "/stop", True),
        ("/{go,stop}", "/pause", False),
        ("/{,pre}view{s,}", "/view", True),
        ("/{a,b}{c,d}*", "/bcx", True),
        ("/[", "/[x", False),
        ("/{a", "/a", False),
        ("/a}", "/a}x", False),
        ("/**a", "/bca", True),
    ],
)
def test_patterns_of_osc(pattern: str, address: str, fits: bool) -> None:
    assert matches(pattern, address) is fits


def regex(part: str) -> re.Pattern[str]:
    """The slow reference: the same part as a regular expression."""
    out, index = "", 0
    while index < len(part):
        char = part[index]
        if char == "*":
            out += ".*"
        elif char == "?":
            out += "."
        elif char == "[":
            close = part.index("]", index)
            inside = part[index + 1 : close]
            out += "[" + ("^" if inside.startswith("!") else "") + inside.removeprefix("!") + "]"
            index = close
        elif char == "{":
            close = part.index("}", index)
            out += "(?:" + "|".join(part[index + 1 : close].split(",")) + ")"
            index = close
        else:
            out += char
        index += 1
    return re.compile(out, re.DOTALL)


PIECES = st.sampled_from(
    ["a", "b", "c", "*", "?", "[ab]", "[!a]", "[a-b]", "[!a-b]", "{a,b}", "{ab,c}", "{,a}", "{a,ab,b}"]
)


@given(st.lists(PIECES, max_size=8).map("".join), st.text("abc", max_size=9))
def test_the_matcher_agrees_with_a_regular_expression(part: str, text: str) -> None:
    assert Glob(part).matches(text) is bool(regex(part).fullmatch(text))


def test_the_pattern_that_stalls_regular_expressions_takes_no_time() -> None:
    steps = 0

    class Counted(str):  # noqa: SLOT000 - one, for this test
        def __iter__(self):
            nonlocal steps
            for char in str.__iter__(self):
                steps += 1
                yield char

    assert not Glob("*a" * 120 + "b").matches(Counted("a" * 240))
    assert steps <= 240


def test_is_pattern() -> None:
    assert is_pattern("/a*") and is_pattern("/{a,b}") and not is_pattern("/a,b-c!")


def test_one_compiled_pattern_serves_many_addresses() -> None:
    incoming = Incoming("/cue/?/{fire,start}")
    assert [n for n in range(12) if incoming.matches(("", "cue", str(n), "fire"))] == list(range(10))


# --- addresses of a sheet ----------------------------------------------------------------------------------


def test_a_capture_takes_one_part() -> None:
    address = SheetAddress("/eos/out/event/cue/1/{number}/fire")
    assert address.match("/eos/out/event/cue/1/2.5/fire") == {"number": "2.5"}
    assert address.match("/eos/out/event/cue/1/2/5/fire") is None
    assert address.match("/eos/out/event/cue/1//fire") is None
    assert address.captures == ("number",)
    assert address.literals == ()


def test_a_capture_takes_a_piece_of_a_part() -> None:
    assert SheetAddress("/Page{page}/Fader{fader}").match("/Page1/Fader201") == {"page": "1", "fader": "201"}
    assert SheetAddress("/{list}-{cue}x").match("/1-2-3x") == {"list": "1", "cue": "2-3"}
    assert SheetAddress("/{a}{b}").match("/123") == {"a": "1", "b": "23"}
    assert SheetAddress("/{a}{b}").match("/1") is None
    assert SheetAddress("/x{a}x").match("/x") is None


@given(st.text("ab", min_size=1, max_size=4), st.text("xy-", min_size=1, max_size=3), st.text("ab", min_size=1))
def test_what_is_put_into_a_capture_comes_out(first: str, between: str, second: str) -> None:
    assert SheetAddress("/{p}" + between + "{q}").match(f"/{first}{between}{second}") == {"p": first, "q": second}


def test_braces_with_a_comma_are_alternatives() -> None:
    address = SheetAddress("/eos/{go,fire}/now")
    assert address.match("/eos/fire/now") == {} and address.match("/eos/stop/now") is None
    assert address.literals == ("/eos/go/now", "/eos/fire/now")
    assert SheetAddress("/a").literals == ("/a",)
    assert SheetAddress("/a*").literals == ()


def test_the_most_literal_address_ranks_first() -> None:
    addresses = ["/cue/*/fire", "/cue/{n}/fire", "/cue/{a,b}/fire", "/cue/c{n}/fire", "/cue/2/fire", "/{x}/{n}/fire"]
    ranked = sorted(addresses, key=lambda address: SheetAddress(address).rank)
    assert ranked == [
        "/cue/2/fire",
        "/cue/{a,b}/fire",
        "/cue/c{n}/fire",
        "/cue/{n}/fire",
        "/cue/*/fire",
        "/{x}/{n}/fire",
    ]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("go", "begins with"),
        ("", "begins with"),
        ("/a b", "cannot contain spaces"),
        ("/a#b", "cannot contain “#”"),
        ("/a//b", "an empty part"),
        ("/a/", "an empty part"),
        ("/{n}/{n}", "captured twice"),
        ("/{n}*", "mixes a capture"),
        ("/{a,b", "is missing"),
        ("/a]", "unmatched"),
        ("/" + "a" * 300, "at most 255"),
    ],
)
def test_an_address_that_is_none_says_why(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        SheetAddress(address)


def test_a_character_is_a_text_wherever_it_is() -> None:
    number = b"\0\0\0"
    assert parse(b"/arg\0\0\0\0,c\0\0" + number + b"5") == [OscMessage(None, "/arg", ("5",))]
    nested = parse(b"/a\0\0,Tc[ic]Nc\0\0\0" + number + b"1" + number + b"\x07" + number + b"2" + number + b"3")
    assert nested == [OscMessage(None, "/a", (True, "1", [7, "2"], None, "3"))]
