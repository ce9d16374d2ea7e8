"""A turn of the executor has its bounds, and what stops cameras goes ahead of what waits for the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, TypeVarTuple

from cuelang import clock as clocks
from cuelang.clock import Clock, Handle
from cuelang.commands import Job
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.playback.effects import Request
from cuelang.runtime.asrun import AsRun, as_text
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import ShowLines
from cuelang.runtime.pace import TURN_NS
from cuelang.runtime.record_json import from_json
from cuelang.source import Source
from cuelang.units import MS, NS
from tests.runtime.test_executor import FakeDriver, Sink

Ts = TypeVarTuple("Ts")

MANY = [f"c{n}" for n in range(100)]
SHEET = (
    'show "Night"\n    interlock off\n'
    + "".join(f'camera {name} "visca+udp://10.0.1.{n}"\n' for n, name in enumerate(MANY))
    + 'cue 1\n    drive all right speed 1\n    note "all of them"\n'
)


class Slow(Clock):
    """Virtual time in which work takes time."""

    def __init__(self, inner: Clock) -> None:
        super().__init__()
        self.inner, self.worked = inner, 0

    def now(self) -> int:
        return self.inner.now() + self.worked

    def wall(self, zone: tzinfo | None = None) -> datetime:
        return self.inner.wall(zone)

    def at(self, when: int, callback: Callable[[*Ts], object], *args: *Ts) -> Handle:
        return self.inner.at(when - self.worked, callback, *args)

    def _arm(self) -> None:
        raise AssertionError("the inner clock keeps the deadlines")


class Night:
    def __init__(self) -> None:
        self.clock = Slow(clocks.current())
        self.trace: list[str] = []
        self.sink = Sink([])
        plan = Compiler(Library()).compile(Source("night.cues", SHEET)).plan
        assert plan is not None
        self.cameras = {name: FakeDriver(name, self.trace, self._work) for name in MANY}
        self.show = Executor(plan, ShowLines(self.cameras), log=AsRun(self.sink, self.clock), clock=self.clock)

    def _work(self, job: Job) -> None:
        self.clock.worked += MS

    def asks(self, verb: Any) -> None:
        self.show.request(Request(verb, None, "key", self.clock.now()))

    def commands(self, outcome: str) -> list[str]:
        return sorted(r["camera"] for r in self.sink.records if r.get("outcome") == outcome)


def test_a_turn_ends_though_there_is_more_to_do_and_the_next_goes_on() -> None:
    async def main() -> None:
        night = Night()
        night.asks("go")
        first = len(night.trace)
        assert 1 <= first <= TURN_NS // MS + 1
        await clocks.current().sleep_until(NS)
        assert night.trace == [f"start {name}" for name in MANY], "in their order"

    clocks.run(main(), kind="virtual")


def test_a_panic_stops_every_camera_before_the_rest_and_what_has_not_begun_never_does() -> None:
    async def main() -> None:
        night = Night()
        night.asks("go")
        begun = len(night.trace)
        night.asks("panic")
        assert sorted(night.trace[begun:]) == sorted(f"halt {name}" for name in MANY)
        await clocks.current().sleep_until(NS)
        assert len(night.trace) == begun + len(MANY), "nothing starts any more"
        stopped = night.commands("stopped")
        assert stopped == sorted(MANY[: len(stopped)]) and len(stopped) > begun, "those that waited have a record too"
        assert not night.show.running and not night.show.busy

    clocks.run(main(), kind="virtual")


def test_the_end_of_the_show_stops_before_anything_else_is_closed() -> None:
    async def main() -> None:
        night = Night()
        night.asks("go")
        begun = len(night.trace)
        night.show.stop_all()
        await clocks.current().sleep_until(NS)
        assert len(night.trace) == begun, "nothing starts any more"
        assert len(night.commands("stopped")) > begun

    clocks.run(main(), kind="virtual")


def test_what_is_said_late_has_its_time_and_says_how_late_it_was() -> None:
    async def main() -> None:
        night = Night()
        night.asks("go")
        await clocks.current().sleep_until(NS)
        (note,) = (record for record in night.sink.records if record["kind"] == "note")
        assert note["t_ms"] == 0
        assert note["late_ms"] >= len(MANY)
        assert f"all of them ({note['late_ms']:.1f} ms late)" in as_text([from_json(note)])

    clocks.run(main(), kind="virtual")


def test_what_a_stop_sets_free_begins_before_it_is_ended() -> None:
    """Stopping cue 1 ends the wait of cue 2, whose first zoom is taken over at once by its second."""
    sheet = """\
camera foh "visca+udp://10.0.1.1"
cue 1
    zoom foh from 10% to 43% over 2s
cue 2
    wait for foh
    zoom foh from 10% to 7% over 4s
    zoom foh from 10% to 3% over 2s
"""

    async def main() -> None:
        clock, sink, camera = clocks.current(), Sink([]), FakeDriver("foh", [])
        plan = Compiler(Library()).compile(Source("night.cues", sheet)).plan
        assert plan is not None
        show = Executor(plan, ShowLines({"foh": camera}), log=AsRun(sink, clock), clock=clock)
        for verb, cue in (("go", None), ("go", None), ("stop", "1")):
            await clock.sleep_until(clock.now() + 2 * NS)
            show.request(Request(verb, cue, "key", clock.now()))  # type: ignore[arg-type]  # of the verbs
        await clock.sleep_until(clock.now() + NS)
        assert [job.outcome for job in camera.jobs] == ["stopped", "superseded", None]

    clocks.run(main(), kind="virtual")
