"""Amounts and names that a sheet computes with, all at compile time.

A `Value` has a kind (`time`, `percent`, `times`, `angle`, `kelvin`, `hertz`, `number`, `text`, `word`,
`cameras`, `output`, `unknown`) and an amount in that kind's base unit: exact Fractions (time in seconds), a
string, or camera names. `unknown` is a macro's parameter when the macro is checked without a call, and what is
left after a mistake that was reported: it fits everywhere, so one mistake does not cascade.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cuelang.lang import syntax as s
from cuelang.models import nearest_ratio
from cuelang.plan import NS
from cuelang.source import Loc

UNITS = {"s": "time", "%": "percent", "x": "times", "deg": "angle", "K": "kelvin", "Hz": "hertz", "": "number"}
KIND_NAMES = {
    "time": "an amount of time", "percent": "a percentage", "times": "a magnification", "angle": "an angle",
    "kelvin": "a colour temperature", "hertz": "a frequency", "number": "a plain number", "text": "a text in quotes",
    "word": "a word", "cameras": "a camera", "output": "an output", "truth": "a condition",
}  # fmt: skip
EXAMPLES = {
    "time": "2.5s", "percent": "60%", "times": "4x", "angle": "-30deg", "kelvin": "5600K", "hertz": "50Hz",
    "number": "4", "text": "\"text\"",
}  # fmt: skip

FPS = {
    "23.976": Fraction(24000, 1001), "24": Fraction(24), "25": Fraction(25), "29.97": Fraction(30000, 1001),
    "30": Fraction(30), "50": Fraction(50), "59.94": Fraction(60000, 1001), "60": Fraction(60),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    kind: str
    amount: Any
    clock: str = ""
    """As written, when it was written as a clock (`19:30`): it may yet be a time of day."""
    word: str = ""
    """The name by which a macro was given it: where a bare word is wanted (a preset, an output), that is meant."""


UNKNOWN = Value("unknown", None)
TRUE, FALSE = Value("truth", True), Value("truth", False)

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


def seconds_of_day(text: str) -> int | None:
    """`19:30` or `19:30:15` as seconds since midnight; None when there is no such time of day."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() and len(part) <= 2 for part in parts):
        return None
    hours, minutes, seconds = (int(part) for part in (*parts, "0")[:3])
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None


def to_ns(seconds: Fraction) -> int:
    """Integer nanoseconds, halves away from zero."""
    return nearest_ratio(seconds.numerator * NS, seconds.denominator)


def evaluate(expr: s.Expr, look_up: Callable[[s.Name], Value], fps: Fraction | None, report: Report) -> Value:
    """What an expression amounts to. Mistakes are reported (E301) and give UNKNOWN."""
    match expr:
        case s.Quantity(value, "f", loc):
            if fps is None:
                report("E301", loc, "Frames need the show's frame rate.", "Write `fps 25` under `show`.")
                return UNKNOWN
            return Value("time", value / fps)
        case s.Quantity(value, unit):
            return Value(UNITS[unit], value)
        case s.Text(text):
            return Value("text", text)
        case s.Clock(text, loc):
            seconds = amount_of_clock(text)
            if seconds is None:
                report("E302", loc, f"In “{text}” minutes or seconds are over 59.", "Write it as 1:30 or 1:02:03.5.")
                return UNKNOWN
            return Value("time", seconds, text)
        case s.Name():
            return look_up(expr)
        case s.Unary(op, operand, loc):
            found = evaluate(operand, look_up, fps, report)
            if found.kind == "unknown":
                return UNKNOWN
            if op == "not":
                if found.kind != "truth":
                    report(
                        "E301",
                        loc,
                        f"`not` needs a condition, this is {_kind(found)}.",
                        "Write for example `not time > 5s`.",
                    )
                    return UNKNOWN
                return FALSE if found.amount else TRUE
            if not isinstance(found.amount, Fraction):
                report("E301", loc, f"`-` needs an amount, this is {_kind(found)}.", "Write for example -30deg.")
                return UNKNOWN
            return Value(found.kind, -found.amount)
        case s.Binary(op, left, right, loc):
            a, b = (evaluate(side, look_up, fps, report) for side in (left, right))
            if a.kind == "unknown" or b.kind == "unknown":
                return UNKNOWN
            return _binary(op, a, b, loc, report)


def _kind(value: Value) -> str:
    name = KIND_NAMES[value.kind]
    return f"{name} (“{value.amount}”)" if value.kind == "word" else name


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b), "!=": lambda a, b: bool(a != b), "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b), ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b),
}  # fmt: skip


def _binary(op: str, a: Value, b: Value, loc: Loc, report: Report) -> Value:
    numbers = isinstance(a.amount, Fraction) and isinstance(b.amount, Fraction)
    if op in ("and", "or"):
        if a.kind == b.kind == "truth":
            return TRUE if (a.amount and b.amount if op == "and" else a.amount or b.amount) else FALSE
        report(
            "E301",
            loc,
            f"`{op}` joins two conditions, not {_kind(a)} and {_kind(b)}.",
            "Write for example `time > 5s`.",
        )
    elif op in ("==", "!="):
        named = {"word", "cameras", "text", "output"}
        if a.kind == b.kind or (a.kind in named and b.kind in named):
            return TRUE if _COMPARE[op](a.amount, b.amount) else FALSE
        report("E301", loc, f"{_kind(a).capitalize()} and {_kind(b)} cannot be compared.", "Both sides need one unit.")
    elif op in _COMPARE:
        if numbers and a.kind == b.kind:
            return TRUE if _COMPARE[op](a.amount, b.amount) else FALSE
        report("E301", loc, f"{_kind(a).capitalize()} and {_kind(b)} cannot be compared.", "Both sides need one unit.")
    elif not numbers:
        report("E301", loc, f"`{op}` cannot join {_kind(a)} and {_kind(b)}.", "It joins amounts, as in 2s + 500ms.")
    elif op in "+-":
        if a.kind == b.kind:
            return Value(a.kind, a.amount + b.amount if op == "+" else a.amount - b.amount)
        report("E301", loc, f"{_kind(a).capitalize()} and {_kind(b)} cannot be added up.", "Both sides need one unit.")
    elif op == "*":
        if "number" in (a.kind, b.kind):
            return Value(b.kind if a.kind == "number" else a.kind, a.amount * b.amount)
        report(
            "E301", loc, f"{_kind(a).capitalize()} cannot be multiplied by {_kind(b)}.", "One side is a plain number."
        )
    elif b.amount == 0:
        report("E302", loc, "This divides by zero.", "Divide by something else.")
    elif b.kind == "number":
        return Value(a.kind, a.amount / b.amount)
    elif a.kind == b.kind:
        return Value("number", a.amount / b.amount)
    else:
        report(
            "E301",
            loc,
            f"{_kind(a).capitalize()} cannot be divided by {_kind(b)}.",
            "Divide by a plain number, or by the same unit.",
        )
    return UNKNOWN
