"""Lighting consoles as triggers and sticks: levels on real sockets and in a whole show."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cuelang.clock import current
from cuelang.lang.ports import port_url
from cuelang.plan import Plan
from cuelang.playback.effects import Request, Verdict
from cuelang.protocols.dmx import SILENCE_NS, sacn
from cuelang.sheets import override_inputs
from cuelang.triggers.dmx import DmxDoor
from cuelang.triggers.dmx_table import DmxTable
from cuelang.triggers.joystick import Joysticks, as_controller, deflection
from tests.running.night import plan_of

SHEET = """
camera foh "sim://foh"
on dmx 1 above 127 go 1
on dmx 1 below 20 go 2
on dmx 2 = {number} start {number}
on dmx 3 = 7 panic
on dmx 4 above 0 from second go 2
on dmx 5 drive foh pan
on dmx 6 drive foh speed
cue 1
    tally foh off
cue 2
    tally foh off
"""
INPUTS = 'input desk "sacn://1?host=127.0.0.1"\ninput second "artnet://3?host=127.0.0.1"\n'
GOOD = bytes.fromhex(
    json.loads((Path(__file__).parents[1] / "protocols/data/lighting/sacn-odd.jsonl").read_text().splitlines()[0])[
        "hex"
    ]
)


def e131(*levels: int, sequence: int, universe: int = 1, options: int = 0) -> bytes:
    packet = bytearray(GOOD)
    packet[111], packet[112], packet[113:115] = sequence % 256, options, universe.to_bytes(2, "big")
    packet[126:] = bytes(levels).ljust(512, b"\0")
    return bytes(packet)


def art(*levels: int, universe: int = 3) -> bytes:
    head = b"Art-Net\0\x00\x50\x00\x0e\x00\x00" + universe.to_bytes(2, "little") + (512).to_bytes(2, "big")
    return head + bytes(levels).ljust(512, b"\0")


class Told:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.verdicts: list[Verdict] = []
        self.problems: list[str] = []
        self.steered: list[str] = []
        self.released = 0

    def steer(self, request: Request, step: Any, before: Any) -> str:
        self.steered.append(f"{step.act.command.direction} {step.act.command.pan_speed}")
        return ""

    def release(self, step: Any) -> None:
        self.released += 1

    def door(self, plan: Plan) -> DmxDoor:
        sticks = Joysticks(plan, current(), self.steer, self.release)
        return DmxDoor(
            plan, current(), self.requests.append, self.verdicts.append, self.problems.append, sticks, environ={}
        )

    @property
    def asked(self) -> list[str]:
        return [request.text for request in self.requests]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def listening(plan: Plan) -> AsyncIterator[tuple[Told, DmxDoor, Callable[..., object]]]:
    told = Told()
    door = told.door(plan)
    await door.open({"sacn": 0, "artnet": 0})
    door.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:

        def say(data: bytes, name: str = "desk") -> None:
            desk.sendto(data, door.addresses[name])

        yield told, door, say
    door.close()


async def test_a_console_fires_on_the_way_up_and_on_each_change() -> None:
    async with listening(plan_of(SHEET, INPUTS)) as (told, _, send):
        rows = [(255, 9, 7), (0, 9, 0), (200, 1, 7), (201, 1, 7), (10, 0, 7), (10, 2, 0)]
        for number, row in enumerate(rows):
            send(e131(*row, sequence=number))
        await until(lambda: len(told.requests) == 6)
        send(art(0, 0, 0, 0), "second")
        send(art(0, 0, 0, 1), "second")
        await until(lambda: len(told.requests) == 7)
        assert told.asked == ["go 2", "go 1", "start 1", "panic", "go 2", "start 2", "go 2"]
        assert told.requests[0].source == "dmx desk channel 1 at 0"
        assert told.problems == [] == told.verdicts


async def test_another_universe_and_another_protocol_are_not_heard() -> None:
    async with listening(plan_of(SHEET, INPUTS)) as (told, _, send):
        for data in (e131(0, sequence=0), e131(255, sequence=1, universe=2), art(255), b"", b"rubbish"):
            send(data)
        send(art(0, universe=4), "second")
        send(e131(255, sequence=1))
        await until(lambda: told.requests)
        assert told.asked == ["go 1"]


async def test_who_is_not_allowed_fires_nothing() -> None:
    async with listening(plan_of(SHEET, INPUTS.replace("\n", '\n    allow "10.0.0.0/24"\n', 1))) as (told, _, send):
        send(e131(0, sequence=0))
        send(e131(255, sequence=1))
        await until(lambda: told.problems)
        assert "127.0.0.1 is not in the `allow`" in told.problems[0] and told.requests == []


async def test_a_channel_drives_when_it_has_been_at_its_centre() -> None:
    told = Told()
    door = told.door(plan_of(SHEET, INPUTS))
    await door.open({"sacn": 0, "artnet": 0})
    door.start()
    key = ("sacn", "127.0.0.1")
    for number, level in enumerate((0, 255, 1, 128, 0, 255, 120)):
        door.packet(key, e131(0, 0, 0, 0, level, 255, sequence=number), "127.0.0.1")
    assert told.steered == ["right 24"] and told.released == 1
    await asyncio.sleep(0.06)  # a camera gets a command at most every 50 ms
    door.packet(key, e131(0, 0, 0, 0, 1, 255, sequence=7), "127.0.0.1")
    assert told.steered == ["right 24", "left 24"]
    door.packet(key, e131(0, 0, 0, 0, 1, 255, sequence=8, options=0x40), "127.0.0.1")
    assert told.released == 2, "its sender has gone, and the camera stands"
    door.packet(key, e131(0, 0, 0, 0, 255, 255, sequence=9), "127.0.0.1")
    assert len(told.steered) == 2, "heard again, it has to be at its centre first"
    door.close()


async def test_a_silent_console_stops_what_it_drives() -> None:
    told = Told()
    door = told.door(plan_of(SHEET, INPUTS))
    await door.open({"sacn": 0, "artnet": 0})
    door.start()
    for number, level in enumerate((128, 255)):
        door.packet(("sacn", "127.0.0.1"), e131(0, 0, 0, 0, level, sequence=number), "127.0.0.1")
    assert len(told.steered) == 1
    one = door._inputs[0]
    one.universe.expire(current().now() + SILENCE_NS)
    door._look(one)
    assert told.released == 1
    door.close()


@pytest.mark.parametrize(
    ("level", "value"), [(0, 0), (1, -55), (115, -1), (116, 0), (128, 0), (140, 0), (141, 1), (255, 55)]
)
def test_a_level_is_deflected_as_a_controller(level: int, value: int) -> None:
    assert deflection(as_controller(level)) == value


def test_in_a_simulated_night_it_hears_this_machine_alone() -> None:
    inputs = override_inputs(
        plan_of(
            SHEET,
            INPUTS.replace("?host=127.0.0.1", "")
            .replace('1"', '1"\n    allow "10.0.0.0/8"')
            .replace('3"', '3"\n    allow "10.0.0.0/8"'),
        ),
        (),
        at_home=True,
    ).inputs
    assert [port.url for port in inputs] == ["sacn://1?host=127.0.0.1", "artnet://3?host=127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "good", "wrong"),
    [
        ("sacn://1", "sacn://1", ""), ("sacn://007?priority=150", "sacn://7?priority=150", ""),
        ("artnet://0?host=10.0.0.2", "artnet://0?host=10.0.0.2", ""),
        ("sacn://0", "", "sacn://1 to sacn://63999"), ("artnet://32768", "", "artnet://0 to artnet://32767"),
        ("sacn:1", "", "is not a universe"), ("sacn://one", "", "is not a universe"),
        ("sacn://1?priority=201", "", "from 0 to 200"), ("artnet://1?priority=1", "", "`host` and `stream`."),
        ("artnet://0?stream=2", "artnet://0?stream=2", ""), ("artnet://0?stream=256", "", "from 0 to 255"),
        ("sacn://1?host=::1", "", "IPv4"), ("sacn://1:5568", "", "is not a universe"),
        ("sacn://1/x", "", "is not a universe"),
    ],
)  # fmt: skip
def test_the_address_of_a_universe(url: str, good: str, wrong: str) -> None:
    found = port_url("input", url)
    assert wrong in found[1] if wrong else found == (good, "")


@given(st.binary(min_size=512, max_size=512), st.binary(min_size=512, max_size=512))
def test_any_levels(before: bytes, after: bytes) -> None:
    for found in DmxTable(plan_of(SHEET, INPUTS)).changed(before, after, "desk", 0):
        assert isinstance(found, Request | Verdict)
    assert sacn(before + after) is None


CODE = """
show "Tape"
    fps 25
camera foh "sim://foh"
on timecode 01:00:00:02 go 1
on timecode 01:00:00:03 from second go 2
on timecode 01:00:00:03 from third go 1
cue 1
    tally foh off
cue 2
    tally foh off
"""
TWO = 'input second "artnet://3?host=127.0.0.1"\ninput third "artnet://3?host=127.0.0.1&stream=1"\n'


def running(frame: int, *, stream: int = 0, hours: int = 1) -> bytes:
    return b"Art-Net\0\x00\x97\x00\x0e\x00" + bytes((stream, frame, 0, 0, hours, 1))


async def test_time_code_of_art_net_fires_what_it_runs_through() -> None:
    async with listening(plan_of(CODE, TWO)) as (told, _, send):
        for frame in range(5):
            send(running(frame), "second")
        await until(lambda: len(told.requests) == 2)
        assert [(one.text, one.source) for one in told.requests] == [
            ("go 1", "artnet second timecode 01:00:00:02"), ("go 2", "artnet second timecode 01:00:00:03"),
        ]  # fmt: skip
        for frame in range(5):
            send(running(frame, stream=1), "third")
        await until(lambda: len(told.requests) == 4)
        assert told.requests[3].source == "artnet third timecode 01:00:00:03"
        assert told.problems == [] == told.verdicts


async def test_two_machines_that_send_time_code_fire_nothing_twice_and_a_stranger_fires_nothing() -> None:
    plan = plan_of(CODE, TWO)
    async with listening(plan) as (told, door, _):
        for frame in range(5):
            for host in ("127.0.0.1", "10.0.0.9"):
                door.packet(("artnet", "127.0.0.1"), running(frame), host)
        assert told.asked == ["go 1", "go 2"]
        assert told.problems == ["Time code from 10.0.0.9 is not followed while 127.0.0.1 sends it, too."]
    guarded = replace(plan, inputs=tuple(replace(port, allow=("10.0.0.0/24",)) for port in plan.inputs))
    async with listening(guarded) as (told, door, _):
        for frame in range(5):
            door.packet(("artnet", "127.0.0.1"), running(frame), "192.168.1.1")
        assert told.requests == [] and len(told.problems) == 1
        assert told.problems[0].startswith("Time code from 192.168.1.1 is ignored: ")
