"""What inputs of two machines say, in virtual time: the latest tally counts, a message counts once, and what came while
the lead went over is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

from cuelang import clock as clocks
from cuelang.app.carrying import Carrier
from cuelang.triggers.gestures import Gestures
from cuelang.units import MS, NS
from tests.running.night import plan_of

DESK = "osc udp 10.0.0.5:{}"


class Show:
    """The show of one machine: it keeps what its inputs say."""

    def __init__(self, *, follows: bool) -> None:
        self.following: object | None = object() if follows else None
        self.plan = plan_of("cue 1\n", 'camera foh "sim://foh"\n')
        self.hears = True
        self.told: list[tuple[str, ...]] = []

    def on_air(self, camera: str, mode: str, source: str) -> None:
        self.told.append((camera, mode))

    def osc(self, address: str) -> None:
        self.told.append((address,))


class Pair:
    """Two machines; `away`: nothing that is carried arrives."""

    other = "the other one"

    def __init__(self) -> None:
        clock = clocks.current()
        self.clock, self.away, self.carried = clock, False, 0
        self._tasks: list[asyncio.Task[None]] = []
        self.first, self.second = Show(follows=False), Show(follows=True)
        self.leader, self.follower = (
            Carrier(cast(Any, self), cast(Any, show), clock, self._spawn) for show in (self.first, self.second)
        )
        for carrier, show in ((self.leader, self.first), (self.follower, self.second)):
            carrier.serve(cast(Any, _Floor(Gestures(show.plan, clock, cast(Any, None), cast(Any, None)))))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def carry(self, what: dict[str, Any], received: int, within: float = 2.0) -> Any:
        age = self.clock.now() - received
        await self.clock.sleep_until(self.clock.now() + 2 * MS)
        if self.away:
            await self.clock.sleep_until(self.clock.now() + round(within * NS))
            return None
        self.carried += 1
        return await self.leader.carried(what, age + 2 * MS)

    async def passes(self, ns: int = NS // 2) -> None:
        await self.clock.sleep_until(self.clock.now() + ns)

    def takes_over(self) -> None:
        self.second.following = None
        self.follower.lead()

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()


class _Floor:
    locked = False

    def __init__(self, gestures: Gestures) -> None:
        self.gestures = gestures


def played(act: Callable[[Pair], Coroutine[Any, Any, None]]) -> Pair:
    async def run() -> Pair:
        pair = Pair()
        await act(pair)
        pair.end()
        return pair

    return clocks.run(run(), kind="virtual")


def test_tally_of_either_machine_is_in_the_order_in_which_it_came() -> None:
    async def act(pair: Pair) -> None:
        pair.follower.on_air("foh", "program", "lamps")
        await pair.passes()
        pair.leader.on_air("foh", "off", "lamps")
        await pair.passes()
        pair.follower.on_air("foh", "program", "lamps")  # repeated: it has told that
        await pair.passes()
        pair.follower.on_air("foh", "preview", "lamps")
        await pair.passes()

    assert played(act).first.told == [("foh", "program"), ("foh", "off"), ("foh", "preview")]


def test_a_word_that_was_under_way_while_a_newer_one_came_to_the_leader_is_old() -> None:
    async def act(pair: Pair) -> None:
        pair.follower.on_air("foh", "program", "lamps")
        await pair.passes(MS)
        pair.leader.on_air("foh", "off", "lamps")
        await pair.passes()

    assert played(act).first.told == [("foh", "off")]


def test_a_message_that_both_have_had_counts_once_whichever_was_first() -> None:
    async def act(pair: Pair) -> None:
        for first, second in ((pair.leader, pair.follower), (pair.follower, pair.leader)):
            first.osc("/ready", DESK.format(1))
            await pair.passes(5 * MS)
            second.osc("/ready", DESK.format(2))
            await pair.passes(100 * MS)
        await pair.passes(2 * NS)
        pair.follower.osc("/ready", DESK.format(1))
        await pair.passes(100 * MS)
        pair.second.hears = False
        pair.follower.osc("/ready", DESK.format(1))
        await pair.passes(100 * MS)

    pair = played(act)
    assert pair.first.told == [("/ready",)] * 3 and pair.carried == 3, "what nothing waits for is not carried"


def test_what_came_while_no_machine_led_counts_at_the_one_that_leads_then_in_its_order() -> None:
    async def act(pair: Pair) -> None:
        pair.away = True
        pair.follower.on_air("foh", "program", "lamps")
        pair.follower.osc("/ready", DESK.format(1))
        pair.follower.on_air("foh", "off", "lamps")
        await pair.passes(3 * NS)
        assert pair.second.told == []
        pair.takes_over()
        await pair.passes()
        pair.follower.on_air("foh", "preview", "lamps")

    pair = played(act)
    assert pair.first.told == []
    assert pair.second.told == [("foh", "program"), ("/ready",), ("foh", "off"), ("foh", "preview")]
