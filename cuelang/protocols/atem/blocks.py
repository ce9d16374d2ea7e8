"""Blocks of the ATEM protocol: what a switcher says of itself, and what can be asked of it. Pure; both ends use it.

    | length 16 bits, with these 8 bytes | 0 | name 4 letters | body |

What pads a body is whatever lay in the switcher's memory: texts end at their first NUL. Lengths of one block differ
between versions, and most names are of no interest here: they are skipped by their length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

STYLES = ("mix", "dip", "wipe", "dve", "sting")
RATES: dict[int, float] = {
    mode: rate
    for rate, modes in {
        25.0: (1, 3, 6, 10, 16, 22),
        29.97: (0, 2, 7, 11, 17, 23),
        50.0: (4, 12, 18, 24),
        59.94: (5, 13, 19, 25),
        23.976: (8, 14, 20),
        24.0: (9, 15, 21),
        30.0: (26,),
        60.0: (27,),
    }.items()
    for mode in modes
}
"""Frames a second of each video mode. Interlaced modes count whole frames."""

MAX_SOURCES = 4096


class AtemBlock(NamedTuple):
    """A command or a fact inside a packet. `name` has four letters."""

    name: str
    body: bytes


def split(payload: bytes) -> Iterator[AtemBlock]:
    """The blocks of a packet, up to the first that is cut short."""
    at = 0
    while len(payload) - at >= 8:
        length = int.from_bytes(payload[at : at + 2], "big")
        if length < 8 or at + length > len(payload):
            return
        yield AtemBlock(payload[at + 4 : at + 8].decode("latin-1"), payload[at + 8 : at + length])
        at += length


def block(name: str, body: bytes) -> bytes:
    """As bytes, with length and name before the body."""
    return (8 + len(body)).to_bytes(2, "big") + b"\0\0" + name.encode("latin-1") + body


def text(body: bytes) -> str:
    """A text in a fixed field: it ends at its first NUL, and what comes after is rubbish."""
    return body.partition(b"\0")[0].decode("utf-8", "replace")


def word(body: bytes, at: int) -> int:
    """A 16-bit word of a body; 0 where an older version has none."""
    return int.from_bytes(body[at : at + 2], "big")


def byte(body: bytes, at: int) -> int:
    """A byte of a body; 0 where an older version has none."""
    return body[at] if at < len(body) else 0


def tally(body: bytes) -> dict[int, Literal["program", "preview"]]:
    """`TlSr`: each source that is seen, with the bus on which it is; program is the stronger word."""
    count = min(word(body, 0), MAX_SOURCES)
    seen: dict[int, Literal["program", "preview"]] = {}
    for at in range(2, min(2 + 3 * count, len(body) - 2), 3):
        bits = body[at + 2]
        if bits & 1:
            seen[word(body, at)] = "program"
        elif bits & 2:
            seen[word(body, at)] = "preview"
    return seen


def tally_body(sources: dict[int, int]) -> bytes:
    """The body of a `TlSr`: bits (1 program, 2 preview) by source."""
    rows = b"".join(source.to_bytes(2, "big") + bytes([bits]) for source, bits in sources.items())
    return len(sources).to_bytes(2, "big") + rows


# --- what can be asked ---


def program(me: int, source: int) -> bytes:
    return block("CPgI", bytes([me, 0]) + source.to_bytes(2, "big"))


def preview(me: int, source: int) -> bytes:
    return block("CPvI", bytes([me, 0]) + source.to_bytes(2, "big"))


def cut(me: int) -> bytes:
    return block("DCut", bytes([me, 0, 0, 0]))


def auto(me: int) -> bytes:
    return block("DAut", bytes([me, 0, 0, 0]))


def style(me: int, number: int) -> bytes:
    """The style of the next transition; what it moves (background, keys) is left alone."""
    return block("CTTp", bytes([1, me, number, 0]))


def rate(me: int, number: int, frames: int) -> bytes:
    """The length in frames of a transition of this style. Raises KeyError for a sting, whose clip decides."""
    body = {
        0: bytes([me, frames, 0, 0]),
        1: bytes([1, me, frames, 0, 0, 0, 0, 0]),
        2: bytes([0, 1, me, frames]) + bytes(16),
        3: bytes([0, 1, me, frames]) + bytes(16),
    }[number]
    return block(("CTMx", "CTDp", "CTWp", "CTDv")[number], body)


RATE_BLOCKS = {"TMxP": 0, "TDpP": 1, "TWpP": 2, "TDvP": 3}
"""The blocks that tell a style's rate: M/E, rate, …"""


def stream(on: bool) -> bytes:
    return block("StrR", bytes([on, 0, 0, 0]))


def record(on: bool) -> bytes:
    return block("RcTM", bytes([on, 0, 0, 0]))


def macro(index: int) -> bytes:
    return block("MAct", index.to_bytes(2, "big") + b"\0\0")


def key(me: int, index: int, on: bool) -> bytes:
    return block("CKOn", bytes([me, index, on, 0]))


def dsk(index: int, on: bool) -> bytes:
    return block("CDsL", bytes([index, on, 0, 0]))


def dsk_auto(index: int, version: tuple[int, int]) -> bytes:
    return block("DDsA", bytes([0, index, 0, 0]) if version >= (2, 29) else bytes([index, 0, 0, 0]))


def aux(index: int, source: int) -> bytes:
    return block("CAuS", bytes([1, index]) + source.to_bytes(2, "big"))


def fade_to_black(me: int) -> bytes:
    return block("FtbA", bytes([me, 0, 0, 0]))
