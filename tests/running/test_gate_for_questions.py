"""A machine that follows opens the lines that several may hold and only asks: every camera and switcher is reached, and
nothing of what a show can want of it arrives before the gate opens. Real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from cuelang import clock as clocks
from cuelang import rig
from cuelang.address import Address, Family
from cuelang.commands import Command, Driver, HasPictures, Job, MoveTo, Pose, Recall, SetProperty, Store, Tally, ZoomTo
from cuelang.commands.switching import Cut, Order, Preview
from cuelang.plan import Switcher
from cuelang.simulator.body import StoredPreset
from cuelang.simulator.obs import ObsEnd
from cuelang.simulator.panasonic import PanasonicEnd
from cuelang.simulator.serve import CameraServer, serve
from cuelang.simulator.switchers import SwitcherServer, end_of, serve_switcher
from cuelang.switchers.link import SwitcherLink
from cuelang.transports.gate import GATE, Gate
from tests.models.known import known
from tests.running.night import plan_of
from tests.running.vision_night import LABELS

KINDS: dict[str, tuple[str, Family, str]] = {
    "visca+udp": ("visca+udp", "visca", "ptzoptics-move-4k-20x"),
    "cgi": ("cgi", "cgi", "ptzoptics-move-4k-20x"),
    "panasonic": ("panasonic", "panasonic", "panasonic-aw-ue100"),
    "canon": ("canon", "canon", "canon-cr-n500"),
}
AWAY = MoveTo(Pose(800, 100, None), 12, 10)
COMMANDS: tuple[Command, ...] = (
    AWAY, Recall(2), ZoomTo(9000), Store(7), Tally("program"), SetProperty("iris", "5"),
)  # fmt: skip


class Lead:
    """Whether this machine leads, for the gate."""

    def __init__(self) -> None:
        self.leads = False
        GATE.guard(lambda: self.leads, may_ask=lambda: not self.leads)

    def take(self) -> None:
        self.leads = True
        GATE.look()


@pytest.fixture
def lead() -> Iterator[Lead]:
    found = Lead()
    yield found
    GATE.guard(None)


async def until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


def job(command: Command, outcomes: dict[str, str | None]) -> Job:
    return Job(command, clocks.current().now(), lambda done: outcomes.update({command.action: done.outcome}))


def seen(server: CameraServer) -> tuple[object, ...]:
    """What the camera is like."""
    at = server.body.snapshot(clocks.current().now())
    return at.pan_degrees, at.tilt_degrees, at.zoom, at.tally, at.moving, sorted(server.body.presets)


@pytest_asyncio.fixture(params=KINDS)
async def camera(request: Any) -> AsyncIterator[tuple[CameraServer, Driver]]:
    scheme, family, model = KINDS[request.param]
    server = await serve(Address(scheme, family, host="127.0.0.1", port=0), known(model), family)
    plan = plan_of("cue 1\n", f'camera foh "{server.url}"\n    model "{model}"\n')
    driver = rig.open_driver(plan.cameras[0])
    yield server, driver
    await driver.close()
    await server.close()


async def test_a_camera_is_asked_and_nothing_else_reaches_it_before_this_machine_leads(
    lead: Lead, camera: tuple[CameraServer, Driver]
) -> None:
    server, driver = camera
    await driver.open()
    await until(lambda: driver.state.connected)
    if driver.state.pose.pan is not None:
        await until(lambda: driver.state.pose.zoom is not None)  # it says where it is
    if isinstance(driver, HasPictures):
        looks = [await driver.look() for _ in range(3)]  # the first one may be drawn too slowly
        assert any(looks), "a page of this machine shows what it sees"
    before, outcomes = seen(server), dict[str, str | None]()
    for command in COMMANDS:
        driver.start(job(command, outcomes))
    driver.halt(frozenset(("pan_tilt", "zoom")), tracking=True)
    await until(lambda: len(outcomes) == len({one.action for one in COMMANDS}))
    assert seen(server) == before, outcomes
    lead.take()
    driver.start(job(AWAY, outcomes))
    await until(lambda: seen(server) != before)


@pytest.mark.parametrize("recall", [Recall(2), Recall(2, speed=12), None], ids=["recall", "with a speed", "the end"])
@pytest.mark.parametrize("camera", ["panasonic"], indirect=True)
async def test_what_the_one_that_leads_has_set_meanwhile_is_asked_for_and_put_back(
    lead: Lead, camera: tuple[CameraServer, Driver], recall: Recall | None
) -> None:
    """The number of a Panasonic's recall may be a speed or a time. As a time, a speed would be refused or minutes."""
    server, driver = camera
    end, outcomes = server.end, dict[str, str | None]()
    assert isinstance(end, PanasonicEnd)
    server.body.presets[2] = StoredPreset(server.body.model.pan(10), 0, 0)
    asked: list[str] = []
    reply = end.reply

    def noted(path: str, now: int, peer: str) -> Any:
        asked.append(path)
        return reply(path, now, peer)

    end.reply = noted
    await driver.open()
    await until(lambda: any("UPVS" in path for path in asked))
    end.timing, end.number = True, "01E"  # half a minute
    lead.take()
    if recall is not None:
        driver.start(job(recall, outcomes))
        await until(lambda: outcomes)
        assert outcomes == {"move": "completed"} and not end.timing
        assert sum("R01" in path for path in asked) == 1
    else:
        driver.ask_pose()
        await until(lambda: end.receivers and sum("QSJ:29" in path for path in asked) == 2)
    await driver.close()
    assert end.receivers == [] and not end.timing


DESK = """
camera foh "sim://foh"
camera left "sim://left"
switcher vision "{kind}://127.0.0.1:{port}"
    source foh = {foh}
    source left = {left}
"""


def desk_of(kind: str, port: int) -> Switcher:
    foh, left, _ = LABELS[kind]
    return plan_of("cue 1\n", DESK.format(kind=kind, port=port, foh=foh, left=left)).switchers[0]


@pytest_asyncio.fixture(params=["obs", "atem", "vmix"])
async def desk(request: Any) -> AsyncIterator[tuple[SwitcherLink, SwitcherServer]]:
    server = await serve_switcher(end_of(desk_of(request.param, 1)), "127.0.0.1", 0)
    link = rig.open_switcher(desk_of(request.param, server.port))
    yield link, server
    await link.close()
    await server.close()


async def test_a_switcher_is_connected_and_no_order_reaches_it_before_this_machine_leads(
    lead: Lead, desk: tuple[SwitcherLink, SwitcherServer]
) -> None:
    link, server = desk
    await link.open()
    await until(lambda: link.state.ready)
    source = next(name for name in server.end.mixer.sources if name != server.end.mixer.program)
    label = server.end.mixer.sources[source] if isinstance(server.end, ObsEnd) else source
    before, outcomes = (server.end.mixer.program, server.end.mixer.preview), list[str]()

    def order(key: int, what: Order) -> None:
        link.do(key, what, accepted=lambda _now: None, finished=lambda outcome, _reason, _now: outcomes.append(outcome))

    order(1, Cut(label))
    order(2, Preview(label))
    await until(lambda: len(outcomes) == 2)
    assert "completed" not in outcomes
    assert (server.end.mixer.program, server.end.mixer.preview) == before
    lead.take()
    while outcomes[-1] != "completed":  # what was dropped may have cost the connection
        await until(lambda: link.state.ready)
        order(len(outcomes) + 1, Cut(label))
        count = len(outcomes)
        await until(lambda count=count: len(outcomes) > count)
    assert server.end.mixer.program == source


def test_the_gate_lets_through_what_it_should() -> None:
    """In each state, what asks and what does not; a question is one only where its sender says so."""
    told: list[str] = []
    gate, state = Gate(), {"lead": True, "ask": False}
    line = Line(told)
    gate.join(line)
    gate.guard(lambda: state["lead"], may_ask=lambda: state["ask"])
    assert (gate.state, gate.passes(), gate.passes(asks=True)) == ("open", True, True)
    state.update(lead=False, ask=True)
    assert (gate.state, gate.passes(), gate.passes(asks=True)) == ("questions", False, True)
    with gate.asking():
        assert gate.passes() and gate.is_asking
    with pytest.raises(ValueError, match="x"), gate.asking():
        raise ValueError("x")
    assert not gate.passes() and told == [], "the lines are up"
    state.update(ask=False)
    with gate.asking():
        assert not gate.passes()
    assert (gate.state, gate.shut, told) == ("closed", True, ["closed"])
    state.update(ask=True)
    gate.look()
    state.update(lead=True)
    gate.look()
    assert told == ["closed", "opened"]


class Line:
    def __init__(self, told: list[str]) -> None:
        self.told = told

    def gate_moved(self, *, opened: bool) -> None:
        self.told.append("opened" if opened else "closed")
