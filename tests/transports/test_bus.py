"""Turn-taking on one serial line, in virtual time: the port is a memory line, and the far end says what it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cuelang import clock
from cuelang.commands import PAN_TILT, Drive, Job, MoveBy, Ramp, Tally, ZoomTo
from cuelang.devices.bus import ANSWER_NS, Bus, BusLine, PelcoBus, ViscaBus
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.simulator.body import Body
from cuelang.simulator.chain import Chain
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.port import SimulatorPort
from cuelang.simulator.visca import ViscaEnd
from cuelang.transports.memory import MemoryEnd, pair
from cuelang.units import MS

S = 1000 * MS
ADDRESS_SET, IF_CLEAR = "88 30 01 FF", "88 01 00 01 FF"
TALLY = "0A 02 02 02 FF"


class Far:
    """The far end of the cable. `answers` is what it says to a frame; everything that it hears is in `heard`."""

    def __init__(self, line: MemoryEnd) -> None:
        self.line = line
        self.answers: Callable[[str], list[str]] = lambda _frame: []
        self.heard: list[tuple[int, str]] = []
        line.listener = self
        line.start()

    def line_data(self, data: bytes) -> None:
        frame = data.hex(" ").upper()
        self.heard.append((clock.current().now() // MS, frame))
        for answer in self.answers(frame):
            self.says(answer)

    def says(self, frame: str) -> None:
        self.line.send(bytes.fromhex(frame))

    @property
    def frames(self) -> list[str]:
        return [frame for _, frame in self.heard]

    def line_up(self) -> None: ...
    def line_down(self, error: str) -> None: ...
    def line_error(self, error: str) -> None: ...


class SocketInput:
    """Who uses one camera's part of the line."""

    def __init__(self, line: BusLine) -> None:
        self.line = line
        self.heard: list[str] = []
        self.sent: list[str] = []
        line.listener = line.keeper = self

    def line_up(self) -> None:
        self.heard.append("up")

    def line_down(self, error: str) -> None:
        self.heard.append(f"down: {error}")

    def line_error(self, error: str) -> None:
        self.heard.append(f"error: {error}")

    def line_data(self, data: bytes) -> None:
        self.heard.append(data.hex(" ").upper())

    def line_sent(self, key: str) -> None:
        self.sent.append(key)

    def line_reply(self, key: object, data: bytes) -> None: ...
    def line_told(self, key: object, url: str) -> None: ...
    def line_duplicate(self, key: object) -> None: ...
    def line_refused(self, key: object, reason: str) -> None: ...

    def post(self, frame: str, within: int = S, urgent: bool = False) -> None:
        until = clock.current().now() + within
        self.line.post(frame, bytes.fromhex(frame), until, urgent=urgent)


class Stage:
    def __init__(self, kind: type[Bus] = ViscaBus, baud: int = 9600) -> None:
        near, far = pair()
        near.stream = True  # as a serial port is
        self.bus = kind(near, baud)
        self.near, self.far = near, Far(far)

    async def ears(self, *addresses: int) -> list[SocketInput]:
        ears = [SocketInput(self.bus.camera(address)) for address in addresses]
        for one in ears:
            await one.line.open()
        return ears


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    clock.run(scene(), kind="virtual")


async def after(seconds: float) -> None:
    now = clock.current()
    await now.sleep_until(now.now() + round(seconds * S))


def ring(cameras: int) -> Callable[[str], list[str]]:
    """A chain that takes addresses, clears, and acknowledges all else."""

    def answers(frame: str) -> list[str]:
        if frame == ADDRESS_SET:
            return [f"88 30 0{cameras + 1} FF"]
        if frame == IF_CLEAR:
            return [IF_CLEAR]
        head = f"{int(frame[1]) + 8:X}0"
        return [f"{head} 41 FF", f"{head} 51 FF"] if int(frame[1]) <= cameras else [frame]

    return answers


def test_addresses_are_given_and_cameras_cleared_before_anything_is_sent() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = ring(2)
        left, right = await stage.ears(1, 2)
        left.post(f"81 {TALLY}")
        await after(1)
        assert stage.far.frames == [ADDRESS_SET, IF_CLEAR]
        assert left.heard[0] == right.heard[0] == "up"  # what was posted before was dropped: the line was not up
        left.post(f"81 {TALLY}")
        await after(1)
        assert stage.far.frames[2:] == [f"81 {TALLY}"]
        assert left.heard == ["up", "90 41 FF", "90 51 FF"]
        assert right.heard == ["up"]

    play(scene)


def test_a_line_whose_cameras_have_their_addresses_by_switches_is_waited_for_and_then_used() -> None:
    async def scene() -> None:
        stage = Stage()
        (foh,) = await stage.ears(3)
        assert foh.heard == []
        await after(0.2)
        assert foh.heard == []
        await after(0.2)
        assert foh.heard == ["up"]
        foh.post(f"83 {TALLY}")
        await after(0.1)
        assert stage.far.frames == [ADDRESS_SET, IF_CLEAR, f"83 {TALLY}"]

    play(scene)


def test_a_camera_that_is_switched_on_later_gets_its_address_and_no_move_is_broken_off() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = ring(2)
        await stage.ears(1, 2)
        await after(1)
        stage.far.says("A0 38 FF")
        await after(1)
        assert stage.far.frames == [ADDRESS_SET, IF_CLEAR, ADDRESS_SET]

    play(scene)


def test_an_address_beyond_the_chain_is_said() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = ring(2)
        *_, third = await stage.ears(1, 2, 3)
        await after(1)
        assert third.heard == ["error: the chain has 2 cameras, none with the address 3", "up"]
        third.post(f"83 {TALLY}")  # it comes round, and is not a reply to any frame
        await after(1)
        assert len(third.heard) == 2

    play(scene)


def test_an_adapter_that_hears_itself_is_borne() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = lambda frame: [frame, *(["90 41 FF"] if frame.startswith("81") else [])]
        (foh,) = await stage.ears(1)
        await after(1)
        foh.post(f"81 {TALLY}")
        await after(1)
        assert foh.heard == ["up", "90 41 FF"]

    play(scene)


def test_one_conversation_at_a_time() -> None:
    """The second camera's frame waits for the first one's answer, or until it should have come."""

    async def scene() -> None:
        stage = Stage()
        left, right = await stage.ears(1, 2)
        await after(1)
        stage.far.heard.clear()
        start = clock.current().now() // MS
        left.post(f"81 {TALLY}")
        right.post(f"82 {TALLY}")
        await after(0.02)
        assert stage.far.frames == [f"81 {TALLY}"]
        stage.far.says("90 41 FF")
        await after(0.001)
        assert stage.far.frames == [f"81 {TALLY}", f"82 {TALLY}"]
        left.post("81 01 06 04 FF")
        await after(0.2)
        silent = 6 * 10 * 1000 // 9600 + ANSWER_NS // MS
        assert [when - start for when, _ in stage.far.heard] == [0, 20, 20 + silent]

    play(scene)


def test_seven_cameras_take_turns_however_much_one_has_to_say() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = ring(7)
        ears = await stage.ears(*range(1, 8))
        await after(1)
        stage.far.heard.clear()
        for n in range(10):
            ears[0].post(f"81 01 04 47 00 00 00 0{n} FF")
        for address, one in enumerate(ears[1:], 2):
            one.post(f"8{address} {TALLY}")
        await after(1)
        order = [int(frame[1]) for frame in stage.far.frames]
        assert sorted(order[:8]) == [1, 1, 2, 3, 4, 5, 6, 7]  # no camera waits for more than one frame of each other
        assert order[8:] == [1] * 8

    play(scene)


def test_a_stop_goes_before_everything_and_every_cameras_first_stop_before_anybodys_second() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.far.answers = ring(3)
        ears = await stage.ears(1, 2, 3)
        await after(1)
        stage.far.heard.clear()
        for address, one in enumerate(ears, 1):
            one.post(f"8{address} {TALLY}")
            one.post(f"8{address} 01 06 04 FF")
        for address, one in enumerate(ears, 1):
            one.post(f"8{address} 01 06 01 0C 0C 03 03 FF", urgent=True)
            one.post(f"8{address} 01 04 07 00 FF", urgent=True)
        await after(1)
        kinds = [frame[3:11] for frame in stage.far.frames]
        assert kinds[1:7] == ["01 06 01"] * 3 + ["01 04 07"] * 3
        assert sorted(frame[1] for frame in stage.far.frames[1:4]) == ["1", "2", "3"]

    play(scene)


def test_what_has_become_too_late_or_is_not_wanted_any_more_is_never_sent() -> None:
    async def scene() -> None:
        stage = Stage()
        left, right = await stage.ears(1, 2)
        await after(1)
        stage.far.heard.clear()
        left.post(f"81 {TALLY}")
        right.post("82 01 06 04 FF", within=30 * MS)
        right.post(f"82 {TALLY}")
        right.post("82 01 04 07 00 FF")
        right.line.withdraw("82 01 04 07 00 FF")
        await after(1)
        assert stage.far.frames == [f"81 {TALLY}", f"82 {TALLY}"]
        assert right.sent == [f"82 {TALLY}"]

    play(scene)


def test_replies_arrive_split_and_joined_and_noise_goes_to_whoever_was_asked() -> None:
    async def scene() -> None:
        stage = Stage()
        left, right = await stage.ears(1, 2)
        await after(1)
        left.post(f"81 {TALLY}")
        await after(0.01)
        for piece in ("A0", "51 FF 90 41", "FF"):
            stage.far.says(piece)
        await after(0.01)
        assert "90 41 FF" in left.heard
        assert "A0 51 FF" in right.heard
        right.post(f"82 {TALLY}")
        await after(0.01)
        stage.far.says("12 34 56 FF")
        await after(0.01)
        assert right.heard[-1] == "12 34 56 FF"
        assert "12 34 56 FF" not in left.heard

    play(scene)


def test_a_single_camera_may_answer_from_another_address() -> None:
    async def scene() -> None:
        stage = Stage()
        (foh,) = await stage.ears(1)
        await after(1)
        stage.far.says("A0 41 FF")
        await after(0.01)
        assert foh.heard == ["up", "A0 41 FF"]

    play(scene)


def test_pelco_waits_for_nobody_but_the_line_itself() -> None:
    """Seven bytes at 2400 baud are 29 ms; only a question has an answer to wait for."""

    async def scene() -> None:
        stage = Stage(PelcoBus, 2400)
        left, right = await stage.ears(1, 2)
        assert left.heard == right.heard == ["up"]
        start = clock.current().now() // MS
        left.post("FF 01 00 02 20 00 23")
        left.post("FF 01 00 51 00 00 52")
        right.post("FF 02 00 00 00 00 02")
        await after(1)
        assert [(when - start, frame) for when, frame in stage.far.heard] == [
            (0, "FF 01 00 02 20 00 23"),
            (29, "FF 02 00 00 00 00 02"),
            (58, "FF 01 00 51 00 00 52"),
        ]

    play(scene)


def test_pelco_asks_for_positions_when_nothing_else_is_to_be_said() -> None:
    async def scene() -> None:
        stage = Stage(PelcoBus, 2400)
        left, right = await stage.ears(1, 2)
        for _ in range(2):
            left.post("FF 01 00 51 00 00 52")
        right.post("FF 02 00 51 00 00 53")
        left.post("FF 01 00 02 20 00 23")
        right.post("FF 02 00 02 20 00 24")
        await after(1)
        assert [frame for _, frame in stage.far.heard][1:3] == ["FF 02 00 02 20 00 24", "FF 01 00 02 20 00 23"]

    play(scene)


# --- drivers and simulated cameras on one line ---------------------------------------------------------------


class Line:
    """A chain of simulated cameras, and a driver for each."""

    def __init__(self, count: int, faults: dict[int, Faults] | None = None) -> None:
        near, far = pair()
        near.stream = True  # as a serial port is
        self.chain = Chain()
        self.bodies = [Body(DEFAULT, f"camera {n}") for n in range(1, count + 1)]
        for address, body in enumerate(self.bodies, 1):
            self.chain.ends[address] = ViscaEnd(body, (faults or {}).get(address, NO_FAULTS), address=address)
        self.port = SimulatorPort(self.chain, lambda _peer, frame: far.send(frame))
        far.listener = self
        far.start()
        self.bus = ViscaBus(near, 9600)
        self.cameras = [
            ViscaCamera(f"camera {n}", self.bus.camera(n), address=n, keepalive=None) for n in range(1, count + 1)
        ]
        self.finished: list[Job] = []

    def line_data(self, data: bytes) -> None:
        self.port.receive(data, None)

    def line_up(self) -> None: ...
    def line_down(self, error: str) -> None: ...
    def line_error(self, error: str) -> None: ...

    async def open(self) -> None:
        await asyncio.gather(*(camera.open() for camera in self.cameras))
        await after(2)

    def start(self, camera: int, command: Any) -> Job:
        job = Job(command, clock.current().now(), self.finished.append)
        self.cameras[camera - 1].start(job)
        return job


def test_seven_cameras_on_one_line_all_do_what_they_are_told() -> None:
    async def scene() -> None:
        line = Line(7)
        await line.open()
        assert [camera.state.connected for camera in line.cameras] == [True] * 7
        jobs = [line.start(n, MoveBy(10 * n, 0, 12, 12)) for n in range(1, 8)]
        jobs += [line.start(n, Tally("program")) for n in range(1, 8)]
        await after(5)
        assert {job.outcome for job in jobs} == {"completed"}
        assert [body.pan.target for body in line.bodies] == [10 * n for n in range(1, 8)]
        assert max(job.sent - job.due for job in jobs if job.sent is not None) < S // 2

    play(scene)


def test_sent_is_when_the_frames_turn_came() -> None:
    async def scene() -> None:
        line = Line(2, {1: Faults(silent=True)})
        await line.open()
        first, second = line.start(1, Tally("program")), line.start(2, Tally("program"))
        await after(3)
        assert first.outcome == "unreachable"
        assert second.outcome == "completed"
        assert second.sent is not None and second.sent - second.due >= ANSWER_NS

    play(scene)


def test_a_dead_camera_delays_the_others_by_one_turn_and_stops_nobody() -> None:
    async def scene() -> None:
        line = Line(3, {2: Faults(silent=True)})
        await line.open()
        ramps = [line.start(n, Ramp("zoom", 0, 0x2000, 2 * S, 10)) for n in (1, 2, 3)]
        await after(5)
        assert [job.outcome for job in ramps] == ["completed", "unreachable", "completed"]
        assert [body.zoom.target for body in line.bodies] == [0x2000, 0, 0x2000]

    play(scene)


def test_seven_ramps_at_once_skip_frames_in_fairness_and_all_arrive() -> None:
    async def scene() -> None:
        line = Line(7, {n: Faults(latency=20 * MS) for n in range(1, 8)})
        await line.open()
        ramps = [line.start(n, Ramp("zoom", 0, 0x4000, 4 * S, 10)) for n in range(1, 8)]
        await after(12)
        assert {job.outcome for job in ramps} == {"completed"}
        assert {body.zoom.target for body in line.bodies} == {0x4000}
        sent = [job.frames or 0 for job in ramps]
        assert min(sent) > 10
        assert max(sent) - min(sent) <= max(sent) // 4

    play(scene)


def test_a_panic_reaches_seven_driving_cameras_within_a_second() -> None:
    async def scene() -> None:
        line = Line(7)
        await line.open()
        for n in range(1, 8):
            line.start(n, Drive("right", 5, 5))
            line.start(n, ZoomTo(0x4000))
        await after(1)
        for camera in line.cameras:
            camera.halt(frozenset((PAN_TILT,)))
        await after(1)
        now = clock.current().now()
        assert not any(body.pan.moving(now) for body in line.bodies)

    play(scene)


def test_a_chain_that_was_without_power_gets_its_addresses_back() -> None:
    async def scene() -> None:
        near, far_end = pair()
        near.stream = True
        far = Far(far_end)
        far.answers = ring(1)
        bus = ViscaBus(near, 9600)
        camera = ViscaCamera("foh", bus.camera(1))
        await camera.open()
        await after(2)
        far.answers = lambda _frame: []
        await after(60)
        assert not camera.state.connected
        assert 2 <= far.frames.count(ADDRESS_SET) <= 4
        assert far.frames.count(IF_CLEAR) == 1
        await camera.close()

    play(scene)
