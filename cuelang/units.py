"""Units of time. A time is a whole number of nanoseconds, but at the borders to other programs and to people."""

from __future__ import annotations

from fractions import Fraction

MS = 1_000_000
"""A millisecond."""
NS = 1_000_000_000
"""A second."""
MINUTE = 60 * NS
HOUR = 60 * MINUTE
DAY = 24 * HOUR

NS_IN = {"ms": MS, "s": NS, "m": MINUTE, "h": HOUR}
"""The units that people write a time in."""
SECONDS_IN = {unit: Fraction(ns, NS) for unit, ns in NS_IN.items()}


def clock_parts(seconds: int) -> tuple[int, int, int]:
    """Hours, minutes and seconds of a whole number of seconds."""
    return seconds // 3600, seconds // 60 % 60, seconds % 60


def hms(seconds: int) -> str:
    """`1:02:03`."""
    hours, minutes, rest = clock_parts(seconds)
    return f"{hours}:{minutes:02}:{rest:02}"


def written(ns: int) -> str:
    """A time as a sheet has it: `2.5s`."""
    return f"{ns / NS:g}s"
