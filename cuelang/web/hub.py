"""From the show to the pages: one state, encoded once, handed to everybody.

The hub looks at the show when something has changed and at least once a second, and only while a page is open.
What it finds becomes one numbered frame, kept in a short row. Each page walks along that row at its own speed:
when the frame it needs has left the row, it gets a snapshot. So a page that stalls costs nothing but what
is in its socket, and is not waited for. Pages are woken one after the other, a turn of the loop between them, for a cue
may be due in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from cuelang.clock import Clock
from cuelang.plan import Plan
from cuelang.runtime.view import View
from cuelang.triggers.occurrences import Firing, next_of_each
from cuelang.units import MS
from cuelang.web.show import ShowApi
from cuelang.web.state import Changes, Scene, clock
from cuelang.web.wire import written

BUFFERED_FRAMES = 32
"""Frames that are kept for pages that lag behind."""
GAP_NS = 40 * MS
"""Between two frames."""
BUSY_NS, IDLE_NS = 200 * MS, 1000 * MS
"""How long nothing may happen until the show is looked at all the same: positions change while cameras move."""
QUIET_NS = 6 * MS
"""What a look and its sending may take on a small machine: with a deadline of the show within that, they come after."""
ASKED_NS, AT_ONCE = 1000 * MS, 4
"""How often a camera that is at work is asked where it is, and how many of them at one look."""
BELIEVED = timedelta(minutes=5)
"""How long the next firing is believed: the clock on the wall may be set."""


class Subscriber:
    """A page's place in the row: `seq` is what it has, -1 nothing."""

    def __init__(self) -> None:
        self.seq = -1
        self.wake = asyncio.Event()
        self.wake.set()


class Hub:
    """What all open pages see. `now` is the clock of the show."""

    def __init__(self, show: ShowApi, now: Clock) -> None:
        self._show = show
        self._clock = now
        self._scene = Scene(show.has_picture, show.has_shot)
        self._changed = asyncio.Event()
        self._frames: deque[str] = deque(maxlen=BUFFERED_FRAMES)
        """The last of them leads to `seq`."""
        self.seq = 0
        self._subscribers: set[Subscriber] = set()
        self._snapshot: tuple[int, str] = (-1, "")
        self._sent = 0
        self._asked: dict[str, int] = {}
        self._view: View | None = None
        self._firings: tuple[Plan, datetime, list[Firing]] | None = None

    def changed(self) -> None:
        """Something happened. Called after each turn of the show, so it must be next to nothing."""
        if self._subscribers:
            self._changed.set()

    async def run(self) -> None:
        while True:
            pause = BUSY_NS if self._view is not None and self._view.running else IDLE_NS
            timer = self._clock.at(self._clock.now() + pause, self._changed.set)
            await self._changed.wait()
            timer.cancel()
            self._changed.clear()
            if self._subscribers:
                await self._step_aside()
                self.look()
                await self._wake_all()
                self._ask_around()
            await self._clock.sleep_until(self._clock.now() + GAP_NS)

    async def _step_aside(self) -> None:
        """Let a cue, a ramp or a camera that is about to be told something go first; three times at most."""
        for _ in range(3):
            soonest = self._clock.soonest
            if soonest is None or soonest - self._clock.now() > QUIET_NS:
                return
            await self._clock.sleep_until(max(soonest, self._clock.now()) + MS // 2)

    def look(self) -> None:
        """Bring the state up to date; what changed becomes a frame."""
        view = self._view = self._show.view()
        firings = self._next_firings(view)
        skipped = bool(firings) and self._show.skipped(firings[0].trigger, firings[0].at)
        changes = self._scene.look(self._show.plan, view, firings, skipped)
        if changes is None:
            self.seq += 1
            self._frames.clear()
        elif changes or self._clock.now() - self._sent >= IDLE_NS - GAP_NS:
            self.seq += 1
            self._frames.append(self._encoded("delta", view, changes))
        else:
            return
        self._sent = self._clock.now()

    def state(self) -> dict[str, Any]:
        """What a program that asks once gets: the clock and the whole state, of this moment."""
        self.look()
        assert self._view is not None
        return {"seq": self.seq, "clock": clock(self._view), "state": self._scene.state}

    def subscribe(self) -> Subscriber:
        subscriber = Subscriber()
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def next_for(self, subscriber: Subscriber) -> str | None:
        """What this page needs next: a delta, a snapshot if there is none that fits, None if it has everything."""
        behind = self.seq - subscriber.seq
        if subscriber.seq >= 0 and behind <= len(self._frames):
            if not behind:
                return None
            subscriber.seq += 1
            return self._frames[-behind]
        if self._snapshot[0] != self.seq:
            self.look()
            assert self._view is not None
            self._snapshot = (self.seq, self._encoded("snapshot", self._view, None))
        subscriber.seq, frame = self._snapshot
        return frame

    def _ask_around(self) -> None:
        """A show asks a camera for its position only when it waits for it; a viewer needs to see it move."""
        now = self._clock.now()
        rows = self._view.cameras if self._view is not None else ()
        busy = [row.name for row in rows if row.doing and row.link == "connected"]
        self._asked = {name: self._asked.get(name, -ASKED_NS) for name in busy}
        for name in sorted(busy, key=self._asked.__getitem__)[:AT_ONCE]:
            if now - self._asked[name] >= ASKED_NS:
                self._asked[name] = now
                self._show.where_is(name)

    async def _wake_all(self) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber.wake.set()
            await asyncio.sleep(0)

    def _encoded(self, kind: str, view: View, changes: Changes | None) -> str:
        message: dict[str, Any] = {"type": kind, "seq": self.seq, "clock": clock(view)}
        if changes is None:
            message["state"] = self._scene.state
        else:
            message |= {"set": changes.set, "rows": changes.rows}
        return written(message)

    def _next_firings(self, view: View) -> list[Firing]:
        """Worked out again when the first has come, when the sheet is another, and now and then."""
        plan, wall = self._show.plan, view.wall
        if self._firings is not None:
            known, until, firings = self._firings
            if known is plan and until - BELIEVED <= wall < until and (not firings or wall <= firings[0].at):
                return firings
        try:
            firings = next_of_each(plan, self._show.zone, wall)
        except ValueError:  # a schedule that cannot be kept: its door has said so
            firings = []
        self._firings = (plan, wall + BELIEVED, firings)
        return firings
