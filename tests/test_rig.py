"""From an address to a driver, and what the sheet uses that this version does not run yet."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from cuelang import clock, models, rig
from cuelang.address import SCHEMES, parse, port_at
from cuelang.commands import Driver, Job, Recall
from cuelang.devices.base_link import KEEPALIVE_NS
from cuelang.plan import Camera, CueAction, OnMidi, OnMsc, Plan, Port, Preset, Settings, Trigger
from cuelang.source import NOWHERE

URLS = {
    "visca+udp": "visca+udp://10.0.0.1", "visca+tcp": "visca+tcp://10.0.0.1", "sony": "sony://10.0.0.1",
    "visca+serial": "visca+serial:///dev/ttyUSB0", "pelco-d": "pelco-d:///dev/ttyUSB0",
    "pelco-p": "pelco-p:///dev/ttyUSB0", "cgi": "cgi://10.0.0.1", "sim": "sim://foh",
    "panasonic": "panasonic://10.0.0.1", "canon": "canon://10.0.0.1",
}  # fmt: skip


def camera(scheme: str, **more: object) -> Camera:
    return Camera("foh", str(parse(URLS[scheme])), None, NOWHERE, **more)  # type: ignore[arg-type]  # a test's options


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_a_driver(scheme: str) -> None:
    async def main() -> Driver:
        return rig.open_driver(camera(scheme))

    opened: Any = clock.run(main(), kind="virtual")
    assert opened.name == "foh"


def test_a_simulated_camera_has_the_presets_that_the_sheet_knows() -> None:
    model = models.DEFAULT
    known = Preset("throne", 4, model.pan(-30), model.tilt(5), model.zoom_percent(60), NOWHERE)
    here = Preset("door", None, 0, 0, 0, NOWHERE)

    async def main() -> Job:
        driver = rig.simulated(camera("visca+udp", presets=(known, here)))
        await driver.open()
        done: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        driver.start(Job(Recall(4), 0, done.set_result))
        job = await done
        pose = driver.state.pose
        assert (pose.pan, pose.tilt) == (known.pan, known.tilt)
        await driver.close()
        return job

    assert clock.run(main(), kind="virtual").outcome == "completed"


@pytest.mark.parametrize("scheme", ["visca+udp", "sony", "cgi", "sim", "panasonic", "canon"])
def test_an_idle_simulated_camera_of_a_show_stays_in_touch(scheme: str) -> None:
    async def main() -> int:
        driver = rig.simulated(camera(scheme), keepalive=KEEPALIVE_NS)
        await driver.open()
        await asyncio.sleep(60)
        heard = driver.state.heard
        await driver.close()
        assert heard is not None
        return clock.current().now() - heard

    assert clock.run(main(), kind="virtual") <= 2 * KEEPALIVE_NS


def test_triggers_that_nothing_can_fire_are_said_before_the_show() -> None:
    here = Trigger(OnMidi("note", 60, None, None), CueAction("go", "1"), NOWHERE)
    deaf = Plan(Settings(), (), (), (here, here, Trigger(OnMsc("go", None, None), CueAction("go"), NOWHERE)), (), ())
    assert rig.waits_for(deaf) == [
        f'{name} triggers need an input, as in `input desk "midi:PORT NAME"`; {count} in this sheet will not fire.'
        for name, count in (("`on midi`", 2), ("`on msc`", 1))
    ]
    assert rig.waits_for(replace(deaf, inputs=(Port("keys", port_at("midi:Keys"), NOWHERE),))) == []
