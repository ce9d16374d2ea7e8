"""Sony's framing over real sockets and over a bad network: one socket for all cameras, exactly once in effect."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from cuelang import clock
from cuelang.address import parse
from cuelang.commands import PAN_TILT, Command, Drive, Job, MoveBy, MoveTo, Pose, Tally, ZoomTo
from cuelang.devices.sony_line import Socket, SonyLine
from cuelang.devices.sony_line import line as sony_line
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.protocols.sony.packet import Type, pack
from cuelang.simulator.body import Body
from cuelang.simulator.faults import Faults
from cuelang.simulator.serve import Attached, CameraServer, attach, serve
from cuelang.simulator.sony import SonyEnd
from cuelang.transports.memory import LineFaults as Network
from cuelang.transports.memory import pair
from cuelang.units import MS
from tests.models.known import known
from tests.ports import free_port

S = 1_000_000_000


def job(command: Command, finished: Callable[[Job], None] = lambda _job: None) -> Job:
    return Job(command, clock.current().now(), finished)


async def done(camera: ViscaCamera, command: Command) -> Job:
    future: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
    camera.start(job(command, future.set_result))
    return await asyncio.wait_for(future, 40)


async def camera_at(host: str, faults: Faults = Faults()) -> CameraServer:  # noqa: B008  # frozen
    """A simulated Sony at a free port of this address."""
    return await serve(replace(parse(f"sony://{host}"), port=0), DEFAULT, host, faults)


async def open_all(servers: list[CameraServer], shared: Socket) -> list[ViscaCamera]:
    cameras = []
    for server in servers:
        line = sony_line(server.address.host, server.address.port or 0, shared=shared)
        cameras.append(ViscaCamera(server.address.host, line, keepalive=None))
    await asyncio.gather(*(camera.open() for camera in cameras))
    return cameras


async def test_cameras_that_answer_to_one_port_are_told_apart_by_where_they_are() -> None:
    here, port = "127.0.5.1", free_port()
    servers = [await camera_at(f"127.0.5.{n}", Faults(reply_port=port)) for n in (2, 3, 4)]
    for server, zoom in zip(servers, (0x1000, 0x2000, 0x3000), strict=True):
        server.body.zoom.go(0, zoom, 0)
    cameras = await open_all(servers, Socket(here, port))
    jobs = await asyncio.gather(*(done(camera, Tally("program")) for camera in cameras))
    assert [one.outcome for one in jobs] == ["completed"] * 3
    assert [server.body.tally for server in servers] == ["program"] * 3
    while any(camera.state.pose.zoom is None for camera in cameras):
        await asyncio.sleep(0.01)
    assert [camera.state.pose.zoom for camera in cameras] == [0x1000, 0x2000, 0x3000]
    assert await asyncio.gather(*(camera.close() for camera in cameras)) == [None] * 3
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind((here, port))  # the last camera has given the port back
    for server in servers:
        await server.close()


async def test_where_the_port_is_taken_each_camera_has_a_socket_of_its_own() -> None:
    servers = [await camera_at(f"127.0.6.{n}") for n in (2, 3)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vmix:
        vmix.bind(("127.0.6.1", 0))
        cameras = await open_all(servers, Socket("127.0.6.1", vmix.getsockname()[1]))
        for camera in cameras:
            assert (await done(camera, Tally("preview"))).outcome == "completed"
            await camera.close()
    for server in servers:
        await server.close()


async def test_a_camera_that_answers_elsewhere_is_not_called_dead_without_the_reason() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vmix:
        vmix.bind(("127.0.7.1", 0))
        port = vmix.getsockname()[1]
        server = await camera_at("127.0.7.2", Faults(reply_port=port))
        (camera,) = await open_all([server], Socket("127.0.7.1", port))
        assert (await done(camera, ZoomTo(0x1000))).outcome == "unreachable"
        assert f"port {port} of this machine" in camera.state.error
        assert not camera.state.connected
        await camera.close()
        await server.close()


async def test_a_camera_that_was_switched_off_and_on_is_reset_and_goes_on() -> None:
    server = await camera_at("127.0.8.2")
    (camera,) = await open_all([server], Socket("127.0.8.1", free_port()))
    assert (await done(camera, Tally("program"))).outcome == "completed"
    assert isinstance(server.end, SonyEnd)
    server.body.boot = 0
    server.end.body.power_cut(clock.current().now())
    for mode in ("off", "preview"):
        assert (await done(camera, Tally(mode))).outcome == "completed"
    await camera.close()
    await server.close()


async def test_a_host_that_does_not_exist_is_said() -> None:
    line = sony_line("no.such.host.invalid", shared=Socket("127.0.0.1", 0))
    camera = ViscaCamera("foh", line, keepalive=None)
    await camera.open()
    assert camera.state.error
    assert not camera.state.connected
    await camera.close()


# --- in virtual time, over a network with faults -------------------------------------------------------------


class Rig:
    def __init__(self, network: Network, faults: Faults = Faults(), model: str = "sony-srg-x400") -> None:  # noqa: B008
        near, self.cable = pair(network)
        self.heard: list[str] = []
        self.body = Body(known(model), "foh")
        self.far: Attached = attach(self.cable, self.body, faults, on_frame=self._frame, scheme="sony")
        self.line = SonyLine(near)
        self.camera = ViscaCamera("foh", self.line, self.body.model, keepalive=None)
        self.jobs: list[Job] = []

    def _frame(self, way: str, frame: bytes, now: int) -> None:
        if way == "in" and frame[1] == 0x01:
            self.heard.append(frame.hex(" "))

    def start(self, command: Command) -> Job:
        one = job(command, self.jobs.append)
        self.camera.start(one)
        return one


BAD = [
    Network(loss=0.05, jitter=30 * MS, reorder=True, seed=1),
    Network(latency=5 * MS, loss=0.2, duplicate=0.2, jitter=30 * MS, reorder=True, seed=2),
    Network(duplicate=0.5, jitter=30 * MS, reorder=True, seed=3),
]


@pytest.mark.parametrize("network", BAD, ids=lambda network: f"loss {network.loss} double {network.duplicate}")
def test_relative_moves_over_a_bad_network_happen_once_or_are_reported(network: Network) -> None:
    """Twenty steps of the head, each safe to send again because the camera knows it by its number."""

    async def main() -> tuple[int, int, int]:
        rig = Rig(network)
        await rig.camera.open()
        now = clock.current()
        jobs = []
        for _ in range(20):
            jobs.append(rig.start(MoveBy(10, 0, 12, 12)))
            await now.sleep_until(now.now() + 3 * S)
        await now.sleep_until(now.now() + 70 * S)
        assert len(rig.jobs) == 20
        moved = rig.body.pan.at(now.now())
        certain = sum(one.outcome == "completed" for one in jobs)
        doubtful = sum(one.outcome in ("unreachable", "refused", "timed_out") for one in jobs)
        assert certain + doubtful == 20
        await rig.camera.close()
        return moved, certain, doubtful

    moved, certain, doubtful = clock.run(main(), kind="virtual")
    assert 10 * certain <= moved <= 10 * (certain + doubtful)
    assert doubtful <= 2


def test_positions_over_a_bad_network_all_arrive() -> None:
    async def main() -> list[str | None]:
        rig = Rig(BAD[0])
        await rig.camera.open()
        now = clock.current()
        jobs = []
        for n in range(1, 21):
            jobs.append(rig.start(MoveTo(Pose(n * 20, -n, n * 100), 20, 18)))
            while jobs[-1].outcome is None:
                await now.sleep_until(now.now() + 100 * MS)
            assert (rig.body.pan.target, rig.body.zoom.target) == (n * 20, n * 100)
        await rig.camera.close()
        return [one.outcome for one in jobs]

    assert set(clock.run(main(), kind="virtual")) == {"completed"}


def test_two_runs_over_a_bad_network_are_the_same() -> None:
    async def main() -> list[tuple[str | None, int | None]]:
        rig = Rig(BAD[1])
        await rig.camera.open()
        now = clock.current()
        for n in range(5):
            rig.start(MoveBy(10 * n, 0, 12, 12))
            await now.sleep_until(now.now() + 2 * S)
        await now.sleep_until(now.now() + 70 * S)
        return [(one.outcome, one.done) for one in rig.jobs]

    assert clock.run(main(), kind="virtual") == clock.run(main(), kind="virtual")


def test_a_completion_finds_its_own_move_whatever_the_socket() -> None:
    """A zoom and a head at once: what would have to be guessed without numbers is known with them."""

    async def main() -> tuple[Job, Job]:
        rig = Rig(Network(), Faults(same_socket=True, stray_completion=True))
        await rig.camera.open()
        now = clock.current()
        head, zoom = rig.start(MoveTo(Pose(pan=1500, tilt=0), 5, 5)), rig.start(ZoomTo(0x400))
        await now.sleep_until(now.now() + 60 * S)
        return head, zoom

    head, zoom = clock.run(main(), kind="virtual")
    assert head.outcome == zoom.outcome == "completed"
    assert head.done is not None and zoom.done is not None and zoom.done < head.done


def test_nothing_that_waited_for_a_reset_is_sent_when_it_has_become_too_late() -> None:
    async def main() -> tuple[Job, list[str]]:
        rig = Rig(Network(), Faults(silent=True))
        await rig.camera.open()
        now = clock.current()
        rig.line.session._reset(now.now())  # the camera is reset again and again and answers nothing
        late = rig.start(MoveBy(10, 0, 12, 12))
        for _ in range(4):
            await now.sleep_until(now.now() + 300 * MS)
            rig.line.session._reset(now.now())
        rig.far.end.faults = Faults()
        await now.sleep_until(now.now() + 5 * S)
        return late, rig.heard

    late, heard = clock.run(main(), kind="virtual")
    assert late.outcome == "unreachable"
    assert late.sent is None
    assert heard == []


def test_a_move_that_the_camera_has_had_is_not_made_twice() -> None:
    """Its ACK is lost, it is sent again with its number, and the camera says 0F 01: it has arrived all the same."""

    async def main() -> tuple[Job, int]:
        rig = Rig(Network())
        await rig.camera.open()
        now = clock.current()
        await now.sleep_until(now.now() + S)
        rig.cable.plugged = False  # what the camera says is lost
        move = rig.start(MoveBy(10, 0, 12, 12))
        await now.sleep_until(now.now() + 100 * MS)
        rig.cable.plugged = True
        await now.sleep_until(now.now() + 10 * S)
        return move, rig.body.pan.at(now.now())

    move, pan = clock.run(main(), kind="virtual")
    assert pan == 10
    assert move.outcome == "completed"


def test_a_stop_that_a_newer_drive_has_made_out_of_date_is_not_numbered_again() -> None:
    """A stop was taken and its ACK lost. The drive leaves behind the stop's last copy, which the camera answers with
    0F 01: after the RESET that follows the stop must not go out once more."""

    async def main() -> tuple[list[str], bool]:
        rig = Rig(Network(latency=2 * MS))
        await rig.camera.open()
        now = clock.current()
        await now.sleep_until(now.now() + S)
        rig.start(Drive("left", 5, 5))
        await now.sleep_until(now.now() + S)
        rig.cable.plugged = False  # what the camera says is lost
        rig.camera.halt(frozenset((PAN_TILT,)))
        await now.sleep_until(now.now() + 50 * MS)
        rig.cable.plugged = True
        rig.heard.clear()
        while not rig.camera.link.conversation.resent:
            await now.sleep_until(now.now() + MS)
        rig.start(Drive("right", 5, 5))
        await now.sleep_until(now.now() + 5 * S)
        return rig.heard, rig.body.moving(now.now()) == {PAN_TILT}

    heard, moves = clock.run(main(), kind="virtual")
    assert heard == ["81 01 06 01 05 05 02 03 ff"]
    assert moves


def test_a_frame_that_no_header_can_carry_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="1 to 17 bytes"):
        pack(Type.COMMAND, 1, bytes(18))
