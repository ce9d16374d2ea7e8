"""Amounts and names that a sheet computes with, all at compile time.

A `Value` has a kind and an amount of that kind: an `Amount` an exact Fraction in its base unit (time in seconds), never
beyond `MAX_AMOUNT`, a `WordValue` (or a text) a string, `CamerasValue` their names, a `Truth` a truth. `Unknown` is a
macro's parameter when the macro is checked without a call, and what is left after a mistake that was reported: it fits
everywhere, so one mistake does not cascade.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from cuelang.lang import syntax as s
from cuelang.models import nearest_ratio
from cuelang.source import Loc
from cuelang.units import NS, SECONDS_IN, clock_parts

AmountKind = Literal["time", "percent", "times", "angle", "kelvin", "hertz", "number"]

UNITS: dict[str, AmountKind] = {
    "s": "time", "%": "percent", "x": "times", "deg": "angle", "K": "kelvin", "Hz": "hertz", "": "number",
}  # fmt: skip
KIND_NAMES: dict[str, str] = {
    "time": "an amount of time", "percent": "a percentage", "times": "a magnification", "angle": "an angle",
    "kelvin": "a colour temperature", "hertz": "a frequency", "number": "a plain number", "text": "a quoted string",
    "word": "a word", "cameras": "a camera", "truth": "a condition",
}  # fmt: skip
EXAMPLES = {
    "time": "2.5s", "percent": "60%", "times": "4x", "angle": "-30deg", "kelvin": "5600K", "hertz": "50Hz",
    "number": "4", "text": "\"text\"",
}  # fmt: skip

FPS = {
    "23.976": Fraction(24000, 1001), "24": Fraction(24), "25": Fraction(25), "29.97": Fraction(30000, 1001),
    "30": Fraction(30), "50": Fraction(50), "59.94": Fraction(60000, 1001), "60": Fraction(60),
}  # fmt: skip


class _Known(Struct, frozen=True, kw_only=True):
    """What every value has."""

    words: tuple[str, ...] = ()
    """The names by which it came here, the nearest first: where a word is wanted (a preset, a direction, an output),
    they are meant."""

    def named(self, name: str) -> Self:
        """The same amount, called by a name of the sheet."""
        return self if self.words[:1] == (name,) else replace(self, words=(name, *self.words))

    @property
    def written(self) -> str:
        """An amount that was written out and not worked out, as it was written."""
        return ""

    @property
    def clock(self) -> str:
        """A time that was written as a clock (`19:30`), as it was written; empty: it is something else."""
        return ""

    @property
    def meant(self) -> tuple[str, ...]:
        """The words that it may be meant as, where one is wanted."""
        return self.words


class Amount(_Known, frozen=True):
    """A clock (`19:30`) may yet be a time of day, and a number with a point stays one that has a fraction. `unit`: the
    unit that it was written in, for texts: `ms`, `f`, `deg` … A worked-out amount has that of its first part."""

    kind: AmountKind
    amount: Fraction
    written: str = ""
    unit: str = ""

    @property
    def clock(self) -> str:
        return self.written if ":" in self.written and self.kind == "time" else ""

    @property
    def fractional(self) -> bool:
        """Whether it is a plain number that was written with a point (`5.0`)."""
        return "." in self.written or self.unit == POINT


class WordValue(_Known, frozen=True):
    """A bare word, or a text in quotes."""

    kind: Literal["word", "text"]
    amount: str

    @property
    def meant(self) -> tuple[str, ...]:
        return (*self.words, self.amount)


class CamerasValue(_Known, frozen=True):
    kind: ClassVar[Literal["cameras"]] = "cameras"
    amount: tuple[str, ...]


class Truth(_Known, frozen=True):
    kind: ClassVar[Literal["truth"]] = "truth"
    amount: bool


class Unknown(_Known, frozen=True):
    kind: ClassVar[Literal["unknown"]] = "unknown"
    amount: ClassVar[None] = None


Value: TypeAlias = Amount | WordValue | CamerasValue | Truth | Unknown
"""Told apart by its class, or by its `kind`."""

POINT, HEX = ".", "0x"
"""The units of plain numbers that were written with a point, and as a camera's list has them."""
UNKNOWN = Unknown()
TRUE, FALSE = Truth(True), Truth(False)

Report = Callable[[str, Loc, str, str], None]
"""Code, place, message, hint."""


def amount_of_clock(text: str) -> Fraction | None:
    """`1:30` and `1:02:03.5` as seconds; None when minutes or seconds pass 59."""
    parts = text.split(":")
    rest = [Fraction(part) for part in parts[1:]]
    if len(parts) not in (2, 3) or any(part >= 60 for part in rest):
        return None
    total = Fraction(parts[0])
    for part in rest:
        total = total * 60 + part
    return total


HOURS = {"noon": "12:00", "midday": "12:00", "midnight": "00:00", "24:00": "00:00"}
"""Words for times of day, for a hint."""


def seconds_of_day(text: str) -> int | None:
    """`19:30` or `19:30:15` as seconds since midnight; None when there is no such time of day."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() and len(part) <= 2 for part in parts):
        return None
    hours, minutes, seconds = (int(part) for part in (*parts, "0")[:3])
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None


_UNIT = re.compile(r"-?(?:0x[0-9a-fA-F]+|[0-9.]+)(.*)", re.DOTALL)


def unit_of(written: str) -> str:
    """The unit of a literal as it is written; POINT and HEX for plain numbers of these kinds."""
    if written.startswith(HEX):
        return HEX
    found = _UNIT.fullmatch(written)
    return (found[1] if found else "") or (POINT if "." in written else "")


def shown(value: Value, fps: Fraction | None) -> str:
    """A value as a text has it: as it was written, or worked out in the unit in which it was written."""
    match value:
        case Amount():
            return value.written or _worked_out(value, fps)
        case WordValue(amount=text):
            return text
        case CamerasValue(amount=names):
            return _name(value) or ", ".join(names)
        case Truth(amount=truth):
            return "true" if truth else "false"
        case Unknown():
            return _name(value)


def _worked_out(value: Amount, fps: Fraction | None) -> str:
    amount = value.amount
    if value.kind != "time":
        unit = next(unit for unit, kind in UNITS.items() if kind == value.kind)
        text = decimal(amount)
        return f"{text}.0" if value.unit == POINT and "." not in text else f"{text}{unit}"
    if value.unit == "f" and fps is not None:
        return f"{decimal(amount * fps)}f"
    if value.unit == ":":
        return _as_clock(amount)
    unit = value.unit if value.unit in SECONDS_IN else "s"
    return f"{decimal(amount / SECONDS_IN[unit])}{unit}"


def decimal(amount: Fraction) -> str:
    """A number in plain figures, to six decimals, halves away from zero."""
    scaled = nearest_ratio(abs(amount.numerator) * 10**6, amount.denominator)
    whole, part = divmod(scaled, 10**6)
    text = f"{whole}.{part:06}".rstrip("0").rstrip(".")
    return f"-{text}" if amount < 0 and scaled else text


def _as_clock(seconds: Fraction) -> str:
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    whole = int(rest)
    part = decimal(rest - whole).removeprefix("0")
    if part == "1":
        whole, part = whole + 1, ""
    hours, minutes, last = clock_parts(whole)
    return f"{sign}{hours}:{minutes:02}:{last:02}{part}" if hours else f"{sign}{minutes}:{last:02}{part}"


def to_ns(seconds: Fraction) -> int:
    """Integer nanoseconds, halves away from zero."""
    return nearest_ratio(seconds.numerator * NS, seconds.denominator)


MAX_AMOUNT = 10**15
"""No amount is larger, in its kind's base unit."""
MAX_BITS = 200
"""The longest numerator or denominator, in bits."""


def bounded(value: Value, loc: Loc, report: Report) -> Value:
    """The value; UNKNOWN after a report when its amount is beyond every use, so that no sheet computes forever."""
    if isinstance(value, Amount):
        amount = value.amount
        if abs(amount) > MAX_AMOUNT:
            report("E302", loc, "This amount is too large.", "The maximum is 10^15.")
            return UNKNOWN
        if max(amount.numerator.bit_length(), amount.denominator.bit_length()) > MAX_BITS:
            report("E302", loc, "This amount has too many digits.", "Write it out, with fewer decimals.")
            return UNKNOWN
    return value


class Names(Struct, frozen=True):
    """What an expression is worked out with: the values of names, what a text comes to, the show's frame rate."""

    look_up: Callable[[s.Name], Value]
    fill: Callable[[s.Text], Value]
    fps: Fraction | None
    report: Report


def as_it_stands(text: s.Text) -> Value:
    """A text whose braces mean nothing."""
    return WordValue("text", text.value)


def evaluate(expr: s.Expr, names: Names) -> Value:
    """What an expression amounts to. Mistakes are reported (E301, E302, E213) and give UNKNOWN."""
    report = names.report
    match expr:
        case s.Quantity(value=value, unit=unit, loc=loc, written=written):
            if unit != "f":
                return bounded(Amount(UNITS[unit], value, written, unit_of(written)), loc, report)
            if names.fps is None:
                report("E301", loc, "Frames need the show's frame rate.", "Write `fps 25` under `show`.")
                return UNKNOWN
            return bounded(Amount("time", value / names.fps, written, "f"), loc, report)
        case s.Text():
            return names.fill(expr)
        case s.Clock(text=text, loc=loc):
            seconds = amount_of_clock(text)
            if seconds is None:
                report("E302", loc, f"“{text}”: minutes and seconds go up to 59.", "For example: 1:30 or 1:02:03.5.")
                return UNKNOWN
            return Amount("time", seconds, text, ":")
        case s.Name():
            return names.look_up(expr)
        case s.Unary(op=op, operand=operand, loc=loc):
            found = evaluate(operand, names)
            return UNKNOWN if isinstance(found, Unknown) else _unary(op, found, loc, report)
        case s.Binary(op=op, left=left, right=right, loc=loc):
            a, b = (evaluate(side, names) for side in (left, right))
            if isinstance(a, Unknown) or isinstance(b, Unknown):
                return UNKNOWN
            return bounded(_binary(op, a, b, loc, report), loc, report)


def _kind(value: Value) -> str:
    name = KIND_NAMES[value.kind]
    return f"{name} (“{value.amount}”)" if value.kind == "word" else name


def _name(value: Value) -> str:
    """What a camera, a word or a text is called."""
    return value.amount if isinstance(value, WordValue) else value.words[-1] if value.words else ""


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b), "!=": lambda a, b: bool(a != b), "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b), ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b),
}  # fmt: skip


def _unary(op: str, found: Value, loc: Loc, report: Report) -> Value:
    if op == "not":
        if isinstance(found, Truth):
            return FALSE if found.amount else TRUE
        report("E301", loc, f"`not` needs a condition, not {_kind(found)}.", "For example: `not time > 5s`.")
        return UNKNOWN
    if not isinstance(found, Amount):
        report("E301", loc, f"`-` needs an amount, not {_kind(found)}.", "For example: -30deg.")
        return UNKNOWN
    written = found.written and (found.written[1:] if found.written[0] == "-" else f"-{found.written}")
    return Amount(found.kind, -found.amount, written, found.unit)


def _binary(op: str, a: Value, b: Value, loc: Loc, report: Report) -> Value:
    if op in ("and", "or"):
        if isinstance(a, Truth) and isinstance(b, Truth):
            return TRUE if (a.amount and b.amount if op == "and" else a.amount or b.amount) else FALSE
        report(
            "E301",
            loc,
            f"`{op}` joins two conditions, not {_kind(a)} and {_kind(b)}.",
            "For example: `time > 5s`.",
        )
        return UNKNOWN
    if op in _COMPARE:
        return _compared(op, a, b, loc, report)
    if not (isinstance(a, Amount) and isinstance(b, Amount)):
        report(
            "E301",
            loc,
            f"`{op}` cannot join {_kind(a)} and {_kind(b)}.",
            "It needs two amounts, for example 2s + 500ms.",
        )
        return UNKNOWN
    return _calculated(op, a, b, loc, report)


def _compared(op: str, a: Value, b: Value, loc: Loc, report: Report) -> Value:
    equality = op in ("==", "!=")
    match a, b:
        case (Amount(), Amount()) if a.kind == b.kind:
            return TRUE if _COMPARE[op](a.amount, b.amount) else FALSE
        case (Truth(), Truth()) | (CamerasValue(), CamerasValue()) if equality:
            return TRUE if _COMPARE[op](a.amount, b.amount) else FALSE
        case (WordValue() | CamerasValue(), WordValue() | CamerasValue()) if equality:
            return TRUE if _COMPARE[op](_name(a), _name(b)) else FALSE
    report("E301", loc, f"{_kind(a).capitalize()} and {_kind(b)} cannot be compared.", "Both sides need the same unit.")
    return UNKNOWN


def _calculated(op: str, a: Amount, b: Amount, loc: Loc, report: Report) -> Value:
    if op in "+-":
        if a.kind == b.kind:
            unit = a.unit or b.unit
            return Amount(a.kind, a.amount + b.amount if op == "+" else a.amount - b.amount, unit=unit)
        report(
            "E301", loc, f"{_kind(a).capitalize()} and {_kind(b)} cannot be added.", "Both sides need the same unit."
        )
    elif op == "*":
        if "number" in (a.kind, b.kind):
            kind, unit = (b.kind, b.unit or a.unit) if a.kind == "number" else (a.kind, a.unit)
            return Amount(kind, a.amount * b.amount, unit=unit)
        report(
            "E301",
            loc,
            f"{_kind(a).capitalize()} cannot be multiplied by {_kind(b)}.",
            "One side must be a plain number.",
        )
    elif b.amount == 0:
        report("E302", loc, "Division by zero.", "Use another divisor.")
    elif b.kind == "number":
        return Amount(a.kind, a.amount / b.amount, unit=a.unit or (b.unit if a.kind == "number" else ""))
    elif a.kind == b.kind:
        return Amount("number", a.amount / b.amount)
    else:
        report(
            "E301",
            loc,
            f"{_kind(a).capitalize()} cannot be divided by {_kind(b)}.",
            "Divide by a plain number, or by the same unit.",
        )
    return UNKNOWN
