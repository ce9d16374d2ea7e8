"""What every record of a log begins with."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from msgspec import Struct

from cuelang.source import NOWHERE, Origin

JsonObject: TypeAlias = dict[str, object]
"""An object of the log as it was read: its reader has to look at what each value is."""


class Stamp(NamedTuple):
    """The number of a record, the wall clock in ISO 8601, and milliseconds since the show began."""

    seq: int
    wall: str
    t_ms: float


class Stamped(Struct, frozen=True):
    seq: int
    wall: str
    t_ms: float


def place(origin: Origin) -> tuple[str, int, int] | tuple[None, None, None]:
    """File, line and column."""
    if origin is NOWHERE:
        return None, None, None
    span = origin.span
    return span.file, span.line, span.column
