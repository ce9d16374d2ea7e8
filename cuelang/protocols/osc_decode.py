"""OSC 1.0 as it arrives: datagrams into messages. Pure.

A datagram may hold a thousand nested bundles or ten thousand arguments, which would make a careless receiver stall:
bundles are unpacked without recursion, and what no desk sends is malformed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from pythonosc.osc_message import OscMessage as ForeignMessage
from pythonosc.osc_message import ParseError as MessageError

from cuelang.protocols.osc import MAX_ADDRESS, Argument

MAX_DATAGRAM_BYTES = 65536
MAX_BUNDLE_DEPTH = 16
"""Bundles inside bundles. Consoles use one level, if any."""
MAX_MESSAGES = 512
MAX_ARGUMENTS = 128
MAX_MESSAGE_BYTES = 8192
"""Bytes of a message: Eos keeps to packets of 512 bytes and Ethernet to 1500."""


class OscMessage(NamedTuple):
    """`timetag` is NTP's 64 bits (seconds since 1900, 32 bits of fraction); None: at once."""

    timetag: int | None
    address: str
    arguments: tuple[Argument, ...]


class OscMalformed(Struct, frozen=True):
    """Nothing of the datagram is used. `reason` is for people."""

    reason: str


_BUNDLE = b"#bundle\0"
_IMMEDIATE = 1
_TAGS = frozenset(b"ihfdsbrmtTFN[]")
_NEAREST = bytes.maketrans(b"ScI", b"siN")
"""Type tags that python-osc does not know, and the known one of the same size: a symbol, a character (which becomes a
text of one character again), infinitum."""


class _Bad(Exception):
    pass


def parse(datagram: bytes) -> list[OscMessage] | OscMalformed:
    """The messages of one datagram in their order. Never raises.

    A message inside bundles is due at the latest of their time tags. Without a type tag, as some old senders
    have it (MiniStatus), a message has no arguments. One bad element makes the whole datagram malformed, for a
    bundle is meant to happen whole.
    """
    if len(datagram) > MAX_DATAGRAM_BYTES:
        return OscMalformed(f"{len(datagram)} bytes are more than a datagram holds")
    try:
        return list(_messages(bytes(datagram)))
    except _Bad as bad:
        return OscMalformed(str(bad))


def _messages(datagram: bytes) -> Iterator[OscMessage]:
    pending: list[tuple[bytes, int, int]] = [(datagram, _IMMEDIATE, 0)]
    count = 0
    while pending:
        packet, due, depth = pending.pop()
        if packet.startswith(b"/"):
            count += 1
            if count > MAX_MESSAGES:
                raise _Bad(f"more than {MAX_MESSAGES} messages in one bundle")
            address, arguments = _message(packet)
            yield OscMessage(due if due > _IMMEDIATE else None, address, arguments)
        elif packet.startswith(_BUNDLE):
            if depth == MAX_BUNDLE_DEPTH:
                raise _Bad(f"bundles inside bundles, more than {MAX_BUNDLE_DEPTH} deep")
            if len(packet) < 16:
                raise _Bad("a bundle without a time tag")
            inner = max(due, int.from_bytes(packet[8:16], "big"))
            pending.extend((element, inner, depth + 1) for element in reversed(_elements(packet)))
        else:
            raise _Bad("neither a message nor a bundle" if packet else "an empty packet")


def _elements(bundle: bytes) -> list[bytes]:
    found, index = [], 16
    while index < len(bundle):
        size = int.from_bytes(bundle[index : index + 4], "big")
        index += 4
        if index + size > len(bundle) or size == 0:
            raise _Bad("an element of a bundle is not as long as it says")
        found.append(bundle[index : index + size])
        if len(found) > MAX_MESSAGES:
            raise _Bad(f"more than {MAX_MESSAGES} messages in one bundle")
        index += size
    return found


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _Bad(f"{what} that is not UTF-8") from None


def _message(packet: bytes) -> tuple[str, tuple[Argument, ...]]:
    end = packet.find(b"\0")
    if end < 0:
        raise _Bad("an address without an end")
    if end > MAX_ADDRESS:
        raise _Bad(f"an address of more than {MAX_ADDRESS} bytes")
    start = (end | 3) + 1
    if packet[start : start + 1] != b",":
        return _text(packet[:end], "an address"), ()
    if len(packet) > MAX_MESSAGE_BYTES:
        raise _Bad(f"a message of more than {MAX_MESSAGE_BYTES} bytes")
    stop = packet.find(b"\0", start)
    sent = packet[start + 1 : stop]
    tags = sent.translate(_NEAREST)
    if stop < 0:
        raise _Bad("a type tag without an end")
    if not tags and (stop | 3) < len(packet):  # what a button sends
        return _text(packet[:end], "a text"), ()
    if len(tags) > MAX_ARGUMENTS:
        raise _Bad(f"more than {MAX_ARGUMENTS} arguments")
    unknown = next((tag for tag in tags if tag not in _TAGS), None)
    if unknown is not None:
        raise _Bad(f"an argument of the unknown type {chr(unknown)!r}")
    try:
        message = ForeignMessage(packet[: start + 1] + tags + packet[stop:])
        arguments = tuple(message.params)
        return message.address, _characters(sent, arguments) if b"c" in sent else arguments
    except MessageError:
        raise _Bad("the arguments are not as long as their types say") from None
    except UnicodeDecodeError:
        raise _Bad("a text that is not UTF-8") from None
    except (ValueError, IndexError, OverflowError) as error:
        raise _Bad(f"arguments that cannot be read ({error})") from None


def _characters(tags: bytes, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """The same arguments, those of type `c` as texts of one character."""

    def read(values: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for value in values:
            tag = next(left)
            if isinstance(value, list):
                found.append(read(value))
                next(left)
            elif tag == ord("c") and isinstance(value, int):
                found.append(chr(value) if 0 < value < 0x110000 else "")
            else:
                found.append(value)
        return found

    left = iter(tags)
    return tuple(read(arguments))
