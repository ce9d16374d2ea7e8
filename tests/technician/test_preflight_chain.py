"""Preflight of a VISCA daisy chain: a camera that does not answer, and one that is missing, in virtual time."""

from __future__ import annotations

import pytest

from cuelang import clock
from cuelang.devices.bus import ViscaBus
from cuelang.devices.visca import ViscaCamera
from cuelang.lang.compile import Compiler
from cuelang.library import Library
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.chain import Chain
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.port import SimulatorPort
from cuelang.simulator.visca import ViscaEnd
from cuelang.source import Source
from cuelang.technician.onair import OnAirReport
from cuelang.technician.preflight import Checked, preflight
from cuelang.transports.memory import pair

SHEET = """
camera left "visca+serial:///dev/ttyUSB0?address=1"
camera middle "visca+serial:///dev/ttyUSB0?address=2"
camera right "visca+serial:///dev/ttyUSB0?address=3"
cue 1
    move left, middle, right home
"""


class Cable:
    """A serial line with this many simulated cameras in its chain; `silent` are addresses that answer nothing."""

    def __init__(self, cameras: int, silent: frozenset[int]) -> None:
        near, self.far = pair()
        near.stream = True  # as a serial port is
        chain = Chain()
        for address in range(1, cameras + 1):
            faults = Faults(silent=True) if address in silent else NO_FAULTS
            chain.ends[address] = ViscaEnd(Body(DEFAULT, f"camera {address}"), faults, address=address)
        self.port = SimulatorPort(chain, lambda _peer, frame: self.far.send(frame))
        self.far.listener = self
        self.far.start()
        self.bus = ViscaBus(near, 9600)

    def line_data(self, data: bytes) -> None:
        self.port.receive(data, None)

    def line_up(self) -> None: ...
    def line_down(self, error: str) -> None: ...
    def line_error(self, error: str) -> None: ...


def checked(cameras: int, *silent: int) -> dict[str, Checked]:
    plan = Compiler(Library()).compile(Source("night.cues", SHEET)).plan
    assert plan is not None

    async def main() -> list[Checked]:
        cable = Cable(cameras, frozenset(silent))
        drivers = {
            camera.name: ViscaCamera(camera.name, cable.bus.camera(address), address=address, keepalive=None)
            for address, camera in enumerate(plan.cameras, 1)
        }
        return await preflight(plan, OnAirReport({}), drivers=drivers)

    return {one.camera: one for one in clock.run(main(), kind="virtual")}


def test_every_camera_of_a_chain_is_ready() -> None:
    found = checked(3)
    assert {name: (one.answers, one.wrong) for name, one in found.items()} == {
        name: ("yes", []) for name in ("left", "middle", "right")
    }


@pytest.mark.parametrize(("silent", "name"), [(1, "left"), (2, "middle"), (3, "right")])
def test_one_camera_of_a_chain_that_does_not_answer_is_the_only_finding(silent: int, name: str) -> None:
    found = checked(3, silent)
    (wrong,) = found.pop(name).wrong
    assert wrong.startswith("It does not answer") and "moved up" not in wrong
    assert "probe" not in wrong  # no other protocol is to be found on a chain whose other cameras answer
    assert [one.answers for one in found.values()] == ["yes", "yes"]
    assert not any(one.wrong for one in found.values())


def test_a_camera_missing_in_a_chain_lets_those_behind_it_move_up() -> None:
    found = checked(2)
    assert found["left"].wrong == [] and found["middle"].wrong == []
    missing, moved = found["right"].wrong
    assert missing == "It does not answer: the chain has 2 cameras, none with the address 3."
    assert "left, middle may be other cameras than the rig says" in moved


def test_a_chain_in_which_nothing_answers_says_so_of_each_camera() -> None:
    found = checked(0)
    assert [one.answers for one in found.values()] == ["no", "no", "no"]
    assert all(len(one.wrong) == 1 for one in found.values())
