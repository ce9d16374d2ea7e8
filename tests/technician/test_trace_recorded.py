"""`cuelang camera trace`: where a camera goes while a hand drives it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from cuelang.commands import Place
from cuelang.models import DEFAULT
from cuelang.protocols.trace import read_trace, written
from cuelang.technician.session import CameraError
from cuelang.technician.trace import record
from cuelang.units import MS, NS
from tests.technician.workbench import Bench, on_bench


async def _driven(bench: Bench) -> tuple[Place, ...]:
    """Two seconds of nothing, three to the right with the zoom going in, and some seconds of nothing."""
    said: list[str] = []
    recording = asyncio.create_task(record(bench.session, 12 * NS, lambda: said.append("moving")))
    await bench.session.sleep(2 * NS)
    bench.body.drive(bench.session.clock.now(), 1, 0, 4, 4)
    bench.body.zoom_drive(bench.session.clock.now(), True, 3)
    await bench.session.sleep(3 * NS)
    bench.body.stop_pan_tilt(bench.session.clock.now())
    bench.body.stop_zoom(bench.session.clock.now())
    places = await recording
    assert said == ["moving"]
    return places


def test_the_path_of_a_hand_is_what_is_written() -> None:
    places, bench = on_bench(_driven)
    assert places[0] == Place(0, 0, 0, 0) and 3 * NS <= places[-1].at <= 4 * NS
    assert [b.at - a.at for a, b in pairwise(places)] == [100 * MS] * (len(places) - 1)
    assert all(b.pan >= a.pan and b.zoom >= a.zoom for a, b in pairwise(places))
    end = bench.body.snapshot(bench.session.clock.now())
    assert places[-1][1:] == (end.pan, end.tilt, end.zoom)
    assert read_trace(written(DEFAULT, places), "walk.trace").length == places[-1].at


def test_a_camera_that_was_not_driven_writes_nothing() -> None:
    async def still(bench: Bench) -> None:
        await record(bench.session, 3 * NS, lambda: None)

    with pytest.raises(CameraError, match="did not move"):
        on_bench(still)


def test_ctrl_c_ends_it_with_what_there_is() -> None:
    async def ended(bench: Bench) -> tuple[Place, ...]:
        recording = asyncio.create_task(record(bench.session, None, lambda: None))
        bench.body.drive(bench.session.clock.now(), 1, 0, 4, 4)
        await bench.session.sleep(2 * NS)
        recording.cancel()
        return await recording

    places, _ = on_bench(ended)
    assert places[-1].pan > places[0].pan
