"""The clock of the loop that is running."""

from __future__ import annotations

import asyncio
import weakref

from cuelang.clock.deadlines import Clock
from cuelang.clock.loops import OwnLoop
from cuelang.clock.real import RealClock

_foreign: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Clock] = weakref.WeakKeyDictionary()


def current() -> Clock:
    """The clock of the running loop; a loop that was not made here gets a real one. RuntimeError without a loop."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, OwnLoop):
        return loop.clock
    clock = _foreign.get(loop)
    if clock is None:
        clock = _foreign[loop] = RealClock()
    return clock
