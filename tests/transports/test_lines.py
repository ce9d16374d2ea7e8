"""Real sockets on loopback, and the line inside the process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from cuelang import clock
from cuelang.transports import backoff, explain
from cuelang.transports.memory import LineFaults, MemoryEnd, pair
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine
from cuelang.units import MS
from tests.ports import free_port
from tests.transports import listening


class Notes(listening.Notes):
    """Each arrival of data is one note."""

    def line_data(self, data: bytes) -> None:
        super().line_data(data)
        self.note(f"data {data.hex(' ')}")


class Far:
    """A TCP camera that does what the test tells it."""

    def __init__(self) -> None:
        self.got = b""
        self.clients: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server
        self.port = free_port()

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self._client, "127.0.0.1", self.port)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(writer)
        while data := await reader.read(100):
            self.got += data

    async def dies(self) -> None:
        self.server.close()
        for writer in self.clients:
            writer.transport.abort()
        self.clients = []
        await asyncio.sleep(0)


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    camera = Far()
    await camera.listen()
    yield camera
    await camera.dies()


async def connected(line: TcpLine | UdpLine) -> Notes:
    notes = Notes()
    line.listener = notes
    await line.open()
    return notes


async def test_tcp_pieces_arrive_as_the_stream_likes(far: Far) -> None:
    line = TcpLine("127.0.0.1", far.port)
    notes = await connected(line)
    assert notes.heard == ["up"]
    line.send(b"\x81\x01\x06\x04\xff")
    line.send(b"\x81\x09\x04\x00\xff")
    while len(far.got) < 10:
        await asyncio.sleep(0)
    assert far.got == bytes.fromhex("81 01 06 04 FF 81 09 04 00 FF")
    for piece in (b"\x90\x41", b"\xff\x90", b"\x51\xff"):
        far.clients[0].write(piece)
        await far.clients[0].drain()
    await notes.until(lambda: notes.data == b"\x90\x41\xff\x90\x51\xff")
    await line.close()
    assert [note for note in notes.heard if note.startswith("down")] == []


async def test_tcp_sends_at_once_and_is_kept_alive(far: Far) -> None:
    line = TcpLine("127.0.0.1", far.port)
    await connected(line)
    assert line._transport is not None
    link = line._transport.get_extra_info("socket")
    assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    await line.close()


async def test_tcp_comes_back_and_sends_nothing_old(far: Far) -> None:
    line = TcpLine("127.0.0.1", far.port)
    notes = await connected(line)
    while not far.clients:  # connected from here, and perhaps not yet from there
        await asyncio.sleep(0)
    await far.dies()
    await notes.until(lambda: notes.heard[-1].startswith("down"))
    line.send(b"\x81\x01\x06\x04\xff")
    await notes.until(lambda: notes.heard[-1].startswith("error"))  # the first attempt finds no listener
    assert notes.heard[-1] == "error: connection refused"
    far.got = b""
    await far.listen()
    await notes.until(lambda: notes.heard[-1] == "up")
    line.send(b"\x81\x09\x04\x00\xff")
    while not far.got:
        await asyncio.sleep(0)
    assert far.got == b"\x81\x09\x04\x00\xff"
    await line.close()


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(os, "pread"), reason="only Linux tells it, and tests.lesser_system does not"
)
async def test_tcp_that_is_cut_throws_away_what_the_system_still_holds() -> None:
    """A command that was given up is not carried out when the cable is back."""
    loop, command = asyncio.get_running_loop(), b"\x81\x01\x06\x04\xff"
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        line = TcpLine("127.0.0.1", listening.getsockname()[1])
        await connected(line)
        far, _ = await loop.sock_accept(listening)
        assert not line.holds()
        line.send(b"\x81" * 65_536)
        line.send(command)
        assert line._transport is not None and not line._transport.get_write_buffer_size()
        assert line.holds()
        line.restart("the camera does not answer")
        for _ in range(3):
            await asyncio.sleep(0)
        got = b""
        with far, contextlib.suppress(ConnectionResetError):
            while data := await loop.sock_recv(far, 65536):
                got += data
        assert command not in got
        await line.close()


async def test_tcp_that_its_listener_holds_for_dead_is_opened_anew(far: Far) -> None:
    line = TcpLine("127.0.0.1", far.port)
    notes = await connected(line)
    line.restart("the camera no longer answers")
    assert notes.heard == ["up", "down: the camera no longer answers"]
    await notes.until(lambda: notes.heard[-1] == "up")
    await line.close()


async def test_tcp_open_returns_though_nobody_is_there(dead_port: int) -> None:
    line = TcpLine("127.0.0.1", dead_port)
    notes = await connected(line)
    assert notes.heard == ["error: connection refused"]
    line.send(b"\x81\x01\x06\x04\xff")
    await line.close()


async def test_closing_while_it_connects_leaves_nothing(far: Far) -> None:
    line = TcpLine("127.0.0.1", far.port)
    notes = Notes()
    line.listener = notes
    opening = asyncio.ensure_future(line.open())
    await asyncio.sleep(0)
    await line.close()
    await opening
    assert notes.heard == []
    assert line._transport is None


async def test_udp_one_frame_one_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
        camera.bind(("127.0.0.1", 0))
        camera.settimeout(40)
        line = UdpLine("127.0.0.1", camera.getsockname()[1])
        notes = await connected(line)
        line.send(b"\x81\x01\x06\x04\xff")
        line.send(b"\x81\x09\x04\x00\xff")
        frame, client = camera.recvfrom(100)
        assert frame == b"\x81\x01\x06\x04\xff"
        assert camera.recv(100) == b"\x81\x09\x04\x00\xff"
        camera.sendto(b"\x90\x41\xff", client)
        camera.sendto(b"\x90\x51\xff", client)
        await notes.until(lambda: len(notes.heard) == 3)
        assert notes.heard == ["up", "data 90 41 ff", "data 90 51 ff"]
        await line.close()


async def test_udp_hears_its_camera_only() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        camera.bind(("127.0.0.1", 0))
        line = UdpLine("127.0.0.1", camera.getsockname()[1])
        notes = await connected(line)
        assert line._transport is not None
        client = line._transport.get_extra_info("sockname")
        stranger.sendto(b"\x90\x51\xff", client)
        camera.sendto(b"\x90\x41\xff", client)
        await notes.until(lambda: len(notes.heard) > 1)
        assert notes.heard == ["up", "data 90 41 ff"]
        await line.close()


async def test_udp_port_where_nobody_listens_is_an_error_and_not_the_end() -> None:
    port = free_port()
    line = UdpLine("127.0.0.1", port)
    notes = await connected(line)
    line.send(b"\x81\x01\x06\x04\xff")
    await notes.until(lambda: notes.heard[-1].startswith("error"))
    assert notes.heard == ["up", "error: connection refused"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
        camera.bind(("127.0.0.1", port))
        camera.settimeout(40)
        line.send(b"\x81\x01\x06\x04\xff")
        assert camera.recv(100) == b"\x81\x01\x06\x04\xff"
    await line.close()


@pytest.mark.parametrize("line", [UdpLine("camera.invalid", 1259), TcpLine("a" * 70 + ".invalid", 5678)])
async def test_a_host_that_does_not_exist_is_an_error(line: UdpLine | TcpLine) -> None:
    notes = await connected(line)
    assert [note.split(":")[0] for note in notes.heard] == ["error"]
    await line.close()


def test_backoff_grows_to_five_seconds() -> None:
    assert [backoff(attempt) // MS for attempt in (1, 2, 3, 4, 5, 6, 7, 10_000)] == [
        200, 400, 800, 1600, 3200, 5000, 5000, 5000,
    ]  # fmt: skip


def test_errors_are_explained() -> None:
    assert explain(ValueError()) == "ValueError"
    library = explain(ValueError("ALSA lib: no card\n\tat line 5\n" * 1000))
    assert library.startswith("ALSA lib: no card↵") and library.isprintable() and len(library) < 200


# --- inside the process ------------------------------------------------------------------------------------------


def exchange(faults: LineFaults | None, count: int = 50) -> list[tuple[int, int]]:
    """Send `count` datagrams a millisecond apart; when (ms) did which arrive?"""
    arrived: list[tuple[int, int]] = []

    class Camera(Notes):
        def line_data(self, data: bytes) -> None:
            arrived.append((clock.current().now() // MS, data[0]))

    async def main() -> None:
        near, far = pair(faults)
        far.listener = Camera()
        far.start()
        near.start()
        for number in range(count):
            await clock.current().sleep_until(number * MS)
            near.send(bytes([number]))
        await clock.current().sleep_until(10_000 * MS)

    clock.run(main(), kind="virtual")
    return arrived


def test_memory_delivers_at_once_and_in_order() -> None:
    assert exchange(None) == [(number, number) for number in range(50)]


def test_memory_latency() -> None:
    assert exchange(LineFaults(latency=30 * MS)) == [(number + 30, number) for number in range(50)]


def test_memory_jitter_keeps_the_order_unless_told_otherwise() -> None:
    kept = [number for _, number in exchange(LineFaults(jitter=20 * MS))]
    mixed = [number for _, number in exchange(LineFaults(jitter=20 * MS, reorder=True))]
    assert kept == sorted(kept) and mixed != kept and sorted(mixed) == kept


def test_memory_loses_and_doubles_the_same_each_time() -> None:
    faults = LineFaults(loss=0.3, duplicate=0.3, seed=7)
    first = exchange(faults)
    assert first == exchange(faults)
    assert first != exchange(LineFaults(loss=0.3, duplicate=0.3, seed=8))
    numbers = [number for _, number in first]
    assert len(set(numbers)) < 50 and len(numbers) > len(set(numbers))


def test_memory_never_calls_from_within_send_and_honours_the_cable() -> None:
    async def main() -> list[str]:
        near, far = pair()
        notes = Notes()
        far.listener = notes
        near.start()
        far.start()
        near.send(b"\x01")
        assert notes.heard == ["up"]
        await asyncio.sleep(0)
        near.plugged = False
        near.send(b"\x02")
        await asyncio.sleep(0)
        near.plugged = True
        near.send(b"\x03")
        await far.close()
        await asyncio.sleep(0)
        return notes.heard

    assert clock.run(main(), kind="virtual") == ["up", "data 01"]
    assert isinstance(pair()[0], MemoryEnd)


RESET = "connection reset by peer"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ECONNREFUSED, "Connection refused"), "connection refused"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('10.0.0.5', 5678)"), "no route to host"),
        (OSError(errno.ECONNRESET, "Eine vorhandene Verbindung wurde vom Remotehost geschlossen"), RESET),
        (RuntimeError(f"[WinError {errno.ECONNRESET}] Eine vorhandene Verbindung wurde geschlossen"), RESET),
        (OSError(errno.EPERM, "Operation not permitted"), "operation not permitted"),
        (socket.gaierror(-2, "Name or service not known"), "the host name is not known"),
        (RuntimeError("[Errno 1] Operation not permitted."), "operation not permitted"),
        (RuntimeError("it broke"), "it broke"),
        (TimeoutError(), "no answer to the attempt to connect"),
    ],
)
def test_an_error_of_the_system_is_said_in_one_way_on_every_system(error: Exception, said: str) -> None:
    assert explain(error) == said
