"""Whole shows in which a camera or a switcher goes and comes back: what `on lost` and `on back` fire, and when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from cuelang import clock as clocks
from cuelang import rig
from cuelang.devices.base_link import KEEPALIVE_NS
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.plan import Plan
from cuelang.rehearsal.rehearse import rehearse
from cuelang.runtime.asrun import AsRun, MemorySink
from cuelang.runtime.executor import Executor
from cuelang.runtime.given import Hooks, ShowLines
from cuelang.runtime.record_json import as_json
from cuelang.source import Source
from cuelang.transports.memory import MemoryEnd
from cuelang.triggers.vision import VisionDoor
from cuelang.units import NS
from tests.lang.compiling import Texts

SHEET = """
interlock off
camera foh "sim://foh"
camera left "sim://left"
switcher vision "sim://vision"
    source foh = "A"
    source left = "B"
cue 1
    cut to left
cue 7 "The camera is gone"
    note "gone"
    cut to foh
cue 8 "The camera is back"
    note "back"
cue 9 "The switcher is gone"
    note "nobody cuts"
on lost left start 7
on back left start 8
on lost vision start 9
on back vision preview left
""".replace("interlock off\n", 'show "Night"\n    interlock off\n')


class Night:
    """A show on virtual time whose links the test takes away and gives back."""

    def __init__(self) -> None:
        found = Compiler(Library()).compile(Source("night.cues", SHEET))
        assert found.plan is not None, found.diagnostics
        plan, self.clock, self.sink = found.plan, clocks.current(), MemorySink()
        self.began = self.clock.now()
        self.link, self.desk = rig.simulated_switcher(plan.switchers[0])
        self.drivers = {c.name: rig.simulated(c, keepalive=KEEPALIVE_NS) for c in plan.cameras}
        log = AsRun(self.sink, self.clock)
        self.executor = Executor(
            plan,
            ShowLines(self.drivers, switchers={"vision": self.link}),
            log=log,
            clock=self.clock,
            hooks=Hooks(on_occurrence=lambda what: self.door.happened(what)),
        )
        self.door = VisionDoor(plan, self.clock, self.executor.request, lambda: self.drivers)

    async def until(self, seconds: float) -> None:
        await self.clock.sleep_until(self.began + round(seconds * NS))

    def fired(self) -> list[tuple[float, str, str]]:
        rows = [as_json(one) for one in self.sink.records]
        return [(one["t_ms"] / 1000, one["source"], one["request"]) for one in rows if one["kind"] == "trigger"]

    def orders(self) -> list[tuple[str, Any, str]]:
        rows = [as_json(one) for one in self.sink.records]
        return [
            (one["action"], one["source"], one["outcome"]) for one in rows if "outcome" in one and one.get("switcher")
        ]


def play(evening: Callable[[Night], Awaitable[None]]) -> Night:
    async def show() -> Night:
        night = Night()
        await night.executor.open()
        await night.executor.devices.switchers.meet()
        night.door.open()
        await evening(night)
        night.door.close()
        await night.executor.stop_show()
        return night

    return clocks.run(show(), kind="virtual")


@pytest.mark.parametrize("broken", [True, False])
def test_a_camera_that_goes_fires_once_after_five_seconds_and_again_when_it_is_back(broken: bool) -> None:
    """Its connection breaks, or it just says nothing any more: five seconds after it was heard last it is lost."""
    heard: list[int] = []

    async def evening(night: Night) -> None:
        link = cast(ViscaCamera, night.drivers["left"]).link
        await night.until(10)
        assert night.fired() == [], "what stands when the show starts fires nothing"
        heard.append((link.state.heard or 0) - night.began)
        if broken:
            link.line_down("the cable was pulled")
        else:
            cast(MemoryEnd, link.line).plugged = False
        await night.until(60)
        cast(MemoryEnd, link.line).plugged = True
        link.line_up()
        await night.until(90)

    night = play(evening)
    (lost, _, start7), (back, _, start8) = night.fired()
    assert (start7, start8) == ("start 7", "start 8")
    assert lost == pytest.approx(heard[0] / NS + 5, abs=0.01) and heard[0] >= 7 * NS
    assert 60 <= back <= 67
    assert night.orders() == [("cut", "foh", "completed")], "the cue that it fires cuts away"


def test_a_short_silence_of_a_camera_fires_nothing() -> None:
    async def evening(night: Night) -> None:
        link = cast(ViscaCamera, night.drivers["left"]).link
        await night.until(10)
        link.line_down("gone")
        await night.until(11)
        link.line_up()
        await night.until(40)

    assert play(evening).fired() == []


def test_a_switcher_that_goes_fires_once_and_gets_an_order_when_it_is_back() -> None:
    async def evening(night: Night) -> None:
        await night.until(10)
        night.link.line_down("the cable was pulled")
        await night.until(40)
        night.link.line_up()
        night.desk.line_up()
        night.desk._connected()
        await night.until(60)

    night = play(evening)
    (lost, _, gone), (back, _, _) = night.fired()
    assert gone == "start 9" and lost == pytest.approx(15, abs=0.1) and 40 <= back <= 41
    assert night.orders() == [("preview", "left", "completed")]


# --- a rig that replaces the switcher ------------------------------------------------------------------------------

MAIN = """
use "home.cues"
cue 1
    cut to left
    wait 1s
    dissolve to foh over 2s
"""
HOME = """
rig "Home"
camera foh "visca+udp://10.0.0.21"
camera left "visca+udp://10.0.0.22"
switcher vision "obs://10.0.0.5"
    source foh = "Cam FOH"
    source left = "Cam left"
"""


def on_tour(text: str) -> Plan:
    found = Compiler(Texts({"home.cues": HOME})).compile(Source("night.cues", MAIN), rig=Source("tour.cues", text))
    assert found.plan is not None, [(one.code, one.message) for one in found.diagnostics]
    return found.plan


@pytest.mark.parametrize(
    ("url", "labels", "wire"),
    [
        ("atem://10.1.0.9:9910", ("3", "4"), "hex"),
        ("vmix://10.1.0.9:8099", ("1", '"Left cam"'), "text"),
        ("obs://10.1.0.9:4455", ('"Wide"', '"Side"'), "text"),
    ],
)
def test_a_rig_replaces_the_switcher_with_its_sources(url: str, labels: tuple[str, str], wire: str) -> None:
    plan = on_tour(
        'rig "Tour"\ncamera foh "sim://foh"\ncamera left "sim://left"\n'
        f'switcher vision "{url}"\n    source foh = {labels[0]}\n    source left = {labels[1]}\n'
    )
    (switcher,) = plan.switchers
    assert switcher.url == url and [one.label for one in switcher.sources] == [one.strip('"') for one in labels]
    rows = [as_json(one) for one in rehearse(plan).records]
    orders = [one for one in rows if one["kind"] == "command" and one.get("switcher")]
    assert [(one["action"], one["source"], one["outcome"]) for one in orders] == [
        ("cut", "left", "completed"), ("dissolve", "foh", "completed"),
    ]  # fmt: skip
    assert all(wire in one for one in orders)
