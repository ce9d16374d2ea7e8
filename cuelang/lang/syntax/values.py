"""Names, amounts, texts and expressions."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct

from cuelang.source import Loc


class Name(Struct, frozen=True):
    """An identifier in its own right; `all` and `next` come as names too."""

    id: str
    loc: Loc


class Quantity(Struct, frozen=True):
    """A literal. `unit` is one of `s` (value in seconds), `f` (frames), `%`, `x`, `deg`, `K`, `Hz`, or `` (plain)."""

    value: Fraction
    unit: str
    loc: Loc
    written: str = ""


class Clock(Struct, frozen=True):
    """`1:30`, `1:02:03.5`, `19:30`: m:ss or h:mm:ss as an amount of time, HH:MM or HH:MM:SS as a time of day.

    `text` as written; which of the two it is depends on the context.
    """

    text: str
    loc: Loc


class Text(Struct, frozen=True):
    """A string, escapes undone."""

    value: str
    loc: Loc


class Capture(Struct, frozen=True):
    """`{number}` in an action or among the arguments of `with`."""

    name: str
    loc: Loc


class Unary(Struct, frozen=True):
    """`-x` or `not x`."""

    op: Literal["-", "not"]
    operand: Expr
    loc: Loc


class Binary(Struct, frozen=True):
    """`+ - * /`, `== != < <= > >=`, `and or`."""

    op: str
    left: Expr
    right: Expr
    loc: Loc


Expr = Name | Quantity | Clock | Text | Unary | Binary
Cams = tuple[Name, ...]


class Pair(Struct, frozen=True):
    """`speed P[, T]`: pan and, if given, tilt."""

    pan: Expr
    tilt: Expr | None
    loc: Loc


class CueRef(Struct, frozen=True):
    """A cue by its number: a literal, a capture, the name `next`, a let or a parameter, or what is in parentheses."""

    number: Expr | Capture
    loc: Loc


class Options(Struct, frozen=True):
    """What may follow a timed or moving statement; None and False where it was not said.

    Each option's own place is its expression's. `given` lists option words in order with their places, so
    that one given twice, or two that exclude each other, can be pointed at.
    """

    speed: Pair | None = None
    over: Expr | None = None
    arriving: Expr | None = None
    ease: Name | None = None
    duration: Expr | None = None  # `for T`
    live: Loc | None = None
    given: tuple[Name, ...] = ()
