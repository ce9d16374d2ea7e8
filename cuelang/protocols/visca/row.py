"""What a row of the VISCA table is.

A template is a frame written as the manuals write it: two characters a byte; `8x` is the camera's address;
digits and capitals stand for themselves, small letters g–z for the nibbles of a parameter. A parameter lists
its letters in the order in which they stand, most significant first:

    8x 01 06 02 vv ww 0y 0y 0y 0y 0z 0z 0z 0z FF      pan_speed vv, tilt_speed ww, pan yyyy, tilt zzzz

The rows are in `table.py`, and nothing else in the program holds VISCA bytes.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple

from msgspec import Struct

from cuelang.commands import VECTORS

TURNS = {f"pt.{direction}": vector for direction, vector in VECTORS.items()}
"""The rows that drive the head, each with the sign of pan and of tilt."""

Kind = Literal["command", "inquiry"]
Status = Literal[
    "ok",
    "corrected",
    "disputed",
    "conflict",
    "ambiguous",
    "alias",
    "comment_error",
    "range_error",
    "incomplete",
    "unverified",
]
"""How sure the bytes are: `ok`, the manual and an independent source agree; `corrected`, the manual is
misprinted; `disputed`, sources disagree and `alternatives` are tried next; `conflict`, official documents
contradict each other; `alias`, another row has the same bytes; `unverified`, only the manual has it."""


class Param(NamedTuple):
    """A parameter of a command. A signed one is two's complement over its letters; its range is the model's,
    and any value that its nibbles hold is taken. `gaps`: what is between low and high but is rejected."""

    name: str
    letters: str
    low: int
    high: int
    meaning: str = ""
    signed: bool = False
    gaps: tuple[range, ...] = ()


class Field(NamedTuple):
    """A field of an inquiry's answer."""

    name: str
    letters: str
    meaning: str = ""


class NibblePlace(NamedTuple):
    """Where a parameter's nibbles are: (index of the byte, shift in it), most significant first."""

    name: str
    low: int
    high: int
    signed: bool
    nibbles: tuple[tuple[int, int], ...]
    gaps: tuple[range, ...] = ()

    @property
    def bounds(self) -> tuple[int, int]:
        """A signed position has its model's range, which is not known here: whatever its nibbles hold is good."""
        half = 1 << (4 * len(self.nibbles) - 1)
        return (-half, half - 1) if self.signed else (self.low, self.high)

    def takes(self, value: int) -> bool:
        low, high = self.bounds
        if not low <= value <= high:
            return False
        for gap in self.gaps:  # noqa: SIM110  # every frame comes by here
            if value in gap:
                return False
        return True

    def put(self, frame: bytearray, value: int) -> None:
        for index, shift in reversed(self.nibbles):
            frame[index] |= (value & 0xF) << shift
            value >>= 4

    def get(self, frame: bytes) -> int:
        value = 0
        for index, shift in self.nibbles:
            value = value << 4 | frame[index] >> shift & 0xF
        if self.signed and value >> (4 * len(self.nibbles) - 1):
            value -= 1 << 4 * len(self.nibbles)
        return value


class Template:
    """A compiled template: the fixed bytes, which nibbles are fixed, and the place of each parameter.

    The address (`x` of the first byte) is not part of it: the first byte has a zero nibble.
    """

    __slots__ = ("addressed", "fixed", "mask", "places", "text")

    def __init__(self, text: str, params: tuple[Param, ...]) -> None:
        tokens = text.split()
        self.text = text
        self.addressed = tokens[0][1].islower()
        at: dict[str, list[tuple[int, int]]] = {}
        fixed, mask = bytearray(), bytearray()
        for index, token in enumerate(tokens):
            byte = known = 0
            for shift, sign in ((4, token[0]), (0, token[1])):
                if not sign.islower():
                    byte |= int(sign, 16) << shift
                    known |= 0xF << shift
                elif index:
                    at.setdefault(sign, []).append((index, shift))
            fixed.append(byte)
            mask.append(known)
        self.fixed, self.mask = bytes(fixed), bytes(mask)
        self.places = tuple(
            NibblePlace(
                param.name,
                param.low,
                param.high,
                param.signed,
                tuple(sorted({spot for letter in param.letters for spot in at[letter]}, key=lambda s: (s[0], -s[1]))),
                param.gaps,
            )
            for param in params
        )

    def fits(self, frame: bytes) -> bool:
        """Whether the fixed nibbles agree; the frame has the template's length."""
        return all(byte & known == want for byte, known, want in zip(frame, self.mask, self.fixed, strict=True))


class Row(Struct, frozen=True, dict=True):
    """One command or inquiry.

    `alternatives`: bytes to try when the camera does not know `send` (a syntax error). `accepted`: further
    forms that clients send and a camera should bear. `layout` and `fields`: an inquiry's answer.
    `single`: sending it twice is not what sending it once is.
    """

    id: str
    kind: Kind
    group: str
    function: str
    send: str
    params: tuple[Param, ...] = ()
    status: Status = "ok"
    reply: str = "ack+completion"
    layout: str = ""
    fields: tuple[Field, ...] = ()
    alternatives: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    evidence: str = "manual+S1"
    notes: str = ""
    single: bool = False

    @property
    def gated(self) -> bool:
        """Not sent by default: destructive, or the documents do not say for certain what it does.

        `multicast` is gated too; `set … multicast` is the operator asking for it by name.
        """
        return self.status in ("conflict", "unverified")

    @cached_property
    def template(self) -> Template:
        return Template(self.send, self.params)

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """Every form of it: the one that is sent first, then the alternatives and the accepted ones."""
        return (self.template, *(Template(text, self.params) for text in (*self.alternatives, *self.accepted)))

    @cached_property
    def answer(self) -> Template:
        """The template of an inquiry's answer."""
        signed = {"pan", "tilt"}
        params = (Param(f.name, f.letters, 0, 16 ** len(f.letters) - 1, "", f.name in signed) for f in self.fields)
        return Template(self.layout, tuple(params))
