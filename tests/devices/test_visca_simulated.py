"""The driver and a simulated camera at the two ends of a line: they share the codec and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelang import clock
from cuelang.address import Address, parse
from cuelang.commands import (
    Command,
    Drive,
    Home,
    Job,
    MoveBy,
    MoveTo,
    Pose,
    Power,
    Ramp,
    Recall,
    Stop,
    Store,
    Tally,
    ZoomTo,
)
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach, serve
from cuelang.transports.memory import pair
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine
from cuelang.units import MS
from tests.drawn import examples

S = 1000 * MS
PLACE = Pose(600, -200, 0x2000)


class Rig:
    """One simulated camera and its driver, in virtual time. `wire` is what the camera heard and said."""

    def __init__(self, faults: Faults) -> None:
        near, far = pair()
        self.wire: list[tuple[int, str, str]] = []
        self.body = Body(DEFAULT)
        attach(far, self.body, faults, on_frame=self._frame)
        self.driver = ViscaCamera("foh", near, keepalive=None)
        self.clock = clock.current()
        self.finished: list[Job] = []

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        self.wire.append((now, way, frame.hex(" ").upper()))

    def start(self, command: Command, pose: Pose | None = None) -> Job:
        job = Job(command, self.clock.now(), self.finished.append, pose)
        self.driver.start(job)
        return job

    async def do(self, command: Command, seconds: float = 10, pose: Pose | None = None) -> Job:
        job = self.start(command, pose)
        await self.clock.sleep_until(self.clock.now() + round(seconds * S))
        return job

    def heard(self, start: str = "81 01") -> list[str]:
        return [frame for _, way, frame in self.wire if way == "in" and frame.startswith(start)]


def played(act: Callable[[Rig], Awaitable[None]], faults: Faults = Faults()) -> Rig:  # noqa: B008  # frozen
    async def main() -> Rig:
        rig = Rig(faults)
        await rig.driver.open()
        await act(rig)
        return rig

    return clock.run(main(), kind="virtual")


FIELD = [
    Faults(),
    Faults(latency=40 * MS, jitter=30 * MS),
    Faults(ack_at_end=True),
    Faults(same_socket=True),
    Faults(stray_completion=True),
    Faults(late_superseded=True),
    Faults(reply_from=2),
    Faults(no_positions=True),
    Faults(buffer_full=3),
    Faults(duplicate=0.5),
    Faults(loss=0.2, seed=3),
    Faults(loss=0.1, duplicate=0.2, latency=10 * MS, jitter=10 * MS, reorder=0.2, seed=5),
    Faults(ack_at_end=True, same_socket=True, stray_completion=True, error_socket=True, reply_from=3),
]


@pytest.mark.parametrize("faults", FIELD, ids=str)
def test_every_move_arrives_before_it_is_done(faults: Faults) -> None:
    async def act(rig: Rig) -> None:
        await rig.do(Store(4))
        arrivals = []
        moves: list[Command] = [
            MoveTo(PLACE, 12, 12),
            Recall(4, 10),
            MoveTo(PLACE, 5, 5, over=6 * S),
            Home(),
            ZoomTo(0x800),
        ]
        for command in moves:
            job = rig.start(command)
            while job.outcome is None:
                await rig.clock.sleep_until(rig.clock.now() + 20 * MS)
                assert rig.clock.now() < job.due + 70 * S
            # The end of a zoom ramp is its last frame's completion, which a stray one can feign some ms before.
            axes = {"pan_tilt"} if isinstance(command, MoveTo) and command.over else {"pan_tilt", "zoom"}
            arrivals.append(rig.body.moving(rig.clock.now()) & axes)
            assert job.outcome == "completed", (command, job.reason)
        if not faults.no_positions:
            assert arrivals == [frozenset()] * len(moves)

    played(act, faults)


def test_a_recall_and_a_new_one_over_it() -> None:
    async def act(rig: Rig) -> None:
        rig.body.store(0, 4)
        await rig.do(MoveTo(PLACE, 12, 12))
        rig.body.store(rig.clock.now(), 5)
        first = await rig.do(Recall(4, 2), seconds=0.2)
        rig.driver.end(first, "superseded")
        second = await rig.do(Recall(5, 2), seconds=30)
        assert (first.outcome, second.outcome) == ("superseded", "completed")
        assert rig.driver.state.pose == PLACE

    played(act, Faults(late_superseded=True, ack_at_end=True))


def test_a_boot_takes_its_time() -> None:
    async def act(rig: Rig) -> None:
        rig.body.boot = 12 * S
        await rig.do(Power(False, 45 * S))
        power = rig.start(Power(True, 45 * S))
        move = rig.start(MoveTo(PLACE, 20, 20))
        await rig.clock.sleep_until(power.due + 40 * S)
        assert (power.outcome, move.outcome) == ("completed", "completed")
        assert power.done is not None and 12 * S <= power.done - power.due < 14 * S
        assert move.sent is not None and move.sent >= power.done

    played(act)


def test_a_move_costs_few_questions() -> None:
    async def act(rig: Rig) -> None:
        await rig.do(Tally("off"))
        rig.wire.clear()
        await rig.do(MoveTo(PLACE, 12, 12))
        assert len(rig.heard("81 09")) == 4  # pan-tilt and zoom, twice
        rig.wire.clear()
        await rig.do(Home())
        assert len(rig.heard("81 09")) == 2

    played(act)


def test_a_relative_move_is_made_once_or_not_at_all() -> None:
    for seed in range(30):

        async def act(rig: Rig) -> None:
            job = await rig.do(MoveBy(100, 0, 20, 20), seconds=70)
            assert rig.heard("81 01 06 03") == rig.heard("81 01 06 03")[:1]
            assert job.outcome in ("completed", "unreachable", "timed_out")

        played(act, Faults(loss=0.4, seed=seed))


COMMANDS: list[Command] = [
    MoveTo(PLACE, 12, 12), MoveTo(Pose(pan=-300), 8, 8), MoveTo(PLACE, 12, 12, over=3 * S), MoveBy(50, 50, 10, 10),
    Home(), Recall(4, 8), Recall(7), Drive("up", 5, 5, S), ZoomTo(0x3000), Ramp("zoom", None, 0x1000, 2 * S, 10),
    Store(4), Ramp("zoom", 0x3000, 0, S, 20), Tally("preview"), Stop(), Power(True, 10 * S), Power(False, 10 * S),
]  # fmt: skip


@examples(60)
@given(st.data())
def test_every_job_ends_exactly_once_whatever_the_line_does(data: st.DataObject) -> None:
    faults = Faults(
        loss=data.draw(st.sampled_from([0, 0, 0.3, 1])),
        duplicate=data.draw(st.sampled_from([0, 0.3])),
        reorder=data.draw(st.sampled_from([0, 0.3])),
        rubbish=data.draw(st.sampled_from([0, 0, 0.3, 1])),
        latency=data.draw(st.sampled_from([0, 30 * MS, 400 * MS])),
        ack_at_end=data.draw(st.booleans()),
        stray_completion=data.draw(st.booleans()),
        no_positions=data.draw(st.booleans()),
        seed=data.draw(st.integers(0, 99)),
    )

    async def act(rig: Rig) -> None:
        jobs = []
        for _ in range(data.draw(st.integers(1, 8))):
            job = await rig.do(data.draw(st.sampled_from(COMMANDS)), data.draw(st.sampled_from([0, 0.1, 1, 5])))
            jobs.append(job)
            old = data.draw(st.sampled_from(jobs))
            what = data.draw(st.sampled_from(["", "", "superseded", "stopped", "pause"]))
            if what == "pause" and old.outcome is None:
                rig.driver.hold(old)
                await rig.clock.sleep_until(rig.clock.now() + S)
                if old.outcome is None:
                    rig.driver.resume(old, S)
            elif what in ("superseded", "stopped"):
                rig.driver.end(old, what)  # type: ignore[arg-type]  # narrowed by the test above
        await rig.clock.sleep_until(rig.clock.now() + 200 * S)
        assert [job for job in jobs if job.outcome is None] == []
        assert len(rig.finished) == len(set(rig.finished)) == len(jobs)
        assert rig.driver.link.conversation.deadline is None
        assert (faults.loss < 1 and faults.rubbish < 1) or all(job.outcome != "completed" for job in jobs)

    played(act, faults)


# --- real sockets ------------------------------------------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("scheme", ["visca+udp", "visca+tcp"])
async def test_over_a_real_socket(scheme: str) -> None:
    server = await serve(Address(scheme, "visca", "127.0.0.1", 0), boot=0)
    port = parse(server.url).port or 0
    line = UdpLine("127.0.0.1", port) if scheme == "visca+udp" else TcpLine("127.0.0.1", port)
    driver = ViscaCamera("foh", line)
    await driver.open()
    jobs = [
        Job(command, clock.current().now(), lambda _job: None)
        for command in (Tally("program"), MoveTo(Pose(60, 20), 24, 20))
    ]
    for job in jobs:
        driver.start(job)
    await until(lambda: all(job.outcome for job in jobs))
    assert [job.outcome for job in jobs] == ["completed", "completed"]
    assert driver.state.pose.pan == 60 and driver.state.connected
    await driver.close()
    await server.close()


async def test_a_camera_that_dies_and_comes_back_gets_nothing_old() -> None:
    heard: list[str] = []
    server = await serve(Address("visca+tcp", "visca", "127.0.0.1", 0), boot=0)
    port = parse(server.url).port or 0
    driver = ViscaCamera("foh", TcpLine("127.0.0.1", port))
    await driver.open()
    await until(lambda: driver.state.pose.pan is not None)
    await server.close()
    await until(lambda: not driver.state.connected)
    job = Job(Home(), clock.current().now(), lambda _job: None)
    driver.start(job)
    await until(lambda: job.outcome is not None)
    assert job.outcome == "unreachable" and job.sent is None
    server = await serve(
        Address("visca+tcp", "visca", "127.0.0.1", port),
        boot=0,
        on_frame=lambda way, frame, _now: heard.append(frame.hex(" ")) if way == "in" else None,
    )
    await until(lambda: driver.state.connected and driver.state.power is not None and len(heard) >= 3)
    assert all(frame.startswith("81 09") for frame in heard), "only questions"
    await driver.close()
    await server.close()
