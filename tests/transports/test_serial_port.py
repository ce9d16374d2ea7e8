"""Serial ports that are real to the system: pseudo-terminals, and a TCP server behind pyserial's `socket://`."""

from __future__ import annotations

import asyncio
import errno
import os
import pty as terminals
import shutil
import socket
import subprocess
import threading
import tty
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import serial
from serial.rfc2217 import PortManager

from cuelang import clock, rig
from cuelang.commands import Command, Drive, Job, Pose, Recall, Store, Tally, ZoomTo
from cuelang.devices import bus
from cuelang.devices.pelco import PelcoCamera
from cuelang.devices.visca import ViscaCamera
from cuelang.models import DEFAULT
from cuelang.plan import Camera
from cuelang.simulator.body import Body, StoredPreset
from cuelang.simulator.chain import Chain
from cuelang.simulator.serve import CameraServer, serve
from cuelang.simulator.visca import ViscaEnd
from cuelang.source import NOWHERE
from cuelang.transports.serial import SerialPort, why
from tests.transports.listening import Notes


class Pty:
    """A pseudo-terminal: `path` is the port, `master` is the cable."""

    def __init__(self) -> None:
        self.master, slave = terminals.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)

    def pull(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    one = Pty()
    yield one
    one.pull()


async def no_threads() -> None:
    """They have told that they end; let them."""
    async with asyncio.timeout(40):
        while any(thread.name.startswith(("reads ", "writes ")) for thread in threading.enumerate()):
            await asyncio.sleep(0.001)


async def opened(path: str) -> tuple[SerialPort, Notes]:
    port, notes = SerialPort(path, 9600), Notes()
    port.listener = notes
    await port.open()
    return port, notes


async def test_bytes_go_both_ways(pty: Pty) -> None:
    port, notes = await opened(pty.path)
    assert notes.heard == ["up"]
    port.send(b"\x88\x30\x01\xff")
    assert await asyncio.to_thread(os.read, pty.master, 100) == b"\x88\x30\x01\xff"
    os.write(pty.master, b"\x88\x30")
    os.write(pty.master, b"\x03\xff")
    await notes.until(lambda: notes.data == b"\x88\x30\x03\xff")
    await port.close()
    await no_threads()


async def test_nothing_that_the_port_does_holds_up_the_loop(pty: Pty) -> None:
    """The other end is not read: the system's buffer fills, and the port is given up."""
    port, notes = await opened(pty.path)
    slowest, last = 0, clock.current().now()
    while notes.heard[-1] == "up":
        port.send(bytes(1000))
        await asyncio.sleep(0.005)
        now = clock.current().now()
        slowest, last = max(slowest, now - last), now
    assert notes.heard[-1] == "down: the port no longer accepts data"
    assert slowest < 500_000_000
    await port.close()
    await no_threads()


async def test_a_port_that_is_not_there_is_looked_for_again(tmp_path: Path) -> None:
    link = tmp_path / "ttyUSB0"
    port, notes = await opened(str(link))
    assert notes.heard == [f"error: there is no port {link}; is it plugged in?"]
    one = Pty()
    link.symlink_to(one.path)
    await notes.until(lambda: notes.heard[-1] == "up")
    await port.close()
    one.pull()


async def test_a_cable_that_is_pulled_and_plugged_back(tmp_path: Path) -> None:
    link, one = tmp_path / "ttyUSB0", Pty()
    link.symlink_to(one.path)
    port, notes = await opened(str(link))
    one.pull()
    await notes.until(lambda: len(notes.heard) > 1)
    assert notes.heard[1] == "down: the port is gone; was the cable pulled?"
    port.send(b"\x81\x01\x06\x04\xff")  # nothing old is sent later
    again = Pty()
    link.unlink()
    link.symlink_to(again.path)
    await notes.until(lambda: notes.heard[-1] == "up")
    port.send(b"\x81\x09\x04\x00\xff")
    assert await asyncio.to_thread(os.read, again.master, 100) == b"\x81\x09\x04\x00\xff"
    await port.close()
    again.pull()
    await no_threads()


async def test_a_port_that_another_program_has_is_said_to_be_in_use(pty: Pty) -> None:
    with serial.Serial(pty.path, exclusive=True):
        port, notes = await opened(pty.path)
        assert notes.heard == [f"error: {pty.path} is in use by another program"]
        await port.close()


async def test_closing_before_it_is_open_leaves_nothing(pty: Pty) -> None:
    port, notes = SerialPort(pty.path, 9600), Notes()
    port.listener = notes
    opening = asyncio.ensure_future(port.open())
    await asyncio.sleep(0)
    await port.close()
    await opening
    assert notes.heard == []
    await no_threads()


def test_errors_are_for_technicians() -> None:
    assert why("/dev/ttyS9", PermissionError(errno.EACCES, "Permission denied")).startswith(
        "permission denied for /dev/ttyS9"
    )
    assert why("socket://a:1", ConnectionRefusedError(errno.ECONNREFUSED, "x")) == "connection refused at socket://a:1"
    assert why("x", OSError(errno.EIO, "Input/output error")) == "the port is gone; was the cable pulled?"
    assert why("x", serial.SerialException("Could not open port y")) == "could not open port y"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            FileNotFoundError(2, "The file cannot be found."),
            "there is no port COM3; is it plugged in?",
        ),
        (PermissionError(13, "Access is denied."), "COM3 is in use by another program"),
    ],
)
def test_windows_errors_are_for_technicians_too(error: OSError, said: str) -> None:
    """pyserial puts Windows' error into the text of its own."""
    assert why("COM3", serial.SerialException(f"could not open port {'COM3'!r}: {error!r}")) == said
    pulled = "ClearCommError failed (PermissionError(13, 'The device does not recognize the command.', None, 22))"
    assert why("COM3", serial.SerialException(pulled)) == "the port is gone; was the cable pulled?"


# --- cameras -------------------------------------------------------------------------------------------------


async def done(camera: ViscaCamera | PelcoCamera, command: Command) -> Job:
    future: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
    camera.start(Job(command, clock.current().now(), future.set_result))
    return await asyncio.wait_for(future, 40)


def driver(path: str, address: int, keepalive: int | None = None) -> ViscaCamera:
    return ViscaCamera(
        f"camera {address}", bus.line(bus.ViscaBus, path, 9600, address), address=address, keepalive=keepalive
    )


async def up(camera: ViscaCamera, met: bool = True) -> None:
    async with asyncio.timeout(40):
        while camera.state.connected is not met:
            await asyncio.sleep(0.01)


class Socat:
    """Two pseudo-terminals joined by a cable."""

    def __init__(self, folder: Path) -> None:
        self.near, self.far = str(folder / "near"), str(folder / "far")
        self._folder = folder

    def plug(self) -> None:
        command = ["socat", "-x", f"pty,raw,echo=0,link={self.near}", f"pty,raw,echo=0,link={self.far}"]
        with (self._folder / "bytes").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log)

    async def there(self) -> None:
        async with asyncio.timeout(40):
            while not (os.path.exists(self.near) and os.path.exists(self.far)):
                await asyncio.sleep(0.01)

    def pull(self) -> None:
        self._process.terminate()
        self._process.wait()

    def bytes(self) -> str:
        """What went over the cable."""
        lines = (self._folder / "bytes").read_text().splitlines()
        return " ".join(line.strip() for line in lines if line.startswith(" "))


@pytest.fixture
async def cable(tmp_path: Path) -> AsyncIterator[Socat]:
    if shutil.which("socat") is None:
        pytest.skip("socat is not installed")
    one = Socat(tmp_path)
    one.plug()
    await one.there()
    yield one
    one.pull()


async def simulated(path: str, *addresses: int) -> list[CameraServer]:
    return [await serve(f"visca+serial://{path}?address={n}", name=f"camera {n}") for n in addresses]


async def test_a_chain_of_cameras_on_a_cable(cable: Socat) -> None:
    servers = await simulated(cable.far, 1, 2, 3)
    cameras = [driver(cable.near, n) for n in (1, 2, 3)]
    await asyncio.gather(*(camera.open() for camera in cameras))
    for camera in cameras:
        await up(camera)
    jobs = await asyncio.gather(*(done(camera, Tally("program")) for camera in cameras))
    assert {job.outcome for job in jobs} == {"completed"}
    assert [server.body.tally for server in servers] == ["program"] * 3
    zoom = await done(cameras[1], ZoomTo(0x800))
    assert (zoom.outcome, servers[1].body.zoom.target) == ("completed", 0x800)
    for camera in cameras:
        await camera.close()
    for server in servers:
        await server.close()
    await no_threads()
    seen = cable.bytes()
    assert seen.startswith("88 30 01 ff 88 30 04 ff 88 01 00 01 ff")
    assert seen.count("88 01 00 01 ff") == 2, "what is for all comes back from the end of the chain"
    for frame in ("81 0a 02 02 02 ff", "83 0a 02 02 02 ff", "a0 41 ff", "82 01 04 47 00 08 00 00 ff"):
        assert frame in seen


async def test_a_cable_pulled_in_the_middle_of_a_show(cable: Socat) -> None:
    (server,) = await simulated(cable.far, 1)
    camera = driver(cable.near, 1)
    await camera.open()
    await up(camera)
    cable.pull()
    await up(camera, False)
    assert camera.state.error == "the port is gone; was the cable pulled?"
    lost = await done(camera, Tally("program"))
    assert lost.outcome == "unreachable"
    cable.plug()
    await up(camera)
    assert (await done(camera, Tally("preview"))).outcome == "completed"
    assert server.body.tally == "preview"
    await camera.close()
    await server.close()


async def test_cameras_with_their_addresses_by_switches(cable: Socat) -> None:
    servers = await simulated(cable.far, 3, 5)
    cameras = [driver(cable.near, n) for n in (3, 5)]
    for camera in cameras:
        await camera.open()
    for camera in cameras:
        await up(camera)
        assert (await done(camera, Tally("program"))).outcome == "completed"
        await camera.close()
    for server in servers:
        await server.close()


async def test_two_cameras_cannot_have_one_address(cable: Socat) -> None:
    (server,) = await simulated(cable.far, 1)
    with pytest.raises(ValueError, match="have the address 1"):
        await simulated(cable.far, 1)
    with pytest.raises(ValueError, match="different protocols"):
        await serve(f"pelco-d://{cable.far}?address=2")
    await server.close()


async def test_a_camera_cannot_be_simulated_at_a_port_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no port"):
        await simulated("COM99" if os.name == "nt" else str(tmp_path / "none"), 1)


async def test_a_serial_server_on_the_network() -> None:
    """`?port=socket://host:port`: what a converter in the rack offers."""
    chain = Chain()

    async def converter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            for _, frame in chain.receive(data, clock.current().now()):
                writer.write(frame)
        writer.close()

    body = Body(DEFAULT)
    chain.ends[1] = ViscaEnd(body)
    async with await asyncio.start_server(converter, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"visca+serial://?port=socket://127.0.0.1:{port}&baud=38400"
        camera = rig.open_driver(Camera("foh", url, None, NOWHERE))
        assert isinstance(camera, ViscaCamera)
        await camera.open()
        await up(camera)
        assert (await done(camera, Tally("program"))).outcome == "completed"
        assert body.tally == "program"
        async with asyncio.timeout(40):
            while camera.state.pose != Pose(0, 0, 0):
                await asyncio.sleep(0.01)
        await camera.close()
    await no_threads()


async def test_pelco_cameras_share_a_cable(cable: Socat) -> None:
    servers = [await serve(f"pelco-d://{cable.far}?address={n}&baud=9600", name=f"camera {n}") for n in (1, 2)]
    cameras = []
    for n in (1, 2):
        camera = rig.open_driver(Camera(f"{n}", f"pelco-d://{cable.near}?address={n}&baud=9600", None, NOWHERE))
        assert isinstance(camera, PelcoCamera)
        await camera.open()
        cameras.append(camera)
    async with asyncio.timeout(40):
        while not all(camera.link.answers for camera in cameras):
            await asyncio.sleep(0.01)
    servers[1].body.presets[4] = StoredPreset(300, 0, 0x400)
    assert (await done(cameras[0], Store(7))).outcome == "sent"
    assert (await done(cameras[1], Recall(4))).outcome == "sent"
    assert (servers[1].body.pan.target, cameras[1].link.positions["zoom"]) == (300, 0x400)
    drive = await done(cameras[0], Drive("right", 40, 40, 200_000_000))
    assert drive.outcome == "sent"
    async with asyncio.timeout(40):
        while servers[0].body.moving(clock.current().now()) or 7 not in servers[0].body.presets:
            await asyncio.sleep(0.01)
    assert servers[0].body.pan.target > 0
    for one in cameras:
        await one.close()
    for server in servers:
        await server.close()
    seen = cable.bytes()
    for frame in ("ff 01 00 51 00 00 52", "ff 01 00 03 00 07 0b", "ff 01 00 02 28 00 2b ff 01 00 00 00 00 01"):
        assert frame in seen
    await no_threads()


async def test_rfc2217_a_port_server_that_also_sets_the_baud_rate() -> None:
    """pyserial's own server side, before a port whose ends are joined: what is sent comes back."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = serial.serial_for_url("loop://", timeout=0.05)

    def serves() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(0.05)
            manager = PortManager(cast(Any, port), cast(Any, Connection(connection)))
            while not hung_up.is_set():
                try:
                    data = connection.recv(100)
                    if not data:
                        return
                    port.write(b"".join(manager.filter(data)))
                except TimeoutError:
                    pass
                if port.in_waiting:
                    connection.sendall(b"".join(manager.escape(port.read(port.in_waiting))))

    hung_up = threading.Event()
    server = threading.Thread(target=serves, daemon=True)
    server.start()
    line, notes = await opened(f"rfc2217://127.0.0.1:{listener.getsockname()[1]}")
    assert notes.heard == ["up"]
    assert port.baudrate == 9600
    line.send(b"\x81\x01\x06\x04\xff")  # FF is telnet's escape: it is doubled on the way, and not in what arrives
    await notes.until(lambda: notes.data == b"\x81\x01\x06\x04\xff")
    await line.close()
    hung_up.set()
    listener.close()
    await asyncio.to_thread(server.join)
    await no_threads()


class Connection:
    """What pyserial's port manager writes to."""

    def __init__(self, link: socket.socket) -> None:
        self.write = link.sendall


def test_a_rehearsal_never_sees_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda thread: pytest.fail(f"{thread.name} was started"))
    camera = Camera("foh", "visca+serial:///dev/ttyUSB0?address=2", None, NOWHERE)

    async def main() -> Job:
        driver = rig.simulated(camera)
        await driver.open()
        done: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        driver.start(Job(Tally("program"), 0, done.set_result))
        job = await done
        await driver.close()
        return job

    job = clock.run(main(), kind="virtual")
    assert (job.outcome, job.wire) == ("completed", [bytes.fromhex("820A020202FF")])
