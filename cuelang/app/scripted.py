"""A script read out: requests at their times, and the end of the show when all that they asked for is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cuelang.clock import Clock
from cuelang.plan import SwitcherAct
from cuelang.playback import script
from cuelang.rehearsal.rehearse import OscLines, read_out
from cuelang.runtime.executor import Executor
from cuelang.units import MS


async def perform(
    asks: Sequence[script.ScriptAsk], executor: Executor, clock: Clock, by_hand: Callable[[SwitcherAct], str]
) -> None:
    """Returns when all is over. `by_hand` is a hand on a simulated switcher."""
    zero, lines = clock.now(), OscLines(executor.plan)
    for ask in asks:
        await clock.sleep_until(zero + ask.at)
        read_out(ask, executor, lines, clock.now(), by_hand)
    while executor.running or executor.busy or executor.due is not None:
        await clock.sleep_until(clock.now() + 100 * MS)
