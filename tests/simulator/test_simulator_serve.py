"""Simulated cameras at real sockets on the loopback, and on memory lines in virtual time."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from cuelang import clock
from cuelang.address import Address
from cuelang.commands import Pose
from cuelang.models import DEFAULT, motion
from cuelang.simulator.body import Body
from cuelang.simulator.faults import NO_FAULTS, Faults
from cuelang.simulator.serve import CameraServer, attach, serve
from cuelang.transports.memory import pair
from cuelang.units import NS

POWER = bytes.fromhex("81090400FF")
IS_ON = bytes.fromhex("905002FF")
ZOOM_A_BIT = bytes.fromhex("8101044700000100FF")
NEAR = "127.0.0.1"


async def camera_at(scheme: str, faults: Faults = NO_FAULTS, port: int = 0) -> CameraServer:
    return await serve(Address(scheme, "visca", host=NEAR, port=port), faults=faults)


class Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.put_nowait(data)


async def udp_client(server: CameraServer) -> tuple[asyncio.DatagramTransport, Client]:
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(Client, remote_addr=(NEAR, server.address.port or 0))


async def test_udp_answers_whoever_asked() -> None:
    server = await camera_at("visca+udp")
    (desk, desk_ears), (tablet, tablet_ears) = await udp_client(server), await udp_client(server)
    desk.sendto(ZOOM_A_BIT)
    tablet.sendto(POWER)
    async with asyncio.timeout(40):
        assert await tablet_ears.heard.get() == IS_ON
        assert await desk_ears.heard.get() == bytes.fromhex("9041FF")
        assert await desk_ears.heard.get() == bytes.fromhex("9051FF")
    assert tablet_ears.heard.empty()
    assert server.body.snapshot(clock.current().now()).zoom == 0x10
    for transport in (desk, tablet):
        transport.close()
    await server.close()


async def test_tcp_takes_frames_split_and_joined_from_several_clients() -> None:
    server = await camera_at("visca+tcp")
    desk_in, desk = await asyncio.open_connection(NEAR, server.address.port)
    tablet_in, tablet = await asyncio.open_connection(NEAR, server.address.port)
    async with asyncio.timeout(40):
        desk.write(POWER[:2])
        await desk.drain()
        tablet.write(POWER + POWER + ZOOM_A_BIT)
        assert await tablet_in.readexactly(14) == IS_ON * 2 + bytes.fromhex("9041FF 9051FF")
        desk.write(POWER[2:])
        assert await desk_in.readexactly(4) == IS_ON
        desk.write(b"\x00" * 500)
        assert await desk_in.readexactly(4) == bytes.fromhex("906002FF")
        desk.close()
        tablet.write(POWER)
        assert await tablet_in.readexactly(4) == IS_ON
        await server.close()
        assert await tablet_in.read() == b""
    tablet.close()


async def test_a_client_that_hangs_up_misses_the_end_of_its_move_and_nobody_minds() -> None:
    server = await camera_at("visca+tcp")
    ears, desk = await asyncio.open_connection(NEAR, server.address.port)
    async with asyncio.timeout(40):
        desk.write(ZOOM_A_BIT)
        await ears.readexactly(3)
        desk.close()
        await asyncio.sleep(0.02)
        ears, desk = await asyncio.open_connection(NEAR, server.address.port)
        desk.write(bytes.fromhex("81090447FF"))
        assert await ears.readexactly(7) == bytes.fromhex("90500000 0100 FF")
    desk.close()
    await server.close()


async def test_a_connection_that_drops_and_one_that_only_seems_open() -> None:
    server = await camera_at("visca+tcp", Faults.parse("drop_after=1s, half_open=500ms"))
    ears, desk = await asyncio.open_connection(NEAR, server.address.port)
    async with asyncio.timeout(40):
        desk.write(POWER)
        assert await ears.readexactly(4) == IS_ON
        await asyncio.sleep(0.55)
        desk.write(POWER)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await ears.readexactly(1)
    desk.close()
    await server.close()


@pytest.mark.parametrize(("scheme", "kind"), [("visca+udp", socket.SOCK_DGRAM), ("visca+tcp", socket.SOCK_STREAM)])
async def test_a_port_in_use_is_said_so(scheme: str, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((NEAR, 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError) as error:
            await serve(f"{scheme}://{NEAR}:{port}")
    assert str(error.value) == (
        f"Port {port} of {NEAR} is in use by another program. "
        "Stop that program, or simulate the camera at another port."
    )


async def test_a_client_that_asks_and_never_listens_is_hung_up_on() -> None:
    server = await camera_at("visca+tcp")
    loop = asyncio.get_running_loop()
    with socket.socket() as desk:
        desk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        desk.setblocking(False)
        await loop.sock_connect(desk, (NEAR, server.address.port))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012 - one of many sends fails
            async with asyncio.timeout(40):
                while True:
                    await loop.sock_sendall(desk, bytes.fromhex("81097E7E01FF") * 2000)
    await server.close()


async def test_an_address_of_another_machine_is_said_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("192.0.2.1", 0))
        except OSError as error:
            assert error.errno == errno.EADDRNOTAVAIL
        else:
            pytest.skip("this machine binds to any address")
    with pytest.raises(OSError, match=r"192\.0\.2\.1 is not an address of this machine"):
        await serve("visca+udp://192.0.2.1:5999")


async def test_a_camera_inside_a_show_is_not_served() -> None:
    with pytest.raises(ValueError, match="sim://foh exists only inside a show"):
        await serve("sim://foh")


class SocketInput:
    """The client's end of a memory line."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []

    def line_up(self) -> None: ...

    def line_down(self, error: str) -> None: ...

    def line_error(self, error: str) -> None: ...

    def line_data(self, data: bytes) -> None:
        self.heard.append((clock.current().now(), data.hex(" ")))


def rehearse(faults: Faults) -> list[tuple[int, str]]:
    async def show() -> list[tuple[int, str]]:
        near, far = pair()
        ears = SocketInput()
        near.listener = ears
        camera = attach(far, Body(DEFAULT), faults)
        await near.open()
        near.send(bytes.fromhex("8101060205050003000000000000FF".replace(" ", "")))
        near.send(POWER)
        await clock.current().sleep_until(60 * NS)
        await camera.close()
        return ears.heard

    return clock.run(show(), kind="virtual")


def test_on_a_memory_line_a_move_arrives_at_the_predicted_instant_of_virtual_time() -> None:
    took = motion.travel(DEFAULT, Pose(0, 0), Pose(0x300, 0), 5, 5)
    assert rehearse(NO_FAULTS) == [(0, "90 41 ff"), (0, "90 50 02 ff"), (took, "90 51 ff")]


def test_two_rehearsals_with_faults_are_the_same() -> None:
    faults = Faults.parse("latency=20ms, jitter=30ms, duplicate=50%, seed=9")
    first = rehearse(faults)
    assert first == rehearse(faults)
    assert len(first) > 3
    assert first[0][0] >= 20_000_000
