"""With the gate shut no byte leaves, what was to be sent is unreachable, and an owed stop goes first afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from cuelang import clock
from cuelang.commands import Command, Drive, Job, ZoomDrive
from cuelang.devices.visca import ViscaCamera
from cuelang.transports import Line
from cuelang.transports.gate import GATE, SHUT, Gate
from cuelang.transports.http import HttpCamera
from cuelang.transports.serial import SerialPort
from cuelang.transports.tcp import TcpLine
from cuelang.transports.udp import UdpLine


class Switch:
    """What says whether this machine leads."""

    leads = True

    def __call__(self) -> bool:
        return self.leads


@pytest.fixture
def switch() -> Iterator[Switch]:
    found = Switch()
    GATE.guard(found)
    yield found
    GATE.guard(None)


class UdpCamera(asyncio.DatagramProtocol):
    """Keeps what comes, and acknowledges each frame."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[1] != 0x09:
            self.got.append(data)
            self.transport.sendto(b"\x90\x41\xff", addr)
            self.transport.sendto(b"\x90\x51\xff", addr)


STOP_FRAME = bytes.fromhex("81 01 06 01 05 01 03 03 ff")
DRIVE = bytes.fromhex("81 01 06 01 05 01 02 03 ff")
STOP = "81010601"


async def heard(found: list[bytes], count: int) -> None:
    async with asyncio.timeout(40):
        while len(found) < count:
            await asyncio.sleep(0.005)


async def test_a_line_that_may_not_send_is_down_and_drops_what_it_is_given(switch: Switch) -> None:
    loop = asyncio.get_running_loop()
    transport, camera = await loop.create_datagram_endpoint(UdpCamera, local_addr=("127.0.0.1", 0))
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            got.append(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = transport.get_extra_info("sockname")[1]
    lines: list[tuple[Line, list[bytes]]] = [
        (UdpLine("127.0.0.1", port), camera.got),
        (TcpLine("127.0.0.1", server.sockets[0].getsockname()[1]), got),
    ]
    for line, found in lines:
        said: list[str] = []
        line.listener = _Listener(said)
        await line.open()
        line.send(DRIVE)
        await heard(found, 1)
        switch.leads = False
        line.send(DRIVE)
        assert said == ["up", f"down: {SHUT}"]
        await asyncio.sleep(0.05)
        assert found == [DRIVE]
        switch.leads = True
        GATE.look()
        assert said == ["up", f"down: {SHUT}", "up"]
        line.send(STOP_FRAME)
        await heard(found, 2)
        assert found == [DRIVE, STOP_FRAME]
        await line.close()
    server.close()
    transport.close()


class _Listener:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def line_up(self) -> None:
        self._said.append("up")

    def line_down(self, error: str) -> None:
        self._said.append(f"down: {error}")

    def line_error(self, error: str) -> None:
        self._said.append(error)

    def line_data(self, data: bytes) -> None:
        pass


@pytest.mark.parametrize("kind", ["udp", "serial"])
async def test_a_line_that_was_closed_hears_no_more_of_the_gate(switch: Switch, kind: str) -> None:
    """A camera that a reload took out of the list, on a machine that follows."""
    said: list[str] = []
    line: Line = UdpLine("127.0.0.1", 9) if kind == "udp" else SerialPort("loop://", 9600)
    line.listener = _Listener(said)
    await line.open()
    assert said == ["up"]
    await line.close()
    for leads in (False, True):
        switch.leads = leads
        GATE.look()
    assert said == ["up"]


async def test_a_web_request_is_not_sent(switch: Switch) -> None:
    switch.leads = False
    answer = await HttpCamera("http://127.0.0.1:1").ask("GET", "/cgi")
    assert (answer.trouble, answer.error) == ("unreachable", SHUT)


async def test_a_drive_that_began_is_stopped_first_when_the_gate_opens(switch: Switch) -> None:
    loop = asyncio.get_running_loop()
    transport, end = await loop.create_datagram_endpoint(UdpCamera, local_addr=("127.0.0.1", 0))
    camera = ViscaCamera("cam", UdpLine("127.0.0.1", transport.get_extra_info("sockname")[1]))
    await camera.open()
    outcomes: list[tuple[str | None, str]] = []

    def job(command: Command) -> Job:
        return Job(command, clock.current().now(), lambda job: outcomes.append((job.outcome, job.reason)))

    camera.start(job(Drive("left", 10, 10)))
    await heard(end.got, 1)
    switch.leads = False
    GATE.look()
    camera.halt(frozenset({"pan_tilt"}))
    camera.start(job(ZoomDrive("in", 3)))
    async with asyncio.timeout(40):
        while len(outcomes) < 2:
            await asyncio.sleep(0.01)
    assert len(end.got) == 1 and outcomes[1][0] == "unreachable"
    switch.leads = True
    GATE.look()
    await heard(end.got, 2)
    assert end.got[1][:4].hex() == STOP and end.got[1][-3:-1] == b"\x03\x03"
    await camera.close()
    transport.close()


@pytest.mark.parametrize(("asks", "quiet", "waits"), [(False, True, True), (False, False, False), (True, False, False)])
def test_frames_wait_only_for_a_gate_that_is_shut_for_a_moment(asks: bool, quiet: bool, waits: bool) -> None:
    """A ramp that waited for a machine to lead would go on when it does."""
    gate = Gate()
    assert not gate.waits
    gate.guard(lambda: False, may_ask=lambda: asks, quiet=quiet)
    assert gate.waits == waits
    gate.guard(None)
    assert not gate.waits
