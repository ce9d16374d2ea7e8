"""A simulated camera measured; in virtual time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from msgspec.structs import replace

from cuelang import clock
from cuelang.commands import Pose
from cuelang.models import DEFAULT, Model, motion, read_model
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.technician import calibrate
from cuelang.technician.calibrate import Calibration, filled, slope
from cuelang.technician.session import CameraError, camera_at, opened
from cuelang.units import MS
from tests.models.known import known
from tests.technician.workbench import Bench, S, on_bench

ODD = replace(
    DEFAULT,
    id="odd",
    pan_speeds=tuple(Fraction(step * step, 8) + 2 for step in range(1, 25)),
    tilt_speeds=tuple(Fraction(3 * step, 2) for step in range(1, 21)),
    zoom_full=7 * S,
)
"""A camera that is not what its model says."""


def measured(body: Model, says: Model, faults: Faults = NO_FAULTS, quick: bool = False) -> tuple[Calibration, Bench]:
    async def act(bench: Bench) -> Calibration:
        bench.body.pan.go(0, 100, 0)
        bench.driver.link.model = says
        return await calibrate.calibrate(bench.session, quick=quick, say=lambda _line: None)

    return on_bench(act, faults, body)


@pytest.mark.parametrize("faults", [NO_FAULTS, Faults(latency=20 * MS, jitter=5 * MS)], ids=str)
def test_every_step_is_measured_within_a_few_percent(faults: Faults) -> None:
    found, bench = measured(ODD, ODD, faults)
    assert found.missing == []
    for speeds, true in ((found.pan, ODD.pan_speeds), (found.tilt, ODD.tilt_speeds)):
        assert speeds == pytest.approx([float(speed) for speed in true], rel=0.03)
    assert found.full == pytest.approx(7, rel=0.02)
    full = 0x4000 / 7
    assert found.zoom == pytest.approx([full * (speed + 1) / 8 for speed in range(8)], rel=0.03)
    late = 10**15
    assert (bench.body.pan.at(late), bench.body.tilt.at(late), bench.body.zoom.at(late)) == (100, 0, 0)


def test_what_is_measured_becomes_a_model_that_predicts_the_camera() -> None:
    found, _ = measured(ODD, ODD)
    text = calibrate.as_file(found, DEFAULT, "sim://foh", "a Monday")
    model = read_model(text, "foh.model.toml")
    here, there = Pose(-1000, 0, 0), Pose(1000, 300, 0x2000)
    true = motion.travel(ODD, here, there, 10, 10)
    assert motion.travel(model, here, there, 10, 10) == pytest.approx(true, rel=0.03)
    assert len(model.zoom_speeds) == 8
    shown = calibrate.as_text(found, DEFAULT)
    assert "pan step 24" in shown and "zoom, end to end" in shown


def test_quick_puts_what_lies_between_on_a_line() -> None:
    found, bench = measured(DEFAULT, DEFAULT, quick=True)
    assert found.pan == pytest.approx([float(speed) for speed in DEFAULT.pan_speeds], rel=0.03)
    drives = {frame for frame in bench.commands() if frame.startswith("81 01 06 01") and not frame.endswith("03 03 FF")}
    assert {int(frame.split()[4], 16) for frame in drives} == {1, 4, 8, 12, 16, 20, 24}


def test_slow_heads_are_watched_for_longer() -> None:
    slow = known("sony-brc-x400")
    assert slow is not None
    found, _ = measured(slow, slow)
    assert found.pan == pytest.approx([float(speed) for speed in slow.pan_speeds], rel=0.05)


def test_a_camera_that_cannot_be_measured_says_so() -> None:
    for faults in (Faults(silent=True), Faults(no_positions=True)):
        with pytest.raises(CameraError):
            measured(DEFAULT, DEFAULT, faults)


def test_a_camera_in_standby_is_not_measured_and_keeps_its_model_s_figures() -> None:
    async def act(bench: Bench) -> Calibration:
        bench.body.power_off(0)
        return await calibrate.calibrate(bench.session, quick=True, say=lambda _line: None)

    found, _ = on_bench(act)
    assert (found.pan, found.tilt, found.zoom, found.full) == ([], [], [], None)
    assert "pan step 1" in found.missing and "zoom speed 7" in found.missing


def test_what_is_interrupted_stands_still() -> None:
    """Whenever the wait is cancelled, nothing moves a second and a half later."""
    import asyncio

    async def main(after: float) -> bool:
        bench = Bench(NO_FAULTS, DEFAULT)

        async def work() -> None:
            async with opened(camera_at("sim://foh"), bench.driver) as session:
                await calibrate.calibrate(session, quick=True, say=lambda _line: None)

        task = asyncio.create_task(work())
        await asyncio.sleep(after)
        moving = bool(bench.body.moving(clock.current().now()))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not bench.body.moving(clock.current().now()) & {"pan_tilt", "zoom"}
        return moving

    moved = [clock.run(main(after / 10), kind="virtual") for after in range(5, 500, 19)]
    assert any(moved)


def test_a_line_through_samples() -> None:
    still = [(0, 5), (MS, 5)]
    assert slope(still) is None and slope([]) is None
    steady = [(k * 100 * MS, 7 + k * 10) for k in range(20)]
    assert slope(steady) == pytest.approx(100)
    gathering = [(0, 0), (100 * MS, 1), (200 * MS, 4)] + [(k * 100 * MS, 10 * k) for k in range(5, 15)]
    assert slope(gathering) == pytest.approx(100)


@pytest.mark.parametrize("name", ["sony-brc-x400", "sony-srg-300h", "sony-ilme-fr7"])
def test_quick_keeps_the_shape_of_the_model_s_table(name: str) -> None:
    model = known(name)
    assert model is not None
    found, _ = measured(model, model, quick=True)
    assert found.pan == pytest.approx([float(speed) for speed in model.pan_speeds], rel=0.05)
    assert found.tilt == pytest.approx([float(speed) for speed in model.tilt_speeds], rel=0.05)


def test_a_camera_that_is_slower_than_its_table_is_slower_at_every_step() -> None:
    table = [1, 4, 9, 16, 25.0]
    assert filled({1: 0.5, 5: 12.5}, 1, 5, table) == [speed / 2 for speed in table]


def test_what_was_not_measured_is_on_a_line_or_as_it_was() -> None:
    assert filled({1: 1.0, 3: 5.0}, 1, 4, [9, 9, 9, 9.0]) == [1.0, 3.0, 5.0, 9.0]
