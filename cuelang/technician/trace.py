"""Where a camera goes while a hand drives it: asked ten times a second, and written as a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cuelang.commands import Place
from cuelang.protocols.trace import BEAT_NS, Path
from cuelang.technician.session import CameraError, Session

MOST_MISSED = 20
"""Questions in a row without an answer: the camera is gone."""


async def record(session: Session, longest: int | None, moving: Callable[[], object]) -> tuple[Place, ...]:
    """The camera's path until it is cancelled, or for `longest` ns; `moving` is called at its first movement. What it
    stood still before and after is left out. Raises CameraError for a camera that does not say where it is, and for
    one that did not move."""
    begin, missed = session.clock.now(), 0
    path = Path(begin)
    try:
        while not path.full:
            asked = session.clock.now()
            if longest is not None and asked - begin >= longest:
                break
            pose = await session.pose()
            told = session.clock.now()
            rested = path.at_rest
            if not path.heard(pose, (asked + told) // 2):
                missed += 1
                if missed >= MOST_MISSED or not session.can_ask:
                    why = session.no_position if not session.can_ask else "it does not answer"
                    raise CameraError(f"{session.camera.url} does not say where it is: {why}.")
            else:
                missed = 0
                if rested and not path.at_rest:
                    moving()
            await session.clock.sleep_until(max(asked + BEAT_NS, told))
    except asyncio.CancelledError:
        if not path.places:
            raise
    found = path.trace()
    if len(found) < 2:
        raise CameraError(f"{session.camera.url} did not move; nothing was written.")
    return found
