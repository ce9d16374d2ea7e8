"""Zoom ramps driven by speed, on simulated cameras in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cuelang import clock
from cuelang.commands import ZOOM, Job, MoveTo, Pose, Ramp
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT, Model, motion
from cuelang.protocols.visca import encode
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import attach
from cuelang.transports.memory import pair
from cuelang.units import MS
from tests.drawn import examples

S = 1000 * MS
FULL = Fraction(0x4000, 4)
TRUE = replace(DEFAULT, zoom_speeds=tuple(FULL * (step + 1) / 8 for step in range(8)))
"""The simulated lens, measured without a mistake."""
FALSE = replace(DEFAULT, zoom_speeds=tuple(speed * Fraction(9, 10) for speed in TRUE.zoom_speeds))
"""The same lens, ten percent too slow."""


SLOW = Faults(latency=30 * MS, jitter=10 * MS)
LOSSY = Faults(loss=0.05, seed=2)


class Lens:
    def __init__(self, faults: Faults, model: Model) -> None:
        near, far = pair()
        self.body = Body(DEFAULT)
        self.wire: list[tuple[int, str]] = []
        attach(far, self.body, faults, on_frame=self._frame)
        self.driver = ViscaCamera("foh", near, model, keepalive=None)
        self.clock = clock.current()
        self.finished: list[Job] = []
        self.planned = Pose()

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        if way == "in" and frame[1:3] == b"\x01\x04":
            self.wire.append((now, frame.hex(" ").upper()))

    def start(self, command: Ramp | MoveTo) -> Job:
        job = Job(command, self.clock.now(), self.finished.append, self.planned)
        self.driver.start(job)
        return job

    async def until(self, ms: int) -> None:
        await self.clock.sleep_until(ms * MS)

    @property
    def zoom(self) -> int:
        return self.body.zoom.at(self.clock.now())


def played(act: Callable[[Lens], Awaitable[None]], model: Model = TRUE, faults: Faults = NO_FAULTS) -> Lens:
    async def main() -> Lens:
        lens = Lens(faults, model)
        await lens.driver.open()
        await act(lens)
        return lens

    return clock.run(main(), kind="virtual")


RAMP = Ramp("zoom", None, 0x2000, 4 * S, 10, "in_out", "speed")


@pytest.mark.parametrize("model", [TRUE, FALSE], ids=["measured well", "measured badly"])
@pytest.mark.parametrize(
    "faults", [NO_FAULTS, Faults(latency=30 * MS, jitter=10 * MS), Faults(loss=0.05, seed=2)], ids=str
)
def test_the_lens_follows_the_ramp_and_ends_exactly(model: Model, faults: Faults) -> None:
    async def act(lens: Lens) -> None:
        lens.planned = Pose(zoom=0)
        job = lens.start(RAMP)
        await lens.until(100)
        for ms in range(200, 4000, 100):
            await lens.until(ms)
            wanted = motion.ramp_value(0, 0x2000, 4 * S, ms * MS, "in_out")
            assert abs(lens.zoom - wanted) < 0x4000 * (0.12 if faults.loss else 0.04), (
                f"{ms} ms: {lens.zoom} instead of {wanted}"
            )
        await lens.until(6000)
        assert lens.zoom == 0x2000
        assert job.outcome == "completed" and job.done is not None and job.done >= 4 * S

    lens = played(act, model, faults)
    direct = [(now, frame) for now, frame in lens.wire if frame.startswith("81 01 04 47")]
    assert {frame for _, frame in direct} == {"81 01 04 47 02 00 00 00 FF"}, "one exact frame"
    assert min(now for now, _ in direct) >= 4 * S


@pytest.mark.parametrize("seed", range(6))
def test_on_the_worst_line_it_still_ends_exactly_or_says_why(seed: int) -> None:
    async def act(lens: Lens) -> None:
        lens.planned = Pose(zoom=0)
        job = lens.start(RAMP)
        await lens.until(9000)
        assert job.outcome is not None
        assert lens.zoom == 0x2000 if job.outcome == "completed" else job.reason
        assert ZOOM not in lens.body.moving(lens.clock.now())

    played(act, TRUE, Faults(loss=0.3, seed=seed))


def test_it_is_what_the_plan_said_as_long_as_the_camera_keeps_to_its_model() -> None:
    async def act(lens: Lens) -> None:
        lens.start(replace(RAMP, target=0x4000, ease="linear", over=16 * S))
        await lens.until(20_000)

    wire = [frame for _, frame in played(act).wire]
    command = replace(RAMP, target=0x4000, ease="linear", over=16 * S)
    planned = [one.frame.hex(" ").upper() for one in encode.messages(command, TRUE, pose=Pose(zoom=0))]
    assert planned[0] == "81 01 04 07 21 FF" and planned[-1] == "81 01 04 47 04 00 00 00 FF"
    assert wire[0] == planned[0] and wire[-1] == planned[-1]


def test_hold_lets_the_lens_stand_and_carry_on_takes_it_to_the_end() -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(RAMP)
        await lens.until(2000)
        lens.driver.hold(job)
        await lens.until(2100)
        stood = lens.zoom
        await lens.until(5000)
        assert lens.zoom == stood and job.outcome is None
        lens.driver.resume(job, 3 * S)
        await lens.until(6500)
        assert stood < lens.zoom < 0x2000
        await lens.until(9000)
        assert lens.zoom == 0x2000 and job.outcome == "completed"

    played(act)


@pytest.mark.parametrize(
    "command",
    [
        RAMP,
        MoveTo(Pose(200, 0, 0x3800), 10, 10, 4 * S, "in_out", 10),
        Ramp("zoom", 0x3000, 0x3800, 4 * S, 10),
        Ramp("zoom", None, 0x3800, 4 * S, 10, "in_out"),
    ],
    ids=["by speed", "beside a move", "from", "faster than the lens"],
)
@pytest.mark.parametrize(("paused", "pause"), [(500, 120), (2000, 120), (2000, 900), (4050, 120)])
def test_the_stop_of_a_pause_is_not_repeated_when_it_is_over(command: Ramp | MoveTo, paused: int, pause: int) -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(command)
        await lens.until(paused)
        before = job.outcome
        lens.driver.hold(job)
        lens.wire.clear()
        await lens.until(paused + 30)
        stood = lens.zoom
        await lens.until(paused + pause - 1)
        assert lens.zoom == stood
        lens.driver.resume(job, pause * MS)
        lens.wire.clear()
        await lens.until(9000)
        target = command.pose.zoom if isinstance(command, MoveTo) else command.target
        assert (before or job.outcome) == "completed" and lens.zoom == target
        stops = [now for now, frame in lens.wire if frame == "81 01 04 07 00 FF"]
        assert not stops or (command is RAMP and min(stops) >= 3900 * MS)  # near its end it lets the lens stand

    played(act)


def test_what_is_stopped_stands_and_what_is_taken_over_gets_no_stop() -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(RAMP)
        await lens.until(2000)
        lens.driver.end(job, "stopped")
        await lens.until(2100)
        stood = lens.zoom
        await lens.until(5000)
        assert lens.zoom == stood and job.outcome == "stopped"
        job = lens.start(replace(RAMP, target=0, ease="linear"))
        await lens.until(6000)
        lens.wire.clear()
        lens.driver.end(job, "superseded")
        await lens.until(6500)
        assert not any(frame.startswith("81 01 04 07 00") for _, frame in lens.wire)

    played(act)


def test_a_pause_of_the_axis_by_another_leaves_nothing_driving() -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(MoveTo(Pose(200, 0, 0x2000), 10, 10, 4 * S, "linear", 10, "speed"))
        await lens.until(1000)
        assert ZOOM in lens.body.moving(lens.clock.now())
        lens.driver.end(job, "stopped")
        await lens.until(1100)
        assert not lens.body.moving(lens.clock.now()) & {"zoom", "pan_tilt"}
        again = lens.start(MoveTo(Pose(400, 0, 0x1000), 10, 10, 3 * S, "linear", 10, "speed"))
        await lens.until(9000)
        assert again.outcome == "completed" and lens.zoom == 0x1000

    played(act)


def test_a_ramp_from_somewhere_goes_there_first() -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(replace(RAMP, start=0x400))
        await lens.until(6000)
        assert job.outcome == "completed" and lens.zoom == 0x2000

    assert played(act).wire[0] == (0, "81 01 04 47 00 04 00 00 FF")


def test_a_lens_that_does_not_say_where_it_is_gets_the_exact_frame() -> None:
    async def act(lens: Lens) -> None:
        job = lens.start(RAMP)
        await lens.until(9000)
        assert lens.zoom == 0x2000 and job.outcome == "completed"

    assert {frame[:11] for _, frame in played(act, faults=Faults(no_positions=True)).wire} == {"81 01 04 47"}


@given(
    start=st.integers(0, 0x4000),
    target=st.integers(0, 0x4000),
    seconds=st.integers(1, 60),
    ease=st.sampled_from(["linear", "in", "out", "in_out"]),
    rate=st.sampled_from([5, 10, 20]),
)
@examples(60)
def test_on_a_true_model_the_glide_stays_near_the_ramp(
    start: int, target: int, seconds: int, ease: str, rate: int
) -> None:
    over = seconds * S
    if abs(target - start) * 2 > FULL * seconds:
        return  # faster than the lens
    ramp = Ramp("zoom", None, target, over, rate, ease, "speed")  # type: ignore[arg-type]  # one of the four
    here, at, going = start, 0, motion.STANDING
    step = TRUE.zoom_speeds[0] * Fraction(3, 2) / rate
    for offset, chosen in motion.glide(TRUE, start, ramp):
        here = motion.glided(TRUE, here, going, offset - at)
        at, going = offset, chosen
        wanted = motion.ramp_value(start, target, over, offset, ramp.ease)
        assert abs(here - wanted) <= step + 2
