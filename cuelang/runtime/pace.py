"""How much a turn of the loop may do, so that cameras, inputs and screens have theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cuelang.units import MS

TURN_NS = 5 * MS
"""How long playback catches up in one turn of the loop, all requests and reports of that turn together; sending and
writing come on top."""

CROWDED_NS = 2 * MS
"""How long it does while turns end before all is done: handling the replies takes longer than sending."""

TURNS_NS = MS // 4
"""What turns may take together before it is asked where one turn of the loop ends."""

BREATH_NS = 1 * MS
"""The pause after a turn that did not get done, from the second in a row on: a request by HTTP needs several turns of
the loop."""


class Pace:
    """`spent_up` is called when this turn of the loop has no time left, `begun` when the next one begins."""

    def __init__(self, spent_up: Callable[[], None], begun: Callable[[], None]) -> None:
        self._spent_up, self._begun = spent_up, begun
        self._behind = 0
        """Turns in a row that ran out of time before they were done with what was due."""
        self._spent = 0
        """What catching up has taken in this turn of the loop."""
        self._counting = False
        """A new turn of the loop is asked for."""

    @property
    def left(self) -> int:
        return (CROWDED_NS if self._behind > 1 else TURN_NS) - self._spent

    @property
    def behind(self) -> bool:
        return bool(self._behind)

    def ended(self, done: bool, took: int) -> None:
        """A turn is over: `done` with what was due, or out of time."""
        self._behind = 0 if done or not took else self._behind + 1

    def spend(self, time: int) -> None:
        self._spent += time
        if self._spent >= TURNS_NS and not self._counting:
            self._counting = True
            asyncio.get_running_loop().call_soon(self._anew)
        if self.left <= 0:
            self._spent_up()

    def _anew(self) -> None:
        self._counting, self._spent = False, 0
        self._begun()

    def not_before(self, due: int | None, now: int) -> int | None:
        """When what is due is looked at again."""
        return max(due, now + BREATH_NS) if self._behind > 1 and due is not None else due
