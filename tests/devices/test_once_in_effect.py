"""A bad network: 5 % of all datagrams lost, 30 ms of jitter. Every command has its effect exactly once, or is reported.

Steps (`iris up`, relative moves) count how often they were carried out; of what only sets, the last one that completed
must be what the camera has. Both ends are real, the line is a memory line in virtual time, and each seed is another
night.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pytest

from cuelang import clock
from cuelang.commands import Command, Job, MoveBy, MoveTo, Pose, Ramp, SetProperty, Tally, ZoomTo
from cuelang.devices.sony_line import SonyLine
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import attach
from cuelang.transports.memory import LineFaults as Network
from cuelang.transports.memory import pair
from cuelang.units import MS

S = 1000 * MS
SEEDS = range(40)
COMMANDS = 24
LOSS, JITTER = 0.05, 30 * MS

STEP, TURN = SetProperty("shutter", "up"), MoveBy(10, 0, 24, 20)
DONE, REPORTED = "completed", frozenset(("unreachable", "timed_out", "refused"))
TAKEN = "the camera acknowledged it but never completed it"
"""A report that leaves no doubt: its ACK came, its completion was lost."""


@dataclass
class Night:
    body: Body
    jobs: list[Job] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def count(self, command: Command) -> tuple[int, int]:
        """How many had their effect for certain, and how many are in doubt."""
        jobs = [job for job in self.jobs if job.command == command]
        certain = sum(job.outcome == DONE or job.reason == TAKEN for job in jobs)
        doubtful = sum(job.outcome in REPORTED and job.reason not in ("", TAKEN) for job in jobs)
        assert certain + doubtful == len(jobs)
        return certain, doubtful


def night(link: str, network: Network, commands: list[Command], faults: Faults = Faults()) -> Night:  # noqa: B008
    """The commands one after another, each when the one before has ended; then long enough for everything."""

    async def main() -> Night:
        near, far = pair(network)
        one = Night(Body(DEFAULT, "foh"))
        one.body.settings["shutter"] = 1
        sony = link == "sony"

        def note(way: str, frame: bytes, _now: int) -> None:
            if way == "in" and frame[1] != 0x09:
                one.heard.append(frame.hex(" "))

        attach(far, one.body, faults, on_frame=note, scheme="sony" if sony else "visca+udp")
        camera = ViscaCamera("foh", SonyLine(near) if sony else near, keepalive=None)
        await camera.open()
        now = clock.current()
        await now.sleep_until(S)
        for command in commands:
            job = Job(command, now.now(), one.jobs.append)
            camera.start(job)
            while job.outcome is None:
                await now.sleep_until(now.now() + 10 * MS)
            await now.sleep_until(now.now() + 50 * MS)
        await now.sleep_until(now.now() + 70 * S)
        assert len(one.jobs) == len(commands), "each is finished exactly once"
        await camera.close()
        assert now.pending == 0
        return one

    return clock.run(main(), kind="virtual")


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_steps_are_made_once_or_reported(link: str) -> None:
    """A step that was taken was made, one that is reported as doubtful may have been; none was made twice."""
    made = doubtful = 0
    for seed in SEEDS:
        network = Network(latency=2 * MS, jitter=JITTER, loss=LOSS, reorder=True, seed=seed)
        one = night(link, network, [STEP, TURN] * (COMMANDS // 4))
        turned = one.body.pan.at(10**15)
        for command, steps in ((STEP, one.body.settings["shutter"] - 1), (TURN, turned // 10)):
            certain, perhaps = one.count(command)
            assert certain <= steps <= certain + perhaps, f"seed {seed}"
            made, doubtful = made + certain, doubtful + perhaps
    total = len(SEEDS) * COMMANDS // 2
    assert made + doubtful == total
    if link == "sony":
        assert doubtful == 0, "numbers leave no doubt"
    else:
        assert 0 < doubtful <= total * 0.08, "plain datagrams cannot be without doubt at this loss"


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_what_may_be_sent_again_is_always_taken(link: str) -> None:
    """Settings, lights, moves and ramps: all are carried out; of a few the end is not known."""
    unsure = 0
    for seed in SEEDS:
        network = Network(latency=2 * MS, jitter=JITTER, loss=LOSS, reorder=True, seed=seed)
        commands: list[Command] = []
        for n in range(1, COMMANDS // 4 + 1):
            commands += [SetProperty("iris", "value", (n,)), Tally("program" if n % 2 else "off")]
            commands += [MoveTo(Pose(20 * n, -n), 24, 20), Ramp("zoom", None, 0x200 * n, 300 * MS, 10)]
        one = night(link, network, commands)
        now = 10**15
        have: dict[str, object] = {
            "set": (one.body.settings["iris"],),
            "tally": one.body.tally,
            "move": (one.body.pan.at(now), one.body.tilt.at(now)),
            "zoom": one.body.zoom.at(now),
        }
        for job in one.jobs:
            assert job.outcome == DONE or job.reason == TAKEN, f"seed {seed}: {job}"
            unsure += job.outcome != DONE
        for action, value in have.items():
            jobs = [job for job in one.jobs if job.command.action == action]
            assert value == wanted(jobs[-1].command), f"seed {seed}: {action}"
    assert unsure <= len(SEEDS) * COMMANDS * 0.06


def wanted(command: Command) -> object:
    match command:
        case SetProperty(numbers=numbers):
            return numbers
        case Tally(mode=mode):
            return mode
        case MoveTo(pose=pose):
            return (pose.pan, pose.tilt)
        case Ramp(target=target):
            return target
    raise AssertionError(command)


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_without_loss_nothing_is_in_doubt(link: str) -> None:
    """Thirty milliseconds late and out of order, and everything is done once."""
    for seed in range(10):
        network = Network(latency=2 * MS, jitter=JITTER, reorder=True, seed=seed)
        one = night(link, network, [STEP, TURN, ZoomTo(0x400), Tally("program")] * 3)
        assert {job.outcome for job in one.jobs} == {DONE}
        assert (one.body.settings["shutter"], one.body.pan.at(10**15)) == (4, 30)


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_the_simulators_own_faults_are_no_kinder(link: str) -> None:
    """The same from the camera's end: its switches strike requests and answers."""
    for seed in range(20):
        faults = Faults(loss=LOSS, latency=2 * MS, jitter=JITTER, duplicate=0.05, reorder=0.05, seed=seed)
        one = night(link, Network(), [STEP] * 8, faults)
        (certain, doubtful), steps = one.count(STEP), one.body.settings["shutter"] - 1
        assert certain <= steps <= certain + doubtful, f"seed {seed}"


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_a_camera_that_was_silent_for_a_while_answers_again_however_often_it_was_asked(link: str) -> None:
    """Asked four times a second. What piled up while it was silent is neither asked without need nor kept forever."""

    async def main() -> list[tuple[int, bool]]:
        near, far = pair(Network(latency=MS))
        sony = link == "sony"
        attach(far, Body(DEFAULT, "foh"), scheme="sony" if sony else "visca+udp")
        camera = ViscaCamera("foh", SonyLine(near) if sony else near, keepalive=None)
        await camera.open()
        now, told = clock.current(), list[tuple[int, bool]]()
        for beat in range(120):
            far.plugged = not 8 <= beat < 60
            asked = camera.ask("inq.pan_tilt")
            asked.add_done_callback(
                partial(lambda at, future: told.append((at, future.result().fields is not None)), beat)
            )
            await now.sleep_until(now.now() + 250 * MS)
        assert len(camera.link.conversation._questions) == 0
        await camera.close()
        return told

    told = dict(clock.run(main(), kind="virtual"))
    assert len(told) == 120, "each question has its answer, if only that there is none"
    assert not any(told[beat] for beat in range(8, 50))
    assert all(told[beat] for beat in [*range(8), *range(62, 120)])


@pytest.mark.parametrize("link", ["udp", "sony"])
def test_a_question_that_had_to_wait_is_asked_all_the_same(link: str) -> None:
    """Three others before it were not answered, for longer than a command may wait."""

    async def main() -> list[bool]:
        near, far = pair(Network(latency=MS))
        sony = link == "sony"
        attach(far, Body(DEFAULT, "foh"), scheme="sony" if sony else "visca+udp")
        camera = ViscaCamera("foh", SonyLine(near) if sony else near, keepalive=None)
        await camera.open()
        now = clock.current()
        await now.sleep_until(S)
        far.plugged = False
        asked = [camera.ask(row) for row in ("inq.iris", "inq.shutter", "inq.focus", "inq.zoom", "inq.gain")]
        await now.sleep_until(now.now() + 9300 * MS)
        far.plugged = True
        await now.sleep_until(now.now() + 3 * S)
        await camera.close()
        return [future.result().fields is not None for future in asked]

    assert clock.run(main(), kind="virtual") == [False, False, False, True, True]


def test_two_nights_of_one_seed_are_the_same() -> None:
    network = Network(latency=2 * MS, jitter=JITTER, loss=LOSS, reorder=True, seed=7)
    nights = [night("udp", network, [STEP, TURN, Tally("program")] * 4) for _ in range(2)]
    assert nights[0].heard == nights[1].heard
    assert [(job.outcome, job.done) for job in nights[0].jobs] == [(job.outcome, job.done) for job in nights[1].jobs]
