"""What `with` asks of the arguments of a message, whatever brought it. No I/O and no clock.

`> N` and `< N` are met when a value crosses over, not by every message beyond: what each trigger saw last is kept. A
first value that is above has crossed, for that is what a button sends; to be on the way down, a value has to have been
at N or above before.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from decimal import Decimal

from cuelang.plan import OscTest

Argument = object
_KEPT_CROSSINGS = 4096
_COMPARE: dict[str, Callable[[float, float], bool]] = {">": lambda a, b: a > b, "<": lambda a, b: a < b}
TEST_RANK = {"==": 0, ">": 1, "<": 1, "capture": 2, "_": 3}
NO_TEST = 4


def rank_of(tests: Sequence[OscTest]) -> tuple[int, ...]:
    """How literal they are: the lowest is the most."""
    return (*(TEST_RANK[test.op] for test in tests), NO_TEST)


class Crossings:
    """What values were when they were seen last."""

    def __init__(self) -> None:
        self._beyond: dict[tuple[object, ...], bool] = {}

    def met(
        self,
        tests: Sequence[OscTest],
        arguments: Sequence[Argument],
        captures: dict[str, str],
        key: tuple[object, ...],
        *,
        buttons: bool = False,
        peek: bool = False,
    ) -> dict[str, str] | None:
        """The captures, those of the tests included; None: they are not met. `key` is what the values are remembered
        under; `buttons`: 1.0 and 0.0 are the values of a button and no numbers; `peek`: nothing is remembered."""
        if not tests:
            return captures
        if len(arguments) < len(tests):
            return None
        found, beyond, crosses = dict(captures), True, False
        for test, value in zip(tests, arguments, strict=False):
            if test.op == "==":
                if not _equal(value, test.value):
                    return None
            elif test.op == "capture":
                text = number_text(value)
                if text is None or (buttons and is_button(value)):
                    return None
                found[str(test.value)] = text
            elif test.op in _COMPARE:
                if not isinstance(value, int | float) or not isinstance(test.value, int | float):
                    return None
                crosses = True
                beyond = beyond and _COMPARE[test.op](value, test.value)
        if not crosses or self._crosses((*key, *sorted(found.items())), tests, beyond, peek=peek):
            return found
        return None

    def _crosses(self, key: tuple[object, ...], tests: Sequence[OscTest], beyond: bool, *, peek: bool) -> bool:
        """Whether the values are beyond their bounds, and were not before."""
        before = self._beyond.get(key, all(test.op != ">" for test in tests))
        if not peek:
            self._beyond[key] = beyond
            if len(self._beyond) > _KEPT_CROSSINGS:
                del self._beyond[next(iter(self._beyond))]
        return beyond and not before


def is_button(value: object) -> bool:
    """Whether an argument is a button's value rather than a number: true, false, 1.0, 0.0."""
    return isinstance(value, bool) or (isinstance(value, float) and value in (0.0, 1.0))


def number_text(value: object) -> str | None:
    """An argument as a cue's number would be written: 2.0 -> `2`, `"2.50"` -> `2.50`, the 32-bit float 2.1 -> `2.1`.

    None for what can be no number: blobs, true and false, infinity.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return None
    text = format(Decimal(_shortest(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shortest(value: float) -> str:
    """The shortest decimal that is sent as these 32 bits; of a 64-bit float, Python's own."""
    single = _single(value)
    if single is None or single != value:
        return repr(value)
    return next(
        (text for text in (f"{value:.{n}g}" for n in range(1, 10)) if _single(float(text)) == value), repr(value)
    )


def _single(value: float) -> float | None:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return None


def _equal(value: object, wanted: float | str | None) -> bool:
    if isinstance(wanted, str) or isinstance(value, str):
        return value == wanted
    if wanted is None or not isinstance(value, int | float):
        return False
    return value == wanted or (isinstance(value, float) and value == _single(float(wanted)))
