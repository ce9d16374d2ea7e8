"""Multicast DNS, as far as a search needs it: one question, and the texts of who answers (RFC 6762 and 6763)."""

from __future__ import annotations

import struct

GROUP, PORT = "224.0.0.251", 5353
PTR, TXT = 12, 16
_IN, _UNICAST = 1, 0x8000
_HEAD = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
JUMPS = 64
"""More pointers than this within one name are a circle."""
MAX_ENTRIES = 256
"""Records of one answer that are read."""


def question(service: str) -> bytes:
    """Who offers this service, such as `_blackmagic._tcp.local`? Answers come to the port that asks."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in service.split("."))
    return _HEAD.pack(0, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", PTR, _IN | _UNICAST)


def texts(data: bytes) -> dict[str, dict[str, str]]:
    """By the name of each instance that an answer describes, its keys and values. Nonsense gives nothing."""
    found: dict[str, dict[str, str]] = {}
    try:
        _, flags, asked, *counts = _HEAD.unpack_from(data)
        if not flags & 0x8000:
            return {}
        place = _HEAD.size
        for _ in range(min(asked, MAX_ENTRIES)):
            _, place = _name(data, place)
            place += 4
        for _ in range(min(sum(counts), MAX_ENTRIES)):
            name, place = _name(data, place)
            kind, _, _, length = _RECORD.unpack_from(data, place)
            place += _RECORD.size
            if kind == TXT:
                found[name] = _pairs(data[place : place + length])
            place += length
    except (struct.error, IndexError, ValueError):
        return {}
    return found


def _name(data: bytes, place: int) -> tuple[str, int]:
    """A name, which may go on elsewhere, and the place after it. Raises IndexError and ValueError."""
    labels: list[str] = []
    after = 0
    for _ in range(JUMPS):
        length = data[place]
        if length >= 0xC0:
            after = after or place + 2
            place = (length & 0x3F) << 8 | data[place + 1]
        elif length:
            labels.append(data[place + 1 : place + 1 + length].decode("utf-8", "replace"))
            place += 1 + length
        else:
            return ".".join(labels), after or place + 1
    raise ValueError("a circle")


def _pairs(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(data):
        text = data[place + 1 : place + 1 + data[place]].decode("utf-8", "replace")
        place += 1 + data[place]
        key, _, value = text.partition("=")
        if key:
            found.setdefault(key.lower(), value)
    return found
