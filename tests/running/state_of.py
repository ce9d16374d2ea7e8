"""All that a cue list knows, as plain data: two lists with the same state have the same."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Any

from msgspec import Struct

from cuelang.plan import Camera, Cue, Plan, Program, Switcher
from cuelang.playback.claims import Claims
from cuelang.playback.indexed import IndexedProgram
from cuelang.playback.machine import Playback
from cuelang.source import Origin

APART = {
    "at_once", "hurried", "heard", "effects", "_room", "_scores", "_scores_of", "_decide", "_next_cue", "_time_of_day",
    "plan", "_told",
}  # fmt: skip
"""What is not state: bounds of one call, what is worked out from the plan, and functions."""


def state_of(playback: Playback) -> Any:
    playback._stage.acts.asked.work_off()  # when it is taken in makes no difference
    return plain(playback, {})


def plain(value: Any, seen: dict[int, int]) -> Any:
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, Origin | Plan | Program | IndexedProgram | Camera | Switcher):
        return type(value).__name__
    if isinstance(value, Cue):
        return f"cue {value.number}"
    if isinstance(value, frozenset | set):
        return sorted(map(repr, value))
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list | deque):
        return [plain(part, seen) for part in value]
    if not (isinstance(value, Struct) and value.__struct_config__.frozen):
        if id(value) in seen:
            return f"#{seen[id(value)]}"
        seen[id(value)] = len(seen)
    if isinstance(value, dict):
        return [[_key(key, seen), plain(part, seen)] for key, part in value.items()]
    if callable(value) and not isinstance(value, Struct):
        return "function"
    if isinstance(value, Struct):
        names: Any = value.__struct_fields__
    else:
        names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]
    parts = {name: plain(getattr(value, name), seen) for name in names if name not in APART}
    if isinstance(value, Claims):
        parts["_axes"].sort(key=repr)  # from sets
    return [type(value).__name__, parts]


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two states differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [text for key in one for text in differences(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            text for at, pair in enumerate(zip(one, other, strict=True)) for text in differences(*pair, f"{path}[{at}]")
        ]
    return [] if one == other else [f"{path}: {one} / {other}"]


def _key(key: Any, seen: dict[int, int]) -> Any:
    if isinstance(key, tuple) and len(key) == 3 and isinstance(key[2], int):
        return [key[0], key[1], "statement"]  # by its identity
    return plain(key, seen)
