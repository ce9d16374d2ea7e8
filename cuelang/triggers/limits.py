"""How much of one sender is taken: a rate, and a wait after wrong secrets. For OSC, the page and the HTTP API."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

from cuelang.units import MINUTE, NS

K = TypeVar("K")
V = TypeVar("V")

FIRST_WAIT_NS, LONGEST_WAIT_NS = NS, MINUTE
FORGIVEN_NS = 15 * MINUTE
"""After this time without a wrong secret a sender starts afresh."""


def backoff(wrong: int) -> int:
    """How long (ns) the next secret is not looked at after this many wrong ones: 1 s, 2, 4 … 60."""
    return min(FIRST_WAIT_NS << min(wrong - 1, 10), LONGEST_WAIT_NS)


class Bucket:
    """`burst` at once, `rate` a second in the long run. It is full at `now`."""

    __slots__ = ("_at", "_full", "_left", "_rate")

    def __init__(self, rate: int, burst: int, now: int = 0) -> None:
        self._rate, self._full = rate, burst * NS
        self._at, self._left = now, self._full

    def take(self, now: int) -> bool:
        self._left = min(self._full, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < NS:
            return False
        self._left -= NS
        return True

    @property
    def wait(self) -> int:
        """Nanoseconds until there is room for a millisecond's worth."""
        return max(1, NS // 1000 - self._left // self._rate)


class Newest(OrderedDict[K, V]):
    """What is remembered of senders: `most` of them; the one that was kept longest ago goes first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> V:
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
        return value
